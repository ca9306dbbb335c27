//! What waits is asked about again when it is due: nothing is forgotten, nothing asked in between.

use std::sync::Arc;
use std::time::Duration;

use super::asking::ForeignDesk;
use super::error::TtpError;
use crate::service::{Online, Verifier};
use crate::store::Store;
use crate::time::{Clock, Timestamp};
use crate::validation::receipt::ThirdParty;

/// What became of one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Polled {
    /// Who was asked.
    pub party: String,
    /// About which document, SHA-256.
    pub document: String,
    /// What came, by code.
    pub outcome: String,
    /// When it is asked again; none where that is settled.
    pub next_try: Option<Timestamp>,
}

/// Asks once about everything that is due.
///
/// *Errors*: those of the store. *Cost*: `STORE_PAGE_MAX` questions.
pub async fn poll_due(desk: &ForeignDesk<'_>, now: Timestamp) -> Result<Vec<Polled>, TtpError> {
    /// For as long nobody else takes a question: longer than any answer may take.
    const CLAIM_SECONDS: i64 = 120;
    let parties = ThirdParty::all_of(&desk.verifier.trust().compiled);
    let mut done = Vec::new();
    for id in desk.store.due_receipt_requests(now).await? {
        // Settled in between, by another node or a question.
        let Some(row) = desk.store.receipt_request(&id).await? else { continue };
        let party = parties.iter().find(|party| party.id.as_str() == row.party);
        let told = |outcome: &str, next_try| Polled {
            party: row.party.clone(),
            document: row.document_digest.to_string(),
            outcome: outcome.to_owned(),
            next_try,
        };
        // A third party that may not attest is not asked; the question waits for a registry that lets it.
        let Some(party) = party.filter(|party| party.may_attest(now)) else {
            let later = now.plus_seconds(86_400);
            desk.store.claim_receipt_request(&row, later).await?;
            done.push(told("TTP_NOT_REGISTERED", Some(later)));
            continue;
        };
        if desk.store.claim_receipt_request(&row, now.plus_seconds(CLAIM_SECONDS)).await? {
            let asked = desk.try_now(party, row.clone(), now).await?;
            done.push(told(asked.outcome(), asked.next_try()));
        }
    }
    Ok(done)
}

/// Asks again for as long as the node runs.
pub async fn poll_forever(
    (online, store): (Arc<Online>, Store),
    verifier: impl Fn() -> Option<Arc<Verifier>>,
    clock: Clock,
) {
    const PAUSE: Duration = Duration::from_secs(30);
    loop {
        tokio::time::sleep(PAUSE).await;
        let Some(verifier) = verifier() else { continue };
        let desk = ForeignDesk { online: &online, verifier: &verifier, store: &store };
        match poll_due(&desk, clock.now()).await {
            Ok(done) => {
                for polled in done {
                    tracing::info!(party = polled.party, outcome = polled.outcome, "third party asked again");
                }
            }
            Err(cause) => tracing::warn!(%cause, "third parties were not asked again"),
        }
    }
}
