//! The OpenAPI document and its page.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use serde_json::Value;

use crate::kit::{Kit, request};

/// Written by hand: a route that is added or lost changes this list, too.
const ROUTES: [&str; 36] = [
    "delete /v1/api-keys/{key_id}",
    "delete /v1/jobs/{job_id}",
    "get /livez",
    "get /metrics",
    "get /readyz",
    "get /v1/api-keys",
    "get /v1/jobs/{job_id}",
    "get /v1/jobs/{job_id}/results",
    "get /v1/keys",
    "get /v1/permits",
    "get /v1/permits/kinds",
    "get /v1/permits/kinds/{code}",
    "get /v1/permits/{number}",
    "get /v1/permits/{number}/document",
    "get /v1/permits/{number}/history",
    "get /v1/trust",
    "get /v1/trust/diff",
    "get /v1/trust/list",
    "get /v1/trust/log",
    "get /v1/trust/parties",
    "get /v1/trust/parties/{party}/history",
    "get /v1/trust/snapshot",
    "get /v1/upstream",
    "post /dvcs",
    "post /tsa",
    "post /v1/api-keys",
    "post /v1/jobs",
    "post /v1/permits",
    "post /v1/permits/search",
    "post /v1/permits/{number}/actions",
    "post /v1/sign/complete",
    "post /v1/sign/prepare",
    "post /v1/trust/log",
    "post /v1/trust/reload",
    "post /v1/verify",
    "post /v1/verify/batch",
];

fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            found.push((method.clone(), path.clone(), operation.clone()));
        }
    }
    found
}

#[tokio::test]
async fn every_route_is_in_the_document_and_every_one_in_the_document_answers() {
    let kit = Kit::new().await;
    let document = kit.get("/v1/openapi.json", None).await.json();
    let mut told: Vec<String> = operations(&document).iter().map(|(m, p, _)| format!("{m} {p}")).collect();
    told.sort();
    let mut expected: Vec<&str> = ROUTES.to_vec();
    expected.sort_unstable();
    assert_eq!(told, expected);
    for (method, path, _) in operations(&document) {
        let method: Method = method.to_uppercase().parse().unwrap();
        let path = path
            .replace("{code}", "conclusion.crypto-movement")
            .replace("{number}", "KZ1")
            .replace("{key_id}", "k")
            .replace("{job_id}", "j")
            .replace("{party}", "foreign-registered");
        let answer = kit.send(request(method.clone(), &path, None, None, Body::empty())).await;
        assert_ne!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        if answer.status == StatusCode::NOT_FOUND {
            assert_ne!(answer.problem().1, "NO_ROUTE", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn every_operation_tells_its_answers_and_its_errors_as_problems() {
    let document = Kit::new().await.get("/v1/openapi.json", None).await.json();
    for (method, path, operation) in operations(&document) {
        let name = format!("{method} {path}");
        assert!(operation["summary"].as_str().is_some_and(|s| !s.is_empty()), "{name}");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name}");
        for (status, response) in responses {
            if status.starts_with(['4', '5']) {
                let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/Problem", "{name} {status}");
            }
        }
        let with_key = operation["security"].as_array().is_some();
        assert!(!with_key || responses.contains_key("401"), "{name}");
        if ["post", "put"].contains(&method.as_str()) && path != "/v1/trust/reload" {
            assert!(operation["requestBody"].is_object(), "{name}");
        }
    }
}

#[tokio::test]
async fn the_page_and_all_it_needs_come_from_the_node_itself() {
    let kit = Kit::new().await;
    let page = kit.get("/docs/", None).await;
    assert!(page.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/html"));
    let text = String::from_utf8(page.octets).unwrap();
    assert!(!text.contains("http://") && !text.contains("https://"), "{text}");
    for asset in ["swagger-ui-bundle.js", "swagger-ui.css", "swagger-initializer.js"] {
        assert!(text.contains(asset), "{asset}");
        assert_eq!(kit.get(&format!("/docs/{asset}"), None).await.status, StatusCode::OK, "{asset}");
    }
    // Left alone, the page would ask validator.swagger.io about the document wherever it has a name of its own.
    let settings = String::from_utf8(kit.get("/docs/swagger-initializer.js", None).await.octets).unwrap();
    assert!(settings.contains("\"validatorUrl\": \"none\"") && settings.contains("/v1/openapi.json"), "{settings}");
}
