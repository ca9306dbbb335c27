//! What is told of the checks along a path is what was done.

use super::*;

fn of(explained: &[ExplainedCertificate<'_>], place: usize, kind: CheckKind) -> Option<Check> {
    explained.get(place).and_then(|e| e.checks.iter().find(|c| c.kind == kind)).cloned()
}

#[test]
fn a_path_that_held_tells_every_check_and_what_proves_that_nothing_was_revoked() {
    let bench = Bench::new();
    let report = bench.report(&bench.message().encode());
    let explained = explain(&report.path_finding);
    assert_eq!(explained.len(), 3);
    assert_eq!(explained.iter().map(|e| e.is_anchor).collect::<Vec<_>>(), [false, false, true]);
    for check in explained.iter().flat_map(|e| &e.checks) {
        // The policy kz asks the path for no purpose and no profile: neither is said to have held.
        let unasked = matches!(check.kind, CheckKind::Purpose | CheckKind::Profile);
        let expected = if unasked { CheckStanding::NotMade } else { CheckStanding::Held };
        assert_eq!(check.standing, expected, "{:?}", check.kind);
        assert!(check.reasons.is_empty());
    }
    let revocation = of(&explained, 0, CheckKind::Revocation).unwrap();
    assert!(revocation.about.is_some_and(|about| about.starts_with("crl of ")));
    assert_eq!(of(&explained, 0, CheckKind::Authority), None, "a signer need not be an authority");
    assert_eq!(of(&explained, 2, CheckKind::Revocation), None, "an anchor is trusted as such");
}

#[test]
fn a_path_that_was_refused_tells_which_check_failed_and_why_and_that_the_others_held() {
    let bench = Bench { at: day(100_000), ..Bench::new() };
    let report = bench.report(&bench.message().encode());
    let explained = explain(&report.path_finding);
    let validity = of(&explained, 0, CheckKind::Validity).unwrap();
    assert_eq!(validity.standing, CheckStanding::Failed);
    assert!(validity.reasons.iter().all(|reason| report.reasons.contains(reason)));
    assert_eq!(of(&explained, 0, CheckKind::Signature).unwrap().standing, CheckStanding::Held);
    assert_eq!(of(&explained, 0, CheckKind::Names).unwrap().standing, CheckStanding::Held);
}

#[test]
fn where_no_anchor_is_reached_nothing_is_said_to_have_held_that_was_not_looked_at() {
    let bench = Bench { trust: crate::trust::TrustSnapshot::of_certificates(&[]).compile().unwrap(), ..Bench::new() };
    let report = bench.report(&bench.message().encode());
    let explained = explain(&report.path_finding);
    let last = explained.len() - 1;
    assert!(explained.iter().all(|e| !e.is_anchor));
    assert_eq!(of(&explained, last, CheckKind::Signature).unwrap().standing, CheckStanding::Failed);
    for place in 0..=last {
        assert_eq!(of(&explained, place, CheckKind::Validity).unwrap().standing, CheckStanding::NotMade);
        assert_eq!(of(&explained, place, CheckKind::Revocation).unwrap().standing, CheckStanding::NotMade);
    }
}
