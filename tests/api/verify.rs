//! Verifying one document, in every shape it may come in.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use qoltanba::codec::armour;
use qoltanba::limits::INPUT_BYTES_MAX;
use qoltanba::service::VerifyAccess;
use qoltanba::signing::Packaging;
use qoltanba::store::Role;
use serde_json::{Value, json};

use crate::kit::{Answer, Kit, now, problem, request, signed, verifier};

const CONTENT: &[u8] = "Рұқсат берілді".as_bytes();

fn indication(answer: &Answer) -> Value {
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()["verdict"]["indication"].clone()
}

fn multipart(parts: &[(&str, &[u8])]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for (name, octets) in parts {
        let head = format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"f\"\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(octets);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--edge--\r\n");
    ("multipart/form-data; boundary=edge".to_owned(), body)
}

#[tokio::test]
async fn an_attached_document_passes_in_all_three_shapes_and_every_armour() {
    let (kit, document) = (Kit::new().await, signed(CONTENT, Packaging::Attached));
    let base64 = armour::encode(&document);
    let pem = armour::encode_pem("CMS", &document);
    for (media_type, body) in [
        ("application/octet-stream", document.clone()),
        ("application/pkcs7-mime; smime-type=signed-data", document.clone()),
        ("application/cms", document.clone()),
        ("text/plain", base64.clone().into_bytes()),
        ("text/plain; charset=utf-8", pem.into_bytes()),
        ("application/json", json!({ "document": base64 }).to_string().into_bytes()),
    ] {
        assert_eq!(indication(&kit.post("/v1/verify", media_type, body).await), "TOTAL_PASSED", "{media_type}");
    }
    let (media_type, body) = multipart(&[("document", &document)]);
    assert_eq!(indication(&kit.post("/v1/verify", &media_type, body).await), "TOTAL_PASSED");
}

#[tokio::test]
async fn a_detached_document_passes_with_its_content_and_not_with_another() {
    let (kit, document) = (Kit::new().await, signed(CONTENT, Packaging::Detached));
    for (content, expected) in [(CONTENT, "TOTAL_PASSED"), (b"another".as_slice(), "TOTAL_FAILED")] {
        let (media_type, body) = multipart(&[("content", content), ("document", &document)]);
        assert_eq!(indication(&kit.post("/v1/verify", &media_type, body).await), expected);
        let body = json!({ "document": armour::encode(&document), "content": armour::encode(content) });
        assert_eq!(indication(&kit.post_json("/v1/verify", None, &body).await), expected);
    }
    let alone = kit.post("/v1/verify", "application/cms", document).await;
    assert_eq!(alone.json()["signatures"][0]["content_digest"], "content-missing");
}

