//! What every request handler shares.

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Notify;

use super::error::{ApiError, ProblemDetail};
use super::held::Room;
use super::shares::{Shares, Sharing};
use super::workers::Workers;
use crate::limits::{
    API_BATCHES_KEYLESS_MAX, API_BATCHES_MAX, API_BATCHES_PER_CLIENT_MAX, API_REQUESTS_KEYLESS_MAX, API_REQUESTS_MAX,
    API_REQUESTS_PER_CLIENT_MAX,
};
use crate::policy::Policy;
use crate::service::devkit::DevkitCentre;
use crate::service::{
    Jobs, Keyring, Node, Office, Online, Permits, ReceiptOffice, TimeStamper, TrustOffice, Verifier, VerifyAccess,
};
use crate::store::Store;
use crate::time::{Clock, Timestamp};

/// The state of a node. Clones share it.
#[derive(Clone, Debug)]
pub struct ApiState(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    verifier: RwLock<Option<Arc<Verifier>>>,
    policy: Policy,
    office: Option<Office>,
    online: Option<Arc<Online>>,
    clock: Clock,
    verify_access: VerifyAccess,
    time_stamper: Option<Arc<TimeStamper>>,
    third_party: Option<Arc<ReceiptOffice>>,
    centre: Option<Arc<DevkitCentre>>,
    processors: usize,
    workers: Workers,
    clerks: Workers,
    room: Room,
    batches: Arc<Shares>,
    requests: Arc<Shares>,
    job_bell: Notify,
}

/// As many as wait for the store at a time without crowding its connections.
const CLERKS: usize = 8;
const BATCHES: Sharing =
    Sharing { places: &API_BATCHES_MAX, each: &API_BATCHES_PER_CLIENT_MAX, keyless: &API_BATCHES_KEYLESS_MAX };
const REQUESTS: Sharing =
    Sharing { places: &API_REQUESTS_MAX, each: &API_REQUESTS_PER_CLIENT_MAX, keyless: &API_REQUESTS_KEYLESS_MAX };

