//! Norm versions: which order applied when, and what it asks for.

use serde::{Deserialize, Serialize};

use super::party::Period;
use crate::time::Timestamp;

/// One edition of the rules that a recognition follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NormVersion {
    /// Its stable name (`kz-547-2026`).
    pub id: String,
    /// The act.
    pub act: String,
    /// The edition of the act.
    pub edition: String,
    /// When it is in force.
    pub in_force: Period,
    /// What it asks for.
    pub rules: NormRules,
}

/// What a norm asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NormRules {
    /// When a receipt is needed.
    pub receipts: ReceiptRule,
    /// Whether the end of a registration reaches back.
    pub termination: TerminationRule,
}

/// When the receipt of a trusted third party is needed to recognise a foreign signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReceiptRule {
    /// Always (order 547/НҚ p. 9 and p. 11).
    Required,
    /// On every route but that of a centre registered with the trusted third party of Kazakhstan, whose signatures are
    /// validated here as the third party would.
    // DIVERGENCE D-30: snapshots of the first schema name no norm, and follow this rule.
    WhereNotRegisteredHere,
}

/// What the end of a registration does to signatures that are proven to be older (facts/ttp.md §8.3, last paragraph).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TerminationRule {
    /// They stay recognised.
    NotRetroactive,
    /// They are recognised no longer.
    Retroactive,
}

impl NormRules {
    /// Those of snapshots that name no norm version.
    pub const UNNAMED: Self =
        Self { receipts: ReceiptRule::WhereNotRegisteredHere, termination: TerminationRule::NotRetroactive };

    /// The stricter of both in each respect: what applies where no norm version can be told.
    pub const STRICTEST: Self = Self { receipts: ReceiptRule::Required, termination: TerminationRule::Retroactive };
}

/// The norm version in force at a time; of several, the one that began last.
pub fn norm_at(norms: &[NormVersion], at: Timestamp) -> Option<&NormVersion> {
    norms.iter().filter(|norm| norm.in_force.contains(at)).max_by_key(|norm| norm.in_force.from)
}
