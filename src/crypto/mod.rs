//! Algorithms by name; each name fixes every parameter: digest, verify one, verify many, sign; key containers.

pub mod algorithm;
mod algorithm_table;
pub mod batch;
mod bign;
mod catalogue;
pub mod digest;
mod drbg;
mod dstu4145;
pub mod ec_curve;
#[cfg(target_arch = "x86_64")]
mod ec_engine;
mod ec_parameters;
mod ec_point;
mod ec_scalar;
mod ecdsa;
mod ed448;
pub mod entropy;
mod gost;
mod gost_cipher;
mod gost_key;
mod gost_set;
mod hmac;
#[cfg(target_arch = "x86_64")]
mod hot_ec;
#[cfg(target_arch = "x86_64")]
mod hot_rsa;
mod jose;
pub mod key;
pub mod key_algorithm;
pub mod key_file;
pub mod key_store;
mod known;
pub mod mldsa;
mod mldsa_key;
mod national_key;
mod pbe;
mod pbes2_gost;
pub mod pkcs12;
mod pkcs8;
mod rsa_key;
mod rsa_pkcs1;
mod rsa_pss;
mod rsa_public;
mod secret_der;
pub mod signer;
pub mod signing_key;
mod sm2;
#[cfg(target_arch = "x86_64")]
mod tables;
pub mod verify;
mod xof;

pub use algorithm::{SignatureAlgorithm, UnsupportedAlgorithm};
pub use catalogue::{AlgorithmEntry, AlgorithmGroup, catalogue};
pub use digest::{DigestAlgorithm, DigestValue, Hasher};
pub use ec_curve::EcCurve;
pub use entropy::{Entropy, EntropyError, SeededEntropy, SystemEntropy};
pub use key::{KeyError, PublicKey};
pub use key_algorithm::{KeyAlgorithm, UnknownKeyAlgorithm};
pub use key_store::{KeyStore, KeyStoreError};
pub use mldsa::MlDsaSet;
pub use pkcs12::{ContainerError, KeyContainer};
pub use rsa_pss::PssParameters;
pub use signer::Signer;
pub use signing_key::{SignError, SigningKey};
pub use verify::{Outcome, SignatureClaim, VerifiedSignature, verify_many};

#[cfg(test)]
mod tests;
