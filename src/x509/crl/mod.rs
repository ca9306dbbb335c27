//! Certificate revocation lists (RFC 5280 §5), full and delta.
//!
//! Read here and not with x509-parser, which builds an object per entry: a list can hold millions of them. The entries
//! become one sorted index from serial number to the place where something is said about it.

mod entry;
mod index;

pub use entry::{RevocationReason, RevokedEntry};

use std::fmt;
use std::sync::Arc;

use const_oid::ObjectIdentifier;

use super::distribution_point::IssuingDistributionPoint;
use super::extension::{self, Extension, ExtensionValue};
use super::{AlgorithmIdentifier, Fingerprint, Name, Signed, oids};
use crate::codec::der::{Encoding, Reader, tag};
use crate::codec::{Malformed, MalformedKind};
use crate::limits::CRL_BYTES_MAX;
use crate::time::Timestamp;
use index::Index;

/// A CRL, read once and shared.
#[derive(Clone)]
pub struct Crl(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    fingerprint: Fingerprint,
    signed: Signed,
    tbs_algorithm: AlgorithmIdentifier,
    issuer: Name,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    entries: Index,
    extensions: Vec<Extension>,
    authority_key_identifier: ExtensionValue<Option<Vec<u8>>>,
    crl_number: Option<Vec<u8>>,
    delta_base: Option<Vec<u8>>,
    expired_since: ExtensionValue<Timestamp>,
    scope: ExtensionValue<IssuingDistributionPoint>,
    unreadable: bool,
}

