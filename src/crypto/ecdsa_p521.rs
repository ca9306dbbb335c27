//! ECDSA on P-521, which ring does not have: points checked, signatures verified, nothing signed.

use p521::FieldBytes;
use p521::ecdsa::signature::hazmat::PrehashVerifier;
use p521::ecdsa::{Signature, VerifyingKey};

use super::digest::DigestAlgorithm;
use crate::codec::der::{Encoding, Reader};

/// Whether the octets are an uncompressed point of the curve (RFC 5480 §2.2). Cofactor 1: every one is in the subgroup.
pub(super) fn is_point(key: &[u8]) -> bool {
    key.first() == Some(&4) && VerifyingKey::from_sec1_bytes(key).is_ok()
}

/// FIPS 186-5 §6.4.2. *Takes* a key that passed `is_point` and an Ecdsa-Sig-Value in DER.
pub(super) fn verify(key: &[u8], digest: DigestAlgorithm, message: &[u8], value: &[u8]) -> bool {
    let (Ok(key), Some(signature)) = (VerifyingKey::from_sec1_bytes(key), read(value)) else { return false };
    key.verify_prehash(&digest.digest(message), &signature).is_ok()
}

/// RFC 3279 §2.2.3: two INTEGERs, in DER and nothing beside them; step 1 wants both between 0 and the order.
fn read(value: &[u8]) -> Option<Signature> {
    let mut outer = Reader::new(value, Encoding::Der, "Ecdsa-Sig-Value");
    let mut body = outer.sequence().ok()?;
    outer.finish().ok()?;
    let (r, s) = (scalar(body.integer().ok()?)?, scalar(body.integer().ok()?)?);
    body.finish().ok()?;
    Signature::from_scalars(r, s).ok()
}

/// An INTEGER that is not negative, as the 66 octets of a field element.
fn scalar(integer: &[u8]) -> Option<FieldBytes> {
    if integer.first().is_none_or(|first| first & 0x80 != 0) {
        return None;
    }
    let significant = integer.strip_prefix(&[0]).unwrap_or(integer);
    let mut octets = FieldBytes::default();
    let start = octets.len().checked_sub(significant.len())?;
    octets.get_mut(start..)?.copy_from_slice(significant);
    Some(octets)
}

#[cfg(test)]
mod tests;
