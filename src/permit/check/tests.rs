use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::permit::{Catalogue, reasons};

fn form() -> &'static Form {
    &Catalogue::builtin().kind("conclusion.crypto-movement").unwrap().form
}

/// A conclusion as it should be; its BIN has a fitting check digit.
pub(in crate::permit) fn movement() -> Value {
    json!({
        "issued_to": { "name": "ТОО «Пример»", "address": "Астана, пр. Мәңгілік Ел, 1", "bin": "050000000009" },
        "application": { "number": "KZ18LAA00032760", "date": "2026-11-02" },
        "movement": "import",
        "list_section": "2.19",
        "goods": [
            { "hs_code": "8471300000", "description": "Ноутбук", "quantity": "10", "unit": "шт" },
            { "hs_code": "8517620009", "description": "Шлюз", "quantity": "2.5", "unit": "шт", "unit_code": "796" }
        ],
        "partner": { "name": "Example GmbH", "address": "Berlin", "country": "DE" },
        "partner_country": "DE",
        "purpose": "Для собственных нужд",
        "grounds": [{ "name": "Контракт", "number": "15/2026", "date": "2026-10-01" }]
    })
}

/// The faults of the input after one change, as path and code.
fn faults(pointer: &str, value: Value) -> Vec<(String, &'static str)> {
    let mut input = movement();
    if let Some(place) = input.pointer_mut(pointer) {
        *place = value;
    } else {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = input.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        parent.insert(name.into(), value);
    }
    let errors = form().check(&input).err().unwrap_or_default();
    errors.into_iter().map(|error| (error.path, error.problem.code())).collect()
}

fn fault(pointer: &str, value: Value) -> (String, &'static str) {
    let mut faults = faults(pointer, value);
    assert_eq!(faults.len(), 1, "{pointer}: {faults:?}");
    faults.remove(0)
}

#[test]
fn a_good_form_passes_unchanged_and_without_warnings() {
    let fields = form().check(&movement()).unwrap();
    assert_eq!(Value::Object(fields.values().clone()), movement());
    assert_eq!(fields.warnings(), []);
}

#[test]
fn every_missing_field_is_told_at_once() {
    let errors = form().check(&json!({})).unwrap_err();
    let required = form().fields.iter().filter(|field| field.required);
    assert_eq!(errors.len(), required.clone().count());
    for (error, field) in errors.iter().zip(required) {
        assert_eq!((error.path.as_str(), &error.problem), (field.name.as_str(), &FieldProblem::Missing));
    }
}

#[test]
fn faults_inside_lists_and_objects_name_their_place() {
    assert_eq!(faults("/goods/1/hs_code", json!("85176200")), []);
    assert_eq!(fault("/goods/1/hs_code", json!("851762000")), ("goods[1].hs_code".into(), "hs-code-invalid"));
    assert_eq!(fault("/goods/0/colour", json!("red")), ("goods[0].colour".into(), "field-unknown"));
    assert_eq!(fault("/partner/country", json!("GER")), ("partner.country".into(), "country-invalid"));
    assert_eq!(fault("/unheard", json!(1)), ("unheard".into(), "field-unknown"));
}

#[test]
fn each_type_refuses_its_nearest_neighbour() {
    let cases = [
        ("/purpose", json!(""), "text-too-short"),
        ("/purpose", json!("п".repeat(1001)), "text-too-long"),
        ("/purpose", json!(" Для нужд"), "text-surrounding-space"),
        ("/purpose", json!("Для\u{202e}нужд"), "text-forbidden-character"),
        ("/purpose", json!("Для\nнужд"), "text-forbidden-character"),
        ("/purpose", json!(null), "field-type"),
        ("/goods/0/quantity", json!(10), "field-type"),
        ("/goods/0/quantity", json!("1e1"), "decimal-invalid"),
        ("/goods/0/quantity", json!("0"), "decimal-too-small"),
        ("/goods/0/unit_code", json!("79a"), "digits-only"),
        ("/goods", json!([]), "list-too-short"),
        ("/goods", json!({}), "field-type"),
        ("/movement", json!("Import"), "code-unknown"),
        ("/application/date", json!("2026-02-29"), "date-invalid"),
        ("/application/date", json!("2026-2-02"), "date-invalid"),
        ("/application/date", json!("2026-02-28T00:00:00Z"), "date-invalid"),
        ("/application/number", json!("KZ 18"), "number-invalid"),
        ("/list_section", json!("2..19"), "section-invalid"),
        ("/issued_to/bin", json!("05000000000"), "identifier-invalid"),
        ("/issued_to/iin", json!("050000000009"), "fields-exclusive"),
        ("/issued_to", json!("ТОО"), "field-type"),
    ];
    for (pointer, value, code) in cases {
        assert_eq!(fault(pointer, value).1, code, "{pointer}");
    }
    assert_eq!(faults("/purpose", json!("п".repeat(1000))), []);
    assert_eq!(faults("/additional", json!("Первая строка\nвторая")), []);
    assert_eq!(faults("/goods/0/quantity", json!("0.000001")), []);
}

