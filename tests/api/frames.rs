//! Batches in frames: the same answers as in lines, and no cut, broken or endless stream mistaken for a whole one.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Method, StatusCode, header};
use futures_util::StreamExt as _;
use qoltanba::codec::frames::{
    ANSWER_MAGIC, AnswerKind, FRAMES_MEDIA_TYPE, REQUEST_MAGIC, read_answer, write_item, write_request_end,
};
use qoltanba::signing::Packaging;
use serde_json::Value;
use tokio::sync::mpsc;
use tower::ServiceExt as _;

use crate::kit::{Answer, Kit, MEMORY, item, problem, request, signed};

const PATH: &str = "/v1/verify/batch";

/// A compact verdict, taken apart as docs/api.md says.
#[derive(Debug, PartialEq, Eq)]
struct Compact {
    id: String,
    indication: u8,
    recognition: u8,
    flags: u8,
    signatures: u16,
    validated_at: i64,
    sub_indication: String,
    reason: String,
}

fn compact(payload: &[u8]) -> Compact {
    let mut rest = payload;
    let mut take = |length: usize| {
        let (taken, after) = rest.split_at(length);
        rest = after;
        taken
    };
    let length = u16::from_be_bytes(take(2).try_into().unwrap());
    let id = String::from_utf8(take(length.into()).to_vec()).unwrap();
    let head: [u8; 3] = take(3).try_into().unwrap();
    let signatures = u16::from_be_bytes(take(2).try_into().unwrap());
    let validated_at = i64::from_be_bytes(take(8).try_into().unwrap());
    let mut text = || {
        let length = take(1)[0];
        String::from_utf8(take(length.into()).to_vec()).unwrap()
    };
    let (sub_indication, reason) = (text(), text());
    assert!(rest.is_empty());
    let [indication, recognition, flags] = head;
    Compact { id, indication, recognition, flags, signatures, validated_at, sub_indication, reason }
}

/// The frames of an answer behind its preamble and head.
fn frames(octets: &[u8]) -> Vec<(AnswerKind, Vec<u8>)> {
    let mut rest = octets.strip_prefix(&ANSWER_MAGIC).unwrap();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (kind, payload) = read_answer(&mut rest).unwrap();
        found.push((kind, payload.to_vec()));
    }
    let (kind, head) = found.remove(0);
    assert_eq!(kind, AnswerKind::Head);
    let head: Value = serde_json::from_slice(&head).unwrap();
    assert!(head["trust_snapshot"].as_str().unwrap().starts_with("sha256:") && head["policy"] == "kz", "{head}");
    found
}

fn end(count: u64) -> (AnswerKind, Vec<u8>) {
    (AnswerKind::End, count.to_be_bytes().to_vec())
}

async fn post(kit: &Kit, accept: Option<&str>, body: impl Into<Body>) -> Answer {
    let mut request = request(Method::POST, PATH, None, Some(FRAMES_MEDIA_TYPE), body.into());
    if let Some(accept) = accept {
        request.headers_mut().insert(header::ACCEPT, accept.parse().unwrap());
    }
    kit.send(request).await
}

/// A good document, an altered one, a detached one with its content, something else, and an id that is no text.
fn batch() -> Vec<u8> {
    let good = signed(b"good", Packaging::Attached);
    let mut tampered = good.clone();
    *tampered.last_mut().unwrap() ^= 1;
    let mut out = REQUEST_MAGIC.to_vec();
    write_item(&mut out, b"good", &good, None).unwrap();
    write_item(&mut out, b"tampered", &tampered, None).unwrap();
    write_item(&mut out, b"detached", &signed(b"letter", Packaging::Detached), Some(b"letter")).unwrap();
    write_item(&mut out, b"other", b"no CMS", None).unwrap();
    write_item(&mut out, &[0xff], &good, None).unwrap();
    write_request_end(&mut out, 5);
    out
}

#[tokio::test]
async fn frames_are_answered_in_frames_with_compact_verdicts_in_their_order() {
    let kit = Kit::new().await;
    let answer = post(&kit, None, batch()).await;
    assert_eq!(
        (answer.status, &answer.headers[header::CONTENT_TYPE]),
        (StatusCode::OK, &FRAMES_MEDIA_TYPE.parse().unwrap())
    );
    let mut found = frames(&answer.octets);
    assert_eq!(found.pop(), Some(end(5)));
    assert!(found.iter().all(|(kind, _)| *kind == AnswerKind::Verdict));
    let told: Vec<Compact> = found.iter().map(|(_, payload)| compact(payload)).collect();
    let brief: Vec<_> = told.iter().map(|c| (c.id.as_str(), c.indication, c.signatures, c.reason.as_str())).collect();
    let expected = [
        ("good", 1, 1, ""),
        ("tampered", 2, 1, "SIGNATURE_INVALID"),
        ("detached", 1, 1, ""),
        ("other", 0, 0, "MALFORMED"),
        ("item 5", 0, 0, "MALFORMED_ITEM"),
    ];
    assert_eq!(brief, expected, "{told:#?}");
    assert_eq!((told[0].recognition, told[0].flags, told[0].sub_indication.as_str()), (1, 0, ""));
    assert_eq!(told[0].validated_at, crate::kit::now().unix_millis());
    assert_eq!(told[1].sub_indication, "SIG_CRYPTO_FAILURE");
}

