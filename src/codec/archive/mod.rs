//! Archives of files (ZIP, TAR, TAR.GZ) read entry by entry, each bound kept before octets are taken; nothing is unpacked.

mod tar;
mod zip;

use std::collections::HashMap;
use std::fmt;
use std::io::{self, Cursor, Read, Seek, SeekFrom};

use crate::limits::{
    ARCHIVE_INFLATED_BYTES_MAX, ARCHIVE_RATIO_BYTES_FREE, ARCHIVE_RATIO_MAX, INPUT_BYTES_MAX, LimitExceeded,
};

/// The kinds of archives, told by their first octets and never by their name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveKind {
    /// ZIP (APPNOTE 6.3).
    Zip,
    /// TAR (POSIX.1-1988 ustar, pax, GNU).
    Tar,
    /// A TAR in gzip (RFC 1952); whether a gzip file holds one is told when it is opened.
    TarGz,
}

/// So many octets of a file tell what it is.
pub const ARCHIVE_HEAD_BYTES: usize = 262;

impl ArchiveKind {
    /// What a file that begins like this claims to be.
    pub fn of(head: &[u8]) -> Option<Self> {
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
            Some(Self::Zip)
        } else if head.starts_with(&[0x1f, 0x8b, 0x08]) {
            Some(Self::TarGz)
        } else {
            head.get(257..ARCHIVE_HEAD_BYTES).filter(|magic| *magic == b"ustar").map(|_| Self::Tar)
        }
    }
}

/// An archive that cannot be read as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArchiveError {
    /// Its structure is not what it claims to be.
    Malformed {
        /// What was being read, in the format's words.
        within: &'static str,
    },
    /// It is cut off.
    Truncated,
    /// Entries share octets: the mark of an archive that unpacks to more than it holds.
    Overlap,
    /// A bound was hit.
    Limit(LimitExceeded),
    /// It could not be read.
    Io(io::ErrorKind),
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { within } => write!(f, "the archive's {within} is not what it should be"),
            Self::Truncated => f.write_str("the archive is cut off"),
            Self::Overlap => f.write_str("entries of the archive share octets; it is made to unpack without end"),
            Self::Limit(limit) => write!(f, "the archive has {limit}"),
            Self::Io(kind) => write!(f, "the archive cannot be read: {kind}"),
        }
    }
}

impl std::error::Error for ArchiveError {}

impl From<io::Error> for ArchiveError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            // What flate2 says of octets that are no deflate stream.
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => Self::Malformed { within: "compressed data" },
            kind => Self::Io(kind),
        }
    }
}

impl From<LimitExceeded> for ArchiveError {
    fn from(limit: LimitExceeded) -> Self {
        Self::Limit(limit)
    }
}

/// Why one entry of an archive is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryFault {
    /// Its name is absolute, empty, or leads out of the archive.
    #[error("the entry's name leads out of the archive")]
    UnsafeName,
    /// Another entry has the same name: which of them would be meant depends on who reads.
    #[error("several entries of the archive have this name")]
    DuplicateName,
    /// It is encrypted.
    #[error("the entry is encrypted, which is not supported; unpack it first")]
    Encrypted,
    /// It is compressed in a way that is not supported.
    #[error("the entry is compressed by method {0}, which is not supported; unpack it first")]
    Method(u16),
    /// A link to another file.
    #[error("the entry is a link; links are not followed")]
    Link,
    /// A device, a sparse file, or another kind that is no plain file.
    #[error("the entry is no plain file")]
    Special,
    /// An archive of documents in an archive.
    #[error("the entry is itself an archive, which is not opened; unpack it first")]
    Nested,
    /// A bound was hit.
    #[error("the entry has {0}")]
    Limit(LimitExceeded),
    /// Its octets are not those that the archive promises: length, checksum, compressed data.
    #[error("the entry's octets are not those that the archive promises")]
    Broken,
    /// Octets behind the end mark: of another archive, say, that was put behind the first.
    #[error("more octets stand behind the archive's end mark, and no file among them is read; unpack it first")]
    BehindEnd,
    /// The archive could not be read.
    #[error("the archive cannot be read: {0}")]
    Io(io::ErrorKind),
}

