//! Which links paths could be made of.

use std::collections::{HashMap, HashSet, VecDeque};

use super::book::{Link, LinkOutcome, certificate_claim, crl_claim};
use super::pool::Sources;
use crate::crypto::SignatureClaim;
use crate::limits::{PATH_EDGES_MAX, PATH_LENGTH_MAX};
use crate::x509::{Certificate, Crl, Fingerprint};

/// The links that the paths of one document's certificates could be made of, within one budget.
#[derive(Debug, Default)]
pub struct LinkList<'a> {
    list: Vec<WantedLink<'a>>,
    seen: HashSet<Link>,
    explored: HashSet<Fingerprint>,
    spent: usize,
    cut_short: bool,
}

/// One link, and what to compute to know it.
#[derive(Clone, Copy, Debug)]
pub struct WantedLink<'a> {
    /// The question.
    pub link: Link,
    signed: Signed<'a>,
    issuer: &'a Certificate,
}

#[derive(Clone, Copy, Debug)]
enum Signed<'a> {
    Certificate(&'a Certificate),
    Crl(&'a Crl),
}

impl<'a> WantedLink<'a> {
    /// The claim that answers the question; `Err` with the answer where no mathematics is needed.
    pub fn claim(&self) -> Result<SignatureClaim<'a>, LinkOutcome> {
        match self.signed {
            Signed::Certificate(certificate) => certificate_claim(certificate, self.issuer),
            Signed::Crl(crl) => crl_claim(crl, self.issuer),
        }
    }
}

impl<'a> LinkList<'a> {
    /// Adds every certificate link reachable from `target` by name, and every CRL link beside them.
    ///
    /// *Cost*: `PATH_EDGES_MAX` links for all targets together, `PATH_LENGTH_MAX` levels. A CRL of our own evidence beside
    /// the issuer of ours whose key it names costs nothing: an archive holds years of daily lists, each computed once.
    pub fn explore(&mut self, target: &'a Certificate, sources: &Sources<'a>) {
        let mut crls_of: HashMap<Vec<u8>, Vec<&'a Crl>> = HashMap::new();
        let mut queue = VecDeque::from([(target, 1_usize)]);
        while let Some((certificate, level)) = queue.pop_front() {
            if level > PATH_LENGTH_MAX.value || !self.explored.insert(certificate.fingerprint()) {
                continue;
            }
            let crls = crls_of
                .entry(certificate.issuer().comparable().to_vec())
                .or_insert_with(|| sources.crls(certificate.issuer()))
                .clone();
            for issuer in sources.issuers_of(certificate) {
                let signed = crls.iter().map(|crl| Signed::Crl(crl));
                for signed in std::iter::once(Signed::Certificate(certificate)).chain(signed) {
                    let free = is_evidence(signed, issuer, sources);
                    if !self.want(signed, issuer, free) {
                        return;
                    }
                }
                if !sources.is_anchor(issuer) {
                    queue.push_back((issuer, level.saturating_add(1)));
                }
            }
        }
    }

    /// The links, each once.
    pub fn links(&self) -> &[WantedLink<'a>] {
        &self.list
    }

    /// Whether the search ended at `PATH_EDGES_MAX` before it had seen everything.
    pub fn is_cut_short(&self) -> bool {
        self.cut_short
    }

    /// Adds one link; gives `false` when the budget is spent.
    fn want(&mut self, signed: Signed<'a>, issuer: &'a Certificate, free: bool) -> bool {
        let fingerprint = match signed {
            Signed::Certificate(certificate) => certificate.fingerprint(),
            Signed::Crl(crl) => crl.fingerprint(),
        };
        let link = Link { signed: fingerprint, issuer: issuer.fingerprint() };
        if self.seen.contains(&link) {
            return true;
        }
        if !free {
            if self.spent >= PATH_EDGES_MAX.value {
                self.cut_short = true;
                return false;
            }
            self.spent = self.spent.saturating_add(1);
        }
        self.seen.insert(link);
        self.list.push(WantedLink { link, signed, issuer });
        true
    }
}

/// Whether this is a CRL at hand before the document came, and an issuer at hand likewise whose key it names.
fn is_evidence(signed: Signed<'_>, issuer: &Certificate, sources: &Sources<'_>) -> bool {
    let Signed::Crl(crl) = signed else { return false };
    let named = crl.authority_key_identifier().is_some_and(|id| Some(id) == issuer.subject_key_identifier());
    named && sources.is_own(crl.fingerprint()) && sources.is_own(issuer.fingerprint())
}
