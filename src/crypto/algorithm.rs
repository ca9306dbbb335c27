//! Signature algorithms by name: one table says what each name fixes.

use const_oid::ObjectIdentifier;

use super::digest::DigestAlgorithm;
use super::key::{KeyFamily, PublicKey};
use super::rsa_pss::{ID_RSASSA_PSS, PssParameters};
use crate::codec::der;

/// A signature algorithm; the name fixes the curve or padding, the digest and the order of octets in the value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-1: verified for old documents, never made.
    RsaPkcs1Sha1,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaPkcs1Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaPkcs1Sha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaPkcs1Sha512,
    /// RSASSA-PSS with these hashes and this salt length, under keys of both identifiers.
    RsaPss(PssParameters),
    /// ECDSA on P-256 with SHA-256.
    EcdsaP256Sha256,
    /// ECDSA on P-256 with SHA-384.
    EcdsaP256Sha384,
    /// ECDSA on P-384 with SHA-256.
    EcdsaP384Sha256,
    /// ECDSA on P-384 with SHA-384.
    EcdsaP384Sha384,
    /// ECDSA on P-521 with SHA-256.
    EcdsaP521Sha256,
    /// ECDSA on P-521 with SHA-384.
    EcdsaP521Sha384,
    /// ECDSA on P-521 with SHA-512.
    EcdsaP521Sha512,
    /// Ed25519 (RFC 8032, pure).
    Ed25519,
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
}

/// What a signature's `AlgorithmIdentifier` may carry as parameters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parameters {
    /// We write NULL; absent is read too (RFC 4055 §5; Kazakh practice has both).
    Null,
    /// We write none; a NULL is read too (Russian practice has both).
    AbsentOrNull,
    /// None (RFC 5758 §3.2, RFC 8410 §3).
    Absent,
    /// RSASSA-PSS-params, demanded in a signature (RFC 4055 §3.1).
    Pss(PssParameters),
}

impl Parameters {
    fn allow(self, params: Option<&[u8]>) -> bool {
        match params {
            None => !matches!(self, Self::Pss(_)),
            Some(raw) => match self {
                Self::Null | Self::AbsentOrNull => raw == der::null(),
                Self::Absent => false,
                Self::Pss(named) => PssParameters::read(raw) == Some(named),
            },
        }
    }
}

struct Row {
    name: &'static str,
    oid: ObjectIdentifier,
    family: KeyFamily,
    digest: Option<DigestAlgorithm>,
    parameters: Parameters,
}

use {DigestAlgorithm as D, KeyFamily as K, Parameters as P, SignatureAlgorithm as S};

/// The algorithms whose identifier names everything: all but RSASSA-PSS.
const ALL: [SignatureAlgorithm; 18] = [
    S::RsaPkcs1Sha1,
    S::RsaPkcs1Sha256,
    S::RsaPkcs1Sha384,
    S::RsaPkcs1Sha512,
    S::EcdsaP256Sha256,
    S::EcdsaP256Sha384,
    S::EcdsaP384Sha256,
    S::EcdsaP384Sha384,
    S::EcdsaP521Sha256,
    S::EcdsaP521Sha384,
    S::EcdsaP521Sha512,
    S::Ed25519,
    S::GostR34102015_256Kz,
    S::GostR34102015_512Kz,
    S::Gost343102004Kz,
    S::GostR34102012_256,
    S::GostR34102012_512,
    S::GostR34102001,
];

impl SignatureAlgorithm {
    /// The name that reports, policies and the command line use.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The object identifier of the signature algorithm (not of the key).
    pub fn oid(self) -> ObjectIdentifier {
        self.row().oid
    }

