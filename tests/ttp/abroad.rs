//! The kit's country XD, with keys of Russian GOST: a portal that signs, and a trusted third party of its own.

use qoltanba::service::HeldKey;
use qoltanba::signing::{Packaging, sign};
use qoltanba::trust::{StatusEvent, TrustSnapshot};

use crate::place::{at, held, pki};

/// Its name in the registry.
pub(crate) const THIRD_PARTY: &str = "xd-ttp";

/// A document that its portal signed.
pub(crate) fn document_abroad(content: &[u8]) -> Vec<u8> {
    let signer = pki().signer("foreign-by-ttp-signer").unwrap().at(at("2026-11-22T04:00:00Z"));
    sign(content, Packaging::Attached, &signer).unwrap()
}

pub(crate) fn held_abroad() -> HeldKey {
    held("foreign-ttp")
}

/// Whom the country itself trusts.
pub(crate) fn snapshot_abroad() -> TrustSnapshot {
    pki().snapshot_of(&pki().plan().abroad).unwrap()
}

/// What Kazakhstan's registry says: its centre is registered with its third party, and that one here, answering there.
pub(crate) fn registered(endpoint: &str, events: &[StatusEvent]) -> TrustSnapshot {
    let mut snapshot = pki().snapshot().unwrap();
    for ttp in &mut snapshot.foreign_ttps {
        ttp.receipt_profile.endpoint = Some(endpoint.to_owned());
        ttp.events = events.to_vec();
    }
    snapshot
}
