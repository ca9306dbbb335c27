//! GOST keys: which object identifiers name which curve, and points and scalars on it.

use const_oid::ObjectIdentifier;
use zeroize::Zeroizing;

use super::entropy::{Entropy, EntropyError};
use super::gost::{self, Layout, Pair};
use super::key::KeyFamily;
use super::secret_der;
use crate::codec::der::{self, Encoding, Reader, Tlv, tag};
use crate::codec::{Malformed, MalformedKind};
use crate::kernel::curve::{from_affine, is_in_subgroup, multiply, to_affine};
use crate::kernel::curves::{CRYPTO_PRO_A, TC26_256_A, TC26_512_A};
use crate::kernel::montgomery::{from_le_octets, is_zero, less};
use crate::kernel::{Curve, Point};

/// A curve with the two object identifiers that a key of one family names it by.
#[derive(Debug)]
pub(super) struct ParameterSet {
    pub(super) family: KeyFamily,
    oid: ObjectIdentifier,
    digest: ObjectIdentifier,
    curve: CurveRef,
}

#[derive(Clone, Copy, Debug)]
enum CurveRef {
    Bits256(&'static Curve<4>, Cofactor),
    Bits512(&'static Curve<8>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Cofactor {
    One,
    Four,
}

const fn set(family: KeyFamily, oid: &str, digest: &str, curve: CurveRef) -> ParameterSet {
    ParameterSet { family, oid: ObjectIdentifier::new_unwrap(oid), digest: ObjectIdentifier::new_unwrap(digest), curve }
}

const TC26_512: CurveRef = CurveRef::Bits512(&TC26_512_A);
const TC26_256: CurveRef = CurveRef::Bits256(&TC26_256_A, Cofactor::Four);
const CRYPTO_PRO: CurveRef = CurveRef::Bits256(&CRYPTO_PRO_A, Cofactor::One);

/// The table: family, parameter set, digest, curve. The first row of a family is the one that new keys get.
static SETS: [ParameterSet; 8] = [
    set(KeyFamily::GostKz512, "1.2.398.3.10.1.1.2.2.1", "1.2.398.3.10.1.3.3", TC26_512),
    set(KeyFamily::GostKz256, "1.2.398.3.10.1.1.2.1.1", "1.2.398.3.10.1.3.2", TC26_256),
    set(KeyFamily::GostKz2004, "1.2.398.3.10.1.1.1.1.1", "1.2.398.3.10.1.3.1.1.0", CRYPTO_PRO),
    set(KeyFamily::Gost2012_512, "1.2.643.7.1.2.1.2.1", "1.2.643.7.1.1.2.3", TC26_512),
    set(KeyFamily::Gost2012_256, "1.2.643.7.1.2.1.1.1", "1.2.643.7.1.1.2.2", TC26_256),
    // RFC 9215 §4.1: the curve CryptoPro-A under its new name, its old name and its name for key agreement.
    set(KeyFamily::Gost2012_256, "1.2.643.7.1.2.1.1.2", "1.2.643.7.1.1.2.2", CRYPTO_PRO),
    set(KeyFamily::Gost2012_256, "1.2.643.2.2.35.1", "1.2.643.7.1.1.2.2", CRYPTO_PRO),
    set(KeyFamily::Gost2012_256, "1.2.643.2.2.36.0", "1.2.643.7.1.1.2.2", CRYPTO_PRO),
];

impl ParameterSet {
    /// The set that new keys of a family get.
    pub(super) fn of_family(family: KeyFamily) -> Option<&'static Self> {
        SETS.iter().find(|set| set.family == family)
    }

    /// Finds the set that a key's parameters name: `SEQUENCE { publicKeyParamSet, digestParamSet }`. Kazakh keys carry
    /// both, Russian ones may leave the second out (RFC 9215 §4.1); where it is there it must be the family's.
    pub(super) fn read(family: KeyFamily, params: &Tlv<'_>) -> Result<Option<&'static Self>, Malformed> {
        if params.tag != tag::SEQUENCE {
            return Ok(None);
        }
        let mut reader = params.reader().named("GostR3410-PublicKeyParameters");
        let oid = reader.oid()?;
        let digest = if reader.is_empty() { None } else { Some(reader.oid()?) };
        reader.finish()?;
        let fits = |set: &&ParameterSet| {
            let digest_fits = digest.map_or(!family.is_kazakh(), |digest| digest == set.digest);
            set.family == family && set.oid == oid && digest_fits
        };
        Ok(SETS.iter().find(fits))
    }

    /// The `AlgorithmIdentifier` of a key with this set.
    pub(super) fn algorithm_identifier_der(&self) -> Vec<u8> {
        let mut names = der::oid(self.oid);
        if self.family.is_kazakh() {
            names.extend(der::oid(self.digest));
        }
        der::sequence(&[&der::oid(self.family.oid()), &der::sequence(&[&names])])
    }

    /// Octets of a coordinate, and of a scalar.
    pub(super) fn size(&self) -> usize {
        match self.curve {
            CurveRef::Bits256(..) => 32,
            CurveRef::Bits512(_) => 64,
        }
    }

    /// Whether two sets are one curve under different names.
    pub(super) fn is_same_curve(&self, other: &Self) -> bool {
        match (self.curve, other.curve) {
            (CurveRef::Bits256(mine, _), CurveRef::Bits256(theirs, _)) => std::ptr::eq(mine, theirs),
            (CurveRef::Bits512(mine), CurveRef::Bits512(theirs)) => std::ptr::eq(mine, theirs),
            _ => false,
        }
    }

    fn layout(&self) -> Layout {
        if self.family.is_kazakh() { Layout::Kazakh } else { Layout::Russian }
    }
}

/// A point in the subgroup of prime order of its curve, not at infinity.
#[derive(Debug)]
pub(super) struct GostPoint {
    pub(super) set: &'static ParameterSet,
    words: PointWords,
}

#[derive(Debug)]
enum PointWords {
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
            CurveRef::Bits256(curve, cofactor) => from_affine(curve, &from_le_octets(x), &from_le_octets(y))
                .filter(|point| cofactor == Cofactor::One || is_in_subgroup(curve, point))
                .map(|point| PointWords::Bits256(curve, point)),
            CurveRef::Bits512(curve) => from_affine(curve, &from_le_octets(x), &from_le_octets(y))
                .map(|point| PointWords::Bits512(curve, point)),
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
            CurveRef::Bits512(curve) => {
                ScalarWords::Bits512(curve, gost::random_scalar(&curve.order, |out| entropy.fill(out))?)
            }
        };
        Ok(Self { set, words })
    }

