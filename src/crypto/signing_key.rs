//! Private keys: made, read from PKCS#8, written, and signed with.

use std::borrow::Cow;
use std::fmt;

use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    RSA_PKCS1_SHA256, RsaKeyPair,
};
use zeroize::Zeroizing;

use super::algorithm::SignatureAlgorithm;
use super::ec_curve::EcCurve;
use super::entropy::Entropy;
use super::gost_key::GostScalar;
use super::gost_set::ParameterSet;
use super::key::{ID_EC_PUBLIC_KEY, KeyError, KeyFamily, PublicKey};
use super::key_algorithm::KeyAlgorithm;
use super::verify::{Outcome, SignatureClaim, verify_many};
use super::{ec_parameters, ec_scalar, pkcs8, rsa_key, secret_der};
use crate::codec::der::{self, Encoding, Reader, tag};

/// A private key with its public key. Our copies of the secret are erased when it is dropped; ring does not erase its own.
pub struct SigningKey {
    algorithm: KeyAlgorithm,
    public: PublicKey,
    secret: Secret,
}

enum Secret {
    Rsa { pkcs1: Zeroizing<Vec<u8>>, pair: Box<RsaKeyPair> },
    Ec { curve: EcCurve, scalar: Zeroizing<Vec<u8>>, pair: Box<EcdsaKeyPair> },
    Ed25519 { seed: Zeroizing<Vec<u8>>, pair: Box<Ed25519KeyPair> },
    Gost(GostScalar),
}

impl SigningKey {
    /// Makes a key. The same entropy makes the same key.
    ///
    /// *Cost*: RSA takes up to a few seconds, everything else less than a millisecond.
    pub fn generate(algorithm: KeyAlgorithm, entropy: &mut dyn Entropy) -> Result<Self, KeyError> {
        let family = algorithm.family();
        match algorithm {
            KeyAlgorithm::Rsa2048 => Self::from_rsa(rsa_key::generate(2048, entropy)?),
            KeyAlgorithm::Rsa3072 => Self::from_rsa(rsa_key::generate(3072, entropy)?),
            KeyAlgorithm::Rsa4096 => Self::from_rsa(rsa_key::generate(4096, entropy)?),
            KeyAlgorithm::EcP256 => Self::from_ec(EcCurve::P256, ec_scalar::generate(EcCurve::P256, entropy)?, None),
            KeyAlgorithm::EcP384 => Self::from_ec(EcCurve::P384, ec_scalar::generate(EcCurve::P384, entropy)?, None),
            KeyAlgorithm::Ed25519 => {
                let mut seed = Zeroizing::new(vec![0; 32]);
                entropy.fill(&mut seed)?;
                Self::from_ed25519(seed)
            }
            KeyAlgorithm::GostKz256
            | KeyAlgorithm::GostKz512
            | KeyAlgorithm::GostKz2004
            | KeyAlgorithm::Gost2012_256
            | KeyAlgorithm::Gost2012_512
            | KeyAlgorithm::Gost2001 => {
                let set = ParameterSet::of_family(family);
                let set = set.ok_or(KeyError::UnsupportedParameters { oid: family.oid() })?;
                Self::from_gost(GostScalar::generate(set, entropy)?)
            }
        }
    }

    /// Reads a PKCS#8 PrivateKeyInfo (RFC 5958) in DER or BER. The public key is derived from the private one; where one
    /// stands beside it they must agree.
    pub fn from_pkcs8_der(pkcs8: &[u8]) -> Result<Self, KeyError> {
        let info = pkcs8::PrivateKeyInfo::read(pkcs8)?;
        let key = match info.family {
            pkcs8::Kind::Rsa => Self::from_rsa(info.private_key)?,
            pkcs8::Kind::Ec(curve) => {
                let key = ec_scalar::read(curve, &info.private_key)?;
                Self::from_ec(curve, key.scalar, key.public)?
            }
            pkcs8::Kind::Ed25519 => {
                let mut reader = Reader::new(&info.private_key, Encoding::Ber, "CurvePrivateKey");
                let seed = Zeroizing::new(reader.expect(tag::OCTET_STRING)?.content.to_vec());
                reader.finish()?;
                Self::from_ed25519(seed)?
            }
            pkcs8::Kind::Gost(set) => {
                Self::from_gost(GostScalar::read(set, &info.private_key)?.ok_or(KeyError::InvalidScalar)?)?
            }
        };
        if info.public_key.is_some_and(|public| public != key.public.key_octets()) {
            return Err(KeyError::PairMismatch);
        }
        Ok(key)
    }

    /// Reads a PKCS#8 EncryptedPrivateKeyInfo: PBES2 as modern tools write it, or the schemes of PKCS#12.
    ///
    /// *Cost*: `PBE_ITERATIONS_MAX`.
    pub fn from_encrypted_pkcs8(encrypted: &[u8], password: &str) -> Result<Self, KeyError> {
        Self::from_pkcs8_der(&pkcs8::decrypt(encrypted, password)?)
    }

    /// Writes a PKCS#8 PrivateKeyInfo in the form its country uses.
    pub fn to_pkcs8_der(&self) -> Zeroizing<Vec<u8>> {
        match &self.secret {
            Secret::Rsa { pkcs1, .. } => pkcs8::encode(&rsa_algorithm_identifier(), pkcs1),
            Secret::Ec { curve, scalar, .. } => {
                let private_key = ec_scalar::encode(scalar, self.public.key_octets());
                pkcs8::encode(&ec_algorithm_identifier(*curve), &private_key)
            }
            Secret::Ed25519 { seed, .. } => {
                let algorithm = der::sequence(&[&der::oid(KeyFamily::Ed25519.oid())]);
                pkcs8::encode(&algorithm, &secret_der::octet_string(seed))
            }
            Secret::Gost(scalar) => pkcs8::encode(&scalar.set.algorithm_identifier_der(), &scalar.write()),
        }
    }

