//! What documents bring again and again: the certificates of a few hundred officers, read once, and whom they mean.
//!
//! What is kept changes how fast an answer comes, never which. It is looked for under a keyed hash of some octets and found
//! by all of them, and it is kept for one set of anchors, material and evidence, and one policy.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::{Arc, PoisonError, RwLock};

use super::Terms;
use super::meant::Meant;
use crate::cms::SignerInfo;
use crate::codec::Malformed;
use crate::limits::{
    KNOWN_ALIKE_MAX, KNOWN_BYTES_MAX, KNOWN_MAX, KNOWN_SIGNERS_MAX, KNOWN_WORDS_BYTES_MAX, LimitExceeded,
};
use crate::path::{Pool, PoolSeal, Sources};
use crate::policy::Policy;
use crate::x509::Certificate;

/// What earlier documents brought, for those that bring the same. Bounded by `KNOWN_MAX` and `KNOWN_BYTES_MAX`; beside each
/// set of certificates stand the words of its signers, bounded by `KNOWN_SIGNERS_MAX` and `KNOWN_WORDS_BYTES_MAX`.
#[derive(Debug)]
pub struct Known {
    seals: [PoolSeal; 3],
    policy: Policy,
    hashing: RandomState,
    certificates: RwLock<Shelf<Certificate>>,
    carried: RwLock<Shelf<Carried>>,
}

/// The certificates that came with a document, as received, and what they are.
#[derive(Debug)]
pub(super) struct Carried {
    received: Vec<Received>,
    pub(super) pool: Pool,
    /// How many did not read.
    pub(super) malformed: usize,
    meant: RwLock<Vec<Arc<Meant>>>,
}

/// A certificate as received. Officers of one centre share that of the centre.
#[derive(Debug)]
enum Received {
    Read(Certificate),
    Malformed(Vec<u8>),
}

impl Received {
    fn octets(&self) -> &[u8] {
        match self {
            Self::Read(certificate) => certificate.der(),
            Self::Malformed(octets) => octets,
        }
    }
}

impl Carried {
    /// What came with one document.
    pub(super) fn new((pool, malformed): (Pool, usize)) -> Self {
        Self { received: Vec::new(), pool, malformed, meant: RwLock::default() }
    }

    fn is(&self, certificates: &[&[u8]]) -> bool {
        let same = |(one, other): (&Received, &&[u8])| one.octets() == *other;
        self.received.len() == certificates.len() && self.received.iter().zip(certificates).all(same)
    }

    /// Whom a signer of a document with these certificates means.
    pub(super) fn meant(&self, info: &SignerInfo<'_>, sources: &Sources<'_>) -> Arc<Meant> {
        let known = self.meant.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(meant) = known.iter().find(|meant| meant.is_by(info)) {
            return Arc::clone(meant);
        }
        drop(known);
        let meant = Arc::new(Meant::of(info, sources));
        // Behind a poisoned lock there are whole entries only, here and below.
        let mut known = self.meant.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() < KNOWN_SIGNERS_MAX.value && meant.words_bytes() <= KNOWN_WORDS_BYTES_MAX.value {
            known.push(Arc::clone(&meant));
        }
        meant
    }
}

impl Known {
    /// Knows nothing yet about documents that are judged by a policy with what we have ourselves: anchors, material, evidence.
    pub fn new(own: [&Pool; 3], policy: &Policy) -> Self {
        Self {
            seals: own.map(Pool::seal),
            policy: policy.clone(),
            hashing: RandomState::new(),
            certificates: RwLock::default(),
            carried: RwLock::default(),
        }
    }

    /// Whether what is known here was learnt under these terms; the time may be another.
    pub(super) fn is_for(&self, terms: &Terms<'_>) -> bool {
        let own = [&terms.trust.anchors, &terms.trust.material, terms.evidence];
        self.seals == own.map(Pool::seal) && self.policy == *terms.policy
    }

    /// Reads a certificate, or knows it.
    pub(super) fn certificate(&self, der: &[u8]) -> Result<Certificate, Malformed> {
        let key = self.key(std::iter::once(der));
        let shelf = self.certificates.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = shelf.find(key, |certificate| certificate.der() == der) {
            return Ok(Certificate::clone(&known));
        }
        drop(shelf);
        let certificate = Certificate::parse(der)?;
        let mut shelf = self.certificates.write().unwrap_or_else(PoisonError::into_inner);
        shelf.keep(key, der.len(), Arc::new(certificate.clone()));
        Ok(certificate)
    }

