use proptest::prelude::*;

use super::*;
use crate::permit::content::tests::time;
use crate::permit::draft::tests::movement_draft;
use crate::permit::{Catalogue, DocumentContent, RECORD_SCHEMA, reasons};

/// A history in the making: each record is encoded, and "signed" by a prefix.
pub(in crate::permit) struct Script {
    records: Vec<(Vec<u8>, Vec<u8>)>,
    ledger: Ledger,
    pub(in crate::permit) document: DocumentContent,
}

impl Script {
    pub(in crate::permit) fn new() -> Self {
        let document = movement_draft().check(Catalogue::builtin()).unwrap().content;
        Self { records: Vec::new(), ledger: Ledger::new(), document }
    }

    /// A history that begins with the issue at `issued_at`.
    pub(in crate::permit) fn issued() -> Self {
        let mut script = Self::new();
        let action = script.issue();
        script.add(action, "2026-11-21T10:00:00Z", "2026-11-21T10:00:00Z");
        script
    }

    fn issue(&self) -> Action {
        Action::issue(&self.document, Catalogue::builtin().kind(&self.document.kind).unwrap()).unwrap()
    }

    fn record(&self, action: Action, effective_at: &str, recorded_at: &str) -> RecordContent {
        let record = RecordContent {
            schema: RECORD_SCHEMA.into(),
            number: self.document.number.clone(),
            sequence: 1,
            previous: None,
            action,
            reason: None,
            act: None,
            effective_at: time(effective_at),
            recorded_at: time(recorded_at),
            issuing_body: self.document.issuing_body.clone(),
            signer: self.document.signer.clone(),
        };
        record.at_place(self.ledger.next_place())
    }

    pub(in crate::permit) fn add(&mut self, action: Action, effective_at: &str, recorded_at: &str) -> &mut Self {
        let record = self.record(action, effective_at, recorded_at);
        self.add_record(&record)
    }

    fn add_record(&mut self, record: &RecordContent) -> &mut Self {
        let content = record.encode().unwrap();
        let signed = [b"signed:", content.as_slice()].concat();
        let (sequence, previous) = (record.sequence, record.previous);
        self.ledger.append(Claimed { sequence, previous, octets: &signed }).unwrap();
        self.records.push((content, signed));
        self
    }

    fn signed(&self) -> Vec<SignedRecord<'_>> {
        self.records.iter().map(|(content, signed)| SignedRecord { content, signed }).collect()
    }

    pub(in crate::permit) fn replay(&self) -> Result<History, HistoryError> {
        History::replay(&self.signed())
    }

    fn standing(&self, at: &str, known: &str) -> Standing {
        self.replay().unwrap().status_at(time(at), time(known)).standing
    }
}

const END: &str = "2030-01-01";

#[test]
fn a_document_is_suspended_resumed_and_terminated() {
    let mut script = Script::issued();
    script.add(Action::Suspend, "2026-12-01", "2026-12-01");
    script.add(Action::Resume, "2027-01-01", "2027-01-01");
    script.add(Action::Terminate, "2027-02-01", "2027-02-01");
    let history = script.replay().unwrap();
    assert_eq!(history.records().len(), 4);
    assert_eq!(history.issued_document(time(END)), script.document.digest().ok());
    let at = |at| script.standing(at, END);
    assert_eq!(at("2026-11-21T09:59:59Z"), Standing::Absent);
    assert_eq!(at("2026-11-21T10:00:00Z"), Standing::NotYetValid);
    assert_eq!(at("2026-11-22T00:00:00Z"), Standing::InForce);
    assert_eq!(at("2026-11-30T23:59:59.999Z"), Standing::InForce);
    assert_eq!(at("2026-12-01"), Standing::Suspended);
    assert_eq!(at("2027-01-01"), Standing::InForce);
    assert_eq!(at("2027-02-01"), Standing::Terminated);
    assert_eq!(at("2029-01-01"), Standing::Terminated);
}

