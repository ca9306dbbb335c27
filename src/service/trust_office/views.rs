//! What is told of the registry, to people and machines alike.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::keys::KeyView;
use crate::ledger::Digest;
use crate::time::Timestamp;
use crate::trust::{
    Change, Difference, DifferenceKind, PartyId, RegistrationStatus, Registry, StatusEvent, Step, TrustSnapshot,
    differences, status_at,
};

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntryView {
    /// Its place.
    pub sequence: u64,
    /// Its digest.
    pub digest: Digest,
    /// The digest of the entry before it.
    pub previous: Option<Digest>,
    /// When it was written.
    pub recorded_at: Timestamp,
    /// By whom.
    pub by: PartyId,
    /// `genesis`, `proposal`, `approval`, `rejection`, `publication`.
    pub step: &'static str,
    /// Of a proposal: the act.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<String>,
    /// Of a proposal: where its act can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act_url: Option<String>,
    /// Of a proposal or a rejection: why, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Of a proposal: what is to change, as it was proposed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<Change>>,
    /// Of a proposal: `pending`, `approved`, `rejected`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<&'static str>,
    /// Of an approval or rejection: which proposal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<Digest>,
    /// Of a publication: the version of its snapshot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// Tells every entry of the log, oldest first.
pub fn entries_of(registry: &Registry) -> Vec<EntryView> {
    registry.entries().iter().map(|entry| entry_view(registry, entry)).collect()
}

fn entry_view(registry: &Registry, entry: &crate::trust::RegistryEntry) -> EntryView {
    let mut view = EntryView {
        sequence: entry.place.sequence,
        digest: entry.place.digest,
        previous: entry.place.previous,
        recorded_at: entry.content.recorded_at,
        by: entry.content.by.clone(),
        step: entry.content.step.name(),
        act: None,
        act_url: None,
        reason: None,
        changes: None,
        state: None,
        about: None,
        version: None,
    };
    match &entry.content.step {
        Step::Genesis { .. } => {}
        Step::Proposal { act, changes } => {
            (view.act, view.changes) = (Some(act.reference.clone()), Some(changes.clone()));
            (view.act_url, view.reason) = (act.url.clone(), act.reason.clone());
            let settled = registry.proposal(&entry.place.digest).and_then(|proposal| proposal.settled);
            view.state = Some(match settled.map(|entry| &entry.content.step) {
                None => "pending",
                Some(Step::Approval { .. }) => "approved",
                Some(_) => "rejected",
            });
        }
        Step::Approval { proposal } => view.about = Some(*proposal),
        Step::Rejection { proposal, reason } => {
            (view.about, view.reason) = (Some(*proposal), Some(reason.clone()));
        }
        Step::Publication {} => {
            view.version = registry.snapshot(entry.place.sequence).map(|snapshot| snapshot.version);
        }
    }
    view
}

/// A party as it stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartyView {
    /// Its name.
    pub party: String,
    /// `foreign-centre`, `foreign-ttp`, `domestic-ttp`, `treaty`; `administrator`, `keeper`, `domestic-anchor`.
    pub kind: &'static str,
    /// A name for people.
    pub label: String,
    /// ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The status of its registration at the time; none where it had none.
    pub status: Option<RegistrationStatus>,
    /// The act.
    pub act: String,
    /// Every event known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<StatusEvent>,
    /// The keys it answers for, or ever did.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeyView>,
}

