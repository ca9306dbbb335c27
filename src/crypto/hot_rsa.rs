//! RSA: keys that are met often are kept ready, and their public operations are computed eight at a time.
//!
//! What is kept changes how fast an answer comes, never which: an answer depends on the claim alone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::algorithm::SignatureAlgorithm;
use super::batch::digests_together;
use super::digest::DigestValue;
use super::ec_point::{be_octets, words};
use super::rsa_pkcs1::{DigestPrefix, is_padded};
use super::verify::SignatureClaim;
use super::{rsa_pss, rsa_public};
use crate::kernel::Avx512;
use crate::kernel::ifma::rsa::public_operations;
use crate::kernel::montgomery::less;
use crate::kernel::rsa::RsaKey;
use crate::limits::{COUNTED_KEYS_MAX, HOT_KEYS_RSA_MAX};

/// Uses of a key after which it is made ready: that costs about as much as ten signatures of ring.
const USES_UNTIL_HOT: u32 = 16;

/// Signatures for which eight lanes are worth their work: they take as long as three of ring.
const LANES_MIN: usize = 3;

/// Keys of up to `L` words.
struct Engine<const L: usize, const K: usize> {
    ready: RwLock<Option<HashMap<Vec<u8>, Arc<RsaKey<L, K>>>>>,
    /// Uses of those that are not.
    uses: Mutex<Option<HashMap<Vec<u8>, u32>>>,
}

/// A signature on its way: the claim and its place, its key ready, the value as a number, and the bits of the modulus.
struct Job<'a, const L: usize, const K: usize> {
    at: usize,
    claim: &'a SignatureClaim<'a>,
    key: Arc<RsaKey<L, K>>,
    value: [u64; L],
    bits: usize,
}

impl<const L: usize, const K: usize> Engine<L, K> {
    const fn new() -> Self {
        Self { ready: RwLock::new(None), uses: Mutex::new(None) }
    }

