//! What an address names, as axum reads it, refused in our own words.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::error::ApiError;

/// The parts of an address that vary.
pub(super) struct Path<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        // All of ours are text, so only octets that are none can stand against them.
        let read = axum::extract::Path::from_request_parts(parts, state).await.map_err(|_| ApiError::Address)?;
        Ok(Self(read.0))
    }
}
