//! Private keys: made, read from PKCS#8, written, and signed with.

use std::borrow::Cow;
use std::fmt;

use const_oid::ObjectIdentifier;
use p521::ecdsa::signature::hazmat::PrehashSigner;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding,
    RsaKeyPair,
};
use zeroize::Zeroizing;

use super::algorithm::SignatureAlgorithm;
use super::digest::DigestAlgorithm;
use super::ec_curve::EcCurve;
use super::entropy::Entropy;
use super::gost_key::GostScalar;
use super::gost_set::ParameterSet;
use super::key::{ID_EC_PUBLIC_KEY, KeyError, KeyFamily, PublicKey};
use super::key_algorithm::KeyAlgorithm;
use super::mldsa::MlDsaSet;
use super::mldsa_key::MlDsaSecret;
use super::rsa_pss::PssParameters;
use super::sm2::Sm2Scalar;
use super::verify::{Outcome, SignatureClaim, verify_many};
use super::{ec_parameters, ec_scalar, pkcs8, rsa_key, secret_der, sm2};
use crate::codec::der::{self, Encoding, Reader, tag};

/// A private key with its public key. Our copies of the secret are erased when it is dropped; ring does not erase its own.
pub struct SigningKey {
    algorithm: KeyAlgorithm,
    default: SignatureAlgorithm,
    public: PublicKey,
    secret: Secret,
}

enum Secret {
    Rsa { identifier: Vec<u8>, pkcs1: Zeroizing<Vec<u8>>, pair: Box<RsaKeyPair> },
    Ec { curve: EcCurve, scalar: Zeroizing<Vec<u8>>, pair: Box<EcdsaKeyPair> },
    P521 { scalar: Zeroizing<Vec<u8>>, key: Box<p521::ecdsa::SigningKey> },
    Ed25519 { seed: Zeroizing<Vec<u8>>, pair: Box<Ed25519KeyPair> },
    MlDsa(MlDsaSecret),
    Gost(GostScalar),
    Sm2(Sm2Scalar),
}

