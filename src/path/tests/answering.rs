//! Revocation by OCSP (RFC 6960).

use super::answers::OcspRecipe;
use super::*;
use crate::crypto::DigestAlgorithm;
use crate::time::Timestamp;
use crate::x509::{CertId, OcspResponse};

const SUPERSEDED: u8 = 4;
const HOLD: u8 = 6;

/// The extended key usage id-kp-OCSPSigning and nothing else.
fn ocsp_signing() -> Vec<u8> {
    der::sequence(&[&der::oid(oids::OCSP_SIGNING)])
}

fn delegate() -> Recipe {
    Recipe::leaf("responder").serial(9).with(oids::EXTENDED_KEY_USAGE, false, ocsp_signing()).with(
        oids::OCSP_NO_CHECK,
        false,
        der::null(),
    )
}

impl Three {
    fn good(&self) -> OcspRecipe {
        OcspRecipe::good(&self.leaf, &self.centre)
    }

    /// The answer where nothing but these responses is known of the leaf.
    fn answered(&self, responses: &[OcspResponse]) -> Answer {
        let world = responses.iter().cloned().fold(self.bare(), World::with_ocsp);
        answer(world.ask(&self.leaf))
    }

    /// The same for a good response signed by a delegate made by the centre from this recipe.
    fn answered_by(&self, recipe: &Recipe) -> Answer {
        let responder = self.centre.issue(recipe, "responder");
        self.answered(&[self.good().carry(&responder).sign(&responder)])
    }
}

#[test]
fn the_issuer_answers_for_its_certificates() {
    let three = Three::new();
    assert_eq!(three.answered(&[three.good().sign(&three.centre)]), Ok(3));
    assert_eq!(three.answered(&[three.good().by_key().sign(&three.centre)]), Ok(3));
    let revoked_since = three.good().revoked(day(50), Some(SUPERSEDED)).sign(&three.centre);
    assert_eq!(three.answered(&[revoked_since]), revoked(day(50), Some(RevocationReason::Superseded)));
    assert_eq!(three.answered(&[]), unknown(RevocationUnknown::NoEvidence));
}

#[test]
fn nobody_else_answers_for_them() {
    let three = Three::new();
    let refused = unknown(RevocationUnknown::NotFromIssuer);
    let impostor = root(&Recipe::ca("centre"), "impostor");
    assert_eq!(three.answered(&[three.good().carry(&impostor).sign(&impostor)]), refused, "a namesake");
    assert_eq!(three.answered(&[three.good().sign(&three.root)]), refused, "the root");
    assert_eq!(three.answered(&[three.good().sign(&three.leaf)]), refused, "itself");
    assert_eq!(three.answered(&[three.good().sign_as(&three.leaf, &three.centre)]), refused, "in the centre's name");
    // RFC 6960 §4.2.1: who signed is named, and nobody else is meant.
    assert_eq!(three.answered(&[three.good().sign_as(&three.centre, &three.leaf)]), refused);
    assert_eq!(three.answered(&[three.good().by_key().sign_as(&three.centre, &three.leaf)]), refused);
    // Nor does a stranger revoke.
    let world = three.world().with_ocsp(three.good().revoked(day(50), None).sign(&impostor));
    assert_eq!(answer(world.ask(&three.leaf)), Ok(3));
}

#[test]
fn a_delegate_answers_where_the_issuer_itself_made_it_one() {
    // §4.2.2.2
    let three = Three::new();
    assert_eq!(three.answered_by(&delegate()), Ok(3));
    let refused = unknown(RevocationUnknown::NotFromIssuer);
    assert_eq!(three.answered_by(&delegate().without(oids::EXTENDED_KEY_USAGE)), refused, "no purpose");
    let any = der::sequence(&[&der::oid(oids::ANY_EXTENDED_KEY_USAGE)]);
    assert_eq!(three.answered_by(&delegate().with(oids::EXTENDED_KEY_USAGE, false, any)), refused, "any purpose");
    assert_eq!(three.answered_by(&delegate().key_usage(CRL_SIGN)), refused, "a key that signs CRLs alone");
    let nobodys = const_oid::ObjectIdentifier::new_unwrap("1.2.398.6.999.666");
    assert_eq!(three.answered_by(&delegate().with(nobodys, true, der::null())), refused, "critical and unknown");
    assert_eq!(three.answered_by(&delegate().with(nobodys, false, der::null())), Ok(3));
}

