//! Affine points, eight at once, and additions of many pairs with one inversion between them.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a kernel: indices are checked against the lists they come from by their loops"
)]

use std::arch::x86_64::*;

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

/// *Takes* `prefixes` at least as long as the pairs. Cost per pair: five multiplications and a squaring.
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn add_pairs<S: Shape, const L: usize, const N: usize>(
    f: &Field<S, L, N>,
    points: &mut [Points<N>],
    prefixes: &mut [Lanes<N>],
    round: &mut Round<'_>,
) {
    let mut ends = forward(f, points, prefixes, round, Zeros::Assumed);
    let mut total = mul(f, &ends[0], &ends[1]);
    let careful = zeros(f, &total) != 0;
    if careful {
        ends = forward(f, points, prefixes, round, Zeros::Sought);
        total = mul(f, &ends[0], &ends[1]);
    }
    let inverse = invert(f, &total);
    let mut inverses = [mul(f, &inverse, &ends[1]), mul(f, &inverse, &ends[0])];
    for (i, &(a, b, vector)) in round.pairs.iter().enumerate().rev() {
        let (p, q) = (points[a as usize], points[b as usize]);
        let difference = difference(f, &p, &q);
        let difference =
            if careful { without_zeros(f, &difference, &mut round.spoilt[vector as usize]) } else { difference };
        let chain = &mut inverses[i % CHAINS];
        let inverse = mul(f, chain, &prefixes[i]);
        *chain = mul(f, chain, &difference);
        points[a as usize] = add_with(f, (&p, &q), &inverse);
    }
}

/// Whether a difference of zero is looked for: it would make the whole product zero, which is seen at once, so the first
/// pass need not look.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Zeros {
    Assumed,
    Sought,
}

/// Multiplies the differences up, leaving before each the product of those before it in its chain.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn forward<S: Shape, const L: usize, const N: usize>(
    f: &Field<S, L, N>,
    points: &[Points<N>],
    prefixes: &mut [Lanes<N>],
    round: &mut Round<'_>,
    look: Zeros,
) -> [Lanes<N>; CHAINS] {
    let mut ends = [splat_one(f); CHAINS];
    for (i, &(a, b, vector)) in round.pairs.iter().enumerate() {
        let mut difference = difference(f, &points[a as usize], &points[b as usize]);
        if look == Zeros::Sought {
            difference = without_zeros(f, &difference, &mut round.spoilt[vector as usize]);
        }
        let chain = &mut ends[i % CHAINS];
        prefixes[i] = *chain;
        *chain = mul(f, chain, &difference);
    }
    ends
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
