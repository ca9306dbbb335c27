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
    ContainerError, DigestAlgorithm, KeyError, Outcome, PublicKey, SignatureAlgorithm, SignatureClaim, SigningKey,
    pkcs12, verify_many,
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

/// The index of the Russian corpus; some subjects hold escapes of lone surrogates, which JSON does not allow.
fn russian_index(folder: &Path) -> Vec<serde_json::Value> {
    let index = std::fs::read_to_string(folder.join("index.json")).unwrap().replace("\\ud", "\\u0");
    let index: serde_json::Value = serde_json::from_str(&index).unwrap();
    index["cases"].as_array().unwrap().clone()
}

#[test]
fn every_russian_certificate_verifies_that_another_implementation_calls_good() {
    let Some(folder) = corpus("gost-ru") else { return };
    let read = |file: &str| certificate(&armour::strip(&std::fs::read(folder.join(file)).unwrap()).unwrap());
    let mut verified: BTreeMap<&str, u32> = BTreeMap::new();
    let mut unsupported = Vec::new();
    for case in &russian_index(&folder) {
        let (Some(file), Some(issuer)) = (case["file"].as_str(), case["issuer_file"].as_str()) else { continue };
        let known_good = case["sig_verified_by_openssl_gost"] == true && case["kind"] == "cert";
        if !known_good || !folder.join(file).is_file() || !folder.join(issuer).is_file() {
            continue;
        }
        let (mut subject, issuer) = (read(file), read(issuer));
        let key = match PublicKey::from_spki_der(&issuer.spki) {
            Ok(key) => key,
            Err(why) => {
                unsupported.push(format!("{file}: {why}"));
                continue;
            }
        };
        assert!(subject.is_signed_by(&key), "{file}");
        let value = subject.value.clone();
        subject.value = flipped(&value);
        assert!(!subject.is_signed_by(&key), "{file}, another value");
        let (s, r) = value.split_at(value.len() / 2);
        subject.value = [r, s].concat();
        assert!(!subject.is_signed_by(&key), "{file}, the halves in another order");
        (subject.value, subject.tbs) = (value, flipped(&subject.tbs));
        assert!(!subject.is_signed_by(&key), "{file}, altered");
        *verified.entry(key.algorithm_name()).or_insert(0) += 1;
    }
    println!("verified: {verified:?}; not supported: {unsupported:#?}");
    assert!(verified.values().sum::<u32>() >= 330 && verified.len() == 3);
    // On the curve of the examples of RFC 5832, which is for tests.
    assert!(unsupported.len() <= 1);
}

#[test]
fn every_key_of_a_russian_certificate_is_read_with_whatever_parameters_it_has() {
    let Some(folder) = corpus("gost-ru") else { return };
    let mut read = 0;
    let mut unread = BTreeMap::new();
    for case in &russian_index(&folder) {
        let Some(file) = case["file"].as_str().filter(|_| case["kind"] == "cert") else { continue };
        let Ok(octets) = std::fs::read(folder.join(file)) else { continue };
        match PublicKey::from_spki_der(&certificate(&octets).spki) {
            Ok(_) => read += 1,
            Err(why) => *unread.entry(why.to_string()).or_insert(0) += 1,
        }
    }
    println!("{read} read; {unread:?}");
    assert!(read >= 1600);
    // GOST R 34.10-94, and the curve that is for tests.
    assert!(unread.values().sum::<u32>() <= 6, "{unread:?}");
}

