//! `GET /v1/keys`: the signing keys of a node by alias, with what their certificates say. Secrets never leave.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::MayIssue;
use super::error::{ApiError, Problem};
use super::state::ApiState;
use crate::service::{Keyring, KeyringError};
use crate::time::Timestamp;
use crate::x509::{Role, kz_profile};

/// A signing key.
#[derive(Serialize, ToSchema)]
pub(super) struct KeyJson {
    /// What `signer.alias` names.
    alias: String,
    /// What its certificate says; null where the key does not open.
    certificate: Option<KeyCertificateJson>,
    /// Why it does not open.
    error: Option<String>,
}

/// What a key's certificate says.
#[derive(Serialize, ToSchema)]
pub(super) struct KeyCertificateJson {
    subject: String,
    issuer: String,
    serial: String,
    iin: Option<String>,
    bin: Option<String>,
    roles: Vec<&'static str>,
    #[schema(value_type = String, format = DateTime)]
    not_before: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    not_after: Timestamp,
    certificate_sha256: String,
}

/// List the keys that documents can be signed with
///
/// A key of one issuing body sees the signing keys of that body alone.
#[utoipa::path(
    get, path = "/v1/keys", tag = "permits", security(("key" = [])),
    responses(
        (status = 200, description = "The keys", body = Vec<KeyJson>),
        (status = 401, description = "No key, or one that is not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key's role does not allow it", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn keys(
    State(state): State<ApiState>,
    MayIssue(caller): MayIssue,
) -> Result<Json<Vec<KeyJson>>, ApiError> {
    let keyring = state.keyring()?;
    let scope = caller.scope().map(str::to_owned);
    let keys = state.clerks().run(move || read(&keyring, scope.as_deref())).await?;
    Ok(Json(keys?))
}

fn read(keyring: &Keyring, scope: Option<&str>) -> Result<Vec<KeyJson>, ApiError> {
    let aliases = keyring.aliases().map_err(|error| {
        tracing::warn!(cause = %error, "the keys cannot be listed");
        ApiError::Internal
    })?;
    let visible = |key: &KeyJson| {
        let bin = key.certificate.as_ref().and_then(|c| c.bin.as_deref());
        scope.is_none_or(|own| bin == Some(own))
    };
    Ok(aliases.into_iter().map(|alias| describe(keyring, alias)).filter(visible).collect())
}

fn describe(keyring: &Keyring, alias: String) -> KeyJson {
    let held = match keyring.open(&alias) {
        Ok(held) => held,
        Err(error) => {
            tracing::warn!(alias, cause = %error, "key not opened");
            return KeyJson { alias, certificate: None, error: Some(cause(&error)) };
        }
    };
    let certificate = &held.certificate;
    let certificate = KeyCertificateJson {
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        serial: certificate.serial_hex(),
        iin: kz_profile::iin(certificate).map(str::to_owned),
        bin: kz_profile::bin(certificate).map(str::to_owned),
        roles: kz_profile::roles(certificate).into_iter().map(Role::code).collect(),
        not_before: certificate.validity().not_before,
        not_after: certificate.validity().not_after,
        certificate_sha256: certificate.fingerprint().to_string(),
    };
    KeyJson { alias, certificate: Some(certificate), error: None }
}

/// Where the disk is at fault, its words name paths of the node.
fn cause(error: &KeyringError) -> String {
    match error {
        KeyringError::Token { .. } => "the token does not open; the node's log says why".to_owned(),
        KeyringError::File(_) => "the container or its password file cannot be read".to_owned(),
        other => other.to_string(),
    }
}
