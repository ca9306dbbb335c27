//! Certificates (RFC 5280 §4.1).

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use const_oid::ObjectIdentifier;
use sha2::{Digest as _, Sha256};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::extension::{self, BasicConstraints, Extension, ExtensionValue, KeyUsage};
use super::policies::{self, PolicyConstraints, PolicyMapping};
use super::{AlgorithmIdentifier, GeneralName, Name, NameConstraints, Signed, general_name, name_constraints};
use crate::codec::der::{Encoding, Reader, Tlv, tag};
use crate::codec::{Malformed, MalformedKind, screen};
use crate::crypto::{KeyError, PublicKey};
use crate::time::Timestamp;

/// SHA-256 over the whole encoding: the name of a certificate or CRL in caches and proofs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// Computes the fingerprint of some octets.
    pub fn of(octets: &[u8]) -> Self {
        Self(Sha256::digest(octets).into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::codec::armour::hex(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// RFC 5280 §4.1.2.5: both ends belong to the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// First instant.
    pub not_before: Timestamp,
    /// Last instant.
    pub not_after: Timestamp,
}

impl Validity {
    /// Whether the period holds this instant. A period is written in whole seconds, so its last second belongs to it.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.not_before <= at && at.unix_seconds() <= self.not_after.unix_seconds()
    }
}

/// A certificate, read once and shared.
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    fingerprint: Fingerprint,
    signed: Signed,
    tbs_algorithm: AlgorithmIdentifier,
    version: u32,
    profile_times: bool,
    unique_identifier: bool,
    serial: Vec<u8>,
    issuer: Name,
    subject: Name,
    validity: Validity,
    spki: Range<usize>,
    public_key: Result<PublicKey, KeyError>,
    extensions: Vec<Extension>,
    basic_constraints: ExtensionValue<BasicConstraints>,
    key_usage: ExtensionValue<KeyUsage>,
    extended_key_usage: ExtensionValue<Vec<ObjectIdentifier>>,
    subject_key_identifier: ExtensionValue<Vec<u8>>,
    authority_key_identifier: ExtensionValue<Option<Vec<u8>>>,
}

impl Certificate {
    /// Reads one certificate from its DER.
    ///
    /// *Errors*: `Malformed` where the structure is not RFC 5280's; a key or an extension that cannot be read is a fact
    /// of the certificate, not an error.
    pub fn parse(der: &[u8]) -> Result<Self, Malformed> {
        let signed = Signed::parse(der, "Certificate")?;
        // x509-parser holds the TBS to the profile (version, times, names); the shell above gives offsets.
        match X509Certificate::from_der(der) {
            Ok(([], _)) => {}
            _ => return Err(Malformed { at: signed.tbs.start, kind: MalformedKind::Value, within: "TBSCertificate" }),
        }
        let mut tbs = Reader::new(der, Encoding::Der, "TBSCertificate").sequence()?.sequence()?;
        let version = match tbs.optional(tag::CONTEXT_CONSTRUCTED)? {
            Some(explicit) => explicit.reader().small_integer()?,
            None => 0,
        };
        let serial = tbs.integer()?.to_vec();
        let tbs_algorithm = AlgorithmIdentifier::parse(tbs.sequence()?)?;
        let issuer = Name::parse(&tbs.expect(tag::SEQUENCE)?)?;
        let mut period = tbs.sequence()?;
        let (first, last) = (period.any()?, period.any()?);
        let validity = Validity { not_before: first.time()?, not_after: last.time()? };
        period.finish()?;
        let subject = Name::parse(&tbs.expect(tag::SEQUENCE)?)?;
        let spki = tbs.expect(tag::SEQUENCE)?;
        let unique_identifier = matches!(tbs.peek_tag(), Some(0x81 | 0x82));
        let extensions = read_extensions(tbs, version)?;
        Ok(Self(Arc::new(Inner {
            fingerprint: Fingerprint::of(der),
            tbs_algorithm,
            version,
            profile_times: is_profile_time(&first) && is_profile_time(&last),
            unique_identifier,
            serial,
            issuer,
            subject,
            validity,
            spki: spki.at..spki.at.saturating_add(spki.raw.len()),
            public_key: PublicKey::from_spki_der(spki.raw),
            basic_constraints: extension::basic_constraints(&extensions),
            key_usage: extension::key_usage(&extensions),
            extended_key_usage: extension::extended_key_usage(&extensions),
            subject_key_identifier: extension::subject_key_identifier(&extensions),
            authority_key_identifier: extension::authority_key_identifier(&extensions),
            extensions,
            signed,
            der: der.to_vec(),
        })))
    }

