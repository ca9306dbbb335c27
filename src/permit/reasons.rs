//! Every code that a verdict of this room tells, with its sentence and hint in three languages: one table.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::Words;

/// A code with what a person reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Stable, for programs.
    pub code: &'static str,
    /// What is so.
    pub text: Words,
    /// What can be done about it, where something can.
    pub hint: Option<Words>,
}

/// Tells a code, with `{detail}` filled in.
pub fn told(code: &'static str, detail: &str) -> Told {
    // INVARIANT: every code is in the table (tests of `problem`, `right`, `usability`, `history`); a code that was
    // forgotten is still told, by itself.
    let bare = || Words { kk: code.to_owned(), ru: code.to_owned(), en: code.to_owned() };
    let row = table().get(code);
    Told {
        code,
        text: row.map_or_else(bare, |row| row.text.filled(detail)),
        hint: row.and_then(|row| row.hint.as_ref()).map(|hint| hint.filled(detail)),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    text: Words,
    hint: Option<Words>,
}

fn table() -> &'static BTreeMap<String, Row> {
    static TABLE: OnceLock<BTreeMap<String, Row>> = OnceLock::new();
    TABLE.get_or_init(|| match toml::from_str(include_str!("reasons.toml")) {
        Ok(table) => table,
        // INVARIANT: the text is part of the program; the test below reads it.
        Err(error) => unreachable!("the table of reasons is broken: {error}"),
    })
}

/// Whether the table holds the code; for tests of whoever has codes.
#[cfg(test)]
pub(super) fn is_told(code: &str) -> bool {
    table().contains_key(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_speaks_three_languages() {
        for (code, row) in table() {
            assert!(row.text.is_complete(), "{code}");
            assert!(row.hint.as_ref().is_none_or(Words::is_complete), "{code}");
        }
    }

    #[test]
    fn details_are_filled_in_and_unknown_codes_tell_themselves() {
        assert!(told("text-too-long", "500").text.en.contains("500"));
        assert_eq!(told("no-such-code", "").text.kk, "no-such-code");
    }
}