#[test]
fn a_document_expires_by_its_own_date() {
    let script = Script::issued();
    assert_eq!(script.standing("2027-05-31T18:59:59.999Z", END), Standing::InForce);
    assert_eq!(script.standing("2027-05-31T19:00:00Z", END), Standing::Expired);
}

#[test]
fn what_was_known_then_differs_from_what_is_known_now() {
    let mut script = Script::issued();
    script.add(Action::Suspend, "2026-12-01", "2027-01-15");
    assert_eq!(script.standing("2026-12-10", "2026-12-10"), Standing::InForce);
    assert_eq!(script.standing("2026-12-10", "2027-01-14T23:59:59Z"), Standing::InForce);
    assert_eq!(script.standing("2026-12-10", "2027-01-15"), Standing::Suspended);
    assert_eq!(script.standing("2026-11-30", "2027-01-15"), Standing::InForce);
    assert_eq!(script.standing("2026-12-10", "2026-11-01"), Standing::Absent);
}

#[test]
fn a_planned_end_stays_unless_an_earlier_one_is_set() {
    let mut script = Script::issued();
    script.add(Action::Terminate, "2027-03-01", "2026-12-01");
    script.add(Action::Suspend, "2027-01-01", "2027-01-01");
    script.add(Action::Resume, "2027-01-10", "2027-01-10");
    assert_eq!(script.standing("2027-01-05", END), Standing::Suspended);
    assert_eq!(script.standing("2027-02-28", END), Standing::InForce);
    assert_eq!(script.standing("2027-03-01", END), Standing::Terminated);
    script.add(Action::Terminate, "2027-02-01", "2027-02-01");
    assert_eq!(script.standing("2027-02-28", END), Standing::Terminated);
    script.add(Action::Resume, "2027-04-01", "2027-04-01");
    let state = LifeState::Terminated;
    assert_eq!(script.replay(), Err(HistoryError::NotAllowed { sequence: 6, state, action: ActionKind::Resume }));
}

#[test]
fn nothing_is_issued_twice_even_backdated() {
    let mut script = Script::issued();
    let again = script.issue();
    script.add(again.clone(), "2026-11-21T10:00:00Z", END);
    let refused = Err(HistoryError::NotAllowed { sequence: 2, state: LifeState::InForce, action: ActionKind::Issue });
    assert_eq!(script.replay(), refused);
    let mut backdated = Script::issued();
    backdated.add(again, "2026-11-01", END);
    assert_eq!(backdated.replay(), refused);
}

#[test]
fn an_application_is_considered_and_refused() {
    let mut script = Script::new();
    script.add(Action::Notice { document: Digest::of(b"hearing") }, "2026-11-10", "2026-11-10");
    script.add(Action::Refuse { document: Digest::of(b"refusal") }, "2026-11-12", "2026-11-12");
    assert_eq!(script.standing("2026-11-11", END), Standing::UnderConsideration);
    assert_eq!(script.standing("2026-11-12", END), Standing::Refused);
    let issue = script.issue();
    script.add(issue, "2026-11-13", "2026-11-13");
    assert!(matches!(script.replay(), Err(HistoryError::NotAllowed { sequence: 3, .. })));
}

#[test]
fn a_reissue_names_its_successor() {
    let mut script = Script::issued();
    let successor = Number::of_portal("CRM".parse().unwrap(), 43).unwrap();
    script.add(Action::Supersede { successor: successor.clone() }, "2026-12-01", "2026-12-01");
    let history = script.replay().unwrap();
    let status = history.status_at(time("2026-12-01"), time(END));
    assert_eq!((status.standing, status.successor), (Standing::Superseded, Some(successor)));
    assert_eq!(history.status_at(time("2026-11-30"), time(END)).successor, None);
}

fn write_off(item: usize, quantity: &str) -> Action {
    Action::WriteOff { item, quantity: quantity.parse().unwrap() }
}

