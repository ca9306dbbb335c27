//! RFC 7091 appendix A: the examples with their own curves, and what lies beside them.
#![expect(clippy::arithmetic_side_effects, reason = "a test: a wrong sum fails it")]

use super::*;
use crate::kernel::montgomery::from_hex;

struct Example<const L: usize> {
    curve: Curve<L>,
    d: [u64; L],
    q: [[u64; L]; 2],
    e: [u64; L],
    k: [u64; L],
    pair: Pair<L>,
}

fn a1() -> Example<4> {
    let h = from_hex::<4>;
    Example {
        curve: Curve::new(
            [
                h("8000000000000000000000000000000000000000000000000000000000000431"),
                h("8000000000000000000000000000000150FE8A1892976154C59CFC193ACCF5B3"),
            ],
            [[7, 0, 0, 0], h("5FBFF498AA938CE739B8E022FBAFEF40563F6E6A3472FC2A514C0CE9DAE23B7E")],
            [[2, 0, 0, 0], h("08E2A8A0E65147D4BD6316030E16D19C85C97F0A9CA267122B96ABBCEA7E8FC8")],
        ),
        d: h("7A929ADE789BB9BE10ED359DD39A72C11B60961F49397EEE1D19CE9891EC3B28"),
        q: [
            h("7F2B49E270DB6D90D8595BEC458B50C58585BA1D4E9B788F6689DBD8E56FD80B"),
            h("26F1B489D6701DD185C8413A977B3CBBAF64D1C593D26627DFFB101A87FF77DA"),
        ],
        e: h("2DFBC1B372D89A1188C09C52E0EEC61FCE52032AB1022E8E67ECE6672B043EE5"),
        k: h("77105C9B20BCD3122823C8CF6FCC7B956DE33814E95B7FE64FED924594DCEAB3"),
        pair: Pair {
            r: h("41AA28D2F1AB148280CD9ED56FEDA41974053554A42767B83AD043FD39DC0493"),
            s: h("01456C64BA4642A1653C235A98A60249BCD6D3F746B631DF928014F6C5BF9C40"),
        },
    }
}

#[rustfmt::skip]
fn a2() -> Example<8> {
    let h = from_hex::<8>;
    Example {
        curve: Curve::new(
            [
                h("4531ACD1FE0023C7550D267B6B2FEE80922B14B2FFB90F04D4EB7C09B5D2D15DF1D852741AF4704A0458047E80E4546D35B8336FAC224DD81664BBF528BE6373"),
                h("4531ACD1FE0023C7550D267B6B2FEE80922B14B2FFB90F04D4EB7C09B5D2D15DA82F2D7ECB1DBAC719905C5EECC423F1D86E25EDBE23C595D644AAF187E6E6DF"),
            ],
            [
                [7, 0, 0, 0, 0, 0, 0, 0],
                h("1CFF0806A31116DA29D8CFA54E57EB748BC5F377E49400FDD788B649ECA1AC4361834013B2AD7322480A89CA58E0CF74BC9E540C2ADD6897FAD0A3084F302ADC"),
            ],
            [
                h("24D19CC64572EE30F396BF6EBBFD7A6C5213B3B3D7057CC825F91093A68CD762FD60611262CD838DC6B60AA7EEE804E28BC849977FAC33B4B530F1B120248A9A"),
                h("2BB312A43BD2CE6E0D020613C857ACDDCFBF061E91E5F2C3F32447C259F39B2C83AB156D77F1496BF7EB3351E1EE4E43DC1A18B91B24640B6DBB92CB1ADD371E"),
            ],
        ),
        d: h("0BA6048AADAE241BA40936D47756D7C93091A0E8514669700EE7508E508B102072E8123B2200A0563322DAD2827E2714A2636B7BFD18AADFC62967821FA18DD4"),
        q: [
            h("115DC5BC96760C7B48598D8AB9E740D4C4A85A65BE33C1815B5C320C854621DD5A515856D13314AF69BC5B924C8B4DDFF75C45415C1D9DD9DD33612CD530EFE1"),
            h("37C7C90CD40B0F5621DC3AC1B751CFA0E2634FA0503B3D52639F5D7FB72AFD61EA199441D943FFE7F0C70A2759A3CDB84C114E1F9339FDF27F35ECA93677BEEC"),
        ],
        e: h("3754F3CFACC9E0615C4F4A7C4D8DAB531B09B6F9C170C533A71D147035B0C5917184EE536593F4414339976C647C5D5A407ADEDB1D560C4FC6777D2972075B8C"),
        k: h("0359E7F4B1410FEACC570456C6801496946312120B39D019D455986E364F365886748ED7A44B3E794434006011842286212273A6D14CF70EA3AF71BB1AE679F1"),
        pair: Pair {
            r: h("2F86FA60A081091A23DD795E1E3C689EE512A3C82EE0DCC2643C78EEA8FCACD35492558486B20F1C9EC197C90699850260C93BCBCD9C5C3317E19344E173AE36"),
            s: h("1081B394696FFE8E6585E7A9362D26B6325F56778AADBC081C0BFBE933D52FF5823CE288E8C4F362526080DF7F70CE406A6EEB1F56919CB92A9853BDE73E5B4A"),
        },
    }
}

