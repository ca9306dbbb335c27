//! What receipts do to the answer (facts/ttp.md §8.3 (2), §8.5).

use super::*;

fn asked(receipts: &[ReceiptFinding]) -> Recognition {
    Case::new(receipts).ask(&snapshot(&[(Registered, 20)]))
}

fn doubted(receipts: &[ReceiptFinding], reason: Reason) {
    let answer = asked(receipts);
    assert_eq!((answer.standing, answer.reasons.as_slice()), (Standing::Undetermined, &[reason][..]), "{receipts:?}");
    assert!(answer.receipts.is_empty());
}

#[test]
fn a_receipt_that_says_verified_certifies_and_none_leaves_a_doubt() {
    let answer = asked(&[receipt("ttp-kz", 50, TtpStatus::Verified)]);
    assert_eq!(told(&answer), (Standing::Recognised, Some(Route::ForeignCaRegistered), &[][..]));
    assert_eq!((answer.ttp_status, answer.proven_at), (Some(TtpStatus::Verified), Some(day(50))));
    assert_eq!(answer.receipts.len(), 1);
    let without = asked(&[]);
    // The registration holds since before the certificate, so the receipt is all that is missing.
    assert_eq!(without.reasons, [Reason::TtpReceiptMissing]);
    assert_eq!((without.standing, without.ttp_status), (Standing::Undetermined, None));
}

#[test]
fn a_receipt_that_says_not_verified_refuses_whatever_else_is_there() {
    let negative = receipt("ttp-kz", 60, TtpStatus::NotVerified);
    for receipts in [vec![negative.clone()], vec![receipt("ttp-kz", 50, TtpStatus::Verified), negative]] {
        let answer = asked(&receipts);
        assert_eq!((answer.standing, answer.ttp_status), (Standing::NotRecognised, Some(TtpStatus::NotVerified)));
        assert_eq!(answer.reasons, [Reason::TtpNegative]);
    }
}

#[test]
fn a_domestic_no_is_heard_on_every_route_however_many_say_yes() {
    let no = receipt("ttp-kz", 60, TtpStatus::NotVerified);
    let mut many: Vec<ReceiptFinding> = (0..i64::try_from(crate::limits::RECEIPTS_MAX.value).unwrap())
        .map(|_| receipt("ttp-kz", 50, TtpStatus::Verified))
        .collect();
    many.push(no.clone());
    assert_eq!(asked(&many).reasons, [Reason::TtpNegative]);
    // A treaty that takes their receipts does not close our ears to ours.
    let treaty = Treaty { requires_domestic_receipt: false, accepted_receipts: vec![id("ttp-xa")], ..treaty() };
    let foreign_ttps = vec![foreign_ttp(&[(Registered, 20)])];
    let by_treaty = TrustSnapshot { treaties: vec![treaty], foreign_ttps, ..snapshot(&[]) };
    let case = Case { proven_at: Some(30), ..Case::new(&[receipt("ttp-xa", 50, TtpStatus::Verified), no]) };
    let answer = case.ask(&by_treaty);
    assert_eq!((answer.standing, answer.ttp_status), (Standing::NotRecognised, Some(TtpStatus::NotVerified)));
}

#[test]
fn cannot_verify_and_waiting_are_told_and_leave_a_doubt() {
    doubted(&[receipt("ttp-kz", 50, TtpStatus::CannotVerify)], Reason::TtpCannotCheck);
    doubted(&[receipt("ttp-kz", 50, TtpStatus::Waiting)], Reason::TtpWaiting);
    let later = receipt("ttp-kz", 60, TtpStatus::Verified);
    assert_eq!(asked(&[receipt("ttp-kz", 50, TtpStatus::Waiting), later]).standing, Standing::Recognised);
}

#[test]
fn granted_with_mods_is_settled_by_the_single_signature() {
    let partly = |signatures: Vec<ReceiptSignature>| ReceiptFinding {
        signatures,
        ..receipt("ttp-kz", 50, TtpStatus::PartlyVerified)
    };
    let about = |signer: &Entity, status| ReceiptSignature { signer: signer.certificate.fingerprint(), status };
    let other = root().issue(&Recipe::leaf("other").serial(9), "other");
    let good = partly(vec![about(&signer(), TtpStatus::Verified), about(&other, TtpStatus::NotVerified)]);
    assert_eq!(asked(&[good]).standing, Standing::Recognised);
    let bad = partly(vec![about(&signer(), TtpStatus::NotVerified), about(&other, TtpStatus::Verified)]);
    assert_eq!(asked(&[bad]).reasons, [Reason::TtpNegative]);
    doubted(&[partly(Vec::new())], Reason::TtpPartly);
    doubted(&[partly(vec![about(&other, TtpStatus::Verified)])], Reason::ReceiptOtherDocument);
}

