//! The registry over HTTP: entries that administrators signed on their own machines come in; snapshots and history go out.

use axum::Json;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::auth::MayAdminister;
use super::body::read_octets;
use super::error::{ApiError, Problem};
use super::path::Path;
use super::query::parse_query;
use super::schema_trust::{EntryJson, PartyJson};
use super::state::ApiState;
use crate::limits::TRUST_ENTRY_BYTES_MAX;
use crate::service::{
    Added, ChangeView, EntryView, PartyView, changes_of, entries_of, parties_at, party_history, status_changes_of,
};
use crate::time::Timestamp;
use crate::trust::{Difference, PartyId};

const CMS: &str = "application/pkcs7-mime";
/// What carries signed lists.
const JOSE: &str = "application/jose";

/// Two times: one in law, one of knowledge.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct TimesQuery {
    /// As it stood in law at this time instead of now (RFC 3339).
    #[param(example = "2026-03-01T00:00:00Z")]
    as_of: Option<String>,
    /// By what was known at this time instead of now.
    #[param(example = "2026-05-01T00:00:00Z")]
    known_at: Option<String>,
    /// To be compared with what was known at this time instead of now.
    #[param(example = "2026-06-01T00:00:00Z")]
    and_known_at: Option<String>,
}

/// The parameters, read.
pub(super) struct Times {
    as_of: Option<Timestamp>,
    known_at: Option<Timestamp>,
    and_known_at: Option<Timestamp>,
}

impl FromRequestParts<ApiState> for Times {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, ApiError> {
        let query: TimesQuery = parse_query(parts)?;
        let read = |text: String| {
            let detail = || format!("`{text}` is not an RFC 3339 time such as 2026-07-01T00:00:00Z (write + as %2B)");
            Timestamp::parse_rfc3339(&text).ok_or_else(|| ApiError::Query { detail: detail() })
        };
        Ok(Self {
            as_of: query.as_of.map(read).transpose()?,
            known_at: query.known_at.map(read).transpose()?,
            and_known_at: query.and_known_at.map(read).transpose()?,
        })
    }
}

