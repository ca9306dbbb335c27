//! Messages that we sign on every Russian parameter set, read by OpenSSL with the GOST engine. Skipped with a message where
//! the engine is not installed (`OPENSSL_ENGINES` names its folder).
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests fail as loudly as the tests themselves, and say what they skip"
)]

use std::path::Path;
use std::process::{Command, Output};

use const_oid::ObjectIdentifier;
use qoltanba::codec::armour::encode_pem;
use qoltanba::codec::der;
use qoltanba::crypto::{ContainerError, SigningKey, SystemEntropy, pkcs12};
use qoltanba::signing::{Authority, CertificateDraft, Packaging, Signer, encode_name, issue_certificate, sign};
use qoltanba::store::files;
use qoltanba::time::Timestamp;
use qoltanba::x509::{Extension, Validity, oids};

const CONTENT: &[u8] = b"content of a permit";

const GOST_2001: (&str, &str, usize) = ("1.2.643.2.2.19", "1.2.643.2.2.30.1", 32);
const GOST_2012_256: (&str, &str, usize) = ("1.2.643.7.1.1.1.1", "1.2.643.7.1.1.2.2", 32);
const GOST_2012_512: (&str, &str, usize) = ("1.2.643.7.1.1.1.2", "1.2.643.7.1.1.2.3", 64);

fn openssl(folder: &Path, line: &str) -> Output {
    Command::new("openssl").args(line.split_whitespace()).current_dir(folder).output().unwrap()
}

fn engine_is_there() -> bool {
    let engine = Command::new("openssl").args(["engine", "-t", "gost"]).output().ok();
    let there =
        engine.is_some_and(|o| o.status.success() && String::from_utf8_lossy(&o.stdout).contains("[ available ]"));
    if !there {
        println!("SKIPPED: no OpenSSL with the GOST engine on this machine");
    }
    there
}

/// A key with the scalar `0x0101…01`, which is below the order of every set.
fn key(set: &str, (family, digest, size): (&str, &str, usize)) -> SigningKey {
    let oid = |text: &str| der::oid(ObjectIdentifier::new_unwrap(text));
    let algorithm = der::sequence(&[&oid(family), &der::sequence(&[&oid(set), &oid(digest)])]);
    let scalar = der::octet_string(&der::octet_string(&vec![1; size]));
    SigningKey::from_pkcs8_der(&der::sequence(&[&der::integer_u64(0), &algorithm, &scalar])).unwrap()
}

fn check(folder: &Path, set: &str, family: (&str, &str, usize)) {
    let key = key(set, family);
    let name = encode_name(&[(oids::COMMON_NAME, "signer")]).unwrap();
    let day = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
    let usage = Extension { oid: oids::KEY_USAGE, critical: true, value: der::tlv(der::tag::BIT_STRING, &[6, 0xc0]) };
    let draft = CertificateDraft {
        subject: &name,
        public_key: key.public_key(),
        serial: &[1],
        validity: Validity { not_before: day("2026-01-01"), not_after: day("2027-01-01") },
        extensions: vec![usage],
    };
    let own = issue_certificate(&draft, &Authority { name: &name, key: &key }).unwrap();
    let signer = Signer::new(&key, &own).unwrap().at(day("2026-07-01"));
    let put = |name: &str, octets: &[u8]| files::write(&folder.join(name), octets).unwrap();
    put("own.pem", encode_pem("CERTIFICATE", own.der()).as_bytes());
    put("attached", &sign(CONTENT, Packaging::Attached, &signer).unwrap());
    put("detached", &sign(CONTENT, Packaging::Detached, &signer).unwrap());
    // 2026-07-01, so that the answer does not depend on the day the test runs.
    let verify =
        "cms -verify -engine gost -cades -binary -attime 1782900000 -partial_chain -inform DER -CAfile own.pem";
    for (line, accepted) in [
        (format!("{verify} -check_ss_sig -in attached -out out"), true),
        (format!("{verify} -in detached -content content -out out"), true),
        (format!("{verify} -in detached -content other -out out"), false),
    ] {
        let output = openssl(folder, &line);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.success(), accepted, "{set} of {}: {line}\n{said}", family.0);
    }
}

