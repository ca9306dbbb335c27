//! Public keys: read from SubjectPublicKeyInfo and checked before anyone can hold one.

use std::fmt;
use std::sync::Arc;

use const_oid::ObjectIdentifier;

use super::algorithm::{SignatureAlgorithm, UnsupportedAlgorithm};
use super::bign::BignLevel;
use super::dstu4145::Dstu4145Point;
use super::ec_curve::EcCurve;
use super::entropy::EntropyError;
use super::gost_key::GostPoint;
use super::gost_set::ParameterSet;
use super::known::Named;
use super::mldsa::MlDsaSet;
use super::rsa_pss::{ID_RSASSA_PSS, PssParameters};
use super::{bign, dstu4145, ec_parameters, ec_point, ed448, national_key, rsa_public, sm2};
use crate::codec::der::{self, Encoding, Reader, tag};
use crate::codec::{Malformed, MalformedKind};
use crate::limits::LimitExceeded;

/// RSA below this is not verified with: anybody can have factored it (768 bits in 2009). Up to 2048 it is, so that a
/// policy can tell why it refuses.
const RSA_MODULUS_BITS_MIN: usize = 1024;

/// id-ecPublicKey (RFC 5480 §2.1.1).
pub(super) const ID_EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// The kind of a key: the algorithm with its curve and country.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum KeyFamily {
    Rsa,
    /// RSA for RSASSA-PSS alone (RFC 4055 §1.2).
    RsaPss,
    Ec(EcCurve),
    Ed25519,
    Ed448,
    MlDsa(MlDsaSet),
    GostKz256,
    GostKz512,
    GostKz2004,
    Gost2012_256,
    Gost2012_512,
    Gost2001,
    Sm2,
    Bign(BignLevel),
    Dstu4145,
}

pub(super) const GOST_FAMILIES: [KeyFamily; 6] = [
    KeyFamily::GostKz512,
    KeyFamily::GostKz256,
    KeyFamily::GostKz2004,
    KeyFamily::Gost2012_512,
    KeyFamily::Gost2012_256,
    KeyFamily::Gost2001,
];

impl KeyFamily {
    /// The name that reports use.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::RsaPss => "rsa-pss",
            Self::Ec(curve) => curve.key_name(),
            Self::Ed25519 => "ed25519",
            Self::Ed448 => "ed448",
            Self::MlDsa(set) => set.name(),
            Self::GostKz256 => "gost-r-34.10-2015-256-kz",
            Self::GostKz512 => "gost-r-34.10-2015-512-kz",
            Self::GostKz2004 => "gost-34.310-2004-kz",
            Self::Gost2012_256 => "gost-r-34.10-2012-256",
            Self::Gost2012_512 => "gost-r-34.10-2012-512",
            Self::Gost2001 => "gost-r-34.10-2001",
            Self::Sm2 => "sm2",
            Self::Bign(level) => level.curve_name(),
            Self::Dstu4145 => "dstu-4145",
        }
    }

    /// The object identifier of the key's algorithm.
    pub(crate) fn oid(self) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(match self {
            Self::Rsa => "1.2.840.113549.1.1.1",
            Self::RsaPss => ID_RSASSA_PSS,
            Self::Ec(_) | Self::Sm2 => return ID_EC_PUBLIC_KEY,
            Self::Ed25519 => "1.3.101.112",
            Self::Ed448 => "1.3.101.113",
            Self::MlDsa(set) => return set.oid(),
            Self::GostKz256 => "1.2.398.3.10.1.1.2.1",
            Self::GostKz512 => "1.2.398.3.10.1.1.2.2",
            Self::GostKz2004 => "1.2.398.3.10.1.1.1.1",
            Self::Gost2012_256 => "1.2.643.7.1.1.1.1",
            Self::Gost2012_512 => "1.2.643.7.1.1.1.2",
            Self::Gost2001 => "1.2.643.2.2.19",
            Self::Bign(_) => return bign::ID_KEY,
            Self::Dstu4145 => return dstu4145::ID_DSTU4145,
        })
    }

    /// The identifier under which a signature may leave its digest to be named beside it: that of the key for RSA (RFC 3370
    /// §3.2) and GOST (RFC 9215 §5, and what the Kalkan library writes), one of its own for SM2.
    pub(super) fn also_signs_under(self) -> Option<ObjectIdentifier> {
        match self {
            Self::Sm2 => Some(sm2::ID_SM2_SIGN),
            Self::RsaPss
            | Self::Ec(_)
            | Self::Ed25519
            | Self::Ed448
            | Self::MlDsa(_)
            | Self::Bign(_)
            | Self::Dstu4145 => None,
            Self::Rsa
            | Self::GostKz256
            | Self::GostKz512
            | Self::GostKz2004
            | Self::Gost2012_256
            | Self::Gost2012_512
            | Self::Gost2001 => Some(self.oid()),
        }
    }

    /// Whether the key follows Russian encodings.
    pub(super) fn is_russian(self) -> bool {
        matches!(self, Self::Gost2012_256 | Self::Gost2012_512 | Self::Gost2001)
    }

    /// Whether the key follows Kazakh encodings.
    pub(super) fn is_kazakh(self) -> bool {
        matches!(self, Self::GostKz256 | Self::GostKz512 | Self::GostKz2004)
    }
}

