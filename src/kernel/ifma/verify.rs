//! Many signatures at once with tables of their keys: no doublings, and one inversion for a whole round of additions.
#![expect(unsafe_code, reason = "vector code is called with proof that the processor has it")]
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "a kernel: positions are counted from the sizes of the lists made here"
)]

use super::super::curve::{Curve, Point};
use super::super::montgomery::{add as add_mod, less};
use super::super::path::Avx512;
use super::super::signature::{Equation, holds, is_in_range};
use super::digits::OddScalar;
use super::field::{AnyOdd, Field, Shape, canonical, enter, invert, minus, mul, plus, splat_one, sqr, zeros};
use super::lanes::{Lanes, carry, each, from_words, store};
use super::points::{Points, Round, add_pairs};
use super::table::{HotTable, lines_per_entry, read, windows};

/// Signatures that share their inversions: more share better, fewer stay in the cache.
pub const CHUNK: usize = 128;
const VECTORS: usize = CHUNK / 8;

/// A curve made ready for many verifications: constants in limbs, and the table of its generator.
#[derive(Clone, Debug)]
pub struct HotCurve<S, const L: usize, const N: usize> {
    curve: &'static Curve<L>,
    field: Field<S, L, N>,
    order: Field<AnyOdd, L, N>,
    generator: HotTable<L>,
    token: Avx512,
}

/// Memory that verifications work in; kept from call to call.
#[derive(Clone)]
pub struct Workspace<const N: usize> {
    points: Vec<Points<N>>,
    prefixes: Vec<Lanes<N>>,
    pairs: Vec<(u32, u32, u32)>,
}

impl<const N: usize> std::fmt::Debug for Workspace<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Workspace({} points)", self.points.len())
    }
}

impl<const N: usize> Default for Workspace<N> {
    fn default() -> Self {
        Self { points: Vec::new(), prefixes: Vec::new(), pairs: Vec::new() }
    }
}

impl<S: Shape, const L: usize, const N: usize> HotCurve<S, L, N> {
    /// Takes a curve whose prime has the shape `S`, and the bits of a window for its generator.
    pub fn new(token: Avx512, curve: &'static Curve<L>, window: usize) -> Self {
        let field = Field::new(&curve.field);
        let generator = HotTable::build(token, (curve, &field), &curve.generator, window);
        Self { curve, field, order: Field::new(&curve.order), generator, token }
    }

    /// Builds the table of a key: a point in the subgroup of prime order, not at infinity.
    pub fn table(&self, point: &Point<L>, window: usize) -> HotTable<L> {
        HotTable::build(self.token, (self.curve, &self.field), point, window)
    }

    /// Tells of each signature whether its equation holds. Answers do not depend on neighbours: what cannot be answered
    /// among them is computed alone. All tables must have been built by this curve.
    ///
    /// # Panics
    ///
    /// Where `answers` is not as long as `claims`, or a table is of another window than the first one.
    pub fn verify(&self, work: &mut Workspace<N>, claims: &[(&HotTable<L>, Equation<L>)], answers: &mut [bool]) {
        assert_eq!(claims.len(), answers.len(), "an answer for each claim");
        for (claims, answers) in claims.chunks(CHUNK).zip(answers.chunks_mut(CHUNK)) {
            // SAFETY: the token says that the processor has these instructions.
            let outcome = unsafe { self.verify_chunk(work, claims) };
            for (i, ((key, equation), answer)) in claims.iter().zip(answers).enumerate() {
                let lane = 1 << (i % 8);
                let Outcome { good, spoilt } = outcome;
                *answer = if spoilt[i / 8] & lane == 0 {
                    good[i / 8] & lane != 0
                } else {
                    holds(self.curve, &key.point, equation)
                };
            }
        }
    }

