//! JSON Web Signatures at the level JAdES-B (ETSI TS 119 182-1 §5): compact, with the payload inside.

use super::SigningError;
use super::signer::Signer;
use crate::codec::{armour, jws};
use crate::crypto::{Outcome, SignatureClaim, verify_many};
use crate::x509::Certificate;

/// Signs a payload; the signer's certificate goes along in `x5c` and is bound by `x5t#S256`, the time claimed in `iat`.
///
/// *Takes* the media type of the payload (RFC 7515 §4.1.10: without `application/`). *Errors*: `Sign`, `SelfCheck`.
pub fn sign_jws(payload: &[u8], content_type: &str, signer: &Signer<'_>) -> Result<String, SigningError> {
    let key = signer.key();
    let algorithm = key.signature_algorithm();
    let header = jws::JwsHeader {
        alg: algorithm.jose_name(),
        typ: Some("JOSE".to_owned()),
        cty: Some(content_type.to_owned()),
        iat: signer.signing_time().map(crate::time::Timestamp::unix_seconds),
        x5c: Some(signer.all_certificates().into_iter().map(armour::encode).collect()),
        x5t_s256: Some(thumbprint(signer.certificate())),
        b64: None,
        crit: None,
    };
    let input = jws::signing_input(&header, payload).map_err(|_| SigningError::SelfCheck)?;
    let value = key.sign(input.as_bytes())?;
    let signed = algorithm.value_to_jose(&value).ok_or(SigningError::SelfCheck)?;
    let compact = jws::compact(&input, &signed);
    // Read back as a reader would: by the name of the algorithm, and from the value as it travels.
    let read = jws::Jws::parse(compact.as_bytes(), &crate::limits::INPUT_BYTES_MAX)?;
    let named = crate::crypto::SignatureAlgorithm::from_jose(&read.header.alg, key.public_key());
    let claim = named.zip(named.and_then(|named| named.value_from_jose(&read.signature))).map(|(algorithm, value)| {
        let message = read.signing_input.into();
        SignatureClaim { algorithm, key: key.public_key(), message, value: value.into() }
    });
    match claim.map(|claim| verify_many(&[claim])).as_deref() {
        Some([Outcome::Valid(_)]) => Ok(compact),
        _ => Err(SigningError::SelfCheck),
    }
}

/// `x5t#S256` of a certificate (RFC 7515 §4.1.8).
fn thumbprint(certificate: &Certificate) -> String {
    jws::encode_url(&certificate.fingerprint().0)
}
