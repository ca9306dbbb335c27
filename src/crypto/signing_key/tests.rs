use super::*;
use crate::codec::armour;
use crate::crypto::tests::{claim, is_valid, key, keys, unhex};
use crate::crypto::{SeededEntropy, SystemEntropy};
use crate::limits::PBE_ITERATIONS_MAX;

const MESSAGE: &[u8] = b"the octets that are signed";

#[test]
fn what_each_kind_of_key_signs_verifies_and_its_neighbours_do_not() {
    for key in keys() {
        let (algorithm, public) = (key.signature_algorithm(), key.public_key());
        let value = key.sign(MESSAGE).unwrap();
        assert!(is_valid(claim(algorithm, public, MESSAGE, &value)), "{}", algorithm.name());

        let mut message = MESSAGE.to_vec();
        message[3] ^= 1;
        assert!(!is_valid(claim(algorithm, public, &message, &value)));
        for at in [0, value.len() / 2, value.len() - 1] {
            let mut altered = value.clone();
            altered[at] ^= 1;
            assert!(!is_valid(claim(algorithm, public, MESSAGE, &altered)), "{} at {at}", algorithm.name());
        }
        let longer = [&value[..], &[0]].concat();
        let longer_in_front = [&[0], &value[..]].concat();
        for wrong in [&value[1..], &value[..value.len() - 1], &longer, &longer_in_front, &[]] {
            assert!(!is_valid(claim(algorithm, public, MESSAGE, wrong)), "{}", algorithm.name());
        }
        for other in keys().iter().filter(|other| other.key_algorithm() != key.key_algorithm()) {
            assert!(!is_valid(claim(algorithm, other.public_key(), MESSAGE, &value)), "another kind of key");
            assert!(!is_valid(claim(other.signature_algorithm(), public, MESSAGE, &value)), "another algorithm");
        }
    }
}

#[test]
fn another_key_of_the_same_kind_does_not_verify() {
    for kind in KeyAlgorithm::ALL.into_iter().filter(|kind| !kind.name().starts_with("rsa")) {
        let stranger = SigningKey::generate(kind, &mut SystemEntropy).unwrap();
        let value = key(kind).sign(MESSAGE).unwrap();
        assert!(!is_valid(claim(kind.signature_algorithm(), stranger.public_key(), MESSAGE, &value)));
    }
}

#[test]
fn gost_values_out_of_range_or_out_of_order_are_refused() {
    let gost = [
        (
            KeyAlgorithm::GostKz512,
            "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF27E69532F48D89116FF22B8D4E0560609B4B38ABFAD2B85DCACDB1411F10B275",
        ),
        (KeyAlgorithm::GostKz256, "400000000000000000000000000000000FD8CDDFC87B6635C115AF556C360C67"),
        (KeyAlgorithm::GostKz2004, "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF6C611070995AD10045841B09B761B893"),
    ];
    for (kind, q) in gost {
        let key = key(kind);
        let value = key.sign(MESSAGE).unwrap();
        let mut q = unhex(q);
        q.reverse();
        let (r, s) = value.split_at(q.len());
        let zero = vec![0; q.len()];
        let reversed = |half: &[u8]| half.iter().rev().copied().collect::<Vec<u8>>();
        let wrong: [Vec<u8>; 8] = [
            [&zero, s].concat(),
            [r, &zero].concat(),
            [&q, s].concat(),
            [r, &q].concat(),
            [&vec![0xff; q.len()], s].concat(),
            [s, r].concat(),
            reversed(&value),
            [reversed(r), reversed(s)].concat(),
        ];
        for wrong in wrong {
            assert!(!is_valid(claim(key.signature_algorithm(), key.public_key(), MESSAGE, &wrong)), "{}", kind.name());
        }
    }
}

#[test]
fn what_draws_no_nonce_signs_the_same_twice() {
    for kind in [
        KeyAlgorithm::GostKz512,
        KeyAlgorithm::Gost2012_256,
        KeyAlgorithm::Ed25519,
        KeyAlgorithm::Rsa2048,
        KeyAlgorithm::EcP521,
        KeyAlgorithm::MlDsa65,
    ] {
        assert_eq!(key(kind).sign(MESSAGE), key(kind).sign(MESSAGE));
    }
}

