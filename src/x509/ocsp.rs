//! OCSP responses (RFC 6960 §4.2.1): read, never judged.

use super::ocsp_request::{OcspRequest, read_extensions, repeated_nonce};
use super::{AlgorithmIdentifier, CertId, Certificate, Extension, Fingerprint, Name, RevocationReason};
use crate::codec::der::{Encoding, Reader, Tlv, tag};
use crate::codec::{Malformed, MalformedKind};
use crate::limits::{CERTIFICATES_MAX, OCSP_RESPONSE_BYTES_MAX};
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
        /// CRLReason; a code that RFC 5280 does not define is kept as `Err`.
        reason: Option<Result<RevocationReason, u8>>,
    },
    /// The responder does not know the certificate: never to be read as good.
    Unknown,
}

/// ASN.1: `SingleResponse ::= SEQUENCE { certID, certStatus, thisUpdate, nextUpdate [0] OPTIONAL, singleExtensions [1] OPTIONAL }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SingleResponse {
    /// About which certificate.
    pub cert_id: CertId,
    /// The answer.
    pub status: CertStatus,
    /// When the answer was known to be right.
    pub this_update: Timestamp,
    /// When newer information is due.
    pub next_update: Option<Timestamp>,
    /// Until when back in time expired certificates are still answered for (RFC 6960 §4.4.4).
    pub archive_cutoff: Option<Timestamp>,
    /// Since when the certificate is known or suspected not to be good (RFC 6960 §4.4.5, RFC 5280 §5.3.2).
    pub invalidity_date: Option<Timestamp>,
    /// Algorithm and digest of the certificate that the responder has before it (Common PKI, part 4 §3.1.2).
    pub cert_hash: Option<(AlgorithmIdentifier, Vec<u8>)>,
    /// Whether a critical extension is there that we do not know.
    pub unknown_critical_extension: bool,
}

/// A response whose type is id-pkix-ocsp-basic.
#[derive(Clone, Debug)]
pub struct OcspResponse {
    /// The whole encoding as received.
    pub der: Vec<u8>,
    /// SHA-256 over the whole encoding.
    pub fingerprint: Fingerprint,
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
    /// What a request's nonce is compared with.
    pub nonce: Option<Vec<u8>>,
    /// Whether "revoked" may also mean "never issued" (id-pkix-ocsp-extended-revoke, RFC 6960 §4.4.8).
    pub extended_revoke: bool,
    /// Whether a critical extension is there that we do not know.
    pub unknown_critical_extension: bool,
    /// Certificates that came along.
    pub certificates: Vec<Certificate>,
}

/// What became of a request's nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NonceStanding {
    /// None was sent.
    NotSent,
    /// It came back.
    Echoed,
    /// One was sent and none came back: a response made beforehand (RFC 5019 §4); its times must tell how old it is.
    Missing,
}

/// Why a response does not answer a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAnAnswer {
    /// RFC 6960 §4.2.1: the responder says that it does not answer.
    #[error("the responder gives no answer: {0:?}")]
    NotSuccessful(OcspResponseStatus),
    /// A certificate that was asked about has no answer.
    #[error("the response says nothing about a certificate that was asked about")]
    OtherCertificate,
    /// RFC 9654 §2: the nonce that came back is another one; somebody may be repeating an old answer.
    #[error("the response repeats another nonce than the one that was sent")]
    OtherNonce,
}

