//! Certification paths (RFC 5280 §6): built from what is at hand, validated at a time, with named evidence.
//!
//! Signatures are data here: [`LinkList`] lists which certificate and CRL signatures a document needs, the caller has
//! them computed with everything else, and [`validate`] looks the outcomes up in [`Links`]; a [`SignatureBook`] keeps them for the next document.

mod book;
mod build;
mod pool;
mod revocation;
mod rules;
mod validate;

pub use book::{Link, LinkOutcome, Links, SignatureBook, certificate_claim, crl_claim};
pub use build::{LinkList, WantedLink};
pub use pool::{Pool, Sources};
pub use revocation::{RevocationProof, RevocationStatus, RevocationUnknown};
pub use rules::{AnchorValidity, PathRules, RevocationRule};
pub use validate::{Defect, PathDefect, Question, Rejection, ValidatedPath, validate};

#[cfg(test)]
pub(crate) mod tests;