#[tokio::test]
async fn the_same_answers_come_as_lines_and_as_framed_lines_where_they_are_accepted() {
    let kit = Kit::new().await;
    let lines = post(&kit, Some("application/x-ndjson"), batch()).await;
    let found = frames(&post(&kit, Some("application/vnd.qoltanba.batch; answers=json"), batch()).await.octets);
    let framed: Vec<Value> = found[..5].iter().map(|(_, line)| serde_json::from_slice(line).unwrap()).collect();
    assert_eq!((lines.lines(), found.last()), (framed, Some(&end(5))));
    assert_eq!(lines.lines()[1]["verdict"]["indication"], "TOTAL_FAILED");
    let mut asked = request(Method::POST, PATH, None, Some("application/x-ndjson"), item("a", b"no CMS").into());
    asked.headers_mut().insert(header::ACCEPT, FRAMES_MEDIA_TYPE.parse().unwrap());
    assert_eq!(frames(&kit.send(asked).await.octets).last(), Some(&end(1)));
}

#[tokio::test]
async fn zero_items_have_zero_answers() {
    let kit = Kit::new().await;
    let mut empty = REQUEST_MAGIC.to_vec();
    write_request_end(&mut empty, 0);
    assert_eq!(frames(&post(&kit, None, empty).await.octets), [end(0)]);
}

#[tokio::test]
async fn the_worked_example_of_the_docs_is_answered_so() {
    let kit = Kit::new().await;
    let mut asked = REQUEST_MAGIC.to_vec();
    write_item(&mut asked, b"a", &[0x30, 0], None).unwrap();
    write_request_end(&mut asked, 1);
    let octets = post(&kit, None, asked).await.octets;
    assert_eq!(octets[..13], [&ANSWER_MAGIC[..], b"H\0\0\0\x6a"].concat());
    let behind =
        [&b"V\0\0\0\x1b\0\x01a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x09MALFORMED"[..], b"E\0\0\0\x08\0\0\0\0\0\0\0\x01"];
    assert_eq!(octets[13 + 0x6a..], behind.concat());
}

/// The problem that ends an answer, behind the codes of the answers before it.
fn broken(octets: &[u8]) -> (usize, Value) {
    let mut found = frames(octets);
    let (kind, problem) = found.pop().unwrap();
    assert_eq!(kind, AnswerKind::Problem);
    assert!(found.iter().all(|(kind, _)| *kind == AnswerKind::Verdict));
    (found.len(), serde_json::from_slice(&problem).unwrap())
}

#[tokio::test]
async fn a_truncated_frame_ends_the_batch_with_its_item_and_octet_and_what_was_whole_is_answered() {
    let kit = Kit::new().await;
    let whole = batch();
    for (cut, answered, item) in
        [(whole.len() - 1, 5, 6), (whole.len() - 12, 5, 5), (whole.len() - 30, 4, 5), (5, 0, 0)]
    {
        let (answers, problem) = broken(&post(&kit, None, whole[..cut].to_vec()).await.octets);
        assert_eq!(
            (answers, &problem["code"], &problem["item"], &problem["octet"]),
            (answered, &"BROKEN_FRAME".into(), &item.into(), &cut.into()),
            "{problem}"
        );
    }
}

#[tokio::test]
async fn an_unknown_version_and_an_oversized_id_are_told() {
    let kit = Kit::new().await;
    let (_, problem) = broken(&post(&kit, None, &b"QOLTBAT\x02"[..]).await.octets);
    assert!(problem["detail"].as_str().unwrap().contains("version 2"), "{problem}");
    assert_eq!((&problem["status"], &problem["octet"]), (&400.into(), &7.into()));
    let mut oversized = REQUEST_MAGIC.to_vec();
    oversized.extend([0, 0, 0x10, 1, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]);
    let (_, problem) = broken(&post(&kit, None, oversized).await.octets);
    assert_eq!((&problem["item"], &problem["octet"]), (&1.into(), &8.into()), "{problem}");
}

