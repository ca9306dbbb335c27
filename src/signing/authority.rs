//! Certificates as a certification authority signs them, with a key of any of our algorithms.

use sha1::{Digest as _, Sha1};
use signature::Keypair;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{self, Builder, CertificateBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::der::asn1::{BitString, GeneralizedTime, OctetString};
use x509_cert::der::{Decode, Document, Encode};
use x509_cert::ext::Extension as WrittenExtension;
use x509_cert::name::Name as WrittenName;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{
    self, AlgorithmIdentifierOwned, DynSignatureAlgorithmIdentifier, EncodePublicKey, SubjectPublicKeyInfoOwned,
    SubjectPublicKeyInfoRef,
};
use x509_cert::time::{Time, Validity as WrittenValidity};

use super::SigningError;
use super::signer::check_signature;
use crate::codec::der::{Encoding, Reader};
use crate::crypto::{PublicKey, SigningKey};
use crate::time::Timestamp;
use crate::x509::{Certificate, Extension, Name, Validity};

/// Who signs certificates and CRLs: a name and a key.
#[derive(Clone, Copy, Debug)]
pub struct Authority<'a> {
    /// What goes into the issuer field.
    pub name: &'a Name,
    /// What signs.
    pub key: &'a SigningKey,
}

/// What a certificate is to say.
#[derive(Clone, Debug)]
pub struct CertificateDraft<'a> {
    /// Whose key it is.
    pub subject: &'a Name,
    /// The key.
    pub public_key: &'a PublicKey,
    /// Unsigned, big-endian, at most 20 octets.
    pub serial: &'a [u8],
    /// From when to when, in whole seconds.
    pub validity: Validity,
    /// Every extension, in the order they are written; nothing is added.
    pub extensions: Vec<Extension>,
}

/// Issues a certificate. Whether the issuer may issue it is not asked: a test PKI needs the ones that break the rules.
///
/// *Errors*: `Unencodable`, `Sign`, `SelfCheck`.
pub fn issue_certificate(draft: &CertificateDraft<'_>, issuer: &Authority<'_>) -> Result<Certificate, SigningError> {
    if draft.validity.not_before > draft.validity.not_after {
        return Err(SigningError::Unencodable);
    }
    let profile = Profile {
        subject: written_name(draft.subject)?,
        issuer: written_name(issuer.name)?,
        extensions: draft.extensions.iter().map(written_extension).collect::<Result<_, _>>()?,
    };
    let serial = SerialNumber::new(draft.serial).map_err(unencodable)?;
    let not_before = written_time(draft.validity.not_before)?;
    let validity = WrittenValidity::new(not_before, written_time(draft.validity.not_after)?);
    let spki = SubjectPublicKeyInfoOwned::from_der(draft.public_key.spki_der()).map_err(unencodable)?;
    let signer = BuilderSigner(issuer.key);
    let mut builder = CertificateBuilder::new(profile, serial, validity, spki).map_err(unencodable)?;
    let tbs = builder.finalize(&signer).map_err(unencodable)?;
    let value = issuer.key.sign(&tbs)?;
    let signature = BitString::from_bytes(&value).map_err(unencodable)?;
    let der = builder.assemble(signature, &signer).map_err(unencodable)?.to_der().map_err(unencodable)?;
    let certificate = Certificate::parse(&der)?;
    let algorithm = issuer.key.signature_algorithm();
    check_signature(algorithm, issuer.key.public_key(), certificate.tbs(), certificate.signature_value())?;
    Ok(certificate)
}

/// The identifier of a key: SHA-1 over the BIT STRING's octets (RFC 5280 §4.2.1.2 (1); facts/kz-pki.md §1.6).
pub fn key_identifier(key: &PublicKey) -> Result<Vec<u8>, SigningError> {
    let mut spki = Reader::new(key.spki_der(), Encoding::Der, "SubjectPublicKeyInfo").sequence()?;
    spki.sequence()?;
    let octets = spki.any()?.bit_string()?;
    Ok(Sha1::digest(octets).to_vec())
}

/// The serial number that НУЦ РК derives from a key identifier: positive and of full length (facts/kz-pki.md §1.6).
pub fn serial_number(key_identifier: &[u8]) -> Vec<u8> {
    let mut serial = key_identifier.to_vec();
    if let Some(first) = serial.first_mut() {
        *first &= 0x7f;
        if *first < 0x10 {
            *first |= 0x10;
        }
    }
    serial
}

/// What the builder asks for, all decided beforehand.
struct Profile {
    subject: WrittenName,
    issuer: WrittenName,
    extensions: Vec<WrittenExtension>,
}

impl BuilderProfile for Profile {
    fn get_issuer(&self, _subject: &WrittenName) -> WrittenName {
        self.issuer.clone()
    }

    fn get_subject(&self) -> WrittenName {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        _subject_key: SubjectPublicKeyInfoRef<'_>,
        _issuer_key: SubjectPublicKeyInfoRef<'_>,
        _tbs: &TbsCertificate,
    ) -> builder::Result<Vec<WrittenExtension>> {
        Ok(self.extensions.clone())
    }
}

/// Our key as the builder knows keys; it signs between `finalize` and `assemble`, so the builder never asks it to.
struct BuilderSigner<'a>(&'a SigningKey);

#[derive(Clone)]
struct BuilderVerifyingKey(PublicKey);

impl Keypair for BuilderSigner<'_> {
    type VerifyingKey = BuilderVerifyingKey;

    fn verifying_key(&self) -> BuilderVerifyingKey {
        BuilderVerifyingKey(self.0.public_key().clone())
    }
}

impl DynSignatureAlgorithmIdentifier for BuilderSigner<'_> {
    fn signature_algorithm_identifier(&self) -> spki::Result<AlgorithmIdentifierOwned> {
        Ok(AlgorithmIdentifierOwned::from_der(&self.0.signature_algorithm().algorithm_identifier_der())?)
    }
}

impl EncodePublicKey for BuilderVerifyingKey {
    fn to_public_key_der(&self) -> spki::Result<Document> {
        Ok(Document::try_from(self.0.spki_der())?)
    }
}

fn written_name(name: &Name) -> Result<WrittenName, SigningError> {
    WrittenName::from_der(name.raw()).map_err(unencodable)
}

fn written_extension(extension: &Extension) -> Result<WrittenExtension, SigningError> {
    Ok(WrittenExtension {
        extn_id: extension.oid,
        critical: extension.critical,
        extn_value: OctetString::new(extension.value.clone()).map_err(unencodable)?,
    })
}

/// The builder turns it into UTCTime where RFC 5280 §4.1.2.5 asks for it.
fn written_time(at: Timestamp) -> Result<Time, SigningError> {
    let seconds = u64::try_from(at.unix_seconds()).map_err(|_| SigningError::Unencodable)?;
    let time = GeneralizedTime::from_unix_duration(std::time::Duration::from_secs(seconds)).map_err(unencodable)?;
    Ok(time.into())
}

/// The builder's errors tell what of the draft it could not write; there is nothing in them that a person could do.
fn unencodable<E>(_: E) -> SigningError {
    SigningError::Unencodable
}
