//! What judges jobs in a node: a stretch of each in turn, among the requests of the moment.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::complete::{Judged, complete};
use super::error::ApiError;
use super::metrics;
use super::state::ApiState;
use crate::service::{BatchAnswer, BatchItem, ItemError, Jobs, Verifier};
use crate::store::{JobRow, JobState};

/// Between two looks at the store where nobody rings: another node may have taken a job and gone away.
const PAUSE: Duration = Duration::from_secs(30);

/// Judges what waits, now and whenever a job comes, and removes what was kept long enough. Ends with the process.
pub(super) async fn judge_jobs_without_end(state: ApiState) {
    loop {
        let judged = judge_waiting_jobs(&state).await;
        let swept = match state.jobs() {
            Ok(jobs) => jobs.sweep().await.map_err(ApiError::from),
            // A node without a store keeps no jobs.
            Err(_) => return,
        };
        if let Err(error) = judged.and(swept) {
            tracing::warn!(cause = ?error, "jobs are not judged at the moment");
        }
        let _ = tokio::time::timeout(PAUSE, state.job_bell().notified()).await;
    }
}

/// Judges jobs until none waits, a stretch of each in turn, so that a long one does not hold up a short one.
pub async fn judge_waiting_jobs(state: &ApiState) -> Result<(), ApiError> {
    let jobs = state.jobs()?;
    // Those of snapshots that are not in use any more.
    let mut verifiers: HashMap<String, Arc<Verifier>> = HashMap::new();
    let mut present = state.held()?;
    loop {
        let waiting = jobs.waiting().await?;
        if waiting.is_empty() {
            return Ok(());
        }
        verifiers.retain(|digest, _| waiting.iter().any(|job| job.trust_snapshot == *digest));
        for job in waiting {
            // New evidence at the node counts from the next stretch on, for whatever snapshot a job is judged under.
            let held = state.held()?;
            if !Arc::ptr_eq(&held, &present) {
                verifiers.clear();
                present = held;
            }
            let verifier = match verifiers.get(&job.trust_snapshot) {
                Some(verifier) => Arc::clone(verifier),
                None => match jobs.verifier_of(&job, &present).await? {
                    Some(verifier) => {
                        verifiers.insert(job.trust_snapshot.clone(), Arc::clone(&verifier));
                        verifier
                    }
                    None => {
                        metrics::count_job(JobState::Halted.name());
                        continue;
                    }
                },
            };
            judge_stretch(state, &jobs, (&job, verifier)).await?;
        }
    }
}

async fn judge_stretch(
    state: &ApiState,
    jobs: &Jobs,
    (job, verifier): (&JobRow, Arc<Verifier>),
) -> Result<(), ApiError> {
    let judged = jobs.judge(job, |items| answers(state, (job, verifier), Arc::new(items))).await?;
    let before = usize::try_from(job.items.saturating_sub(job.judged)).unwrap_or(usize::MAX);
    if judged > 0 && judged == before {
        metrics::count_job(JobState::Done.name());
    }
    Ok(())
}

/// Should judging them together end in a panic, they are judged one by one, so that only the one that causes it goes without a
/// verdict.
async fn answers(
    state: &ApiState,
    (job, verifier): (&JobRow, Arc<Verifier>),
    items: Arc<Vec<BatchItem>>,
) -> Vec<BatchAnswer> {
    let together = verify(state, (job, &verifier), Arc::clone(&items)).await;
    let answers = match together {
        Some(answers) => answers,
        None => {
            let mut answers = Vec::with_capacity(items.len());
            for item in items.iter() {
                let alone = verify(state, (job, &verifier), Arc::new(vec![item.clone()])).await;
                let failed = || BatchAnswer { id: item.id.clone(), result: Err(ItemError::Internal) };
                answers.push(alone.and_then(|mut all| all.pop()).unwrap_or_else(failed));
            }
            answers
        }
    };
    for answer in answers.iter().filter_map(|answer| answer.result.as_ref().ok()) {
        metrics::count_answer(answer);
    }
    answers
}

async fn verify(
    state: &ApiState,
    (job, verifier): (&JobRow, &Arc<Verifier>),
    items: Arc<Vec<BatchItem>>,
) -> Option<Vec<BatchAnswer>> {
    let at = job.validated_at;
    let (judge, held) = (Arc::clone(verifier), Arc::clone(&items));
    let work = move || {
        let timer = metrics::VerifyTimer::start();
        let answers = judge.verify_batch(&items, at);
        timer.stop(items.len());
        answers
    };
    let answers = state.workers().run_in_turn(work).await.ok()?;
    complete(state, Judged::items(answers, held), (Arc::clone(verifier), at)).await.ok()
}
