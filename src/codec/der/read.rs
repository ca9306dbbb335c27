//! The reader: a cursor over received octets. Every value it gives borrows from them and knows its offset.

use std::borrow::Cow;

use const_oid::ObjectIdentifier;

use super::tag;
use crate::codec::{Malformed, MalformedKind};
use crate::limits::{ASN1_CHUNKS_MAX, ASN1_DEPTH_MAX};
use crate::time::Timestamp;

/// Which encoding rules the reader holds its input to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// X.690 §8: indefinite and long-form lengths, constructed strings.
    Ber,
    /// X.690 §10: definite, minimal lengths.
    Der,
}

/// One value: identifier, length and contents, as they came.
#[derive(Clone, Copy, Debug)]
pub struct Tlv<'a> {
    /// The identifier octet.
    pub tag: u8,
    /// The whole value as received, from its identifier octet to its last octet (end-of-contents included).
    pub raw: &'a [u8],
    /// The contents octets, without end-of-contents.
    pub content: &'a [u8],
    /// Offset of the identifier octet in the input.
    pub at: usize,
    content_at: usize,
    encoding: Encoding,
    within: &'static str,
    depth: usize,
}

/// A cursor over the contents of one value.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    at: usize,
    encoding: Encoding,
    within: &'static str,
    depth: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the first octet of `input`; `within` names the structure in errors.
    pub fn new(input: &'a [u8], encoding: Encoding, within: &'static str) -> Self {
        Self { rest: input, at: 0, encoding, within, depth: 0 }
    }

    /// Reads `input` as exactly one value.
    pub fn single(input: &'a [u8], encoding: Encoding, within: &'static str) -> Result<Tlv<'a>, Malformed> {
        let mut reader = Self::new(input, encoding, within);
        let value = reader.any()?;
        reader.finish()?;
        Ok(value)
    }

    /// Whether all octets are consumed.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// How many octets are left.
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    /// Offset of the next octet in the input.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The identifier octet of the next value, if there is one.
    pub fn peek_tag(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Demands that nothing follows.
    pub fn finish(&self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.malformed(MalformedKind::TrailingOctets)) }
    }

    /// Renames the structure that errors speak of.
    #[must_use]
    pub fn named(mut self, within: &'static str) -> Self {
        self.within = within;
        self
    }

    /// An error at the reader's place.
    pub fn malformed(&self, kind: MalformedKind) -> Malformed {
        Malformed { at: self.at, kind, within: self.within }
    }

    /// Reads the next value, whatever it is.
    #[inline]
    pub fn any(&mut self) -> Result<Tlv<'a>, Malformed> {
        match self.plain() {
            Some(value) => Ok(value),
            None => self.any_form(),
        }
    }

    /// A value whose length stands in one or two octets as DER has it, which is nearly every one.
    #[inline]
    fn plain(&mut self) -> Option<Tlv<'a>> {
        let (tag, size, length) = match *self.rest {
            [tag, length @ 0..=0x7f, ..] => (tag, 2, usize::from(length)),
            [tag, 0x81, length @ 0x80..=0xff, ..] => (tag, 3, usize::from(length)),
            [tag, 0x82, high @ 1..=0xff, low, ..] => (tag, 4, usize::from(u16::from_be_bytes([high, low]))),
            _ => return None,
        };
        if tag & 0x1f == 0x1f || self.depth > ASN1_DEPTH_MAX.value {
            return None;
        }
        let (raw, rest) = self.rest.split_at_checked(length.saturating_add(size))?;
        let content_at = self.at.saturating_add(size);
        let Self { encoding, within, depth, at, .. } = *self;
        self.rest = rest;
        self.at = content_at.saturating_add(length);
        Some(Tlv { tag, raw, content: raw.get(size..)?, at, content_at, encoding, within, depth })
    }

    /// The same in any form, and whatever is wrong with it.
    fn any_form(&mut self) -> Result<Tlv<'a>, Malformed> {
        ASN1_DEPTH_MAX.check(self.depth).map_err(|e| self.malformed(MalformedKind::Limit(e)))?;
        let header = self.header(self.rest)?;
        let (content, used) = if let Some(length) = header.length {
            let end = header.size.checked_add(length).ok_or_else(|| self.malformed(MalformedKind::Truncated))?;
            let content = self.rest.get(header.size..end).ok_or_else(|| self.malformed(MalformedKind::Truncated))?;
            (content, end)
        } else {
            let body = self.rest.get(header.size..).ok_or_else(|| self.malformed(MalformedKind::Truncated))?;
            let length = self.end_of_contents(body)?;
            let content = body.get(..length).ok_or_else(|| self.malformed(MalformedKind::Truncated))?;
            (content, header.size.saturating_add(length).saturating_add(2))
        };
        let (raw, rest) = self.rest.split_at_checked(used).ok_or_else(|| self.malformed(MalformedKind::Truncated))?;
        let value = Tlv {
            tag: header.tag,
            raw,
            content,
            at: self.at,
            content_at: self.at.saturating_add(header.size),
            encoding: self.encoding,
            within: self.within,
            depth: self.depth,
        };
        self.rest = rest;
        self.at = self.at.saturating_add(used);
        Ok(value)
    }

    /// Reads the next value and demands its identifier octet.
    #[inline]
    pub fn expect(&mut self, tag: u8) -> Result<Tlv<'a>, Malformed> {
        match self.peek_tag() {
            Some(found) if found == tag => self.any(),
            Some(found) => Err(self.malformed(MalformedKind::UnexpectedTag { found, expected: tag })),
            None => Err(self.malformed(MalformedKind::Truncated)),
        }
    }

    /// Reads the next value if it carries this identifier octet.
    #[inline]
    pub fn optional(&mut self, tag: u8) -> Result<Option<Tlv<'a>>, Malformed> {
        if self.peek_tag() == Some(tag) { self.any().map(Some) } else { Ok(None) }
    }

    /// Enters a SEQUENCE.
    #[inline]
    pub fn sequence(&mut self) -> Result<Reader<'a>, Malformed> {
        Ok(self.expect(tag::SEQUENCE)?.reader())
    }

    /// Enters a SET.
    #[inline]
    pub fn set(&mut self) -> Result<Reader<'a>, Malformed> {
        Ok(self.expect(tag::SET)?.reader())
    }

    /// Reads an OBJECT IDENTIFIER.
    pub fn oid(&mut self) -> Result<ObjectIdentifier, Malformed> {
        self.expect(tag::OID)?.oid()
    }

    /// Reads an INTEGER as its contents octets: two's complement, at least one octet.
    pub fn integer(&mut self) -> Result<&'a [u8], Malformed> {
        self.expect(tag::INTEGER)?.integer()
    }

    /// Reads an INTEGER that must be small and not negative.
    pub fn small_integer(&mut self) -> Result<u32, Malformed> {
        let value = self.expect(tag::INTEGER)?;
        let octets = value.integer()?;
        if octets.len() > 4 || octets.first().is_some_and(|b| b & 0x80 != 0) {
            return Err(value.malformed(MalformedKind::Value));
        }
        Ok(octets.iter().fold(0_u32, |sum, &octet| (sum << 8) | u32::from(octet)))
    }

    fn header(&self, octets: &[u8]) -> Result<Header, Malformed> {
        let truncated = || self.malformed(MalformedKind::Truncated);
        let [identifier, first, following @ ..] = octets else { return Err(truncated()) };
        let (tag, first) = (*identifier, *first);
        if tag & 0x1f == 0x1f {
            return Err(self.malformed(MalformedKind::HighTagNumber));
        }
        if first < 0x80 {
            return Ok(Header { tag, size: 2, length: Some(usize::from(first)) });
        }
        if first == 0x80 {
            // X.690 §8.1.3.6: indefinite only where the value is constructed, and never in DER.
            let allowed = self.encoding == Encoding::Ber && tag & tag::CONSTRUCTED != 0;
            return if allowed {
                Ok(Header { tag, size: 2, length: None })
            } else {
                Err(self.malformed(MalformedKind::Length))
            };
        }
        let count = usize::from(first & 0x7f);
        let octets = following.get(..count).ok_or_else(truncated)?;
        let minimal =
            octets.first().is_some_and(|&b| b != 0) && !(count == 1 && octets.first().is_some_and(|&b| b < 0x80));
        if self.encoding == Encoding::Der && !minimal {
            return Err(self.malformed(MalformedKind::Length));
        }
        let significant = octets.iter().skip_while(|&&b| b == 0);
        if significant.clone().count() > 8 {
            return Err(self.malformed(MalformedKind::Length));
        }
        let length = significant.fold(0_u64, |sum, &octet| (sum << 8) | u64::from(octet));
        let length = usize::try_from(length).map_err(|_| self.malformed(MalformedKind::Length))?;
        Ok(Header { tag, size: count.saturating_add(2), length: Some(length) })
    }

    /// Finds the end-of-contents octets that close an indefinite value; gives the length of the contents before them.
    /// Iterative, one pass: `open` counts the indefinite values that are still to be closed.
    fn end_of_contents(&self, body: &[u8]) -> Result<usize, Malformed> {
        let mut open: usize = 1;
        let mut offset: usize = 0;
        for _ in 0..ASN1_CHUNKS_MAX.value {
            let rest = body.get(offset..).ok_or_else(|| self.malformed(MalformedKind::MissingEndOfContents))?;
            if rest.starts_with(&[0, 0]) {
                open = open.saturating_sub(1);
                if open == 0 {
                    return Ok(offset);
                }
                offset = offset.saturating_add(2);
                continue;
            }
            if rest.is_empty() {
                return Err(self.malformed(MalformedKind::MissingEndOfContents));
            }
            let header = self.header(rest)?;
            offset = offset.saturating_add(header.size);
            match header.length {
                Some(length) => offset = offset.saturating_add(length),
                None => {
                    open = open.saturating_add(1);
                    ASN1_DEPTH_MAX.check(open).map_err(|e| self.malformed(MalformedKind::Limit(e)))?;
                }
            }
        }
        ASN1_CHUNKS_MAX.check(usize::MAX).map_err(|e| self.malformed(MalformedKind::Limit(e)))?;
        Err(self.malformed(MalformedKind::MissingEndOfContents))
    }
}

