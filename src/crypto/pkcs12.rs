//! Key containers (PKCS#12, RFC 7292): read as Kazakh, Russian and modern tools write them, written the Kazakh way.

mod write;

use const_oid::ObjectIdentifier;
use zeroize::Zeroizing;

use super::digest::DigestAlgorithm;
use super::entropy::EntropyError;
use super::hmac::{hmac, same};
use super::key::{KeyError, PublicKey};
use super::pbe::{self, IterationBudget, Purpose, bmp_password};
use super::signing_key::SigningKey;
use super::{pbes2_gost, pkcs8};
use crate::codec::der::{Encoding, Reader, Tlv, tag};
use crate::codec::{Malformed, MalformedKind};
use crate::limits::{KEY_CONTAINER_BYTES_MAX, LimitExceeded};

pub use write::write;

/// A private key with its certificates.
#[derive(Debug)]
pub struct KeyContainer {
    /// The key.
    pub key: SigningKey,
    /// Certificates in DER, that of the key first.
    pub certificates: Vec<Vec<u8>>,
    /// The name that a person or program gave the key.
    pub friendly_name: Option<String>,
}

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
const ENCRYPTED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.6");
const KEY_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.1");
const SHROUDED_KEY_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.2");
const CERT_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.3");
const X509_CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.9.22.1");
const FRIENDLY_NAME: ObjectIdentifier = oid("1.2.840.113549.1.9.20");

/// Opens a container. The outside is read first, then the password is proved by the MAC, and only then is anything
/// decrypted: broken structure is `Malformed`, a MAC that does not hold is `WrongPassword`.
///
/// *Cost*: `KEY_CONTAINER_BYTES_MAX`, and `PBE_ITERATIONS_MAX` over all parts together.
pub fn read(container: &[u8], password: &str) -> Result<KeyContainer, ContainerError> {
    KEY_CONTAINER_BYTES_MAX.check(container.len())?;
    let mut budget = IterationBudget::new();
    let mut outer = Reader::new(container, Encoding::Ber, "PFX");
    let mut pfx = outer.sequence()?;
    outer.finish()?;
    if pfx.small_integer()? != 3 {
        return Err(pfx.malformed(MalformedKind::Version).into());
    }
    let mut auth_safe = pfx.sequence()?;
    if auth_safe.oid()? != DATA {
        return Err(ContainerError::UnsupportedProtection);
    }
    let contents = explicit_octets(&mut auth_safe)?;
    let Some(mac) = pfx.optional(tag::SEQUENCE)? else { return Err(ContainerError::UnsupportedProtection) };
    pfx.finish()?;
    check_mac(&mac, password, &contents, &mut budget)?;

    let bags = Bags::read(&contents, password, &mut budget)?;
    let [key] = bags.keys.as_slice() else {
        let count = bags.keys.len();
        return Err(if count == 0 { ContainerError::NoKey } else { ContainerError::SeveralKeys { count } });
    };
    let pkcs8 = match key {
        KeyBag::Plain(pkcs8) => pkcs8.clone(),
        KeyBag::Shrouded(encrypted) => {
            let body = Reader::new(encrypted, Encoding::Ber, "EncryptedPrivateKeyInfo").sequence()?;
            pkcs8::decrypt_info(body, password, &mut budget)?
        }
    };
    let key = SigningKey::from_pkcs8_der(&pkcs8)?;
    let certificates = own_first(bags.certificates, key.public_key())?;
    Ok(KeyContainer { key, certificates, friendly_name: bags.friendly_name })
}

/// Reads `[0] EXPLICIT OCTET STRING`, also one in chunks.
fn explicit_octets<'a>(reader: &mut Reader<'a>) -> Result<std::borrow::Cow<'a, [u8]>, Malformed> {
    let mut explicit = reader.expect(tag::CONTEXT_CONSTRUCTED)?.reader();
    reader.finish()?;
    let octets = explicit.any()?;
    explicit.finish()?;
    if octets.tag & !tag::CONSTRUCTED != tag::OCTET_STRING {
        let kind = MalformedKind::UnexpectedTag { found: octets.tag, expected: tag::OCTET_STRING };
        return Err(octets.malformed(kind));
    }
    octets.octets()
}

