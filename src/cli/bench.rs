//! `qoltanba bench`: whole documents, octets in, verdict out, beside the same pipeline on a stock library.

use std::path::Path;

use clap::Args;
use serde::Serialize;

use super::exit::{Exit, Failure, say};
use crate::crypto::KeyAlgorithm;
use crate::service::bench::{AlgorithmFigures, BenchPlan, bench_algorithm};
use crate::service::cores_of_this_machine;
use crate::store::files;

/// Measure whole documents on this machine.
#[derive(Debug, Args)]
#[command(after_help = "\
Makes documents signed by many officers, with a path of three certificates and a CRL of 5,000
entries, and verifies them in turns with a pipeline on ring that verifies one by one. A tampered, a
forged and a revoked document among them must be refused, or the bench fails. At most 4,096 different
documents are made; beyond that the same ones are met again.

Examples:
  qoltanba bench
  qoltanba bench --algorithms ec-p256 --documents 1000000 --json")]
pub(super) struct BenchArgs {
    /// One JSON object
    #[arg(long)]
    json: bool,
    /// How many documents are verified, of each algorithm
    #[arg(long, value_name = "N", default_value = "65536")]
    documents: usize,
    /// Octets of content in each
    #[arg(long, value_name = "N", default_value = "4096")]
    content_bytes: usize,
    /// How many officers signed them
    #[arg(long, value_name = "N", default_value = "256")]
    officers: usize,
    /// Kinds of keys, by their names
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "rsa-2048,ec-p256,gost-r-34.10-2015-256-kz,gost-r-34.10-2015-512-kz"
    )]
    algorithms: Vec<KeyAlgorithm>,
    /// Cores to work on; all of the machine's by default
    #[arg(long, value_name = "N")]
    cores: Option<usize>,
}

/// What was measured.
#[derive(Debug, Serialize)]
struct Figures {
    version: &'static str,
    kernels: &'static str,
    content_bytes: usize,
    officers: usize,
    crl_entries: usize,
    cores: usize,
    algorithms: Vec<AlgorithmFigures>,
    /// The most memory that the process ever held, where the system tells.
    peak_memory_bytes: Option<u64>,
}

/// Runs the command.
pub(super) fn run(args: &BenchArgs) -> Result<Exit, Failure> {
    let plan = BenchPlan {
        documents: args.documents,
        content_bytes: args.content_bytes,
        officers: args.officers,
        cores: args.cores.unwrap_or_else(cores_of_this_machine),
    };
    let mut algorithms = Vec::new();
    for algorithm in &args.algorithms {
        let figures = bench_algorithm(*algorithm, &plan).map_err(Failure::unavailable)?;
        if !args.json {
            tell(&figures)?;
        }
        algorithms.push(figures);
    }
    let figures = Figures {
        version: env!("CARGO_PKG_VERSION"),
        kernels: crate::crypto::batch::level().name(),
        content_bytes: plan.content_bytes,
        officers: plan.officers,
        crl_entries: crate::service::bench::CRL_ENTRIES,
        cores: plan.cores,
        algorithms,
        peak_memory_bytes: peak_memory_bytes(),
    };
    if args.json {
        say(serde_json::to_string(&figures).map_err(Failure::unavailable)?)?;
    } else if let Some(bytes) = figures.peak_memory_bytes {
        say(format_args!("peak memory {} MiB; kernels: {}", bytes >> 20, figures.kernels))?;
    }
    Ok(Exit::Passed)
}

fn tell(figures: &AlgorithmFigures) -> Result<(), Failure> {
    say(format_args!("{}, documents of {} octets", figures.algorithm, figures.document_bytes))?;
    say(format_args!("  one core             {:>10.0} documents/s", figures.documents_per_second))?;
    if let (Some(cores), Some(scaling)) = (figures.documents_per_second_all_cores, figures.scaling) {
        say(format_args!("  all cores            {cores:>10.0} documents/s   {scaling:.2} x one core"))?;
    }
    match (figures.stock_documents_per_second, figures.ratio) {
        (Some(stock), Some(ratio)) => say(format_args!(
            "  ring, one by one     {stock:>10.0} documents/s   one core of ours is {ratio:.1} x as fast"
        ))?,
        _ => say("  ring, one by one       does not have this algorithm")?,
    }
    let shares =
        figures.stages.iter().map(|s| format!("{} {:.0} ns ({:.0} %)", s.stage, s.nanoseconds, s.share * 100.0));
    say(format_args!("  per document         {}", shares.collect::<Vec<_>>().join(", ")))?;
    say("  refused              tampered, forged and revoked, in the same run")
}

/// VmHWM of Linux.
fn peak_memory_bytes() -> Option<u64> {
    let status = files::read(Path::new("/proc/self/status")).ok()?;
    let status = String::from_utf8(status).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}
