//! An append-only log: each entry names the digest of the one before, so that nothing is changed, dropped or moved unseen.

mod digest;

use crate::limits::{HISTORY_RECORDS_MAX, LimitExceeded};

pub use digest::{Digest, DigestError};

/// One place in a log: its number, the digest of its octets and the digest of the entry before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Entry {
    /// Counts from 1 without gaps.
    pub sequence: u64,
    /// The digest of the entry before; `None` for the first.
    pub previous: Option<Digest>,
    /// SHA-256 over the octets of this entry.
    pub digest: Digest,
}

/// What an entry says about its own place, together with its octets.
///
/// The octets must vouch for `sequence` and `previous` (they are part of what is signed); the log cannot see that.
#[derive(Debug, Clone, Copy)]
pub struct Claimed<'a> {
    /// The number that the entry gives itself.
    pub sequence: u64,
    /// The digest that the entry says its predecessor has.
    pub previous: Option<Digest>,
    /// The octets of the entry as they were kept.
    pub octets: &'a [u8],
}

/// A log whose numbering and digests hold from the first entry to the last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ledger {
    // INVARIANT: numbered from 1 without gaps, each `previous` is the digest of the entry before.
    entries: Vec<Entry>,
}

impl Ledger {
    /// A log without entries.
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// Reads a whole log from its first entry on.
    ///
    /// *Errors*: the first entry that is out of place. *Cost*: `HISTORY_RECORDS_MAX`.
    pub fn verify<'a>(claimed: impl IntoIterator<Item = Claimed<'a>>) -> Result<Self, LedgerError> {
        let mut ledger = Self::new();
        for claim in claimed {
            ledger.append(claim)?;
        }
        Ok(ledger)
    }

    /// Takes one more entry where it fits the end of the log.
    pub fn append(&mut self, claimed: Claimed<'_>) -> Result<Entry, LedgerError> {
        HISTORY_RECORDS_MAX.check(self.entries.len().saturating_add(1))?;
        let place = self.next_place();
        if claimed.sequence != place.sequence {
            return Err(LedgerError::OutOfSequence { expected: place.sequence, found: claimed.sequence });
        }
        if claimed.previous != place.previous {
            return Err(LedgerError::BrokenChain { sequence: claimed.sequence });
        }
        let entry = Entry { sequence: place.sequence, previous: place.previous, digest: Digest::of(claimed.octets) };
        self.entries.push(entry);
        Ok(entry)
    }

    /// Says what the next entry must claim about its place.
    pub fn next_place(&self) -> Place {
        let sequence = self.head().map_or(1, |head| head.sequence.saturating_add(1));
        Place { sequence, previous: self.head().map(|head| head.digest) }
    }

    /// The last entry.
    pub fn head(&self) -> Option<&Entry> {
        self.entries.last()
    }

    /// All entries, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

/// The place that is free at the end of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The number that the next entry carries.
    pub sequence: u64,
    /// The digest that the next entry names.
    pub previous: Option<Digest>,
}

/// An entry is not where it says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// An entry is missing, doubled or moved.
    #[error("entry {found} stands where entry {expected} belongs")]
    OutOfSequence {
        /// The number that belongs here.
        expected: u64,
        /// The number found.
        found: u64,
    },
    /// The digest named is not that of the entry before: one of the two was replaced.
    #[error("entry {sequence} does not name the digest of the entry before it")]
    BrokenChain {
        /// The entry whose `previous` does not fit.
        sequence: u64,
    },
    /// More entries than one log may have.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log_of(octets: &[&[u8]]) -> Ledger {
        let mut ledger = Ledger::new();
        for octets in octets {
            let place = ledger.next_place();
            ledger.append(Claimed { sequence: place.sequence, previous: place.previous, octets }).unwrap();
        }
        ledger
    }

    fn claims<'a>(ledger: &Ledger, octets: &[&'a [u8]]) -> Vec<Claimed<'a>> {
        let place = |(entry, octets): (&Entry, &&'a [u8])| Claimed {
            sequence: entry.sequence,
            previous: entry.previous,
            octets,
        };
        ledger.entries().iter().zip(octets).map(place).collect()
    }

    #[test]
    fn a_log_verifies_as_it_was_written() {
        let octets: [&[u8]; 3] = [b"a", b"b", b"c"];
        let ledger = log_of(&octets);
        assert_eq!(Ledger::verify(claims(&ledger, &octets)).unwrap(), ledger);
        assert_eq!(Ledger::verify([]).unwrap().head(), None);
    }

    #[test]
    fn a_changed_entry_breaks_the_link_after_it() {
        let octets: [&[u8]; 3] = [b"a", b"b", b"c"];
        let ledger = log_of(&octets);
        let changed = claims(&ledger, &[b"a", b"B", b"c"]);
        assert_eq!(Ledger::verify(changed).unwrap_err(), LedgerError::BrokenChain { sequence: 3 });
    }

    #[test]
    fn a_dropped_doubled_or_moved_entry_is_seen() {
        let octets: [&[u8]; 3] = [b"a", b"b", b"c"];
        let whole = claims(&log_of(&octets), &octets);
        let out_of_sequence = |order: &[usize]| Ledger::verify(order.iter().map(|&at| whole[at])).unwrap_err();
        assert_eq!(out_of_sequence(&[0, 2]), LedgerError::OutOfSequence { expected: 2, found: 3 });
        assert_eq!(out_of_sequence(&[0, 0]), LedgerError::OutOfSequence { expected: 2, found: 1 });
        assert_eq!(out_of_sequence(&[1, 0]), LedgerError::OutOfSequence { expected: 1, found: 2 });
    }

    #[test]
    fn the_first_entry_names_no_predecessor() {
        let claimed = Claimed { sequence: 1, previous: Some(Digest::of(b"x")), octets: b"a" };
        assert_eq!(Ledger::verify([claimed]).unwrap_err(), LedgerError::BrokenChain { sequence: 1 });
    }
}
