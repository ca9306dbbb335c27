//! One function per verb: the only place where I/O meets judgement.

mod batch;
pub mod devkit;
mod gather_files;
mod verify;

pub use batch::{BatchAnswer, BatchItem, ItemError, ItemOctets};
pub use gather_files::{LoadError, load_evidence, load_trust};
pub use verify::{Trust, Verifier};
