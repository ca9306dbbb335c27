//! An example of STB 34.101.45 annex G, signatures of our own making at every level, and what lies beside them.
#![expect(clippy::arithmetic_side_effects, reason = "a test: a wrong sum fails it")]

use super::*;
use crate::codec::armour;
use crate::kernel::curve::multiply;
use crate::kernel::montgomery::{enter, mul, sub};

fn unhex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

/// Signs as STB 34.101.45 §7.1.3 does, with a fixed nonce: a test has nothing to hide.
fn sign<const L: usize>(curve: &Curve<L>, d: &[u64; L], digest: DigestAlgorithm, message: &[u8]) -> Vec<u8> {
    let order = &curve.order;
    let hash = digest.digest(message);
    let k = reduce(order, &from_le_octets(&DigestAlgorithm::Sha512.digest(message)));
    let (x, _) = to_affine(curve, &multiply(curve, &k, &curve.generator));
    let input = [der::oid(digest.oid()), le_octets(&x), hash.clone()].concat();
    let s0 = DigestAlgorithm::BeltHash.digest(&input)[..size_of::<[u64; L]>() / 2].to_vec();
    let of_key = from_le_octets::<L>(&[s0.as_slice(), &[1]].concat());
    let taken = sub(&order.m, &k, &reduce(order, &from_le_octets(&hash)));
    let s1 = sub(&order.m, &taken, &mul(order, &enter(order, &of_key), d));
    [s0, le_octets(&s1)].concat()
}

fn check<const L: usize>(level: BignLevel, curve: &'static Curve<L>, digest: DigestAlgorithm) {
    let d = reduce(&curve.order, &from_le_octets(&DigestAlgorithm::Sha512.digest(b"key")));
    let (x, y) = to_affine(curve, &multiply(curve, &d, &curve.generator));
    let key = [le_octets(&x), le_octets(&y)].concat();
    assert!(is_point(level, &key));
    let size = key.len() / 2;
    assert_eq!(level.bits(), size * 8);

    let value = sign(curve, &d, digest, b"message");
    let holds = |value: &[u8]| verify((level, &key), digest, (b"message", value));
    assert!(holds(&value));
    assert_eq!(value.len(), size / 2 + size);
    for at in [0, size / 2 - 1, size / 2, value.len() - 1] {
        let mut turned = value.clone();
        turned[at] ^= 1;
        assert!(!holds(&turned), "octet {at}");
    }
    let (s0, s1) = value.split_at(size / 2);
    let reversed = |octets: &[u8]| octets.iter().rev().copied().collect::<Vec<u8>>();
    let order = le_octets(&curve.order.m);
    let above: Vec<u8> = {
        // s1 + q, where that still fits.
        let mut carry = 0;
        let sum = s1.iter().zip(&order).map(|(a, b)| {
            let wide = u16::from(*a) + u16::from(*b) + carry;
            carry = wide >> 8;
            wide.to_le_bytes()[0]
        });
        sum.collect()
    };
    for (other, why) in [
        ([s1, s0].concat(), "swapped"),
        (reversed(&value), "wholly reversed"),
        ([reversed(s0), reversed(s1)].concat(), "big-endian"),
        ([s0, order.as_slice()].concat(), "s1 = q"),
        ([s0, above.as_slice()].concat(), "s1 + q"),
        ([s0, &vec![0; size]].concat(), "s1 = 0"),
        ([&vec![0; size / 2], s1].concat(), "s0 = 0"),
        ([value.as_slice(), &[0]].concat(), "an octet behind"),
        (value[..value.len() - 1].to_vec(), "an octet short"),
        ([s0, &[0], s1].concat(), "s0 of another length"),
        (Vec::new(), "nothing"),
    ] {
        assert!(!holds(&other), "{why}");
    }
    assert!(!verify((level, &key), digest, (b"messagf", &value)), "another message");
    for other in
        [DigestAlgorithm::BeltHash, DigestAlgorithm::Bash256, DigestAlgorithm::Bash384, DigestAlgorithm::Bash512]
    {
        assert_eq!(verify((level, &key), other, (b"message", &value)), other == digest, "another digest");
    }
}

#[test]
fn every_level_verifies_and_refuses_what_lies_beside() {
    check(BignLevel::L128, &BIGN_256, DigestAlgorithm::BeltHash);
    check(BignLevel::L128, &BIGN_256, DigestAlgorithm::Bash256);
    check(BignLevel::L192, &BIGN_384, DigestAlgorithm::Bash384);
    check(BignLevel::L256, &BIGN_512, DigestAlgorithm::Bash512);
}

#[test]
fn the_example_of_the_standard_verifies() {
    // STB 34.101.45 §G.2.
    let key = unhex(
        "bd1a5650179d79e03fcee49d4c2bd5ddf54ce46d0cf11e4ff87bf7a890857fd0\
         7ac6a60361e8c8173491686d461b2826190c2eda5909054a9ab84d2ab9d99a90",
    );
    let message = unhex("b194bac80a08f53b366d008e58");
    let value =
        unhex("e36b7f0377ae4c524027c387fadf1b20ce72f1530b71f2b5fd3a8c584fe2e1aed20082e30c8af65011f4fb54649dfd3d");
    let verify = |level, value: &[u8]| verify((level, &key), DigestAlgorithm::BeltHash, (&message, value));
    assert!(verify(BignLevel::L128, &value));
    assert!(!verify(BignLevel::L192, &value) && !verify(BignLevel::L256, &value), "another level");
    assert_eq!(
        armour::hex(&DigestAlgorithm::BeltHash.digest(&message)),
        "abef9725d4c5a83597a367d14494cc2542f20f659ddfecc961a3ec550cba8c75",
        "STB 34.101.31 §A.23"
    );
}

#[test]
fn only_points_of_the_curve_are_keys() {
    let (x, y) = to_affine(&BIGN_256, &BIGN_256.generator);
    let (x, y) = (le_octets(&x), le_octets(&y));
    let point = |x: &[u8], y: &[u8]| is_point(BignLevel::L128, &[x, y].concat());
    assert!(point(&x, &y));
    let reversed: Vec<u8> = y.iter().rev().copied().collect();
    assert!(!point(&x, &reversed), "big-endian");
    assert!(!point(&y, &x), "swapped");
    assert!(!point(&x, &x), "the origin");
    assert!(!point(&le_octets(&BIGN_256.field.m), &y), "x = p");
    assert!(!point(&x, &y[1..]) && !point(&x, &[&y[..], &[0]].concat()) && !point(&[], &[]), "another length");
    assert!(!is_point(BignLevel::L192, &[x, y].concat()), "another curve");
}
