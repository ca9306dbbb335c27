//! The RSA public operation for eight keys of one size at once.
//!
//! Numbers stay unreduced below `2n`: `R ≥ 2^32·n`, so `a·b/R + n < 2n` for factors below `2n`. A column takes at most
//! `4·10·K` products of 52 bits and stays below 2^61.
#![expect(unsafe_code, reason = "vector code is called with proof that the processor has it")]
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a kernel: blocks and limbs are counted by const generics"
)]

use std::arch::x86_64::{
    __m512i, _mm512_and_si512, _mm512_mask_mov_epi64, _mm512_movepi64_mask, _mm512_setzero_si512, _mm512_srai_epi64,
    _mm512_srli_epi64,
};

use super::super::level::Avx512;
use super::super::rsa::{BLOCK, LIMB, RsaKey, public_operation};
use super::lanes::{LIMB_MASK, add, add_hi, add_lo, each, load, splat, store, sub};

/// Ten limbs of eight numbers.
type Block = [__m512i; BLOCK];

/// Eight numbers.
type Number<const K: usize> = [Block; K];

/// Columns of a product: two blocks for each of `K`.
type Columns<const K: usize> = [[Block; 2]; K];

/// `s^e mod n` in each lane, of an `s` below its `n`. Lanes whose exponent differs from that of the first are computed
/// alone.
pub fn public_operations<const L: usize, const K: usize>(
    _: Avx512,
    keys: [&RsaKey<L, K>; 8],
    values: [&[u64; L]; 8],
) -> [[u64; L]; 8] {
    // SAFETY: the token says that the processor has these instructions.
    let mut out = unsafe { operate(keys, values) };
    for lane in 1..8 {
        if keys[lane].exponent() != keys[0].exponent() {
            out[lane] = public_operation(keys[lane], values[lane]);
        }
    }
    out
}

/// The factors are never brought into Montgomery form: each of the `e − 1` products then lacks a factor `R`, and one
/// multiplication with `R^e` mends them all.
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn operate<const L: usize, const K: usize>(keys: [&RsaKey<L, K>; 8], values: [&[u64; L]; 8]) -> [[u64; L]; 8] {
    let n = Modulus { n: across(keys.map(|key| &key.n)), n0: load(&keys.map(|key| key.n0)) };
    let values = values.map(super::super::rsa::blocks::<L, K>);
    let s = across(values.each_ref());
    let mut columns = [[[_mm512_setzero_si512(); BLOCK]; 2]; K];
    let mut power = s;
    let e = keys[0].exponent();
    for bit in (0..e.ilog2()).rev() {
        square(&mut columns, &power);
        reduce(&n, &mut columns, &mut power);
        if e >> bit & 1 == 1 {
            product(&mut columns, &power, &s);
            reduce(&n, &mut columns, &mut power);
        }
    }
    product(&mut columns, &power, &across(keys.map(|key| &key.correction)));
    reduce(&n, &mut columns, &mut power);
    let out = below_modulus(&n, &power);
    let mut words = [[0; L]; 8];
    for (i, limb) in out.as_flattened().iter().enumerate() {
        let (at, shift) = (LIMB * i / 64, LIMB * i % 64);
        for (words, limb) in words.iter_mut().zip(store(*limb)) {
            if at < L {
                words[at] |= limb << shift;
            }
            if shift > 64 - LIMB && at + 1 < L {
                words[at + 1] |= limb >> (64 - shift);
            }
        }
    }
    words
}

struct Modulus<const K: usize> {
    n: Number<K>,
    n0: __m512i,
}

/// Limbs of eight numbers, laid across the lanes.
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn across<const K: usize>(numbers: [&[[u64; BLOCK]; K]; 8]) -> Number<K> {
    let mut out = [[_mm512_setzero_si512(); BLOCK]; K];
    for (k, block) in out.iter_mut().enumerate() {
        for (j, limb) in block.iter_mut().enumerate() {
            let mut lanes = [0; 8];
            lanes.iter_mut().zip(numbers).for_each(|(lane, number)| *lane = number[k][j]);
            *limb = load(&lanes);
        }
    }
    out
}

