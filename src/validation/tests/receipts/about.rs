//! What the receipt is about.

use super::*;

#[test]
fn a_receipt_of_another_document_is_refused_wherever_it_is_replayed() {
    let desk = Desk::new();
    let other = Made::by(&[SignerRecipe::of(&desk.bench.signer)]).encode();
    let octets = desk.receipt(desk.info());
    assert!(desk.judge(&octets).is_ok());
    let replayed = DvcsRequest { data: DataToCertify::Message(other.clone()), ..desk.request.clone() };
    let judged = desk.judge_about(&octets, ReceiptSubject::Request(&replayed));
    assert_eq!(codes(judged), ["RECEIPT_OTHER_DOCUMENT", "RECEIPT_OTHER_SIGNERS"]);
    let offline = ReceiptSubject::Document { octets: &other, asked_for: None };
    let judged = desk.judge_about(&octets, offline).unwrap_err();
    assert_eq!(judged.kind(), FaultKind::OtherDocument);
}

#[test]
fn a_wrong_imprint_is_refused_be_it_by_one_bit_or_by_its_digest() {
    let desk = Desk::new();
    let mut info = desk.info();
    *info.message_imprint.hashed_message.last_mut().unwrap() ^= 1;
    assert_eq!(desk.faults(&desk.receipt(info)), ["RECEIPT_OTHER_DOCUMENT"]);
    let mut info = desk.info();
    info.message_imprint.hashed_message = DigestAlgorithm::Sha256.digest(&der::octet_string(&desk.document));
    assert_eq!(desk.faults(&desk.receipt(info)), ["RECEIPT_OTHER_DOCUMENT"], "value octets, without the tag");
    let mut info = desk.info();
    info.message_imprint.hash_algorithm.oid = x509_oids::DVCS;
    assert_eq!(desk.faults(&desk.receipt(info)), ["RECEIPT_IMPRINT_NOT_SUPPORTED"]);
    let mut info = desk.info();
    info.message_imprint = desk.request.data.imprint(DigestAlgorithm::Sha1);
    assert_eq!(desk.faults(&desk.receipt(info)), ["RECEIPT_IMPRINT_NOT_ACCEPTED"]);
}

#[test]
fn in_belarus_the_imprint_has_the_digest_of_the_signature() {
    let critical =
        dvcs_recipe().with(x509_oids::EXTENDED_KEY_USAGE, true, der::sequence(&[&der::oid(x509_oids::DVCS)]));
    let desk = Desk::with(&critical).speaking(ReceiptKind::ByStb3410178);
    let info = |digest| CertInfo {
        message_imprint: desk.request.data.imprint(digest),
        status: None,
        certs: Vec::new(),
        ..desk.info()
    };
    assert_eq!(desk.status(&desk.receipt(info(making::DIGEST))), TtpStatus::Verified);
    assert_eq!(desk.faults(&desk.receipt(info(DigestAlgorithm::Sha256))), ["RECEIPT_IMPRINT_NOT_ACCEPTED"]);
}

#[test]
fn the_imprint_of_certificates_is_made_with_the_tag() {
    let mut desk = Desk::new().speaking(ReceiptKind::Kz149);
    let targets = vec![element(&desk.bench.signer.certificate, None)];
    desk.request.information.service = Service::Vpkc;
    desk.request.data = DataToCertify::of_targets(targets);
    let DataToCertify::Certificates { raw, .. } = desk.request.data.clone() else { unreachable!("just made") };
    let made = |covered: &[u8]| {
        let mut info = desk.info();
        info.message_imprint.hashed_message = DigestAlgorithm::Sha256.digest(covered);
        info.certs.truncate(1);
        desk.receipt(info)
    };
    assert_eq!(desk.status(&made(&raw)), TtpStatus::Verified);
    let contents = raw.get(raw.len() - (raw.len() - 4)..).unwrap();
    assert_eq!(desk.faults(&made(contents)), ["RECEIPT_OTHER_DOCUMENT"]);
    // A receipt about certificates says nothing about a document.
    let document = ReceiptSubject::Document { octets: &raw, asked_for: None };
    assert!(codes(desk.judge_about(&made(&raw), document)).contains(&"RECEIPT_OTHER_SERVICE"));
    assert!(!desk.judge(&made(&raw)).unwrap().attests_signature(0));
    let octets = made(&raw);
    let of_2026 = desk.speaking(ReceiptKind::Kz547);
    assert_eq!(of_2026.faults(&octets), ["RECEIPT_OTHER_SERVICE"], "order 547 has no vpkc");
}

