//! Answers completed from the store, away from the processors' places: a store that is slow or away must not keep others
//! from verifying. What is a permit hears its history; what is signed abroad, the receipts about it that are kept here.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::body::Upload;
use super::state::ApiState;
use super::workers::JobPanicked;
use crate::report::Answer;
use crate::service::{BatchAnswer, BatchItem, Permits, Verifier, may_need_receipts, tell_permits, tell_receipts};
use crate::store::Store;
use crate::time::Timestamp;

/// What a door holds once its documents are judged: answers, and the documents that they are about, in one order.
pub(super) struct Judged<T, D> {
    answers: Vec<T>,
    documents: Arc<D>,
    answer_of: fn(&mut T) -> Option<&mut Answer>,
    octets_of: fn(&D, usize) -> Option<&[u8]>,
}

impl Judged<Answer, Upload> {
    /// One document, one answer.
    pub(super) fn upload(answers: Vec<Answer>, upload: Arc<Upload>) -> Self {
        Self {
            answers,
            documents: upload,
            answer_of: |answer| Some(answer),
            octets_of: |upload, _| Some(upload.document.as_slice()),
        }
    }
}

impl Judged<BatchAnswer, Vec<BatchItem>> {
    /// The items of a batch or a job.
    pub(super) fn items(answers: Vec<BatchAnswer>, items: Arc<Vec<BatchItem>>) -> Self {
        Self {
            answers,
            documents: items,
            answer_of: |answer| answer.result.as_mut().ok(),
            octets_of: |items, place| Some(items.get(place)?.octets.as_ref().ok()?.document.as_ref()),
        }
    }
}

impl<T, D> Judged<T, D> {
    /// The answers with their documents; those that there are.
    fn told(&mut self) -> impl Iterator<Item = (&mut Answer, &[u8])> {
        let (documents, answer_of, octets_of) = (&*self.documents, self.answer_of, self.octets_of);
        self.answers.iter_mut().enumerate().filter_map(move |(place, one)| {
            let octets = octets_of(documents, place)?;
            Some((answer_of(one)?, octets))
        })
    }

    fn any(&mut self, wanted: fn(&Answer) -> bool) -> bool {
        self.told().any(|(answer, _)| wanted(answer))
    }

    async fn hear_permits(&mut self, permits: &Permits, (state, at): (&ApiState, Timestamp)) {
        let known = self.told().map(|(answer, _)| answer).filter(|answer| answer.permit.is_some());
        tell_permits(known, permits, (at, state.clock())).await;
    }

    /// What the store does not tell is said, and makes no answer better.
    async fn hear_receipts(&mut self, verifier: &Verifier, store: &Store) {
        if let Err(cause) = tell_receipts(self.told(), (verifier, store)).await {
            tracing::warn!(%cause, "kept receipts were not heard");
        }
    }
}

/// Completes what is a permit, and what a receipt may speak for; the others cost nothing.
///
/// *Takes* whose trust the documents were judged under, and at which time.
pub(super) async fn complete<T: Send + 'static, D: Send + Sync + 'static>(
    state: &ApiState,
    mut judged: Judged<T, D>,
    (verifier, at): (Arc<Verifier>, Timestamp),
) -> Result<Vec<T>, JobPanicked> {
    let permits = judged.any(|answer| answer.permit.is_some()).then(|| state.permits().ok()).flatten();
    let receipts = judged.any(may_need_receipts).then(|| state.store().cloned().ok()).flatten();
    if permits.is_none() && receipts.is_none() {
        return Ok(judged.answers);
    }
    let (runtime, held) = (Handle::current(), state.clone());
    let job = move || {
        runtime.block_on(async {
            if let Some(permits) = permits {
                judged.hear_permits(&permits, (&held, at)).await;
            }
            if let Some(store) = receipts {
                judged.hear_receipts(&verifier, &store).await;
            }
        });
        judged.answers
    };
    state.clerks().run_in_turn(job).await
}
