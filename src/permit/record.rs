//! One record in the life of a document: what happened, why, from when; signed like the document itself.

use serde::{Deserialize, Serialize};

use super::content::{self, Body, ContentError, DocumentContent, SignerClaim};
use super::{ActionKind, Amount, Kind, Number};
use crate::ledger::{Digest, Place};
use crate::time::Timestamp;

/// The schema that this program writes and reads.
pub const RECORD_SCHEMA: &str = "qoltanba/record/1";

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Action {
    /// A notice was sent while the application was considered.
    Notice {
        /// The digest of the notice's content.
        document: Digest,
    },
    /// The document was issued.
    Issue {
        /// The digest of its content.
        document: Digest,
        /// From when it holds.
        valid_from: Timestamp,
        /// From when it no longer holds.
        valid_until: Option<Timestamp>,
        /// What may be written off, item by item; empty where nothing is.
        quantities: Vec<Amount>,
    },
    /// Its effect pauses.
    Suspend,
    /// Its effect goes on.
    Resume,
    /// It ends for good.
    Terminate,
    /// A reissued document takes its place.
    Supersede {
        /// The number of the reissued document.
        successor: Number,
    },
    /// The service was refused.
    Refuse {
        /// The digest of the refusal's content.
        document: Digest,
    },
    /// A quantity was written off at clearance.
    WriteOff {
        /// The item of the goods, counted from 0.
        item: usize,
        /// How much.
        quantity: Amount,
    },
}

impl Action {
    /// The issue of a document: its digest, dates and quantities.
    pub fn issue(document: &DocumentContent, kind: &Kind) -> Result<Self, RecordError> {
        Ok(Self::Issue {
            document: document.digest()?,
            valid_from: document.valid_from,
            valid_until: document.valid_until,
            quantities: quantities(document, kind)?,
        })
    }

    /// What happened, without its particulars.
    pub const fn kind(&self) -> ActionKind {
        match self {
            Self::Notice { .. } => ActionKind::Notice,
            Self::Issue { .. } => ActionKind::Issue,
            Self::Suspend => ActionKind::Suspend,
            Self::Resume => ActionKind::Resume,
            Self::Terminate => ActionKind::Terminate,
            Self::Supersede { .. } => ActionKind::Supersede,
            Self::Refuse { .. } => ActionKind::Refuse,
            Self::WriteOff { .. } => ActionKind::WriteOff,
        }
    }
}

/// Why it happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionReason {
    /// Codes of grounds in the catalogue, for refusal and reissue.
    pub grounds: Vec<String>,
    /// In words, in the language of the act.
    pub text: Option<String>,
}

/// The act by which it happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActReference {
    /// What act (`order`, `court decision`…), in words.
    pub name: String,
    /// Its number.
    pub number: Option<String>,
    /// Its day, `YYYY-MM-DD`.
    pub date: String,
}

/// The content of a record: what the issuing body signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordContent {
    /// Always [`RECORD_SCHEMA`].
    pub schema: String,
    /// The document, or the application where nothing is issued yet.
    pub number: Number,
    /// The place in the history, counted from 1.
    pub sequence: u64,
    /// SHA-256 over the signed octets of the record before; `None` for the first.
    pub previous: Option<Digest>,
    /// What happened.
    pub action: Action,
    /// Why.
    pub reason: Option<ActionReason>,
    /// By which act.
    pub act: Option<ActReference>,
    /// From when it has effect; may lie before or after `recorded_at`.
    pub effective_at: Timestamp,
    /// When it was written down.
    pub recorded_at: Timestamp,
    /// Whose record it is.
    pub issuing_body: Body,
    /// Who signs.
    pub signer: SignerClaim,
}

impl RecordContent {
    /// Writes the octets that are signed.
    pub fn encode(&self) -> Result<Vec<u8>, ContentError> {
        content::encode(self)
    }

