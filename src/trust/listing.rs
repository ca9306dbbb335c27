//! The registry as a list of trusted entities, and such a list as entries that might be taken into the registry.
//!
//! What TS 119 602 has no words for (scopes, receipt profiles, the difference between an end and a voiding) goes along as one
//! extension per service, in our own words, and must agree with the published ones.

use serde_json::Value;

use super::entity_list::{
    DigitalIdentity, EntityAddress, EntityInformation, EntityList, PkiObject, SchemeInformation, ServiceStanding,
    SupplyPoint, TrustedEntity, TrustedService, Worded,
};
use super::party::{ForeignCentre, ForeignTtp, PartyId};
use super::registry::Change;
use super::snapshot::TrustSnapshot;
use super::status::{RegistrationStatus, StatusEvent};
use crate::codec::armour;
use crate::time::Timestamp;
use crate::x509::Certificate;

/// What kind of list ours is.
pub const LIST_TYPE: &str = "urn:qoltanba:list:foreign-trust:1";
/// A foreign certification centre.
const CENTRE_TYPE: &str = "urn:qoltanba:service:foreign-ca";
/// A foreign trusted third party that answers by DVCS.
const TTP_TYPE: &str = "urn:qoltanba:service:foreign-ttp";
/// Certification centres as other lists name them (TS 119 612 §5.5.1.1, §5.5.1.2).
const CENTRE_TYPES: [&str; 3] =
    [CENTRE_TYPE, "http://uri.etsi.org/TrstSvc/Svctype/CA/QC", "http://uri.etsi.org/TrstSvc/Svctype/CA/PKC"];
/// The member of an extension that holds an entry in our words.
const EXTENSION: &str = "urn:qoltanba:registry-entry:2";

/// Statuses by their names in lists (TS 119 612 §5.5.4, annex D.5), the one we write first.
const STATUSES: [(&str, RegistrationStatus); 11] = [
    ("http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/recognisedatnationallevel", RegistrationStatus::Registered),
    ("http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/deprecatedatnationallevel", RegistrationStatus::Terminated),
    ("urn:qoltanba:status:applied", RegistrationStatus::Applied),
    ("urn:qoltanba:status:suspended", RegistrationStatus::Suspended),
    ("urn:qoltanba:status:resumed", RegistrationStatus::Resumed),
    ("urn:qoltanba:status:expired", RegistrationStatus::Expired),
    ("urn:qoltanba:status:void", RegistrationStatus::VoidFrom),
    ("http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted", RegistrationStatus::Registered),
    ("http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/withdrawn", RegistrationStatus::Terminated),
    ("http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/setbynationallaw", RegistrationStatus::Registered),
    ("http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/deprecatedbynationallaw", RegistrationStatus::Terminated),
];

/// An entry of a list that could be proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListedEntry {
    /// A foreign certification centre.
    Centre(Box<ForeignCentre>),
    /// A foreign trusted third party.
    Ttp(Box<ForeignTtp>),
}

/// A service of a list that cannot be taken in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ListedEntryError {
    /// A kind of service that the registry has no place for.
    #[error("`{name}` is a service that the registry has no place for: {service_type}")]
    ServiceType {
        /// Which service.
        name: String,
        /// Its type, as the list has it.
        service_type: String,
    },
    /// A status without a meaning here, or none.
    #[error("`{name}` has a status that means nothing here: {status}")]
    Status {
        /// Which service.
        name: String,
        /// The status, as the list has it.
        status: String,
    },
    /// No certificate, or several where one stands for a centre.
    #[error("`{name}` is not known by exactly one certificate")]
    Identity {
        /// Which service.
        name: String,
    },
    /// The statuses do not stand in the order of their times, the present first.
    #[error("the statuses of `{name}` do not stand in the order of their times")]
    Order {
        /// Which service.
        name: String,
    },
    /// What stands in our own words does not read, or says something else than the rest.
    #[error("what `{name}` says in the words of this registry does not agree with the rest of its entry")]
    Contradicted {
        /// Which service.
        name: String,
    },
}

/// Writes a snapshot's foreign parties as a list. Whoever keeps it names it in `scheme`; the same snapshot and scheme make
/// the same list.
pub fn list_of(snapshot: &TrustSnapshot, scheme: SchemeInformation) -> EntityList {
    let at = scheme.issued_at;
    let centres = snapshot.foreign.iter().map(|centre| entity_of_centre(centre, at));
    let ttps = snapshot.foreign_ttps.iter().map(|ttp| entity_of_ttp(ttp, at));
    EntityList { entities: centres.chain(ttps).flatten().collect(), scheme }
}

