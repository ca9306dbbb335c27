//! What judgements rest on, kept beside receipts (order 547/НҚ п. 12), and used where the world has forgotten it.

use std::collections::BTreeSet;

use crate::limits::{RECEIPT_CARRIED_BYTES_MAX, RECEIPT_EVIDENCE_BYTES_MAX, RECEIPT_EVIDENCE_MAX};
use crate::path::Pool;
use crate::service::Verifier;
use crate::store::{EvidenceKind, EvidencePiece, ReceiptRow, Store, StoreError};
use crate::time::Timestamp;
use crate::validation::receipt::{ReceiptQuestion, ReceiptSubject, RejectedReceipt, ThirdParty, VerifiedReceipt};
use crate::validation::{DocumentReport, evidence_carried};
use crate::x509::{CertStatus, Certificate, Fingerprint, SingleResponse};

/// A piece of evidence and its name, before it is known whether it is kept.
type Found<'a> = (Fingerprint, EvidenceKind, &'a [u8]);

/// Finds pieces of evidence by their names, each once.
fn found_in<'a>(names: &BTreeSet<Fingerprint>, pools: impl IntoIterator<Item = &'a Pool>) -> Vec<Found<'a>> {
    let mut found: Vec<Found<'a>> = Vec::new();
    for pool in pools {
        let certificates = pool.certificates().map(|one| (one.fingerprint(), EvidenceKind::Certificate, one.der()));
        let crls = pool.crls().map(|one| (one.fingerprint(), EvidenceKind::Crl, one.der()));
        let responses = pool.ocsp_responses().map(|one| (one.fingerprint, EvidenceKind::Ocsp, one.der.as_slice()));
        found.extend(certificates.chain(crls).chain(responses).filter(|(name, ..)| names.contains(name)));
    }
    found.sort_unstable_by_key(|(name, _, octets)| (octets.len(), *name));
    found.dedup_by_key(|(name, ..)| *name);
    found
}

/// As many as fit into so many octets and `RECEIPT_EVIDENCE_MAX`; the largest are left out first, and that is logged.
fn fitting(found: Vec<Found<'_>>, bytes_max: usize) -> Vec<EvidencePiece> {
    let (all, mut total) = (found.len(), 0_usize);
    let fitting = found.into_iter().take(RECEIPT_EVIDENCE_MAX.value).take_while(|(_, _, octets)| {
        total = total.saturating_add(octets.len());
        total <= bytes_max
    });
    let kept: Vec<EvidencePiece> =
        fitting.map(|(_, kind, octets)| EvidencePiece { kind, octets: octets.to_vec() }).collect();
    if kept.len() < all {
        tracing::warn!(left_out = all.saturating_sub(kept.len()), "evidence beside a receipt is beyond its bound");
    }
    kept
}

/// What the judgement of a receipt rests on, of what this verifier has; what came inside of the receipt is kept with it.
pub(super) fn pieces_behind(names: &BTreeSet<Fingerprint>, verifier: &Verifier) -> Vec<EvidencePiece> {
    fitting(found_in(names, [verifier.evidence()]), RECEIPT_EVIDENCE_BYTES_MAX.value)
}

/// What the judgement of a document rests on: certificates and evidence whose signatures hold, and nothing else, since
/// anybody may send a document. What it carries of them is among it where this node does not have it, since documents are
/// not kept: no more than `RECEIPT_CARRIED_BYTES_MAX`.
pub(super) fn pieces_in(report: &DocumentReport, document: Option<&[u8]>, verifier: &Verifier) -> Vec<EvidencePiece> {
    let mut names = BTreeSet::new();
    for signature in &report.signatures {
        names.extend(signature.path_finding.rests_on());
        names.extend(signature.time_stamps.iter().flat_map(|stamp| &stamp.rests_on));
    }
    let trust = &verifier.trust().compiled;
    let own = found_in(&names, [verifier.evidence(), &trust.material, &trust.anchors]);
    names.retain(|name| own.iter().all(|(known, ..)| known != name));
    let carried = document.map(evidence_carried).unwrap_or_default();
    let mut pieces = fitting(own, RECEIPT_EVIDENCE_BYTES_MAX.value);
    pieces.extend(fitting(found_in(&names, [&carried]), RECEIPT_CARRIED_BYTES_MAX.value));
    pieces
}

/// Judges a kept receipt again, as of its own time: the store proves since when it exists. Where what is at hand today
/// cannot tell any more, what was known when it came is heard, too; it can take back nothing that is known since, and what
/// revokes its signer, or an authority above, is kept beside it from then on.
///
/// *Errors*: those of the store; one that cannot be written to does not hinder.
pub async fn judge_kept_receipt(
    row: &ReceiptRow,
    (subject, party): (ReceiptSubject<'_>, &ThirdParty),
    (verifier, store): (&Verifier, &Store),
    at: Timestamp,
) -> Result<Result<VerifiedReceipt, Box<RejectedReceipt>>, StoreError> {
    let question = ReceiptQuestion { response: &row.signed, subject, party, proven_at: Some(row.recorded_at) };
    let rejected = match verifier.validate_receipt(&question, at) {
        Err(rejected) if rejected.lacks_evidence() || !rejected.revoked.is_empty() => rejected,
        settled => return Ok(settled),
    };
    let mut kept = Pool::default();
    for piece in store.receipt_evidence(&row.digest).await? {
        kept.add_der(&piece.octets);
    }
    let judged =
        if rejected.lacks_evidence() { verifier.validate_receipt_with(&question, &kept, at) } else { Err(rejected) };
    if let Err(rejected) = &judged
        && !rejected.revoked.is_empty()
        && !rejected.revoked.iter().any(|one| tells_against(&kept, one))
    {
        let evidence = pieces_behind(&rejected.rests_on, verifier);
        if let Err(error) = store.add_receipt_evidence(&row.digest, &evidence).await {
            tracing::info!(%error, "what revokes the signer of a kept receipt was not written down");
        }
    }
    Ok(judged)
}

/// Whether a list or response names a certificate as revoked: one is enough, and lists are made every day.
fn tells_against(kept: &Pool, certificate: &Certificate) -> bool {
    let listed = kept.crls().any(|crl| crl.entry_of(certificate.issuer(), certificate.serial()).is_some());
    let is_about = |one: &SingleResponse| {
        one.cert_id.serial == certificate.serial() && matches!(one.status, CertStatus::Revoked { .. })
    };
    listed || kept.ocsp_responses().any(|response| response.responses.iter().any(is_about))
}
