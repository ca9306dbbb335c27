//! Words in, words out: commands. Answers go to stdout, diagnostics to stderr.

mod algorithms;
mod api_keys;
mod audit;
mod bench;
mod demo;
mod devkit;
mod exit;
mod hearing;
mod home;
mod kernel;
mod key_store;
mod keys;
mod online;
mod permit;
mod progress;
mod receipt;
mod serve;
mod sign;
mod store;
mod trust;
mod two_step;
mod upstream;
mod verify;
mod version;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::service::ServeDoor;
use exit::{Exit, Failure};

/// Issues and checks documents certified with an electronic digital signature (EDS).
#[derive(Debug, Parser)]
#[command(name = "qoltanba", version, about, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = "\
New here? `qoltanba demo` shows everything once; `qoltanba devkit kit` makes a test PKI to play with.")]
struct Cli {
    #[command(flatten)]
    kernel: kernel::KernelArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show everything once: make a test PKI, issue, check, refuse, recognise
    Demo(demo::DemoArgs),
    /// Make a complete test PKI in a folder, let it answer, revoke in it
    Devkit(devkit::DevkitArgs),
    /// Check signed documents, files or folders of them
    Verify(verify::VerifyArgs),
    /// Serve verification and permits over HTTP
    Serve(serve::ServeArgs),
    /// Make, list and revoke the API keys of a node
    ApiKeys(api_keys::ApiKeysArgs),
    /// Sign a file, or add a signature to a signed one
    Sign(sign::SignArgs),
    /// Issue a permit, a refusal or a notice
    Issue(permit::IssueArgs),
    /// Look at permits and change how they stand
    Permit(permit::PermitArgs),
    /// Keys by alias: list, look at, make
    Keys(keys::KeysArgs),
    /// Export everything a judgement rests on
    Bundle(audit::BundleArgs),
    /// Check an archive offline and write a signed report
    Audit(audit::AuditArgs),
    /// Measure whole documents on this machine, beside a stock library
    Bench(bench::BenchArgs),
    /// Whom we trust: propose, approve, publish, fetch, look back
    Trust(trust::TrustArgs),
    /// How the services answer that are asked online: CRLs, OCSP, time stamps
    Upstream(upstream::UpstreamArgs),
    /// Receipts of trusted third parties: check, ask, poll, list
    Receipt(receipt::ReceiptArgs),
    /// Which algorithms are verified and signed with, and what policies demand of them
    Algorithms(algorithms::AlgorithmsArgs),
    /// The embedded store: check that it holds together
    Store(store::StoreArgs),
    /// Tell the version, and how this machine computes
    Version(version::VersionArgs),
    /// Write completions for a shell
    #[command(after_help = "Example: qoltanba completions bash > /etc/bash_completion.d/qoltanba")]
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// Runs the command line of this process.
///
/// *Takes* what serves a node: doors do not know each other.
pub fn run(serve: ServeDoor) -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => cli
            .kernel
            .apply()
            .and_then(|()| dispatch(cli.command, serve))
            .map_or_else(|failure| failure.tell(), ExitCode::from),
        Err(error) => {
            // clap writes help and version to stdout, misuse to stderr.
            let _ = error.print();
            if error.use_stderr() { Exit::Misuse.into() } else { ExitCode::SUCCESS }
        }
    }
}

fn dispatch(command: Command, serve: ServeDoor) -> Result<Exit, Failure> {
    match command {
        Command::Demo(args) => demo::run(&args, serve),
        Command::Devkit(args) => devkit::run(&args, serve),
        Command::Verify(args) => verify::run(&args),
        Command::Serve(args) => serve::run(&args, serve),
        Command::ApiKeys(args) => api_keys::run(&args),
        Command::Sign(args) => sign::run(&args),
        Command::Issue(args) => permit::run_issue(&args),
        Command::Permit(args) => permit::run(&args),
        Command::Keys(args) => keys::run(&args),
        Command::Bundle(args) => audit::run_bundle(&args),
        Command::Audit(args) => audit::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Trust(args) => trust::run(&args),
        Command::Upstream(args) => upstream::run(&args),
        Command::Receipt(args) => receipt::run(&args),
        Command::Algorithms(args) => algorithms::run(&args),
        Command::Store(args) => store::run(&args),
        Command::Version(args) => version::run(&args),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "qoltanba", &mut script);
            exit::say(String::from_utf8_lossy(&script).trim_end())?;
            Ok(Exit::Passed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
