//! Residues modulo an odd number in Montgomery form. Branches and addresses depend on sizes and moduli alone, never on
//! the residues, so the functions may be given secrets.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::many_single_char_names,
    clippy::panic,
    reason = "a kernel: every index is below the const generic L, sums are carried by hand"
)]

use std::hint::black_box;

/// An odd modulus `m` of `64 · L` bits at most, with what Montgomery multiplication needs; `R = 2^(64·L)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modulus<const L: usize> {
    /// The modulus, least significant word first.
    pub m: [u64; L],
    /// `R mod m`: one in Montgomery form.
    pub one: [u64; L],
    /// `R² mod m`: carries a number into Montgomery form.
    r2: [u64; L],
    /// `−m⁻¹ mod 2^64`.
    m0_negated_inverse: u64,
}

impl<const L: usize> Modulus<L> {
    /// Takes an odd modulus of at least 3, least significant word first.
    pub const fn new(m: [u64; L]) -> Self {
        // Newton: an inverse modulo 2^k becomes one modulo 2^2k; 1 is right modulo 2.
        let mut inverse: u64 = 1;
        let mut round = 0;
        while round < 6 {
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(m[0].wrapping_mul(inverse)));
            round += 1;
        }
        let mut unit = [0; L];
        unit[0] = 1;
        let one = doubled(&m, unit, 64 * L);
        Self { m, one, r2: doubled(&m, one, 64 * L), m0_negated_inverse: inverse.wrapping_neg() }
    }
}

const fn doubled<const L: usize>(m: &[u64; L], mut x: [u64; L], times: usize) -> [u64; L] {
    let mut i = 0;
    while i < times {
        x = add(m, &x, &x);
        i += 1;
    }
    x
}

/// `a + b mod m`, of residues below `m`.
pub const fn add<const L: usize>(m: &[u64; L], a: &[u64; L], b: &[u64; L]) -> [u64; L] {
    let mut sum = [0; L];
    let mut carry = 0;
    let mut i = 0;
    while i < L {
        let wide = a[i] as u128 + b[i] as u128 + carry as u128;
        sum[i] = wide as u64;
        carry = (wide >> 64) as u64;
        i += 1;
    }
    reduce_once(m, &sum, carry)
}

/// `a − b mod m`, of residues below `m`.
pub const fn sub<const L: usize>(m: &[u64; L], a: &[u64; L], b: &[u64; L]) -> [u64; L] {
    let (mut difference, borrow) = subtract(a, b);
    let mask = borrow.wrapping_neg();
    let mut carry = 0;
    let mut i = 0;
    while i < L {
        let wide = difference[i] as u128 + (m[i] & mask) as u128 + carry as u128;
        difference[i] = wide as u64;
        carry = (wide >> 64) as u64;
        i += 1;
    }
    difference
}

/// `a·b·R⁻¹ mod m`. *Takes* `a` below `R` and `b` below `m`. *Gives* a residue below `m`.
pub const fn mul<const L: usize>(modulus: &Modulus<L>, a: &[u64; L], b: &[u64; L]) -> [u64; L] {
    let m = &modulus.m;
    let mut t = [0_u64; L];
    let mut top = 0_u64;
    let mut i = 0;
    while i < L {
        // One row of the product and one of the reduction together; t stays below 2m.
        let (low, mut row) = multiply_add(t[0], a[0], b[i], 0);
        let quotient = low.wrapping_mul(modulus.m0_negated_inverse);
        let (_, mut reduction) = multiply_add(low, quotient, m[0], 0);
        let mut j = 1;
        while j < L {
            let word;
            (word, row) = multiply_add(t[j], a[j], b[i], row);
            (t[j - 1], reduction) = multiply_add(word, quotient, m[j], reduction);
            j += 1;
        }
        let sum = top as u128 + row as u128 + reduction as u128;
        t[L - 1] = sum as u64;
        top = (sum >> 64) as u64;
        i += 1;
    }
    reduce_once(m, &t, top)
}

/// Carries `x` below `R` (also one that is not below `m`) into Montgomery form.
pub const fn enter<const L: usize>(modulus: &Modulus<L>, x: &[u64; L]) -> [u64; L] {
    mul(modulus, x, &modulus.r2)
}

/// Carries a residue out of Montgomery form.
pub const fn leave<const L: usize>(modulus: &Modulus<L>, x: &[u64; L]) -> [u64; L] {
    let mut unit = [0; L];
    unit[0] = 1;
    mul(modulus, x, &unit)
}

