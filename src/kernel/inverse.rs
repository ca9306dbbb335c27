//! Inverses modulo an odd number by Bernstein and Yang's division steps ("Fast constant-time gcd computation and modular
//! inversion", 2019), sixty-two steps at a time. Its time tells its argument: for public numbers alone.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::many_single_char_names,
    reason = "a kernel: indices are below the number of limbs; the bounds on words are those of the paper's §11"
)]

/// Bits of a limb, and steps of a round.
const ROUND: u32 = 62;
const MASK: i64 = (1 << ROUND) - 1;

/// Limbs of the largest number: nine words, a sign and the slack of `d` and `e`.
const LIMBS: usize = 10;

/// A number in two's complement by limbs of 62 bits; the last one carries the sign.
type Signed = [i64; LIMBS];

/// `x⁻¹ mod m`, for odd `m` and `x < m`; zero where there is none. *Takes* up to nine words.
pub fn invert_vartime<const L: usize>(x: &[u64; L], m: &[u64; L]) -> [u64; L] {
    const { assert!(L < LIMBS, "a limb more than words") };
    let limbs = L + 1;
    let modulus = split(m);
    let inverse = word_inverse(m[0]);
    let (mut f, mut g) = (modulus, split(x));
    let (mut d, mut e): (Signed, Signed) = ([0; LIMBS], [0; LIMBS]);
    e[0] = 1;
    let mut eta = -1;
    let mut used = limbs;
    while g[..used].iter().any(|&limb| limb != 0) {
        let step;
        (eta, step) = divide_steps(eta, f[0] as u64, g[0] as u64);
        update_cofactors((&mut d, &mut e), &step, (&modulus, inverse), limbs);
        update_numbers((&mut f, &mut g), &step, used);
        used = shortened((&mut f, &mut g), used);
    }
    // f is ±gcd(x, m), and d·x is f modulo m.
    if used == 1 && f[0].unsigned_abs() == 1 { normalised(d, f[0], &modulus, limbs) } else { [0; L] }
}

/// What 62 division steps do: `2^62·f' = u·f + v·g`, `2^62·g' = q·f + r·g`.
struct Step {
    u: i64,
    v: i64,
    q: i64,
    r: i64,
}

fn divide_steps(mut eta: i64, mut f: u64, mut g: u64) -> (i64, Step) {
    let (mut u, mut v, mut q, mut r) = (1_u64, 0_u64, 0_u64, 1_u64);
    let mut left = ROUND;
    loop {
        let zeros = (g | u64::MAX << left).trailing_zeros();
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        eta -= i64::from(zeros);
        left -= zeros;
        if left == 0 {
            break;
        }
        if eta < 0 {
            eta = -eta;
            (f, g) = (g, f.wrapping_neg());
            (u, q) = (q, u.wrapping_neg());
            (v, r) = (r, v.wrapping_neg());
        }
        // At most eta + 1 steps go without another exchange: as many low bits of g may be cleared at once.
        let span = left.min(eta.min(62) as u32 + 1).min(6);
        // f·(f² − 2) is −f⁻¹ modulo 64.
        let w = f.wrapping_mul(g).wrapping_mul(f.wrapping_mul(f).wrapping_sub(2)) & (u64::MAX >> (64 - span));
        g = g.wrapping_add(f.wrapping_mul(w));
        q = q.wrapping_add(u.wrapping_mul(w));
        r = r.wrapping_add(v.wrapping_mul(w));
    }
    (eta, Step { u: u as i64, v: v as i64, q: q as i64, r: r as i64 })
}

fn wide(a: i64, b: i64) -> i128 {
    i128::from(a) * i128::from(b)
}

/// `(d, e) := step·(d, e) / 2^62 mod m`; both stay between `−2m` and `m`.
fn update_cofactors((d, e): (&mut Signed, &mut Signed), t: &Step, (m, inverse): (&Signed, u64), limbs: usize) {
    let (sd, se) = (d[limbs - 1] >> 63, e[limbs - 1] >> 63);
    let (mut md, mut me) = ((t.u & sd) + (t.v & se), (t.q & sd) + (t.r & se));
    let mut cd = wide(t.u, d[0]) + wide(t.v, e[0]);
    let mut ce = wide(t.q, d[0]) + wide(t.r, e[0]);
    // Multiples of m that make the sums divisible by 2^62.
    md -= inverse.wrapping_mul(cd as u64).wrapping_add(md as u64) as i64 & MASK;
    me -= inverse.wrapping_mul(ce as u64).wrapping_add(me as u64) as i64 & MASK;
    cd += wide(m[0], md);
    ce += wide(m[0], me);
    cd >>= ROUND;
    ce >>= ROUND;
    for i in 1..limbs {
        cd += wide(t.u, d[i]) + wide(t.v, e[i]) + wide(m[i], md);
        ce += wide(t.q, d[i]) + wide(t.r, e[i]) + wide(m[i], me);
        d[i - 1] = cd as i64 & MASK;
        e[i - 1] = ce as i64 & MASK;
        cd >>= ROUND;
        ce >>= ROUND;
    }
    d[limbs - 1] = cd as i64;
    e[limbs - 1] = ce as i64;
}