#[test]
fn openssl_accepts_our_messages_on_every_russian_parameter_set_and_refuses_other_content() {
    let folder = tempfile::tempdir().unwrap();
    if !engine_is_there() {
        return;
    }
    files::write(&folder.path().join("content"), CONTENT).unwrap();
    files::write(&folder.path().join("other"), b"content of another permit").unwrap();
    let crypto_pro = ["35.1", "35.2", "35.3", "36.0", "36.1"].map(|last| format!("1.2.643.2.2.{last}"));
    for set in &crypto_pro {
        check(folder.path(), set, GOST_2001);
        check(folder.path(), set, GOST_2012_256);
    }
    for last in 1..=4 {
        check(folder.path(), &format!("1.2.643.7.1.2.1.1.{last}"), GOST_2012_256);
    }
    for last in 1..=3 {
        check(folder.path(), &format!("1.2.643.7.1.2.1.2.{last}"), GOST_2012_512);
    }
}

/// With this configuration the engine's algorithms are there under their names.
const CONFIGURATION: &str = "openssl_conf = main\n[main]\nengines = engines\n[engines]\ngost = gost\n[gost]\nengine_id = gost\n\
     default_algorithms = ALL\n";

#[test]
fn key_containers_open_on_either_side_whoever_wrote_them() {
    if !engine_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("openssl.cnf");
    files::write(&configuration, CONFIGURATION.as_bytes()).unwrap();
    let openssl = |line: &str| {
        let mut command = Command::new("openssl");
        command.args(line.split_whitespace()).current_dir(&folder).env("OPENSSL_CONF", &configuration);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{line}\n{}", String::from_utf8_lossy(&output.stderr));
    };
    let read = |name: &str| files::read(&folder.path().join(name)).unwrap();
    openssl("genpkey -algorithm gost2012_512 -pkeyopt paramset:A -out key.pem");
    openssl("req -x509 -new -key key.pem -subj /CN=signer -out own.pem");
    for cipher in ["gost89", "magma-ctr-acpkm", "kuznyechik-ctr-acpkm"] {
        for digest in ["md_gost94", "md_gost12_256", "md_gost12_512"] {
            openssl(&format!(
                "pkcs12 -export -inkey key.pem -in own.pem -keypbe {cipher} -certpbe {cipher} -macalg {digest} \
                 -passout pass:Пароль -out theirs.p12"
            ));
            let theirs = read("theirs.p12");
            let container = pkcs12::read(&theirs, "Пароль").unwrap();
            assert_eq!(container.certificates.len(), 1, "{cipher} {digest}");
            assert!(container.key.sign(CONTENT).is_ok(), "{cipher} {digest}");
            let refused = pkcs12::read(&theirs, "пароль").err();
            assert_eq!(refused, Some(ContainerError::WrongPassword), "{cipher} {digest}");
        }
    }
    // A dozen certificates are more than what one key of CFB is used for.
    let many = std::iter::repeat_n(read("own.pem"), 12).collect::<Vec<_>>().concat();
    files::write(&folder.path().join("many.pem"), &many).unwrap();
    openssl(
        "pkcs12 -export -inkey key.pem -in own.pem -certfile many.pem -keypbe gost89 -certpbe gost89 -macalg md_gost12_512 \
         -passout pass:Пароль -out theirs.p12",
    );
    let container = pkcs12::read(&read("theirs.p12"), "Пароль").unwrap();
    assert_eq!(container.certificates.len(), 13);
    assert!(container.certificates.iter().all(|certificate| *certificate == container.certificates[0]));

    let ours = pkcs12::write(&container, "Пароль", &mut SystemEntropy).unwrap();
    files::write(&folder.path().join("ours.p12"), &ours).unwrap();
    openssl("pkcs12 -legacy -in ours.p12 -nodes -nocerts -passin pass:Пароль -out again.pem");
    openssl("pkey -in again.pem -pubout -out again.pub");
    openssl("pkey -in key.pem -pubout -out key.pub");
    assert_eq!(read("again.pub"), read("key.pub"));
}