struct Header {
    tag: u8,
    size: usize,
    /// `None`: indefinite.
    length: Option<usize>,
}

impl<'a> Tlv<'a> {
    /// Enters the contents of a constructed value (or the octets of a string that wraps other values).
    #[inline]
    pub fn reader(&self) -> Reader<'a> {
        Reader {
            rest: self.content,
            at: self.content_at,
            encoding: self.encoding,
            within: self.within,
            depth: self.depth.saturating_add(1),
        }
    }

    /// An error at this value.
    pub fn malformed(&self, kind: MalformedKind) -> Malformed {
        Malformed { at: self.at, kind, within: self.within }
    }

    /// Reads the contents as an INTEGER: two's complement, at least one octet, minimal in DER.
    pub fn integer(&self) -> Result<&'a [u8], Malformed> {
        let minimal = match self.content {
            [] => false,
            [0x00, second, ..] => second & 0x80 != 0,
            [0xff, second, ..] => second & 0x80 == 0,
            _ => true,
        };
        let bad = self.content.is_empty() || (self.encoding == Encoding::Der && !minimal);
        if bad { Err(self.malformed(MalformedKind::Value)) } else { Ok(self.content) }
    }

    /// Reads the contents as an OBJECT IDENTIFIER (of at most 39 octets).
    pub fn oid(&self) -> Result<ObjectIdentifier, Malformed> {
        if let Some(known) = frequent(self.content) {
            return Ok(known);
        }
        ObjectIdentifier::from_bytes(self.content).map_err(|_| self.malformed(MalformedKind::Value))
    }

    /// Reads the contents as a BOOLEAN.
    pub fn boolean(&self) -> Result<bool, Malformed> {
        match self.content {
            [0x00] => Ok(false),
            [0xff] => Ok(true),
            [_] if self.encoding == Encoding::Ber => Ok(true),
            _ => Err(self.malformed(MalformedKind::Value)),
        }
    }

    /// Reads a BIT STRING of whole octets and gives them without the count of unused bits.
    pub fn bit_string(&self) -> Result<&'a [u8], Malformed> {
        match self.content {
            [0, octets @ ..] if self.tag == tag::BIT_STRING => Ok(octets),
            _ => Err(self.malformed(MalformedKind::Value)),
        }
    }

    /// Gives the octets of an OCTET STRING, also where BER cut it into chunks (X.690 §8.7), then joined.
    /// The universal or an implicit context tag may stand on the outside; it is for the caller to check it.
    pub fn octets(&self) -> Result<Cow<'a, [u8]>, Malformed> {
        if self.tag & tag::CONSTRUCTED == 0 {
            return Ok(Cow::Borrowed(self.content));
        }
        if self.encoding == Encoding::Der {
            return Err(self.malformed(MalformedKind::Value));
        }
        let mut joined = Vec::new();
        let mut open = vec![self.reader()];
        let mut chunks: usize = 0;
        while let Some(mut reader) = open.pop() {
            if reader.is_empty() {
                continue;
            }
            chunks = chunks.saturating_add(1);
            ASN1_CHUNKS_MAX.check(chunks).map_err(|e| reader.malformed(MalformedKind::Limit(e)))?;
            let chunk = reader.any()?;
            open.push(reader);
            match chunk.tag {
                tag::OCTET_STRING => joined.extend_from_slice(chunk.content),
                t if t == tag::OCTET_STRING | tag::CONSTRUCTED => open.push(chunk.reader()),
                found => {
                    let kind = MalformedKind::UnexpectedTag { found, expected: tag::OCTET_STRING };
                    return Err(chunk.malformed(kind));
                }
            }
        }
        Ok(Cow::Owned(joined))
    }

    /// Reads a UTCTime or GeneralizedTime in the forms RFC 5280 §4.1.2.5 and RFC 3161 §2.4.2 allow: `Z`, seconds present,
    /// a fraction only in GeneralizedTime.
    pub fn time(&self) -> Result<Timestamp, Malformed> {
        parse_time(self.tag, self.content).ok_or_else(|| self.malformed(MalformedKind::Value))
    }
}

