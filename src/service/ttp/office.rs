//! The server: one request, one answer. Judged by our own engine, signed with the third party's key, kept before it leaves.

use super::asking::{Asked, ForeignDesk};
use super::error::TtpError;
use super::evidence::{pieces_behind, pieces_in};
use super::judgement::{
    Judgement, Part, compose, is_signed_after, message, parts_of, parts_of_certificates, verify_document,
};
use super::keeping::Given;
use super::request::{Refusal, Unwrapped, asked_for, check, unwrap};
use crate::cms::dvcs::{
    CertInfo, DataToCertify, DvcsRequest, DvcsResponse, DvcsTime, ErrorNotice, FailureInfo, PkiStatus, PkiStatusInfo,
    Service,
};
use crate::report::Answer;
use crate::service::{HeldKey, Verifier};
use crate::signing::{ReceiptAuthority, SigningError, issue_response};
use crate::store::{BesideReceipt, Digest, EvidencePiece, Store};
use crate::time::Timestamp;
use crate::trust::{PartyId, ReceiptFinding, TtpStatus};
use crate::validation::DocumentReport;
use crate::validation::receipt::{Dialect, ReceiptFault, ReceiptQuestion, ReceiptSubject, ThirdParty};

/// A third party at work.
#[derive(Debug)]
pub struct ReceiptOffice {
    held: HeldKey,
    party: PartyId,
    dialect: Dialect,
    store: Store,
}

/// What a client hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DvcsReply {
    /// The signed answer.
    pub octets: Vec<u8>,
    /// What it says.
    pub status: TtpStatus,
}

/// A request that was read and judged, as far as that goes without asking third parties.
pub struct Judged {
    request: Option<DvcsRequest>,
    judgement: Judgement,
    answer: Option<Answer>,
}

impl Judged {
    /// What was found about the document, where one was judged: what is missing in it may be fetched, and it judged again.
    pub fn answer(&mut self) -> Option<&mut Answer> {
        self.answer.as_mut()
    }
}

impl ReceiptOffice {
    /// Puts one together.
    ///
    /// *Errors*: those of `ReceiptAuthority::new`.
    pub fn new(held: HeldKey, (party, dialect): (PartyId, Dialect), store: Store) -> Result<Self, SigningError> {
        ReceiptAuthority::new(held.key.as_ref(), &held.certificate)?;
        Ok(Self { held, party, dialect, store })
    }

    /// Reads and judges a request. Computes, and waits for nobody.
    pub fn judge(&self, octets: &[u8], verifier: &Verifier, now: Timestamp) -> Judged {
        let unwrapped = match unwrap(octets) {
            Ok(unwrapped) => unwrapped,
            Err(refusal) => return Judged { request: None, judgement: Judgement::Notice(refusal), answer: None },
        };
        let judged = check(&unwrapped, octets, &self.dialect, (verifier, now))
            .and_then(|()| judge_data(&unwrapped, (verifier, now)));
        let (judgement, answer) = judged.unwrap_or_else(|refusal| (Judgement::Notice(refusal), None));
        Judged { request: Some(unwrapped.request), judgement, answer }
    }

