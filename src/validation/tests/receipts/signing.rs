//! Who signed the answer, with what, and by what right.

use super::*;

#[test]
fn an_unsigned_response_is_fatal() {
    let desk = Desk::new();
    let content = DvcsResponse::Certificate(Box::new(desk.info())).encode();
    assert_eq!(desk.faults(&content), ["RECEIPT_UNSIGNED"]);
    let typed = der::sequence(&[&der::oid(ID_CT_DVCS_RESPONSE_DATA), &der::context(0, &content)]);
    assert_eq!(desk.faults(&typed), ["RECEIPT_UNSIGNED"]);
    let recipe = SignerRecipe::over(&desk.ttp, ID_CT_DVCS_RESPONSE_DATA, &content);
    let nobody = Made { signers: Vec::new(), ..Made::by(&[recipe]) };
    assert_eq!(desk.faults(&nobody.encode()), ["RECEIPT_UNSIGNED"]);
    assert_eq!(desk.faults(b"no answer"), ["RECEIPT_MALFORMED"]);
}

#[test]
fn two_signer_infos_are_one_too_many() {
    let desk = Desk::new();
    let content = DvcsResponse::Certificate(Box::new(desk.info())).encode();
    let recipe = || SignerRecipe::over(&desk.ttp, ID_CT_DVCS_RESPONSE_DATA, &content);
    assert!(desk.judge(&Made::by(&[recipe()]).encode()).is_ok());
    assert_eq!(desk.faults(&Made::by(&[recipe(), recipe()]).encode()), ["RECEIPT_SEVERAL_SIGNERS"]);
}

#[test]
fn an_answer_twice_in_one_is_none() {
    let desk = Desk::new();
    let octets = desk.receipt(desk.info());
    assert_eq!(desk.faults(&[octets.clone(), octets].concat()), ["RECEIPT_MALFORMED"]);
}

#[test]
fn a_wrong_content_type_is_refused_whatever_it_holds() {
    let desk = Desk::new();
    let content = DvcsResponse::Certificate(Box::new(desk.info())).encode();
    let as_data = Made::by(&[SignerRecipe::over(&desk.ttp, oids::ID_DATA, &content)]).encode();
    assert_eq!(desk.faults(&as_data), ["RECEIPT_CONTENT_TYPE"]);
    // The attribute names another type than the message does.
    let recipe = SignerRecipe::over(&desk.ttp, ID_CT_DVCS_RESPONSE_DATA, &content);
    let signed = recipe.signed(vec![content_type(oids::ID_DATA), message_digest(&content)]);
    assert_eq!(desk.faults(&Made::by(&[signed]).encode()), ["RECEIPT_SIGNATURE"]);
}

#[test]
fn unsorted_signed_attributes_are_verified_as_they_came() {
    let desk = Desk::new();
    let content = DvcsResponse::Certificate(Box::new(desk.info())).encode();
    // messageDigest before contentType, as the server of Tomsk has them: not the order of DER.
    let attributes = [message_digest(&content), content_type(ID_CT_DVCS_RESPONSE_DATA)].concat();
    let signed_as = |covered: &[u8]| {
        let value = desk.ttp.key.sign(covered).unwrap();
        let certificate = &desk.ttp.certificate;
        let digest = der::sequence(&[&der::oid(making::DIGEST.oid()), &der::null()]);
        let info = der::sequence(&[
            &der::integer_u64(1),
            &der::sequence(&[certificate.issuer().raw(), &der::tlv(tag::INTEGER, certificate.serial())]),
            &digest,
            &der::tlv(tag::CONTEXT_CONSTRUCTED, &attributes),
            &desk.ttp.key.signature_algorithm().algorithm_identifier_der(),
            &der::octet_string(&value),
        ]);
        let recipe = SignerRecipe::over(&desk.ttp, ID_CT_DVCS_RESPONSE_DATA, &content);
        Made { signers: vec![info], ..Made::by(&[recipe]) }.encode()
    };
    assert_eq!(desk.status(&signed_as(&der::tlv(tag::SET, &attributes))), TtpStatus::Verified);
    let sorted = der::set_of(&[&message_digest(&content), &content_type(ID_CT_DVCS_RESPONSE_DATA)]);
    assert_ne!(sorted, der::tlv(tag::SET, &attributes));
    assert_eq!(desk.faults(&signed_as(&sorted)), ["RECEIPT_SIGNATURE"], "the signature covers other octets");
}

