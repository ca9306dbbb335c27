//! What a book of paths answers is what would be answered without it, whatever was asked before.

use super::pki::learn;
use super::*;
use crate::time::Timestamp;

/// The instants around the moments that matter in the worlds below, and some between them.
fn instants() -> Vec<Timestamp> {
    let moments = [0, 40, 50, 60, 80, 90, 91, 94, 95, 98, 100, 110, 120, 130, 200, 300].map(day);
    let around = |moment: Timestamp| {
        let millis = moment.unix_millis();
        [-1, 0, 1, 999, 1000].map(|offset| Timestamp::from_unix_millis(millis.saturating_add(offset)))
    };
    moments.into_iter().flat_map(around).chain([day(-10), day(97), day(99), day(1000)]).collect()
}

/// Asks every question twice, in an order that lets later ones profit from earlier ones, and compares with no book.
fn compare(three: &Three, world: &World, carried: &Pool) -> usize {
    let (nothing, rules) = (Pool::default(), PathRules::default());
    let sources = Sources { anchors: &world.anchors, pools: [&nothing, &world.evidence, carried] };
    let links = learn(&three.leaf.certificate, &sources);
    let book = PathBook::new([&world.anchors, &nothing, &world.evidence], rules.clone());
    let mut held = 0;
    for _ in 0..2 {
        for at in instants() {
            for known_at in instants() {
                for proven_at in [None, Some(known_at)] {
                    let rules = PathRules { proven_at, ..rules.clone() };
                    let question = Question { target: &three.leaf.certificate, at, known_at, rules: &rules };
                    let told = validate_with_book(&question, &sources, &links, Some(&book));
                    let plain = validate(&question, &sources, &links);
                    held = usize::from(plain.is_ok()).saturating_add(held);
                    assert_eq!(told.as_ref().map(ValidatedPath::at).ok(), plain.as_ref().map(ValidatedPath::at).ok());
                    let (told, plain) = (answer(told), answer(plain));
                    assert_eq!(told, plain, "at {at}, known at {known_at}, proven at {proven_at:?}");
                }
            }
        }
    }
    assert!(book.len() < held, "nothing was remembered");
    held
}

fn revoking(at: Timestamp, extensions: &[Vec<u8>]) -> World {
    let three = Three::new();
    let later = CrlRecipe::new(2).from(day(110)).until(Some(day(130))).revoke(7, at, extensions);
    three.world().with_crl(three.centre.crl(&later))
}

#[test]
fn periods_lists_and_revocations_change_the_answer_at_the_same_instants_with_a_book_and_without() {
    let three = Three::of(
        &Recipe::ca("root").valid(day(0), day(300)),
        &Recipe::ca("centre").valid(day(50), day(200)),
        &Recipe::leaf("leaf").valid(day(60), day(130)),
    );
    assert!(compare(&three, &three.world(), &Pool::default()) > 0);
    let three = Three::new();
    for world in [
        revoking(day(100), &[]),
        revoking(day(100), &[reason(1), invalid_since(day(95))]),
        revoking(day(100), &[reason(6)]),
        revoking(day(95), &[invalid_since(day(80))]),
    ] {
        assert!(compare(&three, &world, &Pool::default()) > 0);
    }
}

#[test]
fn the_ends_of_those_who_sign_evidence_are_moments_too() {
    use super::answers::OcspRecipe;
    let three = Three::new();
    let purpose = der::sequence(&[&der::oid(oids::OCSP_SIGNING)]);
    let delegate = Recipe::leaf("responder")
        .serial(9)
        .valid(day(0), day(98))
        .with(oids::EXTENDED_KEY_USAGE, false, purpose)
        .with(oids::OCSP_NO_CHECK, false, der::null());
    // Its certificate comes with its answer alone.
    let responder = three.centre.issue(&delegate, "responder");
    let good = OcspRecipe::good(&three.leaf, &three.centre).until(Some(day(120))).carry(&responder);
    assert!(compare(&three, &three.bare().with_ocsp(good.sign(&responder)), &Pool::default()) > 0);
    let lists = Recipe::leaf("centre").serial(8).key_usage(CRL_SIGN).valid(day(0), day(98));
    let signer = three.root.issue(&lists, "lists");
    let world = three.bare().with(&signer).with_crl(signer.crl(&CrlRecipe::new(1)));
    assert!(compare(&three, &world, &Pool::default()) > 0);
    let dated = OcspRecipe::good(&three.leaf, &three.centre).revoked(day(94), Some(4)).with_single(
        oids::INVALIDITY_DATE,
        false,
        &der::generalized_time(day(91)),
    );
    assert!(compare(&three, &three.world().with_ocsp(dated.sign(&three.centre)), &Pool::default()) > 0);
}

