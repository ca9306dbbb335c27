//! Kinds of private keys by name.

use std::str::FromStr;

use super::algorithm::SignatureAlgorithm;
use super::digest::DigestAlgorithm;
use super::ec_curve::EcCurve;
use super::key::{KeyFamily, PublicKey};

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
    /// Russian GOST R 34.10-2001: for what is old.
    Gost2001,
}

impl KeyAlgorithm {
    /// Every kind of key, in the order they are offered in.
    pub const ALL: [Self; 12] = [
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
        Self::EcP256,
        Self::EcP384,
        Self::Ed25519,
        Self::GostKz256,
        Self::GostKz512,
        Self::GostKz2004,
        Self::Gost2012_256,
        Self::Gost2012_512,
        Self::Gost2001,
    ];

    /// The name that the command line and reports use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rsa2048 => "rsa-2048",
            Self::Rsa3072 => "rsa-3072",
            Self::Rsa4096 => "rsa-4096",
            other => other.family().name(),
        }
    }

    pub(super) fn family(self) -> KeyFamily {
        match self {
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => KeyFamily::Rsa,
            Self::EcP256 => KeyFamily::Ec(EcCurve::P256),
            Self::EcP384 => KeyFamily::Ec(EcCurve::P384),
            Self::Ed25519 => KeyFamily::Ed25519,
            Self::GostKz256 => KeyFamily::GostKz256,
            Self::GostKz512 => KeyFamily::GostKz512,
            Self::GostKz2004 => KeyFamily::GostKz2004,
            Self::Gost2012_256 => KeyFamily::Gost2012_256,
            Self::Gost2012_512 => KeyFamily::Gost2012_512,
            Self::Gost2001 => KeyFamily::Gost2001,
        }
    }

    /// The algorithm that a key of this kind signs with.
    pub fn signature_algorithm(self) -> SignatureAlgorithm {
        match self {
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256),
            Self::EcP256 => SignatureAlgorithm::Ecdsa(EcCurve::P256, DigestAlgorithm::Sha256),
            Self::EcP384 => SignatureAlgorithm::Ecdsa(EcCurve::P384, DigestAlgorithm::Sha384),
            Self::Ed25519 => SignatureAlgorithm::Ed25519,
            Self::GostKz256 => SignatureAlgorithm::GostR34102015_256Kz,
            Self::GostKz512 => SignatureAlgorithm::GostR34102015_512Kz,
            Self::GostKz2004 => SignatureAlgorithm::Gost343102004Kz,
            Self::Gost2012_256 => SignatureAlgorithm::GostR34102012_256,
            Self::Gost2012_512 => SignatureAlgorithm::GostR34102012_512,
            Self::Gost2001 => SignatureAlgorithm::GostR34102001,
        }
    }

    /// The kind of an existing key; `None` for RSA of another size.
    pub fn of(key: &PublicKey) -> Option<Self> {
        let rsa_bits = match key.key_bits() {
            2048 => Self::Rsa2048,
            3072 => Self::Rsa3072,
            _ => Self::Rsa4096,
        };
        if key.family() == KeyFamily::Rsa {
            return matches!(key.key_bits(), 2048 | 3072 | 4096).then_some(rsa_bits);
        }
        Self::ALL.into_iter().find(|algorithm| algorithm.family() == key.family())
    }
}

/// No key algorithm has this name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{name}` is no key algorithm; there are {}", KeyAlgorithm::ALL.map(KeyAlgorithm::name).join(", "))]
pub struct UnknownKeyAlgorithm {
    /// The name asked for.
    pub name: String,
}

impl FromStr for KeyAlgorithm {
    type Err = UnknownKeyAlgorithm;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|algorithm| algorithm.name() == name);
        found.ok_or_else(|| UnknownKeyAlgorithm { name: name.to_owned() })
    }
}
