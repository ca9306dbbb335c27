use super::*;
use crate::cms::{SignedDataParts, encode_signed_data, oids};
use crate::codec::armour;
use crate::path::tests::pki::{self, Entity, Recipe, day};
use crate::signing::{Packaging, Signer, co_sign, sign};
use crate::time::Timestamp;

fn encoded(entity: &Entity) -> String {
    armour::encode(entity.certificate.der())
}

fn event(status: RegistrationStatus, at: Timestamp) -> StatusEvent {
    StatusEvent::new(status, at)
}

fn anchor(name: &str) -> Entity {
    pki::root(&Recipe::ca(name), name)
}

fn snapshot(events: Vec<StatusEvent>) -> TrustSnapshot {
    let entry = AnchorEntry { label: "root".into(), certificate: encoded(&anchor("root")) };
    let centre = ForeignCentre {
        act: "register, entry 1".into(),
        events,
        ..ForeignCentre::unregistered("centre of Xanadu", "XA", &anchor("foreign").certificate)
    };
    TrustSnapshot {
        domestic: vec![entry],
        intermediates: vec![encoded(&anchor("root").issue(&Recipe::ca("issuing"), "issuing"))],
        foreign: vec![centre],
        ..TrustSnapshot::empty(3, day(10), "order 547")
    }
}

fn plain() -> TrustSnapshot {
    snapshot(vec![event(RegistrationStatus::Registered, day(20))])
}

#[test]
fn a_snapshot_reads_back_and_its_digest_names_it() {
    let snapshot = plain();
    let octets = snapshot.encode();
    let read = TrustSnapshot::parse(&octets).unwrap();
    assert_eq!((&read, read.digest()), (&snapshot, snapshot.digest()));
    assert!(read.digest().starts_with("sha256:"));
    let later = TrustSnapshot { version: 4, ..snapshot };
    assert_ne!(later.digest(), read.digest());
    let compiled = read.compile().unwrap();
    assert_eq!((compiled.anchors.len(), compiled.material.len(), compiled.foreign().len()), (2, 1, 1));
}

#[test]
fn octets_that_are_not_canonical_are_refused() {
    // RFC 8785: one value, one sequence of octets, or the digest would not name it.
    let octets = plain().encode();
    let text = String::from_utf8(octets).unwrap();
    for changed in [format!("{text}\n"), text.replacen(':', ": ", 1), format!(" {text}")] {
        assert_eq!(TrustSnapshot::parse(changed.as_bytes()), Err(SnapshotError::NotCanonical), "{changed:.20}");
    }
}

#[test]
fn fields_schemas_and_statuses_that_are_not_known_are_refused() {
    let text = String::from_utf8(plain().encode()).unwrap();
    let json = |changed: String| matches!(TrustSnapshot::parse(changed.as_bytes()), Err(SnapshotError::Json { .. }));
    assert!(json(text.replacen("\"version\":3", "\"version\":3,\"wishes\":1", 1)));
    assert!(json(text.replacen("REGISTERED", "BLESSED", 1)));
    assert!(json(text.replacen("\"norm\":\"order 547\",", "", 1)));
    assert!(json(text.replacen("\"version\":3", "\"version\":3,\"version\":3", 1)));
    assert!(json("{".into()));
    let other = text.replacen("trust-snapshot/2", "trust-snapshot/3", 1);
    assert_eq!(TrustSnapshot::parse(other.as_bytes()), Err(SnapshotError::Schema));
}

/// What the first schema wrote, octet for octet.
fn of_first_schema() -> String {
    let certificate = |name: &str| encoded(&anchor(name));
    format!(
        "{{\"domestic\":[{{\"certificate\":\"{}\",\"label\":\"root\"}}],\"foreign\":[{{\"act\":\"entry 1\",\
         \"certificate\":\"{}\",\"country\":\"XA\",\"events\":[{{\"effective_from\":\"2026-01-21T00:00:00Z\",\
         \"status\":\"REGISTERED\"}}],\"label\":\"centre\"}}],\"intermediates\":[],\
         \"issued_at\":\"2026-01-11T00:00:00Z\",\"norm\":\"order 547\",\
         \"schema\":\"qoltanba/trust-snapshot/1\",\"version\":3}}",
        certificate("root"),
        certificate("foreign")
    )
}

