//! Private keys of ML-DSA in the three forms of RFC 9881 §6, each held to itself before it is used.

use ml_dsa::{ExpandedSigningKey, MlDsa44, MlDsa65, MlDsa87, MlDsaParams, Seed};
use zeroize::Zeroizing;

use super::entropy::Entropy;
use super::key::KeyError;
use super::mldsa::{self, MlDsaSet};
use super::secret_der;
use super::xof::shake256;
use crate::codec::MalformedKind;
use crate::codec::der::{Encoding, Reader, tag};

/// Messages that a key which was read in expanded form signs on trial.
const TRIALS: u8 = 8;

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
        let expanded = match set {
            MlDsaSet::MlDsa44 => expand(octets, (2, 8)).map(Expanded::MlDsa44),
            MlDsaSet::MlDsa65 => expand(octets, (4, 11)).map(Expanded::MlDsa65),
            MlDsaSet::MlDsa87 => expand(octets, (2, 15)).map(Expanded::MlDsa87),
        };
        let key = Self::new(set, None, expanded.ok_or(KeyError::InvalidScalar)?);
        // tr is the hash of the public key that follows from all but t0. One coefficient of t0 amiss spoils every second
        // value: what the trials miss is met when a value is verified, and never given out.
        let tr = octets.get(TR_AT..SECRETS_AT).ok_or(KeyError::InvalidScalar)?;
        let signs = |trial: u8| {
            let value = key.sign(&[trial]);
            value.is_some_and(|value| mldsa::verify(set, key.public_octets(), &[trial], &value))
        };
        let sound = shake256(&[key.public_octets()], tr.len()) == tr && (0..TRIALS).all(signs);
        if sound { Ok(key) } else { Err(KeyError::InvalidScalar) }
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

/// Reads an expanded key whose `polynomials` of `s1` and `s2` have coefficients from −`eta` to `eta`: the crate does not
/// look, and computes nonsense or stops with others.
#[expect(deprecated, reason = "keys in this form are in use; what is read is checked before the crate sees it")]
fn expand<P: MlDsaParams>(octets: &[u8], (eta, polynomials): (u8, usize)) -> Option<Box<ExpandedSigningKey<P>>> {
    // 256 coefficients of a polynomial, each `η − x` in so many bits.
    let bits: usize = if eta == 2 { 3 } else { 4 };
    let size = polynomials.checked_mul(bits)?.checked_mul(32)?;
    let secrets = octets.get(SECRETS_AT..SECRETS_AT.checked_add(size)?)?;
    let largest = eta.checked_mul(2)?;
    if !coefficients(secrets, bits).all(|x| x <= largest) {
        return None;
    }
    Some(Box::new(ExpandedSigningKey::from_expanded(&octets.try_into().ok()?)))
}

/// Numbers of `bits` bits, packed with the lowest first (FIPS 204 algorithm 19).
fn coefficients(octets: &[u8], bits: usize) -> impl Iterator<Item = u8> {
    let all: Vec<u8> = octets.iter().flat_map(|octet| (0..8).map(move |i| *octet >> i & 1)).collect();
    let numbers: Vec<u8> = all.chunks(bits).map(|bits| bits.iter().rev().fold(0, |x, bit| x << 1 | bit)).collect();
    numbers.into_iter()
}

#[cfg(test)]
mod tests;
