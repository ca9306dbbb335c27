//! Memory for tables that are read at random: pieces of large pages, where the system has them, so that addresses are found
//! without walking its own tables. Many pieces of one size share a mapping; one that holds none any more is given back.
#![expect(unsafe_code, reason = "memory straight from the system")]
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a kernel: pieces are counted by their mapping, and sizes are checked where a mapping is made"
)]

/// Eight words that are read together: a cache line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C, align(64))]
pub(super) struct Line(pub(super) [u64; 8]);

/// A fixed number of lines of whatever content at first.
#[derive(Debug)]
pub(super) struct Slab(inner::Slab);

impl Slab {
    /// # Panics
    ///
    /// Where the system has no memory left, as every allocation does.
    pub(super) fn new(lines: usize) -> Self {
        Self(inner::Slab::new(lines))
    }

    #[inline]
    pub(super) fn lines(&self) -> &[Line] {
        self.0.lines()
    }

    pub(super) fn lines_mut(&mut self) -> &mut [Line] {
        self.0.lines_mut()
    }
}

#[cfg(target_os = "linux")]
mod inner {
    use std::ptr::{NonNull, null_mut};
    use std::sync::{Mutex, PoisonError};

    use super::Line;

    /// Large pages of x86-64 and of most ARM64 systems.
    const LARGE_PAGE: usize = 2 << 20;

    /// Large pages of a mapping, at most, unless one piece needs more: with so many, at most a tenth is left over.
    const PAGES_MAX: usize = 8;

    /// One piece of a mapping.
    #[derive(Debug)]
    pub(super) struct Slab {
        first: NonNull<Line>,
        lines: usize,
    }

    // SAFETY: no other piece has these lines, and they are reached through its references alone.
    unsafe impl Send for Slab {}
    // SAFETY: the same; shared references only read.
    unsafe impl Sync for Slab {}

    /// A private mapping; `first` lies on the border of a large page, and as many pieces follow as `taken` has places.
    struct Mapping {
        first: NonNull<Line>,
        lines_per_piece: usize,
        taken: Vec<bool>,
        start: *mut libc::c_void,
        bytes: usize,
    }

    // SAFETY: a mapping is known to the list below alone.
    unsafe impl Send for Mapping {}

    static MAPPINGS: Mutex<Vec<Mapping>> = Mutex::new(Vec::new());

    impl Mapping {
        fn new(lines_per_piece: usize) -> Self {
            let piece =
                lines_per_piece.checked_mul(size_of::<Line>()).expect("a size that an address can tell").max(64);
            let pages = (1..=PAGES_MAX).find(|pages| {
                let room = pages * LARGE_PAGE;
                room >= piece && room % piece <= room / 10
            });
            let room = pages.map_or_else(|| piece.next_multiple_of(LARGE_PAGE), |pages| pages * LARGE_PAGE);
            let bytes = room.checked_add(LARGE_PAGE).expect("a size that an address can tell");
            let (prot, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
            // SAFETY: a new private mapping at an address of the system's choice.
            let start = unsafe { libc::mmap(null_mut(), bytes, prot, flags | libc::MAP_NORESERVE, -1, 0) };
            assert!(start != libc::MAP_FAILED, "no memory for {bytes} octets of tables");
            let skipped = start.align_offset(LARGE_PAGE).min(LARGE_PAGE);
            // SAFETY: `skipped` is at most LARGE_PAGE, and so much longer is the mapping than its pieces.
            let first = unsafe { start.byte_add(skipped) };
            // SAFETY: advice about our own mapping; that it may be refused changes no content.
            unsafe { libc::madvise(first, room, libc::MADV_HUGEPAGE) };
            let first = NonNull::new(first.cast()).expect("a mapping is not at address zero");
            Self { first, lines_per_piece, taken: vec![false; room / piece], start, bytes }
        }

        /// A piece that nobody has.
        fn take(&mut self) -> Option<Slab> {
            let at = self.taken.iter().position(|taken| !taken)?;
            self.taken[at] = true;
            // SAFETY: as many pieces lie within the mapping as `taken` has places.
            let first = unsafe { self.first.add(at * self.lines_per_piece) };
            Some(Slab { first, lines: self.lines_per_piece })
        }

        /// Takes a piece back, if it is one of its own.
        fn give_back(&mut self, piece: &Slab) -> bool {
            // SAFETY: as many lines lie within the mapping.
            let end = unsafe { self.first.add(self.taken.len() * self.lines_per_piece) };
            let own = self.first <= piece.first && piece.first < end;
            if own {
                // SAFETY: both lie within one mapping, the piece not before the mapping's first line.
                let lines = unsafe { piece.first.offset_from_unsigned(self.first) };
                self.taken[lines / self.lines_per_piece] = false;
            }
            own
        }
    }

