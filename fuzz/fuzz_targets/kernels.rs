//! Every fast kernel against its slow twin, over numbers and lengths that the input chooses.
#![no_main]

use std::sync::OnceLock;

use qoltanba::kernel::curves::{P256, P384, TC26_256_A, TC26_512_A};
use qoltanba::kernel::ifma::field::{NearPower, NistP256, NistP384, Shape};
use qoltanba::kernel::ifma::rsa::public_operations;
use qoltanba::kernel::ifma::verify::{HotKeys, Workspace};
use qoltanba::kernel::montgomery::{from_le_octets, less};
use qoltanba::kernel::rsa::{RsaKey, public_operation};
use qoltanba::kernel::signature::{Equation, holds};
use qoltanba::kernel::{Avx512, Curve, sha256, streebog as streebog_many};
use streebog::Digest;

/// `u·G + v·G` for a key that is the generator: sums meet their equals and opposites as often as the input likes.
fn equations<S: Shape, const L: usize, const N: usize>(hot: &HotKeys<S, L, N>, curve: &Curve<L>, octets: &[u8]) {
    let claims: Vec<_> = octets
        .chunks(4 * 8 * L)
        .take(20)
        .map(|chunk| {
            let number = |i: usize| from_le_octets(chunk.get(i * 8 * L..).unwrap_or_default());
            (0, Equation { divisor: number(0), of_generator: number(1), of_key: number(2), r: number(3) })
        })
        .collect();
    let mut answers = vec![false; claims.len()];
    hot.verify(&mut Workspace::default(), &claims, &mut answers);
    for ((_, equation), answer) in claims.iter().zip(answers) {
        assert_eq!(answer, holds(curve, &curve.generator, equation));
    }
}

macro_rules! on {
    ($token:expr, $octets:expr, $shape:ty, $words:literal, $limbs:literal, $curve:expr) => {{
        static HOT: OnceLock<HotKeys<$shape, $words, $limbs>> = OnceLock::new();
        let hot = HOT.get_or_init(|| {
            let mut hot = HotKeys::new($token, &$curve, [6, 5], 1);
            hot.put(0, &$curve.generator);
            hot
        });
        equations(hot, &$curve, $octets)
    }};
}

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let (Some(token), Some((&kind, octets))) = (Avx512::detect(), octets.split_first()) else { return };
    match kind % 7 {
        0 => on!(token, octets, NistP256, 4, 5, P256),
        1 => on!(token, octets, NistP384, 6, 8, P384),
        2 => on!(token, octets, NearPower, 4, 5, TC26_256_A),
        3 => on!(token, octets, NearPower, 8, 10, TC26_512_A),
        4 => {
            let mut n: [u64; 32] = from_le_octets(octets);
            n[0] |= 3;
            let key = RsaKey::<32, 4>::new(n, 65537);
            let values: [[u64; 32]; 8] = std::array::from_fn(|i| from_le_octets(octets.get(i * 19..).unwrap_or_default()));
            let values = values.map(|value| if less(&value, &n) { value } else { [0; 32] });
            let out = public_operations(token, [&key; 8], values.each_ref());
            values.iter().zip(out).for_each(|(value, out)| assert_eq!(out, public_operation(&key, value)));
        }
        5 => {
            let pieces: Vec<&[u8]> = octets.split(|&octet| octet == 0xff).collect();
            let mut digests = vec![[0; 32]; pieces.len()];
            sha256::digest_many(token, &pieces, &mut digests);
            pieces.iter().zip(digests).for_each(|(piece, digest)| assert_eq!(digest[..], sha2::Sha256::digest(piece)[..]));
        }
        _ => {
            let pieces: Vec<&[u8]> = octets.split(|&octet| octet == 0xff).collect();
            let mut digests = vec![[0; 64]; pieces.len()];
            streebog_many::digest_many(token, streebog_many::Initial::Bits512, &pieces, &mut digests);
            let twin = |piece: &&[u8]| streebog::Streebog512::digest(piece);
            pieces.iter().zip(digests).for_each(|(piece, digest)| assert_eq!(digest[..], twin(piece)[..]));
        }
    }
});