    /// Has third parties of other states asked where the route leads through one, signs the answer and keeps it.
    ///
    /// *Takes* what was judged, and under which verifier, so that what stands beside the receipt is what it rests on.
    /// A crash before the answer is kept leaves at most an unused number; after it, the answer can be had again by asking
    /// again. *Errors*: `TtpError`.
    pub async fn answer(
        &self,
        judged: Judged,
        (verifier, desk): (&Verifier, Option<&ForeignDesk<'_>>),
        now: Timestamp,
    ) -> Result<DvcsReply, TtpError> {
        let Judged { request, judgement, answer } = judged;
        let report = answer.and_then(|answer| answer.result.ok());
        if !self.held.certificate.validity().contains(now) {
            return Err(TtpError::CertificateNotValid);
        }
        let (judgement, foundations) = match (&request, &report, desk) {
            (Some(request), Some(report), Some(desk)) => {
                let asked = desk.ask_about(report, request, now).await?;
                let parts = with_receipts(report, &asked, verifier);
                let kept = asked.iter().filter_map(Asked::kept).collect();
                (if asked.is_empty() { judgement } else { compose(parts) }, kept)
            }
            _ => (judgement, Vec::new()),
        };
        // We write GeneralizedTime in whole seconds; who may be asked is a question of this very instant.
        let stated = Timestamp::from_unix_seconds(now.unix_seconds());
        let (response, serial, parts) = self.respond(request.as_ref(), judgement, stated).await?;
        let authority = ReceiptAuthority::new(self.held.key.as_ref(), &self.held.certificate)?;
        let octets = issue_response(&response, stated, &authority)?;
        let status = status_of(&response);
        let document = request.as_ref().and_then(|request| message(&request.data).ok());
        let given = Given {
            party: &self.party,
            request: request.as_ref(),
            document,
            serial: serial.as_deref(),
            status,
            parts: &parts,
            signed: &octets,
        };
        // An error notice says nothing of the document, and is heard by nobody again.
        let evidence = match (&report, &serial) {
            (_, None) => Vec::new(),
            (report, Some(_)) => {
                let of_document = report.as_ref().map(|report| pieces_in(report, document, verifier));
                let of_our_own = self.behind_our_own((&octets, request.as_ref()), verifier, stated);
                of_document.into_iter().flatten().chain(of_our_own).collect()
            }
        };
        let beside = BesideReceipt { rests_on: &foundations, evidence: &evidence };
        self.store.put_receipt(&given.row(stated), beside).await?;
        Ok(DvcsReply { octets, status })
    }

    /// What tells that our own signature holds: where our certificate has expired, and its centre's lists are replaced, the
    /// answer is judged by that. Nothing where the snapshot does not know us, or what it knows does not hold.
    fn behind_our_own(
        &self,
        (octets, request): (&[u8], Option<&DvcsRequest>),
        verifier: &Verifier,
        now: Timestamp,
    ) -> Vec<EvidencePiece> {
        let parties = ThirdParty::all_of(&verifier.trust().compiled);
        let Some(party) = parties.iter().find(|party| party.id == self.party) else { return Vec::new() };
        let subject = request.map_or(ReceiptSubject::Unknown, ReceiptSubject::Request);
        let question = ReceiptQuestion { response: octets, subject, party, proven_at: None };
        match verifier.validate_receipt(&question, now) {
            Ok(receipt) => pieces_behind(receipt.rests_on(), verifier),
            Err(rejected) => {
                let faults: Vec<&str> = rejected.faults.iter().map(ReceiptFault::code).collect();
                tracing::warn!(?faults, "our own receipt does not hold under the snapshot in use");
                Vec::new()
            }
        }
    }

    async fn respond(
        &self,
        request: Option<&DvcsRequest>,
        judgement: Judgement,
        now: Timestamp,
    ) -> Result<(DvcsResponse, Option<Vec<u8>>, Vec<Part>), TtpError> {
        let (request, status, parts) = match (request, judgement) {
            (Some(request), Judgement::Receipt { status, parts }) => (request, status, parts),
            (request, Judgement::Receipt { .. }) => {
                return Ok((notice(request, &Refusal::new(FailureInfo::BAD_REQUEST, "")), None, Vec::new()));
            }
            (request, Judgement::Notice(refusal)) => return Ok((notice(request, &refusal), None, Vec::new())),
        };
        // One series for all nodes on one store; a number that a crash leaves unused is never given again.
        let serial = self.store.reserve_serial(&format!("receipts {}", self.party)).await?;
        let serial = positive(serial);
        let authority = ReceiptAuthority::new(self.held.key.as_ref(), &self.held.certificate)?;
        let info = CertInfo {
            request_information: request.information.clone(),
            message_imprint: request.data.imprint(authority.digest()),
            serial_number: serial.clone(),
            response_time: DvcsTime::Stated(now),
            status: Some(status),
            policy: None,
            request_signature: None,
            certs: parts.iter().filter_map(Part::element).collect(),
            extensions: None,
            unknown_critical_extension: false,
        };
        Ok((DvcsResponse::Certificate(Box::new(info)), Some(serial), parts))
    }
}

fn judge_data(
    unwrapped: &Unwrapped,
    (verifier, now): (&Verifier, Timestamp),
) -> Result<(Judgement, Option<Answer>), Refusal> {
    let request = &unwrapped.request;
    let asked_for = asked_for(request);
    match (request.information.service, &request.data) {
        // §2.1, §2.4: that the data, or its digest, was there; nothing about what it says.
        (Service::Cpd | Service::Ccpd, _) => {
            let status = PkiStatusInfo::plain(PkiStatus::Granted);
            Ok((Judgement::Receipt { status, parts: Vec::new() }, None))
        }
        (Service::Vpkc, DataToCertify::Certificates { targets, .. }) => {
            let parts = parts_of_certificates(targets, (verifier, asked_for.unwrap_or(now), now))?;
            Ok((compose(parts), None))
        }
        _ => {
            let answer = verify_document(message(&request.data)?, (verifier, asked_for, now))?;
            let report = answer.result.as_ref().map_err(|error| {
                Refusal::new(FailureInfo::BAD_DATA_FORMAT, format!("the document does not read: {error}"))
            })?;
            if is_signed_after(report, now) {
                return Err(Refusal::new(FailureInfo::BAD_TIME, "a signer states a time that has not come yet"));
            }
            // Nothing is asserted for a time at which the document, by its own words, was not there.
            if asked_for.is_some_and(|asked_for| is_signed_after(report, asked_for)) {
                return Err(Refusal::new(FailureInfo::BAD_TIME, "a signer states a time after the one asked for"));
            }
            let judgement = compose(parts_of(report, &[], verifier.trust()));
            Ok((judgement, Some(answer)))
        }
    }
}

/// The parts once more, with what third parties of other states said; their receipts go along.
fn with_receipts(report: &DocumentReport, asked: &[Asked], verifier: &Verifier) -> Vec<Part> {
    let findings: Vec<ReceiptFinding> = asked.iter().filter_map(Asked::finding).collect();
    let mut parts = parts_of(report, &findings, verifier.trust());
    for part in &mut parts {
        part.assertion = asked.iter().find_map(|one| one.assertion_about(part.certificate.as_ref()));
        // What the other third party says stands beside our own reasons.
        part.codes.extend(asked.iter().map(|one| format!("{}: {}", one.party(), one.outcome())));
        if part.status == TtpStatus::CannotVerify && asked.iter().any(Asked::is_waiting) {
            part.status = TtpStatus::Waiting;
        }
    }
    parts
}

fn notice(request: Option<&DvcsRequest>, refusal: &Refusal) -> DvcsResponse {
    DvcsResponse::Error(ErrorNotice {
        transaction_status: PkiStatusInfo::rejection(&*refusal.text, refusal.bit),
        // RFC 3029 §9.1: copied from the request.
        transaction_identifier: request.and_then(|request| request.transaction_identifier.clone()),
    })
}

fn status_of(response: &DvcsResponse) -> TtpStatus {
    match response {
        DvcsResponse::Error(_) => TtpStatus::CannotVerify,
        DvcsResponse::Certificate(info) => match info.status.as_ref().map(|status| status.status) {
            None | Some(PkiStatus::Granted) => TtpStatus::Verified,
            Some(PkiStatus::Waiting) => TtpStatus::Waiting,
            Some(_) => TtpStatus::NotVerified,
        },
    }
}

/// Contents octets of an INTEGER.
fn positive(serial: u64) -> Vec<u8> {
    let mut octets: Vec<u8> = serial.to_be_bytes().into_iter().skip_while(|&octet| octet == 0).collect();
    if octets.first().is_none_or(|&octet| octet & 0x80 != 0) {
        octets.insert(0, 0);
    }
    octets
}

/// Never a key.
impl std::fmt::Debug for Judged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Judged").field("judgement", &self.judgement).finish_non_exhaustive()
    }
}

/// The receipts about a document that are kept here, by digest.
impl ReceiptOffice {
    /// Whose receipts it gives.
    pub fn party(&self) -> &PartyId {
        &self.party
    }

    /// Under which rules.
    pub fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// Gives the octets of a receipt that was given.
    ///
    /// *Errors*: those of the store.
    pub async fn receipt(&self, digest: &Digest) -> Result<Option<Vec<u8>>, TtpError> {
        Ok(self.store.receipt(digest).await?.map(|row| row.signed))
    }
}
