//! Receipts that are kept here, or were brought along, speak for the documents that they are about (order 547/НҚ п. 9,
//! п. 16).

use super::evidence::judge_kept_receipt;
use crate::codec::armour;
use crate::report::Answer;
use crate::service::Verifier;
use crate::service::verify::document_facts;
use crate::store::{Digest, Store, StoreError};
use crate::time::Timestamp;
use crate::trust::{PartyId, ReceiptFinding, Route, Standpoint};
use crate::validation::SignatureReport;
use crate::validation::receipt::{
    PartyStanding, ReceiptQuestion, ReceiptSubject, RejectedReceipt, ThirdParty, VerifiedReceipt,
};

/// Whether receipts may change what is said of a document: a signature of it stands under no domestic centre.
pub fn may_need_receipts(answer: &Answer) -> bool {
    let is_foreign = |signature: &SignatureReport| signature.recognition.route != Some(Route::Domestic);
    // A third party's no is heard also where its yes is not needed.
    answer.result.as_ref().is_ok_and(|report| report.signatures.iter().any(is_foreign))
}

/// A receipt held to the procedure.
pub type JudgedReceipt = Result<VerifiedReceipt, Box<RejectedReceipt>>;

/// Judges a receipt under each of several third parties; `None` where there is none. The best answer counts: of several
/// that share an anchor, the one whose receipt it is.
///
/// Nothing but the receipt itself says since when it exists.
pub fn judge_receipt<'a>(
    verifier: &Verifier,
    (response, subject): (&[u8], ReceiptSubject<'_>),
    parties: impl IntoIterator<Item = &'a ThirdParty>,
    at: Timestamp,
) -> Option<(PartyId, JudgedReceipt)> {
    let mut best: Option<(PartyId, Box<RejectedReceipt>)> = None;
    for party in parties {
        let question = ReceiptQuestion { response, subject, party, proven_at: None };
        match verifier.validate_receipt(&question, at) {
            Ok(receipt) => return Some((party.id.clone(), Ok(receipt))),
            Err(rejected) => {
                if best.as_ref().is_none_or(|(_, other)| rejected.faults.len() < other.faults.len()) {
                    best = Some((party.id.clone(), rejected));
                }
            }
        }
    }
    best.map(|(party, rejected)| (party, Err(rejected)))
}

/// Where receipts are kept while documents are judged.
#[derive(Clone, Copy, Debug)]
pub enum KeptReceipts<'a> {
    /// Nowhere: nothing is kept.
    Nowhere,
    /// In this store.
    In(&'a Store),
    /// In a store that cannot be asked: what it keeps may be a no.
    Away,
}

/// The receipts at hand while one verifier judges documents.
#[derive(Debug)]
pub struct Hearing<'a> {
    verifier: &'a Verifier,
    parties: Vec<ThirdParty>,
    kept: KeptReceipts<'a>,
    brought: &'a [Vec<u8>],
}

/// What came of hearing receipts about one document.
#[derive(Debug)]
pub struct Heard {
    /// What was found of each receipt that was brought along, in their order; `None` where no third party is known.
    pub brought: Vec<Option<(PartyId, JudgedReceipt)>>,
    /// Whether the store answered.
    pub store: Result<(), StoreError>,
}

/// What the store keeps about a document.
#[derive(Default)]
struct KeptFindings {
    sound: Vec<ReceiptFinding>,
    /// Whether there is a no that can no longer be judged, or may be one.
    may_hide_a_no: bool,
}

impl<'a> Hearing<'a> {
    /// Puts one together.
    pub fn new(verifier: &'a Verifier, kept: KeptReceipts<'a>, brought: &'a [Vec<u8>]) -> Self {
        Self { verifier, parties: ThirdParty::all_of(&verifier.trust().compiled), kept, brought }
    }

    /// Decides about recognition once more with the receipts about a document, each held to the procedure again. Where
    /// the document needs none, or none holds, the answer is as it was. A store that is away, or a kept no that cannot be
    /// judged any more, makes no answer better, whatever was brought (`RECEIPTS_NOT_HEARD`).
    ///
    /// *Takes* an answer, and its document's octets in any armour. *Cost*: one question to the store, `RECEIPTS_MAX` kept
    /// receipts and those brought along.
    pub async fn hear(&self, answer: &mut Answer, document: &[u8]) -> Heard {
        let mut heard = Heard { brought: Vec::new(), store: Ok(()) };
        if !may_need_receipts(answer) {
            return heard;
        }
        let Ok(octets) = armour::strip(document) else { return heard };
        let kept = match self.kept_findings(&octets, answer.validated_at).await {
            Ok(kept) => kept,
            Err(error) => {
                heard.store = Err(error);
                KeptFindings { may_hide_a_no: true, ..KeptFindings::default() }
            }
        };
        heard.brought = self.hear_brought(answer, &octets, kept.sound);
        if kept.may_hide_a_no {
            note_unheard(answer);
        }
        heard
    }

