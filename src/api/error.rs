//! Everything that an HTTP request can be refused with, as RFC 9457 problem documents.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::codec::frames::FrameError;
use crate::limits::{API_BATCH_IDLE_SECONDS_MAX, API_BODY_SECONDS_MAX, LimitExceeded};
use crate::service::{HomeError, JobError, KeyringError, PermitError, TrustOfficeError, TtpError};
use crate::signing::SigningError;
use crate::store::{Role, StoreError};
use crate::validation::Reason;

use super::problem_rows::{self, Row};

/// A request that did not get what it asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApiError {
    /// There is nothing at this address.
    #[error("there is nothing at this address")]
    NoRoute,
    /// The address does not take this method.
    #[error("this address does not take this method")]
    MethodNotAllowed,
    /// No key was given where one is needed.
    #[error("this needs an API key")]
    KeyMissing,
    /// The key is unknown, wrong or revoked; which of them is not told.
    #[error("the API key is not accepted")]
    KeyRefused,
    /// The key's role does not allow this.
    #[error("a key with the role `{}` may not do this", role.name())]
    RoleForbids {
        /// The role.
        role: Role,
    },
    /// The key speaks for another issuing body.
    #[error("this key does not speak for the issuing body {issuer_bin}")]
    ScopeForbids {
        /// The body asked for.
        issuer_bin: String,
    },
    /// The body has a type that this address does not read.
    #[error("this address does not read bodies of this type")]
    MediaType,
    /// A bound was hit.
    #[error("the request has {0}")]
    Limit(#[from] LimitExceeded),
    /// The body did not arrive in time.
    #[error("the body did not arrive within {} {}", API_BODY_SECONDS_MAX.value, API_BODY_SECONDS_MAX.unit)]
    BodyLate,
    /// The body broke off.
    #[error("the body ended before it was complete")]
    BodyBroken,
    /// The node fetches nothing.
    #[error("this node verifies with what it has and fetches nothing")]
    NotOnline,
    /// A name in the address is no text.
    #[error("the address does not read: what its %-escapes stand for is not UTF-8")]
    Address,
    /// A query parameter is unknown or does not read.
    #[error("the query does not read: {detail}")]
    Query {
        /// What is wrong.
        detail: String,
    },
    /// The multipart body does not read.
    #[error("the multipart body does not read")]
    Multipart,
    /// A part or member that is needed is missing or empty.
    #[error("`{name}` is missing or empty")]
    PartMissing {
        /// Its name.
        name: &'static str,
    },
    /// A part that nobody asked for.
    #[error("`{name}` is not expected here")]
    PartUnknown {
        /// Its name.
        name: String,
    },
    /// Not the JSON that is expected.
    #[error("the body is not the JSON that is expected: {detail}")]
    Json {
        /// What is wrong, with line and column.
        detail: String,
    },
    /// A member is not base64.
    #[error("`{name}` is not base64")]
    Base64 {
        /// Its name.
        name: &'static str,
    },
    /// A header does not read.
    #[error("the header `{name}` does not read")]
    Header {
        /// Its name.
        name: &'static str,
    },
    /// The frames of a batch do not read to their end.
    #[error("the frames of the batch do not read: {0}")]
    Frames(FrameError),
    /// The client of a batch did not get on.
    #[error(
        "neither an item was completed nor {} {} of one sent within {} {}",
        crate::limits::API_BATCH_PROGRESS_BYTES.value, crate::limits::API_BATCH_PROGRESS_BYTES.unit,
        API_BATCH_IDLE_SECONDS_MAX.value, API_BATCH_IDLE_SECONDS_MAX.unit
    )]
    BatchIdle,
    /// The client has its share already.
    #[error("this key, or this address, has its share of this node's work under way")]
    ShareTaken,
    /// The key has its share of jobs.
    #[error(transparent)]
    JobsOfKeyFull(JobError),
    /// Jobs take all they may.
    #[error(transparent)]
    JobsFull(JobError),
    /// Too much to do at the moment.
    #[error("this node has too much to do at the moment")]
    Overloaded,
    /// Nothing of this name is here.
    #[error("there is no {what} `{name}`")]
    NoSuch {
        /// Which kind of thing.
        what: &'static str,
        /// The name asked for.
        name: String,
    },
    /// No trust snapshot is loaded.
    #[error("this node has no trust snapshot, so it can verify nothing")]
    NoSnapshot,
    /// The registry's list of trusted entities was never published here.
    #[error("this node has published no list of trusted entities")]
    NoEntityList,
    /// The trust snapshot is too old to be relied on.
    #[error("this node's trust snapshot is too old, so it can verify nothing")]
    SnapshotStale,
    /// The node keeps no documents.
    #[error("this node keeps no documents and no keys; it verifies only")]
    NoStore,
    /// The node is no time-stamping authority, or not this one.
    #[error("there is no time-stamping authority at this address")]
    NoTimeStamper,
    /// The node is no trusted third party.
    #[error("this node is no trusted third party")]
    NoThirdParty,
    /// No receipt could be given.
    #[error(transparent)]
    Ttp(#[from] TtpError),
    /// The node is not ready for work.
    #[error("this node is not ready for work")]
    NotReady {
        /// Why.
        reasons: Vec<ProblemDetail>,
    },
    /// The store did not do what it was asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A permit was not issued, changed or read.
    #[error(transparent)]
    Permit(PermitError),
    /// The registry of whom we trust did not take or tell something.
    #[error(transparent)]
    Trust(TrustOfficeError),
    /// The signer's certificate may not sign now (order 500 п.4).
    #[error("the signer's certificate may not sign now; `errors` says why")]
    SignerNotValid(Vec<Reason>),
    /// A signature was not prepared or not completed.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// An `Idempotency-Key` where it would not be heeded.
    #[error("actions take no Idempotency-Key; send `expected_sequence`, the number that the record is to have")]
    KeyNotHeeded,
    /// The snapshot in the node's folder is older than the one in use.
    #[error("the trust snapshot offered has version {offered}, the one in use version {held}")]
    SnapshotOlder {
        /// Version of the one offered.
        offered: u64,
        /// Version of the one in use.
        held: u64,
    },
    /// The node's folder does not load.
    #[error("the node's folder does not load; what was loaded before stays in use")]
    Home(#[from] HomeError),
    /// A defect of ours; the log says more, the client hears nothing.
    #[error("qoltanba failed")]
    Internal,
}

/// A problem document (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// `urn:qoltanba:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// The kind of problem in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong with this request.
    detail: String,
    /// Stable code.
    code: &'static str,
    /// What can be done about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'static str>,
    /// Single findings, by place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ProblemDetail>,
}

