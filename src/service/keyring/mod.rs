//! Keys by alias, in a folder: PKCS#12 containers, an encrypted key store, PKCS#11 tokens.
//!
//! A secret never arrives in a request or an argument: `ALIAS.p12` is opened with the first line of `ALIAS.password`, or
//! of `password`; `keystore.json` with `keystore.passphrase` and the token of `ALIAS.token.toml` with the PIN file that it
//! names, or with what a door read from its environment.

mod error;
mod key_store_file;
mod secrets;
#[cfg(feature = "hsm")]
mod token;
mod token_file;
#[cfg(feature = "hsm")]
mod token_login;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use zeroize::Zeroizing;

use crate::crypto::{KeyContainer, KeyStore, Signer, key_file, pkcs12};
use crate::limits::{FOLDER_FILES_MAX, KEY_CONTAINER_BYTES_MAX, KEY_STORE_BYTES_MAX, Limit};
use crate::store::files::{self, FileError, FileErrorKind};
use crate::x509::{Certificate, Fingerprint};

pub use error::{KeyringError, TokenError};
pub use key_store_file::KeyStoreFile;
pub use secrets::{Secret, Secrets};
use token_file::TokenFile;

/// A folder of keys. Clones share what was opened.
#[derive(Clone, Debug)]
pub struct Keyring {
    folder: PathBuf,
    secrets: Secrets,
    opened: Arc<Mutex<BTreeMap<String, Slot>>>,
}

/// A key with its certificate.
#[derive(Clone, Debug)]
pub struct HeldKey {
    /// What signs.
    pub key: Arc<dyn Signer>,
    /// Its certificate.
    pub certificate: Certificate,
}

/// A key that took long to open, with the digest of the file that it came out of: the file changed, the key is opened anew.
#[derive(Debug)]
struct Opened {
    source: Fingerprint,
    /// A token that refused a PIN is not asked again with the same one: it would lock itself.
    held: Result<HeldKey, TokenError>,
}

/// Held while its key is opened, so that the others do not wait for a slow token or for PBKDF2.
type Slot = Arc<Mutex<Option<Opened>>>;

const KEY_STORE: &str = "keystore.json";
const KEY_STORE_PASSPHRASE: &str = "keystore.passphrase";

impl Keyring {
    /// Names a folder.
    pub fn new(folder: PathBuf) -> Self {
        Self::with_secrets(folder, Secrets::default())
    }

    /// Names a folder; the secrets take the place of files in it.
    pub fn with_secrets(folder: PathBuf, secrets: Secrets) -> Self {
        Self { folder, secrets, opened: Arc::default() }
    }

    /// The aliases here, sorted; those of the key store are claims until one of them is opened. An absent folder holds
    /// none.
    pub fn aliases(&self) -> Result<Vec<String>, KeyringError> {
        let found = match files::walk(&self.folder, &FOLDER_FILES_MAX) {
            Ok(found) => found,
            Err(e) if e.kind == FileErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(e.into()),
        };
        let named = |path: &PathBuf| {
            let name = path.file_name()?.to_str()?;
            let alias = name.strip_suffix(".p12").or_else(|| name.strip_suffix(".token.toml"))?;
            (path.parent() == Some(&self.folder)).then(|| alias.to_owned())
        };
        let mut aliases: Vec<String> = found.iter().filter_map(named).collect();
        aliases.extend(self.claimed_aliases()?);
        aliases.sort_unstable();
        aliases.dedup();
        Ok(aliases)
    }

    /// Opens the key of an alias.
    ///
    /// *Errors*: `Ambiguous` where more than one thing has this name: which key signs must not depend on an order.
    pub fn open(&self, alias: &str) -> Result<HeldKey, KeyringError> {
        check_alias(alias)?;
        let container = self.read(alias, ".p12", &KEY_CONTAINER_BYTES_MAX)?;
        let token = self.read(alias, ".token.toml", &KEY_CONTAINER_BYTES_MAX)?;
        let stored = match self.claimed_aliases() {
            Ok(claimed) => claimed.iter().any(|a| a == alias),
            // Nothing opens out of such a store, so that this alias has one meaning.
            Err(_) if container.is_some() || token.is_some() => false,
            Err(unreadable) => return Err(unreadable),
        };
        match (container, token, stored) {
            (None, None, false) => Err(KeyringError::Unknown { alias: alias.to_owned() }),
            (Some(container), None, false) => {
                let opened = pkcs12::read(&container, self.password(alias)?.text());
                held(alias, opened.map_err(|cause| KeyringError::Container { alias: alias.to_owned(), cause })?)
            }
            (None, Some(_), false) => self.open_token(alias),
            (None, None, true) => self.open_stored(alias),
            _ => Err(KeyringError::Ambiguous { alias: alias.to_owned() }),
        }
    }