#[test]
fn a_delegate_of_a_sibling_or_of_the_root_answers_for_its_own_issuer_alone() {
    let three = Three::new();
    let sibling = three.root.issue(&Recipe::ca("sibling").serial(8), "sibling");
    for other in [&sibling, &three.root] {
        let responder = other.issue(&delegate(), "responder");
        let response = three.good().carry(&responder).sign(&responder);
        let world = three.bare().with(&sibling).with(&responder).with_ocsp(response);
        assert_eq!(answer(world.ask(&three.leaf)), unknown(RevocationUnknown::NotFromIssuer));
    }
}

#[test]
fn a_delegate_is_in_its_period_when_it_signs() {
    let three = Three::new();
    // The time in question is the one it was signed at.
    let of = |from, to| {
        let responder = three.centre.issue(&delegate().valid(from, to), "responder");
        let response = three.good().carry(&responder).sign(&responder);
        answer(three.bare().with_ocsp(response).ask_at(&three.leaf, day(95), day(100)))
    };
    assert_eq!(of(day(0), day(95)), Ok(3), "ended since");
    assert_eq!(of(day(0), day(94)), unknown(RevocationUnknown::NotFromIssuer));
    assert_eq!(of(day(96), day(200)), unknown(RevocationUnknown::NotFromIssuer));
}

#[test]
fn a_delegate_without_nocheck_must_not_be_revoked_itself() {
    let three = Three::new();
    let responder = three.centre.issue(&delegate().without(oids::OCSP_NO_CHECK), "responder");
    let response = three.good().carry(&responder).sign(&responder);
    let with = |world: World| answer(world.with_ocsp(response.clone()).ask(&three.leaf));
    assert_eq!(with(three.bare()), unknown(RevocationUnknown::NotFromIssuer), "nothing says so");
    // An old list tells about the responder when it signed, and no longer about the leaf.
    let list = CrlRecipe::new(1).until(Some(day(96)));
    assert_eq!(with(three.bare().with_crl(three.centre.crl(&list))), Ok(3));
    let list = list.revoke(9, day(94), &[reason(SUPERSEDED)]);
    let told = with(three.bare().with_crl(three.centre.crl(&list)));
    assert_eq!(told, unknown(RevocationUnknown::Stale { next_update: Some(day(96)) }));
    // It does not vouch for itself.
    let own = OcspRecipe::good(&responder, &three.centre).carry(&responder).sign(&responder);
    assert_eq!(with(three.bare().with_ocsp(own)), unknown(RevocationUnknown::NotFromIssuer));
}

#[test]
fn nocheck_hides_nothing_that_is_known_against_a_delegate() {
    let three = Three::new();
    let responder = three.centre.issue(&delegate(), "responder");
    let response = three.good().carry(&responder).sign(&responder);
    // An old list that no longer tells about the leaf.
    let with = |entry: Option<u8>| {
        let list = CrlRecipe::new(1).until(Some(day(96)));
        let list = entry.into_iter().fold(list, |list, code| list.revoke(9, day(94), &[reason(code)]));
        answer(three.bare().with_crl(three.centre.crl(&list)).with_ocsp(response.clone()).ask(&three.leaf))
    };
    let stale = unknown(RevocationUnknown::Stale { next_update: Some(day(96)) });
    assert_eq!(with(None), Ok(3));
    assert_eq!(with(Some(1)), stale, "compromised");
    assert_eq!(with(Some(SUPERSEDED)), stale, "superseded");
    assert_eq!(with(Some(HOLD)), stale, "on hold");
    // Revoked by a list of the day after it signed: for another reason than its key, it was still good.
    let later = |code| {
        let list = CrlRecipe::new(1).from(day(96)).until(Some(day(97))).revoke(9, day(96), &[reason(code)]);
        answer(three.bare().with_crl(three.centre.crl(&list)).with_ocsp(response.clone()).ask(&three.leaf))
    };
    assert_eq!(later(SUPERSEDED), Ok(3));
    assert_eq!(later(1), unknown(RevocationUnknown::Stale { next_update: Some(day(97)) }));
}

#[test]
fn no_delegate_vouches_for_itself_whatever_its_extensions() {
    for recipe in [delegate(), delegate().without(oids::OCSP_NO_CHECK)] {
        let three = Three::of(&Recipe::ca("root"), &Recipe::ca("centre"), &recipe.serial(7));
        let own = three.good().carry(&three.leaf).sign(&three.leaf);
        assert_eq!(three.answered(&[own]), unknown(RevocationUnknown::NotFromIssuer));
        assert_eq!(three.answered(&[three.good().sign(&three.centre)]), Ok(3), "the centre may");
    }
}

