use super::*;
use crate::path::tests::pki::{self, Recipe, day};
use crate::trust::{PartyAnchor, PartyId, Period, ReceiptKind, ReceiptProfile};

fn certificate(name: &str) -> String {
    crate::codec::armour::encode(pki::root(&Recipe::ca(name), name).certificate.der())
}

fn snapshot() -> TrustSnapshot {
    use RegistrationStatus as S;
    let centre = ForeignCentre {
        act: "order 12".into(),
        events: [(S::Registered, 1), (S::Suspended, 3), (S::Resumed, 5), (S::Terminated, 40)]
            .map(|(status, at)| StatusEvent::new(status, day(at)))
            .to_vec(),
        ..ForeignCentre::unregistered("centre", "XA", &pki::root(&Recipe::ca("centre"), "centre").certificate)
    };
    let applied = ForeignCentre {
        party: Some(PartyId::new("later").unwrap()),
        events: vec![StatusEvent::new(S::Applied, day(50))],
        ..ForeignCentre::unregistered("later", "XA", &pki::root(&Recipe::ca("later"), "later").certificate)
    };
    let mut receipt_profile = ReceiptProfile::of(ReceiptKind::ByStb3410178);
    receipt_profile.endpoint = Some("https://ttp.example/dvcs".into());
    let ttp = ForeignTtp {
        party: PartyId::new("xb-ttp").unwrap(),
        label: "third party".into(),
        country: "XB".into(),
        act: "order 13".into(),
        anchors: vec![PartyAnchor {
            certificate: certificate("ttp"),
            period: Period::since(day(0)),
            act: "order 13".into(),
        }],
        events: vec![StatusEvent::new(S::Registered, day(2))],
        scopes: Vec::new(),
        receipt_profile,
    };
    TrustSnapshot {
        foreign: vec![centre, applied],
        foreign_ttps: vec![ttp],
        ..TrustSnapshot::empty(3, day(10), "order 547")
    }
}

fn scheme() -> SchemeInformation {
    SchemeInformation {
        version: 1,
        sequence_number: 3,
        list_type: Some(LIST_TYPE.into()),
        operator: worded("Keeper"),
        name: Vec::new(),
        territory: Some("KZ".into()),
        issued_at: day(10),
        next_update: day(20),
    }
}

fn reread(list: &EntityList) -> EntityList {
    EntityList::parse(&list.encode()).unwrap()
}

#[test]
fn what_is_published_is_read_back_as_the_same_entries() {
    let snapshot = snapshot();
    let list = reread(&list_of(&snapshot, scheme()));
    // Nothing has happened yet to the one that will apply.
    assert_eq!(list.entities.len(), 2);
    let centre = list.services().next().unwrap();
    assert_eq!(centre.now.status.as_deref(), Some("urn:qoltanba:status:resumed"));
    assert_eq!(centre.history.iter().map(|s| s.since.unwrap()).collect::<Vec<_>>(), [day(3), day(1)]);
    let entries: Vec<ListedEntry> = entries_of(&list).into_iter().map(Result::unwrap).collect();
    let centre = ListedEntry::Centre(Box::new(snapshot.foreign.first().unwrap().clone()));
    let ttp = ListedEntry::Ttp(Box::new(snapshot.foreign_ttps.first().unwrap().clone()));
    assert_eq!(entries, [centre, ttp]);
    assert_eq!(list_of(&snapshot, scheme()).encode(), list_of(&snapshot, scheme()).encode());
}