#[test]
fn possession_of_data_says_nothing_about_its_signatures() {
    let mut desk = Desk::new();
    desk.request.information.service = Service::Cpd;
    let octets = desk.receipt(CertInfo { certs: Vec::new(), ..desk.info() });
    let found = desk.judge(&octets).unwrap();
    assert_eq!((found.service(), found.status()), (Service::Cpd, TtpStatus::Verified));
    assert!(!found.attests_signature(0));
    desk.request.information.service = Service::Vsd;
    assert_eq!(desk.faults(&octets), ["RECEIPT_OTHER_SERVICE"]);
}

#[test]
fn possession_of_a_document_is_no_answer_about_the_document() {
    let mut desk = Desk::new().speaking(ReceiptKind::Rfc3029);
    for service in [Service::Cpd, Service::Ccpd] {
        desk.request.information.service = service;
        let info = CertInfo { certs: Vec::new(), ..desk.info() };
        let octets = desk.receipt(info);
        let document = ReceiptSubject::Document { octets: &desk.document, asked_for: None };
        assert!(codes(desk.judge_about(&octets, document)).contains(&"RECEIPT_OTHER_SERVICE"), "{service:?}");
    }
}

#[test]
fn the_nonce_comes_back_as_it_was_or_longer() {
    let mut desk = Desk::new();
    desk.request.information.nonce = Some(vec![1, 2]);
    let told = |nonce: Option<Vec<u8>>| {
        let mut info = desk.info();
        info.request_information.nonce = nonce;
        desk.faults(&desk.receipt(info))
    };
    assert_eq!(told(Some(vec![1, 2])), [""; 0]);
    assert_eq!(told(Some(vec![1, 2, 3])), [""; 0]);
    for wrong in [None, Some(vec![1]), Some(vec![1, 3]), Some(vec![3, 1, 2])] {
        assert_eq!(told(wrong), ["RECEIPT_OTHER_NONCE"]);
    }
}

#[test]
fn what_was_asked_comes_back_unchanged_but_for_what_a_server_may_add() {
    let desk = Desk::new();
    let mut info = desk.info();
    info.request_information.requester = Some(der::context(0, &[]));
    assert_eq!(desk.faults(&desk.receipt(info.clone())), [""; 0]);
    info.request_information.request_policy = Some(der::context(1, &der::oid(x509_oids::DVCS)));
    assert_eq!(desk.faults(&desk.receipt(info)), ["RECEIPT_OTHER_REQUEST"]);
}

#[test]
fn validity_is_attested_for_the_time_that_was_asked_for_and_no_other() {
    let mut desk = Desk::new();
    let asked_for_none = desk.receipt(desk.info());
    desk.request.information.request_time = Some(DvcsTime::Stated(day(50)));
    assert_eq!(desk.faults(&asked_for_none), ["RECEIPT_OTHER_TIME"]);
    let octets = desk.receipt(desk.info());
    assert_eq!(desk.judge(&octets).unwrap().attested_for(), day(50));
    let about =
        |asked_for| codes(desk.judge_about(&octets, ReceiptSubject::Document { octets: &desk.document, asked_for }));
    assert_eq!(about(Some(day(50))), [""; 0]);
    assert_eq!(about(Some(day(51))), ["RECEIPT_OTHER_TIME"]);
    assert_eq!(about(None), ["RECEIPT_OTHER_TIME"], "an old time nobody asked for proves nothing of today");
    desk.request.information.request_time = Some(DvcsTime::Stated(day(99).plus_seconds(1)));
    assert_eq!(desk.faults(&desk.receipt(desk.info())), ["RECEIPT_IN_THE_FUTURE"]);
}

