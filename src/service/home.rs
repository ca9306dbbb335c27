//! A node's folder: who it trusts, what evidence it has, whose keys it holds, what it has issued.
//!
//! `snapshot.p7s` with `snapshot-signer.cer` (its keeper), `evidence/` and `foreign/` (CRLs and certificates), `keys/`,
//! `fetched/` (what was fetched online), `store.sqlite`. A folder made by `qoltanba devkit` is one.

use std::path::{Path, PathBuf};

use super::keyring::{Keyring, Secrets};
use super::{LoadError, Trust, Verifier, load_evidence};
use crate::codec::{Malformed, armour};
use crate::path::Pool;
use crate::policy::Policy;
use crate::store::files::{self, FileError, FileErrorKind};
use crate::store::{Location, Store, StoreError, TrustSnapshotRow};
use crate::time::Timestamp;
use crate::trust::{SignedSnapshotError, open_signed_snapshot};
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
    /// Trust or evidence cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The disk.
    #[error(transparent)]
    File(#[from] FileError),
}

const SNAPSHOT: &str = "snapshot.p7s";
const STORE: &str = "store.sqlite";
const KEEPER: &str = "snapshot-signer.cer";
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
        let keeper = files::read(&self.folder.join(KEEPER))?;
        let keeper = armour::strip(&keeper).and_then(|der| Certificate::parse(&der)).map_err(HomeError::Keeper)?;
        let snapshot = open_signed_snapshot(&message, &keeper)?;
        Ok(Trust::new(snapshot).map_err(LoadError::from)?)
    }

    /// Puts a verifier together from what is here.
    pub fn verifier(&self, policy: Policy) -> Result<Verifier, HomeError> {
        self.verifier_with(policy, Pool::default())
    }

    /// The same with more evidence beside what is here.
    pub fn verifier_with(&self, policy: Policy, mut evidence: Pool) -> Result<Verifier, HomeError> {
        let folders: Vec<PathBuf> = EVIDENCE.iter().map(|name| self.folder.join(name)).filter(|p| p.is_dir()).collect();
        evidence.extend(load_evidence(&folders)?);
        Ok(Verifier::new(self.trust()?, evidence, policy))
    }

    /// Remembers the snapshot in use, so that a folder that is set back is noticed also after a restart.
    ///
    /// *Errors*: `OutOfDate` where a newer one, or another of the same version, was in use here before.
    pub async fn remember(&self, store: &Store, trust: &Trust, now: Timestamp) -> Result<(), StoreError> {
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
        let location = match &self.database {
            Some(address) => Location::parse(address)?,
            None => Location::Sqlite(self.folder.join(STORE)),
        };
        Store::open(&location, now).await
    }
}
