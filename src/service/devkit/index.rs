//! `INDEX.json`: what is in the folder, for programs and for people who search it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::plan::{CrlPlan, EntityPlan, Expectation, Folder};
use super::{DevkitError, DevkitPki};

/// The whole index.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Index {
    /// Always `qoltanba/devkit-index/1`.
    pub schema: String,
    /// Where the authorities say they publish.
    pub base_url: String,
    /// Opens every key container.
    pub password: String,
    /// Everyone who has a key, by label.
    pub entities: BTreeMap<String, EntityIndex>,
    /// Revocation lists, by label.
    pub crls: BTreeMap<String, CrlIndex>,
    /// The trust snapshot.
    pub snapshot: SnapshotIndex,
}

/// One who has a key.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct EntityIndex {
    /// The subject as reports show it.
    pub subject: String,
    /// Kind of key.
    pub key_algorithm: String,
    /// What a verifier that has `trust/` and `evidence/` should say.
    pub expect: Expectation,
    /// One sentence for people.
    pub note: String,
    /// Label of the issuer.
    pub issuer: String,
    /// SHA-256 over the certificate.
    pub fingerprint: String,
    /// The certificate in DER.
    pub certificate: String,
    /// Key and certificate in PKCS#12.
    pub container: String,
    /// The key in PKCS#8, PEM.
    pub key: String,
}

/// One revocation list.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct CrlIndex {
    /// The file.
    pub file: String,
    /// Label of who signed it.
    pub issuer: String,
    /// Whether it is a delta CRL.
    pub delta: bool,
    /// One sentence for people, where the label does not say it all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The trust snapshot.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SnapshotIndex {
    /// The signed snapshot.
    pub file: String,
    /// The certificate it is signed under.
    pub signer: String,
    /// The snapshot's name, as verdicts tell it.
    pub digest: String,
}

/// Where the signed snapshot lies.
pub(super) const SNAPSHOT_FILE: &str = "snapshot.p7s";
/// Where its signer's certificate lies.
pub(super) const SNAPSHOT_SIGNER_FILE: &str = "snapshot-signer.cer";

impl Index {
    pub(super) const SCHEMA: &'static str = "qoltanba/devkit-index/1";

    /// Describes the whole PKI, which is made for it.
    pub(super) fn of(pki: &DevkitPki) -> Result<Self, DevkitError> {
        let plan = pki.plan();
        let mut entities = BTreeMap::new();
        for entity in &plan.entities {
            entities.insert(entity.label.clone(), entity_index(pki, entity)?);
        }
        let crls = plan.crls.iter().map(|crl| (crl.label.clone(), crl_index(crl))).collect();
        let snapshot = SnapshotIndex {
            file: SNAPSHOT_FILE.to_owned(),
            signer: SNAPSHOT_SIGNER_FILE.to_owned(),
            digest: pki.snapshot()?.digest(),
        };
        let (base_url, password) = (plan.base_url.clone(), plan.password.clone());
        Ok(Self { schema: Self::SCHEMA.to_owned(), base_url, password, entities, crls, snapshot })
    }
}

fn entity_index(pki: &DevkitPki, plan: &EntityPlan) -> Result<EntityIndex, DevkitError> {
    let certificate = pki.certificate(&plan.label)?;
    let label = &plan.label;
    Ok(EntityIndex {
        subject: certificate.subject().to_string(),
        key_algorithm: plan.key_algorithm.name().to_owned(),
        expect: plan.expect,
        note: plan.note.clone(),
        issuer: plan.issuer.clone(),
        fingerprint: certificate.fingerprint().to_string(),
        certificate: format!("{}/{label}.cer", plan.folder.name()),
        container: format!("keys/{label}.p12"),
        key: format!("keys/{label}.key.pem"),
    })
}

fn crl_index(plan: &CrlPlan) -> CrlIndex {
    let folder = plan.folder.unwrap_or(Folder::Evidence);
    CrlIndex {
        file: format!("{}/{}.crl", folder.name(), plan.label),
        issuer: plan.issuer.clone(),
        delta: plan.delta_base.is_some(),
        note: plan.note.clone(),
    }
}
