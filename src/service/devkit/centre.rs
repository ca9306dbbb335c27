//! The centres of a test PKI at work: what its folder says, told as certificates, CRLs, OCSP responses and time stamps.
//!
//! The folder is the only state: lists are read anew for every answer, so that a revocation counts at once.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use const_oid::ObjectIdentifier;

use super::folder::INDEX_FILE;
use super::index::Index;
use super::{DevkitError, Expectation};
use crate::codec::armour;
use crate::crypto::{KeyAlgorithm, SigningKey};
use crate::policy::Policy;
use crate::service::{ClockWatch, HeldKey, StampingUnit, TimeStamper};
use crate::signing::{self, OcspAnswer, OcspDraft, OcspResponder};
use crate::store::files::{self, FileErrorKind};
use crate::time::Timestamp;
use crate::x509::{CertId, CertStatus, Certificate, Crl, OcspRequest, OcspResponseStatus, RevocationReason, oids};

/// The centres of one folder.
#[derive(Debug)]
pub struct DevkitCentre {
    folder: PathBuf,
    index: Index,
    certificates: Vec<(String, Certificate)>,
    responders: Vec<Responder>,
    time_stampers: Vec<(String, TimeStamper)>,
}

/// One who answers for the certificates of one issuer.
#[derive(Debug)]
struct Responder {
    label: String,
    issuer: Certificate,
    issued: BTreeSet<Vec<u8>>,
    held: HeldKey,
}

/// What a responder answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OcspReply {
    /// The whole OCSPResponse.
    pub octets: Vec<u8>,
    /// How it ended.
    pub status: OcspResponseStatus,
}

/// A file as published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Its octets, DER.
    pub octets: Vec<u8>,
    /// Since when it says this.
    pub since: Timestamp,
}

impl DevkitCentre {
    /// Opens a folder that `generate` has written.
    ///
    /// *Errors*: `NoDevkit`, `Malformed`, `File`, `Key`, `Signing`.
    pub fn open(folder: &Path, accepts: &Policy, clock_watch: &ClockWatch) -> Result<Self, DevkitError> {
        let index = read_index(folder)?;
        let mut certificates = Vec::new();
        for (label, entity) in &index.entities {
            certificates.push((label.clone(), read_certificate(&folder.join(&entity.certificate))?));
        }
        let mut centre =
            Self { folder: folder.to_owned(), index, certificates, responders: Vec::new(), time_stampers: Vec::new() };
        centre.responders = centre.make_responders()?;
        centre.time_stampers = centre.make_time_stampers(accepts, clock_watch)?;
        Ok(centre)
    }

    /// Where the authorities say they publish.
    pub fn base_url(&self) -> &str {
        &self.index.base_url
    }

    /// The certificate of an entity.
    pub fn certificate(&self, label: &str) -> Option<Published> {
        let certificate = self.find(label)?;
        Some(Published { octets: certificate.der().to_vec(), since: certificate.validity().not_before })
    }

    /// A revocation list as it stands in the folder now; `None` where the index names none of this label.
    ///
    /// *Errors*: `File`, `Malformed`.
    pub fn crl(&self, label: &str) -> Result<Option<Published>, DevkitError> {
        let crl = read_crl(&self.folder, &self.index, label)?;
        Ok(crl.map(|crl| Published { octets: crl.der().to_vec(), since: crl.this_update() }))
    }

