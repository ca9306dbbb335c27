//! A signature stamped by an authority elsewhere (RFC 3161 §2.2): what it is asked, how its answer is held to that, and where
//! the token goes.

use const_oid::ObjectIdentifier;

use super::SigningError;
use super::time_stamp::{check_stamped, imprint};
use crate::cms::{
    SignedData, TimeStampFailure, TimeStampRequest, TimeStampResponse, TstInfo, add_unsigned_attribute, oids,
};
use crate::crypto::DigestAlgorithm;

/// Why an answer is not taken for the time stamp that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenRefusal {
    /// It is not a TimeStampResp, or its token is none.
    #[error("the answer of the time-stamping authority does not read")]
    Malformed,
    /// The authority does not stamp (RFC 3161 §2.4.2).
    #[error("the time-stamping authority refuses: status {status}{}", failure.map(|f| format!(" ({})", f.name())).unwrap_or_default())]
    Refused {
        /// PKIStatus.
        status: u32,
        /// PKIFailureInfo, where it is told and known.
        failure: Option<TimeStampFailure>,
    },
    /// It stamped something else.
    #[error("the time stamp is about other octets than the ones that were sent")]
    OtherImprint,
    /// Its nonce is not the one that was sent: it may be an old answer.
    #[error("the time stamp does not repeat the nonce that was sent")]
    OtherNonce,
    /// It was made under another policy.
    #[error("the time stamp was made under policy {policy}, which is not the one asked for")]
    OtherPolicy {
        /// Which one.
        policy: ObjectIdentifier,
    },
    /// It carries a critical extension that nobody here understands.
    #[error("the time stamp carries a critical extension that is not understood")]
    UnknownCriticalExtension,
    /// Its own signature does not hold, or its certificate is not one of a time-stamping authority.
    #[error("the time stamp is not sound: its signature does not hold, or its signer is no time-stamping authority")]
    Unsound,
}

/// How an authority is asked.
#[derive(Clone, Debug)]
pub struct StampWish {
    /// How the signature value is digested.
    pub digest: DigestAlgorithm,
    /// The authority's policy that is wished for.
    pub policy: Option<ObjectIdentifier>,
    /// Random octets that the answer must repeat, at least eight of them.
    pub nonce: [u8; 16],
}

/// The question about one signer of a message, counted from 0.
///
/// *Errors*: `Malformed`, `NoSuchSigner`.
pub fn time_stamp_request(message: &[u8], index: usize, wish: &StampWish) -> Result<TimeStampRequest, SigningError> {
    let read = SignedData::parse(message)?;
    let signer = read.signer_infos.get(index).ok_or(SigningError::NoSuchSigner { index })?;
    // An INTEGER in its shortest form: positive, and its first octet not zero.
    let [first, rest @ ..] = wish.nonce;
    let nonce = [&[first & 0x3f | 0x40], rest.as_slice()].concat();
    Ok(TimeStampRequest {
        message_imprint: imprint(wish.digest, &signer.signature),
        req_policy: wish.policy,
        nonce: Some(nonce),
        cert_req: true,
        extensions: Vec::new(),
    })
}

/// Takes the token out of an answer that is one to this request (RFC 3161 §2.2: status, imprint, nonce, policy).
///
/// *Gives* a ContentInfo whose own signature was not looked at. *Errors*: `TokenRefusal`.
pub fn token_of<'r>(response: &'r [u8], request: &TimeStampRequest) -> Result<&'r [u8], TokenRefusal> {
    let response = TimeStampResponse::parse(response).map_err(|_| TokenRefusal::Malformed)?;
    let token = match (response.status, response.token) {
        (0 | 1, Some(token)) => token,
        (0 | 1, None) => return Err(TokenRefusal::Malformed),
        (status, _) => return Err(TokenRefusal::Refused { status, failure: response.failure }),
    };
    let read = SignedData::parse(token).map_err(|_| TokenRefusal::Malformed)?;
    let content = read.content.as_deref().filter(|_| read.content_type == oids::ID_CT_TST_INFO);
    let info = content.and_then(|c| TstInfo::parse(c).ok()).ok_or(TokenRefusal::Malformed)?;
    let (asked, told) = (&request.message_imprint, &info.message_imprint);
    if told.hash_algorithm.oid != asked.hash_algorithm.oid || told.hashed_message != asked.hashed_message {
        return Err(TokenRefusal::OtherImprint);
    }
    if info.nonce != request.nonce {
        return Err(TokenRefusal::OtherNonce);
    }
    if request.req_policy.is_some_and(|policy| policy != info.policy) {
        return Err(TokenRefusal::OtherPolicy { policy: info.policy });
    }
    if info.unknown_critical_extension {
        return Err(TokenRefusal::UnknownCriticalExtension);
    }
    Ok(token)
}

/// Puts a token beside the signature that it is about (ETSI EN 319 122-1 §5.3); nothing that is signed changes.
///
/// *Errors*: `Malformed`, `NoSuchSigner`, `SelfCheck`.
pub fn attach_token(message: &[u8], index: usize, token: &[u8]) -> Result<Vec<u8>, SigningError> {
    let no_such_signer = SigningError::NoSuchSigner { index };
    let stamped = add_unsigned_attribute(message, index, oids::SIGNATURE_TIME_STAMP, token)?.ok_or(no_such_signer)?;
    check_stamped(&SignedData::parse(message)?, &SignedData::parse(&stamped)?, index, token)?;
    Ok(stamped)
}
