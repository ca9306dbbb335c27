//! Distinguished names (RFC 5280 §4.1.2.4): kept as received, compared after §7.1, shown after RFC 4514.

use std::fmt;
use std::sync::OnceLock;

use const_oid::ObjectIdentifier;
use unicode_normalization::UnicodeNormalization as _;

use super::oids;
use crate::codec::der::{Encoding, Reader, Tlv, tag};
use crate::codec::{Malformed, MalformedKind, screen};

/// A distinguished name. Its structure is checked when it is read; its text is taken apart when somebody asks for it, which
/// for the names in most messages is never.
#[derive(Clone)]
pub struct Name {
    raw: Vec<u8>,
    parts: OnceLock<Parts>,
}

#[derive(Clone, Default)]
struct Parts {
    relative_names: Vec<Vec<AttributeValue>>,
    comparable: Vec<u8>,
}

/// A Name as it stands in received octets: its structure is checked, and nothing is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RawName<'a>(&'a [u8]);

impl<'a> RawName<'a> {
    /// Checks a Name's whole encoding as [`Name::parse`] does.
    pub fn parse(value: &Tlv<'a>) -> Result<Self, Malformed> {
        each_attribute(value, |_, _| ())?;
        Ok(Self(value.raw))
    }

    /// The whole encoding as received.
    pub fn raw(self) -> &'a [u8] {
        self.0
    }

    /// The name itself.
    pub fn to_name(self) -> Name {
        Name { raw: self.0.to_vec(), parts: OnceLock::new() }
    }
}

impl fmt::Debug for RawName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_name().fmt(f)
    }
}

/// One attribute of a relative distinguished name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeValue {
    /// The attribute type.
    pub oid: ObjectIdentifier,
    /// The value as text, or `None` where its type is no character string.
    pub text: Option<String>,
    raw: Vec<u8>,
}

impl Name {
    /// Reads a Name from its whole encoding.
    ///
    /// ASN.1: `Name ::= SEQUENCE OF SET OF SEQUENCE { type OBJECT IDENTIFIER, value ANY }`
    pub fn parse(value: &Tlv<'_>) -> Result<Self, Malformed> {
        RawName::parse(value).map(RawName::to_name)
    }

    fn parts(&self) -> &Parts {
        self.parts.get_or_init(|| {
            let mut relative_names: Vec<Vec<AttributeValue>> = Vec::new();
            // INVARIANT: it was read once; were it not, the octets themselves are compared, and nobody is called by them.
            let read = Reader::single(&self.raw, Encoding::Ber, "Name").and_then(|value| {
                each_attribute(&value, |place, attribute| {
                    relative_names.resize_with(relative_names.len().max(place.saturating_add(1)), Vec::new);
                    let (Some(set), Some((kind, value))) = (relative_names.get_mut(place), attribute) else { return };
                    // INVARIANT: the walk has held it to be one.
                    if let Ok(oid) = kind.oid() {
                        set.push(AttributeValue { oid, text: text_of(&value), raw: value.raw.to_vec() });
                    }
                })
            });
            if read.is_err() {
                return Parts { relative_names: Vec::new(), comparable: self.raw.clone() };
            }
            Parts { comparable: comparable(&relative_names), relative_names }
        })
    }

    fn relative_names(&self) -> &[Vec<AttributeValue>] {
        &self.parts().relative_names
    }

    /// Reads a Name that stands alone.
    pub fn from_der(input: &[u8]) -> Result<Self, Malformed> {
        let value = Reader::single(input, Encoding::Der, "Name")?;
        if value.tag != tag::SEQUENCE {
            return Err(value.malformed(MalformedKind::UnexpectedTag { found: value.tag, expected: tag::SEQUENCE }));
        }
        Self::parse(&value)
    }

    /// The whole encoding as received.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Whether the name has no relative names at all.
    pub fn is_empty(&self) -> bool {
        self.relative_names().is_empty()
    }

    /// The octets under which equal names (RFC 5280 §7.1) collate: a key for maps.
    pub fn comparable(&self) -> &[u8] {
        &self.parts().comparable
    }

