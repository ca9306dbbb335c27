//! Issued documents and the records of their lives: written whole or not at all, never changed, found again.

use super::error::{Conflict, StoreError, Subject};
use super::open::Store;
use super::rows::{ACTIONS_FIRST, Digest, Document, Issued, Record, Request, StoredDocument, StoredRecord};
use super::session::{Session, Value};
use crate::time::Timestamp;

impl Store {
    /// Reserves the next serial of a series, from 1; no serial is given twice, some may never be used.
    pub async fn reserve_serial(&self, series: &str) -> Result<u64, StoreError> {
        let mut session = self.write().await?;
        let row: Option<(i64,)> = session.row(RESERVE_SERIAL, &[series.into()]).await?;
        session.commit().await?;
        row.and_then(|(serial,)| u64::try_from(serial).ok())
            .ok_or_else(|| StoreError::Corrupt { what: Subject::NumberSeries, id: series.to_owned() })
    }

    /// Keeps a document together with the first record of its history.
    ///
    /// *Errors*: `DuplicateRequest` where the request id was used with another request; `Conflict` where the number is
    /// taken; `FirstRecord` where no history begins with the record's action.
    pub async fn issue(&self, document: Document, first_record: &Record) -> Result<Issued, StoreError> {
        check_first_record(&document, first_record)?;
        let mut session = self.write().await?;
        if let Err(error) = insert_document(&mut session, &document).await {
            drop(session);
            return self.explain_refusal(&document, error).await;
        }
        insert_record(&mut session, &document.number, Place::FIRST, first_record).await?;
        session.commit().await?;
        Ok(Issued::Now(stored(document)))
    }

    /// Keeps a document that takes the place of `old_number`, with the record that ends the old one's life.
    ///
    /// *Takes* the digest of the last record of `old_number` that the caller knows.
    ///
    /// *Errors*: those of `issue` and `append_record`; `Conflict` where the old document has a successor already.
    pub async fn reissue(
        &self,
        old: (&str, &Digest),
        supersede_record: &Record,
        new_document: Document,
        new_first_record: &Record,
    ) -> Result<Issued, StoreError> {
        let (old_number, expected_previous) = old;
        check_first_record(&new_document, new_first_record)?;
        let mut session = self.write().await?;
        if let Err(error) = insert_document(&mut session, &new_document).await {
            drop(session);
            return self.explain_refusal(&new_document, error).await;
        }
        insert_record(&mut session, &new_document.number, Place::FIRST, new_first_record).await?;
        supersede(&mut session, old_number, &new_document.number).await?;
        append(&mut session, old_number, expected_previous, supersede_record).await?;
        session.commit().await?;
        Ok(Issued::Now(stored(new_document)))
    }

    /// Appends a record to a document's history, provided that its last record is still the one the caller knows.
    ///
    /// *Errors*: `Conflict` where another record came first; `NotFound` where there is no such document.
    pub async fn append_record(
        &self,
        number: &str,
        expected_previous: &Digest,
        record: &Record,
    ) -> Result<StoredRecord, StoreError> {
        let mut session = self.write().await?;
        let stored = append(&mut session, number, expected_previous, record).await?;
        session.commit().await?;
        Ok(stored)
    }

    /// Gives a document by its number.
    pub async fn document(&self, number: &str) -> Result<StoredDocument, StoreError> {
        let mut session = self.read().await?;
        let row: Option<DocumentRow> = session.row(DOCUMENT_BY_NUMBER, &[number.into()]).await?;
        row.ok_or_else(|| no_document(number)).and_then(document_of_row)
    }

    /// Gives a document's records, the oldest first.
    pub async fn history(&self, number: &str) -> Result<Vec<StoredRecord>, StoreError> {
        let mut session = self.read().await?;
        let rows: Vec<RecordRow> = session.rows(RECORDS_OF_DOCUMENT, &[number.into()]).await?;
        if rows.is_empty() {
            let known: Option<(String,)> = session.row(NUMBER_IS_KNOWN, &[number.into()]).await?;
            return Err(match known {
                Some(_) => StoreError::Corrupt { what: Subject::Record, id: number.to_owned() },
                None => no_document(number),
            });
        }
        rows.into_iter().map(record_of_row).collect()
    }

