//! Which route a registry opens, and when (facts/ttp.md §8.3 (3), §8.5).

use super::*;

/// Asked with a receipt of the same day that the signature is proven to exist on.
fn asked(registered: &[(RegistrationStatus, i64)], proven_at: i64) -> (Standing, Option<Route>, Vec<Reason>) {
    asked_of(&snapshot(registered), proven_at)
}

fn asked_of(snapshot: &TrustSnapshot, proven_at: i64) -> (Standing, Option<Route>, Vec<Reason>) {
    let mut case = Case::new(&[receipt("ttp-kz", 99, TtpStatus::Verified)]);
    case.proven_at = Some(proven_at);
    let answer = case.ask(snapshot);
    (answer.standing, answer.route, answer.reasons)
}

const R1: Option<Route> = Some(Route::ForeignCaRegistered);
const R2: Option<Route> = Some(Route::ForeignTtpRegistered);
const R3: Option<Route> = Some(Route::Treaty);

fn yes(route: Option<Route>) -> (Standing, Option<Route>, Vec<Reason>) {
    (Standing::Recognised, route, Vec::new())
}

fn no(reasons: &[Reason]) -> (Standing, Option<Route>, Vec<Reason>) {
    (Standing::NotRecognised, None, reasons.to_vec())
}

fn doubt(reasons: &[Reason]) -> (Standing, Option<Route>, Vec<Reason>) {
    (Standing::Undetermined, None, reasons.to_vec())
}

#[test]
fn status_at_t_on_boundaries() {
    let life = [(Registered, 20), (Suspended, 40), (Resumed, 60), (Expired, 80)];
    // The receipt contradicts the registry wherever that says no: an alarm beside the reason.
    assert_eq!(asked(&life, 19), no(&[Reason::RegNotYet, Reason::RegistryConflict]));
    assert_eq!(asked(&life, 20).0, Standing::Recognised);
    assert_eq!(asked(&life, 39), yes(R1));
    assert_eq!(asked(&life, 40), doubt(&[Reason::RegSuspended, Reason::RegistryConflict]));
    assert_eq!(asked(&life, 59), doubt(&[Reason::RegSuspended, Reason::RegistryConflict]));
    assert_eq!(asked(&life, 60), yes(R1));
    assert_eq!(asked(&life, 79), yes(R1));
    assert_eq!(asked(&life, 80), no(&[Reason::RegTerminatedBefore, Reason::RegistryConflict]));
}

#[test]
fn an_application_is_no_registration() {
    let applied = [(RegistrationStatus::Applied, 20), (Registered, 50)];
    assert_eq!(asked(&applied, 49), no(&[Reason::RegNotYet, Reason::RegistryConflict]));
    assert_eq!(asked(&applied, 50).0, Standing::Recognised);
}

#[test]
fn terminated_after_the_proof_of_existence() {
    assert_eq!(asked(&[(Registered, 20), (Terminated, 80)], 79), yes(R1));
    let case = Case { proven_at: Some(79), ..Case::new(&[receipt("ttp-kz", 79, TtpStatus::Verified)]) };
    let answer = case.ask(&snapshot(&[(Registered, 20), (Terminated, 80)]));
    let [evidence] = answer.routes.as_slice() else { panic!("{answer:?}") };
    assert_eq!((evidence.since, evidence.until), (Some(day(20)), Some(day(80))));
}

#[test]
fn a_norm_may_let_the_end_of_a_registration_reach_back() {
    let mut snapshot = snapshot(&[(Registered, 20), (Terminated, 80)]);
    assert_eq!(asked_of(&snapshot, 79), yes(R1));
    snapshot.norms.first_mut().unwrap().rules.termination = TerminationRule::Retroactive;
    assert_eq!(asked_of(&snapshot, 79), no(&[Reason::RegTerminatedBefore, Reason::RegistryConflict]));
}

#[test]
fn void_from_before_the_proof_of_existence() {
    // From the beginning, where nothing is said.
    assert_eq!(asked(&[(Registered, 20), (VoidFrom, 80)], 30), no(&[Reason::RegVoid, Reason::RegistryConflict]));
    // From a day on: what is proven to be older stays.
    let mut since = snapshot(&[(Registered, 20), (VoidFrom, 80)]);
    since.foreign.first_mut().unwrap().events.last_mut().unwrap().retroactive_from = Some(day(50));
    assert_eq!(asked_of(&since, 49), yes(R1));
    assert_eq!(asked_of(&since, 50), no(&[Reason::RegVoid, Reason::RegistryConflict]));
    assert_eq!(asked_of(&since, 90), no(&[Reason::RegVoid, Reason::RegistryConflict]));
}

