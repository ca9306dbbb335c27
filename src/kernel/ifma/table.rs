//! Tables of multiples of a point that many signatures are verified with: for each window of `w` bits the odd multiples
//! `P, 3P, … (2^w − 1)P` of `P = 2^(w·i)·Q`, so that a product is a sum of one entry per window, without a doubling.
#![expect(unsafe_code, reason = "vector code is called with proof that the processor has it")]
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "a kernel: windows and entries are counted by the table itself"
)]

use std::arch::x86_64::*;

use super::super::curve::{Curve, Point, double, to_affine_many};
use super::super::path::Avx512;
use super::field::{Field, Shape, canonical, enter};
use super::lanes::{LIMB_MASK, Lanes, each, from_words, load, splat, store};
use super::points::{Points, Round, add_pairs};

/// Eight words that are read together.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Line(pub(super) [u64; 8]);

/// The table of one point. For `L = 4` an entry is one line of 64 octets, `x ‖ y`; otherwise two, one each.
///
/// Memory: `⌈bits/w⌉ · 2^(w−1)` entries. For a window of eight bits that are 256 KiB for 256 bits, 768 KiB for 384 and
/// 1 MiB for 512.
#[derive(Clone)]
pub struct HotTable<const L: usize> {
    pub(super) point: Point<L>,
    pub(super) lines: Vec<Line>,
    pub(super) window: usize,
}

impl<const L: usize> std::fmt::Debug for HotTable<L> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HotTable(windows of {} bits, {} octets)", self.window, self.size_bytes())
    }
}

impl<const L: usize> HotTable<L> {
    /// Octets of memory.
    pub fn size_bytes(&self) -> usize {
        self.lines.len() * size_of::<Line>()
    }

    /// Builds the table of a point of prime order that is not at infinity.
    pub(super) fn build<S: Shape, const N: usize>(
        _: Avx512,
        (curve, field): (&Curve<L>, &Field<S, L, N>),
        point: &Point<L>,
        window: usize,
    ) -> Self {
        // SAFETY: the token says that the processor has these instructions.
        unsafe { build(curve, field, point, window) }
    }
}

/// Lines of an entry.
pub(super) const fn lines_per_entry<const L: usize>() -> usize {
    if L == 4 { 1 } else { 2 }
}

/// Windows of a scalar below the curve's order.
pub(super) fn windows<const L: usize>(curve: &Curve<L>, window: usize) -> usize {
    order_bits(curve).div_ceil(window)
}

fn order_bits<const L: usize>(curve: &Curve<L>) -> usize {
    64 * L - curve.order.m[L - 1].leading_zeros() as usize
}

/// Doubles the known odd multiples of all windows in each round: adding `2m·P` to `P, 3P, … (2m−1)P` gives the next `m`.
/// No two points of an addition share their `x`: the order is prime and larger than any multiple here.
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn build<S: Shape, const L: usize, const N: usize>(
    curve: &Curve<L>,
    field: &Field<S, L, N>,
    point: &Point<L>,
    window: usize,
) -> HotTable<L> {
    let (count, entries) = (windows(curve, window), 1 << (window - 1));
    let powers = powers_of_two(curve, point, count * window);
    // Eight windows lie across the lanes; windows past the end repeat the last.
    let column = |group: usize, bit: usize| -> Points<N> {
        let at: [usize; 8] = std::array::from_fn(|lane| (8 * group + lane).min(count - 1) * window + bit);
        Points { x: entered(field, &at.map(|i| powers[i].0)), y: entered(field, &at.map(|i| powers[i].1)) }
    };
    let mut table =
        HotTable { point: *point, lines: vec![Line([0; 8]); count * entries * lines_per_entry::<L>()], window };
    let mut points = vec![Points::zero(); 2 * entries];
    let mut prefixes = vec![Points::<N>::zero().x; entries];
    for group in 0..count.div_ceil(8) {
        points[0] = column(group, 0);
        let mut known = 1;
        while known < entries {
            // 2·known·P has an index of its own, behind all entries.
            let twice = known.trailing_zeros() as usize + 1;
            points[entries] = column(group, twice);
            points.copy_within(0..known, known);
            let pairs: Vec<_> = (known as u32..2 * known as u32).map(|i| (i, entries as u32, 0)).collect();
            add_pairs(field, &mut points, &mut prefixes, &mut Round { pairs: &pairs, spoilt: &mut [0] });
            known *= 2;
        }
        write(field, &points[..entries], &mut table, group);
    }
    table
}

#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn entered<S: Shape, const L: usize, const N: usize>(field: &Field<S, L, N>, numbers: &[[u64; L]; 8]) -> Lanes<N> {
    enter(field, &from_words(numbers))
}

