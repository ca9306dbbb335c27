//! Corpora measured: every case has an expectation that somebody else made, and the answer that we give.

pub(crate) mod archive;
pub(crate) mod bign_by;
pub(crate) mod cms;
pub(crate) mod dss;
pub(crate) mod facts;
pub(crate) mod flips;
pub(crate) mod gost_ru;
pub(crate) mod kz;
pub(crate) mod kz_revocation;
pub(crate) mod limbo;
pub(crate) mod malformed;
pub(crate) mod mldsa;
pub(crate) mod mldsa_vectors;
pub(crate) mod ocsp;
pub(crate) mod path_misc;
pub(crate) mod paths;
pub(crate) mod pkits;
pub(crate) mod sm2;
pub(crate) mod statement;
pub(crate) mod timestamps;
pub(crate) mod ttp_foreign;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is said of one case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It holds.
    Valid,
    /// It does not.
    Invalid,
    /// Nobody can tell: algorithm, issuer or content are missing.
    Unsupported,
    /// It does not read.
    Error,
}

impl Answer {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Unsupported => "unsupported",
            Self::Error => "error",
        }
    }

    pub(crate) fn holds(yes: bool) -> Self {
        if yes { Self::Valid } else { Self::Invalid }
    }
}

/// One question with its expected and its actual answer.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) expected: Answer,
    pub(crate) actual: Answer,
}

/// How expectation and answer go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    Agree,
    FalseAccept,
    FalseReject,
    NotSupported,
}

impl Case {
    pub(crate) fn new(id: impl Into<String>, expected: Answer, actual: Answer) -> Self {
        Self { id: id.into(), expected, actual }
    }

    pub(crate) fn standing(&self) -> Standing {
        match (self.expected, self.actual) {
            (expected, actual) if expected == actual => Standing::Agree,
            // What must be refused may be refused for not reading.
            (Answer::Invalid, Answer::Error) => Standing::Agree,
            (_, Answer::Valid) => Standing::FalseAccept,
            (_, Answer::Unsupported) => Standing::NotSupported,
            _ => Standing::FalseReject,
        }
    }
}

/// One corpus, measured.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    pub(crate) cases: Vec<Case>,
    /// Files that an index names and that are not there.
    pub(crate) missing: Vec<String>,
    /// Entries of which nothing is expected, such as the contents of detached signatures.
    pub(crate) without_expectation: usize,
}

impl Measured {
    pub(crate) fn add(&mut self, id: impl Into<String>, expected: Answer, actual: Answer) {
        self.cases.push(Case::new(id, expected, actual));
    }

    pub(crate) fn count(&self, standing: Standing) -> usize {
        self.cases.iter().filter(|c| c.standing() == standing).count()
    }

    pub(crate) fn of(&self, standing: Standing) -> Vec<&str> {
        self.cases.iter().filter(|c| c.standing() == standing).map(|c| c.id.as_str()).collect()
    }
}

/// The families that are measured, by the name of their folder.
pub(crate) type Family = (&'static str, fn(&Path) -> Result<Measured, String>);

/// Every family there is a measure for.
pub(crate) const FAMILIES: &[Family] = &[
    ("kz", kz::measure),
    ("gost-ru", gost_ru::measure),
    ("cms", cms::measure),
    ("dss", dss::measure),
    ("malformed", malformed::measure),
    ("mldsa", mldsa::measure),
    ("mldsa-misc", mldsa::measure_misc),
    ("pkits", pkits::measure),
    ("pkits-ecdsa", pkits::measure_ecdsa),
    ("pkits-mldsa", pkits::measure_mldsa),
    ("x509-limbo", limbo::measure),
    ("path-validation-misc", path_misc::measure),
    ("ocsp", ocsp::measure),
    ("timestamps", timestamps::measure),
    ("sm2", sm2::measure),
    ("bign-by", bign_by::measure),
    ("ttp/foreign", ttp_foreign::measure),
];

/// The corpora beside the repository, or where the environment says; `None` where they are not there.
pub(crate) fn corpora() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora");
    Some(std::env::var("QOLTANBA_CORPORA").map_or_else(|_| beside(), PathBuf::from)).filter(|folder| folder.is_dir())
}

/// Says what is left out, past the capture of test output: what was not measured must be seen.
pub(crate) fn skip(what: &str) {
    use std::io::Write as _;
    // INVARIANT: a closed stderr leaves nobody to tell.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what} is not there; QOLTANBA_CORPORA names its parent");
}

/// Reads a file that an index names: `None`, and counted, where it is not there.
pub(crate) fn load(folder: &Path, file: &str, measured: &mut Measured) -> Option<Vec<u8>> {
    let octets = std::fs::read(folder.join(file)).ok();
    if octets.is_none() {
        measured.missing.push(file.to_owned());
    }
    octets
}

/// The table of measured corpora.
pub(crate) fn table(all: &BTreeMap<&str, Measured>, unmeasured: &[String]) -> String {
    let row = |name: &str, cells: [String; 6]| {
        let [cases, agree, accepts, rejects, unsupported, missing] = cells;
        format!("{name:<22}{cases:>8}{agree:>8}{accepts:>14}{rejects:>14}{unsupported:>15}{missing:>15}\n")
    };
    let head = ["cases", "agree", "false accept", "false reject", "not supported", "missing files"];
    let mut lines = vec![row("corpus", head.map(str::to_owned))];
    for (name, one) in all {
        let [agree, accepts, rejects, unsupported] =
            [Standing::Agree, Standing::FalseAccept, Standing::FalseReject, Standing::NotSupported]
                .map(|standing| one.count(standing));
        let cells = [one.cases.len(), agree, accepts, rejects, unsupported, one.missing.len()];
        lines.push(row(name, cells.map(|count| count.to_string())));
    }
    lines.extend(unmeasured.iter().map(|name| format!("{name:<22}  not measured yet\n")));
    lines.concat()
}
