//! Residues modulo a prime, eight at once: a product of columns, and a reduction made for the shape of the prime.
//!
//! Bounds. `R = 2^(52·N)` is at least `16p`. A product of `a` and `b` with `a·b ≤ 8p²` comes out below `1.5p`; `tighten`
//! brings a number from `[p, 8p)` below `1.3p`. Columns stay within ±2^58.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::large_types_passed_by_value,
    clippy::many_single_char_names,
    reason = "a kernel: indices are constants below 2N, and N is at most ten"
)]

use std::arch::x86_64::{
    __m512i, _mm_cvtsi64_si128, _mm512_alignr_epi64, _mm512_and_si512, _mm512_cmpeq_epi64_mask,
    _mm512_permutexvar_epi64, _mm512_setzero_si512, _mm512_sll_epi64, _mm512_slli_epi64, _mm512_sra_epi64,
    _mm512_srai_epi64, _mm512_srli_epi64, _mm512_testn_epi64_mask,
};
use std::marker::PhantomData;

use super::super::inverse::invert_vartime;
use super::super::montgomery::{Modulus, add as add_mod, less};
use super::lanes::{Lanes, add, carry, each, from_limbs, hi, lo, load, splat, splat_all, store, sub, to_limbs};

/// How products are reduced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reduction {
    /// Montgomery's, for every odd modulus.
    Montgomery,
    /// The same, for the prime of P-256: `−p⁻¹` is 1, and two limbs vanish.
    P256,
    /// The same, for the prime of P-384, five of whose limbs are all ones.
    P384,
    /// Folding, for `2^k − d` with a small `d`: no Montgomery form at all.
    Fold,
}

/// A kind of prime.
pub trait Shape: Copy + std::fmt::Debug + Send + Sync + 'static {
    /// Its reduction.
    const REDUCTION: Reduction;
}

/// Any odd modulus.
#[derive(Clone, Copy, Debug)]
pub struct AnyOdd;
/// The prime of P-256.
#[derive(Clone, Copy, Debug)]
pub struct NistP256;
/// The prime of P-384.
#[derive(Clone, Copy, Debug)]
pub struct NistP384;
/// A prime just below a power of two: `2^256 − 617`, `2^512 − 569`.
#[derive(Clone, Copy, Debug)]
pub struct NearPower;

impl Shape for AnyOdd {
    const REDUCTION: Reduction = Reduction::Montgomery;
}
impl Shape for NistP256 {
    const REDUCTION: Reduction = Reduction::P256;
}
impl Shape for NistP384 {
    const REDUCTION: Reduction = Reduction::P384;
}
impl Shape for NearPower {
    const REDUCTION: Reduction = Reduction::Fold;
}

/// A modulus with what its arithmetic needs, in limbs of 52 bits. Residues are kept in a form of their own (`enter`).
#[derive(Clone, Debug)]
pub(super) struct Field<S, const L: usize, const N: usize> {
    pub(super) words: [u64; L],
    pub(super) p: [u64; N],
    /// One in the form of residues: `R mod p`, or plain.
    pub(super) one: [u64; N],
    /// What a plain number is multiplied with to enter the form.
    entry: [u64; N],
    /// What the plain inverse of a residue's form is multiplied with.
    after_inversion: [u64; N],
    /// `−p⁻¹ mod 2^52`.
    n0: u64,
    /// Limb `j` of `0, p, … 7p`.
    multiples: [[u64; 8]; N],
    /// `⌊2^52 / (p's last limb + 1)⌋`.
    reciprocal: u64,
    /// For folding: `2^k mod p`, and how many bits `R` has above `2^k`.
    fold: u64,
    shape: PhantomData<S>,
}

impl<S: Shape, const L: usize, const N: usize> Field<S, L, N> {
    pub(super) fn new(modulus: &Modulus<L>) -> Self {
        let words = modulus.m;
        let p = to_limbs(&words);
        let power = |count: usize| {
            let mut x = [0; L];
            x[0] = 1;
            (0..count * 52 * N).fold(x, |x, _| add_mod(&words, &x, &x))
        };
        let folds = S::REDUCTION == Reduction::Fold;
        let [one, entry, after_inversion] =
            if folds { [to_limbs(&power(0)); 3] } else { [1, 2, 3].map(|count| to_limbs(&power(count))) };
        let inverse = (0..6).fold(1_u64, |x, _| x.wrapping_mul(2_u64.wrapping_sub(p[0].wrapping_mul(x))));
        let mut multiples = [[0; 8]; N];
        let mut multiple = [0; N];
        for k in 0..8 {
            for ((row, limb), p) in multiples.iter_mut().zip(&mut multiple).zip(&p) {
                row[k] = *limb;
                *limb += p;
            }
            for j in 1..N {
                multiple[j] += multiple[j - 1] >> 52;
                multiple[j - 1] &= super::lanes::LIMB_MASK;
            }
        }
        Self {
            words,
            p,
            one,
            entry,
            after_inversion,
            n0: inverse.wrapping_neg() & super::lanes::LIMB_MASK,
            multiples,
            reciprocal: (1 << 52) / (p[N - 1] + 1),
            fold: if folds { words[0].wrapping_neg() } else { 0 },
            shape: PhantomData,
        }
    }
}

