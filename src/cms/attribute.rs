//! Attributes of a signer (RFC 5652 §5.3, §11; ESS RFC 5035): as received, and the ones we act on in their types.

use std::borrow::Cow;

use const_oid::ObjectIdentifier;
use smallvec::SmallVec;

use super::oids;
use crate::codec::der::{Encoding, Reader, tag};
use crate::codec::{Malformed, MalformedKind};
use crate::limits::{ATTRIBUTES_MAX, CERTIFICATES_MAX};
use crate::time::Timestamp;
use crate::x509::AlgorithmIdentifier;

/// One attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// Its type.
    pub oid: ObjectIdentifier,
    /// Its values' whole encodings; nearly always one.
    pub values: SmallVec<[&'a [u8]; 1]>,
}

/// A signer's signed or unsigned attributes, in the order received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes<'a> {
    /// The whole `[0]` or `[1]` value as received.
    pub raw: &'a [u8],
    /// The attributes.
    pub list: Vec<Attribute<'a>>,
}

/// What an attribute that must stand at most once, with one value, turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Single<'a> {
    /// Not there.
    Absent,
    /// There, once, with this value.
    Once(&'a [u8]),
    /// There twice, or with no or several values: RFC 5652 §11.1 to §11.3 forbid it.
    Repeated,
}

impl<'a> Attributes<'a> {
    /// Reads `SET OF Attribute` from the contents of its value.
    pub fn parse(raw: &'a [u8], mut reader: Reader<'a>) -> Result<Self, Malformed> {
        let mut list = Vec::new();
        while !reader.is_empty() {
            ATTRIBUTES_MAX
                .check(list.len().saturating_add(1))
                .map_err(|e| reader.malformed(MalformedKind::Limit(e)))?;
            let mut one = reader.sequence()?;
            let oid = one.oid()?;
            let mut set = one.set()?;
            one.finish()?;
            let mut values = SmallVec::new();
            while !set.is_empty() {
                ATTRIBUTES_MAX.check(values.len()).map_err(|e| set.malformed(MalformedKind::Limit(e)))?;
                values.push(set.any()?.raw);
            }
            list.push(Attribute { oid, values });
        }
        Ok(Self { raw, list })
    }

    /// Finds an attribute that must stand at most once, with one value.
    fn single(&self, oid: ObjectIdentifier) -> Single<'a> {
        let mut found = self.list.iter().filter(|a| a.oid == oid);
        match (found.next(), found.next()) {
            (None, _) => Single::Absent,
            (Some(Attribute { values, .. }), None) => match values.as_slice() {
                [value] => Single::Once(value),
                _ => Single::Repeated,
            },
            _ => Single::Repeated,
        }
    }

    /// Every value of every attribute of this type.
    pub fn values(&self, oid: ObjectIdentifier) -> impl Iterator<Item = &'a [u8]> {
        self.list.iter().filter(move |a| a.oid == oid).flat_map(|a| a.values.iter().copied())
    }

    /// The octets that the signature covers (RFC 5652 §5.4): as received, under the tag of SET OF in place of `[0]`.
    // DIVERGENCE D-06: attributes that came in BER are not encoded again in DER.
    pub fn signed_octets(&self) -> Vec<u8> {
        let mut octets = self.raw.to_vec();
        if let Some(first) = octets.first_mut() {
            *first = tag::SET;
        }
        octets
    }
}

/// Reads the value of content-type (RFC 5652 §11.1).
fn parse_content_type(value: &[u8]) -> Result<ObjectIdentifier, Malformed> {
    let mut reader = Reader::new(value, Encoding::Ber, "ContentType");
    let oid = reader.oid()?;
    reader.finish()?;
    Ok(oid)
}

/// Reads the value of message-digest (RFC 5652 §11.2).
fn parse_message_digest(value: &[u8]) -> Result<Cow<'_, [u8]>, Malformed> {
    let value = Reader::single(value, Encoding::Ber, "MessageDigest")?;
    if value.tag & !tag::CONSTRUCTED != tag::OCTET_STRING {
        return Err(value.malformed(MalformedKind::UnexpectedTag { found: value.tag, expected: tag::OCTET_STRING }));
    }
    value.octets()
}

/// Reads the value of signing-time (RFC 5652 §11.3).
fn parse_signing_time(value: &[u8]) -> Result<Timestamp, Malformed> {
    Reader::single(value, Encoding::Ber, "SigningTime")?.time()
}

/// ESS signing-certificate in either version: the first identifier names the signer's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningCertificate {
    /// The identifiers, at least one.
    pub certs: Vec<EssCertId>,
}

/// ESSCertID (RFC 2634 §5.4.1) or ESSCertIDv2 (RFC 5035 §4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EssCertId {
    /// Digest algorithm; `None` for version 1, which is SHA-1, and for the default of version 2, told by `version`.
    pub hash_algorithm: Option<AlgorithmIdentifier>,
    /// 1 or 2.
    pub version: u8,
    /// Digest over the whole certificate.
    pub cert_hash: Vec<u8>,
    /// Serial number of the certificate (contents octets) where issuerSerial is there.
    pub serial: Option<Vec<u8>>,
    /// The issuer's directory name (whole encoding) where issuerSerial is there with one.
    pub issuer: Option<Vec<u8>>,
}

