//! Eight lanes of 64 bits, and numbers of `N` limbs that lie across them.
#![expect(unsafe_code, reason = "vector loads and stores")]
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_wrap,
    reason = "a kernel: indices are below N or eight"
)]

use std::arch::asm;
use std::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_and_si512, _mm512_loadu_si512, _mm512_madd52hi_epu64, _mm512_madd52lo_epu64,
    _mm512_set1_epi64, _mm512_setzero_si512, _mm512_srai_epi64, _mm512_storeu_si512, _mm512_sub_epi64,
};

/// Eight numbers: limb `j` of the number in lane `i` is element `i` of vector `j`.
pub(super) type Lanes<const N: usize> = [__m512i; N];

/// Bits of a limb.
pub(super) const LIMB: usize = 52;
pub(super) const LIMB_MASK: u64 = (1 << LIMB) - 1;

/// Runs a block for each index below `$n`, at most ten, the index being a constant: arrays stay in registers.
macro_rules! each {
    ($n:expr, $i:ident => $body:block) => {
        each!(@ $n, $i, $body, 0 1 2 3 4 5 6 7 8 9)
    };
    (@ $n:expr, $i:ident, $body:block, $($k:literal)*) => {
        $(if $k < $n { let $i: usize = $k; $body })*
    };
}
pub(super) use each;

#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn load(words: &[u64; 8]) -> __m512i {
    // SAFETY: a reference to 64 octets; the load asks for no alignment.
    unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn store(lanes: __m512i) -> [u64; 8] {
    let mut words = [0; 8];
    // SAFETY: 64 octets of our own; the store asks for no alignment.
    unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), lanes) };
    words
}

#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn splat(word: u64) -> __m512i {
    _mm512_set1_epi64(word as i64)
}

/// The same number in every lane.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn splat_all<const N: usize>(limbs: &[u64; N]) -> Lanes<N> {
    let mut out = [_mm512_setzero_si512(); N];
    each!(N, j => { out[j] = splat(limbs[j]); });
    out
}

#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn add(a: __m512i, b: __m512i) -> __m512i {
    _mm512_add_epi64(a, b)
}

#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn sub(a: __m512i, b: __m512i) -> __m512i {
    _mm512_sub_epi64(a, b)
}

/// `sum + (a·b mod 2^52)`; of `a` and `b` only 52 bits are looked at.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn lo(sum: __m512i, a: __m512i, b: __m512i) -> __m512i {
    _mm512_madd52lo_epu64(sum, a, b)
}

/// `sum + ⌊a·b / 2^52⌋`; of `a` and `b` only 52 bits are looked at.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn hi(sum: __m512i, a: __m512i, b: __m512i) -> __m512i {
    _mm512_madd52hi_epu64(sum, a, b)
}

/// `sum += a·b mod 2^52`, where it is written: among loads and stores, too. Left alone, the compiler sorts products by
/// their columns, and each then waits for the one before it.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn add_lo(sum: &mut __m512i, a: __m512i, b: __m512i) {
    // SAFETY: one instruction on registers.
    unsafe {
        asm!("vpmadd52luq {}, {}, {}", inout(zmm_reg) *sum, in(zmm_reg) a, in(zmm_reg) b, options(nostack, preserves_flags));
    }
}

/// The same of `⌊a·b / 2^52⌋`.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn add_hi(sum: &mut __m512i, a: __m512i, b: __m512i) {
    // SAFETY: one instruction on registers.
    unsafe {
        asm!("vpmadd52huq {}, {}, {}", inout(zmm_reg) *sum, in(zmm_reg) a, in(zmm_reg) b, options(nostack, preserves_flags));
    }
}

/// Carries columns (signed, below 2^62) into limbs. The number must not be negative; its last limb takes what is left.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn carry<const N: usize>(mut c: Lanes<N>) -> Lanes<N> {
    let mask = splat(LIMB_MASK);
    each!(N, j => {
        if j + 1 < N {
            c[j + 1] = add(c[j + 1], _mm512_srai_epi64::<52>(c[j]));
            c[j] = _mm512_and_si512(c[j], mask);
        }
    });
    c
}

/// Cuts eight numbers of `L` words into limbs.
#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn from_words<const L: usize, const N: usize>(numbers: &[[u64; L]; 8]) -> Lanes<N> {
    let mut columns = [[0; 8]; N];
    for (i, number) in numbers.iter().enumerate() {
        for (j, limb) in to_limbs::<L, N>(number).into_iter().enumerate() {
            columns[j][i] = limb;
        }
    }
    let mut out = [_mm512_setzero_si512(); N];
    each!(N, j => { out[j] = load(&columns[j]); });
    out
}

/// Cuts `L` words into `N` limbs.
pub(super) const fn to_limbs<const L: usize, const N: usize>(words: &[u64; L]) -> [u64; N] {
    let mut limbs = [0; N];
    let mut j = 0;
    while j < N {
        let (at, shift) = (LIMB * j / 64, LIMB * j % 64);
        if at < L {
            limbs[j] = words[at] >> shift;
            if shift > 12 && at + 1 < L {
                limbs[j] |= words[at + 1] << (64 - shift);
            }
            limbs[j] &= LIMB_MASK;
        }
        j += 1;
    }
    limbs
}

/// Joins `N` limbs, each below 2^52, to `L` words.
pub(super) const fn from_limbs<const L: usize, const N: usize>(limbs: &[u64; N]) -> [u64; L] {
    let mut words = [0; L];
    let mut j = 0;
    while j < N {
        let (at, shift) = (LIMB * j / 64, LIMB * j % 64);
        if at < L {
            words[at] |= limbs[j] << shift;
            if shift > 12 && at + 1 < L {
                words[at + 1] |= limbs[j] >> (64 - shift);
            }
        }
        j += 1;
    }
    words
}
