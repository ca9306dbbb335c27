//! The trust office: the registry kept in the store, its entries signed, its snapshots published and taken in.

mod error;
mod keys;
mod lists;
mod snapshots;
mod views;

use std::sync::Arc;

use super::{HeldKey, Home, HomeError, Verifier};
use crate::codec::armour;
use crate::ledger::Digest;
use crate::policy::Policy;
use crate::signing::{Packaging, Signer, sign};
use crate::store::files::{self, FileErrorKind};
use crate::store::{self, Store, TrustLogRow};
use crate::time::{Clock, Timestamp};
use crate::trust::{Act, Administrator, Change, EntryContent, PartyId, Registry, Step};
use crate::x509::{Certificate, kz_profile};

pub use error::TrustOfficeError;
pub use keys::{KeyView, holders_of};
pub use lists::{ListOrder, PublishedList, order_of_list};
pub use snapshots::{Accepted, SnapshotOrigin};
pub use views::{
    ChangeView, EntryView, PartyView, changes_of, entries_of, parties_at, party_history, status_changes_of,
};

/// Where the registry is kept, and under whose eyes entries are added.
#[derive(Debug, Clone)]
pub struct TrustOffice {
    home: Home,
    store: Store,
    /// What says whether an administrator's certificate may sign now; none where nothing is trusted yet.
    verifier: Option<Arc<Verifier>>,
    clock: Clock,
}

/// What an administrator wants changed.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProposalOrder {
    /// By which act.
    pub act: Act,
    /// What.
    pub changes: Vec<Change>,
}

/// An entry that was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Added {
    /// Its place.
    pub sequence: u64,
    /// Its digest: how others refer to it.
    pub digest: Digest,
    /// When it says it was written.
    pub recorded_at: Timestamp,
}

/// The certificate that the genesis is signed under, beside the log; without it, the keeper of the snapshot.
const REGISTRY_KEEPER: &str = "registry-keeper.cer";
/// How far an entry's own date may lie from ours.
const CLOCK_SECONDS_MAX: i64 = 300;

impl TrustOffice {
    /// Opens the office.
    pub fn new(home: Home, store: Store, verifier: Option<Arc<Verifier>>, clock: Clock) -> Self {
        Self { home, store, verifier, clock }
    }

    /// Replays the registry.
    ///
    /// *Errors*: `Registry` where there is no log yet, or where it does not hold together.
    pub async fn registry(&self) -> Result<Registry, TrustOfficeError> {
        let log = self.store.trust_log().await?;
        Ok(Registry::replay(log.iter().map(|row| row.signed.as_slice()), &self.keeper()?)?)
    }

    /// Begins the log: with what is trusted here now, and the administrators behind these aliases, signed by the keeper.
    pub async fn begin(&self, keeper: &str, administrators: &[String]) -> Result<Added, TrustOfficeError> {
        if !self.store.trust_log().await?.is_empty() {
            return Err(TrustOfficeError::BegunBefore);
        }
        let held = self.home.keyring().open(keeper)?;
        let administrators = administrators.iter().map(|alias| self.administrator(alias)).collect::<Result<_, _>>()?;
        let snapshot = Box::new(self.home.trust()?.snapshot);
        let step = Step::Genesis { administrators, snapshot };
        let place = crate::ledger::Ledger::new().next_place();
        let content = EntryContent::new(place, PartyId::new(keeper)?, self.clock.now(), step);
        let signed = self.sign(&content, &held)?;
        Registry::begin(&signed, &held.certificate)?;
        // Before the entry: a log without its keeper could not be read, a keeper without a log harms nobody.
        files::write(&self.home.folder().join(REGISTRY_KEEPER), held.certificate.der())?;
        self.keep(&content, signed).await
    }

    /// Proposes changes as the administrator behind an alias.
    pub async fn propose(&self, alias: &str, order: ProposalOrder) -> Result<Added, TrustOfficeError> {
        let ProposalOrder { act, changes } = order;
        self.step(alias, Step::Proposal { act, changes }).await
    }

    /// Approves a proposal as the administrator behind an alias.
    pub async fn approve(&self, alias: &str, proposal: Digest) -> Result<Added, TrustOfficeError> {
        self.step(alias, Step::Approval { proposal }).await
    }

    /// Rejects or withdraws a proposal as the administrator behind an alias.
    pub async fn reject(&self, alias: &str, proposal: Digest, reason: String) -> Result<Added, TrustOfficeError> {
        self.step(alias, Step::Rejection { proposal, reason }).await
    }

    /// Takes an entry that an administrator signed elsewhere.
    ///
    /// *Errors*: `Registry` for what the registry refuses, `Store` with a conflict where another was first.
    pub async fn take(&self, signed: &[u8]) -> Result<Added, TrustOfficeError> {
        let mut registry = self.registry().await?;
        // Whoever signs is asked about as of before the entry: it may remove its own signer.
        let before = self.registry().await?;
        let octets = armour::strip(signed).map_err(crate::trust::StatementError::from);
        let octets = octets.map_err(crate::trust::RegistryError::from)?.into_owned();
        let content = registry.push(&octets)?.content.clone();
        self.check_signer(&before, &content)?;
        self.keep(&content, octets).await
    }