    /// Answers an OCSP request at the address of an issuer; `None` where nobody answers for it.
    ///
    /// *Source*: RFC 6960 §2.2, §2.3, §4.2. A signature on the request is not asked for and not looked at. A certificate
    /// of another issuer is `unknown` beside one of this issuer, and `unauthorized` where nothing else is asked.
    /// *Errors*: `File`, `Malformed`, `Signing`: the client should hear `internalError`.
    pub fn answer_ocsp(&self, issuer: &str, request: &[u8], now: Timestamp) -> Result<Option<OcspReply>, DevkitError> {
        let Some(responder) = self.responders.iter().find(|r| r.label == issuer) else { return Ok(None) };
        let refused = |status| OcspReply { octets: signing::encode_ocsp_error(status), status };
        let request = match OcspRequest::parse(request) {
            // RFC 6960 §4.4: critical and unknown, so the request cannot be served.
            Ok(request) if !request.unknown_critical_extension => request,
            Ok(_) | Err(_) => return Ok(Some(refused(OcspResponseStatus::MalformedRequest))),
        };
        if !request.cert_ids.iter().any(|id| responder.answers_for(id)) {
            return Ok(Some(refused(OcspResponseStatus::Unauthorized)));
        }
        let octets = self.sign_ocsp(responder, request, now)?;
        Ok(Some(OcspReply { octets, status: OcspResponseStatus::Successful }))
    }

    fn sign_ocsp(&self, responder: &Responder, request: OcspRequest, now: Timestamp) -> Result<Vec<u8>, DevkitError> {
        let lists = Lists::read(&self.folder, &self.index, &responder.label)?;
        let answers = request.cert_ids.into_iter().map(|cert_id| {
            let status = if responder.answers_for(&cert_id) && responder.issued.contains(&cert_id.serial) {
                lists.status(&cert_id.serial)
            } else {
                CertStatus::Unknown
            };
            // No nextUpdate, as Kazakh responders have it (facts/kz-pki.md §2.6): newer information is always to be had.
            OcspAnswer { cert_id, status, this_update: now, next_update: None }
        });
        let draft = OcspDraft { produced_at: now, answers: answers.collect(), nonce: request.nonce };
        let wrong = |cause| DevkitError::Signing { label: responder.label.clone(), cause };
        let signer = OcspResponder::new(responder.held.key.as_ref(), &responder.held.certificate).map_err(wrong)?;
        signing::issue_ocsp(&draft, &signer).map_err(wrong)
    }

    /// A time-stamping authority of this label.
    pub fn time_stamper(&self, label: &str) -> Option<&TimeStamper> {
        self.time_stampers.iter().find(|(own, _)| own == label).map(|(_, stamper)| stamper)
    }

    fn find(&self, label: &str) -> Option<&Certificate> {
        self.certificates.iter().find(|(own, _)| own == label).map(|(_, certificate)| certificate)
    }

    fn make_responders(&self) -> Result<Vec<Responder>, DevkitError> {
        let mut found = Vec::new();
        for (label, entity) in &self.index.entities {
            let (Some(delegate), Some(issuer)) = (self.find(label), self.find(&entity.issuer)) else { continue };
            if !delegate.has_purpose(oids::OCSP_SIGNING) {
                continue;
            }
            let below = self.index.entities.iter().filter(|(_, e)| e.issuer == entity.issuer);
            let issued = below.filter_map(|(label, _)| Some(self.find(label)?.serial().to_vec())).collect();
            let key = Arc::new(read_key(&self.folder, &self.index, label)?);
            let held = HeldKey { key, certificate: delegate.clone() };
            found.push(Responder { label: entity.issuer.clone(), issuer: issuer.clone(), issued, held });
        }
        Ok(found)
    }

    fn make_time_stampers(
        &self,
        accepts: &Policy,
        clock_watch: &ClockWatch,
    ) -> Result<Vec<(String, TimeStamper)>, DevkitError> {
        let mut found = Vec::new();
        for (label, entity) in &self.index.entities {
            let Some(certificate) = self.find(label).filter(|c| c.has_purpose(oids::TIME_STAMPING)) else { continue };
            if entity.expect != Expectation::Good {
                continue;
            }
            let key = read_key(&self.folder, &self.index, label)?;
            let policy = stamping_policy(key.key_algorithm());
            let held = HeldKey { key: Arc::new(key), certificate: certificate.clone() };
            let stamper = TimeStamper::new(StampingUnit { policy, held }, accepts.clone(), clock_watch.clone());
            let stamper = stamper.map_err(|cause| DevkitError::Signing { label: label.clone(), cause })?;
            found.push((label.clone(), stamper));
        }
        Ok(found)
    }
}

