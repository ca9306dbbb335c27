//! `qoltanba version`: which version this is, and how this machine computes.

use clap::Args;
use serde_json::json;

use super::exit::{Exit, Failure, say};
use crate::crypto::batch::{TablesInUse, level, tables, ways};
use crate::kernel::Level;
use crate::kernel::level::features;

/// Tell the version, and how this machine computes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  qoltanba version --verbose
  QOLTANBA_KERNEL=portable qoltanba version --json | jq .kernel")]
pub(super) struct VersionArgs {
    /// The way in use, features of the processor, memory for tables, and what each family of algorithms is computed with
    #[arg(long, short)]
    verbose: bool,
    /// The same, as one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(args: &VersionArgs) -> Result<Exit, Failure> {
    if args.json {
        say(told_as_json())?;
    } else {
        say(format_args!("qoltanba {}", env!("CARGO_PKG_VERSION")))?;
        if args.verbose {
            say(told())?;
        }
    }
    Ok(Exit::Passed)
}

fn told() -> String {
    let mut lines = vec![format!("way: {} (the fastest here: {})", level().name(), Level::best().name())];
    let (has, lacks): (Vec<_>, Vec<_>) = features().into_iter().partition(|(_, has)| *has);
    let names = |of: Vec<(&str, bool)>| of.into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(" ");
    lines.push(format!("processor has: {}", names(has)));
    if !lacks.is_empty() {
        lines.push(format!("processor lacks: {}", names(lacks)));
    }
    let TablesInUse { bytes_max, bytes, curves } = tables();
    lines.push(format!("tables of keys: {bytes} of {bytes_max} octets"));
    for (name, [of_generator, of_key], keys) in curves {
        lines.push(format!("  {name}: windows of {of_generator} and {of_key} bits, {keys} keys"));
    }
    lines.push("computed with:".to_owned());
    lines.extend(ways().into_iter().map(|(family, way)| format!("  {family}: {way}")));
    lines.join("\n")
}

fn told_as_json() -> serde_json::Value {
    let TablesInUse { bytes_max, bytes, curves } = tables();
    let curve = |(name, [of_generator, of_key], keys): &(&str, [usize; 2], usize)| json!({ "curve": name, "window_generator": of_generator, "window_key": of_key, "keys": keys });
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "kernel": level().name(),
        "kernel_best": Level::best().name(),
        "features": features().into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        "tables": { "bytes_max": bytes_max, "bytes": bytes, "curves": curves.iter().map(curve).collect::<Vec<_>>() },
        "families": ways().into_iter().collect::<std::collections::BTreeMap<_, _>>(),
    })
}
