//! What a client asks of a time-stamping authority, and what it answers (RFC 3161 §2.4), read and written.

use const_oid::ObjectIdentifier;

use super::MessageImprint;
use crate::codec::der::{self, Encoding, Reader, tag};
use crate::codec::{Malformed, MalformedKind};
use crate::x509::Extension;

/// ASN.1: `TimeStampReq ::= SEQUENCE { version INTEGER { v1(1) }, messageImprint MessageImprint, reqPolicy OBJECT
/// IDENTIFIER OPTIONAL, nonce INTEGER OPTIONAL, certReq BOOLEAN DEFAULT FALSE, extensions [0] IMPLICIT Extensions
/// OPTIONAL }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeStampRequest {
    /// What is to be stamped.
    pub message_imprint: MessageImprint,
    /// The policy that is wished for.
    pub req_policy: Option<ObjectIdentifier>,
    /// A number that the answer is to repeat, contents octets.
    pub nonce: Option<Vec<u8>>,
    /// Whether the authority's certificate is to go along.
    pub cert_req: bool,
    /// Extensions, none of which we know.
    pub extensions: Vec<Extension>,
}

impl TimeStampRequest {
    /// Reads a request from its DER.
    pub fn parse(input: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::single(input, Encoding::Der, "TimeStampReq")?.reader();
        if input.first() != Some(&tag::SEQUENCE) {
            return Err(reader.malformed(MalformedKind::Value));
        }
        if reader.small_integer()? != 1 {
            return Err(reader.malformed(MalformedKind::Version));
        }
        let message_imprint = MessageImprint::parse(reader.sequence()?)?;
        let req_policy = if reader.peek_tag() == Some(tag::OID) { Some(reader.oid()?) } else { None };
        let nonce = match reader.peek_tag() {
            Some(tag::INTEGER) => Some(reader.integer()?.to_vec()),
            _ => None,
        };
        let cert_req = reader.optional(tag::BOOLEAN)?.map_or(Ok(false), |b| b.boolean())?;
        let extensions = match reader.optional(tag::CONTEXT_CONSTRUCTED)? {
            Some(list) => Extension::parse_all(list.reader().named("TimeStampReq.extensions"))?,
            None => Vec::new(),
        };
        reader.finish()?;
        Ok(Self { message_imprint, req_policy, nonce, cert_req, extensions })
    }

    /// Encodes the request in DER (extensions are never written).
    pub fn encode(&self) -> Vec<u8> {
        der::sequence(&[
            &der::integer_u64(1),
            &self.message_imprint.encode(),
            &self.req_policy.map(der::oid).unwrap_or_default(),
            &self.nonce.as_ref().map(|n| der::tlv(tag::INTEGER, n)).unwrap_or_default(),
            &if self.cert_req { der::boolean(true) } else { Vec::new() },
        ])
    }
}

/// Why an authority does not stamp: PKIFailureInfo (RFC 3161 §2.4.2), by the number of its bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the standard's")]
pub enum TimeStampFailure {
    BadAlg,
    BadRequest,
    BadDataFormat,
    TimeNotAvailable,
    UnacceptedPolicy,
    UnacceptedExtension,
    AddInfoNotAvailable,
    SystemFailure,
}

impl TimeStampFailure {
    const ALL: [Self; 8] = [
        Self::BadAlg,
        Self::BadRequest,
        Self::BadDataFormat,
        Self::TimeNotAvailable,
        Self::UnacceptedPolicy,
        Self::UnacceptedExtension,
        Self::AddInfoNotAvailable,
        Self::SystemFailure,
    ];

    /// The standard's own name.
    pub fn name(self) -> &'static str {
        match self {
            Self::BadAlg => "badAlg",
            Self::BadRequest => "badRequest",
            Self::BadDataFormat => "badDataFormat",
            Self::TimeNotAvailable => "timeNotAvailable",
            Self::UnacceptedPolicy => "unacceptedPolicy",
            Self::UnacceptedExtension => "unacceptedExtension",
            Self::AddInfoNotAvailable => "addInfoNotAvailable",
            Self::SystemFailure => "systemFailure",
        }
    }

    fn bit(self) -> u8 {
        match self {
            Self::BadAlg => 0,
            Self::BadRequest => 2,
            Self::BadDataFormat => 5,
            Self::TimeNotAvailable => 14,
            Self::UnacceptedPolicy => 15,
            Self::UnacceptedExtension => 16,
            Self::AddInfoNotAvailable => 17,
            Self::SystemFailure => 25,
        }
    }

    /// A BIT STRING with this one bit: trailing zero bits are left out (X.690 §11.2.2).
    fn encode(self) -> Vec<u8> {
        let (octet, bit) = (self.bit() >> 3, self.bit() & 7);
        let mut content = vec![7_u8.saturating_sub(bit)];
        content.extend(std::iter::repeat_n(0, usize::from(octet)));
        content.push(0x80 >> bit);
        der::tlv(tag::BIT_STRING, &content)
    }

    /// The first bit that we know of a BIT STRING's octets.
    fn of_bits(octets: &[u8]) -> Option<Self> {
        let is_set = |bit: u8| octets.get(usize::from(bit >> 3)).is_some_and(|o| o & (0x80 >> (bit & 7)) != 0);
        Self::ALL.into_iter().find(|failure| is_set(failure.bit()))
    }
}

/// TimeStampResp (RFC 3161 §2.4.2): a status, and the token where it was granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeStampResponse<'a> {
    /// PKIStatus: 0 granted, 1 grantedWithMods, the rest are refusals.
    pub status: u32,
    /// Why not, where the authority says so in a bit that we know.
    pub failure: Option<TimeStampFailure>,
    /// The token, a ContentInfo.
    pub token: Option<&'a [u8]>,
}

/// PKIStatus rejection.
const REJECTION: u64 = 2;

impl<'a> TimeStampResponse<'a> {
    /// Reads a response from its DER.
    pub fn parse(input: &'a [u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(input, Encoding::Ber, "TimeStampResp");
        let mut reader = outer.sequence()?;
        outer.finish()?;
        let mut info = reader.sequence()?;
        let status = info.small_integer()?;
        info.optional(tag::SEQUENCE)?; // statusString: for people
        let failure = match info.optional(tag::BIT_STRING)? {
            Some(bits) => bits.content.get(1..).and_then(TimeStampFailure::of_bits),
            None => None,
        };
        let token = reader.optional(tag::SEQUENCE)?.map(|t| t.raw);
        reader.finish()?;
        Ok(Self { status, failure, token })
    }
}

/// Encodes the response that grants a token.
pub fn encode_granted(token: &[u8]) -> Vec<u8> {
    der::sequence(&[&der::sequence(&[&der::integer_u64(0)]), token])
}

/// Encodes the response that refuses one, with a sentence for people.
pub fn encode_refused(failure: TimeStampFailure, text: &str) -> Vec<u8> {
    let text = der::sequence(&[&der::utf8_string(text)]);
    der::sequence(&[&der::sequence(&[&der::integer_u64(REJECTION), &text, &failure.encode()])])
}
