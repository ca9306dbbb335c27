//! The centres of a test PKI over HTTP, below `/devkit`: OCSP, revocation lists, certificates, time stamps.
//!
//! Only where the node was started with a devkit; open to everybody, as such addresses are; not in the OpenAPI document,
//! since other protocols say how they are used.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::body::read_octets;
use super::error::ApiError;
use super::path::Path;
use super::state::ApiState;
use super::time_stamp::{answer, ask};
use super::{http_date, metrics};
use crate::codec::armour;
use crate::limits::OCSP_REQUEST_BYTES_MAX;
use crate::service::devkit::{DevkitCentre, Published};
use crate::signing::encode_ocsp_error;
use crate::x509::{Fingerprint, OcspResponseStatus};

const OCSP_REQUEST: &str = "application/ocsp-request";
const OCSP_RESPONSE: HeaderValue = HeaderValue::from_static("application/ocsp-response");
const CRL: HeaderValue = HeaderValue::from_static("application/pkix-crl");
const CERTIFICATE: HeaderValue = HeaderValue::from_static("application/pkix-cert");
/// To be kept, and asked about each time: a revocation counts at once.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

/// The routes of the centres.
pub(super) fn routes() -> Router<ApiState> {
    Router::new()
        .route("/devkit/ocsp/{issuer}", post(ocsp_post))
        .route("/devkit/ocsp/{issuer}/{*request}", get(ocsp_get))
        .route("/devkit/crl/{file}", get(crl))
        .route("/devkit/cert/{file}", get(certificate))
        .route("/devkit/tsa/{label}", post(time_stamp))
}

/// RFC 6960 §A.1, POST.
async fn ocsp_post(
    State(state): State<ApiState>,
    Path(issuer): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let request = read_octets(request, state.room(), (OCSP_REQUEST, &OCSP_REQUEST_BYTES_MAX)).await?;
    ocsp(state, issuer, request.octets.clone()).await
}

/// RFC 6960 §A.1, GET: the request in base64, in the path.
async fn ocsp_get(
    State(state): State<ApiState>,
    Path((issuer, request)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    OCSP_REQUEST_BYTES_MAX.check(request.len())?;
    // What is not base64 is no request: the responder says so in its own words.
    ocsp(state, issuer, armour::decode(&request).unwrap_or_default()).await
}

async fn ocsp(state: ApiState, issuer: String, request: Vec<u8>) -> Result<Response, ApiError> {
    let (centre, now) = (centre(&state)?, state.now());
    let asked = issuer.clone();
    let answered = state.workers().run(move || centre.answer_ocsp(&asked, &request, now)).await?;
    let (octets, status) = match answered {
        Ok(Some(reply)) => (reply.octets, reply.status),
        Ok(None) => return Err(ApiError::NoSuch { what: "OCSP responder", name: issuer }),
        Err(error) => {
            tracing::error!(%error, issuer, "OCSP request not answered");
            (encode_ocsp_error(OcspResponseStatus::InternalError), OcspResponseStatus::InternalError)
        }
    };
    metrics::count_ocsp(status);
    Ok(([(header::CONTENT_TYPE, OCSP_RESPONSE)], octets).into_response())
}

/// RFC 5280 §4.2.1.13, §4.2.1.15: the lists, full and delta.
async fn crl(
    State(state): State<ApiState>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let centre = centre(&state)?;
    let label = file.strip_suffix(".crl").unwrap_or_default().to_owned();
    let found = state.clerks().run(move || centre.crl(&label)).await?.map_err(|error| {
        tracing::error!(%error, file, "revocation list not read");
        ApiError::Internal
    })?;
    publish(found, CRL, &headers).ok_or(ApiError::NoSuch { what: "revocation list", name: file })
}

/// RFC 5280 §4.2.2.1, caIssuers.
async fn certificate(
    State(state): State<ApiState>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let found = file.strip_suffix(".cer").and_then(|label| centre(&state).ok()?.certificate(label));
    publish(found, CERTIFICATE, &headers).ok_or(ApiError::NoSuch { what: "certificate", name: file })
}

async fn time_stamp(
    State(state): State<ApiState>,
    Path(label): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let centre = centre(&state)?;
    answer(&state, request, move |query| Some(ask(centre.time_stamper(&label)?, query))).await
}

fn centre(state: &ApiState) -> Result<Arc<DevkitCentre>, ApiError> {
    state.centre().ok_or(ApiError::NoRoute)
}

/// Answers with a file, or says that the client's own copy is still right (RFC 9110 §13.1).
fn publish(found: Option<Published>, media_type: HeaderValue, headers: &HeaderMap) -> Option<Response> {
    let found = found?;
    let tag = format!("\"{}\"", Fingerprint::of(&found.octets));
    let modified = http_date::write(found.since);
    let known = match headers.get(header::IF_NONE_MATCH) {
        Some(known) => known.to_str().is_ok_and(|all| all.split(',').any(|one| matches_tag(one.trim(), &tag))),
        // §13.1.3: heeded only where there is no If-None-Match; a date that is not exactly ours is no promise.
        None => headers.get(header::IF_MODIFIED_SINCE).is_some_and(|date| date.as_bytes() == modified.as_bytes()),
    };
    let about = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, REVALIDATE),
        (header::ETAG, HeaderValue::from_str(&tag).ok()?),
        (header::LAST_MODIFIED, HeaderValue::from_str(&modified).ok()?),
    ];
    Some(if known { (StatusCode::NOT_MODIFIED, about).into_response() } else { (about, found.octets).into_response() })
}

/// RFC 9110 §13.1.2: weak comparison.
fn matches_tag(given: &str, own: &str) -> bool {
    given == "*" || given.strip_prefix("W/").unwrap_or(given) == own
}
