//! Revocation by CRL (RFC 5280 §5, §6.3).

use super::*;

/// Key compromise, hold and so on, by code (§5.3.1).
const KEY_COMPROMISE: u8 = 1;
const SUPERSEDED: u8 = 4;
const HOLD: u8 = 6;
const REMOVE_FROM_CRL: u8 = 8;

#[test]
fn without_a_list_nothing_is_known() {
    let three = Three::new();
    assert_eq!(answer(three.bare().ask(&three.leaf)), unknown(RevocationUnknown::NoEvidence));
    assert_eq!(three.under(&CrlRecipe::new(1)), Ok(3));
}

#[test]
fn an_authority_below_the_root_needs_a_list_too() {
    let three = Three::new();
    let world = World::trusting(&[&three.root]).with(&three.centre).with_crl(three.centre.crl(&CrlRecipe::new(1)));
    let rejection = world.ask(&three.leaf).unwrap_err();
    let [defect] = rejection.defects.as_slice() else { panic!("{rejection:?}") };
    assert_eq!(defect.defect, Defect::RevocationUnknown(RevocationUnknown::NoEvidence));
    assert!(!defect.is_target);
}

#[test]
fn a_list_holds_until_its_successor_is_due() {
    let three = Three::new();
    assert_eq!(three.under(&CrlRecipe::new(1).until(Some(day(100)))), Ok(3));
    let stale = day(100).plus_seconds(-1);
    let told = three.under(&CrlRecipe::new(1).until(Some(stale)));
    assert_eq!(told, unknown(RevocationUnknown::Stale { next_update: Some(stale) }));
    // RFC 5280 §5.1.2.5: nextUpdate must be there; without it nothing says that the list still holds.
    assert_eq!(three.under(&CrlRecipe::new(1).until(None)), unknown(RevocationUnknown::Stale { next_update: None }));
}

#[test]
fn a_list_from_the_future_is_not_known_yet() {
    let three = Three::new();
    let ahead = |at| CrlRecipe::new(1).from(at);
    assert_eq!(three.under(&ahead(day(100))), Ok(3));
    assert_eq!(three.under(&ahead(day(100).plus_seconds(1))), unknown(RevocationUnknown::OutOfTime));
}

#[test]
fn a_later_list_tells_about_an_earlier_time_until_the_certificate_ended() {
    let three = Three::of(&Recipe::ca("root"), &Recipe::ca("centre"), &Recipe::leaf("leaf").valid(day(0), day(95)));
    let at_50 =
        |crl: &CrlRecipe| answer(three.bare().with_crl(three.centre.crl(crl)).ask_at(&three.leaf, day(50), day(100)));
    assert_eq!(at_50(&CrlRecipe::new(1)), Ok(3));
    // A list from after the end may have dropped the certificate.
    assert_eq!(at_50(&CrlRecipe::new(1).from(day(96))), unknown(RevocationUnknown::OutOfTime));
}

#[test]
fn a_list_in_the_centres_name_under_another_key_says_nothing() {
    let three = Three::new();
    let impostor = root(&Recipe::ca("centre"), "impostor");
    let forged = impostor.crl(&CrlRecipe::new(2).from(day(99)));
    let world = three.bare().with(&impostor).with_crl(forged.clone());
    assert_eq!(answer(world.ask(&three.leaf)), unknown(RevocationUnknown::NotFromIssuer));
    // Nor does it take a true revocation back.
    let told = three.centre.crl(&CrlRecipe::new(1).revoke(7, day(50), &[]));
    assert_eq!(answer(three.bare().with_crl(told).with_crl(forged).ask(&three.leaf)), revoked(day(50), None));
}

#[test]
fn a_key_that_may_not_sign_lists_signs_none() {
    // §6.3.3 (f)
    let centre = Recipe::ca("centre").key_usage(KEY_CERT_SIGN);
    let three = Three::of(&Recipe::ca("root"), &centre, &Recipe::leaf("leaf"));
    assert_eq!(asked(&three), unknown(RevocationUnknown::NotFromIssuer));
}

