//! `GET /v1/permits` and `POST /v1/permits/search`: what was issued, page by page.

use axum::Json;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::{Caller, MayRead};
use super::body::read_json;
use super::error::{ApiError, Problem};
use super::query::parse_query;
use super::state::ApiState;
use crate::limits::{PERMIT_JSON_BYTES_MAX, STORE_PAGE_MAX};
use crate::store::{Cursor, DocumentFilter, DocumentSummary};
use crate::time::Timestamp;

/// Which documents to list; nothing is left out where nothing is said.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Of this kind.
    kind: Option<String>,
    /// From the body of this BIN.
    issuer_bin: Option<String>,
    /// Issued at this time or later (RFC 3339).
    from: Option<String>,
    /// Issued before this time (RFC 3339).
    to: Option<String>,
    /// At most so many, 100 where it is not said.
    limit: Option<usize>,
    /// `next` of the page before.
    after: Option<String>,
}

/// Which documents to find.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SearchJson {
    /// For this applicant (IIN or BIN). In a body, not in an address: addresses are logged by whatever stands between.
    applicant_id: Option<String>,
    /// Of this kind.
    kind: Option<String>,
    /// From the body of this BIN.
    issuer_bin: Option<String>,
    /// Issued at this time or later (RFC 3339).
    from: Option<String>,
    /// Issued before this time (RFC 3339).
    to: Option<String>,
    /// At most so many, 100 where it is not said.
    limit: Option<usize>,
    /// `next` of the page before.
    after: Option<String>,
}

/// A page of documents, the oldest first.
#[derive(Serialize, ToSchema)]
pub(super) struct Page {
    documents: Vec<SummaryJson>,
    /// Where the next page begins; null on the last.
    next: Option<String>,
}

/// A document in a list.
#[derive(Serialize, ToSchema)]
pub(super) struct SummaryJson {
    number: String,
    kind: String,
    issuer_bin: String,
    applicant_id: String,
    #[schema(value_type = String, format = DateTime)]
    issued_at: Timestamp,
    /// SHA-256 of the signed document.
    digest: String,
    superseded_by: Option<String>,
}

const PAGE_DEFAULT: usize = 100;

impl FromRequestParts<ApiState> for ListQuery {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, ApiError> {
        parse_query(parts)
    }
}

/// List what was issued
#[utoipa::path(
    get, path = "/v1/permits", tag = "permits", security(("key" = [])), params(ListQuery),
    responses(
        (status = 200, description = "A page", body = Page),
        (status = 400, description = "The query does not read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No key, or one that is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key's role or scope does not allow it", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn list(
    State(state): State<ApiState>,
    MayRead(caller): MayRead,
    query: ListQuery,
) -> Result<Json<Page>, ApiError> {
    let ListQuery { kind, issuer_bin, from, to, limit, after } = query;
    find(&state, &caller, SearchJson { applicant_id: None, kind, issuer_bin, from, to, limit, after }).await
}

/// Find what was issued to an applicant
#[utoipa::path(
    post, path = "/v1/permits/search", tag = "permits", security(("key" = [])), request_body = SearchJson,
    responses(
        (status = 200, description = "A page", body = Page),
        (status = 400, description = "A time or the cursor does not read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No key, or one that is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key's role or scope does not allow it", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/json", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not the JSON that is expected", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn search(
    State(state): State<ApiState>,
    MayRead(caller): MayRead,
    request: Request,
) -> Result<Json<Page>, ApiError> {
    let query = read_json(request, state.room(), &PERMIT_JSON_BYTES_MAX).await?;
    find(&state, &caller, query).await
}

async fn find(state: &ApiState, caller: &Caller, query: SearchJson) -> Result<Json<Page>, ApiError> {
    if let Some(issuer_bin) = &query.issuer_bin {
        caller.check_scope(issuer_bin)?;
    }
    let filter = DocumentFilter {
        kind: query.kind,
        applicant_id: query.applicant_id,
        // A key of one body sees that body's documents, also where it asks for all.
        issuer_bin: query.issuer_bin.or_else(|| caller.scope().map(str::to_owned)),
        from: query.from.as_deref().map(|t| time("from", t)).transpose()?,
        to: query.to.as_deref().map(|t| time("to", t)).transpose()?,
    };
    let after = query.after.as_deref().map(decode_cursor).transpose()?;
    let limit = query.limit.unwrap_or(PAGE_DEFAULT).clamp(1, STORE_PAGE_MAX.value);
    let found = state.store()?.list_documents(&filter, after.as_ref(), limit).await?;
    let next = if found.len() < limit { None } else { found.last().map(|last| encode_cursor(&last.cursor())) };
    Ok(Json(Page { documents: found.into_iter().map(summary).collect(), next }))
}

fn summary(of: DocumentSummary) -> SummaryJson {
    SummaryJson {
        number: of.number,
        kind: of.kind,
        issuer_bin: of.issuer_bin,
        applicant_id: of.applicant_id,
        issued_at: of.issued_at,
        digest: of.digest.to_string(),
        superseded_by: of.superseded_by,
    }
}

fn time(name: &str, text: &str) -> Result<Timestamp, ApiError> {
    Timestamp::parse_rfc3339(text)
        .ok_or_else(|| ApiError::Query { detail: format!("`{name}` is not an RFC 3339 time (write + as %2B)") })
}

fn encode_cursor(cursor: &Cursor) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}.{}", cursor.issued_at.unix_millis(), cursor.number))
}

fn decode_cursor(text: &str) -> Result<Cursor, ApiError> {
    let read = || {
        let octets = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (millis, number) = std::str::from_utf8(&octets).ok()?.split_once('.')?;
        Some(Cursor { issued_at: Timestamp::from_unix_millis(millis.parse().ok()?), number: number.to_owned() })
    };
    read().ok_or_else(|| ApiError::Query { detail: "`after` is not the `next` of a page".to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_and_others_are_refused() {
        let cursor = Cursor { issued_at: Timestamp::from_unix_millis(-5), number: "KZ.1".into() };
        assert_eq!(decode_cursor(&encode_cursor(&cursor)).unwrap(), cursor);
        for wrong in ["", "!", "YQ", &URL_SAFE_NO_PAD.encode("x.y")] {
            assert!(decode_cursor(wrong).is_err(), "{wrong}");
        }
    }
}
