//! Changes: what a proposal may ask for, and how each is made in a state.

use serde::{Deserialize, Serialize};

use super::entry::Administrator;
use super::error::ChangeError;
use super::state::State;
use crate::codec::armour;
use crate::time::Timestamp;
use crate::trust::norm::NormVersion;
use crate::trust::party::{
    AnchorEntry, DomesticTtp, Edge, ForeignCentre, ForeignTtp, PartyAnchor, PartyId, Period, Treaty,
};
use crate::trust::receipt::ReceiptProfile;
use crate::trust::scope::{RoleEquivalence, Scope};
use crate::trust::status::{RegistrationStatus, StatusEvent};
use crate::x509::{Certificate, Fingerprint};

/// One change of the registry. Nothing is ever erased: what is corrected stays in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Change {
    /// A foreign centre, without a registration yet.
    AddCentre {
        /// It, with a name and without events.
        centre: Box<ForeignCentre>,
    },
    /// A foreign third party, without a registration yet.
    AddForeignTtp {
        /// It, without events.
        ttp: Box<ForeignTtp>,
    },
    /// A third party of Kazakhstan.
    AddDomesticTtp {
        /// It.
        ttp: Box<DomesticTtp>,
    },
    /// One more key of a centre or a third party.
    AddAnchor {
        /// Whose.
        party: PartyId,
        /// The key.
        anchor: PartyAnchor,
    },
    /// A party answers for a key no longer.
    EndAnchor {
        /// Whose.
        party: PartyId,
        /// SHA-256 of the certificate, in hexadecimal.
        certificate_sha256: String,
        /// From when on.
        until: Timestamp,
    },
    /// Something happened to a registration with the third party of Kazakhstan.
    Event {
        /// The centre or foreign third party.
        party: PartyId,
        /// What.
        status: RegistrationStatus,
        /// Since when in law.
        effective_from: Timestamp,
        /// From when a `VOID_FROM` takes back what was recognised; none means from the beginning.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retroactive_from: Option<Timestamp>,
        /// The entry whose event this one takes the place of: a correction.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        supersedes: Option<u64>,
    },
    /// An event was recorded by mistake.
    WithdrawEvent {
        /// The centre or foreign third party.
        party: PartyId,
        /// The entry that brought it.
        entry: u64,
    },
    /// A centre is registered with a foreign third party.
    AddEdge {
        /// Which with which.
        edge: Edge,
    },
    /// It no longer is.
    EndEdge {
        /// The third party.
        ttp: PartyId,
        /// The centre.
        centre: PartyId,
        /// From when on.
        until: Timestamp,
    },
    /// A treaty.
    AddTreaty {
        /// It.
        treaty: Box<Treaty>,
    },
    /// A treaty as it stands from now on; what stood before stays in the log.
    AmendTreaty {
        /// It, under its old name.
        treaty: Box<Treaty>,
    },
    /// What a registration is good for.
    SetScopes {
        /// The centre, foreign third party or treaty.
        party: PartyId,
        /// All of it.
        scopes: Vec<Scope>,
    },
    /// What a centre's certificates say about their holders.
    SetRoleEquivalences {
        /// The centre.
        party: PartyId,
        /// All of it.
        equivalences: Vec<RoleEquivalence>,
    },
    /// How a third party is asked and how it answers.
    SetReceiptProfile {
        /// The third party.
        party: PartyId,
        /// The profile.
        profile: ReceiptProfile,
    },
    /// A norm version.
    AddNorm {
        /// It.
        norm: NormVersion,
    },
    /// A norm version is in force no longer.
    EndNorm {
        /// Its name.
        id: String,
        /// From when on.
        until: Timestamp,
    },
    /// A national anchor.
    AddDomesticAnchor {
        /// It.
        anchor: AnchorEntry,
    },
    /// A national anchor is trusted no longer.
    RemoveDomesticAnchor {
        /// SHA-256 of the certificate, in hexadecimal.
        certificate_sha256: String,
    },
    /// A certificate below an anchor.
    AddIntermediate {
        /// DER in base64.
        certificate: String,
    },
    /// One more administrator.
    AddAdministrator {
        /// Who.
        administrator: Administrator,
    },
    /// One administrator less.
    RemoveAdministrator {
        /// Who.
        id: PartyId,
    },
    /// Who may sign the editions after the next.
    SetKeepers {
        /// Certificates, DER in base64.
        keepers: Vec<String>,
    },
}

/// By what a change takes effect: the approval.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effect {
    /// The approval's place in the log.
    pub(super) entry: u64,
    /// Its time.
    pub(super) recorded_at: Timestamp,
}