/// The columns of `a·b`.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn product<const N: usize>(a: &Lanes<N>, b: &Lanes<N>) -> Lanes<20> {
    let mut c = [_mm512_setzero_si512(); 20];
    each!(N, i => {
        each!(N, j => { c[i + j] = lo(c[i + j], a[i], b[j]); });
        each!(N, j => { c[i + j + 1] = hi(c[i + j + 1], a[i], b[j]); });
    });
    c
}

/// The columns of `a²`: each product of two different limbs once, then doubled.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn square<const N: usize>(a: &Lanes<N>) -> Lanes<20> {
    let mut c = [_mm512_setzero_si512(); 20];
    each!(N, i => {
        each!(N, j => { if j > i { c[i + j] = lo(c[i + j], a[i], a[j]); } });
        each!(N, j => { if j > i { c[i + j + 1] = hi(c[i + j + 1], a[i], a[j]); } });
    });
    each!(N, i => {
        c[2 * i] = lo(add(c[2 * i], c[2 * i]), a[i], a[i]);
        c[2 * i + 1] = hi(add(c[2 * i + 1], c[2 * i + 1]), a[i], a[i]);
    });
    c
}

#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn reduce<S: Shape, const L: usize, const N: usize>(f: &Field<S, L, N>, c: Lanes<20>) -> Lanes<N> {
    match S::REDUCTION {
        Reduction::Montgomery => reduce_montgomery(f, c),
        Reduction::P256 => reduce_p256(c),
        Reduction::P384 => reduce_p384(f, c),
        Reduction::Fold => reduce_fold(f, c),
    }
}

/// `N` rows, each of which makes the lowest column divisible by 2^52 and passes it on.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn reduce_montgomery<S, const L: usize, const N: usize>(f: &Field<S, L, N>, mut c: Lanes<20>) -> Lanes<N> {
    let (zero, n0, p) = (_mm512_setzero_si512(), splat(f.n0), splat_all(&f.p));
    each!(N, i => {
        let q = lo(zero, c[i], n0);
        let passed = _mm512_srli_epi64::<52>(lo(c[i], q, p[0]));
        c[i + 1] = add(hi(c[i + 1], q, p[0]), passed);
        each!(N, j => {
            if j > 0 {
                c[i + j] = lo(c[i + j], q, p[j]);
                c[i + j + 1] = hi(c[i + j + 1], q, p[j]);
            }
        });
    });
    upper(&c)
}

/// `p = 2^256 − 2^224 + 2^192 + 2^96 − 1`, so `q·p` is `−q`, `q·2^44` at limb 1, `q·2^36` at limb 3, and limb 4.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn reduce_p256<const N: usize>(mut c: Lanes<20>) -> Lanes<N> {
    let (low, middle, high) = (splat(1 << 44), splat(1 << 36), splat((1 << 48) - (1 << 16)));
    each!(N, i => {
        // q is the column's low part, which −q takes away.
        let q = c[i];
        c[i + 1] = lo(add(c[i + 1], _mm512_srli_epi64::<52>(q)), q, low);
        c[i + 2] = hi(c[i + 2], q, low);
        c[i + 3] = lo(c[i + 3], q, middle);
        c[i + 4] = lo(hi(c[i + 4], q, middle), q, high);
        c[i + 5] = hi(c[i + 5], q, high);
    });
    upper(&c)
}

/// `p = 2^384 − 2^156 + (p mod 2^156)`: three limbs, a subtraction at the fourth, and `2^20` at the eighth.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn reduce_p384<S, const L: usize, const N: usize>(f: &Field<S, L, N>, mut c: Lanes<20>) -> Lanes<N> {
    let mask = splat(super::lanes::LIMB_MASK);
    let (p0, p1, p2, top) = (splat(f.p[0]), splat(f.p[1]), splat(f.p[2]), splat(1 << 20));
    each!(N, i => {
        // −p⁻¹ is 2^32 + 1.
        let q = _mm512_and_si512(add(c[i], _mm512_slli_epi64::<32>(c[i])), mask);
        let passed = _mm512_srai_epi64::<52>(lo(c[i], q, p0));
        c[i + 1] = add(hi(lo(c[i + 1], q, p1), q, p0), passed);
        c[i + 2] = lo(hi(c[i + 2], q, p1), q, p2);
        c[i + 3] = sub(hi(c[i + 3], q, p2), q);
        c[i + 7] = lo(c[i + 7], q, top);
        c[i + 8] = hi(c[i + 8], q, top);
    });
    upper(&c)
}

