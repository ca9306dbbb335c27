//! The table of signature algorithms: what each name fixes. Rows that differ by digest alone are made from one line.

use const_oid::ObjectIdentifier;

use super::algorithm::SignatureAlgorithm as S;
use super::bign::BignLevel;
use super::digest::DigestAlgorithm as D;
use super::ec_curve::EcCurve;
use super::key::KeyFamily as K;
use super::mldsa::MlDsaSet;
use super::rsa_pss::{ID_RSASSA_PSS, PssParameters};
use crate::codec::der;

/// What a signature's `AlgorithmIdentifier` may carry as parameters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Parameters {
    /// We write NULL; absent is read too (RFC 4055 §5; Kazakh practice has both).
    Null,
    /// We write none; a NULL is read too (Russian practice has both).
    AbsentOrNull,
    /// None (RFC 5758 §3.2, RFC 8410 §3, RFC 9881 §2). DIVERGENCE D-22: NULL, which is met, is refused.
    Absent,
    /// RSASSA-PSS-params, demanded in a signature (RFC 4055 §3.1).
    Pss(PssParameters),
}

impl Parameters {
    pub(super) fn allow(self, params: Option<&[u8]>) -> bool {
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

/// One row of the table.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) oid: ObjectIdentifier,
    pub(super) family: K,
    pub(super) digest: Option<D>,
    pub(super) parameters: Parameters,
}

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

/// RSASSA-PKCS1-v1_5 by digest (RFC 8017 §A.2.4; the SHA-3 rows are NIST's, RFC 9688 §2).
const RSA_PKCS1: [(D, ObjectIdentifier); 11] = [
    (D::Sha256, oid("1.2.840.113549.1.1.11")),
    (D::Sha1, oid("1.2.840.113549.1.1.5")),
    (D::Sha384, oid("1.2.840.113549.1.1.12")),
    (D::Sha512, oid("1.2.840.113549.1.1.13")),
    (D::Sha224, oid("1.2.840.113549.1.1.14")),
    (D::Sha512_224, oid("1.2.840.113549.1.1.15")),
    (D::Sha512_256, oid("1.2.840.113549.1.1.16")),
    (D::Sha3_224, oid("2.16.840.1.101.3.4.3.13")),
    (D::Sha3_256, oid("2.16.840.1.101.3.4.3.14")),
    (D::Sha3_384, oid("2.16.840.1.101.3.4.3.15")),
    (D::Sha3_512, oid("2.16.840.1.101.3.4.3.16")),
];

/// ECDSA by digest, the same for every curve (RFC 3279 §2.2.3, RFC 5758 §3.2; the SHA-3 rows are NIST's, RFC 9688 §2;
/// the SHAKE rows are of RFC 8692 §3).
const ECDSA: [(D, ObjectIdentifier); 11] = [
    (D::Sha256, oid("1.2.840.10045.4.3.2")),
    (D::Sha384, oid("1.2.840.10045.4.3.3")),
    (D::Sha512, oid("1.2.840.10045.4.3.4")),
    (D::Sha1, oid("1.2.840.10045.4.1")),
    (D::Sha224, oid("1.2.840.10045.4.3.1")),
    (D::Sha3_224, oid("2.16.840.1.101.3.4.3.9")),
    (D::Sha3_256, oid("2.16.840.1.101.3.4.3.10")),
    (D::Sha3_384, oid("2.16.840.1.101.3.4.3.11")),
    (D::Sha3_512, oid("2.16.840.1.101.3.4.3.12")),
    (D::Shake128, oid("1.3.6.1.5.5.7.6.32")),
    (D::Shake256, oid("1.3.6.1.5.5.7.6.33")),
];

/// The algorithms whose name fixes curve and digest together.
const FIXED: [S; 17] = [
    S::Ed25519,
    S::Ed448,
    S::MlDsa(MlDsaSet::MlDsa44),
    S::MlDsa(MlDsaSet::MlDsa65),
    S::MlDsa(MlDsaSet::MlDsa87),
    S::GostR34102015_256Kz,
    S::GostR34102015_512Kz,
    S::Gost343102004Kz,
    S::GostR34102012_256,
    S::GostR34102012_512,
    S::GostR34102001,
    S::Sm2Sm3,
    S::BignBeltHash,
    S::BignBash256,
    S::BignBash384,
    S::BignBash512,
    S::Dstu4145Gost34311,
];

/// Every algorithm whose identifier names everything that its key does not: all but RSASSA-PSS.
pub(super) fn all() -> impl Iterator<Item = S> {
    let rsa = RSA_PKCS1.into_iter().map(|(digest, _)| S::RsaPkcs1(digest));
    let on = |curve| ECDSA.into_iter().map(move |(digest, _)| S::Ecdsa(curve, digest));
    rsa.chain(EcCurve::ALL.into_iter().flat_map(on)).chain(FIXED)
}

/// The algorithm that a key of this family signs with under this identifier.
pub(super) fn by_oid(family: K, oid: ObjectIdentifier) -> Option<S> {
    let digest = |rows: &[(D, ObjectIdentifier)]| rows.iter().find(|(_, row)| *row == oid).map(|(digest, _)| *digest);
    match family {
        K::Rsa => digest(&RSA_PKCS1).map(S::RsaPkcs1),
        K::Ec(curve) => digest(&ECDSA).map(|digest| S::Ecdsa(curve, digest)),
        _ => FIXED.into_iter().find(|fixed| fixed.row().family == family && fixed.row().oid == oid),
    }
}

/// The algorithm that a key of this family signs with over this digest.
pub(super) fn by_digest(family: K, digest: D) -> Option<S> {
    let found = match family {
        K::Rsa => S::RsaPkcs1(digest),
        K::Ec(curve) => S::Ecdsa(curve, digest),
        _ => FIXED.into_iter().find(|fixed| fixed.row().family == family && fixed.digest() == Some(digest))?,
    };
    is_listed(found).then_some(found)
}

/// Whether the table has a row for it: a digest may be put beside RSA or a curve that nobody signs with.
pub(super) fn is_listed(algorithm: S) -> bool {
    let has = |rows: &[(D, ObjectIdentifier)], digest| rows.iter().any(|(row, _)| *row == digest);
    match algorithm {
        S::RsaPkcs1(digest) => has(&RSA_PKCS1, digest),
        S::Ecdsa(_, digest) => has(&ECDSA, digest),
        _ => true,
    }
}

/// A name made of a family and the digest, where that is one of the SHA families.
macro_rules! name_with_digest {
    ($family:literal, $digest:expr) => {{
        use $crate::crypto::digest::DigestAlgorithm as D;
        match $digest {
            D::Sha1 => Some(concat!($family, "-sha1")),
            D::Sha224 => Some(concat!($family, "-sha224")),
            D::Sha256 => Some(concat!($family, "-sha256")),
            D::Sha384 => Some(concat!($family, "-sha384")),
            D::Sha512 => Some(concat!($family, "-sha512")),
            D::Sha512_224 => Some(concat!($family, "-sha512-224")),
            D::Sha512_256 => Some(concat!($family, "-sha512-256")),
            D::Sha3_224 => Some(concat!($family, "-sha3-224")),
            D::Sha3_256 => Some(concat!($family, "-sha3-256")),
            D::Sha3_384 => Some(concat!($family, "-sha3-384")),
            D::Sha3_512 => Some(concat!($family, "-sha3-512")),
            D::Shake128 => Some(concat!($family, "-shake128")),
            D::Shake256 => Some(concat!($family, "-shake256")),
            _ => None,
        }
    }};
}

pub(super) use name_with_digest;

fn ecdsa_name(curve: EcCurve, digest: D) -> Option<&'static str> {
    match curve {
        EcCurve::P256 => name_with_digest!("ecdsa-p256", digest),
        EcCurve::P384 => name_with_digest!("ecdsa-p384", digest),
        EcCurve::P521 => name_with_digest!("ecdsa-p521", digest),
        EcCurve::BrainpoolP256r1 => name_with_digest!("ecdsa-brainpoolp256r1", digest),
        EcCurve::BrainpoolP256t1 => name_with_digest!("ecdsa-brainpoolp256t1", digest),
        EcCurve::BrainpoolP320r1 => name_with_digest!("ecdsa-brainpoolp320r1", digest),
        EcCurve::BrainpoolP320t1 => name_with_digest!("ecdsa-brainpoolp320t1", digest),
        EcCurve::BrainpoolP384r1 => name_with_digest!("ecdsa-brainpoolp384r1", digest),
        EcCurve::BrainpoolP384t1 => name_with_digest!("ecdsa-brainpoolp384t1", digest),
        EcCurve::BrainpoolP512r1 => name_with_digest!("ecdsa-brainpoolp512r1", digest),
        EcCurve::BrainpoolP512t1 => name_with_digest!("ecdsa-brainpoolp512t1", digest),
    }
}

