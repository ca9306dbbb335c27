//! Batches in length-prefixed frames, as docs/api.md says: items cut out of chunks as they arrive, answers written.

use std::fmt;

use crate::limits::BATCH_ID_BYTES_MAX;

/// The media type of both directions.
pub const FRAMES_MEDIA_TYPE: &str = "application/vnd.qoltanba.batch";
/// What a request begins with: seven letters and the version.
pub const REQUEST_MAGIC: [u8; 8] = *b"QOLTBAT\x01";
/// What an answer begins with.
pub const ANSWER_MAGIC: [u8; 8] = *b"QOLTANS\x01";
/// A length that says "not there", and, in the place of an id's length, "the end".
const NONE: u32 = u32::MAX;
const HEADER_BYTES: usize = 12;

/// What is wrong with the frames of a stream. None of it can be passed over: where a frame ends is no longer known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameFault {
    /// Not the first octets of such a stream.
    Magic,
    /// Another version of the framing.
    Version {
        /// The one found.
        found: u8,
    },
    /// An id longer than any.
    IdLength {
        /// As told.
        told: u32,
    },
    /// A document without a length.
    DocumentLength,
    /// The stream ends inside a frame or without its end marker.
    Truncated,
    /// The end marker tells another number of items than came.
    Count {
        /// As told.
        told: u64,
    },
    /// Octets after the end marker.
    AfterEnd,
}

/// Where frames stop to be frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameError {
    /// The item that was being read, from 1; 0 before the first.
    pub item: u64,
    /// How many octets of the stream had been read before the offending ones.
    pub octet: u64,
    /// What is wrong.
    pub fault: FrameFault,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "item {}, octet {}: ", self.item, self.octet)?;
        match self.fault {
            FrameFault::Magic => f.write_str("the stream does not begin with QOLTBAT and a version"),
            FrameFault::Version { found } => {
                write!(f, "version {found} of the framing is not known; this is version 1")
            }
            FrameFault::IdLength { told } => {
                write!(f, "an id of {told} octets, more than {}", BATCH_ID_BYTES_MAX.value)
            }
            FrameFault::DocumentLength => f.write_str("an item without the length of its document"),
            FrameFault::Truncated => f.write_str("the stream ends before its end marker"),
            FrameFault::Count { told } => write!(f, "the end marker tells of {told} items"),
            FrameFault::AfterEnd => f.write_str("octets follow the end marker"),
        }
    }
}

impl std::error::Error for FrameError {}

/// The lengths of one item, as told; a reader bounds them before it makes room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// Its place, from 1.
    pub number: u64,
    /// Octets of its id, at most `BATCH_ID_BYTES_MAX`.
    pub id: u32,
    /// Octets of its document.
    pub document: u32,
    /// Octets of its content; none where the signature is not detached.
    pub content: Option<u32>,
}

/// The parts of an item, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FramePart {
    /// Its id.
    Id,
    /// Its document.
    Document,
    /// Its content.
    Content,
}

/// What was found in a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameEvent<'a> {
    /// An item begins.
    Item(FrameHeader),
    /// Octets of a part of the item that began last.
    Octets(FramePart, &'a [u8]),
    /// That item is complete.
    ItemEnd,
    /// The end marker.
    End,
}

/// Reads the frames of a request as its chunks arrive.
#[derive(Debug)]
pub struct FrameReader {
    state: State,
    /// Octets of a preamble or header that began in an earlier chunk.
    pending: [u8; HEADER_BYTES],
    pending_bytes: usize,
    item: u64,
    octet: u64,
    header: FrameHeader,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Preamble,
    Header,
    Part(FramePart, u32),
    Ended,
}

impl Default for FrameReader {
    fn default() -> Self {
        Self::new()
    }
}

impl FrameReader {
    /// Reads from the beginning of a stream.
    pub fn new() -> Self {
        let header = FrameHeader { number: 0, id: 0, document: 0, content: None };
        let pending = [0; HEADER_BYTES];
        Self { state: State::Preamble, pending, pending_bytes: 0, item: 0, octet: 0, header }
    }

