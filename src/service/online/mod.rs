//! Verify online: judged with what is at hand first; then what is missing, or was checked long ago, is fetched from where the
//! certificates say that it is, and judged again.
//!
//! Which addresses an unknown sender can make us ask is bounded by rule (`wanted`): status is asked only of certificates on a
//! path that reaches one of our own anchors; an issuer that is not at hand is asked for twice per document at most, at public
//! addresses, and is evidence for that document alone until its path reaches an anchor (`guests`).

mod asking;
mod guests;
mod keeping;
mod snapshot;
mod stamping;
mod wanted;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Verifier;
use crate::fetch::{
    AllowedHost, Evidence, FetchRules, Fetched, Fetcher, Refusal, RootsError, Route, Timing, UpstreamRow, Upstreams,
    Url, https_roots,
};
use crate::limits::FETCH_ROUNDS_MAX;
use crate::path::Pool;
use crate::report::Answer;
use crate::store::FetchedFolder;
use crate::store::files::FileError;
use crate::time::{Clock, Timestamp};
use crate::x509::OcspResponse;
pub use stamping::StampError;

use asking::{Ledger, Refresh};
use guests::{Guests, is_strangers};

/// How fetching is configured.
#[derive(Clone, Debug, Default)]
pub struct OnlineOptions {
    /// Hosts that may have private addresses or other ports than 80 and 443.
    pub allowed: Vec<AllowedHost>,
    /// Hosts that are reached at given addresses.
    pub routes: Vec<Route>,
    /// Roots for https, in PEM; none are built in.
    pub https_roots: Option<Vec<u8>>,
    /// Where what is fetched is kept; in memory alone without.
    pub folder: Option<PathBuf>,
    /// How long we wait.
    pub timing: Timing,
}

