//! Many signatures at once with tables of their keys: no doublings, and one inversion for a whole round of additions.
#![expect(unsafe_code, reason = "vector code is called with proof that the processor has it")]
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::many_single_char_names,
    clippy::large_stack_arrays,
    reason = "a kernel: positions are counted from the sizes of the lists made here"
)]

use std::arch::x86_64::{__m512i, _mm512_setzero_si512};

use super::super::curve::{Curve, Point};
use super::super::level::Avx512;
use super::super::montgomery::{add as add_mod, less};
use super::super::signature::{Equation, holds, is_in_range};
use super::digits::Digits;
use super::field::{AnyOdd, Field, Shape, enter, invert, minus, mul, plus, reduced, splat_one, sqr, zeros};
use super::lanes::{Lanes, carry, from_words, load};
use super::points::{Chains, Points, Round, add_pairs, finish_pairs};
use super::table::{Tables, lines_per_entry};

/// Vectors of signatures that share their inversions, at most.
const VECTORS: usize = 32;

/// A curve made ready for many verifications: constants in limbs, and the multiples of its generator and of the keys that
/// it is used with often.
pub struct HotKeys<S, const L: usize, const N: usize> {
    curve: &'static Curve<L>,
    field: Field<S, L, N>,
    order: Field<AnyOdd, L, N>,
    generator: Tables<L>,
    keys: Tables<L>,
    points: Vec<Option<Point<L>>>,
    /// Vectors of a chunk: more share an inversion, fewer stay in the cache.
    vectors: usize,
    token: Avx512,
}

/// One signature: the slot of its key, and its numbers.
pub type Claim<const L: usize> = (usize, Equation<L>);

/// Memory that verifications work in; kept from call to call.
pub struct Workspace<const N: usize> {
    points: Vec<Points<N>>,
    prefixes: Vec<Lanes<N>>,
    pairs: Vec<(u32, u32, u32)>,
}

impl<const N: usize> Default for Workspace<N> {
    fn default() -> Self {
        Self { points: Vec::new(), prefixes: Vec::new(), pairs: Vec::new() }
    }
}

impl<S: Shape, const L: usize, const N: usize> HotKeys<S, L, N> {
    /// Takes a curve whose prime has the shape `S`; bits of a window (2 to 13) for its generator and for keys; and how many
    /// keys there is room for.
    pub fn new(token: Avx512, curve: &'static Curve<L>, [of_generator, of_key]: [usize; 2], slots: usize) -> Self {
        let field = Field::new(&curve.field);
        let mut generator = Tables::new(curve, of_generator, 1);
        generator.fill(token, (curve, &field), 0, &curve.generator);
        let keys = Tables::new(curve, of_key, slots);
        let vectors = if N == 5 { 32 } else { 16 };
        let order = Field::new(&curve.order);
        Self { curve, field, order, generator, keys, points: vec![None; slots], vectors, token }
    }

    /// How many keys there is room for.
    pub fn slots(&self) -> usize {
        self.points.len()
    }

    /// Octets of memory that one key takes.
    pub fn slot_bytes(&self) -> usize {
        self.keys.lines_per_slot() * 64
    }

    /// Puts a key into a slot, whatever was there: a point in the subgroup of prime order, not at infinity.
    ///
    /// # Panics
    ///
    /// Where there is no such slot.
    pub fn put(&mut self, slot: usize, key: &Point<L>) {
        self.points[slot] = Some(*key);
        self.keys.fill(self.token, (self.curve, &self.field), slot, key);
    }

    /// Tells of each signature whether its equation holds; one whose slot is empty does not. Answers do not depend on
    /// neighbours: what cannot be answered among them is computed alone.
    ///
    /// # Panics
    ///
    /// Where `answers` is not as long as `claims`, or there is no such slot.
    pub fn verify(&self, work: &mut Workspace<N>, claims: &[Claim<L>], answers: &mut [bool]) {
        assert_eq!(claims.len(), answers.len(), "an answer for each claim");
        for (claims, answers) in claims.chunks(8 * self.vectors).zip(answers.chunks_mut(8 * self.vectors)) {
            // SAFETY: the token says that the processor has these instructions.
            let outcome = unsafe { self.verify_chunk(work, claims) };
            for (i, ((slot, equation), answer)) in claims.iter().zip(answers).enumerate() {
                let lane = 1 << (i % 8);
                *answer = match &self.points[*slot] {
                    None => false,
                    Some(key) if outcome.spoilt[i / 8] & lane != 0 => holds(self.curve, key, equation),
                    Some(_) => outcome.good[i / 8] & lane != 0,
                };
            }
        }
    }

    #[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
    fn verify_chunk(&self, work: &mut Workspace<N>, claims: &[Claim<L>]) -> Outcome {
        let mut outcome = Outcome { good: [0; VECTORS], spoilt: [0; VECTORS] };
        let scalars = self.scalars(claims, &mut outcome.spoilt);
        let leaves = self.add_up(work, claims, &scalars, &mut outcome.spoilt);
        for vector in 0..claims.len().div_ceil(8) {
            let last = &work.points[vector * leaves..][..leaves];
            let r = lanes_of(claims, vector, |(_, equation)| equation.r);
            let (good, spoilt) = self.conclude(&last[0], &last[half(leaves)], &r);
            outcome.good[vector] = good;
            outcome.spoilt[vector] |= spoilt;
        }
        outcome
    }

