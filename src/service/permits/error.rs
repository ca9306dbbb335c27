//! Why a permit was not issued, changed or read.

use crate::permit::{ContentError, FieldError, HistoryError, NumberError, RecordError, SigningRight};
use crate::service::KeyringError;
use crate::signing::SigningError;
use crate::store::StoreError;
use crate::validation::Reason;

/// Why a permit was not issued, changed or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PermitError {
    /// There is no such kind of document.
    #[error("there is no kind of document `{code}`; `qoltanba permit kinds` lists them")]
    NoSuchKind {
        /// The code asked for.
        code: String,
    },
    /// There is no such action, or its particulars are missing or too many.
    #[error(
        "`{action}` is not an action, or its particulars do not fit; known: suspend, resume, terminate, write-off (with `write_off`)"
    )]
    NoSuchAction {
        /// The action asked for.
        action: String,
    },
    /// The input does not fit the form.
    #[error("the input does not fit the form: {}", fields(.0))]
    Form(Vec<FieldError>),
    /// The signer's certificate may not sign now (order 500 п.4).
    #[error("the signer's certificate may not sign now: {}", reasons(.0))]
    SignerNotValid(Vec<Reason>),
    /// The signer has no right to sign this for this body.
    #[error("the signer has no right to sign this document: {}", right(.0))]
    NoRightToSign(SigningRight),
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyringError),
    /// The signature was not made.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// What was signed does not read back.
    #[error("what was signed does not read back; nothing was kept")]
    SelfCheck,
    /// A number cannot be made or read.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// Kept content is not what it should be.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// A record must not be signed so.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The history does not allow it, or does not hold together.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// A kept record does not verify, or is not what was signed.
    #[error("record {sequence} of {number} does not verify; the history cannot be relied on")]
    RecordUnsound {
        /// Whose history.
        number: String,
        /// Which record.
        sequence: u64,
    },
    /// The kept document does not verify, or is not what was signed and recorded.
    #[error("the document kept as {number} is not what was signed and recorded; it cannot be relied on")]
    DocumentUnsound {
        /// Which document.
        number: String,
    },
    /// The document to be reissued was issued by another body.
    #[error("the document to be reissued was issued by another body")]
    OfAnotherBody,
    /// The action was meant for another state of the history.
    #[error("the action was to be record {expected}, but the history goes on at {next}; read it again")]
    HistoryMoved {
        /// What the caller expected.
        expected: u64,
        /// What would be next.
        next: u64,
    },
    /// A document without any record.
    #[error("the document has no history")]
    HistoryEmpty,
    /// The order holds numbers that have no canonical form.
    #[error("the order cannot be written as canonical JSON")]
    OrderNotCanonical,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn fields(errors: &[FieldError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn reasons(reasons: &[Reason]) -> String {
    let text = |r: &Reason| r.text(crate::validation::Language::En);
    reasons.iter().map(text).collect::<Vec<_>>().join("; ")
}

fn right(right: &SigningRight) -> String {
    match right {
        SigningRight::Established => String::new(),
        SigningRight::NotEstablished { reasons } | SigningRight::Contradicted { reasons } => {
            reasons.iter().map(|r| r.told().text.en).collect::<Vec<_>>().join("; ")
        }
    }
}
