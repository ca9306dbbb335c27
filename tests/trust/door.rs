//! The registry over HTTP: entries in, snapshots out, posts that pull.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use qoltanba::api::{self, ApiState};
use qoltanba::crypto::SystemEntropy;
use qoltanba::fetch::Url;
use qoltanba::policy::Policy;
use qoltanba::service::{ApiKeyRequest, Node as Served, Office, Online, OnlineOptions, VerifyAccess, make_api_key};
use qoltanba::signing::{Packaging, sign};
use qoltanba::store::Role;
use qoltanba::time::Clock;
use qoltanba::trust::{EntryContent, PartyId, Step};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::kit::{FIRST, Node, SECOND, now, order, pki, suspension};

fn router(node: &Node) -> Router {
    let policy = Policy::named("kz").unwrap();
    let served = Served {
        verifier: node.home().verifier(policy.clone()).ok().map(Arc::new),
        policy,
        office: Some(Office { home: node.home(), store: node.store.clone() }),
        online: None,
        clock: Clock::Fixed(now()),
        verify_access: VerifyAccess::Open,
        time_stamper: None,
        third_party: None,
        time_sources: Vec::new(),
        centre: None,
    };
    api::router(ApiState::new(served))
}

async fn key(node: &Node, role: Role) -> String {
    let request = ApiKeyRequest { role, label: "test".into(), scope: None };
    let made = make_api_key(request, now(), &mut SystemEntropy).unwrap();
    node.store.add_api_key(&made.key).await.unwrap();
    made.bearer.as_str().to_owned()
}

async fn ask(node: &Node, request: axum::http::request::Builder, body: Body) -> (StatusCode, Value, Vec<u8>) {
    let response = router(node).oneshot(request.body(body).unwrap()).await.unwrap();
    let status = response.status();
    let octets = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec();
    (status, serde_json::from_slice(&octets).unwrap_or_default(), octets)
}

async fn get(node: &Node, path: &str, key: &str) -> (StatusCode, Value) {
    let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {key}"));
    let (status, value, _) = ask(node, request, Body::empty()).await;
    (status, value)
}

async fn post(node: &Node, key: &str, message: Vec<u8>) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(Method::POST)
        .uri("/v1/trust/log")
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .header(header::CONTENT_TYPE, "application/pkcs7-mime");
    let (status, value, _) = ask(node, request, message.into()).await;
    (status, value)
}

async fn entry(node: &Node, by: &str, step: Step) -> Vec<u8> {
    let place = node.office().registry().await.unwrap().next_place();
    let content = EntryContent::new(place, PartyId::new(by).unwrap(), now(), step);
    sign(&content.encode(), Packaging::Attached, &pki().signer(by).unwrap()).unwrap()
}

