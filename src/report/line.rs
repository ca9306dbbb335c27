//! The JSON line of a document: the contract at the end of docs/api.md, field for field.

use serde::Serialize;
use serde_json::Value;

use crate::time::Timestamp;
use crate::trust::{Recognition, RecognitionReason};
use crate::validation::{
    Check, CheckStanding, ContentDigest, DocumentReport, ExplainedCertificate, Language, PathFinding, ReadError,
    Reason, SignatureReport, SignatureValue, TimeStampIndication, TimeStampReport, Verdict, explain,
};
use crate::x509::{Certificate, kz_profile};

/// Everything that is known about one document, ready to be told.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The findings, or why it does not read.
    pub result: Result<DocumentReport, ReadError>,
    /// What the document is as a permit, where it is one.
    pub permit: Option<PermitAnswer>,
    /// Under which snapshot.
    pub trust_snapshot: String,
    /// When.
    pub validated_at: Timestamp,
}

/// The permit's own answers, already in their JSON shape; `None` for what is no permit.
pub type PermitAnswer = Value;

/// Why an input could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProblemObject {
    /// Stable code.
    pub code: &'static str,
    /// Offset in the input, where told.
    pub at: Option<usize>,
    /// A sentence.
    pub text: String,
}

impl From<&ReadError> for ProblemObject {
    fn from(error: &ReadError) -> Self {
        Self { code: error.code(), at: error.at(), text: error.to_string() }
    }
}

/// One line about one document.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    format: Option<&'static str>,
    error: Option<ProblemObject>,
    verdict: Option<Verdict>,
    signatures: Vec<SignatureLine>,
    permit: Option<PermitAnswer>,
    content_sha256: Option<String>,
    /// Only after fetching: when asking again may help.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_at: Option<Timestamp>,
    trust_snapshot: String,
    validated_at: Timestamp,
}

/// What a line is about: a file by its name, or an item of a batch by its id.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// A file.
    File(&'a str),
    /// An item of a batch.
    Item(&'a str),
    /// A request's body.
    Nameless,
}

#[derive(Clone, Debug, Serialize)]
struct SignatureLine {
    #[serde(flatten)]
    verdict: Verdict,
    signature_value: &'static str,
    content_digest: &'static str,
    algorithm: AlgorithmLine,
    signer: Option<SignerLine>,
    claimed_signing_time: Option<Timestamp>,
    best_signature_time: Timestamp,
    timestamps: Vec<TimeStampLine>,
    recognition: RecognitionLine,
    reasons: Vec<ReasonLine>,
    path: Vec<PathLine>,
    /// Only where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Vec<ExplainedLine>>,
}

#[derive(Clone, Debug, Serialize)]
struct RecognitionLine {
    #[serde(flatten)]
    recognition: Recognition,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<RecognitionDetail>,
}

#[derive(Clone, Debug, Serialize)]
struct RecognitionDetail {
    code: RecognitionReason,
    text: &'static str,
    clause: &'static str,
}

#[derive(Clone, Debug, Serialize)]
struct AlgorithmLine {
    name: Option<&'static str>,
    oid: String,
}

#[derive(Clone, Debug, Serialize)]
struct SignerLine {
    subject: String,
    issuer: String,
    serial: String,
    iin: Option<String>,
    bin: Option<String>,
    roles: Vec<&'static str>,
    not_before: Timestamp,
    not_after: Timestamp,
    certificate_sha256: String,
}

#[derive(Clone, Debug, Serialize)]
struct TimeStampLine {
    indication: &'static str,
    gen_time: Option<Timestamp>,
    tsa: Option<String>,
    fault: Option<&'static str>,
    reasons: Vec<ReasonLine>,
}

#[derive(Clone, Debug, Serialize)]
struct ReasonLine {
    code: &'static str,
    text: String,
    clause: &'static str,
}

#[derive(Clone, Debug, Serialize)]
struct PathLine {
    subject: String,
    certificate_sha256: String,
}

#[derive(Clone, Debug, Serialize)]
struct ExplainedLine {
    subject: String,
    certificate_sha256: String,
    anchor: bool,
    checks: Vec<CheckLine>,
}

#[derive(Clone, Debug, Serialize)]
struct CheckLine {
    code: &'static str,
    standing: CheckStanding,
    text: &'static str,
    clause: &'static str,
    about: Option<String>,
    reasons: Vec<ReasonLine>,
}

/// Makes the line of an answer.
pub fn line(subject: Subject<'_>, answer: &Answer, language: Language) -> Line {
    let (id, file) = match subject {
        Subject::File(name) => (None, Some(name.to_owned())),
        Subject::Item(id) => (Some(id.to_owned()), None),
        Subject::Nameless => (None, None),
    };
    let report = answer.result.as_ref().ok();
    let format = match &answer.result {
        Ok(report) => Some(report.format.name()),
        Err(ReadError::FormatNotSupported(format)) => Some(format.name()),
        Err(_) => None,
    };
    Line {
        id,
        file,
        format,
        error: answer.result.as_ref().err().map(ProblemObject::from),
        verdict: report.map(|r| r.verdict),
        signatures: report.iter().flat_map(|r| &r.signatures).map(|s| signature_line(s, language)).collect(),
        permit: answer.permit.clone(),
        content_sha256: report.and_then(|r| r.content_sha256).map(|f| f.to_string()),
        retry_at: report.iter().flat_map(|r| &r.signatures).filter_map(SignatureReport::retry_at).min(),
        trust_snapshot: answer.trust_snapshot.clone(),
        validated_at: answer.validated_at,
    }
}

fn signature_line(signature: &SignatureReport, language: Language) -> SignatureLine {
    SignatureLine {
        verdict: signature.verdict,
        signature_value: value_name(signature.signature_value),
        content_digest: digest_name(signature.content_digest),
        algorithm: AlgorithmLine {
            name: signature.algorithm.map(crate::crypto::SignatureAlgorithm::name),
            oid: signature.algorithm_oid.to_string(),
        },
        signer: signature.signer.as_ref().map(signer_line),
        claimed_signing_time: signature.claimed_signing_time,
        best_signature_time: signature.best_signature_time,
        timestamps: signature.time_stamps.iter().map(|t| time_stamp_line(t, language)).collect(),
        recognition: recognition_line(&signature.recognition, language),
        reasons: reason_lines(&signature.reasons, language),
        path: signature
            .path
            .iter()
            .map(|c| PathLine { subject: c.label(), certificate_sha256: c.fingerprint().to_string() })
            .collect(),
        explanation: None,
    }
}

/// The recognition as it is, with a sentence for each of its codes.
fn recognition_line(recognition: &Recognition, language: Language) -> RecognitionLine {
    let line = |reason: &RecognitionReason| RecognitionDetail {
        code: *reason,
        text: recognition_text(*reason, language),
        clause: reason.clause(),
    };
    RecognitionLine { recognition: recognition.clone(), details: recognition.reasons.iter().map(line).collect() }
}

/// What a reader is told of a reason.
pub(super) fn recognition_text(reason: RecognitionReason, language: Language) -> &'static str {
    let [kk, ru, en] = reason.label();
    match language {
        Language::Kk => kk,
        Language::Ru => ru,
        Language::En => en,
    }
}

