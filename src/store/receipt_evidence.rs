//! What receipts rest on, kept beside them, and the way out after the years of keeping (order 547/НҚ п. 12, п. 13).

use super::error::{StoreError, Subject};
use super::open::Store;
use super::receipts::{ReceiptRow, Row, SELECT_DUE, receipt_of_row};
use super::rows::Digest;
use super::session::{Session, Value};
use crate::limits::STORE_PAGE_MAX;
use crate::time::Timestamp;

/// What kind of thing a piece of evidence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EvidenceKind {
    /// A certificate.
    Certificate,
    /// A CRL, full or delta.
    Crl,
    /// An OCSP response.
    Ocsp,
}

impl EvidenceKind {
    /// The name under which it is kept and told.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Crl => "crl",
            Self::Ocsp => "ocsp",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Certificate, Self::Crl, Self::Ocsp].into_iter().find(|kind| kind.name() == name)
    }
}

/// One piece of evidence, in DER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidencePiece {
    /// What it is.
    pub kind: EvidenceKind,
    /// Its octets.
    pub octets: Vec<u8>,
}

/// What is kept beside a receipt.
#[derive(Debug, Clone, Copy, Default)]
pub struct BesideReceipt<'a> {
    /// The receipts that it rests on, which are kept already.
    pub rests_on: &'a [Digest],
    /// What its judgement rested on.
    pub evidence: &'a [EvidencePiece],
}

impl Store {
    /// Gives what the judgement of a receipt rested on when it came, and what was heard against its signer since.
    ///
    /// *Cost*: as much as was put there: within `RECEIPT_EVIDENCE_MAX` and `RECEIPT_EVIDENCE_BYTES_MAX` about the document,
    /// the same about its signer, and what revokes that; beside it `RECEIPT_CARRIED_BYTES_MAX`.
    pub async fn receipt_evidence(&self, receipt: &Digest) -> Result<Vec<EvidencePiece>, StoreError> {
        let rows: Vec<(Vec<u8>, String, Vec<u8>)> = self.read().await?.rows(EVIDENCE, &[receipt.into()]).await?;
        let piece = |(digest, kind, octets): (Vec<u8>, String, Vec<u8>)| {
            let corrupt = || StoreError::Corrupt { what: Subject::Receipt, id: receipt.to_string() };
            let kind = EvidenceKind::from_name(&kind).ok_or_else(corrupt)?;
            if Digest::of(&octets).0 != digest.as_slice() {
                return Err(corrupt());
            }
            Ok(EvidencePiece { kind, octets })
        };
        rows.into_iter().map(piece).collect()
    }

    /// Adds what became known of a kept receipt since it came; what is there already is not written again.
    pub async fn add_receipt_evidence(&self, receipt: &Digest, evidence: &[EvidencePiece]) -> Result<(), StoreError> {
        let names: Vec<(Vec<u8>,)> = self.read().await?.rows(EVIDENCE_NAMES, &[receipt.into()]).await?;
        let is_new =
            |piece: &&EvidencePiece| names.iter().all(|(name,)| Digest::of(&piece.octets).0 != name.as_slice());
        let new: Vec<EvidencePiece> = evidence.iter().filter(is_new).cloned().collect();
        if new.is_empty() {
            return Ok(());
        }
        let mut session = self.write().await?;
        insert_beside(&mut session, receipt, BesideReceipt { evidence: &new, ..BesideReceipt::default() }).await?;
        Ok(session.commit().await?)
    }

    /// Gives receipts that need not be kept any more at `before`, those first that went first; none that another one rests
    /// on, so that whoever goes through them again and again takes the upper ones before what they rest on.
    ///
    /// *Cost*: `STORE_PAGE_MAX`.
    pub async fn receipts_past_retention(&self, before: Timestamp) -> Result<Vec<ReceiptRow>, StoreError> {
        let page = i64::try_from(STORE_PAGE_MAX.value).unwrap_or(i64::MAX);
        let rows: Vec<Row> = self.read().await?.rows(SELECT_DUE, &[before.into(), page.into()]).await?;
        rows.into_iter().map(receipt_of_row).collect()
    }