    /// `g/d` and `k/d` of every lane, in digits; numbers out of range, and slots without a key, spoil theirs.
    #[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
    fn scalars(&self, claims: &[Claim<L>], spoilt: &mut [u8; VECTORS]) -> [[Digits; 2]; VECTORS] {
        let order = &self.order;
        let mut one = [0; L];
        one[0] = 1;
        let (mut divisors, mut prefixes) = ([Points::<N>::zero().x; VECTORS], [Points::<N>::zero().x; VECTORS]);
        let mut product = splat_one(order);
        let vectors = claims.len().div_ceil(8);
        for vector in 0..vectors {
            let sound = lanes_of(claims, vector, |(slot, equation)| {
                self.points[*slot].is_some() && is_in_range(self.curve, equation)
            });
            let divisor = lanes_of(claims, vector, |(_, equation)| equation.divisor);
            spoilt[vector] = (0..8).map(|i| u8::from(!sound[i]) << i).sum();
            let divisor = std::array::from_fn(|i| if sound[i] { divisor[i] } else { one });
            divisors[vector] = enter(order, &from_words(&divisor));
            prefixes[vector] = product;
            product = mul(order, &product, &divisors[vector]);
        }
        let mut inverse = invert(order, &product);
        let cuts = [&self.generator, &self.keys].map(|tables| (tables.window, tables.count));
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

    /// Adds until two points are left of each signature: the first, and the one at `half`. Gives how many there were.
    #[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
    fn add_up(
        &self,
        work: &mut Workspace<N>,
        claims: &[Claim<L>],
        scalars: &[[Digits; 2]; VECTORS],
        spoilt: &mut [u8; VECTORS],
    ) -> usize {
        let (leaves, vectors) = (self.generator.count + self.keys.count, claims.len().div_ceil(8));
        let room = vectors * leaves;
        work.points.resize(room.max(work.points.len()), Points::zero());
        work.prefixes.resize((room / 2).max(work.prefixes.len()), Points::zero().x);
        let mut stride = 1;
        while stride < half(leaves) {
            work.pairs.clear();
            for vector in 0..vectors {
                for a in (0..leaves - stride).step_by(2 * stride) {
                    let at = vector * leaves + a;
                    work.pairs.push((at as u32, (at + stride) as u32, vector as u32));
                }
            }
            let Workspace { points, prefixes, pairs } = work;
            let mut round = Round { pairs, spoilt };
            if stride == 1 {
                let chains = self.load(points, prefixes, (claims, scalars));
                finish_pairs(&self.field, points, prefixes, (&mut round, chains));
            } else {
                add_pairs(&self.field, points, prefixes, &mut round);
            }
            stride *= 2;
        }
        leaves
    }

    /// Reads all table entries, and begins their first round of additions. While those of one vector are read, those of
    /// the next are on their way into the cache.
    #[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
    fn load(
        &self,
        points: &mut [Points<N>],
        prefixes: &mut [Lanes<N>],
        (claims, scalars): (&[Claim<L>], &[[Digits; 2]; VECTORS]),
    ) -> Chains<N> {
        let f = &self.field;
        let (split, vectors) = (self.generator.count, claims.len().div_ceil(8));
        let leaves = split + self.keys.count;
        let mut chains = Chains::new(f);
        let mut pairs = 0;
        let mut picks = [[Pick { entries: [0; 8], negative: 0 }; LEAVES_MAX]; 2];
        let choose = |picks: &mut [Pick; LEAVES_MAX], vector: usize| {
            let slots = lanes_of(claims, vector, |(slot, _)| (slot * self.keys.lines_per_slot()) as u64);
            let [of_generator, of_key] = &scalars[vector];
            pick::<L>(&mut picks[..split], of_generator, _mm512_setzero_si512());
            pick::<L>(&mut picks[split..leaves], of_key, load(&slots));
        };
        choose(&mut picks[0], 0);
        for vector in 0..vectors {
            let [even, odd] = &mut picks;
            let (now, next) = if vector % 2 == 0 { (even, odd) } else { (odd, even) };
            choose(next, (vector + 1).min(vectors - 1));
            let out = &mut points[vector * leaves..][..leaves];
            for leaf in 0..leaves {
                let tables = if leaf < split { &self.generator } else { &self.keys };
                next[leaf].entries.iter().for_each(|&line| tables.prefetch(line));
                tables.read(f, &now[leaf].entries, now[leaf].negative).put(&mut out[leaf]);
                if leaf % 2 == 1 {
                    prefixes[pairs] = chains.push_pair(f, pairs, (&out[leaf - 1], &out[leaf]));
                    pairs += 1;
                }
            }
        }
        chains
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

/// Entries of one signature: 512 bits in windows of five, twice.
const LEAVES_MAX: usize = 2 * 103;

/// The first lines of the table entries of eight lanes, and the lanes in which they are to be negated.
#[derive(Clone, Copy)]
struct Pick {
    entries: [u32; 8],
    negative: u8,
}

/// Chooses the entries of eight scalars, each in the slot that begins at its line.
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn pick<const L: usize>(picks: &mut [Pick], scalars: &Digits, slots: __m512i) {
    for (i, pick) in picks.iter_mut().enumerate() {
        (pick.entries, pick.negative) = scalars.lines(i, slots, lines_per_entry::<L>());
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

#[cfg(test)]
mod tests;
