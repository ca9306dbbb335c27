//! The body of a batch becomes a bounded queue of items, no faster than they are verified.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::Instant;

use super::NDJSON;
use super::frames::FrameAssembler;
use super::lines::{Line, LineSplitter};
use crate::api::held::Room;
use crate::codec::frames::{FRAMES_MEDIA_TYPE, FrameError};
use crate::limits::{
    API_BATCH_DISCARD_SECONDS_MAX, API_BATCH_IDLE_SECONDS_MAX, API_BATCH_PROGRESS_BYTES, API_BATCH_QUEUE_BYTES_MAX,
    Limit,
};
use crate::service::{BatchItem, ItemError};

/// How the items of a batch stand in its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api) enum Framing {
    Lines,
    Frames,
}

/// What goes to the queue.
pub(in crate::api) enum Incoming {
    Items(Queued),
    /// The whole body was read.
    End,
    /// What follows cannot be read.
    Broken(BrokenStream),
}

/// Items that one chunk completed, one at least, and the place their octets take in the queue until the last is answered.
pub(in crate::api) struct Queued {
    pub(in crate::api) items: VecDeque<Raw>,
    pub(in crate::api) place: Option<Arc<OwnedSemaphorePermit>>,
}

/// An item as it came.
#[derive(Debug)]
pub(in crate::api) enum Raw {
    /// A line that is still to be taken apart.
    Line {
        /// Its place, from 1.
        number: u64,
        octets: Vec<u8>,
    },
    /// A line that was not kept.
    Refused {
        /// Its place, from 1.
        number: u64,
        why: ItemError,
    },
    Item(BatchItem),
}

impl Raw {
    /// The item, taken apart.
    pub(super) fn item(self) -> BatchItem {
        match self {
            Self::Line { number, octets } => BatchItem::parse(&octets, number),
            Self::Refused { number, why } => BatchItem::unread(number, why),
            Self::Item(item) => item,
        }
    }

    /// Its line, where it is one.
    pub(super) fn number(&self) -> u64 {
        match self {
            Self::Line { number, .. } | Self::Refused { number, .. } => *number,
            Self::Item(_) => 0,
        }
    }

    /// Octets that it takes, many times more than those of the body where it is short.
    fn bytes(&self) -> usize {
        let octets = match self {
            Self::Line { octets, .. } => octets.len(),
            Self::Refused { .. } => 0,
            Self::Item(item) => {
                let octets = item.octets.as_ref().ok();
                let content = octets.and_then(|octets| octets.content.as_ref()).map_or(0, Bytes::len);
                octets.map_or(0, |octets| octets.document.len()).saturating_add(content).saturating_add(item.id.len())
            }
        };
        octets.saturating_add(size_of::<Self>())
    }
}

/// Why the rest of a body cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api) enum BrokenStream {
    /// Its frames.
    Frames(FrameError),
    /// The client sent too little for too long.
    Idle,
}

/// Reads a body, in either framing.
pub(in crate::api) enum Reader {
    Lines(LineSplitter),
    Frames(FrameAssembler),
}

impl Framing {
    /// The framing that a media type names.
    pub(in crate::api) fn of(media_type: &str) -> Option<Self> {
        match media_type {
            NDJSON | "application/ndjson" | "application/jsonl" => Some(Self::Lines),
            FRAMES_MEDIA_TYPE => Some(Self::Frames),
            _ => None,
        }
    }

    pub(in crate::api) fn reader(self, room: &Room) -> Reader {
        match self {
            Self::Lines => Reader::Lines(LineSplitter::new(room.clone())),
            Self::Frames => Reader::Frames(FrameAssembler::new(room.clone())),
        }
    }
}

impl Reader {
    /// The items that a chunk completes, and what is wrong behind them.
    fn push(&mut self, chunk: &Bytes) -> (VecDeque<Raw>, Result<(), FrameError>) {
        match self {
            Self::Lines(splitter) => (splitter.push(chunk).into_iter().map(raw_line).collect(), Ok(())),
            Self::Frames(assembler) => {
                let (items, end) = assembler.push(chunk);
                (items.into_iter().map(Raw::Item).collect(), end)
            }
        }
    }

    /// What the end of the body completes.
    fn finish(&mut self) -> Result<Option<Raw>, FrameError> {
        match self {
            Self::Lines(splitter) => Ok(splitter.finish().map(raw_line)),
            Self::Frames(assembler) => assembler.finish().map(|()| None),
        }
    }
}

fn raw_line(line: Line) -> Raw {
    match line.octets {
        // Its room is given back: from here on it takes a place in the queue.
        Ok(mut held) => Raw::Line { number: line.number, octets: std::mem::take(&mut held.octets) },
        Err(why) => Raw::Refused { number: line.number, why },
    }
}

