//! Kept receipts are heard wherever a document is judged: alone, in a batch, in a job.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use qoltanba::api::judge_waiting_jobs;
use qoltanba::cms::dvcs::PkiStatus;
use qoltanba::codec::armour;
use qoltanba::codec::frames::{FRAMES_MEDIA_TYPE, REQUEST_MAGIC, write_item, write_request_end};
use qoltanba::crypto::SystemEntropy;
use qoltanba::service::{ApiKeyRequest, keep_receipt, make_api_key, may_need_receipts};
use qoltanba::store::Role;
use qoltanba::trust::{RegistrationStatus, StatusEvent};
use qoltanba::validation::Item;
use qoltanba::validation::receipt::ReceiptSubject;
use serde_json::Value;

use crate::abroad::{document_abroad, registered};
use crate::place::{Place, Plan, at, document, kazakh_receipt, now};

/// A place that knows of the country abroad, and asks nobody there.
async fn open(folder: &tempfile::TempDir) -> Place {
    let events = [StatusEvent::new(RegistrationStatus::Registered, at("2025-01-01T00:00:00Z"))];
    let snapshot = registered("http://ttp.example/dvcs", &events);
    Plan { snapshot, ..Plan::kazakh() }.open(folder.path()).await
}

/// Puts a receipt about a document into the store.
async fn keep(place: &Place, document: &[u8], told: (u8, PkiStatus)) {
    let octets = kazakh_receipt(document, told);
    let receipt = place.judge(&octets, ReceiptSubject::Document { octets: document, asked_for: None }).unwrap();
    keep_receipt(&place.store, (&receipt, &octets), &place.verifier, now()).await.unwrap();
}

/// Documents that need a receipt: one without, one with a no, one broken with a yes of its own, one with a yes; and one of
/// this country.
async fn documents(place: &Place) -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let [without, refused, verified] = ["without", "refused", "verified"].map(|c| document_abroad(c.as_bytes()));
    let mut broken = document_abroad(b"broken");
    *broken.last_mut().unwrap() ^= 1;
    keep(place, &refused, (1, PkiStatus::Rejection)).await;
    keep(place, &broken, (2, PkiStatus::Granted)).await;
    keep(place, &verified, (3, PkiStatus::Granted)).await;
    vec![
        ("without", without, "UNDETERMINED"),
        ("refused", refused, "NOT_RECOGNISED"),
        ("broken", broken, "NOT_RECOGNISED"),
        ("verified", verified, "RECOGNISED"),
        ("domestic", document("officer-head"), "RECOGNISED"),
    ]
}

fn lines(documents: &[(&'static str, Vec<u8>, &'static str)]) -> String {
    let line = |(id, octets, _): &(&str, Vec<u8>, &str)| {
        serde_json::json!({ "id": id, "document": armour::encode(octets) }).to_string() + "\n"
    };
    documents.iter().map(line).collect()
}

fn standings(octets: &[u8]) -> Vec<(String, String)> {
    let text = std::str::from_utf8(octets).unwrap();
    let standing = |line: &str| {
        let told: Value = serde_json::from_str(line).unwrap();
        let standing = told["signatures"][0]["recognition"]["standing"].as_str().unwrap().to_owned();
        (told["id"].as_str().unwrap().to_owned(), standing)
    };
    text.lines().map(standing).collect()
}

fn expected(documents: &[(&'static str, Vec<u8>, &'static str)]) -> Vec<(String, String)> {
    documents.iter().map(|(id, _, standing)| ((*id).to_owned(), (*standing).to_owned())).collect()
}

async fn batch(place: &Place, media_type: &str, accept: &str, body: impl Into<Body>) -> Vec<u8> {
    let request = Request::post("/v1/verify/batch").header("content-type", media_type).header("accept", accept);
    let (status, octets) = place.call(request.body(body.into()).unwrap()).await;
    assert_eq!(status, StatusCode::OK);
    octets
}

#[tokio::test]
async fn a_batch_hears_them_in_lines_and_in_frames() {
    let folder = tempfile::tempdir().unwrap();
    let place = open(&folder).await;
    let documents = documents(&place).await;
    let told = batch(&place, "application/x-ndjson", "*/*", lines(&documents)).await;
    assert_eq!(standings(&told), expected(&documents));
    let mut frames = REQUEST_MAGIC.to_vec();
    for (id, octets, _) in &documents {
        write_item(&mut frames, id.as_bytes(), octets, None).unwrap();
    }
    write_request_end(&mut frames, 5);
    let told = batch(&place, FRAMES_MEDIA_TYPE, "application/x-ndjson", frames).await;
    assert_eq!(standings(&told), expected(&documents));
    // A broken item beside them moves no receipt to its neighbour.
    let shifted = format!("no JSON\n{}", lines(&documents));
    let told = batch(&place, "application/x-ndjson", "*/*", shifted).await;
    let behind = told.iter().position(|&octet| octet == b'\n').unwrap() + 1;
    assert_eq!(standings(&told[behind..]), expected(&documents));
}

#[tokio::test]
async fn a_job_hears_them() {
    let folder = tempfile::tempdir().unwrap();
    let place = open(&folder).await;
    let documents = documents(&place).await;
    let asked = ApiKeyRequest { role: Role::Verifier, label: "test".into(), scope: None };
    let made = make_api_key(asked, at("2026-01-01"), &mut SystemEntropy).unwrap();
    place.store.add_api_key(&made.key).await.unwrap();
    let bearer = format!("Bearer {}", made.bearer.as_str());
    let request = Request::post("/v1/jobs").header("content-type", "application/x-ndjson");
    let request = request.header("authorization", &bearer).body(Body::from(lines(&documents))).unwrap();
    let (status, taken) = place.call(request).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{}", String::from_utf8_lossy(&taken));
    judge_waiting_jobs(&place.state).await.unwrap();
    let id = serde_json::from_slice::<Value>(&taken).unwrap()["job_id"].as_str().unwrap().to_owned();
    let request = Request::get(format!("/v1/jobs/{id}/results")).header("authorization", &bearer);
    let (_, results) = place.call(request.body(Body::empty()).unwrap()).await;
    assert_eq!(standings(&results), expected(&documents));
}

#[tokio::test]
async fn a_store_that_is_away_fails_no_verdict_and_makes_none_better() {
    let folder = tempfile::tempdir().unwrap();
    let place = open(&folder).await;
    let documents = documents(&place).await;
    place.store.clone().close().await;
    let told = batch(&place, "application/x-ndjson", "*/*", lines(&documents)).await;
    let without_receipts = ["UNDETERMINED", "UNDETERMINED", "NOT_RECOGNISED", "UNDETERMINED", "RECOGNISED"];
    assert_eq!(standings(&told).into_iter().map(|(_, standing)| standing).collect::<Vec<_>>(), without_receipts);
    assert_eq!(place.recognition(&documents[3].1).await["standing"], "UNDETERMINED");
}

#[test]
fn nobody_is_asked_about_a_document_of_this_country() {
    let events = [StatusEvent::new(RegistrationStatus::Registered, at("2025-01-01T00:00:00Z"))];
    let verifier = crate::place::verifier(registered("http://ttp.example/dvcs", &events));
    let asks = |octets: &[u8]| may_need_receipts(&verifier.verify(&[Item::new(octets, None)], now()).remove(0));
    let mut tampered = document("officer-head");
    *tampered.last_mut().unwrap() ^= 1;
    assert!(asks(&document_abroad(b"abroad")));
    assert!(!asks(&document("officer-head")) && !asks(&tampered) && !asks(b"no document"));
}
