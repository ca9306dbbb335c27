//! Polynomials of ML-DSA, modulo `q = 8380417` and `X^256 + 1`, for one purpose: to see whether the parts of a private
//! key belong together (FIPS 204 §5.1). Branches and addresses do not depend on the coefficients.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a kernel: indices are below 256, products of two residues below 2^46"
)]

/// The modulus.
pub const Q: u64 = 8_380_417;

/// Coefficients below `q`, or values of the transform.
pub type Polynomial = [u64; 256];

/// Powers of the root 1753 in the order of the transform: `1753^brv(k)` (FIPS 204 §7.5, appendix B).
const ZETAS: Polynomial = {
    let mut zetas = [0; 256];
    let mut k = 0;
    while k < 256 {
        let (mut reversed, mut bit) = (0, 0);
        while bit < 8 {
            reversed |= (k >> bit & 1) << (7 - bit);
            bit += 1;
        }
        let (mut power, mut i) = (1, 0);
        while i < reversed {
            power = power * 1753 % Q;
            i += 1;
        }
        zetas[k] = power;
        k += 1;
    }
    zetas
};

/// The number-theoretic transform (FIPS 204 algorithm 41).
pub fn transform(w: &mut Polynomial) {
    let (mut m, mut length) = (0, 128);
    while length >= 1 {
        for start in (0..256).step_by(2 * length) {
            m += 1;
            for j in start..start + length {
                let t = ZETAS[m] * w[j + length] % Q;
                w[j + length] = (w[j] + Q - t) % Q;
                w[j] = (w[j] + t) % Q;
            }
        }
        length /= 2;
    }
}

/// Its inverse (FIPS 204 algorithm 42).
pub fn transform_back(w: &mut Polynomial) {
    let (mut m, mut length) = (256, 1);
    while length < 256 {
        for start in (0..256).step_by(2 * length) {
            m -= 1;
            for j in start..start + length {
                let t = w[j];
                w[j] = (t + w[j + length]) % Q;
                w[j + length] = (Q - ZETAS[m]) * ((t + Q - w[j + length]) % Q) % Q;
            }
        }
        length *= 2;
    }
    // 256⁻¹ mod q.
    w.iter_mut().for_each(|x| *x = *x * 8_347_681 % Q);
}

/// `sum + a·b`, of transforms.
pub fn multiply_add(sum: &mut Polynomial, a: &Polynomial, b: &Polynomial) {
    for i in 0..256 {
        sum[i] = (sum[i] + a[i] * b[i]) % Q;
    }
}

/// The low part of every coefficient, `r mod± 2^13` (FIPS 204 algorithm 35), as `2^12 − r0`, which is never negative.
pub fn low_parts(t: &Polynomial) -> Polynomial {
    // r0 lies above −2^12 and at 2^12 at most: shifted by 2^12 − 1 it is r + 2^12 − 1 mod 2^13.
    let mut low = [0; 256];
    for i in 0..256 {
        low[i] = 8191 - (t[i] + 4095) % 8192;
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(seed: u64) -> Polynomial {
        let mut w = [0; 256];
        for (i, x) in (0..).zip(w.iter_mut()) {
            *x = (seed + i) * 2_654_435_761 % Q;
        }
        w
    }

    #[test]
    fn products_of_transforms_are_those_of_the_slow_twin() {
        let (a, b) = (sample(1), sample(1000));
        let mut slow = [0; 256];
        for i in 0..256 {
            for j in 0..256 {
                let product = a[i] * b[j] % Q;
                let sign = if i + j < 256 { product } else { Q - product };
                slow[(i + j) % 256] = (slow[(i + j) % 256] + sign) % Q;
            }
        }
        let (mut x, mut y, mut fast) = (a, b, [0; 256]);
        transform(&mut x);
        transform(&mut y);
        multiply_add(&mut fast, &x, &y);
        transform_back(&mut fast);
        assert_eq!(fast, slow);
        transform_back(&mut x);
        assert_eq!(x, a);
    }

    #[test]
    fn low_parts_lie_around_zero() {
        let mut t = [0; 256];
        t[..6].copy_from_slice(&[0, 1, 4096, 4097, 8191, 8192]);
        assert_eq!(low_parts(&t)[..6], [4096, 4095, 0, 8191, 4097, 4096]);
    }
}