#[test]
fn an_extension_that_says_something_else_than_the_entry_is_refused() {
    let good = list_of(&snapshot(), scheme());
    let first = |list: &EntityList| entries_of(&reread(list)).into_iter().next().unwrap().err();
    let change = |change: &dyn Fn(&mut TrustedService)| {
        let mut list = good.clone();
        change(list.entities.first_mut().unwrap().services.first_mut().unwrap());
        first(&list)
    };
    assert_eq!(change(&|_| {}), None);
    let contradicted = Some(ListedEntryError::Contradicted { name: "centre".into() });
    assert_eq!(change(&|s| s.now.status = uri_of(RegistrationStatus::Registered).map(str::to_owned)), contradicted);
    assert_eq!(change(&|s| s.now.identity.certificates.first_mut().unwrap().val = certificate("other")), contradicted);
    assert_eq!(change(&|s| s.history.clear()), contradicted);
    assert_eq!(change(&|s| s.now.service_type = Some(TTP_TYPE.into())), contradicted);
    assert_eq!(change(&|s| s.now.extensions = vec![serde_json::json!({EXTENSION: {"label": 1}})]), contradicted);
    let other = Some(ListedEntryError::Contradicted { name: "other".into() });
    assert_eq!(change(&|s| s.now.name = worded("other")), other);
    assert_eq!(
        change(&|s| s.now.supply_points = vec![SupplyPoint { uri: "https://other.example".into() }]),
        contradicted
    );
    // Events that the published words do not have are those to come.
    let event = |status, at| vec![StatusEvent::new(status, at)];
    let more = |service: &mut TrustedService, events: &[StatusEvent]| {
        let own = service.now.extensions.first_mut().unwrap().get_mut(EXTENSION).unwrap();
        let all = own.get_mut("events").unwrap().as_array_mut().unwrap();
        all.truncate(3);
        all.extend(events.iter().map(|event| serde_json::to_value(event).unwrap()));
    };
    assert_eq!(change(&|s| more(s, &event(RegistrationStatus::Terminated, day(11)))), None);
    assert_eq!(change(&|s| more(s, &event(RegistrationStatus::Terminated, day(10)))), contradicted);
    assert_eq!(change(&|s| more(s, &event(RegistrationStatus::Terminated, day(9)))), contradicted);
    let whose = |change: &dyn Fn(&mut TrustedEntity)| {
        let mut list = good.clone();
        change(list.entities.first_mut().unwrap());
        first(&list)
    };
    assert_eq!(whose(&|e| e.information.address.postal.first_mut().unwrap().country = "XB".into()), contradicted);
    assert_eq!(whose(&|e| e.information.trade_name = worded("order 99")), contradicted);
}

#[test]
fn a_list_of_another_scheme_gives_centres_and_says_what_it_cannot_give() {
    let other = |change: &dyn Fn(&mut TrustedService)| {
        let mut list = list_of(&snapshot(), scheme());
        let entity = list.entities.first_mut().unwrap();
        let service = entity.services.first_mut().unwrap();
        service.now.extensions.clear();
        service.now.service_type = Some("http://uri.etsi.org/TrstSvc/Svctype/CA/QC".into());
        service.now.status = Some("http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/withdrawn".into());
        change(service);
        entries_of(&reread(&list)).into_iter().next().unwrap()
    };
    let Ok(ListedEntry::Centre(centre)) = other(&|_| {}) else { panic!("a centre") };
    assert_eq!((centre.label.as_str(), centre.country.as_str(), centre.events.len()), ("centre", "XA", 3));
    assert_eq!(centre.events.last().unwrap().status, RegistrationStatus::Terminated);
    assert_eq!(centre.act, "list of Keeper, number 3, of 2026-01-11T00:00:00Z");
    let name = || "centre".to_owned();
    let told = other(&|s| s.now.service_type = Some("http://uri.etsi.org/TrstSvc/Svctype/TSA".into()));
    assert!(matches!(told, Err(ListedEntryError::ServiceType { .. })));
    let told = other(&|s| s.now.status = Some("urn:blessed".into()));
    assert_eq!(told, Err(ListedEntryError::Status { name: name(), status: "urn:blessed".into() }));
    assert_eq!(other(&|s| s.now.status = None), Err(ListedEntryError::Status { name: name(), status: "none".into() }));
    let told = other(&|s| s.now.identity.certificates.push(PkiObject { val: certificate("second") }));
    assert_eq!(told, Err(ListedEntryError::Identity { name: name() }));
    assert_eq!(other(&|s| s.now.since = Some(day(3))), Err(ListedEntryError::Order { name: name() }));
}
