//! Products `k·Q` of eight keys that nothing is kept of: the odd multiples `Q, 3Q, … 31Q` of each, and a ladder of doublings
//! in Jacobian coordinates `(X / Z², Y / Z³)`.
//!
//! Exceptions take care of themselves: where a point would be added to itself or to its opposite, `Z` becomes zero, and
//! stays so to the end, since every step multiplies it. A doubling has none: no point of odd order has `y = 0`.
//!
//! Bounds, as multiples of `p`, of what goes from step to step: `X` 1.5, `Y` 1.9, `Z` 2.7, `T` 3, tables 1.8. A product of
//! `a·p` and `b·p` comes out below `1 + ab/16`.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::many_single_char_names,
    reason = "a kernel: indices are constants below 16, and formulas have short names"
)]

use std::arch::x86_64::{_mm512_cmpeq_epi64_mask, _mm512_mask_mov_epi64, _mm512_setzero_si512};

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

/// Numbers of `G` vectors that go the same way, one or two: while a product of one is under way, the other's begins.
type Group<const N: usize, const G: usize> = [Lanes<N>; G];

/// `8·G` points in Jacobian coordinates.
#[derive(Clone, Copy)]
pub(super) struct Jacobian<const N: usize, const G: usize> {
    pub(super) x: Group<N, G>,
    pub(super) y: Group<N, G>,
    pub(super) z: Group<N, G>,
}

/// Affine ones.
#[derive(Clone, Copy)]
pub(super) struct Affine<const N: usize, const G: usize> {
    pub(super) x: Group<N, G>,
    pub(super) y: Group<N, G>,
}

/// Evaluates an expression for each vector of the group.
macro_rules! group {
    ($g:ident => $body:expr) => {{
        let mut out = [[_mm512_setzero_si512(); N]; G];
        each!(G, $g => { out[$g] = $body; });
        out
    }};
}

/// `k·Q` in each lane, of the points whose affine coordinates `q` are, on the curve with this `a`. *Takes* digits of
/// `WINDOW` bits. `Z` is zero in the lanes where an addition met its own operand.
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn multiply<S: Shape, const L: usize, const N: usize, const G: usize>(
    f: &Field<S, L, N>,
    a: &Lanes<N>,
    q: &Affine<N, G>,
    (digits, count): ([&Digits; G], usize),
) -> Jacobian<N, G> {
    let (table, scale) = odd_multiples(f, a, q);
    // The table lies on the curve with a·scale⁴, where its points have Z = 1.
    let a = group!(g => mul(f, a, &sqr(f, &sqr(f, &scale[g]))));
    let Affine { x, y } = choose(f, &table, digits, count - 1);
    let mut sum = Jacobian { x, y, z: [splat_one(f); G] };
    for i in (0..count - 1).rev() {
        let mut t = group!(g => mul(f, &a[g], &sqr(f, &sqr(f, &sum.z[g]))));
        for _ in 1..WINDOW {
            let u = double(f, &mut sum, &t);
            // 2.8p · 3p at most, twice.
            t = group!(g => carry(twice(mul_columns(f, &u[g], &t[g]))));
        }
        double(f, &mut sum, &t);
        add(f, &mut sum, &choose(f, &table, digits, i));
    }
    sum.z = group!(g => mul(f, &sum.z[g], &scale[g]));
    sum
}

/// `Q, 3Q, …`, affine on another curve, where each has its coordinates times `scale²` and `scale³`.
///
/// `2Q = (X, Y, Z)` becomes affine where all is scaled by its own `Z`; there it is added again and again, and each sum has
/// the `Z` of the one before times a factor that `add` tells; then all are brought to the last one's.
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn odd_multiples<S: Shape, const L: usize, const N: usize, const G: usize>(
    f: &Field<S, L, N>,
    a: &Lanes<N>,
    q: &Affine<N, G>,
) -> ([Affine<N, G>; ODD], Group<N, G>) {
    let one = [splat_one(f); G];
    let mut doubled = Jacobian { x: q.x, y: q.y, z: one };
    double(f, &mut doubled, &[*a; G]);
    let first = scaled(f, q, &doubled.z);
    let step = Affine { x: doubled.x, y: doubled.y };
    let mut table = [first; ODD];
    let mut factors = [one; ODD];
    let mut sum = Jacobian { x: first.x, y: first.y, z: one };
    for i in 1..ODD {
        factors[i] = add(f, &mut sum, &step);
        table[i] = Affine { x: sum.x, y: sum.y };
    }
    let mut factor = factors[ODD - 1];
    for i in (0..ODD - 1).rev() {
        table[i] = scaled(f, &table[i], &factor);
        factor = group!(g => mul(f, &factor[g], &factors[i][g]));
    }
    (table, group!(g => mul(f, &sum.z[g], &doubled.z[g])))
}

