//! Documents below folders and in archives of files, in sorted order, with the contents of detached signatures beside them;
//! as many at a time as one batch holds.

use std::collections::VecDeque;
use std::fs::File;
use std::path::{Path, PathBuf};

use super::{Filling, Verifier};
use crate::codec::archive::{ARCHIVE_HEAD_BYTES, Archive, ArchiveError, ArchiveKind, EntryFault, is_nested_archive};
use crate::limits::{ARCHIVE_FILES_MAX, FOLDER_DEPTH_MAX, INPUT_BYTES_MAX};
use crate::report::{Answer, ProblemObject};
use crate::store::files::{self, FileError, FileErrorKind};
use crate::time::Timestamp;
use crate::validation::Item;

/// A document: a file, or a file of an archive.
#[derive(Clone, Debug)]
pub struct Document {
    /// The file, or the archive.
    pub path: PathBuf,
    /// Its name in the archive.
    pub inner: Option<String>,
    /// Its octets, or why there are none.
    pub octets: Result<DocumentOctets, Unread>,
}

/// What is to be verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentOctets {
    /// The document.
    pub document: Vec<u8>,
    /// The content beside it, where its signature is detached.
    pub content: Option<Vec<u8>>,
}

/// Why a document was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unread {
    /// Its file.
    #[error("{}", .0.kind)]
    File(FileError),
    /// The file of its content.
    // Without its folder: reports are the same wherever an archive lies.
    #[error("its content `{}`: {}", .0.path.file_name().unwrap_or_default().to_string_lossy(), .0.kind)]
    Content(FileError),
    /// The archive it should be in: none of its files was read.
    #[error(transparent)]
    Archive(ArchiveError),
    /// Its entry in an archive.
    #[error(transparent)]
    Entry(EntryFault),
    /// A defect of qoltanba, met by this document alone.
    #[error("qoltanba failed on this document; the failure is in its log")]
    Internal,
}

impl Unread {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::File(e) | Self::Content(e) if e.kind == FileErrorKind::Special => "NO_PLAIN_FILE",
            Self::File(_) | Self::Content(_) => "FILE_UNREADABLE",
            Self::Archive(ArchiveError::Limit(_)) | Self::Entry(EntryFault::Limit(_)) => "LIMIT_EXCEEDED",
            Self::Archive(_) => "ARCHIVE_UNREADABLE",
            Self::Internal => "INTERNAL_ERROR",
            Self::Entry(fault) => match fault {
                EntryFault::UnsafeName => "UNSAFE_NAME",
                EntryFault::DuplicateName => "DUPLICATE_NAME",
                EntryFault::Encrypted => "ENTRY_ENCRYPTED",
                EntryFault::Method(_) => "COMPRESSION_NOT_SUPPORTED",
                EntryFault::Link | EntryFault::Special => "NO_PLAIN_FILE",
                EntryFault::Nested => "NESTED_ARCHIVE",
                _ => "ENTRY_UNREADABLE",
            },
        }
    }

    /// As it is told; the same on every machine.
    pub fn problem(&self) -> ProblemObject {
        ProblemObject { code: self.code(), at: None, text: self.to_string() }
    }
}

impl Document {
    /// `folder/a.p7m`, or `folder/archive.zip!inner/a.p7m`; below `root`, where one is given.
    pub fn name(&self, root: Option<&Path>) -> String {
        let below = root.and_then(|root| self.path.strip_prefix(root).ok());
        let path = match below {
            Some(below) if below.as_os_str().is_empty() => Path::new(self.path.file_name().unwrap_or_default()),
            Some(below) => below,
            None => &self.path,
        };
        let path = path.to_string_lossy();
        self.inner.as_ref().map_or_else(|| path.clone().into_owned(), |inner| format!("{path}!{inner}"))
    }

    fn bytes(&self) -> usize {
        self.octets
            .as_ref()
            .map_or(0, |octets| octets.document.len().saturating_add(octets.content.as_ref().map_or(0, Vec::len)))
    }
}

