//! DSTU 4145-2002: keys and signatures of Ukraine in a polynomial basis, little-endian; verified, not made.

use const_oid::ObjectIdentifier;

use crate::codec::Malformed;
use crate::codec::der::{self, Encoding, Reader, Tlv, tag};
use crate::kernel::binary::{BinaryCurve, DSTU_257, DSTU_431, Element, expand, is_scalar, multiply, sum_of_multiples};
use crate::kernel::montgomery::{from_le_octets, is_zero, to_le_octets};

/// DSTU 4145 with GOST 34.311 in a polynomial basis, octets little-endian: of keys and of signatures alike.
pub(super) const ID_DSTU4145: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.804.2.1.1.1.1.3.1.1");

/// The curves that are met, with the names they have beside their numbers.
static CURVES: [(&BinaryCurve, ObjectIdentifier); 2] = [
    (&DSTU_257, ObjectIdentifier::new_unwrap("1.2.804.2.1.1.1.1.3.1.1.2.6")),
    (&DSTU_431, ObjectIdentifier::new_unwrap("1.2.804.2.1.1.1.1.3.1.1.2.9")),
];

/// The S-box No. 1 of the digest, as keys carry it; another one makes another digest.
const S_BOX: [u8; 64] = [
    0xa9, 0xd6, 0xeb, 0x45, 0xf1, 0x3c, 0x70, 0x82, 0x80, 0xc4, 0x96, 0x7b, 0x23, 0x1f, 0x5e, 0xad, 0xf6, 0x58, 0xeb,
    0xa4, 0xc0, 0x37, 0x29, 0x1d, 0x38, 0xd9, 0x6b, 0xf0, 0x25, 0xca, 0x4e, 0x17, 0xf8, 0xe9, 0x72, 0x0d, 0xc6, 0x15,
    0xb4, 0x3a, 0x28, 0x97, 0x5f, 0x0b, 0xc1, 0xde, 0xa3, 0x64, 0x38, 0xb5, 0x64, 0xea, 0x2c, 0x17, 0x9f, 0xd0, 0x12,
    0x3e, 0x6d, 0xb8, 0xfa, 0xc5, 0x79, 0x04,
];

/// A point in the subgroup of prime order of a curve that is met.
#[derive(Debug)]
pub(super) struct Dstu4145Point {
    curve: &'static BinaryCurve,
    point: (Element, Element),
}

impl Dstu4145Point {
    /// Reads a key: parameters `SEQUENCE { curve, S-box OCTET STRING OPTIONAL }`, in the BIT STRING an OCTET STRING with
    /// the compressed point, little-endian. `None`: another curve or S-box.
    ///
    /// A curve given by its numbers is one of ours where every number is the same.
    pub(super) fn read(params: &Tlv<'_>, key: &[u8]) -> Result<Option<Result<Self, NoPoint>>, Malformed> {
        if params.tag != tag::SEQUENCE {
            return Ok(None);
        }
        let mut reader = params.reader().named("DSTU4145Params");
        let named = reader.any()?;
        let s_box = reader.optional(tag::OCTET_STRING)?;
        reader.finish()?;
        let curve = CURVES.iter().find(|(curve, oid)| named.raw == der::oid(*oid) || named.raw == numbers(curve));
        let Some((curve, _)) = curve.filter(|_| s_box.is_none_or(|s_box| s_box.content == S_BOX)) else {
            return Ok(None);
        };
        let mut reader = Reader::new(key, Encoding::Der, "DSTU4145PublicKey");
        let octets = reader.expect(tag::OCTET_STRING)?.content;
        reader.finish()?;
        Ok(Some(Self::expand(curve, octets)))
    }

    fn expand(curve: &'static BinaryCurve, octets: &[u8]) -> Result<Self, NoPoint> {
        let compressed = (octets.len() == curve.degree.div_ceil(8)).then(|| from_le_octets(octets));
        let point = compressed.and_then(|compressed| expand(curve, &compressed)).ok_or(NoPoint)?;
        Ok(Self { curve, point })
    }

