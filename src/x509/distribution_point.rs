//! Distribution points: where a certificate says its CRLs are (RFC 5280 §4.2.1.13), and which part of them a CRL says it
//! is (§5.2.5).

use super::extension::{Extension, ExtensionValue};
use super::{Name, oids};
use crate::codec::der::{self, Encoding, Reader, Tlv, tag};
use crate::codec::{Malformed, MalformedKind};
use crate::limits::DISTRIBUTION_NAMES_MAX;

/// ReasonFlags: which reasons of revocation are spoken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReasonFlags(u16);

impl ReasonFlags {
    /// Every reason that RFC 5280 §6.3.2 (a) counts: bits 1 (keyCompromise) to 8 (aACompromise).
    pub const ALL: Self = Self(0b1_1111_1110);
    /// None.
    pub const NONE: Self = Self(0);

    /// The reasons of both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The reasons of either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// A BIT STRING with named bits (X.690 §11.2.2), bit 0 in the highest place of the first octet.
    fn parse(value: &Tlv<'_>) -> Result<Self, Malformed> {
        let [unused @ 0..=7, octets @ ..] = value.content else { return Err(value.malformed(MalformedKind::Value)) };
        if octets.len() > 2 || (octets.is_empty() && *unused != 0) {
            return Err(value.malformed(MalformedKind::Value));
        }
        let all = octets.iter().chain([&0, &0]).take(2).fold(0_u16, |sum, &octet| (sum << 8) | u16::from(octet));
        Ok(Self(all.reverse_bits() & Self::ALL.0))
    }
}

/// A GeneralName as far as distribution points need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirectoryOrOther {
    /// directoryName, compared after RFC 5280 §7.1.
    Directory(Name),
    /// Any other form, by its whole encoding.
    Other(Vec<u8>),
}

impl DirectoryOrOther {
    /// The text of a uniformResourceIdentifier.
    pub fn uri(&self) -> Option<&str> {
        let Self::Other(raw) = self else { return None };
        let value = Reader::single(raw, Encoding::Der, "GeneralName").ok()?;
        std::str::from_utf8(value.content).ok().filter(|_| value.tag == tag::CONTEXT | 6)
    }
}

/// ASN.1: `DistributionPointName ::= CHOICE { fullName [0] GeneralNames, nameRelativeToCRLIssuer [1] RelativeDistinguishedName }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DistributionPointName {
    /// Names of one and the same place.
    Full(Vec<DirectoryOrOther>),
    /// A relative name to be set behind the name of the CRL's issuer: the encoding of its SET.
    Relative(Vec<u8>),
}

impl DistributionPointName {
    /// The names, relative ones completed with the name of the CRL's issuer; none where that does not make a name.
    pub fn names(&self, crl_issuer: &Name) -> Vec<DirectoryOrOther> {
        match self {
            Self::Full(names) => names.clone(),
            Self::Relative(set) => {
                let Ok(issuer) = Reader::single(crl_issuer.raw(), Encoding::Der, "Name") else { return Vec::new() };
                let whole = der::sequence(&[issuer.content, set]);
                Name::from_der(&whole).map(DirectoryOrOther::Directory).into_iter().collect()
            }
        }
    }

    fn parse(value: &Tlv<'_>) -> Result<Self, Malformed> {
        let mut outer = value.reader();
        let choice = outer.any()?;
        outer.finish()?;
        match choice.tag {
            t if t == tag::CONTEXT_CONSTRUCTED => Ok(Self::Full(collect_names(choice.reader())?)),
            t if t == tag::CONTEXT_CONSTRUCTED | 1 => Ok(Self::Relative(der::tlv(tag::SET, choice.content))),
            _ => Err(choice.malformed(MalformedKind::Value)),
        }
    }
}

/// ASN.1: `DistributionPoint ::= SEQUENCE { distributionPoint [0] OPTIONAL, reasons [1] OPTIONAL, cRLIssuer [2] OPTIONAL }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistributionPoint {
    /// Where.
    pub name: Option<DistributionPointName>,
    /// For which reasons of revocation; `None` for all.
    pub reasons: Option<ReasonFlags>,
    /// Who signs the CRL, where that is not the certificate's issuer; may be empty.
    pub crl_issuer: Vec<DirectoryOrOther>,
}

impl DistributionPoint {
    /// Reads the cRLDistributionPoints or the freshestCRL among a certificate's or CRL's extensions.
    pub fn read_all(extensions: &[Extension], oid: const_oid::ObjectIdentifier) -> ExtensionValue<Vec<Self>> {
        let Some(extension) = extensions.iter().find(|e| e.oid == oid) else { return ExtensionValue::Absent };
        let read = || -> Result<Vec<Self>, Malformed> {
            let value = Reader::single(&extension.value, Encoding::Der, "CRLDistributionPoints")?;
            let mut list = expect_tag(&value, tag::SEQUENCE)?.reader();
            let mut points = Vec::new();
            while !list.is_empty() {
                DISTRIBUTION_NAMES_MAX.check(points.len()).map_err(|e| list.malformed(MalformedKind::Limit(e)))?;
                points.push(Self::parse(list.sequence()?)?);
            }
            Ok(points)
        };
        read().map_or(ExtensionValue::Unreadable, ExtensionValue::Present)
    }

