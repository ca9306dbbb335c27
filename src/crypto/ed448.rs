//! Ed448 verification (RFC 8032 §5.2.7), which ring does not have: pure, with the empty context that X.509 (RFC 8410)
//! and CMS (RFC 8419) use. Nothing is signed.

use super::key::KeyError;
use super::xof::shake256;
use crate::codec::{Malformed, MalformedKind};
use crate::kernel::ed448::{BASE, ORDER, POINT_SIZE, decode, encode, is_identity, multiply_two_vartime, negate};
use crate::kernel::montgomery::{add, enter, from_le_octets, less, reduce};

/// Checks a public key: canonical, on the curve, and in the subgroup of prime order. Points of small order, for which a
/// signature over every message can be made, are so refused, and so is everything on which the equations with and without
/// the cofactor could disagree.
pub(super) fn check_key(key: &[u8]) -> Result<(), KeyError> {
    if key.len() != POINT_SIZE {
        return Err(Malformed { at: 0, kind: MalformedKind::Value, within: "Ed448PublicKey" }.into());
    }
    let point = decode(key).filter(|point| !is_identity(point)).ok_or(KeyError::InvalidPoint)?;
    let times_order = multiply_two_vartime((&ORDER.m, &point), (&[0; 7], &BASE));
    if is_identity(&times_order) { Ok(()) } else { Err(KeyError::InvalidPoint) }
}

/// RFC 8032 §5.2.7, without the cofactor (step 3, last sentence: sufficient). `R` is compared as it is encoded, so that
/// it has one form.
pub(super) fn verify(key: &[u8], message: &[u8], value: &[u8]) -> bool {
    holds(key, message, value).unwrap_or(false)
}

fn holds(key: &[u8], message: &[u8], value: &[u8]) -> Option<bool> {
    let (r, s) = value.split_at_checked(POINT_SIZE)?;
    // Step 1: 57 octets each; S below the order, its last octet zero.
    let (0, s) = s.split_last().filter(|_| s.len() == POINT_SIZE)? else { return None };
    let s: [u64; 7] = from_le_octets(s);
    if !less(&s, &ORDER.m) {
        return None;
    }
    // Step 2: dom4(0, "") is the name, no pre-hash, no context.
    let k = number(&shake256(&[b"SigEd448\0\0", r, key, message], 2 * POINT_SIZE));
    // Step 3: R = S·B − k·A.
    let minus_a = negate(&decode(key)?);
    Some(encode(&multiply_two_vartime((&s, &BASE), (&k, &minus_a))) == r)
}

/// 114 octets, least significant first, modulo the order: by Horner's rule over pieces of 56 octets, as `enter` multiplies
/// with `2^448`.
fn number(octets: &[u8]) -> [u64; 7] {
    octets
        .chunks(56)
        .rev()
        .fold([0; 7], |sum, piece| add(&ORDER.m, &enter(&ORDER, &sum), &reduce(&ORDER, &from_le_octets(piece))))
}

#[cfg(test)]
mod tests;