    /// The text of the first attribute of this type, in the order of the encoding.
    pub fn attribute(&self, oid: ObjectIdentifier) -> Option<&str> {
        self.attributes(oid).next()
    }

    /// Whether an attribute of a type that `other` has too holds no text that could be compared.
    pub fn is_unreadable_beside(&self, other: &Self) -> bool {
        let types = || other.relative_names().iter().flatten().map(|a| a.oid);
        self.relative_names().iter().flatten().any(|a| a.text.is_none() && types().any(|oid| oid == a.oid))
    }

    /// How many attributes the name has.
    pub fn attribute_count(&self) -> usize {
        self.relative_names().iter().map(Vec::len).sum()
    }

    /// All attributes of this type, in the order of the encoding.
    pub fn attribute_values(&self, oid: ObjectIdentifier) -> impl Iterator<Item = &AttributeValue> {
        self.relative_names().iter().flatten().filter(move |a| a.oid == oid)
    }

    /// The texts of all attributes of this type, in the order of the encoding.
    pub fn attributes(&self, oid: ObjectIdentifier) -> impl Iterator<Item = &str> {
        self.relative_names().iter().flatten().filter(move |a| a.oid == oid).filter_map(|a| a.text.as_deref())
    }
}

/// Names are equal where RFC 5280 §7.1 says so: same relative names in the same order; within each, the same attributes
/// in any order; text compared without regard to case, string type and repeated spaces.
impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw || self.comparable() == other.comparable()
    }
}

impl Eq for Name {}

impl std::hash::Hash for Name {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.comparable().hash(state);
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

/// RFC 4514 in the order of the encoding, which is the order Kazakh portals show.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, attributes) in self.relative_names().iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            for (position, attribute) in attributes.iter().enumerate() {
                if position > 0 {
                    f.write_str("+")?;
                }
                write!(f, "{}=", short_name(attribute.oid).map_or_else(|| attribute.oid.to_string(), str::to_owned))?;
                match &attribute.text {
                    Some(text) => f.write_str(&escaped(text))?,
                    None => write!(f, "#{}", crate::codec::armour::hex(&attribute.raw))?,
                }
            }
        }
        Ok(())
    }
}

/// 2.5.4 with one more short number: nearly every attribute of a name, and an identifier whatever the number is.
fn is_of_x520(kind: &Tlv<'_>) -> bool {
    matches!(kind.content, [0x55, 0x04, 0..=0x7f])
}

/// Walks over the attributes with the place of their relative name; a relative name without attributes is told with none.
fn each_attribute<'a>(
    name: &Tlv<'a>,
    mut told: impl FnMut(usize, Option<(Tlv<'a>, Tlv<'a>)>),
) -> Result<(), Malformed> {
    let mut reader = name.reader();
    let mut place: usize = 0;
    while !reader.is_empty() {
        let mut set = reader.set()?;
        told(place, None);
        while !set.is_empty() {
            let mut pair = set.sequence()?;
            let kind = pair.expect(tag::OID)?;
            if !is_of_x520(&kind) {
                kind.oid()?;
            }
            let value = pair.any()?;
            pair.finish()?;
            told(place, Some((kind, value)));
        }
        place = place.saturating_add(1);
    }
    Ok(())
}

fn short_name(oid: ObjectIdentifier) -> Option<&'static str> {
    const NAMES: [(ObjectIdentifier, &str); 12] = [
        (oids::COMMON_NAME, "CN"),
        (oids::SURNAME, "SURNAME"),
        (oids::SERIAL_NUMBER, "SERIALNUMBER"),
        (oids::COUNTRY, "C"),
        (oids::LOCALITY, "L"),
        (oids::STATE, "ST"),
        (oids::ORGANIZATION, "O"),
        (oids::ORGANIZATIONAL_UNIT, "OU"),
        (oids::GIVEN_NAME, "GIVENNAME"),
        (oids::EMAIL_ADDRESS, "E"),
        (oids::USER_ID, "UID"),
        (oids::DOMAIN_COMPONENT, "DC"),
    ];
    NAMES.iter().find(|(known, _)| *known == oid).map(|(_, name)| *name)
}

