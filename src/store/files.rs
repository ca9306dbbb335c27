//! The one home of the file system: bounded reading, atomic writing, secret files, folders walked in a fixed order.

#![expect(clippy::disallowed_methods, reason = "the one home of std::fs")]

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::limits::{INPUT_BYTES_MAX, Limit, LimitExceeded};

/// A file or folder that could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {kind}", path.display())]
pub struct FileError {
    /// Which one.
    pub path: PathBuf,
    /// What is wrong with it.
    pub kind: FileErrorKind,
}

/// What can be wrong with a file or folder.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileErrorKind {
    /// Nothing has this name.
    #[error("there is no such file or folder")]
    NotFound,
    /// The account we run under may not do this.
    #[error("permission denied; run under an account that may, or change the owner or mode")]
    PermissionDenied,
    /// It would have been overwritten.
    #[error("it exists already and is not overwritten; move it away first")]
    AlreadyExists,
    /// A folder where a file is needed, or the path has no file name.
    #[error("this is not a file")]
    NotAFile,
    /// Other accounts may read or change what should be its owner's alone.
    #[error("other accounts may read or change it (mode {mode:03o}); run `chmod 600`")]
    Exposed {
        /// Its mode.
        mode: u32,
    },
    /// A link in a folder of documents: what it leads to may be anybody's.
    #[error("this is a symbolic link; links in folders of documents are not followed")]
    Link,
    /// A pipe, socket or device in a folder of documents: reading it may wait for ever.
    #[error("this is no plain file; pipes, sockets and devices in folders of documents are not read")]
    Special,
    /// A bound was hit.
    #[error("{0}")]
    Limit(LimitExceeded),
    /// The operating system refused: disk full, read-only, input/output error.
    #[error("the operating system refused: {0}")]
    System(io::ErrorKind),
}

impl FileError {
    fn new(path: &Path, error: &io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::NotFound => FileErrorKind::NotFound,
            io::ErrorKind::PermissionDenied => FileErrorKind::PermissionDenied,
            io::ErrorKind::AlreadyExists => FileErrorKind::AlreadyExists,
            io::ErrorKind::IsADirectory => FileErrorKind::NotAFile,
            other => FileErrorKind::System(other),
        };
        Self { path: path.to_owned(), kind }
    }

    fn limit(path: &Path, limit: LimitExceeded) -> Self {
        Self { path: path.to_owned(), kind: FileErrorKind::Limit(limit) }
    }
}

/// Reads a whole file.
///
/// *Cost*: bounded by `INPUT_BYTES_MAX`.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    read_bounded(path, &INPUT_BYTES_MAX)
}

/// Reads a whole file under a bound of the caller's choice.
///
/// *Errors*: `Limit` as soon as more octets arrive than `limit` allows; also where the file grows, or is a pipe.
pub fn read_bounded(path: &Path, limit: &'static Limit) -> Result<Vec<u8>, FileError> {
    read_open(path, &open(path)?, limit)
}

/// Reads a whole file that must be its owner's alone: a secret, or what must not be changed by others.
///
/// *Errors*: `Exposed` where group or others have any right to it.
pub fn read_private(path: &Path, limit: &'static Limit) -> Result<Vec<u8>, FileError> {
    let file = open(path)?;
    let mode = file.metadata().map_err(|e| FileError::new(path, &e))?.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(FileError { path: path.to_owned(), kind: FileErrorKind::Exposed { mode } });
    }
    read_open(path, &file, limit)
}

fn open(path: &Path) -> Result<File, FileError> {
    File::open(path).map_err(|e| FileError::new(path, &e))
}

fn read_open(path: &Path, file: &File, limit: &'static Limit) -> Result<Vec<u8>, FileError> {
    let wrong = |e: io::Error| FileError::new(path, &e);
    let announced = usize::try_from(file.metadata().map_err(wrong)?.len()).unwrap_or(usize::MAX);
    limit.check(announced).map_err(|e| FileError::limit(path, e))?;
    let mut octets = Vec::with_capacity(announced);
    // One octet more than allowed tells a file at the bound from one above it.
    let take = u64::try_from(limit.value).unwrap_or(u64::MAX).saturating_add(1);
    file.take(take).read_to_end(&mut octets).map_err(wrong)?;
    limit.check(octets.len()).map_err(|e| FileError::limit(path, e))?;
    Ok(octets)
}

