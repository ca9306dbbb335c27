//! Certification paths asked about: anchors, evidence, a target, a time.

use std::path::Path;

use qoltanba::codec::armour;
use qoltanba::crypto::verify_many;
use qoltanba::path::{
    Defect, LinkList, LinkOutcome, Links, PathRules, Pool, Question, Rejection, Sources, ValidatedPath, validate,
};
use qoltanba::time::Timestamp;
use qoltanba::x509::{Certificate, Crl};

use super::Answer;

/// What is at hand for one question.
#[derive(Default)]
pub(crate) struct Hand {
    pub(crate) anchors: Pool,
    pub(crate) evidence: Pool,
}

impl Hand {
    /// Asks whether the target has a path.
    pub(crate) fn ask(
        &self,
        target: &Certificate,
        at: Timestamp,
        rules: &PathRules,
    ) -> Result<ValidatedPath, Rejection> {
        self.ask_with(target, at, rules).0
    }

    /// The same, with the signatures that were computed for it.
    pub(crate) fn ask_with(
        &self,
        target: &Certificate,
        at: Timestamp,
        rules: &PathRules,
    ) -> (Result<ValidatedPath, Rejection>, Links) {
        let links = self.links(target);
        (self.judge(target, at, rules, &links), links)
    }

    /// Has every signature computed that the target's paths need.
    pub(crate) fn links(&self, target: &Certificate) -> Links {
        let nothing = Pool::default();
        let sources = Sources { anchors: &self.anchors, pools: [&nothing, &self.evidence, &nothing] };
        let mut list = LinkList::default();
        list.explore(target, &sources);
        let mut links = Links::default();
        for wanted in list.links() {
            let outcome = match wanted.claim() {
                Ok(claim) => verify_many(&[claim]).into_iter().map(LinkOutcome::from).next(),
                Err(known) => Some(known),
            };
            outcome.into_iter().for_each(|outcome| links.record(wanted.link, outcome));
        }
        links
    }

    /// Asks with these signatures known.
    pub(crate) fn judge(
        &self,
        target: &Certificate,
        at: Timestamp,
        rules: &PathRules,
        links: &Links,
    ) -> Result<ValidatedPath, Rejection> {
        let nothing = Pool::default();
        let sources = Sources { anchors: &self.anchors, pools: [&nothing, &self.evidence, &nothing] };
        validate(&Question { target, at, known_at: at, rules }, &sources, links)
    }
}

/// A path that holds is valid; one that fails for want of an algorithm is unsupported.
pub(crate) fn answer(outcome: &Result<ValidatedPath, Rejection>) -> Answer {
    match outcome {
        Ok(_) => Answer::Valid,
        Err(rejection) if rejection.defects.iter().all(|d| d.defect == Defect::SignatureUnsupported) => {
            Answer::Unsupported
        }
        Err(_) => Answer::Invalid,
    }
}

/// What stands against a path, in words for whoever reads the table.
pub(crate) fn why(outcome: &Result<ValidatedPath, Rejection>) -> String {
    match outcome {
        Ok(_) => "holds".to_owned(),
        Err(rejection) => {
            let one = |d: &qoltanba::path::PathDefect| format!("{:?} at {}", d.defect, d.certificate.label());
            rejection.defects.iter().map(one).collect::<Vec<_>>().join("; ")
        }
    }
}

/// Every certificate in a file, PEM or DER; `Err` where one does not read.
pub(crate) fn certificates(octets: &[u8]) -> Result<Vec<Certificate>, String> {
    let all = armour::strip_all(octets).map_err(|e| e.to_string())?;
    all.iter().map(|der| Certificate::parse(der).map_err(|e| e.to_string())).collect()
}

/// Reads every file of a folder into a pool; what does not read is left out, as evidence that is not there.
pub(crate) fn fill(pool: &mut Pool, folder: &Path) -> Result<(), String> {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for path in entries.flatten().map(|e| e.path()).filter(|p| p.is_file()) {
        let octets = std::fs::read(&path).map_err(|e| e.to_string())?;
        add(pool, &octets);
    }
    Ok(())
}

/// Adds whatever certificates or CRLs these octets hold.
pub(crate) fn add(pool: &mut Pool, octets: &[u8]) {
    for der in armour::strip_all(octets).unwrap_or_default() {
        if let Ok(certificate) = Certificate::parse(&der) {
            pool.add_certificate(certificate);
        } else if let Ok(crl) = Crl::parse(&der) {
            pool.add_crl(crl);
        }
    }
}

/// Writes why an answer is what it is, where somebody asked (`QOLTANBA_WHY=1`).
pub(crate) fn tell(id: &str, expected: Answer, actual: Answer, why: &str) {
    use std::io::Write as _;
    if expected != actual && std::env::var_os("QOLTANBA_WHY").is_some() {
        // INVARIANT: a closed stderr leaves nobody to tell.
        let _ = writeln!(std::io::stderr(), "{id}: expected {}, {}: {why}", expected.name(), actual.name());
    }
}
