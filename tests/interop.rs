//! What we make and what OpenSSL makes, each read by the other: the RSA, ECDSA and Ed25519 parts of the test PKI.
//! Skipped with a message where there is no OpenSSL 3.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests fail as loudly as the tests themselves"
)]

use std::path::PathBuf;
use std::process::{Command, Output};

use qoltanba::cms::SignedData;
use qoltanba::codec::armour::{encode_pem, strip};
use qoltanba::crypto::{DigestAlgorithm, Outcome, PublicKey, SignatureAlgorithm, SignatureClaim, verify_many};
use qoltanba::service::devkit::DevkitPki;
use qoltanba::signing::{Packaging, Stamp, co_sign, sign, time_stamp_signature};
use qoltanba::store::files;
use qoltanba::time::Timestamp;
use qoltanba::x509::Certificate;

const CONTENT: &[u8] = b"content of a permit";

/// A folder with the RSA hierarchy in PEM, as OpenSSL wants it.
struct Workshop {
    pki: DevkitPki,
    folder: tempfile::TempDir,
}

impl Workshop {
    fn open() -> Option<Self> {
        let version = Command::new("openssl").arg("version").output().ok();
        if !version.is_some_and(|o| String::from_utf8_lossy(&o.stdout).starts_with("OpenSSL 3")) {
            println!("SKIPPED: no OpenSSL 3 on this machine");
            return None;
        }
        let workshop = Self { pki: DevkitPki::build().unwrap(), folder: tempfile::tempdir().unwrap() };
        let (root, issuing) = (workshop.certificate("root-rsa"), workshop.certificate("issuing-rsa"));
        workshop.put("anchors.pem", root.as_bytes());
        workshop.put("issuing.pem", issuing.as_bytes());
        workshop.put("both.pem", (root + &issuing).as_bytes());
        let crls = ["root-rsa", "issuing-rsa"].map(|l| encode_pem("X509 CRL", workshop.pki.crl(l).unwrap().der()));
        workshop.put("crls.pem", crls.concat().as_bytes());
        Some(workshop)
    }

    fn certificate(&self, label: &str) -> String {
        encode_pem("CERTIFICATE", self.pki.certificate(label).unwrap().der())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, name: &str, octets: &[u8]) {
        files::write(&self.path(name), octets).unwrap();
    }

    /// Runs OpenSSL in the folder on a date within every validity.
    fn openssl(&self, line: &str) -> Output {
        Command::new("openssl").args(line.split_whitespace()).current_dir(self.folder.path()).output().unwrap()
    }

    fn accepts(&self, line: &str) {
        let output = self.openssl(line);
        assert!(output.status.success(), "openssl {line}\n{}", String::from_utf8_lossy(&output.stderr));
    }

    fn refuses(&self, line: &str) {
        assert!(!self.openssl(line).status.success(), "openssl {line}");
    }
}

/// 2026-07-01, so that the answer does not depend on the day the test runs.
const ATTIME: &str = "-attime 1782900000";

#[test]
fn openssl_accepts_the_certificates_and_lists_and_refuses_a_bad_signature() {
    let Some(workshop) = Workshop::open() else { return };
    let verify = format!("verify -x509_strict {ATTIME} -crl_check_all -CRLfile crls.pem -CAfile anchors.pem");
    for label in ["officer-rsa", "officer-p256", "officer-p384", "officer-ed25519", "tsa-rsa", "ocsp-rsa"] {
        workshop.put("leaf.pem", workshop.certificate(label).as_bytes());
        workshop.accepts(&format!("{verify} -untrusted issuing.pem leaf.pem"));
        workshop.refuses(&format!("{verify} leaf.pem"));
    }
    let mut broken = workshop.pki.certificate("officer-rsa").unwrap().der().to_vec();
    *broken.last_mut().unwrap() ^= 1;
    workshop.put("leaf.pem", encode_pem("CERTIFICATE", &broken).as_bytes());
    workshop.refuses(&format!("{verify} -untrusted issuing.pem leaf.pem"));
}

