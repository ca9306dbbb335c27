//! `qoltanba algorithms`: which algorithms are verified and signed with, and what policies demand of them.

use clap::Args;

use super::exit::{Exit, Failure, say};
use crate::policy::Policy;
use crate::report;

/// Tell which algorithms there are.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  qoltanba algorithms
  qoltanba algorithms --json | jq '.algorithms[] | select(.key == \"sm2\")'")]
pub(super) struct AlgorithmsArgs {
    /// One JSON object
    #[arg(long)]
    json: bool,
    /// The text of docs/algorithms.md, which is also what is told without --json
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
}

/// The policies that the table tells of.
const POLICIES: [&str; 2] = ["kz", "rfc5280"];

/// Runs the command.
pub(super) fn run(args: &AlgorithmsArgs) -> Result<Exit, Failure> {
    let policies: Vec<Policy> =
        POLICIES.into_iter().map(Policy::named).collect::<Result<_, _>>().map_err(Failure::misuse)?;
    if args.json {
        say(report::algorithms_json(&policies))?;
    } else {
        say(report::algorithms_markdown(&policies).trim_end())?;
    }
    Ok(Exit::Passed)
}