    /// The digest over the message; `None` for Ed25519, which takes the message itself.
    pub fn digest(self) -> Option<DigestAlgorithm> {
        self.row().digest
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
    /// separately named digest decides. Where both name a digest they must agree. Ed25519 agrees with SHA-512
    /// (RFC 8419 §2.3).
    ///
    /// *Takes* `params`: the parameters as raw DER, `None` where absent.
    pub fn resolve(
        oid: ObjectIdentifier,
        params: Option<&[u8]>,
        digest: Option<DigestAlgorithm>,
        key: &PublicKey,
    ) -> Result<Self, UnsupportedAlgorithm> {
        if oid == ObjectIdentifier::new_unwrap(ID_RSASSA_PSS) {
            return Self::resolve_pss(params, digest, key);
        }
        let family = key.family();
        let named_by_key = family.signs_under_key_oid() && family.oid() == oid;
        if !named_by_key && !ALL.into_iter().any(|algorithm| algorithm.oid() == oid) {
            return Err(UnsupportedAlgorithm::Unknown { oid });
        }
        let mut of_family = ALL.into_iter().filter(|algorithm| algorithm.row().family == family);
        let algorithm = if named_by_key {
            let named = digest.ok_or(UnsupportedAlgorithm::DigestNotNamed { oid })?;
            of_family.find(|a| a.digest() == Some(named)).ok_or(UnsupportedAlgorithm::DigestMismatch { oid, named })?
        } else {
            let key = family.name();
            of_family.find(|a| a.oid() == oid).ok_or(UnsupportedAlgorithm::KeyMismatch { oid, key })?
        };
        // RFC 8419 §2.3: Ed25519 in CMS goes with SHA-512.
        let expected = algorithm.digest().unwrap_or(DigestAlgorithm::Sha512);
        if let Some(named) = digest.filter(|&named| named != expected) {
            return Err(UnsupportedAlgorithm::DigestMismatch { oid, named });
        }
        if !algorithm.row().parameters.allow(params) {
            return Err(UnsupportedAlgorithm::Parameters { oid });
        }
        key.check_strength()?;
        Ok(algorithm)
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
        let algorithm = S::RsaPss(parameters);
        if !key.goes_with(algorithm) {
            return Err(UnsupportedAlgorithm::KeyRestricted { oid });
        }
        key.check_strength()?;
        Ok(algorithm)
    }

    pub(crate) fn family(self) -> KeyFamily {
        self.row().family
    }

    /// The table: name, signature OID, key, digest, parameters.
    #[rustfmt::skip]
    fn row(self) -> Row {
        let row = |name, oid, (family, digest), parameters| Row { name, oid: ObjectIdentifier::new_unwrap(oid), family, digest, parameters };
        match self {
            S::RsaPkcs1Sha1 => row("rsa-pkcs1-sha1", "1.2.840.113549.1.1.5", (K::Rsa, Some(D::Sha1)), P::Null),
            S::RsaPkcs1Sha256 => row("rsa-pkcs1-sha256", "1.2.840.113549.1.1.11", (K::Rsa, Some(D::Sha256)), P::Null),
            S::RsaPkcs1Sha384 => row("rsa-pkcs1-sha384", "1.2.840.113549.1.1.12", (K::Rsa, Some(D::Sha384)), P::Null),
            S::RsaPkcs1Sha512 => row("rsa-pkcs1-sha512", "1.2.840.113549.1.1.13", (K::Rsa, Some(D::Sha512)), P::Null),
            S::RsaPss(named) => row(named.name(), ID_RSASSA_PSS, (K::Rsa, Some(named.digest())), P::Pss(named)),
            S::EcdsaP256Sha256 => row("ecdsa-p256-sha256", "1.2.840.10045.4.3.2", (K::EcP256, Some(D::Sha256)), P::Absent),
            S::EcdsaP256Sha384 => row("ecdsa-p256-sha384", "1.2.840.10045.4.3.3", (K::EcP256, Some(D::Sha384)), P::Absent),
            S::EcdsaP384Sha256 => row("ecdsa-p384-sha256", "1.2.840.10045.4.3.2", (K::EcP384, Some(D::Sha256)), P::Absent),
            S::EcdsaP384Sha384 => row("ecdsa-p384-sha384", "1.2.840.10045.4.3.3", (K::EcP384, Some(D::Sha384)), P::Absent),
            S::EcdsaP521Sha256 => row("ecdsa-p521-sha256", "1.2.840.10045.4.3.2", (K::EcP521, Some(D::Sha256)), P::Absent),
            S::EcdsaP521Sha384 => row("ecdsa-p521-sha384", "1.2.840.10045.4.3.3", (K::EcP521, Some(D::Sha384)), P::Absent),
            S::EcdsaP521Sha512 => row("ecdsa-p521-sha512", "1.2.840.10045.4.3.4", (K::EcP521, Some(D::Sha512)), P::Absent),
            S::Ed25519 => row("ed25519", "1.3.101.112", (K::Ed25519, None), P::Absent),
            S::GostR34102015_256Kz => row("gost-r-34.10-2015-256-kz", "1.2.398.3.10.1.1.2.3.1", (K::GostKz256, Some(D::Streebog256)), P::Null),
            S::GostR34102015_512Kz => row("gost-r-34.10-2015-512-kz", "1.2.398.3.10.1.1.2.3.2", (K::GostKz512, Some(D::Streebog512)), P::Null),
            S::Gost343102004Kz => row("gost-34.310-2004-kz", "1.2.398.3.10.1.1.1.2", (K::GostKz2004, Some(D::Gost34311)), P::Null),
            S::GostR34102012_256 => row("gost-r-34.10-2012-256", "1.2.643.7.1.1.3.2", (K::Gost2012_256, Some(D::Streebog256)), P::AbsentOrNull),
            S::GostR34102012_512 => row("gost-r-34.10-2012-512", "1.2.643.7.1.1.3.3", (K::Gost2012_512, Some(D::Streebog512)), P::AbsentOrNull),
            S::GostR34102001 => row("gost-r-34.10-2001", "1.2.643.2.2.3", (K::Gost2001, Some(D::GostR341194)), P::AbsentOrNull),
        }
    }
}

/// The signature's algorithm is not one that we verify, or does not fit the key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnsupportedAlgorithm {
    /// No algorithm of ours has this identifier.
    #[error("signature algorithm {oid} is not supported")]
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
    #[error("a key of {bits} bits is outside of what is verified (RSA: 2048 to 8192)")]
    KeySize {
        /// Size of the key.
        bits: usize,
    },
}
