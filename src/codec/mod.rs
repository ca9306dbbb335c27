//! Bytes to syntax and back: DER and BER, PEM and base64, canonical JSON, JWS, frames, archives of files. Nothing here knows
//! what the syntax means.

pub mod archive;
pub mod armour;
pub mod der;
pub mod frames;
pub mod json;
pub mod jws;
pub mod screen;

use std::fmt;

use crate::limits::LimitExceeded;

/// The bytes are not what they claim to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed {
    /// Offset of the offending octet in the input that was handed in.
    pub at: usize,
    /// What is wrong there.
    pub kind: MalformedKind,
    /// The structure that was being read, in the standard's words (`SignerInfo.signedAttrs`).
    pub within: &'static str,
}

/// What can be wrong with a piece of syntax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MalformedKind {
    /// The input ends inside a value.
    Truncated,
    /// Octets follow where the value should have ended.
    TrailingOctets,
    /// Another tag than the one the structure demands.
    UnexpectedTag {
        /// The identifier octet found.
        found: u8,
        /// The identifier octet demanded.
        expected: u8,
    },
    /// A tag number above 30, which none of our structures uses.
    HighTagNumber,
    /// A length that is not minimal, not definite or too long where the rules ask for DER.
    Length,
    /// An indefinite length without its end-of-contents octets.
    MissingEndOfContents,
    /// A value that its type does not allow (an empty INTEGER, a BOOLEAN of two octets, a date that does not exist).
    Value,
    /// A version that we do not know.
    Version,
    /// A bound was hit.
    Limit(LimitExceeded),
    /// Not base64, PEM or text where it should be.
    Text,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at octet {}: ", self.within, self.at)?;
        match self.kind {
            MalformedKind::Truncated => f.write_str("the input ends inside a value"),
            MalformedKind::TrailingOctets => f.write_str("octets follow the end of the value"),
            MalformedKind::UnexpectedTag { found, expected } => {
                write!(f, "tag {found:#04x} where {expected:#04x} is demanded")
            }
            MalformedKind::HighTagNumber => f.write_str("a tag number above 30"),
            MalformedKind::Length => f.write_str("a length that the encoding rules do not allow"),
            MalformedKind::MissingEndOfContents => f.write_str("an indefinite length without its end"),
            MalformedKind::Value => f.write_str("a value that its type does not allow"),
            MalformedKind::Version => f.write_str("an unknown version"),
            MalformedKind::Limit(limit) => write!(f, "{limit}"),
            MalformedKind::Text => f.write_str("neither base64, PEM nor text"),
        }
    }
}

impl std::error::Error for Malformed {}