    /// Gives the document that answered this request before, if any did.
    ///
    /// *Errors*: `DuplicateRequest` where the request id was used with another request.
    pub async fn find_by_request(
        &self,
        issuer_bin: &str,
        request: &Request,
    ) -> Result<Option<StoredDocument>, StoreError> {
        let mut session = self.read().await?;
        let row: Option<DocumentRow> =
            session.row(DOCUMENT_BY_REQUEST, &[issuer_bin.into(), (&request.id).into()]).await?;
        let Some(found) = row.map(document_of_row).transpose()? else { return Ok(None) };
        if found.document.request.as_ref() == Some(request) {
            return Ok(Some(found));
        }
        Err(StoreError::DuplicateRequest { request_id: request.id.clone(), number: found.document.number })
    }

    /// Tells why a document could not be inserted: answered before, request id misused, number taken, or the world.
    async fn explain_refusal(&self, document: &Document, error: sqlx::Error) -> Result<Issued, StoreError> {
        if !is_unique_violation(&error) {
            return Err(error.into());
        }
        if let Some(request) = &document.request
            && let Some(found) = self.find_by_request(&document.issuer_bin, request).await?
        {
            return Ok(Issued::Before(found));
        }
        Err(Conflict::NumberTaken { number: document.number.clone() }.into())
    }
}

/// Where in a history a record goes.
struct Place<'a> {
    sequence: i64,
    previous: Option<&'a Digest>,
}

impl Place<'static> {
    const FIRST: Self = Self { sequence: 1, previous: None };
}

fn check_first_record(document: &Document, record: &Record) -> Result<(), StoreError> {
    if ACTIONS_FIRST.contains(&record.action.as_str()) {
        return Ok(());
    }
    Err(StoreError::FirstRecord { number: document.number.clone(), action: record.action.clone() })
}

fn stored(document: Document) -> StoredDocument {
    let digest = Digest::of(&document.signed);
    StoredDocument { document, digest, superseded_by: None }
}

async fn insert_document(session: &mut Session, document: &Document) -> Result<(), sqlx::Error> {
    let request = document.request.as_ref();
    let (content_digest, digest) = (Digest::of(&document.content), Digest::of(&document.signed));
    let values = [
        Value::from(&document.number),
        Value::from(&document.kind),
        Value::from(&document.issuer_bin),
        Value::from(&document.applicant_id),
        Value::Text(request.map(|r| r.id.as_str())),
        Value::Octets(request.map(|r| r.digest.0.as_slice())),
        Value::from(document.content.as_slice()),
        Value::from(&content_digest),
        Value::from(document.signed.as_slice()),
        Value::from(&digest),
        Value::from(document.issued_at),
    ];
    session.execute(INSERT_DOCUMENT, &values).await.map(drop)
}

async fn insert_record(
    session: &mut Session,
    number: &str,
    place: Place<'_>,
    record: &Record,
) -> Result<Digest, sqlx::Error> {
    let (content_digest, digest) = (Digest::of(&record.content), Digest::of(&record.signed));
    let values = [
        Value::from(number),
        Value::from(place.sequence),
        Value::from(&record.action),
        Value::from(record.effective_at),
        Value::from(record.recorded_at),
        Value::from(record.content.as_slice()),
        Value::from(&content_digest),
        Value::from(record.signed.as_slice()),
        Value::Octets(place.previous.map(|p| p.0.as_slice())),
        Value::from(&digest),
    ];
    session.execute(INSERT_RECORD, &values).await?;
    Ok(digest)
}

async fn append(
    session: &mut Session,
    number: &str,
    expected_previous: &Digest,
    record: &Record,
) -> Result<StoredRecord, StoreError> {
    let last: Option<(i64, Vec<u8>)> = session.row(LAST_RECORD, &[number.into()]).await?;
    let (last_sequence, last_digest) = last.ok_or_else(|| no_document(number))?;
    let moved = || Conflict::HistoryMoved { number: number.to_owned(), expected: *expected_previous };
    if last_digest != expected_previous.0 {
        return Err(moved().into());
    }
    let sequence = last_sequence.saturating_add(1);
    let place = Place { sequence, previous: Some(expected_previous) };
    // On PostgreSQL two may have read the same last record; the primary key lets one of them pass.
    let digest = match insert_record(session, number, place, record).await {
        Err(error) if is_unique_violation(&error) => return Err(moved().into()),
        other => other?,
    };
    Ok(StoredRecord {
        number: number.to_owned(),
        sequence: count(sequence, Subject::Record, number)?,
        record: record.clone(),
        previous: Some(*expected_previous),
        digest,
    })
}

