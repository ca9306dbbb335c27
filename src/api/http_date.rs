//! Dates as HTTP writes them (RFC 9110 §5.6.7).

use crate::time::Timestamp;

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Writes an IMF-fixdate, such as `Sun, 06 Nov 1994 08:49:37 GMT`; beyond the calendar, the epoch.
pub(super) fn write(at: Timestamp) -> String {
    let (year, month, day) = at.date().unwrap_or((1970, 1, 1));
    let (hour, minute, second) = at.time_of_day().unwrap_or_default();
    // The epoch was a Thursday.
    let weekday = at.unix_seconds().div_euclid(86_400).rem_euclid(7);
    let weekday = usize::try_from(weekday).ok().and_then(|day| DAYS.get(day)).copied().unwrap_or_default();
    let month = usize::try_from(month).ok().and_then(|m| MONTHS.get(m.checked_sub(1)?)).copied().unwrap_or_default();
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_the_standard_shows() {
        assert_eq!(write(Timestamp::from_unix_seconds(784_111_777)), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(write(Timestamp::from_unix_seconds(0)), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(write(Timestamp::parse_rfc3339("2026-11-22T00:59:01Z").unwrap()), "Sun, 22 Nov 2026 00:59:01 GMT");
    }
}
