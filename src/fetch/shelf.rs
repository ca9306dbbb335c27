//! What was fetched and is kept: by where it came from, with when it was seen, within bounds.

use std::collections::HashMap;
use std::sync::Arc;

use super::content::{Evidence, Kind};
use super::url::Url;
use crate::limits::{FETCH_KEPT_BYTES_MAX, FETCH_KEPT_MAX};
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
    /// What they say.
    pub evidence: Evidence,
}

/// Everything that is kept. What was checked longest ago makes room.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    kept: HashMap<Key, Arc<Kept>>,
    bytes: usize,
}

impl Shelf {
    pub(super) fn get(&self, key: &Key) -> Option<Arc<Kept>> {
        self.kept.get(key).cloned()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Kept>> {
        self.kept.values()
    }

    pub(super) fn put(&mut self, kept: Arc<Kept>) {
        self.remove(&kept.key.clone());
        self.bytes = self.bytes.saturating_add(kept.size_bytes);
        self.kept.insert(kept.key.clone(), kept);
        while self.bytes > FETCH_KEPT_BYTES_MAX.value || self.kept.len() > FETCH_KEPT_MAX.value {
            let Some(oldest) = self.kept.values().min_by_key(|k| k.checked_at).map(|k| k.key.clone()) else { break };
            self.remove(&oldest);
        }
    }

    fn remove(&mut self, key: &Key) {
        if let Some(gone) = self.kept.remove(key) {
            self.bytes = self.bytes.saturating_sub(gone.size_bytes);
        }
    }
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
            evidence: Evidence::Certificates(Vec::new()),
        })
    }

    #[test]
    fn the_shelf_is_full_at_its_bound_and_the_oldest_goes_above_it() {
        let mut shelf = Shelf::default();
        shelf.put(kept(1, FETCH_KEPT_BYTES_MAX.value - 1));
        shelf.put(kept(2, 1));
        assert_eq!(shelf.all().count(), 2);
        shelf.put(kept(2, 1));
        assert_eq!((shelf.all().count(), shelf.bytes), (2, FETCH_KEPT_BYTES_MAX.value));
        shelf.put(kept(3, 1));
        assert!(shelf.get(&kept(1, 0).key).is_none());
        assert_eq!((shelf.all().count(), shelf.bytes), (2, 2));
    }

    #[test]
    fn as_many_as_the_bound_are_kept_and_no_more() {
        let mut shelf = Shelf::default();
        for path in 0..=FETCH_KEPT_MAX.value {
            shelf.put(kept(path, 1));
        }
        assert_eq!(shelf.all().count(), FETCH_KEPT_MAX.value);
        assert!(shelf.get(&kept(0, 0).key).is_none());
    }
}