#[test]
fn an_answer_is_not_from_after_its_own_signature() {
    // RFC 6960 §2.4
    let three = Three::new();
    let signed = |made| three.good().from(day(95).plus_seconds(made)).produced(day(95)).sign(&three.centre);
    assert_eq!(three.answered(&[signed(60)]), Ok(3), "two clocks of one responder");
    assert_eq!(three.answered(&[signed(61)]), unknown(RevocationUnknown::NotUnderstood));
    let ahead = three.good().from(day(100)).until(None).produced(day(0)).sign(&three.centre);
    assert_eq!(three.answered(&[ahead]), unknown(RevocationUnknown::NotUnderstood), "100 days after");
}

#[test]
fn what_a_delegate_says_about_the_time_to_come_ends_with_its_certificate() {
    // RFC 6960 §4.2.2.2.1
    let three = Three::new();
    let ended = |end, at| {
        let responder = three.centre.issue(&delegate().valid(day(0), end), "responder");
        let response = three.good().carry(&responder).sign(&responder);
        answer(three.bare().with_ocsp(response).ask_at(&three.leaf, at, day(100)))
    };
    assert_eq!(ended(day(100), day(100)), Ok(3));
    let last = day(99).plus_seconds(86_399);
    let stale = unknown(RevocationUnknown::Stale { next_update: Some(day(100)) });
    assert_eq!(ended(last, day(100)), stale);
    // What it said about the past stays said.
    assert_eq!(ended(last, day(95)), Ok(3));
}

#[test]
fn an_invalidity_date_in_an_answer_counts_as_one_in_a_list() {
    // RFC 6960 §4.4.5
    let three = Three::new();
    let at = |at, code, invalid| {
        let value = der::generalized_time(invalid);
        let recipe = three.good().revoked(day(94), Some(code)).with_single(oids::INVALIDITY_DATE, false, &value);
        answer(three.bare().with_ocsp(recipe.sign(&three.centre)).ask_at(&three.leaf, at, day(100)))
    };
    assert_eq!(at(day(59), SUPERSEDED, day(60)), Ok(3));
    assert_eq!(at(day(60), SUPERSEDED, day(60)), revoked(day(60), Some(RevocationReason::Superseded)));
    assert_eq!(at(day(94), SUPERSEDED, day(99)), revoked(day(94), Some(RevocationReason::Superseded)));
    assert_eq!(at(day(59), 1, day(60)), Ok(3));
    assert_eq!(at(day(60), 1, day(60)), revoked(day(60), Some(RevocationReason::KeyCompromise)));
}

#[test]
fn an_answer_is_about_one_certificate_of_one_key() {
    let three = Three::new();
    let namesake = three.root.issue(&Recipe::ca("centre").serial(8), "namesake");
    let other = three.centre.issue(&Recipe::leaf("leaf").serial(8), "leaf");
    let about = |certificate: &Entity, issuer: &Entity, digest| {
        let id = CertId::of(&certificate.certificate, &issuer.certificate, digest);
        three.answered(&[three.good().about(id).sign(&three.centre)])
    };
    for digest in [DigestAlgorithm::Sha1, DigestAlgorithm::Sha256, DigestAlgorithm::Gost34311] {
        assert_eq!(about(&three.leaf, &three.centre, digest), Ok(3));
        let nothing = unknown(RevocationUnknown::NoEvidence);
        assert_eq!(about(&three.leaf, &namesake, digest), nothing, "the same name and serial number, another key");
        assert_eq!(about(&other, &three.centre, digest), nothing, "another serial number");
    }
}

#[test]
fn unknown_is_never_good() {
    // §2.2
    let three = Three::new();
    let unknown_since = |at| three.good().unknown().from(at).sign(&three.centre);
    let told = unknown(RevocationUnknown::UnknownToResponder);
    assert_eq!(three.answered(&[unknown_since(day(95))]), told);
    let with = |at| answer(three.world().with_ocsp(unknown_since(at)).ask(&three.leaf));
    assert_eq!(with(day(95)), told, "newer than the list");
    assert_eq!(with(day(90)), told, "as new as the list");
    assert_eq!(with(day(89)), Ok(3), "older than the list");
}

