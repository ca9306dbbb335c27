//! What holds of every answer.

use proptest::prelude::*;

use super::*;

const STATUSES: [RegistrationStatus; 7] = RegistrationStatus::ALL;

fn any_events() -> impl Strategy<Value = Vec<(RegistrationStatus, i64)>> {
    proptest::collection::vec((0..STATUSES.len(), 0_i64..110), 0..5).prop_map(|mut all| {
        all.sort_by_key(|(_, at)| *at);
        all.into_iter().filter_map(|(status, at)| Some((*STATUSES.get(status)?, at))).collect()
    })
}

fn any_status() -> impl Strategy<Value = TtpStatus> {
    prop_oneof![
        3 => Just(TtpStatus::Verified),
        1 => Just(TtpStatus::CannotVerify),
        1 => Just(TtpStatus::Waiting),
        1 => Just(TtpStatus::PartlyVerified),
    ]
}

fn any_technical() -> impl Strategy<Value = Technical> {
    prop_oneof![
        4 => Just(Technical::Sound),
        1 => Just(Technical::RevocationUnknown),
        1 => Just(Technical::NotComputed),
        1 => Just(Technical::Undetermined),
        1 => Just(Technical::Broken),
    ]
}

/// A registry, and a question with receipts that do not speak against the signature.
fn any_case() -> impl Strategy<Value = (TrustSnapshot, Case)> {
    let receipts = proptest::collection::vec((any::<bool>(), 0_i64..110, any_status()), 0..3);
    let registry = (any_events(), any_events(), 0_i64..110, any::<bool>());
    (registry, receipts, proptest::option::of(0_i64..100), any_technical()).prop_map(
        |((centre, ttp, since, with_treaty), receipts, proven_at, technical)| {
            let snapshot = TrustSnapshot {
                foreign_ttps: vec![foreign_ttp(&ttp)],
                edges: vec![edge(since, None)],
                treaties: if with_treaty { vec![treaty()] } else { Vec::new() },
                ..snapshot(&centre)
            };
            let one = |(domestic, at, status)| receipt(if domestic { "ttp-kz" } else { "ttp-xa" }, at, status);
            let receipts: Vec<_> = receipts.into_iter().map(one).collect();
            (snapshot, Case { technical, proven_at, ..Case::new(&receipts) })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Taking away a receipt that does not speak against the signature, the proof of its time, or an entry of the registry
    /// that opens a route never makes it recognised.
    #[test]
    fn recognition_never_improves_when_evidence_is_removed((snapshot, case) in any_case()) {
        let with = case.ask(&snapshot);
        prop_assume!(with.standing != Standing::Recognised);
        let earliest = case.receipts.iter().map(|one| one.response_time).min();
        for place in 0..case.receipts.len() {
            // The earliest proof decides which time is asked about: taking it away asks another question.
            if case.receipts.get(place).map(|one| one.response_time) == earliest && case.proven_at.is_none() {
                continue;
            }
            let mut receipts = case.receipts.clone();
            receipts.remove(place);
            let fewer = Case { path: case.path.clone(), document: DocumentFacts::default(), receipts, ..case };
            if fewer.ask(&snapshot).proven_at == with.proven_at {
                prop_assert_ne!(fewer.ask(&snapshot).standing, Standing::Recognised);
            }
        }
        let nothing = Case { path: case.path.clone(), ..Case::new(&[]) };
        prop_assert_ne!(nothing.ask(&snapshot).standing, Standing::Recognised);
        let closed = TrustSnapshot { edges: Vec::new(), treaties: Vec::new(), ..snapshot.clone() };
        prop_assert_ne!(case.ask(&closed).standing, Standing::Recognised);
    }

    /// The standing is what the worst reason leaves, and a recognised signature has a route.
    #[test]
    fn the_answer_follows_from_its_reasons((snapshot, case) in any_case()) {
        let answer = case.ask(&snapshot);
        let worst = answer.reasons.iter().map(|reason| reason.effect()).min().unwrap_or(Standing::Recognised);
        prop_assert_eq!(answer.standing, worst);
        prop_assert!(answer.standing != Standing::Recognised || answer.route.is_some());
        prop_assert!(answer.reasons.is_sorted());
        prop_assert!(answer.receipts.iter().all(|used| used.response_time <= day(100)));
        // Whatever is asked twice is answered alike, and in any order of receipts.
        let receipts: Vec<_> = case.receipts.iter().rev().cloned().collect();
        let turned = Case { path: case.path.clone(), document: DocumentFacts::default(), receipts, ..case };
        prop_assert_eq!(turned.ask(&snapshot).standing, answer.standing);
    }

    /// No receipt and no time make up for a registration that never was.
    #[test]
    fn nobody_is_recognised_by_receipts_alone((snapshot, case) in any_case()) {
        let mut bare = TrustSnapshot { edges: Vec::new(), treaties: Vec::new(), ..snapshot };
        bare.foreign.first_mut().unwrap().events.clear();
        prop_assert_ne!(case.ask(&bare).standing, Standing::Recognised);
    }
}
