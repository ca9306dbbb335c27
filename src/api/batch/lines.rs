//! A stream of octets cut into lines, each bounded; a line that is too long is skipped and told, the next one is read.

use crate::api::error::ApiError;
use crate::api::held::{Held, Room};
use crate::limits::BATCH_LINE_BYTES_MAX;
use crate::service::ItemError;

/// One line of the input.
#[derive(Debug)]
pub(super) struct Line {
    /// Its place, from 1.
    pub(super) number: u64,
    /// Its octets without the line break, or why they were not kept.
    pub(super) octets: Result<Held, ItemError>,
}

/// Cuts chunks as they arrive.
#[derive(Debug)]
pub(in crate::api) struct LineSplitter {
    room: Room,
    number: u64,
    current: Result<Held, ItemError>,
}

impl LineSplitter {
    pub(super) fn new(room: Room) -> Self {
        Self { number: 0, current: Ok(room.hold(&BATCH_LINE_BYTES_MAX)), room }
    }

    /// Gives the lines that a chunk completes; blank lines are counted and left out.
    pub(super) fn push(&mut self, chunk: &[u8]) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut rest = chunk;
        while let Some((piece, after)) = memchr::memchr(b'\n', rest).and_then(|at| rest.split_at_checked(at)) {
            self.extend(piece);
            lines.extend(self.end_line());
            rest = after.get(1..).unwrap_or_default();
        }
        // What follows the last line break begins the next line.
        self.extend(rest);
        lines
    }

    /// Gives what stood after the last line break.
    pub(super) fn finish(&mut self) -> Option<Line> {
        self.end_line()
    }

    fn extend(&mut self, piece: &[u8]) {
        if let Ok(held) = &mut self.current
            && let Err(error) = held.push(piece)
        {
            self.current = Err(match error {
                ApiError::Limit(limit) => limit.into(),
                _ => ItemError::Overloaded,
            });
        }
    }

    fn end_line(&mut self) -> Option<Line> {
        self.number = self.number.saturating_add(1);
        let octets = std::mem::replace(&mut self.current, Ok(self.room.hold(&BATCH_LINE_BYTES_MAX)));
        let is_blank = octets.as_ref().is_ok_and(|held| held.octets.trim_ascii().is_empty());
        (!is_blank).then_some(Line { number: self.number, octets })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(chunks: &[&str]) -> Vec<(u64, String)> {
        let mut splitter = LineSplitter::new(Room::new());
        let mut lines: Vec<Line> = chunks.iter().flat_map(|c| splitter.push(c.as_bytes())).collect();
        lines.extend(splitter.finish());
        lines.into_iter().map(|l| (l.number, String::from_utf8(l.octets.unwrap().octets).unwrap())).collect()
    }

    #[test]
    fn lines_are_the_same_however_the_chunks_fall() {
        let whole = cut(&["one\ntwo\r\n\nfour"]);
        assert_eq!(whole, [(1, "one".into()), (2, "two\r".into()), (4, "four".into())]);
        assert_eq!(cut(&["o", "ne", "\n", "two\r\n\nfo", "", "ur"]), whole);
        assert_eq!(cut(&["one\ntwo\r\n\nfour\n"]), whole);
    }

    #[test]
    fn a_line_that_is_too_long_is_told_and_the_next_one_is_read() {
        let mut splitter = LineSplitter::new(Room::new());
        splitter.current = Err(ItemError::Overloaded);
        let lines = splitter.push(b"rest of the long line\nnext\n");
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].octets.as_ref().unwrap_err(), &ItemError::Overloaded);
        assert_eq!(lines[1].octets.as_ref().unwrap().octets, b"next");
    }
}
