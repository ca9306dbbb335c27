use super::*;
use crate::cms::{MessageImprint, SignedData, TimeStampResponse, TstInfo};
use crate::codec::der;
use crate::crypto::SystemEntropy;
use crate::service::devkit::DevkitPki;
use crate::time::Clock;
use crate::x509::{AlgorithmIdentifier, Extension};

const POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.398.3.3.2.6.2");

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-22T01:00:00.75Z").unwrap()
}

fn stamper_at(watch: ClockWatch) -> TimeStamper {
    let pki = DevkitPki::build().unwrap();
    let key = crate::crypto::SigningKey::from_pkcs8_der(&pki.key("tsa-rsa").unwrap().to_pkcs8_der()).unwrap();
    let held = HeldKey { key: std::sync::Arc::new(key), certificate: pki.certificate("tsa-rsa").unwrap().clone() };
    TimeStamper::new(StampingUnit { policy: POLICY, held }, Policy::named("kz").unwrap(), watch).unwrap()
}

fn stamper() -> TimeStamper {
    stamper_at(ClockWatch::believing(Clock::Fixed(now())))
}

fn request(digest: DigestAlgorithm) -> TimeStampRequest {
    let hash_algorithm = AlgorithmIdentifier { oid: digest.oid(), parameters: Some(der::null().into()) };
    TimeStampRequest {
        message_imprint: MessageImprint { hash_algorithm, hashed_message: digest.digest(b"document") },
        req_policy: None,
        nonce: Some(vec![0x80, 7]),
        cert_req: true,
        extensions: Vec::new(),
    }
}

fn failure_of(stamper: &TimeStamper, query: &[u8]) -> Option<TimeStampFailure> {
    let reply = stamper.answer(query, &mut SystemEntropy);
    let read = TimeStampResponse::parse(&reply.octets).unwrap();
    assert_eq!((read.failure, read.token.is_none()), (reply.failure, reply.failure.is_some()));
    reply.failure
}

#[test]
fn a_token_says_what_was_asked_the_whole_second_and_how_exact_it_is() {
    let stamper = stamper();
    let asked = request(DigestAlgorithm::Sha256);
    let reply = stamper.answer(&asked.encode(), &mut SystemEntropy);
    let response = TimeStampResponse::parse(&reply.octets).unwrap();
    let token = SignedData::parse(response.token.unwrap()).unwrap();
    let info = TstInfo::parse(token.content.as_deref().unwrap()).unwrap();
    assert_eq!((info.message_imprint, info.nonce), (asked.message_imprint.clone(), asked.nonce.clone()));
    assert_eq!((info.gen_time, info.policy), (Timestamp::parse_rfc3339("2026-11-22T01:00:00Z").unwrap(), POLICY));
    assert_eq!((info.accuracy, info.ordering), (Some(Accuracy { seconds: 2, millis: 0, micros: 0 }), false));
    assert_eq!(token.certificates.len(), 1);
    // RFC 3161 §2.4.1: without certReq no certificate goes along.
    let bare = TimeStampRequest { cert_req: false, req_policy: Some(POLICY), ..asked };
    let reply = stamper.answer(&bare.encode(), &mut SystemEntropy);
    let response = TimeStampResponse::parse(&reply.octets).unwrap();
    assert!(SignedData::parse(response.token.unwrap()).unwrap().certificates.is_empty());
}

