//! GOST R 34.11-2012 (Streebog) of eight messages at once, of whatever lengths: substitutions by VBMI, the linear layer by
//! GFNI. The crate `streebog` is its slow twin.
//!
//! Register `j` of a state holds word `j` of all eight: octet `8·i + lane` is octet `i` of the word of that lane.
#![expect(unsafe_code, reason = "vector loads, and vector code called with proof that the processor has it")]
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::large_types_passed_by_value,
    clippy::cast_possible_wrap,
    reason = "a kernel: indices are below eight, or counted in blocks of 64 octets"
)]

use std::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_cmpeq_epi64_mask, _mm512_cmplt_epu64_mask, _mm512_gf2p8affine_epi64_epi8,
    _mm512_loadu_si512, _mm512_mask_blend_epi8, _mm512_mask_set1_epi8, _mm512_mask_sub_epi64, _mm512_movepi8_mask,
    _mm512_permutex2var_epi8, _mm512_permutexvar_epi8, _mm512_set1_epi64, _mm512_setzero_si512, _mm512_shuffle_i64x2,
    _mm512_storeu_si512, _mm512_ternarylogic_epi64, _mm512_unpackhi_epi64, _mm512_unpacklo_epi64, _mm512_xor_si512,
};

use self::constants::{PI, ROUNDS, ROWS};
use super::level::Avx512;

mod constants;

type State = [__m512i; 8];

/// What the digest begins with; it fixes its length.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Initial {
    /// For 512 bits.
    Bits512,
    /// For 256 bits: the last 32 octets of what comes out.
    Bits256,
}

/// Digests messages. Gives 64 octets for each.
///
/// # Panics
///
/// Where `digests` is not as long as `messages`.
pub fn digest_many(_: Avx512, initial: Initial, messages: &[&[u8]], digests: &mut [[u8; 64]]) {
    assert_eq!(messages.len(), digests.len(), "a digest for each message");
    // SAFETY: the token says that the processor has these instructions.
    unsafe { run(initial, messages, digests) }
}

/// A message on its way through a lane.
#[derive(Clone, Copy)]
struct Lane<'a> {
    /// Which message; `None` where there are none left.
    message: Option<usize>,
    rest: &'a [u8],
    stage: Stage,
    /// Bits taken so far.
    bits: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Whole blocks, and then the padded one.
    Blocks,
    /// The number of bits.
    Length,
    /// The sum.
    Sum,
    Done,
}

impl<'a> Lane<'a> {
    const IDLE: Self = Lane { message: None, rest: &[], stage: Stage::Done, bits: 0 };

    fn start(message: usize, octets: &'a [u8]) -> Self {
        Self { message: Some(message), rest: octets, stage: Stage::Blocks, bits: 0 }
    }

    /// The next block, and the counter that goes with it. The sum of all blocks is kept.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
    fn step(&mut self, sum: &mut __m512i) -> (__m512i, u64) {
        match self.stage {
            Stage::Blocks => {
                let bits = self.bits;
                let block = if let Some((octets, rest)) = self.rest.split_first_chunk::<64>() {
                    self.rest = rest;
                    self.bits += 512;
                    load_octets(octets)
                } else {
                    let mut padded = [0; 64];
                    padded[..self.rest.len()].copy_from_slice(self.rest);
                    padded[self.rest.len()] = 1;
                    self.bits += 8 * self.rest.len() as u64;
                    self.stage = Stage::Length;
                    load_octets(&padded)
                };
                *sum = add(*sum, block);
                (block, bits)
            }
            Stage::Length => {
                self.stage = Stage::Sum;
                (load(&[self.bits, 0, 0, 0, 0, 0, 0, 0]), 0)
            }
            Stage::Sum | Stage::Done => {
                self.stage = Stage::Done;
                (*sum, 0)
            }
        }
    }
}