#[test]
fn a_snapshot_of_the_first_schema_still_reads_under_its_own_name() {
    let text = of_first_schema();
    let read = TrustSnapshot::parse(text.as_bytes()).unwrap();
    assert_eq!((read.version, read.foreign.len()), (3, 1));
    assert_eq!(read.encode(), text.as_bytes());
    let document = DocumentFacts::default();
    let foreign = anchor("foreign");
    let signer = foreign.issue(&Recipe::leaf("signer").valid(day(25), day(365)), "signer");
    let path = [signer.certificate, foreign.certificate];
    // It names no norm, so a centre that is registered here needs no receipt (D-30).
    let answer = recognise(&question(&path, &document), &read.compile().unwrap());
    assert_eq!((answer.standing, answer.route), (Standing::Recognised, Some(Route::ForeignCaRegistered)));
}

#[test]
fn the_first_schema_holds_nothing_of_the_second() {
    let text = of_first_schema();
    let replaced = |from: &str, to: &str| TrustSnapshot::parse(text.replacen(from, to, 1).as_bytes());
    assert!(replaced("\"foreign\":[{", "\"foreign\":[{").is_ok());
    assert_eq!(replaced("REGISTERED", "RESUMED"), Err(SnapshotError::Schema));
    let event = "2026-01-21T00:00:00Z\",\"recorded_at\":\"2026-01-21T00:00:00Z";
    assert_eq!(replaced("2026-01-21T00:00:00Z", event), Err(SnapshotError::Schema));
    assert_eq!(replaced("\"issued_at\"", "\"keepers\":[\"AAAA\"],\"issued_at\""), Err(SnapshotError::Schema));
    assert!(replaced("trust-snapshot/1", "trust-snapshot/2").is_ok());
}

#[test]
fn parties_have_one_name_each_and_nobody_speaks_of_strangers() {
    let party = |text: &str| PartyId::new(text).unwrap();
    let mut doubled = plain();
    doubled.foreign.first_mut().unwrap().party = Some(party("xa"));
    assert!(TrustSnapshot::parse(&doubled.encode()).is_ok());
    let twice = doubled.foreign.first().unwrap().clone();
    let stranger = Edge {
        ttp: party("ttp"),
        centre: party("xa"),
        period: Period::since(day(20)),
        recorded_at: None,
        evidence: String::new(),
    };
    let edged = TrustSnapshot { edges: vec![stranger], ..doubled.clone() };
    assert_eq!(TrustSnapshot::parse(&edged.encode()), Err(SnapshotError::Unknown { party: party("ttp") }));
    doubled.foreign.push(twice);
    assert_eq!(TrustSnapshot::parse(&doubled.encode()), Err(SnapshotError::Doubled { party: party("xa") }));
    for bad in ["", "Xa", "-a", "a b", "ю", &"a".repeat(65)] {
        assert_eq!(PartyId::new(bad), Err(PartyIdError), "{bad}");
    }
}

#[test]
fn periods_amounts_and_voidings_make_sense() {
    let with = |change: fn(&mut ForeignCentre)| {
        let mut snapshot = plain();
        change(snapshot.foreign.first_mut().unwrap());
        TrustSnapshot::parse(&snapshot.encode()).map(|_| ())
    };
    let nonsense = || Err(SnapshotError::Nonsense { label: "centre of Xanadu".into() });
    let period = |from, until| Some(Period { from: day(from), until: Some(day(until)) });
    assert_eq!(with(|centre| centre.period = Some(Period { from: day(1), until: Some(day(2)) })), Ok(()));
    assert_eq!(period(2, 2).map(|p| p.is_sound()), Some(false));
    assert_eq!(with(|centre| centre.period = Some(Period { from: day(2), until: Some(day(2)) })), nonsense());
    assert_eq!(with(|centre| centre.events[0].retroactive_from = Some(day(20))), Ok(()));
    assert_eq!(with(|centre| centre.events[0].retroactive_from = Some(day(21))), nonsense());
    let amount = |amount: &str| Scope {
        max_amount: Some(Money { currency: "KZT".into(), amount: amount.into() }),
        ..Scope::default()
    };
    assert!(amount("1.5").max_amount.unwrap().is_sound());
    assert_eq!(
        with(|centre| centre.scopes.push(Scope {
            max_amount: Some(Money { currency: "KZT".into(), amount: "1,5".into() }),
            ..Scope::default()
        })),
        nonsense()
    );
}