    /// The whole encoding as received.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// SHA-256 over the whole encoding.
    pub fn fingerprint(&self) -> Fingerprint {
        self.0.fingerprint
    }

    /// The octets that the issuer signed.
    pub fn tbs(&self) -> &[u8] {
        self.0.der.get(self.0.signed.tbs.clone()).unwrap_or_default()
    }

    /// The outer signature algorithm.
    pub fn signature_algorithm(&self) -> &AlgorithmIdentifier {
        &self.0.signed.algorithm
    }

    /// The signature algorithm inside what is signed; RFC 5280 §4.1.1.2 asks for the same as outside.
    pub fn tbs_signature_algorithm(&self) -> &AlgorithmIdentifier {
        &self.0.tbs_algorithm
    }

    /// The issuer's signature.
    pub fn signature_value(&self) -> &[u8] {
        &self.0.signed.value
    }

    /// 1, 2 or 3.
    pub fn version(&self) -> u32 {
        self.0.version.saturating_add(1)
    }

    /// Whether both dates are written as RFC 5280 §4.1.2.5 demands: UTCTime until 2049, then GeneralizedTime without a
    /// fraction.
    pub fn has_profile_times(&self) -> bool {
        self.0.profile_times
    }

    /// Whether issuerUniqueID or subjectUniqueID is there (RFC 5280 §4.1.2.8).
    pub fn has_unique_identifier(&self) -> bool {
        self.0.unique_identifier
    }

    /// The serial number's contents octets (two's complement; real ones are sometimes negative, `docs/divergences.md`
    /// D-07).
    pub fn serial(&self) -> &[u8] {
        &self.0.serial
    }

    /// The serial number in lower-case hexadecimal without leading zero octets.
    pub fn serial_hex(&self) -> String {
        let octets = match self.serial() {
            [0, rest @ ..] if !rest.is_empty() => rest,
            all => all,
        };
        crate::codec::armour::hex(octets)
    }

    /// Who signed it.
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// Whose key it is.
    pub fn subject(&self) -> &Name {
        &self.0.subject
    }

    /// A short name for people: the subject's common name, else its whole name. Subjects of services carry the numbers of
    /// the people behind them, which a report about somebody's document has no reason to repeat.
    pub fn label(&self) -> String {
        let name = self.subject();
        name.attribute(super::oids::COMMON_NAME)
            .map_or_else(|| name.to_string(), |cn| format!("CN={}", screen::line(cn)))
    }

    /// From when to when.
    pub fn validity(&self) -> Validity {
        self.0.validity
    }

    /// The SubjectPublicKeyInfo as received.
    pub fn spki_der(&self) -> &[u8] {
        self.0.der.get(self.0.spki.clone()).unwrap_or_default()
    }

    /// The subject's key, or why it cannot be used.
    pub fn public_key(&self) -> Result<&PublicKey, &KeyError> {
        self.0.public_key.as_ref()
    }

    /// Every extension as received.
    pub fn extensions(&self) -> &[Extension] {
        &self.0.extensions
    }

    /// RFC 5280 §4.2.1.9.
    pub fn basic_constraints(&self) -> &ExtensionValue<BasicConstraints> {
        &self.0.basic_constraints
    }

    /// RFC 5280 §4.2.1.3.
    pub fn key_usage(&self) -> &ExtensionValue<KeyUsage> {
        &self.0.key_usage
    }

