//! `just bench crypto`: verifying and signing one signature per algorithm, beside ring, aws-lc-rs and RustCrypto.
//!
//! The first figure is ours, per core; every ratio is ours over that peer's, from the same interleaved run.

use std::borrow::Cow;

use qoltanba::crypto::{
    DigestAlgorithm, KeyAlgorithm, Outcome, SeededEntropy, SignatureClaim, SigningKey, verify_many,
};
use qoltanba_benches::{Contender, compare};

const MESSAGE: &[u8; 128] = &[0x71; 128];

fn main() {
    println!("verify: ours, then ours over the peer's");
    for algorithm in KeyAlgorithm::ALL {
        verifying(algorithm);
    }
    println!("sign: ours (each value verified before it is given out), then ours over the peer's");
    for algorithm in KeyAlgorithm::ALL {
        signing(algorithm);
    }
    println!("digest of 4 KiB: ours, then ours over the peer's");
    digests();
}

fn key_of(algorithm: KeyAlgorithm) -> SigningKey {
    SigningKey::generate(algorithm, &mut SeededEntropy::new(b"a bench")).expect("a key is made")
}

fn verifying(algorithm: KeyAlgorithm) {
    let key = key_of(algorithm);
    let value = key.sign(MESSAGE).expect("a signature is made");
    let claim = SignatureClaim {
        algorithm: key.signature_algorithm(),
        key: key.public_key(),
        message: Cow::Borrowed(MESSAGE),
        value: Cow::Borrowed(&value),
    };
    let claims = [claim];
    let mut contenders =
        vec![Contender::new("qoltanba", || matches!(verify_many(&claims).as_slice(), [Outcome::Valid(_)]))];
    contenders.extend(peers::verifiers(algorithm.name(), &key, &value));
    compare(algorithm.name(), contenders);
}

fn signing(algorithm: KeyAlgorithm) {
    let key = key_of(algorithm);
    let mut contenders = vec![Contender::new("qoltanba", || key.sign(MESSAGE).is_ok())];
    contenders.extend(peers::signers(algorithm.name(), &key));
    compare(algorithm.name(), contenders);
}

fn digests() {
    let content = vec![0x5a; 4096];
    let ours = |digest: DigestAlgorithm| {
        let content = &content;
        Contender::new("qoltanba", move || !digest.digest(content).is_empty())
    };
    let ring = |digest: &'static ring::digest::Algorithm| {
        let content = &content;
        Contender::new("ring", move || !ring::digest::digest(digest, content).as_ref().is_empty())
    };
    compare("sha-256", vec![ours(DigestAlgorithm::Sha256), ring(&ring::digest::SHA256)]);
    compare("sha-512", vec![ours(DigestAlgorithm::Sha512), ring(&ring::digest::SHA512)]);
    compare("streebog-256", vec![ours(DigestAlgorithm::Streebog256)]);
    compare("streebog-512", vec![ours(DigestAlgorithm::Streebog512)]);
    compare("gost-34.311-95-kz", vec![ours(DigestAlgorithm::Gost34311)]);
}

/// The same work by others, where they do it.
mod peers {
    use p256::ecdsa::signature::Verifier as _;
    use qoltanba::crypto::SigningKey;
    use qoltanba_benches::Contender;

    use super::MESSAGE;

    /// The contents of the BIT STRING of a SubjectPublicKeyInfo, which ring and aws-lc-rs take.
    fn bare_key(key: &SigningKey) -> Vec<u8> {
        use qoltanba::codec::der::{Encoding, Reader, tag};
        let mut spki = Reader::new(key.public_key().spki_der(), Encoding::Der, "SubjectPublicKeyInfo");
        let mut body = spki.sequence().expect("a key");
        body.sequence().expect("an algorithm");
        let bits = body.expect(tag::BIT_STRING).expect("a bit string");
        bits.bit_string().expect("a bit string").to_vec()
    }