    /// Reads the contents of PKCS#8's privateKey: an OCTET STRING (little-endian), an INTEGER, or bare octets
    /// (little-endian). `None`: zero, or not below the order.
    ///
    /// Bare octets are those of exactly the scalar's size; an INTEGER can have that size too, but Kazakh keys of 2004,
    /// which are INTEGERs, are never bare.
    pub(super) fn read(set: &'static ParameterSet, private_key: &[u8]) -> Result<Option<Self>, Malformed> {
        let bare = private_key.len() == set.size() && set.family != KeyFamily::GostKz2004;
        let mut octets = if bare {
            Zeroizing::new(private_key.to_vec())
        } else {
            let value = Reader::single(private_key, Encoding::Ber, "GostR3410-PrivateKey")?;
            match value.tag {
                tag::OCTET_STRING => Zeroizing::new(value.content.to_vec()),
                tag::INTEGER => Zeroizing::new(value.integer()?.iter().rev().copied().collect()),
                _ => return Err(value.malformed(MalformedKind::Value)),
            }
        };
        while octets.last() == Some(&0) {
            octets.pop();
        }
        if octets.len() > set.size() {
            return Ok(None);
        }
        let words = match set.curve {
            CurveRef::Bits256(curve, _) => in_range(curve, &octets).map(|words| ScalarWords::Bits256(curve, words)),
            CurveRef::Bits512(curve) => in_range(curve, &octets).map(|words| ScalarWords::Bits512(curve, words)),
        };
        Ok(words.map(|words| Self { set, words }))
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

fn in_range<const L: usize>(curve: &Curve<L>, little_endian: &[u8]) -> Option<Zeroizing<[u64; L]>> {
    let d = Zeroizing::new(from_le_octets::<L>(little_endian));
    (!is_zero(&d) && less(&d, &curve.order.m)).then_some(d)
}
