//! What is kept of jobs, as plain data.

use crate::time::Timestamp;

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Its lines still arrive.
    Receiving,
    /// All lines are here, and some are not judged yet.
    Waiting,
    /// Every line is judged.
    Done,
    /// What it was to be judged under is gone.
    Halted,
}

impl JobState {
    const ALL: [Self; 4] = [Self::Receiving, Self::Waiting, Self::Done, Self::Halted];

    /// As it is kept and told.
    pub fn name(self) -> &'static str {
        match self {
            Self::Receiving => "receiving",
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Halted => "halted",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Its name, which nobody can guess.
    pub job_id: String,
    /// The id of the API key that made it.
    pub owner: String,
    /// How far it is.
    pub state: JobState,
    /// The digest of the snapshot that all of its lines are judged under.
    pub trust_snapshot: String,
    /// The time that all of its lines are judged for.
    pub validated_at: Timestamp,
    /// Language of sentences, by its code.
    pub language: String,
    /// Whether the checks are told.
    pub explained: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its last line was judged.
    pub ended_at: Option<Timestamp>,
    /// Lines received.
    pub items: u64,
    /// Lines judged.
    pub judged: u64,
    /// What they came to.
    pub tally: JobTally,
}

/// What judged lines came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobTally {
    /// `TOTAL_PASSED`.
    pub passed: u64,
    /// `TOTAL_FAILED`.
    pub failed: u64,
    /// `INDETERMINATE`.
    pub indeterminate: u64,
    /// No verdict: the line or the document does not read.
    pub unreadable: u64,
}

/// A line that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobItem {
    /// Its place among the lines of the job, from 1.
    pub sequence: u64,
    /// Its place in the body, from 1, blank lines counted.
    pub line_number: u64,
    /// Whether `line` is the answer already, since what came could not be kept.
    pub refused: bool,
    /// The line as it came.
    pub line: Vec<u8>,
}

/// What a line came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobResult {
    /// The line's place, from 1.
    pub sequence: u64,
    /// The answer.
    pub line: Vec<u8>,
}

/// What jobs take up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobLoad {
    /// Jobs kept, ended ones too.
    pub kept: u64,
    /// Jobs kept of one owner.
    pub kept_of_owner: u64,
    /// Those of them that have not ended.
    pub unfinished_of_owner: u64,
    /// Octets of all: lines that wait, results, and `JOB_RESULT_RESERVED_BYTES` for each line that will be judged.
    pub bytes: u64,
    /// Those of one owner.
    pub bytes_of_owner: u64,
}
