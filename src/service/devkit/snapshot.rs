//! Trust snapshots of the plan: whom a node of each country trusts.

use super::issue::signing;
use super::plan::{ForeignThirdPartyPlan, RegistrationPlan, SnapshotPlan, ThirdPartyPlan};
use super::{DevkitError, DevkitPki};
use crate::codec::armour;
use crate::signing::{self as sign, Packaging};
use crate::time::Timestamp;
use crate::trust::{
    AnchorEntry, DomesticTtp, Edge, ForeignCentre, ForeignTtp, PartyAnchor, PartyId, Period, ReceiptKind,
    ReceiptProfile, TrustSnapshot,
};

impl DevkitPki {
    /// The trust snapshot: whom a node that works with this PKI trusts.
    pub fn snapshot(&self) -> Result<TrustSnapshot, DevkitError> {
        self.snapshot_of(&self.plan().snapshot)
    }

    /// The trust snapshot under its keeper's signature.
    pub fn signed_snapshot(&self) -> Result<Vec<u8>, DevkitError> {
        self.signed_snapshot_of(&self.plan().snapshot)
    }

    /// The trust snapshot of either country.
    pub fn snapshot_of(&self, plan: &SnapshotPlan) -> Result<TrustSnapshot, DevkitError> {
        let anchor = |label: &String| Ok(AnchorEntry { label: label.clone(), certificate: self.encoded(label)? });
        let edges = plan.foreign_ttps.iter().flat_map(edges_of);
        Ok(TrustSnapshot {
            domestic_ttps: all(&plan.domestic_ttps, |ttp| self.domestic_ttp(ttp))?,
            foreign_ttps: all(&plan.foreign_ttps, |ttp| self.foreign_ttp(ttp))?,
            edges: edges.collect(),
            norms: plan.norms.clone(),
            domestic: all(&plan.domestic, anchor)?,
            intermediates: all(&plan.intermediates, |label| self.encoded(label))?,
            foreign: all(&plan.foreign, |centre| self.foreign_centre(centre))?,
            ..TrustSnapshot::empty(plan.version, plan.issued_at, &*plan.norm)
        })
    }

    /// The same under the signature of the country's keeper.
    pub fn signed_snapshot_of(&self, plan: &SnapshotPlan) -> Result<Vec<u8>, DevkitError> {
        let signer = self.signer(&plan.signer)?.at(plan.issued_at);
        let octets = self.snapshot_of(plan)?.encode();
        sign::sign(&octets, Packaging::Attached, &signer).map_err(|cause| signing(&plan.signer, cause))
    }

    fn encoded(&self, label: &str) -> Result<String, DevkitError> {
        Ok(armour::encode(self.certificate(label)?.der()))
    }

    fn anchor(&self, label: &str, (since, act): (Timestamp, &str)) -> Result<PartyAnchor, DevkitError> {
        Ok(PartyAnchor { certificate: self.encoded(label)?, period: Period::since(since), act: act.to_owned() })
    }

    fn foreign_centre(&self, centre: &RegistrationPlan) -> Result<ForeignCentre, DevkitError> {
        let country = self.entity(&centre.label)?.subject.country();
        Ok(ForeignCentre {
            party: PartyId::new(&*centre.label).ok(),
            act: centre.act.clone(),
            events: centre.events.clone(),
            ..ForeignCentre::unregistered(&centre.label, country, self.certificate(&centre.label)?)
        })
    }

    fn domestic_ttp(&self, ttp: &ThirdPartyPlan) -> Result<DomesticTtp, DevkitError> {
        Ok(DomesticTtp {
            party: ttp.party.clone(),
            label: ttp.label.clone(),
            act: ttp.act.clone(),
            anchors: vec![self.anchor(&ttp.label, (ttp.since, &ttp.act))?],
            receipt_profile: profile(ttp.dialect, &ttp.endpoint),
        })
    }

    fn foreign_ttp(&self, ttp: &ForeignThirdPartyPlan) -> Result<ForeignTtp, DevkitError> {
        Ok(ForeignTtp {
            party: ttp.party.clone(),
            label: ttp.label.clone(),
            country: self.entity(&ttp.label)?.subject.country().to_owned(),
            act: ttp.act.clone(),
            anchors: vec![self.anchor(&ttp.label, (ttp.since, &ttp.act))?],
            events: ttp.events.clone(),
            scopes: Vec::new(),
            receipt_profile: ReceiptProfile { endpoint: Some(ttp.endpoint.clone()), ..ReceiptProfile::of(ttp.dialect) },
        })
    }
}

fn profile(dialect: ReceiptKind, endpoint: &str) -> ReceiptProfile {
    ReceiptProfile { endpoint: Some(endpoint.to_owned()), ..ReceiptProfile::of(dialect) }
}

/// A centre without a name that the registry takes has no edge; nor is it in the snapshot under one.
fn edges_of(ttp: &ForeignThirdPartyPlan) -> impl Iterator<Item = Edge> {
    let centres = ttp.centres.iter().filter_map(|label| PartyId::new(&**label).ok());
    centres.map(|centre| Edge {
        ttp: ttp.party.clone(),
        centre,
        period: Period::since(ttp.since),
        recorded_at: None,
        evidence: "its list".to_owned(),
    })
}

fn all<P, T>(plans: &[P], make: impl Fn(&P) -> Result<T, DevkitError>) -> Result<Vec<T>, DevkitError> {
    plans.iter().map(make).collect()
}
