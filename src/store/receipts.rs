//! Receipts of trusted third parties as given and received, and requests that still wait; documents are not kept.

use super::documents::{count, digest_of_column, is_foreign_key_violation, is_unique_violation};
use super::error::{Conflict, StoreError, Subject};
use super::open::Store;
use super::receipt_evidence::{BesideReceipt, insert_beside};
use super::rows::Digest;
use super::session::{Session, Value};
use crate::limits::{RECEIPTS_MAX, STORE_PAGE_MAX};
use crate::time::Timestamp;

/// Which way a receipt went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// This node gave it.
    Issued,
    /// Another third party gave it to this node.
    Received,
}

impl Direction {
    /// The name under which it is kept and told.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Received => "received",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Issued, Self::Received].into_iter().find(|direction| direction.name() == name)
    }
}

/// A receipt as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptRow {
    /// SHA-256 of `signed`.
    pub digest: Digest,
    /// Which way it went.
    pub direction: Direction,
    /// Whose it is, by the registry's name.
    pub party: String,
    /// Which service it is of (`vsd`, …).
    pub service: String,
    /// Its number in hexadecimal; an error notice has none.
    pub serial: Option<String>,
    /// The transaction that the request named, in hexadecimal.
    pub transaction_id: Option<String>,
    /// SHA-256 of the document's octets as sent.
    pub document_digest: Option<Digest>,
    /// For which time validity was asked, where another than that of the answer.
    pub asked_for: Option<Timestamp>,
    /// What it says.
    pub status: String,
    /// When it says that it was made.
    pub stated_at: Timestamp,
    /// Since when it is here.
    pub recorded_at: Timestamp,
    /// Until when it has to be kept.
    pub retained_until: Timestamp,
    /// What it says of each signature, in canonical JSON.
    pub signatures: Vec<u8>,
    /// Its octets.
    pub signed: Vec<u8>,
}

impl ReceiptRow {
    /// Whether it says of any signature that it is not verified.
    pub fn says_no(&self) -> bool {
        matches!(self.status.as_str(), "not-verified" | "partly-verified")
    }
}

/// A request whose answer is not final.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptRequestRow {
    /// SHA-256 over third party and document, in hexadecimal: one question is asked once.
    pub id: String,
    /// Who is asked.
    pub party: String,
    /// SHA-256 of the document's octets.
    pub document_digest: Digest,
    /// The request as sent, the document within.
    pub request: Vec<u8>,
    /// When it was asked first.
    pub asked_at: Timestamp,
    /// How often it was asked.
    pub tries: u64,
    /// When it is asked again.
    pub next_try: Timestamp,
    /// What became of it last, by its code.
    pub outcome: String,
}

impl Store {
    /// Keeps a receipt with what it rests on; the same receipt again changes nothing.
    ///
    /// *Errors*: `Conflict::SerialTaken` where the third party gave another receipt under this number.
    pub async fn put_receipt(&self, receipt: &ReceiptRow, beside: BesideReceipt<'_>) -> Result<(), StoreError> {
        match self.try_to_put(receipt, beside).await {
            // What it rests on left for an archive between our look and our word for it: it is put anew.
            Err(StoreError::Defect(error)) if is_foreign_key_violation(&error) => {
                self.try_to_put(receipt, beside).await
            }
            other => other,
        }
    }

    async fn try_to_put(&self, receipt: &ReceiptRow, beside: BesideReceipt<'_>) -> Result<(), StoreError> {
        let mut session = self.write().await?;
        if find(&mut session, &receipt.digest).await?.is_some() {
            return Ok(());
        }
        match insert(&mut session, receipt).await {
            Ok(()) => {}
            Err(error) if is_unique_violation(&error) => {
                drop(session);
                return self.explain_receipt(receipt, error).await;
            }
            Err(error) => return Err(error.into()),
        }
        insert_beside(&mut session, &receipt.digest, beside).await?;
        Ok(session.commit().await?)
    }

    /// Another process may have kept the same receipt since we looked.
    async fn explain_receipt(&self, receipt: &ReceiptRow, error: sqlx::Error) -> Result<(), StoreError> {
        match (self.receipt(&receipt.digest).await?, &receipt.serial) {
            (Some(_), _) => Ok(()),
            (None, Some(serial)) => {
                Err(Conflict::SerialTaken { party: receipt.party.clone(), serial: serial.clone() }.into())
            }
            (None, None) => Err(error.into()),
        }
    }

    /// Gives the receipt of this digest, if it is kept.
    pub async fn receipt(&self, digest: &Digest) -> Result<Option<ReceiptRow>, StoreError> {
        find(&mut self.read().await?, digest).await
    }

