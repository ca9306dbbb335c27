//! The life of a document: its states, what may happen in each, and nothing else.

use serde::{Deserialize, Serialize};

/// What happens to a document, without its particulars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActionKind {
    /// A notice is sent while the application is considered.
    Notice,
    /// The document is issued.
    Issue,
    /// Its effect pauses.
    Suspend,
    /// Its effect goes on.
    Resume,
    /// It ends for good.
    Terminate,
    /// A reissued document takes its place.
    Supersede,
    /// The service is refused.
    Refuse,
    /// A quantity is written off at clearance.
    WriteOff,
}

impl ActionKind {
    /// Every action.
    pub const ALL: [Self; 8] = [
        Self::Notice,
        Self::Issue,
        Self::Suspend,
        Self::Resume,
        Self::Terminate,
        Self::Supersede,
        Self::Refuse,
        Self::WriteOff,
    ];

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Issue => "issue",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Terminate => "terminate",
            Self::Supersede => "supersede",
            Self::Refuse => "refuse",
            Self::WriteOff => "write-off",
        }
    }

    /// The action of this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.code() == code)
    }

    /// Whether the action begins something, rather than changing what was issued.
    pub(super) const fn opens(self) -> bool {
        matches!(self, Self::Notice | Self::Issue | Self::Refuse)
    }
}

/// Where a document stands by its records alone (its own dates and quantities come on top).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LifeState {
    /// No record yet.
    Absent,
    /// Notices were sent, nothing is decided.
    UnderConsideration,
    /// Issued and not otherwise.
    InForce,
    /// Paused.
    Suspended,
    /// Ended by the issuing body.
    Terminated,
    /// Ended by a reissue.
    Superseded,
    /// Never to be issued.
    Refused,
}

impl LifeState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Absent,
        Self::UnderConsideration,
        Self::InForce,
        Self::Suspended,
        Self::Terminated,
        Self::Superseded,
        Self::Refused,
    ];

    /// Whether nothing can follow.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Terminated | Self::Superseded | Self::Refused)
    }
}

/// The state after an action, or `None` where the action is not allowed in the state.
///
/// A suspended document is not reissued: the suspension would be lost. It is resumed first, or terminated.
pub const fn transition(state: LifeState, action: ActionKind) -> Option<LifeState> {
    use ActionKind as A;
    use LifeState as S;
    match (state, action) {
        (S::Absent | S::UnderConsideration, A::Notice) => Some(S::UnderConsideration),
        (S::Absent | S::UnderConsideration, A::Issue) | (S::Suspended, A::Resume) | (S::InForce, A::WriteOff) => {
            Some(S::InForce)
        }
        (S::Absent | S::UnderConsideration, A::Refuse) => Some(S::Refused),
        (S::InForce, A::Suspend) => Some(S::Suspended),
        (S::InForce | S::Suspended, A::Terminate) => Some(S::Terminated),
        (S::InForce, A::Supersede) => Some(S::Superseded),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_and_action_is_as_the_table_says() {
        use LifeState as S;
        // Columns: notice, issue, suspend, resume, terminate, supersede, refuse, write-off.
        let open = [Some(S::UnderConsideration), Some(S::InForce), None, None, None, None, Some(S::Refused), None];
        let in_force =
            [None, None, Some(S::Suspended), None, Some(S::Terminated), Some(S::Superseded), None, Some(S::InForce)];
        let suspended = [None, None, None, Some(S::InForce), Some(S::Terminated), None, None, None];
        let table = [open, open, in_force, suspended, [None; 8], [None; 8], [None; 8]];
        for (state, row) in LifeState::ALL.into_iter().zip(table) {
            let reached = ActionKind::ALL.map(|action| transition(state, action));
            assert_eq!(reached, row, "{state:?}");
            assert_eq!(state.is_final(), reached.iter().all(Option::is_none), "{state:?}");
        }
    }

    #[test]
    fn codes_name_one_action_each() {
        for action in ActionKind::ALL {
            assert_eq!(ActionKind::from_code(action.code()), Some(action));
            assert_eq!(serde_json::to_value(action).unwrap(), action.code());
        }
        assert_eq!(ActionKind::from_code("revoke"), None);
    }
}
