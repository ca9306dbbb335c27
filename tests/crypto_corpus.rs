//! Real samples of the Kazakh and Russian PKIs: containers open, keys belong, signatures verify; what lies beside them
//! does not.
#![expect(clippy::disallowed_methods, reason = "a test finds its corpus by environment and disk")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test: what goes wrong fails it"
)]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use qoltanba::codec::armour;
use qoltanba::codec::der::{Encoding, Reader, tag};
use qoltanba::crypto::{
    ContainerError, DigestAlgorithm, Outcome, PublicKey, SignatureAlgorithm, SignatureClaim, SigningKey, pkcs12,
    verify_many,
};

/// The folder of one corpus, or `None` with a plain word where it is not there.
fn corpus(name: &str) -> Option<PathBuf> {
    let root = std::env::var("QOLTANBA_CORPORA")
        .map_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"), PathBuf::from);
    let folder = root.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("SKIPPED: {} is not there; QOLTANBA_CORPORA names its parent", folder.display());
    None
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn valid(algorithm: SignatureAlgorithm, key: &PublicKey, message: &[u8], value: &[u8]) -> bool {
    let claim = SignatureClaim { algorithm, key, message: Cow::Borrowed(message), value: Cow::Borrowed(value) };
    matches!(verify_many(&[claim]).as_slice(), [Outcome::Valid(_)])
}

fn flipped(octets: &[u8]) -> Vec<u8> {
    let mut other = octets.to_vec();
    let middle = other.len() / 2;
    other[middle] ^= 1;
    other
}

struct Certificate {
    tbs: Vec<u8>,
    issuer: Vec<u8>,
    subject: Vec<u8>,
    spki: Vec<u8>,
    algorithm: const_oid::ObjectIdentifier,
    params: Option<Vec<u8>>,
    value: Vec<u8>,
}

fn certificate(der: &[u8]) -> Certificate {
    let mut outer = Reader::new(der, Encoding::Ber, "Certificate").sequence().unwrap();
    let tbs = outer.expect(tag::SEQUENCE).unwrap();
    let mut algorithm = outer.sequence().unwrap();
    let oid = algorithm.oid().unwrap();
    let params = if algorithm.is_empty() { None } else { Some(algorithm.any().unwrap().raw.to_vec()) };
    let value = outer.expect(tag::BIT_STRING).unwrap().bit_string().unwrap().to_vec();
    let mut body = tbs.reader();
    body.optional(tag::CONTEXT_CONSTRUCTED).unwrap();
    let [_serial, _signature, issuer, _validity, subject, spki] = [(); 6].map(|()| body.any().unwrap().raw.to_vec());
    Certificate { tbs: tbs.raw.to_vec(), issuer, subject, spki, algorithm: oid, params, value }
}

impl Certificate {
    fn is_signed_by(&self, key: &PublicKey) -> bool {
        SignatureAlgorithm::resolve(self.algorithm, self.params.as_deref(), None, key)
            .is_ok_and(|algorithm| valid(algorithm, key, &self.tbs, &self.value))
    }
}

#[test]
fn every_container_opens_with_its_password_and_its_key_signs_for_its_certificate() {
    let Some(folder) = corpus("kz/p12") else { return };
    let files = files_below(&folder);
    assert!(!files.is_empty());
    let mut algorithms = BTreeMap::new();
    for path in files {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let bytes = std::fs::read(&path).unwrap();
        let of_2015 = ["KEY_CEO_REVOKED_2015.p12", "KEY_INDIVIDUAL_VALID_2015.p12"].contains(&name.as_str());
        let password = if of_2015 { "Aa123456" } else { "Qwerty12" };
        let container = pkcs12::read(&bytes, password).unwrap_or_else(|e| panic!("{}: {e}", path.display()));

        let own = certificate(container.certificates.first().unwrap());
        assert_eq!(container.key.public_key(), &PublicKey::from_spki_der(&own.spki).unwrap());
        assert_eq!(container.key.public_key().spki_der(), own.spki, "derived to the octet");
        let friendly_name = container.friendly_name.as_deref().unwrap();
        assert!(friendly_name.len() == 40 && friendly_name.bytes().all(|b| b.is_ascii_hexdigit()), "{friendly_name}");

        let value = container.key.sign(name.as_bytes()).unwrap();
        let (algorithm, key) = (container.key.signature_algorithm(), container.key.public_key());
        assert!(valid(algorithm, key, name.as_bytes(), &value));
        assert!(!valid(algorithm, key, b"another message", &value));
        assert!(!valid(algorithm, key, name.as_bytes(), &flipped(&value)));
        *algorithms.entry(algorithm.name()).or_insert(0) += 1;

        assert!(matches!(pkcs12::read(&bytes, "Qwerty13"), Err(ContainerError::WrongPassword)));
        assert!(matches!(pkcs12::read(&bytes[..bytes.len() - 1], password), Err(ContainerError::Malformed(_))));
    }
    println!("{algorithms:?}");
}

#[test]
fn a_value_of_the_national_library_verifies_and_its_neighbours_do_not() {
    let Some(folder) = corpus("kz/vectors") else { return };
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("gost512_raw.json")).unwrap()).unwrap();
    let text = |name: &str| json[name].as_str().unwrap().to_owned();
    let hex = |name: &str| {
        let text = text(name);
        (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect::<Vec<u8>>()
    };
    let own = certificate(&std::fs::read(folder.join("gost512_cert.der")).unwrap());
    let key = PublicKey::from_spki_der(&own.spki).unwrap();
    let (message, value) = (text("msg").into_bytes(), hex("sig_r_LE_s_LE"));
    assert_eq!(DigestAlgorithm::Streebog512.digest(&message), hex("digest"));
    let algorithm = SignatureAlgorithm::GostR34102015_512Kz;
    assert!(valid(algorithm, &key, &message, &value));
    assert!(own.is_signed_by(&key));

    let reversed: Vec<u8> = value.iter().rev().copied().collect();
    let swapped = [&value[64..], &value[..64]].concat();
    let extended = [&value[..], &[0]].concat();
    for wrong in [&reversed[..], &swapped, &extended, &value[..127], &flipped(&value), &[]] {
        assert!(!valid(algorithm, &key, &message, wrong));
    }
    assert!(!valid(SignatureAlgorithm::GostR34102012_512, &key, &message, &reversed), "the Russian name, a Kazakh key");
}

