//! One clause of RFC 3029, one test.

use super::*;
use crate::codec::MalformedKind;
use crate::codec::der::{self, tag};
use crate::crypto::DigestAlgorithm;
use crate::time::Timestamp;

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn request() -> DvcsRequest {
    let mut information = RequestInformation::new(Service::Vsd);
    information.nonce = Some(vec![0x11, 0x22, 0x33]);
    information.request_time = Some(DvcsTime::Stated(at("2026-11-01T12:00:00Z")));
    DvcsRequest {
        information,
        data: DataToCertify::Message(b"a signed document".to_vec()),
        transaction_identifier: Some(der::context_primitive(6, b"urn:uuid:1")),
    }
}

fn receipt(status: Option<PkiStatusInfo>) -> CertInfo {
    let request = request();
    let certificate = der::sequence(&[&der::integer_u64(7)]);
    CertInfo {
        message_imprint: request.data.imprint(DigestAlgorithm::Sha256),
        request_information: request.information,
        serial_number: vec![3, 0xe9],
        response_time: DvcsTime::Stated(at("2026-11-01T12:00:03Z")),
        certs: vec![TargetEtcChain {
            target: CertEtcToken::Certificate(certificate.clone()),
            chain: vec![
                CertEtcToken::Crl(certificate.clone()),
                CertEtcToken::OcspResponse(certificate.clone()),
                CertEtcToken::Assertion(certificate),
                CertEtcToken::PkiStatus(PkiStatusInfo::plain(PkiStatus::Granted)),
            ],
            path_processing_input: None,
        }],
        status,
        policy: Some(der::context(1, &der::oid(ID_KP_DVCS))),
        request_signature: None,
        extensions: None,
        unknown_critical_extension: false,
    }
}

#[test]
fn what_is_written_is_read_back() {
    assert_eq!(DvcsRequest::parse(&request().encode()).unwrap(), request());
    for status in [None, Some(PkiStatusInfo::plain(PkiStatus::Waiting)), Some(PkiStatusInfo::rejection("no", 4))] {
        let response = DvcsResponse::Certificate(Box::new(receipt(status)));
        assert_eq!(DvcsResponse::parse(&response.encode()).unwrap(), response);
    }
    let notice = DvcsResponse::Error(ErrorNotice {
        transaction_status: PkiStatusInfo::rejection("the foreign centre is not registered", FailureInfo::BAD_REQUEST),
        transaction_identifier: request().transaction_identifier,
    });
    assert_eq!(DvcsResponse::parse(&notice.encode()).unwrap(), notice);
}

#[test]
fn octets_after_a_message_are_refused() {
    let longer = [request().encode(), vec![0]].concat();
    assert_eq!(DvcsRequest::parse(&longer).unwrap_err().kind, MalformedKind::TrailingOctets);
    let longer = [DvcsResponse::Certificate(Box::new(receipt(None))).encode(), vec![0]].concat();
    assert_eq!(DvcsResponse::parse(&longer).unwrap_err().kind, MalformedKind::TrailingOctets);
}

#[test]
fn each_service_takes_its_own_kind_of_data() {
    let digest = request().data.imprint(DigestAlgorithm::Sha256);
    let certs = DataToCertify::of_targets(receipt(None).certs);
    let data = [DataToCertify::Message(vec![1]), DataToCertify::Imprint(digest), certs];
    let fitting = [(Service::Cpd, 0), (Service::Vsd, 0), (Service::Ccpd, 1), (Service::Vpkc, 2)];
    for (service, right) in fitting {
        for (index, data) in data.iter().enumerate() {
            let request = DvcsRequest {
                information: RequestInformation::new(service),
                data: data.clone(),
                transaction_identifier: None,
            };
            let read = DvcsRequest::parse(&request.encode());
            assert_eq!(read.is_ok(), index == right, "{} with data {index}", service.name());
        }
    }
}

