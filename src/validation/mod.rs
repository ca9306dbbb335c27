//! EN 319 102-1: facts and policy in, verdict out.
//!
//! One document and a million take the same way: [`validate_many`] gathers the facts and claims of all of them, has the
//! claims computed together, and concludes for each. Validating one is validating a batch of one.

mod certificate;
mod compute;
mod conclude;
mod explain;
mod gather;
mod known;
mod meant;
mod reason;
pub mod receipt;
mod report;
mod time_stamp;
mod token;
mod verdict;

pub use certificate::{CertificateReport, check_certificate};
pub use explain::{Asked, Check, CheckKind, CheckStanding, ExplainedCertificate, PathFinding, explain};
pub use gather::evidence_carried;
pub use known::Known;
pub use reason::{Code, Language, Reason};
pub use report::{
    ContentDigest, DocumentReport, ReadError, RecognitionFacts, SignatureReport, SignatureValue, TimeStampFault,
    TimeStampIndication, TimeStampReport,
};
pub use token::{Stamped, TimeStampSubject, validate_time_stamp};
pub use verdict::{Indication, SubIndication, Verdict};

use crate::path::{LinkList, PathBook, Pool, SignatureBook, Sources};
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
    /// Paths from earlier calls under the same trust, evidence and policy, where they are kept.
    pub paths: Option<&'a PathBook>,
    /// What earlier documents brought, where it is kept.
    pub known: Option<&'a Known>,
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
    book: &SignatureBook,
) -> Vec<Result<DocumentReport, ReadError>> {
    validate_in_stages(items, terms, book, &mut |_| ())
}

/// The stages that documents go through together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Octets become facts and claims.
    Gather,
    /// The digests of contents.
    Digests,
    /// Which links their paths could be made of.
    Links,
    /// The mathematics of signatures.
    Signatures,
    /// Facts and outcomes become verdicts.
    Conclude,
}

impl Stage {
    /// All of them, in their order.
    pub const ALL: [Self; 5] = [Self::Gather, Self::Digests, Self::Links, Self::Signatures, Self::Conclude];

    /// A word for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gather => "gather",
            Self::Digests => "digests",
            Self::Links => "links",
            Self::Signatures => "signatures",
            Self::Conclude => "conclude",
        }
    }
}

/// The same; whoever holds a clock is told when a stage ends.
pub fn validate_in_stages(
    items: &[Item<'_>],
    terms: &Terms<'_>,
    book: &SignatureBook,
    ended: &mut dyn FnMut(Stage),
) -> Vec<Result<DocumentReport, ReadError>> {
    // What was learnt under other terms is not asked.
    let terms = &Terms { known: terms.known.filter(|known| known.is_for(terms)), ..*terms };
    let stripped: Vec<_> = items.iter().map(|item| gather::open(item.document)).collect();
    let ahead = stripped.iter().skip(1).map(Some).chain([None]);
    let mut gathered: Vec<Result<Gathered<'_>, ReadError>> = Vec::with_capacity(items.len());
    gathered.extend(stripped.iter().zip(items).zip(ahead).map(|((octets, item), ahead)| {
        ahead.into_iter().flatten().for_each(|next| gather::ask_for(next));
        match octets {
            Ok(octets) => gather::gather(octets, item, terms),
            Err(error) => Err(*error),
        }
    }));
    ended(Stage::Gather);
    gather::compare_digests(&mut gathered);
    ended(Stage::Digests);
    let readable: Vec<&Gathered<'_>> = gathered.iter().flatten().collect();
    let (outcomes, computed) = compute::compute(&readable, terms, book, ended);
    let mut computed = computed.into_iter();
    let reports = gathered
        .iter()
        .map(|one| match one {
            Ok(one) => {
                let compute::Computed { outcomes: own, links } = computed.next().unwrap_or_default();
                Ok(conclude::conclude(one, (outcomes.get(own).unwrap_or_default(), &links), terms))
            }
            Err(error) => Err(*error),
        })
        .collect();
    drop(gathered);
    ended(Stage::Conclude);
    reports
}

/// Asks whether a certificate may sign documents at `terms.at`: its path, its revocation, its purpose (order 500 п.4, before
/// signing). *Gives* everything that stands against it; nothing where it may.
pub fn check_signing_certificate(certificate: &Certificate, terms: &Terms<'_>, book: &SignatureBook) -> Vec<Reason> {
    let nothing = Pool::default();
    let sources = Sources { anchors: &terms.trust.anchors, pools: [&terms.trust.material, terms.evidence, &nothing] };
    let mut list = LinkList::default();
    list.explore(certificate, &sources);
    let links = compute::answer(&list, book);
    let when = conclude::When { at: terms.at, proven_at: terms.at, is_stated: false };
    let mut reasons = conclude::find_path(certificate, when, &nothing, (terms, &links)).reasons;
    reasons.extend(conclude::check_purpose(certificate, terms.policy));
    reasons
}

#[cfg(test)]
mod tests;