/// Adds `a` times the blocks of a row to the columns from the first on; those from block `fresh` on hold nothing yet. What
/// two products share stays in registers. Not inlined: the code of all rows together would not fit the cache of a core.
#[inline(never)]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn add_row(columns: &mut [Block], fresh: usize, a: &Block, row: &[Block]) {
    let a = *a;
    let mut c = [_mm512_setzero_si512(); BLOCK + 1];
    if fresh > 0 {
        each!(10, j => { c[j] = columns[0][j]; });
    }
    for (block, b) in row.iter().enumerate() {
        let is_fresh = fresh <= block + 1;
        let [done, high, ..] = &mut columns[block..] else { unreachable!("a row is a block shorter than its columns") };
        each!(10, j => {
            c[10] = if is_fresh { _mm512_setzero_si512() } else { high[j] };
            let b = b[j];
            each!(10, i => { add_lo(&mut c[i], a[i], b); });
            each!(10, i => { add_hi(&mut c[i + 1], a[i], b); });
            done[j] = c[0];
            each!(10, i => { c[i] = c[i + 1]; });
        });
    }
    let last = &mut columns[row.len()];
    each!(10, j => { last[j] = c[j]; });
}

/// Doubles columns, of which the first block and the last hold nothing yet, and adds the squares of blocks.
#[inline(never)]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn double_and_add_squares(columns: &mut [[Block; 2]], blocks: &[Block]) {
    let last = blocks.len() - 1;
    for (k, (columns, a)) in columns.iter_mut().zip(blocks).enumerate() {
        let zero = _mm512_setzero_si512();
        let [low, high] = columns;
        let a = *a;
        // A column is read when the first product comes to it, and written when the last has.
        let mut c = [zero; 2 * BLOCK];
        each!(2, j => { c[j] = if k == 0 { zero } else { low[j] }; });
        each!(10, j => {
            each!(2, half => {
                let column = 2 * j + half;
                if j > 0 && column < 10 {
                    c[column] = if k == 0 { zero } else { low[column] };
                } else if j > 0 {
                    c[column] = if k == last { zero } else { high[column - 10] };
                }
            });
            each!(10, i => { if i < j { add_lo(&mut c[i + j], a[i], a[j]); } });
            each!(10, i => { if i < j { add_hi(&mut c[i + j + 1], a[i], a[j]); } });
            let mut done = add(c[j], c[j]);
            if j.is_multiple_of(2) { add_lo(&mut done, a[j / 2], a[j / 2]); } else { add_hi(&mut done, a[j / 2], a[j / 2]); }
            low[j] = done;
        });
        each!(10, j => {
            let mut done = add(c[10 + j], c[10 + j]);
            let i = 5 + j / 2;
            if j.is_multiple_of(2) { add_lo(&mut done, a[i], a[i]); } else { add_hi(&mut done, a[i], a[i]); }
            high[j] = done;
        });
    }
}

#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn product<const K: usize>(columns: &mut Columns<K>, a: &Number<K>, b: &Number<K>) {
    for (i, a) in a.iter().enumerate() {
        add_row(&mut columns.as_flattened_mut()[i..], if i == 0 { 0 } else { K }, a, b);
    }
}

/// Products of different blocks once, then doubled.
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn square<const K: usize>(columns: &mut Columns<K>, a: &Number<K>) {
    for i in 0..K - 1 {
        add_row(&mut columns.as_flattened_mut()[2 * i + 1..], if i == 0 { 0 } else { K - 1 - i }, &a[i], &a[i + 1..]);
    }
    double_and_add_squares(columns, a);
}

/// Montgomery's reduction by blocks: ten quotients from the lowest block, then their products with the other blocks of `n`.
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn reduce<const K: usize>(m: &Modulus<K>, columns: &mut Columns<K>, out: &mut Number<K>) {
    for i in 0..K {
        let columns = &mut columns.as_flattened_mut()[i..];
        let [low, high, ..] = &mut *columns else { unreachable!("at least K columns above block i") };
        let q = quotients(&m.n[0], m.n0, low, high);
        add_row(&mut columns[1..], K, &q, &m.n[1..]);
    }
    let mask = splat(LIMB_MASK);
    let mut carried = _mm512_setzero_si512();
    for (block, columns) in out.iter_mut().zip(&columns.as_flattened()[K..]) {
        each!(10, j => {
            let sum = add(columns[j], carried);
            block[j] = _mm512_and_si512(sum, mask);
            carried = _mm512_srli_epi64::<52>(sum);
        });
    }
}

