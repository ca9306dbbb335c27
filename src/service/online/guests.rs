//! Issuers that were fetched for unknown senders: for those documents alone, until a path through them reaches an anchor.

use std::collections::HashMap;

use super::wanted::{Fact, holds, lacks_of};
use crate::fetch::{Evidence, Fetched, Fetcher, Kept, Key, is_issued_by};
use crate::limits::FETCH_ISSUERS_MAX;
use crate::path::Pool;
use crate::report::Answer;
use crate::service::Trust;
use crate::time::Timestamp;
use crate::x509::{Certificate, Fingerprint};

/// The issuers of one call.
#[derive(Debug, Default)]
pub(super) struct Guests {
    known: HashMap<Fingerprint, Guest>,
}

#[derive(Debug)]
struct Guest {
    certificate: Certificate,
    key: Key,
    seen_at: Timestamp,
}

impl Guests {
    /// Lets in what a child asked for: certificates of its issuer's name whose key signed it, and nothing else that came with
    /// them.
    pub(super) fn admit(&mut self, child: &Certificate, kept: &Kept) {
        let Evidence::Certificates(certificates) = &kept.evidence else { return };
        let issuers = certificates.iter().filter(|issuer| is_issued_by(child, issuer));
        for certificate in issuers.take(FETCH_ISSUERS_MAX.value) {
            let guest = Guest { certificate: certificate.clone(), key: kept.key.clone(), seen_at: kept.seen_at };
            self.known.insert(certificate.fingerprint(), guest);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// What strangers' documents are judged with beside everything else.
    pub(super) fn pool(&self) -> Pool {
        let mut pool = Pool::default();
        self.known.values().for_each(|guest| pool.add_certificate(guest.certificate.clone()));
        pool
    }

    /// Takes those on a path of this answer's that reaches an anchor among what is kept for everybody.
    pub(super) fn adopt(&mut self, answer: &Answer, trust: &Trust, fetcher: &Fetcher) -> Vec<Fetched> {
        let anchors = &trust.compiled.anchors;
        let reaches = |path: &&[Certificate]| {
            path.last().is_some_and(|last| anchors.contains(last.fingerprint()))
                && path.iter().any(|c| self.known.contains_key(&c.fingerprint()))
                && holds(path)
        };
        let signatures = answer.result.iter().flat_map(|report| &report.signatures);
        let paths = signatures.flat_map(|signature| {
            let stamps = signature.time_stamps.iter().map(|stamp| stamp.path.as_slice());
            std::iter::once(&*signature.path).chain(stamps)
        });
        let found: Vec<Fingerprint> = paths.filter(reaches).flatten().map(Certificate::fingerprint).collect();
        let adopted = found.iter().filter_map(|fingerprint| self.known.remove(fingerprint));
        adopted.map(|guest| fetcher.adopt(guest.key, guest.seen_at, &guest.certificate)).collect()
    }
}

/// Whether an answer misses an issuer: only then is its document judged with guests.
pub(super) fn is_strangers(answer: &Answer, trust: &Trust) -> bool {
    let signatures = answer.result.iter().flat_map(|report| &report.signatures);
    let mut lacks = signatures.flat_map(|signature| lacks_of(signature, &trust.compiled.anchors));
    lacks.any(|lack| matches!(lack.fact, Fact::Issuer))
}
