//! What a time-stamping authority states (RFC 3161 §2.4).

use super::*;

fn info() -> TstInfo {
    TstInfo {
        policy: ObjectIdentifier::new_unwrap("1.2.3.4"),
        message_imprint: MessageImprint {
            hash_algorithm: AlgorithmIdentifier {
                oid: DigestAlgorithm::Sha512.oid(),
                parameters: Some(der::null().into()),
            },
            hashed_message: vec![5; 64],
        },
        serial_number: vec![7],
        gen_time: day(1),
        accuracy: None,
        ordering: false,
        nonce: None,
        unknown_critical_extension: false,
    }
}

fn with_tail(tail: &[u8]) -> Vec<u8> {
    let encoded = info().encode();
    let content = der::Reader::single(&encoded, der::Encoding::Der, "test").unwrap().content.to_vec();
    der::sequence(&[&content, tail])
}

#[test]
fn what_is_written_is_read_back_negative_numbers_too() {
    let negative = TstInfo { serial_number: vec![0xff, 0x01], nonce: Some(vec![0x80]), ..info() };
    let accuracy = Some(Accuracy { seconds: 2, millis: 200, micros: 999 });
    let exact = TstInfo { accuracy, ordering: true, nonce: Some(vec![1]), ..info() };
    for one in [info(), negative, exact] {
        assert_eq!(TstInfo::parse(&one.encode()), Ok(one));
    }
}

#[test]
fn the_optional_parts_are_read_in_their_order() {
    let accuracy = der::sequence(&[&der::integer_u64(1)]);
    let tsa = der::context(0, &der::context(4, pki::name("tsa").raw()));
    let tail = [accuracy.clone(), der::boolean(true), der::integer_u64(9), tsa].concat();
    assert_eq!(TstInfo::parse(&with_tail(&tail)).unwrap().nonce, Some(vec![9]));
    assert!(TstInfo::parse(&with_tail(&[der::boolean(true), accuracy].concat())).is_err());
    assert!(TstInfo::parse(&with_tail(&der::null())).is_err());
}

#[test]
fn a_critical_extension_is_told() {
    let extension = |critical| {
        let one = pki::encode_extension(ObjectIdentifier::new_unwrap("1.2.3.4"), critical, &der::null());
        TstInfo::parse(&with_tail(&der::context(1, &one))).unwrap().unknown_critical_extension
    };
    assert!(extension(true));
    assert!(!extension(false));
}

#[test]
fn another_version_and_another_time_are_refused() {
    let good = info().encode();
    let at = good.windows(3).position(|w| w == [2, 1, 1]).unwrap();
    let mut version = good.clone();
    *version.get_mut(at + 2).unwrap() = 2;
    assert_eq!(TstInfo::parse(&version).unwrap_err().kind, MalformedKind::Version);
    let at = good.windows(8).position(|w| w == b"20260102").unwrap();
    let mut month = good.clone();
    *month.get_mut(at + 5).unwrap() = b'3';
    *month.get_mut(at + 4).unwrap() = b'1';
    assert!(TstInfo::parse(&month).is_err());
    assert!(TstInfo::parse(&[good, vec![0]].concat()).is_err());
}

#[test]
fn a_response_gives_its_status_and_its_token_where_there_is_one() {
    let status = |code: u64| der::sequence(&[&der::integer_u64(code)]);
    let token = der::sequence(&[&der::null()]);
    let granted = der::sequence(&[&status(0), &token]);
    let response = |status, failure, token| Ok(TimeStampResponse { status, failure, token });
    assert_eq!(TimeStampResponse::parse(&granted), response(0, None, Some(&token)));
    assert_eq!(encode_granted(&token), granted);
    let refused = der::sequence(&[&status(2)]);
    assert_eq!(TimeStampResponse::parse(&refused), response(2, None, None));
    assert!(TimeStampResponse::parse(&der::sequence(&[&token])).is_err());
    use TimeStampFailure as F;
    for failure in
        [F::BadAlg, F::BadRequest, F::BadDataFormat, F::TimeNotAvailable, F::UnacceptedPolicy, F::SystemFailure]
    {
        let refused = encode_refused(failure, "no");
        assert_eq!(TimeStampResponse::parse(&refused), response(2, Some(failure), None), "{}", failure.name());
    }
}

#[test]
fn an_accuracy_beyond_its_units_is_refused() {
    let with = |millis: &[u8]| {
        let accuracy = der::sequence(&[&der::integer_u64(1), &der::context_primitive(0, millis)]);
        TstInfo::parse(&with_tail(&accuracy)).map(|info| info.accuracy)
    };
    assert_eq!(with(&[3, 0xe7]), Ok(Some(Accuracy { seconds: 1, millis: 999, micros: 0 })));
    for wrong in [&[3, 0xe8][..], &[0x80], &[], &[0, 0, 1]] {
        assert!(with(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_request_is_read_as_it_is_written_and_nothing_may_follow_it() {
    let plain = TimeStampRequest {
        message_imprint: info().message_imprint,
        req_policy: None,
        nonce: None,
        cert_req: false,
        extensions: Vec::new(),
    };
    let policy = Some(ObjectIdentifier::new_unwrap("1.2.3"));
    let full = TimeStampRequest { req_policy: policy, nonce: Some(vec![0x80, 1]), cert_req: true, ..plain.clone() };
    for one in [plain.clone(), full] {
        assert_eq!(TimeStampRequest::parse(&one.encode()), Ok(one));
    }
    let good = plain.encode();
    assert!(TimeStampRequest::parse(&[good.clone(), vec![0]].concat()).is_err());
    let content = der::Reader::single(&good, der::Encoding::Der, "test").unwrap().content.to_vec();
    assert!(TimeStampRequest::parse(&der::sequence(&[&content, &der::null()])).is_err());
    assert!(TimeStampRequest::parse(&der::tlv(der::tag::SET, &content)).is_err());
    let mut version = good.clone();
    *version.get_mut(4).unwrap() = 2;
    assert!(TimeStampRequest::parse(&version).is_err());
    let extension = pki::encode_extension(ObjectIdentifier::new_unwrap("1.2.3.4"), false, &der::null());
    let extended = der::sequence(&[&content, &der::context(0, &extension)]);
    assert_eq!(TimeStampRequest::parse(&extended).unwrap().extensions.len(), 1);
}
