//! ZIP as its central directory tells it (APPNOTE 6.3 §4.3); every local header must tell the same.

use std::io::{BufReader, Read, Seek, SeekFrom};

use super::{ArchiveEntry, ArchiveError, EntryFault, Place, check_ratio, read_bounded, shown};
use crate::limits::{ARCHIVE_ENTRIES_MAX, ARCHIVE_NAME_BYTES_MAX};

/// Where a file of a ZIP archive is, and how its octets are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Member {
    offset: u64,
    compressed: u64,
    size: u64,
    crc: u32,
    method: u16,
    flags: u16,
    name_bytes: u16,
    name_crc: u32,
}

/// Where the central directory is.
struct Directory {
    entries: u64,
    size: u64,
    offset: u64,
}

const END_BYTES: usize = 22;
const LOCATOR_BYTES: u64 = 20;
const END64_BYTES: usize = 56;
const CENTRAL_BYTES: usize = 46;
const LOCAL_BYTES: usize = 30;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// §4.4.4 bit 0, and bit 13 for an encrypted central directory.
const ENCRYPTED: u16 = 1 | 1 << 13;

/// Reads the list of files; folders are left out.
pub(super) fn read_directory(reader: &mut (impl Read + Seek)) -> Result<Vec<ArchiveEntry>, ArchiveError> {
    let directory = find_directory(reader)?;
    let count = usize::try_from(directory.entries).unwrap_or(usize::MAX);
    ARCHIVE_ENTRIES_MAX.check(count)?;
    reader.seek(SeekFrom::Start(directory.offset))?;
    let mut listing = BufReader::new(reader.by_ref()).take(directory.size);
    let mut entries = Vec::new();
    for _ in 0..directory.entries {
        entries.extend(read_central(&mut listing)?);
    }
    if listing.limit() != 0 {
        return Err(ArchiveError::Malformed { within: "central directory" });
    }
    check_overlap(&entries, directory.offset)?;
    Ok(entries)
}

/// §4.3.16: the end record is the last one whose comment ends with the file.
fn find_directory(reader: &mut (impl Read + Seek)) -> Result<Directory, ArchiveError> {
    const COMMENT_BYTES_MAX: u64 = 65_535;
    let length = reader.seek(SeekFrom::End(0))?;
    let end_bytes = u64::try_from(END_BYTES).unwrap_or(u64::MAX);
    let tail_at = length.saturating_sub(COMMENT_BYTES_MAX.saturating_add(end_bytes));
    reader.seek(SeekFrom::Start(tail_at))?;
    let tail = read_bounded(reader.by_ref(), length)?;
    let ends_file = |at: &usize| {
        let record = tail.get(*at..).unwrap_or_default();
        record.starts_with(b"PK\x05\x06") && usize::from(u16_at(record, 20)) == record.len().saturating_sub(END_BYTES)
    };
    let last = tail.len().checked_sub(END_BYTES).ok_or(ArchiveError::Truncated)?;
    let at = (0..=last).rev().find(ends_file).ok_or(ArchiveError::Truncated)?;
    let record = tail.get(at..).unwrap_or_default();
    let end_at = tail_at.saturating_add(u64::try_from(at).unwrap_or(u64::MAX));
    let (disk, disk_of_directory) = (u16_at(record, 4), u16_at(record, 6));
    let (here, entries) = (u16_at(record, 8), u16_at(record, 10));
    let (size, offset) = (u32_at(record, 12), u32_at(record, 16));
    let is_64 = entries == u16::MAX || size == u32::MAX || offset == u32::MAX;
    let (directory, limit) = if is_64 {
        read_end64(reader, end_at)?
    } else {
        (Directory { entries: entries.into(), size: size.into(), offset: offset.into() }, end_at)
    };
    let ends = directory.offset.checked_add(directory.size);
    if disk != 0 || disk_of_directory != 0 || here != entries || ends.is_none_or(|ends| ends > limit) {
        return Err(ArchiveError::Malformed { within: "end of central directory" });
    }
    Ok(directory)
}

