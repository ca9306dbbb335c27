use serde_json::json;

use super::*;
use crate::permit::check::tests::movement;
use crate::permit::content::tests::time;

pub(in crate::permit) fn movement_draft() -> Draft {
    Draft {
        kind: "conclusion.crypto-movement".into(),
        number: Number::of_portal("CRM".parse().unwrap(), 42).unwrap(),
        subtypes: Vec::new(),
        issuing_body: Body {
            bin: "050000000009".into(), name: "Ұлттық қауіпсіздік комитеті".into()
        },
        issued_at: time("2026-11-21T10:00:00Z"),
        valid_from: time("2026-11-22T00:00:00Z"),
        valid_until: end_of_day("2027-05-31"),
        supersedes: None,
        signer: SignerClaim {
            position: "Бөлім басшысы".into(), full_name: "Тестов Тест Тестович".into()
        },
        input: movement(),
    }
}

fn trade_draft() -> Draft {
    Draft {
        kind: "licence.foreign-trade".into(),
        number: Number::of_licence("219".parse().unwrap(), 2026, "001".parse().unwrap(), 1).unwrap(),
        subtypes: vec!["one-off".into()],
        input: json!({
            "operation": "import",
            "applicant": { "name": "ТОО «Пример»", "bin": "050000000009" },
            "destination": "DE",
            "list_section": "2.19",
            "goods": [{ "hs_code": "8517", "description": "Шлюз", "quantity": "3", "unit": "шт", "value": "100.50" }],
            "grounds": [{ "name": "Заключение" }]
        }),
        ..movement_draft()
    }
}

fn faults(draft: Draft) -> Vec<(String, &'static str)> {
    let errors = draft.check(Catalogue::builtin()).err().unwrap_or_default();
    errors.into_iter().map(|error| (error.path, error.problem.code())).collect()
}

#[test]
fn a_good_draft_becomes_content_that_reads_back() {
    let drafted = movement_draft().check(Catalogue::builtin()).unwrap();
    assert_eq!(drafted.warnings, []);
    assert_eq!(drafted.content.edition, "nsc-34-2024-08-07");
    let octets = drafted.content.encode().unwrap();
    assert_eq!(DocumentContent::parse(&octets).unwrap(), drafted.content);
    assert_eq!(faults(trade_draft()), []);
}

#[test]
fn the_number_must_be_of_the_kind_and_hold() {
    let of = |number| faults(Draft { number, ..movement_draft() });
    let refused = [("number".to_owned(), "number-of-another-kind")];
    assert_eq!(of(Number::of_portal("STM".parse().unwrap(), 42).unwrap()), refused);
    assert_eq!(of(trade_draft().number), refused);
    let wrong = Number::Portal { check: 2, series: "CRM".parse().unwrap(), serial: 42 };
    assert_eq!(wrong.checksum(), ChecksumStanding::Fails);
    assert_eq!(of(wrong), refused);
}

#[test]
fn validity_follows_the_rule_of_the_kind() {
    let until = |draft: Draft, valid_until| faults(Draft { valid_until, ..draft });
    let refused = |code| [("valid_until".to_owned(), code)];
    assert_eq!(until(movement_draft(), None), refused("validity-needs-end"));
    assert_eq!(until(movement_draft(), Some(movement_draft().valid_from)), refused("validity-reversed"));
    let one_year = time("2027-11-22T00:00:00Z");
    assert_eq!(until(trade_draft(), Some(one_year)), []);
    assert_eq!(until(trade_draft(), Some(one_year.plus_seconds(1))), refused("validity-over-one-year"));
    let exclusive = Draft { subtypes: vec!["exclusive".into()], ..trade_draft() };
    assert_eq!(until(exclusive.clone(), Some(one_year.plus_seconds(1))), []);
    assert_eq!(until(exclusive, None), refused("validity-needs-end"));
}

#[test]
fn an_indefinite_conclusion_has_no_end() {
    let study = Draft {
        kind: "conclusion.technical-study".into(),
        number: Number::of_portal("TCS".parse().unwrap(), 1).unwrap(),
        valid_until: None,
        input: json!({
            "applicant": { "name": "ТОО «Пример»" },
            "application": { "number": "KZ18LAA00032760", "date": "2026-11-02" },
            "product": "Шлюз", "hs_code": "8517620009", "study_result": "2"
        }),
        ..movement_draft()
    };
    assert_eq!(faults(study.clone()), []);
    let ended = Draft { valid_until: end_of_day("2027-05-31"), ..study };
    assert_eq!(faults(ended), [("valid_until".to_owned(), "validity-has-no-end")]);
}