/// RFC 7292 §4 and appendix A: `MacData ::= SEQUENCE { mac DigestInfo, macSalt OCTET STRING, iterations INTEGER DEFAULT 1 }`.
fn check_mac(
    mac: &Tlv<'_>,
    password: &str,
    contents: &[u8],
    budget: &mut IterationBudget,
) -> Result<(), ContainerError> {
    let mut reader = mac.reader().named("MacData");
    let mut digest_info = reader.sequence()?;
    let algorithm = digest_info.sequence()?.oid()?;
    let expected = digest_info.expect(tag::OCTET_STRING)?.content;
    digest_info.finish()?;
    let salt = reader.expect(tag::OCTET_STRING)?.content;
    let iterations = if reader.is_empty() { 1 } else { reader.small_integer()? };
    reader.finish()?;
    if iterations == 0 {
        return Err(reader.malformed(MalformedKind::Value).into());
    }
    // Also PBMAC1 (RFC 9579) ends here: nobody around us writes it.
    let digest = DigestAlgorithm::from_oid(algorithm).ok_or(ContainerError::UnsupportedProtection)?;
    if pbe::is_gost(algorithm) {
        let actual = pbes2_gost::mac(digest, password, (salt, iterations), (contents, budget))?;
        if same(&actual, expected) {
            return Ok(());
        }
        // DIVERGENCE D-28: before RFC 9548 the key was derived as for every other digest.
    }
    budget.spend(iterations)?;
    let actual = mac_value(digest, password, (salt, iterations), contents);
    if same(&actual, expected) { Ok(()) } else { Err(ContainerError::WrongPassword) }
}

fn mac_value(digest: DigestAlgorithm, password: &str, salt: (&[u8], u32), contents: &[u8]) -> Zeroizing<Vec<u8>> {
    let key = pbe::derive(digest, (Purpose::Mac, digest.output_size()), &bmp_password(password), salt);
    hmac(digest, &key, &[contents])
}

enum KeyBag {
    Plain(Zeroizing<Vec<u8>>),
    Shrouded(Vec<u8>),
}

/// What the container's bags hold; bags of other kinds (CRLs, secrets) are passed over.
#[derive(Default)]
struct Bags {
    keys: Vec<KeyBag>,
    certificates: Vec<Vec<u8>>,
    friendly_name: Option<String>,
}

impl Bags {
    /// Reads `AuthenticatedSafe ::= SEQUENCE OF ContentInfo`.
    fn read(contents: &[u8], password: &str, budget: &mut IterationBudget) -> Result<Self, ContainerError> {
        let mut bags = Self::default();
        let mut outer = Reader::new(contents, Encoding::Ber, "AuthenticatedSafe");
        let mut safes = outer.sequence()?;
        outer.finish()?;
        while !safes.is_empty() {
            let mut content_info = safes.sequence()?;
            match content_info.oid()? {
                DATA => bags.add(&explicit_octets(&mut content_info)?)?,
                ENCRYPTED_DATA => {
                    let encrypted = content_info.expect(tag::CONTEXT_CONSTRUCTED)?;
                    bags.add(&decrypt_safe(&encrypted, password, budget)?)?;
                }
                // enveloped for a key: nobody writes it
                _ => return Err(ContainerError::UnsupportedProtection),
            }
        }
        Ok(bags)
    }

    /// Reads `SafeContents ::= SEQUENCE OF SafeBag`.
    fn add(&mut self, safe_contents: &[u8]) -> Result<(), ContainerError> {
        let mut outer = Reader::new(safe_contents, Encoding::Ber, "SafeContents");
        let mut safe_bags = outer.sequence()?;
        outer.finish()?;
        while !safe_bags.is_empty() {
            let mut bag = safe_bags.sequence()?;
            let kind = bag.oid()?;
            let mut value = bag.expect(tag::CONTEXT_CONSTRUCTED)?.reader();
            let attributes = bag.optional(tag::SET)?;
            bag.finish()?;
            match kind {
                KEY_BAG => self.keys.push(KeyBag::Plain(Zeroizing::new(value.any()?.raw.to_vec()))),
                SHROUDED_KEY_BAG => self.keys.push(KeyBag::Shrouded(value.any()?.raw.to_vec())),
                CERT_BAG => self.certificates.extend(certificate(&mut value)?),
                _ => continue,
            }
            value.finish()?;
            if let Some(attributes) = attributes
                && kind != CERT_BAG
            {
                self.friendly_name = friendly_name(&attributes)?;
            }
        }
        Ok(())
    }
}