/// `(f, g) := step·(f, g) / 2^62`, exactly.
fn update_numbers((f, g): (&mut Signed, &mut Signed), t: &Step, used: usize) {
    let mut cf = (wide(t.u, f[0]) + wide(t.v, g[0])) >> ROUND;
    let mut cg = (wide(t.q, f[0]) + wide(t.r, g[0])) >> ROUND;
    for i in 1..used {
        cf += wide(t.u, f[i]) + wide(t.v, g[i]);
        cg += wide(t.q, f[i]) + wide(t.r, g[i]);
        f[i - 1] = cf as i64 & MASK;
        g[i - 1] = cg as i64 & MASK;
        cf >>= ROUND;
        cg >>= ROUND;
    }
    f[used - 1] = cf as i64;
    g[used - 1] = cg as i64;
}

/// Drops the last limb of both while it only repeats the sign.
fn shortened((f, g): (&mut Signed, &mut Signed), mut used: usize) -> usize {
    while used > 1 && [&*f, &*g].iter().all(|x| x[used - 1] == x[used - 1] >> 63) {
        for x in [&mut *f, &mut *g] {
            let sign = x[used - 1] << ROUND;
            x[used - 2] |= sign;
            x[used - 1] = 0;
        }
        used -= 1;
    }
    used
}

/// `sign·d mod m`, of a `d` between `−2m` and `m`, in words.
fn normalised<const L: usize>(mut d: Signed, sign: i64, m: &Signed, limbs: usize) -> [u64; L] {
    let mut pass = |sign: i64| {
        let lift = d[limbs - 1] >> 63;
        let mut carry = 0;
        for i in 0..limbs {
            let sum = sign * (d[i] + (m[i] & lift)) + carry;
            d[i] = if i == limbs - 1 { sum } else { sum & MASK };
            carry = sum >> ROUND;
        }
    };
    pass(sign);
    pass(1);
    let mut words = [0; L];
    for (i, &limb) in d[..limbs].iter().enumerate() {
        let (word, shift) = (i * 62 / 64, i * 62 % 64);
        if word < L {
            words[word] |= (limb as u64) << shift;
        }
        if shift > 2 && word + 1 < L {
            words[word + 1] |= limb as u64 >> (64 - shift);
        }
    }
    words
}

fn split<const L: usize>(words: &[u64; L]) -> Signed {
    let mut limbs = [0; LIMBS];
    let word = |i: usize| words.get(i).copied().unwrap_or(0);
    for (i, limb) in limbs.iter_mut().enumerate() {
        let (at, shift) = (i * 62 / 64, i * 62 % 64);
        let joined = u128::from(word(at)) | u128::from(word(at + 1)) << 64;
        *limb = (joined >> shift) as i64 & MASK;
    }
    limbs
}

/// `m⁻¹ mod 2^64`, by Newton's method.
fn word_inverse(m: u64) -> u64 {
    (0..6).fold(1_u64, |inverse, _| inverse.wrapping_mul(2_u64.wrapping_sub(m.wrapping_mul(inverse))))
}

#[cfg(test)]
mod tests {
    use super::super::curves::{CRYPTO_PRO_C, P256, P384, P521, TC26_512_A, TC26_512_B};
    use super::super::montgomery::{Modulus, enter, invert, leave, sub};
    use super::*;

    fn agrees<const L: usize>(modulus: &Modulus<L>) {
        let mut x = [0; L];
        assert_eq!(invert_vartime(&x, &modulus.m), x, "zero has none");
        let mut samples = Vec::new();
        for i in 0..64 * L {
            let mut power = [0; L];
            power[i / 64] = 1 << (i % 64);
            if super::super::montgomery::less(&power, &modulus.m) {
                samples.push(power);
                samples.push(sub(&modulus.m, &[0; L], &power));
            }
        }
        x[0] = 3;
        for _ in 0..500 {
            x = super::super::montgomery::add(&modulus.m, &super::super::montgomery::mul(modulus, &x, &x), &samples[6]);
            samples.push(x);
        }
        for x in samples {
            let expected = leave(modulus, &invert(modulus, &enter(modulus, &x)));
            assert_eq!(invert_vartime(&x, &modulus.m), expected, "{x:x?}");
        }
    }

    #[test]
    fn inverses_agree_with_fermat_and_what_has_none_gives_zero() {
        agrees(&P256.field);
        agrees(&P256.order);
        agrees(&P384.field);
        agrees(&TC26_512_A.field);
        agrees(&TC26_512_B.order);
        agrees(&CRYPTO_PRO_C.field);
        agrees(&P521.field);
        agrees(&P521.order);
        assert_eq!(invert_vartime(&[3], &[15]), [0], "a common factor");
        assert_eq!(invert_vartime(&[4], &[15]), [4]);
    }

    #[test]
    fn nine_full_words_leave_room_for_signs() {
        // Odd numbers of 576 bits, of which nothing else is known: what has an inverse, times it, is one.
        for low in [u64::MAX, 1, 0x9e37_79b9_7f4a_7c15, 3] {
            let mut m = [u64::MAX; 9];
            m[0] = low;
            let modulus = Modulus::new(m);
            let mut found = 0;
            for i in 0..576 {
                let mut x = m;
                x[i / 64] ^= 1 << (i % 64);
                x[8] >>= i % 3;
                if !super::super::montgomery::less(&x, &m) {
                    continue;
                }
                let inverse = invert_vartime(&x, &m);
                if inverse != [0; 9] {
                    found += 1;
                    let product = super::super::montgomery::mul(&modulus, &enter(&modulus, &x), &inverse);
                    assert_eq!(product, [1, 0, 0, 0, 0, 0, 0, 0, 0], "{x:x?}");
                }
            }
            assert!(found > 200, "{found}");
        }
    }
}