#[test]
fn an_answer_holds_until_the_next_is_due() {
    let three = Three::new();
    let until = |next| three.answered(&[three.good().until(next).sign(&three.centre)]);
    assert_eq!(until(Some(day(100))), Ok(3));
    let before = day(100).plus_seconds(-1);
    assert_eq!(until(Some(before)), unknown(RevocationUnknown::Stale { next_update: Some(before) }));
    // D-18: without nextUpdate for as long as the policy says, 300 seconds here.
    let made = |at| three.answered(&[three.good().from(at).until(None).sign(&three.centre)]);
    assert_eq!(made(day(100).plus_seconds(-300)), Ok(3));
    let due = day(100).plus_seconds(-1);
    assert_eq!(made(due.plus_seconds(-300)), unknown(RevocationUnknown::Stale { next_update: Some(due) }));
}

#[test]
fn an_answer_from_the_future_is_not_known_yet() {
    let three = Three::new();
    let ahead = day(100).plus_seconds(1);
    let late = unknown(RevocationUnknown::OutOfTime);
    assert_eq!(three.answered(&[three.good().from(ahead).sign(&three.centre)]), late);
    assert_eq!(three.answered(&[three.good().produced(ahead).sign(&three.centre)]), late);
    assert_eq!(three.answered(&[three.good().produced(day(100)).sign(&three.centre)]), Ok(3));
}

#[test]
fn a_later_answer_tells_about_an_earlier_time_and_an_earlier_revocation_does_not_spoil_it() {
    let three = Three::new();
    let at = |at, response: OcspResponse| answer(three.bare().with_ocsp(response).ask_at(&three.leaf, at, day(100)));
    assert_eq!(at(day(91), three.good().sign(&three.centre)), Ok(3));
    let superseded = three.good().revoked(day(94), Some(SUPERSEDED)).sign(&three.centre);
    assert_eq!(at(day(94).plus_seconds(-1), superseded.clone()), Ok(3));
    assert!(at(day(94), superseded).is_err());
    // D-09: a compromise counts backwards.
    let compromised = three.good().revoked(day(94), Some(1)).sign(&three.centre);
    assert_eq!(at(day(91), compromised), revoked(day(94), Some(RevocationReason::KeyCompromise)));
}

#[test]
fn after_the_certificates_end_an_answer_counts_as_far_as_the_archive_reaches() {
    // §4.4.4
    let three = Three::of(&Recipe::ca("root"), &Recipe::ca("centre"), &Recipe::leaf("leaf").valid(day(0), day(90)));
    let at_50 = |recipe: &OcspRecipe| {
        answer(three.bare().with_ocsp(recipe.sign(&three.centre)).ask_at(&three.leaf, day(50), day(100)))
    };
    let cut_off = |at| three.good().with_single(oids::OCSP_ARCHIVE_CUTOFF, false, &der::generalized_time(at));
    assert_eq!(at_50(&three.good()), unknown(RevocationUnknown::OutOfTime));
    assert_eq!(at_50(&cut_off(day(90))), Ok(3));
    assert_eq!(at_50(&cut_off(day(91))), unknown(RevocationUnknown::OutOfTime));
}

#[test]
fn a_certificate_that_was_never_issued_is_told_as_revoked_since_1970() {
    // §4.4.8
    let three = Three::new();
    let epoch = Timestamp::from_unix_seconds(0);
    let never = three.good().revoked(epoch, Some(HOLD)).extended();
    let told = revoked(epoch, Some(RevocationReason::CertificateHold));
    assert_eq!(three.answered(&[never.sign(&three.centre)]), told);
    // Without the extension it is the hold that it says.
    let hold = three.good().revoked(epoch, Some(HOLD)).sign(&three.centre);
    assert_eq!(three.answered(&[hold]), one(Defect::OnHold { since: epoch }));
    // A certificate that the responder came to know since.
    let both = [never.from(day(94)).sign(&three.centre), three.good().sign(&three.centre)];
    assert_eq!(three.answered(&both), Ok(3));
}

#[test]
fn the_responder_has_this_very_certificate_before_it_where_it_says_which() {
    let three = Three::new();
    let hash = |octets: &[u8]| {
        let algorithm = der::sequence(&[&der::oid(DigestAlgorithm::Sha256.oid())]);
        let digest = DigestAlgorithm::Sha256.digest(octets);
        let value = der::sequence(&[&algorithm, &der::octet_string(&digest)]);
        three.answered(&[three.good().with_single(oids::OCSP_CERT_HASH, false, &value).sign(&three.centre)])
    };
    assert_eq!(hash(three.leaf.certificate.der()), Ok(3));
    assert_eq!(hash(three.centre.certificate.der()), unknown(RevocationUnknown::NotUnderstood));
}

