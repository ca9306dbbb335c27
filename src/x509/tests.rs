use const_oid::ObjectIdentifier;

use super::*;
use crate::codec::MalformedKind;
use crate::codec::der::{self, tag};
use crate::path::tests::pki::{self, CrlRecipe, Recipe, day, encode_extension, invalid_since, reason};

mod lists;
mod names;
mod requests;
mod responses;

/// A certificate in parts, any of which a test may get wrong.
struct Parts {
    version: Vec<u8>,
    serial: Vec<u8>,
    inner: Vec<u8>,
    outer: Vec<u8>,
    validity: Vec<u8>,
    after_key: Vec<u8>,
    after_tbs: Vec<u8>,
    value: Vec<u8>,
}

const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const SHA256_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");

fn extensions(all: &[Vec<u8>]) -> Vec<u8> {
    der::context(3, &der::sequence(&all.iter().map(Vec::as_slice).collect::<Vec<_>>()))
}

fn basic_constraints() -> Vec<u8> {
    encode_extension(oids::BASIC_CONSTRAINTS, true, &der::sequence(&[&der::boolean(true)]))
}

impl Parts {
    fn new() -> Self {
        Self {
            version: der::context(0, &der::integer_u64(2)),
            serial: der::integer_u64(7),
            inner: der::sequence(&[&der::oid(ED25519)]),
            outer: der::sequence(&[&der::oid(ED25519)]),
            validity: der::sequence(&[&der::utc_time(day(0)), &der::utc_time(day(365))]),
            after_key: extensions(&[basic_constraints()]),
            after_tbs: Vec::new(),
            value: der::bit_string(&[0; 64]),
        }
    }

    fn encode(&self) -> Vec<u8> {
        let tbs = der::sequence(&[
            &self.version,
            &self.serial,
            &self.inner,
            pki::name("issuer").raw(),
            &self.validity,
            pki::name("subject").raw(),
            pki::key("subject").public_key().spki_der(),
            &self.after_key,
        ]);
        der::sequence(&[&tbs, &self.outer, &self.value, &self.after_tbs])
    }

    fn read(&self) -> Result<Certificate, Malformed> {
        Certificate::parse(&self.encode())
    }
}

#[test]
fn a_certificate_in_order_is_read() {
    let certificate = Parts::new().read().unwrap();
    assert_eq!((certificate.serial(), certificate.serial_hex().as_str()), (&[7][..], "07"));
    assert_eq!(certificate.validity(), Validity { not_before: day(0), not_after: day(365) });
    assert!(certificate.basic_constraints().present().unwrap().ca);
    assert!(!certificate.is_self_issued());
}

#[test]
fn octets_after_a_certificate_or_inside_its_shell_are_refused() {
    let mut trailing = Parts::new().encode();
    trailing.push(0);
    assert_eq!(Certificate::parse(&trailing).unwrap_err().kind, MalformedKind::TrailingOctets);
    let inside = Parts { after_tbs: der::null(), ..Parts::new() };
    assert_eq!(inside.read().unwrap_err().kind, MalformedKind::TrailingOctets);
    let whole = Parts::new().encode();
    for end in [0, 1, whole.len() / 2, whole.len() - 1] {
        assert!(Certificate::parse(whole.get(..end).unwrap()).is_err(), "{end} octets");
    }
}

#[test]
fn an_extension_stands_once() {
    // RFC 5280 §4.2
    let twice = Parts { after_key: extensions(&[basic_constraints(), basic_constraints()]), ..Parts::new() };
    assert!(twice.read().is_err());
    let empty = Parts { after_key: extensions(&[]), ..Parts::new() };
    // SIZE (1..MAX): whatever is made of an empty list, it gives no rights.
    assert!(empty.read().is_err() || empty.read().unwrap().basic_constraints().present().is_none());
}

#[test]
fn extensions_are_for_version_3_alone() {
    // RFC 5280 §4.1.2.9
    for version in [Vec::new(), der::context(0, &der::integer_u64(1)), der::context(0, &der::integer_u64(7))] {
        assert!(Parts { version, ..Parts::new() }.read().is_err());
    }
    let v1 = Parts { version: Vec::new(), after_key: Vec::new(), ..Parts::new() };
    assert!(v1.read().unwrap().extensions().is_empty());
}

