//! Scalars as sums of odd digits, one for each window, none of them zero: `k = Σ d_i·2^(w·i)`, `|d_i| < 2^w`.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "a kernel: windows are counted so that they lie within the words"
)]

use super::super::montgomery::sub;

/// An odd scalar, or the odd one that it is the opposite of.
#[derive(Clone, Copy)]
pub(super) struct OddScalar<const L: usize> {
    words: [u64; L],
    negative: bool,
}

impl<const L: usize> OddScalar<L> {
    /// *Takes* a scalar below the odd `order`. An even one becomes `order − k` with its sign turned; zero becomes the
    /// order itself.
    pub(super) fn new(k: &[u64; L], order: &[u64; L]) -> Self {
        let negative = k[0] & 1 == 0;
        if !negative {
            return Self { words: *k, negative };
        }
        let mut words = sub(order, &[0; L], k);
        if words == [0; L] {
            words = *order;
        }
        Self { words, negative }
    }

    /// The digit of window `i` out of `count`: the position of `|d|` among the odd numbers, and whether `d` is negative.
    ///
    /// Of `k_i = ⌊k / 2^(w·i)⌋ | 1` the digit is `k_i mod 2^(w+1) − 2^w`, which leaves `2^w·k_(i+1)`; the last digit is
    /// `k_i` itself.
    #[inline]
    pub(super) fn digit(&self, i: usize, window: usize, count: usize) -> (usize, bool) {
        let at = i * window;
        let (word, shift) = (at / 64, at % 64);
        let above = if word + 1 < L { self.words[word + 1] } else { 0 };
        // Two shifts, since one by 64 is none.
        let bits = (self.words[word] >> shift | above << 1 << (63 - shift)) | 1;
        if i + 1 == count {
            return (bits as usize >> 1 & ((1 << (window - 1)) - 1), self.negative);
        }
        let low = bits as usize & ((1 << window) - 1);
        let positive = bits >> window & 1 == 1;
        // Positive: d = low. Negative: d = low − 2^w, so |d| = 2^w − low.
        let index = if positive { low >> 1 } else { ((1 << window) - low) >> 1 };
        (index, positive == self.negative)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::montgomery::from_hex;
    use super::*;

    #[test]
    fn digits_sum_up_to_their_scalar() {
        // Small enough for plain arithmetic: the order is an odd number of 60 bits.
        let order: [u64; 1] = from_hex("0FFFFFFFFFFFF6C7");
        let mut k = 0x0123_4567_89ab_cdef_u64;
        let ends = [0, 1, 2, order[0] - 1, order[0] - 2, 0xff, 0x100, 0x1_0000_0000];
        for round in 0..4_000_usize {
            k = ends.get(round).copied().unwrap_or(k.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1) % order[0]);
            for window in 2..14 {
                let count = 60_usize.div_ceil(window);
                let odd = OddScalar::new(&[k], &order);
                let sum: i128 = (0..count)
                    .map(|i| {
                        let (index, negative) = odd.digit(i, window, count);
                        assert!(index < 1 << (window - 1), "{k:x} {window} {i}");
                        let digit = i128::from(2 * index as u64 + 1) << (window * i);
                        if negative { -digit } else { digit }
                    })
                    .sum();
                assert_eq!(sum.rem_euclid(i128::from(order[0])), i128::from(k), "windows of {window}");
            }
        }
    }
}
