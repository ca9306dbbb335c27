//! Every parameter set: signed with and verified, and what lies beside it refused.

use super::*;
use crate::crypto::gost::le_octets;
use crate::crypto::gost_key::GostScalar;
use crate::crypto::tests::{claim, is_valid, unhex};
use crate::crypto::{KeyError, PublicKey, SeededEntropy, SigningKey, pkcs8};

const MESSAGE: &[u8] = b"the octets that are signed";

/// The same seed whatever the set: where the orders allow, the scalar is the same too.
fn key_on(set: &'static ParameterSet) -> SigningKey {
    let scalar = GostScalar::generate(set, &mut SeededEntropy::new(b"parameter sets")).unwrap();
    SigningKey::from_pkcs8_der(&pkcs8::encode(&set.algorithm_identifier_der(), &scalar.write())).unwrap()
}

fn spki(family: KeyFamily, params: &[&str], point: &[u8]) -> Vec<u8> {
    let params: Vec<u8> = params.iter().flat_map(|text| der::oid(ObjectIdentifier::new_unwrap(text))).collect();
    let algorithm = der::sequence(&[&der::oid(family.oid()), &der::sequence(&[&params])]);
    der::sequence(&[&algorithm, &der::bit_string(&der::octet_string(point))])
}

fn read(family: KeyFamily, params: &[&str], point: &[u8]) -> Result<PublicKey, KeyError> {
    PublicKey::from_spki_der(&spki(family, params, point))
}

/// The generator, as a public key has it.
fn generator(set: &ParameterSet) -> Vec<u8> {
    fn of<const L: usize>(curve: &Curve<L>) -> Vec<u8> {
        let (x, y) = crate::kernel::curve::to_affine(curve, &curve.generator);
        [le_octets(&x), le_octets(&y)].concat()
    }
    match set.curve {
        CurveRef::Bits256(curve, _) => of(curve),
        CurveRef::Bits512(curve, _) => of(curve),
    }
}

fn order(set: &ParameterSet) -> Vec<u8> {
    let mut order = match set.curve {
        CurveRef::Bits256(curve, _) => le_octets(&curve.order.m),
        CurveRef::Bits512(curve, _) => le_octets(&curve.order.m),
    };
    order.reverse();
    order
}

fn set_named(family: KeyFamily, oid: &str) -> &'static ParameterSet {
    let oid = ObjectIdentifier::new_unwrap(oid);
    SETS.iter().find(|set| set.family == family && set.oid == oid).unwrap()
}

#[test]
fn every_set_has_its_own_name_within_its_family_and_is_found_by_it() {
    for (number, set) in SETS.iter().enumerate() {
        let rest = SETS.iter().skip(number + 1);
        assert_eq!(rest.filter(|other| other.family == set.family && other.oid == set.oid).count(), 0, "{}", set.oid);
        let key = key_on(set);
        let found = key.public_key().gost().unwrap().set;
        assert!(std::ptr::eq(found, set), "{}", set.oid);
    }
}

#[test]
fn every_set_signs_and_verifies_and_no_other_curve_verifies_the_same() {
    let keys: Vec<_> = SETS.iter().map(|set| (set, key_on(set))).collect();
    for (set, key) in keys.iter().filter(|(set, _)| !set.family.is_kazakh()) {
        let value = key.sign(MESSAGE).unwrap();
        let algorithm = key.signature_algorithm();
        assert!(is_valid(claim(algorithm, key.public_key(), MESSAGE, &value)), "{}", set.oid);
        assert!(!is_valid(claim(algorithm, key.public_key(), b"another message", &value)));
        for (other_set, other) in keys.iter().filter(|(other, _)| other.family == set.family) {
            let holds = is_valid(claim(algorithm, other.public_key(), MESSAGE, &value));
            assert_eq!(holds, set.is_same_curve(other_set), "{} under {}", set.oid, other_set.oid);
        }
    }
}

