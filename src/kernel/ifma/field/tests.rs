#![expect(unsafe_code, reason = "vector code is called after asking the processor")]
#![expect(clippy::many_single_char_names, reason = "numbers have short names")]

use super::super::super::curves::{CRYPTO_PRO_A, CRYPTO_PRO_B, CRYPTO_PRO_C, P256, P384, TC26_512_A, TC26_512_B};
use super::super::super::level::Avx512;
use super::super::super::montgomery::{self, Modulus};
use super::super::lanes::from_words;
use super::*;

/// Numbers below `p`: the ends, single bits, edges of limbs, and many that look random.
fn samples<const L: usize>(p: &[u64; L], count: usize) -> Vec<[u64; L]> {
    let mut out = vec![[0; L]];
    for i in 0..64 * L {
        let mut power = [0; L];
        power[i / 64] = 1 << (i % 64);
        if less(&power, p) && (i % 52 < 2 || i % 52 == 51 || i % 64 == 0 || i % 13 == 0) {
            out.push(power);
            out.push(montgomery::sub(p, &[0; L], &power));
            let mut one = [0; L];
            one[0] = 1;
            out.push(montgomery::sub(p, &power, &one));
        }
    }
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    while out.len() < count {
        let mut x = [0; L];
        for word in &mut x {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            *word = state;
        }
        if less(&x, p) {
            out.push(x);
        }
    }
    out
}

#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn agrees<S: Shape, const L: usize, const N: usize>(modulus: &Modulus<L>) {
    let f = Field::<S, L, N>::new(modulus);
    let all = samples(&modulus.m, if cfg!(debug_assertions) { 2_000 } else { 400_000 });
    let eight = |from: usize| -> [[u64; L]; 8] { std::array::from_fn(|i| all[(from + i * i) % all.len()]) };
    let reduced = |x: &Lanes<N>| {
        let limbs: [[u64; 8]; N] = std::array::from_fn(|j| store(x[j]));
        std::array::from_fn::<_, 8, _>(|i| canonical(&f, std::array::from_fn(|j| limbs[j][i])))
    };
    let read = |x: &Lanes<N>| reduced(&leave(&f, x));
    for from in 0..all.len() / 3 {
        let (a, b) = (eight(from), eight(from * 7 + 1));
        let (x, y) = (enter(&f, &from_words(&a)), enter(&f, &from_words(&b)));
        let sum = carry(plus(&x, &y));
        let expected = |op: fn(&Modulus<L>, &[u64; L], &[u64; L]) -> [u64; L]| {
            std::array::from_fn::<_, 8, _>(|i| op(modulus, &a[i], &b[i]))
        };
        let times: fn(&Modulus<L>, &[u64; L], &[u64; L]) -> [u64; L] =
            |m, a, b| montgomery::mul(m, &montgomery::enter(m, a), b);
        let products = expected(times);
        let out = mul(&f, &x, &y);
        assert_eq!(zeros(&f, &out), (0..8).map(|i| u8::from(products[i] == [0; L]) << i).sum::<u8>());
        assert_eq!(read(&carry(minus(&f, &out, &[_mm512_setzero_si512(); N], 0))), products);
        assert_eq!(read(&sqr(&f, &x)), std::array::from_fn(|i| times(modulus, &a[i], &a[i])));
        assert_eq!(read(&mul(&f, &sum, &sum)), {
            let sums = expected(|m, a, b| montgomery::add(&m.m, a, b));
            std::array::from_fn(|i| times(modulus, &sums[i], &sums[i]))
        });
        let far = minus(&f, &plus(&sum, &sum), &y, 2);
        let tight = tighten(&f, far);
        let expected_far: [[u64; L]; 8] = std::array::from_fn(|i| {
            let twice = montgomery::add(&modulus.m, &a[i], &b[i]);
            montgomery::sub(&modulus.m, &montgomery::add(&modulus.m, &twice, &twice), &b[i])
        });
        assert_eq!(read(&tight), expected_far);
        // Below 2p, or `reduced` would not give the same.
        assert_eq!(reduced(&mul(&f, &tight, &splat_all(&f.one))), reduced(&tight));
        if from % 50 == 0 && zeros(&f, &x) == 0 {
            let inverses: [[u64; L]; 8] = std::array::from_fn(|i| invert_vartime(&a[i], &modulus.m));
            assert_eq!(read(&invert(&f, &x)), inverses);
        }
    }
}

#[test]
fn eight_lanes_agree_with_the_slow_twin() {
    if Avx512::detect().is_none() {
        return;
    }
    // SAFETY: the processor was asked.
    unsafe {
        agrees::<AnyOdd, 4, 5>(&P256.field);
        agrees::<AnyOdd, 4, 5>(&P256.order);
        agrees::<NistP256, 4, 5>(&P256.field);
        agrees::<AnyOdd, 4, 5>(&CRYPTO_PRO_A.field);
        agrees::<NearPower, 4, 5>(&CRYPTO_PRO_A.field);
        agrees::<AnyOdd, 4, 5>(&CRYPTO_PRO_B.field);
        agrees::<AnyOdd, 4, 5>(&CRYPTO_PRO_C.field);
        agrees::<AnyOdd, 4, 5>(&CRYPTO_PRO_C.order);
        agrees::<AnyOdd, 6, 8>(&P384.field);
        agrees::<AnyOdd, 6, 8>(&P384.order);
        agrees::<NistP384, 6, 8>(&P384.field);
        agrees::<AnyOdd, 8, 10>(&TC26_512_A.field);
        agrees::<NearPower, 8, 10>(&TC26_512_A.field);
        agrees::<AnyOdd, 8, 10>(&TC26_512_B.field);
        agrees::<AnyOdd, 8, 10>(&TC26_512_B.order);
    }
}
