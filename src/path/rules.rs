//! What a question about a path may demand beside RFC 5280 §6.1 itself.

use const_oid::ObjectIdentifier;
use serde::{Deserialize, Serialize};

use super::policy_graph::PolicySet;
use crate::limits::PATH_LENGTH_MAX;
use crate::time::Timestamp;
use crate::x509::NameConstraints;

/// The demands on a path. New ones are added over time: write `PathRules { …, ..PathRules::default() }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathRules {
    /// Whether the anchor's own validity period counts (order 500 п.16: every link, the root included).
    pub anchor_validity: AnchorValidity,
    /// Whether revocation is asked about (§6.1.3 (a)(3)).
    pub revocation: RevocationRule,
    /// How long an OCSP response without nextUpdate tells about the time after it was made (RFC 6960 §4.2.2.1).
    pub ocsp_age_seconds_max: u32,
    /// A purpose that the target must be good for (§4.2.1.12): one without the extension, or with
    /// `anyExtendedKeyUsage`, is good for every purpose.
    pub extended_key_usage: Option<ObjectIdentifier>,
    /// Whose purposes count.
    pub purpose_scope: PurposeScope,
    /// How many certificates may stand between anchor and target, self-issued ones not counted (§6.1.2 (k)).
    pub intermediates_max: usize,
    /// user-initial-policy-set (§6.1.1 (c)).
    pub policies: PolicySet,
    /// initial-explicit-policy (§6.1.1 (f)).
    pub require_explicit_policy: bool,
    /// initial-policy-mapping-inhibit (§6.1.1 (e)).
    pub inhibit_policy_mapping: bool,
    /// initial-any-policy-inhibit (§6.1.1 (g)).
    pub inhibit_any_policy: bool,
    /// initial-permitted-subtrees and initial-excluded-subtrees (§6.1.1 (h), (i)).
    pub initial_names: NameConstraints,
    /// Which certificate profile is enforced beside §6.1.
    pub profile: Profile,
    /// The name that the target must carry (RFC 9525).
    pub expected_name: Option<ExpectedName>,
    /// Where nothing but the target's own word says that the time in question was the time: when that word was there beyond
    /// doubt. Whoever has the key of an authority above makes a target and a word of any time, so a revocation that may mean
    /// so counts where it came before then.
    pub proven_at: Option<Timestamp>,
}

impl Default for PathRules {
    fn default() -> Self {
        Self {
            anchor_validity: AnchorValidity::Checked,
            revocation: RevocationRule::Checked,
            ocsp_age_seconds_max: 300,
            extended_key_usage: None,
            purpose_scope: PurposeScope::Target,
            intermediates_max: PATH_LENGTH_MAX.value,
            policies: PolicySet::Any,
            require_explicit_policy: false,
            inhibit_policy_mapping: false,
            inhibit_any_policy: false,
            initial_names: NameConstraints::default(),
            profile: Profile::PathAlone,
            expected_name: None,
            proven_at: None,
        }
    }
}

/// Which certificate profile is enforced beside §6.1: real certificates of national authorities break the stricter ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// None: what §6.1 does not ask for is not asked for.
    #[default]
    PathAlone,
    /// What conforming authorities MUST do (RFC 5280 §4).
    Rfc5280,
    /// TLS servers: the CA/Browser Forum's Baseline Requirements §7.1.
    Webpki,
}

/// Whose purposes count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PurposeScope {
    /// The target's, which is all that RFC 5280 asks.
    #[default]
    Target,
    /// Those of the authorities above it as well, as TLS practises it.
    Path,
}

/// The name of a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpectedName {
    /// A host.
    Dns(String),
    /// 4 or 16 octets.
    Ip(Vec<u8>),
    /// A mailbox.
    Rfc822(String),
}

/// Whether the anchor's own validity period counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnchorValidity {
    /// An expired anchor ends the path.
    Checked,
    /// An anchor is a name and a key (RFC 5280 §6.1.1 (d)).
    Ignored,
}

/// Whether revocation is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationRule {
    /// Every certificate but the anchor must be proven not to be revoked.
    Checked,
    /// Not asked about: for who answers about revocation (RFC 6960 §4.2.2.2.1), and for measuring.
    NotChecked,
}
