//! DER of secrets: as `codec::der` writes it, but what is built on the way is erased.

use zeroize::Zeroizing;

use crate::codec::der::{self, tag};

/// SEQUENCE of the given encoded values.
pub(super) fn sequence(values: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let content = Zeroizing::new(values.concat());
    Zeroizing::new(der::tlv(tag::SEQUENCE, &content))
}

/// OCTET STRING.
pub(super) fn octet_string(octets: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(der::tlv(tag::OCTET_STRING, octets))
}

/// INTEGER from an unsigned big-endian number.
pub(super) fn integer(unsigned_be: &[u8]) -> Zeroizing<Vec<u8>> {
    // Room for the sign octet, so that nothing moves and leaves a copy behind.
    let mut content = Zeroizing::new(Vec::with_capacity(unsigned_be.len().saturating_add(1)));
    content.push(0);
    content.extend(unsigned_be.iter().skip_while(|&&octet| octet == 0));
    let minimal = match content.as_slice() {
        [0, rest @ ..] if rest.first().is_some_and(|first| first & 0x80 == 0) => rest,
        all => all,
    };
    Zeroizing::new(der::tlv(tag::INTEGER, minimal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_written_as_everything_else() {
        for number in [&[][..], &[0], &[0, 0, 1], &[0x7f], &[0x80], &[0, 0xff, 3]] {
            assert_eq!(*integer(number), der::integer(number), "{number:x?}");
        }
        assert_eq!(*sequence(&[&der::null(), &integer(&[5])]), der::sequence(&[&der::null(), &der::integer(&[5])]));
        assert_eq!(*octet_string(&[7; 200]), der::octet_string(&[7; 200]));
    }
}