/// Reads the body into the queue, and waits whenever the queue is full. Ends with the body, or when nobody verifies any
/// more; a body that breaks off ends the batch, one that goes silent or no longer reads is told.
pub(in crate::api) async fn read_items(
    body: Body,
    (mut reader, idle): (Reader, Duration),
    to_verify: mpsc::Sender<Incoming>,
) {
    let queue = Arc::new(Semaphore::new(API_BATCH_QUEUE_BYTES_MAX.value));
    let mut chunks = body.into_data_stream();
    let mut patience = Patience::from(Instant::now(), idle);
    let ending = loop {
        let chunk = match tokio::time::timeout_at(patience.until, chunks.next()).await {
            Ok(Some(Ok(chunk))) => chunk,
            Ok(Some(Err(_))) => return,
            Ok(None) => break reader.finish(),
            Err(_) => {
                // Where nobody verifies any more there is nobody to tell; the same below.
                let _ = to_verify.send(Incoming::Broken(BrokenStream::Idle)).await;
                return;
            }
        };
        let (items, standing) = reader.push(&chunk);
        let completed = !items.is_empty();
        if completed && to_verify.send(queued(items, chunk.len(), &queue).await).await.is_err() {
            return;
        }
        patience.renew(Instant::now(), chunk.len(), completed);
        if let Err(error) = standing {
            break Err(error);
        }
    };
    let last = match ending {
        Ok(Some(raw)) => to_verify.send(queued(VecDeque::from([raw]), 0, &queue).await).await.map(|()| Incoming::End),
        Ok(None) => Ok(Incoming::End),
        Err(error) => Ok(Incoming::Broken(BrokenStream::Frames(error))),
    };
    if let Ok(last) = last {
        let is_broken = matches!(last, Incoming::Broken(_));
        let _ = to_verify.send(last).await;
        if is_broken {
            let rest = async { while chunks.next().await.is_some_and(|chunk| chunk.is_ok()) {} };
            let _ = tokio::time::timeout(seconds(&API_BATCH_DISCARD_SECONDS_MAX), rest).await;
        }
    }
}

async fn queued(items: VecDeque<Raw>, chunk: usize, queue: &Arc<Semaphore>) -> Incoming {
    // Items that lie in a chunk keep all of it.
    let size = items.iter().fold(0, |sum: usize, raw| sum.saturating_add(raw.bytes())).max(chunk);
    // What is larger than the queue goes through alone.
    let size = size.min(API_BATCH_QUEUE_BYTES_MAX.value);
    let place = Arc::clone(queue).acquire_many_owned(u32::try_from(size).unwrap_or(u32::MAX)).await;
    Incoming::Items(Queued { items, place: place.ok().map(Arc::new) })
}

/// Until when a client has to get on: complete an item, or send a good deal of one. A trickle of octets is no progress.
struct Patience {
    until: Instant,
    idle: Duration,
    bytes: usize,
}

impl Patience {
    fn from(now: Instant, idle: Duration) -> Self {
        Self { until: now.checked_add(idle).unwrap_or(now), idle, bytes: 0 }
    }

    fn renew(&mut self, now: Instant, bytes: usize, completed: bool) {
        self.bytes = self.bytes.saturating_add(bytes);
        if completed || self.bytes >= API_BATCH_PROGRESS_BYTES.value {
            *self = Self::from(now, self.idle);
        }
    }
}

/// How long a client may take to get on.
pub(in crate::api) fn idle() -> Duration {
    seconds(&API_BATCH_IDLE_SECONDS_MAX)
}

fn seconds(limit: &Limit) -> Duration {
    Duration::from_secs(u64::try_from(limit.value).unwrap_or(u64::MAX))
}

/// Waits for a client, but not for ever: it holds a place and memory that others need.
pub(super) async fn patiently<T>(waiting: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(idle(), waiting).await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trickle_is_no_progress_and_an_item_or_a_good_deal_of_one_is() {
        let (begun, second) = (Instant::now(), Duration::from_secs(1));
        let mut patience = Patience::from(begun, 10 * second);
        let first = patience.until;
        patience.renew(begun + second, API_BATCH_PROGRESS_BYTES.value - 1, false);
        assert_eq!(patience.until, first);
        patience.renew(begun + second, 1, false);
        assert_eq!(patience.until, first + second);
        patience.renew(begun + 2 * second, 1, true);
        assert_eq!(patience.until, first + 2 * second);
    }

    #[tokio::test]
    async fn a_body_that_goes_silent_is_told_after_its_whole_items() {
        let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>("nonsense\nhalf of a li")]);
        let body = Body::from_stream(chunks.chain(futures_util::stream::pending()));
        let (to_verify, mut items) = mpsc::channel(8);
        let reader = Framing::Lines.reader(&Room::new());
        read_items(body, (reader, Duration::from_millis(20)), to_verify).await;
        assert!(matches!(items.recv().await, Some(Incoming::Items(_))));
        assert!(matches!(items.recv().await, Some(Incoming::Broken(BrokenStream::Idle))));
        assert!(items.recv().await.is_none());
    }
}
