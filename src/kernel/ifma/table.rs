//! Tables of multiples of a point that many signatures are verified with: for each window of `w` bits the odd multiples
//! `P, 3P, … (2^w − 1)P` of `P = 2^(w·i)·Q`, so that a product is a sum of one entry per window, without a doubling.
#![expect(unsafe_code, reason = "vector code is called with proof that the processor has it")]
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::large_types_passed_by_value,
    reason = "a kernel: windows and entries are counted by the table itself"
)]

use std::arch::x86_64::{
    __m512i, _MM_HINT_T0, _mm_prefetch, _mm512_and_si512, _mm512_mask_sub_epi64, _mm512_set1_epi64,
    _mm512_setzero_si512, _mm512_shrdv_epi64, _mm512_shuffle_i64x2, _mm512_unpackhi_epi64, _mm512_unpacklo_epi64,
};

use super::super::curve::{Curve, Point, double, to_affine_many};
use super::super::level::Avx512;
use super::super::slab::Slab;
use super::field::{Field, Shape, enter, reduced};
use super::lanes::{LIMB_MASK, Lanes, each, from_words, load, splat};
use super::points::{Points, Round, add_pairs};

/// The multiples of one point. An entry is `x ‖ y` in one line of 64 octets for `L = 4`, in two lines otherwise.
///
/// Memory: `⌈bits/w⌉ · 2^(w−1)` entries. For a window of eight bits 256 KiB for 256 bits, 768 KiB for 384 and 1 MiB for
/// 512; for ten bits 832 KiB, 2.4 MiB and 3.3 MiB.
#[derive(Debug)]
pub(super) struct Table<const L: usize> {
    pub(super) window: usize,
    /// Windows of a scalar.
    pub(super) count: usize,
    slab: Slab,
}

impl<const L: usize> Table<L> {
    /// Computes the multiples of a point of prime order that is not at infinity, for windows of 2 to `WINDOW_MAX` bits.
    pub(super) fn new<S: Shape, const N: usize>(
        _: Avx512,
        (curve, field): (&Curve<L>, &Field<S, L, N>),
        window: usize,
        point: &Point<L>,
    ) -> Self {
        assert!((2..=WINDOW_MAX).contains(&window), "a window of 2 to 13 bits");
        let mut table = Self { window, count: windows(curve, window), slab: Slab::new(lines(curve, window)) };
        // SAFETY: the token says that the processor has these instructions.
        unsafe { table.build(curve, field, point) }
        table
    }

    /// The first line of an entry.
    fn line_of(&self, window: usize, index: usize) -> usize {
        ((window << (self.window - 1)) + index) * lines_per_entry::<L>()
    }

    /// Asks for an entry that will be read soon.
    #[inline]
    pub(super) fn prefetch(&self, line: u32) {
        for line in &self.slab.lines()[line as usize..][..lines_per_entry::<L>()] {
            // SAFETY: a hint that reads nothing, about an address that is ours.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(line).cast()) };
        }
    }
}

/// The widest window: 512 bits then take 2^18 lines, which the digits tell in 32 bits.
pub(super) const WINDOW_MAX: usize = 13;

/// Windows of a scalar.
pub(super) fn windows<const L: usize>(curve: &Curve<L>, window: usize) -> usize {
    (64 * L - curve.order.m[L - 1].leading_zeros() as usize).div_ceil(window)
}

/// Lines of a table.
pub(super) fn lines<const L: usize>(curve: &Curve<L>, window: usize) -> usize {
    (windows(curve, window) << (window - 1)) * lines_per_entry::<L>()
}

/// Lines of an entry.
pub(super) const fn lines_per_entry<const L: usize>() -> usize {
    if L == 4 { 1 } else { 2 }
}

/// Whose entries eight lanes read.
pub(super) type Shelf<'a, const L: usize> = [&'a Table<L>; 8];