/// `x mod m` of any `x` below `R`.
pub const fn reduce<const L: usize>(modulus: &Modulus<L>, x: &[u64; L]) -> [u64; L] {
    leave(modulus, &enter(modulus, x))
}

/// `x⁻¹` in Montgomery form, for a prime modulus, as `x^(m−2)` (Fermat); zero stays zero. The exponent is public.
pub fn invert<const L: usize>(modulus: &Modulus<L>, x: &[u64; L]) -> [u64; L] {
    let mut two = [0; L];
    two[0] = 2;
    let (exponent, _) = subtract(&modulus.m, &two);
    power(modulus, x, &exponent)
}

/// `x^exponent` in Montgomery form, for a public exponent.
pub fn power<const L: usize>(modulus: &Modulus<L>, x: &[u64; L], exponent: &[u64; L]) -> [u64; L] {
    let mut powers = [modulus.one; 16];
    for i in 1..16 {
        powers[i] = mul(modulus, &powers[i - 1], x);
    }
    let mut result = modulus.one;
    for nibble in (0..L * 16).rev() {
        for _ in 0..4 {
            result = mul(modulus, &result, &result);
        }
        let digit = (exponent[nibble / 16] >> (4 * (nibble % 16))) & 15;
        result = mul(modulus, &result, &powers[digit as usize]);
    }
    result
}

/// A square root in Montgomery form, modulo a prime `p ≡ 3 (mod 4)`; `None` where there is none, and for other primes.
pub fn square_root<const L: usize>(modulus: &Modulus<L>, x: &[u64; L]) -> Option<[u64; L]> {
    let m = &modulus.m;
    if m[0] & 3 != 3 {
        return None;
    }
    // A root of a square is its power of (p + 1) / 4 = ⌊p / 4⌋ + 1; the quarter has room for the carry.
    let mut exponent = [0; L];
    let mut carry = 1;
    for i in 0..L {
        let above = if i + 1 < L { m[i + 1] } else { 0 };
        let wide = u128::from(m[i] >> 2 | above << 62) + carry;
        exponent[i] = wide as u64;
        carry = wide >> 64;
    }
    let root = power(modulus, x, &exponent);
    (mul(modulus, &root, &root) == *x).then_some(root)
}

/// `a` where `mask` is zero, `b` where it is all ones.
pub fn select<const L: usize>(a: &[u64; L], b: &[u64; L], mask: u64) -> [u64; L] {
    // The barrier keeps the optimiser from turning the mask into a branch.
    let mask = black_box(mask);
    let mut chosen = [0; L];
    for i in 0..L {
        chosen[i] = a[i] ^ (mask & (a[i] ^ b[i]));
    }
    chosen
}

/// Whether `a < b`.
pub const fn less<const L: usize>(a: &[u64; L], b: &[u64; L]) -> bool {
    subtract(a, b).1 == 1
}

/// Whether all words are zero.
pub const fn is_zero<const L: usize>(a: &[u64; L]) -> bool {
    let mut joined = 0;
    let mut i = 0;
    while i < L {
        joined |= a[i];
        i += 1;
    }
    joined == 0
}

/// Reads octets, least significant first; what is missing at the end is zero, what exceeds `8·L` octets is not read.
pub fn from_le_octets<const L: usize>(octets: &[u8]) -> [u64; L] {
    let mut words = [0; L];
    for (i, &octet) in octets.iter().take(8 * L).enumerate() {
        words[i / 8] |= u64::from(octet) << (8 * (i % 8));
    }
    words
}

/// Writes octets, least significant first, as many as `out` takes (at most `8·L`).
pub fn to_le_octets<const L: usize>(words: &[u64; L], out: &mut [u8]) {
    for (i, octet) in out.iter_mut().take(8 * L).enumerate() {
        *octet = (words[i / 8] >> (8 * (i % 8))) as u8;
    }
}

/// Reads `16·L` hexadecimal digits, most significant first; for constants.
///
/// # Panics
///
/// On anything else: while compiling, as constants are.
pub const fn from_hex<const L: usize>(digits: &str) -> [u64; L] {
    let digits = digits.as_bytes();
    assert!(digits.len() == 16 * L, "a constant of another length");
    let mut words = [0; L];
    let mut i = 0;
    while i < digits.len() {
        let digit = match digits[i] {
            d @ b'0'..=b'9' => d - b'0',
            d @ b'A'..=b'F' => d - b'A' + 10,
            d @ b'a'..=b'f' => d - b'a' + 10,
            _ => panic!("a constant that is not hexadecimal"),
        };
        let word = L - 1 - i / 16;
        words[word] = words[word] << 4 | digit as u64;
        i += 1;
    }
    words
}

