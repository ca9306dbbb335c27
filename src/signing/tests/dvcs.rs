//! DVCS messages under a signature: whose key may make them, and what is read back.

use super::*;
use crate::cms::SignedData;
use crate::cms::dvcs::{
    DataToCertify, DvcsRequest, DvcsResponse, ErrorNotice, ID_CT_DVCS_REQUEST_DATA, ID_CT_DVCS_RESPONSE_DATA,
    PkiStatusInfo, RequestInformation, Service,
};

#[test]
fn a_third_party_signs_with_a_key_that_is_for_receipts_and_with_no_other() {
    let own = key(KeyAlgorithm::GostKz512, "ttp");
    let made = certificate(profile(Template::ThirdParty, KeyAlgorithm::GostKz512, &[]), &own);
    let authority = ReceiptAuthority::new(&own, &made).unwrap();
    let response = DvcsResponse::Error(ErrorNotice {
        transaction_status: PkiStatusInfo::rejection("no", 2),
        transaction_identifier: None,
    });
    let signed = issue_response(&response, year(2027), &authority).unwrap();
    let message = SignedData::parse(&signed).unwrap();
    assert_eq!(message.content_type, ID_CT_DVCS_RESPONSE_DATA);
    assert_eq!(DvcsResponse::parse(message.content.as_deref().unwrap()).unwrap(), response);
    for template in [Template::Sign, Template::TimeStamping, Template::Ocsp] {
        let other = certificate(profile(template, KeyAlgorithm::GostKz512, &[]), &own);
        assert_eq!(ReceiptAuthority::new(&own, &other).unwrap_err(), SigningError::NotForReceipts);
    }
    let stranger = key(KeyAlgorithm::GostKz512, "stranger");
    assert_eq!(ReceiptAuthority::new(&stranger, &made).unwrap_err(), SigningError::KeyMismatch);
}

#[test]
fn a_request_is_signed_with_a_key_for_documents() {
    let own = key(KeyAlgorithm::Ed25519, "asker");
    let made = certificate(profile(Template::Sign, KeyAlgorithm::Ed25519, &[]), &own);
    let request = DvcsRequest {
        information: RequestInformation::new(Service::Vsd),
        data: DataToCertify::Message(b"document".to_vec()),
        transaction_identifier: None,
    };
    let signed = sign_request(&request, &Signer::new(&own, &made).unwrap()).unwrap();
    let message = SignedData::parse(&signed).unwrap();
    assert_eq!(message.content_type, ID_CT_DVCS_REQUEST_DATA);
    assert_eq!(DvcsRequest::parse(message.content.as_deref().unwrap()).unwrap(), request);
}
