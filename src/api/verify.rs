//! `POST /v1/verify`: one document, one answer.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};

use super::auth::MayVerify;
use super::body::{DocumentJson, DocumentParts, Upload};
use super::complete::{Judged, complete};
use super::error::{ApiError, Problem};
use super::metrics;
use super::query::{VerifyQuery, VerifyTerms};
use super::schema::AnswerLine;
use super::state::ApiState;
use crate::report::{self, Subject};
use crate::service::Verifier;
use crate::validation::Item;

/// Verify one document
///
/// Takes the document as it is (DER, BER, PEM or base64), as JSON, or as multipart with its detached content. Whatever
/// the verdict, also on a document that does not read, the status is 200 and the answer tells.
#[utoipa::path(
    post, path = "/v1/verify", tag = "verify", params(VerifyQuery), security((), ("key" = [])),
    request_body(content(
        (Vec<u8> = "application/pkcs7-mime"), (Vec<u8> = "application/octet-stream"), (String = "text/plain"),
        (DocumentParts = "multipart/form-data"), (DocumentJson = "application/json"),
    )),
    responses(
        (status = 200, description = "The answer", body = AnswerLine),
        (status = 400, description = "The request does not read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "A key is needed, or the one sent is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not a type that is read here", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A part is missing, or is not JSON or base64; or `online` on a node that stays offline", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "The key, or the address without one, has its share under way", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too much to do, or no trust snapshot", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn verify(
    State(state): State<ApiState>,
    MayVerify(client): MayVerify,
    terms: VerifyTerms,
    request: Request,
) -> Result<Response, ApiError> {
    let _share = state.requests().take(client)?;
    let verifier = state.verifier()?;
    let upload = Upload::read(request, state.room()).await?;
    let upload = Arc::new(upload);
    let judge = |verifier: Arc<Verifier>, at| {
        let (upload, state) = (Arc::clone(&upload), state.clone());
        let job = move || {
            let timer = metrics::VerifyTimer::start();
            let item = Item::new(&upload.document, upload.content.as_deref());
            let answers = verifier.verify(&[item], at);
            timer.stop(1);
            answers
        };
        async move { state.workers().run(job).await }
    };
    let answers = if terms.online {
        state.online()?.settle((&verifier, terms.moment), |answer| Some(answer), judge).await?
    } else {
        judge(Arc::clone(&verifier), terms.at).await?
    };
    let completed = complete(&state, Judged::upload(answers, upload), (verifier, terms.at)).await;
    let answer = completed.ok().and_then(|mut answers| answers.pop()).ok_or(ApiError::Internal)?;
    metrics::count_answers(std::iter::once(&answer));
    let line = report::line(Subject::Nameless, &answer, terms.language);
    Ok(Json(if terms.explain { line.explained(&answer, terms.language) } else { line }).into_response())
}
