//! Every defect by a PKI of its own; the same PKI without it passes.

use super::*;

#[test]
fn a_sound_path_is_proven_with_its_certificates_and_evidence() {
    let three = Three::new();
    let proof = three.world().ask(&three.leaf).unwrap();
    assert_eq!(proof.certificates().len(), 3);
    assert_eq!(proof.anchor(), Some(&three.root.certificate));
    assert_eq!(proof.at(), day(100));
    assert_eq!(proof.revocation().len(), 2);
    assert!(proof.revocation().iter().all(|s| matches!(s, RevocationStatus::Good(_))));
}

#[test]
fn periods_hold_from_their_first_second_to_their_last_and_no_longer() {
    // RFC 5280 §4.1.2.5: both ends belong to the period.
    let three = Three::of(&Recipe::ca("root"), &Recipe::ca("centre"), &Recipe::leaf("leaf").valid(day(95), day(105)));
    let at = |at| answer(three.world().ask_at(&three.leaf, at, day(110)));
    assert_eq!(at(day(95)), Ok(3));
    assert_eq!(at(day(105)), Ok(3));
    assert_eq!(at(day(95).plus_seconds(-1)), one(Defect::NotYetValid { not_before: day(95) }));
    assert_eq!(at(day(105).plus_seconds(1)), one(Defect::Expired { not_after: day(105) }));
}

#[test]
fn an_intermediate_certificate_has_a_period_too() {
    let three = Three::of(&Recipe::ca("root"), &Recipe::ca("centre").valid(day(0), day(99)), &Recipe::leaf("leaf"));
    assert_eq!(asked(&three), one(Defect::Expired { not_after: day(99) }));
}

#[test]
fn the_anchors_own_period_counts_where_the_policy_says_so() {
    let three = Three::of(&Recipe::ca("root").valid(day(0), day(99)), &Recipe::ca("centre"), &Recipe::leaf("leaf"));
    let under = |rule| answer(three.world().ask_under(&three.leaf, (day(100), day(100)), rule));
    assert_eq!(under(AnchorValidity::Checked), one(Defect::Expired { not_after: day(99) }));
    assert_eq!(under(AnchorValidity::Ignored), Ok(3));
}

#[test]
fn an_expired_anchor_is_not_renewed_by_a_certificate_that_anybody_could_write() {
    // The same name and key with a later end, signed by nobody: only what is in the snapshot is an anchor.
    let three = Three::of(&Recipe::ca("root").valid(day(0), day(99)), &Recipe::ca("centre"), &Recipe::leaf("leaf"));
    let stranger = root(&Recipe::ca("root"), "stranger");
    let forged = stranger.issue(&Recipe::ca("root").serial(9), "root");
    assert_eq!(forged.certificate.spki_der(), three.root.certificate.spki_der());
    assert_eq!(answer(three.world().with(&forged).ask(&three.leaf)), one(Defect::Expired { not_after: day(99) }));
}

#[test]
fn an_anchors_constraints_are_not_lifted_by_a_certificate_that_anybody_could_write() {
    let limited = Recipe::ca("root").basic_constraints(true, Some(0));
    let three = Three::of(&limited, &Recipe::ca("centre"), &Recipe::leaf("leaf"));
    assert_eq!(asked(&three), one(Defect::PathLengthExceeded));
    let stranger = root(&Recipe::ca("root"), "stranger");
    let forged = stranger.issue(&Recipe::ca("root").serial(9), "root");
    assert_eq!(answer(three.world().with(&forged).ask(&three.leaf)), one(Defect::PathLengthExceeded));
}

#[test]
fn a_certificate_that_takes_an_anchors_name_and_key_is_not_that_anchor() {
    let anchor = root(&Recipe::ca("root"), "root");
    let stranger = root(&Recipe::ca("root"), "stranger");
    let forged = stranger.issue(&Recipe::leaf("root"), "root");
    let world = World::trusting(&[&anchor]);
    assert_eq!(answer(world.ask(&anchor)), Ok(1));
    assert!(world.ask(&forged).is_err());
}

#[test]
fn an_authority_says_that_it_is_one() {
    // §6.1.4 (k)
    for centre in
        [Recipe::ca("centre").without(oids::BASIC_CONSTRAINTS), Recipe::ca("centre").basic_constraints(false, None)]
    {
        let three = Three::of(&Recipe::ca("root"), &centre, &Recipe::leaf("leaf"));
        assert_eq!(asked(&three), one(Defect::NotACa));
    }
}

#[test]
fn an_end_entity_cannot_issue() {
    let three = Three::new();
    let below = three.leaf.issue(&Recipe::leaf("below").serial(8), "below");
    let world = three.world().with(&three.leaf).with_crl(three.leaf.crl(&CrlRecipe::new(1)));
    let defects = answer(world.ask(&below)).unwrap_err();
    assert!(defects.contains(&Defect::NotACa) && defects.contains(&Defect::MayNotSignCertificates), "{defects:?}");
}

#[test]
fn key_usage_where_there_allows_signing_certificates() {
    // §6.1.4 (n)
    let with = |centre| asked(&Three::of(&Recipe::ca("root"), &centre, &Recipe::leaf("leaf")));
    assert_eq!(with(Recipe::ca("centre").key_usage(CRL_SIGN)), one(Defect::MayNotSignCertificates));
    assert_eq!(with(Recipe::ca("centre").without(oids::KEY_USAGE)), Ok(3));
}

