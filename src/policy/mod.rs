//! What we demand, as data: which algorithms until when, which key usage, which evidence. Never judges by itself.

use const_oid::ObjectIdentifier;
use serde::{Deserialize, Serialize};

use crate::crypto::{DigestAlgorithm, PublicKey, SignatureAlgorithm};
use crate::path::{AnchorValidity, PathRules, PolicySet, Profile, PurposeScope};
use crate::time::Timestamp;

/// One named set of demands. The text of a policy is part of an evidence bundle, so that a verdict can be repeated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Its name, as given to `--policy`.
    pub name: String,
    /// The norm it stands on, in words.
    pub norm: String,
    /// Whether a signer must have signed attributes: without them the signed octets do not say what they are.
    pub require_signed_attributes: bool,
    /// Whether the signer's key usage must allow nonRepudiation.
    pub require_non_repudiation: bool,
    /// Whether the anchor's own validity period counts.
    pub check_anchor_validity: bool,
    /// What is demanded of certification paths beside RFC 5280 §6.1.
    #[serde(default)]
    pub paths: PathDemands,
    /// How long an OCSP response without nextUpdate tells about the time after it was made (RFC 6960 §4.2.2.1: newer
    /// information is always there), in seconds.
    #[serde(default)]
    pub ocsp_age_seconds_max: u32,
    /// How long after its making a trust snapshot may be used, in days.
    pub snapshot_age_days_max: u32,
    /// Demands on algorithms, first match counts; an algorithm without a row is refused.
    pub algorithms: Vec<AlgorithmRule>,
    /// Digests that are no longer acceptable where they stand alone (time-stamp imprints); others are.
    #[serde(default)]
    pub digests: Vec<DigestRule>,
    /// The bodies that may issue documents; without a list nobody asks which may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuing_bodies: Option<Vec<IssuingBody>>,
}

/// A body and what it may issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuingBody {
    /// Its BIN.
    pub bin: String,
    /// Its name, for people.
    pub name: String,
    /// Codes of kinds of documents, as the catalogue of permits has them.
    pub kinds: Vec<String>,
}

/// Whether a body may issue documents of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Competence {
    /// The list says so.
    Listed,
    /// There is a list, and it does not.
    NotListed,
    /// There is no list.
    NotChecked,
}

/// What is demanded of certification paths: the initial values of RFC 5280 §6.1.1, and a certificate profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PathDemands {
    /// Which certificate profile is enforced.
    pub profile: Profile,
    /// A purpose that the signer must be good for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extended_key_usage: Option<PolicyOid>,
    /// Whose purposes count.
    pub purpose_scope: PurposeScope,
    /// user-initial-policy-set; any policy where it is empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub certificate_policies: Vec<PolicyOid>,
    /// initial-explicit-policy.
    pub require_explicit_policy: bool,
    /// initial-policy-mapping-inhibit.
    pub inhibit_policy_mapping: bool,
    /// initial-any-policy-inhibit.
    pub inhibit_any_policy: bool,
}

/// An object identifier, written with dots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PolicyOid(pub ObjectIdentifier);

impl TryFrom<String> for PolicyOid {
    type Error = const_oid::Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        ObjectIdentifier::new(&text).map(Self)
    }
}

impl From<PolicyOid> for String {
    fn from(oid: PolicyOid) -> Self {
        oid.0.to_string()
    }
}

/// Until when a digest is acceptable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DigestRule {
    /// A name of the digest table.
    pub name: String,
    /// First instant it is no longer accepted.
    pub until: Timestamp,
    /// Who says so.
    pub source: String,
}

/// Until when a family of algorithms is acceptable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlgorithmRule {
    /// A name of the algorithm table; one `*` in it stands for anything.
    pub name: String,
    /// Smallest key, in bits.
    #[serde(default)]
    pub key_bits_min: usize,
    /// Signatures proven to exist before this are acceptable; absent: no end is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Who says so.
    pub source: String,
}

/// Whether a policy accepts an algorithm at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptability {
    /// It does.
    Accepted,
    /// The key is too short.
    KeyTooShort {
        /// Smallest key accepted, in bits.
        key_bits_min: usize,
    },
    /// It did, until then.
    Ended {
        /// First instant it is no longer accepted.
        until: Timestamp,
    },
    /// No row names it.
    NotListed,
}

/// There is no policy of that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no policy named `{name}`; known: kz, rfc5280, webpki")]
pub struct UnknownPolicy {
    /// The name that was asked for.
    pub name: String,
}

impl Policy {
    /// Finds a policy that comes with the program: `kz` (Kazakh rules, the default), `rfc5280` (paths and
    /// certificates by the standard alone) or `webpki` (TLS servers).
    pub fn named(name: &str) -> Result<Self, UnknownPolicy> {
        let text = match name {
            "kz" => include_str!("kz.toml"),
            "rfc5280" => include_str!("rfc5280.toml"),
            "webpki" => include_str!("webpki.toml"),
            _ => return Err(UnknownPolicy { name: name.to_owned() }),
        };
        // INVARIANT: the files are part of the program and are read in a test.
        #[expect(clippy::expect_used, reason = "a built-in file, read in a test")]
        Ok(toml::from_str(text).expect("a built-in policy reads"))
    }

