//! Paths that held, kept for every time at which they hold: a few hundred officers sign millions of documents.
//!
//! Whether a path holds depends on two times, the one in question and the one of the asking, and on each only through
//! comparisons with times that stand in certificates, CRLs and OCSP responses: the *moments*. Between two moments next to
//! each other nothing changes. So a proof is kept under the target and the two stretches between moments, and serves every
//! question in them.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use super::book::Links;
use super::pool::{Pool, PoolSeal, Sources};
use super::rules::PathRules;
use super::validate::{Question, Rejection, ValidatedPath, validate};
use crate::limits::PATH_BOOK_MAX;
use crate::time::Timestamp;
use crate::x509::{CertStatus, Certificate, Crl, ExtensionValue, Fingerprint, OcspResponse};

/// The proofs that rest on one set of anchors, material and evidence, under one set of rules. Bounded by `PATH_BOOK_MAX`.
#[derive(Debug)]
pub struct PathBook {
    seals: [PoolSeal; 3],
    rules: PathRules,
    /// Sorted, each once.
    moments: Vec<Timestamp>,
    kept: RwLock<HashMap<Key, Kept>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    target: Fingerprint,
    at: Stretch,
    known_at: Stretch,
    proven_at: Option<Stretch>,
}

/// Where a time lies among moments: on one of them, or between two. Odd on a moment, even between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Stretch(usize);

impl Stretch {
    fn of(time: Timestamp, moments: &[Timestamp]) -> Self {
        match moments.binary_search(&time) {
            Ok(place) => Self(place.saturating_mul(2).saturating_add(1)),
            Err(place) => Self(place.saturating_mul(2)),
        }
    }
}

#[derive(Debug)]
struct Kept {
    proof: ValidatedPath,
    /// Moments of the target itself, which need not be among our own certificates.
    moments: Vec<Timestamp>,
    at: Stretch,
    known_at: Stretch,
    proven_at: Option<Stretch>,
}

impl PathBook {
    /// An empty book for what we have ourselves: anchors, material, evidence.
    ///
    /// *Cost*: one look-up per certificate in each CRL that may speak of it.
    pub fn new(own: [&Pool; 3], rules: PathRules) -> Self {
        let mut moments = Vec::new();
        for pool in own {
            pool.certificates().for_each(|certificate| add_certificate(certificate, &own, &mut moments));
            pool.crls().for_each(|crl| add_crl(crl, &mut moments));
            pool.ocsp_responses().for_each(|response| add_response(response, &rules, &mut moments));
            // Delegates need not be among our certificates.
            let delegates = pool.ocsp_responses().flat_map(|response| &response.certificates);
            delegates.for_each(|delegate| add_certificate(delegate, &own, &mut moments));
        }
        Self { seals: own.map(Pool::seal), rules, moments: sorted(moments), kept: RwLock::default() }
    }

    /// Whether these are the sources and rules that the proofs here rest on.
    fn is_for(&self, question: &Question<'_>, sources: &Sources<'_>) -> bool {
        let [material, evidence, _] = sources.pools;
        // The proven time is one of the key's.
        let same_rules = match question.rules.proven_at {
            None => self.rules == *question.rules,
            Some(_) => self.rules == PathRules { proven_at: None, ..question.rules.clone() },
        };
        self.seals == [sources.anchors, material, evidence].map(Pool::seal) && same_rules
    }

    fn key(&self, question: &Question<'_>) -> Key {
        Key {
            target: question.target.fingerprint(),
            at: Stretch::of(question.at, &self.moments),
            known_at: Stretch::of(question.known_at, &self.moments),
            proven_at: question.rules.proven_at.map(|at| Stretch::of(at, &self.moments)),
        }
    }

    fn get(&self, question: &Question<'_>) -> Option<ValidatedPath> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let found = kept.get(&self.key(question))?;
        let same = Stretch::of(question.at, &found.moments) == found.at
            && Stretch::of(question.known_at, &found.moments) == found.known_at
            && question.rules.proven_at.map(|at| Stretch::of(at, &found.moments)) == found.proven_at;
        same.then(|| found.proof.clone().at_another_time(question.at))
    }