impl From<ArchiveError> for EntryFault {
    fn from(error: ArchiveError) -> Self {
        match error {
            ArchiveError::Limit(limit) => Self::Limit(limit),
            ArchiveError::Io(kind) => Self::Io(kind),
            ArchiveError::Malformed { .. } | ArchiveError::Truncated | ArchiveError::Overlap => Self::Broken,
        }
    }
}

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveEntry {
    /// Its name, as it can be shown: octets that are no UTF-8 and control characters are escaped.
    pub name: String,
    /// Its size as told.
    pub size: u64,
    /// Why it is not read, where that is known beforehand.
    pub fault: Option<EntryFault>,
    place: Place,
}

/// Where an entry's octets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Zip(zip::Member),
    Tar { offset: u64 },
}

/// An archive that was opened, with the list of its files in their order.
#[derive(Debug)]
pub struct Archive<R> {
    source: Source<R>,
    entries: Vec<ArchiveEntry>,
}

#[derive(Debug)]
enum Source<R> {
    File(R),
    Inflated(Cursor<Vec<u8>>),
}

impl<R: Read + Seek> Archive<R> {
    /// Opens an archive; `None` for what is no archive of files but a document: a signature container or an office document
    /// in ZIP, a gzip file that holds no TAR.
    ///
    /// *Cost*: `ARCHIVE_ENTRIES_MAX`, `ARCHIVE_NAME_BYTES_MAX`; for TAR.GZ `ARCHIVE_INFLATED_BYTES_MAX` of memory.
    pub fn open(mut reader: R, kind: ArchiveKind) -> Result<Option<Self>, ArchiveError> {
        let (source, mut entries) = match kind {
            ArchiveKind::Zip => {
                let entries = zip::read_directory(&mut reader)?;
                (Source::File(reader), entries)
            }
            ArchiveKind::Tar => {
                let entries = tar::read_headers(&mut reader)?;
                (Source::File(reader), entries)
            }
            ArchiveKind::TarGz => {
                reader.seek(SeekFrom::Start(0))?;
                let Some(octets) = inflate_tar(&mut reader)? else { return Ok(None) };
                let mut inflated = Cursor::new(octets);
                let entries = tar::read_headers(&mut inflated)?;
                (Source::Inflated(inflated), entries)
            }
        };
        if kind == ArchiveKind::Zip && is_container(&entries) {
            return Ok(None);
        }
        mark_names(&mut entries);
        Ok(Some(Self { source, entries }))
    }

    /// Its files, in the order of the archive.
    pub fn entries(&self) -> &[ArchiveEntry] {
        &self.entries
    }

    /// Reads one file whole.
    ///
    /// *Errors*: its own fault, or what is met on reading it.
    /// *Cost*: `INPUT_BYTES_MAX`, `ARCHIVE_RATIO_MAX`.
    pub fn read(&mut self, index: usize) -> Result<Vec<u8>, EntryFault> {
        let entry = self.entries.get(index).ok_or(EntryFault::Broken)?;
        if let Some(fault) = entry.fault {
            return Err(fault);
        }
        INPUT_BYTES_MAX.check(usize::try_from(entry.size).unwrap_or(usize::MAX)).map_err(EntryFault::Limit)?;
        match &mut self.source {
            Source::File(reader) => read_place(reader, entry),
            Source::Inflated(reader) => read_place(reader, entry),
        }
    }
}

/// Whether an entry of an archive is itself an archive of documents; a signature container is a document.
pub fn is_nested_archive(octets: &[u8]) -> bool {
    match ArchiveKind::of(octets) {
        Some(ArchiveKind::Zip) => {
            !zip::read_directory(&mut Cursor::new(octets)).is_ok_and(|entries| is_container(&entries))
        }
        Some(ArchiveKind::Tar | ArchiveKind::TarGz) => true,
        None => false,
    }
}

