//! Who may sign an OCSP response about a certificate (RFC 6960 §4.2.2.2).

use const_oid::ObjectIdentifier;

use super::{Authority, Inquiry, RevocationStatus, RevocationUnknown, status};
use crate::crypto::DigestAlgorithm;
use crate::path::book::{Link, LinkOutcome};
use crate::path::pool::Sources;
use crate::time::Timestamp;
use crate::x509::{Certificate, ExtensionValue, KeyUsage, OcspResponse, ResponderId, key_octets, oids};

/// The signatures on which a response's authority rests: the key that signed the certificate, or a delegate whom this very
/// key made one.
///
/// *Errors*: `NotFromIssuer`; `NotComputed` where a candidate was left out at a bound.
pub(super) fn authority_of(response: &OcspResponse, inquiry: &Inquiry<'_, '_>) -> Result<Authority, RevocationUnknown> {
    let signed_with = |key: &Certificate| Link { signed: response.fingerprint, issuer: key.fingerprint() };
    let mut why = RevocationUnknown::NotFromIssuer;
    if names(response, inquiry.issuer) {
        let link = signed_with(inquiry.issuer);
        match holds(link, inquiry) {
            Some(true) => return Ok(Authority { rests_on: vec![(link, inquiry.issuer.clone())], until: None }),
            Some(false) => {}
            None => why = RevocationUnknown::NotComputed,
        }
    }
    let made_at = response.responses.iter().map(|one| one.this_update).min();
    let mut best: Option<Authority> = None;
    for delegate in delegates(response, inquiry.issuer, inquiry.sources) {
        let made = Link { signed: delegate.fingerprint(), issuer: inquiry.issuer.fingerprint() };
        let signed = signed_with(delegate);
        match (holds(made, inquiry), holds(signed, inquiry)) {
            (Some(true), Some(true)) => match check_delegate(delegate, response.produced_at, inquiry) {
                Ok(mut rests_on) => {
                    rests_on.extend([(made, inquiry.issuer.clone()), (signed, delegate.clone())]);
                    let found = Authority { rests_on, until: Some(end_of(delegate)) }.longer(best.take());
                    if made_at.is_some_and(|made| found.suffices(made, inquiry.at)) {
                        return Ok(found);
                    }
                    best = Some(found);
                }
                Err(reason) => why = why.max(reason),
            },
            (Some(false), _) | (_, Some(false)) => {}
            _ => why = RevocationUnknown::NotComputed,
        }
    }
    best.ok_or(why)
}

/// Whether the response is signed by the issuer or by somebody whom it once made a delegate, whatever may be said of them.
pub(super) fn is_by_issuer(response: &OcspResponse, inquiry: &Inquiry<'_, '_>) -> bool {
    let signed_with = |key: &Certificate| Link { signed: response.fingerprint, issuer: key.fingerprint() };
    let made = |delegate: &Certificate| Link { signed: delegate.fingerprint(), issuer: inquiry.issuer.fingerprint() };
    let is_delegates = |delegate: &&Certificate| {
        holds(made(delegate), inquiry) == Some(true) && holds(signed_with(delegate), inquiry) == Some(true)
    };
    let by_issuer = names(response, inquiry.issuer) && holds(signed_with(inquiry.issuer), inquiry) == Some(true);
    by_issuer || delegates(response, inquiry.issuer, inquiry.sources).iter().any(is_delegates)
}

/// The first instant after a certificate's period, whose last second belongs to it.
fn end_of(certificate: &Certificate) -> Timestamp {
    Timestamp::from_unix_seconds(certificate.validity().not_after.unix_seconds()).plus_seconds(1)
}

