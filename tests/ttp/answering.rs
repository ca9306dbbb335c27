//! `POST /dvcs`: what is said yes to, what no, what cannot be checked; every answer held to the procedure by a reader.

use axum::http::StatusCode;
use qoltanba::cms::dvcs::{
    CertEtcToken, DataToCertify, DvcsResponse, DvcsTime, ErrorNotice, FailureInfo, PkiStatus, Service, TargetEtcChain,
};
use qoltanba::codec::der;
use qoltanba::crypto::DigestAlgorithm;
use qoltanba::limits::DVCS_ECHO_BYTES_MAX;
use qoltanba::signing::{Packaging, co_sign, sign, sign_request};
use qoltanba::store::{Digest, Direction};
use qoltanba::trust::TtpStatus;
use qoltanba::validation::receipt::{Dialect, ReceiptSubject};

use crate::place::{Place, Plan, at, document, pki, request, vsd};

async fn open(folder: &tempfile::TempDir) -> Place {
    Plan::kazakh().open(folder.path()).await
}

fn notice(receipt: &DvcsResponse) -> &ErrorNotice {
    match receipt {
        DvcsResponse::Error(notice) => notice,
        DvcsResponse::Certificate(info) => panic!("an error notice is expected: {:?}", info.status),
    }
}

#[tokio::test]
async fn a_good_document_has_a_receipt_that_binds_it_and_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let place = open(&folder).await;
    let document = document("officer-head");
    let asked = vsd(&document);
    let octets = place.ask(&asked).await;
    let receipt = place.judge(&octets, ReceiptSubject::Request(&asked)).unwrap();
    assert_eq!((receipt.status(), receipt.party().as_str()), (TtpStatus::Verified, "kz-ttp"));
    assert!(receipt.attests_signature(0));
    let DvcsResponse::Certificate(info) = receipt.response() else { panic!("a receipt is expected") };
    assert_eq!(info.request_information, asked.information, "dvReqInfo is a copy");
    let [element] = info.certs.as_slice() else { panic!("one element for one signature") };
    assert_eq!(element.target, CertEtcToken::Certificate(pki().certificate("officer-head").unwrap().der().to_vec()));
    assert_eq!(element.chain.len(), 3, "issuing centre, root, our decision");
    // Offline, by the document alone, and by no other document.
    let offline = ReceiptSubject::Document { octets: &document, asked_for: None };
    assert!(place.judge(&octets, offline).is_ok());
    let other = crate::place::document("officer-signer");
    let replayed = place.judge(&octets, ReceiptSubject::Document { octets: &other, asked_for: None });
    assert_eq!(replayed.unwrap_err(), ["RECEIPT_OTHER_DOCUMENT", "RECEIPT_OTHER_SIGNERS"]);
    // Kept for five years, without the document.
    let row = place.store.receipt(&Digest::of(&octets)).await.unwrap().unwrap();
    assert_eq!((row.direction, row.status.as_str(), row.service.as_str()), (Direction::Issued, "verified", "vsd"));
    assert_eq!(row.document_digest, Some(Digest::of(&document)));
    assert!(row.retained_until.seconds_since(place.now) >= 5 * 365 * 86_400);
    assert!(String::from_utf8(row.signatures).unwrap().contains("\"status\":\"verified\""));
    assert_eq!(place.store.receipts_about(&Digest::of(&document), None).await.unwrap().len(), 1);
}

#[tokio::test]
async fn numbers_are_given_once_across_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let mut numbers = Vec::new();
    for _ in 0..2 {
        let place = open(&folder).await;
        for _ in 0..2 {
            let receipt = place.receipt(&vsd(&document("officer-head"))).await;
            numbers.push(receipt.serial_number().unwrap().to_vec());
        }
    }
    let count = numbers.len();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), count);
}

#[tokio::test]
async fn a_broken_or_revoked_signature_is_not_verified_and_its_neighbour_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let place = open(&folder).await;
    let mut broken = document("officer-head");
    *broken.last_mut().unwrap() ^= 1;
    assert_eq!(place.status(&vsd(&broken)).await, TtpStatus::NotVerified);
    assert_eq!(place.status(&vsd(&document("officer-revoked"))).await, TtpStatus::NotVerified);
    let revoked = pki().signer("officer-revoked").unwrap();
    let two = co_sign(&document("officer-head"), None, &revoked).unwrap();
    let receipt = place.receipt(&vsd(&two)).await;
    let told: Vec<TtpStatus> = receipt.signatures().iter().map(|s| s.status).collect();
    assert_eq!((receipt.status(), told), (TtpStatus::NotVerified, vec![TtpStatus::Verified, TtpStatus::NotVerified]));
    assert_eq!(place.status(&vsd(&document("officer-on-hold"))).await, TtpStatus::Waiting, "it may be lifted");
}

