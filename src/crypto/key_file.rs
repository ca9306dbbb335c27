//! A private key in a file of whatever kind: PKCS#12, or PKCS#8 plain or encrypted, in DER or PEM, with certificates
//! beside it where it is PEM.

use super::pkcs12::{self, ContainerError, KeyContainer};
use super::signing_key::SigningKey;
use crate::codec::armour;
use crate::codec::der::{Encoding, Reader, tag};
use crate::limits::KEY_CONTAINER_BYTES_MAX;

/// Opens a file that holds one private key. The certificate of the key, where there is one, comes first.
///
/// *Errors*: `PasswordNeeded`, `NoKey`, `SeveralKeys`, `CertificateMismatch`, and those of `pkcs12::read`. *Cost*:
/// `KEY_CONTAINER_BYTES_MAX`, `PBE_ITERATIONS_MAX`.
pub fn open(file: &[u8], password: Option<&str>) -> Result<KeyContainer, ContainerError> {
    KEY_CONTAINER_BYTES_MAX.check(file.len())?;
    let (mut keys, mut certificates) = (Vec::new(), Vec::new());
    for block in armour::strip_all_secret(file)? {
        match kind(&block)? {
            Kind::Pkcs12 => return pkcs12::read(&block, password.ok_or(ContainerError::PasswordNeeded)?),
            Kind::Certificate => certificates.push(block.to_vec()),
            kind => keys.push((kind, block)),
        }
    }
    let [(kind, octets)] = keys.as_slice() else {
        let count = keys.len();
        return Err(if count == 0 { ContainerError::NoKey } else { ContainerError::SeveralKeys { count } });
    };
    let key = match kind {
        Kind::EncryptedKey => {
            SigningKey::from_encrypted_pkcs8(octets, password.ok_or(ContainerError::PasswordNeeded)?)?
        }
        _ => SigningKey::from_pkcs8_der(octets)?,
    };
    let certificates = pkcs12::own_first(certificates, key.public_key())?;
    Ok(KeyContainer { key, certificates, friendly_name: None })
}

/// What a structure is, told by its first fields.
enum Kind {
    Pkcs12,
    PlainKey,
    EncryptedKey,
    Certificate,
}

fn kind(block: &[u8]) -> Result<Kind, ContainerError> {
    let mut fields = Reader::new(block, Encoding::Ber, "key file").sequence()?;
    let first = fields.any()?;
    Ok(match (first.tag, first.content, fields.peek_tag()) {
        // RFC 7292 §4: version 3; RFC 5958 §2: versions 0 and 1.
        (tag::INTEGER, [3], _) => Kind::Pkcs12,
        (tag::SEQUENCE, _, Some(tag::OCTET_STRING)) => Kind::EncryptedKey,
        (tag::SEQUENCE, _, _) => Kind::Certificate,
        _ => Kind::PlainKey,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::der;
    use crate::crypto::key::KeyError;
    use crate::crypto::{KeyAlgorithm, SeededEntropy, pbe};

    fn key(seed: &str) -> SigningKey {
        SigningKey::generate(KeyAlgorithm::EcP256, &mut SeededEntropy::new(seed.as_bytes())).unwrap()
    }

    /// As much of a certificate as says whose it is.
    fn certificate(key: &SigningKey) -> Vec<u8> {
        let empty = der::sequence(&[]);
        let serial = der::integer_u64(1);
        let tbs = der::sequence(&[&serial, &empty, &empty, &empty, &empty, key.public_key().spki_der()]);
        der::sequence(&[&tbs, &empty, &der::bit_string(&[])])
    }

    fn pem(label: &str, octets: &[u8]) -> String {
        armour::encode_pem(label, octets)
    }

    #[test]
    fn a_key_opens_in_every_form_that_it_comes_in() {
        let key = self::key("a");
        let plain = key.to_pkcs8_der();
        let encrypted = pbe::encrypt_pbes2("password", (&[1; 16], 1000), [2; 16], &plain).unwrap();
        let contents = KeyContainer { key: self::key("a"), certificates: vec![certificate(&key)], friendly_name: None };
        let p12 = pkcs12::write(&contents, "password", &mut SeededEntropy::new(b"p12")).unwrap();
        let with_certificate = pem("CERTIFICATE", &certificate(&key)) + &pem("PRIVATE KEY", &plain);
        let forms = [
            (plain.to_vec(), None, 0),
            (pem("PRIVATE KEY", &plain).into_bytes(), None, 0),
            (with_certificate.into_bytes(), None, 1),
            (encrypted.clone(), Some("password"), 0),
            (pem("ENCRYPTED PRIVATE KEY", &encrypted).into_bytes(), Some("password"), 0),
            (p12.clone(), Some("password"), 1),
            (pem("PKCS12", &p12).into_bytes(), Some("password"), 1),
        ];
        for (n, (file, password, certificates)) in forms.into_iter().enumerate() {
            let opened = open(&file, password).unwrap();
            assert_eq!(opened.key.public_key(), key.public_key(), "form {n}");
            assert_eq!(opened.certificates.len(), certificates, "form {n}");
        }
        for locked in [&encrypted, &p12] {
            assert_eq!(open(locked, None).err(), Some(ContainerError::PasswordNeeded));
        }
        assert_eq!(open(&encrypted, Some("passwort")).err(), Some(ContainerError::Key(KeyError::WrongPassword)));
        assert_eq!(open(&p12, Some("passwort")).err(), Some(ContainerError::WrongPassword));
    }

    #[test]
    fn a_file_holds_one_key_and_that_keys_certificates() {
        let (a, b) = (key("a"), key("b"));
        let one = pem("PRIVATE KEY", &a.to_pkcs8_der());
        let two = one.clone() + &pem("PRIVATE KEY", &b.to_pkcs8_der());
        let foreign = one + &pem("CERTIFICATE", &certificate(&b));
        let none = pem("CERTIFICATE", &certificate(&a));
        assert_eq!(open(two.as_bytes(), None).err(), Some(ContainerError::SeveralKeys { count: 2 }));
        assert_eq!(open(foreign.as_bytes(), None).err(), Some(ContainerError::CertificateMismatch));
        assert_eq!(open(none.as_bytes(), None).err(), Some(ContainerError::NoKey));
        assert!(matches!(open(b"no key at all", None), Err(ContainerError::Malformed(_))));
    }
}
