//! Jobs: lines that wait to be judged, and what they came to. Every line is in exactly one of the two, whatever happens between.

use super::documents::count;
use super::error::{StoreError, Subject};
use super::job_rows::{JobItem, JobLoad, JobResult, JobRow, JobState, JobTally};
use super::open::Store;
use super::session::{Session, Value};
use crate::limits::{BATCH_BYTES, BATCH_DOCUMENTS, JOB_RESULT_RESERVED_BYTES, JOB_RESULTS_AT_ONCE, JOBS_KEPT_MAX};
use crate::time::Timestamp;

impl Store {
    /// Keeps a new job, which receives its lines now, and the snapshot that it will be judged under.
    pub async fn begin_job(&self, job: &JobRow, snapshot: &[u8]) -> Result<(), StoreError> {
        let mut session = self.write().await?;
        begin(&mut session, job, snapshot).await?;
        Ok(session.commit().await?)
    }

    /// Appends lines to a job that receives them.
    ///
    /// *Errors*: `NotFound` where it does not, any more.
    pub async fn append_job_items(&self, job_id: &str, items: &[JobItem]) -> Result<(), StoreError> {
        let mut session = self.write().await?;
        let mut bytes = 0_usize;
        for item in items {
            bytes = bytes.saturating_add(item.line.len());
            let line = Value::from(item.line.as_slice());
            let [sequence, number] = [item.sequence, item.line_number].map(whole);
            let values = [job_id.into(), sequence?.into(), number?.into(), i64::from(item.refused).into(), line];
            session.execute(INSERT_ITEM, &values).await?;
        }
        let (items, bytes) = (whole(items.len())?, whole(bytes)?);
        if session.execute(COUNT_ITEMS, &[items.into(), bytes.into(), job_id.into()]).await? == 0 {
            return Err(no_job(job_id));
        }
        Ok(session.commit().await?)
    }

    /// Ends the receiving of lines: from here on the job waits to be judged, and survives everything.
    ///
    /// *Errors*: `NotFound` where it did not receive any.
    pub async fn close_job(&self, job_id: &str, at: Timestamp) -> Result<(), StoreError> {
        let mut session = self.write().await?;
        if session.execute(CLOSE_JOB, &[job_id.into()]).await? == 0 {
            return Err(no_job(job_id));
        }
        session.execute(END_JOB, &[at.into(), job_id.into()]).await?;
        Ok(session.commit().await?)
    }

    /// Gives a job of this owner.
    pub async fn job(&self, job_id: &str, owner: &str) -> Result<Option<JobRow>, StoreError> {
        let row: Option<Row> = self.read().await?.row(JOB_OF_OWNER, &[job_id.into(), owner.into()]).await?;
        row.map(job_of_row).transpose()
    }

    /// Gives the jobs that wait, the oldest first.
    pub async fn waiting_jobs(&self) -> Result<Vec<JobRow>, StoreError> {
        let rows: Vec<Row> = self.read().await?.rows(WAITING_JOBS, &[whole(JOBS_KEPT_MAX.value)?.into()]).await?;
        rows.into_iter().map(job_of_row).collect()
    }

    /// Gives the snapshot that a job is judged under, in its canonical form.
    pub async fn job_snapshot(&self, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let row: Option<(Vec<u8>,)> = self.read().await?.row(SNAPSHOT, &[digest.into()]).await?;
        Ok(row.map(|(content,)| content))
    }

    /// Gives the next lines of a job, one at least where one waits: what is judged together.
    ///
    /// *Cost*: `BATCH_DOCUMENTS` and `BATCH_BYTES`.
    pub async fn job_items(&self, job_id: &str) -> Result<Vec<JobItem>, StoreError> {
        let mut session = self.read().await?;
        let sizes: Vec<(i64, i64)> =
            session.rows(NEXT_SIZES, &[job_id.into(), whole(BATCH_DOCUMENTS.value)?.into()]).await?;
        let (mut last, mut bytes) = (0, 0_i64);
        for (sequence, size) in sizes {
            bytes = bytes.saturating_add(size);
            if last > 0 && bytes > whole(BATCH_BYTES.value)? {
                break;
            }
            last = sequence;
        }
        let rows: Vec<(i64, i64, i64, Vec<u8>)> = session.rows(NEXT_ITEMS, &[job_id.into(), last.into()]).await?;
        let read = |column| count(column, Subject::Job, job_id);
        let item = |(sequence, number, refused, line)| {
            Ok(JobItem { sequence: read(sequence)?, line_number: read(number)?, refused: refused != 0, line })
        };
        rows.into_iter().map(item).collect()
    }