    /// Gives the receipts that say something about a document's signatures (vsd) for the time asked for: those that say no
    /// before all others, however many there are, and of either the newest first.
    ///
    /// Proofs of possession and error notices, which anybody may have made in any number, are not among them.
    ///
    /// *Cost*: `RECEIPTS_MAX`.
    pub async fn receipts_about(
        &self,
        document: &Digest,
        asked_for: Option<Timestamp>,
    ) -> Result<Vec<ReceiptRow>, StoreError> {
        let most = Value::from(i64::try_from(RECEIPTS_MAX.value).unwrap_or(i64::MAX));
        let asked_for = Value::Integer(asked_for.map(Timestamp::unix_millis));
        let values = [document.into(), asked_for, most];
        let rows: Vec<Row> = self.read().await?.rows(RECEIPTS_OF_DOCUMENT, &values).await?;
        rows.into_iter().map(receipt_of_row).collect()
    }

    /// Gives the latest receipts, the newest first.
    ///
    /// *Cost*: `STORE_PAGE_MAX`.
    pub async fn latest_receipts(&self) -> Result<Vec<ReceiptRow>, StoreError> {
        let rows: Vec<Row> = self.read().await?.rows(LATEST_RECEIPTS, &[page()]).await?;
        rows.into_iter().map(receipt_of_row).collect()
    }

    /// Gives the digests of the receipts that one rests on.
    pub async fn receipt_foundations(&self, digest: &Digest) -> Result<Vec<Digest>, StoreError> {
        let rows: Vec<(Vec<u8>,)> = self.read().await?.rows(FOUNDATIONS, &[digest.into()]).await?;
        let id = digest.to_string();
        rows.into_iter().map(|(foundation,)| digest_of_column(&foundation, Subject::Receipt, &id)).collect()
    }

    /// Keeps a request that waits; the same question is kept once, with what became of it last.
    pub async fn put_receipt_request(&self, request: &ReceiptRequestRow) -> Result<(), StoreError> {
        let tries = i64::try_from(request.tries).map_err(|_| StoreError::TooLarge { what: "the number of tries" })?;
        let values = [
            Value::from(&request.id),
            Value::from(&request.party),
            Value::from(&request.document_digest),
            Value::from(request.request.as_slice()),
            Value::from(request.asked_at),
            Value::from(tries),
            Value::from(request.next_try),
            Value::from(&request.outcome),
        ];
        let mut session = self.write().await?;
        session.execute(PUT_REQUEST, &values).await?;
        Ok(session.commit().await?)
    }

    /// Takes a request for asking now: until `until` nobody else does. Gives whether it was taken.
    pub async fn claim_receipt_request(
        &self,
        request: &ReceiptRequestRow,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let values = [until.into(), Value::from(&request.id), request.next_try.into()];
        let mut session = self.write().await?;
        let taken = session.execute(CLAIM_REQUEST, &values).await?;
        session.commit().await?;
        Ok(taken == 1)
    }

    /// Gives the ids of the requests that are to be asked again at `now`, the longest due first; each holds a document.
    ///
    /// *Cost*: `STORE_PAGE_MAX`.
    pub async fn due_receipt_requests(&self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(String,)> = self.read().await?.rows(DUE_REQUESTS, &[now.into(), page()]).await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    /// Gives the request of this id, if it waits.
    pub async fn receipt_request(&self, id: &str) -> Result<Option<ReceiptRequestRow>, StoreError> {
        let row: Option<RequestRow> = self.read().await?.row(REQUEST_BY_ID, &[id.into()]).await?;
        row.map(request_of_row).transpose()
    }

    /// Forgets a request whose answer is final, and with it the document.
    pub async fn end_receipt_request(&self, id: &str) -> Result<(), StoreError> {
        let mut session = self.write().await?;
        session.execute(END_REQUEST, &[id.into()]).await?;
        Ok(session.commit().await?)
    }
}

fn page() -> Value<'static> {
    Value::from(i64::try_from(STORE_PAGE_MAX.value).unwrap_or(i64::MAX))
}

async fn find(session: &mut Session, digest: &Digest) -> Result<Option<ReceiptRow>, StoreError> {
    session.row::<Row>(RECEIPT_BY_DIGEST, &[digest.into()]).await?.map(receipt_of_row).transpose()
}

async fn insert(session: &mut Session, receipt: &ReceiptRow) -> Result<(), sqlx::Error> {
    let values = [
        Value::from(&receipt.digest),
        Value::from(receipt.direction.name()),
        Value::from(&receipt.party),
        Value::from(&receipt.service),
        Value::Text(receipt.serial.as_deref()),
        Value::Text(receipt.transaction_id.as_deref()),
        Value::Octets(receipt.document_digest.as_ref().map(|digest| digest.0.as_slice())),
        Value::Integer(receipt.asked_for.map(Timestamp::unix_millis)),
        Value::from(&receipt.status),
        Value::from(receipt.stated_at),
        Value::from(receipt.recorded_at),
        Value::from(receipt.retained_until),
        Value::from(receipt.signatures.as_slice()),
        Value::from(receipt.signed.as_slice()),
    ];
    session.execute(INSERT_RECEIPT, &values).await.map(|_| ())
}

