//! Certificate policies (RFC 5280 §6.1, with the graph of RFC 9618 in place of the tree, which an attacker could make
//! exponentially large).
//!
//! A level of the graph holds each policy once, so a level is a map; its edges are the policies above that a node hangs
//! on. Nodes that nothing hangs on are left standing until the end, where only what reaches the last level counts.

use std::collections::{BTreeMap, BTreeSet};

use const_oid::ObjectIdentifier;

use crate::x509::{PolicyMapping, oids};

/// Some policies, or all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicySet {
    /// anyPolicy.
    Any,
    /// These and no others; none where it is empty.
    Only(BTreeSet<ObjectIdentifier>),
}

/// Under which policies a path is valid (RFC 5280 §6.1.6), in the words of the anchor's domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidPolicies {
    /// What the authorities grant.
    pub authority_constrained: PolicySet,
    /// What of it the question asked for.
    pub user_constrained: PolicySet,
}

/// Nodes and edges that may still be made: §6.1 leaves both open.
#[derive(Debug)]
pub(super) struct PolicyBudget(pub(super) usize);

/// The budget is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PolicyBudgetSpent;

/// valid_policy_graph of RFC 9618.
#[derive(Debug)]
pub(super) struct PolicyGraph {
    /// From depth 0; `None` once the graph is NULL.
    levels: Option<Vec<Level>>,
}

type Level = BTreeMap<ObjectIdentifier, Node>;

#[derive(Clone, Debug)]
struct Node {
    expected: BTreeSet<ObjectIdentifier>,
    parents: BTreeSet<ObjectIdentifier>,
}

impl PolicyBudget {
    fn spend(&mut self, count: usize) -> Result<(), PolicyBudgetSpent> {
        self.0 = self.0.checked_sub(count).ok_or(PolicyBudgetSpent)?;
        Ok(())
    }
}

impl PolicySet {
    /// Whether this policy is one of them.
    pub fn contains(&self, policy: ObjectIdentifier) -> bool {
        match self {
            Self::Any => true,
            Self::Only(some) => some.contains(&policy),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Only(some) if some.is_empty())
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Any, set) | (set, Self::Any) => set.clone(),
            (Self::Only(one), Self::Only(two)) => Self::Only(one.intersection(two).copied().collect()),
        }
    }

    /// The policies of a certificate or a list, where anyPolicy stands for all.
    pub(super) fn of(policies: &[ObjectIdentifier]) -> Self {
        if policies.contains(&oids::ANY_POLICY) { Self::Any } else { Self::Only(policies.iter().copied().collect()) }
    }
}

impl PolicyGraph {
    /// RFC 9618 §5.2 (a): one node, anyPolicy, which expects anyPolicy.
    pub(super) fn start() -> Self {
        let root = Node { expected: BTreeSet::from([oids::ANY_POLICY]), parents: BTreeSet::new() };
        Self { levels: Some(vec![Level::from([(oids::ANY_POLICY, root)])]) }
    }

    /// Whether the graph is NULL.
    pub(super) fn is_null(&self) -> bool {
        self.levels.is_none()
    }

    /// RFC 9618 §5.3 (d), (e): the next level, out of a certificate's policies. `any_counts` says whether anyPolicy among
    /// them does.
    pub(super) fn descend(
        &mut self,
        policies: Option<&[ObjectIdentifier]>,
        any_counts: bool,
        budget: &mut PolicyBudget,
    ) -> Result<(), PolicyBudgetSpent> {
        let Some(above) = self.levels.as_ref().and_then(|levels| levels.last()) else { return Ok(()) };
        let Some(policies) = policies else {
            self.levels = None;
            return Ok(());
        };
        budget.spend(above.values().map(|node| node.expected.len()).sum::<usize>().saturating_add(policies.len()))?;
        let mut parents_of: BTreeMap<ObjectIdentifier, BTreeSet<ObjectIdentifier>> = BTreeMap::new();
        for (policy, node) in above {
            for expected in &node.expected {
                parents_of.entry(*expected).or_default().insert(*policy);
            }
        }
        let mut level = Level::new();
        // (d)(1)
        for policy in policies.iter().copied().filter(|p| *p != oids::ANY_POLICY) {
            let below_any = || above.contains_key(&oids::ANY_POLICY).then(|| BTreeSet::from([oids::ANY_POLICY]));
            if let Some(parents) = parents_of.get(&policy).cloned().or_else(below_any) {
                level.insert(policy, Node { expected: BTreeSet::from([policy]), parents });
            }
        }
        // (d)(2)
        if any_counts && policies.contains(&oids::ANY_POLICY) {
            for (policy, parents) in parents_of {
                level.entry(policy).or_insert(Node { expected: BTreeSet::from([policy]), parents });
            }
        }
        self.push(level);
        Ok(())
    }

