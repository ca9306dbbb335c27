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
    /// *Cost*: `PATH_EDGES_MAX` links for all targets together, `PATH_LENGTH_MAX` levels.
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
            for issuer in sources.issuers(certificate.issuer()) {
                let signed = crls.iter().map(|crl| Signed::Crl(crl));
                for signed in std::iter::once(Signed::Certificate(certificate)).chain(signed) {
                    if !self.want(signed, issuer) {
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
    fn want(&mut self, signed: Signed<'a>, issuer: &'a Certificate) -> bool {
        let fingerprint = match signed {
            Signed::Certificate(certificate) => certificate.fingerprint(),
            Signed::Crl(crl) => crl.fingerprint(),
        };
        let link = Link { signed: fingerprint, issuer: issuer.fingerprint() };
        if self.seen.contains(&link) {
            return true;
        }
        if self.list.len() >= PATH_EDGES_MAX.value {
            self.cut_short = true;
            return false;
        }
        self.seen.insert(link);
        self.list.push(WantedLink { link, signed, issuer });
        true
    }
}