    impl Drop for Mapping {
        fn drop(&mut self) {
            // SAFETY: the mapping that `new` made, of which nobody has a piece any more.
            unsafe { libc::munmap(self.start, self.bytes) };
        }
    }

    impl Slab {
        pub(super) fn new(lines: usize) -> Self {
            if lines == 0 {
                return Self { first: NonNull::dangling(), lines };
            }
            let mut mappings = MAPPINGS.lock().unwrap_or_else(PoisonError::into_inner);
            let known = mappings.iter_mut().filter(|mapping| mapping.lines_per_piece == lines).find_map(Mapping::take);
            known.unwrap_or_else(|| {
                mappings.push(Mapping::new(lines));
                mappings.last_mut().and_then(Mapping::take).expect("a new mapping has room for one piece")
            })
        }

        #[inline]
        pub(super) fn lines(&self) -> &[Line] {
            // SAFETY: these lines lie within a mapping that stays until this piece is given back; the system zeroed it.
            unsafe { std::slice::from_raw_parts(self.first.as_ptr(), self.lines) }
        }

        pub(super) fn lines_mut(&mut self) -> &mut [Line] {
            // SAFETY: as above, and `&mut self` is the only way to it.
            unsafe { std::slice::from_raw_parts_mut(self.first.as_ptr(), self.lines) }
        }
    }

    impl Drop for Slab {
        fn drop(&mut self) {
            let mut mappings = MAPPINGS.lock().unwrap_or_else(PoisonError::into_inner);
            if self.lines > 0
                && let Some(at) = mappings.iter_mut().position(|mapping| mapping.give_back(self))
                && mappings[at].taken.iter().all(|taken| !taken)
            {
                mappings.swap_remove(at);
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod inner {
    use super::Line;

    #[derive(Debug)]
    pub(super) struct Slab(Vec<Line>);

    impl Slab {
        pub(super) fn new(lines: usize) -> Self {
            Self(vec![Line([0; 8]); lines])
        }

        pub(super) fn lines(&self) -> &[Line] {
            &self.0
        }

        pub(super) fn lines_mut(&mut self) -> &mut [Line] {
            &mut self.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_keep_what_is_written_whatever_becomes_of_their_neighbours() {
        let mut pieces = Vec::new();
        for round in 0..60_u64 {
            for lines in [0, 1, 5_000, 13_312, 70_000] {
                let mut piece = Slab::new(lines);
                assert_eq!(piece.lines().len(), lines);
                assert_eq!(piece.lines().as_ptr().align_offset(64), 0);
                piece.lines_mut().fill(Line([round; 8]));
                pieces.push((round, piece));
            }
            // Every other one of an earlier round goes.
            if round % 2 == 1 {
                pieces.retain(|(of, _)| of % 3 != 1 || *of + 2 > round);
            }
        }
        for (round, piece) in &pieces {
            assert!(piece.lines().iter().all(|line| *line == Line([*round; 8])));
        }
    }
}
