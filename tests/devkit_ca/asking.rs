//! The OCSP responders.

use axum::http::{Method, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use qoltanba::codec::der;
use qoltanba::crypto::{DigestAlgorithm, Outcome, SignatureAlgorithm, SignatureClaim, verify_many};
use qoltanba::limits::{OCSP_NONCE_BYTES_MAX, OCSP_REQUEST_BYTES_MAX};
use qoltanba::x509::{CertId, CertStatus, OcspResponse, OcspResponseStatus, RevocationReason, oids};

use crate::site::{Site, cert_id, certificate, kit, now, request};

const REQUEST: &str = "application/ocsp-request";

async fn ask(site: &Site, issuer: &str, body: Vec<u8>) -> OcspResponse {
    let answer = site.post(&format!("/devkit/ocsp/{issuer}"), REQUEST, body).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header(header::CONTENT_TYPE), "application/ocsp-response");
    OcspResponse::parse(&answer.octets).unwrap()
}

async fn status_of(site: &Site, issuer: &str, body: Vec<u8>) -> OcspResponseStatus {
    ask(site, issuer, body).await.status
}

fn is_signed(response: &OcspResponse) -> bool {
    let [responder] = &response.certificates[..] else { return false };
    let algorithm = response.signature_algorithm.as_ref().unwrap();
    let key = responder.public_key().unwrap();
    let algorithm = SignatureAlgorithm::resolve(algorithm.oid, algorithm.parameters.as_deref(), None, key).unwrap();
    let (message, value) = (response.tbs.as_slice().into(), response.signature_value.as_slice().into());
    matches!(verify_many(&[SignatureClaim { algorithm, key, message, value }])[..], [Outcome::Valid(_)])
}

#[tokio::test]
async fn each_centre_answers_for_its_own_through_a_delegate() {
    let site = Site::shared();
    let pairs = [
        ("issuing-gost", "root-gost", "ocsp-root-gost"),
        ("officer-head", "issuing-gost", "ocsp-gost"),
        ("officer-gost-2004", "state-bodies", "ocsp-state-bodies"),
        ("issuing-rsa", "root-rsa", "ocsp-root-rsa"),
        ("officer-p256", "issuing-rsa", "ocsp-rsa"),
    ];
    for (label, issuer, delegate) in pairs {
        for digest in [DigestAlgorithm::Sha1, DigestAlgorithm::Sha256, DigestAlgorithm::Streebog512] {
            let id = cert_id(label, issuer, digest);
            let response = ask(&site, issuer, request(vec![id.clone()], None)).await;
            assert_eq!((response.responses.len(), &response.responses[0].status), (1, &CertStatus::Good), "{label}");
            assert!(response.responses[0].cert_id.is_same(&id));
            assert_eq!((response.produced_at, response.responses[0].this_update), (Some(now()), now()));
            assert!(is_signed(&response), "{label}");
            let responder = &response.certificates[0];
            assert_eq!(responder, &certificate(kit(), delegate));
            assert!(responder.has_purpose(oids::OCSP_SIGNING) && responder.has_extension(oids::OCSP_NO_CHECK));
            assert_eq!(responder.issuer(), certificate(kit(), issuer).subject());
        }
    }
}

#[tokio::test]
async fn several_questions_have_their_answers_in_order_and_none_that_is_not_known_is_good() {
    let site = Site::shared();
    let id = |label| cert_id(label, "issuing-gost", DigestAlgorithm::Sha256);
    let never_issued = CertId { serial: vec![0x42], ..id("officer-head") };
    let foreign = cert_id("officer-p256", "issuing-rsa", DigestAlgorithm::Sha256);
    // The very name of issuing-gost, another key.
    let impostor = cert_id("officer-head", "broken-impostor", DigestAlgorithm::Sha256);
    let unknown_digest = CertId {
        hash_algorithm: qoltanba::x509::AlgorithmIdentifier { oid: "1.2.3".parse().unwrap(), parameters: None },
        ..id("officer-head")
    };
    let labels = ["officer-head", "officer-revoked", "officer-on-hold", "officer-revoked-in-delta"];
    let mut ids: Vec<CertId> = labels.into_iter().map(id).collect();
    ids.extend([never_issued, foreign, impostor, unknown_digest]);
    let response = ask(&site, "issuing-gost", request(ids, None)).await;
    let told: Vec<_> = response
        .responses
        .iter()
        .map(|one| match &one.status {
            CertStatus::Good => "good",
            CertStatus::Unknown => "unknown",
            CertStatus::Revoked { reason: Some(Ok(reason)), .. } => reason.name(),
            CertStatus::Revoked { .. } => "revoked",
        })
        .collect();
    let expected = ["good", "keyCompromise", "certificateHold", "cessationOfOperation"];
    assert_eq!(told, [&expected[..], &["unknown"; 4]].concat());
    let CertStatus::Revoked { revocation_time, reason } = &response.responses[1].status else { panic!("revoked") };
    assert_eq!(revocation_time.to_string(), "2025-11-15T00:00:00Z");
    assert_eq!(*reason, Some(Ok(RevocationReason::KeyCompromise)));
}

#[tokio::test]
async fn where_only_others_certificates_are_asked_for_nobody_answers() {
    let site = Site::shared();
    let foreign = cert_id("officer-p256", "issuing-rsa", DigestAlgorithm::Sha1);
    let response = ask(&site, "issuing-gost", request(vec![foreign], Some(vec![1; 8]))).await;
    assert_eq!((response.status, response.responses.len()), (OcspResponseStatus::Unauthorized, 0));
    for nobody in ["foreign-registered", "broken-impostor", "officer-head", "..%2f..%2fkeys", "x"] {
        let id = cert_id("officer-head", "issuing-gost", DigestAlgorithm::Sha1);
        let answer = site.post(&format!("/devkit/ocsp/{nobody}"), REQUEST, request(vec![id], None)).await;
        assert_eq!(answer.problem(), (404, "NOT_FOUND".to_owned()), "{nobody}");
    }
}

