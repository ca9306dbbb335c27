//! Private keys: made, read from PKCS#8, written, and signed with.

use std::str::FromStr;

use zeroize::Zeroizing;

use super::algorithm::SignatureAlgorithm;
use super::entropy::Entropy;
use super::key::{KeyError, PublicKey};

/// What kind of key to make.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// RSA, 2048 bits.
    Rsa2048,
    /// RSA, 3072 bits.
    Rsa3072,
    /// RSA, 4096 bits.
    Rsa4096,
    /// ECDSA on P-256.
    EcP256,
    /// ECDSA on P-384.
    EcP384,
    /// Ed25519.
    Ed25519,
    /// Kazakh GOST R 34.10-2015, 256 bits.
    GostKz256,
    /// Kazakh GOST R 34.10-2015, 512 bits: what the national CA issues since 2024.
    GostKz512,
    /// Kazakh GOST 34.310-2004.
    GostKz2004,
    /// Russian GOST R 34.10-2012, 256 bits.
    Gost2012_256,
    /// Russian GOST R 34.10-2012, 512 bits.
    Gost2012_512,
}

impl KeyAlgorithm {
    /// The name that the command line and reports use.
    pub fn name(self) -> &'static str {
        todo!()
    }
}

/// No key algorithm has this name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no key algorithm has this name")]
pub struct UnknownKeyAlgorithm;

impl FromStr for KeyAlgorithm {
    type Err = UnknownKeyAlgorithm;
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        todo!()
    }
}

/// A private key with its public key.
pub struct SigningKey {
    public: PublicKey,
}

impl SigningKey {
    /// Makes a key.
    pub fn generate(algorithm: KeyAlgorithm, entropy: &mut dyn Entropy) -> Result<Self, KeyError> {
        todo!()
    }
    /// Reads a PKCS#8 PrivateKeyInfo; the public key is derived, and checked where one stands beside it.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
        todo!()
    }
    /// Reads an EncryptedPrivateKeyInfo (PBES2).
    pub fn from_encrypted_pkcs8(der: &[u8], password: &str) -> Result<Self, KeyError> {
        todo!()
    }
    /// Writes a PKCS#8 PrivateKeyInfo in the form its country uses.
    pub fn to_pkcs8_der(&self) -> Zeroizing<Vec<u8>> {
        todo!()
    }
    /// The public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }
    /// The kind of the key.
    pub fn key_algorithm(&self) -> KeyAlgorithm {
        todo!()
    }
    /// The algorithm that `sign` signs with.
    pub fn signature_algorithm(&self) -> SignatureAlgorithm {
        todo!()
    }
    /// Signs a message (not its digest); the value is verified before it is given out.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        todo!()
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey").field("public", &self.public).finish_non_exhaustive()
    }
}

/// A signature was not made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The signing operation itself failed.
    #[error("the signature could not be computed")]
    Failed,
    /// The value that was computed does not verify: the machine or the key is damaged, and the value was discarded.
    #[error("the computed signature does not verify; the machine or the key is damaged")]
    Fault,
}
