//! Attributes: those that must stand once, with one value; references to the signer's certificate.

use super::*;

fn attribute(oid: ObjectIdentifier, values: &[&[u8]]) -> Vec<u8> {
    der::sequence(&[&der::oid(oid), &der::set_of(values)])
}

/// Reads the signed attributes of a message that has these.
fn with<T>(attributes: &[Vec<u8>], ask: impl Fn(&Attributes<'_>) -> T) -> T {
    let encoded = der::context(0, &attributes.concat());
    let value = der::Reader::single(&encoded, der::Encoding::Ber, "test").unwrap();
    ask(&Attributes::parse(value.raw, value.reader()).unwrap())
}

#[test]
fn content_type_digest_and_time_stand_once_with_one_value() {
    // RFC 5652 §11.1 to §11.3
    let digest = der::octet_string(&[5; 64]);
    let one = |values: &[&[u8]]| attribute(oids::MESSAGE_DIGEST, values);
    let read =
        |all: &[Vec<u8>]| with(all, |a| a.message_digest().map(|read| read.ok().map(std::borrow::Cow::into_owned)));
    assert_eq!(read(&[one(&[&digest])]), Some(Some(vec![5; 64])));
    assert_eq!(read(&[]), None);
    for bad in [
        vec![one(&[&digest]), one(&[&digest])],
        vec![one(&[])],
        vec![one(&[&digest, &der::octet_string(&[6; 64])])],
        vec![one(&[&der::null()])],
        vec![one(&[&der::integer_u64(5)])],
    ] {
        assert_eq!(read(&bad), Some(None), "{bad:02x?}");
    }
    let kind = attribute(oids::CONTENT_TYPE, &[&der::oid(oids::ID_DATA)]);
    assert_eq!(with(std::slice::from_ref(&kind), |a| a.content_type().unwrap().unwrap()), oids::ID_DATA);
    assert!(with(&[kind.clone(), kind], |a| a.content_type().unwrap().is_err()));
    let time = attribute(oids::SIGNING_TIME, &[&der::utc_time(day(1))]);
    assert_eq!(with(std::slice::from_ref(&time), |a| a.signing_time().unwrap().unwrap()), day(1));
    assert!(with(&[time.clone(), time], |a| a.signing_time().unwrap().is_err()));
}

#[test]
fn the_signature_covers_the_attributes_under_the_tag_of_a_set() {
    // RFC 5652 §5.4
    let all = [attribute(oids::CONTENT_TYPE, &[&der::oid(oids::ID_DATA)])];
    let (raw, covered) = with(&all, |a| (a.raw.to_vec(), a.signed_octets()));
    assert_eq!((raw.first(), covered.first()), (Some(&0xa0), Some(&0x31)));
    assert_eq!(raw.get(1..), covered.get(1..));
}

#[test]
fn references_to_the_certificate_are_read_in_both_versions() {
    let hash = der::octet_string(&[4; 32]);
    let ids = |id: &[&[u8]]| der::sequence(&[&der::sequence(&[&der::sequence(id)])]);
    let v1 = |id: &[&[u8]]| attribute(oids::SIGNING_CERTIFICATE, &[&ids(id)]);
    let v2 = |id: &[&[u8]]| attribute(oids::SIGNING_CERTIFICATE_V2, &[&ids(id)]);
    let read = |all: &[Vec<u8>]| with(all, |a: &Attributes<'_>| -> Vec<_> { a.signing_certificates() });
    let first = |all: &[Vec<u8>]| {
        let found = read(all).into_iter().next()?.ok()?;
        found.certs.into_iter().next()
    };
    let plain = first(&[v2(&[&hash])]).unwrap();
    assert_eq!((plain.version, plain.cert_hash, plain.hash_algorithm, plain.serial), (2, vec![4; 32], None, None));
    let named = first(&[v2(&[&sha512(), &hash])]).unwrap();
    assert_eq!(named.hash_algorithm.map(|a| a.oid), Some(DigestAlgorithm::Sha512.oid()));
    let issuer = der::sequence(&[&der::context(4, pki::name("issuer").raw())]);
    let pair = der::sequence(&[&issuer, &der::integer_u64(7)]);
    let whole = first(&[v1(&[&hash, &pair])]).unwrap();
    assert_eq!((whole.version, whole.serial), (1, Some(vec![7])));
    assert_eq!(whole.issuer.as_deref(), Some(pki::name("issuer").raw()));
    assert_eq!(read(&[v1(&[&hash]), v2(&[&hash])]).len(), 2);
    assert_eq!(read(&[]), []);
    // Version 1 names no algorithm; an empty list names nobody; twice is once too often.
    assert!(read(&[v1(&[&sha512(), &hash])]).iter().all(Result::is_err));
    let empty = attribute(oids::SIGNING_CERTIFICATE_V2, &[&der::sequence(&[&der::sequence(&[])])]);
    assert!(read(&[empty]).iter().all(Result::is_err));
    assert!(read(&[v2(&[&hash]), v2(&[&hash])]).iter().all(Result::is_err));
}

#[test]
fn an_attribute_is_a_type_and_a_set_and_nothing_else() {
    let three = der::sequence(&[&der::oid(oids::CONTENT_TYPE), &der::set_of(&[]), &der::null()]);
    let encoded = der::context(0, &three);
    let value = der::Reader::single(&encoded, der::Encoding::Ber, "test").unwrap();
    assert!(Attributes::parse(value.raw, value.reader()).is_err());
}
