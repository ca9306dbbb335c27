//! The shapes of answers as the OpenAPI document tells them. They mirror `report::Line`; `tests/api.rs` holds them to it.
#![expect(dead_code, reason = "only the shapes are told; values are written by report and service")]

use utoipa::ToSchema;

/// What is known about one document.
#[derive(ToSchema)]
pub(super) struct AnswerLine {
    /// The item's id; in a batch only, and first.
    #[schema(nullable = false)]
    id: Option<String>,
    /// What the document was recognised as: `cms`.
    format: Option<String>,
    /// Why it could not be read at all.
    error: Option<ErrorObject>,
    /// The document's verdict: that of its worst signature.
    verdict: Option<VerdictObject>,
    /// Each signature.
    signatures: Vec<SignatureObject>,
    /// What the document is as a permit: signing right, usability now. Null for what is no permit.
    #[schema(value_type = Option<Object>)]
    permit: Option<()>,
    /// SHA-256 of the signed content.
    content_sha256: Option<String>,
    /// Only after fetching: when asking again may help.
    #[schema(nullable = false)]
    retry_at: Option<String>,
    /// The trust snapshot that the verdict was reached under.
    #[schema(example = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    trust_snapshot: String,
    /// As of when.
    #[schema(value_type = String, format = DateTime)]
    validated_at: (),
}

/// Why an input could not be read.
#[derive(ToSchema)]
pub(super) struct ErrorObject {
    /// Stable code.
    code: String,
    /// Offset in the input, where told.
    at: Option<u64>,
    /// A sentence.
    text: String,
}

/// EN 319 102-1 §5.1.3.
#[derive(ToSchema)]
pub(super) struct VerdictObject {
    indication: IndicationName,
    /// Why not `TOTAL_PASSED`, such as `HASH_FAILURE` or `NO_CERTIFICATE_CHAIN_FOUND`.
    sub_indication: Option<String>,
}

#[derive(ToSchema)]
#[schema(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum IndicationName {
    TotalPassed,
    TotalFailed,
    Indeterminate,
}

/// One signature.
#[derive(ToSchema)]
pub(super) struct SignatureObject {
    indication: IndicationName,
    sub_indication: Option<String>,
    /// The mathematics: `valid`, `invalid` or `unsupported`.
    signature_value: String,
    /// The signed digest: `valid`, `invalid`, `content-missing` or `unsupported`.
    content_digest: String,
    algorithm: AlgorithmObject,
    signer: Option<SignerObject>,
    /// When the signer says that it signed.
    #[schema(value_type = Option<String>, format = DateTime)]
    claimed_signing_time: Option<()>,
    /// The earliest time at which the signature is proven to exist.
    #[schema(value_type = String, format = DateTime)]
    best_signature_time: (),
    timestamps: Vec<TimestampObject>,
    recognition: RecognitionObject,
    reasons: Vec<ReasonObject>,
    /// The certification path, the signer first.
    path: Vec<PathObject>,
    /// Only with `explain=true`: what was checked of each certificate of the path, the signer first.
    explanation: Option<Vec<ExplainedObject>>,
}

/// One certificate of a path with its checks.
#[derive(ToSchema)]
pub(super) struct ExplainedObject {
    subject: String,
    certificate_sha256: String,
    /// Whether it is trusted as such.
    anchor: bool,
    checks: Vec<CheckObject>,
}

/// One check of one certificate.
#[derive(ToSchema)]
pub(super) struct CheckObject {
    /// Stable code, such as `REVOCATION`.
    code: String,
    /// `HELD`, `FAILED` or `NOT_MADE`.
    standing: String,
    text: String,
    /// The document and clause it comes from.
    clause: String,
    /// What it rests on, where that is worth telling.
    about: Option<String>,
    /// What stands against the certificate, where it failed.
    reasons: Vec<ReasonObject>,
}

#[derive(ToSchema)]
pub(super) struct AlgorithmObject {
    #[schema(example = "gost-r-34.10-2015-512-kz")]
    name: Option<String>,
    oid: String,
}

#[derive(ToSchema)]
pub(super) struct SignerObject {
    subject: String,
    issuer: String,
    /// Hexadecimal.
    serial: String,
    iin: Option<String>,
    bin: Option<String>,
    #[schema(example = json!(["first-head"]))]
    roles: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    not_before: (),
    #[schema(value_type = String, format = DateTime)]
    not_after: (),
    certificate_sha256: String,
}

#[derive(ToSchema)]
pub(super) struct TimestampObject {
    /// `PASSED`, `INDETERMINATE` or `FAILED`.
    indication: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    gen_time: Option<()>,
    tsa: Option<String>,
    fault: Option<String>,
    reasons: Vec<ReasonObject>,
}

/// By which legal route the signature is recognised in Kazakhstan.
#[derive(ToSchema)]
pub(super) struct RecognitionObject {
    /// `RECOGNISED`, `NOT_RECOGNISED` or `UNDETERMINED`.
    standing: String,
    /// `domestic`, `foreign-ca-registered`, `foreign-ttp-registered` or `treaty`.
    #[schema(example = "domestic")]
    route: Option<String>,
    /// Codes, the gravest first; the worst decides.
    reasons: Vec<String>,
    /// Each of these codes in words; absent where there is none.
    #[schema(nullable = false)]
    details: Option<Vec<ReasonObject>>,
    /// What the trusted third party said: `VERIFIED`, `PARTLY_VERIFIED`, `NOT_VERIFIED`, `CANNOT_VERIFY`, `WAITING`.
    #[schema(nullable = false)]
    ttp_status: Option<String>,
    /// Every route that holds, and what it rests on.
    #[schema(nullable = false, value_type = Option<Vec<Object>>)]
    routes: Option<()>,
    /// The receipts that were relied on.
    #[schema(nullable = false, value_type = Option<Vec<Object>>)]
    receipts: Option<()>,
    /// That possession of the key is presumed, and on what basis.
    #[schema(nullable = false, value_type = Option<Object>)]
    presumed: Option<()>,
    /// Which norm version was followed, where the snapshot names any.
    #[schema(nullable = false)]
    norm_version: Option<String>,
    /// The earliest trusted proof of the signature, receipts included.
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    proven_at: Option<()>,
    /// As of when the registry was known.
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    as_known_at: Option<()>,
}

/// One reason, in the language asked for.
#[derive(ToSchema)]
pub(super) struct ReasonObject {
    /// Stable code.
    code: String,
    text: String,
    #[schema(example = "RFC 5280 §6.1.3 (a)(2)")]
    clause: String,
}

#[derive(ToSchema)]
pub(super) struct PathObject {
    subject: String,
    certificate_sha256: String,
}

/// One item of a batch.
#[derive(ToSchema)]
pub(super) struct BatchLine {
    /// Comes back first in the answer.
    id: String,
    /// The signed document, base64.
    document: String,
    /// The content of a detached signature, base64.
    #[schema(nullable = true)]
    content: Option<String>,
}