    /// What the key store says is in it, before anybody opened it.
    fn claimed_aliases(&self) -> Result<Vec<String>, KeyringError> {
        let file = self.read("", KEY_STORE, &KEY_STORE_BYTES_MAX)?;
        file.map_or_else(|| Ok(Vec::new()), |file| KeyStore::claimed_aliases(&file).map_err(KeyringError::KeyStore))
    }

    fn open_stored(&self, alias: &str) -> Result<HeldKey, KeyringError> {
        // Read again: this time nobody else may have a right to it.
        let path = self.folder.join(KEY_STORE);
        let file = files::read_private(&path, &KEY_STORE_BYTES_MAX)?;
        self.opened_once(alias, Fingerprint::of(&file), || {
            let passphrase = self.key_store_passphrase()?;
            let store = KeyStore::open(&file, passphrase.text()).map_err(KeyringError::KeyStore)?;
            let key = store.key(alias, passphrase.text()).map_err(KeyringError::KeyStore)?;
            let certificates = store.certificates(alias).unwrap_or_default().into_iter().map(<[u8]>::to_vec).collect();
            held(alias, KeyContainer { key, certificates, friendly_name: None })
        })
    }

    fn open_token(&self, alias: &str) -> Result<HeldKey, KeyringError> {
        let token = |cause| KeyringError::Token { alias: alias.to_owned(), cause };
        let file = files::read_private(&self.path(alias, ".token.toml"), &KEY_CONTAINER_BYTES_MAX)?;
        let described = TokenFile::parse(&file).map_err(token)?;
        let certificate = match &described.certificate {
            Some(path) => Some(files::read_bounded(&self.folder.join(path), &KEY_CONTAINER_BYTES_MAX)?),
            None => None,
        };
        let pin = match (&described.pin_file, &self.secrets.token_pin) {
            (Some(path), _) => Secret::read(&self.folder.join(path))?,
            (None, Some(pin)) => pin.clone(),
            (None, None) => return Err(token(TokenError::NoPin)),
        };
        let parts = [file.as_slice(), certificate.as_deref().unwrap_or_default(), pin.text().as_bytes()];
        let source = Fingerprint::of(&Zeroizing::new(parts.concat()));
        self.opened_once(alias, source, || connect(described, pin, certificate.as_deref()).map_err(token))
    }

    /// Gives what was opened before out of the same file, or opens it now.
    fn opened_once(
        &self,
        alias: &str,
        source: Fingerprint,
        open: impl FnOnce() -> Result<HeldKey, KeyringError>,
    ) -> Result<HeldKey, KeyringError> {
        let mut all = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = Arc::clone(all.entry(alias.to_owned()).or_default());
        drop(all);
        let mut opened = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = opened.as_ref().filter(|known| known.source == source) {
            let token = |cause| KeyringError::Token { alias: alias.to_owned(), cause };
            return known.held.clone().map_err(token);
        }
        let held = open();
        let kept = match &held {
            Ok(held) => Ok(held.clone()),
            Err(KeyringError::Token { cause: cause @ TokenError::Pin { .. }, .. }) => Err(cause.clone()),
            Err(_) => return held,
        };
        *opened = Some(Opened { source, held: kept });
        held
    }

    /// The key store of this folder.
    pub fn key_store_file(&self) -> KeyStoreFile {
        KeyStoreFile::new(self.folder.join(KEY_STORE))
    }

