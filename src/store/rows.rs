//! What is kept, as plain data. The store knows names, octets and times, and nothing of what they mean.

use sha2::Digest as _;

use crate::time::Timestamp;

/// The actions that a document's history may begin with: a permission is issued, a refusal refuses, a notice notifies.
pub const ACTIONS_FIRST: [&str; 3] = ["issue", "refuse", "notice"];

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Digests some octets.
    pub fn of(octets: &[u8]) -> Self {
        Self(sha2::Sha256::digest(octets).into())
    }
}

/// Lower-case hexadecimal.
impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// A document that is to be issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its number, unique among all documents.
    pub number: String,
    /// The code of its kind.
    pub kind: String,
    /// BIN of the body that issues it.
    pub issuer_bin: String,
    /// IIN or BIN of the applicant.
    pub applicant_id: String,
    /// The request it answers, where the client gave an idempotency key.
    pub request: Option<Request>,
    /// What is signed, in canonical JSON.
    pub content: Vec<u8>,
    /// The CMS octets as issued.
    pub signed: Vec<u8>,
    /// When it was issued.
    pub issued_at: Timestamp,
}

/// A client's idempotency key, and what it was used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The key; unique for one issuing body.
    pub id: String,
    /// Digest of the request, so that the same key with another request is noticed.
    pub digest: Digest,
}

/// A document as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDocument {
    /// What was issued.
    pub document: Document,
    /// SHA-256 of `document.signed`.
    pub digest: Digest,
    /// The number of the document that took its place.
    pub superseded_by: Option<String>,
}

/// What `issue` and `reissue` came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Issued {
    /// The document is on disk now.
    Now(StoredDocument),
    /// The same request was answered before, with this document; nothing was written.
    Before(StoredDocument),
}

impl Issued {
    /// Gives the document that answers the request.
    pub fn into_document(self) -> StoredDocument {
        match self {
            Self::Now(document) | Self::Before(document) => document,
        }
    }
}

/// A record that is to be appended to a document's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What was done (`issue`, `suspend`, …).
    pub action: String,
    /// From when it counts.
    pub effective_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// What is signed, in canonical JSON.
    pub content: Vec<u8>,
    /// The CMS octets as signed.
    pub signed: Vec<u8>,
}

/// A record as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// Whose history it belongs to.
    pub number: String,
    /// Its place there; the first is 1.
    pub sequence: u64,
    /// What was appended.
    pub record: Record,
    /// Digest of the record before it; none for the first.
    pub previous: Option<Digest>,
    /// SHA-256 of `record.signed`.
    pub digest: Digest,
}

/// Which documents to list; an empty filter lists all.
#[derive(Debug, Clone, Default)]
pub struct DocumentFilter {
    /// Of this kind.
    pub kind: Option<String>,
    /// For this applicant.
    pub applicant_id: Option<String>,
    /// From this body.
    pub issuer_bin: Option<String>,
    /// Issued at this time or later.
    pub from: Option<Timestamp>,
    /// Issued before this time.
    pub to: Option<Timestamp>,
}

/// A document in a list, without its octets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentSummary {
    /// Its number.
    pub number: String,
    /// The code of its kind.
    pub kind: String,
    /// BIN of the body that issued it.
    pub issuer_bin: String,
    /// IIN or BIN of the applicant.
    pub applicant_id: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// SHA-256 of its signed octets.
    pub digest: Digest,
    /// The number of the document that took its place.
    pub superseded_by: Option<String>,
}

impl DocumentSummary {
    /// Gives the place in the list just behind this document.
    pub fn cursor(&self) -> Cursor {
        Cursor { issued_at: self.issued_at, number: self.number.clone() }
    }
}

/// A place in a list of documents, which is sorted by time of issue, then by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Time of issue of the last document seen.
    pub issued_at: Timestamp,
    /// Number of the last document seen.
    pub number: String,
}

/// What the bearer of an API key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// Have documents verified.
    Verifier,
    /// Issue documents.
    Issuer,
    /// Put trust snapshots.
    TrustAdministrator,
}

impl Role {
    /// Gives the name under which the role is kept and told.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verifier => "verifier",
            Self::Issuer => "issuer",
            Self::TrustAdministrator => "trust-administrator",
        }
    }

    /// Reads a role by its name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Verifier, Self::Issuer, Self::TrustAdministrator].into_iter().find(|role| role.name() == name)
    }
}

/// An API key; the secret itself is never kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its public name.
    pub key_id: String,
    /// Digest or HMAC of the secret.
    pub secret_digest: Digest,
    /// What its bearer may do.
    pub role: Role,
    /// Whose it is, in words.
    pub label: String,
    /// BIN of the one issuing body it speaks for; none means any.
    pub scope: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when it is no longer good.
    pub revoked_at: Option<Timestamp>,
}

/// A trust snapshot as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustSnapshotRow {
    /// The digest that names it.
    pub digest: Digest,
    /// Its version; grows with each snapshot.
    pub version: u64,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// The signed octets.
    pub signed: Vec<u8>,
    /// When it came here.
    pub received_at: Timestamp,
}

impl TrustSnapshotRow {
    /// The snapshot's name, as verdicts have it: `sha256:…`.
    pub fn name(&self) -> String {
        format!("sha256:{}", self.digest)
    }
}

/// An entry of the trust registry's log as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustLogRow {
    /// Its place; the first is 1.
    pub sequence: u64,
    /// Digest of the entry before it; none for the first.
    pub previous: Option<Digest>,
    /// SHA-256 of `signed`.
    pub digest: Digest,
    /// When it says it was written.
    pub recorded_at: Timestamp,
    /// The signed octets.
    pub signed: Vec<u8>,
    /// When it came here.
    pub received_at: Timestamp,
}

/// The store's own particulars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meta {
    /// Number of the last migration applied.
    pub schema_version: i64,
    /// When the store was first opened.
    pub created_at: Timestamp,
}