    /// Reads signed octets; as strict as [`DocumentContent::parse`].
    pub fn parse(octets: &[u8]) -> Result<Self, ContentError> {
        let record: Self = content::parse(octets, RECORD_SCHEMA)?;
        if record.encode()? == octets { Ok(record) } else { Err(ContentError::NotCanonical) }
    }

    /// Puts the record at the end of a history.
    #[must_use]
    pub fn at_place(mut self, place: Place) -> Self {
        self.sequence = place.sequence;
        self.previous = place.previous;
        self
    }

    /// Checks the record against the rules of its kind, before it is signed.
    ///
    /// Whether the history allows it is [`super::History::allows`]'s to say.
    pub fn check(&self, kind: &Kind) -> Result<(), RecordError> {
        let action = self.action.kind();
        if !kind.life.contains(&action) {
            return Err(RecordError::ActionNotOfKind { action });
        }
        if self.act.as_ref().is_some_and(|act| !is_day(&act.date)) {
            return Err(RecordError::ActDate);
        }
        let known = match action {
            ActionKind::Refuse if kind.class == super::Class::Permission => &kind.refusal_grounds,
            ActionKind::Supersede => &kind.reissue_grounds,
            ActionKind::Suspend | ActionKind::Resume | ActionKind::Terminate => return self.needs_text(),
            ActionKind::Notice | ActionKind::Issue | ActionKind::WriteOff | ActionKind::Refuse => return Ok(()),
        };
        let grounds = self.reason.as_ref().map(|reason| reason.grounds.as_slice()).unwrap_or_default();
        match grounds.iter().position(|code| !known.iter().any(|ground| ground.code == *code)) {
            Some(index) => Err(RecordError::GroundNotOfKind { index }),
            None if grounds.is_empty() => Err(RecordError::ReasonMissing { action }),
            None => Ok(()),
        }
    }

    /// No source lists the grounds of suspension and termination, so they are told in words.
    fn needs_text(&self) -> Result<(), RecordError> {
        let text = self.reason.as_ref().and_then(|reason| reason.text.as_deref()).unwrap_or_default();
        if text.trim().is_empty() { Err(RecordError::ReasonMissing { action: self.action.kind() }) } else { Ok(()) }
    }
}

fn quantities(document: &DocumentContent, kind: &Kind) -> Result<Vec<Amount>, RecordError> {
    let Some(list) = &kind.write_off else { return Ok(Vec::new()) };
    let items = document.fields.get(list).and_then(serde_json::Value::as_array).ok_or(RecordError::Quantities)?;
    let quantity = |item: &serde_json::Value| item.get("quantity")?.as_str()?.parse().ok();
    items.iter().map(|item| quantity(item).ok_or(RecordError::Quantities)).collect()
}

fn is_day(text: &str) -> bool {
    text.len() == 10 && Timestamp::parse_rfc3339(text).is_some()
}

/// A record that must not be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// This never happens to documents of the kind.
    #[error("`{}` does not happen to documents of this kind", action.code())]
    ActionNotOfKind {
        /// What was to happen.
        action: ActionKind,
    },
    /// The action needs a reason: grounds for refusal and reissue, words for suspension, resumption and termination.
    #[error("`{}` needs a reason", action.code())]
    ReasonMissing {
        /// What was to happen.
        action: ActionKind,
    },
    /// A ground that the rules of the kind do not name.
    #[error("ground {index} is not one for which this may happen to a document of this kind")]
    GroundNotOfKind {
        /// Which of the grounds, counted from 0.
        index: usize,
    },
    /// The day of the act is no date.
    #[error("the date of the act is written YYYY-MM-DD")]
    ActDate,
    /// The document lacks the quantities that its kind writes off.
    #[error("the document lacks the quantities that may be written off")]
    Quantities,
    /// The content cannot be written.
    #[error(transparent)]
    Content(#[from] ContentError),
}

#[cfg(test)]
mod tests;
