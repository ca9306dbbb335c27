//! Path search and validation (RFC 5280 §6.1) at a time, over links whose signatures are already known.

use const_oid::ObjectIdentifier;

use super::book::{Link, LinkOutcome, Links};
use super::pool::Sources;
use super::revocation::{self, Inquiry, RevocationStatus, RevocationUnknown};
use super::rules::{AnchorValidity, PathRules, RevocationRule};
use crate::limits::{PATH_EDGES_MAX, PATH_LENGTH_MAX};
use crate::time::Timestamp;
use crate::x509::{Certificate, ExtensionValue, KeyUsage, RevocationReason, oids};

/// "Is there a path from an anchor to this certificate, valid at this time?"
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The certificate in question.
    pub target: &'a Certificate,
    /// The time in question.
    pub at: Timestamp,
    /// When the question is asked: no evidence from after this is used.
    pub known_at: Timestamp,
    /// What is demanded.
    pub rules: &'a PathRules,
}

/// Proof that RFC 5280 §6 held for a target at a time, with the evidence it rests on. Only [`validate`] makes one.
#[derive(Clone, Debug)]
pub struct ValidatedPath {
    certificates: Vec<Certificate>,
    revocation: Vec<RevocationStatus>,
    at: Timestamp,
}

impl ValidatedPath {
    /// The target first, the anchor last.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The anchor.
    pub fn anchor(&self) -> Option<&Certificate> {
        self.certificates.last()
    }

    /// What was found about each certificate but the anchor, in the path's order: all `Good`; empty where the rules did
    /// not ask.
    pub fn revocation(&self) -> &[RevocationStatus] {
        &self.revocation
    }

    /// The time it held at.
    pub fn at(&self) -> Timestamp {
        self.at
    }
}

/// Why there is no such path: everything that stands against the best candidate.
#[derive(Clone, Debug)]
pub struct Rejection {
    /// The best candidate, target first; without an anchor at its end where none was reached.
    pub path: Vec<Certificate>,
    /// Whether it ends in an anchor.
    pub reaches_anchor: bool,
    /// What stands against it, never empty.
    pub defects: Vec<PathDefect>,
}

/// One thing that stands against a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathDefect {
    /// The certificate at fault.
    pub certificate: Certificate,
    /// Whether that is the target itself.
    pub is_target: bool,
    /// What is wrong.
    pub defect: Defect,
}

/// What can stand against a path, gravest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Defect {
    /// Whether it was revoked cannot be told.
    RevocationUnknown(RevocationUnknown),
    /// It is on hold.
    OnHold {
        /// Since when.
        since: Timestamp,
    },
    /// The path asks for a rule that is not implemented: name constraints (§6.1.4 (g)).
    NameConstraintsUnchecked,
    /// The path asks for a rule that is not implemented: policies (§6.1.5 (g)).
    PoliciesUnchecked,
    /// Its period had ended (§6.1.3 (a)(2)).
    Expired {
        /// When.
        not_after: Timestamp,
    },
    /// Its period had not begun.
    NotYetValid {
        /// When it begins.
        not_before: Timestamp,
    },
    /// It was revoked (§6.1.3 (a)(3)).
    Revoked {
        /// Since when.
        since: Timestamp,
        /// Why, by CRLReason's name, where told.
        reason: Option<RevocationReasonRank>,
    },
    /// The target names purposes, and the one demanded is not among them (§4.2.1.12).
    NotForPurpose(ObjectIdentifier),
    /// A CA certificate without keyCertSign (§6.1.4 (n)).
    MayNotSignCertificates,
    /// More CA certificates follow than a pathLenConstraint allows (§6.1.4 (l), (m)).
    PathLengthExceeded,
    /// It signs a certificate, but is no CA (§6.1.4 (k)).
    NotACa,
    /// An extension whose content does not read.
    UnreadableExtension(ObjectIdentifier),
    /// A critical extension that nobody here understands (§6.1.4 (o), §6.1.5 (f)).
    UnknownCriticalExtension(ObjectIdentifier),
    /// A certificate with its issuer's name is at hand, but algorithm or key are not supported.
    SignatureUnsupported,
    /// The search was given up at its bound.
    BudgetSpent,
    /// A certificate with its issuer's name is at hand, but did not sign it (§6.1.3 (a)(1)).
    SignatureInvalid,
    /// No certificate with its issuer's name is at hand.
    NoIssuer,
}

