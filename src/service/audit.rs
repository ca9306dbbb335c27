//! The auditor's two verbs: a bundle that holds everything a judgement rests on, and a report over an archive that anyone
//! with the same bundle and time can repeat, octet for octet.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::crew::spread;
use super::{Filling, Trust, Verifier};
use crate::codec::{Malformed, armour, json};
use crate::limits::{ARCHIVE_FILES_MAX, BATCH_DOCUMENTS, SPREAD_DOCUMENTS_MIN};
use crate::path::Pool;
use crate::policy::Policy;
use crate::report::{Answer, Subject, line};
use crate::store::files::{self, FileError};
use crate::time::Timestamp;
use crate::trust::{SnapshotError, TrustSnapshot};
use crate::validation::{Indication, Item, Language};
use crate::x509::{Certificate, Crl, Fingerprint, OcspResponse};

/// Everything a judgement rests on, in one file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bundle {
    schema: String,
    trust_snapshot: TrustSnapshot,
    policy: Policy,
    /// DER in base64, sorted by fingerprint.
    certificates: Vec<String>,
    /// DER in base64, sorted by fingerprint.
    crls: Vec<String>,
    /// DER in base64, sorted by fingerprint.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ocsp_responses: Vec<String>,
}

const BUNDLE_SCHEMA: &str = "qoltanba/evidence-bundle/1";
const REPORT_SCHEMA: &str = "qoltanba/audit-report/1";

/// A bundle that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// Not the JSON of a bundle.
    #[error("the bundle is not the JSON it should be: line {line}, column {column}")]
    Json {
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault, from 1.
        column: usize,
    },
    /// Another schema.
    #[error("the bundle follows an unknown schema; expected {BUNDLE_SCHEMA}")]
    Schema,
    /// A certificate, CRL or OCSP response in it.
    #[error("entry {index} of `{list}` does not read: {cause}")]
    Entry {
        /// Which list.
        list: &'static str,
        /// Which entry, from 0.
        index: usize,
        /// Why.
        cause: Malformed,
    },
    /// The snapshot in it.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

/// Writes what a verifier judges with as one canonical file.
pub fn export_bundle(verifier: &Verifier) -> Result<Vec<u8>, serde_json::Error> {
    let mut certificates: Vec<&Certificate> = verifier.evidence().certificates().collect();
    certificates.sort_by_key(|c| c.fingerprint());
    let mut crls: Vec<&Crl> = verifier.evidence().crls().collect();
    crls.sort_by_key(|c| c.fingerprint());
    let mut responses: Vec<&OcspResponse> = verifier.evidence().ocsp_responses().collect();
    responses.sort_by_key(|r| r.fingerprint);
    json::canonical(&Bundle {
        schema: BUNDLE_SCHEMA.to_owned(),
        trust_snapshot: verifier.trust().snapshot.clone(),
        policy: verifier.policy().clone(),
        certificates: certificates.iter().map(|c| armour::encode(c.der())).collect(),
        crls: crls.iter().map(|c| armour::encode(c.der())).collect(),
        ocsp_responses: responses.iter().map(|r| armour::encode(&r.der)).collect(),
    })
}

/// Reads a bundle; gives the verifier it makes and the bundle's name (`sha256:…` over its octets).
pub fn open_bundle(octets: &[u8]) -> Result<(Verifier, String), BundleError> {
    let bundle: Bundle =
        serde_json::from_slice(octets).map_err(|e| BundleError::Json { line: e.line(), column: e.column() })?;
    if bundle.schema != BUNDLE_SCHEMA {
        return Err(BundleError::Schema);
    }
    let mut evidence = Pool::default();
    for (index, encoded) in bundle.certificates.iter().enumerate() {
        let read = armour::decode(encoded).and_then(|der| Certificate::parse(&der));
        evidence.add_certificate(read.map_err(|cause| BundleError::Entry { list: "certificates", index, cause })?);
    }
    for (index, encoded) in bundle.crls.iter().enumerate() {
        let read = armour::decode(encoded).and_then(|der| Crl::parse(&der));
        evidence.add_crl(read.map_err(|cause| BundleError::Entry { list: "crls", index, cause })?);
    }
    for (index, encoded) in bundle.ocsp_responses.iter().enumerate() {
        let read = armour::decode(encoded).and_then(|der| OcspResponse::parse(&der));
        let wrong = |cause| BundleError::Entry { list: "ocsp_responses", index, cause };
        evidence.add_ocsp_response(read.map_err(wrong)?);
    }
    // Held to everything that a snapshot arriving by itself is held to.
    let trust = Trust::new(TrustSnapshot::parse(&bundle.trust_snapshot.encode())?)?;
    let digest = format!("sha256:{}", Fingerprint::of(octets));
    Ok((Verifier::new(trust, evidence, bundle.policy), digest))
}

