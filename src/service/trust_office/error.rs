//! Why the trust office did not do what it was asked.

use crate::codec::Malformed;
use crate::fetch::Refusal;
use crate::service::{HomeError, KeyringError};
use crate::signing::SigningError;
use crate::store::StoreError;
use crate::store::files::FileError;
use crate::time::Timestamp;
use crate::trust::{PartyIdError, RegistryError, SignedListError, SignedSnapshotError};
use crate::validation::Reason;

/// The trust office did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustOfficeError {
    /// The registry does not take the entry, or its log does not hold together.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The log has begun already.
    #[error("the registry has a log already")]
    BegunBefore,
    /// The snapshot cannot be accepted.
    #[error(transparent)]
    Snapshot(#[from] SignedSnapshotError),
    /// The list of trusted entities cannot be accepted.
    #[error(transparent)]
    List(#[from] SignedListError),
    /// The snapshot is too old.
    #[error("the trust snapshot was made at {issued_at} and was to be replaced before {until}; ask for a newer one")]
    Stale {
        /// When it was made.
        issued_at: Timestamp,
        /// Until when it could be used.
        until: Timestamp,
    },
    /// Something is dated too far from our own clock.
    #[error("this is dated {dated}, and it is {now} here; set the clocks")]
    Clock {
        /// Its date.
        dated: Timestamp,
        /// Our time.
        now: Timestamp,
    },
    /// The key is no administrator's.
    #[error("the certificate of key `{alias}` is no administrator's of the registry")]
    NotAnAdministrator {
        /// The key.
        alias: String,
    },
    /// The administrator's certificate may not sign now.
    #[error("the administrator's certificate may not sign now: {}", codes(.0))]
    SignerNotValid(Vec<Reason>),
    /// The alias is no name for an administrator.
    #[error("the alias cannot be an administrator's name: {0}")]
    Name(#[from] PartyIdError),
    /// The keeper's certificate does not read.
    #[error("the keeper's certificate does not read: {0}")]
    Keeper(Malformed),
    /// The node's folder.
    #[error(transparent)]
    Home(HomeError),
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyringError),
    /// Nothing was signed.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The disk.
    #[error(transparent)]
    File(#[from] FileError),
    /// The network.
    #[error("the trust snapshot could not be fetched from {}: {}", .0.url, .0.error)]
    Fetch(Box<Refusal>),
}

impl From<HomeError> for TrustOfficeError {
    fn from(error: HomeError) -> Self {
        match error {
            HomeError::Snapshot(error) => Self::Snapshot(error),
            HomeError::Store(error) => Self::Store(error),
            other => Self::Home(other),
        }
    }
}

impl From<Refusal> for TrustOfficeError {
    fn from(refusal: Refusal) -> Self {
        Self::Fetch(Box::new(refusal))
    }
}

fn codes(reasons: &[Reason]) -> String {
    reasons.iter().map(|reason| reason.code.name()).collect::<Vec<_>>().join(", ")
}