/// The sum of two numbers of 512 bits, without what it carries beyond them.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn add(a: __m512i, b: __m512i) -> __m512i {
    let sum = _mm512_add_epi64(a, b);
    // Words that carry, and words that pass a carry on: adding the masks ripples through the latter.
    let carries = u32::from(_mm512_cmplt_epu64_mask(sum, a));
    let full = u32::from(_mm512_cmpeq_epi64_mask(sum, _mm512_set1_epi64(-1)));
    let ripple = (2 * carries + full) ^ full;
    _mm512_mask_sub_epi64(sum, ripple as u8, sum, _mm512_set1_epi64(-1))
}

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn run(initial: Initial, messages: &[&[u8]], digests: &mut [[u8; 64]]) {
    let first = i8::from(initial == Initial::Bits256);
    let mut waiting = messages.iter().enumerate();
    let mut lanes = [Lane::IDLE; 8];
    let zero = _mm512_setzero_si512();
    let (mut h, mut sums, mut blocks) = ([zero; 8], [zero; 8], [zero; 8]);
    let mut counters = [0; 8];
    loop {
        for (i, lane) in lanes.iter_mut().enumerate() {
            if lane.stage == Stage::Done {
                if let Some(message) = lane.message {
                    digests[message] = octets_of(&h, i);
                }
                *lane = waiting.next().map_or(Lane::IDLE, |(at, octets)| Lane::start(at, octets));
                sums[i] = zero;
                // One octet of each qword.
                let mask = 0x0101_0101_0101_0101 << i;
                h = h.map(|word| _mm512_mask_set1_epi8(word, mask, first));
            }
        }
        if lanes.iter().all(|lane| lane.message.is_none()) {
            return;
        }
        for (i, lane) in lanes.iter_mut().enumerate() {
            if lane.message.is_some() {
                (blocks[i], counters[i]) = lane.step(&mut sums[i]);
            }
        }
        compress(&mut h, &blocks, &counters);
    }
}

/// The digest of one lane.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn octets_of(h: &State, lane: usize) -> [u8; 64] {
    let mut out = [0; 64];
    for (j, word) in h.iter().enumerate() {
        let mut octets = [0_u8; 64];
        // SAFETY: 64 octets of our own; the store asks for no alignment.
        unsafe { _mm512_storeu_si512(octets.as_mut_ptr().cast(), *word) };
        for i in 0..8 {
            out[8 * j + i] = octets[8 * i + lane];
        }
    }
    out
}

/// `h := g_N(h, m)`, RFC 6986 §9: `E(LPS(h ⊕ N), m) ⊕ h ⊕ m`.
#[inline(never)] // Its stack is aligned so.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn compress(h: &mut State, blocks: &State, counters: &[u64; 8]) {
    let tables = Tables::load();
    let m = transpose(*blocks).map(|word| turned(word));
    let mut key = *h;
    key[0] = _mm512_xor_si512(key[0], turned(load(counters)));
    key = transpose(linear(&tables.substitute_all(&key)));
    let state_in = tables.substitute_all(&xor(&m, &key));
    let key_in = tables.substitute_all(&xor(&key, &constant(0)));
    // The state and the key by turns: one goes through the linear layer, and meanwhile the other comes home from it. A new
    // key takes the next constant, a new state the new key.
    let (mut goes, mut comes, mut added) = (state_in, linear(&key_in), constant(1));
    for turn in 0..23 {
        let (out, came, ready) = overlap(&tables, &goes, (&comes, &added));
        (goes, comes) = (ready, out);
        added = if turn % 2 == 0 { came } else { constant((turn / 2 + 2).min(11)) };
    }
    // The last key was added last.
    *h = xor(&xor(h, &m), &xor(&transpose(comes), &added));
}

