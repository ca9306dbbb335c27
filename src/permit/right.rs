//! Whether the signer had the right to sign: asked of the certificate's content, not of its trust.

use serde::{Serialize, Serializer};

use super::Kind;
use super::reasons::{Told, told};
use crate::x509::Role;

/// What the signer's certificate says about its holder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SignerFacts {
    /// The roles in its extended key usage that we know.
    pub roles: Vec<Role>,
    /// OIDs there that look like roles and that we do not know.
    pub unknown_roles: Vec<String>,
    /// The BIN of the organisation.
    pub bin: Option<String>,
    /// The IIN of the person.
    pub iin: Option<String>,
    /// Whether the key usage includes nonRepudiation.
    pub key_usage_non_repudiation: bool,
}

impl SignerFacts {
    /// Sorts extended key usage OIDs into known and unknown roles; purposes outside the Kazakh arc are no roles.
    #[must_use]
    pub fn with_extended_key_usage<'a>(mut self, oids: impl IntoIterator<Item = &'a str>) -> Self {
        for oid in oids {
            match Role::from_oid(oid) {
                Some(role) => self.roles.push(role),
                None if oid.starts_with(KAZAKH_ARC) => self.unknown_roles.push(oid.to_owned()),
                None => {}
            }
        }
        self
    }
}

/// Whether the signer had the right to sign a document of this kind for this body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "standing", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SigningRight {
    /// Role, organisation and key usage all say so.
    Established,
    /// Something is not said; nothing speaks against it.
    NotEstablished {
        /// What is not said.
        reasons: Vec<RightReason>,
    },
    /// The certificate says otherwise.
    Contradicted {
        /// What speaks against it, and what is not said either.
        reasons: Vec<RightReason>,
    },
}

/// Why the right to sign is not established.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RightReason {
    /// The certificate names roles, none of which may sign.
    RoleNotAllowed {
        /// The roles named.
        roles: Vec<Role>,
    },
    /// The certificate names no role.
    RoleMissing,
    /// The certificate names roles that we do not know.
    RoleUnknown {
        /// Their OIDs.
        oids: Vec<String>,
    },
    /// The certificate is of another organisation.
    BinDiffers,
    /// The certificate names no organisation.
    BinMissing,
    /// The key is not meant for signing documents.
    NoNonRepudiation,
    /// No list names the body as one that issues documents of this kind.
    BodyNotListed,
}

impl RightReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::RoleNotAllowed { .. } => "ROLE_NOT_ALLOWED",
            Self::RoleMissing => "ROLE_MISSING",
            Self::RoleUnknown { .. } => "ROLE_UNKNOWN",
            Self::BinDiffers => "BIN_DIFFERS",
            Self::BinMissing => "BIN_MISSING",
            Self::NoNonRepudiation => "NO_NON_REPUDIATION",
            Self::BodyNotListed => "BODY_NOT_LISTED",
        }
    }

    /// The sentence and the hint for a person.
    pub fn told(&self) -> Told {
        let detail = match self {
            Self::RoleNotAllowed { roles } => roles.iter().map(|role| role.code()).collect::<Vec<_>>().join(", "),
            Self::RoleUnknown { oids } => oids.iter().take(8).cloned().collect::<Vec<_>>().join(", "),
            Self::RoleMissing | Self::BinDiffers | Self::BinMissing | Self::NoNonRepudiation | Self::BodyNotListed => {
                String::new()
            }
        };
        told(self.code(), &detail)
    }

    const fn contradicts(&self) -> bool {
        matches!(self, Self::RoleNotAllowed { .. } | Self::BinDiffers | Self::NoNonRepudiation)
    }
}

impl Serialize for RightReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.told().serialize(serializer)
    }
}

/// Asks whether the signer had the right to sign a document of this kind for the body with this BIN.
///
/// *Source*: facts/permits.md "Who signs"; law on electronic document and EDS, art. 10 (an EDS is used in accordance
/// with what its certificate says).
pub fn right_to_sign(kind: &Kind, signer: &SignerFacts, issuing_body_bin: &str) -> SigningRight {
    let reasons: Vec<_> = [role_reason(kind, signer), bin_reason(signer, issuing_body_bin), usage_reason(signer)]
        .into_iter()
        .flatten()
        .collect();
    if reasons.iter().any(RightReason::contradicts) {
        SigningRight::Contradicted { reasons }
    } else if reasons.is_empty() {
        SigningRight::Established
    } else {
        SigningRight::NotEstablished { reasons }
    }
}

fn role_reason(kind: &Kind, signer: &SignerFacts) -> Option<RightReason> {
    if signer.roles.iter().any(|role| kind.roles.contains(role)) {
        None
    } else if !signer.unknown_roles.is_empty() {
        Some(RightReason::RoleUnknown { oids: signer.unknown_roles.clone() })
    } else if signer.roles.iter().copied().all(says_nothing) {
        Some(RightReason::RoleMissing)
    } else {
        Some(RightReason::RoleNotAllowed { roles: signer.roles.clone() })
    }
}

/// Roles that say which sort of holder it is, or how they were identified, and leave open what they may sign.
const fn says_nothing(role: Role) -> bool {
    matches!(
        role,
        Role::Organisation
            | Role::Identification
            | Role::IdentifiedInPerson
            | Role::IdentifiedRemotely
            | Role::IdentifiedByDigitalId
    )
}

fn bin_reason(signer: &SignerFacts, issuing_body_bin: &str) -> Option<RightReason> {
    match &signer.bin {
        Some(bin) if bin == issuing_body_bin => None,
        Some(_) => Some(RightReason::BinDiffers),
        None => Some(RightReason::BinMissing),
    }
}

fn usage_reason(signer: &SignerFacts) -> Option<RightReason> {
    (!signer.key_usage_non_repudiation).then_some(RightReason::NoNonRepudiation)
}

/// iso(1) member-body(2) kz(398).
const KAZAKH_ARC: &str = "1.2.398.";

#[cfg(test)]
mod tests;
