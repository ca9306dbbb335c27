//! What judges jobs in a node: a stretch of each in turn, among the requests of the moment.

use std::collections::{HashMap, HashSet};
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
        let round = state.clone();
        // In a task of its own: a panic of ours ends a round, and not the judging.
        match tokio::spawn(async move { judge_round(&round).await }).await {
            Ok(Keeping::Jobs) => {}
            Ok(Keeping::Nothing) => return,
            Err(cause) => tracing::error!(%cause, "a round of jobs ended in a panic"),
        }
        let _ = tokio::time::timeout(PAUSE, state.job_bell().notified()).await;
    }
}

/// Whether a node keeps jobs: one without a store does not.
enum Keeping {
    Jobs,
    Nothing,
}

async fn judge_round(state: &ApiState) -> Keeping {
    let judged = judge_waiting_jobs(state).await;
    let Ok(jobs) = state.jobs() else { return Keeping::Nothing };
    let swept = jobs.sweep().await.map_err(ApiError::from);
    if let Err(error) = judged.and(swept) {
        tracing::warn!(cause = ?error, "jobs are not judged at the moment");
    }
    Keeping::Jobs
}

/// Judges jobs until none waits, a stretch of each in turn, so that a long one does not hold up a short one.
///
/// *Errors*: the first; a job that cannot be judged at the moment holds up no other.
pub async fn judge_waiting_jobs(state: &ApiState) -> Result<(), ApiError> {
    let mut round = Round { state, jobs: state.jobs()?, verifiers: HashMap::new(), present: state.held()? };
    let (mut stuck, mut failed) = (HashSet::new(), Ok(()));
    loop {
        let mut waiting = round.jobs.waiting().await?;
        waiting.retain(|job| !stuck.contains(&job.job_id));
        if waiting.is_empty() {
            return failed;
        }
        round.verifiers.retain(|digest, _| waiting.iter().any(|job| job.trust_snapshot == *digest));
        for job in waiting {
            if let Err(error) = round.advance(&job).await {
                tracing::warn!(job = job.job_id, cause = ?error, "a job is not judged at the moment");
                stuck.insert(job.job_id);
                failed = failed.and(Err(error));
            }
        }
    }
}

struct Round<'a> {
    state: &'a ApiState,
    jobs: Jobs,
    /// Those of snapshots that are not in use any more.
    verifiers: HashMap<String, Arc<Verifier>>,
    present: Arc<Verifier>,
}

impl Round<'_> {
    /// Judges the next stretch of a job.
    async fn advance(&mut self, job: &JobRow) -> Result<(), ApiError> {
        // New evidence at the node counts from the next stretch on, for whatever snapshot a job is judged under.
        let held = self.state.held()?;
        if !Arc::ptr_eq(&held, &self.present) {
            self.verifiers.clear();
            self.present = held;
        }
        let verifier = match self.verifiers.get(&job.trust_snapshot) {
            Some(verifier) => Arc::clone(verifier),
            None => match self.jobs.verifier_of(job, &self.present).await? {
                Some(verifier) => {
                    self.verifiers.insert(job.trust_snapshot.clone(), Arc::clone(&verifier));
                    verifier
                }
                None => {
                    metrics::count_job(JobState::Halted.name());
                    return Ok(());
                }
            },
        };
        judge_stretch(self.state, &self.jobs, (job, verifier)).await
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
