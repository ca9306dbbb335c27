//! What the receipt says, in each dialect.

use super::*;

fn says(desk: &Desk, status: Option<PkiStatus>, parts: [Option<PkiStatus>; 2]) -> Result<TtpStatus, Vec<&'static str>> {
    let certificates = [&desk.bench.signer.certificate, &desk.second.certificate];
    let certs = certificates.into_iter().zip(parts).map(|(c, s)| element(c, s)).collect();
    let info = CertInfo { status: status.map(PkiStatusInfo::plain), certs, ..desk.info() };
    match desk.judge(&desk.receipt(info)) {
        Ok(found) => Ok(found.status()),
        rejected => Err(codes(rejected)),
    }
}

const YES: Option<PkiStatus> = Some(PkiStatus::Granted);
const NO: Option<PkiStatus> = Some(PkiStatus::Rejection);

#[test]
fn a_missing_status_means_success_where_the_profile_says_so() {
    let mut desk = Desk::new();
    assert_eq!(says(&desk, None, [YES, YES]), Ok(TtpStatus::Verified));
    assert_eq!(says(&desk, None, [None, None]), Ok(TtpStatus::Verified));
    assert_eq!(says(&desk, None, [YES, NO]), Err(vec!["RECEIPT_STATUSES_DISAGREE"]), "silence does not outvote a no");
    let profile = ReceiptProfile { success_rule: SuccessRule::Granted, ..ReceiptProfile::of(ReceiptKind::Kz547) };
    desk.party.dialect = Dialect::of(&profile).unwrap();
    assert_eq!(says(&desk, None, [YES, YES]), Err(vec!["RECEIPT_STATUS_MISSING"]));
    assert_eq!(says(&desk, YES, [YES, YES]), Ok(TtpStatus::Verified));
}

#[test]
fn granted_with_mods_lets_each_signature_decide() {
    let desk = Desk::new();
    let mods = Some(PkiStatus::GrantedWithMods);
    let certificates = [&desk.bench.signer.certificate, &desk.second.certificate];
    let judged = |parts: [Option<PkiStatus>; 2]| {
        let certs = certificates.into_iter().zip(parts).map(|(c, s)| element(c, s)).collect();
        let info = CertInfo { status: mods.map(PkiStatusInfo::plain), certs, ..desk.info() };
        desk.judge(&desk.receipt(info)).unwrap()
    };
    let found = judged([YES, NO]);
    assert_eq!(found.status(), TtpStatus::PartlyVerified);
    assert!(found.attests_signature(0) && !found.attests_signature(1));
    assert_eq!(found.signatures()[1].status, TtpStatus::NotVerified);
    let found = judged([YES, None]);
    assert!(found.attests_signature(0) && !found.attests_signature(1), "who is not told of is not attested");
    assert_eq!(says(&desk, mods, [NO, NO]), Err(vec!["RECEIPT_STATUSES_DISAGREE"]));
    let none = CertInfo { status: mods.map(PkiStatusInfo::plain), certs: Vec::new(), ..desk.info() };
    let found = desk.judge(&desk.receipt(none)).unwrap();
    assert!(!found.attests_signature(0) && !found.attests_signature(1), "nothing is told of any");
}

#[test]
fn the_whole_and_its_parts_say_the_same() {
    let desk = Desk::new();
    let disagree = Err(vec!["RECEIPT_STATUSES_DISAGREE"]);
    assert_eq!(says(&desk, YES, [YES, YES]), Ok(TtpStatus::Verified));
    assert_eq!(says(&desk, YES, [YES, NO]), disagree);
    assert_eq!(says(&desk, YES, [YES, Some(PkiStatus::Waiting)]), disagree);
    assert_eq!(says(&desk, YES, [YES, Some(PkiStatus::GrantedWithMods)]), disagree);
    assert_eq!(says(&desk, NO, [YES, NO]), Ok(TtpStatus::NotVerified));
    assert_eq!(says(&desk, NO, [YES, YES]), disagree);
    let waiting = Some(PkiStatus::Waiting);
    assert_eq!(says(&desk, waiting, [YES, waiting]), Ok(TtpStatus::Waiting));
    assert_eq!(says(&desk, waiting, [YES, YES]), disagree);
    let warning = Some(PkiStatus::RevocationWarning);
    assert_eq!(says(&desk, warning, [YES, YES]), Err(vec!["RECEIPT_STATUS_NOT_UNDERSTOOD"]));
    assert_eq!(says(&desk, YES, [YES, warning]), Err(vec!["RECEIPT_STATUS_NOT_UNDERSTOOD"]));
}