#[test]
fn a_key_signs_with_each_algorithm_that_it_lists_and_with_no_other() {
    let listed = |kind| key(kind).signature_algorithms().iter().map(|algorithm| algorithm.name()).collect::<Vec<_>>();
    let pss = ["rsa-pss-sha256", "rsa-pss-sha384", "rsa-pss-sha512"];
    let pkcs1 = ["rsa-pkcs1-sha256", "rsa-pkcs1-sha384", "rsa-pkcs1-sha512"];
    assert_eq!(listed(KeyAlgorithm::Rsa2048), [pkcs1, pss].concat());
    assert_eq!(listed(KeyAlgorithm::RsaPss2048), pss);
    for key in keys() {
        let algorithms = key.signature_algorithms();
        assert_eq!(algorithms.first(), Some(&key.signature_algorithm()));
        for algorithm in &algorithms {
            let value = key.sign_with(*algorithm, MESSAGE).unwrap();
            assert!(is_valid(claim(*algorithm, key.public_key(), MESSAGE, &value)), "{}", algorithm.name());
            for other in algorithms.iter().filter(|other| *other != algorithm) {
                assert!(!is_valid(claim(*other, key.public_key(), MESSAGE, &value)));
            }
        }
        let sha1 = SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha1);
        assert_eq!(key.sign_with(sha1, MESSAGE), Err(SignError::NotOffered { algorithm: "rsa-pkcs1-sha1" }));
    }
}

#[test]
fn a_key_that_restricts_itself_signs_what_it_admits_or_is_not_opened() {
    let restricted = |restriction: PssParameters| {
        let pkcs8 = key(KeyAlgorithm::RsaPss2048).to_pkcs8_der();
        let mut body = Reader::new(&pkcs8, Encoding::Der, "test").sequence().unwrap();
        body.small_integer().unwrap();
        body.sequence().unwrap();
        SigningKey::from_pkcs8_der(&pkcs8::encode(&rsa_pss(Some(restriction)), body.any().unwrap().content))
    };
    let sha384 = restricted(PssParameters::SHA384).unwrap();
    assert_eq!(sha384.signature_algorithms(), [SignatureAlgorithm::RsaPss(PssParameters::SHA384)]);
    let value = sha384.sign(MESSAGE).unwrap();
    assert!(is_valid(claim(sha384.signature_algorithm(), sha384.public_key(), MESSAGE, &value)));
    let read = SigningKey::from_pkcs8_der(&sha384.to_pkcs8_der()).unwrap();
    assert_eq!(read.public_key(), sha384.public_key(), "the restriction is written");
    let short_salt = PssParameters::new(DigestAlgorithm::Sha256, DigestAlgorithm::Sha256, 20).unwrap();
    assert!(restricted(short_salt).is_ok(), "at least 20: ours has 32");
    let long_salt = PssParameters::new(DigestAlgorithm::Sha256, DigestAlgorithm::Sha256, 33).unwrap();
    assert!(matches!(restricted(long_salt), Err(KeyError::UnsupportedParameters { .. })));
}

#[test]
fn the_same_seed_makes_the_same_key_and_pkcs8_keeps_it() {
    for key in keys() {
        let kind = key.key_algorithm();
        let read = SigningKey::from_pkcs8_der(&key.to_pkcs8_der()).unwrap();
        assert_eq!((read.public_key(), read.key_algorithm()), (key.public_key(), kind));
        assert_eq!(read.to_pkcs8_der(), key.to_pkcs8_der());
        if kind != KeyAlgorithm::Rsa2048 {
            let again = SigningKey::generate(kind, &mut SeededEntropy::new(kind.name().as_bytes())).unwrap();
            assert_eq!(again.to_pkcs8_der(), key.to_pkcs8_der());
        }
        assert!(!format!("{key:?}").contains("secret"));
    }
}

#[test]
fn kinds_are_found_by_name() {
    for kind in KeyAlgorithm::ALL {
        assert_eq!(kind.name().parse(), Ok(kind));
    }
    let unknown = "gost".parse::<KeyAlgorithm>().unwrap_err();
    assert!(unknown.to_string().contains("gost-r-34.10-2015-512-kz"));
}

/// A PKCS#8 of the Kazakh 512-bit kind around any private key octets.
fn kz512(private_key: &[u8]) -> Vec<u8> {
    let set = ParameterSet::of_family(KeyFamily::GostKz512).unwrap();
    pkcs8::encode(&set.algorithm_identifier_der(), private_key).to_vec()
}