impl OcspResponse {
    /// Reads one response from its DER.
    ///
    /// *Errors*: `Malformed`. *Cost*: `OCSP_RESPONSE_BYTES_MAX`, `CERTIFICATES_MAX` answers and certificates.
    pub fn parse(der: &[u8]) -> Result<Self, Malformed> {
        OCSP_RESPONSE_BYTES_MAX.check(der.len()).map_err(|e| Malformed {
            at: 0,
            kind: MalformedKind::Limit(e),
            within: "OCSPResponse",
        })?;
        let mut reader = Reader::single(der, Encoding::Der, "OCSPResponse")?.reader();
        let status = read_status(&reader.expect(tag::ENUMERATED)?)?;
        let mut response = Self::empty(der, status);
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

    /// Makes a response of what CMS and CAdES carry: a bare BasicOCSPResponse (RFC 5940 §2 carries the whole, CAdES
    /// revocation-values the bare one).
    pub fn parse_basic(der: &[u8]) -> Result<Self, Malformed> {
        use crate::codec::der::{context, enumerated, octet_string, oid, sequence};
        let bytes = sequence(&[&oid(oids::OCSP_BASIC), &octet_string(der)]);
        Self::parse(&sequence(&[&enumerated(0), &context(0, &bytes)]))
    }

    /// Whether this is the answer to `request`; says nothing about who signed it.
    ///
    /// *Errors*: `NotAnAnswer`.
    pub fn check_response_to(&self, request: &OcspRequest) -> Result<NonceStanding, NotAnAnswer> {
        if self.status != OcspResponseStatus::Successful {
            return Err(NotAnAnswer::NotSuccessful(self.status));
        }
        let answers = |asked: &CertId| self.responses.iter().any(|one| one.cert_id.is_same(asked));
        if !request.cert_ids.iter().all(answers) {
            return Err(NotAnAnswer::OtherCertificate);
        }
        match (&request.nonce, &self.nonce) {
            (None, _) => Ok(NonceStanding::NotSent),
            (Some(_), None) => Ok(NonceStanding::Missing),
            (Some(sent), Some(came)) if sent == came => Ok(NonceStanding::Echoed),
            (Some(_), Some(_)) => Err(NotAnAnswer::OtherNonce),
        }
    }

    fn empty(der: &[u8], status: OcspResponseStatus) -> Self {
        Self {
            der: der.to_vec(),
            fingerprint: Fingerprint::of(der),
            status,
            tbs: Vec::new(),
            signature_algorithm: None,
            signature_value: Vec::new(),
            responder: None,
            produced_at: None,
            responses: Vec::new(),
            nonce: None,
            extended_revoke: false,
            unknown_critical_extension: false,
            certificates: Vec::new(),
        }
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

    /// ASN.1: `ResponseData ::= SEQUENCE { version [0] DEFAULT v1, responderID, producedAt, responses,
    /// responseExtensions [1] OPTIONAL }`
    fn read_tbs(&mut self, mut tbs: Reader<'_>) -> Result<(), Malformed> {
        if let Some(version) = tbs.optional(tag::CONTEXT_CONSTRUCTED)?
            && version.reader().small_integer()? != 0
        {
            return Err(version.malformed(MalformedKind::Version));
        }
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
        let extensions = read_extensions(&mut tbs, 1)?;
        tbs.finish()?;
        const KNOWN: [const_oid::ObjectIdentifier; 2] = [oids::OCSP_NONCE, oids::OCSP_EXTENDED_REVOKE];
        self.nonce = repeated_nonce(&extensions);
        self.extended_revoke = extensions.iter().any(|e| e.oid == oids::OCSP_EXTENDED_REVOKE);
        self.unknown_critical_extension = extensions.iter().any(|e| e.critical && !KNOWN.contains(&e.oid));
        Ok(())
    }
}

fn read_status(value: &Tlv<'_>) -> Result<OcspResponseStatus, Malformed> {
    Ok(match value.content {
        [0] => OcspResponseStatus::Successful,
        [1] => OcspResponseStatus::MalformedRequest,
        [2] => OcspResponseStatus::InternalError,
        [3] => OcspResponseStatus::TryLater,
        [5] => OcspResponseStatus::SigRequired,
        [6] => OcspResponseStatus::Unauthorized,
        _ => return Err(value.malformed(MalformedKind::Value)),
    })
}

fn read_single(mut reader: Reader<'_>) -> Result<SingleResponse, Malformed> {
    let cert_id = CertId::parse(reader.sequence()?)?;
    let status = reader.any()?;
    let status = match status.tag {
        t if t == tag::CONTEXT => CertStatus::Good,
        t if t == tag::CONTEXT_CONSTRUCTED | 1 => read_revoked(status.reader())?,
        t if t == tag::CONTEXT | 2 => CertStatus::Unknown,
        _ => return Err(status.malformed(MalformedKind::Value)),
    };
    let this_update = reader.expect(tag::GENERALIZED_TIME)?.time()?;
    let next_update = match reader.optional(tag::CONTEXT_CONSTRUCTED)? {
        Some(explicit) => Some(explicit.reader().expect(tag::GENERALIZED_TIME)?.time()?),
        None => None,
    };
    let extensions = read_extensions(&mut reader, 1)?;
    reader.finish()?;
    const KNOWN: [const_oid::ObjectIdentifier; 3] =
        [oids::OCSP_ARCHIVE_CUTOFF, oids::OCSP_CERT_HASH, oids::INVALIDITY_DATE];
    let find = |oid| extensions.iter().find(|e: &&Extension| e.oid == oid).map(|e| e.value.as_slice());
    let time = |oid, within| match find(oid) {
        Some(value) => Reader::new(value, Encoding::Der, within).expect(tag::GENERALIZED_TIME)?.time().map(Some),
        None => Ok(None),
    };
    let archive_cutoff = time(oids::OCSP_ARCHIVE_CUTOFF, "ArchiveCutoff")?;
    let invalidity_date = time(oids::INVALIDITY_DATE, "InvalidityDate")?;
    let cert_hash = find(oids::OCSP_CERT_HASH).map(read_cert_hash).transpose()?;
    let unknown_critical_extension = extensions.iter().any(|e| e.critical && !KNOWN.contains(&e.oid));
    Ok(SingleResponse {
        cert_id,
        status,
        this_update,
        next_update,
        archive_cutoff,
        invalidity_date,
        cert_hash,
        unknown_critical_extension,
    })
}

/// ASN.1: `RevokedInfo ::= SEQUENCE { revocationTime GeneralizedTime, revocationReason [0] CRLReason OPTIONAL }`
fn read_revoked(mut info: Reader<'_>) -> Result<CertStatus, Malformed> {
    let revocation_time = info.expect(tag::GENERALIZED_TIME)?.time()?;
    let reason = match info.optional(tag::CONTEXT_CONSTRUCTED)? {
        Some(explicit) => {
            let value = explicit.reader().expect(tag::ENUMERATED)?;
            let [code] = value.content else { return Err(value.malformed(MalformedKind::Value)) };
            Some(RevocationReason::from_code(*code).ok_or(*code))
        }
        None => None,
    };
    info.finish()?;
    Ok(CertStatus::Revoked { revocation_time, reason })
}

/// ASN.1: `CertHash ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier, certificateHash OCTET STRING }`
fn read_cert_hash(value: &[u8]) -> Result<(AlgorithmIdentifier, Vec<u8>), Malformed> {
    let mut outer = Reader::new(value, Encoding::Der, "CertHash");
    let mut reader = outer.sequence()?;
    outer.finish()?;
    let algorithm = AlgorithmIdentifier::parse(reader.sequence()?)?;
    let hash = reader.expect(tag::OCTET_STRING)?.content.to_vec();
    reader.finish()?;
    Ok((algorithm, hash))
}