#[tokio::test]
async fn entries_come_in_signed_and_one_bearer_is_not_two_administrators() {
    let node = Node::begun().await;
    let key = key(&node, Role::TrustAdministrator).await;
    let order = order(&suspension());
    let proposal = entry(&node, FIRST, Step::Proposal { act: order.act, changes: order.changes }).await;
    let (status, added) = post(&node, &key, proposal.clone()).await;
    assert_eq!((status, &added["sequence"]), (StatusCode::CREATED, &2.into()));
    let (status, told) = post(&node, &key, proposal).await;
    assert_eq!((status, told["code"].as_str()), (StatusCode::CONFLICT, Some("TRUST_LOG_MOVED")));
    let proposal = added["digest"].as_str().unwrap().parse().unwrap();
    let own = entry(&node, FIRST, Step::Approval { proposal }).await;
    let (status, told) = post(&node, &key, own).await;
    assert_eq!((status, told["code"].as_str()), (StatusCode::FORBIDDEN, Some("OWN_PROPOSAL")));
    let second = entry(&node, SECOND, Step::Approval { proposal }).await;
    assert_eq!(post(&node, &key, second.clone()).await.0, StatusCode::CREATED);
    let (status, told) = post(&node, &key, b"garbage".to_vec()).await;
    assert_eq!((status, told["code"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("ENTRY_REFUSED")));
    let (_, log) = get(&node, "/v1/trust/log", &key).await;
    assert_eq!(log.as_array().unwrap().len(), 3);
    assert_eq!(log[1]["state"], "approved");
    let (_, history) = get(&node, "/v1/trust/parties/foreign-registered/history", &key).await;
    assert_eq!(history[0]["by"], serde_json::json!([FIRST, SECOND]));
    assert_eq!(get(&node, "/v1/trust/parties/nobody/history", &key).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_registry_is_asked_about_times() {
    let node = Node::begun().await;
    let key = key(&node, Role::TrustAdministrator).await;
    let status = |value: &Value| {
        let all = value.as_array().unwrap().iter();
        all.filter(|one| one["party"] == "foreign-registered").map(|one| one["status"].clone()).next().unwrap()
    };
    let (_, before) = get(&node, "/v1/trust/parties?as_of=2025-12-31", &key).await;
    let (_, after) = get(&node, "/v1/trust/parties?as_of=2026-01-01", &key).await;
    assert_eq!((status(&before), status(&after)), (Value::Null, "REGISTERED".into()));
    let (early, told) = get(&node, "/v1/trust/parties?known_at=2026-01-01", &key).await;
    assert_eq!((early, told["code"].as_str()), (StatusCode::NOT_FOUND, Some("NO_REGISTRY")));
    let (bad, told) = get(&node, "/v1/trust/parties?as_of=yesterday", &key).await;
    assert_eq!((bad, told["code"].as_str()), (StatusCode::BAD_REQUEST, Some("BAD_QUERY")));
    let (_, all) = get(&node, "/v1/trust/diff?known_at=2026-01-01", &key).await;
    assert!(all.as_array().unwrap().len() > 3, "{all}");
    let (_, none) = get(&node, "/v1/trust/diff?known_at=2026-11-21T20:00:00Z", &key).await;
    assert_eq!(none, serde_json::json!([]));
}

#[tokio::test]
async fn only_administrators_look_into_the_registry_and_anybody_may_have_the_snapshot() {
    let node = Node::begun().await;
    for path in ["/v1/trust/log", "/v1/trust/parties", "/v1/trust/diff", "/v1/trust/parties/xa/history"] {
        let (status, ..) = ask(&node, Request::get(path), Body::empty()).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}");
        let issuer = key(&node, Role::Issuer).await;
        assert_eq!(get(&node, path, &issuer).await.0, StatusCode::FORBIDDEN, "{path}");
    }
    let (status, told, _) = ask(&node, Request::get("/v1/trust/snapshot"), Body::empty()).await;
    assert_eq!((status, told["code"].as_str()), (StatusCode::SERVICE_UNAVAILABLE, Some("SNAPSHOT_MISSING")));
    node.office().publish(FIRST, FIRST).await.unwrap();
    let (status, _, octets) = ask(&node, Request::get("/v1/trust/snapshot"), Body::empty()).await;
    assert_eq!((status, octets), (StatusCode::OK, node.store.latest_snapshot().await.unwrap().unwrap().signed));
}

#[tokio::test]
async fn anybody_may_have_the_list_of_trusted_entities() {
    let node = Node::begun().await;
    let (status, told, _) = ask(&node, Request::get("/v1/trust/list"), Body::empty()).await;
    assert_eq!((status, told["code"].as_str()), (StatusCode::SERVICE_UNAVAILABLE, Some("LIST_MISSING")));
    let list = node.office().publish_list(FIRST).unwrap();
    let (status, _, octets) = ask(&node, Request::get("/v1/trust/list"), Body::empty()).await;
    assert_eq!((status, octets), (StatusCode::OK, list.jws));
    let known = format!("\"sha256:{}\"", list.sha256);
    let again = Request::get("/v1/trust/list").header(header::IF_NONE_MATCH, known);
    assert_eq!(ask(&node, again, Body::empty()).await.0, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn a_snapshot_that_is_known_is_not_sent_again() {
    let node = Node::begun().await;
    let published = node.office().publish(FIRST, FIRST).await.unwrap();
    let tagged = |tag: String| Request::get("/v1/trust/snapshot").header(header::IF_NONE_MATCH, tag);
    for (tag, expected) in [
        (format!("\"{}\"", published.digest), StatusCode::NOT_MODIFIED),
        (format!("\"other\", W/\"{}\"", published.digest), StatusCode::NOT_MODIFIED),
        ("*".to_owned(), StatusCode::NOT_MODIFIED),
        ("\"other\"".to_owned(), StatusCode::OK),
    ] {
        let (status, _, octets) = ask(&node, tagged(tag.clone()), Body::empty()).await;
        assert_eq!((status, octets.is_empty()), (expected, expected == StatusCode::NOT_MODIFIED), "{tag}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_pulls_what_the_keeper_publishes() {
    let (keeper, post) = (Node::begun().await, Node::post().await);
    let published = keeper.office().publish(FIRST, FIRST).await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    let served = router(&keeper);
    tokio::spawn(async move { axum::serve(listener, served).await });
    let online = || {
        let allowed = vec![format!("127.0.0.1:{}", address.port()).parse().unwrap()];
        Online::open(OnlineOptions { allowed, ..OnlineOptions::default() }, Clock::Wall).unwrap()
    };
    let url = Url::parse(&format!("http://127.0.0.1:{}/v1/trust/snapshot", address.port())).unwrap();
    let pulled = post.office().pull(&online(), &url).await.unwrap();
    assert_eq!((pulled.digest.as_str(), pulled.is_new), (published.digest.as_str(), true));
    assert_eq!(post.home().trust().unwrap().digest, published.digest);
    // Asked again, it is the same; and after the next publication, the next one.
    assert!(!post.office().pull(&online(), &url).await.unwrap().is_new);
    let next = keeper.office().publish(FIRST, FIRST).await.unwrap();
    let pulled = post.office().pull(&online(), &url).await.unwrap();
    assert_eq!((pulled.digest, pulled.is_new), (next.digest, true));
    let nowhere = Url::parse(&format!("http://127.0.0.1:{}/nowhere", address.port())).unwrap();
    assert!(post.office().pull(&online(), &nowhere).await.is_err());
}

#[tokio::test]
async fn the_log_tells_what_a_proposal_would_change_in_the_words_of_the_openapi_document() {
    let node = Node::begun().await;
    let key = key(&node, Role::TrustAdministrator).await;
    let proposal = suspension();
    node.office().propose(FIRST, order(&proposal)).await.unwrap();
    let (_, log) = get(&node, "/v1/trust/log", &key).await;
    assert_eq!(log[1]["state"], "pending");
    assert_eq!((&log[1]["changes"], &log[1]["act"]), (&proposal["changes"], &proposal["act"]["reference"]));
    let (_, document) = get(&node, "/v1/openapi.json", &key).await;
    let (_, parties) = get(&node, "/v1/trust/parties", &key).await;
    let registered = parties.as_array().unwrap().iter().find(|one| one["party"] == "foreign-registered").unwrap();
    let told = [
        (&log[1], "EntryJson"),
        (&log[1]["changes"][0], "ChangeJson"),
        (registered, "PartyJson"),
        (&registered["keys"][0], "KeyJson"),
    ];
    for (value, schema) in told {
        let known = &document["components"]["schemas"][schema]["properties"];
        let unknown: Vec<&String> =
            value.as_object().unwrap().keys().filter(|name| known.get(name).is_none()).collect();
        // The fields of a change are those of its type.
        assert!(unknown.is_empty() || (schema == "ChangeJson" && known["type"].is_object()), "{schema}: {unknown:?}");
    }
}