#[test]
fn a_gost_scalar_is_read_in_each_of_its_three_forms() {
    let key = key(KeyAlgorithm::GostKz512);
    let Secret::Gost(scalar) = &key.secret else { panic!("a GOST key") };
    let wrapped = scalar.write();
    let bare = &wrapped[2..];
    let integer = der::integer(&bare.iter().rev().copied().collect::<Vec<_>>());
    for form in [&wrapped[..], bare, &integer] {
        assert_eq!(SigningKey::from_pkcs8_der(&kz512(form)).unwrap().public_key(), key.public_key());
    }
    assert!(matches!(SigningKey::from_pkcs8_der(&kz512(&der::null())), Err(KeyError::Malformed(_))));
}

#[test]
fn octets_that_two_gost_scalars_fit_are_read_by_the_public_key_beside_them_or_not_at_all() {
    let set = ParameterSet::of_family(KeyFamily::GostKz512).unwrap();
    let octets = [&[0x04, 0x3e][..], &[7; 62]].concat();
    let scalars = GostScalar::read(set, &octets).unwrap();
    assert_eq!(scalars.len(), 2);
    assert_eq!(SigningKey::from_pkcs8_der(&kz512(&octets)).err(), Some(KeyError::AmbiguousScalar));
    let beside = |public: &[u8]| {
        let public = der::tlv(tag::CONTEXT | 1, &[&[0], public].concat());
        let algorithm = set.algorithm_identifier_der();
        der::sequence(&[&der::integer_u64(1), &algorithm, &der::octet_string(&octets), &public])
    };
    let foreign = key(KeyAlgorithm::GostKz512);
    let read = |public: &[u8]| SigningKey::from_pkcs8_der(&beside(public));
    assert_eq!(read(foreign.public_key().key_octets()).err(), Some(KeyError::PairMismatch));
    for scalar in scalars {
        let public = scalar.public_octets();
        assert_eq!(read(&public).unwrap().public_key().key_octets(), public);
    }
}

#[test]
fn scalars_of_zero_or_not_below_the_order_are_refused() {
    let mut q = unhex(
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF27E69532F48D89116FF22B8D4E0560609B4B38ABFAD2B85DCACDB1411F10B275",
    );
    let mut last = q.clone();
    last[63] -= 1;
    let refused = [vec![0], q.clone(), [&[1][..], &q].concat()];
    for scalar in refused {
        let read = SigningKey::from_pkcs8_der(&kz512(&der::integer(&scalar)));
        assert!(matches!(read, Err(KeyError::InvalidScalar)), "{scalar:x?}");
    }
    assert!(SigningKey::from_pkcs8_der(&kz512(&der::integer(&last))).is_ok());
    q.truncate(32);
    for scalar in [vec![0; 32], q] {
        let sec1 = der::sequence(&[&der::integer_u64(1), &der::octet_string(&scalar)]);
        let ec = pkcs8::encode(&ec_algorithm_identifier(EcCurve::P256), &sec1);
        assert!(matches!(SigningKey::from_pkcs8_der(&ec), Err(KeyError::InvalidScalar)));
    }
}

#[test]
fn a_public_key_beside_the_private_one_must_be_its_own() {
    let key = key(KeyAlgorithm::EcP256);
    let Secret::Ec { scalar, .. } = &key.secret else { panic!("an EC key") };
    let mut foreign =
        SigningKey::generate(KeyAlgorithm::EcP256, &mut SystemEntropy).unwrap().public.key_octets().to_vec();
    let algorithm = ec_algorithm_identifier(EcCurve::P256);
    let sec1 = ec_scalar::encode(scalar, &foreign);
    assert!(matches!(SigningKey::from_pkcs8_der(&pkcs8::encode(&algorithm, &sec1)), Err(KeyError::PairMismatch)));

    let sec1 = ec_scalar::encode(scalar, key.public.key_octets());
    foreign.insert(0, 0);
    let version_1 = |public: &[u8]| {
        let public = der::context_primitive(1, public);
        der::sequence(&[&der::integer_u64(1), &algorithm, &der::octet_string(&sec1), &public])
    };
    assert!(matches!(SigningKey::from_pkcs8_der(&version_1(&foreign)), Err(KeyError::PairMismatch)));
    let own = [&[0], key.public.key_octets()].concat();
    assert!(SigningKey::from_pkcs8_der(&version_1(&own)).is_ok());
}

#[test]
fn the_ed25519_key_of_rfc_8410_is_read() {
    // §10.3 and §10.1.
    let pkcs8 = armour::decode("MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC").unwrap();
    let spki = armour::decode("MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=").unwrap();
    assert_eq!(SigningKey::from_pkcs8_der(&pkcs8).unwrap().public_key().spki_der(), spki);
    let mut short = pkcs8;
    short.truncate(46);
    assert!(matches!(SigningKey::from_pkcs8_der(&short), Err(KeyError::Malformed(_))));
}