#[tokio::test]
async fn a_centre_that_is_not_registered_cannot_be_checked() {
    let folder = tempfile::tempdir().unwrap();
    let place = open(&folder).await;
    let registered = place.receipt(&vsd(&document("foreign-registered-signer"))).await;
    assert_eq!(registered.status(), TtpStatus::Verified, "route R1");
    for label in ["foreign-unregistered-signer", "foreign-terminated-signer"] {
        let asked = vsd(&document(label));
        let receipt = place.receipt(&asked).await;
        assert_eq!(receipt.status(), TtpStatus::CannotVerify, "{label}");
        let told = notice(receipt.response());
        assert_eq!(told.transaction_identifier, asked.transaction_identifier);
        assert_eq!(told.transaction_status.status, PkiStatus::Rejection);
        assert!(told.transaction_status.failure.as_ref().unwrap().has(FailureInfo::BAD_REQUEST));
    }
}

#[tokio::test]
async fn what_is_no_request_is_answered_with_an_error_notice() {
    let folder = tempfile::tempdir().unwrap();
    let place = open(&folder).await;
    let refused = |octets: Vec<u8>| {
        let place = &place;
        async move {
            let (status, answer) = place.send("application/dvcs", octets).await;
            assert_eq!(status, StatusCode::OK);
            let message = qoltanba::cms::SignedData::parse(&answer).unwrap();
            let response = DvcsResponse::parse(message.content.as_deref().unwrap()).unwrap();
            notice(&response).transaction_status.text.join(" ")
        }
    };
    let good = vsd(&document("officer-head"));
    assert!(refused(b"no request".to_vec()).await.contains("does not read"));
    assert!(refused([good.encode(), vec![0]].concat()).await.contains("does not read"));
    assert!(refused(document("officer-head")).await.contains("no DVCS request"));
    let mut nameless = good.clone();
    nameless.transaction_identifier = None;
    assert!(refused(nameless.encode()).await.contains("transactionIdentifier"));
    let mut long = good.clone();
    long.information.requester =
        Some(der::context(0, &der::context_primitive(6, &vec![b'x'; DVCS_ECHO_BYTES_MAX.value])));
    assert!(refused(long.encode()).await.contains("too long"));
    let mut tomorrow = good.clone();
    tomorrow.information.request_time = Some(DvcsTime::Stated(at("2026-11-22T05:00:01Z")));
    assert!(refused(tomorrow.encode()).await.contains("not come yet"));
    assert!(refused(vsd(b"no document").encode()).await.contains("does not read"));
    let signer = pki().signer("officer-head").unwrap().at(at("2026-11-22T05:00:01Z"));
    let ahead = sign(b"content", Packaging::Attached, &signer).unwrap();
    assert!(refused(vsd(&ahead).encode()).await.contains("not come yet"));
    let detached = sign(b"content", Packaging::Detached, &pki().signer("officer-head").unwrap()).unwrap();
    refused(vsd(&detached).encode()).await;
    let certificates = DataToCertify::of_targets(vec![target("officer-head")]);
    assert!(refused(request(Service::Vpkc, certificates).encode()).await.contains("not part of the rules"));
}

