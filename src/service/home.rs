//! A node's folder: who it trusts, what evidence it has, whose keys it holds, what it has issued.
//!
//! `snapshot.p7s` with `snapshot-signer.cer` (its keeper), `evidence/` and `foreign/` (CRLs and certificates), `keys/`,
//! `fetched/` (what was fetched online), `store.sqlite`. A folder made by `qoltanba devkit` is one.

use std::path::{Path, PathBuf};

use super::keyring::{Keyring, Secrets};
use super::trust_office::SnapshotOrigin;
use super::{LoadError, Trust, Verifier, load_evidence};
use crate::codec::{Malformed, armour};
use crate::limits::ISSUING_BODIES_BYTES_MAX;
use crate::path::Pool;
use crate::permit::Catalogue;
use crate::policy::{IssuingBody, Policy};
use crate::store::files::{self, FileError, FileErrorKind};
use crate::store::{Location, Store, StoreError, TrustSnapshotRow};
use crate::time::Timestamp;
use crate::trust::{SignedSnapshotError, TrustSnapshot, open_next_snapshot, open_signed_snapshot};
use crate::x509::Certificate;

/// A node's folder.
#[derive(Clone, Debug)]
pub struct Home {
    folder: PathBuf,
    database: Option<String>,
    keyring: Keyring,
}

