//! Signatures in two steps over HTTP: the value comes from the caller, and is believed only where it verifies.

use axum::http::StatusCode;
use qoltanba::codec::armour;
use qoltanba::store::Role;
use serde_json::{Value, json};

use crate::kit::{Kit, pki, problem};

const CONTENT: &[u8] = b"an application";

fn certificate(label: &str) -> String {
    armour::encode(pki().certificate(label).unwrap().der())
}

fn value(label: &str, prepared: &Value) -> String {
    let to_be_signed = armour::decode(prepared["to_be_signed"].as_str().unwrap()).unwrap();
    armour::encode(&pki().key(label).unwrap().sign(&to_be_signed).unwrap())
}

struct Portal {
    kit: Kit,
    key: String,
}

impl Portal {
    async fn new() -> Self {
        let kit = Kit::new().await;
        let key = kit.key(Role::Issuer, None).await;
        Self { kit, key }
    }

    async fn prepare(&self, asked: &Value) -> crate::kit::Answer {
        self.kit.post_json("/v1/sign/prepare", Some(&self.key), asked).await
    }

    async fn complete(&self, prepared: &Value, value: &str) -> crate::kit::Answer {
        let asked = json!({ "prepared": prepared, "value": value });
        self.kit.post_json("/v1/sign/complete", Some(&self.key), &asked).await
    }
}

#[tokio::test]
async fn a_document_is_signed_in_two_steps_and_gets_a_second_signature() {
    let portal = Portal::new().await;
    let asked = json!({ "certificate": certificate("officer-head"), "content": armour::encode(CONTENT) });
    let prepared = portal.prepare(&asked).await.json();
    assert_eq!(prepared["algorithm"], "gost-r-34.10-2015-512-kz");
    let signed = portal.complete(&prepared, &value("officer-head", &prepared)).await;
    assert_eq!(signed.status, StatusCode::OK, "{signed:?}");
    let document = signed.json()["document"].as_str().unwrap().to_owned();

    // A message of the same content by somebody else.
    let asked = json!({ "certificate": certificate("officer-signer"), "content": armour::encode(CONTENT) });
    let prepared = portal.prepare(&asked).await.json();
    let other = portal.complete(&prepared, &value("officer-signer", &prepared)).await.json()["document"].clone();
    let asked = json!({ "certificate": certificate("officer-signer"), "message": document });
    let prepared = portal.prepare(&asked).await.json();
    let value = value("officer-signer", &prepared);
    assert_eq!(portal.complete(&prepared, &value).await.problem(), problem(422, "PART_MISSING"));
    let mut whole = json!({ "prepared": prepared, "value": value, "message": other });
    let other = portal.kit.post_json("/v1/sign/complete", Some(&portal.key), &whole).await;
    assert_eq!(other.problem(), problem(422, "PREPARED_CHANGED"));
    whole["message"] = document.into();
    let both = portal.kit.post_json("/v1/sign/complete", Some(&portal.key), &whole).await.json();
    let verified = portal.kit.post_json("/v1/verify", None, &json!({ "document": both["document"] })).await.json();
    assert_eq!(verified["verdict"]["indication"], "TOTAL_PASSED", "{verified}");
    assert_eq!(verified["signatures"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_detached_signature_is_over_the_content_that_was_prepared() {
    let portal = Portal::new().await;
    let content = armour::encode(CONTENT);
    let asked = json!({ "certificate": certificate("officer-head"), "content": content, "detached": true });
    let prepared = portal.prepare(&asked).await.json();
    assert_eq!(prepared["content"], Value::Null);
    let signed = portal.complete(&prepared, &value("officer-head", &prepared)).await.json();
    let verified = portal
        .kit
        .post_json("/v1/verify", None, &json!({ "document": signed["document"], "content": content }))
        .await
        .json();
    assert_eq!(verified["verdict"]["indication"], "TOTAL_PASSED", "{verified}");
}

#[tokio::test]
async fn whatever_is_changed_in_between_is_noticed() {
    let portal = Portal::new().await;
    let asked = json!({ "certificate": certificate("officer-head"), "content": armour::encode(CONTENT) });
    let prepared = portal.prepare(&asked).await.json();
    let good = value("officer-head", &prepared);
    let other_value = value("officer-signer", &prepared);
    assert_eq!(portal.complete(&prepared, &other_value).await.problem(), problem(422, "VALUE_REFUSED"));
    let changes = [
        ("content", Value::from(armour::encode(b"another application"))),
        ("content_digest", Value::from(armour::encode(&[0; 64]))),
        ("certificate", Value::from(certificate("officer-signer"))),
        ("signing_time", Value::from("2026-01-01T00:00:00Z")),
        ("to_be_signed", Value::from(armour::encode(&[0x31, 0]))),
        ("to_be_signed_digest", Value::Null),
        ("algorithm", Value::from("ed25519")),
        ("schema", Value::from("qoltanba/prepared-signature/0")),
    ];
    for (member, with) in changes {
        let mut changed = prepared.clone();
        changed[member] = with;
        assert_eq!(portal.complete(&changed, &good).await.problem(), problem(422, "PREPARED_CHANGED"), "{member}");
    }
    let mut more = prepared.clone();
    more["more"] = 1.into();
    assert_eq!(portal.complete(&more, &good).await.problem(), problem(422, "BAD_JSON"));
    assert_eq!(portal.complete(&prepared, &good).await.status, StatusCode::OK);
}

#[tokio::test]
async fn nobody_signs_without_a_key_nor_with_a_certificate_that_may_not_sign() {
    let portal = Portal::new().await;
    let content = armour::encode(CONTENT);
    let asked = json!({ "certificate": certificate("officer-head"), "content": content });
    let nameless = portal.kit.post_json("/v1/sign/prepare", None, &asked).await;
    assert_eq!(nameless.problem(), problem(401, "KEY_MISSING"));
    let verifier = portal.kit.key(Role::Verifier, None).await;
    let forbidden = portal.kit.post_json("/v1/sign/complete", Some(&verifier), &json!({})).await;
    assert_eq!(forbidden.problem(), problem(403, "ROLE_FORBIDS"));
    let revoked = json!({ "certificate": certificate("officer-revoked"), "content": content });
    let refused = portal.prepare(&revoked).await;
    assert_eq!(refused.problem(), problem(422, "SIGNER_NOT_VALID"));
    assert_eq!(refused.json()["errors"][0]["path"], "certificate");
    let nothing = json!({ "certificate": certificate("officer-head") });
    assert_eq!(portal.prepare(&nothing).await.problem(), problem(422, "PART_MISSING"));
    let garbage = json!({ "certificate": "AAAA", "content": content });
    assert_eq!(portal.prepare(&garbage).await.problem(), problem(422, "MALFORMED"));
}