/// One finding of a problem document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProblemDetail {
    /// Where: a field's path such as `goods[2].hs_code`, or a part of the node.
    pub path: String,
    /// Stable code.
    pub code: &'static str,
    /// A sentence.
    pub text: String,
    /// What can be done about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl ApiError {
    /// The problem document.
    pub fn problem(&self) -> Problem {
        let Row { status, code, title, hint } = problem_rows::row(self);
        // What went wrong inside is for the log alone.
        let detail =
            if status == StatusCode::INTERNAL_SERVER_ERROR { Self::Internal.to_string() } else { self.detail() };
        Problem {
            kind: format!("urn:qoltanba:problem:{}", code.to_ascii_lowercase().replace('_', "-")),
            title,
            status: status.as_u16(),
            detail,
            code,
            hint,
            errors: self.errors(),
        }
    }

    fn errors(&self) -> Vec<ProblemDetail> {
        match self {
            Self::NotReady { reasons } => reasons.clone(),
            Self::Permit(error) => problem_rows::errors_of_permit(error),
            Self::SignerNotValid(reasons) => problem_rows::errors_of_signer("certificate", reasons),
            _ => Vec::new(),
        }
    }

    /// Drivers' words about a store that is away are for the log: they may name hosts and accounts.
    fn detail(&self) -> String {
        match self {
            Self::Store(StoreError::Unavailable(_)) => "the store is not available at the moment".to_owned(),
            // Where keys lie on this machine is nobody's business outside.
            Self::Permit(PermitError::Key(KeyringError::File(_))) => "the key's file cannot be read".to_owned(),
            Self::Permit(PermitError::Key(KeyringError::Token { .. })) => "the key's token does not open".to_owned(),
            // Single findings stand in `errors`.
            Self::Permit(PermitError::Form(_)) => "the input does not fit the form".to_owned(),
            other => other.to_string(),
        }
    }
}

/// How long a client that met a busy or crippled node should wait.
const RETRY_AFTER_SECONDS: &str = "5";
const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// The store's own errors have their rows, also where the trust office met them.
impl From<TrustOfficeError> for ApiError {
    fn from(error: TrustOfficeError) -> Self {
        match error {
            TrustOfficeError::Store(error) => Self::Store(error),
            TrustOfficeError::SignerNotValid(reasons) => Self::SignerNotValid(reasons),
            other => Self::Trust(other),
        }
    }
}

/// The store's own errors have their rows, also where a permit met them.
impl From<PermitError> for ApiError {
    fn from(error: PermitError) -> Self {
        match error {
            PermitError::Store(error) => Self::Store(error),
            other => Self::Permit(other),
        }
    }
}

/// A job's errors are those of everything else that is kept, shared and bounded.
impl From<JobError> for ApiError {
    fn from(error: JobError) -> Self {
        match error {
            JobError::NotFound { id } => Self::NoSuch { what: "job", name: id },
            full @ JobError::KeyFull(_) => Self::JobsOfKeyFull(full),
            full @ JobError::NodeFull(_) => Self::JobsFull(full),
            JobError::Empty => Self::Query { detail: JobError::Empty.to_string() },
            JobError::Limit(limit) => Self::Limit(limit),
            JobError::Store(error) => Self::Store(error),
            JobError::Entropy(_) => Self::Internal,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let problem = self.problem();
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status.is_server_error() {
            // The sentences name no content, key or person.
            tracing::warn!(code = problem.code, cause = ?self, "request not answered");
        }
        let extra: Option<(HeaderName, &'static str)> = match status {
            StatusCode::UNAUTHORIZED => Some((header::WWW_AUTHENTICATE, "Bearer realm=\"qoltanba\"")),
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                Some((header::RETRY_AFTER, RETRY_AFTER_SECONDS))
            }
            _ => None,
        };
        // INVARIANT: a problem holds strings and numbers, which JSON always can.
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, PROBLEM_JSON)], body).into_response();
        if let Some((name, value)) = extra {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}