/// RFC 4514 §2.4; control characters in hexadecimal, so that a name can never forge a line of a report.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let last = text.chars().count().saturating_sub(1);
    for (index, character) in text.chars().enumerate() {
        let edge = (index == 0 && matches!(character, ' ' | '#')) || (index == last && character == ' ');
        if matches!(character, ',' | '+' | '"' | '\\' | '<' | '>' | ';') || edge {
            out.push('\\');
            out.push(character);
        } else if screen::is_unfit(character) {
            let mut octets = [0; 4];
            for octet in character.encode_utf8(&mut octets).bytes() {
                out.push_str(&format!("\\{octet:02X}"));
            }
        } else {
            out.push(character);
        }
    }
    out
}

fn text_of(value: &Tlv<'_>) -> Option<String> {
    const TELETEX_STRING: u8 = 0x14;
    const NUMERIC_STRING: u8 = 0x12;
    const UNIVERSAL_STRING: u8 = 0x1c;
    match value.tag {
        tag::UTF8_STRING | tag::PRINTABLE_STRING | tag::IA5_STRING | NUMERIC_STRING => {
            std::str::from_utf8(value.content).ok().map(str::to_owned)
        }
        // In practice Latin-1, whatever T.61 says (RFC 5280 appendix B leaves it open).
        TELETEX_STRING => Some(value.content.iter().map(|&b| char::from(b)).collect()),
        tag::BMP_STRING => {
            let (units, []) = value.content.as_chunks::<2>() else { return None };
            char::decode_utf16(units.iter().map(|&u| u16::from_be_bytes(u))).collect::<Result<_, _>>().ok()
        }
        UNIVERSAL_STRING => {
            let (units, []) = value.content.as_chunks::<4>() else { return None };
            units.iter().map(|&u| char::from_u32(u32::from_be_bytes(u))).collect()
        }
        _ => None,
    }
}

/// Length-prefixed, so that no two different names collate by accident.
fn comparable(relative_names: &[Vec<AttributeValue>]) -> Vec<u8> {
    let mut out = Vec::new();
    for attributes in relative_names {
        let mut keys: Vec<Vec<u8>> = attributes.iter().map(attribute_key).collect();
        keys.sort_unstable();
        push_counted(
            &mut out,
            &keys.iter().fold(Vec::new(), |mut all, key| {
                push_counted(&mut all, key);
                all
            }),
        );
    }
    out
}

fn attribute_key(attribute: &AttributeValue) -> Vec<u8> {
    let mut key = Vec::new();
    push_counted(&mut key, attribute.oid.as_bytes());
    match &attribute.text {
        Some(text) => {
            key.push(b't');
            key.extend_from_slice(prepared(text).as_bytes());
        }
        None => {
            key.push(b'r');
            key.extend_from_slice(&attribute.raw);
        }
    }
    key
}

/// RFC 5280 §7.1, RFC 4518 §2.2 to §2.6: characters that nobody sees are dropped, case is folded, equivalent spellings
/// become one (NFKC), spaces in a row become one and none stand at the edges.
fn prepared(text: &str) -> String {
    let one_space = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.bytes().all(|octet| matches!(octet, b' '..=b'~')) {
        return one_space(&text.to_ascii_lowercase());
    }
    let mapped = text.chars().filter(|&c| !is_mapped_to_nothing(c));
    let folded = mapped.flat_map(stringprep::tables::case_fold_for_nfkc);
    // Folding may undo what normalising made, and the other way round (RFC 3454 §3.2).
    let normal = folded.nfkc().flat_map(stringprep::tables::case_fold_for_nfkc).nfkc().collect::<String>();
    one_space(&normal)
}

/// RFC 4518 §2.2: controls but white space, and characters without a shape of their own.
fn is_mapped_to_nothing(character: char) -> bool {
    let control = character.is_control() && !matches!(character, '\t'..='\r' | '\u{85}');
    control
        || matches!(
            character,
            '\u{ad}' | '\u{34f}' | '\u{6dd}' | '\u{70f}' | '\u{1806}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2063}' | '\u{206a}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffc}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0001}' | '\u{e0020}'..='\u{e007f}'
        )
}

fn push_counted(out: &mut Vec<u8>, octets: &[u8]) {
    out.extend_from_slice(&u32::try_from(octets.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(octets);
}
