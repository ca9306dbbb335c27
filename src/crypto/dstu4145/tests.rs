//! Signatures of our own making on both curves, and what lies beside them. That the equation is Ukraine's own is proven by
//! the certificates of its root (`conformance -- --only ttp/foreign`).
#![expect(
    clippy::arithmetic_side_effects,
    clippy::many_single_char_names,
    reason = "a test: a wrong sum fails it; the names are the standard's"
)]

use super::*;
use crate::crypto::{DigestAlgorithm, KeyError, PublicKey};
use crate::kernel::Modulus;
use crate::kernel::binary::{compressed, multiple_of_generator};
use crate::kernel::montgomery::{add, enter, mul, reduce, sub};

fn octets(curve: &BinaryCurve, words: &Element) -> Vec<u8> {
    let mut octets = vec![0; curve.degree.div_ceil(8)];
    to_le_octets(words, &mut octets);
    octets
}

fn spki(params: &[u8], key: &[u8]) -> Vec<u8> {
    let algorithm = der::sequence(&[&der::oid(ID_DSTU4145), params]);
    der::sequence(&[&algorithm, &der::bit_string(&der::octet_string(key))])
}

/// `Q = −dG`, and a signature (DSTU 4145 §12) with a fixed nonce: a test has nothing to hide.
struct Signer {
    key: Vec<u8>,
    r: Vec<u8>,
    s: Vec<u8>,
}

fn signer(curve: &'static BinaryCurve, digest: &[u8]) -> Signer {
    let order = Modulus::new(curve.order);
    let scalar = |seed: &[u8]| reduce(&order, &from_le_octets(&DigestAlgorithm::Sha512.digest(seed)));
    let (d, e) = (scalar(b"key"), scalar(digest));
    let point = multiple_of_generator(curve, &sub(&order.m, &[0; 7], &d));
    let (x, _) = multiple_of_generator(curve, &e);
    let r = lowest(&multiply(curve, &from_le_octets(digest), &x), bits(&curve.order) - 1);
    let s = add(&order.m, &e, &mul(&order, &enter(&order, &d), &r));
    let half = bits(&curve.order).div_ceil(8);
    let cut = |words| octets(curve, words)[..half].to_vec();
    Signer { key: octets(curve, &compressed(curve, &point)), r: cut(&r), s: cut(&s) }
}

fn check(curve: &'static BinaryCurve, oid: ObjectIdentifier) {
    let digest = DigestAlgorithm::Gost34311Ua.digest(b"message");
    let Signer { key, r, s } = signer(curve, &digest);
    let point = Dstu4145Point::expand(curve, &key).unwrap();
    let holds = |value: &[u8]| point.verify(&digest, value);
    let value = [r.as_slice(), &s].concat();
    assert!(holds(&value), "as in CMS");
    assert!(holds(&der::octet_string(&value)), "as in certificates");
    let order = octets(curve, &curve.order)[..r.len()].to_vec();
    let zero = vec![0; r.len()];
    let reversed = |octets: &[u8]| octets.iter().rev().copied().collect::<Vec<u8>>();
    for (other, why) in [
        ([s.as_slice(), &r].concat(), "swapped"),
        (reversed(&value), "wholly reversed"),
        ([reversed(&r), reversed(&s)].concat(), "big-endian"),
        ([zero.as_slice(), &s].concat(), "r = 0"),
        ([r.as_slice(), &zero].concat(), "s = 0"),
        ([order.as_slice(), &s].concat(), "r = n"),
        ([r.as_slice(), &order].concat(), "s = n"),
        ([value.as_slice(), &[0]].concat(), "an octet behind"),
        ([der::octet_string(&value), vec![0]].concat(), "an octet behind the OCTET STRING"),
        (der::octet_string(&der::octet_string(&value)), "wrapped twice"),
        (value[1..].to_vec(), "an octet short"),
        (Vec::new(), "nothing"),
    ] {
        assert!(!holds(&other), "{why}");
    }
    for at in [0, r.len() - 1, r.len(), value.len() - 1] {
        let mut turned = value.clone();
        turned[at] ^= 1;
        assert!(!holds(&turned), "octet {at}");
    }
    assert!(!point.verify(&DigestAlgorithm::Gost34311.digest(b"message"), &value), "another S-box");
    let named = der::sequence(&[&der::oid(oid), &der::octet_string(&S_BOX)]);
    let by_number = der::sequence(&[&numbers(curve)]);
    let [first, second] = [named, by_number].map(|params| PublicKey::from_spki_der(&spki(&params, &key)).unwrap());
    assert_eq!((first.key_bits(), &first), (curve.degree, &second), "one key under two spellings");
}

#[test]
fn on_257_bits_a_signature_verifies_and_nothing_beside_it() {
    check(&DSTU_257, CURVES[0].1);
}

#[test]
fn on_431_bits_a_signature_verifies_and_nothing_beside_it() {
    check(&DSTU_431, CURVES[1].1);
}

#[test]
fn other_curves_other_digests_and_other_points_are_no_keys() {
    let curve = &DSTU_257;
    let key = octets(curve, &compressed(curve, &curve.generator));
    let oid = der::oid(CURVES[0].1);
    let read = |params: &[&[u8]], key: &[u8]| PublicKey::from_spki_der(&spki(&der::sequence(params), key));
    assert!(read(&[&oid], &key).is_ok());
    let unsupported = Err(KeyError::UnsupportedParameters { oid: ID_DSTU4145 });
    let mut other_box = S_BOX;
    other_box[5] ^= 1;
    assert_eq!(read(&[&oid, &der::octet_string(&other_box)], &key), unsupported);
    assert_eq!(read(&[&oid, &der::octet_string(&S_BOX[1..])], &key), unsupported);
    assert_eq!(read(&[&der::oid(ID_DSTU4145)], &key), unsupported, "a name of no curve");
    let mut altered = numbers(curve);
    assert!(read(&[&altered], &key).is_ok());
    let last = altered.last_mut().unwrap();
    *last ^= 1;
    assert_eq!(read(&[&altered], &key), unsupported, "another generator");
    assert!(matches!(read(&[&oid, &der::octet_string(&S_BOX), &der::null()], &key), Err(KeyError::Malformed(_))));

    let no_point = Err(KeyError::InvalidPoint);
    assert_eq!(read(&[&oid], &key[1..]), no_point);
    assert_eq!(read(&[&oid], &[&key[..], &[0]].concat()), no_point);
    assert_eq!(read(&[&oid], &[0; 33]), no_point, "x = 0: the point of order 2");
    let mut high = key.clone();
    high[32] |= 2;
    assert_eq!(read(&[&oid], &high), no_point, "258 bits");
    // Every second element stands for no point, or for one outside of the subgroup.
    let sound = (0..8).filter(|n| read(&[&oid], &[&[*n * 4], &key[1..]].concat()).is_ok()).count();
    assert!(sound < 8);
}

#[test]
fn bits_are_counted_and_cut() {
    let one = |at: usize| {
        let mut words = [0; 7];
        words[at / 64] = 1 << (at % 64);
        words
    };
    for at in [0, 7, 8, 63, 64, 255, 430] {
        assert_eq!(bits(&one(at)), at + 1);
        assert_eq!(lowest(&one(at), at), [0; 7]);
        assert_eq!(lowest(&one(at), at + 1), one(at));
    }
    assert_eq!(bits(&[0; 7]), 0);
}
