//! The trusted third party over HTTP (RFC 3029 §10.1): a request in, a signed answer out.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::auth::MayVerify;
use super::body::read_octets;
use super::error::{ApiError, Problem};
use super::metrics;
use super::state::ApiState;
use crate::limits::DVCS_REQUEST_BYTES_MAX;
use crate::service::{ForeignDesk, Verifier};

const DVCS: &str = "application/dvcs";
const ANSWER: HeaderValue = HeaderValue::from_static(DVCS);

/// Give a receipt
///
/// The trusted third party of RFC 3029 under the rules of order 547/НҚ, where the node is one (`serve --ttp`). The services
/// are vsd, cpd and ccpd; vpkc under the rules of order 149. What it says no to, it says no to in the signed answer, with
/// status 200: «Не проверено» is a receipt, «Невозможно проверить» an error notice. A node that fetches fetches what the
/// signatures of the document miss. Every answer is kept for five years. A key is needed where verifying needs one.
#[utoipa::path(
    post, path = "/dvcs", tag = "receipts", security((), ("key" = [])),
    request_body(content = Vec<u8>, content_type = "application/dvcs", description = "DVCSRequest in DER: signed (CMS), in a ContentInfo, or bare"),
    responses(
        (status = 200, description = "DVCSResponse in a CMS SignedData", body = Vec<u8>, content_type = "application/dvcs"),
        (status = 401, description = "A key is needed, or the one sent is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "This node is no trusted third party", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/dvcs", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too much to do, no trust snapshot, or the store is away", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn give(
    State(state): State<ApiState>,
    MayVerify(client): MayVerify,
    request: Request,
) -> Result<Response, ApiError> {
    let _share = state.requests().take(client)?;
    let office = state.third_party().ok_or(ApiError::NoThirdParty)?;
    let verifier = state.verifier()?;
    let asked = read_octets(request, state.room(), (DVCS, &DVCS_REQUEST_BYTES_MAX)).await?;
    let asked = Arc::new(asked);
    let judge = |verifier: Arc<Verifier>, at| {
        let (office, asked, state) = (Arc::clone(&office), Arc::clone(&asked), state.clone());
        let job = move || vec![(office.judge(&asked.octets, &verifier, at), verifier)];
        async move { state.workers().run(job).await }
    };
    // A node that fetches does so for its receipts, too, whose word others take for final.
    let mut all = match state.online() {
        Ok(online) => online.settle((&verifier, None), |(judged, _)| judged.answer(), judge).await?,
        Err(_) => judge(verifier, state.now()).await?,
    };
    let (judged, verifier) = all.pop().ok_or(ApiError::Internal)?;
    let (foreign, now) = (state.foreign_desk(), state.now());
    let desk = foreign.as_ref().map(|(online, store)| ForeignDesk { online, verifier: &verifier, store });
    let reply = office.answer(judged, (&verifier, desk.as_ref()), now).await?;
    metrics::count_receipt(reply.status);
    Ok(([(header::CONTENT_TYPE, ANSWER)], reply.octets).into_response())
}
