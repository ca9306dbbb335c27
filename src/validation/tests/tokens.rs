//! A token on its own: it must be about what was stamped, answer the request, and name who signed it.

use super::making::{self, message_digest, token, tst_info};
use super::*;
use crate::cms::{MessageImprint, TstInfo};
use crate::x509::AlgorithmIdentifier;

fn report(bench: &Bench, token: &[u8], subject: &TimeStampSubject<'_>) -> TimeStampReport {
    validate_time_stamp(token, subject, &bench.terms(), &SignatureBook::default()).unwrap()
}

fn fault(bench: &Bench, token: &[u8], subject: &TimeStampSubject<'_>) -> Option<TimeStampFault> {
    let report = report(bench, token, subject);
    assert_eq!(report.indication == TimeStampIndication::Passed, report.fault.is_none(), "{:?}", report.reasons);
    report.fault
}

/// A token whose statement is made by `make`.
fn stating(bench: &Bench, info: &TstInfo) -> Vec<u8> {
    Made::by(&[SignerRecipe::over(&bench.tsa, oids::ID_CT_TST_INFO, &info.encode())]).encode()
}

#[test]
fn a_token_about_these_octets_passes_and_about_others_it_does_not() {
    let bench = Bench::new();
    let made = token(&bench.tsa, CONTENT, day(49));
    let good = report(&bench, &made, &TimeStampSubject::of(CONTENT));
    assert_eq!((good.indication, good.gen_time), (TimeStampIndication::Passed, Some(day(49))));
    assert_eq!((good.signature_value, good.content_digest), (SignatureValue::Valid, ContentDigest::Valid));
    assert_eq!(fault(&bench, &made, &TimeStampSubject::of(b"other")), Some(TimeStampFault::WrongImprint));
    let imprint = tst_info(CONTENT, day(49)).message_imprint;
    let by_imprint = |stamped| TimeStampSubject { stamped: Stamped::Imprint(stamped), nonce: None, policy: None };
    assert_eq!(fault(&bench, &made, &by_imprint(&imprint)), None);
    let other = MessageImprint { hashed_message: vec![0; 32], ..imprint.clone() };
    assert_eq!(fault(&bench, &made, &by_imprint(&other)), Some(TimeStampFault::WrongImprint));
    let hash_algorithm = AlgorithmIdentifier { oid: DigestAlgorithm::Sha384.oid(), parameters: None };
    let renamed = MessageImprint { hash_algorithm, ..imprint.clone() };
    assert_eq!(fault(&bench, &made, &by_imprint(&renamed)), Some(TimeStampFault::WrongImprint));
}

#[test]
fn the_nonce_and_the_policy_of_the_request_must_come_back() {
    let bench = Bench::new();
    let info = tst_info(CONTENT, day(49));
    let with = stating(&bench, &TstInfo { nonce: Some(vec![1, 2]), ..info.clone() });
    let without = stating(&bench, &info);
    let sent = |nonce| TimeStampSubject { nonce: Some(nonce), ..TimeStampSubject::of(CONTENT) };
    assert_eq!(fault(&bench, &with, &sent(&[1, 2])), None);
    assert_eq!(fault(&bench, &with, &sent(&[1, 3])), Some(TimeStampFault::OtherNonce));
    assert_eq!(fault(&bench, &without, &sent(&[1, 2])), Some(TimeStampFault::OtherNonce));
    let asked = |policy| TimeStampSubject { policy: Some(policy), ..TimeStampSubject::of(CONTENT) };
    assert_eq!(fault(&bench, &with, &asked(info.policy)), None);
    assert_eq!(fault(&bench, &with, &asked(oids::ID_DATA)), Some(TimeStampFault::OtherPolicy));
}

#[test]
fn a_token_that_does_not_name_its_certificate_fails() {
    let bench = Bench::new();
    let content = tst_info(CONTENT, day(49)).encode();
    let recipe = || SignerRecipe::over(&bench.tsa, oids::ID_CT_TST_INFO, &content);
    let named = |reference: &[Vec<u8>]| {
        let own = [making::content_type(oids::ID_CT_TST_INFO), message_digest(&content)];
        Made::by(&[recipe().signed([&own[..], reference].concat())]).encode()
    };
    let subject = TimeStampSubject::of(CONTENT);
    assert_eq!(fault(&bench, &named(&[]), &subject), Some(TimeStampFault::SignerNotNamed));
    assert_eq!(fault(&bench, &named(&[making::ess_v1(&bench.tsa.certificate)]), &subject), None);
    assert_eq!(fault(&bench, &named(&[making::ess_v2(&bench.tsa.certificate)]), &subject), None);
    let other = report(&bench, &named(&[making::ess_v2(&bench.signer.certificate)]), &subject);
    assert_ne!(other.indication, TimeStampIndication::Passed);
}

#[test]
fn what_is_no_token_fails() {
    let bench = Bench::new();
    for octets in [&b""[..], b"token", &bench.message().encode()] {
        let told = report(&bench, octets, &TimeStampSubject::of(CONTENT));
        assert_eq!((told.indication, told.fault), (TimeStampIndication::Failed, Some(TimeStampFault::Malformed)));
    }
}