/// One P-256 key as OpenSSL 3.0 encrypts it under `Qwerty12`, and its public key.
const SPKI: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEpDGE708XfPrLXn6nhbUMBMt8FZPqCGZGb74hgHKW/bAMG0csgpap0nNUQsn+jxfG0vJf9E14+G8cj6ZT29CS8A==";
const AES_SHA256: &str = "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAiRxT9AJTjmtAICCAAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEHToMYJuzgqq07Bwh/7ctXUEgZAbFqugs2kz3h72T8rN2clU7g66A4ssiGSHEGv3qqEZxYAWqHDjUdjKjpPZ7Ze2CbsMrVU1w+dEn9C8S20Y2drwToVOndnFvnGwtMbWesSMjs3zOh3qMnIvFmWq7pJFv3dWpUgZJHhByc0bv6++KrOn6fOKLXlyFW6sr8wwqzZZ5Z510zHyICRS1SLSQ6WYZlU=";
const TDES_SHA1: &str = "MIHVMEAGCSqGSIb3DQEFDTAzMBsGCSqGSIb3DQEFDDAOBAiIYQwGavWl1QICCAAwFAYIKoZIhvcNAwcECLMn9vmZ6qIPBIGQk++w2IS0Cui8QFgXM3J86VRTF7Ji+6t1vjxGH2KNjyBj/U0xTHnRQ5zBmpEyWAl+hibA1z7yWePqJ3VwhIQFrX+iGv58nJUbBn6gLQ8P9vLmORPPLT70YS/nLK0i54aCxgZRUxw5fIYB2qdFpJQ4GsTA6CtGj3RBV2g43PbSRLPRTt404BxUm/1hDMGDjBZ/";
const THREE_MILLION_ITERATIONS: &str = "MIHfMEoGCSqGSIb3DQEFDTA9MBwGCSqGSIb3DQEFDDAPBAgYEE7o8S0wtQIDLcbAMB0GCWCGSAFlAwQBKgQQHn4o6lSTeH0rVaBQh4bV9wSBkBfu/RYWxuf4aUWicMC04yHFCxyOSYKQWt/7NTeU9ZwQCrmh9QGsKveeYvm0YUpwNVk5Z/T305236/XLjKRWuBwK6agl8YKVhjEjVAtaRxE+zf/BLL3jK6CIk7dD48Tmdc0d4zdXp1FDJvUyNrpGkPtN9xvXB0cjvI0IVSH1iWx9dlIACw1vO3gP8Jp+Bz1E7w==";
const SCRYPT: &str = "MIHkME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAgWeBZGyTi0swICQAACAQgCAQEwHQYJYIZIAWUDBAEqBBCaRtunIkH0ByKjqA6TxId7BIGQVCZl43iQqh73CgrFH5HWSFfnnpDDf93OvTvwFh/J/U9yrcGnQngpBwPatz5uM4YgipXMpM+8R3yTEEYQx2BIwAgI6Y+evp2KBSZ/FuAOqExIbEb0GlZbIoVgK+7uuBZaHO+mj4m9QJIQhJAd/EvRAqRZEaGdtwhJ5Mor15wEBTKiRYlkT7jNPWeP3bqMUG9s";

#[test]
fn keys_that_openssl_encrypted_open_with_their_password_only() {
    let open = |text, password| SigningKey::from_encrypted_pkcs8(&armour::decode(text).unwrap(), password);
    for text in [AES_SHA256, TDES_SHA1] {
        let key = open(text, "Qwerty12").unwrap();
        assert_eq!(key.public_key().spki_der(), armour::decode(SPKI).unwrap());
        for wrong in ["Qwerty13", "", "qwerty12"] {
            // A wrong password leaves a right padding once in 256 times: then the structure is wrong.
            assert!(matches!(open(text, wrong), Err(KeyError::WrongPassword | KeyError::Malformed(_))), "{wrong}");
        }
    }
    let costly = open(THREE_MILLION_ITERATIONS, "Qwerty12");
    assert!(matches!(costly, Err(KeyError::Limit(limit)) if limit.limit == &PBE_ITERATIONS_MAX));
    assert!(matches!(open(SCRYPT, "Qwerty12"), Err(KeyError::UnsupportedEncryption)));
}
