//! DVCSRequest (RFC 3029 §7): what is asked.

use super::evidence::TargetEtcChain;
use crate::cms::MessageImprint;
use crate::codec::der::{self, Encoding, Reader, Tlv, tag};
use crate::codec::{Malformed, MalformedKind};
use crate::crypto::DigestAlgorithm;
use crate::time::Timestamp;
use crate::x509::{AlgorithmIdentifier, Extension};

/// The services of RFC 3029 §2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Certification of possession of data.
    Cpd,
    /// Validation of digitally signed documents.
    Vsd,
    /// Validation of public key certificates.
    Vpkc,
    /// Certification of claim of possession of data: a digest only.
    Ccpd,
}

impl Service {
    const ALL: [Self; 4] = [Self::Cpd, Self::Vsd, Self::Vpkc, Self::Ccpd];

    /// The number that stands for it.
    pub fn number(self) -> u8 {
        match self {
            Self::Cpd => 1,
            Self::Vsd => 2,
            Self::Vpkc => 3,
            Self::Ccpd => 4,
        }
    }

    /// The standard's own name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpd => "cpd",
            Self::Vsd => "vsd",
            Self::Vpkc => "vpkc",
            Self::Ccpd => "ccpd",
        }
    }
}

/// ASN.1: `DVCSTime ::= CHOICE { genTime GeneralizedTime, timeStampToken ContentInfo }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DvcsTime {
    /// A time as stated.
    Stated(Timestamp),
    /// A time-stamp token, a ContentInfo; its proof is for the one who validates it.
    Token(Vec<u8>),
}

impl DvcsTime {
    pub(super) fn parse(value: &Tlv<'_>) -> Result<Self, Malformed> {
        match value.tag {
            tag::GENERALIZED_TIME => Ok(Self::Stated(value.time()?)),
            tag::SEQUENCE => Ok(Self::Token(value.raw.to_vec())),
            found => Err(value.malformed(MalformedKind::UnexpectedTag { found, expected: tag::GENERALIZED_TIME })),
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Stated(time) => der::generalized_time(*time),
            Self::Token(token) => token.clone(),
        }
    }
}

/// DVCSRequestInformation (§7.3). Names, policies and locations are kept as they came: an answer copies them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestInformation {
    /// Which service.
    pub service: Service,
    /// A number that the answer repeats, contents octets; the server may add octets on its right (§9.1).
    pub nonce: Option<Vec<u8>>,
    /// The time for which validity is asked; absent: now.
    pub request_time: Option<DvcsTime>,
    /// `[0]`: who asks, GeneralNames with the tag.
    pub requester: Option<Vec<u8>>,
    /// `[1]`: under which policy, PolicyInformation with the tag.
    pub request_policy: Option<Vec<u8>>,
    /// `[2]`: which server is meant, GeneralNames with the tag.
    pub dvcs: Option<Vec<u8>>,
    /// `[3]`: where the data is, GeneralNames with the tag.
    pub data_locations: Option<Vec<u8>>,
    /// `[4]`: extensions with the tag.
    pub extensions: Option<Vec<u8>>,
    /// Whether one of them is critical; we know none.
    pub unknown_critical_extension: bool,
}

impl RequestInformation {
    /// Asks for a service and nothing more.
    pub fn new(service: Service) -> Self {
        Self {
            service,
            nonce: None,
            request_time: None,
            requester: None,
            request_policy: None,
            dvcs: None,
            data_locations: None,
            extensions: None,
            unknown_critical_extension: false,
        }
    }

