//! GOST R 34.10-2012 = GOST R 34.10-2015 = (for 256 bits) GOST 34.310-2004: the signature equations, for any curve.
#![expect(clippy::many_single_char_names, reason = "the names are those of the standard")]

use zeroize::{Zeroize, Zeroizing};

use super::digest::DigestAlgorithm;
use super::drbg::HmacDrbg;
use crate::kernel::curve::{multiply, to_affine};
use crate::kernel::montgomery::{add, enter, from_le_octets, is_zero, less, mul, reduce, sub, to_le_octets};
use crate::kernel::signature::{self, Equation};
use crate::kernel::{Curve, Modulus, Point};

/// A signature as its two numbers, least significant word first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Pair<const L: usize> {
    pub(super) r: [u64; L],
    pub(super) s: [u64; L],
}

/// How the two numbers are laid out in a signature value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Layout {
    /// Kazakhstan: `r ‖ s`, each little-endian.
    Kazakh,
    /// RFC 4491, RFC 9215: `s ‖ r`, each big-endian; the octets of the Kazakh value in reverse.
    Russian,
}

impl<const L: usize> Pair<L> {
    /// Reads a value of exactly `16·L` octets; `None` for any other length.
    pub(super) fn read(value: &[u8], layout: Layout) -> Option<Self> {
        let mut octets = value.to_vec();
        if layout == Layout::Russian {
            octets.reverse();
        }
        let (r, s) = octets.split_at_checked(size_of::<[u64; L]>())?;
        (r.len() == s.len()).then(|| Self { r: from_le_octets(r), s: from_le_octets(s) })
    }

    /// Writes the value.
    pub(super) fn write(&self, layout: Layout) -> Vec<u8> {
        let mut octets = [le_octets(&self.r), le_octets(&self.s)].concat();
        if layout == Layout::Russian {
            octets.reverse();
        }
        octets
    }
}

/// The digest as the number `e`: its octets read little-endian, modulo `q`, and 1 where that is 0. GOST R 34.10 §6.1
/// steps 1 and 2.
pub(super) fn digest_number<const L: usize>(order: &Modulus<L>, digest: &[u8]) -> [u64; L] {
    let e = reduce(order, &from_le_octets(digest));
    if is_zero(&e) { one() } else { e }
}

/// GOST R 34.10 §6.2. *Takes* `e` from `digest_number` and a key point in the subgroup of prime order.
pub(super) fn verify<const L: usize>(curve: &Curve<L>, key: &Point<L>, e: &[u64; L], pair: &Pair<L>) -> bool {
    signature::holds(curve, key, &equation(curve, e, pair))
}

/// What is to be shown. Step 1, 0 < r < q and 0 < s < q, is checked with the equation, but for `s`, which may be zero there.
/// Steps 4 to 7: z1 = s/e, z2 = −r/e, C = z1·P + z2·Q, R = x_C mod q.
pub(super) fn equation<const L: usize>(curve: &Curve<L>, e: &[u64; L], pair: &Pair<L>) -> Equation<L> {
    let minus_r = sub(&curve.order.m, &[0; L], &pair.r);
    // A divisor of zero is out of range: no equation holds with it.
    let divisor = if is_zero(&pair.s) { [0; L] } else { *e };
    Equation { divisor, of_generator: pair.s, of_key: minus_r, r: pair.r }
}

/// GOST R 34.10 §6.1, steps 3 to 6, with a given nonce; `None` where the nonce gives `r = 0` or `s = 0`. Branches tell
/// nothing of `d` and `k` but that.
pub(super) fn sign_with_nonce<const L: usize>(
    curve: &Curve<L>,
    (d, k): (&[u64; L], &[u64; L]),
    e: &[u64; L],
) -> Option<Pair<L>> {
    let order = &curve.order;
    let c = multiply(curve, k, &curve.generator);
    let r = reduce(order, &to_affine(curve, &c).0);
    let mut rd = mul(order, &enter(order, &r), d);
    let mut ke = mul(order, &enter(order, e), k);
    let s = add(&order.m, &rd, &ke);
    rd.zeroize();
    ke.zeroize();
    (!is_zero(&r) && !is_zero(&s)).then_some(Pair { r, s })
}

/// Signs with a nonce derived from key and digest, in the manner of RFC 6979 §3.2 with HMAC over SHA-512 whatever the
/// digest of the signature: two messages never share a nonce, and no randomness is asked for while signing. Not Streebog:
/// it looks secret octets up in tables, and cache lines would tell of them.
pub(super) fn sign<const L: usize>(curve: &Curve<L>, d: &[u64; L], digest: &[u8]) -> Pair<L> {
    let e = digest_number(&curve.order, digest);
    let secret = Zeroizing::new(le_octets(d));
    let mut drbg = HmacDrbg::new(DigestAlgorithm::Sha512, &[&secret, &le_octets(&e)]);
    loop {
        let k = random_scalar(&curve.order, |octets| {
            drbg.generate(octets);
            Ok::<(), std::convert::Infallible>(())
        });
        let Ok(k) = k;
        if let Some(pair) = sign_with_nonce(curve, (d, &k), &e) {
            return pair;
        }
    }
}

/// A number from 1 to `q − 1`, uniform where `fill` is, by rejection: bits above those of `q` are cut, and what is out of
/// range is drawn again.
pub(super) fn random_scalar<const L: usize, E>(
    order: &Modulus<L>,
    mut fill: impl FnMut(&mut [u8]) -> Result<(), E>,
) -> Result<Zeroizing<[u64; L]>, E> {
    let mut octets = Zeroizing::new(le_octets(&[0; L]));
    loop {
        fill(&mut octets)?;
        let mut k = Zeroizing::new(from_le_octets::<L>(&octets));
        if let (Some(top), Some(limit)) = (k.last_mut(), order.m.last()) {
            *top &= u64::MAX.checked_shr(limit.leading_zeros()).unwrap_or(0);
        }
        if !is_zero(&k) && less(&k, &order.m) {
            return Ok(k);
        }
    }
}

/// Octets of a number, least significant first.
pub(super) fn le_octets<const L: usize>(words: &[u64; L]) -> Vec<u8> {
    let mut octets = vec![0; size_of::<[u64; L]>()];
    to_le_octets(words, &mut octets);
    octets
}

fn one<const L: usize>() -> [u64; L] {
    let mut words = [0; L];
    if let Some(first) = words.first_mut() {
        *first = 1;
    }
    words
}

#[cfg(test)]
mod tests;
