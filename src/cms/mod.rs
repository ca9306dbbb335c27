//! SignedData and time-stamp tokens: read and written, never judged.
//!
//! Reading borrows from the received octets, so that what a signature covers is always the octets as they came.

mod attribute;
pub mod dvcs;
mod evidence;
pub mod oids;
mod read;
mod time_stamp;
mod time_stamp_exchange;
mod write;

pub use attribute::{AlgorithmProtection, Attribute, Attributes, EssCertId, SigningCertificate};
pub use evidence::EvidenceValues;
pub use read::{SignedData, SignerIdentifier, SignerInfo};
pub use time_stamp::{Accuracy, MessageImprint, TstInfo};
pub use time_stamp_exchange::{TimeStampFailure, TimeStampRequest, TimeStampResponse, encode_granted, encode_refused};
pub use write::{DraftSigner, SignedDataParts, add_signer, add_unsigned_attribute, encode_signed_data};

#[cfg(test)]
mod tests;
