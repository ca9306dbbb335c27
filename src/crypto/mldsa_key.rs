//! Private keys of ML-DSA in the three forms of RFC 9881 §6, each held to itself before it is used.

use ml_dsa::{ExpandedSigningKey, MlDsa44, MlDsa65, MlDsa87, MlDsaParams, Seed};
use zeroize::Zeroizing;

use super::entropy::Entropy;
use super::key::KeyError;
use super::mldsa::MlDsaSet;
use super::secret_der;
use super::xof::{shake128, shake256};
use crate::codec::MalformedKind;
use crate::codec::der::{Encoding, Reader, tag};
use crate::kernel::module_lattice::{Polynomial, Q, low_parts, multiply_add, transform, transform_back};

/// Octets of a seed.
const SEED_SIZE: usize = 32;

/// A private key.
pub(super) struct MlDsaSecret {
    set: MlDsaSet,
    /// What the key was made from; absent where only the expanded form was at hand.
    seed: Option<Zeroizing<Vec<u8>>>,
    expanded: Expanded,
    public: Vec<u8>,
}

enum Expanded {
    MlDsa44(Box<ExpandedSigningKey<MlDsa44>>),
    MlDsa65(Box<ExpandedSigningKey<MlDsa65>>),
    MlDsa87(Box<ExpandedSigningKey<MlDsa87>>),
}

/// Evaluates an expression with the expanded key, of whichever set it is.
macro_rules! on_expanded {
    ($expanded:expr, $key:ident => $body:expr) => {
        match $expanded {
            Expanded::MlDsa44($key) => $body,
            Expanded::MlDsa65($key) => $body,
            Expanded::MlDsa87($key) => $body,
        }
    };
}

impl MlDsaSecret {
    /// Draws a key.
    pub(super) fn generate(set: MlDsaSet, entropy: &mut dyn Entropy) -> Result<Self, KeyError> {
        let mut seed = Zeroizing::new(vec![0; SEED_SIZE]);
        entropy.fill(&mut seed)?;
        Self::from_seed(set, &seed)
    }

    /// Reads the contents of PKCS#8's privateKey.
    ///
    /// ```asn1
    /// ML-DSA-PrivateKey ::= CHOICE {
    ///     seed        [0] OCTET STRING (SIZE (32)),
    ///     expandedKey OCTET STRING,
    ///     both        SEQUENCE { seed OCTET STRING (SIZE (32)), expandedKey OCTET STRING } }
    /// ```
    ///
    /// *Errors*: `InvalidScalar` for an expanded key that is none, `PairMismatch` where seed and expanded key are not one
    /// key.
    pub(super) fn read(set: MlDsaSet, private_key: &[u8]) -> Result<Self, KeyError> {
        const SEED: u8 = tag::CONTEXT;
        let value = Reader::single(private_key, Encoding::Der, "ML-DSA-PrivateKey")?;
        match value.tag {
            SEED => Self::from_seed(set, value.content),
            tag::OCTET_STRING => Self::from_expanded(set, value.content),
            tag::SEQUENCE => {
                let mut both = value.reader();
                let [seed, expanded] =
                    [both.expect(tag::OCTET_STRING)?.content, both.expect(tag::OCTET_STRING)?.content];
                both.finish()?;
                let key = Self::from_seed(set, seed)?;
                // RFC 9881 §8: the two must agree.
                if *key.expanded_octets() == expanded { Ok(key) } else { Err(KeyError::PairMismatch) }
            }
            _ => Err(value.malformed(MalformedKind::Value).into()),
        }
    }

    /// Writes the contents of PKCS#8's privateKey: the seed, where there is one (RFC 9881 §6 recommends it).
    pub(super) fn write(&self) -> Zeroizing<Vec<u8>> {
        match &self.seed {
            Some(seed) => Zeroizing::new(crate::codec::der::context_primitive(0, seed)),
            None => secret_der::octet_string(&self.expanded_octets()),
        }
    }

