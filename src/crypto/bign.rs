//! Bign (STB 34.101.45): keys and signatures of Belarus on its three standard curves; verified, not made.

use const_oid::ObjectIdentifier;

use super::digest::DigestAlgorithm;
use crate::codec::der;
use crate::kernel::Curve;
use crate::kernel::curve::{from_affine, is_identity, multiply_two_vartime, to_affine};
use crate::kernel::curves::{BIGN_256, BIGN_384, BIGN_512};
use crate::kernel::montgomery::{add, from_le_octets, less, reduce};

use super::gost::le_octets;

/// bign-pubkey (STB 34.101.45 annex D).
pub(super) const ID_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.112.0.2.0.34.101.45.2.1");

/// A level of security `l`, with its curve.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum BignLevel {
    /// `l` = 128 on bign-curve256v1.
    L128,
    /// `l` = 192 on bign-curve384v1.
    L192,
    /// `l` = 256 on bign-curve512v1.
    L256,
}

impl BignLevel {
    pub(super) const ALL: [Self; 3] = [Self::L128, Self::L192, Self::L256];

    /// The curve, as a key of this level is named in reports.
    pub(super) fn curve_name(self) -> &'static str {
        match self {
            Self::L128 => "bign-curve256v1",
            Self::L192 => "bign-curve384v1",
            Self::L256 => "bign-curve512v1",
        }
    }

    /// The identifier of the curve (STB 34.101.45 annex D).
    pub(super) fn curve_oid(self) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(match self {
            Self::L128 => "1.2.112.0.2.0.34.101.45.3.1",
            Self::L192 => "1.2.112.0.2.0.34.101.45.3.2",
            Self::L256 => "1.2.112.0.2.0.34.101.45.3.3",
        })
    }

    /// Bits of the curve's field.
    pub(super) fn bits(self) -> usize {
        match self {
            Self::L128 => 256,
            Self::L192 => 384,
            Self::L256 => 512,
        }
    }
}

/// Whether the octets are a point of the curve: `x ‖ y`, each little-endian (STB 34.101.45 §5.2, §6.2.3). Cofactor 1:
/// every point but infinity, which this form cannot express, is in the subgroup.
pub(super) fn is_point(level: BignLevel, key: &[u8]) -> bool {
    match level {
        BignLevel::L128 => affine(&BIGN_256, key).is_some(),
        BignLevel::L192 => affine(&BIGN_384, key).is_some(),
        BignLevel::L256 => affine(&BIGN_512, key).is_some(),
    }
}

/// STB 34.101.45 §7.1.4. *Takes* a key that passed `is_point`.
pub(super) fn verify(
    (level, key): (BignLevel, &[u8]),
    digest: DigestAlgorithm,
    (message, value): (&[u8], &[u8]),
) -> bool {
    let hash = digest.digest(message);
    let oid = der::oid(digest.oid());
    let holds = match level {
        BignLevel::L128 => verify_on(&BIGN_256, key, (&oid, &hash), value),
        BignLevel::L192 => verify_on(&BIGN_384, key, (&oid, &hash), value),
        BignLevel::L256 => verify_on(&BIGN_512, key, (&oid, &hash), value),
    };
    holds == Some(true)
}

/// `None` where something has another length than the level has, or a number is out of range.
///
/// *Takes* `oid`: the digest's identifier in DER, tag and length included.
fn verify_on<const L: usize>(curve: &Curve<L>, key: &[u8], (oid, hash): (&[u8], &[u8]), value: &[u8]) -> Option<bool> {
    let (order, size) = (&curve.order, size_of::<[u64; L]>());
    // Steps 2 and 3: l bits of s0, then 2l bits of s1, which is below q.
    let (s0, s1) = value.split_at_checked(size / 2)?;
    if s1.len() != size || hash.len() != size {
        return None;
    }
    let number = from_le_octets::<L>(s1);
    if !less(&number, &order.m) {
        return None;
    }
    // Steps 4 and 5: R = (s1 + H)G + (s0 + 2^l)Q.
    let of_generator = add(&order.m, &number, &reduce(order, &from_le_octets(hash)));
    let of_key = from_le_octets::<L>(&[s0, &[1]].concat());
    let sum = multiply_two_vartime(curve, &of_generator, &of_key, &affine(curve, key)?);
    if is_identity(&sum) {
        return Some(false);
    }
    // Step 6: belt-hash at every level, over OID, first coordinate and digest; its first l bits are s0.
    let (x, _) = to_affine(curve, &sum);
    let mut hasher = DigestAlgorithm::BeltHash.hasher();
    for part in [oid, &le_octets(&x), hash] {
        hasher.update(part);
    }
    Some(hasher.finish().get(..s0.len()) == Some(s0))
}

fn affine<const L: usize>(curve: &Curve<L>, key: &[u8]) -> Option<crate::kernel::Point<L>> {
    let size = size_of::<[u64; L]>();
    let (x, y) = key.split_at_checked(size)?;
    if y.len() != size {
        return None;
    }
    from_affine(curve, &from_le_octets(x), &from_le_octets(y))
}

#[cfg(test)]
mod tests;