#[test]
fn certificates_whose_issuers_are_there_verify() {
    let Some(folder) = corpus("kz") else { return };
    let read = |folder: &Path| -> Vec<(String, Certificate)> {
        let named = |path: PathBuf| {
            let der = std::fs::read(&path).unwrap();
            (path.display().to_string(), certificate(&armour::strip(&der).unwrap()))
        };
        files_below(folder).into_iter().map(named).collect()
    };
    let authorities = read(&folder.join("ca"));
    let keys: Vec<PublicKey> = authorities.iter().map(|(_, ca)| PublicKey::from_spki_der(&ca.spki).unwrap()).collect();
    let mut without_issuer = 0;
    let mut algorithms = BTreeMap::new();
    for (name, mut subject) in read(&folder.join("ca")).into_iter().chain(read(&folder.join("ee"))) {
        // Generations of an authority share a name.
        let mut issuers = authorities.iter().zip(&keys).filter(|((_, ca), _)| ca.subject == subject.issuer).peekable();
        if issuers.peek().is_none() {
            without_issuer += 1;
            println!("no issuer for {name}");
            continue;
        }
        let (_, key) = issuers.find(|(_, key)| subject.is_signed_by(key)).unwrap_or_else(|| panic!("{name}"));
        *algorithms.entry(key.algorithm_name()).or_insert(0) += 1;
        subject.tbs = flipped(&subject.tbs);
        assert!(!subject.is_signed_by(key), "{name} altered");
    }
    println!("{algorithms:?}");
    assert_eq!(without_issuer, 2, "the roots of the two old test authorities are not public");
}

#[test]
fn russian_certificates_verify_wherever_another_implementation_says_so() {
    let Some(folder) = corpus("gost-ru") else { return };
    // Some subjects hold escapes of lone surrogates, which JSON does not allow.
    let index = std::fs::read_to_string(folder.join("index.json")).unwrap().replace("\\ud", "\\u0");
    let index: serde_json::Value = serde_json::from_str(&index).unwrap();
    let (mut verified, mut other_curves) = (0, 0);
    for case in index["cases"].as_array().unwrap() {
        let of_2012 = case["sig_alg"].as_str().is_some_and(|oid| oid.starts_with("1.2.643.7.1.1.3."));
        let (Some(file), Some(issuer)) = (case["file"].as_str(), case["issuer_file"].as_str()) else { continue };
        let paths = [folder.join(file), folder.join(issuer)];
        let known_good = case["sig_verified_by_openssl_gost"] == true && case["kind"] == "cert" && of_2012;
        if !known_good || !paths.iter().all(|path| path.is_file()) {
            continue;
        }
        let [mut subject, issuer] =
            paths.map(|path| certificate(&armour::strip(&std::fs::read(path).unwrap()).unwrap()));
        let Ok(key) = PublicKey::from_spki_der(&issuer.spki) else {
            other_curves += 1;
            continue;
        };
        assert!(subject.is_signed_by(&key), "{file}");
        subject.value = flipped(&subject.value);
        assert!(!subject.is_signed_by(&key), "{file} altered");
        verified += 1;
        if verified == 100 {
            break;
        }
    }
    println!("{verified} verified, {other_curves} on curves that are not supported");
    assert!(verified > 0);
}

#[test]
fn signatures_of_the_openssl_gost_engine_verify_and_its_broken_ones_do_not() {
    let Some(folder) = corpus("gost-ru/gost-engine-generated") else { return };
    let content = std::fs::read(folder.join("content.bin")).unwrap();
    for set in ["gost2012_256_TCA", "gost2012_256_A", "gost2012_256_XA", "gost2012_256_TCB", "gost2012_512_A"] {
        let der = std::fs::read(folder.join(format!("{set}.crt.der")));
        let Ok(der) = der.or_else(|_| std::fs::read(folder.join(format!("{set}.crt.pem")))) else { continue };
        let own = certificate(&armour::strip(&der).unwrap());
        let key = PublicKey::from_spki_der(&own.spki).unwrap_or_else(|e| panic!("{set}: {e}"));
        assert!(own.is_signed_by(&key), "{set}");
        if let Ok(bad) = std::fs::read(folder.join(format!("{set}.crt.badsig.der"))) {
            assert!(!certificate(&bad).is_signed_by(&key), "{set}");
        }
        let Ok(value) = std::fs::read(folder.join(format!("{set}.raw.sig"))) else { continue };
        let algorithm = SignatureAlgorithm::resolve(own.algorithm, None, None, &key).unwrap();
        assert!(valid(algorithm, &key, &content, &value), "{set}");
        assert!(!valid(algorithm, &key, &content, &value.iter().rev().copied().collect::<Vec<_>>()), "{set} reversed");
        let Ok(pkcs8) = std::fs::read(folder.join(format!("{set}.key.pem"))) else { continue };
        let private = SigningKey::from_pkcs8_der(&armour::strip(&pkcs8).unwrap()).unwrap();
        assert_eq!(private.public_key(), &key);
        println!("{set}: raw signature and private key agree");
    }
}