/// §4.3.14 and §4.3.15.
fn read_end64(reader: &mut (impl Read + Seek), end_at: u64) -> Result<(Directory, u64), ArchiveError> {
    const WITHIN: ArchiveError = ArchiveError::Malformed { within: "zip64 end of central directory" };
    reader.seek(SeekFrom::Start(end_at.checked_sub(LOCATOR_BYTES).ok_or(WITHIN)?))?;
    let mut locator = [0; 20];
    reader.read_exact(&mut locator)?;
    let at = u64_at(&locator, 8);
    if !locator.starts_with(b"PK\x06\x07") || at >= end_at {
        return Err(WITHIN);
    }
    reader.seek(SeekFrom::Start(at))?;
    let mut record = [0; END64_BYTES];
    reader.read_exact(&mut record)?;
    let entries = u64_at(&record, 32);
    if !record.starts_with(b"PK\x06\x06") || u64_at(&record, 24) != entries {
        return Err(WITHIN);
    }
    Ok((Directory { entries, size: u64_at(&record, 40), offset: u64_at(&record, 48) }, at))
}

/// §4.3.12: one file; `None` for a folder.
fn read_central(listing: &mut impl Read) -> Result<Option<ArchiveEntry>, ArchiveError> {
    const WITHIN: ArchiveError = ArchiveError::Malformed { within: "central directory" };
    let mut head = [0; CENTRAL_BYTES];
    listing.read_exact(&mut head).map_err(|_| WITHIN)?;
    let name_bytes = u16_at(&head, 28);
    ARCHIVE_NAME_BYTES_MAX.check(name_bytes.into())?;
    let mut take = |bytes: u16| -> Result<Vec<u8>, ArchiveError> {
        let mut octets = vec![0; usize::from(bytes)];
        listing.read_exact(&mut octets).map_err(|_| WITHIN)?;
        Ok(octets)
    };
    let (name, extra, _comment) = (take(name_bytes)?, take(u16_at(&head, 30))?, take(u16_at(&head, 32))?);
    if !head.starts_with(b"PK\x01\x02") {
        return Err(WITHIN);
    }
    let wide = Wide::of(&head, &extra).ok_or(WITHIN)?;
    let (flags, method) = (u16_at(&head, 8), u16_at(&head, 10));
    let member = Member {
        offset: wide.offset,
        compressed: wide.compressed,
        size: wide.size,
        crc: u32_at(&head, 16),
        method,
        flags,
        name_bytes,
        name_crc: crc_of(&name),
    };
    if name.ends_with(b"/") && wide.size == 0 {
        return Ok(None);
    }
    let fault = fault_of(&head, flags, method);
    Ok(Some(ArchiveEntry { name: shown(&name), size: wide.size, fault, place: Place::Zip(member) }))
}

fn fault_of(head: &[u8], flags: u16, method: u16) -> Option<EntryFault> {
    const UNIX: u8 = 3;
    const KIND_MASK: u32 = 0o170_000;
    const LINK: u32 = 0o120_000;
    let mode = u32_at(head, 38) >> 16;
    if head.get(5) == Some(&UNIX) && mode & KIND_MASK == LINK {
        Some(EntryFault::Link)
    } else if flags & ENCRYPTED != 0 {
        Some(EntryFault::Encrypted)
    } else if method != STORED && method != DEFLATED {
        Some(EntryFault::Method(method))
    } else {
        None
    }
}

/// Sizes and offset, where need be from the zip64 extra field (§4.5.3).
struct Wide {
    size: u64,
    compressed: u64,
    offset: u64,
}

