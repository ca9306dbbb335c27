//! Where a node's folder is, and what is opened from it; shared by every command that needs one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::exit::Failure;
use crate::policy::Policy;
use crate::service::{Home, Permits, Secret, Secrets, Verifier};
use crate::store::StoreError;
use crate::time::{Clock, Timestamp};

/// Where a node's folder is.
#[derive(Clone, Debug, Args)]
pub(super) struct HomeArgs {
    /// The node's folder (a devkit is one)
    #[arg(long, value_name = "DIR", env = "QOLTANBA_HOME")]
    pub(super) home: PathBuf,
    /// PostgreSQL in place of the embedded store; a file that holds postgres://… on its first line
    #[arg(long, value_name = "FILE")]
    database_file: Option<PathBuf>,
}

impl HomeArgs {
    /// Names the folder.
    pub(super) fn home(&self) -> Result<Home, Failure> {
        let database = self.database_file.as_deref().map(read_address).transpose()?;
        Ok(home_at(&self.home, database))
    }

    /// Opens the verifier of the node under the Kazakh policy.
    pub(super) fn verifier(&self) -> Result<Verifier, Failure> {
        let policy = Policy::named("kz").map_err(Failure::misuse)?;
        let verifier = self.home()?.verifier(policy).map_err(Failure::unreadable)?;
        check_fresh(&verifier, Clock::Wall.now())?;
        Ok(verifier)
    }

    /// Opens everything that issuing needs.
    pub(super) async fn permits(&self) -> Result<Permits, Failure> {
        let home = self.home()?;
        // No store is made in a folder that is no node's.
        if !home.has_store() {
            self.verifier()?;
        }
        let now = Clock::Wall.now();
        let store = home.store(now).await.map_err(store_failure)?;
        let policy = Policy::named("kz").map_err(Failure::misuse)?;
        let verifier = Arc::new(home.verifier_of_last_good(policy, &store).await.map_err(Failure::unreadable)?);
        check_fresh(&verifier, now)?;
        home.remember(&store, verifier.trust(), now).await.map_err(store_failure)?;
        Ok(Permits::new(store, verifier, home.keyring(), Clock::Wall))
    }
}

/// Names a node's folder, with the secrets of this process's environment.
pub(super) fn home_at(folder: &Path, database: Option<String>) -> Home {
    Home::with_secrets(folder, database, secrets())
}

#[expect(clippy::disallowed_methods, reason = "clap takes nothing from the environment that is no argument as well")]
fn secrets() -> Secrets {
    let secret = |name| std::env::var(name).ok().map(|text| Secret::new(text.into()));
    Secrets { key_store_passphrase: secret("QOLTANBA_KEY_STORE_PASSPHRASE"), token_pin: secret("QOLTANBA_TOKEN_PIN") }
}

/// Reads a database's address: the first line of a file, so that its password is in no argument.
pub(super) fn read_address(path: &Path) -> Result<String, Failure> {
    let octets = crate::store::files::read(path).map_err(Failure::unreadable)?;
    Ok(String::from_utf8_lossy(&octets).lines().next().unwrap_or_default().trim().to_owned())
}

/// A node without a fresh enough snapshot is not ready, and says so.
pub(super) fn check_fresh(verifier: &Verifier, at: Timestamp) -> Result<(), Failure> {
    let until = verifier.fresh_until();
    if at < until {
        return Ok(());
    }
    let issued_at = verifier.trust().snapshot.issued_at;
    Err(Failure::unavailable(format_args!(
        "the trust snapshot of {issued_at} was to be replaced before {until}; put a newer {} there",
        "snapshot.p7s"
    )))
}

/// A store that is away may come back; anything else is for a person to mend.
pub(super) fn store_failure(error: StoreError) -> Failure {
    match error {
        StoreError::Unavailable { .. } => Failure::unavailable(error),
        _ => Failure::unreadable(error),
    }
}

/// Runs a command that waits for the store.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::unavailable)?.block_on(work)
}
