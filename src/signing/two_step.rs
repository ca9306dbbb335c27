//! Signing in two steps: what is to be signed goes out, a value made elsewhere comes back and is verified before it is
//! used. Nothing is remembered in between: what went out comes back whole, and the value binds it. What the value does not
//! bind, the message that gets one more signer, is given again by whoever holds it.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::SigningError;
use super::cades::{Packaging, check_last_signer, check_nothing_lost, content_of, signed_this};
use super::signer::{check_purpose, check_signature, digest_of};
use crate::cms::{Attributes, DraftSigner, SignedData, SignedDataParts, add_signer, encode_signed_data, oids};
use crate::codec::der::{Encoding, Reader};
use crate::codec::json::Base64;
use crate::crypto::{DigestAlgorithm, PublicKey, SignatureAlgorithm};
use crate::time::Timestamp;
use crate::x509::{AlgorithmIdentifier, Certificate};

/// What is to be signed elsewhere, with everything that completing the signature needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prepared {
    schema: String,
    /// The name of the algorithm to sign with.
    pub algorithm: String,
    /// Its AlgorithmIdentifier in DER.
    pub algorithm_identifier: Base64,
    /// The octets to be signed: the signed attributes as a DER SET OF (RFC 5652 §5.4).
    pub to_be_signed: Base64,
    /// Their digest, for tokens that sign digests; none where the algorithm takes the message itself.
    pub to_be_signed_digest: Option<Base64>,
    /// The name of that digest.
    pub digest: String,
    /// The signer's certificate.
    pub certificate: Base64,
    /// When the signer claims to sign.
    pub signing_time: Option<Timestamp>,
    /// The digest of the content.
    pub content_digest: Base64,
    /// The content, where the message is to hold it.
    pub content: Option<Base64>,
    /// The SHA-256 of the message that gets one more signer, where it is one.
    pub message_sha256: Option<Base64>,
}

const SCHEMA: &str = "qoltanba/prepared-signature/2";

/// Prepares a new message with one signer, whose key is elsewhere.
///
/// *Errors*: `CertificateKey`, `NotForSigning`, `NoAlgorithm`.
pub fn prepare(
    content: &[u8],
    packaging: Packaging,
    certificate: &Certificate,
    signing_time: Option<Timestamp>,
) -> Result<Prepared, SigningError> {
    let inside = (packaging == Packaging::Attached).then(|| Base64(content.to_vec()));
    Ok(Prepared { content: inside, ..prepared(content, oids::ID_DATA, certificate, signing_time)? })
}

/// Prepares one more signer of a message.
///
/// *Takes* the message in BER or DER, and the content where it is detached. *Errors*: as `co_sign` and `prepare`.
pub fn prepare_co_sign(
    message: &[u8],
    detached: Option<&[u8]>,
    certificate: &Certificate,
    signing_time: Option<Timestamp>,
) -> Result<Prepared, SigningError> {
    let read = SignedData::parse(message)?;
    let content = content_of(&read, detached)?;
    let prepared = prepared(content, read.content_type, certificate, signing_time)?;
    Ok(Prepared { message_sha256: Some(Base64(DigestAlgorithm::Sha256.digest(message))), ..prepared })
}

fn prepared(
    content: &[u8],
    content_type: const_oid::ObjectIdentifier,
    certificate: &Certificate,
    signing_time: Option<Timestamp>,
) -> Result<Prepared, SigningError> {
    check_purpose(certificate)?;
    let key = key_of(certificate)?;
    let algorithm = key.usual_algorithm().ok_or(SigningError::NoAlgorithm)?;
    let digest = digest_of(algorithm);
    let content_digest = digest.digest(content);
    let draft = DraftSigner::new(certificate, content_type, (digest, &content_digest), signing_time);
    Ok(Prepared {
        schema: SCHEMA.to_owned(),
        algorithm: algorithm.name().to_owned(),
        algorithm_identifier: Base64(algorithm.algorithm_identifier_der()),
        to_be_signed: Base64(draft.to_be_signed().to_vec()),
        to_be_signed_digest: key.digest_to_sign(algorithm, draft.to_be_signed()).map(Base64),
        digest: digest.name().to_owned(),
        certificate: Base64(certificate.der().to_vec()),
        signing_time,
        content_digest: Base64(content_digest),
        content: None,
        message_sha256: None,
    })
}

