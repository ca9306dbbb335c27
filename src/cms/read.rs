//! SignedData (RFC 5652 §5.1) out of BER or DER.

use std::borrow::Cow;

use const_oid::ObjectIdentifier;
use smallvec::SmallVec;

use super::attribute::Attributes;
use super::oids;
use crate::codec::der::{Encoding, Reader, Tlv, tag};
use crate::codec::{Malformed, MalformedKind};
use crate::limits::{CERTIFICATES_MAX, CRLS_MAX, SIGNERS_MAX};
use crate::x509::{AlgorithmIdentifier, RawName};

/// Parts of a message as received, without an allocation where there are as few as usual.
pub(super) type RawParts<'a> = SmallVec<[&'a [u8]; 3]>;

/// A message whose parts borrow from the received octets.
#[derive(Clone, Debug)]
pub struct SignedData<'a> {
    /// CMSVersion as received.
    pub version: u32,
    /// eContentType.
    pub content_type: ObjectIdentifier,
    /// The content octets; `None` for a detached signature.
    pub content: Option<Cow<'a, [u8]>>,
    /// X.509 certificates that came along, each whole; other kinds are left out and counted in `other_certificates`.
    pub certificates: SmallVec<[&'a [u8]; 3]>,
    /// How many entries of `certificates` are no X.509 certificates.
    pub other_certificates: usize,
    /// CRLs that came along, each whole.
    pub crls: Vec<&'a [u8]>,
    /// OCSP responses that came along, each whole (RFC 5940 §2).
    pub ocsp_responses: Vec<&'a [u8]>,
    /// The signers, in the order received.
    pub signer_infos: Vec<SignerInfo<'a>>,
    /// Whole encodings of the parts, for writers that must not lose anything.
    pub(super) parts: Parts<'a>,
}

