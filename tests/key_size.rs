//! RSA below 2048 bits is verified, so that policy can say why it refuses it: never passes, with the reason KEY_TOO_SHORT.
//! The messages of `test-vectors/key-size` are OpenSSL's; only the sizes of their keys differ.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test reads its own vectors")]

use std::path::PathBuf;

use qoltanba::codec::armour;
use qoltanba::path::{Pool, SignatureBook};
use qoltanba::policy::Policy;
use qoltanba::time::Timestamp;
use qoltanba::trust::TrustSnapshot;
use qoltanba::validation::{Code, Indication, Item, SignatureReport, SignatureValue, Terms, validate_many};
use qoltanba::x509::Certificate;

fn vector(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("test-vectors/key-size").join(name);
    armour::strip(&std::fs::read(path).unwrap()).unwrap().into_owned()
}

fn report(name: &str, policy: &str) -> SignatureReport {
    let root = Certificate::parse(&vector(&format!("{name}-root.pem"))).unwrap();
    let trust = TrustSnapshot::of_certificates(&[root]).compile().unwrap();
    let mut evidence = Pool::default();
    assert!(evidence.add_der(&vector(&format!("{name}-crl.pem"))));
    let terms = Terms {
        trust: &trust,
        evidence: &evidence,
        policy: &Policy::named(policy).unwrap(),
        paths: None,
        known: None,
        at: Timestamp::parse_rfc3339("2026-12-01T00:00:00Z").unwrap(),
    };
    let message = vector(&format!("{name}.pem"));
    let mut report = validate_many(&[Item::new(&message, None)], &terms, &SignatureBook::default()).remove(0).unwrap();
    report.signatures.remove(0)
}

#[test]
fn a_short_key_never_passes_and_the_reason_is_told() {
    for policy in ["kz", "rfc5280"] {
        for name in ["short-signer", "short-root"] {
            let report = report(name, policy);
            assert_eq!(report.signature_value, SignatureValue::Valid, "{name}: the mathematics holds");
            assert_ne!(report.verdict.indication, Indication::TotalPassed);
            assert!(report.reasons.iter().any(|r| r.code == Code::KeyTooShort), "{name}: {:?}", report.reasons);
        }
        let sound = report("long-enough", policy);
        assert_eq!(sound.verdict.indication, Indication::TotalPassed, "{:?}", sound.reasons);
    }
}