fn entity_of_centre(centre: &ForeignCentre, at: Timestamp) -> Option<TrustedEntity> {
    let certificates =
        std::iter::once(&centre.certificate).chain(centre.further_anchors.iter().map(|a| &a.certificate));
    let service = Service {
        label: &centre.label,
        kind: CENTRE_TYPE,
        certificates: certificates.cloned().collect(),
        endpoint: None,
        events: &centre.events,
        entry: serde_json::to_value(centre).unwrap_or_default(),
    };
    entity(&centre.label, &centre.country, &centre.act, service.standings(at))
}

fn entity_of_ttp(ttp: &ForeignTtp, at: Timestamp) -> Option<TrustedEntity> {
    let service = Service {
        label: &ttp.label,
        kind: TTP_TYPE,
        certificates: ttp.anchors.iter().map(|anchor| anchor.certificate.clone()).collect(),
        endpoint: ttp.receipt_profile.endpoint.as_deref(),
        events: &ttp.events,
        entry: serde_json::to_value(ttp).unwrap_or_default(),
    };
    entity(&ttp.label, &ttp.country, &ttp.act, service.standings(at))
}

/// What would have to be proposed so that a registry says the same of this entry: the party first, then what happened to it.
///
/// A centre without a name of its own is called after its certificate. *Errors*: `Identity` where that does not read.
pub fn changes_for(entry: ListedEntry) -> Result<Vec<Change>, ListedEntryError> {
    let (party, events, first) = match entry {
        ListedEntry::Centre(mut centre) => {
            let identity = || ListedEntryError::Identity { name: centre.label.clone() };
            let own = armour::decode(&centre.certificate).and_then(|der| Certificate::parse(&der));
            let own = own.map(|certificate| PartyId::of_certificate(&certificate)).map_err(|_| identity())?;
            let party = centre.party.get_or_insert(own).clone();
            let events = std::mem::take(&mut centre.events);
            (party, events, Change::AddCentre { centre })
        }
        ListedEntry::Ttp(mut ttp) => {
            let events = std::mem::take(&mut ttp.events);
            (ttp.party.clone(), events, Change::AddForeignTtp { ttp })
        }
    };
    let event = |event: StatusEvent| Change::Event {
        party: party.clone(),
        status: event.status,
        effective_from: event.effective_from,
        retroactive_from: event.retroactive_from,
        supersedes: None,
    };
    Ok(std::iter::once(first).chain(events.into_iter().map(event)).collect())
}

/// One service before it is written.
struct Service<'a> {
    label: &'a str,
    kind: &'a str,
    certificates: Vec<String>,
    endpoint: Option<&'a str>,
    events: &'a [StatusEvent],
    entry: Value,
}

impl Service<'_> {
    /// The present status and the former ones, newest first; `None` where nothing happened yet.
    fn standings(self, at: Timestamp) -> Option<TrustedService> {
        let happened: Vec<&StatusEvent> = self.events.iter().filter(|event| event.effective_from <= at).collect();
        let (present, past) = happened.split_last()?;
        let extensions = vec![Value::Object([(EXTENSION.to_owned(), self.entry.clone())].into_iter().collect())];
        let points = self.endpoint.iter().map(|uri| SupplyPoint { uri: (*uri).to_owned() }).collect();
        let now = ServiceStanding { supply_points: points, extensions, ..self.standing(present) };
        Some(TrustedService { now, history: past.iter().rev().map(|event| self.standing(event)).collect() })
    }

    fn standing(&self, event: &StatusEvent) -> ServiceStanding {
        let certificates = self.certificates.iter().map(|val| PkiObject { val: val.clone() }).collect();
        ServiceStanding {
            name: worded(self.label),
            identity: DigitalIdentity { certificates },
            service_type: Some(self.kind.to_owned()),
            status: uri_of(event.status).map(str::to_owned),
            since: Some(event.effective_from),
            supply_points: Vec::new(),
            extensions: Vec::new(),
        }
    }
}

fn entity(label: &str, country: &str, act: &str, service: Option<TrustedService>) -> Option<TrustedEntity> {
    let address = super::entity_list::PostalAddress {
        lang: "en".to_owned(),
        street_address: String::new(),
        locality: None,
        country: country.to_owned(),
    };
    let information = EntityInformation {
        name: worded(label),
        trade_name: if act.is_empty() { Vec::new() } else { worded(act) },
        address: EntityAddress { postal: vec![address], electronic: Vec::new() },
        uri: Vec::new(),
    };
    service.map(|service| TrustedEntity { information, services: vec![service] })
}

