//! What `pki/devkit.toml` says, in types.

use const_oid::ObjectIdentifier;
use serde::{Deserialize, Deserializer, Serialize};

use crate::crypto::KeyAlgorithm;
use crate::time::Timestamp;
use crate::trust::{NormVersion, PartyId, ReceiptKind, StatusEvent};
use crate::x509::{RevocationReason, Role, Validity, oids};

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// What every key is derived from, together with its label.
    pub seed: String,
    /// Of every key container.
    pub password: String,
    /// Where the authorities say they publish.
    pub base_url: String,
    /// Validity of certificates, and period of CRLs, that name no other.
    pub validity: DefaultValidity,
    /// Everyone who has a key.
    #[serde(rename = "entity")]
    pub entities: Vec<EntityPlan>,
    /// Revocation lists.
    #[serde(rename = "crl")]
    pub crls: Vec<CrlPlan>,
    /// The trust snapshot.
    pub snapshot: SnapshotPlan,
    /// The trust snapshot of the other country that has a third party.
    pub abroad: SnapshotPlan,
}

/// Validity where nothing else is said.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefaultValidity {
    /// First instant.
    pub not_before: Timestamp,
    /// Last instant.
    pub not_after: Timestamp,
}

/// Someone who has a key and a certificate.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntityPlan {
    /// Unique name; also the name of the files.
    pub label: String,
    /// In which folder the certificate goes.
    #[serde(default)]
    pub folder: Folder,
    /// What a verifier should say of its signatures.
    #[serde(default)]
    pub expect: Expectation,
    /// One sentence for people.
    pub note: String,
    /// Kind of key.
    #[serde(rename = "key", deserialize_with = "key_algorithm")]
    pub key_algorithm: KeyAlgorithm,
    /// What kind of certificate.
    pub template: TemplateName,
    /// pathLenConstraint of an authority.
    pub path_len: Option<u8>,
    /// Label of the issuer; its own for a root.
    pub issuer: String,
    /// Who it is.
    pub subject: SubjectPlan,
    /// Roles, by their codes.
    #[serde(default)]
    pub roles: Vec<Role>,
    /// First instant, where it is another than the default.
    pub not_before: Option<Timestamp>,
    /// Last instant, where it is another than the default.
    pub not_after: Option<Timestamp>,
    /// What is wrong on purpose.
    #[serde(default)]
    pub defects: Vec<EntityDefect>,
}

/// Where a file of the devkit lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Folder {
    /// What `--trust` takes: domestic authorities.
    Trust,
    /// Certificates of those who sign.
    #[default]
    Certificates,
    /// Time-stamping authorities.
    Tsa,
    /// Centres of other countries and their signers.
    Foreign,
    /// Broken on purpose.
    Broken,
    /// What `--evidence` takes: revocation lists.
    Evidence,
}

impl Folder {
    /// The folder's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trust => "trust",
            Self::Certificates => "certificates",
            Self::Tsa => "tsa",
            Self::Foreign => "foreign",
            Self::Broken => "broken",
            Self::Evidence => "evidence",
        }
    }
}

/// What a verifier that has `trust/` and `evidence/` should say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expectation {
    /// Nothing is wrong.
    #[default]
    Good,
    /// Revoked.
    Revoked,
    /// On hold.
    OnHold,
    /// No longer valid.
    Expired,
    /// Not valid yet.
    NotYetValid,
    /// The issuer's signature on the certificate does not hold.
    BadSignature,
    /// RFC 5280 §6 refuses the path.
    BadPath,
    /// Not for signing documents.
    WrongUsage,
    /// Recognised as signed under a registered foreign centre.
    ForeignRegistered,
    /// Not recognised: the foreign centre was never registered.
    ForeignUnregistered,
    /// Recognised only where proven older than the end of the registration.
    ForeignTerminated,
    /// Recognised only with the receipt of a third party.
    ForeignByReceipt,
}

/// Which certificate template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "signing::Template and signing::ForeignKind say what each is")]
pub enum TemplateName {
    Root,
    Issuing,
    Sign,
    Auth,
    Ocsp,
    TimeStamping,
    /// Signing receipts of a trusted third party.
    ThirdParty,
    ForeignAuthority,
    ForeignSigner,
}

/// Parts of a subject.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectPlan {
    /// commonName.
    pub common_name: String,
    /// surname.
    pub surname: Option<String>,
    /// givenName, which Kazakh certificates fill with the patronymic.
    pub given_name: Option<String>,
    /// Twelve digits.
    pub iin: Option<String>,
    /// organizationName.
    pub organisation: Option<String>,
    /// Twelve digits.
    pub bin: Option<String>,
    /// Object identifier of an information system.
    pub system: Option<String>,
    /// countryName; `KZ` where nothing is said.
    pub country: Option<String>,
}

impl SubjectPlan {
    /// Two letters.
    pub fn country(&self) -> &str {
        self.country.as_deref().unwrap_or("KZ")
    }

