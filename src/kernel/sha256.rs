//! SHA-256 of several messages at once, of whatever lengths: the instructions made for it wait for each other within one
//! message, so those of another go in between. The crates `ring` and `sha2` are its slow twins.
#![expect(unsafe_code, reason = "vector loads, and vector code called with proof that the processor has it")]
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::many_single_char_names,
    clippy::cast_possible_wrap,
    reason = "a kernel: indices are below the number of lanes, or counted in blocks of 64 octets"
)]

use std::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_loadu_si128, _mm_set_epi32, _mm_set_epi64x, _mm_setzero_si128,
    _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32, _mm_shuffle_epi8, _mm_shuffle_epi32,
    _mm_storeu_si128,
};

use super::level::Avx512;

/// Messages under way at a time.
const LANES: usize = 4;

/// FIPS 180-4 §5.3.3.
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// FIPS 180-4 §4.2.2.
static ROUNDS: [[u32; 4]; 16] = [
    [0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5],
    [0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5],
    [0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3],
    [0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174],
    [0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc],
    [0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da],
    [0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7],
    [0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967],
    [0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13],
    [0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85],
    [0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3],
    [0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070],
    [0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5],
    [0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3],
    [0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208],
    [0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2],
];

/// Digests messages.
///
/// # Panics
///
/// Where `digests` is not as long as `messages`.
pub fn digest_many(_: Avx512, messages: &[&[u8]], digests: &mut [[u8; 32]]) {
    assert_eq!(messages.len(), digests.len(), "a digest for each message");
    // SAFETY: the token says that the processor has these instructions.
    unsafe { run(messages, digests) }
}

/// A message on its way through a lane: whole blocks of it, then one or two that end it.
#[derive(Clone, Copy)]
struct Lane<'a> {
    /// Which message; `None` where there are none left.
    message: Option<usize>,
    blocks: &'a [[u8; 64]],
    end: [[u8; 64]; 2],
    end_blocks: usize,
    end_taken: usize,
}

const NO_BLOCK: [u8; 64] = [0; 64];

impl<'a> Lane<'a> {
    const IDLE: Self = Lane { message: None, blocks: &[], end: [NO_BLOCK; 2], end_blocks: 0, end_taken: 0 };

    /// Pads: FIPS 180-4 §5.1.1.
    fn start(message: usize, octets: &'a [u8]) -> Self {
        let (blocks, rest) = octets.as_chunks::<64>();
        let mut lane = Lane { message: Some(message), blocks, ..Self::IDLE };
        let end = lane.end.as_flattened_mut();
        end[..rest.len()].copy_from_slice(rest);
        end[rest.len()] = 0x80;
        lane.end_blocks = if rest.len() < 56 { 1 } else { 2 };
        let length = (octets.len() as u64).wrapping_mul(8).to_be_bytes();
        lane.end[lane.end_blocks - 1][56..].copy_from_slice(&length);
        lane
    }

    /// Blocks that lie one behind the other from where the lane stands.
    fn ready(&self) -> &[[u8; 64]] {
        if self.blocks.is_empty() { &self.end[self.end_taken..self.end_blocks] } else { self.blocks }
    }

    fn advance(&mut self, count: usize) {
        if self.blocks.is_empty() { self.end_taken += count } else { self.blocks = &self.blocks[count..] }
    }
}

#[target_feature(enable = "sha,ssse3,sse4.1")]
fn run(messages: &[&[u8]], digests: &mut [[u8; 32]]) {
    let mut waiting = messages.iter().enumerate();
    let mut lanes = [Lane::IDLE; LANES];
    let mut states = [INITIAL; LANES];
    loop {
        for (lane, state) in lanes.iter_mut().zip(&mut states) {
            if lane.ready().is_empty() {
                if let Some(message) = lane.message {
                    let octets = digests[message].as_chunks_mut::<4>().0;
                    octets.iter_mut().zip(*state).for_each(|(octets, word)| *octets = word.to_be_bytes());
                }
                *lane = waiting.next().map_or(Lane::IDLE, |(at, octets)| Lane::start(at, octets));
                *state = INITIAL;
            }
        }
        let under_way = lanes.iter().filter(|lane| lane.message.is_some());
        let Some(count) = under_way.map(|lane| lane.ready().len()).min() else { return };
        compress(&mut states, &lanes, count);
        lanes.iter_mut().filter(|lane| lane.message.is_some()).for_each(|lane| lane.advance(count));
    }
}