#[test]
fn the_whole_and_the_part_must_agree() {
    let differing = |whole, part| {
        let mut one = receipt("ttp-kz", 50, whole);
        one.signatures.first_mut().unwrap().status = part;
        asked(&[one]).standing
    };
    assert_eq!(differing(TtpStatus::Verified, TtpStatus::Verified), Standing::Recognised);
    assert_eq!(differing(TtpStatus::Verified, TtpStatus::NotVerified), Standing::NotRecognised);
    assert_eq!(differing(TtpStatus::NotVerified, TtpStatus::Verified), Standing::NotRecognised);
    assert_eq!(differing(TtpStatus::Waiting, TtpStatus::Verified), Standing::Undetermined);
}

#[test]
fn a_receipt_that_speaks_of_the_whole_only_counts_for_each_signature() {
    let whole = ReceiptFinding { signatures: Vec::new(), ..receipt("ttp-kz", 50, TtpStatus::Verified) };
    assert_eq!(asked(&[whole]).standing, Standing::Recognised);
}

#[test]
fn an_unsound_receipt_is_no_receipt_and_says_why() {
    let unsound = |soundness| ReceiptFinding { soundness, ..receipt("ttp-kz", 50, TtpStatus::Verified) };
    doubted(&[unsound(ReceiptSoundness::Invalid)], Reason::ReceiptInvalid);
    doubted(&[unsound(ReceiptSoundness::OtherDocument)], Reason::ReceiptOtherDocument);
    // Nor does it prove a time, or stand in the way of a sound one.
    assert_eq!(asked(&[unsound(ReceiptSoundness::Invalid)]).proven_at, None);
    let both = [unsound(ReceiptSoundness::Invalid), receipt("ttp-kz", 60, TtpStatus::Verified)];
    assert_eq!(asked(&both).standing, Standing::Recognised);
}

#[test]
fn a_receipt_from_the_future_or_of_nobody_is_none() {
    assert_eq!(asked(&[receipt("ttp-kz", 100, TtpStatus::Verified)]).standing, Standing::Recognised);
    doubted(&[receipt("ttp-kz", 101, TtpStatus::Verified)], Reason::ReceiptInvalid);
    doubted(&[receipt("ttp-nobody", 50, TtpStatus::Verified)], Reason::TtpReceiptMissing);
    // docs/divergences.md D-46: two clocks that are both kept.
    let ahead = |seconds: i64| {
        let one = receipt("ttp-kz", 100, TtpStatus::Verified);
        ReceiptFinding { response_time: one.response_time.plus_seconds(seconds), ..one }
    };
    let skew = i64::try_from(crate::limits::RECEIPT_SKEW_SECONDS_MAX.value).unwrap();
    assert_eq!(asked(&[ahead(skew)]).standing, Standing::Recognised);
    doubted(&[ahead(skew + 1)], Reason::ReceiptInvalid);
}

#[test]
fn the_third_party_must_answer_for_its_key_when_it_answers() {
    let mut ended = snapshot(&[(Registered, 20)]);
    ended.domestic_ttps.first_mut().unwrap().anchors.first_mut().unwrap().period = period(0, Some(50));
    let at = |response| Case::new(&[receipt("ttp-kz", response, TtpStatus::Verified)]).ask(&ended);
    assert_eq!(at(49).standing, Standing::Recognised);
    assert_eq!(at(50).reasons, [Reason::ReceiptTtpNotInForce]);
}

