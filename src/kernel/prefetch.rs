//! Octets that will be read soon are asked for before they are waited for. It changes no answer.
#![cfg_attr(target_arch = "x86_64", expect(unsafe_code, reason = "a hint to the processor"))]

/// Octets of a line of the cache.
const LINE: usize = 64;

/// Asks for octets that lie in memory, some thousand at most.
#[inline]
pub fn soon(octets: &[u8]) {
    #[cfg(target_arch = "x86_64")]
    for line in octets.chunks(LINE) {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        // SAFETY: a hint that reads nothing, about an address that the slice vouches for.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(line.as_ptr().cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (octets, LINE);
}