#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn upper<const N: usize>(c: &Lanes<20>) -> Lanes<N> {
    let mut out = [_mm512_setzero_si512(); N];
    each!(N, j => { out[j] = c[N + j]; });
    out
}

/// Column `N + j` has the weight `2^(52N)·2^(52j)`, and `2^(52N)` is `d·2^spare`: at most 18 bits.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn reduce_fold<S, const L: usize, const N: usize>(f: &Field<S, L, N>, mut c: Lanes<20>) -> Lanes<N> {
    let fold = splat(f.fold << spare::<L, N>());
    each!(N, j => {
        let column = c[N + j];
        // The low 52 bits of the column by lo and hi, the few above them by a second lo.
        c[j] = lo(c[j], column, fold);
        let above = lo(hi(_mm512_setzero_si512(), column, fold), _mm512_srli_epi64::<52>(column), fold);
        if j + 1 < N { c[j + 1] = add(c[j + 1], above); } else { c[N] = above; }
    });
    let mut out = [_mm512_setzero_si512(); N];
    each!(N, j => { out[j] = c[j]; });
    // c[N] is now below 2^25, and everything above 2^k below 2^34.
    let above = add(shift_right::<L, N>(out[N - 1]), _mm512_sll_epi64(c[N], _mm_cvtsi64_si128(spare::<L, N>())));
    out[N - 1] = _mm512_and_si512(out[N - 1], splat(top_mask::<L, N>()));
    out[0] = lo(out[0], above, splat(f.fold));
    out
}

/// Bits of `R` above `2^k`, where `k` is the size of `L` words.
const fn spare<const L: usize, const N: usize>() -> i64 {
    match (L, N) {
        (4, 5) => 4,
        (8, 10) => 8,
        _ => 32,
    }
}

const fn top_mask<const L: usize, const N: usize>() -> u64 {
    (1 << (52 - spare::<L, N>())) - 1
}

/// The last limb without the bits below `2^k`.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn shift_right<const L: usize, const N: usize>(limb: __m512i) -> __m512i {
    _mm512_sra_epi64(limb, _mm_cvtsi64_si128(52 - spare::<L, N>()))
}

/// `a·b` in columns that still are to be carried.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn mul_columns<S: Shape, const L: usize, const N: usize>(
    f: &Field<S, L, N>,
    a: &Lanes<N>,
    b: &Lanes<N>,
) -> Lanes<N> {
    reduce(f, product(a, b))
}

/// `a·b + c·d`, in limbs, with one reduction: `a·b + c·d` may be up to `14p²`, and comes out below `1.9p`.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn mul_two<S: Shape, const L: usize, const N: usize>(
    f: &Field<S, L, N>,
    [a, b]: [&Lanes<N>; 2],
    [c, d]: [&Lanes<N>; 2],
) -> Lanes<N> {
    let mut columns = product(a, b);
    each!(N, i => {
        each!(N, j => { columns[i + j] = lo(columns[i + j], c[i], d[j]); });
        each!(N, j => { columns[i + j + 1] = hi(columns[i + j + 1], c[i], d[j]); });
    });
    carry(reduce(f, columns))
}

/// `a²` in columns that still are to be carried.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn square_columns<S: Shape, const L: usize, const N: usize>(f: &Field<S, L, N>, a: &Lanes<N>) -> Lanes<N> {
    reduce(f, square(a))
}

/// `a·b`, in limbs.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn mul<S: Shape, const L: usize, const N: usize>(
    f: &Field<S, L, N>,
    a: &Lanes<N>,
    b: &Lanes<N>,
) -> Lanes<N> {
    carry(mul_columns(f, a, b))
}

/// `a²`, in limbs.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn sqr<S: Shape, const L: usize, const N: usize>(f: &Field<S, L, N>, a: &Lanes<N>) -> Lanes<N> {
    carry(square_columns(f, a))
}

/// The columns of `a − b + k·p`.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn minus<S, const L: usize, const N: usize>(
    f: &Field<S, L, N>,
    a: &Lanes<N>,
    b: &Lanes<N>,
    k: usize,
) -> Lanes<N> {
    let mut out = *a;
    each!(N, j => { out[j] = add(sub(a[j], b[j]), splat(f.multiples[j][k])); });
    out
}

/// The columns of `a + b`.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn plus<const N: usize>(a: &Lanes<N>, b: &Lanes<N>) -> Lanes<N> {
    let mut out = *a;
    each!(N, j => { out[j] = add(a[j], b[j]); });
    out
}

/// The columns of `2a`.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn twice<const N: usize>(mut a: Lanes<N>) -> Lanes<N> {
    each!(N, j => { a[j] = add(a[j], a[j]); });
    a
}

