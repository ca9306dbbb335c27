use super::*;
use crate::crypto::tests::{keys, unhex};
use crate::crypto::{DigestAlgorithm, SignatureAlgorithm, UnsupportedAlgorithm};

fn spki(algorithm: &[&[u8]], key: &[u8]) -> Vec<u8> {
    der::sequence(&[&der::sequence(algorithm), &der::bit_string(key)])
}

fn oid(text: &str) -> Vec<u8> {
    der::oid(ObjectIdentifier::new_unwrap(text))
}

fn read(spki: &[u8]) -> Result<PublicKey, KeyError> {
    PublicKey::from_spki_der(spki)
}

#[test]
fn every_kind_of_key_is_read_back_and_one_octet_more_or_less_is_refused() {
    for key in keys() {
        let der = key.public_key().spki_der();
        assert_eq!(&read(der).unwrap(), key.public_key());
        assert!(matches!(read(&[der, &[0]].concat()), Err(KeyError::Malformed(_))));
        assert!(matches!(read(&der[..der.len() - 1]), Err(KeyError::Malformed(_))));
    }
    let names: Vec<_> = keys().iter().map(|key| key.public_key().algorithm_name()).collect();
    assert_eq!(names[..6], ["rsa", "rsa-pss", "ec-p256", "ec-p384", "ec-p521", "ed25519"]);
}

#[test]
fn one_altered_octet_of_a_point_is_off_the_curve() {
    let no_points = ["rsa", "rsa-pss", "ed25519", "ml-dsa-44", "ml-dsa-65", "ml-dsa-87"];
    let points = keys().iter().filter(|key| !no_points.contains(&key.public_key().algorithm_name()));
    for key in points {
        let mut der = key.public_key().spki_der().to_vec();
        *der.last_mut().unwrap() ^= 1;
        assert_eq!(read(&der), Err(KeyError::InvalidPoint), "{}", key.public_key().algorithm_name());
    }
}

/// A GOST key: family OID, parameters' OIDs, coordinates big-endian.
fn gost(family: &str, params: &[&str], coordinates: [&str; 2]) -> Vec<u8> {
    let params: Vec<u8> = params.iter().flat_map(|text| oid(text)).collect();
    let [x, y] = coordinates.map(|text| unhex(text).into_iter().rev().collect::<Vec<u8>>());
    spki(&[&oid(family), &der::sequence(&[&params])], &der::octet_string(&[x, y].concat()))
}

const G: [&str; 2] = [
    "91E38443A5E82C0D880923425712B2BB658B9196932E02C78B2582FE742DAA28",
    "32879423AB1A0375895786C4BB46E9565FDE0B5344766740AF268ADB32322E5C",
];

/// Of the generator of CryptoPro-A, whose x is 1.
const CRYPTO_PRO_Y: &str = "8D91E471E0989CDA27DF505A453F2B7635294F2DDF23E3B122ACC99C9E9F1E14";

#[test]
fn points_outside_of_the_subgroup_of_the_curve_of_cofactor_4_are_refused() {
    let kz = |point| read(&gost("1.2.398.3.10.1.1.2.1", &["1.2.398.3.10.1.1.2.1.1", "1.2.398.3.10.1.3.2"], point));
    let ru = |point| read(&gost("1.2.643.7.1.1.1.1", &["1.2.643.7.1.2.1.1.1"], point));
    assert!(kz(G).is_ok() && ru(G).is_ok());
    let outside = [
        // Orders 4 and 2, and the generator plus each of them.
        [
            "7F7F80C60535007538B45A5D95C39353BC5D80D1F36A9DC0ACE7C5118C2F5977",
            "7E7E82520F9F015FAA1D0F18C14AB9FB35188275DA3FD94206B74F34A48E0ECD",
        ],
        [
            "0100FE73F595FF158E974B44D478D9588744FE5C192AC47EA63075DCE7A14AAA",
            "0000000000000000000000000000000000000000000000000000000000000000",
        ],
        [
            "DDB921090CC4903145EC19C1E5A683137E548E895E189C8F32B7E8D45A953AE1",
            "266B0860F3C4DA7273AB5C51D5DFD1B1FD3971404EEB66D9B296EB3D7E342D8A",
        ],
        [
            "18476B1AF2E5CECDC380E4C91D2A3A5C2B6C0788066615E2B4E9A63246463E96",
            "4CFA952E3B48A1409977E07FABA396136986D7E8EDC05C336154375BE5070030",
        ],
    ];
    for point in outside {
        assert_eq!(kz(point), Err(KeyError::InvalidPoint));
        assert_eq!(ru(point), Err(KeyError::InvalidPoint));
    }
}

