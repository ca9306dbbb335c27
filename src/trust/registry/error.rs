//! What the registry refuses.

use crate::ledger::{Digest, LedgerError};
use crate::limits::LimitExceeded;
use crate::trust::party::PartyId;
use crate::trust::signed::StatementError;
use crate::trust::snapshot::SnapshotError;
use crate::trust::status::RegistrationStatus;

/// An entry that the registry does not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// The signed message is no good.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// Not the JSON of an entry.
    #[error("the entry is not the JSON it should be: line {line}, column {column}")]
    Json {
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault, from 1.
        column: usize,
    },
    /// The schema is not known.
    #[error("the entry follows an unknown schema; expected qoltanba/trust-registry/1")]
    Schema,
    /// Its octets are not canonical.
    #[error("the entry is not canonical JSON (RFC 8785)")]
    NotCanonical,
    /// A bound was hit.
    #[error("the entry has {0}")]
    Limit(#[from] LimitExceeded),
    /// It is not behind the last entry: another administrator was first, or one was left out.
    #[error("{0}; read the log again, then decide again")]
    Place(#[from] LedgerError),
    /// It claims to be older than the entry before it.
    #[error("entry {sequence} claims to have been written before its predecessor")]
    RecordedBackwards {
        /// Which.
        sequence: u64,
    },
    /// The log must begin with a genesis, and has only one.
    #[error("entry {sequence}: a log begins with its genesis and has no other")]
    Genesis {
        /// Which.
        sequence: u64,
    },
    /// A log without entries.
    #[error("the registry has no log yet; `qoltanba trust init` begins one")]
    Empty,
    /// Nobody of this name administers.
    #[error("`{id}` is no administrator of the registry")]
    NotAnAdministrator {
        /// The name.
        id: PartyId,
    },
    /// The certificate was not valid when the entry was written.
    #[error("the certificate of administrator `{id}` was not valid when the entry was written")]
    CertificateNotValid {
        /// The name.
        id: PartyId,
    },
    /// There is no such proposal.
    #[error("the log has no proposal {proposal}")]
    NoSuchProposal {
        /// The digest that was named.
        proposal: Digest,
    },
    /// The proposal was settled before.
    #[error("proposal {proposal} was settled before, by entry {by}")]
    Settled {
        /// The proposal.
        proposal: Digest,
        /// The entry that settled it.
        by: u64,
    },
    /// Whoever proposed may not approve.
    #[error(
        "administrator `{id}` proposed this, or has the key or is the person of whoever did; another administrator must approve it"
    )]
    OwnProposal {
        /// Who tried.
        id: PartyId,
    },
    /// The proposer is an administrator no longer.
    #[error("administrator `{id}`, who proposed this, no longer administers; propose it anew")]
    ProposerGone {
        /// Who proposed.
        id: PartyId,
    },
    /// A proposal that changes nothing.
    #[error("the proposal holds no change")]
    NothingChanges,
    /// A proposal without an act.
    #[error("the proposal does not name the act that it follows")]
    NoAct,
    /// Words that a screen would not show as they are.
    #[error("`{field}` holds control characters, or ones that turn, break or hide text; write it without them")]
    Text {
        /// Where, counted from 0: `changes[0].anchor.label`.
        field: String,
    },
    /// A change that cannot be made.
    #[error("change {number}: {cause}")]
    Change {
        /// Which, counted from 1.
        number: usize,
        /// Why.
        cause: ChangeError,
    },
    /// What the log began with does not hold together.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The administrators of a genesis cannot administer.
    #[error(transparent)]
    Administrators(#[from] ChangeError),
}

/// A change that cannot be made in the state that the registry is in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// The name is taken.
    #[error("`{party}` is registered already")]
    Known {
        /// The name.
        party: String,
    },
    /// Nobody has this name, or not of the kind that such a change is for.
    #[error("the registry has no `{party}` that this change could be about")]
    Unknown {
        /// The name.
        party: String,
    },
    /// A certificate does not read.
    #[error("a certificate in the change does not read")]
    Certificate,
    /// No anchor of this fingerprint, or none that lasts so long.
    #[error("`{party}` has no key with the certificate {fingerprint} that is in force at that time or after it")]
    NoSuchAnchor {
        /// The name.
        party: String,
        /// The fingerprint that was named.
        fingerprint: String,
    },
    /// A status that may not follow the one before it.
    #[error("{} may not follow {} in the registration of `{party}`", status.code(), before.map_or("nothing", RegistrationStatus::code))]
    MayNotFollow {
        /// The name.
        party: String,
        /// The status before.
        before: Option<RegistrationStatus>,
        /// The status that was to follow.
        status: RegistrationStatus,
    },
    /// One entry brought several events, and one of them cannot be named alone.
    #[error(
        "entry {entry} brought several events of `{party}`; add events that say what is right instead of replacing it"
    )]
    SeveralEvents {
        /// The name.
        party: String,
        /// The entry.
        entry: u64,
    },
    /// A part that the registry writes itself.
    #[error("`{field}` is written by the registry itself; leave it out")]
    NotYours {
        /// Which part.
        field: &'static str,
    },
    /// An event that is not there.
    #[error("the registration of `{party}` has no event that entry {entry} brought")]
    NoSuchEvent {
        /// The name.
        party: String,
        /// The entry that was named.
        entry: u64,
    },
    /// Fewer than two administrators would be left.
    #[error("two administrators at least must be left")]
    TooFewAdministrators,
    /// The person or the key of an administrator who is there.
    #[error("`{id}` has the key or is the person of an administrator who is there; two are to be two")]
    SamePerson {
        /// The name.
        id: PartyId,
    },
    /// The certificate names another person.
    #[error("the certificate of `{id}` names another person than the entry says")]
    OtherPerson {
        /// The name.
        id: PartyId,
    },
    /// What would come out does not hold together.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}
