//! What judges jobs in a node: a stretch of each in turn, among the requests of the moment.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::error::ApiError;
use super::judge::Judge;
use super::metrics;
use super::state::ApiState;
use crate::service::{Jobs, Verifier};
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
    // No other stretch is judged meanwhile: all cores are for this one.
    let cores = verifier.cores();
    let judge = Judge { state: state.clone(), verifier, at: job.validated_at, online: None, cores };
    let judged = jobs.judge(job, |items| judge.answers(Arc::new(items))).await?;
    let before = usize::try_from(job.items.saturating_sub(job.judged)).unwrap_or(usize::MAX);
    if judged > 0 && judged == before {
        metrics::count_job(JobState::Done.name());
    }
    Ok(())
}
