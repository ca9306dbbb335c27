//! What qoltanba finds, put into single answers: per signer the content, the signature, the certificate and each time
//! stamp.

use qoltanba::crypto::{Outcome, SignatureAlgorithm, SignatureClaim, verify_many};
use qoltanba::path::{LinkOutcome, Pool, SignatureBook, certificate_claim};
use qoltanba::policy::Policy;
use qoltanba::time::Timestamp;
use qoltanba::trust::{CompiledTrust, TrustSnapshot};
use qoltanba::validation::{
    Code, ContentDigest, Item, ReadError, Reason, SignatureReport, SignatureValue, SubIndication, Terms,
    TimeStampFault, TimeStampReport, validate_many,
};
use qoltanba::x509::{AlgorithmIdentifier, Certificate};

use super::Answer;

/// Under whom and when everything is asked.
pub(crate) struct World {
    pub(crate) authorities: Vec<(String, Certificate)>,
    trust: CompiledTrust,
    evidence: Pool,
    policy: Policy,
    at: Timestamp,
    book: SignatureBook,
}

/// A document with the content that lies beside it.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) octets: Vec<u8>,
    pub(crate) content: Option<Vec<u8>>,
}

/// The answers about one signer.
#[derive(Clone, Debug)]
pub(crate) struct SignerFacts {
    pub(crate) digest: Answer,
    pub(crate) signature: Answer,
    pub(crate) certificate: Option<Certificate>,
    pub(crate) stamps: Vec<StampFacts>,
}

/// The answers about one time stamp.
#[derive(Clone, Debug)]
pub(crate) struct StampFacts {
    pub(crate) imprint: Answer,
    pub(crate) digest: Answer,
    pub(crate) signature: Answer,
    pub(crate) tsa: Option<Certificate>,
}

impl World {
    /// A world in which these authorities are trusted, on the day the corpora were staged.
    pub(crate) fn new(authorities: Vec<(String, Certificate)>) -> Result<Self, String> {
        let at = Timestamp::parse_rfc3339("2026-11-21T20:00:00Z").ok_or("the date")?;
        let certificates: Vec<Certificate> = authorities.iter().map(|(_, c)| c.clone()).collect();
        let trust = TrustSnapshot::of_certificates(&certificates).compile().map_err(|e| e.to_string())?;
        let policy = Policy::named("kz").map_err(|e| e.to_string())?;
        Ok(Self { authorities, trust, evidence: Pool::default(), policy, at, book: SignatureBook::default() })
    }

    /// The authority in this file.
    pub(crate) fn authority(&self, file: &str) -> Result<&Certificate, String> {
        let found = self.authorities.iter().find(|(name, _)| name == file);
        found.map(|(_, c)| c).ok_or_else(|| format!("the index names {file}, which is no authority at hand"))
    }

    /// Whether any authority at hand signed this certificate.
    pub(crate) fn link(&self, certificate: &Certificate) -> Answer {
        let named = self.authorities.iter().filter(|(_, ca)| ca.subject() == certificate.issuer());
        let answers: Vec<Answer> = named.map(|(_, ca)| claim(certificate_claim(certificate, ca))).collect();
        [Answer::Valid, Answer::Invalid].into_iter().find(|a| answers.contains(a)).unwrap_or(Answer::Unsupported)
    }

    /// Everything found about a document.
    pub(crate) fn facts(&mut self, message: &Message) -> Result<Vec<SignerFacts>, ReadError> {
        let terms = Terms {
            trust: &self.trust,
            evidence: &self.evidence,
            policy: &self.policy,
            paths: None,
            known: None,
            at: self.at,
        };
        let item = Item::new(&message.octets, message.content.as_deref());
        let report = validate_many(&[item], &terms, &self.book).remove(0)?;
        Ok(report.signatures.iter().map(signer_facts).collect())
    }

    /// Every answer about a document that a change of it could turn, in a fixed order.
    pub(crate) fn truths(&mut self, message: &Message) -> Result<Vec<Answer>, ReadError> {
        let facts = self.facts(message)?;
        let link = |c: &Option<Certificate>| c.as_ref().map_or(Answer::Unsupported, |c| self.link(c));
        let mut truths = Vec::new();
        for signer in &facts {
            truths.extend([signer.digest, signer.signature, link(&signer.certificate)]);
            for stamp in &signer.stamps {
                truths.extend([stamp.imprint, stamp.digest, stamp.signature, link(&stamp.tsa)]);
            }
        }
        Ok(truths)
    }
}

