//! Memory for large tables that are read at random: zeroed, taken from the system only where it is touched, and in large
//! pages where the system has them, so that addresses are found without walking its tables.
#![expect(unsafe_code, reason = "memory straight from the system")]

/// Eight words that are read together: a cache line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C, align(64))]
pub(super) struct Line(pub(super) [u64; 8]);

/// A fixed number of lines, zero at first.
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

    use super::Line;

    /// Large pages of x86-64 and of most ARM64 systems.
    const LARGE_PAGE: usize = 2 << 20;

    /// A private mapping; `first` is its first line on the border of a large page.
    #[derive(Debug)]
    pub(super) struct Slab {
        first: NonNull<Line>,
        lines: usize,
        mapping: *mut libc::c_void,
        mapping_bytes: usize,
    }

    // SAFETY: the mapping belongs to this value alone and is reached through its references.
    unsafe impl Send for Slab {}
    // SAFETY: the same; shared references only read.
    unsafe impl Sync for Slab {}

    impl Slab {
        pub(super) fn new(lines: usize) -> Self {
            let bytes = lines.checked_mul(size_of::<Line>()).expect("a size that an address can tell");
            let mapping_bytes = bytes.checked_add(LARGE_PAGE).expect("a size that an address can tell");
            let (prot, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
            // SAFETY: a new private mapping at an address of the system's choice.
            let mapping = unsafe { libc::mmap(null_mut(), mapping_bytes, prot, flags | libc::MAP_NORESERVE, -1, 0) };
            assert!(mapping != libc::MAP_FAILED, "no memory for {bytes} octets of tables");
            let skipped = mapping.align_offset(LARGE_PAGE).min(LARGE_PAGE);
            // SAFETY: `skipped` is at most LARGE_PAGE, and so much longer is the mapping than its lines.
            let first = unsafe { mapping.byte_add(skipped) };
            // SAFETY: advice about our own mapping; that it may be refused changes no content.
            unsafe { libc::madvise(first, bytes, libc::MADV_HUGEPAGE) };
            let first = NonNull::new(first.cast()).expect("a mapping is not at address zero");
            Self { first, lines, mapping, mapping_bytes }
        }

        #[inline]
        pub(super) fn lines(&self) -> &[Line] {
            // SAFETY: `lines` lines lie within the mapping, which is zeroed, aligned to a page and lives as long as self.
            unsafe { std::slice::from_raw_parts(self.first.as_ptr(), self.lines) }
        }

        pub(super) fn lines_mut(&mut self) -> &mut [Line] {
            // SAFETY: as above, and `&mut self` is the only way to it.
            unsafe { std::slice::from_raw_parts_mut(self.first.as_ptr(), self.lines) }
        }
    }

    impl Drop for Slab {
        fn drop(&mut self) {
            // SAFETY: the mapping that `new` made, which nobody refers to any more.
            unsafe { libc::munmap(self.mapping, self.mapping_bytes) };
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
    fn lines_are_zero_aligned_and_keep_what_is_written() {
        for count in [0, 1, 5_000, 70_000] {
            let mut slab = Slab::new(count);
            assert_eq!(slab.lines().len(), count);
            assert!(slab.lines().iter().all(|line| *line == Line([0; 8])));
            if let Some(last) = slab.lines_mut().last_mut() {
                last.0[7] = 9;
                assert_eq!(slab.lines()[count - 1].0[7], 9);
            }
        }
    }
}
