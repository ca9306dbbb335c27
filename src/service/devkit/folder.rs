//! The test PKI written to a folder.

use std::path::{Path, PathBuf};

use super::index::{EntityIndex, Index, SNAPSHOT_FILE, SNAPSHOT_SIGNER_FILE};
use super::{DevkitError, DevkitPki};
use crate::codec::armour;
use crate::limits::FOLDER_FILES_MAX;
use crate::store::files::{self, FileErrorKind};

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevkitSummary {
    /// Where.
    pub folder: PathBuf,
    /// How many have a key.
    pub entities: usize,
    /// How many revocation lists.
    pub crls: usize,
    /// How many files.
    pub files: usize,
    /// What opens the key containers.
    pub password: String,
    /// The trust snapshot's name.
    pub snapshot: String,
}

/// Writes the whole test PKI into a folder, which must be new, empty, or a devkit already (then it is written again).
///
/// Key files are not kept secret on disk: whoever has the program has the keys. *Errors*: `FolderNotEmpty`, `File`, and
/// whatever hinders the making.
pub fn generate(folder: &Path) -> Result<DevkitSummary, DevkitError> {
    write(folder, &DevkitPki::build()?)
}

/// The same with authorities that say they publish elsewhere.
pub fn generate_at(folder: &Path, base_url: &str) -> Result<DevkitSummary, DevkitError> {
    write(folder, &DevkitPki::build_at(base_url)?)
}

fn write(folder: &Path, pki: &DevkitPki) -> Result<DevkitSummary, DevkitError> {
    check_folder(folder)?;
    let index = Index::of(pki)?;
    let mut writer = Writer { folder, files: 0 };
    for (label, entity) in &index.entities {
        write_entity(&mut writer, pki, label, entity)?;
    }
    for (label, crl) in &index.crls {
        writer.write(&crl.file, pki.crl(label)?.der())?;
    }
    writer.write(SNAPSHOT_FILE, &pki.signed_snapshot()?)?;
    writer.write(SNAPSHOT_SIGNER_FILE, pki.certificate(&pki.plan().snapshot.signer)?.der())?;
    writer.write_password("keys/password", &index.password)?;
    write_abroad(&mut writer, pki)?;
    writer.write("README.txt", include_str!("readme.txt").replace("{password}", &index.password).as_bytes())?;
    // Last: a folder with an index is a whole one.
    let mut octets = serde_json::to_vec_pretty(&index).map_err(|_| DevkitError::Encoding)?;
    octets.push(b'\n');
    writer.write(INDEX_FILE, &octets)?;
    Ok(DevkitSummary {
        folder: folder.to_owned(),
        entities: index.entities.len(),
        crls: index.crls.len(),
        files: writer.files,
        password: index.password,
        snapshot: index.snapshot.digest,
    })
}

/// So that no other folder is ever filled with keys that are secret to nobody.
fn check_folder(folder: &Path) -> Result<(), DevkitError> {
    match files::walk(folder, &FOLDER_FILES_MAX) {
        Ok(found) if found.is_empty() || found.contains(&folder.join(INDEX_FILE)) => Ok(()),
        Ok(_) => Err(DevkitError::FolderNotEmpty { path: folder.to_owned() }),
        Err(e) if e.kind == FileErrorKind::NotFound => Ok(()),
        Err(e) => Err(e.into()),
    }
}

fn write_entity(writer: &mut Writer<'_>, pki: &DevkitPki, label: &str, index: &EntityIndex) -> Result<(), DevkitError> {
    writer.write(&index.certificate, pki.certificate(label)?.der())?;
    writer.write(&index.container, &pki.container(label)?)?;
    writer.write(&index.key, armour::encode_pem("PRIVATE KEY", &pki.key(label)?.to_pkcs8_der()).as_bytes())
}

/// A node of the other country, whose third party answers there.
fn write_abroad(writer: &mut Writer<'_>, pki: &DevkitPki) -> Result<(), DevkitError> {
    let plan = &pki.plan().abroad;
    writer.write(&abroad(SNAPSHOT_FILE), &pki.signed_snapshot_of(plan)?)?;
    writer.write(&abroad(SNAPSHOT_SIGNER_FILE), pki.certificate(&plan.signer)?.der())?;
    for crl in pki.plan().crls.iter().filter(|crl| plan.domestic.contains(&crl.issuer)) {
        writer.write(&abroad(&format!("evidence/{}.crl", crl.label)), pki.crl(&crl.label)?.der())?;
    }
    for ttp in &pki.plan().snapshot.foreign_ttps {
        writer.write(&abroad(&format!("keys/{}.p12", ttp.label)), &pki.container(&ttp.label)?)?;
    }
    writer.write_password(&abroad("keys/password"), &pki.plan().password)
}

fn abroad(name: &str) -> String {
    format!("{ABROAD_FOLDER}/{name}")
}

/// The folder of that node, in the kit's.
pub const ABROAD_FOLDER: &str = "abroad";

struct Writer<'a> {
    folder: &'a Path,
    files: usize,
}

impl Writer<'_> {
    fn write(&mut self, name: &str, octets: &[u8]) -> Result<(), DevkitError> {
        let path = self.folder.join(name);
        if let Some(parent) = path.parent() {
            files::create_folder(parent)?;
        }
        files::write(&path, octets)?;
        self.files = self.files.saturating_add(1);
        Ok(())
    }

    /// What opens the containers must be its owner's alone, whatever is in them.
    fn write_password(&mut self, name: &str, password: &str) -> Result<(), DevkitError> {
        files::replace_secret(&self.folder.join(name), format!("{password}\n").as_bytes())?;
        self.files = self.files.saturating_add(1);
        Ok(())
    }
}

/// What is in the folder.
pub(super) const INDEX_FILE: &str = "INDEX.json";
