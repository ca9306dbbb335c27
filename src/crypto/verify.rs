//! Verification: claims in, outcomes out, always many at once.

use std::borrow::Cow;
use std::collections::HashMap;

use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};

use super::algorithm::SignatureAlgorithm;
use super::digest::DigestAlgorithm;
use super::ec_curve::EcCurve;
use super::key::{KeyFamily, PublicKey};
use super::{batch, bign, ecdsa, ed448, mldsa, rsa_pkcs1, rsa_pss, sm2};

/// One signature that is to be verified.
#[derive(Clone, Debug)]
pub struct SignatureClaim<'a> {
    /// The algorithm, as resolved against the key.
    pub algorithm: SignatureAlgorithm,
    /// The key that is said to have signed.
    pub key: &'a PublicKey,
    /// The octets that were signed (not their digest).
    pub message: Cow<'a, [u8]>,
    /// The signature value as it came.
    pub value: Cow<'a, [u8]>,
}

/// Proof that the mathematics of one signature held; only this file makes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VerifiedSignature {
    algorithm: SignatureAlgorithm,
}

impl VerifiedSignature {
    /// The algorithm that was verified.
    pub fn algorithm(self) -> SignatureAlgorithm {
        self.algorithm
    }
}

/// What the mathematics says of one claim.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The value is this key's signature over this message.
    Valid(VerifiedSignature),
    /// It is not.
    Invalid,
}

/// Verifies claims together. Gives one outcome per claim, in their order; no claim's outcome depends on its
/// neighbours, and identical claims are computed once.
pub fn verify_many(claims: &[SignatureClaim<'_>]) -> Vec<Outcome> {
    let mut known: HashMap<&[u8], [Option<usize>; ALIKE_MAX]> = HashMap::with_capacity(claims.len());
    let mut distinct: Vec<&SignatureClaim<'_>> = Vec::with_capacity(claims.len());
    let mut position = |claim| {
        let alike = known.entry(sample(claim)).or_default();
        let same = |at: &usize| distinct.get(*at).is_some_and(|other| identity(other) == identity(claim));
        if let Some(at) = alike.iter().flatten().copied().find(same) {
            return at;
        }
        let at = distinct.len();
        distinct.push(claim);
        if let Some(free) = alike.iter_mut().find(|place| place.is_none()) {
            *free = Some(at);
        }
        at
    };
    let positions: Vec<usize> = claims.iter().map(&mut position).collect();
    let outcomes = conclude_all(&distinct);
    // INVARIANT: `position` gave places of distinct claims, each of which has its outcome.
    positions.into_iter().map(|at| outcomes.get(at).copied().unwrap_or(Outcome::Invalid)).collect()
}

/// Different claims with the same sample that are compared with; what goes beyond is computed, and that is all.
const ALIKE_MAX: usize = 4;

/// Octets of the value in which no two signatures are the same by accident.
fn sample<'a>(claim: &'a SignatureClaim<'_>) -> &'a [u8] {
    claim.value.last_chunk::<16>().map_or(&*claim.value, <[u8; 16]>::as_slice)
}

/// Everything that an outcome depends on.
type Identity<'a> = (SignatureAlgorithm, &'a [u8], &'a [u8], &'a [u8]);

fn identity<'a>(claim: &'a SignatureClaim<'_>) -> Identity<'a> {
    (claim.algorithm, claim.key.spki_der(), &claim.message, &claim.value)
}

