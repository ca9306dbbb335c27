//! Certificate policies (RFC 5280 §6.1.3 (d) to (f), §6.1.4 (a), (b), (h) to (j), §6.1.5 (g); RFC 9618).

use std::collections::BTreeSet;

use const_oid::ObjectIdentifier;

use super::*;
use crate::path::policy_graph::{PolicyBudget, PolicyBudgetSpent, PolicyGraph};
use crate::x509::PolicyMapping;

const GOLD: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.398.6.999.1");
const SILVER: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.398.6.999.2");
const ANY: ObjectIdentifier = oids::ANY_POLICY;

fn list(values: &[Vec<u8>]) -> Vec<u8> {
    der::sequence(&values.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn with_policies(recipe: Recipe, policies: &[ObjectIdentifier]) -> Recipe {
    let all: Vec<Vec<u8>> = policies.iter().map(|p| der::sequence(&[&der::oid(*p)])).collect();
    recipe.with(oids::CERTIFICATE_POLICIES, false, list(&all))
}

fn mapping(recipe: Recipe, pairs: &[(ObjectIdentifier, ObjectIdentifier)]) -> Recipe {
    let all: Vec<Vec<u8>> = pairs.iter().map(|(a, b)| der::sequence(&[&der::oid(*a), &der::oid(*b)])).collect();
    recipe.with(oids::POLICY_MAPPINGS, true, list(&all))
}

fn constrained(recipe: Recipe, explicit: Option<u8>, mapping: Option<u8>) -> Recipe {
    let field = |number, value: Option<u8>| value.map(|v| der::context_primitive(number, &[v])).unwrap_or_default();
    recipe.with(oids::POLICY_CONSTRAINTS, true, der::sequence(&[&field(0, explicit), &field(1, mapping)]))
}

fn inhibiting_any(recipe: Recipe, skip: u8) -> Recipe {
    recipe.with(oids::INHIBIT_ANY_POLICY, true, der::integer_u64(skip.into()))
}

fn centre() -> Recipe {
    Recipe::ca("centre")
}

fn leaf() -> Recipe {
    Recipe::leaf("leaf")
}

fn only(policies: &[ObjectIdentifier]) -> PolicySet {
    PolicySet::Only(policies.iter().copied().collect())
}

fn demanding(policies: PolicySet) -> PathRules {
    PathRules { policies, require_explicit_policy: true, ..PathRules::default() }
}

/// What is granted below this centre where an explicit policy is demanded.
fn granted(centre: &Recipe, leaf: &Recipe, rules: &PathRules) -> Option<PolicySet> {
    granted_by(&Recipe::ca("root"), centre, leaf, rules)
}

fn granted_by(anchor: &Recipe, centre: &Recipe, leaf: &Recipe, rules: &PathRules) -> Option<PolicySet> {
    let three = Three::of(anchor, centre, leaf);
    match three.world().ask_by(&three.leaf, rules) {
        Ok(proof) => Some(proof.policies().user_constrained.clone()),
        Err(rejection) => {
            assert!(rejection.defects.iter().all(|d| d.defect == Defect::NoValidPolicy), "{rejection:?}");
            None
        }
    }
}

#[test]
fn without_policies_a_path_holds_unless_one_is_demanded() {
    assert_eq!(granted(&centre(), &leaf(), &PathRules::default()), Some(only(&[])));
    assert_eq!(granted(&centre(), &leaf(), &demanding(PolicySet::Any)), None);
}

#[test]
fn a_policy_holds_where_every_certificate_has_it() {
    let rules = demanding(PolicySet::Any);
    let (gold, both) = (with_policies(leaf(), &[GOLD]), with_policies(centre(), &[GOLD, SILVER]));
    assert_eq!(granted(&both, &gold, &rules), Some(only(&[GOLD])));
    assert_eq!(granted(&with_policies(centre(), &[SILVER]), &gold, &rules), None);
    assert_eq!(granted(&both, &leaf(), &rules), None);
}

#[test]
fn the_question_may_ask_for_certain_policies() {
    let (centre, leaf) = (with_policies(centre(), &[GOLD]), with_policies(leaf(), &[GOLD]));
    assert_eq!(granted(&centre, &leaf, &demanding(only(&[GOLD, SILVER]))), Some(only(&[GOLD])));
    assert_eq!(granted(&centre, &leaf, &demanding(only(&[SILVER]))), None);
}

#[test]
fn any_policy_stands_for_all_until_it_is_inhibited() {
    let (any, gold) = (with_policies(centre(), &[ANY]), with_policies(leaf(), &[GOLD]));
    let rules = demanding(PolicySet::Any);
    assert_eq!(granted(&any, &gold, &rules), Some(only(&[GOLD])));
    assert_eq!(granted(&any, &with_policies(leaf(), &[ANY]), &rules), Some(PolicySet::Any));
    assert_eq!(granted(&any, &with_policies(leaf(), &[ANY]), &demanding(only(&[GOLD]))), Some(only(&[GOLD])));
    assert_eq!(granted(&any, &gold, &PathRules { inhibit_any_policy: true, ..rules.clone() }), None);
    // inhibitAnyPolicy counts from the next certificate on.
    let gold_centre = with_policies(centre(), &[GOLD]);
    assert_eq!(granted(&inhibiting_any(gold_centre.clone(), 0), &with_policies(leaf(), &[ANY]), &rules), None);
    let allowed = granted(&inhibiting_any(gold_centre, 1), &with_policies(leaf(), &[ANY]), &rules);
    assert_eq!(allowed, Some(only(&[GOLD])));
}

#[test]
fn an_authority_may_demand_an_explicit_policy() {
    let rules = PathRules::default();
    assert_eq!(granted(&constrained(centre(), Some(0), None), &leaf(), &rules), None);
    assert_eq!(granted(&constrained(centre(), Some(1), None), &leaf(), &rules), None, "§6.1.5 (a)");
    assert_eq!(granted(&constrained(centre(), Some(2), None), &leaf(), &rules), Some(only(&[])));
    // §6.1.5 (b): the target may demand it of itself.
    assert_eq!(granted(&centre(), &constrained(leaf(), Some(0), None), &rules), None);
    assert_eq!(granted(&centre(), &constrained(leaf(), Some(1), None), &rules), Some(only(&[])));
}

#[test]
fn a_mapped_policy_counts_as_the_one_it_stands_for() {
    let rules = demanding(PolicySet::Any);
    let mapped = mapping(with_policies(centre(), &[GOLD]), &[(GOLD, SILVER)]);
    assert_eq!(granted(&mapped, &with_policies(leaf(), &[SILVER]), &rules), Some(only(&[GOLD])));
    assert_eq!(granted(&mapped, &with_policies(leaf(), &[GOLD]), &rules), None);
    assert_eq!(granted(&mapped, &with_policies(leaf(), &[SILVER]), &demanding(only(&[SILVER]))), None);
    // §6.1.4 (b)(1): through anyPolicy as well.
    let any = mapping(with_policies(centre(), &[ANY]), &[(GOLD, SILVER)]);
    assert_eq!(granted(&any, &with_policies(leaf(), &[SILVER]), &rules), Some(only(&[GOLD])));
}

#[test]
fn mapping_may_be_inhibited_by_the_question_and_from_above() {
    let rules = demanding(PolicySet::Any);
    let mapped = mapping(with_policies(centre(), &[GOLD]), &[(GOLD, SILVER)]);
    let silver = with_policies(leaf(), &[SILVER]);
    assert_eq!(granted(&mapped, &silver, &PathRules { inhibit_policy_mapping: true, ..rules.clone() }), None);
    let above = |skip| constrained(Recipe::ca("root"), None, Some(skip));
    assert_eq!(granted_by(&above(0), &mapped, &silver, &rules), None);
    assert_eq!(granted_by(&above(1), &mapped, &silver, &rules), Some(only(&[GOLD])));
}

#[test]
fn any_policy_is_never_mapped() {
    // §6.1.4 (a)
    for pair in [(ANY, GOLD), (GOLD, ANY)] {
        let three = Three::of(&Recipe::ca("root"), &mapping(centre(), &[pair]), &leaf());
        assert_eq!(asked(&three), one(Defect::UnreadableExtension(oids::POLICY_MAPPINGS)));
    }
}

#[test]
fn an_anchors_policies_limit_what_is_granted() {
    // RFC 5937 §3.2
    let anchor = with_policies(Recipe::ca("root"), &[GOLD]);
    let both = [GOLD, SILVER];
    let (centre, leaf) = (with_policies(centre(), &both), with_policies(leaf(), &both));
    assert_eq!(granted_by(&anchor, &centre, &leaf, &demanding(PolicySet::Any)), Some(only(&[GOLD])));
    assert_eq!(granted_by(&anchor, &centre, &leaf, &demanding(only(&[SILVER]))), None);
}

#[test]
fn a_policy_that_stands_twice_does_not_read() {
    let twice = with_policies(leaf(), &[GOLD, GOLD]);
    let three = Three::of(&Recipe::ca("root"), &centre(), &twice);
    assert_eq!(asked(&three), one(Defect::UnreadableExtension(oids::CERTIFICATE_POLICIES)));
}

fn numbered(n: u32) -> ObjectIdentifier {
    ObjectIdentifier::new(&format!("1.2.398.6.999.{n}")).unwrap()
}

/// RFC 9618 §3: each level maps two policies to the same two; the tree of RFC 5280 doubles with each level.
fn doubling(graph: &mut PolicyGraph, depth: usize, budget: &mut PolicyBudget) -> Result<(), PolicyBudgetSpent> {
    let pairs = [(GOLD, GOLD), (GOLD, SILVER), (SILVER, GOLD), (SILVER, SILVER)];
    let mappings = pairs.map(|(issuer_domain, subject_domain)| PolicyMapping { issuer_domain, subject_domain });
    for _ in 0..depth {
        graph.descend(Some(&[GOLD, SILVER]), true, budget)?;
        graph.map(&mappings, true, budget)?;
    }
    Ok(())
}

#[test]
fn mappings_that_double_a_tree_add_to_the_graph_and_no_more() {
    let spent = |depth| {
        let mut budget = PolicyBudget(1_000_000);
        let mut graph = PolicyGraph::start();
        doubling(&mut graph, depth, &mut budget).unwrap();
        (1_000_000 - budget.0, graph)
    };
    let ((ten, _), (twenty, graph)) = (spent(10), spent(20));
    assert!(twenty <= 2 * ten + 10, "{ten} steps for 10 levels, {twenty} for 20");
    let both = PolicySet::Only(BTreeSet::from([GOLD, SILVER]));
    assert_eq!(graph.conclude(&PolicySet::Any).authority_constrained, both);
}

#[test]
fn more_policies_than_the_bound_end_the_path_and_name_it() {
    let limit = u32::try_from(crate::limits::POLICY_NODES_MAX.value).unwrap();
    let many: Vec<ObjectIdentifier> = (0..=limit).map(numbered).collect();
    let any = with_policies(centre(), &[ANY]);
    let three = Three::of(&Recipe::ca("root"), &any, &with_policies(leaf(), &many));
    assert_eq!(asked(&three), one(Defect::TooManyPolicies));
    let three = Three::of(&Recipe::ca("root"), &any, &with_policies(leaf(), &many[..100]));
    assert_eq!(asked(&three), Ok(3));
}