/// `(x·z², y·z³)`.
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn scaled<S: Shape, const L: usize, const N: usize, const G: usize>(
    f: &Field<S, L, N>,
    p: &Affine<N, G>,
    z: &Group<N, G>,
) -> Affine<N, G> {
    let zz = group!(g => sqr(f, &z[g]));
    let zzz = group!(g => mul(f, &zz[g], &z[g]));
    Affine { x: group!(g => mul(f, &p.x[g], &zz[g])), y: group!(g => mul(f, &p.y[g], &zzz[g])) }
}

/// The multiple that digit `i` of each lane names. All are looked at: that is faster than to gather.
#[inline(never)]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn choose<S: Shape, const L: usize, const N: usize, const G: usize>(
    f: &Field<S, L, N>,
    table: &[Affine<N, G>; ODD],
    digits: [&Digits; G],
    i: usize,
) -> Affine<N, G> {
    let mut out = table[0];
    each!(G, g => {
        let (index, negative) = digits[g].digit(i);
        let Points { mut x, mut y } = Points { x: out.x[g], y: out.y[g] };
        for (k, entry) in (0_u64..).zip(table) {
            let here = _mm512_cmpeq_epi64_mask(index, splat(k));
            each!(N, j => { x[j] = _mm512_mask_mov_epi64(x[j], here, entry.x[g][j]); });
            each!(N, j => { y[j] = _mm512_mask_mov_epi64(y[j], here, entry.y[g][j]); });
        }
        let opposite = carry(minus(f, &[_mm512_setzero_si512(); N], &y, 2));
        each!(N, j => { y[j] = _mm512_mask_mov_epi64(y[j], negative, opposite[j]); });
        (out.x[g], out.y[g]) = (x, y);
    });
    out
}

/// `P := 2P`, with `t = a·Z⁴`; gives `u` of which the next `t` is `2ut`.
#[inline(never)]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn double<S: Shape, const L: usize, const N: usize, const G: usize>(
    f: &Field<S, L, N>,
    p: &mut Jacobian<N, G>,
    t: &Group<N, G>,
) -> Group<N, G> {
    let zero = [_mm512_setzero_si512(); N];
    let xx = group!(g => square_columns(f, &p.x[g]));
    // At most 3.4p + 3p + p.
    let slope = group!(g => tighten(f, plus(&plus(&xx[g], &twice(xx[g])), &minus(f, &t[g], &zero, 1))));
    let yy = group!(g => carry(twice(square_columns(f, &p.y[g]))));
    let s = group!(g => twice(mul(f, &p.x[g], &yy[g])));
    // 1.2p, less 2 · 2.5p.
    let x = group!(g => tighten(f, minus(f, &square_columns(f, &slope[g]), &twice(s[g]), 6)));
    let u = group!(g => carry(twice(square_columns(f, &yy[g]))));
    p.z = group!(g => carry(twice(mul_columns(f, &p.y[g], &p.z[g]))));
    p.y = group!(g => {
        let y = mul_columns(f, &slope[g], &carry(minus(f, &s[g], &x[g], 2)));
        tighten(f, minus(f, &y, &u[g], 4))
    });
    p.x = x;
    u
}

/// `P := P + Q` of an affine `Q` with limbs below 2p; gives `H`, which `Z` was multiplied with: zero where both have the
/// same `x`.
#[inline(never)]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn add<S: Shape, const L: usize, const N: usize, const G: usize>(
    f: &Field<S, L, N>,
    p: &mut Jacobian<N, G>,
    q: &Affine<N, G>,
) -> Group<N, G> {
    let zero = [_mm512_setzero_si512(); N];
    let zz = group!(g => sqr(f, &p.z[g]));
    let zzz = group!(g => mul(f, &p.z[g], &zz[g]));
    let h = group!(g => carry(minus(f, &mul_columns(f, &q.x[g], &zz[g]), &p.x[g], 2)));
    let r = group!(g => carry(minus(f, &mul_columns(f, &q.y[g], &zzz[g]), &p.y[g], 2)));
    let hh = group!(g => sqr(f, &h[g]));
    let rr = group!(g => square_columns(f, &r[g]));
    let v = group!(g => mul(f, &p.x[g], &hh[g]));
    let hhh = group!(g => mul(f, &h[g], &hh[g]));
    p.z = group!(g => mul(f, &p.z[g], &h[g]));
    // 1.7p, less 1.4p + 2 · 1.2p.
    p.x = group!(g => tighten(f, minus(f, &rr[g], &plus(&hhh[g], &twice(v[g])), 5)));
    p.y = group!(g => {
        let minus_y = carry(minus(f, &zero, &p.y[g], 2));
        mul_two(f, [&r[g], &carry(minus(f, &v[g], &p.x[g], 2))], [&minus_y, &hhh[g]])
    });
    h
}
