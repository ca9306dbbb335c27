//! Validation's mirror image: CAdES signatures, time-stamp tokens, receipts, certificates, CRLs and
//! OCSP responses, made from a key and facts.
//!
//! Nothing made here leaves before it was read back and its signature verified. Whether a certificate is still valid
//! and not revoked is for `service` to ask first; whether it is *meant* for the purpose is asked here.

mod authority;
mod cades;
mod crl;
mod dvcs;
mod foreign;
mod jws;
mod ocsp;
mod profile;
mod signer;
mod time_stamp;
mod time_stamp_client;
mod two_step;

pub use authority::{Authority, CertificateDraft, issue_certificate, key_identifier, serial_number};
pub use cades::{Packaging, co_sign, sign};
pub use crl::{CrlDraft, Revocation, issue_crl};
pub use dvcs::{ReceiptAuthority, issue_response, sign_request};
pub use foreign::{ForeignDraft, ForeignKind, issue_foreign, self_signed_tls};
pub use jws::sign_jws;
pub use ocsp::{OcspAnswer, OcspDraft, OcspResponder, encode_ocsp_error, issue_ocsp};
pub use profile::{Addresses, KazakhProfile, Template, encode_name};
pub use signer::Signer;
pub use time_stamp::{Stamp, TimeStampAuthority, TokenRequest, issue_token, time_stamp_signature};
pub use time_stamp_client::{StampWish, TokenRefusal, attach_token, time_stamp_request, token_of};
pub use two_step::{Prepared, ValueFault, complete, prepare, prepare_co_sign};

use crate::codec::Malformed;
use crate::crypto::{KeyError, SignError, UnsupportedAlgorithm};

/// Why nothing was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SigningError {
    /// The certificate's key is another than the one to sign with.
    #[error("the private key does not belong to the certificate; take the certificate issued for this key")]
    KeyMismatch,
    /// The certificate's key cannot be used.
    #[error("the certificate's key cannot be used: {0}")]
    CertificateKey(KeyError),
    /// The certificate is not for signing documents (order 500 п. 4).
    #[error("the certificate is not for signing documents: its key usage needs digitalSignature and nonRepudiation")]
    NotForSigning,
    /// The certificate is not for time stamps.
    #[error("the certificate is not for time stamps: its only extended key usage must be timeStamping, and critical")]
    NotForTimeStamping,
    /// The certificate is not for receipts.
    #[error("the certificate is not for receipts of a third party: its extended key usage must name id-kp-dvcs")]
    NotForReceipts,
    /// The certificate is not for OCSP responses.
    #[error(
        "the certificate is not for OCSP responses: it is neither the issuer's nor has the extended key usage OCSPSigning"
    )]
    NotForOcsp,
    /// The message, or something that was made, does not read.
    #[error("the message cannot be read: {0}")]
    Malformed(#[from] Malformed),
    /// The message is detached and its content was not given.
    #[error("the message does not hold its content; give the content that was signed")]
    ContentMissing,
    /// The content given is another than the one the message's signers signed.
    #[error("the content given is not the one that this message's signers signed")]
    ContentMismatch,
    /// There is no signer at this place.
    #[error("the message has no signer number {index} (counted from 0)")]
    NoSuchSigner {
        /// The place asked for.
        index: usize,
    },
    /// The key did not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The signature algorithm of what was made does not resolve.
    #[error(transparent)]
    Algorithm(#[from] UnsupportedAlgorithm),
    /// Nothing is signed with a key of this kind.
    #[error("documents are not signed with a key of this kind (too small, or restricted to parameters not supported)")]
    NoAlgorithm,
    /// What came back is no prepared signature of ours.
    #[error("this is not what `prepare` gave: its schema is unknown or its parts do not read")]
    NotPrepared,
    /// What came back from the signer is not what was prepared.
    #[error("what was prepared was changed afterwards: {part}; prepare the signature again")]
    PreparedChanged {
        /// Which part differs from what was to be signed.
        part: &'static str,
    },
    /// The message that gets one more signer was not given again.
    #[error("one more signer goes into a message: give that message again")]
    MessageMissing,
    /// The value made elsewhere is not a signature over what was prepared.
    #[error("the value is not a signature over what was prepared, under the certificate's key: {0}")]
    Value(ValueFault),
    /// What was made does not verify when read back, and was discarded.
    #[error("what was signed does not verify when read back, and was discarded")]
    SelfCheck,
    /// A certificate or CRL cannot be encoded with these contents: a serial number above 20 octets, an end before the
    /// beginning, a date beyond the calendar, a name that is no name.
    #[error("a certificate cannot be written with this name, serial number or validity")]
    Unencodable,
    /// The foreign writer knows RSA, ECDSA and Ed25519 only.
    #[error("a foreign or TLS certificate can carry RSA, ECDSA P-256/P-384 and Ed25519 keys only")]
    NotForForeign,
}

#[cfg(test)]
mod tests;
