//! The parameters of an EC key (RFC 5480 §2.1.1): the name of a curve, or its numbers, matched to a name.

use const_oid::ObjectIdentifier;

use super::ec_curve::{EcCurve, on_curve};
use super::ec_point::{self, be_octets};
use super::key::{ID_EC_PUBLIC_KEY, KeyError};
use super::rsa_public::without_sign_octet;
use crate::codec::Malformed;
use crate::codec::der::{self, Reader, Tlv, tag};
use crate::kernel::Curve;

/// prime-field (ANSI X9.62).
const PRIME_FIELD: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.1.1");

/// The curve that an EC key's parameters mean. Explicit parameters are the curve whose numbers they are, all of them: a
/// key on a curve with another generator would let its maker sign for whoever owns the point (CVE-2020-0601).
pub(super) fn read(params: &Tlv<'_>) -> Result<EcCurve, KeyError> {
    match params.tag {
        tag::OID => named(params).ok_or(KeyError::UnsupportedParameters { oid: ID_EC_PUBLIC_KEY }),
        tag::SEQUENCE => {
            let given = Explicit::read(params)?;
            EcCurve::ALL.into_iter().find(|curve| given.is(*curve)).ok_or(KeyError::UnknownCurve)
        }
        _ => Err(KeyError::UnsupportedParameters { oid: ID_EC_PUBLIC_KEY }),
    }
}

/// The curve that a `namedCurve` names.
pub(super) fn named(params: &Tlv<'_>) -> Option<EcCurve> {
    EcCurve::ALL.into_iter().find(|curve| params.raw == write(*curve))
}

/// The `namedCurve` parameters of an EC key, in DER.
pub(super) fn write(curve: EcCurve) -> Vec<u8> {
    der::oid(curve.oid())
}

/// Explicit parameters as they came (RFC 3279 §2.3.5).
///
/// ```asn1
/// ECParameters ::= SEQUENCE {
///     version  INTEGER { ecpVer1(1) },
///     fieldID  SEQUENCE { fieldType OBJECT IDENTIFIER, prime-p INTEGER },
///     curve    SEQUENCE { a OCTET STRING, b OCTET STRING, seed BIT STRING OPTIONAL },
///     base     OCTET STRING,
///     order    INTEGER,
///     cofactor INTEGER OPTIONAL }
/// ```
struct Explicit<'a> {
    is_prime_field: bool,
    version: u32,
    p: &'a [u8],
    a: &'a [u8],
    b: &'a [u8],
    base: &'a [u8],
    order: &'a [u8],
    cofactor: Option<u32>,
}

impl<'a> Explicit<'a> {
    fn read(params: &Tlv<'a>) -> Result<Self, Malformed> {
        let mut body = params.reader().named("ECParameters");
        let version = body.small_integer()?;
        let mut field = body.sequence()?;
        let is_prime_field = field.oid()? == PRIME_FIELD;
        let p = if is_prime_field { without_sign_octet(field.integer()?) } else { field.any()?.content };
        field.finish()?;
        let mut coefficients = body.sequence()?;
        let (a, b) = (octets(&mut coefficients)?, octets(&mut coefficients)?);
        // How the coefficients were found says nothing about what they are.
        coefficients.optional(tag::BIT_STRING)?;
        coefficients.finish()?;
        let base = octets(&mut body)?;
        let order = without_sign_octet(body.integer()?);
        let cofactor = if body.is_empty() { None } else { Some(body.small_integer()?) };
        body.finish()?;
        Ok(Self { is_prime_field, version, p, a, b, base, order, cofactor })
    }

    fn is(&self, curve: EcCurve) -> bool {
        // The order fixes the cofactor, so it may be left out; all our curves have 1.
        let sound = self.version == 1 && self.is_prime_field && matches!(self.cofactor, None | Some(1));
        sound && on_curve!(curve, arithmetic => self.has_numbers(curve, arithmetic))
    }

    fn has_numbers<const L: usize>(&self, curve: EcCurve, arithmetic: &Curve<L>) -> bool {
        let size = curve.size();
        let number = |words: &[u64; L]| be_octets(words, size);
        let (a, b) = arithmetic.coefficients();
        let generator = ec_point::write(arithmetic, size, &arithmetic.generator);
        self.p == number(&arithmetic.field.m)
            && self.a == number(&a)
            && self.b == number(&b)
            && self.order == number(&arithmetic.order.m)
            && ec_point::uncompressed(curve, self.base) == Some(generator)
    }
}

fn octets<'a>(body: &mut Reader<'a>) -> Result<&'a [u8], Malformed> {
    Ok(body.expect(tag::OCTET_STRING)?.content)
}

#[cfg(test)]
mod tests;