impl Change {
    /// Makes the change in a state.
    pub(super) fn apply(&self, state: &mut State, effect: Effect) -> Result<(), ChangeError> {
        match self {
            Self::AddCentre { centre } => add_centre(state, centre)?,
            Self::AddForeignTtp { ttp } => {
                let events = ttp.events.is_empty();
                nobody_yet(state, &ttp.party, events)?;
                ttp.anchors.iter().try_for_each(|anchor| read(&anchor.certificate).map(|_| ()))?;
                state.snapshot.foreign_ttps.push((**ttp).clone());
            }
            Self::AddDomesticTtp { ttp } => {
                nobody_yet(state, &ttp.party, true)?;
                ttp.anchors.iter().try_for_each(|anchor| read(&anchor.certificate).map(|_| ()))?;
                state.snapshot.domestic_ttps.push((**ttp).clone());
            }
            Self::AddAnchor { party, anchor } => {
                read(&anchor.certificate)?;
                anchors(state, party)?.push(anchor.clone());
            }
            Self::EndAnchor { party, certificate_sha256, until } => {
                end_anchor(state, party, (certificate_sha256, *until))?;
            }
            Self::Event { party, status, effective_from, retroactive_from, supersedes } => {
                if let Some(entry) = supersedes {
                    withdraw(state, party, *entry)?;
                }
                let (recorded_at, entry) = (Some(effect.recorded_at), Some(effect.entry));
                let (effective_from, retroactive_from) = (*effective_from, *retroactive_from);
                insert(
                    state,
                    party,
                    StatusEvent { status: *status, effective_from, recorded_at, retroactive_from, entry },
                )?;
            }
            Self::WithdrawEvent { party, entry } => {
                withdraw(state, party, *entry)?;
                check_events(party, events(state, party)?)?;
            }
            Self::AddEdge { edge } => {
                if edge.recorded_at.is_some() {
                    return Err(ChangeError::NotYours { field: "recorded_at" });
                }
                state.snapshot.edges.push(Edge { recorded_at: Some(effect.recorded_at), ..edge.clone() });
            }
            Self::EndEdge { ttp, centre, until } => end_edge(state, (ttp, centre), *until)?,
            Self::AddTreaty { treaty } => {
                nobody_yet(state, &treaty.party, true)?;
                state.snapshot.treaties.push((**treaty).clone());
            }
            Self::AmendTreaty { treaty } => {
                let all = &mut state.snapshot.treaties;
                let old = all.iter_mut().find(|one| one.party == treaty.party).ok_or_else(|| unknown(&treaty.party))?;
                *old = (**treaty).clone();
            }
            Self::SetScopes { party, scopes } => scopes_of(state, party)?.clone_from(scopes),
            Self::SetRoleEquivalences { party, equivalences } => {
                centre(state, party)?.role_equivalences.clone_from(equivalences);
            }
            Self::SetReceiptProfile { party, profile } => profile_of(state, party)?.clone_from(profile),
            rest => rest.apply_to_the_whole(state)?,
        }
        Ok(state.snapshot.check_shape()?)
    }

    /// The changes that are about no single party.
    fn apply_to_the_whole(&self, state: &mut State) -> Result<(), ChangeError> {
        match self {
            Self::AddNorm { norm } => {
                if state.snapshot.norms.iter().any(|one| one.id == norm.id) {
                    return Err(ChangeError::Known { party: norm.id.clone() });
                }
                state.snapshot.norms.push(norm.clone());
            }
            Self::EndNorm { id, until } => {
                let norm = state.snapshot.norms.iter_mut().find(|one| one.id == *id);
                let norm = norm.ok_or_else(|| ChangeError::Unknown { party: id.clone() })?;
                norm.in_force.until = Some(*until);
            }
            Self::AddDomesticAnchor { anchor } => {
                read(&anchor.certificate)?;
                state.snapshot.domestic.push(anchor.clone());
            }
            Self::RemoveDomesticAnchor { certificate_sha256 } => {
                let before = state.snapshot.domestic.len();
                state.snapshot.domestic.retain(|anchor| !is_of(&anchor.certificate, certificate_sha256));
                if state.snapshot.domestic.len() == before {
                    return Err(ChangeError::Unknown { party: certificate_sha256.clone() });
                }
            }
            Self::AddIntermediate { certificate } => {
                read(certificate)?;
                state.snapshot.intermediates.push(certificate.clone());
            }
            Self::AddAdministrator { administrator } => state.add_administrator(administrator)?,
            Self::RemoveAdministrator { id } => state.remove_administrator(id)?,
            Self::SetKeepers { keepers } => {
                keepers.iter().try_for_each(|keeper| read(keeper).map(|_| ()))?;
                state.snapshot.keepers.clone_from(keepers);
            }
            // INVARIANT: `apply` keeps the changes of single parties to itself.
            _ => {}
        }
        Ok(())
    }

