//! CAdES-B (ETSI EN 319 122-1): a new message, or one more signer of a message that is already there.

use super::SigningError;
use super::signer::{Signer, check_signature, digest_of};
use crate::cms::{DraftSigner, SignedData, SignedDataParts, SignerInfo, add_signer, encode_signed_data, oids};
use crate::crypto::{DigestAlgorithm, PublicKey, SignatureAlgorithm};

/// Whether the message holds its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packaging {
    /// The content is inside.
    Attached,
    /// The content is kept elsewhere, and needed again to verify.
    Detached,
}

/// Signs content: a message with one signer at level CAdES-B.
///
/// *Source*: ETSI EN 319 122-1 §6.3, facts/kz-pki.md §3.1 (what Kazakh software reads). *Errors*: `Sign`, `SelfCheck`.
pub fn sign(content: &[u8], packaging: Packaging, signer: &Signer<'_>) -> Result<Vec<u8>, SigningError> {
    let made = make_signer_info(signer, oids::ID_DATA, content)?;
    let message = encode_signed_data(&SignedDataParts {
        content_type: oids::ID_DATA,
        content: (packaging == Packaging::Attached).then_some(content),
        certificates: &signer.all_certificates(),
        digest_algorithms: &[&made.digest_algorithm],
        signer_infos: &[&made.signer_info],
    });
    check_last_signer(&message, |last| signed_this(last, content) == Some(true), signer.key().public_key())?;
    Ok(message)
}

/// Adds a signer to a message; its content, signers, time stamps, certificates and CRLs stay octet for octet.
///
/// *Takes* the message in BER or DER, and the content where it is detached (an attached one must not differ).
/// *Errors*: `Malformed`, `ContentMissing`, `ContentMismatch`, `Sign`, `SelfCheck`.
pub fn co_sign(message: &[u8], detached: Option<&[u8]>, signer: &Signer<'_>) -> Result<Vec<u8>, SigningError> {
    let before = SignedData::parse(message)?;
    let content = content_of(&before, detached)?;
    let made = make_signer_info(signer, before.content_type, content)?;
    let after = add_signer(message, &made.signer_info, &made.digest_algorithm, &signer.all_certificates())?;
    check_last_signer(&after, |last| signed_this(last, content) == Some(true), signer.key().public_key())?;
    check_nothing_lost(&before, &SignedData::parse(&after)?)?;
    Ok(after)
}

struct Made {
    signer_info: Vec<u8>,
    digest_algorithm: Vec<u8>,
}

fn make_signer_info(
    signer: &Signer<'_>,
    content_type: const_oid::ObjectIdentifier,
    content: &[u8],
) -> Result<Made, SigningError> {
    let digest = digest_of(signer.key().signature_algorithm());
    let content_digest = digest.digest(content);
    let draft = DraftSigner::new(signer.certificate(), content_type, (digest, &content_digest), signer.signing_time());
    let value = signer.key().sign(draft.to_be_signed())?;
    let algorithm = signer.key().signature_algorithm().algorithm_identifier_der();
    Ok(Made { signer_info: draft.complete(&algorithm, &value), digest_algorithm: draft.digest_algorithm().to_vec() })
}

/// The content that a new signer is to sign: the message's own, or the one given where its signers signed that one.
pub(super) fn content_of<'a>(
    message: &'a SignedData<'_>,
    detached: Option<&'a [u8]>,
) -> Result<&'a [u8], SigningError> {
    match (message.content.as_deref(), detached) {
        (Some(own), None) => Ok(own),
        (Some(own), Some(given)) if own == given => Ok(own),
        (Some(_), Some(_)) => Err(SigningError::ContentMismatch),
        (None, None) => Err(SigningError::ContentMissing),
        (None, Some(given)) => {
            let fits: Vec<bool> = message.signer_infos.iter().filter_map(|s| signed_this(s, given)).collect();
            // A message whose signers all tell nothing of their content (no attributes) takes what is given.
            if fits.is_empty() || fits.contains(&true) { Ok(given) } else { Err(SigningError::ContentMismatch) }
        }
    }
}

/// Whether the signer's message-digest is that of this content; `None` where it has none that we can compute.
pub(super) fn signed_this(signer: &SignerInfo<'_>, content: &[u8]) -> Option<bool> {
    let digest = DigestAlgorithm::from_oid(signer.digest_algorithm.oid)?;
    let stated = signer.signed_attrs.as_ref()?.message_digest()?.ok()?;
    Some(stated == digest.digest(content))
}

/// Reads back what was made and verifies it, so that a fault in any part of us never leaves as a signature.
pub(super) fn check_last_signer(
    message: &[u8],
    is_over_content: impl Fn(&SignerInfo<'_>) -> bool,
    key: &PublicKey,
) -> Result<(), SigningError> {
    let read = SignedData::parse(message)?;
    let last = read.signer_infos.last().ok_or(SigningError::SelfCheck)?;
    let attributes = last.signed_attrs.as_ref().ok_or(SigningError::SelfCheck)?;
    if !is_over_content(last) {
        return Err(SigningError::SelfCheck);
    }
    check_signature(resolved(last, key)?, key, &attributes.signed_octets(), &last.signature)
}

fn resolved(signer_info: &SignerInfo<'_>, key: &PublicKey) -> Result<SignatureAlgorithm, SigningError> {
    let algorithm = &signer_info.signature_algorithm;
    let digest = DigestAlgorithm::from_oid(signer_info.digest_algorithm.oid);
    Ok(SignatureAlgorithm::resolve(algorithm.oid, algorithm.parameters.as_deref(), digest, key)?)
}

pub(super) fn check_nothing_lost(before: &SignedData<'_>, after: &SignedData<'_>) -> Result<(), SigningError> {
    let attributes = |signer: &SignerInfo<'_>| {
        [&signer.signed_attrs, &signer.unsigned_attrs].map(|all| all.as_ref().map(|all| all.raw.to_vec()))
    };
    let kept = |(was, is): (&SignerInfo<'_>, &SignerInfo<'_>)| {
        was.signature == is.signature && attributes(was) == attributes(is)
    };
    let signers_kept = before.signer_infos.iter().zip(&after.signer_infos).all(kept);
    let one_more = before.signer_infos.len().checked_add(1) == Some(after.signer_infos.len());
    let kept = before.content == after.content
        && before.content_type == after.content_type
        && before.crls == after.crls
        && after.certificates.starts_with(&before.certificates);
    if signers_kept && one_more && kept { Ok(()) } else { Err(SigningError::SelfCheck) }
}
