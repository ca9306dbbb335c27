//! Answers about documents that are permits, completed with right to sign and usability.

use super::{PermitError, Permits, permit_answer};
use crate::permit::{DocumentContent, History, HistoryAtHand};
use crate::report::Answer;
use crate::store::StoreError;
use crate::time::{Clock, Timestamp};
use crate::validation::Indication;

/// A history read here is as fresh as the moment it was read in; a question about a moment further ahead than this has
/// no answer yet.
const HISTORY_AGE_SECONDS_MAX: i64 = 60;

/// Tells of each document that is a permit whether it is usable, by the histories kept here. Where none is kept, what
/// the verifier said stays: that a history is missing.
pub async fn tell_permits(
    answers: impl IntoIterator<Item = &mut Answer>,
    permits: &Permits,
    (at, clock): (Timestamp, Clock),
) {
    for answer in answers {
        let Ok(report) = &answer.result else { continue };
        let Some(content) = report.json_content.as_deref().and_then(|c| DocumentContent::parse(c).ok()) else {
            continue;
        };
        // Only what is signed well, and bears a number that its body gave here, is worth replaying a history for; what was
        // not issued so under it is told.
        if report.verdict.indication != Indication::TotalPassed || !permits.keeps(&content).await {
            continue;
        }
        let as_of = clock.now();
        if let Some(history) = kept_history(permits, &content).await {
            let at_hand = HistoryAtHand { history: &history, as_of, age_seconds_max: HISTORY_AGE_SECONDS_MAX };
            answer.permit = permit_answer(report, permits.policy(), Some(at_hand), at);
        }
    }
}

/// A history that cannot be read or relied on counts as none: the answer then says that one is missing.
async fn kept_history(permits: &Permits, content: &DocumentContent) -> Option<History> {
    let number = content.number.to_string();
    match permits.replay(&number).await {
        Ok(history) => Some(history),
        Err(PermitError::Store(StoreError::NotFound { .. })) => None,
        Err(error) => {
            tracing::warn!(number, cause = %error, "a kept history cannot be relied on");
            None
        }
    }
}