fn conclude_all(claims: &[&SignatureClaim<'_>]) -> Vec<Outcome> {
    let is_sound: Vec<bool> = claims.iter().map(|claim| is_usable(claim)).collect();
    let usable: Vec<_> = claims.iter().zip(&is_sound).filter(|(_, sound)| **sound).map(|(claim, _)| *claim).collect();
    let mut answers = batch::holds_many(&usable).into_iter();
    let outcome = |(claim, sound): (&&SignatureClaim<'_>, bool)| {
        if sound && answers.next() == Some(true) {
            Outcome::Valid(VerifiedSignature { algorithm: claim.algorithm })
        } else {
            Outcome::Invalid
        }
    };
    claims.iter().zip(is_sound).map(outcome).collect()
}

/// Whether the algorithm and the key go together, and are verified at all.
fn is_usable(claim: &SignatureClaim<'_>) -> bool {
    let listed = claim.algorithm.is_listed();
    listed && claim.key.goes_with(claim.algorithm) && claim.key.check_strength().is_ok()
}

/// The mathematics; the key is known to be of the algorithm's family.
pub(super) fn holds(claim: &SignatureClaim<'_>) -> bool {
    use SignatureAlgorithm as S;
    let (key, message, value) = (claim.key.key_octets(), &*claim.message, &*claim.value);
    if let Some(algorithm) = ring_algorithm(claim.algorithm, claim.key.key_bits()) {
        return UnparsedPublicKey::new(algorithm, key).verify(message, value).is_ok();
    }
    match claim.algorithm {
        S::RsaPkcs1(digest) => rsa_pkcs1::verify(key, digest, message, value),
        S::RsaPss(named) => rsa_pss::verify(key, named, message, value),
        S::Ecdsa(curve, digest) => ecdsa::verify(curve, key, &digest.digest(message), value),
        S::Ed448 => ed448::verify(key, message, value),
        S::MlDsa(set) => mldsa::verify(set, key, message, value),
        // ring's.
        S::Ed25519 => false,
        S::GostR34102015_256Kz
        | S::GostR34102015_512Kz
        | S::Gost343102004Kz
        | S::GostR34102012_256
        | S::GostR34102012_512
        | S::GostR34102001 => gost_holds(claim),
        S::Sm2Sm3 => sm2::verify(key, message, value),
        S::BignBeltHash | S::BignBash256 | S::BignBash384 | S::BignBash512 => bign_holds(claim),
        S::Dstu4145Gost34311 => dstu_holds(claim),
    }
}

/// What ring does, it does: it is faster than ours, and many have looked at it.
fn ring_algorithm(algorithm: SignatureAlgorithm, bits: usize) -> Option<&'static dyn VerificationAlgorithm> {
    use DigestAlgorithm as D;
    use SignatureAlgorithm as S;
    let rsa = (2048..=8192).contains(&bits);
    Some(match algorithm {
        S::RsaPkcs1(D::Sha1) if rsa => &signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
        S::RsaPkcs1(D::Sha256) if rsa => &signature::RSA_PKCS1_2048_8192_SHA256,
        S::RsaPkcs1(D::Sha384) if rsa => &signature::RSA_PKCS1_2048_8192_SHA384,
        S::RsaPkcs1(D::Sha512) if rsa => &signature::RSA_PKCS1_2048_8192_SHA512,
        S::Ecdsa(EcCurve::P256, D::Sha256) => &signature::ECDSA_P256_SHA256_ASN1,
        S::Ecdsa(EcCurve::P256, D::Sha384) => &signature::ECDSA_P256_SHA384_ASN1,
        S::Ecdsa(EcCurve::P384, D::Sha256) => &signature::ECDSA_P384_SHA256_ASN1,
        S::Ecdsa(EcCurve::P384, D::Sha384) => &signature::ECDSA_P384_SHA384_ASN1,
        S::Ed25519 => &signature::ED25519,
        _ => return None,
    })
}

fn bign_holds(claim: &SignatureClaim<'_>) -> bool {
    let (KeyFamily::Bign(level), Some(digest)) = (claim.key.family(), claim.algorithm.digest()) else { return false };
    bign::verify((level, claim.key.key_octets()), digest, (&claim.message, &claim.value))
}

fn dstu_holds(claim: &SignatureClaim<'_>) -> bool {
    let (Some(point), Some(digest)) = (claim.key.dstu(), claim.algorithm.digest()) else { return false };
    point.verify(&digest.digest(&claim.message), &claim.value)
}

fn gost_holds(claim: &SignatureClaim<'_>) -> bool {
    let (Some(point), Some(digest)) = (claim.key.gost(), claim.algorithm.digest()) else { return false };
    point.verify(&digest.digest(&claim.message), &claim.value)
}
