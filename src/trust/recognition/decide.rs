//! The decision: conditions gathered, reasons told, and the answer read off their table.

use super::certify::{Certified, Demand, certify, proven_at};
use super::route::{Candidate, candidates};
use super::usage::{check_certificate, check_scopes, covers_time_stamps};
use super::{
    PossessionBasis, Presumption, Recognition, RecognitionQuestion, RecognitionReason as Reason, Route, Standing,
    Technical,
};
use crate::time::Timestamp;
use crate::trust::compiled::{CompiledTrust, ForeignAnchor};
use crate::trust::norm::{NormRules, TerminationRule, norm_at};
use crate::trust::status::{Hold, Times};
use crate::x509::Certificate;

/// Decides by which legal route a signature is recognised. Pure and total: the same question under the same snapshot has
/// the same answer, whenever it is asked.
///
/// *Source*: facts/ttp.md §8.3. *Cost*: `RECEIPTS_MAX` receipts, the parties of one snapshot.
pub fn recognise(question: &RecognitionQuestion<'_>, trust: &CompiledTrust) -> Recognition {
    let authorities = authorities(question.path, trust);
    if !question.path.is_empty() && authorities.is_empty() {
        return domestic(question, trust);
    }
    let proven_at = proven_at(question, trust);
    let asked_at = proven_at.unwrap_or(question.at);
    let norm = norm_at(&trust.norms, asked_at);
    let rules = match norm {
        Some(norm) => norm.rules,
        None if trust.norms.is_empty() => NormRules::UNNAMED,
        None => NormRules::STRICTEST,
    };
    let asking = Asking { question, trust, rules, proven_at };
    // Several foreign authorities on one path: the worst standing decides, so that none lends its registration to another.
    let found =
        authorities.iter().map(|entries| asking.authority(entries)).min_by_key(|found| standing(&found.reasons));
    let mut found = found.unwrap_or_else(|| asking.nobody());
    if norm.is_none() && !trust.norms.is_empty() {
        found.reasons.push(Reason::NormUnknown);
    }
    found.reasons.sort_unstable();
    found.reasons.dedup();
    let standing = standing(&found.reasons);
    Recognition {
        standing,
        route: found.route,
        presumed: found.presumption(question.technical, standing),
        reasons: found.reasons,
        ttp_status: found.certified.status,
        routes: found.routes,
        receipts: found.certified.used,
        norm_version: norm.map(|norm| norm.id.clone()),
        proven_at,
        as_known_at: trust.known_at,
    }
}

/// Whether the centre behind a time-stamping authority counts now, and has all the while since its certificate began: a
/// centre that may no longer stamp could write any time. Domestic centres and those registered here for it do.
pub fn recognise_time_stamp(path: &[Certificate], at: Timestamp, trust: &CompiledTrust) -> bool {
    let Some(target) = path.first() else { return false };
    let times = Times { not_before: target.validity().not_before, proven_at: None, at };
    let registered = |anchor: &&ForeignAnchor| {
        let all = candidates(anchor, trust, (&times, TerminationRule::NotRetroactive));
        let span = (target.validity().not_before, at);
        let is_good = |one: &Candidate<'_>| one.scopes().all(|scopes| covers_time_stamps(scopes, target, span));
        all.iter().any(|one| one.route == Route::ForeignCaRegistered && one.hold == Hold::InForce && is_good(one))
    };
    authorities(path, trust).iter().all(|entries| entries.iter().all(registered))
}

/// The foreign authorities of a path, each with what the registry has under its name and key.
///
/// Any certificate of the path counts, not the last alone: cross-certification by a domestic centre does not make a foreign
/// one domestic.
fn authorities<'a>(path: &[Certificate], trust: &'a CompiledTrust) -> Vec<Vec<&'a ForeignAnchor>> {
    if trust.foreign().is_empty() {
        return Vec::new();
    }
    let each = path.iter().map(|certificate| trust.centres_of(certificate).collect::<Vec<_>>());
    each.filter(|entries| !entries.is_empty()).collect()
}

/// The table at work: the worst effect of any reason, and a yes without any.
fn standing(reasons: &[Reason]) -> Standing {
    reasons.iter().map(|reason| reason.effect()).min().unwrap_or(Standing::Recognised)
}

/// Step 0: a Kazakh centre. No third party stands between, so only what validation found counts.
fn domestic(question: &RecognitionQuestion<'_>, trust: &CompiledTrust) -> Recognition {
    let reasons = technical(question.technical, false);
    let standing = standing(&reasons);
    let asked_at = question.proven_at.unwrap_or(question.at);
    Recognition {
        standing,
        route: Some(Route::Domestic),
        reasons,
        ttp_status: None,
        routes: Vec::new(),
        receipts: Vec::new(),
        presumed: None,
        norm_version: norm_at(&trust.norms, asked_at).map(|norm| norm.id.clone()),
        proven_at: None,
        as_known_at: None,
    }
}

/// Steps 1 and 4: what validation found, and whether a receipt stands in for what could not be found here.
fn technical(found: Technical, is_covered: bool) -> Vec<Reason> {
    match found {
        Technical::Sound => Vec::new(),
        Technical::Broken => vec![Reason::SigInvalid],
        Technical::Revoked { compromised: true } => vec![Reason::KeyCompromised, Reason::CertificateRevoked],
        Technical::Revoked { compromised: false } => vec![Reason::CertificateRevoked],
        Technical::Misused => vec![Reason::PurposeNotAllowed],
        Technical::RevocationUnknown if is_covered => Vec::new(),
        // A hold is known; no receipt speaks against it.
        Technical::OnHold | Technical::RevocationUnknown => vec![Reason::RevocationUnknown],
        Technical::NotComputed if is_covered => vec![Reason::AlgNotSupportedLocally],
        Technical::NotComputed | Technical::Undetermined => vec![Reason::ValidationIndeterminate],
    }
}