/// How an archive came out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuditTotals {
    /// Documents looked at.
    pub documents: usize,
    /// Passed.
    pub passed: usize,
    /// Failed.
    pub failed: usize,
    /// Indeterminate.
    pub indeterminate: usize,
    /// Not readable as a signed document.
    pub unreadable: usize,
}

/// The report over an archive.
#[derive(Clone, Debug)]
pub struct AuditReport {
    /// NDJSON: a head line, a line per document in the order of their paths, a line of totals.
    pub octets: Vec<u8>,
    /// The totals again.
    pub totals: AuditTotals,
}

/// One document of an archive: a file, with the content beside it where its signature is detached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveEntry {
    /// The signed file.
    pub document: PathBuf,
    /// `letter.pdf` for `letter.pdf.p7s`.
    pub content: Option<PathBuf>,
}

/// Lists the documents of an archive, sorted by path. A file that is the content of a detached signature beside it is no
/// document of its own.
pub fn list_archive(root: &Path) -> Result<Vec<ArchiveEntry>, FileError> {
    const DETACHED: [&str; 4] = ["p7s", "sig", "cms", "sign"];
    let all = files::walk(root, &ARCHIVE_FILES_MAX)?;
    let names: BTreeSet<&PathBuf> = all.iter().collect();
    let content_of = |path: &PathBuf| {
        let detached = path.extension().and_then(|e| e.to_str()).is_some_and(|e| DETACHED.contains(&e));
        detached.then(|| path.with_extension("")).filter(|content| names.contains(content))
    };
    let contents: BTreeSet<PathBuf> = all.iter().filter_map(content_of).collect();
    let entry = |path: &PathBuf| ArchiveEntry { document: path.clone(), content: content_of(path) };
    Ok(all.iter().filter(|path| !contents.contains(*path)).map(entry).collect())
}

/// Checks a whole archive with nothing but a bundle; `progress` hears how many documents are done.
///
/// The same archive, bundle and time give the same octets.
pub fn audit(
    root: &Path,
    (verifier, bundle): (&Verifier, &str),
    at: Timestamp,
    mut progress: impl FnMut(usize, usize),
) -> Result<AuditReport, FileError> {
    let entries = list_archive(root)?;
    let mut totals = AuditTotals::default();
    let mut octets = Vec::new();
    let head = serde_json::json!({
        "schema": REPORT_SCHEMA,
        "tool": concat!("qoltanba ", env!("CARGO_PKG_VERSION")),
        "bundle": bundle,
        "trust_snapshot": verifier.trust().digest,
        "policy": verifier.policy().name,
        "at": at,
    });
    push_line(&mut octets, &head);
    let mut rest = entries.as_slice();
    while !rest.is_empty() {
        let (chunk, answers) = verify_entries(verifier, rest, at);
        rest = rest.get(chunk.len()..).unwrap_or_default();
        for (entry, answer) in chunk.iter().zip(answers) {
            let name = entry.document.strip_prefix(root).unwrap_or(&entry.document).to_string_lossy().into_owned();
            match answer {
                Ok(answer) => {
                    totals.count(&answer);
                    push_line(&mut octets, &line(Subject::File(&name), &answer, Language::En));
                }
                Err(error) => {
                    totals.count_unreadable();
                    // Where the archive lies is nobody's business who reads the report.
                    let text = match &error {
                        EntryError::File(error) => error.kind.to_string(),
                        EntryError::Internal => error.to_string(),
                    };
                    let error = serde_json::json!({ "code": error.code(), "at": null, "text": text });
                    push_line(&mut octets, &serde_json::json!({ "file": name, "error": error, "verdict": null }));
                }
            }
        }
        progress(totals.documents, entries.len());
    }
    push_line(&mut octets, &serde_json::json!({ "totals": totals }));
    Ok(AuditReport { octets, totals })
}

