//! SM2 (GB/T 32918.2) on its recommended curve, with SM3 and the identifier that stands for every signer.
#![expect(clippy::many_single_char_names, reason = "the names are those of the standard")]

use const_oid::ObjectIdentifier;
use zeroize::Zeroizing;

use super::digest::DigestAlgorithm;
use super::drbg::HmacDrbg;
use super::entropy::{Entropy, EntropyError};
use super::gost::{Pair, le_octets, random_scalar};
use crate::codec::der::{self, Encoding, Reader};
use crate::kernel::curve::{from_affine, is_identity, multiply, multiply_two_vartime, to_affine};
use crate::kernel::curves::SM2_P256 as CURVE;
use crate::kernel::montgomery::{add, enter, from_le_octets, invert, is_zero, less, mul, reduce, sub};
use crate::kernel::{Curve, Point};

type Words = [u64; 4];
type Signature = Pair<4>;

/// The curve, as keys name it, and SM2 itself (GM/T 0006).
pub(super) const ID_SM2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.301");

/// The signature algorithm without its digest, which is named beside it (GM/T 0006; GM/T 0010 §4).
pub(super) const ID_SM2_SIGN: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.301.1");

/// The signer's identifier where the parties agreed on no other (GM/T 0009 §10).
const IDENTIFIER: &[u8] = b"1234567812345678";

/// Octets of a coordinate, and of a scalar.
const SIZE: usize = 32;

/// Whether the octets are an uncompressed point of the curve. Cofactor 1: every one is in the subgroup.
pub(super) fn is_point(key: &[u8]) -> bool {
    point(&CURVE, key).is_some()
}

/// GB/T 32918.2 §7.1. *Takes* a key that passed `is_point` and the two numbers as SEQUENCE of INTEGERs in DER (GM/T 0009
/// §7.3).
pub(super) fn verify(key: &[u8], message: &[u8], value: &[u8]) -> bool {
    let (Some(point), Some(pair)) = (point(&CURVE, key), read(value)) else { return false };
    let digest = digest_to_sign(key, message);
    verify_digest(&CURVE, &point, &digest, &pair)
}

/// What a signature signs of a message: SM3 over `Z_A ‖ M` (GB/T 32918.2 §6.1 A1 and A2). *Takes* a key that passed
/// `is_point`.
pub(super) fn digest_to_sign(key: &[u8], message: &[u8]) -> Vec<u8> {
    message_digest(&CURVE, (IDENTIFIER, &coordinates(key)), message)
}

/// A secret scalar from 1 to `n − 2`.
pub(super) struct Sm2Scalar(Zeroizing<Words>);

impl Sm2Scalar {
    /// Draws a scalar.
    pub(super) fn generate(entropy: &mut dyn Entropy) -> Result<Self, EntropyError> {
        loop {
            let d = random_scalar(&CURVE.order, |out| entropy.fill(out))?;
            if is_private(&CURVE, &d) {
                return Ok(Self(d));
            }
        }
    }

    /// Reads 32 octets, big-endian; `None` where they are no private key.
    pub(super) fn read(octets: &[u8]) -> Option<Self> {
        let reversed = Zeroizing::new(octets.iter().rev().copied().collect::<Vec<u8>>());
        let d = Zeroizing::new(from_le_octets(&reversed));
        (octets.len() == SIZE && is_private(&CURVE, &d)).then_some(Self(d))
    }

    /// The scalar, big-endian.
    pub(super) fn octets(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(be_octets(&self.0))
    }

    /// The uncompressed point that belongs to it.
    pub(super) fn public_octets(&self) -> Vec<u8> {
        let (x, y) = to_affine(&CURVE, &multiply(&CURVE, &self.0, &CURVE.generator));
        [vec![4], be_octets(&x), be_octets(&y)].concat()
    }

    /// Signs a message (not its digest). The nonce comes from key and digest, as for GOST: no randomness is asked for
    /// while signing.
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.sign_digest(&digest_to_sign(&self.public_octets(), message))
    }

    /// Signs what `digest_to_sign` gave.
    fn sign_digest(&self, digest: &[u8]) -> Vec<u8> {
        let e = digest_number(&CURVE, digest);
        let mut drbg = HmacDrbg::new(DigestAlgorithm::Sha512, &[&self.octets(), &be_octets(&e)]);
        loop {
            let k = random_scalar(&CURVE.order, |octets| {
                drbg.generate(octets);
                Ok::<(), std::convert::Infallible>(())
            });
            let Ok(k) = k;
            if let Some(pair) = sign_with_nonce(&CURVE, (&self.0, &k), &e) {
                return write(&pair);
            }
        }
    }
}

/// GB/T 32918.1 §6.1: from 1 to `n − 2`, since signing inverts `1 + d`.
fn is_private(curve: &Curve<4>, d: &Words) -> bool {
    let order = &curve.order;
    !is_zero(d) && less(d, &order.m) && !is_zero(&add(&order.m, d, &ONE))
}

