//! Fetching on loopback: every way an upstream can fail has its reason and its end, and nothing inside is reached.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "helpers of tests fail as loudly as the tests themselves"
)]

mod centre;
#[path = "../devkit_ca/centre_node.rs"]
mod centre_node;
mod doors;
mod faults;
mod keeping;
mod server;
mod settling;
mod stamping;
mod tls;

use std::time::Duration;

use qoltanba::fetch::{FetchRules, Fetcher, Kind, Refusal, Timing, Upstreams, Url, Wish};
use qoltanba::time::{Clock, Timestamp};

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

pub(crate) fn now() -> Timestamp {
    at("2026-11-21T20:00:00Z")
}

pub(crate) fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

/// Long enough for loopback under load, short enough for a test.
pub(crate) fn quick() -> Timing {
    Timing { connect: Duration::from_secs(5), head: Duration::from_secs(1), total: Duration::from_secs(2) }
}

pub(crate) fn fetcher(rules: FetchRules) -> Fetcher {
    Fetcher::new(FetchRules { timing: quick(), ..rules }, Clock::Fixed(now()), Upstreams::default())
}

/// The refusal that fetching a CRL from there ends in.
pub(crate) async fn refusal(fetcher: &Fetcher, address: &str) -> Refusal {
    match fetcher.fetch(&Wish::get(Kind::Crl, url(address))).await {
        Ok(_) => panic!("{address} gave something"),
        Err(refusal) => refusal,
    }
}
