//! The snapshot: an immutable, versioned statement of whom we trust, named by its digest and signed by its keeper.

use serde::{Deserialize, Serialize};

use crate::cms::{Attributes, SignedData, SignerIdentifier, oids};
use crate::codec::{Malformed, armour, json};
use crate::crypto::{DigestAlgorithm, Outcome, SignatureAlgorithm, SignatureClaim, verify_many};
use crate::path::Pool;
use crate::time::Timestamp;
use crate::x509::{Certificate, Fingerprint};

/// Whom we trust, as of one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustSnapshot {
    /// Always `qoltanba/trust-snapshot/1`.
    pub schema: String,
    /// Grows with every edition.
    pub version: u64,
    /// When this edition was made.
    pub issued_at: Timestamp,
    /// Under which norm.
    pub norm: String,
    /// National anchors of every generation.
    pub domestic: Vec<AnchorEntry>,
    /// Issuing centres and other material below the anchors, DER in base64: carried, not trusted.
    pub intermediates: Vec<String>,
    /// Foreign certification centres that are or were registered with the trusted third party.
    pub foreign: Vec<ForeignCentre>,
}

/// One national anchor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnchorEntry {
    /// A name for people.
    pub label: String,
    /// The certificate, DER in base64.
    pub certificate: String,
}

/// One foreign certification centre.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignCentre {
    /// A name for people.
    pub label: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Its root certificate, DER in base64.
    pub certificate: String,
    /// The act it is registered under.
    pub act: String,
    /// What happened to its registration, in the order of `effective_from`.
    pub events: Vec<StatusEvent>,
}

/// One event in the life of a registration. A status holds from its event to the next one (half-open).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusEvent {
    /// The status that begins.
    pub status: RegistrationStatus,
    /// When it begins in law.
    pub effective_from: Timestamp,
}

/// facts/ttp.md §8.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RegistrationStatus {
    /// In force.
    Registered,
    /// Not in force for the time being.
    Suspended,
    /// No longer in force; what was proven to exist before stays recognised.
    Terminated,
    /// Never counts from here on backwards: what was signed is not recognised whenever it was (compromise).
    VoidFrom,
}

/// A snapshot that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// Not the JSON of a snapshot.
    #[error("the trust snapshot is not the JSON it should be: line {line}, column {column}")]
    Json {
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault, from 1.
        column: usize,
    },
    /// The schema is not known.
    #[error("the trust snapshot follows an unknown schema; expected qoltanba/trust-snapshot/1")]
    Schema,
    /// Its octets are not canonical, so its digest would not name it.
    #[error("the trust snapshot is not canonical JSON (RFC 8785)")]
    NotCanonical,
    /// A certificate in it does not read.
    #[error("the certificate of `{label}` does not read: {cause}")]
    Certificate {
        /// The entry.
        label: String,
        /// Why.
        cause: Malformed,
    },
    /// The events of a registration are not in order.
    #[error("the registration events of `{label}` are not in the order of their dates")]
    Order {
        /// The entry.
        label: String,
    },
}

