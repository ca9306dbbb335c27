//! OCSP requests (RFC 6960 §4.1): written by those who ask, read by those who answer.

use super::{CertId, Extension, oids};
use crate::codec::der::{self, Encoding, Reader, tag};
use crate::codec::{Malformed, MalformedKind};
use crate::limits::{OCSP_CERT_IDS_MAX, OCSP_NONCE_BYTES_MAX, OCSP_REQUEST_BYTES_MAX};

/// What is asked. A signature on the request (RFC 6960 §4.1.1 optionalSignature) is passed over: it says who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OcspRequest {
    /// The certificates in question, at least one.
    pub cert_ids: Vec<CertId>,
    /// What the answer must repeat: 1 to 128 octets (RFC 9654 §2.1).
    pub nonce: Option<Vec<u8>>,
    /// Whether a critical extension is there that we do not know: then nobody here can answer.
    pub unknown_critical_extension: bool,
}

impl OcspRequest {
    /// Asks about one certificate.
    pub fn new(cert_id: CertId, nonce: Option<Vec<u8>>) -> Self {
        Self { cert_ids: vec![cert_id], nonce, unknown_critical_extension: false }
    }

    /// Reads one request from its DER.
    ///
    /// ASN.1: `OCSPRequest ::= SEQUENCE { tbsRequest SEQUENCE { version [0] DEFAULT v1, requestorName [1] OPTIONAL,
    /// requestList SEQUENCE OF Request, requestExtensions [2] OPTIONAL }, optionalSignature [0] OPTIONAL }`
    ///
    /// *Errors*: `Malformed`. *Cost*: `OCSP_REQUEST_BYTES_MAX`, `OCSP_CERT_IDS_MAX`, `OCSP_NONCE_BYTES_MAX`.
    pub fn parse(input: &[u8]) -> Result<Self, Malformed> {
        OCSP_REQUEST_BYTES_MAX.check(input.len()).map_err(|e| Malformed {
            at: 0,
            kind: MalformedKind::Limit(e),
            within: "OCSPRequest",
        })?;
        let mut outer = Reader::new(input, Encoding::Der, "OCSPRequest");
        let mut request = outer.sequence()?;
        outer.finish()?;
        let mut tbs = request.sequence()?.named("TBSRequest");
        request.optional(tag::CONTEXT_CONSTRUCTED)?;
        request.finish()?;
        if let Some(version) = tbs.optional(tag::CONTEXT_CONSTRUCTED)?
            && version.reader().small_integer()? != 0
        {
            return Err(version.malformed(MalformedKind::Version));
        }
        tbs.optional(tag::CONTEXT_CONSTRUCTED | 1)?;
        let mut read = Self { cert_ids: Vec::new(), nonce: None, unknown_critical_extension: false };
        let mut list = tbs.sequence()?;
        if list.is_empty() {
            return Err(list.malformed(MalformedKind::Value));
        }
        while !list.is_empty() {
            OCSP_CERT_IDS_MAX
                .check(read.cert_ids.len().saturating_add(1))
                .map_err(|e| list.malformed(MalformedKind::Limit(e)))?;
            let mut one = list.sequence()?;
            read.cert_ids.push(CertId::parse(one.sequence()?)?);
            let extensions = read_extensions(&mut one, 0)?;
            read.unknown_critical_extension |= extensions.iter().any(|e| e.critical);
            one.finish()?;
        }
        let extensions = read_extensions(&mut tbs, 2)?;
        tbs.finish()?;
        read.unknown_critical_extension |= extensions.iter().any(|e| e.critical && e.oid != oids::OCSP_NONCE);
        read.nonce = read_nonce(&extensions)?;
        Ok(read)
    }

    /// Gives the whole encoding, unsigned.
    pub fn encode(&self) -> Vec<u8> {
        let list: Vec<Vec<u8>> = self.cert_ids.iter().map(|id| der::sequence(&[&id.encode()])).collect();
        let list: Vec<&[u8]> = list.iter().map(Vec::as_slice).collect();
        let extensions = self.nonce.as_ref().map(|n| der::context(2, &der::sequence(&[&encode_nonce(n)])));
        der::sequence(&[&der::sequence(&[&der::sequence(&list), &extensions.unwrap_or_default()])])
    }
}

/// The whole Extension id-pkix-ocsp-nonce (RFC 9654 §2.1), as requests and responses carry it.
pub fn encode_nonce(nonce: &[u8]) -> Vec<u8> {
    der::sequence(&[&der::oid(oids::OCSP_NONCE), &der::octet_string(&der::octet_string(nonce))])
}

/// Finds the nonce among extensions: an OCTET STRING inside extnValue, of a length that RFC 9654 §2.1 allows.
fn read_nonce(extensions: &[Extension]) -> Result<Option<Vec<u8>>, Malformed> {
    let Some(extension) = extensions.iter().find(|e| e.oid == oids::OCSP_NONCE) else { return Ok(None) };
    let value = Reader::single(&extension.value, Encoding::Der, "Nonce")?;
    if value.tag != tag::OCTET_STRING || value.content.is_empty() {
        return Err(value.malformed(MalformedKind::Value));
    }
    OCSP_NONCE_BYTES_MAX.check(value.content.len()).map_err(|e| value.malformed(MalformedKind::Limit(e)))?;
    Ok(Some(value.content.to_vec()))
}

/// The same in a response, where responders older than RFC 8954 write the octets bare: then these are the nonce
/// (`docs/divergences.md` D-19).
pub(super) fn repeated_nonce(extensions: &[Extension]) -> Option<Vec<u8>> {
    let extension = extensions.iter().find(|e| e.oid == oids::OCSP_NONCE)?;
    let inner = Reader::single(&extension.value, Encoding::Der, "Nonce").ok().filter(|v| v.tag == tag::OCTET_STRING);
    Some(inner.map_or_else(|| extension.value.clone(), |v| v.content.to_vec()))
}

/// Reads `[number] EXPLICIT Extensions OPTIONAL`.
pub(super) fn read_extensions(reader: &mut Reader<'_>, number: u8) -> Result<Vec<Extension>, Malformed> {
    match reader.optional(tag::CONTEXT_CONSTRUCTED | number)? {
        Some(explicit) => {
            let mut inner = explicit.reader();
            let list = inner.sequence()?;
            inner.finish()?;
            Extension::parse_all(list)
        }
        None => Ok(Vec::new()),
    }
}