/// Brings columns of a number in `[p, 8p)` into limbs of one below `1.3p`.
///
/// The last column with what the one before passes on tells the number up to one unit, since all columns below pass on
/// less than one; taking one unit less, the quotient is never too large.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn tighten<S: Shape, const L: usize, const N: usize>(f: &Field<S, L, N>, mut c: Lanes<N>) -> Lanes<N> {
    let top = sub(add(c[N - 1], _mm512_srai_epi64::<52>(c[N - 2])), splat(1));
    if S::REDUCTION == Reduction::Fold {
        let above = shift_right::<L, N>(top);
        c[N - 1] = sub(c[N - 1], _mm512_sll_epi64(above, _mm_cvtsi64_si128(52 - spare::<L, N>())));
        c[0] = lo(c[0], above, splat(f.fold));
    } else {
        let k = hi(_mm512_setzero_si512(), top, splat(f.reciprocal));
        each!(N, j => { c[j] = sub(c[j], _mm512_permutexvar_epi64(k, load(&f.multiples[j]))); });
    }
    carry(c)
}

/// One, in the form of residues.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn splat_one<S, const L: usize, const N: usize>(f: &Field<S, L, N>) -> Lanes<N> {
    splat_all(&f.one)
}

/// Brings plain numbers below `8p` into the form of residues.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn enter<S: Shape, const L: usize, const N: usize>(f: &Field<S, L, N>, x: &Lanes<N>) -> Lanes<N> {
    mul(f, x, &splat_all(&f.entry))
}

/// Multiplies with a plain one: leaves the form, and gives a number of at most `p` in Montgomery's, below `1.01p`
/// otherwise.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn leave<S: Shape, const L: usize, const N: usize>(f: &Field<S, L, N>, x: &Lanes<N>) -> Lanes<N> {
    let mut unit = [0; N];
    unit[0] = 1;
    mul(f, x, &splat_all(&unit))
}

/// Which lanes are zero modulo `p`.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn zeros<S: Shape, const L: usize, const N: usize>(f: &Field<S, L, N>, x: &Lanes<N>) -> u8 {
    let x = leave(f, x);
    let (mut zero, mut p) = (u8::MAX, u8::MAX);
    each!(N, j => {
        zero &= _mm512_testn_epi64_mask(x[j], x[j]);
        p &= _mm512_cmpeq_epi64_mask(x[j], splat(f.p[j]));
    });
    zero | p
}

/// A number below `2p`, from limbs, reduced.
pub(super) fn canonical<S, const L: usize, const N: usize>(f: &Field<S, L, N>, mut x: [u64; N]) -> [u64; L] {
    // Limb by limb from the top: at least p?
    if x.iter().rev().ge(f.p.iter().rev()) {
        let mut borrow = 0;
        for (limb, p) in x.iter_mut().zip(&f.p) {
            let difference = limb.wrapping_sub(*p).wrapping_sub(borrow);
            *limb = difference & super::lanes::LIMB_MASK;
            borrow = difference >> 63;
        }
    }
    debug_assert!(less(&from_limbs(&x), &f.words), "a number below 2p");
    from_limbs(&x)
}

/// Eight numbers below `2p`, in limbs, reduced to words.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn reduced<S, const L: usize, const N: usize>(f: &Field<S, L, N>, x: &Lanes<N>) -> [[u64; L]; 8] {
    let mut limbs = [[0; 8]; N];
    each!(N, j => { limbs[j] = store(x[j]); });
    std::array::from_fn(|i| canonical(f, std::array::from_fn(|j| limbs[j][i])))
}

/// The inverses of eight residues, none of which is zero, by one scalar inversion of their product.
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn invert<S: Shape, const L: usize, const N: usize>(f: &Field<S, L, N>, x: &Lanes<N>) -> Lanes<N> {
    macro_rules! turned {
        ($x:expr, $by:literal) => {{
            let mut out = *$x;
            each!(N, j => { out[j] = _mm512_alignr_epi64::<$by>(out[j], out[j]); });
            out
        }};
    }
    let other = turned!(x, 4);
    let pair = mul(f, x, &other);
    let turned_pair = turned!(&pair, 2);
    let others = mul(f, &other, &turned_pair);
    let four = mul(f, &pair, &turned_pair);
    let turned_four = turned!(&four, 1);
    let others = mul(f, &others, &turned_four);
    let all = mul(f, &four, &turned_four);
    let mut first = [0; N];
    each!(N, j => { first[j] = store(all[j])[0]; });
    let inverse = to_limbs(&invert_vartime(&canonical(f, first), &f.words));
    let inverse = mul(f, &splat_all(&inverse), &splat_all(&f.after_inversion));
    mul(f, &others, &inverse)
}

#[cfg(test)]
mod tests;