    /// The attributes in the order that НУЦ РК writes them (facts/kz-pki.md §2.2).
    pub fn attributes(&self) -> Vec<(ObjectIdentifier, String)> {
        let prefixed = |prefix: &str, digits: &Option<String>| digits.as_ref().map(|d| format!("{prefix}{d}"));
        [
            (oids::COMMON_NAME, Some(self.common_name.clone())),
            (oids::SURNAME, self.surname.clone()),
            (oids::SERIAL_NUMBER, prefixed("IIN", &self.iin)),
            (oids::COUNTRY, Some(self.country().to_owned())),
            (oids::ORGANIZATION, self.organisation.clone()),
            (oids::ORGANIZATIONAL_UNIT, prefixed("BIN", &self.bin)),
            (oids::GIVEN_NAME, self.given_name.clone()),
            (oids::USER_ID, self.system.clone()),
        ]
        .into_iter()
        .filter_map(|(oid, text)| text.map(|text| (oid, text)))
        .collect()
    }
}

/// What is wrong with a certificate on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntityDefect {
    /// One bit of the issuer's signature is flipped.
    IssuerSignatureFlipped,
    /// An authority whose key usage lacks keyCertSign.
    NoKeyCertSign,
    /// An authority without basicConstraints.
    NoBasicConstraints,
    /// A critical extension that nobody knows.
    UnknownCriticalExtension,
}

/// A revocation list.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrlPlan {
    /// Unique name; also the name of the file.
    pub label: String,
    /// Where the file goes; `evidence` where nothing is said.
    pub folder: Option<Folder>,
    /// One sentence for people, where the label does not say it all.
    pub note: Option<String>,
    /// Label of the issuer.
    pub issuer: String,
    /// cRLNumber.
    pub number: u64,
    /// Number of the full CRL that this one changes.
    pub delta_base: Option<u64>,
    /// First instant, where it is another than the default.
    pub this_update: Option<Timestamp>,
    /// When the next one is due, where it is another than the default.
    pub next_update: Option<Timestamp>,
    /// Whom it revokes.
    #[serde(default)]
    pub revoked: Vec<RevocationPlan>,
    /// What is wrong on purpose.
    #[serde(default)]
    pub defects: Vec<CrlDefect>,
}

/// What is wrong with a CRL on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CrlDefect {
    /// One bit of the issuer's signature is flipped.
    IssuerSignatureFlipped,
}

/// One revoked entity.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevocationPlan {
    /// Who.
    pub label: String,
    /// When.
    pub at: Timestamp,
    /// Why, by the standard's name.
    #[serde(deserialize_with = "reason")]
    pub reason: RevocationReason,
    /// Since when the key is known to be compromised.
    pub invalid_since: Option<Timestamp>,
}

/// The trust snapshot.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapshotPlan {
    /// Its version.
    pub version: u64,
    /// When it was made; also the signer's claimed time.
    pub issued_at: Timestamp,
    /// Under which norm.
    pub norm: String,
    /// Label of the signer.
    pub signer: String,
    /// Labels of the anchors.
    pub domestic: Vec<String>,
    /// Labels of the authorities below them.
    pub intermediates: Vec<String>,
    /// Foreign centres.
    #[serde(default)]
    pub foreign: Vec<RegistrationPlan>,
    /// Trusted third parties of other countries.
    #[serde(default)]
    pub foreign_ttps: Vec<ForeignThirdPartyPlan>,
    /// Trusted third parties.
    #[serde(default)]
    pub domestic_ttps: Vec<ThirdPartyPlan>,
    /// Which rules applied when.
    #[serde(default)]
    pub norms: Vec<NormVersion>,
}

/// A trusted third party of the country.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThirdPartyPlan {
    /// Label of the key that signs its receipts.
    pub label: String,
    /// Its name in the registry.
    pub party: PartyId,
    /// The act it works under.
    pub act: String,
    /// Since when it answers for that key.
    pub since: Timestamp,
    /// How it speaks.
    pub dialect: ReceiptKind,
    /// Where it is asked.
    pub endpoint: String,
}

/// A trusted third party of another country.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignThirdPartyPlan {
    /// Label of the key that signs its receipts.
    pub label: String,
    /// Its name in the registry.
    pub party: PartyId,
    /// The act it is registered under.
    pub act: String,
    /// Since when it answers for that key, and for the centres.
    pub since: Timestamp,
    /// What happened to its registration.
    pub events: Vec<StatusEvent>,
    /// How it speaks.
    pub dialect: ReceiptKind,
    /// Where it is asked.
    pub endpoint: String,
    /// Labels of the centres that are registered with it.
    pub centres: Vec<String>,
}

/// The registration of a foreign centre.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrationPlan {
    /// Label of its root.
    pub label: String,
    /// The act it is registered under.
    pub act: String,
    /// What happened to it.
    pub events: Vec<StatusEvent>,
}

impl Plan {
    /// Reads the plan that is part of this program.
    pub fn embedded() -> Result<Self, toml::de::Error> {
        toml::from_str(include_str!("../../../pki/devkit.toml"))
    }

    /// From when to when an entity's certificate is valid.
    pub fn validity_of(&self, entity: &EntityPlan) -> Validity {
        Validity {
            not_before: entity.not_before.unwrap_or(self.validity.not_before),
            not_after: entity.not_after.unwrap_or(self.validity.not_after),
        }
    }
}

fn key_algorithm<'de, D: Deserializer<'de>>(deserializer: D) -> Result<KeyAlgorithm, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

fn reason<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RevocationReason, D::Error> {
    let name = String::deserialize(deserializer)?;
    RevocationReason::from_name(&name).ok_or_else(|| serde::de::Error::custom("no revocation reason has this name"))
}
