//! Signature algorithms by name, and what an `AlgorithmIdentifier` means beside a key.

use const_oid::ObjectIdentifier;

use super::algorithm_table::{self as table, Parameters};
use super::digest::DigestAlgorithm;
use super::ec_curve::EcCurve;
use super::key::{KeyFamily, PublicKey};
use super::known::Named;
use super::mldsa::MlDsaSet;
use super::rsa_pss::{ID_RSASSA_PSS, PssParameters};
use crate::codec::der;

/// A signature algorithm; the name fixes the curve or padding, the digest and the order of octets in the value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 over this digest.
    RsaPkcs1(DigestAlgorithm),
    /// RSASSA-PSS with these hashes and this salt length, under keys of both identifiers.
    RsaPss(PssParameters),
    /// ECDSA on this curve over this digest; value `Ecdsa-Sig-Value` in DER.
    Ecdsa(EcCurve, DigestAlgorithm),
    /// Ed25519 (RFC 8032, pure).
    Ed25519,
    /// Ed448 (RFC 8032, pure, empty context).
    Ed448,
    /// ML-DSA (FIPS 204, pure, empty context: RFC 9881 §2, RFC 9882 §3.2).
    MlDsa(MlDsaSet),
    /// GOST R 34.10-2015, 256 bits, Streebog-256; value `r ‖ s`, each little-endian.
    GostR34102015_256Kz,
    /// GOST R 34.10-2015, 512 bits, Streebog-512; value `r ‖ s`, each little-endian.
    GostR34102015_512Kz,
    /// GOST 34.310-2004 with GOST 34.311-95; value `r ‖ s`, each little-endian.
    Gost343102004Kz,
    /// GOST R 34.10-2012, 256 bits, Streebog-256; value `s ‖ r`, each big-endian (RFC 9215).
    GostR34102012_256,
    /// GOST R 34.10-2012, 512 bits, Streebog-512; value `s ‖ r`, each big-endian (RFC 9215).
    GostR34102012_512,
    /// GOST R 34.10-2001 with GOST R 34.11-94 (CryptoPro S-box); value `s ‖ r`, each big-endian (RFC 4491).
    GostR34102001,
    /// SM2 with SM3 and the default identifier; value SEQUENCE of two INTEGERs in DER (GM/T 0009).
    Sm2Sm3,
    /// Bign at level 128 with belt-hash; value `s0 ‖ s1`, each little-endian (STB 34.101.45).
    BignBeltHash,
    /// Bign at level 128 with bash-256.
    BignBash256,
    /// Bign at level 192 with bash-384.
    BignBash384,
    /// Bign at level 256 with bash-512.
    BignBash512,
    /// DSTU 4145-2002 in a polynomial basis with GOST 34.311-95; value `r ‖ s`, each little-endian.
    Dstu4145Gost34311,
}

impl SignatureAlgorithm {
    /// The name that reports, policies and the command line use.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The object identifier of the signature algorithm (not of the key).
    pub fn oid(self) -> ObjectIdentifier {
        self.row().oid
    }

    /// The digest over the message; `None` for Ed25519, Ed448 and ML-DSA, which take the message itself.
    pub fn digest(self) -> Option<DigestAlgorithm> {
        match self {
            Self::RsaPkcs1(digest) | Self::Ecdsa(_, digest) => Some(digest),
            _ => self.row().digest,
        }
    }

    /// The `AlgorithmIdentifier` that we write.
    pub fn algorithm_identifier_der(self) -> Vec<u8> {
        let oid = der::oid(self.oid());
        match self.row().parameters {
            Parameters::Null => der::sequence(&[&oid, &der::null()]),
            Parameters::AbsentOrNull | Parameters::Absent => der::sequence(&[&oid]),
            Parameters::Pss(named) => der::sequence(&[&oid, &named.encode()]),
        }
    }

    /// Resolves what the `AlgorithmIdentifier` of a signature means for this key.
    ///
    /// The OID may be that of a *key* (rsaEncryption in CMS, RFC 3370 §3.2; Kazakh and Russian GOST keys): then the
    /// separately named digest decides. Where both name a digest they must agree.
    ///
    /// *Takes* `params`: the parameters as raw DER, `None` where absent.
    pub fn resolve(
        oid: ObjectIdentifier,
        params: Option<&[u8]>,
        digest: Option<DigestAlgorithm>,
        key: &PublicKey,
    ) -> Result<Self, UnsupportedAlgorithm> {
        if oid == const { ObjectIdentifier::new_unwrap(ID_RSASSA_PSS) } {
            return Self::resolve_pss(params, digest, key);
        }
        let family = key.family();
        let named_by_key = family.also_signs_under() == Some(oid);
        let algorithm = if named_by_key {
            let named = digest.ok_or(UnsupportedAlgorithm::DigestNotNamed { oid })?;
            table::by_digest(family, named).ok_or(UnsupportedAlgorithm::DigestMismatch { oid, named })?
        } else {
            table::by_oid(family, oid).ok_or_else(|| {
                let known = table::all().any(|algorithm| algorithm.oid() == oid);
                let key = family.name();
                if known {
                    UnsupportedAlgorithm::KeyMismatch { oid, key }
                } else {
                    UnsupportedAlgorithm::Unknown { oid }
                }
            })?
        };
        if let Some(named) = digest.filter(|&named| !algorithm.goes_beside(named)) {
            return Err(UnsupportedAlgorithm::DigestMismatch { oid, named });
        }
        if !algorithm.row().parameters.allow(params) {
            return Err(UnsupportedAlgorithm::Parameters { oid });
        }
        key.check_strength()?;
        Ok(algorithm)
    }

