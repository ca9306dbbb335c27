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

    /// Sets so many octets aside, giving up the tables of keys used least recently, of whatever curve. `false`: there is
    /// no room for it, even so.
    pub(super) fn reserve(&self, bytes: usize, shelves: &[&dyn Shelf]) -> bool {
        let bound = self.bound();
        let fits = |held: usize| held.checked_add(bytes).filter(|&sum| sum <= bound);
        loop {
            if self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok() {
                return true;
            }
            if bytes > bound {
                return false;
            }
            let oldest =
                shelves.iter().filter_map(|shelf| Some((shelf.oldest()?, shelf))).min_by_key(|(last, _)| *last);
            let Some((_, shelf)) = oldest else { return false };
            let freed = shelf.drop_oldest();
            // Always succeeds: nothing is freed twice, and if it were, the sum would stay at zero.
            let free = |held: usize| Some(held.saturating_sub(freed));
            let _ = self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, free);
        }
    }
}

/// A table to compute.
type Order = Box<dyn FnOnce() + Send>;

struct Queue {
    orders: VecDeque<Order>,
    /// Whether somebody computes them beside the verifications.
    served: bool,
}

static QUEUE: Mutex<Queue> = Mutex::new(Queue { orders: VecDeque::new(), served: false });
static CHANGED: Condvar = Condvar::new();

fn queue() -> MutexGuard<'static, Queue> {
    QUEUE.lock().unwrap_or_else(PoisonError::into_inner)
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
    {
        let mut queue = queue();
        if queue.served {
            if queue.orders.len() >= TABLES_PENDING_MAX.value {
                return Ordered::Refused;
            }
            queue.orders.push_back(Box::new(order));
            CHANGED.notify_one();
            return Ordered::Later;
        }
    }
    order();
    Ordered::Done
}

/// Whoever computes tables beside the verifications, which then do not wait for them.
#[derive(Debug)]
pub struct TableBuilder(());

impl TableBuilder {
    /// From now on tables wait for this builder; `None` where there is one already.
    pub fn new() -> Option<Self> {
        let mut queue = queue();
        let free = !std::mem::replace(&mut queue.served, true);
        free.then_some(Self(()))
    }

    /// Computes what waits, and what comes to wait, until `end` is called: for a thread of its own.
    pub fn run(self) {
        while self.build_pending().is_some() {
            let mut queue = queue();
            while queue.served && queue.orders.is_empty() {
                queue = CHANGED.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// Computes what waits; how many tables that were, or `None` once `end` was called.
    pub fn build_pending(&self) -> Option<usize> {
        let mut built: usize = 0;
        loop {
            let order = {
                let mut queue = queue();
                if !queue.served {
                    return None;
                }
                queue.orders.pop_front()
            };
            let Some(order) = order else { return Some(built) };
            order();
            built = built.saturating_add(1);
        }
    }

    /// Ends whichever builder there is: tables are computed in line again, and those that wait are forgotten.
    pub fn end() {
        let mut queue = queue();
        queue.served = false;
        queue.orders.clear();
        CHANGED.notify_all();
    }
}

/// Whatever becomes of its thread.
impl Drop for TableBuilder {
    fn drop(&mut self) {
        Self::end();
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
        assert!((0..4).all(|_| memory.reserve(10, &[])));
        assert!(!memory.reserve(46, &[&one, &other]), "never");
        assert_eq!(memory.held(), 40, "and nothing is given up for it");
        assert!(memory.reserve(25, &[&one, &other]));
        assert_eq!((&*one.0.lock().unwrap(), &*other.0.lock().unwrap()), (&vec![4], &vec![3]));
        assert_eq!(memory.held(), 45);
        assert!(!memory.reserve(30, &[&one, &other]), "what is left of others does not make room enough");
        assert_eq!(memory.held(), 25);
        let none = Memory::new();
        none.choose_bound(0);
        assert!(!none.reserve(1, &[&one]));
    }

    #[test]
    fn orders_are_carried_out_in_line_or_by_the_builder() {
        static DONE: AtomicUsize = AtomicUsize::new(0);
        let count = || {
            DONE.fetch_add(1, Ordering::Relaxed);
        };
        assert_eq!(order(count), Ordered::Done);
        assert_eq!(DONE.load(Ordering::Relaxed), 1);
        let builder = TableBuilder::new().unwrap();
        assert!(TableBuilder::new().is_none(), "one at a time");
        assert_eq!(order(count), Ordered::Later);
        assert_eq!(DONE.load(Ordering::Relaxed), 1);
        // Tests beside this one may order tables, too.
        assert!(builder.build_pending().is_some_and(|built| built >= 1));
        assert_eq!(DONE.load(Ordering::Relaxed), 2);
        let thread = std::thread::spawn(move || builder.run());
        assert_eq!(order(count), Ordered::Later);
        while DONE.load(Ordering::Relaxed) < 3 {
            std::thread::yield_now();
        }
        TableBuilder::end();
        thread.join().unwrap();
        assert_eq!(order(count), Ordered::Done);
    }
}
