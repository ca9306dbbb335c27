//! The example of GB/T 32918.2 annex A, one on the recommended curve, and what lies beside them.

use super::*;
use crate::crypto::SeededEntropy;
use crate::kernel::montgomery::from_hex;

struct Example {
    curve: Curve<4>,
    identifier: &'static str,
    message: &'static [u8],
    d: Words,
    k: Words,
    pair: Signature,
}

/// GB/T 32918.2 §A.2, also in draft-shen-sm2-ecdsa-00.
fn published() -> Example {
    let h = from_hex::<4>;
    let p = h("8542D69E4C044F18E8B92435BF6FF7DE457283915C45517D722EDB8B08F1DFC3");
    Example {
        curve: Curve::new(
            [p, h("8542D69E4C044F18E8B92435BF6FF7DD297720630485628D5AE74EE7C32E79B7")],
            [
                h("787968B4FA32C3FD2417842E73BBFEFF2F3C848B6831D7E0EC65228B3937E498"),
                h("63E4C6D3B23B0C849CF84241484BFE48F61D59A5B16BA06E6E12D1DA27C5249A"),
            ],
            [
                h("421DEBD61B62EAB6746434EBC3CC315E32220B3BADD50BDC4C4E6C147FEDD43D"),
                h("0680512BCBB42C07D47349D2153B70C4E5D7FDFCBFA36EA1A85841B9E46E09A2"),
            ],
        ),
        identifier: "ALICE123@YAHOO.COM",
        message: b"message digest",
        d: h("128B2FA8BD433C6C068C8D803DFF79792A519A55171B1B650C23661D15897263"),
        k: h("6CB28D99385C175C94F94E934817663FC176D925DD72B727260DBAAE1FB2F96F"),
        pair: Pair {
            r: h("40F1EC59F793D9F49E09DCEF49130D4194F79FB1EED2CAA55BACDB49C4E755D1"),
            s: h("6FC6DAC32C5D5CF10C77DFB20F7C2EB667A457872FB09EC56327A67EC7DEEBE7"),
        },
    }
}

/// On the recommended curve; GmSSL's, from Botan's vectors.
fn recommended() -> Example {
    let h = from_hex::<4>;
    Example {
        curve: CURVE.clone(),
        identifier: "sm2test@example.com",
        message: b"hi chappy",
        d: h("110E7973206F68C19EE5F7328C036F26911C8C73B4E4F36AE3291097F8984FFC"),
        k: h("3174C6FFC3C279D2422F3FC0A9F3E574674A4490FE45A5325CAF7D3EC4C8F96C"),
        pair: Pair {
            r: h("05890B9077B92E47B17A1FF42A814280E556AFD92B4A98B9670BF8B1A274C2FA"),
            s: h("E3ABBB8DB2B6ECD9B24ECCEA7F679FB9A4B1DB52F4AA985E443AD73237FA1993"),
        },
    }
}

fn check(example: &Example) {
    let Example { curve, identifier, message, d, k, pair } = example;
    let key = multiply(curve, d, &curve.generator);
    let (x, y) = to_affine(curve, &key);
    let octets = [be_octets(&x), be_octets(&y)].concat();
    let digest = message_digest(curve, (identifier.as_bytes(), &octets), message);
    assert_eq!(sign_with_nonce(curve, (d, k), &digest_number(curve, &digest)), Some(*pair));
    assert!(verify_digest(curve, &key, &digest, pair));

    let order = &curve.order.m;
    let minus = |x: &Words| sub(order, &[0; 4], x);
    let beside = [
        (Pair { r: [0; 4], ..*pair }, "r = 0"),
        (Pair { s: [0; 4], ..*pair }, "s = 0"),
        (Pair { r: *order, ..*pair }, "r = n"),
        (Pair { s: *order, ..*pair }, "s = n"),
        (Pair { r: pair.s, s: pair.r }, "swapped"),
        (Pair { s: minus(&pair.s), ..*pair }, "−s"),
        (Pair { s: minus(&pair.r), ..*pair }, "r + s = n"),
        (Pair { r: add(order, &pair.r, &ONE), ..*pair }, "r + 1"),
        (Pair { s: add(order, &pair.s, &ONE), ..*pair }, "s + 1"),
    ];
    for (other, why) in beside {
        assert!(!verify_digest(curve, &key, &digest, &other), "{why}");
    }
    assert!(!verify_digest(curve, &curve.generator, &digest, pair), "another key");
    assert!(!verify_digest(curve, &key, &DigestAlgorithm::Sm3.digest(message), pair), "without Z_A");
    let anonymous = message_digest(curve, (IDENTIFIER, &octets), message);
    assert!(!verify_digest(curve, &key, &anonymous, pair), "another identifier");
}

#[test]
fn the_example_of_the_standard_is_signed_and_verified_and_its_neighbours_are_refused() {
    check(&published());
}

#[test]
fn an_example_on_the_recommended_curve_is_signed_and_verified_and_its_neighbours_are_refused() {
    check(&recommended());
}

/// Where `t` is zero the key falls out of the equation: `(r, −r)` with `r = e + x(−r·G)` would be good for every key.
#[test]
fn a_signature_that_would_hold_for_every_key_is_refused() {
    let Example { curve, d, .. } = recommended();
    let key = multiply(&curve, &d, &curve.generator);
    let order = &curve.order;
    let s = from_hex::<4>("3174C6FFC3C279D2422F3FC0A9F3E574674A4490FE45A5325CAF7D3EC4C8F96C");
    let r = sub(&order.m, &[0; 4], &s);
    let (x, _) = to_affine(&curve, &multiply(&curve, &s, &curve.generator));
    let e = sub(&order.m, &r, &reduce(order, &x));
    let equation = multiply_two_vartime(&curve, &s, &[0; 4], &key);
    assert_eq!(add(&order.m, &e, &reduce(order, &to_affine(&curve, &equation).0)), r, "it would hold");
    assert!(!verify_digest(&curve, &key, &be_octets(&e), &Pair { r, s }));
}

