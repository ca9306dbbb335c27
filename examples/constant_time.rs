//! `cargo run --release --example constant_time`: does work with a secret key take the same time whatever the key is?
//!
//! Two classes of keys take turns in random order: one fixed scalar with almost no bits set, and random ones. Welch's t
//! tells whether their times differ (Reparaz, Balasch, Verbauwhede, "Dude, is my code constant time?", 2017). Opening a
//! key multiplies the base point by the secret scalar, which is also what a signature does with its secret nonce.
//!
//! Measured is every kind of key whose secret goes through arithmetic of our own: all GOST curves, those of cofactor 4
//! included, and SM2; ECDSA keys on P-256 and P-384 when they are opened, since ring signs with them. A leaky twin, the
//! multiplication that verifying uses, must be caught each time: who cannot see it has seen nothing.
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

use const_oid::ObjectIdentifier;
use qoltanba::codec::der;
use qoltanba::crypto::batch::{Settings, configure};
use qoltanba::crypto::{Entropy as _, SeededEntropy, SigningKey};
use qoltanba::kernel::Level;
use qoltanba::kernel::curve::multiply_two_vartime;
use qoltanba::kernel::curves::CRYPTO_PRO_A;
use qoltanba::kernel::montgomery::from_le_octets;

const ROUNDS: usize = 4_000;
/// Above this a difference is no accident (dudect's own bound for "certainly not constant time" is 10).
const T_MAX: f64 = 10.0;

/// A kind of key: its name, identifier, parameters, and size of its scalar.
struct Kind(&'static str, &'static str, Parameters, usize);