#[test]
fn openssl_accepts_foreign_hierarchies_under_their_own_root_only() {
    let Some(workshop) = Workshop::open() else { return };
    for centre in ["foreign-registered", "foreign-unregistered", "foreign-terminated"] {
        workshop.put("root.pem", workshop.certificate(centre).as_bytes());
        workshop.put("leaf.pem", workshop.certificate(&format!("{centre}-signer")).as_bytes());
        workshop.accepts(&format!("verify -x509_strict {ATTIME} -CAfile root.pem leaf.pem"));
        workshop.refuses(&format!("verify -x509_strict {ATTIME} -CAfile anchors.pem leaf.pem"));
    }
}

#[test]
fn openssl_accepts_our_signatures_and_refuses_other_content() {
    let Some(workshop) = Workshop::open() else { return };
    workshop.put("content", CONTENT);
    workshop.put("other", b"content of another permit");
    let verify = format!("cms -verify -cades -binary {ATTIME} -inform DER -CAfile both.pem -out out");
    for label in ["officer-rsa", "officer-p256", "officer-p384"] {
        let signer = workshop.pki.signer(label).unwrap().at(Timestamp::parse_rfc3339("2026-07-01").unwrap());
        workshop.put("attached", &sign(CONTENT, Packaging::Attached, &signer).unwrap());
        workshop.accepts(&format!("{verify} -in attached"));
        assert_eq!(files::read(&workshop.path("out")).unwrap(), CONTENT);
        workshop.put("detached", &sign(CONTENT, Packaging::Detached, &signer).unwrap());
        workshop.accepts(&format!("{verify} -in detached -content content"));
        workshop.refuses(&format!("{verify} -in detached -content other"));
    }
}

#[test]
fn openssl_accepts_our_time_stamps_within_a_message_it_still_accepts() {
    let Some(workshop) = Workshop::open() else { return };
    let tsa = workshop.pki.time_stamp_authority("tsa-rsa").unwrap();
    let message = sign(CONTENT, Packaging::Attached, &workshop.pki.signer("officer-rsa").unwrap()).unwrap();
    let stamp = Stamp {
        policy: const_oid::ObjectIdentifier::new_unwrap("1.2.398.3.3.2.6.2"),
        serial: vec![1],
        gen_time: Timestamp::parse_rfc3339("2026-07-01T10:00:03Z").unwrap(),
    };
    let stamped = time_stamp_signature(&message, 0, &stamp, &tsa).unwrap();
    let read = SignedData::parse(&stamped).unwrap();
    workshop.put("stamped", &stamped);
    workshop.put("value", &read.signer_infos[0].signature);
    workshop.put("token", read.signer_infos[0].signature_time_stamps().next().unwrap());
    workshop.put("other", b"another value");
    let verify = format!("ts -verify {ATTIME} -in token -token_in -CAfile both.pem");
    workshop.accepts(&format!("{verify} -data value"));
    workshop.refuses(&format!("{verify} -data other"));
    workshop.accepts(&format!("cms -verify -cades -binary {ATTIME} -inform DER -in stamped -CAfile both.pem -out out"));
}

#[test]
fn our_co_signature_on_a_message_of_openssl_is_accepted_by_both() {
    let Some(workshop) = Workshop::open() else { return };
    workshop.put("content", CONTENT);
    workshop.put("signer.pem", workshop.certificate("officer-rsa").as_bytes());
    let key = workshop.pki.key("officer-rsa").unwrap().to_pkcs8_der();
    workshop.put("key.pem", encode_pem("PRIVATE KEY", &key).as_bytes());
    // -stream: OpenSSL then writes BER of indefinite length.
    for streamed in ["", "-stream"] {
        let line = "cms -sign -cades -binary -nodetach -md sha256 -outform DER -in content -out theirs";
        workshop.accepts(&format!("{line} {streamed} -signer signer.pem -inkey key.pem"));
        let theirs = files::read(&workshop.path("theirs")).unwrap();
        let both = co_sign(&theirs, None, &workshop.pki.signer("officer-p256").unwrap()).unwrap();
        let read = SignedData::parse(&both).unwrap();
        let first = &read.signer_infos[0];
        let rsa = workshop.pki.certificate("officer-rsa").unwrap().public_key().unwrap();
        let (algorithm, digest) = (&first.signature_algorithm, DigestAlgorithm::from_oid(first.digest_algorithm.oid));
        let resolved =
            SignatureAlgorithm::resolve(algorithm.oid, algorithm.parameters.as_deref(), digest, rsa).unwrap();
        let message = first.signed_attrs.as_ref().unwrap().signed_octets().into();
        let claim = SignatureClaim { algorithm: resolved, key: rsa, message, value: first.signature.clone() };
        assert!(matches!(verify_many(&[claim])[..], [Outcome::Valid(_)]));
        workshop.put("both", &both);
        workshop
            .accepts(&format!("cms -verify -cades -binary {ATTIME} -inform DER -in both -CAfile both.pem -out out"));
    }
}