/// The parts of a SignedData as received.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts<'a> {
    /// The ContentInfo's content type.
    pub(super) content_type: &'a [u8],
    pub(super) digest_algorithms: SmallVec<[&'a [u8]; 1]>,
    pub(super) encap_content_info: &'a [u8],
    pub(super) certificates: RawParts<'a>,
    pub(super) crls: RawParts<'a>,
    pub(super) signer_infos: SmallVec<[&'a [u8]; 1]>,
}

/// One signer (RFC 5652 §5.3).
#[derive(Clone, Debug)]
pub struct SignerInfo<'a> {
    /// The octets of what says who signed and how, as received: version to digestAlgorithm, and signatureAlgorithm.
    pub(crate) said: [&'a [u8]; 2],
    /// CMSVersion: 1 for issuerAndSerialNumber, 3 for subjectKeyIdentifier.
    pub version: u32,
    /// Whose certificate to look for.
    pub sid: SignerIdentifier<'a>,
    /// How the content is digested.
    pub digest_algorithm: AlgorithmIdentifier,
    /// Signed attributes, where there are any.
    pub signed_attrs: Option<Attributes<'a>>,
    /// How the signature is made.
    pub signature_algorithm: AlgorithmIdentifier,
    /// The signature value.
    pub signature: Cow<'a, [u8]>,
    /// Unsigned attributes, where there are any.
    pub unsigned_attrs: Option<Attributes<'a>>,
}

/// SignerIdentifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignerIdentifier<'a> {
    /// By issuer and serial number (contents octets).
    IssuerAndSerialNumber {
        /// The issuer's name.
        issuer: RawName<'a>,
        /// The serial number.
        serial: &'a [u8],
    },
    /// By subject key identifier.
    SubjectKeyIdentifier(&'a [u8]),
}

impl<'a> SignedData<'a> {
    /// Reads a ContentInfo that holds SignedData.
    ///
    /// *Takes* BER or DER. *Errors*: `Malformed`, with the offset in `input`. *Cost*: `SIGNERS_MAX`,
    /// `CERTIFICATES_MAX`, `CRLS_MAX`, `ASN1_DEPTH_MAX`.
    pub fn parse(input: &'a [u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(input, Encoding::Ber, "ContentInfo");
        let mut content_info = outer.sequence()?;
        // DIVERGENCE D-05: the Kalkan C library ends its output like a C string; others fill their buffer up.
        if input.get(outer.at()..).is_none_or(|rest| rest.iter().any(|octet| *octet != 0)) {
            outer.finish()?;
        }
        let content_type = content_info.expect(tag::OID)?;
        // DIVERGENCE D-26: GM/T 0010 has the structure of PKCS#7 under a name of its own.
        if ![oids::ID_SIGNED_DATA, oids::ID_GM_SIGNED_DATA].contains(&content_type.oid()?) {
            return Err(content_type.malformed(MalformedKind::Value));
        }
        let mut explicit = content_info.expect(tag::CONTEXT_CONSTRUCTED)?.reader().named("SignedData");
        content_info.finish()?;
        let reader = explicit.sequence()?;
        explicit.finish()?;
        let mut signed_data = Self::parse_fields(reader)?;
        signed_data.parts.content_type = content_type.raw;
        Ok(signed_data)
    }

    fn parse_fields(mut reader: Reader<'a>) -> Result<Self, Malformed> {
        let version = reader.small_integer()?;
        if version > 5 {
            return Err(reader.malformed(MalformedKind::Version));
        }
        let mut parts = Parts::default();
        let mut algorithms = reader.set()?;
        while !algorithms.is_empty() {
            SIGNERS_MAX
                .check(parts.digest_algorithms.len())
                .map_err(|e| algorithms.malformed(MalformedKind::Limit(e)))?;
            parts.digest_algorithms.push(algorithms.expect(tag::SEQUENCE)?.raw);
        }
        let encapsulated = reader.expect(tag::SEQUENCE)?;
        parts.encap_content_info = encapsulated.raw;
        let (content_type, content) = parse_content(encapsulated.reader().named("EncapsulatedContentInfo"))?;
        let mut certificates = SmallVec::new();
        if let Some(set) = reader.optional(tag::CONTEXT_CONSTRUCTED)? {
            collect(set.reader().named("SignedData.certificates"), &CERTIFICATES_MAX, &mut parts.certificates)?;
            certificates = parts.certificates.iter().copied().filter(|c| c.first() == Some(&tag::SEQUENCE)).collect();
        }
        let (mut crls, mut ocsp_responses) = (Vec::new(), Vec::new());
        if let Some(set) = reader.optional(tag::CONTEXT_CONSTRUCTED | 1)? {
            collect(set.reader().named("SignedData.crls"), &CRLS_MAX, &mut parts.crls)?;
            crls = parts.crls.iter().copied().filter(|c| c.first() == Some(&tag::SEQUENCE)).collect();
            ocsp_responses = parts.crls.iter().copied().filter_map(ocsp_response).collect();
        }
        let mut signers = reader.set()?.named("SignerInfo");
        reader.finish()?;
        // Nearly always one.
        let mut signer_infos = Vec::with_capacity(1);
        while !signers.is_empty() {
            SIGNERS_MAX
                .check(signer_infos.len().saturating_add(1))
                .map_err(|e| signers.malformed(MalformedKind::Limit(e)))?;
            let one = signers.expect(tag::SEQUENCE)?;
            parts.signer_infos.push(one.raw);
            signer_infos.push(SignerInfo::parse(&one)?);
        }
        let other_certificates = parts.certificates.len().saturating_sub(certificates.len());
        Ok(Self {
            version,
            content_type,
            content,
            certificates,
            other_certificates,
            crls,
            ocsp_responses,
            signer_infos,
            parts,
        })
    }
}

/// ASN.1: `RevocationInfoChoice ::= CHOICE { crl CertificateList, other [1] IMPLICIT SEQUENCE { otherRevInfoFormat OBJECT
/// IDENTIFIER, otherRevInfo ANY } }`; other formats than id-ri-ocsp-response are evidence that is not there.
fn ocsp_response(choice: &[u8]) -> Option<&[u8]> {
    let value = Reader::single(choice, Encoding::Ber, "RevocationInfoChoice").ok()?;
    let mut other = value.reader();
    let format = other.oid().ok().filter(|_| value.tag == tag::CONTEXT_CONSTRUCTED | 1)?;
    let response = other.any().ok()?;
    (format == oids::ID_RI_OCSP_RESPONSE && other.is_empty()).then_some(response.raw)
}

fn collect<'a>(
    mut reader: Reader<'a>,
    limit: &'static crate::limits::Limit,
    out: &mut RawParts<'a>,
) -> Result<(), Malformed> {
    while !reader.is_empty() {
        limit.check(out.len().saturating_add(1)).map_err(|e| reader.malformed(MalformedKind::Limit(e)))?;
        out.push(reader.any()?.raw);
    }
    Ok(())
}

