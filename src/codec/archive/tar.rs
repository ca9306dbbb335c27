//! TAR: ustar (POSIX.1-1988), pax extended headers (POSIX.1-2001) and GNU long names.

use std::io::{Read, Seek, SeekFrom};

use super::{ArchiveEntry, ArchiveError, EntryFault, Place, read_bounded, shown};
use crate::limits::{ARCHIVE_ENTRIES_MAX, ARCHIVE_FILLING_BYTES_MAX, ARCHIVE_NAME_BYTES_MAX, ARCHIVE_PAX_BYTES_MAX};

const BLOCK_BYTES: usize = 512;
type Block = [u8; BLOCK_BYTES];

/// Under which name it is told what stands behind the end mark.
const BEHIND_END: &str = "(behind the end mark)";

/// What an extended header says of the file behind it.
#[derive(Default)]
struct Extended {
    name: Option<Vec<u8>>,
    size: Option<u64>,
}

/// Reads the list of files; folders are left out.
pub(super) fn read_headers(reader: &mut (impl Read + Seek)) -> Result<Vec<ArchiveEntry>, ArchiveError> {
    let length = reader.seek(SeekFrom::End(0))?;
    let mut at = reader.seek(SeekFrom::Start(0))?;
    let mut entries = Vec::new();
    let mut extended = Extended::default();
    let mut headers: usize = 0;
    loop {
        let mut block: Block = [0; BLOCK_BYTES];
        // Without its end mark an archive may be cut off between two files.
        reader.read_exact(&mut block)?;
        if block.iter().all(|octet| *octet == 0) {
            entries.extend(behind_end(reader, at, length)?);
            return Ok(entries);
        }
        headers = headers.saturating_add(1);
        ARCHIVE_ENTRIES_MAX.check(headers)?;
        check_header(&block)?;
        let header_size = number(field(&block, 124, 12)).ok_or(ArchiveError::Malformed { within: "size" })?;
        let kind = field(&block, 156, 1).first().copied().unwrap_or_default();
        let offset = at.saturating_add(512);
        if let Some(more) = read_extension(reader, kind, header_size)? {
            extended.name = more.name.or(extended.name);
            extended.size = more.size.or(extended.size);
            at = next_block(offset, header_size)?;
        } else {
            let known = std::mem::take(&mut extended);
            let size = known.size.unwrap_or(header_size);
            let name = known.name.unwrap_or_else(|| name_of(&block));
            entries.extend(entry(kind, &name, (offset, size)));
            at = next_block(offset, if has_octets(kind) { size } else { 0 })?;
        }
        if at > length {
            return Err(ArchiveError::Truncated);
        }
        reader.seek(SeekFrom::Start(at))?;
    }
}

/// What stands behind the end mark, where it is more than filling, as an entry that is not read.
fn behind_end(reader: &mut impl Read, at: u64, length: u64) -> Result<Option<ArchiveEntry>, ArchiveError> {
    let rest = length.saturating_sub(at);
    let told = |fault| ArchiveEntry {
        name: BEHIND_END.to_owned(),
        size: rest,
        fault: Some(fault),
        place: Place::Tar { offset: at },
    };
    if let Err(limit) = ARCHIVE_FILLING_BYTES_MAX.check(usize::try_from(rest).unwrap_or(usize::MAX)) {
        return Ok(Some(told(EntryFault::Limit(limit))));
    }
    let filling = read_bounded(reader, rest)?;
    Ok(filling.iter().any(|octet| *octet != 0).then(|| told(EntryFault::BehindEnd)))
}

/// Links and devices have a size of nothing, whatever their header says.
fn has_octets(kind: u8) -> bool {
    !matches!(kind, b'1'..=b'6')
}

fn entry(kind: u8, name: &[u8], (offset, size): (u64, u64)) -> Option<ArchiveEntry> {
    let fault = match kind {
        b'5' => return None,
        // Old archives mark a folder by the end of its name alone.
        b'0' | 0 | b'7' if name.ends_with(b"/") => return None,
        b'0' | 0 | b'7' => None,
        b'1' | b'2' => Some(EntryFault::Link),
        _ => Some(EntryFault::Special),
    };
    // `tar -C FOLDER .` writes every name so.
    let name = name.strip_prefix(b"./").unwrap_or(name);
    Some(ArchiveEntry { name: shown(name), size, fault, place: Place::Tar { offset } })
}

