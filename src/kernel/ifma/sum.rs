//! Sums of one table entry for each window of one scalar or two: a tree of affine additions over all signatures of a chunk,
//! with one inversion for each of its levels.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::large_stack_arrays,
    reason = "a kernel: positions are counted from the sizes of the lists made here, which stay below 2^16"
)]

use super::digits::Digits;
use super::field::{Field, Shape};
use super::lanes::Lanes;
use super::points::{Chains, Points, Round, add_pairs, finish_pairs};
use super::table::{Shelf, Table, lines_per_entry, read};

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

/// What is added up for eight signatures: scalars, each with the tables of its points, and how many of them.
pub(super) struct Vector<'a, const L: usize> {
    /// Digits and tables of the generator.
    pub(super) of_generator: (&'a Digits, &'a Table<L>),
    /// Digits and tables of the keys, where there are any.
    pub(super) of_keys: Option<(&'a Digits, Shelf<'a, L>)>,
}

/// Entries of one signature: 512 bits in windows of two, twice.
const LEAVES_MAX: usize = 512;

/// Adds until two points are left of each signature: in the workspace, the first of its `leaves`, and the one at `half`.
/// Gives the number of leaves. In `spoilt` the lanes are marked where two points with one `x` met.
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
pub(super) fn add_up<S: Shape, const L: usize, const N: usize>(
    f: &Field<S, L, N>,
    work: &mut Workspace<N>,
    vectors: &[Vector<'_, L>],
    spoilt: &mut [u8],
) -> usize {
    let count = |vector: &Vector<'_, L>| {
        vector.of_generator.1.count + vector.of_keys.as_ref().map_or(0, |(_, tables)| tables[0].count)
    };
    let leaves = count(&vectors[0]);
    assert!(leaves <= LEAVES_MAX && vectors.iter().all(|vector| count(vector) == leaves), "one shape for all");
    let room = vectors.len() * leaves;
    work.points.resize(room.max(work.points.len()), Points::zero());
    work.prefixes.resize((room / 2 + 1).max(work.prefixes.len()), Points::zero().x);
    let mut stride = 1;
    while stride < half(leaves) {
        work.pairs.clear();
        for vector in 0..vectors.len() {
            for a in (0..leaves - stride).step_by(2 * stride) {
                let at = vector * leaves + a;
                work.pairs.push((at as u32, (at + stride) as u32, vector as u32));
            }
        }
        let Workspace { points, prefixes, pairs } = work;
        let mut round = Round { pairs, spoilt };
        if stride == 1 {
            let chains = load(f, points, prefixes, vectors);
            finish_pairs(f, points, prefixes, (&mut round, chains));
        } else {
            add_pairs(f, points, prefixes, &mut round);
        }
        stride *= 2;
    }
    leaves
}

/// What is left of a vector.
#[inline]
pub(super) fn last_two<const N: usize>(work: &Workspace<N>, vector: usize, leaves: usize) -> [&Points<N>; 2] {
    [&work.points[vector * leaves], &work.points[vector * leaves + half(leaves)]]
}

/// The position of the second half of a tree.
fn half(leaves: usize) -> usize {
    leaves.next_power_of_two() / 2
}

/// The first lines of the table entries of eight lanes, and the lanes in which they are to be negated.
#[derive(Clone, Copy)]
struct Pick {
    entries: [u32; 8],
    negative: u8,
}

/// Reads all table entries, and begins their first round of additions. While those of one vector are read, those of the
/// next are on their way into the cache.
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn load<S: Shape, const L: usize, const N: usize>(
    f: &Field<S, L, N>,
    points: &mut [Points<N>],
    prefixes: &mut [Lanes<N>],
    vectors: &[Vector<'_, L>],
) -> Chains<N> {
    let mut chains = Chains::new(f);
    let mut pairs = 0;
    let mut picks = [[Pick { entries: [0; 8], negative: 0 }; LEAVES_MAX]; 2];
    let leaves = pick(&mut picks[0], &vectors[0]);
    for (i, vector) in vectors.iter().enumerate() {
        let [even, odd] = &mut picks;
        let (now, next) = if i % 2 == 0 { (even, odd) } else { (odd, even) };
        let following = vectors.get(i + 1).unwrap_or(vector);
        pick(next, following);
        let out = &mut points[i * leaves..][..leaves];
        let split = vector.of_generator.1.count;
        let shelves = [vector, following].map(|vector| {
            let generator = [vector.of_generator.1; 8];
            (generator, vector.of_keys.as_ref().map_or(generator, |(_, tables)| *tables))
        });
        for leaf in 0..leaves {
            let [now_from, next_from] = [0, 1].map(|i| if leaf < split { &shelves[i].0 } else { &shelves[i].1 });
            next[leaf].entries.iter().zip(next_from).for_each(|(&line, table)| table.prefetch(line));
            read(f, now_from, &now[leaf].entries, now[leaf].negative).put(&mut out[leaf]);
            if leaf % 2 == 1 {
                prefixes[pairs] = chains.push_pair(f, pairs, (&out[leaf - 1], &out[leaf]));
                pairs += 1;
            }
        }
    }
    chains
}

/// Chooses the entries of eight signatures; gives how many.
#[target_feature(enable = "avx512ifma,avx512vbmi2,avx512dq")]
fn pick<const L: usize>(picks: &mut [Pick; LEAVES_MAX], vector: &Vector<'_, L>) -> usize {
    let mut at = 0;
    let (digits, table) = vector.of_generator;
    let of_keys = vector.of_keys.as_ref().map(|(digits, tables)| (*digits, tables[0].count));
    for (digits, count) in std::iter::once((digits, table.count)).chain(of_keys) {
        for i in 0..count {
            (picks[at].entries, picks[at].negative) = digits.lines(i, lines_per_entry::<L>());
            at += 1;
        }
    }
    at
}