#[test]
fn the_next_snapshot_is_signed_by_whom_the_last_one_names() {
    let (keeper, other) = (keeper(), anchor("root").issue(&Recipe::leaf("other").serial(8), "other"));
    let next = TrustSnapshot { version: 4, ..plain() };
    let by = |entity: &Entity| signed_by(entity, &next.encode(), Packaging::Attached);
    let open = |message: &[u8], held: &TrustSnapshot| {
        open_next_snapshot(message, &keeper.certificate, Some(held)).map(|snapshot| snapshot.version)
    };
    // Nobody is named: the configured keeper.
    assert_eq!(open(&by(&keeper), &plain()), Ok(4));
    assert_eq!(open(&by(&other), &plain()), Err(SignedSnapshotError::Signer));
    // The keeper has handed over: a snapshot signed by a removed key is refused, whatever is configured.
    let handed_over = TrustSnapshot { keepers: vec![encoded(&other)], ..plain() };
    assert_eq!(open(&by(&other), &handed_over), Ok(4));
    assert_eq!(open(&by(&keeper), &handed_over), Err(SignedSnapshotError::KeeperRemoved { held_version: 3 }));
    let both = TrustSnapshot { keepers: vec![encoded(&keeper), encoded(&other)], ..plain() };
    assert_eq!((open(&by(&keeper), &both), open(&by(&other), &both)), (Ok(4), Ok(4)));
    let stranger = anchor("root").issue(&Recipe::leaf("stranger").serial(9), "stranger");
    assert_eq!(open(&by(&stranger), &both), Err(SignedSnapshotError::Signer));
    assert_eq!(open_next_snapshot(&by(&keeper), &keeper.certificate, None).map(|s| s.version), Ok(4));
}

#[test]
fn a_certificate_that_does_not_read_is_named_by_its_label() {
    let mut snapshot = plain();
    snapshot.domestic.first_mut().unwrap().certificate = "AAAA".into();
    let Err(SnapshotError::Certificate { label, .. }) = TrustSnapshot::parse(&snapshot.encode()) else {
        panic!("accepted")
    };
    assert_eq!(label, "root");
}

#[test]
fn events_stand_in_the_order_of_their_dates() {
    let (first, second) =
        (event(RegistrationStatus::Registered, day(20)), event(RegistrationStatus::Terminated, day(30)));
    assert!(TrustSnapshot::parse(&snapshot(vec![first, second]).encode()).is_ok());
    let backwards = snapshot(vec![second, first]).encode();
    assert_eq!(TrustSnapshot::parse(&backwards), Err(SnapshotError::Order { label: "centre of Xanadu".into() }));
}

#[test]
fn certificates_from_the_command_line_are_sorted_into_anchors_and_material() {
    let root = anchor("root");
    let issuing = root.issue(&Recipe::ca("issuing"), "issuing");
    let (root, issuing) = (root.certificate, issuing.certificate);
    let one = TrustSnapshot::of_certificates(&[root.clone(), issuing.clone(), root.clone()]);
    let other = TrustSnapshot::of_certificates(&[issuing, root]);
    assert_eq!((one.domestic.len(), one.intermediates.len()), (1, 1));
    assert_eq!(one.digest(), other.digest());
}

fn keeper() -> Entity {
    anchor("root").issue(&Recipe::leaf("keeper"), "keeper")
}

fn signed_by(entity: &Entity, content: &[u8], packaging: Packaging) -> Vec<u8> {
    sign(content, packaging, &Signer::new(&entity.key, &entity.certificate).unwrap()).unwrap()
}

#[test]
fn a_signed_snapshot_opens_under_its_keepers_key() {
    let (keeper, snapshot) = (keeper(), plain());
    let message = signed_by(&keeper, &snapshot.encode(), Packaging::Attached);
    assert_eq!(open_signed_snapshot(&message, &keeper.certificate), Ok(snapshot.clone()));
    let pem = armour::encode_pem("CMS", &message);
    assert_eq!(open_signed_snapshot(pem.as_bytes(), &keeper.certificate), Ok(snapshot));
}