/// A parsed and checked SubjectPublicKeyInfo; cloning shares it.
#[derive(Clone)]
pub struct PublicKey(Arc<Inner>);

struct Inner {
    family: KeyFamily,
    spki: Vec<u8>,
    /// The contents of the BIT STRING; a point uncompressed, however it came.
    key: Vec<u8>,
    bits: usize,
    gost: Option<GostPoint>,
    dstu: Option<Dstu4145Point>,
    /// What an id-RSASSA-PSS key restricts itself to.
    pss: Option<PssParameters>,
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo. A point must be on its curve, in the subgroup of prime order and not at infinity.
    ///
    /// *Takes* DER; nothing may follow it.
    pub fn from_spki_der(spki: &[u8]) -> Result<Self, KeyError> {
        let mut outer = Reader::new(spki, Encoding::Der, "SubjectPublicKeyInfo");
        let mut body = outer.sequence()?;
        outer.finish()?;
        let mut algorithm = body.sequence()?;
        let oid = algorithm.oid()?;
        let params = if algorithm.is_empty() { None } else { Some(algorithm.any()?) };
        algorithm.finish()?;
        let key = body.expect(tag::BIT_STRING)?.bit_string()?;
        body.finish()?;

        let parameters = KeyError::UnsupportedParameters { oid };
        let mut pss = None;
        let (mut point, mut dstu) = (None, None);
        let (family, bits, gost) = if oid == KeyFamily::Rsa.oid() {
            // RFC 3279 §2.3.1: the parameters are NULL.
            params.filter(|params| params.raw == der::null()).ok_or(parameters)?;
            (KeyFamily::Rsa, rsa_public::check(key)?, None)
        } else if oid == KeyFamily::RsaPss.oid() {
            // RFC 4055 §3.1: absent parameters restrict nothing.
            pss = params.map(|params| PssParameters::read(params.raw).ok_or(parameters)).transpose()?;
            (KeyFamily::RsaPss, rsa_public::check(key)?, None)
        } else if let Some(national) = national_key::read(oid, params.as_ref(), key)? {
            (point, dstu) = (Some(national.octets), national.dstu);
            (national.family, national.bits, None)
        } else if oid == ID_EC_PUBLIC_KEY {
            let curve = ec_parameters::read(&params.ok_or(parameters)?)?;
            point = Some(ec_point::uncompressed(curve, key).ok_or(KeyError::InvalidPoint)?);
            (KeyFamily::Ec(curve), curve.bits(), None)
        } else if oid == KeyFamily::Ed25519.oid() {
            // RFC 8410 §3: no parameters.
            if params.is_some() {
                return Err(parameters);
            }
            check_ed25519(key)?;
            (KeyFamily::Ed25519, 256, None)
        } else if oid == KeyFamily::Ed448.oid() {
            if params.is_some() {
                return Err(parameters);
            }
            ed448::check_key(key)?;
            (KeyFamily::Ed448, 448, None)
        } else if let Some(set) = MlDsaSet::ALL.into_iter().find(|set| set.oid() == oid) {
            // RFC 9881 §2: no parameters.
            if params.is_some() {
                return Err(parameters);
            }
            set.check_key(key)?;
            (KeyFamily::MlDsa(set), set.bits(), None)
        } else {
            let family = GOST_FAMILIES.into_iter().find(|family| family.oid() == oid);
            let family = family.ok_or(KeyError::UnknownAlgorithm { oid })?;
            let set = ParameterSet::read(family, &params.ok_or(parameters)?)?.ok_or(parameters)?;
            let point = GostPoint::read(set, key)?.ok_or(KeyError::InvalidPoint)?;
            (family, set.size().saturating_mul(8), Some(point))
        };
        let key = point.unwrap_or_else(|| key.to_vec());
        Ok(Self(Arc::new(Inner { family, spki: spki.to_vec(), key, bits, gost, dstu, pss })))
    }

    /// The SubjectPublicKeyInfo as it was received.
    pub fn spki_der(&self) -> &[u8] {
        &self.0.spki
    }

