//! The RSA public operation `s^e mod n` with what a key needs for it precomputed. Public numbers alone.
#![expect(clippy::arithmetic_side_effects, reason = "a kernel: indices are below the const generics")]

use super::montgomery::{Modulus, add, enter, leave, mul};

/// Limbs of 52 bits in a block; `K` blocks make a number.
pub(super) const BLOCK: usize = 10;
pub(super) const LIMB: usize = 52;

/// A key for numbers of `L` words, which `K` blocks of ten limbs hold with at least 32 bits to spare: 32 words in 4 blocks
/// (2048 bits), 48 in 6 (3072), 64 in 8 (4096). `R = 2^(520·K)`.
#[derive(Clone, Debug)]
pub struct RsaKey<const L: usize, const K: usize> {
    modulus: Modulus<L>,
    exponent: u64,
    /// The modulus in limbs.
    pub(super) n: [[u64; BLOCK]; K],
    /// `R^e mod n` in limbs: what `e` factors without Montgomery form are short of.
    pub(super) correction: [[u64; BLOCK]; K],
    /// `−n⁻¹ mod 2^52`.
    pub(super) n0: u64,
}

impl<const L: usize, const K: usize> RsaKey<L, K> {
    /// Takes an odd modulus of at least 3 and an exponent of at least 1.
    pub fn new(n: [u64; L], exponent: u64) -> Self {
        const { assert!(64 * L + 32 <= LIMB * BLOCK * K, "spare bits that let products stay unreduced") };
        let modulus = Modulus::new(n);
        // 2^(520·K) from 2^(64·L), which is one in Montgomery form.
        let r = (64 * L..LIMB * BLOCK * K).fold(modulus.one, |x, _| add(&modulus.m, &x, &x));
        let correction = blocks(&leave(&modulus, &power(&modulus, &enter(&modulus, &r), exponent)));
        let n0 = (0..6).fold(1_u64, |x, _| x.wrapping_mul(2_u64.wrapping_sub(n[0].wrapping_mul(x))));
        let n0 = n0.wrapping_neg() & ((1 << LIMB) - 1);
        Self { n: blocks(&n), correction, n0, modulus, exponent }
    }

    /// The modulus.
    pub fn modulus(&self) -> &[u64; L] {
        &self.modulus.m
    }

    /// The public exponent.
    pub fn exponent(&self) -> u64 {
        self.exponent
    }
}

/// `s^e mod n`, of an `s` below `n`. The slow twin of `ifma::rsa`.
pub fn public_operation<const L: usize, const K: usize>(key: &RsaKey<L, K>, s: &[u64; L]) -> [u64; L] {
    let modulus = &key.modulus;
    leave(modulus, &power(modulus, &enter(modulus, s), key.exponent))
}

/// `x^e` in Montgomery form, from the second highest bit of `e` on.
fn power<const L: usize>(modulus: &Modulus<L>, x: &[u64; L], e: u64) -> [u64; L] {
    let mut out = *x;
    for bit in (0..e.ilog2()).rev() {
        out = mul(modulus, &out, &out);
        if e >> bit & 1 == 1 {
            out = mul(modulus, &out, x);
        }
    }
    out
}

/// Cuts words into limbs.
pub(super) fn blocks<const L: usize, const K: usize>(words: &[u64; L]) -> [[u64; BLOCK]; K] {
    let word = |i: usize| u128::from(words.get(i).copied().unwrap_or(0));
    let mut out = [[0; BLOCK]; K];
    for (i, limb) in out.as_flattened_mut().iter_mut().enumerate() {
        let (at, shift) = (LIMB * i / 64, LIMB * i % 64);
        let joined = (word(at) | word(at + 1) << 64) >> shift;
        *limb = u64::try_from(joined & ((1 << LIMB) - 1)).unwrap_or(0);
    }
    out
}
