//! `qoltanba verify --batch`: NDJSON in, NDJSON out; a broken item is answered with its error and the rest goes on.
//!
//! Lines are read aside and judged as soon as there are any, so a client that waits for an answer before it sends more gets
//! it; what arrives while others are judged is judged together.

use std::io::{self, BufRead, BufReader, Read as _};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::{Tally, VerifyArgs, hear};
use crate::cli::exit::{Exit, Failure, say};
use crate::cli::hearing::Ear;
use crate::cli::online::Judge;
use crate::limits::{BATCH_LINE_BYTES_MAX, Limit};
use crate::report;
use crate::service::{BatchAnswer, BatchItem, Filling, ItemError};

/// As much as a pipe gives at once, and more than stdin's own buffer, which is then passed by.
const BUFFER_BYTES: usize = 64 * 1024;

/// Answers every item of stdin in its order.
pub(super) fn run(args: &VerifyArgs, judge: &Judge, ear: &mut Option<Ear>) -> Result<Exit, Failure> {
    let inbox = Arc::new(Inbox::default());
    let filler = Filler(Arc::clone(&inbox));
    let fill = move || filler.fill(BufReader::with_capacity(BUFFER_BYTES, io::stdin()), &BATCH_LINE_BYTES_MAX);
    // It is never waited for: where answers cannot be written any more, it may still wait for a line.
    thread::Builder::new().name("batch".to_owned()).spawn(fill).map_err(Failure::unavailable)?;
    let mut tally = Tally::default();
    loop {
        let items = inbox.take().map_err(Failure::unreadable)?;
        if items.is_empty() {
            return tally.tell(args);
        }
        let mut answers = judge.batch(&items);
        for (item, told) in items.iter().zip(&mut answers) {
            if let (Ok(octets), Ok(answer)) = (&item.octets, &mut told.result) {
                hear(ear, answer, &octets.document);
            }
        }
        tell(args, &answers, &mut tally)?;
    }
}

fn tell(args: &VerifyArgs, answers: &[BatchAnswer], tally: &mut Tally) -> Result<(), Failure> {
    for one in answers {
        match &one.result {
            Ok(answer) => tally.count(answer),
            Err(_) => tally.count_unread(),
        }
        match &one.result {
            Ok(answer) if !args.json => say(report::render(&one.id, answer, args.lang.into()).trim_end())?,
            _ if args.explain => say(one.explained_line(args.lang.into()))?,
            _ => say(one.line(args.lang.into()))?,
        }
    }
    Ok(())
}

/// Items that were read and are not yet judged.
#[derive(Default)]
struct Inbox {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    items: Vec<BatchItem>,
    filling: Filling,
    end: Option<Result<(), io::ErrorKind>>,
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for items and takes all there are, as many as one batch holds; none at the end.
    ///
    /// *Errors*: why no more can be read, once everything before was taken.
    fn take(&self) -> Result<Vec<BatchItem>, io::Error> {
        let nothing_yet = |waiting: &mut Waiting| waiting.items.is_empty() && waiting.end.is_none();
        let mut waiting = self.changed.wait_while(self.lock(), nothing_yet).unwrap_or_else(PoisonError::into_inner);
        waiting.filling = Filling::default();
        self.changed.notify_all();
        match waiting.end {
            Some(Err(kind)) if waiting.items.is_empty() => Err(kind.into()),
            _ => Ok(std::mem::take(&mut waiting.items)),
        }
    }

    /// Waits for room and puts an item in, whose line had so many octets.
    fn put(&self, item: BatchItem, bytes: usize) {
        let full = |waiting: &mut Waiting| waiting.filling.is_full();
        let mut waiting = self.changed.wait_while(self.lock(), full).unwrap_or_else(PoisonError::into_inner);
        waiting.filling.add(bytes);
        waiting.items.push(item);
        self.changed.notify_all();
    }

