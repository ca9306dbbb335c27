//! The query parameters of verifying.

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::Deserialize;
use utoipa::IntoParams;

use super::error::ApiError;
use super::state::ApiState;
use crate::time::Timestamp;
use crate::validation::Language;

/// When and in which language to answer, and from what.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct VerifyQuery {
    /// Judge as of this time instead of now (RFC 3339).
    #[param(example = "2026-07-01T00:00:00Z")]
    at: Option<String>,
    /// Language of sentences: `kk`, `ru` or `en`.
    #[param(example = "en")]
    lang: Option<String>,
    /// Whether what is missing may be fetched, on a node that allows it.
    #[param(example = false)]
    online: Option<bool>,
    /// Whether to tell what was checked of each certificate of the path.
    #[param(example = false)]
    explain: Option<bool>,
}

/// The parameters, read.
#[derive(Clone, Copy, Debug)]
pub(super) struct VerifyTerms {
    pub(super) at: Timestamp,
    pub(super) language: Language,
    /// The time that was asked for, where one was.
    pub(super) moment: Option<Timestamp>,
    /// Whether what is missing is fetched.
    pub(super) online: bool,
    /// Whether the checks are told.
    pub(super) explain: bool,
}

impl FromRequestParts<ApiState> for VerifyTerms {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        let query: VerifyQuery = parse_query(parts)?;
        let read = |text| {
            Timestamp::parse_rfc3339(text).ok_or_else(|| ApiError::Query {
                detail: "`at` is not an RFC 3339 time such as 2026-07-01T00:00:00Z (write + as %2B)".to_owned(),
            })
        };
        let moment = query.at.as_deref().map(read).transpose()?;
        let (at, language) = (moment.unwrap_or_else(|| state.now()), language(query.lang.as_deref())?);
        let (online, explain) = (query.online.unwrap_or(false), query.explain.unwrap_or(false));
        Ok(Self { at, language, moment, online, explain })
    }
}

/// Reads the query; a parameter that is not known is refused, lest a misspelt `at` judge as of now.
pub(super) fn parse_query<T: serde::de::DeserializeOwned>(parts: &Parts) -> Result<T, ApiError> {
    Query::try_from_uri(&parts.uri)
        .map(|Query(query)| query)
        .map_err(|rejection| ApiError::Query { detail: rejection.body_text() })
}

fn language(name: Option<&str>) -> Result<Language, ApiError> {
    match name {
        None | Some("en") => Ok(Language::En),
        Some("ru") => Ok(Language::Ru),
        Some("kk") => Ok(Language::Kk),
        Some(_) => Err(ApiError::Query { detail: "`lang` is kk, ru or en".to_owned() }),
    }
}
