//! RSASSA-PKCS1-v1_5 verification (RFC 8017 §8.2.2) for the digests and sizes that ring does not do.

use super::digest::DigestAlgorithm;
use super::rsa_public;
use crate::codec::der;

/// Whether a value is the key's over the message. *Takes* an RSAPublicKey that was checked when the key was read.
///
/// The encoded message is compared as a whole with what it has to be (steps 3 and 4): nothing in it is parsed, so that
/// nothing can hide in it.
pub(super) fn verify(key: &[u8], digest: DigestAlgorithm, message: &[u8], value: &[u8]) -> bool {
    rsa_public::recover(key, value).is_some_and(|(em, _)| holds(&em, digest, &digest.digest(message)))
}

/// Whether a message representative is what it has to be over this digest.
pub(super) fn holds(em: &[u8], algorithm: DigestAlgorithm, digest: &[u8]) -> bool {
    is_padded(em, &DigestPrefix::of(algorithm), digest)
}

/// What stands before a digest in its DigestInfo.
///
/// DIVERGENCE D-20: the DigestInfo has its NULL; the form without it, which RFC 8017 §9.2 note 1 lets verifiers accept,
/// is refused.
pub(super) struct DigestPrefix {
    algorithm: DigestAlgorithm,
    octets: Vec<u8>,
}

impl DigestPrefix {
    pub(super) fn of(named: DigestAlgorithm) -> Self {
        let algorithm = der::sequence(&[&der::oid(named.oid()), &der::null()]);
        let mut octets = der::sequence(&[&algorithm, &der::octet_string(&vec![0; named.output_size()])]);
        octets.truncate(octets.len().saturating_sub(named.output_size()));
        Self { algorithm: named, octets }
    }

    pub(super) fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }
}

/// EMSA-PKCS1-v1_5, RFC 8017 §9.2: whether the octets are `00 01 FF … FF 00 ‖ DigestInfo`, all of them.
pub(super) fn is_padded(em: &[u8], prefix: &DigestPrefix, digest: &[u8]) -> bool {
    let front = em.strip_suffix(digest).and_then(|rest| rest.strip_suffix(prefix.octets.as_slice()));
    // Step 3: at least eight octets of padding.
    let is_long = |padding: &&[u8]| padding.len() >= 8 && padding.iter().all(|octet| *octet == 0xff);
    let padding = front.and_then(|rest| rest.strip_prefix(&[0, 1])?.strip_suffix(&[0])).filter(is_long);
    digest.len() == prefix.algorithm.output_size() && padding.is_some()
}

#[cfg(test)]
mod tests;
