//! GOST R 34.10 beside a schoolbook one on num-bigint: over whatever was signed and then changed, both say the same.
#![no_main]

use std::borrow::Cow;
use std::sync::OnceLock;

use num_bigint::BigUint;
use qoltanba::crypto::{
    DigestAlgorithm, KeyAlgorithm, Outcome, SeededEntropy, SignatureClaim, SigningKey, verify_many,
};

static KEY: OnceLock<SigningKey> = OnceLock::new();

fn hex(text: &str) -> BigUint {
    BigUint::parse_bytes(text.as_bytes(), 16).unwrap()
}

/// id-GostR3410-2001-CryptoPro-A (RFC 4357 §11.4), on which GOST 34.310-2004 keys of Kazakhstan lie: p, a, q, x, y.
fn curve() -> [BigUint; 5] {
    let p: BigUint = (BigUint::from(1_u8) << 256_u32) - 617_u32;
    [
        p.clone(),
        p - 3_u8,
        hex("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF6C611070995AD10045841B09B761B893"),
        BigUint::from(1_u8),
        hex("8D91E471E0989CDA27DF505A453F2B7635294F2DDF23E3B122ACC99C9E9F1E14"),
    ]
}

type Point = Option<(BigUint, BigUint)>;

fn sum(p: &BigUint, a: &BigUint, one: &Point, other: &Point) -> Point {
    let (Some((x1, y1)), Some((x2, y2))) = (one, other) else { return one.clone().or_else(|| other.clone()) };
    let minus = |u: &BigUint, v: &BigUint| (u + p - v) % p;
    let inverse = |u: &BigUint| u.modpow(&(p - 2_u8), p);
    let slope = if x1 != x2 {
        minus(y2, y1) * inverse(&minus(x2, x1)) % p
    } else if (y1 + y2) % p == BigUint::ZERO {
        return None;
    } else {
        (BigUint::from(3_u8) * x1 * x1 + a) * inverse(&(y1 * 2_u8 % p)) % p
    };
    let x = minus(&minus(&(&slope * &slope % p), x1), x2);
    let y = minus(&(&slope * minus(x1, &x) % p), y1);
    Some((x, y))
}

fn times(p: &BigUint, a: &BigUint, k: &BigUint, point: &Point) -> Point {
    (0..k.bits()).rev().fold(None, |acc, bit| {
        let twice = sum(p, a, &acc, &acc);
        if k.bit(bit) { sum(p, a, &twice, point) } else { twice }
    })
}

/// GOST R 34.10-2012 §6.2, with everything little-endian, `r ‖ s`, as Kazakhstan writes it.
fn holds(key: &[u8], message: &[u8], value: &[u8]) -> bool {
    let [p, a, q, gx, gy] = curve();
    let (Some((x, y)), Some((r, s))) = (key.split_at_checked(32), value.split_at_checked(32)) else { return false };
    if y.len() != 32 || s.len() != 32 {
        return false;
    }
    let number = BigUint::from_bytes_le;
    let (r, s) = (number(r), number(s));
    let zero = BigUint::ZERO;
    if r == zero || s == zero || r >= q || s >= q {
        return false;
    }
    let e = number(&DigestAlgorithm::Gost34311.digest(message)) % &q;
    let e = if e == zero { BigUint::from(1_u8) } else { e };
    let v = e.modpow(&(&q - 2_u8), &q);
    let (z1, z2) = (&s * &v % &q, (&q - &r) * &v % &q);
    let c = sum(&p, &a, &times(&p, &a, &z1, &Some((gx, gy))), &times(&p, &a, &z2, &Some((number(x), number(y)))));
    c.is_some_and(|(x, _)| x % &q == r)
}

libfuzzer_sys::fuzz_target!(|input: (Vec<u8>, Option<(u8, u8)>)| {
    let (message, change) = input;
    let key = KEY.get_or_init(|| {
        SigningKey::generate(KeyAlgorithm::GostKz2004, &mut SeededEntropy::new(b"fuzz")).unwrap()
    });
    let mut value = key.sign(&message).unwrap();
    if let Some((at, mask)) = change {
        let at = usize::from(at) % value.len();
        value[at] ^= mask;
    }
    let claim = SignatureClaim {
        algorithm: key.signature_algorithm(),
        key: key.public_key(),
        message: Cow::Borrowed(&message),
        value: Cow::Borrowed(&value),
    };
    let told = matches!(verify_many(&[claim]).as_slice(), [Outcome::Valid(_)]);
    let spki = key.public_key().spki_der();
    assert_eq!(told, holds(&spki[spki.len() - 64..], &message, &value));
    assert_eq!(told, change.is_none_or(|(_, mask)| mask == 0), "only what was signed holds");
});