#[test]
fn conditions_on_neighbours_hold() {
    assert_eq!(fault("/movement", json!("transit")), ("transit_country".into(), "field-missing"));
    assert_eq!(fault("/movement", json!("temporary-import")), ("temporary_term".into(), "field-missing"));
    assert_eq!(faults("/movement", json!("export")), []);
}

#[test]
fn integers_have_bounds_and_no_fractions() {
    let form = &Catalogue::builtin().kind("notification.crypto-goods").unwrap().form;
    let category = |value: Value| {
        let input = json!({ "algorithms": [{ "name": "AES", "algorithm_purpose": "шифрование", "category": value }] });
        let errors = form.check(&input).unwrap_err();
        errors.iter().find(|error| error.path == "algorithms[0].category").map(|error| error.problem.code())
    };
    assert_eq!(category(json!(1)), None);
    assert_eq!(category(json!(0)), Some("number-too-small"));
    assert_eq!(category(json!(100)), Some("number-too-large"));
    assert_eq!(category(json!(1.0)), Some("field-type"));
    assert_eq!(category(json!("1")), Some("field-type"));
    assert_eq!(category(json!(u64::MAX)), Some("field-type"));
}

#[test]
fn doubtful_values_warn_and_pass() {
    let mut input = movement();
    input["issued_to"]["bin"] = json!("123456789021");
    input["application"]["number"] = json!("KZ12LAA00001234");
    input["partner"]["country"] = json!("UK");
    let fields = form().check(&input).unwrap();
    let warnings: Vec<_> = fields.warnings().iter().map(|error| error.problem.code()).collect();
    assert_eq!(warnings, ["identifier-check-digit", "number-checksum", "country-unassigned"]);
}

#[test]
fn a_hostile_form_gets_a_bounded_answer() {
    let many: Map<String, Value> = (0..5_000).map(|index| (format!("x{index}"), json!(1))).collect();
    let errors = form().check(&Value::Object(many)).unwrap_err();
    assert_eq!(errors.len(), PERMIT_FINDINGS_MAX.value + 1);
    assert_eq!(errors.last().unwrap().problem, FieldProblem::TooManyFindings);
    assert!(form().check(&json!([])).is_err());
}

#[test]
fn faults_are_told_in_three_languages() {
    let errors = form().check(&json!({ "movement": "flight" })).unwrap_err();
    let told = serde_json::to_value(&errors).unwrap();
    let movement = told.as_array().unwrap().iter().find(|error| error["path"] == "movement").unwrap();
    assert_eq!(movement["code"], "code-unknown");
    assert!(movement["hint"]["ru"].as_str().unwrap().contains("temporary-import"));
    assert!(errors.iter().all(|error| error.told().text.is_complete()));
}

#[test]
fn every_problem_has_its_sentence() {
    use FieldProblem as P;
    let problems = [
        P::Missing,
        P::Unknown,
        P::WrongType { expected: "list" },
        P::TooShort { min: 1 },
        P::TooLong { max: 1 },
        P::TooSmall { min: 1 },
        P::TooLarge { max: 1 },
        P::BelowLeast { least: Amount::ZERO },
        P::ForbiddenCharacter,
        P::SurroundingSpace,
        P::Date,
        P::DateTime,
        P::Decimal,
        P::Code { allowed: Vec::new() },
        P::Identifier,
        P::HsCode,
        P::Country,
        P::Digits,
        P::Currency,
        P::Section,
        P::Number,
        P::TooFewItems { min: 1 },
        P::TooManyItems { max: 1 },
        P::Exclusive { with: String::new() },
        P::TooManyFindings,
        P::InputTooLarge,
        P::KindUnknown,
        P::NumberOfAnotherKind,
        P::SubtypeCount { min: 0, max: 0 },
        P::SubtypeRepeated,
        P::GroundOfAnotherService,
        P::ValidityNeedsEnd,
        P::ValidityHasNoEnd,
        P::ValidityReversed,
        P::ValidityOverOneYear,
        P::NotReissued,
        P::SupersedesItself,
        P::CheckDigit,
        P::Checksum,
        P::CountryUnassigned,
    ];
    for problem in problems {
        assert!(reasons::is_told(problem.code()), "{problem:?}");
    }
}

pub(in crate::permit) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
    ];
    let names = prop_oneof![
        Just("goods".to_owned()),
        Just("application".to_owned()),
        Just("movement".to_owned()),
        Just("grounds".to_owned()),
        Just("bin".to_owned()),
        "\\PC{0,8}",
    ];
    leaf.prop_recursive(4, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(names.clone(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_input_is_answered_by_every_form(input in any_json()) {
        for kind in Catalogue::builtin().kinds() {
            if let Ok(fields) = kind.form.check(&input) {
                prop_assert_eq!(&Value::Object(fields.values().clone()), &input);
            }
        }
    }
}