impl ApiState {
    /// Puts a node together.
    pub fn new(node: Node) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self(Arc::new(Shared {
            verifier: RwLock::new(node.verifier),
            policy: node.policy,
            office: node.office,
            online: node.online,
            clock: node.clock,
            verify_access: node.verify_access,
            time_stamper: node.time_stamper,
            third_party: node.third_party,
            centre: node.centre,
            processors,
            workers: Workers::new(processors),
            clerks: Workers::new(CLERKS),
            room: Room::new(),
            batches: Shares::new(BATCHES),
            requests: Shares::new(REQUESTS),
            job_bell: Notify::new(),
        }))
    }

    /// Puts another verifier in the place of the present one; requests under way finish with the one they began with.
    pub fn replace_verifier(&self, verifier: Arc<Verifier>) {
        *self.0.verifier.write().unwrap_or_else(PoisonError::into_inner) = Some(verifier);
    }

    /// What verifies, where it is fresh enough: a node that is not ready does not work either.
    pub(super) fn verifier(&self) -> Result<Arc<Verifier>, ApiError> {
        let verifier = self.held()?;
        if self.now() < verifier.fresh_until() { Ok(verifier) } else { Err(ApiError::SnapshotStale) }
    }

    /// What was loaded, fresh or not.
    pub(super) fn held(&self) -> Result<Arc<Verifier>, ApiError> {
        self.0.verifier.read().unwrap_or_else(PoisonError::into_inner).clone().ok_or(ApiError::NoSnapshot)
    }

    pub(super) fn store(&self) -> Result<&Store, ApiError> {
        Ok(&self.office()?.store)
    }

    /// What issues and reads permits, under the verifier of this moment.
    pub(super) fn permits(&self) -> Result<Permits, ApiError> {
        let Office { home, store } = self.office()?;
        Ok(Permits::new(store.clone(), self.verifier()?, home.keyring(), self.0.clock))
    }

    pub(super) fn jobs(&self) -> Result<Jobs, ApiError> {
        Ok(Jobs::new(self.store()?.clone(), self.0.clock))
    }

    /// Rings when a job has come.
    pub(super) fn job_bell(&self) -> &Notify {
        &self.0.job_bell
    }

    pub(super) fn keyring(&self) -> Result<Keyring, ApiError> {
        Ok(self.office()?.home.keyring())
    }

    /// Where the registry is kept.
    pub(super) fn trust_office(&self) -> Result<TrustOffice, ApiError> {
        let Office { home, store } = self.office()?;
        Ok(TrustOffice::new(home.clone(), store.clone(), self.held().ok(), self.0.clock))
    }

    fn office(&self) -> Result<&Office, ApiError> {
        self.0.office.as_ref().ok_or(ApiError::NoStore)
    }

    /// What fetches, on a node that does.
    pub(super) fn online(&self) -> Result<Arc<Online>, ApiError> {
        self.0.online.clone().ok_or(ApiError::NotOnline)
    }

    /// Reads trust and evidence from the node's folder again. Takes a while: not for a thread that must not wait.
    ///
    /// *Errors*: `Home` where the folder does not load, `SnapshotOlder` where it was set back; what was in use stays.
    pub async fn reload(&self) -> Result<Arc<Verifier>, ApiError> {
        let office = self.office()?.clone();
        let (home, policy) = (office.home.clone(), self.0.policy.clone());
        let fresh = Arc::new(self.clerks().run(move || home.verifier(policy)).await??);
        let offered = fresh.trust().snapshot.version;
        // Whoever can set a folder back must not bring a revoked centre back to life.
        if let Ok(present) = self.held()
            && offered < present.trust().snapshot.version
        {
            return Err(ApiError::SnapshotOlder { offered, held: present.trust().snapshot.version });
        }
        office.home.remember(&office.store, fresh.trust(), self.now()).await?;
        self.replace_verifier(Arc::clone(&fresh));
        Ok(fresh)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    pub(super) fn clock(&self) -> Clock {
        self.0.clock
    }

    pub(super) fn verify_access(&self) -> VerifyAccess {
        self.0.verify_access
    }

    pub(super) fn time_stamper(&self) -> Option<Arc<TimeStamper>> {
        self.0.time_stamper.clone()
    }

    /// What gives receipts, on a node that is a trusted third party.
    pub(super) fn third_party(&self) -> Option<Arc<ReceiptOffice>> {
        self.0.third_party.clone()
    }

    /// What asks third parties again: only where there is a network and a store.
    pub(super) fn foreign_desk(&self) -> Option<(Arc<Online>, Store)> {
        Some((self.0.online.clone()?, self.office().ok()?.store.clone()))
    }

    /// The centres of a test PKI, where they are served.
    pub(super) fn centre(&self) -> Option<Arc<DevkitCentre>> {
        self.0.centre.clone()
    }

    pub(super) fn workers(&self) -> &Workers {
        &self.0.workers
    }

    /// Places for work that waits for the store and the disk more than it computes.
    pub(super) fn clerks(&self) -> &Workers {
        &self.0.clerks
    }

    pub(super) fn room(&self) -> &Room {
        &self.0.room
    }

    /// Places for batches.
    pub(super) fn batches(&self) -> &Arc<Shares> {
        &self.0.batches
    }

    /// Places for documents that are sent one by one.
    pub(super) fn requests(&self) -> &Arc<Shares> {
        &self.0.requests
    }

    pub(super) fn processors(&self) -> usize {
        self.0.processors
    }

    /// Why the node is not ready for work; empty where it is.
    pub(super) async fn hindrances(&self) -> Vec<ProblemDetail> {
        let mut found = Vec::new();
        match self.held() {
            Ok(verifier) => found.extend(snapshot_hindrance(&verifier, self.now())),
            Err(error) => {
                found.push(hindrance("trust_snapshot", "SNAPSHOT_MISSING", error.to_string()));
            }
        }
        if let Some(fault) = self.time_stamper().and_then(|stamper| stamper.watch().now().err()) {
            found.push(hindrance("clock", "CLOCK_NOT_RELIABLE", fault.to_string()));
        }
        if let Ok(store) = self.store()
            && let Err(error) = store.meta().await
        {
            tracing::warn!(cause = %error, "the store does not answer");
            found.push(hindrance("store", "STORE_AWAY", "the store does not answer".to_owned()));
        }
        found
    }
}

/// A snapshot is fresh from its making for as long as the policy says.
fn snapshot_hindrance(verifier: &Verifier, now: Timestamp) -> Option<ProblemDetail> {
    let (issued_at, until) = (verifier.trust().snapshot.issued_at, verifier.fresh_until());
    (now >= until).then(|| {
        let text = format!("the trust snapshot was made at {issued_at} and was to be replaced before {until}");
        hindrance("trust_snapshot", "SNAPSHOT_STALE", text)
    })
}

fn hindrance(path: &str, code: &'static str, text: String) -> ProblemDetail {
    ProblemDetail { path: path.to_owned(), code, text, hint: None }
}
