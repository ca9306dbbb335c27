//! The fetcher: one wish at a time to one address, the same wish of many askers once, redirects followed with care.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use metrics::{counter, histogram};
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::Instant;

use super::content::{Evidence, Kind};
use super::error::{FetchError, Refusal};
use super::exchange::{Asked, Reply, exchange};
use super::rules::FetchRules;
use super::shelf::{Kept, Key, Shelf, Validators};
use super::upstream::{Attempt, Ending, Endpoint, UpstreamRecord, UpstreamRow, Upstreams};
use super::url::{Scheme, Url};
use super::vouch::scope_of;
use crate::limits::{
    FETCH_FRESH_SECONDS, FETCH_REDIRECTS_MAX, FETCH_REPEAT_SECONDS, FETCH_STRANGERS_BYTES_MAX, FETCHES_AT_ONCE_MAX,
    Limit,
};
use crate::time::{Clock, Timestamp};
use crate::x509::{Certificate, Fingerprint, OcspRequest};

/// What is wanted from where.
#[derive(Clone, Debug)]
pub struct Wish {
    key: Key,
    question: Question,
    sake: Sake,
}

/// For whose sake something is asked for.
#[derive(Clone, Debug)]
enum Sake {
    /// Our own.
    Own,
    /// A certificate of this issuer's, on a path that reaches an anchor.
    Issuer(Certificate),
    /// A sender's who has not been shown to be anybody.
    Stranger,
}

/// What is sent.
#[derive(Clone, Debug)]
enum Question {
    /// Nothing: it is there to be got.
    Get,
    /// A question to an OCSP responder, which its answer is held to.
    Ocsp(OcspRequest),
    /// A question to a time-stamping authority or to a third party.
    Once(Vec<u8>),
}

impl Wish {
    /// Something that is there to be got.
    pub fn get(kind: Kind, url: Url) -> Self {
        Self { key: Key { kind, url, question: None }, question: Question::Get, sake: Sake::Own }
    }

    /// The status of certificates; the same question whatever its nonce.
    pub fn ocsp(url: Url, request: OcspRequest) -> Self {
        let plain = OcspRequest { nonce: None, ..request.clone() }.encode();
        Self {
            key: Key { kind: Kind::Ocsp, url, question: Some(Fingerprint::of(&plain)) },
            question: Question::Ocsp(request),
            sake: Sake::Own,
        }
    }

    /// The same, about a certificate of this issuer's that is on a path to an anchor: what the issuer signed is kept for longer
    /// than anything else that is told under the same address.
    #[must_use]
    pub fn about_issuer(self, issuer: &Certificate) -> Self {
        Self { sake: Sake::Issuer(issuer.clone()), ..self }
    }

    /// The same for an unknown sender: from public or given addresses alone, kept apart and for a while only, and never on the
    /// account of an endpoint.
    #[must_use]
    pub fn for_stranger(self) -> Self {
        Self { sake: Sake::Stranger, ..self }
    }

    fn is_strangers(&self) -> bool {
        matches!(self.sake, Sake::Stranger)
    }

    fn vouched(&self, evidence: &Evidence) -> Option<Fingerprint> {
        if let Sake::Issuer(issuer) = &self.sake { scope_of(evidence, issuer) } else { None }
    }

    /// Whose breaker counts: a stranger's addresses are counted one by one, and apart.
    fn endpoint(&self) -> Endpoint {
        if self.is_strangers() {
            return Endpoint { host: self.key.url.to_string(), kind: self.key.kind };
        }
        Endpoint::of(&self.key.url, self.key.kind)
    }

    /// Where it comes from and what it is.
    pub fn key(&self) -> &Key {
        &self.key
    }

    fn body(&self) -> Option<Vec<u8>> {
        match &self.question {
            Question::Get => None,
            Question::Ocsp(request) => Some(request.encode()),
            Question::Once(request) => Some(request.clone()),
        }
    }

    /// Reads what came, and holds an OCSP response to its request.
    fn read(&self, octets: &[u8]) -> Result<Evidence, FetchError> {
        let evidence = self.key.kind.read(octets)?;
        if let (Evidence::Ocsp(response), Question::Ocsp(request)) = (&evidence, &self.question) {
            response.check_response_to(request)?;
        }
        Ok(evidence)
    }
}

/// What was fetched, or was at hand because it was fetched a moment ago.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// It, with when it was seen.
    pub kept: Arc<Kept>,
    /// The octets, where they are new.
    pub octets: Option<Arc<[u8]>>,
    /// Whether the network was asked.
    pub asked: bool,
}

