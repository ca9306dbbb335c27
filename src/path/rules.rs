//! What a question about a path may demand beside RFC 5280 §6.1 itself.

use const_oid::ObjectIdentifier;

use crate::limits::PATH_LENGTH_MAX;

/// The demands on a path. New ones are added over time: write `PathRules { …, ..PathRules::default() }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathRules {
    /// Whether the anchor's own validity period counts (order 500 п.16: every link, the root included).
    pub anchor_validity: AnchorValidity,
    /// Whether revocation is asked about (§6.1.3 (a)(3)).
    pub revocation: RevocationRule,
    /// A purpose that the target must be good for (§4.2.1.12): one without the extension, or with
    /// `anyExtendedKeyUsage`, is good for every purpose.
    pub extended_key_usage: Option<ObjectIdentifier>,
    /// How many certificates may stand between anchor and target, self-issued ones not counted (§6.1.2 (k)).
    pub intermediates_max: usize,
}

impl Default for PathRules {
    fn default() -> Self {
        Self {
            anchor_validity: AnchorValidity::Checked,
            revocation: RevocationRule::Checked,
            extended_key_usage: None,
            intermediates_max: PATH_LENGTH_MAX.value,
        }
    }
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
