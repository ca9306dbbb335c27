//! The fast kernels beside the crates that do the same one by one, in turns, medians of 15: `just bench kernels`.

use std::hint::black_box;
use std::time::Instant;

use qoltanba::kernel::curve::{multiply_two_vartime, to_affine};
use qoltanba::kernel::curves::{CRYPTO_PRO_A, P256, P384, TC26_512_A};
use qoltanba::kernel::ifma::field::{NearPower, NistP256, NistP384, Shape};
use qoltanba::kernel::ifma::rsa::public_operations;
use qoltanba::kernel::ifma::verify::{HotKeys, Workspace};
use qoltanba::kernel::inverse::invert_vartime;
use qoltanba::kernel::montgomery::{enter, less, mul, reduce};
use qoltanba::kernel::rsa::{RsaKey, public_operation};
use qoltanba::kernel::signature::{Equation, holds};
use qoltanba::kernel::{Avx512, Curve, sha256, streebog as streebog_many};
use ring::digest::{SHA256, digest};
use streebog::Digest;

const TURNS: usize = 15;

/// Runs two things in turns; tells how many a second of each, and the ratio.
fn compare(name: &str, (count, fast): (u32, &mut dyn FnMut()), (other_count, other): (u32, &mut dyn FnMut())) {
    let rate = |count: u32, run: &mut dyn FnMut()| {
        let start = Instant::now();
        run();
        f64::from(count) / start.elapsed().as_secs_f64()
    };
    let (mut mine, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TURNS {
        mine.push(rate(count, fast));
        theirs.push(rate(other_count, other));
        ratios.push(mine.last().unwrap() / theirs.last().unwrap());
    }
    let median = |mut of: Vec<f64>| {
        of.sort_by(f64::total_cmp);
        of[TURNS / 2]
    };
    println!("{name:38} {:12.0}/s {:12.0}/s {:8.2}", median(mine), median(theirs), median(ratios));
}

struct Numbers(u64);

impl Numbers {
    fn words<const L: usize>(&mut self) -> [u64; L] {
        std::array::from_fn(|_| {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            self.0 ^ self.0 >> 29
        })
    }

    fn below<const L: usize>(&mut self, n: &[u64; L]) -> [u64; L] {
        loop {
            let mut x = self.words();
            x[L - 1] >>= n[L - 1].leading_zeros();
            if less(&x, n) {
                return x;
            }
        }
    }
}

fn hot<S: Shape, const L: usize, const N: usize>(
    token: Avx512,
    name: &str,
    curve: &'static Curve<L>,
    ([generator, window], keys): ([usize; 2], usize),
) {
    let mut numbers = Numbers(7);
    let order = &curve.order;
    let mut hot = HotKeys::<S, L, N>::new(token, curve, [generator, window], keys);
    let points: Vec<_> = (0..keys)
        .map(|_| multiply_two_vartime(curve, &numbers.below(&order.m), &numbers.below(&order.m), &curve.generator))
        .collect();
    points.iter().enumerate().for_each(|(slot, point)| hot.put(slot, point));
    let claims: Vec<_> = (0..1024)
        .map(|i| {
            let slot = i % keys;
            let [divisor, of_generator, of_key] = [0; 3].map(|_| numbers.below(&order.m));
            let inverse = enter(order, &invert_vartime(&divisor, &order.m));
            let (u, v) = (mul(order, &inverse, &of_generator), mul(order, &inverse, &of_key));
            let r = reduce(order, &to_affine(curve, &multiply_two_vartime(curve, &u, &v, &points[slot])).0);
            (slot, Equation { divisor, of_generator, of_key, r })
        })
        .collect();
    let (mut work, mut answers) = (Workspace::default(), vec![false; 1024]);
    compare(
        &format!("{name}, {keys} hot keys, w {generator}/{window} | twin"),
        (1024, &mut || hot.verify(&mut work, &claims, &mut answers)),
        (8, &mut || claims[..8].iter().for_each(|(slot, e)| assert!(holds(curve, &points[*slot], e)))),
    );
    assert!(answers.iter().all(|&good| good));
}

fn rsa<const L: usize, const K: usize>(token: Avx512, name: &str) {
    let mut numbers = Numbers(11);
    let keys: [RsaKey<L, K>; 8] = std::array::from_fn(|_| {
        let mut n = numbers.words::<L>();
        n[0] |= 1;
        n[L - 1] |= 1 << 63;
        RsaKey::new(n, 65537)
    });
    let values: [[u64; L]; 8] = std::array::from_fn(|i| numbers.below(keys[i].modulus()));
    compare(
        &format!("{name} | twin"),
        (80, &mut || {
            (0..10).for_each(|_| {
                black_box(public_operations(token, keys.each_ref(), values.each_ref()));
            })
        }),
        (8, &mut || {
            (0..8).for_each(|i| {
                black_box(public_operation(&keys[i], &values[i]));
            })
        }),
    );
}

fn hashes(token: Avx512, size: u32) {
    let messages: Vec<Vec<u8>> = (0..64_u8).map(|i| vec![i; usize::try_from(size).unwrap()]).collect();
    let pieces: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let (mut small, mut large) = (vec![[0; 32]; 64], vec![[0; 64]; 64]);
    compare(
        &format!("SHA-256 of {size} octets | ring"),
        (64, &mut || sha256::digest_many(token, &pieces, &mut small)),
        (64, &mut || {
            pieces.iter().for_each(|piece| {
                black_box(digest(&SHA256, piece));
            })
        }),
    );
    compare(
        &format!("Streebog-512 of {size} octets | crate"),
        (64, &mut || streebog_many::digest_many(token, streebog_many::Initial::Bits512, &pieces, &mut large)),
        (64, &mut || {
            pieces.iter().for_each(|piece| {
                black_box(streebog::Streebog512::digest(piece));
            })
        }),
    );
}

fn main() {
    let Some(token) = Avx512::detect() else {
        println!("this processor takes the portable way");
        return;
    };
    println!("{:38} {:>14} {:>14} {:>8}", "what | beside", "fast", "other", "ratio");
    hot::<NistP256, 4, 5>(token, "P-256", &P256, ([13, 10], 256));
    hot::<NistP384, 6, 8>(token, "P-384", &P384, ([12, 8], 128));
    hot::<NearPower, 4, 5>(token, "GOST 256 A", &CRYPTO_PRO_A, ([13, 10], 256));
    hot::<NearPower, 8, 10>(token, "GOST 512 A", &TC26_512_A, ([12, 8], 128));
    rsa::<32, 4>(token, "RSA-2048");
    rsa::<48, 6>(token, "RSA-3072");
    rsa::<64, 8>(token, "RSA-4096");
    for size in [128, 1024, 4096, 20480] {
        hashes(token, size);
    }
}
