//! Answers about permits completed from the store, away from the processors' places: a store that is slow or away must
//! not keep others from verifying.

use tokio::runtime::Handle;

use super::state::ApiState;
use super::workers::JobPanicked;
use crate::report::Answer;
use crate::service::tell_permits;
use crate::time::Timestamp;

/// Completes what is a permit among the answers; the others cost nothing.
pub(super) async fn complete<T: Send + 'static>(
    state: &ApiState,
    mut answers: Vec<T>,
    answer_of: fn(&mut T) -> Option<&mut Answer>,
    at: Timestamp,
) -> Result<Vec<T>, JobPanicked> {
    let has_permit = answers.iter_mut().filter_map(answer_of).any(|answer| answer.permit.is_some());
    let Some(permits) = has_permit.then(|| state.permits().ok()).flatten() else { return Ok(answers) };
    let (runtime, clock) = (Handle::current(), state.clock());
    let job = move || {
        let known = answers.iter_mut().filter_map(answer_of).filter(|answer| answer.permit.is_some());
        runtime.block_on(tell_permits(known, &permits, (at, clock)));
        answers
    };
    state.clerks().run_in_turn(job).await
}
