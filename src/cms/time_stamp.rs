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

impl MessageImprint {
    /// Reads from the contents of the SEQUENCE.
    pub(super) fn parse(mut reader: Reader<'_>) -> Result<Self, Malformed> {
        let hash_algorithm = AlgorithmIdentifier::parse(reader.sequence()?)?;
        let hashed_message = reader.expect(tag::OCTET_STRING)?.content.to_vec();
        reader.finish()?;
        Ok(Self { hash_algorithm, hashed_message })
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let parameters = self.hash_algorithm.parameters.as_deref().unwrap_or_default();
        let algorithm = der::sequence(&[&der::oid(self.hash_algorithm.oid), parameters]);
        der::sequence(&[&algorithm, &der::octet_string(&self.hashed_message)])
    }
}

/// How far the true time may lie from genTime, to either side (RFC 3161 §2.4.2); absent parts are zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accuracy {
    /// Whole seconds.
    pub seconds: u32,
    /// Milliseconds, below 1000.
    pub millis: u16,
    /// Microseconds, below 1000.
    pub micros: u16,
}

impl Accuracy {
    /// ASN.1: `Accuracy ::= SEQUENCE { seconds INTEGER OPTIONAL, millis [0] INTEGER (1..999) OPTIONAL,
    /// micros [1] INTEGER (1..999) OPTIONAL }`
    fn parse(mut reader: Reader<'_>) -> Result<Self, Malformed> {
        let seconds = if reader.peek_tag() == Some(tag::INTEGER) { reader.small_integer()? } else { 0 };
        let mut below_1000 = |number| match reader.optional(tag::CONTEXT | number)? {
            None => Ok(0),
            Some(value) => match value.content {
                // Not negative, and at most 999.
                [only @ ..0x80] => Ok(u16::from(*only)),
                [high @ ..0x80, low] => Ok(u16::from_be_bytes([*high, *low])),
                _ => Err(value.malformed(MalformedKind::Value)),
            },
        };
        let accuracy = Self { seconds, millis: below_1000(0)?, micros: below_1000(1)? };
        if accuracy.millis > 999 || accuracy.micros > 999 {
            return Err(reader.malformed(MalformedKind::Value));
        }
        reader.finish()?;
        Ok(accuracy)
    }

    fn encode(self) -> Vec<u8> {
        let part = |tag, value: u32| {
            let Some(mut octets) = (value > 0).then(|| der::integer_u64(value.into())) else { return Vec::new() };
            if let Some(first) = octets.first_mut() {
                *first = tag;
            }
            octets
        };
        der::sequence(&[
            &part(tag::INTEGER, self.seconds),
            &part(tag::CONTEXT, self.millis.into()),
            &part(tag::CONTEXT | 1, self.micros.into()),
        ])
    }
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
    /// How far the true time may lie from genTime, where the TSA says.
    pub accuracy: Option<Accuracy>,
    /// Whether tokens of this TSA are ordered by genTime, whatever the accuracy.
    pub ordering: bool,
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
        let message_imprint = MessageImprint::parse(reader.sequence()?)?;
        let serial_number = reader.integer()?.to_vec();
        let gen_time = reader.expect(tag::GENERALIZED_TIME)?.time()?;
        // DIVERGENCE D-08: accuracy is told, but not added to or taken from genTime.
        let accuracy = reader.optional(tag::SEQUENCE)?.map(|a| Accuracy::parse(a.reader())).transpose()?;
        let ordering = reader.optional(tag::BOOLEAN)?.map_or(Ok(false), |b| b.boolean())?;
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
        Ok(Self {
            policy,
            message_imprint,
            serial_number,
            gen_time,
            accuracy,
            ordering,
            nonce,
            unknown_critical_extension,
        })
    }

    /// Encodes the TSTInfo in DER (extensions are never written).
    pub fn encode(&self) -> Vec<u8> {
        let nonce = self.nonce.as_ref().map(|n| der::tlv(tag::INTEGER, n)).unwrap_or_default();
        der::sequence(&[
            &der::integer_u64(1),
            &der::oid(self.policy),
            &self.message_imprint.encode(),
            &der::tlv(tag::INTEGER, &self.serial_number),
            &der::generalized_time(self.gen_time),
            &self.accuracy.map(Accuracy::encode).unwrap_or_default(),
            // FALSE is the default, which DER leaves out (X.690 §11.5).
            &if self.ordering { der::boolean(true) } else { Vec::new() },
            &nonce,
        ])
    }
}
