//! Jobs: batches that outlast a connection. Lines are kept as they come, judged in turn under the terms they came with, and their
//! answers kept until they are fetched.

mod room;

use std::sync::Arc;

use self::room::{Bounds, Spare};
use super::{BatchAnswer, BatchItem, ItemError, Trust, Verifier};
use crate::crypto::{Entropy, EntropyError};
use crate::limits::{
    JOB_BYTES_MAX, JOB_CHUNK_BYTES, JOB_ITEMS_MAX, JOB_KEPT_SECONDS_MAX, JOB_UPLOAD_SECONDS_MAX, Limit, LimitExceeded,
};
use crate::store::{JobItem, JobResult, JobRow, JobState, JobTally, Store, StoreError};
use crate::time::{Clock, Timestamp};
use crate::trust::TrustSnapshot;
use crate::validation::{Indication, Language};

/// The jobs of a node.
#[derive(Clone, Debug)]
pub struct Jobs {
    store: Store,
    clock: Clock,
    bounds: Bounds,
}

/// What a job is asked to be judged with; the snapshot is the one in use when it comes.
#[derive(Clone, Debug)]
pub struct JobTerms {
    /// The id of the API key that asks.
    pub owner: String,
    /// The time that all lines are judged for.
    pub validated_at: Timestamp,
    /// Language of sentences.
    pub language: Language,
    /// Whether the checks are told.
    pub explained: bool,
}