/// A CRLReason that sorts, so that defects do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevocationReasonRank(pub RevocationReason);

impl PartialOrd for RevocationReasonRank {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RevocationReasonRank {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.name().cmp(other.0.name())
    }
}

/// Searches every path from the target to an anchor and validates each until one holds.
///
/// *Errors*: `Rejection` with the candidate that comes closest: the one whose gravest defect is least grave.
/// *Cost*: `PATH_EDGES_MAX` links, `PATH_LENGTH_MAX` certificates.
pub fn validate(question: &Question<'_>, sources: &Sources<'_>, links: &Links) -> Result<ValidatedPath, Rejection> {
    let mut search = Search { question, sources, links, budget: PATH_EDGES_MAX.value, best: None };
    let mut path = vec![question.target];
    if sources.is_anchor(question.target) {
        // A trusted certificate that is itself the target: RFC 5280 has no such path; only its own facts are checked.
        return search.conclude(&path).map_or_else(|| Err(search.give_up()), Ok);
    }
    match search.extend(&mut path) {
        Some(found) => Ok(found),
        None => Err(search.give_up()),
    }
}

struct Search<'q, 'a> {
    question: &'q Question<'a>,
    sources: &'q Sources<'a>,
    links: &'q Links,
    budget: usize,
    best: Option<Rejection>,
}