enum Parameters {
    /// Set and digest of a GOST key.
    Gost(&'static str, &'static str),
    /// A curve by its identifier; the key is an ECPrivateKey.
    Curve(&'static str),
}

use Parameters::{Curve, Gost};

const RU_256: &str = "1.2.643.7.1.1.1.1";
const RU_512: &str = "1.2.643.7.1.1.1.2";
const EC: &str = "1.2.840.10045.2.1";
const STREEBOG_256: &str = "1.2.643.7.1.1.2.2";
const STREEBOG_512: &str = "1.2.643.7.1.1.2.3";

const KINDS: [Kind; 14] = [
    Kind("kz 2015-512", "1.2.398.3.10.1.1.2.2", Gost("1.2.398.3.10.1.1.2.2.1", "1.2.398.3.10.1.3.3"), 64),
    Kind("kz 2015-256, cofactor 4", "1.2.398.3.10.1.1.2.1", Gost("1.2.398.3.10.1.1.2.1.1", "1.2.398.3.10.1.3.2"), 32),
    Kind("kz 2004", "1.2.398.3.10.1.1.1.1", Gost("1.2.398.3.10.1.1.1.1.1", "1.2.398.3.10.1.3.1.1.0"), 32),
    Kind("ru 2012-512 A", RU_512, Gost("1.2.643.7.1.2.1.2.1", STREEBOG_512), 64),
    Kind("ru 2012-512 B", RU_512, Gost("1.2.643.7.1.2.1.2.2", STREEBOG_512), 64),
    Kind("ru 2012-512 C, cofactor 4", RU_512, Gost("1.2.643.7.1.2.1.2.3", STREEBOG_512), 64),
    Kind("ru 2012-256 A, cofactor 4", RU_256, Gost("1.2.643.7.1.2.1.1.1", STREEBOG_256), 32),
    Kind("ru 2012-256 CryptoPro A", RU_256, Gost("1.2.643.2.2.35.1", STREEBOG_256), 32),
    Kind("ru 2012-256 CryptoPro B", RU_256, Gost("1.2.643.2.2.35.2", STREEBOG_256), 32),
    Kind("ru 2012-256 CryptoPro C", RU_256, Gost("1.2.643.2.2.35.3", STREEBOG_256), 32),
    Kind("ru 2001 CryptoPro A", "1.2.643.2.2.19", Gost("1.2.643.2.2.35.1", "1.2.643.2.2.30.1"), 32),
    Kind("sm2", EC, Curve("1.2.156.10197.1.301"), 32),
    Kind("ec-p256", EC, Curve("1.2.840.10045.3.1.7"), 32),
    Kind("ec-p384", EC, Curve("1.3.132.0.34"), 48),
];

fn main() -> ExitCode {
    // A key that is met often would have its multiples kept, and the check of its signature would be faster for that.
    configure(Settings { level: Level::Portable, tables_bytes: 0 });
    let mut sound = true;
    for kind in &KINDS {
        let [open, sign, twin] = measure(kind);
        let ring_signs = kind.0.starts_with("ec-");
        for (what, t, expected) in [("open", open, false), ("sign", sign, false), ("leaky twin", twin, true)] {
            if ring_signs && what == "sign" {
                continue;
            }
            let differs = t.abs() > T_MAX;
            let word = if differs { "differs" } else { "no difference" };
            let note = if differs == expected { "" } else { "  <- NOT AS IT SHOULD BE" };
            println!("{:<28}{what:<12}t = {t:8.2}  {word}{note}", kind.0);
            sound &= differs == expected;
        }
    }
    if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Welch's t of opening a key, of signing with it, and of the twin that does leak, sparse scalar against random ones.
fn measure(kind: &Kind) -> [f64; 3] {
    let mut entropy = SeededEntropy::new(b"constant time");
    let mut sparse = vec![0; kind.3];
    *sparse.first_mut().unwrap() = 3;
    let mut times: [[Vec<f64>; 2]; 3] = Default::default();
    for _ in 0..ROUNDS {
        let mut random = vec![0; kind.3];
        entropy.fill(&mut random).unwrap();
        // Below 2^(8·size − 3), so below every group order used here.
        *random.last_mut().unwrap() &= 0x1f;
        let mut coin_and_message = [0; 33];
        entropy.fill(&mut coin_and_message).unwrap();
        let [coin, message @ ..] = coin_and_message;
        let class = usize::from(coin & 1);
        let scalar = if class == 0 { &sparse } else { &random };
        let pkcs8 = pkcs8(kind, scalar);
        let start = Instant::now();
        let key = SigningKey::from_pkcs8_der(&pkcs8).unwrap();
        let opened = start.elapsed();
        let start = Instant::now();
        std::hint::black_box(key.sign(&message).unwrap());
        let signed = start.elapsed();
        let start = Instant::now();
        leak(scalar);
        for (all, time) in times.iter_mut().zip([opened, signed, start.elapsed()]) {
            all.get_mut(class).unwrap().push(time.as_nanos() as f64);
        }
    }
    times.map(|[sparse, random]| welch(&calmest(sparse), &calmest(random)))
}

/// The leaky twin of opening a key: the multiplication that is for public numbers only.
fn leak(scalar: &[u8]) {
    let k = from_le_octets::<4>(scalar.get(..32).unwrap());
    std::hint::black_box(multiply_two_vartime(&CRYPTO_PRO_A, &k, &[0; 4], &CRYPTO_PRO_A.generator));
}

/// PKCS#8 around a little-endian scalar: GOST keys as the national libraries lay them out, others as an ECPrivateKey.
fn pkcs8(kind: &Kind, scalar: &[u8]) -> Vec<u8> {
    let oid = |text: &str| der::oid(ObjectIdentifier::new_unwrap(text));
    let (parameters, private) = match kind.2 {
        Gost(set, digest) => (der::sequence(&[&oid(set), &oid(digest)]), der::octet_string(scalar)),
        Curve(curve) => {
            let scalar: Vec<u8> = scalar.iter().rev().copied().collect();
            (oid(curve), der::sequence(&[&der::integer_u64(1), &der::octet_string(&scalar)]))
        }
    };
    let algorithm = der::sequence(&[&oid(kind.1), &parameters]);
    der::sequence(&[&der::integer_u64(0), &algorithm, &der::octet_string(&private)])
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
