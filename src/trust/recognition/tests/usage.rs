//! Used in accordance with the certificate, and within what the registration is good for (facts/ttp.md §6, §8.3 (5)).

use super::*;
use crate::codec::der;
use crate::trust::{AlgorithmScope, Money, SignerKind};
use crate::x509::oids;

const HEAD: &str = "1.2.112.0.2.0.34.101.78.2.62";

fn money(currency: &str, amount: &str) -> Money {
    Money { currency: currency.into(), amount: amount.into() }
}

/// A certificate whose policy says that its holder signs for an organisation.
fn organisation() -> Entity {
    let policy = der::sequence(&[&der::sequence(&[&der::oid(const_oid::ObjectIdentifier::new_unwrap(HEAD))])]);
    let recipe = Recipe::leaf("signer").valid(day(25), day(365)).with(oids::CERTIFICATE_POLICIES, false, policy);
    root().issue(&recipe, "signer")
}

fn case(document: DocumentFacts) -> Case {
    let whole = ReceiptFinding { signatures: Vec::new(), ..receipt("ttp-kz", 50, TtpStatus::Verified) };
    let path = vec![organisation().certificate, root().certificate];
    Case { path, document, ..Case::new(&[whole]) }
}

fn within(scopes: Vec<Scope>, document: DocumentFacts) -> Vec<Reason> {
    let mut snapshot = snapshot(&[(Registered, 20)]);
    let centre = snapshot.foreign.first_mut().unwrap();
    centre.scopes = scopes;
    centre.role_equivalences = vec![RoleEquivalence { oid: HEAD.into(), means: SignerKind::Organisation }];
    case(document).ask(&snapshot).reasons
}

fn licence() -> DocumentFacts {
    DocumentFacts { document_type: Some("licence".into()), ..DocumentFacts::default() }
}

#[test]
fn a_scope_names_types_of_documents() {
    let scope = Scope { document_types: vec!["licence".into()], ..Scope::default() };
    assert_eq!(within(vec![scope.clone()], licence()), []);
    let other = DocumentFacts { document_type: Some("conclusion".into()), ..DocumentFacts::default() };
    assert_eq!(within(vec![scope.clone()], other.clone()), [Reason::ScopeDocumentType]);
    assert_eq!(within(vec![scope.clone()], DocumentFacts::default()), [Reason::DocumentTypeUnknown]);
    // One of several is enough.
    let second = Scope { document_types: vec!["conclusion".into()], ..Scope::default() };
    assert_eq!(within(vec![scope, second], other), []);
}

#[test]
fn a_scope_names_kinds_of_signers_in_the_words_of_the_centre() {
    let scope = |kind| Scope { signer_kinds: vec![kind], ..Scope::default() };
    assert_eq!(within(vec![scope(SignerKind::Organisation)], licence()), []);
    assert_eq!(within(vec![scope(SignerKind::Head)], licence()), [Reason::ScopeSignerKind]);
    let mut unknown = snapshot(&[(Registered, 20)]);
    unknown.foreign.first_mut().unwrap().scopes = vec![scope(SignerKind::Organisation)];
    assert_eq!(case(licence()).ask(&unknown).reasons, [Reason::AuthorityNotEstablished]);
}

#[test]
fn a_document_demands_a_quality_of_its_signer() {
    let demanding = |kind| DocumentFacts { signer_kinds: vec![kind], ..licence() };
    assert_eq!(within(Vec::new(), demanding(SignerKind::Organisation)), []);
    assert_eq!(within(Vec::new(), demanding(SignerKind::Head)), [Reason::PurposeSignerKind]);
    let bare = case(demanding(SignerKind::Head)).ask(&snapshot(&[(Registered, 20)]));
    assert_eq!(bare.reasons, [Reason::AuthorityNotEstablished]);
}

#[test]
fn a_scope_names_policies_and_days() {
    let policies = |policy: &str| Scope { policies: vec![policy.into()], ..Scope::default() };
    assert_eq!(within(vec![policies(HEAD)], licence()), []);
    assert_eq!(within(vec![policies("1.2.3")], licence()), [Reason::ScopePolicy]);
    let days = |from, until| Scope { period: Some(period(from, until)), ..Scope::default() };
    assert_eq!(within(vec![days(50, None)], licence()), []);
    assert_eq!(within(vec![days(51, None)], licence()), [Reason::ScopePeriod]);
    assert_eq!(within(vec![days(20, Some(50))], licence()), [Reason::ScopePeriod]);
}