#[test]
fn void_here_overrides_every_other_route() {
    let mut both = snapshot(&[(Registered, 20), (VoidFrom, 80)]);
    both.treaties.push(treaty());
    let (standing, route, reasons) = asked_of(&both, 50);
    assert_eq!((standing, route), (Standing::NotRecognised, None));
    assert!(reasons.contains(&Reason::RegVoid));
    both.foreign.first_mut().unwrap().events = events(&[(Registered, 20), (Terminated, 30)]);
    assert_eq!(asked_of(&both, 50), yes(R3));
}

fn through_ttp(ttp: &[(RegistrationStatus, i64)], edge: Edge) -> TrustSnapshot {
    TrustSnapshot { foreign_ttps: vec![foreign_ttp(ttp)], edges: vec![edge], ..snapshot(&[]) }
}

#[test]
fn a_centre_of_a_registered_foreign_third_party() {
    let snapshot = through_ttp(&[(Registered, 20)], edge(22, None));
    assert_eq!(asked_of(&snapshot, 30), yes(R2));
    assert_eq!(asked_of(&snapshot, 21).0, Standing::NotRecognised);
    let unregistered = through_ttp(&[], edge(22, None));
    assert_eq!(asked_of(&unregistered, 30), no(&[Reason::TtpNotRegistered, Reason::RegistryConflict]));
}

#[test]
fn the_foreign_third_party_is_terminated_in_between() {
    let snapshot = through_ttp(&[(Registered, 20), (Terminated, 50)], edge(22, None));
    assert_eq!(asked_of(&snapshot, 49), yes(R2));
    assert_eq!(asked_of(&snapshot, 50), no(&[Reason::RegTerminatedBefore, Reason::RegistryConflict]));
    // The same for the centre's place on the foreign list.
    let left = through_ttp(&[(Registered, 20)], edge(22, Some(50)));
    assert_eq!(asked_of(&left, 49), yes(R2));
    assert_eq!(asked_of(&left, 50), no(&[Reason::RegTerminatedBefore, Reason::RegistryConflict]));
}

#[test]
fn two_routes_at_once_and_the_strongest_is_told() {
    let mut both = through_ttp(&[(Registered, 20)], edge(22, None));
    both.treaties.push(treaty());
    let case = Case { proven_at: Some(30), ..Case::new(&[receipt("ttp-kz", 31, TtpStatus::Verified)]) };
    let routes = |snapshot: &TrustSnapshot| {
        let answer = case.ask(snapshot);
        (answer.route, answer.routes.iter().map(|one| one.route).collect::<Vec<_>>())
    };
    assert_eq!(routes(&both), (R2, vec![Route::ForeignTtpRegistered, Route::Treaty]));
    both.foreign.first_mut().unwrap().events = events(&[(Registered, 20)]);
    assert_eq!(routes(&both), (R1, vec![Route::ForeignCaRegistered, Route::ForeignTtpRegistered, Route::Treaty]));
    // One of them gone, the other still leads.
    both.foreign.first_mut().unwrap().events = events(&[(Registered, 20), (Terminated, 25)]);
    assert_eq!(routes(&both).0, R2);
}

#[test]
fn conflicting_entries_make_no_answer() {
    let mut snapshot = snapshot(&[(Registered, 20)]);
    let second = ForeignCentre { party: Some(id("ca-xa-again")), ..centre(&[(Registered, 20), (Terminated, 28)]) };
    snapshot.foreign.push(second);
    assert_eq!(asked_of(&snapshot, 27), yes(R1));
    assert_eq!(asked_of(&snapshot, 30), doubt(&[Reason::RegistryConflict]));
}

#[test]
fn a_treaty_counts_ratified_in_force_and_for_its_countries() {
    let under = |change: fn(&mut Treaty)| {
        let mut treaty = treaty();
        change(&mut treaty);
        asked_of(&TrustSnapshot { treaties: vec![treaty], ..snapshot(&[]) }, 30)
    };
    assert_eq!(under(|_| ()), yes(R3));
    let refused = no(&[Reason::TreatyNotInForce, Reason::RegistryConflict]);
    assert_eq!(under(|treaty| treaty.ratified_at = None), refused);
    assert_eq!(under(|treaty| treaty.ratified_at = Some(day(31))), refused);
    assert_eq!(under(|treaty| treaty.in_force = None), refused);
    assert_eq!(under(|treaty| treaty.in_force = Some(period(20, Some(30)))), refused);
    // Somebody else's treaty is none; a receipt without any route is a conflict.
    assert_eq!(under(|treaty| treaty.countries = vec!["XB".into()]), doubt(&[Reason::RegistryConflict]));
}

