//! For those who run a node: is it alive, is it ready, what does it do.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::MayVerify;
use super::error::{ApiError, Problem};
use super::metrics;
use super::state::ApiState;
use crate::fetch::{Circuit, UpstreamRow};
use crate::service::SnapshotOrigin;
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
    /// `folder`, or `store` where the last good one is used since the folder's is missing, broken or older.
    #[schema(value_type = String)]
    trust_snapshot_origin: SnapshotOrigin,
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
        trust_snapshot_origin: trust.origin,
        policy: verifier.policy().name.clone(),
    }))
}

/// How one service answers that is asked online.
#[derive(Serialize, ToSchema)]
pub(super) struct UpstreamJson {
    /// Host and port.
    #[schema(example = "crl.pki.gov.kz:80")]
    endpoint: String,
    /// `certificates`, `crl`, `ocsp`, `time-stamp`.
    kind: &'static str,
    /// `closed`: it is asked; `open`: it failed too often and is left alone; `half-open`: the next fetch tries it once.
    #[schema(value_type = String)]
    state: Circuit,
    /// How many attempts the figures rest on.
    attempts: usize,
    /// How many of a hundred brought something.
    success_percent: usize,
    /// Half of them took no longer.
    latency_ms_median: Option<u32>,
    /// Nineteen of twenty took no longer.
    latency_ms_p95: Option<u32>,
    /// What went wrong last, by its code.
    last_error: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_error_at: Option<Timestamp>,
    /// When it last brought something.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_success_at: Option<Timestamp>,
    /// When it is asked again.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_try: Option<Timestamp>,
}

/// How do the services answer that are asked online?
#[utoipa::path(
    get, path = "/v1/upstream", tag = "operations", security((), ("key" = [])),
    responses(
        (status = 200, description = "One row for each host, port and kind that was asked", body = [UpstreamJson]),
        (status = 401, description = "A key is needed, or the one sent is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The node stays offline", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn upstream(State(state): State<ApiState>, _: MayVerify) -> Result<Json<Vec<UpstreamJson>>, ApiError> {
    let told = |row: UpstreamRow| UpstreamJson {
        endpoint: row.endpoint,
        kind: row.kind.name(),
        state: row.state,
        attempts: row.attempts,
        success_percent: row.success_percent,
        latency_ms_median: row.latency_ms_median,
        latency_ms_p95: row.latency_ms_p95,
        last_error: row.last_error,
        last_error_at: row.last_error_at,
        last_success_at: row.last_success_at,
        next_try: row.next_try,
    };
    Ok(Json(state.online()?.upstream_rows().into_iter().map(told).collect()))
}

/// Counts and durations, for Prometheus
#[utoipa::path(
    get, path = "/metrics", tag = "operations",
    responses((status = 200, description = "Prometheus text format 0.0.4", body = String, content_type = "text/plain")),
)]
pub(super) async fn metrics() -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics::render()).into_response()
}
