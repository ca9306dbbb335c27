//! Kinds of private keys by name.

use std::str::FromStr;

use super::algorithm::SignatureAlgorithm;
use super::digest::DigestAlgorithm;
use super::ec_curve::EcCurve;
use super::key::{KeyFamily, PublicKey};
use super::mldsa::MlDsaSet;
use super::rsa_pss::PssParameters;

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
    /// RSA for RSASSA-PSS alone, 2048 bits.
    RsaPss2048,
    /// RSA for RSASSA-PSS alone, 3072 bits.
    RsaPss3072,
    /// RSA for RSASSA-PSS alone, 4096 bits.
    RsaPss4096,
    /// ECDSA on P-256.
    EcP256,
    /// ECDSA on P-384.
    EcP384,
    /// ECDSA on P-521.
    EcP521,
    /// Ed25519.
    Ed25519,
    /// ML-DSA-44.
    MlDsa44,
    /// ML-DSA-65.
    MlDsa65,
    /// ML-DSA-87.
    MlDsa87,
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
    /// SM2, the signature algorithm of China.
    Sm2,
}

impl KeyAlgorithm {
    /// Every kind of key, in the order they are offered in.
    pub const ALL: [Self; 20] = [
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
        Self::RsaPss2048,
        Self::RsaPss3072,
        Self::RsaPss4096,
        Self::EcP256,
        Self::EcP384,
        Self::EcP521,
        Self::Ed25519,
        Self::MlDsa44,
        Self::MlDsa65,
        Self::MlDsa87,
        Self::GostKz256,
        Self::GostKz512,
        Self::GostKz2004,
        Self::Gost2012_256,
        Self::Gost2012_512,
        Self::Gost2001,
        Self::Sm2,
    ];

    /// The name that the command line and reports use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rsa2048 => "rsa-2048",
            Self::Rsa3072 => "rsa-3072",
            Self::Rsa4096 => "rsa-4096",
            Self::RsaPss2048 => "rsa-pss-2048",
            Self::RsaPss3072 => "rsa-pss-3072",
            Self::RsaPss4096 => "rsa-pss-4096",
            other => other.family().name(),
        }
    }

    pub(super) fn family(self) -> KeyFamily {
        match self {
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => KeyFamily::Rsa,
            Self::RsaPss2048 | Self::RsaPss3072 | Self::RsaPss4096 => KeyFamily::RsaPss,
            Self::EcP256 => KeyFamily::Ec(EcCurve::P256),
            Self::EcP384 => KeyFamily::Ec(EcCurve::P384),
            Self::EcP521 => KeyFamily::Ec(EcCurve::P521),
            Self::MlDsa44 => KeyFamily::MlDsa(MlDsaSet::MlDsa44),
            Self::MlDsa65 => KeyFamily::MlDsa(MlDsaSet::MlDsa65),
            Self::MlDsa87 => KeyFamily::MlDsa(MlDsaSet::MlDsa87),
            Self::Ed25519 => KeyFamily::Ed25519,
            Self::GostKz256 => KeyFamily::GostKz256,
            Self::GostKz512 => KeyFamily::GostKz512,
            Self::GostKz2004 => KeyFamily::GostKz2004,
            Self::Gost2012_256 => KeyFamily::Gost2012_256,
            Self::Gost2012_512 => KeyFamily::Gost2012_512,
            Self::Gost2001 => KeyFamily::Gost2001,
            Self::Sm2 => KeyFamily::Sm2,
        }
    }

    /// The algorithm that a key of this kind signs with, unless another is asked for or the key restricts itself.
    pub fn signature_algorithm(self) -> SignatureAlgorithm {
        use DigestAlgorithm as D;
        use SignatureAlgorithm as S;
        match self {
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => S::RsaPkcs1(D::Sha256),
            Self::RsaPss2048 | Self::RsaPss3072 | Self::RsaPss4096 => S::RsaPss(PssParameters::SHA256),
            Self::EcP256 => S::Ecdsa(EcCurve::P256, D::Sha256),
            Self::EcP384 => S::Ecdsa(EcCurve::P384, D::Sha384),
            Self::EcP521 => S::Ecdsa(EcCurve::P521, D::Sha512),
            Self::Ed25519 => S::Ed25519,
            Self::MlDsa44 => S::MlDsa(MlDsaSet::MlDsa44),
            Self::MlDsa65 => S::MlDsa(MlDsaSet::MlDsa65),
            Self::MlDsa87 => S::MlDsa(MlDsaSet::MlDsa87),
            Self::GostKz256 => S::GostR34102015_256Kz,
            Self::GostKz512 => S::GostR34102015_512Kz,
            Self::GostKz2004 => S::Gost343102004Kz,
            Self::Gost2012_256 => S::GostR34102012_256,
            Self::Gost2012_512 => S::GostR34102012_512,
            Self::Gost2001 => S::GostR34102001,
            Self::Sm2 => S::Sm2Sm3,
        }
    }

    /// Every algorithm that keys of this kind sign with, the usual one first.
    pub fn signature_algorithms(self) -> Vec<SignatureAlgorithm> {
        use SignatureAlgorithm as S;
        let pss = [PssParameters::SHA256, PssParameters::SHA384, PssParameters::SHA512].map(S::RsaPss);
        let pkcs1 = [DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512].map(S::RsaPkcs1);
        match self {
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => pkcs1.into_iter().chain(pss).collect(),
            Self::RsaPss2048 | Self::RsaPss3072 | Self::RsaPss4096 => pss.to_vec(),
            _ => vec![self.signature_algorithm()],
        }
    }

    /// The kind of an existing key; `None` for RSA of another size, and for what is not signed with.
    pub fn of(key: &PublicKey) -> Option<Self> {
        match (key.family(), key.key_bits()) {
            (KeyFamily::Rsa, 2048) => Some(Self::Rsa2048),
            (KeyFamily::Rsa, 3072) => Some(Self::Rsa3072),
            (KeyFamily::Rsa, 4096) => Some(Self::Rsa4096),
            (KeyFamily::RsaPss, 2048) => Some(Self::RsaPss2048),
            (KeyFamily::RsaPss, 3072) => Some(Self::RsaPss3072),
            (KeyFamily::RsaPss, 4096) => Some(Self::RsaPss4096),
            (KeyFamily::Rsa | KeyFamily::RsaPss, _) => None,
            (family, _) => Self::ALL.into_iter().find(|algorithm| algorithm.family() == family),
        }
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