/// `Q, 2Q, 4Q, …`, affine.
fn powers_of_two<const L: usize>(curve: &Curve<L>, point: &Point<L>, count: usize) -> Vec<([u64; L], [u64; L])> {
    let mut powers = Vec::with_capacity(count);
    let mut power = *point;
    for _ in 0..count {
        powers.push(power);
        power = double(curve, &power);
    }
    to_affine_many(curve, &powers)
}

/// Writes the entries of eight windows, reduced, in words.
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn write<S: Shape, const L: usize, const N: usize>(
    field: &Field<S, L, N>,
    points: &[Points<N>],
    table: &mut HotTable<L>,
    group: usize,
) {
    let lines = lines_per_entry::<L>();
    let windows = table.lines.len() / lines / points.len();
    for (entry, point) in points.iter().enumerate() {
        let mut limbs = [[[0; 8]; N]; 2];
        each!(N, j => {
            limbs[0][j] = store(point.x[j]);
            limbs[1][j] = store(point.y[j]);
        });
        for lane in 0..8.min(windows - 8 * group) {
            let at = ((8 * group + lane) * points.len() + entry) * lines;
            let [x, y] = limbs.map(|limbs| canonical(field, std::array::from_fn(|j| limbs[j][lane])));
            let second = at + lines - 1;
            table.lines[at].0[..L].copy_from_slice(&x);
            table.lines[second].0[if lines == 1 { L } else { 0 }..][..L].copy_from_slice(&y);
        }
    }
}

/// Reads one entry per lane; in the lanes of `negative` the point is negated.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn read<S: Shape, const L: usize, const N: usize>(
    field: &Field<S, L, N>,
    entries: &[&[Line]; 8],
    negative: u8,
) -> Points<N> {
    let first = transpose(entries.map(|lines| &lines[0].0));
    let (x, mut y): (Lanes<N>, Lanes<N>) = if L == 4 {
        (
            cut::<L, N>(&first),
            cut::<L, N>(&[first[4], first[5], first[6], first[7], first[4], first[5], first[6], first[7]]),
        )
    } else {
        (cut::<L, N>(&first), cut::<L, N>(&transpose(entries.map(|lines| &lines[1].0))))
    };
    // Columns need not be carried: only differences are made of y.
    each!(N, j => { y[j] = _mm512_mask_sub_epi64(y[j], negative, splat(field.p[j]), y[j]); });
    Points { x, y }
}

/// Eight rows of eight words to eight columns.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn transpose(rows: [&[u64; 8]; 8]) -> [__m512i; 8] {
    let mut r = [_mm512_setzero_si512(); 8];
    each!(8, i => { r[i] = load(rows[i]); });
    let mut pairs = r;
    each!(8, i => {
        pairs[i] = if i % 2 == 0 { _mm512_unpacklo_epi64(r[i], r[i | 1]) } else { _mm512_unpackhi_epi64(r[i & !1], r[i]) };
    });
    // pairs[2k + s]: columns s, s+2, s+4, s+6 of rows 2k and 2k+1.
    let mut out = r;
    each!(2, s => {
        let low = _mm512_shuffle_i64x2::<0x88>(pairs[s], pairs[2 + s]);
        let high = _mm512_shuffle_i64x2::<0xdd>(pairs[s], pairs[2 + s]);
        let low_b = _mm512_shuffle_i64x2::<0x88>(pairs[4 + s], pairs[6 + s]);
        let high_b = _mm512_shuffle_i64x2::<0xdd>(pairs[4 + s], pairs[6 + s]);
        // low: columns s and s+4 of rows 0 1, then of rows 2 3; high: columns s+2 and s+6.
        out[s] = _mm512_shuffle_i64x2::<0x88>(low, low_b);
        out[s + 4] = _mm512_shuffle_i64x2::<0xdd>(low, low_b);
        out[s + 2] = _mm512_shuffle_i64x2::<0x88>(high, high_b);
        out[s + 6] = _mm512_shuffle_i64x2::<0xdd>(high, high_b);
    });
    out
}

/// Cuts the first `L` of eight columns of words into limbs.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn cut<const L: usize, const N: usize>(words: &[__m512i; 8]) -> Lanes<N> {
    let mask = splat(LIMB_MASK);
    let mut out = [_mm512_setzero_si512(); N];
    each!(N, j => {
        let (at, shift) = (52 * j / 64, (52 * j % 64) as i64);
        if at < L {
            let above = if at + 1 < L { words[(at + 1) % 8] } else { _mm512_setzero_si512() };
            let joined = _mm512_shrdv_epi64(words[at], above, _mm512_set1_epi64(shift));
            out[j] = _mm512_and_si512(joined, mask);
        }
    });
    out
}