/// The multiples of `n` that make ten columns vanish; what their products with the lowest block of `n` pass on, and leave
/// above, is added.
#[inline(never)]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn quotients(n: &Block, n0: __m512i, low: &Block, high: &mut Block) -> Block {
    let (n, zero, ones) = (*n, _mm512_setzero_si512(), splat(LIMB_MASK));
    let mut c = [zero; BLOCK + 1];
    each!(10, j => { c[j] = low[j]; });
    let mut out = [zero; BLOCK];
    let mut last = zero;
    each!(10, i => {
        // c[j] is column i + j.
        let mut q = zero;
        add_lo(&mut q, c[0], n0);
        // Products of the last quotient that the next does not wait for, while this one is on its way.
        if i > 0 {
            c[9] = high[i - 1];
            each!(10, j => { if j > 1 { add_lo(&mut c[j - 1], last, n[j]); } });
            each!(10, j => { if j > 0 { add_hi(&mut c[j], last, n[j]); } });
        }
        // What the column passes on: its low part becomes 2^52, unless it is zero.
        c[1] = add(c[1], _mm512_srli_epi64::<52>(add(c[0], ones)));
        add_hi(&mut c[1], q, n[0]);
        add_lo(&mut c[1], q, n[1]);
        each!(10, j => { c[j] = c[j + 1]; });
        out[i] = q;
        last = q;
    });
    c[9] = high[9];
    each!(10, j => { if j > 1 { add_lo(&mut c[j - 1], last, n[j]); } });
    each!(10, j => { if j > 0 { add_hi(&mut c[j], last, n[j]); } });
    each!(10, j => { high[j] = c[j]; });
    out
}

/// Subtracts `n` once from the numbers that are not below it.
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn below_modulus<const K: usize>(m: &Modulus<K>, x: &Number<K>) -> Number<K> {
    let mask = splat(LIMB_MASK);
    let mut borrow = _mm512_setzero_si512();
    let mut out = *x;
    for (out, n) in out.as_flattened_mut().iter_mut().zip(m.n.as_flattened()) {
        let difference = add(sub(*out, *n), borrow);
        *out = _mm512_and_si512(difference, mask);
        borrow = _mm512_srai_epi64::<52>(difference);
    }
    let smaller = _mm512_movepi64_mask(borrow);
    for (out, x) in out.as_flattened_mut().iter_mut().zip(x.as_flattened()) {
        *out = _mm512_mask_mov_epi64(*out, smaller, *x);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::super::montgomery::{less, sub as sub_mod};
    use super::*;

    fn random(state: &mut u64) -> u64 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn agrees<const L: usize, const K: usize>() {
        let Some(token) = Avx512::detect() else { return };
        let mut state = 0x1234_5678_9abc_def1;
        for round in 0..if cfg!(debug_assertions) { 2 } else { 200 } {
            let keys: [RsaKey<L, K>; 8] = std::array::from_fn(|lane| {
                let mut n: [u64; L] = std::array::from_fn(|_| random(&mut state));
                n[0] |= 1;
                match (round + lane) % 8 {
                    0 => n = [u64::MAX; L],
                    1 => n[L - 1] = 1 << 63,
                    2 => n[L - 1] >>= 9,
                    _ => n[L - 1] |= 1 << 63,
                }
                let e = if round % 2 == 1 && lane == 5 { 17 } else { [65537, 3, 0x1_0000_0001, 1][round % 4] };
                RsaKey::new(n, e)
            });
            let values: [[u64; L]; 8] = std::array::from_fn(|lane| {
                let n = keys[lane].modulus();
                let mut one = [0; L];
                one[0] = 1;
                match (round / 2 + lane) % 7 {
                    0 => [0; L],
                    1 => one,
                    2 => sub_mod(n, &[0; L], &one),
                    _ => loop {
                        let x: [u64; L] = std::array::from_fn(|i| random(&mut state) >> if i == L - 1 { 9 } else { 0 });
                        if less(&x, n) {
                            break x;
                        }
                    },
                }
            });
            let out = public_operations(token, keys.each_ref(), values.each_ref());
            for lane in 0..8 {
                assert_eq!(out[lane], public_operation(&keys[lane], &values[lane]), "lane {lane}");
            }
            let same = public_operations(token, [&keys[3]; 8], [&values[3]; 8]);
            assert_eq!(same, [out[3]; 8], "one key in all lanes");
        }
    }

    #[test]
    fn eight_keys_agree_with_the_slow_twin() {
        agrees::<32, 4>();
        agrees::<48, 6>();
        agrees::<64, 8>();
    }
}