#[test]
fn a_snapshot_signed_by_anybody_else_does_not_open() {
    let keeper = keeper();
    let octets = plain().encode();
    let other = anchor("root").issue(&Recipe::leaf("other").serial(8), "other");
    let message = signed_by(&other, &octets, Packaging::Attached);
    assert_eq!(open_signed_snapshot(&message, &keeper.certificate), Err(SignedSnapshotError::Signer));
    // Under the keeper's issuer and serial number, with another key.
    let impostor = anchor("root").issue(&Recipe::leaf("keeper"), "impostor");
    let message = signed_by(&impostor, &octets, Packaging::Attached);
    assert_eq!(open_signed_snapshot(&message, &keeper.certificate), Err(SignedSnapshotError::Signature));
}

#[test]
fn a_signed_snapshot_has_a_version() {
    let (keeper, snapshot) = (keeper(), TrustSnapshot { version: 0, ..plain() });
    let message = signed_by(&keeper, &snapshot.encode(), Packaging::Attached);
    assert_eq!(open_signed_snapshot(&message, &keeper.certificate), Err(SignedSnapshotError::Unversioned));
}

#[test]
fn a_snapshot_that_was_changed_does_not_open() {
    let keeper = keeper();
    let message = signed_by(&keeper, &plain().encode(), Packaging::Attached);
    let at = message.windows(9).position(|w| w == b"\"version\"").unwrap() + 10;
    let mut changed = message.clone();
    *changed.get_mut(at).unwrap() = b'4';
    assert_eq!(open_signed_snapshot(&changed, &keeper.certificate), Err(SignedSnapshotError::Signature));
    let mut forged = message;
    *forged.last_mut().unwrap() ^= 1;
    assert_eq!(open_signed_snapshot(&forged, &keeper.certificate), Err(SignedSnapshotError::Signature));
}

#[test]
fn a_signed_snapshot_has_one_signer_and_its_content() {
    let keeper = keeper();
    let octets = plain().encode();
    let detached = signed_by(&keeper, &octets, Packaging::Detached);
    assert_eq!(open_signed_snapshot(&detached, &keeper.certificate), Err(SignedSnapshotError::Shape));
    let message = signed_by(&keeper, &octets, Packaging::Attached);
    let signer = Signer::new(&keeper.key, &keeper.certificate).unwrap();
    let twice = co_sign(&message, None, &signer).unwrap();
    assert_eq!(open_signed_snapshot(&twice, &keeper.certificate), Err(SignedSnapshotError::Shape));
    let unsigned = encode_signed_data(&SignedDataParts {
        content_type: oids::ID_DATA,
        content: Some(&octets),
        certificates: &[],
        digest_algorithms: &[],
        signer_infos: &[],
    });
    assert_eq!(open_signed_snapshot(&unsigned, &keeper.certificate), Err(SignedSnapshotError::Shape));
    assert!(matches!(open_signed_snapshot(&octets, &keeper.certificate), Err(SignedSnapshotError::Malformed(_))));
    let nonsense = signed_by(&keeper, b"{}", Packaging::Attached);
    assert!(matches!(
        open_signed_snapshot(&nonsense, &keeper.certificate),
        Err(SignedSnapshotError::Snapshot(SnapshotError::Json { .. }))
    ));
}

/// What is asked on day 100 about a sound signature that nothing proves the time of.
fn question<'a>(path: &'a [crate::x509::Certificate], document: &'a DocumentFacts) -> RecognitionQuestion<'a> {
    RecognitionQuestion {
        path,
        signer: path.first(),
        algorithm: None,
        technical: Technical::Sound,
        proven_at: None,
        at: day(100),
        document,
        receipts: &[],
        standpoint: Standpoint::RelyingParty,
    }
}

/// The answer about a signature under the foreign centre with these events, asked on day 100; the signer's certificate is
/// of day 25.
fn asked(events: &[(RegistrationStatus, i64)], proven_at: Option<i64>) -> (Standing, Option<RecognitionReason>) {
    asked_of(25, events, proven_at)
}

fn asked_of(
    not_before: i64,
    events: &[(RegistrationStatus, i64)],
    proven_at: Option<i64>,
) -> (Standing, Option<RecognitionReason>) {
    let events = events.iter().map(|(status, at)| event(*status, day(*at))).collect();
    let trust = snapshot(events).compile().unwrap();
    let foreign = anchor("foreign");
    let signer = foreign.issue(&Recipe::leaf("signer").valid(day(not_before), day(365)), "signer");
    let path = [signer.certificate, foreign.certificate];
    let document = DocumentFacts::default();
    let question = RecognitionQuestion { proven_at: proven_at.map(day), ..question(&path, &document) };
    let answer = recognise(&question, &trust);
    let route = (answer.standing == Standing::Recognised).then_some(Route::ForeignCaRegistered);
    assert_eq!(answer.route, route);
    // What is merely told hinders nothing.
    (answer.standing, answer.reasons.first().copied().filter(|reason| reason.effect() != Standing::Recognised))
}

