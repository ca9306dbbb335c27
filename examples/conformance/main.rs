//! `cargo run --release --example conformance -- [DIR] [--only FAMILY] [--json FILE] [--kernel portable|avx512]`: measures
//! qoltanba against corpora that nobody here made, and prints a table.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a tool for developers, not a part of the product"
)]

mod suite;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use qoltanba::crypto::batch::{Settings, configure};
use qoltanba::kernel::{Avx512, Level};
use qoltanba::limits::HOT_TABLES_BYTES;
use suite::{FAMILIES, Measured, Standing};

#[derive(Default)]
struct Arguments {
    folder: Option<PathBuf>,
    only: Option<String>,
    json: Option<PathBuf>,
    kernel: Option<String>,
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            println!("conformance: {message}");
            ExitCode::from(64)
        }
    }
}

/// Gives whether there was neither a false accept nor a false reject.
fn run() -> Result<bool, String> {
    let arguments = arguments(std::env::args().skip(1))?;
    if let Some(way) = &arguments.kernel {
        configure(Settings { level: level(way)?, tables_bytes: HOT_TABLES_BYTES.value });
    }
    let folder =
        arguments.folder.or_else(suite::corpora).ok_or("no corpora: name their folder, or set QOLTANBA_CORPORA")?;
    let wanted = |name: &str| arguments.only.as_deref().is_none_or(|only| only == name);
    let mut all: BTreeMap<&str, Measured> = BTreeMap::new();
    for (name, measure) in FAMILIES.iter().filter(|(name, _)| wanted(name)) {
        let below = folder.join(name);
        if below.is_dir() {
            all.insert(name, measure(&below).map_err(|e| format!("{name}: {e}"))?);
        } else {
            suite::skip(&below.display().to_string());
        }
    }
    let unmeasured: Vec<String> = others(&folder)?.into_iter().filter(|name| wanted(name)).collect();
    if all.is_empty() && unmeasured.is_empty() {
        return Err(format!("nothing to measure below {}", folder.display()));
    }
    println!("{}", suite::table(&all, &unmeasured));
    let mut sound = true;
    for (name, one) in &all {
        for (standing, word) in [(Standing::FalseAccept, "FALSE ACCEPT"), (Standing::FalseReject, "FALSE REJECT")] {
            for id in one.of(standing) {
                // A false accept is never argued away.
                let argued = standing == Standing::FalseReject && ARGUED.contains(&(name, id));
                sound &= argued;
                println!("{word}{}: {name} {id}", if argued { " (argued in docs/divergences.md)" } else { "" });
            }
        }
    }
    // What is argued away and agrees by now is an argument about nothing.
    for (corpus, id) in ARGUED {
        let agrees = all.get(corpus).is_some_and(|one| one.of(Standing::Agree).contains(&id));
        if agrees {
            sound = false;
            println!("ARGUED, BUT IT AGREES: {corpus} {id}");
        }
    }
    if let Some(path) = arguments.json {
        write_json(&path, &all).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(sound)
}

/// What is refused on purpose where its suite would accept it, each argued in `docs/divergences.md`.
const ARGUED: [(&str, &str); 8] = [
    (
        "dss",
        "cades.validation.dss667.CAdESDigestComputationBERTest dss-cades/src/test/resources/validation/dss-667/BER_reordered_prova.txt.p7m",
    ),
    (
        "dss",
        "cades.validation.dss667.CAdESDigestComputationDERTest dss-cades/src/test/resources/validation/dss-667/DER_reordered_prova.txt.p7m",
    ),
    ("ocsp", "files/56c5d808b866dba3.der BouncyCastleNotaryFactoryResponderIdToStringTest.java"),
    ("pkits", "4.14.30"),
    ("pkits", "4.14.30/smime"),
    ("pkits", "ph-4.14.30-valid_crlissuer_test30"),
    ("x509-limbo", "webpki::nc::nc-permits-dns-san-pattern"),
    ("x509-limbo", "webpki::san::exact-localhost-ip-san"),
];

/// The way of computing that is asked for, so that a table can be made with each.
fn level(way: &str) -> Result<Level, String> {
    match way {
        "portable" => Ok(Level::Portable),
        "avx512" => Avx512::detect().map(Level::Avx512).ok_or_else(|| "this processor lacks AVX-512 IFMA".to_owned()),
        other => Err(format!("no way of computing is called `{other}`: portable or avx512")),
    }
}

fn arguments(mut given: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut arguments = Arguments::default();
    while let Some(one) = given.next() {
        let mut value = |what: &str| given.next().ok_or_else(|| format!("{what} lacks its value"));
        match one.as_str() {
            "--only" => arguments.only = Some(value("--only")?),
            "--kernel" => arguments.kernel = Some(value("--kernel")?),
            "--json" => arguments.json = Some(PathBuf::from(value("--json")?)),
            other if other.starts_with('-') || arguments.folder.is_some() => return Err(format!("what is `{other}`?")),
            folder => arguments.folder = Some(PathBuf::from(folder)),
        }
    }
    Ok(arguments)
}

/// Folders that hold a corpus for which there is no measure.
fn others(folder: &Path) -> Result<Vec<String>, String> {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let folders = entries.flatten().filter(|e| e.path().is_dir());
    let names = folders.map(|e| e.file_name().to_string_lossy().into_owned());
    let mut others: Vec<String> =
        names.filter(|name| FAMILIES.iter().all(|(known, _)| known.split('/').next() != Some(name))).collect();
    others.sort();
    Ok(others)
}

/// One line per case.
fn write_json(path: &Path, all: &BTreeMap<&str, Measured>) -> std::io::Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    for (corpus, one) in all {
        for case in &one.cases {
            let line = serde_json::json!({
                "corpus": corpus,
                "id": case.id,
                "expected": case.expected.name(),
                "actual": case.actual.name(),
                "agree": case.standing() == Standing::Agree,
            });
            writeln!(file, "{line}")?;
        }
    }
    file.flush()
}
