//! qoltanba issues and checks documents certified with an electronic digital signature (EDS).
//!
//! The house has floors; a room names only rooms on lower floors (`docs/architecture.md`).

pub mod api; // 9: words in, words out: HTTP
pub mod cli; // 9: words in, words out: commands
pub mod cms; // 4: SignedData and time-stamp tokens
pub mod codec; // 1: bytes to syntax and back
pub mod container; // 5: which octets each signature covers
pub mod crypto; // 2: algorithms by name; digest, verify one, verify many, sign; key containers
pub mod fetch; // 7: bytes from the network, with when they were seen
pub mod kernel; // 1: arithmetic on fixed-size words
pub mod ledger; // 3: an append-only log with proofs
pub mod limits; // 0: every bound, with its reason
pub mod path; // 4: certification paths, RFC 5280 §6
pub mod permit; // 6: forms, numbers and life of the documents
pub mod policy; // 5: what we demand, as data
pub mod report; // 7: a verdict told to machines and people
pub mod service; // 8: one function per verb
pub mod signing; // 6: what validation checks, made: signatures, time stamps, certificates, CRLs
pub mod store; // 7: what is kept on disk
pub mod time; // 0: Timestamp and Clock
pub mod trust; // 5: who is trusted, since when, by which act
pub mod validation; // 6: EN 319 102-1: facts and policy in, verdict out
pub mod x509; // 3: certificates, CRLs, OCSP, names: read, never judged
