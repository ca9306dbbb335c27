//! Time-stamping authorities over HTTP: those of the devkit, and one with a key of the node.

use std::sync::Arc;

use axum::http::{Method, StatusCode, header};
use const_oid::ObjectIdentifier;
use qoltanba::cms::{MessageImprint, SignedData, TimeStampFailure, TimeStampRequest, TimeStampResponse, TstInfo};
use qoltanba::crypto::DigestAlgorithm;
use qoltanba::limits::TIME_STAMP_REQUEST_BYTES_MAX;
use qoltanba::policy::Policy;
use qoltanba::service::{ClockWatch, Home, Node, StampingUnit, TimeStamper, VerifyAccess};
use qoltanba::time::Clock;
use qoltanba::x509::AlgorithmIdentifier;

use crate::centre_node::node;
use crate::site::{Site, certificate, kit, now};

const QUERY: &str = "application/timestamp-query";
const OWN_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.398.6.999.2");

pub(crate) fn request(digest: DigestAlgorithm) -> TimeStampRequest {
    let hash_algorithm = AlgorithmIdentifier { oid: digest.oid(), parameters: None };
    TimeStampRequest {
        message_imprint: MessageImprint { hash_algorithm, hashed_message: digest.digest(b"document") },
        req_policy: None,
        nonce: Some(vec![0x11; 8]),
        cert_req: true,
        extensions: Vec::new(),
    }
}

async fn stamp(site: &Site, path: &str, query: Vec<u8>) -> Result<TstInfo, Option<TimeStampFailure>> {
    let answer = site.post(path, QUERY, query).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header(header::CONTENT_TYPE), "application/timestamp-reply");
    let response = TimeStampResponse::parse(&answer.octets).unwrap();
    let token = response.token.ok_or(response.failure)?;
    Ok(TstInfo::parse(SignedData::parse(token).unwrap().content.as_deref().unwrap()).unwrap())
}

/// A node with an authority of its own and nothing else.
fn own(watch: ClockWatch, verify_access: VerifyAccess) -> Node {
    let held = Home::new(kit(), None).keyring().open("tsa-gost").unwrap();
    let stamper = TimeStamper::new(StampingUnit { policy: OWN_POLICY, held }, Policy::named("kz").unwrap(), watch);
    Node { centre: None, time_stamper: Some(Arc::new(stamper.unwrap())), verify_access, ..node(kit(), clock()) }
}

fn clock() -> Clock {
    Clock::Fixed(now())
}

#[tokio::test]
async fn each_authority_of_the_devkit_stamps_under_its_policy() {
    let site = Site::shared();
    let mut serials = std::collections::BTreeSet::new();
    for (label, policy) in [("tsa-gost", "1.2.398.3.3.2.6.4"), ("tsa-rsa", "1.2.398.3.3.2.6.2")] {
        for digest in [DigestAlgorithm::Sha256, DigestAlgorithm::Streebog512] {
            let asked = request(digest);
            let info = stamp(&site, &format!("/devkit/tsa/{label}"), asked.encode()).await.unwrap();
            assert_eq!((info.policy.to_string().as_str(), info.gen_time), (policy, now()));
            assert_eq!((info.message_imprint, info.nonce), (asked.message_imprint, asked.nonce));
            assert!(serials.insert(info.serial_number));
        }
    }
    let other = TimeStampRequest { req_policy: Some(OWN_POLICY), ..request(DigestAlgorithm::Sha256) };
    let refused = stamp(&site, "/devkit/tsa/tsa-gost", other.encode()).await;
    assert_eq!(refused, Err(Some(TimeStampFailure::UnacceptedPolicy)));
}

