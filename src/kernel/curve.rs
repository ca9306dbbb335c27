//! Points of short Weierstrass curves `y² = x³ + ax + b`, in projective coordinates, with the complete addition law of
//! Renes, Costello and Batina (EUROCRYPT 2016, algorithms 1 and 3) for any `a`.
//!
//! The law fails only for two points whose difference has order 2. Operands in a subgroup of odd order never have such
//! a difference, so on curves of cofactor 4 too it is complete for every point that passed `is_in_subgroup`.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::many_single_char_names,
    reason = "a kernel: indices are digits of a window or below the const generic L"
)]

use super::montgomery::{Modulus, add, enter, invert, is_zero, leave, less, mul, select, square_root, sub};

/// A curve with a subgroup of prime order. Coefficients and coordinates are in Montgomery form.
#[derive(Clone, Debug)]
pub struct Curve<const L: usize> {
    /// The field's modulus `p`.
    pub field: Modulus<L>,
    /// The prime order `q` of the subgroup.
    pub order: Modulus<L>,
    /// The point that generates the subgroup.
    pub generator: Point<L>,
    a: [u64; L],
    b: [u64; L],
    b3: [u64; L],
}

/// A point in projective coordinates `(X : Y : Z)`, in Montgomery form; `Z = 0` at infinity.
#[derive(Clone, Copy, Debug)]
pub struct Point<const L: usize> {
    x: [u64; L],
    y: [u64; L],
    z: [u64; L],
}

impl<const L: usize> Curve<L> {
    /// Takes `[p, q]`, `[a, b]` and the generator's `[x, y]`, least significant word first.
    pub const fn new([p, q]: [[u64; L]; 2], [a, b]: [[u64; L]; 2], [x, y]: [[u64; L]; 2]) -> Self {
        let field = Modulus::new(p);
        let (a, b) = (enter(&field, &a), enter(&field, &b));
        let b3 = add(&field.m, &add(&field.m, &b, &b), &b);
        let generator = Point { x: enter(&field, &x), y: enter(&field, &y), z: field.one };
        Self { field, order: Modulus::new(q), generator, a, b, b3 }
    }

    /// `a` and `b`, out of Montgomery form.
    pub fn coefficients(&self) -> ([u64; L], [u64; L]) {
        (leave(&self.field, &self.a), leave(&self.field, &self.b))
    }
}

/// The point at infinity.
pub const fn identity<const L: usize>(curve: &Curve<L>) -> Point<L> {
    Point { x: [0; L], y: curve.field.one, z: [0; L] }
}

/// Whether a point is the one at infinity. `(0 : 0 : 0)`, where the addition law fails, is not.
pub fn is_identity<const L: usize>(point: &Point<L>) -> bool {
    is_zero(&point.z) && is_zero(&point.x) && !is_zero(&point.y)
}

/// The point with these coordinates, where they are below `p` and satisfy the equation.
pub fn from_affine<const L: usize>(curve: &Curve<L>, x: &[u64; L], y: &[u64; L]) -> Option<Point<L>> {
    let field = &curve.field;
    if !less(x, &field.m) || !less(y, &field.m) {
        return None;
    }
    let (x, y) = (enter(field, x), enter(field, y));
    let cubic = add(&field.m, &mul(field, &x, &x), &curve.a);
    let right = add(&field.m, &mul(field, &cubic, &x), &curve.b);
    (mul(field, &y, &y) == right).then_some(Point { x, y, z: field.one })
}

/// The point with this `x` and a `y` of this parity, where there is one; for a field with `p ≡ 3 (mod 4)`.
pub fn from_x<const L: usize>(curve: &Curve<L>, x: &[u64; L], y_is_odd: bool) -> Option<Point<L>> {
    let field = &curve.field;
    if !less(x, &field.m) {
        return None;
    }
    let residue = enter(field, x);
    let cubic = add(&field.m, &mul(field, &residue, &residue), &curve.a);
    let root = leave(field, &square_root(field, &add(&field.m, &mul(field, &cubic, &residue), &curve.b))?);
    let y = if (root[0] & 1 == 1) == y_is_odd { root } else { sub(&field.m, &[0; L], &root) };
    // A root of zero has one parity only.
    if (y[0] & 1 == 1) == y_is_odd { from_affine(curve, x, &y) } else { None }
}