    /// Whether parameters under one identifier mean the same: NULL and absent ones do (`docs/divergences.md` D-01), and
    /// those of RSASSA-PSS where one writes a default that the other leaves out.
    pub fn parameters_agree(oid: ObjectIdentifier, one: Option<&[u8]>, other: Option<&[u8]>) -> bool {
        const NULL: &[u8] = &[0x05, 0x00];
        let [mine, theirs] = [one, other].map(|parameters| parameters.filter(|p| *p != NULL));
        let pss = |parameters: Option<&[u8]>| parameters.and_then(PssParameters::read);
        let is_pss = oid == const { ObjectIdentifier::new_unwrap(ID_RSASSA_PSS) };
        mine == theirs || (is_pss && pss(one).is_some() && pss(one) == pss(other))
    }

    /// RFC 4055 §3: the parameters say everything; a digest named beside them agrees (RFC 4056 §3), and the key admits
    /// them.
    fn resolve_pss(
        params: Option<&[u8]>,
        digest: Option<DigestAlgorithm>,
        key: &PublicKey,
    ) -> Result<Self, UnsupportedAlgorithm> {
        let oid = ObjectIdentifier::new_unwrap(ID_RSASSA_PSS);
        if !matches!(key.family(), KeyFamily::Rsa | KeyFamily::RsaPss) {
            return Err(UnsupportedAlgorithm::KeyMismatch { oid, key: key.family().name() });
        }
        let parameters = params.and_then(PssParameters::read).ok_or(UnsupportedAlgorithm::Parameters { oid })?;
        if let Some(named) = digest.filter(|&named| named != parameters.digest()) {
            return Err(UnsupportedAlgorithm::DigestMismatch { oid, named });
        }
        let algorithm = Self::RsaPss(parameters);
        if !key.goes_with(algorithm) {
            return Err(UnsupportedAlgorithm::KeyRestricted { oid });
        }
        key.check_strength()?;
        Ok(algorithm)
    }

    /// Whether a `digestAlgorithm` beside the signature agrees with it: for what takes the message itself, the digest is
    /// that of the content, named in the signed attributes.
    fn goes_beside(self, digest: DigestAlgorithm) -> bool {
        match self {
            // RFC 8419 §2.3.
            Self::Ed25519 => digest == DigestAlgorithm::Sha512,
            Self::Ed448 => digest == DigestAlgorithm::Shake256,
            Self::MlDsa(set) => set.goes_beside(digest),
            _ => self.digest() == Some(digest),
        }
    }

    /// Whether anybody signs so: a digest may be put beside RSA or a curve that no identifier goes with.
    pub(super) fn is_listed(self) -> bool {
        table::is_listed(self)
    }

    pub(crate) fn family(self) -> KeyFamily {
        match self {
            Self::RsaPkcs1(_) | Self::RsaPss(_) => KeyFamily::Rsa,
            Self::Ecdsa(curve, _) => KeyFamily::Ec(curve),
            _ => self.row().family,
        }
    }
}

/// The signature's algorithm is not one that we verify, or does not fit the key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnsupportedAlgorithm {
    /// No algorithm of ours has this identifier.
    #[error("signature algorithm {} is not supported", Named(*oid))]
    Unknown {
        /// The identifier found.
        oid: ObjectIdentifier,
    },
    /// The algorithm is known, but this key cannot have made such a signature.
    #[error("signature algorithm {oid} does not go with a key of the kind {key}")]
    KeyMismatch {
        /// The identifier found.
        oid: ObjectIdentifier,
        /// The kind of the key.
        key: &'static str,
    },
    /// The identifier is that of a key and no digest is named beside it.
    #[error("{oid} names a key and no digest is named beside it")]
    DigestNotNamed {
        /// The identifier found.
        oid: ObjectIdentifier,
    },
    /// The digest named beside the algorithm is another than the one the algorithm fixes.
    #[error("signature algorithm {oid} does not go with the digest {}", named.name())]
    DigestMismatch {
        /// The identifier found.
        oid: ObjectIdentifier,
        /// The digest named beside it.
        named: DigestAlgorithm,
    },
    /// The parameters are not those that the algorithm allows.
    #[error("the parameters of signature algorithm {oid} are not the ones it allows")]
    Parameters {
        /// The identifier found.
        oid: ObjectIdentifier,
    },
    /// The key says with which parameters it signs, and these are others.
    #[error("the key restricts signature algorithm {oid} to other parameters")]
    KeyRestricted {
        /// The identifier found.
        oid: ObjectIdentifier,
    },
    /// The key is of a supported kind, but too small or too large to be verified with.
    #[error("a key of {bits} bits is outside of what is verified (RSA: 1024 to 16384)")]
    KeySize {
        /// Size of the key.
        bits: usize,
    },
}
