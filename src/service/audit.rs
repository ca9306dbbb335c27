//! The auditor's two verbs: a bundle that holds everything a judgement rests on, and a report over an archive that anyone
//! with the same bundle and time can repeat, octet for octet.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Documents, Hearing, KeptReceipts, Trust, Verifier};
use crate::codec::{Malformed, armour, json};
use crate::limits::{LimitExceeded, RECEIPTS_MAX};
use crate::path::Pool;
use crate::policy::Policy;
use crate::report::{Answer, Subject, line};
use crate::store::files::FileError;
use crate::time::Timestamp;
use crate::trust::{SnapshotError, TrustSnapshot};
use crate::validation::{Indication, Language};
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
    /// Receipts of third parties in base64, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    receipts: Vec<String>,
}

/// A bundle that was read: what an audit judges with.
#[derive(Debug)]
pub struct AuditBundle {
    /// Judges with the trust, the evidence and the policy of the bundle.
    pub verifier: Verifier,
    /// The bundle's name: `sha256:…` over its octets.
    pub digest: String,
    /// Receipts of third parties, heard about each document that may need one.
    pub receipts: Vec<Vec<u8>>,
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
    /// More receipts than are heard about a document.
    #[error("the bundle: {0}")]
    Receipts(#[from] LimitExceeded),
    /// The snapshot in it.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

/// Writes what a verifier judges with as one canonical file, with receipts of third parties that an audit is to hear.
pub fn export_bundle(verifier: &Verifier, receipts: &[Vec<u8>]) -> Result<Vec<u8>, serde_json::Error> {
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
        receipts: receipts.iter().map(|receipt| armour::encode(receipt)).collect(),
    })
}

/// Reads a bundle.
pub fn open_bundle(octets: &[u8]) -> Result<AuditBundle, BundleError> {
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
    RECEIPTS_MAX.check(bundle.receipts.len())?;
    let mut receipts = Vec::with_capacity(bundle.receipts.len());
    for (index, encoded) in bundle.receipts.iter().enumerate() {
        receipts.push(armour::decode(encoded).map_err(|cause| BundleError::Entry {
            list: "receipts",
            index,
            cause,
        })?);
    }
    // Held to everything that a snapshot arriving by itself is held to.
    let trust = Trust::new(TrustSnapshot::parse(&bundle.trust_snapshot.encode())?)?;
    let digest = format!("sha256:{}", Fingerprint::of(octets));
    Ok(AuditBundle { verifier: Verifier::new(trust, evidence, bundle.policy), digest, receipts })
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
    /// Of each receipt of the bundle, whether it holds for a document of the archive that may need one.
    pub heard: Vec<bool>,
}

/// Checks a whole archive with nothing but a bundle; `progress` hears how many documents are done.
///
/// The same archive, bundle and time give the same octets.
pub fn audit(
    root: &Path,
    bundle: &AuditBundle,
    at: Timestamp,
    mut progress: impl FnMut(usize, usize),
) -> Result<AuditReport, FileError> {
    let AuditBundle { verifier, digest, receipts } = bundle;
    let hearing = Hearing::new(verifier, KeptReceipts::Nowhere, receipts);
    let mut heard = vec![false; receipts.len()];
    let mut documents = Documents::below(root)?;
    let mut totals = AuditTotals::default();
    let mut octets = Vec::new();
    let head = serde_json::json!({
        "schema": REPORT_SCHEMA,
        "tool": concat!("qoltanba ", env!("CARGO_PKG_VERSION")),
        "bundle": digest,
        "trust_snapshot": verifier.trust().digest,
        "policy": verifier.policy().name,
        "at": at,
    });
    push_line(&mut octets, &head);
    loop {
        let batch = documents.next_batch();
        if batch.is_empty() {
            break;
        }
        for (document, answer) in batch.iter().zip(verifier.verify_documents(&batch, at)) {
            let name = document.name(Some(root));
            match answer {
                Ok(mut answer) => {
                    let message = document.octets.as_ref().map_or(&[][..], |octets| &octets.document);
                    let holds = hearing.hear_alone(&mut answer, message);
                    heard.iter_mut().zip(holds).for_each(|(heard, holds)| *heard |= holds);
                    totals.count(&answer);
                    push_line(&mut octets, &line(Subject::File(&name), &answer, Language::En));
                }
                Err(why) => {
                    totals.count_unreadable();
                    let error = why.problem();
                    push_line(&mut octets, &serde_json::json!({ "file": name, "error": error, "verdict": null }));
                }
            }
        }
        progress(totals.documents, documents.known());
    }
    push_line(&mut octets, &serde_json::json!({ "totals": totals }));
    Ok(AuditReport { octets, totals, heard })
}

fn push_line(octets: &mut Vec<u8>, value: &impl Serialize) {
    // INVARIANT: lines hold strings, numbers and lists; what has no canonical form cannot be among them.
    octets.extend_from_slice(&json::canonical(value).unwrap_or_default());
    octets.push(b'\n');
}

impl fmt::Display for AuditTotals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { documents, passed, failed, indeterminate, unreadable } = self;
        write!(
            f,
            "{documents} documents: {passed} passed, {failed} failed, {indeterminate} indeterminate, {unreadable} unreadable"
        )
    }
}

impl AuditTotals {
    /// Counts a document that could not be read.
    pub fn count_unreadable(&mut self) {
        self.unreadable = self.unreadable.saturating_add(1);
        self.documents = self.documents.saturating_add(1);
    }

    /// Counts an answer.
    pub fn count(&mut self, answer: &Answer) {
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
    fn a_bundle_of_another_schema_or_with_unknown_parts_is_refused() {
        assert!(matches!(open_bundle(b"{}"), Err(BundleError::Json { .. })));
        assert!(matches!(open_bundle(b"not json"), Err(BundleError::Json { .. })));
    }
}
