//! RSA keys: made from randomness, as PKCS#1. Signing and verifying are ring's.
#![expect(clippy::many_single_char_names, reason = "the names are those of RFC 8017")]

use std::convert::Infallible;

use crypto_bigint::{BoxedUint, ConcatenatingMul, NonZero, Resize};
use crypto_primes::hazmat::{SetBits, SmallFactorsSieveFactory};
use crypto_primes::{Flavor, is_prime, sieve_and_find};
use rand_core::{TryCryptoRng, TryRng};
use zeroize::{Zeroize, Zeroizing};

use super::digest::DigestAlgorithm;
use super::drbg::HmacDrbg;
use super::entropy::Entropy;
use super::key::KeyError;
use super::secret_der;
use crate::codec::der;

/// The public exponent of every key we make.
const EXPONENT: u64 = 65_537;

/// Makes a key. *Gives* a PKCS#1 RSAPrivateKey.
pub(super) fn generate(modulus_bits: u32, entropy: &mut dyn Entropy) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    // The search wants a generator that cannot fail: one seeded with 384 bits of what can.
    let mut seed = Zeroizing::new([0; 48]);
    entropy.fill(&mut *seed)?;
    let mut source = PrimeSource(HmacDrbg::new(DigestAlgorithm::Sha512, &[&*seed]));
    loop {
        let p = prime(modulus_bits, &mut source)?;
        let q = prime(modulus_bits, &mut source)?;
        // The first prime must be the larger one (the coefficient is q⁻¹ mod p); equal ones are drawn again.
        let (larger, smaller) = if p > q { (p, q) } else { (q, p) };
        if larger != smaller
            && let Some(key) = private_key(larger, smaller)
        {
            return Ok(key);
        }
    }
}

/// A random prime of half the modulus's bits, its two top bits set, so that the product of two has all its bits.
fn prime(modulus_bits: u32, source: &mut PrimeSource) -> Result<BoxedUint, KeyError> {
    let sieve = SmallFactorsSieveFactory::new(Flavor::Any, modulus_bits >> 1, SetBits::TwoMsb);
    let found = sieve.and_then(|sieve| sieve_and_find(source, sieve, |_, candidate| is_prime(Flavor::Any, candidate)));
    found.ok().flatten().ok_or(KeyError::InvalidRsa)
}

/// RFC 8017 §A.1.2. `None` where the exponent has no inverse: draw again.
fn private_key(mut p: BoxedUint, mut q: BoxedUint) -> Option<Zeroizing<Vec<u8>>> {
    let one = BoxedUint::one();
    let (mut p1, mut q1) = (p.wrapping_sub(&one), q.wrapping_sub(&one));
    let n = p.concatenating_mul(&q);
    let phi: NonZero<BoxedUint> = NonZero::new(p1.concatenating_mul(&q1)).into_option()?;
    let e = BoxedUint::from(EXPONENT);
    let mut d = e.resize(phi.bits_precision()).invert_mod(&phi).into_option()?;
    let mut dp = d.rem(&NonZero::new(p1.clone()).into_option()?);
    let mut dq = d.rem(&NonZero::new(q1.clone()).into_option()?);
    let mut q_inverse = q.invert_mod(&NonZero::new(p.clone()).into_option()?).into_option()?;
    let secrets = [&d, &p, &q, &dp, &dq, &q_inverse].map(encode);
    let [version, n, e] = [der::integer_u64(0), der::integer(&n.to_be_bytes()), der::integer_u64(EXPONENT)];
    let parts: Vec<&[u8]> =
        [&version, &n, &e].into_iter().chain(secrets.iter().map(|s| &**s)).map(Vec::as_slice).collect();
    let key = secret_der::sequence(&parts);
    for secret in [&mut p, &mut q, &mut p1, &mut q1, &mut d, &mut dp, &mut dq, &mut q_inverse] {
        secret.zeroize();
    }
    Some(key)
}

fn encode(secret: &BoxedUint) -> Zeroizing<Vec<u8>> {
    let octets = Zeroizing::new(secret.to_be_bytes().into_vec());
    secret_der::integer(&octets)
}

/// The generator as the prime search wants it.
struct PrimeSource(HmacDrbg);

impl PrimeSource {
    fn octets<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0; N];
        self.0.generate(&mut out);
        out
    }
}

impl TryRng for PrimeSource {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.octets()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.octets()))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.0.generate(out);
        Ok(())
    }
}

impl TryCryptoRng for PrimeSource {}
