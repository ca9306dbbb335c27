//! Scalars as sums of odd digits, one for each window, none of them zero: `k = Σ d_i·2^(w·i)`, `|d_i| < 2^w`.
#![expect(unsafe_code, reason = "vector stores")]
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_wrap,
    reason = "a kernel: windows are counted so that they lie within the words"
)]

use std::arch::x86_64::{
    __m512i, _mm256_storeu_si256, _mm512_add_epi64, _mm512_and_si512, _mm512_cvtepi64_epi32, _mm512_mask_xor_epi64,
    _mm512_or_si512, _mm512_set1_epi64, _mm512_shrdv_epi64, _mm512_srli_epi64, _mm512_testn_epi64_mask,
};

use super::super::montgomery::sub;
use super::lanes::{load, splat};

/// Odd scalars in eight lanes, or the odd ones that they are the opposites of, cut into windows.
#[derive(Clone, Copy)]
pub(super) struct Digits {
    /// Of 512 bits and a little more: word by word, lane by lane.
    words: [[u64; 8]; 10],
    window: usize,
    negative: u8,
}

impl Digits {
    /// For scalars of one.
    pub(super) const NONE: Self = Self { words: [[1; 8]; 10], window: 1, negative: 0 };

    /// Takes scalars below the odd `order`. An even one becomes `order − k` with its sign turned; zero becomes the order
    /// itself. The windows must cover the order, and be few enough for nine words.
    pub(super) fn new<const L: usize>(
        scalars: &[[u64; L]; 8],
        order: &[u64; L],
        (window, count): (usize, usize),
    ) -> Self {
        let mut out = Self { words: [[0; 8]; 10], window, negative: 0 };
        for (lane, k) in scalars.iter().enumerate() {
            let mut odd = *k;
            if k[0] & 1 == 0 {
                out.negative |= 1 << lane;
                odd = sub(order, &[0; L], k);
                if odd == [0; L] {
                    odd = *order;
                }
            }
            odd.iter().zip(&mut out.words).for_each(|(word, lanes)| lanes[lane] = *word);
        }
        // The last digit is positive: as if a bit followed.
        for word in &mut out.words[count * window / 64] {
            *word |= 1 << (count * window % 64);
        }
        out
    }

    /// The digits of window `i`: the position of `|d|` among the odd numbers, and the lanes where `d` is negative.
    ///
    /// Of `k_i = ⌊k / 2^(w·i)⌋ | 1` the digit is `k_i mod 2^(w+1) − 2^w`, which leaves `2^w·k_(i+1)`.
    #[inline]
    #[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
    pub(super) fn digit(&self, i: usize) -> (__m512i, u8) {
        let (word, shift) = (i * self.window / 64, i * self.window % 64);
        let shift = _mm512_set1_epi64(shift as i64);
        let bits = _mm512_shrdv_epi64(load(&self.words[word]), load(&self.words[word + 1]), shift);
        let negative = _mm512_testn_epi64_mask(bits, splat(1 << self.window));
        // Positive: |d| = low. Negative: |d| = 2^w − low, which is odd too: the position is that of the flipped bits.
        let mask = splat((1 << self.window) - 1);
        let low = _mm512_and_si512(_mm512_or_si512(bits, splat(1)), mask);
        let index = _mm512_srli_epi64::<1>(_mm512_mask_xor_epi64(low, negative, low, mask));
        (index, negative ^ self.negative)
    }

    /// The same, as first lines of the entries of a table, each of which has `step` lines.
    #[inline]
    #[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
    pub(super) fn lines(&self, i: usize, step: usize) -> ([u32; 8], u8) {
        let (index, negative) = self.digit(i);
        let index = _mm512_add_epi64(index, splat((i << (self.window - 1)) as u64));
        let lines = _mm512_cvtepi64_epi32(if step == 2 { _mm512_add_epi64(index, index) } else { index });
        let mut out = [0; 8];
        // SAFETY: 32 octets of our own; the store asks for no alignment.
        unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), lines) };
        (out, negative)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::montgomery::from_hex;
    use super::*;

    #[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
    fn check(scalars: &[[u64; 1]; 8], order: [u64; 1]) {
        for window in 2..14 {
            let count = 60_usize.div_ceil(window);
            let digits = Digits::new(scalars, &order, (window, count));
            let mut sums = [0_i128; 8];
            for i in 0..count {
                for step in [1, 2] {
                    let (lines, negative) = digits.lines(i, step);
                    for lane in 0..8 {
                        let index = lines[lane] as usize / step - (i << (window - 1));
                        assert!(index < 1 << (window - 1), "{scalars:x?} {window} {i}");
                        let digit = i128::from(2 * index as u64 + 1) << (window * i);
                        sums[lane] += if step == 2 {
                            0
                        } else if negative >> lane & 1 == 1 {
                            -digit
                        } else {
                            digit
                        };
                    }
                }
            }
            let expected = scalars.map(|[k]| i128::from(k));
            assert_eq!(sums.map(|sum| sum.rem_euclid(i128::from(order[0]))), expected, "windows of {window}");
        }
    }

    #[test]
    fn digits_sum_up_to_their_scalars() {
        if super::super::super::level::Avx512::detect().is_none() {
            return;
        }
        // Small enough for plain arithmetic: the order is an odd number of 60 bits.
        let order: [u64; 1] = from_hex("0FFFFFFFFFFFF6C7");
        let mut k = 0x0123_4567_89ab_cdef_u64;
        let mut next = || {
            k = k.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1) % order[0];
            [k]
        };
        let ends = [0, 1, 2, order[0] - 1, order[0] - 2, 0xff, 0x100, 0x1_0000_0000].map(|k| [k]);
        // SAFETY: the processor was asked.
        unsafe { check(&ends, order) };
        for _ in 0..500 {
            // SAFETY: the processor was asked.
            unsafe { check(&std::array::from_fn(|_| next()), order) };
        }
    }
}
