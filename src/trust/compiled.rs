//! A snapshot's certificates, read and sorted, ready for paths and for questions about routes.

use std::collections::BTreeMap;

use super::norm::NormVersion;
use super::party::{DomesticTtp, Edge, ForeignCentre, ForeignTtp, PartyAnchor, PartyId, Period, Treaty};
use super::snapshot::{SnapshotError, TrustSnapshot};
use crate::codec::armour;
use crate::path::Pool;
use crate::time::Timestamp;
use crate::x509::Certificate;

/// A snapshot's certificates, ready for paths.
#[derive(Clone, Debug, Default)]
pub struct CompiledTrust {
    /// Domestic and foreign anchors.
    pub anchors: Pool,
    /// Issuing centres.
    pub material: Pool,
    /// Foreign centres with each of their keys, and where they stand by key.
    foreign: Vec<ForeignAnchor>,
    by_key: BTreeMap<Vec<u8>, Vec<usize>>,
    /// Trusted third parties of Kazakhstan.
    pub domestic_ttps: Vec<DomesticTtp>,
    /// Trusted third parties of other states.
    pub foreign_ttps: Vec<ForeignTtp>,
    /// Which centre is registered with which foreign third party.
    pub edges: Vec<Edge>,
    /// Treaties.
    pub treaties: Vec<Treaty>,
    /// Which rules applied when.
    pub norms: Vec<NormVersion>,
    /// As of when all this was known; none where nobody keeps it.
    pub known_at: Option<Timestamp>,
}

/// One key of a foreign centre.
#[derive(Clone, Debug)]
pub struct ForeignAnchor {
    /// The certificate.
    pub certificate: Certificate,
    /// From when to when the centre answers for it; none means always.
    pub period: Option<Period>,
    /// The centre's name.
    pub party: PartyId,
    /// The centre.
    pub centre: ForeignCentre,
}

impl TrustSnapshot {
    /// Reads the certificates into pools: the anchors (domestic and foreign), and what lies below them.
    ///
    /// The keys of third parties are no anchors: they vouch for receipts, and for nothing else.
    pub fn compile(&self) -> Result<CompiledTrust, SnapshotError> {
        let mut trust = CompiledTrust {
            domestic_ttps: self.domestic_ttps.clone(),
            foreign_ttps: self.foreign_ttps.clone(),
            edges: self.edges.clone(),
            treaties: self.treaties.clone(),
            norms: self.norms.clone(),
            known_at: (self.version != Self::UNVERSIONED).then_some(self.issued_at),
            ..CompiledTrust::default()
        };
        for entry in &self.domestic {
            trust.anchors.add_certificate(read(&entry.label, &entry.certificate)?);
        }
        for centre in &self.foreign {
            for anchor in anchors_of(centre)? {
                trust.add_foreign(anchor);
            }
        }
        for encoded in &self.intermediates {
            trust.material.add_certificate(read("intermediate", encoded)?);
        }
        let keys = self.foreign_ttps.iter().map(|ttp| (&ttp.label, &ttp.anchors));
        for (label, anchors) in keys.chain(self.domestic_ttps.iter().map(|ttp| (&ttp.label, &ttp.anchors))) {
            anchors.iter().try_for_each(|anchor| read(label, &anchor.certificate).map(|_| ()))?;
        }
        self.keepers.iter().try_for_each(|keeper| read("keeper", keeper).map(|_| ()))?;
        Ok(trust)
    }
}

impl CompiledTrust {
    /// Takes one more key of a foreign centre.
    pub fn add_foreign(&mut self, anchor: ForeignAnchor) {
        self.anchors.add_certificate(anchor.certificate.clone());
        let key = anchor.certificate.spki_der().to_vec();
        self.by_key.entry(key).or_default().push(self.foreign.len());
        self.foreign.push(anchor);
    }

    /// Foreign centres with each of their keys.
    pub fn foreign(&self) -> &[ForeignAnchor] {
        &self.foreign
    }

    /// The foreign centres whose name and key this certificate carries (RFC 5280 §6.1.1 (d)), whatever certificate the
    /// registry has of them.
    pub(super) fn centres_of<'a>(&'a self, certificate: &Certificate) -> impl Iterator<Item = &'a ForeignAnchor> {
        let places = self.by_key.get(certificate.spki_der()).map_or(&[][..], Vec::as_slice);
        let all = places.iter().filter_map(|place| self.foreign.get(*place));
        all.filter(|anchor| anchor.certificate.subject() == certificate.subject())
    }

    /// The keys that a third party's receipts are signed under, with the periods it answers for them; both domestic and
    /// foreign ones have them.
    pub fn receipt_anchors(&self, ttp: &PartyId) -> Vec<(Certificate, Period)> {
        let read = |anchor: &PartyAnchor| Some((read("", &anchor.certificate).ok()?, anchor.period));
        self.anchors_of_ttp(ttp).iter().filter_map(read).collect()
    }

    /// Those periods alone.
    pub(super) fn receipt_periods(&self, ttp: &PartyId) -> impl Iterator<Item = Period> {
        self.anchors_of_ttp(ttp).iter().map(|anchor| anchor.period)
    }

    fn anchors_of_ttp(&self, ttp: &PartyId) -> &[PartyAnchor] {
        let domestic = self.domestic_ttps.iter().find(|one| one.party == *ttp).map(|one| &one.anchors);
        let foreign = self.foreign_ttps.iter().find(|one| one.party == *ttp).map(|one| &one.anchors);
        domestic.or(foreign).map_or(&[], Vec::as_slice)
    }
}

fn anchors_of(centre: &ForeignCentre) -> Result<Vec<ForeignAnchor>, SnapshotError> {
    let first = read(&centre.label, &centre.certificate)?;
    let party = centre.party.clone().unwrap_or_else(|| PartyId::of_certificate(&first));
    let made =
        |certificate, period| ForeignAnchor { certificate, period, party: party.clone(), centre: centre.clone() };
    let mut all = vec![made(first, centre.period)];
    for anchor in &centre.further_anchors {
        all.push(made(read(&centre.label, &anchor.certificate)?, Some(anchor.period)));
    }
    Ok(all)
}

fn read(label: &str, encoded: &str) -> Result<Certificate, SnapshotError> {
    armour::decode(encoded)
        .and_then(|der| Certificate::parse(&der))
        .map_err(|cause| SnapshotError::Certificate { label: label.to_owned(), cause })
}
