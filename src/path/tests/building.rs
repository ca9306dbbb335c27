//! Finding a path among what is at hand: names repeat, keys differ, order is nobody's friend.

use proptest::prelude::*;

use super::*;

#[test]
fn without_an_anchor_there_is_no_path() {
    let three = Three::new();
    let mut world = three.world();
    world.anchors = Pool::default();
    assert_eq!(answer(world.ask(&three.leaf)), one(Defect::NoIssuer));
    // The root at hand, but not trusted.
    let rejection = world.with(&three.root).ask(&three.leaf).unwrap_err();
    assert!(!rejection.reaches_anchor);
}

#[test]
fn without_the_issuing_centre_there_is_no_path() {
    let three = Three::new();
    let world = World::trusting(&[&three.root]);
    let rejection = world.ask(&three.leaf).unwrap_err();
    assert_eq!(rejection.defects.iter().map(|d| d.defect).collect::<Vec<_>>(), [Defect::NoIssuer]);
    assert_eq!(rejection.path, [three.leaf.certificate]);
}

#[test]
fn an_impostor_under_the_centres_name_signs_nothing() {
    let three = Three::new();
    let impostor = root(&Recipe::ca("centre"), "impostor");
    let forged = impostor.issue(&Recipe::leaf("leaf"), "leaf");
    let world = three.world().with(&impostor).with_crl(impostor.crl(&CrlRecipe::new(2)));
    assert!(world.ask(&forged).is_err());
    assert_eq!(answer(three.world().ask(&forged)).unwrap_err(), [Defect::SignatureInvalid]);
    // It does not poison the true path either.
    assert_eq!(answer(world.ask(&three.leaf)), Ok(3));
}

#[test]
fn among_centres_of_one_name_the_one_with_the_right_key_is_found() {
    let three = Three::new();
    let mut world = three.world();
    for serial in 20..40 {
        let other = three.root.issue(&Recipe::ca("centre").serial(serial), &format!("other {serial}"));
        world = world.with_crl(other.crl(&CrlRecipe::new(1))).with(&other);
    }
    let proof = world.ask(&three.leaf).unwrap();
    assert_eq!(proof.certificates().get(1), Some(&three.centre.certificate));
}

#[test]
fn a_wrong_hint_about_the_issuers_key_does_not_hide_the_path() {
    // RFC 5280 §4.2.1.1: the key identifier is a hint about where to look first.
    let hint = der::sequence(&[&der::context_primitive(0, &[9; 20])]);
    let leaf = Recipe::leaf("leaf").with(oids::AUTHORITY_KEY_IDENTIFIER, false, hint);
    let centre =
        Recipe::ca("centre").with(oids::SUBJECT_KEY_IDENTIFIER, false, subject_key_identifier(&pki::key("centre")));
    assert_eq!(asked(&Three::of(&Recipe::ca("root"), &centre, &leaf)), Ok(3));
}

#[test]
fn a_bad_path_does_not_hide_a_good_one() {
    // The centre was certified twice; the first certificate has expired.
    let three = Three::of(&Recipe::ca("root"), &Recipe::ca("centre").valid(day(0), day(50)), &Recipe::leaf("leaf"));
    assert!(asked(&three).is_err());
    let renewed = three.root.issue(&Recipe::ca("centre").serial(8), "centre");
    assert_eq!(answer(three.world().with(&renewed).ask(&three.leaf)), Ok(3));
}

#[test]
fn a_second_anchor_may_be_the_one_that_holds() {
    // Cross-certified: the first root's certificate for the centre has expired, the second one's has not.
    let three = Three::of(&Recipe::ca("root"), &Recipe::ca("centre").valid(day(0), day(50)), &Recipe::leaf("leaf"));
    let second = root(&Recipe::ca("second"), "second");
    let crossed = second.issue(&Recipe::ca("centre").serial(8), "centre");
    let mut world = three.world().with(&crossed).with_crl(second.crl(&CrlRecipe::new(1)));
    assert!(world.ask(&three.leaf).is_err());
    world.anchors.add_certificate(second.certificate.clone());
    assert_eq!(world.ask(&three.leaf).unwrap().anchor(), Some(&second.certificate));
}

