//! Words in, words out: commands. Answers go to stdout, diagnostics to stderr.

mod api_keys;
mod exit;
mod serve;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use exit::Exit;

/// Issues and checks documents certified with an electronic digital signature (EDS).
#[derive(Debug, Parser)]
#[command(name = "qoltanba", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check signed documents, files or folders of them.
    Verify(verify::VerifyArgs),
    /// Serve verification and permits over HTTP.
    Serve(serve::ServeArgs),
    /// Make, list and revoke the API keys of a node.
    ApiKeys(api_keys::ApiKeysArgs),
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => {
            let result = match cli.command {
                Command::Verify(args) => verify::run(&args),
                Command::Serve(args) => serve::run(&args),
                Command::ApiKeys(args) => api_keys::run(&args),
            };
            match result {
                Ok(exit) => exit.into(),
                Err(failure) => failure.tell(),
            }
        }
        Err(error) => {
            // clap writes help and version to stdout, misuse to stderr.
            let _ = error.print();
            if error.use_stderr() { Exit::Misuse.into() } else { ExitCode::SUCCESS }
        }
    }
}