async fn supersede(session: &mut Session, old_number: &str, new_number: &str) -> Result<(), StoreError> {
    if session.execute(SUPERSEDE, &[new_number.into(), old_number.into()]).await? == 1 {
        return Ok(());
    }
    let successor: Option<(Option<String>,)> = session.row(SUCCESSOR, &[old_number.into()]).await?;
    Err(match successor {
        Some((Some(by),)) => Conflict::AlreadySuperseded { number: old_number.to_owned(), by }.into(),
        _ => no_document(old_number),
    })
}

type DocumentRow =
    (String, String, String, String, Option<String>, Option<Vec<u8>>, Vec<u8>, Vec<u8>, i64, Vec<u8>, Option<String>);

fn document_of_row(row: DocumentRow) -> Result<StoredDocument, StoreError> {
    let (number, kind, issuer_bin, applicant_id, request_id, request_digest, content, signed, issued_at, digest, by) =
        row;
    let request = match (request_id, request_digest) {
        (Some(id), Some(digest)) => {
            Some(Request { id, digest: digest_of_column(&digest, Subject::Document, &number)? })
        }
        _ => None,
    };
    let digest = digest_of_column(&digest, Subject::Document, &number)?;
    let issued_at = Timestamp::from_unix_millis(issued_at);
    let document = Document { number, kind, issuer_bin, applicant_id, request, content, signed, issued_at };
    Ok(StoredDocument { document, digest, superseded_by: by })
}

type RecordRow = (String, i64, String, i64, i64, Vec<u8>, Vec<u8>, Option<Vec<u8>>, Vec<u8>);

fn record_of_row(row: RecordRow) -> Result<StoredRecord, StoreError> {
    let (number, sequence, action, effective_at, recorded_at, content, signed, previous, digest) = row;
    Ok(StoredRecord {
        sequence: count(sequence, Subject::Record, &number)?,
        record: Record {
            action,
            effective_at: Timestamp::from_unix_millis(effective_at),
            recorded_at: Timestamp::from_unix_millis(recorded_at),
            content,
            signed,
        },
        previous: previous.map(|p| digest_of_column(&p, Subject::Record, &number)).transpose()?,
        digest: digest_of_column(&digest, Subject::Record, &number)?,
        number,
    })
}

/// Takes 32 octets; anything else in a digest column is damage.
pub(super) fn digest_of_column(octets: &[u8], what: Subject, id: &str) -> Result<Digest, StoreError> {
    octets.try_into().map(Digest).map_err(|_| StoreError::Corrupt { what, id: id.to_owned() })
}

/// Takes a count, which no column holds below zero.
pub(super) fn count(column: i64, what: Subject, id: &str) -> Result<u64, StoreError> {
    u64::try_from(column).map_err(|_| StoreError::Corrupt { what, id: id.to_owned() })
}

pub(super) fn is_foreign_key_violation(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_foreign_key_violation)
}

pub(super) fn is_unique_violation(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

fn no_document(number: &str) -> StoreError {
    StoreError::NotFound { what: Subject::Document, id: number.to_owned() }
}

const RESERVE_SERIAL: &str = "INSERT INTO number_series (series, next) VALUES ($1, 2) \
    ON CONFLICT (series) DO UPDATE SET next = number_series.next + 1 RETURNING next - 1";
const INSERT_DOCUMENT: &str = "INSERT INTO documents (number, kind, issuer_bin, applicant_id, request_id, \
    request_digest, content, content_digest, signed, digest, issued_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const INSERT_RECORD: &str = "INSERT INTO records (number, sequence, action, effective_at, recorded_at, content, \
    content_digest, signed, previous_digest, digest) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const LAST_RECORD: &str = "SELECT sequence, digest FROM records WHERE number = $1 ORDER BY sequence DESC LIMIT 1";
const SUPERSEDE: &str = "UPDATE documents SET superseded_by = $1 WHERE number = $2 AND superseded_by IS NULL";
const SUCCESSOR: &str = "SELECT superseded_by FROM documents WHERE number = $1";
const NUMBER_IS_KNOWN: &str = "SELECT number FROM documents WHERE number = $1";
const DOCUMENT_BY_NUMBER: &str = "SELECT number, kind, issuer_bin, applicant_id, request_id, request_digest, content, \
    signed, issued_at, digest, superseded_by FROM documents WHERE number = $1";
const DOCUMENT_BY_REQUEST: &str = "SELECT number, kind, issuer_bin, applicant_id, request_id, request_digest, content, \
    signed, issued_at, digest, superseded_by FROM documents WHERE issuer_bin = $1 AND request_id = $2";
const RECORDS_OF_DOCUMENT: &str = "SELECT number, sequence, action, effective_at, recorded_at, content, signed, \
    previous_digest, digest FROM records WHERE number = $1 ORDER BY sequence";
