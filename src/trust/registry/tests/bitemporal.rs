//! What was true when, and what was known when; and single changes with their nearest refusals.

use super::*;
use crate::trust::{
    DocumentFacts, NormRules, NormVersion, ReceiptRule, Recognition, RecognitionQuestion, Scope, Standing, Standpoint,
    Technical, TerminationRule, Treaty, recognise, status_at,
};

/// The answer about a signature under centre `xa`, proven on one day, under a snapshot.
fn recognised(snapshot: &TrustSnapshot, proven_at: i64) -> Recognition {
    let centre = pki::root(&Recipe::ca("xa"), "xa");
    let signer = centre.issue(&Recipe::leaf("signer"), "signer");
    let path = [signer.certificate, centre.certificate];
    let document = DocumentFacts::default();
    let question = RecognitionQuestion {
        path: &path,
        signer: path.first(),
        algorithm: None,
        technical: Technical::Sound,
        proven_at: Some(day(proven_at)),
        at: day(300),
        document: &document,
        receipts: &[],
        standpoint: Standpoint::RelyingParty,
    };
    recognise(&question, &snapshot.compile().unwrap())
}

#[test]
fn a_decision_made_in_march_can_be_repeated_in_may() {
    let mut bench = Bench::new();
    bench.change(20, vec![add("xa"), event("xa", Registered, 15)]);
    let in_march = bench.registry.as_known_at(day(70)).unwrap();
    // In April it becomes known that the registration had ended in February.
    bench.change(100, vec![event("xa", Terminated, 40)]);
    let (march, may) = (bench.registry.as_known_at(day(70)).unwrap(), bench.registry.as_known_at(day(130)).unwrap());
    assert_eq!(march, in_march);
    let standing = |state: &State| recognised(&state.snapshot, 50).standing;
    assert_eq!((standing(&march), standing(&may)), (Standing::Recognised, Standing::NotRecognised));
    let status = |state: &State, at: i64| status_at(&state.snapshot.foreign[0].events, day(at));
    assert_eq!((status(&march, 50), status(&may, 50)), (Some(Registered), Some(Terminated)));
    assert_eq!((status(&march, 39), status(&may, 39)), (Some(Registered), Some(Registered)));
    assert_eq!(bench.registry.as_known_at(day(9)), None, "before the log began nothing was known");
    assert!(bench.registry.as_known_at(day(10)).unwrap().snapshot.foreign.is_empty());
}

#[test]
fn the_answer_depends_on_when_and_on_what_was_known_only() {
    let mut bench = Bench::new();
    bench.change(20, vec![add("xa"), event("xa", Registered, 15)]);
    bench.change(60, vec![event("xa", Suspended, 50)]);
    let days = [14, 15, 30, 49, 50, 90];
    let answers = |bench: &Bench, known_at: i64| {
        let state = bench.registry.as_known_at(day(known_at)).unwrap();
        days.map(|at| recognised(&state.snapshot, at))
    };
    let known = [20, 59, 60];
    let before = known.map(|at| answers(&bench, at));
    // Whatever is written later, approved later, or only proposed, changes none of them.
    bench.propose("aigul", 61, vec![add("xc")]).unwrap();
    bench.change(61, vec![event("xa", Resumed, 55), add("xb")]);
    bench.change(70, vec![event("xa", Terminated, 16 + 50)]);
    assert_eq!(known.map(|at| answers(&bench, at)), before);
    assert_ne!(answers(&bench, 70), answers(&bench, 60));
}

#[test]
fn a_mistake_is_corrected_and_stays_in_the_log() {
    let mut bench = Bench::new();
    bench.change(20, vec![add("xa"), event("xa", Registered, 15)]);
    bench.change(30, vec![event("xa", Terminated, 25)]);
    let corrected = Change::Event {
        party: id("xa"),
        status: Terminated,
        effective_from: day(28),
        retroactive_from: None,
        supersedes: Some(5),
    };
    bench.change(40, vec![corrected.clone()]);
    let dates = |state: &State| state.snapshot.foreign[0].events.iter().map(|e| e.effective_from).collect::<Vec<_>>();
    assert_eq!(dates(bench.registry.state()), [day(15), day(28)]);
    assert_eq!(dates(&bench.registry.as_known_at(day(39)).unwrap()), [day(15), day(25)]);
    let error = bench.propose("aigul", 41, vec![corrected]).unwrap_err();
    let cause = ChangeError::NoSuchEvent { party: "xa".into(), entry: 5 };
    assert_eq!(error, RegistryError::Change { number: 1, cause });
    bench.change(42, vec![Change::WithdrawEvent { party: id("xa"), entry: 7 }]);
    assert_eq!(dates(bench.registry.state()), [day(15)]);
    assert_eq!(bench.registry.history(&id("xa")).len(), 5);
}

