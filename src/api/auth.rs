//! Who asks, and whether they may: API keys and their roles.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use super::error::ApiError;
use super::shares::Client;
use super::state::ApiState;
use crate::limits::API_KEY_BYTES_MAX;
use crate::service::{self, VerifyAccess};
use crate::store::{ApiKey, Role};

/// May verify documents, from a share of its own.
pub(super) struct MayVerify(pub(super) Client);

/// May read what was issued, within the key's scope.
pub(super) struct MayRead(pub(super) Caller);

/// May issue documents and act on them, within the key's scope.
pub(super) struct MayIssue(pub(super) Caller);

/// May manage keys and trust snapshots.
pub(super) struct MayAdminister;

/// The bearer of an accepted key.
#[derive(Clone, Debug)]
pub(super) struct Caller(ApiKey);

impl Caller {
    /// BIN of the one issuing body that the caller speaks for; none means any.
    pub(super) fn scope(&self) -> Option<&str> {
        self.0.scope.as_deref()
    }

    /// Whether the caller speaks for this body.
    pub(super) fn check_scope(&self, issuer_bin: &str) -> Result<(), ApiError> {
        match self.scope() {
            Some(own) if own != issuer_bin => Err(ApiError::ScopeForbids { issuer_bin: issuer_bin.to_owned() }),
            _ => Ok(()),
        }
    }

    fn check_role(self, allowed: &[Role]) -> Result<Self, ApiError> {
        if allowed.contains(&self.0.role) { Ok(self) } else { Err(ApiError::RoleForbids { role: self.0.role }) }
    }
}

impl FromRequestParts<ApiState> for MayVerify {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        // A key that is sent is checked, also where none is needed: whoever sends a bad one should learn it.
        match caller(&parts.headers, state).await {
            Ok(caller) => caller
                .check_role(&[Role::Verifier, Role::Issuer, Role::TrustAdministrator])
                .map(|caller| Self(Client::Key(caller.0.key_id))),
            Err(ApiError::KeyMissing) if state.verify_access() == VerifyAccess::Open => Ok(Self(keyless(parts))),
            Err(error) => Err(error),
        }
    }
}

impl FromRequestParts<ApiState> for MayRead {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        caller(&parts.headers, state).await?.check_role(&[Role::Verifier, Role::Issuer]).map(Self)
    }
}

impl FromRequestParts<ApiState> for MayIssue {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        caller(&parts.headers, state).await?.check_role(&[Role::Issuer]).map(Self)
    }
}

impl FromRequestParts<ApiState> for MayAdminister {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        caller(&parts.headers, state).await?.check_role(&[Role::TrustAdministrator]).map(|_| Self)
    }
}

/// Who sends no key is known by where the connection comes from; what headers say of that is anybody's word.
fn keyless(parts: &Parts) -> Client {
    Client::at(parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip()))
}

/// Finds who sent the request.
async fn caller(headers: &HeaderMap, state: &ApiState) -> Result<Caller, ApiError> {
    let (key_id, secret) = bearer(headers)?;
    // A node without a store has made no keys.
    let store = state.store().map_err(|_| ApiError::KeyRefused)?;
    let key = store.api_key(key_id).await?.ok_or(ApiError::KeyRefused)?;
    if service::opens(&key, secret, state.now()) { Ok(Caller(key)) } else { Err(ApiError::KeyRefused) }
}

/// Reads `Authorization: Bearer <key id>.<secret>` (RFC 6750 §2.1).
fn bearer(headers: &HeaderMap) -> Result<(&str, &str), ApiError> {
    let value = headers.get(header::AUTHORIZATION).ok_or(ApiError::KeyMissing)?;
    let text = value.to_str().map_err(|_| ApiError::KeyRefused)?;
    API_KEY_BYTES_MAX.check(text.len()).map_err(|_| ApiError::KeyRefused)?;
    // RFC 9110 §11.1: the name of the scheme is case-insensitive.
    let (scheme, key) = text.split_once(' ').ok_or(ApiError::KeyRefused)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(ApiError::KeyRefused);
    }
    key.trim().split_once('.').ok_or(ApiError::KeyRefused)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<(String, String), ApiError> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        bearer(&headers).map(|(id, secret)| (id.to_owned(), secret.to_owned()))
    }

    #[test]
    fn a_bearer_key_reads_in_any_case_of_its_scheme() {
        assert_eq!(read("Bearer id.secret").unwrap(), ("id".into(), "secret".into()));
        assert_eq!(read("bearer id.se.cret").unwrap(), ("id".into(), "se.cret".into()));
    }

    #[test]
    fn other_schemes_and_keys_without_a_secret_are_refused() {
        for wrong in ["Basic aWQ6c2VjcmV0", "Bearer id", "Bearer", "id.secret", &format!("Bearer id.{:0300}", 0)] {
            assert!(matches!(read(wrong), Err(ApiError::KeyRefused)), "{wrong}");
        }
        assert!(matches!(bearer(&HeaderMap::new()), Err(ApiError::KeyMissing)));
    }
}
