//! What is found about a document and its signatures: facts, findings and reasons, before anybody tells them.

use std::collections::BTreeSet;
use std::sync::Arc;

use const_oid::ObjectIdentifier;

use super::explain::PathFinding;
use super::reason::Reason;
use super::verdict::{Indication, Verdict};
use crate::codec::Malformed;
use crate::container::Format;
use crate::crypto::SignatureAlgorithm;
use crate::time::Timestamp;
use crate::trust::{
    CompiledTrust, DocumentFacts, ReceiptFinding, Recognition, RecognitionQuestion, Standpoint, Technical, recognise,
};
use crate::x509::{Certificate, Fingerprint};

/// A document that could not be read at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Its syntax is broken.
    #[error("{0}")]
    Malformed(#[from] Malformed),
    /// Its format is recognised, but not supported yet.
    #[error("the document is {}, which is not supported yet", .0.name())]
    FormatNotSupported(Format),
    /// It reads, but nobody has signed it.
    #[error("the message carries no signature")]
    NoSignature,
    /// It is larger than any document may be.
    #[error("{0}")]
    Limit(#[from] crate::limits::LimitExceeded),
}

impl ReadError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "MALFORMED",
            Self::FormatNotSupported(_) => "FORMAT_NOT_SUPPORTED",
            Self::NoSignature => "NO_SIGNATURE",
            Self::Limit(_) => "LIMIT_EXCEEDED",
        }
    }

    /// Where in the input, where that can be told.
    pub fn at(&self) -> Option<usize> {
        match self {
            Self::Malformed(malformed) => Some(malformed.at),
            _ => None,
        }
    }
}

/// The findings about one document.
#[derive(Clone, Debug)]
pub struct DocumentReport {
    /// What it is.
    pub format: Format,
    /// That of its worst signature.
    pub verdict: Verdict,
    /// Its signatures, in the order received.
    pub signatures: Vec<SignatureReport>,
    /// The content its signatures cover, by SHA-256; `None` where it is not at hand.
    pub content_sha256: Option<Fingerprint>,
    /// The covered content itself, where it is a small JSON object: for those who know what documents say.
    pub json_content: Option<Vec<u8>>,
}

/// Whether the mathematics of a signature holds, whatever its certificate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureValue {
    /// It does.
    Valid,
    /// It does not.
    Invalid,
    /// It cannot be computed here: algorithm, key or certificate are missing or not supported.
    Unsupported,
}

/// Whether the content is what was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentDigest {
    /// It is.
    Valid,
    /// It is not.
    Invalid,
    /// It is not at hand.
    ContentMissing,
    /// The digest algorithm is not supported, or the signature that covers the content is not.
    Unsupported,
}

/// The findings about one signature.
#[derive(Clone, Debug)]
pub struct SignatureReport {
    /// The answer.
    pub verdict: Verdict,
    /// The mathematics.
    pub signature_value: SignatureValue,
    /// The content.
    pub content_digest: ContentDigest,
    /// How it was signed, where supported.
    pub algorithm: Option<SignatureAlgorithm>,
    /// The signature algorithm's OID as received.
    pub algorithm_oid: ObjectIdentifier,
    /// The signer's certificate, where found.
    pub signer: Option<Certificate>,
    /// When the signer says it was signed.
    pub claimed_signing_time: Option<Timestamp>,
    /// The earliest time the signature is proven to exist: by a time stamp, or else by being asked about.
    pub best_signature_time: Timestamp,
    /// Its time stamps.
    pub time_stamps: Vec<TimeStampReport>,
    /// The legal route, by what the signature alone says: without receipts, of a document of unknown type.
    pub recognition: Recognition,
    /// What it was decided on; see [`SignatureReport::recognise_with`].
    pub recognition_facts: RecognitionFacts,
    /// Everything that stands against it, gravest first.
    pub reasons: Vec<Reason>,
    /// The certification path, target first, as far as it was found.
    pub path: Arc<[Certificate]>,
    /// What was checked along it (`explain`).
    pub path_finding: PathFinding,
}

/// What validation found that bears on recognition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecognitionFacts {
    /// How the signature stood.
    pub technical: Technical,
    /// Whether the path reached an anchor.
    pub reaches_anchor: bool,
    /// The earliest time it is proven to exist by a time stamp, or by whoever asked.
    pub proven_at: Option<Timestamp>,
    /// When it was asked about.
    pub at: Timestamp,
}

