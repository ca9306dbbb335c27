//! Jobs: lines become results once and whole, whatever the database.

use std::time::Duration;

use super::super::jobs::{begin, remove};
use super::samples::*;
use super::*;

/// Long enough for another session to do what it can.
const MEANWHILE: Duration = Duration::from_millis(300);

fn job(id: &str, owner: &str) -> JobRow {
    JobRow {
        job_id: id.to_owned(),
        owner: owner.to_owned(),
        state: JobState::Receiving,
        trust_snapshot: "sha256:01".to_owned(),
        validated_at: at(5),
        language: "kk".to_owned(),
        explained: true,
        created_at: at(10),
        ended_at: None,
        items: 0,
        judged: 0,
        tally: JobTally::default(),
    }
}

fn items(places: std::ops::RangeInclusive<u64>) -> Vec<JobItem> {
    let item = |sequence| JobItem { sequence, line_number: sequence * 2, refused: sequence == 2, line: vec![7; 10] };
    places.map(item).collect()
}

fn results(places: std::ops::RangeInclusive<u64>) -> Vec<JobResult> {
    places.map(|sequence| JobResult { sequence, line: b"{}".to_vec() }).collect()
}

pub(in crate::store) async fn a_job_is_kept_as_it_came_and_ends_with_its_last_line(location: Location) {
    let store = open(&location).await;
    store.begin_job(&job("one", "own"), b"snapshot").await.unwrap();
    store.append_job_items("one", &items(1..=3)).await.unwrap();
    assert!(store.waiting_jobs().await.unwrap().is_empty(), "it is not whole yet");
    store.close_job("one", at(11)).await.unwrap();
    for late in [store.append_job_items("one", &items(4..=4)).await, store.close_job("one", at(12)).await] {
        assert!(matches!(late, Err(StoreError::NotFound { what: Subject::Job, .. })), "{late:?}");
    }
    let kept = store.job("one", "own").await.unwrap().unwrap();
    assert_eq!(kept, JobRow { state: JobState::Waiting, items: 3, ..job("one", "own") });
    assert_eq!(store.waiting_jobs().await.unwrap(), [kept]);
    assert_eq!(store.job("one", "other").await.unwrap(), None);
    assert_eq!(store.job_items("one").await.unwrap(), items(1..=3));
    assert_eq!(store.job_snapshot("sha256:01").await.unwrap(), Some(b"snapshot".to_vec()));

    let tally = JobTally { passed: 1, failed: 1, ..JobTally::default() };
    assert!(store.record_results("one", (&results(1..=2), &tally), at(20)).await.unwrap());
    let load = store.job_load("own").await.unwrap();
    // A line of 10 octets waits beside two results of 2.
    let octets = 10 + 4 + 4_096;
    assert_eq!((load.kept, load.kept_of_owner, load.unfinished_of_owner), (1, 1, 1));
    assert_eq!((load.bytes, load.bytes_of_owner), (octets, octets));
    let other = store.job_load("other").await.unwrap();
    assert_eq!((other.kept_of_owner, other.unfinished_of_owner, other.bytes_of_owner), (0, 0, 0));
    assert_eq!((other.kept, other.bytes), (1, octets));
    let tally = JobTally { indeterminate: 1, ..JobTally::default() };
    assert!(store.record_results("one", (&results(3..=3), &tally), at(21)).await.unwrap());
    let done = store.job("one", "own").await.unwrap().unwrap();
    assert_eq!((done.state, done.judged, done.ended_at), (JobState::Done, 3, Some(at(21))));
    assert_eq!(done.tally, JobTally { passed: 1, failed: 1, indeterminate: 1, unreadable: 0 });
    assert_eq!(store.job_results("one", 1).await.unwrap(), results(2..=3));
    assert_eq!(store.job_results("one", u64::MAX).await.unwrap(), []);
    let load = store.job_load("own").await.unwrap();
    assert_eq!((load.kept, load.kept_of_owner, load.unfinished_of_owner), (1, 1, 0));
    assert_eq!((load.bytes, load.bytes_of_owner), (6, 6));
}

