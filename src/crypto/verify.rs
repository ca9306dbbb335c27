//! Verification: claims in, outcomes out, always many at once.

use std::borrow::Cow;

use super::algorithm::SignatureAlgorithm;
use super::key::PublicKey;

/// One signature that is to be verified.
#[derive(Clone, Debug)]
pub struct SignatureClaim<'a> {
    /// The algorithm, as resolved against the key.
    pub algorithm: SignatureAlgorithm,
    /// The key that is said to have signed.
    pub key: &'a PublicKey,
    /// The octets that were signed (not their digest).
    pub message: Cow<'a, [u8]>,
    /// The signature value as it came.
    pub value: Cow<'a, [u8]>,
}

/// Proof that the mathematics of one signature held; only this file makes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VerifiedSignature {
    algorithm: SignatureAlgorithm,
}

impl VerifiedSignature {
    /// The algorithm that was verified.
    pub fn algorithm(self) -> SignatureAlgorithm {
        self.algorithm
    }
}

/// What the mathematics says of one claim.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The value is this key's signature over this message.
    Valid(VerifiedSignature),
    /// It is not.
    Invalid,
}

/// Verifies claims together. Gives one outcome per claim, in their order; no claim's outcome depends on its
/// neighbours, and identical claims are computed once.
pub fn verify_many(claims: &[SignatureClaim<'_>]) -> Vec<Outcome> {
    todo!()
}