/// The identifier of a digest's row; that of the key where there is none, which names no signature.
fn oid_of(rows: &[(D, ObjectIdentifier)], digest: D, key: K) -> ObjectIdentifier {
    rows.iter().find(|(row, _)| *row == digest).map_or_else(|| key.oid(), |(_, oid)| *oid)
}

impl S {
    /// The table: name, signature OID, key, digest, parameters.
    #[rustfmt::skip]
    pub(super) fn row(self) -> Row {
        let row = |name, oid, (family, digest), parameters| Row { name, oid, family, digest, parameters };
        match self {
            S::RsaPkcs1(digest) => {
                let name = name_with_digest!("rsa-pkcs1", digest).unwrap_or("rsa-pkcs1");
                row(name, oid_of(&RSA_PKCS1, digest, K::Rsa), (K::Rsa, Some(digest)), Parameters::Null)
            }
            S::RsaPss(named) => row(named.name(), const { oid(ID_RSASSA_PSS) }, (K::Rsa, Some(named.digest())), Parameters::Pss(named)),
            S::Ecdsa(curve, digest) => {
                let (family, name) = (K::Ec(curve), ecdsa_name(curve, digest).unwrap_or("ecdsa"));
                row(name, oid_of(&ECDSA, digest, family), (family, Some(digest)), Parameters::Absent)
            }
            S::Ed25519 => row("ed25519", const { oid("1.3.101.112") }, (K::Ed25519, None), Parameters::Absent),
            S::Ed448 => row("ed448", const { oid("1.3.101.113") }, (K::Ed448, None), Parameters::Absent),
            S::MlDsa(set) => row(set.name(), set.oid(), (K::MlDsa(set), None), Parameters::Absent),
            S::GostR34102015_256Kz => row("gost-r-34.10-2015-256-kz", const { oid("1.2.398.3.10.1.1.2.3.1") }, (K::GostKz256, Some(D::Streebog256)), Parameters::Null),
            S::GostR34102015_512Kz => row("gost-r-34.10-2015-512-kz", const { oid("1.2.398.3.10.1.1.2.3.2") }, (K::GostKz512, Some(D::Streebog512)), Parameters::Null),
            S::Gost343102004Kz => row("gost-34.310-2004-kz", const { oid("1.2.398.3.10.1.1.1.2") }, (K::GostKz2004, Some(D::Gost34311)), Parameters::Null),
            S::GostR34102012_256 => row("gost-r-34.10-2012-256", const { oid("1.2.643.7.1.1.3.2") }, (K::Gost2012_256, Some(D::Streebog256)), Parameters::AbsentOrNull),
            S::GostR34102012_512 => row("gost-r-34.10-2012-512", const { oid("1.2.643.7.1.1.3.3") }, (K::Gost2012_512, Some(D::Streebog512)), Parameters::AbsentOrNull),
            S::GostR34102001 => row("gost-r-34.10-2001", const { oid("1.2.643.2.2.3") }, (K::Gost2001, Some(D::GostR341194)), Parameters::AbsentOrNull),
            S::Sm2Sm3 => row("sm2-sm3", const { oid("1.2.156.10197.1.501") }, (K::Sm2, Some(D::Sm3)), Parameters::AbsentOrNull),
            S::BignBeltHash => row("bign-with-hbelt", const { oid("1.2.112.0.2.0.34.101.45.12") }, (K::Bign(BignLevel::L128), Some(D::BeltHash)), Parameters::Null),
            S::BignBash256 => row("bign-with-bash256", const { oid("1.2.112.0.2.0.34.101.45.13") }, (K::Bign(BignLevel::L128), Some(D::Bash256)), Parameters::Null),
            S::BignBash384 => row("bign-with-bash384", const { oid("1.2.112.0.2.0.34.101.45.14") }, (K::Bign(BignLevel::L192), Some(D::Bash384)), Parameters::Null),
            S::BignBash512 => row("bign-with-bash512", const { oid("1.2.112.0.2.0.34.101.45.15") }, (K::Bign(BignLevel::L256), Some(D::Bash512)), Parameters::Null),
            S::Dstu4145Gost34311 => row("dstu-4145-gost-34.311", const { oid("1.2.804.2.1.1.1.1.3.1.1") }, (K::Dstu4145, Some(D::Gost34311Ua)), Parameters::AbsentOrNull),
        }
    }
}
