//! Object identifiers of X.509 and its surroundings, under their standard names.
#![expect(missing_docs, reason = "the names are the standards'")]

use const_oid::ObjectIdentifier;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

// Attribute types: X.520, RFC 4519.
pub const COMMON_NAME: ObjectIdentifier = oid("2.5.4.3");
pub const SURNAME: ObjectIdentifier = oid("2.5.4.4");
pub const SERIAL_NUMBER: ObjectIdentifier = oid("2.5.4.5");
pub const COUNTRY: ObjectIdentifier = oid("2.5.4.6");
pub const LOCALITY: ObjectIdentifier = oid("2.5.4.7");
pub const STATE: ObjectIdentifier = oid("2.5.4.8");
pub const ORGANIZATION: ObjectIdentifier = oid("2.5.4.10");
pub const ORGANIZATIONAL_UNIT: ObjectIdentifier = oid("2.5.4.11");
pub const GIVEN_NAME: ObjectIdentifier = oid("2.5.4.42");
pub const EMAIL_ADDRESS: ObjectIdentifier = oid("1.2.840.113549.1.9.1");
pub const USER_ID: ObjectIdentifier = oid("0.9.2342.19200300.100.1.1");
pub const DOMAIN_COMPONENT: ObjectIdentifier = oid("0.9.2342.19200300.100.1.25");

// Extensions: RFC 5280 §4.2 and §5.2.
pub const SUBJECT_DIRECTORY_ATTRIBUTES: ObjectIdentifier = oid("2.5.29.9");
pub const SUBJECT_KEY_IDENTIFIER: ObjectIdentifier = oid("2.5.29.14");
pub const KEY_USAGE: ObjectIdentifier = oid("2.5.29.15");
pub const SUBJECT_ALT_NAME: ObjectIdentifier = oid("2.5.29.17");
pub const ISSUER_ALT_NAME: ObjectIdentifier = oid("2.5.29.18");
pub const BASIC_CONSTRAINTS: ObjectIdentifier = oid("2.5.29.19");
pub const CRL_NUMBER: ObjectIdentifier = oid("2.5.29.20");
pub const REASON_CODE: ObjectIdentifier = oid("2.5.29.21");
pub const INVALIDITY_DATE: ObjectIdentifier = oid("2.5.29.24");
pub const DELTA_CRL_INDICATOR: ObjectIdentifier = oid("2.5.29.27");
pub const ISSUING_DISTRIBUTION_POINT: ObjectIdentifier = oid("2.5.29.28");
pub const CERTIFICATE_ISSUER: ObjectIdentifier = oid("2.5.29.29");
pub const NAME_CONSTRAINTS: ObjectIdentifier = oid("2.5.29.30");
pub const CRL_DISTRIBUTION_POINTS: ObjectIdentifier = oid("2.5.29.31");
pub const CERTIFICATE_POLICIES: ObjectIdentifier = oid("2.5.29.32");
pub const ANY_POLICY: ObjectIdentifier = oid("2.5.29.32.0");
pub const POLICY_MAPPINGS: ObjectIdentifier = oid("2.5.29.33");
pub const AUTHORITY_KEY_IDENTIFIER: ObjectIdentifier = oid("2.5.29.35");
pub const POLICY_CONSTRAINTS: ObjectIdentifier = oid("2.5.29.36");
pub const EXTENDED_KEY_USAGE: ObjectIdentifier = oid("2.5.29.37");
pub const FRESHEST_CRL: ObjectIdentifier = oid("2.5.29.46");
pub const EXPIRED_CERTS_ON_CRL: ObjectIdentifier = oid("2.5.29.60");
pub const INHIBIT_ANY_POLICY: ObjectIdentifier = oid("2.5.29.54");
pub const AUTHORITY_INFO_ACCESS: ObjectIdentifier = oid("1.3.6.1.5.5.7.1.1");
pub const SUBJECT_INFO_ACCESS: ObjectIdentifier = oid("1.3.6.1.5.5.7.1.11");
pub const AD_OCSP: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1");
pub const AD_CA_ISSUERS: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.2");
pub const OCSP_NO_CHECK: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1.5");

// Forms of otherName.
pub const SMTP_UTF8_MAILBOX: ObjectIdentifier = oid("1.3.6.1.5.5.7.8.9");

// Extended key usages.
pub const ANY_EXTENDED_KEY_USAGE: ObjectIdentifier = oid("2.5.29.37.0");
pub const SERVER_AUTH: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.1");
pub const CLIENT_AUTH: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.2");
pub const CODE_SIGNING: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.3");
pub const EMAIL_PROTECTION: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.4");
pub const TIME_STAMPING: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.8");
pub const DVCS: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.10"); // RFC 3029 §4
pub const OCSP_SIGNING: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.9");

// OCSP: RFC 6960.
pub const OCSP_BASIC: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1.1");
pub const OCSP_NONCE: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1.2");
pub const OCSP_ARCHIVE_CUTOFF: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1.6");
pub const OCSP_EXTENDED_REVOKE: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1.9");
pub const OCSP_CERT_HASH: ObjectIdentifier = oid("1.3.36.8.3.13"); // Common PKI, part 4 §3.1.2
