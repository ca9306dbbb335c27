//! OCSP responses: read back as they were meant, signed by nobody who may not.

use super::*;
use crate::x509::{CertId, CertStatus, OcspResponse, OcspResponseStatus, ResponderId};

fn responder(template: Template) -> (SigningKey, Certificate) {
    let key = key(KeyAlgorithm::EcP256, "responder");
    let certificate = certificate(profile(template, KeyAlgorithm::EcP256, &[]), &key);
    (key, certificate)
}

fn cert_id(serial: u8) -> CertId {
    let (_, certificate) = responder(Template::Root);
    CertId { serial: vec![serial], ..CertId::of(&certificate, &certificate, DigestAlgorithm::Sha1) }
}

fn draft() -> OcspDraft {
    let revoked =
        CertStatus::Revoked { revocation_time: year(2026), reason: Some(Ok(RevocationReason::KeyCompromise)) };
    let unsaid = CertStatus::Revoked { revocation_time: year(2026), reason: None };
    let answer =
        |serial, status| OcspAnswer { cert_id: cert_id(serial), status, this_update: year(2027), next_update: None };
    OcspDraft {
        produced_at: year(2027),
        answers: vec![
            answer(1, CertStatus::Good),
            answer(2, revoked),
            answer(3, unsaid),
            OcspAnswer { next_update: Some(year(2028)), ..answer(4, CertStatus::Unknown) },
        ],
        nonce: Some(vec![7; 32]),
    }
}

#[test]
fn a_response_says_of_each_certificate_what_its_draft_says() {
    let (key, certificate) = responder(Template::Ocsp);
    let made = issue_ocsp(&draft(), &OcspResponder::new(&key, &certificate).unwrap()).unwrap();
    let read = OcspResponse::parse(&made).unwrap();
    assert_eq!((read.status, read.produced_at), (OcspResponseStatus::Successful, Some(year(2027))));
    assert_eq!(read.responder, Some(ResponderId::ByName(certificate.subject().clone())));
    assert_eq!(read.certificates, [certificate]);
    assert_eq!(read.nonce.as_deref(), Some(&[7; 32][..]));
    assert_eq!(read.responses.len(), 4);
    for (told, meant) in read.responses.iter().zip(draft().answers) {
        assert!(told.cert_id.is_same(&meant.cert_id));
        assert_eq!((&told.status, told.this_update), (&meant.status, meant.this_update));
        assert_eq!(told.next_update, meant.next_update);
    }
}

#[test]
fn a_response_without_a_nonce_has_none() {
    let (key, certificate) = responder(Template::Ocsp);
    let draft = OcspDraft { nonce: None, ..draft() };
    let made = issue_ocsp(&draft, &OcspResponder::new(&key, &certificate).unwrap()).unwrap();
    assert_eq!(OcspResponse::parse(&made).unwrap().nonce, None);
}

#[test]
fn the_issuer_and_its_delegate_answer_and_nobody_else() {
    for template in [Template::Sign, Template::Auth, Template::TimeStamping] {
        let (key, certificate) = responder(template);
        assert_eq!(OcspResponder::new(&key, &certificate).err(), Some(SigningError::NotForOcsp), "{template:?}");
    }
    for template in [Template::Ocsp, Template::Root, Template::Issuing { path_len: Some(0) }] {
        let (key, certificate) = responder(template);
        assert!(OcspResponder::new(&key, &certificate).is_ok(), "{template:?}");
    }
    let (_, certificate) = responder(Template::Ocsp);
    let other = key(KeyAlgorithm::EcP256, "another");
    assert_eq!(OcspResponder::new(&other, &certificate).err(), Some(SigningError::KeyMismatch));
}

#[test]
fn what_says_nothing_reads_as_such_and_is_never_successful() {
    use OcspResponseStatus as S;
    for status in [S::MalformedRequest, S::InternalError, S::TryLater, S::SigRequired, S::Unauthorized] {
        let read = OcspResponse::parse(&encode_ocsp_error(status)).unwrap();
        assert_eq!((read.status, read.responses.len()), (status, 0));
    }
    assert_eq!(OcspResponse::parse(&encode_ocsp_error(S::Successful)).unwrap().status, S::InternalError);
}