/// A folder that is no node's.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HomeError {
    /// There is no trust snapshot.
    #[error("{} has no trust snapshot ({SNAPSHOT}); `qoltanba devkit {}` makes a test one", folder.display(), folder.display())]
    NoSnapshot {
        /// The folder.
        folder: PathBuf,
    },
    /// The keeper's certificate does not read.
    #[error("{KEEPER} does not read: {0}")]
    Keeper(Malformed),
    /// The snapshot cannot be accepted.
    #[error(transparent)]
    Snapshot(#[from] SignedSnapshotError),
    /// The list of issuing bodies is not the JSON that it should be.
    #[error("{BODIES} is not a list of {{\"bin\", \"name\", \"kinds\"}}: line {line}, column {column}")]
    IssuingBodies {
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault, from 1.
        column: usize,
    },
    /// The list of issuing bodies names a kind of documents that nobody knows.
    #[error("{BODIES} names `{kind}`, which is no kind of documents (`qoltanba permit kinds` lists them)")]
    IssuingBodyKind {
        /// The code in the list.
        kind: String,
    },
    /// Trust or evidence cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The disk.
    #[error(transparent)]
    File(#[from] FileError),
    /// The store, which has the last good snapshot.
    #[error(transparent)]
    Store(StoreError),
}

const SNAPSHOT: &str = "snapshot.p7s";
const STORE: &str = "store.sqlite";
const KEEPER: &str = "snapshot-signer.cer";
const BODIES: &str = "issuing-bodies.json";
const KEYS: &str = "keys";
const EVIDENCE: [&str; 2] = ["evidence", "foreign"];

impl Home {
    /// Names a folder; `database` takes the place of the embedded store (`postgres://…`).
    pub fn new(folder: impl Into<PathBuf>, database: Option<String>) -> Self {
        Self::with_secrets(folder, database, Secrets::default())
    }

    /// The same with secrets that a door read from its environment.
    pub fn with_secrets(folder: impl Into<PathBuf>, database: Option<String>, secrets: Secrets) -> Self {
        let folder = folder.into();
        Self { keyring: Keyring::with_secrets(folder.join(KEYS), secrets), folder, database }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Opens the trust snapshot under its keeper's key.
    pub fn trust(&self) -> Result<Trust, HomeError> {
        let message = match files::read(&self.folder.join(SNAPSHOT)) {
            Ok(message) => message,
            Err(e) if e.kind == FileErrorKind::NotFound => {
                return Err(HomeError::NoSnapshot { folder: self.folder.clone() });
            }
            Err(e) => return Err(e.into()),
        };
        let snapshot = open_signed_snapshot(&message, &self.keeper()?)?;
        Ok(Trust::new(snapshot).map_err(LoadError::from)?)
    }

    /// The certificate that the snapshot must be signed under.
    pub fn keeper(&self) -> Result<Certificate, HomeError> {
        let keeper = files::read(&self.folder.join(KEEPER))?;
        armour::strip(&keeper).and_then(|der| Certificate::parse(&der)).map_err(HomeError::Keeper)
    }

    /// Opens a snapshot that is to take the place of the one held; gives who signed it, too.
    pub(super) fn open_next(
        &self,
        message: &[u8],
        held: Option<&TrustSnapshot>,
    ) -> Result<(TrustSnapshot, Certificate), HomeError> {
        let configured = self.keeper()?;
        let snapshot = open_next_snapshot(message, &configured, held)?;
        let named = held.into_iter().flat_map(|held| &held.keepers);
        let mut keepers = named.filter_map(|encoded| Certificate::parse(&armour::decode(encoded).ok()?).ok());
        let signer = keepers.find(|keeper| open_signed_snapshot(message, keeper).is_ok()).unwrap_or(configured);
        Ok((snapshot, signer))
    }

    /// Puts an accepted snapshot into the folder; its keeper first, so that a crash in between leaves a snapshot that is
    /// found not to be his, and the store's copy counts.
    pub(super) fn put_snapshot(&self, message: &[u8], signer: &Certificate) -> Result<(), FileError> {
        if self.keeper().is_ok_and(|keeper| keeper != *signer) {
            files::write(&self.folder.join(KEEPER), signer.der())?;
        }
        files::write(&self.folder.join(SNAPSHOT), message)
    }

    /// The newest good snapshot of folder and store; none where there is none at all.
    ///
    /// A folder whose snapshot is missing, broken, or older than what was in use before gives way to the store's copy, which
    /// is opened again under its keeper.
    ///
    /// *Errors*: those of the folder, where the store has nothing better.
    pub async fn last_good(&self, store: &Store) -> Result<Option<Trust>, HomeError> {
        let of_folder = self.trust();
        let of_store = match store.latest_snapshot().await {
            Ok(Some(row)) => self.trust_of_row(&row, of_folder.as_ref().ok()),
            Ok(None) => None,
            Err(error) => return Err(HomeError::Store(error)),
        };
        match (of_folder, of_store) {
            (Ok(folder), Some(kept)) if folder.snapshot.version < kept.snapshot.version => {
                tracing::warn!(
                    folder = folder.snapshot.version,
                    store = kept.snapshot.version,
                    "the folder's trust snapshot is older than the one that was in use; the store's copy is used"
                );
                Ok(Some(kept))
            }
            (Ok(folder), _) => Ok(Some(folder)),
            (Err(error), Some(kept)) => {
                tracing::warn!(%error, version = kept.snapshot.version, "the store's copy of the last good trust snapshot is used");
                Ok(Some(kept))
            }
            (Err(HomeError::NoSnapshot { .. }), None) => Ok(None),
            (Err(error), None) => Err(error),
        }
    }

    /// What the store keeps is believed under the key of the keeper, or of one whom the folder's snapshot names after him.
    fn trust_of_row(&self, row: &TrustSnapshotRow, folder: Option<&Trust>) -> Option<Trust> {
        let keeper = self.keeper().ok()?;
        let held = folder.map(|trust| &trust.snapshot);
        let opened = open_signed_snapshot(&row.signed, &keeper);
        let snapshot = opened.or_else(|_| open_next_snapshot(&row.signed, &keeper, held)).ok()?;
        let trust = Trust::new(snapshot).ok()?;
        let is_the_one = crate::store::Digest::of(&trust.snapshot.encode()) == row.digest;
        is_the_one.then_some(Trust { origin: SnapshotOrigin::Store, ..trust })
    }

    /// Puts a verifier together from what is here, under the last good snapshot of folder and store.
    ///
    /// *Errors*: `NoSnapshot` where there never was any.
    pub async fn verifier_of_last_good(&self, policy: Policy, store: &Store) -> Result<Verifier, HomeError> {
        let none = || HomeError::NoSnapshot { folder: self.folder.clone() };
        let trust = self.last_good(store).await?.ok_or_else(none)?;
        Ok(Verifier::new(trust, self.evidence()?, self.completed(policy)?))
    }

    /// A policy with the bodies that this node knows to issue documents, where it has a list.
    fn completed(&self, policy: Policy) -> Result<Policy, HomeError> {
        let octets = match files::read_bounded(&self.folder.join(BODIES), &ISSUING_BODIES_BYTES_MAX) {
            Ok(octets) => octets,
            Err(e) if e.kind == FileErrorKind::NotFound => return Ok(policy),
            Err(e) => return Err(e.into()),
        };
        let bodies: Vec<IssuingBody> = serde_json::from_slice(&octets)
            .map_err(|e| HomeError::IssuingBodies { line: e.line(), column: e.column() })?;
        let unknown = |kind: &&String| Catalogue::builtin().kind(kind).is_none();
        if let Some(kind) = bodies.iter().flat_map(|body| &body.kinds).find(unknown) {
            return Err(HomeError::IssuingBodyKind { kind: kind.clone() });
        }
        Ok(Policy { issuing_bodies: Some(bodies), ..policy })
    }

    fn evidence(&self) -> Result<Pool, HomeError> {
        let folders: Vec<PathBuf> = EVIDENCE.iter().map(|name| self.folder.join(name)).filter(|p| p.is_dir()).collect();
        Ok(load_evidence(&folders)?)
    }

    /// Puts a verifier together from what is here.
    pub fn verifier(&self, policy: Policy) -> Result<Verifier, HomeError> {
        self.verifier_with(policy, Pool::default())
    }

    /// The same with more evidence beside what is here.
    pub fn verifier_with(&self, policy: Policy, mut evidence: Pool) -> Result<Verifier, HomeError> {
        evidence.extend(self.evidence()?);
        Ok(Verifier::new(self.trust()?, evidence, self.completed(policy)?))
    }

    /// Remembers the snapshot in use, so that a folder that is set back is noticed also after a restart.
    ///
    /// *Errors*: `OutOfDate` where a newer one, or another of the same version, was in use here before.
    pub async fn remember(&self, store: &Store, trust: &Trust, now: Timestamp) -> Result<(), StoreError> {
        if trust.origin == SnapshotOrigin::Store {
            return Ok(());
        }
        let row = TrustSnapshotRow {
            digest: crate::store::Digest::of(&trust.snapshot.encode()),
            version: trust.snapshot.version,
            issued_at: trust.snapshot.issued_at,
            signed: files::read(&self.folder.join(SNAPSHOT))?,
            received_at: now,
        };
        store.put_snapshot(&row).await
    }

    /// Where what is fetched is kept.
    pub fn fetched(&self) -> PathBuf {
        self.folder.join("fetched")
    }

    /// The keys held here. What one caller opened is open for the next.
    pub fn keyring(&self) -> Keyring {
        self.keyring.clone()
    }

    /// Whether there is a store to open; a database server is asked when it is opened.
    pub fn has_store(&self) -> bool {
        self.database.is_some() || self.folder.join(STORE).is_file()
    }

    /// Opens the store, making it where it is missing.
    ///
    /// *Errors*: `StoreError`, `Address` among them for a database that is none.
    pub async fn store(&self, now: Timestamp) -> Result<Store, StoreError> {
        Store::open(&self.location()?, now).await
    }

    /// Opens the store as it is, to read from.
    ///
    /// *Errors*: those of `Store::open_to_read`.
    pub async fn store_to_read(&self) -> Result<Store, StoreError> {
        Store::open_to_read(&self.location()?).await
    }

    fn location(&self) -> Result<Location, StoreError> {
        Ok(match &self.database {
            Some(address) => Location::parse(address)?,
            None => Location::Sqlite(self.folder.join(STORE)),
        })
    }
}