impl Crl {
    /// Reads one CRL from its DER.
    ///
    /// *Errors*: `Malformed`. *Cost*: `CRL_BYTES_MAX`, `CRL_ENTRIES_MAX`.
    pub fn parse(der: &[u8]) -> Result<Self, Malformed> {
        CRL_BYTES_MAX.check(der.len()).map_err(|e| Malformed {
            at: 0,
            kind: MalformedKind::Limit(e),
            within: "CertificateList",
        })?;
        let signed = Signed::parse(der, "CertificateList")?;
        let mut tbs = Reader::new(der, Encoding::Der, "TBSCertList").sequence()?.sequence()?;
        if tbs.peek_tag() == Some(tag::INTEGER) && tbs.small_integer()? != 1 {
            return Err(tbs.malformed(MalformedKind::Version));
        }
        let tbs_algorithm = AlgorithmIdentifier::parse(tbs.sequence()?)?;
        let issuer = Name::parse(&tbs.expect(tag::SEQUENCE)?)?;
        let this_update = tbs.any()?.time()?;
        let next_update = match tbs.peek_tag() {
            Some(tag::UTC_TIME | tag::GENERALIZED_TIME) => Some(tbs.any()?.time()?),
            _ => None,
        };
        let entries = match tbs.optional(tag::SEQUENCE)? {
            Some(list) => Index::read(list.reader().named("TBSCertList.revokedCertificates"), der, &issuer)?,
            None => Index::empty(&issuer),
        };
        let extensions = match tbs.optional(tag::CONTEXT_CONSTRUCTED)? {
            Some(explicit) => {
                let mut inner = explicit.reader();
                let list = inner.sequence()?;
                inner.finish()?;
                Extension::parse_all(list.named("TBSCertList.crlExtensions"))?
            }
            None => Vec::new(),
        };
        tbs.finish()?;
        let crl_number = integer_extension(&extensions, oids::CRL_NUMBER);
        let delta_base = integer_extension(&extensions, oids::DELTA_CRL_INDICATOR);
        Ok(Self(Arc::new(Inner {
            fingerprint: Fingerprint::of(der),
            signed,
            tbs_algorithm,
            issuer,
            this_update,
            next_update,
            entries,
            authority_key_identifier: extension::authority_key_identifier(&extensions),
            unreadable: crl_number.is_err() || delta_base.is_err(),
            crl_number: crl_number.unwrap_or_default(),
            delta_base: delta_base.unwrap_or_default(),
            expired_since: expired_since(&extensions),
            scope: IssuingDistributionPoint::read(&extensions),
            extensions,
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

    /// The signature algorithm inside what is signed.
    pub fn tbs_signature_algorithm(&self) -> &AlgorithmIdentifier {
        &self.0.tbs_algorithm
    }

    /// The issuer's signature.
    pub fn signature_value(&self) -> &[u8] {
        &self.0.signed.value
    }

    /// Who signed it.
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// When it was made.
    pub fn this_update(&self) -> Timestamp {
        self.0.this_update
    }

    /// When the next one is due.
    pub fn next_update(&self) -> Option<Timestamp> {
        self.0.next_update
    }

    /// What it says of a certificate of its own issuer with this serial number (contents octets of the INTEGER).
    pub fn entry(&self, serial: &[u8]) -> Option<RevokedEntry> {
        self.entry_of(self.issuer(), serial)
    }

    /// What it says of a certificate of any issuer: an indirect CRL names them in its entries (RFC 5280 §5.3.3).
    pub fn entry_of(&self, issuer: &Name, serial: &[u8]) -> Option<RevokedEntry> {
        self.0.entries.find(&self.0.der, issuer, serial)
    }

    /// How many certificates it names.
    pub fn entry_count(&self) -> usize {
        self.0.entries.len()
    }

    /// Every extension of the list as received.
    pub fn extensions(&self) -> &[Extension] {
        &self.0.extensions
    }

    /// The keyIdentifier of its authorityKeyIdentifier.
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        self.0.authority_key_identifier.present()?.as_deref()
    }

    /// cRLNumber, contents octets.
    pub fn crl_number(&self) -> Option<&[u8]> {
        self.0.crl_number.as_deref()
    }

    /// The BaseCRLNumber of a delta CRL; `None` for a full one.
    pub fn delta_base(&self) -> Option<&[u8]> {
        self.0.delta_base.as_deref()
    }

    /// Whether this is a delta CRL (RFC 5280 §5.2.4).
    pub fn is_delta(&self) -> bool {
        self.0.extensions.iter().any(|e| e.oid == oids::DELTA_CRL_INDICATOR)
    }

    /// What part of the certificates it is about; the whole where the extension is absent.
    pub fn issuing_distribution_point(&self) -> &ExtensionValue<IssuingDistributionPoint> {
        &self.0.scope
    }

    /// Since when it keeps certificates that have expired (X.509 §9.5.2.8, expiredCertsOnCRL).
    pub fn expired_certs_since(&self) -> Option<Timestamp> {
        self.0.expired_since.present().copied()
    }

    /// Whether something in it cannot be used: a number or a name that does not read, a critical extension that is not
    /// known, or entries for certificates of other issuers in a list that does not say it is indirect.
    pub fn has_unusable_part(&self) -> bool {
        const KNOWN: [ObjectIdentifier; 5] = [
            oids::CRL_NUMBER,
            oids::DELTA_CRL_INDICATOR,
            oids::ISSUING_DISTRIBUTION_POINT,
            oids::AUTHORITY_KEY_IDENTIFIER,
            oids::FRESHEST_CRL,
        ];
        let unknown = self.0.extensions.iter().any(|e| e.critical && !KNOWN.contains(&e.oid));
        let indirect = self.0.scope.present().is_some_and(|scope| scope.indirect);
        let strange_issuers = self.0.entries.unreadable_issuer || (self.0.entries.names_issuers && !indirect);
        self.0.unreadable || strange_issuers || unknown || self.0.scope == ExtensionValue::Unreadable
    }
}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crl(of {}, {}, {} entries)", self.issuer(), self.this_update(), self.entry_count())
    }
}

fn integer_extension(extensions: &[Extension], oid: ObjectIdentifier) -> Result<Option<Vec<u8>>, Malformed> {
    let Some(extension) = extensions.iter().find(|e| e.oid == oid) else { return Ok(None) };
    let value = Reader::single(&extension.value, Encoding::Der, "CRLNumber")?;
    if value.tag != tag::INTEGER {
        return Err(value.malformed(MalformedKind::UnexpectedTag { found: value.tag, expected: tag::INTEGER }));
    }
    Ok(Some(value.integer()?.to_vec()))
}

fn expired_since(extensions: &[Extension]) -> ExtensionValue<Timestamp> {
    let Some(extension) = extensions.iter().find(|e| e.oid == oids::EXPIRED_CERTS_ON_CRL) else {
        return ExtensionValue::Absent;
    };
    let value = Reader::single(&extension.value, Encoding::Der, "ExpiredCertsOnCRL");
    value.and_then(|v| v.time()).map_or(ExtensionValue::Unreadable, ExtensionValue::Present)
}
