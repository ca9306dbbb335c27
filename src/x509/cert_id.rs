//! CertID (RFC 6960 §4.1.1): how OCSP names one certificate.

use super::{AlgorithmIdentifier, Certificate};
use crate::codec::Malformed;
use crate::codec::der::{self, Encoding, Reader, tag};
use crate::crypto::DigestAlgorithm;

/// ASN.1: `CertID ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier, issuerNameHash OCTET STRING, issuerKeyHash OCTET STRING,
/// serialNumber INTEGER }`
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CertId {
    /// Digest algorithm of the two hashes.
    pub hash_algorithm: AlgorithmIdentifier,
    /// Digest over the DER of the issuer's name, as it stands in the certificate.
    pub issuer_name_hash: Vec<u8>,
    /// Digest over the contents of the issuer's key, a BIT STRING, without the count of unused bits.
    pub issuer_key_hash: Vec<u8>,
    /// Contents octets of the serial number.
    pub serial: Vec<u8>,
}

impl CertId {
    /// Names `certificate` among those of `issuer`.
    pub fn of(certificate: &Certificate, issuer: &Certificate, digest: DigestAlgorithm) -> Self {
        // RFC 6960 §4.1.1: "the issuer's name field in the certificate being checked".
        let issuer_name_hash = digest.digest(certificate.issuer().raw());
        Self {
            hash_algorithm: AlgorithmIdentifier { oid: digest.oid(), parameters: Some(der::null().into()) },
            issuer_name_hash,
            issuer_key_hash: digest.digest(key_octets(issuer)),
            serial: certificate.serial().to_vec(),
        }
    }

    /// Whether this names `certificate` among those of `issuer`; `None` where the digest is one we do not know.
    ///
    /// The name may be hashed as the certificate writes it or as its issuer writes its own: equal names may differ in
    /// their octets (`docs/divergences.md` D-15).
    pub fn names(&self, certificate: &Certificate, issuer: &Certificate) -> Option<bool> {
        if self.serial != certificate.serial() {
            return Some(false);
        }
        let digest = DigestAlgorithm::from_oid(self.hash_algorithm.oid)?;
        let name =
            [certificate.issuer(), issuer.subject()].iter().any(|n| digest.digest(n.raw()) == self.issuer_name_hash);
        Some(name && digest.digest(key_octets(issuer)) == self.issuer_key_hash)
    }

    /// Whether both are the same question: parameters of the digest count as equal where absent or NULL.
    pub fn is_same(&self, other: &Self) -> bool {
        self.hash_algorithm.matches(&other.hash_algorithm)
            && (&self.issuer_name_hash, &self.issuer_key_hash, &self.serial)
                == (&other.issuer_name_hash, &other.issuer_key_hash, &other.serial)
    }

    /// Whether this names a certificate of `issuer` at all, for those who answer requests; `None` as above.
    pub fn is_of(&self, issuer: &Certificate) -> Option<bool> {
        let digest = DigestAlgorithm::from_oid(self.hash_algorithm.oid)?;
        let name = digest.digest(issuer.subject().raw()) == self.issuer_name_hash;
        Some(name && digest.digest(key_octets(issuer)) == self.issuer_key_hash)
    }

    /// Reads from the contents of the SEQUENCE.
    pub fn parse(mut reader: Reader<'_>) -> Result<Self, Malformed> {
        let hash_algorithm = AlgorithmIdentifier::parse(reader.sequence()?)?;
        let issuer_name_hash = reader.expect(tag::OCTET_STRING)?.content.to_vec();
        let issuer_key_hash = reader.expect(tag::OCTET_STRING)?.content.to_vec();
        let serial = reader.integer()?.to_vec();
        reader.finish()?;
        Ok(Self { hash_algorithm, issuer_name_hash, issuer_key_hash, serial })
    }

    /// Gives the whole encoding.
    pub fn encode(&self) -> Vec<u8> {
        let parameters = self.hash_algorithm.parameters.clone().unwrap_or_default();
        der::sequence(&[
            &der::sequence(&[&der::oid(self.hash_algorithm.oid), &parameters]),
            &der::octet_string(&self.issuer_name_hash),
            &der::octet_string(&self.issuer_key_hash),
            &der::tlv(tag::INTEGER, &self.serial),
        ])
    }
}

/// The octets that identify a certificate's key in OCSP: the contents of its BIT STRING, whatever the algorithm.
pub(crate) fn key_octets(certificate: &Certificate) -> &[u8] {
    let read = || -> Result<&[u8], Malformed> {
        let mut spki = Reader::new(certificate.spki_der(), Encoding::Der, "SubjectPublicKeyInfo").sequence()?;
        spki.sequence()?;
        spki.any()?.bit_string()
    };
    read().unwrap_or_default()
}
