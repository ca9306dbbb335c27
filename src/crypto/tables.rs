//! The multiples of keys that are met often: how much memory they may take, and who computes them.
//!
//! What is kept changes how fast an answer comes, never which.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::limits::{HOT_TABLES_BYTES, TABLES_PENDING_MAX};

/// The memory of all tables.
pub(super) struct Memory {
    bound: OnceLock<usize>,
    held: AtomicUsize,
}

pub(super) static MEMORY: Memory = Memory::new();

static NOW: AtomicU64 = AtomicU64::new(1);

/// The time of a batch: they are numbered, there is no clock here.
pub(super) fn tick() -> u64 {
    NOW.fetch_add(1, Ordering::Relaxed)
}

/// The number of the batch that comes next.
fn now() -> u64 {
    NOW.load(Ordering::Relaxed)
}

/// What became of octets that were to be set aside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Room {
    /// They are.
    Made,
    /// Others are in use.
    Taken,
    /// They are more than all tables may take.
    Never,
}

/// The keys of one curve that have tables.
pub(super) trait Shelf: Sync {
    /// When its least recently used key was used.
    fn oldest(&self) -> Option<u64>;
    /// Gives that key's table up; how many octets it took.
    fn drop_oldest(&self) -> usize;
}

impl Memory {
    const fn new() -> Self {
        Self { bound: OnceLock::new(), held: AtomicUsize::new(0) }
    }

    /// Fixes the bound, once, before the first signature; gives the one in use.
    pub(super) fn choose_bound(&self, bytes: usize) -> usize {
        *self.bound.get_or_init(|| bytes)
    }

    /// Octets that all tables together may take.
    pub(super) fn bound(&self) -> usize {
        self.choose_bound(HOT_TABLES_BYTES.value)
    }

    /// Octets that they take now.
    pub(super) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Sets so many octets aside, giving up the tables of keys used least recently, of whatever curve, that have been idle
    /// for so many batches.
    pub(super) fn reserve(&self, bytes: usize, idle_batches: usize, shelves: &[&dyn Shelf]) -> Room {
        let bound = self.bound();
        let fits = |held: usize| held.checked_add(bytes).filter(|&sum| sum <= bound);
        let idle = |last: u64| usize::try_from(now().saturating_sub(last)).is_ok_and(|since| since >= idle_batches);
        loop {
            if self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok() {
                return Room::Made;
            }
            if bytes > bound {
                return Room::Never;
            }
            let oldest =
                shelves.iter().filter_map(|shelf| Some((shelf.oldest()?, shelf))).min_by_key(|(last, _)| *last);
            let Some((_, shelf)) = oldest.filter(|(last, _)| idle(*last)) else { return Room::Taken };
            self.free(shelf.drop_oldest());
        }
    }

    /// Keeps what was made, for which so many octets were set aside. Two threads may both have made it: what the slower one
    /// made is dropped, and its octets are given back.
    pub(super) fn keep<T>(&self, place: &OnceLock<T>, made: T, bytes: usize) {
        if place.set(made).is_err() {
            self.free(bytes);
        }
    }

    /// Gives back what was set aside.
    pub(super) fn free(&self, bytes: usize) {
        // Always succeeds: nothing is given back twice, and if it were, the sum would stay at zero.
        let rest = |held: usize| Some(held.saturating_sub(bytes));
        let _ = self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, rest);
    }
}

/// A table to compute.
type Order = Box<dyn FnOnce() + Send>;

/// Tables that are to be computed.
struct Orders {
    queue: Mutex<Queue>,
    changed: Condvar,
}

struct Queue {
    waiting: VecDeque<Order>,
    /// Whether somebody computes them beside the verifications.
    served: bool,
}

static ORDERS: Orders = Orders::new();

impl Orders {
    const fn new() -> Self {
        Self { queue: Mutex::new(Queue { waiting: VecDeque::new(), served: false }), changed: Condvar::new() }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, order: impl FnOnce() + Send + 'static) -> Ordered {
        {
            let mut queue = self.queue();
            if queue.served {
                if queue.waiting.len() >= TABLES_PENDING_MAX.value {
                    return Ordered::Refused;
                }
                queue.waiting.push_back(Box::new(order));
                self.changed.notify_one();
                return Ordered::Later;
            }
        }
        order();
        Ordered::Done
    }
}

/// What became of an order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ordered {
    /// It has been carried out.
    Done,
    /// It will be.
    Later,
    /// Too many wait already: it is forgotten.
    Refused,
}

/// Has a table computed: in line, or by the builder where there is one.
pub(super) fn order(order: impl FnOnce() + Send + 'static) -> Ordered {
    ORDERS.take(order)
}

