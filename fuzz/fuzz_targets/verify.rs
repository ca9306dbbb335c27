//! The whole way of a document, armour included: never a panic, and nothing passes without an anchor.
#![no_main]

use qoltanba::path::{Pool, SignatureBook};
use qoltanba::policy::Policy;
use qoltanba::time::Timestamp;
use qoltanba::trust::CompiledTrust;
use qoltanba::validation::{Indication, Item, Terms, validate_many};

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let (trust, evidence) = (CompiledTrust::default(), Pool::default());
    let policy = Policy::named("kz").expect("built in");
    let at = Timestamp::from_unix_seconds(1_782_000_000);
    let terms = Terms { trust: &trust, evidence: &evidence, policy: &policy, at };
    let reports = validate_many(&[Item::new(octets, Some(b"permit"))], &terms, &SignatureBook::default());
    assert!(reports.iter().flatten().all(|r| r.verdict.indication != Indication::TotalPassed));
});
