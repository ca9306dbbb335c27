//! What was fetched, kept in a folder: a header in JSON and the octets beside it, named by where they came from and their
//! digest: another answer of the same source stands beside the first.

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
    /// SHA-256 over the octets, in hexadecimal.
    pub sha256: String,
    /// What it speaks of, where it was found to be signed by whom it was asked about: a digest in hexadecimal.
    #[serde(default)]
    pub vouched: Option<String>,
}

const HEADER: &str = "json";
const OCTETS: &str = "bin";
const UPSTREAM: &str = "upstream.state";

impl FetchedFolder {
    /// Names a folder, which is made with the first thing that is kept.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// Keeps something: its octets where they are new, then its header. A crash between leaves octets without a header, which
    /// are passed over until the same answer comes again.
    pub fn put(&self, header: &FetchedHeader, octets: Option<&[u8]>) -> Result<(), FileError> {
        files::create_private_folder(&self.0)?;
        if let Some(octets) = octets {
            files::write(&self.path_of(&name_of(header), OCTETS), octets)?;
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
            let octets = files::read_bounded(&self.path_of(&name_of(&header), OCTETS), &FETCH_CRL_BYTES_MAX);
            let octets = octets.ok().filter(|octets| sha256(octets) == header.sha256)?;
            Some((header, octets))
        };
        Ok(headers.take(FETCH_KEPT_MAX.value).filter_map(read).collect())
    }

    /// Removes one answer, the header first; what others keep in the same folder stays.
    pub fn remove(&self, header: &FetchedHeader) -> Result<(), FileError> {
        for extension in [HEADER, OCTETS] {
            let path = self.path_of(&name_of(header), extension);
            if path.is_file() {
                files::remove(&path)?;
            }
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

/// One file for each source and answer.
fn name_of(header: &FetchedHeader) -> String {
    let FetchedHeader { kind, url, question, sha256: digest, .. } = header;
    sha256(format!("{kind} {url} {} {digest}", question.as_deref().unwrap_or("-")).as_bytes())
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
            vouched: None,
        }
    }

    #[test]
    fn what_is_put_comes_back_and_another_answer_stands_beside_it() {
        let place = tempfile::tempdir().unwrap();
        let folder = FetchedFolder::new(place.path().join("fetched"));
        assert_eq!(folder.all().unwrap(), []);
        let (older, newer) = (header("http://a/", b"one"), header("http://a/", b"two"));
        folder.put(&older, Some(b"one")).unwrap();
        folder.put(&newer, Some(b"two")).unwrap();
        folder.put(&newer, Some(b"two")).unwrap();
        folder.put_upstream(b"[]").unwrap();
        assert_eq!(folder.all().unwrap().len(), 2);
        folder.remove(&older).unwrap();
        folder.remove(&older).unwrap();
        assert_eq!(folder.all().unwrap(), [(newer.clone(), b"two".to_vec())]);
        assert_eq!(folder.files().unwrap().len(), 3, "header, octets, endpoints");
        folder.remove(&newer).unwrap();
        assert_eq!((folder.all().unwrap().len(), folder.upstream()), (0, Some(b"[]".to_vec())));
    }

    #[test]
    fn octets_that_are_not_what_the_header_says_are_passed_over() {
        let place = tempfile::tempdir().unwrap();
        let folder = FetchedFolder::new(place.path());
        let good = header("http://a/", b"one");
        folder.put(&good, Some(b"one")).unwrap();
        files::write(&folder.path_of(&name_of(&good), OCTETS), b"tampered").unwrap();
        assert_eq!(folder.all().unwrap(), []);
        let elsewhere = FetchedHeader { sha256: "../../etc/passwd".to_owned(), ..good };
        folder.put(&elsewhere, None).unwrap();
        files::write(&place.path().join("broken.json"), b"{").unwrap();
        assert_eq!(folder.all().unwrap(), []);
    }
}