#[test]
fn a_receipt_is_not_older_than_what_it_is_about_nor_from_tomorrow() {
    let desk = Desk::new();
    let made_at = |at| desk.faults(&desk.receipt(CertInfo { response_time: DvcsTime::Stated(at), ..desk.info() }));
    assert_eq!(made_at(day(98)), [""; 0], "signed and attested in one second");
    assert_eq!(made_at(day(98).plus_seconds(-1)), ["RECEIPT_BEFORE_SIGNING"]);
    assert_eq!(made_at(day(100).plus_seconds(60)), [""; 0], "two clocks");
    assert_eq!(made_at(day(100).plus_seconds(61)), ["RECEIPT_IN_THE_FUTURE"]);
    let token = DvcsTime::Token(super::super::making::token(&desk.bench.tsa, CONTENT, day(99)));
    assert_eq!(desk.faults(&desk.receipt(CertInfo { response_time: token, ..desk.info() })), ["RECEIPT_TIME_TOKEN"]);
    let mut early = Desk::new();
    early.proven_at = Some(day(98));
    assert_eq!(
        early.faults(&early.receipt(early.info())),
        ["RECEIPT_IN_THE_FUTURE"],
        "it was there before it was made"
    );
}

#[test]
fn certificates_in_the_receipt_are_those_of_the_document() {
    let desk = Desk::new();
    let told = |certs: Vec<TargetEtcChain>| desk.faults(&desk.receipt(CertInfo { certs, ..desk.info() }));
    let (first, second) = (desk.info().certs.remove(0), desk.info().certs.remove(1));
    assert_eq!(told(vec![second.clone(), first.clone()]), [""; 0], "in any order");
    let mismatch = ["RECEIPT_OTHER_SIGNERS"];
    assert_eq!(told(vec![first.clone()]), mismatch, "one signature is left out");
    assert_eq!(told(vec![first.clone(), first.clone()]), mismatch);
    assert_eq!(told(vec![first.clone(), second.clone(), first.clone()]), mismatch, "one too many");
    let foreign = element(&desk.ttp.certificate, Some(PkiStatus::Granted));
    assert_eq!(told(vec![first.clone(), foreign]), mismatch);
    // Same issuer and serial number, other octets.
    let forged = desk.bench.centre.issue(&Recipe::leaf("second signer").serial(9), "forged").certificate;
    assert_eq!(told(vec![first.clone(), element(&forged, Some(PkiStatus::Granted))]), mismatch);
    let status_alone = TargetEtcChain {
        target: CertEtcToken::PkiStatus(PkiStatusInfo::plain(PkiStatus::Granted)),
        chain: Vec::new(),
        path_processing_input: None,
    };
    assert_eq!(told(vec![first, status_alone]), mismatch);
}

#[test]
fn a_document_that_does_not_read_has_no_signers_to_compare() {
    let mut desk = Desk::new();
    desk.request.data = DataToCertify::Message(b"no message".to_vec());
    assert_eq!(desk.faults(&desk.receipt(desk.info())), ["RECEIPT_DOCUMENT_UNREADABLE"]);
}

#[test]
fn an_error_notice_belongs_to_the_transaction_that_it_names() {
    let desk = Desk::new();
    assert_eq!(desk.status(&desk.notice(Some(TRANSACTION))), TtpStatus::CannotVerify);
    assert_eq!(desk.faults(&desk.notice(Some(b"urn:uuid:2"))), ["RECEIPT_OTHER_REQUEST"]);
    assert_eq!(desk.faults(&desk.notice(None)), ["RECEIPT_NOT_BOUND"]);
    let offline = ReceiptSubject::Document { octets: &desk.document, asked_for: None };
    assert_eq!(codes(desk.judge_about(&desk.notice(Some(TRANSACTION)), offline)), ["RECEIPT_NOT_BOUND"]);
}