    /// Removes a receipt that was written to an archive, with what is kept beside it and beside nothing else. Gives whether
    /// it went: one that is to be kept longer, that another one rests on, or that is gone already does not.
    pub async fn remove_archived_receipt(&self, receipt: &ReceiptRow, now: Timestamp) -> Result<bool, StoreError> {
        let mut session = self.write().await?;
        let digest = Value::from(&receipt.digest);
        if session.execute(NOTE_ARCHIVED, &[digest, receipt.recorded_at.into(), now.into()]).await? == 0 {
            return Ok(false);
        }
        let pieces: Vec<(Vec<u8>,)> = session.rows(EVIDENCE_NAMES, &[digest]).await?;
        session.execute("DELETE FROM receipt_foundations WHERE receipt = $1", &[digest]).await?;
        session.execute("DELETE FROM receipt_evidence WHERE receipt = $1", &[digest]).await?;
        for (piece,) in &pieces {
            session.execute(REMOVE_EVIDENCE, &[piece.as_slice().into()]).await?;
        }
        session.execute("DELETE FROM receipts WHERE digest = $1", &[digest]).await?;
        session.commit().await?;
        Ok(true)
    }
}

/// Puts what is beside a receipt into the transaction that keeps it; a piece that is here already is not sent again.
pub(super) async fn insert_beside(
    session: &mut Session,
    receipt: &Digest,
    beside: BesideReceipt<'_>,
) -> Result<(), sqlx::Error> {
    for foundation in beside.rests_on {
        session.execute(INSERT_FOUNDATION, &[receipt.into(), foundation.into()]).await?;
    }
    for piece in beside.evidence {
        let digest = Digest::of(&piece.octets);
        if session.row::<(i64,)>(HAS_EVIDENCE, &[(&digest).into()]).await?.is_none() {
            let values = [Value::from(&digest), piece.kind.name().into(), piece.octets.as_slice().into()];
            session.execute(INSERT_EVIDENCE, &values).await?;
        }
        session.execute(INSERT_RECEIPT_EVIDENCE, &[receipt.into(), (&digest).into()]).await?;
    }
    Ok(())
}

const INSERT_FOUNDATION: &str =
    "INSERT INTO receipt_foundations (receipt, foundation) VALUES ($1, $2) ON CONFLICT DO NOTHING";
const HAS_EVIDENCE: &str = "SELECT CAST(1 AS BIGINT) FROM evidence WHERE digest = $1";
const INSERT_EVIDENCE: &str = "INSERT INTO evidence (digest, kind, octets) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
const INSERT_RECEIPT_EVIDENCE: &str =
    "INSERT INTO receipt_evidence (receipt, evidence) VALUES ($1, $2) ON CONFLICT DO NOTHING";
const EVIDENCE: &str = "SELECT e.digest, e.kind, e.octets FROM receipt_evidence r JOIN evidence e \
    ON e.digest = r.evidence WHERE r.receipt = $1 ORDER BY e.digest";
const EVIDENCE_NAMES: &str = "SELECT evidence FROM receipt_evidence WHERE receipt = $1 ORDER BY evidence";
const NOTE_ARCHIVED: &str = "INSERT INTO archived_receipts (digest, recorded_at, retained_until, archived_at) \
    SELECT r.digest, r.recorded_at, r.retained_until, CAST($3 AS BIGINT) FROM receipts r \
    WHERE r.digest = $1 AND r.recorded_at = $2 AND r.retained_until <= $3 \
    AND NOT EXISTS (SELECT 1 FROM receipt_foundations f WHERE f.foundation = r.digest)";
const REMOVE_EVIDENCE: &str = "DELETE FROM evidence WHERE digest = $1 \
    AND NOT EXISTS (SELECT 1 FROM receipt_evidence r WHERE r.evidence = evidence.digest)";
