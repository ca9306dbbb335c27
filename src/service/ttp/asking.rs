//! The client: a third party of another state is asked, its receipt is held to the procedure, and kept. Nobody is asked
//! twice for what is settled.

use super::error::TtpError;
use super::evidence::judge_kept_receipt;
use super::keeping::keep_receipt;
use crate::cms::dvcs::{DataToCertify, DvcsRequest, RequestInformation, Service};
use crate::codec::armour::hex;
use crate::codec::der;
use crate::crypto::{Entropy as _, SystemEntropy};
use crate::fetch::Url;
use crate::limits::{RECEIPT_PAUSE_SECONDS_MAX, RECEIPT_TRIES_MAX};
use crate::service::{Online, Verifier};
use crate::store::{Conflict, Digest, Direction, ReceiptRequestRow, ReceiptRow, Store, StoreError};
use crate::time::Timestamp;
use crate::trust::{PartyId, ReceiptFinding, ReceiptSoundness, TtpStatus};
use crate::validation::receipt::{
    FaultKind, ReceiptQuestion, ReceiptSubject, RejectedReceipt, ThirdParty, VerifiedReceipt,
};
use crate::validation::{DocumentReport, Indication, SignatureReport};
use crate::x509::{Certificate, Fingerprint};

/// What asks third parties: those of other states where ours is one, ours where we are a post or a portal.
#[derive(Clone, Copy, Debug)]
pub struct ForeignDesk<'a> {
    /// What reaches them.
    pub online: &'a Online,
    /// Under whose trust they are known, and what judges their answers.
    pub verifier: &'a Verifier,
    /// Where their receipts are kept.
    pub store: &'a Store,
}

/// What became of a question.
#[derive(Clone, Debug)]
pub struct Asked {
    party: PartyId,
    outcome: String,
    octets: Option<Vec<u8>>,
    receipt: Option<VerifiedReceipt>,
    /// What a receipt that proves nothing still tells recognition.
    unsound: Option<ReceiptSoundness>,
    next_try: Option<Timestamp>,
}

impl Asked {
    /// Who was asked.
    pub fn party(&self) -> &PartyId {
        &self.party
    }

    /// What became of it, by code: a status, or why there is none.
    pub fn outcome(&self) -> &str {
        &self.outcome
    }

    /// The receipt, where one was given that holds.
    pub fn receipt(&self) -> Option<&VerifiedReceipt> {
        self.receipt.as_ref()
    }

    /// What came, as received.
    pub fn octets(&self) -> Option<&[u8]> {
        self.octets.as_deref()
    }

    /// When it is asked again, where its answer is not final.
    pub fn next_try(&self) -> Option<Timestamp> {
        self.next_try
    }

    /// Whether an answer may still come; one that proves nothing is no such promise.
    pub(super) fn is_waiting(&self) -> bool {
        self.next_try.is_some() && self.unsound.is_none()
    }

    /// Under which digest its receipt is kept.
    pub(super) fn kept(&self) -> Option<Digest> {
        self.receipt.as_ref().and(self.octets.as_deref()).map(Digest::of)
    }

    /// What recognition hears of it.
    pub(super) fn finding(&self) -> Option<ReceiptFinding> {
        if let Some(receipt) = &self.receipt {
            return receipt.finding(Vec::new());
        }
        let octets = self.octets.as_deref()?;
        Some(ReceiptFinding {
            issuer: self.party.clone(),
            digest: Fingerprint::of(octets),
            serial: String::new(),
            response_time: Timestamp::default(),
            request_time: None,
            status: TtpStatus::CannotVerify,
            soundness: self.unsound?,
            signatures: Vec::new(),
            rests_on: Vec::new(),
        })
    }

    /// Its octets, where it speaks of the signature made under this certificate.
    pub(super) fn assertion_about(&self, certificate: Option<&Certificate>) -> Option<Vec<u8>> {
        let receipt = self.receipt.as_ref()?;
        let told = receipt.signatures();
        let about = |one: &Certificate| told.iter().any(|s| s.certificate.as_ref().is_none_or(|c| c == one));
        if certificate.is_some_and(about) { self.octets.clone() } else { None }
    }
}