    pub(super) fn set(&self) -> MlDsaSet {
        self.set
    }

    /// The contents of the BIT STRING of the public key.
    pub(super) fn public_octets(&self) -> &[u8] {
        &self.public
    }

    /// Signs, in the deterministic variant of FIPS 204 §3.4: nothing is drawn while signing, and every value is verified
    /// before it is given out, which is what the randomness would defend. `None` where the crate finds no value.
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        on_expanded!(&self.expanded, key => Some(key.sign_deterministic(message, &[]).ok()?.encode().to_vec()))
    }

    fn from_seed(set: MlDsaSet, seed: &[u8]) -> Result<Self, KeyError> {
        let array = Zeroizing::new(Seed::try_from(seed).map_err(|_| KeyError::InvalidScalar)?);
        let expanded = match set {
            MlDsaSet::MlDsa44 => Expanded::MlDsa44(Box::new(ExpandedSigningKey::from_seed(&array))),
            MlDsaSet::MlDsa65 => Expanded::MlDsa65(Box::new(ExpandedSigningKey::from_seed(&array))),
            MlDsaSet::MlDsa87 => Expanded::MlDsa87(Box::new(ExpandedSigningKey::from_seed(&array))),
        };
        Ok(Self::new(set, Some(Zeroizing::new(seed.to_vec())), expanded))
    }

    fn from_expanded(set: MlDsaSet, octets: &[u8]) -> Result<Self, KeyError> {
        let shape = Shape::of(set);
        let expanded = if shape.holds(octets) == Some(true) {
            match set {
                MlDsaSet::MlDsa44 => expand(octets).map(Expanded::MlDsa44),
                MlDsaSet::MlDsa65 => expand(octets).map(Expanded::MlDsa65),
                MlDsaSet::MlDsa87 => expand(octets).map(Expanded::MlDsa87),
            }
        } else {
            None
        };
        let key = Self::new(set, None, expanded.ok_or(KeyError::InvalidScalar)?);
        // tr is the hash of the public key that follows from all the rest.
        let tr = octets.get(TR_AT..SECRETS_AT).ok_or(KeyError::InvalidScalar)?;
        if shake256(&[key.public_octets()], tr.len()) == tr { Ok(key) } else { Err(KeyError::InvalidScalar) }
    }

    fn new(set: MlDsaSet, seed: Option<Zeroizing<Vec<u8>>>, expanded: Expanded) -> Self {
        let public = on_expanded!(&expanded, key => key.verifying_key().encode().to_vec());
        Self { set, seed, expanded, public }
    }

    #[expect(deprecated, reason = "keys in this form are in use; what is read is checked before the crate sees it")]
    fn expanded_octets(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(on_expanded!(&self.expanded, key => key.to_expanded().to_vec()))
    }
}

/// FIPS 204 algorithm 24: `ρ` and `K` of 32 octets, `tr` of 64, then `s1` and `s2`, then `t0`.
const TR_AT: usize = 64;
const SECRETS_AT: usize = 128;

/// The crate does not look at what it reads, and computes nonsense or stops where `Shape::holds` would have refused.
#[expect(deprecated, reason = "keys in this form are in use; what is read is checked before the crate sees it")]
fn expand<P: MlDsaParams>(octets: &[u8]) -> Option<Box<ExpandedSigningKey<P>>> {
    Some(Box::new(ExpandedSigningKey::from_expanded(&octets.try_into().ok()?)))
}

/// What an expanded key of a set looks like (FIPS 204, table 1).
struct Shape {
    /// Rows and columns of the matrix.
    k: u8,
    l: u8,
    /// Coefficients of the secrets lie from −`eta` to `eta`, packed in so many bits.
    eta: u64,
    eta_bits: usize,
}

