//! A node on the test PKI, and requests to it.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use qoltanba::api::{self, ApiState};
use qoltanba::codec::armour;
use qoltanba::crypto::SystemEntropy;
use qoltanba::policy::Policy;
use qoltanba::service::devkit::{DevkitPki, generate};
use qoltanba::service::{ApiKeyRequest, Home, Node, Office, Verifier, VerifyAccess, make_api_key};
use qoltanba::signing::{Packaging, sign};
use qoltanba::store::{Location, Role, Store};
use qoltanba::time::{Clock, Timestamp};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;

/// BIN of the licensing committee of the test PKI, and one that is nobody's.
pub(crate) const COMMITTEE: &str = "991240999016";
pub(crate) const STRANGER: &str = "991240999099";

/// Held by tests that take or measure much memory: they share one process.
pub(crate) static MEMORY: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// The folder of the test PKI, made once for all tests.
pub(crate) fn folder() -> PathBuf {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        generate(&folder.path().join("kit")).unwrap();
        folder
    });
    folder.path().join("kit")
}

pub(crate) fn pki() -> &'static DevkitPki {
    static PKI: OnceLock<DevkitPki> = OnceLock::new();
    PKI.get_or_init(|| DevkitPki::build().unwrap())
}

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

pub(crate) fn now() -> Timestamp {
    at("2026-11-21T20:00:00Z")
}

pub(crate) fn verifier() -> Arc<Verifier> {
    static VERIFIER: OnceLock<Arc<Verifier>> = OnceLock::new();
    let make = || Arc::new(Home::new(folder(), None).verifier(Policy::named("kz").unwrap()).unwrap());
    Arc::clone(VERIFIER.get_or_init(make))
}

/// A document signed by an officer with the given packaging.
pub(crate) fn signed(content: &[u8], packaging: Packaging) -> Vec<u8> {
    sign(content, packaging, &pki().signer("officer-head").unwrap().at(now())).unwrap()
}

/// A node with a store of its own.
pub(crate) struct Kit {
    pub(crate) state: ApiState,
    pub(crate) store: Store,
    _folder: TempDir,
}

impl Kit {
    pub(crate) async fn new() -> Self {
        Self::with(VerifyAccess::Open, Some(verifier()), now()).await
    }

    pub(crate) async fn with(verify_access: VerifyAccess, verifier: Option<Arc<Verifier>>, at: Timestamp) -> Self {
        let folder_of_store = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder_of_store.path().join("store.sqlite"));
        let store = Store::open(&location, at).await.unwrap();
        let office = Some(Office { home: Home::new(folder(), None), store: store.clone() });
        let policy = Policy::named("kz").unwrap();
        let node = Node {
            verifier,
            policy,
            office,
            online: None,
            clock: Clock::Fixed(at),
            verify_access,
            time_stamper: None,
            third_party: None,
            time_sources: Vec::new(),
            centre: None,
        };
        Self { state: ApiState::new(node), store, _folder: folder_of_store }
    }

    pub(crate) fn router(&self) -> Router {
        api::router(self.state.clone())
    }

    /// Makes an API key; gives what stands after `Bearer`.
    pub(crate) async fn key(&self, role: Role, scope: Option<&str>) -> String {
        let request = ApiKeyRequest { role, label: "test".into(), scope: scope.map(str::to_owned) };
        let made = make_api_key(request, at("2026-01-01"), &mut SystemEntropy).unwrap();
        self.store.add_api_key(&made.key).await.unwrap();
        made.bearer.as_str().to_owned()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let octets = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, octets }
    }

    pub(crate) async fn get(&self, path: &str, key: Option<&str>) -> Answer {
        self.send(request(Method::GET, path, key, None, Body::empty())).await
    }

    pub(crate) async fn post(&self, path: &str, media_type: &str, body: impl Into<Body>) -> Answer {
        self.send(request(Method::POST, path, None, Some(media_type), body.into())).await
    }

    pub(crate) async fn post_json(&self, path: &str, key: Option<&str>, body: &Value) -> Answer {
        self.send(request(Method::POST, path, key, Some("application/json"), body.to_string().into())).await
    }
}

pub(crate) fn request(
    method: Method,
    path: &str,
    key: Option<&str>,
    media_type: Option<&str>,
    body: Body,
) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(key) = key {
        request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
    }
    if let Some(media_type) = media_type {
        request = request.header(header::CONTENT_TYPE, media_type);
    }
    request.body(body).unwrap()
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) octets: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.octets).unwrap()
    }

    pub(crate) fn lines(&self) -> Vec<Value> {
        let text = std::str::from_utf8(&self.octets).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The status and the code of a problem document.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json", "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        for member in ["type", "title", "detail"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {problem}");
        }
        (self.status.as_u16(), problem["code"].as_str().unwrap().to_owned())
    }
}

pub(crate) fn problem(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// One line of a batch.
pub(crate) fn item(id: &str, document: &[u8]) -> String {
    serde_json::json!({ "id": id, "document": armour::encode(document) }).to_string() + "\n"
}
