//! Folders of certificates, CRLs and OCSP responses become trust and evidence.

use std::path::Path;

use crate::codec::armour;
use crate::limits::{FOLDER_FILES_MAX, INPUT_BYTES_MAX};
use crate::path::Pool;
use crate::store::files::{self, FileError};
use crate::trust::{SnapshotError, TrustSnapshot};
use crate::x509::Certificate;

use super::Trust;

/// Trust or evidence that could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The disk.
    #[error(transparent)]
    File(#[from] FileError),
    /// A folder given as trust that holds no certificate at all.
    #[error("{} holds no certificate that reads", path.display())]
    NoCertificate {
        /// The folder.
        path: std::path::PathBuf,
    },
    /// The snapshot made of it.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

/// Makes a snapshot of every certificate found below the folders: self-issued ones are domestic anchors, the others
/// issuing centres. Files that are no certificates are passed over.
pub fn load_trust(folders: &[impl AsRef<Path>]) -> Result<Trust, LoadError> {
    let mut all = Vec::new();
    for folder in folders {
        let before = all.len();
        for_each_value(folder.as_ref(), |octets| all.extend(Certificate::parse(octets).ok()))?;
        if all.len() == before {
            return Err(LoadError::NoCertificate { path: folder.as_ref().to_owned() });
        }
    }
    Ok(Trust::new(TrustSnapshot::of_certificates(&all))?)
}

/// Collects every certificate, CRL and OCSP response found below the folders.
pub fn load_evidence(folders: &[impl AsRef<Path>]) -> Result<Pool, LoadError> {
    let mut pool = Pool::default();
    for folder in folders {
        for_each_value(folder.as_ref(), |octets| {
            pool.add_der(octets);
        })?;
    }
    Ok(pool)
}

/// Hands every value in every file below `folder` on, armour stripped.
fn for_each_value(folder: &Path, mut each: impl FnMut(&[u8])) -> Result<(), FileError> {
    for path in files::walk(folder, &FOLDER_FILES_MAX)? {
        let octets = files::read_bounded(&path, &INPUT_BYTES_MAX)?;
        for value in armour::strip_all(&octets).unwrap_or_default() {
            each(&value);
        }
    }
    Ok(())
}
