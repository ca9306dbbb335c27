//! Batches: every line answered, in order, as reached, whatever its neighbours are.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Method, StatusCode, header};
use futures_util::StreamExt as _;
use qoltanba::signing::Packaging;
use tokio::sync::mpsc;
use tower::ServiceExt as _;

use crate::kit::{Kit, item, problem, request, signed};

const NDJSON: &str = "application/x-ndjson";

#[tokio::test]
async fn three_hundred_items_with_broken_ones_between_are_answered_in_their_order() {
    let kit = Kit::new().await;
    let good = signed(b"good", Packaging::Attached);
    let mut tampered = good.clone();
    *tampered.last_mut().unwrap() ^= 1;
    let mut body = String::new();
    for index in 0..300 {
        let line = match index % 10 {
            3 => "this is no JSON\n".to_owned(),
            5 => format!("{{\"id\":\"{index}\",\"document\":\"***\"}}\n"),
            7 => item(&index.to_string(), &tampered),
            9 => item(&index.to_string(), b"no CMS"),
            _ => item(&index.to_string(), &good),
        };
        body.push_str(&line);
    }
    let answer = kit.post("/v1/verify/batch", NDJSON, body).await;
    assert_eq!((answer.status, &answer.headers[header::CONTENT_TYPE]), (StatusCode::OK, &NDJSON.parse().unwrap()));
    let lines = answer.lines();
    assert_eq!(lines.len(), 300);
    for (index, line) in lines.iter().enumerate() {
        let id = if index % 10 == 3 { format!("line {}", index + 1) } else { index.to_string() };
        assert_eq!(line["id"], id);
        match index % 10 {
            3 | 5 => assert_eq!(line["error"]["code"], "MALFORMED_ITEM", "{line}"),
            7 => assert_eq!(line["verdict"]["indication"], "TOTAL_FAILED", "{line}"),
            9 => assert!(line["error"].is_object() && line["verdict"].is_null(), "{line}"),
            _ => assert_eq!(line["verdict"]["indication"], "TOTAL_PASSED", "{line}"),
        }
    }
}

/// A batch whose lines are sent one by one.
async fn open_batch(kit: &Kit) -> (mpsc::Sender<Bytes>, axum::body::BodyDataStream) {
    let (sender, receiver) = mpsc::channel::<Bytes>(1);
    let chunks = futures_util::stream::unfold(receiver, |mut receiver| async {
        Some((Ok::<_, std::io::Error>(receiver.recv().await?), receiver))
    });
    let request = request(Method::POST, "/v1/verify/batch", None, Some(NDJSON), Body::from_stream(chunks));
    let response = kit.router().oneshot(request).await.unwrap();
    (sender, response.into_body().into_data_stream())
}

#[tokio::test]
async fn the_first_answers_arrive_before_the_input_ends() {
    let kit = Kit::new().await;
    let document = signed(b"stream", Packaging::Attached);
    let (sender, mut answers) = open_batch(&kit).await;
    for id in ["first", "second"] {
        sender.send(item(id, &document).into()).await.unwrap();
        let answer = tokio::time::timeout(Duration::from_secs(20), answers.next()).await.unwrap().unwrap().unwrap();
        let line: serde_json::Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!((&line["id"], &line["verdict"]["indication"]), (&id.into(), &"TOTAL_PASSED".into()));
    }
    drop(sender);
    assert!(answers.next().await.is_none());
}

#[tokio::test]
async fn who_does_not_read_the_answers_is_not_read_from_for_ever() {
    let kit = Kit::new().await;
    let (sender, answers) = open_batch(&kit).await;
    // 256 lines in the queue, as many under way, some answers ahead: a few thousand never fit.
    let mut sent = 0;
    while sent < 5_000 {
        let line = Bytes::from_static(b"nonsense\n");
        match tokio::time::timeout(Duration::from_millis(500), sender.send(line)).await {
            Ok(result) => result.unwrap(),
            Err(_) => break,
        }
        sent += 1;
    }
    assert!(sent < 5_000, "the client was never made to wait");
    drop(sender);
    let octets: Vec<_> = answers.map(|chunk| chunk.unwrap()).collect().await;
    let lines = String::from_utf8(octets.concat()).unwrap().lines().count();
    assert!(lines == sent || lines == sent + 1, "{lines} answers to {sent} lines");
}

#[tokio::test]
async fn an_input_that_breaks_off_never_looks_complete() {
    let kit = Kit::new().await;
    let chunks = [Ok(Bytes::from_static(b"nonsense\nnons")), Err(std::io::Error::other("cut"))];
    let body = Body::from_stream(futures_util::stream::iter(chunks));
    let request = request(Method::POST, "/v1/verify/batch", None, Some(NDJSON), body);
    let response = kit.router().oneshot(request).await.unwrap();
    assert!(axum::body::to_bytes(response.into_body(), usize::MAX).await.is_err());
}

#[tokio::test]
async fn an_empty_batch_has_an_empty_answer_and_another_media_type_is_refused() {
    let kit = Kit::new().await;
    let empty = kit.post("/v1/verify/batch", NDJSON, "\n\n").await;
    assert_eq!((empty.status, empty.octets.len()), (StatusCode::OK, 0));
    let refused = kit.post("/v1/verify/batch", "application/json", "{}").await;
    assert_eq!(refused.problem(), problem(415, "MEDIA_TYPE"));
}
