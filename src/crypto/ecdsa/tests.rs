//! Values made by OpenSSL, and their nearest refusals.

use super::*;
use crate::codec::armour;
use crate::codec::der;
use crate::crypto::ec_point::be_octets;
use crate::crypto::key::KeyFamily;
use crate::crypto::tests::{claim, is_valid, unhex};
use crate::crypto::{DigestAlgorithm, KeyError, PublicKey, SignatureAlgorithm, SigningKey};

const KEY: &str = "\
    MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQBT04AkpssiQDcRAgQNC9IG/LMnGkvS7hg6OA6APfhfu15hAYoASGFgphb3iVj+SIppNREgL0TdMGz\
    eKL/gEMhFDgBWQ7qg/gClURTsZg5/go1187PiKneI3OaXGLVHtJ7Oet42Wi1a/gQ9D2DOHxDHdaV0MSVgCtL9IExJIcm9sJJlCs=";
const PRIVATE_KEY: &str = "\
    MIHuAgEAMBAGByqGSM49AgEGBSuBBAAjBIHWMIHTAgEBBEIAUMmwu8ggByz7ZrGpVlV4gQqOGrDCPLVC+FnH06oMCKwbBwL/gpoZ5RR8fKSx9ygR\
    wBVV9oAZ+NEcvZdE1N4ApUWhgYkDgYYABAFPTgCSmyyJANxECBA0L0gb8sycaS9LuGDo4DoA9+F+7XmEBigBIYWCmFveJWP5Iimk1ESAvRN0wbN4\
    ov+AQyEUOAFZDuqD+AKVRFOxmDn+CjXXzs+Iqd4jc5pcYtUe0ns563jZaLVr+BD0PYM4fEMd1pXQxJWAK0v0gTEkhyb2wkmUKw==";
const WITH_SHA256: &str = "\
    MIGIAkIAyG7DGs3Tgnvsp+Ze9znGm0ag2+tUUeKoVdsBKXvf/z9hW9MACq1PzUgTepJVbnI/H0Yse2QPMaLigpP+FqIS0KcCQgGPVr0FBi1kksHR\
    EhMhxweuOLBi/lgjadj/VOeHYH8NombHJazqMQnV+cPCRpf//HsMai473IlatgS3IT4hEV0Reg==";
const WITH_SHA384: &str = "\
    MIGIAkIBfwLA0h4j79BTmgli5zS2YybD9U6BLP+WWYSzODhyqUQlj46J5PF6zzSXn1ZYxG3+0lWtO9D1PJnISx7YsFlG6yoCQgFJNGbrKAHer5Kv\
    L2CTJnQRxjlDhTQYqjNjy3zVmPi1EAg18LJI8NJpPnU1iQF/2r7Ksykgs4qsIVCZZtY6e2kp+g==";
const WITH_SHA512: &str = "\
    MIGIAkIBF4GtLs21WNJySiGfz26/bq6UwuO0dAl/hd/onXhzbISX9INoogREOF559rGZbXFNxavadDGMVGPeutlK8UkmhE0CQgGNwQ55cEPymAv8\
    5JSHdncecB6FTLXPbTEaCWIkgtqOf+U91MQ0WSVykfPDCCBE7bsatjnIyLoZw/QApq18Vqakkg==";

/// The order of the group, FIPS 186-4 §D.1.2.5.
const ORDER: &str = "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa\
    51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409";

const MESSAGE: &[u8] = b"message";

fn decode(text: &str) -> Vec<u8> {
    armour::decode(text).unwrap()
}

fn key() -> PublicKey {
    PublicKey::from_spki_der(&decode(KEY)).unwrap()
}

fn valid(algorithm: SignatureAlgorithm, value: &[u8]) -> bool {
    is_valid(claim(algorithm, &key(), MESSAGE, value))
}

/// The two numbers of a value.
fn numbers(value: &[u8]) -> [Vec<u8>; 2] {
    let mut body = Reader::new(value, Encoding::Der, "test").sequence().unwrap();
    [(); 2].map(|()| body.integer().unwrap().to_vec())
}

fn value(r: &[u8], s: &[u8]) -> Vec<u8> {
    der::sequence(&[&der::integer(r), &der::integer(s)])
}

const WITH: [(SignatureAlgorithm, &str); 3] = [
    (SignatureAlgorithm::Ecdsa(EcCurve::P521, DigestAlgorithm::Sha256), WITH_SHA256),
    (SignatureAlgorithm::Ecdsa(EcCurve::P521, DigestAlgorithm::Sha384), WITH_SHA384),
    (SignatureAlgorithm::Ecdsa(EcCurve::P521, DigestAlgorithm::Sha512), WITH_SHA512),
];

