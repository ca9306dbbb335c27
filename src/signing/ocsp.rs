//! OCSP responses (RFC 6960 §4.2): what a responder says of certificates, and when it says nothing.

use super::SigningError;
use super::signer::{check_pair, check_signature};
use crate::codec::der;
use crate::crypto;
use crate::time::Timestamp;
use crate::x509::{
    CertId, CertStatus, Certificate, ExtensionValue, OcspResponse, OcspResponseStatus, RevocationReason, encode_nonce,
    oids,
};

/// Who signs OCSP responses: a key with the certificate of a delegate, or of the issuer itself.
#[derive(Clone, Copy, Debug)]
pub struct OcspResponder<'a> {
    key: &'a dyn crypto::Signer,
    certificate: &'a Certificate,
}

impl<'a> OcspResponder<'a> {
    /// Takes a key with its certificate.
    ///
    /// *Source*: RFC 6960 §4.2.2.2: the issuer itself, or one whose certificate has id-kp-OCSPSigning; that the issuer
    /// issued it is for the caller to know. *Errors*: `KeyMismatch`, `CertificateKey`, `NotForOcsp`.
    pub fn new(key: &'a dyn crypto::Signer, certificate: &'a Certificate) -> Result<Self, SigningError> {
        check_pair(key, certificate)?;
        let is_authority = match certificate.basic_constraints() {
            ExtensionValue::Present(constraints) => constraints.ca,
            ExtensionValue::Absent | ExtensionValue::Unreadable => false,
        };
        if is_authority || certificate.has_purpose(oids::OCSP_SIGNING) {
            Ok(Self { key, certificate })
        } else {
            Err(SigningError::NotForOcsp)
        }
    }

    /// Its certificate.
    pub fn certificate(&self) -> &'a Certificate {
        self.certificate
    }
}

/// What a response is to say.
#[derive(Clone, Debug)]
pub struct OcspDraft {
    /// When it is signed.
    pub produced_at: Timestamp,
    /// One answer for each certificate asked for, in their order.
    pub answers: Vec<OcspAnswer>,
    /// The octets of the nonce that the request carries.
    pub nonce: Option<Vec<u8>>,
}

/// What is said of one certificate.
#[derive(Clone, Debug)]
pub struct OcspAnswer {
    /// The CertID as asked: digest and parameters are the client's choice.
    pub cert_id: CertId,
    /// The answer.
    pub status: CertStatus,
    /// When the answer was known to be right.
    pub this_update: Timestamp,
    /// When newer information is due; none where it is always to be had.
    pub next_update: Option<Timestamp>,
}

/// Issues a response; the responder's certificate goes along.
///
/// *Source*: RFC 6960 §4.2.1, responderID byName as Kazakh responders have it (facts/kz-pki.md §2.6). *Gives* an
/// OCSPResponse in DER. *Errors*: `Sign`, `SelfCheck`, `Malformed`.
pub fn issue_ocsp(draft: &OcspDraft, responder: &OcspResponder<'_>) -> Result<Vec<u8>, SigningError> {
    let answers: Vec<u8> = draft.answers.iter().flat_map(encode_answer).collect();
    let nonce = draft.nonce.as_ref().map(|nonce| der::context(1, &der::sequence(&[&encode_nonce(nonce)])));
    let tbs = der::sequence(&[
        &der::context(1, responder.certificate.subject().raw()),
        &der::generalized_time(draft.produced_at),
        &der::sequence(&[&answers]),
        &nonce.unwrap_or_default(),
    ]);
    let algorithm = responder.key.signature_algorithm();
    let value = responder.key.sign(&tbs)?;
    let basic = der::sequence(&[
        &tbs,
        &algorithm.algorithm_identifier_der(),
        &der::bit_string(&value),
        &der::context(0, &der::sequence(&[responder.certificate.der()])),
    ]);
    let bytes = der::sequence(&[&der::oid(oids::OCSP_BASIC), &der::octet_string(&basic)]);
    let response = der::sequence(&[&der::enumerated(0), &der::context(0, &bytes)]);
    let read = OcspResponse::parse(&response)?;
    if read.responses.len() != draft.answers.len() {
        return Err(SigningError::SelfCheck);
    }
    check_signature(algorithm, responder.key.public_key(), &read.tbs, &read.signature_value)?;
    Ok(response)
}

/// Encodes a response that says nothing and is not signed (RFC 6960 §4.2.1); `Successful` becomes `InternalError`,
/// since nothing is said.
pub fn encode_ocsp_error(status: OcspResponseStatus) -> Vec<u8> {
    let code = match status {
        OcspResponseStatus::MalformedRequest => 1,
        OcspResponseStatus::Successful | OcspResponseStatus::InternalError => 2,
        OcspResponseStatus::TryLater => 3,
        OcspResponseStatus::SigRequired => 5,
        OcspResponseStatus::Unauthorized => 6,
    };
    der::sequence(&[&der::enumerated(code)])
}

/// ASN.1: `SingleResponse ::= SEQUENCE { certID, certStatus, thisUpdate, nextUpdate [0] EXPLICIT OPTIONAL, … }`
fn encode_answer(answer: &OcspAnswer) -> Vec<u8> {
    let next_update = answer.next_update.map(|at| der::context(0, &der::generalized_time(at)));
    der::sequence(&[
        &answer.cert_id.encode(),
        &encode_status(&answer.status),
        &der::generalized_time(answer.this_update),
        &next_update.unwrap_or_default(),
    ])
}

/// ASN.1: `CertStatus ::= CHOICE { good [0] IMPLICIT NULL, revoked [1] IMPLICIT RevokedInfo, unknown [2] IMPLICIT NULL }`
fn encode_status(status: &CertStatus) -> Vec<u8> {
    match status {
        CertStatus::Good => der::context_primitive(0, &[]),
        CertStatus::Revoked { revocation_time, reason } => {
            let code = reason.map(|reason| reason.map_or_else(|code| code, RevocationReason::code));
            let reason = code.map(|code| der::context(0, &der::enumerated(code))).unwrap_or_default();
            der::context(1, &[der::generalized_time(*revocation_time), reason].concat())
        }
        CertStatus::Unknown => der::context_primitive(2, &[]),
    }
}
