//! What a third party says, in the words of the Kazakh rules (547/НҚ п. 11), whatever its dialect.

use super::dialect::{AbsentStatus, Dialect, Rejection};
use super::fault::ReceiptFault;
use crate::cms::dvcs::{CertInfo, DvcsResponse, PkiStatus, PkiStatusInfo};
use crate::trust::TtpStatus;
use crate::x509::Certificate;

/// What is said about one signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureResult {
    /// Its place in the document, from 0.
    pub index: usize,
    /// The certificate that the receipt names for it.
    pub certificate: Option<Certificate>,
    /// Whether it holds.
    pub status: TtpStatus,
}

/// Reads the status of an answer as its dialect means it.
pub(super) fn overall(response: &DvcsResponse, dialect: &Dialect) -> Result<TtpStatus, ReceiptFault> {
    match response {
        // §9.1: an error notice rejects, or is none.
        DvcsResponse::Error(notice) => match (notice.transaction_status.status, dialect.rejection) {
            (PkiStatus::Rejection, Rejection::InCertificate) => Ok(TtpStatus::CannotVerify),
            (PkiStatus::Rejection, Rejection::InErrorNotice) => Ok(TtpStatus::NotVerified),
            _ => Err(ReceiptFault::NotInDialect),
        },
        DvcsResponse::Certificate(info) => match (info.status.as_ref().map(|s| s.status), dialect.rejection) {
            (None, _) => match dialect.absent_status {
                AbsentStatus::Success => Ok(TtpStatus::Verified),
                AbsentStatus::Unknown => Err(ReceiptFault::StatusMissing),
            },
            (Some(PkiStatus::Rejection), Rejection::InErrorNotice) => Err(ReceiptFault::NotInDialect),
            (Some(status), _) => of(status),
        },
    }
}

fn of(status: PkiStatus) -> Result<TtpStatus, ReceiptFault> {
    match status {
        PkiStatus::Granted => Ok(TtpStatus::Verified),
        PkiStatus::GrantedWithMods => Ok(TtpStatus::PartlyVerified),
        PkiStatus::Rejection => Ok(TtpStatus::NotVerified),
        PkiStatus::Waiting => Ok(TtpStatus::Waiting),
        // RFC 2510 means them for other things than signatures.
        PkiStatus::RevocationWarning | PkiStatus::RevocationNotification => Err(ReceiptFault::StatusNotUnderstood),
    }
}

/// What an element says about its target: the gravest of several statements; `None` where there is none.
pub(super) fn of_element<'a>(
    statements: impl Iterator<Item = &'a PkiStatusInfo>,
) -> Result<Option<TtpStatus>, ReceiptFault> {
    let mut found = Vec::new();
    for statement in statements {
        found.push(match of(statement.status)? {
            // One signature is not verified in part.
            TtpStatus::PartlyVerified => TtpStatus::CannotVerify,
            status => status,
        });
    }
    Ok(found.into_iter().max_by_key(|status| gravity(*status)))
}

fn gravity(status: TtpStatus) -> u8 {
    match status {
        TtpStatus::Verified => 0,
        TtpStatus::PartlyVerified => 1,
        TtpStatus::Waiting => 2,
        TtpStatus::CannotVerify => 3,
        TtpStatus::NotVerified => 4,
    }
}

/// facts/ttp.md §1.7 (6): the whole and its parts say the same.
pub(super) fn check_agreement(overall: TtpStatus, parts: &[Option<TtpStatus>]) -> Result<(), ReceiptFault> {
    let all = |wanted: TtpStatus| parts.iter().all(|part| part.is_none_or(|status| status == wanted));
    let contradicted = match overall {
        // §9.2: `granted` only where every signature verified.
        TtpStatus::Verified => !all(TtpStatus::Verified),
        TtpStatus::NotVerified => !parts.is_empty() && parts.iter().all(|part| *part == Some(TtpStatus::Verified)),
        TtpStatus::Waiting => !parts.is_empty() && parts.iter().all(|part| *part == Some(TtpStatus::Verified)),
        TtpStatus::PartlyVerified => !parts.is_empty() && !parts.contains(&Some(TtpStatus::Verified)),
        TtpStatus::CannotVerify => false,
    };
    if contradicted { Err(ReceiptFault::Statuses) } else { Ok(()) }
}

/// What a signature without a statement of its own has from the whole.
pub(super) fn inherited(overall: TtpStatus) -> TtpStatus {
    match overall {
        TtpStatus::PartlyVerified => TtpStatus::CannotVerify,
        other => other,
    }
}

/// Whether a receipt tells of each signature on its own.
pub(super) fn tells_of_each(info: &CertInfo) -> bool {
    !info.certs.is_empty()
}
