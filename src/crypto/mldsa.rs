//! ML-DSA (FIPS 204), pure and with the empty context, as X.509 (RFC 9881) and CMS (RFC 9882) use it: verified here,
//! computed by the crate `ml-dsa`. The pre-hashed form is not in use there and not supported.

use const_oid::ObjectIdentifier;
use ml_dsa::{MlDsa44, MlDsa65, MlDsa87, MlDsaParams, Signature, VerifyingKey};

use super::digest::DigestAlgorithm;
use super::key::KeyError;
use crate::codec::{Malformed, MalformedKind};

/// A parameter set of ML-DSA.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum MlDsaSet {
    /// ML-DSA-44, security category 2.
    MlDsa44,
    /// ML-DSA-65, security category 3.
    MlDsa65,
    /// ML-DSA-87, security category 5.
    MlDsa87,
}

impl MlDsaSet {
    /// Every set.
    pub const ALL: [Self; 3] = [Self::MlDsa44, Self::MlDsa65, Self::MlDsa87];

    /// The name that reports use, of the key and of the signature.
    pub fn name(self) -> &'static str {
        match self {
            Self::MlDsa44 => "ml-dsa-44",
            Self::MlDsa65 => "ml-dsa-65",
            Self::MlDsa87 => "ml-dsa-87",
        }
    }

    /// The identifier of both the key and the signature (RFC 9881 §2).
    pub fn oid(self) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(match self {
            Self::MlDsa44 => "2.16.840.1.101.3.4.3.17",
            Self::MlDsa65 => "2.16.840.1.101.3.4.3.18",
            Self::MlDsa87 => "2.16.840.1.101.3.4.3.19",
        })
    }

    /// Octets of a public key (FIPS 204, table 2).
    pub(super) fn key_size(self) -> usize {
        match self {
            Self::MlDsa44 => 1312,
            Self::MlDsa65 => 1952,
            Self::MlDsa87 => 2592,
        }
    }

    /// Bits of a public key.
    pub(super) fn bits(self) -> usize {
        self.key_size().saturating_mul(8)
    }

    /// Every octet string of the right size is a public key (FIPS 204 §5.3, algorithm 23).
    pub(super) fn check_key(self, key: &[u8]) -> Result<(), KeyError> {
        if key.len() == self.key_size() {
            return Ok(());
        }
        Err(Malformed { at: 0, kind: MalformedKind::Value, within: "ML-DSA-PublicKey" }.into())
    }

    /// RFC 9882 §3.3: the digest of the content has at least twice the strength of the commitment hash: as many octets.
    ///
    /// DIVERGENCE D-21: a demand here, where the standard says SHOULD.
    pub(super) fn goes_beside(self, digest: DigestAlgorithm) -> bool {
        use DigestAlgorithm as D;
        let smallest = match self {
            Self::MlDsa44 => 32,
            Self::MlDsa65 => 48,
            Self::MlDsa87 => 64,
        };
        let modern = matches!(
            digest,
            D::Sha256 | D::Sha384 | D::Sha512 | D::Sha3_256 | D::Sha3_384 | D::Sha3_512 | D::Shake128 | D::Shake256
        );
        modern && digest.output_size() >= smallest
    }
}

/// FIPS 204 algorithm 3. *Takes* a key that `check_key` passed.
pub(super) fn verify(set: MlDsaSet, key: &[u8], message: &[u8], value: &[u8]) -> bool {
    match set {
        MlDsaSet::MlDsa44 => holds::<MlDsa44>(key, message, value),
        MlDsaSet::MlDsa65 => holds::<MlDsa65>(key, message, value),
        MlDsaSet::MlDsa87 => holds::<MlDsa87>(key, message, value),
    }
}

fn holds<P: MlDsaParams>(key: &[u8], message: &[u8], value: &[u8]) -> bool {
    // Reading checks the sizes, the norm of z, and that the hint has its one encoding.
    let (Ok(key), Ok(value)) = (key.try_into(), Signature::<P>::try_from(value)) else { return false };
    VerifyingKey::<P>::decode(&key).verify_with_context(message, &[], &value)
}
