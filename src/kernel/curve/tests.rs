use super::super::brainpool::{
    BRAINPOOL_P256R1, BRAINPOOL_P256T1, BRAINPOOL_P320R1, BRAINPOOL_P320T1, BRAINPOOL_P384R1, BRAINPOOL_P384T1,
    BRAINPOOL_P512R1, BRAINPOOL_P512T1,
};
use super::super::curves::{
    BIGN_256, BIGN_384, BIGN_512, CRYPTO_PRO_A, CRYPTO_PRO_B, CRYPTO_PRO_C, P256, P384, P521, SM2_P256, TC26_256_A,
    TC26_512_A, TC26_512_B, TC26_512_C,
};
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
    check_group(&TC26_512_B);
    check_group(&TC26_512_C);
    check_group(&TC26_256_A);
    check_group(&CRYPTO_PRO_A);
    check_group(&CRYPTO_PRO_B);
    check_group(&CRYPTO_PRO_C);
    check_group(&P256);
    check_group(&P384);
    check_group(&SM2_P256);
    check_group(&BIGN_256);
    check_group(&BIGN_384);
    check_group(&BIGN_512);
    check_group(&P521);
    check_group(&BRAINPOOL_P256R1);
    check_group(&BRAINPOOL_P256T1);
    check_group(&BRAINPOOL_P320R1);
    check_group(&BRAINPOOL_P320T1);
    check_group(&BRAINPOOL_P384R1);
    check_group(&BRAINPOOL_P384T1);
    check_group(&BRAINPOOL_P512R1);
    check_group(&BRAINPOOL_P512T1);
}

#[test]
fn a_brainpool_curve_and_its_twist_share_field_and_order() {
    fn same<const L: usize>(curve: &Curve<L>, twist: &Curve<L>) {
        assert_eq!((&curve.field, &curve.order), (&twist.field, &twist.order));
        let mut minus_three = curve.field.m;
        minus_three[0] -= 3;
        assert_eq!(twist.coefficients().0, minus_three);
    }
    same(&BRAINPOOL_P256R1, &BRAINPOOL_P256T1);
    same(&BRAINPOOL_P320R1, &BRAINPOOL_P320T1);
    same(&BRAINPOOL_P384R1, &BRAINPOOL_P384T1);
    same(&BRAINPOOL_P512R1, &BRAINPOOL_P512T1);
}

#[test]
fn a_point_is_found_by_its_x_and_the_parity_of_its_y() {
    fn check<const L: usize>(curve: &Curve<L>) {
        let (x, y) = to_affine(curve, &curve.generator);
        let is_odd = y[0] & 1 == 1;
        let found = from_x(curve, &x, is_odd).map(|point| to_affine(curve, &point));
        assert_eq!(found, Some((x, y)));
        let other = from_x(curve, &x, !is_odd).unwrap();
        assert!(is_identity(&add_points(curve, &other, &curve.generator)));
        assert!(from_x(curve, &curve.field.m, is_odd).is_none());
        let without = (1..50).filter(|k| from_x(curve, &small(*k), false).is_none()).count();
        assert!((10..40).contains(&without), "about half of all x have no point: {without} of 49");
    }
    check(&P256);
    check(&P384);
    check(&P521);
    check(&BRAINPOOL_P320R1);
    check(&BRAINPOOL_P512T1);
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
    check_multiplications(&P521);
    check_multiplications(&BRAINPOOL_P320R1);
    check_multiplications(&TC26_512_A);
    check_multiplications(&TC26_512_C);
    check_multiplications(&TC26_256_A);
    check_multiplications(&CRYPTO_PRO_C);
    check_multiplications(&P384);
    check_multiplications(&SM2_P256);
    check_multiplications(&BIGN_384);
}

/// Miller and Rabin, with the first twenty numbers from 2 as witnesses: a composite passes once in 4^20 at most, were
/// they drawn.
fn is_probably_prime<const L: usize>(modulus: &Modulus<L>) -> bool {
    let mut odd = modulus.m;
    odd[0] -= 1;
    let mut halvings = 0;
    while odd[0] & 1 == 0 {
        for i in 0..L {
            odd[i] = (odd[i] >> 1) | (odd.get(i + 1).map_or(0, |next| next << 63));
        }
        halvings += 1;
    }
    let minus_one = sub(&modulus.m, &[0; L], &modulus.one);
    (2..22).all(|witness| {
        let witness = enter(modulus, &small(witness));
        let bits = (0..64 * L).rev().map(|i| (odd[i / 64] >> (i % 64)) & 1);
        let mut power = bits.fold(modulus.one, |power, bit| {
            let square = mul(modulus, &power, &power);
            if bit == 1 { mul(modulus, &square, &witness) } else { square }
        });
        let mut passes = power == modulus.one || power == minus_one;
        for _ in 1..halvings {
            power = mul(modulus, &power, &power);
            passes |= power == minus_one;
        }
        passes
    })
}

