//! Signature time stamps (RFC 3161; EN 319 102-1 §5.4): what they prove, and what they do not.

use super::making::{DIGEST, message_digest, token, tst_info};
use super::*;
use crate::trust::{
    AlgorithmScope, CompiledTrust, ForeignAnchor, ForeignCentre, PartyId, Period, RegistrationStatus, Scope,
    StatusEvent,
};

type S = SubIndication;

/// The signer's certificate ended on day 50; a stamp from before proves that the signature is older.
fn ended() -> Bench {
    Bench::with_signer(&Recipe::leaf("signer").valid(day(0), day(50)))
}

/// The same, with lists that were made while the certificate was valid.
fn ended_with_lists(tsa: &Recipe) -> Bench {
    let mut bench = Bench::with(&Recipe::leaf("signer").valid(day(0), day(50)), tsa);
    bench.evidence.add_crl(bench.centre.crl(&CrlRecipe::new(0).from(day(45)).until(Some(day(60)))));
    bench
}

fn stamped(bench: &Bench, gen_time: Timestamp) -> Vec<u8> {
    let recipe = SignerRecipe::of(&bench.signer);
    let token = token(&bench.tsa, &recipe.value(), gen_time);
    Made::by(&[recipe.stamped(&token)]).encode()
}

/// A message of an ended signer under a token made by `make` from the signature value.
fn under(bench: &Bench, make: impl Fn(&[u8]) -> Vec<u8>) -> SignatureReport {
    let recipe = SignerRecipe::of(&bench.signer);
    let token = make(&recipe.value());
    bench.report(&Made::by(&[recipe.stamped(&token)]).encode())
}

fn proves_nothing(report: &SignatureReport, bench: &Bench, what: &str) {
    assert_eq!(report.best_signature_time, bench.at, "{what}");
    assert_eq!(report.verdict.sub_indication, Some(S::OutOfBoundsNoPoe), "{what}");
    assert_ne!(report.time_stamps.first().unwrap().indication, TimeStampIndication::Passed, "{what}");
}

#[test]
fn a_stamp_from_before_the_certificates_end_saves_the_signature_and_a_later_one_does_not() {
    let bench = ended_with_lists(&tsa_recipe());
    let report = bench.report(&stamped(&bench, day(49)));
    assert_eq!(told(&report), PASSED, "{:?} {:?}", report.reasons, report.time_stamps);
    assert_eq!(report.best_signature_time, day(49));
    let late = bench.report(&stamped(&bench, day(51)));
    assert_eq!(told(&late).0, Some(S::OutOfBoundsNoPoe));
    assert_eq!(told(&bench.report(&bench.message().encode())).0, Some(S::OutOfBoundsNoPoe));
}

#[test]
fn a_stamp_about_other_octets_proves_nothing() {
    let bench = ended_with_lists(&tsa_recipe());
    let report = under(&bench, |_| token(&bench.tsa, CONTENT, day(49)));
    proves_nothing(&report, &bench, "the content instead of the signature");
    assert_eq!(report.time_stamps.first().unwrap().fault, Some(TimeStampFault::WrongImprint));
    let other = SignerRecipe::over(&bench.signer, oids::ID_DATA, b"other").value();
    let report = under(&bench, |_| token(&bench.tsa, &other, day(49)));
    proves_nothing(&report, &bench, "another signature of the same signer");
}

#[test]
fn a_stamp_from_the_future_proves_nothing() {
    let bench = Bench::new();
    let report = bench.report(&stamped(&bench, bench.at.plus_seconds(1)));
    assert_eq!(report.time_stamps.first().unwrap().fault, Some(TimeStampFault::InTheFuture));
    assert_eq!((told(&report), report.best_signature_time), (PASSED, bench.at));
    let report = bench.report(&stamped(&bench, bench.at));
    assert_eq!(report.time_stamps.first().unwrap().indication, TimeStampIndication::Passed);
}