    /// Keeps a proof. A full book is emptied first: the proofs of a working day come back with its next documents.
    fn keep(&self, question: &Question<'_>, proof: &ValidatedPath, own: [&Pool; 3]) {
        let mut moments = Vec::new();
        add_certificate(question.target, &own, &mut moments);
        let moments = sorted(moments);
        let (at, known_at) = (Stretch::of(question.at, &moments), Stretch::of(question.known_at, &moments));
        let proven_at = question.rules.proven_at.map(|at| Stretch::of(at, &moments));
        // A poisoned lock means that a bug ended another call; the book itself only ever holds whole proofs.
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= PATH_BOOK_MAX.value {
            kept.clear();
        }
        kept.insert(self.key(question), Kept { proof: proof.clone(), moments, at, known_at, proven_at });
    }

    /// How many proofs are kept.
    pub fn len(&self) -> usize {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Validates as [`validate`] does, from what we have ourselves first, and only then with what the document carries.
///
/// A proof from our own material alone stays a proof whatever certificates come along, so it is taken from the book where
/// it is there, and kept where it is not. Where the document brings a CRL or an OCSP response that we do not have, which
/// might speak against the path, everything is looked at anew, and nothing is kept.
pub fn validate_with_book(
    question: &Question<'_>,
    sources: &Sources<'_>,
    links: &Links,
    book: Option<&PathBook>,
) -> Result<ValidatedPath, Rejection> {
    if sources.brings_evidence() {
        return validate(question, sources, links);
    }
    let book = book.filter(|book| book.is_for(question, sources));
    if let Some(proof) = book.and_then(|book| book.get(question)) {
        return Ok(proof);
    }
    let nothing = Pool::default();
    let [material, evidence, _] = sources.pools;
    let own = Sources { anchors: sources.anchors, pools: [material, evidence, &nothing] };
    match validate(question, &own, links) {
        Ok(proof) => {
            if let Some(book) = book {
                book.keep(question, &proof, [sources.anchors, material, evidence]);
            }
            Ok(proof)
        }
        Err(_) => validate(question, sources, links),
    }
}

fn sorted(mut moments: Vec<Timestamp>) -> Vec<Timestamp> {
    moments.sort_unstable();
    moments.dedup();
    moments
}

/// Its validity, and when it was revoked by any CRL that may speak of it.
fn add_certificate(certificate: &Certificate, own: &[&Pool; 3], moments: &mut Vec<Timestamp>) {
    let validity = certificate.validity();
    // The end counts to the end of its second (`Validity::contains`).
    let end = Timestamp::from_unix_millis(validity.not_after.unix_seconds().saturating_mul(1000));
    moments.extend([validity.not_before, validity.not_after, end, end.plus_seconds(1)]);
    let speaks = |crl: &&Crl| {
        let indirect = match crl.issuing_distribution_point() {
            ExtensionValue::Absent => false,
            ExtensionValue::Present(point) => point.indirect,
            ExtensionValue::Unreadable => true,
        };
        indirect || crl.issuer() == certificate.issuer()
    };
    for crl in own.iter().flat_map(|pool| pool.crls()).filter(speaks) {
        if let Some(entry) = crl.entry_of(certificate.issuer(), certificate.serial()) {
            moments.push(entry.revocation_date);
            moments.extend(entry.invalidity_date);
        }
    }
}

fn add_crl(crl: &Crl, moments: &mut Vec<Timestamp>) {
    moments.push(crl.this_update());
    moments.extend(crl.next_update());
    moments.extend(crl.expired_certs_since());
}

fn add_response(response: &OcspResponse, rules: &PathRules, moments: &mut Vec<Timestamp>) {
    moments.extend(response.produced_at);
    for answer in &response.responses {
        let age = i64::from(rules.ocsp_age_seconds_max);
        moments.extend([answer.this_update, answer.this_update.plus_seconds(age)]);
        moments.extend(answer.next_update);
        moments.extend(answer.archive_cutoff);
        moments.extend(answer.invalidity_date);
        if let CertStatus::Revoked { revocation_time, .. } = &answer.status {
            moments.push(*revocation_time);
        }
    }
}
