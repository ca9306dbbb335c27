//! A keeper's node and posts on the test PKI, each in a folder of its own.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use qoltanba::policy::Policy;
use qoltanba::service::devkit::{DevkitPki, generate};
use qoltanba::service::{Home, ProposalOrder, TrustOffice};
use qoltanba::store::{Location, Store, files};
use qoltanba::time::{Clock, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The keeper and first administrator; the second one.
pub(crate) const FIRST: &str = "trust-administrator";
pub(crate) const SECOND: &str = "trust-administrator-2";

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

pub(crate) fn now() -> Timestamp {
    at("2026-11-21T20:00:00Z")
}

pub(crate) fn pki() -> &'static DevkitPki {
    static PKI: OnceLock<DevkitPki> = OnceLock::new();
    PKI.get_or_init(|| DevkitPki::build().unwrap())
}

/// The folder of the test PKI, made once for all tests.
fn original() -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let made = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        generate(&folder.path().join("kit")).unwrap();
        folder
    });
    made.path()
}

/// A node's folder with a store in it.
pub(crate) struct Node {
    folder: TempDir,
    pub(crate) store: Store,
}

impl Node {
    /// A whole test PKI: a keeper's node.
    pub(crate) async fn keeper() -> Self {
        let node = Self::empty().await;
        for name in ["snapshot.p7s", "snapshot-signer.cer", "evidence", "foreign", "keys"] {
            copy(&original().join("kit").join(name), &node.path().join(name));
        }
        node
    }

    /// A customs post: snapshot and evidence, no keys.
    pub(crate) async fn post() -> Self {
        let node = Self::empty().await;
        for name in ["snapshot.p7s", "snapshot-signer.cer", "evidence", "foreign"] {
            copy(&original().join("kit").join(name), &node.path().join(name));
        }
        node
    }

    async fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("store.sqlite"));
        Self { store: Store::open(&location, now()).await.unwrap(), folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn home(&self) -> Home {
        Home::new(self.path(), None)
    }

    pub(crate) fn office(&self) -> TrustOffice {
        self.office_at(now())
    }

    pub(crate) fn office_at(&self, at: Timestamp) -> TrustOffice {
        let verifier = self.home().verifier(Policy::named("kz").unwrap()).ok().map(Arc::new);
        TrustOffice::new(self.home(), self.store.clone(), verifier, Clock::Fixed(at))
    }

    /// A keeper's node whose registry has begun.
    pub(crate) async fn begun() -> Self {
        let node = Self::keeper().await;
        node.office().begin(FIRST, &[FIRST.to_owned(), SECOND.to_owned()]).await.unwrap();
        node
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }
}

fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        let octets = files::read(from).unwrap();
        // Passwords stay their owner's alone.
        return files::write_secret(to, &octets).unwrap();
    }
    files::create_private_folder(to).unwrap();
    for path in files::walk(from, &qoltanba::limits::FOLDER_FILES_MAX).unwrap() {
        copy(&path, &to.join(path.strip_prefix(from).unwrap()));
    }
}

/// A proposal about the registration of one of the foreign centres.
pub(crate) fn event(party: &str, status: &str, effective_from: &str) -> Value {
    json!({
        "act": { "reference": "order 1 of 2026-11-01" },
        "changes": [{ "type": "event", "party": party, "status": status, "effective_from": effective_from }],
    })
}

pub(crate) fn order(proposal: &Value) -> ProposalOrder {
    serde_json::from_value(proposal.clone()).unwrap()
}

/// The registered foreign centre is suspended.
pub(crate) fn suspension() -> Value {
    event("foreign-registered", "SUSPENDED", "2026-11-01T00:00:00Z")
}
