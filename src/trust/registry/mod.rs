//! The registry: a log of what administrators proposed, approved and published, each entry signed and chained; everything
//! else is read off it.
//!
//! Bitemporal: dates inside of changes are law time, the time of the approval is knowledge time. The same log makes the same
//! snapshots, octet for octet.

mod change;
mod entry;
mod error;
mod state;
mod told;

use std::collections::BTreeMap;

use crate::ledger::{Claimed, Digest, Entry, Ledger, Place};
use crate::limits::{TRUST_ENTRY_BYTES_MAX, TRUST_LOG_BYTES_MAX};
use crate::time::Timestamp;
use crate::x509::Certificate;

use super::norm::norm_at;
use super::party::PartyId;
use super::signed::{open_statement, unverified_content};
use super::snapshot::TrustSnapshot;
use change::Effect;

pub use change::Change;
pub use entry::{Act, Administrator, ENTRY_SCHEMA, EntryContent, Step};
pub use error::{ChangeError, RegistryError};
pub use state::State;

/// The registry, replayed from its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registry {
    // INVARIANT: made by `replay` and `push` alone: numbered without gaps, chained, every signature verified.
    ledger: Ledger,
    entries: Vec<RegistryEntry>,
    bytes: usize,
    state: State,
    /// Each proposal by its digest: its place among the entries, and the entry that settled it.
    proposals: BTreeMap<Digest, (usize, Option<u64>)>,
}

/// An entry in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryEntry {
    /// Number and digests.
    pub place: Entry,
    /// What it says.
    pub content: EntryContent,
}

/// How a proposal stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalView<'a> {
    /// The proposal.
    pub entry: &'a RegistryEntry,
    /// The act that it follows.
    pub act: &'a Act,
    /// What is to change.
    pub changes: &'a [Change],
    /// The entry that settled it; none while it waits.
    pub settled: Option<&'a RegistryEntry>,
}

