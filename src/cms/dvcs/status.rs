//! PKIStatusInfo (RFC 3029 appendix E, after RFC 2510): how it went, in a number, in words and in bits.

use crate::codec::der::{self, Reader, Tlv, tag};
use crate::codec::{Malformed, MalformedKind};
use crate::limits::DVCS_STATUS_TEXTS_MAX;

/// PKIStatus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PkiStatus {
    /// What was asked for was done: every signature verified (RFC 3029 §9.2).
    Granted,
    /// Some, a sufficient number, verified: each must be looked at.
    GrantedWithMods,
    /// It did not verify, or was not done.
    Rejection,
    /// There is no final answer yet.
    Waiting,
    /// A revocation is imminent.
    RevocationWarning,
    /// A revocation has occurred.
    RevocationNotification,
}

impl PkiStatus {
    const ALL: [Self; 6] = [
        Self::Granted,
        Self::GrantedWithMods,
        Self::Rejection,
        Self::Waiting,
        Self::RevocationWarning,
        Self::RevocationNotification,
    ];

    /// The number that stands for it.
    pub fn number(self) -> u8 {
        match self {
            Self::Granted => 0,
            Self::GrantedWithMods => 1,
            Self::Rejection => 2,
            Self::Waiting => 3,
            Self::RevocationWarning => 4,
            Self::RevocationNotification => 5,
        }
    }
}

/// The bits of PKIFailureInfo, the first one highest, as many as were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailureInfo(Vec<u8>);

impl FailureInfo {
    /// badRequest: the transaction is not permitted or not supported.
    pub const BAD_REQUEST: u8 = 2;
    /// badTime: the time asked for is not to the server's policy.
    pub const BAD_TIME: u8 = 3;
    /// badCertId: no certificate could be found that matches.
    pub const BAD_CERT_ID: u8 = 4;
    /// badDataFormat: the data submitted has the wrong format.
    pub const BAD_DATA_FORMAT: u8 = 5;
    /// wrongAuthority: another authority than the one asked is meant.
    pub const WRONG_AUTHORITY: u8 = 6;
    /// incorrectData: the requester's data is incorrect.
    pub const INCORRECT_DATA: u8 = 7;

    /// One bit set.
    pub fn of(bit: u8) -> Self {
        let mut octets = vec![0; usize::from(bit >> 3).saturating_add(1)];
        if let Some(last) = octets.last_mut() {
            *last = 0x80 >> (bit & 7);
        }
        Self(octets)
    }

    /// Whether a bit is set.
    pub fn has(&self, bit: u8) -> bool {
        self.0.get(usize::from(bit >> 3)).is_some_and(|octet| octet & (0x80 >> (bit & 7)) != 0)
    }

    fn parse(value: &Tlv<'_>) -> Result<Self, Malformed> {
        match value.content {
            // No more bits than a dozen octets hold are defined anywhere.
            [unused @ 0..=7, octets @ ..] if octets.len() <= 16 && (*unused == 0 || !octets.is_empty()) => {
                Ok(Self(octets.to_vec()))
            }
            _ => Err(value.malformed(MalformedKind::Value)),
        }
    }

    fn encode(&self) -> Vec<u8> {
        // X.690 §11.2.2: trailing zero bits of a named bit list are left out.
        let significant = self.0.iter().rposition(|&o| o != 0).map_or(0, |last| last.saturating_add(1));
        let octets = self.0.get(..significant).unwrap_or_default();
        let unused = octets.last().map_or(0, |last| last.trailing_zeros());
        let mut content = vec![u8::try_from(unused).unwrap_or(0)];
        content.extend_from_slice(octets);
        der::tlv(tag::BIT_STRING, &content)
    }
}

/// ASN.1: `PKIStatusInfo ::= SEQUENCE { status PKIStatus, statusString PKIFreeText OPTIONAL, failInfo PKIFailureInfo
/// OPTIONAL }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PkiStatusInfo {
    /// How it went.
    pub status: PkiStatus,
    /// In words, for people.
    pub text: Vec<String>,
    /// Why not.
    pub failure: Option<FailureInfo>,
}

impl PkiStatusInfo {
    /// A status without words.
    pub fn plain(status: PkiStatus) -> Self {
        Self { status, text: Vec::new(), failure: None }
    }

    /// A rejection with its reason in words and as a bit.
    pub fn rejection(text: impl Into<String>, failure_bit: u8) -> Self {
        Self { status: PkiStatus::Rejection, text: vec![text.into()], failure: Some(FailureInfo::of(failure_bit)) }
    }

    /// Reads from the contents of the value, whatever its tag.
    pub(super) fn parse(mut reader: Reader<'_>) -> Result<Self, Malformed> {
        let number = reader.small_integer()?;
        let known = PkiStatus::ALL.into_iter().find(|s| u32::from(s.number()) == number);
        let status = known.ok_or_else(|| reader.malformed(MalformedKind::Value))?;
        let mut text = Vec::new();
        if let Some(list) = reader.optional(tag::SEQUENCE)? {
            let mut lines = list.reader();
            while !lines.is_empty() {
                DVCS_STATUS_TEXTS_MAX
                    .check(text.len().saturating_add(1))
                    .map_err(|e| lines.malformed(MalformedKind::Limit(e)))?;
                let line = lines.expect(tag::UTF8_STRING)?;
                let words = std::str::from_utf8(line.content).map_err(|_| line.malformed(MalformedKind::Value))?;
                text.push(words.to_owned());
            }
        }
        let failure = reader.optional(tag::BIT_STRING)?.map(|bits| FailureInfo::parse(&bits)).transpose()?;
        reader.finish()?;
        Ok(Self { status, text, failure })
    }

    /// Encodes under the tag given.
    pub(super) fn encode(&self, tag: u8) -> Vec<u8> {
        let lines: Vec<Vec<u8>> = self.text.iter().map(|line| der::utf8_string(line)).collect();
        let text = if lines.is_empty() { Vec::new() } else { der::tlv(tag::SEQUENCE, &lines.concat()) };
        let failure = self.failure.as_ref().map(FailureInfo::encode).unwrap_or_default();
        der::tlv(tag, &[der::integer_u64(u64::from(self.status.number())), text, failure].concat())
    }
}
