//! Why no receipt was given or had. A negative answer is none of these: it is an answer.

use crate::crypto::EntropyError;
use crate::signing::SigningError;
use crate::store::StoreError;

/// Why there is no answer at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TtpError {
    /// What is answered must be kept, and cannot be.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The answer could not be signed.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// There is no randomness for a number.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The certificate of the third party is not valid now.
    #[error("the certificate of this third party is not valid now")]
    CertificateNotValid,
}