#[test]
fn revocation_counts_from_its_own_instant() {
    let three = Three::new();
    let crl = three.centre.crl(&CrlRecipe::new(1).revoke(7, day(98), &[reason(SUPERSEDED)]));
    let at = |at| answer(three.bare().with_crl(crl.clone()).ask_at(&three.leaf, at, day(100)));
    assert_eq!(at(day(98).plus_seconds(-1)), Ok(3));
    assert_eq!(at(day(98)), revoked(day(98), Some(RevocationReason::Superseded)));
    // Another serial number is another certificate.
    assert_eq!(three.under(&CrlRecipe::new(1).revoke(8, day(50), &[])), Ok(3));
}

#[test]
fn an_authority_that_was_revoked_takes_everything_below_along() {
    let three = Three::new();
    let world = World::trusting(&[&three.root])
        .with(&three.centre)
        .with_crl(three.root.crl(&CrlRecipe::new(1).revoke(7, day(50), &[])))
        .with_crl(three.centre.crl(&CrlRecipe::new(1)));
    let rejection = world.ask(&three.leaf).unwrap_err();
    let [defect] = rejection.defects.as_slice() else { panic!("{rejection:?}") };
    assert_eq!((&defect.certificate, defect.is_target), (&three.centre.certificate, false));
}

#[test]
fn a_compromised_key_was_never_good_unless_its_authority_says_since_when() {
    let three = Three::new();
    let at = |at, entry: &[Vec<u8>]| {
        let crl = three.centre.crl(&CrlRecipe::new(1).revoke(7, day(80), entry));
        answer(three.bare().with_crl(crl).ask_at(&three.leaf, at, day(100)))
    };
    let why = Some(RevocationReason::KeyCompromise);
    assert_eq!(at(day(10), &[reason(KEY_COMPROMISE)]), revoked(day(80), why));
    let dated = [reason(KEY_COMPROMISE), invalid_since(day(40))];
    assert_eq!(at(day(40).plus_seconds(-1), &dated), Ok(3));
    assert_eq!(at(day(40), &dated), revoked(day(40), why));
}

#[test]
fn a_stated_time_is_not_believed_where_an_authority_above_was_revoked_before_it_is_proven() {
    let three = Three::new();
    let at = |proven_at, entry: &[Vec<u8>]| {
        let world = World::trusting(&[&three.root])
            .with(&three.centre)
            .with_crl(three.root.crl(&CrlRecipe::new(1).revoke(7, day(80), entry)))
            .with_crl(three.centre.crl(&CrlRecipe::new(1)));
        let rules = PathRules { proven_at, ..PathRules::default() };
        answer(world.ask_with(&three.leaf, (day(10), day(100)), &rules))
    };
    let why = Some(RevocationReason::KeyCompromise);
    let dated = [reason(KEY_COMPROMISE), invalid_since(day(40))];
    assert_eq!(at(Some(day(100)), &dated), revoked(day(40), why));
    assert_eq!(at(Some(day(40)), &dated), revoked(day(40), why));
    assert_eq!(at(Some(day(40).plus_seconds(-1)), &dated), Ok(3));
    // What is proven is asked about as ever.
    assert_eq!(at(None, &dated), Ok(3));
    // A compromise without a date counts for ever; no reason may be one.
    assert_eq!(at(Some(day(10)), &[reason(KEY_COMPROMISE)]), revoked(day(80), why));
    assert_eq!(at(Some(day(80)), &[]), revoked(day(80), None));
    assert_eq!(at(Some(day(80).plus_seconds(-1)), &[]), Ok(3));
    // An end without blame is none.
    assert_eq!(at(Some(day(100)), &[reason(SUPERSEDED)]), Ok(3));
    // A proof from before the time in question is none.
    assert_eq!(at(Some(day(0)), &dated), Ok(3));
}