    pub(super) fn verifiers(name: &str, key: &SigningKey, value: &[u8]) -> Vec<Contender<'static>> {
        let (bare, value) = (bare_key(key), value.to_vec());
        let mut found = Vec::new();
        let ring: Option<&'static dyn ring::signature::VerificationAlgorithm> = match name {
            "rsa-2048" | "rsa-3072" | "rsa-4096" => Some(&ring::signature::RSA_PKCS1_2048_8192_SHA256),
            "ec-p256" => Some(&ring::signature::ECDSA_P256_SHA256_ASN1),
            "ec-p384" => Some(&ring::signature::ECDSA_P384_SHA384_ASN1),
            "ed25519" => Some(&ring::signature::ED25519),
            _ => None,
        };
        if let Some(algorithm) = ring {
            let (bare, value) = (bare.clone(), value.clone());
            let key = ring::signature::UnparsedPublicKey::new(algorithm, bare);
            found.push(Contender::new("ring", move || key.verify(MESSAGE, &value).is_ok()));
        }
        let aws: Option<&'static dyn aws_lc_rs::signature::VerificationAlgorithm> = match name {
            "rsa-2048" | "rsa-3072" | "rsa-4096" => Some(&aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256),
            "ec-p256" => Some(&aws_lc_rs::signature::ECDSA_P256_SHA256_ASN1),
            "ec-p384" => Some(&aws_lc_rs::signature::ECDSA_P384_SHA384_ASN1),
            "ec-p521" => Some(&aws_lc_rs::signature::ECDSA_P521_SHA512_ASN1),
            "ed25519" => Some(&aws_lc_rs::signature::ED25519),
            "ml-dsa-44" => Some(&aws_lc_rs::signature::ML_DSA_44),
            "ml-dsa-65" => Some(&aws_lc_rs::signature::ML_DSA_65),
            "ml-dsa-87" => Some(&aws_lc_rs::signature::ML_DSA_87),
            _ => None,
        };
        if let Some(algorithm) = aws {
            let (bare, value) = (bare.clone(), value.clone());
            let key = aws_lc_rs::signature::UnparsedPublicKey::new(algorithm, bare);
            found.push(Contender::new("aws-lc", move || key.verify(MESSAGE, &value).is_ok()));
        }
        found.extend(rust_crypto_verifier(name, bare, value));
        found
    }

    fn rust_crypto_verifier(name: &str, bare: Vec<u8>, value: Vec<u8>) -> Option<Contender<'static>> {
        let told = "RustCrypto";
        Some(match name {
            "rsa-2048" | "rsa-3072" | "rsa-4096" => {
                use rsa::pkcs1::DecodeRsaPublicKey as _;
                let key = rsa::RsaPublicKey::from_pkcs1_der(&bare).ok()?;
                let key = rsa::pkcs1v15::VerifyingKey::<rsa::sha2::Sha256>::new(key);
                let value = rsa::pkcs1v15::Signature::try_from(value.as_slice()).ok()?;
                Contender::new(told, move || key.verify(MESSAGE, &value).is_ok())
            }
            "ec-p256" => {
                let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&bare).ok()?;
                let value = p256::ecdsa::Signature::from_der(&value).ok()?;
                Contender::new(told, move || key.verify(MESSAGE, &value).is_ok())
            }
            "ec-p384" => {
                let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(&bare).ok()?;
                let value = p384::ecdsa::Signature::from_der(&value).ok()?;
                Contender::new(told, move || key.verify(MESSAGE, &value).is_ok())
            }
            "ec-p521" => {
                let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(&bare).ok()?;
                let value = p521::ecdsa::Signature::from_der(&value).ok()?;
                Contender::new(told, move || key.verify(MESSAGE, &value).is_ok())
            }
            "ed25519" => {
                let key = ed25519_dalek::VerifyingKey::from_bytes(&bare.try_into().ok()?).ok()?;
                let value = ed25519_dalek::Signature::from_slice(&value).ok()?;
                Contender::new("dalek", move || key.verify_strict(MESSAGE, &value).is_ok())
            }
            _ => return None,
        })
    }

    pub(super) fn signers(name: &str, key: &SigningKey) -> Vec<Contender<'static>> {
        let pkcs8 = key.to_pkcs8_der();
        ring_signer(name, &pkcs8).into_iter().chain(aws_signer(name, &pkcs8)).collect()
    }

    fn ring_signer(name: &str, pkcs8: &[u8]) -> Option<Contender<'static>> {
        use ring::signature as s;
        let rng = ring::rand::SystemRandom::new();
        Some(match name {
            "rsa-2048" | "rsa-3072" | "rsa-4096" => {
                let pair = s::RsaKeyPair::from_pkcs8(pkcs8).ok()?;
                let mut value = vec![0; pair.public().modulus_len()];
                Contender::new("ring", move || pair.sign(&s::RSA_PKCS1_SHA256, &rng, MESSAGE, &mut value).is_ok())
            }
            "ec-p256" | "ec-p384" => {
                let algorithm = if name == "ec-p256" {
                    &s::ECDSA_P256_SHA256_ASN1_SIGNING
                } else {
                    &s::ECDSA_P384_SHA384_ASN1_SIGNING
                };
                let pair = s::EcdsaKeyPair::from_pkcs8(algorithm, pkcs8, &rng).ok()?;
                Contender::new("ring", move || pair.sign(&rng, MESSAGE).is_ok())
            }
            "ed25519" => {
                let pair = s::Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).ok()?;
                Contender::new("ring", move || pair.sign(MESSAGE).as_ref().len() == 64)
            }
            _ => return None,
        })
    }

    fn aws_signer(name: &str, pkcs8: &[u8]) -> Option<Contender<'static>> {
        use aws_lc_rs::signature as s;
        let rng = aws_lc_rs::rand::SystemRandom::new();
        Some(match name {
            "rsa-2048" | "rsa-3072" | "rsa-4096" => {
                let pair = s::RsaKeyPair::from_pkcs8(pkcs8).ok()?;
                let mut value = vec![0; pair.public_modulus_len()];
                Contender::new("aws-lc", move || pair.sign(&s::RSA_PKCS1_SHA256, &rng, MESSAGE, &mut value).is_ok())
            }
            "ec-p256" | "ec-p384" | "ec-p521" => {
                let algorithm = match name {
                    "ec-p256" => &s::ECDSA_P256_SHA256_ASN1_SIGNING,
                    "ec-p384" => &s::ECDSA_P384_SHA384_ASN1_SIGNING,
                    _ => &s::ECDSA_P521_SHA512_ASN1_SIGNING,
                };
                let pair = s::EcdsaKeyPair::from_pkcs8(algorithm, pkcs8).ok()?;
                Contender::new("aws-lc", move || pair.sign(&rng, MESSAGE).is_ok())
            }
            "ed25519" => {
                let pair = s::Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).ok()?;
                Contender::new("aws-lc", move || pair.sign(MESSAGE).as_ref().len() == 64)
            }
            _ => return None,
        })
    }
}