#[test]
fn an_unknown_service_version_or_status_is_refused() {
    let with = |information: &[u8]| der::sequence(&[&der::sequence(&[information]), &der::octet_string(b"x")]);
    assert!(DvcsRequest::parse(&with(&der::enumerated(2))).is_ok());
    assert!(DvcsRequest::parse(&with(&der::enumerated(5))).is_err());
    let versioned = |version: u64| with(&[der::integer_u64(version), der::enumerated(2)].concat());
    assert!(DvcsRequest::parse(&versioned(1)).is_ok());
    assert_eq!(DvcsRequest::parse(&versioned(2)).unwrap_err().kind, MalformedKind::Version);
    let notice = |status: u64| der::context(0, &der::sequence(&[&der::integer_u64(status)]));
    assert!(DvcsResponse::parse(&notice(2)).is_ok());
    assert!(DvcsResponse::parse(&notice(6)).is_err());
}

#[test]
fn an_imprint_is_of_the_octets_of_the_message_and_of_nothing_else() {
    let data = request().data;
    let imprint = data.imprint(DigestAlgorithm::Streebog256);
    assert_eq!(data.is_imprinted_by(&imprint, ImprintScope::WithTag), Some(true));
    let other = DataToCertify::Message(b"a signed documenu".to_vec());
    assert_eq!(other.is_imprinted_by(&imprint, ImprintScope::WithTag), Some(false));
    let whole = crate::cms::MessageImprint {
        hashed_message: DigestAlgorithm::Streebog256.digest(&der::octet_string(b"a signed document")),
        ..imprint.clone()
    };
    assert_eq!(data.is_imprinted_by(&whole, ImprintScope::WithTag), Some(false));
    let mut unknown = imprint;
    unknown.hash_algorithm.oid = ID_KP_DVCS;
    assert_eq!(data.is_imprinted_by(&unknown, ImprintScope::WithTag), None);
}

#[test]
fn an_imprint_of_certificates_is_with_the_tag_or_without_it_but_never_both() {
    let data = DataToCertify::of_targets(receipt(None).certs);
    let imprint = data.imprint(DigestAlgorithm::Sha256);
    assert_eq!(data.is_imprinted_by(&imprint, ImprintScope::WithTag), Some(true));
    assert_eq!(data.is_imprinted_by(&imprint, ImprintScope::ContentsOnly), Some(false));
}

#[test]
fn a_receipt_repeats_the_request_and_may_only_add_to_its_nonce() {
    let sent = request().information;
    let mut receipt = receipt(None);
    assert!(receipt.repeats(&sent));
    receipt.request_information.nonce = Some(vec![0x11, 0x22, 0x33, 0x44]);
    assert!(receipt.repeats(&sent));
    receipt.request_information.requester = Some(der::context(0, &[]));
    assert!(receipt.repeats(&sent), "the server may name the requester");
    for nonce in [None, Some(vec![0x11, 0x22]), Some(vec![0x44, 0x11, 0x22, 0x33])] {
        receipt.request_information.nonce = nonce;
        assert!(!receipt.repeats(&sent));
    }
    let mut other = super::tests::receipt(None);
    other.request_information.service = Service::Cpd;
    assert!(!other.repeats(&sent));
    let mut other = super::tests::receipt(None);
    other.request_information.request_time = None;
    assert!(!other.repeats(&sent));
}

#[test]
fn failure_bits_are_counted_from_the_left() {
    let failure = FailureInfo::of(FailureInfo::BAD_REQUEST);
    assert!(failure.has(2) && !failure.has(1) && !failure.has(3) && !failure.has(200));
    let status = PkiStatusInfo::rejection("no", 12);
    let notice = ErrorNotice { transaction_status: status, transaction_identifier: None };
    let read = DvcsResponse::parse(&DvcsResponse::Error(notice.clone()).encode()).unwrap();
    assert_eq!(read, DvcsResponse::Error(notice));
}

#[test]
fn a_message_with_too_many_tokens_names_the_limit() {
    let token = der::context(0, &der::integer_u64(1));
    let chain = der::sequence(&[&token, &der::tlv(tag::SEQUENCE, &token.repeat(1024))]);
    let data = der::tlv(tag::CONTEXT_CONSTRUCTED, &chain);
    let request = der::sequence(&[&der::sequence(&[&der::enumerated(3)]), &data]);
    let error = DvcsRequest::parse(&request).unwrap_err();
    assert!(matches!(error.kind, MalformedKind::Limit(e) if e.limit.name == "DVCS_TOKENS_MAX"));
}
