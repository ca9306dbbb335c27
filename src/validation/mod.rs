//! EN 319 102-1: facts and policy in, verdict out.
//!
//! One document and a million take the same way: [`validate_many`] gathers the facts and claims of all of them, has the
//! claims computed together, and concludes for each. Validating one is validating a batch of one.

mod conclude;
mod gather;
mod reason;
mod report;
mod time_stamp;
mod verdict;

pub use reason::{Code, Language, Reason};
pub use report::{
    ContentDigest, DocumentReport, ReadError, SignatureReport, SignatureValue, TimeStampFault, TimeStampIndication,
    TimeStampReport,
};
pub use verdict::{Indication, SubIndication, Verdict};

use crate::crypto::{SignatureClaim, verify_many};
use crate::path::{Link, LinkOutcome, Pool, SignatureBook, Sources, wanted_links};
use crate::policy::Policy;
use crate::time::Timestamp;
use crate::trust::CompiledTrust;
use crate::x509::Certificate;
use gather::Gathered;

/// One document to be validated.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// The document, in any armour.
    pub document: &'a [u8],
    /// The content of a detached signature.
    pub content: Option<&'a [u8]>,
    /// Since when the caller itself proves the document to exist: a store's own record of its arrival (EN 319 102-1 §5.6.2).
    pub proven_at: Option<Timestamp>,
}

impl<'a> Item<'a> {
    /// A document of which nothing more is known.
    pub fn new(document: &'a [u8], content: Option<&'a [u8]>) -> Self {
        Self { document, content, proven_at: None }
    }
}

/// Under what a document is judged: time and evidence arrive here and nowhere else.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// Whom we trust.
    pub trust: &'a CompiledTrust,
    /// Certificates and CRLs at hand beside the documents.
    pub evidence: &'a Pool,
    /// What we demand.
    pub policy: &'a Policy,
    /// When the question is asked.
    pub at: Timestamp,
}

/// Validates documents together; the answer for one never depends on its neighbours.
///
/// *Takes* documents, terms, and what is known about links from earlier calls. *Gives* one report per document, in their
/// order; a document that does not read has its error in it.
pub fn validate_many(
    items: &[Item<'_>],
    terms: &Terms<'_>,
    book: &mut SignatureBook,
) -> Vec<Result<DocumentReport, ReadError>> {
    let stripped: Vec<_> = items.iter().map(|item| gather::open(item.document)).collect();
    let gathered: Vec<Result<Gathered<'_>, ReadError>> = stripped
        .iter()
        .zip(items)
        .map(|(octets, item)| match octets {
            Ok(octets) => gather::gather(octets, item, terms),
            Err(error) => Err(*error),
        })
        .collect();
    let answers = compute(&gathered, terms, book);
    gathered
        .iter()
        .zip(answers)
        .map(|(one, answers)| match one {
            Ok(one) => Ok(conclude::conclude(one, &answers, terms, book)),
            Err(error) => Err(*error),
        })
        .collect()
}

/// Asks whether a certificate may sign documents at `terms.at`: its path, its revocation, its purpose (order 500 п.4, before
/// signing). *Gives* everything that stands against it; nothing where it may.
pub fn check_signing_certificate(
    certificate: &Certificate,
    terms: &Terms<'_>,
    book: &mut SignatureBook,
) -> Vec<Reason> {
    let nothing = Pool::default();
    let sources = Sources { anchors: &terms.trust.anchors, pools: [&terms.trust.material, terms.evidence, &nothing] };
    book.make_room();
    let wanted = wanted_links(certificate, &sources, book);
    let (links, claims): (Vec<Link>, Vec<SignatureClaim<'_>>) = wanted.claims.into_iter().unzip();
    for (link, outcome) in wanted.settled {
        book.record(link, outcome);
    }
    for (link, outcome) in links.into_iter().zip(verify_many(&claims)) {
        book.record(link, LinkOutcome::from(outcome));
    }
    let mut reasons = conclude::find_path(certificate, terms.at, &nothing, (terms, book)).reasons;
    reasons.extend(conclude::check_purpose(certificate, terms.policy));
    reasons
}

/// Has every claim of every document computed at once: the documents' own signatures, and the links of their paths that
/// the book does not answer yet. Gives the outcomes of each document's own claims, in their order.
fn compute(
    gathered: &[Result<Gathered<'_>, ReadError>],
    terms: &Terms<'_>,
    book: &mut SignatureBook,
) -> Vec<Vec<crate::crypto::Outcome>> {
    let mut claims: Vec<SignatureClaim<'_>> = Vec::new();
    let mut links: Vec<(usize, Link)> = Vec::new();
    let mut asked = std::collections::HashSet::new();
    let mut settled: Vec<(Link, LinkOutcome)> = Vec::new();
    let mut own: Vec<std::ops::Range<usize>> = Vec::with_capacity(gathered.len());
    for one in gathered {
        let start = claims.len();
        if let Ok(one) = one {
            claims.extend(one.claims());
        }
        own.push(start..claims.len());
    }
    book.make_room();
    for one in gathered.iter().flatten() {
        let sources =
            Sources { anchors: &terms.trust.anchors, pools: [&terms.trust.material, terms.evidence, &one.pool] };
        for target in one.targets() {
            let wanted = wanted_links(target, &sources, book);
            settled.extend(wanted.settled);
            for (link, claim) in wanted.claims {
                if asked.insert(link) {
                    links.push((claims.len(), link));
                    claims.push(claim);
                }
            }
        }
    }
    let outcomes = verify_many(&claims);
    for (link, outcome) in settled {
        book.record(link, outcome);
    }
    for (index, link) in links {
        if let Some(outcome) = outcomes.get(index) {
            book.record(link, LinkOutcome::from(*outcome));
        }
    }
    own.into_iter().map(|range| outcomes.get(range).map(<[_]>::to_vec).unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests;
