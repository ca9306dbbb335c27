//! Randomness as an argument: from the operating system, or from a seed for test PKIs.

/// A source of secret, unpredictable octets.
pub trait Entropy {
    /// Fills `out`.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError>;
}

/// The operating system gave no randomness.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the operating system gave no randomness")]
pub struct EntropyError;

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(out).map_err(|_| EntropyError)
    }
}

/// A deterministic generator for test PKIs: whoever knows the seed knows every key. HMAC_DRBG of NIST SP 800-90A
/// §10.1.2 with SHA-256, without reseeding.
#[derive(Clone)]
pub struct SeededEntropy(super::drbg::HmacDrbg);

impl SeededEntropy {
    /// Starts from a seed, such as the name of the key that is to be made.
    pub fn new(seed: &[u8]) -> Self {
        Self(super::drbg::HmacDrbg::new(super::DigestAlgorithm::Sha256, &[seed]))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        self.0.generate(out);
        Ok(())
    }
}