impl Registry {
    /// Replays a log, whose first entry must be signed with the key of `keeper`.
    ///
    /// *Errors*: the first entry that is out of place, not signed by whom it names, or not allowed where it stands.
    /// *Cost*: `HISTORY_RECORDS_MAX` entries of `TRUST_ENTRY_BYTES_MAX`, `TRUST_LOG_BYTES_MAX` together.
    pub fn replay<'a>(log: impl IntoIterator<Item = &'a [u8]>, keeper: &Certificate) -> Result<Self, RegistryError> {
        let mut log = log.into_iter();
        let mut registry = Self::begin(log.next().ok_or(RegistryError::Empty)?, keeper)?;
        for signed in log {
            let content = registry.open(signed)?;
            registry.append(content, signed)?;
        }
        Ok(registry)
    }

    /// Begins with a signed genesis.
    pub fn begin(signed: &[u8], keeper: &Certificate) -> Result<Self, RegistryError> {
        TRUST_ENTRY_BYTES_MAX.check(signed.len())?;
        let content = EntryContent::parse(&open_statement(signed, keeper)?)?;
        let Step::Genesis { administrators, snapshot } = &content.step else {
            return Err(RegistryError::Genesis { sequence: content.sequence });
        };
        let state = State::of_genesis(administrators, snapshot)?;
        let mut ledger = Ledger::new();
        let place = ledger.append(claim(&content, signed))?;
        let entries = vec![RegistryEntry { place, content }];
        Ok(Self { ledger, entries, bytes: signed.len(), state, proposals: BTreeMap::new() })
    }

    /// Takes one more signed entry. What it refuses leaves it as it was.
    pub fn push(&mut self, signed: &[u8]) -> Result<&RegistryEntry, RegistryError> {
        let content = self.open(signed)?;
        self.check_text(&content)?;
        self.append(content, signed)
    }

    /// Reads an entry under the key of whom it names.
    fn open(&self, signed: &[u8]) -> Result<EntryContent, RegistryError> {
        TRUST_ENTRY_BYTES_MAX.check(signed.len())?;
        // Only to learn who is to have signed it; it is read again under that key.
        let by = EntryContent::parse(&unverified_content(signed)?)?.by;
        EntryContent::parse(&open_statement(signed, &self.certificate_of(&by)?)?)
    }

    /// Puts an entry behind the others, whatever its words: what was taken once stays readable.
    fn append(&mut self, content: EntryContent, signed: &[u8]) -> Result<&RegistryEntry, RegistryError> {
        let bytes = self.bytes.saturating_add(signed.len());
        TRUST_LOG_BYTES_MAX.check(bytes)?;
        let (state, settled) = self.after(&content)?;
        let place = self.ledger.append(claim(&content, signed))?;
        if let Some(state) = state {
            self.state = state;
        }
        if let Some(proposal) = settled {
            self.proposals.entry(proposal).and_modify(|(_, by)| *by = Some(place.sequence));
        }
        if matches!(content.step, Step::Proposal { .. }) {
            self.proposals.insert(place.digest, (self.entries.len(), None));
        }
        self.bytes = bytes;
        self.entries.push(RegistryEntry { place, content });
        // INVARIANT: one was pushed just now.
        self.entries.last().ok_or(RegistryError::Empty)
    }

    /// Says whether an entry could be the next; ask before signing it.
    pub fn allows(&self, content: &EntryContent) -> Result<(), RegistryError> {
        let Place { sequence, previous } = self.next_place();
        if content.sequence != sequence {
            let found = content.sequence;
            return Err(crate::ledger::LedgerError::OutOfSequence { expected: sequence, found }.into());
        }
        if content.previous != previous {
            return Err(crate::ledger::LedgerError::BrokenChain { sequence }.into());
        }
        let content = EntryContent::parse(&content.encode())?;
        self.certificate_of(&content.by)?;
        self.check_text(&content)?;
        self.after(&content).map(|_| ())
    }

    /// The place that the next entry must claim.
    pub fn next_place(&self) -> Place {
        self.ledger.next_place()
    }

    /// Every entry, oldest first.
    pub fn entries(&self) -> &[RegistryEntry] {
        &self.entries
    }

    /// What is in force by all that is known.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What was in force by what was known at a time: the genesis, and every proposal approved until then.
    ///
    /// Before the log began nothing was known.
    pub fn as_known_at(&self, known_at: Timestamp) -> Option<State> {
        let known = self.entries.iter().take_while(|entry| entry.content.recorded_at <= known_at).count();
        self.state_after(known)
    }

    /// The snapshot that was published by the entry of this number; `None` where that entry published nothing.
    ///
    /// A pure function of the log: the same entries make the same octets.
    pub fn snapshot(&self, sequence: u64) -> Option<TrustSnapshot> {
        let index = self.entries.iter().position(|entry| entry.place.sequence == sequence)?;
        let entry = self.entries.get(index)?;
        let Step::Publication {} = entry.content.step else { return None };
        let TrustSnapshot { version: first, .. } = self.entries.first().and_then(genesis_snapshot)?;
        let state = self.state_after(index)?;
        let issued_at = entry.content.recorded_at;
        let norm = norm_at(&state.snapshot.norms, issued_at).map(|norm| norm.act.clone());
        Some(TrustSnapshot {
            version: first.saturating_add(sequence),
            issued_at,
            norm: norm.unwrap_or(state.snapshot.norm),
            log_head: Some(entry.place.digest.to_string()),
            ..state.snapshot
        })
    }

    /// The last publication.
    pub fn last_publication(&self) -> Option<&RegistryEntry> {
        self.entries.iter().rev().find(|entry| matches!(entry.content.step, Step::Publication {}))
    }

    /// The proposals, oldest first.
    pub fn proposals(&self) -> impl Iterator<Item = ProposalView<'_>> {
        self.entries.iter().filter_map(|entry| self.proposal(&entry.place.digest))
    }

    /// The proposal of this digest.
    pub fn proposal(&self, digest: &Digest) -> Option<ProposalView<'_>> {
        let (index, settled) = self.proposals.get(digest)?;
        let entry = self.entries.get(*index)?;
        let Step::Proposal { act, changes } = &entry.content.step else { return None };
        let settled = settled.and_then(|by| self.entries.iter().find(|entry| entry.place.sequence == by));
        Some(ProposalView { entry, act, changes, settled })
    }

    /// What happened to a party: every change about it that took effect, with the entry that let it, oldest first.
    pub fn history(&self, party: &PartyId) -> Vec<(&RegistryEntry, &Act, &Change)> {
        let mut all: Vec<_> = self
            .proposals()
            .filter_map(|proposal| Some((proposal.settled?, proposal.act, proposal.changes)))
            .filter(|(settled, ..)| matches!(settled.content.step, Step::Approval { .. }))
            .flat_map(|(settled, act, changes)| changes.iter().map(move |change| (settled, act, change)))
            .filter(|(.., change)| change.party() == Some(party))
            .collect();
        // A proposal that was made first may have been approved last.
        all.sort_by_key(|(settled, ..)| settled.place.sequence);
        all
    }

    /// What an entry would change, and which proposal it would settle, without doing either.
    fn after(&self, content: &EntryContent) -> Result<(Option<State>, Option<Digest>), RegistryError> {
        let sequence = content.sequence;
        if self.entries.last().is_some_and(|last| last.content.recorded_at > content.recorded_at) {
            return Err(RegistryError::RecordedBackwards { sequence });
        }
        if !self.certificate_of(&content.by)?.validity().contains(content.recorded_at) {
            return Err(RegistryError::CertificateNotValid { id: content.by.clone() });
        }
        let effect = Effect { entry: sequence, recorded_at: content.recorded_at };
        match &content.step {
            Step::Genesis { .. } => Err(RegistryError::Genesis { sequence }),
            Step::Publication {} => Ok((None, None)),
            // A proposal that could not take effect now is told at once; whether it can is asked again at the approval.
            Step::Proposal { changes, .. } => self.state.after(changes, effect).map(|_| (None, None)),
            Step::Approval { proposal } => {
                let view = self.pending(proposal)?;
                self.check_second(&content.by, &view.entry.content.by)?;
                Ok((Some(self.state.after(view.changes, effect)?), Some(*proposal)))
            }
            Step::Rejection { proposal, .. } => self.pending(proposal).map(|_| (None, Some(*proposal))),
        }
    }

    /// Words that steer or hide text would show an administrator something else than what he approves.
    fn check_text(&self, content: &EntryContent) -> Result<(), RegistryError> {
        let own = told::unfit_field(&content.step);
        let field = own.or_else(|| match &content.step {
            Step::Approval { proposal } => told::unfit_field(&self.proposal(proposal)?.entry.content.step),
            _ => None,
        });
        field.map_or(Ok(()), |field| Err(RegistryError::Text { field }))
    }

    fn pending(&self, proposal: &Digest) -> Result<ProposalView<'_>, RegistryError> {
        let view = self.proposal(proposal).ok_or(RegistryError::NoSuchProposal { proposal: *proposal })?;
        match view.settled {
            Some(by) => Err(RegistryError::Settled { proposal: *proposal, by: by.place.sequence }),
            None => Ok(view),
        }
    }

    /// Whoever approves is another administrator than whoever proposed: another key and another person.
    fn check_second(&self, approver: &PartyId, proposer: &PartyId) -> Result<(), RegistryError> {
        let gone = || RegistryError::ProposerGone { id: proposer.clone() };
        let proposer = self.state.administrator(proposer).ok_or_else(gone)?;
        let unknown = || RegistryError::NotAnAdministrator { id: approver.clone() };
        let second = self.state.administrator(approver).ok_or_else(unknown)?;
        if second.id == proposer.id || second.is_same_as(proposer) {
            return Err(RegistryError::OwnProposal { id: approver.clone() });
        }
        Ok(())
    }

    fn certificate_of(&self, id: &PartyId) -> Result<Certificate, RegistryError> {
        let unknown = || RegistryError::NotAnAdministrator { id: id.clone() };
        Ok(self.state.administrator(id).ok_or_else(unknown)?.certificate()?)
    }

    /// The state after so many entries.
    fn state_after(&self, entries: usize) -> Option<State> {
        let mut known = self.entries.iter().take(entries);
        let Step::Genesis { administrators, snapshot } = &known.next()?.content.step else { return None };
        // INVARIANT: `push` made the same steps, so none of them fails now.
        let mut state = State::of_genesis(administrators, snapshot).ok()?;
        for entry in known {
            if let Step::Approval { proposal } = &entry.content.step {
                let effect = Effect { entry: entry.place.sequence, recorded_at: entry.content.recorded_at };
                state = state.after(self.proposal(proposal)?.changes, effect).ok()?;
            }
        }
        Some(state)
    }
}

fn claim<'a>(content: &EntryContent, signed: &'a [u8]) -> Claimed<'a> {
    Claimed { sequence: content.sequence, previous: content.previous, octets: signed }
}

fn genesis_snapshot(entry: &RegistryEntry) -> Option<TrustSnapshot> {
    match &entry.content.step {
        Step::Genesis { snapshot, .. } => Some((**snapshot).clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
