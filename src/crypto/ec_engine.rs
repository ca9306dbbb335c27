//! One elliptic curve: keys that are met often have their multiples kept; signatures are computed eight at a time with them,
//! or without.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::ec_point;
use super::tables::{self, MEMORY, Ordered, Room, Shelf};
use crate::kernel::ifma::field::Shape;
use crate::kernel::ifma::verify::{FastCurve, KeyTable, Workspace, table_bytes};
use crate::kernel::signature::Equation;
use crate::kernel::{Avx512, Curve, Point};
use crate::limits::{COUNTED_KEYS_MAX, HOT_TABLE_IDLE_BATCHES};

/// Signatures on a curve after which the multiples of its generator are computed: that costs about as much as a hundred
/// of them one by one.
const USES_UNTIL_FAST: u32 = 64;

/// A signature on its way: which claim, its key, and the equation; `None` where the value cannot be one.
pub(super) struct Job<'a, const L: usize> {
    pub(super) at: usize,
    /// What the key is known by.
    pub(super) key: &'a [u8],
    pub(super) point: KeyPoint<L>,
    pub(super) equation: Option<Equation<L>>,
}

/// Where the point of a key comes from.
#[derive(Clone, Copy)]
pub(super) enum KeyPoint<const L: usize> {
    /// It is at hand.
    Known(Point<L>),
    /// It is to be read from the key's octets, with coordinates of this size.
    Octets(usize),
}

impl<const L: usize> Job<'_, L> {
    fn point(&self, curve: &Curve<L>) -> Option<Point<L>> {
        match self.point {
            KeyPoint::Known(point) => Some(point),
            KeyPoint::Octets(size) => ec_point::read(curve, size, self.key),
        }
    }
}

/// One curve with the keys that are hot on it.
pub(super) struct Engine<S, const L: usize, const N: usize> {
    pub(super) name: &'static str,
    curve: &'static Curve<L>,
    /// Cold signatures for which eight lanes are worth their work.
    lanes_min: usize,
    fast: OnceLock<FastCurve<S, L, N>>,
    keys: RwLock<Option<HashMap<Vec<u8>, Arc<Held<L>>>>>,
    uses: Mutex<Uses>,
    idle: Mutex<Vec<Workspace<N>>>,
}

/// A key with its multiples.
struct Held<const L: usize> {
    table: KeyTable<L>,
    last: AtomicU64,
}

/// How often what has no table yet was met.
struct Uses {
    curve: Count,
    keys: Option<HashMap<Vec<u8>, Count>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Count {
    Met(u32),
    /// Its table is on its way, or there is no room for it.
    Ordered,
}

impl Count {
    /// Counts one use; whether a table is to be made now.
    fn is_due(&mut self, uses: u32) -> bool {
        let Self::Met(count) = self else { return false };
        *count = count.saturating_add(1);
        let due = *count >= uses;
        if due {
            *self = Self::Ordered;
        }
        due
    }
}

/// Bits of the windows for the generator and for keys: the widest with which 256 keys fit into the bound, and the generator
/// into a small part of it.
fn windows_within<const L: usize>(curve: &Curve<L>, bound: usize) -> [usize; 2] {
    // 256 keys, the generator, and a little more.
    let (generator_max, per_key) = (if L == 4 { 13 } else { 12 }, bound / 272);
    let widest = |range: std::ops::RangeInclusive<usize>, room: usize| {
        let least = *range.start();
        range.rev().find(|&window| table_bytes(curve, window) <= room).unwrap_or(least)
    };
    [widest(8..=generator_max, bound / 16), widest(6..=10, per_key)]
}

impl<S: Shape, const L: usize, const N: usize> Engine<S, L, N> {
    pub(super) const fn new(name: &'static str, curve: &'static Curve<L>, lanes_min: usize) -> Self {
        Self {
            name,
            curve,
            lanes_min,
            fast: OnceLock::new(),
            keys: RwLock::new(None),
            uses: Mutex::new(Uses { curve: Count::Met(0), keys: None }),
            idle: Mutex::new(Vec::new()),
        }
    }

    /// The curve that jobs must be on.
    pub(super) fn is_on(&self, curve: &'static Curve<L>) -> bool {
        std::ptr::eq(self.curve, curve)
    }

    /// Keys that have tables now.
    pub(super) fn held_keys(&self) -> usize {
        self.shelf().as_ref().map_or(0, HashMap::len)
    }

