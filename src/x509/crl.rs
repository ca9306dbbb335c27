//! Certificate revocation lists (RFC 5280 §5), full and delta.
//!
//! Read here and not with x509-parser, which builds an object per entry: a list can hold millions of them. The entries
//! become one sorted index from serial number to what is said about it.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use const_oid::ObjectIdentifier;

use super::extension::{self, Extension, ExtensionValue};
use super::{AlgorithmIdentifier, Fingerprint, Name, Signed, oids};
use crate::codec::der::{Encoding, Reader, tag};
use crate::codec::{Malformed, MalformedKind};
use crate::limits::{CRL_BYTES_MAX, CRL_ENTRIES_MAX};
use crate::time::Timestamp;

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
    entries: HashMap<Vec<u8>, RevokedEntry>,
    extensions: Vec<Extension>,
    authority_key_identifier: ExtensionValue<Option<Vec<u8>>>,
    crl_number: Option<Vec<u8>>,
    delta_base: Option<Vec<u8>>,
    scope: DistributionScope,
    unreadable: bool,
    indirect_entries: bool,
}

/// One revoked certificate (RFC 5280 §5.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedEntry {
    /// When it was revoked.
    pub revocation_date: Timestamp,
    /// Why, where the entry says so.
    pub reason: Option<RevocationReason>,
    /// Since when the key is known or suspected to be compromised (§5.3.2).
    pub invalidity_date: Option<Timestamp>,
    /// Whether a critical entry extension is there that we do not know.
    pub unknown_critical_extension: bool,
}

impl RevokedEntry {
    /// The same serial number twice, which RFC 5280 does not foresee: what is gravest in either stands, so that neither
    /// order nor repetition hides a revocation.
    fn merge(&mut self, other: &Self) {
        let (graver, lighter) = if other.gravity() > self.gravity() { (other, &*self) } else { (&*self, other) };
        // A compromise without a date reaches back over everything.
        let undated = |e: &Self| e.gravity() == Self::COMPROMISE && e.invalidity_date.is_none();
        let dates = graver.invalidity_date.into_iter().chain(lighter.invalidity_date);
        let invalidity_date = if undated(graver) || undated(lighter) { None } else { dates.min() };
        *self = Self {
            revocation_date: graver.revocation_date.min(lighter.revocation_date),
            reason: graver.reason,
            invalidity_date,
            unknown_critical_extension: graver.unknown_critical_extension || lighter.unknown_critical_extension,
        };
    }

    const COMPROMISE: (u8, u8) = (3, 0);

    /// Compromise before any other revocation, that before a hold, that before a removal; then by the reason's place.
    fn gravity(&self) -> (u8, u8) {
        use RevocationReason as R;
        match self.reason {
            Some(R::KeyCompromise | R::CaCompromise | R::AaCompromise) => Self::COMPROMISE,
            Some(R::CertificateHold) => (1, 0),
            Some(R::RemoveFromCrl) => (0, 0),
            None => (2, 0),
            Some(R::Unspecified) => (2, 1),
            Some(R::AffiliationChanged) => (2, 2),
            Some(R::Superseded) => (2, 3),
            Some(R::CessationOfOperation) => (2, 4),
            Some(R::PrivilegeWithdrawn) => (2, 5),
        }
    }
}

/// CRLReason (RFC 5280 §5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the standard's")]
pub enum RevocationReason {
    Unspecified,
    KeyCompromise,
    CaCompromise,
    AffiliationChanged,
    Superseded,
    CessationOfOperation,
    CertificateHold,
    RemoveFromCrl,
    PrivilegeWithdrawn,
    AaCompromise,
}

