//! Health, readiness, metrics, and the administration of keys and trust.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use qoltanba::service::VerifyAccess;
use qoltanba::store::Role;
use serde_json::json;

use crate::kit::{Kit, at, now, problem, request, verifier};

#[tokio::test]
async fn a_node_is_ready_with_a_fresh_snapshot_and_not_without_one_or_with_a_stale_one() {
    let ready = Kit::new().await.get("/readyz", None).await;
    assert_eq!((ready.status, &ready.json()["status"]), (StatusCode::OK, &"ready".into()));
    let without = Kit::with(VerifyAccess::Open, None, now()).await;
    let answer = without.get("/readyz", None).await;
    assert_eq!(answer.problem(), problem(503, "NOT_READY"));
    assert_eq!(answer.json()["errors"][0]["code"], "SNAPSHOT_MISSING");
    assert!(answer.headers.contains_key("retry-after"));
    let verify = without.post("/v1/verify", "application/cms", "x").await;
    assert_eq!(verify.problem(), problem(503, "SNAPSHOT_MISSING"));
    // The snapshot is of 2026-06-01 and the policy allows 400 days.
    for (time, status) in [("2027-07-05T23:59:59Z", 200), ("2027-07-06T00:00:00Z", 503)] {
        let kit = Kit::with(VerifyAccess::Open, Some(verifier()), at(time)).await;
        assert_eq!(kit.get("/readyz", None).await.status, status, "{time}");
        // A node that is not ready does not work either.
        let verify = kit.post("/v1/verify", "application/cms", "x").await;
        assert_eq!(verify.status, status, "{time}");
        if status == 503 {
            assert_eq!(verify.problem(), problem(503, "SNAPSHOT_STALE"));
        }
    }
    without.state.reload().await.unwrap();
    assert_eq!(without.get("/readyz", None).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_node_whose_store_is_away_is_alive_but_not_ready() {
    let kit = Kit::new().await;
    kit.store.clone().close().await;
    assert_eq!(kit.get("/livez", None).await.status, StatusCode::OK);
    assert_eq!(kit.get("/readyz", None).await.json()["errors"][0]["code"], "STORE_AWAY");
    let away = kit.get("/v1/permits", Some("some.key")).await;
    assert_eq!(away.problem(), problem(503, "STORE_AWAY"));
    assert!(away.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn metrics_count_by_route_and_tell_nothing_of_the_address() {
    let kit = Kit::new().await;
    kit.post("/v1/verify", "application/cms", "unreadable").await;
    kit.get("/v1/permits/KZ63SECRET00001", None).await;
    let text = String::from_utf8(kit.get("/metrics", None).await.octets).unwrap();
    assert!(text.contains("qoltanba_documents_verified_total{indication=\"UNREADABLE\"}"), "{text}");
    assert!(text.contains("route=\"/v1/permits/{number}\",status=\"401\""), "{text}");
    assert!(text.contains("qoltanba_verify_seconds_bucket"), "{text}");
    assert!(!text.contains("SECRET"), "{text}");
}

#[tokio::test]
async fn an_address_that_does_not_read_is_a_problem_as_any_other() {
    let kit = Kit::new().await;
    let (verifier, administrator) =
        (kit.key(Role::Verifier, None).await, kit.key(Role::TrustAdministrator, None).await);
    for (path, key) in [
        ("/v1/permits/kinds/%ff", &verifier),
        ("/v1/permits/%ff", &verifier),
        ("/v1/permits/KZ%ff/history", &verifier),
        ("/v1/jobs/%ff", &verifier),
        ("/v1/jobs/%c3%28/results", &verifier),
        ("/v1/trust/parties/%ff/history", &administrator),
    ] {
        assert_eq!(kit.get(path, Some(key)).await.problem(), problem(400, "BAD_ADDRESS"), "{path}");
    }
    // What reads and is not there is another matter, also where it is no ASCII.
    let unknown = kit.get("/v1/permits/kinds/%d2%9b", None).await;
    assert_eq!(unknown.problem(), problem(404, "NOT_FOUND"));
}

#[tokio::test]
async fn every_answer_has_a_request_id_and_is_not_cached() {
    let kit = Kit::new().await;
    let answer = kit.get("/livez", None).await;
    assert!(answer.headers.contains_key("x-request-id"));
    assert_eq!(answer.headers["cache-control"], "no-store");
    let mut named = request(Method::GET, "/nowhere", None, None, Body::empty());
    named.headers_mut().insert("x-request-id", "mine-1".parse().unwrap());
    let answer = kit.send(named).await;
    assert_eq!(answer.headers["x-request-id"], "mine-1");
    assert_eq!(answer.problem(), problem(404, "NO_ROUTE"));
    let wrong = request(Method::DELETE, "/v1/verify", None, None, Body::empty());
    assert_eq!(kit.send(wrong).await.problem(), problem(405, "METHOD_NOT_ALLOWED"));
}

#[tokio::test]
async fn a_trust_administrator_makes_and_revokes_keys_and_nobody_else_does() {
    let kit = Kit::new().await;
    let administrator = kit.key(Role::TrustAdministrator, None).await;
    let wanted = json!({ "role": "issuer", "label": "portal", "scope": "991240999016" });
    let made = kit.post_json("/v1/api-keys", Some(&administrator), &wanted).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let (key_id, bearer) = (made.json()["key_id"].clone(), made.json()["bearer"].as_str().unwrap().to_owned());
    assert_eq!(kit.get("/v1/permits", Some(&bearer)).await.status, StatusCode::OK);
    for (path, key) in [("/v1/api-keys", &bearer), ("/v1/trust/reload", &bearer)] {
        assert_eq!(kit.post_json(path, Some(key), &wanted).await.problem(), problem(403, "ROLE_FORBIDS"), "{path}");
    }
    let unknown = kit.post_json("/v1/api-keys", Some(&administrator), &json!({ "role": "king", "label": "" })).await;
    assert_eq!(unknown.problem(), problem(422, "BAD_JSON"));
    let listed = kit.get("/v1/api-keys", Some(&administrator)).await;
    assert!(!String::from_utf8(listed.octets.clone()).unwrap().contains(bearer.split_once('.').unwrap().1));
    assert_eq!(listed.json().as_array().unwrap().len(), 2);
    let path = format!("/v1/api-keys/{}", key_id.as_str().unwrap());
    let revoke = async || kit.send(request(Method::DELETE, &path, Some(&administrator), None, Body::empty())).await;
    assert_eq!(revoke().await.status, StatusCode::NO_CONTENT);
    assert_eq!(kit.get("/v1/permits", Some(&bearer)).await.problem(), problem(401, "KEY_REFUSED"));
    // A trust administrator runs keys and trust, and reads no permits.
    assert_eq!(kit.get("/v1/permits", Some(&administrator)).await.problem(), problem(403, "ROLE_FORBIDS"));
}

#[tokio::test]
async fn trust_is_told_to_all_and_read_again_for_its_administrator() {
    let kit = Kit::new().await;
    let told = kit.get("/v1/trust", None).await.json();
    assert_eq!(told["digest"], verifier().trust().digest);
    let administrator = kit.key(Role::TrustAdministrator, None).await;
    let again = kit.post_json("/v1/trust/reload", Some(&administrator), &json!({})).await;
    assert_eq!((again.status, again.json()), (StatusCode::OK, told));
}