    /// The kind of key, as reports name it (`rsa`, `ec-p256`, `gost-r-34.10-2015-512-kz`).
    pub fn algorithm_name(&self) -> &'static str {
        self.0.family.name()
    }

    /// Size in bits of the modulus, of the curve's field, or of an ML-DSA public key.
    pub fn key_bits(&self) -> usize {
        self.0.bits
    }

    /// Checks that signatures of this key are verified at all: RSA of 1024 bits to the limit, everything else.
    pub(crate) fn check_strength(&self) -> Result<(), UnsupportedAlgorithm> {
        let bits = self.0.bits;
        if matches!(self.0.family, KeyFamily::Rsa | KeyFamily::RsaPss) && bits < RSA_MODULUS_BITS_MIN {
            return Err(UnsupportedAlgorithm::KeySize { bits });
        }
        Ok(())
    }

    pub(crate) fn family(&self) -> KeyFamily {
        self.0.family
    }

    /// Whether this key can have made a signature of this algorithm.
    pub(super) fn goes_with(&self, algorithm: SignatureAlgorithm) -> bool {
        match (algorithm, self.0.family) {
            (SignatureAlgorithm::RsaPss(parameters), KeyFamily::RsaPss) => {
                self.0.pss.is_none_or(|restriction| restriction.admit(parameters))
            }
            (_, family) => algorithm.family() == family,
        }
    }

    pub(super) fn gost(&self) -> Option<&GostPoint> {
        self.0.gost.as_ref()
    }

    pub(super) fn dstu(&self) -> Option<&Dstu4145Point> {
        self.0.dstu.as_ref()
    }

    /// The contents of the BIT STRING, a point uncompressed: what ring takes.
    pub(super) fn key_octets(&self) -> &[u8] {
        &self.0.key
    }
}

/// Two keys are equal where they are the same key, however their SubjectPublicKeyInfo spells the parameters.
impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        let same_curve = match (self.gost(), other.gost()) {
            (Some(mine), Some(theirs)) => mine.set.is_same_curve(theirs.set),
            _ => true,
        };
        self.0.family == other.0.family && self.0.key == other.0.key && self.0.pss == other.0.pss && same_curve
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({}, {} bits)", self.algorithm_name(), self.key_bits())
    }
}

/// RFC 8032 §5.1.3: `y` below `p`; and not one of the eight points of small order, for which a signature over every
/// message can be made. Whether `x` exists is found out by the verification.
fn check_ed25519(key: &[u8]) -> Result<(), KeyError> {
    let mut y: [u8; 32] =
        key.try_into().map_err(|_| Malformed { at: 0, kind: MalformedKind::Value, within: "Ed25519PublicKey" })?;
    // The top bit is the sign of x.
    y[31] &= 0x7f;
    let canonical = y.iter().rev().lt(ED25519_P.iter().rev());
    if !canonical || ED25519_SMALL_ORDER_Y.contains(&y) {
        return Err(KeyError::InvalidPoint);
    }
    Ok(())
}

const ED25519_P: [u8; 32] = little_endian([0xed, 0xff, 0x7f]);

/// `y` of the points whose order divides 8: 1 (order 1), −1 (order 2), 0 (order 4), and two of order 8.
const ED25519_SMALL_ORDER_Y: [[u8; 32]; 5] = [
    little_endian([0, 0, 0]),
    little_endian([1, 0, 0]),
    little_endian([0xec, 0xff, 0x7f]),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];

/// 32 octets: the first, thirty alike, the last.
const fn little_endian([first, between, last]: [u8; 3]) -> [u8; 32] {
    let mut octets = [between; 32];
    octets[0] = first;
    octets[31] = last;
    octets
}

/// A key that cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The octets are not the structure they claim to be.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The key's algorithm is not one of ours.
    #[error("key algorithm {} is not supported", Named(*oid))]
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
    /// Explicit curve parameters that are not, all of them, those of a curve with a name.
    #[error("the explicit parameters of the key are not those of a known curve")]
    UnknownCurve,
    /// The point is in a form that is not read, of another length, not on the curve, or outside of the subgroup of prime order.
    #[error("the public key is not a point of its curve's subgroup of prime order")]
    InvalidPoint,
    /// An RSA modulus or exponent that cannot be one.
    #[error("the numbers of the RSA key cannot be those of one")]
    InvalidRsa,
    /// A secret scalar of zero, or not below the order of the group.
    #[error("the private key is zero or not below the order of its group")]
    InvalidScalar,
    /// Two scalars fit the octets of the private key.
    #[error("the private key can be read as two numbers, and no public key beside it tells which; export it with one")]
    AmbiguousScalar,
    /// The private key does not belong to the public key beside it.
    #[error("the private key does not belong to the public key beside it")]
    PairMismatch,
    /// An RSA key of a size that we do not sign with.
    #[error("an RSA key of {bits} bits is not signed with (2048 to 4096)")]
    UnsupportedSize {
        /// Size of the modulus.
        bits: usize,
    },
    /// The encrypted key does not open with this password.
    #[error("the password does not open the key")]
    WrongPassword,
    /// The key is encrypted in a way that is not supported.
    #[error("the key is encrypted in a way that is not supported")]
    UnsupportedEncryption,
    /// The key is encrypted with Russian cryptography, and some part of that is not known.
    #[error(
        "the key is encrypted with Russian cryptography in a way that is not supported; convert it with OpenSSL and its gost \
         engine to GOST 28147-89, Magma or Kuznyechik under PBES2 (RFC 9337)"
    )]
    GostEncryption,
    /// A bound was hit.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
    /// No randomness to make a key from.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

#[cfg(test)]
mod tests;