    /// The public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// The kind of the key.
    pub fn key_algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// The algorithm that `sign` signs with.
    pub fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.algorithm.signature_algorithm()
    }

    /// Signs a message (not its digest). The value is verified before it is given out, so that a fault in the machine
    /// cannot betray the key.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let value = self.compute(message)?;
        let claim = SignatureClaim {
            algorithm: self.signature_algorithm(),
            key: &self.public,
            message: Cow::Borrowed(message),
            value: Cow::Borrowed(&value),
        };
        match verify_many(&[claim]).as_slice() {
            [Outcome::Valid(_)] => Ok(value),
            _ => Err(SignError::Fault),
        }
    }

    fn compute(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        // ring draws the nonce of ECDSA (and nothing for RSA) from the system itself: it takes no other generator.
        let rng = SystemRandom::new();
        match &self.secret {
            Secret::Rsa { pair, .. } => {
                let mut value = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &rng, message, &mut value).map_err(|_| SignError::Failed)?;
                Ok(value)
            }
            Secret::Ec { pair, .. } => {
                let value = pair.sign(&rng, message).map_err(|_| SignError::Failed)?;
                Ok(value.as_ref().to_vec())
            }
            Secret::Ed25519 { pair, .. } => Ok(pair.sign(message).as_ref().to_vec()),
            Secret::Gost(scalar) => {
                let digest = self.signature_algorithm().digest().ok_or(SignError::Failed)?;
                Ok(scalar.sign(&digest.digest(message)))
            }
        }
    }

    fn from_rsa(pkcs1: Zeroizing<Vec<u8>>) -> Result<Self, KeyError> {
        let mut private_key = Reader::new(&pkcs1, Encoding::Ber, "RSAPrivateKey").sequence()?;
        private_key.small_integer()?;
        let [n, e] = [private_key.any()?.raw, private_key.any()?.raw];
        let spki = spki(&rsa_algorithm_identifier(), &der::sequence(&[n, e]));
        // ring's own refusal would not say that it is the size.
        let public = PublicKey::from_spki_der(&spki)?;
        KeyAlgorithm::of(&public).ok_or(KeyError::UnsupportedSize { bits: public.key_bits() })?;
        let pair = Box::new(RsaKeyPair::from_der(&pkcs1).map_err(|_| KeyError::InvalidRsa)?);
        Self::new(&spki, Secret::Rsa { pkcs1, pair })
    }

    fn from_ec(curve: EcCurve, scalar: Zeroizing<Vec<u8>>, beside: Option<Vec<u8>>) -> Result<Self, KeyError> {
        let public = ec_scalar::public_octets(curve, &scalar).ok_or(KeyError::InvalidScalar)?;
        if beside.is_some_and(|beside| beside != public) {
            return Err(KeyError::PairMismatch);
        }
        let algorithm = match curve {
            EcCurve::P256 => &ECDSA_P256_SHA256_ASN1_SIGNING,
            EcCurve::P384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
            _ => return Err(KeyError::UnsupportedParameters { oid: ID_EC_PUBLIC_KEY }),
        };
        let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, &scalar, &public, &SystemRandom::new())
            .map_err(|_| KeyError::InvalidScalar)?;
        let spki = spki(&ec_algorithm_identifier(curve), &public);
        Self::new(&spki, Secret::Ec { curve, scalar, pair: Box::new(pair) })
    }

    fn from_ed25519(seed: Zeroizing<Vec<u8>>) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| KeyError::InvalidScalar)?;
        let algorithm = der::sequence(&[&der::oid(KeyFamily::Ed25519.oid())]);
        let spki = spki(&algorithm, pair.public_key().as_ref());
        Self::new(&spki, Secret::Ed25519 { seed, pair: Box::new(pair) })
    }

    fn from_gost(scalar: GostScalar) -> Result<Self, KeyError> {
        let spki = spki(&scalar.set.algorithm_identifier_der(), &scalar.public_octets());
        Self::new(&spki, Secret::Gost(scalar))
    }

    fn new(spki: &[u8], secret: Secret) -> Result<Self, KeyError> {
        let public = PublicKey::from_spki_der(spki)?;
        let unsupported = KeyError::UnsupportedSize { bits: public.key_bits() };
        Ok(Self { algorithm: KeyAlgorithm::of(&public).ok_or(unsupported)?, public, secret })
    }
}

fn spki(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    der::sequence(&[algorithm, &der::bit_string(key)])
}

fn rsa_algorithm_identifier() -> Vec<u8> {
    der::sequence(&[&der::oid(KeyFamily::Rsa.oid()), &der::null()])
}

fn ec_algorithm_identifier(curve: EcCurve) -> Vec<u8> {
    der::sequence(&[&der::oid(ID_EC_PUBLIC_KEY), &ec_parameters::write(curve)])
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("public", &self.public).finish_non_exhaustive()
    }
}

/// A signature was not made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The operation itself failed.
    #[error("the signature could not be computed")]
    Failed,
    /// What holds the key is away.
    #[error("the token that holds the key does not answer; see that it is there, then try again")]
    Unavailable,
    /// The value that was computed does not verify, and was discarded.
    #[error("the computed signature does not verify: the machine or the key is damaged")]
    Fault,
}

#[cfg(test)]
mod tests;
