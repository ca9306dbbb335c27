//! Time: `Timestamp`, and `Clock`, the only thing in the house that reads the wall.

use std::fmt;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};

/// An instant in UTC, in whole milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Takes milliseconds since the Unix epoch.
    pub const fn from_unix_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Takes seconds since the Unix epoch; saturates at the ends of the range.
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Gives milliseconds since the Unix epoch.
    pub const fn unix_millis(self) -> i64 {
        self.0
    }

    /// Gives whole seconds since the Unix epoch, rounded towards the past.
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Gives the calendar instant in UTC, or `None` where the calendar does not hold it or a part is out of range.
    pub fn from_civil(date: (i32, u32, u32), time_of_day: (u32, u32, u32)) -> Option<Self> {
        let (year, month, day) = date;
        let (hour, minute, second) = time_of_day;
        let civil = NaiveDate::from_ymd_opt(year, month, day)?.and_hms_opt(hour, minute, second)?;
        Some(Self(civil.and_utc().timestamp_millis()))
    }

    /// Reads an RFC 3339 date and time (`2026-11-21T20:00:00Z`, any offset), or a bare date, which is its midnight UTC.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return Some(Self(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis()));
        }
        DateTime::parse_from_rfc3339(text).ok().map(|t| Self(t.timestamp_millis()))
    }

    /// Gives the instant so many seconds later (earlier where negative); saturates at the ends of the range.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// Gives the seconds from `earlier` to here, negative where `earlier` is later; saturates.
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).div_euclid(1000)
    }

    /// Gives the year, month and day in UTC, or `None` beyond the calendar.
    pub fn date(self) -> Option<(i32, u32, u32)> {
        use chrono::Datelike;
        let civil = DateTime::<Utc>::from_timestamp_millis(self.0)?;
        Some((civil.year(), civil.month(), civil.day()))
    }

    /// Gives the hour, minute and second in UTC, or `None` beyond the calendar.
    pub fn time_of_day(self) -> Option<(u32, u32, u32)> {
        use chrono::Timelike;
        let civil = DateTime::<Utc>::from_timestamp_millis(self.0)?;
        Some((civil.hour(), civil.minute(), civil.second()))
    }
}

/// RFC 3339 in UTC with `Z`; fractions only where there are any.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DateTime::<Utc>::from_timestamp_millis(self.0) {
            Some(civil) => f.write_str(&civil.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            None => write!(f, "{} ms since 1970", self.0),
        }
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse_rfc3339(&text).ok_or_else(|| serde::de::Error::custom("not an RFC 3339 date and time"))
    }
}

/// Where `now` comes from: the wall, or an instant that was chosen.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The machine's own clock.
    Wall,
    /// Always this instant: `--at`, tests, repeatable reports.
    Fixed(Timestamp),
}

impl Clock {
    /// Gives the present instant.
    #[expect(clippy::disallowed_methods, reason = "the one home of the wall clock")]
    pub fn now(self) -> Timestamp {
        match self {
            Self::Wall => Timestamp(Utc::now().timestamp_millis()),
            Self::Fixed(at) => at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc3339_is_read_in_any_offset_and_written_in_utc() {
        let at = Timestamp::parse_rfc3339("2026-11-21T23:00:00+05:00").unwrap();
        assert_eq!(at.to_string(), "2026-11-21T18:00:00Z");
        assert_eq!(Timestamp::parse_rfc3339("2026-11-21").unwrap().to_string(), "2026-11-21T00:00:00Z");
    }

    #[test]
    fn dates_that_the_calendar_does_not_hold_are_refused() {
        assert_eq!(Timestamp::from_civil((2026, 2, 29), (0, 0, 0)), None);
        assert_eq!(Timestamp::from_civil((2026, 1, 1), (24, 0, 0)), None);
        assert_eq!(Timestamp::parse_rfc3339("2026-13-01T00:00:00Z"), None);
        assert_eq!(Timestamp::parse_rfc3339("yesterday"), None);
    }

    #[test]
    fn fractions_of_a_second_survive() {
        let at = Timestamp::parse_rfc3339("2026-11-21T18:00:00.25Z").unwrap();
        assert_eq!(at.unix_millis() % 1000, 250);
        assert_eq!(at.to_string(), "2026-11-21T18:00:00.250Z");
    }
}