/// Puts a value made elsewhere into a message, after it was verified under the certificate's key.
///
/// What was prepared is worked out anew from its parts: a content, certificate or time that was exchanged no longer
/// gives the octets to be signed, and octets that were exchanged too are not what the value signs.
///
/// *Takes* the message that gets one more signer, as `prepare_co_sign` took it: the value says nothing of the signers who
/// are in it, so it must come from the caller. *Errors*: `NotPrepared`, `PreparedChanged`, `MessageMissing`, `Value`, and
/// those of `sign` and `co_sign`.
pub fn complete(prepared: &Prepared, value: &[u8], message: Option<&[u8]>) -> Result<Vec<u8>, SigningError> {
    let certificate = prepared.certificate()?;
    check_purpose(&certificate)?;
    let key = key_of(&certificate)?;
    let algorithm = prepared.algorithm(key)?;
    let message = prepared.same_message(message)?;
    let before = message.map(SignedData::parse).transpose()?;
    let content = match &before {
        Some(before) => before.content.as_deref(),
        None => prepared.content.as_ref().map(|content| content.0.as_slice()),
    };
    let content_type = before.as_ref().map_or(oids::ID_DATA, |message| message.content_type);
    let draft = prepared.draft(&certificate, (algorithm, content), content_type)?;
    if content.is_none() && before.as_ref().is_some_and(|message| prepared.contradicts(message, algorithm)) {
        return Err(SigningError::ContentMismatch);
    }
    check_value(algorithm, key, draft.to_be_signed(), value)?;

    let signer_info = draft.complete(&prepared.algorithm_identifier.0, value);
    let made = match message {
        Some(message) => add_signer(message, &signer_info, draft.digest_algorithm(), &[certificate.der()])?,
        None => encode_signed_data(&SignedDataParts {
            content_type,
            content,
            certificates: &[certificate.der()],
            digest_algorithms: &[draft.digest_algorithm()],
            signer_infos: &[&signer_info],
        }),
    };
    let is_over_content = |last: &crate::cms::SignerInfo<'_>| match content {
        Some(content) => signed_this(last, content) == Some(true),
        None => stated_digest(last.signed_attrs.as_ref()).as_ref() == Some(&prepared.content_digest.0),
    };
    check_last_signer(&made, is_over_content, key)?;
    if let Some(before) = &before {
        check_nothing_lost(before, &SignedData::parse(&made)?)?;
    }
    Ok(made)
}

impl Prepared {
    /// The signer's certificate.
    ///
    /// *Errors*: `NotPrepared` where it does not read.
    pub fn certificate(&self) -> Result<Certificate, SigningError> {
        if self.schema != SCHEMA || (self.content.is_some() && self.message_sha256.is_some()) {
            return Err(SigningError::NotPrepared);
        }
        Certificate::parse(&self.certificate.0).map_err(|_| SigningError::NotPrepared)
    }

    /// The message given again, where it is the one that was prepared.
    fn same_message<'a>(&self, message: Option<&'a [u8]>) -> Result<Option<&'a [u8]>, SigningError> {
        match (&self.message_sha256, message) {
            (None, None) => Ok(None),
            (Some(_), None) => Err(SigningError::MessageMissing),
            (Some(digest), Some(given)) if DigestAlgorithm::Sha256.digest(given) == digest.0 => Ok(message),
            (_, Some(_)) => Err(SigningError::PreparedChanged {
                part: "the message is not the one that was to get one more signer",
            }),
        }
    }

    /// The algorithm named, where it goes with the key and is one that documents are signed with.
    fn algorithm(&self, key: &PublicKey) -> Result<SignatureAlgorithm, SigningError> {
        let identifier = &self.algorithm_identifier.0;
        let mut reader = Reader::new(identifier, Encoding::Der, "AlgorithmIdentifier");
        let named = reader.sequence().and_then(AlgorithmIdentifier::parse).map_err(|_| SigningError::NotPrepared)?;
        reader.finish().map_err(|_| SigningError::NotPrepared)?;
        let digest = digest_of(key.usual_algorithm().ok_or(SigningError::NoAlgorithm)?);
        let algorithm = SignatureAlgorithm::resolve(named.oid, named.parameters.as_deref(), None, key)
            .or_else(|_| SignatureAlgorithm::resolve(named.oid, named.parameters.as_deref(), Some(digest), key))?;
        // Much is verified for old documents that nothing new is signed with: SHA-1, SHA-224.
        let for_new = key.signature_algorithms().contains(&algorithm);
        let as_named = algorithm.name() == self.algorithm && algorithm.algorithm_identifier_der() == *identifier;
        if for_new && as_named { Ok(algorithm) } else { Err(SigningError::PreparedChanged { part: "the algorithm" }) }
    }

    /// Works out anew what was to be signed, and compares.
    fn draft(
        &self,
        certificate: &Certificate,
        (algorithm, content): (SignatureAlgorithm, Option<&[u8]>),
        content_type: const_oid::ObjectIdentifier,
    ) -> Result<DraftSigner, SigningError> {
        let changed = |part| SigningError::PreparedChanged { part };
        let digest = digest_of(algorithm);
        if content.is_some_and(|content| digest.digest(content) != self.content_digest.0) {
            return Err(changed("the content is another than the one whose digest was to be signed"));
        }
        let stated = (digest, self.content_digest.0.as_slice());
        let draft = DraftSigner::new(certificate, content_type, stated, self.signing_time);
        if draft.to_be_signed() != self.to_be_signed.0 {
            return Err(changed(self.differing_part(certificate)));
        }
        let to_sign = key_of(certificate)?.digest_to_sign(algorithm, draft.to_be_signed()).map(Base64);
        if self.to_be_signed_digest != to_sign || self.digest != digest.name() {
            return Err(changed("the digest of what is to be signed"));
        }
        Ok(draft)
    }

    /// Whether those signers of a detached message whose digests can be compared all signed another content.
    fn contradicts(&self, message: &SignedData<'_>, algorithm: SignatureAlgorithm) -> bool {
        let digest = digest_of(algorithm);
        let comparable =
            message.signer_infos.iter().filter(|s| DigestAlgorithm::from_oid(s.digest_algorithm.oid) == Some(digest));
        let stated: Vec<Vec<u8>> = comparable.filter_map(|s| stated_digest(s.signed_attrs.as_ref())).collect();
        !stated.is_empty() && !stated.contains(&self.content_digest.0)
    }

    /// Which attribute of `to_be_signed` does not say what stands beside it.
    fn differing_part(&self, certificate: &Certificate) -> &'static str {
        let raw = &self.to_be_signed.0;
        let attributes = Reader::new(raw, Encoding::Der, "SignedAttributes").set();
        let Ok(attributes) = attributes.and_then(|set| Attributes::parse(raw, set)) else {
            return "the octets to be signed are no signed attributes";
        };
        let certificate_hash = DigestAlgorithm::Sha256.digest(certificate.der());
        let names_certificate = attributes
            .values(oids::SIGNING_CERTIFICATE_V2)
            .any(|value| value.windows(certificate_hash.len()).any(|window| window == certificate_hash));
        if stated_digest(Some(&attributes)).as_ref() != Some(&self.content_digest.0) {
            "the digest of the content"
        } else if names_certificate {
            "the signed attributes or the signing time"
        } else {
            "the certificate is another than the one whose key was to sign"
        }
    }
}

