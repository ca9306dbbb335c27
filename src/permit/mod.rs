//! The documents: their forms as data, their numbers, what is signed, and their life from issue to end.

mod amount;
mod identifier;
mod life;
mod number;
mod roles;
mod words;

pub use amount::{Amount, AmountError};
pub use identifier::{IdentifierStanding, check_identifier};
pub use life::{ActionKind, LifeState, transition};
pub use number::{ChecksumStanding, Number, NumberError, Section, Series};
pub use roles::Role;
pub use words::{Language, Words};