/// Certificates that the response may mean as its signer's: named by its responderID, by this issuer's name, and made for
/// signing responses (id-kp-OCSPSigning outright; anyExtendedKeyUsage does not count).
pub(in crate::path) fn delegates<'a>(
    response: &'a OcspResponse,
    issuer: &Certificate,
    sources: &Sources<'a>,
) -> Vec<&'a Certificate> {
    let at_hand = match &response.responder {
        Some(ResponderId::ByName(name)) => sources.named(name),
        Some(ResponderId::ByKey(id)) => sources.keyed(id),
        None => Vec::new(),
    };
    let mut found: Vec<&Certificate> = Vec::new();
    for certificate in response.certificates.iter().chain(at_hand) {
        let fits = certificate.issuer() == issuer.subject()
            && certificate.has_purpose(oids::OCSP_SIGNING)
            && names(response, certificate);
        if fits && !found.contains(&certificate) {
            found.push(certificate);
        }
    }
    found
}

/// Whether the responderID names this certificate.
pub(in crate::path) fn names(response: &OcspResponse, certificate: &Certificate) -> bool {
    match &response.responder {
        Some(ResponderId::ByName(name)) => name == certificate.subject(),
        // RFC 6960 §4.2.1: SHA-1 over the BIT STRING, whatever else is in use.
        Some(ResponderId::ByKey(id)) => *id == DigestAlgorithm::Sha1.digest(key_octets(certificate)),
        None => false,
    }
}

/// What a delegate must be when it signs: within its period, with a key for signing, with nothing critical that is not
/// understood, and not revoked. Where its issuer says that nobody need ask (id-pkix-ocsp-nocheck, §4.2.2.2.1), nothing need
/// prove that it is good; what is known against it counts all the same, and so does that nobody vouches for itself.
/// DIVERGENCE D-16: the response itself says when it was signed.
fn check_delegate(
    delegate: &Certificate,
    produced_at: Option<Timestamp>,
    inquiry: &Inquiry<'_, '_>,
) -> Result<Vec<(Link, Certificate)>, RevocationUnknown> {
    let at = produced_at.ok_or(RevocationUnknown::NotFromIssuer)?;
    let may_sign = match delegate.key_usage() {
        ExtensionValue::Absent => true,
        ExtensionValue::Present(usage) => {
            usage.allows(KeyUsage::DIGITAL_SIGNATURE) || usage.allows(KeyUsage::NON_REPUDIATION)
        }
        ExtensionValue::Unreadable => false,
    };
    if !may_sign || !delegate.validity().contains(at) || !is_understood(delegate) {
        return Err(RevocationUnknown::NotFromIssuer);
    }
    let nesting = inquiry.enter(delegate)?;
    let unasked = delegate.has_extension(oids::OCSP_NO_CHECK);
    match status(&Inquiry { certificate: delegate, at, nesting, ..*inquiry }) {
        RevocationStatus::Unknown(RevocationUnknown::NotComputed) => Err(RevocationUnknown::NotComputed),
        RevocationStatus::Good(_) | RevocationStatus::Unknown(_) if unasked => Ok(Vec::new()),
        RevocationStatus::Good(proof) => Ok(proof.rests_on),
        _ => Err(RevocationUnknown::NotFromIssuer),
    }
}

/// RFC 5280 §4.2: an unknown critical extension refuses the certificate.
fn is_understood(delegate: &Certificate) -> bool {
    const KNOWN: [ObjectIdentifier; 10] = [
        oids::KEY_USAGE,
        oids::EXTENDED_KEY_USAGE,
        oids::BASIC_CONSTRAINTS,
        oids::SUBJECT_KEY_IDENTIFIER,
        oids::AUTHORITY_KEY_IDENTIFIER,
        oids::SUBJECT_ALT_NAME,
        oids::CERTIFICATE_POLICIES,
        oids::CRL_DISTRIBUTION_POINTS,
        oids::AUTHORITY_INFO_ACCESS,
        oids::OCSP_NO_CHECK,
    ];
    delegate.extensions().iter().all(|e| !e.critical || KNOWN.contains(&e.oid))
}

fn holds(link: Link, inquiry: &Inquiry<'_, '_>) -> Option<bool> {
    inquiry.links.get(link).map(|outcome| matches!(outcome, LinkOutcome::Valid(_)))
}