#[test]
fn a_refusal_rests_on_what_revokes_and_on_nothing_that_anybody_may_have_made() {
    let three = Three::new();
    let told = three.centre.crl(&CrlRecipe::new(1).revoke(7, day(50), &[]));
    let forged = root(&Recipe::ca("centre"), "impostor").crl(&CrlRecipe::new(2));
    let rejection = three.bare().with_crl(told.clone()).with_crl(forged.clone()).ask(&three.leaf).unwrap_err();
    assert!(rejection.rests_on.contains(&told.fingerprint()) && !rejection.rests_on.contains(&forged.fingerprint()));
    assert!(rejection.rests_on.contains(&three.leaf.certificate.fingerprint()));
    // Whoever has a certificate makes others below it, and lists of them.
    let below = three.leaf.issue(&Recipe::leaf("below"), "below");
    let list = three.leaf.crl(&CrlRecipe::new(1).revoke(7, day(50), &[]));
    let rejection = three.world().with(&three.leaf).with_crl(list).ask(&below).unwrap_err();
    assert!(rejection.reaches_anchor && rejection.rests_on.is_empty(), "{rejection:?}");
}

#[test]
fn only_harmless_reasons_leave_the_stamps_of_a_revoked_authority_good() {
    // RFC 3161 §4
    let purposes = der::sequence(&[&der::oid(oids::TIME_STAMPING)]);
    let tsa = Recipe::leaf("tsa").with(oids::EXTENDED_KEY_USAGE, true, purposes);
    let three = Three::of(&Recipe::ca("root"), &Recipe::ca("centre"), &tsa);
    let invalid = invalid_since(day(40));
    for (code, harmless) in [
        (None, false),
        (Some(0), true),
        (Some(3), true),
        (Some(4), true),
        (Some(5), true),
        (Some(1), false),
        (Some(9), false),
    ] {
        let why = code.and_then(RevocationReason::from_code);
        let entry: Vec<Vec<u8>> = code.map(reason).into_iter().collect();
        let listed =
            |entry: &[Vec<u8>]| three.bare().with_crl(three.centre.crl(&CrlRecipe::new(1).revoke(7, day(80), entry)));
        let answer_of = super::answers::OcspRecipe::good(&three.leaf, &three.centre).revoked(day(80), code);
        for world in [listed(&entry), three.bare().with_ocsp(answer_of.sign(&three.centre))] {
            let at = |at| answer(world.ask_at(&three.leaf, at, day(100)));
            assert_eq!(at(day(10)), if harmless { Ok(3) } else { revoked(day(80), why) }, "{code:?}");
            assert_eq!(at(day(80)), revoked(day(80), why), "{code:?}");
        }
        // Whoever has the key writes any time: no invalidity date makes earlier ones good.
        let dated = listed(&[entry, vec![invalid.clone()]].concat());
        assert_eq!(answer(dated.ask_at(&three.leaf, day(39), day(100))).is_ok(), harmless, "{code:?}");
    }
}

#[test]
fn a_delta_makes_no_revocation_less_grave() {
    let three = Three::new();
    let told = |base: &[Vec<u8>], delta: &[Vec<u8>], at| {
        let base = three.centre.crl(&CrlRecipe::new(1).revoke(7, day(80), base));
        let delta = three.centre.crl(&CrlRecipe::delta(2, 1).revoke(7, day(92), delta));
        answer(three.bare().with_crl(base).with_crl(delta).ask_at(&three.leaf, at, day(100)))
    };
    let (compromised, superseded) = ([reason(KEY_COMPROMISE)], [reason(SUPERSEDED)]);
    let ever = revoked(day(80), Some(RevocationReason::KeyCompromise));
    assert_eq!(told(&compromised, &superseded, day(10)), ever);
    let worse = revoked(day(92), Some(RevocationReason::KeyCompromise));
    assert_eq!(told(&superseded, &compromised, day(10)), worse);
    assert_eq!(told(&superseded, &superseded, day(85)), revoked(day(80), Some(RevocationReason::Superseded)));
    // A hold that became a revocation.
    let held = [reason(HOLD)];
    assert_eq!(told(&held, &superseded, day(93)), revoked(day(92), Some(RevocationReason::Superseded)));
    assert_eq!(told(&held, &compromised, day(10)), worse);
    assert!(told(&compromised, &held, day(10)).is_err());
}

