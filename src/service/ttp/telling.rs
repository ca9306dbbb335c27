//! Receipts that are kept here speak for the documents that they are about (order 547/НҚ п. 9, п. 16).

use crate::codec::armour;
use crate::report::Answer;
use crate::service::Verifier;
use crate::service::verify::document_facts;
use crate::store::{Digest, ReceiptRow, Store, StoreError};
use crate::time::Timestamp;
use crate::trust::{ReceiptFinding, Route, Standpoint};
use crate::validation::receipt::{ReceiptQuestion, ReceiptSubject, ThirdParty};

/// Decides about recognition once more with the receipts about a document that are kept here, each held to the procedure
/// again. Domestic signatures need none.
///
/// *Errors*: those of the store; the answer is then as it was.
pub async fn tell_receipts(
    answer: &mut Answer,
    document: &[u8],
    (verifier, store): (&Verifier, &Store),
) -> Result<(), StoreError> {
    let at = answer.validated_at;
    let Ok(report) = &mut answer.result else { return Ok(()) };
    let Ok(octets) = armour::strip(document) else { return Ok(()) };
    // A third party's no is heard also where its yes is not needed.
    if report.signatures.iter().all(|signature| signature.recognition.route == Some(Route::Domestic)) {
        return Ok(());
    }
    let rows = store.receipts_about(&Digest::of(&octets), None).await?;
    let parties = ThirdParty::all_of(&verifier.trust().compiled);
    let findings: Vec<ReceiptFinding> =
        rows.iter().filter_map(|row| finding(row, &octets, (&parties, verifier), at)).collect();
    if findings.is_empty() {
        return Ok(());
    }
    let facts = document_facts(report);
    for signature in &mut report.signatures {
        let told = (&facts, findings.as_slice());
        signature.recognition = signature.recognise_with(told, Standpoint::RelyingParty, &verifier.trust().compiled);
    }
    Ok(())
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