/// What is known of something that was fetched before.
#[derive(Clone, Debug)]
pub struct Known {
    /// How to ask for changes.
    pub validators: Validators,
    /// When it was first seen.
    pub seen_at: Timestamp,
    /// When the server last said that it is still what it has.
    pub checked_at: Timestamp,
    /// What it speaks of, where it was found to be signed by whom it was asked about.
    pub vouched: Option<Fingerprint>,
}

type Outcome = Result<Fetched, Refusal>;

/// One fetch and those who wait for it; strangers fly apart.
type Flight = Arc<OnceCell<Outcome>>;

/// What is done for unknown senders, apart from everything else and in memory alone.
#[derive(Debug)]
struct Strangers {
    rules: FetchRules,
    upstreams: Mutex<Upstreams>,
    shelf: Mutex<Shelf>,
}

/// Fetches, remembers what it fetched, and keeps count of how endpoints answer.
#[derive(Debug)]
pub struct Fetcher {
    rules: FetchRules,
    clock: Clock,
    upstreams: Mutex<Upstreams>,
    shelf: Mutex<Shelf>,
    /// What made room on the shelf and is on disk still.
    gone: Mutex<Vec<Arc<Kept>>>,
    strangers: Strangers,
    flights: Mutex<HashMap<(Key, bool), Flight>>,
    places: Semaphore,
}

impl Fetcher {
    /// Puts a fetcher together, with what is remembered of endpoints.
    pub fn new(rules: FetchRules, clock: Clock, upstreams: Upstreams) -> Self {
        let strangers = Strangers {
            rules: rules.for_strangers(),
            upstreams: Mutex::default(),
            shelf: Mutex::new(Shelf::new(&FETCH_STRANGERS_BYTES_MAX)),
        };
        Self {
            rules,
            clock,
            upstreams: Mutex::new(upstreams),
            shelf: Mutex::default(),
            gone: Mutex::default(),
            strangers,
            flights: Mutex::default(),
            places: Semaphore::new(FETCHES_AT_ONCE_MAX.value),
        }
    }

    /// Takes back what was fetched before; what does not read any more is passed over.
    pub fn restore(&self, key: Key, known: Known, octets: &[u8]) {
        if let Ok(evidence) = key.kind.read(octets) {
            let Known { validators, seen_at, checked_at, vouched } = known;
            let (fingerprint, size_bytes) = (Fingerprint::of(octets), octets.len());
            self.shelve(Kept { key, validators, seen_at, checked_at, fingerprint, size_bytes, vouched, evidence });
        }
    }

    /// Takes an issuer that was fetched for a stranger among what is kept, once its path reaches an anchor.
    pub fn adopt(&self, key: Key, seen_at: Timestamp, certificate: &Certificate) -> Fetched {
        let octets: Arc<[u8]> = certificate.der().into();
        let kept = self.shelve(Kept {
            key,
            validators: Validators::default(),
            seen_at,
            checked_at: seen_at,
            fingerprint: certificate.fingerprint(),
            size_bytes: octets.len(),
            vouched: None,
            evidence: Evidence::Certificates(vec![certificate.clone()]),
        });
        Fetched { kept, octets: Some(octets), asked: true }
    }

    fn shelve(&self, kept: Kept) -> Arc<Kept> {
        let kept = Arc::new(kept);
        let gone = lock(&self.shelf).put(&kept);
        lock(&self.gone).extend(gone);
        kept
    }

    /// What made room since this was last asked.
    pub fn take_gone(&self) -> Vec<Arc<Kept>> {
        std::mem::take(&mut *lock(&self.gone))
    }

    /// Everything that is kept.
    pub fn kept(&self) -> Vec<Arc<Kept>> {
        lock(&self.shelf).all().cloned().collect()
    }

    /// How endpoints answer.
    pub fn upstream_rows(&self) -> Vec<UpstreamRow> {
        lock(&self.upstreams).rows(self.clock.now())
    }

    /// The same, for keeping.
    pub fn upstream_records(&self) -> Vec<UpstreamRecord> {
        lock(&self.upstreams).records()
    }

