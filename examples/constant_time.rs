//! `cargo run --release --example constant_time`: does work with a secret key take the same time whatever the key is?
//!
//! Two classes of keys take turns in random order: one fixed scalar with almost no bits set, and random ones. Welch's t
//! tells whether their times differ (Reparaz, Balasch, Verbauwhede, "Dude, is my code constant time?", 2017). Opening a
//! key multiplies the base point by the secret scalar, which is also what a signature does with its secret nonce.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a tool for developers, not a part of the product"
)]

use std::process::ExitCode;
use std::time::Instant;

use qoltanba::codec::der;
use qoltanba::crypto::{DigestAlgorithm, Entropy as _, KeyAlgorithm, SeededEntropy, SigningKey};

const ROUNDS: usize = 4_000;
/// Above this a difference is no accident (dudect's own bound for "certainly not constant time" is 10).
const T_MAX: f64 = 10.0;

const ALGORITHMS: [(&str, usize); 3] =
    [("gost-r-34.10-2015-512-kz", 64), ("gost-r-34.10-2015-256-kz", 32), ("gost-34.310-2004-kz", 32)];

fn main() -> ExitCode {
    let mut sound = true;
    for (name, size) in ALGORITHMS {
        let algorithm = KeyAlgorithm::ALL.into_iter().find(|a| a.name() == name).unwrap();
        let [open, sign, control] = measure(algorithm, size);
        for (what, t, expected) in [("open", open, false), ("sign", sign, false), ("control", control, true)] {
            let differs = t.abs() > T_MAX;
            let word = if differs { "differs" } else { "no difference" };
            let note = if differs == expected { "" } else { "  <- NOT AS IT SHOULD BE" };
            println!("{name:<28}{what:<9}t = {t:8.2}  {word}{note}");
            sound &= differs == expected;
        }
    }
    if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Welch's t of opening a key, of signing with it, and of a control that does leak, sparse scalar against random ones.
fn measure(algorithm: KeyAlgorithm, size: usize) -> [f64; 3] {
    let mut entropy = SeededEntropy::new(b"constant time");
    let template = SigningKey::generate(algorithm, &mut entropy).unwrap();
    let mut sparse = vec![0; size];
    *sparse.first_mut().unwrap() = 3;
    let mut times: [[Vec<f64>; 2]; 3] = Default::default();
    for _ in 0..ROUNDS {
        let mut random = vec![0; size];
        entropy.fill(&mut random).unwrap();
        // Below 2^(8·size − 2), so below every group order used here.
        *random.last_mut().unwrap() &= 0x1f;
        let mut coin_and_message = [0; 33];
        entropy.fill(&mut coin_and_message).unwrap();
        let [coin, message @ ..] = coin_and_message;
        let class = usize::from(coin & 1);
        let scalar = if class == 0 { &sparse } else { &random };
        let pkcs8 = pkcs8(&template, scalar);
        let start = Instant::now();
        let key = SigningKey::from_pkcs8_der(&pkcs8).unwrap();
        let opened = start.elapsed();
        let start = Instant::now();
        let value = key.sign(&message).unwrap();
        let signed = start.elapsed();
        assert_eq!(value.len(), 2 * size);
        let start = Instant::now();
        leak(scalar);
        for (all, time) in times.iter_mut().zip([opened, signed, start.elapsed()]) {
            all.get_mut(class).unwrap().push(time.as_nanos() as f64);
        }
    }
    times.map(|[sparse, random]| welch(&calmest(sparse), &calmest(random)))
}

/// Work for each bit set, as double-and-add has it: what this measure must be able to see.
fn leak(scalar: &[u8]) {
    for _ in 0..scalar.iter().map(|octet| octet.count_ones()).sum() {
        std::hint::black_box(DigestAlgorithm::Sha256.digest(scalar));
    }
}

/// PKCS#8 as the national library lays it out: an OCTET STRING with the scalar, little-endian.
fn pkcs8(template: &SigningKey, scalar: &[u8]) -> Vec<u8> {
    let spki = template.public_key().spki_der();
    let mut reader = der::Reader::new(spki, der::Encoding::Der, "SubjectPublicKeyInfo").sequence().unwrap();
    let algorithm = reader.any().unwrap();
    let private = der::octet_string(&der::octet_string(scalar));
    der::sequence(&[&der::integer_u64(0), algorithm.raw, &private])
}

/// Without the slowest tenth, which tells about the machine.
fn calmest(mut times: Vec<f64>) -> Vec<f64> {
    times.sort_by(f64::total_cmp);
    times.truncate(times.len() * 9 / 10);
    times
}

fn welch(a: &[f64], b: &[f64]) -> f64 {
    let mean = |all: &[f64]| all.iter().sum::<f64>() / all.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let spread = |all: &[f64], mean: f64| {
        let squares = all.iter().map(|time| (time - mean).powi(2)).sum::<f64>();
        squares / (all.len() as f64 - 1.0) / all.len() as f64
    };
    (mean_a - mean_b) / (spread(a, mean_a) + spread(b, mean_b)).sqrt()
}
