//! What a registration or a treaty is good for: document types, kinds of signers, algorithms, policies, dates, amounts.

use serde::{Deserialize, Serialize};

use super::party::Period;
use crate::time::Timestamp;

/// What a registration or a treaty is good for. An empty list, or nothing, restricts nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Codes of kinds of documents, as the catalogue of permits has them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub document_types: Vec<String>,
    /// Who may sign.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signer_kinds: Vec<SignerKind>,
    /// With what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub algorithms: Vec<AlgorithmScope>,
    /// Certificate policies of which the signer's certificate must carry one, by object identifier.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<String>,
    /// Up to which amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_amount: Option<Money>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
}

/// One algorithm that a scope allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlgorithmScope {
    /// Of the signature or of the key.
    pub oid: String,
    /// The shortest key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_bits_min: Option<u32>,
    /// The first instant that it no longer counts at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// In what quality somebody signs (facts/ttp.md §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SignerKind {
    /// A person for himself.
    Natural,
    /// The first head of an organisation.
    Head,
    /// Someone with the right to sign for an organisation.
    Signatory,
    /// Someone with the right to sign its financial documents.
    Finance,
    /// Its officer of human resources.
    HumanResources,
    /// Its employee.
    Employee,
    /// The organisation itself.
    Organisation,
    /// A machine.
    Device,
}

/// That an object identifier in a foreign certificate, in its extended key usage or its policies, means this here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleEquivalence {
    /// The foreign one.
    pub oid: String,
    /// Ours.
    pub means: SignerKind,
}

/// An amount of a currency, exact to the millionth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// ISO 4217, three letters.
    pub currency: String,
    /// A decimal with at most 18 digits before the point and 6 after it.
    pub amount: String,
}

impl Money {
    /// The amount in millionths; `None` where it is no decimal of ours.
    pub fn millionths(&self) -> Option<u128> {
        let (whole, fraction) = self.amount.split_once('.').unwrap_or((&self.amount, "0"));
        let digits = |part: &str, most: usize| {
            !part.is_empty() && part.len() <= most && part.bytes().all(|b| b.is_ascii_digit())
        };
        if !digits(whole, 18) || !digits(fraction, 6) {
            return None;
        }
        format!("{whole}{fraction:0<6}").parse().ok()
    }

    /// Whether it reads.
    pub fn is_sound(&self) -> bool {
        self.currency.len() == 3 && self.currency.bytes().all(|b| b.is_ascii_uppercase()) && self.millionths().is_some()
    }
}
