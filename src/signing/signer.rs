//! Who signs: a key with the certificate that is meant for it.

use super::SigningError;
use crate::crypto::{self, DigestAlgorithm, Outcome, PublicKey, SignatureAlgorithm, SignatureClaim, verify_many};
use crate::time::Timestamp;
use crate::x509::{Certificate, ExtensionValue, KeyUsage};

/// A key, its certificate, and what goes along; made only where the certificate fits the key and the purpose.
#[derive(Clone, Debug)]
pub struct Signer<'a> {
    key: &'a dyn crypto::Signer,
    certificate: &'a Certificate,
    extra_certificates: Vec<&'a Certificate>,
    signing_time: Option<Timestamp>,
}

impl<'a> Signer<'a> {
    /// Takes a key with its certificate.
    ///
    /// *Source*: order 500 п. 4 (the key's purpose is checked before signing). *Errors*: `KeyMismatch`,
    /// `CertificateKey`, `NotForSigning`.
    pub fn new(key: &'a dyn crypto::Signer, certificate: &'a Certificate) -> Result<Self, SigningError> {
        check_pair(key, certificate)?;
        check_purpose(certificate)?;
        Ok(Self { key, certificate, extra_certificates: Vec::new(), signing_time: None })
    }

    /// States when, in the signing-time attribute; the claim is the signer's own and proves nothing.
    #[must_use]
    pub fn at(mut self, signing_time: Timestamp) -> Self {
        self.signing_time = Some(signing_time);
        self
    }

    /// Lets further certificates go along, such as the issuer's.
    #[must_use]
    pub fn with_certificates(mut self, certificates: &[&'a Certificate]) -> Self {
        self.extra_certificates.extend_from_slice(certificates);
        self
    }

    pub(super) fn key(&self) -> &'a dyn crypto::Signer {
        self.key
    }

    pub(super) fn certificate(&self) -> &'a Certificate {
        self.certificate
    }

    pub(super) fn signing_time(&self) -> Option<Timestamp> {
        self.signing_time
    }

    /// The signer's certificate first, then the others, each once.
    pub(super) fn all_certificates(&self) -> Vec<&'a [u8]> {
        let mut all = vec![self.certificate.der()];
        for extra in &self.extra_certificates {
            if !all.contains(&extra.der()) {
                all.push(extra.der());
            }
        }
        all
    }
}

/// The digest that goes with an algorithm's signatures: its own; SHA-512 for Ed25519 (RFC 8419 §2.3).
pub(super) fn digest_of(algorithm: SignatureAlgorithm) -> DigestAlgorithm {
    algorithm.digest().unwrap_or(DigestAlgorithm::Sha512)
}

/// Order 500 п. 4: the key is for signing documents.
pub(super) fn check_purpose(certificate: &Certificate) -> Result<(), SigningError> {
    match certificate.key_usage() {
        ExtensionValue::Present(usage) if usage.allows(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::NON_REPUDIATION) => {
            Ok(())
        }
        _ => Err(SigningError::NotForSigning),
    }
}

pub(super) fn check_pair(key: &dyn crypto::Signer, certificate: &Certificate) -> Result<(), SigningError> {
    let public_key = certificate.public_key().map_err(|e| SigningError::CertificateKey(*e))?;
    if public_key == key.public_key() { Ok(()) } else { Err(SigningError::KeyMismatch) }
}

/// Verifies one signature that was just made, the way everything is verified.
pub(super) fn check_signature(
    algorithm: SignatureAlgorithm,
    key: &PublicKey,
    message: &[u8],
    value: &[u8],
) -> Result<(), SigningError> {
    let claim = SignatureClaim { algorithm, key, message: message.into(), value: value.into() };
    match verify_many(&[claim]).as_slice() {
        [Outcome::Valid(_)] => Ok(()),
        _ => Err(SigningError::SelfCheck),
    }
}
