//! Many signatures at once: with tables of their keys, where those are met often, and without, where they are not.
#![expect(unsafe_code, reason = "vector code is called with proof that the processor has it")]
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::large_stack_arrays,
    reason = "a kernel: positions are counted from the sizes of the lists made here"
)]

use super::super::curve::{Curve, Point, affine_coordinates};
use super::super::level::Avx512;
use super::super::montgomery::{add as add_mod, less, sub as sub_mod};
use super::super::signature::{Equation, holds, is_in_range};
use super::cold::{self, Affine};
use super::digits::Digits;
use super::field::{AnyOdd, Field, Shape, enter, invert, minus, mul, plus, reduced, splat_one, sqr, zeros};
use super::lanes::{Lanes, carry, from_words};
use super::points::Points;
pub use super::sum::Workspace;
use super::sum::{Vector, add_up, last_two};
use super::table::{Table, lines, windows};

/// Vectors of signatures that share their inversions, at most.
const VECTORS: usize = 32;

/// A curve made ready for many verifications: constants in limbs, and the multiples of its generator.
pub struct FastCurve<S, const L: usize, const N: usize> {
    curve: &'static Curve<L>,
    field: Field<S, L, N>,
    order: Field<AnyOdd, L, N>,
    /// The curve's coefficient `a`.
    a: [u64; L],
    generator: Table<L>,
    key_window: usize,
    /// Vectors of a chunk: more share an inversion, fewer stay in the cache.
    vectors: usize,
    token: Avx512,
}

/// A key with its multiples.
#[derive(Debug)]
pub struct KeyTable<const L: usize> {
    curve: &'static Curve<L>,
    point: Point<L>,
    table: Table<L>,
}

/// Octets that the multiples of one point take, with windows of so many bits.
pub fn table_bytes<const L: usize>(curve: &Curve<L>, window: usize) -> usize {
    lines(curve, window) * 64
}

impl<S: Shape, const L: usize, const N: usize> FastCurve<S, L, N> {
    /// Takes a curve whose prime has the shape `S`, and the bits of a window (2 to 13) for its generator and for keys.
    ///
    /// # Panics
    ///
    /// On other windows.
    pub fn new(token: Avx512, curve: &'static Curve<L>, [of_generator, key_window]: [usize; 2]) -> Self {
        let field = Field::new(&curve.field);
        let generator = Table::new(token, (curve, &field), of_generator, &curve.generator);
        let vectors = if N == 5 { VECTORS } else { VECTORS / 2 };
        let order = Field::new(&curve.order);
        Self { curve, field, order, a: curve.coefficients().0, generator, key_window, vectors, token }
    }

    /// Computes the multiples of a key: a point in the subgroup of prime order, not at infinity.
    pub fn key_table(&self, point: &Point<L>) -> KeyTable<L> {
        let table = Table::new(self.token, (self.curve, &self.field), self.key_window, point);
        KeyTable { curve: self.curve, point: *point, table }
    }

    /// Tells of each signature whether its equation holds. Answers do not depend on neighbours: what cannot be answered
    /// among them is computed alone.
    ///
    /// # Panics
    ///
    /// Where `answers` is not as long as `claims`, or a table is that of another curve or of other windows.
    pub fn verify(&self, work: &mut Workspace<N>, claims: &[(&KeyTable<L>, Equation<L>)], answers: &mut [bool]) {
        let fits = |key: &KeyTable<L>| std::ptr::eq(key.curve, self.curve) && key.table.window == self.key_window;
        assert!(claims.iter().all(|(key, _)| fits(key)), "tables of this curve and these windows");
        // SAFETY: the token says that the processor has these instructions.
        let compute = |claims: &[_], work: &mut _| unsafe { self.verify_chunk(work, claims) };
        self.in_chunks(claims, answers, |key| &key.point, |claims| compute(claims, work));
    }

    /// The same for keys that nothing is kept of: points in the subgroup of prime order, not at infinity.
    ///
    /// # Panics
    ///
    /// Where `answers` is not as long as `claims`.
    pub fn verify_cold(&self, work: &mut Workspace<N>, claims: &[(&Point<L>, Equation<L>)], answers: &mut [bool]) {
        // SAFETY: the token says that the processor has these instructions.
        let compute = |claims: &[_], work: &mut _| unsafe { self.verify_cold_chunk(work, claims) };
        self.in_chunks(claims, answers, |key| key, |claims| compute(claims, work));
    }

