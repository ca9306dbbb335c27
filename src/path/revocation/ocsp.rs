//! What OCSP responses say of a certificate (RFC 6960 §3.2, §4.2).

use super::responder::{authority_of, is_by_issuer};
use super::statement::{Says, Statement, Statements};
use super::{Authority, EvidenceKind, Inquiry, RevocationProof, RevocationSource, RevocationUnknown};
use crate::crypto::DigestAlgorithm;
use crate::limits::OCSP_SKEW_SECONDS_MAX;
use crate::time::Timestamp;
use crate::x509::{
    CertStatus, OcspResponse, OcspResponseStatus, ReasonFlags, RevocationReason, RevokedEntry, SingleResponse,
};

pub(super) fn collect(inquiry: &Inquiry<'_, '_>, statements: &mut Statements) {
    for response in inquiry.sources.ocsp_responses(inquiry.certificate.serial()) {
        let about = |one: &&SingleResponse| one.cert_id.names(inquiry.certificate, inquiry.issuer) == Some(true);
        let mut answers = response.responses.iter().filter(about).peekable();
        if response.status != OcspResponseStatus::Successful || answers.peek().is_none() {
            continue;
        }
        let newest = answers.clone().map(|a| a.this_update).chain(response.produced_at).max();
        if newest.is_none_or(|made| made > inquiry.question.known_at) {
            // What a stranger signed says nothing, at no time.
            let by_issuer = is_by_issuer(response, inquiry);
            statements.pass_over(if by_issuer {
                RevocationUnknown::OutOfTime
            } else {
                RevocationUnknown::NotFromIssuer
            });
            continue;
        }
        match authority_of(response, inquiry) {
            Ok(authority) => {
                for answer in answers {
                    let proof = RevocationProof::of(source_of(response, answer), authority.rests_on.clone());
                    statements.add(Statement {
                        says: read(answer, response, inquiry),
                        made: (answer.this_update, answer.this_update),
                        reasons: ReasonFlags::ALL,
                        in_time: check_time(answer, &authority, inquiry),
                        proof,
                    });
                }
            }
            Err(why) => statements.pass_over(why),
        }
    }
}

fn source_of(response: &OcspResponse, answer: &SingleResponse) -> RevocationSource {
    RevocationSource {
        kind: EvidenceKind::Ocsp,
        fingerprint: response.fingerprint,
        this_update: answer.this_update,
        next_update: answer.next_update,
        produced_at: response.produced_at,
    }
}

/// Reads one answer against the time in question.
fn read(answer: &SingleResponse, response: &OcspResponse, inquiry: &Inquiry<'_, '_>) -> Says {
    // Times that contradict each other say nothing good (RFC 6960 §4.2.2.1); a revocation told once stays.
    let says_revoked = matches!(&answer.status, CertStatus::Revoked { .. });
    let contradictory = !says_revoked && answer.next_update.is_some_and(|next| next < answer.this_update);
    let early = response.produced_at.is_none_or(|produced| produced.plus_seconds(skew()) < answer.this_update);
    let strange = answer.unknown_critical_extension || response.unknown_critical_extension;
    if contradictory || early || strange || is_another(answer, inquiry) {
        return Says::Unclear(RevocationUnknown::NotUnderstood);
    }
    match &answer.status {
        CertStatus::Good => Says::Good,
        CertStatus::Unknown => Says::Unclear(RevocationUnknown::UnknownToResponder),
        CertStatus::Revoked { reason: Some(Err(_)), .. } => Says::Unclear(RevocationUnknown::NotUnderstood),
        CertStatus::Revoked { revocation_time, reason } => {
            let reason = reason.and_then(Result::ok);
            // RFC 6960 §2.2, §4.4.8: never issued is told as a hold since 1970.
            let since = Timestamp::from_unix_seconds(0);
            let never = reason == Some(RevocationReason::CertificateHold) && *revocation_time == since;
            if never && response.extended_revoke {
                return Says::NeverIssued { since };
            }
            let entry = RevokedEntry {
                revocation_date: *revocation_time,
                reason,
                invalidity_date: answer.invalidity_date,
                unknown_critical_extension: false,
            };
            Says::of(&entry, inquiry)
        }
    }
}

/// Whether the responder has another certificate of this serial number before it (Common PKI, part 4 §3.1.2), or one that
/// cannot be compared.
fn is_another(answer: &SingleResponse, inquiry: &Inquiry<'_, '_>) -> bool {
    answer.cert_hash.as_ref().is_some_and(|(algorithm, hash)| {
        let digest = DigestAlgorithm::from_oid(algorithm.oid);
        digest.is_none_or(|d| d.digest(inquiry.certificate.der()) != *hash)
    })
}

/// Whether an answer says anything about the time in question.
fn check_time(
    answer: &SingleResponse,
    authority: &Authority,
    inquiry: &Inquiry<'_, '_>,
) -> Result<(), RevocationUnknown> {
    let not_after = inquiry.certificate.validity().not_after;
    // RFC 6960 §4.4.4: whether expired certificates are still answered for.
    let kept = answer.archive_cutoff.is_some_and(|cutoff| cutoff <= not_after);
    if answer.this_update > not_after && !kept {
        return Err(RevocationUnknown::OutOfTime);
    }
    // Without nextUpdate newer information is always there (§4.2.2.1): the policy says how long it may be passed over.
    // DIVERGENCE D-18.
    let age = i64::from(inquiry.question.rules.ocsp_age_seconds_max);
    let until = answer.next_update.unwrap_or_else(|| answer.this_update.plus_seconds(age));
    authority.check_time(answer.this_update, Some(until), inquiry.at)
}

fn skew() -> i64 {
    i64::try_from(OCSP_SKEW_SECONDS_MAX.value).unwrap_or_default()
}
