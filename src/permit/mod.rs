//! The documents: their forms as data, their numbers, what is signed, and their life from issue to end.

mod amount;
mod catalogue;
mod check;
mod content;
mod draft;
mod form;
mod history;
mod identifier;
mod life;
mod number;
mod problem;
mod reasons;
mod record;
mod right;
mod sample;
mod usability;
mod words;

pub use amount::{Amount, AmountError};
pub use catalogue::{Catalogue, CatalogueError, Class, Fee, Ground, Kind, Numbering, Subtype, Term, Validity};
pub use check::Fields;
pub use content::{Body, ContentError, DOCUMENT_SCHEMA, DocumentContent, SignerClaim};
pub use draft::{Draft, Drafted, end_of_day};
pub use form::{Coded, Field, Form, Pattern, Rule, When};
pub use history::{History, HistoryError, HistoryRecord, SignedRecord, Standing, Status};
pub use identifier::{IdentifierStanding, check_identifier};
pub use life::{ActionKind, LifeState, transition};
pub use number::{ChecksumStanding, Number, NumberError, Section, Series};
pub use problem::{FieldError, FieldProblem};
pub use reasons::{Told, told};
pub use record::{ActReference, Action, ActionReason, RECORD_SCHEMA, RecordContent, RecordError};
pub use right::{RightReason, SignerFacts, SigningRight, right_to_sign};
pub use usability::{HistoryAtHand, Missing, NotUsableReason, Usability, usable_now};
pub use words::{Language, Words};
