//! The trusted third party: what it answers, what it asks, what it keeps, and two of them talking.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::panic,
    reason = "a test: what goes wrong fails it"
)]

mod abroad;
mod answering;
mod archiving;
mod asking;
mod command;
mod corpus;
mod evidence;
mod hearing;
mod noes;
mod online;
mod place;
#[path = "../fetch/server.rs"]
#[expect(dead_code, reason = "shared with the tests of fetching, which use all of it")]
mod server;
mod two_ttps;