impl RevocationReason {
    /// Reads the ENUMERATED value; 7 is unused.
    pub fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            0 => Self::Unspecified,
            1 => Self::KeyCompromise,
            2 => Self::CaCompromise,
            3 => Self::AffiliationChanged,
            4 => Self::Superseded,
            5 => Self::CessationOfOperation,
            6 => Self::CertificateHold,
            8 => Self::RemoveFromCrl,
            9 => Self::PrivilegeWithdrawn,
            10 => Self::AaCompromise,
            _ => return None,
        })
    }

    /// The ENUMERATED value.
    pub fn code(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::CaCompromise => 2,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::CertificateHold => 6,
            Self::RemoveFromCrl => 8,
            Self::PrivilegeWithdrawn => 9,
            Self::AaCompromise => 10,
        }
    }

    /// The reason of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        (0..=10).filter_map(Self::from_code).find(|reason| reason.name() == name)
    }

    /// The standard's own name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "keyCompromise",
            Self::CaCompromise => "cACompromise",
            Self::AffiliationChanged => "affiliationChanged",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessationOfOperation",
            Self::CertificateHold => "certificateHold",
            Self::RemoveFromCrl => "removeFromCRL",
            Self::PrivilegeWithdrawn => "privilegeWithdrawn",
            Self::AaCompromise => "aACompromise",
        }
    }
}

/// What a CRL says it is about (issuingDistributionPoint, RFC 5280 §5.2.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DistributionScope {
    /// Every certificate of its issuer: the extension is not there.
    Whole,
    /// A part that is told by kind of certificate alone.
    Kinds {
        /// onlyContainsUserCerts.
        only_user: bool,
        /// onlyContainsCACerts.
        only_ca: bool,
    },
    /// A part that needs more than that to be understood: a distribution point, some reasons only, indirect entries,
    /// attribute certificates, or an extension that cannot be read.
    Partial,
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
        let (entries, indirect_entries) = match tbs.optional(tag::SEQUENCE)? {
            Some(list) => read_entries(list.reader().named("TBSCertList.revokedCertificates"))?,
            None => (HashMap::new(), false),
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
            indirect_entries,
            authority_key_identifier: extension::authority_key_identifier(&extensions),
            unreadable: crl_number.is_err() || delta_base.is_err(),
            crl_number: crl_number.unwrap_or_default(),
            delta_base: delta_base.unwrap_or_default(),
            scope: scope_of(&extensions),
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

    /// What it says of a certificate of its issuer with this serial number (contents octets of the INTEGER).
    pub fn entry(&self, serial: &[u8]) -> Option<&RevokedEntry> {
        self.0.entries.get(serial)
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

    /// What part of its issuer's certificates it is about.
    pub fn scope(&self) -> &DistributionScope {
        &self.0.scope
    }

    /// Whether something in it cannot be used: a number that does not read, a critical extension that is not known, or
    /// entries for certificates of other issuers (indirect CRL).
    pub fn has_unusable_part(&self) -> bool {
        const KNOWN: [ObjectIdentifier; 4] = [
            oids::CRL_NUMBER,
            oids::DELTA_CRL_INDICATOR,
            oids::ISSUING_DISTRIBUTION_POINT,
            oids::AUTHORITY_KEY_IDENTIFIER,
        ];
        let unknown = self.0.extensions.iter().any(|e| e.critical && !KNOWN.contains(&e.oid));
        self.0.unreadable || self.0.indirect_entries || unknown
    }
}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crl(of {}, {}, {} entries)", self.issuer(), self.this_update(), self.entry_count())
    }
}

/// ASN.1: `SEQUENCE OF SEQUENCE { userCertificate INTEGER, revocationDate Time, crlEntryExtensions Extensions OPTIONAL }`
fn read_entries(mut list: Reader<'_>) -> Result<(HashMap<Vec<u8>, RevokedEntry>, bool), Malformed> {
    let mut entries = HashMap::new();
    let mut indirect = false;
    while !list.is_empty() {
        CRL_ENTRIES_MAX.check(entries.len().saturating_add(1)).map_err(|e| list.malformed(MalformedKind::Limit(e)))?;
        let mut one = list.sequence()?;
        let serial = one.integer()?.to_vec();
        let revocation_date = one.any()?.time()?;
        let extensions = match one.optional(tag::SEQUENCE)? {
            Some(all) => Extension::parse_all(all.reader())?,
            None => Vec::new(),
        };
        one.finish()?;
        indirect |= extensions.iter().any(|e| e.oid == oids::CERTIFICATE_ISSUER);
        let entry = read_entry(revocation_date, &extensions)?;
        entries.entry(serial).and_modify(|known: &mut RevokedEntry| known.merge(&entry)).or_insert(entry);
    }
    Ok((entries, indirect))
}

