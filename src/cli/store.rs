//! `qoltanba store`: does what is kept hold together?

use clap::{Args, Subcommand};

use super::exit::{Exit, Failure, say};
use super::home::{HomeArgs, block_on, store_failure};
use crate::time::Clock;

/// The embedded store.
#[derive(Debug, Args)]
#[command(after_help = "\
Example, after a restore:
  qoltanba store check --home kit")]
pub(super) struct StoreArgs {
    #[command(subcommand)]
    command: StoreCommand,
}

#[derive(Debug, Subcommand)]
enum StoreCommand {
    /// Check every document and history: digests, chains, nothing half-issued
    Check {
        #[command(flatten)]
        home: HomeArgs,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
}

/// Runs the command.
pub(super) fn run(args: &StoreArgs) -> Result<Exit, Failure> {
    let StoreCommand::Check { home, json } = &args.command;
    let report = block_on(async {
        let home = home.home()?;
        if !home.has_store() {
            return Err(Failure::unreadable(format_args!("{} holds no store", home.folder().display())));
        }
        let store = home.store(Clock::Wall.now()).await.map_err(store_failure)?;
        store.integrity().await.map_err(store_failure)
    })?;
    let exit = if report.findings.is_empty() { Exit::Passed } else { Exit::Failed };
    if *json {
        let findings: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
        say(serde_json::json!({ "documents": report.documents, "records": report.records, "findings": findings }))?;
        return Ok(exit);
    }
    if report.cut_short {
        eprintln!("qoltanba: there are more findings than are told");
    }
    for finding in &report.findings {
        say(format_args!("✗ {finding}"))?;
    }
    let state = if report.findings.is_empty() { "holds together" } else { "does not hold together" };
    say(format_args!("{} documents, {} records: {state}", report.documents, report.records))?;
    Ok(exit)
}