    /// Takes the next event from the front of `chunk`; `None` when the chunk is used up.
    pub fn next<'a>(&mut self, chunk: &mut &'a [u8]) -> Result<Option<FrameEvent<'a>>, FrameError> {
        loop {
            match self.state {
                State::Preamble => match self.fixed::<8>(chunk) {
                    None => return self.hold_preamble().map(|()| None),
                    Some(found) => self.preamble(found)?,
                },
                State::Header => {
                    let Some(found) = self.fixed::<HEADER_BYTES>(chunk) else { return Ok(None) };
                    return self.header(&found).map(Some);
                }
                State::Part(part, left) if left > 0 => {
                    let octets = self.take(chunk, left);
                    if octets.is_empty() {
                        return Ok(None);
                    }
                    let taken = u32::try_from(octets.len()).unwrap_or(u32::MAX);
                    self.state = State::Part(part, left.saturating_sub(taken));
                    return Ok(Some(FrameEvent::Octets(part, octets)));
                }
                State::Part(part, _) => {
                    if let Some(event) = self.end_part(part) {
                        return Ok(Some(event));
                    }
                }
                State::Ended if chunk.is_empty() => return Ok(None),
                State::Ended => return Err(self.error(FrameFault::AfterEnd)),
            }
        }
    }

    /// Whether the end marker was read; where it was not, the stream was cut off.
    pub fn finish(&self) -> Result<(), FrameError> {
        if self.state == State::Ended { Ok(()) } else { Err(self.error(FrameFault::Truncated)) }
    }

    /// Names the frame that is being read, by its first octet; what is cut off, by its end.
    fn error(&self, fault: FrameFault) -> FrameError {
        let pending = u64::try_from(self.pending_bytes).unwrap_or(u64::MAX);
        let cut = fault == FrameFault::Truncated;
        let octet = if cut { self.octet } else { self.octet.saturating_sub(pending) };
        let begun = cut && self.state == State::Header && pending > 0;
        FrameError { item: self.item.saturating_add(u64::from(begun)), octet, fault }
    }

    /// Cuts up to `most` octets off the front of a chunk.
    fn take<'a>(&mut self, chunk: &mut &'a [u8], most: u32) -> &'a [u8] {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let (taken, rest) = chunk.split_at(chunk.len().min(most));
        *chunk = rest;
        self.octet = self.octet.saturating_add(u64::try_from(taken.len()).unwrap_or(u64::MAX));
        taken
    }

    /// Gathers `N` octets, over several chunks where need be.
    fn fixed<const N: usize>(&mut self, chunk: &mut &[u8]) -> Option<[u8; N]> {
        let wanted = N.saturating_sub(self.pending_bytes);
        let taken = self.take(chunk, u32::try_from(wanted).unwrap_or(u32::MAX));
        for (place, octet) in self.pending.iter_mut().skip(self.pending_bytes).zip(taken) {
            *place = *octet;
        }
        self.pending_bytes = self.pending_bytes.saturating_add(taken.len());
        let whole = self.pending.first_chunk::<N>().copied();
        whole.filter(|_| self.pending_bytes == N)
    }

    /// A preamble that is wrong from its first octets on is refused without waiting for the rest.
    fn hold_preamble(&self) -> Result<(), FrameError> {
        let held = self.pending.get(..self.pending_bytes).unwrap_or_default();
        let letters = held.get(..held.len().min(7)).unwrap_or_default();
        if REQUEST_MAGIC.starts_with(letters) {
            return Ok(());
        }
        Err(self.error(FrameFault::Magic))
    }

    fn preamble(&mut self, found: [u8; 8]) -> Result<(), FrameError> {
        let [letters @ .., version] = found;
        let [expected @ .., known] = REQUEST_MAGIC;
        if letters != expected {
            return Err(self.error(FrameFault::Magic));
        }
        if version != known {
            let octet = self.octet.saturating_sub(1);
            return Err(FrameError { octet, ..self.error(FrameFault::Version { found: version }) });
        }
        (self.state, self.pending_bytes) = (State::Header, 0);
        Ok(())
    }

    fn header(&mut self, found: &[u8; HEADER_BYTES]) -> Result<FrameEvent<'static>, FrameError> {
        // INVARIANT: a header holds three such words.
        let word =
            |at: usize| found.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |w| u32::from_be_bytes(*w));
        let (id, document, content) = (word(0), word(4), word(8));
        if id == NONE {
            let told = u64::from(document) << 32 | u64::from(content);
            if told != self.item {
                return Err(self.error(FrameFault::Count { told }));
            }
            (self.state, self.pending_bytes) = (State::Ended, 0);
            return Ok(FrameEvent::End);
        }
        self.item = self.item.saturating_add(1);
        if usize::try_from(id).is_ok_and(|id| id > BATCH_ID_BYTES_MAX.value) {
            return Err(self.error(FrameFault::IdLength { told: id }));
        }
        if document == NONE {
            return Err(self.error(FrameFault::DocumentLength));
        }
        let content = (content != NONE).then_some(content);
        self.header = FrameHeader { number: self.item, id, document, content };
        (self.state, self.pending_bytes) = (State::Part(FramePart::Id, id), 0);
        Ok(FrameEvent::Item(self.header))
    }

    fn end_part(&mut self, part: FramePart) -> Option<FrameEvent<'static>> {
        let following = match part {
            FramePart::Id => Some((FramePart::Document, self.header.document)),
            FramePart::Document => self.header.content.map(|length| (FramePart::Content, length)),
            FramePart::Content => None,
        };
        let Some((next, length)) = following else {
            self.state = State::Header;
            return Some(FrameEvent::ItemEnd);
        };
        self.state = State::Part(next, length);
        None
    }
}

