//! Fetching on the command line: whether, from where, and under which roots.

use std::convert::Infallible;
use std::future::ready;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use tokio::runtime::Runtime;

use super::exit::Failure;
use super::verify::TermsArgs;
use crate::fetch::{AllowedHost, Route};
use crate::report::Answer;
use crate::service::{BatchAnswer, BatchItem, Document, Home, Online, OnlineError, OnlineOptions, Unread, Verifier};
use crate::store::files;
use crate::time::{Clock, Timestamp};

/// How fetching is allowed.
#[derive(Clone, Debug, Args)]
pub(super) struct OnlineArgs {
    /// Fetch what is missing (issuers, CRLs, OCSP answers) from where the certificates say that it is
    #[arg(long)]
    online: bool,
    #[command(flatten)]
    reach: ReachArgs,
}

/// Where fetching may go.
#[derive(Clone, Debug, Args)]
pub(super) struct ReachArgs {
    /// A host that may have private addresses; with a port, that port is open besides 80 and 443
    #[arg(long, value_name = "HOST[:PORT]")]
    allow_private: Vec<AllowedHost>,
    /// Reach a host at this address instead of asking the name service
    #[arg(long, value_name = "HOST[:PORT]=ADDRESS:PORT")]
    resolve: Vec<Route>,
    /// Roots that https servers are trusted under, PEM; none are built in, and without them https is not fetched
    #[arg(long, value_name = "FILE")]
    https_roots: Option<PathBuf>,
}

impl OnlineArgs {
    /// What fetches, where it is wanted.
    pub(super) fn open(&self, home: Option<&Path>, clock: Clock) -> Result<Option<Online>, Failure> {
        self.online.then(|| self.reach.open(home, clock)).transpose()
    }
}

impl ReachArgs {
    /// What fetches; it keeps what it fetched in the node's folder, where there is one.
    pub(super) fn open(&self, home: Option<&Path>, clock: Clock) -> Result<Online, Failure> {
        let options = OnlineOptions {
            allowed: self.allow_private.clone(),
            routes: self.resolve.clone(),
            https_roots: self.https_roots.as_deref().map(files::read).transpose().map_err(Failure::unreadable)?,
            folder: home.map(|folder| Home::new(folder, None).fetched()),
            ..OnlineOptions::default()
        };
        Online::open(options, clock).map_err(|error| match error {
            OnlineError::Roots(_) => Failure::misuse(error),
            _ => Failure::unreadable(error),
        })
    }
}

/// What judges documents on the command line, offline or online.
pub(super) struct Judge {
    verifier: Arc<Verifier>,
    at: Option<Timestamp>,
    now: Timestamp,
    online: Option<(Online, Runtime)>,
}

impl Judge {
    pub(super) fn new(online: &OnlineArgs, terms: &TermsArgs) -> Result<Self, Failure> {
        let verifier = Arc::new(terms.verifier()?);
        let online = match online.open(terms.home.as_deref(), Clock::Wall)? {
            Some(online) => {
                let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
                Some((online, runtime.map_err(Failure::unavailable)?))
            }
            None => None,
        };
        Ok(Self { verifier, at: terms.at, now: terms.at(), online })
    }

    /// What judges.
    pub(super) fn verifier(&self) -> Arc<Verifier> {
        Arc::clone(&self.verifier)
    }

    /// Judges documents; an answer for each, or why there is none.
    pub(super) fn documents(&self, documents: &[Document]) -> Vec<Result<Answer, Unread>> {
        let Some((online, runtime)) = &self.online else { return self.verifier.verify_documents(documents, self.now) };
        let judge = |verifier: Arc<Verifier>, at| ready(Ok::<_, Infallible>(verifier.verify_documents(documents, at)));
        let settled = online.settle((&self.verifier, self.at), |answer| answer.as_mut().ok(), judge);
        let Ok(answers) = runtime.block_on(settled);
        answers
    }

    /// Judges the items of a batch.
    pub(super) fn batch(&self, items: &[BatchItem]) -> Vec<BatchAnswer> {
        let Some((online, runtime)) = &self.online else { return self.verifier.verify_batch(items, self.now) };
        let judge = |verifier: Arc<Verifier>, at| ready(Ok::<_, Infallible>(verifier.verify_batch(items, at)));
        let settled = online.settle((&self.verifier, self.at), |answer| answer.result.as_mut().ok(), judge);
        let Ok(answers) = runtime.block_on(settled);
        answers
    }
}