#[test]
fn an_invalidity_date_reaches_back_and_never_forward() {
    let three = Three::new();
    let at = |at, invalid| {
        let entry = [reason(SUPERSEDED), invalid_since(invalid)];
        let crl = three.centre.crl(&CrlRecipe::new(1).revoke(7, day(80), &entry));
        answer(three.bare().with_crl(crl).ask_at(&three.leaf, at, day(100))).is_ok()
    };
    assert!(at(day(59), day(60)));
    assert!(!at(day(60), day(60)));
    assert!(!at(day(80), day(95)));
}

#[test]
fn a_hold_is_not_good_and_may_be_lifted() {
    let three = Three::new();
    let held = CrlRecipe::new(1).revoke(7, day(80), &[reason(HOLD)]);
    assert_eq!(three.under(&held), one(Defect::OnHold { since: day(80) }));
    let both = |later: &CrlRecipe| {
        answer(three.bare().with_crl(three.centre.crl(&held)).with_crl(three.centre.crl(later)).ask(&three.leaf))
    };
    // A newer full list without the entry.
    assert_eq!(both(&CrlRecipe::new(2).from(day(95))), Ok(3));
    // A delta that removes it; one of another certificate leaves it.
    assert_eq!(both(&CrlRecipe::delta(2, 1).revoke(7, day(95), &[reason(REMOVE_FROM_CRL)])), Ok(3));
    let other = CrlRecipe::delta(2, 1).revoke(8, day(95), &[reason(REMOVE_FROM_CRL)]);
    assert_eq!(both(&other), one(Defect::OnHold { since: day(80) }));
}

#[test]
fn removal_lifts_a_hold_and_no_revocation() {
    // RFC 5280 §5.3.1: only a hold can be taken back.
    let three = Three::new();
    let base = CrlRecipe::new(1).revoke(7, day(80), &[reason(SUPERSEDED)]);
    let delta = CrlRecipe::delta(2, 1).revoke(7, day(95), &[reason(REMOVE_FROM_CRL)]);
    let world = three.bare().with_crl(three.centre.crl(&base)).with_crl(three.centre.crl(&delta));
    assert_eq!(answer(world.ask(&three.leaf)), revoked(day(80), Some(RevocationReason::Superseded)));
    // In a full list the reason has no meaning; the entry stands.
    assert!(three.under(&CrlRecipe::new(1).revoke(7, day(80), &[reason(REMOVE_FROM_CRL)])).is_err());
}

#[test]
fn a_delta_adds_to_its_base_and_is_nothing_without_it() {
    let three = Three::new();
    let delta = CrlRecipe::delta(2, 1).revoke(7, day(94), &[]);
    let with = |base: &CrlRecipe, delta: &CrlRecipe| {
        answer(three.bare().with_crl(three.centre.crl(base)).with_crl(three.centre.crl(delta)).ask(&three.leaf))
    };
    assert_eq!(with(&CrlRecipe::new(1), &CrlRecipe::delta(2, 1)), Ok(3));
    assert_eq!(with(&CrlRecipe::new(1), &delta), revoked(day(94), None));
    assert_eq!(three.under(&CrlRecipe::delta(2, 1)), unknown(RevocationUnknown::NoEvidence));
}

