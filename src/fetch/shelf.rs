//! What was fetched and is kept: by where it came from, with when it was seen, within bounds.

use std::collections::HashMap;
use std::sync::Arc;

use super::content::{Evidence, Kind};
use super::url::Url;
use super::vouch::told_at;
use crate::limits::{FETCH_KEPT_BYTES_MAX, FETCH_KEPT_MAX, FETCH_KEPT_PER_SOURCE_MAX, Limit};
use crate::time::Timestamp;
use crate::x509::Fingerprint;

/// Where something came from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// What it is.
    pub kind: Kind,
    /// The address that was asked, before any redirect.
    pub url: Url,
    /// What was asked of an OCSP responder, without the nonce.
    pub question: Option<Fingerprint>,
}

/// What a server tells so that it can be asked for changes (RFC 9110 §8.8).
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Validators {
    /// ETag.
    pub etag: Option<String>,
    /// Last-Modified.
    pub last_modified: Option<String>,
}

/// Something that was fetched.
#[derive(Clone, Debug)]
pub struct Kept {
    /// From where.
    pub key: Key,
    /// How to ask for changes.
    pub validators: Validators,
    /// When these octets were first seen: what was not known before.
    pub seen_at: Timestamp,
    /// When the server last said that they are still what it has.
    pub checked_at: Timestamp,
    /// SHA-256 over the octets as received.
    pub fingerprint: Fingerprint,
    /// How many they are.
    pub size_bytes: usize,
    /// What it speaks of, where it is signed by whom it was asked about.
    pub vouched: Option<Fingerprint>,
    /// What they say.
    pub evidence: Evidence,
}

/// Everything that is kept: of one source several answers, in the order in which they came or were found unchanged.
///
/// Who answers for a source may be an old mirror, or anybody on the way: what came last does not take the place of what the
/// authority signed. First goes what nobody known signed, then what a later one of its scope follows, the rest at the very
/// end.
#[derive(Debug)]
pub(super) struct Shelf {
    kept: HashMap<Key, Vec<Arc<Kept>>>,
    count: usize,
    bytes: usize,
    bytes_max: usize,
}

/// How much is lost with an answer; the least goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Worth {
    Unsigned,
    Followed,
    Latest,
}

impl Default for Shelf {
    fn default() -> Self {
        Self::new(&FETCH_KEPT_BYTES_MAX)
    }
}

impl Shelf {
    pub(super) fn new(bytes_max: &Limit) -> Self {
        Self { kept: HashMap::new(), count: 0, bytes: 0, bytes_max: bytes_max.value }
    }

    /// The answer that came last.
    pub(super) fn get(&self, key: &Key) -> Option<Arc<Kept>> {
        self.kept.get(key)?.last().cloned()
    }

