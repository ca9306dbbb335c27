//! Values of OpenSSL, and forgeries that a verifier falls for which parses the padding instead of making it.
#![expect(clippy::arithmetic_side_effects, reason = "a test: what goes wrong fails it")]

use crypto_bigint::{BoxedUint, DivVartime, NonZero};

use super::*;
use crate::codec::armour;
use crate::crypto::rsa_public::tests::sign_raw;
use crate::crypto::tests::{claim, is_valid, key};
use crate::crypto::{KeyAlgorithm, PublicKey, SignatureAlgorithm};

use DigestAlgorithm as D;

const MESSAGE: &[u8] = b"message";

/// 1024 bits.
const KEY: &str = "\
    MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCt7RKGDWr+eK0sjP5wuvI9+/233P6YB08bSU0HqhIWoLe8NUNOgi1RFkgzPE1tYLRSrKMXGQty\
    2yR+E4vTxGmW18p7E5WzdKRmewlaQT1nD9YrfEZMR+vVGGyIJTrz/qRIBw/BkiKFl8HGCyS3l8q0CrNZh962PgkWSye/35JXYwIDAQAB";

const VALUES: [(D, &str); 4] = [
    (
        D::Sha1,
        "ln/Bvidp6jt4+eSZAUqbvptZ02Rcua3TGqruopGYtOwOgX25fKhUq25Cz/142lt0krMktJF1idhHdhJecC1U+q1Jtp2pxi7rT3RdlLvDn+B+MES\
         KC0NPIorpPFgEjjKVk17ei3aNn+BMuOeV6eB84RTcoRS7bxvpA7+ahcThBEI=",
    ),
    (
        D::Sha224,
        "GAZqWGCdddH8o9FdNnxYXtPf+VqGxlbDzVgXpmOncebUcGbdi5U/+xRj/TtEi5kuWqr4D8ZttLYPvCRa/a4hcV0g+GiXQl8BhrTku9ir2HQ34wk\
         W6mOa5nVSG2CC1uVkHEJS5MlfbJp5zDJ/ZOJwpZ4xBBXB/08shYGr6cDw+Po=",
    ),
    (
        D::Sha256,
        "HDlcxkahfwElHrrpTBZq0Zqu2jIWJJ09g06//YS1olrPF97yJ6ua6f3pxwkx8NocVsdb405FqBYNu0oYuufnQU/iWRp5fy8XucJG2hr7RP8uCOR\
         EH9Ct+KeOqK7ksR4OzwLTtL9bigDm/otWlOoJIIOCjDxIFhGw8Tm/NPCv7FE=",
    ),
    (
        D::Sha3_256,
        "CRPRmNj6+WHNL5nekIJqO+D3qN4DVOcLx9IVYRtfu/BrcAYXfl+r8i/Wxj1F0Er/AXlLvZPKuaT76PgOYf+hWviPefe428hPJ0ajOVS10xrfd+H\
         i5I3OHYvynsVRSCYGvM2skslOEwhZBI9jOW/9kWk4S7lsRVRrGAl/j3CzUN4=",
    ),
];

fn valid(public: &PublicKey, digest: D, value: &[u8]) -> bool {
    is_valid(claim(SignatureAlgorithm::RsaPkcs1(digest), public, MESSAGE, value))
}

#[test]
fn openssl_s_values_of_1024_bits_verify_under_their_digest_only() {
    let public = PublicKey::from_spki_der(&armour::decode(KEY).unwrap()).unwrap();
    assert_eq!(public.key_bits(), 1024);
    for (digest, text) in VALUES {
        let value = armour::decode(text).unwrap();
        assert_eq!(VALUES.map(|(other, _)| valid(&public, other, &value)), VALUES.map(|(other, _)| other == digest));
        for place in [0, 64, 127] {
            let mut flipped = value.clone();
            flipped[place] ^= 1;
            assert!(!valid(&public, digest, &flipped));
        }
        for wrong in [&value[1..], &value[..127], &[&value[..], &[0]].concat(), &[&[0], &value[..]].concat(), &[]] {
            assert!(!valid(&public, digest, wrong));
        }
    }
    assert!(!valid(&public, D::Streebog256, &armour::decode(VALUES[2].1).unwrap()), "no such signature");
}

/// EMSA-PKCS1-v1_5, RFC 8017 §9.2, made as it stands there.
fn encode(named: D, digest: &[u8], size: usize) -> Vec<u8> {
    let algorithm = der::sequence(&[&der::oid(named.oid()), &der::null()]);
    let digest_info = der::sequence(&[&algorithm, &der::octet_string(digest)]);
    [&[0, 1], &*vec![0xff; size - 3 - digest_info.len()], &[0], &digest_info].concat()
}

/// An encoded message of 2048 bits from its parts.
fn em(head: &[u8], padding: u8, separator: &[u8], digest_info: &[u8]) -> Vec<u8> {
    let filled = vec![padding; 256 - head.len() - separator.len() - digest_info.len()];
    [head, &filled, separator, digest_info].concat()
}

