//! Documents to measure with: many officers below one centre, a path of three certificates, a CRL of thousands.

use super::BenchError;
use crate::crypto::{KeyAlgorithm, SeededEntropy, SigningKey};
use crate::path::Pool;
use crate::signing::{
    self, Authority, CertificateDraft, CrlDraft, KazakhProfile, Packaging, Revocation, Signer, SigningError, Template,
};
use crate::time::Timestamp;
use crate::trust::{CompiledTrust, TrustSnapshot};
use crate::x509::{Certificate, Crl, Name, RevocationReason, Validity, oids};

/// What the documents are to be.
#[derive(Clone, Copy, Debug)]
pub struct CorpusPlan {
    /// How officers and centres sign.
    pub algorithm: KeyAlgorithm,
    /// How many officers.
    pub officers: usize,
    /// How many different documents.
    pub documents: usize,
    /// Octets of content in each.
    pub content_bytes: usize,
    /// Entries in the CRL of the centre that issued to the officers.
    pub crl_entries: usize,
}

/// Documents, whom to trust about them, and the evidence.
#[derive(Debug)]
pub struct Corpus {
    /// CAdES-B messages with their content, the officer's certificate and that of its centre.
    pub documents: Vec<Vec<u8>>,
    /// The first document with one octet of its content changed.
    pub tampered: Vec<u8>,
    /// The first document with one octet of its signature value changed.
    pub forged: Vec<u8>,
    /// Signed by an officer whose certificate is in the CRL.
    pub revoked: Vec<u8>,
    /// The root.
    pub root: Certificate,
    /// The centre below it.
    pub centre: Certificate,
    /// Their CRLs.
    pub crls: [Crl; 2],
    /// Whom to trust.
    pub trust: CompiledTrust,
    /// The CRLs of both.
    pub evidence: Pool,
    /// A time at which everything holds.
    pub at: Timestamp,
}

/// Somebody with a key and a certificate.
struct Holder {
    key: SigningKey,
    certificate: Certificate,
}

const SECONDS_PER_DAY: i64 = 86_400;

/// When everything was made: any day would do, and the same one makes the same documents.
const MADE: Timestamp = Timestamp::from_unix_seconds(1_780_000_000);

impl Corpus {
    /// Makes everything anew; the same plan gives the same keys.
    ///
    /// *Cost*: one key per officer and one signature per document.
    pub fn make(plan: &CorpusPlan) -> Result<Self, BenchError> {
        let root = holder(plan, "root", Template::Root, None)?;
        let centre = holder(plan, "centre", Template::Issuing { path_len: Some(0) }, Some(&root))?;
        let mut officers = Vec::with_capacity(plan.officers);
        for number in 0..plan.officers {
            officers.push(holder(plan, &format!("officer {number}"), Template::Sign, Some(&centre))?);
        }
        let dismissed = holder(plan, "dismissed officer", Template::Sign, Some(&centre))?;
        let mut documents = Vec::with_capacity(plan.documents);
        for (number, officer) in (0..plan.documents).zip(officers.iter().cycle()) {
            documents.push(document(&content(number, plan.content_bytes), officer, &centre)?);
        }
        let revoked = document(&content(0, plan.content_bytes), &dismissed, &centre)?;
        let crls = [crl(&root, Vec::new())?, crl(&centre, revocations(plan.crl_entries, &dismissed.certificate))?];
        let mut evidence = Pool::default();
        crls.iter().for_each(|crl| evidence.add_crl(crl.clone()));
        let first = documents.first().ok_or(BenchError::Nothing)?;
        // The content stands before everything that is signed about it; the signature value stands last.
        let start = content(0, plan.content_bytes);
        let place = first.windows(start.len().max(1)).position(|octets| octets == start);
        let (tampered, forged) =
            (flip(first, place.ok_or(BenchError::Nothing)?), flip(first, first.len().saturating_sub(9)));
        let trust =
            TrustSnapshot::of_certificates(&[root.certificate.clone(), centre.certificate.clone()]).compile()?;
        let (root, centre) = (root.certificate, centre.certificate);
        let at = MADE.plus_seconds(SECONDS_PER_DAY);
        Ok(Self { documents, tampered, forged, revoked, root, centre, crls, trust, evidence, at })
    }
}

