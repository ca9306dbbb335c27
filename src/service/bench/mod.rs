//! The measure of whole documents: octets in, verdict out, beside the same work on a stock library.
//!
//! Contenders take turns in slices and the medians of their slices are told, since machines are shared. A slice that ends
//! with a wrong answer ends the bench: a fast wrong answer is no result.

mod corpus;
mod course;
mod stock;

pub use corpus::{Corpus, CorpusPlan};
pub use course::{AlgorithmFigures, BenchPlan, CRL_ENTRIES, StageShare, bench_algorithm};
pub use stock::{Stock, StockKey, VerifyOne, verify_with_ring};

use crate::crypto::KeyAlgorithm;
use crate::signing::SigningError;
use crate::trust::SnapshotError;

/// The bench could not be made, or an answer was wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BenchError {
    /// A certificate, CRL or document could not be made.
    #[error("the documents to measure with cannot be made: {0}")]
    Signing(#[from] SigningError),
    /// The trust of the bench.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A bench of nothing.
    #[error("nothing to measure: documents, officers and cores must be at least 1")]
    Nothing,
    /// A sound document did not pass.
    #[error("a sound document of {} did not pass: {answer}", algorithm.name())]
    SoundRefused {
        /// Of which algorithm.
        algorithm: KeyAlgorithm,
        /// What was answered.
        answer: String,
    },
    /// A tampered document passed.
    #[error("a tampered document of {} was not refused", algorithm.name())]
    TamperedAccepted {
        /// Of which algorithm.
        algorithm: KeyAlgorithm,
    },
    /// The other contender answered wrongly.
    #[error("the stock pipeline answered wrongly about a document of {}", algorithm.name())]
    StockWrong {
        /// Of which algorithm.
        algorithm: KeyAlgorithm,
    },
}
