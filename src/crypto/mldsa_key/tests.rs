use super::*;
use crate::codec::der;
use crate::crypto::SeededEntropy;
use crate::crypto::tests::{claim, is_valid};
use crate::crypto::{PublicKey, SignatureAlgorithm};

fn key(set: MlDsaSet) -> MlDsaSecret {
    MlDsaSecret::generate(set, &mut SeededEntropy::new(b"ml-dsa")).unwrap()
}

fn refused(set: MlDsaSet, private_key: &[u8]) -> KeyError {
    MlDsaSecret::read(set, private_key).err().unwrap()
}

#[test]
fn a_key_is_read_in_each_of_its_three_forms() {
    for set in MlDsaSet::ALL {
        let key = key(set);
        let (seed, expanded) = (key.seed.clone().unwrap(), key.expanded_octets());
        let both = der::sequence(&[&der::octet_string(&seed), &der::octet_string(&expanded)]);
        for form in [key.write().to_vec(), der::octet_string(&expanded), both] {
            let read = MlDsaSecret::read(set, &form).unwrap();
            assert_eq!(read.public_octets(), key.public_octets());
            assert_eq!(read.sign(b"m"), key.sign(b"m"), "{}", set.name());
        }
        let alone = MlDsaSecret::read(set, &der::octet_string(&expanded)).unwrap();
        assert_eq!(*alone.write(), der::octet_string(&expanded), "no seed, no seed form");
    }
}

#[test]
fn forms_of_another_size_or_tag_are_refused() {
    let set = MlDsaSet::MlDsa44;
    let key = key(set);
    let (seed, expanded) = (key.seed.clone().unwrap(), key.expanded_octets());
    for octets in [&seed[1..], &[&seed[..], &[0]].concat(), &[]] {
        assert_eq!(refused(set, &der::context_primitive(0, octets)), KeyError::InvalidScalar);
    }
    for octets in [&expanded[1..], &[&expanded[..], &[0]].concat(), &seed[..], &[]] {
        assert_eq!(refused(set, &der::octet_string(octets)), KeyError::InvalidScalar);
    }
    assert_eq!(refused(MlDsaSet::MlDsa65, &der::octet_string(&expanded)), KeyError::InvalidScalar, "another set");
    assert!(matches!(refused(set, &der::null()), KeyError::Malformed(_)));
    assert!(matches!(refused(set, &[key.write().to_vec(), vec![0]].concat()), KeyError::Malformed(_)));
    let both = [&der::octet_string(&seed)[..], &der::octet_string(&expanded), &der::null()];
    assert!(matches!(refused(set, &der::sequence(&both)), KeyError::Malformed(_)));
}

#[test]
fn an_expanded_key_that_contradicts_itself_is_refused() {
    for set in MlDsaSet::ALL {
        let key = key(set);
        let (seed, expanded) = (key.seed.clone().unwrap(), key.expanded_octets());
        // ρ, tr, s1 (another coefficient in range), s1 out of range, s2 out of range, t0.
        let last_secret = expanded.len() - rows(set) * 416 - 1;
        let changes: [(usize, u8); 7] = [
            (0, 1),
            (64, 1),
            (128, 0),
            (130, 0xff),
            (last_secret, 0xff),
            (expanded.len() - 1, 0x80),
            (last_secret + 1, 1),
        ];
        for (at, mask) in changes {
            let mut altered = expanded.to_vec();
            match mask {
                0 => altered[at] = u8::from(altered[at] == 0),
                0xff => altered[at] = 0xff,
                _ => altered[at] ^= mask,
            }
            assert_eq!(refused(set, &der::octet_string(&altered)), KeyError::InvalidScalar, "{} {at}", set.name());
            let both = der::sequence(&[&der::octet_string(&seed), &der::octet_string(&altered)]);
            assert_eq!(refused(set, &both), KeyError::PairMismatch);
        }
    }
}

/// Polynomials of t0.
fn rows(set: MlDsaSet) -> usize {
    match set {
        MlDsaSet::MlDsa44 => 4,
        MlDsaSet::MlDsa65 => 6,
        MlDsaSet::MlDsa87 => 8,
    }
}

#[test]
fn a_value_altered_anywhere_is_none() {
    for set in MlDsaSet::ALL {
        let key = key(set);
        let spki = der::sequence(&[&der::sequence(&[&der::oid(set.oid())]), &der::bit_string(key.public_octets())]);
        let public = PublicKey::from_spki_der(&spki).unwrap();
        let algorithm = SignatureAlgorithm::MlDsa(set);
        let value = key.sign(b"message").unwrap();
        let valid = |message: &[u8], value: &[u8]| is_valid(claim(algorithm, &public, message, value));
        assert!(valid(b"message", &value));
        assert!(!valid(b"massage", &value));
        // c̃, z, hints, the counts of hints.
        for at in [0, 31, 64, 1000, value.len() - 90, value.len() - 5, value.len() - 1] {
            let mut altered = value.clone();
            altered[at] ^= 1;
            assert!(!valid(b"message", &altered), "{} {at}", set.name());
        }
        for wrong in [&value[1..], &value[..value.len() - 1], &[&value[..], &[0]].concat(), &[]] {
            assert!(!valid(b"message", wrong));
        }
        // What another domain signs: internal form without the prefix of algorithm 2, and under a context.
        let context =
            on_expanded!(&key.expanded, k => k.sign_deterministic(b"message", b"c").unwrap().encode().to_vec());
        let internal = on_expanded!(&key.expanded, k => {
            k.sign_internal(&[b"message"], &ml_dsa::B32::default()).encode().to_vec()
        });
        assert!(!valid(b"message", &context) && !valid(b"message", &internal));
    }
}
