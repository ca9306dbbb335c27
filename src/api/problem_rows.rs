//! Which status, code, title and hint each error has: one row each, and no row for "the rest".

use axum::http::StatusCode as S;

use super::error::{ApiError, ProblemDetail};
use crate::crypto::SignError;
use crate::permit::{HistoryError, SigningRight, Told};
use crate::service::{KeyringError, PermitError, TrustOfficeError, TtpError};
use crate::signing::SigningError;
use crate::store::StoreError;
use crate::trust::RegistryError;
use crate::validation::{Language, Reason};

/// How an error is told.
pub(super) struct Row {
    pub(super) status: S,
    pub(super) code: &'static str,
    pub(super) title: &'static str,
    pub(super) hint: Option<&'static str>,
}

const fn plain(status: S, code: &'static str, title: &'static str) -> Row {
    Row { status, code, title, hint: None }
}

const fn hinted(status: S, code: &'static str, title: &'static str, hint: &'static str) -> Row {
    Row { status, code, title, hint: Some(hint) }
}

const UNPROCESSABLE: S = S::UNPROCESSABLE_ENTITY;
const UNAVAILABLE: S = S::SERVICE_UNAVAILABLE;
const INTERNAL: Row = plain(S::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", "Internal error");
const KEY_UNUSABLE: Row = hinted(UNAVAILABLE, "KEY_UNUSABLE", "The key does not open", "ask the operator of the node");
const SIGNER_NOT_VALID: Row = hinted(
    UNPROCESSABLE,
    "SIGNER_NOT_VALID",
    "The signer's certificate may not sign now",
    "choose another key, or give the node the missing evidence",
);
const BROKEN_FRAME: Row = hinted(
    S::BAD_REQUEST,
    "BROKEN_FRAME",
    "The frames do not read",
    "what was answered stands; send the rest again, framed as docs/api.md says",
);
const SHARE_TAKEN: Row = hinted(
    S::TOO_MANY_REQUESTS,
    "SHARE_TAKEN",
    "Too much at a time",
    "wait for what is under way; with an API key of your own you share with nobody",
);
const JOBS_OF_KEY_FULL: Row = hinted(
    S::TOO_MANY_REQUESTS,
    "SHARE_TAKEN",
    "Too many jobs",
    "fetch the results of ended jobs and remove them (DELETE /v1/jobs/{job_id}), or wait for those under way",
);
const KEY_NOT_HEEDED: Row =
    hinted(S::BAD_REQUEST, "KEY_NOT_HEEDED", "Header not heeded here", "`expected_sequence` makes asking again safe");
const NO_THIRD_PARTY: Row =
    hinted(S::NOT_FOUND, "NO_THIRD_PARTY", "No trusted third party", "start the node with --ttp");
const NOT_ONLINE: Row = hinted(
    UNPROCESSABLE,
    "NOT_ONLINE",
    "This node fetches nothing",
    "its operator may start it with --online; without `online=true` it verifies with what it has",
);
const NO_ENTITY_LIST: Row = hinted(
    UNAVAILABLE,
    "LIST_MISSING",
    "No list of trusted entities",
    "the registry's keeper publishes one with `qoltanba trust export-list`",
);
const PART_UNKNOWN: Row = hinted(
    UNPROCESSABLE,
    "PART_UNKNOWN",
    "Unexpected part",
    "the parts are `document` and, for a detached signature, `content`",
);
const KEY_HINT: &str = "send `Authorization: Bearer <key id>.<secret>`; `qoltanba api-keys add` makes keys";
const DOCS_HINT: &str = "/docs lists every address with what it takes";

/// How an error is told.
pub(super) fn row(error: &ApiError) -> Row {
    use ApiError as E;
    match error {
        E::NoRoute => hinted(S::NOT_FOUND, "NO_ROUTE", "Not found", DOCS_HINT),
        E::MethodNotAllowed => hinted(S::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "Method not allowed", DOCS_HINT),
        E::KeyMissing => hinted(S::UNAUTHORIZED, "KEY_MISSING", "API key missing", KEY_HINT),
        E::KeyRefused => hinted(S::UNAUTHORIZED, "KEY_REFUSED", "API key refused", KEY_HINT),
        E::RoleForbids { .. } => hinted(S::FORBIDDEN, "ROLE_FORBIDS", "Not allowed", "ask for a key with another role"),
        E::ScopeForbids { .. } => {
            hinted(S::FORBIDDEN, "SCOPE_FORBIDS", "Not allowed", "ask for a key of that issuing body")
        }
        E::MediaType => hinted(S::UNSUPPORTED_MEDIA_TYPE, "MEDIA_TYPE", "Unsupported media type", DOCS_HINT),
        E::Limit(_) => hinted(S::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED", "Too large", "send less at a time"),
        E::BodyLate => hinted(S::REQUEST_TIMEOUT, "BODY_LATE", "Body too slow", "send it again"),
        E::BodyBroken => hinted(S::BAD_REQUEST, "BODY_BROKEN", "Body incomplete", "send it again"),
        E::NotOnline => NOT_ONLINE,
        E::Address => hinted(S::BAD_REQUEST, "BAD_ADDRESS", "Bad address", DOCS_HINT),
        E::Query { .. } => hinted(S::BAD_REQUEST, "BAD_QUERY", "Bad query", DOCS_HINT),
        E::Header { .. } => plain(S::BAD_REQUEST, "BAD_HEADER", "Bad header"),
        E::Multipart => {
            hinted(S::BAD_REQUEST, "BAD_MULTIPART", "Bad multipart body", "see RFC 7578; `curl -F` makes such bodies")
        }
        E::PartMissing { .. } => plain(UNPROCESSABLE, "PART_MISSING", "Something is missing"),
        E::PartUnknown { .. } => PART_UNKNOWN,
        E::Json { .. } => hinted(UNPROCESSABLE, "BAD_JSON", "Bad JSON", "/docs shows the shape"),
        E::Base64 { .. } => {
            hinted(UNPROCESSABLE, "BAD_BASE64", "Bad base64", "use the alphabet with + and / (RFC 4648 §4)")
        }
        E::NoSuch { .. } => plain(S::NOT_FOUND, "NOT_FOUND", "Not found"),
        E::Frames(_) => BROKEN_FRAME,
        E::BatchIdle => hinted(S::REQUEST_TIMEOUT, "BATCH_IDLE", "Batch too slow", "send the rest again"),
        E::ShareTaken => SHARE_TAKEN,
        E::JobsOfKeyFull(_) => JOBS_OF_KEY_FULL,
        E::JobsFull(_) => {
            hinted(UNAVAILABLE, "OVERLOADED", "No room for jobs", "fetch and remove ended jobs; come back later")
        }
        E::Overloaded => {
            hinted(UNAVAILABLE, "OVERLOADED", "Too much to do", "come back after as many seconds as Retry-After says")
        }
        E::NoSnapshot => hinted(UNAVAILABLE, "SNAPSHOT_MISSING", "No trust snapshot", "/readyz tells the node's state"),
        E::NoEntityList => NO_ENTITY_LIST,
        E::SnapshotStale => {
            hinted(UNAVAILABLE, "SNAPSHOT_STALE", "Trust snapshot too old", "/readyz tells the node's state")
        }
        E::KeyNotHeeded => KEY_NOT_HEEDED,
        E::NoStore => hinted(UNAVAILABLE, "STORE_MISSING", "No store", "start the node with --home"),
        E::NoTimeStamper => {
            hinted(S::NOT_FOUND, "NO_TIME_STAMPER", "No time-stamping authority", "start the node with --tsa")
        }
        E::NoThirdParty => NO_THIRD_PARTY,
        E::Ttp(error) => row_of_ttp(error),
        E::NotReady { .. } => plain(UNAVAILABLE, "NOT_READY", "Not ready"),
        E::SnapshotOlder { .. } => {
            hinted(S::CONFLICT, "SNAPSHOT_OLDER", "Older than what is in use", "put a newer snapshot into the folder")
        }
        E::Home(_) => {
            hinted(UNAVAILABLE, "HOME_UNUSABLE", "The node's folder does not load", "the node's log says why")
        }
        E::SignerNotValid(_) => SIGNER_NOT_VALID,
        E::Signing(error) => row_of_signing(error),
        E::Store(error) => row_of_store(error),
        E::Permit(error) => row_of_permit(error),
        E::Trust(error) => row_of_trust(error),
        E::Internal => INTERNAL,
    }
}

fn row_of_store(error: &StoreError) -> Row {
    use StoreError as E;
    match error {
        E::NotFound { .. } => plain(S::NOT_FOUND, "NOT_FOUND", "Not found"),
        E::Conflict(_) => hinted(S::CONFLICT, "CONFLICT", "Conflict", "read the present state, then decide again"),
        E::DuplicateRequest { .. } => hinted(
            UNPROCESSABLE,
            "DUPLICATE_REQUEST",
            "Idempotency key used for another request",
            "take a new Idempotency-Key for a new request",
        ),
        E::OutOfDate { .. } => plain(S::CONFLICT, "SNAPSHOT_OLDER", "Older than what is held"),
        E::TooLarge { .. } => plain(UNPROCESSABLE, "TOO_LARGE", "Number too large"),
        E::Unavailable(_) => hinted(
            UNAVAILABLE,
            "STORE_AWAY",
            "Store not available",
            "come back after as many seconds as Retry-After says",
        ),
        E::FirstRecord { .. }
        | E::Address(_)
        | E::Scheme
        | E::Schema(_)
        | E::Corrupt { .. }
        | E::Damaged(_)
        | E::File(_)
        | E::Defect(_) => INTERNAL,
    }
}

fn row_of_ttp(error: &TtpError) -> Row {
    match error {
        TtpError::Store(error) => row_of_store(error),
        TtpError::Signing(SigningError::Sign(SignError::Unavailable)) => KEY_UNUSABLE,
        TtpError::Signing(_) | TtpError::Entropy(_) => INTERNAL,
        TtpError::CertificateNotValid => hinted(
            UNAVAILABLE,
            "TTP_CERTIFICATE_NOT_VALID",
            "No valid certificate to sign receipts with",
            "its operator has to give the node a new one",
        ),
    }
}

fn row_of_trust(error: &TrustOfficeError) -> Row {
    use TrustOfficeError as E;
    match error {
        E::Registry(error) => row_of_registry(error),
        E::Clock { .. } => hinted(UNPROCESSABLE, "CLOCK", "Dated too far from now", "set the clock, and sign it again"),
        E::Snapshot(_) | E::List(_) | E::Stale { .. } => {
            plain(UNPROCESSABLE, "SNAPSHOT_REFUSED", "Trust snapshot not accepted")
        }
        E::SignerNotValid(_) => SIGNER_NOT_VALID,
        E::Key(error) => row_of_key(error),
        E::Store(error) => row_of_store(error),
        E::BegunBefore
        | E::NotAnAdministrator { .. }
        | E::Name(_)
        | E::Keeper(_)
        | E::Home(_)
        | E::Signing(_)
        | E::File(_)
        | E::Fetch(_) => INTERNAL,
    }
}

fn row_of_registry(error: &RegistryError) -> Row {
    use RegistryError as E;
    match error {
        E::Empty => hinted(S::NOT_FOUND, "NO_REGISTRY", "No registry here", "`qoltanba trust init` begins one"),
        E::Place(_) | E::RecordedBackwards { .. } => {
            hinted(S::CONFLICT, "TRUST_LOG_MOVED", "Another entry came first", "read the log again, then decide again")
        }
        E::Settled { .. } => plain(S::CONFLICT, "PROPOSAL_SETTLED", "The proposal is settled"),
        E::OwnProposal { .. } => {
            hinted(S::FORBIDDEN, "OWN_PROPOSAL", "One's own proposal", "another administrator must approve it")
        }
        E::NotAnAdministrator { .. } | E::CertificateNotValid { .. } | E::ProposerGone { .. } => {
            plain(S::FORBIDDEN, "NOT_AN_ADMINISTRATOR", "Not an administrator of the registry")
        }
        E::NoSuchProposal { .. } => plain(UNPROCESSABLE, "NO_SUCH_PROPOSAL", "Unknown proposal"),
        E::Limit(_) => hinted(S::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED", "Too large", "propose less at a time"),
        _ => plain(UNPROCESSABLE, "ENTRY_REFUSED", "The registry does not take this entry"),
    }
}

fn row_of_permit(error: &PermitError) -> Row {
    use PermitError as E;
    match error {
        E::NoSuchKind { .. } => {
            hinted(UNPROCESSABLE, "NO_SUCH_KIND", "Unknown kind of document", "GET /v1/permits/kinds lists them")
        }
        E::NoSuchAction { .. } => plain(UNPROCESSABLE, "NO_SUCH_ACTION", "Unknown action"),
        E::Form(_) => hinted(
            UNPROCESSABLE,
            "FORM",
            "The input does not fit the form",
            "GET /v1/permits/kinds/{code} describes the form",
        ),
        E::SignerNotValid(_) => SIGNER_NOT_VALID,
        E::NoRightToSign(_) => hinted(
            UNPROCESSABLE,
            "NO_RIGHT_TO_SIGN",
            "The signer has no right to sign this",
            "choose a key whose certificate names the body and a role that may sign",
        ),
        E::Key(error) => row_of_key(error),
        E::Number(_) => plain(UNPROCESSABLE, "BAD_NUMBER", "No number can be made of this"),
        E::Record(_) => plain(UNPROCESSABLE, "RECORD_REFUSED", "The action is not complete or not possible"),
        E::History(
            HistoryError::NotAllowed { .. }
            | HistoryError::WriteOff { .. }
            | HistoryError::WriteOffOutsideValidity { .. },
        ) => hinted(S::CONFLICT, "NOT_ALLOWED_NOW", "The document's state does not allow this", "read its history"),
        E::OfAnotherBody => plain(S::FORBIDDEN, "OF_ANOTHER_BODY", "Another body's document"),
        E::HistoryMoved { .. } => {
            hinted(S::CONFLICT, "HISTORY_MOVED", "The history went on in between", "read it again")
        }
        E::OrderNotCanonical => plain(UNPROCESSABLE, "BAD_JSON", "Bad JSON"),
        E::Store(error) => row_of_store(error),
        E::Signing(SigningError::Sign(SignError::Unavailable)) => KEY_UNUSABLE,
        // What is kept does not hold together, or what we made does not read: nothing that a client can mend.
        E::Signing(_)
        | E::SelfCheck
        | E::Content(_)
        | E::RecordUnsound { .. }
        | E::DocumentUnsound { .. }
        | E::HistoryEmpty
        | E::History(_) => INTERNAL,
    }
}

/// In two steps everything that goes into a signature comes from the client.
fn row_of_signing(error: &SigningError) -> Row {
    use SigningError as E;
    match error {
        E::PreparedChanged { .. } | E::NotPrepared => hinted(
            UNPROCESSABLE,
            "PREPARED_CHANGED",
            "Not what was prepared",
            "send the answer of /v1/sign/prepare back as it came",
        ),
        E::MessageMissing => hinted(
            UNPROCESSABLE,
            "PART_MISSING",
            "Something is missing",
            "send the `message` that /v1/sign/prepare took once more",
        ),
        E::Value(_) => hinted(
            UNPROCESSABLE,
            "VALUE_REFUSED",
            "The value does not sign what was prepared",
            "sign `to_be_signed` with `algorithm` and the certificate's key",
        ),
        E::CertificateKey(_) | E::NotForSigning | E::NoAlgorithm => {
            plain(UNPROCESSABLE, "CERTIFICATE_UNSUITABLE", "Not a certificate to sign with")
        }
        E::Malformed(_) => plain(UNPROCESSABLE, "MALFORMED", "Something does not read"),
        E::ContentMissing | E::ContentMismatch => {
            plain(UNPROCESSABLE, "CONTENT", "The content is missing or another one")
        }
        E::Algorithm(_) => plain(UNPROCESSABLE, "ALGORITHM", "Algorithm not supported"),
        E::KeyMismatch
        | E::NotForTimeStamping
        | E::NotForReceipts
        | E::NotForOcsp
        | E::NoSuchSigner { .. }
        | E::Sign(_)
        | E::SelfCheck
        | E::Unencodable
        | E::NotForForeign => INTERNAL,
    }
}

fn row_of_key(error: &KeyringError) -> Row {
    use KeyringError as E;
    match error {
        E::Unknown { .. } | E::BadAlias => {
            hinted(UNPROCESSABLE, "NO_SUCH_KEY", "Unknown key", "GET /v1/keys lists the aliases")
        }
        E::NoPassword { .. }
        | E::NoPassphrase
        | E::Ambiguous { .. }
        | E::Container { .. }
        | E::KeyStore(_)
        | E::Token { .. }
        | E::NoCertificate { .. }
        | E::Certificate { .. }
        | E::File(_) => KEY_UNUSABLE,
    }
}

/// Single findings of a permit's error, by field.
pub(super) fn errors_of_permit(error: &PermitError) -> Vec<ProblemDetail> {
    const SIGNER: &str = "signer.alias";
    match error {
        PermitError::Form(errors) => errors.iter().map(|e| told_at(&e.path, e.told())).collect(),
        PermitError::NoRightToSign(
            SigningRight::NotEstablished { reasons } | SigningRight::Contradicted { reasons },
        ) => reasons.iter().map(|reason| told_at(SIGNER, reason.told())).collect(),
        PermitError::SignerNotValid(reasons) => errors_of_signer(SIGNER, reasons),
        _ => Vec::new(),
    }
}

/// What stands against a certificate that is to sign.
pub(super) fn errors_of_signer(path: &str, reasons: &[Reason]) -> Vec<ProblemDetail> {
    let one = |r: &Reason| ProblemDetail {
        path: path.to_owned(),
        code: r.code.name(),
        text: r.text(Language::En),
        hint: None,
    };
    reasons.iter().map(one).collect()
}

fn told_at(path: &str, told: Told) -> ProblemDetail {
    ProblemDetail { path: path.to_owned(), code: told.code, text: told.text.en, hint: told.hint.map(|h| h.en) }
}
