//! Signed statements of the trust room: CMS SignedData with one signer over attached content, under a known key.

use crate::cms::{Attributes, SignedData, SignerIdentifier, oids};
use crate::codec::{Malformed, armour};
use crate::crypto::{DigestAlgorithm, Outcome, SignatureAlgorithm, SignatureClaim, verify_many};
use crate::x509::Certificate;

/// A signed statement that cannot be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// The envelope does not read.
    #[error("the signed message does not read: {0}")]
    Malformed(#[from] Malformed),
    /// Not signed by exactly one signer over attached content.
    #[error("the message must have exactly one signer and carry its content")]
    Shape,
    /// The signer is another one.
    #[error("the message is signed under another certificate than the one it must be signed under")]
    Signer,
    /// The signature does not hold.
    #[error("the signature on the message does not hold")]
    Signature,
}

/// Opens a statement that must be signed with the key of `signer`; gives what is signed.
pub(super) fn open_statement(message: &[u8], signer: &Certificate) -> Result<Vec<u8>, StatementError> {
    let octets = armour::strip(message)?;
    let signed_data = SignedData::parse(&octets)?;
    let (Some(content), [info]) = (&signed_data.content, signed_data.signer_infos.as_slice()) else {
        return Err(StatementError::Shape);
    };
    let SignerIdentifier::IssuerAndSerialNumber { issuer, serial } = &info.sid else {
        return Err(StatementError::Shape);
    };
    if *serial != signer.serial() || *signer.issuer() != issuer.to_name() {
        return Err(StatementError::Signer);
    }
    let digest = DigestAlgorithm::from_oid(info.digest_algorithm.oid).ok_or(StatementError::Shape)?;
    let attributes = info.signed_attrs.as_ref().ok_or(StatementError::Shape)?;
    if !names_content(attributes, signed_data.content_type, &digest.digest(content)) {
        return Err(StatementError::Signature);
    }
    let key = signer.public_key().map_err(|_| StatementError::Signer)?;
    let parameters = info.signature_algorithm.parameters.as_deref();
    let algorithm = SignatureAlgorithm::resolve(info.signature_algorithm.oid, parameters, Some(digest), key)
        .map_err(|_| StatementError::Shape)?;
    let message = attributes.signed_octets().into();
    let claim = SignatureClaim { algorithm, key, message, value: info.signature.clone() };
    match verify_many(&[claim]).as_slice() {
        [Outcome::Valid(_)] => Ok(content.to_vec()),
        _ => Err(StatementError::Signature),
    }
}

/// Reads what a message says without asking who signed it: only to learn under whose key it must be opened.
pub(super) fn unverified_content(message: &[u8]) -> Result<Vec<u8>, StatementError> {
    let octets = armour::strip(message)?;
    let signed_data = SignedData::parse(&octets)?;
    signed_data.content.as_ref().map(|content| content.to_vec()).ok_or(StatementError::Shape)
}

/// RFC 5652 §5.6: both mandatory attributes stand once and name this content.
fn names_content(attributes: &Attributes<'_>, content_type: const_oid::ObjectIdentifier, digest: &[u8]) -> bool {
    attributes.content_type() == Some(Ok(content_type))
        && attributes.message_digest().is_some_and(|d| d.is_ok_and(|d| d == digest))
        && content_type == oids::ID_DATA
}
