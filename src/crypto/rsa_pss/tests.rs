//! Signatures made here, with the padding as a test wants it; what is wrong with each twin is its only fault.
#![expect(clippy::arithmetic_side_effects, reason = "a test: what goes wrong fails it")]

use crypto_bigint::BoxedUint;
use ring::signature::{RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaKeyPair};

use super::*;
use crate::codec::armour;
use crate::crypto::rsa_public::tests::{numbers, pkcs1, sign_raw};
use crate::crypto::tests::{claim, is_valid, key};
use crate::crypto::{KeyAlgorithm, KeyError, PublicKey, SignatureAlgorithm, UnsupportedAlgorithm};

use DigestAlgorithm as D;

const MESSAGE: &[u8] = b"message";

/// How an encoded message is made; the sound one unless a test says otherwise.
struct Padding {
    parameters: PssParameters,
    separator: u8,
    zeros: u8,
    trailer: u8,
    spare_bits: u8,
}

impl Padding {
    fn sound(parameters: PssParameters) -> Self {
        Self { parameters, separator: 1, zeros: 0, trailer: 0xbc, spare_bits: 0 }
    }

    /// RFC 8017 §9.1.1 for 2047 bits.
    fn encode(&self) -> Vec<u8> {
        let digest = self.parameters.digest;
        let salt = vec![0xa5; usize::try_from(self.parameters.salt_size_bytes).unwrap()];
        let h = digest.digest(&[&[0; 8], &digest.digest(MESSAGE)[..], &salt].concat());
        let mut padding = vec![0; 256 - 2 - h.len() - salt.len()];
        if let Some(last) = padding.last_mut() {
            *last = self.zeros;
        }
        let db = [&padding[..], &[self.separator], &salt].concat();
        let mask = mgf1(self.parameters.mask_digest, &h, db.len());
        let mut em: Vec<u8> = db.iter().zip(mask).map(|(octet, mask)| octet ^ mask).collect();
        em[0] = em[0] & 0x7f | self.spare_bits;
        [&em[..], &h, &[self.trailer]].concat()
    }

    fn sign(&self) -> Vec<u8> {
        sign_raw(&self.encode())
    }
}

fn pss(digest: D, mask_digest: D, salt_size_bytes: u32) -> PssParameters {
    PssParameters::new(digest, mask_digest, salt_size_bytes).unwrap()
}

fn valid(parameters: PssParameters, value: &[u8]) -> bool {
    let algorithm = SignatureAlgorithm::RsaPss(parameters);
    is_valid(claim(algorithm, key(KeyAlgorithm::Rsa2048).public_key(), MESSAGE, value))
}

#[test]
fn every_hash_and_salt_length_verifies_under_its_own_parameters_only() {
    // 190 is the longest salt beside SHA-512 in 256 octets.
    for digest in [D::Sha1, D::Sha256, D::Sha384, D::Sha512] {
        for (mask_digest, salt) in [(digest, 0), (digest, 20), (D::Sha1, 33), (D::Sha512, 190)] {
            let parameters = pss(digest, mask_digest, salt);
            let value = Padding::sound(parameters).sign();
            assert!(valid(parameters, &value), "{parameters:?}");
            assert!(!valid(pss(digest, mask_digest, salt + 1), &value), "a longer salt");
            assert!(salt == 0 || !valid(pss(digest, mask_digest, salt - 1), &value), "a shorter salt");
            let other = if mask_digest == D::Sha256 { D::Sha384 } else { D::Sha256 };
            assert!(!valid(pss(digest, other, salt), &value), "another hash in the mask");
            let other = if digest == D::Sha256 { D::Sha384 } else { D::Sha256 };
            assert!(!valid(pss(other, mask_digest, salt), &value), "another hash of the message");
            assert!(!valid(pss(digest, mask_digest, u32::MAX), &value), "no room");
        }
    }
}

#[test]
fn what_ring_signs_verifies_and_one_flipped_bit_does_not() {
    let pair = RsaKeyPair::from_der(&pkcs1()).unwrap();
    let random = ring::rand::SystemRandom::new();
    for (scheme, digest, salt) in
        [(&RSA_PSS_SHA256, D::Sha256, 32), (&RSA_PSS_SHA384, D::Sha384, 48), (&RSA_PSS_SHA512, D::Sha512, 64)]
    {
        let mut value = vec![0; 256];
        pair.sign(scheme, &random, MESSAGE, &mut value).unwrap();
        assert!(valid(pss(digest, digest, salt), &value));
        for place in [0, 7, 1024, 2047] {
            let mut flipped = value.clone();
            flipped[place / 8] ^= 1 << (place % 8);
            assert!(!valid(pss(digest, digest, salt), &flipped), "bit {place}");
        }
    }
}

