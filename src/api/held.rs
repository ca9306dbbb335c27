//! Octets of request bodies held in memory: bounded one by one, and all together.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::ApiError;
use crate::limits::{API_HELD_BYTES_MAX, Limit};

/// The room that all bodies share.
#[derive(Clone, Debug)]
pub(super) struct Room(Arc<Semaphore>);

/// Octets that take up room for as long as this value lives.
#[derive(Debug)]
pub(super) struct Held {
    /// The octets.
    pub(super) octets: Vec<u8>,
    room: Room,
    taken: Option<OwnedSemaphorePermit>,
    limit: &'static Limit,
}

/// Room is given out in pieces of this many bytes.
const PIECE_BYTES: usize = 64 * 1024;

impl Room {
    pub(super) fn new() -> Self {
        Self::of_bytes(API_HELD_BYTES_MAX.value)
    }

    fn of_bytes(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes.div_euclid(PIECE_BYTES))))
    }

    /// Begins an empty body that may grow up to `limit`.
    pub(super) fn hold(&self, limit: &'static Limit) -> Held {
        Held { octets: Vec::new(), room: self.clone(), taken: None, limit }
    }
}

impl Held {
    /// Appends octets.
    ///
    /// *Errors*: `Limit` where this body is too long, `Overloaded` where all bodies together are.
    pub(super) fn push(&mut self, octets: &[u8]) -> Result<(), ApiError> {
        let length = self.octets.len().saturating_add(octets.len());
        self.limit.check(length)?;
        let taken = self.taken.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = length.div_ceil(PIECE_BYTES).saturating_sub(taken);
        if more > 0 {
            let pieces = u32::try_from(more).map_err(|_| ApiError::Overloaded)?;
            let got = Arc::clone(&self.room.0).try_acquire_many_owned(pieces).map_err(|_| ApiError::Overloaded)?;
            match &mut self.taken {
                Some(taken) => taken.merge(got),
                none => *none = Some(got),
            }
        }
        self.octets.extend_from_slice(octets);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static LIMIT: Limit = Limit { name: "LIMIT", value: 3 * PIECE_BYTES, unit: "bytes" };

    #[test]
    fn a_body_grows_to_its_limit_and_not_beyond() {
        let mut held = Room::new().hold(&LIMIT);
        held.push(&vec![0; LIMIT.value]).unwrap();
        assert!(matches!(held.push(&[0]), Err(ApiError::Limit(_))));
    }

    #[test]
    fn bodies_share_the_room_and_give_it_back() {
        let room = Room::of_bytes(3 * PIECE_BYTES);
        let (mut one, mut other) = (room.hold(&LIMIT), room.hold(&LIMIT));
        one.push(&vec![0; 2 * PIECE_BYTES]).unwrap();
        other.push(&vec![0; PIECE_BYTES]).unwrap();
        assert!(matches!(other.push(&[0]), Err(ApiError::Overloaded)));
        drop(one);
        other.push(&[0]).unwrap();
    }
}
