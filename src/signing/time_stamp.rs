//! Time-stamp tokens (RFC 3161) and CAdES-T: what a time-stamping authority states, and where it is kept.

use const_oid::ObjectIdentifier;

use super::SigningError;
use super::signer::{check_pair, check_signature, digest_of};
use crate::cms::{
    Accuracy, DraftSigner, MessageImprint, SignedData, SignedDataParts, TstInfo, add_unsigned_attribute,
    encode_signed_data, oids,
};
use crate::codec::der;
use crate::crypto::{self, DigestAlgorithm};
use crate::time::Timestamp;
use crate::x509::{AlgorithmIdentifier, Certificate, ExtensionValue, oids as x509_oids};

/// A time-stamping authority: a key with a certificate that is for time stamps and for nothing else.
#[derive(Clone, Copy, Debug)]
pub struct TimeStampAuthority<'a> {
    key: &'a dyn crypto::Signer,
    certificate: &'a Certificate,
}

impl<'a> TimeStampAuthority<'a> {
    /// Takes a key with its certificate.
    ///
    /// *Source*: RFC 3161 §2.3 (one extended key usage, timeStamping, critical). *Errors*: `KeyMismatch`,
    /// `CertificateKey`, `NotForTimeStamping`.
    pub fn new(key: &'a dyn crypto::Signer, certificate: &'a Certificate) -> Result<Self, SigningError> {
        check_pair(key, certificate)?;
        let alone = match certificate.extended_key_usage() {
            ExtensionValue::Present(purposes) => purposes.as_slice() == [x509_oids::TIME_STAMPING],
            ExtensionValue::Absent | ExtensionValue::Unreadable => false,
        };
        let critical = certificate.extensions().iter().any(|e| e.oid == x509_oids::EXTENDED_KEY_USAGE && e.critical);
        if alone && critical { Ok(Self { key, certificate }) } else { Err(SigningError::NotForTimeStamping) }
    }

    /// The digest over what this authority stamps, unless its client chose another.
    pub fn digest(&self) -> DigestAlgorithm {
        digest_of(self.key.signature_algorithm())
    }
}

/// What a token is to say.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    /// The digest that is stamped, with its algorithm.
    pub imprint: MessageImprint,
    /// The authority's policy.
    pub policy: ObjectIdentifier,
    /// Unsigned, big-endian, unique at this authority.
    pub serial: Vec<u8>,
    /// When; whole seconds.
    pub gen_time: Timestamp,
    /// How far the true time may lie from genTime, where it is to be told.
    pub accuracy: Option<Accuracy>,
    /// Echo of the client's nonce, contents octets of its INTEGER.
    pub nonce: Option<Vec<u8>>,
    /// Whether the authority's certificate goes along; it is bound into the token in either case.
    pub cert_req: bool,
}

/// Issues a token: SignedData over TSTInfo, bound to the authority's certificate.
///
/// *Source*: RFC 3161 §2.4.2, RFC 5816 §2.2.1 (signing-certificate-v2). *Gives* a ContentInfo in DER. *Errors*: `Sign`,
/// `SelfCheck`.
pub fn issue_token(request: &TokenRequest, tsa: &TimeStampAuthority<'_>) -> Result<Vec<u8>, SigningError> {
    let tst_info = TstInfo {
        policy: request.policy,
        message_imprint: request.imprint.clone(),
        serial_number: positive(&request.serial),
        gen_time: request.gen_time,
        accuracy: request.accuracy,
        ordering: false,
        nonce: request.nonce.clone(),
        unknown_critical_extension: false,
    };
    let content = tst_info.encode();
    let digest = tsa.digest();
    let content_digest = digest.digest(&content);
    let stated = Some(request.gen_time);
    let draft = DraftSigner::new(tsa.certificate, oids::ID_CT_TST_INFO, (digest, &content_digest), stated);
    let value = tsa.key.sign(draft.to_be_signed())?;
    let algorithm = tsa.key.signature_algorithm();
    let own = [tsa.certificate.der()];
    let token = encode_signed_data(&SignedDataParts {
        content_type: oids::ID_CT_TST_INFO,
        content: Some(&content),
        // RFC 3161 §2.4.1: only where certReq asks for it.
        certificates: if request.cert_req { &own } else { &[] },
        digest_algorithms: &[draft.digest_algorithm()],
        signer_infos: &[&draft.complete(&algorithm.algorithm_identifier_der(), &value)],
    });
    check_token(&token, tsa, &content)?;
    Ok(token)
}

