//! Curves `y² + xy = x³ + ax² + b` over GF(2^m) in a polynomial basis, for verification: time and branches tell every
//! argument.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::many_single_char_names,
    reason = "a kernel: indices are below the number of words, bits below the degree"
)]

use super::montgomery::{from_hex, is_zero, less};

/// Words of an element: room for 448 bits.
const L: usize = 7;

/// An element of the field, or a scalar; least significant word first.
pub type Element = [u64; L];

/// A curve with a subgroup of prime order.
#[derive(Debug)]
pub struct BinaryCurve {
    /// The degree `m` of the field.
    pub degree: usize,
    /// Exponents of the field's polynomial below `m`, falling.
    pub terms: &'static [usize],
    /// The coefficient `a`, 0 or 1.
    pub a: u64,
    /// The coefficient `b`.
    pub b: Element,
    /// The prime order of the subgroup.
    pub order: Element,
    /// The point that generates the subgroup.
    pub generator: (Element, Element),
}

/// M257_PB of DSTU 4145-2002, as Ukrainian certificates carry it; cofactor 4.
pub static DSTU_257: BinaryCurve = BinaryCurve {
    degree: 257,
    terms: &[12, 0],
    a: 0,
    b: from_hex(
        "000000000000000000000000000000000000000000000001CEF494720115657E18F938D7A7942394FF9425C1458C57861F9EEA6ADBE3BE10",
    ),
    order: from_hex(
        "000000000000000000000000000000000000000000000000800000000000000000000000000000006759213AF182E987D3E17714907D470D",
    ),
    generator: (
        from_hex(
            "0000000000000000000000000000000000000000000000002A29EF207D0E9B6C55CD260B306C7E007AC491CA1B10C62334A9E8DCD8D20FB7",
        ),
        from_hex(
            "0000000000000000000000000000000000000000000000010686D41FF744D4449FCCF6D8EEA03102E6812C93A9D60B978B702CF156D814EF",
        ),
    ),
};

/// M431_PB of DSTU 4145-2002, as Ukrainian certificates carry it; cofactor 2.
pub static DSTU_431: BinaryCurve = BinaryCurve {
    degree: 431,
    terms: &[5, 3, 1, 0],
    a: 1,
    b: from_hex(
        "000003CE10490F6A708FC26DFE8C3D27C4F94E690134D5BFF988D8D28AAEAEDE975936C66BAC536B18AE2DC312CA493117DAA469C640CAF3",
    ),
    order: from_hex(
        "00003FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFBA3175458009A8C0A724F02F81AA8A1FCBAF80D90C7A95110504CF",
    ),
    generator: (
        from_hex(
            "00001A62BA79D98133A16BBAE7ED9A8E03C32E0824D57AEF72F88986874E5AAE49C27BED49A2A95058068426C2171E99FD3B43C5947C857D",
        ),
        from_hex(
            "000070B5E1E14031C1F70BBEFE96BDDE66F451754B4CA5F48DA241F331AA396B8D1839A855C1769B1EA14BA53308B5E2723724E090E02DB9",
        ),
    ),
};

const ZERO: Element = [0; L];
const ONE: Element = [1, 0, 0, 0, 0, 0, 0];

/// A point in López and Dahab's coordinates: `x = X/Z`, `y = Y/Z²`; `Z = 0` at infinity.
#[derive(Clone, Copy, Debug)]
struct Projective {
    x: Element,
    y: Element,
    z: Element,
}

/// `a·b` in the field, of elements of degree below `m`.
pub fn multiply(curve: &BinaryCurve, a: &Element, b: &Element) -> Element {
    // Every multiple of b by four bits; 64·L bits are more than m + 3.
    let mut multiples = [ZERO; 16];
    for i in 1..16 {
        let half = shifted(&multiples[i / 2]);
        multiples[i] = if i % 2 == 1 { sum(&half, b) } else { half };
    }
    let mut product = [0; 2 * L];
    for nibble in (0..16).rev() {
        if nibble != 15 {
            for word in (1..2 * L).rev() {
                product[word] = (product[word] << 4) | (product[word - 1] >> 60);
            }
            product[0] <<= 4;
        }
        for (at, word) in a.iter().enumerate() {
            let digit = (word >> (4 * nibble)) & 15;
            let multiple = multiples[usize::try_from(digit).unwrap_or(0)];
            for (to, from) in product[at..at + L].iter_mut().zip(multiple) {
                *to ^= from;
            }
        }
    }
    reduced(curve, product)
}