fn holder(plan: &CorpusPlan, name: &str, template: Template, issuer: Option<&Holder>) -> Result<Holder, SigningError> {
    let mut entropy = SeededEntropy::new(format!("bench/{}/{name}", plan.algorithm.name()).as_bytes());
    let key = SigningKey::generate(plan.algorithm, &mut entropy).map_err(|_| SigningError::Unencodable)?;
    let subject = signing::encode_name(&[
        (oids::COMMON_NAME, name),
        (oids::ORGANIZATION, "Bench"),
        (oids::ORGANIZATIONAL_UNIT, "BIN000000000000"),
        (oids::COUNTRY, "KZ"),
    ])?;
    let (issuer_name, issuer_key): (&Name, &SigningKey) = match issuer {
        Some(issuer) => (issuer.certificate.subject(), &issuer.key),
        None => (&subject, &key),
    };
    let identifier = signing::key_identifier(key.public_key())?;
    let profile = KazakhProfile {
        template,
        key_algorithm: plan.algorithm,
        roles: &[],
        subject_key: &identifier,
        issuer_key: &signing::key_identifier(issuer_key.public_key())?,
        addresses: None,
    };
    let draft = CertificateDraft {
        subject: &subject,
        public_key: key.public_key(),
        serial: &signing::serial_number(&identifier),
        validity: Validity {
            not_before: MADE.plus_seconds(-SECONDS_PER_DAY),
            not_after: MADE.plus_seconds(SECONDS_PER_DAY.saturating_mul(365)),
        },
        extensions: profile.extensions(),
    };
    let certificate = signing::issue_certificate(&draft, &Authority { name: issuer_name, key: issuer_key })?;
    Ok(Holder { key, certificate })
}

/// Content that compresses to nothing and that no two documents share.
fn content(number: usize, size: usize) -> Vec<u8> {
    let seed = u64::try_from(number).unwrap_or(u64::MAX).wrapping_add(1);
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let octets = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()
    });
    octets.flatten().take(size).collect()
}

fn document(content: &[u8], officer: &Holder, centre: &Holder) -> Result<Vec<u8>, SigningError> {
    let signer = Signer::new(&officer.key, &officer.certificate)?.at(MADE);
    signing::sign(content, Packaging::Attached, &signer.with_certificates(&[&centre.certificate]))
}

fn crl(issuer: &Holder, revocations: Vec<Revocation>) -> Result<Crl, SigningError> {
    let draft = CrlDraft {
        this_update: MADE,
        next_update: Some(MADE.plus_seconds(SECONDS_PER_DAY.saturating_mul(30))),
        number: 1,
        delta_base: None,
        revocations,
    };
    signing::issue_crl(&draft, &Authority { name: issuer.certificate.subject(), key: &issuer.key })
}

/// So many entries, the last of them about one of our own.
fn revocations(entries: usize, dismissed: &Certificate) -> Vec<Revocation> {
    let about = |serial: Vec<u8>| Revocation {
        serial,
        revocation_date: MADE,
        reason: Some(RevocationReason::CessationOfOperation),
        invalidity_date: None,
    };
    let others = (1..entries).map(|number| {
        let number = u64::try_from(number).unwrap_or(u64::MAX).to_be_bytes();
        about([&[0x41; 12], number.as_slice()].concat())
    });
    others.chain([about(dismissed.serial().to_vec())]).collect()
}

fn flip(octets: &[u8], at: usize) -> Vec<u8> {
    let mut changed = octets.to_vec();
    if let Some(octet) = changed.get_mut(at) {
        *octet ^= 1;
    }
    changed
}
