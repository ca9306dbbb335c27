//! What can go wrong with the store, sorted by who can do something about it.

use super::files::FileError;
use super::rows::Digest;

/// The store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Nothing of this name is kept.
    #[error("no {what} `{id}` is kept here")]
    NotFound {
        /// Which kind of thing.
        what: Subject,
        /// The name that was asked for.
        id: String,
    },
    /// Another was first; read again, then decide again.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The idempotency key was used before, with another request.
    #[error(
        "request `{request_id}` was answered before with document {number}, and that request was another one; use a new request id"
    )]
    DuplicateRequest {
        /// The key.
        request_id: String,
        /// The document that answered it.
        number: String,
    },
    /// A trust snapshot that is not newer than the one held.
    #[error(
        "trust snapshot version {offered_version} ({offered}) is not newer than version {held_version} ({held}) held here"
    )]
    OutOfDate {
        /// Version of the refused snapshot.
        offered_version: u64,
        /// Digest of the refused snapshot.
        offered: Digest,
        /// Version of the snapshot held.
        held_version: u64,
        /// Digest of the snapshot held.
        held: Digest,
    },
    /// The first record of a document must be its issue.
    #[error("the first record of document {number} has action `{action}`; it must be `issue`")]
    FirstRecord {
        /// The document.
        number: String,
        /// The action found.
        action: String,
    },
    /// A count beyond what the database can hold (2^63 - 1).
    #[error("{what} is larger than the store can hold")]
    TooLarge {
        /// Which count.
        what: &'static str,
    },
    /// The `postgres://` address is malformed, or names an account or database that the server does not know.
    #[error("the store's address is not accepted: {0}")]
    Address(#[source] sqlx::Error),
    /// Not the address of a database.
    #[error("the store's address does not begin with postgres://")]
    Scheme,
    /// The schema is from a newer qoltanba, or an applied migration was changed.
    #[error("the store's schema does not fit this qoltanba; use the version that last opened it: {0}")]
    Schema(#[source] sqlx::migrate::MigrateError),
    /// The database is away, busy or full; the same call may succeed later.
    #[error("the store is not available, try again: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// What is kept is not what was put there; restore from a copy.
    #[error("what is kept of {what} `{id}` is damaged; run `qoltanba store check`")]
    Corrupt {
        /// Which kind of thing.
        what: Subject,
        /// Its name, as far as it is known.
        id: String,
    },
    /// The database's own file is damaged.
    #[error("the database is damaged, restore it from a copy: {0}")]
    Damaged(#[source] sqlx::Error),
    /// The database's own file could not be made or opened.
    #[error(transparent)]
    File(#[from] FileError),
    /// The database refused a statement of ours: a defect of qoltanba or of the schema.
    #[error("the database refused a statement: {0}")]
    Defect(#[source] sqlx::Error),
}

/// Another came first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Conflict {
    /// The number belongs to another document.
    #[error("number {number} belongs to another document already")]
    NumberTaken {
        /// The number.
        number: String,
    },
    /// The history has a newer record than the caller knew.
    #[error("document {number} has a newer record than the one this change was based on; read its history again")]
    HistoryMoved {
        /// The document.
        number: String,
        /// Digest of the record the caller thought the last.
        expected: Digest,
    },
    /// The document has a successor.
    #[error("document {number} was superseded by {by} already")]
    AlreadySuperseded {
        /// The document.
        number: String,
        /// Its successor.
        by: String,
    },
    /// The number belongs to another receipt of the same third party.
    #[error("third party `{party}` gave another receipt under the number {serial} already")]
    SerialTaken {
        /// The third party.
        party: String,
        /// The number, in hexadecimal.
        serial: String,
    },
    /// The trust log has an entry at this place that another administrator put there first.
    #[error("the trust log has moved on: entry {sequence} is another one already; read it again, then decide again")]
    TrustLogMoved {
        /// The place.
        sequence: u64,
    },
    /// The key id is in use.
    #[error("API key `{key_id}` exists already")]
    KeyTaken {
        /// The key id.
        key_id: String,
    },
}

/// The kinds of things that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject {
    /// An issued document.
    Document,
    /// A record of a document's life.
    Record,
    /// An API key.
    ApiKey,
    /// A trust snapshot.
    TrustSnapshot,
    /// An entry of the trust log.
    TrustLog,
    /// A job.
    Job,
    /// The store's own particulars.
    Meta,
    /// A number series.
    NumberSeries,
    /// A receipt of a trusted third party.
    Receipt,
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Document => "document",
            Self::Record => "record",
            Self::ApiKey => "API key",
            Self::TrustSnapshot => "trust snapshot",
            Self::TrustLog => "entry of the trust log",
            Self::Job => "job",
            Self::Meta => "the particular",
            Self::NumberSeries => "number series",
            Self::Receipt => "receipt",
        })
    }
}

/// Sorts what the driver says into away, damaged and our own fault.
impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed | E::BeginFailed => {
                Self::Unavailable(error)
            }
            E::Configuration(_) => Self::Address(error),
            E::Database(cause) => match cause.code().as_deref().map_or(Fate::Defect, fate_of_code) {
                Fate::Address => Self::Address(error),
                Fate::Away => Self::Unavailable(error),
                Fate::Damaged => Self::Damaged(error),
                Fate::Defect => Self::Defect(error),
            },
            _ => Self::Defect(error),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::Execute(cause) | sqlx::migrate::MigrateError::ExecuteMigration(cause, _) => {
                cause.into()
            }
            other => Self::Schema(other),
        }
    }
}

enum Fate {
    Address,
    Away,
    Damaged,
    Defect,
}

/// Takes SQLite's extended result code in decimal, or a five-character SQLSTATE.
fn fate_of_code(code: &str) -> Fate {
    if code.len() == 5 {
        // PostgreSQL appendix A: authorisation, unknown database; connection, rollback (serialisation, deadlock), resources, operator,
        // system; damage; lock.
        return match code.get(..2) {
            Some("28" | "3D") => Fate::Address,
            Some("08" | "40" | "53" | "57" | "58") => Fate::Away,
            Some("XX") => Fate::Damaged,
            _ if code == "55P03" => Fate::Away,
            _ => Fate::Defect,
        };
    }
    // https://sqlite.org/rescode.html: the primary code is the low octet. BUSY, LOCKED, NOMEM, READONLY, IOERR, FULL,
    // CANTOPEN are the world's; CORRUPT and NOTADB are damage.
    match code.parse::<u32>().map(|c| c & 0xff) {
        Ok(5 | 6 | 7 | 8 | 10 | 13 | 14) => Fate::Away,
        Ok(11 | 26) => Fate::Damaged,
        _ => Fate::Defect,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locked_database_is_away_and_a_constraint_is_our_defect() {
        // SQLITE_BUSY_SNAPSHOT, SQLITE_FULL, too_many_connections, deadlock_detected, lock_not_available.
        for code in ["517", "13", "53300", "40P01", "55P03"] {
            assert!(matches!(fate_of_code(code), Fate::Away), "{code}");
        }
        // SQLITE_CONSTRAINT_TRIGGER, syntax_error, restrict_violation.
        for code in ["1811", "42601", "23001", ""] {
            assert!(matches!(fate_of_code(code), Fate::Defect), "{code}");
        }
        for code in ["11", "267", "26", "XX001"] {
            assert!(matches!(fate_of_code(code), Fate::Damaged), "{code}");
        }
    }
}
