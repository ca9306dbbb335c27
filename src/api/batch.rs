//! `POST /v1/verify/batch`: NDJSON in, NDJSON out, in order, as reached.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt as _, stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::auth::MayVerify;
use super::body::media_type;
use super::complete::complete;
use super::error::{ApiError, Problem};
use super::lines::{Line, LineSplitter};
use super::metrics;
use super::query::{VerifyQuery, VerifyTerms};
use super::schema::{AnswerLine, BatchLine};
use super::state::ApiState;
use crate::limits::{API_BATCH_QUEUE_BYTES_MAX, API_BODY_SECONDS_MAX, BATCH_DOCUMENTS};
use crate::service::{BatchAnswer, BatchItem, ItemError, Online, Verifier};

const NDJSON: &str = "application/x-ndjson";

/// Verify many documents
///
/// One item a line, one answer a line, in their order, written as they are reached. A broken line is answered with its
/// error and the rest goes on. Whoever does not read the answers is not read from either: read while you write.
#[utoipa::path(
    post, path = "/v1/verify/batch", tag = "verify", params(VerifyQuery), security((), ("key" = [])),
    request_body(content = BatchLine, content_type = "application/x-ndjson", description = "One item a line"),
    responses(
        (status = 200, description = "One answer a line", body = AnswerLine, content_type = "application/x-ndjson"),
        (status = 400, description = "The request does not read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "A key is needed, or the one sent is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/x-ndjson", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`online` on a node that stays offline", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too many batches at a time, or no trust snapshot", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn verify_batch(
    State(state): State<ApiState>,
    _: MayVerify,
    terms: VerifyTerms,
    request: Request,
) -> Result<Response, ApiError> {
    if ![NDJSON, "application/ndjson", "application/jsonl"].contains(&media_type(request.headers()).as_str()) {
        return Err(ApiError::MediaType);
    }
    let verifier = state.verifier()?;
    let online = terms.online.then(|| state.online()).transpose()?;
    let place = Arc::clone(state.batches()).try_acquire_owned().map_err(|_| ApiError::Overloaded)?;
    let (to_verify, items) = mpsc::channel(BATCH_DOCUMENTS.value);
    let (to_client, answers) = mpsc::channel(ANSWERS_AHEAD);
    let splitter = LineSplitter::new(state.room().clone());
    tokio::spawn(read_items(request.into_body(), splitter, to_verify));
    tokio::spawn(answer_items(Batch { state, verifier, online, terms, _place: place }, items, to_client));
    let body = Body::from_stream(stream::unfold(Some(answers), next_octets));
    Ok(([(header::CONTENT_TYPE, NDJSON)], body).into_response())
}

/// Chunks of answers that wait for a client who reads slowly.
const ANSWERS_AHEAD: usize = 2;

/// An item that was read, and the place its line takes in the queue.
struct Queued {
    item: BatchItem,
    place: Option<OwnedSemaphorePermit>,
}

/// What goes to the client.
enum Outgoing {
    Answers(Bytes),
    /// Everything was answered. A stream that ends without it was given up, and must not look complete.
    End,
}

/// What goes to the queue.
enum Incoming {
    Item(Queued),
    /// The whole body was read.
    End,
}

/// The batch was given up: its client neither sent nor read anything for too long, or broke off.
#[derive(Debug, thiserror::Error)]
#[error("the batch was given up")]
struct GivenUp;

async fn next_octets(
    answers: Option<mpsc::Receiver<Outgoing>>,
) -> Option<(Result<Bytes, GivenUp>, Option<mpsc::Receiver<Outgoing>>)> {
    let mut answers = answers?;
    match answers.recv().await {
        Some(Outgoing::Answers(octets)) => Some((Ok(octets), Some(answers))),
        Some(Outgoing::End) => None,
        None => Some((Err(GivenUp), None)),
    }
}

/// Waits for a client, but not for ever: it holds a place and memory that others need.
async fn patiently<T>(waiting: impl Future<Output = T>) -> Option<T> {
    let seconds = u64::try_from(API_BODY_SECONDS_MAX.value).unwrap_or(u64::MAX);
    tokio::time::timeout(Duration::from_secs(seconds), waiting).await.ok()
}

/// Reads the body into the queue, and waits whenever the queue is full. Ends with the body, or when nobody verifies any
/// more; a body that breaks off or goes silent ends the batch.
async fn read_items(body: Body, mut splitter: LineSplitter, to_verify: mpsc::Sender<Incoming>) {
    let queue = Arc::new(Semaphore::new(API_BATCH_QUEUE_BYTES_MAX.value));
    let mut chunks = body.into_data_stream();
    loop {
        let lines = match patiently(chunks.next()).await {
            Some(Some(Ok(chunk))) => splitter.push(&chunk),
            Some(None) => break,
            Some(Some(Err(_))) | None => return,
        };
        for line in lines {
            if to_verify.send(Incoming::Item(queued(line, &queue).await)).await.is_err() {
                return;
            }
        }
    }
    if let Some(line) = splitter.finish() {
        // Where nobody verifies any more there is nobody to tell; the same below.
        let _ = to_verify.send(Incoming::Item(queued(line, &queue).await)).await;
    }
    let _ = to_verify.send(Incoming::End).await;
}

/// Answers what has arrived, up to `BATCH_DOCUMENTS` together, until the end of the body or of the client's patience.
async fn answer_items(batch: Batch, mut items: mpsc::Receiver<Incoming>, to_client: mpsc::Sender<Outgoing>) {
    let mut complete = false;
    let mut arrived = Vec::new();
    while !complete && items.recv_many(&mut arrived, BATCH_DOCUMENTS.value).await > 0 {
        let mut queued = Vec::new();
        for one in arrived.drain(..) {
            match one {
                Incoming::Item(item) => queued.push(item),
                Incoming::End => complete = true,
            }
        }
        if !queued.is_empty() {
            let octets = batch.answer(queued).await;
            if !matches!(patiently(to_client.send(Outgoing::Answers(octets))).await, Some(Ok(()))) {
                return;
            }
        }
    }
    if complete {
        let _ = patiently(to_client.send(Outgoing::End)).await;
    }
}

async fn queued(line: Line, queue: &Arc<Semaphore>) -> Queued {
    let held = match line.octets {
        Ok(held) => held,
        Err(why) => return Queued { item: BatchItem::unread(line.number, why), place: None },
    };
    // A line longer than the queue goes through alone.
    let size = held.octets.len().min(API_BATCH_QUEUE_BYTES_MAX.value);
    let place = Arc::clone(queue).acquire_many_owned(u32::try_from(size).unwrap_or(u32::MAX)).await;
    Queued { item: BatchItem::parse(&held.octets, line.number), place: place.ok() }
}

/// What a batch is verified with, and its place among all batches.
struct Batch {
    state: ApiState,
    verifier: Arc<Verifier>,
    online: Option<Arc<Online>>,
    terms: VerifyTerms,
    _place: OwnedSemaphorePermit,
}

impl Batch {
    /// Verifies items together and writes their lines; their places in the queue are free afterwards.
    async fn answer(&self, queued: Vec<Queued>) -> Bytes {
        metrics::record_batch(queued.len());
        let (items, _places): (Vec<BatchItem>, Vec<_>) = queued.into_iter().map(|q| (q.item, q.place)).unzip();
        let mut octets = Vec::new();
        for answer in self.answers(&Arc::new(items)).await {
            if let Ok(answer) = &answer.result {
                metrics::count_answer(answer);
            }
            octets.extend_from_slice(answer.line(self.terms.language).as_bytes());
            octets.push(b'\n');
        }
        octets.into()
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
        complete(&self.state, answers.ok()?, |answer| answer.result.as_mut().ok(), self.terms.at).await.ok()
    }
}