/// A file that was opened, and how it begins.
#[derive(Debug)]
pub struct Opened {
    /// Its first octets, as many as were asked for or there are.
    pub head: Vec<u8>,
    path: PathBuf,
    file: File,
}

/// Opens a file and reads its first octets, by which its reader is chosen.
pub fn open_with_head(path: &Path, octets: usize) -> Result<Opened, FileError> {
    let file = open(path)?;
    let mut head = Vec::with_capacity(octets);
    let take = u64::try_from(octets).unwrap_or(u64::MAX);
    (&file).take(take).read_to_end(&mut head).map_err(|e| FileError::new(path, &e))?;
    Ok(Opened { head, path: path.to_owned(), file })
}

impl Opened {
    /// Reads the whole file, also from a pipe.
    ///
    /// *Errors*: `Limit` as soon as more octets arrive than `limit` allows.
    pub fn read(self, limit: &'static Limit) -> Result<Vec<u8>, FileError> {
        let wrong = |e: io::Error| FileError::new(&self.path, &e);
        let announced = usize::try_from(self.file.metadata().map_err(wrong)?.len()).unwrap_or(usize::MAX);
        limit.check(announced).map_err(|e| FileError::limit(&self.path, e))?;
        let mut octets = self.head;
        octets.reserve_exact(announced.saturating_sub(octets.len()));
        let left = limit.value.saturating_add(1).saturating_sub(octets.len());
        (&self.file).take(u64::try_from(left).unwrap_or(u64::MAX)).read_to_end(&mut octets).map_err(wrong)?;
        limit.check(octets.len()).map_err(|e| FileError::limit(&self.path, e))?;
        Ok(octets)
    }

    /// The file itself, for those who read here and there in it.
    pub fn file(&self) -> Result<File, FileError> {
        self.file.try_clone().map_err(|e| FileError::new(&self.path, &e))
    }
}

/// Writes a whole file, replacing the one of that name; a crash leaves the old file or the new one, never a mixture.
pub fn write(path: &Path, octets: &[u8]) -> Result<(), FileError> {
    let staged = Staged::write(path, octets, 0o666)?;
    fs::rename(&staged.path, path).map_err(|e| FileError::new(path, &e))?;
    sync_folder(path)
}

/// Writes a new file that only its owner may read (mode 0600); a crash leaves the whole file or none.
///
/// *Errors*: `AlreadyExists` rather than overwriting: a lost key does not come back.
pub fn write_secret(path: &Path, octets: &[u8]) -> Result<(), FileError> {
    let staged = Staged::write(path, octets, 0o600)?;
    // A link, unlike a rename, fails where the name is taken.
    fs::hard_link(&staged.path, path).map_err(|e| FileError::new(path, &e))?;
    drop(staged);
    sync_folder(path)
}

/// Replaces a file that only its owner may read (mode 0600), or makes it; a crash leaves the old file or the new one.
pub fn replace_secret(path: &Path, octets: &[u8]) -> Result<(), FileError> {
    let staged = Staged::write(path, octets, 0o600)?;
    fs::rename(&staged.path, path).map_err(|e| FileError::new(path, &e))?;
    sync_folder(path)
}

/// Makes an empty file of mode 0600 unless there is a file of that name already.
pub fn create_private(path: &Path) -> Result<(), FileError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => sync_folder(path),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(FileError::new(path, &e)),
    }
}

/// Removes a file; one that is gone already is as good.
pub fn remove(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(FileError::new(path, &e)),
    }
}

/// Makes a folder and those above it where they are missing.
pub fn create_folder(path: &Path) -> Result<(), FileError> {
    fs::create_dir_all(path).map_err(|e| FileError::new(path, &e))
}

