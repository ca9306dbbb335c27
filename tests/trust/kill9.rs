//! A keeper's node that is killed at any moment: what was announced is there, and nothing is there by half.
//!
//! The test runs itself again as a child that proposes, approves and publishes without end and prints what is on disk; the
//! parent kills it with SIGKILL at moments of its own choosing.

#![expect(clippy::disallowed_methods, reason = "the child learns from the environment that it is the child")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use qoltanba::service::{Home, TrustOffice};
use qoltanba::store::{Location, Store};
use qoltanba::time::Clock;
use qoltanba::trust::TrustSnapshot;

use crate::kit::{FIRST, Node, SECOND, event, now, order};

const CHILD: &str = "QOLTANBA_KILL9_TRUST";
const ROUNDS: u64 = 10;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

async fn office(folder: &Path) -> (TrustOffice, Store) {
    let store = Store::open(&Location::Sqlite(folder.join("store.sqlite")), now()).await.unwrap();
    (TrustOffice::new(Home::new(folder, None), store.clone(), None, Clock::Fixed(now())), store)
}

#[test]
fn nothing_announced_is_lost_between_proposal_approval_and_publication() {
    if let Ok(path) = std::env::var(CHILD) {
        return runtime().block_on(work_without_end(Path::new(&path)));
    }
    let node = runtime().block_on(Node::begun());
    runtime().block_on(node.store.clone().close());
    let mut announced = Vec::new();
    for round in 0..ROUNDS {
        announced.extend(run_and_kill(node.path(), round));
        runtime().block_on(inspect(node.path(), &announced));
    }
    let published = announced.iter().filter(|(step, _)| step == "published").count();
    assert!(announced.len() > 20 && published > 4, "the child did too little: {announced:?}");
}

fn run_and_kill(folder: &Path, round: u64) -> Vec<(String, u64)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill9::nothing_announced_is_lost_between_proposal_approval_and_publication", "--nocapture"])
        .env(CHILD, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut announced = Vec::new();
    // A few steps, so that the round writes; then up to half a second, another number each time.
    let steps = usize::try_from(1 + round % 4).unwrap();
    announced.extend(lines.by_ref().map(Result::unwrap).filter_map(|line| parse(&line)).take(steps));
    assert_eq!(announced.len(), steps, "the child ended by itself");
    std::thread::sleep(Duration::from_micros((round * 7_919_333) % 500_000));
    child.kill().unwrap();
    child.wait().unwrap();
    announced.extend(lines.map_while(Result::ok).filter_map(|line| parse(&line)));
    announced
}

fn parse(line: &str) -> Option<(String, u64)> {
    match line.split(' ').collect::<Vec<_>>()[..] {
        [step @ ("proposed" | "approved" | "published"), number, "."] => Some((step.to_owned(), number.parse().ok()?)),
        _ => None,
    }
}

async fn inspect(folder: &Path, announced: &[(String, u64)]) {
    let (office, store) = office(folder).await;
    // The whole log replays: every signature, every link, every rule.
    let registry = office.registry().await.unwrap();
    let held = store.latest_snapshot().await.unwrap();
    for (step, number) in announced {
        match step.as_str() {
            "published" => assert!(held.as_ref().unwrap().version >= *number),
            _ => assert!(registry.entries().len() >= usize::try_from(*number).unwrap()),
        }
    }
    // The folder opens, with what is in the store or, where it was killed in between, what was there before.
    let trust = office_home(folder).last_good(&store).await.unwrap().unwrap();
    assert!(held.as_ref().is_none_or(|row| trust.snapshot.version == row.version));
    // What the store holds is what the log makes.
    if let Some(row) = held {
        let made = registry.entries().iter().filter_map(|entry| registry.snapshot(entry.place.sequence));
        let one: Vec<TrustSnapshot> = made.filter(|snapshot| snapshot.version == row.version).collect();
        assert_eq!(one[0].digest(), row.name());
    }
    store.close().await;
}

fn office_home(folder: &Path) -> Home {
    Home::new(folder, None)
}

async fn work_without_end(folder: &Path) {
    let (office, _store) = office(folder).await;
    // Whatever an earlier round left pending or suspended is picked up.
    loop {
        let registry = office.registry().await.unwrap();
        let pending = registry.proposals().find(|one| one.settled.is_none()).map(|one| one.entry.place.digest);
        if let Some(proposal) = pending {
            let approved = office.approve(SECOND, proposal).await.unwrap();
            announce("approved", approved.sequence);
            let published = office.publish(FIRST, FIRST).await.unwrap();
            announce("published", published.version);
            continue;
        }
        let events = &registry.state().snapshot.foreign[0].events;
        let status = if events.last().unwrap().status.is_in_force() { "SUSPENDED" } else { "RESUMED" };
        let proposal = event("foreign-registered", status, "2026-11-01T00:00:00Z");
        let proposed = office.propose(FIRST, order(&proposal)).await.unwrap();
        announce("proposed", proposed.sequence);
    }
}

fn announce(step: &str, number: u64) {
    // One write for one line, past the test harness's capture.
    std::io::stdout().lock().write_all(format!("\n{step} {number} .\n").as_bytes()).unwrap();
}
