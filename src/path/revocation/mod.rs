//! Whether a certificate was revoked (RFC 5280 §6.3, RFC 6960 §3.2), from given evidence: CRLs of every kind and OCSP
//! responses, weighed together.
//!
//! Evidence becomes statements (`crl`, `ocsp`), each by somebody who may make it (`signer`, `responder`) about a scope that
//! holds the certificate (`scope`); `statement` weighs them. What is not understood never counts as good.

mod crl;
mod ocsp;
mod responder;
mod scope;
mod signer;
mod statement;

pub(super) use responder::{delegates, names as is_named_by};
pub(super) use scope::crl_issuers;

use std::cell::Cell;

use super::book::{Link, Links};
use super::pool::Sources;
use super::validate::Question;
use crate::limits::{REVOCATION_DEPTH_MAX, REVOCATION_SEARCHES_MAX};
use crate::time::Timestamp;
use crate::x509::{Certificate, Fingerprint, RevocationReason};
use statement::Statements;

/// Whether a certificate was revoked at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RevocationStatus {
    /// It was not, and this proves it.
    Good(RevocationProof),
    /// It was.
    Revoked {
        /// Since when.
        since: Timestamp,
        /// Why, where told.
        reason: Option<RevocationReason>,
        /// What says so.
        proof: RevocationProof,
    },
    /// It was on hold, which may be lifted again.
    OnHold {
        /// Since when.
        since: Timestamp,
        /// What says so.
        proof: RevocationProof,
    },
    /// Nothing at hand can tell.
    Unknown(RevocationUnknown),
}

impl RevocationStatus {
    /// What it rests on, where anything was said.
    pub(super) fn proof(&self) -> Option<&RevocationProof> {
        match self {
            Self::Good(proof) | Self::Revoked { proof, .. } | Self::OnHold { proof, .. } => Some(proof),
            Self::Unknown(_) => None,
        }
    }
}

/// What an answer rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationProof {
    /// The evidence, newest first; several where each covers some reasons only, or where a delta CRL adds to a full one.
    pub sources: Vec<RevocationSource>,
    /// The signatures it rests on: the evidence's own, and those on the way from its signer to the anchor.
    pub rests_on: Vec<(Link, Certificate)>,
}

/// One CRL or OCSP response that an answer rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationSource {
    /// What it is.
    pub kind: EvidenceKind,
    /// Which one.
    pub fingerprint: Fingerprint,
    /// When what it says was known to be right.
    pub this_update: Timestamp,
    /// When the next one was due.
    pub next_update: Option<Timestamp>,
    /// When it was signed, where it says so (OCSP).
    pub produced_at: Option<Timestamp>,
}

/// Kinds of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvidenceKind {
    /// A full CRL.
    Crl,
    /// A delta CRL.
    DeltaCrl,
    /// An OCSP response.
    Ocsp,
}

impl EvidenceKind {
    /// A word for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crl => "crl",
            Self::DeltaCrl => "delta-crl",
            Self::Ocsp => "ocsp",
        }
    }
}

/// Why nothing at hand can tell; the most promising evidence decides which is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RevocationUnknown {
    /// Neither a CRL of this issuer nor an OCSP response about the certificate is at hand.
    NoEvidence,
    /// There is some, but it is not signed by the issuer or anybody whom the issuer lets speak for it.
    NotFromIssuer,
    /// There is some, but it covers other certificates, or says things that are not understood.
    NotUnderstood,
    /// CRLs for some reasons of revocation are at hand, but not for all (RFC 5280 §6.3.3).
    ReasonsMissing,
    /// The responder says that it does not know the certificate.
    UnknownToResponder,
    /// There is some, but it was made after the certificate may have left it, or after the time in question.
    OutOfTime,
    /// There is more than the search may look at, and what was left out may be what revokes.
    NotComputed,
    /// There is some, but newer information was due before the time in question.
    Stale {
        /// When it was due; `None` where the evidence does not say.
        next_update: Option<Timestamp>,
    },
}

/// What is asked of a certificate.
pub(super) struct Inquiry<'q, 'a> {
    pub(super) certificate: &'q Certificate,
    pub(super) issuer: &'q Certificate,
    /// Where the path ends: whoever signs evidence must come from there too (RFC 5280 §6.3.3 (f)).
    pub(super) anchor: &'q Certificate,
    /// The time in question: best signature time.
    pub(super) at: Timestamp,
    /// The question it belongs to: nothing made after its `known_at` is used.
    pub(super) question: &'q Question<'a>,
    pub(super) sources: &'q Sources<'a>,
    pub(super) links: &'q Links,
    pub(super) nesting: Nesting<'q>,
}