#[test]
fn an_anchor_that_another_anchor_certified_still_leads_there() {
    // The old root has expired; the new root certified its key.
    let three = Three::of(&Recipe::ca("root").valid(day(0), day(50)), &Recipe::ca("centre"), &Recipe::leaf("leaf"));
    let new = root(&Recipe::ca("new root"), "new root");
    let crossed = new.issue(&Recipe::ca("root").serial(8), "root");
    let mut world = three.world().with(&crossed).with_crl(new.crl(&CrlRecipe::new(1)));
    assert!(world.ask(&three.leaf).is_err());
    world.anchors.add_certificate(new.certificate.clone());
    assert_eq!(answer(world.ask(&three.leaf)), Ok(4));
}

#[test]
fn circles_end() {
    // Two authorities that certified each other, and nobody else them.
    let one_root = root(&Recipe::ca("one"), "one");
    let two = one_root.issue(&Recipe::ca("two"), "two");
    let one_again = two.issue(&Recipe::ca("one"), "one");
    let leaf = one_again.issue(&Recipe::leaf("leaf"), "leaf");
    let stranger = root(&Recipe::ca("stranger"), "stranger");
    let world = World::trusting(&[&stranger]).with(&two).with(&one_again);
    assert!(!world.ask(&leaf).unwrap_err().reaches_anchor);
    let trusted = World::trusting(&[&one_root]).with(&two).with(&one_again).with_crl(one_root.crl(&CrlRecipe::new(1)));
    assert_eq!(answer(trusted.ask(&leaf)), Ok(2));
}

#[test]
fn a_path_longer_than_the_bound_is_given_up() {
    let anchor = root(&Recipe::ca("ca 0"), "ca 0");
    let mut world = World::trusting(&[&anchor]).with_crl(anchor.crl(&CrlRecipe::new(1)));
    let mut last = anchor;
    for level in 1..12 {
        let next = last.issue(&Recipe::ca(&format!("ca {level}")), &format!("ca {level}"));
        world = world.with(&next).with_crl(next.crl(&CrlRecipe::new(1)));
        let length = level + 1;
        let told = answer(world.ask(&next));
        if length <= 10 {
            assert_eq!(told, Ok(length), "{length} certificates");
        } else {
            assert_eq!(told, one(Defect::BudgetSpent), "{length} certificates");
        }
        last = next;
    }
}

#[test]
fn a_certificate_whose_algorithms_differ_outside_and_inside_is_not_signed() {
    // RFC 5280 §4.1.1.2: the algorithm outside is not covered by the signature.
    let three = Three::new();
    let der = three.leaf.certificate.der();
    let ed25519 = pki::key("leaf").signature_algorithm().algorithm_identifier_der();
    let outer = der.windows(ed25519.len()).rposition(|w| w == ed25519).unwrap();
    let mut changed = der.to_vec();
    // 1.3.101.112 becomes 1.3.101.113 (Ed448).
    *changed.get_mut(outer + ed25519.len() - 1).unwrap() = 113;
    let certificate = crate::x509::Certificate::parse(&changed).unwrap();
    let target = Entity { key: pki::key("leaf"), certificate };
    assert_eq!(answer(three.world().ask(&target)), one(Defect::SignatureInvalid));
}

#[test]
fn a_certificate_signed_with_an_unknown_algorithm_is_undecided_and_never_valid() {
    let three = Three::new();
    let ed25519 = pki::key("leaf").signature_algorithm().algorithm_identifier_der();
    let mut changed = three.leaf.certificate.der().to_vec();
    let places: Vec<usize> =
        (0..changed.len()).filter(|&at| changed.get(at..).is_some_and(|rest| rest.starts_with(&ed25519))).collect();
    // The SubjectPublicKeyInfo holds the same identifier between the two.
    for at in [places.first().unwrap(), places.last().unwrap()] {
        *changed.get_mut(at + ed25519.len() - 1).unwrap() = 113;
    }
    let certificate = crate::x509::Certificate::parse(&changed).unwrap();
    let target = Entity { key: pki::key("leaf"), certificate };
    assert_eq!(answer(three.world().ask(&target)), one(Defect::SignatureUnsupported));
}