impl Responder {
    fn answers_for(&self, cert_id: &CertId) -> bool {
        cert_id.is_of(&self.issuer) == Some(true)
    }
}

/// The policies of the national TSA (facts/kz-pki.md §2.4): the policy tells the kind of key.
fn stamping_policy(key: KeyAlgorithm) -> ObjectIdentifier {
    const fn oid(text: &str) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(text)
    }
    match key {
        KeyAlgorithm::GostKz2004 => oid("1.2.398.3.3.2.6.1"),
        KeyAlgorithm::GostKz256 | KeyAlgorithm::GostKz512 => oid("1.2.398.3.3.2.6.4"),
        _ => oid("1.2.398.3.3.2.6.2"),
    }
}

/// The full list of an issuer and its delta list, as they stand now.
#[derive(Debug)]
pub(super) struct Lists {
    pub(super) full: Crl,
    pub(super) delta: Option<Crl>,
}

impl Lists {
    /// *Errors*: `NoRevocationList`, `File`, `Malformed`.
    pub(super) fn read(folder: &Path, index: &Index, issuer: &str) -> Result<Self, DevkitError> {
        let full = read_crl(folder, index, issuer)?;
        let full = full.ok_or_else(|| DevkitError::NoRevocationList { issuer: issuer.to_owned() })?;
        Ok(Self { full, delta: read_crl(folder, index, &delta_label(issuer))? })
    }

    /// What both say together: the delta list has the last word (RFC 5280 §5.2.4).
    pub(super) fn status(&self, serial: &[u8]) -> CertStatus {
        let entry = self.delta.as_ref().and_then(|delta| delta.entry(serial)).or_else(|| self.full.entry(serial));
        match entry {
            None => CertStatus::Good,
            Some(entry) if entry.reason == Some(RevocationReason::RemoveFromCrl) => CertStatus::Good,
            Some(entry) => CertStatus::Revoked { revocation_time: entry.revocation_date, reason: entry.reason.map(Ok) },
        }
    }
}

/// Under which label an issuer publishes its delta list.
pub(super) fn delta_label(issuer: &str) -> String {
    format!("{issuer}-delta")
}

pub(super) fn read_index(folder: &Path) -> Result<Index, DevkitError> {
    let no_devkit = || DevkitError::NoDevkit { path: folder.to_owned() };
    let octets = files::read(&folder.join(INDEX_FILE)).map_err(|error| match error.kind {
        FileErrorKind::NotFound => no_devkit(),
        _ => error.into(),
    })?;
    let index: Index = serde_json::from_slice(&octets).map_err(|_| no_devkit())?;
    if index.schema == Index::SCHEMA { Ok(index) } else { Err(no_devkit()) }
}

pub(super) fn read_certificate(path: &Path) -> Result<Certificate, DevkitError> {
    let octets = files::read(path)?;
    Certificate::parse(&octets).map_err(|cause| DevkitError::Malformed { path: path.to_owned(), cause })
}

pub(super) fn read_key(folder: &Path, index: &Index, label: &str) -> Result<SigningKey, DevkitError> {
    let entity = index.entities.get(label).ok_or_else(|| DevkitError::NotIssued { name: label.to_owned() })?;
    let path = folder.join(&entity.key);
    let octets = files::read(&path)?;
    let pkcs8 = armour::strip(&octets).map_err(|cause| DevkitError::Malformed { path, cause })?;
    SigningKey::from_pkcs8_der(&pkcs8).map_err(|cause| DevkitError::Key { label: label.to_owned(), cause })
}

fn read_crl(folder: &Path, index: &Index, label: &str) -> Result<Option<Crl>, DevkitError> {
    let Some(entry) = index.crls.get(label) else { return Ok(None) };
    let path = folder.join(&entry.file);
    let octets = files::read(&path)?;
    Crl::parse(&octets).map(Some).map_err(|cause| DevkitError::Malformed { path, cause })
}
