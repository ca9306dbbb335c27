//! Object identifiers of CMS, ESS, CAdES and RFC 3161, under their standard names.
#![expect(missing_docs, reason = "the names are the standards'")]

use const_oid::ObjectIdentifier;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

pub const ID_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
pub const ID_SIGNED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.2");
// DIVERGENCE D-26: names of the same structure.
/// GM/T 0010 §4: what China has in place of id-data and id-signedData.
pub const ID_GM_DATA: ObjectIdentifier = oid("1.2.156.10197.6.1.4.2.1");
pub const ID_GM_SIGNED_DATA: ObjectIdentifier = oid("1.2.156.10197.6.1.4.2.2");
pub const ID_CT_TST_INFO: ObjectIdentifier = oid("1.2.840.113549.1.9.16.1.4");

pub const CONTENT_TYPE: ObjectIdentifier = oid("1.2.840.113549.1.9.3");
pub const MESSAGE_DIGEST: ObjectIdentifier = oid("1.2.840.113549.1.9.4");
pub const SIGNING_TIME: ObjectIdentifier = oid("1.2.840.113549.1.9.5");
pub const SIGNING_CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.12");
pub const SIGNING_CERTIFICATE_V2: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.47");
pub const SIGNATURE_TIME_STAMP: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.14");
/// RFC 6211 §2.
pub const CMS_ALGORITHM_PROTECTION: ObjectIdentifier = oid("1.2.840.113549.1.9.52");
pub const CERTIFICATE_VALUES: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.23");
pub const REVOCATION_VALUES: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.24");
pub const ID_RI_OCSP_RESPONSE: ObjectIdentifier = oid("1.3.6.1.5.5.7.16.2"); // RFC 5940 §2

/// Whether a content type is plain octets: id-data, or what GM/T 0010 has in its place.
pub fn is_data(content_type: ObjectIdentifier) -> bool {
    content_type == ID_DATA || content_type == ID_GM_DATA
}