#[test]
fn only_an_authority_for_time_stamps_makes_them() {
    // RFC 3161 §2.3: one extended key usage, critical.
    let purposes =
        |all: &[ObjectIdentifier]| der::sequence(&[&all.iter().flat_map(|p| der::oid(*p)).collect::<Vec<u8>>()]);
    let eku =
        |critical, all: &[ObjectIdentifier]| tsa_recipe().with(x509_oids::EXTENDED_KEY_USAGE, critical, purposes(all));
    for (recipe, what) in [
        (eku(false, &[x509_oids::TIME_STAMPING]), "not critical"),
        (eku(true, &[x509_oids::TIME_STAMPING, x509_oids::EMAIL_PROTECTION]), "not alone"),
        (eku(true, &[x509_oids::OCSP_SIGNING]), "another purpose"),
        (eku(true, &[x509_oids::ANY_EXTENDED_KEY_USAGE]), "any purpose"),
        (tsa_recipe().without(x509_oids::EXTENDED_KEY_USAGE), "no purpose"),
        (tsa_recipe().key_usage(pki::CRL_SIGN), "a key for another use"),
    ] {
        let bench = ended_with_lists(&recipe);
        let report = bench.report(&stamped(&bench, day(49)));
        proves_nothing(&report, &bench, what);
        assert_eq!(report.time_stamps.first().unwrap().fault, Some(TimeStampFault::NotATsa), "{what}");
    }
    let bench = ended_with_lists(&tsa_recipe());
    let own = under(&bench, |value| token(&bench.signer, value, day(49)));
    proves_nothing(&own, &bench, "the signer's own word");
}

#[test]
fn the_stamping_authority_was_valid_when_it_stamped() {
    let ended_tsa = ended_with_lists(&tsa_recipe().valid(day(0), day(48)));
    proves_nothing(&ended_tsa.report(&stamped(&ended_tsa, day(49))), &ended_tsa, "expired");
    let later = ended_with_lists(&tsa_recipe().valid(day(0), day(49)));
    assert_eq!(told(&later.report(&stamped(&later, day(49)))), PASSED, "expired since");
    let unborn = ended_with_lists(&tsa_recipe().valid(day(50), day(365)));
    proves_nothing(&unborn.report(&stamped(&unborn, day(49))), &unborn, "not yet valid");
}

#[test]
fn a_stamping_authority_that_was_compromised_proves_nothing() {
    let mut bench = ended_with_lists(&tsa_recipe());
    let entry = [pki::reason(1)];
    bench.evidence.add_crl(bench.centre.crl(&CrlRecipe::new(3).from(day(99)).revoke(9, day(98), &entry)));
    proves_nothing(&bench.report(&stamped(&bench, day(49))), &bench, "compromised");
}

#[test]
fn a_stamping_authority_that_was_revoked_without_a_reason_proves_nothing() {
    // RFC 3161 §4: these reasons, and no other, leave earlier stamps good.
    for (code, proves) in [(None, false), (Some(0), true), (Some(3), true), (Some(4), true), (Some(5), true)] {
        let mut bench = ended_with_lists(&tsa_recipe());
        let entry: Vec<Vec<u8>> = code.map(pki::reason).into_iter().collect();
        bench.evidence.add_crl(bench.centre.crl(&CrlRecipe::new(3).from(day(99)).revoke(9, day(98), &entry)));
        let report = bench.report(&stamped(&bench, day(49)));
        if proves {
            assert_eq!(told(&report), PASSED, "{code:?}");
        } else {
            proves_nothing(&report, &bench, &format!("{code:?}"));
        }
    }
}

#[test]
fn a_stamp_under_a_compromised_centre_proves_nothing_however_old_it_says_it_is() {
    // Whoever has the centre's key makes an authority, and a stamp, of any time before the compromise was dated.
    for (code, proves) in [(1, false), (2, false), (4, true)] {
        let mut bench = ended_with_lists(&tsa_recipe());
        let root = pki::root(&Recipe::ca("root"), "root");
        let entry = [pki::reason(code), pki::invalid_since(day(60))];
        bench.evidence.add_crl(root.crl(&CrlRecipe::new(2).from(day(99)).revoke(7, day(98), &entry)));
        let report = bench.report(&stamped(&bench, day(49)));
        if proves {
            assert_eq!(told(&report), PASSED, "{code}");
        } else {
            assert_eq!(report.best_signature_time, bench.at, "{code}");
            assert_ne!(report.time_stamps.first().unwrap().indication, TimeStampIndication::Passed, "{code}");
            assert_ne!(report.verdict.indication, Indication::TotalPassed, "{code}");
        }
    }
}

#[test]
fn a_stamping_authority_that_nobody_trusts_proves_nothing() {
    let bench = ended_with_lists(&tsa_recipe());
    let stranger = pki::root(&Recipe::ca("stranger"), "stranger");
    let tsa = stranger.issue(&tsa_recipe(), "their tsa");
    proves_nothing(&under(&bench, |value| token(&tsa, value, day(49))), &bench, "a stranger's");
}

