//! Keys, certificates and CRLs of the plan, each made when it is first asked for.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::DevkitError;
use super::plan::{CrlDefect, CrlPlan, EntityDefect, EntityPlan, Plan, TemplateName};
use crate::codec::der;
use crate::crypto::{KeyContainer, SeededEntropy, SigningKey, pkcs12};
use crate::limits::{BASE_URL_BYTES_MAX, PATH_LENGTH_MAX};
use crate::signing::{
    self, Addresses, Authority, CertificateDraft, CrlDraft, ForeignDraft, ForeignKind, KazakhProfile, Revocation,
    Signer, SigningError, Template, TimeStampAuthority,
};
use crate::x509::{Certificate, Crl, Extension, Name, oids};

/// The test PKI in memory. Nothing is made before it is asked for, and everything is made once.
pub struct DevkitPki {
    plan: Plan,
    keys: BTreeMap<String, OnceLock<SigningKey>>,
    certificates: BTreeMap<String, OnceLock<Certificate>>,
    crls: BTreeMap<String, OnceLock<Crl>>,
}

impl DevkitPki {
    /// Reads the plan; makes nothing yet.
    ///
    /// *Errors*: `Plan`.
    pub fn build() -> Result<Self, DevkitError> {
        Ok(Self::of(Plan::embedded()?))
    }

    /// The same with authorities that say they publish elsewhere; no key changes by it.
    ///
    /// *Errors*: `Plan`, `BaseUrl`.
    pub fn build_at(base_url: &str) -> Result<Self, DevkitError> {
        // The addresses become IA5Strings (RFC 5280 §4.2.1.6).
        let plain = base_url.bytes().all(|b| b.is_ascii_graphic());
        let known = base_url.starts_with("http://") || base_url.starts_with("https://");
        if !(plain && known && BASE_URL_BYTES_MAX.check(base_url.len()).is_ok()) {
            return Err(DevkitError::BaseUrl);
        }
        let base_url = base_url.trim_end_matches('/').to_owned();
        Ok(Self::of(Plan { base_url, ..Plan::embedded()? }))
    }

    fn of(plan: Plan) -> Self {
        let labels = || plan.entities.iter().map(|e| e.label.clone());
        Self {
            keys: labels().map(|l| (l, OnceLock::new())).collect(),
            certificates: labels().map(|l| (l, OnceLock::new())).collect(),
            crls: plan.crls.iter().map(|c| (c.label.clone(), OnceLock::new())).collect(),
            plan,
        }
    }

    /// What is planned.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What is planned for an entity.
    pub fn entity(&self, label: &str) -> Result<&EntityPlan, DevkitError> {
        self.plan.entities.iter().find(|e| e.label == label).ok_or_else(|| unknown("entity", label))
    }

    /// An entity's key.
    pub fn key(&self, label: &str) -> Result<&SigningKey, DevkitError> {
        let slot = self.keys.get(label).ok_or_else(|| unknown("entity", label))?;
        if slot.get().is_none() {
            let mut entropy = self.entropy("key", label);
            let key = SigningKey::generate(self.entity(label)?.key_algorithm, &mut entropy)
                .map_err(|cause| DevkitError::Key { label: label.to_owned(), cause })?;
            // Where another thread was quicker, its key is the same one.
            let _ = slot.set(key);
        }
        slot.get().ok_or_else(|| unknown("entity", label))
    }

    /// An entity's certificate.
    pub fn certificate(&self, label: &str) -> Result<&Certificate, DevkitError> {
        self.certificate_at(label, 0)
    }

    /// A revocation list.
    pub fn crl(&self, label: &str) -> Result<&Crl, DevkitError> {
        let slot = self.crls.get(label).ok_or_else(|| unknown("CRL", label))?;
        if slot.get().is_none() {
            let plan = self.plan.crls.iter().find(|c| c.label == label).ok_or_else(|| unknown("CRL", label))?;
            let _ = slot.set(self.make_crl(plan)?);
        }
        slot.get().ok_or_else(|| unknown("CRL", label))
    }

    /// An entity's PKCS#12 container, under the password of the plan.
    pub fn container(&self, label: &str) -> Result<Vec<u8>, DevkitError> {
        let wrong = |cause| DevkitError::Container { label: label.to_owned(), cause };
        let pkcs8 = self.key(label)?.to_pkcs8_der();
        let key = SigningKey::from_pkcs8_der(&pkcs8).map_err(|e| wrong(e.into()))?;
        let certificate = self.certificate(label)?;
        let identifier = certificate.subject_key_identifier().unwrap_or_default();
        let contents = KeyContainer {
            key,
            certificates: vec![certificate.der().to_vec()],
            friendly_name: Some(crate::codec::armour::hex(identifier)),
        };
        pkcs12::write(&contents, &self.plan.password, &mut self.entropy("container", label)).map_err(wrong)
    }