#[test]
fn a_delta_on_a_later_base_adds_nothing_but_a_revocation_is_never_forgotten() {
    let three = Three::new();
    let lifted = CrlRecipe::delta(6, 5).revoke(7, day(95), &[reason(REMOVE_FROM_CRL)]);
    let held = CrlRecipe::new(1).revoke(7, day(80), &[reason(HOLD)]);
    let world = three.bare().with_crl(three.centre.crl(&held)).with_crl(three.centre.crl(&lifted));
    assert_eq!(answer(world.ask(&three.leaf)), one(Defect::OnHold { since: day(80) }));
    let ended = three.centre.crl(&CrlRecipe::delta(6, 5).revoke(7, day(94), &[]));
    assert_eq!(answer(three.world().with_crl(ended).ask(&three.leaf)), revoked(day(94), None));
}

#[test]
fn a_list_from_after_the_certificates_end_may_still_tell_against_it() {
    let three = Three::of(&Recipe::ca("root"), &Recipe::ca("centre"), &Recipe::leaf("leaf").valid(day(0), day(95)));
    let at_50 = |entry: &[Vec<u8>]| {
        let late = three.centre.crl(&CrlRecipe::new(2).from(day(96)).revoke(7, day(94), entry));
        answer(three.world().with_crl(late).ask_at(&three.leaf, day(50), day(100)))
    };
    assert_eq!(at_50(&[reason(SUPERSEDED)]), Ok(3));
    assert_eq!(at_50(&[reason(KEY_COMPROMISE)]), revoked(day(94), Some(RevocationReason::KeyCompromise)));
}

#[test]
fn of_two_lists_made_at_one_time_the_one_that_revokes_is_heard() {
    let three = Three::new();
    let revoking = three.centre.crl(&CrlRecipe::new(2).revoke(7, day(80), &[]));
    let world = three.world();
    assert_eq!(answer(world.with_crl(revoking.clone()).ask(&three.leaf)), revoked(day(80), None));
    let other_order = three.bare().with_crl(revoking).with_crl(three.centre.crl(&CrlRecipe::new(1)));
    assert_eq!(answer(other_order.ask(&three.leaf)), revoked(day(80), None));
}

#[test]
fn a_delta_that_is_out_of_date_still_tells_what_it_knew() {
    let three = Three::new();
    let delta = CrlRecipe::delta(2, 1).revoke(7, day(94), &[]).until(Some(day(96)));
    let world = three.world().with_crl(three.centre.crl(&delta));
    assert_eq!(answer(world.ask(&three.leaf)), revoked(day(94), None));
}

#[test]
fn a_list_that_names_the_certificate_in_words_not_understood_leaves_it_unknown() {
    // RFC 5280 §5.3: such a list is not used to find a certificate good; an older one must not outvote it.
    let three = Three::new();
    let nobodys = const_oid::ObjectIdentifier::new_unwrap("1.2.398.6.999.666");
    let critical = encode_extension(nobodys, true, &der::null());
    let distribution_point = der::sequence(&[&der::context(0, &der::context(0, &[]))]);
    for strange in [
        CrlRecipe::new(2).revoke(7, day(94), std::slice::from_ref(&critical)),
        CrlRecipe::new(2).revoke(7, day(94), &[reason(7)]),
        CrlRecipe::new(2).revoke(7, day(94), &[]).with(nobodys, true, &der::null()),
        CrlRecipe::new(2).revoke(7, day(94), &[]).with(oids::ISSUING_DISTRIBUTION_POINT, true, &distribution_point),
        CrlRecipe::delta(2, 1).revoke(7, day(94), std::slice::from_ref(&critical)),
        CrlRecipe::delta(2, 1).revoke(7, day(94), &[reason(7)]),
    ] {
        let strange = strange.from(day(95));
        let told = answer(three.world().with_crl(three.centre.crl(&strange)).ask(&three.leaf));
        assert_eq!(told, unknown(RevocationUnknown::NotUnderstood));
    }
    // The same words about another certificate change nothing.
    let other = CrlRecipe::new(2).from(day(95)).revoke(8, day(94), &[critical]);
    assert_eq!(answer(three.world().with_crl(three.centre.crl(&other)).ask(&three.leaf)), Ok(3));
}

