//! The state of RFC 5280 §6.1 on its way from the anchor to the target: names, policies and lengths.

use super::defect::Defect;
use super::name_constraints::{CommonName, NameBudget, NameFault, NameState};
use super::policy_graph::{PolicyBudget, PolicyBudgetSpent, PolicyGraph, PolicySet, ValidPolicies};
use super::rules::PathRules;
use crate::limits::POLICY_NODES_MAX;
use crate::x509::{Certificate, ExtensionValue, oids};

/// §6.1.2, and what follows from each certificate for those below it.
#[derive(Debug)]
pub(super) struct State {
    names: NameState,
    /// Whether the question names no peer.
    is_unnamed: bool,
    graph: PolicyGraph,
    wanted: PolicySet,
    explicit_policy: usize,
    policy_mapping: usize,
    inhibit_any_policy: usize,
    max_path_length: usize,
    budget: PolicyBudget,
}

impl State {
    /// §6.1.2 for a path of `n` certificates below the anchor.
    pub(super) fn new(rules: &PathRules, n: usize, found: &mut Vec<Defect>) -> Self {
        let never = n.saturating_add(1);
        let after = |at_once: bool| if at_once { 0 } else { never };
        let mut names = NameState::default();
        if rules.initial_names != crate::x509::NameConstraints::default() {
            note_names(names.add(&rules.initial_names), found);
        }
        Self {
            names,
            is_unnamed: rules.expected_name.is_none(),
            graph: PolicyGraph::start(),
            wanted: rules.policies.clone(),
            explicit_policy: after(rules.require_explicit_policy),
            policy_mapping: after(rules.inhibit_policy_mapping),
            inhibit_any_policy: after(rules.inhibit_any_policy),
            max_path_length: rules.intermediates_max,
            budget: PolicyBudget(POLICY_NODES_MAX.value),
        }
    }

    /// RFC 5937 §3.2: what an anchor's certificate demands, the question starts with.
    pub(super) fn start_from(&mut self, anchor: &Certificate, found: &mut Vec<Defect>) {
        match anchor.certificate_policies() {
            ExtensionValue::Absent => {}
            ExtensionValue::Present(policies) => self.wanted = self.wanted.intersection(&PolicySet::of(&policies)),
            ExtensionValue::Unreadable => found.push(Defect::UnreadableExtension(oids::CERTIFICATE_POLICIES)),
        }
        self.constrain(anchor, found);
    }

    /// §6.1.3 (b) to (f).
    pub(super) fn enter(
        &mut self,
        certificate: &Certificate,
        is_target: bool,
        budget: &mut NameBudget,
        found: &mut Vec<Defect>,
    ) {
        let exempt = !is_target && certificate.is_self_issued();
        if !exempt {
            let common_name = if is_target && self.is_unnamed { CommonName::MayBeHost } else { CommonName::IsText };
            note_names(self.names.check(certificate, common_name, budget), found);
        }
        let policies = match certificate.certificate_policies() {
            ExtensionValue::Absent => None,
            ExtensionValue::Present(policies) => Some(policies),
            ExtensionValue::Unreadable => {
                found.push(Defect::UnreadableExtension(oids::CERTIFICATE_POLICIES));
                None
            }
        };
        let any_counts = self.inhibit_any_policy > 0 || exempt;
        let done = self.graph.descend(policies.as_deref(), any_counts, &mut self.budget);
        note_policies(done, found);
        // (f)
        if self.explicit_policy == 0 && self.graph.is_null() {
            found.push(Defect::NoValidPolicy);
        }
    }

    /// §6.1.4, but for (k), (n) and (o).
    pub(super) fn leave(&mut self, certificate: &Certificate, found: &mut Vec<Defect>) {
        self.map(certificate, found);
        if !certificate.is_self_issued() {
            // (h), (l)
            self.explicit_policy = self.explicit_policy.saturating_sub(1);
            self.policy_mapping = self.policy_mapping.saturating_sub(1);
            self.inhibit_any_policy = self.inhibit_any_policy.saturating_sub(1);
            match self.max_path_length.checked_sub(1) {
                Some(left) => self.max_path_length = left,
                None => found.push(Defect::PathLengthExceeded),
            }
        }
        self.constrain(certificate, found);
    }

    /// §6.1.5 (a), (b), (g).
    pub(super) fn finish(mut self, target: &Certificate, found: &mut Vec<Defect>) -> ValidPolicies {
        self.explicit_policy = self.explicit_policy.saturating_sub(1);
        match target.policy_constraints() {
            ExtensionValue::Present(c) if c.require_explicit_policy == Some(0) => self.explicit_policy = 0,
            ExtensionValue::Unreadable => found.push(Defect::UnreadableExtension(oids::POLICY_CONSTRAINTS)),
            _ => {}
        }
        let policies = self.graph.conclude(&self.wanted);
        if self.explicit_policy == 0 && policies.user_constrained.is_empty() {
            found.push(Defect::NoValidPolicy);
        }
        policies
    }

    /// §6.1.4 (a), (b).
    fn map(&mut self, certificate: &Certificate, found: &mut Vec<Defect>) {
        match certificate.policy_mappings() {
            ExtensionValue::Absent => {}
            ExtensionValue::Present(all)
                if all.iter().all(|m| m.issuer_domain != oids::ANY_POLICY && m.subject_domain != oids::ANY_POLICY) =>
            {
                note_policies(self.graph.map(&all, self.policy_mapping > 0, &mut self.budget), found);
            }
            _ => found.push(Defect::UnreadableExtension(oids::POLICY_MAPPINGS)),
        }
    }

    /// §6.1.4 (g), (i), (j), (m).
    fn constrain(&mut self, certificate: &Certificate, found: &mut Vec<Defect>) {
        let lower = |counter: &mut usize, limit: Option<u32>| {
            *counter = limit.map_or(*counter, |limit| (*counter).min(usize::try_from(limit).unwrap_or(usize::MAX)));
        };
        note_names(self.names.constrain(certificate), found);
        match certificate.policy_constraints() {
            ExtensionValue::Absent => {}
            ExtensionValue::Present(constraints) => {
                lower(&mut self.explicit_policy, constraints.require_explicit_policy);
                lower(&mut self.policy_mapping, constraints.inhibit_policy_mapping);
            }
            ExtensionValue::Unreadable => found.push(Defect::UnreadableExtension(oids::POLICY_CONSTRAINTS)),
        }
        match certificate.inhibit_any_policy() {
            ExtensionValue::Absent => {}
            ExtensionValue::Present(limit) => lower(&mut self.inhibit_any_policy, Some(limit)),
            ExtensionValue::Unreadable => found.push(Defect::UnreadableExtension(oids::INHIBIT_ANY_POLICY)),
        }
        let path_length = certificate.basic_constraints().present().and_then(|b| b.path_len_constraint);
        lower(&mut self.max_path_length, path_length);
    }
}

fn note_names(outcome: Result<(), NameFault>, found: &mut Vec<Defect>) {
    found.extend(outcome.err().map(|fault| match fault {
        NameFault::NotPermitted => Defect::NameNotPermitted,
        NameFault::Unreadable(oid) => Defect::UnreadableExtension(oid),
        NameFault::BudgetSpent => Defect::TooManyNames,
    }));
}

fn note_policies(outcome: Result<(), PolicyBudgetSpent>, found: &mut Vec<Defect>) {
    found.extend(outcome.err().map(|PolicyBudgetSpent| Defect::TooManyPolicies));
}