    /// Who an entity signs as.
    ///
    /// *Errors*: `Signing` also for entities that are not for signing documents.
    pub fn signer(&self, label: &str) -> Result<Signer<'_>, DevkitError> {
        Signer::new(self.key(label)?, self.certificate(label)?).map_err(|cause| signing(label, cause))
    }

    /// A time-stamping authority.
    ///
    /// *Errors*: `Signing` also for entities that are not for time stamps.
    pub fn time_stamp_authority(&self, label: &str) -> Result<TimeStampAuthority<'_>, DevkitError> {
        TimeStampAuthority::new(self.key(label)?, self.certificate(label)?).map_err(|cause| signing(label, cause))
    }

    /// Known to whoever knows the plan: that is what makes two runs the same, and what makes it a *test* PKI.
    fn entropy(&self, purpose: &str, label: &str) -> SeededEntropy {
        SeededEntropy::new(format!("{}/{purpose}/{label}", self.plan.seed).as_bytes())
    }

    fn certificate_at(&self, label: &str, depth: usize) -> Result<&Certificate, DevkitError> {
        let slot = self.certificates.get(label).ok_or_else(|| unknown("entity", label))?;
        if slot.get().is_none() {
            PATH_LENGTH_MAX.check(depth).map_err(|_| DevkitError::Circle { label: label.to_owned() })?;
            let _ = slot.set(self.make_certificate(self.entity(label)?, depth)?);
        }
        slot.get().ok_or_else(|| unknown("entity", label))
    }

    fn make_certificate(&self, plan: &EntityPlan, depth: usize) -> Result<Certificate, DevkitError> {
        let wrong = |cause| signing(&plan.label, cause);
        let foreign = match plan.template {
            TemplateName::ForeignAuthority => Some(ForeignKind::Authority),
            TemplateName::ForeignSigner => Some(ForeignKind::Signer),
            _ => None,
        };
        let certificate = match foreign {
            Some(kind) => self.make_foreign(plan, kind)?,
            None => self.make_kazakh(plan, depth)?,
        };
        if plan.defects.contains(&EntityDefect::IssuerSignatureFlipped) {
            return Certificate::parse(&flip_last_bit(certificate.der())).map_err(|e| wrong(e.into()));
        }
        Ok(certificate)
    }

    fn make_kazakh(&self, plan: &EntityPlan, depth: usize) -> Result<Certificate, DevkitError> {
        let wrong = |cause| signing(&plan.label, cause);
        let public_key = self.key(&plan.label)?.public_key();
        let subject = subject_name(plan).map_err(wrong)?;
        let issuer_name = if plan.issuer == plan.label {
            subject.clone()
        } else {
            self.certificate_at(&plan.issuer, depth.saturating_add(1))?.subject().clone()
        };
        let issuer_key = self.key(&plan.issuer)?;
        let identifier = signing::key_identifier(public_key).map_err(wrong)?;
        let addresses = self.addresses(&plan.issuer);
        let profile = KazakhProfile {
            template: template(plan),
            key_algorithm: plan.key_algorithm,
            roles: &plan.roles,
            subject_key: &identifier,
            issuer_key: &signing::key_identifier(issuer_key.public_key()).map_err(wrong)?,
            addresses: (plan.issuer != plan.label).then_some(&addresses),
        };
        let draft = CertificateDraft {
            subject: &subject,
            public_key,
            serial: &signing::serial_number(&identifier),
            validity: self.plan.validity_of(plan),
            extensions: with_defects(profile.extensions(), &plan.defects),
        };
        signing::issue_certificate(&draft, &Authority { name: &issuer_name, key: issuer_key }).map_err(wrong)
    }

    fn make_foreign(&self, plan: &EntityPlan, kind: ForeignKind) -> Result<Certificate, DevkitError> {
        let issuer = self.entity(&plan.issuer)?;
        let draft = self.foreign_draft(plan, kind);
        let issuer_draft = self.foreign_draft(issuer, ForeignKind::Authority);
        signing::issue_foreign(&draft, self.key(&plan.label)?, (&issuer_draft, self.key(&plan.issuer)?))
            .map_err(|cause| signing(&plan.label, cause))
    }

    fn foreign_draft<'a>(&self, plan: &'a EntityPlan, kind: ForeignKind) -> ForeignDraft<'a> {
        ForeignDraft {
            kind,
            common_name: &plan.subject.common_name,
            organisation: plan.subject.organisation.as_deref().unwrap_or_default(),
            country: plan.subject.country(),
            validity: self.plan.validity_of(plan),
        }
    }

    fn addresses(&self, issuer: &str) -> Addresses {
        let base = &self.plan.base_url;
        let has_delta = self.plan.crls.iter().any(|c| c.issuer == issuer && c.delta_base.is_some());
        Addresses {
            ocsp: format!("{base}/ocsp/{issuer}"),
            ca_issuers: format!("{base}/cert/{issuer}.cer"),
            crl: format!("{base}/crl/{issuer}.crl"),
            delta_crl: has_delta.then(|| format!("{base}/crl/{issuer}-delta.crl")),
            cps: format!("{base}/cps"),
        }
    }

    fn make_crl(&self, plan: &CrlPlan) -> Result<Crl, DevkitError> {
        let wrong = |cause| signing(&plan.label, cause);
        let mut revocations = Vec::new();
        for revoked in &plan.revoked {
            revocations.push(Revocation {
                serial: self.certificate(&revoked.label)?.serial().to_vec(),
                revocation_date: revoked.at,
                reason: Some(revoked.reason),
                invalidity_date: revoked.invalid_since,
            });
        }
        let draft = CrlDraft {
            this_update: plan.this_update.unwrap_or(self.plan.validity.not_before),
            next_update: Some(plan.next_update.unwrap_or(self.plan.validity.not_after)),
            number: plan.number,
            delta_base: plan.delta_base,
            revocations,
        };
        let issuer = self.certificate(&plan.issuer)?;
        let authority = Authority { name: issuer.subject(), key: self.key(&plan.issuer)? };
        let crl = signing::issue_crl(&draft, &authority).map_err(wrong)?;
        if plan.defects.contains(&CrlDefect::IssuerSignatureFlipped) {
            return Crl::parse(&flip_last_bit(crl.der())).map_err(|e| wrong(e.into()));
        }
        Ok(crl)
    }
}