impl Shape {
    fn of(set: MlDsaSet) -> Self {
        match set {
            MlDsaSet::MlDsa44 => Self { k: 4, l: 4, eta: 2, eta_bits: 3 },
            MlDsaSet::MlDsa65 => Self { k: 6, l: 5, eta: 4, eta_bits: 4 },
            MlDsaSet::MlDsa87 => Self { k: 8, l: 7, eta: 2, eta_bits: 3 },
        }
    }

    /// Whether the secrets are in range and `t0` is the low part of `A·s1 + s2` (FIPS 204 algorithm 6, lines 3 to 6).
    fn holds(&self, octets: &[u8]) -> Option<bool> {
        let rho = octets.get(..32)?;
        let mut rest = octets.get(SECRETS_AT..)?;
        let [s1, s2] = [self.l, self.k].map(|count| take(&mut rest, (count, self.eta_bits)));
        let (s1, s2, t0) = (s1?, s2?, take(&mut rest, (self.k, T0_BITS))?);
        let secrets = || s1.iter().chain(s2.iter()).flatten();
        // FIPS 204 algorithm 19: packed as η − x.
        if !rest.is_empty() || secrets().any(|x| *x > self.eta.saturating_mul(2)) {
            return Some(false);
        }
        let residue = |x: &u64| Q.saturating_add(self.eta).saturating_sub(*x).checked_rem(Q).unwrap_or(0);
        let mut s1 = Zeroizing::new(s1.iter().map(|s| s.each_ref().map(residue)).collect::<Vec<_>>());
        s1.iter_mut().for_each(transform);
        for (row, (s2, t0)) in (0..self.k).zip(s2.iter().zip(t0.iter())) {
            let mut t = Zeroizing::new([0; 256]);
            for (column, s1) in (0..self.l).zip(s1.iter()) {
                multiply_add(&mut t, &uniform(rho, [column, row])?, s1);
            }
            transform_back(&mut t);
            for (t, s2) in t.iter_mut().zip(s2) {
                *t = t.saturating_add(residue(s2)).checked_rem(Q)?;
            }
            if low_parts(&t) != *t0 {
                return Some(false);
            }
        }
        Some(true)
    }
}

/// Bits of a packed coefficient of `t0`.
const T0_BITS: usize = 13;

/// Takes polynomials off the front, each of 256 numbers of so many bits, the lowest bit first.
fn take(octets: &mut &[u8], (count, bits): (u8, usize)) -> Option<Zeroizing<Vec<Polynomial>>> {
    let size = bits.checked_mul(32)?;
    let mut polynomials = Zeroizing::new(Vec::with_capacity(usize::from(count)));
    for _ in 0..count {
        let (packed, rest) = octets.split_at_checked(size)?;
        *octets = rest;
        let bit = |i: usize| Some(u64::from(*packed.get(i >> 3)? >> (i & 7) & 1));
        let mut polynomial = [0; 256];
        for (i, x) in polynomial.iter_mut().enumerate() {
            for j in (0..bits).rev() {
                *x = *x << 1 | bit(i.checked_mul(bits)?.checked_add(j)?)?;
            }
        }
        polynomials.push(polynomial);
    }
    Some(polynomials)
}

/// RejNTTPoly (FIPS 204 algorithm 30): the transform of one entry of the matrix. `None` where 1,344 octets do not hold
/// 256 residues: one draw in a thousand is above `q`, and there are 448.
fn uniform(rho: &[u8], place: [u8; 2]) -> Option<Polynomial> {
    let stream = shake128(&[rho, &place], 1344);
    let drawn = stream.chunks_exact(3).filter_map(|three| match three {
        [low, middle, high] => Some(u64::from(*low) | u64::from(*middle) << 8 | u64::from(high & 0x7f) << 16),
        _ => None,
    });
    let residues: Vec<u64> = drawn.filter(|x| *x < Q).take(256).collect();
    residues.try_into().ok()
}

#[cfg(test)]
mod tests;
