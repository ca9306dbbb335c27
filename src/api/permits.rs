//! `/v1/permits`: what can be issued, issuing, acting, reading and listing.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::auth::{Caller, MayIssue, MayRead};
use super::body::read_json;
use super::error::{ApiError, Problem};
use super::path::Path;
use super::schema_permit::{ActionJson, IssueJson, IssuedJson, KindJson, KindSummary, PermitJson, RecordJson};
use super::state::ApiState;
use crate::limits::{IDEMPOTENCY_KEY_BYTES_MAX, PERMIT_JSON_BYTES_MAX};
use crate::permit::{Catalogue, Kind};
use crate::service::{ActionOrder, IssueOrder, IssuedPermit, PermitError, PermitView, Permits, RecordView};

/// List the kinds of documents
#[utoipa::path(
    get, path = "/v1/permits/kinds", tag = "permits",
    responses((status = 200, description = "Every kind that can be issued", body = Vec<KindSummary>)),
)]
pub(super) async fn kinds() -> Json<Vec<KindSummary>> {
    Json(Catalogue::builtin().kinds().iter().map(KindSummary::of).collect())
}

/// Describe a kind of document with its form
#[utoipa::path(
    get, path = "/v1/permits/kinds/{code}", tag = "permits",
    params(("code" = String, Path, example = "conclusion.crypto-movement")),
    responses(
        (status = 200, description = "The kind and its form", body = KindJson),
        (status = 404, description = "There is no such kind", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn kind(Path(code): Path<String>) -> Result<Json<&'static Kind>, ApiError> {
    let kind = Catalogue::builtin().kind(&code);
    kind.map(Json).ok_or(ApiError::NoSuch { what: "kind of document", name: code })
}

/// Issue a document
///
/// Refusals and notices are documents too. With an `Idempotency-Key`, asking again issues nothing new and answers 200
/// with the document that was issued.
#[utoipa::path(
    post, path = "/v1/permits", tag = "permits", security(("key" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "The caller's own name for this request")),
    request_body = IssueJson,
    responses(
        (status = 201, description = "Issued now", body = IssuedJson),
        (status = 200, description = "Issued before, for the same request", body = IssuedJson),
        (status = 401, description = "No key, or one that is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key's role or scope does not allow it", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Another change came first", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/json", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The form, the signer or the idempotency key is at fault", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not now", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn issue(
    State(state): State<ApiState>,
    MayIssue(caller): MayIssue,
    request: Request,
) -> Result<Response, ApiError> {
    let request_id = idempotency_key(request.headers())?;
    let mut order: IssueOrder = read_json(request, state.room(), &PERMIT_JSON_BYTES_MAX).await?;
    caller.check_scope(&order.issuing_body.bin)?;
    if let Some(request_id) = request_id {
        order.request_id = Some(request_id);
    }
    let issued: IssuedPermit = on_worker(&state, async move |permits| permits.issue(&order).await).await?;
    let status = if issued.repeated { StatusCode::OK } else { StatusCode::CREATED };
    tracing::info!(number = issued.number, kind = issued.kind, repeated = issued.repeated, "document issued");
    let location = format!("/v1/permits/{}", issued.number);
    Ok((status, [(header::LOCATION, location)], Json(issued)).into_response())
}

/// Read a document and how it stands
#[utoipa::path(
    get, path = "/v1/permits/{number}", tag = "permits", security(("key" = [])),
    params(("number" = String, Path, example = "KZ63ABC00000001")),
    responses(
        (status = 200, description = "The document", body = PermitJson),
        (status = 401, description = "No key, or one that is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key's role or scope does not allow it", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such document", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn permit(
    State(state): State<ApiState>,
    MayRead(caller): MayRead,
    Path(number): Path<String>,
) -> Result<Json<PermitView>, ApiError> {
    let view = on_worker(&state, async move |permits| permits.permit(&number).await).await?;
    caller.check_scope(&view.content.issuing_body.bin)?;
    Ok(Json(view))
}

/// Read the history of a document, every record with its signature
#[utoipa::path(
    get, path = "/v1/permits/{number}/history", tag = "permits", security(("key" = [])),
    params(("number" = String, Path)),
    responses(
        (status = 200, description = "The records, the oldest first", body = Vec<RecordJson>),
        (status = 401, description = "No key, or one that is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key's role or scope does not allow it", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such document", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn history(
    State(state): State<ApiState>,
    MayRead(caller): MayRead,
    Path(number): Path<String>,
) -> Result<Json<Vec<RecordView>>, ApiError> {
    check_document_scope(&state, &caller, &number).await?;
    Ok(Json(state.permits()?.history(&number).await?))
}

/// Fetch the signed document
#[utoipa::path(
    get, path = "/v1/permits/{number}/document", tag = "permits", security(("key" = [])),
    params(("number" = String, Path)),
    responses(
        (status = 200, description = "The CMS message as issued", body = Vec<u8>, content_type = "application/pkcs7-mime"),
        (status = 401, description = "No key, or one that is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key's role or scope does not allow it", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such document", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn document(
    State(state): State<ApiState>,
    MayRead(caller): MayRead,
    Path(number): Path<String>,
) -> Result<Response, ApiError> {
    let kept = state.store()?.document(&number).await?.document;
    caller.check_scope(&kept.issuer_bin)?;
    // A file name that no shell or browser stumbles over; numbers are of such characters anyway.
    let name: String = kept.number.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let headers = [
        (header::CONTENT_TYPE, "application/pkcs7-mime; smime-type=signed-data".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.p7m\"")),
    ];
    Ok((headers, kept.signed).into_response())
}

/// Suspend, resume, terminate or write off
#[utoipa::path(
    post, path = "/v1/permits/{number}/actions", tag = "permits", security(("key" = [])),
    params(("number" = String, Path)), request_body = ActionJson,
    responses(
        (status = 201, description = "The record that was signed and kept", body = RecordJson),
        (status = 401, description = "No key, or one that is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key's role or scope does not allow it", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such document", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Its state does not allow it, or another change came first", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/json", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The action or the signer is at fault", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn act(
    State(state): State<ApiState>,
    MayIssue(caller): MayIssue,
    Path(number): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    if request.headers().contains_key("idempotency-key") {
        return Err(ApiError::KeyNotHeeded);
    }
    let order: ActionOrder = read_json(request, state.room(), &PERMIT_JSON_BYTES_MAX).await?;
    check_document_scope(&state, &caller, &number).await?;
    tracing::info!(number, action = order.action, "action asked for");
    let record: RecordView = on_worker(&state, async move |permits| permits.act(&number, &order).await).await?;
    Ok((StatusCode::CREATED, Json(record)).into_response())
}

/// Runs what opens keys, signs and verifies away from the threads that serve connections.
async fn on_worker<T: Send + 'static>(
    state: &ApiState,
    work: impl AsyncFnOnce(&Permits) -> Result<T, PermitError> + Send + 'static,
) -> Result<T, ApiError> {
    let permits = state.permits()?;
    let runtime = tokio::runtime::Handle::current();
    Ok(state.clerks().run(move || runtime.block_on(work(&permits))).await??)
}

async fn check_document_scope(state: &ApiState, caller: &Caller, number: &str) -> Result<(), ApiError> {
    caller.check_scope(&state.store()?.document(number).await?.document.issuer_bin)
}

/// Reads `Idempotency-Key`: visible ASCII within its bound.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let wrong = ApiError::Header { name: "Idempotency-Key" };
    let Ok(text) = value.to_str() else { return Err(wrong) };
    let text = text.trim();
    if text.is_empty() {
        return Err(wrong);
    }
    IDEMPOTENCY_KEY_BYTES_MAX.check(text.len()).map_err(|_| wrong)?;
    Ok(Some(text.to_owned()))
}