#[test]
fn coordinates_have_their_one_form_and_size() {
    let read = |x: &str| read(&gost("1.2.643.7.1.1.1.1", &["1.2.643.7.1.2.1.1.2"], [x, CRYPTO_PRO_Y]));
    let one = "0000000000000000000000000000000000000000000000000000000000000001";
    assert!(read(one).is_ok(), "the generator");
    let one_plus_p = "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFD98";
    assert_eq!(read(one_plus_p), Err(KeyError::InvalidPoint), "the same residue");
    assert_eq!(read("0001"), Err(KeyError::InvalidPoint));
}

#[test]
fn the_parameters_of_a_gost_key_must_be_its_familys() {
    let unsupported = |family: &str, params: &[&str]| {
        let read = read(&gost(family, params, G));
        assert_eq!(read, Err(KeyError::UnsupportedParameters { oid: ObjectIdentifier::new_unwrap(family) }));
    };
    unsupported("1.2.398.3.10.1.1.2.1", &["1.2.398.3.10.1.1.2.1.1"]);
    unsupported("1.2.398.3.10.1.1.2.1", &["1.2.398.3.10.1.1.2.1.1", "1.2.643.7.1.1.2.2"]);
    unsupported("1.2.398.3.10.1.1.2.1", &["1.2.643.7.1.2.1.1.1", "1.2.398.3.10.1.3.2"]);
    unsupported("1.2.643.7.1.1.1.1", &["1.2.643.7.1.2.1.1.1", "1.2.643.7.1.1.2.3"]);
    unsupported("1.2.643.7.1.1.1.2", &["1.2.643.7.1.2.1.1.1"]);
    let none = spki(&[&oid("1.2.643.7.1.1.1.1")], &[]);
    assert!(matches!(read(&none), Err(KeyError::UnsupportedParameters { .. })));
    let unknown = spki(&[&oid("1.2.643.2.2.20")], &[]);
    assert!(matches!(read(&unknown), Err(KeyError::UnknownAlgorithm { .. })));
}

#[test]
fn a_curve_under_two_names_is_one_key() {
    let named = |params: &[&str]| {
        let one = "0000000000000000000000000000000000000000000000000000000000000001";
        read(&gost("1.2.643.7.1.1.1.1", params, [one, CRYPTO_PRO_Y])).unwrap()
    };
    let new = named(&["1.2.643.7.1.2.1.1.2"]);
    assert_eq!(new, named(&["1.2.643.2.2.35.1", "1.2.643.7.1.1.2.2"]));
    assert_ne!(new, read(&gost("1.2.643.7.1.1.1.1", &["1.2.643.7.1.2.1.1.1"], G)).unwrap());
}

#[test]
fn ec_points_are_on_their_curve_and_parameters_name_one() {
    let p256 = oid("1.2.840.10045.3.1.7");
    let ec = oid("1.2.840.10045.2.1");
    let x = "6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296";
    let y = "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5";
    let point = |prefix: &str, rest: &[&str]| unhex(&(prefix.to_owned() + &rest.concat()));
    assert!(read(&spki(&[&ec, &p256], &point("04", &[x, y]))).is_ok());
    assert_eq!(read(&spki(&[&ec, &p256], &point("03", &[x]))), read(&spki(&[&ec, &p256], &point("04", &[x, y]))));
    for wrong in
        [point("03", &[y]), point("07", &[x, y]), point("00", &[]), point("04", &[y, x]), point("04", &[x]), vec![]]
    {
        assert_eq!(read(&spki(&[&ec, &p256], &wrong)), Err(KeyError::InvalidPoint));
    }
    let other_curve = oid("1.3.132.0.10");
    for params in [&other_curve[..], &der::null()] {
        let read = read(&spki(&[&ec, params], &point("04", &[x, y])));
        assert!(matches!(read, Err(KeyError::UnsupportedParameters { .. })));
    }
}

