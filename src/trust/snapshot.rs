//! The snapshot: an immutable, versioned statement of whom we trust, named by its digest and signed by its keeper.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::norm::NormVersion;
use super::party::{AnchorEntry, DomesticTtp, Edge, ForeignCentre, ForeignTtp, PartyAnchor, PartyId, Period, Treaty};
use super::signed::{StatementError, open_statement};
use crate::codec::{Malformed, armour, json};
use crate::limits::{LimitExceeded, SNAPSHOT_BYTES_MAX};
use crate::time::Timestamp;
use crate::x509::{Certificate, Fingerprint};

/// Whom we trust, as of one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustSnapshot {
    /// `qoltanba/trust-snapshot/2`, or 1, which has none of the parts after `foreign`.
    pub schema: String,
    /// Grows with every edition.
    pub version: u64,
    /// When this edition was made: what it says is what was known then.
    pub issued_at: Timestamp,
    /// Under which norm, in words.
    pub norm: String,
    /// National anchors of every generation.
    pub domestic: Vec<AnchorEntry>,
    /// Issuing centres and other material below the anchors, DER in base64: carried, not trusted.
    pub intermediates: Vec<String>,
    /// Foreign certification centres: registered here, with a foreign third party, or covered by a treaty.
    pub foreign: Vec<ForeignCentre>,
    /// Trusted third parties of Kazakhstan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domestic_ttps: Vec<DomesticTtp>,
    /// Trusted third parties of other states.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub foreign_ttps: Vec<ForeignTtp>,
    /// Which centre is registered with which foreign third party.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edges: Vec<Edge>,
    /// Treaties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub treaties: Vec<Treaty>,
    /// Which rules applied when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub norms: Vec<NormVersion>,
    /// Who may sign the next edition, DER in base64; without any, whoever signed this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keepers: Vec<String>,
    /// Digest of the registry's log up to this edition; none where it comes from no registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_head: Option<String>,
}

/// A snapshot that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// Not the JSON of a snapshot.
    #[error("the trust snapshot is not the JSON it should be: line {line}, column {column}")]
    Json {
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault, from 1.
        column: usize,
    },
    /// The schema is not known, or does not have everything that is there.
    #[error("the trust snapshot follows an unknown schema; expected qoltanba/trust-snapshot/2 or 1")]
    Schema,
    /// Its octets are not canonical, so its digest would not name it.
    #[error("the trust snapshot is not canonical JSON (RFC 8785)")]
    NotCanonical,
    /// A certificate in it does not read.
    #[error("the certificate of `{label}` does not read: {cause}")]
    Certificate {
        /// The entry.
        label: String,
        /// Why.
        cause: Malformed,
    },
    /// The events of a registration are not in order.
    #[error("the registration events of `{label}` are not in the order of their dates")]
    Order {
        /// The entry.
        label: String,
    },
    /// Two parties of one name.
    #[error("two parties of the trust snapshot are named `{party}`")]
    Doubled {
        /// The name.
        party: PartyId,
    },
    /// A third party of another state that answers for a key of one of this country.
    #[error(
        "`{party}` has an anchor that a third party of this country has: whose a receipt under it is, nobody could tell"
    )]
    SharedAnchor {
        /// The third party of another state.
        party: PartyId,
    },
    /// One certificate in two entries of a party that hold at one time: whoever ends one would think it ended.
    #[error("`{label}` has one certificate in two entries whose periods overlap")]
    AnchorTwice {
        /// The party.
        label: String,
    },
    /// One registration abroad in two entries that hold at one time.
    #[error("`{centre}` is registered with `{ttp}` in two entries whose periods overlap")]
    EdgeTwice {
        /// The third party.
        ttp: PartyId,
        /// The centre.
        centre: PartyId,
    },
    /// A name that is nobody's.
    #[error("the trust snapshot speaks of `{party}`, whom it does not describe")]
    Unknown {
        /// The name.
        party: PartyId,
    },
    /// A period that ends before it begins, an amount that is none, a voiding that begins after its own announcement.
    #[error("the entry `{label}` of the trust snapshot holds a period or an amount that makes no sense")]
    Nonsense {
        /// The entry.
        label: String,
    },
    /// Larger than any snapshot may be.
    #[error("the trust snapshot has {0}")]
    Limit(#[from] LimitExceeded),
}

