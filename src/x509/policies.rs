//! Certificate policies and what limits them (RFC 5280 §4.2.1.4, §4.2.1.5, §4.2.1.11, §4.2.1.14): read here, applied in
//! `path`.

use std::collections::BTreeSet;

use const_oid::ObjectIdentifier;

use super::extension::{Extension, ExtensionValue, whole};
use super::oids;
use crate::codec::der::{Tlv, tag};
use crate::codec::{Malformed, MalformedKind};

/// One pair of PolicyMappings: below this certificate, `subject_domain` counts as `issuer_domain`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyMapping {
    /// The issuer's policy.
    pub issuer_domain: ObjectIdentifier,
    /// The policy that the subject's certificates carry in its place.
    pub subject_domain: ObjectIdentifier,
}

/// After how many more certificates a demand begins to count.
///
/// ASN.1: `SEQUENCE { requireExplicitPolicy [0] SkipCerts OPTIONAL, inhibitPolicyMapping [1] SkipCerts OPTIONAL }`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicyConstraints {
    /// The path must have a valid policy from there on.
    pub require_explicit_policy: Option<u32>,
    /// Policies may no longer be mapped from there on.
    pub inhibit_policy_mapping: Option<u32>,
}

/// `SEQUENCE SIZE (1..MAX) OF SEQUENCE { policyIdentifier, policyQualifiers SEQUENCE OPTIONAL }`; a policy stands once.
pub(super) fn certificate_policies(all: &[Extension]) -> ExtensionValue<Vec<ObjectIdentifier>> {
    whole(all, oids::CERTIFICATE_POLICIES, |mut outer| {
        let mut reader = outer.sequence()?;
        outer.finish()?;
        let mut policies = Vec::new();
        let mut seen = BTreeSet::new();
        while !reader.is_empty() || policies.is_empty() {
            let mut one = reader.sequence()?;
            let policy = one.oid()?;
            one.optional(tag::SEQUENCE)?;
            one.finish()?;
            if !seen.insert(policy) {
                return Err(reader.malformed(MalformedKind::Value));
            }
            policies.push(policy);
        }
        Ok(policies)
    })
}

/// `SEQUENCE SIZE (1..MAX) OF SEQUENCE { issuerDomainPolicy, subjectDomainPolicy }`.
pub(super) fn policy_mappings(all: &[Extension]) -> ExtensionValue<Vec<PolicyMapping>> {
    whole(all, oids::POLICY_MAPPINGS, |mut outer| {
        let mut reader = outer.sequence()?;
        outer.finish()?;
        let mut mappings = Vec::new();
        while !reader.is_empty() || mappings.is_empty() {
            let mut pair = reader.sequence()?;
            mappings.push(PolicyMapping { issuer_domain: pair.oid()?, subject_domain: pair.oid()? });
            pair.finish()?;
        }
        Ok(mappings)
    })
}

/// One of the two must be there: "Conforming CAs MUST NOT issue certificates where policy constraints is an empty
/// sequence."
pub(super) fn policy_constraints(all: &[Extension]) -> ExtensionValue<PolicyConstraints> {
    whole(all, oids::POLICY_CONSTRAINTS, |mut outer| {
        let mut reader = outer.sequence()?;
        outer.finish()?;
        let mut count = |number: u8| reader.optional(tag::CONTEXT | number)?.as_ref().map(skip_certs).transpose();
        let constraints = PolicyConstraints { require_explicit_policy: count(0)?, inhibit_policy_mapping: count(1)? };
        reader.finish()?;
        if constraints == PolicyConstraints::default() {
            return Err(reader.malformed(MalformedKind::Value));
        }
        Ok(constraints)
    })
}

pub(super) fn inhibit_any_policy(all: &[Extension]) -> ExtensionValue<u32> {
    whole(all, oids::INHIBIT_ANY_POLICY, |mut outer| {
        let count = skip_certs(&outer.expect(tag::INTEGER)?)?;
        outer.finish()?;
        Ok(count)
    })
}

/// `SkipCerts ::= INTEGER (0..MAX)`; beyond 32 bits as good as never.
fn skip_certs(value: &Tlv<'_>) -> Result<u32, Malformed> {
    let octets = value.integer()?;
    match octets {
        [first, ..] if first & 0x80 != 0 => Err(value.malformed(MalformedKind::Value)),
        [0, rest @ ..] if rest.len() > 4 => Ok(u32::MAX),
        [first, ..] if *first != 0 && octets.len() > 4 => Ok(u32::MAX),
        _ => Ok(octets.iter().fold(0_u32, |sum, &octet| (sum << 8) | u32::from(octet))),
    }
}
