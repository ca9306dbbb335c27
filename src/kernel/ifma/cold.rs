//! Products `k·Q` of eight keys that nothing is kept of: the odd multiples `Q, 3Q, … 31Q` of each, and a ladder of doublings
//! in Jacobian coordinates `(X / Z², Y / Z³)`.
//!
//! Exceptions take care of themselves: where a point would be added to itself or to its opposite, `Z` becomes zero, and
//! stays so to the end, since every step multiplies it. A doubling has none: no point of odd order has `y = 0`.
//!
//! Bounds, as multiples of `p`, of what goes from step to step: `X` 1.3, `Y` 1.9, `Z` 2.6, `T` 3, tables 1.6. A product of
//! `a·p` and `b·p` comes out below `1 + ab/16`.
#![expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "a kernel: indices are constants below 16")]

use std::arch::x86_64::{_mm512_cmpeq_epi64_mask, _mm512_mask_mov_epi64};

use super::digits::Digits;
use super::field::{
    Field, Shape, minus, mul, mul_columns, mul_two, plus, splat_one, sqr, square_columns, tighten, twice,
};
use super::lanes::{Lanes, carry, each, splat};
use super::points::Points;

/// Bits of a window.
pub(super) const WINDOW: usize = 5;

/// Odd multiples of a point: one for each size of a digit.
const ODD: usize = 1 << (WINDOW - 1);

/// Eight points in Jacobian coordinates.
#[derive(Clone, Copy)]
pub(super) struct Jacobian<const N: usize> {
    pub(super) x: Lanes<N>,
    pub(super) y: Lanes<N>,
    pub(super) z: Lanes<N>,
}

/// `k·Q` in each lane, of the points whose affine coordinates `q` are, on the curve with this `a`. *Takes* digits of
/// `WINDOW` bits. `Z` is zero in the lanes where an addition met its own operand.
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn multiply<S: Shape, const L: usize, const N: usize>(
    f: &Field<S, L, N>,
    a: &Lanes<N>,
    q: &Points<N>,
    (digits, count): (&Digits, usize),
) -> Jacobian<N> {
    let (table, scale) = odd_multiples(f, a, q);
    // The table lies on the curve with a·scale⁴, where its points have Z = 1.
    let a = mul(f, a, &sqr(f, &sqr(f, &scale)));
    let Points { x, y } = choose(f, &table, digits, count - 1);
    let mut sum = Jacobian { x, y, z: splat_one(f) };
    for i in (0..count - 1).rev() {
        double_often(f, &a, &mut sum);
        sum = add(f, &sum, &choose(f, &table, digits, i)).0;
    }
    sum.z = mul(f, &sum.z, &scale);
    sum
}

/// `Q, 3Q, …`, affine on another curve, where each has its coordinates times `scale²` and `scale³`.
///
/// `2Q = (X, Y, Z)` becomes affine where all is scaled by its own `Z`; there it is added again and again, and each sum has
/// the `Z` of the one before times a factor that `add` tells; then all are brought to the last one's.
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn odd_multiples<S: Shape, const L: usize, const N: usize>(
    f: &Field<S, L, N>,
    a: &Lanes<N>,
    q: &Points<N>,
) -> ([Points<N>; ODD], Lanes<N>) {
    let mut double = Jacobian { x: q.x, y: q.y, z: splat_one(f) };
    double_once(f, &mut double, a);
    let first = scaled(f, q, &double.z);
    let step = Points { x: double.x, y: double.y };
    let mut table = [first; ODD];
    let mut factors = [splat_one(f); ODD];
    let mut sum = Jacobian { x: first.x, y: first.y, z: splat_one(f) };
    for i in 1..ODD {
        (sum, factors[i]) = add(f, &sum, &step);
        table[i] = Points { x: sum.x, y: sum.y };
    }
    let mut factor = factors[ODD - 1];
    for i in (0..ODD - 1).rev() {
        table[i] = scaled(f, &table[i], &factor);
        if i > 0 {
            factor = mul(f, &factor, &factors[i]);
        }
    }
    (table, mul(f, &sum.z, &double.z))
}