/// A content type with the content, where it is attached.
type TypedContent<'a> = (ObjectIdentifier, Option<Cow<'a, [u8]>>);

/// ASN.1: `EncapsulatedContentInfo ::= SEQUENCE { eContentType, eContent [0] EXPLICIT OCTET STRING OPTIONAL }`
fn parse_content(mut reader: Reader<'_>) -> Result<TypedContent<'_>, Malformed> {
    let content_type = reader.oid()?;
    let content = match reader.optional(tag::CONTEXT_CONSTRUCTED)? {
        None => None,
        Some(explicit) => {
            let mut inner = explicit.reader();
            let value = inner.any()?;
            inner.finish()?;
            Some(content_octets(&value, content_type)?)
        }
    };
    reader.finish()?;
    Ok((content_type, content))
}

/// RFC 5652 §5.2.1: a PKCS#7 producer puts the typed value itself where CMS has an OCTET STRING; its digest then covers
/// the contents octets, without tag and length.
fn content_octets<'a>(value: &Tlv<'a>, content_type: ObjectIdentifier) -> Result<Cow<'a, [u8]>, Malformed> {
    if value.tag & !tag::CONSTRUCTED == tag::OCTET_STRING {
        return value.octets();
    }
    if oids::is_data(content_type) {
        return Err(value.malformed(MalformedKind::UnexpectedTag { found: value.tag, expected: tag::OCTET_STRING }));
    }
    Ok(Cow::Borrowed(value.content))
}

/// What of the contents a reader has passed.
fn head_of<'a>(content: &'a [u8], reader: &Reader<'a>) -> &'a [u8] {
    content.get(..content.len().saturating_sub(reader.left())).unwrap_or_default()
}

impl<'a> SignerInfo<'a> {
    fn parse(value: &Tlv<'a>) -> Result<Self, Malformed> {
        let mut reader = value.reader();
        let version = reader.small_integer()?;
        let sid = match reader.peek_tag() {
            Some(tag::SEQUENCE) => {
                let mut pair = reader.sequence()?;
                let issuer = RawName::parse(&pair.expect(tag::SEQUENCE)?)?;
                let serial = pair.integer()?;
                pair.finish()?;
                SignerIdentifier::IssuerAndSerialNumber { issuer, serial }
            }
            _ => SignerIdentifier::SubjectKeyIdentifier(reader.expect(tag::CONTEXT)?.content),
        };
        let digest_algorithm = AlgorithmIdentifier::parse(reader.sequence()?)?;
        let head = head_of(value.content, &reader);
        let signed_attrs = match reader.optional(tag::CONTEXT_CONSTRUCTED)? {
            Some(set) => Some(Attributes::parse(set.raw, set.reader().named("SignerInfo.signedAttrs"))?),
            None => None,
        };
        let named = reader.expect(tag::SEQUENCE)?;
        let signature_algorithm = AlgorithmIdentifier::parse(named.reader())?;
        let signature = reader.any()?;
        if signature.tag & !tag::CONSTRUCTED != tag::OCTET_STRING {
            let kind = MalformedKind::UnexpectedTag { found: signature.tag, expected: tag::OCTET_STRING };
            return Err(signature.malformed(kind));
        }
        let unsigned_attrs = match reader.optional(tag::CONTEXT_CONSTRUCTED | 1)? {
            Some(set) => Some(Attributes::parse(set.raw, set.reader().named("SignerInfo.unsignedAttrs"))?),
            None => None,
        };
        reader.finish()?;
        let signature = signature.octets()?;
        let said = [head, named.raw];
        Ok(Self { said, version, sid, digest_algorithm, signed_attrs, signature_algorithm, signature, unsigned_attrs })
    }

    /// The signature time-stamp tokens among the unsigned attributes (CAdES, ETSI EN 319 122-1 §5.3), each a ContentInfo.
    pub fn signature_time_stamps(&self) -> impl Iterator<Item = &'a [u8]> {
        self.unsigned_attrs.iter().flat_map(|all| all.values(oids::SIGNATURE_TIME_STAMP).collect::<Vec<_>>())
    }
}