impl<'a> Search<'_, 'a> {
    /// Depth first; `path` is target first.
    fn extend(&mut self, path: &mut Vec<&'a Certificate>) -> Option<ValidatedPath> {
        let child = *path.last()?;
        let mut descended = false;
        let mut dead_end = Defect::NoIssuer;
        for issuer in self.sources.issuers_of(child) {
            if self.budget == 0 || path.len() >= PATH_LENGTH_MAX.value {
                (descended, dead_end) = (false, Defect::BudgetSpent);
                break;
            }
            self.budget = self.budget.saturating_sub(1);
            if path.iter().any(|c| c.subject() == issuer.subject() && c.spki_der() == issuer.spki_der()) {
                continue;
            }
            match self.links.get(Link { signed: child.fingerprint(), issuer: issuer.fingerprint() }) {
                Some(LinkOutcome::Valid(_)) => {
                    descended = true;
                    path.push(issuer);
                    let found = if self.sources.is_anchor(issuer) { self.conclude(path) } else { self.extend(path) };
                    path.pop();
                    if found.is_some() {
                        return found;
                    }
                }
                Some(LinkOutcome::Invalid) => dead_end = dead_end.min(Defect::SignatureInvalid),
                Some(LinkOutcome::Unsupported) => dead_end = dead_end.min(Defect::SignatureUnsupported),
                // The list of wanted links ended at its bound before this one.
                None => dead_end = dead_end.min(Defect::BudgetSpent),
            }
        }
        if !descended {
            let defect = self.defect_of(path, path.len().saturating_sub(1), dead_end);
            self.offer(path, vec![defect], false);
        }
        None
    }

    /// Validates a complete path; gives the proof, or remembers what stands against it.
    fn conclude(&mut self, path: &[&'a Certificate]) -> Option<ValidatedPath> {
        let mut defects = Vec::new();
        let mut revocation = Vec::new();
        // RFC 5280 §6.1.2 (k): max_path_length counts down from the anchor; the anchor's own constraints are honoured
        // too (RFC 5937 §3.2).
        let mut max_path_length = self.question.rules.intermediates_max;
        for (position, certificate) in path.iter().enumerate().rev() {
            let mut found = Vec::new();
            let is_anchor = position.checked_add(1) == Some(path.len());
            self.check_period(certificate, is_anchor && path.len() > 1, &mut found);
            check_extensions(certificate, &mut found);
            if position == 0 {
                check_purpose(certificate, self.question.rules, &mut found);
            } else {
                check_ca(certificate, is_anchor, &mut max_path_length, &mut found);
            }
            let asks = self.question.rules.revocation == RevocationRule::Checked;
            if let Some(issuer) = path.get(position.saturating_add(1)).filter(|_| asks) {
                let status = self.revocation(certificate, issuer);
                found.extend(defect_of_status(&status));
                revocation.insert(0, status);
            }
            defects.extend(found.into_iter().map(|d| self.defect_of(path, position, d)));
        }
        if defects.is_empty() {
            let certificates = path.iter().map(|&c| c.clone()).collect();
            return Some(ValidatedPath { certificates, revocation, at: self.question.at });
        }
        self.offer(path, defects, true);
        None
    }

    fn revocation(&self, certificate: &Certificate, issuer: &Certificate) -> RevocationStatus {
        let inquiry = Inquiry { certificate, issuer, at: self.question.at, known_at: self.question.known_at };
        revocation::status(&inquiry, self.sources, self.links)
    }

    /// §6.1.3 (a)(2).
    fn check_period(&self, certificate: &Certificate, is_anchor: bool, found: &mut Vec<Defect>) {
        if is_anchor && self.question.rules.anchor_validity == AnchorValidity::Ignored {
            return;
        }
        let validity = certificate.validity();
        if validity.contains(self.question.at) {
            return;
        }
        found.push(if self.question.at < validity.not_before {
            Defect::NotYetValid { not_before: validity.not_before }
        } else {
            Defect::Expired { not_after: validity.not_after }
        });
    }

    fn defect_of(&self, path: &[&Certificate], position: usize, defect: Defect) -> PathDefect {
        let certificate = path.get(position).copied().unwrap_or(self.question.target).clone();
        PathDefect { certificate, is_target: position == 0, defect }
    }

    /// Keeps the candidate whose gravest defect is least grave; one that reaches an anchor before one that does not.
    fn offer(&mut self, path: &[&Certificate], defects: Vec<PathDefect>, reaches_anchor: bool) {
        let grade = |reaches: bool, all: &[PathDefect]| (!reaches, all.iter().map(|d| d.defect).max());
        let better = self
            .best
            .as_ref()
            .is_none_or(|known| grade(reaches_anchor, &defects) < grade(known.reaches_anchor, &known.defects));
        if better {
            let path = path.iter().map(|&c| c.clone()).collect();
            self.best = Some(Rejection { path, reaches_anchor, defects });
        }
    }

    fn give_up(self) -> Rejection {
        let target = self.question.target;
        self.best.unwrap_or_else(|| Rejection {
            path: vec![target.clone()],
            reaches_anchor: false,
            defects: vec![PathDefect { certificate: target.clone(), is_target: true, defect: Defect::NoIssuer }],
        })
    }
}

fn defect_of_status(status: &RevocationStatus) -> Option<Defect> {
    match status {
        RevocationStatus::Good(_) => None,
        RevocationStatus::Revoked { since, reason, .. } => {
            Some(Defect::Revoked { since: *since, reason: reason.map(RevocationReasonRank) })
        }
        RevocationStatus::OnHold { since, .. } => Some(Defect::OnHold { since: *since }),
        RevocationStatus::Unknown(why) => Some(Defect::RevocationUnknown(*why)),
    }
}