const ONE: Words = [1, 0, 0, 0];

/// SM3 over `Z_A ‖ M`, where `Z_A` digests the identifier, the curve and the signer's point (GB/T 32918.2 §5.5, §6.1 A1
/// and A2).
fn message_digest(curve: &Curve<4>, (identifier, key): (&[u8], &[u8]), message: &[u8]) -> Vec<u8> {
    let bits = u16::try_from(identifier.len()).ok().and_then(|octets| octets.checked_mul(8));
    // INVARIANT: the identifier is a constant of 16 octets.
    let bits = bits.unwrap_or(0).to_be_bytes();
    let (gx, gy) = to_affine(curve, &curve.generator);
    let (a, b) = curve.coefficients();
    let mut z = DigestAlgorithm::Sm3.hasher();
    for part in [&bits, identifier, &be_octets(&a), &be_octets(&b), &be_octets(&gx), &be_octets(&gy), key] {
        z.update(part);
    }
    let mut hasher = DigestAlgorithm::Sm3.hasher();
    hasher.update(&z.finish());
    hasher.update(message);
    hasher.finish()
}

/// GB/T 32918.2 §7.1 B1, B2 and B5 to B7.
fn verify_digest(curve: &Curve<4>, key: &Point<4>, digest: &[u8], pair: &Signature) -> bool {
    let order = &curve.order;
    let in_range = |x: &Words| !is_zero(x) && less(x, &order.m);
    if !in_range(&pair.r) || !in_range(&pair.s) {
        return false;
    }
    // B5: without the key in it the equation would hold for every key.
    let t = add(&order.m, &pair.r, &pair.s);
    if is_zero(&t) {
        return false;
    }
    let sum = multiply_two_vartime(curve, &pair.s, &t, key);
    let e = digest_number(curve, digest);
    !is_identity(&sum) && add(&order.m, &e, &reduce(order, &to_affine(curve, &sum).0)) == pair.r
}

/// GB/T 32918.2 §6.1, A4 to A6, with a given nonce; `None` where another one must be drawn. Branches tell nothing of `d`
/// and `k` but that.
fn sign_with_nonce(curve: &Curve<4>, (d, k): (&Words, &Words), e: &Words) -> Option<Signature> {
    let order = &curve.order;
    let (x, _) = to_affine(curve, &multiply(curve, k, &curve.generator));
    let r = add(&order.m, e, &reduce(order, &x));
    let rd = Zeroizing::new(mul(order, &enter(order, &r), d));
    let difference = Zeroizing::new(sub(&order.m, k, &rd));
    let one_and_d = Zeroizing::new(enter(order, &add(&order.m, d, &ONE)));
    let inverse = Zeroizing::new(invert(order, &one_and_d));
    let s = mul(order, &inverse, &difference);
    let again = is_zero(&r) || is_zero(&add(&order.m, &r, k)) || is_zero(&s);
    (!again).then_some(Pair { r, s })
}

/// The digest as a number, big-endian, modulo the order: every use of it is.
fn digest_number(curve: &Curve<4>, digest: &[u8]) -> Words {
    reduce(&curve.order, &from_be_octets(digest))
}

/// The point behind `04 ‖ x ‖ y`.
fn point(curve: &Curve<4>, key: &[u8]) -> Option<Point<4>> {
    let [4, coordinates @ ..] = key else { return None };
    let (x, y) = coordinates.split_at_checked(SIZE)?;
    if y.len() != SIZE {
        return None;
    }
    from_affine(curve, &from_be_octets(x), &from_be_octets(y))
}

fn coordinates(key: &[u8]) -> Vec<u8> {
    key.iter().skip(1).copied().collect()
}

/// Two INTEGERs, in DER and nothing beside them.
fn read(value: &[u8]) -> Option<Signature> {
    let mut outer = Reader::new(value, Encoding::Der, "SM2Signature");
    let mut body = outer.sequence().ok()?;
    outer.finish().ok()?;
    let (r, s) = (number(body.integer().ok()?)?, number(body.integer().ok()?)?);
    body.finish().ok()?;
    Some(Pair { r, s })
}

/// An INTEGER that is not negative and has no more than 256 bits.
fn number(integer: &[u8]) -> Option<Words> {
    if integer.first().is_none_or(|first| first & 0x80 != 0) {
        return None;
    }
    let significant = integer.strip_prefix(&[0]).unwrap_or(integer);
    (significant.len() <= SIZE).then(|| from_be_octets(significant))
}

fn write(pair: &Signature) -> Vec<u8> {
    der::sequence(&[&der::integer(&be_octets(&pair.r)), &der::integer(&be_octets(&pair.s))])
}

fn from_be_octets(octets: &[u8]) -> Words {
    from_le_octets(&octets.iter().rev().copied().collect::<Vec<_>>())
}

fn be_octets(words: &Words) -> Vec<u8> {
    let mut octets = le_octets(words);
    octets.reverse();
    octets
}

#[cfg(test)]
mod tests;