#[test]
fn openssl_s_values_verify_under_their_digest_only_and_not_with_a_flipped_bit() {
    assert_eq!((key().algorithm_name(), key().key_bits()), ("ec-p521", 521));
    for (algorithm, signed) in WITH {
        let signed = decode(signed);
        assert_eq!(SignatureAlgorithm::resolve(algorithm.oid(), None, None, &key()), Ok(algorithm));
        assert_eq!(WITH.map(|(other, _)| valid(other, &signed)), WITH.map(|(other, _)| other == algorithm));
        assert!(!is_valid(claim(algorithm, &key(), b"massage", &signed)));
        for place in [20, signed.len() - 1] {
            let mut flipped = signed.clone();
            flipped[place] ^= 1;
            assert!(!valid(algorithm, &flipped));
        }
    }
}

#[test]
fn openssl_s_values_on_every_curve_verify_under_their_name_only() {
    let named = |key: &PublicKey, name: &str| {
        let on = |curve| super::super::algorithm_table::all().filter(move |a| a.family() == KeyFamily::Ec(curve));
        EcCurve::ALL.into_iter().flat_map(on).find(|a| a.name() == name && a.family() == key.family()).unwrap()
    };
    for (name, spki, signed) in values::VALUES {
        let (key, signed) = (PublicKey::from_spki_der(&decode(spki)).unwrap(), decode(signed));
        let algorithm = named(&key, name);
        let holds = |algorithm, message, value: &[u8]| is_valid(claim(algorithm, &key, message, value));
        assert!(holds(algorithm, MESSAGE, &signed), "{name}");
        assert!(!holds(algorithm, b"massage", &signed), "{name}");
        let [r, s] = numbers(&signed);
        assert!(!holds(algorithm, MESSAGE, &value(&s, &r)), "{name}: swapped");
        let reversed = |octets: &[u8]| octets.iter().rev().copied().collect::<Vec<u8>>();
        assert!(!holds(algorithm, MESSAGE, &value(&reversed(&r), &reversed(&s))), "{name}: another order of octets");
        let order = on_curve!(curve_of(&key), arithmetic => be_octets(&arithmetic.order.m, curve_of(&key).size()));
        let field = on_curve!(curve_of(&key), arithmetic => be_octets(&arithmetic.field.m, curve_of(&key).size()));
        for bad in [&[][..], &[0], &order, &field, &vec![0xff; order.len()], &[&[1], &order[..]].concat()] {
            assert!(!holds(algorithm, MESSAGE, &value(bad, &s)), "{name}");
            assert!(!holds(algorithm, MESSAGE, &value(&r, bad)), "{name}");
        }
        for at in [6, signed.len() / 2, signed.len() - 1] {
            let mut flipped = signed.clone();
            flipped[at] ^= 4;
            assert!(!holds(algorithm, MESSAGE, &flipped), "{name}");
        }
        for other in super::super::algorithm_table::all().filter(|other| *other != algorithm) {
            assert!(!holds(other, MESSAGE, &signed), "{name} is not {}", other.name());
        }
    }
}

fn curve_of(key: &PublicKey) -> EcCurve {
    let KeyFamily::Ec(curve) = key.family() else { panic!("an EC key") };
    curve
}

#[test]
fn a_digest_longer_than_the_order_is_cut_on_the_right() {
    // FIPS 186-5 §6.4.1 step 2, for an order of 521 bits under octets that have seven bits more.
    let digest = [0xff; 70];
    let mut cut = [u64::MAX; 9];
    cut[8] = 0x1ff;
    assert_eq!(leftmost_bits::<9>(&digest, 521), cut);
    assert_eq!(leftmost_bits::<9>(&[1; 64], 521)[8], 0, "a shorter one is taken as it is");
    assert_eq!(leftmost_bits::<4>(&[&[0; 31][..], &[1; 33]].concat(), 256), [1, 0, 0, 0]);
    assert_eq!(leftmost_bits::<9>(&[&[0x80][..], &[0; 65]].concat(), 521)[8], 0x100);
}

#[test]
fn a_value_is_der_and_nothing_beside_it() {
    let (algorithm, signed) = (SignatureAlgorithm::Ecdsa(EcCurve::P521, DigestAlgorithm::Sha512), decode(WITH_SHA512));
    let [r, s] = numbers(&signed);
    assert!(valid(algorithm, &value(&r, &s)));
    assert!(!valid(algorithm, &[&signed[..], &[0]].concat()), "an octet after it");
    assert!(!valid(algorithm, &signed[..signed.len() - 1]), "an octet too few");
    let int = |octets: &[u8]| der::tlv(der::tag::INTEGER, octets);
    assert!(valid(algorithm, &der::sequence(&[&int(&r), &int(&s)])));
    assert!(!valid(algorithm, &der::sequence(&[&int(&[&[0], &r[..]].concat()), &int(&s)])), "not minimal");
    assert!(!valid(algorithm, &der::sequence(&[&int(&r), &int(&s), &der::null()])), "a third field");
    assert!(!valid(algorithm, &der::sequence(&[&int(&r)])));
    let fixed = [&r[..], &s].concat();
    assert!(!valid(algorithm, &fixed), "IEEE P1363");
    assert!(!valid(algorithm, &[]));
}