/// Whose validity is being asked about, where one question leads to another: the signer of a CRL has a path, whose
/// certificates have CRLs. Nobody vouches for itself, and the search ends.
#[derive(Clone, Copy)]
pub(super) struct Nesting<'n> {
    outer: Option<&'n Nesting<'n>>,
    visiting: Option<Fingerprint>,
    anchor: Option<&'n Certificate>,
    searches: Option<&'n Cell<usize>>,
    depth: usize,
}

impl Nesting<'_> {
    /// The question that was asked from outside.
    pub(super) const TOP: Self = Self { outer: None, visiting: None, anchor: None, searches: None, depth: 0 };

    /// Whether a path may end at this anchor: inside, only at the one that the outer path ends at.
    pub(super) fn accepts(&self, anchor: &Certificate) -> bool {
        self.anchor.is_none_or(|a| a.subject() == anchor.subject() && a.spki_der() == anchor.spki_der())
    }

    fn is_visiting(&self, fingerprint: Fingerprint) -> bool {
        self.visiting == Some(fingerprint) || self.outer.is_some_and(|outer| outer.is_visiting(fingerprint))
    }
}

/// What makes somebody's word about a certificate count, and how long.
pub(super) struct Authority {
    /// The signatures it rests on.
    rests_on: Vec<(Link, Certificate)>,
    /// The first instant after the certificate of whoever signed: nothing was promised beyond it. `None` for the issuer
    /// itself, whose own place in the path is judged at the time in question.
    until: Option<Timestamp>,
}

impl Authority {
    /// Whether what was said at `made`, to hold until `promised`, tells about the time in question: made at or after it, it
    /// tells the past; made before, it must still have been in force, and so must its signer.
    fn check_time(&self, made: Timestamp, promised: Option<Timestamp>, at: Timestamp) -> Result<(), RevocationUnknown> {
        let signer_lasts = self.until.is_none_or(|until| at < until);
        if made >= at || (signer_lasts && promised.is_some_and(|promised| at <= promised)) {
            return Ok(());
        }
        let next_update = promised.map(|promised| self.until.map_or(promised, |until| promised.min(until)));
        Err(RevocationUnknown::Stale { next_update })
    }

    /// Whether it reaches as far as the question needs it for something said at `made`.
    fn suffices(&self, made: Timestamp, at: Timestamp) -> bool {
        made >= at || self.until.is_none_or(|until| at < until)
    }

    /// The one that reaches further.
    fn longer(self, other: Option<Self>) -> Self {
        match other {
            Some(other) if other.until.is_none() || (self.until.is_some() && other.until >= self.until) => other,
            _ => self,
        }
    }
}

impl<'q> Inquiry<'q, '_> {
    /// The nesting for a question about `signer`, who speaks about this certificate.
    ///
    /// *Errors*: `NotFromIssuer` where the signer would vouch for itself; `NotComputed` where the search has gone on for
    /// `REVOCATION_SEARCHES_MAX` questions or `REVOCATION_DEPTH_MAX` levels.
    fn enter(&'q self, signer: &Certificate) -> Result<Nesting<'q>, RevocationUnknown> {
        let fingerprint = signer.fingerprint();
        if self.nesting.is_visiting(fingerprint) || self.certificate.fingerprint() == fingerprint {
            return Err(RevocationUnknown::NotFromIssuer);
        }
        let left = self.nesting.searches.and_then(|cell| Some((cell, cell.get().checked_sub(1)?)));
        let Some((cell, left)) = left.filter(|_| self.nesting.depth < REVOCATION_DEPTH_MAX.value) else {
            return Err(RevocationUnknown::NotComputed);
        };
        cell.set(left);
        Ok(Nesting {
            outer: Some(&self.nesting),
            visiting: Some(fingerprint),
            anchor: Some(self.anchor),
            searches: Some(cell),
            depth: self.nesting.depth.saturating_add(1),
        })
    }
}

/// Answers from everything at hand. The order in which evidence came never matters.
pub(super) fn status(inquiry: &Inquiry<'_, '_>) -> RevocationStatus {
    let searches = Cell::new(REVOCATION_SEARCHES_MAX.value);
    // Each question from outside has its own budget; those inside share it.
    let budget = inquiry.nesting.searches.unwrap_or(&searches);
    let nesting = Nesting {
        outer: Some(&inquiry.nesting),
        visiting: Some(inquiry.certificate.fingerprint()),
        searches: Some(budget),
        ..inquiry.nesting
    };
    let inquiry = Inquiry { nesting, ..*inquiry };
    let mut statements = Statements::default();
    crl::collect(&inquiry, &mut statements);
    ocsp::collect(&inquiry, &mut statements);
    statements.weigh()
}
