//! What CRLs say of a certificate (RFC 5280 §6.3.3): full ones, with the newest delta that builds on each.

use super::scope::{Scope, crl_issuers};
use super::signer::{authority_of, is_by_issuer};
use super::statement::{Says, Statement, Statements, counts_from};
use super::{Authority, Inquiry, RevocationProof, RevocationSource, RevocationUnknown};
use crate::time::Timestamp;
use crate::x509::{Crl, ExtensionValue, ReasonFlags, RevocationReason, RevokedEntry, oids};

/// A CRL by somebody who may issue it, known when the question is asked.
struct Heard<'a> {
    crl: &'a Crl,
    authority: Authority,
    entry: Option<RevokedEntry>,
    /// The reasons it covers; `Err` where it is about other certificates or says things that are not understood.
    reasons: Result<ReasonFlags, RevocationUnknown>,
}

pub(super) fn collect(inquiry: &Inquiry<'_, '_>, statements: &mut Statements) {
    let scope = Scope::of(inquiry.certificate);
    let mut heard = Vec::new();
    for crl in crl_issuers(inquiry.certificate).iter().flat_map(|name| inquiry.sources.crls(name)) {
        if crl.this_update() > inquiry.question.known_at {
            // What a stranger signed says nothing, at no time.
            let by_issuer = is_by_issuer(crl, inquiry);
            statements.pass_over(if by_issuer {
                RevocationUnknown::OutOfTime
            } else {
                RevocationUnknown::NotFromIssuer
            });
            continue;
        }
        match authority_of(crl, inquiry, &scope) {
            Ok(authority) => heard.push(hear(crl, authority, inquiry, &scope)),
            // A delta alone promises nothing.
            Err(RevocationUnknown::NotFromIssuer) if crl.is_delta() => {}
            Err(why) => statements.pass_over(why),
        }
    }
    for one in &heard {
        if one.crl.is_delta() {
            state_alone(one, inquiry, statements);
        } else {
            let delta = newest_delta(one, &heard, inquiry);
            state(one, delta, inquiry, statements);
        }
    }
}

fn hear<'a>(crl: &'a Crl, authority: Authority, inquiry: &Inquiry<'_, '_>, scope: &Scope<'_>) -> Heard<'a> {
    let entry = crl.entry_of(inquiry.certificate.issuer(), inquiry.certificate.serial());
    let understood = entry.as_ref().is_none_or(|e| !e.unknown_critical_extension) && !crl.has_unusable_part();
    let reasons = if understood { scope.covered(crl) } else { Err(RevocationUnknown::NotUnderstood) };
    Heard { crl, authority, entry, reasons }
}

/// What a full CRL and its delta say together (§5.2.4, §6.3.3 (i) to (k)).
fn state(base: &Heard<'_>, delta: Option<&Heard<'_>>, inquiry: &Inquiry<'_, '_>, statements: &mut Statements) {
    let reasons = match base.reasons {
        Ok(reasons) => reasons,
        Err(why) => return unclear(base, why, statements),
    };
    let entry = match (base.entry.as_ref(), delta.and_then(|d| d.entry.as_ref())) {
        (told, None) => told,
        // §5.3.1: removeFromCRL takes back a hold; a revocation stays.
        (told, Some(new)) if new.reason == Some(RevocationReason::RemoveFromCrl) => told.filter(|t| !can_be_lifted(t)),
        (Some(told), Some(new)) if can_be_lifted(new) && !can_be_lifted(told) => Some(told),
        // A revocation stays as grave as it ever was told.
        (Some(told), Some(new)) if !can_be_lifted(told) => {
            Some(if since(told, inquiry) <= since(new, inquiry) { told } else { new })
        }
        (_, Some(new)) => Some(new),
    };
    let made = base.crl.this_update();
    let mut sources = vec![RevocationSource::of_crl(base.crl)];
    let mut rests_on = base.authority.rests_on.clone();
    if let Some(delta) = delta {
        sources.insert(0, RevocationSource::of_crl(delta.crl));
        rests_on.extend(delta.authority.rests_on.iter().cloned());
    }
    statements.add(Statement {
        says: entry.map_or(Says::Good, |e| Says::of(e, inquiry)),
        made: (delta.map_or(made, |d| d.crl.this_update()), made),
        reasons,
        in_time: check_time(base, inquiry),
        proof: RevocationProof { sources, rests_on },
    });
}