fn key_of(certificate: &Certificate) -> Result<&PublicKey, SigningError> {
    certificate.public_key().map_err(|e| SigningError::CertificateKey(*e))
}

fn stated_digest(attributes: Option<&Attributes<'_>>) -> Option<Vec<u8>> {
    attributes?.message_digest()?.ok().map(Cow::into_owned)
}

/// Verifies the value; where it does not hold, looks for the mistakes that signers make.
fn check_value(
    algorithm: SignatureAlgorithm,
    key: &PublicKey,
    message: &[u8],
    value: &[u8],
) -> Result<(), SigningError> {
    let holds = |message: &[u8], value: &[u8]| check_signature(algorithm, key, message, value).is_ok();
    if holds(message, value) {
        return Ok(());
    }
    let reversed: Vec<u8> = value.iter().rev().copied().collect();
    let over_digest = key.digest_to_sign(algorithm, message).is_some_and(|digest| holds(&digest, value));
    let field = key.key_bits().div_ceil(8);
    let is_der = matches!(algorithm, SignatureAlgorithm::Ecdsa(..) | SignatureAlgorithm::Sm2Sm3);
    let is_plain_pair = is_der && value.len() == field.saturating_mul(2);
    let expected = match algorithm {
        _ if is_der => value.len(),
        SignatureAlgorithm::MlDsa(_) | SignatureAlgorithm::Ed448 => value.len(),
        SignatureAlgorithm::RsaPkcs1(_) | SignatureAlgorithm::RsaPss(_) => field,
        _ => field.saturating_mul(2),
    };
    Err(SigningError::Value(if over_digest {
        ValueFault::OverDigest
    } else if holds(message, &reversed) {
        ValueFault::Reversed
    } else if is_plain_pair {
        ValueFault::NotDer
    } else if value.len() != expected {
        ValueFault::Size { found: value.len(), expected }
    } else {
        ValueFault::Another
    }))
}

/// What is wrong with a value that was made elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ValueFault {
    /// It is not as long as the algorithm's values are.
    Size {
        /// Its octets.
        found: usize,
        /// The octets it should have.
        expected: usize,
    },
    /// The digest was digested once more.
    OverDigest,
    /// Its octets stand in the opposite order.
    Reversed,
    /// ECDSA or SM2 as two plain numbers instead of DER.
    NotDer,
    /// It belongs to other octets or to another key.
    Another,
}

impl fmt::Display for ValueFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size { found, expected } => write!(f, "it has {found} octets instead of {expected}"),
            Self::OverDigest => f.write_str("it signs the digest once more; sign the digest itself, or `to_be_signed`"),
            Self::Reversed => f.write_str("its octets stand in the opposite order"),
            Self::NotDer => {
                f.write_str("it is `r ‖ s`; encode it as DER SEQUENCE { r, s } (RFC 3279 §2.2.3, GM/T 0009 §7.3)")
            }
            Self::Another => f.write_str("it belongs to other octets or to another key"),
        }
    }
}

#[cfg(test)]
mod tests;