    /// Whether the body of this BIN may issue documents of this kind.
    pub fn competence(&self, bin: &str, kind: &str) -> Competence {
        let may = |body: &IssuingBody| body.bin == bin && body.kinds.iter().any(|one| one == kind);
        match &self.issuing_bodies {
            None => Competence::NotChecked,
            Some(bodies) if bodies.iter().any(may) => Competence::Listed,
            Some(_) => Competence::NotListed,
        }
    }

    /// The demands on paths.
    pub fn path_rules(&self) -> PathRules {
        let anchor_validity =
            if self.check_anchor_validity { AnchorValidity::Checked } else { AnchorValidity::Ignored };
        let demands = &self.paths;
        let policies = match demands.certificate_policies.as_slice() {
            [] => PolicySet::Any,
            some => PolicySet::Only(some.iter().map(|oid| oid.0).collect()),
        };
        PathRules {
            anchor_validity,
            ocsp_age_seconds_max: self.ocsp_age_seconds_max,
            extended_key_usage: demands.extended_key_usage.map(|oid| oid.0),
            purpose_scope: demands.purpose_scope,
            policies,
            require_explicit_policy: demands.require_explicit_policy,
            inhibit_policy_mapping: demands.inhibit_policy_mapping,
            inhibit_any_policy: demands.inhibit_any_policy,
            profile: demands.profile,
            ..PathRules::default()
        }
    }

    /// The demand on the algorithm of this name: the first row that matches it; none: it is refused.
    pub fn rule_for(&self, name: &str) -> Option<&AlgorithmRule> {
        self.algorithms.iter().find(|rule| rule.matches(name))
    }

    /// Whether a signature made with this algorithm and key, and proven to exist at `at`, is acceptable.
    pub fn accepts(&self, algorithm: SignatureAlgorithm, key: &PublicKey, at: Timestamp) -> Acceptability {
        let Some(rule) = self.rule_for(algorithm.name()) else { return Acceptability::NotListed };
        if key.key_bits() < rule.key_bits_min {
            return Acceptability::KeyTooShort { key_bits_min: rule.key_bits_min };
        }
        match rule.until {
            Some(until) if at >= until => Acceptability::Ended { until },
            _ => Acceptability::Accepted,
        }
    }
}

impl Policy {
    /// Whether a digest that stands alone is acceptable at `at`.
    pub fn accepts_digest(&self, digest: DigestAlgorithm, at: Timestamp) -> bool {
        self.digests.iter().all(|rule| rule.name != digest.name() || at < rule.until)
    }
}

impl AlgorithmRule {
    fn matches(&self, name: &str) -> bool {
        let Some((beginning, end)) = self.name.split_once('*') else { return self.name == name };
        name.strip_prefix(beginning).is_some_and(|rest| rest.ends_with(end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_policies_read_and_other_names_are_refused() {
        for name in ["kz", "rfc5280", "webpki"] {
            assert_eq!(Policy::named(name).unwrap().name, name);
        }
        assert!(Policy::named("any").is_err());
    }

    #[test]
    fn an_algorithm_is_held_to_the_first_row_that_names_it() {
        let policy = Policy::named("kz").unwrap();
        let row = |name: &str| policy.algorithms.iter().find(|rule| rule.matches(name)).map(|rule| &*rule.name);
        for (name, expected) in [
            ("rsa-pkcs1-sha1", Some("rsa-*-sha1")),
            ("rsa-pss-sha1", Some("rsa-*-sha1")),
            ("rsa-pkcs1-sha224", Some("rsa-*224")),
            ("rsa-pss-sha3-224", Some("rsa-*224")),
            ("rsa-pkcs1-sha3-256", Some("rsa-pkcs1-*")),
            ("ecdsa-p384-sha1", Some("ecdsa-*-sha1")),
            ("ecdsa-p521-sha512", Some("ecdsa-p*")),
            ("ecdsa-p256-sha3-224", Some("ecdsa-*224")),
            ("ecdsa-brainpoolp384r1-sha384", Some("ecdsa-brainpoolp384r1-*")),
            ("ecdsa-brainpoolp384r1-sha1", Some("ecdsa-*-sha1")),
            ("ecdsa-brainpoolp384t1-sha384", None),
            ("ecdsa-brainpoolp320r1-sha384", None),
            ("ml-dsa-65", Some("ml-dsa-*")),
            ("md5", None),
        ] {
            assert_eq!(row(name), expected, "{name}");
        }
        for rule in policy.algorithms.iter().filter(|rule| rule.name.starts_with("rsa")) {
            assert!(rule.key_bits_min >= 2048, "{}: anybody can make RSA-1024 signatures one day", rule.name);
        }
    }

    #[test]
    fn a_star_stands_for_anything_and_a_rule_without_one_for_the_whole_name() {
        let rule =
            |name: &str| AlgorithmRule { name: name.into(), key_bits_min: 0, until: None, source: String::new() };
        assert!(rule("rsa-*").matches("rsa-pkcs1-sha256"));
        assert!(!rule("rsa-*").matches("ecdsa-p256-sha256"));
        assert!(rule("rsa-*-sha1").matches("rsa-pss-sha1"));
        assert!(!rule("rsa-*-sha1").matches("rsa-pss-sha256"));
        assert!(!rule("rsa-*-sha1").matches("rsa-sha1"), "the beginning and the end do not share octets");
        assert!(rule("ed25519").matches("ed25519"));
        assert!(!rule("ed25519").matches("ed25519ph"));
    }
}
