use super::*;
use crate::codec::armour;
use crate::codec::der;
use crate::crypto::tests::{claim, is_valid, unhex};
use crate::crypto::{DigestAlgorithm, PublicKey, SignatureAlgorithm, UnsupportedAlgorithm};

/// RFC 8032 §7.4, "-----Blank".
const BLANK_KEY: &str = "5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180";
const BLANK: &str = "\
    533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f2b233f034f628281f2fd7a22ddd47d7828c59bd0a21bfd3980\
    ff0d2028d4b18a9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a113a0f4dbb61149f05a7363268c71d95808ff2e652600";

/// OpenSSL's over "message".
const KEY: &str = "MEMwBQYDK2VxAzoA2gqb7Gs5DEw6fVlkyymP3y0CSHxFQNVOK/eSdt2Iqed7MprLGsC3jJl/oBVw8NiWeH63ZDhmScMA";
const VALUE: &str = "\
    48lUAwZmPm2GMjie2WX3SumphznzasFA8x4kD67MZIIQBXBU6VS3mCtP8IVCvrx0jhkCW+isFdsA5hZzN8NaqX3hhVOwYNwvETQOBNkVwPAVHImo\
    56Sfkn9ZECqKKUOWUxgiYLy9CsNcpmcGLJ9QTzAA";

fn key() -> PublicKey {
    PublicKey::from_spki_der(&armour::decode(KEY).unwrap()).unwrap()
}

fn valid(message: &[u8], value: &[u8]) -> bool {
    is_valid(claim(SignatureAlgorithm::Ed448, &key(), message, value))
}

#[test]
fn the_published_value_and_openssl_s_verify_and_altered_ones_do_not() {
    assert!(check_key(&unhex(BLANK_KEY)).is_ok());
    assert!(verify(&unhex(BLANK_KEY), b"", &unhex(BLANK)));
    assert!(!verify(&unhex(BLANK_KEY), b"\0", &unhex(BLANK)));

    let value = armour::decode(VALUE).unwrap();
    assert_eq!((key().algorithm_name(), key().key_bits()), ("ed448", 448));
    assert!(valid(b"message", &value));
    assert!(!valid(b"massage", &value));
    for at in [0, 20, 55, 57, 80, 112] {
        let mut flipped = value.clone();
        flipped[at] ^= 1;
        assert!(!valid(b"message", &flipped), "{at}");
    }
    let (r, s) = value.split_at(57);
    for wrong in [&value[..113], &[&value[..], &[0]].concat(), &[s, r].concat(), &[0; 114], &[]] {
        assert!(!valid(b"message", wrong));
    }
}

#[test]
fn s_is_below_the_order_and_r_has_one_form() {
    let value = armour::decode(VALUE).unwrap();
    // S + L stands for the same residue.
    let mut carry = 0;
    let order: Vec<u8> = ORDER.m.iter().flat_map(|word| word.to_le_bytes()).chain([0]).collect();
    let above: Vec<u8> = value[57..]
        .iter()
        .zip(order)
        .map(|(s, l)| {
            let sum = u16::from(*s) + u16::from(l) + carry;
            carry = sum >> 8;
            sum.to_le_bytes()[0]
        })
        .collect();
    assert!(!valid(b"message", &[&value[..57], &above].concat()));
    for at in [56, 113] {
        for bit in [1, 0x40, 0x80] {
            let mut altered = value.clone();
            altered[at] ^= bit;
            assert!(!valid(b"message", &altered), "{at} {bit}");
        }
    }
}

#[test]
fn keys_of_small_or_mixed_order_are_refused() {
    let one = [&[1][..], &[0; 56]].concat();
    // p − 1: the point of order 2.
    let minus_one = [&[0xfe][..], &[0xff; 27], &[0xfe], &[0xff; 27], &[0]].concat();
    // The points of order 4.
    let zero = vec![0; 57];
    let zero_negative = [&[0; 56][..], &[0x80]].concat();
    for small in [&one, &minus_one, &zero, &zero_negative] {
        assert_eq!(check_key(small), Err(KeyError::InvalidPoint), "{small:02x?}");
    }
    // A sound key plus the point of order 2 is (−x, −y).
    let sound = decode(key().key_octets()).unwrap();
    let mixed = crate::kernel::ed448::add_points(&sound, &decode(&minus_one).unwrap());
    assert_eq!(check_key(&encode(&mixed)), Err(KeyError::InvalidPoint));
    assert!(check_key(&encode(&sound)).is_ok());
    // Below p in no form, off the curve, of another length.
    let above = [&[0xff; 56][..], &[0]].concat();
    assert_eq!(check_key(&above), Err(KeyError::InvalidPoint));
    assert!(matches!(check_key(&one[..56]), Err(KeyError::Malformed(_))));
}

#[test]
fn the_identifier_goes_without_parameters_and_beside_shake256() {
    let key = key();
    let oid = SignatureAlgorithm::Ed448.oid();
    let resolve = |params: Option<&[u8]>, digest| SignatureAlgorithm::resolve(oid, params, digest, &key);
    assert_eq!(resolve(None, None), Ok(SignatureAlgorithm::Ed448));
    assert_eq!(resolve(None, Some(DigestAlgorithm::Shake256)), Ok(SignatureAlgorithm::Ed448));
    let named = DigestAlgorithm::Sha512;
    assert_eq!(resolve(None, Some(named)), Err(UnsupportedAlgorithm::DigestMismatch { oid, named }));
    assert_eq!(resolve(Some(&der::null()), None), Err(UnsupportedAlgorithm::Parameters { oid }));
}
