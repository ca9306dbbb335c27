//! Validation of one target: every path to an anchor is tried, the first that holds is the proof.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use const_oid::ObjectIdentifier;

use super::book::{Link, LinkOutcome, Links};
use super::defect::{Defect, PathDefect, RevocationReasonRank};
use super::expected_name;
use super::name_constraints::NameBudget;
use super::policy_graph::ValidPolicies;
use super::pool::Sources;
use super::profile::{self, Place, ProfileFault, Role};
use super::revocation::{self, Inquiry, Nesting, RevocationStatus};
use super::rules::{AnchorValidity, PathRules, Profile, PurposeScope, RevocationRule};
use super::state::State;
use crate::limits::{NAME_CONSTRAINT_CHECKS_MAX, PATH_EDGES_MAX, PATH_LENGTH_MAX};
use crate::time::Timestamp;
use crate::x509::{Certificate, Crl, ExtensionValue, Fingerprint, KeyUsage, Validity, oids};

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
    policies: ValidPolicies,
    at: Timestamp,
    period: Period,
}

/// A half-open interval of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// First instant.
    pub from: Timestamp,
    /// First instant after it.
    pub until: Timestamp,
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

    /// Everything that the proof rests on, by name: its certificates, the evidence about them, and the certificates of
    /// whoever signed that.
    pub fn rests_on(&self) -> BTreeSet<Fingerprint> {
        names_of(self.certificates.iter(), &self.revocation)
    }

    /// The policies that are valid along the path (§6.1.6).
    pub fn policies(&self) -> &ValidPolicies {
        &self.policies
    }

    /// The same proof for another time between the same moments (`PathBook`).
    pub(super) fn at_another_time(mut self, at: Timestamp) -> Self {
        self.at = at;
        self
    }

    /// The time it held at.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// The time around `at` in which the validity periods of its certificates hold: outside of it this path does not.
    /// Evidence of revocation may narrow it further.
    pub fn period(&self) -> Period {
        self.period
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
    /// What the refusal rests on, by name: certificates and evidence as [`ValidatedPath::rests_on`] has them. Nothing where
    /// more stands against the candidate than the time in question and revocation: then anybody may have made it.
    pub rests_on: BTreeSet<Fingerprint>,
}

/// Searches every path from the target to an anchor and validates each until one holds.
///
/// *Errors*: `Rejection` with the candidate that comes closest: the one whose gravest defect is least grave.
/// *Cost*: `PATH_EDGES_MAX` steps upwards, `PATH_LENGTH_MAX` certificates, `NAME_CONSTRAINT_CHECKS_MAX` names against
/// subtrees in all candidates together, `POLICY_NODES_MAX` in each.
pub fn validate(question: &Question<'_>, sources: &Sources<'_>, links: &Links) -> Result<ValidatedPath, Rejection> {
    validate_within(question, sources, links, Nesting::TOP)
}

/// The same for a question that another one led to.
pub(super) fn validate_within(
    question: &Question<'_>,
    sources: &Sources<'_>,
    links: &Links,
    nesting: Nesting<'_>,
) -> Result<ValidatedPath, Rejection> {
    let mut search = Search {
        question,
        sources,
        links,
        nesting,
        issuers: HashMap::new(),
        budget: PATH_EDGES_MAX.value,
        names: NameBudget(NAME_CONSTRAINT_CHECKS_MAX.value),
        best: None,
    };
    let mut path = vec![question.target];
    let found = if sources.is_anchor(question.target) && nesting.accepts(question.target) {
        // A trusted certificate that is itself the target: RFC 5280 has no such path; only its own facts are checked.
        search.conclude(&path)
    } else {
        search.extend(&mut path)
    };
    found.ok_or_else(|| search.give_up())
}

struct Search<'q, 'a> {
    question: &'q Question<'a>,
    sources: &'q Sources<'a>,
    links: &'q Links,
    nesting: Nesting<'q>,
    issuers: HashMap<Fingerprint, Rc<Issuers<'a>>>,
    budget: usize,
    names: NameBudget,
    best: Option<Rejection>,
}

/// Who signed a certificate, as far as is known.
struct Issuers<'a> {
    signed: Vec<&'a Certificate>,
    /// What to say where that is nobody.
    otherwise: Defect,
}

