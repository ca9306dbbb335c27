//! Snapshots: published by the keeper, taken in by posts, and the last good one found again.

use serde::Serialize;

use super::{Added, TrustOffice, TrustOfficeError};
use crate::fetch::Url;
use crate::service::{Online, Trust, Verifier};
use crate::signing::{Packaging, Signer, sign};
use crate::store::{Digest, StoreError, TrustSnapshotRow};
use crate::trust::{SnapshotError, Step, TrustSnapshot};

/// A snapshot that was taken in, or was here already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// Its name.
    pub digest: String,
    /// Its version.
    pub version: u64,
    /// Whether it is new here.
    pub is_new: bool,
}

/// Where the snapshot in use came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SnapshotOrigin {
    /// From the node's folder, or from the command line.
    #[default]
    Folder,
    /// From the store: the last good one, since the folder's is missing, broken or older.
    Store,
}

impl TrustOffice {
    /// Publishes what is in force: one more entry of the log, and the snapshot that follows from it under the keeper's key.
    ///
    /// A crash in between leaves an entry whose snapshot was never signed: called again, this finishes it.
    pub async fn publish(&self, alias: &str, keeper: &str) -> Result<Accepted, TrustOfficeError> {
        let registry = self.registry().await?;
        let last = registry.entries().last().filter(|entry| matches!(entry.content.step, Step::Publication {}));
        let unfinished = match last {
            Some(entry) => {
                let version = registry.snapshot(entry.place.sequence).map(|snapshot| snapshot.version);
                let held = self.store.latest_snapshot().await?.map(|row| row.version);
                (held < version).then_some(entry.place.sequence)
            }
            None => None,
        };
        let sequence = match unfinished {
            Some(sequence) => sequence,
            None => {
                let Added { sequence, .. } = self.step(alias, Step::Publication {}).await?;
                sequence
            }
        };
        let registry = self.registry().await?;
        // INVARIANT: the entry of this number is a publication.
        let snapshot = registry.snapshot(sequence).ok_or(crate::trust::RegistryError::Empty)?;
        let held = self.home.keyring().open(keeper)?;
        let signer = Signer::new(held.key.as_ref(), &held.certificate)?.at(snapshot.issued_at);
        self.accept(&sign(&snapshot.encode(), Packaging::Attached, &signer)?).await
    }

    /// Takes in a snapshot that came from elsewhere: its signature, order and freshness are checked first.
    ///
    /// *Errors*: `Snapshot` where it is not signed by whom the one held names; `Store` where it is older than the one held;
    /// `Stale` and `Clock` by its date.
    pub async fn accept(&self, message: &[u8]) -> Result<Accepted, TrustOfficeError> {
        let held = self.home.last_good(&self.store).await?;
        let (snapshot, signer) = self.home.open_next(message, held.as_ref().map(|trust| &trust.snapshot))?;
        let trust = Trust::new(snapshot).map_err(crate::trust::SignedSnapshotError::from)?;
        let now = self.clock.now();
        if trust.snapshot.issued_at > now.plus_seconds(super::CLOCK_SECONDS_MAX) {
            return Err(TrustOfficeError::Clock { dated: trust.snapshot.issued_at, now });
        }
        if let Some(until) = self.verifier.as_ref().map(|verifier| verifier.fresh_until_of(&trust.snapshot))
            && until <= now
        {
            return Err(TrustOfficeError::Stale { issued_at: trust.snapshot.issued_at, until });
        }
        let (digest, version) = (trust.digest.clone(), trust.snapshot.version);
        // The folder's may be newer than the store's: neither is rolled back.
        let rolls_back = |held: &&Trust| held.snapshot.version >= version && held.digest != digest;
        if let Some(held) = held.as_ref().filter(rolls_back) {
            return Err(TrustOfficeError::Store(StoreError::OutOfDate {
                offered_version: version,
                offered: Digest::of(&trust.snapshot.encode()),
                held_version: held.snapshot.version,
                held: Digest::of(&held.snapshot.encode()),
            }));
        }
        let is_new = held.is_none_or(|held| held.digest != digest);
        // The store first: it refuses what is older, and gives the last good one back should we crash before the folder has it.
        self.store.put_snapshot(&row(&trust.snapshot, message, now)).await?;
        if is_new {
            self.home.put_snapshot(message, &signer)?;
        }
        Ok(Accepted { digest, version, is_new })
    }

    /// Fetches the snapshot from where it is published and takes it in; unchanged, it is not sent again.
    pub async fn pull(&self, online: &Online, url: &Url) -> Result<Accepted, TrustOfficeError> {
        let held = self.store.latest_snapshot().await?;
        let known = held.as_ref().map(|row| (row.name(), row.signed.as_slice()));
        match online.trust_snapshot(url, known).await? {
            Some(message) => self.accept(&message).await,
            // INVARIANT: only what is held can be unchanged.
            None => held.map(|row| Accepted { digest: row.name(), version: row.version, is_new: false }).ok_or(
                TrustOfficeError::Store(StoreError::NotFound {
                    what: crate::store::Subject::TrustSnapshot,
                    id: url.to_string(),
                }),
            ),
        }
    }
}

fn row(snapshot: &TrustSnapshot, signed: &[u8], received_at: crate::time::Timestamp) -> TrustSnapshotRow {
    TrustSnapshotRow {
        digest: Digest::of(&snapshot.encode()),
        version: snapshot.version,
        issued_at: snapshot.issued_at,
        signed: signed.to_vec(),
        received_at,
    }
}

impl From<SnapshotError> for TrustOfficeError {
    fn from(error: SnapshotError) -> Self {
        Self::Snapshot(error.into())
    }
}

impl Verifier {
    /// Until when a snapshot may be used, by the policy.
    pub(super) fn fresh_until_of(&self, snapshot: &TrustSnapshot) -> crate::time::Timestamp {
        super::super::verify::fresh_until(snapshot, self.policy())
    }
}