    /// What opens the key store: what the door read, or the first line of `keystore.passphrase`.
    pub fn key_store_passphrase(&self) -> Result<Secret, KeyringError> {
        if let Some(passphrase) = &self.secrets.key_store_passphrase {
            return Ok(passphrase.clone());
        }
        match Secret::read(&self.folder.join(KEY_STORE_PASSPHRASE)) {
            Err(e) if e.kind == FileErrorKind::NotFound => Err(KeyringError::NoPassphrase),
            read => Ok(read?),
        }
    }

    fn password(&self, alias: &str) -> Result<Secret, KeyringError> {
        for (stem, ending) in [(alias, ".password"), ("", "password")] {
            match Secret::read(&self.path(stem, ending)) {
                Err(e) if e.kind == FileErrorKind::NotFound => {}
                read => return Ok(read?),
            }
        }
        Err(KeyringError::NoPassword { alias: alias.to_owned() })
    }

    fn read(&self, stem: &str, ending: &str, limit: &'static Limit) -> Result<Option<Vec<u8>>, FileError> {
        match files::read_bounded(&self.path(stem, ending), limit) {
            Ok(octets) => Ok(Some(octets)),
            Err(e) if e.kind == FileErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    fn path(&self, stem: &str, ending: &str) -> PathBuf {
        self.folder.join(format!("{stem}{ending}"))
    }
}

#[cfg(feature = "hsm")]
fn connect(described: TokenFile, pin: Secret, certificate: Option<&[u8]>) -> Result<HeldKey, TokenError> {
    token::open(described, pin, certificate)
}

#[cfg(not(feature = "hsm"))]
fn connect(_: TokenFile, _: Secret, _: Option<&[u8]>) -> Result<HeldKey, TokenError> {
    Err(TokenError::NotBuilt)
}

/// Opens a key file that lies anywhere: PKCS#12 or PKCS#8, DER or PEM.
///
/// *Takes* the file whose first line is its password, and the one that holds the certificate where the key file does not.
pub fn open_key_file(
    file: &Path,
    password_file: Option<&Path>,
    certificate: Option<&Path>,
) -> Result<HeldKey, KeyringError> {
    let alias = file.to_string_lossy();
    held(&alias, read_key_file(file, password_file, certificate)?)
}

/// Reads a key file with the certificates in it or beside it.
fn read_key_file(
    file: &Path,
    password_file: Option<&Path>,
    certificate: Option<&Path>,
) -> Result<KeyContainer, KeyringError> {
    let octets = Zeroizing::new(files::read_bounded(file, &KEY_CONTAINER_BYTES_MAX)?);
    let password = password_file.map(Secret::read).transpose()?;
    let named = || file.to_string_lossy().into_owned();
    let mut container = key_file::open(&octets, password.as_ref().map(Secret::text))
        .map_err(|cause| KeyringError::Container { alias: named(), cause })?;
    if let Some(path) = certificate {
        let octets = files::read_bounded(path, &KEY_CONTAINER_BYTES_MAX)?;
        let blocks = crate::codec::armour::strip_all(&octets)
            .map_err(|cause| KeyringError::Certificate { alias: named(), cause })?;
        container.certificates = blocks.into_iter().map(std::borrow::Cow::into_owned).collect();
    }
    Ok(container)
}

fn held(alias: &str, container: KeyContainer) -> Result<HeldKey, KeyringError> {
    let named = || alias.to_owned();
    let der = container.certificates.first().ok_or_else(|| KeyringError::NoCertificate { alias: named() })?;
    let certificate = Certificate::parse(der).map_err(|cause| KeyringError::Certificate { alias: named(), cause })?;
    Ok(HeldKey { key: Arc::new(container.key), certificate })
}

/// So that an alias out of a request can never name a file elsewhere.
fn check_alias(alias: &str) -> Result<(), KeyringError> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let sound = !alias.is_empty() && alias.len() <= 100 && !alias.starts_with('.') && alias.bytes().all(plain);
    if sound { Ok(()) } else { Err(KeyringError::BadAlias) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_never_leaves_its_folder() {
        for bad in ["", "../officer", "a/b", ".hidden", "a\\b", "a b", "офицер"] {
            assert!(matches!(check_alias(bad), Err(KeyringError::BadAlias)), "{bad}");
        }
        assert!(check_alias("officer-head_2.1").is_ok());
    }
}
