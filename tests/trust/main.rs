//! The registry of whom we trust from outside: two administrators, a keeper, posts, and what goes wrong between them.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests fail as loudly as the tests themselves"
)]

mod command;
mod door;
mod kill9;
mod kit;
mod lists;
mod office;
mod posts;
