//! What is kept on disk: issued documents with their histories, number series, API keys, trust snapshots; and files.

mod documents;
mod error;
mod fetched;
pub mod files;
mod integrity;
mod job_rows;
mod jobs;
mod keys;
mod list;
mod open;
mod receipt_evidence;
mod receipts;
mod rows;
mod session;
mod trust;
mod trust_log;

pub use error::{Conflict, StoreError, Subject};
pub use fetched::{FetchedFolder, FetchedHeader};
pub use integrity::{Finding, IntegrityReport, Part};
pub use job_rows::{JobItem, JobLoad, JobResult, JobRow, JobState, JobTally};
pub use open::{Location, Store};
pub use receipt_evidence::{BesideReceipt, EvidenceKind, EvidencePiece};
pub use receipts::{Direction, ReceiptRequestRow, ReceiptRow};
pub use rows::{
    ACTIONS_FIRST, ApiKey, Cursor, Digest, Document, DocumentFilter, DocumentSummary, Issued, Meta, Record, Request,
    Role, StoredDocument, StoredRecord, TrustLogRow, TrustSnapshotRow,
};

#[cfg(test)]
mod tests;
