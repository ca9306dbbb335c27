//! A node that is killed while it judges a job: every line gets its result, once.
//!
//! The test runs itself again as a child that takes a job and judges it; the parent kills it with SIGKILL at moments of its own
//! choosing, looks at what is there, and starts it again.

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

use qoltanba::crypto::SystemEntropy;
use qoltanba::path::Pool;
use qoltanba::policy::Policy;
use qoltanba::service::{JobTerms, Jobs, Trust, Verifier};
use qoltanba::store::{JobState, Location, Store};
use qoltanba::time::{Clock, Timestamp};
use qoltanba::trust::TrustSnapshot;
use qoltanba::validation::Language;

const CHILD: &str = "QOLTANBA_KILL9_JOBS";
const OWNER: &str = "owner";
const LINES: u64 = 12_000;
const ROUNDS_MAX: u64 = 200;

#[test]
fn every_line_of_a_job_gets_one_result_however_often_the_node_is_killed() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    if let Ok(path) = std::env::var(CHILD) {
        return runtime.block_on(take_and_judge(Path::new(&path)));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (mut job, mut kills, mut judged) = (None, 0_u64, 0);
    for round in 0..ROUNDS_MAX {
        let killed = run_and_kill(&path, round, &mut job);
        kills += u64::from(killed && job.is_some());
        let Some(id) = &job else { continue };
        let now = runtime.block_on(inspect(&path, id));
        assert!(now >= judged, "what was judged stays judged");
        judged = now;
        if judged == LINES {
            assert!(kills > 5, "the child was too quick to be killed: {kills}");
            return;
        }
    }
    panic!("the job does not end: {judged} of {LINES}");
}

/// Gives whether the child was killed before its work was done.
fn run_and_kill(path: &Path, round: u64, job: &mut Option<String>) -> bool {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "every_line_of_a_job_gets_one_result_however_often_the_node_is_killed", "--nocapture"])
        .env(CHILD, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // The first round is killed while it takes its job; the others after a first stretch, sooner or later.
    for line in lines.map_while(Result::ok) {
        if let Some(id) = line.strip_prefix("taken ") {
            *job = Some(id.to_owned());
        }
        let is_time = if round == 0 { line.starts_with("receiving") } else { line.starts_with("judged") };
        if is_time {
            std::thread::sleep(Duration::from_micros(round.wrapping_mul(7_919_333) % 60_000));
            break;
        }
    }
    let killed = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    killed
}

/// Gives how many lines are judged: their results are there without a gap, and the next line waits.
async fn inspect(path: &Path, id: &str) -> u64 {
    let store = open(path).await;
    let job = store.job(id, OWNER).await.unwrap().unwrap();
    assert_eq!(job.items, LINES);
    let mut seen = 0;
    loop {
        let page = store.job_results(id, seen).await.unwrap();
        if page.is_empty() {
            break;
        }
        for result in page {
            seen += 1;
            assert_eq!(result.sequence, seen);
            let line: serde_json::Value = serde_json::from_slice(&result.line).unwrap();
            assert_eq!(line["id"].as_str(), Some(seen.to_string().as_str()));
        }
    }
    assert_eq!((job.judged, job.tally.unreadable), (seen, seen));
    let next = store.job_items(id).await.unwrap().first().map(|item| item.sequence);
    assert_eq!(next, (seen < LINES).then_some(seen + 1));
    assert_eq!(job.state, if seen < LINES { JobState::Waiting } else { JobState::Done });
    store.close().await;
    seen
}

async fn open(path: &Path) -> Store {
    Store::open(&Location::Sqlite(path.to_owned()), Timestamp::default()).await.unwrap()
}

async fn take_and_judge(path: &Path) {
    let jobs = Jobs::new(open(path).await, Clock::Fixed(Timestamp::default()));
    let trust = Trust::new(TrustSnapshot::empty(1, Timestamp::default(), "a test")).unwrap();
    let verifier = Verifier::new(trust, Pool::default(), Policy::named("kz").unwrap());
    if jobs.waiting().await.unwrap().is_empty() {
        let validated_at = Timestamp::default();
        let terms = JobTerms { owner: OWNER.to_owned(), validated_at, language: Language::En, explained: false };
        let mut intake = jobs.begin(terms, &verifier, &mut SystemEntropy).await.unwrap();
        for index in 1..=LINES {
            intake.push_line(index, format!(r#"{{"id":"{index}","document":"MAA="}}"#).into_bytes()).await.unwrap();
            if index == LINES / 2 {
                announce("receiving");
            }
        }
        let job = intake.finish().await.unwrap();
        announce(&format!("taken {}", job.job_id));
    }
    loop {
        let waiting = jobs.waiting().await.unwrap();
        let Some(job) = waiting.first() else { return };
        announce(&format!("taken {}", job.job_id));
        jobs.judge(job, async |items| verifier.verify_batch(&items, job.validated_at)).await.unwrap();
        announce("judged");
    }
}

fn announce(line: &str) {
    // One write for one line, past the test harness's capture.
    std::io::stdout().lock().write_all(format!("\n{line}\n").as_bytes()).unwrap();
}
