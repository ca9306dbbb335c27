//! What a question may demand beside RFC 5280 §6.1.

use super::*;

#[test]
fn revocation_is_not_asked_about_where_the_rules_say_so() {
    let three = Three::new();
    let world = World::trusting(&[&three.root]).with(&three.centre);
    assert!(world.ask(&three.leaf).is_err());
    let rules = PathRules { revocation: RevocationRule::NotChecked, ..PathRules::default() };
    let proof = world.ask_by(&three.leaf, &rules).unwrap();
    assert!(proof.revocation().is_empty());
}

#[test]
fn a_target_that_names_purposes_names_the_one_demanded() {
    // RFC 5280 §4.2.1.12
    let named = |purposes: &[const_oid::ObjectIdentifier]| {
        let encoded: Vec<Vec<u8>> = purposes.iter().map(|p| der::oid(*p)).collect();
        let value = der::sequence(&encoded.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let leaf = Recipe::leaf("leaf").with(oids::EXTENDED_KEY_USAGE, false, value);
        let three = Three::of(&Recipe::ca("root"), &Recipe::ca("centre"), &leaf);
        let rules = PathRules { extended_key_usage: Some(oids::OCSP_SIGNING), ..PathRules::default() };
        answer(three.world().ask_by(&three.leaf, &rules))
    };
    assert_eq!(named(&[oids::EMAIL_PROTECTION]), one(Defect::NotForPurpose(oids::OCSP_SIGNING)));
    assert_eq!(named(&[oids::EMAIL_PROTECTION, oids::OCSP_SIGNING]), Ok(3));
    assert_eq!(named(&[oids::ANY_EXTENDED_KEY_USAGE]), Ok(3));
    let three = Three::new();
    let rules = PathRules { extended_key_usage: Some(oids::OCSP_SIGNING), ..PathRules::default() };
    assert_eq!(answer(three.world().ask_by(&three.leaf, &rules)), Ok(3));
}

#[test]
fn no_more_intermediates_stand_in_a_path_than_the_rules_allow() {
    // RFC 5280 §6.1.2 (k)
    let three = Three::new();
    let under =
        |n| answer(three.world().ask_by(&three.leaf, &PathRules { intermediates_max: n, ..PathRules::default() }));
    assert_eq!(under(0), one(Defect::PathLengthExceeded));
    assert_eq!(under(1), Ok(3));
}