    /// Says that nothing more comes; what was said first holds.
    fn end(&self, end: Result<(), io::ErrorKind>) {
        self.lock().end.get_or_insert(end);
        self.changed.notify_all();
    }
}

/// The one who fills an inbox.
struct Filler(Arc<Inbox>);

impl Filler {
    fn fill(self, mut input: impl BufRead, limit: &'static Limit) {
        let mut number: u64 = 0;
        loop {
            match next_line(&mut input, limit) {
                Ok(Some(line)) => {
                    number = number.saturating_add(1);
                    match line {
                        Ok(line) if line.trim_ascii().is_empty() => {}
                        Ok(line) => self.0.put(BatchItem::parse(&line, number), line.len()),
                        Err(why) => self.0.put(BatchItem::unread(number, why), 0),
                    }
                }
                Ok(None) => return self.0.end(Ok(())),
                Err(error) => return self.0.end(Err(error.kind())),
            }
        }
    }
}

impl Drop for Filler {
    /// A filler that failed must not look like the end of the input.
    fn drop(&mut self) {
        self.0.end(Err(io::ErrorKind::Other));
    }
}

/// Reads one line, without its line break; `None` at the end. One that is too long is skipped to its end.
fn next_line(input: &mut impl BufRead, limit: &'static Limit) -> io::Result<Option<Result<Vec<u8>, ItemError>>> {
    // One octet more than allowed: the line break, or the first that is too many.
    let most = u64::try_from(limit.value).unwrap_or(u64::MAX).saturating_add(1);
    let mut line = Vec::new();
    if input.by_ref().take(most).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    if let Err(exceeded) = limit.check(line.len()) {
        drop(line);
        input.skip_until(b'\n')?;
        return Ok(Some(Err(exceeded.into())));
    }
    Ok(Some(Ok(line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    static SHORT: Limit = Limit { name: "SHORT", value: 30, unit: "bytes" };

    fn filled(input: &[u8]) -> Inbox {
        let inbox = Arc::new(Inbox::default());
        // A buffer shorter than a line, as a line of real size is.
        Filler(Arc::clone(&inbox)).fill(BufReader::with_capacity(7, input), &SHORT);
        Arc::into_inner(inbox).unwrap()
    }

    #[test]
    fn a_line_that_is_too_long_is_answered_in_its_place_and_its_neighbours_are_read() {
        let exact = "{\"id\":\"b\",\"document\":\"MAA= \"}";
        assert_eq!(exact.len(), SHORT.value - 1);
        let long = "x".repeat(SHORT.value + 1);
        let input = format!("{{\"id\":\"a\",\"document\":\"MAA=\"}}\n{exact} \n{long}\n\n{long}{long}\n{{}}\n{long}");
        let inbox = filled(input.as_bytes());
        let told: Vec<(String, Option<&str>)> =
            inbox.take().unwrap().into_iter().map(|item| (item.id, item.octets.err().map(ItemError::code))).collect();
        let expected = [
            ("a", None),
            ("b", None),
            ("line 3", Some("LIMIT_EXCEEDED")),
            ("line 5", Some("LIMIT_EXCEEDED")),
            ("line 6", Some("MALFORMED_ITEM")),
            ("line 7", Some("LIMIT_EXCEEDED")),
        ];
        assert_eq!(told, expected.map(|(id, code)| (id.to_owned(), code)));
        assert!(inbox.take().unwrap().is_empty(), "the end");
    }

    #[test]
    fn what_was_read_before_a_fault_is_answered_and_then_the_fault_is_told() {
        struct Broken;
        impl io::Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::ConnectionReset.into())
            }
        }
        let inbox = Arc::new(Inbox::default());
        Filler(Arc::clone(&inbox)).fill(BufReader::new(io::Read::chain(&b"{}\n"[..], Broken)), &SHORT);
        assert_eq!(inbox.take().unwrap().len(), 1);
        assert_eq!(inbox.take().unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    }
}