pub(in crate::store) async fn of_many_nodes_that_judge_the_same_lines_one_records_them(location: Location) {
    let store = open(&location).await;
    store.begin_job(&job("one", "own"), b"snapshot").await.unwrap();
    store.append_job_items("one", &items(1..=20)).await.unwrap();
    store.close_job("one", at(11)).await.unwrap();
    let tasks = (0..8).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            let tally = JobTally { passed: 20, ..JobTally::default() };
            store.record_results("one", (&results(1..=20), &tally), at(20)).await.unwrap()
        })
    });
    let recorded = futures_util::future::join_all(tasks).await;
    assert_eq!(recorded.into_iter().filter(|task| matches!(task, Ok(true))).count(), 1);
    let done = store.job("one", "own").await.unwrap().unwrap();
    assert_eq!((done.judged, done.tally.passed), (20, 20));
    assert_eq!(store.job_results("one", 0).await.unwrap(), results(1..=20));
}

pub(in crate::store) async fn a_removed_job_leaves_nothing_and_its_neighbour_everything(location: Location) {
    let store = open(&location).await;
    for id in ["one", "two"] {
        store.begin_job(&job(id, "own"), b"snapshot").await.unwrap();
        store.append_job_items(id, &items(1..=2)).await.unwrap();
        store.close_job(id, at(11)).await.unwrap();
        assert!(store.record_results(id, (&results(1..=1), &JobTally::default()), at(12)).await.unwrap());
    }
    assert!(!store.remove_job("one", "other").await.unwrap());
    assert!(store.remove_job("one", "own").await.unwrap() && !store.remove_job("one", "own").await.unwrap());
    assert!(store.job_items("one").await.unwrap().is_empty() && store.job_results("one", 0).await.unwrap().is_empty());
    assert!(!store.record_results("one", (&results(2..=2), &JobTally::default()), at(13)).await.unwrap());
    assert_eq!(store.job_items("two").await.unwrap(), items(2..=2));
    assert!(store.job_snapshot("sha256:01").await.unwrap().is_some());
    store.halt_job("two", at(14)).await.unwrap();
    // Nobody will judge the line that is left, but it lies there.
    assert_eq!(store.job_load("own").await.unwrap().bytes, 12);
    assert_eq!(store.sweep_jobs(at(14), at(10)).await.unwrap(), 0);
    assert_eq!(store.sweep_jobs(at(15), at(10)).await.unwrap(), 1);
    assert_eq!(store.job_snapshot("sha256:01").await.unwrap(), None);
}

pub(in crate::store) async fn a_snapshot_stays_for_whoever_begins_a_job_while_another_goes(location: Location) {
    let store = open(&location).await;
    store.begin_job(&job("one", "own"), b"snapshot").await.unwrap();
    let mut beginning = store.write().await.unwrap();
    begin(&mut beginning, &job("two", "own"), b"snapshot").await.unwrap();
    let other = store.clone();
    let removal = tokio::spawn(async move { other.remove_job("one", "own").await.unwrap() });
    tokio::time::sleep(MEANWHILE).await;
    assert!(!removal.is_finished(), "it waits");
    beginning.commit().await.unwrap();
    assert!(removal.await.unwrap());
    assert_eq!(store.job_snapshot("sha256:01").await.unwrap(), Some(b"snapshot".to_vec()));

    let mut removal = store.write().await.unwrap();
    remove(&mut removal, "two").await.unwrap();
    let other = store.clone();
    let beginning = tokio::spawn(async move { other.begin_job(&job("three", "own"), b"snapshot").await.unwrap() });
    tokio::time::sleep(MEANWHILE).await;
    assert!(!beginning.is_finished(), "it waits");
    removal.commit().await.unwrap();
    beginning.await.unwrap();
    assert_eq!(store.job_snapshot("sha256:01").await.unwrap(), Some(b"snapshot".to_vec()));
    assert!(store.remove_job("three", "own").await.unwrap());
    assert_eq!(store.job_snapshot("sha256:01").await.unwrap(), None);
}