/// Tells every party, as it stood at a time in law.
pub fn parties_at(snapshot: &TrustSnapshot, as_of: Timestamp) -> Vec<PartyView> {
    let view =
        |(party, kind, label, country, act, events): (String, _, &str, Option<&String>, &str, &[StatusEvent])| {
            let status = status_at(events, as_of);
            let (label, country, act) = (label.to_owned(), country.cloned(), act.to_owned());
            PartyView { party, kind, label, country, status, act, events: events.to_vec(), keys: Vec::new() }
        };
    let mut all = Vec::new();
    for one in &snapshot.foreign {
        let party = one.party.as_ref().map_or_else(String::new, ToString::to_string);
        let told = view((party, "foreign-centre", &one.label, Some(&one.country), &one.act, &one.events));
        let first = KeyView::of(&one.certificate, one.period).into_iter();
        all.push(PartyView { keys: first.chain(KeyView::of_anchors(&one.further_anchors)).collect(), ..told });
    }
    for one in &snapshot.foreign_ttps {
        let told = view((one.party.to_string(), "foreign-ttp", &one.label, Some(&one.country), &one.act, &one.events));
        all.push(PartyView { keys: KeyView::of_anchors(&one.anchors), ..told });
    }
    for one in &snapshot.domestic_ttps {
        let told = view((one.party.to_string(), "domestic-ttp", &one.label, None, &one.act, &[]));
        all.push(PartyView { keys: KeyView::of_anchors(&one.anchors), ..told });
    }
    for one in &snapshot.treaties {
        let in_force = one.in_force.is_some_and(|period| period.contains(as_of)) && one.ratified_at <= Some(as_of);
        let status = (in_force && one.ratified_at.is_some()).then_some(RegistrationStatus::Registered);
        let told = view((one.party.to_string(), "treaty", &one.title, None, &one.act, &[]));
        all.push(PartyView { status, ..told });
    }
    all
}

/// A change that took effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangeView {
    /// The entry that let it.
    pub entry: u64,
    /// When it became known.
    pub recorded_at: Timestamp,
    /// Who proposed and who approved.
    pub by: [PartyId; 2],
    /// The act.
    pub act: String,
    /// What changed.
    pub change: Change,
}

/// Tells what happened to a party, oldest first.
pub fn party_history(registry: &Registry, party: &PartyId) -> Vec<ChangeView> {
    let proposer = |entry: &crate::trust::RegistryEntry| match &entry.content.step {
        Step::Approval { proposal } => registry.proposal(proposal).map(|view| view.entry.content.by.clone()),
        _ => None,
    };
    registry
        .history(party)
        .into_iter()
        .map(|(entry, act, change)| ChangeView {
            entry: entry.place.sequence,
            recorded_at: entry.content.recorded_at,
            by: [proposer(entry).unwrap_or_else(|| entry.content.by.clone()), entry.content.by.clone()],
            act: act.reference.clone(),
            change: change.clone(),
        })
        .collect()
}

/// What differs between what was known at two times; before the log began nothing was known.
pub fn changes_of(registry: &Registry, (before, after): (Timestamp, Timestamp)) -> Vec<Difference> {
    differences(&known(registry, before), &known(registry, after))
}

/// Which parties had another status at a time in law, by what was known at two times.
pub fn status_changes_of(
    registry: &Registry,
    (before, after): (Timestamp, Timestamp),
    as_of: Timestamp,
) -> Vec<Difference> {
    let statuses = |at| {
        let all = parties_at(&known(registry, at), as_of).into_iter();
        all.map(|one| (one.party, (one.kind, one.status))).collect::<BTreeMap<_, _>>()
    };
    let (before, after) = (statuses(before), statuses(after));
    let parties: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let told = |status: Option<&(&'static str, Option<RegistrationStatus>)>| {
        status.and_then(|(_, status)| *status).map(|status| status.code().to_owned())
    };
    let difference = |party: &String| {
        let (was, is) = (before.get(party), after.get(party));
        let kind = was.or(is).map_or("", |(kind, _)| *kind);
        (told(was) != told(is)).then(|| Difference {
            section: kind.to_owned(),
            entry: party.clone(),
            kind: DifferenceKind::Changed,
            field: Some(format!("status at {as_of}")),
            before: Some(told(was).unwrap_or_else(|| "none".to_owned())),
            after: Some(told(is).unwrap_or_else(|| "none".to_owned())),
        })
    };
    parties.into_iter().filter_map(difference).collect()
}

fn known(registry: &Registry, at: Timestamp) -> TrustSnapshot {
    let nothing = || TrustSnapshot::empty(TrustSnapshot::UNVERSIONED, Timestamp::default(), "");
    registry.as_known_at(at).map_or_else(nothing, |state| state.snapshot)
}