/// Shows how much is made; never a key.
impl std::fmt::Debug for DevkitPki {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let made = self.certificates.values().filter(|slot| slot.get().is_some()).count();
        write!(f, "DevkitPki({made} of {} certificates made)", self.certificates.len())
    }
}

fn template(plan: &EntityPlan) -> Template {
    match plan.template {
        TemplateName::Root => Template::Root,
        TemplateName::Issuing => Template::Issuing { path_len: plan.path_len },
        TemplateName::Auth => Template::Auth,
        TemplateName::Ocsp => Template::Ocsp,
        TemplateName::TimeStamping => Template::TimeStamping,
        TemplateName::ThirdParty => Template::ThirdParty,
        // The foreign ones never come here: they are written by rcgen.
        TemplateName::Sign | TemplateName::ForeignAuthority | TemplateName::ForeignSigner => Template::Sign,
    }
}

fn subject_name(plan: &EntityPlan) -> Result<Name, SigningError> {
    let attributes = plan.subject.attributes();
    let borrowed: Vec<_> = attributes.iter().map(|(oid, text)| (*oid, text.as_str())).collect();
    Ok(signing::encode_name(&borrowed)?)
}

/// Breaks what the plan wants broken, and nothing else.
fn with_defects(mut extensions: Vec<Extension>, defects: &[EntityDefect]) -> Vec<Extension> {
    for defect in defects {
        match defect {
            EntityDefect::IssuerSignatureFlipped => {}
            EntityDefect::NoBasicConstraints => extensions.retain(|e| e.oid != oids::BASIC_CONSTRAINTS),
            EntityDefect::NoKeyCertSign => {
                for usage in extensions.iter_mut().filter(|e| e.oid == oids::KEY_USAGE) {
                    // cRLSign alone: bit 6, one unused bit.
                    usage.value = der::tlv(der::tag::BIT_STRING, &[1, 0b0000_0010]);
                }
            }
            EntityDefect::UnknownCriticalExtension => {
                extensions.push(Extension { oid: NOBODYS_EXTENSION, critical: true, value: der::null() });
            }
        }
    }
    extensions
}

const NOBODYS_EXTENSION: const_oid::ObjectIdentifier = const_oid::ObjectIdentifier::new_unwrap("1.2.398.6.999.666");

/// The signature value is what a certificate or CRL ends with.
fn flip_last_bit(signed: &[u8]) -> Vec<u8> {
    let mut broken = signed.to_vec();
    if let Some(last) = broken.last_mut() {
        *last ^= 1;
    }
    broken
}

fn unknown(kind: &'static str, label: &str) -> DevkitError {
    DevkitError::UnknownLabel { kind, label: label.to_owned() }
}

pub(super) fn signing(label: &str, cause: SigningError) -> DevkitError {
    DevkitError::Signing { label: label.to_owned(), cause }
}