#[tokio::test]
async fn a_document_that_does_not_read_is_answered_and_a_request_that_does_not_read_is_refused() {
    let kit = Kit::new().await;
    let unreadable = kit.post("/v1/verify", "application/octet-stream", "not CMS").await;
    assert_eq!(unreadable.status, StatusCode::OK);
    assert!(unreadable.json()["error"]["code"].is_string(), "{unreadable:?}");
    let refused =
        async |media_type: &str, body: &str| kit.post("/v1/verify", media_type, body.to_owned()).await.problem();
    assert_eq!(refused("application/json", "{").await, problem(422, "BAD_JSON"));
    assert_eq!(refused("application/json", r#"{"document":"MAA=","x":1}"#).await, problem(422, "BAD_JSON"));
    assert_eq!(refused("application/json", r#"{"document":"***"}"#).await, problem(422, "BAD_BASE64"));
    assert_eq!(refused("application/json", r#"{"document":""}"#).await, problem(422, "PART_MISSING"));
    assert_eq!(refused("application/octet-stream", "").await, problem(422, "PART_MISSING"));
    assert_eq!(refused("multipart/form-data; boundary=edge", "nonsense").await, problem(400, "BAD_MULTIPART"));
    assert_eq!(refused("application/xml", "<a/>").await, problem(415, "MEDIA_TYPE"));
}

#[tokio::test]
async fn the_parts_of_a_multipart_body_come_once_and_under_their_names() {
    let kit = Kit::new().await;
    for (parts, expected) in [
        (vec![("content", CONTENT)], problem(422, "PART_MISSING")),
        (vec![("document", CONTENT), ("file", CONTENT)], problem(422, "PART_UNKNOWN")),
        (vec![("document", CONTENT), ("document", CONTENT)], problem(400, "BAD_MULTIPART")),
    ] {
        let (media_type, body) = multipart(&parts);
        assert_eq!(kit.post("/v1/verify", &media_type, body).await.problem(), expected);
    }
}

#[tokio::test]
async fn the_time_and_language_asked_for_are_the_ones_answered_in() {
    let (kit, document) = (Kit::new().await, signed(CONTENT, Packaging::Attached));
    let post = async |query: &str| kit.post(&format!("/v1/verify{query}"), "application/cms", document.clone()).await;
    let early = post("?at=2025-01-01T00:00:00Z&lang=ru").await.json();
    assert_eq!(early["validated_at"], "2025-01-01T00:00:00Z");
    assert_ne!(early["verdict"]["indication"], "TOTAL_PASSED");
    let text = early["signatures"][0]["reasons"][0]["text"].as_str().unwrap();
    assert!(text.chars().any(|c| ('а'..='я').contains(&c)), "{text}");
    for wrong in ["?at=yesterday", "?lang=de", "?att=2025-01-01"] {
        assert_eq!(post(wrong).await.problem(), problem(400, "BAD_QUERY"), "{wrong}");
    }
}

#[tokio::test]
async fn a_body_over_its_limit_is_refused_as_soon_as_it_is() {
    let kit = Kit::new().await;
    // Chunks of one allocation: the body is far over the limit, the memory that it takes is not.
    let _memory = crate::kit::MEMORY.lock().await;
    let chunk = axum::body::Bytes::from(vec![0_u8; 8 * 1024 * 1024]);
    let chunks = (0..=INPUT_BYTES_MAX.value / chunk.len()).map(move |_| Ok::<_, std::io::Error>(chunk.clone()));
    let body = Body::from_stream(futures_util::stream::iter(chunks));
    let answer = kit.send(request(Method::POST, "/v1/verify", None, Some("application/cms"), body)).await;
    assert_eq!(answer.problem(), problem(413, "LIMIT_EXCEEDED"));
}

#[tokio::test]
async fn verifying_needs_a_key_only_where_it_is_demanded_and_a_bad_key_is_never_passed_over() {
    let (open, closed) = (Kit::new().await, Kit::with(VerifyAccess::KeyNeeded, Some(verifier()), now()).await);
    let document = signed(CONTENT, Packaging::Attached);
    let post = async |kit: &Kit, key: Option<&str>| {
        let body = Body::from(document.clone());
        kit.send(request(Method::POST, "/v1/verify", key, Some("application/cms"), body)).await
    };
    assert_eq!(post(&open, None).await.status, StatusCode::OK);
    assert_eq!(post(&open, Some("no.key")).await.problem(), problem(401, "KEY_REFUSED"));
    let nameless = post(&closed, None).await;
    assert_eq!(nameless.problem(), problem(401, "KEY_MISSING"));
    assert!(nameless.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
    let key = closed.key(Role::Verifier, None).await;
    assert_eq!(post(&closed, Some(&key)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_answer_has_the_members_that_the_openapi_document_says() {
    let (kit, document) = (Kit::new().await, signed(CONTENT, Packaging::Attached));
    let line = kit.post("/v1/verify", "application/cms", document).await.json();
    let schemas = &kit.get("/v1/openapi.json", None).await.json()["components"]["schemas"];
    let check = |value: &Value, schema: &str, absent: &[&str]| {
        let mut told: Vec<&String> = schemas[schema]["properties"].as_object().unwrap().keys().collect();
        told.retain(|name| !absent.contains(&name.as_str()));
        let mut found: Vec<&String> = value.as_object().unwrap().keys().collect();
        told.sort();
        found.sort();
        assert_eq!(found, told, "{schema}");
    };
    check(&line, "AnswerLine", &["id", "retry_at"]);
    check(&line["verdict"], "VerdictObject", &[]);
    let signature = &line["signatures"][0];
    check(signature, "SignatureObject", &["explanation"]);
    check(&signature["signer"], "SignerObject", &[]);
    check(&signature["algorithm"], "AlgorithmObject", &[]);
    let of_foreign = ["details", "ttp_status", "routes", "receipts", "presumed", "proven_at", "as_known_at"];
    check(&signature["recognition"], "RecognitionObject", &of_foreign);
    check(&signature["path"][0], "PathObject", &[]);
    let document = signed(CONTENT, Packaging::Attached);
    let explained = kit.post("/v1/verify?explain=true", "application/cms", document).await.json();
    check(&explained["signatures"][0], "SignatureObject", &[]);
    let explanation = &explained["signatures"][0]["explanation"];
    check(&explanation[0], "ExplainedObject", &[]);
    check(&explanation[0]["checks"][0], "CheckObject", &[]);
    assert_eq!(explanation.as_array().unwrap().len(), signature["path"].as_array().unwrap().len());
    let unreadable = kit.post("/v1/verify", "application/cms", "not CMS").await.json();
    check(&unreadable["error"], "ErrorObject", &[]);
}
