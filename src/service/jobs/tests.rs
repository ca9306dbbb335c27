use super::*;
use crate::crypto::SeededEntropy;
use crate::path::Pool;
use crate::policy::Policy;
use crate::store::Location;

fn verifier(version: u64) -> Arc<Verifier> {
    let snapshot = TrustSnapshot::empty(version, Timestamp::default(), "a test");
    Arc::new(Verifier::new(Trust::new(snapshot).unwrap(), Pool::default(), Policy::named("kz").unwrap()))
}

async fn jobs() -> (tempfile::TempDir, Jobs) {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::Sqlite(folder.path().join("store.db"));
    let store = Store::open(&location, Timestamp::default()).await.unwrap();
    (folder, Jobs::new(store, Clock::Fixed(Timestamp::from_unix_millis(1_000_000_000_000))))
}

fn terms(owner: &str) -> JobTerms {
    let validated_at = Timestamp::default();
    JobTerms { owner: owner.to_owned(), validated_at, language: Language::En, explained: false }
}

async fn begun(jobs: &Jobs, owner: &str, seed: &[u8]) -> Result<JobIntake, JobError> {
    jobs.begin(terms(owner), &verifier(1), &mut SeededEntropy::new(seed)).await
}

async fn with_lines(jobs: &Jobs, owner: &str, lines: u64) -> JobRow {
    with_lines_or(jobs, owner, lines).await.unwrap()
}

