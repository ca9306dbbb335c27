//! For the trust administrator: API keys, and the trust snapshot in use.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::MayAdminister;
use super::body::read_json;
use super::error::{ApiError, Problem};
use super::path::Path;
use super::state::ApiState;
use crate::crypto::SystemEntropy;
use crate::limits::PERMIT_JSON_BYTES_MAX;
use crate::service::{ApiKeyRequest, Verifier, make_api_key};
use crate::store::{ApiKey, Role};
use crate::time::Timestamp;

/// An API key that is to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewKeyJson {
    /// `verifier`, `issuer` or `trust-administrator`.
    #[schema(example = "issuer")]
    role: String,
    /// Whose it is, in words.
    label: String,
    /// BIN of the one issuing body it speaks for; absent means any.
    #[serde(default)]
    scope: Option<String>,
}

/// An API key that was just made.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeKeyJson {
    /// Its public name.
    key_id: String,
    /// What to send after `Authorization: Bearer`; told this once, never again.
    bearer: String,
}

/// An API key.
#[derive(Serialize, ToSchema)]
pub(super) struct ApiKeyJson {
    key_id: String,
    role: &'static str,
    label: String,
    scope: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Timestamp>,
}

/// The trust snapshot in use.
#[derive(Serialize, ToSchema)]
pub(super) struct SnapshotJson {
    /// Its name.
    digest: String,
    version: u64,
    #[schema(value_type = String, format = DateTime)]
    issued_at: Timestamp,
    norm: String,
    /// Labels of the national anchors.
    domestic: Vec<String>,
    /// Labels of the foreign centres that are or were registered.
    foreign: Vec<String>,
}

/// List the API keys, revoked ones too
#[utoipa::path(
    get, path = "/v1/api-keys", tag = "administration", security(("key" = [])),
    responses(
        (status = 200, description = "The keys, without their secrets", body = Vec<ApiKeyJson>),
        (status = 401, description = "No key, or one that is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key's role does not allow it", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn api_keys(
    State(state): State<ApiState>,
    _: MayAdminister,
) -> Result<Json<Vec<ApiKeyJson>>, ApiError> {
    Ok(Json(state.store()?.api_keys().await?.into_iter().map(told).collect()))
}

/// Make an API key
#[utoipa::path(
    post, path = "/v1/api-keys", tag = "administration", security(("key" = [])), request_body = NewKeyJson,
    responses(
        (status = 201, description = "The key, with its secret this once", body = MadeKeyJson),
        (status = 401, description = "No key, or one that is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key's role does not allow it", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/json", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not the JSON that is expected, or no such role", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn add_api_key(
    State(state): State<ApiState>,
    _: MayAdminister,
    request: Request,
) -> Result<(StatusCode, Json<MadeKeyJson>), ApiError> {
    let NewKeyJson { role, label, scope } = read_json(request, state.room(), &PERMIT_JSON_BYTES_MAX).await?;
    let role = Role::from_name(&role)
        .ok_or_else(|| ApiError::Json { detail: "`role` is verifier, issuer or trust-administrator".to_owned() })?;
    let made = make_api_key(ApiKeyRequest { role, label, scope }, state.now(), &mut SystemEntropy)
        .map_err(|_| ApiError::Internal)?;
    state.store()?.add_api_key(&made.key).await?;
    tracing::info!(key_id = made.key.key_id, role = role.name(), "API key made");
    Ok((StatusCode::CREATED, Json(MadeKeyJson { key_id: made.key.key_id, bearer: made.bearer.as_str().to_owned() })))
}

/// Revoke an API key
#[utoipa::path(
    delete, path = "/v1/api-keys/{key_id}", tag = "administration", security(("key" = [])),
    params(("key_id" = String, Path)),
    responses(
        (status = 204, description = "It is revoked"),
        (status = 401, description = "No key, or one that is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key's role does not allow it", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such key", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn revoke_api_key(
    State(state): State<ApiState>,
    _: MayAdminister,
    Path(key_id): Path<String>,
) -> Result<StatusCode, ApiError> {
    state.store()?.revoke_api_key(&key_id, state.now()).await?;
    tracing::info!(key_id, "API key revoked");
    Ok(StatusCode::NO_CONTENT)
}

/// Tell the trust snapshot in use
#[utoipa::path(
    get, path = "/v1/trust", tag = "administration",
    responses(
        (status = 200, description = "The snapshot", body = SnapshotJson),
        (status = 503, description = "There is none", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn trust(State(state): State<ApiState>) -> Result<Json<SnapshotJson>, ApiError> {
    Ok(Json(snapshot(&*state.verifier()?)))
}

/// Read trust and evidence from the node's folder again
///
/// Requests under way finish under what they began with. A snapshot with a lower version is refused.
#[utoipa::path(
    post, path = "/v1/trust/reload", tag = "administration", security(("key" = [])),
    responses(
        (status = 200, description = "The snapshot in use from now on", body = SnapshotJson),
        (status = 401, description = "No key, or one that is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key's role does not allow it", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is older than the one in use", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The folder does not load", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn reload_trust(
    State(state): State<ApiState>,
    _: MayAdminister,
) -> Result<Json<SnapshotJson>, ApiError> {
    let verifier = state.reload().await?;
    tracing::info!(trust_snapshot = verifier.trust().digest, "trust and evidence read again");
    Ok(Json(snapshot(&verifier)))
}

fn told(key: ApiKey) -> ApiKeyJson {
    ApiKeyJson {
        key_id: key.key_id,
        role: key.role.name(),
        label: key.label,
        scope: key.scope,
        created_at: key.created_at,
        revoked_at: key.revoked_at,
    }
}

fn snapshot(verifier: &Verifier) -> SnapshotJson {
    let trust = verifier.trust();
    SnapshotJson {
        digest: trust.digest.clone(),
        version: trust.snapshot.version,
        issued_at: trust.snapshot.issued_at,
        norm: trust.snapshot.norm.clone(),
        domestic: trust.snapshot.domestic.iter().map(|entry| entry.label.clone()).collect(),
        foreign: trust.snapshot.foreign.iter().map(|centre| centre.label.clone()).collect(),
    }
}