#[tokio::test]
async fn the_door_takes_its_own_media_type_and_bounded_bodies() {
    let folder = tempfile::tempdir().unwrap();
    let place = open(&folder).await;
    let octets = vsd(&document("officer-head")).encode();
    assert_eq!(place.send("application/octet-stream", octets.clone()).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(place.send("application/dvcs", octets).await.0, StatusCode::OK);
    let large = vec![0; qoltanba::limits::DVCS_REQUEST_BYTES_MAX.value + 1];
    assert_eq!(place.send("application/dvcs", large).await.0, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn requests_come_signed_or_in_an_envelope_and_a_bad_signature_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let place = open(&folder).await;
    let asked = vsd(&document("officer-head"));
    let signed = sign_request(&asked, &pki().signer("information-system").unwrap()).unwrap();
    let typed = der::sequence(&[
        &der::oid(qoltanba::cms::dvcs::ID_CT_DVCS_REQUEST_DATA),
        &der::context(0, &der::octet_string(&asked.encode())),
    ]);
    for good in [signed.clone(), typed] {
        let (_, answer) = place.send("application/dvcs", good).await;
        assert_eq!(place.judge(&answer, ReceiptSubject::Request(&asked)).unwrap().status(), TtpStatus::Verified);
    }
    let mut broken = signed;
    *broken.last_mut().unwrap() ^= 1;
    let (_, answer) = place.send("application/dvcs", broken).await;
    assert_eq!(place.judge(&answer, ReceiptSubject::Request(&asked)).unwrap().status(), TtpStatus::CannotVerify);
}

#[tokio::test]
async fn possession_is_certified_of_data_and_of_a_digest() {
    let folder = tempfile::tempdir().unwrap();
    let place = open(&folder).await;
    let data = DataToCertify::Message(b"anything at all".to_vec());
    let digest = DataToCertify::Imprint(data.imprint(DigestAlgorithm::Streebog256));
    for (service, data) in [(Service::Cpd, data), (Service::Ccpd, digest)] {
        let receipt = place.receipt(&request(service, data)).await;
        assert_eq!((receipt.service(), receipt.status()), (service, TtpStatus::Verified));
        assert!(!receipt.attests_signature(0) && receipt.finding(Vec::new()).is_none());
    }
}

fn target(label: &str) -> TargetEtcChain {
    TargetEtcChain {
        target: CertEtcToken::Certificate(pki().certificate(label).unwrap().der().to_vec()),
        chain: Vec::new(),
        path_processing_input: None,
    }
}

#[tokio::test]
async fn certificates_are_validated_under_the_old_rules() {
    let folder = tempfile::tempdir().unwrap();
    let place = Plan { dialect: Dialect::KZ_149, ..Plan::kazakh() }.open(folder.path()).await;
    let told = |label: &'static str| {
        let place = &place;
        async move {
            let asked = request(Service::Vpkc, DataToCertify::of_targets(vec![target(label)]));
            let answer = place.ask(&asked).await;
            let message = qoltanba::cms::SignedData::parse(&answer).unwrap();
            match DvcsResponse::parse(message.content.as_deref().unwrap()).unwrap() {
                DvcsResponse::Certificate(info) => {
                    let imprint =
                        asked.data.is_imprinted_by(&info.message_imprint, qoltanba::cms::dvcs::ImprintScope::WithTag);
                    assert_eq!(imprint, Some(true));
                    info.status.unwrap().status
                }
                DvcsResponse::Error(_) => PkiStatus::Rejection,
            }
        }
    };
    assert_eq!(told("officer-head").await, PkiStatus::Granted);
    assert_eq!(told("officer-revoked").await, PkiStatus::Rejection);
    assert_eq!(told("foreign-unregistered-signer").await, PkiStatus::Rejection);
}

#[tokio::test]
async fn validity_is_attested_for_the_time_asked_for_with_what_is_known_now() {
    let folder = tempfile::tempdir().unwrap();
    let place = open(&folder).await;
    let signer = pki().signer("officer-expired").unwrap();
    let old = sign(b"content", Packaging::Attached, &signer).unwrap();
    assert_eq!(place.status(&vsd(&old)).await, TtpStatus::NotVerified, "expired today");
    let mut asked = vsd(&old);
    asked.information.request_time = Some(DvcsTime::Stated(at("2024-06-01T00:00:00Z")));
    let receipt = place.receipt(&asked).await;
    assert_eq!((receipt.status(), receipt.attested_for()), (TtpStatus::Verified, at("2024-06-01T00:00:00Z")));
    // By its own words it was not there yet.
    let claimed = pki().signer("officer-head").unwrap().at(at("2026-11-22T04:00:00Z"));
    let mut asked = vsd(&sign(b"content", Packaging::Attached, &claimed).unwrap());
    for (time, told) in
        [("2026-11-22T03:59:59Z", TtpStatus::CannotVerify), ("2026-11-22T04:00:00Z", TtpStatus::Verified)]
    {
        asked.information.request_time = Some(DvcsTime::Stated(at(time)));
        assert_eq!(place.status(&asked).await, told, "{time}");
    }
    // A compromise that was found later counts backwards.
    let mut asked = vsd(&document_of("officer-revoked"));
    asked.information.request_time = Some(DvcsTime::Stated(at("2025-10-15T00:00:00Z")));
    assert_eq!(place.status(&asked).await, TtpStatus::NotVerified);
}

/// Without a claimed time.
fn document_of(label: &str) -> Vec<u8> {
    sign(b"content", Packaging::Attached, &pki().signer(label).unwrap()).unwrap()
}

#[tokio::test]
async fn proofs_of_possession_in_any_number_hide_no_receipt() {
    let folder = tempfile::tempdir().unwrap();
    let place = open(&folder).await;
    let document = document("officer-head");
    let octets = place.ask(&vsd(&document)).await;
    let possession = request(Service::Cpd, DataToCertify::Message(document.clone()));
    let mut for_another_time = vsd(&document);
    for_another_time.information.request_time = Some(DvcsTime::Stated(at("2026-11-22T04:30:00Z")));
    for _ in 0..2 {
        place.ask(&possession).await;
        place.ask(&for_another_time).await;
    }
    let heard = place.store.receipts_about(&Digest::of(&document), None).await.unwrap();
    assert_eq!(heard.iter().map(|row| row.signed.as_slice()).collect::<Vec<_>>(), [octets.as_slice()]);
}
