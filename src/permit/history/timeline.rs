//! The states of a document along the time of effect.

use crate::permit::life::{ActionKind, LifeState, transition};
use crate::time::Timestamp;

/// A state from an instant on, until the next segment begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Segment {
    from: Timestamp,
    state: LifeState,
}

/// States in the order of their beginning.
///
/// What is recorded later overrides, from its effective time on, what earlier records planned; but an end that was set
/// (termination, supersession) stays, unless an earlier end is set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Timeline {
    // INVARIANT: `from` never falls; at most the last segment is final.
    segments: Vec<Segment>,
}

impl Timeline {
    /// The state at an instant, and since when.
    pub(super) fn state_at(&self, at: Timestamp) -> (LifeState, Option<Timestamp>) {
        let segment = self.segments.iter().rev().find(|segment| segment.from <= at);
        segment.map_or((LifeState::Absent, None), |segment| (segment.state, Some(segment.from)))
    }

    /// Takes an action at its effective time.
    ///
    /// *Errors*: the state in which the action is not allowed.
    pub(super) fn apply(&mut self, at: Timestamp, action: ActionKind) -> Result<(), LifeState> {
        let (state, _) = self.state_at(at);
        // What opens a life must not slip in before what is already there: that would issue a document twice.
        if let Some(last) = self.segments.last().filter(|last| action.opens() && last.from > at) {
            return Err(last.state);
        }
        let next = transition(state, action).ok_or(state)?;
        // A write-off changes quantities, never the state; it may be recorded after later changes.
        if action == ActionKind::WriteOff {
            return Ok(());
        }
        let end = self.segments.last().copied().filter(|last| last.state.is_final());
        self.segments.retain(|segment| segment.from <= at);
        self.segments.push(Segment { from: at, state: next });
        if !next.is_final() {
            self.segments.extend(end);
        }
        Ok(())
    }
}
