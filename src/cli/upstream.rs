//! `qoltanba upstream`: how the services answered that were asked online.

use clap::Args;

use super::exit::{Exit, Failure, say};
use super::home::HomeArgs;
use crate::fetch::UpstreamRow;
use crate::service::kept_upstream_rows;
use crate::time::Clock;

/// How the services answer that are asked online.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  qoltanba upstream --home kit
  qoltanba upstream --home kit --json | jq 'select(.state != \"closed\")'

An endpoint is left alone (open) after three failures in a row, then tried once (half-open).")]
pub(super) struct UpstreamArgs {
    #[command(flatten)]
    home: HomeArgs,
    /// One JSON object per endpoint
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(args: &UpstreamArgs) -> Result<Exit, Failure> {
    let rows = kept_upstream_rows(args.home.home()?.fetched(), Clock::Wall.now());
    for row in &rows {
        if args.json {
            say(serde_json::to_string(row).map_err(Failure::unreadable)?)?;
        } else {
            say(told(row))?;
        }
    }
    if rows.is_empty() && !args.json {
        say("nothing was fetched yet")?;
    }
    Ok(Exit::Passed)
}

fn told(row: &UpstreamRow) -> String {
    let state = match row.state {
        crate::fetch::Circuit::Closed => "closed",
        crate::fetch::Circuit::Open => "open",
        crate::fetch::Circuit::HalfOpen => "half-open",
    };
    let mut text = format!("{:<9} {:<12} {}", state, row.kind.name(), row.endpoint);
    text.push_str(&format!("\n    {} % of the last {} brought something", row.success_percent, row.attempts));
    if let (Some(median), Some(p95)) = (row.latency_ms_median, row.latency_ms_p95) {
        text.push_str(&format!("; half within {median} ms, 95 % within {p95} ms"));
    }
    if let (Some(error), Some(at)) = (&row.last_error, row.last_error_at) {
        text.push_str(&format!("\n    last error {error} at {at}"));
    }
    if let Some(next) = row.next_try {
        text.push_str(&format!("; asked again from {next}"));
    }
    text
}