#[test]
fn a_point_under_the_name_of_another_curve_is_no_key() {
    for set in SETS.iter().filter(|set| !set.family.is_kazakh()) {
        let point = generator(set);
        let names = |set: &ParameterSet| [set.oid.to_string(), set.digest.to_string()];
        let read = |set: &ParameterSet| {
            let names = names(set);
            read(set.family, &names.each_ref().map(String::as_str), &point)
        };
        assert!(read(set).is_ok(), "{}", set.oid);
        let mut others = SETS.iter().filter(|other| other.family == set.family && !other.is_same_curve(set));
        assert!(others.all(|other| read(other) == Err(KeyError::InvalidPoint)), "{}", set.oid);
    }
}

#[test]
fn values_out_of_range_and_halves_in_another_order_are_refused_on_every_set() {
    for set in SETS.iter().filter(|set| !set.family.is_kazakh()) {
        let key = key_on(set);
        let value = key.sign(MESSAGE).unwrap();
        let (s, r) = value.split_at(set.size());
        let (zero, q) = (vec![0; set.size()], order(set));
        let reversed = value.iter().rev().copied().collect();
        let wrong: [Vec<u8>; 8] = [
            [r, s].concat(),
            reversed,
            [&zero, r].concat(),
            [s, &zero].concat(),
            [&q, r].concat(),
            [s, &q].concat(),
            [s, &vec![0xff; set.size()]].concat(),
            vec![0; value.len()],
        ];
        for wrong in wrong {
            assert!(!is_valid(claim(key.signature_algorithm(), key.public_key(), MESSAGE, &wrong)), "{}", set.oid);
        }
    }
}

#[test]
fn a_third_name_is_read_and_a_fourth_or_a_kazakh_third_is_not() {
    let family = KeyFamily::Gost2012_256;
    let names = ["1.2.643.2.2.35.1", "1.2.643.7.1.1.2.2", "1.2.643.2.2.31.1", "1.2.643.2.2.31.1"];
    let point = generator(set_named(family, "1.2.643.2.2.35.1"));
    let [one, two, three] = [1, 2, 3].map(|count| read(family, &names[..count], &point).unwrap());
    assert!(one == two && two == three);
    assert!(matches!(read(family, &names, &point), Err(KeyError::Malformed(_))));
    assert!(matches!(read(family, &[], &point), Err(KeyError::Malformed(_))));

    let names = ["1.2.643.2.2.35.1", "1.2.643.2.2.30.1", "1.2.643.2.2.31.1"];
    assert!(read(KeyFamily::Gost2001, &names, &point).is_ok());
    let names = ["1.2.398.3.10.1.1.1.1.1", "1.2.398.3.10.1.3.1.1.0", "1.2.643.2.2.31.1"];
    assert!(read(KeyFamily::GostKz2004, &names[..2], &point).is_ok());
    assert!(matches!(read(KeyFamily::GostKz2004, &names, &point), Err(KeyError::Malformed(_))));
}

#[test]
fn unknown_sets_and_digests_of_another_kind_are_unsupported() {
    let unsupported = |family: KeyFamily, params: &[&str]| {
        // The generator of CryptoPro-A or of 512-A: what is refused is the name.
        let point = generator(ParameterSet::of_family(family).unwrap());
        assert_eq!(
            read(family, params, &point),
            Err(KeyError::UnsupportedParameters { oid: family.oid() }),
            "{params:?}"
        );
    };
    let (of_2001, of_256, of_512) = (KeyFamily::Gost2001, KeyFamily::Gost2012_256, KeyFamily::Gost2012_512);
    // The curve of the examples of RFC 5832 is for tests.
    unsupported(of_2001, &["1.2.643.2.2.35.0", "1.2.643.2.2.30.1"]);
    unsupported(of_256, &["1.2.643.2.2.35.0", "1.2.643.7.1.1.2.2"]);
    unsupported(of_512, &["1.2.643.7.1.2.1.2.0", "1.2.643.7.1.1.2.3"]);
    unsupported(of_256, &["1.2.643.7.1.2.1.1.5"]);
    unsupported(of_2001, &["1.2.643.2.2.36.2", "1.2.643.2.2.30.1"]);
    // The names of TC26 came with 2012; 256 bits are not 512.
    unsupported(of_2001, &["1.2.643.7.1.2.1.1.2", "1.2.643.2.2.30.1"]);
    unsupported(of_512, &["1.2.643.2.2.35.1", "1.2.643.7.1.1.2.3"]);
    // RFC 4491 §2.3.2: the digest is named, and its S-box is that of CryptoPro.
    unsupported(of_2001, &["1.2.643.2.2.35.1"]);
    unsupported(of_2001, &["1.2.643.2.2.35.1", "1.2.643.2.2.30.0"]);
    unsupported(of_2001, &["1.2.643.2.2.35.1", "1.2.643.7.1.1.2.2"]);
    unsupported(of_256, &["1.2.643.2.2.35.1", "1.2.643.2.2.30.1"]);
    unsupported(of_256, &["1.2.643.2.2.35.1", "1.2.643.7.1.1.2.3"]);
    unsupported(of_512, &["1.2.643.7.1.2.1.2.3", "1.2.643.7.1.1.2.2"]);
}