    /// Takes one step: signed, held to the registry, then kept.
    async fn step(&self, alias: &str, step: Step) -> Result<Added, TrustOfficeError> {
        let mut registry = self.registry().await?;
        let held = self.home.keyring().open(alias)?;
        let by = administrator_of(&registry, &held, alias)?;
        let content = EntryContent::new(registry.next_place(), by, self.clock.now(), step);
        registry.allows(&content)?;
        self.check_signer(&registry, &content)?;
        let signed = self.sign(&content, &held)?;
        registry.push(&signed)?;
        self.keep(&content, signed).await
    }

    /// A crash before this leaves nothing; after it, the entry.
    async fn keep(&self, content: &EntryContent, signed: Vec<u8>) -> Result<Added, TrustOfficeError> {
        let row = TrustLogRow {
            sequence: content.sequence,
            previous: content.previous.map(|digest| store::Digest(*digest.octets())),
            digest: store::Digest::of(&signed),
            recorded_at: content.recorded_at,
            signed,
            received_at: self.clock.now(),
        };
        self.store.append_trust_entry(&row).await?;
        let digest = Digest::from_octets(row.digest.0);
        Ok(Added { sequence: row.sequence, digest, recorded_at: row.recorded_at })
    }

    fn sign(&self, content: &EntryContent, held: &HeldKey) -> Result<Vec<u8>, TrustOfficeError> {
        let signer = Signer::new(held.key.as_ref(), &held.certificate)?.at(self.clock.now());
        Ok(sign(&content.encode(), Packaging::Attached, &signer)?)
    }

    /// Whether the entry is of now, and its signer's certificate may sign now.
    fn check_signer(&self, registry: &Registry, content: &EntryContent) -> Result<(), TrustOfficeError> {
        let (now, dated) = (self.clock.now(), content.recorded_at);
        if now.seconds_since(dated).saturating_abs() > CLOCK_SECONDS_MAX {
            return Err(TrustOfficeError::Clock { dated, now });
        }
        let administrator = registry.state().administrator(&content.by);
        let certificate = administrator.and_then(|one| one.certificate().ok());
        let stranger = || TrustOfficeError::NotAnAdministrator { alias: content.by.to_string() };
        let certificate = certificate.ok_or_else(stranger)?;
        let Some(verifier) = &self.verifier else { return Ok(()) };
        let reasons = verifier.check_signing_certificate(&certificate, now);
        if reasons.is_empty() { Ok(()) } else { Err(TrustOfficeError::SignerNotValid(reasons)) }
    }

    /// The administrator behind an alias, by what the certificate says.
    fn administrator(&self, alias: &str) -> Result<Administrator, TrustOfficeError> {
        let certificate = self.home.keyring().open(alias)?.certificate;
        let person = kz_profile::iin(&certificate).map_or_else(|| certificate.subject().to_string(), str::to_owned);
        Ok(Administrator { id: PartyId::new(alias)?, person, certificate: armour::encode(certificate.der()) })
    }

    fn keeper(&self) -> Result<Certificate, TrustOfficeError> {
        match files::read(&self.home.folder().join(REGISTRY_KEEPER)) {
            Ok(octets) => {
                armour::strip(&octets).and_then(|der| Certificate::parse(&der)).map_err(TrustOfficeError::Keeper)
            }
            Err(e) if e.kind == FileErrorKind::NotFound => Ok(self.home.keeper()?),
            Err(e) => Err(e.into()),
        }
    }
}

/// Under which name whoever holds this key administers.
fn administrator_of(registry: &Registry, held: &HeldKey, alias: &str) -> Result<PartyId, TrustOfficeError> {
    let is_his = |one: &&Administrator| one.certificate().is_ok_and(|certificate| certificate == held.certificate);
    let found = registry.state().administrators().find(is_his);
    let nobody = || TrustOfficeError::NotAnAdministrator { alias: alias.to_owned() };
    found.map(|one| one.id.clone()).ok_or_else(nobody)
}

/// Opens the office of a node's folder, under the last good trust of folder and store.
///
/// *Errors*: those of a folder whose trust or evidence cannot be used and that has no better in its store. Where there is no
/// trust at all yet, nobody's certificate is asked about.
pub async fn office_of(
    home: &Home,
    store: &Store,
    (policy, clock): (Policy, Clock),
) -> Result<TrustOffice, TrustOfficeError> {
    let verifier = match home.verifier_of_last_good(policy, store).await {
        Ok(verifier) => Some(Arc::new(verifier)),
        // One that is kept and does not open here is trust that cannot be used.
        Err(HomeError::NoSnapshot { .. }) if store.latest_snapshot().await?.is_none() => None,
        Err(error) => return Err(error.into()),
    };
    Ok(TrustOffice::new(home.clone(), store.clone(), verifier, clock))
}
