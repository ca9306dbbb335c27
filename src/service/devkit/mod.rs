//! The test PKI of `pki/devkit.toml`, made in memory on demand or written to a folder: the newcomer's start.

mod folder;
mod index;
mod issue;
mod plan;

pub use folder::{DevkitSummary, generate};
pub use index::{CrlIndex, EntityIndex, Index, SnapshotIndex};
pub use issue::DevkitPki;
pub use plan::{
    CrlDefect, CrlPlan, DefaultValidity, EntityDefect, EntityPlan, Expectation, Folder, Plan, RegistrationPlan,
    RevocationPlan, SnapshotPlan, SubjectPlan, TemplateName,
};

use std::path::PathBuf;

use crate::crypto::{ContainerError, KeyError};
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
