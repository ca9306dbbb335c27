//! Many items on many cores: chunks in any order, answers in theirs, a panic kept to the item that causes it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// How many cores this process may use.
pub fn cores_of_this_machine() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Has chunks of at most `chunk` items judged on so many cores. *Gives* one answer per item, in their order; `None` for an
/// item whose judging ended in a panic, which the panic hook has told: its neighbours are then judged one by one.
///
/// *Cost*: memory for as many chunks as there are cores, and for the answers.
pub(super) fn spread<T: Sync, R: Send>(
    items: &[T],
    (cores, chunk): (usize, usize),
    judge: impl Fn(&[T]) -> Vec<R> + Sync,
) -> Vec<Option<R>> {
    let chunks: Vec<&[T]> = items.chunks(chunk.max(1)).collect();
    let hands = cores.clamp(1, chunks.len().max(1));
    if hands == 1 {
        return chunks.into_iter().flat_map(|chunk| isolate(chunk, &judge)).collect();
    }
    let next = AtomicUsize::new(0);
    let done: Vec<Mutex<Vec<Option<R>>>> = chunks.iter().map(|_| Mutex::default()).collect();
    let work = || {
        // Each number is given out once, and the scope waits for everybody.
        while let Some((chunk, place)) = pick(&next, &chunks, &done) {
            *place.lock().unwrap_or_else(PoisonError::into_inner) = isolate(chunk, &judge);
        }
    };
    std::thread::scope(|scope| {
        (1..hands).for_each(|_| drop(scope.spawn(work)));
        work();
    });
    done.into_iter().flat_map(|place| place.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
}

fn pick<'a, T, P>(next: &AtomicUsize, chunks: &[&'a [T]], places: &'a [P]) -> Option<(&'a [T], &'a P)> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    chunks.get(number).copied().zip(places.get(number))
}

/// Judges a chunk; should that end in a panic, each of its items alone.
fn isolate<T, R>(chunk: &[T], judge: &(impl Fn(&[T]) -> Vec<R> + Sync)) -> Vec<Option<R>> {
    // What is shared between calls is only ever written whole: books and shelves behind locks that ignore poison.
    let attempt = |items: &[T]| catch_unwind(AssertUnwindSafe(|| judge(items))).ok();
    if let Some(answers) = attempt(chunk).filter(|answers| answers.len() == chunk.len()) {
        return answers.into_iter().map(Some).collect();
    }
    tracing::error!(items = chunk.len(), "a chunk ended in a panic; its items are judged one by one");
    chunk.iter().map(|item| attempt(std::slice::from_ref(item))?.pop()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn double(items: &[u32]) -> Vec<u32> {
        items.iter().map(|item| item.saturating_mul(2)).collect()
    }

    #[test]
    fn answers_stand_in_the_order_of_their_items_on_any_number_of_cores() {
        let items: Vec<u32> = (0..1000).collect();
        let expected: Vec<Option<u32>> = double(&items).into_iter().map(Some).collect();
        for (cores, chunk) in [(1, 1), (1, 1000), (2, 7), (3, 256), (64, 9), (2, 0)] {
            assert_eq!(spread(&items, (cores, chunk), double), expected, "{cores} cores, chunks of {chunk}");
        }
        assert!(spread(&[], (2, 8), double).is_empty());
    }

    #[test]
    fn an_item_that_causes_a_panic_has_no_answer_and_its_neighbours_have_theirs() {
        let items: Vec<u32> = (0..50).collect();
        let touchy = |items: &[u32]| {
            assert!(!items.contains(&13), "on purpose");
            double(items)
        };
        for cores in [1, 2] {
            let answers = spread(&items, (cores, 8), touchy);
            let without: Vec<usize> = (0..50).filter(|&at| answers[at].is_none()).collect();
            assert_eq!((answers.len(), without), (50, vec![13]));
        }
    }
}
