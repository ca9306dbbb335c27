//! For those who run a node: is it alive, is it ready, what does it do.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::error::{ApiError, Problem};
use super::metrics;
use super::state::ApiState;
use crate::time::Timestamp;

/// That the process runs.
#[derive(Serialize, ToSchema)]
pub(super) struct Alive {
    /// Always `alive`.
    status: &'static str,
    /// The version of qoltanba.
    version: &'static str,
}

/// That the node is ready for work, and under which snapshot.
#[derive(Serialize, ToSchema)]
pub(super) struct Ready {
    /// Always `ready`.
    status: &'static str,
    /// The trust snapshot's name, `sha256:…`.
    trust_snapshot: String,
    /// Its version.
    trust_snapshot_version: u64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    trust_snapshot_issued_at: Timestamp,
    /// The policy in force.
    policy: String,
}

/// Is the process alive?
#[utoipa::path(get, path = "/livez", tag = "operations", responses((status = 200, description = "It is", body = Alive)))]
pub(super) async fn livez() -> Json<Alive> {
    Json(Alive { status: "alive", version: env!("CARGO_PKG_VERSION") })
}

/// Is the node ready for work?
///
/// Not without a trust snapshot as fresh as the policy demands, nor while the store does not answer.
#[utoipa::path(
    get, path = "/readyz", tag = "operations",
    responses(
        (status = 200, description = "It is", body = Ready),
        (status = 503, description = "It is not, and why", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn readyz(State(state): State<ApiState>) -> Result<Json<Ready>, ApiError> {
    let reasons = state.hindrances().await;
    if !reasons.is_empty() {
        return Err(ApiError::NotReady { reasons });
    }
    let verifier = state.verifier()?;
    let trust = verifier.trust();
    Ok(Json(Ready {
        status: "ready",
        trust_snapshot: trust.digest.clone(),
        trust_snapshot_version: trust.snapshot.version,
        trust_snapshot_issued_at: trust.snapshot.issued_at,
        policy: verifier.policy().name.clone(),
    }))
}

/// Counts and durations, for Prometheus
#[utoipa::path(
    get, path = "/metrics", tag = "operations",
    responses((status = 200, description = "Prometheus text format 0.0.4", body = String, content_type = "text/plain")),
)]
pub(super) async fn metrics() -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics::render()).into_response()
}
