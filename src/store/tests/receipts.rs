//! Receipts, what they rest on, and their way out.

use super::samples::*;
use super::*;

const YEARS: i64 = 5 * 366 * 86_400;

fn receipt(name: &str, came: i64) -> ReceiptRow {
    let signed = format!("receipt {name}").into_bytes();
    ReceiptRow {
        digest: Digest::of(&signed),
        direction: Direction::Received,
        party: "xd-ttp".to_owned(),
        service: "vsd".to_owned(),
        serial: Some(name.to_owned()),
        transaction_id: None,
        document_digest: Some(Digest::of(name.as_bytes())),
        asked_for: None,
        status: "verified".to_owned(),
        stated_at: at(came),
        recorded_at: at(came),
        retained_until: at(came).plus_seconds(YEARS),
        signatures: b"[]".to_vec(),
        signed,
    }
}

fn piece(kind: EvidenceKind, name: &str) -> EvidencePiece {
    EvidencePiece { kind, octets: name.as_bytes().to_vec() }
}

async fn put(store: &Store, row: &ReceiptRow, rests_on: &[Digest], evidence: &[EvidencePiece]) {
    store.put_receipt(row, BesideReceipt { rests_on, evidence }).await.unwrap();
}

async fn refused(store: &Store, statement: &'static str) -> bool {
    let mut session = store.write().await.unwrap();
    session.execute(statement, &[]).await.is_err()
}

pub(in crate::store) async fn what_a_receipt_rests_on_is_kept_beside_it_and_never_changed(location: Location) {
    let store = open(&location).await;
    let (crl, certificate) = (piece(EvidenceKind::Crl, "a list"), piece(EvidenceKind::Certificate, "a centre"));
    let (one, other) = (receipt("one", 1), receipt("other", 2));
    put(&store, &one, &[], &[crl.clone(), certificate.clone()]).await;
    put(&store, &other, &[one.digest], std::slice::from_ref(&crl)).await;
    // Again changes nothing.
    put(&store, &one, &[], &[piece(EvidenceKind::Ocsp, "another")]).await;
    let mut kept = store.receipt_evidence(&one.digest).await.unwrap();
    kept.sort_by_key(|piece| piece.kind);
    assert_eq!(kept, [certificate, crl.clone()]);
    assert_eq!(store.receipt_evidence(&other.digest).await.unwrap(), [crl]);
    assert!(store.receipt_evidence(&Digest::of(b"nobody's")).await.unwrap().is_empty());
    for statement in [
        "UPDATE evidence SET kind = 'ocsp'",
        "DELETE FROM evidence",
        "UPDATE receipt_evidence SET receipt = evidence",
        "DELETE FROM receipt_evidence",
        "DELETE FROM receipt_foundations",
        "DELETE FROM receipts",
    ] {
        assert!(refused(&store, statement).await, "{statement}");
    }
    // What it should rest on is there, or it is not kept.
    let missing = BesideReceipt { rests_on: &[Digest::of(b"no receipt")], evidence: &[] };
    assert!(store.put_receipt(&receipt("third", 3), missing).await.is_err());
    assert_eq!(store.receipt(&receipt("third", 3).digest).await.unwrap(), None);
}

pub(in crate::store) async fn a_receipt_leaves_only_when_its_years_are_over_and_nothing_rests_on_it(
    location: Location,
) {
    let store = open(&location).await;
    let (shared, own) = (piece(EvidenceKind::Crl, "shared"), piece(EvidenceKind::Crl, "own"));
    let (lower, upper, young) = (receipt("lower", 0), receipt("upper", 10), receipt("young", 100));
    put(&store, &lower, &[], &[shared.clone(), own]).await;
    put(&store, &upper, &[lower.digest], &[]).await;
    put(&store, &young, &[], std::slice::from_ref(&shared)).await;
    let due = async |when| store.receipts_past_retention(when).await.unwrap();
    // Not a moment too soon, and never from under another.
    assert!(due(at(YEARS + 9)).await.is_empty());
    assert!(!store.remove_archived_receipt(&upper, at(YEARS + 9)).await.unwrap());
    assert!(!store.remove_archived_receipt(&lower, at(YEARS + 20)).await.unwrap());
    assert_eq!(due(at(YEARS + 20)).await, std::slice::from_ref(&upper));
    assert!(store.remove_archived_receipt(&upper, at(YEARS + 20)).await.unwrap());
    assert!(!store.remove_archived_receipt(&upper, at(YEARS + 20)).await.unwrap(), "it is gone already");
    assert_eq!(due(at(YEARS + 20)).await, std::slice::from_ref(&lower));
    assert!(store.remove_archived_receipt(&lower, at(YEARS + 20)).await.unwrap());
    assert!(due(at(YEARS + 20)).await.is_empty());
    let mut session = store.read().await.unwrap();
    let left: Vec<(Vec<u8>,)> = session.rows("SELECT octets FROM evidence", &[]).await.unwrap();
    assert_eq!(left, [(shared.octets.clone(),)], "what another one rests on stays");
    drop(session);
    // Brought once more, it is kept as long as any other.
    let again = ReceiptRow { recorded_at: at(YEARS + 30), retained_until: at(2 * YEARS + 30), ..lower };
    put(&store, &again, &[], std::slice::from_ref(&shared)).await;
    assert!(refused(&store, "DELETE FROM receipt_evidence").await && refused(&store, "DELETE FROM receipts").await);
    assert!(refused(&store, "DELETE FROM archived_receipts").await);
    assert!(!store.remove_archived_receipt(&again, at(YEARS + 40)).await.unwrap());
}
