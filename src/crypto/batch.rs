//! Which way signatures are computed: together with others of their kind, or each alone. The answer is the same.

use std::sync::OnceLock;

#[cfg(target_arch = "x86_64")]
use super::digest::{DigestAlgorithm, DigestValue};
use super::verify::{SignatureClaim, holds};
use crate::kernel::Level;

#[cfg(target_arch = "x86_64")]
pub use super::tables::TableBuilder;

static CHOSEN: OnceLock<Level> = OnceLock::new();

/// How signatures are to be computed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// The way.
    pub level: Level,
    /// Octets that the multiples of keys which are met often may take, all curves together; none are kept at zero.
    pub tables_bytes: usize,
}

/// Fixes the settings for this process, once, before the first signature; gives those that are in use. Whoever does not ask
/// gets the fastest way, and `HOT_TABLES_BYTES`.
pub fn configure(settings: Settings) -> Settings {
    let level = *CHOSEN.get_or_init(|| settings.level);
    #[cfg(target_arch = "x86_64")]
    let tables_bytes = super::tables::MEMORY.choose_bound(settings.tables_bytes);
    #[cfg(not(target_arch = "x86_64"))]
    let tables_bytes = settings.tables_bytes;
    Settings { level, tables_bytes }
}

/// The way in use.
pub fn level() -> Level {
    *CHOSEN.get_or_init(Level::best)
}

/// Multiples of keys that are kept.
#[derive(Clone, Debug, Default)]
pub struct TablesInUse {
    /// Octets they may take.
    pub bytes_max: usize,
    /// Octets they take.
    pub bytes: usize,
    /// Name of each curve, bits of the windows of its generator and of keys, and keys that have tables.
    pub curves: Vec<(&'static str, [usize; 2], usize)>,
}

/// Tells what is kept.
pub fn tables() -> TablesInUse {
    #[cfg(target_arch = "x86_64")]
    if let Level::Avx512(_) = level() {
        let (bytes_max, bytes) = (super::tables::MEMORY.bound(), super::tables::MEMORY.held());
        return TablesInUse { bytes_max, bytes, curves: super::hot_ec::curves() };
    }
    TablesInUse::default()
}

/// Families of algorithms, each with what computes it here.
pub fn ways() -> Vec<(&'static str, &'static str)> {
    let rest = [
        ("ed25519", "ring"),
        ("ecdsa, other curves and digests", "portable words"),
        ("sm2, bign, dstu 4145, ed448, ml-dsa", "portable words"),
    ];
    let own = match level() {
        Level::Portable => [
            ("rsa", "ring from 2048 bits on, portable words below and for other digests"),
            ("ecdsa p-256 and p-384", "ring; portable words for other digests"),
            ("gost r 34.10 and gost 34.310", "portable words"),
            ("sha-256", "the sha2 crate, one by one"),
            ("streebog", "the streebog crate, one by one"),
        ],
        Level::Avx512(_) => [
            ("rsa", "eight lanes of IFMA for keys met often (1024 to 4096 bits), else as portable"),
            ("ecdsa p-256 and p-384", "eight lanes of IFMA, with tables for keys met often; a single one as portable"),
            (
                "gost r 34.10 and gost 34.310",
                "eight lanes of IFMA, with tables for keys met often; a single one as portable",
            ),
            ("sha-256", "four streams of SHA-NI where there are several"),
            ("streebog", "eight lanes of GFNI and VBMI where there are several"),
        ],
    };
    own.into_iter().chain(rest).collect()
}

/// Whether each of the claims holds; the keys are known to be of their algorithms' families.
pub(super) fn holds_many(claims: &[&SignatureClaim<'_>]) -> Vec<bool> {
    let mut answers = vec![None; claims.len()];
    #[cfg(target_arch = "x86_64")]
    if let Level::Avx512(token) = level() {
        super::hot_ec::answer(token, claims, &mut answers);
        super::hot_rsa::answer(token, claims, &mut answers);
    }
    let alone = claims.iter().zip(answers);
    alone.map(|(claim, answer)| answer.unwrap_or_else(|| holds(claim))).collect()
}

/// The digests of the messages of claims, those of one algorithm together; none of a claim that wants none.
#[cfg(target_arch = "x86_64")]
pub(super) fn digests_together(
    claims: &[&SignatureClaim<'_>],
    wanted: impl Fn(&&SignatureClaim<'_>) -> Option<DigestAlgorithm>,
) -> Vec<Option<DigestValue>> {
    let algorithms: Vec<Option<DigestAlgorithm>> = claims.iter().map(wanted).collect();
    let mut digests = vec![None; claims.len()];
    let mut done: Vec<DigestAlgorithm> = Vec::new();
    for &named in algorithms.iter().flatten() {
        if done.contains(&named) {
            continue;
        }
        done.push(named);
        let own = claims.iter().zip(&algorithms).filter(|(_, algorithm)| **algorithm == Some(named));
        let messages: Vec<&[u8]> = own.map(|(claim, _)| &*claim.message).collect();
        let places = digests.iter_mut().zip(&algorithms).filter(|(_, algorithm)| **algorithm == Some(named));
        places.zip(named.digest_many(&messages)).for_each(|((place, _), digest)| *place = Some(digest));
    }
    digests
}

#[cfg(test)]
mod tests;
