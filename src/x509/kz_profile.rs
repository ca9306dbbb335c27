//! What the Kazakh certificate profile says in subject and extended key usage: who the holder is, and in what role.
//!
//! *Source*: order 522 of 2026 as implemented (facts/kz-pki.md §2.2, §2.4); verified on certificates of НУЦ РК.

use super::{Certificate, Role, oids};

/// Individual identification number of the holder: 12 digits after `IIN` in the subject's serialNumber.
pub fn iin(certificate: &Certificate) -> Option<&str> {
    only(certificate.subject().attributes(oids::SERIAL_NUMBER).filter_map(|text| digits_after(text, "IIN")))
}

/// Business identification number of the holder's organisation: 12 digits after `BIN` in an organizationalUnitName, or
/// rarely in the serialNumber.
pub fn bin(certificate: &Certificate) -> Option<&str> {
    let subject = certificate.subject();
    let units = subject.attributes(oids::ORGANIZATIONAL_UNIT);
    only(units.chain(subject.attributes(oids::SERIAL_NUMBER)).filter_map(|text| digits_after(text, "BIN")))
}

/// One number, or none: a certificate that names two different ones does not say whose it is.
fn only<'a>(mut numbers: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let first = numbers.next()?;
    numbers.all(|other| other == first).then_some(first)
}

fn digits_after<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let digits = text.strip_prefix(prefix)?;
    (digits.len() == 12 && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
}

/// The roles that the extended key usages give the holder, in the order of the certificate.
pub fn roles(certificate: &Certificate) -> Vec<Role> {
    let purposes = certificate.extended_key_usage().present().map_or(&[][..], Vec::as_slice);
    purposes.iter().filter_map(|oid| Role::from_oid(&oid.to_string())).collect()
}
