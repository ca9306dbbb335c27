//! The room that jobs may take in a node's store: those of one key, and all together.

use super::JobError;
use crate::limits::{
    JOB_RESULT_RESERVED_BYTES, JOBS_BYTES_MAX, JOBS_BYTES_PER_KEY_MAX, JOBS_KEPT_MAX, JOBS_KEPT_PER_KEY_MAX,
    JOBS_UNFINISHED_PER_KEY_MAX, Limit,
};
use crate::store::{JobItem, JobLoad};

/// The bounds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) unfinished_of_key: &'static Limit,
    pub(super) kept_of_key: &'static Limit,
    pub(super) bytes_of_key: &'static Limit,
    pub(super) kept: &'static Limit,
    pub(super) bytes: &'static Limit,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            unfinished_of_key: &JOBS_UNFINISHED_PER_KEY_MAX,
            kept_of_key: &JOBS_KEPT_PER_KEY_MAX,
            bytes_of_key: &JOBS_BYTES_PER_KEY_MAX,
            kept: &JOBS_KEPT_MAX,
            bytes: &JOBS_BYTES_MAX,
        }
    }
}

impl Bounds {
    /// Whether one more job may begin.
    ///
    /// *Errors*: `KeyFull`, `NodeFull`.
    pub(super) fn check_another(&self, load: &JobLoad) -> Result<(), JobError> {
        let of_key = [
            (load.unfinished_of_owner, self.unfinished_of_key),
            (load.kept_of_owner, self.kept_of_key),
            (load.bytes_of_owner, self.bytes_of_key),
        ];
        let of_node = [(load.kept, self.kept), (load.bytes, self.bytes)];
        let reached = |pairs: &[(u64, &'static Limit)]| {
            pairs.iter().find(|(count, limit)| *count >= whole(limit.value)).map(|(_, limit)| *limit)
        };
        reached(&of_key).map_or(Ok(()), |limit| Err(JobError::KeyFull(limit)))?;
        reached(&of_node).map_or(Ok(()), |limit| Err(JobError::NodeFull(limit)))
    }

    /// Whether these lines may be kept, with room for their results.
    ///
    /// *Errors*: `KeyFull`, `NodeFull`.
    pub(super) fn check_lines(&self, load: &JobLoad, lines: &[JobItem]) -> Result<(), JobError> {
        let wanted = lines.iter().fold(0, |sum: u64, item| sum.saturating_add(reserved(item)));
        let fits = |taken: u64, limit: &Limit| taken.saturating_add(wanted) <= whole(limit.value);
        if !fits(load.bytes_of_owner, self.bytes_of_key) {
            return Err(JobError::KeyFull(self.bytes_of_key));
        }
        if fits(load.bytes, self.bytes) { Ok(()) } else { Err(JobError::NodeFull(self.bytes)) }
    }

    /// The room that no job has: where answers may take more than was reserved for them.
    pub(super) fn spare(&self, load: &JobLoad) -> Spare {
        let left = |taken: u64, limit: &'static Limit| Spare { bytes: whole(limit.value).saturating_sub(taken), limit };
        let (of_key, of_node) = (left(load.bytes_of_owner, self.bytes_of_key), left(load.bytes, self.bytes));
        if of_key.bytes <= of_node.bytes { of_key } else { of_node }
    }
}

/// Octets that are left, and what bounds them.
pub(super) struct Spare {
    bytes: u64,
    limit: &'static Limit,
}

impl Spare {
    /// Takes what an answer needs beyond the room reserved for it.
    ///
    /// *Errors*: the bound, where there is not that much.
    pub(super) fn take(&mut self, item: &JobItem, answer: &[u8]) -> Result<(), &'static Limit> {
        let more = whole(answer.len()).saturating_sub(reserved(item));
        self.bytes = self.bytes.checked_sub(more).ok_or(self.limit)?;
        Ok(())
    }
}

/// What a line takes until it is judged: its own octets give way to its result.
fn reserved(item: &JobItem) -> u64 {
    whole(item.line.len()).saturating_add(whole(JOB_RESULT_RESERVED_BYTES.value))
}

fn whole(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
