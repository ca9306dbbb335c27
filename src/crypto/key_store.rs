//! The encrypted key store: keys by alias in one JSON file, each under PBES2, the whole file under a MAC.
//!
//! Whoever can write the file but does not know the passphrase can exchange neither keys, certificates nor aliases: all
//! of it is authenticated before anything is used. What they can do is put an older copy of the file in its place.

use ring::pbkdf2;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::digest::DigestAlgorithm;
use super::entropy::{Entropy, EntropyError};
use super::hmac::{hmac, same};
use super::key::{KeyError, PublicKey};
use super::signing_key::SigningKey;
use super::{pbe, pkcs8, pkcs12};
use crate::codec::json::{self, Base64};
use crate::limits::{KEY_STORE_BYTES_MAX, KEY_STORE_KEYS_MAX, LimitExceeded, PBE_ITERATIONS_MAX};

/// An open key store: the passphrase was proved, and nothing in it was altered by anybody who does not know it.
pub struct KeyStore {
    body: Body,
    mac_key: Zeroizing<Vec<u8>>,
}

/// The file without its MAC.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    schema: String,
    mac_derivation: MacDerivation,
    keys: Vec<StoredKey>,
}

/// How the MAC's key is derived from the passphrase.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MacDerivation {
    function: String,
    iterations: u32,
    salt: Base64,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredKey {
    alias: String,
    /// DER, that of the key first.
    certificates: Vec<Base64>,
    /// EncryptedPrivateKeyInfo (RFC 5958 §3) under PBES2.
    encrypted_key: Base64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    store: Body,
    /// HMAC-SHA-256 over the canonical JSON of `store`.
    mac: Base64,
}

const SCHEMA: &str = "qoltanba/key-store/1";
const FUNCTION: &str = "PBKDF2-HMAC-SHA-256";
/// Iterations of everything we write, and the least that is read: what OWASP has asked of PBKDF2-HMAC-SHA-256 since 2023.
const ITERATIONS: u32 = 600_000;
/// A passphrase that is made by a person should be longer still; this keeps the worst out.
const PASSPHRASE_CHARS_MIN: usize = 12;

impl KeyStore {
    /// Makes an empty store.
    ///
    /// *Errors*: `WeakPassphrase`, `Entropy`.
    pub fn create(passphrase: &str, entropy: &mut dyn Entropy) -> Result<Self, KeyStoreError> {
        if passphrase.chars().count() < PASSPHRASE_CHARS_MIN {
            return Err(KeyStoreError::WeakPassphrase);
        }
        let mut salt = vec![0; 32];
        entropy.fill(&mut salt)?;
        let mac_derivation =
            MacDerivation { function: FUNCTION.to_owned(), iterations: ITERATIONS, salt: Base64(salt) };
        let mac_key = mac_derivation.derive(passphrase)?;
        Ok(Self { body: Body { schema: SCHEMA.to_owned(), mac_derivation, keys: Vec::new() }, mac_key })
    }

    /// Opens a store: nothing of it is given out before its MAC holds.
    ///
    /// *Errors*: `Unreadable`, `NotAuthentic`. *Cost*: `KEY_STORE_BYTES_MAX`, `PBE_ITERATIONS_MAX`.
    pub fn open(file: &[u8], passphrase: &str) -> Result<Self, KeyStoreError> {
        let Envelope { store: body, mac } = read(file)?;
        let mac_key = body.mac_derivation.derive(passphrase)?;
        let store = Self { body, mac_key };
        if same(&store.mac()?, &mac.0) { Ok(store) } else { Err(KeyStoreError::NotAuthentic) }
    }

    /// The aliases that a file claims to hold, sorted; nothing is proved of them.
    pub fn claimed_aliases(file: &[u8]) -> Result<Vec<String>, KeyStoreError> {
        Ok(read(file)?.store.keys.into_iter().map(|key| key.alias).collect())
    }

    /// The aliases, sorted.
    pub fn aliases(&self) -> impl Iterator<Item = &str> {
        self.body.keys.iter().map(|key| key.alias.as_str())
    }

    /// The certificates of an alias in DER, that of the key first.
    pub fn certificates(&self, alias: &str) -> Option<Vec<&[u8]>> {
        let stored = self.body.keys.iter().find(|key| key.alias == alias)?;
        Some(stored.certificates.iter().map(|certificate| certificate.0.as_slice()).collect())
    }

    /// Decrypts the key of an alias.
    pub fn key(&self, alias: &str, passphrase: &str) -> Result<SigningKey, KeyStoreError> {
        let stored = self.body.keys.iter().find(|key| key.alias == alias).ok_or(KeyStoreError::NoSuchAlias)?;
        Ok(SigningKey::from_encrypted_pkcs8(&stored.encrypted_key.0, passphrase)?)
    }

    /// Adds a key with its certificates, that of the key first.
    ///
    /// *Errors*: `AliasTaken`, `CertificateMismatch`, `Limit`, `NotAuthentic` where the passphrase is not the store's.
    pub fn add(
        &mut self,
        alias: &str,
        (key, certificates): (&SigningKey, &[Vec<u8>]),
        passphrase: &str,
        entropy: &mut dyn Entropy,
    ) -> Result<(), KeyStoreError> {
        self.check_passphrase(passphrase)?;
        if self.aliases().any(|taken| taken == alias) {
            return Err(KeyStoreError::AliasTaken);
        }
        KEY_STORE_KEYS_MAX.check(self.body.keys.len().saturating_add(1))?;
        check_own(certificates.first(), key.public_key())?;
        let stored = StoredKey {
            alias: alias.to_owned(),
            certificates: certificates.iter().cloned().map(Base64).collect(),
            encrypted_key: Base64(encrypt(&key.to_pkcs8_der(), passphrase, entropy)?),
        };
        self.body.keys.push(stored);
        self.body.keys.sort_by(|a, b| a.alias.cmp(&b.alias));
        Ok(())
    }

