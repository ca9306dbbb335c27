//! OCSP responses (RFC 6960 §4.2.1): read, so that their signatures can be verified and their facts seen.

use super::{AlgorithmIdentifier, Certificate, Name};
use crate::codec::der::{Encoding, Reader, Tlv, tag};
use crate::codec::{Malformed, MalformedKind};
use crate::limits::CERTIFICATES_MAX;
use crate::time::Timestamp;
use crate::x509::oids;

/// OCSPResponseStatus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the standard's")]
pub enum OcspResponseStatus {
    Successful,
    MalformedRequest,
    InternalError,
    TryLater,
    SigRequired,
    Unauthorized,
}

/// Who signed a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponderId {
    /// By its subject name.
    ByName(Name),
    /// By SHA-1 over its public key.
    ByKey(Vec<u8>),
}

/// What is said of one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertStatus {
    /// Not known to be revoked.
    Good,
    /// Revoked since, with the reason's code where told.
    Revoked {
        /// Since when.
        revocation_time: Timestamp,
        /// CRLReason.
        reason: Option<u8>,
    },
    /// The responder does not know the certificate: never to be read as good.
    Unknown,
}

/// ASN.1: `SingleResponse ::= SEQUENCE { certID, certStatus, thisUpdate, nextUpdate [0] OPTIONAL, singleExtensions [1] OPTIONAL }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SingleResponse {
    /// Digest algorithm of the two hashes.
    pub hash_algorithm: AlgorithmIdentifier,
    /// Digest over the issuer's name.
    pub issuer_name_hash: Vec<u8>,
    /// Digest over the issuer's key.
    pub issuer_key_hash: Vec<u8>,
    /// Contents octets of the serial number.
    pub serial: Vec<u8>,
    /// The answer.
    pub status: CertStatus,
    /// When the answer was known to be right.
    pub this_update: Timestamp,
    /// When newer information is due.
    pub next_update: Option<Timestamp>,
}

/// A response whose type is id-pkix-ocsp-basic.
#[derive(Clone, Debug)]
pub struct OcspResponse {
    /// Whether the responder answered at all.
    pub status: OcspResponseStatus,
    /// The octets that the responder signed; empty without a basic response.
    pub tbs: Vec<u8>,
    /// How they are signed.
    pub signature_algorithm: Option<AlgorithmIdentifier>,
    /// The signature value.
    pub signature_value: Vec<u8>,
    /// Who signed.
    pub responder: Option<ResponderId>,
    /// When.
    pub produced_at: Option<Timestamp>,
    /// The answers.
    pub responses: Vec<SingleResponse>,
    /// Certificates that came along.
    pub certificates: Vec<Certificate>,
}

impl OcspResponse {
    /// Reads one response from its DER.
    pub fn parse(der: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::single(der, Encoding::Der, "OCSPResponse")?.reader();
        let status = reader.expect(tag::ENUMERATED)?;
        let status = match status.content {
            [0] => OcspResponseStatus::Successful,
            [1] => OcspResponseStatus::MalformedRequest,
            [2] => OcspResponseStatus::InternalError,
            [3] => OcspResponseStatus::TryLater,
            [5] => OcspResponseStatus::SigRequired,
            [6] => OcspResponseStatus::Unauthorized,
            _ => return Err(status.malformed(MalformedKind::Value)),
        };
        let mut response = Self {
            status,
            tbs: Vec::new(),
            signature_algorithm: None,
            signature_value: Vec::new(),
            responder: None,
            produced_at: None,
            responses: Vec::new(),
            certificates: Vec::new(),
        };
        if let Some(explicit) = reader.optional(tag::CONTEXT_CONSTRUCTED)? {
            let mut bytes = explicit.reader().sequence()?;
            let kind = bytes.oid()?;
            let basic = bytes.expect(tag::OCTET_STRING)?;
            bytes.finish()?;
            if kind == oids::OCSP_BASIC {
                response.read_basic(&basic)?;
            }
        }
        reader.finish()?;
        Ok(response)
    }

