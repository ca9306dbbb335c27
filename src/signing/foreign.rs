//! Certificates as a centre of another country, or a TLS endpoint, has them: plain RFC 5280, written with rcgen.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyIdMethod, KeyUsagePurpose, PublicKeyData, SerialNumber,
};

use super::SigningError;
use super::authority::{key_identifier, serial_number};
use super::signer::check_signature;
use crate::codec::der::{Encoding, Reader};
use crate::crypto::{KeyAlgorithm, PublicKey, SigningKey};
use crate::x509::{Certificate, Validity};

/// What a foreign certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForeignKind {
    /// Issuing certificates.
    Authority,
    /// Signing documents.
    Signer,
}

/// What a foreign certificate is to say.
#[derive(Clone, Copy, Debug)]
pub struct ForeignDraft<'a> {
    /// What it is for.
    pub kind: ForeignKind,
    /// commonName; never left to the writer's default, which is the same for all.
    pub common_name: &'a str,
    /// organizationName.
    pub organisation: &'a str,
    /// countryName, two letters.
    pub country: &'a str,
    /// From when to when, in whole seconds.
    pub validity: Validity,
}

/// Issues a foreign certificate.
///
/// *Takes* the subject's key, and the issuer's draft with its key (a root's own to sign itself). *Errors*:
/// `NotForForeign`, `Unencodable`.
pub fn issue_foreign(
    draft: &ForeignDraft<'_>,
    key: &SigningKey,
    issuer: (&ForeignDraft<'_>, &SigningKey),
) -> Result<Certificate, SigningError> {
    let (issuer_draft, issuer_key) = issuer;
    let subject_key = RcgenKey::new(key)?;
    let issuer_params = params(issuer_draft, issuer_key)?;
    let issuer = Issuer::from_params(&issuer_params, RcgenKey::new(issuer_key)?);
    let made = params(draft, key)?.signed_by(&subject_key, &issuer).map_err(|e| refused(&e))?;
    checked(made.der(), issuer_key)
}

/// Makes a self-signed TLS server certificate for these host names or addresses.
///
/// *Errors*: `NotForForeign`, `Unencodable`.
pub fn self_signed_tls(names: &[String], key: &SigningKey, validity: Validity) -> Result<Certificate, SigningError> {
    let mut params = CertificateParams::new(names).map_err(|e| refused(&e))?;
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, names.first().map_or("localhost", String::as_str));
    params.distinguished_name = name;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    identify(&mut params, key.public_key(), validity)?;
    let made = params.self_signed(&RcgenKey::new(key)?).map_err(|e| refused(&e))?;
    checked(made.der(), key)
}

fn checked(der: &[u8], issuer_key: &SigningKey) -> Result<Certificate, SigningError> {
    let certificate = Certificate::parse(der)?;
    let algorithm = issuer_key.signature_algorithm();
    check_signature(algorithm, issuer_key.public_key(), certificate.tbs(), certificate.signature_value())?;
    Ok(certificate)
}

fn params(draft: &ForeignDraft<'_>, key: &SigningKey) -> Result<CertificateParams, SigningError> {
    let mut params = CertificateParams::default();
    let mut name = DistinguishedName::new();
    let country = draft.country.try_into().map_err(|_| SigningError::Unencodable)?;
    name.push(DnType::CountryName, DnValue::PrintableString(country));
    name.push(DnType::OrganizationName, draft.organisation);
    name.push(DnType::CommonName, draft.common_name);
    params.distinguished_name = name;
    match draft.kind {
        ForeignKind::Authority => {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        }
        ForeignKind::Signer => {
            params.is_ca = IsCa::ExplicitNoCa;
            params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::ContentCommitment];
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection];
        }
    }
    params.use_authority_key_identifier_extension = true;
    identify(&mut params, key.public_key(), draft.validity)?;
    Ok(params)
}

#[expect(clippy::arithmetic_side_effects, reason = "both sums end in the year 9999, where the calendar does")]
fn identify(params: &mut CertificateParams, key: &PublicKey, validity: Validity) -> Result<(), SigningError> {
    let identifier = key_identifier(key)?;
    params.serial_number = Some(SerialNumber::from_slice(&serial_number(&identifier)));
    params.key_identifier_method = KeyIdMethod::PreSpecified(identifier);
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    let since_epoch = |seconds| u64::try_from(seconds).map(std::time::Duration::from_secs);
    let beyond = |_| SigningError::Unencodable;
    let not_before = since_epoch(validity.not_before.unix_seconds()).map_err(beyond)?;
    let not_after = since_epoch(validity.not_after.unix_seconds()).map_err(beyond)?;
    if not_after > MAX_SINCE_EPOCH || not_before > not_after {
        return Err(SigningError::Unencodable);
    }
    (params.not_before, params.not_after) = (epoch + not_before, epoch + not_after);
    Ok(())
}

/// 9999-12-31T23:59:59Z, the last instant that a certificate can name.
const MAX_SINCE_EPOCH: std::time::Duration = std::time::Duration::from_secs(253_402_300_799);

/// Our key as rcgen knows keys.
struct RcgenKey<'a> {
    key: &'a SigningKey,
    algorithm: &'static rcgen::SignatureAlgorithm,
    public_octets: Vec<u8>,
}

impl<'a> RcgenKey<'a> {
    fn new(key: &'a SigningKey) -> Result<Self, SigningError> {
        let algorithm = match key.key_algorithm() {
            KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072 | KeyAlgorithm::Rsa4096 => &rcgen::PKCS_RSA_SHA256,
            KeyAlgorithm::EcP256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            KeyAlgorithm::EcP384 => &rcgen::PKCS_ECDSA_P384_SHA384,
            KeyAlgorithm::Ed25519 => &rcgen::PKCS_ED25519,
            _ => return Err(SigningError::NotForForeign),
        };
        let spki_der = key.public_key().spki_der();
        let mut spki = Reader::new(spki_der, Encoding::Der, "SubjectPublicKeyInfo").sequence()?;
        spki.sequence()?;
        let public_octets = spki.any()?.bit_string()?.to_vec();
        Ok(Self { key, algorithm, public_octets })
    }
}

impl PublicKeyData for RcgenKey<'_> {
    fn der_bytes(&self) -> &[u8] {
        &self.public_octets
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        self.algorithm
    }
}

impl rcgen::SigningKey for RcgenKey<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.key.sign(message).map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

/// rcgen refuses before anything is signed, except where the key itself failed.
fn refused(error: &rcgen::Error) -> SigningError {
    match error {
        rcgen::Error::RemoteKeyError => SigningError::Sign(crate::crypto::SignError::Failed),
        _ => SigningError::Unencodable,
    }
}
