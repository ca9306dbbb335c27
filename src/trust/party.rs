//! Parties of the registry: who they are, which keys are theirs, since when.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::receipt::ReceiptProfile;
use super::scope::{RoleEquivalence, Scope};
use super::status::StatusEvent;
use crate::codec::armour;
use crate::limits::TRUST_NAME_CHARS_MAX;
use crate::time::Timestamp;
use crate::x509::{Certificate, Fingerprint};

/// The stable name of a party in registry, snapshots and receipts: lower-case letters, digits, `.` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PartyId(String);

/// The text is no party's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a party is named with 1 to 64 lower-case letters, digits, dots and hyphens, a letter or digit first")]
pub struct PartyIdError;

impl PartyId {
    /// Takes a name.
    pub fn new(text: impl Into<String>) -> Result<Self, PartyIdError> {
        let text = text.into();
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let sound = TRUST_NAME_CHARS_MAX.check(text.len()).is_ok()
            && text.bytes().next().is_some_and(plain)
            && text.bytes().all(|b| plain(b) || matches!(b, b'.' | b'-'));
        if sound { Ok(Self(text)) } else { Err(PartyIdError) }
    }

    /// The name of a party that a snapshot of the first schema does not name: after its certificate.
    pub(super) fn of_certificate(certificate: &Certificate) -> Self {
        Self(certificate.fingerprint().to_string().chars().take(16).collect())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PartyId {
    type Error = PartyIdError;

    fn try_from(text: String) -> Result<Self, PartyIdError> {
        Self::new(text)
    }
}

impl FromStr for PartyId {
    type Err = PartyIdError;

    fn from_str(text: &str) -> Result<Self, PartyIdError> {
        Self::new(text)
    }
}

impl From<PartyId> for String {
    fn from(id: PartyId) -> Self {
        id.0
    }
}

impl Borrow<str> for PartyId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PartyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A stretch of time from its first instant up to, and without, its last (facts/ttp.md §8.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// The first instant.
    pub from: Timestamp,
    /// The first instant that no longer belongs to it; none while no end is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Period {
    /// From an instant on, with no end known.
    pub const fn since(from: Timestamp) -> Self {
        Self { from, until: None }
    }

    /// Whether it holds an instant.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }

    /// Whether some instant belongs to both.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.until.is_none_or(|until| other.from < until) && other.until.is_none_or(|until| self.from < until)
    }

    /// Whether some of it lies at an instant or after it.
    pub fn reaches(&self, at: Timestamp) -> bool {
        self.until.is_none_or(|until| at < until)
    }

    /// Whether it ends after it began.
    pub fn is_sound(&self) -> bool {
        self.until.is_none_or(|until| self.from < until)
    }
}

/// A key of a party, as a certificate: a certification centre's own, or one that signs a third party's receipts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartyAnchor {
    /// The certificate, DER in base64.
    pub certificate: String,
    /// Since when, and until when, the party answers for it.
    pub period: Period,
    /// The document that says so.
    pub act: String,
}

impl PartyAnchor {
    /// The SHA-256 of the certificate; `None` where it is no base64.
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        armour::decode(&self.certificate).ok().map(|der| Fingerprint::of(&der))
    }
}

/// One national anchor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnchorEntry {
    /// A name for people.
    pub label: String,
    /// The certificate, DER in base64.
    pub certificate: String,
}

/// One foreign certification centre.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignCentre {
    /// Its name in the registry; none in the first schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<PartyId>,
    /// A name for people.
    pub label: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Its root certificate, DER in base64.
    pub certificate: String,
    /// From when to when it answers for that key; none means always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// Further keys of the same centre.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further_anchors: Vec<PartyAnchor>,
    /// The act it is registered under.
    pub act: String,
    /// What happened to its registration with the trusted third party of Kazakhstan, in the order of `effective_from`;
    /// none where it has no such registration.
    pub events: Vec<StatusEvent>,
    /// What the registration is good for; without any, for everything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<Scope>,
    /// What this centre's certificates say about their holders, in our words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub role_equivalences: Vec<RoleEquivalence>,
}

impl ForeignCentre {
    /// A centre with one key that is not registered anywhere.
    pub fn unregistered(label: &str, country: &str, certificate: &Certificate) -> Self {
        Self {
            party: None,
            label: label.to_owned(),
            country: country.to_owned(),
            certificate: armour::encode(certificate.der()),
            period: None,
            further_anchors: Vec::new(),
            act: String::new(),
            events: Vec::new(),
            scopes: Vec::new(),
            role_equivalences: Vec::new(),
        }
    }
}

/// One trusted third party (TTP) of another state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignTtp {
    /// Its name in the registry.
    pub party: PartyId,
    /// A name for people.
    pub label: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// The act it is registered under.
    pub act: String,
    /// The keys that its receipts are signed under: end-entity certificates, or those of authorities above them.
    pub anchors: Vec<PartyAnchor>,
    /// What happened to its registration with the trusted third party of Kazakhstan, in the order of `effective_from`.
    pub events: Vec<StatusEvent>,
    /// What the registration is good for; without any, for everything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<Scope>,
    /// How it is asked and how it answers.
    pub receipt_profile: ReceiptProfile,
}

/// A trusted third party of Kazakhstan: whose receipt certifies authenticity here (order 547/НҚ p. 9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DomesticTtp {
    /// Its name in the registry.
    pub party: PartyId,
    /// A name for people.
    pub label: String,
    /// The act it works under.
    pub act: String,
    /// The keys that its receipts are signed under: end-entity certificates, or those of authorities above them.
    pub anchors: Vec<PartyAnchor>,
    /// How it is asked and how it answers.
    pub receipt_profile: ReceiptProfile,
}

/// A foreign centre registered with a foreign third party (route R2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// The third party.
    pub ttp: PartyId,
    /// The centre.
    pub centre: PartyId,
    /// From when to when.
    pub period: Period,
    /// When it became known here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_at: Option<Timestamp>,
    /// What says so: a foreign list, a receipt.
    pub evidence: String,
}

/// A treaty on recognition (route R3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Treaty {
    /// Its name in the registry.
    pub party: PartyId,
    /// Its title.
    pub title: String,
    /// ISO 3166-1 alpha-2 of the states whose centres it covers.
    pub countries: Vec<String>,
    /// The centres it covers; without any, every centre of these states that the snapshot knows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub centres: Vec<PartyId>,
    /// When it was ratified; without this it opens no route.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratified_at: Option<Timestamp>,
    /// When it is in force; without this it opens no route.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_force: Option<Period>,
    /// What it is good for; without any, for everything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<Scope>,
    /// Whether a receipt of the trusted third party of Kazakhstan is needed all the same.
    pub requires_domestic_receipt: bool,
    /// Third parties whose receipts count in the place of ours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepted_receipts: Vec<PartyId>,
    /// Acts that carry it out (EEC Collegium Decision 120, 103 …).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub implemented_by: Vec<String>,
    /// The act of ratification.
    pub act: String,
}
