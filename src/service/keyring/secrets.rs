//! Secrets on their way from the door that read them to what they open: never told, erased when nobody holds them.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::limits::KEY_CONTAINER_BYTES_MAX;
use crate::store::files::{self, FileError};

/// A passphrase or PIN.
#[derive(Clone)]
pub struct Secret(Arc<Zeroizing<String>>);

impl Secret {
    /// Takes what was read elsewhere.
    pub fn new(text: Zeroizing<String>) -> Self {
        Self(Arc::new(text))
    }

    /// Reads the first line of a file that is its owner's alone.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        files::read_private(path, &KEY_CONTAINER_BYTES_MAX).map(|octets| Self::new(first_line(octets)))
    }

    /// The secret itself.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What a door read from its environment; what is not here lies in files beside the keys.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// Opens the key store.
    pub key_store_passphrase: Option<Secret>,
    /// Opens every token that has no PIN file.
    pub token_pin: Option<Secret>,
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
    fn a_password_is_the_first_line_of_its_file() {
        assert_eq!(first_line(b"Qwerty12\r\nrest".to_vec()).as_str(), "Qwerty12");
        assert_eq!(first_line(Vec::new()).as_str(), "");
    }

    #[test]
    fn a_secret_is_never_told() {
        let secret = Secret::new(Zeroizing::new("open sesame".to_owned()));
        let secrets = Secrets { key_store_passphrase: Some(secret.clone()), token_pin: Some(secret) };
        assert!(!format!("{secrets:?}").contains("sesame"));
    }
}
