//! Whose receipts count: a third party with its anchors, its way of speaking, and what happened to its registration.

use super::dialect::Dialect;
use super::fault::ReceiptFault;
use crate::time::Timestamp;
use crate::trust::{CompiledTrust, RegistrationStatus, StatusEvent};
use crate::x509::Fingerprint;

/// A trusted third party, as a registry has it.
#[derive(Clone, Debug)]
pub struct ThirdParty {
    /// Its name in the registry.
    pub id: String,
    /// The anchors that its receipts must lead to, and nothing else.
    pub trust: CompiledTrust,
    /// The only certificates that sign its receipts, where the registry names them; any below its anchors that is for
    /// receipts where it does not.
    pub signers: Vec<Fingerprint>,
    /// How it speaks.
    pub dialect: Dialect,
    /// By what right it attests.
    pub standing: Standing,
}

/// By what right a third party attests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is the one of this country.
    Domestic,
    /// It is registered with the one of this country; what happened to that, in the order of `effective_from`.
    Registered(Vec<StatusEvent>),
}

impl ThirdParty {
    /// What stands against its word at a time (facts/ttp.md §1.7 (2), §8.2).
    ///
    /// *Takes* when the receipt says that it was made; until when it may have been made in truth: the time it is proven to
    /// have been there, or now; and when the question is asked.
    pub(super) fn check_standing(&self, at: Timestamp, until: Timestamp, now: Timestamp) -> Vec<ReceiptFault> {
        let Standing::Registered(events) = &self.standing else { return Vec::new() };
        let mut faults = Vec::new();
        let known = |e: &&StatusEvent| e.effective_from <= now;
        let is_void = |e: &StatusEvent| e.status == RegistrationStatus::VoidFrom && at < e.effective_from;
        if events.iter().filter(known).any(is_void) {
            faults.push(ReceiptFault::PartyVoid);
        }
        let status = events.iter().rev().find(|e| e.effective_from <= at).map(|e| e.status);
        match status {
            Some(RegistrationStatus::Registered) => {}
            Some(RegistrationStatus::Suspended) => faults.push(ReceiptFault::PartySuspended),
            Some(RegistrationStatus::VoidFrom) => faults.push(ReceiptFault::PartyVoid),
            Some(RegistrationStatus::Terminated) => faults.push(ReceiptFault::PartyEnded),
            None => faults.push(ReceiptFault::PartyNotRegistered),
        }
        // Nothing but the receipt itself says when it was made: who may no longer attest could write any time into it.
        let changed = |e: &StatusEvent| {
            e.status != RegistrationStatus::Registered && at < e.effective_from && e.effective_from <= until
        };
        if status == Some(RegistrationStatus::Registered) && events.iter().any(changed) {
            faults.push(ReceiptFault::PartyEndedSince);
        }
        faults.dedup();
        faults
    }
}