    pub(super) fn parse(mut reader: Reader<'_>) -> Result<Self, Malformed> {
        // §7.3: version DEFAULT 1, so an INTEGER before the ENUMERATED is the version.
        if reader.peek_tag() == Some(tag::INTEGER) && reader.small_integer()? != 1 {
            return Err(reader.malformed(MalformedKind::Version));
        }
        let service = reader.expect(tag::ENUMERATED)?;
        let known = Service::ALL.into_iter().find(|s| service.content == [s.number()]);
        let mut found = Self::new(known.ok_or_else(|| service.malformed(MalformedKind::Value))?);
        found.nonce = match reader.peek_tag() {
            Some(tag::INTEGER) => Some(reader.integer()?.to_vec()),
            _ => None,
        };
        if matches!(reader.peek_tag(), Some(tag::GENERALIZED_TIME | tag::SEQUENCE)) {
            found.request_time = Some(DvcsTime::parse(&reader.any()?)?);
        }
        let mut tagged = |number: u8| reader.optional(tag::CONTEXT_CONSTRUCTED | number);
        let raw = |value: Option<Tlv<'_>>| value.map(|v| v.raw.to_vec());
        found.requester = raw(tagged(0)?);
        found.request_policy = raw(tagged(1)?);
        found.dvcs = raw(tagged(2)?);
        found.data_locations = raw(tagged(3)?);
        if let Some(list) = tagged(4)? {
            found.unknown_critical_extension = Extension::parse_all(list.reader())?.iter().any(|e| e.critical);
            found.extensions = Some(list.raw.to_vec());
        }
        reader.finish()?;
        Ok(found)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let nonce = self.nonce.as_ref().map(|n| der::tlv(tag::INTEGER, n)).unwrap_or_default();
        let time = self.request_time.as_ref().map(DvcsTime::encode).unwrap_or_default();
        let parts = [&self.requester, &self.request_policy, &self.dvcs, &self.data_locations, &self.extensions];
        let tagged: Vec<u8> = parts.into_iter().flatten().flatten().copied().collect();
        let service = der::enumerated(self.service.number());
        der::sequence(&[&service, &nonce, &time, &tagged])
    }
}

/// What is to be certified (§7.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataToCertify {
    /// The octets of a message; for vsd a CMS SignedData.
    Message(Vec<u8>),
    /// A digest of data that the server does not see.
    Imprint(MessageImprint),
    /// Certificates and what belongs to them; the whole value as it came beside it.
    Certificates {
        /// Each with its chain.
        targets: Vec<TargetEtcChain>,
        /// The DER of the value, tag and length included.
        raw: Vec<u8>,
    },
}

/// Over which octets of `certs` an imprint is made: RFC 3029 §9.1 says "the DER encoded data value".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImprintScope {
    /// The value with its tag A0 and length, as servers in use do.
    WithTag,
    /// Its contents alone.
    ContentsOnly,
}

impl DataToCertify {
    /// `certs` over these targets.
    pub fn of_targets(targets: Vec<TargetEtcChain>) -> Self {
        let list: Vec<u8> = targets.iter().flat_map(TargetEtcChain::encode).collect();
        Self::Certificates { raw: der::tlv(tag::CONTEXT_CONSTRUCTED, &list), targets }
    }

    fn parse(value: &Tlv<'_>) -> Result<Self, Malformed> {
        match value.tag {
            tag::OCTET_STRING => Ok(Self::Message(value.content.to_vec())),
            tag::SEQUENCE => Ok(Self::Imprint(parse_imprint(value.reader().named("DigestInfo"))?)),
            tag::CONTEXT_CONSTRUCTED => Ok(Self::Certificates {
                targets: TargetEtcChain::parse_list(value.reader().named("TargetEtcChain"))?,
                raw: value.raw.to_vec(),
            }),
            found => Err(value.malformed(MalformedKind::UnexpectedTag { found, expected: tag::OCTET_STRING })),
        }
    }

    fn encode(&self) -> Vec<u8> {
        match self {
            Self::Message(octets) => der::octet_string(octets),
            Self::Imprint(imprint) => encode_imprint(imprint),
            Self::Certificates { raw, .. } => raw.clone(),
        }
    }

    /// Whether an imprint in an answer is that of this data (§9.1). `None`: its digest is not one of ours.
    pub fn is_imprinted_by(&self, imprint: &MessageImprint, scope: ImprintScope) -> Option<bool> {
        let digest = DigestAlgorithm::from_oid(imprint.hash_algorithm.oid)?;
        Some(match self {
            Self::Message(octets) => digest.digest(octets) == imprint.hashed_message,
            Self::Certificates { raw, targets } => {
                let covered: Vec<u8> = match scope {
                    ImprintScope::WithTag => raw.clone(),
                    ImprintScope::ContentsOnly => targets.iter().flat_map(TargetEtcChain::encode).collect(),
                };
                digest.digest(&covered) == imprint.hashed_message
            }
            Self::Imprint(asked) => {
                asked.hash_algorithm.matches(&imprint.hash_algorithm) && asked.hashed_message == imprint.hashed_message
            }
        })
    }

