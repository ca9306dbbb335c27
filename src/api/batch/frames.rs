//! Frames become items: octets are held only as they arrive, whatever length was told, and where an item came in one chunk
//! it is not copied out of it.

use bytes::Bytes;

use crate::api::error::ApiError;
use crate::api::held::{Held, Room};
use crate::codec::frames::{FrameError, FrameEvent, FrameHeader, FramePart, FrameReader};
use crate::limits::INPUT_BYTES_MAX;
use crate::service::{BatchItem, ItemError, ItemOctets};

/// Puts items together as their octets arrive. An item that is too long is passed over and told, the next one is read.
pub(in crate::api) struct FrameAssembler {
    room: Room,
    reader: FrameReader,
    /// What was told about the present item.
    header: FrameHeader,
    id: Vec<u8>,
    document: Part,
    content: Part,
    /// What is wrong with the present item.
    fault: Option<ItemError>,
}

/// A document or content.
enum Part {
    /// Where it lies in the chunk that it came in as a whole.
    Whole(Bytes),
    /// Put together from several chunks.
    Gathered(Held),
}

impl Part {
    const NOTHING: Self = Self::Whole(Bytes::new());

    fn take(&mut self) -> Bytes {
        match std::mem::replace(self, Self::NOTHING) {
            Self::Whole(octets) => octets,
            // Its room is given back: from here on it takes a place in the queue.
            Self::Gathered(mut held) => std::mem::take(&mut held.octets).into(),
        }
    }
}

impl FrameAssembler {
    pub(super) fn new(room: Room) -> Self {
        let header = FrameHeader { number: 0, id: 0, document: 0, content: None };
        let (document, content) = (Part::NOTHING, Part::NOTHING);
        Self { room, reader: FrameReader::new(), header, id: Vec::new(), document, content, fault: None }
    }

    /// Gives the items that a chunk completes, and why nothing behind them can be read.
    pub(super) fn push(&mut self, chunk: &Bytes) -> (Vec<BatchItem>, Result<(), FrameError>) {
        let mut items = Vec::new();
        let mut rest: &[u8] = chunk;
        loop {
            match self.reader.next(&mut rest) {
                Ok(Some(FrameEvent::Item(header))) => self.begin(header),
                Ok(Some(FrameEvent::Octets(part, octets))) => self.extend(part, octets, chunk),
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
        self.header = header;
        let told = header.content.unwrap_or_default().max(header.document);
        let checked = INPUT_BYTES_MAX.check(usize::try_from(told).unwrap_or(usize::MAX));
        self.fault = checked.err().map(ItemError::from);
        (self.document, self.content) = (Part::NOTHING, Part::NOTHING);
    }

    fn extend(&mut self, part: FramePart, octets: &[u8], chunk: &Bytes) {
        let (told, held) = match part {
            FramePart::Id => return self.id.extend_from_slice(octets),
            FramePart::Document => (self.header.document, &mut self.document),
            FramePart::Content => (self.header.content.unwrap_or_default(), &mut self.content),
        };
        if self.fault.is_some() {
            return;
        }
        if usize::try_from(told).is_ok_and(|told| told == octets.len()) {
            *held = Part::Whole(chunk.slice_ref(octets));
            return;
        }
        if let Part::Whole(_) = held {
            *held = Part::Gathered(self.room.hold(&INPUT_BYTES_MAX));
        }
        if let Part::Gathered(held) = held
            && let Err(error) = held.push(octets)
        {
            self.fault = Some(match error {
                ApiError::Limit(limit) => limit.into(),
                _ => ItemError::Overloaded,
            });
            // An item that will not be verified gives its room back at once.
            (self.document, self.content) = (Part::NOTHING, Part::NOTHING);
        }
    }

    fn end(&mut self) -> BatchItem {
        let (document, content) = (self.document.take(), self.content.take());
        let read = match self.fault.take() {
            None => Ok(ItemOctets { document, content: self.header.content.map(|_| content) }),
            Some(fault) => Err(fault),
        };
        BatchItem::framed(self.header.number, std::mem::take(&mut self.id), read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::frames::{FrameFault, REQUEST_MAGIC, write_item, write_request_end};

    fn item(id: &str, document: &[u8], content: Option<&[u8]>) -> BatchItem {
        let octets =
            ItemOctets { document: Bytes::copy_from_slice(document), content: content.map(Bytes::copy_from_slice) };
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
            let chunks = stream.chunks(size).map(Bytes::copy_from_slice);
            let found: Vec<BatchItem> = chunks.flat_map(|chunk| assembler.push(&chunk).0).collect();
            let expected = [item("a", b"one", None), item("b", b"two", Some(b""))];
            assert_eq!(found, expected, "chunks of {size}");
            assert_eq!(assembler.finish(), Ok(()));
        }
    }

    #[test]
    fn an_item_of_one_chunk_lies_in_it_and_one_of_several_is_put_together() {
        let mut stream = REQUEST_MAGIC.to_vec();
        write_item(&mut stream, b"a", b"document", Some(b"content")).unwrap();
        let whole = Bytes::from(stream);
        let lies_in = |octets: &Bytes, chunk: &Bytes| chunk.as_ptr_range().contains(&octets.as_ptr());
        let (items, _) = FrameAssembler::new(Room::new()).push(&whole);
        let octets = items[0].octets.as_ref().unwrap();
        assert!(lies_in(&octets.document, &whole) && lies_in(octets.content.as_ref().unwrap(), &whole));
        let mut assembler = FrameAssembler::new(Room::new());
        let (first, second) = (whole.slice(..25), whole.slice(25..));
        assert!(assembler.push(&first).0.is_empty());
        let (items, _) = assembler.push(&second);
        assert_eq!(items, [item("a", b"document", Some(b"content"))]);
        let octets = items[0].octets.as_ref().unwrap();
        assert!(!lies_in(&octets.document, &whole) && lies_in(octets.content.as_ref().unwrap(), &second));
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
        assert_eq!(assembler.push(&head.into()), (Vec::new(), Ok(())));
        let chunk = Bytes::from(vec![0; 1 << 20]);
        let mut left = usize::try_from(length).unwrap();
        let mut found = Vec::new();
        while left > 0 {
            let part = left.min(chunk.len());
            found.extend(assembler.push(&chunk.slice(..part)).0);
            assert!(matches!(&assembler.document, Part::Whole(nothing) if nothing.is_empty()));
            left -= part;
        }
        let mut rest = Vec::new();
        write_item(&mut rest, b"b", b"next", None).unwrap();
        write_request_end(&mut rest, 2);
        found.extend(assembler.push(&rest.into()).0);
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
        let (items, end) = FrameAssembler::new(Room::new()).push(&stream.into());
        assert_eq!(items.len(), 1);
        let error = end.unwrap_err();
        assert_eq!((error.item, error.octet, error.fault), (2, 24, FrameFault::IdLength { told: u32::MAX - 1 }));
    }
}
