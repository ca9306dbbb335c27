//! The same over HTTP and on the command line.

use std::process::Command;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use qoltanba::api::{self, ApiState};
use qoltanba::policy::Policy;
use qoltanba::service::{Node, Online, OnlineOptions, VerifyAccess};
use qoltanba::store::files;
use qoltanba::time::Clock;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::now;
use crate::server::{Act, Upstream, not_found};
use crate::settling::{authorities, options, pki, signed_by, verifier};

fn router(online: Option<OnlineOptions>) -> Router {
    let clock = Clock::Fixed(now());
    let online = online.map(|options| Arc::new(Online::open(options, clock).unwrap()));
    let policy = Policy::named("kz").unwrap();
    let verify_access = VerifyAccess::Open;
    api::router(ApiState::new(Node {
        verifier: Some(verifier()),
        policy,
        office: None,
        online,
        clock,
        verify_access,
        time_stamper: None,
        third_party: None,
        time_sources: Vec::new(),
        centre: None,
    }))
}

async fn ask(router: &Router, request: Request<Body>) -> (StatusCode, String) {
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let octets = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(octets.to_vec()).unwrap())
}

fn post(address: &str, media_type: &str, body: Vec<u8>) -> Request<Body> {
    Request::post(address).header("content-type", media_type).body(Body::from(body)).unwrap()
}

fn get(address: &str) -> Request<Body> {
    Request::get(address).body(Body::empty()).unwrap()
}

async fn verify(router: &Router, query: &str) -> (StatusCode, Value) {
    let request = post(&format!("/v1/verify{query}"), "application/octet-stream", signed_by("officer-head"));
    let (status, text) = ask(router, request).await;
    (status, serde_json::from_str(&text).unwrap())
}

#[tokio::test]
async fn a_request_fetches_where_it_asks_for_it_and_the_node_allows_it() {
    let upstream = authorities(|_| None).await;
    let node = router(Some(options(&upstream)));
    let (_, offline) = verify(&node, "").await;
    assert_eq!((&offline["verdict"]["sub_indication"], upstream.connections()), (&json!("TRY_LATER"), 0));
    assert_eq!(offline.get("retry_at"), None, "nobody was asked");
    let (status, online) = verify(&node, "?online=true").await;
    assert_eq!((status, &online["verdict"]["indication"]), (StatusCode::OK, &json!("TOTAL_PASSED")));
    let (status, rows) = ask(&node, get("/v1/upstream")).await;
    let rows: Value = serde_json::from_str(&rows).unwrap();
    let is_crl = |row: &&Value| row["kind"] == "crl" && row["state"] == "closed" && row["success_percent"] == 100;
    assert_eq!((status, rows.as_array().unwrap().iter().filter(is_crl).count()), (StatusCode::OK, 1), "{rows}");
    let (_, metrics) = ask(&node, get("/metrics")).await;
    assert!(metrics.contains("qoltanba_fetches_total{") && metrics.contains("qoltanba_fetch_seconds"), "{metrics}");

    let offline_node = router(None);
    for request in [
        post("/v1/verify?online=true", "application/octet-stream", signed_by("officer-head")),
        post("/v1/verify/batch?online=true", "application/x-ndjson", b"{}\n".to_vec()),
        get("/v1/upstream"),
    ] {
        let (status, problem) = ask(&offline_node, request).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(problem.contains("NOT_ONLINE"), "{problem}");
    }
    assert_eq!(verify(&offline_node, "?online=false").await.0, StatusCode::OK);
    assert_eq!(verify(&offline_node, "?online=perhaps").await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_batch_shares_what_it_fetches() {
    let upstream = authorities(|path| path.contains("ocsp").then(not_found)).await;
    let node = router(Some(options(&upstream)));
    let document = qoltanba::codec::armour::encode(&signed_by("officer-head"));
    let mut lines: Vec<String> =
        (0..10).map(|n| json!({"id": n.to_string(), "document": document}).to_string()).collect();
    lines.push("broken".to_owned());
    let request = post("/v1/verify/batch?online=true", "application/x-ndjson", lines.join("\n").into_bytes());
    let (status, answers) = ask(&node, request).await;
    assert_eq!(status, StatusCode::OK);
    let answers: Vec<Value> = answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let passed = answers.iter().filter(|a| a["verdict"]["indication"] == "TOTAL_PASSED").count();
    assert_eq!((passed, answers.len(), &answers[10]["error"]["code"]), (10, 11, &json!("MALFORMED_ITEM")));
    let lists = upstream.paths().iter().filter(|path| path.contains("crl")).count();
    assert!(lists <= 3, "the list of the issuer, its delta, the list of the root: {:?}", upstream.paths());
}

/// Runs the binary; gives its exit code and what it wrote.
fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_qoltanba")).args(arguments).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_fetches_and_shows_how_it_went() {
    let good = authorities(|path| path.contains("ocsp").then(not_found)).await;
    let dead = Upstream::start(|_| Act::Raw(Vec::new())).await;
    let folder = tempfile::tempdir().unwrap();
    let (home, document) = (folder.path().join("home"), folder.path().join("note.p7m"));
    files::create_folder(&home.join("keys")).unwrap();
    files::write(&home.join("snapshot.p7s"), &pki().signed_snapshot().unwrap()).unwrap();
    let keeper = pki().certificate(&pki().plan().snapshot.signer).unwrap();
    files::write(&home.join("snapshot-signer.cer"), keeper.der()).unwrap();
    files::write(&document, &signed_by("officer-head")).unwrap();
    let (home, document) = (home.to_str().unwrap().to_owned(), document.to_str().unwrap().to_owned());
    let url = crate::settling::places("officer-head").url;
    let via = |upstream: &Upstream| format!("{}:{}={}", url.host(), url.port(), upstream.address);

    let offline = ["verify", "--json", "--home", &home, &document];
    assert_eq!(run(&offline).0, Some(2));
    let (code, told) = run(&["verify", "--json", "--online", "--resolve", &via(&dead), "--home", &home, &document]);
    assert!(code == Some(2) && told.contains("[BROKEN_OFF]") && told.contains("\"retry_at\":"), "{told}");
    let (code, told) = run(&["verify", "--json", "--online", "--resolve", &via(&good), "--home", &home, &document]);
    assert!(code == Some(2) && told.contains("[RESTING]"), "an endpoint is left alone by the next command too: {told}");
    let (_, table) = run(&["upstream", "--home", &home]);
    assert!(table.contains("open") && table.contains("BROKEN_OFF"), "{table}");
    files::remove(std::path::Path::new(&home).join("fetched/upstream.state").as_path()).unwrap();
    let (code, told) = run(&["verify", "--json", "--online", "--resolve", &via(&good), "--home", &home, &document]);
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(run(&offline).0, Some(2), "what was fetched is for those who verify online");
    let (code, table) = run(&["upstream", "--home", &home, "--json"]);
    let rows: Vec<Value> = table.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let crl = rows.iter().find(|row| row["kind"] == "crl").unwrap();
    assert_eq!((code, &crl["state"], &crl["success_percent"]), (Some(0), &json!("closed"), &json!(100)), "{table}");
    assert_eq!(run(&["verify", "--online", "--resolve", "nonsense", "--home", &home, &document]).0, Some(64));
}
