//! ECDSA verification (FIPS 186-5 §6.4.2) on every curve and with every digest that ring does not do.

use super::ec_curve::{EcCurve, on_curve};
use super::ec_point;
use crate::codec::der::{Encoding, Reader};
use crate::kernel::Curve;
use crate::kernel::montgomery::{is_zero, less, reduce};
use crate::kernel::signature::{self, Equation};

/// Whether an Ecdsa-Sig-Value is the key's over this digest. *Takes* a point that `ec_point::uncompressed` gave.
pub(super) fn verify(curve: EcCurve, key: &[u8], digest: &[u8], value: &[u8]) -> bool {
    on_curve!(curve, arithmetic => holds(arithmetic, (curve.bits(), key), digest, value).unwrap_or(false))
}

fn holds<const L: usize>(
    curve: &Curve<L>,
    (order_bits, key): (usize, &[u8]),
    digest: &[u8],
    value: &[u8],
) -> Option<bool> {
    let key = ec_point::read(curve, order_bits.div_ceil(8), key)?;
    Some(signature::holds(curve, &key, &equation(curve, order_bits, digest, value)?))
}

/// What is to be shown of a value: the numbers are the steps of FIPS 186-5 §6.4.2. `None` where the value cannot be one.
pub(super) fn equation<const L: usize>(
    curve: &Curve<L>,
    order_bits: usize,
    digest: &[u8],
    value: &[u8],
) -> Option<Equation<L>> {
    let (order, size) = (&curve.order, order_bits.div_ceil(8));
    // 1: 0 < r < n, 0 < s < n.
    let (r, s) = read(value)?;
    let in_range = |octets: &[u8]| {
        let number = ec_point::words::<L>(octets);
        (octets.len() <= size && !is_zero(&number) && less(&number, &order.m)).then_some(number)
    };
    let (r, s) = (in_range(r)?, in_range(s)?);
    // 2 and 3: the leftmost bits of the digest, as many as the order has; a number above the order is reduced.
    let e = reduce(order, &leftmost_bits(digest, order_bits));
    // 4 to 8: u = e/s, v = r/s.
    Some(Equation { divisor: s, of_generator: e, of_key: r, r })
}

/// FIPS 186-5 §6.4.1 step 2: all of a digest that is no longer than the order, else its leftmost bits.
fn leftmost_bits<const L: usize>(digest: &[u8], bits: usize) -> [u64; L] {
    let kept = digest.get(..bits.div_ceil(8)).unwrap_or(digest);
    let excess = kept.len().saturating_mul(8).saturating_sub(bits);
    let mut number = ec_point::words::<L>(kept);
    // Below 8: an order whose bits are no whole octets (P-521), under a digest of at least as many.
    for _ in 0..excess {
        let mut carry = 0;
        for word in number.iter_mut().rev() {
            (*word, carry) = (*word >> 1 | carry << 63, *word & 1);
        }
    }
    number
}

/// RFC 3279 §2.2.3: two INTEGERs, in DER and nothing beside them, neither negative. Gives them without their sign octet.
fn read(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut outer = Reader::new(value, Encoding::Der, "Ecdsa-Sig-Value");
    let mut body = outer.sequence().ok()?;
    outer.finish().ok()?;
    let (r, s) = (unsigned(body.integer().ok()?)?, unsigned(body.integer().ok()?)?);
    body.finish().ok()?;
    Some((r, s))
}

fn unsigned(integer: &[u8]) -> Option<&[u8]> {
    match integer {
        [first, ..] if first & 0x80 != 0 => None,
        [0, rest @ ..] => Some(rest),
        all => Some(all),
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) mod values;
