//! Which links a target's paths could be made of.

use std::collections::{HashMap, HashSet, VecDeque};

use super::book::{Link, LinkOutcome, SignatureBook, certificate_claim, crl_claim};
use super::pool::Sources;
use crate::crypto::SignatureClaim;
use crate::limits::{PATH_EDGES_MAX, PATH_LENGTH_MAX};
use crate::x509::{Certificate, Crl};

/// The signatures that must be computed before a target's paths can be validated.
#[derive(Debug, Default)]
pub struct Wanted<'a> {
    /// Claims to compute, with the question each answers.
    pub claims: Vec<(Link, SignatureClaim<'a>)>,
    /// Questions that need no mathematics, with their answers.
    pub settled: Vec<(Link, LinkOutcome)>,
    /// Whether the search ended at `PATH_EDGES_MAX` before it had seen everything.
    pub budget_spent: bool,
}

/// Lists every certificate link reachable from `target` by name, and every CRL link beside them, that `book` does not
/// answer yet.
///
/// *Cost*: `PATH_EDGES_MAX` links, `PATH_LENGTH_MAX` levels.
pub fn wanted_links<'a>(target: &'a Certificate, sources: &Sources<'a>, book: &SignatureBook) -> Wanted<'a> {
    let mut wanted = Wanted::default();
    let mut asked: HashSet<Link> = HashSet::new();
    let mut crls_of: HashMap<Vec<u8>, Vec<&'a Crl>> = HashMap::new();
    let mut seen = HashSet::from([target.fingerprint()]);
    let mut queue = VecDeque::from([(target, 1_usize)]);
    while let Some((certificate, level)) = queue.pop_front() {
        if level > PATH_LENGTH_MAX.value {
            continue;
        }
        let crls = crls_of
            .entry(certificate.issuer().comparable().to_vec())
            .or_insert_with(|| sources.crls(certificate.issuer()))
            .clone();
        for issuer in sources.issuers(certificate.issuer()) {
            let link = Link { signed: certificate.fingerprint(), issuer: issuer.fingerprint() };
            if !ask(&mut wanted, &mut asked, book, (link, || certificate_claim(certificate, issuer))) {
                return wanted;
            }
            for &crl in &crls {
                let link = Link { signed: crl.fingerprint(), issuer: issuer.fingerprint() };
                if !ask(&mut wanted, &mut asked, book, (link, || crl_claim(crl, issuer))) {
                    return wanted;
                }
            }
            if seen.insert(issuer.fingerprint()) && !sources.is_anchor(issuer) {
                queue.push_back((issuer, level.saturating_add(1)));
            }
        }
    }
    wanted
}

/// Adds one question; gives `false` when the budget is spent.
fn ask<'a>(
    wanted: &mut Wanted<'a>,
    asked: &mut HashSet<Link>,
    book: &SignatureBook,
    (link, claim): (Link, impl FnOnce() -> Result<SignatureClaim<'a>, LinkOutcome>),
) -> bool {
    if asked.len() >= PATH_EDGES_MAX.value {
        wanted.budget_spent = true;
        return false;
    }
    if asked.insert(link) && book.get(link).is_none() {
        match claim() {
            Ok(claim) => wanted.claims.push((link, claim)),
            Err(outcome) => wanted.settled.push((link, outcome)),
        }
    }
    true
}