#[test]
fn quantities_are_written_off_until_nothing_is_left() {
    let mut script = Script::issued();
    script.add(write_off(0, "10"), "2026-12-01", "2026-12-01");
    script.add(write_off(1, "2.4"), "2026-12-02", "2026-12-02");
    assert_eq!(script.standing("2026-12-02", END), Standing::InForce);
    script.add(write_off(1, "0.1"), "2026-12-03", "2026-12-03");
    assert_eq!(script.standing("2026-12-02", END), Standing::InForce);
    assert_eq!(script.standing("2026-12-03", END), Standing::UsedUp);
    let status = script.replay().unwrap().status_at(time("2026-12-02"), time(END));
    assert_eq!(status.remaining.iter().map(ToString::to_string).collect::<Vec<_>>(), ["0", "0.1"]);
}

#[test]
fn more_than_is_left_cannot_be_written_off() {
    for (item, quantity) in [(1, "2.500001"), (2, "1"), (0, "0")] {
        let mut script = Script::issued();
        script.add(write_off(item, quantity), "2026-12-01", "2026-12-01");
        assert_eq!(script.replay(), Err(HistoryError::WriteOff { sequence: 2, item }), "{item} {quantity}");
    }
    let mut exact = Script::issued();
    assert!(exact.add(write_off(1, "2.5"), "2026-12-01", "2026-12-01").replay().is_ok());
}

#[test]
fn goods_are_cleared_only_while_the_document_is_valid() {
    let at = |effective: &str| {
        let mut script = Script::issued();
        script.add(write_off(0, "1"), effective, "2027-07-01").replay().map(|_| ())
    };
    let outside = Err(HistoryError::WriteOffOutsideValidity { sequence: 2 });
    assert_eq!(at("2026-11-21T23:59:59Z"), outside);
    assert_eq!(at("2026-11-22T00:00:00Z"), Ok(()));
    assert_eq!(at("2027-05-31T18:59:59Z"), Ok(()));
    assert_eq!(at("2027-05-31T19:00:00Z"), outside);
}

#[test]
fn a_late_write_off_counts_when_it_happened_and_changes_nothing_else() {
    let mut script = Script::issued();
    script.add(Action::Suspend, "2027-01-01", "2027-01-01");
    script.add(write_off(0, "1"), "2026-12-20", "2027-01-05");
    assert_eq!(script.standing("2027-01-02", END), Standing::Suspended);
    script.add(write_off(0, "1"), "2027-01-02", "2027-01-06");
    assert!(matches!(script.replay(), Err(HistoryError::NotAllowed { sequence: 4, .. })));
}

#[test]
fn records_must_be_of_one_document_and_one_body_and_in_order_of_writing() {
    let with = |change: fn(&mut RecordContent)| {
        let mut script = Script::issued();
        let mut record = script.record(Action::Suspend, "2026-12-01", "2026-12-01");
        change(&mut record);
        script.add_record(&record);
        script.replay().map(|_| ())
    };
    assert_eq!(with(|_| ()), Ok(()));
    let other = |record: &mut RecordContent| record.number = Number::parse("1").unwrap();
    assert_eq!(with(other), Err(HistoryError::AnotherDocument { sequence: 2 }));
    let body = |record: &mut RecordContent| record.issuing_body.bin = "123456789021".into();
    assert_eq!(with(body), Err(HistoryError::AnotherIssuingBody { sequence: 2 }));
    let early = |record: &mut RecordContent| record.recorded_at = time("2026-11-21T09:00:00Z");
    assert_eq!(with(early), Err(HistoryError::RecordedBackwards { sequence: 2 }));
}

#[test]
fn a_history_shows_what_was_dropped_changed_or_replaced() {
    let mut script = Script::issued();
    script.add(Action::Suspend, "2026-12-01", "2026-12-01");
    script.add(Action::Resume, "2026-12-02", "2026-12-02");
    let whole = script.signed();
    let dropped = [whole[0], whole[2]];
    assert!(matches!(History::replay(&dropped), Err(HistoryError::NotAllowed { .. } | HistoryError::Ledger(_))));
    let resigned = SignedRecord { signed: b"other", ..whole[0] };
    let broken = LedgerError::BrokenChain { sequence: 2 };
    assert_eq!(History::replay(&[resigned, whole[1]]), Err(HistoryError::Ledger(broken)));
    let unreadable = SignedRecord { content: b"{}", ..whole[0] };
    assert!(matches!(History::replay(&[unreadable]), Err(HistoryError::Unreadable { sequence: 1, .. })));
    assert_eq!(History::replay(&[]), Err(HistoryError::Empty));
    assert!(History::replay(&whole[..2]).is_ok());
}

