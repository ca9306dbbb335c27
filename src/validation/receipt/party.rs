//! Whose receipts count: a third party with its keys, its way of speaking, and what happened to its registration.

use super::dialect::Dialect;
use super::fault::ReceiptFault;
use crate::time::Timestamp;
use crate::trust::{
    CompiledTrust, ForeignTtp, PartyId, Period, ReceiptProfile, RegistrationStatus, StatusEvent, status_at,
};
use crate::x509::Certificate;

/// A trusted third party, as a registry has it.
#[derive(Clone, Debug)]
pub struct ThirdParty {
    /// Its name in the registry.
    pub id: PartyId,
    /// The keys that its receipts must lead to, with the periods it answers for them.
    pub anchors: Vec<(Certificate, Period)>,
    /// How it speaks.
    pub dialect: Dialect,
    /// Digests that its imprints may be made with, by object identifier; without any, every one that we know.
    pub digests: Vec<String>,
    /// Where it is asked.
    pub endpoint: Option<String>,
    /// The largest document that it takes, in octets.
    pub size_bytes_max: Option<u64>,
    /// By what right it attests.
    pub standing: PartyStanding,
}

/// By what right a third party attests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartyStanding {
    /// It is one of this country.
    Domestic,
    /// It is registered with one of this country; what happened to that, in the order of `effective_from`.
    Registered(Vec<StatusEvent>),
}

impl ThirdParty {
    /// Puts one together; `None` where its dialect is not DVCS.
    pub fn new(
        (id, profile): (&PartyId, &ReceiptProfile),
        anchors: Vec<(Certificate, Period)>,
        standing: PartyStanding,
    ) -> Option<Self> {
        Some(Self {
            id: id.clone(),
            anchors,
            dialect: Dialect::of(profile)?,
            digests: profile.digests.clone(),
            endpoint: profile.endpoint.clone(),
            size_bytes_max: profile.size_bytes_max,
            standing,
        })
    }

    /// A third party of another state, as the snapshot has it; `None` where its dialect is not DVCS.
    pub fn of_foreign(ttp: &ForeignTtp, trust: &CompiledTrust) -> Option<Self> {
        let standing = PartyStanding::Registered(ttp.events.clone());
        Self::new((&ttp.party, &ttp.receipt_profile), trust.receipt_anchors(&ttp.party), standing)
    }

    /// Every third party of a snapshot whose receipts we read, domestic ones first.
    pub fn all_of(trust: &CompiledTrust) -> Vec<Self> {
        let domestic = trust.domestic_ttps.iter().filter_map(|ttp| {
            let anchors = trust.receipt_anchors(&ttp.party);
            Self::new((&ttp.party, &ttp.receipt_profile), anchors, PartyStanding::Domestic)
        });
        domestic.chain(trust.foreign_ttps.iter().filter_map(|ttp| Self::of_foreign(ttp, trust))).collect()
    }

    /// Whether its receipts would count now, so that there is a point in asking.
    pub fn may_attest(&self, now: Timestamp) -> bool {
        match &self.standing {
            PartyStanding::Domestic => true,
            PartyStanding::Registered(events) => status_at(events, now).is_some_and(RegistrationStatus::is_in_force),
        }
    }

    /// The keys that it answers for at a time, and nobody else's.
    pub(super) fn trust_at(&self, at: Timestamp) -> CompiledTrust {
        let mut trust = CompiledTrust::default();
        for (certificate, _) in self.anchors.iter().filter(|(_, period)| period.contains(at)) {
            trust.anchors.add_certificate(certificate.clone());
        }
        trust
    }

    /// Whether the key behind a receipt was still this third party's when the receipt is known to have been there: nothing but
    /// the receipt itself says when it was made, and whoever has an ended key could write any time into it.
    pub(super) fn check_key(&self, path: &[Certificate], at: Timestamp, until: Timestamp) -> Option<ReceiptFault> {
        let reached = self.anchors.iter().filter(|(anchor, period)| path.contains(anchor) && period.contains(at));
        let mut stands = reached.map(|(_, period)| period.until.is_none_or(|ended| until < ended)).peekable();
        let ended = stands.peek().is_some() && !stands.any(|stands| stands);
        ended.then_some(ReceiptFault::PartyEndedSince)
    }

    /// What stands against its word at a time (facts/ttp.md §1.7 (2), §8.2).
    ///
    /// *Takes* when the receipt says that it was made; until when it may have been made in truth: the time it is proven to
    /// have been there, or now; and when the question is asked.
    pub(super) fn check_standing(&self, at: Timestamp, until: Timestamp, now: Timestamp) -> Vec<ReceiptFault> {
        use RegistrationStatus as S;
        let PartyStanding::Registered(events) = &self.standing else { return Vec::new() };
        let mut faults = Vec::new();
        let is_void = |e: &StatusEvent| {
            e.status == S::VoidFrom
                && at < e.effective_from
                && e.effective_from <= now
                && e.retroactive_from.is_none_or(|from| from <= at)
        };
        if events.iter().any(is_void) {
            faults.push(ReceiptFault::PartyVoid);
        }
        let status = status_at(events, at);
        match status {
            Some(S::Registered | S::Resumed) => {}
            Some(S::Suspended) => faults.push(ReceiptFault::PartySuspended),
            Some(S::VoidFrom) => faults.push(ReceiptFault::PartyVoid),
            Some(S::Terminated | S::Expired) => faults.push(ReceiptFault::PartyEnded),
            Some(S::Applied) | None => faults.push(ReceiptFault::PartyNotRegistered),
        }
        // Nothing but the receipt itself says when it was made: who may no longer attest could write any time into it.
        let changed = |e: &StatusEvent| !e.status.is_in_force() && at < e.effective_from && e.effective_from <= until;
        if status.is_some_and(S::is_in_force) && events.iter().any(changed) {
            faults.push(ReceiptFault::PartyEndedSince);
        }
        faults.dedup();
        faults
    }
}
