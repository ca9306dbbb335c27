//! Elliptic curves: keys that are met often have their multiples kept, and their signatures are computed eight at a time.
//!
//! What is kept changes how fast an answer comes, never which: an answer depends on the claim alone.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError, RwLock};

use super::algorithm::SignatureAlgorithm;
use super::digest::DigestAlgorithm;
use super::ec_curve::EcCurve;
use super::gost::{self, Pair};
use super::gost_key::PointWords;
use super::verify::SignatureClaim;
use super::{ec_point, ecdsa};
use crate::kernel::curves::{
    CRYPTO_PRO_A, CRYPTO_PRO_B, CRYPTO_PRO_C, P256, P384, TC26_256_A, TC26_512_A, TC26_512_B, TC26_512_C,
};
use crate::kernel::ifma::field::{AnyOdd, NearPower, NistP256, NistP384, Shape};
use crate::kernel::ifma::verify::{HotKeys, Workspace};
use crate::kernel::signature::Equation;
use crate::kernel::{Avx512, Curve, Point};
use crate::limits::{COUNTED_KEYS_MAX, HOT_KEYS_256_MAX, HOT_KEYS_512_MAX, Limit};

/// Uses of a key after which its multiples are computed: that costs about as much as ten signatures of ring, or five of
/// ours.
const USES_UNTIL_HOT: u32 = 16;

/// A signature on its way: which claim, its key, and the equation; `None` where the value cannot be one.
struct Job<'a, const L: usize> {
    at: usize,
    key: &'a [u8],
    point: Point<L>,
    equation: Option<Equation<L>>,
}

/// One curve with the keys that are hot on it.
struct Engine<S, const L: usize, const N: usize> {
    curve: &'static Curve<L>,
    windows: [usize; 2],
    slots: &'static Limit,
    hot: OnceLock<RwLock<Hot<S, L, N>>>,
    uses: Mutex<Option<HashMap<Vec<u8>, u32>>>,
    idle: Mutex<Vec<Workspace<N>>>,
}

struct Hot<S, const L: usize, const N: usize> {
    keys: HotKeys<S, L, N>,
    /// Slot and last use of each key.
    slots: HashMap<Vec<u8>, (usize, u64)>,
    /// Counts the batches that brought keys.
    now: u64,
}

impl<S: Shape, const L: usize, const N: usize> Engine<S, L, N> {
    const fn new(curve: &'static Curve<L>, windows: [usize; 2], slots: &'static Limit) -> Self {
        Self { curve, windows, slots, hot: OnceLock::new(), uses: Mutex::new(None), idle: Mutex::new(Vec::new()) }
    }

    /// Answers the jobs whose keys are hot, or become so.
    fn answer(&self, token: Avx512, jobs: &[Job<'_, L>], answers: &mut [Option<bool>]) {
        let hot_ones = self.count(jobs);
        if hot_ones.is_empty() {
            return;
        }
        let hot = self.hot.get_or_init(|| {
            let keys = HotKeys::new(token, self.curve, self.windows, self.slots.value);
            RwLock::new(Hot { keys, slots: HashMap::new(), now: 0 })
        });
        let missing = {
            let hot = hot.read().unwrap_or_else(PoisonError::into_inner);
            hot_ones.iter().any(|job| !hot.slots.contains_key(job.key))
        };
        if missing {
            hot.write().unwrap_or_else(PoisonError::into_inner).admit(&hot_ones);
        }
        // Slots are looked up anew: another thread may have given some away in between.
        let hot = hot.read().unwrap_or_else(PoisonError::into_inner);
        let (mut places, mut claims) = (Vec::new(), Vec::new());
        for job in hot_ones {
            match (&job.equation, hot.slots.get(job.key)) {
                (None, _) => settle(answers, job.at, false),
                (Some(equation), Some((slot, _))) => {
                    places.push(job.at);
                    claims.push((*slot, *equation));
                }
                (Some(_), None) => {}
            }
        }
        let mut results = vec![false; claims.len()];
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let mut work = idle().pop().unwrap_or_default();
        hot.keys.verify(&mut work, &claims, &mut results);
        idle().push(work);
        places.into_iter().zip(results).for_each(|(at, result)| settle(answers, at, result));
    }

    /// Counts the uses of keys; gives the jobs of those that have been used often.
    fn count<'a, 'b>(&self, jobs: &'a [Job<'b, L>]) -> Vec<&'a Job<'b, L>> {
        let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        let uses = uses.get_or_insert_default();
        for job in jobs {
            if let Some(count) = uses.get_mut(job.key) {
                *count = count.saturating_add(1);
                continue;
            }
            if uses.len() >= COUNTED_KEYS_MAX.value {
                uses.clear();
            }
            uses.insert(job.key.to_vec(), 1);
        }
        jobs.iter().filter(|job| uses.get(job.key).is_some_and(|&count| count >= USES_UNTIL_HOT)).collect()
    }
}