impl ForeignDesk<'_> {
    /// Asks about every signature of a document whose centre is registered with a third party of another state, each such
    /// party once.
    ///
    /// *Errors*: those of the store; whatever goes wrong with the other side is an outcome.
    pub async fn ask_about(
        &self,
        report: &DocumentReport,
        request: &DvcsRequest,
        now: Timestamp,
    ) -> Result<Vec<Asked>, TtpError> {
        let DataToCertify::Message(document) = &request.data else { return Ok(Vec::new()) };
        let mut all = Vec::new();
        for party in self.parties_for(report, now) {
            all.push(self.ask(&party, (document, super::request::asked_for(request)), now).await?);
        }
        Ok(all)
    }

    /// The third parties that the centres of a document's signers are registered with.
    fn parties_for(&self, report: &DocumentReport, now: Timestamp) -> Vec<ThirdParty> {
        let trust = &self.verifier.trust().compiled;
        // What is no signature is nobody's to attest.
        let sound = report.signatures.iter().filter(|one| one.verdict.indication != Indication::TotalFailed);
        let signatures: Vec<&SignatureReport> = sound.collect();
        let is_centre = |signature: &SignatureReport, id: &PartyId| {
            let same = |one: &Certificate, other: &Certificate| {
                one.subject() == other.subject() && one.spki_der() == other.spki_der()
            };
            let keys = trust.foreign().iter().filter(|anchor| anchor.party == *id);
            keys.into_iter().any(|anchor| signature.path.iter().any(|c| same(c, &anchor.certificate)))
        };
        let needed = |ttp: &PartyId| {
            let mut edges = trust.edges.iter().filter(|edge| edge.ttp == *ttp && edge.period.contains(now));
            edges.any(|edge| signatures.iter().any(|signature| is_centre(signature, &edge.centre)))
        };
        let wanted = trust.foreign_ttps.iter().filter(|ttp| needed(&ttp.party));
        wanted.filter_map(|ttp| ThirdParty::of_foreign(ttp, trust)).filter(|party| party.may_attest(now)).collect()
    }

    /// Asks one third party about a document, unless its answer is here already or is not due yet.
    ///
    /// *Takes* the document as it would be sent, and for which time its validity is asked. *Errors*: those of the store.
    pub async fn ask(
        &self,
        party: &ThirdParty,
        (document, asked_for): (&[u8], Option<Timestamp>),
        now: Timestamp,
    ) -> Result<Asked, TtpError> {
        if let Some(known) = self.known(party, (document, asked_for), now).await? {
            return Ok(known);
        }
        let id = question_id(&party.id, document, asked_for);
        let waiting = match self.store.receipt_request(&id).await? {
            Some(row) if now < row.next_try => {
                return Ok(outcome(party, &row.outcome, Some(row.next_try)));
            }
            Some(row) => row,
            None => new_row(id, party, (document, asked_for), now)?,
        };
        self.try_now(party, waiting, now).await
    }

    /// Asks what a row says, and keeps what comes.
    pub(super) async fn try_now(
        &self,
        party: &ThirdParty,
        mut row: ReceiptRequestRow,
        now: Timestamp,
    ) -> Result<Asked, TtpError> {
        row.tries = row.tries.saturating_add(1);
        let Ok(request) = DvcsRequest::parse(&row.request) else {
            return self.give_up(party, &row, "REQUEST_DAMAGED").await;
        };
        if party.size_bytes_max.is_some_and(|max| u64::try_from(row.request.len()).unwrap_or(u64::MAX) > max) {
            return self.give_up(party, &row, "DOCUMENT_TOO_LARGE").await;
        }
        let Some(url) = party.endpoint.as_deref().and_then(|text| Url::parse(text).ok()) else {
            return self.give_up(party, &row, "NO_ENDPOINT").await;
        };
        // Before the other side is reached: a crash in between leaves a question that is asked again.
        row.next_try = now.plus_seconds(pause_seconds(row.tries));
        self.store.put_receipt_request(&row).await?;
        match self.online.dvcs(&url, &row.request).await {
            Err(refusal) => self.again(party, row, refusal.error.code()).await,
            Ok(octets) => self.take(party, (row, &request), octets, now).await,
        }
    }

    /// Holds an answer to the procedure.
    async fn take(
        &self,
        party: &ThirdParty,
        (row, request): (ReceiptRequestRow, &DvcsRequest),
        octets: Vec<u8>,
        now: Timestamp,
    ) -> Result<Asked, TtpError> {
        let subject = ReceiptSubject::Request(request);
        let question = ReceiptQuestion { response: &octets, subject, party, proven_at: None };
        match self.verifier.validate_receipt(&question, now) {
            Err(rejected) => {
                let asked = self.again(party, row, code_of(&rejected)).await?;
                Ok(Asked { unsound: Some(soundness(rejected.kind())), octets: Some(octets), ..asked })
            }
            Ok(receipt) => {
                match keep_receipt(self.store, (&receipt, &octets), self.verifier, now).await {
                    Err(StoreError::Conflict(Conflict::SerialTaken { .. })) => {
                        return self.again(party, row, "RECEIPT_SERIAL_TAKEN").await;
                    }
                    other => other?,
                }
                let asked = Asked {
                    receipt: Some(receipt.clone()),
                    octets: Some(octets),
                    ..outcome(party, super::keeping::name_of(receipt.status()), None)
                };
                if receipt.status() == TtpStatus::Waiting {
                    let waiting = self.again(party, row, "waiting").await?;
                    return Ok(Asked { next_try: waiting.next_try, ..asked });
                }
                self.store.end_receipt_request(&row.id).await?;
                Ok(asked)
            }
        }
    }

    /// Gives a question up, and with it the document that it holds.
    async fn give_up(&self, party: &ThirdParty, row: &ReceiptRequestRow, code: &str) -> Result<Asked, TtpError> {
        self.store.end_receipt_request(&row.id).await?;
        Ok(outcome(party, code, None))
    }

    /// Notes that the answer is not final; after too many tries the question is given up.
    async fn again(&self, party: &ThirdParty, mut row: ReceiptRequestRow, code: &str) -> Result<Asked, TtpError> {
        code.clone_into(&mut row.outcome);
        if usize::try_from(row.tries).map_or(true, |tries| RECEIPT_TRIES_MAX.check(tries.saturating_add(1)).is_err()) {
            return self.give_up(party, &row, code).await;
        }
        self.store.put_receipt_request(&row).await?;
        Ok(outcome(party, code, Some(row.next_try)))
    }

    /// A final answer that is here already: a yes or a no about these octets and this time does not change; that nothing
    /// could be checked may, when the other side registers the centre.
    async fn known(
        &self,
        party: &ThirdParty,
        (document, asked_for): (&[u8], Option<Timestamp>),
        now: Timestamp,
    ) -> Result<Option<Asked>, TtpError> {
        let rows = self.store.receipts_about(&Digest::of(document), asked_for).await?;
        let own = |row: &&ReceiptRow| {
            row.direction == Direction::Received
                && row.party == party.id.as_str()
                && matches!(row.status.as_str(), "verified" | "not-verified" | "partly-verified")
        };
        for row in rows.iter().filter(own) {
            let subject = ReceiptSubject::Document { octets: document, asked_for };
            let judged = judge_kept_receipt(row, (subject, party), (self.verifier, self.store), now).await?;
            // What was proof then and is none now (the registration is void, the key compromised) is asked for anew.
            if let Ok(receipt) = judged {
                let found = outcome(party, &row.status, None);
                return Ok(Some(Asked { receipt: Some(receipt), octets: Some(row.signed.clone()), ..found }));
            }
        }
        Ok(None)
    }
}

