use super::super::curves::{CRYPTO_PRO_A, P256, P384, TC26_256_A, TC26_512_A};
use super::super::montgomery::from_hex;
use super::*;

/// The group law as school teaches it: the slow twin. `None` is infinity.
type Affine<const L: usize> = Option<([u64; L], [u64; L])>;

fn slow_add<const L: usize>(curve: &Curve<L>, p: Affine<L>, q: Affine<L>) -> Affine<L> {
    let field = &curve.field;
    let (Some((px, py)), Some((qx, qy))) = (p, q) else { return p.or(q) };
    let plus = |a: &[u64; L], b: &[u64; L]| add(&field.m, a, b);
    let minus = |a: &[u64; L], b: &[u64; L]| sub(&field.m, a, b);
    let slope = if px == qx {
        if is_zero(&plus(&py, &qy)) {
            return None;
        }
        let xx = mul(field, &px, &px);
        mul(field, &plus(&plus(&plus(&xx, &xx), &xx), &curve.a), &invert(field, &plus(&py, &py)))
    } else {
        mul(field, &minus(&qy, &py), &invert(field, &minus(&qx, &px)))
    };
    let x = minus(&minus(&mul(field, &slope, &slope), &px), &qx);
    Some((x, minus(&mul(field, &slope, &minus(&px, &x)), &py)))
}

fn affine<const L: usize>(curve: &Curve<L>, p: &Point<L>) -> Affine<L> {
    if is_identity(p) {
        return None;
    }
    let (x, y) = to_affine(curve, p);
    Some((enter(&curve.field, &x), enter(&curve.field, &y)))
}

fn small<const L: usize>(k: u64) -> [u64; L] {
    let mut words = [0; L];
    words[0] = k;
    words
}

fn check_group<const L: usize>(curve: &Curve<L>) {
    let g = curve.generator;
    let (x, y) = to_affine(curve, &g);
    assert!(from_affine(curve, &x, &y).is_some());
    let mut off = y;
    off[0] ^= 1;
    assert!(from_affine(curve, &x, &off).is_none(), "a point off the curve");
    assert!(from_affine(curve, &curve.field.m, &y).is_none(), "an x that is not below p");
    assert!(is_in_subgroup(curve, &g));

    let mut multiples = vec![identity(curve)];
    for k in 1..8 {
        multiples.push(add_points(curve, &multiples[k - 1], &g));
    }
    multiples.push(negate(curve, &multiples[3]));
    for p in &multiples {
        assert_eq!(affine(curve, &double(curve, p)), affine(curve, &add_points(curve, p, p)));
        for q in &multiples {
            let expected = slow_add(curve, affine(curve, p), affine(curve, q));
            assert_eq!(affine(curve, &add_points(curve, p, q)), expected);
        }
    }
}

#[test]
fn every_named_curve_has_its_generator_and_its_order() {
    check_group(&TC26_512_A);
    check_group(&TC26_256_A);
    check_group(&CRYPTO_PRO_A);
    check_group(&P256);
    check_group(&P384);
}

fn check_multiplications<const L: usize>(curve: &Curve<L>) {
    let mut minus_one = curve.order.m;
    minus_one[0] -= 1;
    let mut dense = curve.order.m;
    for (i, word) in dense.iter_mut().enumerate() {
        *word = (*word >> 2) ^ (0x0f37_79b9_7f4a_7c15_u64 << (i % 3));
    }
    let q = multiply(curve, &small(0x1234_5678_9abc_def1), &curve.generator);
    let scalars = [small(0), small(1), small(16), small(31), minus_one, dense];
    for k in &scalars {
        for l in &scalars {
            let apart = add_points(curve, &multiply(curve, k, &curve.generator), &multiply(curve, l, &q));
            let together = multiply_two_vartime(curve, k, l, &q);
            assert_eq!(affine(curve, &apart), affine(curve, &together));
        }
    }
    let last = multiply(curve, &minus_one, &curve.generator);
    assert_eq!(affine(curve, &last), affine(curve, &negate(curve, &curve.generator)));
    assert!(is_identity(&multiply(curve, &small(0), &q)));
}

#[test]
fn the_secret_and_the_public_multiplication_agree() {
    check_multiplications(&TC26_512_A);
    check_multiplications(&TC26_256_A);
    check_multiplications(&P384);
}

#[test]
fn points_of_even_order_on_the_curve_of_cofactor_4_are_outside_of_the_subgroup() {
    // Computed apart (affine, Python): T of order 4, 2T, G + 2T and G + T.
    let outside = [
        (
            "7F7F80C60535007538B45A5D95C39353BC5D80D1F36A9DC0ACE7C5118C2F5977",
            "7E7E82520F9F015FAA1D0F18C14AB9FB35188275DA3FD94206B74F34A48E0ECD",
        ),
        (
            "0100FE73F595FF158E974B44D478D9588744FE5C192AC47EA63075DCE7A14AAA",
            "0000000000000000000000000000000000000000000000000000000000000000",
        ),
        (
            "18476B1AF2E5CECDC380E4C91D2A3A5C2B6C0788066615E2B4E9A63246463E96",
            "4CFA952E3B48A1409977E07FABA396136986D7E8EDC05C336154375BE5070030",
        ),
        (
            "DDB921090CC4903145EC19C1E5A683137E548E895E189C8F32B7E8D45A953AE1",
            "266B0860F3C4DA7273AB5C51D5DFD1B1FD3971404EEB66D9B296EB3D7E342D8A",
        ),
    ];
    for (x, y) in outside {
        let point = from_affine(&TC26_256_A, &from_hex(x), &from_hex(y)).expect("a point of the curve");
        assert!(!is_in_subgroup(&TC26_256_A, &point), "{x}");
    }
}
