//! The fast kernels beside the crates that do the same one by one, in turns, medians of 15: `just bench kernels`.

use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::Duration;

use qoltanba::kernel::curve::{from_affine, multiply_two_vartime, to_affine};
use qoltanba::kernel::curves::{CRYPTO_PRO_A, P256, P384, TC26_512_A};
use qoltanba::kernel::ifma::field::{NearPower, NistP256, NistP384, Shape};
use qoltanba::kernel::ifma::rsa::public_operations;
use qoltanba::kernel::ifma::verify::{FastCurve, Workspace};
use qoltanba::kernel::inverse::invert_vartime;
use qoltanba::kernel::montgomery::{enter, less, mul, reduce};
use qoltanba::kernel::rsa::{RsaKey, public_operation};
use qoltanba::kernel::signature::{Equation, holds};
use qoltanba::kernel::{Avx512, Curve, sha256, streebog as streebog_many};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA384_ASN1_SIGNING,
    EcdsaKeyPair, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm, KeyPair, UnparsedPublicKey,
};
use streebog::Digest;

const TURNS: usize = 15;

/// Seconds of a turn, at least.
const SLICE: f64 = 0.02;

/// Runs two things in turns; tells how many a second of each, and the ratio.
fn compare(name: &str, (count, fast): (u32, &mut dyn FnMut()), (other_count, other): (u32, &mut dyn FnMut())) {
    // Once for nothing: tables and code come into the caches.
    rate(count, fast);
    let (mut mine, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TURNS {
        mine.push(rate(count, fast));
        theirs.push(rate(other_count, other));
        ratios.push(mine.last().unwrap() / theirs.last().unwrap());
    }
    println!("{name:38} {:12.0}/s {:12.0}/s {:8.2}", median(mine), median(theirs), median(ratios));
}

/// A program that tells how many a second it does itself, by processor time, too.
type Peer<'a> = (&'a str, &'a dyn Fn() -> Option<f64>);

/// The same beside a program: ours, its own, ours, its own; the medians of three.
fn beside(name: &str, (count, fast): (u32, &mut dyn FnMut()), (peer, theirs): Peer<'_>) {
    let (mut mine, mut others, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..3 {
        mine.push(rate(count, fast));
        let Some(other) = theirs() else { return println!("{name:38} {peer} does not tell its speed") };
        others.push(other);
        ratios.push(mine.last().unwrap() / other);
    }
    let name = format!("{name} | {peer}");
    println!("{name:38} {:12.0}/s {:12.0}/s {:8.2}", median(mine), median(others), median(ratios));
}

fn openssl_speed(option: &str) -> Option<f64> {
    let run = Command::new("openssl").args(["speed", "-seconds", "1", "-mr", option]).output().ok()?;
    // +F2 (RSA) and +F4 (ECDSA): number, bits, signatures a second, verifications a second.
    let text = String::from_utf8(run.stdout).ok()?;
    let line = text.lines().find(|line| line.starts_with("+F"))?;
    line.split(':').nth(4)?.parse().ok()
}

/// `gost_verify.c`, compiled when it is needed; `None` without a compiler, or without gost-engine, which it says.
fn gost_engine_speed(bits: &str) -> Option<f64> {
    let program = std::env::temp_dir().join(format!("qoltanba-gost-verify-{}", std::process::id()));
    if !program.exists() {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/gost_verify.c");
        let compiled = Command::new("cc").args(["-O2", "-o"]).arg(&program).args([source, "-lcrypto"]).status();
        compiled.ok().filter(std::process::ExitStatus::success)?;
    }
    let run = Command::new(&program).arg(bits).stderr(Stdio::inherit()).output().ok()?;
    String::from_utf8(run.stdout).ok()?.trim().parse().ok()
}

/// Runs something for a while: how many a second of processor time.
fn rate(count: u32, run: &mut dyn FnMut()) -> f64 {
    let (start, mut rounds) = (processor_time(), 0.0);
    loop {
        run();
        rounds += 1.0;
        let spent = (processor_time() - start).as_secs_f64();
        if spent > SLICE {
            return f64::from(count) * rounds / spent;
        }
    }
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}

/// Processor time of this thread: what others do on the machine counts only as far as they disturb the caches.
fn processor_time() -> Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes to a structure of ours.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut now) }, 0);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap())
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