/// `EncryptedData ::= SEQUENCE { version, EncryptedContentInfo { contentType, algorithm, [0] IMPLICIT OCTET STRING } }`.
fn decrypt_safe(
    encrypted: &Tlv<'_>,
    password: &str,
    budget: &mut IterationBudget,
) -> Result<Zeroizing<Vec<u8>>, ContainerError> {
    let mut explicit = encrypted.reader().named("EncryptedData");
    let mut data = explicit.sequence()?;
    explicit.finish()?;
    data.small_integer()?;
    let mut info = data.sequence()?;
    info.oid()?;
    let algorithm = info.expect(tag::SEQUENCE)?;
    let ciphertext = info.any()?;
    info.finish()?;
    if ciphertext.tag & !tag::CONSTRUCTED != tag::CONTEXT {
        return Err(ciphertext.malformed(MalformedKind::Value).into());
    }
    Ok(pbe::decrypt(&algorithm, password, &ciphertext.octets()?, budget)?)
}

/// `CertBag ::= SEQUENCE { certId, [0] EXPLICIT certValue }`; nothing for other kinds than X.509.
fn certificate(value: &mut Reader<'_>) -> Result<Option<Vec<u8>>, Malformed> {
    let mut bag = value.sequence()?;
    if bag.oid()? != X509_CERTIFICATE {
        return Ok(None);
    }
    explicit_octets(&mut bag).map(|octets| Some(octets.into_owned()))
}

fn friendly_name(attributes: &Tlv<'_>) -> Result<Option<String>, Malformed> {
    let mut attributes = attributes.reader();
    while !attributes.is_empty() {
        let mut attribute = attributes.sequence()?;
        if attribute.oid()? != FRIENDLY_NAME {
            continue;
        }
        let text = attribute.set()?.expect(tag::BMP_STRING)?;
        let (units, odd) = text.content.as_chunks::<2>();
        let units: Vec<u16> = units.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
        let name = String::from_utf16(&units).ok().filter(|_| odd.is_empty());
        return name.map(Some).ok_or_else(|| text.malformed(MalformedKind::Text));
    }
    Ok(None)
}

/// Puts the certificate of the key first. A container without certificates is one too.
pub(super) fn own_first(mut certificates: Vec<Vec<u8>>, key: &PublicKey) -> Result<Vec<Vec<u8>>, ContainerError> {
    match certificates.iter().position(|certificate| belongs(certificate, key)) {
        Some(own) => {
            let own = certificates.remove(own);
            certificates.insert(0, own);
            Ok(certificates)
        }
        None if certificates.is_empty() => Ok(certificates),
        None => Err(ContainerError::CertificateMismatch),
    }
}

/// Whether a certificate is this key's.
pub(super) fn belongs(certificate: &[u8], key: &PublicKey) -> bool {
    subject_public_key_info(certificate)
        .is_ok_and(|spki| PublicKey::from_spki_der(spki).is_ok_and(|theirs| theirs == *key))
}

/// Finds subjectPublicKeyInfo in a certificate (RFC 5280 §4.1): the sixth value after the optional version.
fn subject_public_key_info(certificate: &[u8]) -> Result<&[u8], Malformed> {
    let mut tbs = Reader::new(certificate, Encoding::Ber, "Certificate").sequence()?.sequence()?;
    tbs.optional(tag::CONTEXT_CONSTRUCTED)?;
    for _ in 0..5 {
        tbs.any()?;
    }
    Ok(tbs.expect(tag::SEQUENCE)?.raw)
}

/// A container that does not open.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContainerError {
    /// The octets are not the structure they claim to be: the file is damaged, or no PKCS#12.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The password is wrong.
    #[error("the password does not open the container (or its contents were altered)")]
    WrongPassword,
    /// It is encrypted, and no password was given.
    #[error("the key is encrypted; give the file that holds its password")]
    PasswordNeeded,
    /// The container's integrity or secrecy is protected in a way that we do not know, or not at all.
    #[error("the container is protected in a way that is not supported")]
    UnsupportedProtection,
    /// The container holds no key.
    #[error("the container holds no private key")]
    NoKey,
    /// The container holds more than one key.
    #[error("the container holds {count} private keys where one is expected")]
    SeveralKeys {
        /// How many.
        count: usize,
    },
    /// No certificate in the container belongs to its key.
    #[error("no certificate in the container belongs to its private key")]
    CertificateMismatch,
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A bound was hit.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
    /// No randomness to salt with.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

#[cfg(test)]
mod tests;
