//! What is known about the signatures between certificates, and between CRLs and their issuers.

use std::collections::HashMap;

use crate::crypto::{Outcome, SignatureAlgorithm, SignatureClaim, VerifiedSignature};
use crate::limits::SIGNATURE_BOOK_MAX;
use crate::x509::{AlgorithmIdentifier, Certificate, Crl, Fingerprint};

/// "Is this certificate or CRL signed with that certificate's key?"
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Link {
    /// The certificate or CRL that is signed.
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

/// Answers that hold for ever, since certificates and CRLs are named by their content. Bounded by `SIGNATURE_BOOK_MAX`
/// between batches.
#[derive(Debug, Default)]
pub struct SignatureBook {
    answers: HashMap<Link, LinkOutcome>,
}

impl SignatureBook {
    /// The answer, where it is known.
    pub fn get(&self, link: Link) -> Option<LinkOutcome> {
        self.answers.get(&link).copied()
    }

    /// Empties a full book: the few thousand links of a working day come back with the next documents. Asked for before
    /// links are listed and never while they are recorded, so that no answer goes that somebody still counts on.
    pub fn make_room(&mut self) {
        if self.answers.len() >= SIGNATURE_BOOK_MAX.value {
            self.answers.clear();
        }
    }

    /// Records what was computed.
    pub fn record(&mut self, link: Link, outcome: LinkOutcome) {
        self.answers.insert(link, outcome);
    }

    /// How many answers are known.
    pub fn len(&self) -> usize {
        self.answers.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
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
