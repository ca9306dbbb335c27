//! API keys: made, listed, found and revoked; of the secret only a digest is kept.

use super::documents::{digest_of_column, is_unique_violation};
use super::error::{Conflict, StoreError, Subject};
use super::open::Store;
use super::rows::{ApiKey, Role};
use super::session::Value;
use crate::time::Timestamp;

impl Store {
    /// Keeps a new key.
    ///
    /// *Errors*: `Conflict` where the key id is in use.
    pub async fn add_api_key(&self, key: &ApiKey) -> Result<(), StoreError> {
        let values = [
            Value::from(&key.key_id),
            Value::from(&key.secret_digest),
            Value::from(key.role.name()),
            Value::from(&key.label),
            Value::Text(key.scope.as_deref()),
            Value::from(key.created_at),
            Value::Integer(key.revoked_at.map(Timestamp::unix_millis)),
        ];
        let mut session = self.write().await?;
        match session.execute(INSERT_KEY, &values).await {
            Err(error) if is_unique_violation(&error) => {
                return Err(Conflict::KeyTaken { key_id: key.key_id.clone() }.into());
            }
            other => other?,
        };
        Ok(session.commit().await?)
    }

    /// Gives all keys, revoked ones too, by key id.
    pub async fn api_keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        let rows: Vec<KeyRow> = self.read().await?.rows(ALL_KEYS, &[]).await?;
        rows.into_iter().map(key_of_row).collect()
    }

    /// Gives the key of this id, if there is one; the caller minds `revoked_at`.
    pub async fn api_key(&self, key_id: &str) -> Result<Option<ApiKey>, StoreError> {
        let row: Option<KeyRow> = self.read().await?.row(KEY_BY_ID, &[key_id.into()]).await?;
        row.map(key_of_row).transpose()
    }

    /// Revokes a key; one that is revoked already keeps its time, so that repeating does no harm.
    ///
    /// *Errors*: `NotFound` where there is no such key.
    pub async fn revoke_api_key(&self, key_id: &str, at: Timestamp) -> Result<(), StoreError> {
        let mut session = self.write().await?;
        if session.execute(REVOKE_KEY, &[at.into(), key_id.into()]).await? == 0 {
            return Err(StoreError::NotFound { what: Subject::ApiKey, id: key_id.to_owned() });
        }
        Ok(session.commit().await?)
    }
}

type KeyRow = (String, Vec<u8>, String, String, Option<String>, i64, Option<i64>);

fn key_of_row(row: KeyRow) -> Result<ApiKey, StoreError> {
    let (key_id, secret_digest, role, label, scope, created_at, revoked_at) = row;
    Ok(ApiKey {
        secret_digest: digest_of_column(&secret_digest, Subject::ApiKey, &key_id)?,
        role: Role::from_name(&role)
            .ok_or_else(|| StoreError::Corrupt { what: Subject::ApiKey, id: key_id.clone() })?,
        key_id,
        label,
        scope,
        created_at: Timestamp::from_unix_millis(created_at),
        revoked_at: revoked_at.map(Timestamp::from_unix_millis),
    })
}

const INSERT_KEY: &str = "INSERT INTO api_keys (key_id, secret_digest, role, label, scope, created_at, revoked_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const ALL_KEYS: &str = "SELECT key_id, secret_digest, role, label, scope, created_at, revoked_at FROM api_keys \
    ORDER BY key_id";
const KEY_BY_ID: &str = "SELECT key_id, secret_digest, role, label, scope, created_at, revoked_at FROM api_keys \
    WHERE key_id = $1";
const REVOKE_KEY: &str = "UPDATE api_keys SET revoked_at = COALESCE(revoked_at, $1) WHERE key_id = $2";
