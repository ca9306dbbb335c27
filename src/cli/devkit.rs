//! `qoltanba devkit`: a complete test PKI.

use std::path::PathBuf;

use clap::Args;

use super::exit::{Exit, Failure, say};
use crate::service::devkit;

/// Make a complete test PKI.
#[derive(Debug, Args)]
#[command(after_help = "\
The folder is a node's home at once: trust snapshot, evidence, keys by alias.

Examples:
  qoltanba devkit kit
  qoltanba sign --home kit --alias officer-head -o note.p7m note.txt
  qoltanba verify --trust kit/trust --evidence kit/evidence note.p7m

Everything in it is made up and its keys are secret to nobody: never trust it on a node that
checks real documents.")]
pub(super) struct DevkitArgs {
    /// A new or empty folder, or a devkit to be written again
    folder: PathBuf,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(args: &DevkitArgs) -> Result<Exit, Failure> {
    let summary = devkit::generate(&args.folder).map_err(Failure::unreadable)?;
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
