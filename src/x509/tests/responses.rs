//! OCSP responses (RFC 6960): read, never judged.

use super::*;

fn single(status: &[u8], next_update: Option<Vec<u8>>) -> Vec<u8> {
    let sha1 = der::sequence(&[&der::oid(ObjectIdentifier::new_unwrap("1.3.14.3.2.26")), &der::null()]);
    let id = der::sequence(&[&sha1, &der::octet_string(&[1; 20]), &der::octet_string(&[2; 20]), &der::integer_u64(7)]);
    let next = next_update.map(|n| der::context(0, &n)).unwrap_or_default();
    der::sequence(&[&id, status, &der::generalized_time(day(90)), &next])
}

fn basic(responder: &[u8], singles: &[Vec<u8>], certificates: &[u8]) -> Vec<u8> {
    let list = der::sequence(&singles.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let tbs = der::sequence(&[responder, &der::generalized_time(day(91)), &list]);
    let algorithm = der::sequence(&[&der::oid(ED25519)]);
    let certificates =
        if certificates.is_empty() { Vec::new() } else { der::context(0, &der::sequence(&[certificates])) };
    der::sequence(&[&tbs, &algorithm, &der::bit_string(&[9; 64]), &certificates])
}

fn response(status: u8, basic: Option<&[u8]>) -> Vec<u8> {
    let bytes = basic.map(|b| der::context(0, &der::sequence(&[&der::oid(oids::OCSP_BASIC), &der::octet_string(b)])));
    der::sequence(&[&der::enumerated(status), &bytes.unwrap_or_default()])
}

fn by_key() -> Vec<u8> {
    der::context(2, &der::octet_string(&[3; 20]))
}

fn status_of(status: &[u8]) -> Result<CertStatus, Malformed> {
    let read = OcspResponse::parse(&response(0, Some(&basic(&by_key(), &[single(status, None)], &[]))))?;
    Ok(read.responses.first().unwrap().status.clone())
}

#[test]
fn every_response_status_is_read_and_others_are_refused() {
    use OcspResponseStatus as S;
    let known = [S::Successful, S::MalformedRequest, S::InternalError, S::TryLater, S::SigRequired, S::Unauthorized];
    for (code, status) in [0, 1, 2, 3, 5, 6].into_iter().zip(known) {
        let read = OcspResponse::parse(&response(code, None)).unwrap();
        assert_eq!((read.status, read.responses.len(), read.tbs.len()), (status, 0, 0));
    }
    for code in [4, 7, 127] {
        assert!(OcspResponse::parse(&response(code, None)).is_err(), "{code}");
    }
}

#[test]
fn good_revoked_and_unknown_are_told_apart() {
    assert_eq!(status_of(&der::context_primitive(0, &[])), Ok(CertStatus::Good));
    assert_eq!(status_of(&der::context_primitive(2, &[])), Ok(CertStatus::Unknown));
    let since = der::generalized_time(day(50));
    let revoked = |reason| Ok(CertStatus::Revoked { revocation_time: day(50), reason });
    assert_eq!(status_of(&der::context(1, &since)), revoked(None));
    let why = der::context(0, &der::enumerated(1));
    assert_eq!(status_of(&der::context(1, &[since, why].concat())), revoked(Some(Ok(RevocationReason::KeyCompromise))));
    assert!(status_of(&der::context_primitive(3, &[])).is_err());
    assert!(status_of(&der::context(1, &[])).is_err());
}

#[test]
fn responders_times_and_certificates_are_read() {
    let root = pki::root(&Recipe::ca("root"), "root");
    let by_name = der::context(1, root.certificate.subject().raw());
    let next = der::generalized_time(day(97));
    let good = single(&der::context_primitive(0, &[]), Some(next));
    let read = OcspResponse::parse(&response(0, Some(&basic(&by_name, &[good], root.certificate.der())))).unwrap();
    assert_eq!(read.responder, Some(ResponderId::ByName(pki::name("root"))));
    assert_eq!((read.produced_at, read.certificates.as_slice()), (Some(day(91)), [root.certificate].as_slice()));
    let one = read.responses.first().unwrap();
    assert_eq!((one.cert_id.serial.as_slice(), one.this_update, one.next_update), (&[7][..], day(90), Some(day(97))));
    let read = OcspResponse::parse(&response(0, Some(&basic(&by_key(), &[], &[])))).unwrap();
    assert_eq!(read.responder, Some(ResponderId::ByKey(vec![3; 20])));
    assert!(OcspResponse::parse(&response(0, Some(&basic(&der::null(), &[], &[])))).is_err());
}

#[test]
fn a_truncated_response_is_refused_at_every_length() {
    let good = response(0, Some(&basic(&by_key(), &[single(&der::context_primitive(0, &[]), None)], &[])));
    assert!(OcspResponse::parse(&good).is_ok());
    for end in 0..good.len() {
        assert!(OcspResponse::parse(good.get(..end).unwrap()).is_err(), "{end} octets");
    }
    assert!(OcspResponse::parse(&[good, vec![0]].concat()).is_err());
}

/// A response about one certificate with one nonce, made up of what `request` asks.
fn answering(request: &OcspRequest, nonce: Option<&[u8]>) -> OcspResponse {
    let id = request.cert_ids.first().unwrap().encode();
    let one = der::sequence(&[&id, &der::context_primitive(0, &[]), &der::generalized_time(day(90))]);
    let extensions = nonce.map(|n| der::context(1, &der::sequence(&[&encode_nonce(n)]))).unwrap_or_default();
    let list = der::sequence(&[&one]);
    let tbs = der::sequence(&[&by_key(), &der::generalized_time(day(91)), &list, &extensions]);
    let algorithm = der::sequence(&[&der::oid(ED25519)]);
    let basic = der::sequence(&[&tbs, &algorithm, &der::bit_string(&[9; 64])]);
    OcspResponse::parse(&response(0, Some(&basic))).unwrap()
}

#[test]
fn a_response_answers_the_request_it_repeats() {
    let root = pki::root(&Recipe::ca("root"), "root");
    let id = |serial| {
        let leaf = root.issue(&Recipe::leaf("leaf").serial(serial), "leaf");
        CertId::of(&leaf.certificate, &root.certificate, crate::crypto::DigestAlgorithm::Sha1)
    };
    let request = OcspRequest::new(id(7), Some(vec![1; 16]));
    let check = |response: &OcspResponse| response.check_response_to(&request);
    assert_eq!(check(&answering(&request, Some(&[1; 16]))), Ok(NonceStanding::Echoed));
    assert_eq!(check(&answering(&request, Some(&[2; 16]))), Err(NotAnAnswer::OtherNonce));
    assert_eq!(check(&answering(&request, None)), Ok(NonceStanding::Missing));
    let without = OcspRequest { nonce: None, ..request.clone() };
    assert_eq!(answering(&request, Some(&[2; 16])).check_response_to(&without), Ok(NonceStanding::NotSent));
    let other = OcspRequest::new(id(8), None);
    assert_eq!(check(&answering(&other, None)), Err(NotAnAnswer::OtherCertificate));
    let later = OcspResponse::parse(&response(3, None)).unwrap();
    assert_eq!(check(&later), Err(NotAnAnswer::NotSuccessful(OcspResponseStatus::TryLater)));
}

#[test]
fn a_bare_basic_response_reads_like_a_whole_one() {
    let inner = basic(&by_key(), &[single(&der::context_primitive(0, &[]), None)], &[]);
    let bare = OcspResponse::parse_basic(&inner).unwrap();
    assert_eq!(bare.fingerprint, OcspResponse::parse(&response(0, Some(&inner))).unwrap().fingerprint);
    assert!(OcspResponse::parse_basic(&response(0, Some(&inner))).is_err());
}

#[test]
fn a_nonce_that_stands_bare_is_read_as_its_octets() {
    // D-19
    let root = pki::root(&Recipe::ca("root"), "root");
    let leaf = root.issue(&Recipe::leaf("leaf"), "leaf");
    let id = CertId::of(&leaf.certificate, &root.certificate, crate::crypto::DigestAlgorithm::Sha1);
    let bare = |octets: &[u8]| {
        let extension = encode_extension(oids::OCSP_NONCE, false, octets);
        let single = single(&der::context_primitive(0, &[]), None);
        let extensions = der::context(1, &der::sequence(&[&extension]));
        let list = der::sequence(&[&single]);
        let tbs = der::sequence(&[&by_key(), &der::generalized_time(day(91)), &list, &extensions]);
        let algorithm = der::sequence(&[&der::oid(ED25519)]);
        let basic = der::sequence(&[&tbs, &algorithm, &der::bit_string(&[9; 64])]);
        OcspResponse::parse(&response(0, Some(&basic))).unwrap().nonce
    };
    assert_eq!(bare(&[0x30, 7, 1]), Some(vec![0x30, 7, 1]));
    assert_eq!(bare(&der::octet_string(&[7; 8])), Some(vec![7; 8]));
    // Requests are held to the standard.
    let mut request = OcspRequest::new(id, Some(vec![1; 8])).encode();
    let at = request.windows(4).position(|w| w == [4, 10, 4, 8]).unwrap();
    *request.get_mut(at + 2).unwrap() = 5;
    assert!(OcspRequest::parse(&request).is_err());
}