#[test]
fn of_several_statements_about_one_signature_the_gravest_counts() {
    let desk = Desk::new();
    let mut info = desk.info();
    info.certs[0].chain.push(CertEtcToken::PkiStatus(PkiStatusInfo::plain(PkiStatus::Rejection)));
    assert_eq!(desk.faults(&desk.receipt(info.clone())), ["RECEIPT_STATUSES_DISAGREE"]);
    info.certs[0].chain.swap(0, 1);
    assert_eq!(desk.faults(&desk.receipt(info)), ["RECEIPT_STATUSES_DISAGREE"], "in either order");
}

#[test]
fn a_belarusian_rejection_is_an_error_notice() {
    let usage = der::sequence(&[&der::oid(x509_oids::DVCS)]);
    let critical = dvcs_recipe().with(x509_oids::EXTENDED_KEY_USAGE, true, usage);
    let mut desk = Desk::with(&critical).speaking(ReceiptKind::ByStb3410178);
    desk.request.transaction_identifier = None;
    assert_eq!(desk.status(&desk.notice(None)), TtpStatus::NotVerified);
    assert_eq!(desk.faults(&desk.notice(Some(TRANSACTION))), ["RECEIPT_OTHER_REQUEST"]);
    let rejecting = |status| CertInfo {
        message_imprint: desk.request.data.imprint(making::DIGEST),
        status: Some(PkiStatusInfo::plain(status)),
        certs: Vec::new(),
        ..desk.info()
    };
    assert_eq!(desk.faults(&desk.receipt(rejecting(PkiStatus::Rejection))), ["RECEIPT_NOT_IN_DIALECT"]);
    assert_eq!(desk.status(&desk.receipt(rejecting(PkiStatus::Waiting))), TtpStatus::Waiting);
    // Elsewhere the same notice means that nothing could be checked.
    let kazakh = Desk::new();
    assert_eq!(kazakh.status(&kazakh.notice(Some(TRANSACTION))), TtpStatus::CannotVerify);
}

#[test]
fn an_error_notice_that_grants_is_none() {
    let desk = Desk::new();
    for status in [PkiStatus::Granted, PkiStatus::GrantedWithMods, PkiStatus::Waiting] {
        let octets = desk.sign(&DvcsResponse::Error(ErrorNotice {
            transaction_status: PkiStatusInfo::plain(status),
            transaction_identifier: desk.request.transaction_identifier.clone(),
        }));
        assert_eq!(desk.faults(&octets), ["RECEIPT_NOT_IN_DIALECT"]);
    }
}

#[test]
fn a_critical_extension_that_nobody_understands_stops_the_receipt() {
    let desk = Desk::new();
    let with = |critical| {
        let extension = pki::encode_extension(x509_oids::DVCS, critical, &der::null());
        desk.faults(&desk.receipt(CertInfo { extensions: Some(der::sequence(&[&extension])), ..desk.info() }))
    };
    assert_eq!(with(false), [""; 0]);
    assert_eq!(with(true), ["RECEIPT_EXTENSION"]);
}

#[test]
fn dialects_are_found_by_name_and_by_what_a_registry_says() {
    for dialect in Dialect::ALL {
        assert_eq!(Dialect::named(dialect.name), Some(dialect));
    }
    assert_eq!(Dialect::named("kz"), None);
    assert_eq!(Dialect::of(&ReceiptProfile::of(ReceiptKind::ByStb3410178)), Some(Dialect::STB_34_101_78));
    assert_eq!(Dialect::of(&ReceiptProfile::of(ReceiptKind::Kz547)), Some(Dialect::KZ_547));
    assert_eq!(Dialect::of(&ReceiptProfile::of(ReceiptKind::EecXml1)), None, "XML is another room's");
}