/// A job was not taken, found or judged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JobError {
    /// The key has none of this name.
    #[error("there is no job `{id}`")]
    NotFound {
        /// The name asked for.
        id: String,
    },
    /// The key has its share.
    #[error("the jobs of this key have their share of the node: {} {} ({})", .0.value, .0.unit, .0.name)]
    KeyFull(&'static Limit),
    /// The node keeps as much as it can.
    #[error("the jobs of this node take all they may: {} {} ({})", .0.value, .0.unit, .0.name)]
    NodeFull(&'static Limit),
    /// There is nothing to judge.
    #[error("the job has no lines")]
    Empty,
    /// The job is too large.
    #[error("the job has {0}")]
    Limit(#[from] LimitExceeded),
    /// The store did not do what it was asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No randomness to name the job with.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

impl Jobs {
    /// Puts the jobs of a store to work.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock, bounds: Bounds::default() }
    }

    /// Begins a job that is to be judged under the snapshot of this verifier.
    ///
    /// *Errors*: `KeyFull`, `NodeFull`.
    pub async fn begin(
        &self,
        terms: JobTerms,
        verifier: &Verifier,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<JobIntake, JobError> {
        self.bounds.check_another(&self.store.job_load(&terms.owner).await?)?;
        let mut name = [0; 16];
        entropy.fill(&mut name)?;
        let job = JobRow {
            job_id: format!("{:032x}", u128::from_be_bytes(name)),
            owner: terms.owner,
            state: JobState::Receiving,
            trust_snapshot: verifier.trust().digest.clone(),
            validated_at: terms.validated_at,
            language: terms.language.code().to_owned(),
            explained: terms.explained,
            created_at: self.clock.now(),
            ended_at: None,
            items: 0,
            judged: 0,
            tally: JobTally::default(),
        };
        self.store.begin_job(&job, &verifier.trust().snapshot.encode()).await?;
        Ok(JobIntake { jobs: self.clone(), job, items: 0, bytes: 0, chunk: Vec::new(), chunk_bytes: 0 })
    }

    /// Gives a job of this owner; another's is as little there as one that never was.
    pub async fn job(&self, id: &str, owner: &str) -> Result<JobRow, JobError> {
        self.store.job(id, owner).await?.ok_or_else(|| JobError::NotFound { id: id.to_owned() })
    }

    /// Gives the results of a job behind the first `offset` items, page by page, without a gap.
    pub async fn results(&self, job: &JobRow, offset: u64) -> Result<Vec<JobResult>, JobError> {
        Ok(self.store.job_results(&job.job_id, offset).await?)
    }

    /// Removes a job with its results, judged or not.
    pub async fn remove(&self, id: &str, owner: &str) -> Result<(), JobError> {
        let removed = self.store.remove_job(id, owner).await?;
        if removed { Ok(()) } else { Err(JobError::NotFound { id: id.to_owned() }) }
    }

    /// Removes what ended long ago, and what began to arrive and never did.
    pub async fn sweep(&self) -> Result<usize, JobError> {
        let before =
            |seconds: usize| self.clock.now().plus_seconds(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_neg());
        // Twice the time that arriving may take: a job that still arrives elsewhere is none of these.
        let begun = before(JOB_UPLOAD_SECONDS_MAX.value.saturating_mul(2));
        Ok(self.store.sweep_jobs(before(JOB_KEPT_SECONDS_MAX.value), begun).await?)
    }

    /// Gives the jobs that wait to be judged, the oldest first.
    pub async fn waiting(&self) -> Result<Vec<JobRow>, JobError> {
        Ok(self.store.waiting_jobs().await?)
    }

    /// What judges a job: the present verifier where it has the job's snapshot, else one with that snapshot and the evidence and
    /// policy of the present one. `None`, and the job is halted, where the snapshot is not to be had any more.
    pub async fn verifier_of(&self, job: &JobRow, present: &Arc<Verifier>) -> Result<Option<Arc<Verifier>>, JobError> {
        if present.trust().digest == job.trust_snapshot {
            return Ok(Some(Arc::clone(present)));
        }
        let content = self.store.job_snapshot(&job.trust_snapshot).await?;
        let snapshot = content.and_then(|content| TrustSnapshot::parse(&content).ok());
        let trust = snapshot.and_then(|snapshot| Trust::new(snapshot).ok());
        match trust.filter(|trust| trust.digest == job.trust_snapshot) {
            Some(trust) => {
                let (evidence, policy) = (present.evidence().clone(), present.policy().clone());
                Ok(Some(Arc::new(Verifier::new(trust, evidence, policy))))
            }
            None => {
                self.store.halt_job(&job.job_id, self.clock.now()).await?;
                Ok(None)
            }
        }
    }

    /// Judges the next lines of a job: `answer` gives one answer for each item, in their order. Should the process end anywhere
    /// in here, nothing has happened.
    ///
    /// *Gives* how many lines were judged; none where another was first, or nothing waits.
    pub async fn judge<F, A>(&self, job: &JobRow, answer: F) -> Result<usize, JobError>
    where
        F: FnOnce(Vec<BatchItem>) -> A,
        A: Future<Output = Vec<BatchAnswer>>,
    {
        let lines = Arc::new(self.store.job_items(&job.job_id).await?);
        let read = Arc::clone(&lines);
        // Taking megabytes of base64 apart is no work for a thread that others wait for.
        let items = tokio::task::spawn_blocking(move || items_of(&read)).await.unwrap_or_default();
        let mut answers = answer(items).await.into_iter();
        let mut spare = self.bounds.spare(&self.store.job_load(&job.owner).await?);
        let mut tally = JobTally::default();
        let mut results = Vec::with_capacity(lines.len());
        for item in lines.iter() {
            let line = if item.refused {
                tally.unreadable = tally.unreadable.saturating_add(1);
                item.line.clone()
            } else {
                let failed = || BatchItem::unread(item.line_number, ItemError::Internal).refusal(ItemError::Internal);
                told(job, (item, answers.next().unwrap_or_else(failed)), (&mut tally, &mut spare))
            };
            results.push(JobResult { sequence: item.sequence, line });
        }
        let recorded = self.store.record_results(&job.job_id, (&results, &tally), self.clock.now()).await?;
        Ok(if recorded { results.len() } else { 0 })
    }
}

fn items_of(lines: &[JobItem]) -> Vec<BatchItem> {
    lines.iter().filter(|line| !line.refused).map(|line| BatchItem::parse(&line.line, line.line_number)).collect()
}

/// The line of an answer, counted; where there is no room for it, of that.
fn told(job: &JobRow, (item, answer): (&JobItem, BatchAnswer), (tally, spare): (&mut JobTally, &mut Spare)) -> Vec<u8> {
    let language = Language::of_code(&job.language).unwrap_or_default();
    let line = if job.explained { answer.explained_line(language) } else { answer.line(language) }.into_bytes();
    if let Err(limit) = spare.take(item, &line) {
        tally.unreadable = tally.unreadable.saturating_add(1);
        let refusal = BatchAnswer { id: answer.id, result: Err(ItemError::AnswerNotKept(limit)) };
        return refusal.line(language).into_bytes();
    }
    let indication = answer.result.as_ref().ok().and_then(|answer| answer.result.as_ref().ok());
    let count = match indication.map(|report| report.verdict.indication) {
        Some(Indication::TotalPassed) => &mut tally.passed,
        Some(Indication::TotalFailed) => &mut tally.failed,
        Some(Indication::Indeterminate) => &mut tally.indeterminate,
        None => &mut tally.unreadable,
    };
    *count = count.saturating_add(1);
    line
}

/// A job whose lines arrive.
#[derive(Debug)]
pub struct JobIntake {
    jobs: Jobs,
    job: JobRow,
    items: usize,
    bytes: usize,
    /// Lines that are not in the store yet.
    chunk: Vec<JobItem>,
    chunk_bytes: usize,
}

impl JobIntake {
    /// The name of the job, and whose it is.
    pub fn job(&self) -> &JobRow {
        &self.job
    }

    /// Keeps the next line, which stands at `line_number` in its body, counted from 1.
    ///
    /// *Errors*: `Limit` beyond `JOB_ITEMS_MAX` or `JOB_BYTES_MAX`; `KeyFull`, `NodeFull`.
    pub async fn push_line(&mut self, line_number: u64, line: Vec<u8>) -> Result<(), JobError> {
        self.push(JobItem { sequence: 0, line_number, refused: false, line }).await
    }

    /// Keeps that the line at `line_number` could not be kept.
    pub async fn push_refused(&mut self, line_number: u64, why: ItemError) -> Result<(), JobError> {
        let language = Language::of_code(&self.job.language).unwrap_or_default();
        let line = BatchItem::unread(line_number, why).refusal(why).line(language).into_bytes();
        self.push(JobItem { sequence: 0, line_number, refused: true, line }).await
    }

    async fn push(&mut self, item: JobItem) -> Result<(), JobError> {
        self.items = self.items.saturating_add(1);
        self.bytes = self.bytes.saturating_add(item.line.len());
        JOB_ITEMS_MAX.check(self.items)?;
        JOB_BYTES_MAX.check(self.bytes)?;
        self.chunk_bytes = self.chunk_bytes.saturating_add(item.line.len());
        self.chunk.push(JobItem { sequence: u64::try_from(self.items).unwrap_or(u64::MAX), ..item });
        if self.chunk_bytes >= JOB_CHUNK_BYTES.value || self.chunk.len() >= CHUNK_LINES {
            self.flush().await
        } else {
            Ok(())
        }
    }

    async fn flush(&mut self) -> Result<(), JobError> {
        let chunk = std::mem::take(&mut self.chunk);
        self.chunk_bytes = 0;
        self.jobs.bounds.check_lines(&self.jobs.store.job_load(&self.job.owner).await?, &chunk)?;
        Ok(self.jobs.store.append_job_items(&self.job.job_id, &chunk).await?)
    }

    /// All lines are here: from now on the job is on disk and waits. *Gives* it as it is then.
    pub async fn finish(mut self) -> Result<JobRow, JobError> {
        if self.items == 0 {
            return Err(JobError::Empty);
        }
        self.flush().await?;
        self.jobs.store.close_job(&self.job.job_id, self.jobs.clock.now()).await?;
        self.jobs.job(&self.job.job_id, &self.job.owner).await
    }
}

/// Lines put into the store in one transaction, at most.
const CHUNK_LINES: usize = 1_000;

#[cfg(test)]
mod tests;