/// A signed snapshot that cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignedSnapshotError {
    /// The envelope does not read.
    #[error("the signed trust snapshot does not read: {0}")]
    Malformed(#[from] Malformed),
    /// Not signed by exactly one signer over attached content.
    #[error("a signed trust snapshot has exactly one signer and carries its content")]
    Shape,
    /// The signer is not the keeper that is configured.
    #[error("the trust snapshot is not signed by the configured keeper")]
    Signer,
    /// It has no version.
    #[error("a signed trust snapshot has a version from 1 on")]
    Unversioned,
    /// The signature does not hold.
    #[error("the signature on the trust snapshot does not hold")]
    Signature,
    /// What is signed is no snapshot.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

impl TrustSnapshot {
    /// The schema this program writes and reads.
    pub const SCHEMA: &'static str = "qoltanba/trust-snapshot/1";

    /// A snapshot of certificates given on the command line: self-issued ones are domestic anchors, the rest
    /// intermediates. It has no version, no keeper and no date, so that the same certificates make the same snapshot.
    pub fn of_certificates(certificates: &[Certificate]) -> Self {
        let mut sorted: Vec<&Certificate> = certificates.iter().collect();
        sorted.sort_by_key(|c| c.fingerprint());
        sorted.dedup();
        let (roots, others): (Vec<&Certificate>, Vec<_>) = sorted.into_iter().partition(|c| c.is_self_issued());
        let entry =
            |c: &Certificate| AnchorEntry { label: c.subject().to_string(), certificate: armour::encode(c.der()) };
        Self {
            schema: Self::SCHEMA.to_owned(),
            version: Self::UNVERSIONED,
            issued_at: Timestamp::default(),
            norm: "given on the command line".to_owned(),
            domestic: roots.into_iter().map(entry).collect(),
            intermediates: others.into_iter().map(|c| armour::encode(c.der())).collect(),
            foreign: Vec::new(),
        }
    }

    /// The version of a snapshot that nobody keeps: it does not age.
    pub const UNVERSIONED: u64 = 0;

    /// Reads the canonical JSON of a snapshot.
    pub fn parse(octets: &[u8]) -> Result<Self, SnapshotError> {
        let snapshot: Self =
            serde_json::from_slice(octets).map_err(|e| SnapshotError::Json { line: e.line(), column: e.column() })?;
        if snapshot.schema != Self::SCHEMA {
            return Err(SnapshotError::Schema);
        }
        if snapshot.encode() != octets {
            return Err(SnapshotError::NotCanonical);
        }
        for centre in &snapshot.foreign {
            if !centre.events.is_sorted_by_key(|e| e.effective_from) {
                return Err(SnapshotError::Order { label: centre.label.clone() });
            }
        }
        snapshot.compile()?;
        Ok(snapshot)
    }

    /// Encodes the snapshot as canonical JSON.
    pub fn encode(&self) -> Vec<u8> {
        // INVARIANT: a snapshot holds strings, integers and lists, which JSON always can.
        #[expect(clippy::expect_used, reason = "strings, integers and lists only")]
        json::canonical(self).expect("a snapshot encodes")
    }

    /// The snapshot's name: SHA-256 over its canonical JSON, as `sha256:…`.
    pub fn digest(&self) -> String {
        format!("sha256:{}", Fingerprint::of(&self.encode()))
    }

    /// Reads the certificates into pools: the anchors (domestic and foreign), and what lies below them.
    pub fn compile(&self) -> Result<CompiledTrust, SnapshotError> {
        let mut anchors = Pool::default();
        let mut material = Pool::default();
        for entry in &self.domestic {
            anchors.add_certificate(read(&entry.label, &entry.certificate)?);
        }
        let mut foreign = Vec::new();
        for centre in &self.foreign {
            let certificate = read(&centre.label, &centre.certificate)?;
            anchors.add_certificate(certificate.clone());
            foreign.push((certificate, centre.clone()));
        }
        for encoded in &self.intermediates {
            material.add_certificate(read("intermediate", encoded)?);
        }
        Ok(CompiledTrust { anchors, material, foreign })
    }
}

/// A snapshot's certificates, ready for paths.
#[derive(Clone, Debug, Default)]
pub struct CompiledTrust {
    /// Domestic and foreign anchors.
    pub anchors: Pool,
    /// Issuing centres.
    pub material: Pool,
    /// Which anchors are foreign.
    pub foreign: Vec<(Certificate, ForeignCentre)>,
}

fn read(label: &str, encoded: &str) -> Result<Certificate, SnapshotError> {
    armour::decode(encoded)
        .and_then(|der| Certificate::parse(&der))
        .map_err(|cause| SnapshotError::Certificate { label: label.to_owned(), cause })
}

/// Opens a signed snapshot (CMS SignedData, attached, one signer) that must be signed with the key of `keeper`.
pub fn open_signed_snapshot(message: &[u8], keeper: &Certificate) -> Result<TrustSnapshot, SignedSnapshotError> {
    let octets = armour::strip(message)?;
    let signed_data = SignedData::parse(&octets)?;
    let (Some(content), [signer]) = (&signed_data.content, signed_data.signer_infos.as_slice()) else {
        return Err(SignedSnapshotError::Shape);
    };
    let SignerIdentifier::IssuerAndSerialNumber { issuer, serial } = &signer.sid else {
        return Err(SignedSnapshotError::Shape);
    };
    if issuer != keeper.issuer() || *serial != keeper.serial() {
        return Err(SignedSnapshotError::Signer);
    }
    let digest = DigestAlgorithm::from_oid(signer.digest_algorithm.oid).ok_or(SignedSnapshotError::Shape)?;
    let attributes = signer.signed_attrs.as_ref().ok_or(SignedSnapshotError::Shape)?;
    if !names_content(attributes, signed_data.content_type, &digest.digest(content)) {
        return Err(SignedSnapshotError::Signature);
    }
    let key = keeper.public_key().map_err(|_| SignedSnapshotError::Signer)?;
    let parameters = signer.signature_algorithm.parameters.as_deref();
    let algorithm = SignatureAlgorithm::resolve(signer.signature_algorithm.oid, parameters, Some(digest), key)
        .map_err(|_| SignedSnapshotError::Shape)?;
    let message = attributes.signed_octets().into();
    let claim = SignatureClaim { algorithm, key, message, value: signer.signature.clone() };
    match verify_many(&[claim]).as_slice() {
        [Outcome::Valid(_)] => match TrustSnapshot::parse(content)? {
            // One without a version could neither age nor be told from an older one.
            snapshot if snapshot.version == TrustSnapshot::UNVERSIONED => Err(SignedSnapshotError::Unversioned),
            snapshot => Ok(snapshot),
        },
        _ => Err(SignedSnapshotError::Signature),
    }
}

/// RFC 5652 §5.6: both mandatory attributes stand once and name this content.
fn names_content(attributes: &Attributes<'_>, content_type: const_oid::ObjectIdentifier, digest: &[u8]) -> bool {
    attributes.content_type() == Some(Ok(content_type))
        && attributes.message_digest().is_some_and(|d| d.is_ok_and(|d| d == digest))
        && content_type == oids::ID_DATA
}