/// Get the trust snapshot that this node has, under its keeper's signature
///
/// Its name is the entity tag: with `If-None-Match` it is sent only where it is another.
#[utoipa::path(
    get, path = "/v1/trust/snapshot", tag = "trust",
    responses(
        (status = 200, description = "The snapshot, CMS SignedData", body = Vec<u8>, content_type = "application/pkcs7-mime"),
        (status = 304, description = "It is still the one you have"),
        (status = 503, description = "There is none", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn snapshot(State(state): State<ApiState>, headers: HeaderMap) -> Result<Response, ApiError> {
    let held = state.store()?.latest_snapshot().await?.ok_or(ApiError::NoSnapshot)?;
    tagged(&headers, &held.name(), (CMS, held.signed))
}

/// Octets under their name as a strong tag; `304` for whoever has them.
fn tagged(headers: &HeaderMap, name: &str, (kind, octets): (&'static str, Vec<u8>)) -> Result<Response, ApiError> {
    let tag = format!("\"{name}\"");
    let tags = [
        (header::ETAG, HeaderValue::from_str(&tag).map_err(|_| ApiError::Internal)?),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    // RFC 9110 §13.1.2: a list, or anything that is there.
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_known = known.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == tag || one == "*");
    if is_known {
        return Ok((StatusCode::NOT_MODIFIED, tags).into_response());
    }
    Ok((tags, [(header::CONTENT_TYPE, HeaderValue::from_static(kind))], octets).into_response())
}

/// Get the list of trusted entities
///
/// The registry's foreign centres and third parties in the shape of TS 119 602, signed by the keeper as JWS. With
/// `If-None-Match` it comes only when it has changed.
#[utoipa::path(
    get, path = "/v1/trust/list", tag = "trust",
    responses(
        (status = 200, description = "The list, JWS in compact serialization", body = String, content_type = "application/jose"),
        (status = 304, description = "It is still the one you have"),
        (status = 503, description = "There is none", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn list(State(state): State<ApiState>, headers: HeaderMap) -> Result<Response, ApiError> {
    let list = state.trust_office()?.published_list()?.ok_or(ApiError::NoEntityList)?;
    tagged(&headers, &format!("sha256:{}", list.sha256), (JOSE, list.jws))
}

/// List the entries of the registry's log
///
/// A proposal comes with its changes as they were proposed: read them before you approve it.
#[utoipa::path(
    get, path = "/v1/trust/log", tag = "trust", security(("key" = [])),
    responses(
        (status = 200, description = "Every entry, oldest first; the last one's place and digest are what the next must follow", body = Vec<EntryJson>),
        (status = 401, description = "No key, or one that is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key's role does not allow it", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no registry here", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn log(State(state): State<ApiState>, _: MayAdminister) -> Result<Json<Vec<EntryView>>, ApiError> {
    Ok(Json(entries_of(&state.trust_office()?.registry().await?)))
}

/// Add an entry that an administrator has signed: a proposal, an approval, a rejection
///
/// What an entry may be is decided by the signatures in the log, not by the API key: nobody approves what he proposed.
#[utoipa::path(
    post, path = "/v1/trust/log", tag = "trust", security(("key" = [])),
    request_body(content = Vec<u8>, content_type = "application/pkcs7-mime", description = "CMS SignedData, attached, one signer"),
    responses(
        (status = 201, description = "Its place and digest", body = Object),
        (status = 401, description = "No key, or one that is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key's role does not allow it, or the proposal is the signer's own", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Another entry came first, or the proposal is settled", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/pkcs7-mime", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The registry does not take it", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn add_entry(
    State(state): State<ApiState>,
    _: MayAdminister,
    request: Request,
) -> Result<(StatusCode, Json<Added>), ApiError> {
    let held = read_octets(request, state.room(), (CMS, &TRUST_ENTRY_BYTES_MAX)).await?;
    let added = state.trust_office()?.take(&held.octets).await?;
    tracing::info!(sequence = added.sequence, digest = %added.digest, "entry of the trust registry added");
    Ok((StatusCode::CREATED, Json(added)))
}

/// List the parties of the registry as they stood
#[utoipa::path(
    get, path = "/v1/trust/parties", tag = "trust", security(("key" = [])), params(TimesQuery),
    responses(
        (status = 200, description = "Every party with its status at that time, by what was known then", body = Vec<PartyJson>),
        (status = 400, description = "A time does not read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No key, or one that is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no registry here, or there was none then", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn parties(
    State(state): State<ApiState>,
    _: MayAdminister,
    times: Times,
) -> Result<Json<Vec<PartyView>>, ApiError> {
    let (registry, now) = (state.trust_office()?.registry().await?, state.now());
    let known = registry.as_known_at(times.known_at.unwrap_or(now)).ok_or(crate::trust::RegistryError::Empty);
    let known = known.map_err(crate::service::TrustOfficeError::from)?;
    Ok(Json(parties_at(&known.snapshot, times.as_of.unwrap_or(now))))
}

/// Tell what happened to a party
#[utoipa::path(
    get, path = "/v1/trust/parties/{party}/history", tag = "trust", security(("key" = [])),
    params(("party" = String, Path)),
    responses(
        (status = 200, description = "Every change that took effect, with its act and who let it, oldest first", body = Vec<Object>),
        (status = 401, description = "No key, or one that is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such party", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn history(
    State(state): State<ApiState>,
    _: MayAdminister,
    Path(party): Path<String>,
) -> Result<Json<Vec<ChangeView>>, ApiError> {
    let nobody = || ApiError::NoSuch { what: "party", name: party.clone() };
    let id = PartyId::new(&*party).map_err(|_| nobody())?;
    let told = party_history(&state.trust_office()?.registry().await?, &id);
    if told.is_empty() { Err(nobody()) } else { Ok(Json(told)) }
}

/// Tell what changed between two times of knowledge
#[utoipa::path(
    get, path = "/v1/trust/diff", tag = "trust", security(("key" = [])), params(TimesQuery),
    responses(
        (status = 200, description = "Every difference; with `as_of`, of the statuses that parties had at that time", body = Vec<Object>),
        (status = 400, description = "A time does not read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No key, or one that is not accepted", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn diff(
    State(state): State<ApiState>,
    _: MayAdminister,
    times: Times,
) -> Result<Json<Vec<Difference>>, ApiError> {
    let registry = state.trust_office()?.registry().await?;
    let known = (times.known_at.unwrap_or_default(), times.and_known_at.unwrap_or_else(|| state.now()));
    Ok(Json(match times.as_of {
        Some(as_of) => status_changes_of(&registry, known, as_of),
        None => changes_of(&registry, known),
    }))
}
