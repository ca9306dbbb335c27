//! Which CRLs tell about a certificate, and who may sign them (RFC 5280 §6.3.3).

use super::*;
use crate::x509::Name;

fn full_name(name: &[u8]) -> Vec<u8> {
    der::context(0, &der::context(0, name))
}

fn uri(text: &str) -> Vec<u8> {
    der::context_primitive(6, text.as_bytes())
}

fn directory(name: &Name) -> Vec<u8> {
    der::context(4, name.raw())
}

fn flag(number: u8) -> Vec<u8> {
    der::context_primitive(number, &[0xff])
}

/// An issuingDistributionPoint on a list.
fn scoped(list: CrlRecipe, fields: &[&[u8]]) -> CrlRecipe {
    list.with(oids::ISSUING_DISTRIBUTION_POINT, true, &der::sequence(fields))
}

/// A leaf with one distribution point of these fields.
fn pointing(fields: &[&[u8]]) -> Recipe {
    let points = der::sequence(&[&der::sequence(fields)]);
    Recipe::leaf("leaf").with(oids::CRL_DISTRIBUTION_POINTS, false, points)
}

fn three(fields: &[&[u8]]) -> Three {
    Three::of(&Recipe::ca("root"), &Recipe::ca("centre"), &pointing(fields))
}

const PLACE: &str = "http://crl.example/1.crl";

#[test]
fn a_list_of_one_place_counts_for_certificates_that_name_it() {
    // (b)(2)(i)
    let there = scoped(CrlRecipe::new(1), &[&full_name(&uri(PLACE))]);
    assert_eq!(three(&[&full_name(&uri(PLACE))]).under(&there), Ok(3));
    let elsewhere = three(&[&full_name(&uri("http://crl.example/2.crl"))]);
    assert_eq!(elsewhere.under(&there), unknown(RevocationUnknown::NotUnderstood));
    assert_eq!(Three::new().under(&there), unknown(RevocationUnknown::NotUnderstood), "no place named");
    // A list of the whole counts wherever it is found: Kazakh certificates name the files of other centres.
    assert_eq!(elsewhere.under(&CrlRecipe::new(1)), Ok(3));
}

#[test]
fn a_relative_name_stands_behind_that_of_the_issuer() {
    // §4.2.1.13
    let set = |text: &str| {
        let pair = der::sequence(&[&der::oid(oids::COMMON_NAME), &der::utf8_string(text)]);
        der::context(0, &der::context(1, &pair))
    };
    let list = |text: &str| scoped(CrlRecipe::new(1), &[&set(text)]);
    let leaf = three(&[&set("part 1")]);
    assert_eq!(leaf.under(&list("part 1")), Ok(3));
    assert_eq!(leaf.under(&list("part 2")), unknown(RevocationUnknown::NotUnderstood));
}

#[test]
fn reasons_are_united_until_all_are_covered() {
    // (d), (e): keyCompromise and cACompromise here, the others there.
    let three = Three::new();
    let some = |number, bits: &[u8]| scoped(CrlRecipe::new(number), &[&der::context_primitive(3, bits)]);
    let compromise = some(1, &[5, 0x60]);
    let others = some(2, &[7, 0x1f, 0x80]);
    let under = |lists: &[&CrlRecipe]| {
        let world = lists.iter().fold(three.bare(), |world, list| world.with_crl(three.centre.crl(list)));
        answer(world.ask(&three.leaf))
    };
    assert_eq!(under(&[&compromise]), unknown(RevocationUnknown::ReasonsMissing));
    assert_eq!(under(&[&others]), unknown(RevocationUnknown::ReasonsMissing));
    assert_eq!(under(&[&compromise, &others]), Ok(3));
    assert_eq!(under(&[&others, &compromise]), Ok(3));
    let stale = others.clone().until(Some(day(99)));
    assert_eq!(under(&[&compromise, &stale]), unknown(RevocationUnknown::Stale { next_update: Some(day(99)) }));
    let revoking = others.revoke(7, day(50), &[reason(4)]);
    assert_eq!(under(&[&compromise, &revoking]), revoked(day(50), Some(RevocationReason::Superseded)));
}

/// A centre whose certificates leave their revocation to another authority under the same root.
struct Indirect {
    three: Three,
    other: Entity,
}

impl Indirect {
    fn new() -> Self {
        let name = directory(&pki::name("lists"));
        let three = three(&[&der::context(2, &name)]);
        let other = three.root.issue(&Recipe::leaf("lists").serial(8).key_usage(CRL_SIGN), "lists");
        Self { three, other }
    }

    fn under(&self, list: &CrlRecipe) -> Answer {
        answer(self.three.bare().with(&self.other).with_crl(self.other.crl(list)).ask(&self.three.leaf))
    }
}