#[test]
fn correcting_one_event_drops_no_other() {
    let mut bench = Bench::new();
    bench.change(20, vec![add("xa"), event("xa", Registered, 15), event("xa", Terminated, 18)]);
    let supersedes = Some(3);
    let (party, effective_from) = (id("xa"), day(16));
    let corrected = Change::Event { party, status: Registered, effective_from, retroactive_from: None, supersedes };
    let cause = ChangeError::SeveralEvents { party: "xa".into(), entry: 3 };
    let refused = bench.propose("aigul", 30, vec![corrected]).unwrap_err();
    assert_eq!(refused, RegistryError::Change { number: 1, cause: cause.clone() });
    let withdrawn = bench.propose("aigul", 30, vec![Change::WithdrawEvent { party: id("xa"), entry: 3 }]).unwrap_err();
    assert_eq!(withdrawn, RegistryError::Change { number: 1, cause });
}

#[test]
fn a_key_is_a_partys_once_so_that_it_can_be_ended() {
    let mut bench = Bench::new();
    bench.change(20, vec![add("xa")]);
    let certificate = foreign("xb").certificate;
    let anchor = PartyAnchor { certificate, period: Period::since(day(0)), act: "act".into() };
    let added = |anchor: &PartyAnchor| Change::AddAnchor { party: id("xa"), anchor: anchor.clone() };
    let spaced = PartyAnchor { certificate: format!("{}\n", anchor.certificate), ..anchor.clone() };
    let twice = |number| {
        let cause = ChangeError::Snapshot(SnapshotError::AnchorTwice { label: "xa".into() });
        Err(RegistryError::Change { number, cause })
    };
    assert_eq!(bench.propose("aigul", 21, vec![added(&anchor), added(&spaced)]), twice(2), "within one act");
    bench.change(21, vec![added(&anchor)]);
    assert_eq!(bench.propose("aigul", 22, vec![added(&anchor)]), twice(1));
    assert_eq!(bench.propose("aigul", 22, vec![added(&spaced)]), twice(1), "the octets count, not their base64");
    let own = PartyAnchor { certificate: foreign("xa").certificate, ..anchor.clone() };
    assert_eq!(bench.propose("aigul", 22, vec![added(&own)]), twice(1), "its first key is a key, too");
    // Another key, and the same one again after its end, are no doubles.
    let other = PartyAnchor { certificate: foreign("xc").certificate, ..anchor.clone() };
    let again = PartyAnchor { period: Period::since(day(50)), ..spaced };
    bench.change(22, vec![added(&other), end_anchor(&anchor, 50), added(&again)]);
    assert_eq!(periods(&bench, &anchor), [(day(0), Some(day(50))), (day(50), None)]);
}

fn end_anchor(anchor: &PartyAnchor, until: i64) -> Change {
    let certificate_sha256 = anchor.fingerprint().unwrap().to_string();
    Change::EndAnchor { party: id("xa"), certificate_sha256, until: day(until) }
}

/// The periods in which `xa` has this key.
fn periods(bench: &Bench, anchor: &PartyAnchor) -> Vec<(crate::time::Timestamp, Option<crate::time::Timestamp>)> {
    let all = bench.registry.state().snapshot.foreign[0].further_anchors.iter();
    let own = all.filter(|one| one.fingerprint() == anchor.fingerprint());
    own.map(|one| (one.period.from, one.period.until)).collect()
}

#[test]
fn what_is_ended_is_ended_in_each_of_its_periods() {
    let mut bench = Bench::new();
    let anchor = |from, until: Option<i64>| {
        let period = Period { from: day(from), until: until.map(day) };
        PartyAnchor { certificate: foreign("xb").certificate, period, act: "act".into() }
    };
    let (first, second, third) = (anchor(0, Some(50)), anchor(50, Some(90)), anchor(100, None));
    let centre = ForeignCentre { further_anchors: vec![first.clone(), second, third], ..foreign("xa") };
    bench.change(20, vec![Change::AddCentre { centre: Box::new(centre) }]);
    // Its first key has no end: ending the other one leaves it as it is.
    bench.change(21, vec![end_anchor(&first, 60)]);
    assert_eq!(periods(&bench, &first), [(day(0), Some(day(50))), (day(50), Some(day(60)))]);
    assert_eq!(bench.registry.state().snapshot.foreign[0].period, None);
    assert!(bench.propose("aigul", 22, vec![end_anchor(&first, 60)]).is_err(), "nothing lasts beyond it");
    assert!(bench.propose("aigul", 22, vec![end_anchor(&first, 70)]).is_err(), "an end does not make it longer");
    bench.change(22, vec![end_anchor(&first, 40)]);
    assert_eq!(periods(&bench, &first), [(day(0), Some(day(40)))]);
    assert!(bench.propose("aigul", 23, vec![end_anchor(&first, 0)]).is_err(), "it would never have begun");
}

