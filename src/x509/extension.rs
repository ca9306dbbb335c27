//! Extensions (RFC 5280 §4.2): each as received, and the ones that paths are made of in their own types.

use std::collections::BTreeSet;

use const_oid::ObjectIdentifier;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::{FromDer, X509Extension};

use super::oids;
use crate::codec::der::{Encoding, Reader, tag};
use crate::codec::{Malformed, MalformedKind};
use crate::limits::EXTENSIONS_MAX;

/// One extension as received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its type.
    pub oid: ObjectIdentifier,
    /// Whether one who does not understand it must refuse the whole.
    pub critical: bool,
    /// The octets inside extnValue.
    pub value: Vec<u8>,
}

/// The content of an extension that may be absent, and may not be readable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExtensionValue<T> {
    /// The extension is not there.
    Absent,
    /// It is there and reads well.
    Present(T),
    /// It is there, but its content is not what its type demands.
    Unreadable,
}

impl<T> ExtensionValue<T> {
    /// The content, where it is there and reads well.
    pub fn present(&self) -> Option<&T> {
        if let Self::Present(value) = self { Some(value) } else { None }
    }
}

/// RFC 5280 §4.2.1.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether the subject is a certification authority.
    pub ca: bool,
    /// How many intermediate certificates may follow.
    pub path_len_constraint: Option<u32>,
}

/// RFC 5280 §4.2.1.3, bit 0 (digitalSignature) in the least significant place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage(u16);

impl KeyUsage {
    /// Bit 0.
    pub const DIGITAL_SIGNATURE: u16 = 1;
    /// Bit 1, also called contentCommitment.
    pub const NON_REPUDIATION: u16 = 1 << 1;
    /// Bit 5.
    pub const KEY_CERT_SIGN: u16 = 1 << 5;
    /// Bit 6.
    pub const CRL_SIGN: u16 = 1 << 6;

    /// Whether the key may be used so.
    pub fn allows(self, usage: u16) -> bool {
        self.0 & usage == usage
    }

    /// The bits under their names of RFC 5280.
    pub fn names(self) -> Vec<&'static str> {
        const NAMES: [&str; 9] = [
            "digitalSignature",
            "nonRepudiation",
            "keyEncipherment",
            "dataEncipherment",
            "keyAgreement",
            "keyCertSign",
            "cRLSign",
            "encipherOnly",
            "decipherOnly",
        ];
        NAMES.iter().enumerate().filter(|(bit, _)| (self.0 >> bit) & 1 == 1).map(|(_, name)| *name).collect()
    }
}

impl Extension {
    /// Reads `Extensions ::= SEQUENCE OF Extension`; a type that stands twice is refused (RFC 5280 §4.2).
    pub fn parse_all(mut reader: Reader<'_>) -> Result<Vec<Self>, Malformed> {
        let mut seen = BTreeSet::new();
        let mut all = Vec::new();
        while !reader.is_empty() {
            EXTENSIONS_MAX.check(all.len()).map_err(|e| reader.malformed(MalformedKind::Limit(e)))?;
            let at = reader.clone();
            let mut one = reader.sequence()?;
            let oid = one.oid()?;
            let critical = one.optional(tag::BOOLEAN)?.map_or(Ok(false), |b| b.boolean())?;
            let value = one.expect(tag::OCTET_STRING)?.content.to_vec();
            one.finish()?;
            if !seen.insert(oid) {
                return Err(at.malformed(MalformedKind::Value));
            }
            all.push(Self { oid, critical, value });
        }
        Ok(all)
    }
}

/// Reads one extension out of `all` with x509-parser and picks what is wanted from it.
pub(super) fn read<T>(
    all: &[Extension],
    oid: ObjectIdentifier,
    pick: impl Fn(&ParsedExtension<'_>) -> Option<T>,
) -> ExtensionValue<T> {
    let Some(extension) = all.iter().find(|e| e.oid == oid) else { return ExtensionValue::Absent };
    // x509-parser dispatches on the whole extension, so it is written again around the received content.
    use crate::codec::der::{octet_string, sequence};
    let encoded = sequence(&[&crate::codec::der::oid(oid), &octet_string(&extension.value)]);
    // Some parsers stop early; DER inside extnValue is one value without anything after it.
    let whole = Reader::single(&extension.value, Encoding::Der, "Extension.extnValue").is_ok();
    match X509Extension::from_der(&encoded) {
        Ok(([], parsed)) if whole => {
            pick(parsed.parsed_extension()).map_or(ExtensionValue::Unreadable, ExtensionValue::Present)
        }
        _ => ExtensionValue::Unreadable,
    }
}

pub(super) fn basic_constraints(all: &[Extension]) -> ExtensionValue<BasicConstraints> {
    read(all, oids::BASIC_CONSTRAINTS, |parsed| match parsed {
        ParsedExtension::BasicConstraints(b) => {
            Some(BasicConstraints { ca: b.ca, path_len_constraint: b.path_len_constraint })
        }
        _ => None,
    })
}

pub(super) fn key_usage(all: &[Extension]) -> ExtensionValue<KeyUsage> {
    read(all, oids::KEY_USAGE, |parsed| match parsed {
        ParsedExtension::KeyUsage(usage) => Some(KeyUsage(usage.flags)),
        _ => None,
    })
}

pub(super) fn subject_key_identifier(all: &[Extension]) -> ExtensionValue<Vec<u8>> {
    read(all, oids::SUBJECT_KEY_IDENTIFIER, |parsed| match parsed {
        ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
        _ => None,
    })
}

pub(super) fn authority_key_identifier(all: &[Extension]) -> ExtensionValue<Option<Vec<u8>>> {
    read(all, oids::AUTHORITY_KEY_IDENTIFIER, |parsed| match parsed {
        ParsedExtension::AuthorityKeyIdentifier(id) => Some(id.key_identifier.as_ref().map(|k| k.0.to_vec())),
        _ => None,
    })
}

/// Reads the content of one extension with our own reader.
pub(super) fn whole<T>(
    all: &[Extension],
    oid: ObjectIdentifier,
    read: impl FnOnce(Reader<'_>) -> Result<T, Malformed>,
) -> ExtensionValue<T> {
    let Some(extension) = all.iter().find(|e| e.oid == oid) else { return ExtensionValue::Absent };
    let reader = Reader::new(&extension.value, Encoding::Der, "Extension.extnValue");
    read(reader).map_or(ExtensionValue::Unreadable, ExtensionValue::Present)
}

/// `SEQUENCE SIZE (1..MAX) OF KeyPurposeId`: read here, since x509-parser sorts the purposes it knows into flags.
pub(super) fn extended_key_usage(all: &[Extension]) -> ExtensionValue<Vec<ObjectIdentifier>> {
    whole(all, oids::EXTENDED_KEY_USAGE, |mut outer| {
        let mut reader = outer.sequence()?;
        outer.finish()?;
        let mut purposes = vec![reader.oid()?];
        while !reader.is_empty() {
            purposes.push(reader.oid()?);
        }
        Ok(purposes)
    })
}