    fn push(&mut self, level: Level) {
        if level.is_empty() {
            self.levels = None;
        } else if let Some(levels) = &mut self.levels {
            levels.push(level);
        }
    }

    /// RFC 9618 §5.4 (b): what a certificate says its subject's policies count as. `may_map`: policy_mapping > 0.
    pub(super) fn map(
        &mut self,
        mappings: &[PolicyMapping],
        may_map: bool,
        budget: &mut PolicyBudget,
    ) -> Result<(), PolicyBudgetSpent> {
        let Some(level) = self.levels.as_mut().and_then(|levels| levels.last_mut()) else { return Ok(()) };
        budget.spend(mappings.len())?;
        if may_map {
            let mut targets: BTreeMap<ObjectIdentifier, BTreeSet<ObjectIdentifier>> = BTreeMap::new();
            for mapping in mappings {
                targets.entry(mapping.issuer_domain).or_default().insert(mapping.subject_domain);
            }
            let below_any = level.get(&oids::ANY_POLICY).map(|any| any.parents.clone());
            for (policy, expected) in targets {
                match (level.get_mut(&policy), &below_any) {
                    (Some(node), _) => node.expected = expected,
                    (None, Some(parents)) => {
                        level.insert(policy, Node { expected, parents: parents.clone() });
                    }
                    (None, None) => {}
                }
            }
        } else {
            mappings.iter().for_each(|mapping| drop(level.remove(&mapping.issuer_domain)));
        }
        if level.is_empty() {
            self.levels = None;
        }
        Ok(())
    }

    /// RFC 9618 §5.5 (g): the policies that hold along the whole path, in the anchor's words.
    pub(super) fn conclude(self, wanted: &PolicySet) -> ValidPolicies {
        let nothing = || PolicySet::Only(BTreeSet::new());
        let Some(mut levels) = self.levels else {
            return ValidPolicies { authority_constrained: nothing(), user_constrained: nothing() };
        };
        keep_what_reaches_the_end(&mut levels);
        let any_at_end = levels.last().is_some_and(|level| level.contains_key(&oids::ANY_POLICY));
        // The nodes whose parent is anyPolicy: where a policy of the anchor's domain was first named.
        let any = BTreeSet::from([oids::ANY_POLICY]);
        let named: BTreeSet<ObjectIdentifier> = levels
            .iter()
            .skip(1)
            .flatten()
            .filter(|(policy, node)| **policy != oids::ANY_POLICY && node.parents == any)
            .map(|(policy, _)| *policy)
            .collect();
        let authority_constrained = if any_at_end { PolicySet::Any } else { PolicySet::Only(named) };
        let user_constrained = authority_constrained.intersection(wanted);
        ValidPolicies { authority_constrained, user_constrained }
    }
}

/// RFC 9618 §5.3 (d)(3), once for the whole graph: from the last level upwards, only parents stay.
fn keep_what_reaches_the_end(levels: &mut [Level]) {
    let mut needed: Option<BTreeSet<ObjectIdentifier>> = None;
    for level in levels.iter_mut().rev() {
        if let Some(needed) = &needed {
            level.retain(|policy, _| needed.contains(policy));
        }
        needed = Some(level.values().flat_map(|node| node.parents.iter().copied()).collect());
    }
}
