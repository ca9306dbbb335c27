//! Permits over HTTP: issued once, followed, acted on, refused to whoever may not.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use qoltanba::store::{DocumentFilter, Role};
use serde_json::{Value, json};

use crate::kit::{Answer, COMMITTEE, Kit, STRANGER, problem, request};

fn order() -> Value {
    json!({
        "kind": "conclusion.crypto-movement",
        "issuing_body": { "bin": COMMITTEE, "name": "DEVKIT ЛИЦЕНЗИЯЛАУ КОМИТЕТІ" },
        "signer": { "alias": "officer-head", "position": "Төраға", "full_name": "Үлгіев Үлгі" },
        "valid_until": "2027-06-01T00:00:00Z",
        "fields": {
            "issued_to": { "name": "ТОО «Пример»", "address": "Астана", "bin": "050000000009" },
            "application": { "number": "KZ18LAA00032760", "date": "2026-11-02" },
            "movement": "import",
            "list_section": "2.19",
            "goods": [{ "hs_code": "8471300000", "description": "Ноутбук", "quantity": "10", "unit": "шт" }],
            "partner": { "name": "Example GmbH", "address": "Berlin", "country": "DE" },
            "partner_country": "DE",
            "purpose": "Для собственных нужд",
            "grounds": [{ "name": "Контракт", "number": "15/2026", "date": "2026-10-01" }]
        }
    })
}

fn action(name: &str) -> Value {
    json!({
        "action": name,
        "signer": { "alias": "officer-head", "position": "Төраға", "full_name": "Үлгіев Үлгі" },
        "reason": { "grounds": [], "text": "Тексеру" }
    })
}

async fn issue(kit: &Kit, key: &str, idempotency_key: Option<&str>, order: &Value) -> Answer {
    let mut request =
        request(Method::POST, "/v1/permits", Some(key), Some("application/json"), Body::from(order.to_string()));
    if let Some(value) = idempotency_key {
        request.headers_mut().insert("idempotency-key", value.parse().unwrap());
    }
    kit.send(request).await
}

#[tokio::test]
async fn a_permit_is_issued_fetched_verified_suspended_and_followed() {
    let kit = Kit::new().await;
    let key = kit.key(Role::Issuer, Some(COMMITTEE)).await;
    let issued = issue(&kit, &key, None, &order()).await;
    assert_eq!(issued.status, StatusCode::CREATED, "{issued:?}");
    let number = issued.json()["number"].as_str().unwrap().to_owned();
    let path = format!("/v1/permits/{number}");
    assert_eq!(issued.headers[header::LOCATION], path);

    let view = kit.get(&path, Some(&key)).await;
    assert_eq!(view.json()["content"]["number"], number.as_str());
    let document = kit.get(&format!("{path}/document"), Some(&key)).await;
    assert_eq!(document.headers[header::CONTENT_TYPE], "application/pkcs7-mime; smime-type=signed-data");
    let usability = async || {
        let answer = kit.post("/v1/verify", "application/pkcs7-mime", document.octets.clone()).await.json();
        assert_eq!(answer["verdict"]["indication"], "TOTAL_PASSED");
        assert_eq!(answer["permit"]["signing_right"]["standing"], "ESTABLISHED");
        answer["permit"]["usability"]["standing"].clone()
    };
    assert_eq!(usability().await, "USABLE");

    let acted = kit.post_json(&format!("{path}/actions"), Some(&key), &action("suspend")).await;
    assert_eq!(acted.status, StatusCode::CREATED, "{acted:?}");
    assert_eq!(usability().await, "NOT_USABLE");
    let history = kit.get(&format!("{path}/history"), Some(&key)).await.json();
    let actions: Vec<_> = history.as_array().unwrap().iter().map(|r| r["content"]["action"]["type"].clone()).collect();
    assert_eq!(actions, ["issue", "suspend"]);

    let again = kit.post_json(&format!("{path}/actions"), Some(&key), &action("suspend")).await;
    assert_eq!(again.problem(), problem(409, "NOT_ALLOWED_NOW"));
    let unknown = kit.post_json(&format!("{path}/actions"), Some(&key), &action("explode")).await;
    assert_eq!(unknown.problem(), problem(422, "NO_SUCH_ACTION"));
}

