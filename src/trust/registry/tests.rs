use super::*;
use crate::codec::armour;
use crate::path::tests::pki::{self, Entity, Recipe, day};
use crate::signing::{Packaging, Signer, sign};
use crate::trust::{
    AnchorEntry, Edge, ForeignCentre, ForeignTtp, PartyAnchor, Period, ReceiptKind, ReceiptProfile, RegistrationStatus,
    SignedSnapshotError, SnapshotError, StatementError, StatusEvent,
};
use RegistrationStatus::{Registered, Resumed, Suspended, Terminated};

mod bitemporal;
mod people;
mod words;

fn id(text: &str) -> PartyId {
    PartyId::new(text).unwrap()
}

fn encoded(entity: &Entity) -> String {
    armour::encode(entity.certificate.der())
}

fn root() -> Entity {
    pki::root(&Recipe::ca("root"), "root")
}

/// Someone with a certificate of the year, whose serial number tells him from the others.
fn someone(name: &str) -> Entity {
    let serial = name.bytes().fold(7_u8, |sum, b| sum.wrapping_mul(31).wrapping_add(b)) & 0x7f;
    root().issue(&Recipe::leaf(name).serial(serial.max(1)), name)
}

fn administrator(name: &str) -> Administrator {
    Administrator { id: id(name), person: format!("person of {name}"), certificate: encoded(&someone(name)) }
}

fn foreign(name: &str) -> ForeignCentre {
    let certificate = pki::root(&Recipe::ca(name), name).certificate;
    ForeignCentre {
        party: Some(id(name)),
        act: "entry".into(),
        ..ForeignCentre::unregistered(name, "XA", &certificate)
    }
}

fn beginning() -> TrustSnapshot {
    let domestic = vec![AnchorEntry { label: "root".into(), certificate: encoded(&root()) }];
    TrustSnapshot { domestic, ..TrustSnapshot::empty(7, day(1), "order 547") }
}

fn signed(content: &EntryContent, by: &str) -> Vec<u8> {
    let someone = someone(by);
    sign(&content.encode(), Packaging::Attached, &Signer::new(&someone.key, &someone.certificate).unwrap()).unwrap()
}

/// A registry with its log beside it: aigul and bolat administer, aigul is the keeper, too.
struct Bench {
    log: Vec<Vec<u8>>,
    registry: Registry,
}

impl Bench {
    fn new() -> Self {
        Self::with(vec![administrator("aigul"), administrator("bolat")]).unwrap()
    }

    fn with(administrators: Vec<Administrator>) -> Result<Self, RegistryError> {
        let step = Step::Genesis { administrators, snapshot: Box::new(beginning()) };
        let content = EntryContent::new(Place { sequence: 1, previous: None }, id("aigul"), day(10), step);
        let log = vec![signed(&content, "aigul")];
        let registry = Registry::begin(log.first().unwrap(), &someone("aigul").certificate)?;
        Ok(Self { log, registry })
    }

    fn draft(&self, by: &str, on: i64, step: Step) -> EntryContent {
        EntryContent::new(self.registry.next_place(), id(by), day(on), step)
    }

    /// Signs a step as who takes it, and puts it behind the others.
    fn take(&mut self, by: &str, on: i64, step: Step) -> Result<Digest, RegistryError> {
        let content = self.draft(by, on, step);
        let message = signed(&content, by);
        let asked = self.registry.allows(&content);
        let taken = self.registry.push(&message).map(|entry| entry.place.digest);
        assert_eq!(asked.is_ok(), taken.is_ok(), "what is allowed is taken, and nothing else");
        if taken.is_ok() {
            self.log.push(message);
        }
        taken
    }

    fn propose(&mut self, by: &str, on: i64, changes: Vec<Change>) -> Result<Digest, RegistryError> {
        let act = Act { reference: "order 1 of 2026-01-01".into(), url: None, reason: None };
        self.take(by, on, Step::Proposal { act, changes })
    }

    fn approve(&mut self, by: &str, on: i64, proposal: Digest) -> Result<Digest, RegistryError> {
        self.take(by, on, Step::Approval { proposal })
    }

    /// Proposed by aigul and approved by bolat on the same day.
    fn change(&mut self, on: i64, changes: Vec<Change>) {
        let proposal = self.propose("aigul", on, changes).unwrap();
        self.approve("bolat", on, proposal).unwrap();
    }

    fn replay(&self) -> Result<Registry, RegistryError> {
        Registry::replay(self.log.iter().map(Vec::as_slice), &someone("aigul").certificate)
    }
}

fn add(name: &str) -> Change {
    Change::AddCentre { centre: Box::new(foreign(name)) }
}

fn event(name: &str, status: RegistrationStatus, on: i64) -> Change {
    let (party, effective_from) = (id(name), day(on));
    Change::Event { party, status, effective_from, retroactive_from: None, supersedes: None }
}