#[test]
fn path_length_counts_the_authorities_below() {
    // §6.1.4 (l), (m)
    let limited = |n| Recipe::ca("root").basic_constraints(true, Some(n));
    let three = |n| asked(&Three::of(&limited(n), &Recipe::ca("centre"), &Recipe::leaf("leaf")));
    assert_eq!(three(0), one(Defect::PathLengthExceeded));
    assert_eq!(three(1), Ok(3));
    let direct = root(&limited(0), "root");
    let leaf = direct.issue(&Recipe::leaf("leaf"), "leaf");
    let world = World::trusting(&[&direct]).with_crl(direct.crl(&CrlRecipe::new(1)));
    assert_eq!(answer(world.ask(&leaf)), Ok(2));
}

#[test]
fn a_self_issued_authority_is_not_counted_and_the_next_one_is() {
    // §6.1.4 (l): the centre's key rollover certificate is self-issued.
    let root = root(&Recipe::ca("root"), "root");
    let old = root.issue(&Recipe::ca("centre").basic_constraints(true, Some(0)), "old");
    let new = old.issue(&Recipe::ca("centre").serial(8), "new");
    let leaf = new.issue(&Recipe::leaf("leaf"), "leaf");
    let world = || {
        World::trusting(&[&root])
            .with(&old)
            .with(&new)
            .with_crl(root.crl(&CrlRecipe::new(1)))
            .with_crl(old.crl(&CrlRecipe::new(1)))
            .with_crl(new.crl(&CrlRecipe::new(1)))
    };
    assert_eq!(answer(world().ask(&leaf)), Ok(4));
    let other = old.issue(&Recipe::ca("other").serial(9), "other");
    let below = other.issue(&Recipe::leaf("leaf"), "leaf");
    let refused = world().with(&other).with_crl(other.crl(&CrlRecipe::new(1))).ask(&below);
    assert_eq!(answer(refused), one(Defect::PathLengthExceeded));
}

#[test]
fn a_critical_extension_that_nobody_knows_ends_the_path_and_one_that_is_not_critical_does_not() {
    let nobodys = const_oid::ObjectIdentifier::new_unwrap("1.2.398.6.999.666");
    let with = |critical| Recipe::leaf("leaf").with(nobodys, critical, der::null());
    let at_leaf = |critical| asked(&Three::of(&Recipe::ca("root"), &Recipe::ca("centre"), &with(critical)));
    assert_eq!(at_leaf(true), one(Defect::UnknownCriticalExtension(nobodys)));
    assert_eq!(at_leaf(false), Ok(3));
    let centre = Recipe::ca("centre").with(nobodys, true, der::null());
    let three = Three::of(&Recipe::ca("root"), &centre, &Recipe::leaf("leaf"));
    assert_eq!(asked(&three), one(Defect::UnknownCriticalExtension(nobodys)));
}

#[test]
fn extensions_that_paths_need_are_readable_wherever_they_stand() {
    for oid in [oids::KEY_USAGE, oids::EXTENDED_KEY_USAGE] {
        let leaf = Recipe::leaf("leaf").with(oid, false, der::null());
        let three = Three::of(&Recipe::ca("root"), &Recipe::ca("centre"), &leaf);
        assert_eq!(asked(&three), one(Defect::UnreadableExtension(oid)), "{oid}");
    }
    let centre = Recipe::ca("centre").with(oids::BASIC_CONSTRAINTS, true, der::null());
    let three = Three::of(&Recipe::ca("root"), &centre, &Recipe::leaf("leaf"));
    assert_eq!(asked(&three), one(Defect::UnreadableExtension(oids::BASIC_CONSTRAINTS)));
}

#[test]
fn limits_that_do_not_read_are_never_passed_over() {
    for oid in [oids::NAME_CONSTRAINTS, oids::POLICY_CONSTRAINTS, oids::POLICY_MAPPINGS, oids::INHIBIT_ANY_POLICY] {
        for critical in [true, false] {
            let centre = Recipe::ca("centre").with(oid, critical, der::sequence(&[]));
            let three = Three::of(&Recipe::ca("root"), &centre, &Recipe::leaf("leaf"));
            assert_eq!(asked(&three), one(Defect::UnreadableExtension(oid)), "{oid}");
            let anchor = Recipe::ca("root").with(oid, critical, der::sequence(&[]));
            let three = Three::of(&anchor, &Recipe::ca("centre"), &Recipe::leaf("leaf"));
            assert_eq!(asked(&three), one(Defect::UnreadableExtension(oid)), "{oid} of an anchor");
        }
    }
}

#[test]
fn the_gravest_defect_of_several_is_told_among_all_of_them() {
    let centre = Recipe::ca("centre").without(oids::BASIC_CONSTRAINTS).valid(day(0), day(99));
    let three = Three::of(&Recipe::ca("root"), &centre, &Recipe::leaf("leaf").valid(day(101), day(365)));
    let defects = asked(&three).unwrap_err();
    let expected =
        [Defect::Expired { not_after: day(99) }, Defect::NotACa, Defect::NotYetValid { not_before: day(101) }];
    assert_eq!(defects, expected);
}

#[test]
fn the_certificate_at_fault_is_named() {
    let three = Three::of(&Recipe::ca("root"), &Recipe::ca("centre").valid(day(0), day(99)), &Recipe::leaf("leaf"));
    let rejection = three.world().ask(&three.leaf).unwrap_err();
    let [defect] = rejection.defects.as_slice() else { panic!("{rejection:?}") };
    assert_eq!((&defect.certificate, defect.is_target), (&three.centre.certificate, false));
    assert!(rejection.reaches_anchor);
}