    /// ASN.1: `BasicOCSPResponse ::= SEQUENCE { tbsResponseData, signatureAlgorithm, signature, certs [0] OPTIONAL }`
    fn read_basic(&mut self, octets: &Tlv<'_>) -> Result<(), Malformed> {
        let mut outer = octets.reader().named("BasicOCSPResponse");
        let mut reader = outer.sequence()?;
        outer.finish()?;
        let tbs = reader.expect(tag::SEQUENCE)?;
        self.tbs = tbs.raw.to_vec();
        self.signature_algorithm = Some(AlgorithmIdentifier::parse(reader.sequence()?)?);
        self.signature_value = reader.expect(tag::BIT_STRING)?.bit_string()?.to_vec();
        if let Some(explicit) = reader.optional(tag::CONTEXT_CONSTRUCTED)? {
            let mut list = explicit.reader().sequence()?;
            while !list.is_empty() {
                CERTIFICATES_MAX.check(self.certificates.len()).map_err(|e| list.malformed(MalformedKind::Limit(e)))?;
                self.certificates.push(Certificate::parse(list.expect(tag::SEQUENCE)?.raw)?);
            }
        }
        reader.finish()?;
        self.read_tbs(tbs.reader().named("ResponseData"))
    }

    fn read_tbs(&mut self, mut tbs: Reader<'_>) -> Result<(), Malformed> {
        tbs.optional(tag::CONTEXT_CONSTRUCTED)?;
        let responder = tbs.any()?;
        self.responder = Some(match responder.tag {
            t if t == tag::CONTEXT_CONSTRUCTED | 1 => {
                ResponderId::ByName(Name::parse(&responder.reader().expect(tag::SEQUENCE)?)?)
            }
            t if t == tag::CONTEXT_CONSTRUCTED | 2 => {
                ResponderId::ByKey(responder.reader().expect(tag::OCTET_STRING)?.content.to_vec())
            }
            _ => return Err(responder.malformed(MalformedKind::Value)),
        });
        self.produced_at = Some(tbs.expect(tag::GENERALIZED_TIME)?.time()?);
        let mut list = tbs.sequence()?;
        while !list.is_empty() {
            CERTIFICATES_MAX.check(self.responses.len()).map_err(|e| list.malformed(MalformedKind::Limit(e)))?;
            self.responses.push(read_single(list.sequence()?)?);
        }
        Ok(())
    }
}

fn read_single(mut reader: Reader<'_>) -> Result<SingleResponse, Malformed> {
    let mut id = reader.sequence()?;
    let hash_algorithm = AlgorithmIdentifier::parse(id.sequence()?)?;
    let issuer_name_hash = id.expect(tag::OCTET_STRING)?.content.to_vec();
    let issuer_key_hash = id.expect(tag::OCTET_STRING)?.content.to_vec();
    let serial = id.integer()?.to_vec();
    id.finish()?;
    let status = reader.any()?;
    let status = match status.tag {
        t if t == tag::CONTEXT => CertStatus::Good,
        t if t == tag::CONTEXT_CONSTRUCTED | 1 => {
            let mut info = status.reader();
            let revocation_time = info.expect(tag::GENERALIZED_TIME)?.time()?;
            let reason = match info.optional(tag::CONTEXT_CONSTRUCTED)? {
                Some(explicit) => explicit.reader().expect(tag::ENUMERATED)?.content.first().copied(),
                None => None,
            };
            CertStatus::Revoked { revocation_time, reason }
        }
        t if t == tag::CONTEXT | 2 => CertStatus::Unknown,
        _ => return Err(status.malformed(MalformedKind::Value)),
    };
    let this_update = reader.expect(tag::GENERALIZED_TIME)?.time()?;
    let next_update = match reader.optional(tag::CONTEXT_CONSTRUCTED)? {
        Some(explicit) => Some(explicit.reader().expect(tag::GENERALIZED_TIME)?.time()?),
        None => None,
    };
    Ok(SingleResponse { hash_algorithm, issuer_name_hash, issuer_key_hash, serial, status, this_update, next_update })
}