impl SigningKey {
    /// Makes a key. The same entropy makes the same key.
    ///
    /// *Cost*: RSA takes up to a few seconds, everything else less than a millisecond.
    pub fn generate(algorithm: KeyAlgorithm, entropy: &mut dyn Entropy) -> Result<Self, KeyError> {
        let family = algorithm.family();
        match algorithm {
            KeyAlgorithm::Rsa2048 => Self::from_rsa(rsa(), rsa_key::generate(2048, entropy)?),
            KeyAlgorithm::Rsa3072 => Self::from_rsa(rsa(), rsa_key::generate(3072, entropy)?),
            KeyAlgorithm::Rsa4096 => Self::from_rsa(rsa(), rsa_key::generate(4096, entropy)?),
            KeyAlgorithm::RsaPss2048 => Self::from_rsa(rsa_pss(None), rsa_key::generate(2048, entropy)?),
            KeyAlgorithm::RsaPss3072 => Self::from_rsa(rsa_pss(None), rsa_key::generate(3072, entropy)?),
            KeyAlgorithm::RsaPss4096 => Self::from_rsa(rsa_pss(None), rsa_key::generate(4096, entropy)?),
            KeyAlgorithm::EcP256 => Self::from_ec(EcCurve::P256, ec_scalar::generate(EcCurve::P256, entropy)?, None),
            KeyAlgorithm::EcP384 => Self::from_ec(EcCurve::P384, ec_scalar::generate(EcCurve::P384, entropy)?, None),
            KeyAlgorithm::EcP521 => Self::from_p521(ec_scalar::generate(EcCurve::P521, entropy)?, None),
            KeyAlgorithm::MlDsa44 => Self::from_mldsa(MlDsaSecret::generate(MlDsaSet::MlDsa44, entropy)?),
            KeyAlgorithm::MlDsa65 => Self::from_mldsa(MlDsaSecret::generate(MlDsaSet::MlDsa65, entropy)?),
            KeyAlgorithm::MlDsa87 => Self::from_mldsa(MlDsaSecret::generate(MlDsaSet::MlDsa87, entropy)?),
            KeyAlgorithm::Ed25519 => {
                let mut seed = Zeroizing::new(vec![0; 32]);
                entropy.fill(&mut seed)?;
                Self::from_ed25519(seed)
            }
            KeyAlgorithm::Sm2 => Self::from_sm2(Sm2Scalar::generate(entropy)?, None),
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
            pkcs8::Kind::Rsa => Self::from_rsa(rsa(), info.private_key)?,
            pkcs8::Kind::RsaPss(restriction) => Self::from_rsa(rsa_pss(restriction), info.private_key)?,
            pkcs8::Kind::MlDsa(set) => Self::from_mldsa(MlDsaSecret::read(set, &info.private_key)?)?,
            pkcs8::Kind::Ec(EcCurve::P521) => {
                let key = ec_scalar::read(&ec_parameters::write(EcCurve::P521), &info.private_key)?;
                Self::from_p521(key.scalar, key.public)?
            }
            pkcs8::Kind::Ec(curve) => {
                let key = ec_scalar::read(&ec_parameters::write(curve), &info.private_key)?;
                Self::from_ec(curve, key.scalar, key.public)?
            }
            pkcs8::Kind::Sm2 => {
                let key = ec_scalar::read(&der::oid(sm2::ID_SM2), &info.private_key)?;
                let scalar = Sm2Scalar::read(&key.scalar).ok_or(KeyError::InvalidScalar)?;
                Self::from_sm2(scalar, key.public.as_deref())?
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
            Secret::Rsa { identifier, pkcs1, .. } => pkcs8::encode(identifier, pkcs1),
            Secret::P521 { scalar, .. } => {
                let private_key = ec_scalar::encode(scalar, self.public.key_octets());
                pkcs8::encode(&ec_algorithm_identifier(EcCurve::P521), &private_key)
            }
            Secret::MlDsa(secret) => pkcs8::encode(&identifier_alone(secret.set().oid()), &secret.write()),
            Secret::Ec { curve, scalar, .. } => {
                let private_key = ec_scalar::encode(scalar, self.public.key_octets());
                pkcs8::encode(&ec_algorithm_identifier(*curve), &private_key)
            }
            Secret::Ed25519 { seed, .. } => {
                pkcs8::encode(&identifier_alone(KeyFamily::Ed25519.oid()), &secret_der::octet_string(seed))
            }
            Secret::Sm2(scalar) => {
                let private_key = ec_scalar::encode(&scalar.octets(), self.public.key_octets());
                pkcs8::encode(&sm2_algorithm_identifier(), &private_key)
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
        self.default
    }

    /// Every algorithm that this key signs with, the default one first.
    pub fn signature_algorithms(&self) -> Vec<SignatureAlgorithm> {
        let all = self.algorithm.signature_algorithms();
        all.into_iter().filter(|algorithm| self.public.goes_with(*algorithm)).collect()
    }

    /// Signs a message (not its digest). The value is verified before it is given out, so that a fault in the machine
    /// cannot betray the key.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.sign_with(self.default, message)
    }

    /// Signs a message with one of `signature_algorithms`, as `sign` does. *Errors*: `NotOffered` for any other.
    pub fn sign_with(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, SignError> {
        if !self.signature_algorithms().contains(&algorithm) {
            return Err(SignError::NotOffered { algorithm: algorithm.name() });
        }
        let value = self.compute(algorithm, message)?;
        let claim = SignatureClaim {
            algorithm,
            key: &self.public,
            message: Cow::Borrowed(message),
            value: Cow::Borrowed(&value),
        };
        match verify_many(&[claim]).as_slice() {
            [Outcome::Valid(_)] => Ok(value),
            _ => Err(SignError::Fault),
        }
    }

    fn compute(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, SignError> {
        // ring draws the nonce of ECDSA and the salt of PSS from the system itself: it takes no other generator.
        let rng = SystemRandom::new();
        match &self.secret {
            Secret::Rsa { pair, .. } => {
                let padding = rsa_padding(algorithm).ok_or(SignError::Failed)?;
                let mut value = vec![0; pair.public().modulus_len()];
                pair.sign(padding, &rng, message, &mut value).map_err(|_| SignError::Failed)?;
                Ok(value)
            }
            Secret::Ec { pair, .. } => {
                let value = pair.sign(&rng, message).map_err(|_| SignError::Failed)?;
                Ok(value.as_ref().to_vec())
            }
            Secret::P521 { key, .. } => {
                // RFC 6979: the nonce follows from key and digest.
                let digest = DigestAlgorithm::Sha512.digest(message);
                let value: p521::ecdsa::Signature = key.sign_prehash(&digest).map_err(|_| SignError::Failed)?;
                let (r, s) = value.split_bytes();
                Ok(der::sequence(&[&der::integer(&r), &der::integer(&s)]))
            }
            Secret::Ed25519 { pair, .. } => Ok(pair.sign(message).as_ref().to_vec()),
            Secret::MlDsa(secret) => secret.sign(message).ok_or(SignError::Failed),
            Secret::Sm2(scalar) => Ok(scalar.sign(message)),
            Secret::Gost(scalar) => {
                let digest = algorithm.digest().ok_or(SignError::Failed)?;
                Ok(scalar.sign(&digest.digest(message)))
            }
        }
    }

    fn from_rsa(identifier: Vec<u8>, pkcs1: Zeroizing<Vec<u8>>) -> Result<Self, KeyError> {
        let mut private_key = Reader::new(&pkcs1, Encoding::Ber, "RSAPrivateKey").sequence()?;
        private_key.small_integer()?;
        let [n, e] = [private_key.any()?.raw, private_key.any()?.raw];
        let spki = spki(&identifier, &der::sequence(&[n, e]));
        // ring's own refusal would not say that it is the size.
        let public = PublicKey::from_spki_der(&spki)?;
        KeyAlgorithm::of(&public).ok_or(KeyError::UnsupportedSize { bits: public.key_bits() })?;
        let pair = Box::new(RsaKeyPair::from_der(&pkcs1).map_err(|_| KeyError::InvalidRsa)?);
        Self::new(&spki, Secret::Rsa { identifier, pkcs1, pair })
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

    fn from_p521(scalar: Zeroizing<Vec<u8>>, beside: Option<Vec<u8>>) -> Result<Self, KeyError> {
        let public = ec_scalar::public_octets(EcCurve::P521, &scalar).ok_or(KeyError::InvalidScalar)?;
        if beside.is_some_and(|beside| beside != public) {
            return Err(KeyError::PairMismatch);
        }
        let key = p521::ecdsa::SigningKey::from_slice(&scalar).map_err(|_| KeyError::InvalidScalar)?;
        let spki = spki(&ec_algorithm_identifier(EcCurve::P521), &public);
        Self::new(&spki, Secret::P521 { scalar, key: Box::new(key) })
    }

    fn from_mldsa(secret: MlDsaSecret) -> Result<Self, KeyError> {
        let spki = spki(&identifier_alone(secret.set().oid()), secret.public_octets());
        Self::new(&spki, Secret::MlDsa(secret))
    }

    fn from_ed25519(seed: Zeroizing<Vec<u8>>) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| KeyError::InvalidScalar)?;
        let spki = spki(&identifier_alone(KeyFamily::Ed25519.oid()), pair.public_key().as_ref());
        Self::new(&spki, Secret::Ed25519 { seed, pair: Box::new(pair) })
    }

    fn from_sm2(scalar: Sm2Scalar, beside: Option<&[u8]>) -> Result<Self, KeyError> {
        let public = scalar.public_octets();
        if beside.is_some_and(|beside| beside != public) {
            return Err(KeyError::PairMismatch);
        }
        Self::new(&spki(&sm2_algorithm_identifier(), &public), Secret::Sm2(scalar))
    }

    fn from_gost(scalar: GostScalar) -> Result<Self, KeyError> {
        let spki = spki(&scalar.set.algorithm_identifier_der(), &scalar.public_octets());
        Self::new(&spki, Secret::Gost(scalar))
    }

    fn new(spki: &[u8], secret: Secret) -> Result<Self, KeyError> {
        let public = PublicKey::from_spki_der(spki)?;
        let algorithm = KeyAlgorithm::of(&public).ok_or(KeyError::UnsupportedSize { bits: public.key_bits() })?;
        let mut key = Self { algorithm, default: algorithm.signature_algorithm(), public, secret };
        // A key for PSS may restrict itself to what is not offered.
        let oid = key.public.family().oid();
        key.default = *key.signature_algorithms().first().ok_or(KeyError::UnsupportedParameters { oid })?;
        Ok(key)
    }
}

/// The padding as ring has it: PSS with a salt as long as the digest.
fn rsa_padding(algorithm: SignatureAlgorithm) -> Option<&'static dyn RsaEncoding> {
    use DigestAlgorithm as D;
    use SignatureAlgorithm as S;
    match algorithm {
        S::RsaPkcs1(D::Sha256) => Some(&RSA_PKCS1_SHA256),
        S::RsaPkcs1(D::Sha384) => Some(&RSA_PKCS1_SHA384),
        S::RsaPkcs1(D::Sha512) => Some(&RSA_PKCS1_SHA512),
        S::RsaPss(PssParameters::SHA256) => Some(&RSA_PSS_SHA256),
        S::RsaPss(PssParameters::SHA384) => Some(&RSA_PSS_SHA384),
        S::RsaPss(PssParameters::SHA512) => Some(&RSA_PSS_SHA512),
        _ => None,
    }
}

fn spki(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    der::sequence(&[algorithm, &der::bit_string(key)])
}

/// The `AlgorithmIdentifier` of an RSA key.
fn rsa() -> Vec<u8> {
    der::sequence(&[&der::oid(KeyFamily::Rsa.oid()), &der::null()])
}

/// The `AlgorithmIdentifier` of an RSA key for PSS alone.
fn rsa_pss(restriction: Option<PssParameters>) -> Vec<u8> {
    let params = restriction.map(PssParameters::encode).unwrap_or_default();
    der::sequence(&[&der::oid(KeyFamily::RsaPss.oid()), &params])
}

/// An `AlgorithmIdentifier` without parameters.
fn identifier_alone(oid: ObjectIdentifier) -> Vec<u8> {
    der::sequence(&[&der::oid(oid)])
}

fn ec_algorithm_identifier(curve: EcCurve) -> Vec<u8> {
    der::sequence(&[&der::oid(ID_EC_PUBLIC_KEY), &ec_parameters::write(curve)])
}

fn sm2_algorithm_identifier() -> Vec<u8> {
    der::sequence(&[&der::oid(KeyFamily::Sm2.oid()), &der::oid(sm2::ID_SM2)])
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
    /// The key does not sign with this algorithm.
    #[error("this key does not sign with {algorithm}")]
    NotOffered {
        /// What was asked for.
        algorithm: &'static str,
    },
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