fn named(issuer: &Name) -> Vec<u8> {
    encode_extension(oids::CERTIFICATE_ISSUER, true, &der::sequence(&[&directory(issuer)]))
}

#[test]
fn an_indirect_list_tells_about_the_certificates_that_leave_it_to_its_issuer() {
    // (b)(1)
    let indirect = Indirect::new();
    let list = scoped(CrlRecipe::new(1), &[&flag(4)]);
    assert_eq!(indirect.under(&list), Ok(3));
    assert_eq!(indirect.under(&CrlRecipe::new(1)), unknown(RevocationUnknown::NotUnderstood), "not indirect");
    // Its entries name the issuer; without a name they are about its own certificates.
    let centre = indirect.three.centre.certificate.subject();
    let entry = |extensions: &[Vec<u8>]| indirect.under(&list.clone().revoke(7, day(50), extensions));
    assert_eq!(entry(&[named(centre)]), revoked(day(50), None));
    assert_eq!(entry(&[]), Ok(3));
    assert_eq!(entry(&[named(&pki::name("somebody"))]), Ok(3));
    // Nobody else's word is asked for.
    let other = Three::new();
    let world = other.bare().with(&indirect.other).with_crl(indirect.other.crl(&list));
    assert_eq!(answer(world.ask(&other.leaf)), unknown(RevocationUnknown::NoEvidence));
}

#[test]
fn the_signer_of_an_indirect_list_has_a_path_of_its_own_to_the_same_anchor() {
    // (f)
    let Indirect { three, other } = Indirect::new();
    let list = scoped(CrlRecipe::new(1), &[&flag(4)]);
    let refused = unknown(RevocationUnknown::NotFromIssuer);
    let with = |signer: &Entity, world: World| answer(world.with(signer).with_crl(signer.crl(&list)).ask(&three.leaf));
    assert_eq!(with(&other, three.bare()), Ok(3));
    let own = root(&Recipe::ca("lists"), "self-made");
    assert_eq!(with(&own, three.bare()), refused, "no path");
    let foreign = root(&Recipe::ca("foreign"), "foreign");
    let signer = foreign.issue(&Recipe::leaf("lists").key_usage(CRL_SIGN), "lists");
    let two = World::trusting(&[&three.root, &foreign]).with(&three.centre);
    let two = two.with_crl(three.root.crl(&CrlRecipe::new(1))).with_crl(foreign.crl(&CrlRecipe::new(1)));
    assert_eq!(with(&signer, two), refused, "another anchor");
    let silent = three.root.issue(&Recipe::leaf("lists").serial(8), "lists");
    assert_eq!(with(&silent, three.bare()), refused, "no cRLSign");
    let ended = Recipe::leaf("lists").serial(8).key_usage(CRL_SIGN).valid(day(0), day(89));
    assert_eq!(with(&three.root.issue(&ended, "lists"), three.bare()), refused, "ended before it signed");
    let revoking = three.root.crl(&CrlRecipe::new(2).from(day(91)).revoke(8, day(50), &[]));
    assert_eq!(with(&other, three.bare().with_crl(revoking)), refused, "revoked");
}

#[test]
fn a_signer_of_lists_does_not_vouch_for_itself() {
    // D-17: the signer's own certificate is left to the list it signs.
    let name = directory(&pki::name("lists"));
    let three = three(&[&der::context(2, &name)]);
    let points = der::sequence(&[&der::sequence(&[&der::context(2, &name)])]);
    let recipe = Recipe::leaf("lists").serial(8).key_usage(CRL_SIGN).with(oids::CRL_DISTRIBUTION_POINTS, false, points);
    let signer = three.centre.issue(&recipe, "lists");
    let list = scoped(CrlRecipe::new(1), &[&flag(4)]);
    let world = three.bare().with(&signer).with_crl(signer.crl(&list));
    assert_eq!(answer(world.ask(&three.leaf)), unknown(RevocationUnknown::NotFromIssuer));
}

#[test]
fn an_end_entity_signs_no_lists_for_its_centre() {
    let three = Three::new();
    let list = CrlRecipe::new(1);
    let in_its_own_name = three.leaf.crl(&list);
    let in_the_centres = list.sign(three.centre.certificate.subject(), &three.leaf.key);
    let told = |crl| answer(three.bare().with_crl(crl).ask(&three.leaf));
    assert_eq!(told(in_its_own_name), unknown(RevocationUnknown::NoEvidence));
    assert_eq!(told(in_the_centres), unknown(RevocationUnknown::NotFromIssuer));
    // Not even where the root gave somebody the centre's name for another use.
    let namesake = three.root.issue(&Recipe::leaf("centre").serial(8), "namesake");
    let world = three.bare().with(&namesake).with_crl(namesake.crl(&list));
    assert_eq!(answer(world.ask(&three.leaf)), unknown(RevocationUnknown::NotFromIssuer));
}