    fn parse(mut reader: Reader<'_>) -> Result<Self, Malformed> {
        let name = reader.optional(tag::CONTEXT_CONSTRUCTED)?;
        let reasons = reader.optional(tag::CONTEXT | 1)?;
        let issuer = reader.optional(tag::CONTEXT_CONSTRUCTED | 2)?;
        reader.finish()?;
        Ok(Self {
            name: name.map(|n| DistributionPointName::parse(&n)).transpose()?,
            reasons: reasons.map(|r| ReasonFlags::parse(&r)).transpose()?,
            crl_issuer: issuer.map_or(Ok(Vec::new()), |i| collect_names(i.reader()))?,
        })
    }
}

/// ASN.1: `IssuingDistributionPoint ::= SEQUENCE { [0] distributionPoint, [1] onlyContainsUserCerts,
/// [2] onlyContainsCACerts, [3] onlySomeReasons, [4] indirectCRL, [5] onlyContainsAttributeCerts }`
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the fields are the standard's")]
pub struct IssuingDistributionPoint {
    /// Where this CRL is.
    pub name: Option<DistributionPointName>,
    /// onlyContainsUserCerts.
    pub only_user: bool,
    /// onlyContainsCACerts.
    pub only_ca: bool,
    /// onlyContainsAttributeCerts.
    pub only_attribute: bool,
    /// onlySomeReasons; `None` for all.
    pub only_some_reasons: Option<ReasonFlags>,
    /// Whether certificates of other issuers may stand in it.
    pub indirect: bool,
}

impl IssuingDistributionPoint {
    /// Reads it from among a CRL's extensions.
    pub fn read(extensions: &[Extension]) -> ExtensionValue<Self> {
        let Some(extension) = extensions.iter().find(|e| e.oid == oids::ISSUING_DISTRIBUTION_POINT) else {
            return ExtensionValue::Absent;
        };
        let read = || -> Result<Self, Malformed> {
            let value = Reader::single(&extension.value, Encoding::Der, "IssuingDistributionPoint")?;
            let mut reader = expect_tag(&value, tag::SEQUENCE)?.reader();
            let name = reader.optional(tag::CONTEXT_CONSTRUCTED)?;
            let mut flag = |number: u8| reader.optional(tag::CONTEXT | number);
            let (only_user, only_ca, reasons) = (flag(1)?, flag(2)?, flag(3)?);
            let (indirect, only_attribute) = (flag(4)?, flag(5)?);
            reader.finish()?;
            let boolean = |value: Option<Tlv<'_>>| value.map_or(Ok(false), |v| v.boolean());
            Ok(Self {
                name: name.map(|n| DistributionPointName::parse(&n)).transpose()?,
                only_user: boolean(only_user)?,
                only_ca: boolean(only_ca)?,
                only_attribute: boolean(only_attribute)?,
                only_some_reasons: reasons.map(|r| ReasonFlags::parse(&r)).transpose()?,
                indirect: boolean(indirect)?,
            })
        };
        read().map_or(ExtensionValue::Unreadable, ExtensionValue::Present)
    }
}

/// Reads `GeneralNames ::= SEQUENCE OF GeneralName` that stands alone.
pub(super) fn read_general_names(value: &[u8]) -> Result<Vec<DirectoryOrOther>, Malformed> {
    let value = Reader::single(value, Encoding::Der, "GeneralNames")?;
    collect_names(expect_tag(&value, tag::SEQUENCE)?.reader())
}

fn collect_names(mut reader: Reader<'_>) -> Result<Vec<DirectoryOrOther>, Malformed> {
    let mut names = Vec::new();
    while !reader.is_empty() {
        DISTRIBUTION_NAMES_MAX.check(names.len()).map_err(|e| reader.malformed(MalformedKind::Limit(e)))?;
        let one = reader.any()?;
        // GeneralName.directoryName is [4] EXPLICIT, as every tag over a CHOICE.
        names.push(if one.tag == tag::CONTEXT_CONSTRUCTED | 4 {
            let mut inner = one.reader();
            let name = Name::parse(&inner.expect(tag::SEQUENCE)?)?;
            inner.finish()?;
            DirectoryOrOther::Directory(name)
        } else {
            DirectoryOrOther::Other(one.raw.to_vec())
        });
    }
    Ok(names)
}

fn expect_tag<'t, 'a>(value: &'t Tlv<'a>, expected: u8) -> Result<&'t Tlv<'a>, Malformed> {
    if value.tag == expected {
        return Ok(value);
    }
    Err(value.malformed(MalformedKind::UnexpectedTag { found: value.tag, expected }))
}
