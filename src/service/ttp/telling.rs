//! Receipts that are kept here speak for the documents that they are about (order 547/НҚ п. 9, п. 16).

use crate::codec::armour;
use crate::report::Answer;
use crate::service::Verifier;
use crate::service::verify::document_facts;
use crate::store::{Digest, ReceiptRow, Store, StoreError};
use crate::time::Timestamp;
use crate::trust::{ReceiptFinding, Route, Standpoint};
use crate::validation::SignatureReport;
use crate::validation::receipt::{ReceiptQuestion, ReceiptSubject, ThirdParty};

/// Whether receipts may change what is said of a document: a signature of it stands under no domestic centre.
pub fn may_need_receipts(answer: &Answer) -> bool {
    let is_foreign = |signature: &SignatureReport| signature.recognition.route != Some(Route::Domestic);
    // A third party's no is heard also where its yes is not needed.
    answer.result.as_ref().is_ok_and(|report| report.signatures.iter().any(is_foreign))
}

/// Decides about recognition once more with the receipts that are kept here about each document, held to the procedure
/// again. Documents that need none are passed over.
///
/// *Takes* answers, each with its document's octets in any armour. *Errors*: the first of the store; the answers that it
/// concerns are as they were, and a store that is away is not asked again. *Cost*: one question to the store and
/// `RECEIPTS_MAX` receipts for each document.
pub async fn tell_receipts<'a>(
    told: impl IntoIterator<Item = (&'a mut Answer, &'a [u8])>,
    (verifier, store): (&Verifier, &Store),
) -> Result<(), StoreError> {
    let parties = ThirdParty::all_of(&verifier.trust().compiled);
    let mut failed = Ok(());
    for (answer, document) in told.into_iter().filter(|(answer, _)| may_need_receipts(answer)) {
        let Ok(octets) = armour::strip(document) else { continue };
        match store.receipts_about(&Digest::of(&octets), None).await {
            Ok(rows) => hear(answer, (&rows, &octets), (&parties, verifier)),
            Err(away @ StoreError::Unavailable { .. }) => return Err(away),
            Err(error) => failed = failed.and(Err(error)),
        }
    }
    failed
}

fn hear(answer: &mut Answer, (rows, octets): (&[ReceiptRow], &[u8]), (parties, verifier): (&[ThirdParty], &Verifier)) {
    let at = answer.validated_at;
    let Ok(report) = &mut answer.result else { return };
    let findings: Vec<ReceiptFinding> =
        rows.iter().filter_map(|row| finding(row, octets, (parties, verifier), at)).collect();
    if findings.is_empty() {
        return;
    }
    let facts = document_facts(report);
    for signature in &mut report.signatures {
        let told = (&facts, findings.as_slice());
        signature.recognition = signature.recognise_with(told, Standpoint::RelyingParty, &verifier.trust().compiled);
    }
}

/// What a kept receipt says of this document.
fn finding(
    row: &ReceiptRow,
    octets: &[u8],
    (parties, verifier): (&[ThirdParty], &Verifier),
    at: Timestamp,
) -> Option<ReceiptFinding> {
    let party = parties.iter().find(|party| party.id.as_str() == row.party)?;
    let subject = ReceiptSubject::Document { octets, asked_for: None };
    let question = ReceiptQuestion { response: &row.signed, subject, party, proven_at: Some(row.recorded_at) };
    verifier.validate_receipt(&question, at).ok()?.finding(Vec::new())
}