/// `(x·z², y·z³)`.
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn scaled<S: Shape, const L: usize, const N: usize>(f: &Field<S, L, N>, p: &Points<N>, z: &Lanes<N>) -> Points<N> {
    let zz = sqr(f, z);
    Points { x: mul(f, &p.x, &zz), y: mul(f, &p.y, &mul(f, &zz, z)) }
}

/// The multiple that digit `i` of each lane names. All are looked at: that is faster than to gather.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn choose<S: Shape, const L: usize, const N: usize>(
    f: &Field<S, L, N>,
    table: &[Points<N>; ODD],
    digits: &Digits,
    i: usize,
) -> Points<N> {
    let (index, negative) = digits.digit(i);
    let mut out = table[0];
    for (k, entry) in (0_u64..).zip(table) {
        let here = _mm512_cmpeq_epi64_mask(index, splat(k));
        each!(N, j => { out.x[j] = _mm512_mask_mov_epi64(out.x[j], here, entry.x[j]); });
        each!(N, j => { out.y[j] = _mm512_mask_mov_epi64(out.y[j], here, entry.y[j]); });
    }
    let opposite = carry(minus(f, &[splat(0); N], &out.y, 2));
    each!(N, j => { out.y[j] = _mm512_mask_mov_epi64(out.y[j], negative, opposite[j]); });
    out
}

/// `2^WINDOW·P`, in place.
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn double_often<S: Shape, const L: usize, const N: usize>(f: &Field<S, L, N>, a: &Lanes<N>, p: &mut Jacobian<N>) {
    let mut t = mul(f, a, &sqr(f, &sqr(f, &p.z)));
    for _ in 1..WINDOW {
        let u = double_once(f, p, &t);
        // 2.6p · 3p, twice.
        t = carry(twice(mul_columns(f, &u, &t)));
    }
    double_once(f, p, &t);
}

/// `2P` in place, with `t = a·Z⁴`; gives `u` of which the next `t` is `2ut`.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn double_once<S: Shape, const L: usize, const N: usize>(
    f: &Field<S, L, N>,
    p: &mut Jacobian<N>,
    t: &Lanes<N>,
) -> Lanes<N> {
    let z = carry(twice(mul_columns(f, &p.y, &p.z)));
    let xx = square_columns(f, &p.x);
    // At most 3.4p + 3p + p.
    let slope = tighten(f, plus(&plus(&xx, &twice(xx)), &minus(f, t, &[splat(0); N], 1)));
    let yy = carry(twice(square_columns(f, &p.y)));
    let u = carry(twice(square_columns(f, &yy)));
    let s = twice(mul(f, &p.x, &yy));
    // 1.2p, less 2 · 2.5p.
    let x = tighten(f, minus(f, &square_columns(f, &slope), &twice(s), 6));
    let y = mul_columns(f, &slope, &carry(minus(f, &s, &x, 2)));
    *p = Jacobian { x, y: tighten(f, minus(f, &y, &u, 4)), z };
    u
}

/// `P + Q` of an affine `Q` with limbs below 2p, and `H`, which `Z` was multiplied with: zero where both have the same `x`.
#[inline(never)]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn add<S: Shape, const L: usize, const N: usize>(
    f: &Field<S, L, N>,
    p: &Jacobian<N>,
    q: &Points<N>,
) -> (Jacobian<N>, Lanes<N>) {
    let zz = sqr(f, &p.z);
    let h = carry(minus(f, &mul_columns(f, &q.x, &zz), &p.x, 2));
    let r = carry(minus(f, &mul_columns(f, &q.y, &mul(f, &p.z, &zz)), &p.y, 2));
    let hh = sqr(f, &h);
    let hhh = mul(f, &h, &hh);
    let v = mul(f, &p.x, &hh);
    let z = mul(f, &p.z, &h);
    // 1.7p, less 1.4p + 2 · 1.2p.
    let x = tighten(f, minus(f, &square_columns(f, &r), &plus(&hhh, &twice(v)), 5));
    let minus_y = carry(minus(f, &[splat(0); N], &p.y, 2));
    let y = mul_two(f, [&r, &carry(minus(f, &v, &x, 2))], [&minus_y, &hhh]);
    (Jacobian { x, y, z }, h)
}
