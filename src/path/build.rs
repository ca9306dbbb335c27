//! Which links paths could be made of, and the evidence about their certificates.

use std::collections::{HashMap, HashSet, VecDeque};

use super::book::{Link, LinkOutcome, certificate_claim, crl_claim, ocsp_claim};
use super::pool::Sources;
use super::revocation::{crl_issuers, delegates, is_named_by};
use crate::crypto::SignatureClaim;
use crate::limits::{EVIDENCE_EDGES_MAX, PATH_EDGES_MAX, PATH_LENGTH_MAX};
use crate::x509::{Certificate, Crl, Fingerprint, OcspResponse};

/// The links that the paths of one document's certificates could be made of, within one budget.
#[derive(Debug, Default)]
pub struct LinkList<'a> {
    list: Vec<WantedLink<'a>>,
    seen: HashSet<Link>,
    explored: HashSet<Fingerprint>,
    spent: usize,
    spent_on_evidence: usize,
    /// Whether the document's own budget was spent before everything was seen.
    cut_short: bool,
    evidence_cut_short: bool,
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
    Ocsp(&'a OcspResponse),
}

impl Signed<'_> {
    fn fingerprint(&self) -> Fingerprint {
        match self {
            Self::Certificate(certificate) => certificate.fingerprint(),
            Self::Crl(crl) => crl.fingerprint(),
            Self::Ocsp(response) => response.fingerprint,
        }
    }
}

impl<'a> WantedLink<'a> {
    /// The claim that answers the question; `Err` with the answer where no mathematics is needed.
    pub fn claim(&self) -> Result<SignatureClaim<'a>, LinkOutcome> {
        match self.signed {
            Signed::Certificate(certificate) => certificate_claim(certificate, self.issuer),
            Signed::Crl(crl) => crl_claim(crl, self.issuer),
            Signed::Ocsp(response) => ocsp_claim(response, self.issuer),
        }
    }
}

/// An issuer as a certificate names it: by its name, and by its key where that is told.
type Named = (Vec<u8>, Option<Vec<u8>>);

/// Certificates whose links are still to be listed, with their distance from the target.
type Queue<'a> = VecDeque<(&'a Certificate, usize)>;

impl<'a> LinkList<'a> {
    /// Adds every certificate link reachable from `target` by name, and every CRL and OCSP link beside them: those to the
    /// issuer, to others under the name of a CRL's issuer, and to delegated responders.
    ///
    /// *Cost*: `PATH_EDGES_MAX` links for all targets together, `PATH_LENGTH_MAX` levels. Evidence of our own beside an
    /// issuer of ours costs nothing of it, but of `EVIDENCE_EDGES_MAX`: an archive holds years of daily lists, each computed
    /// once.
    pub fn explore(&mut self, target: &'a Certificate, sources: &Sources<'a>) {
        let mut crls_of: HashMap<Vec<u8>, Vec<&'a Crl>> = HashMap::new();
        // Candidates of everybody who names the same issuer and the same key: a crowd of namesakes is sorted once.
        let mut candidates: HashMap<Named, Vec<&'a Certificate>> = HashMap::new();
        let mut queue = VecDeque::from([(target, 1_usize)]);
        // Candidates that came with the document wait until nothing of our own is left to look at: however many there are,
        // they do not use up what a plain path needs.
        let mut late: VecDeque<(&'a Certificate, &'a Certificate, usize)> = VecDeque::new();
        loop {
            let Some((certificate, level)) = queue.pop_front() else {
                let Some((child, issuer, level)) = late.pop_front() else { return };
                if !self.is_spent_for(issuer.fingerprint(), sources) {
                    self.follow((child, issuer), sources, (&mut queue, level));
                }
                continue;
            };
            if level > PATH_LENGTH_MAX.value || !self.explored.insert(certificate.fingerprint()) {
                continue;
            }
            let below = level.saturating_add(1);
            let named = certificate.authority_key_identifier().map(<[u8]>::to_vec);
            let key = (certificate.issuer().comparable().to_vec(), named);
            let issuers = candidates.entry(key).or_insert_with(|| sources.issuers_of(certificate));
            for issuer in issuers.iter().copied() {
                if sources.is_own(issuer.fingerprint()) {
                    self.follow((certificate, issuer), sources, (&mut queue, below));
                } else if late.len() < PATH_EDGES_MAX.value {
                    late.push_back((certificate, issuer, below));
                }
            }
            for name in crl_issuers(certificate) {
                let found = crls_of.entry(name.comparable().to_vec()).or_insert_with(|| sources.crls(&name)).clone();
                for signer in sources.named(&name) {
                    if found.is_empty() || self.is_spent_for(signer.fingerprint(), sources) {
                        continue;
                    }
                    self.want_lists(&found, signer, sources);
                    if !sources.is_anchor(signer) {
                        queue.push_back((signer, below));
                    }
                }
            }
        }
    }