fn check<const L: usize>(example: &Example<L>) {
    let Example { curve, d, q, e, k, pair } = example;
    let derived = multiply(curve, d, &curve.generator);
    assert_eq!(to_affine(curve, &derived), (q[0], q[1]));
    let key = crate::kernel::curve::from_affine(curve, &q[0], &q[1]).unwrap();
    // The example's e is already reduced or not; digest_number reduces it.
    let e = digest_number(&curve.order, &le_octets(e));
    assert_eq!(sign_with_nonce(curve, (d, k), &e), Some(*pair));
    assert!(verify(curve, &key, &e, pair));

    let beside = |change: &dyn Fn(&mut Pair<L>)| {
        let mut other = *pair;
        change(&mut other);
        assert!(!verify(curve, &key, &e, &other), "{other:x?}");
    };
    beside(&|p| p.r[0] ^= 1);
    beside(&|p| p.s[L - 1] ^= 1 << 20);
    beside(&|p| p.r = [0; L]);
    beside(&|p| p.s = [0; L]);
    beside(&|p| p.r = curve.order.m);
    beside(&|p| p.s = curve.order.m);
    beside(&|p| (p.r, p.s) = (p.s, p.r));
    beside(&|p| p.s = add(&curve.field.m, &p.s, &curve.order.m));
    assert!(!verify(curve, &curve.generator, &e, pair), "another key");
    assert!(!verify(curve, &key, &add(&curve.order.m, &e, &one()), pair), "another digest");
}

#[test]
fn rfc_7091_example_a_1_is_signed_and_verified_and_its_neighbours_are_refused() {
    check(&a1());
}

#[test]
fn rfc_7091_example_a_2_is_signed_and_verified_and_its_neighbours_are_refused() {
    check(&a2());
}

#[test]
fn a_digest_that_is_zero_modulo_q_counts_as_one() {
    let Example { curve, d, .. } = a1();
    let key = multiply(&curve, &d, &curve.generator);
    assert_eq!(digest_number(&curve.order, &[0; 32]), one());
    assert_eq!(digest_number(&curve.order, &le_octets(&curve.order.m)), one());
    let pair = sign(&curve, &d, &[0; 32]);
    assert!(verify(&curve, &key, &one(), &pair));
}

#[test]
fn nonces_differ_by_digest_and_by_key_and_repeat_for_both_the_same() {
    let Example { curve, d, k, .. } = a1();
    let first = sign(&curve, &d, &[1; 32]);
    assert_eq!(first, sign(&curve, &d, &[1; 32]));
    assert_ne!(first.r, sign(&curve, &d, &[2; 32]).r);
    assert_ne!(first.r, sign(&curve, &k, &[1; 32]).r);
}

#[test]
fn the_two_countries_lay_a_value_out_in_reverse_of_each_other() {
    let Example { pair, .. } = a1();
    let mut value = pair.write(Layout::Kazakh);
    assert_eq!(value.first(), Some(&0x93), "the last octet of r comes first");
    assert_eq!(Pair::read(&value, Layout::Kazakh), Some(pair));
    value.reverse();
    assert_eq!(value, pair.write(Layout::Russian));
    assert_eq!(Pair::read(&value, Layout::Russian), Some(pair));
    for wrong in [&value[1..], &[&value[..], &[0]].concat(), &[]] {
        assert_eq!(Pair::<4>::read(wrong, Layout::Russian), None);
    }
}

#[test]
fn scalars_are_drawn_again_until_they_are_in_range() {
    let Example { curve, .. } = a1();
    let mut sequence = [vec![0; 32], vec![0xff; 32], vec![5; 32]].into_iter();
    let drawn = random_scalar(&curve.order, |out| {
        out.copy_from_slice(&sequence.next().ok_or(())?);
        Ok::<(), ()>(())
    });
    assert_eq!(drawn.map(|k| le_octets(&k)), Ok(vec![5; 32]));
}