#[test]
fn a_list_counts_for_the_kind_of_certificate_it_is_about() {
    let three = Three::new();
    let scoped = |bits: &[Vec<u8>]| {
        let value = der::sequence(&bits.iter().map(Vec::as_slice).collect::<Vec<_>>());
        three.under(&CrlRecipe::new(1).with(oids::ISSUING_DISTRIBUTION_POINT, true, &value))
    };
    let flag = |number| der::context_primitive(number, &[0xff]);
    assert_eq!(scoped(&[]), Ok(3));
    assert_eq!(scoped(&[flag(1)]), Ok(3), "onlyContainsUserCerts");
    assert_eq!(scoped(&[flag(2)]), unknown(RevocationUnknown::NotUnderstood), "onlyContainsCACerts");
    assert_eq!(scoped(&[flag(1), flag(2)]), unknown(RevocationUnknown::NotUnderstood), "neither");
    assert_eq!(scoped(&[flag(5)]), unknown(RevocationUnknown::NotUnderstood), "onlyContainsAttributeCerts");
    assert_eq!(scoped(&[flag(4)]), Ok(3), "indirectCRL, its issuer's own certificates among them");
    let some_reasons = der::context_primitive(3, &[6, 0x40]);
    assert_eq!(scoped(&[some_reasons]), unknown(RevocationUnknown::ReasonsMissing), "onlySomeReasons");
}

#[test]
fn a_list_of_authorities_counts_for_authorities_alone() {
    let three = Three::new();
    let only = |number| {
        let value = der::sequence(&[&der::context_primitive(number, &[0xff])]);
        let crl = three.root.crl(&CrlRecipe::new(1).with(oids::ISSUING_DISTRIBUTION_POINT, true, &value));
        let world = World::trusting(&[&three.root]).with(&three.centre).with_crl(crl);
        answer(world.with_crl(three.centre.crl(&CrlRecipe::new(1))).ask(&three.leaf))
    };
    assert_eq!(only(2), Ok(3));
    assert_eq!(only(1), unknown(RevocationUnknown::NotUnderstood));
}

#[test]
fn a_list_with_entries_of_others_that_does_not_say_so_settles_nothing() {
    let three = Three::new();
    let issuer = encode_extension(oids::CERTIFICATE_ISSUER, true, &der::sequence(&[]));
    let crl = CrlRecipe::new(1).revoke(9, day(50), &[issuer]);
    assert_eq!(three.under(&crl), unknown(RevocationUnknown::NotUnderstood));
}

#[test]
fn the_newest_list_decides_and_without_it_the_older_one_does() {
    // Nothing can tell of a revocation that is not at hand: lists are in force until their successor is due.
    let three = Three::new();
    let newer = three.centre.crl(&CrlRecipe::new(2).from(day(95)).revoke(7, day(94), &[]));
    assert_eq!(answer(three.world().with_crl(newer).ask(&three.leaf)), revoked(day(94), None));
    assert_eq!(asked(&three), Ok(3));
}

#[test]
fn a_list_settles_only_what_the_same_key_issued() {
    // Two centres of one name and two keys: each speaks for its own certificates, serial numbers repeat.
    let three = Three::new();
    let namesake = three.root.issue(&Recipe::ca("centre").serial(8), "namesake");
    let crl = namesake.crl(&CrlRecipe::new(2).from(day(99)).revoke(7, day(50), &[]));
    let world = three.world().with(&namesake).with_crl(crl);
    assert_eq!(answer(world.ask(&three.leaf)), Ok(3));
    let other = namesake.issue(&Recipe::leaf("other"), "other");
    assert_eq!(answer(world.ask(&other)), revoked(day(50), None));
}
