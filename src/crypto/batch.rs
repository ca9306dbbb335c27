//! Which way signatures are computed: together with others of their kind, or each alone. The answer is the same.

use std::sync::OnceLock;

use super::verify::{SignatureClaim, holds};
use crate::kernel::Level;

static CHOSEN: OnceLock<Level> = OnceLock::new();

/// Fixes the way for this process, once, before the first signature; gives the one that is in use. Whoever does not ask
/// for one gets the fastest.
pub fn choose_level(level: Level) -> Level {
    *CHOSEN.get_or_init(|| level)
}

/// The way in use.
pub fn level() -> Level {
    *CHOSEN.get_or_init(Level::best)
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

#[cfg(test)]
mod tests;