    /// Windows of the generator and of keys, under the bound in use.
    pub(super) fn windows(&self) -> [usize; 2] {
        windows_within(self.curve, MEMORY.bound())
    }

    /// Answers what it can of the jobs. No lock is held over arithmetic.
    pub(super) fn answer(
        &'static self,
        token: Avx512,
        jobs: &[Job<'_, L>],
        shelves: &'static [&'static dyn Shelf],
        answers: &mut [Option<bool>],
    ) {
        if jobs.is_empty() {
            return;
        }
        jobs.iter().filter(|job| job.equation.is_none()).for_each(|job| settle(answers, job.at, false));
        let (mut hot, mut cold) = (Vec::new(), Vec::new());
        self.look_up(jobs.iter(), (&mut hot, &mut cold));
        if !cold.is_empty() && self.order_tables(token, &cold, shelves) {
            let again = std::mem::take(&mut cold);
            self.look_up(again.into_iter(), (&mut hot, &mut cold));
        }
        let Some(fast) = self.fast.get() else { return };
        let mut work = self.idle().pop().unwrap_or_default();
        let claims: Vec<_> = hot.iter().map(|(held, _, equation)| (&held.table, *equation)).collect();
        let mut results = vec![false; claims.len()];
        fast.verify(&mut work, &claims, &mut results);
        hot.iter().zip(&results).for_each(|((_, at, _), result)| settle(answers, *at, *result));
        self.answer_cold(fast, &mut work, &cold, answers);
        self.idle().push(work);
    }