#[test]
fn a_token_that_was_changed_proves_nothing() {
    let bench = ended_with_lists(&tsa_recipe());
    let good = token(&bench.tsa, &SignerRecipe::of(&bench.signer).value(), day(49));
    assert_eq!(told(&under(&bench, |_| good.clone())), PASSED);
    let time = b"20260219000000Z";
    let at = good.windows(time.len()).position(|w| w == time).unwrap();
    let mut earlier = good.clone();
    *earlier.get_mut(at + 7).unwrap() = b'8';
    proves_nothing(&under(&bench, |_| earlier.clone()), &bench, "another time");
    let mut forged = good.clone();
    *forged.last_mut().unwrap() ^= 1;
    proves_nothing(&under(&bench, |_| forged.clone()), &bench, "another value");
    proves_nothing(&under(&bench, |_| der::null()), &bench, "no token");
}

#[test]
fn a_token_is_exactly_what_rfc_3161_describes() {
    let bench = ended_with_lists(&tsa_recipe());
    let of = |value: &[u8], kind| SignerRecipe::over(&bench.tsa, kind, &tst_info(value, day(49)).encode());
    let as_data = under(&bench, |value| Made::by(&[of(value, oids::ID_DATA)]).encode());
    proves_nothing(&as_data, &bench, "content of another type");
    let two =
        under(&bench, |value| Made::by(&[of(value, oids::ID_CT_TST_INFO), of(value, oids::ID_CT_TST_INFO)]).encode());
    proves_nothing(&two, &bench, "two signers");
    let detached = under(&bench, |value| Made::by(&[of(value, oids::ID_CT_TST_INFO)]).detached().encode());
    proves_nothing(&detached, &bench, "no content");
    let bare =
        under(&bench, |value| Made::by(&[SignerRecipe { signed: None, ..of(value, oids::ID_CT_TST_INFO) }]).encode());
    proves_nothing(&bare, &bench, "no signed attributes");
    let wrong_digest = under(&bench, |value| {
        let recipe = of(value, oids::ID_CT_TST_INFO);
        let signed = vec![making::content_type(oids::ID_CT_TST_INFO), message_digest(b"other")];
        Made::by(&[recipe.signed(signed)]).encode()
    });
    proves_nothing(&wrong_digest, &bench, "another message digest");
}

#[test]
fn an_imprint_of_an_unknown_digest_is_undecided_and_proves_nothing() {
    let bench = ended_with_lists(&tsa_recipe());
    let report = under(&bench, |value| {
        let mut info = tst_info(value, day(49));
        info.message_imprint.hash_algorithm.oid = ObjectIdentifier::new_unwrap("1.2.840.113549.2.5");
        Made::by(&[SignerRecipe::over(&bench.tsa, oids::ID_CT_TST_INFO, &info.encode())]).encode()
    });
    proves_nothing(&report, &bench, "MD5");
    assert_eq!(report.time_stamps.first().unwrap().indication, TimeStampIndication::Indeterminate);
}

#[test]
fn the_earliest_stamp_that_holds_is_the_best_signature_time() {
    let bench = Bench::new();
    let recipe = SignerRecipe::of(&bench.signer);
    let value = recipe.value();
    let good = |at| token(&bench.tsa, &value, at);
    let wrong = token(&bench.tsa, b"other", day(90));
    let both = recipe.stamped(&good(day(96))).stamped(&wrong).stamped(&good(day(95)));
    let report = bench.report(&Made::by(&[both]).encode());
    assert_eq!(report.best_signature_time, day(95));
    assert_eq!(report.time_stamps.len(), 3);
    assert_eq!(told(&report), PASSED);
}

#[test]
fn a_signature_proven_older_than_its_certificate_failed() {
    let bench = Bench::with_signer(&Recipe::leaf("signer").valid(day(50), day(365)));
    let report = bench.report(&stamped(&bench, day(49)));
    assert_eq!(told(&report), (Some(S::NotYetValid), Some(Code::SignedBeforeValidity)));
    assert_eq!(report.verdict.indication, Indication::TotalFailed);
    assert_eq!(told(&bench.report(&stamped(&bench, day(50)))), PASSED);
}

#[test]
fn the_caller_may_prove_the_time_but_not_one_that_has_not_come() {
    let bench = ended();
    let mut with_lists = ended_with_lists(&tsa_recipe());
    let document = bench.message().encode();
    let judged = |bench: &Bench, proven_at| {
        let item = Item { document: &document, content: None, proven_at };
        let mut reports = validate_many(&[item], &bench.terms(), &SignatureBook::default());
        reports.remove(0).unwrap().signatures.remove(0)
    };
    assert_eq!(told(&judged(&with_lists, Some(day(49)))), PASSED);
    assert_eq!(told(&judged(&with_lists, Some(day(51)))).0, Some(S::OutOfBoundsNoPoe));
    with_lists.at = day(40);
    assert_eq!(judged(&with_lists, Some(day(49))).best_signature_time, day(40));
}

#[test]
fn digests_of_stamps_and_signatures_are_the_same_table() {
    // What is compared above is a digest that both sides know.
    assert_eq!(DigestAlgorithm::from_oid(DIGEST.oid()), Some(DIGEST));
}

