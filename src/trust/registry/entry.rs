//! One entry of the log: what an administrator did, in canonical JSON, as it is signed.

use serde::{Deserialize, Serialize};

use super::change::Change;
use super::error::RegistryError;
use crate::codec::json;
use crate::ledger::{Digest, Place};
use crate::limits::{TRUST_CHANGES_MAX, TRUST_ENTRY_BYTES_MAX};
use crate::time::Timestamp;
use crate::trust::party::PartyId;
use crate::trust::snapshot::TrustSnapshot;

/// The schema that this program writes and reads.
pub const ENTRY_SCHEMA: &str = "qoltanba/trust-registry/1";

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryContent {
    /// Always `qoltanba/trust-registry/1`.
    pub schema: String,
    /// Its place in the log, from 1.
    pub sequence: u64,
    /// The digest of the signed entry before it; none for the first.
    pub previous: Option<Digest>,
    /// When it was written: knowledge time.
    pub recorded_at: Timestamp,
    /// The administrator who signs it.
    pub by: PartyId,
    /// What happens.
    pub step: Step,
}

/// What an entry does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Step {
    /// The first entry, signed by the keeper: who administers, and what was trusted when it began.
    Genesis {
        /// Two at least.
        administrators: Vec<Administrator>,
        /// The snapshot that everything begins with.
        snapshot: Box<TrustSnapshot>,
    },
    /// One administrator proposes changes by an act.
    Proposal {
        /// The act.
        act: Act,
        /// What is to change: all of it or nothing.
        changes: Vec<Change>,
    },
    /// Another administrator lets a proposal take effect.
    Approval {
        /// The digest of the signed proposal.
        proposal: Digest,
    },
    /// An administrator closes a proposal without effect; the proposer may withdraw his own.
    Rejection {
        /// The digest of the signed proposal.
        proposal: Digest,
        /// Why.
        reason: String,
    },
    /// What is in force is told to the posts as the next edition of the snapshot.
    Publication {},
}

/// An administrator of the registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Administrator {
    /// The name in the log.
    pub id: PartyId,
    /// Who it is: the IIN where the certificate has one. Two entries of one person are one administrator.
    pub person: String,
    /// The certificate that entries are signed under, DER in base64.
    pub certificate: String,
}

/// The act that a change follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// Kind, number and date of the act, as it is cited.
    pub reference: String,
    /// Where it can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Why, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl EntryContent {
    /// Puts an entry into its place.
    pub fn new(place: Place, by: PartyId, recorded_at: Timestamp, step: Step) -> Self {
        let (sequence, previous) = (place.sequence, place.previous);
        Self { schema: ENTRY_SCHEMA.to_owned(), sequence, previous, recorded_at, by, step }
    }

    /// Reads the canonical JSON of an entry.
    ///
    /// *Cost*: `TRUST_ENTRY_BYTES_MAX`, `TRUST_CHANGES_MAX`.
    pub fn parse(octets: &[u8]) -> Result<Self, RegistryError> {
        TRUST_ENTRY_BYTES_MAX.check(octets.len())?;
        let content: Self =
            serde_json::from_slice(octets).map_err(|e| RegistryError::Json { line: e.line(), column: e.column() })?;
        if content.schema != ENTRY_SCHEMA {
            return Err(RegistryError::Schema);
        }
        if content.encode() != octets {
            return Err(RegistryError::NotCanonical);
        }
        if let Step::Proposal { act, changes } = &content.step {
            TRUST_CHANGES_MAX.check(changes.len())?;
            if changes.is_empty() {
                return Err(RegistryError::NothingChanges);
            }
            if act.reference.trim().is_empty() {
                return Err(RegistryError::NoAct);
            }
        }
        Ok(content)
    }

    /// Encodes it as canonical JSON: what is signed.
    pub fn encode(&self) -> Vec<u8> {
        // INVARIANT: an entry holds strings, integers and lists, which JSON always can.
        #[expect(clippy::expect_used, reason = "strings, integers and lists only")]
        json::canonical(self).expect("an entry encodes")
    }
}

impl Step {
    /// What it is called.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Genesis { .. } => "genesis",
            Self::Proposal { .. } => "proposal",
            Self::Approval { .. } => "approval",
            Self::Rejection { .. } => "rejection",
            Self::Publication {} => "publication",
        }
    }
}
