//! Lists of documents: filtered, in a fixed order, page by page.

use sqlx::AssertSqlSafe;

use super::documents::digest_of_column;
use super::error::{StoreError, Subject};
use super::open::Store;
use super::rows::{Cursor, DocumentFilter, DocumentSummary};
use super::session::Value;
use crate::limits::STORE_PAGE_MAX;
use crate::time::Timestamp;

impl Store {
    /// Lists documents by time of issue, the oldest first, from just behind `after`.
    ///
    /// *Cost*: `limit` documents, at most `STORE_PAGE_MAX`.
    pub async fn list_documents(
        &self,
        filter: &DocumentFilter,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Vec<DocumentSummary>, StoreError> {
        let (sql, values) = list_query(filter, after, limit);
        let mut session = self.read().await?;
        // Assembled from the constants of `list_query` alone; what is foreign is bound.
        let rows: Vec<SummaryRow> = session.rows(AssertSqlSafe(sql), &values).await?;
        rows.into_iter().map(summary_of_row).collect()
    }
}

fn list_query<'a>(filter: &'a DocumentFilter, after: Option<&'a Cursor>, limit: usize) -> (String, Vec<Value<'a>>) {
    // Only the conditions that are asked for, so that the index over them is used.
    let conditions = [
        (" AND kind = ", filter.kind.as_ref().map(Value::from)),
        (" AND applicant_id = ", filter.applicant_id.as_ref().map(Value::from)),
        (" AND issuer_bin = ", filter.issuer_bin.as_ref().map(Value::from)),
        (" AND issued_at >= ", filter.from.map(Value::from)),
        (" AND issued_at < ", filter.to.map(Value::from)),
        (" AND (issued_at, number) > (", after.map(|c| Value::from(c.issued_at))),
        (", ", after.map(|c| Value::from(&c.number))),
    ];
    let mut sql = String::from(LIST_DOCUMENTS);
    let mut values = Vec::new();
    for (condition, value) in conditions.into_iter().filter_map(|(c, v)| v.map(|v| (c, v))) {
        values.push(value);
        sql.push_str(condition);
        sql.push_str(&placeholder(values.len()));
    }
    if after.is_some() {
        sql.push(')');
    }
    let limit = i64::try_from(limit.min(STORE_PAGE_MAX.value)).unwrap_or(i64::MAX);
    values.push(Value::from(limit));
    sql.push_str(" ORDER BY issued_at, number LIMIT ");
    sql.push_str(&placeholder(values.len()));
    (sql, values)
}

fn placeholder(place: usize) -> String {
    format!("${place}")
}

type SummaryRow = (String, String, String, String, i64, Vec<u8>, Option<String>);

fn summary_of_row(row: SummaryRow) -> Result<DocumentSummary, StoreError> {
    let (number, kind, issuer_bin, applicant_id, issued_at, digest, superseded_by) = row;
    let digest = digest_of_column(&digest, Subject::Document, &number)?;
    let issued_at = Timestamp::from_unix_millis(issued_at);
    Ok(DocumentSummary { number, kind, issuer_bin, applicant_id, issued_at, digest, superseded_by })
}

const LIST_DOCUMENTS: &str = "SELECT number, kind, issuer_bin, applicant_id, issued_at, digest, superseded_by \
    FROM documents WHERE TRUE";