impl Wide {
    fn of(head: &[u8], extra: &[u8]) -> Option<Self> {
        let mut field = zip64_field(extra);
        let mut wide = |narrow: u32| {
            if narrow != u32::MAX {
                return Some(u64::from(narrow));
            }
            let (value, rest) = field?.split_first_chunk::<8>()?;
            field = Some(rest);
            Some(u64::from_le_bytes(*value))
        };
        // In the order of the field: size, compressed size, offset.
        let (size, compressed, offset) = (wide(u32_at(head, 24))?, wide(u32_at(head, 20))?, wide(u32_at(head, 42))?);
        (u16_at(head, 34) == 0).then_some(Self { size, compressed, offset })
    }
}

fn zip64_field(mut extra: &[u8]) -> Option<&[u8]> {
    const ZIP64: u16 = 1;
    while let Some((head, rest)) = extra.split_first_chunk::<4>() {
        let (field, after) = rest.split_at_checked(usize::from(u16_at(head, 2)))?;
        if u16_at(head, 0) == ZIP64 {
            return Some(field);
        }
        extra = after;
    }
    None
}

/// Files lie one behind another, before the directory. Where they share octets, a small archive holds endless files.
fn check_overlap(entries: &[ArchiveEntry], directory: u64) -> Result<(), ArchiveError> {
    let local = u64::try_from(LOCAL_BYTES).unwrap_or(u64::MAX);
    let mut spans: Vec<(u64, u64)> = entries
        .iter()
        .filter_map(|entry| match entry.place {
            Place::Zip(m) => {
                let bytes = local.saturating_add(m.name_bytes.into()).saturating_add(m.compressed);
                Some((m.offset, m.offset.saturating_add(bytes)))
            }
            Place::Tar { .. } => None,
        })
        .collect();
    spans.sort_unstable();
    let following = spans.iter().skip(1).map(|(begin, _)| *begin).chain([directory]);
    if spans.iter().zip(following).any(|((_, end), next)| *end > next) {
        return Err(ArchiveError::Overlap);
    }
    Ok(())
}

/// Reads one file, and holds it to what the directory says of it.
pub(super) fn read_member(reader: &mut (impl Read + Seek), member: &Member) -> Result<Vec<u8>, EntryFault> {
    let into = |error: std::io::Error| EntryFault::from(ArchiveError::from(error));
    check_ratio(member.size, member.compressed).map_err(EntryFault::Limit)?;
    reader.seek(SeekFrom::Start(member.offset)).map_err(into)?;
    let mut head = [0; LOCAL_BYTES];
    reader.read_exact(&mut head).map_err(into)?;
    let told = (u16_at(&head, 6), u16_at(&head, 8), u16_at(&head, 26));
    if !head.starts_with(b"PK\x03\x04") || told != (member.flags, member.method, member.name_bytes) {
        return Err(EntryFault::Broken);
    }
    let mut name = vec![0; usize::from(member.name_bytes)];
    reader.read_exact(&mut name).map_err(into)?;
    if crc_of(&name) != member.name_crc {
        return Err(EntryFault::Broken);
    }
    reader.seek(SeekFrom::Current(u16_at(&head, 28).into())).map_err(into)?;
    let kept = reader.take(member.compressed);
    // One octet more than told tells a file that is longer from one that is not.
    let most = member.size.saturating_add(1);
    let octets = match member.method {
        STORED => read_bounded(kept, most)?,
        _ => read_bounded(flate2::read::DeflateDecoder::new(kept), most)?,
    };
    let length = u64::try_from(octets.len()).unwrap_or(u64::MAX);
    if length == member.size && crc_of(&octets) == member.crc { Ok(octets) } else { Err(EntryFault::Broken) }
}

fn crc_of(octets: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(octets);
    crc.sum()
}

// INVARIANT for the three: the callers hold records of fixed length that reach beyond every offset they name.
fn u16_at(record: &[u8], at: usize) -> u16 {
    record.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |octets| u16::from_le_bytes(*octets))
}

fn u32_at(record: &[u8], at: usize) -> u32 {
    record.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |octets| u32::from_le_bytes(*octets))
}

fn u64_at(record: &[u8], at: usize) -> u64 {
    record.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |octets| u64::from_le_bytes(*octets))
}