#[test]
fn a_refused_record_leaves_the_history_as_it_was() {
    let script = Script::issued();
    let mut history = script.replay().unwrap();
    let before = history.clone();
    let record = script.record(Action::Resume, "2026-12-01", "2026-12-01");
    assert!(matches!(history.allows(&record), Err(HistoryError::NotAllowed { .. })));
    let content = record.encode().unwrap();
    assert!(history.push(SignedRecord { content: &content, signed: &content }).is_err());
    assert_eq!(history, before);
    let good = script.record(Action::Suspend, "2026-12-01", "2026-12-01");
    assert_eq!(history.allows(&good), Ok(()));
    let moved = RecordContent { sequence: 1, ..good.clone() };
    assert!(matches!(history.allows(&moved), Err(HistoryError::Ledger(LedgerError::OutOfSequence { .. }))));
    let unchained = RecordContent { previous: None, ..good };
    assert!(matches!(history.allows(&unchained), Err(HistoryError::Ledger(LedgerError::BrokenChain { .. }))));
}

#[test]
fn every_standing_has_its_words() {
    for standing in Standing::ALL {
        assert!(reasons::is_told(standing.code()), "{standing:?}");
        assert_eq!(serde_json::to_value(standing).unwrap(), standing.code());
    }
}

fn any_action() -> impl Strategy<Value = Action> {
    prop_oneof![
        Just(Action::Notice { document: Digest::of(b"n") }),
        Just(Action::Suspend),
        Just(Action::Resume),
        Just(Action::Suspend),
        Just(Action::Resume),
        Just(Action::Terminate),
        Just(Action::Supersede { successor: Number::Other("1".into()) }),
        Just(Action::Refuse { document: Digest::of(b"r") }),
        (0..3_usize, 0..4_u32).prop_map(|(item, quantity)| write_off(item, &quantity.to_string())),
        Just(Script::new().issue()),
    ]
}

fn day(day: i64) -> String {
    time("2026-11-21T10:00:00Z").plus_seconds(day.saturating_mul(86_400)).to_string()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is tried: what `allows` lets through replays, the history only grows, and the past as known stays.
    #[test]
    fn any_sequence_of_actions_gives_a_consistent_history(
        steps in prop::collection::vec((any_action(), -5..40_i64, 0..3_i64), 0..24),
    ) {
        let mut script = Script::issued();
        let mut now = 0;
        let mut known = Vec::new();
        for (action, effective, pause) in steps {
            now = pause.saturating_add(now);
            let history = script.replay().unwrap();
            let record = script.record(action, &day(effective), &day(now));
            if history.allows(&record).is_ok() {
                let (at, last) = (time(&day(effective.saturating_sub(1))), time(&day(now)).plus_seconds(-1));
                known.push((at, last, history.status_at(at, last)));
                script.add_record(&record);
                let status = script.replay().unwrap().status_at(record.effective_at, record.recorded_at);
                if record.action.kind() == ActionKind::Terminate {
                    prop_assert_eq!(status.standing, Standing::Terminated);
                }
            }
        }
        let history = script.replay().unwrap();
        for (at, last, status) in known {
            prop_assert_eq!(history.status_at(at, last), status);
        }
        let states = (-6..60).map(|n| history.status_at(time(&day(n)), time(END)).standing);
        let after_end = states.skip_while(|standing| !matches!(standing, Standing::Terminated | Standing::Superseded));
        let after_end: Vec<_> = after_end.collect();
        prop_assert!(after_end.iter().all(|standing| Some(standing) == after_end.first()));
    }
}
