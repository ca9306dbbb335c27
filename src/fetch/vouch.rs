//! Whether the authority that evidence was fetched about signed it. It is kept for longer then; nothing is believed for it.

use super::content::Evidence;
use crate::crypto::{Outcome, SignatureClaim, verify_many};
use crate::path::{LinkOutcome, certificate_claim, crl_claim, ocsp_claim};
use crate::time::Timestamp;
use crate::x509::{CertId, Certificate, Crl, Fingerprint, OcspResponse, oids};

/// Whether a certificate is signed with an issuer's key and names it as its issuer.
pub fn is_issued_by(certificate: &Certificate, issuer: &Certificate) -> bool {
    certificate.issuer() == issuer.subject() && holds(certificate_claim(certificate, issuer))
}

/// What evidence speaks of, where the issuer's key signed it or made its signer a responder: of two with the same scope the
/// one with the later thisUpdate takes the other's place.
pub(super) fn scope_of(evidence: &Evidence, issuer: &Certificate) -> Option<Fingerprint> {
    let key = issuer.public_key().ok()?.spki_der();
    match evidence {
        Evidence::Crl(crl) => holds(crl_claim(crl, issuer)).then(|| scope_of_list(crl, key)),
        Evidence::Ocsp(response) => is_answer_of(response, issuer).then(|| scope_of_answer(response, key)),
        Evidence::Certificates(_) | Evidence::TimeStamp(_) | Evidence::Dvcs(_) | Evidence::TrustSnapshot(_) => None,
    }
}

/// When evidence says that it was true, then when it was made; none where it says no time.
pub(super) fn told_at(evidence: &Evidence) -> Option<(Timestamp, Option<Timestamp>)> {
    match evidence {
        Evidence::Crl(crl) => Some((crl.this_update(), None)),
        Evidence::Ocsp(response) => {
            let oldest = response.responses.iter().map(|one| one.this_update).min();
            oldest.map(|this_update| (this_update, response.produced_at))
        }
        Evidence::Certificates(_) | Evidence::TimeStamp(_) | Evidence::Dvcs(_) | Evidence::TrustSnapshot(_) => None,
    }
}

/// RFC 6960 §4.2.2.2: the issuer itself, or one whom its key made a responder.
fn is_answer_of(response: &OcspResponse, issuer: &Certificate) -> bool {
    let is_delegate = |c: &&Certificate| c.has_purpose(oids::OCSP_SIGNING) && is_issued_by(c, issuer);
    holds(ocsp_claim(response, issuer))
        || response.certificates.iter().filter(is_delegate).any(|delegate| holds(ocsp_claim(response, delegate)))
}

/// A delta does not take the place of a full list, nor one part of a list that of another (RFC 5280 §5.2.4, §5.2.5).
fn scope_of_list(crl: &Crl, key: &[u8]) -> Fingerprint {
    let part = crl.extensions().iter().find(|e| e.oid == oids::ISSUING_DISTRIBUTION_POINT);
    let parts: [&[u8]; 4] = [
        b"crl",
        key,
        crl.delta_base().unwrap_or(b"full"),
        part.map_or(b"whole".as_slice(), |extension| &extension.value),
    ];
    fold(parts)
}

fn scope_of_answer(response: &OcspResponse, key: &[u8]) -> Fingerprint {
    let named = |id: &CertId| fold([&id.issuer_key_hash, id.serial.as_slice()]).0;
    let mut about: Vec<[u8; 32]> = response.responses.iter().map(|one| named(&one.cert_id)).collect();
    about.sort_unstable();
    fold([b"ocsp", key, &about.concat()])
}

fn fold<const N: usize>(parts: [&[u8]; N]) -> Fingerprint {
    Fingerprint::of(&parts.map(|part| Fingerprint::of(part).0).concat())
}

fn holds(claim: Result<SignatureClaim<'_>, LinkOutcome>) -> bool {
    claim.is_ok_and(|claim| matches!(verify_many(&[claim]).first(), Some(Outcome::Valid(_))))
}