#[test]
fn subtypes_are_named_as_the_kind_has_them() {
    let with = |codes: &[&str]| {
        let subtypes = codes.iter().map(|code| (*code).to_owned()).collect();
        faults(Draft { subtypes, ..trade_draft() }).into_iter().map(|(_, code)| code).collect::<Vec<_>>()
    };
    assert_eq!(with(&[]), ["subtype-count"]);
    assert_eq!(with(&["one-off", "exclusive"])[0], "subtype-count");
    assert_eq!(with(&["general"]), ["code-unknown"]);
    let plain = Draft { subtypes: vec!["one-off".into()], ..movement_draft() };
    assert_eq!(faults(plain), [("subtypes".to_owned(), "subtype-count")]);
}

#[test]
fn only_kinds_that_are_reissued_supersede() {
    let supersedes = Some(Number::of_portal("CRM".parse().unwrap(), 1).unwrap());
    let draft = Draft { supersedes, ..movement_draft() };
    assert_eq!(faults(draft), [("supersedes".to_owned(), "kind-not-reissued")]);
    let number = Number::of_portal("CRD".parse().unwrap(), 2).unwrap();
    let licence = Draft {
        kind: "licence.crypto-development".into(),
        number: number.clone(),
        supersedes: Some(Number::parse("0042-ЛЦ/2009").unwrap()),
        input: json!({ "licensee": { "name": "ТОО «Пример»", "address": "Астана" }, "activity": "Разработка СКЗИ" }),
        ..movement_draft()
    };
    assert_eq!(faults(licence.clone()), []);
    let itself = Draft { supersedes: Some(number), ..licence };
    assert_eq!(faults(itself), [("supersedes".to_owned(), "supersedes-itself")]);
}

#[test]
fn a_service_is_refused_for_its_own_grounds_only() {
    let refusal = |service: &str, ground: &str| Draft {
        kind: "refusal.reasoned".into(),
        number: Number::of_portal("RFR".parse().unwrap(), 1).unwrap(),
        valid_until: None,
        input: json!({
            "applicant": { "name": "ТОО «Пример»" },
            "application": { "number": "KZ18LAA00032760", "date": "2026-11-02" },
            "service": service,
            "grounds": [{ "code": ground, "text": "Подробности" }]
        }),
        ..movement_draft()
    };
    let refused = |path: &str, code| [(path.to_owned(), code)];
    assert_eq!(faults(refusal("conclusion.stm-movement", "national-security")), []);
    let other = faults(refusal("conclusion.crypto-movement", "national-security"));
    assert_eq!(other, refused("grounds[0].code", "ground-of-another-service"));
    assert_eq!(faults(refusal("conclusion.stm-movement", "weather")), refused("grounds[0].code", "code-unknown"));
    assert_eq!(faults(refusal("notice.hearing", "court-ban")), refused("service", "code-unknown"));
}

#[test]
fn faults_of_envelope_and_form_are_told_together() {
    let mut draft = movement_draft();
    draft.signer.full_name.clear();
    draft.issuing_body.bin = "BIN1".into();
    draft.input = json!({ "purpose": 1 });
    let paths: Vec<_> = faults(draft).into_iter().map(|(path, _)| path).collect();
    for path in ["signer.full_name", "issuing_body.bin", "purpose", "goods"] {
        assert!(paths.iter().any(|found| found == path), "{path} in {paths:?}");
    }
    let unknown = Draft { kind: "licence.fishing".into(), ..movement_draft() };
    assert_eq!(faults(unknown), [("kind".to_owned(), "kind-unknown")]);
}

#[test]
fn what_could_not_be_read_again_is_not_drafted() {
    let beyond = Timestamp::from_unix_millis(i64::MAX);
    let draft = Draft { valid_until: Some(beyond), ..movement_draft() };
    assert_eq!(faults(draft), [(String::new(), "date-time-invalid")]);
}

#[test]
fn a_day_ends_when_the_next_begins_in_kazakhstan() {
    assert_eq!(end_of_day("2026-12-31"), Some(time("2026-12-31T19:00:00Z")));
    assert_eq!(end_of_day("2026-02-29"), None);
}
