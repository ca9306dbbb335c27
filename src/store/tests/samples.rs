//! Documents and records to tell stories with.

use super::*;

pub(super) const ISSUER: &str = "000740000728";

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_790_000_000).plus_seconds(seconds)
}

pub(super) async fn open(location: &Location) -> Store {
    Store::open(location, at(0)).await.unwrap()
}

pub(super) fn document(number: &str) -> Document {
    Document {
        number: number.to_owned(),
        kind: "licence.stm-activity".to_owned(),
        issuer_bin: ISSUER.to_owned(),
        applicant_id: "850101300123".to_owned(),
        request: None,
        content: format!("{{\"number\":\"{number}\"}}").into_bytes(),
        signed: format!("CMS of {number}").into_bytes(),
        issued_at: at(1),
    }
}

pub(super) fn requested(number: &str, id: &str, body: &str) -> Document {
    let request = Request { id: id.to_owned(), digest: Digest::of(body.as_bytes()) };
    Document { request: Some(request), ..document(number) }
}

pub(super) fn record(action: &str, salt: &str) -> Record {
    Record {
        action: action.to_owned(),
        effective_at: at(10),
        recorded_at: at(5),
        content: format!("{{\"action\":\"{action}\",\"salt\":\"{salt}\"}}").into_bytes(),
        signed: format!("CMS of {action} {salt}").into_bytes(),
    }
}

pub(super) fn issue() -> Record {
    record("issue", "")
}

pub(super) async fn issued(store: &Store, number: &str) -> StoredDocument {
    store.issue(document(number), &issue()).await.unwrap().into_document()
}

pub(super) async fn last_digest(store: &Store, number: &str) -> Digest {
    store.history(number).await.unwrap().last().unwrap().digest
}

pub(super) fn snapshot(version: u64, signed: &[u8]) -> TrustSnapshotRow {
    TrustSnapshotRow {
        digest: Digest::of(signed),
        version,
        issued_at: at(1),
        signed: signed.to_vec(),
        received_at: at(2),
    }
}