#[test]
fn what_we_write_names_the_digest_where_the_standard_asks_for_it() {
    let written = |family, oid| {
        let der = set_named(family, oid).algorithm_identifier_der();
        let mut reader = der::Reader::new(&der, der::Encoding::Der, "test").sequence().unwrap();
        reader.oid().unwrap();
        let mut names = reader.sequence().unwrap();
        let mut count = 0;
        while !names.is_empty() {
            names.oid().unwrap();
            count += 1;
        }
        count
    };
    assert_eq!(written(KeyFamily::Gost2012_256, "1.2.643.7.1.2.1.1.2"), 1);
    assert_eq!(written(KeyFamily::Gost2012_256, "1.2.643.2.2.35.1"), 2);
    assert_eq!(written(KeyFamily::Gost2012_512, "1.2.643.7.1.2.1.2.3"), 1);
    assert_eq!(written(KeyFamily::Gost2001, "1.2.643.2.2.36.1"), 2);
}

#[test]
#[rustfmt::skip]
fn points_of_small_order_are_no_keys_on_the_512_bit_curve_of_cofactor_4() {
    // Orders 4 and 2, and the generator plus the second; computed apart (affine, Python).
    let outside = [
        ["B2CEB8345535898813B22EBAED63002431BAA6E3A8897BD702D1F2A27EA3FA5D9CC65D7F23E2FF7114ED197A575D7B72C932995A7051D270EF26A6DB1101748F",
         "E793D763005F6367C4E973CF37D6FF936AD00B5506638C7AF78A2818841410E729ACE782945701ACC138B390F9E78DA7A46833F0AF0A88AD328C0B6ECCFB9BA9"],
        ["9A628F975594ECEFD89BA28A2539FFB79C8AB238AEED0851FA5C1ABB02B80B44C6734501B83A011DD625CD0B5145091A6D9ACD4B1F5C5B1E21B2B249DDFD1271",
         "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"],
        ["A971A08C11434AED18BE284BDA0575DF3112277F7F11DB4CFC63762467ACF3A9AD39E333D5727748008CA4A7275F22CE793D6E36A77CF3EE6793FDA38008C4BB",
         "A9D47F0ED920FAC7438C4DE7042D95E15B4DCED16636D7D59C54ECB3089D0F889DD8856EFE606B368BDDD793C97053E7C676F70F5BFE30663501B4B3E8C6749D"],
    ];
    let family = KeyFamily::Gost2012_512;
    let set = set_named(family, "1.2.643.7.1.2.1.2.3");
    assert!(read(family, &["1.2.643.7.1.2.1.2.3"], &generator(set)).is_ok());
    for point in outside {
        let point = point.map(|text| unhex(text).into_iter().rev().collect::<Vec<u8>>()).concat();
        assert_eq!(read(family, &["1.2.643.7.1.2.1.2.3"], &point), Err(KeyError::InvalidPoint));
    }
}