    /// Takes a key out.
    ///
    /// *Errors*: `NoSuchAlias`.
    pub fn remove(&mut self, alias: &str) -> Result<(), KeyStoreError> {
        let before = self.body.keys.len();
        self.body.keys.retain(|key| key.alias != alias);
        if self.body.keys.len() == before { Err(KeyStoreError::NoSuchAlias) } else { Ok(()) }
    }

    /// The same keys under another passphrase, with new salts everywhere.
    pub fn with_passphrase(&self, old: &str, new: &str, entropy: &mut dyn Entropy) -> Result<Self, KeyStoreError> {
        self.check_passphrase(old)?;
        let mut fresh = Self::create(new, entropy)?;
        for stored in &self.body.keys {
            let plain = pkcs8::decrypt(&stored.encrypted_key.0, old)?;
            let encrypted_key = Base64(encrypt(&plain, new, entropy)?);
            fresh.body.keys.push(StoredKey { encrypted_key, ..stored.clone() });
        }
        Ok(fresh)
    }

    /// Writes the file.
    pub fn encode(&self) -> Result<Vec<u8>, KeyStoreError> {
        let envelope = Envelope { store: self.body.clone(), mac: Base64(self.mac()?.to_vec()) };
        let mut file = json::canonical(&envelope).map_err(|_| KeyStoreError::Unreadable)?;
        file.push(b'\n');
        KEY_STORE_BYTES_MAX.check(file.len())?;
        Ok(file)
    }

    fn mac(&self) -> Result<Zeroizing<Vec<u8>>, KeyStoreError> {
        let octets = json::canonical(&self.body).map_err(|_| KeyStoreError::Unreadable)?;
        Ok(hmac(DigestAlgorithm::Sha256, &self.mac_key, &[&octets]))
    }

    /// So that no key is ever encrypted under another passphrase than the one that authenticates the file.
    fn check_passphrase(&self, passphrase: &str) -> Result<(), KeyStoreError> {
        let derived = self.body.mac_derivation.derive(passphrase)?;
        if same(&derived, &self.mac_key) { Ok(()) } else { Err(KeyStoreError::NotAuthentic) }
    }
}

impl MacDerivation {
    /// *Errors*: `Unreadable` for what we never write, `Limit` for what would take too long.
    fn derive(&self, passphrase: &str) -> Result<Zeroizing<Vec<u8>>, KeyStoreError> {
        if self.function != FUNCTION || self.iterations < ITERATIONS || self.salt.0.len() < 16 {
            return Err(KeyStoreError::Unreadable);
        }
        PBE_ITERATIONS_MAX.check(usize::try_from(self.iterations).unwrap_or(usize::MAX))?;
        let iterations = std::num::NonZeroU32::new(self.iterations).ok_or(KeyStoreError::Unreadable)?;
        let mut key = Zeroizing::new(vec![0; 32]);
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, &self.salt.0, passphrase.as_bytes(), &mut key);
        Ok(key)
    }
}

fn read(file: &[u8]) -> Result<Envelope, KeyStoreError> {
    KEY_STORE_BYTES_MAX.check(file.len())?;
    let envelope: Envelope = serde_json::from_slice(file).map_err(|_| KeyStoreError::Unreadable)?;
    KEY_STORE_KEYS_MAX.check(envelope.store.keys.len())?;
    let aliases = envelope.store.keys.iter().map(|key| &key.alias);
    let sorted_and_unlike = aliases.is_sorted_by(|a, b| a < b);
    if envelope.store.schema == SCHEMA && sorted_and_unlike { Ok(envelope) } else { Err(KeyStoreError::Unreadable) }
}

fn encrypt(pkcs8: &[u8], passphrase: &str, entropy: &mut dyn Entropy) -> Result<Vec<u8>, KeyStoreError> {
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    entropy.fill(&mut salt)?;
    entropy.fill(&mut iv)?;
    Ok(pbe::encrypt_pbes2(passphrase, (&salt, ITERATIONS), iv, pkcs8)?)
}

fn check_own(certificate: Option<&Vec<u8>>, key: &PublicKey) -> Result<(), KeyStoreError> {
    let belongs = certificate.is_some_and(|certificate| pkcs12::belongs(certificate, key));
    if belongs { Ok(()) } else { Err(KeyStoreError::CertificateMismatch) }
}

impl std::fmt::Debug for KeyStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyStore").field("aliases", &self.aliases().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

/// A key store that does not open or cannot be changed so.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyStoreError {
    /// Not the JSON of a key store, or one that we would never write.
    #[error("the file is no key store of a kind known here ({SCHEMA})")]
    Unreadable,
    /// The MAC does not hold.
    #[error("the passphrase does not open the key store (or the file was altered)")]
    NotAuthentic,
    /// A passphrase that is too short to be guessed in earnest.
    #[error("the passphrase has fewer than {PASSPHRASE_CHARS_MIN} characters; take a longer one")]
    WeakPassphrase,
    /// The alias is not there.
    #[error("the key store holds no key of this alias")]
    NoSuchAlias,
    /// The alias is there already.
    #[error("the key store holds a key of this alias already; remove it first")]
    AliasTaken,
    /// The first certificate is another key's, or none is given.
    #[error("a key goes into the store with its certificate, and this one does not belong to it")]
    CertificateMismatch,
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A bound was hit.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
    /// No randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

#[cfg(test)]
mod tests;
