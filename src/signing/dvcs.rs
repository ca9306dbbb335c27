//! DVCS messages under a signature (RFC 3029 §8, §9): requests by whoever asks, answers by a third party.

use const_oid::ObjectIdentifier;

use super::SigningError;
use super::signer::{Signer, check_pair, check_signature, digest_of};
use crate::cms::dvcs::{DvcsRequest, DvcsResponse, ID_CT_DVCS_REQUEST_DATA, ID_CT_DVCS_RESPONSE_DATA};
use crate::cms::{DraftSigner, SignedData, SignedDataParts, encode_signed_data};
use crate::crypto::{self, DigestAlgorithm};
use crate::time::Timestamp;
use crate::x509::{Certificate, ExtensionValue, KeyUsage, oids as x509_oids};

/// A third party: a key with a certificate that is for receipts.
#[derive(Clone, Copy, Debug)]
pub struct ReceiptAuthority<'a> {
    key: &'a dyn crypto::Signer,
    certificate: &'a Certificate,
}

impl<'a> ReceiptAuthority<'a> {
    /// Takes a key with its certificate.
    ///
    /// *Source*: RFC 3029 §4 (extended key usage id-kp-dvcs). *Errors*: `KeyMismatch`, `CertificateKey`, `NotForReceipts`.
    pub fn new(key: &'a dyn crypto::Signer, certificate: &'a Certificate) -> Result<Self, SigningError> {
        check_pair(key, certificate)?;
        let signs = match certificate.key_usage() {
            ExtensionValue::Absent => true,
            ExtensionValue::Present(usage) => {
                usage.allows(KeyUsage::DIGITAL_SIGNATURE) || usage.allows(KeyUsage::NON_REPUDIATION)
            }
            ExtensionValue::Unreadable => false,
        };
        if signs && certificate.has_purpose(x509_oids::DVCS) {
            Ok(Self { key, certificate })
        } else {
            Err(SigningError::NotForReceipts)
        }
    }

    /// The digest that this authority's signatures and imprints are made with (STB 34.101.78 demands the same for both).
    pub fn digest(&self) -> DigestAlgorithm {
        digest_of(self.key.signature_algorithm())
    }
}

/// Signs an answer: a receipt or an error notice.
///
/// *Gives* a ContentInfo in DER with the authority's certificate. *Errors*: `Sign`, `SelfCheck`.
pub fn issue_response(
    response: &DvcsResponse,
    at: Timestamp,
    authority: &ReceiptAuthority<'_>,
) -> Result<Vec<u8>, SigningError> {
    let content = Content { kind: ID_CT_DVCS_RESPONSE_DATA, octets: &response.encode() };
    seal(&content, Some(at), (authority.key, authority.certificate), &[authority.certificate.der()])
}

/// Signs a request.
///
/// *Gives* a ContentInfo in DER. *Errors*: `Sign`, `SelfCheck`.
pub fn sign_request(request: &DvcsRequest, signer: &Signer<'_>) -> Result<Vec<u8>, SigningError> {
    let content = Content { kind: ID_CT_DVCS_REQUEST_DATA, octets: &request.encode() };
    seal(&content, signer.signing_time(), (signer.key(), signer.certificate()), &signer.all_certificates())
}

struct Content<'a> {
    kind: ObjectIdentifier,
    octets: &'a [u8],
}

fn seal(
    content: &Content<'_>,
    stated: Option<Timestamp>,
    (key, certificate): (&dyn crypto::Signer, &Certificate),
    certificates: &[&[u8]],
) -> Result<Vec<u8>, SigningError> {
    let algorithm = key.signature_algorithm();
    let digest = digest_of(algorithm);
    let draft = DraftSigner::new(certificate, content.kind, (digest, &digest.digest(content.octets)), stated);
    let value = key.sign(draft.to_be_signed())?;
    let message = encode_signed_data(&SignedDataParts {
        content_type: content.kind,
        content: Some(content.octets),
        certificates,
        digest_algorithms: &[draft.digest_algorithm()],
        signer_infos: &[&draft.complete(&algorithm.algorithm_identifier_der(), &value)],
    });
    check(&message, content, key)?;
    Ok(message)
}

/// Nothing leaves before it was read back.
fn check(message: &[u8], content: &Content<'_>, key: &dyn crypto::Signer) -> Result<(), SigningError> {
    let read = SignedData::parse(message)?;
    let [signer] = read.signer_infos.as_slice() else { return Err(SigningError::SelfCheck) };
    let attributes = signer.signed_attrs.as_ref().ok_or(SigningError::SelfCheck)?;
    if read.content.as_deref() != Some(content.octets) || read.content_type != content.kind {
        return Err(SigningError::SelfCheck);
    }
    check_signature(key.signature_algorithm(), key.public_key(), &attributes.signed_octets(), &signer.signature)
}