    /// RFC 5280 §4.2.1.12.
    pub fn extended_key_usage(&self) -> &ExtensionValue<Vec<ObjectIdentifier>> {
        &self.0.extended_key_usage
    }

    /// RFC 5280 §4.2.1.2.
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.0.subject_key_identifier.present().map(Vec::as_slice)
    }

    /// The keyIdentifier of RFC 5280 §4.2.1.1.
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        self.0.authority_key_identifier.present()?.as_deref()
    }

    /// The policies of RFC 5280 §4.2.1.4, read on demand.
    pub fn certificate_policies(&self) -> ExtensionValue<Vec<ObjectIdentifier>> {
        policies::certificate_policies(&self.0.extensions)
    }

    /// RFC 5280 §4.2.1.5, read on demand.
    pub fn policy_mappings(&self) -> ExtensionValue<Vec<PolicyMapping>> {
        policies::policy_mappings(&self.0.extensions)
    }

    /// RFC 5280 §4.2.1.11, read on demand.
    pub fn policy_constraints(&self) -> ExtensionValue<PolicyConstraints> {
        policies::policy_constraints(&self.0.extensions)
    }

    /// After how many more certificates anyPolicy stops to count (RFC 5280 §4.2.1.14), read on demand.
    pub fn inhibit_any_policy(&self) -> ExtensionValue<u32> {
        policies::inhibit_any_policy(&self.0.extensions)
    }

    /// RFC 5280 §4.2.1.6, read on demand.
    pub fn subject_alt_names(&self) -> ExtensionValue<Vec<GeneralName>> {
        general_name::subject_alt_names(&self.0.extensions)
    }

    /// RFC 5280 §4.2.1.10, read on demand.
    pub fn name_constraints(&self) -> ExtensionValue<NameConstraints> {
        name_constraints::name_constraints(&self.0.extensions)
    }

    /// The extension of this type as received.
    pub fn extension(&self, oid: ObjectIdentifier) -> Option<&Extension> {
        self.0.extensions.iter().find(|e| e.oid == oid)
    }

    /// Whether subject and issuer are the same name (RFC 5280 §3.2); says nothing about who signed.
    pub fn is_self_issued(&self) -> bool {
        self.0.subject == self.0.issuer
    }

    /// Whether an extension of this type is there.
    pub fn has_extension(&self, oid: ObjectIdentifier) -> bool {
        self.0.extensions.iter().any(|e| e.oid == oid)
    }

    /// Whether the extended key usages name this purpose outright (`anyExtendedKeyUsage` does not count).
    pub fn has_purpose(&self, purpose: ObjectIdentifier) -> bool {
        self.0.extended_key_usage.present().is_some_and(|all| all.contains(&purpose))
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.fingerprint == other.0.fingerprint
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({} by {}, {})", self.subject(), self.issuer(), self.serial_hex())
    }
}

fn is_profile_time(time: &Tlv<'_>) -> bool {
    let plain = time.content.len() == 15 && time.content >= b"2050".as_slice();
    time.tag == tag::UTC_TIME || (time.tag == tag::GENERALIZED_TIME && plain)
}

/// What follows the key: unique identifiers `[1]`, `[2]` (X.509 v2) and extensions `[3]` (v3 only).
fn read_extensions(mut tbs: Reader<'_>, version: u32) -> Result<Vec<Extension>, Malformed> {
    const V3: u32 = 2;
    tbs.optional(tag::CONTEXT | 1)?;
    tbs.optional(tag::CONTEXT | 2)?;
    let extensions = match tbs.optional(tag::CONTEXT_CONSTRUCTED | 3)? {
        Some(explicit) if version == V3 => {
            let mut inner = explicit.reader();
            let list = inner.sequence()?;
            inner.finish()?;
            Extension::parse_all(list.named("Certificate.extensions"))?
        }
        Some(explicit) => return Err(explicit.malformed(MalformedKind::Version)),
        None => Vec::new(),
    };
    tbs.finish()?;
    Ok(extensions)
}