#[test]
fn raw_signatures_and_keys_of_the_openssl_gost_engine_agree_on_every_parameter_set() {
    let Some(folder) = corpus("gost-ru/gost-engine-generated") else { return };
    let content = std::fs::read(folder.join("content.bin")).unwrap();
    let (mut sets, mut values) = (0, 0);
    for path in files_below(&folder) {
        let Some(set) = path.to_str().and_then(|path| path.strip_suffix(".key.pem")) else { continue };
        let private = SigningKey::from_pkcs8_der(&armour::strip(&std::fs::read(&path).unwrap()).unwrap()).unwrap();
        let (key, algorithm) = (private.public_key(), private.signature_algorithm());
        for encoding in ["der", "pem"] {
            let Ok(own) = std::fs::read(format!("{set}.crt.{encoding}")) else { continue };
            let own = certificate(&armour::strip(&own).unwrap());
            assert_eq!(key, &PublicKey::from_spki_der(&own.spki).unwrap(), "{set}");
            assert!(own.is_signed_by(key), "{set}");
        }
        if let Ok(bad) = std::fs::read(format!("{set}.crt.badsig.der")) {
            assert!(!certificate(&bad).is_signed_by(key), "{set}");
        }
        if let Ok(value) = std::fs::read(format!("{set}.raw.sig")) {
            assert!(valid(algorithm, key, &content, &value), "{set}");
            assert!(!valid(algorithm, key, &content, &value.iter().rev().copied().collect::<Vec<_>>()), "{set}");
            values += 1;
        }
        if let Ok(value) = std::fs::read(format!("{set}.raw.bad.sig")) {
            assert!(!valid(algorithm, key, &content, &value), "{set}");
        }
        let own_value = private.sign(&content).unwrap();
        assert!(valid(algorithm, key, &content, &own_value) && !valid(algorithm, key, b"other", &own_value), "{set}");
        sets += 1;
    }
    println!("{sets} keys, {values} raw signatures");
    assert!(sets >= 16 && values >= 10);
}

#[test]
fn what_is_protected_with_russian_cryptography_opens_with_its_password_only() {
    let Some(folder) = corpus("gost-ru") else { return };
    let file = |name: &str| std::fs::read(folder.join(name)).unwrap();
    // A container of CryptoPro's kind by Bouncy Castle (S-box A), and one of GnuTLS.
    for (name, password) in [("p12/79fc08b1f7daf376.der", "1"), ("p12/86b3171ff5f3ebf9.der", "Пароль для PFX")]
    {
        let octets = file(name);
        let container = pkcs12::read(&octets, password).unwrap();
        let (key, own) = (&container.key, certificate(container.certificates.first().unwrap()));
        assert_eq!(key.public_key(), &PublicKey::from_spki_der(&own.spki).unwrap(), "{name}");
        let value = key.sign(b"message").unwrap();
        assert!(valid(key.signature_algorithm(), key.public_key(), b"message", &value), "{name}");
        assert!(!valid(key.signature_algorithm(), key.public_key(), b"massage", &value), "{name}");
        assert_eq!(pkcs12::read(&octets, "password").err(), Some(ContainerError::WrongPassword), "{name}");
        // Somewhere in the ciphertext, and the last octet of the MAC's value.
        for at in [octets.len() / 2, octets.len() - 40] {
            let mut altered = octets.clone();
            altered[at] ^= 1;
            assert_eq!(pkcs12::read(&altered, password).err(), Some(ContainerError::WrongPassword), "{name} at {at}");
        }
    }
    let key = file("enckey/c703bfe5bc80f44e.der");
    assert!(SigningKey::from_encrypted_pkcs8(&key, "qwertyu").unwrap().sign(b"message").is_ok());
    assert_eq!(SigningKey::from_encrypted_pkcs8(&key, "qwerty").err(), Some(KeyError::WrongPassword));
    // HMAC with GOST R 34.11-94 and AES-256; the key inside is an RSA key of 1024 bits.
    let key = file("enckey/f4ee3228bf20651b.der");
    let refused = SigningKey::from_encrypted_pkcs8(&key, "hello").err();
    assert!(matches!(refused, Some(KeyError::UnsupportedSize { bits: 1024 })), "{refused:?}");
    assert_eq!(SigningKey::from_encrypted_pkcs8(&key, "hallo").err(), Some(KeyError::WrongPassword));
}
