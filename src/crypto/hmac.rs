//! HMAC (RFC 2104) over any of our digests.

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::digest::DigestAlgorithm;

/// Whether two values are the same, in a time that tells nothing of where they differ.
pub(crate) fn same(computed: &[u8], told: &[u8]) -> bool {
    computed.ct_eq(told).into()
}

/// Computes HMAC over the concatenation of `parts`.
pub(crate) fn hmac(digest: DigestAlgorithm, key: &[u8], parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let size = digest.block_size();
    let key = if key.len() > size { Zeroizing::new(digest.digest(key)) } else { Zeroizing::new(key.to_vec()) };
    let padded = |pad: u8| -> Zeroizing<Vec<u8>> {
        let octets = key.iter().copied().chain(std::iter::repeat(0)).take(size);
        Zeroizing::new(octets.map(|octet| octet ^ pad).collect())
    };
    let mut inner = digest.hasher();
    inner.update(&padded(0x36));
    for part in parts {
        inner.update(part);
    }
    let mut outer = digest.hasher();
    outer.update(&padded(0x5c));
    outer.update(&Zeroizing::new(inner.finish()));
    Zeroizing::new(outer.finish())
}
