//! The course that every contender runs: slices in turns, answers checked, medians told.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::super::crew::spread;
use super::stock::verify_with_ring;
use super::{BenchError, Corpus, CorpusPlan, Stock};
use crate::crypto::KeyAlgorithm;
use crate::limits::BATCH_DOCUMENTS;
use crate::path::{PathBook, SignatureBook};
use crate::policy::Policy;
use crate::validation::{
    DocumentReport, Indication, Item, Known, ReadError, Stage, Terms, validate_in_stages, validate_many,
};

/// What to measure.
#[derive(Clone, Debug)]
pub struct BenchPlan {
    /// How many documents our own pipeline verifies.
    pub documents: usize,
    /// Octets of content in each.
    pub content_bytes: usize,
    /// How many officers signed them.
    pub officers: usize,
    /// On how many cores the last contender runs.
    pub cores: usize,
}

/// Figures of one algorithm.
#[derive(Clone, Debug, Serialize)]
pub struct AlgorithmFigures {
    /// How the officers sign.
    pub algorithm: &'static str,
    /// Documents verified by one core of ours, all rounds together.
    pub documents: usize,
    /// Different ones among them: their octets are met again, their batches are not.
    pub different_documents: usize,
    /// Octets of one document.
    pub document_bytes: usize,
    /// Ours on one core.
    pub documents_per_second: f64,
    /// The stock pipeline on one core, where a stock library has the algorithm.
    pub stock_documents_per_second: Option<f64>,
    /// Ours on all cores of the plan, where these are several.
    pub documents_per_second_all_cores: Option<f64>,
    /// All cores over one: the median of the ratios of neighbouring slices.
    pub scaling: Option<f64>,
    /// Ours over the stock pipeline's: the median of the ratios of neighbouring slices.
    pub ratio: Option<f64>,
    /// Shares of time.
    pub stages: Vec<StageShare>,
    /// Whether the tampered, the forged and the revoked document were refused, in the same run.
    pub refused: bool,
}

/// Time spent in one stage.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct StageShare {
    /// Which.
    pub stage: &'static str,
    /// Nanoseconds per document.
    pub nanoseconds: f64,
    /// Of the whole.
    pub share: f64,
}

/// Turns that every contender takes.
const ROUNDS: usize = 11;
/// How many different documents are made at most: 1,000,000 of them would be kept in memory for no other reason.
const DIFFERENT_MAX: usize = 4_096;
/// Documents of one slice of the stock pipeline at most.
const STOCK_SLICE_MAX: usize = 2_048;
/// Signatures of each officer before the clock runs: more than a key needs until it has its table.
const WARM_USES: usize = 160;
/// Entries in the CRL of the centre.
pub const CRL_ENTRIES: usize = 5_000;

/// Measures one algorithm.
///
/// *Cost*: makes `officers` keys and up to 4,096 documents first.
pub fn bench_algorithm(algorithm: KeyAlgorithm, plan: &BenchPlan) -> Result<AlgorithmFigures, BenchError> {
    if plan.documents == 0 || plan.officers == 0 || plan.cores == 0 || plan.content_bytes == 0 {
        return Err(BenchError::Nothing);
    }
    let corpus = Corpus::make(&CorpusPlan {
        algorithm,
        officers: plan.officers,
        documents: plan.documents.min(DIFFERENT_MAX),
        content_bytes: plan.content_bytes,
        crl_entries: CRL_ENTRIES,
    })?;
    Course::new(algorithm, &corpus).run(plan)
}

struct Course<'c> {
    algorithm: KeyAlgorithm,
    corpus: &'c Corpus,
    policy: Policy,
    paths: PathBook,
    known: Known,
    book: SignatureBook,
    stock: Option<Stock>,
}

