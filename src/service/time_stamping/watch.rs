//! Whether the wall clock can be relied on: it is held to a clock that nobody can set, and to time sources where named.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::limits::{TIME_SOURCE_SECONDS_MAX, TIME_STAMP_DRIFT_MILLIS_MAX};
use crate::time::{Clock, Timestamp};

/// The wall clock under watch. Clones share what is known.
#[derive(Clone, Debug)]
pub struct ClockWatch {
    clock: Clock,
    anchor: Arc<Mutex<Anchor>>,
}

/// A moment when both clocks were read together.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    wall: Timestamp,
    monotonic: Instant,
    standing: Standing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// There is no time source: the clock is believed as it stood at the start.
    Believed,
    /// Sources are named and have not agreed yet.
    Awaited,
    /// Sources agreed at the anchor.
    Confirmed,
}

/// Why the clock is not relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClockFault {
    /// The wall clock moved otherwise than time does.
    #[error("the clock has strayed by {millis} ms; set it right and start again")]
    Strayed {
        /// How far, ahead where positive.
        millis: i64,
    },
    /// No time source has confirmed the clock.
    #[error("no time source has confirmed the clock yet")]
    NotConfirmed,
    /// The last confirmation is too old.
    #[error("no time source has confirmed the clock for {seconds} seconds")]
    Unconfirmed {
        /// Since when.
        seconds: u64,
    },
}

impl ClockWatch {
    /// Believes the clock as it stands now, and notices when it is set.
    pub fn believing(clock: Clock) -> Self {
        Self::since(clock, clock.now(), Standing::Believed)
    }

    /// Believes nothing before a time source has confirmed the clock.
    pub fn awaiting_sources(clock: Clock) -> Self {
        Self::since(clock, clock.now(), Standing::Awaited)
    }

    /// As `believing`, with a clock that stood at `wall` now: for tests of what happens when it is set.
    pub fn anchored(clock: Clock, wall: Timestamp) -> Self {
        Self::since(clock, wall, Standing::Believed)
    }

    fn since(clock: Clock, wall: Timestamp, standing: Standing) -> Self {
        let anchor = Anchor { wall, monotonic: Instant::now(), standing };
        Self { clock, anchor: Arc::new(Mutex::new(anchor)) }
    }

    /// The present time, where it can be relied on.
    pub fn now(&self) -> Result<Timestamp, ClockFault> {
        let anchor = *self.anchor.lock().unwrap_or_else(PoisonError::into_inner);
        let (now, elapsed) = (self.clock.now(), anchor.monotonic.elapsed());
        match anchor.standing {
            Standing::Awaited => return Err(ClockFault::NotConfirmed),
            Standing::Confirmed if elapsed > longest_silence() => {
                return Err(ClockFault::Unconfirmed { seconds: elapsed.as_secs() });
            }
            Standing::Confirmed | Standing::Believed => {}
        }
        let millis = drift_millis(anchor.wall, now, self.elapsed(elapsed));
        if millis.unsigned_abs() > drift_millis_max() { Err(ClockFault::Strayed { millis }) } else { Ok(now) }
    }

    /// How far the wall clock has strayed since the anchor.
    pub fn drift_millis(&self) -> i64 {
        let anchor = *self.anchor.lock().unwrap_or_else(PoisonError::into_inner);
        drift_millis(anchor.wall, self.clock.now(), self.elapsed(anchor.monotonic.elapsed()))
    }

    /// Takes in what time sources say: by how much their time is ahead of the wall clock.
    pub fn compare(&self, offset_millis: i64) {
        let standing =
            if offset_millis.unsigned_abs() <= drift_millis_max() { Standing::Confirmed } else { Standing::Awaited };
        let anchor = Anchor { wall: self.clock.now(), monotonic: Instant::now(), standing };
        *self.anchor.lock().unwrap_or_else(PoisonError::into_inner) = anchor;
    }

    /// For a clock that was chosen, no time passes.
    fn elapsed(&self, elapsed: Duration) -> Duration {
        match self.clock {
            Clock::Wall => elapsed,
            Clock::Fixed(_) => Duration::ZERO,
        }
    }
}

/// By how much the wall clock has moved more than time has.
fn drift_millis(wall_then: Timestamp, wall_now: Timestamp, elapsed: Duration) -> i64 {
    let elapsed = i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX);
    wall_now.unix_millis().saturating_sub(wall_then.unix_millis()).saturating_sub(elapsed)
}

fn drift_millis_max() -> u64 {
    u64::try_from(TIME_STAMP_DRIFT_MILLIS_MAX.value).unwrap_or(u64::MAX)
}

fn longest_silence() -> Duration {
    Duration::from_secs(u64::try_from(TIME_SOURCE_SECONDS_MAX.value).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    #[test]
    fn a_clock_that_goes_with_time_has_no_drift_and_one_that_was_set_has() {
        let second = Duration::from_secs(1);
        assert_eq!(drift_millis(at(100), at(101), second), 0);
        assert_eq!(drift_millis(at(100), at(161), second), 60_000);
        assert_eq!(drift_millis(at(100), at(41), second), -60_000);
    }

    #[test]
    fn a_clock_that_was_set_is_not_relied_on_in_either_direction() {
        let clock = Clock::Fixed(at(1_000));
        assert_eq!(ClockWatch::believing(clock).now(), Ok(at(1_000)));
        assert_eq!(ClockWatch::anchored(clock, at(999)).now(), Ok(at(1_000)));
        assert_eq!(ClockWatch::anchored(clock, at(998)).now(), Err(ClockFault::Strayed { millis: 2_000 }));
        assert_eq!(ClockWatch::anchored(clock, at(1_002)).now(), Err(ClockFault::Strayed { millis: -2_000 }));
    }

    #[test]
    fn where_sources_are_named_nothing_goes_before_they_agree_nor_after_they_differ() {
        let watch = ClockWatch::awaiting_sources(Clock::Fixed(at(1_000)));
        assert_eq!(watch.now(), Err(ClockFault::NotConfirmed));
        watch.compare(-1_000);
        assert_eq!(watch.now(), Ok(at(1_000)));
        watch.compare(1_001);
        assert_eq!(watch.now(), Err(ClockFault::NotConfirmed));
    }
}