#[tokio::test]
async fn a_permit_is_verified_also_while_the_store_is_away_and_says_what_it_does_not_know() {
    let kit = Kit::new().await;
    let key = kit.key(Role::Issuer, None).await;
    let number = issue(&kit, &key, None, &order()).await.json()["number"].as_str().unwrap().to_owned();
    let document = kit.get(&format!("/v1/permits/{number}/document"), Some(&key)).await.octets;
    kit.store.clone().close().await;
    let answer = kit.post("/v1/verify", "application/pkcs7-mime", document).await.json();
    assert_eq!(answer["verdict"]["indication"], "TOTAL_PASSED");
    assert_eq!(answer["permit"]["usability"]["standing"], "UNKNOWN");
}

#[tokio::test]
async fn asking_again_issues_once_and_the_same_key_for_another_order_is_refused() {
    let kit = Kit::new().await;
    let key = kit.key(Role::Issuer, None).await;
    let first = issue(&kit, &key, Some("request-1"), &order()).await;
    let second = issue(&kit, &key, Some("request-1"), &order()).await;
    assert_eq!((first.status, second.status), (StatusCode::CREATED, StatusCode::OK));
    assert_eq!(first.json()["number"], second.json()["number"]);
    assert_eq!(second.json()["repeated"], true);
    let mut other = order();
    other["fields"]["purpose"] = "Иное".into();
    assert_eq!(issue(&kit, &key, Some("request-1"), &other).await.problem(), problem(422, "DUPLICATE_REQUEST"));
    assert_eq!(issue(&kit, &key, Some(&"x".repeat(200)), &order()).await.problem(), problem(400, "BAD_HEADER"));
    let listed = kit.get("/v1/permits", Some(&key)).await.json();
    assert_eq!(listed["documents"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn without_a_key_with_a_wrong_role_or_for_another_body_nothing_is_issued() {
    let kit = Kit::new().await;
    let nameless = kit.post_json("/v1/permits", None, &order()).await;
    assert_eq!(nameless.problem(), problem(401, "KEY_MISSING"));
    let verifier = kit.key(Role::Verifier, None).await;
    assert_eq!(issue(&kit, &verifier, None, &order()).await.problem(), problem(403, "ROLE_FORBIDS"));
    let administrator = kit.key(Role::TrustAdministrator, None).await;
    assert_eq!(issue(&kit, &administrator, None, &order()).await.problem(), problem(403, "ROLE_FORBIDS"));
    let stranger = kit.key(Role::Issuer, Some(STRANGER)).await;
    assert_eq!(issue(&kit, &stranger, None, &order()).await.problem(), problem(403, "SCOPE_FORBIDS"));
    assert!(kit.store.list_documents(&DocumentFilter::default(), None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_key_of_one_body_reads_and_changes_nothing_of_another() {
    let kit = Kit::new().await;
    let (own, stranger) = (kit.key(Role::Issuer, None).await, kit.key(Role::Issuer, Some(STRANGER)).await);
    let number = issue(&kit, &own, None, &order()).await.json()["number"].as_str().unwrap().to_owned();
    for part in ["", "/history", "/document"] {
        let path = format!("/v1/permits/{number}{part}");
        assert_eq!(kit.get(&path, Some(&own)).await.status, StatusCode::OK, "{part}");
        assert_eq!(kit.get(&path, Some(&stranger)).await.problem(), problem(403, "SCOPE_FORBIDS"), "{part}");
        assert_eq!(kit.get(&path, None).await.problem(), problem(401, "KEY_MISSING"), "{part}");
    }
    let acted = kit.post_json(&format!("/v1/permits/{number}/actions"), Some(&stranger), &action("suspend")).await;
    assert_eq!(acted.problem(), problem(403, "SCOPE_FORBIDS"));
    let listed = kit.get("/v1/permits", Some(&stranger)).await.json();
    assert_eq!(listed["documents"], json!([]));
    let asked = kit.get(&format!("/v1/permits?issuer_bin={COMMITTEE}"), Some(&stranger)).await;
    assert_eq!(asked.problem(), problem(403, "SCOPE_FORBIDS"));
    let none = kit.get("/v1/permits/KZ18LAA00032760", Some(&own)).await;
    assert_eq!(none.problem(), problem(404, "NOT_FOUND"));
}

#[tokio::test]
async fn what_is_wrong_with_an_order_is_told_by_field() {
    let kit = Kit::new().await;
    let key = kit.key(Role::Issuer, None).await;
    let mut faulty = order();
    faulty["fields"]["goods"][0]["hs_code"] = "12".into();
    let answer = issue(&kit, &key, None, &faulty).await;
    assert_eq!(answer.problem(), problem(422, "FORM"));
    assert_eq!(answer.json()["errors"][0]["path"], "goods[0].hs_code");
    let changed = |pointer: &str, value: &str| {
        let mut order = order();
        *order.pointer_mut(pointer).unwrap() = value.into();
        order
    };
    for (order, code) in [
        (changed("/kind", "licence.unicorn"), "NO_SUCH_KIND"),
        (changed("/signer/alias", "nobody"), "NO_SUCH_KEY"),
        (changed("/signer/alias", "../officer-head"), "NO_SUCH_KEY"),
        (changed("/signer/alias", "officer-employee"), "NO_RIGHT_TO_SIGN"),
        (changed("/signer/alias", "officer-revoked"), "SIGNER_NOT_VALID"),
    ] {
        assert_eq!(issue(&kit, &key, None, &order).await.problem(), problem(422, code));
    }
}

#[tokio::test]
async fn lists_go_page_by_page_and_applicants_are_found_without_naming_them_in_an_address() {
    let kit = Kit::new().await;
    let key = kit.key(Role::Issuer, None).await;
    for _ in 0..3 {
        assert_eq!(issue(&kit, &key, None, &order()).await.status, StatusCode::CREATED);
    }
    let first = kit.get("/v1/permits?limit=2&kind=conclusion.crypto-movement", Some(&key)).await.json();
    assert_eq!(first["documents"].as_array().unwrap().len(), 2);
    let next = first["next"].as_str().unwrap();
    let second = kit.get(&format!("/v1/permits?limit=2&after={next}"), Some(&key)).await.json();
    assert_eq!((second["documents"].as_array().unwrap().len(), &second["next"]), (1, &Value::Null));
    let found = kit.post_json("/v1/permits/search", Some(&key), &json!({ "applicant_id": "050000000009" })).await;
    assert_eq!(found.json()["documents"].as_array().unwrap().len(), 3);
    let none = kit.post_json("/v1/permits/search", Some(&key), &json!({ "applicant_id": "000000000000" })).await;
    assert_eq!(none.json()["documents"], json!([]));
    for wrong in ["?after=!", "?applicant_id=050000000009", "?from=soon"] {
        assert_eq!(kit.get(&format!("/v1/permits{wrong}"), Some(&key)).await.problem(), problem(400, "BAD_QUERY"));
    }
}

#[tokio::test]
async fn kinds_are_told_to_all_and_keys_to_issuers_of_their_body_without_secrets() {
    let kit = Kit::new().await;
    let kinds = kit.get("/v1/permits/kinds", None).await.json();
    assert!(kinds.as_array().unwrap().iter().any(|k| k["code"] == "conclusion.crypto-movement"));
    let kind = kit.get("/v1/permits/kinds/conclusion.crypto-movement", None).await.json();
    assert!(!kind["form"]["fields"].as_array().unwrap().is_empty());
    assert_eq!(kit.get("/v1/permits/kinds/unicorn", None).await.problem(), problem(404, "NOT_FOUND"));
    assert_eq!(kit.get("/v1/keys", None).await.problem(), problem(401, "KEY_MISSING"));
    let verifier = kit.key(Role::Verifier, None).await;
    assert_eq!(kit.get("/v1/keys", Some(&verifier)).await.problem(), problem(403, "ROLE_FORBIDS"));
    let issuer = kit.key(Role::Issuer, Some(COMMITTEE)).await;
    let answer = kit.get("/v1/keys", Some(&issuer)).await;
    let keys = answer.json();
    assert!(keys.as_array().unwrap().iter().any(|k| k["alias"] == "officer-head"));
    assert!(keys.as_array().unwrap().iter().all(|k| k["certificate"]["bin"] == COMMITTEE));
    assert!(!String::from_utf8(answer.octets).unwrap().contains("PRIVATE"));
}