#[test]
fn a_treaty_may_name_its_centres() {
    let named = Treaty { centres: vec![id("ca-xa")], ..treaty() };
    let mut snapshot = TrustSnapshot { treaties: vec![named], ..snapshot(&[]) };
    assert_eq!(asked_of(&snapshot, 30), yes(R3));
    let elsewhere = pki::root(&Recipe::ca("other"), "other");
    snapshot.foreign.push(ForeignCentre {
        party: Some(id("ca-other")),
        ..ForeignCentre::unregistered("other", "XA", &elsewhere.certificate)
    });
    snapshot.treaties.first_mut().unwrap().centres = vec![id("ca-other")];
    assert_eq!(asked_of(&snapshot, 30), doubt(&[Reason::RegistryConflict]));
}

#[test]
fn without_a_proof_of_time_the_registration_must_have_held_all_the_while() {
    let lenient = |registered: &[(RegistrationStatus, i64)]| {
        let norms = vec![norm(ReceiptRule::WhereNotRegisteredHere)];
        Case::new(&[]).ask(&TrustSnapshot { norms, ..snapshot(registered) })
    };
    assert_eq!(told(&lenient(&[(Registered, 25)])), (Standing::Recognised, R1, &[][..]));
    assert_eq!(told(&lenient(&[(Registered, 26)])), (Standing::Undetermined, None, &[Reason::NoPoe][..]));
    assert_eq!(told(&lenient(&[(Registered, 20), (Terminated, 80)])).2, [Reason::NoPoe]);
}

#[test]
fn a_key_of_a_centre_counts_while_the_centre_answers_for_it() {
    let mut snapshot = snapshot(&[(Registered, 20)]);
    snapshot.foreign.first_mut().unwrap().period = Some(period(20, Some(50)));
    assert_eq!(asked_of(&snapshot, 49), yes(R1));
    assert_eq!(asked_of(&snapshot, 50), no(&[Reason::RegTerminatedBefore, Reason::RegistryConflict]));
}

#[test]
fn a_certificate_older_than_the_registration_is_told_and_hinders_nothing() {
    let expected = (Standing::Recognised, R1, vec![Reason::CertificateOlderThanRegistration]);
    assert_eq!(asked(&[(Registered, 26)], 30), expected);
    assert_eq!(asked(&[(Registered, 25)], 30), yes(R1));
}

#[test]
fn a_domestic_path_needs_no_third_party_and_none_at_all_leads_nowhere() {
    let domestic = pki::root(&Recipe::ca("national"), "national");
    let leaf = domestic.issue(&Recipe::leaf("citizen"), "citizen");
    let case = Case { path: vec![leaf.certificate, domestic.certificate], ..Case::new(&[]) };
    let answer = case.ask(&snapshot(&[]));
    assert_eq!(told(&answer), (Standing::Recognised, Some(Route::Domestic), &[][..]));
    assert_eq!(answer.norm_version.as_deref(), Some("kz-547"));
    let nobody = Case { path: Vec::new(), ..Case::new(&[]) }.ask(&snapshot(&[]));
    assert_eq!(told(&nobody), (Standing::NotRecognised, None, &[Reason::CaNotRegistered][..]));
}

#[test]
fn several_foreign_authorities_on_one_path_must_all_count() {
    let other = pki::root(&Recipe::ca("other"), "other");
    let mut snapshot = snapshot(&[(Registered, 20)]);
    let registered = ForeignCentre {
        party: Some(id("ca-other")),
        events: events(&[(Registered, 20)]),
        ..ForeignCentre::unregistered("other", "XB", &other.certificate)
    };
    snapshot.foreign.push(registered);
    let mut case = Case::new(&[receipt("ttp-kz", 31, TtpStatus::Verified)]);
    case.path.push(other.certificate);
    assert_eq!(case.ask(&snapshot).standing, Standing::Recognised);
    snapshot.foreign.last_mut().unwrap().events = events(&[(Registered, 20), (Terminated, 28)]);
    assert_eq!(case.ask(&snapshot).standing, Standing::NotRecognised);
}

#[test]
fn the_norm_is_that_of_the_time_and_without_one_nothing_is_recognised() {
    let mut snapshot = snapshot(&[(Registered, 20)]);
    let older = NormVersion { id: "kz-149".into(), in_force: period(-400, Some(60)), ..norm(ReceiptRule::Required) };
    snapshot.norms = vec![older, NormVersion { in_force: period(60, None), ..norm(ReceiptRule::Required) }];
    let norm_at = |snapshot: &TrustSnapshot, proven_at: i64| {
        let receipts = [receipt("ttp-kz", 99, TtpStatus::Verified)];
        let answer = Case { proven_at: Some(proven_at), ..Case::new(&receipts) }.ask(snapshot);
        (answer.standing, answer.norm_version)
    };
    assert_eq!(norm_at(&snapshot, 59), (Standing::Recognised, Some("kz-149".into())));
    assert_eq!(norm_at(&snapshot, 60), (Standing::Recognised, Some("kz-547".into())));
    snapshot.norms.remove(0);
    assert_eq!(norm_at(&snapshot, 59), (Standing::Undetermined, None));
}