#[tokio::test]
async fn a_nonce_comes_back_and_one_of_a_wrong_length_is_malformed() {
    let site = Site::shared();
    let id = || vec![cert_id("officer-head", "issuing-gost", DigestAlgorithm::Sha1)];
    for length in [1, 16, OCSP_NONCE_BYTES_MAX.value] {
        let nonce = vec![0x5a; length];
        let response = ask(&site, "issuing-gost", request(id(), Some(nonce.clone()))).await;
        assert_eq!(response.nonce, Some(nonce));
        assert!(is_signed(&response));
    }
    assert_eq!(ask(&site, "issuing-gost", request(id(), None)).await.nonce, None);
    for length in [0, OCSP_NONCE_BYTES_MAX.value + 1] {
        let status = status_of(&site, "issuing-gost", request(id(), Some(vec![1; length]))).await;
        assert_eq!(status, OcspResponseStatus::MalformedRequest, "{length}");
    }
}

#[tokio::test]
async fn the_same_is_answered_over_get() {
    let site = Site::shared();
    let body = request(vec![cert_id("officer-revoked", "issuing-gost", DigestAlgorithm::Sha1)], Some(vec![0xff; 9]));
    let text = STANDARD.encode(&body);
    for path in [text.clone(), text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")] {
        let answer = site.get(&format!("/devkit/ocsp/issuing-gost/{path}")).await;
        let response = OcspResponse::parse(&answer.octets).unwrap();
        assert!(matches!(response.responses[0].status, CertStatus::Revoked { .. }), "{path}");
        assert_eq!(response.nonce, Some(vec![0xff; 9]));
    }
    for garbage in ["!!!", "AAAA", "%00"] {
        let answer = site.get(&format!("/devkit/ocsp/issuing-gost/{garbage}")).await;
        assert_eq!(OcspResponse::parse(&answer.octets).unwrap().status, OcspResponseStatus::MalformedRequest);
    }
}

#[tokio::test]
async fn garbage_is_malformed_and_what_is_no_ocsp_over_http_is_a_problem() {
    let site = Site::shared();
    let good = request(vec![cert_id("officer-head", "issuing-gost", DigestAlgorithm::Sha1)], None);
    let cut = good[..good.len() - 1].to_vec();
    let longer = [good.clone(), vec![0]].concat();
    let empty_list = der::sequence(&[&der::sequence(&[&der::sequence(&[])])]);
    for body in [Vec::new(), b"hello".to_vec(), vec![0x30, 0x80], cut, longer, empty_list] {
        assert_eq!(status_of(&site, "issuing-gost", body).await, OcspResponseStatus::MalformedRequest);
    }
    let path = "/devkit/ocsp/issuing-gost";
    for media_type in ["application/octet-stream", "text/plain", ""] {
        let answer = site.post(path, media_type, good.clone()).await;
        assert_eq!(answer.problem(), (415, "MEDIA_TYPE".to_owned()), "{media_type}");
    }
    let oversized = site.post(path, REQUEST, vec![0x30; OCSP_REQUEST_BYTES_MAX.value + 1]).await;
    assert_eq!(oversized.problem(), (413, "LIMIT_EXCEEDED".to_owned()));
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let answer = site.send(method.clone(), path, &[("content-type", REQUEST)], good.clone()).await;
        assert_eq!(answer.problem(), (405, "METHOD_NOT_ALLOWED".to_owned()), "{method}");
    }
}

/// RFC 6960 §4.1.1, optionalSignature: who asks is of no interest here, so it is passed over, right or wrong.
#[tokio::test]
async fn a_signature_on_the_request_changes_nothing() {
    let site = Site::shared();
    let plain = request(vec![cert_id("officer-head", "issuing-gost", DigestAlgorithm::Sha1)], None);
    let tbs = der::Reader::single(&plain, der::Encoding::Der, "test").unwrap().content.to_vec();
    let algorithm = der::sequence(&[&der::oid("1.2.840.113549.1.1.11".parse().unwrap()), &der::null()]);
    let signature = der::context(0, &der::sequence(&[&algorithm, &der::bit_string(&[0; 256])]));
    let response = ask(&site, "issuing-gost", der::sequence(&[&tbs, &signature])).await;
    assert_eq!(response.responses[0].status, CertStatus::Good);
}

/// RFC 6960 §4.4: what is critical and not understood must not be passed over.
#[tokio::test]
async fn a_critical_extension_that_is_not_known_is_refused() {
    let site = Site::shared();
    let plain = request(vec![cert_id("officer-head", "issuing-gost", DigestAlgorithm::Sha1)], None);
    let tbs = der::Reader::single(&plain, der::Encoding::Der, "test").unwrap().content.to_vec();
    let list = der::Reader::single(&tbs, der::Encoding::Der, "test").unwrap().content.to_vec();
    for (critical, expected) in [(true, OcspResponseStatus::MalformedRequest), (false, OcspResponseStatus::Successful)]
    {
        let flag = if critical { der::boolean(true) } else { Vec::new() };
        let one = der::sequence(&[&der::oid("1.2.3.4".parse().unwrap()), &flag, &der::octet_string(&der::null())]);
        let extensions = der::context(2, &der::sequence(&[&one]));
        let body = der::sequence(&[&der::sequence(&[&list, &extensions])]);
        assert_eq!(status_of(&site, "issuing-gost", body).await, expected);
    }
}
