//! Jobs: left with the node, judged in turn, fetched when it suits, by nobody but the key that left them.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Method, StatusCode, header};
use qoltanba::api::judge_waiting_jobs;
use qoltanba::path::Pool;
use qoltanba::policy::Policy;
use qoltanba::service::{Trust, Verifier};
use qoltanba::signing::Packaging;
use qoltanba::store::Role;
use qoltanba::trust::TrustSnapshot;

use crate::kit::{Answer, Kit, item, now, problem, request, signed, verifier};

const NDJSON: &str = "application/x-ndjson";

async fn submit(kit: &Kit, key: &str, body: impl Into<Body>) -> Answer {
    kit.send(request(Method::POST, "/v1/jobs", Some(key), Some(NDJSON), body.into())).await
}

fn body() -> String {
    let good = signed(b"good", Packaging::Attached);
    let mut tampered = good.clone();
    *tampered.last_mut().unwrap() ^= 1;
    (0..300)
        .map(|index| match index % 10 {
            3 => "this is no JSON\n".to_owned(),
            7 => item(&index.to_string(), &tampered),
            9 => item(&index.to_string(), b"no CMS"),
            _ => item(&index.to_string(), &good),
        })
        .collect()
}

#[tokio::test]
async fn a_job_answers_as_a_batch_does_and_is_fetched_from_any_line_on() {
    let kit = Kit::new().await;
    let key = kit.key(Role::Verifier, None).await;
    let taken = submit(&kit, &key, body()).await;
    assert_eq!(taken.status, StatusCode::ACCEPTED);
    let told = taken.json();
    assert_eq!((&told["state"], &told["items"], &told["judged"]), (&"waiting".into(), &300.into(), &0.into()));
    assert_eq!(told["trust_snapshot"], verifier().trust().digest.as_str());
    assert_eq!(told["validated_at"], now().to_string());
    let path = taken.headers[header::LOCATION].to_str().unwrap().to_owned();
    assert_eq!(kit.get(&format!("{path}/results"), Some(&key)).await.octets, b"");

    judge_waiting_jobs(&kit.state).await.unwrap();
    let told = kit.get(&path, Some(&key)).await.json();
    assert_eq!((&told["state"], &told["judged"]), (&"done".into(), &300.into()));
    let counts = &told["counts"];
    assert_eq!((&counts["TOTAL_PASSED"], &counts["TOTAL_FAILED"]), (&210.into(), &30.into()));
    assert_eq!((&counts["INDETERMINATE"], &counts["unreadable"]), (&0.into(), &60.into()));
    assert!(told["kept_until"].as_str() > told["ended_at"].as_str());

    let batch = kit.post("/v1/verify/batch", NDJSON, body()).await.lines();
    let results = kit.get(&format!("{path}/results"), Some(&key)).await;
    assert_eq!(results.headers[header::CONTENT_TYPE], NDJSON);
    assert_eq!(results.lines(), batch);
    for offset in [0, 1, 256, 299] {
        let rest = kit.get(&format!("{path}/results?offset={offset}"), Some(&key)).await;
        assert_eq!(rest.lines(), batch[offset..]);
    }
    for offset in ["300", "301", "18446744073709551615"] {
        let nothing = kit.get(&format!("{path}/results?offset={offset}"), Some(&key)).await;
        assert_eq!((nothing.status, nothing.octets.len()), (StatusCode::OK, 0), "{offset}");
    }
    let refused = kit.get(&format!("{path}/results?offset=-1"), Some(&key)).await;
    assert_eq!(refused.problem().0, 400);

    let removed = kit.send(request(Method::DELETE, &path, Some(&key), None, Body::empty())).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    assert_eq!(kit.get(&path, Some(&key)).await.problem().0, 404);
    assert_eq!(kit.get(&format!("{path}/results"), Some(&key)).await.problem().0, 404);
}