#[test]
fn a_snapshot_from_outside_has_no_doubles() {
    let anchor = |from, until: Option<i64>, break_at_end| {
        let certificate = format!("{}{break_at_end}", foreign("xb").certificate);
        PartyAnchor { certificate, period: Period { from: day(from), until: until.map(day) }, act: "act".into() }
    };
    let twice = |party: &str| Err(SnapshotError::AnchorTwice { label: party.to_owned() });
    let check = |anchors: Vec<PartyAnchor>| {
        let ttp = ForeignTtp { anchors: anchors.clone(), ..third_party() };
        let of_ttp = TrustSnapshot { foreign_ttps: vec![ttp], ..beginning() }.check();
        let centre = ForeignCentre { further_anchors: anchors, ..foreign("xa") };
        let of_centre = TrustSnapshot { foreign: vec![centre], ..beginning() }.check();
        assert_eq!(of_ttp.is_ok(), of_centre.is_ok());
        of_ttp
    };
    assert_eq!(check(vec![anchor(0, Some(50), ""), anchor(50, None, "\n")]), Ok(()), "a renewal");
    assert_eq!(check(vec![anchor(0, Some(51), ""), anchor(50, None, "\n")]), twice("ttp-xa"));
    assert_eq!(check(vec![anchor(60, None, ""), anchor(0, None, "")]), twice("ttp-xa"));
    assert_eq!(check(vec![anchor(0, None, ""), anchor(60, Some(70), "")]), twice("ttp-xa"));
}

#[test]
fn what_the_registry_writes_itself_is_not_proposed() {
    let mut bench = Bench::new();
    let mut with_events = foreign("xa");
    with_events.events = vec![StatusEvent::new(Registered, day(15))];
    let refused = |bench: &mut Bench, change: Change| match bench.propose("aigul", 20, vec![add("xb"), change]) {
        Err(RegistryError::Change { number: 2, cause }) => cause,
        other => panic!("{other:?}"),
    };
    let add_centre = |centre: ForeignCentre| Change::AddCentre { centre: Box::new(centre) };
    assert_eq!(refused(&mut bench, add_centre(with_events)), ChangeError::NotYours { field: "events" });
    let unreadable = ForeignCentre { certificate: "AAAA".into(), ..foreign("xa") };
    assert_eq!(refused(&mut bench, add_centre(unreadable)), ChangeError::Certificate);
    let unnamed = ForeignCentre { party: None, ..foreign("xa") };
    assert_eq!(refused(&mut bench, add_centre(unnamed)), ChangeError::Unknown { party: "xa".into() });
    assert_eq!(refused(&mut bench, add("xb")), ChangeError::Known { party: "xb".into() });
    assert_eq!(refused(&mut bench, event("xc", Registered, 1)), ChangeError::Unknown { party: "xc".into() });
}

fn third_party() -> ForeignTtp {
    let anchor = PartyAnchor {
        certificate: encoded(&someone("receipts")),
        period: Period::since(day(0)),
        act: "list of Xanadu".into(),
    };
    ForeignTtp {
        party: id("ttp-xa"),
        label: "third party of Xanadu".into(),
        country: "XA".into(),
        act: "entry 2".into(),
        anchors: vec![anchor],
        events: Vec::new(),
        scopes: Vec::new(),
        receipt_profile: ReceiptProfile::of(ReceiptKind::Rfc3029),
    }
}

