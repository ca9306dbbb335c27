//! The same work as it is done with a stock library: a lean reader, certificates and revocation looked up, and one signature
//! verified after the other. Strong on purpose: it leaves out what the verdict of a real verifier needs.

use std::collections::{HashMap, HashSet};

use const_oid::ObjectIdentifier;
use ring::{digest, signature};

use super::Corpus;
use crate::cms::{SignedData, oids};
use crate::codec::der::{Encoding, Reader, tag};
use crate::x509::Certificate;

/// A key as stock libraries take it: the contents of its BIT STRING, and its certificate's algorithm identifier.
#[derive(Clone, Debug)]
pub struct StockKey {
    /// Contents of the BIT STRING.
    pub octets: Vec<u8>,
    /// Whether it is an RSA key; else a point on P-256.
    pub is_rsa: bool,
}

/// What is known before the first document comes: certificates by their octets, whose paths held, and who is revoked.
#[derive(Debug)]
pub struct Stock {
    certificates: HashMap<Vec<u8>, (StockKey, Vec<u8>)>,
    revoked: HashSet<Vec<u8>>,
}

/// Verifies one value: key, message, signature.
pub type VerifyOne = fn(&StockKey, &[u8], &[u8]) -> bool;

impl Stock {
    /// Learns what the corpus holds; `None` where its algorithm is none of a stock library.
    pub fn learn(corpus: &Corpus) -> Option<Self> {
        let mut certificates = HashMap::new();
        for document in &corpus.documents {
            let message = SignedData::parse(document).ok()?;
            let der = message.certificates.first()?;
            if !certificates.contains_key(*der) {
                let certificate = Certificate::parse(der).ok()?;
                certificates.insert(der.to_vec(), (stock_key(&certificate)?, certificate.serial().to_vec()));
            }
        }
        let [_, list] = &corpus.crls;
        let revoked = serials(list.der())?;
        Some(Self { certificates, revoked })
    }

    /// Octets in, yes or no out.
    pub fn judge(&self, document: &[u8], verify: VerifyOne) -> bool {
        self.read(document, verify).unwrap_or(false)
    }

    fn read(&self, document: &[u8], verify: VerifyOne) -> Option<bool> {
        let mut info = Reader::new(document, Encoding::Der, "ContentInfo").sequence().ok()?;
        info.oid().ok()?;
        let mut message = info.any().ok()?.reader().sequence().ok()?;
        message.integer().ok()?;
        message.any().ok()?;
        let mut encapsulated = message.sequence().ok()?;
        encapsulated.oid().ok()?;
        let content = encapsulated.any().ok()?.reader().any().ok()?.content;
        let certificate = message.any().ok()?.reader().any().ok()?.raw;
        let (key, serial) = self.certificates.get(certificate)?;
        if self.revoked.contains(serial) {
            return Some(false);
        }
        let mut signer = message.set().ok()?.sequence().ok()?;
        signer.integer().ok()?;
        signer.any().ok()?;
        signer.any().ok()?;
        let attributes = signer.any().ok()?;
        signer.any().ok()?;
        let value = signer.any().ok()?.content;
        let named = attribute(attributes.reader(), oids::MESSAGE_DIGEST)?;
        if digest::digest(&digest::SHA256, content).as_ref() != named {
            return Some(false);
        }
        let mut signed = attributes.raw.to_vec();
        *signed.first_mut()? = tag::SET;
        Some(verify(key, &signed, value))
    }
}

fn attribute(mut all: Reader<'_>, wanted: ObjectIdentifier) -> Option<&[u8]> {
    while !all.is_empty() {
        let mut one = all.sequence().ok()?;
        if one.oid().ok()? == wanted {
            return Some(one.set().ok()?.any().ok()?.content);
        }
    }
    None
}

fn stock_key(certificate: &Certificate) -> Option<StockKey> {
    let is_rsa = match certificate.public_key().ok()?.algorithm_name() {
        "rsa" => true,
        "ec-p256" => false,
        _ => return None,
    };
    let mut spki = Reader::new(certificate.spki_der(), Encoding::Der, "SubjectPublicKeyInfo").sequence().ok()?;
    spki.any().ok()?;
    Some(StockKey { octets: spki.any().ok()?.bit_string().ok()?.to_vec(), is_rsa })
}

/// The serial numbers in a CRL.
fn serials(crl: &[u8]) -> Option<HashSet<Vec<u8>>> {
    let mut fields = Reader::new(crl, Encoding::Der, "TBSCertList").sequence().ok()?.sequence().ok()?;
    for _ in 0..5 {
        fields.any().ok()?;
    }
    let (mut entries, mut all) = (fields.sequence().ok()?, HashSet::new());
    while !entries.is_empty() {
        all.insert(entries.sequence().ok()?.integer().ok()?.to_vec());
    }
    Some(all)
}

/// ring's verification.
pub fn verify_with_ring(key: &StockKey, message: &[u8], value: &[u8]) -> bool {
    let algorithm: &dyn signature::VerificationAlgorithm =
        if key.is_rsa { &signature::RSA_PKCS1_2048_8192_SHA256 } else { &signature::ECDSA_P256_SHA256_ASN1 };
    signature::UnparsedPublicKey::new(algorithm, &key.octets).verify(message, value).is_ok()
}
