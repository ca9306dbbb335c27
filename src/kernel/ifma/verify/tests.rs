use super::super::super::curve::{add_points, from_affine, multiply_two_vartime, to_affine};
use super::super::super::curves::{
    CRYPTO_PRO_A, CRYPTO_PRO_B, CRYPTO_PRO_C, P256, P384, TC26_256_A, TC26_512_A, TC26_512_B, TC26_512_C,
};
use super::super::super::inverse::invert_vartime;
use super::super::super::montgomery::{enter as enter_mod, mul as mul_mod, reduce, sub as sub_mod};
use super::super::field::{NearPower, NistP256, NistP384};
use super::*;

const SCALE: usize = if cfg!(debug_assertions) { 1 } else { 100 };

struct Random(u64);

impl Random {
    fn word(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below<const L: usize>(&mut self, n: &[u64; L]) -> [u64; L] {
        loop {
            let mut x: [u64; L] = std::array::from_fn(|_| self.word());
            x[L - 1] >>= n[L - 1].leading_zeros();
            if less(&x, n) {
                return x;
            }
        }
    }
}

fn small<const L: usize>(x: u64) -> [u64; L] {
    let mut words = [0; L];
    words[0] = x;
    words
}

/// An equation that holds, with these numbers; `None` where they lead to infinity or `r = 0`.
fn equation<const L: usize>(
    curve: &Curve<L>,
    key: &Point<L>,
    [divisor, of_generator, of_key]: [[u64; L]; 3],
) -> Option<Equation<L>> {
    let order = &curve.order;
    let inverse = enter_mod(order, &invert_vartime(&divisor, &order.m));
    let (u, v) = (mul_mod(order, &inverse, &of_generator), mul_mod(order, &inverse, &of_key));
    let sum = multiply_two_vartime(curve, &u, &v, key);
    if super::super::super::curve::is_identity(&sum) {
        return None;
    }
    let r = reduce(order, &to_affine(curve, &sum).0);
    (r != [0; L]).then_some(Equation { divisor, of_generator, of_key, r })
}

fn bit<const L: usize>(i: usize) -> [u64; L] {
    let mut words = [0; L];
    words[i / 64] = 1 << (i % 64);
    words
}

/// Numbers that are likely to go wrong.
fn odd_ones<const L: usize>(n: &[u64; L]) -> Vec<[u64; L]> {
    let mut out: Vec<[u64; L]> = (0..5).map(small).collect();
    out.extend((0..5).map(|i| sub_mod(n, &[0; L], &small(i + 1))));
    for i in [51, 52, 53, 63, 64, 65, 103, 104, 155, 156, 207, 208] {
        out.push(bit(i));
        out.push(sub_mod(n, &bit(i), &small(1)));
        out.push(sub_mod(n, &[0; L], &bit(i)));
    }
    out
}

/// A curve with some keys: the generator, its opposite, its double, and others.
struct Keys<S, const L: usize, const N: usize> {
    fast: FastCurve<S, L, N>,
    points: Vec<Point<L>>,
    tables: Vec<KeyTable<L>>,
}

/// Which key, and the numbers.
type Claim<const L: usize> = (usize, Equation<L>);

impl<S: Shape, const L: usize, const N: usize> Keys<S, L, N> {
    fn new(token: Avx512, curve: &'static Curve<L>, random: &mut Random) -> Self {
        let fast = FastCurve::new(token, curve, [7, 5]);
        let g = curve.generator;
        let (x, y) = to_affine(curve, &g);
        let minus_g = from_affine(curve, &x, &sub_mod(&curve.field.m, &[0; L], &y)).unwrap();
        let mut points = vec![g, minus_g, add_points(curve, &g, &g)];
        for _ in 0..3 {
            points.push(multiply_two_vartime(curve, &random.below(&curve.order.m), &small(1), &g));
        }
        let tables = points.iter().map(|point| fast.key_table(point)).collect();
        Self { fast, points, tables }
    }

    /// Both ways, which must agree.
    fn answers(&self, claims: &[Claim<L>]) -> Vec<bool> {
        let (mut work, mut hot, mut cold) =
            (Workspace::default(), vec![false; claims.len()], vec![false; claims.len()]);
        let with: Vec<_> = claims.iter().map(|&(key, equation)| (&self.tables[key], equation)).collect();
        self.fast.verify(&mut work, &with, &mut hot);
        let without: Vec<_> = claims.iter().map(|&(key, equation)| (&self.points[key], equation)).collect();
        self.fast.verify_cold(&mut work, &without, &mut cold);
        assert_eq!(hot, cold, "with tables and without");
        hot
    }