/// Identifiers that stand in nearly every message: these octets need not be taken apart to know them for sound.
fn frequent(octets: &[u8]) -> Option<ObjectIdentifier> {
    macro_rules! known {
        ($($text:literal),*) => { [$(const { ObjectIdentifier::new_unwrap($text) }),*] };
    }
    /// 1.2.840.113549.1, of RSA Laboratories.
    const PKCS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01];
    static OF_PKCS: [ObjectIdentifier; 8] = known!(
        "1.2.840.113549.1.9.3",
        "1.2.840.113549.1.9.4",
        "1.2.840.113549.1.9.5",
        "1.2.840.113549.1.9.16.2.47",
        "1.2.840.113549.1.7.1",
        "1.2.840.113549.1.7.2",
        "1.2.840.113549.1.1.1",
        "1.2.840.113549.1.1.11"
    );
    static OTHERS: [ObjectIdentifier; 2] = known!("2.16.840.1.101.3.4.2.1", "1.2.840.10045.4.3.2");
    let known: &[ObjectIdentifier] = if octets.starts_with(PKCS) { &OF_PKCS } else { &OTHERS };
    known.iter().find(|known| known.as_bytes() == octets).copied()
}

/// Twelve digits and `Z`, two by two: UTCTime as RFC 5280 §4.1.2.5.1 has it.
fn utc_time_parts(octets: &[u8]) -> Option<[u32; 6]> {
    let [digits @ .., b'Z'] = octets else { return None };
    let digits: &[u8; 12] = digits.try_into().ok()?;
    let (pairs, _) = digits.as_chunks::<2>();
    let mut parts = [0_u32; 6];
    for (part, pair) in parts.iter_mut().zip(pairs) {
        let [tens, ones] = pair.map(|digit| u32::from(digit.wrapping_sub(b'0')));
        if tens > 9 || ones > 9 {
            return None;
        }
        *part = tens.saturating_mul(10).saturating_add(ones);
    }
    Some(parts)
}

