//! What a person reads, in the three languages of the documents.

use serde::{Deserialize, Serialize};

/// A language in which we answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Kazakh, the state language.
    Kk,
    /// Russian.
    Ru,
    /// English.
    En,
}

/// One thing said in Kazakh, Russian and English.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Kazakh.
    pub kk: String,
    /// Russian.
    pub ru: String,
    /// English.
    pub en: String,
}

impl Words {
    /// The words in one language.
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Kk => &self.kk,
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }

    /// The same words with `{detail}` filled in.
    #[must_use]
    pub fn filled(&self, detail: &str) -> Self {
        let fill = |text: &str| text.replace("{detail}", detail);
        Self { kk: fill(&self.kk), ru: fill(&self.ru), en: fill(&self.en) }
    }

    /// Whether nothing is left out in any language.
    pub fn is_complete(&self) -> bool {
        [&self.kk, &self.ru, &self.en].iter().all(|text| !text.trim().is_empty())
    }
}