#[test]
fn a_change_takes_effect_with_the_second_signature_and_not_before() {
    let mut bench = Bench::new();
    let proposal = bench.propose("aigul", 20, vec![add("xa"), event("xa", Registered, 15)]).unwrap();
    assert!(bench.registry.state().snapshot.foreign.is_empty());
    assert!(bench.registry.proposal(&proposal).unwrap().settled.is_none());
    bench.approve("bolat", 21, proposal).unwrap();
    let [centre] = bench.registry.state().snapshot.foreign.as_slice() else { panic!("not there") };
    let written = StatusEvent { recorded_at: Some(day(21)), entry: Some(3), ..StatusEvent::new(Registered, day(15)) };
    assert_eq!(centre.events, [written]);
    assert_eq!(bench.registry.proposal(&proposal).unwrap().settled.unwrap().place.sequence, 3);
    assert_eq!(bench.replay().unwrap(), bench.registry);
}

#[test]
fn a_proposal_is_made_whole_or_not_at_all() {
    let mut bench = Bench::new();
    let before = bench.registry.clone();
    let error = bench.propose("aigul", 20, vec![add("xa"), event("xa", Suspended, 15)]).unwrap_err();
    let cause = ChangeError::MayNotFollow { party: "xa".into(), before: None, status: Suspended };
    assert_eq!(error, RegistryError::Change { number: 2, cause });
    assert_eq!(bench.registry, before);
}

#[test]
fn a_proposal_that_no_longer_fits_cannot_be_approved() {
    let mut bench = Bench::new();
    let first = bench.propose("aigul", 20, vec![add("xa")]).unwrap();
    let second = bench.propose("bolat", 20, vec![add("xa")]).unwrap();
    bench.approve("bolat", 21, first).unwrap();
    let known = ChangeError::Known { party: "xa".into() };
    assert_eq!(bench.approve("aigul", 21, second), Err(RegistryError::Change { number: 1, cause: known }));
}

#[test]
fn a_proposal_is_settled_once() {
    let mut bench = Bench::new();
    let proposal = bench.propose("aigul", 20, vec![add("xa")]).unwrap();
    let reject = |proposal| Step::Rejection { proposal, reason: "no such centre".into() };
    bench.take("bolat", 21, reject(proposal)).unwrap();
    assert_eq!(bench.approve("bolat", 22, proposal), Err(RegistryError::Settled { proposal, by: 3 }));
    assert_eq!(bench.take("bolat", 22, reject(proposal)), Err(RegistryError::Settled { proposal, by: 3 }));
    assert!(bench.registry.state().snapshot.foreign.is_empty());
    // The proposer may withdraw his own.
    let again = bench.propose("aigul", 23, vec![add("xa")]).unwrap();
    assert!(bench.take("aigul", 23, reject(again)).is_ok());
    let nowhere = Digest::of(b"nowhere");
    assert_eq!(bench.approve("bolat", 24, nowhere), Err(RegistryError::NoSuchProposal { proposal: nowhere }));
}

#[test]
fn every_change_names_its_act() {
    let mut bench = Bench::new();
    let step = |reference: &str, changes| Step::Proposal {
        act: Act { reference: reference.into(), url: None, reason: None },
        changes,
    };
    assert_eq!(bench.take("aigul", 20, step(" ", vec![add("xa")])), Err(RegistryError::NoAct));
    assert_eq!(bench.take("aigul", 20, step("order 1", Vec::new())), Err(RegistryError::NothingChanges));
    let many = vec![add("xa"); crate::limits::TRUST_CHANGES_MAX.value + 1];
    assert!(matches!(bench.take("aigul", 20, step("order 1", many)), Err(RegistryError::Limit(_))));
    assert!(bench.take("aigul", 20, step("order 1", vec![add("xa")])).is_ok());
}

#[test]
fn what_was_dropped_changed_moved_or_doubled_is_seen() {
    let mut bench = Bench::new();
    bench.change(20, vec![add("xa")]);
    bench.change(21, vec![add("xb")]);
    assert!(bench.replay().is_ok());
    let keeper = someone("aigul").certificate;
    let replay = |order: &[usize]| {
        let log = order.iter().map(|place| bench.log[*place].as_slice());
        Registry::replay(log, &keeper).map(|_| ())
    };
    assert_eq!(replay(&[0, 1, 2, 3, 4]), Ok(()));
    assert_eq!(replay(&[]), Err(RegistryError::Empty));
    assert!(matches!(replay(&[0, 2]), Err(RegistryError::NoSuchProposal { .. })));
    assert!(matches!(replay(&[0, 1, 1]), Err(RegistryError::Place(_))));
    assert!(matches!(replay(&[0, 3, 4]), Err(RegistryError::Place(_))));
    assert!(matches!(replay(&[1, 2]), Err(RegistryError::Genesis { sequence: 2 })));
    assert!(matches!(replay(&[0, 0]), Err(RegistryError::Genesis { sequence: 1 })));
    let mut changed = bench.log.clone();
    let at = changed[1].windows(4).position(|w| w == b"2026").unwrap();
    changed[1][at] = b'3';
    let changed = Registry::replay(changed.iter().map(Vec::as_slice), &keeper);
    assert!(matches!(changed, Err(RegistryError::Statement(StatementError::Signature))), "{changed:?}");
}

