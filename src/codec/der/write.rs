//! The writer: functions that wrap octets into values. Values nest by calling one inside the other.

use const_oid::ObjectIdentifier;

use super::tag;
use crate::time::Timestamp;

/// Wraps `content` under an identifier octet with a definite, minimal length.
pub fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len().saturating_add(6));
    out.push(tag);
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let octets = content.len().to_be_bytes();
            let significant: Vec<u8> = octets.iter().copied().skip_while(|&b| b == 0).collect();
            let count = u8::try_from(significant.len()).unwrap_or(8);
            out.push(0x80 | count);
            out.extend_from_slice(&significant);
        }
    }
    out.extend_from_slice(content);
    out
}

/// SEQUENCE of the given encoded values, in their order.
pub fn sequence(values: &[&[u8]]) -> Vec<u8> {
    tlv(tag::SEQUENCE, &values.concat())
}

/// SET OF the given encoded values, in DER order (X.690 §11.6).
pub fn set_of(values: &[&[u8]]) -> Vec<u8> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    tlv(tag::SET, &sorted.concat())
}

/// `[number]` constructed: an explicit tag, or an implicit one over a constructed type.
pub fn context(number: u8, content: &[u8]) -> Vec<u8> {
    tlv(tag::CONTEXT_CONSTRUCTED | number, content)
}

/// `[number]` primitive: an implicit tag over a primitive type.
pub fn context_primitive(number: u8, content: &[u8]) -> Vec<u8> {
    tlv(tag::CONTEXT | number, content)
}

/// OBJECT IDENTIFIER.
pub fn oid(value: ObjectIdentifier) -> Vec<u8> {
    tlv(tag::OID, value.as_bytes())
}

/// INTEGER from an unsigned big-endian number of any length; leading zeros are trimmed, a sign octet added as needed.
pub fn integer(unsigned_be: &[u8]) -> Vec<u8> {
    let mut content: Vec<u8> = unsigned_be.iter().copied().skip_while(|&b| b == 0).collect();
    if content.first().is_none_or(|&b| b & 0x80 != 0) {
        content.insert(0, 0);
    }
    tlv(tag::INTEGER, &content)
}

/// INTEGER from a machine word.
pub fn integer_u64(value: u64) -> Vec<u8> {
    integer(&value.to_be_bytes())
}

/// ENUMERATED below 128.
pub fn enumerated(value: u8) -> Vec<u8> {
    tlv(tag::ENUMERATED, &[value & 0x7f])
}

/// OCTET STRING.
pub fn octet_string(octets: &[u8]) -> Vec<u8> {
    tlv(tag::OCTET_STRING, octets)
}

/// BIT STRING of whole octets.
pub fn bit_string(octets: &[u8]) -> Vec<u8> {
    let mut content = Vec::with_capacity(octets.len().saturating_add(1));
    content.push(0);
    content.extend_from_slice(octets);
    tlv(tag::BIT_STRING, &content)
}

/// BOOLEAN.
pub fn boolean(value: bool) -> Vec<u8> {
    tlv(tag::BOOLEAN, &[if value { 0xff } else { 0x00 }])
}

/// NULL.
pub fn null() -> Vec<u8> {
    tlv(tag::NULL, &[])
}

/// UTF8String.
pub fn utf8_string(text: &str) -> Vec<u8> {
    tlv(tag::UTF8_STRING, text.as_bytes())
}

/// PrintableString; the caller vouches for the repertoire.
pub fn printable_string(text: &str) -> Vec<u8> {
    tlv(tag::PRINTABLE_STRING, text.as_bytes())
}

/// IA5String; the caller vouches for the repertoire.
pub fn ia5_string(text: &str) -> Vec<u8> {
    tlv(tag::IA5_STRING, text.as_bytes())
}

/// UTCTime where RFC 5280 §4.1.2.5 asks for it (1950 to 2049), GeneralizedTime elsewhere; whole seconds.
pub fn utc_time(at: Timestamp) -> Vec<u8> {
    match at.date() {
        Some((1950..=2049, ..)) => {
            let text = civil(at);
            let short = text.get(2..).unwrap_or(&text);
            tlv(tag::UTC_TIME, short.as_bytes())
        }
        _ => generalized_time(at),
    }
}

/// GeneralizedTime in UTC, whole seconds.
pub fn generalized_time(at: Timestamp) -> Vec<u8> {
    tlv(tag::GENERALIZED_TIME, civil(at).as_bytes())
}

fn civil(at: Timestamp) -> String {
    let (year, month, day) = at.date().unwrap_or((9999, 12, 31));
    let (hour, minute, second) = at.time_of_day().unwrap_or((23, 59, 59));
    format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z")
}
