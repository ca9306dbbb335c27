//! Adding to a message changes nothing of what was there.

use super::*;

/// A message with two signers, a foreign certificate kind, a CRL and unsigned attributes.
fn rich() -> Vec<u8> {
    let (signer, root) = (signer(), pki::root(&Recipe::ca("root"), "root"));
    let info = signer_info(&signer);
    let crl = root.crl(&CrlRecipe::new(1));
    let encapsulated = der::sequence(&[&der::oid(oids::ID_DATA), &der::context(0, &der::octet_string(CONTENT))]);
    let certificates = der::context(0, &[signer.certificate.der(), &der::context(1, &der::null())].concat());
    let signed_data = der::sequence(&[
        &der::integer_u64(3),
        &der::tlv(tag::SET, &sha512()),
        &encapsulated,
        &certificates,
        &der::context(1, crl.der()),
        &der::tlv(tag::SET, &[info.clone(), info].concat()),
    ]);
    let message = der::sequence(&[&der::oid(oids::ID_SIGNED_DATA), &der::context(0, &signed_data)]);
    add_unsigned_attribute(&message, 0, oids::SIGNATURE_TIME_STAMP, &der::null()).unwrap().unwrap()
}

fn holds(message: &[u8], part: &[u8]) -> bool {
    message.windows(part.len()).any(|w| w == part)
}

#[test]
fn a_new_signer_leaves_every_part_octet_for_octet() {
    let before = rich();
    let new = pki::root(&Recipe::leaf("new"), "new");
    let info = signer_info(&new);
    let after = add_signer(&before, &info, &sha512(), &[new.certificate.der()]).unwrap();
    let (was, is) = (SignedData::parse(&before).unwrap(), SignedData::parse(&after).unwrap());
    assert_eq!(was.parts.encap_content_info, is.parts.encap_content_info);
    assert_eq!(was.parts.crls, is.parts.crls);
    assert_eq!(was.parts.digest_algorithms, is.parts.digest_algorithms);
    assert!(is.parts.certificates.starts_with(&was.parts.certificates));
    assert!(is.parts.signer_infos.starts_with(&was.parts.signer_infos));
    assert_eq!(is.parts.signer_infos.last(), Some(&info.as_slice()));
    assert_eq!((is.signer_infos.len(), is.certificates.last()), (3, Some(&new.certificate.der())));
    assert_eq!((was.version, is.version), (3, 3));
    // A certificate that is there is not added again.
    let again = add_signer(&after, &info, &sha512(), &[new.certificate.der()]).unwrap();
    assert_eq!(SignedData::parse(&again).unwrap().certificates.len(), is.certificates.len());
}

#[test]
fn an_unsigned_attribute_joins_those_that_are_there_and_nothing_else_changes() {
    let before = rich();
    let value = der::sequence(&[&der::integer_u64(5)]);
    let after = add_unsigned_attribute(&before, 0, oids::SIGNATURE_TIME_STAMP, &value).unwrap().unwrap();
    let (was, is) = (SignedData::parse(&before).unwrap(), SignedData::parse(&after).unwrap());
    assert_eq!(was.parts.encap_content_info, is.parts.encap_content_info);
    assert_eq!((&was.parts.certificates, &was.parts.crls), (&is.parts.certificates, &is.parts.crls));
    assert_eq!(was.parts.signer_infos.get(1), is.parts.signer_infos.get(1));
    let (one, other) = (was.signer_infos.first().unwrap(), is.signer_infos.first().unwrap());
    assert_eq!((&one.signed_attrs, &one.signature), (&other.signed_attrs, &other.signature));
    let stamps: Vec<&[u8]> = other.signature_time_stamps().collect();
    assert_eq!(stamps, [&der::null()[..], &value]);
    assert_eq!(is.signer_infos.get(1).unwrap().signature_time_stamps().count(), 0);
    assert!(holds(&after, CONTENT));
    assert!(matches!(add_unsigned_attribute(&before, 2, oids::SIGNATURE_TIME_STAMP, &value), Ok(None)));
    assert!(add_unsigned_attribute(b"nothing", 0, oids::SIGNATURE_TIME_STAMP, &value).is_err());
}