    /// Puts results in the place of the lines they answer, all of them or none. `false`: another was first, or the job is gone.
    pub async fn record_results(
        &self,
        job_id: &str,
        (results, tally): (&[JobResult], &JobTally),
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut session = self.write().await?;
        let (mut taken, mut given) = (0_i64, 0_usize);
        for result in results {
            let sequence = Value::from(whole(result.sequence)?);
            // Whoever takes the line away gives the result: of two nodes, one.
            let Some((bytes,)) = session.row::<(i64,)>(TAKE_ITEM, &[job_id.into(), sequence]).await? else {
                return Ok(false);
            };
            session.execute(INSERT_RESULT, &[job_id.into(), sequence, result.line.as_slice().into()]).await?;
            taken = taken.saturating_add(bytes);
            given = given.saturating_add(result.line.len());
        }
        let counts = [tally.passed, tally.failed, tally.indeterminate, tally.unreadable];
        let [passed, failed, indeterminate, unreadable] = counts.map(whole);
        let (judged, given) = (whole(results.len())?, whole(given)?);
        let values = [passed?, failed?, indeterminate?, unreadable?, judged, taken, given].map(Value::from);
        session.execute(COUNT_RESULTS, &[values.as_slice(), &[job_id.into()]].concat()).await?;
        session.execute(END_JOB, &[at.into(), job_id.into()]).await?;
        session.commit().await?;
        Ok(true)
    }

    /// Gives the results behind the first `offset` items, up to `JOB_RESULTS_AT_ONCE` of them, without a gap.
    pub async fn job_results(&self, job_id: &str, offset: u64) -> Result<Vec<JobResult>, StoreError> {
        // Beyond every place there is nothing.
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let values = [job_id.into(), offset.into(), whole(JOB_RESULTS_AT_ONCE.value)?.into()];
        let rows: Vec<(i64, Vec<u8>)> = self.read().await?.rows(RESULTS, &values).await?;
        let result = |(sequence, line)| Ok(JobResult { sequence: count(sequence, Subject::Job, job_id)?, line });
        rows.into_iter().map(result).collect()
    }

    /// Marks a job as one that cannot be judged any further.
    pub async fn halt_job(&self, job_id: &str, at: Timestamp) -> Result<(), StoreError> {
        let mut session = self.write().await?;
        session.execute(HALT_JOB, &[at.into(), job_id.into()]).await?;
        Ok(session.commit().await?)
    }

    /// Removes a job of this owner with everything it has. `false`: there was none.
    pub async fn remove_job(&self, job_id: &str, owner: &str) -> Result<bool, StoreError> {
        let mut session = self.write().await?;
        let found: Option<Row> = session.row(JOB_OF_OWNER, &[job_id.into(), owner.into()]).await?;
        if found.is_none() {
            return Ok(false);
        }
        remove(&mut session, job_id).await?;
        session.commit().await?;
        Ok(true)
    }

    /// Removes jobs that ended before `ended`, and those that began to receive before `begun` and never came to an end.
    pub async fn sweep_jobs(&self, ended: Timestamp, begun: Timestamp) -> Result<usize, StoreError> {
        let old: Vec<(String,)> = self.read().await?.rows(OLD_JOBS, &[ended.into(), begun.into()]).await?;
        for (job_id,) in &old {
            let mut session = self.write().await?;
            remove(&mut session, job_id).await?;
            session.commit().await?;
        }
        Ok(old.len())
    }

