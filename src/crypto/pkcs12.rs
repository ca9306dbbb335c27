//! Key containers (PKCS#12, RFC 7292): read as Kazakh and modern tools write them, written the Kazakh way.

use super::entropy::Entropy;
use super::key::KeyError;
use super::signing_key::SigningKey;
use crate::codec::Malformed;
use crate::limits::LimitExceeded;

/// A private key with its certificates.
#[derive(Debug)]
pub struct KeyContainer {
    /// The key.
    pub key: SigningKey,
    /// Certificates in DER, that of the key first.
    pub certificates: Vec<Vec<u8>>,
    /// The name a person gave the key.
    pub friendly_name: Option<String>,
}

/// Opens a container.
pub fn read(container: &[u8], password: &str) -> Result<KeyContainer, ContainerError> {
    todo!()
}

/// Writes a container of the Kazakh kind; salts come from `entropy`.
pub fn write(contents: &KeyContainer, password: &str, entropy: &mut dyn Entropy) -> Result<Vec<u8>, ContainerError> {
    todo!()
}

/// A container that does not open.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContainerError {
    /// The octets are not the structure they claim to be: the file is damaged or no PKCS#12.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The password is wrong.
    #[error("the password does not open the container (or its octets were altered)")]
    WrongPassword,
    /// The container has no integrity protection that we know.
    #[error("the container is protected in a way that is not supported")]
    UnsupportedProtection,
    /// The container holds no key.
    #[error("the container holds no private key")]
    NoKey,
    /// The container holds more than one key.
    #[error("the container holds {count} private keys; exactly one is expected")]
    SeveralKeys {
        /// How many.
        count: usize,
    },
    /// No certificate in the container belongs to its key.
    #[error("no certificate in the container belongs to its private key")]
    CertificateMismatch,
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A bound was hit.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
}
