//! What can be wrong with the input of a form, named by field.

use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::reasons::{Told, told};

/// One thing that is wrong (or doubtful) in one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Where: `goods[2].hs_code`; empty for the form as a whole.
    pub path: String,
    /// What.
    pub problem: FieldProblem,
}

/// What can be wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "reasons.toml says each in three languages, with a hint")]
pub enum FieldProblem {
    Missing,
    Unknown,
    WrongType { expected: &'static str },
    TooShort { min: usize },
    TooLong { max: usize },
    TooSmall { min: i64 },
    TooLarge { max: i64 },
    BelowLeast { least: super::Amount },
    ForbiddenCharacter,
    SurroundingSpace,
    Date,
    DateTime,
    Decimal,
    Code { allowed: Vec<String> },
    Identifier,
    HsCode,
    Country,
    Digits,
    Currency,
    Section,
    Number,
    TooFewItems { min: usize },
    TooManyItems { max: usize },
    Exclusive { with: String },
    TooManyFindings,
    InputTooLarge,
    KindUnknown,
    NumberOfAnotherKind,
    SubtypeCount { min: usize, max: usize },
    SubtypeRepeated,
    GroundOfAnotherService,
    ValidityNeedsEnd,
    ValidityHasNoEnd,
    ValidityReversed,
    ValidityOverOneYear,
    NotReissued,
    SupersedesItself,
    CheckDigit,
    Checksum,
    CountryUnassigned,
}

impl FieldProblem {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "field-missing",
            Self::Unknown => "field-unknown",
            Self::WrongType { .. } => "field-type",
            Self::TooShort { .. } => "text-too-short",
            Self::TooLong { .. } => "text-too-long",
            Self::TooSmall { .. } => "number-too-small",
            Self::TooLarge { .. } => "number-too-large",
            Self::BelowLeast { .. } => "decimal-too-small",
            Self::ForbiddenCharacter => "text-forbidden-character",
            Self::SurroundingSpace => "text-surrounding-space",
            Self::Date => "date-invalid",
            Self::DateTime => "date-time-invalid",
            Self::Decimal => "decimal-invalid",
            Self::Code { .. } => "code-unknown",
            Self::Identifier => "identifier-invalid",
            Self::HsCode => "hs-code-invalid",
            Self::Country => "country-invalid",
            Self::Digits => "digits-only",
            Self::Currency => "currency-invalid",
            Self::Section => "section-invalid",
            Self::Number => "number-invalid",
            Self::TooFewItems { .. } => "list-too-short",
            Self::TooManyItems { .. } => "list-too-long",
            Self::Exclusive { .. } => "fields-exclusive",
            Self::TooManyFindings => "too-many-findings",
            Self::InputTooLarge => "input-too-large",
            Self::KindUnknown => "kind-unknown",
            Self::NumberOfAnotherKind => "number-of-another-kind",
            Self::SubtypeCount { .. } => "subtype-count",
            Self::SubtypeRepeated => "subtype-repeated",
            Self::GroundOfAnotherService => "ground-of-another-service",
            Self::ValidityNeedsEnd => "validity-needs-end",
            Self::ValidityHasNoEnd => "validity-has-no-end",
            Self::ValidityReversed => "validity-reversed",
            Self::ValidityOverOneYear => "validity-over-one-year",
            Self::NotReissued => "kind-not-reissued",
            Self::SupersedesItself => "supersedes-itself",
            Self::CheckDigit => "identifier-check-digit",
            Self::Checksum => "number-checksum",
            Self::CountryUnassigned => "country-unassigned",
        }
    }

    /// What fills `{detail}` in the sentence.
    fn detail(&self) -> String {
        match self {
            Self::WrongType { expected } => (*expected).to_owned(),
            Self::TooShort { min } | Self::TooFewItems { min } => min.to_string(),
            Self::TooLong { max } | Self::TooManyItems { max } => max.to_string(),
            Self::TooSmall { min } => min.to_string(),
            Self::TooLarge { max } => max.to_string(),
            Self::BelowLeast { least } => least.to_string(),
            Self::Code { allowed } => allowed.join(", "),
            Self::Exclusive { with } => with.clone(),
            Self::SubtypeCount { min, max } => format!("{min}–{max}"),
            _ => String::new(),
        }
    }
}

impl FieldError {
    pub(super) fn new(path: impl Into<String>, problem: FieldProblem) -> Self {
        Self { path: path.into(), problem }
    }

    /// The sentence and the hint for a person.
    pub fn told(&self) -> Told {
        told(self.problem.code(), &self.problem.detail())
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.told().text.en)
    }
}

impl std::error::Error for FieldError {}

impl Serialize for FieldError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let told = self.told();
        let mut out = serializer.serialize_struct("FieldError", 4)?;
        out.serialize_field("path", &self.path)?;
        out.serialize_field("code", told.code)?;
        out.serialize_field("text", &told.text)?;
        out.serialize_field("hint", &told.hint)?;
        out.end()
    }
}