    /// What jobs take up, those of one owner and all.
    ///
    /// *Cost*: `JOBS_KEPT_MAX` rows.
    pub async fn job_load(&self, owner: &str) -> Result<JobLoad, StoreError> {
        let reserved = whole(JOB_RESULT_RESERVED_BYTES.value)?;
        let row: Option<(i64, i64, i64, i64, i64)> =
            self.read().await?.row(LOAD, &[owner.into(), reserved.into()]).await?;
        let (kept, kept_of_owner, unfinished_of_owner, bytes, bytes_of_owner) = row.unwrap_or_default();
        let read = |column| count(column, Subject::Job, owner);
        Ok(JobLoad {
            kept: read(kept)?,
            kept_of_owner: read(kept_of_owner)?,
            unfinished_of_owner: read(unfinished_of_owner)?,
            bytes: read(bytes)?,
            bytes_of_owner: read(bytes_of_owner)?,
        })
    }
}

pub(super) async fn begin(session: &mut Session, job: &JobRow, snapshot: &[u8]) -> Result<(), StoreError> {
    session.execute(KEEP_SNAPSHOT, &[(&job.trust_snapshot).into(), snapshot.into()]).await?;
    let values = [
        Value::from(&job.job_id),
        (&job.owner).into(),
        job.state.name().into(),
        (&job.trust_snapshot).into(),
        job.validated_at.into(),
        (&job.language).into(),
        i64::from(job.explained).into(),
        job.created_at.into(),
    ];
    session.execute(INSERT_JOB, &values).await?;
    Ok(())
}

pub(super) async fn remove(session: &mut Session, job_id: &str) -> Result<(), StoreError> {
    for sql in [REMOVE_ITEMS, REMOVE_RESULTS, REMOVE_JOB] {
        session.execute(sql, &[job_id.into()]).await?;
    }
    // The first waits for whoever begins a job under one of them; only the next statement sees that job (PostgreSQL: READ
    // COMMITTED looks at other tables as they were when the statement began, however long it waited for a row).
    session.execute(LOCK_SNAPSHOTS, &[]).await?;
    session.execute(REMOVE_SNAPSHOTS, &[]).await?;
    Ok(())
}

fn whole<N>(number: N) -> Result<i64, StoreError>
where
    i64: TryFrom<N>,
{
    i64::try_from(number).map_err(|_| StoreError::TooLarge { what: "a count of a job" })
}

fn no_job(job_id: &str) -> StoreError {
    StoreError::NotFound { what: Subject::Job, id: job_id.to_owned() }
}

// sqlx reads tuples of up to 16 columns.
type Row = (String, String, String, String, i64, String, i64, i64, Option<i64>, i64, i64, i64, i64, i64, i64);

fn job_of_row(row: Row) -> Result<JobRow, StoreError> {
    let (job_id, owner, state, trust_snapshot, validated_at, language, explained, created_at, ended_at, counts) = (
        row.0,
        row.1,
        row.2,
        row.3,
        row.4,
        row.5,
        row.6,
        row.7,
        row.8,
        [row.9, row.10, row.11, row.12, row.13, row.14],
    );
    let [items, judged, passed, failed, indeterminate, unreadable] = counts;
    let read = |column: i64| count(column, Subject::Job, &job_id);
    Ok(JobRow {
        state: JobState::from_name(&state)
            .ok_or_else(|| StoreError::Corrupt { what: Subject::Job, id: job_id.clone() })?,
        items: read(items)?,
        judged: read(judged)?,
        tally: JobTally {
            passed: read(passed)?,
            failed: read(failed)?,
            indeterminate: read(indeterminate)?,
            unreadable: read(unreadable)?,
        },
        validated_at: Timestamp::from_unix_millis(validated_at),
        created_at: Timestamp::from_unix_millis(created_at),
        ended_at: ended_at.map(Timestamp::from_unix_millis),
        explained: explained != 0,
        job_id,
        owner,
        trust_snapshot,
        language,
    })
}

// DO UPDATE, since DO NOTHING would leave the row to be removed beside us.
const KEEP_SNAPSHOT: &str = "INSERT INTO job_snapshots (digest, content) VALUES ($1, $2) \
    ON CONFLICT (digest) DO UPDATE SET digest = excluded.digest";
const INSERT_JOB: &str = "INSERT INTO jobs (job_id, owner, state, trust_snapshot, validated_at, language, explained, \
    created_at, items, bytes, judged, passed, failed, indeterminate, unreadable) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0, 0, 0, 0, 0)";