    /// The degree of the field.
    pub(super) fn bits(&self) -> usize {
        self.curve.degree
    }

    /// DSTU 4145 §13. *Takes* the digest, and `r ‖ s`, each little-endian: bare as in CMS, or in an OCTET STRING as in
    /// certificates.
    pub(super) fn verify(&self, digest: &[u8], value: &[u8]) -> bool {
        self.holds(digest, value) == Some(true)
    }

    fn holds(&self, digest: &[u8], value: &[u8]) -> Option<bool> {
        let curve = self.curve;
        let order_bits = bits(&curve.order);
        let half = order_bits.div_ceil(8);
        let both = if value.len() == half.checked_mul(2)? { value } else { wrapped(value)? };
        let (r, s) = both.split_at_checked(half).filter(|(_, s)| s.len() == half)?;
        let (r, s): (Element, Element) = (from_le_octets(r), from_le_octets(s));
        if !is_scalar(curve, &r) || !is_scalar(curve, &s) {
            return None;
        }
        // The digest as an element of the field: all curves that are met are longer than it. Zero counts as one.
        let mut h: Element = from_le_octets(digest);
        if is_zero(&h) {
            h = from_le_octets(&[1]);
        }
        let x = sum_of_multiples(curve, &s, (&r, &self.point))?;
        // As many of the lowest bits as are below the order whatever they are: one fewer than it has.
        Some(lowest(&multiply(curve, &h, &x), order_bits.checked_sub(1)?) == r)
    }
}

/// The octets are no point of the curve's subgroup.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoPoint;

fn wrapped(value: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(value, Encoding::Der, "DSTU4145Signature");
    let octets = reader.expect(tag::OCTET_STRING).ok()?.content;
    reader.finish().ok()?;
    Some(octets)
}

/// The curve as keys give it by its numbers: `SEQUENCE { SEQUENCE { m, k }, a, b, n, P }`, elements little-endian, `P`
/// compressed.
fn numbers(curve: &BinaryCurve) -> Vec<u8> {
    let number = |n: usize| der::integer_u64(u64::try_from(n).unwrap_or(u64::MAX));
    let middle: Vec<Vec<u8>> = curve.terms.iter().rev().filter(|term| **term != 0).map(|term| number(*term)).collect();
    let middle = match middle.as_slice() {
        [one] => one.clone(),
        several => der::sequence(&several.iter().map(Vec::as_slice).collect::<Vec<_>>()),
    };
    let field = der::sequence(&[&number(curve.degree), &middle]);
    let element = |words: &Element| {
        let mut octets = vec![0; curve.degree.div_ceil(8)];
        to_le_octets(words, &mut octets);
        octets
    };
    let order: Vec<u8> = element(&curve.order).into_iter().rev().collect();
    der::sequence(&[
        &field,
        &der::integer_u64(curve.a),
        &der::octet_string(&element(&curve.b)),
        &der::integer(&order),
        &der::octet_string(&element(&crate::kernel::binary::compressed(curve, &curve.generator))),
    ])
}

/// The number of significant bits.
fn bits(words: &Element) -> usize {
    let mut octets = [0; 56];
    to_le_octets(words, &mut octets);
    let top = octets.iter().rposition(|octet| *octet != 0);
    let significant = |at: usize| octets.get(at).map_or(0, |octet| u8::BITS.saturating_sub(octet.leading_zeros()));
    top.map_or(0, |at| at.saturating_mul(8).saturating_add(usize::try_from(significant(at)).unwrap_or(0)))
}

/// The number of the lowest `count` bits.
fn lowest(words: &Element, count: usize) -> Element {
    let mut octets = [0; 56];
    to_le_octets(words, &mut octets);
    let (whole, rest) = (count / 8, count % 8);
    for octet in octets.iter_mut().skip(whole.saturating_add(1)) {
        *octet = 0;
    }
    if let Some(octet) = octets.get_mut(whole) {
        *octet &= match rest {
            0 => 0,
            bits => u8::MAX >> 8_usize.saturating_sub(bits),
        };
    }
    from_le_octets(&octets)
}

#[cfg(test)]
mod tests;
