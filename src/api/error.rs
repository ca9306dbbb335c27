//! Everything that an HTTP request can be refused with, as RFC 9457 problem documents.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::limits::{API_BODY_SECONDS_MAX, LimitExceeded};
use crate::store::{Role, StoreError};

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
    /// Too much to do at the moment.
    #[error("this node has too much to do at the moment")]
    Overloaded,
    /// No trust snapshot is loaded.
    #[error("this node has no trust snapshot, so it can verify nothing")]
    NoSnapshot,
    /// The node keeps no documents.
    #[error("this node keeps no documents and no keys; it verifies only")]
    NoStore,
    /// The node is not ready for work.
    #[error("this node is not ready for work")]
    NotReady {
        /// Why.
        reasons: Vec<ProblemDetail>,
    },
    /// The store did not do what it was asked.
    #[error(transparent)]
    Store(#[from] StoreError),
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

/// Status, stable code, title, and what can be done.
type Row = (StatusCode, &'static str, &'static str, Option<&'static str>);

impl ApiError {
    /// The problem document.
    pub fn problem(&self) -> Problem {
        let (status, code, title, hint) = self.row();
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
            errors: match self {
                Self::NotReady { reasons } => reasons.clone(),
                _ => Vec::new(),
            },
        }
    }

    /// Drivers' words about a store that is away are for the log: they may name hosts and accounts.
    fn detail(&self) -> String {
        match self {
            Self::Store(StoreError::Unavailable(_)) => "the store is not available at the moment".to_owned(),
            other => other.to_string(),
        }
    }

    fn row(&self) -> Row {
        use StatusCode as S;
        let key = "send `Authorization: Bearer <key id>.<secret>`; keys are made by `qoltanba api-keys add`";
        match self {
            Self::NoRoute => (S::NOT_FOUND, "NO_ROUTE", "Not found", Some("/docs lists every address")),
            Self::MethodNotAllowed => {
                (S::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "Method not allowed", Some("/docs lists every address"))
            }
            Self::KeyMissing => (S::UNAUTHORIZED, "KEY_MISSING", "API key missing", Some(key)),
            Self::KeyRefused => (S::UNAUTHORIZED, "KEY_REFUSED", "API key refused", Some(key)),
            Self::RoleForbids { .. } => {
                (S::FORBIDDEN, "ROLE_FORBIDS", "Not allowed", Some("ask for a key with another role"))
            }
            Self::ScopeForbids { .. } => {
                (S::FORBIDDEN, "SCOPE_FORBIDS", "Not allowed", Some("ask for a key of that issuing body"))
            }
            Self::MediaType => (
                S::UNSUPPORTED_MEDIA_TYPE,
                "MEDIA_TYPE",
                "Unsupported media type",
                Some("set Content-Type; /docs lists the types that each address reads"),
            ),
            Self::Limit(_) => (
                S::PAYLOAD_TOO_LARGE,
                "LIMIT_EXCEEDED",
                "Too large",
                Some("send less at a time, or use the command line"),
            ),
            Self::BodyLate => (S::REQUEST_TIMEOUT, "BODY_LATE", "Body too slow", Some("send it again")),
            Self::BodyBroken => (S::BAD_REQUEST, "BODY_BROKEN", "Body incomplete", Some("send it again")),
            Self::Query { .. } => {
                (S::BAD_REQUEST, "BAD_QUERY", "Bad query", Some("/docs lists the parameters of each address"))
            }
            Self::Multipart => {
                (S::BAD_REQUEST, "BAD_MULTIPART", "Bad multipart body", Some("see RFC 7578; curl -F makes such bodies"))
            }
            Self::PartMissing { .. } => (S::UNPROCESSABLE_ENTITY, "PART_MISSING", "Something is missing", None),
            Self::PartUnknown { .. } => (
                S::UNPROCESSABLE_ENTITY,
                "PART_UNKNOWN",
                "Unexpected part",
                Some("the parts are `document` and, for a detached signature, `content`"),
            ),
            Self::Json { .. } => (S::UNPROCESSABLE_ENTITY, "BAD_JSON", "Bad JSON", Some("/docs shows the shape")),
            Self::Base64 { .. } => (
                S::UNPROCESSABLE_ENTITY,
                "BAD_BASE64",
                "Bad base64",
                Some("use the alphabet with + and / (RFC 4648 §4); line breaks are allowed"),
            ),
            Self::Header { .. } => (S::BAD_REQUEST, "BAD_HEADER", "Bad header", None),
            Self::Overloaded => {
                (S::SERVICE_UNAVAILABLE, "OVERLOADED", "Too much to do", Some("come back after Retry-After seconds"))
            }
            Self::NoSnapshot => {
                (S::SERVICE_UNAVAILABLE, "SNAPSHOT_MISSING", "No trust snapshot", Some("ask the operator; see /readyz"))
            }
            Self::NoStore => (S::SERVICE_UNAVAILABLE, "STORE_MISSING", "No store", Some("start the node with --home")),
            Self::NotReady { .. } => (S::SERVICE_UNAVAILABLE, "NOT_READY", "Not ready", None),
            Self::Store(error) => row_of_store(error),
            Self::Internal => (S::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", "Internal error", None),
        }
    }
}

fn row_of_store(error: &StoreError) -> Row {
    use StatusCode as S;
    match error {
        StoreError::NotFound { .. } => (S::NOT_FOUND, "NOT_FOUND", "Not found", None),
        StoreError::Conflict(_) => {
            (S::CONFLICT, "CONFLICT", "Conflict", Some("read the present state, then decide again"))
        }
        StoreError::DuplicateRequest { .. } => (
            S::UNPROCESSABLE_ENTITY,
            "DUPLICATE_REQUEST",
            "Idempotency key used for another request",
            Some("take a new Idempotency-Key for a new request"),
        ),
        StoreError::OutOfDate { .. } => {
            (S::CONFLICT, "SNAPSHOT_OUT_OF_DATE", "Older than what is held", Some("offer a newer version"))
        }
        StoreError::TooLarge { .. } => (S::UNPROCESSABLE_ENTITY, "TOO_LARGE", "Number too large", None),
        StoreError::Unavailable(_) => {
            (S::SERVICE_UNAVAILABLE, "STORE_AWAY", "Store not available", Some("come back after Retry-After seconds"))
        }
        StoreError::FirstRecord { .. }
        | StoreError::Address(_)
        | StoreError::Schema(_)
        | StoreError::Corrupt { .. }
        | StoreError::Damaged(_)
        | StoreError::File(_)
        | StoreError::Defect(_) => (S::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", "Internal error", None),
    }
}

/// How long a client that met a busy or crippled node should wait.
const RETRY_AFTER_SECONDS: &str = "5";
const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let problem = self.problem();
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status.is_server_error() {
            // The sentences name no content, key or person.
            tracing::warn!(code = problem.code, cause = %self, "request not answered");
        }
        let extra: Option<(HeaderName, &'static str)> = match status {
            StatusCode::UNAUTHORIZED => Some((header::WWW_AUTHENTICATE, "Bearer realm=\"qoltanba\"")),
            StatusCode::SERVICE_UNAVAILABLE => Some((header::RETRY_AFTER, RETRY_AFTER_SECONDS)),
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
