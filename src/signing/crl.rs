//! CRLs (RFC 5280 §5), full and delta.
//!
//! Written with `codec::der`: the CRL builder of x509-cert can add no extension of ours (deltaCRLIndicator) and copies
//! the *issuer's own* authority key identifier instead of naming the issuer's key.

use super::authority::{Authority, key_identifier};
use super::signer::check_signature;
use super::{SigningError, profile};
use crate::codec::der;
use crate::time::Timestamp;
use crate::x509::{Crl, Extension, RevocationReason, oids};

/// What a CRL is to say.
#[derive(Clone, Debug)]
pub struct CrlDraft {
    /// When it is made.
    pub this_update: Timestamp,
    /// When the next one is due.
    pub next_update: Option<Timestamp>,
    /// cRLNumber.
    pub number: u64,
    /// The number of the full CRL that a delta CRL changes; `None` for a full one.
    pub delta_base: Option<u64>,
    /// The revoked certificates.
    pub revocations: Vec<Revocation>,
}

/// One revoked certificate.
#[derive(Clone, Debug)]
pub struct Revocation {
    /// Its serial number, contents octets of the INTEGER.
    pub serial: Vec<u8>,
    /// When it was revoked.
    pub revocation_date: Timestamp,
    /// Why.
    pub reason: Option<RevocationReason>,
    /// Since when the key is known or suspected to be compromised.
    pub invalidity_date: Option<Timestamp>,
}

/// Issues a CRL in the name of an authority, signed with its key.
///
/// *Source*: RFC 5280 §5.1.2, §5.2.1, §5.2.3, §5.2.4. *Errors*: `Sign`, `SelfCheck`.
pub fn issue_crl(draft: &CrlDraft, issuer: &Authority<'_>) -> Result<Crl, SigningError> {
    let algorithm = issuer.key.signature_algorithm();
    let algorithm_identifier = algorithm.algorithm_identifier_der();
    let tbs = encode_tbs(draft, issuer, &algorithm_identifier)?;
    let value = issuer.key.sign(&tbs)?;
    let crl = Crl::parse(&der::sequence(&[&tbs, &algorithm_identifier, &der::bit_string(&value)]))?;
    check_signature(algorithm, issuer.key.public_key(), crl.tbs(), crl.signature_value())?;
    Ok(crl)
}

/// ASN.1: `TBSCertList ::= SEQUENCE { version, signature, issuer, thisUpdate, nextUpdate OPTIONAL,
/// revokedCertificates SEQUENCE OF … OPTIONAL, crlExtensions [0] EXPLICIT }`
fn encode_tbs(draft: &CrlDraft, issuer: &Authority<'_>, algorithm: &[u8]) -> Result<Vec<u8>, SigningError> {
    let mut extensions = vec![
        profile::authority_key_identifier(&key_identifier(issuer.key.public_key())?),
        Extension { oid: oids::CRL_NUMBER, critical: false, value: der::integer_u64(draft.number) },
    ];
    if let Some(base) = draft.delta_base {
        // RFC 5280 §5.2.4: always critical.
        let value = der::integer_u64(base);
        extensions.push(Extension { oid: oids::DELTA_CRL_INDICATOR, critical: true, value });
    }
    let entries: Vec<u8> = draft.revocations.iter().flat_map(encode_entry).collect();
    // RFC 5280 §5.1.2.6: an empty list is left out.
    let entries = if entries.is_empty() { entries } else { der::sequence(&[&entries]) };
    Ok(der::sequence(&[
        &der::integer_u64(1),
        algorithm,
        issuer.name.raw(),
        &der::utc_time(draft.this_update),
        &draft.next_update.map(der::utc_time).unwrap_or_default(),
        &entries,
        &der::context(0, &encode_extensions(&extensions)),
    ]))
}

fn encode_entry(revocation: &Revocation) -> Vec<u8> {
    let mut extensions = Vec::new();
    if let Some(code) = revocation.reason.map(RevocationReason::code) {
        extensions.push(Extension { oid: oids::REASON_CODE, critical: false, value: der::enumerated(code) });
    }
    if let Some(at) = revocation.invalidity_date {
        // RFC 5280 §5.3.2: GeneralizedTime, whatever the year.
        let value = der::generalized_time(at);
        extensions.push(Extension { oid: oids::INVALIDITY_DATE, critical: false, value });
    }
    let extensions = if extensions.is_empty() { Vec::new() } else { encode_extensions(&extensions) };
    let serial = der::tlv(der::tag::INTEGER, &revocation.serial);
    der::sequence(&[&serial, &der::utc_time(revocation.revocation_date), &extensions])
}

/// ASN.1: `Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }`
fn encode_extensions(extensions: &[Extension]) -> Vec<u8> {
    let encoded: Vec<Vec<u8>> = extensions
        .iter()
        .map(|extension| {
            let critical = if extension.critical { der::boolean(true) } else { Vec::new() };
            der::sequence(&[&der::oid(extension.oid), &critical, &der::octet_string(&extension.value)])
        })
        .collect();
    der::sequence(&encoded.iter().map(Vec::as_slice).collect::<Vec<_>>())
}