/// A file that is still to be read.
#[derive(Debug)]
struct Listed {
    path: PathBuf,
    content: Option<PathBuf>,
    fault: Option<Unread>,
}

/// Documents that are still to be read.
#[derive(Debug)]
pub struct Documents {
    listed: VecDeque<Listed>,
    open: Option<OpenArchive>,
    known: usize,
}

/// An archive, and which of its files are still to be read.
#[derive(Debug)]
struct OpenArchive {
    path: PathBuf,
    archive: Archive<File>,
    pairs: VecDeque<(usize, Option<usize>)>,
}

impl Documents {
    /// Lists what is below a folder; a file stands for itself.
    pub fn below(root: &Path) -> Result<Self, FileError> {
        let listed: VecDeque<Listed> = list(root)?.into();
        Ok(Self { known: listed.len(), listed, open: None })
    }

    /// Lists what is below several folders, each in its place; one that cannot be listed is told in its place. `content` is
    /// that of every document that has none beside it.
    pub fn of(roots: &[PathBuf], content: Option<&Path>) -> Self {
        let mut listed = VecDeque::new();
        for root in roots {
            match list(root) {
                Ok(found) => listed.extend(found),
                Err(fault) => {
                    listed.push_back(Listed { path: root.clone(), content: None, fault: Some(Unread::File(fault)) });
                }
            }
        }
        for one in &mut listed {
            one.content = one.content.take().or_else(|| content.map(Path::to_owned));
        }
        Self { known: listed.len(), listed, open: None }
    }

    /// How many documents are known of; archives tell when they are opened.
    pub fn known(&self) -> usize {
        self.known
    }

    /// Reads as many as one batch holds; none at the end. What cannot be read is one answer of many.
    pub fn next_batch(&mut self) -> Vec<Document> {
        let mut filling = Filling::default();
        let mut batch = Vec::new();
        while !filling.is_full() {
            let Some(document) = self.read_next() else { break };
            filling.add(document.bytes());
            batch.push(document);
        }
        batch
    }

    fn read_next(&mut self) -> Option<Document> {
        loop {
            if let Some(open) = &mut self.open {
                if let Some(document) = open.read_next() {
                    return Some(document);
                }
                self.open = None;
            }
            let listed = self.listed.pop_front()?;
            match read_listed(&listed) {
                Ok(Read::Document(octets)) => return Some(plain(listed.path, Ok(octets))),
                Ok(Read::Archive(archive)) => {
                    let open = OpenArchive::new(listed.path, archive);
                    self.known = self.known.saturating_sub(1).saturating_add(open.pairs.len());
                    self.open = Some(open);
                }
                Err(why) => return Some(plain(listed.path, Err(why))),
            }
        }
    }
}

impl Verifier {
    /// Verifies documents together, on all cores; an answer for each that was read, or why there is none, in their order.
    pub fn verify_documents(&self, documents: &[Document], at: Timestamp) -> Vec<Result<Answer, Unread>> {
        let readable = documents.iter().filter_map(|document| document.octets.as_ref().ok());
        let items: Vec<Item<'_>> = readable.map(|o| Item::new(&o.document, o.content.as_deref())).collect();
        let mut answers = self.verify_spread(&items, at, self.cores()).into_iter();
        let answer_of = |document: &Document| match &document.octets {
            Ok(_) => answers.next().flatten().ok_or(Unread::Internal),
            Err(why) => Err(why.clone()),
        };
        documents.iter().map(answer_of).collect()
    }
}

fn plain(path: PathBuf, octets: Result<DocumentOctets, Unread>) -> Document {
    Document { path, inner: None, octets }
}

/// What a file turned out to be.
enum Read {
    Document(DocumentOctets),
    Archive(Archive<File>),
}

