use super::*;
use crate::codec::MalformedKind;

fn single(input: &[u8], encoding: Encoding) -> Result<Tlv<'_>, MalformedKind> {
    Reader::single(input, encoding, "test").map_err(|e| e.kind)
}

#[test]
fn der_refuses_what_ber_allows_in_lengths() {
    let long_form = [0x04, 0x81, 0x01, 0xaa];
    assert_eq!(single(&long_form, Encoding::Ber).unwrap().content, [0xaa]);
    assert_eq!(single(&long_form, Encoding::Der).unwrap_err(), MalformedKind::Length);
    let indefinite = [0x30, 0x80, 0x05, 0x00, 0x00, 0x00];
    assert_eq!(single(&indefinite, Encoding::Ber).unwrap().content, [0x05, 0x00]);
    assert_eq!(single(&indefinite, Encoding::Der).unwrap_err(), MalformedKind::Length);
}

#[test]
fn an_indefinite_primitive_is_refused_also_in_ber() {
    assert_eq!(single(&[0x04, 0x80, 0x00, 0x00], Encoding::Ber).unwrap_err(), MalformedKind::Length);
}

#[test]
fn nested_indefinite_values_find_their_own_ends() {
    let nested = [0x30, 0x80, 0x30, 0x80, 0x02, 0x01, 0x05, 0x00, 0x00, 0x02, 0x01, 0x06, 0x00, 0x00];
    let mut reader = single(&nested, Encoding::Ber).unwrap().reader();
    let mut inner = reader.sequence().unwrap();
    assert_eq!(inner.small_integer().unwrap(), 5);
    inner.finish().unwrap();
    assert_eq!(reader.small_integer().unwrap(), 6);
    reader.finish().unwrap();
}

#[test]
fn a_missing_end_of_contents_is_named() {
    assert_eq!(single(&[0x30, 0x80, 0x05, 0x00], Encoding::Ber).unwrap_err(), MalformedKind::MissingEndOfContents);
}

#[test]
fn chunks_of_a_constructed_octet_string_are_joined_in_order() {
    let chunked = [0x24, 0x80, 0x04, 0x02, 1, 2, 0x24, 0x03, 0x04, 0x01, 3, 0x04, 0x01, 4, 0x00, 0x00];
    assert_eq!(single(&chunked, Encoding::Ber).unwrap().octets().unwrap().as_ref(), [1, 2, 3, 4]);
    let foreign = [0x24, 0x03, 0x02, 0x01, 0x05];
    assert!(single(&foreign, Encoding::Ber).unwrap().octets().is_err());
}

#[test]
fn lengths_beyond_the_input_are_truncation_not_a_panic() {
    for input in [&[0x30][..], &[0x30, 0x05, 0x00], &[0x30, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]] {
        assert!(matches!(single(input, Encoding::Ber), Err(MalformedKind::Truncated)), "{input:02x?}");
    }
    let nine = [0x30, 0x89, 1, 1, 1, 1, 1, 1, 1, 1, 1];
    assert_eq!(single(&nine, Encoding::Ber).unwrap_err(), MalformedKind::Length);
}

#[test]
fn deep_nesting_ends_at_the_limit() {
    let mut input = Vec::new();
    for _ in 0..200 {
        input.extend_from_slice(&[0x30, 0x80]);
    }
    assert!(matches!(single(&input, Encoding::Ber), Err(MalformedKind::Limit(_))));
}

#[test]
fn trailing_octets_are_refused() {
    assert_eq!(single(&[0x05, 0x00, 0x00], Encoding::Der).unwrap_err(), MalformedKind::TrailingOctets);
}

#[test]
fn der_integers_are_minimal_and_never_empty() {
    assert!(single(&[0x02, 0x00], Encoding::Ber).unwrap().integer().is_err());
    let padded = [0x02, 0x02, 0x00, 0x01];
    assert!(single(&padded, Encoding::Der).unwrap().integer().is_err());
    assert!(single(&padded, Encoding::Ber).unwrap().integer().is_ok());
    assert_eq!(single(&[0x02, 0x02, 0x00, 0x80], Encoding::Der).unwrap().integer().unwrap(), [0x00, 0x80]);
}

#[test]
fn times_are_read_in_the_profiles_forms_only() {
    let read = |tag: u8, text: &str| single(&tlv(tag, text.as_bytes()), Encoding::Der).unwrap().time().ok();
    assert_eq!(read(tag::UTC_TIME, "260701100000Z").unwrap().to_string(), "2026-07-01T10:00:00Z");
    assert_eq!(read(tag::UTC_TIME, "500101000000Z").unwrap().to_string(), "1950-01-01T00:00:00Z");
    assert_eq!(read(tag::GENERALIZED_TIME, "20260701100000.5Z").unwrap().unix_millis() % 1000, 500);
    for bad in ["2607011000Z", "260701100000+0500", "260732100000Z", "260701100000", "26070110000oZ"] {
        assert_eq!(read(tag::UTC_TIME, bad), None, "{bad}");
    }
}

#[test]
fn what_is_written_is_read_back() {
    let value = sequence(&[&integer(&[0, 0xff]), &octet_string(&[7; 300]), &boolean(true), &null()]);
    let mut reader = single(&value, Encoding::Der).unwrap().reader();
    assert_eq!(reader.integer().unwrap(), [0x00, 0xff]);
    assert_eq!(reader.expect(tag::OCTET_STRING).unwrap().content, [7; 300]);
    assert!(reader.expect(tag::BOOLEAN).unwrap().boolean().unwrap());
    assert!(reader.expect(tag::NULL).unwrap().content.is_empty());
    reader.finish().unwrap();
}

#[test]
fn a_set_is_written_in_der_order() {
    assert_eq!(set_of(&[&integer_u64(2), &integer_u64(1)]), [0x31, 6, 2, 1, 1, 2, 1, 2]);
}
