//! A form: which fields a document has, of which type, within which bounds, under which labels.

use serde::{Deserialize, Serialize};

use super::{Amount, Words};

/// The fields of one kind of document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Form {
    /// In the order of the printed form.
    pub fields: Vec<Field>,
}

/// One field of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// The member name in the signed JSON.
    pub name: String,
    /// What a person reads beside it.
    pub label: Words,
    /// Whether the form is refused without it.
    pub required: bool,
    /// When an optional field is required all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_when: Option<When>,
    /// What may stand in it.
    #[serde(flatten)]
    pub rule: Rule,
}

/// A condition on a neighbouring field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// The neighbour.
    pub field: String,
    /// The values of the neighbour under which the condition holds.
    pub is: Vec<String>,
}

/// What may stand in a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Rule {
    /// Text of so many characters.
    Text {
        /// At least so many characters.
        min: usize,
        /// At most so many characters.
        max: usize,
        /// Whether line breaks are allowed.
        lines: bool,
        /// Which characters, where not any.
        #[serde(skip_serializing_if = "Option::is_none")]
        pattern: Option<Pattern>,
    },
    /// A whole number.
    Integer {
        /// The smallest.
        min: i64,
        /// The largest.
        max: i64,
    },
    /// An exact decimal, written as a string.
    Decimal {
        /// The smallest.
        least: Amount,
    },
    /// A calendar day, `YYYY-MM-DD`.
    Date,
    /// An instant after RFC 3339, with its offset.
    DateTime,
    /// One of a list.
    Code {
        /// The list.
        codes: Vec<Coded>,
    },
    /// An individual's identification number.
    Iin,
    /// A business identification number.
    Bin,
    /// A heading, subheading or code of the EAEU commodity nomenclature: 4, 6, 8 or 10 digits.
    HsCode,
    /// A country after ISO 3166-1, two letters.
    Country,
    /// Fields of its own.
    Object {
        /// Its fields.
        fields: Vec<Field>,
        /// Of these, no two may stand together.
        exclusive: Vec<String>,
    },
    /// Several of one sort.
    List {
        /// What stands in it.
        of: Box<Field>,
        /// At least so many.
        min: usize,
        /// At most so many.
        max: usize,
    },
}

/// Which characters a text is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pattern {
    /// Digits 0 to 9.
    Digits,
    /// Three capital letters (ISO 4217).
    Currency,
    /// A section of the unified list: digits in groups, parted by points (`2.19`).
    Section,
    /// A document number of any shape.
    Number,
}

/// A code with its meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coded {
    /// What stands in the signed JSON.
    pub code: String,
    /// What a person reads.
    #[serde(flatten)]
    pub label: Words,
}