impl<const L: usize> Table<L> {
    /// Doubles the known odd multiples of eight windows in each round: adding `2m·P` to `P, 3P, … (2m−1)P` gives the next
    /// `m`. No two points of an addition share their `x`: the order is prime and larger than any multiple here.
    #[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
    fn build<S: Shape, const N: usize>(&mut self, curve: &Curve<L>, field: &Field<S, L, N>, point: &Point<L>) {
        let (count, window, entries) = (self.count, self.window, 1 << (self.window - 1));
        let powers = powers_of_two(curve, point, count * window);
        // Windows past the end repeat the last.
        let column = |group: usize, bit: usize| -> Points<N> {
            let at: [usize; 8] = std::array::from_fn(|lane| (8 * group + lane).min(count - 1) * window + bit);
            Points { x: entered(field, &at.map(|i| powers[i].0)), y: entered(field, &at.map(|i| powers[i].1)) }
        };
        // All groups of eight windows together; behind its entries each has room for the point that is added.
        let (groups, room) = (count.div_ceil(8), entries + 1);
        let mut points = vec![Points::zero(); groups * room];
        let mut prefixes = vec![Points::<N>::zero().x; groups * entries];
        (0..groups).for_each(|group| points[group * room] = column(group, 0));
        let mut known = 1;
        while known < entries {
            let mut pairs = Vec::with_capacity(groups * known);
            for group in 0..groups {
                let first = group * room;
                points[first + entries] = column(group, known.trailing_zeros() as usize + 1);
                points.copy_within(first..first + known, first + known);
                pairs.extend((known..2 * known).map(|i| ((first + i) as u32, (first + entries) as u32, 0)));
            }
            add_pairs(field, &mut points, &mut prefixes, &mut Round { pairs: &pairs, spoilt: &mut [0] });
            known *= 2;
        }
        for (group, points) in points.chunks(room).enumerate() {
            for (index, point) in points[..entries].iter().enumerate() {
                self.write(field, (group, index), point);
            }
        }
    }

    /// Writes an entry of eight windows, reduced, in words.
    #[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
    fn write<S: Shape, const N: usize>(
        &mut self,
        field: &Field<S, L, N>,
        (group, index): (usize, usize),
        point: &Points<N>,
    ) {
        let (x, y) = (reduced(field, &point.x), reduced(field, &point.y));
        for lane in 0..8.min(self.count - 8 * group) {
            let first = self.line_of(8 * group + lane, index);
            let lines = self.slab.lines_mut();
            lines[first].0[..L].copy_from_slice(&x[lane]);
            let rest = if L == 4 { &mut lines[first].0[4..] } else { &mut lines[first + 1].0[..] };
            rest[..L].copy_from_slice(&y[lane]);
        }
    }
}

/// Reads one entry per lane, by their first lines; in the lanes of `negative` the point is negated.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn read<S: Shape, const L: usize, const N: usize>(
    field: &Field<S, L, N>,
    tables: &Shelf<'_, L>,
    entries: &[u32; 8],
    negative: u8,
) -> Points<N> {
    let mut rows = [[_mm512_setzero_si512(); 8]; 2];
    each!(8, i => {
        let lines = &tables[i].slab.lines()[entries[i] as usize..][..lines_per_entry::<L>()];
        rows[0][i] = load(&lines[0].0);
        if L != 4 {
            rows[1][i] = load(&lines[1].0);
        }
    });
    let first = transpose(rows[0]);
    let x = cut::<L, N>(&first);
    let mut y = if L == 4 {
        let mut upper = first;
        each!(4, j => { upper[j] = first[4 + j]; });
        cut::<L, N>(&upper)
    } else {
        cut::<L, N>(&transpose(rows[1]))
    };
    // Columns need not be carried: only differences are made of y.
    each!(N, j => { y[j] = _mm512_mask_sub_epi64(y[j], negative, splat(field.p[j]), y[j]); });
    Points { x, y }
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

/// Eight rows of eight words to eight columns.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn transpose(r: [__m512i; 8]) -> [__m512i; 8] {
    let mut pairs = r;
    each!(8, i => {
        pairs[i] = if i & 1 == 0 { _mm512_unpacklo_epi64(r[i], r[i | 1]) } else { _mm512_unpackhi_epi64(r[i & !1], r[i]) };
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