#[tokio::test]
async fn a_broken_frame_answered_in_lines_is_told_and_never_looks_complete() {
    let kit = Kit::new().await;
    let mut asked = request(Method::POST, PATH, None, Some(FRAMES_MEDIA_TYPE), batch()[..60].to_vec().into());
    asked.headers_mut().insert(header::ACCEPT, "application/x-ndjson".parse().unwrap());
    let mut body = kit.router().oneshot(asked).await.unwrap().into_body().into_data_stream();
    let line: Value = serde_json::from_slice(&body.next().await.unwrap().unwrap()).unwrap();
    assert_eq!((&line["problem"]["code"], &line["verdict"]), (&"BROKEN_FRAME".into(), &Value::Null));
    assert!(body.next().await.unwrap().is_err());
}

/// A batch whose octets are sent piece by piece.
async fn open_batch(kit: &Kit) -> (mpsc::Sender<Bytes>, axum::body::BodyDataStream) {
    let (sender, receiver) = mpsc::channel::<Bytes>(1);
    let chunks = futures_util::stream::unfold(receiver, |mut receiver| async {
        Some((Ok::<_, std::io::Error>(receiver.recv().await?), receiver))
    });
    let request = request(Method::POST, PATH, None, Some(FRAMES_MEDIA_TYPE), Body::from_stream(chunks));
    let response = kit.router().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    (sender, response.into_body().into_data_stream())
}

#[tokio::test]
async fn a_client_that_stops_reading_is_not_read_from_for_ever() {
    let kit = Kit::new().await;
    let (sender, answers) = open_batch(&kit).await;
    sender.send(Bytes::from_static(&REQUEST_MAGIC)).await.unwrap();
    let mut one = Vec::new();
    write_item(&mut one, b"a", b"no CMS", None).unwrap();
    let one = Bytes::from(one);
    let mut sent = 0_u64;
    while sent < 8_000 {
        match tokio::time::timeout(Duration::from_millis(500), sender.send(one.clone())).await {
            Ok(result) => result.unwrap(),
            Err(_) => break,
        }
        sent += 1;
    }
    assert!(sent < 8_000, "the client was never made to wait");
    drop(sender);
    let octets: Vec<_> = answers.map(|chunk| chunk.unwrap()).collect().await;
    // The stream had no end marker.
    assert_eq!(broken(&octets.concat()).0, usize::try_from(sent).unwrap());
}

#[tokio::test]
async fn a_hundred_thousand_small_items_are_answered_while_they_are_sent() {
    const ITEMS: u64 = 100_000;
    let _memory = MEMORY.lock().await;
    let kit = Kit::new().await;
    let (sender, mut answers) = open_batch(&kit).await;
    let sending = tokio::spawn(async move {
        sender.send(Bytes::from_static(&REQUEST_MAGIC)).await.unwrap();
        for first in (0..ITEMS).step_by(1_000) {
            let mut some = Vec::new();
            for index in first..first + 1_000 {
                write_item(&mut some, index.to_string().as_bytes(), b"no CMS", None).unwrap();
            }
            sender.send(some.into()).await.unwrap();
        }
        let mut last = Vec::new();
        write_request_end(&mut last, ITEMS);
        sender.send(last.into()).await.unwrap();
    });
    let before = resident_bytes();
    let (mut total, mut most, mut tail) = (0, 0, Vec::new());
    while let Some(chunk) = answers.next().await {
        let chunk = chunk.unwrap();
        total += chunk.len();
        most = most.max(resident_bytes());
        tail = chunk.to_vec();
    }
    sending.await.unwrap();
    assert!(tail.ends_with(&ITEMS.to_be_bytes()), "the end marker counts them all");
    assert!(total > 2_000_000);
    // Far less than the items and answers together would take if anybody gathered them.
    assert!(most < before + 96 * 1024 * 1024, "{before} octets before, {most} at most");
}

/// The resident set of this process; other tests run beside, so it is compared with room to spare.
fn resident_bytes() -> usize {
    let pages = qoltanba::store::files::read(std::path::Path::new("/proc/self/statm")).unwrap();
    let pages = String::from_utf8(pages).unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap().saturating_mul(4_096)
}

#[tokio::test]
async fn one_address_has_its_share_of_batches_and_gives_it_back() {
    let kit = Kit::new().await;
    let mut open = Vec::new();
    for _ in 0..4 {
        open.push(open_batch(&kit).await);
    }
    let refused = post(&kit, None, batch()).await;
    assert_eq!(refused.problem(), problem(429, "SHARE_TAKEN"));
    assert_eq!(refused.headers[header::RETRY_AFTER], "5");
    // Whoever has a key has a share of its own.
    let key = kit.key(qoltanba::store::Role::Verifier, None).await;
    let own = request(Method::POST, PATH, Some(&key), Some(FRAMES_MEDIA_TYPE), batch().into());
    assert_eq!(kit.send(own).await.status, StatusCode::OK);
    let (sender, answers) = open.pop().unwrap();
    drop((sender, answers));
    let freed = async {
        while post(&kit, None, batch()).await.status != StatusCode::OK {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), freed).await.unwrap();
}
