//! Why a key does not open.

use crate::codec::Malformed;
use crate::crypto::key_store::KeyStoreError;
use crate::crypto::{KeyError, pkcs12};
use crate::store::files::FileError;

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
    /// More than one thing has this alias.
    #[error("`{alias}` names more than one key here (of .p12, .token.toml and the key store); leave one of them")]
    Ambiguous {
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
    /// There is nothing to open the key store with.
    #[error(
        "there is no passphrase for the key store (a passphrase file, keys/keystore.passphrase, or \
         QOLTANBA_KEY_STORE_PASSPHRASE)"
    )]
    NoPassphrase,
    /// The container does not open.
    #[error("the container of `{alias}` does not open: {cause}")]
    Container {
        /// The alias.
        alias: String,
        /// Why.
        cause: pkcs12::ContainerError,
    },
    /// The key store does not open, or cannot be changed so.
    #[error(transparent)]
    KeyStore(KeyStoreError),
    /// The token does not open.
    #[error("the token of `{alias}` does not open: {cause}")]
    Token {
        /// The alias.
        alias: String,
        /// Why.
        cause: TokenError,
    },
    /// The container holds no certificate.
    #[error("there is no certificate for the key `{alias}`, neither in its container nor beside it")]
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

/// A key in a PKCS#11 token that does not open.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// This program was built without tokens.
    #[error("this qoltanba was built without PKCS#11; build it with `--features hsm`")]
    NotBuilt,
    /// The file that describes it does not read.
    #[error(
        "its file does not read at line {line}: it holds `module`, `token`, `key` and maybe `pin_file`, `certificate`, `scheme`"
    )]
    File {
        /// Line of the fault, from 1.
        line: usize,
    },
    /// A module's name without a place.
    #[error("`module` must be the whole path of the vendor's library, from `/` on")]
    RelativeModule,
    /// There is no PIN for it.
    #[error("there is no PIN: `pin_file` is missing and QOLTANBA_TOKEN_PIN is not set")]
    NoPin,
    /// The vendor's library does not load.
    #[error("the module does not load: {cause}")]
    Module {
        /// What the loader or the module said.
        cause: String,
    },
    /// The token is not there, or there are several of this name.
    #[error("{count} tokens are called `{label}` where one is expected")]
    NoToken {
        /// The token's label.
        label: String,
        /// How many there are.
        count: usize,
    },
    /// The PIN is wrong, or locked.
    #[error("the token refuses the PIN ({cause}); mind that tokens lock after a few attempts")]
    Pin {
        /// What the module said.
        cause: String,
    },
    /// Somebody is logged in to the token with another PIN, so that it does not look at this one.
    #[error("this process is logged in to the token with another PIN; mend the PIN file, or start the program again")]
    OtherPin,
    /// The key is not there, or there are several of this name.
    #[error("the token holds {count} private keys called `{label}` where one is expected")]
    NoKey {
        /// The key's label.
        label: String,
        /// How many there are.
        count: usize,
    },
    /// There is no certificate for it.
    #[error(
        "the token holds {count} certificates called `{label}` where one is expected; name a file as `certificate`"
    )]
    NoCertificate {
        /// The label looked for.
        label: String,
        /// How many there are.
        count: usize,
    },
    /// Its certificate does not read.
    #[error("the certificate does not read: {0}")]
    Certificate(Malformed),
    /// The certificate's key cannot be used.
    #[error("the certificate's key cannot be used: {0}")]
    CertificateKey(KeyError),
    /// The certificate belongs to another key.
    #[error("the certificate does not belong to the token's key")]
    CertificateMismatch,
    /// A kind of key that is not signed with in tokens.
    #[error("keys of the kind {name} are not supported in tokens; RSA and ECDSA on P-256 and P-384 are")]
    Unsupported {
        /// The kind.
        name: &'static str,
    },
    /// The module did not do what it was asked.
    #[error("the module says: {cause}")]
    Refused {
        /// What it said.
        cause: String,
    },
}
