//! The equation that ECDSA and GOST R 34.10 share, over public numbers: `R = (g/d)·G + (k/d)·Q`, and `x_R mod n = r`.

use super::curve::{Curve, Point, is_identity, multiply_two_vartime, to_affine};
use super::inverse::invert_vartime;
use super::montgomery::{enter, is_zero, less, mul, reduce};

/// The numbers of one signature, least significant word first.
///
/// ECDSA (FIPS 186-5 §6.4.2): `d = s`, `g = e`, `k = r`. GOST R 34.10 §6.2: `d = e`, `g = s`, `k = n − r`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Equation<const L: usize> {
    /// `d`: not zero.
    pub divisor: [u64; L],
    /// `g`.
    pub of_generator: [u64; L],
    /// `k`.
    pub of_key: [u64; L],
    /// `r`: not zero.
    pub r: [u64; L],
}

/// Whether all four numbers are below `n`, and those that must not be zero are not.
pub fn is_in_range<const L: usize>(curve: &Curve<L>, equation: &Equation<L>) -> bool {
    let Equation { divisor, of_generator, of_key, r } = equation;
    let below = [divisor, of_generator, of_key, r].into_iter().all(|x| less(x, &curve.order.m));
    below && !is_zero(divisor) && !is_zero(r)
}

/// Whether the equation holds for a key in the subgroup of prime order; numbers out of range never do. The slow twin of
/// what `ifma` does.
pub fn holds<const L: usize>(curve: &Curve<L>, key: &Point<L>, equation: &Equation<L>) -> bool {
    if !is_in_range(curve, equation) {
        return false;
    }
    let order = &curve.order;
    // One factor in Montgomery form gives a plain product.
    let inverse = enter(order, &invert_vartime(&equation.divisor, &order.m));
    let (u, v) = (mul(order, &inverse, &equation.of_generator), mul(order, &inverse, &equation.of_key));
    let sum = multiply_two_vartime(curve, &u, &v, key);
    !is_identity(&sum) && reduce(order, &to_affine(curve, &sum).0) == equation.r
}