#[test]
fn a_foreign_receipt_alone_does_not_certify_for_one_who_relies() {
    let mut snapshot = snapshot(&[]);
    (snapshot.foreign_ttps, snapshot.edges) = (vec![foreign_ttp(&[(Registered, 20)])], vec![edge(22, None)]);
    let foreign = receipt("ttp-xa", 50, TtpStatus::Verified);
    let relying = Case::new(std::slice::from_ref(&foreign)).ask(&snapshot);
    assert_eq!((relying.standing, relying.proven_at), (Standing::Undetermined, Some(day(50))));
    assert_eq!(relying.reasons, [Reason::TtpReceiptMissing]);
    // For our own third party it is what its receipt will rest on.
    let case = |receipts: &[ReceiptFinding]| {
        Case { standpoint: Standpoint::TrustedThirdParty, ..Case::new(receipts) }.ask(&snapshot)
    };
    let ours = case(std::slice::from_ref(&foreign));
    assert_eq!(told(&ours), (Standing::Recognised, Some(Route::ForeignTtpRegistered), &[][..]));
    assert!(case(&[]).reasons.contains(&Reason::TtpReceiptMissing));
    // And then the domestic receipt settles it, with the foreign one beneath.
    let domestic = ReceiptFinding { rests_on: vec![foreign], ..receipt("ttp-kz", 60, TtpStatus::Verified) };
    let answer = Case::new(&[domestic]).ask(&snapshot);
    assert_eq!(told(&answer), (Standing::Recognised, Some(Route::ForeignTtpRegistered), &[][..]));
    assert_eq!((answer.receipts.len(), answer.proven_at), (2, Some(day(50))));
}

#[test]
fn old_receipts_of_a_terminated_third_party_stand_and_new_ones_do_not() {
    let mut snapshot = snapshot(&[]);
    snapshot.foreign_ttps = vec![foreign_ttp(&[(Registered, 20), (Terminated, 60)])];
    snapshot.edges = vec![edge(22, None)];
    let at = |response| {
        let receipts = [receipt("ttp-xa", response, TtpStatus::Verified)];
        Case { standpoint: Standpoint::TrustedThirdParty, proven_at: Some(50), ..Case::new(&receipts) }.ask(&snapshot)
    };
    assert_eq!(at(59).standing, Standing::Recognised);
    assert_eq!(at(60).reasons, [Reason::ReceiptTtpNotInForce]);
}

#[test]
fn a_terminated_third_party_does_not_prove_when_it_wrote() {
    // Its key still signs, and the time in a receipt is its own word.
    let mut snapshot = snapshot(&[]);
    snapshot.foreign_ttps = vec![foreign_ttp(&[(Registered, 20), (Terminated, 60)])];
    snapshot.edges = vec![edge(22, None)];
    let foreign = receipt("ttp-xa", 50, TtpStatus::Verified);
    let ask = |receipts: &[ReceiptFinding], at| {
        let case = Case { standpoint: Standpoint::TrustedThirdParty, at, ..Case::new(receipts) };
        let answer = case.ask(&snapshot);
        (answer.standing, answer.proven_at)
    };
    assert_eq!(ask(std::slice::from_ref(&foreign), 59), (Standing::Recognised, Some(day(50))));
    assert_eq!(ask(std::slice::from_ref(&foreign), 60), (Standing::Undetermined, None));
    // Under a receipt of ours from before its end it was at hand in time; under a later one, or a bad one, it was not.
    let under = |response, soundness| {
        let rests_on = vec![foreign.clone()];
        let domestic = ReceiptFinding { soundness, rests_on, ..receipt("ttp-kz", response, TtpStatus::Verified) };
        Case { at: 100, ..Case::new(&[domestic]) }.ask(&snapshot).proven_at
    };
    assert_eq!(under(59, ReceiptSoundness::Sound), Some(day(50)));
    assert_eq!(under(70, ReceiptSoundness::Sound), Some(day(70)));
    assert_eq!(under(49, ReceiptSoundness::Sound), Some(day(49)));
    assert_eq!(under(59, ReceiptSoundness::Invalid), None);
}

#[test]
fn a_foreign_third_party_proves_times_within_what_it_is_registered_for() {
    let foreign = receipt("ttp-xa", 50, TtpStatus::Verified);
    let ask = |scopes: Vec<Scope>, document_type: Option<&str>| {
        let mut snapshot = snapshot(&[]);
        snapshot.foreign_ttps = vec![ForeignTtp { scopes, ..foreign_ttp(&[(Registered, 20)]) }];
        snapshot.edges = vec![edge(22, None)];
        let document = DocumentFacts { document_type: document_type.map(str::to_owned), ..DocumentFacts::default() };
        let case = Case { document, at: 60, ..Case::new(std::slice::from_ref(&foreign)) };
        case.ask(&snapshot).proven_at
    };
    let during = |from, until| Scope { period: Some(period(from, until)), ..Scope::default() };
    let of_licences = || Scope { document_types: vec!["licence".into()], ..Scope::default() };
    let proven = Some(day(50));
    assert_eq!(ask(Vec::new(), None), proven);
    assert_eq!(ask(vec![during(20, None)], None), proven);
    assert_eq!(ask(vec![during(20, Some(61))], None), proven);
    // Once it is over, its key could write any time before.
    assert_eq!(ask(vec![during(20, Some(60))], None), None);
    assert_eq!(ask(vec![during(51, None)], None), None);
    assert_eq!(ask(vec![of_licences()], Some("licence")), proven);
    assert_eq!(ask(vec![of_licences()], Some("conclusion")), None);
    assert_eq!(ask(vec![of_licences()], None), None);
    assert_eq!(ask(vec![of_licences(), during(20, None)], None), proven);
}

