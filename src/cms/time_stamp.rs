//! Time-stamp tokens (RFC 3161 §2.4): what a TSA states, read and written.

use const_oid::ObjectIdentifier;

use crate::codec::der::{self, Encoding, Reader, tag};
use crate::codec::{Malformed, MalformedKind};
use crate::time::Timestamp;
use crate::x509::AlgorithmIdentifier;

/// What is time-stamped: a digest and how it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageImprint {
    /// The digest algorithm.
    pub hash_algorithm: AlgorithmIdentifier,
    /// The digest.
    pub hashed_message: Vec<u8>,
}

/// TSTInfo, the content of a time-stamp token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TstInfo {
    /// The TSA's policy.
    pub policy: ObjectIdentifier,
    /// What was time-stamped.
    pub message_imprint: MessageImprint,
    /// Contents octets; negative ones are met (`docs/divergences.md` D-07).
    pub serial_number: Vec<u8>,
    /// When.
    pub gen_time: Timestamp,
    /// Echo of the request's nonce, contents octets.
    pub nonce: Option<Vec<u8>>,
    /// Whether an extension is there that we would have to understand.
    pub unknown_critical_extension: bool,
}

impl TstInfo {
    /// Reads a TSTInfo from its DER.
    pub fn parse(input: &[u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(input, Encoding::Ber, "TSTInfo");
        let mut reader = outer.sequence()?;
        outer.finish()?;
        if reader.small_integer()? != 1 {
            return Err(reader.malformed(MalformedKind::Version));
        }
        let policy = reader.oid()?;
        let mut imprint = reader.sequence()?;
        let hash_algorithm = AlgorithmIdentifier::parse(imprint.sequence()?)?;
        let hashed_message = imprint.expect(tag::OCTET_STRING)?.content.to_vec();
        imprint.finish()?;
        let serial_number = reader.integer()?.to_vec();
        let gen_time = reader.expect(tag::GENERALIZED_TIME)?.time()?;
        // DIVERGENCE D-08: accuracy is not added to or taken from genTime.
        reader.optional(tag::SEQUENCE)?;
        if let Some(ordering) = reader.optional(tag::BOOLEAN)? {
            ordering.boolean()?;
        }
        let nonce = match reader.optional(tag::INTEGER)? {
            Some(value) => Some(value.integer()?.to_vec()),
            None => None,
        };
        reader.optional(tag::CONTEXT_CONSTRUCTED)?; // tsa: a name that proves nothing
        let unknown_critical_extension = match reader.optional(tag::CONTEXT_CONSTRUCTED | 1)? {
            Some(list) => crate::x509::Extension::parse_all(list.reader())?.iter().any(|e| e.critical),
            None => false,
        };
        reader.finish()?;
        let message_imprint = MessageImprint { hash_algorithm, hashed_message };
        Ok(Self { policy, message_imprint, serial_number, gen_time, nonce, unknown_critical_extension })
    }

    /// Encodes the TSTInfo in DER (extensions are never written).
    pub fn encode(&self) -> Vec<u8> {
        let algorithm = match &self.message_imprint.hash_algorithm.parameters {
            Some(parameters) => der::sequence(&[&der::oid(self.message_imprint.hash_algorithm.oid), parameters]),
            None => der::sequence(&[&der::oid(self.message_imprint.hash_algorithm.oid)]),
        };
        let imprint = der::sequence(&[&algorithm, &der::octet_string(&self.message_imprint.hashed_message)]);
        let nonce = self.nonce.as_ref().map(|n| der::tlv(tag::INTEGER, n)).unwrap_or_default();
        der::sequence(&[
            &der::integer_u64(1),
            &der::oid(self.policy),
            &imprint,
            &der::tlv(tag::INTEGER, &self.serial_number),
            &der::generalized_time(self.gen_time),
            &nonce,
        ])
    }
}

/// TimeStampResp (RFC 3161 §2.4.2): a status, and the token where it was granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeStampResponse<'a> {
    /// PKIStatus: 0 granted, 1 grantedWithMods, the rest are refusals.
    pub status: u32,
    /// The token, a ContentInfo.
    pub token: Option<&'a [u8]>,
}

impl<'a> TimeStampResponse<'a> {
    /// Reads a response from its DER.
    pub fn parse(input: &'a [u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(input, Encoding::Ber, "TimeStampResp");
        let mut reader = outer.sequence()?;
        outer.finish()?;
        let status = reader.sequence()?.small_integer()?;
        let token = reader.optional(tag::SEQUENCE)?.map(|t| t.raw);
        reader.finish()?;
        Ok(Self { status, token })
    }
}
