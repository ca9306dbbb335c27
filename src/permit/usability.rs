//! Whether a document is usable at a time: another question than whether its signature is good.

use serde::{Serialize, Serializer};

use super::reasons::{Told, told};
use super::{Catalogue, Class, DocumentContent, History, Number, Standing, Status};
use crate::time::Timestamp;

/// A history, and when it was last known to be complete.
#[derive(Debug, Clone, Copy)]
pub struct HistoryAtHand<'a> {
    /// The history.
    pub history: &'a History,
    /// When it was fetched from whoever keeps it.
    pub as_of: Timestamp,
    /// How old it may be at the time asked for, in seconds: policy.
    pub age_seconds_max: i64,
}

/// Whether a document is usable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "standing", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Usability {
    /// It is.
    Usable {
        /// By the history as of then.
        as_of: Timestamp,
    },
    /// It is not.
    NotUsable {
        /// Why.
        reasons: Vec<NotUsableReason>,
        /// By the history as of then, where one was at hand.
        as_of: Option<Timestamp>,
    },
    /// That cannot be said.
    Unknown {
        /// The smallest thing that would settle it.
        missing: Missing,
        /// By the history as of then, where one was at hand.
        as_of: Option<Timestamp>,
    },
}

/// Why a document is not usable.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "reasons.toml says each in three languages")]
pub enum NotUsableReason {
    Expired,
    NotYetValid,
    Suspended,
    Terminated,
    Superseded { successor: Option<Number> },
    Refused,
    UsedUp,
    NotIssued,
    NotAPermission,
    NotAsIssued,
}

/// What is missing to say whether a document is usable.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Missing {
    /// A bare document, at a customs post without a line for example.
    History,
    /// A fresher history.
    FresherHistory {
        /// How old the one at hand is.
        as_of: Timestamp,
    },
    /// The history of this document: the one at hand is of another.
    HistoryOfThisDocument,
    /// A catalogue that knows the kind.
    Kind {
        /// The kind named in the document.
        code: String,
    },
}

/// Asks whether a document is usable at an instant.
///
/// What is final, or said by the document itself, holds whatever the age of the history; anything that a later record
/// could change needs a history that is fresh enough.
pub fn usable_now(content: &DocumentContent, at_hand: Option<HistoryAtHand<'_>>, at: Timestamp) -> Usability {
    let as_of = at_hand.map(|at_hand| at_hand.as_of);
    let not_usable = |reason| Usability::NotUsable { reasons: vec![reason], as_of };
    let unknown = |missing| Usability::Unknown { missing, as_of };
    match Catalogue::builtin().kind(&content.kind).map(|kind| kind.class) {
        None => return unknown(Missing::Kind { code: content.kind.clone() }),
        Some(Class::Refusal | Class::Notice) => return not_usable(NotUsableReason::NotAPermission),
        Some(Class::Permission) => {}
    }
    let by_itself = by_its_own_dates(content, at);
    let Some(at_hand) = at_hand else {
        return by_itself.map_or_else(|| unknown(Missing::History), not_usable);
    };
    if at_hand.history.number() != Some(&content.number) {
        return by_itself.map_or_else(|| unknown(Missing::HistoryOfThisDocument), not_usable);
    }
    let status = at_hand.history.status_at(at, at_hand.as_of);
    let issued = at_hand.history.issued_document(at_hand.as_of);
    if issued.is_some() && issued != content.digest().ok() {
        return not_usable(NotUsableReason::NotAsIssued);
    }
    let reasons: Vec<_> = by_its_records(&status).into_iter().chain(by_itself).collect();
    let mut reasons_once = Vec::new();
    for reason in reasons {
        if !reasons_once.contains(&reason) {
            reasons_once.push(reason);
        }
    }
    let lasting = reasons_once.iter().any(NotUsableReason::is_lasting);
    let stale = at.seconds_since(at_hand.as_of) > at_hand.age_seconds_max;
    match (reasons_once.is_empty(), stale && !lasting) {
        (_, true) => unknown(Missing::FresherHistory { as_of: at_hand.as_of }),
        (true, false) => Usability::Usable { as_of: at_hand.as_of },
        (false, false) => Usability::NotUsable { reasons: reasons_once, as_of },
    }
}

fn by_its_own_dates(content: &DocumentContent, at: Timestamp) -> Option<NotUsableReason> {
    if content.valid_until.is_some_and(|until| at >= until) {
        Some(NotUsableReason::Expired)
    } else {
        (at < content.valid_from).then_some(NotUsableReason::NotYetValid)
    }
}

fn by_its_records(status: &Status) -> Option<NotUsableReason> {
    match status.standing {
        Standing::InForce => None,
        Standing::Absent | Standing::UnderConsideration => Some(NotUsableReason::NotIssued),
        Standing::NotYetValid => Some(NotUsableReason::NotYetValid),
        Standing::Suspended => Some(NotUsableReason::Suspended),
        Standing::Terminated => Some(NotUsableReason::Terminated),
        Standing::Superseded => Some(NotUsableReason::Superseded { successor: status.successor.clone() }),
        Standing::Refused => Some(NotUsableReason::Refused),
        Standing::Expired => Some(NotUsableReason::Expired),
        Standing::UsedUp => Some(NotUsableReason::UsedUp),
    }
}

impl NotUsableReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Expired => "EXPIRED",
            Self::NotYetValid => "NOT_YET_VALID",
            Self::Suspended => "SUSPENDED",
            Self::Terminated => "TERMINATED",
            Self::Superseded { .. } => "SUPERSEDED",
            Self::Refused => "REFUSED",
            Self::UsedUp => "USED_UP",
            Self::NotIssued => "NOT_ISSUED",
            Self::NotAPermission => "NOT_A_PERMISSION",
            Self::NotAsIssued => "NOT_AS_ISSUED",
        }
    }

    /// The sentence for a person.
    pub fn told(&self) -> Told {
        let detail = match self {
            Self::Superseded { successor: Some(successor) } => successor.to_string(),
            Self::Superseded { successor: None } => "—".to_owned(),
            _ => String::new(),
        };
        told(self.code(), &detail)
    }

    /// Whether no later record can take the reason away at the time asked for.
    const fn is_lasting(&self) -> bool {
        !matches!(self, Self::Suspended | Self::NotIssued)
    }
}

impl Missing {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::History => "HISTORY_MISSING",
            Self::FresherHistory { .. } => "HISTORY_STALE",
            Self::HistoryOfThisDocument => "HISTORY_OF_ANOTHER_DOCUMENT",
            Self::Kind { .. } => "KIND_UNKNOWN",
        }
    }

    /// The sentence and the hint for a person.
    pub fn told(&self) -> Told {
        let detail = match self {
            Self::FresherHistory { as_of } => as_of.to_string(),
            Self::Kind { code } => code.chars().take(64).collect(),
            Self::History | Self::HistoryOfThisDocument => String::new(),
        };
        told(self.code(), &detail)
    }
}

impl Serialize for NotUsableReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.told().serialize(serializer)
    }
}

impl Serialize for Missing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.told().serialize(serializer)
    }
}

#[cfg(test)]
mod tests;
