//! A node: what it is made of and where it listens, as plain data that one door puts together and another serves.

use std::net::TcpListener;
use std::pin::Pin;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::devkit::DevkitCentre;
use super::{Home, Online, ReceiptOffice, TimeStamper, Verifier};
use crate::policy::Policy;
use crate::store::Store;
use crate::time::Clock;

/// What a node is made of.
#[derive(Debug)]
pub struct Node {
    /// What verifies; none until a trust snapshot is at hand.
    pub verifier: Option<Arc<Verifier>>,
    /// What it demands of signatures, also after it has read trust and evidence again.
    pub policy: Policy,
    /// What makes it one that issues; none on a node that only verifies.
    pub office: Option<Office>,
    /// What fetches for requests that ask for it; none on a node that stays offline.
    pub online: Option<Arc<Online>>,
    /// What tells the time.
    pub clock: Clock,
    /// Whether verifying needs a key.
    pub verify_access: VerifyAccess,
    /// What stamps times; none on a node that is no time-stamping authority.
    pub time_stamper: Option<Arc<TimeStamper>>,
    /// What gives receipts; none on a node that is no trusted third party.
    pub third_party: Option<Arc<ReceiptOffice>>,
    /// Where its clock is compared, `host:port` of each time source.
    pub time_sources: Vec<String>,
    /// The centres of a test PKI that answer here; none on a node that does real work.
    pub centre: Option<Arc<DevkitCentre>>,
}

/// Where a node reads trust, evidence and keys, and keeps what it issues.
#[derive(Clone, Debug)]
pub struct Office {
    /// The node's folder.
    pub home: Home,
    /// What is kept.
    pub store: Store,
}

/// Whether verifying needs an API key. Everything else always does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifyAccess {
    /// Anybody who reaches the address may verify.
    Open,
    /// A key is needed.
    KeyNeeded,
}

/// Where a node listens, and under which certificate.
pub struct Listening {
    /// Open already: whoever connects from now on waits for the node.
    pub listener: TcpListener,
    /// TLS; none for plain HTTP.
    pub tls: Option<TlsFiles>,
}

/// What a TLS server needs, in PEM.
pub struct TlsFiles {
    /// The server's certificate, and those between it and its root.
    pub certificates: Vec<u8>,
    /// Its private key.
    pub key: Zeroizing<Vec<u8>>,
    /// Roots of the client certificates that are demanded; none where no client certificate is.
    pub client_roots: Option<Vec<u8>>,
}

/// Why a node is not served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NodeError {
    /// What was configured cannot be used.
    #[error(transparent)]
    Configuration(Box<dyn std::error::Error + Send + Sync>),
    /// The machine does not let us; later it may.
    #[error(transparent)]
    Unavailable(Box<dyn std::error::Error + Send + Sync>),
}

/// What serves a node until it is told to stop.
pub type ServeDoor = fn(Node, Listening) -> Pin<Box<dyn Future<Output = Result<(), NodeError>>>>;
