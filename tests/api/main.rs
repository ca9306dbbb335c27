//! The HTTP door from outside: what it answers, refuses and survives.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as loudly as the tests themselves"
)]

mod batch;
mod document;
mod frames;
mod jobs;
mod kit;
mod operations;
mod permits;
mod sign;
mod verify;
mod wire;
