//! One request and its answer over a connection of its own, cut at every bound.

use std::pin::Pin;
use std::time::Duration;

use chrono::DateTime;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::Builder;
use hyper::header::{self, HeaderMap, HeaderName};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::connect::connect;
use super::content::Kind;
use super::error::{FetchError, Phase};
use super::rules::FetchRules;
use super::shelf::Validators;
use super::url::Url;
use crate::limits::{FETCH_HEAD_BYTES_MAX, FETCH_HEADERS_MAX, LimitExceeded};
use crate::time::Timestamp;

/// What to ask.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) url: &'a Url,
    pub(super) kind: Kind,
    /// What to POST; none for GET.
    pub(super) body: Option<&'a [u8]>,
    /// What we hold already.
    pub(super) validators: Option<&'a Validators>,
    /// When the whole fetch must have ended.
    pub(super) deadline: Instant,
    /// For Retry-After dates.
    pub(super) now: Timestamp,
}

/// What came back.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    /// 200.
    Body { octets: Vec<u8>, validators: Validators },
    /// 304.
    NotModified,
    /// 301, 302, 303, 307, 308.
    Redirect { location: String },
}

/// Asks once.
pub(super) async fn exchange(asked: &Asked<'_>, rules: &FetchRules) -> Result<Reply, FetchError> {
    let remaining = |wanted: Duration| asked.deadline.min(after(wanted));
    let connecting = timeout_at(remaining(rules.timing.connect), connect(asked.url, rules));
    let stream = connecting.await.map_err(|_| FetchError::Late { phase: Phase::Connect })??;
    let asking = async {
        let (mut sender, connection) = Builder::new()
            .max_buf_size(FETCH_HEAD_BYTES_MAX.value)
            .max_headers(FETCH_HEADERS_MAX.value)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|e| fault_of(&e))?;
        // Ends with the exchange, however that ends: dropping the set aborts it.
        let mut driver = JoinSet::new();
        driver.spawn(connection);
        let response = sender.send_request(request(asked)?).await.map_err(|e| fault_of(&e))?;
        Ok::<_, FetchError>((driver, sender, response))
    };
    let (_driver, _sender, response) = timeout_at(remaining(rules.timing.head), asking)
        .await
        .map_err(|_| FetchError::Late { phase: Phase::Head })??;
    timeout_at(asked.deadline, read(asked, response)).await.map_err(|_| FetchError::Late { phase: Phase::Body })?
}

/// INVARIANT: saturates on a clock that could not hold the sum.
fn after(wanted: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(wanted).unwrap_or(now)
}

fn request(asked: &Asked<'_>) -> Result<Request<Full<Bytes>>, FetchError> {
    let (sent, accepted) = asked.kind.media_types();
    let mut request = Request::builder()
        .method(if asked.body.is_some() { Method::POST } else { Method::GET })
        .uri(asked.url.path())
        .header(header::HOST, asked.url.authority())
        .header(header::USER_AGENT, concat!("qoltanba/", env!("CARGO_PKG_VERSION")))
        .header(header::ACCEPT, accepted)
        .header(header::ACCEPT_ENCODING, "identity")
        .header(header::CONNECTION, "close");
    if asked.body.is_some() {
        request = request.header(header::CONTENT_TYPE, sent);
    }
    if let Some(Validators { etag, last_modified }) = asked.validators {
        for (name, value) in [(header::IF_NONE_MATCH, etag), (header::IF_MODIFIED_SINCE, last_modified)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
    }
    let body = Full::new(Bytes::copy_from_slice(asked.body.unwrap_or_default()));
    request.body(body).map_err(|_| FetchError::Url(super::url::UrlError::Malformed))
}

async fn read(asked: &Asked<'_>, response: Response<Incoming>) -> Result<Reply, FetchError> {
    let headers = response.headers();
    let told = |name: HeaderName| text_of(headers, name);
    match response.status().as_u16() {
        200 => {}
        304 if asked.validators.is_some() => return Ok(Reply::NotModified),
        301 | 302 | 303 | 307 | 308 => {
            let location = told(header::LOCATION).ok_or(FetchError::RedirectRefused)?;
            return Ok(Reply::Redirect { location });
        }
        status => {
            let retry_after_seconds = told(header::RETRY_AFTER).and_then(|text| wait_of(&text, asked.now));
            return Err(FetchError::Status { status, retry_after_seconds });
        }
    }
    if told(header::CONTENT_ENCODING).is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")) {
        return Err(FetchError::Encoded);
    }
    let validators = Validators { etag: told(header::ETAG), last_modified: told(header::LAST_MODIFIED) };
    let octets = read_body(Box::pin(response.into_body()), asked.kind).await?;
    Ok(Reply::Body { octets, validators })
}

async fn read_body(mut body: Pin<Box<Incoming>>, kind: Kind) -> Result<Vec<u8>, FetchError> {
    use hyper::body::Body as _;
    let limit = kind.bytes_max();
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    limit.check(announced).map_err(FetchError::TooLarge)?;
    let mut octets = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|e| fault_of(&e))?;
        let Some(chunk) = frame.data_ref() else { continue };
        limit.check(octets.len().saturating_add(chunk.len())).map_err(FetchError::TooLarge)?;
        octets.extend_from_slice(chunk);
    }
    Ok(octets)
}

/// A header's text; one that is no ASCII text is as if it were not there.
fn text_of(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// RFC 9110 §10.2.3: seconds, or a date.
fn wait_of(text: &str, now: Timestamp) -> Option<u32> {
    let text = text.trim();
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok();
    }
    let until = DateTime::parse_from_rfc2822(text).ok()?;
    let seconds = Timestamp::from_unix_seconds(until.timestamp()).seconds_since(now);
    u32::try_from(seconds.max(0)).ok()
}

fn fault_of(error: &hyper::Error) -> FetchError {
    if error.is_parse_too_large() {
        FetchError::TooLarge(LimitExceeded { limit: &FETCH_HEAD_BYTES_MAX })
    } else if error.is_parse() {
        FetchError::NotHttp
    } else {
        FetchError::BrokenOff
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date_and_not_guessed() {
        let now = Timestamp::parse_rfc3339("2026-11-21T20:00:00Z").unwrap();
        assert_eq!(wait_of("120", now), Some(120));
        assert_eq!(wait_of("Sat, 21 Nov 2026 20:01:00 GMT", now), Some(60));
        assert_eq!(wait_of("Sat, 21 Nov 2026 19:01:00 GMT", now), Some(0));
        assert_eq!(wait_of("soon", now), None);
        assert_eq!(wait_of("99999999999", now), None);
    }
}
