//! The fast way against the one that takes each claim alone, over every kind of key: shuffled, split, and with one bad
//! claim at each place.
#![expect(clippy::arithmetic_side_effects, reason = "a test: a wrong sum fails it")]

use super::super::tests::{claim, keys};
use super::super::{Outcome, SignatureAlgorithm, SigningKey, verify_many};
use super::*;

type Signed = (SignatureAlgorithm, &'static SigningKey, Vec<u8>, Vec<u8>);

/// Signatures over messages of many lengths; every fifth one has been tampered with: in the message, or in the value.
fn signed(count: usize) -> Vec<Signed> {
    let fast = ["p256", "p384", "gost", "rsa"];
    let kinds: Vec<_> =
        keys().iter().filter(|key| fast.iter().any(|name| key.key_algorithm().name().contains(name))).collect();
    assert!(kinds.len() >= 8, "{} kinds", kinds.len());
    let one = |i: usize| {
        let key = kinds[i % kinds.len()];
        let algorithm = key.signature_algorithm();
        let mut message: Vec<u8> = (0..i * 7 % 300).map(|j| u8::try_from(j % 251).unwrap()).collect();
        message.push(u8::try_from(i % 256).unwrap());
        let mut value = key.sign(&message).unwrap();
        match i % 15 {
            4 => message[0] ^= 1,
            9 => *value.last_mut().unwrap() ^= 1,
            14 => value.truncate(value.len() - 1),
            _ => {}
        }
        (algorithm, key, message, value)
    };
    (0..count).map(one).collect()
}

fn answers(signed: &[Signed]) -> Vec<bool> {
    let keys: Vec<_> = signed.iter().map(|(_, key, ..)| key.public_key()).collect();
    let claims: Vec<_> = signed
        .iter()
        .zip(&keys)
        .map(|((algorithm, _, message, value), key)| claim(*algorithm, key, message, value))
        .collect();
    verify_many(&claims).iter().map(|outcome| matches!(outcome, Outcome::Valid(_))).collect()
}

#[test]
fn answers_are_those_of_each_claim_alone_however_claims_are_put_together() {
    let signed = signed(600);
    let alone: Vec<bool> = signed
        .iter()
        .map(|(algorithm, key, message, value)| holds(&claim(*algorithm, key.public_key(), message, value)))
        .collect();
    assert!(alone.iter().filter(|&&good| good).count() > 400);
    // From the second time on every key is hot.
    for size in [600, 600, 255, 64, 9, 8, 7, 1] {
        let split: Vec<bool> = signed.chunks(size).take(40).flat_map(answers).collect();
        assert_eq!(split, alone[..split.len()], "batches of {size}");
    }
    let mut shuffled: Vec<_> = signed.iter().cloned().zip(&alone).collect();
    shuffled.sort_by_key(|((.., value), _)| value.get(5).copied());
    let (shuffled, expected): (Vec<_>, Vec<bool>) = shuffled.into_iter().unzip();
    assert_eq!(answers(&shuffled), expected);
}

#[test]
fn one_bad_claim_spoils_no_other() {
    let good: Vec<_> = signed(120).into_iter().enumerate().filter(|(i, _)| i % 5 != 4).map(|(_, one)| one).collect();
    assert!(answers(&good).iter().all(|&good| good));
    for bad in 0..good.len() {
        let mut claims = good.clone();
        claims[bad].2.push(0);
        let refused: Vec<_> = answers(&claims).iter().enumerate().filter(|(_, good)| !**good).map(|(i, _)| i).collect();
        assert_eq!(refused, [bad]);
    }
}

#[test]
fn the_way_in_use_is_one_that_this_processor_knows() {
    let settings = Settings { level: Level::best(), tables_bytes: crate::limits::HOT_TABLES_BYTES.value };
    assert_eq!(configure(settings).level, level());
    assert!(level() == Level::Portable || level() == Level::best());
}
