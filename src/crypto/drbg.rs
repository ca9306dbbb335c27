//! HMAC_DRBG (NIST SP 800-90A §10.1.2) over any digest: seeds test PKIs and derives nonces.

use super::digest::DigestAlgorithm;
use super::hmac::hmac;
use zeroize::Zeroizing;

/// The generator's state: `K` and `V`.
#[derive(Clone)]
pub(crate) struct HmacDrbg {
    digest: DigestAlgorithm,
    key: Zeroizing<Vec<u8>>,
    value: Zeroizing<Vec<u8>>,
}

impl HmacDrbg {
    /// Starts from the concatenation of `seed`. RFC 6979 §3.2 (b) to (g) is the same procedure.
    pub(crate) fn new(digest: DigestAlgorithm, seed: &[&[u8]]) -> Self {
        let size = digest.output_size();
        let mut drbg = Self { digest, key: Zeroizing::new(vec![0; size]), value: Zeroizing::new(vec![1; size]) };
        drbg.update(Some(seed));
        drbg
    }

    /// Fills `out`, then steps on, so that earlier output cannot be computed from the state.
    pub(crate) fn generate(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(self.digest.output_size()) {
            self.value = hmac(self.digest, &self.key, &[&self.value]);
            for (to, from) in chunk.iter_mut().zip(self.value.iter()) {
                *to = *from;
            }
        }
        self.update(None);
    }

    fn update(&mut self, seed: Option<&[&[u8]]>) {
        let rounds: &[u8] = if seed.is_some() { &[0, 1] } else { &[0] };
        for round in rounds {
            let round = [*round];
            let mut parts: Vec<&[u8]> = vec![&self.value, &round];
            parts.extend_from_slice(seed.unwrap_or_default());
            self.key = hmac(self.digest, &self.key, &parts);
            self.value = hmac(self.digest, &self.key, &[&self.value]);
        }
    }
}