    /// The party that it is about, where it is about one.
    pub fn party(&self) -> Option<&PartyId> {
        match self {
            Self::AddCentre { centre } => centre.party.as_ref(),
            Self::AddForeignTtp { ttp } => Some(&ttp.party),
            Self::AddDomesticTtp { ttp } => Some(&ttp.party),
            Self::AddAnchor { party, .. }
            | Self::EndAnchor { party, .. }
            | Self::Event { party, .. }
            | Self::WithdrawEvent { party, .. }
            | Self::SetScopes { party, .. }
            | Self::SetRoleEquivalences { party, .. }
            | Self::SetReceiptProfile { party, .. } => Some(party),
            Self::AddEdge { edge } => Some(&edge.centre),
            Self::EndEdge { centre, .. } => Some(centre),
            Self::AddTreaty { treaty } | Self::AmendTreaty { treaty } => Some(&treaty.party),
            Self::AddAdministrator { administrator } => Some(&administrator.id),
            Self::RemoveAdministrator { id } => Some(id),
            _ => None,
        }
    }
}

fn add_centre(state: &mut State, centre: &ForeignCentre) -> Result<(), ChangeError> {
    let Some(party) = &centre.party else { return Err(ChangeError::Unknown { party: centre.label.clone() }) };
    nobody_yet(state, party, centre.events.is_empty())?;
    let further = centre.further_anchors.iter().map(|anchor| &anchor.certificate);
    std::iter::once(&centre.certificate).chain(further).try_for_each(|encoded| read(encoded).map(|_| ()))?;
    state.snapshot.foreign.push(centre.clone());
    Ok(())
}

fn nobody_yet(state: &State, party: &PartyId, has_no_events: bool) -> Result<(), ChangeError> {
    if !has_no_events {
        return Err(ChangeError::NotYours { field: "events" });
    }
    if state.knows(party) { Err(ChangeError::Known { party: party.to_string() }) } else { Ok(()) }
}

fn unknown(party: &PartyId) -> ChangeError {
    ChangeError::Unknown { party: party.to_string() }
}

pub(super) fn read(encoded: &str) -> Result<Certificate, ChangeError> {
    let parsed = armour::decode(encoded).and_then(|der| Certificate::parse(&der));
    parsed.map_err(|_| ChangeError::Certificate)
}

fn is_of(encoded: &str, certificate_sha256: &str) -> bool {
    armour::decode(encoded).is_ok_and(|der| Fingerprint::of(&der).to_string() == certificate_sha256)
}

fn centre<'a>(state: &'a mut State, party: &PartyId) -> Result<&'a mut ForeignCentre, ChangeError> {
    let all = &mut state.snapshot.foreign;
    all.iter_mut().find(|one| one.party.as_ref() == Some(party)).ok_or_else(|| unknown(party))
}

fn events<'a>(state: &'a mut State, party: &PartyId) -> Result<&'a mut Vec<StatusEvent>, ChangeError> {
    let snapshot = &mut state.snapshot;
    let centre = snapshot.foreign.iter_mut().find(|one| one.party.as_ref() == Some(party)).map(|one| &mut one.events);
    let ttp = snapshot.foreign_ttps.iter_mut().find(|one| one.party == *party).map(|one| &mut one.events);
    centre.or(ttp).ok_or_else(|| unknown(party))
}

fn anchors<'a>(state: &'a mut State, party: &PartyId) -> Result<&'a mut Vec<PartyAnchor>, ChangeError> {
    let snapshot = &mut state.snapshot;
    let centre = snapshot.foreign.iter_mut().find(|one| one.party.as_ref() == Some(party));
    let foreign = snapshot.foreign_ttps.iter_mut().find(|one| one.party == *party).map(|one| &mut one.anchors);
    let domestic = snapshot.domestic_ttps.iter_mut().find(|one| one.party == *party).map(|one| &mut one.anchors);
    centre.map(|one| &mut one.further_anchors).or(foreign).or(domestic).ok_or_else(|| unknown(party))
}