#[test]
fn third_parties_edges_treaties_and_norms_come_and_end() {
    let mut bench = Bench::new();
    let edge = Edge {
        ttp: id("ttp-xa"),
        centre: id("xa"),
        period: Period::since(day(16)),
        recorded_at: None,
        evidence: "list of Xanadu, entry 7".into(),
    };
    let unknown = bench.propose("aigul", 20, vec![add("xa"), Change::AddEdge { edge: edge.clone() }]).unwrap_err();
    let cause = ChangeError::Snapshot(SnapshotError::Unknown { party: id("ttp-xa") });
    assert_eq!(unknown, RegistryError::Change { number: 2, cause });
    let ttp = Change::AddForeignTtp { ttp: Box::new(third_party()) };
    let registered = event("ttp-xa", Registered, 15);
    bench.change(20, vec![add("xa"), ttp, registered, Change::AddEdge { edge: edge.clone() }]);
    assert_eq!(bench.registry.state().snapshot.edges[0].recorded_at, Some(day(20)));
    let end = |until| Change::EndEdge { ttp: id("ttp-xa"), centre: id("xa"), until: day(until) };
    assert!(bench.propose("aigul", 21, vec![end(15)]).is_err(), "it had not begun");
    let cause = ChangeError::Snapshot(SnapshotError::EdgeTwice { ttp: id("ttp-xa"), centre: id("xa") });
    let twice = bench.propose("aigul", 21, vec![Change::AddEdge { edge: edge.clone() }]);
    assert_eq!(twice, Err(RegistryError::Change { number: 1, cause }));
    bench.change(21, vec![end(40)]);
    assert_eq!(bench.registry.state().snapshot.edges[0].period.until, Some(day(40)));
    // Registered again, then ended from before that: neither period is left open.
    bench.change(21, vec![Change::AddEdge { edge: Edge { period: Period::since(day(40)), ..edge } }]);
    bench.change(21, vec![end(30)]);
    let periods: Vec<_> = bench.registry.state().snapshot.edges.iter().map(|edge| edge.period.until).collect();
    assert_eq!(periods, [Some(day(30))]);
    let treaty = Treaty {
        party: id("treaty-xa"),
        title: "Treaty".into(),
        countries: vec!["XA".into()],
        centres: Vec::new(),
        ratified_at: None,
        in_force: None,
        scopes: Vec::new(),
        requires_domestic_receipt: true,
        accepted_receipts: vec![id("ttp-xa")],
        implemented_by: Vec::new(),
        act: "law 1".into(),
    };
    bench.change(22, vec![Change::AddTreaty { treaty: Box::new(treaty.clone()) }]);
    let ratified = Treaty { ratified_at: Some(day(23)), in_force: Some(Period::since(day(24))), ..treaty };
    bench.change(24, vec![Change::AmendTreaty { treaty: Box::new(ratified) }]);
    assert_eq!(bench.registry.state().snapshot.treaties[0].ratified_at, Some(day(23)));
    assert_eq!(bench.registry.as_known_at(day(23)).unwrap().snapshot.treaties[0].ratified_at, None);
    let norm = NormVersion {
        id: "kz-547".into(),
        act: "order 547/НҚ".into(),
        edition: "2026-09-09".into(),
        in_force: Period::since(day(0)),
        rules: NormRules { receipts: ReceiptRule::Required, termination: TerminationRule::NotRetroactive },
    };
    bench.change(25, vec![Change::AddNorm { norm: norm.clone() }]);
    assert!(bench.propose("aigul", 26, vec![Change::AddNorm { norm }]).is_err());
    bench.take("aigul", 27, Step::Publication {}).unwrap();
    let sequence = bench.registry.last_publication().unwrap().place.sequence;
    assert_eq!(bench.registry.snapshot(sequence).unwrap().norm, "order 547/НҚ");
    bench.change(28, vec![Change::EndNorm { id: "kz-547".into(), until: day(30) }]);
    assert_eq!(bench.registry.state().snapshot.norms[0].in_force.until, Some(day(30)));
}

#[test]
fn keys_scopes_anchors_and_keepers_are_changed_by_name() {
    let mut bench = Bench::new();
    bench.change(20, vec![add("xa")]);
    let certificate = encoded(&someone("second key"));
    let anchor = PartyAnchor { certificate, period: Period::since(day(5)), act: "letter".into() };
    let sha256 = anchor.fingerprint().unwrap().to_string();
    bench.change(21, vec![Change::AddAnchor { party: id("xa"), anchor }]);
    let end = |sha256: &str| Change::EndAnchor { party: id("xa"), certificate_sha256: sha256.into(), until: day(50) };
    assert!(bench.propose("aigul", 22, vec![end("00")]).is_err());
    let first = crate::x509::Fingerprint::of(pki::root(&Recipe::ca("xa"), "xa").certificate.der()).to_string();
    bench.change(22, vec![end(&sha256), end(&first)]);
    let centre = &bench.registry.state().snapshot.foreign[0];
    assert_eq!(centre.further_anchors[0].period.until, Some(day(50)));
    assert_eq!(centre.period.unwrap().until, Some(day(50)));
    let scope = Scope { document_types: vec!["licence".into()], ..Scope::default() };
    bench.change(23, vec![Change::SetScopes { party: id("xa"), scopes: vec![scope.clone()] }]);
    assert_eq!(bench.registry.state().snapshot.foreign[0].scopes, [scope]);
    bench.change(24, vec![Change::SetKeepers { keepers: vec![encoded(&someone("bolat"))] }]);
    assert_eq!(bench.registry.state().snapshot.keepers.len(), 1);
    assert!(bench.propose("aigul", 25, vec![Change::SetKeepers { keepers: vec!["AAAA".into()] }]).is_err());
    let national = crate::x509::Fingerprint::of(root().certificate.der()).to_string();
    let remove = |sha256: &str| Change::RemoveDomesticAnchor { certificate_sha256: sha256.into() };
    assert!(bench.propose("aigul", 25, vec![remove("00")]).is_err());
    bench.change(25, vec![remove(&national)]);
    assert!(bench.registry.state().snapshot.domestic.is_empty());
    assert_eq!(bench.replay().unwrap(), bench.registry);
}
