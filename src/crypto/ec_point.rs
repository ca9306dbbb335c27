//! Points of the curves of ECDSA as keys carry them (RFC 5480 §2.2, SEC 1 §2.3).

use super::ec_curve::{EcCurve, on_curve};
use crate::kernel::curve::{from_affine, from_x, to_affine};
use crate::kernel::{Curve, Point};

/// The point in its uncompressed form; `None` where the octets are no point of the curve, or infinity. Cofactor 1: every
/// other point is in the subgroup of prime order. The compressed form is read (RFC 5480 §2.2: MAY); the hybrid one is
/// refused, as there.
pub(super) fn uncompressed(curve: EcCurve, octets: &[u8]) -> Option<Vec<u8>> {
    on_curve!(curve, arithmetic => {
        let point = read(arithmetic, curve.size(), octets)?;
        Some(write(arithmetic, curve.size(), &point))
    })
}

/// Reads a point; coordinates have exactly `size` octets.
pub(super) fn read<const L: usize>(curve: &Curve<L>, size: usize, octets: &[u8]) -> Option<Point<L>> {
    let (form, coordinates) = octets.split_first()?;
    let (x, y) = coordinates.split_at_checked(size)?;
    match form {
        4 if y.len() == size => from_affine(curve, &words(x), &words(y)),
        2 | 3 if y.is_empty() => from_x(curve, &words(x), form & 1 == 1),
        _ => None,
    }
}

/// Writes a point that is not at infinity, uncompressed.
pub(super) fn write<const L: usize>(curve: &Curve<L>, size: usize, point: &Point<L>) -> Vec<u8> {
    let (x, y) = to_affine(curve, point);
    [vec![4], be_octets(&x, size), be_octets(&y, size)].concat()
}

/// A number from its octets, most significant first; what exceeds the words is cut, so callers bound the length.
pub(super) fn words<const L: usize>(octets: &[u8]) -> [u64; L] {
    let mut words = [0; L];
    for (word, octets) in words.iter_mut().zip(octets.rchunks(8)) {
        let shorter = |_| octets.iter().fold(0, |sum: u64, &octet| sum << 8 | u64::from(octet));
        *word = octets.try_into().map_or_else(shorter, u64::from_be_bytes);
    }
    words
}

/// The lowest `size` octets of a number, most significant first.
pub(super) fn be_octets<const L: usize>(words: &[u64; L], size: usize) -> Vec<u8> {
    let mut octets = vec![0; size_of::<[u64; L]>()];
    for (octets, word) in octets.as_chunks_mut().0.iter_mut().zip(words.iter().rev()) {
        *octets = word.to_be_bytes();
    }
    octets.drain(..octets.len().saturating_sub(size));
    octets
}