#[test]
fn every_part_of_the_padding_is_checked() {
    let parameters = pss(D::Sha256, D::Sha256, 20);
    let sound = || Padding::sound(parameters);
    assert!(valid(parameters, &sound().sign()));
    assert!(!valid(parameters, &Padding { trailer: 0xcc, ..sound() }.sign()), "the trailer of another scheme");
    assert!(!valid(parameters, &Padding { zeros: 1, ..sound() }.sign()));
    assert!(!valid(parameters, &Padding { zeros: 0x80, ..sound() }.sign()));
    assert!(!valid(parameters, &Padding { separator: 0, ..sound() }.sign()));
    assert!(!valid(parameters, &Padding { separator: 3, ..sound() }.sign()));
}

#[test]
fn the_bits_left_of_the_encoded_message_are_zero() {
    // The modulus has its two top bits set; a salt is sought whose masked octets keep 2^2047 + EM below it.
    let (n, _) = numbers();
    let found = (0..64).map(|salt| pss(D::Sha256, D::Sha256, salt)).find_map(|parameters| {
        let em = Padding { spare_bits: 0x80, ..Padding::sound(parameters) }.encode();
        (BoxedUint::from_be_slice(&em, 2048).unwrap() < *n).then_some((parameters, em))
    });
    let (parameters, em) = found.unwrap();
    assert!(valid(parameters, &Padding::sound(parameters).sign()));
    assert!(!valid(parameters, &sign_raw(&em)));
}

#[test]
fn a_value_has_the_length_of_the_modulus_and_is_below_it() {
    let parameters = pss(D::Sha256, D::Sha256, 32);
    let value = Padding::sound(parameters).sign();
    assert!(valid(parameters, &value));
    assert!(!valid(parameters, &[&[0], &value[..]].concat()));
    assert!(!valid(parameters, &value[..255]));
    assert!(!valid(parameters, &[]));
    let (n, _) = numbers();
    assert!(!valid(parameters, &n.to_be_bytes()));
    // A salt whose signature plus the modulus still fits into 256 octets: congruent, and refused all the same.
    let congruent = (0..255_u32).map(|salt| pss(D::Sha1, D::Sha1, salt % 200)).find_map(|parameters| {
        let value = BoxedUint::from_be_slice(&Padding::sound(parameters).sign(), 2048).unwrap();
        let sum = value.wrapping_add(n);
        (sum > value).then_some((parameters, value, sum))
    });
    let (parameters, value, sum) = congruent.unwrap();
    assert!(valid(parameters, &value.to_be_bytes()));
    assert!(!valid(parameters, &sum.to_be_bytes()));
}

const MODULUS_2049: &str = "\
    AWWc7ehVJKyEQssZGJHH7VMCiIyKX6V+KmF6wQkD95FTEJPCdE8rHkXQlOp/Ef0uvV6xcAA5eVpi/iUxVUqlGeIL33a1JDG+R15wlNcuUp3rc4vo\
    EEVgtfiHBlHe/90epex/qVn7Tgj1fXn8pussQKxTHQ3+r5FRBISTFXoON8UPwgNQPIMNmxWKhCvSjt/dDenfgKdpJFMSdReTvXONhs+tr+381H1F\
    EGrQ57/vKd3Q3H1Dy3AkgslTs0mgcPlRrmmc9/vAgv579RdOdzUJxLJ/gZf4Ac98S8aHFfUFBmUvowoAFYFJJh5Yi2DhILYooCOz3QpfdbI5+Q4k\
    p3ejlZc=";
const VALUE_2049: &str = "\
    AH9YCKTI5WOfaXTM/Wy1tTtMcZg2IJoam1tPGYjIXU4MURMztWQgQp8c5wc3z+3qFAM/oi1WNiyEYy6FST3bGq53DOueKzK1F69pLNTampz6XMyo\
    HNZATOokCJpaKyMTvI1Zjpd3Qf0aiC66W9iVSxyf0/0kPI3zezm5O1MztdGh3Rrus8E1fPyvAJmq2P7+4QkXZzaqPRw1cPBC5pBpXKoCAo7q1+zG\
    /JGU0SA/oo1AUvPHYuOSCwbK4HP6Gl70v6JYqzvk3VlD9MwX5frryFLquqGpUBfsVDL3ZidH9bt/EEInYhh3YXEoytkhEIiuvW5BeyBG0rFNhWtD\
    SZXsc2E=";