fn read_entry(revocation_date: Timestamp, extensions: &[Extension]) -> Result<RevokedEntry, Malformed> {
    const KNOWN: [ObjectIdentifier; 3] = [oids::REASON_CODE, oids::INVALIDITY_DATE, oids::CERTIFICATE_ISSUER];
    let content = |oid| {
        let extension = extensions.iter().find(|e| e.oid == oid)?;
        Some(Reader::single(&extension.value, Encoding::Der, "CRLEntry.extnValue"))
    };
    let mut unknown_critical_extension = extensions.iter().any(|e| e.critical && !KNOWN.contains(&e.oid));
    let reason = match content(oids::REASON_CODE) {
        None => None,
        Some(value) => {
            let value = value?;
            match value.content {
                [code] if value.tag == tag::ENUMERATED => RevocationReason::from_code(*code),
                _ => return Err(value.malformed(MalformedKind::Value)),
            }
        }
    };
    let invalidity_date = match content(oids::INVALIDITY_DATE) {
        None => None,
        Some(value) => Some(value?.time()?),
    };
    // A reason that RFC 5280 does not define is kept as one that we do not understand.
    unknown_critical_extension |= reason.is_none() && content(oids::REASON_CODE).is_some();
    Ok(RevokedEntry { revocation_date, reason, invalidity_date, unknown_critical_extension })
}

fn integer_extension(extensions: &[Extension], oid: ObjectIdentifier) -> Result<Option<Vec<u8>>, Malformed> {
    let Some(extension) = extensions.iter().find(|e| e.oid == oid) else { return Ok(None) };
    let value = Reader::single(&extension.value, Encoding::Der, "CRLNumber")?;
    if value.tag != tag::INTEGER {
        return Err(value.malformed(MalformedKind::UnexpectedTag { found: value.tag, expected: tag::INTEGER }));
    }
    Ok(Some(value.integer()?.to_vec()))
}

/// ASN.1: `IssuingDistributionPoint ::= SEQUENCE { [0] distributionPoint, [1] onlyContainsUserCerts,
/// [2] onlyContainsCACerts, [3] onlySomeReasons, [4] indirectCRL, [5] onlyContainsAttributeCerts }`
fn scope_of(extensions: &[Extension]) -> DistributionScope {
    let Some(extension) = extensions.iter().find(|e| e.oid == oids::ISSUING_DISTRIBUTION_POINT) else {
        return DistributionScope::Whole;
    };
    let read = || -> Result<DistributionScope, Malformed> {
        let mut reader = Reader::single(&extension.value, Encoding::Der, "IssuingDistributionPoint")?.reader();
        let (mut only_user, mut only_ca) = (false, false);
        while !reader.is_empty() {
            let field = reader.any()?;
            match field.tag {
                t if t == tag::CONTEXT | 1 => only_user = field.boolean()?,
                t if t == tag::CONTEXT | 2 => only_ca = field.boolean()?,
                t if t == tag::CONTEXT | 4 || t == tag::CONTEXT | 5 => {
                    if field.boolean()? {
                        return Ok(DistributionScope::Partial);
                    }
                }
                _ => return Ok(DistributionScope::Partial),
            }
        }
        Ok(DistributionScope::Kinds { only_user, only_ca })
    };
    read().unwrap_or(DistributionScope::Partial)
}