struct Asking<'q, 'a> {
    question: &'q RecognitionQuestion<'q>,
    trust: &'a CompiledTrust,
    rules: NormRules,
    proven_at: Option<Timestamp>,
}

/// What was found about one authority.
#[derive(Default)]
struct Found {
    route: Option<Route>,
    reasons: Vec<Reason>,
    routes: Vec<super::RouteEvidence>,
    certified: Certified,
}

impl Asking<'_, '_> {
    /// No anchor stands above the signer.
    fn nobody(&self) -> Found {
        let certified = certify(&Demand::domestic(self.trust, false), self.question, self.trust);
        let mut reasons = technical(self.question.technical, false);
        reasons.extend(&certified.reasons);
        reasons.push(if certified.is_positive { Reason::RegistryConflict } else { Reason::CaNotRegistered });
        Found { reasons, certified, ..Found::default() }
    }

    /// Steps 2 to 5 for one authority: every route, every condition.
    fn authority(&self, entries: &[&ForeignAnchor]) -> Found {
        let not_before = self.question.path.first().map_or(self.question.at, |target| target.validity().not_before);
        let times = Times { not_before, proven_at: self.proven_at, at: self.question.at };
        let terms = (&times, self.rules.termination);
        let all: Vec<Candidate<'_>> = entries.iter().flat_map(|one| candidates(one, self.trust, terms)).collect();
        let holding: Vec<&Candidate<'_>> = all.iter().filter(|one| one.hold == Hold::InForce).collect();
        let judged = holding.iter().map(|one| self.on_route(one));
        // The best standing counts; of equal ones the strongest route, which sorts first.
        let best = judged.max_by_key(|found| (standing(&found.reasons), std::cmp::Reverse(found.route)));
        let mut found = best.unwrap_or_else(|| self.without_route(&all));
        found.routes = holding.iter().map(|one| one.evidence()).collect();
        // VOID_FROM of the centre overrides every other route (facts/ttp.md §8.3, last paragraph); that of a third party closes
        // its own.
        if all.iter().any(|one| one.route == Route::ForeignCaRegistered && one.hold == Hold::Void) {
            (found.route, found.routes) = (None, Vec::new());
            found.reasons.push(Reason::RegVoid);
        }
        if contradict(&all) {
            (found.route, found.routes) = (None, Vec::new());
            found.reasons.push(Reason::RegistryConflict);
        }
        let before = Times { proven_at: Some(not_before), ..times };
        let was = entries.iter().flat_map(|one| candidates(one, self.trust, (&before, self.rules.termination)));
        if !holding.is_empty() && !was.into_iter().any(|one| one.hold == Hold::InForce) {
            found.reasons.push(Reason::CertificateOlderThanRegistration);
        }
        found
    }

    fn on_route(&self, candidate: &Candidate<'_>) -> Found {
        let demand = Demand::of(candidate, self.trust, (self.rules.receipts, self.question.standpoint));
        let certified = certify(&demand, self.question, self.trust);
        let mut reasons = technical(self.question.technical, certified.is_positive);
        reasons.extend(&certified.reasons);
        let equivalences = candidate.anchor.centre.role_equivalences.as_slice();
        let asked_at = self.proven_at.unwrap_or(self.question.at);
        reasons.extend(check_certificate(self.question, equivalences));
        for scopes in candidate.scopes() {
            reasons.extend(check_scopes(scopes, self.question, (equivalences, asked_at)));
        }
        Found { route: Some(candidate.route), reasons, certified, ..Found::default() }
    }

    /// No route holds: the nearest ones say why; a receipt that says otherwise is a conflict and an alarm.
    fn without_route(&self, all: &[Candidate<'_>]) -> Found {
        let certified = certify(&Demand::domestic(self.trust, false), self.question, self.trust);
        let hindrances: Vec<Reason> = all.iter().filter_map(Candidate::hindrance).collect();
        let nearest = hindrances.iter().map(|reason| reason.effect()).max();
        let mut reasons = technical(self.question.technical, certified.is_positive);
        reasons.extend(hindrances.iter().filter(|reason| Some(reason.effect()) == nearest));
        reasons.extend(&certified.reasons);
        match (certified.is_positive, hindrances.is_empty()) {
            (true, _) => reasons.push(Reason::RegistryConflict),
            (false, true) => reasons.push(Reason::CaNotRegistered),
            (false, false) => {}
        }
        Found { reasons, certified, ..Found::default() }
    }
}

/// Whether two entries for one key say that it was registered here and that it was not (TS 119 615: the result is then
/// that there is none).
fn contradict(all: &[Candidate<'_>]) -> bool {
    let registered = || all.iter().filter(|one| one.route == Route::ForeignCaRegistered);
    let first = registered().next();
    first.is_some_and(|first| registered().any(|other| (other.hold == Hold::InForce) != (first.hold == Hold::InForce)))
}

impl Found {
    /// Condition C2: what lawful possession is presumed on, where nothing speaks against it.
    fn presumption(&self, technical: Technical, standing: Standing) -> Option<Presumption> {
        if standing == Standing::NotRecognised {
            return None;
        }
        let mut basis = match technical {
            Technical::Sound => vec![PossessionBasis::CertificateValid, PossessionBasis::NotRevoked],
            Technical::RevocationUnknown | Technical::NotComputed if self.certified.is_positive => Vec::new(),
            _ => return None,
        };
        if self.certified.is_positive {
            basis.push(PossessionBasis::CoveredByReceipt);
        }
        if self.route.is_some() {
            basis.push(PossessionBasis::CentreRegistered);
        }
        Some(Presumption { what: "LAWFUL_POSSESSION", basis })
    }
}
