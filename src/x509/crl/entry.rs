//! What a CRL says of one certificate (RFC 5280 §5.3).

use const_oid::ObjectIdentifier;

use super::super::extension::Extension;
use super::super::oids;
use crate::codec::der::{Encoding, Reader, tag};
use crate::codec::{Malformed, MalformedKind};
use crate::time::Timestamp;

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
    pub(super) fn merge(&mut self, other: &Self) {
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

pub(super) fn read_entry(revocation_date: Timestamp, extensions: &[Extension]) -> Result<RevokedEntry, Malformed> {
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
