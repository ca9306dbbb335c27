use super::*;

/// What a reader finds, its octets joined.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Item(FrameHeader),
    Part(FramePart, Vec<u8>),
    ItemEnd,
    End,
}

fn read(chunks: &[&[u8]]) -> Result<Vec<Found>, FrameError> {
    let mut reader = FrameReader::new();
    let mut found = Vec::new();
    for chunk in chunks {
        let mut rest = *chunk;
        while let Some(event) = reader.next(&mut rest)? {
            match (event, found.last_mut()) {
                (FrameEvent::Octets(part, more), Some(Found::Part(same, octets))) if *same == part => {
                    octets.extend_from_slice(more);
                }
                (FrameEvent::Octets(part, octets), _) => found.push(Found::Part(part, octets.to_vec())),
                (FrameEvent::Item(header), _) => found.push(Found::Item(header)),
                (FrameEvent::ItemEnd, _) => found.push(Found::ItemEnd),
                (FrameEvent::End, _) => found.push(Found::End),
            }
        }
    }
    reader.finish().map(|()| found)
}

/// Two items, of which the second has a content, and the end.
fn stream() -> Vec<u8> {
    let mut out = REQUEST_MAGIC.to_vec();
    write_item(&mut out, b"a", b"one", None).unwrap();
    write_item(&mut out, b"", b"", Some(b"two")).unwrap();
    write_request_end(&mut out, 2);
    out
}

fn fault(octets: &[u8]) -> (u64, u64, FrameFault) {
    let error = read(&[octets]).unwrap_err();
    (error.item, error.octet, error.fault)
}

#[test]
fn items_are_the_same_however_the_chunks_fall() {
    let whole = stream();
    let found = read(&[&whole]).unwrap();
    let header = |number, id, document, content| Found::Item(FrameHeader { number, id, document, content });
    let expected = [
        header(1, 1, 3, None),
        Found::Part(FramePart::Id, b"a".to_vec()),
        Found::Part(FramePart::Document, b"one".to_vec()),
        Found::ItemEnd,
        header(2, 0, 0, Some(3)),
        Found::Part(FramePart::Content, b"two".to_vec()),
        Found::ItemEnd,
        Found::End,
    ];
    assert_eq!(found, expected);
    for size in 1..whole.len() {
        assert_eq!(read(&whole.chunks(size).collect::<Vec<_>>()).unwrap(), found, "chunks of {size}");
    }
}

#[test]
fn the_worked_example_of_the_docs_reads() {
    let hex = "514f4c5442415401 00000001 00000002 ffffffff 61 3000 ffffffff 0000000000000001";
    let octets: Vec<u8> = hex
        .split_whitespace()
        .flat_map(|word| word.as_bytes().chunks(2))
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    let mut written = REQUEST_MAGIC.to_vec();
    write_item(&mut written, b"a", &[0x30, 0], None).unwrap();
    write_request_end(&mut written, 1);
    assert_eq!(octets, written);
    assert_eq!(read(&[&octets]).unwrap().len(), 5);
}

#[test]
fn a_stream_that_is_cut_off_anywhere_is_never_whole() {
    let whole = stream();
    for length in 0..whole.len() {
        let (item, octet, fault) = fault(&whole[..length]);
        assert_eq!((octet, fault), (u64::try_from(length).unwrap(), FrameFault::Truncated));
        // The first item begins at octet 8, the second one at 24, the end marker at 39.
        let told = match length {
            0..=8 => 0,
            9..=24 => 1,
            25..=39 => 2,
            _ => 3,
        };
        assert_eq!(item, told, "cut after {length}");
    }
}

#[test]
fn no_items_are_a_batch_and_no_end_is_none() {
    let mut empty = REQUEST_MAGIC.to_vec();
    write_request_end(&mut empty, 0);
    assert_eq!(read(&[&empty]).unwrap(), [Found::End]);
    assert_eq!(fault(&REQUEST_MAGIC), (0, 8, FrameFault::Truncated));
    assert_eq!(fault(b""), (0, 0, FrameFault::Truncated));
}

#[test]
fn another_version_and_another_stream_are_told_apart() {
    assert_eq!(fault(b"QOLTBAT\x02rest"), (0, 7, FrameFault::Version { found: 2 }));
    assert_eq!(fault(b"QOLTANS\x01rest"), (0, 0, FrameFault::Magic));
    // Without waiting for eight octets that may never come.
    assert_eq!(fault(b"{"), (0, 0, FrameFault::Magic));
}

#[test]
fn an_id_at_its_bound_is_read_and_one_octet_more_breaks_the_stream() {
    let with_id = |length: usize| {
        let mut out = REQUEST_MAGIC.to_vec();
        write_item(&mut out, &vec![b'a'; length], b"d", None).unwrap();
        write_request_end(&mut out, 1);
        out
    };
    assert!(read(&[&with_id(BATCH_ID_BYTES_MAX.value)]).is_ok());
    let told = u32::try_from(BATCH_ID_BYTES_MAX.value + 1).unwrap();
    assert_eq!(fault(&with_id(BATCH_ID_BYTES_MAX.value + 1)), (1, 8, FrameFault::IdLength { told }));
}

#[test]
fn a_document_without_a_length_and_a_wrong_count_break_the_stream() {
    let mut nowhere = REQUEST_MAGIC.to_vec();
    nowhere.extend([0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
    assert_eq!(fault(&nowhere), (1, 8, FrameFault::DocumentLength));
    let mut counted = stream();
    *counted.last_mut().unwrap() = 3;
    assert_eq!(fault(&counted), (2, 39, FrameFault::Count { told: 3 }));
}

#[test]
fn nothing_may_follow_the_end() {
    let mut more = stream();
    more.push(0);
    assert_eq!(fault(&more), (2, 51, FrameFault::AfterEnd));
}

#[test]
fn the_lengths_of_the_largest_items_are_told_without_reading_them() {
    let mut reader = FrameReader::new();
    let mut head = REQUEST_MAGIC.to_vec();
    head.extend([0, 0, 0, 0, 0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xfe]);
    let mut rest = head.as_slice();
    let huge = u32::MAX - 1;
    let expected = FrameHeader { number: 1, id: 0, document: huge, content: Some(huge) };
    assert_eq!(reader.next(&mut rest), Ok(Some(FrameEvent::Item(expected))));
    assert_eq!(reader.next(&mut rest), Ok(None));
}

#[test]
fn answers_are_read_as_they_were_written() {
    let mut out = Vec::new();
    write_answer(&mut out, AnswerKind::Head, |out| out.extend(b"{}"));
    write_answer(&mut out, AnswerKind::End, |out| out.extend(7_u64.to_be_bytes()));
    let mut rest = out.as_slice();
    assert_eq!(read_answer(&mut rest), Some((AnswerKind::Head, b"{}".as_slice())));
    let cut = &rest[..rest.len() - 1];
    assert_eq!(read_answer(&mut &*cut), None);
    assert_eq!(read_answer(&mut rest), Some((AnswerKind::End, 7_u64.to_be_bytes().as_slice())));
    assert!(rest.is_empty());
    assert_eq!(read_answer(&mut b"?\0\0\0\0".as_slice()), None);
}