/// The coordinates of a point that is not at infinity, below `p`.
pub fn to_affine<const L: usize>(curve: &Curve<L>, point: &Point<L>) -> ([u64; L], [u64; L]) {
    let field = &curve.field;
    let inverse = invert(field, &point.z);
    (leave(field, &mul(field, &point.x, &inverse)), leave(field, &mul(field, &point.y, &inverse)))
}

/// The same, without an inversion where the point came from `from_affine`.
pub fn affine_coordinates<const L: usize>(curve: &Curve<L>, point: &Point<L>) -> ([u64; L], [u64; L]) {
    if point.z == curve.field.one {
        return (leave(&curve.field, &point.x), leave(&curve.field, &point.y));
    }
    to_affine(curve, point)
}

/// The same for many points, none of them at infinity, with one inversion for all (Montgomery's trick).
pub fn to_affine_many<const L: usize>(curve: &Curve<L>, points: &[Point<L>]) -> Vec<([u64; L], [u64; L])> {
    let field = &curve.field;
    let mut product = field.one;
    let mut prefixes = Vec::with_capacity(points.len());
    for point in points {
        prefixes.push(product);
        product = mul(field, &product, &point.z);
    }
    let mut inverse = invert(field, &product);
    let mut out = vec![([0; L], [0; L]); points.len()];
    for ((point, prefix), out) in points.iter().zip(&prefixes).zip(&mut out).rev() {
        let own = mul(field, &inverse, prefix);
        inverse = mul(field, &inverse, &point.z);
        *out = (leave(field, &mul(field, &point.x, &own)), leave(field, &mul(field, &point.y, &own)));
    }
    out
}

/// Whether the order of a point on the curve divides `q`.
///
/// Sound for points outside of the subgroup too, where the law may fail: it then gives `(0 : 0 : 0)`, which stays so
/// under further additions and is not the identity.
pub fn is_in_subgroup<const L: usize>(curve: &Curve<L>, point: &Point<L>) -> bool {
    is_identity(&multiply(curve, &curve.order.m, point))
}

/// `P + Q`. Algorithm 1.
pub fn add_points<const L: usize>(curve: &Curve<L>, p: &Point<L>, q: &Point<L>) -> Point<L> {
    let plus = |a: &[u64; L], b: &[u64; L]| add(&curve.field.m, a, b);
    let minus = |a: &[u64; L], b: &[u64; L]| sub(&curve.field.m, a, b);
    let times = |a: &[u64; L], b: &[u64; L]| mul(&curve.field, a, b);
    let xx = times(&p.x, &q.x);
    let yy = times(&p.y, &q.y);
    let zz = times(&p.z, &q.z);
    let xy = minus(&times(&plus(&p.x, &p.y), &plus(&q.x, &q.y)), &plus(&xx, &yy));
    let xz = minus(&times(&plus(&p.x, &p.z), &plus(&q.x, &q.z)), &plus(&xx, &zz));
    let yz = minus(&times(&plus(&p.y, &p.z), &plus(&q.y, &q.z)), &plus(&yy, &zz));
    let shift = plus(&times(&curve.b3, &zz), &times(&curve.a, &xz));
    let (low, high) = (minus(&yy, &shift), plus(&yy, &shift));
    let azz = times(&curve.a, &zz);
    let slope = plus(&plus(&plus(&xx, &xx), &xx), &azz);
    let rest = plus(&times(&curve.b3, &xz), &times(&curve.a, &minus(&xx, &azz)));
    Point {
        x: minus(&times(&xy, &low), &times(&yz, &rest)),
        y: plus(&times(&low, &high), &times(&slope, &rest)),
        z: plus(&times(&yz, &high), &times(&xy, &slope)),
    }
}

/// `2P`. Algorithm 3; complete for every point.
pub fn double<const L: usize>(curve: &Curve<L>, p: &Point<L>) -> Point<L> {
    let plus = |a: &[u64; L], b: &[u64; L]| add(&curve.field.m, a, b);
    let minus = |a: &[u64; L], b: &[u64; L]| sub(&curve.field.m, a, b);
    let times = |a: &[u64; L], b: &[u64; L]| mul(&curve.field, a, b);
    let twice = |a: &[u64; L]| add(&curve.field.m, a, a);
    let xx = times(&p.x, &p.x);
    let yy = times(&p.y, &p.y);
    let zz = times(&p.z, &p.z);
    let xy = twice(&times(&p.x, &p.y));
    let xz = twice(&times(&p.x, &p.z));
    let yz = twice(&times(&p.y, &p.z));
    let shift = plus(&times(&curve.a, &xz), &times(&curve.b3, &zz));
    let (low, high) = (minus(&yy, &shift), plus(&yy, &shift));
    let azz = times(&curve.a, &zz);
    let rest = plus(&times(&curve.a, &minus(&xx, &azz)), &times(&curve.b3, &xz));
    let slope = plus(&plus(&twice(&xx), &xx), &azz);
    Point {
        x: minus(&times(&xy, &low), &times(&yz, &rest)),
        y: plus(&times(&low, &high), &times(&slope, &rest)),
        z: twice(&twice(&times(&yz, &yy))),
    }
}