    /// The imprint that an answer carries.
    pub fn imprint(&self, digest: DigestAlgorithm) -> MessageImprint {
        let of = |octets: &[u8]| MessageImprint {
            hash_algorithm: AlgorithmIdentifier { oid: digest.oid(), parameters: None },
            hashed_message: digest.digest(octets),
        };
        match self {
            Self::Message(octets) => of(octets),
            Self::Certificates { raw, .. } => of(raw),
            Self::Imprint(asked) => asked.clone(),
        }
    }
}

/// ASN.1: `DigestInfo ::= SEQUENCE { digestAlgorithm AlgorithmIdentifier, digest OCTET STRING }`
pub(super) fn parse_imprint(mut reader: Reader<'_>) -> Result<MessageImprint, Malformed> {
    let hash_algorithm = AlgorithmIdentifier::parse(reader.sequence()?)?;
    let hashed_message = reader.expect(tag::OCTET_STRING)?.content.to_vec();
    reader.finish()?;
    Ok(MessageImprint { hash_algorithm, hashed_message })
}

pub(super) fn encode_imprint(imprint: &MessageImprint) -> Vec<u8> {
    let parameters = imprint.hash_algorithm.parameters.clone().unwrap_or_default();
    let algorithm = der::sequence(&[&der::oid(imprint.hash_algorithm.oid), &parameters]);
    der::sequence(&[&algorithm, &der::octet_string(&imprint.hashed_message)])
}

/// ASN.1: `DVCSRequest ::= SEQUENCE { requestInformation DVCSRequestInformation, data Data, transactionIdentifier
/// GeneralName OPTIONAL }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DvcsRequest {
    /// Which service, for when, by whom.
    pub information: RequestInformation,
    /// What is to be certified.
    pub data: DataToCertify,
    /// A GeneralName that an error notice repeats, with its tag.
    pub transaction_identifier: Option<Vec<u8>>,
}

impl DvcsRequest {
    /// Reads a request from its DER: the content of a signed request, or an unsigned one.
    pub fn parse(input: &[u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(input, Encoding::Der, "DVCSRequest");
        let mut reader = outer.sequence()?;
        outer.finish()?;
        let information = RequestInformation::parse(reader.sequence()?.named("DVCSRequestInformation"))?;
        let data = DataToCertify::parse(&reader.any()?)?;
        let fits = match (information.service, &data) {
            // §7.4: vsd and cpd take the message, ccpd its digest, vpkc certificates.
            (Service::Vsd | Service::Cpd, DataToCertify::Message(_))
            | (Service::Ccpd, DataToCertify::Imprint(_))
            | (Service::Vpkc, DataToCertify::Certificates { .. }) => true,
            _ => false,
        };
        if !fits {
            return Err(reader.malformed(MalformedKind::Value));
        }
        let transaction_identifier = if reader.is_empty() { None } else { Some(general_name(&mut reader)?) };
        reader.finish()?;
        Ok(Self { information, data, transaction_identifier })
    }

    /// Octets that an answer repeats: everything but the data.
    pub fn echoed_bytes(&self) -> usize {
        let transaction = self.transaction_identifier.as_ref().map_or(0, Vec::len);
        self.information.encode().len().saturating_add(transaction)
    }

    /// Encodes the request in DER.
    pub fn encode(&self) -> Vec<u8> {
        let transaction = self.transaction_identifier.clone().unwrap_or_default();
        der::sequence(&[&self.information.encode(), &self.data.encode(), &transaction])
    }
}

/// A GeneralName as it came: one value under a context tag.
pub(super) fn general_name(reader: &mut Reader<'_>) -> Result<Vec<u8>, Malformed> {
    let value = reader.any()?;
    if value.tag & 0xc0 != tag::CONTEXT {
        return Err(value.malformed(MalformedKind::UnexpectedTag { found: value.tag, expected: tag::CONTEXT }));
    }
    Ok(value.raw.to_vec())
}
