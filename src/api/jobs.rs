//! `/v1/jobs`: batches that outlast a connection: sent once, judged in turn, fetched when it suits.

use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use utoipa::{IntoParams, ToSchema};

use super::auth::MayVerify;
use super::batch::input::{BrokenStream, Framing, Incoming, Raw, idle, read_items};
use super::body::media_type;
use super::error::{ApiError, Problem};
use super::metrics;
use super::path::Path;
use super::query::{VerifyQuery, VerifyTerms, parse_query};
use super::schema::{AnswerLine, BatchLine};
use super::shares::Client;
use super::state::ApiState;
use crate::crypto::SystemEntropy;
use crate::limits::{BATCH_DOCUMENTS, JOB_KEPT_SECONDS_MAX, JOB_UPLOAD_SECONDS_MAX};
use crate::service::{JobError, JobIntake, JobTerms, Jobs};
use crate::store::{JobResult, JobRow};
use crate::time::Timestamp;

const NDJSON: &str = "application/x-ndjson";

/// A job.
#[derive(Serialize, ToSchema)]
pub(super) struct JobJson {
    /// Its name.
    job_id: String,
    /// `receiving`, `waiting`, `done`, or `halted` where its trust snapshot is gone.
    state: &'static str,
    /// The trust snapshot that all items are judged under.
    trust_snapshot: String,
    /// The time that all items are judged for.
    #[schema(value_type = String, format = DateTime)]
    validated_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// From then on it is not kept any more; null until it has ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    kept_until: Option<Timestamp>,
    /// Items received.
    items: u64,
    /// Items judged: so many results are there to fetch.
    judged: u64,
    /// What they came to.
    counts: JobCountsJson,
}

/// What the items of a job came to.
#[derive(Serialize, ToSchema)]
pub(super) struct JobCountsJson {
    #[serde(rename = "TOTAL_PASSED")]
    passed: u64,
    #[serde(rename = "TOTAL_FAILED")]
    failed: u64,
    #[serde(rename = "INDETERMINATE")]
    indeterminate: u64,
    /// Items without a verdict: the line or the document does not read.
    unreadable: u64,
}

/// Where to go on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ResultsQuery {
    /// Results that are known already and left out: the number of lines read so far.
    #[param(example = 0)]
    offset: Option<u64>,
}

impl FromRequestParts<ApiState> for ResultsQuery {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, ApiError> {
        parse_query(parts)
    }
}

/// Leave a batch to be judged
///
/// The body is that of `/v1/verify/batch`, as NDJSON. The answer comes once all of it is on disk: from then on the job is judged
/// whatever happens to the connection or the node, under the snapshot and for the time that the answer tells.
#[utoipa::path(
    post, path = "/v1/jobs", tag = "verify", params(VerifyQuery), security(("key" = [])),
    request_body(description = "One item a line", content((BatchLine = "application/x-ndjson"))),
    responses(
        (status = 202, description = "It is kept, and waits", body = JobJson),
        (status = 400, description = "The request does not read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No key, or one that is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too many items or octets", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/x-ndjson", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "The key has its share of jobs", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "No room for more jobs, no store, or no trust snapshot", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn submit_job(
    State(state): State<ApiState>,
    MayVerify(client): MayVerify,
    terms: VerifyTerms,
    request: Request,
) -> Result<Response, ApiError> {
    let owner = owner(&client)?;
    if Framing::of(&media_type(request.headers())) != Some(Framing::Lines) {
        return Err(ApiError::MediaType);
    }
    if terms.online {
        return Err(ApiError::Query { detail: "a job is judged with what the node has, not `online`".to_owned() });
    }
    let verifier = state.verifier()?;
    let place = state.batches().take(client)?;
    let jobs = state.jobs()?;
    let terms = JobTerms { owner, validated_at: terms.at, language: terms.language, explained: terms.explain };
    let intake = jobs.begin(terms, &verifier, &mut SystemEntropy).await?;
    let receiving = receive(state.clone(), (jobs, intake), request.into_body());
    // A task of its own: where the client goes away, what came is still removed.
    let task = tokio::spawn(async move {
        let received = receiving.await;
        drop(place);
        received
    });
    let job = task.await.map_err(|_| ApiError::Internal)??;
    metrics::count_job("taken");
    state.job_bell().notify_one();
    let location = format!("/v1/jobs/{}", job.job_id);
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(told(&job))).into_response())
}