use RecognitionReason as Reason;
use RegistrationStatus::{Registered, Suspended, Terminated, VoidFrom};
const RECOGNISED: (Standing, Option<Reason>) = (Standing::Recognised, None);

#[test]
fn a_domestic_anchor_is_recognised_and_no_anchor_is_not() {
    let trust = plain().compile().unwrap();
    let root = anchor("root");
    let document = DocumentFacts::default();
    let of = |path: &[_]| recognise(&question(path, &document), &trust);
    let domestic = of(std::slice::from_ref(&root.certificate));
    assert_eq!((domestic.standing, domestic.route), (Standing::Recognised, Some(Route::Domestic)));
    let nobody = of(&[]);
    assert_eq!((nobody.standing, nobody.route), (Standing::NotRecognised, None));
    assert_eq!(nobody.reasons, [Reason::CaNotRegistered]);
}

#[test]
fn a_registration_counts_from_its_first_instant() {
    let events = [(Registered, 20)];
    assert_eq!(asked(&events, None), RECOGNISED);
    assert_eq!(asked_of(19, &events, None), (Standing::Undetermined, Some(Reason::NoPoe)));
    assert_eq!(asked(&events, Some(20)), RECOGNISED);
    assert_eq!(asked(&events, Some(19)), (Standing::NotRecognised, Some(Reason::RegNotYet)));
    assert_eq!(asked(&[(Registered, 101)], None), (Standing::NotRecognised, Some(Reason::RegNotYet)));
    assert_eq!(asked(&[], None), (Standing::NotRecognised, Some(Reason::CaNotRegistered)));
}

#[test]
fn a_suspension_is_half_open_too() {
    let events = [(Registered, 20), (Suspended, 40), (Registered, 60)];
    let suspended = (Standing::Undetermined, Some(Reason::RegSuspended));
    assert_eq!(asked(&events, Some(39)), RECOGNISED);
    assert_eq!(asked(&events, Some(40)), suspended);
    assert_eq!(asked(&events, Some(59)), suspended);
    assert_eq!(asked(&events, Some(60)), RECOGNISED);
    // Taking the time stamp away must not make up for the suspension: the certificate is older than its end.
    assert_eq!(asked(&events, None), (Standing::Undetermined, Some(Reason::NoPoe)));
    assert_eq!(asked_of(60, &events, None), RECOGNISED);
}

#[test]
fn the_end_of_a_registration_takes_nothing_back_that_is_proven_to_be_older() {
    let events = [(Registered, 20), (Terminated, 80)];
    assert_eq!(asked(&events, Some(79)), RECOGNISED);
    let ended = (Standing::NotRecognised, Some(Reason::RegTerminatedBefore));
    assert_eq!(asked(&events, Some(80)), ended);
    assert_eq!(asked(&events, None), (Standing::Undetermined, Some(Reason::NoPoe)));
}

#[test]
fn a_void_registration_reaches_back_over_everything() {
    let events = [(Registered, 20), (VoidFrom, 80)];
    let void = (Standing::NotRecognised, Some(Reason::RegVoid));
    for proven_at in [None, Some(30), Some(80), Some(90)] {
        assert_eq!(asked(&events, proven_at), void, "{proven_at:?}");
    }
    // Announced for a day that has not come.
    assert_eq!(asked(&[(Registered, 20), (VoidFrom, 101)], Some(30)), RECOGNISED);
}

#[test]
fn registering_a_centre_anew_does_not_bring_back_what_was_void() {
    let events = [(Registered, 20), (VoidFrom, 80), (Registered, 90)];
    let void = (Standing::NotRecognised, Some(Reason::RegVoid));
    assert_eq!(asked(&events, Some(30)), void);
    assert_eq!(asked(&events, Some(85)), void);
    assert_eq!(asked(&events, Some(90)), RECOGNISED);
    // Without a proven time it may be from before.
    assert_eq!(asked(&events, None), (Standing::Undetermined, Some(Reason::NoPoe)));
    let ended = [(Registered, 20), (VoidFrom, 80), (Terminated, 90)];
    assert_eq!(asked(&ended, Some(30)), void);
}
