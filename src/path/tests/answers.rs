//! OCSP responses for tests: they say exactly what a test wants, whoever signs them.

use super::pki::{Entity, day, encode_extension};
use crate::codec::der;
use crate::crypto::DigestAlgorithm;
use crate::time::Timestamp;
use crate::x509::{CertId, OcspResponse, key_octets, oids};

/// What a response is to say of one certificate.
#[derive(Clone)]
pub(super) struct OcspRecipe {
    id: CertId,
    status: Vec<u8>,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    produced_at: Timestamp,
    single_extensions: Vec<Vec<u8>>,
    extensions: Vec<Vec<u8>>,
    by_key: bool,
    carried: Vec<Vec<u8>>,
}

impl OcspRecipe {
    /// Good, from day 95 to day 105.
    pub(super) fn good(certificate: &Entity, issuer: &Entity) -> Self {
        Self {
            id: CertId::of(&certificate.certificate, &issuer.certificate, DigestAlgorithm::Sha1),
            status: der::context_primitive(0, &[]),
            this_update: day(95),
            next_update: Some(day(105)),
            produced_at: day(95),
            single_extensions: Vec::new(),
            extensions: Vec::new(),
            by_key: false,
            carried: Vec::new(),
        }
    }

    pub(super) fn revoked(self, since: Timestamp, reason: Option<u8>) -> Self {
        let reason = reason.map(|code| der::context(0, &der::enumerated(code))).unwrap_or_default();
        Self { status: der::context(1, &[der::generalized_time(since), reason].concat()), ..self }
    }

    pub(super) fn unknown(self) -> Self {
        Self { status: der::context_primitive(2, &[]), ..self }
    }

    /// Made and signed at this time.
    pub(super) fn from(self, at: Timestamp) -> Self {
        Self { this_update: at, produced_at: at, ..self }
    }

    pub(super) fn produced(self, produced_at: Timestamp) -> Self {
        Self { produced_at, ..self }
    }

    pub(super) fn until(self, next_update: Option<Timestamp>) -> Self {
        Self { next_update, ..self }
    }

    pub(super) fn about(self, id: CertId) -> Self {
        Self { id, ..self }
    }

    pub(super) fn by_key(self) -> Self {
        Self { by_key: true, ..self }
    }

    pub(super) fn with_single(mut self, oid: const_oid::ObjectIdentifier, critical: bool, value: &[u8]) -> Self {
        self.single_extensions.push(encode_extension(oid, critical, value));
        self
    }

    pub(super) fn with(mut self, oid: const_oid::ObjectIdentifier, critical: bool, value: &[u8]) -> Self {
        self.extensions.push(encode_extension(oid, critical, value));
        self
    }

    /// Says that "revoked" may mean "never issued".
    pub(super) fn extended(self) -> Self {
        self.with(oids::OCSP_EXTENDED_REVOKE, false, &der::null())
    }

    /// Carries a certificate along.
    pub(super) fn carry(mut self, entity: &Entity) -> Self {
        self.carried.push(entity.certificate.der().to_vec());
        self
    }

    /// Signed by this one, in its own name.
    pub(super) fn sign(&self, signer: &Entity) -> OcspResponse {
        self.sign_as(signer, signer)
    }

    /// Signed with the key of one, in the name of another.
    pub(super) fn sign_as(&self, signer: &Entity, named: &Entity) -> OcspResponse {
        let responder = if self.by_key {
            let hash = DigestAlgorithm::Sha1.digest(key_octets(&named.certificate));
            der::context(2, &der::octet_string(&hash))
        } else {
            der::context(1, named.certificate.subject().raw())
        };
        let next = self.next_update.map(|n| der::context(0, &der::generalized_time(n))).unwrap_or_default();
        let this = der::generalized_time(self.this_update);
        let single =
            der::sequence(&[&self.id.encode(), &self.status, &this, &next, &explicit(1, &self.single_extensions)]);
        let produced = der::generalized_time(self.produced_at);
        let tbs = der::sequence(&[&responder, &produced, &der::sequence(&[&single]), &explicit(1, &self.extensions)]);
        let algorithm = signer.key.signature_algorithm().algorithm_identifier_der();
        let value = der::bit_string(&signer.key.sign(&tbs).unwrap());
        let basic = der::sequence(&[&tbs, &algorithm, &value, &explicit(0, &self.carried)]);
        OcspResponse::parse_basic(&basic).unwrap()
    }
}

fn explicit(number: u8, values: &[Vec<u8>]) -> Vec<u8> {
    let list: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
    if list.is_empty() { Vec::new() } else { der::context(number, &der::sequence(&list)) }
}