impl Line {
    /// The same with what was checked along the path of each signature.
    #[must_use]
    pub fn explained(mut self, answer: &Answer, language: Language) -> Self {
        let reports = answer.result.iter().flat_map(|report| &report.signatures);
        for (line, report) in self.signatures.iter_mut().zip(reports) {
            line.explanation = Some(explanation(&report.path_finding, language));
        }
        self
    }
}

/// A path, target first, with the checks of each certificate in their order.
fn explanation(finding: &PathFinding, language: Language) -> Vec<ExplainedLine> {
    let check = |check: &Check| CheckLine {
        code: check.kind.name(),
        standing: check.standing,
        text: check.kind.text(language),
        clause: check.kind.clause(),
        about: check.about.clone(),
        reasons: reason_lines(&check.reasons, language),
    };
    let one = |explained: &ExplainedCertificate<'_>| ExplainedLine {
        subject: explained.certificate.label(),
        certificate_sha256: explained.certificate.fingerprint().to_string(),
        anchor: explained.is_anchor,
        checks: explained.checks.iter().map(check).collect(),
    };
    explain(finding).iter().map(one).collect()
}

pub(super) fn value_name(value: SignatureValue) -> &'static str {
    match value {
        SignatureValue::Valid => "valid",
        SignatureValue::Invalid => "invalid",
        SignatureValue::Unsupported => "unsupported",
    }
}

pub(super) fn digest_name(digest: ContentDigest) -> &'static str {
    match digest {
        ContentDigest::Valid => "valid",
        ContentDigest::Invalid => "invalid",
        ContentDigest::ContentMissing => "content-missing",
        ContentDigest::Unsupported => "unsupported",
    }
}

fn signer_line(certificate: &Certificate) -> SignerLine {
    SignerLine {
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        serial: certificate.serial_hex(),
        iin: kz_profile::iin(certificate).map(str::to_owned),
        bin: kz_profile::bin(certificate).map(str::to_owned),
        roles: kz_profile::roles(certificate).into_iter().map(crate::x509::Role::code).collect(),
        not_before: certificate.validity().not_before,
        not_after: certificate.validity().not_after,
        certificate_sha256: certificate.fingerprint().to_string(),
    }
}

fn time_stamp_line(stamp: &TimeStampReport, language: Language) -> TimeStampLine {
    TimeStampLine {
        indication: match stamp.indication {
            TimeStampIndication::Passed => "PASSED",
            TimeStampIndication::Indeterminate => "INDETERMINATE",
            TimeStampIndication::Failed => "FAILED",
        },
        gen_time: stamp.gen_time,
        tsa: stamp.tsa.as_ref().map(Certificate::label),
        fault: stamp.fault.map(crate::validation::TimeStampFault::code),
        reasons: reason_lines(&stamp.reasons, language),
    }
}

fn reason_lines(reasons: &[Reason], language: Language) -> Vec<ReasonLine> {
    let one = |r: &Reason| ReasonLine { code: r.code.name(), text: r.text(language), clause: r.code.clause() };
    reasons.iter().map(one).collect()
}
