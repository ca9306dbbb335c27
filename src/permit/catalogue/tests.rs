use super::*;
use crate::permit::{Rule, Validity};

fn kind(code: &str) -> &'static Kind {
    Catalogue::builtin().kind(code).unwrap()
}

#[test]
fn the_built_in_catalogue_holds_the_nine_kinds_and_the_notices() {
    let codes: Vec<_> = Catalogue::builtin().kinds().iter().map(|kind| kind.code.as_str()).collect();
    assert_eq!(
        codes,
        [
            "licence.stm-activity",
            "licence.crypto-development",
            "licence.leakage-detection",
            "conclusion.stm-movement",
            "conclusion.crypto-movement",
            "conclusion.technical-study",
            "notification.crypto-goods",
            "permit.crypto-sale",
            "licence.foreign-trade",
            "refusal.reasoned",
            "refusal.incomplete",
            "notice.hearing",
            "notice.sample-request",
        ]
    );
    assert!(Catalogue::builtin().kind("licence.fishing").is_none());
}

#[test]
fn terms_and_fees_are_those_of_the_orders() {
    let terms = |code| kind(code).term.as_ref().map(|term| (term.working_days, term.reissue_working_days));
    let fees = |code| kind(code).fee.map(|fee| (fee.issue_mci.to_string(), fee.reissue_mci.map(|mci| mci.to_string())));
    assert_eq!(terms("licence.stm-activity"), Some((15, Some(3))));
    assert_eq!(fees("licence.stm-activity"), Some(("20".into(), Some("2".into()))));
    assert_eq!(fees("licence.crypto-development"), Some(("9".into(), Some("0.9".into()))));
    assert_eq!(terms("conclusion.stm-movement"), Some((8, None)));
    assert_eq!(fees("conclusion.stm-movement"), None);
    assert_eq!(fees("permit.crypto-sale"), Some(("9".into(), None)));
    assert_eq!(kind("licence.foreign-trade").term.as_ref().unwrap().extended_working_days, Some(10));
}

#[test]
fn grounds_of_refusal_are_those_of_each_annex() {
    let has = |code, ground: &str| kind(code).refusal_grounds.iter().any(|known| known.code == ground);
    assert!(has("conclusion.stm-movement", "national-security"));
    assert!(!has("conclusion.crypto-movement", "national-security"));
    assert!(has("notification.crypto-goods", "negative-examination"));
    assert!(has("licence.stm-activity", "enforcement-ban") && !has("permit.crypto-sale", "enforcement-ban"));
    // Order 34, annex 8, p. 9 does not name the unpaid fee, unlike annexes 1 to 3.
    assert!(has("licence.stm-activity", "fee-not-paid") && !has("permit.crypto-sale", "fee-not-paid"));
    assert!(has("licence.foreign-trade", "quota-exhausted"));
}

#[test]
fn only_the_three_licences_of_order_34_are_reissued() {
    let reissued: Vec<_> =
        Catalogue::builtin().kinds().iter().filter(|kind| !kind.reissue_grounds.is_empty()).collect();
    assert_eq!(reissued.len(), 3);
    for kind in Catalogue::builtin().kinds() {
        let supersedes = kind.life.contains(&ActionKind::Supersede);
        assert_eq!(supersedes, !kind.reissue_grounds.is_empty(), "{}", kind.code);
    }
}

#[test]
fn the_foreign_trade_licence_holds_as_its_subtype_says() {
    let licence = kind("licence.foreign-trade");
    assert_eq!(licence.validity_of(&["one-off".into()]), Validity::AtMostOneYear);
    assert_eq!(licence.validity_of(&["exclusive".into()]), Validity::TermOfAct);
    assert_eq!(licence.validity_of(&[]), Validity::BySubtype);
}

#[test]
fn goods_that_are_written_off_are_a_list_with_quantities() {
    for kind in Catalogue::builtin().kinds() {
        assert_eq!(kind.write_off.is_some(), kind.life.contains(&ActionKind::WriteOff), "{}", kind.code);
        let Some(list) = &kind.write_off else { continue };
        let Rule::List { of, .. } = &kind.field(list).unwrap().rule else { panic!("{list} is a list") };
        let Rule::Object { fields, .. } = &of.rule else { panic!("{list} is a list of objects") };
        let quantity = fields.iter().find(|field| field.name == "quantity").unwrap();
        assert!(quantity.required && matches!(quantity.rule, Rule::Decimal { .. }));
    }
}

#[test]
fn forms_can_be_shown_to_programs() {
    let shown = serde_json::to_value(kind("conclusion.crypto-movement")).unwrap();
    let fields = shown["form"]["fields"].as_array().unwrap();
    let movement = fields.iter().find(|field| field["name"] == "movement").unwrap();
    assert_eq!((&movement["type"], &movement["required"]), (&"code".into(), &true.into()));
    assert_eq!(movement["codes"][4]["code"], "transit");
    assert_eq!(shown["numbering"], serde_json::json!({ "scheme": "portal", "series": "CRM" }));
    assert_eq!(shown["life"].as_array().unwrap().last().unwrap(), "write-off");
}

/// The built-in text with one piece replaced.
fn changed(from: &str, to: &str) -> Result<Catalogue, CatalogueError> {
    let text = include_str!("../catalogue.toml");
    assert!(text.contains(from), "{from}");
    Catalogue::parse(&text.replacen(from, to, 1))
}

#[test]
fn a_broken_catalogue_is_refused() {
    use CatalogueError as E;
    assert!(matches!(changed("catalogue/1", "catalogue/2"), Err(E::Schema)));
    assert!(matches!(changed("\"@movement\"", "\"@moving\""), Err(E::Unresolved { .. })));
    assert!(matches!(changed("\"transit_country?\"", "\"transit?\""), Err(E::Unresolved { .. })));
    assert!(matches!(changed("series = \"CRD\"", "series = \"STA\""), Err(E::Duplicate { .. })));
    assert!(matches!(changed("series = \"CRD\"", "series = \"crd\""), Err(E::Unresolved { .. })));
    assert!(matches!(changed("\"place?\"", "\"activity\""), Err(E::Duplicate { .. })));
    assert!(matches!(changed("en = \"Purpose\"", "en = \" \""), Err(E::Words { .. })));
    assert!(matches!(changed("of = \"annex\"", "of = \"annexes\""), Err(E::Depth { .. })));
    assert!(matches!(changed("least = ", "lest = "), Err(E::Toml(_))));
    assert!(matches!(changed("\"first-head\"", "\"head\""), Err(E::Unresolved { .. })));
    assert!(matches!(changed("exclusive = [\"iin\"", "exclusive = [\"inn\""), Err(E::Unresolved { .. })));
    assert!(matches!(
        changed("purpose = { type = \"text\", max = 1000", "purpose = { type = \"text\""),
        Err(E::Field { .. })
    ));
    assert!(matches!(changed("of = \"annex\", max = 100", "of = \"annex\", max = 1001"), Err(E::Field { .. })));
    assert!(changed("of = \"annex\", max = 100", "of = \"annex\", max = 1000").is_ok());
    assert!(matches!(changed("write_off = \"goods\"", "write_off = \"items\""), Err(E::Unresolved { .. })));
}