async fn with_lines_or(jobs: &Jobs, owner: &str, lines: u64) -> Result<JobRow, JobError> {
    let kept = jobs.store.job_load(owner).await.unwrap().kept_of_owner;
    let mut intake = begun(jobs, owner, format!("{owner} {kept}").as_bytes()).await?;
    for index in 1..=lines {
        intake.push_line(index, format!(r#"{{"id":"{index}","document":"MAA="}}"#).into_bytes()).await.unwrap();
    }
    intake.finish().await
}

async fn judge(jobs: &Jobs, job: &JobRow) -> usize {
    let at = job.validated_at;
    jobs.judge(job, async |items| verifier(1).verify_batch(&items, at)).await.unwrap()
}

#[tokio::test]
async fn every_line_gets_one_result_in_its_place_and_the_job_ends() {
    let (_folder, jobs) = jobs().await;
    let job = with_lines(&jobs, "own", 600).await;
    assert_eq!((job.state, job.items, job.judged), (JobState::Waiting, 600, 0));
    assert_eq!([judge(&jobs, &job).await, judge(&jobs, &job).await], [256, 256]);
    let between = jobs.job(&job.job_id, "own").await.unwrap();
    assert_eq!((between.state, between.judged), (JobState::Waiting, 512));
    assert_eq!([judge(&jobs, &job).await, judge(&jobs, &job).await], [88, 0]);
    let done = jobs.job(&job.job_id, "own").await.unwrap();
    assert_eq!((done.state, done.judged, done.tally.unreadable), (JobState::Done, 600, 600));
    let mut offset = 0;
    loop {
        let page = jobs.results(&done, offset).await.unwrap();
        let Some(last) = page.last().map(|result| result.sequence) else { break };
        for result in page {
            offset += 1;
            assert_eq!(result.sequence, offset);
            let line: serde_json::Value = serde_json::from_slice(&result.line).unwrap();
            assert_eq!(line["id"], offset.to_string());
        }
        assert_eq!(offset, last);
    }
    assert_eq!(offset, 600);
}

#[tokio::test]
async fn of_two_that_judge_the_same_lines_one_records_them() {
    let (_folder, jobs) = jobs().await;
    let job = with_lines(&jobs, "own", 3).await;
    let (other, at) = (jobs.clone(), job.validated_at);
    let first = jobs.judge(&job, async |items| {
        assert_eq!(judge(&other, &job).await, 3);
        verifier(1).verify_batch(&items, at)
    });
    assert_eq!(first.await.unwrap(), 0);
    assert_eq!(jobs.results(&job, 0).await.unwrap().len(), 3);
    assert_eq!(jobs.job(&job.job_id, "own").await.unwrap().judged, 3);
}

#[tokio::test]
async fn a_job_belongs_to_its_key_alone() {
    let (_folder, jobs) = jobs().await;
    let job = with_lines(&jobs, "own", 1).await;
    assert!(matches!(jobs.job(&job.job_id, "other").await, Err(JobError::NotFound { .. })));
    assert!(matches!(jobs.remove(&job.job_id, "other").await, Err(JobError::NotFound { .. })));
    jobs.remove(&job.job_id, "own").await.unwrap();
    assert!(matches!(jobs.job(&job.job_id, "own").await, Err(JobError::NotFound { .. })));
    assert!(jobs.waiting().await.unwrap().is_empty() && jobs.results(&job, 0).await.unwrap().is_empty());
    // What was removed while it was judged stays removed.
    assert_eq!(judge(&jobs, &job).await, 0);
}

#[tokio::test]
async fn a_key_has_its_share_of_unfinished_jobs_and_gets_it_back() {
    let (_folder, jobs) = jobs().await;
    let mut intakes = Vec::new();
    for seed in 0..8_u8 {
        intakes.push(begun(&jobs, "own", &[seed]).await.unwrap());
    }
    assert!(
        matches!(begun(&jobs, "own", b"more").await, Err(JobError::KeyFull(limit)) if limit.name == "JOBS_UNFINISHED_PER_KEY_MAX")
    );
    assert!(begun(&jobs, "other", b"theirs").await.is_ok());
    let last = intakes.pop().unwrap();
    jobs.remove(&last.job().job_id.clone(), "own").await.unwrap();
    assert!(begun(&jobs, "own", b"more").await.is_ok());
}

static TWO: Limit = Limit { name: "TWO", value: 2, unit: "jobs" };
static ROOM: Limit = Limit { name: "ROOM", value: 10_000, unit: "bytes" };

#[tokio::test]
async fn one_key_keeps_its_share_of_jobs_and_leaves_the_others_to_others() {
    let (_folder, jobs) = jobs().await;
    let jobs = Jobs { bounds: Bounds { kept_of_key: &TWO, ..Bounds::default() }, ..jobs };
    let first = with_lines(&jobs, "own", 1).await;
    assert_eq!(judge(&jobs, &first).await, 1);
    begun(&jobs, "own", b"second").await.unwrap();
    let refused = begun(&jobs, "own", b"third").await.unwrap_err();
    assert!(matches!(refused, JobError::KeyFull(limit) if limit == &TWO), "{refused}");
    assert!(refused.to_string().contains("2 jobs (TWO)"), "{refused}");
    assert!(begun(&jobs, "other", b"theirs").await.is_ok());
    jobs.remove(&first.job_id, "own").await.unwrap();
    assert!(begun(&jobs, "own", b"third").await.is_ok());
    let all = Jobs { bounds: Bounds { kept: &TWO, ..Bounds::default() }, ..jobs };
    let refused = begun(&all, "third", b"one more").await.unwrap_err();
    assert!(matches!(refused, JobError::NodeFull(limit) if limit == &TWO), "{refused}");
}

#[tokio::test]
async fn lines_come_as_far_as_there_is_room_for_their_results() {
    let (_folder, jobs) = jobs().await;
    let roomy = Jobs { bounds: Bounds { bytes: &ROOM, ..Bounds::default() }, ..jobs.clone() };
    let mut intake = begun(&roomy, "own", b"three lines").await.unwrap();
    for number in 1..=3 {
        intake.push_line(number, b"no JSON".to_vec()).await.unwrap();
    }
    // Room is kept for each of their results: 3 times 4,096 octets are more than 10,000.
    assert!(matches!(intake.finish().await, Err(JobError::NodeFull(limit)) if limit == &ROOM));
    let strict = Jobs { bounds: Bounds { bytes_of_key: &ROOM, ..Bounds::default() }, ..jobs };
    let done = with_lines(&strict, "own", 2).await;
    assert!(matches!(with_lines_or(&strict, "own", 1).await, Err(JobError::KeyFull(limit)) if limit == &ROOM));
    assert_eq!(judge(&strict, &done).await, 2);
    // What was reserved and not needed is free again.
    with_lines(&strict, "own", 1).await;
}

#[tokio::test]
async fn a_job_that_was_taken_ends_and_an_answer_without_room_is_told() {
    let (_folder, jobs) = jobs().await;
    let jobs = Jobs { bounds: Bounds { bytes: &ROOM, ..Bounds::default() }, ..jobs };
    let job = with_lines(&jobs, "own", 2).await;
    let answered = jobs.judge(&job, async |items| {
        let mut answers = verifier(1).verify_batch(&items, job.validated_at);
        for answer in &mut answers {
            // An answer as long as one with many signatures.
            answer.result.as_mut().unwrap().trust_snapshot = "x".repeat(5_000);
        }
        answers
    });
    assert_eq!(answered.await.unwrap(), 2);
    let done = jobs.job(&job.job_id, "own").await.unwrap();
    assert_eq!((done.state, done.tally.unreadable), (JobState::Done, 2));
    let told = jobs.results(&done, 0).await.unwrap();
    let codes: Vec<String> = told
        .iter()
        .map(|result| serde_json::from_slice::<serde_json::Value>(&result.line).unwrap()["error"]["code"].to_string())
        .collect();
    assert!(told[0].line.len() > 5_000 && codes[0] != "\"OVERLOADED\"", "{codes:?}");
    assert!(told[1].line.len() < 4_096 && codes[1] == "\"OVERLOADED\"", "{codes:?}");
    assert!(jobs.store.job_load("own").await.unwrap().bytes <= 10_000);
}

#[tokio::test]
async fn lines_without_an_id_are_called_by_where_they_stood() {
    let (_folder, jobs) = jobs().await;
    let mut intake = begun(&jobs, "own", b"names").await.unwrap();
    intake.push_line(2, b"no JSON".to_vec()).await.unwrap();
    intake.push_refused(5, ItemError::Overloaded).await.unwrap();
    intake.push_line(9, br#"{"document":"MAA="}"#.to_vec()).await.unwrap();
    let job = intake.finish().await.unwrap();
    assert_eq!(judge(&jobs, &job).await, 3);
    let told: Vec<serde_json::Value> =
        jobs.results(&job, 0).await.unwrap().iter().map(|r| serde_json::from_slice(&r.line).unwrap()).collect();
    assert_eq!(
        told.iter().map(|line| line["id"].as_str().unwrap()).collect::<Vec<_>>(),
        ["line 2", "line 5", "line 9"]
    );
    assert_eq!(told[1]["error"]["code"], "OVERLOADED");
}

#[tokio::test]
async fn a_job_without_a_line_is_none() {
    let (_folder, jobs) = jobs().await;
    let intake = begun(&jobs, "own", b"empty").await.unwrap();
    assert!(matches!(intake.finish().await, Err(JobError::Empty)));
}

#[tokio::test]
async fn a_job_keeps_its_snapshot_and_halts_where_that_is_gone() {
    let (_folder, jobs) = jobs().await;
    let job = with_lines(&jobs, "own", 1).await;
    let present = verifier(2);
    let kept = jobs.verifier_of(&job, &present).await.unwrap().unwrap();
    assert_eq!(kept.trust().digest, job.trust_snapshot);
    assert_ne!(kept.trust().digest, present.trust().digest);
    let gone = JobRow { trust_snapshot: "sha256:00".to_owned(), ..job.clone() };
    assert!(jobs.verifier_of(&gone, &present).await.unwrap().is_none());
    assert_eq!(jobs.job(&job.job_id, "own").await.unwrap().state, JobState::Halted);
}

#[tokio::test]
async fn what_ended_long_ago_and_what_never_arrived_is_removed_and_nothing_else() {
    let (_folder, jobs) = jobs().await;
    let done = with_lines(&jobs, "done", 1).await;
    assert_eq!(judge(&jobs, &done).await, 1);
    let waiting = with_lines(&jobs, "waiting", 1).await;
    let mut receiving = begun(&jobs, "receiving", b"receiving").await.unwrap();
    let later = |seconds| Jobs { clock: Clock::Fixed(jobs.clock.now().plus_seconds(seconds)), ..jobs.clone() };
    assert_eq!(later(7_200).sweep().await.unwrap(), 0);
    assert_eq!(later(7_201).sweep().await.unwrap(), 1);
    receiving.push_line(1, b"too late".to_vec()).await.unwrap();
    assert!(matches!(
        receiving.finish().await,
        Err(JobError::Store(StoreError::Defect(_) | StoreError::NotFound { .. }))
    ));
    assert_eq!(later(7 * 86_400).sweep().await.unwrap(), 0);
    assert_eq!(later(7 * 86_400 + 1).sweep().await.unwrap(), 1);
    assert!(jobs.job(&waiting.job_id, "waiting").await.is_ok());
    assert!(jobs.job(&done.job_id, "done").await.is_err());
}
