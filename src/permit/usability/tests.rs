use super::*;
use crate::permit::content::tests::time;
use crate::permit::history::tests::Script;
use crate::permit::{Action, reasons};

const NOW: &str = "2026-12-10T00:00:00Z";

fn at_hand<'a>(history: &'a History, as_of: &str) -> HistoryAtHand<'a> {
    HistoryAtHand { history, as_of: time(as_of), age_seconds_max: 3_600 }
}

/// Asked at `at` with a history as of the same time.
fn asked(script: &Script, at: &str) -> Usability {
    let history = script.replay().unwrap();
    usability_of(script, &history, at, at)
}

fn usability_of(script: &Script, history: &History, as_of: &str, at: &str) -> Usability {
    usable_now(&script.document, Some(at_hand(history, as_of)), time(at))
}

fn reasons_of(usability: &Usability) -> Vec<&'static str> {
    match usability {
        Usability::Usable { .. } => vec!["usable"],
        Usability::NotUsable { reasons, .. } => reasons.iter().map(NotUsableReason::code).collect(),
        Usability::Unknown { missing, .. } => vec![missing.code()],
    }
}

#[test]
fn a_document_in_force_is_usable_and_says_as_of_when() {
    assert_eq!(asked(&Script::issued(), NOW), Usability::Usable { as_of: time(NOW) });
}

#[test]
fn its_own_dates_are_told_with_or_without_a_history() {
    let script = Script::issued();
    for (at, code) in [("2026-11-21T23:59:59Z", "NOT_YET_VALID"), ("2027-05-31T19:00:00Z", "EXPIRED")] {
        assert_eq!(reasons_of(&asked(&script, at)), [code]);
        assert_eq!(reasons_of(&usable_now(&script.document, None, time(at))), [code]);
    }
    assert_eq!(reasons_of(&asked(&script, "2027-05-31T18:59:59Z")), ["usable"]);
}

#[test]
fn a_bare_document_is_neither_usable_nor_not() {
    let answer = usable_now(&Script::issued().document, None, time(NOW));
    assert_eq!(answer, Usability::Unknown { missing: Missing::History, as_of: None });
}

#[test]
fn each_end_and_pause_has_its_reason() {
    let after = |action: Action| {
        let mut script = Script::issued();
        script.add(action, "2026-12-01", "2026-12-01");
        reasons_of(&asked(&script, NOW))
    };
    let successor = Number::Other("43".into());
    assert_eq!(after(Action::Suspend), ["SUSPENDED"]);
    assert_eq!(after(Action::Terminate), ["TERMINATED"]);
    assert_eq!(after(Action::Supersede { successor }), ["SUPERSEDED"]);
    let mut used = Script::issued();
    used.add(Action::WriteOff { item: 0, quantity: "10".parse().unwrap() }, "2026-12-01", "2026-12-01");
    assert_eq!(reasons_of(&asked(&used, NOW)), ["usable"]);
    used.add(Action::WriteOff { item: 1, quantity: "2.5".parse().unwrap() }, "2026-12-01", "2026-12-01");
    assert_eq!(reasons_of(&asked(&used, NOW)), ["USED_UP"]);
    let mut both = Script::issued();
    both.add(Action::Terminate, "2026-12-01", "2026-12-01");
    assert_eq!(reasons_of(&asked(&both, "2028-01-01")), ["TERMINATED", "EXPIRED"]);
}

#[test]
fn a_stale_history_settles_only_what_lasts() {
    let script = Script::issued();
    let history = script.replay().unwrap();
    let asked = |as_of| reasons_of(&usability_of(&script, &history, as_of, NOW));
    assert_eq!(asked("2026-12-09T23:00:00Z"), ["usable"]);
    assert_eq!(asked("2026-12-09T22:59:59Z"), ["HISTORY_STALE"]);
    let mut suspended = Script::issued();
    suspended.add(Action::Suspend, "2026-12-01", "2026-12-01");
    let history = suspended.replay().unwrap();
    assert_eq!(reasons_of(&usability_of(&suspended, &history, "2026-12-02", NOW)), ["HISTORY_STALE"]);
    let mut terminated = Script::issued();
    terminated.add(Action::Terminate, "2026-12-01", "2026-12-01");
    let history = terminated.replay().unwrap();
    assert_eq!(reasons_of(&usability_of(&terminated, &history, "2026-12-02", NOW)), ["TERMINATED"]);
}

