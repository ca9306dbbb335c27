//! Receipts whose years are over leave for an archive, and are in one of both places however often that is broken off.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use qoltanba::service::{ArchiveError, archive_receipts};
use qoltanba::store::{
    BesideReceipt, Digest, Direction, EvidenceKind, EvidencePiece, Location, ReceiptRow, Store, files,
};
use qoltanba::time::Timestamp;
use serde_json::Value;

use crate::place::{at, now};

/// A receipt that came at a time and is kept for a year.
fn receipt(name: &str, came: Timestamp) -> ReceiptRow {
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
        stated_at: came,
        recorded_at: came,
        retained_until: came.plus_seconds(365 * 86_400),
        signatures: br#"[{"index":0,"status":"verified"}]"#.to_vec(),
        signed,
    }
}

fn list() -> EvidencePiece {
    EvidencePiece { kind: EvidenceKind::Crl, octets: b"a list that many rest on".to_vec() }
}

async fn open(folder: &Path) -> Store {
    Store::open(&Location::Sqlite(folder.join("store.sqlite")), now()).await.unwrap()
}

async fn put(store: &Store, row: &ReceiptRow, rests_on: &[Digest]) {
    store.put_receipt(row, BesideReceipt { rests_on, evidence: &[list()] }).await.unwrap();
}

/// What the archive has of a receipt, held together; `None` where it is not there whole.
fn archived(folder: &Path, row: &ReceiptRow) -> Option<Value> {
    let record: Value =
        serde_json::from_slice(&files::read(&folder.join(format!("{}.json", row.digest))).ok()?).ok()?;
    let octets = files::read(&folder.join(format!("{}.der", row.digest))).ok()?;
    let evidence = record["evidence"].as_array()?;
    let whole = evidence.iter().all(|piece| {
        let octets = files::read(&folder.join(piece["file"].as_str().unwrap())).unwrap_or_default();
        Digest::of(&octets).to_string() == piece["sha256"].as_str().unwrap()
    });
    (octets == row.signed && whole && evidence.len() == 1).then_some(record)
}

#[tokio::test]
async fn what_is_not_over_stays_and_what_cannot_be_written_stays_too() {
    let folder = tempfile::tempdir().unwrap();
    let (store, to) = (open(folder.path()).await, folder.path().join("archive/2026"));
    let (old, young) = (receipt("old", at("2024-01-01T00:00:00Z")), receipt("young", at("2026-01-01T00:00:00Z")));
    put(&store, &old, &[]).await;
    put(&store, &young, &[]).await;
    let soon = archive_receipts(&store, &to, (now().plus_seconds(1), now()), |_| {}).await;
    assert!(matches!(soon, Err(ArchiveError::NotYet { .. })), "{soon:?}");
    let early = archive_receipts(&store, &to, (at("2024-06-01T00:00:00Z"), now()), |_| {}).await.unwrap();
    assert_eq!((early, store.receipt(&old.digest).await.unwrap()), (0, Some(old.clone())));

    // Where something else has its name, or nothing can be written, it stays.
    files::write(&to.join(format!("{}.der", old.digest)), b"something else").unwrap();
    let taken = archive_receipts(&store, &to, (now(), now()), |_| {}).await;
    assert!(matches!(taken, Err(ArchiveError::Different { .. })), "{taken:?}");
    files::write(&folder.path().join("file"), b"no folder").unwrap();
    let nowhere = archive_receipts(&store, &folder.path().join("file"), (now(), now()), |_| {}).await;
    assert!(matches!(nowhere, Err(ArchiveError::File(_))), "{nowhere:?}");
    assert_eq!(store.receipt(&old.digest).await.unwrap(), Some(old.clone()));

    let to = folder.path().join("archive/other");
    let mut gone = Vec::new();
    let count = archive_receipts(&store, &to, (now(), now()), |row| gone.push(row.digest)).await.unwrap();
    assert_eq!((count, gone), (1, vec![old.digest]));
    let record = archived(&to, &old).unwrap();
    assert_eq!((&record["serial"], &record["archived_at"]), (&"old".into(), &now().to_string().into()));
    assert_eq!(record["signatures"][0]["status"], "verified");
    let rights = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((rights(&to), rights(&to.join(format!("{}.der", old.digest)))), (0o700, 0o600), "as the store's");
    assert_eq!(store.receipt(&old.digest).await.unwrap(), None);
    assert_eq!(store.receipt(&young.digest).await.unwrap(), Some(young.clone()));
    assert_eq!(store.receipt_evidence(&young.digest).await.unwrap(), [list()], "what others rest on stays");
    assert!(archived(&to, &young).is_none());
}

#[tokio::test]
async fn a_receipt_that_another_rests_on_leaves_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (store, to) = (open(folder.path()).await, folder.path().join("archive"));
    let lower = receipt("lower", at("2024-01-01T00:00:00Z"));
    let upper = receipt("upper", at("2024-03-01T00:00:00Z"));
    put(&store, &lower, &[]).await;
    put(&store, &upper, &[lower.digest]).await;
    let between = at("2025-02-01T00:00:00Z");
    assert_eq!(archive_receipts(&store, &to, (between, now()), |_| {}).await.unwrap(), 0);
    assert_eq!(archive_receipts(&store, &to, (now(), now()), |_| {}).await.unwrap(), 2);
    assert_eq!(archived(&to, &upper).unwrap()["rests_on"][0], lower.digest.to_string());
    assert!(archived(&to, &lower).is_some());
}

fn archive(folder: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qoltanba"));
    command.args(["receipt", "archive", "--home", "home", "--to", "archive"]).args(more).current_dir(folder);
    command.env_remove("QOLTANBA_HOME").stdin(Stdio::null()).stderr(Stdio::null());
    command
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_archiver_loses_no_receipt() {
    const RECEIPTS: usize = 150;
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    assert_eq!(
        code(&archive(folder.path(), &[]).output().unwrap()),
        Some(64),
        "no store is made in a folder without one"
    );
    files::create_folder(&home).unwrap();
    let store = open(&home).await;
    let rows: Vec<ReceiptRow> = (0..RECEIPTS).map(|n| receipt(&format!("{n}"), at("2020-01-01T00:00:00Z"))).collect();
    for row in &rows {
        put(&store, row, &[]).await;
    }
    assert_eq!(code(&archive(folder.path(), &["--before", "2999-01-01T00:00:00Z"]).output().unwrap()), Some(64));
    let to = folder.path().join("archive");
    let mut kills = 0_u64;
    for round in 0_u64..1_000 {
        let mut child = archive(folder.path(), &[]).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        lines.next();
        std::thread::sleep(Duration::from_micros(round.wrapping_mul(7_919_333) % 20_000));
        kills += u64::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        let ended = child.wait().unwrap();
        for row in &rows {
            let kept = store.receipt(&row.digest).await.unwrap().is_some();
            assert!(kept || archived(&to, row).is_some(), "a receipt is lost");
        }
        if ended.success() {
            break;
        }
    }
    assert!(kills > 3, "the archiver was too quick to be killed: {kills}");
    for row in &rows {
        assert!(store.receipt(&row.digest).await.unwrap().is_none() && archived(&to, row).is_some());
    }
    let output = archive(folder.path(), &[]).output().unwrap();
    assert_eq!((code(&output), output.stdout.starts_with(b"0 receipts")), (Some(0), true), "nothing is left to go");
}