#[tokio::test]
async fn what_is_no_request_is_refused_in_words_and_what_is_no_time_stamping_over_http_as_a_problem() {
    let site = Site::shared();
    let path = "/devkit/tsa/tsa-rsa";
    for garbage in [Vec::new(), b"stamp me".to_vec(), vec![0x30; 40]] {
        assert_eq!(stamp(&site, path, garbage).await, Err(Some(TimeStampFailure::BadDataFormat)));
    }
    assert_eq!(stamp(&site, path, request(DigestAlgorithm::Sha1).encode()).await, Err(Some(TimeStampFailure::BadAlg)));
    let query = request(DigestAlgorithm::Sha256).encode();
    for media_type in ["application/octet-stream", ""] {
        assert_eq!(site.post(path, media_type, query.clone()).await.problem(), (415, "MEDIA_TYPE".to_owned()));
    }
    let oversized = site.post(path, QUERY, vec![0; TIME_STAMP_REQUEST_BYTES_MAX.value + 1]).await;
    assert_eq!(oversized.problem(), (413, "LIMIT_EXCEEDED".to_owned()));
    let answer = site.send(Method::GET, path, &[], Vec::new()).await;
    assert_eq!(answer.problem(), (405, "METHOD_NOT_ALLOWED".to_owned()));
    for nobody in ["/devkit/tsa/officer-head", "/devkit/tsa/nobody", "/tsa"] {
        assert_eq!(site.post(nobody, QUERY, query.clone()).await.problem(), (404, "NO_TIME_STAMPER".to_owned()));
    }
}

#[tokio::test]
async fn a_node_stamps_with_a_key_of_its_own_while_its_clock_can_be_relied_on() {
    let site = Site::of_node(own(ClockWatch::believing(clock()), VerifyAccess::Open));
    let info = stamp(&site, "/tsa", request(DigestAlgorithm::Sha256).encode()).await.unwrap();
    assert_eq!((info.policy, info.gen_time), (OWN_POLICY, now()));
    // Without a devkit its addresses are not there.
    let path = "/devkit/crl/issuing-gost.crl";
    assert_eq!(site.get(path).await.problem(), (404, "NO_ROUTE".to_owned()));
    for watch in [ClockWatch::anchored(clock(), now().plus_seconds(90)), ClockWatch::awaiting_sources(clock())] {
        let site = Site::of_node(own(watch, VerifyAccess::Open));
        let refused = stamp(&site, "/tsa", request(DigestAlgorithm::Sha256).encode()).await;
        assert_eq!(refused, Err(Some(TimeStampFailure::TimeNotAvailable)));
        let ready = site.get("/readyz").await;
        assert!(String::from_utf8_lossy(&ready.octets).contains("CLOCK_NOT_RELIABLE"), "{ready:?}");
        let told = String::from_utf8(site.get("/metrics").await.octets).unwrap();
        for line in ["qoltanba_time_stamps_total{outcome=\"timeNotAvailable\"}", "qoltanba_tsa_clock_drift_seconds"] {
            assert!(told.contains(line), "{line}");
        }
    }
}

#[tokio::test]
async fn where_verifying_needs_a_key_stamping_does_too() {
    let site = Site::of_node(own(ClockWatch::believing(clock()), VerifyAccess::KeyNeeded));
    let answer = site.post("/tsa", QUERY, request(DigestAlgorithm::Sha256).encode()).await;
    assert_eq!(answer.problem(), (401, "KEY_MISSING".to_owned()));
}

#[test]
fn a_token_of_the_devkit_is_signed_by_who_its_label_says() {
    let watch = ClockWatch::believing(clock());
    let folder = kit();
    let centre = qoltanba::service::devkit::DevkitCentre::open(folder, &Policy::named("kz").unwrap(), &watch).unwrap();
    let stamper = centre.time_stamper("tsa-rsa").unwrap();
    let query = request(DigestAlgorithm::Sha256).encode();
    let reply = stamper.answer(&query, &mut qoltanba::crypto::SystemEntropy);
    let token = TimeStampResponse::parse(&reply.octets).unwrap().token.unwrap().to_vec();
    assert_eq!(SignedData::parse(&token).unwrap().certificates.as_slice(), [certificate(folder, "tsa-rsa").der()]);
}