fn parse_time(tag: u8, octets: &[u8]) -> Option<Timestamp> {
    if let Some([year, month, day, hour, minute, second]) = utc_time_parts(octets).filter(|_| tag == tag::UTC_TIME) {
        let year = i32::try_from(year).ok()?;
        // RFC 5280 §4.1.2.5.1: YY ≥ 50 is 19YY.
        let century = if year >= 50 { 1900 } else { 2000 };
        return Timestamp::from_civil((year.saturating_add(century), month, day), (hour, minute, second));
    }
    let text = std::str::from_utf8(octets).ok()?.strip_suffix('Z')?;
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) if tag == tag::GENERALIZED_TIME => (whole, Some(fraction)),
        Some(_) => return None,
        None => (text, None),
    };
    if !whole.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = match (tag, whole.len()) {
        (tag::UTC_TIME, 12) => {
            let short: i32 = whole.get(..2)?.parse().ok()?;
            // RFC 5280 §4.1.2.5.1: YY ≥ 50 is 19YY.
            (if short >= 50 { short.checked_add(1900)? } else { short.checked_add(2000)? }, whole.get(2..)?)
        }
        (tag::GENERALIZED_TIME, 14) => (whole.get(..4)?.parse().ok()?, whole.get(4..)?),
        _ => return None,
    };
    let part = |range: std::ops::Range<usize>| rest.get(range)?.parse::<u32>().ok();
    let date = (year, part(0..2)?, part(2..4)?);
    let at = Timestamp::from_civil(date, (part(4..6)?, part(6..8)?, part(8..10)?))?;
    let millis = match fraction {
        None => 0,
        Some(digits) => {
            let sound = !digits.is_empty() && digits.len() <= 9 && digits.bytes().all(|b| b.is_ascii_digit());
            if !sound {
                return None;
            }
            let padded: String = digits.chars().chain("000".chars()).take(3).collect();
            padded.parse::<i64>().ok()?
        }
    };
    Some(Timestamp::from_unix_millis(at.unix_millis().checked_add(millis)?))
}