pub(super) type Row = (
    Vec<u8>,
    String,
    String,
    String,
    Option<String>,
    Option<String>,
    Option<Vec<u8>>,
    Option<i64>,
    String,
    i64,
    i64,
    i64,
    Vec<u8>,
    Vec<u8>,
);

pub(super) fn receipt_of_row(row: Row) -> Result<ReceiptRow, StoreError> {
    let (
        digest,
        direction,
        party,
        service,
        serial,
        transaction_id,
        document,
        asked_for,
        status,
        stated_at,
        recorded_at,
        retained_until,
        signatures,
        signed,
    ) = row;
    let id = digest_of_column(&digest, Subject::Receipt, "?").map(|d| d.to_string())?;
    let corrupt = || StoreError::Corrupt { what: Subject::Receipt, id: id.clone() };
    let digest = digest_of_column(&digest, Subject::Receipt, &id)?;
    // What proves that a document was verified is not taken on the word of a column.
    if Digest::of(&signed) != digest {
        return Err(corrupt());
    }
    Ok(ReceiptRow {
        digest,
        direction: Direction::from_name(&direction).ok_or_else(corrupt)?,
        party,
        service,
        serial,
        transaction_id,
        document_digest: document.map(|d| digest_of_column(&d, Subject::Receipt, &id)).transpose()?,
        asked_for: asked_for.map(Timestamp::from_unix_millis),
        status,
        stated_at: Timestamp::from_unix_millis(stated_at),
        recorded_at: Timestamp::from_unix_millis(recorded_at),
        retained_until: Timestamp::from_unix_millis(retained_until),
        signatures,
        signed,
    })
}

type RequestRow = (String, String, Vec<u8>, Vec<u8>, i64, i64, i64, String);

fn request_of_row(row: RequestRow) -> Result<ReceiptRequestRow, StoreError> {
    let (id, party, document_digest, request, asked_at, tries, next_try, outcome) = row;
    Ok(ReceiptRequestRow {
        document_digest: digest_of_column(&document_digest, Subject::Receipt, &id)?,
        tries: count(tries, Subject::Receipt, &id)?,
        id,
        party,
        request,
        asked_at: Timestamp::from_unix_millis(asked_at),
        next_try: Timestamp::from_unix_millis(next_try),
        outcome,
    })
}

const INSERT_RECEIPT: &str = "INSERT INTO receipts (digest, direction, party, service, serial, transaction_id, \
    document_digest, asked_for, status, stated_at, recorded_at, retained_until, signatures, signed) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
const FOUNDATIONS: &str = "SELECT foundation FROM receipt_foundations WHERE receipt = $1 ORDER BY foundation";
const RECEIPT_BY_DIGEST: &str = "SELECT digest, direction, party, service, serial, transaction_id, document_digest, \
    asked_for, status, stated_at, recorded_at, retained_until, signatures, signed FROM receipts WHERE digest = $1";
const RECEIPTS_OF_DOCUMENT: &str = "SELECT digest, direction, party, service, serial, transaction_id, document_digest, \
    asked_for, status, stated_at, recorded_at, retained_until, signatures, signed FROM receipts \
    WHERE document_digest = $1 AND service = 'vsd' AND serial IS NOT NULL \
    AND asked_for IS NOT DISTINCT FROM CAST($2 AS BIGINT) \
    ORDER BY CASE WHEN status IN ('not-verified', 'partly-verified') THEN 0 ELSE 1 END, recorded_at DESC, digest LIMIT $3";
const LATEST_RECEIPTS: &str = "SELECT digest, direction, party, service, serial, transaction_id, document_digest, \
    asked_for, status, stated_at, recorded_at, retained_until, signatures, signed FROM receipts \
    ORDER BY recorded_at DESC, digest LIMIT $1";
pub(super) const SELECT_DUE: &str = "SELECT digest, direction, party, service, serial, transaction_id, document_digest, \
    asked_for, status, stated_at, recorded_at, retained_until, signatures, signed FROM receipts \
    WHERE retained_until <= $1 \
    AND NOT EXISTS (SELECT 1 FROM receipt_foundations f WHERE f.foundation = receipts.digest) \
    ORDER BY retained_until, digest LIMIT $2";
const PUT_REQUEST: &str = "INSERT INTO receipt_requests (id, party, document_digest, request, asked_at, tries, \
    next_try, outcome) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
    ON CONFLICT (id) DO UPDATE SET tries = excluded.tries, next_try = excluded.next_try, outcome = excluded.outcome";
const CLAIM_REQUEST: &str = "UPDATE receipt_requests SET next_try = $1 WHERE id = $2 AND next_try = $3";
const DUE_REQUESTS: &str = "SELECT id FROM receipt_requests WHERE next_try <= $1 ORDER BY next_try, id LIMIT $2";
const REQUEST_BY_ID: &str = "SELECT id, party, document_digest, request, asked_at, tries, next_try, outcome \
    FROM receipt_requests WHERE id = $1";
const END_REQUEST: &str = "DELETE FROM receipt_requests WHERE id = $1";