/// One answer for a whole document: the worst of its signers' contents and signatures.
pub(crate) fn overall(facts: &Result<Vec<SignerFacts>, ReadError>) -> Answer {
    match facts {
        Err(ReadError::NoSignature | ReadError::FormatNotSupported(_)) => Answer::Unsupported,
        Err(_) => Answer::Error,
        Ok(signers) => worst(&signers.iter().flat_map(|s| [s.digest, s.signature]).collect::<Vec<_>>()),
    }
}

fn worst(answers: &[Answer]) -> Answer {
    let order = [Answer::Invalid, Answer::Error, Answer::Unsupported];
    order.into_iter().find(|o| answers.contains(o)).unwrap_or(Answer::Valid)
}

/// Computes one claim.
pub(crate) fn claim(claim: Result<SignatureClaim<'_>, LinkOutcome>) -> Answer {
    match claim {
        Ok(claim) => Answer::holds(matches!(verify_many(&[claim]).as_slice(), [Outcome::Valid(_)])),
        Err(LinkOutcome::Valid(_)) => Answer::Valid,
        Err(LinkOutcome::Invalid) => Answer::Invalid,
        Err(LinkOutcome::Unsupported) => Answer::Unsupported,
    }
}

/// Whether a certificate's key signed some octets.
pub(crate) fn signed_with(
    certificate: &Certificate,
    algorithm: &AlgorithmIdentifier,
    (message, value): (&[u8], &[u8]),
) -> Answer {
    let Ok(key) = certificate.public_key() else { return Answer::Unsupported };
    match SignatureAlgorithm::resolve(algorithm.oid, algorithm.parameters.as_deref(), None, key) {
        Err(_) => Answer::Unsupported,
        Ok(algorithm) => claim(Ok(SignatureClaim { algorithm, key, message: message.into(), value: value.into() })),
    }
}

fn signer_facts(report: &SignatureReport) -> SignerFacts {
    let digest = match report.content_digest {
        ContentDigest::Valid => Answer::Valid,
        ContentDigest::Invalid => Answer::Invalid,
        ContentDigest::ContentMissing | ContentDigest::Unsupported => Answer::Unsupported,
    };
    let value = match report.signature_value {
        SignatureValue::Valid => Answer::Valid,
        SignatureValue::Invalid => Answer::Invalid,
        SignatureValue::Unsupported => Answer::Unsupported,
    };
    let signature = if is_misshapen(&report.reasons) { Answer::Invalid } else { value };
    let stamps = report.time_stamps.iter().map(stamp_facts).collect();
    SignerFacts { digest, signature, certificate: report.signer.clone(), stamps }
}

/// A signature that holds over attributes which are not what they must be is none.
fn is_misshapen(reasons: &[Reason]) -> bool {
    let misshapen =
        |r: &Reason| r.code.finding() == SubIndication::FormatFailure || r.code == Code::SigningCertificateMismatch;
    reasons.iter().any(misshapen)
}

fn stamp_facts(report: &TimeStampReport) -> StampFacts {
    let has = |code: Code| report.reasons.iter().any(|r| r.code == code);
    let imprint = match report.fault {
        Some(TimeStampFault::Malformed) => Answer::Error,
        Some(TimeStampFault::WrongImprint) => Answer::Invalid,
        Some(TimeStampFault::ImprintNotSupported) => Answer::Unsupported,
        _ => Answer::Valid,
    };
    let missing = [Code::AlgorithmNotSupported, Code::KeyNotUsable, Code::SigningCertificateNotFound];
    let not_a_tsa = matches!(report.fault, Some(TimeStampFault::NotATsa | TimeStampFault::Malformed));
    let signature = if has(Code::SignatureInvalid) || not_a_tsa || is_misshapen(&report.reasons) {
        Answer::Invalid
    } else if report.tsa.is_none() || missing.into_iter().any(has) {
        Answer::Unsupported
    } else {
        Answer::Valid
    };
    StampFacts { imprint, digest: Answer::holds(!has(Code::ContentDigestMismatch)), signature, tsa: report.tsa.clone() }
}