#[test]
fn a_history_fetched_before_a_record_was_written_does_not_know_it() {
    let mut script = Script::issued();
    script.add(Action::Suspend, "2026-12-01", "2026-12-09T23:30:00Z");
    let history = script.replay().unwrap();
    assert_eq!(reasons_of(&usability_of(&script, &history, "2026-12-09T23:29:59Z", NOW)), ["usable"]);
    assert_eq!(reasons_of(&usability_of(&script, &history, "2026-12-09T23:30:00Z", NOW)), ["SUSPENDED"]);
}

#[test]
fn another_document_under_the_number_is_not_the_one_issued() {
    let script = Script::issued();
    let history = script.replay().unwrap();
    let mut altered = script.document.clone();
    altered.valid_until = None;
    assert_eq!(reasons_of(&usable_now(&altered, Some(at_hand(&history, NOW)), time(NOW))), ["NOT_AS_ISSUED"]);
    let mut renumbered = script.document.clone();
    renumbered.number = Number::Other("1".into());
    let answer = usable_now(&renumbered, Some(at_hand(&history, NOW)), time(NOW));
    assert_eq!(reasons_of(&answer), ["HISTORY_OF_ANOTHER_DOCUMENT"]);
}

#[test]
fn a_refusal_gives_no_right_and_an_unknown_kind_no_answer() {
    let mut document = Script::issued().document;
    for (kind, code) in [
        ("refusal.reasoned", "NOT_A_PERMISSION"),
        ("notice.hearing", "NOT_A_PERMISSION"),
        ("licence.fishing", "KIND_UNKNOWN"),
    ] {
        document.kind = kind.into();
        assert_eq!(reasons_of(&usable_now(&document, None, time(NOW))), [code]);
    }
}

#[test]
fn an_application_that_was_refused_is_not_usable() {
    let mut script = Script::new();
    script.add(Action::Notice { document: crate::ledger::Digest::of(b"n") }, "2026-11-20", "2026-11-20");
    assert_eq!(reasons_of(&asked(&script, NOW)), ["NOT_ISSUED"]);
    script.add(Action::Refuse { document: crate::ledger::Digest::of(b"r") }, "2026-11-21", "2026-11-21");
    assert_eq!(reasons_of(&asked(&script, NOW)), ["REFUSED"]);
}

#[test]
fn answers_are_told_with_codes_and_sentences() {
    let mut script = Script::issued();
    script.add(Action::Supersede { successor: Number::Other("43".into()) }, "2026-12-01", "2026-12-01");
    let told = serde_json::to_value(asked(&script, NOW)).unwrap();
    assert_eq!(told["standing"], "NOT_USABLE");
    assert!(told["reasons"][0]["text"]["kk"].as_str().unwrap().ends_with("43"));
    let missing = Missing::FresherHistory { as_of: time(NOW) }.told();
    assert!(missing.text.en.contains(NOW) && missing.hint.is_some());
}

#[test]
fn every_reason_has_its_sentence() {
    use NotUsableReason as R;
    let superseded = R::Superseded { successor: None };
    let reasons = [
        R::Expired,
        R::NotYetValid,
        R::Suspended,
        R::Terminated,
        superseded,
        R::Refused,
        R::UsedUp,
        R::NotIssued,
        R::NotAPermission,
        R::NotAsIssued,
    ];
    assert!(reasons.iter().all(|reason| reasons::is_told(reason.code())));
    let missing = [
        Missing::History,
        Missing::FresherHistory { as_of: time(NOW) },
        Missing::HistoryOfThisDocument,
        Missing::Kind { code: "x".into() },
    ];
    assert!(missing.iter().all(|missing| reasons::is_told(missing.code())));
}
