//! The routes, each once: the router and the OpenAPI document are made from the same list.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::SwaggerUi;

use super::error::ApiError;
use super::openapi::Frame;
use super::state::ApiState;
use super::{
    administration, batch, centre, dvcs, jobs, keys, metrics, operations, permit_list, permits, sign, time_stamp,
    trust, verify,
};

/// Where the OpenAPI document is.
const DOCUMENT_PATH: &str = "/v1/openapi.json";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Every route of a node, ready to be served.
pub fn router(state: ApiState) -> Router {
    metrics::install();
    let (mut router, document) = routes().split_for_parts();
    if state.centre().is_some() {
        router = router.merge(centre::routes());
    }
    router
        .with_state(state)
        .merge(page(document))
        .fallback(async || ApiError::NoRoute)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        // Bodies are bounded where they are read (body, lines), each by its own line of limits.rs.
        .layer(DefaultBodyLimit::disable())
        .layer(CatchPanicLayer::custom(answer_panic))
        .layer(axum::middleware::from_fn(metrics::observe))
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .layer(SetResponseHeaderLayer::overriding(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
}

/// The page that shows the document. It asks nobody else: by default it would hand the document's address to a validator on the
/// internet as soon as the page is opened by another name than localhost.
fn page(document: utoipa::openapi::OpenApi) -> SwaggerUi {
    let config = utoipa_swagger_ui::Config::from(DOCUMENT_PATH).validator_url("none");
    SwaggerUi::new("/docs").url(DOCUMENT_PATH, document).config(config)
}

/// The OpenAPI document of those routes.
pub fn document() -> utoipa::openapi::OpenApi {
    routes().into_openapi()
}

fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(Frame::openapi())
        .routes(routes!(verify::verify))
        .routes(routes!(batch::verify_batch))
        .routes(routes!(jobs::submit_job))
        .routes(routes!(jobs::job, jobs::remove_job))
        .routes(routes!(jobs::job_results))
        .routes(routes!(sign::prepare_signature))
        .routes(routes!(sign::complete_signature))
        .routes(routes!(permits::kinds))
        .routes(routes!(permits::kind))
        .routes(routes!(permits::issue, permit_list::list))
        .routes(routes!(permit_list::search))
        .routes(routes!(permits::permit))
        .routes(routes!(permits::history))
        .routes(routes!(permits::document))
        .routes(routes!(permits::act))
        .routes(routes!(keys::keys))
        .routes(routes!(administration::api_keys, administration::add_api_key))
        .routes(routes!(administration::revoke_api_key))
        .routes(routes!(administration::trust))
        .routes(routes!(administration::reload_trust))
        .routes(routes!(trust::snapshot))
        .routes(routes!(trust::list))
        .routes(routes!(trust::log, trust::add_entry))
        .routes(routes!(trust::parties))
        .routes(routes!(trust::history))
        .routes(routes!(trust::diff))
        .routes(routes!(operations::upstream))
        .routes(routes!(time_stamp::stamp))
        .routes(routes!(dvcs::give))
        .routes(routes!(operations::livez))
        .routes(routes!(operations::readyz))
        .routes(routes!(operations::metrics))
}

fn answer_panic(_: Box<dyn std::any::Any + Send>) -> Response {
    // The panic hook has written the cause to the log.
    ApiError::Internal.into_response()
}