#[test]
fn every_refusal_names_its_reason() {
    use TimeStampFailure as F;
    let stamper = stamper();
    let good = request(DigestAlgorithm::Sha256);
    assert_eq!(failure_of(&stamper, &good.encode()), None);
    for garbage in [&b""[..], b"GET / HTTP/1.1", &[0x30, 0x80, 0, 0], good.encode().split_last().unwrap().1] {
        assert_eq!(failure_of(&stamper, garbage), Some(F::BadDataFormat));
    }
    let policy = TimeStampRequest { req_policy: Some("1.2.3".parse().unwrap()), ..good.clone() };
    assert_eq!(failure_of(&stamper, &policy.encode()), Some(F::UnacceptedPolicy));
    let long = TimeStampRequest { nonce: Some(vec![1; 65]), ..good.clone() };
    assert_eq!(failure_of(&stamper, &long.encode()), Some(F::BadRequest));
    assert_eq!(failure_of(&stamper, &request(DigestAlgorithm::Sha1).encode()), Some(F::BadAlg));
    let imprint = |oid: &str, parameters, length| {
        let hash_algorithm = AlgorithmIdentifier { oid: oid.parse().unwrap(), parameters };
        let message_imprint = MessageImprint { hash_algorithm, hashed_message: vec![1; length] };
        TimeStampRequest { message_imprint, ..good.clone() }.encode()
    };
    const SHA_256: &str = "2.16.840.1.101.3.4.2.1";
    assert_eq!(failure_of(&stamper, &imprint("1.2.840.113549.2.5", None, 16)), Some(F::BadAlg));
    assert_eq!(failure_of(&stamper, &imprint(SHA_256, Some(der::boolean(true).into()), 32)), Some(F::BadAlg));
    assert_eq!(failure_of(&stamper, &imprint(SHA_256, None, 31)), Some(F::BadDataFormat));
    assert_eq!(failure_of(&stamper, &imprint(SHA_256, None, 32)), None);
}

#[test]
fn a_request_extension_is_refused_even_where_it_is_not_critical() {
    let asked = request(DigestAlgorithm::Sha256);
    let extension = Extension { oid: POLICY, critical: false, value: der::null() };
    let asked = TimeStampRequest { extensions: vec![extension], ..asked };
    let refused = stamper().check(&asked, now()).map_err(|(failure, _)| failure);
    assert_eq!(refused, Err(TimeStampFailure::UnacceptedExtension));
}

#[test]
fn nothing_is_stamped_while_the_clock_is_not_relied_on_or_the_certificate_is_not_valid() {
    let query = request(DigestAlgorithm::Sha256).encode();
    let set = stamper_at(ClockWatch::anchored(Clock::Fixed(now()), now().plus_seconds(3_600)));
    assert_eq!(failure_of(&set, &query), Some(TimeStampFailure::TimeNotAvailable));
    let unasked = stamper_at(ClockWatch::awaiting_sources(Clock::Fixed(now())));
    assert_eq!(failure_of(&unasked, &query), Some(TimeStampFailure::TimeNotAvailable));
    let expired = stamper_at(ClockWatch::believing(Clock::Fixed(Timestamp::parse_rfc3339("2047-01-01").unwrap())));
    assert_eq!(failure_of(&expired, &query), Some(TimeStampFailure::SystemFailure));
}

#[test]
fn serial_numbers_differ_within_a_process_and_after_a_restart_at_the_same_moment() {
    let mut seen = std::collections::BTreeSet::new();
    for stamper in [stamper(), stamper()] {
        for _ in 0..100 {
            let serial = stamper.serial(now(), &mut SystemEntropy).unwrap();
            assert!(serial.len() <= 20);
            assert!(seen.insert(serial));
        }
    }
}

#[test]
fn a_key_that_is_not_for_time_stamps_makes_no_authority() {
    let pki = DevkitPki::build().unwrap();
    let key = crate::crypto::SigningKey::from_pkcs8_der(&pki.key("officer-p256").unwrap().to_pkcs8_der()).unwrap();
    let held = HeldKey { key: std::sync::Arc::new(key), certificate: pki.certificate("officer-p256").unwrap().clone() };
    let watch = ClockWatch::believing(Clock::Fixed(now()));
    let refused = TimeStamper::new(StampingUnit { policy: POLICY, held }, Policy::named("kz").unwrap(), watch);
    assert_eq!(refused.err(), Some(SigningError::NotForTimeStamping));
}