    /// The present time, by the clock that everything here is dated by.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Fetches. Several who want the same at one time share one fetch; what was fetched less than `FETCH_REPEAT_SECONDS` ago
    /// is not asked for again.
    ///
    /// *Errors*: `Refusal`. *Cost*: `Timing.total`, after a place among `FETCHES_AT_ONCE_MAX`.
    pub async fn fetch(&self, wish: &Wish) -> Result<Fetched, Refusal> {
        let flight = Arc::clone(lock(&self.flights).entry((wish.key.clone(), wish.is_strangers())).or_default());
        // Should the one who fetches be dropped, the next in line takes over.
        let outcome = flight.get_or_init(|| self.fetch_alone(wish)).await.clone();
        let mut flights = lock(&self.flights);
        let key = (wish.key.clone(), wish.is_strangers());
        if flights.get(&key).is_some_and(|present| Arc::ptr_eq(present, &flight)) {
            flights.remove(&key);
        }
        outcome
    }

    async fn fetch_alone(&self, wish: &Wish) -> Outcome {
        let (shelf, upstreams) = match wish.sake {
            Sake::Stranger => (&self.strangers.shelf, &self.strangers.upstreams),
            Sake::Own | Sake::Issuer(_) => (&self.shelf, &self.upstreams),
        };
        let held = lock(shelf).get(&wish.key);
        if let Some(kept) = held.clone().filter(|kept| self.is_recent(kept)) {
            return Ok(Fetched { kept, octets: None, asked: false });
        }
        let refused = |error, retry_at| Refusal { url: wish.key.url.clone(), error, retry_at };
        let endpoint = wish.endpoint();
        // INVARIANT: the semaphore is never closed.
        let _place = self.places.acquire().await.map_err(|_| refused(FetchError::Resting, None))?;
        let began = self.clock.now();
        let admitted = lock(upstreams).admit(&endpoint, began);
        admitted.map_err(|until| refused(FetchError::Resting, Some(until)))?;
        let stopwatch = Instant::now();
        let outcome = self.follow(wish, held).await;
        let millis = u32::try_from(stopwatch.elapsed().as_millis()).unwrap_or(u32::MAX);
        let told = outcome.as_ref().map_or_else(FetchError::code, |_| "OK");
        // Never by host: certificates of strangers would make any number of series.
        counter!("qoltanba_fetches_total", "kind" => wish.key.kind.name(), "outcome" => told).increment(1);
        histogram!("qoltanba_fetch_seconds", "kind" => wish.key.kind.name()).record(stopwatch.elapsed().as_secs_f64());
        let attempt =
            |error: Option<&FetchError>| Attempt { at: began, millis, error: error.map(|e| e.code().to_owned()) };
        let conclude = |attempt, ending| lock(upstreams).conclude(&endpoint, attempt, ending, self.clock.now());
        match outcome {
            Ok(fetched) => {
                conclude(attempt(None), Ending::Success);
                // A time stamp or a receipt belongs to one document.
                if wish.is_strangers() {
                    lock(shelf).put(&fetched.kept);
                } else if !matches!(wish.question, Question::Once(_)) {
                    self.shelve(Kept::clone(&fetched.kept));
                }
                Ok(fetched)
            }
            Err(error) => {
                let retry_at = match error {
                    _ if error.blames_endpoint() => {
                        let ending = Ending::Failed { retry_after_seconds: error.retry_after_seconds() };
                        conclude(attempt(Some(&error)), ending)
                    }
                    FetchError::Status { .. } | FetchError::OcspStatus(_) => {
                        conclude(attempt(Some(&error)), Ending::Answered)
                    }
                    // We refused: the endpoint was never asked.
                    _ => None,
                };
                Err(refused(error, retry_at))
            }
        }
    }

    fn is_recent(&self, kept: &Kept) -> bool {
        self.was_checked_within(kept, &FETCH_REPEAT_SECONDS)
    }

    /// Whether this was fetched, or found unchanged, less than `FETCH_FRESH_SECONDS` ago.
    pub fn is_fresh(&self, key: &Key) -> bool {
        let kept = lock(&self.shelf).get(key);
        kept.is_some_and(|kept| self.was_checked_within(&kept, &FETCH_FRESH_SECONDS))
    }

    fn was_checked_within(&self, kept: &Kept, limit: &Limit) -> bool {
        let seconds = i64::try_from(limit.value).unwrap_or(i64::MAX);
        (0..seconds).contains(&self.clock.now().seconds_since(kept.checked_at))
    }