    fn agrees_with_twin(&self, claims: &[Claim<L>]) -> Vec<bool> {
        let answers = self.answers(claims);
        for ((key, equation), answer) in claims.iter().zip(&answers) {
            assert_eq!(*answer, holds(self.fast.curve, &self.points[*key], equation), "{equation:x?}");
        }
        answers
    }
}

fn check<S: Shape, const L: usize, const N: usize>(curve: &'static Curve<L>) {
    let Some(token) = Avx512::detect() else { return };
    let mut random = Random(0x1234_5678_9abc_def1);
    let keys = Keys::<S, L, N>::new(token, curve, &mut random);
    let n = &curve.order.m;
    let mut claims = Vec::new();
    let odd = odd_ones(n);
    for i in 0..60 * SCALE {
        let key = i % keys.points.len();
        let numbers = [random.below(n), random.below(n), random.below(n)];
        claims.extend(equation(curve, &keys.points[key], numbers).map(|e| (key, e)));
    }
    for (i, a) in odd.iter().enumerate() {
        for (j, b) in odd.iter().enumerate().skip(i % 3).step_by(3) {
            let key = (i + j) % keys.points.len();
            let divisor = if (i + j) % 4 == 0 { random.below(n) } else { small(1) };
            claims.extend(equation(curve, &keys.points[key], [divisor, *a, *b]).map(|e| (key, e)));
        }
    }
    assert!(keys.answers(&claims).iter().all(|&good| good), "sound ones");
    refusals(&keys, &claims, &mut random);
    degenerate(&keys);
    one_bad_lane(&keys, &claims);
    assert!(keys.answers(&[]).is_empty());
}

/// One number of each changed: the twin decides whether it still holds (`r` and `n − r` may not be told apart by it).
fn refusals<S: Shape, const L: usize, const N: usize>(keys: &Keys<S, L, N>, claims: &[Claim<L>], random: &mut Random) {
    let n = &keys.fast.curve.order.m;
    let changed: Vec<_> = claims
        .iter()
        .enumerate()
        .map(|(i, &(key, mut e))| {
            match i % 8 {
                0 => e.r = sub_mod(n, &e.r, &small(1)),
                1 => e.of_key[0] ^= 1,
                2 => e.of_generator[0] ^= 2,
                3 => e.divisor = random.below(n),
                4 => e.r = *n,
                5 => e.divisor = [0; L],
                6 => e.r = [0; L],
                _ => e.of_key = std::array::from_fn(|_| u64::MAX),
            }
            (key, e)
        })
        .collect();
    let accepted = keys.agrees_with_twin(&changed).into_iter().filter(|&good| good).count();
    assert!(accepted < 8, "{accepted} changed ones are accepted");
}

/// `u·G + v·Q` at infinity, and sums whose halves are equal or opposite.
fn degenerate<S: Shape, const L: usize, const N: usize>(keys: &Keys<S, L, N>) {
    let n = &keys.fast.curve.order.m;
    let mut claims = Vec::new();
    for scalar in [small(1), small(2), small(31), small(33), small(12345), sub_mod(n, &[0; L], &small(1)), bit(100)] {
        for (key, other) in [(0, sub_mod(n, &[0; L], &scalar)), (1, scalar), (0, scalar), (2, scalar)] {
            for r in [small(1), scalar, to_affine(keys.fast.curve, &keys.fast.curve.generator).0] {
                claims.push((key, Equation { divisor: small(1), of_generator: scalar, of_key: other, r }));
            }
        }
    }
    for r in [small(1), bit(60)] {
        claims.push((3, Equation { divisor: small(7), of_generator: [0; L], of_key: [0; L], r }));
    }
    keys.agrees_with_twin(&claims);
}

/// A bad one at each position in turn, in batches of every odd size: it alone is refused.
fn one_bad_lane<S: Shape, const L: usize, const N: usize>(keys: &Keys<S, L, N>, claims: &[Claim<L>]) {
    for size in [1, 7, 8, 9, 16, 17, 8 * keys.fast.vectors + 3] {
        let step = if size > 17 { 13 } else { 1 };
        for bad in (0..size).step_by(step) {
            let mut claims = claims[..size].to_vec();
            claims[bad].1.of_key[0] ^= 1;
            let answers = keys.answers(&claims);
            let refused: Vec<_> = (0..size).filter(|&i| !answers[i]).collect();
            assert_eq!(refused, [bad], "batch of {size}");
        }
    }
}

/// All windows: each cuts scalars elsewhere.
#[test]
fn every_window_gives_the_same_answers() {
    let Some(token) = Avx512::detect() else { return };
    let mut random = Random(99);
    for window in 2..10 {
        let fast = FastCurve::<NearPower, 8, 10>::new(token, &TC26_512_C, [window, 11 - window]);
        let n = &TC26_512_C.order.m;
        let point = multiply_two_vartime(&TC26_512_C, &random.below(n), &small(1), &TC26_512_C.generator);
        let table = fast.key_table(&point);
        let mut claims = Vec::new();
        for _ in 0..9 {
            let numbers = [random.below(n), random.below(n), random.below(n)];
            claims.extend(equation(&TC26_512_C, &point, numbers).map(|e| (&table, e)));
        }
        claims[3].1.r = small(5);
        let mut answers = vec![false; claims.len()];
        fast.verify(&mut Workspace::default(), &claims, &mut answers);
        assert_eq!(answers, (0..claims.len()).map(|i| i != 3).collect::<Vec<_>>(), "windows of {window}");
    }
}

#[test]
fn p256_agrees_with_its_twin() {
    check::<NistP256, 4, 5>(&P256);
    check::<AnyOdd, 4, 5>(&P256);
}

#[test]
fn p384_agrees_with_its_twin() {
    check::<NistP384, 6, 8>(&P384);
}

#[test]
fn gost_of_256_bits_agrees_with_its_twin() {
    check::<NearPower, 4, 5>(&CRYPTO_PRO_A);
    check::<NearPower, 4, 5>(&TC26_256_A);
    check::<AnyOdd, 4, 5>(&CRYPTO_PRO_B);
    check::<AnyOdd, 4, 5>(&CRYPTO_PRO_C);
}

#[test]
fn gost_of_512_bits_agrees_with_its_twin() {
    check::<NearPower, 8, 10>(&TC26_512_A);
    check::<AnyOdd, 8, 10>(&TC26_512_B);
    check::<NearPower, 8, 10>(&TC26_512_C);
}