fn read_listed(listed: &Listed) -> Result<Read, Unread> {
    if let Some(fault) = &listed.fault {
        return Err(fault.clone());
    }
    let opened = files::open_with_head(&listed.path, ARCHIVE_HEAD_BYTES).map_err(Unread::File)?;
    // What has a content beside it is a signature, whatever it begins like.
    let kind = ArchiveKind::of(&opened.head).filter(|_| listed.content.is_none());
    if let Some(kind) = kind {
        let file = opened.file().map_err(Unread::File)?;
        if let Some(archive) = Archive::open(file, kind).map_err(Unread::Archive)? {
            return Ok(Read::Archive(archive));
        }
    }
    let content = listed.content.as_deref().map(files::read).transpose().map_err(Unread::Content)?;
    let document = opened.read(&INPUT_BYTES_MAX).map_err(Unread::File)?;
    Ok(Read::Document(DocumentOctets { document, content }))
}

impl OpenArchive {
    fn new(path: PathBuf, archive: Archive<File>) -> Self {
        let mut names: Vec<(&str, usize)> =
            archive.entries().iter().enumerate().map(|(index, entry)| (entry.name.as_str(), index)).collect();
        names.sort_unstable();
        let sorted: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        let index_of = |place: usize| names.get(place).map(|(_, index)| *index);
        let content_name =
            |name: &&str| name.rsplit_once('.').filter(|(_, ext)| is_detached(ext)).map(|(stem, _)| stem.to_owned());
        let pairs = pair(&sorted, content_name);
        let pairs = pairs
            .into_iter()
            .filter_map(|(document, content)| Some((index_of(document)?, content.and_then(index_of))))
            .collect();
        Self { path, archive, pairs }
    }

    fn read_next(&mut self) -> Option<Document> {
        let (document, content) = self.pairs.pop_front()?;
        let inner = self.archive.entries().get(document).map(|entry| entry.name.clone());
        let octets = self.read_pair(document, content).map_err(Unread::Entry);
        Some(Document { path: self.path.clone(), inner, octets })
    }

    fn read_pair(&mut self, document: usize, content: Option<usize>) -> Result<DocumentOctets, EntryFault> {
        let octets = self.archive.read(document)?;
        if is_nested_archive(&octets) {
            return Err(EntryFault::Nested);
        }
        let content = content.map(|index| self.archive.read(index)).transpose()?;
        Ok(DocumentOctets { document: octets, content })
    }
}

/// Lists the documents below a folder, sorted by path.
fn list(root: &Path) -> Result<Vec<Listed>, FileError> {
    let all = files::walk_plain(root, &ARCHIVE_FILES_MAX, &FOLDER_DEPTH_MAX)?;
    let paths: Vec<&Path> = all.iter().map(|(path, _)| path.as_path()).collect();
    let content_name = |path: &&Path| {
        let extension = path.extension().and_then(|e| e.to_str());
        extension.is_some_and(is_detached).then(|| path.with_extension(""))
    };
    let pairs = pair(&paths, content_name);
    let one = |(document, content): (usize, Option<usize>)| {
        let (path, fault) = all.get(document)?;
        let content = content.and_then(|index| all.get(index));
        // A content that is not read, a link above all, leaves its signature unread.
        let of_content = || content.and_then(|(_, fault)| fault.clone()).map(Unread::Content);
        let fault = fault.clone().map(Unread::File).or_else(of_content);
        Some(Listed { path: path.clone(), content: content.map(|(path, _)| path.clone()), fault })
    };
    Ok(pairs.into_iter().filter_map(one).collect())
}