/// Makes a folder that only its owner may enter (mode 0700), and those above it, where they are missing.
pub fn create_private_folder(path: &Path) -> Result<(), FileError> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|e| FileError::new(path, &e))
}

/// The same so that the folder itself outlives a crash: its name is on disk, and those of folders made above it.
pub fn create_private_folder_synced(path: &Path) -> Result<(), FileError> {
    let missing: Vec<&Path> =
        path.ancestors().filter(|above| !above.as_os_str().is_empty() && !above.exists()).collect();
    create_private_folder(path)?;
    // A run that was broken off may have made it without that.
    let own = path.ancestors().take(2).filter(|above| !above.as_os_str().is_empty());
    own.chain(missing).try_for_each(sync_folder)
}

/// A file held for this process alone, until dropped; the operating system lets go where the process dies.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Waits until nobody else holds the file, which is made where it is missing.
pub fn lock(path: &Path) -> Result<Lock, FileError> {
    let wrong = |e: io::Error| FileError::new(path, &e);
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(path).map_err(wrong)?;
    file.lock().map_err(wrong)?;
    Ok(Lock { _file: file })
}

/// Lists the files below a folder, sorted by path; a file stands for itself.
///
/// Symbolic links are followed, but no folder is entered twice, so loops end. A link to nothing is listed, so that
/// reading it tells of it; pipes, sockets and devices are left out.
///
/// *Cost*: `limit` bounds the entries seen, whatever they are.
pub fn walk(root: &Path, limit: &'static Limit) -> Result<Vec<PathBuf>, FileError> {
    let metadata = fs::metadata(root).map_err(|e| FileError::new(root, &e))?;
    if !metadata.is_dir() {
        return Ok(vec![root.to_owned()]);
    }
    let mut seen = 0_usize;
    let mut entered = BTreeSet::from([(metadata.dev(), metadata.ino())]);
    let mut folders = vec![root.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in sorted_entries(&folder, limit, &mut seen)? {
            match fs::metadata(&path) {
                Ok(m) if m.is_dir() => {
                    if entered.insert((m.dev(), m.ino())) {
                        folders.push(path);
                    }
                }
                Ok(m) if m.is_file() => files.push(path),
                Ok(_) => {}
                Err(_) => files.push(path),
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Lists the files below a folder, sorted by path; a file stands for itself. Links, pipes, sockets and devices in it are listed
/// with their fault, never followed and never read. What `root` itself leads to was chosen by whoever named it.
///
/// *Cost*: `limit` bounds the entries seen, `depth` the folders in folders.
pub fn walk_plain(
    root: &Path,
    limit: &'static Limit,
    depth: &'static Limit,
) -> Result<Vec<(PathBuf, Option<FileError>)>, FileError> {
    if !fs::metadata(root).map_err(|e| FileError::new(root, &e))?.is_dir() {
        return Ok(vec![(root.to_owned(), None)]);
    }
    let mut seen = 0_usize;
    let mut folders = vec![(root.to_owned(), 0_usize)];
    let mut files = Vec::new();
    while let Some((folder, level)) = folders.pop() {
        depth.check(level).map_err(|e| FileError::limit(&folder, e))?;
        for path in sorted_entries(&folder, limit, &mut seen)? {
            match fs::symlink_metadata(&path) {
                Ok(m) if m.is_dir() => folders.push((path, level.saturating_add(1))),
                Ok(m) if m.is_file() => files.push((path, None)),
                Ok(m) => {
                    let kind = if m.is_symlink() { FileErrorKind::Link } else { FileErrorKind::Special };
                    let fault = FileError { path: path.clone(), kind };
                    files.push((path, Some(fault)));
                }
                Err(e) => {
                    let fault = FileError::new(&path, &e);
                    files.push((path, Some(fault)));
                }
            }
        }
    }
    files.sort_by(|(one, _), (other, _)| one.as_os_str().cmp(other.as_os_str()));
    Ok(files)
}

fn sorted_entries(folder: &Path, limit: &'static Limit, seen: &mut usize) -> Result<Vec<PathBuf>, FileError> {
    let wrong = |e: io::Error| FileError::new(folder, &e);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(wrong)? {
        *seen = seen.saturating_add(1);
        limit.check(*seen).map_err(|e| FileError::limit(folder, e))?;
        paths.push(entry.map_err(wrong)?.path());
    }
    // The order in which links are met decides which of two ways into a folder is taken.
    paths.sort();
    Ok(paths)
}

/// A complete, synced file under a name of its own beside the one it is to become; removed on drop.
struct Staged {
    path: PathBuf,
}

impl Staged {
    fn write(target: &Path, octets: &[u8], mode: u32) -> Result<Self, FileError> {
        let (staged, mut file) = Self::create(target, mode)?;
        // A crash here leaves a `.tmp` file that nothing ever reads.
        file.write_all(octets).and_then(|()| file.sync_all()).map_err(|e| FileError::new(target, &e))?;
        Ok(staged)
    }

    fn create(target: &Path, mode: u32) -> Result<(Self, File), FileError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name =
            target.file_name().ok_or_else(|| FileError { path: target.to_owned(), kind: FileErrorKind::NotAFile })?;
        loop {
            let mut staged_name = OsString::from(".");
            staged_name.push(name);
            staged_name.push(format!(".{}-{}.tmp", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
            let path = target.with_file_name(staged_name);
            match OpenOptions::new().write(true).create_new(true).mode(mode).open(&path) {
                Ok(file) => return Ok((Self { path }, file)),
                // Left by a process that was killed and had our number; the count moves on.
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(FileError::new(target, &e)),
            }
        }
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // After a rename there is nothing to remove, and a leftover harms nobody: either way the answer does not matter.
        let _ = fs::remove_file(&self.path);
    }
}

/// Makes the folder entry of `path` survive a power cut.
fn sync_folder(path: &Path) -> Result<(), FileError> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(parent).and_then(|folder| folder.sync_all()).map_err(|e| FileError::new(parent, &e))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    static TINY: Limit = Limit { name: "TINY", value: 4, unit: "bytes" };

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_file_at_the_bound_is_read_and_one_octet_more_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write(&path, b"1234").unwrap();
        assert_eq!(read_bounded(&path, &TINY).unwrap(), b"1234");
        write(&path, b"12345").unwrap();
        let refused = read_bounded(&path, &TINY).unwrap_err();
        assert_eq!(refused.kind, FileErrorKind::Limit(LimitExceeded { limit: &TINY }));
    }

    #[test]
    fn a_file_without_an_announced_size_is_bounded_too() {
        let refused = read_bounded(Path::new("/dev/zero"), &TINY).unwrap_err();
        assert_eq!(refused.kind, FileErrorKind::Limit(LimitExceeded { limit: &TINY }));
    }

    #[test]
    fn what_is_not_there_or_not_a_file_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(&folder.path().join("none")).unwrap_err().kind, FileErrorKind::NotFound);
        assert_eq!(read(folder.path()).unwrap_err().kind, FileErrorKind::NotAFile);
        assert_eq!(write(Path::new("/"), b"").unwrap_err().kind, FileErrorKind::NotAFile);
    }

    #[test]
    fn writing_replaces_and_leaves_nothing_beside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write(&path, b"old").unwrap();
        write(&path, b"new").unwrap();
        assert_eq!(read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_secret_is_private_and_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        write_secret(&path, b"first").unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(write_secret(&path, b"second").unwrap_err().kind, FileErrorKind::AlreadyExists);
        assert_eq!(read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_secret_is_replaced_whole_and_stays_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        write(&path, b"old, and open to all").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        replace_secret(&path, b"new").unwrap();
        assert_eq!((read(&path).unwrap(), mode(&path)), (b"new".to_vec(), 0o600));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_others_may_read_or_change_is_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        write_secret(&path, b"1234").unwrap();
        for open_to_others in [0o640, 0o620, 0o604, 0o602, 0o644, 0o660] {
            fs::set_permissions(&path, fs::Permissions::from_mode(open_to_others)).unwrap();
            let refused = read_private(&path, &TINY).unwrap_err();
            assert_eq!(refused.kind, FileErrorKind::Exposed { mode: open_to_others });
        }
        for own in [0o600, 0o400] {
            fs::set_permissions(&path, fs::Permissions::from_mode(own)).unwrap();
            assert_eq!(read_private(&path, &TINY).unwrap(), b"1234");
        }
    }

    #[test]
    fn private_folders_are_entered_by_their_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        create_private_folder(&inner).unwrap();
        create_private_folder(&inner).unwrap();
        assert_eq!(mode(&inner), 0o700);
    }

    #[test]
    fn a_lock_is_held_by_one_and_given_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = lock(&path).unwrap();
        let other = File::open(&path).unwrap();
        assert!(matches!(other.try_lock(), Err(fs::TryLockError::WouldBlock)));
        drop(held);
        other.try_lock().unwrap();
    }

    #[test]
    fn a_walk_is_sorted_ends_in_loops_and_tells_of_dead_links() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        create_folder(&root.join("b/inner")).unwrap();
        for name in ["c", "a", "b/z", "b/inner/y"] {
            write(&root.join(name), b"").unwrap();
        }
        symlink(root, root.join("b/loop")).unwrap();
        symlink(root.join("nowhere"), root.join("dead")).unwrap();
        let found = walk(root, &crate::limits::FOLDER_FILES_MAX).unwrap();
        let names: Vec<_> = found.iter().map(|p| p.strip_prefix(root).unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["a", "b/inner/y", "b/z", "c", "dead"]);
    }

    #[test]
    fn a_walk_for_documents_follows_no_link_and_goes_no_deeper_than_its_bound() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        create_folder(&root.join("b/1/2/3")).unwrap();
        for name in ["a", "b/1/2/3/deep"] {
            write(&root.join(name), b"").unwrap();
        }
        symlink(root, root.join("loop")).unwrap();
        symlink("/etc/passwd", root.join("b/secret")).unwrap();
        let limit = &crate::limits::FOLDER_FILES_MAX;
        let found = walk_plain(root, limit, &TINY).unwrap();
        let name = |path: &PathBuf| path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        let told: Vec<_> =
            found.iter().map(|(path, fault)| (name(path), fault.as_ref().map(|f| f.kind.clone()))).collect();
        let link = Some(FileErrorKind::Link);
        let expected = [("a", None), ("b/1/2/3/deep", None), ("b/secret", link.clone()), ("loop", link)];
        assert_eq!(told, expected.map(|(name, fault)| (name.to_owned(), fault)));
        create_folder(&root.join("b/1/2/3/4")).unwrap();
        assert!(matches!(walk_plain(root, limit, &TINY).unwrap_err().kind, FileErrorKind::Limit(_)));
        assert_eq!(walk_plain(&root.join("b/secret"), limit, &TINY).unwrap(), [(root.join("b/secret"), None)]);
    }

    #[test]
    fn an_opened_file_gives_its_head_and_its_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write(&path, b"1234").unwrap();
        let opened = open_with_head(&path, 2).unwrap();
        assert_eq!(opened.head, b"12");
        assert_eq!(opened.read(&TINY).unwrap(), b"1234");
        assert_eq!(open_with_head(&path, 9).unwrap().read(&TINY).unwrap(), b"1234");
        write(&path, b"12345").unwrap();
        assert!(matches!(open_with_head(&path, 2).unwrap().read(&TINY).unwrap_err().kind, FileErrorKind::Limit(_)));
        assert!(open_with_head(Path::new("/dev/zero"), 2).unwrap().read(&TINY).is_err());
    }

    #[test]
    fn a_walk_takes_as_many_entries_as_its_bound_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["1", "2", "3", "4"] {
            write(&folder.path().join(name), b"").unwrap();
        }
        assert_eq!(walk(folder.path(), &TINY).unwrap().len(), 4);
        write(&folder.path().join("5"), b"").unwrap();
        assert!(matches!(walk(folder.path(), &TINY).unwrap_err().kind, FileErrorKind::Limit(_)));
        assert_eq!(walk(&folder.path().join("5"), &TINY).unwrap(), [folder.path().join("5")]);
    }
}