/// Tell how far a job is
#[utoipa::path(
    get, path = "/v1/jobs/{job_id}", tag = "verify", security(("key" = [])), params(("job_id" = String, Path)),
    responses(
        (status = 200, description = "The job", body = JobJson),
        (status = 401, description = "No key, or one that is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The key has no such job", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn job(
    State(state): State<ApiState>,
    MayVerify(client): MayVerify,
    Path(job_id): Path<String>,
) -> Result<Json<JobJson>, ApiError> {
    Ok(Json(told(&state.jobs()?.job(&job_id, &owner(&client)?).await?)))
}

/// Fetch the results of a job
///
/// One answer a line, in the order of the items, as far as they are judged. Where the job is not done, or the connection broke
/// off, ask again with the number of whole lines read as `offset`.
#[utoipa::path(
    get, path = "/v1/jobs/{job_id}/results", tag = "verify", security(("key" = [])),
    params(("job_id" = String, Path), ResultsQuery),
    responses(
        (status = 200, description = "One answer a line", content((AnswerLine = "application/x-ndjson"))),
        (status = 400, description = "The query does not read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No key, or one that is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The key has no such job", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn job_results(
    State(state): State<ApiState>,
    MayVerify(client): MayVerify,
    Path(job_id): Path<String>,
    query: ResultsQuery,
) -> Result<Response, ApiError> {
    let jobs = state.jobs()?;
    let job = jobs.job(&job_id, &owner(&client)?).await?;
    let pages = stream::unfold(Some((jobs, job, query.offset.unwrap_or(0))), next_page);
    Ok(([(header::CONTENT_TYPE, NDJSON)], Body::from_stream(pages)).into_response())
}

/// Remove a job with its results, judged or not
#[utoipa::path(
    delete, path = "/v1/jobs/{job_id}", tag = "verify", security(("key" = [])), params(("job_id" = String, Path)),
    responses(
        (status = 204, description = "It is gone"),
        (status = 401, description = "No key, or one that is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The key has no such job", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn remove_job(
    State(state): State<ApiState>,
    MayVerify(client): MayVerify,
    Path(job_id): Path<String>,
) -> Result<StatusCode, ApiError> {
    state.jobs()?.remove(&job_id, &owner(&client)?).await?;
    metrics::count_job("removed");
    Ok(StatusCode::NO_CONTENT)
}

/// Jobs belong to keys, also on a node where anybody may verify.
fn owner(client: &Client) -> Result<String, ApiError> {
    match client {
        Client::Key(id) => Ok(id.clone()),
        Client::Address(_) => Err(ApiError::KeyMissing),
    }
}

/// Keeps the lines of a body. What did not arrive whole is no job.
async fn receive(state: ApiState, (jobs, mut intake): (Jobs, JobIntake), body: Body) -> Result<JobRow, ApiError> {
    let (to_keep, lines) = mpsc::channel(BATCH_DOCUMENTS.value);
    tokio::spawn(read_items(body, (Framing::Lines.reader(state.room()), idle()), to_keep));
    let time = Duration::from_secs(u64::try_from(JOB_UPLOAD_SECONDS_MAX.value).unwrap_or(u64::MAX));
    let kept = tokio::time::timeout(time, keep(&mut intake, lines)).await.unwrap_or(Err(ApiError::BodyLate));
    let (id, owner) = (intake.job().job_id.clone(), intake.job().owner.clone());
    let ended = match kept {
        Ok(()) => intake.finish().await.map_err(ApiError::from),
        Err(error) => Err(error),
    };
    if ended.is_err() {
        // Should this fail too, sweeping removes it.
        let _ = jobs.remove(&id, &owner).await;
    }
    ended
}

async fn keep(intake: &mut JobIntake, mut lines: mpsc::Receiver<Incoming>) -> Result<(), ApiError> {
    loop {
        match lines.recv().await {
            Some(Incoming::Items(queued)) => {
                for line in queued.items {
                    match line {
                        Raw::Line { number, octets } => intake.push_line(number, octets).await?,
                        Raw::Refused { number, why } => intake.push_refused(number, why).await?,
                        // Frames, which no job is made of.
                        Raw::Item(_) => return Err(ApiError::MediaType),
                    }
                }
            }
            Some(Incoming::End) => return Ok(()),
            Some(Incoming::Broken(BrokenStream::Idle)) => return Err(ApiError::BatchIdle),
            Some(Incoming::Broken(BrokenStream::Frames(error))) => return Err(ApiError::Frames(error)),
            None => return Err(ApiError::BodyBroken),
        }
    }
}

type Pages = Option<(Jobs, JobRow, u64)>;

/// The next results, as octets; a store that is away breaks the body off, and the client goes on from where it was.
async fn next_page(pages: Pages) -> Option<(Result<Bytes, JobError>, Pages)> {
    let (jobs, job, offset) = pages?;
    match jobs.results(&job, offset).await {
        Ok(results) => {
            let offset = results.last()?.sequence;
            Some((Ok(lines(&results)), Some((jobs, job, offset))))
        }
        Err(error) => Some((Err(error), None)),
    }
}

fn lines(results: &[JobResult]) -> Bytes {
    let mut octets = Vec::with_capacity(results.iter().map(|result| result.line.len().saturating_add(1)).sum());
    for result in results {
        octets.extend_from_slice(&result.line);
        octets.push(b'\n');
    }
    octets.into()
}

fn told(job: &JobRow) -> JobJson {
    let kept = i64::try_from(JOB_KEPT_SECONDS_MAX.value).unwrap_or(i64::MAX);
    JobJson {
        job_id: job.job_id.clone(),
        state: job.state.name(),
        trust_snapshot: job.trust_snapshot.clone(),
        validated_at: job.validated_at,
        created_at: job.created_at,
        ended_at: job.ended_at,
        kept_until: job.ended_at.map(|at| at.plus_seconds(kept)),
        items: job.items,
        judged: job.judged,
        counts: JobCountsJson {
            passed: job.tally.passed,
            failed: job.tally.failed,
            indeterminate: job.tally.indeterminate,
            unreadable: job.tally.unreadable,
        },
    }
}