/// Fetching could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OnlineError {
    /// The roots for https.
    #[error(transparent)]
    Roots(#[from] RootsError),
    /// The folder of what was fetched.
    #[error(transparent)]
    File(#[from] FileError),
}

/// What fetches beside a verifier; shared by every request of a node.
#[derive(Debug)]
pub struct Online {
    fetcher: Fetcher,
    folder: Option<FetchedFolder>,
    /// Counts up whenever something new was fetched.
    news: AtomicU64,
    enriched: Mutex<Option<Enriched>>,
}

/// A verifier with everything that was fetched up to some news.
#[derive(Debug)]
struct Enriched {
    base: Arc<Verifier>,
    news: u64,
    verifier: Arc<Verifier>,
}

impl Online {
    /// Puts it together, with what was fetched and learnt about endpoints before.
    pub fn open(options: OnlineOptions, clock: Clock) -> Result<Self, OnlineError> {
        let https = options.https_roots.as_deref().map(https_roots).transpose()?;
        let OnlineOptions { allowed, routes, timing, .. } = options;
        let rules = FetchRules { allowed, routes, https, timing };
        let folder = options.folder.map(FetchedFolder::new);
        let upstreams = folder.as_ref().map(keeping::upstreams).unwrap_or_default();
        let fetcher = Fetcher::new(rules, clock, Upstreams::restore(upstreams));
        if let Some(folder) = &folder {
            keeping::restore(folder, &fetcher)?;
        }
        Ok(Self { fetcher, folder, news: AtomicU64::new(0), enriched: Mutex::default() })
    }

    /// How the endpoints answer that were asked so far.
    pub fn upstream_rows(&self) -> Vec<UpstreamRow> {
        self.fetcher.upstream_rows()
    }

    /// Has a time-stamping authority answer; its response is not judged here.
    ///
    /// *Errors*: `Refusal`.
    pub async fn time_stamp(&self, url: &Url, request: &[u8]) -> Result<Vec<u8>, Refusal> {
        let response = self.fetcher.time_stamp(url, request).await;
        self.save(Vec::new()).await;
        response
    }

    /// Has a trusted third party answer; what it says is not judged here.
    ///
    /// *Errors*: `Refusal`.
    pub async fn dvcs(&self, url: &Url, request: &[u8]) -> Result<Vec<u8>, Refusal> {
        let response = self.fetcher.dvcs(url, request).await;
        self.save(Vec::new()).await;
        response
    }

    /// Judges, fetches what is missing, and judges again until nothing more can be fetched.
    ///
    /// *Takes* the verifier; the time to judge at, where it is not to be now; where in a `T` its answer is; and how to judge
    /// under a verifier at a time. *Gives* what `judge` gave last. *Cost*: `FETCH_ROUNDS_MAX`, `FETCH_CALL_SECONDS_MAX`,
    /// `FETCHES_PER_BATCH_MAX`.
    ///
    /// *Errors*: those of `judge`. A fetch that fails is a reason of the answer, never an error.
    pub async fn settle<T, E, F: Future<Output = Result<Vec<T>, E>>>(
        &self,
        (base, moment): (&Arc<Verifier>, Option<Timestamp>),
        answer_of: fn(&mut T) -> Option<&mut Answer>,
        mut judge: impl FnMut(Arc<Verifier>, Timestamp) -> F,
    ) -> Result<Vec<T>, E> {
        let now = || moment.unwrap_or_else(|| self.fetcher.now());
        let mut answers = judge(self.enriched(base), now()).await?;
        let (mut ledger, mut guests) = (Ledger::new(), Guests::default());
        let refresh = if moment.is_none() { Refresh::Yes } else { Refresh::No };
        for _ in 0..FETCH_ROUNDS_MAX.value {
            let asks = ledger.plan(answers.iter_mut().map(answer_of), (base.trust(), &self.fetcher), refresh);
            if asks.is_empty() {
                break;
            }
            let before = guests.len();
            let fetched = ledger.ask(&self.fetcher, asks, &mut guests).await;
            let is_news = self.keep(fetched).await;
            if !is_news && guests.len() == before {
                continue;
            }
            // Evidence that was made a moment ago is not known yet at the time the first judgement was made for.
            answers = judge(self.enriched(base), now()).await?;
            if guests.is_empty() {
                continue;
            }
            let beside = Arc::new(self.enriched(base).with_more(guests.pool()));
            let mut adopted = Vec::new();
            for (plain, mut with_guests) in answers.iter_mut().zip(judge(beside, now()).await?) {
                let is_theirs = answer_of(plain).is_some_and(|answer| is_strangers(answer, base.trust()));
                if let Some(answer) = answer_of(&mut with_guests).filter(|_| is_theirs) {
                    adopted.extend(guests.adopt(answer, base.trust(), &self.fetcher));
                    *plain = with_guests;
                }
            }
            self.keep(adopted).await;
        }
        answers.iter_mut().enumerate().for_each(|(index, one)| {
            if let Some(answer) = answer_of(one) {
                ledger.tell(index, answer, base.trust());
            }
        });
        Ok(answers)
    }

    /// Keeps what was fetched; gives whether any of it is new.
    async fn keep(&self, fetched: Vec<Fetched>) -> bool {
        let is_news = fetched.iter().any(|one| one.octets.is_some());
        self.save(fetched).await;
        if is_news {
            self.news.fetch_add(1, Ordering::SeqCst);
        }
        is_news
    }

    /// The verifier with everything that was fetched; made anew only after news.
    fn enriched(&self, base: &Arc<Verifier>) -> Arc<Verifier> {
        let news = self.news.load(Ordering::SeqCst);
        // Nothing is left half-done behind a poisoned lock.
        let mut enriched = self.enriched.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = enriched.as_ref().filter(|known| known.news == news && Arc::ptr_eq(&known.base, base)) {
            return Arc::clone(&known.verifier);
        }
        let verifier = Arc::new(base.with_more(self.evidence()));
        *enriched = Some(Enriched { base: Arc::clone(base), news, verifier: Arc::clone(&verifier) });
        verifier
    }

    fn evidence(&self) -> Pool {
        let mut pool = Pool::default();
        for kept in self.fetcher.kept() {
            match &kept.evidence {
                Evidence::Certificates(certificates) => {
                    certificates.iter().for_each(|c| pool.add_certificate(c.clone()));
                }
                Evidence::Crl(crl) => pool.add_crl(crl.clone()),
                Evidence::Ocsp(response) => pool.add_ocsp_response(OcspResponse::clone(response)),
                // They belong to the document that they were made for, or are no evidence at all.
                Evidence::TimeStamp(_) | Evidence::Dvcs(_) | Evidence::TrustSnapshot(_) => {}
            }
        }
        pool
    }

    /// Keeps what was fetched and how endpoints answered; a disk that fails costs a later fetch, not this answer.
    async fn save(&self, fetched: Vec<Fetched>) {
        let Some(folder) = self.folder.clone() else { return };
        let state = (fetched, self.fetcher.take_gone(), self.fetcher.upstream_records());
        let saved = tokio::task::spawn_blocking(move || keeping::save(&folder, state)).await;
        match saved {
            Ok(Ok(())) => {}
            Ok(Err(cause)) => tracing::warn!(%cause, "what was fetched is not kept"),
            Err(cause) => tracing::error!(%cause, "what was fetched is not kept"),
        }
    }
}

/// How endpoints answered the last time a node or command kept it, read from a node's folder.
pub fn kept_upstream_rows(folder: impl Into<PathBuf>, now: Timestamp) -> Vec<UpstreamRow> {
    Upstreams::restore(keeping::upstreams(&FetchedFolder::new(folder))).rows(now)
}
