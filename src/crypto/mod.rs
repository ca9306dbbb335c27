//! Algorithms by name; each name fixes every parameter: digest, verify one, verify many, sign; key containers.

pub mod algorithm;
pub mod digest;
mod drbg;
pub mod entropy;
mod gost;
mod hmac;
pub mod key;
pub mod pkcs12;
pub mod signing_key;
pub mod verify;

pub use algorithm::{SignatureAlgorithm, UnsupportedAlgorithm};
pub use digest::{DigestAlgorithm, Hasher};
pub use entropy::{Entropy, EntropyError, SeededEntropy, SystemEntropy};
pub use key::{KeyError, PublicKey};
pub use pkcs12::{ContainerError, KeyContainer};
pub use signing_key::{KeyAlgorithm, SignError, SigningKey};
pub use verify::{Outcome, SignatureClaim, VerifiedSignature, verify_many};