/// Prime numbers, no singular point, and an order that is not the field's (such a curve is easily broken).
fn check_constants<const L: usize>(curve: &Curve<L>) {
    assert!(is_probably_prime(&curve.field) && is_probably_prime(&curve.order));
    assert_ne!(curve.field.m, curve.order.m);
    let plus = |a: &[u64; L], b: &[u64; L]| add(&curve.field.m, a, b);
    let times = |a: &[u64; L], b: &[u64; L]| mul(&curve.field, a, b);
    let aaa = times(&times(&curve.a, &curve.a), &curve.a);
    let four_aaa = plus(&plus(&aaa, &aaa), &plus(&aaa, &aaa));
    // 3b is at hand: 27b² = 3·(3b)².
    let nine_bb = times(&curve.b3, &curve.b3);
    assert!(!is_zero(&plus(&four_aaa, &plus(&plus(&nine_bb, &nine_bb), &nine_bb))), "the discriminant");
}

#[test]
fn every_named_curve_has_prime_numbers_and_is_not_singular() {
    check_constants(&TC26_512_A);
    check_constants(&TC26_512_B);
    check_constants(&TC26_512_C);
    check_constants(&TC26_256_A);
    check_constants(&CRYPTO_PRO_A);
    check_constants(&CRYPTO_PRO_B);
    check_constants(&CRYPTO_PRO_C);
    check_constants(&P256);
    check_constants(&P384);
    check_constants(&SM2_P256);
    check_constants(&BIGN_256);
    check_constants(&BIGN_384);
    check_constants(&BIGN_512);
}

#[test]
fn composites_are_told_from_primes() {
    let prime = |n: u64| is_probably_prime(&Modulus::new([n]));
    assert!(prime(65_537) && prime(0xffff_ffff_ffff_ffc5));
    // Carmichael numbers, a strong pseudoprime to the bases 2, 3, 5 and 7, and a product of two primes.
    assert!(!prime(561) && !prime(1_105) && !prime(3_215_031_751) && !prime(65_537 * 65_539));
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

#[test]
fn points_of_even_order_on_the_larger_curve_of_cofactor_4_are_outside_of_the_subgroup() {
    // Computed apart (affine, Python): T of order 4, 2T, G + 2T and G + T.
    #[rustfmt::skip]
    let outside = [
        ("B2CEB8345535898813B22EBAED63002431BAA6E3A8897BD702D1F2A27EA3FA5D9CC65D7F23E2FF7114ED197A575D7B72C932995A7051D270EF26A6DB1101748F",
         "E793D763005F6367C4E973CF37D6FF936AD00B5506638C7AF78A2818841410E729ACE782945701ACC138B390F9E78DA7A46833F0AF0A88AD328C0B6ECCFB9BA9"),
        ("9A628F975594ECEFD89BA28A2539FFB79C8AB238AEED0851FA5C1ABB02B80B44C6734501B83A011DD625CD0B5145091A6D9ACD4B1F5C5B1E21B2B249DDFD1271",
         "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"),
        ("A971A08C11434AED18BE284BDA0575DF3112277F7F11DB4CFC63762467ACF3A9AD39E333D5727748008CA4A7275F22CE793D6E36A77CF3EE6793FDA38008C4BB",
         "A9D47F0ED920FAC7438C4DE7042D95E15B4DCED16636D7D59C54ECB3089D0F889DD8856EFE606B368BDDD793C97053E7C676F70F5BFE30663501B4B3E8C6749D"),
        ("F78F532419C34CFA6964512672B1D21113EBAFD3F24D3BEA786EFC3FD2923C47223483FD12B95D5762CE95BC68931FE4DA0F43945B77301BF0C7B001F043768F",
         "8569CF09614EC77BABF6F407EA52C2A1DBCEE95EF61B1068FB8F2DE0BA4AD5A1E0CA73AB8B88EB5D47151BCAF84E72AFC5B766136DE9E9E11A505A195BD784EE"),
    ];
    for (x, y) in outside {
        let point = from_affine(&TC26_512_C, &from_hex(x), &from_hex(y)).expect("a point of the curve");
        assert!(!is_in_subgroup(&TC26_512_C, &point), "{x}");
    }
}
