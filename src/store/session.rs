//! One transaction on either database: the same SQL text, the same bound values, the same rows.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Postgres, SqlSafeStr, Sqlite, Transaction};

use super::rows::Digest;
use crate::time::Timestamp;

/// A transaction; dropped without `commit`, it leaves nothing behind.
pub(super) enum Session {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A value to bind, in the three types that both databases have.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    Text(Option<&'a str>),
    Octets(Option<&'a [u8]>),
    Integer(Option<i64>),
}

/// A row that either database can give: a tuple of `String`, `Vec<u8>`, `i64` and options of these.
pub(super) trait EitherRow: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl<T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin> EitherRow for T {}

macro_rules! bind {
    ($query:expr, $values:expr) => {{
        let mut query = $query;
        for value in $values {
            query = match *value {
                Value::Text(text) => query.bind(text),
                Value::Octets(octets) => query.bind(octets),
                Value::Integer(integer) => query.bind(integer),
            };
        }
        query
    }};
}

impl Session {
    /// Gives the number of rows that were written.
    pub(super) async fn execute(&mut self, sql: impl SqlSafeStr, values: &[Value<'_>]) -> Result<u64, sqlx::Error> {
        match self {
            Self::Sqlite(tx) => {
                bind!(sqlx::query(sql), values).execute(&mut **tx).await.map(|done| done.rows_affected())
            }
            Self::Postgres(tx) => {
                bind!(sqlx::query(sql), values).execute(&mut **tx).await.map(|done| done.rows_affected())
            }
        }
    }

    pub(super) async fn rows<T: EitherRow>(
        &mut self,
        sql: impl SqlSafeStr,
        values: &[Value<'_>],
    ) -> Result<Vec<T>, sqlx::Error> {
        match self {
            Self::Sqlite(tx) => bind!(sqlx::query_as(sql), values).fetch_all(&mut **tx).await,
            Self::Postgres(tx) => bind!(sqlx::query_as(sql), values).fetch_all(&mut **tx).await,
        }
    }

    /// Gives the one row there is, or none; of several, the first.
    pub(super) async fn row<T: EitherRow>(
        &mut self,
        sql: impl SqlSafeStr,
        values: &[Value<'_>],
    ) -> Result<Option<T>, sqlx::Error> {
        // All rows are fetched, so that the statement has run to its end before anything else happens.
        self.rows(sql, values).await.map(|rows| rows.into_iter().next())
    }

    pub(super) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Some(text))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Some(text))
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(octets: &'a [u8]) -> Self {
        Self::Octets(Some(octets))
    }
}

impl<'a> From<&'a Digest> for Value<'a> {
    fn from(digest: &'a Digest) -> Self {
        Self::Octets(Some(&digest.0))
    }
}

impl From<i64> for Value<'_> {
    fn from(integer: i64) -> Self {
        Self::Integer(Some(integer))
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(at: Timestamp) -> Self {
        Self::Integer(Some(at.unix_millis()))
    }
}