/// A signed snapshot that cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignedSnapshotError {
    /// The envelope does not read.
    #[error("the signed trust snapshot does not read: {0}")]
    Malformed(#[from] Malformed),
    /// Not signed by exactly one signer over attached content.
    #[error("a signed trust snapshot has exactly one signer and carries its content")]
    Shape,
    /// The signer is not the keeper that is configured.
    #[error("the trust snapshot is not signed by the configured keeper")]
    Signer,
    /// The signer is no longer among those who may sign.
    #[error("the trust snapshot is signed by a keeper whom version {held_version}, held here, no longer names")]
    KeeperRemoved {
        /// Version of the snapshot held.
        held_version: u64,
    },
    /// It has no version.
    #[error("a signed trust snapshot has a version from 1 on")]
    Unversioned,
    /// The signature does not hold.
    #[error("the signature on the trust snapshot does not hold")]
    Signature,
    /// What is signed is no snapshot.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

impl From<StatementError> for SignedSnapshotError {
    fn from(error: StatementError) -> Self {
        match error {
            StatementError::Malformed(cause) => Self::Malformed(cause),
            StatementError::Shape => Self::Shape,
            StatementError::Signer => Self::Signer,
            StatementError::Signature => Self::Signature,
        }
    }
}

impl TrustSnapshot {
    /// The schema that this program writes.
    pub const SCHEMA: &'static str = "qoltanba/trust-snapshot/2";
    /// The first schema, which it still reads.
    pub const FIRST_SCHEMA: &'static str = "qoltanba/trust-snapshot/1";

    /// The version of a snapshot that nobody keeps: it does not age.
    pub const UNVERSIONED: u64 = 0;

    /// A snapshot of nobody.
    pub fn empty(version: u64, issued_at: Timestamp, norm: impl Into<String>) -> Self {
        Self {
            schema: Self::SCHEMA.to_owned(),
            version,
            issued_at,
            norm: norm.into(),
            domestic: Vec::new(),
            intermediates: Vec::new(),
            foreign: Vec::new(),
            domestic_ttps: Vec::new(),
            foreign_ttps: Vec::new(),
            edges: Vec::new(),
            treaties: Vec::new(),
            norms: Vec::new(),
            keepers: Vec::new(),
            log_head: None,
        }
    }

    /// A snapshot of certificates given on the command line: self-issued ones are domestic anchors, the rest
    /// intermediates. It has no version, no keeper and no date, so that the same certificates make the same snapshot.
    pub fn of_certificates(certificates: &[Certificate]) -> Self {
        let mut sorted: Vec<&Certificate> = certificates.iter().collect();
        sorted.sort_by_key(|c| c.fingerprint());
        sorted.dedup();
        let (roots, others): (Vec<&Certificate>, Vec<_>) = sorted.into_iter().partition(|c| c.is_self_issued());
        let entry =
            |c: &Certificate| AnchorEntry { label: c.subject().to_string(), certificate: armour::encode(c.der()) };
        Self {
            domestic: roots.into_iter().map(entry).collect(),
            intermediates: others.into_iter().map(|c| armour::encode(c.der())).collect(),
            ..Self::empty(Self::UNVERSIONED, Timestamp::default(), "given on the command line")
        }
    }

    /// Reads the canonical JSON of a snapshot.
    pub fn parse(octets: &[u8]) -> Result<Self, SnapshotError> {
        SNAPSHOT_BYTES_MAX.check(octets.len())?;
        let snapshot: Self =
            serde_json::from_slice(octets).map_err(|e| SnapshotError::Json { line: e.line(), column: e.column() })?;
        let known = match snapshot.schema.as_str() {
            Self::SCHEMA => true,
            Self::FIRST_SCHEMA => snapshot.is_of_first_schema(),
            _ => false,
        };
        if !known {
            return Err(SnapshotError::Schema);
        }
        if snapshot.encode() != octets {
            return Err(SnapshotError::NotCanonical);
        }
        snapshot.check()?;
        Ok(snapshot)
    }

    /// Encodes the snapshot as canonical JSON.
    pub fn encode(&self) -> Vec<u8> {
        // INVARIANT: a snapshot holds strings, integers and lists, which JSON always can.
        #[expect(clippy::expect_used, reason = "strings, integers and lists only")]
        json::canonical(self).expect("a snapshot encodes")
    }

    /// The snapshot's name: SHA-256 over its canonical JSON, as `sha256:…`.
    pub fn digest(&self) -> String {
        format!("sha256:{}", Fingerprint::of(&self.encode()))
    }

    /// Whether everything in it hangs together: certificates read, events stand in order, names are somebody's.
    pub fn check(&self) -> Result<(), SnapshotError> {
        self.check_shape()?;
        self.compile().map(|_| ())
    }

    /// The same without reading certificates.
    pub(super) fn check_shape(&self) -> Result<(), SnapshotError> {
        self.check_order()?;
        self.check_names()?;
        self.check_anchors()?;
        self.check_sense()?;
        self.check_periods()
    }

    fn is_of_first_schema(&self) -> bool {
        let bare = |centre: &ForeignCentre| {
            let named = centre.party.is_some() || centre.period.is_some();
            let more =
                !(centre.further_anchors.is_empty() && centre.scopes.is_empty() && centre.role_equivalences.is_empty());
            !named && !more && centre.events.iter().all(super::StatusEvent::is_of_first_schema)
        };
        let parties = self.domestic_ttps.is_empty() && self.foreign_ttps.is_empty() && self.treaties.is_empty();
        let rest = self.edges.is_empty() && self.norms.is_empty() && self.keepers.is_empty() && self.log_head.is_none();
        parties && rest && self.foreign.iter().all(bare)
    }

    fn check_order(&self) -> Result<(), SnapshotError> {
        let centres = self.foreign.iter().map(|centre| (&centre.label, &centre.events));
        let ttps = self.foreign_ttps.iter().map(|ttp| (&ttp.label, &ttp.events));
        for (label, events) in centres.chain(ttps) {
            if !events.is_sorted_by_key(|e| e.effective_from) {
                return Err(SnapshotError::Order { label: label.clone() });
            }
        }
        Ok(())
    }

    fn check_names(&self) -> Result<(), SnapshotError> {
        let centres: BTreeSet<&PartyId> = self.foreign.iter().filter_map(|centre| centre.party.as_ref()).collect();
        let foreign_ttps: BTreeSet<&PartyId> = self.foreign_ttps.iter().map(|ttp| &ttp.party).collect();
        let domestic = self.domestic_ttps.iter().map(|ttp| &ttp.party);
        let treaties = self.treaties.iter().map(|treaty| &treaty.party);
        let mut all: BTreeSet<&PartyId> = BTreeSet::new();
        let named = self.foreign.iter().filter_map(|centre| centre.party.as_ref());
        let ttps = self.foreign_ttps.iter().map(|ttp| &ttp.party);
        for party in named.chain(ttps).chain(domestic).chain(treaties) {
            if !all.insert(party) {
                return Err(SnapshotError::Doubled { party: party.clone() });
            }
        }
        let of_edges = self.edges.iter().flat_map(|edge| [(&edge.ttp, &foreign_ttps), (&edge.centre, &centres)]);
        let of_treaties =
            self.treaties.iter().flat_map(|treaty| treaty.centres.iter().map(|centre| (centre, &centres)));
        for (party, known) in of_edges.chain(of_treaties) {
            if !known.contains(party) {
                return Err(SnapshotError::Unknown { party: party.clone() });
            }
        }
        match self.treaties.iter().flat_map(|treaty| &treaty.accepted_receipts).find(|party| !all.contains(party)) {
            Some(party) => Err(SnapshotError::Unknown { party: party.clone() }),
            None => Ok(()),
        }
    }

    /// A receipt under an anchor of both would be taken for a domestic one.
    fn check_anchors(&self) -> Result<(), SnapshotError> {
        let domestic = self.domestic_ttps.iter().flat_map(|ttp| &ttp.anchors);
        let domestic: BTreeSet<Vec<u8>> =
            domestic.filter_map(|anchor| armour::decode(&anchor.certificate).ok()).collect();
        let is_domestic = |anchor: &super::PartyAnchor| {
            armour::decode(&anchor.certificate).is_ok_and(|certificate| domestic.contains(&certificate))
        };
        match self.foreign_ttps.iter().find(|ttp| ttp.anchors.iter().any(is_domestic)) {
            Some(ttp) => Err(SnapshotError::SharedAnchor { party: ttp.party.clone() }),
            None => Ok(()),
        }
    }

    /// No key of a party and no edge stands twice at one time: what is ended is ended.
    fn check_periods(&self) -> Result<(), SnapshotError> {
        let once = |label: &str, keys: Vec<(&String, Period)>| {
            let der = keys.into_iter().filter_map(|(key, period)| Some((armour::decode(key).ok()?, period)));
            match overlapping(der) {
                Some(_) => Err(SnapshotError::AnchorTwice { label: label.to_owned() }),
                None => Ok(()),
            }
        };
        let always = Period::since(Timestamp::from_unix_millis(i64::MIN));
        for centre in &self.foreign {
            let mut all = keys(&centre.further_anchors);
            all.push((&centre.certificate, centre.period.unwrap_or(always)));
            once(&centre.label, all)?;
        }
        self.foreign_ttps.iter().try_for_each(|ttp| once(ttp.party.as_str(), keys(&ttp.anchors)))?;
        self.domestic_ttps.iter().try_for_each(|ttp| once(ttp.party.as_str(), keys(&ttp.anchors)))?;
        match overlapping(self.edges.iter().map(|edge| ((&edge.ttp, &edge.centre), edge.period))) {
            Some((ttp, centre)) => Err(SnapshotError::EdgeTwice { ttp: ttp.clone(), centre: centre.clone() }),
            None => Ok(()),
        }
    }

    fn check_sense(&self) -> Result<(), SnapshotError> {
        let sense = |label: &str, holds: bool| {
            if holds { Ok(()) } else { Err(SnapshotError::Nonsense { label: label.to_owned() }) }
        };
        let events = |events: &[super::StatusEvent]| {
            events.iter().all(|e| e.retroactive_from.is_none_or(|from| from <= e.effective_from))
        };
        let scopes = |scopes: &[super::Scope]| {
            scopes.iter().all(|scope| {
                scope.period.is_none_or(|p| p.is_sound())
                    && scope.max_amount.as_ref().is_none_or(super::Money::is_sound)
            })
        };
        let anchors = |anchors: &[super::PartyAnchor]| anchors.iter().all(|anchor| anchor.period.is_sound());
        for centre in &self.foreign {
            let period = centre.period.is_none_or(|p| p.is_sound()) && anchors(&centre.further_anchors);
            sense(&centre.label, period && events(&centre.events) && scopes(&centre.scopes))?;
        }
        for ttp in &self.foreign_ttps {
            sense(&ttp.label, events(&ttp.events) && scopes(&ttp.scopes) && anchors(&ttp.anchors))?;
        }
        for ttp in &self.domestic_ttps {
            sense(&ttp.label, anchors(&ttp.anchors))?;
        }
        for treaty in &self.treaties {
            let period = treaty.in_force.is_none_or(|p| p.is_sound());
            sense(treaty.party.as_str(), period && scopes(&treaty.scopes))?;
        }
        for edge in &self.edges {
            sense(edge.ttp.as_str(), edge.period.is_sound())?;
        }
        self.norms.iter().try_for_each(|norm| sense(&norm.id, Period::is_sound(&norm.in_force)))
    }
}

fn keys(anchors: &[PartyAnchor]) -> Vec<(&String, Period)> {
    anchors.iter().map(|anchor| (&anchor.certificate, anchor.period)).collect()
}

/// What stands in two of these periods at one time. Each of them is to be sound.
fn overlapping<K: Ord>(periods: impl Iterator<Item = (K, Period)>) -> Option<K> {
    let mut all: Vec<_> = periods.collect();
    all.sort_by(|(one, a), (other, b)| (one, a.from).cmp(&(other, b.from)));
    let mut before: Option<(K, Period)> = None;
    for (key, period) in all {
        if before.is_some_and(|(last, earlier)| last == key && earlier.overlaps(&period)) {
            return Some(key);
        }
        before = Some((key, period));
    }
    None
}

/// Opens a signed snapshot (CMS SignedData, attached, one signer) that must be signed with the key of `keeper`.
pub fn open_signed_snapshot(message: &[u8], keeper: &Certificate) -> Result<TrustSnapshot, SignedSnapshotError> {
    match TrustSnapshot::parse(&open_statement(message, keeper)?)? {
        // One without a version could neither age nor be told from an older one.
        snapshot if snapshot.version == TrustSnapshot::UNVERSIONED => Err(SignedSnapshotError::Unversioned),
        snapshot => Ok(snapshot),
    }
}

/// Opens a snapshot that is to take the place of the one held: signed by whom that one names, or, where it names nobody,
/// by the configured keeper.
pub fn open_next_snapshot(
    message: &[u8],
    configured: &Certificate,
    held: Option<&TrustSnapshot>,
) -> Result<TrustSnapshot, SignedSnapshotError> {
    let Some(held) = held.filter(|held| !held.keepers.is_empty()) else {
        return open_signed_snapshot(message, configured);
    };
    let named = held.keepers.iter().filter_map(|encoded| Certificate::parse(&armour::decode(encoded).ok()?).ok());
    let mut refused = None;
    for keeper in named {
        match open_signed_snapshot(message, &keeper) {
            Err(SignedSnapshotError::Signer) => {}
            // Two certificates may share issuer and serial number only where somebody cheats.
            Err(error) => refused = Some(error),
            opened => return opened,
        }
    }
    // Whoever is configured, and no longer named, was removed.
    match refused {
        Some(error) => Err(error),
        None => match open_signed_snapshot(message, configured) {
            Ok(_) => Err(SignedSnapshotError::KeeperRemoved { held_version: held.version }),
            Err(error) => Err(error),
        },
    }
}