#[test]
fn what_is_critical_and_not_known_makes_an_answer_useless() {
    let three = Three::new();
    let nobodys = const_oid::ObjectIdentifier::new_unwrap("1.2.398.6.999.666");
    let null = der::null();
    for critical in [true, false] {
        let expected = if critical { unknown(RevocationUnknown::NotUnderstood) } else { Ok(3) };
        let single = three.good().with_single(nobodys, critical, &null).sign(&three.centre);
        assert_eq!(three.answered(&[single]), expected);
        let whole = three.good().with(nobodys, critical, &null).sign(&three.centre);
        assert_eq!(three.answered(&[whole]), expected);
    }
    let backwards = three.good().until(Some(day(94))).sign(&three.centre);
    assert_eq!(three.answered(&[backwards]), unknown(RevocationUnknown::NotUnderstood));
}

#[test]
fn of_two_answers_the_newer_counts_and_a_revocation_stays() {
    let three = Three::new();
    let at = |recipe: OcspRecipe, from| recipe.from(from).sign(&three.centre);
    let told = |one: OcspResponse, two: OcspResponse| {
        let forth = three.answered(&[one.clone(), two.clone()]);
        assert_eq!(forth, three.answered(&[two, one]), "whatever the order");
        forth
    };
    let (good, hold) = (three.good(), three.good().revoked(day(80), Some(HOLD)));
    let held = one(Defect::OnHold { since: day(80) });
    assert_eq!(told(at(hold.clone(), day(94)), at(good.clone(), day(95))), Ok(3), "lifted");
    assert_eq!(told(at(hold.clone(), day(95)), at(good.clone(), day(95))), held);
    assert_eq!(told(at(hold, day(96)), at(good.clone(), day(95))), held);
    let ended = three.good().revoked(day(80), Some(SUPERSEDED));
    let stays = revoked(day(80), Some(RevocationReason::Superseded));
    assert_eq!(told(at(ended.clone(), day(94)), at(good.clone(), day(95))), stays);
    assert_eq!(told(at(ended, day(96)), at(good, day(95))), stays);
}

#[test]
fn lists_and_answers_that_disagree_are_never_good() {
    let three = Three::new();
    let stays = revoked(day(80), None);
    let revoking = three.good().revoked(day(80), None).from(day(85)).sign(&three.centre);
    assert_eq!(answer(three.world().with_ocsp(revoking).ask(&three.leaf)), stays, "an older answer");
    let list = three.centre.crl(&CrlRecipe::new(1).from(day(85)).revoke(7, day(80), &[]));
    let good = three.good().sign(&three.centre);
    assert_eq!(answer(three.bare().with_crl(list).with_ocsp(good).ask(&three.leaf)), stays, "an older list");
    let hold = three.centre.crl(&CrlRecipe::new(2).from(day(96)).revoke(7, day(80), &[reason(HOLD)]));
    let good = three.good().sign(&three.centre);
    let held = answer(three.bare().with_crl(hold).with_ocsp(good).ask(&three.leaf));
    assert_eq!(held, one(Defect::OnHold { since: day(80) }));
}

#[test]
fn a_fresh_answer_stands_in_for_a_stale_list() {
    let three = Three::new();
    let stale = three.centre.crl(&CrlRecipe::new(1).until(Some(day(95))));
    let world = three.bare().with_crl(stale).with_ocsp(three.good().sign(&three.centre));
    assert_eq!(answer(world.ask(&three.leaf)), Ok(3));
}

#[test]
fn a_proof_names_its_evidence_and_every_signature_it_rests_on() {
    let three = Three::new();
    let responder = three.centre.issue(&delegate(), "responder");
    let response = three.good().carry(&responder).sign(&responder);
    let proof = three.bare().with_ocsp(response.clone()).ask(&three.leaf).unwrap();
    let Some(RevocationStatus::Good(leaf)) = proof.revocation().first() else { panic!("{proof:?}") };
    let [source] = leaf.sources.as_slice() else { panic!("{leaf:?}") };
    assert_eq!((source.kind, source.fingerprint), (EvidenceKind::Ocsp, response.fingerprint));
    assert_eq!((source.this_update, source.next_update), (day(95), Some(day(105))));
    assert_eq!(source.produced_at, Some(day(95)));
    let signed: Vec<_> = leaf.rests_on.iter().map(|(link, _)| link.signed).collect();
    assert_eq!(signed, [responder.certificate.fingerprint(), response.fingerprint]);
}
