//! Frames become items: octets are held only as they arrive, whatever length was told.

use crate::api::error::ApiError;
use crate::api::held::{Held, Room};
use crate::codec::frames::{FrameError, FrameEvent, FrameHeader, FramePart, FrameReader};
use crate::limits::INPUT_BYTES_MAX;
use crate::service::{BatchItem, ItemError, ItemOctets};

/// Puts items together as their octets arrive. An item that is too long is passed over and told, the next one is read.
pub(in crate::api) struct FrameAssembler {
    room: Room,
    reader: FrameReader,
    number: u64,
    id: Vec<u8>,
    document: Option<Held>,
    content: Option<Held>,
    /// What is wrong with the present item.
    fault: Option<ItemError>,
}

impl FrameAssembler {
    pub(super) fn new(room: Room) -> Self {
        let reader = FrameReader::new();
        Self { room, reader, number: 0, id: Vec::new(), document: None, content: None, fault: None }
    }

    /// Gives the items that a chunk completes, and why nothing behind them can be read.
    pub(super) fn push(&mut self, mut chunk: &[u8]) -> (Vec<BatchItem>, Result<(), FrameError>) {
        let mut items = Vec::new();
        loop {
            match self.reader.next(&mut chunk) {
                Ok(Some(FrameEvent::Item(header))) => self.begin(header),
                Ok(Some(FrameEvent::Octets(part, octets))) => self.extend(part, octets),
                Ok(Some(FrameEvent::ItemEnd)) => items.push(self.end()),
                // What follows the end marker is still looked for.
                Ok(Some(FrameEvent::End)) => {}
                Ok(None) => return (items, Ok(())),
                Err(error) => return (items, Err(error)),
            }
        }
    }

    /// Whether the end marker came.
    pub(super) fn finish(&self) -> Result<(), FrameError> {
        self.reader.finish()
    }

    fn begin(&mut self, header: FrameHeader) {
        self.number = header.number;
        let told = header.content.unwrap_or_default().max(header.document);
        let checked = INPUT_BYTES_MAX.check(usize::try_from(told).unwrap_or(usize::MAX));
        self.fault = checked.err().map(ItemError::from);
        self.document = Some(self.room.hold(&INPUT_BYTES_MAX));
        self.content = header.content.map(|_| self.room.hold(&INPUT_BYTES_MAX));
    }

    fn extend(&mut self, part: FramePart, octets: &[u8]) {
        let held = match part {
            FramePart::Id => return self.id.extend_from_slice(octets),
            FramePart::Document => self.document.as_mut(),
            FramePart::Content => self.content.as_mut(),
        };
        if self.fault.is_some() {
            return;
        }
        if let Some(Err(error)) = held.map(|held| held.push(octets)) {
            self.fault = Some(match error {
                ApiError::Limit(limit) => limit.into(),
                _ => ItemError::Overloaded,
            });
            // An item that will not be verified gives its room back at once.
            (self.document, self.content) = (None, None);
        }
    }

    fn end(&mut self) -> BatchItem {
        let octets = |held: Held| {
            let mut held = held;
            std::mem::take(&mut held.octets)
        };
        let (document, content) = (self.document.take().map(octets), self.content.take().map(octets));
        let read = match (self.fault.take(), document) {
            (None, Some(document)) => Ok(ItemOctets { document, content }),
            (fault, _) => Err(fault.unwrap_or(ItemError::Internal)),
        };
        BatchItem::framed(self.number, std::mem::take(&mut self.id), read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::frames::{FrameFault, REQUEST_MAGIC, write_item, write_request_end};

    fn item(id: &str, document: &[u8], content: Option<&[u8]>) -> BatchItem {
        let octets = ItemOctets { document: document.to_vec(), content: content.map(<[u8]>::to_vec) };
        BatchItem { id: id.to_owned(), octets: Ok(octets) }
    }

    #[test]
    fn items_are_put_together_however_the_chunks_fall() {
        let mut stream = REQUEST_MAGIC.to_vec();
        write_item(&mut stream, b"a", b"one", None).unwrap();
        write_item(&mut stream, b"b", b"two", Some(b"")).unwrap();
        write_request_end(&mut stream, 2);
        for size in [1, 7, stream.len()] {
            let mut assembler = FrameAssembler::new(Room::new());
            let found: Vec<BatchItem> = stream.chunks(size).flat_map(|chunk| assembler.push(chunk).0).collect();
            let expected = [item("a", b"one", None), item("b", b"two", Some(b""))];
            assert_eq!(found, expected, "chunks of {size}");
            assert_eq!(assembler.finish(), Ok(()));
        }
    }

    #[test]
    fn an_item_that_is_told_too_long_is_passed_over_without_room_and_the_next_one_is_read() {
        let mut assembler = FrameAssembler::new(Room::new());
        let length = u32::try_from(INPUT_BYTES_MAX.value).unwrap() + 1;
        let mut head = REQUEST_MAGIC.to_vec();
        head.extend(1_u32.to_be_bytes());
        head.extend(length.to_be_bytes());
        head.extend(u32::MAX.to_be_bytes());
        head.push(b'a');
        assert_eq!(assembler.push(&head), (Vec::new(), Ok(())));
        let chunk = vec![0; 1 << 20];
        let mut left = usize::try_from(length).unwrap();
        let mut found = Vec::new();
        while left > 0 {
            let part = left.min(chunk.len());
            found.extend(assembler.push(&chunk[..part]).0);
            assert!(assembler.document.as_ref().is_none_or(|held| held.octets.is_empty()));
            left -= part;
        }
        let mut rest = Vec::new();
        write_item(&mut rest, b"b", b"next", None).unwrap();
        write_request_end(&mut rest, 2);
        found.extend(assembler.push(&rest).0);
        let refused = ItemError::Limit(crate::limits::LimitExceeded { limit: &INPUT_BYTES_MAX });
        let expected = [BatchItem { id: "a".into(), octets: Err(refused) }, item("b", b"next", None)];
        assert_eq!(found, expected);
        assert_eq!(assembler.finish(), Ok(()));
    }

    #[test]
    fn what_was_whole_before_a_broken_frame_is_given() {
        let mut stream = REQUEST_MAGIC.to_vec();
        write_item(&mut stream, b"a", b"one", None).unwrap();
        stream.extend([0xff, 0xff, 0xff, 0xfe, 0, 0, 0, 0, 0, 0, 0, 0]);
        let (items, end) = FrameAssembler::new(Room::new()).push(&stream);
        assert_eq!(items.len(), 1);
        let error = end.unwrap_err();
        assert_eq!((error.item, error.octet, error.fault), (2, 24, FrameFault::IdLength { told: u32::MAX - 1 }));
    }
}
