//! `/v1/sign`: signatures in two steps, for portals whose users' keys are on the users' machines.

use axum::Json;
use axum::extract::{Request, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::MayIssue;
use super::body::read_json;
use super::error::{ApiError, Problem};
use super::state::ApiState;
use crate::codec::armour;
use crate::codec::json::Base64;
use crate::limits::API_BODY_BYTES_MAX;
use crate::signing::{Packaging, Prepared, SigningError, complete, prepare, prepare_co_sign};
use crate::time::Timestamp;
use crate::x509::Certificate;

/// What is to be signed, and by whom.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PrepareJson {
    /// The signer's certificate, base64 (DER or PEM inside).
    #[schema(value_type = String, example = "MIIE…")]
    certificate: Base64,
    /// The content, base64. For a signature to be added: only where the message is detached.
    #[schema(value_type = Option<String>)]
    content: Option<Base64>,
    /// Leave the content out of the message.
    #[serde(default)]
    detached: bool,
    /// The message that gets one more signature, base64.
    #[schema(value_type = Option<String>)]
    message: Option<Base64>,
}

/// What `prepare` gave, with the value that was made over it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CompleteJson {
    /// The answer of `/v1/sign/prepare` as it came.
    #[schema(value_type = PreparedJson)]
    prepared: Prepared,
    /// The signature value, base64.
    #[schema(value_type = String)]
    value: Base64,
    /// The message that gets one more signature, base64, as `prepare` took it.
    #[schema(value_type = Option<String>)]
    message: Option<Base64>,
}

/// What is to be signed elsewhere. It comes back whole to `/v1/sign/complete`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only the shape is told; values are written by signing")]
pub(super) struct PreparedJson {
    #[schema(example = "qoltanba/prepared-signature/2")]
    schema: String,
    /// The algorithm to sign with.
    #[schema(example = "gost-r-34.10-2015-512-kz")]
    algorithm: String,
    /// Its AlgorithmIdentifier, DER in base64.
    algorithm_identifier: String,
    /// The octets to sign, base64: the signed attributes in DER.
    to_be_signed: String,
    /// Their digest, base64, for tokens that sign digests; null where the algorithm takes the octets themselves.
    to_be_signed_digest: Option<String>,
    /// The name of that digest.
    digest: String,
    certificate: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    signing_time: Option<()>,
    content_digest: String,
    content: Option<String>,
    /// The SHA-256 of the message that gets one more signature, base64.
    message_sha256: Option<String>,
}

/// A signed message.
#[derive(Serialize, ToSchema)]
pub(super) struct SignedJson {
    /// The CMS message, base64.
    #[schema(value_type = String)]
    document: Base64,
    /// Whose certificate signed it.
    certificate_sha256: String,
}

/// Prepare a signature whose key is elsewhere
///
/// Gives what is to be signed. The certificate is checked as of now first: it must be for signing, valid and not revoked
/// as far as this node knows (order 500 п.4). The node remembers nothing.
#[utoipa::path(
    post, path = "/v1/sign/prepare", tag = "signatures", security(("key" = [])), request_body = PrepareJson,
    responses(
        (status = 200, description = "What is to be signed", body = PreparedJson),
        (status = 401, description = "No key, or one that is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key's role does not allow it", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/json", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The certificate, the message or the content is at fault", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not now", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn prepare_signature(
    State(state): State<ApiState>,
    _: MayIssue,
    request: Request,
) -> Result<Json<Prepared>, ApiError> {
    let asked: PrepareJson = read_json(request, state.room(), &API_BODY_BYTES_MAX).await?;
    let now = state.now();
    let checking = state.clone();
    let prepared = state.workers().run(move || prepared(&asked, &checking, now)).await??;
    Ok(Json(prepared))
}

fn prepared(asked: &PrepareJson, state: &ApiState, now: Timestamp) -> Result<Prepared, ApiError> {
    let certificate = armour::strip(&asked.certificate.0).and_then(|der| Certificate::parse(&der));
    let certificate = certificate.map_err(SigningError::Malformed)?;
    check_now(state, &certificate, now)?;
    let content = asked.content.as_ref().map(|content| content.0.as_slice());
    Ok(match (&asked.message, content) {
        (Some(_), _) if asked.detached => return Err(ApiError::PartUnknown { name: "detached".to_owned() }),
        (Some(message), content) => {
            let message = armour::strip(&message.0).map_err(SigningError::Malformed)?;
            prepare_co_sign(&message, content, &certificate, Some(now))?
        }
        (None, Some(content)) => {
            let packaging = if asked.detached { Packaging::Detached } else { Packaging::Attached };
            prepare(content, packaging, &certificate, Some(now))?
        }
        (None, None) => return Err(ApiError::PartMissing { name: "content" }),
    })
}

/// Complete a signature that was prepared
///
/// The value is verified under the certificate's key before it is put into a message, and whatever was changed since
/// `prepare` is noticed: content, certificate and time are bound by what the value signs, and the message that gets one
/// more signature is sent again.
#[utoipa::path(
    post, path = "/v1/sign/complete", tag = "signatures", security(("key" = [])), request_body = CompleteJson,
    responses(
        (status = 200, description = "The signed message", body = SignedJson),
        (status = 401, description = "No key, or one that is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key's role does not allow it", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/json", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "What was prepared was changed, or the value does not sign it", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not now", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn complete_signature(
    State(state): State<ApiState>,
    _: MayIssue,
    request: Request,
) -> Result<Json<SignedJson>, ApiError> {
    let asked: CompleteJson = read_json(request, state.room(), &API_BODY_BYTES_MAX).await?;
    let now = state.now();
    let checking = state.clone();
    let signed = state.workers().run(move || completed(&asked, &checking, now)).await??;
    Ok(Json(signed))
}

fn completed(asked: &CompleteJson, state: &ApiState, now: Timestamp) -> Result<SignedJson, ApiError> {
    let certificate = asked.prepared.certificate()?;
    check_now(state, &certificate, now)?;
    let message = asked.message.as_ref().map(|message| armour::strip(&message.0)).transpose();
    let message = message.map_err(SigningError::Malformed)?;
    let document = Base64(complete(&asked.prepared, &asked.value.0, message.as_deref())?);
    Ok(SignedJson { document, certificate_sha256: certificate.fingerprint().to_string() })
}

/// Order 500 п.4: no signature is made with a certificate that may not sign now.
fn check_now(state: &ApiState, certificate: &Certificate, now: Timestamp) -> Result<(), ApiError> {
    let reasons = state.verifier()?.check_signing_certificate(certificate, now);
    if reasons.is_empty() { Ok(()) } else { Err(ApiError::SignerNotValid(reasons)) }
}
