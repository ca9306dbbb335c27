//! The history of one document: its records replayed, and how it stood at any time by what was known at any time.

mod status;
mod timeline;

use serde::Serialize;

use super::{Action, ActionKind, Amount, ContentError, LifeState, Number, RecordContent};
use crate::ledger::{Claimed, Digest, Entry, Ledger, LedgerError, Place};
use crate::limits::HISTORY_RECORDS_MAX;
use crate::time::Timestamp;
use timeline::Timeline;

pub use status::{Standing, Status};

/// A record as it was kept.
///
/// Whether the signature is good and its signer had the right is asked elsewhere, record by record.
#[derive(Debug, Clone, Copy)]
pub struct SignedRecord<'a> {
    /// The content that the signature covers.
    pub content: &'a [u8],
    /// The signed message, as issued.
    pub signed: &'a [u8],
}

/// A record in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryRecord {
    /// The place in the chain of digests.
    #[serde(flatten)]
    pub entry: Entry,
    /// What it says.
    pub content: RecordContent,
}

/// The history of one document: numbered without gaps, chained, and every step allowed where it was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    // INVARIANT: made by `replay` and `push` alone; never empty once `replay` has given it away.
    records: Vec<HistoryRecord>,
    ledger: Ledger,
    timeline: Timeline,
    remaining: Vec<Amount>,
}

impl History {
    /// Replays records from the first on.
    ///
    /// *Errors*: the first record that is out of place, of another document, or not allowed where it stands.
    pub fn replay(records: &[SignedRecord<'_>]) -> Result<Self, HistoryError> {
        let mut history =
            Self { records: Vec::new(), ledger: Ledger::new(), timeline: Timeline::default(), remaining: Vec::new() };
        for record in records {
            history.push(*record)?;
        }
        if history.records.is_empty() { Err(HistoryError::Empty) } else { Ok(history) }
    }

    /// Takes one more record.
    pub fn push(&mut self, record: SignedRecord<'_>) -> Result<(), HistoryError> {
        let sequence = self.ledger.next_place().sequence;
        let content =
            RecordContent::parse(record.content).map_err(|error| HistoryError::Unreadable { sequence, error })?;
        let (timeline, remaining) = self.after(&content)?;
        let entry = self.ledger.append(Claimed {
            sequence: content.sequence,
            previous: content.previous,
            octets: record.signed,
        })?;
        (self.timeline, self.remaining) = (timeline, remaining);
        self.records.push(HistoryRecord { entry, content });
        Ok(())
    }

    /// Says whether a record could be the next; ask before signing it.
    pub fn allows(&self, content: &RecordContent) -> Result<(), HistoryError> {
        let place = self.next_place();
        HISTORY_RECORDS_MAX.check(self.records.len().saturating_add(1)).map_err(LedgerError::from)?;
        if content.sequence != place.sequence {
            return Err(LedgerError::OutOfSequence { expected: place.sequence, found: content.sequence }.into());
        }
        if content.previous != place.previous {
            return Err(LedgerError::BrokenChain { sequence: content.sequence }.into());
        }
        self.after(content).map(|_| ())
    }

    /// The place that the next record must claim.
    pub fn next_place(&self) -> Place {
        self.ledger.next_place()
    }

    /// Every record, oldest first.
    pub fn records(&self) -> &[HistoryRecord] {
        &self.records
    }

    /// The number of the document.
    pub fn number(&self) -> Option<&Number> {
        self.records.first().map(|record| &record.content.number)
    }

    /// The digest of the content that was issued, as known at a time.
    pub fn issued_document(&self, as_known_at: Timestamp) -> Option<Digest> {
        self.issue(as_known_at).map(|issue| issue.document)
    }

    /// How the document stood at `at`, by the records written down until `as_known_at`.
    ///
    /// Half-open: a record counts from its own instant on; validity ends at `valid_until`.
    pub fn status_at(&self, at: Timestamp, as_known_at: Timestamp) -> Status {
        let mut timeline = Timeline::default();
        for record in self.known(as_known_at) {
            // INVARIANT: `replay` took the same steps; `recorded_at` never falls, so a prefix is replayed.
            let _ = timeline.apply(record.effective_at, record.action.kind());
        }
        let (state, since) = timeline.state_at(at);
        let issue = self.issue(as_known_at);
        let remaining = issue.as_ref().map(|issue| self.remaining_at(issue, at, as_known_at)).unwrap_or_default();
        let used_up = !remaining.is_empty() && remaining.iter().all(|left| *left == Amount::ZERO);
        let standing = match state {
            LifeState::Absent => Standing::Absent,
            LifeState::UnderConsideration => Standing::UnderConsideration,
            LifeState::Terminated => Standing::Terminated,
            LifeState::Superseded => Standing::Superseded,
            LifeState::Refused => Standing::Refused,
            _ if issue.as_ref().and_then(|issue| issue.valid_until).is_some_and(|until| at >= until) => {
                Standing::Expired
            }
            _ if used_up => Standing::UsedUp,
            LifeState::Suspended => Standing::Suspended,
            LifeState::InForce if issue.as_ref().is_some_and(|issue| at < issue.valid_from) => Standing::NotYetValid,
            LifeState::InForce => Standing::InForce,
        };
        let successor = (standing == Standing::Superseded).then(|| self.successor(as_known_at)).flatten();
        Status { standing, since, remaining, successor, at, as_known_at }
    }

    /// What a record would change, without changing it.
    fn after(&self, content: &RecordContent) -> Result<(Timeline, Vec<Amount>), HistoryError> {
        let sequence = content.sequence;
        if let Some(HistoryRecord { content: first, .. }) = self.records.first() {
            if first.number != content.number {
                return Err(HistoryError::AnotherDocument { sequence });
            }
            // The BIN must stay: anybody with a certificate could otherwise add a record under their own.
            if first.issuing_body.bin != content.issuing_body.bin {
                return Err(HistoryError::AnotherIssuingBody { sequence });
            }
        }
        if self.records.last().is_some_and(|last| last.content.recorded_at > content.recorded_at) {
            return Err(HistoryError::RecordedBackwards { sequence });
        }
        let mut timeline = self.timeline.clone();
        let action = content.action.kind();
        timeline.apply(content.effective_at, action).map_err(|state| HistoryError::NotAllowed {
            sequence,
            state,
            action,
        })?;
        let outside = |issue: Issue<'_>| {
            content.effective_at < issue.valid_from
                || issue.valid_until.is_some_and(|until| content.effective_at >= until)
        };
        if action == ActionKind::WriteOff && self.issue(content.recorded_at).is_none_or(outside) {
            return Err(HistoryError::WriteOffOutsideValidity { sequence });
        }
        Ok((timeline, self.remaining_after(content)?))
    }

