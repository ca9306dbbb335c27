use serde_json::json;

use super::*;
use crate::permit::Catalogue;
use crate::permit::content::tests::time;
use crate::permit::draft::tests::movement_draft;

fn kind(code: &str) -> &'static Kind {
    Catalogue::builtin().kind(code).unwrap()
}

fn record(action: Action) -> RecordContent {
    let draft = movement_draft();
    RecordContent {
        schema: RECORD_SCHEMA.into(),
        number: draft.number,
        sequence: 1,
        previous: None,
        action,
        reason: None,
        act: None,
        effective_at: time("2026-11-21T10:00:00Z"),
        recorded_at: time("2026-11-21T10:00:00Z"),
        issuing_body: draft.issuing_body,
        signer: draft.signer,
    }
}

fn because(grounds: &[&str], text: Option<&str>) -> ActionReason {
    let grounds = grounds.iter().map(|code| (*code).to_owned()).collect();
    ActionReason { grounds, text: text.map(str::to_owned) }
}

#[test]
fn the_issue_record_names_digest_dates_and_quantities() {
    let content = movement_draft().check(Catalogue::builtin()).unwrap().content;
    let issue = Action::issue(&content, kind(&content.kind)).unwrap();
    let Action::Issue { document, valid_until, quantities, .. } = &issue else { panic!("an issue") };
    assert_eq!(*document, content.digest().unwrap());
    assert_eq!(*valid_until, content.valid_until);
    assert_eq!(quantities.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10", "2.5"]);
    let mut bare = content.clone();
    bare.fields.remove("goods");
    assert_eq!(Action::issue(&bare, kind(&content.kind)), Err(RecordError::Quantities));
}

#[test]
fn records_read_back_to_the_same_octets() {
    let actions = [
        Action::Notice { document: Digest::of(b"n") },
        Action::Suspend,
        Action::Resume,
        Action::Terminate,
        Action::Supersede { successor: movement_draft().number },
        Action::Refuse { document: Digest::of(b"r") },
        Action::WriteOff { item: 1, quantity: "2.5".parse().unwrap() },
    ];
    for action in actions {
        let record =
            RecordContent { reason: Some(because(&["court-ban"], Some("сот шешімі"))), ..record(action) };
        let octets = record.encode().unwrap();
        assert_eq!(RecordContent::parse(&octets).unwrap(), record);
        let kind = serde_json::to_value(&record).unwrap()["action"]["type"].clone();
        assert_eq!(kind, record.action.kind().code());
    }
}

#[test]
fn a_record_written_otherwise_is_refused() {
    let written = record(Action::WriteOff { item: 0, quantity: "2.5".parse().unwrap() });
    let text = String::from_utf8(written.encode().unwrap()).unwrap();
    let refusal = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        RecordContent::parse(text.replacen(from, to, 1).as_bytes()).unwrap_err()
    };
    assert_eq!(refusal("\"2.5\"", "\"2.50\""), ContentError::NotCanonical);
    assert_eq!(refusal(",\"reason\":null", ""), ContentError::NotCanonical);
    assert_eq!(refusal("record/1", "permit/1"), ContentError::Schema);
    assert!(matches!(refusal("\"2.5\"", "2.5"), ContentError::Json { .. }));
    assert!(matches!(refusal("write-off", "write-on"), ContentError::Json { .. }));
    assert!(matches!(refusal("\"item\":0", "\"item\":-1"), ContentError::Json { .. }));
}

#[test]
fn what_never_happens_to_a_kind_is_refused() {
    let write_off = record(Action::WriteOff { item: 0, quantity: "1".parse().unwrap() });
    assert_eq!(write_off.check(kind("conclusion.crypto-movement")), Ok(()));
    let action = ActionKind::WriteOff;
    assert_eq!(write_off.check(kind("licence.stm-activity")), Err(RecordError::ActionNotOfKind { action }));
    let supersede = record(Action::Supersede { successor: movement_draft().number });
    let action = ActionKind::Supersede;
    let refusal = supersede.check(kind("conclusion.crypto-movement"));
    assert_eq!(refusal, Err(RecordError::ActionNotOfKind { action }));
}

#[test]
fn refusal_and_reissue_need_grounds_of_the_kind() {
    let kind = kind("licence.stm-activity");
    let refuse = |reason| RecordContent { reason, ..record(Action::Refuse { document: Digest::of(b"r") }) }.check(kind);
    assert_eq!(refuse(Some(because(&["court-ban", "fee-not-paid"], None))), Ok(()));
    assert_eq!(
        refuse(Some(because(&["court-ban", "quota-exhausted"], None))),
        Err(RecordError::GroundNotOfKind { index: 1 })
    );
    assert_eq!(refuse(Some(because(&[], Some("так")))), Err(RecordError::ReasonMissing { action: ActionKind::Refuse }));
    assert_eq!(refuse(None), Err(RecordError::ReasonMissing { action: ActionKind::Refuse }));
    let supersede = record(Action::Supersede { successor: movement_draft().number });
    let with =
        |grounds: &[&str]| RecordContent { reason: Some(because(grounds, None)), ..supersede.clone() }.check(kind);
    assert_eq!(with(&["entity-renamed-or-moved"]), Ok(()));
    assert_eq!(with(&["court-ban"]), Err(RecordError::GroundNotOfKind { index: 0 }));
}

#[test]
fn suspension_needs_words_and_an_act_needs_a_date() {
    let kind = kind("permit.crypto-sale");
    let suspend = RecordContent { reason: Some(because(&[], Some("Сот шешімі"))), ..record(Action::Suspend) };
    assert_eq!(suspend.check(kind), Ok(()));
    let silent = RecordContent { reason: Some(because(&[], Some(" "))), ..suspend.clone() };
    assert_eq!(silent.check(kind), Err(RecordError::ReasonMissing { action: ActionKind::Suspend }));
    let act: ActReference =
        serde_json::from_value(json!({ "name": "сот шешімі", "number": null, "date": "2026" })).unwrap();
    assert_eq!(RecordContent { act: Some(act), ..suspend }.check(kind), Err(RecordError::ActDate));
}