    /// The same where nothing is kept; whether each receipt that was brought along holds for the document.
    pub(in crate::service) fn hear_alone(&self, answer: &mut Answer, document: &[u8]) -> Vec<bool> {
        match armour::strip(document) {
            Ok(octets) if may_need_receipts(answer) => {
                let judged = self.hear_brought(answer, &octets, Vec::new());
                judged.iter().map(|judged| matches!(judged, Some((_, Ok(_))))).collect()
            }
            _ => vec![false; self.brought.len()],
        }
    }

    /// The receipts that were brought along, beside what is known from others.
    fn hear_brought(
        &self,
        answer: &mut Answer,
        octets: &[u8],
        mut findings: Vec<ReceiptFinding>,
    ) -> Vec<Option<(PartyId, JudgedReceipt)>> {
        let mut brought = Vec::with_capacity(self.brought.len());
        for receipt in self.brought {
            let subject = ReceiptSubject::Document { octets, asked_for: None };
            let judged = judge_receipt(self.verifier, (receipt, subject), &self.parties, answer.validated_at);
            let sound = judged.as_ref().and_then(|(_, judged)| judged.as_ref().ok());
            // The same receipt kept and brought is one; the store proves since when it exists.
            let finding = sound.and_then(|receipt| receipt.finding(Vec::new()));
            findings.extend(finding.filter(|one| findings.iter().all(|known| known.digest != one.digest)));
            brought.push(judged);
        }
        self.recognise_anew(answer, &findings);
        brought
    }

    /// What the kept receipts say of this document: those that were here at the time of the question.
    async fn kept_findings(&self, octets: &[u8], at: Timestamp) -> Result<KeptFindings, StoreError> {
        let mut found = KeptFindings::default();
        let store = match self.kept {
            KeptReceipts::In(store) if !self.parties.is_empty() => store,
            KeptReceipts::Away => return Ok(KeptFindings { may_hide_a_no: true, ..found }),
            _ => return Ok(found),
        };
        let subject = ReceiptSubject::Document { octets, asked_for: None };
        for row in store.receipts_about(&Digest::of(octets), None).await? {
            let party = self.parties.iter().find(|party| party.id.as_str() == row.party);
            let Some(party) = party.filter(|_| row.recorded_at <= at) else { continue };
            let judged = judge_kept_receipt(&row, (subject, party), (self.verifier, store), at).await?;
            // A domestic no counts on every route; that nobody can check it today does not make it a yes.
            found.may_hide_a_no |= judged.is_err() && row.says_no() && party.standing == PartyStanding::Domestic;
            found.sound.extend(judged.ok().and_then(|receipt| receipt.finding(Vec::new())));
        }
        Ok(found)
    }

    fn recognise_anew(&self, answer: &mut Answer, findings: &[ReceiptFinding]) {
        let Ok(report) = &mut answer.result else { return };
        if findings.is_empty() {
            return;
        }
        let facts = document_facts(report);
        let trust = &self.verifier.trust().compiled;
        for signature in &mut report.signatures {
            signature.recognition = signature.recognise_with((&facts, findings), Standpoint::RelyingParty, trust);
        }
    }
}

fn note_unheard(answer: &mut Answer) {
    for signature in answer.result.iter_mut().flat_map(|report| &mut report.signatures) {
        signature.recognition.note_unheard_receipts();
    }
}

/// Lets the receipts that are kept here speak for each of several documents.
///
/// *Takes* answers, each with its document's octets in any armour. *Errors*: the first of the store; the answers that it
/// concerns say so and are no better for it, and a store that is away is not asked again.
pub async fn tell_receipts<'a>(
    told: impl IntoIterator<Item = (&'a mut Answer, &'a [u8])>,
    (verifier, store): (&Verifier, &Store),
) -> Result<(), StoreError> {
    let mut hearing = Hearing::new(verifier, KeptReceipts::In(store), &[]);
    let mut failed = Ok(());
    for (answer, document) in told {
        if let Err(error) = hearing.hear(answer, document).await.store {
            if matches!(error, StoreError::Unavailable(_)) {
                hearing.kept = KeptReceipts::Away;
            }
            failed = failed.and(Err(error));
        }
    }
    failed
}
