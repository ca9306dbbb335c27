//! What is signed: the content of a document as canonical JSON, written and read back to the same octets.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Number;
use crate::codec::json;
use crate::ledger::Digest;
use crate::limits::{LimitExceeded, PERMIT_JSON_BYTES_MAX};
use crate::time::Timestamp;

/// The schema that this program writes and reads.
pub const DOCUMENT_SCHEMA: &str = "qoltanba/permit/1";

/// The content of a document: what the signature vouches for.
///
/// The validity is half-open: from `valid_from` on, no longer at `valid_until`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentContent {
    /// Always [`DOCUMENT_SCHEMA`].
    pub schema: String,
    /// The code of the kind.
    pub kind: String,
    /// The edition of the form; editions differ in meaning.
    pub edition: String,
    /// The number.
    pub number: Number,
    /// The subtypes, where the kind has them.
    pub subtypes: Vec<String>,
    /// Who issues it.
    pub issuing_body: Body,
    /// When it is issued.
    pub issued_at: Timestamp,
    /// From when it holds.
    pub valid_from: Timestamp,
    /// From when it no longer holds; `None` where no end is set.
    pub valid_until: Option<Timestamp>,
    /// The document that this one replaces.
    pub supersedes: Option<Number>,
    /// Who signs, as the document says; the certificate says it again.
    pub signer: SignerClaim,
    /// The fields of the form.
    pub fields: Map<String, Value>,
}

/// An issuing body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// Its BIN.
    pub bin: String,
    /// Its full name.
    pub name: String,
}

/// The authorised person, as the document names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignerClaim {
    /// The position.
    pub position: String,
    /// Surname, name and patronymic.
    pub full_name: String,
}

impl DocumentContent {
    /// Writes the octets that are signed.
    pub fn encode(&self) -> Result<Vec<u8>, ContentError> {
        self.fields.values().try_for_each(check_numbers)?;
        encode(self)
    }

    /// Reads signed octets.
    ///
    /// *Errors*: another schema, or octets that are not the canonical ones of what they say.
    /// *Cost*: `PERMIT_JSON_BYTES_MAX`.
    pub fn parse(octets: &[u8]) -> Result<Self, ContentError> {
        let content: Self = parse(octets, DOCUMENT_SCHEMA)?;
        if content.encode()? == octets { Ok(content) } else { Err(ContentError::NotCanonical) }
    }

    /// The IIN or BIN of whom the document is for, where it names one.
    pub fn holder(&self) -> Option<&str> {
        let party = ["licensee", "issued_to", "applicant"].iter().find_map(|name| self.fields.get(*name))?;
        party.get("bin").or_else(|| party.get("iin"))?.as_str()
    }

    /// The digest by which the issue record names this content.
    ///
    /// It is taken over the content, not over the signed message: time stamps added to the message later do not
    /// change it.
    pub fn digest(&self) -> Result<Digest, ContentError> {
        Ok(Digest::of(&self.encode()?))
    }
}

/// Octets that were to be signed content, and are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// Larger than any document.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
    /// Not the JSON of this schema.
    #[error("line {line}, column {column}: this is not the JSON of the schema")]
    Json {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// A schema that this program does not know.
    #[error("the schema is unknown to this program")]
    Schema,
    /// A number that is no integer, or one beyond 2^53 (RFC 8785 §3.2.2.3 would round it).
    #[error("signed content holds a number that canonical JSON cannot keep exactly")]
    InexactNumber,
    /// The octets differ from the canonical ones (order, white space, doubled members…).
    #[error("the octets are not canonical JSON (RFC 8785)")]
    NotCanonical,
}

/// Writes canonical JSON within the bound.
pub(super) fn encode(value: &impl Serialize) -> Result<Vec<u8>, ContentError> {
    let octets = json::canonical(value).map_err(|_| ContentError::InexactNumber)?;
    PERMIT_JSON_BYTES_MAX.check(octets.len())?;
    Ok(octets)
}

/// Reads JSON of a schema; whether it is canonical is the caller's next question.
pub(super) fn parse<T: DeserializeOwned>(octets: &[u8], schema: &str) -> Result<T, ContentError> {
    PERMIT_JSON_BYTES_MAX.check(octets.len())?;
    let json = |error: serde_json::Error| ContentError::Json { line: error.line(), column: error.column() };
    let named: Named = serde_json::from_slice(octets).map_err(json)?;
    if named.schema != schema {
        return Err(ContentError::Schema);
    }
    serde_json::from_slice(octets).map_err(json)
}

#[derive(Deserialize)]
struct Named {
    schema: String,
}

/// The depth of recursion is bounded by the JSON parser (128 levels).
fn check_numbers(value: &Value) -> Result<(), ContentError> {
    match value {
        Value::Number(number) => match number.as_i64() {
            Some(integer) if integer.unsigned_abs() < 1 << 53 => Ok(()),
            _ => Err(ContentError::InexactNumber),
        },
        Value::Array(items) => items.iter().try_for_each(check_numbers),
        Value::Object(members) => members.values().try_for_each(check_numbers),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
    }
}

#[cfg(test)]
pub(super) mod tests;