#[test]
fn openssl_opens_our_key_containers_with_their_password_only() {
    let Some(workshop) = Workshop::open() else { return };
    for label in ["officer-rsa", "officer-p256", "officer-p384", "officer-ed25519"] {
        workshop.put("key.p12", &workshop.pki.container(label).unwrap());
        let line = "pkcs12 -legacy -in key.p12 -nodes -out";
        // RC2 and 3DES of PKCS#12 live in a module that not every installation has.
        if workshop.openssl("list -providers -provider legacy").status.success() {
            workshop.accepts(&format!("{line} key.txt -passin pass:Qwerty12"));
        }
        workshop.refuses(&format!("{line} key.txt -passin pass:Qwerty13"));
    }
}

/// Options of `openssl req -x509`: the key, then how it signs; and whether `cms -sign` is told the padding.
const PSS_CERTIFICATES: [(&str, &str, &str); 2] = [
    (
        "-newkey rsa:2048",
        "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:13 -sigopt rsa_mgf1_md:sha384",
        "-keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:13 -keyopt rsa_mgf1_md:sha512",
    ),
    (
        "-newkey rsa-pss -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:sha256 \
         -pkeyopt rsa_pss_keygen_mgf1_md:sha256 -pkeyopt rsa_pss_keygen_saltlen:21",
        "-sigopt rsa_pss_saltlen:40",
        "-keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:21",
    ),
];

#[test]
fn certificates_and_messages_that_openssl_signs_with_rsa_pss_of_odd_salts_verify() {
    let Some(workshop) = Workshop::open() else { return };
    workshop.put("content", CONTENT);
    for (newkey, padding, cms_padding) in PSS_CERTIFICATES {
        let line = "req -x509 -nodes -keyout key.pem -out cert.pem -outform PEM -sha256 -subj /CN=pss";
        workshop.accepts(&format!("{line} {newkey} {padding}"));
        let pem = files::read(&workshop.path("cert.pem")).unwrap();
        let certificate = Certificate::parse(&strip(&pem).unwrap()).unwrap();
        let key = certificate.public_key().unwrap();
        let stated = certificate.signature_algorithm();
        let algorithm = SignatureAlgorithm::resolve(stated.oid, stated.parameters.as_deref(), None, key).unwrap();
        assert_eq!(algorithm.name(), "rsa-pss-sha256");
        assert_holds_until_altered(algorithm, key, certificate.tbs(), certificate.signature_value());

        let line = "cms -sign -cades -binary -nodetach -md sha256 -outform DER -in content -out theirs";
        workshop.accepts(&format!("{line} -signer cert.pem -inkey key.pem {cms_padding}"));
        let theirs = files::read(&workshop.path("theirs")).unwrap();
        let read = SignedData::parse(&theirs).unwrap();
        let signer = &read.signer_infos[0];
        let (stated, digest) = (&signer.signature_algorithm, DigestAlgorithm::from_oid(signer.digest_algorithm.oid));
        let algorithm = SignatureAlgorithm::resolve(stated.oid, stated.parameters.as_deref(), digest, key).unwrap();
        let message = signer.signed_attrs.as_ref().unwrap().signed_octets();
        assert_holds_until_altered(algorithm, key, &message, &signer.signature);
    }
}

fn assert_holds_until_altered(algorithm: SignatureAlgorithm, key: &PublicKey, message: &[u8], value: &[u8]) {
    let mut altered = value.to_vec();
    *altered.last_mut().unwrap() ^= 1;
    let claims =
        [value, &altered].map(|value| SignatureClaim { algorithm, key, message: message.into(), value: value.into() });
    assert!(matches!(verify_many(&claims)[..], [Outcome::Valid(_), Outcome::Invalid]), "{}", algorithm.name());
}