/// Writes one item of a request, as clients do.
///
/// *Errors*: none; an id, document or content beyond 4 GiB cannot be told and gives `None`.
pub fn write_item(out: &mut Vec<u8>, id: &[u8], document: &[u8], content: Option<&[u8]>) -> Option<()> {
    let length = |octets: &[u8]| u32::try_from(octets.len()).ok().filter(|length| *length != NONE);
    let content_length = content.map_or(Some(NONE), length)?;
    for length in [length(id)?, length(document)?, content_length] {
        out.extend_from_slice(&length.to_be_bytes());
    }
    out.extend_from_slice(id);
    out.extend_from_slice(document);
    out.extend_from_slice(content.unwrap_or_default());
    Some(())
}

/// Writes the end marker of a request of so many items.
pub fn write_request_end(out: &mut Vec<u8>, items: u64) {
    out.extend_from_slice(&NONE.to_be_bytes());
    out.extend_from_slice(&items.to_be_bytes());
}

/// The kinds of frames in an answer; each is one octet, the length of what follows in four, and that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerKind {
    /// JSON about the whole batch: the trust snapshot, the policy.
    Head,
    /// A compact verdict.
    Verdict,
    /// The JSON line of an item.
    Line,
    /// A problem document (RFC 9457): the batch ends here, incomplete.
    Problem,
    /// The number of answers in eight octets: the batch is complete.
    End,
}

impl AnswerKind {
    /// The octet that stands for it.
    pub fn octet(self) -> u8 {
        match self {
            Self::Head => b'H',
            Self::Verdict => b'V',
            Self::Line => b'L',
            Self::Problem => b'P',
            Self::End => b'E',
        }
    }

    /// The kind that an octet stands for.
    pub fn of(octet: u8) -> Option<Self> {
        [Self::Head, Self::Verdict, Self::Line, Self::Problem, Self::End].into_iter().find(|kind| kind.octet() == octet)
    }
}

/// Cuts the first frame of an answer off, behind its preamble; `None` where it is not whole or of an unknown kind.
pub fn read_answer<'a>(octets: &mut &'a [u8]) -> Option<(AnswerKind, &'a [u8])> {
    let ([kind, length @ ..], rest) = octets.split_first_chunk::<5>()?;
    let (payload, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    let kind = AnswerKind::of(*kind)?;
    *octets = rest;
    Some((kind, payload))
}

/// Writes one frame of an answer; what `fill` appends becomes its payload.
pub fn write_answer(out: &mut Vec<u8>, kind: AnswerKind, fill: impl FnOnce(&mut Vec<u8>)) {
    out.push(kind.octet());
    let place = out.len();
    out.extend_from_slice(&[0; 4]);
    let begin = out.len();
    fill(out);
    // INVARIANT: answers are made here, from documents far below 4 GiB.
    let length = u32::try_from(out.len().saturating_sub(begin)).unwrap_or(u32::MAX);
    if let Some(told) = out.get_mut(place..begin) {
        told.copy_from_slice(&length.to_be_bytes());
    }
}

#[cfg(test)]
mod tests;
