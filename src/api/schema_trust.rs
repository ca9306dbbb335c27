//! The shapes of the registry as the OpenAPI document tells them: they mirror the views of `service`.
#![expect(dead_code, reason = "only the shapes are told; values are written by service")]

use utoipa::ToSchema;

/// An entry of the registry's log.
#[derive(ToSchema)]
pub(super) struct EntryJson {
    /// Its place, from 1.
    sequence: u64,
    /// Of the signed entry: how others refer to it.
    digest: String,
    /// The digest of the entry before it.
    previous: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    recorded_at: (),
    /// The administrator who signed it.
    by: String,
    /// `genesis`, `proposal`, `approval`, `rejection` or `publication`.
    step: String,
    /// Of a proposal: the act that it follows.
    #[schema(nullable = false)]
    act: Option<String>,
    /// Of a proposal: where its act can be read.
    #[schema(nullable = false)]
    act_url: Option<String>,
    /// Of a proposal or a rejection: why, in words.
    #[schema(nullable = false)]
    reason: Option<String>,
    /// Of a proposal, settled or not: everything that is to change, as it was proposed.
    #[schema(nullable = false)]
    changes: Option<Vec<ChangeJson>>,
    /// Of a proposal: `pending`, `approved` or `rejected`.
    #[schema(nullable = false)]
    state: Option<String>,
    /// Of an approval or a rejection: the digest of the proposal.
    #[schema(nullable = false)]
    about: Option<String>,
    /// Of a publication: the version of its snapshot.
    #[schema(nullable = false)]
    version: Option<u64>,
}

/// One change: `type` and the fields that it has.
#[derive(ToSchema)]
pub(super) struct ChangeJson {
    #[schema(rename = "type", example = "add-domestic-anchor")]
    kind: String,
}

/// A party as it stood.
#[derive(ToSchema)]
pub(super) struct PartyJson {
    party: String,
    /// `foreign-centre`, `foreign-ttp`, `domestic-ttp` or `treaty`.
    kind: String,
    label: String,
    /// ISO 3166-1 alpha-2.
    #[schema(nullable = false)]
    country: Option<String>,
    /// Of its registration at the time; null where it had none.
    status: Option<String>,
    act: String,
    /// Every event known.
    #[schema(value_type = Option<Vec<Object>>, nullable = false)]
    events: Option<()>,
    /// The keys that it answers for, or ever did.
    #[schema(nullable = false)]
    keys: Option<Vec<KeyJson>>,
}

/// A key of a party.
#[derive(ToSchema)]
pub(super) struct KeyJson {
    certificate_sha256: String,
    subject: String,
    #[schema(value_type = String, format = DateTime)]
    not_before: (),
    #[schema(value_type = String, format = DateTime)]
    not_after: (),
    /// From when to when the registry has it: `from` and `until`; absent where it names no dates.
    #[schema(value_type = Option<Object>, nullable = false)]
    period: Option<()>,
}