fn outcome(party: &ThirdParty, code: &str, next_try: Option<Timestamp>) -> Asked {
    let party = party.id.clone();
    Asked { party, outcome: code.to_owned(), octets: None, receipt: None, unsound: None, next_try }
}

fn code_of(rejected: &RejectedReceipt) -> &'static str {
    let gravest = rejected.faults.iter().min_by_key(|fault| fault.kind());
    gravest.map_or("RECEIPT_INVALID", crate::validation::receipt::ReceiptFault::code)
}

fn soundness(kind: FaultKind) -> ReceiptSoundness {
    match kind {
        FaultKind::OtherDocument => ReceiptSoundness::OtherDocument,
        FaultKind::Invalid | FaultKind::Unknown => ReceiptSoundness::Invalid,
    }
}

/// One question is one row: who is asked, about which octets, for which time.
fn question_id(party: &PartyId, document: &[u8], asked_for: Option<Timestamp>) -> String {
    let time = asked_for.map(|at| at.to_string()).unwrap_or_default();
    Digest::of(format!("{party} {} {time}", Digest::of(document)).as_bytes()).to_string()
}

fn new_row(
    id: String,
    party: &ThirdParty,
    (document, asked_for): (&[u8], Option<Timestamp>),
    now: Timestamp,
) -> Result<ReceiptRequestRow, TtpError> {
    let mut random = [0; 16];
    SystemEntropy.fill(&mut random)?;
    let mut information = RequestInformation::new(Service::Vsd);
    information.request_time = asked_for.map(crate::cms::dvcs::DvcsTime::Stated);
    let named = party.dialect.has_transaction_identifier;
    // GeneralName.uniformResourceIdentifier, as the Kazakh rules name transactions.
    let transaction = format!("urn:qoltanba:{}", hex(&random));
    if party.dialect.has_nonce {
        // Contents octets of an INTEGER that is positive and as short as can be.
        information.nonce = Some([&[0x01], random.as_slice()].concat());
    }
    let request = DvcsRequest {
        information,
        data: DataToCertify::Message(document.to_vec()),
        transaction_identifier: named.then(|| der::context_primitive(6, transaction.as_bytes())),
    };
    Ok(ReceiptRequestRow {
        id,
        party: party.id.to_string(),
        document_digest: Digest::of(document),
        request: request.encode(),
        asked_at: now,
        tries: 0,
        next_try: now,
        outcome: "new".to_owned(),
    })
}

/// One minute, two, four … up to the bound.
fn pause_seconds(tries: u64) -> i64 {
    let longest = i64::try_from(RECEIPT_PAUSE_SECONDS_MAX.value).unwrap_or(i64::MAX);
    let doublings = u32::try_from(tries.saturating_sub(1)).unwrap_or(u32::MAX);
    60_i64.saturating_mul(2_i64.saturating_pow(doublings)).min(longest)
}
