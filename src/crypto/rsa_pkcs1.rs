//! RSASSA-PKCS1-v1_5 verification (RFC 8017 §8.2.2) for the digests and sizes that ring does not do.

use super::digest::DigestAlgorithm;
use super::rsa_public;
use crate::codec::der;

/// Whether a value is the key's over the message. *Takes* an RSAPublicKey that was checked when the key was read.
///
/// The encoded message is made anew and compared as a whole (steps 3 and 4): nothing in it is parsed, so that nothing can
/// hide in it.
pub(super) fn verify(key: &[u8], digest: DigestAlgorithm, message: &[u8], value: &[u8]) -> bool {
    rsa_public::recover(key, value).is_some_and(|(em, _)| holds(&em, digest, &digest.digest(message)))
}

/// Whether a message representative is what it has to be over this digest.
pub(super) fn holds(em: &[u8], algorithm: DigestAlgorithm, digest: &[u8]) -> bool {
    encode(algorithm, digest, em.len()).is_some_and(|sound| sound == em)
}

/// EMSA-PKCS1-v1_5, RFC 8017 §9.2: `00 01 FF … FF 00 ‖ DigestInfo`; `None` where the modulus is too small for it.
///
/// DIVERGENCE D-20: the DigestInfo has its NULL; the form without it, which RFC 8017 §9.2 note 1 lets verifiers accept,
/// is refused.
fn encode(named: DigestAlgorithm, digest: &[u8], size: usize) -> Option<Vec<u8>> {
    let algorithm = der::sequence(&[&der::oid(named.oid()), &der::null()]);
    let digest_info = der::sequence(&[&algorithm, &der::octet_string(digest)]);
    let padding = size.checked_sub(digest_info.len())?.checked_sub(3)?;
    // Step 3: at least eight octets of padding.
    (padding >= 8).then(|| [&[0, 1], &*vec![0xff; padding], &[0], &digest_info].concat())
}

#[cfg(test)]
mod tests;