#[test]
fn our_own_third_party_needs_no_receipt_for_a_centre_registered_with_it() {
    let ours = Case { standpoint: Standpoint::TrustedThirdParty, ..Case::new(&[]) };
    assert_eq!(ours.ask(&snapshot(&[(Registered, 20)])).standing, Standing::Recognised);
    assert_eq!(Case::new(&[]).ask(&snapshot(&[(Registered, 20)])).standing, Standing::Undetermined);
}

#[test]
fn a_treaty_says_whose_receipts_it_takes() {
    let with = |treaty: Treaty, receipts: &[ReceiptFinding]| {
        let foreign_ttps = vec![foreign_ttp(&[(Registered, 20)])];
        let case = Case { proven_at: Some(30), ..Case::new(receipts) };
        case.ask(&TrustSnapshot { treaties: vec![treaty], foreign_ttps, ..snapshot(&[]) })
    };
    let theirs = Treaty { requires_domestic_receipt: false, accepted_receipts: vec![id("ttp-xa")], ..treaty() };
    let foreign = receipt("ttp-xa", 50, TtpStatus::Verified);
    assert_eq!(with(theirs.clone(), std::slice::from_ref(&foreign)).standing, Standing::Recognised);
    assert_eq!(with(theirs, &[]).reasons, [Reason::TtpReceiptMissing]);
    assert_eq!(with(treaty(), &[foreign]).reasons, [Reason::TtpReceiptMissing]);
    let free = Treaty { requires_domestic_receipt: false, ..treaty() };
    assert_eq!(with(free, &[]).standing, Standing::Recognised);
}

#[test]
fn a_receipt_stands_in_for_what_cannot_be_computed_here_and_for_nothing_else() {
    let with = |technical, receipts: &[ReceiptFinding]| {
        Case { technical, ..Case::new(receipts) }.ask(&snapshot(&[(Registered, 20)]))
    };
    let positive = [receipt("ttp-kz", 50, TtpStatus::Verified)];
    let covered = with(Technical::NotComputed, &positive);
    assert_eq!((covered.standing, covered.reasons), (Standing::Recognised, vec![Reason::AlgNotSupportedLocally]));
    assert_eq!(with(Technical::RevocationUnknown, &positive).standing, Standing::Recognised);
    for (technical, reason) in [
        (Technical::NotComputed, Reason::ValidationIndeterminate),
        (Technical::RevocationUnknown, Reason::RevocationUnknown),
    ] {
        assert!(with(technical, &[]).reasons.contains(&reason), "{technical:?}");
    }
    for (technical, standing) in [
        (Technical::Undetermined, Standing::Undetermined),
        (Technical::OnHold, Standing::Undetermined),
        (Technical::Broken, Standing::NotRecognised),
        (Technical::Misused, Standing::NotRecognised),
        (Technical::Revoked { compromised: false }, Standing::NotRecognised),
    ] {
        assert_eq!(with(technical, &positive).standing, standing, "{technical:?}");
    }
    let compromised = with(Technical::Revoked { compromised: true }, &positive);
    assert_eq!(compromised.reasons, [Reason::KeyCompromised, Reason::CertificateRevoked]);
}

#[test]
fn lawful_possession_is_presumed_and_says_on_what() {
    use PossessionBasis as B;
    let with = |technical, receipts: &[ReceiptFinding]| {
        Case { technical, ..Case::new(receipts) }.ask(&snapshot(&[(Registered, 20)])).presumed
    };
    let positive = [receipt("ttp-kz", 50, TtpStatus::Verified)];
    let basis = |technical| with(technical, &positive).map(|presumed| presumed.basis);
    let sound = vec![B::CertificateValid, B::NotRevoked, B::CoveredByReceipt, B::CentreRegistered];
    assert_eq!(basis(Technical::Sound), Some(sound));
    assert_eq!(basis(Technical::RevocationUnknown), Some(vec![B::CoveredByReceipt, B::CentreRegistered]));
    assert_eq!(basis(Technical::Revoked { compromised: false }), None);
    assert_eq!(with(Technical::RevocationUnknown, &[]), None);
}
