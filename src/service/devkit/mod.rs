//! The test PKI of `pki/devkit.toml`, made in memory on demand or written to a folder: the newcomer's start.

mod centre;
mod folder;
mod index;
mod issue;
mod plan;
mod revoke;
mod snapshot;

pub use centre::{DevkitCentre, OcspReply, Published};
pub use folder::{ABROAD_FOLDER, DevkitSummary, generate, generate_at};
pub use index::{CrlIndex, EntityIndex, Index, SnapshotIndex};
pub use issue::DevkitPki;
pub use plan::{
    CrlDefect, CrlPlan, DefaultValidity, EntityDefect, EntityPlan, Expectation, Folder, ForeignThirdPartyPlan, Plan,
    RegistrationPlan, RevocationPlan, SnapshotPlan, SubjectPlan, TemplateName, ThirdPartyPlan,
};
pub use revoke::{RevokeOrder, Revoked, revoke};

use std::path::PathBuf;

use crate::codec::Malformed;
use crate::crypto::{ContainerError, KeyError};
use crate::limits::BASE_URL_BYTES_MAX;
use crate::signing::SigningError;
use crate::store::files::FileError;

/// BIN and name of the issuing body whose officers a newcomer signs as first (`officer-head` and those beside it).
pub const SAMPLE_BODY: (&str, &str) = ("991240999016", "DEVKIT ЛИЦЕНЗИЯЛАУ КОМИТЕТІ");
/// The same for the body whose officers have the other kinds of keys (`officer-rsa`, `officer-p256`, …).
pub const OTHER_SAMPLE_BODY: (&str, &str) = ("991240999028", "DEVKIT ЭКОЛОГИЯ ИНСПЕКЦИЯСЫ");

/// Why the test PKI, or a part of it, was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DevkitError {
    /// `pki/devkit.toml` does not read. It is part of this program, so only whoever edits it sees this.
    #[error("pki/devkit.toml does not read: {0}")]
    Plan(#[from] toml::de::Error),
    /// There is nothing of this name in `pki/devkit.toml`.
    #[error("pki/devkit.toml names no {kind} `{label}`")]
    UnknownLabel {
        /// What was looked for: an entity or a CRL.
        kind: &'static str,
        /// The name.
        label: String,
    },
    /// An entity is issued by itself through others.
    #[error("the issuers of `{label}` in pki/devkit.toml lead in a circle")]
    Circle {
        /// The entity.
        label: String,
    },
    /// A key was not made.
    #[error("the key of `{label}` was not made: {cause}")]
    Key {
        /// The entity.
        label: String,
        /// Why.
        cause: KeyError,
    },
    /// A certificate, a CRL or the snapshot was not made.
    #[error("`{label}` was not signed: {cause}")]
    Signing {
        /// The entity or CRL.
        label: String,
        /// Why.
        cause: SigningError,
    },
    /// A key container was not made.
    #[error("the key container of `{label}` was not made: {cause}")]
    Container {
        /// The entity.
        label: String,
        /// Why.
        cause: ContainerError,
    },
    /// The address to publish under is none.
    #[error("the base URL must begin with http:// or https:// and hold ASCII without blanks, at most {} {}", BASE_URL_BYTES_MAX.value, BASE_URL_BYTES_MAX.unit)]
    BaseUrl,
    /// The folder is no devkit, or not as this program writes them.
    #[error("{} is no devkit of this version; `qoltanba devkit {}` makes one", path.display(), path.display())]
    NoDevkit {
        /// The folder.
        path: PathBuf,
    },
    /// A file of the folder does not read.
    #[error("{} does not read: {cause}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: Malformed,
    },
    /// Nobody has this serial number or label.
    #[error("the devkit has issued nothing with the label or serial number `{name}`; INDEX.json lists the labels")]
    NotIssued {
        /// What was asked for.
        name: String,
    },
    /// The issuer publishes no revocation list.
    #[error("`{issuer}` publishes no revocation list; whom it issued cannot be revoked")]
    NoRevocationList {
        /// Label of the issuer.
        issuer: String,
    },
    /// It is revoked for good.
    #[error("`{label}` is revoked already")]
    AlreadyRevoked {
        /// The entity.
        label: String,
    },
    /// Only what is on hold can be taken off the list (RFC 5280 §5.3.1).
    #[error("`{label}` is not on hold, so it cannot be removed from the list")]
    NotOnHold {
        /// The entity.
        label: String,
    },
    /// A text of ours does not encode.
    #[error("INDEX.json or the trust snapshot could not be encoded")]
    Encoding,
    /// The folder is there and holds something else.
    #[error("{} holds other files; name a new or an empty folder", path.display())]
    FolderNotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// A file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
}
