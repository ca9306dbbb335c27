//! A store that is killed at any moment: no document that was announced is lost, and none is there by half.
//!
//! The test runs itself again as a child that issues, suspends and reissues without end and prints what is on disk; the
//! parent kills it with SIGKILL at moments of its own choosing.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test: a panic is its answer"
)]
#![expect(clippy::disallowed_methods, reason = "the child learns from the environment that it is the child")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use qoltanba::store::{Document, DocumentFilter, Location, Record, Store};
use qoltanba::time::Timestamp;

const CHILD: &str = "QOLTANBA_KILL9_STORE";
/// Rounds that are killed while the store is being made or opened.
const EARLY_ROUNDS: u64 = 6;
const ROUNDS: u64 = 16;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

async fn open(path: &Path) -> Store {
    Store::open(&Location::Sqlite(path.to_owned()), Timestamp::default()).await.unwrap()
}

#[test]
fn nothing_announced_is_lost_and_nothing_is_there_by_half() {
    if let Ok(path) = std::env::var(CHILD) {
        return runtime().block_on(issue_without_end(Path::new(&path)));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let mut announced = Vec::new();
    for round in 0..ROUNDS {
        announced.extend(run_and_kill(&path, round));
        runtime().block_on(inspect(&path, &announced));
    }
    let reissued = announced.iter().filter(|a| matches!(a, Announced::Reissued(..))).count();
    assert!(announced.len() > 50 && reissued > 10, "the child did too little: {} lines", announced.len());
}

/// What the child said was on disk.
enum Announced {
    Issued(String),
    Reissued(String, String),
}

fn run_and_kill(path: &Path, round: u64) -> Vec<Announced> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "nothing_announced_is_lost_and_nothing_is_there_by_half", "--nocapture"])
        .env(CHILD, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut announced = Vec::new();
    if round < EARLY_ROUNDS {
        std::thread::sleep(Duration::from_millis(2 + 5 * round));
    } else {
        // From the first document on, so that the round writes; then some tens of milliseconds, another number each time.
        announced.extend(lines.by_ref().map(Result::unwrap).find_map(|line| parse(&line)));
        assert_eq!(announced.len(), 1, "the child ended before it issued anything");
        std::thread::sleep(Duration::from_micros(20_000 + (round * 7_919_333) % 150_000));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // Up to the kill; a line that was cut off announces nothing.
    announced.extend(lines.map_while(Result::ok).filter_map(|line| parse(&line)));
    announced
}

fn parse(line: &str) -> Option<Announced> {
    match line.split(' ').collect::<Vec<_>>()[..] {
        ["issued", number, "."] => Some(Announced::Issued(number.to_owned())),
        ["reissued", old, new, "."] => Some(Announced::Reissued(old.to_owned(), new.to_owned())),
        _ => None,
    }
}

async fn inspect(path: &Path, announced: &[Announced]) {
    let store = open(path).await;
    for line in announced {
        let number = match line {
            Announced::Issued(number) => number,
            Announced::Reissued(old, new) => {
                assert_eq!(store.document(old).await.unwrap().superseded_by.as_ref(), Some(new));
                assert_eq!(store.history(old).await.unwrap().last().unwrap().record.action, "supersede");
                new
            }
        };
        assert_eq!(store.document(number).await.unwrap().document.signed, signed(number));
        assert_eq!(store.history(number).await.unwrap()[0].record.action, "issue");
    }
    let report = store.integrity().await.unwrap();
    assert!(report.is_clean(), "{report:?}");
    // Also what was not announced any more is whole: a successor and the record that says so, or neither.
    let mut after = None;
    loop {
        let page = store.list_documents(&DocumentFilter::default(), after.as_ref(), 1_000).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.cursor());
        for document in page {
            let history = store.history(&document.number).await.unwrap();
            let ended = history.iter().any(|record| record.record.action == "supersede");
            assert_eq!(ended, document.superseded_by.is_some(), "{}", document.number);
        }
    }
    store.close().await;
}

async fn issue_without_end(path: &Path) {
    let store = open(path).await;
    let tasks = (0..4).map(|_| tokio::spawn(issue_in_a_loop(store.clone())));
    futures_util::future::join_all(tasks).await;
}

async fn issue_in_a_loop(store: Store) {
    loop {
        let old = store.reserve_serial("TST").await.unwrap().to_string();
        store.issue(document(&old), &record("issue", &old)).await.unwrap();
        announce(&format!("issued {old} ."));
        let first = store.history(&old).await.unwrap()[0].digest;
        let suspended = store.append_record(&old, &first, &record("suspend", &old)).await.unwrap();
        let new = store.reserve_serial("TST").await.unwrap().to_string();
        let (supersede, issue) = (record("supersede", &old), record("issue", &new));
        store.reissue((&old, &suspended.digest), &supersede, document(&new), &issue).await.unwrap();
        announce(&format!("reissued {old} {new} ."));
    }
}

fn announce(line: &str) {
    // One write for one line, past the test harness's capture.
    std::io::stdout().lock().write_all(format!("\n{line}\n").as_bytes()).unwrap();
}

fn signed(number: &str) -> Vec<u8> {
    // Larger than a database page, so that a document spans several.
    format!("CMS of {number};").repeat(1_000).into_bytes()
}

fn document(number: &str) -> Document {
    Document {
        number: number.to_owned(),
        kind: "test".to_owned(),
        issuer_bin: "000740000728".to_owned(),
        applicant_id: "850101300123".to_owned(),
        request: None,
        content: format!("{{\"number\":\"{number}\"}}").into_bytes(),
        signed: signed(number),
        issued_at: Timestamp::default(),
    }
}

fn record(action: &str, number: &str) -> Record {
    Record {
        action: action.to_owned(),
        effective_at: Timestamp::default(),
        recorded_at: Timestamp::default(),
        content: format!("{{\"action\":\"{action}\"}}").into_bytes(),
        signed: format!("CMS of {action} {number}").into_bytes(),
    }
}
