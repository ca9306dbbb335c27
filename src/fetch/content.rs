//! What is fetched, and how it is read.

use std::sync::Arc;

use crate::cms::SignedData;
use crate::codec::armour;
use crate::limits::{
    CERTIFICATES_MAX, FETCH_CERTIFICATES_BYTES_MAX, FETCH_CRL_BYTES_MAX, FETCH_DVCS_BYTES_MAX, FETCH_OCSP_BYTES_MAX,
    FETCH_TIME_STAMP_BYTES_MAX, Limit, TRUST_ENTRY_BYTES_MAX,
};
use crate::x509::{Certificate, Crl, OcspResponse, OcspResponseStatus};

use super::error::FetchError;

/// A kind of thing that is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Certificates of an issuer (RFC 5280 §4.2.2.1 caIssuers; RFC 5280 §8 names their forms).
    Certificates,
    /// A CRL (RFC 5280 §4.2.1.13).
    Crl,
    /// An OCSP response (RFC 6960 appendix A).
    Ocsp,
    /// A time stamp (RFC 3161 §3.4).
    TimeStamp,
    /// A signed trust snapshot, as a keeper publishes it.
    TrustSnapshot,
    /// An answer of a trusted third party (RFC 3029 §10.1).
    Dvcs,
}

/// What came.
#[derive(Clone, Debug)]
pub enum Evidence {
    /// Certificates.
    Certificates(Vec<Certificate>),
    /// A CRL.
    Crl(Crl),
    /// A successful OCSP response.
    Ocsp(Arc<OcspResponse>),
    /// A time-stamp response, in DER as received.
    TimeStamp(Vec<u8>),
    /// A signed trust snapshot, as received.
    TrustSnapshot(Vec<u8>),
    /// An answer of a third party, as received.
    Dvcs(Vec<u8>),
}

impl Kind {
    /// The name in tables and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Certificates => "certificates",
            Self::Crl => "crl",
            Self::Ocsp => "ocsp",
            Self::TimeStamp => "time-stamp",
            Self::TrustSnapshot => "trust-snapshot",
            Self::Dvcs => "dvcs",
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Certificates => "certificates (DER, PEM or PKCS#7)",
            Self::Crl => "a CRL",
            Self::Ocsp => "an OCSP response",
            Self::TimeStamp => "a time-stamp response",
            Self::TrustSnapshot => "a trust snapshot",
            Self::Dvcs => "a DVCS response",
        }
    }

    /// How many octets may come.
    pub(super) fn bytes_max(self) -> &'static Limit {
        match self {
            Self::Certificates => &FETCH_CERTIFICATES_BYTES_MAX,
            Self::Crl => &FETCH_CRL_BYTES_MAX,
            Self::Ocsp => &FETCH_OCSP_BYTES_MAX,
            Self::TimeStamp => &FETCH_TIME_STAMP_BYTES_MAX,
            Self::TrustSnapshot => &TRUST_ENTRY_BYTES_MAX,
            Self::Dvcs => &FETCH_DVCS_BYTES_MAX,
        }
    }

    /// The media types of a request's body and of the answer.
    pub(super) fn media_types(self) -> (&'static str, &'static str) {
        match self {
            Self::Certificates => ("", "application/pkix-cert, application/pkcs7-mime, */*"),
            Self::Crl => ("", "application/pkix-crl, */*"),
            Self::Ocsp => ("application/ocsp-request", "application/ocsp-response"),
            Self::TimeStamp => ("application/timestamp-query", "application/timestamp-reply"),
            Self::TrustSnapshot => ("", "application/pkcs7-mime, */*"),
            Self::Dvcs => ("application/dvcs", "application/dvcs"),
        }
    }

    /// Reads what came; the media type it came under is not looked at, since servers say anything.
    ///
    /// *Errors*: `Unreadable`; `OcspStatus` for a response that is none.
    pub fn read(self, body: &[u8]) -> Result<Evidence, FetchError> {
        let unreadable = FetchError::Unreadable { kind: self };
        match self {
            Self::Certificates => read_certificates(body).map(Evidence::Certificates).ok_or(unreadable),
            Self::Crl => {
                let der = armour::strip(body).map_err(|_| unreadable)?;
                Crl::parse(&der).map(Evidence::Crl).map_err(|_| unreadable)
            }
            Self::Ocsp => {
                let response = OcspResponse::parse(body).map_err(|_| unreadable)?;
                match response.status {
                    OcspResponseStatus::Successful => Ok(Evidence::Ocsp(Arc::new(response))),
                    other => Err(FetchError::OcspStatus(other)),
                }
            }
            // The reply is held to its request by whoever asked.
            Self::TimeStamp => Ok(Evidence::TimeStamp(body.to_vec())),
            // Who signed it is asked by whoever takes it in.
            Self::TrustSnapshot => Ok(Evidence::TrustSnapshot(body.to_vec())),
            Self::Dvcs => Ok(Evidence::Dvcs(body.to_vec())),
        }
    }
}

/// One certificate, several in PEM, or a certs-only message (RFC 5652 §5.1, without signers).
fn read_certificates(body: &[u8]) -> Option<Vec<Certificate>> {
    let mut found = Vec::new();
    for value in armour::strip_all(body).ok()? {
        if let Ok(certificate) = Certificate::parse(&value) {
            found.push(certificate);
        } else if let Ok(message) = SignedData::parse(&value) {
            found.extend(message.certificates.iter().filter_map(|der| Certificate::parse(der).ok()));
        }
        CERTIFICATES_MAX.check(found.len()).ok()?;
    }
    (!found.is_empty()).then_some(found)
}