/// Takes away multiples of the field's polynomial, a word at a time from the top. The exponents below `m` are so far
/// below it that what is carried down from a word never reaches it again.
fn reduced(curve: &BinaryCurve, mut product: [u64; 2 * L]) -> Element {
    let (last, used) = (curve.degree / 64, curve.degree % 64);
    for word in (last + 1..2 * L).rev() {
        let high = std::mem::take(&mut product[word]);
        carry_down(&mut product, curve, (64 * word - curve.degree, high));
    }
    let high = product[last] >> used;
    product[last] &= (1 << used) - 1;
    carry_down(&mut product, curve, (0, high));
    let mut element = ZERO;
    element.copy_from_slice(&product[..L]);
    element
}

/// Adds `high · (x^m mod f) · x^at`.
fn carry_down(product: &mut [u64; 2 * L], curve: &BinaryCurve, (at, high): (usize, u64)) {
    for term in curve.terms {
        let to = at + term;
        product[to / 64] ^= high << (to % 64);
        if !to.is_multiple_of(64) {
            product[to / 64 + 1] ^= high >> (64 - to % 64);
        }
    }
}

fn shifted(a: &Element) -> Element {
    let mut out = ZERO;
    for i in 0..L {
        out[i] = (a[i] << 1) | if i == 0 { 0 } else { a[i - 1] >> 63 };
    }
    out
}

fn sum(a: &Element, b: &Element) -> Element {
    let mut out = *a;
    for (to, from) in out.iter_mut().zip(b) {
        *to ^= from;
    }
    out
}

/// `a²`: a zero between every two bits.
fn square(curve: &BinaryCurve, a: &Element) -> Element {
    let mut product = [0; 2 * L];
    for (at, word) in a.iter().enumerate() {
        product[2 * at] = spread(word & 0xffff_ffff);
        product[2 * at + 1] = spread(word >> 32);
    }
    reduced(curve, product)
}

/// The lower 32 bits, each followed by a zero.
fn spread(bits: u64) -> u64 {
    let mut out = bits;
    for (shift, mask) in [
        (16, 0x0000_ffff_0000_ffff),
        (8, 0x00ff_00ff_00ff_00ff),
        (4, 0x0f0f_0f0f_0f0f_0f0f),
        (2, 0x3333_3333_3333_3333),
        (1, 0x5555_5555_5555_5555),
    ] {
        out = (out | (out << shift)) & mask;
    }
    out
}

/// `a⁻¹ = a^(2^m − 2)`; zero stays zero.
fn inverse(curve: &BinaryCurve, a: &Element) -> Element {
    let mut power = ONE;
    // The exponent is m − 1 ones and a zero.
    for _ in 1..curve.degree {
        power = multiply(curve, &square(curve, &power), a);
    }
    square(curve, &power)
}

/// `a + a² + a⁴ + … + a^(2^(m−1))`: 0 or 1.
fn trace(curve: &BinaryCurve, a: &Element) -> u64 {
    let mut conjugate = *a;
    let mut all = *a;
    for _ in 1..curve.degree {
        conjugate = square(curve, &conjugate);
        all = sum(&all, &conjugate);
    }
    all[0] & 1
}

/// A `z` with `z² + z = w`, for the odd degrees that are used: the half-trace. `None` where there is none.
fn solved(curve: &BinaryCurve, w: &Element) -> Option<Element> {
    let mut z = *w;
    for _ in 0..curve.degree / 2 {
        z = sum(&square(curve, &square(curve, &z)), w);
    }
    (sum(&square(curve, &z), &z) == *w).then_some(z)
}

/// Whether a number has no bit at or above the degree.
pub fn is_element(curve: &BinaryCurve, a: &Element) -> bool {
    (curve.degree..64 * L).all(|bit| (a[bit / 64] >> (bit % 64)) & 1 == 0)
}

/// The point that DSTU 4145 §6.9 and §6.10 write as one element: the lowest bit of `x`, which the trace of `x` tells,
/// makes room for the trace of `y/x`. `None` where there is none, or it is outside of the subgroup of prime order.
pub fn expand(curve: &BinaryCurve, compressed: &Element) -> Option<(Element, Element)> {
    if !is_element(curve, compressed) {
        return None;
    }
    let wanted = compressed[0] & 1;
    let mut x = *compressed;
    x[0] &= !1;
    if trace(curve, &x) != curve.a {
        x[0] |= 1;
    }
    if is_zero(&x) {
        return None;
    }
    // With y = xz the curve is z² + z = x + a + b/x².
    let over = inverse(curve, &square(curve, &x));
    let mut w = sum(&x, &multiply(curve, &curve.b, &over));
    w[0] ^= curve.a;
    let mut z = solved(curve, &w)?;
    if trace(curve, &z) != wanted {
        z[0] ^= 1;
    }
    let point = (x, multiply(curve, &x, &z));
    is_in_subgroup(curve, &point).then_some(point)
}

