//! `qoltanba devkit`: a complete test PKI, made, served, and revoked in.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::exit::{Exit, Failure, say};
use crate::service::ServeDoor;
use crate::service::devkit::{self, DevkitError, RevokeOrder};
use crate::time::{Clock, Timestamp};
use crate::x509::RevocationReason;

/// Make a complete test PKI, let it answer, revoke in it.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "\
The folder is a node's home at once: trust snapshot, evidence, keys by alias.

Examples:
  qoltanba devkit kit
  qoltanba sign --home kit --alias officer-head -o note.p7m note.txt
  qoltanba verify --trust kit/trust --evidence kit/evidence note.p7m
  qoltanba devkit serve kit                                    (OCSP, CRLs, certificates, time stamps)
  qoltanba devkit revoke kit --label officer-head --reason keyCompromise

Everything in it is made up and its keys are secret to nobody: never trust it on a node that
checks real documents.")]
pub(super) struct DevkitArgs {
    /// A new or empty folder, or a devkit to be written again
    #[arg(required = true)]
    folder: Option<PathBuf>,
    /// Where its authorities say they publish, in place of http://127.0.0.1:8480/devkit
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// One JSON object
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    command: Option<DevkitCommand>,
}

#[derive(Debug, Subcommand)]
enum DevkitCommand {
    /// Let the centres of a devkit answer: OCSP, CRLs, certificates, time stamps
    Serve(DevkitServeArgs),
    /// Revoke a certificate of a devkit: its issuer's lists with the next number
    Revoke(DevkitRevokeArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example: qoltanba devkit serve kit

What is below /devkit: ocsp/ISSUER (POST and GET), crl/LABEL.crl, cert/LABEL.cer, tsa/LABEL; INDEX.json lists the
labels. The node beside them verifies under the devkit's own trust.")]
struct DevkitServeArgs {
    /// The devkit
    folder: PathBuf,
    /// Where to listen; certificates name the address that the devkit was made for
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8480")]
    listen: SocketAddr,
    /// What to log: error, warn, info, debug, or targets (`qoltanba=debug`)
    #[arg(long, value_name = "FILTER", default_value = "info")]
    log: String,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  qoltanba devkit revoke kit --label officer-head --reason certificateHold
  qoltanba devkit revoke kit --label officer-head --reason removeFromCRL        (takes the hold off)
  qoltanba devkit revoke kit --serial 1a2b… --reason keyCompromise --invalid-since 2026-10-01

A devkit that is served answers by it at once. `qoltanba devkit kit` sets everything back.")]
struct DevkitRevokeArgs {
    /// The devkit
    folder: PathBuf,
    /// Serial number, hexadecimal
    #[arg(long, value_name = "HEX", required_unless_present = "label")]
    serial: Option<String>,
    /// Label in INDEX.json
    #[arg(long, value_name = "LABEL", conflicts_with = "serial")]
    label: Option<String>,
    /// Reason by the standard's name (RFC 5280 §5.3.1)
    #[arg(long, value_name = "REASON", default_value = "unspecified")]
    reason: String,
    /// Since when the key is known to be compromised (RFC 3339)
    #[arg(long, value_name = "TIME")]
    invalid_since: Option<String>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(args: &DevkitArgs, serve: ServeDoor) -> Result<Exit, Failure> {
    match (&args.command, &args.folder) {
        (Some(DevkitCommand::Serve(args)), _) => super::serve::run_devkit(&args.folder, args.listen, &args.log, serve),
        (Some(DevkitCommand::Revoke(args)), _) => revoke(args),
        (None, Some(folder)) => make(folder, args),
        (None, None) => Err(Failure::misuse("name the folder")),
    }
}

fn make(folder: &std::path::Path, args: &DevkitArgs) -> Result<Exit, Failure> {
    let made = match &args.base_url {
        None => devkit::generate(folder),
        Some(base_url) => devkit::generate_at(folder, base_url),
    };
    let summary = made.map_err(failure)?;
    if args.json {
        say(serde_json::json!({
            "folder": summary.folder, "entities": summary.entities, "crls": summary.crls, "files": summary.files,
            "trust_snapshot": summary.snapshot,
        }))?;
    } else {
        let folder = summary.folder.display();
        say(format_args!(
            "{folder}: {} holders of keys, {} revocation lists, {} files; {folder}/README.txt says what is what",
            summary.entities, summary.crls, summary.files
        ))?;
    }
    Ok(Exit::Passed)
}

fn revoke(args: &DevkitRevokeArgs) -> Result<Exit, Failure> {
    let reason = RevocationReason::from_name(&args.reason)
        .ok_or_else(|| Failure::misuse(format_args!("no reason `{}`; RFC 5280 §5.3.1 names them", args.reason)))?;
    let time = |text: &String| Timestamp::parse_rfc3339(text).ok_or_else(|| Failure::misuse("not an RFC 3339 time"));
    let order = RevokeOrder {
        name: args.label.clone().or_else(|| args.serial.clone()).unwrap_or_default(),
        reason,
        invalid_since: args.invalid_since.as_ref().map(time).transpose()?,
    };
    let done = devkit::revoke(&args.folder, &order, Clock::Wall.now()).map_err(failure)?;
    if args.json {
        say(serde_json::json!({
            "label": done.label, "issuer": done.issuer, "reason": reason.name(), "crl_number": done.number,
            "files": done.files,
        }))?;
    } else {
        let (label, issuer, number) = (&done.label, &done.issuer, done.number);
        let files = done.files.join(", ");
        say(format_args!("{label}: {} in list {number} of {issuer} ({files})", reason.name()))?;
    }
    Ok(Exit::Passed)
}

/// What was asked for does not go, or the folder does not read.
fn failure(error: DevkitError) -> Failure {
    match error {
        DevkitError::BaseUrl
        | DevkitError::NotIssued { .. }
        | DevkitError::NoRevocationList { .. }
        | DevkitError::AlreadyRevoked { .. }
        | DevkitError::NotOnHold { .. } => Failure::misuse(error),
        other => Failure::unreadable(other),
    }
}