impl<S: Shape, const L: usize, const N: usize> Hot<S, L, N> {
    /// Gives every key of the jobs a slot: a free one, or that of the key which has been used least recently. Keys of
    /// these jobs do not drive each other out; those for which no room is left go without.
    fn admit(&mut self, jobs: &[&Job<'_, L>]) {
        self.now = self.now.saturating_add(1);
        for job in jobs {
            if let Some((_, last)) = self.slots.get_mut(job.key) {
                *last = self.now;
            }
        }
        for job in jobs {
            if self.slots.contains_key(job.key) {
                continue;
            }
            let Some(slot) = self.free_slot() else { return };
            self.keys.put(slot, &job.point);
            self.slots.insert(job.key.to_vec(), (slot, self.now));
        }
    }

    fn free_slot(&mut self) -> Option<usize> {
        let taken = self.slots.len();
        if taken < self.keys.slots() {
            // INVARIANT: slots are given out in order, and one that is given up is given out again at once.
            return Some(taken);
        }
        let (oldest, &(slot, last)) = self.slots.iter().min_by_key(|(_, (_, last))| *last)?;
        let oldest = (last < self.now).then(|| oldest.clone())?;
        self.slots.remove(&oldest);
        Some(slot)
    }
}

fn settle(answers: &mut [Option<bool>], at: usize, answer: bool) {
    if let Some(place) = answers.get_mut(at) {
        *place = Some(answer);
    }
}

static ON_P256: Engine<NistP256, 4, 5> = Engine::new(&P256, [13, 8], &HOT_KEYS_256_MAX);
static ON_P384: Engine<NistP384, 6, 8> = Engine::new(&P384, [10, 8], &HOT_KEYS_512_MAX);
static ON_CRYPTO_PRO_A: Engine<NearPower, 4, 5> = Engine::new(&CRYPTO_PRO_A, [13, 8], &HOT_KEYS_256_MAX);
static ON_CRYPTO_PRO_B: Engine<AnyOdd, 4, 5> = Engine::new(&CRYPTO_PRO_B, [10, 8], &HOT_KEYS_256_MAX);
static ON_CRYPTO_PRO_C: Engine<AnyOdd, 4, 5> = Engine::new(&CRYPTO_PRO_C, [10, 8], &HOT_KEYS_256_MAX);
static ON_TC26_256_A: Engine<NearPower, 4, 5> = Engine::new(&TC26_256_A, [13, 8], &HOT_KEYS_256_MAX);
static ON_TC26_512_A: Engine<NearPower, 8, 10> = Engine::new(&TC26_512_A, [11, 8], &HOT_KEYS_512_MAX);
static ON_TC26_512_B: Engine<AnyOdd, 8, 10> = Engine::new(&TC26_512_B, [10, 8], &HOT_KEYS_512_MAX);
static ON_TC26_512_C: Engine<NearPower, 8, 10> = Engine::new(&TC26_512_C, [11, 8], &HOT_KEYS_512_MAX);

/// Answers what it can of the claims; the rest stays as it is.
pub(super) fn answer(token: Avx512, claims: &[&SignatureClaim<'_>], answers: &mut [Option<bool>]) {
    let digests = digests_of(claims);
    let (mut p256, mut p384) = (Vec::new(), Vec::new());
    let (mut words_4, mut words_8) = (Vec::new(), Vec::new());
    for (at, (claim, digest)) in claims.iter().zip(&digests).enumerate() {
        let Some(digest) = digest else { continue };
        match claim.algorithm {
            SignatureAlgorithm::Ecdsa(EcCurve::P256, _) => p256.extend(ecdsa_job((&P256, 256), at, claim, digest)),
            SignatureAlgorithm::Ecdsa(EcCurve::P384, _) => p384.extend(ecdsa_job((&P384, 384), at, claim, digest)),
            _ => match claim.key.gost().map(|key| (&key.words, key.set.layout())) {
                Some((PointWords::Bits256(curve, point), layout)) => {
                    let equation = Pair::read(&claim.value, layout)
                        .map(|pair| gost::equation(curve, &gost::digest_number(&curve.order, digest), &pair));
                    words_4.push((*curve, Job { at, key: claim.key.key_octets(), point: *point, equation }));
                }
                Some((PointWords::Bits512(curve, point), layout)) => {
                    let equation = Pair::read(&claim.value, layout)
                        .map(|pair| gost::equation(curve, &gost::digest_number(&curve.order, digest), &pair));
                    words_8.push((*curve, Job { at, key: claim.key.key_octets(), point: *point, equation }));
                }
                None => {}
            },
        }
    }
    ON_P256.answer(token, &p256, answers);
    ON_P384.answer(token, &p384, answers);
    ON_CRYPTO_PRO_A.answer(token, &on(&CRYPTO_PRO_A, &mut words_4), answers);
    ON_CRYPTO_PRO_B.answer(token, &on(&CRYPTO_PRO_B, &mut words_4), answers);
    ON_CRYPTO_PRO_C.answer(token, &on(&CRYPTO_PRO_C, &mut words_4), answers);
    ON_TC26_256_A.answer(token, &on(&TC26_256_A, &mut words_4), answers);
    ON_TC26_512_A.answer(token, &on(&TC26_512_A, &mut words_8), answers);
    ON_TC26_512_B.answer(token, &on(&TC26_512_B, &mut words_8), answers);
    ON_TC26_512_C.answer(token, &on(&TC26_512_C, &mut words_8), answers);
}

/// Takes the jobs of one curve out.
fn on<'a, const L: usize>(
    curve: &'static Curve<L>,
    jobs: &mut Vec<(&'static Curve<L>, Job<'a, L>)>,
) -> Vec<Job<'a, L>> {
    jobs.extract_if(.., |(its, _)| std::ptr::eq(*its, curve)).map(|(_, job)| job).collect()
}

