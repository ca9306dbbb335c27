//! How a document stands, in one word and its particulars.

use serde::Serialize;

use crate::permit::{Amount, Number, Words, told};
use crate::time::Timestamp;

/// How a document stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The one word for it.
    pub standing: Standing,
    /// Since when its records say so; its own dates are not counted here.
    pub since: Option<Timestamp>,
    /// What is left to be written off, item by item.
    pub remaining: Vec<Amount>,
    /// The document in its place.
    pub successor: Option<Number>,
    /// The instant asked for.
    pub at: Timestamp,
    /// The records counted: those written down until then.
    pub as_known_at: Timestamp,
}

/// The one word for how a document stands. What the issuing body ended comes first, then what ended by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Standing {
    /// Not issued.
    Absent,
    /// Notices were sent, nothing is decided.
    UnderConsideration,
    /// Issued for a later time.
    NotYetValid,
    /// It holds.
    InForce,
    /// Paused.
    Suspended,
    /// Ended by the issuing body.
    Terminated,
    /// Ended by a reissue.
    Superseded,
    /// Never issued.
    Refused,
    /// Ended by its own date.
    Expired,
    /// Written off to nothing.
    UsedUp,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 10] = [
        Self::Absent,
        Self::UnderConsideration,
        Self::NotYetValid,
        Self::InForce,
        Self::Suspended,
        Self::Terminated,
        Self::Superseded,
        Self::Refused,
        Self::Expired,
        Self::UsedUp,
    ];

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::UnderConsideration => "under-consideration",
            Self::NotYetValid => "not-yet-valid",
            Self::InForce => "in-force",
            Self::Suspended => "suspended",
            Self::Terminated => "terminated",
            Self::Superseded => "superseded",
            Self::Refused => "refused",
            Self::Expired => "expired",
            Self::UsedUp => "used-up",
        }
    }

    /// What a person reads.
    pub fn label(self) -> Words {
        told(self.code(), "").text
    }
}
