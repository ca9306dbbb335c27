//! Keys by alias: PKCS#12 containers in a folder, with their passwords in files beside them.
//!
//! A secret never arrives in a request, an argument or the environment: `ALIAS.p12` is opened with the first line of
//! `ALIAS.password`, or of `password` where the alias has none of its own.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::codec::Malformed;
use crate::crypto::{SigningKey, pkcs12};
use crate::limits::{FOLDER_FILES_MAX, KEY_CONTAINER_BYTES_MAX};
use crate::store::files::{self, FileError, FileErrorKind};
use crate::x509::Certificate;

/// A folder of key containers.
#[derive(Clone, Debug)]
pub struct Keyring {
    folder: PathBuf,
}

/// An opened container. Not `Clone`: a key lives in one place.
#[derive(Debug)]
pub struct HeldKey {
    /// The key.
    pub key: SigningKey,
    /// Its certificate.
    pub certificate: Certificate,
}

/// A key that cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// There is no such alias.
    #[error("there is no key `{alias}` here")]
    Unknown {
        /// The alias.
        alias: String,
    },
    /// An alias that is no plain name.
    #[error("a key's alias is made of letters, digits, `-`, `_` and `.`, and does not begin with `.`")]
    BadAlias,
    /// There is no password for it.
    #[error("there is no password file for the key `{alias}` ({alias}.password or password)")]
    NoPassword {
        /// The alias.
        alias: String,
    },
    /// The container does not open.
    #[error("the container of `{alias}` does not open: {cause}")]
    Container {
        /// The alias.
        alias: String,
        /// Why.
        cause: pkcs12::ContainerError,
    },
    /// The container holds no certificate.
    #[error("the container of `{alias}` holds no certificate for its key")]
    NoCertificate {
        /// The alias.
        alias: String,
    },
    /// Its certificate does not read.
    #[error("the certificate of `{alias}` does not read: {cause}")]
    Certificate {
        /// The alias.
        alias: String,
        /// Why.
        cause: Malformed,
    },
    /// The disk.
    #[error(transparent)]
    File(#[from] FileError),
}

impl Keyring {
    /// Names a folder.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The aliases of the containers here, sorted. An absent folder holds none.
    pub fn aliases(&self) -> Result<Vec<String>, FileError> {
        let found = match files::walk(&self.folder, &FOLDER_FILES_MAX) {
            Ok(found) => found,
            Err(e) if e.kind == FileErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(e),
        };
        let mut aliases: Vec<String> = found
            .iter()
            .filter(|path| path.parent() == Some(&self.folder) && path.extension().is_some_and(|e| e == "p12"))
            .filter_map(|path| path.file_stem()?.to_str().map(str::to_owned))
            .collect();
        aliases.sort_unstable();
        Ok(aliases)
    }

    /// Opens the container of an alias.
    pub fn open(&self, alias: &str) -> Result<HeldKey, KeyringError> {
        check_alias(alias)?;
        let container = match files::read_bounded(&self.path(alias, "p12"), &KEY_CONTAINER_BYTES_MAX) {
            Ok(octets) => octets,
            Err(e) if e.kind == FileErrorKind::NotFound => {
                return Err(KeyringError::Unknown { alias: alias.to_owned() });
            }
            Err(e) => return Err(e.into()),
        };
        open_container(alias, &container, &self.password(alias)?)
    }

    fn password(&self, alias: &str) -> Result<Zeroizing<String>, KeyringError> {
        for path in [self.path(alias, "password"), self.folder.join("password")] {
            match files::read_bounded(&path, &KEY_CONTAINER_BYTES_MAX) {
                Ok(octets) => return Ok(first_line(octets)),
                Err(e) if e.kind == FileErrorKind::NotFound => {}
                Err(e) => return Err(e.into()),
            }
        }
        Err(KeyringError::NoPassword { alias: alias.to_owned() })
    }

    fn path(&self, alias: &str, extension: &str) -> PathBuf {
        self.folder.join(format!("{alias}.{extension}"))
    }
}

/// Opens a container that lies anywhere, with a password read from a file.
pub fn open_key_file(container: &Path, password_file: &Path) -> Result<HeldKey, KeyringError> {
    let octets = files::read_bounded(container, &KEY_CONTAINER_BYTES_MAX)?;
    let password = first_line(files::read_bounded(password_file, &KEY_CONTAINER_BYTES_MAX)?);
    open_container(&container.to_string_lossy(), &octets, &password)
}

fn open_container(alias: &str, octets: &[u8], password: &str) -> Result<HeldKey, KeyringError> {
    let named = || alias.to_owned();
    let container =
        pkcs12::read(octets, password).map_err(|cause| KeyringError::Container { alias: named(), cause })?;
    let der = container.certificates.first().ok_or_else(|| KeyringError::NoCertificate { alias: named() })?;
    let certificate = Certificate::parse(der).map_err(|cause| KeyringError::Certificate { alias: named(), cause })?;
    Ok(HeldKey { key: container.key, certificate })
}

/// So that an alias out of a request can never name a file elsewhere.
fn check_alias(alias: &str) -> Result<(), KeyringError> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let sound = !alias.is_empty() && alias.len() <= 100 && !alias.starts_with('.') && alias.bytes().all(plain);
    if sound { Ok(()) } else { Err(KeyringError::BadAlias) }
}

fn first_line(octets: Vec<u8>) -> Zeroizing<String> {
    let octets = Zeroizing::new(octets);
    let line = octets.split(|&b| b == b'\n' || b == b'\r').next().unwrap_or_default();
    Zeroizing::new(String::from_utf8_lossy(line).into_owned())
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

    #[test]
    fn a_password_is_the_first_line_of_its_file() {
        assert_eq!(first_line(b"Qwerty12\r\nrest".to_vec()).as_str(), "Qwerty12");
        assert_eq!(first_line(Vec::new()).as_str(), "");
    }
}
