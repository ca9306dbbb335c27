//! Opening a store: SQLite in a file of its own, or PostgreSQL, with the schema brought up to date.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, SqlSafeStr, SqlitePool};

use super::error::{StoreError, Subject};
use super::files;
use super::rows::Meta;
use super::session::Session;
use crate::time::Timestamp;

/// Where a store is.
#[derive(Clone)]
pub enum Location {
    /// A file of this machine, made if it is missing.
    Sqlite(PathBuf),
    /// A PostgreSQL database, shared by several nodes.
    Postgres(Box<PgConnectOptions>),
}

impl Location {
    /// Reads a `postgres://` address. Nothing else is taken for one: a mistyped address must not become a file name.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(StoreError::Scheme);
        }
        PgConnectOptions::from_str(text).map(|options| Self::Postgres(Box::new(options))).map_err(StoreError::Address)
    }
}

/// Without the password that an address may hold.
impl std::fmt::Debug for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(options) => f.debug_tuple("Postgres").field(&options.get_host()).finish_non_exhaustive(),
        }
    }
}

/// The store. Clones share their connections.
///
/// What a call has answered with `Ok` is on disk. A call that ended in `Unavailable`, or was cancelled, may or may not
/// have been carried out, but never by half; for `issue` the request id tells which.
#[derive(Clone, Debug)]
pub struct Store {
    pools: Pools,
}

#[derive(Clone, Debug)]
enum Pools {
    Sqlite { readers: SqlitePool, writer: SqlitePool },
    Postgres(PgPool),
}

/// How long a caller waits for a connection or for another process's write before it hears `Unavailable`.
const PATIENCE: Duration = Duration::from_secs(30);
const OPENING_ATTEMPTS: usize = 50;
const OPENING_PAUSE: Duration = Duration::from_millis(20);
const SQLITE_READERS: u32 = 4;
/// READ COMMITTED, the default, would show each statement another state; SQLite never does.
const POSTGRES_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const POSTGRES_CONNECTIONS: u32 = 16;

impl Store {
    /// Opens a store, making and migrating it where needed; `now` becomes its creation time if it is new.
    ///
    /// *Errors*: `Schema` where a newer qoltanba has been here.
    pub async fn open(location: &Location, now: Timestamp) -> Result<Self, StoreError> {
        let pools = match location {
            Location::Sqlite(path) => open_sqlite_patiently(path).await?,
            Location::Postgres(options) => open_postgres(options).await?,
        };
        let store = Self { pools };
        let mut session = store.write().await?;
        session
            .execute(
                "INSERT INTO meta (name, value) VALUES ('created_at', $1) ON CONFLICT (name) DO NOTHING",
                &[now.into()],
            )
            .await?;
        session.commit().await?;
        Ok(store)
    }

    /// Opens a store that is there, to read from: nothing is made, migrated or written, also where a node is at work on it.
    ///
    /// *Errors*: `Schema` where its schema is not the one of this qoltanba; `Unavailable` where there is none, too.
    pub async fn open_to_read(location: &Location) -> Result<Self, StoreError> {
        let pools = match location {
            Location::Sqlite(path) => {
                let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(PATIENCE);
                let pool = SqlitePoolOptions::new().max_connections(SQLITE_READERS).acquire_timeout(PATIENCE);
                let readers = pool.connect_with(options).await?;
                Pools::Sqlite { writer: readers.clone(), readers }
            }
            Location::Postgres(options) => {
                let read_only = (*options).clone().options([("default_transaction_read_only", "on")]);
                Pools::Postgres(connect_postgres(&read_only).await?)
            }
        };
        let store = Self { pools };
        let ours = SQLITE_MIGRATIONS.last().map_or(0, |(number, ..)| *number);
        let found = store.meta().await?.schema_version;
        match found.cmp(&ours) {
            Ordering::Less => Err(MigrateError::VersionTooOld(found, ours).into()),
            Ordering::Greater => Err(MigrateError::VersionTooNew(found, ours).into()),
            Ordering::Equal => Ok(store),
        }
    }