    #[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
    fn verify_chunk(&self, work: &mut Workspace<N>, claims: &[(&HotTable<L>, Equation<L>)]) -> Outcome {
        let vectors = claims.len().div_ceil(8);
        let mut outcome = Outcome { good: [0; VECTORS], spoilt: [0; VECTORS] };
        let scalars = self.scalars(claims, &mut outcome.spoilt);
        let leaves = self.load(work, claims, &scalars);
        self.add_up(work, (vectors, leaves), &mut outcome.spoilt);
        for vector in 0..vectors {
            let last = &work.points[vector * leaves..][..leaves];
            let r = lanes_of(claims, vector, |(_, equation)| equation.r);
            let (good, spoilt) = self.conclude(&last[0], &last[half(leaves)], &r);
            outcome.good[vector] = good;
            outcome.spoilt[vector] |= spoilt;
        }
        outcome
    }

    /// `g/d` and `k/d` of every lane; numbers out of range spoil theirs.
    #[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
    fn scalars(
        &self,
        claims: &[(&HotTable<L>, Equation<L>)],
        spoilt: &mut [u8; VECTORS],
    ) -> [[[OddScalar<L>; 2]; 8]; VECTORS] {
        let order = &self.order;
        let mut one = [0; L];
        one[0] = 1;
        let (mut divisors, mut prefixes) = ([Points::<N>::zero().x; VECTORS], [Points::<N>::zero().x; VECTORS]);
        let mut product = splat_one(order);
        let vectors = claims.len().div_ceil(8);
        for vector in 0..vectors {
            let sound = lanes_of(claims, vector, |(_, equation)| is_in_range(self.curve, equation));
            let divisor = lanes_of(claims, vector, |(_, equation)| equation.divisor);
            spoilt[vector] = (0..8).map(|i| u8::from(!sound[i]) << i).sum();
            let divisor = std::array::from_fn(|i| if sound[i] { divisor[i] } else { one });
            divisors[vector] = enter(order, &from_words(&divisor));
            prefixes[vector] = product;
            product = mul(order, &product, &divisors[vector]);
        }
        let mut inverse = invert(order, &product);
        let mut out = [[[OddScalar::new(&one, &order.words); 2]; 8]; VECTORS];
        for vector in (0..vectors).rev() {
            let own = mul(order, &inverse, &prefixes[vector]);
            inverse = mul(order, &inverse, &divisors[vector]);
            // One factor in Montgomery form gives a plain product.
            let u = mul(order, &own, &from_words(&lanes_of(claims, vector, |(_, e)| e.of_generator)));
            let v = mul(order, &own, &from_words(&lanes_of(claims, vector, |(_, e)| e.of_key)));
            let (u, v) = (reduced(order, &u), reduced(order, &v));
            out[vector] = std::array::from_fn(|i| [u[i], v[i]].map(|k| OddScalar::new(&k, &order.words)));
        }
        out
    }

    /// Reads all table entries; gives how many there are for each signature.
    #[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
    fn load(
        &self,
        work: &mut Workspace<N>,
        claims: &[(&HotTable<L>, Equation<L>)],
        scalars: &[[[OddScalar<L>; 2]; 8]; VECTORS],
    ) -> usize {
        let window = claims.first().map_or(1, |(key, _)| key.window);
        assert!(claims.iter().all(|(key, _)| key.window == window), "tables of one window");
        let counts = [windows(self.curve, self.generator.window), windows(self.curve, window)];
        let leaves = counts[0] + counts[1];
        let vectors = claims.len().div_ceil(8);
        work.points.resize(vectors * leaves, Points::zero());
        for (vector, scalars) in scalars.iter().enumerate().take(vectors) {
            let keys = lanes_of(claims, vector, |(key, _)| *key);
            for leaf in 0..leaves {
                let (which, i) = if leaf < counts[0] { (0, leaf) } else { (1, leaf - counts[0]) };
                let mut negative = 0;
                let entries = std::array::from_fn(|lane| {
                    let table = if which == 0 { &self.generator } else { keys[lane] };
                    let (index, turned) = scalars[lane][which].digit(i, table.window, counts[which]);
                    negative |= u8::from(turned) << lane;
                    let lines = lines_per_entry::<L>();
                    &table.lines[((i << (table.window - 1)) + index) * lines..][..lines]
                });
                work.points[vector * leaves + leaf] = read::<S, L, N>(&self.field, &entries, negative);
            }
        }
        leaves
    }