#[test]
fn a_crowd_of_namesakes_ends_the_search_at_its_bound_and_is_never_accepted() {
    // 1,500 centres of one name: the search is given up, so a path that exists may be missed, but none is invented.
    let three = Three::new();
    let crowd: Vec<Entity> = (0..1_500)
        .map(|n: u32| {
            let serial = u8::try_from(n % 100).unwrap() + 20;
            three.root.issue(&Recipe::ca("centre").serial(serial), &format!("namesake {n}"))
        })
        .collect();
    let mut world = three.world();
    world.evidence = Pool::default();
    crowd.iter().for_each(|c| world.evidence.add_certificate(c.certificate.clone()));
    let late = world.with(&three.centre).with_crl(three.centre.crl(&CrlRecipe::new(1)));
    let late = late.with_crl(three.root.crl(&CrlRecipe::new(1)));
    assert_eq!(answer(late.ask(&three.leaf)), one(Defect::BudgetSpent));
    let nothing = Pool::default();
    let sources = Sources { anchors: &late.anchors, pools: [&nothing, &late.evidence, &nothing] };
    let mut wanted = LinkList::default();
    wanted.explore(&three.leaf.certificate, &sources);
    assert!(wanted.is_cut_short());
    let of_leaf = wanted.links().iter().filter(|l| l.link.signed == three.leaf.certificate.fingerprint());
    assert_eq!(of_leaf.count(), PATH_EDGES_MAX.value);
}

/// A root that its leaf and its lists name by key identifier.
fn keyed_root() -> (Entity, Entity, Vec<u8>) {
    let id = pki::subject_key_identifier(&pki::key("root"));
    let own = root(&Recipe::ca("root").with(oids::SUBJECT_KEY_IDENTIFIER, false, id.clone()), "root");
    let octets = der::Reader::single(&id, der::Encoding::Der, "test").unwrap().content.to_vec();
    let authority = der::sequence(&[&der::context_primitive(0, &octets)]);
    let recipe = Recipe::leaf("leaf").with(oids::AUTHORITY_KEY_IDENTIFIER, false, authority.clone());
    let leaf = own.issue(&recipe, "leaf");
    (own, leaf, authority)
}

#[test]
fn years_of_daily_lists_at_hand_do_not_use_the_budget_up() {
    let (own, leaf, authority) = keyed_root();
    let list = |n: u64| {
        let made = day(90).plus_seconds(i64::try_from(n).unwrap());
        CrlRecipe::new(n).from(made).with(oids::AUTHORITY_KEY_IDENTIFIER, false, &authority)
    };
    let lists = 1..=u64::try_from(PATH_EDGES_MAX.value).unwrap() + 100;
    let world = lists.fold(World::trusting(&[&own]), |world, n| world.with_crl(own.crl(&list(n))));
    assert!(world.ask(&leaf).is_ok());
    // The same number of lists that a document carries does.
    let mut carried = Pool::default();
    let lists = 1..=u64::try_from(PATH_EDGES_MAX.value).unwrap() + 100;
    lists.for_each(|n| carried.add_crl(own.crl(&CrlRecipe::new(n))));
    let world = World::trusting(&[&own]).with_crl(own.crl(&CrlRecipe::new(1).from(day(91))));
    let nothing = Pool::default();
    let sources = Sources { anchors: &world.anchors, pools: [&nothing, &world.evidence, &carried] };
    let mut wanted = LinkList::default();
    wanted.explore(&leaf.certificate, &sources);
    assert!(wanted.is_cut_short());
    let at_hand = world.evidence.crls().next().unwrap().fingerprint();
    assert!(wanted.links().iter().any(|l| l.link.signed == at_hand), "what is at hand is computed all the same");
    // A list that was left out may be the one that revokes.
    let links = pki::learn(&leaf.certificate, &sources);
    let rules = PathRules::default();
    let question = Question { target: &leaf.certificate, at: day(100), known_at: day(100), rules: &rules };
    let unknown = Defect::RevocationUnknown(RevocationUnknown::NotComputed);
    assert_eq!(answer(validate(&question, &sources, &links)), one(unknown));
}

