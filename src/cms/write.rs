//! SignedData written: new messages, one more signer, one more unsigned attribute. What was received stays, octet for
//! octet.

use const_oid::ObjectIdentifier;

use super::{SignedData, oids};
use crate::codec::Malformed;
use crate::codec::der::{self, Encoding, Reader, tag};
use crate::crypto::DigestAlgorithm;
use crate::time::Timestamp;
use crate::x509::Certificate;

/// A signer that lacks only its signature value: CAdES-B signed attributes (ETSI EN 319 122-1 §5.1, §5.2).
#[derive(Clone, Debug)]
pub struct DraftSigner {
    sid: Vec<u8>,
    digest_algorithm: Vec<u8>,
    signed_attrs: Vec<u8>,
}

impl DraftSigner {
    /// Prepares a signer over content of which only the digest is needed.
    ///
    /// *Takes* the content's digest made with `digest`. The signing certificate is bound by `signing-certificate-v2` with
    /// SHA-256, which is the attribute's default, as Kazakh software writes it.
    pub fn new(
        certificate: &Certificate,
        content_type: ObjectIdentifier,
        digest: (DigestAlgorithm, &[u8]),
        signing_time: Option<Timestamp>,
    ) -> Self {
        let (algorithm, content_digest) = digest;
        let cert_hash = DigestAlgorithm::Sha256.digest(certificate.der());
        let ess_cert_id = der::sequence(&[&der::octet_string(&cert_hash)]);
        let mut attributes = vec![
            attribute(oids::CONTENT_TYPE, &der::oid(content_type)),
            attribute(oids::MESSAGE_DIGEST, &der::octet_string(content_digest)),
            attribute(oids::SIGNING_CERTIFICATE_V2, &der::sequence(&[&der::sequence(&[&ess_cert_id])])),
        ];
        if let Some(at) = signing_time {
            attributes.push(attribute(oids::SIGNING_TIME, &der::utc_time(at)));
        }
        let borrowed: Vec<&[u8]> = attributes.iter().map(Vec::as_slice).collect();
        Self {
            sid: der::sequence(&[certificate.issuer().raw(), &der::tlv(tag::INTEGER, certificate.serial())]),
            digest_algorithm: digest_algorithm_identifier(algorithm, certificate),
            signed_attrs: der::set_of(&borrowed),
        }
    }

    /// The octets to be signed: the signed attributes as a DER SET OF (RFC 5652 §5.4).
    pub fn to_be_signed(&self) -> &[u8] {
        &self.signed_attrs
    }

    /// The signer's whole encoding, with its signature algorithm (whole AlgorithmIdentifier) and value.
    pub fn complete(&self, signature_algorithm: &[u8], signature: &[u8]) -> Vec<u8> {
        let mut signed_attrs = self.signed_attrs.clone();
        if let Some(first) = signed_attrs.first_mut() {
            *first = tag::CONTEXT_CONSTRUCTED;
        }
        der::sequence(&[
            &der::integer_u64(1),
            &self.sid,
            &self.digest_algorithm,
            &signed_attrs,
            signature_algorithm,
            &der::octet_string(signature),
        ])
    }

    /// The digest algorithm's whole AlgorithmIdentifier.
    pub fn digest_algorithm(&self) -> &[u8] {
        &self.digest_algorithm
    }
}

/// What a new message is made of.
#[derive(Clone, Copy, Debug)]
pub struct SignedDataParts<'a> {
    /// eContentType.
    pub content_type: ObjectIdentifier,
    /// The content, or `None` to leave it detached.
    pub content: Option<&'a [u8]>,
    /// Certificates to go along, whole.
    pub certificates: &'a [&'a [u8]],
    /// Whole AlgorithmIdentifiers of the signers' digests.
    pub digest_algorithms: &'a [&'a [u8]],
    /// Whole SignerInfos.
    pub signer_infos: &'a [&'a [u8]],
}

/// Encodes a ContentInfo with SignedData in DER.
pub fn encode_signed_data(parts: &SignedDataParts<'_>) -> Vec<u8> {
    let content = parts.content.map(|c| der::context(0, &der::octet_string(c))).unwrap_or_default();
    let encapsulated = der::sequence(&[&der::oid(parts.content_type), &content]);
    // RFC 5652 §5.1: version 3 where the content is no id-data, 1 else (all our signers are version 1).
    let version = if parts.content_type == oids::ID_DATA { 1 } else { 3 };
    let head = (der::oid(oids::ID_SIGNED_DATA), version);
    let algorithms = dedupe(parts.digest_algorithms);
    assemble(&head, &algorithms, &encapsulated, parts.certificates, &[], parts.signer_infos)
}

