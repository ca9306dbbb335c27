//! DVCSResponse (RFC 3029 §9): a receipt, or word that there is none.

use super::evidence::TargetEtcChain;
use super::request::{DvcsTime, RequestInformation, encode_imprint, general_name, parse_imprint};
use super::status::PkiStatusInfo;
use crate::cms::MessageImprint;
use crate::codec::der::{self, Encoding, Reader, tag};
use crate::codec::{Malformed, MalformedKind};
use crate::x509::Extension;

/// ASN.1: `DVCSResponse ::= CHOICE { dvCertInfo DVCSCertInfo, dvErrorNote [0] DVCSErrorNotice }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DvcsResponse {
    /// A data validation certificate: the receipt.
    Certificate(Box<CertInfo>),
    /// The request was not carried out.
    Error(ErrorNotice),
}

/// ASN.1: `DVCSCertInfo ::= SEQUENCE { version INTEGER DEFAULT 1, dvReqInfo DVCSRequestInformation, messageImprint
/// DigestInfo, serialNumber INTEGER, responseTime DVCSTime, dvStatus [0] PKIStatusInfo OPTIONAL, policy [1]
/// PolicyInformation OPTIONAL, reqSignature [2] SignerInfos OPTIONAL, certs [3] SEQUENCE OF TargetEtcChain OPTIONAL,
/// extensions Extensions OPTIONAL }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertInfo {
    /// The request, repeated.
    pub request_information: RequestInformation,
    /// The digest of what was asked about.
    pub message_imprint: MessageImprint,
    /// The receipt's number, contents octets.
    pub serial_number: Vec<u8>,
    /// When it was answered.
    pub response_time: DvcsTime,
    /// How it went; absent: success (§9.1), in the words of the standard.
    pub status: Option<PkiStatusInfo>,
    /// `[1]`: under which policy, PolicyInformation with the tag.
    pub policy: Option<Vec<u8>>,
    /// `[2]`: the signatures of the request, with the tag.
    pub request_signature: Option<Vec<u8>>,
    /// One element for each signature or certificate that was validated.
    pub certs: Vec<TargetEtcChain>,
    /// Extensions, a SEQUENCE.
    pub extensions: Option<Vec<u8>>,
    /// Whether one of them is critical; we know none.
    pub unknown_critical_extension: bool,
}

impl CertInfo {
    fn parse(mut reader: Reader<'_>) -> Result<Self, Malformed> {
        if reader.peek_tag() == Some(tag::INTEGER) && reader.small_integer()? != 1 {
            return Err(reader.malformed(MalformedKind::Version));
        }
        let request_information = RequestInformation::parse(reader.sequence()?.named("DVCSRequestInformation"))?;
        let message_imprint = parse_imprint(reader.sequence()?.named("DigestInfo"))?;
        let serial_number = reader.integer()?.to_vec();
        let response_time = DvcsTime::parse(&reader.any()?)?;
        let context = |number: u8| tag::CONTEXT_CONSTRUCTED | number;
        let status = match reader.optional(context(0))? {
            Some(value) => Some(PkiStatusInfo::parse(value.reader().named("PKIStatusInfo"))?),
            None => None,
        };
        let policy = reader.optional(context(1))?.map(|v| v.raw.to_vec());
        let request_signature = reader.optional(context(2))?.map(|v| v.raw.to_vec());
        let certs = match reader.optional(context(3))? {
            Some(list) => TargetEtcChain::parse_list(list.reader().named("TargetEtcChain"))?,
            None => Vec::new(),
        };
        let mut unknown_critical_extension = false;
        let mut extensions = None;
        if let Some(list) = reader.optional(tag::SEQUENCE)? {
            unknown_critical_extension = Extension::parse_all(list.reader())?.iter().any(|e| e.critical);
            extensions = Some(list.raw.to_vec());
        }
        reader.finish()?;
        Ok(Self {
            request_information,
            message_imprint,
            serial_number,
            response_time,
            status,
            policy,
            request_signature,
            certs,
            extensions,
            unknown_critical_extension,
        })
    }

    fn encode(&self) -> Vec<u8> {
        let status = self.status.as_ref().map(|s| s.encode(tag::CONTEXT_CONSTRUCTED)).unwrap_or_default();
        let list: Vec<u8> = self.certs.iter().flat_map(TargetEtcChain::encode).collect();
        let certs = if list.is_empty() { Vec::new() } else { der::tlv(tag::CONTEXT_CONSTRUCTED | 3, &list) };
        let optional = |part: &Option<Vec<u8>>| part.clone().unwrap_or_default();
        der::sequence(&[
            &self.request_information.encode(),
            &encode_imprint(&self.message_imprint),
            &der::tlv(tag::INTEGER, &self.serial_number),
            &self.response_time.encode(),
            &status,
            &optional(&self.policy),
            &optional(&self.request_signature),
            &certs,
            &optional(&self.extensions),
        ])
    }

    /// Whether the request repeated here is the one that was sent (§9.1): only requester, dvcs and dataLocations may
    /// differ, and octets may have been added on the nonce's right.
    pub fn repeats(&self, sent: &RequestInformation) -> bool {
        let repeated = &self.request_information;
        let nonce = match (&sent.nonce, &repeated.nonce) {
            (Some(sent), Some(repeated)) => repeated.starts_with(sent),
            (Some(_), None) => false,
            (None, _) => true,
        };
        nonce
            && repeated.service == sent.service
            && repeated.request_time == sent.request_time
            && repeated.request_policy == sent.request_policy
            && repeated.extensions == sent.extensions
    }
}

/// ASN.1: `DVCSErrorNotice ::= SEQUENCE { transactionStatus PKIStatusInfo, transactionIdentifier GeneralName OPTIONAL }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorNotice {
    /// Why there is no receipt.
    pub transaction_status: PkiStatusInfo,
    /// Repeated from the request, with its tag.
    pub transaction_identifier: Option<Vec<u8>>,
}

impl DvcsResponse {
    /// Reads a response from its DER: the content of a signed answer.
    pub fn parse(input: &[u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(input, Encoding::Der, "DVCSResponse");
        let value = outer.any()?;
        outer.finish()?;
        match value.tag {
            tag::SEQUENCE => Ok(Self::Certificate(Box::new(CertInfo::parse(value.reader().named("DVCSCertInfo"))?))),
            tag::CONTEXT_CONSTRUCTED => {
                let mut reader = value.reader().named("DVCSErrorNotice");
                let transaction_status = PkiStatusInfo::parse(reader.sequence()?)?;
                let transaction_identifier = if reader.is_empty() { None } else { Some(general_name(&mut reader)?) };
                reader.finish()?;
                Ok(Self::Error(ErrorNotice { transaction_status, transaction_identifier }))
            }
            found => Err(value.malformed(MalformedKind::UnexpectedTag { found, expected: tag::SEQUENCE })),
        }
    }

    /// Encodes the response in DER.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Certificate(info) => info.encode(),
            Self::Error(notice) => {
                let status = notice.transaction_status.encode(tag::SEQUENCE);
                let transaction = notice.transaction_identifier.clone().unwrap_or_default();
                der::tlv(tag::CONTEXT_CONSTRUCTED, &[status, transaction].concat())
            }
        }
    }
}