impl RecognitionFacts {
    /// Asks about the signature of this path and signer in this document; nobody has a receipt yet.
    pub(super) fn about<'a>(
        &self,
        (path, signer): (&'a [Certificate], Option<&'a Certificate>),
        algorithm: ObjectIdentifier,
        document: &'a DocumentFacts,
    ) -> RecognitionQuestion<'a> {
        RecognitionQuestion {
            path: if self.reaches_anchor { path } else { &[] },
            signer,
            algorithm: Some(algorithm),
            technical: self.technical,
            proven_at: self.proven_at,
            at: self.at,
            document,
            receipts: &[],
            standpoint: Standpoint::RelyingParty,
        }
    }
}

impl SignatureReport {
    /// Decides about recognition once more, with what validation could not know: the document's type, receipts about it,
    /// and who asks. The mathematics stays as it is.
    pub fn recognise_with(
        &self,
        (document, receipts): (&DocumentFacts, &[ReceiptFinding]),
        standpoint: Standpoint,
        trust: &CompiledTrust,
    ) -> Recognition {
        let question = self.recognition_facts.about((&self.path, self.signer.as_ref()), self.algorithm_oid, document);
        recognise(&RecognitionQuestion { receipts, standpoint, ..question }, trust)
    }

    /// Tells of addresses that were asked in vain about a signature that cannot be told yet. It changes no verdict: nothing
    /// comes after `TRY_LATER` in the order of precedence, and whatever passed or failed is left alone.
    pub fn tell_upstream(&mut self, asked: impl IntoIterator<Item = Reason>) {
        if self.verdict.indication != Indication::Indeterminate {
            return;
        }
        let told = asked.into_iter().filter(|reason| reason.code.is_about_upstream());
        self.reasons.extend(told);
        self.reasons.dedup();
    }

    /// When asking again may help, where an address that was asked in vain told or was given a time.
    pub fn retry_at(&self) -> Option<Timestamp> {
        self.reasons.iter().filter(|reason| reason.code.is_about_upstream()).filter_map(|reason| reason.when).min()
    }
}

/// The findings about one time stamp.
#[derive(Clone, Debug)]
pub struct TimeStampReport {
    /// Whether it proves its time.
    pub indication: TimeStampIndication,
    /// The time it states.
    pub gen_time: Option<Timestamp>,
    /// The TSA's certificate, where found.
    pub tsa: Option<Certificate>,
    /// Whether the signature value holds.
    pub signature_value: SignatureValue,
    /// Whether the message digest is that of its content.
    pub content_digest: ContentDigest,
    /// What stands against it, in the words of the same reasons.
    pub reasons: Vec<Reason>,
    /// Why it does not bear on this signature at all, where so.
    pub fault: Option<TimeStampFault>,
    /// The TSA's certification path, as far as it was found.
    pub path: Vec<Certificate>,
    /// What the finding about that path rests on, by name.
    pub rests_on: BTreeSet<Fingerprint>,
}

/// Whether a time stamp proves its time (EN 319 102-1 §5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeStampIndication {
    /// It does.
    Passed,
    /// It cannot be told.
    Indeterminate,
    /// It does not.
    Failed,
}

/// What can be wrong with a time stamp itself (RFC 3161 §2.4.2; EN 319 102-1 §5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeStampFault {
    /// The token does not read, or is not what RFC 3161 describes.
    Malformed,
    /// It is about other octets than this signature's value.
    WrongImprint,
    /// The imprint's digest algorithm is not supported.
    ImprintNotSupported,
    /// The policy no longer accepts the imprint's digest algorithm.
    ImprintNotAccepted,
    /// The centre behind the TSA is not recognised for the time it states.
    NotRecognised,
    /// Its certificate is not one of a TSA (critical extended key usage timeStamping alone, RFC 3161 §2.3).
    NotATsa,
    /// It states a time that has not come yet.
    InTheFuture,
    /// No signed attribute names the certificate of its TSA, so it could be shown under another one.
    SignerNotNamed,
    /// It does not repeat the nonce of the request it should answer.
    OtherNonce,
    /// It is issued under another policy than the one asked for.
    OtherPolicy,
}

impl TimeStampFault {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "TIME_STAMP_MALFORMED",
            Self::WrongImprint => "TIME_STAMP_WRONG_IMPRINT",
            Self::ImprintNotSupported => "TIME_STAMP_IMPRINT_NOT_SUPPORTED",
            Self::ImprintNotAccepted => "TIME_STAMP_IMPRINT_NOT_ACCEPTED",
            Self::NotRecognised => "TIME_STAMP_NOT_RECOGNISED",
            Self::NotATsa => "TIME_STAMP_NOT_FROM_A_TSA",
            Self::InTheFuture => "TIME_STAMP_IN_THE_FUTURE",
            Self::SignerNotNamed => "TIME_STAMP_SIGNER_NOT_NAMED",
            Self::OtherNonce => "TIME_STAMP_OTHER_NONCE",
            Self::OtherPolicy => "TIME_STAMP_OTHER_POLICY",
        }
    }
}