    /// Asks, and goes where a GET is sent on to; every step is checked like the first.
    async fn follow(&self, wish: &Wish, held: Option<Arc<Kept>>) -> Result<Fetched, FetchError> {
        let now = Instant::now();
        let deadline = now.checked_add(self.rules.timing.total).unwrap_or(now);
        // Only what is got can be unchanged: an OCSP answer is to be new.
        let body = wish.body();
        let held = held.filter(|_| body.is_none());
        let rules = if wish.is_strangers() { &self.strangers.rules } else { &self.rules };
        let mut visited = vec![wish.key.url.clone()];
        loop {
            let url = visited.last().unwrap_or(&wish.key.url);
            let asked = Asked {
                url,
                kind: wish.key.kind,
                body: body.as_deref(),
                validators: held.as_ref().map(|kept| &kept.validators),
                deadline,
                now: self.clock.now(),
            };
            match (exchange(&asked, rules).await?, &held) {
                (Reply::Body { octets, validators }, _) => return self.keep(wish, (octets, validators)),
                (Reply::NotModified, Some(kept)) => {
                    let vouched = kept.vouched.or_else(|| wish.vouched(&kept.evidence));
                    let kept = Kept { checked_at: self.clock.now(), vouched, ..Kept::clone(kept) };
                    return Ok(Fetched { kept: Arc::new(kept), octets: None, asked: true });
                }
                // `exchange` takes 304 only where something was held.
                (Reply::NotModified, None) => {
                    return Err(FetchError::Status { status: 304, retry_after_seconds: None });
                }
                (Reply::Redirect { location }, _) => {
                    let next = redirect(wish, (url, &location))?;
                    if visited.contains(&next) || visited.len() > FETCH_REDIRECTS_MAX.value {
                        return Err(FetchError::RedirectLoop);
                    }
                    visited.push(next);
                }
            }
        }
    }

    fn keep(&self, wish: &Wish, (octets, validators): (Vec<u8>, Validators)) -> Result<Fetched, FetchError> {
        let (now, fingerprint) = (self.clock.now(), Fingerprint::of(&octets));
        let shelf = if wish.is_strangers() { &self.strangers.shelf } else { &self.shelf };
        let same = lock(shelf).same(&wish.key, fingerprint).filter(|_| matches!(wish.question, Question::Get));
        if let Some(same) = same {
            let vouched = same.vouched.or_else(|| wish.vouched(&same.evidence));
            let kept = Arc::new(Kept { validators, checked_at: now, vouched, ..Kept::clone(&same) });
            return Ok(Fetched { kept, octets: None, asked: true });
        }
        let evidence = wish.read(&octets)?;
        let kept = Kept {
            key: wish.key.clone(),
            validators,
            seen_at: now,
            checked_at: now,
            fingerprint,
            size_bytes: octets.len(),
            vouched: wish.vouched(&evidence),
            evidence,
        };
        Ok(Fetched { kept: Arc::new(kept), octets: Some(octets.into()), asked: true })
    }

    /// Has a time-stamping authority answer (RFC 3161 §3.4). *Gives* its TimeStampResp as received, not judged.
    ///
    /// *Errors*: `Refusal`.
    pub async fn time_stamp(&self, url: &Url, request: &[u8]) -> Result<Vec<u8>, Refusal> {
        self.ask_once(Kind::TimeStamp, url, request).await
    }

    /// Has a trusted third party answer (RFC 3029 §10.1). *Gives* its answer as received, not judged.
    ///
    /// *Errors*: `Refusal`.
    pub async fn dvcs(&self, url: &Url, request: &[u8]) -> Result<Vec<u8>, Refusal> {
        self.ask_once(Kind::Dvcs, url, request).await
    }

    async fn ask_once(&self, kind: Kind, url: &Url, request: &[u8]) -> Result<Vec<u8>, Refusal> {
        let key = Key { kind, url: url.clone(), question: Some(Fingerprint::of(request)) };
        let wish = Wish { key, question: Question::Once(request.to_vec()), sake: Sake::Own };
        match &self.fetch(&wish).await?.kept.evidence {
            Evidence::TimeStamp(response) | Evidence::Dvcs(response) => Ok(response.clone()),
            _ => Err(Refusal { url: url.clone(), error: FetchError::Unreadable { kind }, retry_at: None }),
        }
    }
}

/// Where a redirect leads. A POST is not sent on (RFC 9110 §15.4: a user would have to agree), nor is anything from https to
/// http.
fn redirect(wish: &Wish, (from, location): (&Url, &str)) -> Result<Url, FetchError> {
    if !matches!(wish.question, Question::Get) {
        return Err(FetchError::RedirectRefused);
    }
    let next = from.join(location)?;
    if from.scheme() == Scheme::Https && next.scheme() == Scheme::Http {
        return Err(FetchError::RedirectRefused);
    }
    Ok(next)
}

/// A poisoned lock means that a bug ended another fetch; what is behind it is whole between statements.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