/// `letter.pdf` is the content of `letter.pdf.p7s`.
fn is_detached(extension: &str) -> bool {
    ["p7s", "sig", "cms", "sign"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// Whether something of this name may be a signed document or an archive of them: that is judged itself, also where a signature
/// over it lies beside it, which else would hide it.
fn may_be_signed(name: &Path) -> bool {
    const NAMES: [&str; 9] = ["p7m", "p7s", "sig", "cms", "sign", "zip", "tar", "gz", "tgz"];
    let extension = name.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| NAMES.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

/// Pairs sorted names: each document with the content beside it. What is the content of another is no document of its own,
/// unless its name says that it may be signed itself.
fn pair<T: AsRef<Path>, C: AsRef<Path>>(
    names: &[T],
    content_name: impl Fn(&T) -> Option<C>,
) -> Vec<(usize, Option<usize>)> {
    // Names are compared as text, as they were sorted, not by the parts of a path.
    let place_of = |content: C| {
        let wanted = content.as_ref().as_os_str();
        names.binary_search_by(|name| name.as_ref().as_os_str().cmp(wanted)).ok()
    };
    let contents: Vec<Option<usize>> = names.iter().map(|name| content_name(name).and_then(place_of)).collect();
    let mut is_content = vec![false; names.len()];
    for place in contents.iter().flatten() {
        if let (Some(marked), Some(name)) = (is_content.get_mut(*place), names.get(*place)) {
            *marked = !may_be_signed(name.as_ref());
        }
    }
    contents.into_iter().enumerate().zip(is_content).filter(|(_, marked)| !marked).map(|(found, _)| found).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(folder: &Path) -> Vec<(String, bool)> {
        let name = |one: &Listed| one.path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
        list(folder).unwrap().iter().map(|one| (name(one), one.content.is_some())).collect()
    }

    #[test]
    fn a_content_beside_its_detached_signature_is_no_document_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let names =
            ["a.pdf", "a.pdf.p7s", "b", "b.SIG", "b.p7m", "c.txt", "lonely.p7s", "x", "x-1", "x.cms", "x/y", "x/y.sig"];
        for name in names.iter().filter(|name| **name != "x") {
            files::create_folder(folder.path().join(name).parent().unwrap()).unwrap();
            files::write(&folder.path().join(name), b"x").unwrap();
        }
        let expected = [
            ("a.pdf.p7s", true),
            ("b.SIG", true),
            ("b.p7m", false),
            ("c.txt", false),
            ("lonely.p7s", false),
            ("x-1", false),
            ("x.cms", false),
            ("x/y.sig", true),
        ];
        assert_eq!(listed(folder.path()), expected.map(|(name, content)| (name.to_owned(), content)));
    }

    #[test]
    fn a_signature_hides_no_document_that_may_be_signed_itself() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["forged.p7m", "forged.p7m.sig", "x", "x.p7s", "x.p7s.sig", "z.zip", "z.zip.sig"] {
            files::write(&folder.path().join(name), b"x").unwrap();
        }
        let expected = [
            ("forged.p7m", false),
            ("forged.p7m.sig", true),
            ("x.p7s", true),
            ("x.p7s.sig", true),
            ("z.zip", false),
            ("z.zip.sig", true),
        ];
        assert_eq!(listed(folder.path()), expected.map(|(name, content)| (name.to_owned(), content)));
    }

    #[test]
    fn a_content_behind_a_link_is_not_followed() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let secret = elsewhere.path().join("secret");
        files::write(&secret, b"secret").unwrap();
        files::write(&folder.path().join("a.pdf.p7s"), b"x").unwrap();
        std::os::unix::fs::symlink(&secret, folder.path().join("a.pdf")).unwrap();
        let mut documents = Documents::below(folder.path()).unwrap();
        let all = documents.next_batch();
        let [only] = all.as_slice() else { panic!("{all:?}") };
        assert!(matches!(&only.octets, Err(Unread::Content(_))), "{only:?}");
    }

    #[test]
    fn names_tell_the_archive_and_the_file_in_it() {
        let unread = Err(Unread::Entry(EntryFault::Nested));
        let inside = Document { path: "dir/a.zip".into(), inner: Some("b/c.p7m".into()), octets: unread.clone() };
        assert_eq!(inside.name(None), "dir/a.zip!b/c.p7m");
        assert_eq!(inside.name(Some(Path::new("dir"))), "a.zip!b/c.p7m");
        assert_eq!(inside.name(Some(Path::new("dir/a.zip"))), "a.zip!b/c.p7m");
        assert_eq!(plain("dir/d.p7m".into(), unread).name(Some(Path::new("dir"))), "d.p7m");
    }
}