#[test]
fn numbers_of_zero_negative_or_not_below_the_order_are_refused() {
    let (algorithm, signed) = (SignatureAlgorithm::Ecdsa(EcCurve::P521, DigestAlgorithm::Sha512), decode(WITH_SHA512));
    let [r, s] = numbers(&signed);
    let order = unhex(ORDER);
    for bad in [&[0][..], &order, &[1; 67]] {
        assert!(!valid(algorithm, &value(bad, &s)));
        assert!(!valid(algorithm, &value(&r, bad)));
        assert!(!valid(algorithm, &value(bad, bad)));
    }
    let negative = der::tlv(der::tag::INTEGER, &[0xff, 0x01]);
    assert!(!valid(algorithm, &der::sequence(&[&negative, &der::integer(&s)])));
    // (r, q − s) is the other signature of the same message: ECDSA allows both, and so does every verifier that CMS knows.
    let mut borrow = 0;
    let s = [vec![0; order.len() - s.len()], s].concat();
    let mut other: Vec<u8> = order
        .iter()
        .zip(&s)
        .rev()
        .map(|(q, s)| {
            let difference = i16::from(*q) - i16::from(*s) - borrow;
            borrow = i16::from(difference < 0);
            u8::try_from(difference.rem_euclid(256)).unwrap()
        })
        .collect();
    other.reverse();
    assert!(valid(algorithm, &value(&r, &other)));
}

#[test]
fn a_key_is_a_point_of_the_curve_in_one_of_two_forms() {
    let spki = decode(KEY);
    let mut off_curve = spki.clone();
    *off_curve.last_mut().unwrap() ^= 1;
    assert_eq!(PublicKey::from_spki_der(&off_curve), Err(KeyError::InvalidPoint));
    let mut body = Reader::new(&spki, Encoding::Der, "test").sequence().unwrap();
    let algorithm = body.any().unwrap().raw;
    let point = body.any().unwrap().bit_string().unwrap();
    let with = |point: &[u8]| PublicKey::from_spki_der(&der::sequence(&[algorithm, &der::bit_string(point)]));
    assert!(with(point).is_ok());
    let parity = point[132] & 1;
    let compressed = [&[2 + parity], &point[1..67]].concat();
    assert_eq!(with(&compressed), with(point), "one key in two forms");
    assert_ne!(with(&[&[3 - parity], &point[1..67]].concat()), with(point), "the point below it");
    let hybrid = [&[6 + parity], &point[1..]].concat();
    // Of about half of all x there is no point; this one is such.
    let without = [&[2][..], &[0; 65], &[5]].concat();
    let above_p = [&[2, 2][..], &[0; 65]].concat();
    let short = &compressed[..66];
    for bad in [&hybrid[..], &without, &above_p, short, &point[..132], &[point, &[0]].concat(), &[0], &[]] {
        assert_eq!(with(bad), Err(KeyError::InvalidPoint), "{bad:02x?}");
    }
    let private = SigningKey::from_pkcs8_der(&decode(PRIVATE_KEY)).unwrap();
    assert_eq!(private.public_key(), &key());
    assert_eq!(*private.to_pkcs8_der(), *decode(PRIVATE_KEY), "written as OpenSSL writes it");
}

#[test]
fn p_521_signs_as_rfc_6979_says() {
    // §A.2.7, SHA-512, message "sample".
    let x = unhex(
        "00FAD06DAA62BA3B25D2FB40133DA757205DE67F5BB0018FEE8C86E1B68C7E75CAA896EB32F1F47C70855836A6D16FCC1466F6D8FBEC67DB\
         89EC0C08B0E996B83538",
    );
    let r = unhex(
        "00C328FAFCBD79DD77850370C46325D987CB525569FB63C5D3BC53950E6D4C5F174E25A1EE9017B5D450606ADD152B534931D7D4E8455CC9\
         1F9B15BF05EC36E377FA",
    );
    let s = unhex(
        "00617CCE7CF5064806C467F678D3B4080D6F1CC50AF26CA209417308281B68AF282623EAA63E5B5C0723D8B8C37FF0777B1A20F8CCB1DCCC\
         43997F1EE0E44DA4A67A",
    );
    let sec1 = der::sequence(&[&der::integer_u64(1), &der::octet_string(&x)]);
    let identifier = der::sequence(&[&der::oid("1.2.840.10045.2.1".parse().unwrap()), &der::oid(EcCurve::P521.oid())]);
    let pkcs8 = der::sequence(&[&der::integer_u64(0), &identifier, &der::octet_string(&sec1)]);
    let key = SigningKey::from_pkcs8_der(&pkcs8).unwrap();
    assert_eq!(key.sign(b"sample").unwrap(), value(&r, &s));
}