#[test]
fn a_bit_turned_in_signature_or_content_is_noticed() {
    let desk = Desk::new();
    let octets = desk.receipt(desk.info());
    let mut value = octets.clone();
    *value.last_mut().unwrap() ^= 1;
    assert!(desk.faults(&value).contains(&"RECEIPT_SIGNATURE"));
    let place = octets.windows(2).position(|pair| pair == [0x18, 0x0f]).unwrap();
    let mut content = octets;
    *content.get_mut(place + 5).unwrap() ^= 1;
    assert!(desk.faults(&content).contains(&"RECEIPT_SIGNATURE"));
}

#[test]
fn a_wrong_extended_key_usage_makes_no_third_party() {
    let usage = |purposes: &[ObjectIdentifier], critical| {
        let list: Vec<u8> = purposes.iter().flat_map(|p| der::oid(*p)).collect();
        Desk::with(&Recipe::leaf("t").with(x509_oids::EXTENDED_KEY_USAGE, critical, der::sequence(&[&list])))
    };
    let any = ObjectIdentifier::new_unwrap("2.5.29.37.0");
    for wrong in [usage(&[x509_oids::OCSP_SIGNING], false), usage(&[any], false), Desk::with(&Recipe::leaf("t"))] {
        assert_eq!(wrong.faults(&wrong.receipt(wrong.info())), ["RECEIPT_KEY_PURPOSE"]);
    }
    // The server of Tomsk has both.
    let both = usage(&[x509_oids::OCSP_SIGNING, x509_oids::DVCS], false);
    assert_eq!(both.status(&both.receipt(both.info())), TtpStatus::Verified);
    let belarus = |critical| {
        let desk = usage(&[x509_oids::DVCS], critical).speaking(ReceiptKind::ByStb3410178);
        let mut info = desk.info();
        info.message_imprint = desk.request.data.imprint(making::DIGEST);
        desk.faults(&desk.receipt(CertInfo { status: None, certs: Vec::new(), ..info }))
    };
    assert_eq!(belarus(false), ["RECEIPT_KEY_PURPOSE"]);
    assert_eq!(belarus(true), [""; 0]);
}

#[test]
fn where_no_purpose_is_demanded_the_registry_names_the_very_certificate() {
    let mut desk = Desk::with(&Recipe::leaf("third party"));
    let octets = desk.receipt(desk.info());
    assert_eq!(desk.faults(&octets), ["RECEIPT_KEY_PURPOSE"], "a purpose is demanded");
    let lenient = ReceiptProfile { eku_required: false, ..ReceiptProfile::of(ReceiptKind::Kz547) };
    desk.party.dialect = Dialect::of(&lenient).unwrap();
    // Whatever the issuer certified would be a third party.
    assert_eq!(desk.faults(&octets), ["RECEIPT_KEY_PURPOSE"], "its issuer is named");
    let sibling = desk.root.issue(&Recipe::leaf("third party").serial(77), "sibling").certificate;
    desk.party.anchors.push((sibling, Period::since(day(0))));
    assert_eq!(desk.faults(&octets), ["RECEIPT_KEY_PURPOSE"], "another one of that issuer is named");
    desk.party.anchors.push((desk.ttp.certificate.clone(), Period::since(day(0))));
    assert_eq!(desk.status(&octets), TtpStatus::Verified);
}

#[test]
fn a_key_that_may_not_sign_makes_no_receipt() {
    let encipher = [5, 0b0010_0000];
    let desk = Desk::with(&dvcs_recipe().key_usage(encipher));
    assert_eq!(desk.faults(&desk.receipt(desk.info())), ["RECEIPT_KEY_PURPOSE"]);
}

#[test]
fn a_path_to_another_anchor_is_none() {
    let mut desk = Desk::new();
    let octets = desk.receipt(desk.info());
    let domestic = pki::root(&Recipe::ca("root"), "root").certificate;
    desk.party.anchors = vec![(domestic, Period::since(day(0)))];
    assert_eq!(desk.faults(&octets), ["RECEIPT_SIGNATURE"], "the domestic anchors are not those of the third party");
}

#[test]
fn a_registry_may_name_the_very_certificate_and_until_when_it_counts() {
    let mut desk = Desk::new();
    let octets = desk.receipt(desk.info());
    let until = |until: i64| Period { from: day(0), until: Some(day(until)) };
    desk.party.anchors = vec![(desk.ttp.certificate.clone(), until(365))];
    assert!(desk.judge(&octets).is_ok());
    desk.party.anchors = vec![(desk.ttp.certificate.clone(), until(99))];
    assert_eq!(desk.faults(&octets), ["RECEIPT_SIGNATURE"], "half-open: the period had just ended");
    let other = desk.root.issue(&dvcs_recipe().serial(11), "other").certificate;
    desk.party.anchors = vec![(other, until(365))];
    assert_eq!(desk.faults(&octets), ["RECEIPT_SIGNATURE"]);
}

