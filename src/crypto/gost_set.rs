//! GOST parameter sets: which object identifiers name which curve, for each kind of key.

use const_oid::ObjectIdentifier;

use super::gost::Layout;
use super::key::KeyFamily;
use crate::codec::Malformed;
use crate::codec::der::{self, Tlv, tag};
use crate::kernel::Curve;
use crate::kernel::curves::{CRYPTO_PRO_A, CRYPTO_PRO_B, CRYPTO_PRO_C, TC26_256_A, TC26_512_A, TC26_512_B, TC26_512_C};

/// A curve with the two object identifiers that a key of one family names it by.
#[derive(Debug)]
pub(super) struct ParameterSet {
    pub(super) family: KeyFamily,
    pub(super) curve: CurveRef,
    oid: ObjectIdentifier,
    digest: ObjectIdentifier,
    digest_named: DigestNamed,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum CurveRef {
    Bits256(&'static Curve<4>, Cofactor),
    Bits512(&'static Curve<8>, Cofactor),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cofactor {
    One,
    Four,
}

/// Whether a key names its digest beside its curve.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum DigestNamed {
    /// Required (RFC 4491 §2.3.2; Kazakh practice).
    Always,
    /// We write it; a key without it is read too (RFC 9215 §4.1 demands it of the curves of 2001).
    Written,
    /// We leave it out (RFC 9215 §4.1); a key with it is read too.
    Omitted,
}

const A: CurveRef = CurveRef::Bits256(&CRYPTO_PRO_A, Cofactor::One);
const B: CurveRef = CurveRef::Bits256(&CRYPTO_PRO_B, Cofactor::One);
const C: CurveRef = CurveRef::Bits256(&CRYPTO_PRO_C, Cofactor::One);
const TC26_256: CurveRef = CurveRef::Bits256(&TC26_256_A, Cofactor::Four);
const TC26_512: CurveRef = CurveRef::Bits512(&TC26_512_A, Cofactor::One);
const TC26_512B: CurveRef = CurveRef::Bits512(&TC26_512_B, Cofactor::One);
const TC26_512C: CurveRef = CurveRef::Bits512(&TC26_512_C, Cofactor::Four);

/// The table: parameter set and curve, under the family, its digest, and whether keys name that. The first row of a
/// family is the one that new keys get. A curve has up to four names: of 2001 for signatures (35), of 2001 for key
/// agreement (36), of TC26, and a Kazakh one (RFC 4357 §11.4, RFC 9215 §4.1).
static SETS: [ParameterSet; 20] = {
    use DigestNamed::{Always, Omitted, Written};
    use KeyFamily as K;
    const STREEBOG_256: &str = "1.2.643.7.1.1.2.2";
    const STREEBOG_512: &str = "1.2.643.7.1.1.2.3";
    const CRYPTO_PRO_S_BOX: &str = "1.2.643.2.2.30.1";
    [
        set(K::GostKz512, ("1.2.398.3.10.1.1.2.2.1", TC26_512), ("1.2.398.3.10.1.3.3", Always)),
        set(K::GostKz256, ("1.2.398.3.10.1.1.2.1.1", TC26_256), ("1.2.398.3.10.1.3.2", Always)),
        set(K::GostKz2004, ("1.2.398.3.10.1.1.1.1.1", A), ("1.2.398.3.10.1.3.1.1.0", Always)),
        set(K::Gost2012_512, ("1.2.643.7.1.2.1.2.1", TC26_512), (STREEBOG_512, Omitted)),
        set(K::Gost2012_512, ("1.2.643.7.1.2.1.2.2", TC26_512B), (STREEBOG_512, Omitted)),
        set(K::Gost2012_512, ("1.2.643.7.1.2.1.2.3", TC26_512C), (STREEBOG_512, Omitted)),
        set(K::Gost2012_256, ("1.2.643.7.1.2.1.1.1", TC26_256), (STREEBOG_256, Omitted)),
        set(K::Gost2012_256, ("1.2.643.7.1.2.1.1.2", A), (STREEBOG_256, Omitted)),
        set(K::Gost2012_256, ("1.2.643.7.1.2.1.1.3", B), (STREEBOG_256, Omitted)),
        set(K::Gost2012_256, ("1.2.643.7.1.2.1.1.4", C), (STREEBOG_256, Omitted)),
        set(K::Gost2012_256, ("1.2.643.2.2.35.1", A), (STREEBOG_256, Written)),
        set(K::Gost2012_256, ("1.2.643.2.2.35.2", B), (STREEBOG_256, Written)),
        set(K::Gost2012_256, ("1.2.643.2.2.35.3", C), (STREEBOG_256, Written)),
        set(K::Gost2012_256, ("1.2.643.2.2.36.0", A), (STREEBOG_256, Written)),
        set(K::Gost2012_256, ("1.2.643.2.2.36.1", C), (STREEBOG_256, Written)),
        set(K::Gost2001, ("1.2.643.2.2.35.1", A), (CRYPTO_PRO_S_BOX, Always)),
        set(K::Gost2001, ("1.2.643.2.2.35.2", B), (CRYPTO_PRO_S_BOX, Always)),
        set(K::Gost2001, ("1.2.643.2.2.35.3", C), (CRYPTO_PRO_S_BOX, Always)),
        set(K::Gost2001, ("1.2.643.2.2.36.0", A), (CRYPTO_PRO_S_BOX, Always)),
        set(K::Gost2001, ("1.2.643.2.2.36.1", C), (CRYPTO_PRO_S_BOX, Always)),
    ]
};

const fn set(
    family: KeyFamily,
    (oid, curve): (&str, CurveRef),
    (digest, digest_named): (&str, DigestNamed),
) -> ParameterSet {
    let (oid, digest) = (ObjectIdentifier::new_unwrap(oid), ObjectIdentifier::new_unwrap(digest));
    ParameterSet { family, curve, oid, digest, digest_named }
}

impl ParameterSet {
    /// The set that new keys of a family get.
    pub(super) fn of_family(family: KeyFamily) -> Option<&'static Self> {
        SETS.iter().find(|set| set.family == family)
    }

    /// Finds the set that a key's parameters name: `SEQUENCE { publicKeyParamSet, digestParamSet OPTIONAL,
    /// encryptionParamSet OPTIONAL }` (RFC 4491 §2.3.2, RFC 9215 §4.1). The digest, where it is there, must be the
    /// family's; the third, which Kazakh keys never have, is for key agreement and says nothing of signatures.
    pub(super) fn read(family: KeyFamily, params: &Tlv<'_>) -> Result<Option<&'static Self>, Malformed> {
        if params.tag != tag::SEQUENCE {
            return Ok(None);
        }
        let mut reader = params.reader().named("GostR3410-PublicKeyParameters");
        let oid = reader.oid()?;
        let digest = if reader.is_empty() { None } else { Some(reader.oid()?) };
        if !family.is_kazakh() && !reader.is_empty() {
            reader.oid()?;
        }
        reader.finish()?;
        let fits = |set: &&ParameterSet| {
            let digest_fits = digest.map_or(set.digest_named != DigestNamed::Always, |digest| digest == set.digest);
            set.family == family && set.oid == oid && digest_fits
        };
        Ok(SETS.iter().find(fits))
    }

    /// The `AlgorithmIdentifier` of a key with this set.
    pub(super) fn algorithm_identifier_der(&self) -> Vec<u8> {
        let mut names = der::oid(self.oid);
        if self.digest_named != DigestNamed::Omitted {
            names.extend(der::oid(self.digest));
        }
        der::sequence(&[&der::oid(self.family.oid()), &der::sequence(&[&names])])
    }

    /// Octets of a coordinate, and of a scalar.
    pub(super) fn size(&self) -> usize {
        match self.curve {
            CurveRef::Bits256(..) => 32,
            CurveRef::Bits512(..) => 64,
        }
    }

    /// Whether two sets are one curve under different names.
    pub(super) fn is_same_curve(&self, other: &Self) -> bool {
        match (self.curve, other.curve) {
            (CurveRef::Bits256(mine, _), CurveRef::Bits256(theirs, _)) => std::ptr::eq(mine, theirs),
            (CurveRef::Bits512(mine, _), CurveRef::Bits512(theirs, _)) => std::ptr::eq(mine, theirs),
            _ => false,
        }
    }

    pub(super) fn layout(&self) -> Layout {
        if self.family.is_kazakh() { Layout::Kazakh } else { Layout::Russian }
    }
}

#[cfg(test)]
mod tests;