    /// Eight at a time; a few that are left over stay for the slow way.
    fn answer_cold(
        &self,
        fast: &FastCurve<S, L, N>,
        work: &mut Workspace<N>,
        jobs: &[&Job<'_, L>],
        answers: &mut [Option<bool>],
    ) {
        let rest = jobs.len() % 8;
        let count = if rest < self.lanes_min { jobs.len().saturating_sub(rest) } else { jobs.len() };
        let points: Vec<_> =
            jobs.iter().take(count).filter_map(|job| Some((job.at, job.point(self.curve)?, job.equation?))).collect();
        let claims: Vec<_> = points.iter().map(|(_, point, equation)| (point, *equation)).collect();
        let mut results = vec![false; claims.len()];
        fast.verify_cold(work, &claims, &mut results);
        points.iter().zip(results).for_each(|((at, ..), result)| settle(answers, *at, result));
    }

    /// Parts jobs into those whose keys have tables, and the others.
    fn look_up<'a, 'b>(
        &self,
        jobs: impl Iterator<Item = &'a Job<'b, L>>,
        (hot, cold): (&mut Vec<HotJob<L>>, &mut Vec<&'a Job<'b, L>>),
    ) where
        'b: 'a,
    {
        let now = tables::tick();
        let shelf = self.shelf();
        for job in jobs {
            let Some(equation) = job.equation else { continue };
            match shelf.as_ref().and_then(|keys| keys.get(job.key)) {
                Some(held) => {
                    held.last.store(now, Ordering::Relaxed);
                    hot.push((Arc::clone(held), job.at, equation));
                }
                None => cold.push(job),
            }
        }
    }

    /// Counts uses, and orders the tables that are due; whether one of them is there already.
    fn order_tables(
        &'static self,
        token: Avx512,
        jobs: &[&Job<'_, L>],
        shelves: &'static [&'static dyn Shelf],
    ) -> bool {
        let [_, window] = self.windows();
        // A table costs about as much as so many cold signatures: twice the table, twice the cost.
        let uses_until_hot = 1_u32 << window.saturating_sub(3);
        let (mut curve_is_due, mut due) = (false, Vec::new());
        {
            let mut uses = self.uses();
            for job in jobs {
                curve_is_due |= uses.curve.is_due(USES_UNTIL_FAST);
                if uses.of_key(job.key).is_due(uses_until_hot) {
                    due.push(job);
                }
            }
        }
        let mut done = curve_is_due && tables::order(move || self.make_fast(token, shelves)) == Ordered::Done;
        for job in due {
            let Some(point) = job.point(self.curve) else { continue };
            let key = job.key.to_vec();
            match tables::order(move || self.make_table((key, &point), token, shelves)) {
                Ordered::Done => done = true,
                Ordered::Later => {}
                Ordered::Refused => self.forget(job.key),
            }
        }
        done
    }

    /// Computes the generator's multiples.
    fn make_fast(&self, token: Avx512, shelves: &[&dyn Shelf]) {
        let windows = self.windows();
        let room = || MEMORY.reserve(table_bytes(self.curve, windows[0]), 0, shelves);
        if self.fast.get().is_none() && room() == Room::Made {
            let fast = FastCurve::new(token, self.curve, windows);
            MEMORY.keep(&self.fast, fast, table_bytes(self.curve, windows[0]));
        }
    }

    /// Computes a key's multiples.
    fn make_table(&self, (key, point): (Vec<u8>, &Point<L>), token: Avx512, shelves: &[&dyn Shelf]) {
        self.make_fast(token, shelves);
        let Some(fast) = self.fast.get() else { return };
        match MEMORY.reserve(self.key_bytes(), HOT_TABLE_IDLE_BATCHES.value, shelves) {
            Room::Made => {}
            Room::Taken => return self.forget(&key),
            Room::Never => return,
        }
        let held = Held { table: fast.key_table(point), last: AtomicU64::new(tables::tick()) };
        let before = self.shelf_mut().get_or_insert_default().insert(key.clone(), Arc::new(held));
        if before.is_some() {
            // Counting began anew in between, and it was ordered twice.
            MEMORY.free(self.key_bytes());
        }
        self.forget(&key);
    }

    fn key_bytes(&self) -> usize {
        table_bytes(self.curve, self.windows()[1])
    }

    /// Counts the uses of a key from nothing.
    fn forget(&self, key: &[u8]) {
        if let Some(keys) = &mut self.uses().keys {
            keys.remove(key);
        }
    }

    fn shelf(&self) -> RwLockReadGuard<'_, Option<HashMap<Vec<u8>, Arc<Held<L>>>>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn shelf_mut(&self) -> RwLockWriteGuard<'_, Option<HashMap<Vec<u8>, Arc<Held<L>>>>> {
        self.keys.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn uses(&self) -> MutexGuard<'_, Uses> {
        self.uses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Workspace<N>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A signature whose key has a table: which claim, and the equation.
type HotJob<const L: usize> = (Arc<Held<L>>, usize, Equation<L>);

impl Uses {
    fn of_key(&mut self, key: &[u8]) -> &mut Count {
        let keys = self.keys.get_or_insert_default();
        if keys.len() >= COUNTED_KEYS_MAX.value && !keys.contains_key(key) {
            keys.clear();
        }
        keys.entry(key.to_vec()).or_insert(Count::Met(0))
    }
}

impl<S: Shape, const L: usize, const N: usize> Shelf for Engine<S, L, N> {
    fn oldest(&self) -> Option<u64> {
        self.shelf().as_ref()?.values().map(|held| held.last.load(Ordering::Relaxed)).min()
    }

    fn drop_oldest(&self) -> usize {
        let mut shelf = self.shelf_mut();
        let Some(keys) = shelf.as_mut() else { return 0 };
        let oldest = keys.iter().min_by_key(|(_, held)| held.last.load(Ordering::Relaxed)).map(|(key, _)| key.clone());
        // Whoever still computes with it holds it a moment longer.
        oldest.and_then(|key| keys.remove(&key)).map_or(0, |_| self.key_bytes())
    }
}

fn settle(answers: &mut [Option<bool>], at: usize, answer: bool) {
    if let Some(place) = answers.get_mut(at) {
        *place = Some(answer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::curves::{P256, P384, TC26_512_A};

    #[test]
    fn windows_are_as_wide_as_the_bound_allows() {
        const MIB: usize = 1 << 20;
        assert_eq!(windows_within(&P256, 512 * MIB), [13, 10]);
        assert_eq!(windows_within(&P384, 512 * MIB), [12, 9]);
        assert_eq!(windows_within(&TC26_512_A, 512 * MIB), [12, 9]);
        assert_eq!(windows_within(&P256, 256 * MIB), [13, 10]);
        assert_eq!(windows_within(&TC26_512_A, 256 * MIB), [12, 7]);
        assert_eq!(windows_within(&P256, 64 * MIB), [12, 7]);
        assert_eq!(windows_within(&TC26_512_A, 4096 * MIB), [12, 10]);
        assert_eq!(windows_within(&P256, 0), [8, 6], "nothing fits, whatever the windows");
    }

    #[test]
    fn a_table_is_due_once() {
        let mut count = Count::Met(0);
        assert!(!count.is_due(3) && !count.is_due(3) && count.is_due(3));
        assert!(!count.is_due(3) && count == Count::Ordered);
    }
}