#[test]
fn a_key_that_was_ended_does_not_prove_when_it_signed() {
    // Whoever has it could write any time into a receipt.
    let mut desk = Desk::new();
    let octets = desk.receipt(desk.info());
    let ended = |desk: &mut Desk, until: i64| {
        for (_, period) in &mut desk.party.anchors {
            period.until = Some(day(until));
        }
    };
    let now = desk.bench.at;
    assert!(now > day(99));
    ended(&mut desk, 100);
    assert_eq!(desk.faults(&octets), ["TTP_TERMINATED_SINCE"]);
    // Our own record of when it came says that it was there before the end.
    desk.proven_at = Some(day(99));
    assert!(desk.judge(&octets).is_ok());
    ended(&mut desk, 4000);
    desk.proven_at = None;
    assert!(desk.judge(&octets).is_ok());
}

#[test]
fn the_certificate_is_valid_when_the_receipt_is_made() {
    let desk = Desk::with(&dvcs_recipe().valid(day(0), day(99)));
    assert_eq!(
        desk.faults(&desk.receipt(CertInfo { response_time: DvcsTime::Stated(day(98)), ..desk.info() })),
        [""; 0]
    );
    let after = CertInfo { response_time: DvcsTime::Stated(day(99).plus_seconds(1)), ..desk.info() };
    assert_eq!(desk.faults(&desk.receipt(after)), ["RECEIPT_SIGNATURE"]);
}

#[test]
fn a_key_that_was_revoked_for_compromise_attests_nothing_at_any_time() {
    let judged = |reason| {
        let mut desk = Desk::new();
        desk.bench.evidence.add_crl(desk.root.crl(&CrlRecipe::new(2).from(day(100)).revoke(8, day(100), &[reason])));
        desk.faults(&desk.receipt(desk.info()))
    };
    assert_eq!(judged(pki::reason(5)), [""; 0], "cessationOfOperation leaves earlier receipts good");
    assert_eq!(judged(pki::reason(1)), ["RECEIPT_SIGNATURE"]);
    assert_eq!(judged(pki::reason(9)), ["RECEIPT_SIGNATURE"], "privilegeWithdrawn is none of the harmless reasons");
}

#[test]
fn whether_the_key_was_revoked_must_be_known() {
    let mut desk = Desk::new();
    let octets = desk.receipt(desk.info());
    desk.bench.evidence = Pool::default();
    let rejected = desk.judge(&octets).unwrap_err();
    assert_eq!(rejected.kind(), FaultKind::Unknown, "{:?}", rejected.faults);
}

#[test]
fn a_third_party_attests_while_it_is_registered() {
    use RegistrationStatus as S;
    let judged = |events: &[(S, i64)], proven_at: Option<i64>| {
        let mut desk = Desk::new();
        desk.party.standing = PartyStanding::Registered(events.iter().map(|(s, since)| event(*s, *since)).collect());
        desk.proven_at = proven_at.map(day);
        desk.faults(&desk.receipt(desk.info()))
    };
    assert_eq!(judged(&[(S::Registered, 99)], None), [""; 0], "half-open: from the very instant");
    assert_eq!(judged(&[(S::Registered, 100)], None), ["TTP_NOT_REGISTERED"]);
    assert_eq!(judged(&[], None), ["TTP_NOT_REGISTERED"]);
    assert_eq!(judged(&[(S::Registered, 10), (S::Terminated, 99)], None), ["TTP_TERMINATED_BEFORE"]);
    assert_eq!(judged(&[(S::Registered, 10), (S::Suspended, 98)], None), ["TTP_SUSPENDED"]);
    assert_eq!(judged(&[(S::Registered, 10), (S::Suspended, 90), (S::Registered, 98)], None), [""; 0]);
    // It ended after the receipt says that it was made: only who held it before knows that it is older.
    let ended = [(S::Registered, 10), (S::Terminated, 100)];
    assert_eq!(judged(&ended, None), ["TTP_TERMINATED_SINCE"]);
    assert_eq!(judged(&ended, Some(99)), [""; 0]);
    assert_eq!(judged(&ended, Some(100)), ["TTP_TERMINATED_SINCE"]);
    let announced = [(S::Registered, 10), (S::Terminated, 101)];
    assert_eq!(judged(&announced, None), [""; 0]);
    let void = [(S::Registered, 10), (S::VoidFrom, 100)];
    assert!(judged(&void, Some(99)).contains(&"TTP_VOID"));
}
