//! Lists of trusted entities, signed and opened again: what was changed, and who else signed, is told.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;
use crate::trust::entity_list::{EntityList, SchemeInformation, Worded};
use crate::trust::{SignedListError, open_signed_list};

fn list() -> EntityList {
    EntityList {
        scheme: SchemeInformation {
            version: 1,
            sequence_number: 3,
            list_type: None,
            operator: vec![Worded { lang: "en".into(), value: "Keeper".into() }],
            name: Vec::new(),
            territory: Some("KZ".into()),
            issued_at: year(2026),
            next_update: year(2027),
        },
        entities: Vec::new(),
    }
}

fn keeper(algorithm: KeyAlgorithm, seed: &str) -> (SigningKey, Certificate) {
    let key = key(algorithm, seed);
    let certificate = certificate(profile(Template::Sign, algorithm, &[]), &key);
    (key, certificate)
}

fn signed((key, certificate): &(SigningKey, Certificate)) -> String {
    let signer = Signer::new(key, certificate).unwrap().at(year(2026));
    sign_jws(&list().encode(), "lote+json", &signer).unwrap()
}

#[test]
fn a_list_signed_with_any_key_opens_under_that_key_alone() {
    use KeyAlgorithm as K;
    for algorithm in [K::GostKz512, K::Rsa2048, K::EcP256, K::EcP384, K::Ed25519, K::MlDsa65] {
        let keeper_one = keeper(algorithm, "one");
        let jws = signed(&keeper_one);
        assert_eq!(open_signed_list(jws.as_bytes(), &keeper_one.1, year(2026)), Ok(list()), "{algorithm:?}");
        let other = keeper(algorithm, "other").1;
        assert_eq!(open_signed_list(jws.as_bytes(), &other, year(2026)), Err(SignedListError::Signer));
    }
}

#[test]
fn whatever_is_changed_is_told() {
    let pair = keeper(KeyAlgorithm::EcP256, "one");
    let jws = signed(&pair);
    let (input, value) = jws.rsplit_once('.').unwrap();
    let (header, payload) = input.split_once('.').unwrap();
    let open = |jws: &str| open_signed_list(jws.as_bytes(), &pair.1, year(2026));
    let edit = |part: &str, from: &str, to: &str| {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        assert!(text.contains(from), "{text}");
        URL_SAFE_NO_PAD.encode(text.replacen(from, to, 1))
    };
    let other_payload = edit(payload, "\"LoTESequenceNumber\":3", "\"LoTESequenceNumber\":4");
    assert_eq!(open(&format!("{header}.{other_payload}.{value}")), Err(SignedListError::Signature));
    for (from, to) in [("\"ES256\"", "\"none\""), ("\"ES256\"", "\"ES384\""), ("\"ES256\"", "\"HS256\"")] {
        let header = edit(header, from, to);
        assert_eq!(open(&format!("{header}.{payload}.{value}")), Err(SignedListError::Algorithm), "{to}");
    }
    // Without a word about its signer the key still decides, and the header is signed.
    let silent = edit(header, "\"x5t#S256\"", "\"x5t#S25_\"");
    assert_eq!(open(&format!("{silent}.{payload}.{value}")), Err(SignedListError::Signature));
    assert_eq!(open(&format!("{input}.")), Err(SignedListError::Signature));
    assert!(matches!(open(input), Err(SignedListError::Malformed(_))));
}

#[test]
fn a_list_is_good_from_its_issue_to_the_next_update_half_open() {
    let pair = keeper(KeyAlgorithm::Ed25519, "one");
    let jws = signed(&pair);
    let open = |at| open_signed_list(jws.as_bytes(), &pair.1, at).map(|list| list.scheme.sequence_number);
    let (issued_at, next_update) = (year(2026), year(2027));
    assert_eq!(open(issued_at), Ok(3));
    assert_eq!(open(issued_at.plus_seconds(-1)), Err(SignedListError::NotYet { issued_at }));
    assert_eq!(open(next_update.plus_seconds(-1)), Ok(3));
    assert_eq!(open(next_update), Err(SignedListError::Stale { next_update }));
}