    /// Lists the link to one candidate issuer, and what is said about it; its own issuers are to be looked for next.
    fn follow(
        &mut self,
        (certificate, issuer): (&'a Certificate, &'a Certificate),
        sources: &Sources<'a>,
        (queue, below): (&mut Queue<'a>, usize),
    ) {
        // No path leads over a link that is not computed.
        if !self.want(Signed::Certificate(certificate), issuer, sources) {
            return;
        }
        self.want_answers((certificate, issuer), sources, (queue, below));
        if !sources.is_anchor(issuer) {
            queue.push_back((issuer, below));
        }
    }

    /// The links, each once.
    pub fn links(&self) -> &[WantedLink<'a>] {
        &self.list
    }

    /// Whether the search ended at `PATH_EDGES_MAX` or `EVIDENCE_EDGES_MAX` before it had seen everything.
    pub fn is_cut_short(&self) -> bool {
        self.cut_short || self.evidence_cut_short
    }

    /// Once the document has spent its budget, only what was at hand before it came is looked at.
    fn is_spent_for(&self, fingerprint: Fingerprint, sources: &Sources<'a>) -> bool {
        self.cut_short && !sources.is_own(fingerprint)
    }

    /// CRLs beside one signer under the name of their issuer; what came with the document stands last.
    fn want_lists(&mut self, crls: &[&'a Crl], signer: &'a Certificate, sources: &Sources<'a>) {
        for crl in crls {
            if self.is_spent_for(crl.fingerprint(), sources) {
                break;
            }
            self.want(Signed::Crl(crl), signer, sources);
        }
    }

    /// The OCSP responses about one certificate of one issuer: signed by it, or by a delegate that it made.
    fn want_answers(
        &mut self,
        (certificate, issuer): (&Certificate, &'a Certificate),
        sources: &Sources<'a>,
        (queue, level): (&mut Queue<'a>, usize),
    ) {
        for response in sources.ocsp_responses(certificate.serial()) {
            let about = |one: &crate::x509::SingleResponse| one.cert_id.names(certificate, issuer) == Some(true);
            if self.is_spent_for(response.fingerprint, sources) {
                break;
            }
            if !response.responses.iter().any(about) {
                continue;
            }
            if is_named_by(response, issuer) {
                self.want(Signed::Ocsp(response), issuer, sources);
            }
            for delegate in delegates(response, issuer, sources) {
                self.want(Signed::Ocsp(response), delegate, sources);
                self.want(Signed::Certificate(delegate), issuer, sources);
                // What is known against a delegate counts even where nobody need ask (id-pkix-ocsp-nocheck).
                queue.push_back((delegate, level));
            }
        }
    }

    /// Adds one link where its budget lasts; gives whether it is listed.
    fn want(&mut self, signed: Signed<'a>, issuer: &'a Certificate, sources: &Sources<'a>) -> bool {
        let link = Link { signed: signed.fingerprint(), issuer: issuer.fingerprint() };
        if self.seen.contains(&link) {
            return true;
        }
        let own = is_evidence(signed, issuer) && sources.is_own(link.signed) && sources.is_own(link.issuer);
        let (spent, limit, cut_short) = if own {
            (&mut self.spent_on_evidence, EVIDENCE_EDGES_MAX.value, &mut self.evidence_cut_short)
        } else {
            (&mut self.spent, PATH_EDGES_MAX.value, &mut self.cut_short)
        };
        if *spent >= limit {
            *cut_short = true;
            return false;
        }
        *spent = spent.saturating_add(1);
        self.seen.insert(link);
        self.list.push(WantedLink { link, signed, issuer });
        true
    }
}

/// Whether this is evidence beside an issuer, or two certificates of which one names the other's key: what there is of these
/// among one's own is as much as one has collected.
fn is_evidence(signed: Signed<'_>, issuer: &Certificate) -> bool {
    match signed {
        Signed::Crl(_) | Signed::Ocsp(_) => true,
        Signed::Certificate(certificate) => {
            let named = certificate.authority_key_identifier();
            named.is_some() && named == issuer.subject_key_identifier()
        }
    }
}
