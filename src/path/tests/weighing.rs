//! Properties of the weighing of evidence: order never matters, strangers change nothing, and less evidence proves less.

use proptest::prelude::*;

use super::answers::OcspRecipe;
use super::*;
use crate::x509::{Crl, OcspResponse};

#[derive(Clone)]
enum Piece {
    Crl(Crl),
    Ocsp(Box<OcspResponse>),
}

impl World {
    fn with_piece(self, piece: &Piece) -> Self {
        match piece {
            Piece::Crl(crl) => self.with_crl(crl.clone()),
            Piece::Ocsp(response) => self.with_ocsp(response.as_ref().clone()),
        }
    }
}

/// What one piece of evidence says, made by whom, when.
#[derive(Clone, Debug)]
struct Sketch {
    says: u8,
    day: i64,
    kind: u8,
    until: i64,
}

fn sketch(says: std::ops::Range<u8>) -> impl Strategy<Value = Sketch> {
    (says, 85_i64..102, 0_u8..3, 96_i64..110).prop_map(|(says, day, kind, until)| Sketch { says, day, kind, until })
}

fn piece(sketch: &Sketch, three: &Three, signer: &Entity) -> Piece {
    const REASONS: [u8; 4] = [4, 6, 1, 8];
    let (made, until) = (day(sketch.day), Some(day(sketch.until)));
    // 0: good; 1 to 4: superseded, hold, compromise, removed; 5: unknown (OCSP alone).
    let why = usize::from(sketch.says).checked_sub(1).and_then(|n| REASONS.get(n).copied());
    let number = u64::try_from(sketch.day).unwrap();
    if sketch.kind == 0 {
        let recipe = OcspRecipe::good(&three.leaf, &three.centre).from(made).until(until);
        let recipe = match (sketch.says, why) {
            (5, _) => recipe.unknown(),
            (_, Some(code)) => recipe.revoked(day(80), Some(code)),
            _ => recipe,
        };
        return Piece::Ocsp(Box::new(recipe.sign_as(signer, &three.centre)));
    }
    let recipe = if sketch.kind == 1 { CrlRecipe::new(number) } else { CrlRecipe::delta(number, 86) };
    let recipe = recipe.from(made).until(until);
    let recipe = why.into_iter().fold(recipe, |r, code| r.revoke(7, day(80), &[reason(code)]));
    Piece::Crl(recipe.sign(three.centre.certificate.subject(), &signer.key))
}

fn weighed<'p>(three: &Three, pieces: impl IntoIterator<Item = &'p Piece>) -> Answer {
    answer(pieces.into_iter().fold(three.bare(), World::with_piece).ask(&three.leaf))
}

/// Whether an answer tells of something against the certificate, and not of something missing.
fn is_against(answer: &Answer) -> bool {
    let missing = |d: &Defect| {
        matches!(
            d,
            Defect::RevocationUnknown(
                RevocationUnknown::NoEvidence | RevocationUnknown::OutOfTime | RevocationUnknown::Stale { .. }
            )
        )
    };
    answer.as_ref().is_err_and(|defects| !defects.iter().all(missing))
}

/// What strangers sign makes nothing good, and nothing that speaks against the certificate less grave.
fn compare_with_strangers(own: &[Sketch], strange: &[Sketch]) -> [(bool, bool); 2] {
    let three = Three::new();
    let stranger = root(&Recipe::ca("stranger"), "stranger");
    let pieces: Vec<Piece> = own.iter().map(|s| piece(s, &three, &three.centre)).collect();
    let forged: Vec<Piece> = strange.iter().map(|s| piece(s, &three, &stranger)).collect();
    [weighed(&three, &pieces), weighed(&three, pieces.iter().chain(&forged))].map(|a| (a.is_ok(), is_against(&a)))
}

#[test]
fn what_a_stranger_signs_in_the_future_does_not_hide_what_is_not_understood() {
    let answer = |day, kind| Sketch { says: 0, day, kind, until: 96 };
    for kind in 0..3 {
        // The centre's answer is due for renewal before it was made.
        let [without, with] = compare_with_strangers(&[answer(99, 0)], &[answer(101, kind)]);
        assert_eq!((without, with), ((false, true), (false, true)));
    }
}

#[test]
fn a_hold_in_a_delta_that_is_out_of_date_is_told_as_one() {
    // The delta says so alone as well, and then proves nothing about today.
    let three = Three::new();
    let base = piece(&Sketch { says: 0, day: 86, kind: 1, until: 100 }, &three, &three.centre);
    let delta = piece(&Sketch { says: 2, day: 86, kind: 2, until: 96 }, &three, &three.centre);
    assert!(weighed(&three, [&base]).is_ok());
    assert!(is_against(&weighed(&three, [&base, &delta])));
    assert!(is_against(&weighed(&three, [&delta, &base])));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_order_of_evidence_never_matters(sketches in prop::collection::vec(sketch(0..6), 0..6)) {
        let three = Three::new();
        let pieces: Vec<Piece> = sketches.iter().map(|s| piece(s, &three, &three.centre)).collect();
        prop_assert_eq!(weighed(&three, &pieces), weighed(&three, pieces.iter().rev()));
    }

    #[test]
    fn what_strangers_sign_changes_nothing(
        own in prop::collection::vec(sketch(0..6), 0..4),
        strange in prop::collection::vec(sketch(0..6), 1..4),
    ) {
        let [(good, against), (still_good, still_against)] = compare_with_strangers(&own, &strange);
        prop_assert_eq!(good, still_good);
        prop_assert!(still_against || !against);
    }

    #[test]
    fn evidence_taken_away_never_makes_good_what_nothing_spoke_against(
        sketches in prop::collection::vec(sketch(0..6), 1..6),
        away in any::<prop::sample::Index>(),
    ) {
        let three = Three::new();
        let mut pieces: Vec<Piece> = sketches.iter().map(|s| piece(s, &three, &three.centre)).collect();
        let whole = weighed(&three, &pieces);
        pieces.remove(away.index(pieces.len()));
        let less = weighed(&three, &pieces);
        prop_assert!(less.is_err() || whole.is_ok() || is_against(&whole), "{whole:?} became {less:?}");
    }

    #[test]
    fn a_revocation_once_told_stays_whatever_else_is_said(
        sketches in prop::collection::vec(sketch(0..6), 0..5),
        made in 85_i64..=100,
        kind in 0_u8..3,
    ) {
        let three = Three::new();
        let told = Sketch { says: 1, day: made, kind, until: 96 };
        let mut pieces: Vec<Piece> = sketches.iter().map(|s| piece(s, &three, &three.centre)).collect();
        pieces.push(piece(&told, &three, &three.centre));
        prop_assert!(weighed(&three, &pieces).is_err());
    }
}
