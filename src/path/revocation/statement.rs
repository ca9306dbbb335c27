//! Statements about one certificate, and what they add up to.

use super::{EvidenceKind, Inquiry, RevocationProof, RevocationSource, RevocationStatus, RevocationUnknown};
use crate::path::book::Link;
use crate::time::Timestamp;
use crate::x509::{Certificate, ReasonFlags, RevocationReason, RevokedEntry, oids};

/// What somebody who may say so says of the certificate.
pub(super) struct Statement {
    pub(super) says: Says,
    /// When it was known to be right; of a full CRL with a delta, that of the delta first.
    pub(super) made: (Timestamp, Timestamp),
    /// For which reasons of revocation.
    pub(super) reasons: ReasonFlags,
    /// Whether it tells about the time in question, where it says nothing against the certificate.
    pub(super) in_time: Result<(), RevocationUnknown>,
    pub(super) proof: RevocationProof,
}

/// What is said, read against the time in question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// Not revoked at that time.
    Good,
    /// Revoked, for good and all.
    Revoked { since: Timestamp, reason: Option<RevocationReason> },
    /// On hold, until something newer lifts it.
    OnHold { since: Timestamp },
    /// Never issued (RFC 6960 §4.4.8), until something newer knows it.
    NeverIssued { since: Timestamp },
    /// Something that cannot be taken for good.
    Unclear(RevocationUnknown),
}

impl Says {
    /// Reads one entry about the certificate in question against the time in question.
    pub(super) fn of(entry: &RevokedEntry, inquiry: &Inquiry<'_, '_>) -> Self {
        let since = counts_from(entry, inquiry.certificate);
        // A time that is stated and not proven may have been written by whoever has the key. DIVERGENCE D-04, D-45.
        let made_by = inquiry.question.rules.proven_at.filter(|_| !is_harmless(entry.reason));
        if made_by.map_or(inquiry.at, |proven| proven.max(inquiry.at)) < since {
            return Self::Good;
        }
        // "For ever" is told as the date that the CA wrote down.
        let since = if since.unix_millis() == i64::MIN { entry.revocation_date } else { since };
        if entry.reason == Some(RevocationReason::CertificateHold) {
            return Self::OnHold { since };
        }
        Self::Revoked { since, reason: entry.reason }
    }

    /// What can be lifted by something newer; gravest last.
    fn gravity(self) -> u8 {
        match self {
            Self::Good | Self::Revoked { .. } => 0,
            Self::Unclear(_) => 1,
            Self::OnHold { .. } => 2,
            Self::NeverIssued { .. } => 3,
        }
    }
}

/// Since when an entry counts; `i64::MIN` for ever.
pub(super) fn counts_from(entry: &RevokedEntry, certificate: &Certificate) -> Timestamp {
    let ever = Timestamp::from_unix_millis(i64::MIN);
    // The key of a receipt states times no less (RFC 3029 §9.1, responseTime).
    let states_times = certificate.has_purpose(oids::TIME_STAMPING) || certificate.has_purpose(oids::DVCS);
    if states_times && !is_harmless(entry.reason) {
        return ever;
    }
    // A compromised key may have signed anything at any time before it was noticed: retroactive, to the invalidity date
    // where the CA names one (order 500 as practised, facts/kz-pki.md §5.2). DIVERGENCE D-09.
    if is_compromise(entry.reason) && entry.invalidity_date.is_none() {
        return ever;
    }
    // An invalidity date reaches back, never forward: from the revocation on nothing counts.
    entry.invalidity_date.map_or(entry.revocation_date, |d| d.min(entry.revocation_date))
}

/// RFC 3161 §4, items 1 and 2: whoever has a time stamp's key writes any time into it, so only these reasons leave earlier
/// ones good; none at all does not.
fn is_harmless(reason: Option<RevocationReason>) -> bool {
    use RevocationReason as R;
    matches!(reason, Some(R::Unspecified | R::AffiliationChanged | R::Superseded | R::CessationOfOperation))
}

fn is_compromise(reason: Option<RevocationReason>) -> bool {
    use RevocationReason as R;
    matches!(reason, Some(R::KeyCompromise | R::CaCompromise | R::AaCompromise))
}

/// Everything that is said, and why what could not be used could not.
pub(super) struct Statements {
    all: Vec<Statement>,
    unknown: RevocationUnknown,
    /// Whether evidence was left out that may revoke.
    cut_short: bool,
}

impl Default for Statements {
    fn default() -> Self {
        Self { all: Vec::new(), unknown: RevocationUnknown::NoEvidence, cut_short: false }
    }
}

