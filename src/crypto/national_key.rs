//! Public keys of China, Belarus and Ukraine, out of their SubjectPublicKeyInfo.

use const_oid::ObjectIdentifier;

use super::bign::{self, BignLevel};
use super::dstu4145::{self, Dstu4145Point, NoPoint};
use super::key::{ID_EC_PUBLIC_KEY, KeyError, KeyFamily};
use super::sm2;
use crate::codec::der::{self, Tlv};

/// A key that was read and checked.
#[derive(Debug)]
pub(super) struct NationalKey {
    pub(super) family: KeyFamily,
    /// Size of the curve's field.
    pub(super) bits: usize,
    /// What the family's verification takes.
    pub(super) octets: Vec<u8>,
    /// Of a Ukrainian key: its curve and point.
    pub(super) dstu: Option<Dstu4145Point>,
}

/// Reads a key; `None` where it is not one of these countries'.
pub(super) fn read(
    oid: ObjectIdentifier,
    params: Option<&Tlv<'_>>,
    key: &[u8],
) -> Result<Option<NationalKey>, KeyError> {
    let names = |name| params.is_some_and(|params| params.raw == der::oid(name));
    // DIVERGENCE D-25: the curve's identifier in place of id-ecPublicKey, beside itself.
    if (oid == ID_EC_PUBLIC_KEY || oid == sm2::ID_SM2) && names(sm2::ID_SM2) {
        let sound = sm2::is_point(key).then(|| key.to_vec());
        return checked(KeyFamily::Sm2, 256, sound).map(Some);
    }
    if oid == sm2::ID_SM2 {
        return Err(KeyError::UnsupportedParameters { oid });
    }
    if oid == bign::ID_KEY {
        let level = BignLevel::ALL.into_iter().find(|level| names(level.curve_oid()));
        let level = level.ok_or(KeyError::UnsupportedParameters { oid })?;
        let sound = bign::is_point(level, key).then(|| key.to_vec());
        return checked(KeyFamily::Bign(level), level.bits(), sound).map(Some);
    }
    if oid == dstu4145::ID_DSTU4145 {
        let unsupported = KeyError::UnsupportedParameters { oid };
        let read = Dstu4145Point::read(params.ok_or(unsupported)?, key)?;
        let point = read.ok_or(unsupported)?.map_err(|NoPoint| KeyError::InvalidPoint)?;
        let (family, bits) = (KeyFamily::Dstu4145, point.bits());
        return Ok(Some(NationalKey { family, bits, octets: key.to_vec(), dstu: Some(point) }));
    }
    Ok(None)
}

fn checked(family: KeyFamily, bits: usize, octets: Option<Vec<u8>>) -> Result<NationalKey, KeyError> {
    Ok(NationalKey { family, bits, octets: octets.ok_or(KeyError::InvalidPoint)?, dstu: None })
}
