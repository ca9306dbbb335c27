//! HMAC (RFC 2104) over any of our digests, and PBKDF2 (RFC 8018 §5.2) over that.

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::digest::{DigestAlgorithm, Hasher};

/// Whether two values are the same, in a time that tells nothing of where they differ.
pub(crate) fn same(computed: &[u8], told: &[u8]) -> bool {
    computed.ct_eq(told).into()
}

/// Computes HMAC over the concatenation of `parts`.
pub(crate) fn hmac(digest: DigestAlgorithm, key: &[u8], parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    HmacKey::new(digest, key).mac(parts)
}

/// A key of HMAC: both digests as they stand once they have taken it.
struct HmacKey {
    inner: Hasher,
    outer: Hasher,
}

impl HmacKey {
    fn new(digest: DigestAlgorithm, key: &[u8]) -> Self {
        let size = digest.block_size();
        let key = if key.len() > size { Zeroizing::new(digest.digest(key)) } else { Zeroizing::new(key.to_vec()) };
        let padded = |pad: u8| -> Hasher {
            let octets = key.iter().copied().chain(std::iter::repeat(0)).take(size);
            let octets: Zeroizing<Vec<u8>> = Zeroizing::new(octets.map(|octet| octet ^ pad).collect());
            let mut hasher = digest.hasher();
            hasher.update(&octets);
            hasher
        };
        Self { inner: padded(0x36), outer: padded(0x5c) }
    }

    fn mac(&self, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
        let (mut inner, mut outer) = (self.inner.clone(), self.outer.clone());
        for part in parts {
            inner.update(part);
        }
        outer.update(&Zeroizing::new(inner.finish()));
        Zeroizing::new(outer.finish())
    }
}

/// Derives `size` octets from a password. The caller has bounded the iterations.
pub(crate) fn pbkdf2(
    digest: DigestAlgorithm,
    password: &[u8],
    (salt, iterations): (&[u8], u32),
    size: usize,
) -> Zeroizing<Vec<u8>> {
    let key = HmacKey::new(digest, password);
    let mut out = Zeroizing::new(Vec::with_capacity(size.saturating_add(digest.output_size())));
    for block in 1_u32.. {
        if out.len() >= size {
            break;
        }
        let mut link = key.mac(&[salt, &block.to_be_bytes()]);
        let mut sum = link.clone();
        for _ in 1..iterations {
            link = key.mac(&[&link]);
            sum.iter_mut().zip(link.iter()).for_each(|(sum, link)| *sum ^= link);
        }
        out.extend_from_slice(&sum);
    }
    out.truncate(size);
    out
}
