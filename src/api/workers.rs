//! Work for processors: as much at a time as there are processors, a bounded queue before them, the rest turned away.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::error::ApiError;
use crate::limits::API_WAITING_MAX;

/// The places at the processors, and the places in the queue.
#[derive(Debug)]
pub(super) struct Workers {
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

/// A job ended in a panic, which the panic hook has logged.
#[derive(Debug)]
pub(super) struct JobPanicked;

impl Workers {
    pub(super) fn new(places: usize) -> Self {
        Self {
            running: Arc::new(Semaphore::new(places)),
            waiting: Arc::new(Semaphore::new(places.saturating_add(API_WAITING_MAX.value))),
        }
    }

    /// Runs a job where there is room in the queue.
    ///
    /// *Errors*: `Overloaded` where there is none; `Internal` where the job panics.
    pub(super) async fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
        let queued = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| ApiError::Overloaded)?;
        let place = Arc::clone(&self.running).acquire_owned().await.map_err(|_| ApiError::Overloaded)?;
        spawn((queued, place), job).await.map_err(|JobPanicked| ApiError::Internal)
    }

    /// Runs a job however long it has to wait: for streams, whose clients feel it as back-pressure.
    pub(super) async fn run_in_turn<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JobPanicked> {
        let place = Arc::clone(&self.running).acquire_owned().await.map_err(|_| JobPanicked)?;
        spawn(place, job).await
    }
}

/// The place stays taken until the job ends, also where nobody waits for it any more.
async fn spawn<T: Send + 'static>(
    place: impl Send + 'static,
    job: impl FnOnce() -> T + Send + 'static,
) -> Result<T, JobPanicked> {
    let run = move || {
        let _place = place;
        job()
    };
    tokio::task::spawn_blocking(run).await.map_err(|_| JobPanicked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_queue_turns_away_and_a_freed_place_takes_in() {
        let workers = Workers { running: Arc::new(Semaphore::new(1)), waiting: Arc::new(Semaphore::new(1)) };
        let taken = Arc::clone(&workers.waiting).try_acquire_owned().unwrap();
        assert!(matches!(workers.run(|| 1).await, Err(ApiError::Overloaded)));
        drop(taken);
        assert_eq!(workers.run(|| 1).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_panic_is_told_as_our_fault_and_frees_its_place() {
        let workers = Workers::new(1);
        assert!(matches!(workers.run(|| panic!("on purpose")).await, Err::<(), _>(ApiError::Internal)));
        assert_eq!(workers.run(|| 1).await.unwrap(), 1);
        assert_eq!(workers.run_in_turn(|| 2).await.unwrap(), 2);
    }
}
