//! Messages that say exactly what a test wants, right or wrong.

use super::*;
use crate::cms::{MessageImprint, SignedDataParts, TstInfo, encode_signed_data};
use crate::codec::der::tag;
use crate::x509::AlgorithmIdentifier;

/// One signer, with everything that can be got wrong.
#[derive(Clone)]
pub(super) struct SignerRecipe<'a> {
    pub(super) key: &'a SigningKey,
    pub(super) certificate: &'a Certificate,
    pub(super) content_type: ObjectIdentifier,
    pub(super) content: Vec<u8>,
    /// Whole Attribute encodings; `None`: the signature covers the content itself.
    pub(super) signed: Option<Vec<Vec<u8>>>,
    pub(super) unsigned: Vec<Vec<u8>>,
    pub(super) digest_oid: ObjectIdentifier,
    pub(super) signature_algorithm: Vec<u8>,
}

pub(super) const DIGEST: DigestAlgorithm = DigestAlgorithm::Sha512;

pub(super) fn attribute(oid: ObjectIdentifier, values: &[&[u8]]) -> Vec<u8> {
    der::sequence(&[&der::oid(oid), &der::set_of(values)])
}

pub(super) fn ess_v2(certificate: &Certificate) -> Vec<u8> {
    let hash = DigestAlgorithm::Sha256.digest(certificate.der());
    let ids = der::sequence(&[&der::sequence(&[&der::octet_string(&hash)])]);
    attribute(oids::SIGNING_CERTIFICATE_V2, &[&der::sequence(&[&ids])])
}

pub(super) fn ess_v1(certificate: &Certificate) -> Vec<u8> {
    let hash = DigestAlgorithm::Sha1.digest(certificate.der());
    let ids = der::sequence(&[&der::sequence(&[&der::octet_string(&hash)])]);
    attribute(oids::SIGNING_CERTIFICATE, &[&der::sequence(&[&ids])])
}

pub(super) fn content_type(oid: ObjectIdentifier) -> Vec<u8> {
    attribute(oids::CONTENT_TYPE, &[&der::oid(oid)])
}

pub(super) fn message_digest(content: &[u8]) -> Vec<u8> {
    attribute(oids::MESSAGE_DIGEST, &[&der::octet_string(&DIGEST.digest(content))])
}

pub(super) fn signing_time(at: Timestamp) -> Vec<u8> {
    attribute(oids::SIGNING_TIME, &[&der::utc_time(at)])
}

impl<'a> SignerRecipe<'a> {
    pub(super) fn of(entity: &'a Entity) -> Self {
        Self::over(entity, oids::ID_DATA, CONTENT)
    }

    pub(super) fn over(entity: &'a Entity, kind: ObjectIdentifier, content: &[u8]) -> Self {
        let certificate = &entity.certificate;
        Self {
            key: &entity.key,
            certificate,
            content_type: kind,
            content: content.to_vec(),
            signed: Some(vec![content_type(kind), message_digest(content), ess_v2(certificate)]),
            unsigned: Vec::new(),
            digest_oid: DIGEST.oid(),
            signature_algorithm: entity.key.signature_algorithm().algorithm_identifier_der(),
        }
    }

    pub(super) fn signed(self, attributes: Vec<Vec<u8>>) -> Self {
        Self { signed: Some(attributes), ..self }
    }

    pub(super) fn and_signed(mut self, attribute: Vec<u8>) -> Self {
        self.signed.get_or_insert_default().push(attribute);
        self
    }

    pub(super) fn value(&self) -> Vec<u8> {
        let covered = match &self.signed {
            Some(all) => der::set_of(&all.iter().map(Vec::as_slice).collect::<Vec<_>>()),
            None => self.content.clone(),
        };
        self.key.sign(&covered).unwrap()
    }

    fn signer_info(&self) -> Vec<u8> {
        let sid = der::sequence(&[self.certificate.issuer().raw(), &der::tlv(tag::INTEGER, self.certificate.serial())]);
        let set = |number, all: &[Vec<u8>]| {
            let mut encoded = der::set_of(&all.iter().map(Vec::as_slice).collect::<Vec<_>>());
            *encoded.first_mut().unwrap() = tag::CONTEXT_CONSTRUCTED | number;
            encoded
        };
        der::sequence(&[
            &der::integer_u64(1),
            &sid,
            &der::sequence(&[&der::oid(self.digest_oid), &der::null()]),
            &self.signed.as_ref().map(|all| set(0, all)).unwrap_or_default(),
            &self.signature_algorithm,
            &der::octet_string(&self.value()),
            &if self.unsigned.is_empty() { Vec::new() } else { set(1, &self.unsigned) },
        ])
    }

    /// The same with a signature time stamp.
    pub(super) fn stamped(mut self, token: &[u8]) -> Self {
        self.unsigned.push(attribute(oids::SIGNATURE_TIME_STAMP, &[token]));
        self
    }
}

/// A message in parts.
#[derive(Clone)]
pub(super) struct Made {
    pub(super) content_type: ObjectIdentifier,
    pub(super) content: Option<Vec<u8>>,
    pub(super) certificates: Vec<Vec<u8>>,
    pub(super) signers: Vec<Vec<u8>>,
}

impl Made {
    pub(super) fn by(signers: &[SignerRecipe<'_>]) -> Self {
        let first = signers.first().unwrap();
        Self {
            content_type: first.content_type,
            content: Some(first.content.clone()),
            certificates: signers.iter().map(|s| s.certificate.der().to_vec()).collect(),
            signers: signers.iter().map(SignerRecipe::signer_info).collect(),
        }
    }

    pub(super) fn detached(self) -> Self {
        Self { content: None, ..self }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let borrowed = |all: &[Vec<u8>]| all.iter().map(Vec::as_slice).collect::<Vec<&[u8]>>().concat();
        let certificates: Vec<&[u8]> = self.certificates.iter().map(Vec::as_slice).collect();
        let signers = borrowed(&self.signers);
        let signer_infos: &[&[u8]] = if signers.is_empty() { &[] } else { &[&signers] };
        encode_signed_data(&SignedDataParts {
            content_type: self.content_type,
            content: self.content.as_deref(),
            certificates: &certificates,
            digest_algorithms: &[],
            signer_infos,
        })
    }
}

/// A time-stamp token of this authority over these octets.
pub(super) fn token(tsa: &Entity, octets: &[u8], gen_time: Timestamp) -> Vec<u8> {
    Made::by(&[SignerRecipe::over(tsa, oids::ID_CT_TST_INFO, &tst_info(octets, gen_time).encode())]).encode()
}

pub(super) fn tst_info(octets: &[u8], gen_time: Timestamp) -> TstInfo {
    TstInfo {
        policy: ObjectIdentifier::new_unwrap("1.2.398.3.3.2.6.4"),
        message_imprint: MessageImprint {
            hash_algorithm: AlgorithmIdentifier { oid: DIGEST.oid(), parameters: None },
            hashed_message: DIGEST.digest(octets),
        },
        serial_number: vec![1],
        gen_time,
        accuracy: None,
        ordering: false,
        nonce: None,
        unknown_critical_extension: false,
    }
}
