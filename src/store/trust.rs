//! Trust snapshots as received: each newer than the one before, none ever changed, so that old verdicts stay explicable.

use super::documents::{count, digest_of_column, is_unique_violation};
use super::error::{StoreError, Subject};
use super::open::Store;
use super::rows::{Digest, TrustSnapshotRow};
use super::session::{Session, Value};
use crate::time::Timestamp;

impl Store {
    /// Keeps a snapshot; one that is held already is left as it is.
    ///
    /// *Errors*: `OutOfDate` where a snapshot of the same or a newer version is held under another digest.
    pub async fn put_snapshot(&self, snapshot: &TrustSnapshotRow) -> Result<(), StoreError> {
        let version = i64::try_from(snapshot.version)
            .map_err(|_| StoreError::TooLarge { what: "the version of the trust snapshot" })?;
        let mut session = self.write().await?;
        if let Some(held) = latest(&mut session).await?
            && held.version >= snapshot.version
        {
            return compare(snapshot, &held);
        }
        let values = [
            Value::from(&snapshot.digest),
            Value::from(version),
            Value::from(snapshot.issued_at),
            Value::from(snapshot.signed.as_slice()),
            Value::from(snapshot.received_at),
        ];
        match session.execute(INSERT_SNAPSHOT, &values).await {
            Ok(_) => Ok(session.commit().await?),
            // On PostgreSQL another node may have put its snapshot since we looked; or this digest has an older version.
            Err(error) if is_unique_violation(&error) => {
                drop(session);
                match self.latest_snapshot().await? {
                    Some(held) => compare(snapshot, &held),
                    None => Err(error.into()),
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Gives the snapshot of the highest version, if any is held.
    pub async fn latest_snapshot(&self) -> Result<Option<TrustSnapshotRow>, StoreError> {
        latest(&mut self.read().await?).await
    }

    /// Gives the snapshot of this digest, if it is held.
    pub async fn snapshot(&self, digest: &Digest) -> Result<Option<TrustSnapshotRow>, StoreError> {
        let row: Option<SnapshotRow> = self.read().await?.row(SNAPSHOT_BY_DIGEST, &[digest.into()]).await?;
        row.map(snapshot_of_row).transpose()
    }
}

async fn latest(session: &mut Session) -> Result<Option<TrustSnapshotRow>, StoreError> {
    session.row::<SnapshotRow>(LATEST_SNAPSHOT, &[]).await?.map(snapshot_of_row).transpose()
}

fn compare(offered: &TrustSnapshotRow, held: &TrustSnapshotRow) -> Result<(), StoreError> {
    if (offered.version, offered.digest) == (held.version, held.digest) {
        return Ok(());
    }
    Err(StoreError::OutOfDate {
        offered_version: offered.version,
        offered: offered.digest,
        held_version: held.version,
        held: held.digest,
    })
}

type SnapshotRow = (Vec<u8>, i64, i64, Vec<u8>, i64);

fn snapshot_of_row(row: SnapshotRow) -> Result<TrustSnapshotRow, StoreError> {
    let (digest, version, issued_at, signed, received_at) = row;
    let id = version.to_string();
    Ok(TrustSnapshotRow {
        digest: digest_of_column(&digest, Subject::TrustSnapshot, &id)?,
        version: count(version, Subject::TrustSnapshot, &id)?,
        issued_at: Timestamp::from_unix_millis(issued_at),
        signed,
        received_at: Timestamp::from_unix_millis(received_at),
    })
}

const INSERT_SNAPSHOT: &str = "INSERT INTO trust_snapshots (digest, version, issued_at, signed, received_at) \
    VALUES ($1, $2, $3, $4, $5)";
const LATEST_SNAPSHOT: &str = "SELECT digest, version, issued_at, signed, received_at FROM trust_snapshots \
    ORDER BY version DESC LIMIT 1";
const SNAPSHOT_BY_DIGEST: &str = "SELECT digest, version, issued_at, signed, received_at FROM trust_snapshots \
    WHERE digest = $1";
