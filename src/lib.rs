//! qoltanba issues and checks documents certified with an electronic digital signature (EDS).
//!
//! The house has floors; a room names only rooms on lower floors (`docs/architecture.md`).

pub mod codec; // 1: bytes to syntax and back
pub mod crypto; // 2: algorithms by name; digest, verify one, verify many, sign; key containers
pub mod kernel; // 1: arithmetic on fixed-size words
pub mod ledger; // 3: an append-only log with proofs
pub mod limits; // 0: every bound, with its reason
pub mod permit; // 6: forms, numbers and life of the documents
pub mod time; // 0: Timestamp and Clock
