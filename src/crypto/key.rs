//! Public keys: read from SubjectPublicKeyInfo and checked before anyone can hold one.

use std::sync::Arc;

use const_oid::ObjectIdentifier;

use super::algorithm::UnsupportedAlgorithm;
use crate::codec::Malformed;

/// The kind of a key: the algorithm family with its curve size and country.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum KeyFamily {
    Rsa,
    EcP256,
    EcP384,
    Ed25519,
    GostKz256,
    GostKz512,
    GostKz2004,
    Gost2012_256,
    Gost2012_512,
}

impl KeyFamily {
    pub(crate) fn name(self) -> &'static str {
        todo!()
    }
    pub(crate) fn oid(self) -> ObjectIdentifier {
        todo!()
    }
    pub(crate) fn signs_under_key_oid(self) -> bool {
        todo!()
    }
}

/// A parsed and checked SubjectPublicKeyInfo; cloning shares it.
#[derive(Clone)]
pub struct PublicKey(Arc<Inner>);

struct Inner {
    spki: Vec<u8>,
}

impl PublicKey {
    /// Reads a DER SubjectPublicKeyInfo. A point must be on its curve, in the subgroup of prime order, not at infinity.
    pub fn from_spki_der(spki: &[u8]) -> Result<Self, KeyError> {
        todo!()
    }
    /// The SubjectPublicKeyInfo as it was received.
    pub fn spki_der(&self) -> &[u8] {
        &self.0.spki
    }
    /// The kind of key, as reports name it (`rsa`, `ec-p256`, `gost-r-34.10-2015-512-kz`).
    pub fn algorithm_name(&self) -> &'static str {
        self.family().name()
    }
    /// Size in bits of the modulus or of the curve.
    pub fn key_bits(&self) -> usize {
        todo!()
    }
    pub(crate) fn family(&self) -> KeyFamily {
        todo!()
    }
    pub(crate) fn check_strength(&self) -> Result<(), UnsupportedAlgorithm> {
        todo!()
    }
}

/// Two keys are equal where they are the same key, however their SubjectPublicKeyInfo spells it.
impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.spki == other.0.spki
    }
}
impl Eq for PublicKey {}
impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.algorithm_name())
    }
}

/// A key that cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The octets are not the structure they claim to be.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The key's algorithm is not one of ours.
    #[error("key algorithm {oid} is not supported")]
    UnknownAlgorithm {
        /// The identifier found.
        oid: ObjectIdentifier,
    },
    /// The key's algorithm is ours, but not with these parameters.
    #[error("the parameters of key algorithm {oid} are not supported")]
    UnsupportedParameters {
        /// The identifier of the key's algorithm.
        oid: ObjectIdentifier,
    },
    /// The point is malformed, compressed, not on the curve, at infinity, or outside of the subgroup of prime order.
    #[error("the public key is not a point of the curve's subgroup of prime order")]
    InvalidPoint,
    /// An RSA modulus or exponent that cannot be one.
    #[error("the RSA modulus or exponent cannot be one")]
    InvalidRsa,
    /// A secret scalar of zero or not below the order of the group.
    #[error("the private key is zero or not below the order of its group")]
    InvalidScalar,
    /// The private key does not belong to the public key beside it.
    #[error("the private key does not belong to the public key beside it")]
    PairMismatch,
    /// A key of a size that cannot be used to sign or verify.
    #[error("a key of {bits} bits cannot be used here")]
    UnsupportedSize {
        /// Size of the key.
        bits: usize,
    },
    /// The encrypted key does not open with this password.
    #[error("the password does not open the key")]
    WrongPassword,
    /// The key is encrypted in a way that is not supported.
    #[error("the key is encrypted in a way that is not supported")]
    UnsupportedEncryption,
    /// A bound was hit.
    #[error(transparent)]
    Limit(#[from] crate::limits::LimitExceeded),
    /// No randomness to make a key from.
    #[error(transparent)]
    Entropy(#[from] super::EntropyError),
}
