//! `qoltanba api-keys`: who may ask a node for what.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::exit::{Exit, Failure, say};
use super::home::{HomeArgs, block_on, store_failure};
use crate::crypto::SystemEntropy;
use crate::service::{ApiKeyRequest, make_api_key};
use crate::store::{Role, Store, StoreError};
use crate::time::{Clock, Timestamp};

/// Make, list and revoke the API keys of a node.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  qoltanba api-keys --home kit add --role issuer --label 'licensing portal' --scope 991240999016
  qoltanba api-keys --home kit list
  qoltanba api-keys --home kit revoke 0f5a1c22d3e4b6a7")]
pub(super) struct ApiKeysArgs {
    #[command(flatten)]
    home: HomeArgs,
    /// JSON lines
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    command: ApiKeysCommand,
}

#[derive(Debug, Subcommand)]
enum ApiKeysCommand {
    /// Make a key; its secret is told once, on stdout
    Add {
        /// What its bearer may do
        #[arg(long, value_enum)]
        role: RoleName,
        /// Whose it is, in words
        #[arg(long)]
        label: String,
        /// BIN of the one issuing body it speaks for
        #[arg(long, value_name = "BIN")]
        scope: Option<String>,
    },
    /// List the keys, revoked ones too
    List,
    /// Revoke a key
    Revoke {
        /// The part before the dot
        key_id: String,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleName {
    Verifier,
    Issuer,
    TrustAdministrator,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Verifier => Self::Verifier,
            RoleName::Issuer => Self::Issuer,
            RoleName::TrustAdministrator => Self::TrustAdministrator,
        }
    }
}

/// Runs the command.
pub(super) fn run(args: &ApiKeysArgs) -> Result<Exit, Failure> {
    block_on(async {
        let now = Clock::Wall.now();
        let store = args.home.home()?.store(now).await.map_err(failure)?;
        match &args.command {
            ApiKeysCommand::Add { role, label, scope } => {
                let request = ApiKeyRequest { role: (*role).into(), label: label.clone(), scope: scope.clone() };
                add(args, &store, request, now).await?;
            }
            ApiKeysCommand::List => list(args, &store).await?,
            ApiKeysCommand::Revoke { key_id } => store.revoke_api_key(key_id, now).await.map_err(failure)?,
        }
        store.close().await;
        Ok(Exit::Passed)
    })
}

async fn add(args: &ApiKeysArgs, store: &Store, request: ApiKeyRequest, now: Timestamp) -> Result<(), Failure> {
    let made = make_api_key(request, now, &mut SystemEntropy).map_err(Failure::unavailable)?;
    store.add_api_key(&made.key).await.map_err(failure)?;
    if args.json {
        return say(json!({"key_id": made.key.key_id, "bearer": made.bearer.as_str()}));
    }
    say(made.bearer.as_str())
}

async fn list(args: &ApiKeysArgs, store: &Store) -> Result<(), Failure> {
    for key in store.api_keys().await.map_err(failure)? {
        let (role, scope) = (key.role.name(), key.scope.as_deref());
        if args.json {
            say(json!({
                "key_id": key.key_id, "role": role, "label": key.label, "scope": scope,
                "created_at": key.created_at, "revoked_at": key.revoked_at,
            }))?;
        } else {
            let revoked = key.revoked_at.map(|at| format!(", revoked {at}")).unwrap_or_default();
            say(format!("{}  {role}  {}  {}{revoked}", key.key_id, scope.unwrap_or("any body"), key.label))?;
        }
    }
    Ok(())
}

fn failure(error: StoreError) -> Failure {
    match error {
        StoreError::NotFound { .. } | StoreError::Conflict(_) => Failure::misuse(error),
        other => store_failure(other),
    }
}
