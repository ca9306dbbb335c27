//! The seeds of `test-vectors/seeds`: small messages of our own making, from the test PKI. Fuzzing and the tests of broken
//! input start from them. `QOLTANBA_WRITE_SEEDS=1 cargo test --test seeds` writes them again.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test reads and writes its own vectors")]

use std::path::PathBuf;

use qoltanba::cms::SignedData;
use qoltanba::crypto::{DigestAlgorithm, pkcs12};
use qoltanba::service::devkit::DevkitPki;
use qoltanba::signing::{
    OcspAnswer, OcspDraft, OcspResponder, Packaging, Stamp, co_sign, issue_ocsp, sign, time_stamp_signature,
};
use qoltanba::time::Timestamp;
use qoltanba::x509::{CertId, CertStatus, Certificate, Crl, OcspResponse, OcspResponseStatus};

fn made() -> Vec<(&'static str, Vec<u8>)> {
    let pki = DevkitPki::build().unwrap();
    let at = Timestamp::parse_rfc3339("2026-07-01T10:00:00Z").unwrap();
    let head = pki.signer("officer-head").unwrap().at(at);
    let attached = sign(b"permit", Packaging::Attached, &head).unwrap();
    let detached = sign(b"permit", Packaging::Detached, &head).unwrap();
    let two = co_sign(&attached, None, &pki.signer("officer-p256").unwrap().at(at)).unwrap();
    let stamp = Stamp { policy: "1.2.398.3.3.2.6.4".parse().unwrap(), serial: vec![1], gen_time: at };
    let stamped = time_stamp_signature(&attached, 0, &stamp, &pki.time_stamp_authority("tsa-gost").unwrap()).unwrap();
    vec![
        ("certificate/officer-head.der", pki.certificate("officer-head").unwrap().der().to_vec()),
        ("certificate/officer-ed25519.der", pki.certificate("officer-ed25519").unwrap().der().to_vec()),
        ("certificate/tsa-gost.der", pki.certificate("tsa-gost").unwrap().der().to_vec()),
        ("cms/attached.der", attached),
        ("cms/detached.der", detached),
        ("cms/two-signers.der", two),
        ("cms/stamped.der", stamped),
        ("crl/full.der", pki.crl("issuing-gost").unwrap().der().to_vec()),
        ("crl/delta.der", pki.crl("issuing-gost-delta").unwrap().der().to_vec()),
        ("ocsp/good.der", ocsp_response(&pki, at)),
        ("pkcs12/officer-ed25519.p12", pki.container("officer-ed25519").unwrap()),
    ]
}

fn ocsp_response(pki: &DevkitPki, at: Timestamp) -> Vec<u8> {
    let certificate = |label| pki.certificate(label).unwrap();
    let cert_id = CertId::of(certificate("officer-head"), certificate("issuing-gost"), DigestAlgorithm::Sha256);
    let answer = OcspAnswer { cert_id, status: CertStatus::Good, this_update: at, next_update: None };
    let draft = OcspDraft { produced_at: at, answers: vec![answer], nonce: Some(vec![7; 8]) };
    let responder = OcspResponder::new(pki.key("ocsp-gost").unwrap(), certificate("ocsp-gost")).unwrap();
    issue_ocsp(&draft, &responder).unwrap()
}

#[test]
fn seeds_are_there_and_read_as_what_they_are() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("test-vectors/seeds");
    if std::env::var("QOLTANBA_WRITE_SEEDS").is_ok() {
        for (name, octets) in made() {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, octets).unwrap();
        }
    }
    let pki = DevkitPki::build().unwrap();
    for family in ["certificate", "cms", "crl", "ocsp", "pkcs12"] {
        for file in std::fs::read_dir(folder.join(family)).unwrap() {
            let path = file.unwrap().path();
            let octets = std::fs::read(&path).unwrap();
            let reads = match family {
                "certificate" => Certificate::parse(&octets).is_ok(),
                "cms" => SignedData::parse(&octets).is_ok_and(|m| !m.signer_infos.is_empty()),
                "crl" => Crl::parse(&octets).is_ok(),
                "ocsp" => OcspResponse::parse(&octets)
                    .is_ok_and(|r| r.status == OcspResponseStatus::Successful && r.responses.len() == 1),
                _ => pkcs12::read(&octets, &pki.plan().password).is_ok(),
            };
            assert!(reads, "{}", path.display());
        }
    }
}
