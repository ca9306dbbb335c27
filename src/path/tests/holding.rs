//! What a proof is good for: when it holds, and what changes nothing about it.

use proptest::prelude::*;

use super::*;

fn rules() -> PathRules {
    PathRules { revocation: RevocationRule::NotChecked, ..PathRules::default() }
}

fn asked_at(world: &World, target: &Entity, at: crate::time::Timestamp) -> Result<ValidatedPath, Rejection> {
    world.ask_with(target, (at, at), &rules())
}

#[test]
fn a_proof_tells_when_the_periods_of_its_certificates_overlap() {
    let (root_recipe, centre) =
        (Recipe::ca("root").valid(day(10), day(300)), Recipe::ca("centre").valid(day(0), day(200)));
    let three = Three::of(&root_recipe, &centre, &Recipe::leaf("leaf").valid(day(50), day(365)));
    let proof = three.world().ask_by(&three.leaf, &rules()).unwrap();
    assert_eq!(proof.period(), Period { from: day(50), until: day(200).plus_seconds(1) });
    let ignoring = PathRules { anchor_validity: AnchorValidity::Ignored, ..rules() };
    let three = Three::of(&Recipe::ca("root").valid(day(60), day(61)), &centre, &Recipe::leaf("leaf"));
    let proof = three.world().ask_by(&three.leaf, &ignoring).unwrap();
    assert_eq!(proof.period(), Period { from: day(0), until: day(200).plus_seconds(1) });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_path_holds_within_its_period_and_not_outside(
        starts in prop::array::uniform3(0_i64..100),
        ends in prop::array::uniform3(101_i64..300),
        unrelated in 0_u8..4,
    ) {
        let recipe = |index: usize, recipe: Recipe| recipe.valid(day(starts[index]), day(ends[index]));
        let three = Three::of(
            &recipe(0, Recipe::ca("root")),
            &recipe(1, Recipe::ca("centre")),
            &recipe(2, Recipe::leaf("leaf")),
        );
        let mut world = World::trusting(&[&three.root]).with(&three.centre);
        for n in 0..unrelated {
            world = world.with(&root(&Recipe::ca(["stranger", "centre", "root", "leaf"][usize::from(n)]), &format!("stranger {n}")));
        }
        let proof = asked_at(&world, &three.leaf, day(100)).unwrap();
        let Period { from, until } = proof.period();
        prop_assert!(asked_at(&world, &three.leaf, from).is_ok());
        prop_assert!(asked_at(&world, &three.leaf, until.plus_seconds(-1)).is_ok());
        prop_assert!(asked_at(&world, &three.leaf, from.plus_seconds(-1)).is_err());
        prop_assert!(asked_at(&world, &three.leaf, until).is_err());
        // Asked again with nothing but its own certificates, it is the same.
        let [_, centre, _] = proof.certificates() else { panic!("three") };
        prop_assert_eq!(centre, &three.centre.certificate);
        let own = World::trusting(&[&three.root]).with(&three.centre);
        let again = asked_at(&own, &three.leaf, day(100)).unwrap();
        prop_assert_eq!(again.certificates(), proof.certificates());
    }
}

#[test]
fn namesakes_that_a_document_carries_do_not_hide_a_plain_path() {
    let three = Three::new();
    let mut carried = Pool::default();
    // As many as a document may carry, none of which names a key.
    for n in 0..i64::try_from(crate::limits::CERTIFICATES_MAX.value).unwrap() {
        let namesake = root(&Recipe::ca("centre").valid(day(0), day(365).plus_seconds(n)), "impostor");
        carried.add_certificate(namesake.certificate);
    }
    let mut own = Pool::default();
    own.add_certificate(three.centre.certificate.clone());
    let world = World::trusting(&[&three.root]);
    let nothing = Pool::default();
    let sources = Sources { anchors: &world.anchors, pools: [&own, &nothing, &carried] };
    let target = &three.leaf.certificate;
    let mut list = LinkList::default();
    list.explore(target, &sources);
    assert!(list.is_cut_short() && list.links().len() <= PATH_EDGES_MAX.value + 10, "the work is bounded");
    let links = pki::learn(target, &sources);
    let rules = rules();
    let question = Question { target, at: day(100), known_at: day(100), rules: &rules };
    assert_eq!(answer(validate(&question, &sources, &links)), Ok(3));
}

#[test]
fn a_mesh_of_cross_certificates_ends_at_the_bound_and_a_plain_path_in_it_is_found() {
    // Seven authorities, each certified by each: more walks through them than anybody wants to count.
    let names: Vec<String> = (0..7).map(|n| format!("mesh {n}")).collect();
    let mesh: Vec<Entity> = names.iter().map(|name| root(&Recipe::ca(name), name)).collect();
    let stranger = root(&Recipe::ca("stranger"), "stranger");
    let mut world = World::trusting(&[&stranger]);
    for issuer in &mesh {
        for name in names.iter().filter(|name| **name != issuer.certificate.label()) {
            world = world.with(&issuer.issue(&Recipe::ca(name), name));
        }
    }
    let leaf = mesh[0].issue(&Recipe::leaf("leaf"), "leaf");
    let rejection = world.ask_by(&leaf, &rules()).unwrap_err();
    assert!(rejection.defects.iter().any(|d| d.defect == Defect::BudgetSpent), "{rejection:?}");
    world.anchors.add_certificate(mesh[0].certificate.clone());
    assert_eq!(answer(world.ask_by(&leaf, &rules())), Ok(2));
}