impl<'a> Search<'_, 'a> {
    /// Depth first; `path` is target first.
    fn extend(&mut self, path: &mut Vec<&'a Certificate>) -> Option<ValidatedPath> {
        let child = *path.last()?;
        let issuers = self.issuers(child);
        let mut dead_end = issuers.signed.is_empty().then_some(issuers.otherwise);
        for issuer in issuers.signed.iter().copied() {
            if self.budget == 0 || path.len() >= PATH_LENGTH_MAX.value {
                dead_end = Some(Defect::BudgetSpent);
                break;
            }
            self.budget = self.budget.saturating_sub(1);
            if path.iter().any(|c| c.subject() == issuer.subject() && c.spki_der() == issuer.spki_der()) {
                continue;
            }
            path.push(issuer);
            let ends = self.sources.is_anchor(issuer) && self.nesting.accepts(issuer);
            let found = if ends { self.conclude(path) } else { self.extend(path) };
            path.pop();
            if found.is_some() {
                return found;
            }
        }
        if let Some(defect) = dead_end {
            let defect = self.defect_of(path, path.len().saturating_sub(1), defect);
            self.offer(path, (vec![defect], &[]), false);
        }
        None
    }

    /// Candidates by name, sorted out by signature once for each certificate; anchors first.
    fn issuers(&mut self, child: &'a Certificate) -> Rc<Issuers<'a>> {
        if let Some(known) = self.issuers.get(&child.fingerprint()) {
            return Rc::clone(known);
        }
        let mut issuers = Issuers { signed: Vec::new(), otherwise: Defect::NoIssuer };
        for issuer in self.sources.issuers_of(child) {
            let defect = match self.links.get(Link { signed: child.fingerprint(), issuer: issuer.fingerprint() }) {
                Some(LinkOutcome::Valid(_)) => {
                    issuers.signed.push(issuer);
                    continue;
                }
                Some(LinkOutcome::Invalid) => Defect::SignatureInvalid,
                Some(LinkOutcome::Unsupported) => Defect::SignatureUnsupported,
                // The list of wanted links ended at its bound before this one.
                None => Defect::BudgetSpent,
            };
            issuers.otherwise = issuers.otherwise.min(defect);
        }
        issuers.signed.sort_by_key(|issuer| !self.sources.is_anchor(issuer));
        let issuers = Rc::new(issuers);
        self.issuers.insert(child.fingerprint(), Rc::clone(&issuers));
        issuers
    }

    /// Validates a complete path; gives the proof, or remembers what stands against it.
    fn conclude(&mut self, path: &[&'a Certificate]) -> Option<ValidatedPath> {
        let mut defects: Vec<PathDefect> = Vec::new();
        let mut revocation = Vec::new();
        let mut found = Vec::new();
        let mut state = State::new(self.question.rules, path.len().saturating_sub(1), &mut found);
        for position in (0..path.len()).rev() {
            self.check_one((path, position), &mut state, &mut found);
            if let Some(status) = self.revocation(path, position) {
                found.extend(defect_of_status(&status));
                found.extend(self.unnumbered(path, position, &status));
                revocation.insert(0, status);
            }
            for defect in found.drain(..).map(|defect| self.defect_of(path, position, defect)) {
                if !defects.contains(&defect) {
                    defects.push(defect);
                }
            }
        }
        let policies = state.finish(self.question.target, &mut found);
        defects.extend(found.into_iter().map(|d| self.defect_of(path, 0, d)));
        if defects.is_empty() {
            let certificates: Vec<Certificate> = path.iter().map(|&c| c.clone()).collect();
            let period = self.period(&certificates);
            return Some(ValidatedPath { certificates, revocation, policies, at: self.question.at, period });
        }
        self.offer(path, (defects, &revocation), true);
        None
    }

    /// What one certificate says at its place, but for revocation.
    fn check_one(&mut self, (path, position): (&[&Certificate], usize), state: &mut State, found: &mut Vec<Defect>) {
        let Some(certificate) = path.get(position).copied() else { return };
        let rules = self.question.rules;
        let role = role(position, path.len());
        self.check_period(certificate, role, found);
        check_extensions(certificate, found);
        profile::check(&Place { certificate, role, rules }, found);
        check_purpose(certificate, role, rules, found);
        check_ca(certificate, role, found);
        match role {
            Role::Anchor => state.start_from(certificate, found),
            Role::Intermediate => {
                state.enter(certificate, false, &mut self.names, found);
                state.leave(certificate, found);
            }
            Role::Target => {
                if path.len() > 1 {
                    state.enter(certificate, true, &mut self.names, found);
                }
                if rules.expected_name.as_ref().is_some_and(|name| !expected_name::carries(certificate, name)) {
                    found.push(Defect::NameMismatch);
                }
            }
        }
    }

    /// §6.1.3 (a)(3); `None` for the anchor, and where the rules do not ask.
    fn revocation(&self, path: &[&Certificate], position: usize) -> Option<RevocationStatus> {
        let certificate = path.get(position).copied()?;
        let issuer = path.get(position.checked_add(1)?).copied()?;
        let asks = self.question.rules.revocation == RevocationRule::Checked;
        asks.then(|| {
            revocation::status(&Inquiry {
                certificate,
                issuer,
                anchor: path.last().copied().unwrap_or(issuer),
                at: self.question.at,
                question: self.question,
                sources: self.sources,
                links: self.links,
                nesting: self.nesting,
            })
        })
    }

    /// RFC 5280 §5.2.3: conforming authorities number their CRLs.
    fn unnumbered(&self, path: &[&Certificate], position: usize, status: &RevocationStatus) -> Option<Defect> {
        let RevocationStatus::Good(proof) = status else { return None };
        let certificate = path.get(position)?;
        let rests_on = |crl: &&Crl| proof.sources.iter().any(|source| source.fingerprint == crl.fingerprint());
        let bare =
            self.sources.crls(certificate.issuer()).into_iter().filter(rests_on).any(|c| c.crl_number().is_none());
        let strict = self.question.rules.profile != Profile::PathAlone;
        (strict && bare).then_some(Defect::OutOfProfile(ProfileFault::CrlNumber))
    }

    /// Whether a certificate's own period counts.
    fn has_period(&self, role: Role) -> bool {
        role != Role::Anchor || self.question.rules.anchor_validity == AnchorValidity::Checked
    }

    /// §6.1.3 (a)(2).
    fn check_period(&self, certificate: &Certificate, role: Role, found: &mut Vec<Defect>) {
        let Validity { not_before, not_after } = certificate.validity();
        if !self.has_period(role) || certificate.validity().contains(self.question.at) {
            return;
        }
        let early = self.question.at < not_before;
        found.push(if early { Defect::NotYetValid { not_before } } else { Defect::Expired { not_after } });
    }

    /// Where the periods of all certificates overlap.
    fn period(&self, path: &[Certificate]) -> Period {
        let ever = Period { from: Timestamp::from_unix_millis(i64::MIN), until: Timestamp::from_unix_millis(i64::MAX) };
        let counting = path.iter().enumerate().filter(|(position, _)| self.has_period(role(*position, path.len())));
        counting.map(|(_, certificate)| certificate.validity()).fold(ever, |period, validity| Period {
            from: period.from.max(validity.not_before),
            // A period is written in whole seconds, and its last second belongs to it.
            until: period.until.min(whole_second(validity.not_after).plus_seconds(1)),
        })
    }

    fn defect_of(&self, path: &[&Certificate], position: usize, defect: Defect) -> PathDefect {
        let certificate = path.get(position).copied().unwrap_or(self.question.target).clone();
        PathDefect { certificate, is_target: position == 0, defect }
    }

    /// Keeps the candidate whose gravest defect is least grave; one that reaches an anchor before one that does not.
    fn offer(
        &mut self,
        path: &[&Certificate],
        (defects, revocation): (Vec<PathDefect>, &[RevocationStatus]),
        reaches_anchor: bool,
    ) {
        let grade = |reaches: bool, all: &[PathDefect]| (!reaches, all.iter().map(|d| d.defect).max());
        let better = self
            .best
            .as_ref()
            .is_none_or(|known| grade(reaches_anchor, &defects) < grade(known.reaches_anchor, &known.defects));
        if better {
            let proven = reaches_anchor && defects.iter().all(|found| found.defect.is_of_time());
            let rests_on = if proven { names_of(path.iter().copied(), revocation) } else { BTreeSet::new() };
            let path = path.iter().map(|&c| c.clone()).collect();
            self.best = Some(Rejection { path, reaches_anchor, defects, rests_on });
        }
    }

    /// The best candidate; where the search ended at its bound, that is told beside what is wrong with it.
    fn give_up(self) -> Rejection {
        let target = self.question.target;
        let about_target = |defect| PathDefect { certificate: target.clone(), is_target: true, defect };
        let mut best = self.best.unwrap_or_else(|| Rejection {
            path: vec![target.clone()],
            reaches_anchor: false,
            defects: vec![about_target(Defect::NoIssuer)],
            rests_on: BTreeSet::new(),
        });
        if self.budget == 0 && best.defects.iter().all(|d| d.defect != Defect::BudgetSpent) {
            best.defects.push(about_target(Defect::BudgetSpent));
        }
        best
    }
}

/// The certificates of a path, what tells about them, and the signatures which that rests on.
fn names_of<'c>(
    certificates: impl Iterator<Item = &'c Certificate>,
    revocation: &[RevocationStatus],
) -> BTreeSet<Fingerprint> {
    let mut names: BTreeSet<Fingerprint> = certificates.map(Certificate::fingerprint).collect();
    for proof in revocation.iter().filter_map(RevocationStatus::proof) {
        names.extend(proof.sources.iter().map(|source| source.fingerprint));
        names.extend(proof.rests_on.iter().flat_map(|(link, _)| [link.signed, link.issuer]));
    }
    names
}

fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_unix_millis(at.unix_seconds().saturating_mul(1000))
}

fn role(position: usize, length: usize) -> Role {
    match position {
        0 => Role::Target,
        _ if position.checked_add(1) == Some(length) => Role::Anchor,
        _ => Role::Intermediate,
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

/// The purpose that is asked for (§4.2.1.12), where a certificate names any.
fn check_purpose(certificate: &Certificate, role: Role, rules: &PathRules, found: &mut Vec<Defect>) {
    let counts = match role {
        Role::Target => true,
        Role::Intermediate | Role::Anchor => rules.purpose_scope == PurposeScope::Path,
    };
    if let (Some(wanted), Some(named)) = (rules.extended_key_usage, certificate.extended_key_usage().present())
        && counts
        && !named.contains(&wanted)
        && !named.contains(&oids::ANY_EXTENDED_KEY_USAGE)
    {
        found.push(Defect::NotForPurpose(wanted));
    }
}

/// §6.1.4 (k), (n): what a certificate must say to sign the next one.
fn check_ca(certificate: &Certificate, role: Role, found: &mut Vec<Defect>) {
    if role == Role::Target {
        return;
    }
    match certificate.basic_constraints() {
        ExtensionValue::Present(b) if b.ca => {}
        // A version 1 root has no extensions; as an anchor it is a name and a key.
        ExtensionValue::Absent if role == Role::Anchor && certificate.extensions().is_empty() => {}
        ExtensionValue::Unreadable => found.push(Defect::UnreadableExtension(oids::BASIC_CONSTRAINTS)),
        _ => found.push(Defect::NotACa),
    }
    match certificate.key_usage() {
        ExtensionValue::Present(usage) if !usage.allows(KeyUsage::KEY_CERT_SIGN) => {
            found.push(Defect::MayNotSignCertificates);
        }
        ExtensionValue::Unreadable => found.push(Defect::UnreadableExtension(oids::KEY_USAGE)),
        _ => {}
    }
}

/// §6.1.4 (o), §6.1.5 (f): a critical extension is understood and reads.
fn check_extensions(certificate: &Certificate, found: &mut Vec<Defect>) {
    const UNDERSTOOD: [ObjectIdentifier; 15] = [
        oids::SUBJECT_KEY_IDENTIFIER,
        oids::AUTHORITY_KEY_IDENTIFIER,
        oids::KEY_USAGE,
        oids::EXTENDED_KEY_USAGE,
        oids::BASIC_CONSTRAINTS,
        oids::SUBJECT_ALT_NAME,
        oids::ISSUER_ALT_NAME,
        oids::NAME_CONSTRAINTS,
        oids::CERTIFICATE_POLICIES,
        oids::POLICY_MAPPINGS,
        oids::POLICY_CONSTRAINTS,
        oids::INHIBIT_ANY_POLICY,
        oids::CRL_DISTRIBUTION_POINTS,
        oids::FRESHEST_CRL,
        oids::OCSP_NO_CHECK,
    ];
    let unknown = certificate.extensions().iter().filter(|e| e.critical && !UNDERSTOOD.contains(&e.oid));
    found.extend(unknown.map(|e| Defect::UnknownCriticalExtension(e.oid)));
    let unreadable = |oid: ObjectIdentifier| match oid {
        oids::EXTENDED_KEY_USAGE => *certificate.extended_key_usage() == ExtensionValue::Unreadable,
        oids::KEY_USAGE => *certificate.key_usage() == ExtensionValue::Unreadable,
        oids::BASIC_CONSTRAINTS => *certificate.basic_constraints() == ExtensionValue::Unreadable,
        oids::NAME_CONSTRAINTS => certificate.name_constraints() == ExtensionValue::Unreadable,
        oids::POLICY_MAPPINGS => certificate.policy_mappings() == ExtensionValue::Unreadable,
        oids::INHIBIT_ANY_POLICY => certificate.inhibit_any_policy() == ExtensionValue::Unreadable,
        oids::SUBJECT_ALT_NAME => certificate.subject_alt_names() == ExtensionValue::Unreadable,
        _ => false,
    };
    // Names that do not read hinder nobody where nobody asks for them and the authority does not insist.
    let counts = |e: &crate::x509::Extension| e.critical || e.oid != oids::SUBJECT_ALT_NAME;
    let broken = certificate.extensions().iter().filter(|e| counts(e) && unreadable(e.oid));
    found.extend(broken.map(|e| Defect::UnreadableExtension(e.oid)));
}
