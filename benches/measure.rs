//! How we measure: the contenders take turns in short slices, and the medians of their slices are compared.
//!
//! The machines are shared, so only ratios from one run say anything; a slice of one contender lies between slices of the
//! others, and what disturbs one disturbs all.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// One who does the work.
pub struct Contender<'a> {
    /// Name in the table.
    pub name: &'a str,
    /// Does the work once; `false` where it failed, which ends the run: a fast wrong answer is no result.
    pub work: Box<dyn FnMut() -> bool + 'a>,
    /// How many things one call of `work` does.
    pub things: usize,
}

impl<'a> Contender<'a> {
    /// One thing per call.
    pub fn new(name: &'a str, work: impl FnMut() -> bool + 'a) -> Self {
        Self { name, work: Box::new(work), things: 1 }
    }

    /// Several things per call.
    #[must_use]
    pub fn of(mut self, things: usize) -> Self {
        self.things = things;
        self
    }
}

const ROUNDS: usize = 15;
const SLICE: Duration = Duration::from_millis(40);

/// Lets the contenders take turns and prints one line: things per second of each, and the first's ratio to every other.
///
/// # Panics
/// Where a contender fails.
pub fn compare(what: &str, mut contenders: Vec<Contender<'_>>) {
    let repeats: Vec<usize> = contenders.iter_mut().map(calibrate).collect();
    let mut rates = vec![Vec::with_capacity(ROUNDS); contenders.len()];
    for _ in 0..ROUNDS {
        for ((contender, repeats), rates) in contenders.iter_mut().zip(&repeats).zip(&mut rates) {
            let start = Instant::now();
            for _ in 0..*repeats {
                assert!(black_box((contender.work)()), "{what}: {} failed", contender.name);
            }
            #[expect(clippy::cast_precision_loss, reason = "a count of repetitions")]
            rates.push((*repeats * contender.things) as f64 / start.elapsed().as_secs_f64());
        }
    }
    let medians: Vec<f64> = rates.into_iter().map(median).collect();
    let ours = medians.first().copied().unwrap_or_default();
    print!("{what:<34}{ours:>12.0}/s");
    for (contender, rate) in contenders.iter().zip(&medians).skip(1) {
        print!("   {:>7.2} × {} ({rate:.0}/s)", ours / rate, contender.name);
    }
    println!();
}

/// How often the work fits into a slice.
fn calibrate(contender: &mut Contender<'_>) -> usize {
    let start = Instant::now();
    let mut done = 0;
    while start.elapsed() < SLICE {
        assert!(black_box((contender.work)()), "{} failed", contender.name);
        done += 1;
    }
    done.max(1)
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}