const INSERT_ITEM: &str =
    "INSERT INTO job_items (job_id, sequence, line_number, refused, line) VALUES ($1, $2, $3, $4, $5)";
const COUNT_ITEMS: &str =
    "UPDATE jobs SET items = items + $1, bytes = bytes + $2 WHERE job_id = $3 AND state = 'receiving'";
const CLOSE_JOB: &str = "UPDATE jobs SET state = 'waiting' WHERE job_id = $1 AND state = 'receiving'";
const END_JOB: &str =
    "UPDATE jobs SET state = 'done', ended_at = $1 WHERE job_id = $2 AND state = 'waiting' AND judged = items";
const HALT_JOB: &str = "UPDATE jobs SET state = 'halted', ended_at = $1 WHERE job_id = $2 AND state = 'waiting'";
const JOB_OF_OWNER: &str = "SELECT job_id, owner, state, trust_snapshot, validated_at, language, explained, created_at, \
    ended_at, items, judged, passed, failed, indeterminate, unreadable FROM jobs WHERE job_id = $1 AND owner = $2";
const WAITING_JOBS: &str = "SELECT job_id, owner, state, trust_snapshot, validated_at, language, explained, created_at, \
    ended_at, items, judged, passed, failed, indeterminate, unreadable FROM jobs WHERE state = 'waiting' \
    ORDER BY created_at, job_id LIMIT $1";
const SNAPSHOT: &str = "SELECT content FROM job_snapshots WHERE digest = $1";
const NEXT_SIZES: &str = "SELECT sequence, CAST(LENGTH(line) AS BIGINT) FROM job_items WHERE job_id = $1 \
    ORDER BY sequence LIMIT $2";
const NEXT_ITEMS: &str =
    "SELECT sequence, line_number, refused, line FROM job_items WHERE job_id = $1 AND sequence <= $2 ORDER BY sequence";
const TAKE_ITEM: &str =
    "DELETE FROM job_items WHERE job_id = $1 AND sequence = $2 RETURNING CAST(LENGTH(line) AS BIGINT)";
const INSERT_RESULT: &str = "INSERT INTO job_results (job_id, sequence, line) VALUES ($1, $2, $3)";
const COUNT_RESULTS: &str = "UPDATE jobs SET passed = passed + $1, failed = failed + $2, \
    indeterminate = indeterminate + $3, unreadable = unreadable + $4, judged = judged + $5, \
    bytes = bytes - $6, result_bytes = result_bytes + $7 WHERE job_id = $8";
const RESULTS: &str =
    "SELECT sequence, line FROM job_results WHERE job_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";
const REMOVE_ITEMS: &str = "DELETE FROM job_items WHERE job_id = $1";
const REMOVE_RESULTS: &str = "DELETE FROM job_results WHERE job_id = $1";
const REMOVE_JOB: &str = "DELETE FROM jobs WHERE job_id = $1";
const LOCK_SNAPSHOTS: &str =
    "UPDATE job_snapshots SET digest = digest WHERE digest NOT IN (SELECT trust_snapshot FROM jobs)";
const REMOVE_SNAPSHOTS: &str = "DELETE FROM job_snapshots WHERE digest NOT IN (SELECT trust_snapshot FROM jobs)";
const OLD_JOBS: &str = "SELECT job_id FROM jobs WHERE ended_at < $1 OR (state = 'receiving' AND created_at < $2)";
// PostgreSQL sums BIGINTs to NUMERIC, which is none of our three types.
const LOAD: &str = "SELECT COUNT(*), CAST(COALESCE(SUM(own), 0) AS BIGINT), \
    CAST(COALESCE(SUM(own * unfinished), 0) AS BIGINT), CAST(COALESCE(SUM(octets), 0) AS BIGINT), \
    CAST(COALESCE(SUM(own * octets), 0) AS BIGINT) FROM (SELECT \
    CASE WHEN owner = $1 THEN 1 ELSE 0 END AS own, CASE WHEN ended_at IS NULL THEN 1 ELSE 0 END AS unfinished, \
    bytes + result_bytes + CASE WHEN ended_at IS NULL THEN (items - judged) * CAST($2 AS BIGINT) ELSE 0 END AS octets \
    FROM jobs) AS each_job";