#[test]
fn a_scope_names_algorithms_and_until_when() {
    let ed25519 = |until: Option<i64>, bits| {
        let one = AlgorithmScope { oid: "1.3.101.112".into(), key_bits_min: bits, until: until.map(day) };
        Scope { algorithms: vec![one], ..Scope::default() }
    };
    assert_eq!(within(vec![ed25519(None, None)], licence()), []);
    assert_eq!(within(vec![ed25519(Some(51), Some(255))], licence()), []);
    assert_eq!(within(vec![ed25519(Some(50), None)], licence()), [Reason::AlgNotAllowedAtT]);
    assert_eq!(within(vec![ed25519(None, Some(512))], licence()), [Reason::AlgNotAllowedAtT]);
    let rsa = AlgorithmScope { oid: "1.2.840.113549.1.1.1".into(), key_bits_min: None, until: None };
    let other = Scope { algorithms: vec![rsa], ..Scope::default() };
    assert_eq!(within(vec![other], licence()), [Reason::AlgNotAllowedAtT]);
}

#[test]
fn a_scope_has_a_highest_amount() {
    let scope = || vec![Scope { max_amount: Some(money("KZT", "1000.50")), ..Scope::default() }];
    let worth = |amount| DocumentFacts { amount: Some(amount), ..licence() };
    assert_eq!(within(scope(), worth(money("KZT", "1000.5"))), []);
    assert_eq!(within(scope(), worth(money("KZT", "1000.500001"))), [Reason::LimitExceeded]);
    for unclear in [worth(money("RUB", "1")), licence(), worth(money("KZT", "-1"))] {
        assert_eq!(within(scope(), unclear), [Reason::LimitUnknown]);
    }
}

/// A certificate with a QcLimitValue (ETSI EN 319 412-5 §4.3.2).
fn limited(currency: &[u8], amount: &[u8], exponent: &[u8]) -> Vec<Certificate> {
    let integer = |value: &[u8]| der::tlv(der::tag::INTEGER, value);
    let value = der::sequence(&[&der::tlv(der::tag::PRINTABLE_STRING, currency), &integer(amount), &integer(exponent)]);
    let statement = der::oid(const_oid::ObjectIdentifier::new_unwrap("0.4.0.1862.1.2"));
    let statements = der::sequence(&[&der::sequence(&[&statement, &value])]);
    let qc_statements = const_oid::ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.3");
    let recipe = Recipe::leaf("signer").valid(day(25), day(365)).with(qc_statements, false, statements);
    vec![root().issue(&recipe, "signer").certificate, root().certificate]
}

#[test]
fn a_certificate_limits_the_amount_itself() {
    let asked = |path: Vec<Certificate>, amount: Option<Money>| {
        let document = DocumentFacts { amount, ..licence() };
        Case { path, ..case(document) }.ask(&snapshot(&[(Registered, 20)])).reasons
    };
    // 5 × 10^3 euros.
    let thousands = || limited(b"EUR", &[5], &[3]);
    assert_eq!(asked(thousands(), Some(money("EUR", "5000"))), []);
    assert_eq!(asked(thousands(), Some(money("EUR", "5000.01"))), [Reason::LimitExceeded]);
    assert_eq!(asked(thousands(), Some(money("KZT", "1"))), [Reason::LimitUnknown]);
    assert_eq!(asked(thousands(), None), [Reason::LimitUnknown]);
    // 5 × 10^-1.
    assert_eq!(asked(limited(b"EUR", &[5], &[0xff]), Some(money("EUR", "0.5"))), []);
    assert_eq!(asked(limited(b"EUR", &[5], &[0xff]), Some(money("EUR", "0.6"))), [Reason::LimitExceeded]);
    // What does not read is no licence to sign anything.
    for unread in [limited(b"EURO", &[5], &[3]), limited(b"EUR", &[5], &[0x80]), limited(b"EUR", &[5], &[1, 0])] {
        assert_eq!(asked(unread, Some(money("EUR", "1"))), [Reason::LimitUnknown]);
    }
}
