use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::permit::check::tests::any_json;

pub(in crate::permit) fn time(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn content() -> DocumentContent {
    DocumentContent {
        schema: DOCUMENT_SCHEMA.into(),
        kind: "permit.crypto-sale".into(),
        edition: "nsc-34-2024-08-07".into(),
        number: Number::of_portal("CRS".parse().unwrap(), 7).unwrap(),
        subtypes: Vec::new(),
        issuing_body: Body { bin: "050000000009".into(), name: "ҰҚК".into() },
        issued_at: time("2026-11-21T10:00:00Z"),
        valid_from: time("2026-11-21T10:00:00Z"),
        valid_until: None,
        supersedes: None,
        signer: SignerClaim { position: "Төраға".into(), full_name: "Тестов Тест".into() },
        fields: Map::new(),
    }
}

#[test]
fn signed_octets_read_back_to_themselves() {
    let octets = content().encode().unwrap();
    let text = std::str::from_utf8(&octets).unwrap();
    assert!(text.starts_with(r#"{"edition":"nsc-34-2024-08-07","fields":{},"issued_at":"2026-11-21T10:00:00Z","#));
    assert_eq!(DocumentContent::parse(&octets).unwrap(), content());
    assert_eq!(content().digest().unwrap(), Digest::of(&octets));
}

/// The refusal of the octets after one piece of text is replaced.
fn refusal(from: &str, to: &str) -> ContentError {
    let text = String::from_utf8(content().encode().unwrap()).unwrap();
    assert!(text.contains(from), "{from}");
    DocumentContent::parse(text.replacen(from, to, 1).as_bytes()).unwrap_err()
}

#[test]
fn any_other_writing_of_the_same_content_is_refused() {
    assert_eq!(refusal("\"fields\":{}", "\"fields\": {}"), ContentError::NotCanonical);
    assert_eq!(refusal("\"fields\":{}", "\"fields\":{\"a\":1,\"a\":1}"), ContentError::NotCanonical);
    assert_eq!(refusal("\"fields\":{}", "\"fields\":{\"b\":1,\"a\":1}"), ContentError::NotCanonical);
    assert_eq!(refusal("Тестов", "\\u0422естов"), ContentError::NotCanonical);
    assert_eq!(refusal("2026-11-21T10:00:00Z", "2026-11-21T15:00:00+05:00"), ContentError::NotCanonical);
    assert_eq!(refusal(",\"valid_until\":null", ""), ContentError::NotCanonical);
}

#[test]
fn what_the_schema_does_not_know_is_refused() {
    assert_eq!(refusal("permit/1", "permit/2"), ContentError::Schema);
    assert!(matches!(refusal("{\"edition\"", "{\"added\":1,\"edition\""), ContentError::Json { .. }));
    assert!(matches!(refusal("\"subtypes\":[]", "\"subtypes\":{}"), ContentError::Json { .. }));
    assert!(matches!(DocumentContent::parse(b""), Err(ContentError::Json { .. })));
    assert!(matches!(DocumentContent::parse(b"{}"), Err(ContentError::Json { .. })));
}

#[test]
fn octets_after_the_end_are_refused() {
    let mut octets = content().encode().unwrap();
    octets.push(b'\n');
    assert_eq!(DocumentContent::parse(&octets), Err(ContentError::NotCanonical));
}

#[test]
fn numbers_that_canonical_json_would_round_are_refused() {
    let mut exact = content();
    exact.fields.insert("n".into(), json!((1_i64 << 53) - 1));
    assert_eq!(DocumentContent::parse(&exact.encode().unwrap()).unwrap(), exact);
    for inexact in [json!(1_i64 << 53), json!(-(1_i64 << 53)), json!(u64::MAX), json!(0.5), json!([{ "x": 1.0 }])] {
        let mut content = content();
        content.fields.insert("n".into(), inexact);
        assert_eq!(content.encode(), Err(ContentError::InexactNumber));
    }
    assert_eq!(refusal("\"fields\":{}", "\"fields\":{\"n\":0.5}"), ContentError::InexactNumber);
}

#[test]
fn the_holder_is_the_party_that_the_document_is_for() {
    let mut content = content();
    assert_eq!(content.holder(), None);
    content.fields.insert("partner".into(), json!({ "bin": "000000000000" }));
    content.fields.insert("applicant".into(), json!({ "name": "ТОО" }));
    assert_eq!(content.holder(), None);
    content.fields.insert("applicant".into(), json!({ "name": "ТОО", "iin": "050000000009" }));
    assert_eq!(content.holder(), Some("050000000009"));
}

#[test]
fn a_document_beyond_the_bound_is_refused() {
    let mut large = content();
    large.fields.insert("text".into(), json!("x".repeat(PERMIT_JSON_BYTES_MAX.value)));
    assert!(matches!(large.encode(), Err(ContentError::Limit(_))));
    assert!(matches!(
        DocumentContent::parse(&vec![b' '; PERMIT_JSON_BYTES_MAX.value + 1]),
        Err(ContentError::Limit(_))
    ));
}

proptest! {
    #[test]
    fn whatever_is_encoded_parses_to_the_same(
        fields in prop::collection::btree_map("\\PC{0,6}", any_json(), 0..5),
        name in "\\PC{0,30}",
        millis in 0_i64..4_000_000_000_000,
    ) {
        let mut content = content();
        content.fields = fields.into_iter().collect();
        content.issuing_body.name = name;
        content.issued_at = Timestamp::from_unix_millis(millis);
        if let Ok(octets) = content.encode() {
            prop_assert_eq!(DocumentContent::parse(&octets).unwrap(), content);
        }
    }

    #[test]
    fn whatever_parses_encodes_to_the_same(octets in prop::collection::vec(any::<u8>(), 0..200), at in 0..300_usize) {
        let mut damaged = content().encode().unwrap();
        let at = at.min(damaged.len());
        damaged.splice(at..at, octets);
        if let Ok(read) = DocumentContent::parse(&damaged) {
            prop_assert_eq!(read.encode().unwrap(), damaged);
        }
    }
}
