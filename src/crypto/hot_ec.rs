//! Elliptic curves: claims are sorted by curve, and computed many at a time where that is faster.
//!
//! What is kept changes how fast an answer comes, never which: an answer depends on the claim alone.

use super::algorithm::SignatureAlgorithm;
use super::batch::digests_together;
use super::digest::DigestValue;
use super::ec_curve::EcCurve;
use super::ec_engine::{Engine, Job, KeyPoint};
use super::ecdsa;
use super::gost::{self, Pair};
use super::gost_key::PointWords;
use super::tables::Shelf;
use super::verify::SignatureClaim;
use crate::kernel::curves::{
    CRYPTO_PRO_A, CRYPTO_PRO_B, CRYPTO_PRO_C, P256, P384, TC26_256_A, TC26_512_A, TC26_512_B, TC26_512_C,
};
use crate::kernel::ifma::field::{AnyOdd, NearPower, NistP256, NistP384};
use crate::kernel::{Avx512, Curve};

/// Cold signatures that are worth eight lanes beside ring: they take as long as two of its own.
const BESIDE_RING: usize = 3;

static ON_P256: Engine<NistP256, 4, 5> = Engine::new("P-256", &P256, BESIDE_RING);
static ON_P384: Engine<NistP384, 6, 8> = Engine::new("P-384", &P384, 1);
static ON_CRYPTO_PRO_A: Engine<NearPower, 4, 5> = Engine::new("GOST 256 CryptoPro-A", &CRYPTO_PRO_A, 2);
static ON_CRYPTO_PRO_B: Engine<AnyOdd, 4, 5> = Engine::new("GOST 256 CryptoPro-B", &CRYPTO_PRO_B, 2);
static ON_CRYPTO_PRO_C: Engine<AnyOdd, 4, 5> = Engine::new("GOST 256 CryptoPro-C", &CRYPTO_PRO_C, 2);
static ON_TC26_256_A: Engine<NearPower, 4, 5> = Engine::new("GOST 256 TC26-A", &TC26_256_A, 2);
static ON_TC26_512_A: Engine<NearPower, 8, 10> = Engine::new("GOST 512 TC26-A", &TC26_512_A, 2);
static ON_TC26_512_B: Engine<AnyOdd, 8, 10> = Engine::new("GOST 512 TC26-B", &TC26_512_B, 2);
static ON_TC26_512_C: Engine<NearPower, 8, 10> = Engine::new("GOST 512 TC26-C", &TC26_512_C, 2);

/// Whose tables share the memory.
static SHELVES: [&dyn Shelf; 9] = [
    &ON_P256,
    &ON_P384,
    &ON_CRYPTO_PRO_A,
    &ON_CRYPTO_PRO_B,
    &ON_CRYPTO_PRO_C,
    &ON_TC26_256_A,
    &ON_TC26_512_A,
    &ON_TC26_512_B,
    &ON_TC26_512_C,
];

/// Runs a block with each engine in turn, whatever its type.
macro_rules! with_each {
    ($engine:ident => $body:block) => {
        with_each!(@ $engine, $body, ON_P256 ON_P384 ON_CRYPTO_PRO_A ON_CRYPTO_PRO_B ON_CRYPTO_PRO_C ON_TC26_256_A
            ON_TC26_512_A ON_TC26_512_B ON_TC26_512_C)
    };
    (@ $engine:ident, $body:block, $($name:ident)*) => { $({ let $engine = &$name; $body })* };
}

/// Each curve with the windows of its generator and of keys, and how many keys have tables.
pub(super) fn curves() -> Vec<(&'static str, [usize; 2], usize)> {
    let mut out = Vec::new();
    with_each!(engine => { out.push((engine.name, engine.windows(), engine.held_keys())); });
    out
}

/// Answers what it can of the claims; the rest stays as it is.
pub(super) fn answer(token: Avx512, claims: &[&SignatureClaim<'_>], answers: &mut [Option<bool>]) {
    let digests = digests_of(claims);
    let (mut p256, mut p384) = (Vec::new(), Vec::new());
    let (mut words_4, mut words_8) = (Vec::new(), Vec::new());
    for (at, (claim, digest)) in claims.iter().zip(&digests).enumerate() {
        let Some(digest) = digest else { continue };
        match claim.algorithm {
            SignatureAlgorithm::Ecdsa(EcCurve::P256, _) => p256.push(ecdsa_job((&P256, 256), at, claim, digest)),
            SignatureAlgorithm::Ecdsa(EcCurve::P384, _) => p384.push(ecdsa_job((&P384, 384), at, claim, digest)),
            _ => match claim.key.gost().map(|key| (&key.words, key.set.layout())) {
                Some((PointWords::Bits256(curve, point), layout)) => {
                    let equation = Pair::read(&claim.value, layout)
                        .map(|pair| gost::equation(curve, &gost::digest_number(&curve.order, digest), &pair));
                    let point = KeyPoint::Known(*point);
                    words_4.push((*curve, Job { at, key: claim.key.key_octets(), point, equation }));
                }
                Some((PointWords::Bits512(curve, point), layout)) => {
                    let equation = Pair::read(&claim.value, layout)
                        .map(|pair| gost::equation(curve, &gost::digest_number(&curve.order, digest), &pair));
                    let point = KeyPoint::Known(*point);
                    words_8.push((*curve, Job { at, key: claim.key.key_octets(), point, equation }));
                }
                None => {}
            },
        }
    }
    ON_P256.answer(token, &p256, &SHELVES, answers);
    ON_P384.answer(token, &p384, &SHELVES, answers);
    for engine in [&ON_CRYPTO_PRO_A, &ON_TC26_256_A] {
        engine.answer(token, &on(|curve| engine.is_on(curve), &mut words_4), &SHELVES, answers);
    }
    for engine in [&ON_CRYPTO_PRO_B, &ON_CRYPTO_PRO_C] {
        engine.answer(token, &on(|curve| engine.is_on(curve), &mut words_4), &SHELVES, answers);
    }
    for engine in [&ON_TC26_512_A, &ON_TC26_512_C] {
        engine.answer(token, &on(|curve| engine.is_on(curve), &mut words_8), &SHELVES, answers);
    }
    ON_TC26_512_B.answer(token, &on(|curve| ON_TC26_512_B.is_on(curve), &mut words_8), &SHELVES, answers);
}

/// Takes the jobs of one curve out.
fn on<'a, const L: usize>(
    is_on: impl Fn(&'static Curve<L>) -> bool,
    jobs: &mut Vec<(&'static Curve<L>, Job<'a, L>)>,
) -> Vec<Job<'a, L>> {
    jobs.extract_if(.., |(its, _)| is_on(its)).map(|(_, job)| job).collect()
}

fn ecdsa_job<'a, const L: usize>(
    (curve, bits): (&'static Curve<L>, usize),
    at: usize,
    claim: &'a SignatureClaim<'_>,
    digest: &[u8],
) -> Job<'a, L> {
    let equation = ecdsa::equation(curve, bits, digest, &claim.value);
    Job { at, key: claim.key.key_octets(), point: KeyPoint::Octets(bits.div_ceil(8)), equation }
}

/// The digests of the messages of those claims that are of interest here, made together.
fn digests_of(claims: &[&SignatureClaim<'_>]) -> Vec<Option<DigestValue>> {
    let wanted = |claim: &&SignatureClaim<'_>| match claim.algorithm {
        SignatureAlgorithm::Ecdsa(EcCurve::P256 | EcCurve::P384, digest) => Some(digest),
        algorithm if claim.key.gost().is_some() => algorithm.digest(),
        _ => None,
    };
    digests_together(claims, wanted)
}
