//! Points of Ed448-Goldilocks, `x² + y² = 1 + dx²y²` with `d = −39081` (RFC 8032 §5.2), in projective coordinates. The
//! law is complete, as `d` is no square. For public values alone: time tells the scalars.
#![expect(clippy::indexing_slicing, reason = "a kernel: indices are bits of a scalar of seven words")]

use super::montgomery::{
    Modulus, add, enter, from_hex, from_le_octets, invert, is_zero, leave, less, mul, square_root, sub, to_le_octets,
};

/// 448 bits.
type Words = [u64; 7];

/// `2^448 − 2^224 − 1`.
const FIELD: Modulus<7> = Modulus::new(from_hex(
    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
));

/// The prime order of the subgroup; the cofactor is 4.
pub static ORDER: Modulus<7> = Modulus::new(from_hex(
    "3FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF7CCA23E9C44EDB49AED63690216CC2728DC58F552378C292AB5844F3",
));

/// `39081` in Montgomery form: `−d`.
const MINUS_D: Words = enter(&FIELD, &[39_081, 0, 0, 0, 0, 0, 0]);

/// The base point.
pub static BASE: Point = Point {
    x: enter(
        &FIELD,
        &from_hex(
            "4F1970C66BED0DED221D15A622BF36DA9E146570470F1767EA6DE324A3D3A46412AE1AF72AB66511433B80E18B00938E2626A82BC70CC05E",
        ),
    ),
    y: enter(
        &FIELD,
        &from_hex(
            "693F46716EB6BC248876203756C9C7624BEA73736CA3984087789C1E05A0C2D73AD3FF1CE67C39C4FDBD132C4ED7C8AD9808795BF230FA14",
        ),
    ),
    z: FIELD.one,
};

/// A point `(X : Y : Z)` in Montgomery form.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    x: Words,
    y: Words,
    z: Words,
}

/// Octets of an encoded point: `y`, and the sign of `x` in the highest bit.
pub const POINT_SIZE: usize = 57;

/// Decodes a point (RFC 8032 §5.2.3); `None` for another length, `y` not below `p`, set bits between `y` and the sign, no
/// `x` of that sign.
pub fn decode(octets: &[u8]) -> Option<Point> {
    let (last, y) = octets.split_last()?;
    if octets.len() != POINT_SIZE || last & 0x7f != 0 {
        return None;
    }
    let y: Words = from_le_octets(y);
    if !less(&y, &FIELD.m) {
        return None;
    }
    let y = enter(&FIELD, &y);
    let yy = mul(&FIELD, &y, &y);
    // x² = (y² − 1) / (dy² − 1), with both signs turned; the denominator is never 0, as d is no square.
    let numerator = sub(&FIELD.m, &FIELD.one, &yy);
    let denominator = add(&FIELD.m, &FIELD.one, &mul(&FIELD, &MINUS_D, &yy));
    let root = square_root(&FIELD, &mul(&FIELD, &numerator, &invert(&FIELD, &denominator)))?;
    let is_odd = leave(&FIELD, &root)[0] & 1 == 1;
    let x = if is_odd == (*last != 0) { root } else { sub(&FIELD.m, &[0; 7], &root) };
    // Zero has no negative.
    let impossible = *last != 0 && is_zero(&x);
    (!impossible).then_some(Point { x, y, z: FIELD.one })
}

/// Encodes a point.
pub fn encode(point: &Point) -> [u8; POINT_SIZE] {
    let inverse = invert(&FIELD, &point.z);
    let [x, y] = [point.x, point.y].map(|coordinate| leave(&FIELD, &mul(&FIELD, &coordinate, &inverse)));
    let mut octets = [0; POINT_SIZE];
    to_le_octets(&y, &mut octets[..POINT_SIZE - 1]);
    if x[0] & 1 == 1 {
        octets[POINT_SIZE - 1] = 0x80;
    }
    octets
}

/// Whether a point is the neutral element `(0, 1)`.
pub fn is_identity(point: &Point) -> bool {
    is_zero(&point.x) && point.y == point.z
}

