use serde_json::Value;

use super::*;
use crate::codec::der;
use crate::crypto::{KeyAlgorithm, SeededEntropy};

const PASSPHRASE: &str = "correct horse battery";

fn key(seed: &str) -> SigningKey {
    SigningKey::generate(KeyAlgorithm::GostKz512, &mut SeededEntropy::new(seed.as_bytes())).unwrap()
}

/// As much of a certificate as says whose it is.
fn certificate(key: &SigningKey) -> Vec<u8> {
    let empty = der::sequence(&[]);
    let serial = der::integer_u64(1);
    let tbs = der::sequence(&[&serial, &empty, &empty, &empty, &empty, key.public_key().spki_der()]);
    der::sequence(&[&tbs])
}

fn two_keys() -> (KeyStore, SigningKey, SigningKey) {
    let mut entropy = SeededEntropy::new(b"store");
    let (a, b) = (key("a"), key("b"));
    let mut store = KeyStore::create(PASSPHRASE, &mut entropy).unwrap();
    for (alias, key) in [("officer-b", &b), ("officer-a", &a)] {
        store.add(alias, (key, &[certificate(key)]), PASSPHRASE, &mut entropy).unwrap();
    }
    (store, a, b)
}

#[test]
fn what_goes_in_comes_out_and_only_with_the_passphrase() {
    let (store, a, b) = two_keys();
    let file = store.encode().unwrap();
    for wrong in ["", "correct horse batterY", "correct horse battery "] {
        assert_eq!(KeyStore::open(&file, wrong).err(), Some(KeyStoreError::NotAuthentic));
    }
    let read = KeyStore::open(&file, PASSPHRASE).unwrap();
    assert_eq!(read.aliases().collect::<Vec<_>>(), ["officer-a", "officer-b"]);
    assert_eq!(KeyStore::claimed_aliases(&file).unwrap(), ["officer-a", "officer-b"]);
    assert_eq!(read.key("officer-a", PASSPHRASE).unwrap().public_key(), a.public_key());
    assert_eq!(read.certificates("officer-b").unwrap(), [certificate(&b)]);
    assert_eq!(read.key("officer-c", PASSPHRASE).err(), Some(KeyStoreError::NoSuchAlias));
    assert_eq!(read.encode().unwrap(), file);
    // Neither a passphrase nor a key is readable in it or in what is told of it.
    assert_eq!(format!("{read:?}"), r#"KeyStore { aliases: ["officer-a", "officer-b"], .. }"#);
    assert!(!String::from_utf8(file).unwrap().contains("horse"));
}

#[test]
fn whoever_may_write_the_file_can_exchange_nothing() {
    let (store, ..) = two_keys();
    let file = store.encode().unwrap();
    let changes: [&dyn Fn(&mut Value); 8] = [
        // keys between aliases
        &|v| {
            let keys = v["store"]["keys"].as_array_mut().unwrap();
            let (a, b) = (keys[0]["encrypted_key"].clone(), keys[1]["encrypted_key"].clone());
            (keys[0]["encrypted_key"], keys[1]["encrypted_key"]) = (b, a);
        },
        // certificates between aliases
        &|v| {
            let keys = v["store"]["keys"].as_array_mut().unwrap();
            let (a, b) = (keys[0]["certificates"].clone(), keys[1]["certificates"].clone());
            (keys[0]["certificates"], keys[1]["certificates"]) = (b, a);
        },
        // both, which is the alias
        &|v| {
            let keys = v["store"]["keys"].as_array_mut().unwrap();
            let (a, b) = (keys[0]["alias"].clone(), keys[1]["alias"].clone());
            keys.swap(0, 1);
            (keys[0]["alias"], keys[1]["alias"]) = (a, b);
        },
        &|v| v["store"]["keys"].as_array_mut().unwrap().truncate(1),
        &|v| v["store"]["keys"][0]["certificates"] = Value::Array(Vec::new()),
        &|v| v["store"]["mac_derivation"]["iterations"] = 600_001.into(),
        &|v| v["store"]["mac_derivation"]["salt"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".into(),
        &|v| v["mac"] = "".into(),
    ];
    for (n, change) in changes.iter().enumerate() {
        let mut value: Value = serde_json::from_slice(&file).unwrap();
        change(&mut value);
        let opened = KeyStore::open(&serde_json::to_vec(&value).unwrap(), PASSPHRASE);
        assert_eq!(opened.err(), Some(KeyStoreError::NotAuthentic), "change {n}");
    }
    // White space is nothing that anybody relies on.
    let value: Value = serde_json::from_slice(&file).unwrap();
    assert!(KeyStore::open(&serde_json::to_vec_pretty(&value).unwrap(), PASSPHRASE).is_ok());
}

#[test]
fn what_we_would_never_write_is_refused_before_any_work() {
    let file = KeyStore::create(PASSPHRASE, &mut SeededEntropy::new(b"x")).unwrap().encode().unwrap();
    let changes: [&dyn Fn(&mut Value); 6] = [
        &|v| v["store"]["mac_derivation"]["iterations"] = 599_999.into(),
        &|v| v["store"]["mac_derivation"]["function"] = "scrypt".into(),
        &|v| v["store"]["mac_derivation"]["salt"] = "AAAA".into(),
        &|v| v["store"]["schema"] = "qoltanba/key-store/2".into(),
        &|v| v["more"] = 1.into(),
        &|v| {
            let one = serde_json::json!({"alias": "a", "certificates": [], "encrypted_key": ""});
            v["store"]["keys"] = Value::Array(vec![one.clone(), one]);
        },
    ];
    for (n, change) in changes.iter().enumerate() {
        let mut value: Value = serde_json::from_slice(&file).unwrap();
        change(&mut value);
        let opened = KeyStore::open(&serde_json::to_vec(&value).unwrap(), PASSPHRASE);
        assert_eq!(opened.err(), Some(KeyStoreError::Unreadable), "change {n}");
    }
    assert_eq!(KeyStore::open(b"{}", PASSPHRASE).err(), Some(KeyStoreError::Unreadable));
    let mut value: Value = serde_json::from_slice(&file).unwrap();
    value["store"]["mac_derivation"]["iterations"] = 2_000_001.into();
    let opened = KeyStore::open(&serde_json::to_vec(&value).unwrap(), PASSPHRASE);
    assert!(matches!(opened.err(), Some(KeyStoreError::Limit(_))));
}

#[test]
fn a_key_goes_in_once_and_with_its_own_certificate() {
    let mut entropy = SeededEntropy::new(b"store");
    let (a, b) = (key("a"), key("b"));
    let mut store = KeyStore::create(PASSPHRASE, &mut entropy).unwrap();
    let mut add = |alias: &str, certificates: &[Vec<u8>], passphrase: &str| {
        store.add(alias, (&a, certificates), passphrase, &mut entropy)
    };
    assert_eq!(add("a", &[certificate(&b)], PASSPHRASE), Err(KeyStoreError::CertificateMismatch));
    assert_eq!(add("a", &[], PASSPHRASE), Err(KeyStoreError::CertificateMismatch));
    assert_eq!(add("a", &[certificate(&a)], "another passphrase"), Err(KeyStoreError::NotAuthentic));
    assert_eq!(add("a", &[certificate(&a)], PASSPHRASE), Ok(()));
    assert_eq!(add("a", &[certificate(&a)], PASSPHRASE), Err(KeyStoreError::AliasTaken));
    assert_eq!(store.remove("b"), Err(KeyStoreError::NoSuchAlias));
    assert_eq!(store.remove("a"), Ok(()));
    assert_eq!(store.aliases().count(), 0);
}

#[test]
fn a_new_passphrase_shuts_the_old_one_out() {
    let (store, a, _) = two_keys();
    let mut entropy = SeededEntropy::new(b"again");
    const NEW: &str = "another staple entirely";
    assert_eq!(store.with_passphrase(NEW, NEW, &mut entropy).err(), Some(KeyStoreError::NotAuthentic));
    assert_eq!(store.with_passphrase(PASSPHRASE, "short", &mut entropy).err(), Some(KeyStoreError::WeakPassphrase));
    let file = store.with_passphrase(PASSPHRASE, NEW, &mut entropy).unwrap().encode().unwrap();
    assert_eq!(KeyStore::open(&file, PASSPHRASE).err(), Some(KeyStoreError::NotAuthentic));
    let read = KeyStore::open(&file, NEW).unwrap();
    assert_eq!(read.key("officer-a", NEW).unwrap().public_key(), a.public_key());
    assert_eq!(read.key("officer-a", PASSPHRASE).err(), Some(KeyStoreError::Key(KeyError::WrongPassword)));
}

#[test]
fn a_short_passphrase_is_not_taken() {
    let create = |passphrase| KeyStore::create(passphrase, &mut SeededEntropy::new(b"x")).err();
    assert_eq!(create("11 letters!"), Some(KeyStoreError::WeakPassphrase));
    assert_eq!(create("12 letters!!"), None);
}
