//! What signs: a key in memory, a key in a token, whatever else holds one.

use std::borrow::Cow;
use std::fmt;

use super::algorithm::SignatureAlgorithm;
use super::key::{KeyFamily, PublicKey};
use super::signing_key::{SignError, SigningKey};
use super::verify::{Outcome, SignatureClaim, verify_many};
use super::{DigestAlgorithm, KeyAlgorithm, sm2};

/// A private key that signs, wherever it lies.
pub trait Signer: fmt::Debug + Send + Sync {
    /// The public key that its signatures verify under.
    fn public_key(&self) -> &PublicKey;

    /// The algorithm that `sign` signs with.
    fn signature_algorithm(&self) -> SignatureAlgorithm;

    /// Signs a message (not its digest). The value was verified before it is given out.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

impl Signer for SigningKey {
    fn public_key(&self) -> &PublicKey {
        Self::public_key(self)
    }

    fn signature_algorithm(&self) -> SignatureAlgorithm {
        Self::signature_algorithm(self)
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        Self::sign(self, message)
    }
}

/// RSA below this is verified, so that a policy can refuse it, and not signed with (ETSI TS 119 312 asks for 2048 since
/// 2011).
const RSA_MODULUS_BITS_MIN: usize = 2048;

/// Passes a value on where it is this key's signature over the message; `Fault` where it is not.
pub fn check_value(
    algorithm: SignatureAlgorithm,
    key: &PublicKey,
    message: &[u8],
    value: Vec<u8>,
) -> Result<Vec<u8>, SignError> {
    let claim = SignatureClaim { algorithm, key, message: message.into(), value: Cow::Borrowed(&value) };
    match verify_many(&[claim]).as_slice() {
        [Outcome::Valid(_)] => Ok(value),
        _ => Err(SignError::Fault),
    }
}

impl PublicKey {
    /// The algorithm that documents are signed with under a key of this kind, where nobody asks for another; `None` where
    /// a key restricts itself to parameters that we do not write.
    pub fn usual_algorithm(&self) -> Option<SignatureAlgorithm> {
        let algorithm = match self.family() {
            KeyFamily::Rsa if self.key_bits() >= RSA_MODULUS_BITS_MIN => {
                SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256)
            }
            _ => KeyAlgorithm::of(self)?.signature_algorithm(),
        };
        (self.goes_with(algorithm) && self.check_strength().is_ok()).then_some(algorithm)
    }

    /// Every algorithm that documents are signed with under a key of this kind, the usual one first; none where there is no
    /// usual one.
    pub fn signature_algorithms(&self) -> Vec<SignatureAlgorithm> {
        let Some(usual) = self.usual_algorithm() else { return Vec::new() };
        let all = match self.family() {
            // The same for every size that is signed with.
            KeyFamily::Rsa => KeyAlgorithm::Rsa2048.signature_algorithms(),
            KeyFamily::RsaPss => KeyAlgorithm::RsaPss2048.signature_algorithms(),
            _ => vec![usual],
        };
        all.into_iter().filter(|algorithm| self.goes_with(*algorithm)).collect()
    }

    /// The digest that a token signs which takes no messages: of the message alone, for SM2 of the key and the message
    /// (GB/T 32918.2 §6.1); `None` where the algorithm takes the message itself (RFC 8032 §5.1).
    pub fn digest_to_sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Option<Vec<u8>> {
        match algorithm {
            SignatureAlgorithm::Sm2Sm3 => {
                (self.family() == KeyFamily::Sm2).then(|| sm2::digest_to_sign(self.key_octets(), message))
            }
            _ => algorithm.digest().map(|digest| digest.digest(message)),
        }
    }

    /// Whether both are the same numbers: an RSA key may stand under rsaEncryption in one place and under id-RSASSA-PSS in
    /// another (RFC 4055 §1.2).
    pub fn is_same_pair(&self, other: &Self) -> bool {
        let is_rsa = |key: &Self| matches!(key.family(), KeyFamily::Rsa | KeyFamily::RsaPss);
        self == other || (is_rsa(self) && is_rsa(other) && self.key_octets() == other.key_octets())
    }

    /// The name of this kind of key as `keys new` takes it, or that of its algorithm where it makes none such.
    pub fn kind_name(&self) -> &'static str {
        KeyAlgorithm::of(self).map_or_else(|| self.algorithm_name(), KeyAlgorithm::name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::SeededEntropy;

    #[test]
    fn a_value_passes_over_its_own_message_alone() {
        let key = SigningKey::generate(KeyAlgorithm::GostKz512, &mut SeededEntropy::new(b"signer")).unwrap();
        let signer: &dyn Signer = &key;
        let value = signer.sign(b"message").unwrap();
        let check = |message: &[u8]| {
            check_value(signer.signature_algorithm(), signer.public_key(), message, value.clone()).map(|_| ())
        };
        assert_eq!(check(b"massage"), Err(SignError::Fault));
        assert_eq!(check(b"message"), Ok(()));
    }

    #[test]
    fn rsa_under_two_names_is_one_key_and_other_numbers_are_another() {
        let public =
            |kind, seed: &[u8]| SigningKey::generate(kind, &mut SeededEntropy::new(seed)).unwrap().public_key().clone();
        let (rsa, pss) = (public(KeyAlgorithm::Rsa2048, b"one"), public(KeyAlgorithm::RsaPss2048, b"one"));
        assert_ne!(rsa, pss);
        assert!(!rsa.is_same_pair(&public(KeyAlgorithm::RsaPss2048, b"other")));
        assert!(!rsa.is_same_pair(&public(KeyAlgorithm::EcP256, b"one")));
        assert!(rsa.is_same_pair(&pss) && rsa.is_same_pair(&rsa));
    }

    #[test]
    fn a_key_that_we_can_make_is_usually_signed_with_as_we_sign() {
        for algorithm in KeyAlgorithm::ALL {
            let key = SigningKey::generate(algorithm, &mut SeededEntropy::new(b"usual")).unwrap();
            let usual = key.public_key().usual_algorithm();
            assert_eq!(usual, Some(key.signature_algorithm()), "{}", algorithm.name());
            assert_eq!(key.public_key().signature_algorithms(), key.signature_algorithms());
            assert_eq!(key.public_key().kind_name(), algorithm.name());
        }
    }
}
