//! What can stand against a path.

use const_oid::ObjectIdentifier;

use super::profile::ProfileFault;
use super::revocation::RevocationUnknown;
use crate::time::Timestamp;
use crate::x509::{Certificate, RevocationReason};

/// One thing that stands against a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathDefect {
    /// The certificate at fault.
    pub certificate: Certificate,
    /// Whether that is the target itself.
    pub is_target: bool,
    /// What is wrong.
    pub defect: Defect,
}

/// What can stand against a path, gravest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Defect {
    /// Whether it was revoked cannot be told.
    RevocationUnknown(RevocationUnknown),
    /// It is on hold.
    OnHold {
        /// Since when.
        since: Timestamp,
    },
    /// Its period had ended (§6.1.3 (a)(2)).
    Expired {
        /// When.
        not_after: Timestamp,
    },
    /// Its period had not begun.
    NotYetValid {
        /// When it begins.
        not_before: Timestamp,
    },
    /// It was revoked (§6.1.3 (a)(3)).
    Revoked {
        /// Since when.
        since: Timestamp,
        /// Why, by CRLReason's name, where told.
        reason: Option<RevocationReasonRank>,
    },
    /// The target names purposes, and the one demanded is not among them (§4.2.1.12).
    NotForPurpose(ObjectIdentifier),
    /// None of its names is the one that was asked for (RFC 9525 §6).
    NameMismatch,
    /// It breaks a rule of the certificate profile that the policy holds it to.
    OutOfProfile(ProfileFault),
    /// The path leaves no policy valid where one must be (§6.1.3 (f), §6.1.5 (g)).
    NoValidPolicy,
    /// One of its names lies outside of what an authority above permits (§6.1.3 (b), (c)).
    NameNotPermitted,
    /// A CA certificate without keyCertSign (§6.1.4 (n)).
    MayNotSignCertificates,
    /// More CA certificates follow than a pathLenConstraint allows (§6.1.4 (l), (m)).
    PathLengthExceeded,
    /// It signs a certificate, but is no CA (§6.1.4 (k)).
    NotACa,
    /// An extension whose content does not read.
    UnreadableExtension(ObjectIdentifier),
    /// A critical extension that nobody here understands (§6.1.4 (o), §6.1.5 (f)).
    UnknownCriticalExtension(ObjectIdentifier),
    /// More names against more subtrees than `NAME_CONSTRAINT_CHECKS_MAX` allows.
    TooManyNames,
    /// More policies and mappings than `POLICY_NODES_MAX` allows.
    TooManyPolicies,
    /// A certificate with its issuer's name is at hand, but algorithm or key are not supported.
    SignatureUnsupported,
    /// The search was given up at its bound.
    BudgetSpent,
    /// A certificate with its issuer's name is at hand, but did not sign it (§6.1.3 (a)(1)).
    SignatureInvalid,
    /// No certificate with its issuer's name is at hand.
    NoIssuer,
}

impl Defect {
    /// Whether the path is one in every other respect: each certificate was made by who may make it, and stands or falls
    /// with the time in question and what was said of it.
    pub(super) fn is_of_time(&self) -> bool {
        matches!(
            self,
            Self::RevocationUnknown(_)
                | Self::OnHold { .. }
                | Self::Expired { .. }
                | Self::NotYetValid { .. }
                | Self::Revoked { .. }
        )
    }
}

/// A CRLReason that sorts, so that defects do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevocationReasonRank(pub RevocationReason);

impl PartialOrd for RevocationReasonRank {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RevocationReasonRank {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.name().cmp(other.0.name())
    }
}