fn read_place(reader: &mut (impl Read + Seek), entry: &ArchiveEntry) -> Result<Vec<u8>, EntryFault> {
    match entry.place {
        Place::Zip(member) => zip::read_member(reader, &member),
        Place::Tar { offset } => {
            reader.seek(SeekFrom::Start(offset)).map_err(ArchiveError::from)?;
            let octets = read_bounded(&mut *reader, entry.size)?;
            if u64::try_from(octets.len()).is_ok_and(|length| length == entry.size) {
                Ok(octets)
            } else {
                Err(EntryFault::Broken)
            }
        }
    }
}

/// Reads at most `most` octets; room is made as they come.
fn read_bounded(reader: impl Read, most: u64) -> Result<Vec<u8>, ArchiveError> {
    let mut octets = Vec::new();
    reader.take(most).read_to_end(&mut octets)?;
    Ok(octets)
}

/// Ratio of what comes out to what went in; small files may have any.
fn check_ratio(out: u64, compressed: u64) -> Result<(), LimitExceeded> {
    let free = u64::try_from(ARCHIVE_RATIO_BYTES_FREE.value).unwrap_or(u64::MAX);
    if out <= free {
        return Ok(());
    }
    let ratio = out.checked_div(compressed).unwrap_or(u64::MAX);
    ARCHIVE_RATIO_MAX.check(usize::try_from(ratio).unwrap_or(usize::MAX))
}

/// Inflates a gzip file that holds a TAR; `None` where it holds something else.
fn inflate_tar(reader: &mut impl Read) -> Result<Option<Vec<u8>>, ArchiveError> {
    const STEP_BYTES: u64 = 1 << 20;
    let mut inflater = flate2::read::MultiGzDecoder::new(Counted { reader, bytes: 0 });
    let mut octets = Vec::new();
    loop {
        let read = inflater.by_ref().take(STEP_BYTES).read_to_end(&mut octets)?;
        if ArchiveKind::of(&octets) != Some(ArchiveKind::Tar) {
            return Ok(None);
        }
        ARCHIVE_INFLATED_BYTES_MAX.check(octets.len())?;
        check_ratio(u64::try_from(octets.len()).unwrap_or(u64::MAX), inflater.get_ref().bytes)?;
        if read == 0 {
            return Ok(Some(octets));
        }
    }
}

/// Counts what was read.
struct Counted<R> {
    reader: R,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.bytes = self.bytes.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        Ok(read)
    }
}

/// ASiC and Kalkan's containers have META-INF, OpenDocument and ASiC a mimetype, Office documents their list of types.
fn is_container(entries: &[ArchiveEntry]) -> bool {
    let has_type = entries.first().is_some_and(|first| first.name == "mimetype");
    let inside = |entry: &ArchiveEntry| entry.name.starts_with("META-INF/") || entry.name == "[Content_Types].xml";
    has_type || entries.iter().any(inside)
}

/// Names that lead out of the archive or that several files have are not read.
fn mark_names(entries: &mut [ArchiveEntry]) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for entry in &*entries {
        let count = seen.entry(entry.name.as_str()).or_default();
        *count = count.saturating_add(1);
    }
    let repeated: Vec<bool> = entries.iter().map(|e| seen.get(e.name.as_str()).is_some_and(|n| *n > 1)).collect();
    for (entry, repeated) in entries.iter_mut().zip(repeated) {
        if is_unsafe(&entry.name) {
            entry.fault = Some(EntryFault::UnsafeName);
        } else if repeated {
            entry.fault = Some(EntryFault::DuplicateName);
        }
    }
}

fn is_unsafe(name: &str) -> bool {
    let drive = name.as_bytes().get(1) == Some(&b':');
    name.is_empty() || drive || name.starts_with(['/', '\\']) || name.split(['/', '\\']).any(|part| part == "..")
}

/// A name as it can be shown: what is no UTF-8 and what steers a terminal is escaped.
fn shown(name: &[u8]) -> String {
    let mut out = String::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        for character in chunk.valid().chars() {
            if character.is_control() { out.extend(character.escape_default()) } else { out.push(character) }
        }
        chunk.invalid().iter().for_each(|octet| out.push_str(&format!("\\x{octet:02x}")));
    }
    out
}

#[cfg(test)]
mod tests;
