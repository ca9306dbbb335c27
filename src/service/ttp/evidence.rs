//! What judgements rest on, kept beside receipts (order 547/НҚ п. 12), and used where the world has forgotten it.

use std::collections::BTreeSet;

use crate::limits::{RECEIPT_EVIDENCE_BYTES_MAX, RECEIPT_EVIDENCE_MAX};
use crate::path::Pool;
use crate::service::Verifier;
use crate::store::{EvidenceKind, EvidencePiece, ReceiptRow, Store, StoreError};
use crate::time::Timestamp;
use crate::validation::receipt::{ReceiptQuestion, ReceiptSubject, RejectedReceipt, ThirdParty, VerifiedReceipt};
use crate::validation::{DocumentReport, PathFinding, evidence_carried};
use crate::x509::{Certificate, Crl, Fingerprint, OcspResponse};

/// Finds pieces of evidence by their names.
///
/// What goes beyond `RECEIPT_EVIDENCE_MAX` and `RECEIPT_EVIDENCE_BYTES_MAX` is left out, the largest first, and logged.
pub(super) fn pieces<'a>(
    names: &BTreeSet<Fingerprint>,
    pools: impl IntoIterator<Item = &'a Pool>,
) -> Vec<EvidencePiece> {
    let mut found: Vec<(Fingerprint, EvidenceKind, &[u8])> = Vec::new();
    for pool in pools {
        let certificates = pool.certificates().map(|one| (one.fingerprint(), EvidenceKind::Certificate, one.der()));
        let crls = pool.crls().map(|one| (one.fingerprint(), EvidenceKind::Crl, one.der()));
        let responses = pool.ocsp_responses().map(|one| (one.fingerprint, EvidenceKind::Ocsp, one.der.as_slice()));
        found.extend(certificates.chain(crls).chain(responses).filter(|(name, ..)| names.contains(name)));
    }
    found.sort_unstable_by_key(|(name, _, octets)| (octets.len(), *name));
    found.dedup_by_key(|(name, ..)| *name);
    let mut total = 0_usize;
    let all = found.len();
    let fitting = found.into_iter().take(RECEIPT_EVIDENCE_MAX.value).take_while(|(_, _, octets)| {
        total = total.saturating_add(octets.len());
        total <= RECEIPT_EVIDENCE_BYTES_MAX.value
    });
    let kept: Vec<EvidencePiece> =
        fitting.map(|(_, kind, octets)| EvidencePiece { kind, octets: octets.to_vec() }).collect();
    if kept.len() < all {
        tracing::warn!(left_out = all.saturating_sub(kept.len()), "evidence beside a receipt is beyond its bound");
    }
    kept
}

/// What the judgement of a receipt rests on, of what this verifier has; what came inside of the receipt is kept with it.
pub(super) fn pieces_behind(receipt: &VerifiedReceipt, verifier: &Verifier) -> Vec<EvidencePiece> {
    pieces(receipt.rests_on(), [verifier.evidence()])
}

/// What the judgement of a document rests on: the proofs of its paths; and where one did not hold, what was at hand about
/// it. What the document carries is among it, since documents are not kept.
pub(super) fn pieces_in(report: &DocumentReport, document: Option<&[u8]>, verifier: &Verifier) -> Vec<EvidencePiece> {
    let carried = document.map(evidence_carried).unwrap_or_default();
    let trust = &verifier.trust().compiled;
    let pools = [verifier.evidence(), &trust.material, &trust.anchors, &carried];
    let mut names = BTreeSet::new();
    for signature in &report.signatures {
        match &signature.path_finding {
            PathFinding::Held { path, .. } => names.extend(path.rests_on()),
            _ => names.extend(names_about(&signature.path, pools)),
        }
        for stamp in &signature.time_stamps {
            names.extend(names_about(&stamp.path, pools));
        }
    }
    pieces(&names, pools)
}

/// The certificates of a path, and whatever their issuers or responders said of them.
fn names_about(path: &[Certificate], pools: [&Pool; 4]) -> BTreeSet<Fingerprint> {
    let mut names: BTreeSet<Fingerprint> = path.iter().map(Certificate::fingerprint).collect();
    for pool in pools {
        let lists = pool.crls().filter(|crl| path.iter().any(|one| one.issuer() == crl.issuer()));
        names.extend(lists.map(Crl::fingerprint));
        let is_about = |response: &&OcspResponse| {
            response
                .responses
                .iter()
                .any(|one| path.iter().any(|certificate| one.cert_id.serial == certificate.serial()))
        };
        names.extend(pool.ocsp_responses().filter(is_about).map(|response| response.fingerprint));
    }
    names
}

/// Judges a kept receipt again, as of its own time: the store proves since when it exists. Where what is at hand today
/// cannot tell any more, what was known when it came is heard, too; it can take back nothing that is known since.
///
/// *Errors*: those of the store.
pub async fn judge_kept_receipt(
    row: &ReceiptRow,
    (subject, party): (ReceiptSubject<'_>, &ThirdParty),
    (verifier, store): (&Verifier, &Store),
    at: Timestamp,
) -> Result<Result<VerifiedReceipt, Box<RejectedReceipt>>, StoreError> {
    let question = ReceiptQuestion { response: &row.signed, subject, party, proven_at: Some(row.recorded_at) };
    let rejected = match verifier.validate_receipt(&question, at) {
        Err(rejected) if rejected.lacks_evidence() => rejected,
        settled => return Ok(settled),
    };
    let pieces = store.receipt_evidence(&row.digest).await?;
    if pieces.is_empty() {
        return Ok(Err(rejected));
    }
    let mut kept = Pool::default();
    for piece in &pieces {
        kept.add_der(&piece.octets);
    }
    Ok(verifier.validate_receipt_with(&question, &kept, at))
}
