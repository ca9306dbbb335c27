//! Scalars as sums of odd digits, one for each window, none of them zero: `k = Σ d_i·2^(w·i)`, `|d_i| < 2^w`.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a kernel: windows are counted so that they lie within the words"
)]

use super::super::montgomery::sub;

/// An odd scalar, or the odd one that it is the opposite of, cut into `count` windows.
#[derive(Clone, Copy)]
pub(super) struct Digits {
    /// Of 512 bits and a little more.
    words: [u64; 9],
    window: usize,
    negative: u64,
}

impl Digits {
    /// Takes a scalar below the odd `order`. An even one becomes `order − k` with its sign turned; zero becomes the order
    /// itself. The windows must cover the order, and be few enough for nine words.
    pub(super) fn new<const L: usize>(k: &[u64; L], order: &[u64; L], (window, count): (usize, usize)) -> Self {
        let negative = !k[0] & 1;
        let mut odd = *k;
        if negative == 1 {
            odd = sub(order, &[0; L], k);
            if odd == [0; L] {
                odd = *order;
            }
        }
        let mut words = [0; 9];
        words[..L].copy_from_slice(&odd);
        // The last digit is positive: as if a bit followed.
        words[count * window / 64] |= 1 << (count * window % 64);
        Self { words, window, negative }
    }

    /// The digit of window `i`: the position of `|d|` among the odd numbers, and 1 where `d` is negative.
    ///
    /// Of `k_i = ⌊k / 2^(w·i)⌋ | 1` the digit is `k_i mod 2^(w+1) − 2^w`, which leaves `2^w·k_(i+1)`.
    #[inline]
    pub(super) fn digit(&self, i: usize) -> (usize, u64) {
        let at = i * self.window;
        let (word, shift) = (at / 64, at % 64);
        // Two shifts, since one by 64 is none.
        let above = self.words[(word + 1).min(8)] << 1 << (63 - shift);
        let bits = self.words[word] >> shift | above | 1;
        let mask = (1 << self.window) - 1;
        let negative = !(bits >> self.window) & 1;
        // Positive: |d| = low. Negative: |d| = 2^w − low, which is odd too: the position is that of the flipped bits.
        let index = (bits & mask ^ negative.wrapping_neg() & mask) >> 1;
        (index as usize, negative ^ self.negative)
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
                let odd = Digits::new(&[k], &order, (window, count));
                let sum: i128 = (0..count)
                    .map(|i| {
                        let (index, negative) = odd.digit(i);
                        assert!(index < 1 << (window - 1), "{k:x} {window} {i}");
                        let digit = i128::from(2 * index as u64 + 1) << (window * i);
                        if negative == 1 { -digit } else { digit }
                    })
                    .sum();
                assert_eq!(sum.rem_euclid(i128::from(order[0])), i128::from(k), "windows of {window}");
            }
        }
    }
}
