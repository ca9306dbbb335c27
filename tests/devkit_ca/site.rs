//! A test PKI that answers, and what is asked of it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use qoltanba::api::{self, ApiState};
use qoltanba::crypto::DigestAlgorithm;
use qoltanba::service::Node;
use qoltanba::service::devkit::generate;
use qoltanba::store::files;
use qoltanba::time::{Clock, Timestamp};
use qoltanba::x509::{CertId, Certificate, OcspRequest};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::centre_node::node;

pub(crate) fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-22T01:30:00Z").unwrap()
}

/// A folder of a devkit; made once, and copied for those who change it.
pub(crate) fn kit() -> &'static Path {
    static KIT: OnceLock<TempDir> = OnceLock::new();
    KIT.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        generate(folder.path()).unwrap();
        folder
    })
    .path()
}

pub(crate) fn copy_of_kit() -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for path in files::walk(kit(), &qoltanba::limits::FOLDER_FILES_MAX).unwrap() {
        let target = copy.path().join(path.strip_prefix(kit()).unwrap());
        files::create_folder(target.parent().unwrap()).unwrap();
        // With its mode: a password that others may read opens nothing.
        std::fs::copy(&path, &target).unwrap();
    }
    copy
}

/// The same, asked without a network.
pub(crate) struct Site(Router);

impl Site {
    pub(crate) fn of(folder: &Path) -> Self {
        Self(api::router(ApiState::new(node(folder, Clock::Fixed(now())))))
    }

    pub(crate) fn shared() -> Self {
        Self::of(kit())
    }

    pub(crate) fn of_node(node: Node) -> Self {
        Self(api::router(ApiState::new(node)))
    }

    pub(crate) async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.0.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let octets = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, octets }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], Vec::new()).await
    }

    pub(crate) async fn post(&self, path: &str, media_type: &str, body: Vec<u8>) -> Answer {
        self.send(Method::POST, path, &[("content-type", media_type)], body).await
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) octets: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn problem(&self) -> (u16, String) {
        let problem: serde_json::Value = serde_json::from_slice(&self.octets).unwrap();
        (self.status.as_u16(), problem["code"].as_str().unwrap().to_owned())
    }
}

/// The certificate of a label.
pub(crate) fn certificate(folder: &Path, label: &str) -> Certificate {
    let index: serde_json::Value = serde_json::from_slice(&files::read(&folder.join("INDEX.json")).unwrap()).unwrap();
    let file: PathBuf = folder.join(index["entities"][label]["certificate"].as_str().unwrap());
    Certificate::parse(&files::read(&file).unwrap()).unwrap()
}

/// Who asks for a label under an issuer.
pub(crate) fn cert_id(label: &str, issuer: &str, digest: DigestAlgorithm) -> CertId {
    CertId::of(&certificate(kit(), label), &certificate(kit(), issuer), digest)
}

pub(crate) fn request(ids: Vec<CertId>, nonce: Option<Vec<u8>>) -> Vec<u8> {
    let mut ids = ids.into_iter();
    let mut request = OcspRequest::new(ids.next().unwrap(), nonce);
    request.cert_ids.extend(ids);
    request.encode()
}