fn ecdsa_job<'a, const L: usize>(
    (curve, bits): (&'static Curve<L>, usize),
    at: usize,
    claim: &'a SignatureClaim<'_>,
    digest: &[u8],
) -> Option<Job<'a, L>> {
    let key = claim.key.key_octets();
    let point = ec_point::read(curve, bits.div_ceil(8), key)?;
    Some(Job { at, key, point, equation: ecdsa::equation(curve, bits, digest, &claim.value) })
}

/// The digests of the messages of those claims that are of interest here, made together.
fn digests_of(claims: &[&SignatureClaim<'_>]) -> Vec<Option<Vec<u8>>> {
    let algorithm = |claim: &SignatureClaim<'_>| match claim.algorithm {
        SignatureAlgorithm::Ecdsa(EcCurve::P256 | EcCurve::P384, digest) => Some(digest),
        algorithm if claim.key.gost().is_some() => algorithm.digest(),
        _ => None,
    };
    let algorithms: Vec<Option<DigestAlgorithm>> = claims.iter().map(|claim| algorithm(claim)).collect();
    let mut digests = vec![None; claims.len()];
    let mut done: Vec<DigestAlgorithm> = Vec::new();
    for &named in algorithms.iter().flatten() {
        if done.contains(&named) {
            continue;
        }
        done.push(named);
        let own = |at: &usize| algorithms.get(*at) == Some(&Some(named));
        let messages: Vec<&[u8]> =
            (0..claims.len()).filter(own).filter_map(|at| claims.get(at)).map(|claim| &*claim.message).collect();
        let places = digests.iter_mut().enumerate().filter(|(at, _)| own(at));
        places.zip(named.digest_many(&messages)).for_each(|((_, place), digest)| *place = Some(digest));
    }
    digests
}
