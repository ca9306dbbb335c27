//! Items of batches and jobs are judged and their answers completed; a failure of ours stays with the item that causes it.

use std::sync::Arc;

use super::complete::{Judged, complete};
use super::metrics;
use super::state::ApiState;
use crate::service::{BatchAnswer, BatchItem, ItemError, Online, Verifier};
use crate::time::Timestamp;

/// What items are judged under.
pub(super) struct Judge {
    pub(super) state: ApiState,
    pub(super) verifier: Arc<Verifier>,
    /// The time that they are judged for.
    pub(super) at: Timestamp,
    /// What fetches, where it is asked to, and the time that was asked for.
    pub(super) online: Option<(Arc<Online>, Option<Timestamp>)>,
    /// On how many cores at a time.
    pub(super) cores: usize,
}

impl Judge {
    /// One answer for each item, in their order.
    pub(super) async fn answers(&self, items: Arc<Vec<BatchItem>>) -> Vec<BatchAnswer> {
        let answers = alone_where_together_fails(&items, |items| self.attempt(items)).await;
        metrics::count_answers(answers.iter().filter_map(|answer| answer.result.as_ref().ok()));
        answers
    }

    async fn attempt(&self, items: Arc<Vec<BatchItem>>) -> Option<Vec<BatchAnswer>> {
        let judge = |verifier: Arc<Verifier>, at| {
            let (items, cores, state) = (Arc::clone(&items), self.cores, self.state.clone());
            let job = move || {
                let timer = metrics::VerifyTimer::start();
                let answers = verifier.verify_batch_on(cores, &items, at);
                timer.stop(items.len());
                answers
            };
            async move { state.workers().run_in_turn(job).await }
        };
        let answers = match &self.online {
            Some((online, moment)) => {
                online.settle((&self.verifier, *moment), |answer| answer.result.as_mut().ok(), judge).await
            }
            None => judge(Arc::clone(&self.verifier), self.at).await,
        };
        let judged = Judged::items(answers.ok()?, items);
        complete(&self.state, judged, (Arc::clone(&self.verifier), self.at)).await.ok()
    }
}

/// The verifier keeps a panic to its item (`service/crew.rs`). Should what stands around it end in one, items are tried one by
/// one, so that only the one that causes it goes without a verdict.
async fn alone_where_together_fails<A: Future<Output = Option<Vec<BatchAnswer>>>>(
    items: &Arc<Vec<BatchItem>>,
    attempt: impl Fn(Arc<Vec<BatchItem>>) -> A,
) -> Vec<BatchAnswer> {
    if let Some(answers) = attempt(Arc::clone(items)).await.filter(|answers| answers.len() == items.len()) {
        return answers;
    }
    let mut answers = Vec::with_capacity(items.len());
    for item in items.iter() {
        let alone = attempt(Arc::new(vec![item.clone()])).await.and_then(|mut all| all.pop());
        let failed = || BatchAnswer { id: item.id.clone(), result: Err(ItemError::Internal) };
        answers.push(alone.unwrap_or_else(failed));
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::workers::Workers;

    #[tokio::test]
    async fn an_item_that_causes_a_panic_is_told_and_its_neighbours_have_their_answers() {
        let workers = Workers::new(1);
        let items: Vec<BatchItem> = (1..=5).map(|number| BatchItem::unread(number, ItemError::Shape)).collect();
        let attempt = |items: Arc<Vec<BatchItem>>| {
            let answer = |item: &BatchItem| {
                assert!(item.id != "line 3", "on purpose");
                BatchAnswer { id: item.id.clone(), result: Err(ItemError::Shape) }
            };
            let job = move || items.iter().map(answer).collect();
            async { workers.run_in_turn(job).await.ok() }
        };
        let answers = alone_where_together_fails(&Arc::new(items), attempt).await;
        let told: Vec<_> = answers.iter().map(|answer| (answer.id.as_str(), answer.result.as_ref().err())).collect();
        let (shape, internal) = (Some(&ItemError::Shape), Some(&ItemError::Internal));
        let expected =
            [("line 1", shape), ("line 2", shape), ("line 3", internal), ("line 4", shape), ("line 5", shape)];
        assert_eq!(told, expected);
    }
}