impl Statements {
    pub(super) fn add(&mut self, statement: Statement) {
        self.all.push(statement);
    }

    /// Remembers why some evidence says nothing.
    pub(super) fn pass_over(&mut self, why: RevocationUnknown) {
        self.cut_short |= why == RevocationUnknown::NotComputed;
        self.unknown = self.unknown.max(why);
    }

    /// What it all adds up to, in this order: a revocation, whenever it was told; too much to look at; what the newest
    /// statements say, where "good" needs all reasons of revocation covered and nothing as new against it.
    pub(super) fn weigh(mut self) -> RevocationStatus {
        // What is as new and as grave stands in the order of its content, never in that of its arrival; first what tells
        // about the time in question.
        self.all.sort_by_key(|s| {
            let sources: Vec<_> = s.proof.sources.iter().map(|source| source.fingerprint).collect();
            (std::cmp::Reverse(s.made), std::cmp::Reverse(s.says.gravity()), s.in_time.is_err(), sources)
        });
        if let Some(status) = self.revoked() {
            return status;
        }
        if self.cut_short {
            return RevocationStatus::Unknown(RevocationUnknown::NotComputed);
        }
        let (good, covered) = self.good();
        let complete = covered == ReasonFlags::ALL;
        let oldest = good.last().map(|s| s.made).filter(|_| complete);
        let against = self.all.iter().find(|s| s.says != Says::Good && oldest.is_none_or(|g| s.made >= g));
        match against {
            Some(statement) => self.told_against(statement, complete),
            None if complete => RevocationStatus::Good(joined(&good)),
            None => RevocationStatus::Unknown(self.why_unknown(covered)),
        }
    }

    fn revoked(&self) -> Option<RevocationStatus> {
        let all = self.all.iter().filter_map(|s| match s.says {
            Says::Revoked { since, reason } => Some((since, reason, s)),
            _ => None,
        });
        // Of two since one time the one that counts for ever is told.
        let (since, reason, statement) = all.min_by_key(|(since, reason, _)| (*since, !is_compromise(*reason)))?;
        Some(RevocationStatus::Revoked { since, reason, proof: statement.proof.clone() })
    }

    /// The newest statements that say "good" and together cover as many reasons as there are, and these reasons.
    fn good(&self) -> (Vec<&Statement>, ReasonFlags) {
        let mut covered = ReasonFlags::NONE;
        let mut needed = Vec::new();
        for statement in self.all.iter().filter(|s| s.says == Says::Good && s.in_time.is_ok()) {
            // RFC 5280 §6.3.3 (e): each adds reasons, or is not needed.
            let more = covered.or(statement.reasons);
            if more != covered {
                covered = more;
                needed.push(statement);
            }
        }
        (needed, covered)
    }

    fn told_against(&self, statement: &Statement, complete: bool) -> RevocationStatus {
        let proof = statement.proof.clone();
        match statement.says {
            Says::OnHold { since } if complete || statement.in_time.is_ok() => {
                RevocationStatus::OnHold { since, proof }
            }
            Says::NeverIssued { since } => {
                RevocationStatus::Revoked { since, reason: Some(RevocationReason::CertificateHold), proof }
            }
            Says::Unclear(why) => RevocationStatus::Unknown(if complete { why } else { self.unknown.max(why) }),
            _ => RevocationStatus::Unknown(self.why_unknown(ReasonFlags::NONE)),
        }
    }

    fn why_unknown(&self, covered: ReasonFlags) -> RevocationUnknown {
        let late = self.all.iter().filter_map(|s| s.in_time.err());
        let missing = (covered != ReasonFlags::NONE).then_some(RevocationUnknown::ReasonsMissing);
        late.chain(missing).fold(self.unknown, RevocationUnknown::max)
    }
}

fn joined(statements: &[&Statement]) -> RevocationProof {
    let sources = statements.iter().flat_map(|s| s.proof.sources.clone()).collect();
    let rests_on = statements.iter().flat_map(|s| s.proof.rests_on.clone()).collect();
    RevocationProof { sources, rests_on }
}

impl RevocationProof {
    /// A proof of one piece of evidence.
    pub(super) fn of(source: RevocationSource, rests_on: Vec<(Link, Certificate)>) -> Self {
        Self { sources: vec![source], rests_on }
    }
}

impl RevocationSource {
    pub(super) fn of_crl(crl: &crate::x509::Crl) -> Self {
        Self {
            kind: if crl.is_delta() { EvidenceKind::DeltaCrl } else { EvidenceKind::Crl },
            fingerprint: crl.fingerprint(),
            this_update: crl.this_update(),
            next_update: crl.next_update(),
            produced_at: None,
        }
    }
}