#[test]
fn ed25519_keys_are_canonical_and_of_large_order() {
    let ed = |key: &[u8]| read(&spki(&[&oid("1.3.101.112")], key));
    assert!(ed(&unhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")).is_ok(), "RFC 8032 §7.1");
    for y in ED25519_SMALL_ORDER_Y {
        for sign in [0, 0x80] {
            let mut key = y;
            key[31] |= sign;
            assert_eq!(ed(&key), Err(KeyError::InvalidPoint));
        }
    }
    let mut zero_in_another_form = [0xff; 32];
    (zero_in_another_form[0], zero_in_another_form[31]) = (0xed, 0x7f);
    assert_eq!(ed(&zero_in_another_form), Err(KeyError::InvalidPoint));
    assert!(matches!(ed(&[1; 31]), Err(KeyError::Malformed(_))));
    let with_null = spki(&[&oid("1.3.101.112"), &der::null()], &[9; 32]);
    assert!(matches!(read(&with_null), Err(KeyError::UnsupportedParameters { .. })));
}

fn rsa(n: &[u8], e: &[u8]) -> Result<PublicKey, KeyError> {
    let key = der::sequence(&[&der::integer(n), &der::integer(e)]);
    read(&spki(&[&oid("1.2.840.113549.1.1.1"), &der::null()], &key))
}

#[test]
fn rsa_numbers_that_cannot_be_a_key_are_refused() {
    let n = [0xff; 256];
    assert_eq!(rsa(&n, &[1, 0, 1]).unwrap().key_bits(), 2048);
    let mut even = n;
    even[255] = 0xfe;
    for (n, e) in [(&even[..], &[1, 0, 1][..]), (&n, &[1]), (&n, &[2]), (&n, &[0]), (&[0], &[3])] {
        assert_eq!(rsa(n, e), Err(KeyError::InvalidRsa));
    }
    assert!(matches!(rsa(&[0xff; 2049], &[3]), Err(KeyError::Limit(_))), "above 16384 bits");
    assert!(matches!(rsa(&n, &[3, 0xff, 0xff, 0xff, 0xff]), Err(KeyError::Limit(_))), "34 bits");
    assert_eq!(rsa(&[0xff; 2048], &[3]).unwrap().key_bits(), 16384);

    let negative = der::sequence(&[&der::tlv(tag::INTEGER, &[0x81]), &der::integer(&[3])]);
    assert_eq!(read(&spki(&[&oid("1.2.840.113549.1.1.1"), &der::null()], &negative)), Err(KeyError::InvalidRsa));
    let without_null = spki(&[&oid("1.2.840.113549.1.1.1")], &negative);
    assert!(matches!(read(&without_null), Err(KeyError::UnsupportedParameters { .. })));
}

#[test]
fn an_rsa_key_below_1024_bits_is_readable_but_not_verified_with() {
    let resolve = |key: &PublicKey| {
        SignatureAlgorithm::resolve(SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256).oid(), None, None, key)
    };
    assert!(resolve(&rsa(&[0xff; 128], &[3]).unwrap()).is_ok(), "1024 bits: for policy to judge");
    let mut n = [0xff; 128];
    n[0] = 0x7f;
    let key = rsa(&n, &[3]).unwrap();
    assert_eq!(key.key_bits(), 1023);
    assert_eq!(resolve(&key), Err(UnsupportedAlgorithm::KeySize { bits: 1023 }));
}

#[test]
fn a_chinese_key_has_two_spellings_and_no_third() {
    let sm2 = crate::crypto::tests::keys().iter().find(|key| key.public_key().algorithm_name() == "sm2").unwrap();
    let key = sm2.public_key().key_octets();
    let (ec, curve) = (oid("1.2.840.10045.2.1"), oid("1.2.156.10197.1.301"));
    let usual = read(&spki(&[&ec, &curve], key)).unwrap();
    assert_eq!((&usual, usual.key_bits()), (sm2.public_key(), 256));
    assert_eq!(read(&spki(&[&curve, &curve], key)).as_ref(), Ok(&usual), "D-25");
    let unsupported = KeyError::UnsupportedParameters { oid: ObjectIdentifier::new_unwrap("1.2.156.10197.1.301") };
    assert_eq!(read(&spki(&[&curve], key)), Err(unsupported));
    assert_eq!(read(&spki(&[&curve, &oid("1.2.840.10045.3.1.7")], key)), Err(unsupported));
    assert_eq!(read(&spki(&[&ec, &oid("1.2.840.10045.3.1.7")], key)), Err(KeyError::InvalidPoint), "another curve");
    assert_eq!(read(&spki(&[&ec, &curve], &key[..64])), Err(KeyError::InvalidPoint));
}

#[test]
fn the_digest_of_an_sm2_signature_is_sm3_whatever_its_name() {
    let sm2 = crate::crypto::tests::keys().iter().find(|key| key.public_key().algorithm_name() == "sm2").unwrap();
    let resolve =
        |oid, digest| SignatureAlgorithm::resolve(ObjectIdentifier::new_unwrap(oid), None, digest, sm2.public_key());
    let (whole, half) = ("1.2.156.10197.1.501", "1.2.156.10197.1.301.1");
    assert_eq!(resolve(whole, None), Ok(SignatureAlgorithm::Sm2Sm3));
    assert_eq!(resolve(half, Some(DigestAlgorithm::Sm3)), Ok(SignatureAlgorithm::Sm2Sm3));
    assert!(matches!(resolve(half, None), Err(UnsupportedAlgorithm::DigestNotNamed { .. })));
    for oid in [whole, half] {
        let named = resolve(oid, Some(DigestAlgorithm::Sha256));
        assert!(matches!(named, Err(UnsupportedAlgorithm::DigestMismatch { .. })), "{named:?}");
    }
    let ecdsa = resolve("1.2.840.10045.4.3.2", Some(DigestAlgorithm::Sha256));
    assert!(matches!(ecdsa, Err(UnsupportedAlgorithm::KeyMismatch { .. })), "ECDSA on this curve is something else");
}
