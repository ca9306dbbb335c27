//! Time stamps over HTTP (RFC 3161 §3.4): a request in, a token or a refusal out.

use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::auth::MayVerify;
use super::body::read_octets;
use super::error::{ApiError, Problem};
use super::metrics;
use super::state::ApiState;
use crate::crypto::SystemEntropy;
use crate::limits::TIME_STAMP_REQUEST_BYTES_MAX;
use crate::service::{StampReply, TimeStamper};

const QUERY: &str = "application/timestamp-query";
const REPLY: HeaderValue = HeaderValue::from_static("application/timestamp-reply");

/// Stamp a time
///
/// A time-stamping authority of RFC 3161, where the node has one (`serve --tsa`). What it refuses it refuses in the
/// answer (PKIStatus `rejection` with its reason), with status 200. A key is needed where verifying needs one.
#[utoipa::path(
    post, path = "/tsa", tag = "time stamps", security((), ("key" = [])),
    request_body(content = Vec<u8>, content_type = "application/timestamp-query", description = "TimeStampReq in DER"),
    responses(
        (status = 200, description = "TimeStampResp in DER", body = Vec<u8>, content_type = "application/timestamp-reply"),
        (status = 401, description = "A key is needed, or the one sent is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "This node stamps no time", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/timestamp-query", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too much to do", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn stamp(State(state): State<ApiState>, _: MayVerify, request: Request) -> Result<Response, ApiError> {
    let stamper = state.time_stamper().ok_or(ApiError::NoTimeStamper)?;
    answer(&state, request, move |query| Some(ask(&stamper, query))).await
}

/// Reads a request and has it answered; `None` where there is nobody to answer it.
pub(super) async fn answer(
    state: &ApiState,
    request: Request,
    reply: impl FnOnce(&[u8]) -> Option<StampReply> + Send + 'static,
) -> Result<Response, ApiError> {
    let query = read_octets(request, state.room(), (QUERY, &TIME_STAMP_REQUEST_BYTES_MAX)).await?;
    let reply = state.workers().run(move || reply(&query.octets)).await?.ok_or(ApiError::NoTimeStamper)?;
    metrics::count_time_stamp(reply.failure);
    Ok(([(header::CONTENT_TYPE, REPLY)], reply.octets).into_response())
}

/// Asks an authority, and keeps an eye on its clock.
pub(super) fn ask(stamper: &TimeStamper, query: &[u8]) -> StampReply {
    let reply = stamper.answer(query, &mut SystemEntropy);
    metrics::record_clock_drift(stamper.watch().drift_millis());
    if reply.failure == Some(crate::cms::TimeStampFailure::TimeNotAvailable)
        && let Err(fault) = stamper.watch().now()
    {
        tracing::error!(%fault, "no time is stamped");
    }
    reply
}