const VALUE_2049_ABOVE: &str = "\
    ASxP9r1txcZINMco3Y6r+0nWaSbBaS7ZbQP8F8J/Ot3zqtIS0DSACOb0MUjL7ADXyR7iyDDxThESxgHw+lBGXy5hwowSi55ORKVND+r1Ia+GNjvn\
    Vtbm4gUDJCdPotrDNWvjT3n4yRBiQGjTRvbBg0zelXP1/bikctkB4ps0l3pIsQmghwm6BWjSHt8VKuBE7DVDo/z+/r4Vu6CvAZiuRuJHo2I+26fW\
    OLiLckokNxmzZMfVqjN0x7DBoBeHN4tEt0Q92CWDgbZVUnTKifboVOX/149kw+H6fVUNNAYx/gaXJPWuVPaBBPEqoZFbvGfaJ7bThxqHxcBDJKcq\
    wE73hL4=";

#[test]
fn an_encoded_message_is_an_octet_shorter_than_some_moduli() {
    // Made with Python's numbers. The last value is signed over 2^2048 + EM, which RFC 8017 §8.1.2 step 2 c refuses.
    let decode = |text| armour::decode(text).unwrap();
    let public = der::sequence(&[&der::integer(&decode(MODULUS_2049)), &der::integer_u64(65_537)]);
    let parameters = pss(D::Sha256, D::Sha1, 11);
    let key = PublicKey::from_spki_der(&spki(&[&rsa_encryption(), &der::null()], &public)).unwrap();
    let valid = |value: &[u8]| is_valid(claim(SignatureAlgorithm::RsaPss(parameters), &key, MESSAGE, value));
    assert!(valid(&decode(VALUE_2049)));
    assert!(!valid(&decode(VALUE_2049_ABOVE)));
}

fn spki(algorithm: &[&[u8]], key: &[u8]) -> Vec<u8> {
    der::sequence(&[&der::sequence(algorithm), &der::bit_string(key)])
}

fn rsa_encryption() -> Vec<u8> {
    der::oid(ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1"))
}

fn id_rsassa_pss() -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(ID_RSASSA_PSS)
}

/// The test key under id-RSASSA-PSS, with these parameters.
fn pss_key(params: Option<&[u8]>) -> Result<PublicKey, KeyError> {
    let oid = der::oid(id_rsassa_pss());
    let algorithm: Vec<&[u8]> = std::iter::once(&oid[..]).chain(params).collect();
    PublicKey::from_spki_der(&spki(&algorithm, key(KeyAlgorithm::Rsa2048).public_key().key_octets()))
}

fn resolve(key: &PublicKey, params: Option<&[u8]>) -> Result<SignatureAlgorithm, UnsupportedAlgorithm> {
    SignatureAlgorithm::resolve(id_rsassa_pss(), params, None, key)
}

#[test]
fn a_key_for_pss_alone_signs_what_it_admits_and_nothing_else() {
    let (wanted, longer) = (pss(D::Sha256, D::Sha256, 32), pss(D::Sha256, D::Sha256, 40));
    let restricted = pss_key(Some(&wanted.encode())).unwrap();
    let free = pss_key(None).unwrap();
    assert_eq!((restricted.algorithm_name(), restricted.key_bits()), ("rsa-pss", 2048));
    assert_ne!(restricted, free);
    let oid = id_rsassa_pss();
    for parameters in [wanted, longer] {
        let algorithm = SignatureAlgorithm::RsaPss(parameters);
        assert_eq!(resolve(&restricted, Some(&parameters.encode())), Ok(algorithm));
        assert!(is_valid(claim(algorithm, &restricted, MESSAGE, &Padding::sound(parameters).sign())));
    }
    for other in [pss(D::Sha256, D::Sha256, 31), pss(D::Sha384, D::Sha256, 32), pss(D::Sha256, D::Sha384, 32)] {
        let algorithm = SignatureAlgorithm::RsaPss(other);
        let value = Padding::sound(other).sign();
        assert_eq!(resolve(&restricted, Some(&other.encode())), Err(UnsupportedAlgorithm::KeyRestricted { oid }));
        assert!(!is_valid(claim(algorithm, &restricted, MESSAGE, &value)));
        assert_eq!(resolve(&free, Some(&other.encode())), Ok(algorithm));
        assert!(is_valid(claim(algorithm, &free, MESSAGE, &value)));
    }
    let pkcs1 = SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256);
    let value = key(KeyAlgorithm::Rsa2048).sign(MESSAGE).unwrap();
    assert!(is_valid(claim(pkcs1, key(KeyAlgorithm::Rsa2048).public_key(), MESSAGE, &value)));
    assert!(!is_valid(claim(pkcs1, &free, MESSAGE, &value)), "RFC 4055 §1.2: no PKCS#1 v1.5 under this key");
    let resolved = SignatureAlgorithm::resolve(pkcs1.oid(), None, None, &free);
    assert!(matches!(resolved, Err(UnsupportedAlgorithm::KeyMismatch { .. })));
    let malformed = pss_key(Some(&der::null()));
    assert_eq!(malformed, Err(KeyError::UnsupportedParameters { oid }), "NULL is not absent");
}