/// `kP` for a secret `k`: a fixed window of four bits whose table is read from end to end at every step.
pub fn multiply<const L: usize>(curve: &Curve<L>, k: &[u64; L], point: &Point<L>) -> Point<L> {
    let mut table = [identity(curve); 16];
    for i in 1..16 {
        table[i] = add_points(curve, &table[i - 1], point);
    }
    let mut sum = table[0];
    for nibble in (0..16 * L).rev() {
        for _ in 0..4 {
            sum = double(curve, &sum);
        }
        let digit = (k[nibble / 16] >> (4 * (nibble % 16))) & 15;
        sum = add_points(curve, &sum, &scan(&table, digit));
    }
    sum
}

/// `kG + lQ` for public `k` and `l`: interleaved signed windows (Strauss, width-5 NAF). Its time tells its arguments.
pub fn multiply_two_vartime<const L: usize>(curve: &Curve<L>, k: &[u64; L], l: &[u64; L], q: &Point<L>) -> Point<L> {
    let tables = [odd_multiples(curve, &curve.generator), odd_multiples(curve, q)];
    let digits = [signed_digits(k), signed_digits(l)];
    let mut sum = identity(curve);
    let mut started = false;
    for i in (0..DIGITS).rev() {
        if started {
            sum = double(curve, &sum);
        }
        for (table, digits) in tables.iter().zip(&digits) {
            let digit = digits[i];
            if digit != 0 {
                let multiple = &table[usize::from(digit.unsigned_abs()) / 2];
                let term = if digit < 0 { negate(curve, multiple) } else { *multiple };
                sum = add_points(curve, &sum, &term);
                started = true;
            }
        }
    }
    sum
}

/// `−P`.
fn negate<const L: usize>(curve: &Curve<L>, p: &Point<L>) -> Point<L> {
    Point { y: sub(&curve.field.m, &[0; L], &p.y), ..*p }
}

/// Reads one entry without telling by address or branch which.
fn scan<const L: usize>(table: &[Point<L>; 16], digit: u64) -> Point<L> {
    let mut found = table[0];
    for (i, entry) in table.iter().enumerate() {
        let different = digit ^ i as u64;
        // All ones where `different` is zero: it is below 16, so subtracting one borrows only from zero.
        let mask = (different.wrapping_sub(1) >> 63).wrapping_neg();
        found = Point {
            x: select(&found.x, &entry.x, mask),
            y: select(&found.y, &entry.y, mask),
            z: select(&found.z, &entry.z, mask),
        };
    }
    found
}

/// `P, 3P, … 15P`.
fn odd_multiples<const L: usize>(curve: &Curve<L>, p: &Point<L>) -> [Point<L>; 8] {
    let twice = double(curve, p);
    let mut table = [*p; 8];
    for i in 1..8 {
        table[i] = add_points(curve, &table[i - 1], &twice);
    }
    table
}

/// Digits of the largest scalar (nine words) in non-adjacent form, with room for its last carry.
const DIGITS: usize = 577;

/// The width-5 non-adjacent form: odd digits between −15 and 15, at least four zeros between two of them.
fn signed_digits<const L: usize>(k: &[u64; L]) -> [i8; DIGITS] {
    let mut digits = [0; DIGITS];
    let bit = |i: usize| if i < 64 * L { (k[i / 64] >> (i % 64)) as u8 & 1 } else { 0 };
    let mut carry = 0;
    let mut i = 0;
    while i < DIGITS {
        if bit(i) == carry {
            i += 1;
            continue;
        }
        let window = (0..5).fold(carry, |sum, j| sum + (bit(i + j) << j));
        // Above 15 the digit becomes negative and 32 is carried.
        carry = u8::from(window > 15);
        digits[i] = window as i8 - if carry == 1 { 32 } else { 0 };
        i += 5;
    }
    digits
}

#[cfg(test)]
mod tests;
