use super::*;
use crate::permit::{Catalogue, reasons};

const BIN: &str = "050000000009";
const HEAD: &str = "1.2.398.3.3.4.1.2.1";
const EMPLOYEE: &str = "1.2.398.3.3.4.1.2.5";
const EMAIL: &str = "1.3.6.1.5.5.7.3.4";

fn signer(oids: &[&str]) -> SignerFacts {
    let facts = SignerFacts { bin: Some(BIN.into()), key_usage_non_repudiation: true, ..SignerFacts::default() };
    facts.with_extended_key_usage(oids.iter().copied())
}

fn right(facts: &SignerFacts) -> SigningRight {
    right_to_sign(Catalogue::builtin().kind("permit.crypto-sale").unwrap(), facts, BIN)
}

fn codes(right: &SigningRight) -> Vec<&'static str> {
    match right {
        SigningRight::Established => Vec::new(),
        SigningRight::NotEstablished { reasons } | SigningRight::Contradicted { reasons } => {
            reasons.iter().map(RightReason::code).collect()
        }
    }
}

#[test]
fn a_head_or_authorised_person_of_the_body_may_sign() {
    assert_eq!(right(&signer(&[EMAIL, "1.2.398.3.3.4.1.2", HEAD])), SigningRight::Established);
    assert_eq!(right(&signer(&["1.2.398.3.3.4.1.2.2"])), SigningRight::Established);
    assert_eq!(right(&signer(&["1.2.398.3.17.3.3"])), SigningRight::Established);
}

#[test]
fn every_other_known_role_contradicts() {
    for oid in [EMPLOYEE, "1.2.398.3.3.4.1.2.3", "1.2.398.3.3.4.1.2.4", "1.2.398.3.3.4.1.2.6", "1.2.398.3.3.4.1.1"] {
        let answer = right(&signer(&["1.2.398.3.3.4.1.2", oid]));
        assert!(matches!(answer, SigningRight::Contradicted { .. }), "{oid}");
        assert_eq!(codes(&answer), ["ROLE_NOT_ALLOWED"], "{oid}");
    }
}

#[test]
fn a_role_that_is_not_said_or_not_known_leaves_it_open() {
    let none = right(&signer(&[EMAIL, "1.2.398.3.3.4.1.2", "1.2.398.3.3.4.3.1"]));
    assert!(matches!(none, SigningRight::NotEstablished { .. }));
    assert_eq!(codes(&none), ["ROLE_MISSING"]);
    let unknown = right(&signer(&[EMPLOYEE, "1.2.398.9.9"]));
    assert!(matches!(unknown, SigningRight::NotEstablished { .. }));
    assert_eq!(codes(&unknown), ["ROLE_UNKNOWN"]);
}

#[test]
fn another_organisation_contradicts_and_none_leaves_it_open() {
    let other = SignerFacts { bin: Some("123456789021".into()), ..signer(&[HEAD]) };
    assert!(matches!(right(&other), SigningRight::Contradicted { .. }));
    assert_eq!(codes(&right(&other)), ["BIN_DIFFERS"]);
    let none = SignerFacts { bin: None, ..signer(&[HEAD]) };
    assert!(matches!(right(&none), SigningRight::NotEstablished { .. }));
}

#[test]
fn a_key_that_is_not_for_signing_contradicts_and_all_reasons_are_told() {
    let key = SignerFacts { key_usage_non_repudiation: false, bin: None, ..signer(&[]) };
    let answer = right(&key);
    assert!(matches!(answer, SigningRight::Contradicted { .. }));
    assert_eq!(codes(&answer), ["ROLE_MISSING", "BIN_MISSING", "NO_NON_REPUDIATION"]);
    assert!(codes(&answer).iter().all(|code| reasons::is_told(code)));
}

#[test]
fn the_answer_is_told_with_codes_and_sentences() {
    let told = serde_json::to_value(right(&signer(&[EMPLOYEE]))).unwrap();
    assert_eq!(told["standing"], "CONTRADICTED");
    assert_eq!(told["reasons"][0]["code"], "ROLE_NOT_ALLOWED");
    assert!(told["reasons"][0]["text"]["en"].as_str().unwrap().ends_with("employee"));
    assert!(reasons::is_told("BIN_DIFFERS") && reasons::is_told("ROLE_UNKNOWN"));
}