/// `sG + tP` at infinity: `s = −t·d`, for whoever knows `d`.
#[test]
fn a_sum_at_infinity_is_refused() {
    let Example { curve, d, .. } = recommended();
    let key = multiply(&curve, &d, &curve.generator);
    let order = &curve.order;
    let t = from_hex::<4>("3174C6FFC3C279D2422F3FC0A9F3E574674A4490FE45A5325CAF7D3EC4C8F96C");
    let s = sub(&order.m, &[0; 4], &mul(order, &enter(order, &t), &d));
    let r = sub(&order.m, &t, &s);
    assert!(is_identity(&multiply_two_vartime(&curve, &s, &t, &key)));
    // What the coordinates of infinity read as is 0; with e = r that would hold.
    assert!(!verify_digest(&curve, &key, &be_octets(&r), &Pair { r, s }));
}

fn key(seed: &[u8]) -> Sm2Scalar {
    Sm2Scalar::generate(&mut SeededEntropy::new(seed)).unwrap()
}

#[test]
fn what_is_signed_verifies_and_nothing_beside_it_does() {
    let signer = key(b"a");
    let public = signer.public_octets();
    let value = signer.sign(b"message");
    assert!(verify(&public, b"message", &value));
    assert_eq!(value, signer.sign(b"message"), "the nonce comes from key and message");
    assert_ne!(value, signer.sign(b"messagf"));
    assert!(!verify(&public, b"messagf", &value));
    assert!(!verify(&key(b"b").public_octets(), b"message", &value));
    for at in 0..value.len() {
        let mut turned = value.clone();
        turned[at] ^= 1;
        assert!(!verify(&public, b"message", &turned), "octet {at}");
    }
}

#[test]
fn the_value_is_der_and_nothing_beside_it() {
    let signer = key(b"a");
    let public = signer.public_octets();
    let Pair { r, s } = read(&signer.sign(b"message")).unwrap();
    let [r, s] = [r, s].map(|words| be_octets(&words));
    let integers = |r: &[u8], s: &[u8]| der::sequence(&[&der::tlv(2, r), &der::tlv(2, s)]);
    let positive = |octets: &[u8]| if octets[0] & 0x80 == 0 { octets.to_vec() } else { [&[0], octets].concat() };
    let (pr, ps) = (positive(&r), positive(&s));
    let accepted = |value: &[u8]| verify(&public, b"message", value);
    assert!(accepted(&integers(&pr, &ps)));
    for (value, why) in [
        (integers(&[&[0], pr.as_slice()].concat(), &ps), "a zero in front"),
        (integers(&pr, &[&[0, 0], ps.as_slice()].concat()), "two zeros in front"),
        ([integers(&pr, &ps), vec![0]].concat(), "an octet behind"),
        (der::sequence(&[&der::tlv(2, &pr), &der::tlv(2, &ps), &der::null()]), "a value behind"),
        (der::sequence(&[&der::tlv(2, &pr)]), "one number"),
        (der::sequence(&[&der::tlv(4, &pr), &der::tlv(2, &ps)]), "another type"),
        ([r.clone(), s.clone()].concat(), "two numbers without a shell"),
        (integers(&[&[1], r.as_slice()].concat(), &ps), "257 bits"),
        (Vec::new(), "nothing"),
    ] {
        assert!(!accepted(&value), "{why}");
    }
    // The length of the SEQUENCE in two octets where one does.
    let short = integers(&pr, &ps);
    let long = [&[0x30, 0x81], &short[1..]].concat();
    assert!(!accepted(&long), "BER");
    assert_eq!(number(&[0x80]), None, "negative");
}

#[test]
fn only_uncompressed_points_of_the_curve_are_keys() {
    let public = key(b"a").public_octets();
    assert!(is_point(&public));
    let with = |at: usize, octet: u8| {
        let mut other = public.clone();
        other[at] = octet;
        other
    };
    assert!(!is_point(&with(64, public[64] ^ 1)), "off the curve");
    assert!(!is_point(&with(0, 2)) && !is_point(&public[..33]), "compressed");
    assert!(!is_point(&[0]) && !is_point(&[]), "infinity");
    assert!(!is_point(&[public.as_slice(), &[0]].concat()) && !is_point(&public[..64]), "another length");
    let above = [&[4], be_octets(&CURVE.field.m).as_slice(), &public[33..]].concat();
    assert!(!is_point(&above), "x = p");
}

#[test]
fn private_keys_run_from_1_to_n_minus_2() {
    let octets = |shift: u64| be_octets(&sub(&CURVE.order.m, &[0; 4], &[shift, 0, 0, 0]));
    assert!(Sm2Scalar::read(&octets(2)).is_some());
    assert!(Sm2Scalar::read(&octets(1)).is_none(), "n − 1");
    assert!(Sm2Scalar::read(&be_octets(&CURVE.order.m)).is_none(), "n");
    assert!(Sm2Scalar::read(&[0; 32]).is_none());
    let one = be_octets(&ONE);
    assert_eq!(*Sm2Scalar::read(&one).unwrap().octets(), one);
    assert!(Sm2Scalar::read(&one[1..]).is_none(), "31 octets");
}
