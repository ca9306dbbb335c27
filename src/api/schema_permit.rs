//! The shapes of permits as the OpenAPI document tells them: they mirror the orders and views of `service`.
#![expect(dead_code, reason = "only the shapes are told; values are read and written by service")]

use serde::Serialize;
use utoipa::ToSchema;

use crate::permit::{Class, Kind};

/// Something said in Kazakh, Russian and English.
#[derive(Serialize, ToSchema)]
pub(super) struct WordsJson {
    kk: &'static str,
    ru: &'static str,
    en: &'static str,
}

/// A kind of document.
#[derive(Serialize, ToSchema)]
pub(super) struct KindSummary {
    /// What `kind` names.
    code: &'static str,
    /// `permission`, `refusal` or `notice`.
    #[schema(value_type = String)]
    class: Class,
    title: WordsJson,
    edition: &'static str,
    /// The act and annex that say so.
    source: &'static str,
}

impl KindSummary {
    pub(super) fn of(kind: &'static Kind) -> Self {
        let title = WordsJson { kk: &kind.title.kk, ru: &kind.title.ru, en: &kind.title.en };
        Self { code: &kind.code, class: kind.class, title, edition: &kind.edition, source: &kind.source }
    }
}

/// A kind of document with everything that is known of it.
#[derive(ToSchema)]
pub(super) struct KindJson {
    code: String,
    class: String,
    title: WordsJson,
    edition: String,
    source: String,
    #[schema(value_type = Object)]
    numbering: (),
    validity: String,
    #[schema(value_type = Option<Object>)]
    term: Option<()>,
    #[schema(value_type = Option<Object>)]
    fee: Option<()>,
    /// Roles that its signer may have.
    roles: Vec<String>,
    refusal_grounds: Vec<GroundJson>,
    reissue_grounds: Vec<GroundJson>,
    /// Actions that may happen to it.
    life: Vec<String>,
    #[schema(value_type = Vec<Object>)]
    subtypes: Vec<()>,
    subtypes_max: u64,
    write_off: Option<String>,
    form: FormJson,
}

#[derive(ToSchema)]
pub(super) struct GroundJson {
    code: String,
    words: WordsJson,
}

#[derive(ToSchema)]
pub(super) struct FormJson {
    fields: Vec<FieldJson>,
}

/// One field; further members depend on its type (`min`, `max`, `codes`, `fields`, `of`).
#[derive(ToSchema)]
pub(super) struct FieldJson {
    name: String,
    label: WordsJson,
    required: bool,
    /// `text`, `integer`, `decimal`, `date`, `date-time`, `code`, `iin`, `bin`, `hs-code`, `country`, `object`, `list`.
    #[schema(rename = "type")]
    kind: String,
}

#[derive(ToSchema)]
pub(super) struct BodyJson {
    #[schema(example = "000140000013")]
    bin: String,
    name: String,
}

/// Who signs, and how the document names them.
#[derive(ToSchema)]
pub(super) struct SignerOrderJson {
    /// Alias of the key: `GET /v1/keys` lists them.
    #[schema(example = "officer-head")]
    alias: String,
    position: String,
    full_name: String,
}

/// A document that is to be issued.
#[derive(ToSchema)]
pub(super) struct IssueJson {
    /// The code of its kind: `GET /v1/permits/kinds` lists them.
    #[schema(example = "conclusion.crypto-movement")]
    kind: String,
    #[schema(nullable = false)]
    subtypes: Option<Vec<String>>,
    issuing_body: BodyJson,
    signer: SignerOrderJson,
    /// From when it holds; now, where it is not said.
    #[schema(value_type = Option<String>, format = DateTime)]
    valid_from: Option<()>,
    /// From when it no longer holds, where the kind has an end.
    #[schema(value_type = Option<String>, format = DateTime)]
    valid_until: Option<()>,
    /// The fields of the form: `GET /v1/permits/kinds/{code}` describes them.
    #[schema(value_type = Object)]
    fields: (),
    /// The document whose place it takes.
    reissue: Option<ReissueJson>,
    /// Three digits of the issuing body in numbers after EEC Decision 199; `001` where it is not said.
    licence_issuer: Option<String>,
    /// The caller's own name for this request; the header `Idempotency-Key` takes its place.
    request_id: Option<String>,
}

#[derive(ToSchema)]
pub(super) struct ReissueJson {
    number: String,
    grounds: Vec<String>,
    text: Option<String>,
}

/// A document that was issued.
#[derive(ToSchema)]
pub(super) struct IssuedJson {
    number: String,
    kind: String,
    #[schema(value_type = String, format = DateTime)]
    issued_at: (),
    /// SHA-256 of the signed document.
    digest: String,
    /// Whether the same request was answered before, with this document.
    repeated: bool,
    /// What a person should look at.
    #[schema(value_type = Vec<Object>)]
    warnings: Vec<()>,
}

/// A document as it stands.
#[derive(ToSchema)]
pub(super) struct PermitJson {
    /// What was signed.
    #[schema(value_type = Object)]
    content: (),
    /// How it stands: `standing`, what is left of quantities, its successor.
    #[schema(value_type = Object)]
    status: (),
    superseded_by: Option<String>,
    /// SHA-256 of the signed document.
    digest: String,
}

/// Something that is to happen to a document.
#[derive(ToSchema)]
pub(super) struct ActionJson {
    /// `suspend`, `resume`, `terminate` or `write-off`.
    #[schema(example = "suspend")]
    action: String,
    signer: SignerOrderJson,
    reason: Option<ReasonJson>,
    act: Option<ActJson>,
    /// From when; now, where it is not said.
    #[schema(value_type = Option<String>, format = DateTime)]
    effective_at: Option<()>,
    write_off: Option<WriteOffJson>,
}

#[derive(ToSchema)]
pub(super) struct ReasonJson {
    /// Codes of grounds; may be empty where words are given.
    grounds: Vec<String>,
    text: Option<String>,
}

/// The act by which it happens.
#[derive(ToSchema)]
pub(super) struct ActJson {
    name: String,
    number: Option<String>,
    /// `YYYY-MM-DD`.
    date: String,
}

/// A quantity that went over the border.
#[derive(ToSchema)]
pub(super) struct WriteOffJson {
    /// The item of the goods, counted from 0.
    item: u64,
    /// An exact decimal in a string.
    #[schema(example = "12.5")]
    quantity: String,
}

/// A record of a history.
#[derive(ToSchema)]
pub(super) struct RecordJson {
    /// What was signed.
    #[schema(value_type = Object)]
    content: (),
    /// SHA-256 of the signed record.
    digest: String,
    /// The signed record, CMS in base64.
    signed: String,
}
