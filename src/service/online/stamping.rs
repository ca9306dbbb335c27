//! A signature stamped online: asked, held to the question, checked as a signature of its own, and only then attached.

use super::Online;
use crate::crypto::{DigestAlgorithm, Entropy as _, EntropyError, SystemEntropy};
use crate::fetch::{FetchError, Refusal, Url};
use crate::path::Pool;
use crate::policy::Policy;
use crate::service::{Trust, Verifier};
use crate::signing::{SigningError, StampWish, TokenRefusal, attach_token, time_stamp_request, token_of};
use crate::time::Timestamp;
use crate::trust::TrustSnapshot;
use crate::validation::{Item, TimeStampIndication};

/// Why a signature was not stamped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StampError {
    /// The authority cannot be asked, or does not answer.
    #[error("{url} gave no time stamp: {error}")]
    Upstream {
        /// Who was asked.
        url: Url,
        /// What became of it.
        error: FetchError,
        /// When asking again may help.
        retry_at: Option<Timestamp>,
    },
    /// Its answer is not the one to our question, or not sound.
    #[error(transparent)]
    Token(#[from] TokenRefusal),
    /// The message cannot take a token.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// There is no randomness for a nonce.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

impl From<Refusal> for StampError {
    fn from(refusal: Refusal) -> Self {
        let Refusal { url, error, retry_at } = refusal;
        Self::Upstream { url, error, retry_at }
    }
}

impl Online {
    /// Has an authority stamp one signer of a message, counted from 0, under a policy of its where one is wished for.
    ///
    /// *Gives* the message with the token. Whether the authority is one to trust is for verifying to say; what is not sound
    /// is not attached. *Errors*: `StampError`.
    pub async fn stamp(
        &self,
        url: &Url,
        (message, index): (&[u8], usize),
        policy: Option<const_oid::ObjectIdentifier>,
    ) -> Result<Vec<u8>, StampError> {
        let mut nonce = [0; 16];
        SystemEntropy.fill(&mut nonce)?;
        // SHA-256 is what every authority takes; the token's own algorithm is the authority's choice.
        let request =
            time_stamp_request(message, index, &StampWish { digest: DigestAlgorithm::Sha256, policy, nonce })?;
        let response = self.time_stamp(url, &request.encode()).await?;
        let stamped = attach_token(message, index, token_of(&response, &request)?)?;
        // The authority's clock may be ahead of ours.
        const SKEW_SECONDS_MAX: i64 = 300;
        if is_sound(&stamped, index, self.fetcher.now().plus_seconds(SKEW_SECONDS_MAX)) {
            Ok(stamped)
        } else {
            Err(TokenRefusal::Unsound.into())
        }
    }
}

/// Whether the newest time stamp of a signer holds up as a signature by a time-stamping authority, whoever that is.
fn is_sound(message: &[u8], index: usize, at: Timestamp) -> bool {
    let Ok(trust) = Trust::new(TrustSnapshot::of_certificates(&[])) else { return false };
    let Ok(policy) = Policy::named("rfc5280") else { return false };
    let answers = Verifier::new(trust, Pool::default(), policy).verify(&[Item::new(message, None)], at);
    let reports = answers.iter().filter_map(|answer| answer.result.as_ref().ok());
    let stamp = reports.filter_map(|r| r.signatures.get(index)).find_map(|signature| signature.time_stamps.last());
    // Nobody is trusted here, so that a sound stamp is one that cannot be told.
    stamp.is_some_and(|stamp| stamp.indication != TimeStampIndication::Failed && stamp.tsa.is_some())
}