/// Takes `count` blocks in each lane that is under way.
#[target_feature(enable = "sha,ssse3,sse4.1")]
fn compress(states: &mut [[u32; 8]; LANES], lanes: &[Lane<'_>; LANES], count: usize) {
    let mut packed = [[_mm_setzero_si128(); 2]; LANES];
    for (packed, state) in packed.iter_mut().zip(states.iter()) {
        *packed = pack(state);
    }
    for block in 0..count {
        let mut w = [[_mm_setzero_si128(); 4]; LANES];
        for (w, lane) in w.iter_mut().zip(lanes) {
            *w = schedule_start(lane.ready().get(block).unwrap_or(&NO_BLOCK));
        }
        let before = packed;
        rounds(&mut packed, &mut w);
        for (packed, before) in packed.iter_mut().zip(&before) {
            *packed = [_mm_add_epi32(packed[0], before[0]), _mm_add_epi32(packed[1], before[1])];
        }
    }
    for (state, packed) in states.iter_mut().zip(&packed) {
        *state = unpack(packed);
    }
}

/// Sixteen times four rounds, each for all lanes before the next.
#[inline]
#[target_feature(enable = "sha,ssse3,sse4.1")]
fn rounds(packed: &mut [[__m128i; 2]; LANES], w: &mut [[__m128i; 4]; LANES]) {
    macro_rules! four_rounds {
        ($($i:literal)*) => {$({
            let constants = &ROUNDS[$i];
            // SAFETY: a reference to sixteen octets; the load asks for no alignment.
            let k = unsafe { _mm_loadu_si128(constants.as_ptr().cast()) };
            for lane in 0..LANES {
                let w = &mut w[lane];
                if $i >= 4 {
                    let sum = _mm_add_epi32(
                        _mm_sha256msg1_epu32(w[$i % 4], w[($i + 1) % 4]),
                        _mm_alignr_epi8::<4>(w[($i + 3) % 4], w[($i + 2) % 4]),
                    );
                    w[$i % 4] = _mm_sha256msg2_epu32(sum, w[($i + 3) % 4]);
                }
                let input = _mm_add_epi32(w[$i % 4], k);
                let state = &mut packed[lane];
                state[1] = _mm_sha256rnds2_epu32(state[1], state[0], input);
                state[0] = _mm_sha256rnds2_epu32(state[0], state[1], _mm_shuffle_epi32::<0x0e>(input));
            }
        })*};
    }
    four_rounds!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
}

/// The first sixteen words, big-endian.
#[inline]
#[target_feature(enable = "sha,ssse3,sse4.1")]
fn schedule_start(block: &[u8; 64]) -> [__m128i; 4] {
    let turn = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
    let mut w = [_mm_setzero_si128(); 4];
    for (i, w) in w.iter_mut().enumerate() {
        let octets = &block[16 * i..16 * i + 16];
        // SAFETY: sixteen octets, as the slice says; the load asks for no alignment.
        *w = _mm_shuffle_epi8(unsafe { _mm_loadu_si128(octets.as_ptr().cast()) }, turn);
    }
    w
}

/// The order that the instructions want: `f e b a`, `h g d c`, lowest first.
#[inline]
#[target_feature(enable = "sha,ssse3,sse4.1")]
fn pack(state: &[u32; 8]) -> [__m128i; 2] {
    let [a, b, c, d, e, f, g, h] = state.map(|word| word as i32);
    [_mm_set_epi32(a, b, e, f), _mm_set_epi32(c, d, g, h)]
}

#[inline]
#[target_feature(enable = "sha,ssse3,sse4.1")]
fn unpack([abef, cdgh]: &[__m128i; 2]) -> [u32; 8] {
    let word = |x: __m128i, i: usize| {
        let mut words = [0; 4];
        // SAFETY: sixteen octets of our own; the store asks for no alignment.
        unsafe { _mm_storeu_si128(words.as_mut_ptr().cast(), x) };
        words[i]
    };
    let (x, y) = (*abef, *cdgh);
    [word(x, 3), word(x, 2), word(y, 3), word(y, 2), word(x, 1), word(x, 0), word(y, 1), word(y, 0)]
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    fn check(messages: &[&[u8]]) {
        let Some(token) = Avx512::detect() else { return };
        let mut digests = vec![[0; 32]; messages.len()];
        digest_many(token, messages, &mut digests);
        for (message, digest) in messages.iter().zip(&digests) {
            assert_eq!(digest[..], Sha256::digest(message)[..], "{} octets", message.len());
        }
    }

    #[test]
    fn several_messages_agree_with_the_slow_twin() {
        let octets: Vec<u8> = (0..60_000_u32).map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()[1]).collect();
        check(&[]);
        // Every length around the borders of blocks, in batches that leave lanes empty.
        for length in 0..200 {
            check(&[&octets[length..2 * length]]);
            check(&[&octets[..length], &octets[..200 - length], &octets[length..2 * length]]);
        }
        let lengths =
            [0, 1, 31, 32, 55, 56, 57, 63, 64, 65, 119, 120, 128, 129, 1000, 4096, 0, 5000, 640, 64, 20_000, 7];
        let messages: Vec<_> = lengths.iter().enumerate().map(|(i, &length)| &octets[i..i + length]).collect();
        for from in 0..messages.len() {
            check(&messages[from..]);
        }
    }
}
