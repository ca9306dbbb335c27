//! What `/metrics` tells: counts and durations, never contents, keys or persons.

use std::sync::OnceLock;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::cms::TimeStampFailure;
use crate::report::Answer;
use crate::trust::TtpStatus;
use crate::validation::Indication;
use crate::x509::OcspResponseStatus;

/// The recorder of this process; there can be only one, whoever builds how many routers.
static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

const SECONDS_BUCKETS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];
const DOCUMENTS_BUCKETS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// Installs the recorder where this process has none yet.
pub(super) fn install() {
    RECORDER.get_or_init(|| {
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS_BUCKETS)
            .and_then(|b| b.set_buckets_for_metric(Matcher::Suffix("_documents".to_owned()), &DOCUMENTS_BUCKETS));
        match builder.map(PrometheusBuilder::install_recorder) {
            Ok(Ok(handle)) => Some(handle),
            // Another recorder of this process is left to do its work.
            Ok(Err(_)) | Err(_) => None,
        }
    });
}

/// The text that Prometheus scrapes.
pub(super) fn render() -> String {
    let Some(Some(handle)) = RECORDER.get() else { return String::new() };
    handle.run_upkeep();
    handle.render()
}

/// Counts verdicts.
pub(super) fn count_answers<'a>(answers: impl Iterator<Item = &'a Answer>) {
    let mut counts = [("UNREADABLE", 0_u64), ("TOTAL_PASSED", 0), ("INDETERMINATE", 0), ("TOTAL_FAILED", 0)];
    let [unreadable, passed, indeterminate, failed] = &mut counts;
    for answer in answers {
        let (_, count) = match &answer.result {
            Err(_) => &mut *unreadable,
            Ok(report) => match report.verdict.indication {
                Indication::TotalPassed => &mut *passed,
                Indication::Indeterminate => &mut *indeterminate,
                Indication::TotalFailed => &mut *failed,
            },
        };
        *count = count.saturating_add(1);
    }
    for (indication, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        counter!("qoltanba_documents_verified_total", "indication" => indication).increment(count);
    }
}

/// Counts an answer of the trusted third party.
pub(super) fn count_receipt(status: TtpStatus) {
    let outcome = match status {
        TtpStatus::Verified => "verified",
        TtpStatus::PartlyVerified => "partly-verified",
        TtpStatus::NotVerified => "not-verified",
        TtpStatus::CannotVerify => "cannot-verify",
        TtpStatus::Waiting => "waiting",
    };
    counter!("qoltanba_receipts_total", "outcome" => outcome).increment(1);
}

/// Counts an answer of a time-stamping authority.
pub(super) fn count_time_stamp(failure: Option<TimeStampFailure>) {
    let outcome = failure.map_or("granted", TimeStampFailure::name);
    counter!("qoltanba_time_stamps_total", "outcome" => outcome).increment(1);
}

/// Records how far the clock of a time-stamping authority has strayed from its reference.
pub(super) fn record_clock_drift(millis: i64) {
    let seconds = i32::try_from(millis).map_or(f64::INFINITY, |millis| f64::from(millis) / 1_000.0);
    gauge!("qoltanba_tsa_clock_drift_seconds").set(seconds);
}

/// Counts what becomes of jobs: `taken`, `done`, `halted`, `removed`.
pub(super) fn count_job(event: &'static str) {
    counter!("qoltanba_jobs_total", "event" => event).increment(1);
}

/// Counts an answer of a responder of the test PKI.
pub(super) fn count_ocsp(status: OcspResponseStatus) {
    let status = match status {
        OcspResponseStatus::Successful => "successful",
        OcspResponseStatus::MalformedRequest => "malformedRequest",
        OcspResponseStatus::InternalError => "internalError",
        OcspResponseStatus::TryLater => "tryLater",
        OcspResponseStatus::SigRequired => "sigRequired",
        OcspResponseStatus::Unauthorized => "unauthorized",
    };
    counter!("qoltanba_devkit_ocsp_responses_total", "status" => status).increment(1);
}

/// Records how many items of a batch came together.
pub(super) fn record_batch(items: usize) {
    histogram!("qoltanba_batch_documents").record(u32::try_from(items).unwrap_or(u32::MAX));
}

/// Measures one call of the verifier.
pub(super) struct VerifyTimer(Instant);

impl VerifyTimer {
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    /// Ends it; `documents` were verified together.
    pub(super) fn stop(self, documents: usize) {
        let together = if documents == 1 { "one" } else { "many" };
        histogram!("qoltanba_verify_seconds", "together" => together).record(self.0.elapsed().as_secs_f64());
    }
}

/// Counts and times every request by the pattern of its route, never by its address, and logs it so.
pub(super) async fn observe(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let route = request.extensions().get::<MatchedPath>().map_or_else(|| "none".to_owned(), |m| m.as_str().to_owned());
    // An extension method is foreign text and could make any number of series.
    let method = match request.method().as_str() {
        known @ ("GET" | "POST" | "PUT" | "DELETE" | "HEAD" | "OPTIONS" | "PATCH") => known.to_owned(),
        _ => "other".to_owned(),
    };
    let request_id = request.headers().get("x-request-id").and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let seconds = started.elapsed().as_secs_f64();
    tracing::info!(method, route, status, seconds, request_id, "request");
    histogram!("qoltanba_http_request_seconds", "route" => route.clone()).record(seconds);
    counter!("qoltanba_http_requests_total", "method" => method, "route" => route, "status" => status.to_string())
        .increment(1);
    response
}
