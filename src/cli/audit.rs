//! `qoltanba bundle` and `qoltanba audit`: the auditor's part, offline.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::exit::{Exit, Failure, say};
use super::hearing::read_receipts;
use super::progress;
use super::verify::{NO_DOCUMENTS, TermsArgs};
use crate::service::{audit, export_bundle, open_bundle, open_key_file};
use crate::signing::{Packaging, Signer, sign};
use crate::store::files;
use crate::time::{Clock, Timestamp};

/// Export everything a judgement rests on.
#[derive(Debug, Args)]
pub(super) struct BundleArgs {
    #[command(subcommand)]
    command: BundleCommand,
}

#[derive(Debug, Subcommand)]
enum BundleCommand {
    /// Write trust snapshot, evidence and policy into one file
    #[command(after_help = "\
Examples:
  qoltanba bundle export --home kit audit.bundle
  qoltanba bundle export --trust kit/trust --evidence kit/evidence audit.bundle
  qoltanba bundle export --home kit --receipt letter.dvcs audit.bundle")]
    Export {
        #[command(flatten)]
        terms: TermsArgs,
        /// A receipt of a third party about a document, for the audit to hear (repeatable)
        #[arg(long = "receipt", value_name = "FILE")]
        receipts: Vec<PathBuf>,
        /// One JSON object
        #[arg(long)]
        json: bool,
        /// Where to write it
        file: PathBuf,
    },
}

/// Check an archive offline.
#[derive(Debug, Args)]
#[command(after_help = "\
The report is NDJSON: a head line, one line per document, a line of totals. The same archive, bundle
and time give the same report, octet for octet; its signature lies beside it (OUT.p7s).

Example:
  qoltanba audit archive --bundle audit.bundle --at 2026-07-01T00:00:00Z --report report.ndjson \\
    --key auditor.p12 --password-file auditor.password")]
pub(super) struct AuditArgs {
    /// The archive: a folder, ZIP, TAR or TAR.GZ; `letter.pdf` beside `letter.pdf.p7s` is that signature's content
    folder: PathBuf,
    /// The bundle
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    /// Judge as of this time
    #[arg(long, value_name = "RFC3339", value_parser = super::verify::parse_time)]
    at: Timestamp,
    /// Where to write the report
    #[arg(long, value_name = "OUT")]
    report: PathBuf,
    /// The auditor's key, PKCS#12 or PKCS#8
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The file whose first line opens it
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// The auditor's certificate, where the key file holds none
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// Totals as JSON
    #[arg(long)]
    json: bool,
}

/// Runs `bundle`.
pub(super) fn run_bundle(args: &BundleArgs) -> Result<Exit, Failure> {
    let BundleCommand::Export { terms, receipts, json, file } = &args.command;
    let verifier = terms.verifier()?;
    let octets = export_bundle(&verifier, &read_receipts(receipts)?).map_err(Failure::unreadable)?;
    files::write(file, &octets).map_err(Failure::unreadable)?;
    let digest = format!("sha256:{}", crate::x509::Fingerprint::of(&octets));
    if *json {
        say(serde_json::json!({ "file": file.display().to_string(), "bundle": digest }))?;
    } else {
        say(format_args!("{}: {digest}", file.display()))?;
    }
    Ok(Exit::Passed)
}

/// Runs `audit`.
pub(super) fn run(args: &AuditArgs) -> Result<Exit, Failure> {
    let held = open_key_file(&args.key, args.password_file.as_deref(), args.certificate.as_deref())
        .map_err(Failure::unreadable)?;
    let bundle = files::read(&args.bundle).map_err(Failure::unreadable)?;
    let bundle = open_bundle(&bundle).map_err(Failure::unreadable)?;
    let bar = progress::bar(0);
    let advance = |done, known| progress::advance(Some(&bar), done, known);
    let report = audit(&args.folder, &bundle, args.at, advance).map_err(Failure::unreadable)?;
    bar.finish_and_clear();
    for (receipt, _) in bundle.receipts.iter().zip(&report.heard).filter(|(_, heard)| !**heard) {
        let name = crate::x509::Fingerprint::of(receipt);
        eprintln!("qoltanba: the receipt sha256:{name} of the bundle holds for no document here that may need one");
    }
    let signer = Signer::new(held.key.as_ref(), &held.certificate).map_err(Failure::misuse)?.at(Clock::Wall.now());
    let signature = sign(&report.octets, Packaging::Detached, &signer).map_err(Failure::unreadable)?;
    files::write(&args.report, &report.octets).map_err(Failure::unreadable)?;
    files::write(&beside(&args.report), &signature).map_err(Failure::unreadable)?;
    let totals = report.totals;
    if args.json {
        say(serde_json::json!({ "totals": totals, "bundle": bundle.digest }))?;
    } else {
        let (report, signer) = (args.report.display(), held.certificate.label());
        say(format_args!("{totals}; report in {report}, signed by {signer}"))?;
    }
    if totals.documents == 0 {
        return Err(Failure::unreadable(NO_DOCUMENTS));
    }
    Ok(match (totals.unreadable, totals.failed, totals.indeterminate) {
        (0, 0, 0) => Exit::Passed,
        (0, 0, _) => Exit::Indeterminate,
        (0, ..) => Exit::Failed,
        _ => Exit::Unreadable,
    })
}

fn beside(report: &Path) -> PathBuf {
    let mut name = report.as_os_str().to_owned();
    name.push(".p7s");
    PathBuf::from(name)
}
