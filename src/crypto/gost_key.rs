//! GOST keys: points and scalars on the curve of their parameter set.

use zeroize::Zeroizing;

use super::entropy::{Entropy, EntropyError};
use super::gost::{self, Layout, Pair};
use super::gost_set::{Cofactor, CurveRef, ParameterSet};
use super::key::KeyFamily;
use super::secret_der;
use crate::codec::der::{self, Encoding, Reader, tag};
use crate::codec::{Malformed, MalformedKind};
use crate::kernel::curve::{from_affine, is_in_subgroup, multiply, to_affine};
use crate::kernel::montgomery::{from_le_octets, is_zero, less};
use crate::kernel::{Curve, Point};

/// A point in the subgroup of prime order of its curve, not at infinity.
#[derive(Debug)]
pub(super) struct GostPoint {
    pub(super) set: &'static ParameterSet,
    pub(super) words: PointWords,
}

#[derive(Debug)]
pub(super) enum PointWords {
    Bits256(&'static Curve<4>, Point<4>),
    Bits512(&'static Curve<8>, Point<8>),
}

impl GostPoint {
    /// Reads the contents of the key's BIT STRING: an OCTET STRING of `x ‖ y`, each little-endian.
    pub(super) fn read(set: &'static ParameterSet, key: &[u8]) -> Result<Option<Self>, Malformed> {
        let mut reader = Reader::new(key, Encoding::Der, "GostR3410-PublicKey");
        let octets = reader.expect(tag::OCTET_STRING)?.content;
        reader.finish()?;
        let Some((x, y)) = octets.split_at_checked(set.size()) else { return Ok(None) };
        if y.len() != set.size() {
            return Ok(None);
        }
        let words = match set.curve {
            CurveRef::Bits256(curve, cofactor) => {
                sound_point(curve, cofactor, (x, y)).map(|point| PointWords::Bits256(curve, point))
            }
            CurveRef::Bits512(curve, cofactor) => {
                sound_point(curve, cofactor, (x, y)).map(|point| PointWords::Bits512(curve, point))
            }
        };
        Ok(words.map(|words| Self { set, words }))
    }

    /// Whether `value` is this key's signature over a message with this digest.
    pub(super) fn verify(&self, digest: &[u8], value: &[u8]) -> bool {
        match &self.words {
            PointWords::Bits256(curve, point) => Self::verify_on(curve, point, digest, (value, self.set.layout())),
            PointWords::Bits512(curve, point) => Self::verify_on(curve, point, digest, (value, self.set.layout())),
        }
    }

    fn verify_on<const L: usize>(
        curve: &Curve<L>,
        point: &Point<L>,
        digest: &[u8],
        (value, layout): (&[u8], Layout),
    ) -> bool {
        let e = gost::digest_number(&curve.order, digest);
        Pair::read(value, layout).is_some_and(|pair| gost::verify(curve, point, &e, &pair))
    }
}

/// The point with these little-endian coordinates, where it lies on the curve and in the subgroup of prime order.
fn sound_point<const L: usize>(curve: &Curve<L>, cofactor: Cofactor, (x, y): (&[u8], &[u8])) -> Option<Point<L>> {
    let point = from_affine(curve, &from_le_octets(x), &from_le_octets(y))?;
    (cofactor == Cofactor::One || is_in_subgroup(curve, &point)).then_some(point)
}

/// A secret scalar from 1 to `q − 1`.
pub(super) struct GostScalar {
    pub(super) set: &'static ParameterSet,
    words: ScalarWords,
}

enum ScalarWords {
    Bits256(&'static Curve<4>, Zeroizing<[u64; 4]>),
    Bits512(&'static Curve<8>, Zeroizing<[u64; 8]>),
}

impl GostScalar {
    /// Draws a scalar.
    pub(super) fn generate(set: &'static ParameterSet, entropy: &mut dyn Entropy) -> Result<Self, EntropyError> {
        let words = match set.curve {
            CurveRef::Bits256(curve, _) => {
                ScalarWords::Bits256(curve, gost::random_scalar(&curve.order, |out| entropy.fill(out))?)
            }
            CurveRef::Bits512(curve, _) => {
                ScalarWords::Bits512(curve, gost::random_scalar(&curve.order, |out| entropy.fill(out))?)
            }
        };
        Ok(Self { set, words })
    }

    /// Reads the contents of PKCS#8's privateKey: an OCTET STRING (little-endian), an INTEGER, or bare octets
    /// (little-endian). *Gives* every reading from 1 to `q − 1`: none, one or two.
    ///
    /// Bare octets are those of exactly the scalar's size; a shorter number with its tag and length can have that size
    /// too. Kazakh keys of 2004, which are INTEGERs, are never bare.
    pub(super) fn read(set: &'static ParameterSet, private_key: &[u8]) -> Result<Vec<Self>, Malformed> {
        let wrapped = unwrapped(private_key).map(|octets| Self::from_octets(set, octets));
        if private_key.len() != set.size() || set.family == KeyFamily::GostKz2004 {
            return Ok(wrapped?.into_iter().collect());
        }
        let bare = Self::from_octets(set, Zeroizing::new(private_key.to_vec()));
        Ok(bare.into_iter().chain(wrapped.ok().flatten()).collect())
    }

    /// The scalar in these little-endian octets; `None`: zero, or not below the order.
    fn from_octets(set: &'static ParameterSet, mut octets: Zeroizing<Vec<u8>>) -> Option<Self> {
        while octets.last() == Some(&0) {
            octets.pop();
        }
        if octets.len() > set.size() {
            return None;
        }
        let words = match set.curve {
            CurveRef::Bits256(curve, _) => in_range(curve, &octets).map(|words| ScalarWords::Bits256(curve, words)),
            CurveRef::Bits512(curve, _) => in_range(curve, &octets).map(|words| ScalarWords::Bits512(curve, words)),
        };
        words.map(|words| Self { set, words })
    }

    /// Writes the contents of PKCS#8's privateKey, as the family has it: an INTEGER for Kazakh keys of 2004, an OCTET
    /// STRING (little-endian) for all others.
    pub(super) fn write(&self) -> Zeroizing<Vec<u8>> {
        let mut octets = Zeroizing::new(match &self.words {
            ScalarWords::Bits256(_, words) => gost::le_octets(words),
            ScalarWords::Bits512(_, words) => gost::le_octets(words),
        });
        if self.set.family != KeyFamily::GostKz2004 {
            return secret_der::octet_string(&octets);
        }
        octets.reverse();
        secret_der::integer(&octets)
    }

    /// The contents of the BIT STRING of the public key.
    pub(super) fn public_octets(&self) -> Vec<u8> {
        fn derive<const L: usize>(curve: &Curve<L>, d: &[u64; L]) -> Vec<u8> {
            let (x, y) = to_affine(curve, &multiply(curve, d, &curve.generator));
            der::octet_string(&[gost::le_octets(&x), gost::le_octets(&y)].concat())
        }
        match &self.words {
            ScalarWords::Bits256(curve, d) => derive(curve, d),
            ScalarWords::Bits512(curve, d) => derive(curve, d),
        }
    }

    /// Signs a digest.
    pub(super) fn sign(&self, digest: &[u8]) -> Vec<u8> {
        match &self.words {
            ScalarWords::Bits256(curve, d) => gost::sign(curve, d, digest).write(self.set.layout()),
            ScalarWords::Bits512(curve, d) => gost::sign(curve, d, digest).write(self.set.layout()),
        }
    }
}

/// The little-endian octets inside of an OCTET STRING or an INTEGER.
fn unwrapped(private_key: &[u8]) -> Result<Zeroizing<Vec<u8>>, Malformed> {
    let value = Reader::single(private_key, Encoding::Ber, "GostR3410-PrivateKey")?;
    match value.tag {
        tag::OCTET_STRING => Ok(Zeroizing::new(value.content.to_vec())),
        tag::INTEGER => Ok(Zeroizing::new(value.integer()?.iter().rev().copied().collect())),
        _ => Err(value.malformed(MalformedKind::Value)),
    }
}

fn in_range<const L: usize>(curve: &Curve<L>, little_endian: &[u8]) -> Option<Zeroizing<[u64; L]>> {
    let d = Zeroizing::new(from_le_octets::<L>(little_endian));
    (!is_zero(&d) && less(&d, &curve.order.m)).then_some(d)
}