/// Trusts a foreign centre under these events.
fn register(bench: &mut Bench, root: &Entity, events: &[(RegistrationStatus, i64)]) {
    register_for(bench, root, events, &[]);
}

/// The same, for these uses alone.
fn register_for(bench: &mut Bench, root: &Entity, events: &[(RegistrationStatus, i64)], scopes: &[Scope]) {
    let centre = ForeignCentre {
        scopes: scopes.to_vec(),
        events: events.iter().map(|(status, at)| StatusEvent::new(*status, day(*at))).collect(),
        ..ForeignCentre::unregistered("foreign", "XA", &root.certificate)
    };
    let (certificate, party) = (root.certificate.clone(), PartyId::new("foreign").unwrap());
    let mut trust = CompiledTrust::default();
    (trust.anchors, trust.material) = (bench.trust.anchors.clone(), bench.trust.material.clone());
    bench.trust = trust;
    bench.trust.add_foreign(ForeignAnchor { certificate, period: None, party, centre });
}

#[test]
fn a_stamp_from_a_foreign_centre_counts_only_where_its_registration_does() {
    use RegistrationStatus::{Registered, Suspended, Terminated, VoidFrom};
    let mut bench = ended_with_lists(&tsa_recipe());
    let foreign = pki::root(&Recipe::ca("foreign"), "foreign");
    let authority = foreign.issue(&tsa_recipe(), "foreign authority");
    bench.evidence.add_crl(foreign.crl(&CrlRecipe::new(1)));
    bench.evidence.add_crl(foreign.crl(&CrlRecipe::new(0).from(day(45)).until(Some(day(60)))));
    let stamped = |bench: &Bench| under(bench, |value| token(&authority, value, day(49)));
    register(&mut bench, &foreign, &[(Registered, 0)]);
    let report = stamped(&bench);
    assert_eq!(told(&report), PASSED, "{:?}", report.time_stamps);
    for bad in [
        &[(Registered, 0), (VoidFrom, 60)][..],
        &[(Registered, 0), (Suspended, 40)],
        &[(Registered, 0), (Terminated, 49)],
        // Its own word does not prove that it stamped before.
        &[(Registered, 0), (Terminated, 50)],
        &[(Registered, 0), (Terminated, 100)],
        &[(Registered, 0), (Suspended, 50), (Registered, 60)],
        &[(Registered, 50)],
    ] {
        register(&mut bench, &foreign, bad);
        let report = stamped(&bench);
        proves_nothing(&report, &bench, &format!("{bad:?}"));
        assert_eq!(report.time_stamps.first().unwrap().fault, Some(TimeStampFault::NotRecognised));
    }
}

#[test]
fn a_foreign_centre_stamps_within_what_it_is_registered_for() {
    let mut bench = ended_with_lists(&tsa_recipe());
    let foreign = pki::root(&Recipe::ca("foreign"), "foreign");
    let authority = foreign.issue(&tsa_recipe(), "foreign authority");
    bench.evidence.add_crl(foreign.crl(&CrlRecipe::new(1)));
    bench.evidence.add_crl(foreign.crl(&CrlRecipe::new(0).from(day(45)).until(Some(day(60)))));
    let during = |from, until: Option<i64>| Scope {
        period: Some(Period { from: day(from), until: until.map(day) }),
        ..Scope::default()
    };
    let of_documents = || Scope { document_types: vec!["licence.foreign-trade".to_owned()], ..Scope::default() };
    let algorithm = |oid: &str| AlgorithmScope { oid: oid.to_owned(), key_bits_min: None, until: None };
    let with = |oid: &str| Scope { algorithms: vec![algorithm(oid)], ..Scope::default() };
    let all = [(RegistrationStatus::Registered, -1000)];
    for (scopes, proves) in [
        (vec![during(-1000, None)], true),
        (vec![during(-1000, Some(60))], false),
        (vec![during(48, None)], false),
        (vec![of_documents()], false),
        (vec![of_documents(), during(-1000, None)], true),
        (vec![with("1.3.101.112")], true),
        (vec![with("1.2.398.3.10.1.1.2.2")], false),
        (vec![Scope { policies: vec!["1.2.3".to_owned()], ..Scope::default() }], false),
    ] {
        register_for(&mut bench, &foreign, &all, &scopes);
        let report = under(&bench, |value| token(&authority, value, day(49)));
        if proves {
            assert_eq!(told(&report), PASSED, "{scopes:?}: {:?}", report.time_stamps);
        } else {
            proves_nothing(&report, &bench, &format!("{scopes:?}"));
        }
    }
}
