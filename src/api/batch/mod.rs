//! `POST /v1/verify/batch`: many items in, an answer to each out, in order, as reached; as NDJSON or in frames.

mod frames;
pub(super) mod input;
mod lines;
mod output;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt as _, stream};
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::auth::MayVerify;
use super::body::media_type;
use super::error::{ApiError, Problem};
use super::judge::Judge;
use super::metrics;
use super::query::{VerifyQuery, VerifyTerms};
use super::schema::{AnswerLine, BatchLine};
use super::shares::Share;
use super::state::ApiState;
use crate::limits::BATCH_DOCUMENTS;
use crate::service::{BatchItem, ItemError};
use input::{BrokenStream, Framing, Incoming, Queued, Raw, idle, patiently, read_items};
use output::{Outgoing, Shape, next_octets};

const NDJSON: &str = "application/x-ndjson";

/// Verify many documents
///
/// One item a line, one answer a line, in their order, written as they are reached. A broken line is answered with its
/// error and the rest goes on. Whoever does not read the answers is not read from either: read while you write.
/// `application/vnd.qoltanba.batch` is the same in length-prefixed frames (docs/api.md, "Batches in frames"); `Accept`
/// says how to answer, by default as was asked: frames hold compact verdicts, or with `;answers=json` the lines.
#[utoipa::path(
    post, path = "/v1/verify/batch", tag = "verify", params(VerifyQuery), security((), ("key" = [])),
    request_body(description = "One item a line, or frames", content(
        (BatchLine = "application/x-ndjson"), (Vec<u8> = "application/vnd.qoltanba.batch"),
    )),
    responses(
        (status = 200, description = "One answer a line, or frames", content(
            (AnswerLine = "application/x-ndjson"), (Vec<u8> = "application/vnd.qoltanba.batch"),
        )),
        (status = 400, description = "The request does not read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "A key is needed, or the one sent is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Neither application/x-ndjson nor application/vnd.qoltanba.batch", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`online` on a node that stays offline", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "The key, or the address without one, has its share of batches", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too many batches at a time, or no trust snapshot", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn verify_batch(
    State(state): State<ApiState>,
    MayVerify(client): MayVerify,
    terms: VerifyTerms,
    request: Request,
) -> Result<Response, ApiError> {
    let framing = Framing::of(&media_type(request.headers())).ok_or(ApiError::MediaType)?;
    let shape = Shape::wanted(request.headers(), framing);
    let verifier = state.verifier()?;
    let online = terms.online.then(|| state.online()).transpose()?.map(|online| (online, terms.moment));
    let place = state.batches().take(client)?;
    let (to_verify, items) = mpsc::channel(BATCH_DOCUMENTS.value);
    let (to_client, answers) = mpsc::channel(ANSWERS_AHEAD);
    tokio::spawn(read_items(request.into_body(), (framing.reader(state.room()), idle()), to_verify));
    // As many groups are under way as there are processors: spreading each of them, too, costs more than it gains.
    let judge = Judge { state, verifier, at: terms.at, online, cores: 1 };
    tokio::spawn(answer_items(Batch { judge, terms, shape, _place: place }, items, to_client));
    let body = Body::from_stream(stream::unfold(Some(answers), next_octets));
    Ok(([(header::CONTENT_TYPE, shape.media_type())], body).into_response())
}

/// Chunks of answers that wait for a client who reads slowly.
const ANSWERS_AHEAD: usize = 2;

/// A group of items that are answered together, or how the input ended.
enum Group {
    Items { items: Vec<Raw>, places: Vec<Place> },
    End,
    Broken(BrokenStream),
}

/// Places in the queue that are taken until what took them is answered.
type Place = Option<Arc<OwnedSemaphorePermit>>;

/// Answers what has arrived, up to `BATCH_DOCUMENTS` together and as many groups at a time as there are processors, until
/// the end of the body or of the client's patience.
async fn answer_items(batch: Batch, items: mpsc::Receiver<Incoming>, to_client: mpsc::Sender<Outgoing>) {
    let batch = Arc::new(batch);
    let arrivals = Arrivals { queue: items, rest: None, ending: None };
    let groups = stream::unfold(arrivals, next_group).map(|group| {
        let batch = Arc::clone(&batch);
        async move {
            match group {
                Group::Items { items, places } => {
                    let answer = batch.answer(items).await;
                    drop(places);
                    answer
                }
                Group::End => Some(Outgoing::Complete),
                Group::Broken(why) => Some(Outgoing::Broken(why)),
            }
        }
    });
    let mut answers = std::pin::pin!(groups.buffered(batch.judge.state.processors()));
    if let Some(head) = batch.shape.head(&batch.judge.verifier) {
        let _ = to_client.send(Outgoing::Answers { octets: head, items: 0 }).await;
    }
    let mut told: u64 = 0;
    while let Some(Some(outgoing)) = answers.next().await {
        let (octets, last) = match outgoing {
            Outgoing::Answers { octets, items } => {
                told = told.saturating_add(items);
                (Outgoing::Answers { octets, items }, false)
            }
            Outgoing::Complete => (batch.shape.end(told), true),
            Outgoing::Broken(why) => (batch.shape.broken(&why), true),
            Outgoing::Last(octets) => (Outgoing::Last(octets), true),
        };
        let sent = patiently(to_client.send(octets)).await;
        if last || !matches!(sent, Some(Ok(()))) {
            return;
        }
    }
}

/// What has arrived and is not under way yet.
struct Arrivals {
    queue: mpsc::Receiver<Incoming>,
    /// What is left of items that arrived together, and how the input ended behind them.
    rest: Option<Queued>,
    ending: Option<Group>,
}

/// Takes what has arrived, at least one item; an end behind items waits for its turn.
async fn next_group(mut arrivals: Arrivals) -> Option<(Group, Arrivals)> {
    let (mut items, mut places) = (Vec::new(), Vec::new());
    while items.len() < BATCH_DOCUMENTS.value && arrivals.ending.is_none() {
        let arrived = match arrivals.rest.take() {
            Some(rest) => Some(Incoming::Items(rest)),
            None if items.is_empty() => arrivals.queue.recv().await,
            None => arrivals.queue.try_recv().ok(),
        };
        match arrived {
            Some(Incoming::Items(mut queued)) => {
                let wanted = BATCH_DOCUMENTS.value.saturating_sub(items.len()).min(queued.items.len());
                items.extend(queued.items.drain(..wanted));
                places.push(queued.place.clone());
                arrivals.rest = Some(queued).filter(|queued| !queued.items.is_empty());
            }
            Some(Incoming::End) => arrivals.ending = Some(Group::End),
            Some(Incoming::Broken(why)) => arrivals.ending = Some(Group::Broken(why)),
            None => break,
        }
    }
    let group = if items.is_empty() { arrivals.ending.take()? } else { Group::Items { items, places } };
    Some((group, arrivals))
}

/// What a batch is verified with, and its place among all batches.
struct Batch {
    judge: Judge,
    terms: VerifyTerms,
    shape: Shape,
    _place: Share,
}

impl Batch {
    /// Reads and verifies items together and writes their answers. `None` where that failed: then the batch must not look
    /// complete.
    async fn answer(&self, raw: Vec<Raw>) -> Option<Outgoing> {
        metrics::record_batch(raw.len());
        let answers = self.judge.answers(Arc::new(self.items(raw).await)).await;
        let items = u64::try_from(answers.len()).unwrap_or(u64::MAX);
        let (shape, terms) = (self.shape, self.terms);
        let write = move || shape.write(&answers, terms);
        let octets =
            if shape.is_quick() { write() } else { self.judge.state.workers().run_in_turn(write).await.ok()? };
        Some(Outgoing::Answers { octets, items })
    }

    /// Lines are taken apart where there is a processor for it.
    async fn items(&self, raw: Vec<Raw>) -> Vec<BatchItem> {
        if !raw.iter().any(|one| matches!(one, Raw::Line { .. })) {
            return raw.into_iter().map(Raw::item).collect();
        }
        let numbers: Vec<u64> = raw.iter().map(Raw::number).collect();
        let read = self.judge.state.workers().run_in_turn(move || raw.into_iter().map(Raw::item).collect());
        let failed = |_| numbers.into_iter().map(|number| BatchItem::unread(number, ItemError::Internal)).collect();
        read.await.unwrap_or_else(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrived(numbers: std::ops::RangeInclusive<u64>) -> Incoming {
        let items = numbers.map(|number| Raw::Refused { number, why: ItemError::Overloaded }).collect();
        Incoming::Items(Queued { items, place: None })
    }

    #[tokio::test]
    async fn groups_take_what_has_arrived_up_to_their_size_in_its_order_and_the_end_behind_it() {
        let (sender, queue) = mpsc::channel(8);
        for incoming in [arrived(1..=10), arrived(11..=600), Incoming::End] {
            assert!(sender.send(incoming).await.is_ok());
        }
        let mut arrivals = Arrivals { queue, rest: None, ending: None };
        let mut groups = Vec::new();
        while let Some((group, rest)) = next_group(arrivals).await {
            arrivals = rest;
            match group {
                Group::Items { items, places } => {
                    groups.push((items.iter().map(Raw::number).collect::<Vec<_>>(), places.len()));
                }
                Group::End => break,
                Group::Broken(why) => panic!("{why:?}"),
            }
        }
        let expected = [((1..=256).collect(), 2), ((257..=512).collect(), 1), ((513..=600).collect(), 1)];
        assert_eq!(groups, expected);
    }

    #[tokio::test]
    async fn one_item_does_not_wait_for_a_second() {
        let (sender, queue) = mpsc::channel(8);
        assert!(sender.send(arrived(1..=1)).await.is_ok());
        let (group, arrivals) = next_group(Arrivals { queue, rest: None, ending: None }).await.unwrap();
        assert!(matches!(group, Group::Items { items, .. } if items.len() == 1));
        drop(sender);
        assert!(next_group(arrivals).await.is_none());
    }
}