    /// The answer with these octets.
    pub(super) fn same(&self, key: &Key, fingerprint: Fingerprint) -> Option<Arc<Kept>> {
        self.kept.get(key)?.iter().find(|kept| kept.fingerprint == fingerprint).cloned()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Kept>> {
        self.kept.values().flatten()
    }

    /// Keeps an answer as the last one of its source; gives those that made room.
    pub(super) fn put(&mut self, kept: &Arc<Kept>) -> Vec<Arc<Kept>> {
        self.remove(&kept.key, kept.fingerprint);
        self.bytes = self.bytes.saturating_add(kept.size_bytes);
        self.count = self.count.saturating_add(1);
        let source = self.kept.entry(kept.key.clone()).or_default();
        source.push(Arc::clone(kept));
        let mut gone = surplus(source);
        for one in &gone {
            self.remove(&one.key, one.fingerprint);
        }
        while self.bytes > self.bytes_max || self.count > FETCH_KEPT_MAX.value {
            let ranked = self.kept.values().flat_map(|source| source.iter().map(|one| (worth(one, source), one)));
            let least = ranked.min_by_key(|(worth, one)| (*worth, one.checked_at));
            let Some(least) = least.map(|(_, one)| Arc::clone(one)) else { break };
            self.remove(&least.key, least.fingerprint);
            gone.push(least);
        }
        gone
    }

    fn remove(&mut self, key: &Key, fingerprint: Fingerprint) {
        let Some(source) = self.kept.get_mut(key) else { return };
        if let Some(place) = source.iter().position(|kept| kept.fingerprint == fingerprint) {
            let gone = source.remove(place);
            self.bytes = self.bytes.saturating_sub(gone.size_bytes);
            self.count = self.count.saturating_sub(1);
        }
        if source.is_empty() {
            self.kept.remove(key);
        }
    }
}

fn worth(kept: &Kept, source: &[Arc<Kept>]) -> Worth {
    let told = told_at(&kept.evidence);
    let follows = |other: &Arc<Kept>| other.vouched == kept.vouched && told_at(&other.evidence) > told;
    match kept.vouched {
        None => Worth::Unsigned,
        Some(_) if source.iter().any(follows) => Worth::Followed,
        Some(_) => Worth::Latest,
    }
}

/// What is too much of one source: those without a known signer from the first that came, the others from the oldest.
fn surplus(source: &[Arc<Kept>]) -> Vec<Arc<Kept>> {
    let of = |wanted: fn(&Kept) -> bool| source.iter().filter(move |kept| wanted(kept));
    let excess = |count: usize| count.saturating_sub(FETCH_KEPT_PER_SOURCE_MAX.value);
    let unsigned = of(|kept| kept.vouched.is_none());
    let mut followed: Vec<&Arc<Kept>> = source.iter().filter(|kept| worth(kept, source) == Worth::Followed).collect();
    followed.sort_by_key(|kept| told_at(&kept.evidence));
    let gone = unsigned.clone().take(excess(unsigned.count()));
    let signed = of(|kept| kept.vouched.is_some()).count();
    gone.chain(followed.into_iter().take(excess(signed))).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(path: usize, size_bytes: usize) -> Arc<Kept> {
        let url = Url::parse(&format!("http://h/{path}")).unwrap();
        let at = Timestamp::from_unix_seconds(i64::try_from(path).unwrap());
        Arc::new(Kept {
            key: Key { kind: Kind::Ocsp, url, question: None },
            validators: Validators::default(),
            seen_at: at,
            checked_at: at,
            fingerprint: Fingerprint::of(&[]),
            size_bytes,
            vouched: None,
            evidence: Evidence::Certificates(Vec::new()),
        })
    }

    #[test]
    fn the_shelf_is_full_at_its_bound_and_the_oldest_goes_above_it() {
        let mut shelf = Shelf::default();
        shelf.put(&kept(1, FETCH_KEPT_BYTES_MAX.value - 1));
        shelf.put(&kept(2, 1));
        assert_eq!(shelf.all().count(), 2);
        shelf.put(&kept(2, 1));
        assert_eq!((shelf.all().count(), shelf.bytes), (2, FETCH_KEPT_BYTES_MAX.value));
        shelf.put(&kept(3, 1));
        assert!(shelf.get(&kept(1, 0).key).is_none());
        assert_eq!((shelf.all().count(), shelf.bytes), (2, 2));
    }

    #[test]
    fn what_nobody_known_signed_makes_room_and_the_latest_of_a_scope_never() {
        let mut shelf = Shelf::default();
        let answer = |number: usize, vouched: Option<Fingerprint>| {
            let fingerprint = Fingerprint::of(&number.to_be_bytes());
            Arc::new(Kept { fingerprint, vouched, ..Kept::clone(&kept(1, 1)) })
        };
        let bound = FETCH_KEPT_PER_SOURCE_MAX.value;
        // Without a time nothing follows anything: each of these is the latest.
        for number in 0..=bound {
            assert_eq!(shelf.put(&answer(number, Some(Fingerprint::of(b"scope")))).len(), 0);
        }
        for number in 100..100 + bound {
            assert_eq!(shelf.put(&answer(number, None)).len(), 0);
        }
        let gone = shelf.put(&answer(1_000, None));
        assert_eq!(gone.iter().map(|one| one.fingerprint).collect::<Vec<_>>(), [answer(100, None).fingerprint]);
        assert_eq!((shelf.all().count(), shelf.count), (2 * bound + 1, 2 * bound + 1));
        assert_eq!(shelf.get(&kept(1, 1).key).unwrap().fingerprint, answer(1_000, None).fingerprint);
    }

    #[test]
    fn as_many_as_the_bound_are_kept_and_no_more() {
        let mut shelf = Shelf::default();
        for path in 0..=FETCH_KEPT_MAX.value {
            shelf.put(&kept(path, 1));
        }
        assert_eq!(shelf.all().count(), FETCH_KEPT_MAX.value);
        assert!(shelf.get(&kept(0, 0).key).is_none());
    }
}
