//! GOST R 34.11-2012 (Streebog) of eight messages at once, of whatever lengths: substitutions by VBMI, the linear layer by
//! GFNI. The crate `streebog` is its slow twin.
//!
//! Register `j` of a state holds word `j` of all eight: octet `8·i + lane` is octet `i` of the word of that lane.
#![expect(unsafe_code, reason = "vector loads, and vector code called with proof that the processor has it")]
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::large_types_passed_by_value,
    clippy::cast_possible_wrap,
    reason = "a kernel: indices are below eight, or counted in blocks of 64 octets"
)]

use std::arch::x86_64::{
    __m512i, _mm512_gf2p8affine_epi64_epi8, _mm512_loadu_si512, _mm512_mask_blend_epi8, _mm512_mask_set1_epi8,
    _mm512_movepi8_mask, _mm512_permutex2var_epi8, _mm512_permutexvar_epi8, _mm512_set1_epi64, _mm512_setzero_si512,
    _mm512_shuffle_i64x2, _mm512_storeu_si512, _mm512_ternarylogic_epi64, _mm512_unpackhi_epi64, _mm512_unpacklo_epi64,
    _mm512_xor_si512,
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
    /// Bits taken so far, and the sum of all blocks.
    bits: u64,
    sum: [u64; 8],
    /// A block that is not in the message.
    own: [u8; 64],
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
    const IDLE: Self = Lane { message: None, rest: &[], stage: Stage::Done, bits: 0, sum: [0; 8], own: [0; 64] };

    fn start(message: usize, octets: &'a [u8]) -> Self {
        Self { message: Some(message), rest: octets, stage: Stage::Blocks, ..Self::IDLE }
    }

    /// The next block, and the counter that goes with it.
    #[inline]
    fn step(&mut self, block: &mut [u64; 8]) -> u64 {
        match self.stage {
            Stage::Blocks => {
                let bits = self.bits;
                if let Some((octets, rest)) = self.rest.split_first_chunk::<64>() {
                    *block = words(octets);
                    self.rest = rest;
                    self.bits += 512;
                } else {
                    self.own = [0; 64];
                    self.own[..self.rest.len()].copy_from_slice(self.rest);
                    self.own[self.rest.len()] = 1;
                    *block = words(&self.own);
                    self.bits += 8 * self.rest.len() as u64;
                    self.stage = Stage::Length;
                }
                self.add(block);
                return bits;
            }
            Stage::Length => {
                *block = [self.bits, 0, 0, 0, 0, 0, 0, 0];
                self.stage = Stage::Sum;
            }
            Stage::Sum | Stage::Done => {
                *block = self.sum;
                self.stage = Stage::Done;
            }
        }
        0
    }

    #[inline]
    fn add(&mut self, block: &[u64; 8]) {
        let mut carry = false;
        for (sum, word) in self.sum.iter_mut().zip(block) {
            (*sum, carry) = sum.carrying_add(*word, carry);
        }
    }
}

#[inline]
fn words(octets: &[u8; 64]) -> [u64; 8] {
    let mut out = [0; 8];
    for (word, octets) in out.iter_mut().zip(octets.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*octets);
    }
    out
}

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn run(initial: Initial, messages: &[&[u8]], digests: &mut [[u8; 64]]) {
    let first = i8::from(initial == Initial::Bits256);
    let mut waiting = messages.iter().enumerate();
    let mut lanes = [Lane::IDLE; 8];
    let mut h = [_mm512_setzero_si512(); 8];
    let mut blocks = [[0; 8]; 8];
    let mut counters = [0; 8];
    loop {
        for (i, lane) in lanes.iter_mut().enumerate() {
            if lane.stage == Stage::Done {
                if let Some(message) = lane.message {
                    digests[message] = octets_of(&h, i);
                }
                *lane = waiting.next().map_or(Lane::IDLE, |(at, octets)| Lane::start(at, octets));
                // One octet of each qword.
                let mask = 0x0101_0101_0101_0101 << i;
                h = h.map(|word| _mm512_mask_set1_epi8(word, mask, first));
            }
        }
        if lanes.iter().all(|lane| lane.message.is_none()) {
            return;
        }
        for ((lane, block), counter) in lanes.iter_mut().zip(&mut blocks).zip(&mut counters) {
            if lane.message.is_some() {
                *counter = lane.step(block);
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
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn compress(h: &mut State, blocks: &[[u64; 8]; 8], counters: &[u64; 8]) {
    let tables = Tables::load();
    let m = transpose(blocks.each_ref().map(|block| load(block))).map(|word| turned(word));
    let mut key = *h;
    key[0] = _mm512_xor_si512(key[0], turned(load(counters)));
    key = lps(&tables, &key);
    let mut state = xor(&m, &key);
    for constant in &SPREAD {
        let mixed: State = std::array::from_fn(|j| constant[j]).map(|word| load(&word));
        key = lps(&tables, &xor(&key, &mixed));
        state = xor(&lps(&tables, &state), &key);
    }
    *h = xor(&xor(h, &m), &state);
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
}

/// Substitution, transposition, linear layer. Octet `b` of new word `i` is the sum over `j` of `matrix(b, j)` times octet
/// `i` of old word `j`; it comes out as qword `i` of register `b`, and is brought home by a transposition.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn lps(tables: &Tables, x: &State) -> State {
    let mut s = *x;
    for word in &mut s {
        *word = tables.substitute(*word);
    }
    let mut out = s;
    for (b, out) in out.iter_mut().enumerate() {
        let mut terms = s;
        for (j, term) in terms.iter_mut().enumerate() {
            *term = _mm512_gf2p8affine_epi64_epi8::<0>(*term, _mm512_set1_epi64(MATRICES[b][j] as i64));
        }
        let [t0, t1, t2, t3, t4, t5, t6, t7] = terms;
        // 0x96: the sum of three.
        let left = _mm512_ternarylogic_epi64::<0x96>(t0, t1, t2);
        let right = _mm512_ternarylogic_epi64::<0x96>(t3, t4, t5);
        *out = _mm512_ternarylogic_epi64::<0x96>(left, right, _mm512_xor_si512(t6, t7));
    }
    transpose(out)
}

/// Eight rows of eight words to eight columns.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn transpose(r: State) -> State {
    let mut pairs = r;
    for i in 0..4 {
        pairs[2 * i] = _mm512_unpacklo_epi64(r[2 * i], r[2 * i + 1]);
        pairs[2 * i + 1] = _mm512_unpackhi_epi64(r[2 * i], r[2 * i + 1]);
    }
    let mut out = r;
    for s in 0..2 {
        let (low, high) = (
            _mm512_shuffle_i64x2::<0x88>(pairs[s], pairs[2 + s]),
            _mm512_shuffle_i64x2::<0xdd>(pairs[s], pairs[2 + s]),
        );
        let (low_b, high_b) = (
            _mm512_shuffle_i64x2::<0x88>(pairs[4 + s], pairs[6 + s]),
            _mm512_shuffle_i64x2::<0xdd>(pairs[4 + s], pairs[6 + s]),
        );
        out[s] = _mm512_shuffle_i64x2::<0x88>(low, low_b);
        out[s + 4] = _mm512_shuffle_i64x2::<0xdd>(low, low_b);
        out[s + 2] = _mm512_shuffle_i64x2::<0x88>(high, high_b);
        out[s + 6] = _mm512_shuffle_i64x2::<0xdd>(high, high_b);
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
