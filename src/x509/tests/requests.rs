//! OCSP requests and the names of certificates in them (RFC 6960 §4.1, RFC 9654).

use super::*;
use crate::crypto::DigestAlgorithm;
use crate::limits::OCSP_CERT_IDS_MAX;

fn pair() -> (Certificate, Certificate) {
    let root = pki::root(&Recipe::ca("root"), "root");
    let leaf = root.issue(&Recipe::leaf("leaf").serial(200), "leaf");
    (leaf.certificate, root.certificate)
}

fn asked() -> OcspRequest {
    let (leaf, root) = pair();
    OcspRequest::new(CertId::of(&leaf, &root, DigestAlgorithm::Sha256), Some(vec![5; 32]))
}

#[test]
fn a_request_reads_as_it_was_written() {
    let mut request = asked();
    assert_eq!(OcspRequest::parse(&request.encode()), Ok(request.clone()));
    request.nonce = None;
    let (leaf, root) = pair();
    request.cert_ids.push(CertId::of(&leaf, &root, DigestAlgorithm::Sha1));
    assert_eq!(OcspRequest::parse(&request.encode()), Ok(request));
}

#[test]
fn a_request_that_is_cut_or_asks_nothing_is_refused() {
    let good = asked().encode();
    for end in 0..good.len() {
        assert!(OcspRequest::parse(good.get(..end).unwrap()).is_err(), "{end} octets");
    }
    assert!(OcspRequest::parse(&[good, vec![0]].concat()).is_err());
    let nothing = OcspRequest { cert_ids: Vec::new(), nonce: None, unknown_critical_extension: false };
    assert!(OcspRequest::parse(&nothing.encode()).is_err());
}

#[test]
fn more_certificates_than_the_bound_are_refused() {
    let mut many = asked();
    let one = many.cert_ids.first().unwrap().clone();
    many.cert_ids = vec![one.clone(); OCSP_CERT_IDS_MAX.value];
    assert!(OcspRequest::parse(&many.encode()).is_ok());
    many.cert_ids.push(one);
    assert!(OcspRequest::parse(&many.encode()).is_err());
}

#[test]
fn a_nonce_has_1_to_128_octets() {
    // RFC 9654 §2.1
    let of = |length| OcspRequest::parse(&OcspRequest { nonce: Some(vec![1; length]), ..asked() }.encode());
    assert_eq!(of(1).unwrap().nonce.unwrap().len(), 1);
    assert_eq!(of(128).unwrap().nonce.unwrap().len(), 128);
    assert!(of(0).is_err());
    assert!(of(129).is_err());
}

#[test]
fn a_critical_extension_that_is_not_known_is_told() {
    let id = asked().cert_ids.first().unwrap().encode();
    let with = |critical| {
        let nobodys = encode_extension(ObjectIdentifier::new_unwrap("1.2.3.4"), critical, &der::null());
        let extensions = der::context(2, &der::sequence(&[&nobodys]));
        let tbs = der::sequence(&[&der::sequence(&[&der::sequence(&[&id])]), &extensions]);
        OcspRequest::parse(&der::sequence(&[&tbs])).unwrap().unknown_critical_extension
    };
    assert!(with(true));
    assert!(!with(false));
}

#[test]
fn a_cert_id_names_one_certificate_of_one_key() {
    let (leaf, root) = pair();
    let namesake = pki::root(&Recipe::ca("root"), "another key");
    let sibling = pki::root(&Recipe::ca("root"), "root").issue(&Recipe::leaf("leaf").serial(8), "leaf");
    for digest in [DigestAlgorithm::Sha1, DigestAlgorithm::Sha256, DigestAlgorithm::Streebog512] {
        let id = CertId::of(&leaf, &root, digest);
        assert_eq!(id.names(&leaf, &root), Some(true));
        assert_eq!(id.names(&leaf, &namesake.certificate), Some(false), "another key");
        assert_eq!(id.names(&sibling.certificate, &root), Some(false), "another serial number");
        assert_eq!(id.names(&leaf, &leaf), Some(false), "another issuer");
        assert_eq!((id.is_of(&root), id.is_of(&namesake.certificate)), (Some(true), Some(false)));
    }
    let mut foreign = CertId::of(&leaf, &root, DigestAlgorithm::Sha1);
    foreign.hash_algorithm.oid = ObjectIdentifier::new_unwrap("1.2.3.4");
    assert_eq!(foreign.names(&leaf, &root), None);
}
