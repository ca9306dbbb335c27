//! Every fast kernel against its slow twin, over numbers and lengths that the input chooses.
#![no_main]

use std::sync::OnceLock;

use qoltanba::kernel::curve::{double, is_identity, multiply_two_vartime, to_affine};
use qoltanba::kernel::curves::{CRYPTO_PRO_C, P256, P384, TC26_256_A, TC26_512_A, TC26_512_B};
use qoltanba::kernel::ifma::field::{AnyOdd, NearPower, NistP256, NistP384, Shape};
use qoltanba::kernel::ifma::rsa::public_operations;
use qoltanba::kernel::ifma::verify::{FastCurve, KeyTable, Workspace};
use qoltanba::kernel::inverse::invert_vartime;
use qoltanba::kernel::montgomery::{enter, from_le_octets, less, mul, reduce};
use qoltanba::kernel::rsa::{RsaKey, public_operation};
use qoltanba::kernel::signature::{Equation, holds};
use qoltanba::kernel::{Avx512, Curve, Point, sha256, streebog as streebog_many};
use streebog::Digest;

/// Keys that are the generator and its double, so that sums meet their equals and opposites as often as the input likes:
/// with tables and without.
fn equations<S: Shape, const L: usize, const N: usize>(
    (fast, keys): &(FastCurve<S, L, N>, [(Point<L>, KeyTable<L>); 2]),
    curve: &Curve<L>,
    octets: &[u8],
) {
    let claims: Vec<_> = octets
        .chunks(4 * 8 * L)
        .take(20)
        .map(|chunk| {
            let number = |i: usize| from_le_octets(chunk.get(i * 8 * L..).unwrap_or_default());
            let key = &keys[usize::from(chunk[0] & 1)];
            let r = number(3);
            let equation = Equation { divisor: number(0), of_generator: number(1), of_key: number(2), r };
            (key, if chunk[0] & 2 == 0 { equation } else { sound(curve, &key.0, equation) })
        })
        .collect();
    let (mut work, mut answers) = (Workspace::default(), [vec![false; claims.len()], vec![true; claims.len()]]);
    let hot: Vec<_> = claims.iter().map(|((_, table), equation)| (table, *equation)).collect();
    fast.verify(&mut work, &hot, &mut answers[0]);
    let cold: Vec<_> = claims.iter().map(|((point, _), equation)| (point, *equation)).collect();
    fast.verify_cold(&mut work, &cold, &mut answers[1]);
    for (i, ((point, _), equation)) in claims.iter().enumerate() {
        let expected = holds(curve, point, equation);
        assert_eq!([answers[0][i], answers[1][i]], [expected; 2]);
    }
}

/// An equation that holds with these numbers, but for `r`, where there is one.
fn sound<const L: usize>(curve: &Curve<L>, key: &Point<L>, given: Equation<L>) -> Equation<L> {
    let order = &curve.order;
    let [divisor, of_generator, of_key] =
        [given.divisor, given.of_generator, given.of_key].map(|number| reduce(order, &number));
    let inverse = enter(order, &invert_vartime(&divisor, &order.m));
    let scalars = [of_generator, of_key].map(|number| mul(order, &inverse, &number));
    let sum = multiply_two_vartime(curve, &scalars[0], &scalars[1], key);
    let r = if is_identity(&sum) { given.r } else { reduce(order, &to_affine(curve, &sum).0) };
    Equation { divisor, of_generator, of_key, r }
}

macro_rules! on {
    ($token:expr, $octets:expr, $shape:ty, $words:literal, $limbs:literal, $curve:expr) => {{
        static MADE: OnceLock<(FastCurve<$shape, $words, $limbs>, [(Point<$words>, KeyTable<$words>); 2])> =
            OnceLock::new();
        let made = MADE.get_or_init(|| {
            let fast = FastCurve::new($token, &$curve, [6, 5]);
            let keys = [$curve.generator, double(&$curve, &$curve.generator)];
            let tables = keys.map(|point| (point, fast.key_table(&point)));
            (fast, tables)
        });
        equations(made, &$curve, $octets)
    }};
}

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let (Some(token), Some((&kind, octets))) = (Avx512::detect(), octets.split_first()) else { return };
    match kind % 9 {
        0 => on!(token, octets, NistP256, 4, 5, P256),
        1 => on!(token, octets, NistP384, 6, 8, P384),
        2 => on!(token, octets, NearPower, 4, 5, TC26_256_A),
        3 => on!(token, octets, NearPower, 8, 10, TC26_512_A),
        4 => on!(token, octets, AnyOdd, 4, 5, CRYPTO_PRO_C),
        5 => on!(token, octets, AnyOdd, 8, 10, TC26_512_B),
        6 => {
            let mut n: [u64; 32] = from_le_octets(octets);
            n[0] |= 3;
            let key = RsaKey::<32, 4>::new(n, 65537);
            let values: [[u64; 32]; 8] =
                std::array::from_fn(|i| from_le_octets(octets.get(i * 19..).unwrap_or_default()));
            let values = values.map(|value| if less(&value, &n) { value } else { [0; 32] });
            let out = public_operations(token, [&key; 8], values.each_ref());
            values.iter().zip(out).for_each(|(value, out)| assert_eq!(out, public_operation(&key, value)));
        }
        7 => {
            let pieces: Vec<&[u8]> = octets.split(|&octet| octet == 0xff).collect();
            let mut digests = vec![[0; 32]; pieces.len()];
            sha256::digest_many(token, &pieces, &mut digests);
            pieces
                .iter()
                .zip(digests)
                .for_each(|(piece, digest)| assert_eq!(digest[..], sha2::Sha256::digest(piece)[..]));
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