#[tokio::test]
async fn lines_without_an_id_have_the_names_that_a_batch_gives_them() {
    let kit = Kit::new().await;
    let key = kit.key(Role::Verifier, None).await;
    let body = "\n\nno JSON\n \r\n{\"document\":\"MAA=\"}\n\nno JSON either";
    let path = submit(&kit, &key, body).await.headers[header::LOCATION].to_str().unwrap().to_owned();
    judge_waiting_jobs(&kit.state).await.unwrap();
    let results = kit.get(&format!("{path}/results"), Some(&key)).await.lines();
    assert_eq!(results.iter().map(|line| &line["id"]).collect::<Vec<_>>(), ["line 3", "line 5", "line 7"]);
    assert_eq!(results, kit.post("/v1/verify/batch", NDJSON, body).await.lines());
}

#[tokio::test]
async fn nobody_else_sees_or_removes_a_job() {
    let kit = Kit::new().await;
    let (own, other) = (kit.key(Role::Verifier, None).await, kit.key(Role::Verifier, None).await);
    let path = submit(&kit, &own, item("a", b"no CMS")).await.headers[header::LOCATION].to_str().unwrap().to_owned();
    let results = format!("{path}/results");
    for (method, path) in [(Method::GET, &path), (Method::GET, &results), (Method::DELETE, &path)] {
        let foreign = kit.send(request(method.clone(), path, Some(&other), None, Body::empty())).await;
        assert_eq!(foreign.problem().0, 404);
        // Also where anybody may verify, jobs belong to keys.
        let keyless = kit.send(request(method, path, None, None, Body::empty())).await;
        assert_eq!(keyless.problem(), problem(401, "KEY_MISSING"));
    }
    let keyless = kit.post("/v1/jobs", NDJSON, item("a", b"no CMS")).await;
    assert_eq!(keyless.problem(), problem(401, "KEY_MISSING"));
    assert_eq!(kit.get(&path, Some(&own)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_key_that_keeps_too_many_jobs_is_told_to_remove_some() {
    let kit = Kit::new().await;
    let (key, other) = (kit.key(Role::Verifier, None).await, kit.key(Role::Verifier, None).await);
    let mut last = String::new();
    for _ in 0..100 {
        let taken = submit(&kit, &key, item("a", b"no CMS")).await;
        assert_eq!(taken.status, StatusCode::ACCEPTED);
        last = taken.headers[header::LOCATION].to_str().unwrap().to_owned();
        judge_waiting_jobs(&kit.state).await.unwrap();
    }
    let refused = submit(&kit, &key, item("a", b"no CMS")).await;
    assert_eq!(refused.problem(), problem(429, "SHARE_TAKEN"));
    let (detail, hint) = (refused.json()["detail"].to_string(), refused.json()["hint"].to_string());
    assert!(detail.contains("100 jobs (JOBS_KEPT_PER_KEY_MAX)"), "{detail}");
    assert!(hint.contains("DELETE /v1/jobs/{job_id}"), "{hint}");
    assert_eq!(submit(&kit, &other, item("a", b"no CMS")).await.status, StatusCode::ACCEPTED);
    let removed = kit.send(request(Method::DELETE, &last, Some(&key), None, Body::empty())).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    assert_eq!(submit(&kit, &key, item("a", b"no CMS")).await.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn what_does_not_arrive_whole_is_no_job() {
    let kit = Kit::new().await;
    let key = kit.key(Role::Verifier, None).await;
    let chunks = [Ok(Bytes::from(item("a", b"no CMS"))), Err(std::io::Error::other("broken off"))];
    let broken = submit(&kit, &key, Body::from_stream(futures_util::stream::iter(chunks))).await;
    assert_eq!(broken.problem().0, 400);
    assert_eq!(kit.store.job_load(key.split('.').next().unwrap()).await.unwrap().kept, 0);
    let send =
        |path: &'static str, media_type| request(Method::POST, path, Some(&key), Some(media_type), Body::empty());
    let frames = kit.send(send("/v1/jobs", "application/vnd.qoltanba.batch")).await;
    assert_eq!(frames.problem().0, 415);
    assert_eq!(kit.send(send("/v1/jobs?online=true", NDJSON)).await.problem().0, 400);
    assert_eq!(kit.store.job_load("").await.unwrap().kept, 0);
    // Nothing to judge is no job, or one key could fill the node with them.
    assert_eq!(kit.send(send("/v1/jobs", NDJSON)).await.problem().0, 400);
    assert_eq!(kit.store.job_load("").await.unwrap().kept, 0);
}

#[tokio::test]
async fn a_job_keeps_its_snapshot_and_its_time_whatever_the_node_does_meanwhile() {
    let kit = Kit::new().await;
    let key = kit.key(Role::Verifier, None).await;
    let good = signed(b"good", Packaging::Attached);
    let sent = request(
        Method::POST,
        "/v1/jobs?at=2026-11-20T00:00:00Z&lang=ru",
        Some(&key),
        Some(NDJSON),
        item("a", &good).into(),
    );
    let path = kit.send(sent).await.headers[header::LOCATION].to_str().unwrap().to_owned();
    let empty = TrustSnapshot::empty(1_000_000, now(), "another");
    let other = Verifier::new(Trust::new(empty).unwrap(), Pool::default(), Policy::named("kz").unwrap());
    kit.state.replace_verifier(other.into());
    judge_waiting_jobs(&kit.state).await.unwrap();
    let line = kit.get(&format!("{path}/results"), Some(&key)).await.lines().remove(0);
    assert_eq!(line["trust_snapshot"], verifier().trust().digest.as_str());
    assert_eq!(line["validated_at"], "2026-11-20T00:00:00Z");
    assert_eq!(kit.get(&path, Some(&key)).await.json()["validated_at"], "2026-11-20T00:00:00Z");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_that_comes_while_a_job_is_judged_counts_from_the_next_stretch_on() {
    const STRETCH: u64 = 256;
    let kit = Kit::new().await;
    let key = kit.key(Role::Verifier, None).await;
    let line = item("a", &signed(b"good", Packaging::Attached));
    let path = submit(&kit, &key, line.repeat(8 * 256)).await.headers[header::LOCATION].to_str().unwrap().to_owned();
    // Another snapshot is in use by now, so that the job is judged with a verifier made for it.
    let holding = |evidence: Pool| {
        let empty = TrustSnapshot::empty(1_000_000, now(), "another");
        Arc::new(Verifier::new(Trust::new(empty).unwrap(), evidence, Policy::named("kz").unwrap()))
    };
    kit.state.replace_verifier(holding(Pool::default()));
    let state = kit.state.clone();
    let judging = tokio::spawn(async move { judge_waiting_jobs(&state).await.unwrap() });
    let (id, owner) = (path.rsplit('/').next().unwrap(), key.split('.').next().unwrap());
    while kit.store.job(id, owner).await.unwrap().unwrap().judged < STRETCH {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    kit.state.replace_verifier(holding(verifier().evidence().clone()));
    judging.await.unwrap();
    let lines = kit.get(&format!("{path}/results"), Some(&key)).await.lines();
    let told: Vec<_> = lines.iter().map(|line| line["verdict"]["indication"].as_str().unwrap()).collect();
    let turn = told.iter().position(|indication| *indication == "TOTAL_PASSED").unwrap();
    assert!(turn >= 256 && turn % 256 == 0, "the first line that passed is {turn}");
    assert!(
        told[..turn].iter().all(|told| *told == "INDETERMINATE") && told[turn..].iter().all(|t| *t == "TOTAL_PASSED")
    );
    assert!(lines.iter().all(|line| line["trust_snapshot"] == verifier().trust().digest.as_str()));
}
