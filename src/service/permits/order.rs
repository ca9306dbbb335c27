//! What doors ask of permits, in the shape that JSON has at every door.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::PermitError;
use crate::permit::{ActReference, Action, ActionReason, Amount, Body};
use crate::time::Timestamp;

/// A document to be issued; refusals and notices are documents too, of their own kinds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssueOrder {
    /// The code of the kind.
    pub kind: String,
    /// Its subtypes, where the kind has any.
    #[serde(default)]
    pub subtypes: Vec<String>,
    /// Who issues it.
    pub issuing_body: Body,
    /// Who signs.
    pub signer: SignerOrder,
    /// From when it holds; now, where it is not said.
    #[serde(default)]
    pub valid_from: Option<Timestamp>,
    /// From when it no longer holds, where the kind has an end.
    #[serde(default)]
    pub valid_until: Option<Timestamp>,
    /// The fields of the form.
    pub fields: Value,
    /// The document it takes the place of.
    #[serde(default)]
    pub reissue: Option<ReissueOrder>,
    /// Three digits of the issuing body in numbers after EEC Decision 199; `001` where it is not said.
    #[serde(default)]
    pub licence_issuer: Option<String>,
    /// The caller's own name for this request: asking twice issues once.
    #[serde(default)]
    pub request_id: Option<String>,
}

/// Who signs, and how the document names them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignerOrder {
    /// Alias of the key in the keyring.
    pub alias: String,
    /// Position.
    pub position: String,
    /// Surname, name and patronymic.
    pub full_name: String,
}

/// Which document is reissued, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReissueOrder {
    /// The number of the document it takes the place of.
    pub number: String,
    /// Codes of the grounds of reissue.
    pub grounds: Vec<String>,
    /// In words.
    #[serde(default)]
    pub text: Option<String>,
}

/// Something to happen to an issued document.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionOrder {
    /// `suspend`, `resume`, `terminate` or `write-off`.
    pub action: String,
    /// Who signs.
    pub signer: SignerOrder,
    /// Why.
    #[serde(default)]
    pub reason: Option<ActionReason>,
    /// By which act.
    #[serde(default)]
    pub act: Option<ActReference>,
    /// From when; now, where it is not said.
    #[serde(default)]
    pub effective_at: Option<Timestamp>,
    /// How much is written off.
    #[serde(default)]
    pub write_off: Option<WriteOffOrder>,
    /// Which record of the history this is to be, counted from 1: makes it safe to ask again after a lost answer.
    #[serde(default)]
    pub expected_sequence: Option<u64>,
}

/// A quantity that went over the border.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteOffOrder {
    /// The item of the goods, counted from 0.
    pub item: usize,
    /// How much, in the item's unit.
    pub quantity: Amount,
}

impl ActionOrder {
    /// The action that is asked for.
    pub(super) fn action(&self) -> Result<Action, PermitError> {
        Ok(match (self.action.as_str(), &self.write_off) {
            ("suspend", None) => Action::Suspend,
            ("resume", None) => Action::Resume,
            ("terminate", None) => Action::Terminate,
            ("write-off", Some(order)) => Action::WriteOff { item: order.item, quantity: order.quantity },
            _ => return Err(PermitError::NoSuchAction { action: self.action.clone() }),
        })
    }
}

impl IssueOrder {
    /// Three digits of the section in numbers after EEC Decision 199: those of `list_section` (`2.19` → `219`).
    pub(super) fn licence_section(&self) -> String {
        let section = self.fields.get("list_section").and_then(Value::as_str).unwrap_or_default();
        let digits: String = section.chars().filter(char::is_ascii_digit).collect();
        format!("{digits:0>3}")
    }

    /// Three digits of the issuing body there.
    pub(super) fn licence_issuer(&self) -> &str {
        self.licence_issuer.as_deref().unwrap_or("001")
    }
}