#[test]
fn of_two_administrators_who_write_at_once_one_is_told() {
    let mut bench = Bench::new();
    let act = || Act { reference: "order 1".into(), url: None, reason: None };
    let step = |name: &str| Step::Proposal { act: act(), changes: vec![add(name)] };
    let (mine, yours) = (bench.draft("aigul", 20, step("xa")), bench.draft("bolat", 20, step("xb")));
    bench.registry.push(&signed(&mine, "aigul")).unwrap();
    let before = bench.registry.clone();
    let told = bench.registry.push(&signed(&yours, "bolat")).map(|_| ());
    assert!(matches!(told, Err(RegistryError::Place(_))), "{told:?}");
    assert!(told.unwrap_err().to_string().contains("read the log again"));
    assert_eq!(bench.registry, before);
}

#[test]
fn an_entry_is_canonical_known_and_written_forwards() {
    let mut bench = Bench::new();
    bench.propose("aigul", 20, vec![add("xa")]).unwrap();
    let earlier = bench.propose("aigul", 19, vec![add("xb")]);
    assert_eq!(earlier, Err(RegistryError::RecordedBackwards { sequence: 3 }));
    let content = bench.draft("aigul", 20, Step::Publication {});
    let text = String::from_utf8(content.encode()).unwrap();
    let read = |text: &str| EntryContent::parse(text.as_bytes()).map(|_| ());
    assert_eq!(read(&text), Ok(()));
    assert_eq!(read(&format!("{text} ")), Err(RegistryError::NotCanonical));
    assert_eq!(read(&text.replace("registry/1", "registry/2")), Err(RegistryError::Schema));
    assert!(matches!(read(&text.replace("publication", "proclamation")), Err(RegistryError::Json { .. })));
    assert!(matches!(read(&text.replace("\"by\"", "\"for\"")), Err(RegistryError::Json { .. })));
}

#[test]
fn a_published_snapshot_is_newer_signed_by_the_keeper_and_the_same_each_time() {
    let mut bench = Bench::new();
    bench.change(20, vec![add("xa"), event("xa", Registered, 15)]);
    bench.take("bolat", 30, Step::Publication {}).unwrap();
    let published = bench.registry.snapshot(4).unwrap();
    assert_eq!((published.version, published.issued_at), (11, day(30)));
    assert!(published.version > beginning().version);
    bench.change(40, vec![event("xa", Terminated, 35)]);
    bench.take("bolat", 50, Step::Publication {}).unwrap();
    let later = bench.registry.snapshot(7).unwrap();
    assert_eq!((later.version, later.foreign[0].events.len()), (14, 2));
    // Replaying the log makes the same octets, for every edition there was.
    let replayed = bench.replay().unwrap();
    for sequence in [4, 7] {
        let octets = bench.registry.snapshot(sequence).unwrap().encode();
        assert_eq!(replayed.snapshot(sequence).unwrap().encode(), octets);
        assert!(TrustSnapshot::parse(&octets).is_ok());
    }
    assert_eq!(bench.registry.snapshot(4).unwrap(), published);
    assert_eq!((bench.registry.snapshot(3), bench.registry.snapshot(99)), (None, None));
    let message = {
        let keeper = someone("aigul");
        sign(&later.encode(), Packaging::Attached, &Signer::new(&keeper.key, &keeper.certificate).unwrap()).unwrap()
    };
    let open = |name: &str| crate::trust::open_signed_snapshot(&message, &someone(name).certificate);
    assert_eq!((open("aigul"), open("bolat")), (Ok(later), Err(SignedSnapshotError::Signer)));
}

#[test]
fn a_history_tells_each_change_of_a_party_with_its_act() {
    let mut bench = Bench::new();
    bench.change(20, vec![add("xa"), add("xb")]);
    bench.propose("aigul", 21, vec![event("xb", Registered, 15)]).unwrap();
    bench.change(22, vec![event("xa", Registered, 15)]);
    let told: Vec<u64> = bench.registry.history(&id("xa")).iter().map(|(entry, ..)| entry.place.sequence).collect();
    assert_eq!(told, [3, 6]);
    assert_eq!(bench.registry.history(&id("xb")).len(), 1, "what only was proposed did not happen");
    assert_eq!(bench.registry.history(&id("xc")).len(), 0);
}