    /// Adds in rounds of pairs until two points are left of each signature: the first, and the one at `half`.
    #[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
    fn add_up(&self, work: &mut Workspace<N>, (vectors, leaves): (usize, usize), spoilt: &mut [u8; VECTORS]) {
        let mut stride = 1;
        while stride < half(leaves) {
            work.pairs.clear();
            for vector in 0..vectors {
                for a in (0..leaves - stride).step_by(2 * stride) {
                    let at = vector * leaves + a;
                    work.pairs.push((at as u32, (at + stride) as u32, vector as u32));
                }
            }
            work.prefixes.resize(work.prefixes.len().max(work.pairs.len()), Points::zero().x);
            add_pairs(&self.field, &mut work.points, &mut work.prefixes, &mut Round { pairs: &work.pairs, spoilt });
            stride *= 2;
        }
    }

    /// Whether `x(P + Q) mod n` is `r`, without an inversion: `(y_q − y_p)² = (x_p + x_q + x)·(x_q − x_p)²` for one of the
    /// `x = r, r + n, …` below `p`. Gives the lanes where it is so, and those where `P = ±Q`.
    #[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
    fn conclude(&self, p: &Points<N>, q: &Points<N>, r: &[[u64; L]; 8]) -> (u8, u8) {
        let f = &self.field;
        let difference = carry(minus(f, &q.x, &p.x, 2));
        let spoilt = zeros(f, &difference);
        let width = sqr(f, &difference);
        let height = sqr(f, &carry(minus(f, &q.y, &p.y, 2)));
        let sum = plus(&p.x, &q.x);
        let (mut candidates, mut left, mut good) = (*r, u8::MAX, 0);
        loop {
            for (i, candidate) in candidates.iter().enumerate() {
                if !less(candidate, &f.words) {
                    left &= !(1 << i);
                }
            }
            left &= !good;
            if left == 0 {
                return (good & !spoilt, spoilt);
            }
            let x = enter(f, &from_words(&candidates));
            let right = mul(f, &carry(plus(&sum, &x)), &width);
            good |= zeros(f, &carry(minus(f, &height, &right, 2))) & left;
            for (i, candidate) in candidates.iter_mut().enumerate() {
                match next_candidate(candidate, self.curve) {
                    Some(next) => *candidate = next,
                    None => left &= !(1 << i),
                }
            }
        }
    }
}

/// What a chunk came to, by lane.
#[derive(Clone, Copy)]
struct Outcome {
    good: [u8; VECTORS],
    /// Lanes that have no answer: they are computed alone.
    spoilt: [u8; VECTORS],
}

/// `x + n`, where that stays below `p`.
fn next_candidate<const L: usize>(x: &[u64; L], curve: &Curve<L>) -> Option<[u64; L]> {
    // n ≤ x + n < p exactly where x < p − n; for n > p there is no such x.
    let p = &curve.field.m;
    let n = &curve.order.m;
    if !less(n, p) {
        return None;
    }
    let room = super::super::montgomery::sub(p, &[0; L], n);
    less(x, &room).then(|| add_mod(p, x, n))
}

/// The position of the second half of a tree.
fn half(leaves: usize) -> usize {
    leaves.next_power_of_two() / 2
}

/// What eight claims hold; where there are fewer, the first stands in for those that are missing.
fn lanes_of<T, U: Copy>(claims: &[T], vector: usize, of: impl Fn(&T) -> U) -> [U; 8] {
    std::array::from_fn(|i| of(claims.get(8 * vector + i).unwrap_or(&claims[0])))
}

#[inline]
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn reduced<const L: usize, const N: usize>(order: &Field<AnyOdd, L, N>, x: &Lanes<N>) -> [[u64; L]; 8] {
    let mut limbs = [[0; 8]; N];
    each!(N, j => { limbs[j] = store(x[j]); });
    std::array::from_fn(|i| canonical(order, std::array::from_fn(|j| limbs[j][i])))
}

#[cfg(test)]
mod tests;