    fn remaining_after(&self, content: &RecordContent) -> Result<Vec<Amount>, HistoryError> {
        match &content.action {
            Action::Issue { quantities, .. } => Ok(quantities.clone()),
            Action::WriteOff { item, quantity } => {
                let mut remaining = self.remaining.clone();
                let left = remaining.get_mut(*item);
                let after = left.as_ref().and_then(|left| left.checked_sub(*quantity));
                match (left, after) {
                    (Some(left), Some(after)) if *quantity != Amount::ZERO => *left = after,
                    _ => return Err(HistoryError::WriteOff { sequence: content.sequence, item: *item }),
                }
                Ok(remaining)
            }
            _ => Ok(self.remaining.clone()),
        }
    }

    fn known(&self, as_known_at: Timestamp) -> impl Iterator<Item = &RecordContent> {
        let contents = self.records.iter().map(|record| &record.content);
        contents.take_while(move |content| content.recorded_at <= as_known_at)
    }

    fn issue(&self, as_known_at: Timestamp) -> Option<Issue<'_>> {
        self.known(as_known_at).find_map(|content| match &content.action {
            Action::Issue { document, valid_from, valid_until, quantities } => {
                Some(Issue { document: *document, valid_from: *valid_from, valid_until: *valid_until, quantities })
            }
            _ => None,
        })
    }

    fn remaining_at(&self, issue: &Issue<'_>, at: Timestamp, as_known_at: Timestamp) -> Vec<Amount> {
        let mut remaining = issue.quantities.to_vec();
        for content in self.known(as_known_at).filter(|content| content.effective_at <= at) {
            if let Action::WriteOff { item, quantity } = &content.action
                && let Some(left) = remaining.get_mut(*item)
            {
                // INVARIANT: `replay` saw that the sum of all stays within the quantity.
                *left = left.checked_sub(*quantity).unwrap_or_default();
            }
        }
        remaining
    }

    fn successor(&self, as_known_at: Timestamp) -> Option<Number> {
        self.known(as_known_at)
            .filter_map(|content| match &content.action {
                Action::Supersede { successor } => Some(successor.clone()),
                _ => None,
            })
            .last()
    }
}

struct Issue<'a> {
    document: Digest,
    valid_from: Timestamp,
    valid_until: Option<Timestamp>,
    quantities: &'a [Amount],
}

/// Records that are no history of one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// No record at all.
    #[error("a history has at least one record")]
    Empty,
    /// A record is no record.
    #[error("record {sequence}: {error}")]
    Unreadable {
        /// Which.
        sequence: u64,
        /// Why.
        error: ContentError,
    },
    /// A record of another document.
    #[error("record {sequence} belongs to another document")]
    AnotherDocument {
        /// Which.
        sequence: u64,
    },
    /// A record of another body than the one that issued the document.
    #[error("record {sequence} is of another issuing body")]
    AnotherIssuingBody {
        /// Which.
        sequence: u64,
    },
    /// A record that claims to be older than the one before it.
    #[error("record {sequence} claims to have been written before its predecessor")]
    RecordedBackwards {
        /// Which.
        sequence: u64,
    },
    /// The action is not allowed in the state that the document had at the effective time.
    #[error("record {sequence}: `{}` is not allowed while the document is {state:?}", action.code())]
    NotAllowed {
        /// Which.
        sequence: u64,
        /// How the document stood.
        state: LifeState,
        /// What was to happen.
        action: ActionKind,
    },
    /// More is written off than is left, nothing at all, or an item that is not there.
    #[error("record {sequence}: item {item} has not that quantity left")]
    WriteOff {
        /// Which.
        sequence: u64,
        /// The item, counted from 0.
        item: usize,
    },
    /// Goods are cleared only while the document is valid.
    #[error("record {sequence} writes off at a time when the document is not valid")]
    WriteOffOutsideValidity {
        /// Which.
        sequence: u64,
    },
    /// Out of place, or the chain is broken.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

#[cfg(test)]
pub(super) mod tests;
