//! Affine points, eight at once, and additions of many pairs with one inversion between them.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::many_single_char_names,
    reason = "a kernel: indices are checked against the lists they come from by their loops"
)]

use std::arch::x86_64::{_mm512_mask_mov_epi64, _mm512_setzero_si512};

use super::field::{Field, Shape, invert, minus, mul, mul_columns, plus, splat_one, square_columns, tighten, zeros};
use super::lanes::{Lanes, carry, each};

/// Eight affine points, none of them at infinity. `x` is in limbs and below `1.3p`. `y` is below `1.3p` too, in limbs or in
/// columns that have not been carried.
#[derive(Clone, Copy)]
pub(super) struct Points<const N: usize> {
    pub(super) x: Lanes<N>,
    pub(super) y: Lanes<N>,
}

impl<const N: usize> Points<N> {
    #[inline]
    #[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
    pub(super) fn zero() -> Self {
        let zero = [_mm512_setzero_si512(); N];
        Self { x: zero, y: zero }
    }

    /// Writes limb by limb, without a call to copy memory.
    #[inline]
    #[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
    pub(super) fn put(&self, place: &mut Self) {
        each!(N, j => { place.x[j] = self.x[j]; });
        each!(N, j => { place.y[j] = self.y[j]; });
    }
}

/// Independent chains of products, so that one multiplication need not wait for the other.
const CHAINS: usize = 2;

/// One round of additions: `points[a] := points[a] + points[b]` for all pairs.
///
/// Two points with the same `x` cannot be added so. In `spoilt[vector]` the lanes are marked where that happened: whatever
/// becomes of them is no answer.
pub(super) struct Round<'a> {
    /// Positions to add: `(a, b, vector)`.
    pub(super) pairs: &'a [(u32, u32, u32)],
    /// A mask of lanes for each vector.
    pub(super) spoilt: &'a mut [u8],
}

/// Products of differences on their way up, in chains that do not wait for each other.
pub(super) struct Chains<const N: usize> {
    ends: [Lanes<N>; CHAINS],
}

impl<const N: usize> Chains<N> {
    #[inline]
    #[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
    pub(super) fn new<S: Shape, const L: usize>(f: &Field<S, L, N>) -> Self {
        Self { ends: [splat_one(f); CHAINS] }
    }

    /// Takes the difference of pair `i`; gives the product of those before it in its chain.
    #[inline]
    #[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
    fn push<S: Shape, const L: usize>(&mut self, f: &Field<S, L, N>, i: usize, difference: &Lanes<N>) -> Lanes<N> {
        let end = &mut self.ends[i % CHAINS];
        let before = *end;
        *end = mul(f, end, difference);
        before
    }

    /// The same for two points whose difference is assumed not to be zero: if it is, so is the whole product, which is
    /// seen in the end.
    #[inline]
    #[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
    pub(super) fn push_pair<S: Shape, const L: usize>(
        &mut self,
        f: &Field<S, L, N>,
        i: usize,
        (p, q): (&Points<N>, &Points<N>),
    ) -> Lanes<N> {
        self.push(f, i, &difference(f, p, q))
    }
}

/// *Takes* `prefixes` at least as long as the pairs. Cost per pair: five multiplications and a squaring.
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn add_pairs<S: Shape, const L: usize, const N: usize>(
    f: &Field<S, L, N>,
    points: &mut [Points<N>],
    prefixes: &mut [Lanes<N>],
    round: &mut Round<'_>,
) {
    let mut chains = Chains::new(f);
    for (i, (&(a, b, _), prefix)) in round.pairs.iter().zip(prefixes.iter_mut()).enumerate() {
        *prefix = chains.push_pair(f, i, (&points[a as usize], &points[b as usize]));
    }
    finish_pairs(f, points, prefixes, (round, chains));
}

/// The rest of `add_pairs`, for one whose chains have been made already.
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn finish_pairs<S: Shape, const L: usize, const N: usize>(
    f: &Field<S, L, N>,
    points: &mut [Points<N>],
    prefixes: &mut [Lanes<N>],
    (round, mut chains): (&mut Round<'_>, Chains<N>),
) {
    let mut total = mul(f, &chains.ends[0], &chains.ends[1]);
    let careful = zeros(f, &total) != 0;
    if careful {
        chains = Chains::new(f);
        for (i, &(a, b, vector)) in round.pairs.iter().enumerate() {
            let difference = difference(f, &points[a as usize], &points[b as usize]);
            let difference = without_zeros(f, &difference, &mut round.spoilt[vector as usize]);
            prefixes[i] = chains.push(f, i, &difference);
        }
        total = mul(f, &chains.ends[0], &chains.ends[1]);
    }
    let inverse = invert(f, &total);
    let mut inverses = [mul(f, &inverse, &chains.ends[1]), mul(f, &inverse, &chains.ends[0])];
    for (i, &(a, b, vector)) in round.pairs.iter().enumerate().rev() {
        let (p, q) = (&points[a as usize], &points[b as usize]);
        let mut difference = difference(f, p, q);
        if careful {
            difference = without_zeros(f, &difference, &mut round.spoilt[vector as usize]);
        }
        let chain = &mut inverses[i % CHAINS];
        let inverse = mul(f, chain, &prefixes[i]);
        *chain = mul(f, chain, &difference);
        add_with(f, (p, q), &inverse).put(&mut points[a as usize]);
    }
}

/// `x_q − x_p + 2p`, below `3.3p`.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn difference<S: Shape, const L: usize, const N: usize>(f: &Field<S, L, N>, p: &Points<N>, q: &Points<N>) -> Lanes<N> {
    carry(minus(f, &q.x, &p.x, 2))
}

/// Puts one where zero is, and marks the lane.
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn without_zeros<S: Shape, const L: usize, const N: usize>(
    f: &Field<S, L, N>,
    difference: &Lanes<N>,
    spoilt: &mut u8,
) -> Lanes<N> {
    let (mut out, one) = (*difference, splat_one(f));
    let zero = zeros(f, difference);
    *spoilt |= zero;
    each!(N, j => { out[j] = _mm512_mask_mov_epi64(out[j], zero, one[j]); });
    out
}

/// `P + Q`, with the inverse of `x_q − x_p`. The bounds are those of `field`: 3.3p times 1.5p, and squares of 1.5p.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn add_with<S: Shape, const L: usize, const N: usize>(
    f: &Field<S, L, N>,
    (p, q): (&Points<N>, &Points<N>),
    inverse: &Lanes<N>,
) -> Points<N> {
    let slope = mul(f, &carry(minus(f, &q.y, &p.y, 2)), inverse);
    // 1.5p + 4p at most, and 4p − 2.6p at least.
    let x = tighten(f, minus(f, &square_columns(f, &slope), &plus(&p.x, &q.x), 4));
    let y = minus(f, &mul_columns(f, &slope, &carry(minus(f, &p.x, &x, 2))), &p.y, 4);
    Points { x, y: tighten(f, y) }
}