/// `P + Q` (RFC 8032 §5.2.4).
pub fn add_points(p: &Point, q: &Point) -> Point {
    let times = |a: &Words, b: &Words| mul(&FIELD, a, b);
    let plus = |a: &Words, b: &Words| add(&FIELD.m, a, b);
    let minus = |a: &Words, b: &Words| sub(&FIELD.m, a, b);
    let zz = times(&p.z, &q.z);
    let square = times(&zz, &zz);
    let xx = times(&p.x, &q.x);
    let yy = times(&p.y, &q.y);
    let minus_e = times(&MINUS_D, &times(&xx, &yy));
    let (f, g) = (plus(&square, &minus_e), minus(&square, &minus_e));
    let cross = times(&plus(&p.x, &p.y), &plus(&q.x, &q.y));
    Point {
        x: times(&times(&zz, &f), &minus(&minus(&cross, &xx), &yy)),
        y: times(&times(&zz, &g), &minus(&yy, &xx)),
        z: times(&f, &g),
    }
}

/// `−P`.
pub fn negate(p: &Point) -> Point {
    Point { x: sub(&FIELD.m, &[0; 7], &p.x), ..*p }
}

/// `kP + lQ` for public scalars: both together, bit by bit.
pub fn multiply_two_vartime((k, p): (&Words, &Point), (l, q): (&Words, &Point)) -> Point {
    let both = add_points(p, q);
    let mut sum = Point { x: [0; 7], y: FIELD.one, z: FIELD.one };
    for i in (0..7 * 64).rev() {
        sum = add_points(&sum, &sum);
        let bit = |words: &Words| words[i / 64] >> (i % 64) & 1 == 1;
        match (bit(k), bit(l)) {
            (true, true) => sum = add_points(&sum, &both),
            (true, false) => sum = add_points(&sum, p),
            (false, true) => sum = add_points(&sum, q),
            (false, false) => {}
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(k: u64) -> Words {
        [k, 0, 0, 0, 0, 0, 0]
    }

    #[test]
    fn the_base_point_is_on_the_curve_and_of_the_order_that_is_claimed() {
        assert_eq!(encode(&decode(&encode(&BASE)).unwrap()), encode(&BASE));
        let identity = multiply_two_vartime((&ORDER.m, &BASE), (&small(0), &BASE));
        assert!(is_identity(&identity));
        assert!(!is_identity(&BASE));
        let mut before = ORDER.m;
        before[0] -= 1;
        assert_eq!(encode(&multiply_two_vartime((&before, &BASE), (&small(0), &BASE))), encode(&negate(&BASE)));
    }

    #[test]
    fn sums_are_those_of_the_scalars() {
        let times = |k| multiply_two_vartime((&small(k), &BASE), (&small(0), &BASE));
        let (two, five) = (times(2), times(5));
        assert_eq!(encode(&add_points(&two, &five)), encode(&times(7)));
        assert_eq!(encode(&add_points(&two, &two)), encode(&times(4)));
        assert_eq!(encode(&multiply_two_vartime((&small(3), &two), (&small(2), &five))), encode(&times(16)));
        assert!(is_identity(&add_points(&five, &negate(&five))));
        assert_eq!(encode(&add_points(&five, &times(0))), encode(&five));
    }

    #[test]
    fn a_point_has_one_encoding() {
        let base = encode(&BASE);
        let identity = [&[1][..], &[0; 56]].concat();
        assert!(is_identity(&decode(&identity).unwrap()));
        let negative_zero = [&identity[..56], &[0x80]].concat();
        // p + 1 stands for 1 too.
        let mut above = [0xff; 57];
        above[..28].fill(0);
        (above[0], above[28], above[56]) = (0, 0xff, 0);
        above[28..56].fill(0xff);
        let mut spare = base;
        spare[56] ^= 1;
        for wrong in [&negative_zero[..], &above, &spare, &base[..56], &[&base[..], &[0]].concat(), &[]] {
            assert!(decode(wrong).is_none(), "{wrong:02x?}");
        }
    }
}
