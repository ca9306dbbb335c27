//! Messages of a data validation and certification server (RFC 3029): requests, receipts and error notices, read and
//! written, never judged.
//!
//! The module of RFC 3029 has IMPLICIT TAGS. What its text and its module leave open is settled by messages that were
//! really sent: `certs` in a request carries the tag A0, and imprints differ by dialect ([`ImprintScope`]).

mod evidence;
mod request;
mod response;
mod status;

pub use evidence::{CertEtcToken, TargetEtcChain};
pub use request::{DataToCertify, DvcsRequest, DvcsTime, ImprintScope, RequestInformation, Service};
pub use response::{CertInfo, DvcsResponse, ErrorNotice};
pub use status::{FailureInfo, PkiStatus, PkiStatusInfo};

use const_oid::ObjectIdentifier;

/// id-ct-DVCSRequestData: the content type of a signed request.
pub const ID_CT_DVCS_REQUEST_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.7");
/// id-ct-DVCSResponseData: the content type of a receipt or error notice.
pub const ID_CT_DVCS_RESPONSE_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.8");
/// id-kp-dvcs: the extended key usage of a key that signs receipts.
pub const ID_KP_DVCS: ObjectIdentifier = crate::x509::oids::DVCS;

#[cfg(test)]
mod tests;
