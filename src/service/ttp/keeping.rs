//! Receipts as they are kept: five years, with what they say of each signature (order 547/НҚ п. 12).

use serde::Serialize;
use serde_json::{Value, json};

use super::evidence::pieces_behind;
use super::judgement::Part;
use crate::cms::dvcs::DvcsRequest;
use crate::codec::armour::{self, hex};
use crate::codec::json;
use crate::service::Verifier;
use crate::store::{BesideReceipt, Digest, Direction, ReceiptRow, Store, StoreError};
use crate::time::Timestamp;
use crate::trust::{PartyId, TtpStatus};
use crate::validation::receipt::{SignatureResult, VerifiedReceipt};
use crate::x509::Certificate;

/// Five years, leap days included.
const RETENTION_SECONDS: i64 = 5 * 366 * 86_400;

/// What a receipt says of one signature, as it is kept and told.
#[derive(Clone, Debug, Serialize)]
struct SignatureRecord {
    index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    status: &'static str,
    reasons: Vec<String>,
}

/// The name of a status in the store and in reports.
pub(super) fn name_of(status: TtpStatus) -> &'static str {
    match status {
        TtpStatus::Verified => "verified",
        TtpStatus::PartlyVerified => "partly-verified",
        TtpStatus::NotVerified => "not-verified",
        TtpStatus::CannotVerify => "cannot-verify",
        TtpStatus::Waiting => "waiting",
    }
}

/// A receipt that this node gives.
pub(super) struct Given<'a> {
    pub(super) party: &'a PartyId,
    pub(super) request: Option<&'a DvcsRequest>,
    pub(super) document: Option<&'a [u8]>,
    pub(super) serial: Option<&'a [u8]>,
    pub(super) status: TtpStatus,
    pub(super) parts: &'a [Part],
    pub(super) signed: &'a [u8],
}

impl Given<'_> {
    pub(super) fn row(&self, now: Timestamp) -> ReceiptRow {
        let record = |(index, part): (usize, &Part)| SignatureRecord {
            index,
            certificate_sha256: part.certificate.as_ref().map(|c| c.fingerprint().to_string()),
            subject: part.certificate.as_ref().map(Certificate::label),
            status: name_of(part.status),
            reasons: part.codes.clone(),
        };
        let records: Vec<SignatureRecord> = self.parts.iter().enumerate().map(record).collect();
        ReceiptRow {
            digest: Digest::of(self.signed),
            direction: Direction::Issued,
            party: self.party.to_string(),
            service: self.request.map_or("none", |request| request.information.service.name()).to_owned(),
            serial: self.serial.map(hex),
            transaction_id: self.request.and_then(|request| request.transaction_identifier.as_deref()).map(hex),
            document_digest: self.document.map(Digest::of),
            asked_for: self.request.and_then(super::request::asked_for),
            status: name_of(self.status).to_owned(),
            stated_at: now,
            recorded_at: now,
            retained_until: now.plus_seconds(RETENTION_SECONDS),
            signatures: encode(&records),
            signed: self.signed.to_vec(),
        }
    }
}

/// A receipt that another third party gave, to us or to whoever brought it here.
fn received(receipt: &VerifiedReceipt, octets: &[u8], now: Timestamp) -> ReceiptRow {
    let record = |result: &SignatureResult| SignatureRecord {
        index: result.index,
        certificate_sha256: result.certificate.as_ref().map(|c| c.fingerprint().to_string()),
        subject: result.certificate.as_ref().map(Certificate::label),
        status: name_of(result.status),
        reasons: Vec::new(),
    };
    let records: Vec<SignatureRecord> = receipt.signatures().iter().map(record).collect();
    ReceiptRow {
        digest: Digest::of(octets),
        direction: Direction::Received,
        party: receipt.party().to_string(),
        service: receipt.service().name().to_owned(),
        serial: receipt.serial_number().map(hex),
        transaction_id: receipt.transaction_identifier().map(hex),
        document_digest: receipt.document_digest().map(|digest| Digest(digest.0)),
        asked_for: Some(receipt.attested_for()).filter(|at| *at != receipt.at()),
        status: name_of(receipt.status()).to_owned(),
        stated_at: receipt.at(),
        recorded_at: now,
        retained_until: now.plus_seconds(RETENTION_SECONDS),
        signatures: encode(&records),
        signed: octets.to_vec(),
    }
}

/// Keeps a receipt that a third party gave, with what its judgement rested on.
///
/// *Errors*: those of the store.
pub async fn keep_receipt(
    store: &Store,
    (receipt, octets): (&VerifiedReceipt, &[u8]),
    verifier: &Verifier,
    now: Timestamp,
) -> Result<(), StoreError> {
    let evidence = pieces_behind(receipt.rests_on(), verifier);
    let beside = BesideReceipt { evidence: &evidence, ..BesideReceipt::default() };
    store.put_receipt(&received(receipt, octets, now), beside).await
}

/// A kept receipt as it is told: what the store knows of it, and its octets in base64.
pub fn receipt_record(row: &ReceiptRow) -> Value {
    let signatures: Value = serde_json::from_slice(&row.signatures).unwrap_or_default();
    json!({
        "sha256": row.digest.to_string(), "direction": row.direction.name(), "party": row.party,
        "service": row.service, "serial": row.serial, "transaction_id": row.transaction_id, "status": row.status,
        "at": row.stated_at, "asked_for": row.asked_for, "recorded_at": row.recorded_at,
        "retained_until": row.retained_until, "document_sha256": row.document_digest.map(|d| d.to_string()),
        "signatures": signatures, "receipt": armour::encode(&row.signed),
    })
}

/// INVARIANT: texts and numbers only, which JSON always can.
fn encode(records: &[SignatureRecord]) -> Vec<u8> {
    json::canonical(&records).unwrap_or_default()
}
