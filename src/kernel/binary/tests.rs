use super::*;

fn check(curve: &BinaryCurve) {
    let (x, y) = curve.generator;
    let times = |a: &Element, b: &Element| multiply(curve, a, b);
    let on_curve = |(x, y): &(Element, Element)| {
        let left = sum(&square(curve, y), &times(x, y));
        let ax = if curve.a == 1 { square(curve, x) } else { ZERO };
        left == sum(&sum(&times(&square(curve, x), x), &ax), &curve.b)
    };
    assert!(on_curve(&(x, y)) && is_in_subgroup(curve, &(x, y)));
    assert_eq!(times(&inverse(curve, &x), &x), ONE);
    assert!(is_zero(&inverse(curve, &ZERO)));
    let g = &curve.generator;
    assert_eq!(expand(curve, &compressed(curve, g)), Some(*g));
    let negative = (x, sum(&x, &y));
    assert_eq!(expand(curve, &compressed(curve, &negative)), Some(negative));
    let x_of = |k: u64, l: u64| sum_of_multiples(curve, &[k, 0, 0, 0, 0, 0, 0], (&[l, 0, 0, 0, 0, 0, 0], g));
    assert_eq!(x_of(3, 0), x_of(1, 2));
    assert_eq!(x_of(11, 6), x_of(17, 0), "the same point on both sides");
    assert_eq!(x_of(1, 1), x_of(2, 0));
    assert_eq!(x_of(0, 0), None);
    let cancelled = sum_of_multiples(curve, &ONE, (&ONE, &negative));
    assert_eq!(cancelled, None, "G − G");
    let mut above = ZERO;
    above[curve.degree / 64] = 1 << (curve.degree % 64);
    assert!(!is_element(curve, &above) && expand(curve, &above).is_none());
    assert!(is_scalar(curve, &ONE) && !is_scalar(curve, &ZERO) && !is_scalar(curve, &curve.order));
    // Of all elements a half stand for points, and of these one in as many as the cofactor for one of the subgroup.
    let points = (1..12).filter(|n| expand(curve, &[n << 1, 7, 0, 0, 0, 0, 0]).is_some()).count();
    assert!((1..12).contains(&points), "{points}");
}

#[test]
fn the_curve_over_257_bits_is_what_it_says() {
    check(&DSTU_257);
}

#[test]
fn the_curve_over_431_bits_is_what_it_says() {
    check(&DSTU_431);
}

/// The product as school teaches it.
#[test]
fn products_agree_with_a_slow_twin() {
    for curve in [&DSTU_257, &DSTU_431] {
        let (a, b) = curve.generator;
        let mut slow = ZERO;
        let mut power = b;
        for bit in 0..curve.degree {
            if (a[bit / 64] >> (bit % 64)) & 1 == 1 {
                slow = sum(&slow, &power);
            }
            let carry = (power[(curve.degree - 1) / 64] >> ((curve.degree - 1) % 64)) & 1;
            power = shifted(&power);
            if carry == 1 {
                power[curve.degree / 64] ^= 1 << (curve.degree % 64);
                for term in curve.terms {
                    power[term / 64] ^= 1 << (term % 64);
                }
            }
        }
        assert_eq!(multiply(curve, &a, &b), slow);
        assert_eq!(square(curve, &a), multiply(curve, &a, &a));
    }
}