/// The constant of a round, in all lanes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn constant(round: usize) -> State {
    let mut out = [_mm512_setzero_si512(); 8];
    for (out, word) in out.iter_mut().zip(&SPREAD[round]) {
        *out = load(word);
    }
    out
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn xor(a: &State, b: &State) -> State {
    let mut out = *a;
    for j in 0..8 {
        out[j] = _mm512_xor_si512(a[j], b[j]);
    }
    out
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn load(words: &[u64; 8]) -> __m512i {
    // SAFETY: a reference to 64 octets; the load asks for no alignment.
    unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn load_octets(octets: &[u8; 64]) -> __m512i {
    // SAFETY: a reference to 64 octets; the load asks for no alignment.
    unsafe { _mm512_loadu_si512(octets.as_ptr().cast()) }
}

/// Octet `8·i + j` to place `8·j + i`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn turned(word: __m512i) -> __m512i {
    const PLACES: [u64; 8] = {
        let mut out = [0; 8];
        let mut at = 0;
        while at < 64 {
            out[at / 8] |= ((at % 8 * 8 + at / 8) as u64) << (at % 8 * 8);
            at += 1;
        }
        out
    };
    _mm512_permutexvar_epi8(load(&PLACES), word)
}

/// The substitution in four registers of 64 octets.
struct Tables([__m512i; 4]);

impl Tables {
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
    fn load() -> Self {
        // SAFETY: four times 64 octets of a constant; the loads ask for no alignment.
        Self([0, 1, 2, 3].map(|i| unsafe { _mm512_loadu_si512(PI[64 * i..].as_ptr().cast()) }))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
    fn substitute(&self, x: __m512i) -> __m512i {
        let low = _mm512_permutex2var_epi8(self.0[0], x, self.0[1]);
        let high = _mm512_permutex2var_epi8(self.0[2], x, self.0[3]);
        _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), low, high)
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
    fn substitute_all(&self, x: &State) -> State {
        let mut out = *x;
        for word in &mut out {
            *word = self.substitute(*word);
        }
        out
    }
}

/// Transposition and linear layer, but for the way home. Octet `b` of new word `i` is the sum over `j` of `matrix(b, j)`
/// times octet `i` of old word `j`; it comes out as qword `i` of register `b`, and is brought home by `transpose`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn linear(s: &State) -> State {
    let mut out = *s;
    for (out, row) in out.iter_mut().zip(&MATRICES) {
        *out = sum(s, row);
    }
    out
}

/// The linear layer of one state, and meanwhile another brought home from its own, and substituted with something added.
/// The one waits for multiplications, the other for permutations: in turns, neither does.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn overlap(tables: &Tables, s: &State, (other, added): (&State, &State)) -> (State, State, State) {
    let mut out = *s;
    out[0] = sum(s, &MATRICES[0]);
    let pairs = transpose_pairs(other);
    out[1] = sum(s, &MATRICES[1]);
    let fours = transpose_fours(&pairs);
    let home = transpose_eights(&fours);
    out[2] = sum(s, &MATRICES[2]);
    let mut substituted = home;
    for b in 0..4 {
        for j in [b, b + 4] {
            substituted[j] = tables.substitute(_mm512_xor_si512(home[j], added[j]));
        }
        out[3 + b] = sum(s, &MATRICES[3 + b]);
    }
    out[7] = sum(s, &MATRICES[7]);
    (out, home, substituted)
}

/// The sum of eight registers, each times its matrix.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn sum(s: &State, row: &[u64; 8]) -> __m512i {
    let mut terms = *s;
    for (term, matrix) in terms.iter_mut().zip(row) {
        *term = _mm512_gf2p8affine_epi64_epi8::<0>(*term, _mm512_set1_epi64(*matrix as i64));
    }
    let [t0, t1, t2, t3, t4, t5, t6, t7] = terms;
    // 0x96: the sum of three.
    let left = _mm512_ternarylogic_epi64::<0x96>(t0, t1, t2);
    let right = _mm512_ternarylogic_epi64::<0x96>(t3, t4, t5);
    _mm512_ternarylogic_epi64::<0x96>(left, right, _mm512_xor_si512(t6, t7))
}

