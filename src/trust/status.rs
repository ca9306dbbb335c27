//! What happened to a registration, and what it was at a time: half-open, and only ever reaching back where the record says so.

use serde::{Deserialize, Serialize};

use super::party::Period;
use crate::time::Timestamp;

/// One event in the life of a registration. A status holds from its event to the next one (half-open).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusEvent {
    /// The status that begins.
    pub status: RegistrationStatus,
    /// When it begins in law.
    pub effective_from: Timestamp,
    /// When it became known here; none in the first schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_at: Option<Timestamp>,
    /// From when a `VOID_FROM` takes back what was recognised; none means from the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retroactive_from: Option<Timestamp>,
    /// The entry of the registry's log that let it take effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
}

impl StatusEvent {
    /// An event with nothing known beside it.
    pub const fn new(status: RegistrationStatus, effective_from: Timestamp) -> Self {
        Self { status, effective_from, recorded_at: None, retroactive_from: None, entry: None }
    }

    /// Whether it says no more than an event of the first schema could.
    pub(super) const fn is_of_first_schema(&self) -> bool {
        let plain = self.recorded_at.is_none() && self.retroactive_from.is_none() && self.entry.is_none();
        plain && self.status.is_of_first_schema()
    }
}

/// facts/ttp.md §8.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RegistrationStatus {
    /// Asked for, not yet granted.
    Applied,
    /// In force.
    Registered,
    /// Not in force for the time being.
    Suspended,
    /// In force again.
    Resumed,
    /// No longer in force; what was proven to exist before stays recognised.
    Terminated,
    /// No longer in force, by the lapse of its term.
    Expired,
    /// Never counts from here on backwards: what was signed is not recognised whenever it was (compromise), or since
    /// `retroactive_from`.
    VoidFrom,
}

impl RegistrationStatus {
    /// Every status.
    pub const ALL: [Self; 7] = [
        Self::Applied,
        Self::Registered,
        Self::Suspended,
        Self::Resumed,
        Self::Terminated,
        Self::Expired,
        Self::VoidFrom,
    ];

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Applied => "APPLIED",
            Self::Registered => "REGISTERED",
            Self::Suspended => "SUSPENDED",
            Self::Resumed => "RESUMED",
            Self::Terminated => "TERMINATED",
            Self::Expired => "EXPIRED",
            Self::VoidFrom => "VOID_FROM",
        }
    }

    /// Whether a registration with this status is in force.
    pub const fn is_in_force(self) -> bool {
        matches!(self, Self::Registered | Self::Resumed)
    }

    const fn is_of_first_schema(self) -> bool {
        matches!(self, Self::Registered | Self::Suspended | Self::Terminated | Self::VoidFrom)
    }

    /// Whether this status may follow another in law, the first one following none.
    pub const fn may_follow(self, before: Option<Self>) -> bool {
        use RegistrationStatus as S;
        match before {
            None | Some(S::VoidFrom) => matches!(self, S::Applied | S::Registered),
            Some(S::Applied) => matches!(self, S::Registered | S::Terminated),
            Some(S::Registered | S::Resumed) => {
                matches!(self, S::Suspended | S::Terminated | S::Expired | S::VoidFrom)
            }
            Some(S::Suspended) => {
                matches!(self, S::Resumed | S::Registered | S::Terminated | S::Expired | S::VoidFrom)
            }
            Some(S::Terminated | S::Expired) => matches!(self, S::Applied | S::Registered | S::VoidFrom),
        }
    }
}

/// The status in force at a time: that of the last event whose beginning is not later.
pub fn status_at(events: &[StatusEvent], at: Timestamp) -> Option<RegistrationStatus> {
    events.iter().rev().find(|e| e.effective_from <= at).map(|e| e.status)
}

/// The times that a question about a registration turns on (facts/ttp.md §8.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    /// Since when the signature may have been made: its certificate's first instant.
    pub(super) not_before: Timestamp,
    /// t_poe: the earliest time that the signature is proven to exist.
    pub(super) proven_at: Option<Timestamp>,
    /// t_now.
    pub(super) at: Timestamp,
}

impl Times {
    /// The time that a registration is asked at: t_poe, or else now.
    pub(super) fn asked_at(&self) -> Timestamp {
        self.proven_at.unwrap_or(self.at)
    }
}

/// How a registration, an edge or a treaty stood, in the order of what decides (a no before a doubt, a doubt before a yes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hold {
    /// It is void.
    Void,
    /// It had ended.
    Ended,
    /// It had not begun.
    NotYet,
    /// It was suspended.
    Suspended,
    /// No time is proven, and it did not hold all the while.
    NoProof,
    /// It was in force.
    InForce,
}

/// How a registration stood.
pub(super) fn hold_of_events(events: &[StatusEvent], times: &Times) -> Hold {
    use RegistrationStatus as S;
    let asked_at = times.asked_at();
    // Only a later voiding reaches back (facts/ttp.md §8.3, last paragraph); registering again does not heal it.
    let voided = |e: &StatusEvent| {
        e.status == S::VoidFrom
            && asked_at < e.effective_from
            && e.effective_from <= times.at
            && e.retroactive_from.is_none_or(|from| from <= asked_at)
    };
    if events.iter().any(voided) {
        return Hold::Void;
    }
    let status = status_at(events, asked_at);
    if times.proven_at.is_none() && status.is_some_and(S::is_in_force) {
        // Without a proof of time the signature may be as old as its certificate: taking a time stamp away must not make
        // up for a time when the centre was not registered.
        let changed = |e: &StatusEvent| {
            !e.status.is_in_force() && times.not_before < e.effective_from && e.effective_from <= asked_at
        };
        let throughout = status_at(events, times.not_before).is_some_and(S::is_in_force) && !events.iter().any(changed);
        return if throughout { Hold::InForce } else { Hold::NoProof };
    }
    match status {
        Some(S::Registered | S::Resumed) => Hold::InForce,
        Some(S::Suspended) => Hold::Suspended,
        Some(S::VoidFrom) => Hold::Void,
        Some(S::Terminated | S::Expired) if times.proven_at.is_none() => Hold::NoProof,
        Some(S::Terminated | S::Expired) => Hold::Ended,
        Some(S::Applied) | None => Hold::NotYet,
    }
}

/// How something with a plain beginning and end stood.
pub(super) fn hold_of_period(period: &Period, times: &Times) -> Hold {
    let asked_at = times.asked_at();
    let ended = period.until.is_some_and(|until| until <= asked_at);
    match times.proven_at {
        _ if asked_at < period.from => Hold::NotYet,
        Some(_) if ended => Hold::Ended,
        None if ended || times.not_before < period.from => Hold::NoProof,
        _ => Hold::InForce,
    }
}
