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
use tokio::sync::mpsc;

use super::auth::MayVerify;
use super::body::media_type;
use super::complete::{Judged, complete};
use super::error::{ApiError, Problem};
use super::metrics;
use super::query::{VerifyQuery, VerifyTerms};
use super::schema::{AnswerLine, BatchLine};
use super::shares::Share;
use super::state::ApiState;
use crate::limits::BATCH_DOCUMENTS;
use crate::service::{BatchAnswer, BatchItem, ItemError, Online, Verifier};
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
    let online = terms.online.then(|| state.online()).transpose()?;
    let place = state.batches().take(client)?;
    let (to_verify, items) = mpsc::channel(BATCH_DOCUMENTS.value);
    let (to_client, answers) = mpsc::channel(ANSWERS_AHEAD);
    tokio::spawn(read_items(request.into_body(), (framing.reader(state.room()), idle()), to_verify));
    tokio::spawn(answer_items(Batch { state, verifier, online, terms, shape, _place: place }, items, to_client));
    let body = Body::from_stream(stream::unfold(Some(answers), next_octets));
    Ok(([(header::CONTENT_TYPE, shape.media_type())], body).into_response())
}

/// Chunks of answers that wait for a client who reads slowly.
const ANSWERS_AHEAD: usize = 2;

/// A group of items that are answered together, or how the input ended.
enum Group {
    Items(Vec<Queued>),
    End,
    Broken(BrokenStream),
}

/// Answers what has arrived, up to `BATCH_DOCUMENTS` together and as many groups at a time as there are processors, until
/// the end of the body or of the client's patience.
async fn answer_items(batch: Batch, items: mpsc::Receiver<Incoming>, to_client: mpsc::Sender<Outgoing>) {
    let batch = Arc::new(batch);
    let groups = stream::unfold((items, Vec::new()), next_group).map(|group| {
        let batch = Arc::clone(&batch);
        async move {
            match group {
                Group::Items(items) => batch.answer(items).await,
                Group::End => Some(Outgoing::Complete),
                Group::Broken(why) => Some(Outgoing::Broken(why)),
            }
        }
    });
    let mut answers = std::pin::pin!(groups.buffered(batch.state.processors()));
    if let Some(head) = batch.shape.head(&batch.verifier) {
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

/// Takes what has arrived, at least one item; an end behind items waits for its turn.
async fn next_group(
    (mut items, mut waiting): (mpsc::Receiver<Incoming>, Vec<Incoming>),
) -> Option<(Group, (mpsc::Receiver<Incoming>, Vec<Incoming>))> {
    if waiting.is_empty() && items.recv_many(&mut waiting, BATCH_DOCUMENTS.value).await == 0 {
        return None;
    }
    let mut group = Vec::new();
    let mut rest = waiting.into_iter();
    let mut ending = None;
    for one in rest.by_ref() {
        match one {
            Incoming::Item(item) => group.push(item),
            end => {
                ending = Some(end);
                break;
            }
        }
    }
    match (group.is_empty(), ending) {
        (true, None) => None,
        (true, Some(Incoming::Broken(why))) => Some((Group::Broken(why), (items, Vec::new()))),
        (true, Some(_)) => Some((Group::End, (items, Vec::new()))),
        (false, ending) => Some((Group::Items(group), (items, ending.into_iter().collect()))),
    }
}

/// What a batch is verified with, and its place among all batches.
struct Batch {
    state: ApiState,
    verifier: Arc<Verifier>,
    online: Option<Arc<Online>>,
    terms: VerifyTerms,
    shape: Shape,
    _place: Share,
}

impl Batch {
    /// Reads and verifies items together and writes their answers; their places in the queue are free afterwards. `None`
    /// where that failed: then the batch must not look complete.
    async fn answer(&self, queued: Vec<Queued>) -> Option<Outgoing> {
        metrics::record_batch(queued.len());
        let (raw, _places): (Vec<Raw>, Vec<_>) = queued.into_iter().map(|q| (q.raw, q.place)).unzip();
        let answers = self.answers(&Arc::new(self.items(raw).await)).await;
        for answer in answers.iter().filter_map(|answer| answer.result.as_ref().ok()) {
            metrics::count_answer(answer);
        }
        let items = u64::try_from(answers.len()).unwrap_or(u64::MAX);
        let (shape, terms) = (self.shape, self.terms);
        let write = move || shape.write(&answers, terms);
        let octets = if shape.is_quick() { write() } else { self.state.workers().run_in_turn(write).await.ok()? };
        Some(Outgoing::Answers { octets, items })
    }

    /// Lines are taken apart where there is a processor for it.
    async fn items(&self, raw: Vec<Raw>) -> Vec<BatchItem> {
        if !raw.iter().any(|one| matches!(one, Raw::Line { .. })) {
            return raw.into_iter().map(Raw::item).collect();
        }
        let numbers: Vec<u64> = raw.iter().map(Raw::number).collect();
        let read = self.state.workers().run_in_turn(move || raw.into_iter().map(Raw::item).collect());
        let failed = |_| numbers.into_iter().map(|number| BatchItem::unread(number, ItemError::Internal)).collect();
        read.await.unwrap_or_else(failed)
    }

    /// Should verifying them together end in a panic, they are verified one by one, so that only the one that causes it
    /// goes without a verdict.
    async fn answers(&self, items: &Arc<Vec<BatchItem>>) -> Vec<BatchAnswer> {
        if let Some(answers) = self.verify(Arc::clone(items)).await {
            return answers;
        }
        let mut answers = Vec::with_capacity(items.len());
        for item in items.iter() {
            let alone = self.verify(Arc::new(vec![item.clone()])).await.and_then(|mut all| all.pop());
            let failed = || BatchAnswer { id: item.id.clone(), result: Err(ItemError::Internal) };
            answers.push(alone.unwrap_or_else(failed));
        }
        answers
    }

    async fn verify(&self, items: Arc<Vec<BatchItem>>) -> Option<Vec<BatchAnswer>> {
        let judge = |verifier: Arc<Verifier>, at| {
            let (items, state) = (Arc::clone(&items), self.state.clone());
            let job = move || {
                let timer = metrics::VerifyTimer::start();
                let answers = verifier.verify_batch(&items, at);
                timer.stop(items.len());
                answers
            };
            async move { state.workers().run_in_turn(job).await }
        };
        let answers = match &self.online {
            Some(online) => {
                let terms = (&self.verifier, self.terms.moment);
                online.settle(terms, |answer| answer.result.as_mut().ok(), judge).await
            }
            None => judge(Arc::clone(&self.verifier), self.terms.at).await,
        };
        let judged = Judged::items(answers.ok()?, items);
        complete(&self.state, judged, (Arc::clone(&self.verifier), self.terms.at)).await.ok()
    }
}