/// The one element that stands for a point.
pub fn compressed(curve: &BinaryCurve, (x, y): &(Element, Element)) -> Element {
    let z = multiply(curve, y, &inverse(curve, x));
    let mut out = *x;
    out[0] = (x[0] & !1) | trace(curve, &z);
    out
}

/// Whether the order of a point of the curve divides that of the subgroup.
fn is_in_subgroup(curve: &BinaryCurve, point: &(Element, Element)) -> bool {
    is_zero(&multiply_two(curve, (&curve.order, point), (&ZERO, point)).z)
}

/// `kG`; for tests, which sign.
#[cfg(test)]
pub(crate) fn multiple_of_generator(curve: &BinaryCurve, k: &Element) -> (Element, Element) {
    let point = multiply_two(curve, (k, &curve.generator), (&ZERO, &curve.generator));
    let over = inverse(curve, &point.z);
    (multiply(curve, &point.x, &over), multiply(curve, &point.y, &square(curve, &over)))
}

/// The first coordinate of `kG + lQ`; `None` at infinity.
pub fn sum_of_multiples(curve: &BinaryCurve, k: &Element, (l, q): (&Element, &(Element, Element))) -> Option<Element> {
    let point = multiply_two(curve, (k, &curve.generator), (l, q));
    (!is_zero(&point.z)).then(|| multiply(curve, &point.x, &inverse(curve, &point.z)))
}

fn multiply_two(
    curve: &BinaryCurve,
    first: (&Element, &(Element, Element)),
    second: (&Element, &(Element, Element)),
) -> Projective {
    let mut point = Projective { x: ONE, y: ZERO, z: ZERO };
    for bit in (0..64 * L).rev() {
        point = doubled(curve, &point);
        for (scalar, addend) in [first, second] {
            if (scalar[bit / 64] >> (bit % 64)) & 1 == 1 {
                point = added(curve, &point, addend);
            }
        }
    }
    point
}

/// López and Dahab (1998); infinity stays there.
fn doubled(curve: &BinaryCurve, p: &Projective) -> Projective {
    if is_zero(&p.z) {
        return *p;
    }
    let times = |a: &Element, b: &Element| multiply(curve, a, b);
    let (xx, zz) = (square(curve, &p.x), square(curve, &p.z));
    let bzzzz = times(&curve.b, &square(curve, &zz));
    let z = times(&xx, &zz);
    let x = sum(&square(curve, &xx), &bzzzz);
    let mut right = sum(&square(curve, &p.y), &bzzzz);
    if curve.a == 1 {
        right = sum(&right, &z);
    }
    Projective { x, y: sum(&times(&bzzzz, &z), &times(&x, &right)), z }
}

/// A point and one in affine coordinates (Hankerson, Menezes and Vanstone, algorithm 3.25).
fn added(curve: &BinaryCurve, p: &Projective, (x2, y2): &(Element, Element)) -> Projective {
    let affine = Projective { x: *x2, y: *y2, z: ONE };
    if is_zero(&p.z) {
        return affine;
    }
    let times = |a: &Element, b: &Element| multiply(curve, a, b);
    let zz = square(curve, &p.z);
    let a = sum(&p.y, &times(&zz, y2));
    let b = sum(&p.x, &times(&p.z, x2));
    if is_zero(&b) {
        // The same first coordinate: the same point, or its negative.
        let infinity = Projective { x: ONE, y: ZERO, z: ZERO };
        return if is_zero(&a) { doubled(curve, &affine) } else { infinity };
    }
    let c = times(&p.z, &b);
    let z = square(curve, &c);
    let ac = times(&a, &c);
    let factor = if curve.a == 1 { sum(&c, &zz) } else { c };
    let x = sum(&sum(&times(&square(curve, &b), &factor), &square(curve, &a)), &ac);
    let left = times(&sum(&ac, &z), &sum(&times(x2, &z), &x));
    let right = times(&square(curve, &z), &sum(x2, y2));
    Projective { x, y: sum(&left, &right), z }
}

/// Whether a number is from 1 to the order less one.
pub fn is_scalar(curve: &BinaryCurve, k: &Element) -> bool {
    !is_zero(k) && less(k, &curve.order)
}

#[cfg(test)]
mod tests;