/// Keys with tables, and keys without, beside the slow twin; then beside ring, where it has the curve.
fn curve<S: Shape, const L: usize, const N: usize>(
    token: Avx512,
    name: &str,
    curve: &'static Curve<L>,
    (windows, keys): ([usize; 2], usize),
    ring: Option<(&'static EcdsaSigningAlgorithm, &'static EcdsaVerificationAlgorithm)>,
) {
    let mut numbers = Numbers(7);
    let order = &curve.order;
    let start = processor_time();
    let fast = FastCurve::<S, L, N>::new(token, curve, windows);
    let made = processor_time() - start;
    let points: Vec<_> = (0..keys)
        .map(|_| {
            let scalars = [0; 2].map(|_| numbers.below(&order.m));
            let (x, y) = to_affine(curve, &multiply_two_vartime(curve, &scalars[0], &scalars[1], &curve.generator));
            from_affine(curve, &x, &y).unwrap()
        })
        .collect();
    let start = processor_time();
    let tables: Vec<_> = points.iter().map(|point| fast.key_table(point)).collect();
    let each = (processor_time() - start).as_micros() / keys as u128;
    println!("{name}: {:.1} ms for the generator, {each} us for the table of a key", made.as_secs_f64() * 1e3);
    let equations: Vec<_> = (0..1024)
        .map(|i| {
            let [divisor, of_generator, of_key] = [0; 3].map(|_| numbers.below(&order.m));
            let inverse = enter(order, &invert_vartime(&divisor, &order.m));
            let (u, v) = (mul(order, &inverse, &of_generator), mul(order, &inverse, &of_key));
            let sum = multiply_two_vartime(curve, &u, &v, &points[i % keys]);
            Equation { divisor, of_generator, of_key, r: reduce(order, &to_affine(curve, &sum).0) }
        })
        .collect();
    let with: Vec<_> = equations.iter().enumerate().map(|(i, e)| (&tables[i % keys], *e)).collect();
    let without: Vec<_> = equations.iter().enumerate().map(|(i, e)| (&points[i % keys], *e)).collect();
    let (mut work, mut answers) = (Workspace::default(), vec![false; 1024]);
    let [of_generator, of_key] = windows;
    let hot_name = format!("{name}, {keys} keys, w {of_generator}/{of_key}");
    let twin = &mut || without[..8].iter().for_each(|(point, e)| assert!(holds(curve, point, e)));
    compare(&format!("{hot_name} | twin"), (1024, &mut || fast.verify(&mut work, &with, &mut answers)), (8, twin));
    assert!(answers.iter().all(|&good| good));
    answers.fill(false);
    let cold = &mut || fast.verify_cold(&mut work, &without[..256], &mut answers[..256]);
    compare(&format!("{name}, cold | twin"), (256, cold), (8, twin));
    assert!(answers[..256].iter().all(|&good| good));
    let bits = format!("{}", 64 * L);
    let peer: Peer<'_> = match (ring, L) {
        (None, _) => ("gost-engine", &|| gost_engine_speed(&bits)),
        (Some(_), 4) => ("openssl", &|| openssl_speed("ecdsap256")),
        (Some(_), _) => ("openssl", &|| openssl_speed("ecdsap384")),
    };
    beside(&hot_name, (1024, &mut || fast.verify(&mut work, &with, &mut answers)), peer);
    let cold = &mut || fast.verify_cold(&mut work, &without[..256], &mut answers[..256]);
    beside(&format!("{name}, cold"), (256, cold), peer);
    let Some((signing, verifying)) = ring else { return };
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(signing, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(signing, document.as_ref(), &random).unwrap();
    let value = pair.sign(&random, &[7; 64]).unwrap();
    let public = UnparsedPublicKey::new(verifying, pair.public_key().as_ref());
    let other = &mut || (0..16).for_each(|_| public.verify(&[7; 64], value.as_ref()).unwrap());
    compare(&format!("{hot_name} | ring"), (1024, &mut || fast.verify(&mut work, &with, &mut answers)), (16, other));
    let cold = &mut || fast.verify_cold(&mut work, &without[..256], &mut answers[..256]);
    compare(&format!("{name}, cold | ring"), (256, cold), (16, other));
    let one = &mut || fast.verify_cold(&mut work, &without[..8], &mut answers[..8]);
    compare(&format!("{name}, eight cold ones alone | ring"), (8, one), (16, other));
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
    let ten = &mut || {
        (0..10).for_each(|_| {
            black_box(public_operations(token, keys.each_ref(), values.each_ref()));
        })
    };
    let option = format!("rsa{}", 64 * L);
    beside(name, (80, ten), ("openssl", &|| openssl_speed(&option)));
    compare(
        &format!("{name} | twin"),
        (80, ten),
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
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |name: &str| chosen.is_empty() || chosen.iter().any(|one| name.contains(one.as_str()));
    if wanted("p256") {
        let peer = Some((&ECDSA_P256_SHA256_ASN1_SIGNING, &ECDSA_P256_SHA256_ASN1));
        curve::<NistP256, 4, 5>(token, "P-256", &P256, ([13, 10], 256), peer);
    }
    if wanted("p384") {
        let peer = Some((&ECDSA_P384_SHA384_ASN1_SIGNING, &ECDSA_P384_SHA384_ASN1));
        curve::<NistP384, 6, 8>(token, "P-384", &P384, ([12, 9], 128), peer);
    }
    if wanted("gost") {
        curve::<NearPower, 4, 5>(token, "GOST 256 A", &CRYPTO_PRO_A, ([13, 10], 256), None);
        curve::<NearPower, 8, 10>(token, "GOST 512 A", &TC26_512_A, ([12, 9], 128), None);
    }
    if wanted("rsa") {
        rsa::<32, 4>(token, "RSA-2048");
        rsa::<48, 6>(token, "RSA-3072");
        rsa::<64, 8>(token, "RSA-4096");
    }
    if wanted("hash") {
        for size in [128, 1024, 4096, 20480] {
            hashes(token, size);
        }
    }
}
