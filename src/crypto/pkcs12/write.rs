//! The writer: containers of the Kazakh kind.

use const_oid::ObjectIdentifier;

use super::{
    CERT_BAG, ContainerError, DATA, ENCRYPTED_DATA, FRIENDLY_NAME, KeyContainer, SHROUDED_KEY_BAG, X509_CERTIFICATE,
    mac_value, oid,
};
use crate::codec::der::{self, tag};
use crate::crypto::digest::DigestAlgorithm;
use crate::crypto::entropy::Entropy;
use crate::crypto::pbe::Pkcs12Scheme;

const LOCAL_KEY_ID: ObjectIdentifier = oid("1.2.840.113549.1.9.21");

/// Iterations of what we write. Kazakh containers have 1,024 and their readers take any number.
const ITERATIONS: u32 = 10_000;

/// Writes a container of the Kazakh kind: the key under triple DES, the certificates under RC2-40 (they are public), a
/// MAC with SHA-1. What protects the key is the password.
pub fn write(contents: &KeyContainer, password: &str, entropy: &mut dyn Entropy) -> Result<Vec<u8>, ContainerError> {
    let mut salts = [[0_u8; 20]; 3];
    for salt in &mut salts {
        entropy.fill(salt)?;
    }
    let [key_salt, certificates_salt, mac_salt] = salts;
    // Ties the key's bag to its certificate's.
    let local_key_id = DigestAlgorithm::Sha1.digest(contents.key.public_key().key_octets());
    let id = attribute(LOCAL_KEY_ID, &der::octet_string(&local_key_id));

    let key = der::sequence(&[&key_bag(contents, password, (&key_salt, &id))]);
    let (algorithm, ciphertext) =
        Pkcs12Scheme::Rc2_40.encrypt(password, (&certificates_salt, ITERATIONS), &certificate_bags(contents, &id));
    let encrypted = der::sequence(&[&der::oid(DATA), &algorithm, &der::context_primitive(0, &ciphertext)]);
    let encrypted = der::sequence(&[&der::integer_u64(0), &encrypted]);
    let encrypted = der::sequence(&[&der::oid(ENCRYPTED_DATA), &der::context(0, &encrypted)]);

    let auth_safe = der::sequence(&[&data(&key), &encrypted]);
    let mac = mac_data(password, &mac_salt, &auth_safe);
    Ok(der::sequence(&[&der::integer_u64(3), &data(&auth_safe), &mac]))
}

fn key_bag(contents: &KeyContainer, password: &str, (salt, id): (&[u8], &[u8])) -> Vec<u8> {
    let name = contents.friendly_name.as_deref().map(|name| attribute(FRIENDLY_NAME, &bmp_string(name)));
    let attributes = der::set_of(&[Some(id), name.as_deref()].into_iter().flatten().collect::<Vec<_>>());
    let pkcs8 = contents.key.to_pkcs8_der();
    let (algorithm, ciphertext) = Pkcs12Scheme::TripleDes3Key.encrypt(password, (salt, ITERATIONS), &pkcs8);
    let shrouded = der::sequence(&[&algorithm, &der::octet_string(&ciphertext)]);
    bag(SHROUDED_KEY_BAG, &shrouded, &attributes)
}

fn certificate_bags(contents: &KeyContainer, id: &[u8]) -> Vec<u8> {
    let own = der::set_of(&[id]);
    let bags = contents.certificates.iter().enumerate().map(|(i, certificate)| {
        let value = der::context(0, &der::octet_string(certificate));
        let value = der::sequence(&[&der::oid(X509_CERTIFICATE), &value]);
        bag(CERT_BAG, &value, if i == 0 { &own } else { &[] })
    });
    der::tlv(tag::SEQUENCE, &bags.collect::<Vec<_>>().concat())
}

pub(super) fn mac_data(password: &str, salt: &[u8], auth_safe: &[u8]) -> Vec<u8> {
    let digest = DigestAlgorithm::Sha1;
    let value = mac_value(digest, password, (salt, ITERATIONS), auth_safe);
    let algorithm = der::sequence(&[&der::oid(digest.oid()), &der::null()]);
    let info = der::sequence(&[&algorithm, &der::octet_string(&value)]);
    der::sequence(&[&info, &der::octet_string(salt), &der::integer_u64(u64::from(ITERATIONS))])
}

pub(super) fn data(octets: &[u8]) -> Vec<u8> {
    der::sequence(&[&der::oid(DATA), &der::context(0, &der::octet_string(octets))])
}

fn bag(kind: ObjectIdentifier, value: &[u8], attributes: &[u8]) -> Vec<u8> {
    der::sequence(&[&der::oid(kind), &der::context(0, value), attributes])
}

fn attribute(kind: ObjectIdentifier, value: &[u8]) -> Vec<u8> {
    der::sequence(&[&der::oid(kind), &der::set_of(&[value])])
}

fn bmp_string(text: &str) -> Vec<u8> {
    der::tlv(tag::BMP_STRING, &text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>())
}