/// When and under which number a signature is stamped.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// The authority's policy.
    pub policy: ObjectIdentifier,
    /// Unsigned, big-endian, unique at this authority.
    pub serial: Vec<u8>,
    /// When; whole seconds.
    pub gen_time: Timestamp,
}

/// Raises one signer of a message to CAdES-T: a token over its signature value becomes an unsigned attribute.
///
/// *Source*: ETSI EN 319 122-1 §5.3. *Takes* the signer's place, counted from 0. *Errors*: `Malformed`, `NoSuchSigner`,
/// `Sign`, `SelfCheck`.
pub fn time_stamp_signature(
    message: &[u8],
    index: usize,
    stamp: &Stamp,
    tsa: &TimeStampAuthority<'_>,
) -> Result<Vec<u8>, SigningError> {
    let no_such_signer = SigningError::NoSuchSigner { index };
    let read = SignedData::parse(message)?;
    let signer = read.signer_infos.get(index).ok_or(no_such_signer)?;
    let request = TokenRequest {
        imprint: imprint(tsa.digest(), &signer.signature),
        policy: stamp.policy,
        serial: stamp.serial.clone(),
        gen_time: stamp.gen_time,
        accuracy: None,
        nonce: None,
        cert_req: true,
    };
    let token = issue_token(&request, tsa)?;
    let stamped = add_unsigned_attribute(message, index, oids::SIGNATURE_TIME_STAMP, &token)?.ok_or(no_such_signer)?;
    check_stamped(&read, &SignedData::parse(&stamped)?, index, &token)?;
    Ok(stamped)
}

/// The token arrived where it belongs, and nothing of what the signatures cover has changed.
pub(super) fn check_stamped(
    before: &SignedData<'_>,
    after: &SignedData<'_>,
    index: usize,
    token: &[u8],
) -> Result<(), SigningError> {
    let covered = |message: &SignedData<'_>| -> Vec<_> {
        message
            .signer_infos
            .iter()
            .map(|s| (s.signature.to_vec(), s.signed_attrs.as_ref().map(|a| a.raw.to_vec())))
            .collect()
    };
    let arrived = after.signer_infos.get(index).is_some_and(|s| s.signature_time_stamps().last() == Some(token));
    let kept = before.content == after.content && covered(before) == covered(after);
    if arrived && kept { Ok(()) } else { Err(SigningError::SelfCheck) }
}

/// With NULL parameters, as Kazakh software writes digests (facts/kz-pki.md §3.1).
pub(super) fn imprint(digest: DigestAlgorithm, octets: &[u8]) -> MessageImprint {
    let hash_algorithm = AlgorithmIdentifier { oid: digest.oid(), parameters: Some(der::null().into()) };
    MessageImprint { hash_algorithm, hashed_message: digest.digest(octets) }
}

/// Contents octets of an INTEGER that is not negative.
fn positive(unsigned_be: &[u8]) -> Vec<u8> {
    let mut octets: Vec<u8> = unsigned_be.iter().copied().skip_while(|&b| b == 0).collect();
    if octets.first().is_none_or(|&b| b & 0x80 != 0) {
        octets.insert(0, 0);
    }
    octets
}

fn check_token(token: &[u8], tsa: &TimeStampAuthority<'_>, content: &[u8]) -> Result<(), SigningError> {
    let read = SignedData::parse(token)?;
    let [signer] = read.signer_infos.as_slice() else { return Err(SigningError::SelfCheck) };
    let attributes = signer.signed_attrs.as_ref().ok_or(SigningError::SelfCheck)?;
    if read.content.as_deref() != Some(content) {
        return Err(SigningError::SelfCheck);
    }
    check_signature(tsa.key.signature_algorithm(), tsa.key.public_key(), &attributes.signed_octets(), &signer.signature)
}