    fn in_chunks<'a, K>(
        &self,
        claims: &'a [(K, Equation<L>)],
        answers: &mut [bool],
        point: impl Fn(&'a K) -> &'a Point<L>,
        mut compute: impl FnMut(&'a [(K, Equation<L>)]) -> Outcome,
    ) {
        assert_eq!(claims.len(), answers.len(), "an answer for each claim");
        for (claims, answers) in claims.chunks(8 * self.vectors).zip(answers.chunks_mut(8 * self.vectors)) {
            let outcome = compute(claims);
            for (i, ((key, equation), answer)) in claims.iter().zip(answers).enumerate() {
                let lane = 1 << (i % 8);
                *answer = if outcome.spoilt[i / 8] & lane != 0 {
                    holds(self.curve, point(key), equation)
                } else {
                    outcome.good[i / 8] & lane != 0
                };
            }
        }
    }

    #[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
    fn verify_chunk(&self, work: &mut Workspace<N>, claims: &[(&KeyTable<L>, Equation<L>)]) -> Outcome {
        let mut outcome = Outcome { good: [0; VECTORS], spoilt: [0; VECTORS] };
        let cut = claims.first().map_or((0, 0), |(key, _)| (self.key_window, key.table.count));
        let scalars = self.scalars(claims, cut, &mut outcome.spoilt);
        let vectors: Vec<_> = (0..claims.len().div_ceil(8))
            .map(|vector| Vector {
                of_generator: (&scalars[vector][0], &self.generator),
                of_keys: Some((&scalars[vector][1], lanes_of(claims, vector, |(key, _)| &key.table))),
            })
            .collect();
        let leaves = add_up(&self.field, work, &vectors, &mut outcome.spoilt);
        for vector in 0..vectors.len() {
            let [p, q] = last_two(work, vector, leaves);
            let r = lanes_of(claims, vector, |(_, equation)| equation.r);
            let (good, spoilt) = self.conclude(p, q, &r);
            outcome.good[vector] = good;
            outcome.spoilt[vector] |= spoilt;
        }
        outcome
    }

    #[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
    fn verify_cold_chunk(&self, work: &mut Workspace<N>, claims: &[(&Point<L>, Equation<L>)]) -> Outcome {
        let (f, mut outcome) = (&self.field, Outcome { good: [0; VECTORS], spoilt: [0; VECTORS] });
        let count = windows(self.curve, cold::WINDOW);
        let scalars = self.scalars(claims, (cold::WINDOW, count), &mut outcome.spoilt);
        let vectors: Vec<_> = scalars[..claims.len().div_ceil(8)]
            .iter()
            .map(|[digits, _]| Vector { of_generator: (digits, &self.generator), of_keys: None })
            .collect();
        let leaves = add_up(f, work, &vectors, &mut outcome.spoilt);
        let a = enter(f, &from_words(&[self.a; 8]));
        let mut vector = 0;
        while vector < vectors.len() {
            let job = (&a, claims, scalars.as_slice(), vector);
            if vector + 1 < vectors.len() {
                self.conclude_cold::<2>(job, (work, leaves), &mut outcome);
                vector += 2;
            } else {
                self.conclude_cold::<1>(job, (work, leaves), &mut outcome);
                vector += 1;
            }
        }
        outcome
    }

    /// The keys' part of `G` vectors, and the sum of both.
    #[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
    fn conclude_cold<const G: usize>(
        &self,
        (a, claims, scalars, first): ColdVectors<'_, L, N>,
        (work, leaves): (&Workspace<N>, usize),
        outcome: &mut Outcome,
    ) {
        let f = &self.field;
        let zero = [Points::<N>::zero().x; G];
        let mut key = Affine { x: zero, y: zero };
        for g in 0..G {
            let coordinates = lanes_of(claims, first + g, |(point, _)| affine_coordinates(self.curve, point));
            key.x[g] = enter(f, &from_words(&coordinates.map(|(x, _)| x)));
            key.y[g] = enter(f, &from_words(&coordinates.map(|(_, y)| y)));
        }
        let digits = std::array::from_fn(|g| &scalars[first + g][1]);
        let mut sum = cold::multiply(f, a, &key, (digits, windows(self.curve, cold::WINDOW)));
        let mut parts = [Affine { x: zero, y: zero }; 2];
        for g in 0..G {
            for (part, point) in parts.iter_mut().zip(last_two(work, first + g, leaves)) {
                // Entries of tables come in columns, which are not negative as a whole.
                (part.x[g], part.y[g]) = (point.x, carry(point.y));
            }
        }
        for part in &parts {
            cold::add(f, &mut sum, part);
        }
        for g in 0..G {
            let r = lanes_of(claims, first + g, |(_, equation)| equation.r);
            let (good, spoilt) = self.conclude_jacobian((&sum.x[g], &sum.z[g]), &r);
            outcome.good[first + g] = good;
            outcome.spoilt[first + g] |= spoilt;
        }
    }

    /// `g/d` and `k/d` of every lane, in digits; numbers out of range spoil theirs. `of_key` is how the second is cut.
    #[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
    fn scalars<K>(
        &self,
        claims: &[(K, Equation<L>)],
        of_key: (usize, usize),
        spoilt: &mut [u8; VECTORS],
    ) -> [[Digits; 2]; VECTORS] {
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
        let cuts = [(self.generator.window, self.generator.count), of_key];
        let mut out = [[Digits::NONE; 2]; VECTORS];
        for vector in (0..vectors).rev() {
            let own = mul(order, &inverse, &prefixes[vector]);
            inverse = mul(order, &inverse, &divisors[vector]);
            // One factor in Montgomery form gives a plain product.
            let u = mul(order, &own, &from_words(&lanes_of(claims, vector, |(_, e)| e.of_generator)));
            let v = mul(order, &own, &from_words(&lanes_of(claims, vector, |(_, e)| e.of_key)));
            let digits = |x: &Lanes<N>, cut| Digits::new(&reduced(order, x), &order.words, cut);
            out[vector] = [digits(&u, cuts[0]), digits(&v, cuts[1])];
        }
        out
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
        let good = self.for_candidates(r, |x| {
            let right = mul(f, &carry(plus(&sum, x)), &width);
            zeros(f, &carry(minus(f, &height, &right, 2)))
        });
        (good & !spoilt, spoilt)
    }

    /// The same for a sum that is there: `X = x·Z²`. Spoilt are the lanes where `Z` is zero.
    #[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
    fn conclude_jacobian(&self, (x, z): (&Lanes<N>, &Lanes<N>), r: &[[u64; L]; 8]) -> (u8, u8) {
        let f = &self.field;
        let spoilt = zeros(f, z);
        let zz = sqr(f, z);
        let good = self.for_candidates(r, |candidate| zeros(f, &carry(minus(f, x, &mul(f, candidate, &zz), 2))));
        (good & !spoilt, spoilt)
    }

    /// Asks of `x = r, r + n, …` below `p` in turn, in the form of residues, in which lanes it is the one. Gives the lanes
    /// where one of them was.
    #[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
    fn for_candidates(&self, r: &[[u64; L]; 8], is_it: impl Fn(&Lanes<N>) -> u8) -> u8 {
        let f = &self.field;
        let (mut candidates, mut left, mut good) = (*r, u8::MAX, 0);
        loop {
            for (i, candidate) in candidates.iter().enumerate() {
                if !less(candidate, &f.words) {
                    left &= !(1 << i);
                }
            }
            left &= !good;
            if left == 0 {
                return good;
            }
            good |= is_it(&enter(f, &from_words(&candidates))) & left;
            for (i, candidate) in candidates.iter_mut().enumerate() {
                match next_candidate(candidate, self.curve) {
                    Some(next) => *candidate = next,
                    None => left &= !(1 << i),
                }
            }
        }
    }
}

/// Vectors of keys without tables: the curve's `a`, claims, scalars, and which vector is the first.
type ColdVectors<'a, const L: usize, const N: usize> =
    (&'a Lanes<N>, &'a [(&'a Point<L>, Equation<L>)], &'a [[Digits; 2]], usize);

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
    let room = sub_mod(p, &[0; L], n);
    less(x, &room).then(|| add_mod(p, x, n))
}

/// What eight claims hold; where there are fewer, the first stands in for those that are missing.
fn lanes_of<T, U: Copy>(claims: &[T], vector: usize, of: impl Fn(&T) -> U) -> [U; 8] {
    std::array::from_fn(|i| of(claims.get(8 * vector + i).unwrap_or(&claims[0])))
}

#[cfg(test)]
mod tests;
