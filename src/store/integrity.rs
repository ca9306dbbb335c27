//! Is what is kept still what was put there: digests, chains, beginnings and ends of every history.

use std::collections::BTreeMap;

use super::documents::count;
use super::error::{StoreError, Subject};
use super::open::Store;
use super::rows::{ACTIONS_FIRST, Digest};
use super::session::Value;
use crate::limits::STORE_FINDINGS_MAX;

/// What an inspection of the whole store came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IntegrityReport {
    /// Documents looked at.
    pub documents: u64,
    /// Records looked at.
    pub records: u64,
    /// What is wrong, in order of number.
    pub findings: Vec<Finding>,
    /// Whether there were more findings than are listed, and the inspection stopped there.
    pub cut_short: bool,
}

impl IntegrityReport {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Something that is kept and is not as it was put there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Finding {
    /// A digest and its octets disagree.
    #[error("document {number}: {part} and its digest disagree")]
    DocumentDigest {
        /// The document.
        number: String,
        /// Which octets.
        part: Part,
    },
    /// A document without any record: half-issued.
    #[error("document {number}: there is no history")]
    NoHistory {
        /// The document.
        number: String,
    },
    /// Records of a document that is not there.
    #[error("document {number}: there are records, but no document")]
    NoDocument {
        /// The number that the records name.
        number: String,
    },
    /// A successor that is not there.
    #[error("document {number}: its successor {by} is not there")]
    NoSuccessor {
        /// The document.
        number: String,
        /// The number that it names.
        by: String,
    },
    /// A history that begins with something else than the issue.
    #[error("document {number}: the history begins with `{action}`")]
    FirstRecord {
        /// The document.
        number: String,
        /// The action found.
        action: String,
    },
    /// A history with a record missing.
    #[error("document {number}: record {expected} is missing, {found} follows")]
    SequenceGap {
        /// The document.
        number: String,
        /// The sequence that should follow.
        expected: u64,
        /// The sequence that follows.
        found: u64,
    },
    /// A digest and its octets disagree.
    #[error("document {number}, record {sequence}: {part} and its digest disagree")]
    RecordDigest {
        /// The document.
        number: String,
        /// The record.
        sequence: u64,
        /// Which octets.
        part: Part,
    },
    /// A record that does not name the digest of the one before it.
    #[error("document {number}, record {sequence}: it does not follow the record before it")]
    ChainBroken {
        /// The document.
        number: String,
        /// The record.
        sequence: u64,
    },
}

/// Which octets of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The canonical JSON.
    Content,
    /// The CMS octets.
    Signed,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Content => "the content",
            Self::Signed => "the signed octets",
        })
    }
}

impl Store {
    /// Inspects every document and every record, while others may go on issuing.
    ///
    /// *Cost*: reads the whole store, a few documents at a time; `STORE_FINDINGS_MAX` bounds the findings.
    pub async fn integrity(&self) -> Result<IntegrityReport, StoreError> {
        let mut report = IntegrityReport::default();
        let mut after = String::new();
        loop {
            let (documents, histories) = self.page(&after).await?;
            let last = documents.last().map(|document| document.0.clone());
            inspect(&mut report, documents, histories)?;
            if report.findings.len() > STORE_FINDINGS_MAX.value {
                report.findings.truncate(STORE_FINDINGS_MAX.value);
                report.cut_short = true;
                return Ok(report);
            }
            match last {
                Some(number) => after = number,
                None => return Ok(report),
            }
        }
    }

    /// Gives the documents behind `after`, and the records up to the last of them; all other records where none is left.
    async fn page(&self, after: &str) -> Result<(Vec<DocumentRow>, Histories), StoreError> {
        // One snapshot for both, or a document issued between the two would look half-issued.
        let mut session = self.read().await?;
        let documents: Vec<DocumentRow> = session.rows(PAGE_OF_DOCUMENTS, &[after.into()]).await?;
        let last = documents.last().map(|document| document.0.as_str());
        let records: Vec<RecordRow> = session.rows(RECORDS_OF_PAGE, &[after.into(), Value::Text(last)]).await?;
        let mut histories = Histories::new();
        for record in records {
            histories.entry(record.0.clone()).or_default().push(record);
        }
        Ok((documents, histories))
    }
}

type DocumentRow = (String, Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>, Option<String>, Option<String>);
type RecordRow = (String, i64, String, Vec<u8>, Vec<u8>, Vec<u8>, Option<Vec<u8>>, Vec<u8>);
type Histories = BTreeMap<String, Vec<RecordRow>>;

fn inspect(
    report: &mut IntegrityReport,
    documents: Vec<DocumentRow>,
    mut histories: Histories,
) -> Result<(), StoreError> {
    for (number, content, content_digest, signed, digest, by, successor) in documents {
        report.documents = report.documents.saturating_add(1);
        for part in disagreeing((&content, &content_digest), (&signed, &digest)) {
            report.findings.push(Finding::DocumentDigest { number: number.clone(), part });
        }
        match histories.remove(&number) {
            Some(history) => inspect_history(report, &number, &history)?,
            None => report.findings.push(Finding::NoHistory { number: number.clone() }),
        }
        if let (Some(by), None) = (by, successor) {
            report.findings.push(Finding::NoSuccessor { number, by });
        }
    }
    report.findings.extend(histories.into_keys().map(|number| Finding::NoDocument { number }));
    Ok(())
}

fn inspect_history(report: &mut IntegrityReport, number: &str, history: &[RecordRow]) -> Result<(), StoreError> {
    let number_of = || number.to_owned();
    let mut before: Option<(u64, &[u8])> = None;
    for (_, sequence, action, content, content_digest, signed, previous, digest) in history {
        report.records = report.records.saturating_add(1);
        let sequence = count(*sequence, Subject::Record, number)?;
        let expected = before.map_or(1, |(last, _)| last.saturating_add(1));
        if sequence != expected {
            report.findings.push(Finding::SequenceGap { number: number_of(), expected, found: sequence });
        }
        if before.is_none() && !ACTIONS_FIRST.contains(&action.as_str()) {
            report.findings.push(Finding::FirstRecord { number: number_of(), action: action.clone() });
        }
        if previous.as_deref() != before.map(|(_, digest)| digest) {
            report.findings.push(Finding::ChainBroken { number: number_of(), sequence });
        }
        for part in disagreeing((content, content_digest), (signed, digest)) {
            report.findings.push(Finding::RecordDigest { number: number_of(), sequence, part });
        }
        before = Some((sequence, digest));
    }
    Ok(())
}

/// Takes octets beside the digest kept of them; gives the parts where they disagree.
fn disagreeing<'a>(content: (&'a [u8], &'a [u8]), signed: (&'a [u8], &'a [u8])) -> impl Iterator<Item = Part> + 'a {
    [(Part::Content, content), (Part::Signed, signed)]
        .into_iter()
        .filter(|(_, (octets, digest))| Digest::of(octets).0 != *digest)
        .map(|(part, _)| part)
}

const PAGE_OF_DOCUMENTS: &str = "SELECT d.number, d.content, d.content_digest, d.signed, d.digest, d.superseded_by, \
    s.number FROM documents d LEFT JOIN documents s ON s.number = d.superseded_by \
    WHERE d.number > $1 ORDER BY d.number LIMIT 64";
const RECORDS_OF_PAGE: &str = "SELECT number, sequence, action, content, content_digest, signed, previous_digest, \
    digest FROM records WHERE number > $1 AND ($2 IS NULL OR number <= $2) ORDER BY number, sequence";