    /// What a document carries that has these certificates and nothing else, or knows it.
    ///
    /// *Errors*: those of `read`.
    pub(super) fn carried(
        &self,
        certificates: &[&[u8]],
        read: impl FnOnce() -> Result<(Pool, usize), LimitExceeded>,
    ) -> Result<Arc<Carried>, LimitExceeded> {
        let key = self.key(certificates.iter().copied());
        let shelf = self.carried.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = shelf.find(key, |carried| carried.is(certificates)) {
            return Ok(known);
        }
        drop(shelf);
        let received =
            |der: &&[u8]| self.certificate(der).map_or_else(|_| Received::Malformed(der.to_vec()), Received::Read);
        let carried = Carried::new(read()?);
        let carried = Arc::new(Carried { received: certificates.iter().map(received).collect(), ..carried });
        let size = certificates.iter().map(|der| der.len()).sum();
        self.carried.write().unwrap_or_else(PoisonError::into_inner).keep(key, size, Arc::clone(&carried));
        Ok(carried)
    }

    /// A certificate ends in its signature value, of which no two are the same by accident; whoever makes them the same on
    /// purpose gains a longer look (`KNOWN_ALIKE_MAX`).
    fn key<'a>(&self, certificates: impl Iterator<Item = &'a [u8]>) -> u64 {
        const SAMPLE: usize = 24;
        let mut hasher = self.hashing.build_hasher();
        for der in certificates {
            hasher.write_usize(der.len());
            hasher.write(der.last_chunk::<SAMPLE>().map_or(der, <[u8; SAMPLE]>::as_slice));
        }
        hasher.finish()
    }
}

/// Things by their key. A full shelf is emptied first: what a working day needs comes back with its next documents.
#[derive(Debug)]
struct Shelf<T> {
    kept: HashMap<u64, Vec<Arc<T>>>,
    count: usize,
    bytes: usize,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { kept: HashMap::new(), count: 0, bytes: 0 }
    }
}

impl<T> Shelf<T> {
    fn find(&self, key: u64, is: impl Fn(&T) -> bool) -> Option<Arc<T>> {
        self.kept.get(&key)?.iter().find(|one| is(one)).map(Arc::clone)
    }

    fn keep(&mut self, key: u64, bytes: usize, one: Arc<T>) {
        if self.count >= KNOWN_MAX.value || self.bytes.saturating_add(bytes) > KNOWN_BYTES_MAX.value {
            *self = Self::default();
        }
        let alike = self.kept.entry(key).or_default();
        if alike.len() < KNOWN_ALIKE_MAX.value && bytes <= KNOWN_BYTES_MAX.value {
            alike.push(one);
            self.count = self.count.saturating_add(1);
            self.bytes = self.bytes.saturating_add(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shelf_finds_what_is_there_and_stays_within_its_bounds() {
        let mut shelf = Shelf::default();
        for number in 0..=KNOWN_MAX.value * 2 {
            let key = u64::try_from(number).unwrap();
            shelf.keep(key, 1, Arc::new(number));
            assert_eq!(shelf.find(key, |one| *one == number).as_deref(), Some(&number));
            assert_eq!(shelf.find(key, |one| *one != number), None, "another thing under the same key");
            assert!(shelf.count <= KNOWN_MAX.value);
        }
        shelf.keep(1, KNOWN_BYTES_MAX.value, Arc::new(7));
        assert_eq!((shelf.count, shelf.bytes), (1, KNOWN_BYTES_MAX.value), "emptied first");
        shelf.keep(2, KNOWN_BYTES_MAX.value + 1, Arc::new(8));
        assert_eq!(shelf.find(2, |_| true), None, "what is too large is not kept at all");
    }

    #[test]
    fn things_alike_are_kept_in_small_number() {
        let mut shelf = Shelf::default();
        (0..100).for_each(|number| shelf.keep(5, 1, Arc::new(number)));
        assert_eq!(shelf.count, KNOWN_ALIKE_MAX.value);
        assert!(shelf.find(5, |one| *one == 0).is_some() && shelf.find(5, |one| *one == 99).is_none());
    }
}
