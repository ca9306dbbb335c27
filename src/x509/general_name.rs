//! GeneralName (RFC 5280 §4.2.1.6): the forms a name can have beside a distinguished one.

use const_oid::ObjectIdentifier;

use super::extension::{Extension, ExtensionValue, whole};
use super::{Name, oids};
use crate::codec::der::{Reader, Tlv, tag};
use crate::codec::{Malformed, MalformedKind};

/// One name.
///
/// ASN.1: `CHOICE { otherName [0], rfc822Name [1] IA5String, dNSName [2] IA5String, x400Address [3], directoryName [4]
/// EXPLICIT Name, ediPartyName [5], uniformResourceIdentifier [6] IA5String, iPAddress [7] OCTET STRING, registeredID [8] }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GeneralName {
    /// A form that its type names, with the whole encoding of its value.
    Other {
        /// The form.
        type_id: ObjectIdentifier,
        /// The value inside `[0]`.
        value: Vec<u8>,
    },
    /// A mailbox, or what a constraint writes in its place.
    Rfc822(String),
    /// A host name.
    Dns(String),
    /// A distinguished name.
    Directory(Name),
    /// A URI.
    Uri(String),
    /// 4 or 16 octets; in a constraint twice that, address before mask.
    Ip(Vec<u8>),
    /// x400Address, ediPartyName or registeredID, which nobody here looks into.
    Unread(u8),
}

impl GeneralName {
    /// Reads one name.
    pub fn parse(value: &Tlv<'_>) -> Result<Self, Malformed> {
        const PRIMITIVE: u8 = tag::CONTEXT;
        const CONSTRUCTED: u8 = tag::CONTEXT_CONSTRUCTED;
        Ok(match value.tag {
            t if t == CONSTRUCTED => other(value.reader())?,
            t if t == PRIMITIVE | 1 => Self::Rfc822(ia5(value)?),
            t if t == PRIMITIVE | 2 => Self::Dns(ia5(value)?),
            t if t == CONSTRUCTED | 4 => {
                let mut explicit = value.reader();
                let name = Name::parse(&explicit.expect(tag::SEQUENCE)?)?;
                explicit.finish()?;
                Self::Directory(name)
            }
            t if t == PRIMITIVE | 6 => Self::Uri(ia5(value)?),
            t if t == PRIMITIVE | 7 => Self::Ip(value.content.to_vec()),
            t if t == CONSTRUCTED | 3 || t == CONSTRUCTED | 5 || t == PRIMITIVE | 8 => Self::Unread(t & 0x1f),
            _ => return Err(value.malformed(MalformedKind::Value)),
        })
    }

    /// Reads `GeneralNames ::= SEQUENCE SIZE (1..MAX) OF GeneralName` from the contents of the SEQUENCE.
    pub fn parse_all(mut reader: Reader<'_>) -> Result<Vec<Self>, Malformed> {
        let mut all = vec![Self::parse(&reader.any()?)?];
        while !reader.is_empty() {
            all.push(Self::parse(&reader.any()?)?);
        }
        Ok(all)
    }
}

/// ASN.1: `OtherName ::= SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY }`
fn other(mut reader: Reader<'_>) -> Result<GeneralName, Malformed> {
    let type_id = reader.oid()?;
    let mut explicit = reader.expect(tag::CONTEXT_CONSTRUCTED)?.reader();
    let value = explicit.any()?.raw.to_vec();
    explicit.finish()?;
    reader.finish()?;
    Ok(GeneralName::Other { type_id, value })
}

fn ia5(value: &Tlv<'_>) -> Result<String, Malformed> {
    match std::str::from_utf8(value.content) {
        Ok(text) if text.is_ascii() => Ok(text.to_owned()),
        _ => Err(value.malformed(MalformedKind::Value)),
    }
}

pub(super) fn subject_alt_names(all: &[Extension]) -> ExtensionValue<Vec<GeneralName>> {
    whole(all, oids::SUBJECT_ALT_NAME, |mut outer| {
        let names = outer.sequence()?;
        outer.finish()?;
        GeneralName::parse_all(names)
    })
}