#[test]
fn a_list_that_the_document_brings_is_heard_whatever_is_in_the_book() {
    let three = Three::new();
    let world = three.world();
    let (nothing, rules) = (Pool::default(), PathRules::default());
    let book = PathBook::new([&world.anchors, &nothing, &world.evidence], rules.clone());
    let ask = |carried: &Pool| {
        let sources = Sources { anchors: &world.anchors, pools: [&nothing, &world.evidence, carried] };
        let links = learn(&three.leaf.certificate, &sources);
        let question = Question { target: &three.leaf.certificate, at: day(100), known_at: day(100), rules: &rules };
        answer(validate_with_book(&question, &sources, &links, Some(&book)))
    };
    assert_eq!(ask(&nothing), Ok(3));
    assert_eq!(book.len(), 1);
    let mut carried = Pool::default();
    carried.add_crl(three.centre.crl(&CrlRecipe::new(2).from(day(95)).revoke(7, day(94), &[])));
    assert_eq!(ask(&carried), revoked(day(94), None));
    assert_eq!(ask(&nothing), Ok(3));
}

#[test]
fn a_book_of_other_evidence_or_other_rules_is_not_opened() {
    let three = Three::new();
    let (world, nothing, rules) = (three.world(), Pool::default(), PathRules::default());
    let book = PathBook::new([&world.anchors, &nothing, &world.evidence], rules.clone());
    let ask = |world: &World, rules: &PathRules| {
        let sources = Sources { anchors: &world.anchors, pools: [&nothing, &world.evidence, &nothing] };
        let links = learn(&three.leaf.certificate, &sources);
        let question = Question { target: &three.leaf.certificate, at: day(100), known_at: day(100), rules };
        answer(validate_with_book(&question, &sources, &links, Some(&book)))
    };
    assert_eq!(ask(&world, &rules), Ok(3));
    let more = three.world().with_crl(three.centre.crl(&CrlRecipe::new(2).from(day(95)).revoke(7, day(94), &[])));
    assert_eq!(ask(&more, &rules), revoked(day(94), None));
    assert!(ask(&World { evidence: three.bare().evidence, ..three.world() }, &rules).is_err());
    let strict = PathRules { intermediates_max: 0, ..rules };
    assert_eq!(ask(&world, &strict), one(Defect::PathLengthExceeded));
    assert_eq!(book.len(), 1);
}

#[test]
fn a_certificate_that_only_the_document_carries_makes_a_path_that_is_not_kept() {
    let three = Three::new();
    let (nothing, rules) = (Pool::default(), PathRules::default());
    let world = World::trusting(&[&three.root])
        .with_crl(three.root.crl(&CrlRecipe::new(1)))
        .with_crl(three.centre.crl(&CrlRecipe::new(1)));
    let mut carried = Pool::default();
    carried.add_certificate(three.centre.certificate.clone());
    let book = PathBook::new([&world.anchors, &nothing, &world.evidence], rules.clone());
    let sources = Sources { anchors: &world.anchors, pools: [&nothing, &world.evidence, &carried] };
    let links = learn(&three.leaf.certificate, &sources);
    let question = Question { target: &three.leaf.certificate, at: day(100), known_at: day(100), rules: &rules };
    assert_eq!(answer(validate_with_book(&question, &sources, &links, Some(&book))), Ok(3));
    assert!(book.is_empty());
}