/// Whoever computes tables beside the verifications, which then do not wait for them.
pub struct TableBuilder(&'static Orders);

impl TableBuilder {
    /// From now on tables wait for this builder; `None` where there is one already.
    pub fn new() -> Option<Self> {
        Self::of(&ORDERS)
    }

    fn of(orders: &'static Orders) -> Option<Self> {
        let free = !std::mem::replace(&mut orders.queue().served, true);
        // Not made where it is not to be had: dropping it would end the other.
        free.then(|| Self(orders))
    }

    /// Computes what waits, and what comes to wait: for a thread of its own, which ends with the process.
    pub fn run(self) -> ! {
        loop {
            self.build_pending();
            let mut queue = self.0.queue();
            while queue.waiting.is_empty() {
                queue = self.0.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// Computes what waits; how many tables that were.
    pub fn build_pending(&self) -> usize {
        let mut built: usize = 0;
        loop {
            // Not in the head of a `while let`: the queue would stay locked.
            let order = self.0.queue().waiting.pop_front();
            let Some(order) = order else { return built };
            order();
            built = built.saturating_add(1);
        }
    }
}

/// Whatever becomes of its thread: tables are computed in line again, and those that wait are forgotten.
impl Drop for TableBuilder {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        queue.served = false;
        queue.waiting.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tables of ten octets each, with the times they were used at.
    struct Ten(Mutex<Vec<u64>>);

    impl Shelf for Ten {
        fn oldest(&self) -> Option<u64> {
            self.0.lock().unwrap().iter().min().copied()
        }

        fn drop_oldest(&self) -> usize {
            let mut times = self.0.lock().unwrap();
            let oldest = times.iter().min().copied();
            times.retain(|time| Some(*time) != oldest);
            oldest.map_or(0, |_| 10)
        }
    }

    #[test]
    fn what_was_used_least_recently_goes_first_whichever_curve_it_is_of() {
        let memory = Memory::new();
        assert_eq!(memory.choose_bound(45), 45);
        assert_eq!(memory.choose_bound(1_000), 45, "the first one counts");
        let (one, other) = (Ten(Mutex::new(vec![4, 1])), Ten(Mutex::new(vec![3, 2])));
        assert!((0..4).all(|_| memory.reserve(10, 0, &[]) == Room::Made));
        assert_eq!(memory.reserve(46, 0, &[&one, &other]), Room::Never);
        assert_eq!(memory.held(), 40, "and nothing is given up for it");
        assert_eq!(memory.reserve(25, 0, &[&one, &other]), Room::Made);
        assert_eq!((&*one.0.lock().unwrap(), &*other.0.lock().unwrap()), (&vec![4], &vec![3]));
        assert_eq!(memory.held(), 45);
        assert_eq!(memory.reserve(30, 0, &[&one, &other]), Room::Taken, "others leave too little");
        assert_eq!(memory.held(), 25);
        let (busy, idle) = (Ten(Mutex::new(vec![u64::MAX])), Ten(Mutex::new(vec![0])));
        assert_eq!(memory.reserve(30, 1, &[&busy]), Room::Taken, "a table in use is not given up for another");
        assert_eq!(memory.reserve(30, 1, &[&busy, &idle]), Room::Made);
        assert_eq!(busy.0.lock().unwrap().len(), 1);
        let none = Memory::new();
        none.choose_bound(0);
        assert_eq!(none.reserve(1, 0, &[&one]), Room::Never);
    }

    #[test]
    fn what_was_made_twice_is_counted_once() {
        let (memory, place) = (Memory::new(), OnceLock::new());
        memory.choose_bound(100);
        let twice = [memory.reserve(30, 0, &[]), memory.reserve(30, 0, &[])];
        assert_eq!(twice, [Room::Made; 2], "two threads, before either is done");
        memory.keep(&place, "the quicker one's", 30);
        assert_eq!(memory.held(), 60);
        memory.keep(&place, "the slower one's", 30);
        assert_eq!((memory.held(), place.get()), (30, Some(&"the quicker one's")));
    }

    #[test]
    fn orders_are_carried_out_in_line_or_by_the_builder() {
        static OWN: Orders = Orders::new();
        static DONE: AtomicUsize = AtomicUsize::new(0);
        let done = || DONE.load(Ordering::Relaxed);
        let count = || {
            DONE.fetch_add(1, Ordering::Relaxed);
        };
        assert_eq!((OWN.take(count), done()), (Ordered::Done, 1));
        let builder = TableBuilder::of(&OWN).unwrap();
        assert!(TableBuilder::of(&OWN).is_none(), "one at a time");
        assert_eq!((OWN.take(count), OWN.take(count), done()), (Ordered::Later, Ordered::Later, 1));
        assert_eq!((builder.build_pending(), done()), (2, 3));
        for _ in 0..TABLES_PENDING_MAX.value {
            assert_eq!(OWN.take(count), Ordered::Later);
        }
        assert_eq!(OWN.take(count), Ordered::Refused);
        drop(builder);
        assert_eq!((OWN.take(count), done()), (Ordered::Done, 4), "what waited is forgotten");
        let builder = TableBuilder::of(&OWN).unwrap();
        std::thread::spawn(move || builder.run());
        assert_eq!(OWN.take(count), Ordered::Later);
        while done() < 5 {
            std::thread::yield_now();
        }
    }
}