/// `t + a·b + carry` as low and high word; cannot overflow two words.
const fn multiply_add(t: u64, a: u64, b: u64, carry: u64) -> (u64, u64) {
    let wide = t as u128 + a as u128 * b as u128 + carry as u128;
    (wide as u64, (wide >> 64) as u64)
}

/// `a − b mod R`, and 1 where it borrowed.
const fn subtract<const L: usize>(a: &[u64; L], b: &[u64; L]) -> ([u64; L], u64) {
    let mut difference = [0; L];
    let mut borrow = 0;
    let mut i = 0;
    while i < L {
        let wide = (a[i] as u128).wrapping_sub(b[i] as u128).wrapping_sub(borrow as u128);
        difference[i] = wide as u64;
        borrow = (wide >> 64) as u64 & 1;
        i += 1;
    }
    (difference, borrow)
}

/// Subtracts `m` once from `carry·R + t` where that is not below `m` already.
const fn reduce_once<const L: usize>(m: &[u64; L], t: &[u64; L], carry: u64) -> [u64; L] {
    let (mut out, borrow) = subtract(t, m);
    // Below m: nothing carried and the subtraction borrowed.
    let keep = (borrow & (carry ^ 1)).wrapping_neg();
    let mut i = 0;
    while i < L {
        out[i] ^= keep & (out[i] ^ t[i]);
        i += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypto_bigint::{NonZero, U512, U1024};

    static P: &Modulus<8> = &super::super::curves::TC26_512_A.field;

    fn wide(words: &[u64; 8]) -> U512 {
        let mut octets = [0; 64];
        to_le_octets(words, &mut octets);
        U512::from_le_slice(&octets)
    }

    fn samples() -> Vec<[u64; 8]> {
        let mut minus_one = P.m;
        minus_one[0] -= 1;
        let mut mixed = [0; 8];
        for (i, word) in mixed.iter_mut().enumerate() {
            *word = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(i as u64 + 3);
        }
        vec![[0; 8], [1, 0, 0, 0, 0, 0, 0, 0], minus_one, [0, 0, 0, 0, 0, 0, 0, 1 << 63], mixed]
    }

    #[test]
    fn sums_and_products_agree_with_a_slow_twin() {
        let modulus = NonZero::new(wide(&P.m)).unwrap();
        for a in samples() {
            for b in samples() {
                let (x, y) = (wide(&a), wide(&b));
                assert_eq!(wide(&add(&P.m, &a, &b)), x.add_mod(&y, &modulus));
                assert_eq!(wide(&sub(&P.m, &a, &b)), x.sub_mod(&y, &modulus));
                let product = leave(P, &mul(P, &enter(P, &a), &enter(P, &b)));
                let expected: U1024 = x.concatenating_mul(&y);
                let wide_modulus = NonZero::new(U1024::from(&*modulus)).unwrap();
                assert_eq!(U1024::from(&wide(&product)), expected.rem(&wide_modulus));
            }
        }
    }

    #[test]
    fn an_inverse_times_its_number_is_one_and_zero_has_none() {
        for a in samples().into_iter().skip(1) {
            let residue = enter(P, &a);
            assert_eq!(mul(P, &invert(P, &residue), &residue), P.one);
        }
        assert!(is_zero(&invert(P, &[0; 8])));
    }

    #[test]
    fn numbers_at_and_above_the_modulus_are_reduced() {
        assert!(is_zero(&reduce(P, &P.m)));
        assert_eq!(reduce(P, &[u64::MAX; 8]), [568, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn octets_come_out_as_they_went_in() {
        let octets: Vec<u8> = (0..64).collect();
        let words: [u64; 8] = from_le_octets(&octets);
        let mut out = [0; 64];
        to_le_octets(&words, &mut out);
        assert_eq!(out.as_slice(), octets);
        assert_eq!(from_hex::<1>("00000000000000fF"), [255]);
    }

    #[test]
    fn select_and_less_decide_as_they_say() {
        assert_eq!(select(&[1_u64], &[2], 0), [1]);
        assert_eq!(select(&[1_u64], &[2], u64::MAX), [2]);
        assert!(less(&[5_u64, 0], &[0, 1]) && !less(&[0_u64, 1], &[5, 0]) && !less(&[5_u64], &[5]));
    }
}