/// §4.2.1.12: a target that names purposes names the one demanded.
fn check_purpose(certificate: &Certificate, rules: &PathRules, found: &mut Vec<Defect>) {
    let (Some(wanted), Some(named)) = (rules.extended_key_usage, certificate.extended_key_usage().present()) else {
        return;
    };
    if !named.contains(&wanted) && !named.contains(&oids::ANY_EXTENDED_KEY_USAGE) {
        found.push(Defect::NotForPurpose(wanted));
    }
}

/// §6.1.4 (k) to (n): what a certificate must say to sign the next one.
fn check_ca(certificate: &Certificate, is_anchor: bool, max_path_length: &mut usize, found: &mut Vec<Defect>) {
    let constraints = certificate.basic_constraints();
    match constraints {
        ExtensionValue::Present(b) if b.ca => {}
        // A version 1 root has no extensions; as an anchor it is a name and a key.
        ExtensionValue::Absent if is_anchor && certificate.extensions().is_empty() => {}
        ExtensionValue::Unreadable => found.push(Defect::UnreadableExtension(oids::BASIC_CONSTRAINTS)),
        _ => found.push(Defect::NotACa),
    }
    // (l): a self-issued certificate that is not the anchor does not count.
    if !is_anchor && !certificate.is_self_issued() {
        match max_path_length.checked_sub(1) {
            Some(left) => *max_path_length = left,
            None => found.push(Defect::PathLengthExceeded),
        }
    }
    // (m)
    if let Some(limit) = constraints.present().and_then(|b| b.path_len_constraint) {
        *max_path_length = (*max_path_length).min(usize::try_from(limit).unwrap_or(usize::MAX));
    }
    match certificate.key_usage() {
        ExtensionValue::Present(usage) if !usage.allows(KeyUsage::KEY_CERT_SIGN) => {
            found.push(Defect::MayNotSignCertificates);
        }
        ExtensionValue::Unreadable => found.push(Defect::UnreadableExtension(oids::KEY_USAGE)),
        _ => {}
    }
}

/// §6.1.4 (o), §6.1.5 (f): critical extensions; and rules that are asked for but not implemented, never passed over.
fn check_extensions(certificate: &Certificate, found: &mut Vec<Defect>) {
    const UNDERSTOOD: [ObjectIdentifier; 13] = [
        oids::SUBJECT_KEY_IDENTIFIER,
        oids::AUTHORITY_KEY_IDENTIFIER,
        oids::KEY_USAGE,
        oids::EXTENDED_KEY_USAGE,
        oids::BASIC_CONSTRAINTS,
        oids::SUBJECT_ALT_NAME,
        oids::ISSUER_ALT_NAME,
        oids::CERTIFICATE_POLICIES,
        oids::INHIBIT_ANY_POLICY,
        oids::CRL_DISTRIBUTION_POINTS,
        oids::FRESHEST_CRL,
        oids::AUTHORITY_INFO_ACCESS,
        oids::OCSP_NO_CHECK,
    ];
    const UNCHECKED: [(ObjectIdentifier, Defect); 3] = [
        (oids::NAME_CONSTRAINTS, Defect::NameConstraintsUnchecked),
        (oids::POLICY_CONSTRAINTS, Defect::PoliciesUnchecked),
        (oids::POLICY_MAPPINGS, Defect::PoliciesUnchecked),
    ];
    for extension in certificate.extensions() {
        if let Some((_, defect)) = UNCHECKED.iter().find(|(oid, _)| *oid == extension.oid) {
            found.push(*defect);
        } else if extension.critical && !UNDERSTOOD.contains(&extension.oid) {
            found.push(Defect::UnknownCriticalExtension(extension.oid));
        }
    }
    if *certificate.extended_key_usage() == ExtensionValue::Unreadable {
        found.push(Defect::UnreadableExtension(oids::EXTENDED_KEY_USAGE));
    }
    if *certificate.key_usage() == ExtensionValue::Unreadable {
        found.push(Defect::UnreadableExtension(oids::KEY_USAGE));
    }
}
