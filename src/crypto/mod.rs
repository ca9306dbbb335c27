//! Algorithms by name; each name fixes every parameter: digest, verify one, verify many, sign; key containers.

pub mod algorithm;
pub mod digest;
mod drbg;
mod ec_scalar;
mod ecdsa_p521;
pub mod entropy;
mod gost;
mod gost_key;
mod gost_set;
mod hmac;
pub mod key;
pub mod key_algorithm;
pub mod key_file;
pub mod key_store;
mod pbe;
pub mod pkcs12;
mod pkcs8;
mod rsa_key;
mod rsa_pss;
mod secret_der;
pub mod signer;
pub mod signing_key;
pub mod verify;

pub use algorithm::{SignatureAlgorithm, UnsupportedAlgorithm};
pub use digest::{DigestAlgorithm, Hasher};
pub use entropy::{Entropy, EntropyError, SeededEntropy, SystemEntropy};
pub use key::{KeyError, PublicKey};
pub use key_algorithm::{KeyAlgorithm, UnknownKeyAlgorithm};
pub use key_store::{KeyStore, KeyStoreError};
pub use pkcs12::{ContainerError, KeyContainer};
pub use rsa_pss::PssParameters;
pub use signer::Signer;
pub use signing_key::{SignError, SigningKey};
pub use verify::{Outcome, SignatureClaim, VerifiedSignature, verify_many};

#[cfg(test)]
mod tests;
