//! Receipts whose years are over leave for an archive (order 547/НҚ п. 13): written there first, removed here after that.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::keeping::receipt_record;
use crate::limits::RECEIPT_EVIDENCE_BYTES_MAX;
use crate::store::files::{self, FileError, FileErrorKind};
use crate::store::{Digest, EvidenceKind, EvidencePiece, ReceiptRow, Store, StoreError};
use crate::time::Timestamp;

/// Why receipts were not archived; those that were, were.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// Receipts are kept until a time that has come.
    #[error("{before} has not come yet: receipts are archived when their years of keeping are over, not before")]
    NotYet {
        /// The time asked for.
        before: Timestamp,
    },
    /// The archive has other octets under a name that is the digest of ours.
    #[error("{} is there already and holds something else; nothing is removed from the store for it", path.display())]
    Different {
        /// The file.
        path: PathBuf,
    },
    /// What was written does not read back as it was written.
    #[error("{} does not read back as it was written; nothing is removed from the store for it", path.display())]
    NotWritten {
        /// The file.
        path: PathBuf,
    },
    /// The disk.
    #[error(transparent)]
    File(#[from] FileError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A folder that receipts leave for.
struct Archive<'a> {
    store: &'a Store,
    folder: &'a Path,
    /// What of this run is on disk already.
    written: BTreeSet<Digest>,
    now: Timestamp,
}

/// Moves receipts whose years of keeping were over at `before` into a folder, each as soon as it is there; gives how many
/// went.
///
/// A receipt `NAME` (its SHA-256) becomes `NAME.der`; `NAME.json`, one line with what the store said of it; and what its
/// judgement rested on, below `evidence/`; all of it is its owner's alone, as the store is. A crash leaves it in the store, in
/// the folder, or in both; the next run into the same folder writes it again. One that another receipt rests on stays for as
/// long as that one.
///
/// *Takes* the folder, made where it is missing; the time, and now. *Errors*: `ArchiveError`.
pub async fn archive_receipts(
    store: &Store,
    folder: &Path,
    (before, now): (Timestamp, Timestamp),
    mut told: impl FnMut(&ReceiptRow),
) -> Result<u64, ArchiveError> {
    if before > now {
        return Err(ArchiveError::NotYet { before });
    }
    files::create_private_folder_synced(&folder.join(EVIDENCE))?;
    let mut archive = Archive { store, folder, written: BTreeSet::new(), now };
    let mut gone: u64 = 0;
    loop {
        let page = store.receipts_past_retention(before).await?;
        let gone_before = gone;
        for row in &page {
            archive.write(row).await?;
            // Another process may have been first, or may have put a receipt above it.
            if store.remove_archived_receipt(row, now).await? {
                gone = gone.saturating_add(1);
                told(row);
            }
        }
        if gone == gone_before {
            return Ok(gone);
        }
    }
}

const EVIDENCE: &str = "evidence";

impl Archive<'_> {
    /// Writes everything about a receipt; the line that names the rest is the last.
    async fn write(&mut self, row: &ReceiptRow) -> Result<(), ArchiveError> {
        let foundations = self.store.receipt_foundations(&row.digest).await?;
        let pieces = self.store.receipt_evidence(&row.digest).await?;
        let mut evidence = Vec::new();
        for piece in &pieces {
            evidence.push(self.write_piece(piece)?);
        }
        put(&self.folder.join(format!("{}.der", row.digest)), &row.signed)?;
        let mut record = receipt_record(row);
        record.as_object_mut().into_iter().for_each(|fields| {
            let rests_on: Vec<String> = foundations.iter().map(Digest::to_string).collect();
            fields.insert("rests_on".to_owned(), json!(rests_on));
            fields.insert("evidence".to_owned(), json!(evidence));
            fields.insert("archived_at".to_owned(), json!(self.now));
        });
        let path = self.folder.join(format!("{}.json", row.digest));
        let line = format!("{record}\n").into_bytes();
        files::replace_secret(&path, &line)?;
        check_written(&path, &line)
    }

    fn write_piece(&mut self, piece: &EvidencePiece) -> Result<Value, ArchiveError> {
        let digest = Digest::of(&piece.octets);
        let extension = match piece.kind {
            EvidenceKind::Certificate => "cer",
            EvidenceKind::Crl => "crl",
            EvidenceKind::Ocsp => "ors",
        };
        let name = format!("{EVIDENCE}/{digest}.{extension}");
        // Once in a run: a list stands beside many receipts. What an earlier run left may not have reached the disk.
        if !self.written.contains(&digest) {
            put(&self.folder.join(&name), &piece.octets)?;
            self.written.insert(digest);
        }
        Ok(json!({ "kind": piece.kind.name(), "sha256": digest.to_string(), "file": name }))
    }
}

/// Writes a file whose name tells what is in it; never over something else.
fn put(path: &Path, octets: &[u8]) -> Result<(), ArchiveError> {
    match files::read_bounded(path, &RECEIPT_EVIDENCE_BYTES_MAX) {
        Ok(there) if there != octets => return Err(ArchiveError::Different { path: path.to_owned() }),
        Ok(_) => {}
        Err(error) if error.kind == FileErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    files::replace_secret(path, octets)?;
    check_written(path, octets)
}

fn check_written(path: &Path, octets: &[u8]) -> Result<(), ArchiveError> {
    if files::read_bounded(path, &RECEIPT_EVIDENCE_BYTES_MAX)? == octets {
        return Ok(());
    }
    Err(ArchiveError::NotWritten { path: path.to_owned() })
}
