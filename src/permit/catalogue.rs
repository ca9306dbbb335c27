//! The kinds of documents, as the catalogue file tells them.

mod raw;

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::{ActionKind, Amount, Coded, Field, Form, Series, Words};
use crate::x509::Role;

/// Everything that is known about the kinds of documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Catalogue {
    kinds: Vec<Kind>,
    grounds: Vec<Ground>,
    envelope: Vec<Coded>,
}

impl Catalogue {
    /// The catalogue that is part of the program.
    pub fn builtin() -> &'static Self {
        static BUILTIN: OnceLock<Catalogue> = OnceLock::new();
        BUILTIN.get_or_init(|| match Self::parse(include_str!("catalogue.toml")) {
            Ok(catalogue) => catalogue,
            // INVARIANT: the text is part of the program; the test of this file reads it.
            Err(error) => unreachable!("the built-in catalogue is broken: {error}"),
        })
    }

    /// Reads a catalogue and resolves every reference in it.
    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        raw::read(text)
    }

    /// The kind of this code.
    pub fn kind(&self, code: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.code == code)
    }

    /// Every kind, in the order of the catalogue.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// The ground of this code, of refusal or reissue.
    pub fn ground(&self, code: &str) -> Option<&Ground> {
        self.grounds.iter().find(|ground| ground.code == code)
    }

    /// What a person reads beside the parts that every document has (`number`, `issued_at`…).
    pub fn envelope(&self) -> &[Coded] {
        &self.envelope
    }
}

/// One kind of document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kind {
    /// The stable code (`licence.foreign-trade`).
    pub code: String,
    /// Whether it permits, refuses or only tells.
    pub class: Class,
    /// Its title.
    pub title: Words,
    /// The edition of its form; part of every document, as editions differ in meaning.
    pub edition: String,
    /// The act and annex that say so.
    pub source: String,
    /// How its numbers are made.
    pub numbering: Numbering,
    /// How long it holds.
    pub validity: Validity,
    /// In how many working days it is given, where a term is set.
    pub term: Option<Term>,
    /// What it costs, where it does.
    pub fee: Option<Fee>,
    /// Which roles its signer may have.
    pub roles: Vec<Role>,
    /// For which grounds the service may be refused.
    pub refusal_grounds: Vec<Ground>,
    /// For which grounds it is reissued; none where it is not.
    pub reissue_grounds: Vec<Ground>,
    /// What may happen to it.
    pub life: Vec<ActionKind>,
    /// Its subtypes; none where there are none.
    pub subtypes: Vec<Subtype>,
    /// How many subtypes one document may name.
    pub subtypes_max: usize,
    /// The list of goods from which quantities are written off, where they are.
    pub write_off: Option<String>,
    /// Its form.
    pub form: Form,
}

impl Kind {
    /// The validity rule of a document with these subtypes.
    pub fn validity_of(&self, subtypes: &[String]) -> Validity {
        let named = self.subtypes.iter().find(|subtype| subtypes.contains(&subtype.code));
        named.and_then(|subtype| subtype.validity).unwrap_or(self.validity)
    }

    /// The field of this name at the top of the form.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.form.fields.iter().find(|field| field.name == name)
    }
}

/// What a document of a kind does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// It gives a right, or states a fact that others build on.
    Permission,
    /// It denies one.
    Refusal,
    /// It tells the applicant something on the way.
    Notice,
}

/// How the numbers of a kind are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "scheme", rename_all = "kebab-case")]
pub enum Numbering {
    /// `KZ`, check digits, this series, a serial.
    Portal {
        /// The series of the kind.
        series: Series,
    },
    /// EEC Collegium Decision 199.
    #[serde(rename = "eec-199")]
    Eec199,
}

/// How long a document holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Validity {
    /// The sources do not say: with or without an end.
    NotStated,
    /// An end is named in the document.
    UntilDate,
    /// Without an end.
    Indefinite,
    /// An end is named, at most one year after the beginning (order 374 p. 5).
    AtMostOneYear,
    /// An end is named: the one that an act of the Government sets (order 374 p. 5).
    TermOfAct,
    /// As the subtype says.
    BySubtype,
}

/// In how many working days the service is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// As a rule.
    pub working_days: u32,
    /// For a reissue.
    pub reissue_working_days: Option<u32>,
    /// In the case named by `extended_when`.
    pub extended_working_days: Option<u32>,
    /// When the longer term holds.
    pub extended_when: Option<Words>,
}

/// The fee, in monthly calculation indices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// For the issue.
    pub issue_mci: Amount,
    /// For a reissue.
    pub reissue_mci: Option<Amount>,
}

/// A ground of refusal or reissue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ground {
    /// The stable code.
    pub code: String,
    /// What a person reads.
    pub words: Words,
}

/// A subtype of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subtype {
    /// The stable code.
    pub code: String,
    /// What a person reads.
    pub label: Words,
    /// Its own validity rule, where it has one.
    pub validity: Option<Validity>,
}

/// The catalogue file does not hold together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogueError {
    /// Not the TOML that a catalogue is made of.
    #[error("the catalogue cannot be read: {0}")]
    Toml(#[from] toml::de::Error),
    /// Another schema than ours.
    #[error("the catalogue has a schema that this program does not know")]
    Schema,
    /// A name that nothing in the catalogue bears.
    #[error("`{within}` refers to `{name}`, which is not in the catalogue")]
    Unresolved {
        /// Where it is named.
        within: String,
        /// The name.
        name: String,
    },
    /// A field lacks what its type needs, or holds what it cannot.
    #[error("field `{field}` does not fit its type")]
    Field {
        /// The field.
        field: String,
    },
    /// Fields that contain each other.
    #[error("field `{field}` nests too deeply")]
    Depth {
        /// The field at which it was noticed.
        field: String,
    },
    /// Two kinds, fields of one form or series that cannot be told apart.
    #[error("`{name}` stands twice in the catalogue")]
    Duplicate {
        /// What stands twice.
        name: String,
    },
    /// Something is not said in all three languages.
    #[error("`{name}` is not said in Kazakh, Russian and English")]
    Words {
        /// What is not said.
        name: String,
    },
}

#[cfg(test)]
mod tests;
