//! Who is trusted, since when, by which act: the `TrustSnapshot`, and the legal route it opens for a signature.

mod compiled;
mod difference;
pub mod entity_list;
mod listing;
mod norm;
mod party;
mod receipt;
mod recognition;
mod registry;
mod scope;
mod signed;
mod signed_list;
mod snapshot;
mod status;

pub use compiled::{CompiledTrust, ForeignAnchor};
pub use difference::{Difference, DifferenceKind, differences};
pub use listing::{LIST_TYPE, ListedEntry, ListedEntryError, changes_for, entries_of, list_of};
pub use norm::{NormRules, NormVersion, ReceiptRule, TerminationRule, norm_at};
pub use party::{
    AnchorEntry, DomesticTtp, Edge, ForeignCentre, ForeignTtp, PartyAnchor, PartyId, PartyIdError, Period, Treaty,
};
pub use receipt::{
    ReceiptFinding, ReceiptKind, ReceiptProfile, ReceiptSignature, ReceiptSoundness, RejectRule, SuccessRule, TtpStatus,
};
pub use recognition::{
    DocumentFacts, PossessionBasis, Presumption, ReceiptUsed, Recognition, RecognitionQuestion, RecognitionReason,
    Route, RouteEvidence, Standing, Standpoint, Technical, recognise, recognise_time_stamp,
};
pub use registry::{
    Act, Administrator, Change, ChangeError, ENTRY_SCHEMA, EntryContent, ProposalView, Registry, RegistryEntry,
    RegistryError, State, Step,
};
pub use scope::{AlgorithmScope, Money, RoleEquivalence, Scope, SignerKind};
pub use signed::StatementError;
pub use signed_list::{SignedListError, open_signed_list};
pub use snapshot::{SignedSnapshotError, SnapshotError, TrustSnapshot, open_next_snapshot, open_signed_snapshot};
pub use status::{RegistrationStatus, StatusEvent, status_at};

#[cfg(test)]
mod tests;
