//! What was fetched, kept in a folder: a header in JSON and the octets beside it, named by their digest.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files::{self, FileError};
use crate::codec::armour::hex;
use crate::crypto::DigestAlgorithm;
use crate::limits::{FETCH_CRL_BYTES_MAX, FETCH_KEPT_MAX, FETCHED_FILES_MAX};
use crate::time::Timestamp;

/// The folder.
#[derive(Clone, Debug)]
pub struct FetchedFolder(PathBuf);

/// Where something came from and when: the header as it is on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchedHeader {
    /// `crl`, `certificates`, `ocsp`.
    pub kind: String,
    /// The address.
    pub url: String,
    /// What was asked of a responder: SHA-256 in hexadecimal.
    pub question: Option<String>,
    /// ETag.
    pub etag: Option<String>,
    /// Last-Modified.
    pub last_modified: Option<String>,
    /// When the octets were first seen.
    pub seen_at: Timestamp,
    /// When the server last said that they are still what it has.
    pub checked_at: Timestamp,
    /// SHA-256 over the octets, in hexadecimal: the name of the file that holds them.
    pub sha256: String,
}

const HEADER: &str = "json";
const OCTETS: &str = "bin";
const UPSTREAM: &str = "upstream.state";

impl FetchedFolder {
    /// Names a folder, which is made with the first thing that is kept.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// Keeps something: its octets where they are new, then its header. A crash between leaves octets that nobody names, and
    /// that the next `retain` removes.
    pub fn put(&self, header: &FetchedHeader, octets: Option<&[u8]>) -> Result<(), FileError> {
        files::create_private_folder(&self.0)?;
        if let Some(octets) = octets {
            files::write(&self.path_of(&header.sha256, OCTETS), octets)?;
        }
        // INVARIANT: a header holds strings and times, which JSON always can.
        let json = serde_json::to_vec(header).unwrap_or_default();
        files::write(&self.path_of(&name_of(header), HEADER), &json)
    }

    /// Everything that is kept and whole, in the order of names; what is not is passed over.
    ///
    /// *Cost*: `FETCHED_FILES_MAX` files, `FETCH_KEPT_MAX` of them read.
    pub fn all(&self) -> Result<Vec<(FetchedHeader, Vec<u8>)>, FileError> {
        let headers = self.files()?.into_iter().filter(|path| has_extension(path, HEADER));
        let read = |path: PathBuf| {
            let header: FetchedHeader = serde_json::from_slice(&files::read(&path).ok()?).ok()?;
            // The digest came from a file: it names a file of ours or nothing.
            let is_digest = header.sha256.len() == 64 && header.sha256.bytes().all(|b| b.is_ascii_hexdigit());
            let octets = files::read_bounded(&self.path_of(&header.sha256, OCTETS), &FETCH_CRL_BYTES_MAX);
            let octets = octets.ok().filter(|octets| is_digest && sha256(octets) == header.sha256)?;
            Some((header, octets))
        };
        Ok(headers.take(FETCH_KEPT_MAX.value).filter_map(read).collect())
    }

    /// Removes what is not among these.
    pub fn retain(&self, kept: &[FetchedHeader]) -> Result<(), FileError> {
        let wanted: HashSet<PathBuf> =
            kept.iter().flat_map(|h| [self.path_of(&name_of(h), HEADER), self.path_of(&h.sha256, OCTETS)]).collect();
        let is_ours = |path: &PathBuf| has_extension(path, HEADER) || has_extension(path, OCTETS);
        for path in self.files()?.iter().filter(|path| is_ours(path) && !wanted.contains(*path)) {
            files::remove(path)?;
        }
        Ok(())
    }

    /// Keeps what is known of endpoints, in whatever form its owner gives it.
    pub fn put_upstream(&self, state: &[u8]) -> Result<(), FileError> {
        files::create_private_folder(&self.0)?;
        files::write(&self.0.join(UPSTREAM), state)
    }

    /// What is known of endpoints; nothing where nothing was kept.
    pub fn upstream(&self) -> Option<Vec<u8>> {
        files::read(&self.0.join(UPSTREAM)).ok()
    }

    fn files(&self) -> Result<Vec<PathBuf>, FileError> {
        if self.0.is_dir() { files::walk(&self.0, &FETCHED_FILES_MAX) } else { Ok(Vec::new()) }
    }

    fn path_of(&self, name: &str, extension: &str) -> PathBuf {
        self.0.join(format!("{name}.{extension}"))
    }
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|e| e == extension)
}

/// One file for each source, so that a newer answer takes the place of the older one.
fn name_of(header: &FetchedHeader) -> String {
    sha256(format!("{} {} {}", header.kind, header.url, header.question.as_deref().unwrap_or("-")).as_bytes())
}

fn sha256(octets: &[u8]) -> String {
    hex(&DigestAlgorithm::Sha256.digest(octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(url: &str, octets: &[u8]) -> FetchedHeader {
        FetchedHeader {
            kind: "crl".to_owned(),
            url: url.to_owned(),
            question: None,
            etag: Some("\"1\"".to_owned()),
            last_modified: None,
            seen_at: Timestamp::from_unix_seconds(1),
            checked_at: Timestamp::from_unix_seconds(2),
            sha256: sha256(octets),
        }
    }

    #[test]
    fn what_is_put_comes_back_and_a_newer_answer_takes_its_place() {
        let place = tempfile::tempdir().unwrap();
        let folder = FetchedFolder::new(place.path().join("fetched"));
        assert_eq!(folder.all().unwrap(), []);
        folder.put(&header("http://a/", b"one"), Some(b"one")).unwrap();
        let newer = header("http://a/", b"two");
        folder.put(&newer, Some(b"two")).unwrap();
        folder.put_upstream(b"[]").unwrap();
        assert_eq!(folder.all().unwrap(), [(newer.clone(), b"two".to_vec())]);
        folder.retain(&[newer]).unwrap();
        assert_eq!(folder.files().unwrap().len(), 3, "header, octets, endpoints");
        folder.retain(&[]).unwrap();
        assert_eq!((folder.all().unwrap().len(), folder.upstream()), (0, Some(b"[]".to_vec())));
    }

    #[test]
    fn octets_that_are_not_what_the_header_says_are_passed_over() {
        let place = tempfile::tempdir().unwrap();
        let folder = FetchedFolder::new(place.path());
        let good = header("http://a/", b"one");
        folder.put(&good, Some(b"one")).unwrap();
        files::write(&folder.path_of(&good.sha256, OCTETS), b"tampered").unwrap();
        assert_eq!(folder.all().unwrap(), []);
        let elsewhere = FetchedHeader { sha256: "../../etc/passwd".to_owned(), ..good };
        folder.put(&elsewhere, None).unwrap();
        files::write(&place.path().join("broken.json"), b"{").unwrap();
        assert_eq!(folder.all().unwrap(), []);
    }
}
