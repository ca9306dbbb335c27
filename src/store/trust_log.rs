//! The trust registry's log: entries as administrators signed them, each behind the one before, none ever changed.

use super::documents::{count, digest_of_column, is_unique_violation};
use super::error::{Conflict, StoreError, Subject};
use super::open::Store;
use super::rows::{Digest, TrustLogRow};
use super::session::{Session, Value};
use crate::limits::TRUST_LOG_BYTES_MAX;
use crate::time::Timestamp;

impl Store {
    /// Puts an entry behind the last one; one that stands there already is left as it is.
    ///
    /// *Errors*: `Conflict` where another entry stands at its place, or another one before it: of two administrators who
    /// write at the same time, one is told.
    pub async fn append_trust_entry(&self, entry: &TrustLogRow) -> Result<(), StoreError> {
        let place =
            i64::try_from(entry.sequence).map_err(|_| StoreError::TooLarge { what: "the place in the trust log" })?;
        let mut session = self.write().await?;
        let last = last(&mut session).await?;
        if last.as_ref() == Some(&(entry.sequence, entry.digest)) {
            return Ok(());
        }
        let next = last.map_or(1, |(sequence, _)| sequence.saturating_add(1));
        if (entry.sequence, entry.previous) != (next, last.map(|(_, digest)| digest)) {
            return Err(moved(entry));
        }
        let values = [
            Value::from(place),
            Value::Octets(entry.previous.as_ref().map(|digest| digest.0.as_slice())),
            Value::from(&entry.digest),
            Value::from(entry.recorded_at),
            Value::from(entry.signed.as_slice()),
            Value::from(entry.received_at),
        ];
        match session.execute(INSERT_ENTRY, &values).await {
            Ok(_) => Ok(session.commit().await?),
            // On PostgreSQL another node may have written since we looked: the place is unique.
            Err(error) if is_unique_violation(&error) => Err(moved(entry)),
            Err(error) => Err(error.into()),
        }
    }

    /// Gives the whole log, oldest first.
    ///
    /// *Errors*: `TooLarge` beyond `TRUST_LOG_BYTES_MAX`.
    pub async fn trust_log(&self) -> Result<Vec<TrustLogRow>, StoreError> {
        let mut session = self.read().await?;
        let size: Option<(i64,)> = session.row(SIZE_OF_LOG, &[]).await?;
        let size = size.and_then(|(size,)| usize::try_from(size).ok()).unwrap_or(usize::MAX);
        TRUST_LOG_BYTES_MAX.check(size).map_err(|_| StoreError::TooLarge { what: "the trust log" })?;
        session.rows::<LogRow>(WHOLE_LOG, &[]).await?.into_iter().map(entry_of_row).collect()
    }
}

async fn last(session: &mut Session) -> Result<Option<(u64, Digest)>, StoreError> {
    let row: Option<(i64, Vec<u8>)> = session.row(LAST_ENTRY, &[]).await?;
    let Some((sequence, digest)) = row else { return Ok(None) };
    let id = sequence.to_string();
    Ok(Some((count(sequence, Subject::TrustLog, &id)?, digest_of_column(&digest, Subject::TrustLog, &id)?)))
}

fn moved(entry: &TrustLogRow) -> StoreError {
    Conflict::TrustLogMoved { sequence: entry.sequence }.into()
}

type LogRow = (i64, Option<Vec<u8>>, Vec<u8>, i64, Vec<u8>, i64);

fn entry_of_row(
    (sequence, previous, digest, recorded_at, signed, received_at): LogRow,
) -> Result<TrustLogRow, StoreError> {
    let id = sequence.to_string();
    let read = |column: &[u8]| digest_of_column(column, Subject::TrustLog, &id);
    let entry = TrustLogRow {
        sequence: count(sequence, Subject::TrustLog, &id)?,
        previous: previous.as_deref().map(read).transpose()?,
        digest: read(&digest)?,
        recorded_at: Timestamp::from_unix_millis(recorded_at),
        signed,
        received_at: Timestamp::from_unix_millis(received_at),
    };
    if Digest::of(&entry.signed) == entry.digest {
        Ok(entry)
    } else {
        Err(StoreError::Corrupt { what: Subject::TrustLog, id })
    }
}

const LAST_ENTRY: &str = "SELECT sequence, digest FROM trust_log ORDER BY sequence DESC LIMIT 1";
const INSERT_ENTRY: &str = "INSERT INTO trust_log (sequence, previous, digest, recorded_at, signed, received_at) \
    VALUES ($1, $2, $3, $4, $5, $6)";
// PostgreSQL sums BIGINTs to NUMERIC, which is none of our three types.
const SIZE_OF_LOG: &str = "SELECT CAST(COALESCE(SUM(LENGTH(signed)), 0) AS BIGINT) FROM trust_log";
const WHOLE_LOG: &str = "SELECT sequence, previous, digest, recorded_at, signed, received_at FROM trust_log \
    ORDER BY sequence";