    /// Closes all connections; SQLite then has everything in its one file.
    pub async fn close(self) {
        match &self.pools {
            Pools::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    /// Gives the store's own particulars; also the cheapest proof that it answers.
    pub async fn meta(&self) -> Result<Meta, StoreError> {
        let rows: Vec<(String, i64)> = self.read().await?.rows("SELECT name, value FROM meta", &[]).await?;
        let value = |name: &str| {
            rows.iter()
                .find(|row| row.0 == name)
                .map(|row| row.1)
                .ok_or_else(|| StoreError::Corrupt { what: Subject::Meta, id: name.to_owned() })
        };
        Ok(Meta {
            schema_version: value("schema_version")?,
            created_at: Timestamp::from_unix_millis(value("created_at")?),
        })
    }

    /// Begins a transaction that only reads, and sees one state of the store however long it lasts.
    pub(super) async fn read(&self) -> Result<Session, StoreError> {
        Ok(match &self.pools {
            Pools::Sqlite { readers, .. } => Session::Sqlite(readers.begin().await?),
            Pools::Postgres(pool) => Session::Postgres(pool.begin_with(POSTGRES_READ).await?),
        })
    }

    /// Begins a transaction that writes.
    pub(super) async fn write(&self) -> Result<Session, StoreError> {
        Ok(match &self.pools {
            // IMMEDIATE takes the write lock at once: a transaction that reads first and locks later would fail with
            // SQLITE_BUSY_SNAPSHOT, which waiting does not cure (sqlite.org/isolation.html).
            Pools::Sqlite { writer, .. } => Session::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres(pool) => Session::Postgres(pool.begin().await?),
        })
    }
}

/// Waits for other processes that open the same file: while one turns a new file to WAL, SQLite tells the others
/// SQLITE_BUSY at once, whatever the busy timeout.
async fn open_sqlite_patiently(path: &Path) -> Result<Pools, StoreError> {
    for _ in 0..OPENING_ATTEMPTS {
        match open_sqlite(path).await {
            Err(StoreError::Unavailable(_)) => tokio::time::sleep(OPENING_PAUSE).await,
            other => return other,
        }
    }
    open_sqlite(path).await
}

async fn open_sqlite(path: &Path) -> Result<Pools, StoreError> {
    // SQLite gives its -wal and -shm files the mode of the database file.
    files::create_private(path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // FULL syncs the log at every commit; NORMAL may lose the last ones in a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // Without it INSERT OR REPLACE would delete past the triggers that forbid deletion.
        .pragma("recursive_triggers", "ON")
        .busy_timeout(PATIENCE);
    // One writer in this process: the others queue fairly in front of the pool instead of polling a lock.
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.clone())
        .await?;
    // The outer transaction keeps a second process from migrating at the same time; an advisory lock does on PostgreSQL.
    let mut outer = writer.begin_with("BEGIN IMMEDIATE").await?;
    migrator(&SQLITE_MIGRATIONS).run_direct(None, &mut *outer, false).await?;
    outer.commit().await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(SQLITE_READERS)
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.pragma("query_only", "ON"))
        .await?;
    Ok(Pools::Sqlite { readers, writer })
}

async fn open_postgres(options: &PgConnectOptions) -> Result<Pools, StoreError> {
    let pool = connect_postgres(options).await?;
    migrator(&POSTGRES_MIGRATIONS).run(&pool).await?;
    Ok(Pools::Postgres(pool))
}

async fn connect_postgres(options: &PgConnectOptions) -> Result<PgPool, StoreError> {
    // A server may be configured to answer before its log is on disk; we promise otherwise.
    let options = options.clone().application_name("qoltanba").options([("synchronous_commit", "on")]);
    let pool = PgPoolOptions::new().max_connections(POSTGRES_CONNECTIONS).acquire_timeout(PATIENCE);
    Ok(pool.connect_with(options).await?)
}

/// Number, name and text of each migration, in their order.
type Migrations = [(i64, &'static str, &'static str)];

const SQLITE_MIGRATIONS: [(i64, &str, &str); 7] = [
    (1, "first", include_str!("../../migrations/sqlite/0001_first.sql")),
    (2, "trust log", include_str!("../../migrations/sqlite/0002_trust_log.sql")),
    (3, "jobs", include_str!("../../migrations/sqlite/0003_jobs.sql")),
    (4, "receipts", include_str!("../../migrations/sqlite/0004_receipts.sql")),
    (5, "job lines", include_str!("../../migrations/sqlite/0005_job_lines.sql")),
    (6, "job octets", include_str!("../../migrations/sqlite/0006_job_octets.sql")),
    (7, "receipt evidence", include_str!("../../migrations/sqlite/0007_receipt_evidence.sql")),
];
const POSTGRES_MIGRATIONS: [(i64, &str, &str); 7] = [
    (1, "first", include_str!("../../migrations/postgres/0001_first.sql")),
    (2, "trust log", include_str!("../../migrations/postgres/0002_trust_log.sql")),
    (3, "jobs", include_str!("../../migrations/postgres/0003_jobs.sql")),
    (4, "receipts", include_str!("../../migrations/postgres/0004_receipts.sql")),
    (5, "job lines", include_str!("../../migrations/postgres/0005_job_lines.sql")),
    (6, "job octets", include_str!("../../migrations/postgres/0006_job_octets.sql")),
    (7, "receipt evidence", include_str!("../../migrations/postgres/0007_receipt_evidence.sql")),
];

fn migrator(all: &Migrations) -> Migrator {
    let migration = |(number, name, text): &(i64, &'static str, &'static str)| {
        Migration::new(*number, (*name).into(), MigrationType::Simple, text.into_sql_str(), false)
    };
    Migrator::with_migrations(all.iter().map(migration).collect())
}