#[test]
fn an_identifier_resolves_with_sound_parameters_an_agreeing_digest_and_an_rsa_key() {
    let rsa = key(KeyAlgorithm::Rsa2048).public_key();
    let (parameters, oid) = (pss(D::Sha384, D::Sha1, 7), id_rsassa_pss());
    let encoded = parameters.encode();
    let algorithm = SignatureAlgorithm::RsaPss(parameters);
    let resolve_with =
        |digest, key| SignatureAlgorithm::resolve(oid, Some(&encoded), digest, key).map(SignatureAlgorithm::name);
    assert_eq!(resolve_with(Some(D::Sha384), rsa), Ok("rsa-pss-sha384"));
    let named = D::Sha256;
    assert_eq!(resolve_with(Some(named), rsa), Err(UnsupportedAlgorithm::DigestMismatch { oid, named }));
    let ec = key(KeyAlgorithm::EcP256).public_key();
    assert_eq!(resolve_with(None, ec), Err(UnsupportedAlgorithm::KeyMismatch { oid, key: "ec-p256" }));
    for params in [None, Some(&der::null()[..]), Some(&[]), Some(&[&encoded[..], &[0]].concat())] {
        assert_eq!(resolve(rsa, params), Err(UnsupportedAlgorithm::Parameters { oid }), "{params:?}");
    }
    let written = der::sequence(&[&der::oid(oid), &encoded]);
    assert_eq!(algorithm.algorithm_identifier_der(), written);
}

/// RSASSA-PSS-params from fields as they are given.
fn read(fields: &[(u8, Vec<u8>)]) -> Option<PssParameters> {
    let fields: Vec<_> = fields.iter().map(|(number, content)| der::context(*number, content)).collect();
    PssParameters::read(&der::sequence(&fields.iter().map(Vec::as_slice).collect::<Vec<_>>()))
}

fn identifier(oid: &str, params: &[u8]) -> Vec<u8> {
    der::sequence(&[&der::oid(ObjectIdentifier::new_unwrap(oid)), params])
}

#[test]
fn parameters_are_read_with_defaults_omitted_or_written() {
    let (sha1, sha256) = (identifier("1.3.14.3.2.26", &[]), identifier("2.16.840.1.101.3.4.2.1", &der::null()));
    let mgf1 = |hash: &[u8]| identifier(ID_MGF1, hash);
    let int = der::integer_u64;
    assert_eq!(read(&[]), Some(pss(D::Sha1, D::Sha1, 20)));
    assert_eq!(read(&[(0, sha1.clone()), (1, mgf1(&sha1)), (2, int(20)), (3, int(1))]), read(&[]));
    assert_eq!(read(&[(0, sha256.clone())]), Some(pss(D::Sha256, D::Sha1, 20)));
    let full = [(0, sha256.clone()), (1, mgf1(&sha256)), (2, int(0)), (3, int(1))];
    assert_eq!(read(&full), Some(pss(D::Sha256, D::Sha256, 0)));
    for parameters in [pss(D::Sha1, D::Sha1, 20), pss(D::Sha512, D::Sha256, 300)] {
        assert_eq!(PssParameters::read(&parameters.encode()), Some(parameters));
    }

    let refused = [
        vec![(3, int(2))],
        vec![(3, int(0))],
        vec![(2, vec![2, 1, 0x80])],
        vec![(2, vec![2, 2, 0, 20])],
        vec![(2, [int(20), int(20)].concat())],
        vec![(2, int(20)), (0, sha256.clone())],
        vec![(0, sha256.clone()), (0, sha256.clone())],
        vec![(4, int(1))],
        vec![(0, identifier("1.2.840.113549.2.5", &[]))],
        vec![(0, identifier("2.16.840.1.101.3.4.2.1", &int(0)))],
        vec![(0, identifier("2.16.840.1.101.3.4.2.1", &[der::null(), der::null()].concat()))],
        vec![(0, [sha256.clone(), der::null()].concat())],
        vec![(1, sha256.clone())],
        vec![(1, mgf1(&[]))],
        vec![(1, mgf1(&[sha256.clone(), der::null()].concat()))],
        vec![(1, identifier("2.16.840.1.101.3.4.2.11", &sha256))],
    ];
    for fields in refused {
        assert_eq!(read(&fields), None, "{fields:02x?}");
    }
    assert_eq!(PssParameters::new(D::Streebog256, D::Sha256, 32), None);
}
