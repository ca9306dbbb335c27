//! Request bodies: raw octets, multipart or JSON become a document and, for a detached signature, its content.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderMap, header};
use futures_util::StreamExt as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use super::error::ApiError;
use super::held::{Held, Room};
use crate::codec::armour;
use crate::limits::{API_BODY_BYTES_MAX, API_BODY_SECONDS_MAX, INPUT_BYTES_MAX, Limit};

/// What is to be verified, and the room it takes.
#[derive(Debug)]
pub(super) struct Upload {
    pub(super) document: Vec<u8>,
    pub(super) content: Option<Vec<u8>>,
    _room: Vec<Held>,
}

/// A document in JSON.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DocumentJson {
    /// The signed document, base64 around any armour that qoltanba reads.
    #[schema(example = "MIIG…")]
    document: String,
    /// The content of a detached signature, base64.
    #[serde(default)]
    content: Option<String>,
}

/// A document in parts.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its shape is told, in the OpenAPI document")]
pub(super) struct DocumentParts {
    /// The signed document.
    #[schema(value_type = String, format = Binary)]
    document: Vec<u8>,
    /// The content of a detached signature.
    #[schema(value_type = Option<String>, format = Binary)]
    content: Option<Vec<u8>>,
}

/// The media types of a document as it is; RFC 8551 §3.2, RFC 5652, and what browsers and curl send for a file.
const RAW_TYPES: [&str; 8] = [
    "application/octet-stream",
    "application/pkcs7-mime",
    "application/x-pkcs7-mime",
    "application/pkcs7-signature",
    "application/x-pkcs7-signature",
    "application/cms",
    "application/x-pem-file",
    "text/plain",
];

impl Upload {
    /// Reads a body in whichever of the three shapes it came.
    pub(super) async fn read(request: Request, room: &Room) -> Result<Self, ApiError> {
        let reading = async {
            match media_type(request.headers()).as_str() {
                "application/json" => read_json_upload(request.into_body(), room).await,
                "multipart/form-data" => read_multipart(request, room).await,
                // RFC 9110 §8.3: a body without a type may be taken for octets.
                raw if raw.is_empty() || RAW_TYPES.contains(&raw) => read_raw(request.into_body(), room).await,
                _ => Err(ApiError::MediaType),
            }
        };
        in_time(reading).await
    }
}

/// The media type without its parameters, in lower case; empty where none is given.
pub(super) fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Reads a JSON body within a bound.
pub(super) async fn read_json<T: DeserializeOwned>(
    request: Request,
    room: &Room,
    limit: &'static Limit,
) -> Result<T, ApiError> {
    if media_type(request.headers()) != "application/json" {
        return Err(ApiError::MediaType);
    }
    let held = in_time(collect(request.into_body(), room.hold(limit))).await?;
    parse_json(&held.octets)
}

/// Reads a body of one media type within a bound.
pub(super) async fn read_octets(
    request: Request,
    room: &Room,
    (expected, limit): (&str, &'static Limit),
) -> Result<Held, ApiError> {
    if media_type(request.headers()) != expected {
        return Err(ApiError::MediaType);
    }
    in_time(collect(request.into_body(), room.hold(limit))).await
}

fn parse_json<T: DeserializeOwned>(octets: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(octets).map_err(|error| ApiError::Json { detail: error.to_string() })
}

async fn in_time<T>(reading: impl Future<Output = Result<T, ApiError>>) -> Result<T, ApiError> {
    let seconds = u64::try_from(API_BODY_SECONDS_MAX.value).unwrap_or(u64::MAX);
    tokio::time::timeout(Duration::from_secs(seconds), reading).await.unwrap_or(Err(ApiError::BodyLate))
}

async fn collect(body: Body, mut held: Held) -> Result<Held, ApiError> {
    let mut chunks: BodyDataStream = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        held.push(&chunk.map_err(|_| ApiError::BodyBroken)?)?;
    }
    Ok(held)
}

async fn read_raw(body: Body, room: &Room) -> Result<Upload, ApiError> {
    let mut held = collect(body, room.hold(&INPUT_BYTES_MAX)).await?;
    let document = std::mem::take(&mut held.octets);
    upload(document, None, vec![held])
}

async fn read_json_upload(body: Body, room: &Room) -> Result<Upload, ApiError> {
    let mut held = collect(body, room.hold(&API_BODY_BYTES_MAX)).await?;
    let json: DocumentJson = parse_json(&held.octets)?;
    held.octets = Vec::new();
    let decode = |name, text: &str| armour::decode(text).map_err(|_| ApiError::Base64 { name });
    if json.document.is_empty() {
        return Err(ApiError::PartMissing { name: "document" });
    }
    let document = decode("document", &json.document)?;
    let content = json.content.as_deref().filter(|c| !c.is_empty()).map(|c| decode("content", c)).transpose()?;
    upload(document, content, vec![held])
}

async fn read_multipart(request: Request, room: &Room) -> Result<Upload, ApiError> {
    // The whole body is taken within its bounds first: the parser itself would hold without bound whatever comes before
    // the first boundary.
    let (head, body) = request.into_parts();
    let mut whole = collect(body, room.hold(&API_BODY_BYTES_MAX)).await?;
    let octets = std::mem::take(&mut whole.octets);
    let request = Request::from_parts(head, Body::from(octets));
    let mut parts = Multipart::from_request(request, &()).await.map_err(|_| ApiError::Multipart)?;
    let (mut document, mut content) = (None, None);
    while let Some(field) = parts.next_field().await.map_err(|e| broken(&e))? {
        let slot = match field.name() {
            Some("document") => &mut document,
            Some("content") => &mut content,
            other => return Err(ApiError::PartUnknown { name: other.unwrap_or_default().to_owned() }),
        };
        if slot.is_some() {
            // Which of two documents would be verified must not depend on who reads.
            return Err(ApiError::Multipart);
        }
        *slot = Some(collect_field(field, room.hold(&INPUT_BYTES_MAX)).await?);
    }
    let mut held: Vec<Held> = Vec::new();
    let mut taken = |part: Option<Held>| {
        part.map(|mut part| {
            let octets = std::mem::take(&mut part.octets);
            held.push(part);
            octets
        })
    };
    let (document, content) = (taken(document).unwrap_or_default(), taken(content));
    upload(document, content, held)
}

async fn collect_field(mut field: Field<'_>, mut held: Held) -> Result<Held, ApiError> {
    while let Some(chunk) = field.chunk().await.map_err(|e| broken(&e))? {
        held.push(&chunk)?;
    }
    Ok(held)
}

fn broken(_: &MultipartError) -> ApiError {
    ApiError::Multipart
}

fn upload(document: Vec<u8>, content: Option<Vec<u8>>, held: Vec<Held>) -> Result<Upload, ApiError> {
    if document.is_empty() {
        return Err(ApiError::PartMissing { name: "document" });
    }
    Ok(Upload { document, content, _room: held })
}