#[test]
fn what_differs_from_the_one_padding_in_anything_is_refused() {
    let public = key(KeyAlgorithm::Rsa2048).public_key();
    // SHA-224 is ours; ring, which does SHA-256, is held to the same.
    for digest in [D::Sha224, D::Sha256] {
        let hash = der::octet_string(&digest.digest(MESSAGE));
        let info = |identifier: &[&[u8]], after: &[u8]| der::sequence(&[&der::sequence(identifier), &hash, after]);
        let (oid, null) = (der::oid(digest.oid()), der::null());
        let sound = info(&[&oid, &null], &[]);
        assert!(valid(public, digest, &sign_raw(&em(&[0, 1], 0xff, &[0], &sound))));

        let other_oid = der::oid(D::Sha384.oid());
        let wrong = [
            em(&[0, 2], 0xff, &[0], &sound),
            em(&[0, 0], 0xff, &[0], &sound),
            em(&[0, 1], 0xfe, &[0], &sound),
            em(&[0, 1], 0x00, &[0], &sound),
            em(&[0, 1], 0xff, &[1], &sound),
            em(&[0, 1], 0xff, &[], &sound),
            em(&[0, 1], 0xff, &[0], &info(&[&oid], &[])),
            em(&[0, 1], 0xff, &[0], &info(&[&oid, &der::sequence(&[])], &[])),
            em(&[0, 1], 0xff, &[0], &info(&[&other_oid, &null], &[])),
            em(&[0, 1], 0xff, &[0], &info(&[&oid, &null], &null)),
            em(&[0, 1], 0xff, &[0], &[&sound[..], &[0]].concat()),
            em(&[0, 1], 0xff, &[0], &der::octet_string(&digest.digest(MESSAGE))),
            em(&[0, 1], 0xff, &[0], &digest.digest(MESSAGE)),
            // Garbage after the digest, and within its identifier: room that a forger of small exponents needs.
            [&[0, 1][..], &[0xff; 8], &[0], &sound, &vec![0x5a; 256 - 11 - sound.len()]].concat(),
            em(&[0, 1], 0xff, &[0], &info(&[&oid, &der::octet_string(&[0x5a; 90])], &[])),
            // A length in two octets where one says it.
            em(&[0, 1], 0xff, &[0], &[&[0x30, 0x81, sound[1]][..], &sound[2..]].concat()),
        ];
        for em in wrong {
            assert!(!valid(public, digest, &sign_raw(&em)), "{em:02x?}");
        }
    }
}

#[test]
fn padding_of_less_than_eight_octets_is_none() {
    let digest = D::Sha512.digest(MESSAGE);
    let least = 19 + 64 + 11;
    assert!(!holds(&encode(D::Sha512, &digest, least - 1), D::Sha512, &digest));
    assert!(!holds(&[], D::Sha512, &digest));
    assert!(!holds(&digest, D::Sha512, &digest));
    let sound = encode(D::Sha512, &digest, least);
    assert!(!holds(&sound[1..], D::Sha512, &digest));
    assert!(!holds(&encode(D::Sha512, &digest[1..], least), D::Sha512, &digest[1..]), "a digest has its length");
    assert!(holds(&sound, D::Sha512, &digest));
}

#[test]
fn what_is_made_for_any_digest_holds_and_no_octet_of_it_may_differ() {
    for named in D::all() {
        let digest = named.digest(MESSAGE);
        let sound = encode(named, &digest, 128);
        for place in 0..sound.len() {
            let mut other = sound.clone();
            other[place] ^= 1;
            assert!(!holds(&other, named, &digest), "{} at {place}", named.name());
        }
        assert!(holds(&sound, named, &digest), "{}", named.name());
    }
}

/// The largest number whose cube is not above `cube`.
fn cube_root(cube: &BoxedUint) -> BoxedUint {
    let mut root = BoxedUint::zero_with_precision(cube.bits_precision());
    for bit in (0..=cube.bits() / 3).rev() {
        let candidate = &root | &(&BoxedUint::one_with_precision(cube.bits_precision()) << bit);
        let square = candidate.wrapping_mul(&candidate);
        // Division instead of a product that could overflow.
        if !bool::from(candidate.is_zero()) && cube.div_vartime(&NonZero::new(candidate.clone()).unwrap()) >= square {
            root = candidate;
        }
    }
    root
}

#[test]
fn a_cube_root_is_no_signature() {
    // Bleichenbacher, CRYPTO 2006: with e = 3 the cube root of a padding that is followed by garbage needs no key.
    for (digest, bits) in [(D::Sha224, 3072), (D::Sha256, 3072), (D::Sha256, 16384)] {
        let size = bits / 8;
        let n = vec![0xff; size];
        let spki = der::sequence(&[
            &der::sequence(&[&der::oid("1.2.840.113549.1.1.1".parse().unwrap()), &der::null()]),
            &der::bit_string(&der::sequence(&[&der::integer(&n), &der::integer_u64(3)])),
        ]);
        let public = PublicKey::from_spki_der(&spki).unwrap();
        let sound = encode(digest, &digest.digest(MESSAGE), 128);
        let info = &sound[128 - 19 - digest.output_size()..];
        let head = [&[0, 1][..], &[0xff; 8], &[0], info].concat();
        let wanted = [&head[..], &vec![0xff; size - head.len()]].concat();
        let precision = u32::try_from(bits).unwrap();
        let root = cube_root(&BoxedUint::from_be_slice(&wanted, precision).unwrap());
        let forged = root.to_be_bytes();
        let (em, _) = super::rsa_public::recover(public.key_octets(), &forged).unwrap();
        assert_eq!(em[..head.len()], head, "the forgery has the head that is asked for");
        assert!(!valid(&public, digest, &forged));
    }
}