/// Eight rows of eight words to eight columns.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn transpose(r: State) -> State {
    transpose_eights(&transpose_fours(&transpose_pairs(&r)))
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn transpose_pairs(r: &State) -> State {
    let mut pairs = *r;
    for i in 0..4 {
        pairs[2 * i] = _mm512_unpacklo_epi64(r[2 * i], r[2 * i + 1]);
        pairs[2 * i + 1] = _mm512_unpackhi_epi64(r[2 * i], r[2 * i + 1]);
    }
    pairs
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn transpose_fours(pairs: &State) -> State {
    let mut fours = *pairs;
    for s in 0..2 {
        for half in 0..2 {
            let (a, b) = (pairs[4 * half + s], pairs[4 * half + 2 + s]);
            fours[4 * half + s] = _mm512_shuffle_i64x2::<0x88>(a, b);
            fours[4 * half + 2 + s] = _mm512_shuffle_i64x2::<0xdd>(a, b);
        }
    }
    fours
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn transpose_eights(fours: &State) -> State {
    let mut out = *fours;
    for k in 0..4 {
        let (low, high) = (fours[k], fours[4 + k]);
        out[k] = _mm512_shuffle_i64x2::<0x88>(low, high);
        out[k + 4] = _mm512_shuffle_i64x2::<0xdd>(low, high);
    }
    out
}

/// `MATRICES[b][j]`: how octet `b` of a new word depends on an octet of old word `j`, as GFNI wants it: octet `7 − t` is
/// the row of bit `t`.
static MATRICES: [[u64; 8]; 8] = {
    let mut out = [[0; 8]; 8];
    let mut at = 0;
    while at < 8 * 64 {
        let (b, from) = (at / 64, at % 64);
        let mut t = 0;
        while t < 8 {
            let bit = ROWS[from] >> (8 * b + t) & 1;
            out[b][from / 8] |= bit << (8 * (7 - t) + from % 8);
            t += 1;
        }
        at += 1;
    }
    out
};

/// The constants of the rounds, the same for all lanes.
static SPREAD: [[[u64; 8]; 8]; 12] = {
    let mut out = [[[0; 8]; 8]; 12];
    let mut at = 0;
    while at < 12 * 64 {
        let (round, j, i) = (at / 64, at / 8 % 8, at % 8);
        let octet = ROUNDS[round][j] >> (8 * i) & 0xff;
        out[round][j][i] = octet * 0x0101_0101_0101_0101;
        at += 1;
    }
    out
};

#[cfg(test)]
mod tests {
    use streebog::{Digest, Streebog256, Streebog512};

    use super::*;

    fn check(messages: &[&[u8]]) {
        let Some(token) = Avx512::detect() else { return };
        let mut digests = vec![[0; 64]; messages.len()];
        digest_many(token, Initial::Bits512, messages, &mut digests);
        for (message, digest) in messages.iter().zip(&digests) {
            assert_eq!(digest[..], Streebog512::digest(message)[..], "{} octets", message.len());
        }
        digest_many(token, Initial::Bits256, messages, &mut digests);
        for (message, digest) in messages.iter().zip(&digests) {
            assert_eq!(digest[32..], Streebog256::digest(message)[..], "{} octets", message.len());
        }
    }

    #[test]
    fn eight_messages_agree_with_the_slow_twin() {
        let octets: Vec<u8> = (0..60_000_u32).map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()[1]).collect();
        check(&[]);
        // Every length around the borders of blocks, in batches that leave lanes empty.
        for length in 0..200 {
            check(&[&octets[length..2 * length]]);
        }
        let lengths = [0, 1, 31, 32, 63, 64, 65, 127, 128, 129, 1000, 4096, 0, 5000, 640, 64, 3, 2, 1, 20_000, 7];
        let messages: Vec<_> = lengths.iter().enumerate().map(|(i, &length)| &octets[i..i + length]).collect();
        for from in 0..messages.len() {
            check(&messages[from..]);
        }
        // Sums that carry through all words.
        check(&[[0xff_u8; 64 * 5].as_slice(); 9]);
    }

    #[test]
    fn the_standard_s_examples_come_out() {
        // RFC 6986 §10.1: M1.
        let Some(token) = Avx512::detect() else { return };
        let message = b"012345678901234567890123456789012345678901234567890123456789012";
        let mut digests = [[0; 64]; 1];
        digest_many(token, Initial::Bits256, &[message], &mut digests);
        let expected = [
            0x9d, 0x15, 0x1e, 0xef, 0xd8, 0x59, 0x0b, 0x89, 0xda, 0xa6, 0xba, 0x6c, 0xb7, 0x4a, 0xf9, 0x27, 0x5d, 0xd0,
            0x51, 0x02, 0x6b, 0xb1, 0x49, 0xa4, 0x52, 0xfd, 0x84, 0xe5, 0xe5, 0x7b, 0x55, 0x00,
        ];
        assert_eq!(digests[0][32..], expected);
    }
}