#[test]
fn the_issuer_named_by_key_identifier_is_found_in_a_crowd_of_namesakes() {
    let (own, leaf, authority) = keyed_root();
    let mut world = World::trusting(&[&own]);
    world = world.with_crl(own.crl(&CrlRecipe::new(1).with(oids::AUTHORITY_KEY_IDENTIFIER, false, &authority)));
    for n in 0..1_500_u32 {
        let other = pki::subject_key_identifier(&pki::key(&format!("namesake {n}")));
        let recipe = Recipe::ca("root").with(oids::SUBJECT_KEY_IDENTIFIER, false, other);
        world = world.with(&root(&recipe, &format!("namesake {n}")));
    }
    assert!(world.ask(&leaf).is_ok());
}

#[test]
fn a_link_that_nobody_computed_is_not_valid() {
    let three = Three::new();
    let world = three.world();
    let nothing = Pool::default();
    let sources = Sources { anchors: &world.anchors, pools: [&nothing, &world.evidence, &nothing] };
    let rules = PathRules::default();
    let question = Question { target: &three.leaf.certificate, at: day(100), known_at: day(100), rules: &rules };
    assert_eq!(answer(validate(&question, &sources, &Links::default())), one(Defect::BudgetSpent));
}

/// What a verifier may hold in some order.
#[derive(Clone)]
enum Piece {
    Certificate(crate::x509::Certificate),
    Crl(crate::x509::Crl),
}

impl Piece {
    fn add(&self, pool: &mut Pool) {
        match self {
            Self::Certificate(certificate) => pool.add_certificate(certificate.clone()),
            Self::Crl(crl) => pool.add_crl(crl.clone()),
        }
    }
}

/// True and false centres and lists of one name, and a target that passes where all of it is at hand.
fn pieces(three: &Three) -> Vec<Piece> {
    let impostor = root(&Recipe::ca("centre"), "impostor");
    let expired = three.root.issue(&Recipe::ca("centre").serial(30).valid(day(0), day(50)), "centre");
    let namesake = three.root.issue(&Recipe::ca("centre").serial(31), "namesake");
    let certificates =
        [&three.centre, &impostor, &expired, &namesake].map(|e| Piece::Certificate(e.certificate.clone()));
    let crls = [
        three.root.crl(&CrlRecipe::new(1)),
        three.centre.crl(&CrlRecipe::new(1)),
        three.centre.crl(&CrlRecipe::new(2).from(day(30)).until(Some(day(60))).revoke(7, day(20), &[reason(6)])),
        impostor.crl(&CrlRecipe::new(3).from(day(99)).revoke(7, day(20), &[])),
        namesake.crl(&CrlRecipe::new(4).from(day(99)).revoke(7, day(20), &[])),
    ];
    certificates.into_iter().chain(crls.map(Piece::Crl)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_order_of_what_is_at_hand_changes_nothing(order in Just((0..9_usize).collect::<Vec<_>>()).prop_shuffle()) {
        let three = Three::new();
        let pieces = pieces(&three);
        let mut world = World::trusting(&[&three.root]);
        order.iter().for_each(|&i| pieces.get(i).unwrap().add(&mut world.evidence));
        let proof = world.ask(&three.leaf).unwrap();
        prop_assert_eq!(proof.certificates().get(1), Some(&three.centre.certificate));
    }

    #[test]
    fn taking_evidence_away_never_makes_a_path_where_there_was_none(kept in prop::collection::vec(any::<bool>(), 9)) {
        // The one exception is in `revoking`: a newer list that revokes, taken away, leaves the older one.
        let three = Three::new();
        let mut pieces = pieces(&three);
        pieces.push(Piece::Crl(three.centre.crl(&CrlRecipe::delta(5, 1).revoke(9, day(94), &[]))));
        let bad = three.centre.issue(&Recipe::leaf("bad").serial(9).valid(day(0), day(99)), "bad");
        let mut world = World::trusting(&[&three.root]);
        for (piece, keep) in pieces.iter().zip(&kept) {
            if *keep {
                piece.add(&mut world.evidence);
            }
        }
        prop_assert!(world.ask(&bad).is_err());
        let mut all = World::trusting(&[&three.root]);
        pieces.iter().for_each(|p| p.add(&mut all.evidence));
        // Whatever passes with less passes with all.
        prop_assert!(world.ask(&three.leaf).is_err() || all.ask(&three.leaf).is_ok());
    }
}