fn worded(text: &str) -> Vec<Worded> {
    vec![Worded { lang: "en".to_owned(), value: text.to_owned() }]
}

fn uri_of(status: RegistrationStatus) -> Option<&'static str> {
    STATUSES.iter().find(|(_, known)| *known == status).map(|(uri, _)| *uri)
}

/// Reads what a list says as entries of a registry, each service for itself: what one of them lacks hinders no other.
pub fn entries_of(list: &EntityList) -> Vec<Result<ListedEntry, ListedEntryError>> {
    let all = list.entities.iter().flat_map(|entity| entity.services.iter().map(move |service| (entity, service)));
    all.map(|(entity, service)| entry(list, entity, service)).collect()
}

fn entry(list: &EntityList, entity: &TrustedEntity, service: &TrustedService) -> Result<ListedEntry, ListedEntryError> {
    let name = service.now.name.first().map(|worded| worded.value.clone()).unwrap_or_default();
    let events = events_of(&name, service)?;
    let service_type = service.now.service_type.clone().unwrap_or_default();
    let own = service.now.extensions.iter().find_map(|extension| extension.get(EXTENSION));
    match own {
        Some(entry) => {
            let own = own_entry(entry, &service_type);
            own.filter(|own| says_the_same(own, (list, entity, service))).ok_or(ListedEntryError::Contradicted { name })
        }
        None if CENTRE_TYPES.contains(&service_type.as_str()) => {
            let [certificate] = service.now.identity.certificates.as_slice() else {
                return Err(ListedEntryError::Identity { name });
            };
            let postal = entity.information.address.postal.first().map(|address| address.country.clone());
            Ok(ListedEntry::Centre(Box::new(ForeignCentre {
                party: None,
                label: name,
                country: postal.or_else(|| list.scheme.territory.clone()).unwrap_or_default(),
                certificate: certificate.val.clone(),
                period: None,
                further_anchors: Vec::new(),
                act: source_of(list),
                events,
                scopes: Vec::new(),
                role_equivalences: Vec::new(),
            })))
        }
        None => Err(ListedEntryError::ServiceType { name, service_type }),
    }
}

/// An entry in our own words.
fn own_entry(entry: &Value, service_type: &str) -> Option<ListedEntry> {
    match service_type {
        CENTRE_TYPE => Some(ListedEntry::Centre(serde_json::from_value(entry.clone()).ok()?)),
        TTP_TYPE => Some(ListedEntry::Ttp(serde_json::from_value(entry.clone()).ok()?)),
        _ => None,
    }
}

/// Whether the published words are those that we would publish for the entry: whoever reads either reads the same.
fn says_the_same(own: &ListedEntry, (list, entity, service): (&EntityList, &TrustedEntity, &TrustedService)) -> bool {
    let ours = match own {
        ListedEntry::Centre(centre) => entity_of_centre(centre, list.scheme.issued_at),
        ListedEntry::Ttp(ttp) => entity_of_ttp(ttp, list.scheme.issued_at),
    };
    ours.is_some_and(|ours| ours.information == entity.information && ours.services.contains(service))
}

/// The statuses of a service as events, oldest first.
fn events_of(name: &str, service: &TrustedService) -> Result<Vec<StatusEvent>, ListedEntryError> {
    let event = |standing: &ServiceStanding| {
        let told = standing.status.as_deref().unwrap_or("none");
        let status = STATUSES.iter().find(|(uri, _)| *uri == told).map(|(_, status)| *status);
        status
            .zip(standing.since)
            .map(|(status, since)| StatusEvent::new(status, since))
            .ok_or_else(|| ListedEntryError::Status { name: name.to_owned(), status: told.to_owned() })
    };
    let newest_first = std::iter::once(&service.now).chain(&service.history);
    let mut events: Vec<StatusEvent> = newest_first.map(event).collect::<Result<_, _>>()?;
    events.reverse();
    if events.is_sorted_by(|earlier, later| earlier.effective_from < later.effective_from) {
        Ok(events)
    } else {
        Err(ListedEntryError::Order { name: name.to_owned() })
    }
}

/// Which list an entry comes from, as the reference of its act.
fn source_of(list: &EntityList) -> String {
    let operator = list.scheme.operator.first().map(|worded| worded.value.as_str()).unwrap_or_default();
    format!("list of {operator}, number {}, of {}", list.scheme.sequence_number, list.scheme.issued_at)
}

#[cfg(test)]
mod tests;