/// Reads what is no file but says something of the next one; `None` where the header is that of a file.
fn read_extension(reader: &mut impl Read, kind: u8, size: u64) -> Result<Option<Extended>, ArchiveError> {
    if !matches!(kind, b'x' | b'g' | b'L' | b'K') {
        return Ok(None);
    }
    ARCHIVE_PAX_BYTES_MAX.check(usize::try_from(size).unwrap_or(usize::MAX))?;
    let octets = read_bounded(reader, size)?;
    Ok(Some(match kind {
        b'x' => pax(&octets)?,
        b'L' => {
            let name = octets.split(|octet| *octet == 0).next().unwrap_or_default().to_vec();
            ARCHIVE_NAME_BYTES_MAX.check(name.len())?;
            Extended { name: Some(name), size: None }
        }
        b'g' => {
            let global = pax(&octets)?;
            // One name or size for all files is nothing that an archive of files has.
            if global.name.is_some() || global.size.is_some() {
                return Err(ArchiveError::Malformed { within: "global header" });
            }
            global
        }
        // GNU long link: the target of a link, which is not followed.
        _ => Extended::default(),
    }))
}

/// Records `LENGTH KEY=VALUE\n`, the length counting all of it.
fn pax(mut records: &[u8]) -> Result<Extended, ArchiveError> {
    const WITHIN: ArchiveError = ArchiveError::Malformed { within: "extended header" };
    let mut found = Extended::default();
    while !records.is_empty() {
        let digits = records.iter().position(|octet| *octet == b' ').ok_or(WITHIN)?;
        let length = decimal(records.get(..digits).unwrap_or_default()).ok_or(WITHIN)?;
        let length = usize::try_from(length).map_err(|_| WITHIN)?;
        let (record, rest) = records.split_at_checked(length).ok_or(WITHIN)?;
        let body = record.get(digits.saturating_add(1)..).and_then(|body| body.strip_suffix(b"\n")).ok_or(WITHIN)?;
        let equals = body.iter().position(|octet| *octet == b'=').ok_or(WITHIN)?;
        let (key, value) = body.split_at_checked(equals).ok_or(WITHIN)?;
        let value = value.get(1..).unwrap_or_default();
        match key {
            b"path" => {
                ARCHIVE_NAME_BYTES_MAX.check(value.len())?;
                found.name = Some(value.to_vec());
            }
            b"size" => found.size = Some(decimal(value).ok_or(WITHIN)?),
            _ => {}
        }
        records = rest;
    }
    Ok(found)
}

/// The header's octets add up, its checksum counted as spaces.
fn check_header(block: &Block) -> Result<(), ArchiveError> {
    let sum: u64 = block
        .iter()
        .enumerate()
        .map(|(at, octet)| u64::from(if (148..156).contains(&at) { b' ' } else { *octet }))
        .fold(0, u64::saturating_add);
    if number(field(block, 148, 8)) == Some(sum) { Ok(()) } else { Err(ArchiveError::Malformed { within: "header" }) }
}

fn name_of(block: &Block) -> Vec<u8> {
    let text = |at, bytes| field(block, at, bytes).split(|octet| *octet == 0).next().unwrap_or_default();
    let (name, prefix) = (text(0, 100), text(345, 155));
    // GNU writes other things where POSIX has the prefix, and another magic.
    if field(block, 257, 6) == b"ustar\0" && !prefix.is_empty() { [prefix, b"/", name].concat() } else { name.to_vec() }
}

fn field(block: &Block, at: usize, bytes: usize) -> &[u8] {
    block.get(at..).and_then(|rest| rest.get(..bytes)).unwrap_or_default()
}

/// Octal digits between spaces and NULs, or GNU's binary form with the first bit set.
fn number(field: &[u8]) -> Option<u64> {
    if let Some((first @ 0x80.., rest)) = field.split_first() {
        let (high, low) = rest.split_at_checked(rest.len().checked_sub(8)?)?;
        let small = *first == 0x80 && high.iter().all(|octet| *octet == 0);
        return small.then(|| low.try_into().ok().map(u64::from_be_bytes)).flatten();
    }
    let text = std::str::from_utf8(field).ok()?.trim_matches([' ', '\0']);
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 8).ok() }
}

fn decimal(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()
}

/// Where the next header is: files are filled up to whole blocks.
fn next_block(offset: u64, size: u64) -> Result<u64, ArchiveError> {
    let end = size.checked_next_multiple_of(512).and_then(|size| offset.checked_add(size));
    end.ok_or(ArchiveError::Truncated)
}