/// Reads and verifies as many of the entries as the cores hold batches, at least one; gives which they were. A file that
/// cannot be read is one answer of many.
pub fn verify_entries<'a>(verifier: &Verifier, entries: &'a [ArchiveEntry], at: Timestamp) -> AnsweredEntries<'a> {
    let window = BATCH_DOCUMENTS.value.saturating_mul(verifier.cores());
    let window = entries.get(..window).unwrap_or(entries);
    let chunk = window.len().div_ceil(verifier.cores()).clamp(SPREAD_DOCUMENTS_MIN.value, BATCH_DOCUMENTS.value);
    let answers = spread(window, (verifier.cores(), chunk), |entries| verify_chunk(verifier, entries, at));
    (window, answers.into_iter().map(|answer| answer.unwrap_or(Err(EntryError::Internal))).collect())
}

/// In batches that end where their documents are large.
fn verify_chunk(verifier: &Verifier, entries: &[ArchiveEntry], at: Timestamp) -> Vec<Result<Answer, EntryError>> {
    let mut answers = Vec::with_capacity(entries.len());
    let mut rest = entries;
    while !rest.is_empty() {
        answers.extend(verify_batch(verifier, rest, at));
        rest = entries.get(answers.len()..).unwrap_or_default();
    }
    answers
}

fn verify_batch(verifier: &Verifier, entries: &[ArchiveEntry], at: Timestamp) -> Vec<Result<Answer, EntryError>> {
    let mut filling = Filling::default();
    let mut read = Vec::new();
    for entry in entries {
        let octets = read_entry(entry);
        let size = |(document, content): &(Vec<u8>, Option<Vec<u8>>)| {
            document.len().saturating_add(content.as_ref().map_or(0, Vec::len))
        };
        filling.add(octets.as_ref().map_or(0, size));
        read.push(octets);
        if filling.is_full() {
            break;
        }
    }
    let items: Vec<Item<'_>> = read.iter().flatten().map(|(d, c)| Item::new(d, c.as_deref())).collect();
    let mut answers = verifier.verify(&items, at).into_iter();
    let answer = |octets| match octets {
        Ok(_) => answers.next().ok_or(EntryError::Internal),
        Err(error) => Err(EntryError::File(error)),
    };
    read.into_iter().map(answer).collect()
}

/// Why an entry has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// A file of its could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A defect of qoltanba, met by this document alone.
    #[error("qoltanba failed on this document; the failure is in its log")]
    Internal,
}

impl EntryError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::File(_) => "FILE_UNREADABLE",
            Self::Internal => "INTERNAL_ERROR",
        }
    }
}

/// Entries with an answer each, or why one has none.
pub type AnsweredEntries<'a> = (&'a [ArchiveEntry], Vec<Result<Answer, EntryError>>);

fn read_entry(entry: &ArchiveEntry) -> Result<(Vec<u8>, Option<Vec<u8>>), FileError> {
    let content = entry.content.as_deref().map(files::read).transpose()?;
    Ok((files::read(&entry.document)?, content))
}

fn push_line(octets: &mut Vec<u8>, value: &impl Serialize) {
    // INVARIANT: lines hold strings, numbers and lists; what has no canonical form cannot be among them.
    octets.extend_from_slice(&json::canonical(value).unwrap_or_default());
    octets.push(b'\n');
}

impl AuditTotals {
    fn count_unreadable(&mut self) {
        self.unreadable = self.unreadable.saturating_add(1);
        self.documents = self.documents.saturating_add(1);
    }

    fn count(&mut self, answer: &Answer) {
        let place = match &answer.result {
            Err(_) => &mut self.unreadable,
            Ok(report) => match report.verdict.indication {
                Indication::TotalPassed => &mut self.passed,
                Indication::TotalFailed => &mut self.failed,
                Indication::Indeterminate => &mut self.indeterminate,
            },
        };
        *place = place.saturating_add(1);
        self.documents = self.documents.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_beside_its_detached_signature_is_no_document_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.pdf", "a.pdf.p7s", "b.p7m", "lonely.p7s", "c.txt"] {
            files::write(&folder.path().join(name), b"x").unwrap();
        }
        let listed: Vec<_> = list_archive(folder.path())
            .unwrap()
            .into_iter()
            .map(|e| (e.document.file_name().unwrap().to_owned(), e.content.is_some()))
            .collect();
        let expected = [("a.pdf.p7s", true), ("b.p7m", false), ("c.txt", false), ("lonely.p7s", false)];
        assert_eq!(listed, expected.map(|(name, content)| (name.into(), content)));
    }

    #[test]
    fn a_bundle_of_another_schema_or_with_unknown_parts_is_refused() {
        assert!(matches!(open_bundle(b"{}"), Err(BundleError::Json { .. })));
        assert!(matches!(open_bundle(b"not json"), Err(BundleError::Json { .. })));
    }
}
