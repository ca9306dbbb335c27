//! Certification paths (RFC 5280 §6): built from what is at hand, validated at a time, with named evidence.
//!
//! Signatures are data here: [`LinkList`] lists which signatures of certificates, CRLs and OCSP responses a document needs,
//! the caller has them computed with everything else, and [`validate`] looks the outcomes up in [`Links`]; a
//! [`SignatureBook`] keeps them for the next document.

mod book;
mod build;
mod defect;
mod expected_name;
mod host;
mod name_constraints;
mod path_book;
mod policy_graph;
mod pool;
mod profile;
mod revocation;
mod rules;
mod state;
mod validate;
mod webpki;

pub use book::{Link, LinkOutcome, Links, SignatureBook, certificate_claim, crl_claim, ocsp_claim};
pub use build::{LinkList, WantedLink};
pub use defect::{Defect, PathDefect, RevocationReasonRank};
pub use path_book::{PathBook, validate_with_book};
pub use policy_graph::{PolicySet, ValidPolicies};
pub use pool::{Pool, PoolSeal, Sources};
pub use profile::ProfileFault;
pub use revocation::{EvidenceKind, RevocationProof, RevocationSource, RevocationStatus, RevocationUnknown};
pub use rules::{AnchorValidity, ExpectedName, PathRules, Profile, PurposeScope, RevocationRule};
pub use validate::{Period, Question, Rejection, ValidatedPath, validate};

#[cfg(test)]
pub(crate) mod tests;