impl SigningCertificate {
    /// Reads the value of `signing-certificate` (version 1) or `signing-certificate-v2` (version 2).
    pub fn parse(value: &[u8], version: u8) -> Result<Self, Malformed> {
        let mut outer = Reader::new(value, Encoding::Ber, "SigningCertificate").sequence()?;
        let mut list = outer.sequence()?;
        let mut certs = Vec::new();
        while !list.is_empty() {
            CERTIFICATES_MAX.check(certs.len()).map_err(|e| list.malformed(MalformedKind::Limit(e)))?;
            certs.push(parse_ess_cert_id(list.sequence()?, version)?);
        }
        if certs.is_empty() {
            return Err(list.malformed(MalformedKind::Value));
        }
        // policies: not acted upon; must be well formed.
        outer.optional(tag::SEQUENCE)?;
        outer.finish()?;
        Ok(Self { certs })
    }
}

/// The algorithms of a SignerInfo, signed with it (RFC 6211 §2).
///
/// ASN.1: `SEQUENCE { digestAlgorithm DigestAlgorithmIdentifier, signatureAlgorithm [1] SignatureAlgorithmIdentifier
/// OPTIONAL, macAlgorithm [2] MessageAuthenticationCodeAlgorithm OPTIONAL }`, IMPLICIT; one of the two is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlgorithmProtection {
    /// That of the content.
    pub digest_algorithm: AlgorithmIdentifier,
    /// That of the signature; `None` where it is for a MAC.
    pub signature_algorithm: Option<AlgorithmIdentifier>,
}

impl AlgorithmProtection {
    fn parse(value: &[u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(value, Encoding::Ber, "CMSAlgorithmProtection");
        let mut body = outer.sequence()?;
        outer.finish()?;
        let digest_algorithm = AlgorithmIdentifier::parse(body.sequence()?)?;
        let signature = body.optional(tag::CONTEXT_CONSTRUCTED | 1)?;
        let signature_algorithm = signature.map(|tlv| AlgorithmIdentifier::parse(tlv.reader())).transpose()?;
        body.optional(tag::CONTEXT_CONSTRUCTED | 2)?;
        body.finish()?;
        Ok(Self { digest_algorithm, signature_algorithm })
    }
}

/// ASN.1: `ESSCertIDv2 ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier DEFAULT sha256, certHash OCTET STRING,
/// issuerSerial SEQUENCE { issuer GeneralNames, serialNumber INTEGER } OPTIONAL }`; version 1 has no hashAlgorithm.
fn parse_ess_cert_id(mut reader: Reader<'_>, version: u8) -> Result<EssCertId, Malformed> {
    let hash_algorithm = match reader.peek_tag() {
        Some(tag::SEQUENCE) if version == 2 => Some(AlgorithmIdentifier::parse(reader.sequence()?)?),
        _ => None,
    };
    let cert_hash = reader.expect(tag::OCTET_STRING)?.content.to_vec();
    let (mut serial, mut issuer) = (None, None);
    if !reader.is_empty() {
        let mut pair = reader.sequence()?;
        let mut names = pair.sequence()?;
        while !names.is_empty() {
            let name = names.any()?;
            // GeneralName.directoryName is [4] EXPLICIT.
            if name.tag == tag::CONTEXT_CONSTRUCTED | 4 {
                issuer = Some(name.content.to_vec());
            }
        }
        serial = Some(pair.integer()?.to_vec());
        pair.finish()?;
    }
    reader.finish()?;
    Ok(EssCertId { hash_algorithm, version, cert_hash, serial, issuer })
}

impl<'a> Attributes<'a> {
    /// content-type: `None` where it is missing, `Err` where it does not read or stands twice (RFC 5652 §11.1).
    pub fn content_type(&self) -> Option<Result<ObjectIdentifier, Malformed>> {
        self.read_single(oids::CONTENT_TYPE, "ContentType", parse_content_type)
    }

    /// message-digest, likewise (RFC 5652 §11.2).
    pub fn message_digest(&self) -> Option<Result<Cow<'a, [u8]>, Malformed>> {
        self.read_single(oids::MESSAGE_DIGEST, "MessageDigest", parse_message_digest)
    }

    /// signing-time, likewise (RFC 5652 §11.3): what the signer claims.
    pub fn signing_time(&self) -> Option<Result<Timestamp, Malformed>> {
        self.read_single(oids::SIGNING_TIME, "SigningTime", parse_signing_time)
    }

    fn read_single<T>(
        &self,
        oid: ObjectIdentifier,
        within: &'static str,
        parse: impl Fn(&'a [u8]) -> Result<T, Malformed>,
    ) -> Option<Result<T, Malformed>> {
        match self.single(oid) {
            Single::Absent => None,
            Single::Once(value) => Some(parse(value)),
            Single::Repeated => Some(Err(Malformed { at: 0, kind: MalformedKind::Value, within })),
        }
    }

    /// cms-algorithm-protection, likewise (RFC 6211 §2): the algorithms that the signer meant.
    pub fn algorithm_protection(&self) -> Option<Result<AlgorithmProtection, Malformed>> {
        self.read_single(oids::CMS_ALGORITHM_PROTECTION, "CMSAlgorithmProtection", AlgorithmProtection::parse)
    }

    /// The ESS signing-certificate attributes, version 1 and 2, in the order received; an `Err` for one that does not
    /// read or stands twice.
    pub fn signing_certificates(&self) -> Vec<Result<SigningCertificate, Malformed>> {
        let repeated = Malformed { at: 0, kind: MalformedKind::Value, within: "SigningCertificate" };
        [(oids::SIGNING_CERTIFICATE, 1), (oids::SIGNING_CERTIFICATE_V2, 2)]
            .into_iter()
            .filter_map(|(oid, version)| match self.single(oid) {
                Single::Absent => None,
                Single::Once(value) => Some(SigningCertificate::parse(value, version)),
                Single::Repeated => Some(Err(repeated)),
            })
            .collect()
    }
}
