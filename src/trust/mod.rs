//! Who is trusted, since when, by which act: the `TrustSnapshot`, and the legal route it opens for a signature.

pub mod entity_list;
mod recognition;
mod signed_list;
mod snapshot;

pub use recognition::{Recognition, RecognitionQuestion, RecognitionReason, Route, Standing, recognise};
pub use signed_list::{SignedListError, open_signed_list};
pub use snapshot::{
    AnchorEntry, CompiledTrust, ForeignCentre, RegistrationStatus, SignedSnapshotError, SnapshotError, StatusEvent,
    TrustSnapshot, open_signed_snapshot,
};

#[cfg(test)]
mod tests;