/// Adds a signer to a message; nothing of the message is lost or changed.
///
/// *Takes* the message, the new SignerInfo, the AlgorithmIdentifier of its digest, certificates to go along.
/// *Errors*: `Malformed` where the message does not read.
pub fn add_signer(
    message: &[u8],
    signer_info: &[u8],
    digest_algorithm: &[u8],
    certificates: &[&[u8]],
) -> Result<Vec<u8>, Malformed> {
    let signed_data = SignedData::parse(message)?;
    let parts = &signed_data.parts;
    let mut algorithms = parts.digest_algorithms.clone();
    algorithms.push(digest_algorithm);
    let mut all_certificates = parts.certificates.clone();
    all_certificates.extend(certificates.iter().copied().filter(|c| !parts.certificates.contains(c)));
    let mut signers = parts.signer_infos.clone();
    signers.push(signer_info);
    let head = (parts.content_type.to_vec(), signed_data.version.max(1));
    let digests = dedupe(&algorithms);
    Ok(assemble(&head, &digests, parts.encap_content_info, &all_certificates, &parts.crls, &signers))
}

/// Adds an unsigned attribute to the signer at `index`; everything else stays as received.
///
/// *Gives* `None` where there is no such signer.
pub fn add_unsigned_attribute(
    message: &[u8],
    index: usize,
    oid: ObjectIdentifier,
    value: &[u8],
) -> Result<Option<Vec<u8>>, Malformed> {
    let signed_data = SignedData::parse(message)?;
    let parts = &signed_data.parts;
    let Some(signer) = parts.signer_infos.get(index) else { return Ok(None) };
    let mut fields = Reader::new(signer, Encoding::Ber, "SignerInfo").sequence()?;
    let (mut kept, mut attributes) = (Vec::new(), Vec::new());
    while !fields.is_empty() {
        let field = fields.any()?;
        if field.tag == tag::CONTEXT_CONSTRUCTED | 1 {
            attributes.extend_from_slice(field.content);
        } else {
            kept.extend_from_slice(field.raw);
        }
    }
    attributes.extend_from_slice(&attribute(oid, value));
    kept.extend_from_slice(&der::context(1, &attributes));
    let changed = der::sequence(&[&kept]);
    let mut signers = parts.signer_infos.to_vec();
    if let Some(place) = signers.get_mut(index) {
        *place = &changed;
    }
    let digests = dedupe(&parts.digest_algorithms);
    let head = (parts.content_type.to_vec(), signed_data.version);
    let message = assemble(&head, &digests, parts.encap_content_info, &parts.certificates, &parts.crls, &signers);
    Ok(Some(message))
}

/// *Takes* the ContentInfo's content type, whole, and the version.
fn assemble(
    (content_type, version): &(Vec<u8>, u32),
    digest_algorithms: &[&[u8]],
    encapsulated: &[u8],
    certificates: &[&[u8]],
    crls: &[&[u8]],
    signer_infos: &[&[u8]],
) -> Vec<u8> {
    let set =
        |number, values: &[&[u8]]| if values.is_empty() { Vec::new() } else { der::context(number, &values.concat()) };
    let signed_data = der::sequence(&[
        &der::integer_u64(u64::from(*version)),
        &der::tlv(tag::SET, &digest_algorithms.concat()),
        encapsulated,
        &set(0, certificates),
        &set(1, crls),
        &der::tlv(tag::SET, &signer_infos.concat()),
    ]);
    der::sequence(&[content_type, &der::context(0, &signed_data)])
}

fn dedupe<'a>(values: &[&'a [u8]]) -> Vec<&'a [u8]> {
    let mut seen: Vec<&[u8]> = Vec::new();
    for value in values {
        if !seen.contains(value) {
            seen.push(value);
        }
    }
    seen
}

fn attribute(oid: ObjectIdentifier, value: &[u8]) -> Vec<u8> {
    der::sequence(&[&der::oid(oid), &der::set_of(&[value])])
}

/// Under the name that the country of the signer's key has for it, with NULL parameters, as all Kazakh software writes
/// digests (facts/kz-pki.md §3.1).
fn digest_algorithm_identifier(algorithm: DigestAlgorithm, signer: &Certificate) -> Vec<u8> {
    let oid = signer.public_key().map_or_else(|_| algorithm.oid(), |key| algorithm.oid_beside(key));
    der::sequence(&[&der::oid(oid), &der::null()])
}
