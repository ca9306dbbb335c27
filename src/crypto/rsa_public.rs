//! RSA public keys: what a sound one is, and the public operation where ring does not do it: other paddings, other
//! sizes.

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};

use super::key::KeyError;
use crate::codec::der::{Encoding, Reader};
use crate::limits::{RSA_EXPONENT_BITS_MAX, RSA_MODULUS_BITS_MAX};

/// Checks an RSAPublicKey (RFC 8017 §A.1.1) and gives the size of its modulus in bits.
pub(super) fn check(key: &[u8]) -> Result<usize, KeyError> {
    let mut outer = Reader::new(key, Encoding::Der, "RSAPublicKey");
    let mut body = outer.sequence()?;
    outer.finish()?;
    let (n, e) = (body.integer()?, body.integer()?);
    body.finish()?;
    let (Some(n_bits), Some(e_bits)) = (unsigned_bits(n), unsigned_bits(e)) else { return Err(KeyError::InvalidRsa) };
    RSA_MODULUS_BITS_MAX.check(n_bits)?;
    RSA_EXPONENT_BITS_MAX.check(e_bits)?;
    let odd = |x: &[u8]| x.last().is_some_and(|last| last & 1 == 1);
    // Odd and of two bits at least: 3 or more.
    if !odd(n) || !odd(e) || e_bits < 2 {
        return Err(KeyError::InvalidRsa);
    }
    Ok(n_bits)
}

/// Bits of an INTEGER that is not negative.
fn unsigned_bits(integer: &[u8]) -> Option<usize> {
    if integer.first().is_none_or(|first| first & 0x80 != 0) {
        return None;
    }
    let mut significant = integer.iter().skip_while(|&&octet| octet == 0);
    let first = significant.next().map_or(0, |octet| u8::BITS.saturating_sub(octet.leading_zeros()));
    let rest = significant.count().checked_mul(8)?;
    usize::try_from(first).ok()?.checked_add(rest)
}

/// The octets of modulus and exponent, without sign octets. *Takes* a key that `check` passed.
pub(super) fn numbers(key: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut body = Reader::new(key, Encoding::Der, "RSAPublicKey").sequence().ok()?;
    Some((without_sign_octet(body.integer().ok()?), without_sign_octet(body.integer().ok()?)))
}

/// RSAVP1, RFC 8017 §5.2.2, with the length check of §8.1.2 and §8.2.2 step 1. *Takes* a key that `check` passed.
/// *Gives* the message representative in as many octets as the modulus has, and the bits of the modulus; `None` for a
/// value of another length or not below the modulus.
///
/// *Cost*: one public operation, bounded by `RSA_MODULUS_BITS_MAX` and `RSA_EXPONENT_BITS_MAX`.
pub(super) fn recover(key: &[u8], value: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (n, e) = numbers(key)?;
    let (n, e) = (BoxedUint::from_be_slice_vartime(n), BoxedUint::from_be_slice_vartime(e));
    let bits = usize::try_from(n.bits_vartime()).ok()?;
    let size = bits.div_ceil(8);
    if value.len() != size {
        return None;
    }
    let s = BoxedUint::from_be_slice(value, n.bits_precision()).ok()?;
    if s >= n {
        return None;
    }
    let modulus = BoxedMontyParams::new_vartime(Odd::new(n).into_option()?);
    let m = BoxedMontyForm::new(s, &modulus).pow_bounded_exp(&e, e.bits_vartime()).retrieve().to_be_bytes();
    // Below the modulus: what the precision has above its octets is zero.
    let (_, octets) = m.split_at_checked(m.len().checked_sub(size)?)?;
    Some((octets.to_vec(), bits))
}

pub(super) fn without_sign_octet(integer: &[u8]) -> &[u8] {
    integer.strip_prefix(&[0]).unwrap_or(integer)
}

#[cfg(test)]
pub(super) mod tests;