    /// Answers the claims at these places whose keys are ready, or become so.
    fn answer(&self, token: Avx512, places: &[usize], claims: &[&SignatureClaim<'_>], answers: &mut [Option<bool>]) {
        let own: Vec<(usize, &SignatureClaim<'_>)> =
            places.iter().filter_map(|at| Some((*at, *claims.get(*at)?))).collect();
        let mut jobs: Vec<Job<'_, L, K>> = Vec::with_capacity(own.len());
        for ((at, claim), ready) in own.iter().copied().zip(self.ready(&own)) {
            let bits = claim.key.key_bits();
            // It may have become so with an earlier claim.
            let ready = ready.or_else(|| self.ready(&[(at, claim)]).pop()?);
            let Some(key) = ready.or_else(|| self.make_ready(claim.key.key_octets())) else { continue };
            let value = words::<L>(&claim.value);
            // RFC 8017 §8.1.2 and §8.2.2 step 1, RSAVP1 step 1: as long as the modulus, and below it.
            if claim.value.len() != bits.div_ceil(8) || !less(&value, key.modulus()) {
                settle(answers, at, false);
                continue;
            }
            jobs.push(Job { at, claim, key, value, bits });
        }
        // What is left over is digested where it is verified, and only there.
        if jobs.len() < LANES_MIN {
            return;
        }
        // Lanes share their exponent; nearly all keys have the same.
        jobs.sort_by_key(|job| job.key.exponent());
        let own: Vec<&SignatureClaim<'_>> = jobs.iter().map(|job| job.claim).collect();
        let digests = digests_together(&own, |claim| match claim.algorithm {
            SignatureAlgorithm::RsaPkcs1(digest) => Some(digest),
            _ => None,
        });
        let (mut digests, mut prefix) = (digests.as_slice(), None);
        for jobs in jobs.chunk_by(|a, b| a.key.exponent() == b.key.exponent()) {
            let (of_these, others) = digests.split_at_checked(jobs.len()).unwrap_or_default();
            digests = others;
            let eights = jobs.chunks(8).zip(of_these.chunks(8));
            for (jobs, digests) in eights.filter(|(jobs, _)| jobs.len() >= LANES_MIN) {
                Self::compute(token, (jobs, digests), &mut prefix, answers);
            }
        }
    }

    /// Computes up to eight, of one exponent; the first stands in for those that are missing.
    fn compute(
        token: Avx512,
        (jobs, digests): (&[Job<'_, L, K>], &[Option<DigestValue>]),
        prefix: &mut Option<DigestPrefix>,
        answers: &mut [Option<bool>],
    ) {
        let Some(first) = jobs.first() else { return };
        let lane = |i: usize| jobs.get(i).unwrap_or(first);
        let keys = std::array::from_fn(|i| &*lane(i).key);
        let out = public_operations(token, keys, std::array::from_fn(|i| &lane(i).value));
        for ((job, digest), em) in jobs.iter().zip(digests).zip(&out) {
            let em = be_octets(em, job.bits.div_ceil(8));
            let answer = match (job.claim.algorithm, digest) {
                (SignatureAlgorithm::RsaPkcs1(named), Some(digest)) => {
                    let known = prefix.take().filter(|prefix| prefix.algorithm() == named);
                    is_padded(&em, prefix.insert(known.unwrap_or_else(|| DigestPrefix::of(named))), digest)
                }
                (SignatureAlgorithm::RsaPss(named), _) => rsa_pss::holds(&(em, job.bits), named, &job.claim.message),
                _ => continue,
            };
            settle(answers, job.at, answer);
        }
    }

    /// Those of the claims' keys that are ready.
    fn ready(&self, claims: &[(usize, &SignatureClaim<'_>)]) -> Vec<Option<Arc<RsaKey<L, K>>>> {
        let ready = self.ready.read().unwrap_or_else(PoisonError::into_inner);
        let known = |claim: &SignatureClaim<'_>| ready.as_ref()?.get(claim.key.key_octets()).cloned();
        claims.iter().map(|(_, claim)| known(claim)).collect()
    }

    /// Counts a use of the key; makes it ready where that is due. No lock is held meanwhile.
    fn make_ready(&self, key: &[u8]) -> Option<Arc<RsaKey<L, K>>> {
        if !self.is_due(key) {
            return None;
        }
        let (n, e) = rsa_public::numbers(key)?;
        let exponent = e.iter().fold(0, |sum: u64, &octet| sum << 8 | u64::from(octet));
        let made = Arc::new(RsaKey::new(words(n), exponent));
        let mut ready = self.ready.write().unwrap_or_else(PoisonError::into_inner);
        let ready = ready.get_or_insert_default();
        if ready.len() >= HOT_KEYS_RSA_MAX.value {
            ready.clear();
        }
        ready.insert(key.to_vec(), Arc::clone(&made));
        Some(made)
    }

    fn is_due(&self, key: &[u8]) -> bool {
        let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        let uses = uses.get_or_insert_default();
        if let Some(count) = uses.get_mut(key) {
            *count = count.saturating_add(1);
            let due = *count >= USES_UNTIL_HOT;
            if due {
                uses.remove(key);
            }
            return due;
        }
        if uses.len() >= COUNTED_KEYS_MAX.value {
            uses.clear();
        }
        uses.insert(key.to_vec(), 1);
        false
    }
}

fn settle(answers: &mut [Option<bool>], at: usize, answer: bool) {
    if let Some(place) = answers.get_mut(at) {
        *place = Some(answer);
    }
}

static UP_TO_2048: Engine<32, 4> = Engine::new();
static UP_TO_3072: Engine<48, 6> = Engine::new();
static UP_TO_4096: Engine<64, 8> = Engine::new();

/// Answers what it can of the claims; the rest stays as it is.
pub(super) fn answer(token: Avx512, claims: &[&SignatureClaim<'_>], answers: &mut [Option<bool>]) {
    let places = |bits: std::ops::RangeInclusive<usize>| -> Vec<usize> {
        let of_size = |claim: &SignatureClaim<'_>| {
            let rsa = matches!(claim.algorithm, SignatureAlgorithm::RsaPkcs1(_) | SignatureAlgorithm::RsaPss(_));
            rsa && bits.contains(&claim.key.key_bits())
        };
        claims.iter().enumerate().filter(|(_, claim)| of_size(claim)).map(|(at, _)| at).collect()
    };
    UP_TO_2048.answer(token, &places(1024..=2048), claims, answers);
    UP_TO_3072.answer(token, &places(2049..=3072), claims, answers);
    UP_TO_4096.answer(token, &places(3073..=4096), claims, answers);
}