#[test]
fn dates_that_are_none_are_refused() {
    let utc = |text: &str| der::tlv(tag::UTC_TIME, text.as_bytes());
    let with = |first: &[u8], second: &[u8]| Parts { validity: der::sequence(&[first, second]), ..Parts::new() }.read();
    assert!(with(&utc("260101000000Z"), &utc("270101000000Z")).is_ok());
    for bad in ["260230000000Z", "260101000000", "2601010000Z", "260101000000+0500", "", "26010100000aZ"] {
        assert!(with(&utc(bad), &utc("270101000000Z")).is_err(), "{bad:?}");
        assert!(with(&utc("260101000000Z"), &utc(bad)).is_err(), "{bad:?}");
    }
    let whole = der::generalized_time(day(0));
    let three = Parts { validity: der::sequence(&[&whole, &whole, &whole]), ..Parts::new() };
    assert!(three.read().is_err());
}

#[test]
fn a_period_holds_its_last_second_whole() {
    let validity = Validity { not_before: day(1), not_after: day(2) };
    assert!(validity.contains(day(1)) && validity.contains(day(2)));
    assert!(validity.contains(crate::time::Timestamp::from_unix_millis(day(2).unix_millis() + 999)));
    assert!(!validity.contains(day(2).plus_seconds(1)));
    assert!(!validity.contains(crate::time::Timestamp::from_unix_millis(day(1).unix_millis() - 1)));
}

#[test]
fn absent_parameters_and_null_are_the_same_algorithm_and_anything_else_is_not() {
    // docs/divergences.md D-01
    let of =
        |parameters: Option<Vec<u8>>| AlgorithmIdentifier { oid: SHA256_RSA, parameters: parameters.map(Into::into) };
    assert!(of(None).matches(&of(Some(der::null()))));
    assert!(of(Some(der::null())).matches(&of(None)));
    assert!(!of(Some(der::sequence(&[]))).matches(&of(None)));
    assert!(!of(None).matches(&AlgorithmIdentifier { oid: ED25519, parameters: None }));
}

#[test]
fn a_signature_value_is_whole_octets() {
    let odd = Parts { value: der::tlv(tag::BIT_STRING, &[1, 0xfe]), ..Parts::new() };
    assert!(odd.read().is_err());
    let octets = Parts { value: der::octet_string(&[0; 64]), ..Parts::new() };
    assert!(octets.read().is_err());
}

#[test]
fn a_key_that_cannot_be_used_is_a_fact_and_not_an_error() {
    let good = Parts::new().encode();
    let spki = pki::key("subject").public_key().spki_der().to_vec();
    let at = good.windows(spki.len()).position(|w| w == spki).unwrap();
    let mut changed = good;
    // 1.3.101.112 becomes 1.3.101.113 (Ed448).
    *changed.get_mut(at + 8).unwrap() = 113;
    let certificate = Certificate::parse(&changed).unwrap();
    assert!(certificate.public_key().is_err());
}

#[test]
fn no_flipped_bit_of_a_certificate_or_list_panics_a_reader() {
    let root = pki::root(&Recipe::ca("root"), "root");
    let crl = root.crl(&CrlRecipe::new(1).revoke(7, day(1), &[reason(1), invalid_since(day(0))]));
    for original in [root.certificate.der(), crl.der()] {
        for at in 0..original.len() {
            let mut changed = original.to_vec();
            *changed.get_mut(at).unwrap() ^= 1 << (at % 8);
            let _ = (Certificate::parse(&changed), Crl::parse(&changed), OcspResponse::parse(&changed));
        }
    }
}

#[test]
fn the_kazakh_profile_reads_numbers_only_where_they_are_whole() {
    let of = |kind, text: &str| {
        let name = crate::signing::encode_name(&[(kind, text)]).unwrap();
        let key = pki::key("subject");
        let draft = crate::signing::CertificateDraft {
            subject: &name,
            public_key: key.public_key(),
            serial: &[7],
            validity: Validity { not_before: day(0), not_after: day(365) },
            extensions: Vec::new(),
        };
        crate::signing::issue_certificate(&draft, &crate::signing::Authority { name: &name, key: &key }).unwrap()
    };
    assert_eq!(kz_profile::iin(&of(oids::SERIAL_NUMBER, "IIN991201590018")), Some("991201590018"));
    assert_eq!(kz_profile::bin(&of(oids::ORGANIZATIONAL_UNIT, "BIN991240999016")), Some("991240999016"));
    assert_eq!(kz_profile::bin(&of(oids::SERIAL_NUMBER, "BIN991240999016")), Some("991240999016"));
    for bad in ["IIN99120159001", "IIN9912015900188", "IIN99120159001x", "iin991201590018", " IIN991201590018"] {
        assert_eq!(kz_profile::iin(&of(oids::SERIAL_NUMBER, bad)), None, "{bad}");
    }
    assert_eq!(kz_profile::iin(&of(oids::COMMON_NAME, "IIN991201590018")), None);
    assert_eq!(kz_profile::bin(&of(oids::ORGANIZATION, "BIN991240999016")), None);
}
