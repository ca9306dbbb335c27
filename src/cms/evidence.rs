//! Evidence that a signer carries in unsigned attributes (CAdES, EN 319 122-1 §A.1.1, §A.1.2): certificate-values and
//! revocation-values. Nothing in them is covered by the signature, and nothing needs to be: evidence is signed itself.

use super::{SignerInfo, oids};
use crate::codec::der::{Encoding, Reader, tag};
use crate::codec::{Malformed, MalformedKind};
use crate::limits::{CERTIFICATES_MAX, CRLS_MAX, Limit};

/// What both attributes hold, each value whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EvidenceValues<'a> {
    /// Certificates.
    pub certificates: Vec<&'a [u8]>,
    /// CRLs.
    pub crls: Vec<&'a [u8]>,
    /// BasicOCSPResponses, without the OCSPResponse around them.
    pub basic_ocsp_responses: Vec<&'a [u8]>,
}

impl<'a> SignerInfo<'a> {
    /// Reads them; an attribute that does not read, or holds more than the bounds, is evidence that is not there.
    ///
    /// *Cost*: `CERTIFICATES_MAX`, `CRLS_MAX`.
    pub fn evidence_values(&self) -> EvidenceValues<'a> {
        let mut found = EvidenceValues::default();
        let attributes = |oid| self.unsigned_attrs.iter().flat_map(move |all| all.values(oid).collect::<Vec<_>>());
        for value in attributes(oids::CERTIFICATE_VALUES) {
            let list = Reader::new(value, Encoding::Ber, "CertificateValues");
            found.certificates.extend(sequence_of(list, &CERTIFICATES_MAX).unwrap_or_default());
        }
        for value in attributes(oids::REVOCATION_VALUES) {
            let (crls, responses) = revocation_values(value).unwrap_or_default();
            found.crls.extend(crls);
            found.basic_ocsp_responses.extend(responses);
        }
        found.certificates.truncate(CERTIFICATES_MAX.value);
        found.crls.truncate(CRLS_MAX.value);
        found.basic_ocsp_responses.truncate(CRLS_MAX.value);
        found
    }
}

/// CRLs and BasicOCSPResponses.
type Values<'a> = (Vec<&'a [u8]>, Vec<&'a [u8]>);

/// ASN.1: `RevocationValues ::= SEQUENCE { crlVals [0] SEQUENCE OF CertificateList OPTIONAL, ocspVals [1] SEQUENCE OF
/// BasicOCSPResponse OPTIONAL, otherRevVals [2] OtherRevVals OPTIONAL }`, the tags explicit
fn revocation_values(value: &[u8]) -> Result<Values<'_>, Malformed> {
    let mut outer = Reader::new(value, Encoding::Ber, "RevocationValues");
    let mut reader = outer.sequence()?;
    outer.finish()?;
    let mut list = |number: u8| match reader.optional(tag::CONTEXT_CONSTRUCTED | number)? {
        Some(explicit) => sequence_of(explicit.reader(), &CRLS_MAX),
        None => Ok(Vec::new()),
    };
    Ok((list(0)?, list(1)?))
}

fn sequence_of<'a>(mut outer: Reader<'a>, limit: &'static Limit) -> Result<Vec<&'a [u8]>, Malformed> {
    let mut list = outer.sequence()?;
    outer.finish()?;
    let mut values = Vec::new();
    while !list.is_empty() {
        limit.check(values.len().saturating_add(1)).map_err(|e| list.malformed(MalformedKind::Limit(e)))?;
        values.push(list.expect(tag::SEQUENCE)?.raw);
    }
    Ok(values)
}
