//! The key store's file: opened, changed and replaced whole, by the one who knows the passphrase.

use std::path::{Path, PathBuf};

use super::{KeyringError, Secret, check_alias, read_key_file};
use crate::crypto::{KeyStore, SystemEntropy};
use crate::limits::KEY_STORE_BYTES_MAX;
use crate::store::files::{self, FileError};
use crate::x509::Certificate;

/// A key store in a file.
#[derive(Clone, Debug)]
pub struct KeyStoreFile {
    path: PathBuf,
}

impl KeyStoreFile {
    /// Names the file.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes an empty key store; none is overwritten.
    pub fn create(&self, passphrase: &Secret) -> Result<(), KeyringError> {
        let store = KeyStore::create(passphrase.text(), &mut SystemEntropy).map_err(KeyringError::KeyStore)?;
        let file = store.encode().map_err(KeyringError::KeyStore)?;
        if let Some(folder) = self.path.parent() {
            files::create_private_folder(folder)?;
        }
        Ok(files::write_secret(&self.path, &file)?)
    }

    /// Opens it: whatever is told of it is authentic.
    pub fn open(&self, passphrase: &Secret) -> Result<KeyStore, KeyringError> {
        let file = files::read_private(&self.path, &KEY_STORE_BYTES_MAX)?;
        KeyStore::open(&file, passphrase.text()).map_err(KeyringError::KeyStore)
    }

    /// Takes the key of a key file in under an alias. *Gives* the key's certificate.
    pub fn add(
        &self,
        alias: &str,
        (file, password_file, certificate): (&Path, Option<&Path>, Option<&Path>),
        passphrase: &Secret,
    ) -> Result<Certificate, KeyringError> {
        check_alias(alias)?;
        let _lock = self.lock()?;
        let mut store = self.open(passphrase)?;
        let container = read_key_file(file, password_file, certificate)?;
        let named = || alias.to_owned();
        let own = container.certificates.first().ok_or_else(|| KeyringError::NoCertificate { alias: named() })?;
        let own = Certificate::parse(own).map_err(|cause| KeyringError::Certificate { alias: named(), cause })?;
        let key = (&container.key, container.certificates.as_slice());
        store.add(alias, key, passphrase.text(), &mut SystemEntropy).map_err(KeyringError::KeyStore)?;
        self.replace(&store)?;
        Ok(own)
    }

    /// Takes a key out.
    pub fn remove(&self, alias: &str, passphrase: &Secret) -> Result<(), KeyringError> {
        let _lock = self.lock()?;
        let mut store = self.open(passphrase)?;
        store.remove(alias).map_err(KeyringError::KeyStore)?;
        self.replace(&store)
    }

    /// Puts every key under another passphrase.
    pub fn change_passphrase(&self, old: &Secret, new: &Secret) -> Result<(), KeyringError> {
        let _lock = self.lock()?;
        let store = self.open(old)?.with_passphrase(old.text(), new.text(), &mut SystemEntropy);
        self.replace(&store.map_err(KeyringError::KeyStore)?)
    }

    /// Held from reading to replacing: of two changes at the same time neither is lost. The lock lies beside the store,
    /// since the store's own file is replaced.
    fn lock(&self) -> Result<files::Lock, FileError> {
        let mut name = self.path.clone().into_os_string();
        name.push(".lock");
        files::lock(Path::new(&name))
    }

    fn replace(&self, store: &KeyStore) -> Result<(), KeyringError> {
        Ok(files::replace_secret(&self.path, &store.encode().map_err(KeyringError::KeyStore)?)?)
    }
}
