//! Certification paths (RFC 5280 §6): built from what is at hand, validated at a time, with named evidence.
//!
//! Signatures are data here: [`wanted_links`] lists which certificate and CRL signatures a target needs, the caller has
//! them computed with everything else, and [`validate`] looks the outcomes up in the [`SignatureBook`].

mod book;
mod build;
mod pool;
mod revocation;
mod validate;

pub use book::{Link, LinkOutcome, SignatureBook, certificate_claim, crl_claim};
pub use build::{Wanted, wanted_links};
pub use pool::{Pool, Sources};
pub use revocation::{RevocationProof, RevocationStatus, RevocationUnknown};
pub use validate::{AnchorValidity, Defect, PathDefect, PathRules, Question, Rejection, ValidatedPath, validate};

#[cfg(test)]
pub(crate) mod tests;
