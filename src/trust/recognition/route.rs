//! The routes (facts/ttp.md §8.3, step 3): every one that the registry knows for a centre, and how it stood.

use super::{RecognitionReason as Reason, Route, RouteEvidence};
use crate::time::Timestamp;
use crate::trust::compiled::{CompiledTrust, ForeignAnchor};
use crate::trust::norm::TerminationRule;
use crate::trust::party::{Edge, ForeignTtp, PartyId, Period, Treaty};
use crate::trust::scope::Scope;
use crate::trust::status::{Hold, StatusEvent, Times, hold_of_events, hold_of_period};

/// One route that may lead from a centre to recognition.
pub(super) struct Candidate<'a> {
    pub(super) route: Route,
    pub(super) anchor: &'a ForeignAnchor,
    /// How it stood, the weakest link of it.
    pub(super) hold: Hold,
    /// Whether the weakest link is the foreign third party's own registration.
    weakest_is_ttp: bool,
    pub(super) ttp: Option<&'a ForeignTtp>,
    pub(super) treaty: Option<&'a Treaty>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

/// Every route that the registry knows for the centre behind this key.
pub(super) fn candidates<'a>(
    anchor: &'a ForeignAnchor,
    trust: &'a CompiledTrust,
    (times, termination): (&Times, TerminationRule),
) -> Vec<Candidate<'a>> {
    let asking = Asking { anchor, times, termination };
    let mut all = Vec::new();
    if !anchor.centre.events.is_empty() {
        all.push(asking.registered());
    }
    for edge in trust.edges.iter().filter(|edge| edge.centre == anchor.party) {
        if let Some(ttp) = trust.foreign_ttps.iter().find(|ttp| ttp.party == edge.ttp) {
            all.push(asking.through(edge, ttp));
        }
    }
    all.extend(trust.treaties.iter().filter(|treaty| covers(treaty, anchor)).map(|treaty| asking.under(treaty)));
    all
}

/// Whether a treaty speaks of a centre: by name where it names centres, by country else.
fn covers(treaty: &Treaty, anchor: &ForeignAnchor) -> bool {
    let country = treaty.countries.contains(&anchor.centre.country);
    country && (treaty.centres.is_empty() || treaty.centres.contains(&anchor.party))
}

struct Asking<'a, 't> {
    anchor: &'a ForeignAnchor,
    times: &'t Times,
    termination: TerminationRule,
}

impl<'a> Asking<'a, '_> {
    /// R1: the centre is registered with the trusted third party of Kazakhstan.
    fn registered(&self) -> Candidate<'a> {
        let events = &self.anchor.centre.events;
        let (since, until) = self.stretch(events);
        Candidate { since, until, ..self.candidate(Route::ForeignCaRegistered, self.events(events)) }
    }

    /// R2: the centre is registered with a foreign third party, which is registered in turn.
    fn through(&self, edge: &'a Edge, ttp: &'a ForeignTtp) -> Candidate<'a> {
        let of_ttp = self.events(&ttp.events);
        let hold = self.period(&edge.period).min(of_ttp);
        let base = self.candidate(Route::ForeignTtpRegistered, hold);
        let (since, until) = (Some(edge.period.from), edge.period.until);
        Candidate { ttp: Some(ttp), weakest_is_ttp: of_ttp == base.hold, since, until, ..base }
    }

    /// R3: a treaty that is ratified and in force.
    fn under(&self, treaty: &'a Treaty) -> Candidate<'a> {
        let ratified = treaty.ratified_at.map_or(Hold::NotYet, |at| self.period(&Period::since(at)));
        let in_force = treaty.in_force.map_or(Hold::NotYet, |period| self.period(&period));
        let base = self.candidate(Route::Treaty, ratified.min(in_force));
        let (since, until) = (treaty.in_force.map(|p| p.from), treaty.in_force.and_then(|p| p.until));
        Candidate { treaty: Some(treaty), since, until, ..base }
    }

    fn candidate(&self, route: Route, hold: Hold) -> Candidate<'a> {
        let key = self.anchor.period.map_or(Hold::InForce, |period| self.period(&period));
        Candidate {
            route,
            anchor: self.anchor,
            hold: hold.min(key),
            weakest_is_ttp: false,
            ttp: None,
            treaty: None,
            since: None,
            until: None,
        }
    }

    fn events(&self, events: &[StatusEvent]) -> Hold {
        let now = Times { proven_at: Some(self.times.at), ..*self.times };
        self.as_the_norm_has_it(hold_of_events(events, self.times), hold_of_events(events, &now))
    }

    fn period(&self, period: &Period) -> Hold {
        let now = Times { proven_at: Some(self.times.at), ..*self.times };
        self.as_the_norm_has_it(hold_of_period(period, self.times), hold_of_period(period, &now))
    }

    /// Where a norm lets the end of a registration reach back, it must hold now as well.
    fn as_the_norm_has_it(&self, then: Hold, now: Hold) -> Hold {
        match self.termination {
            TerminationRule::Retroactive => then.min(now),
            TerminationRule::NotRetroactive => then,
        }
    }

    /// Since when the registration that is asked about has been in force, and when that ended, where it did.
    fn stretch(&self, events: &[StatusEvent]) -> (Option<Timestamp>, Option<Timestamp>) {
        let asked_at = self.times.asked_at();
        let before = events.iter().filter(|e| e.effective_from <= asked_at);
        let began = before.rev().take_while(|e| e.status.is_in_force()).last().map(|e| e.effective_from);
        let later = events.iter().find(|e| asked_at < e.effective_from && !e.status.is_in_force());
        (began, later.map(|e| e.effective_from).filter(|ended| *ended <= self.times.at))
    }
}

impl<'a> Candidate<'a> {
    /// What it is good for: every list must be kept to.
    pub(super) fn scopes(&self) -> impl Iterator<Item = &'a [Scope]> + use<'a> {
        let centre = (self.route == Route::ForeignCaRegistered).then_some(self.anchor.centre.scopes.as_slice());
        let ttp = self.ttp.map(|ttp| ttp.scopes.as_slice());
        let treaty = self.treaty.map(|treaty| treaty.scopes.as_slice());
        [centre, ttp, treaty].into_iter().flatten()
    }

    /// Why it does not hold; none where it does.
    pub(super) fn hindrance(&self) -> Option<Reason> {
        Some(match (self.hold, self.route) {
            (Hold::InForce, _) => return None,
            (Hold::Void, _) => Reason::RegVoid,
            (Hold::NoProof, _) => Reason::NoPoe,
            (_, Route::Treaty) => Reason::TreatyNotInForce,
            (Hold::NotYet, _) if self.weakest_is_ttp => Reason::TtpNotRegistered,
            (Hold::NotYet, _) => Reason::RegNotYet,
            (Hold::Ended, _) => Reason::RegTerminatedBefore,
            (Hold::Suspended, _) => Reason::RegSuspended,
        })
    }

    /// What is told of it.
    pub(super) fn evidence(&self) -> RouteEvidence {
        let centre = &self.anchor.centre;
        let (through, act): (Option<&PartyId>, &str) = match (self.ttp, self.treaty) {
            (Some(ttp), _) => (Some(&ttp.party), &ttp.act),
            (None, Some(treaty)) => (Some(&treaty.party), &treaty.act),
            (None, None) => (None, &centre.act),
        };
        RouteEvidence {
            route: self.route,
            centre: self.anchor.party.clone(),
            through: through.cloned(),
            since: self.since,
            until: self.until,
            act: act.to_owned(),
        }
    }
}