/// What a delta says that builds on nothing at hand: it may revoke, and never more.
fn state_alone(delta: &Heard<'_>, inquiry: &Inquiry<'_, '_>, statements: &mut Statements) {
    let Some(entry) = delta.entry.as_ref() else { return };
    if let Err(why) = delta.reasons {
        return unclear(delta, why, statements);
    }
    let says = Says::of(entry, inquiry);
    let lifted = entry.reason == Some(RevocationReason::RemoveFromCrl);
    if !lifted && says != Says::Good {
        let proof = RevocationProof::of(RevocationSource::of_crl(delta.crl), delta.authority.rests_on.clone());
        let made = delta.crl.this_update();
        let in_time = Err(RevocationUnknown::NoEvidence);
        statements.add(Statement { says, made: (made, made), reasons: ReasonFlags::NONE, in_time, proof });
    }
}

/// A CRL that names the certificate, but not in words that are understood or not within what it is about: what older ones
/// leave out is then no proof (§5.2, §5.3). One that does not name it says nothing.
fn unclear(one: &Heard<'_>, why: RevocationUnknown, statements: &mut Statements) {
    if !one.crl.is_delta() {
        statements.pass_over(why);
    }
    if one.entry.is_some() {
        let proof = RevocationProof::of(RevocationSource::of_crl(one.crl), one.authority.rests_on.clone());
        let made = one.crl.this_update();
        let says = Says::Unclear(why);
        statements.add(Statement { says, made: (made, made), reasons: ReasonFlags::NONE, in_time: Err(why), proof });
    }
}

/// Its own nextUpdate does not matter: a delta that is out of date still tells more than the base, which is in force.
fn newest_delta<'h, 'a>(base: &Heard<'_>, heard: &'h [Heard<'a>], inquiry: &Inquiry<'_, '_>) -> Option<&'h Heard<'a>> {
    let usable = |d: &&Heard<'_>| d.reasons.is_ok() && builds_on(d.crl, base.crl) && check_kept(d.crl, inquiry).is_ok();
    heard.iter().filter(usable).max_by_key(|d| (d.crl.this_update(), d.crl.fingerprint()))
}

/// §5.2.4: a delta adds to a full CRL of the same issuer and scope that is not older than its base. Kazakh deltas carry a
/// cRLNumber of their own, lower than their base (`docs/divergences.md` D-03), so age is told by thisUpdate.
fn builds_on(delta: &Crl, base: &Crl) -> bool {
    let (Some(delta_base), Some(number)) = (delta.delta_base(), base.crl_number()) else { return false };
    let magnitude = |octets: &[u8]| octets.iter().copied().skip_while(|&b| b == 0).collect::<Vec<u8>>();
    let (wanted, has) = (magnitude(delta_base), magnitude(number));
    let new_enough = (has.len(), has.as_slice()) >= (wanted.len(), wanted.as_slice());
    let part = |crl: &Crl| crl.issuing_distribution_point().clone();
    // §6.3.3 (c)(2), (3)
    let same_scope = part(delta) == part(base) && part(base) != ExtensionValue::Unreadable;
    let key =
        |crl: &Crl| crl.extensions().iter().find(|e| e.oid == oids::AUTHORITY_KEY_IDENTIFIER).map(|e| e.value.clone());
    let same_key = key(delta).is_none() || key(base).is_none() || key(delta) == key(base);
    let in_order = new_enough && delta.this_update() >= base.this_update();
    delta.is_delta() && delta.issuer() == base.issuer() && same_scope && same_key && in_order
}

/// What can be taken back: a hold, and the taking back itself (§5.3.1).
fn can_be_lifted(entry: &RevokedEntry) -> bool {
    matches!(entry.reason, Some(RevocationReason::CertificateHold | RevocationReason::RemoveFromCrl))
}

/// Whether the CRL was made while the certificate could not have left it: expired ones may be dropped, unless it says
/// since when it keeps them (X.509 §9.5.2.8).
fn check_kept(crl: &Crl, inquiry: &Inquiry<'_, '_>) -> Result<(), RevocationUnknown> {
    let not_after = inquiry.certificate.validity().not_after;
    let kept = crl.expired_certs_since().is_some_and(|since| since <= not_after);
    if crl.this_update() > not_after && !kept { Err(RevocationUnknown::OutOfTime) } else { Ok(()) }
}

/// Whether a CRL says anything about the time in question.
fn check_time(one: &Heard<'_>, inquiry: &Inquiry<'_, '_>) -> Result<(), RevocationUnknown> {
    check_kept(one.crl, inquiry)?;
    one.authority.check_time(one.crl.this_update(), one.crl.next_update(), inquiry.at)
}

fn since(entry: &RevokedEntry, inquiry: &Inquiry<'_, '_>) -> Timestamp {
    counts_from(entry, inquiry.certificate)
}
