//! What is known about the signatures between certificates, and between CRLs and their issuers.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use crate::crypto::{Outcome, SignatureAlgorithm, SignatureClaim, VerifiedSignature};
use crate::limits::SIGNATURE_BOOK_MAX;
use crate::x509::{AlgorithmIdentifier, Certificate, Crl, Fingerprint, OcspResponse};

/// "Is this certificate, CRL or OCSP response signed with that certificate's key?"
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Link {
    /// The certificate, CRL or OCSP response that is signed.
    pub signed: Fingerprint,
    /// The certificate that holds the key.
    pub issuer: Fingerprint,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkOutcome {
    /// It is.
    Valid(VerifiedSignature),
    /// It is not.
    Invalid,
    /// Nobody here can tell: the algorithm or the key is not supported.
    Unsupported,
}

/// The answers that one question may rest on.
#[derive(Clone, Debug, Default)]
pub struct Links {
    answers: HashMap<Link, LinkOutcome>,
}

impl Links {
    /// The answer, where it is known.
    pub fn get(&self, link: Link) -> Option<LinkOutcome> {
        self.answers.get(&link).copied()
    }

    /// How many answers there are.
    pub fn len(&self) -> usize {
        self.answers.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// Records an answer.
    pub fn record(&mut self, link: Link, outcome: LinkOutcome) {
        self.answers.insert(link, outcome);
    }
}

/// Answers that hold for ever, since certificates and CRLs are named by their content; shared by everybody who verifies,
/// and never locked while anything is computed. Bounded by `SIGNATURE_BOOK_MAX`.
#[derive(Debug, Default)]
pub struct SignatureBook {
    answers: RwLock<HashMap<Link, LinkOutcome>>,
}

impl SignatureBook {
    /// The answer, where it is known. Whoever needs it later keeps it: the book may be emptied at any time.
    pub fn get(&self, link: Link) -> Option<LinkOutcome> {
        self.answers.read().unwrap_or_else(PoisonError::into_inner).get(&link).copied()
    }

    /// Records what was computed. A full book is emptied first: the few thousand links of a working day come back with the
    /// next documents.
    pub fn record(&self, computed: impl IntoIterator<Item = (Link, LinkOutcome)>) {
        // A poisoned lock means that a bug ended another call; the book itself only ever holds computed answers.
        let mut answers = self.answers.write().unwrap_or_else(PoisonError::into_inner);
        for (link, outcome) in computed {
            if answers.len() >= SIGNATURE_BOOK_MAX.value {
                answers.clear();
            }
            answers.insert(link, outcome);
        }
    }

    /// How many answers are known.
    pub fn len(&self) -> usize {
        self.answers.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl From<Outcome> for LinkOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Valid(token) => Self::Valid(token),
            Outcome::Invalid => Self::Invalid,
        }
    }
}

/// The claim that a certificate is signed with `issuer`'s key; `Err` with the answer where no mathematics is needed.
pub fn certificate_claim<'a>(
    certificate: &'a Certificate,
    issuer: &'a Certificate,
) -> Result<SignatureClaim<'a>, LinkOutcome> {
    claim(
        (certificate.signature_algorithm(), certificate.tbs_signature_algorithm()),
        certificate.tbs(),
        certificate.signature_value(),
        issuer,
    )
}

/// The claim that a CRL is signed with `issuer`'s key.
pub fn crl_claim<'a>(crl: &'a Crl, issuer: &'a Certificate) -> Result<SignatureClaim<'a>, LinkOutcome> {
    claim((crl.signature_algorithm(), crl.tbs_signature_algorithm()), crl.tbs(), crl.signature_value(), issuer)
}

/// The claim that an OCSP response is signed with `issuer`'s key. Nothing inside repeats its algorithm.
pub fn ocsp_claim<'a>(response: &'a OcspResponse, issuer: &'a Certificate) -> Result<SignatureClaim<'a>, LinkOutcome> {
    let algorithm = response.signature_algorithm.as_ref().ok_or(LinkOutcome::Invalid)?;
    claim((algorithm, algorithm), &response.tbs, &response.signature_value, issuer)
}

fn claim<'a>(
    (outer, inner): (&AlgorithmIdentifier, &AlgorithmIdentifier),
    message: &'a [u8],
    value: &'a [u8],
    issuer: &'a Certificate,
) -> Result<SignatureClaim<'a>, LinkOutcome> {
    // RFC 5280 §4.1.1.2, §5.1.1.2: the algorithm outside must be the one inside, which the signature covers.
    if !outer.matches(inner) {
        return Err(LinkOutcome::Invalid);
    }
    let key = issuer.public_key().map_err(|_| LinkOutcome::Unsupported)?;
    let algorithm = SignatureAlgorithm::resolve(outer.oid, outer.parameters.as_deref(), None, key)
        .map_err(|_| LinkOutcome::Unsupported)?;
    Ok(SignatureClaim { algorithm, key, message: message.into(), value: value.into() })
}