fn scopes_of<'a>(state: &'a mut State, party: &PartyId) -> Result<&'a mut Vec<Scope>, ChangeError> {
    let snapshot = &mut state.snapshot;
    let centre = snapshot.foreign.iter_mut().find(|one| one.party.as_ref() == Some(party)).map(|one| &mut one.scopes);
    let ttp = snapshot.foreign_ttps.iter_mut().find(|one| one.party == *party).map(|one| &mut one.scopes);
    let treaty = snapshot.treaties.iter_mut().find(|one| one.party == *party).map(|one| &mut one.scopes);
    centre.or(ttp).or(treaty).ok_or_else(|| unknown(party))
}

fn profile_of<'a>(state: &'a mut State, party: &PartyId) -> Result<&'a mut ReceiptProfile, ChangeError> {
    let snapshot = &mut state.snapshot;
    let foreign = snapshot.foreign_ttps.iter_mut().find(|one| one.party == *party).map(|one| &mut one.receipt_profile);
    let domestic =
        snapshot.domestic_ttps.iter_mut().find(|one| one.party == *party).map(|one| &mut one.receipt_profile);
    foreign.or(domestic).ok_or_else(|| unknown(party))
}

/// Ends a key wherever it stands, so that nothing of it is left in force.
fn end_anchor(state: &mut State, party: &PartyId, (sha256, until): (&str, Timestamp)) -> Result<(), ChangeError> {
    let (mut had_begun, mut found) = (false, false);
    if let Ok(centre) = centre(state, party)
        && is_of(&centre.certificate, sha256)
    {
        let period = centre.period.unwrap_or(Period::since(Timestamp::from_unix_millis(0)));
        (had_begun, found) = (period.from < until, period.reaches(until));
        if found {
            centre.period = Some(Period { until: Some(until), ..period });
        }
    }
    let all = anchors(state, party)?;
    let is_it = |anchor: &PartyAnchor| is_of(&anchor.certificate, sha256);
    had_begun |= all.iter().any(|anchor| is_it(anchor) && anchor.period.from < until);
    found |= all.iter().any(|anchor| is_it(anchor) && anchor.period.reaches(until));
    // What was to begin again later does not. One that never begins would be nonsense, and is refused as such.
    all.retain(|anchor| !(had_begun && is_it(anchor) && anchor.period.from >= until));
    for anchor in all.iter_mut().filter(|anchor| is_it(anchor) && anchor.period.reaches(until)) {
        anchor.period.until = Some(until);
    }
    let missing = || ChangeError::NoSuchAnchor { party: party.to_string(), fingerprint: sha256.to_owned() };
    if found { Ok(()) } else { Err(missing()) }
}

/// Ends a registration abroad in each of its periods.
fn end_edge(state: &mut State, (ttp, centre): (&PartyId, &PartyId), until: Timestamp) -> Result<(), ChangeError> {
    let all = &mut state.snapshot.edges;
    let is_it = |edge: &Edge| edge.ttp == *ttp && edge.centre == *centre;
    let had_begun = all.iter().any(|edge| is_it(edge) && edge.period.from < until);
    if !had_begun || !all.iter().any(|edge| is_it(edge) && edge.period.reaches(until)) {
        return Err(unknown(centre));
    }
    all.retain(|edge| !(is_it(edge) && edge.period.from >= until));
    for edge in all.iter_mut().filter(|edge| is_it(edge) && edge.period.reaches(until)) {
        edge.period.until = Some(until);
    }
    Ok(())
}

/// Puts an event where its date belongs, behind those of the same date.
fn insert(state: &mut State, party: &PartyId, event: StatusEvent) -> Result<(), ChangeError> {
    let events = events(state, party)?;
    let place = events.partition_point(|one| one.effective_from <= event.effective_from);
    events.insert(place, event);
    check_events(party, events)
}

fn withdraw(state: &mut State, party: &PartyId, entry: u64) -> Result<(), ChangeError> {
    let events = events(state, party)?;
    let before = events.len();
    events.retain(|event| event.entry != Some(entry));
    match before.saturating_sub(events.len()) {
        0 => Err(ChangeError::NoSuchEvent { party: party.to_string(), entry }),
        1 => Ok(()),
        // Correcting one of them must not drop the others in silence.
        _ => Err(ChangeError::SeveralEvents { party: party.to_string(), entry }),
    }
}

/// Each status may follow the one before it.
fn check_events(party: &PartyId, events: &[StatusEvent]) -> Result<(), ChangeError> {
    let mut before = None;
    for event in events {
        if !event.status.may_follow(before) {
            return Err(ChangeError::MayNotFollow { party: party.to_string(), before, status: event.status });
        }
        before = Some(event.status);
    }
    Ok(())
}
