//! Messages that we sign on every Russian parameter set, read by OpenSSL with the GOST engine. Skipped with a message where
//! the engine is not installed (`OPENSSL_ENGINES` names its folder).
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as loudly as the tests themselves")]

use std::path::Path;
use std::process::{Command, Output};

use const_oid::ObjectIdentifier;
use qoltanba::codec::armour::encode_pem;
use qoltanba::codec::der;
use qoltanba::crypto::SigningKey;
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
    let engine = Command::new("openssl").args(["engine", "-t", "gost"]).output().ok();
    if !engine.is_some_and(|o| o.status.success() && String::from_utf8_lossy(&o.stdout).contains("[ available ]")) {
        println!("SKIPPED: no OpenSSL with the GOST engine on this machine");
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