#[test]
fn another_key_of_the_centre_signs_its_lists() {
    // §3.2, D-17: one made for lists alone, or one that the centre's key vouches for.
    let three = Three::new();
    let with = |signer: &Entity| {
        let world = three.bare().with(signer).with_crl(signer.crl(&CrlRecipe::new(1)));
        // The signer's own certificate is told about by the centre's first key.
        let scope = scoped(CrlRecipe::new(1), &[&full_name(&uri(PLACE))]);
        answer(world.with_crl(three.centre.crl(&scope)).ask(&three.leaf))
    };
    let for_lists = three.root.issue(&Recipe::leaf("centre").serial(8).key_usage(CRL_SIGN), "lists");
    assert_eq!(with(&for_lists), Ok(3));
    let point = der::sequence(&[&der::sequence(&[&full_name(&uri(PLACE))])]);
    let next = Recipe::ca("centre").serial(8).with(oids::CRL_DISTRIBUTION_POINTS, false, point);
    assert_eq!(with(&three.centre.issue(&next, "next")), Ok(3));
    let namesake = three.root.issue(&Recipe::ca("centre").serial(8), "namesake");
    assert!(with(&namesake).is_err(), "an authority of its own");
}

#[test]
fn no_other_authority_makes_a_key_for_the_centres_lists() {
    // D-17: neither a centre of its own name nor any other one below the anchor.
    let three = three(&[&full_name(&uri(PLACE))]);
    let namesake = three.root.issue(&Recipe::ca("centre").serial(8), "namesake");
    let sub = three.root.issue(&Recipe::ca("sub").serial(9), "sub");
    let for_lists = Recipe::leaf("centre").serial(11).key_usage(CRL_SIGN);
    let placed = scoped(CrlRecipe::new(1), &[&full_name(&uri(PLACE))]);
    let told = |signer: &Entity, lists: [&CrlRecipe; 2]| {
        let world = three.bare().with(&namesake).with(&sub).with(signer);
        let world = world.with_crl(namesake.crl(lists[0])).with_crl(sub.crl(&CrlRecipe::new(1)));
        answer(world.with_crl(signer.crl(lists[1])).ask(&three.leaf))
    };
    let plain = CrlRecipe::new(1);
    for other in [&namesake, &sub] {
        let signer = other.issue(&for_lists, "lists");
        assert!(told(&signer, [&plain, &plain]).is_err());
        assert!(told(&signer, [&plain, &placed]).is_err());
        let authority = other.issue(&Recipe::ca("centre").serial(11), "lists");
        assert!(told(&authority, [&plain, &placed]).is_err(), "the place that the leaf names");
    }
    assert_eq!(told(&three.root.issue(&for_lists, "lists"), [&plain, &plain]), Ok(3), "the key above the centre's");
}

#[test]
fn what_a_signer_of_lists_says_about_the_time_to_come_ends_with_its_path() {
    let three = Three::new();
    let ended = |end, at| {
        let recipe = Recipe::leaf("centre").serial(8).key_usage(CRL_SIGN).valid(day(0), end);
        let signer = three.root.issue(&recipe, "lists");
        let world = three.bare().with(&signer).with_crl(signer.crl(&CrlRecipe::new(1)));
        answer(world.ask_at(&three.leaf, at, day(100)))
    };
    assert_eq!(ended(day(100), day(100)), Ok(3));
    let last = day(99).plus_seconds(86_399);
    assert_eq!(ended(last, day(100)), unknown(RevocationUnknown::Stale { next_update: Some(day(100)) }));
    assert_eq!(ended(last, day(90)), Ok(3), "the past stays told");
}

#[test]
fn a_list_that_keeps_expired_certificates_tells_about_them() {
    // X.509 §9.5.2.8
    let leaf = Recipe::leaf("leaf").valid(day(0), day(80));
    let three = Three::of(&Recipe::ca("root"), &Recipe::ca("centre"), &leaf);
    let at_50 = |since| {
        let list = CrlRecipe::new(1).with(oids::EXPIRED_CERTS_ON_CRL, false, &der::generalized_time(since));
        answer(three.bare().with_crl(three.centre.crl(&list)).ask_at(&three.leaf, day(50), day(100)))
    };
    assert_eq!(at_50(day(80)), Ok(3));
    assert_eq!(at_50(day(81)), unknown(RevocationUnknown::OutOfTime));
}