impl<'c> Course<'c> {
    fn new(algorithm: KeyAlgorithm, corpus: &'c Corpus) -> Self {
        // INVARIANT: "kz" is built in.
        let policy = Policy::named("kz").unwrap_or_else(|_| unreachable!("a built-in policy"));
        let own = [&corpus.trust.anchors, &corpus.trust.material, &corpus.evidence];
        let paths = PathBook::new(own, policy.path_rules());
        let known = Known::new(own, &policy);
        Self { algorithm, corpus, policy, paths, known, book: SignatureBook::default(), stock: Stock::learn(corpus) }
    }

    fn terms(&self) -> Terms<'_> {
        let Corpus { trust, evidence, at, .. } = self.corpus;
        Terms { trust, evidence, policy: &self.policy, paths: Some(&self.paths), known: Some(&self.known), at: *at }
    }

    fn run(&self, plan: &BenchPlan) -> Result<AlgorithmFigures, BenchError> {
        self.check_refusals()?;
        // Everybody has met every officer before the clock runs, and we so often that the tables of their keys are made.
        let all: Vec<Item<'_>> = self.corpus.documents.iter().map(|d| Item::new(d, None)).collect();
        let met = all.len().saturating_mul(2).max(plan.officers.saturating_mul(WARM_USES));
        self.ours(&all, met, &mut Stages::default())?;
        let slice = plan.documents.div_ceil(ROUNDS).max(1);
        let (mut mine, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        let (mut together, mut scaling) = (Vec::new(), Vec::new());
        let mut stages = Stages::default();
        for _ in 0..ROUNDS {
            let rate = self.ours(&all, slice, &mut stages)?;
            mine.push(rate);
            if plan.cores > 1 {
                let other = self.all_cores(&all, slice, plan.cores)?;
                together.push(other);
                scaling.push(other / rate);
            }
            if let Some(stock) = &self.stock {
                let other = self.stocks(stock, slice.min(STOCK_SLICE_MAX))?;
                theirs.push(other);
                ratios.push(rate / other);
            }
        }
        self.check_refusals()?;
        Ok(AlgorithmFigures {
            algorithm: self.algorithm.name(),
            documents: slice.saturating_mul(ROUNDS),
            different_documents: all.len(),
            document_bytes: self.corpus.documents.first().map_or(0, Vec::len),
            documents_per_second: median(mine).unwrap_or_default(),
            documents_per_second_all_cores: median(together),
            scaling: median(scaling),
            stock_documents_per_second: median(theirs),
            ratio: median(ratios),
            stages: stages.shares(slice.saturating_mul(ROUNDS)),
            refused: true,
        })
    }

    /// Verifies so many documents in batches; gives how many a second.
    fn ours(&self, all: &[Item<'_>], count: usize, stages: &mut Stages) -> Result<f64, BenchError> {
        let mut left = count;
        let start = Instant::now();
        for batch in std::iter::repeat_with(|| all.chunks(BATCH_DOCUMENTS.value)).flatten() {
            let batch = batch.get(..left).unwrap_or(batch);
            stages.begin();
            let answers = validate_in_stages(batch, &self.terms(), &self.book, &mut |stage| stages.end(stage));
            for answer in &answers {
                if !is_passed(answer) {
                    let answer = answer.as_ref().map(|r| format!("{:?}", r.signatures.first().map(|s| &s.reasons)));
                    let answer = answer.unwrap_or_else(ToString::to_string);
                    return Err(BenchError::SoundRefused { algorithm: self.algorithm, answer });
                }
            }
            drop(answers);
            stages.end(Stage::Conclude);
            left = left.saturating_sub(batch.len());
            if left == 0 {
                break;
            }
        }
        Ok(rate(count, start.elapsed()))
    }

    /// The same on several cores, through the same books.
    fn all_cores(&self, all: &[Item<'_>], count: usize, cores: usize) -> Result<f64, BenchError> {
        let batches: Vec<&[Item<'_>]> = all.chunks(BATCH_DOCUMENTS.value).collect();
        let wanted = count.div_ceil(BATCH_DOCUMENTS.value);
        let batches: Vec<&[Item<'_>]> = batches.iter().copied().cycle().take(wanted).collect();
        let passed = |batches: &[&[Item<'_>]]| -> Vec<usize> {
            let judged = batches.iter().map(|batch| validate_many(batch, &self.terms(), &self.book));
            judged.map(|answers| answers.iter().filter(|answer| is_passed(answer)).count()).collect()
        };
        let start = Instant::now();
        let counts = spread(&batches, (cores, 1), passed);
        let elapsed = start.elapsed();
        let (sum, expected) = (counts.iter().flatten().sum::<usize>(), batches.iter().map(|b| b.len()).sum::<usize>());
        if sum != expected {
            let answer = format!("{sum} of {expected} passed on {cores} cores");
            return Err(BenchError::SoundRefused { algorithm: self.algorithm, answer });
        }
        Ok(rate(expected, elapsed))
    }

    fn stocks(&self, stock: &Stock, count: usize) -> Result<f64, BenchError> {
        let start = Instant::now();
        let mut documents = self.corpus.documents.iter().cycle().take(count);
        if !documents.all(|document| stock.judge(document, verify_with_ring)) {
            return Err(BenchError::StockWrong { algorithm: self.algorithm });
        }
        Ok(rate(count, start.elapsed()))
    }

    /// What was tampered with, forged or signed by somebody who is revoked does not pass, alone or among others.
    fn check_refusals(&self) -> Result<(), BenchError> {
        let Corpus { tampered, forged, revoked, documents, .. } = self.corpus;
        for bad in [tampered, forged, revoked] {
            let mut items: Vec<Item<'_>> = documents.iter().take(7).map(|d| Item::new(d, None)).collect();
            items.push(Item::new(bad, None));
            let answers = validate_many(&items, &self.terms(), &self.book);
            let refused = answers.last().is_some_and(|answer| !is_passed(answer));
            let others = answers.iter().filter(|answer| is_passed(answer)).count();
            let accepted = self.stock.as_ref().is_some_and(|stock| stock.judge(bad, verify_with_ring));
            if !refused || others != documents.len().min(7) {
                return Err(BenchError::TamperedAccepted { algorithm: self.algorithm });
            }
            if accepted {
                return Err(BenchError::StockWrong { algorithm: self.algorithm });
            }
        }
        Ok(())
    }
}

fn is_passed(answer: &Result<DocumentReport, ReadError>) -> bool {
    answer.as_ref().is_ok_and(|report| report.verdict.indication == Indication::TotalPassed)
}

/// A clock for stages.
#[derive(Default)]
struct Stages {
    since: Option<Instant>,
    spent: [Duration; Stage::ALL.len()],
}

impl Stages {
    fn begin(&mut self) {
        self.since = Some(Instant::now());
    }

    fn end(&mut self, stage: Stage) {
        let now = Instant::now();
        let spent = self.since.map_or(Duration::ZERO, |since| now.duration_since(since));
        for (_, sum) in Stage::ALL.iter().zip(&mut self.spent).filter(|(one, _)| **one == stage) {
            *sum = sum.saturating_add(spent);
        }
        self.since = Some(now);
    }

    fn shares(&self, documents: usize) -> Vec<StageShare> {
        let total: f64 = self.spent.iter().map(Duration::as_secs_f64).sum();
        let share = |(stage, spent): (&Stage, &Duration)| StageShare {
            stage: stage.name(),
            nanoseconds: 1e9 / rate(documents, *spent),
            share: spent.as_secs_f64() / total,
        };
        Stage::ALL.iter().zip(&self.spent).map(share).collect()
    }
}

fn rate(count: usize, elapsed: Duration) -> f64 {
    // A bench of more than four thousand million documents would not end.
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / elapsed.as_secs_f64()
}

fn median(mut all: Vec<f64>) -> Option<f64> {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied()
}
