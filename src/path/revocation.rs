//! Revocation by CRL (RFC 5280 §6.3), full and delta, from given evidence.
//!
//! What is not understood yet (indirect CRLs, distribution points, reasons, CRL signers other than the issuer's own key)
//! never counts as good: it leaves the status unknown, with the reason.

use super::book::{Link, LinkOutcome, Links};
use super::pool::Sources;
use crate::time::Timestamp;
use crate::x509::{
    Certificate, Crl, DistributionScope, ExtensionValue, Fingerprint, KeyUsage, RevocationReason, RevokedEntry,
};

/// Whether a certificate was revoked at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RevocationStatus {
    /// It was not, and this proves it.
    Good(RevocationProof),
    /// It was.
    Revoked {
        /// Since when.
        since: Timestamp,
        /// Why, where told.
        reason: Option<RevocationReason>,
        /// Which CRL says so.
        proof: RevocationProof,
    },
    /// It was on hold, which may be lifted again.
    OnHold {
        /// Since when.
        since: Timestamp,
        /// Which CRL says so.
        proof: RevocationProof,
    },
    /// Nothing at hand can tell.
    Unknown(RevocationUnknown),
}

/// The CRL that an answer rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationProof {
    /// The CRL.
    pub crl: Fingerprint,
    /// When it was made.
    pub this_update: Timestamp,
    /// When the next one was due.
    pub next_update: Option<Timestamp>,
}

/// Why nothing at hand can tell; the most promising CRL decides which is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RevocationUnknown {
    /// No CRL of this issuer is at hand.
    NoCrl,
    /// There is one, but it is not signed with the issuer's key, or that key may not sign CRLs.
    NotFromIssuer,
    /// There is one, but it covers a part of the certificates only, or says things that are not understood.
    NotUnderstood,
    /// There is one, but it was made after the certificate may have left it, or after the time in question.
    OutOfTime,
    /// There are more than the search may look at, and one that was left out may be the one that revokes.
    NotComputed,
    /// There is one, but newer information was due before the time in question.
    Stale {
        /// When it was due; `None` where the CRL does not say.
        next_update: Option<Timestamp>,
    },
}

/// What is asked of a certificate.
pub(super) struct Inquiry<'a> {
    pub(super) certificate: &'a Certificate,
    pub(super) issuer: &'a Certificate,
    /// The time in question: best signature time.
    pub(super) at: Timestamp,
    /// What may be known: nothing made after this.
    pub(super) known_at: Timestamp,
}

/// Answers from the CRLs at hand: the newest usable full CRL, with the newest delta that builds on it.
pub(super) fn status(inquiry: &Inquiry<'_>, sources: &Sources<'_>, links: &Links) -> RevocationStatus {
    let mut unknown = RevocationUnknown::NoCrl;
    let mut usable: Vec<&Crl> = Vec::new();
    let crls = sources.crls(inquiry.certificate.issuer());
    let computed =
        |crl: &&Crl| links.get(Link { signed: crl.fingerprint(), issuer: inquiry.issuer.fingerprint() }).is_some();
    if !crls.iter().all(computed) {
        return RevocationStatus::Unknown(RevocationUnknown::NotComputed);
    }
    for crl in crls.iter().copied().filter(|c| !c.is_delta()) {
        match check_usable(inquiry, crl, links).and_then(|()| check_time(inquiry, crl)) {
            Ok(()) => usable.push(crl),
            Err(why) => unknown = unknown.max(why),
        }
    }
    let Some(base) = usable.into_iter().max_by_key(|c| c.this_update()) else {
        return RevocationStatus::Unknown(unknown);
    };
    // Its own nextUpdate does not matter: a delta that is out of date still tells more than the base, which is in force.
    let newest_delta = crls
        .iter()
        .copied()
        .filter(|d| builds_on(d, base))
        .filter(|d| check_usable(inquiry, d, links).is_ok() && check_known(inquiry, d).is_ok())
        .max_by_key(|d| d.this_update());
    match combine(inquiry, base, newest_delta) {
        RevocationStatus::Good(proof) => {
            unheard(inquiry, &crls, (base, newest_delta), links).unwrap_or(RevocationStatus::Good(proof))
        }
        bad => bad,
    }
}

/// What a full CRL and its delta say together (RFC 5280 §5.2.4).
fn combine(inquiry: &Inquiry<'_>, base: &Crl, delta: Option<&Crl>) -> RevocationStatus {
    let serial = inquiry.certificate.serial();
    let told = base.entry(serial);
    let (crl, entry) = match delta.and_then(|d| d.entry(serial).map(|e| (d, e))) {
        // §5.3.1: removeFromCRL takes back a hold; a revocation stays.
        Some((delta, entry)) if entry.reason == Some(RevocationReason::RemoveFromCrl) => {
            (delta, told.filter(|t| t.reason != Some(RevocationReason::CertificateHold)))
        }
        Some((delta, entry)) => (delta, Some(entry)),
        None => (base, told),
    };
    let proof = proof_of(delta.filter(|_| entry.is_none()).unwrap_or(crl));
    entry.map_or(RevocationStatus::Good(proof.clone()), |e| judge(e, inquiry.at, proof))
}

/// What the issuer says against this certificate in CRLs that are as new as those a good answer rests on, but cannot be
/// used for a good one (RFC 5280 §5.2, §5.3): what older ones leave out is then no proof.
fn unheard(
    inquiry: &Inquiry<'_>,
    crls: &[&Crl],
    (base, delta): (&Crl, Option<&Crl>),
    links: &Links,
) -> Option<RevocationStatus> {
    let newest = delta.map_or(base.this_update(), Crl::this_update);
    let against = |crl: &&Crl| -> Option<RevocationStatus> {
        let entry = crl.entry(inquiry.certificate.serial())?;
        let lifted = entry.reason == Some(RevocationReason::RemoveFromCrl);
        let status = match check_usable(inquiry, crl, links) {
            Ok(()) if lifted => return None,
            Ok(()) => judge(entry, inquiry.at, proof_of(crl)),
            Err(RevocationUnknown::NotFromIssuer) => return None,
            Err(why) => RevocationStatus::Unknown(why),
        };
        (!matches!(status, RevocationStatus::Good(_))).then_some(status)
    };
    crls.iter()
        .filter(|crl| crl.fingerprint() != base.fingerprint() && Some(crl.fingerprint()) != delta.map(Crl::fingerprint))
        .filter(|crl| (newest..=inquiry.known_at).contains(&crl.this_update()))
        .filter_map(|crl| Some((crl.this_update(), against(crl)?)))
        .max_by_key(|(made, _)| *made)
        .map(|(_, status)| status)
}

fn proof_of(crl: &Crl) -> RevocationProof {
    RevocationProof { crl: crl.fingerprint(), this_update: crl.this_update(), next_update: crl.next_update() }
}

/// Reads one entry against the time in question.
fn judge(entry: &RevokedEntry, at: Timestamp, proof: RevocationProof) -> RevocationStatus {
    let since = match entry.reason {
        // A compromised key may have signed anything at any time before it was noticed: retroactive, to the invalidity
        // date where the CA names one (order 500 as practised, facts/kz-pki.md §5.2). DIVERGENCE D-09.
        Some(RevocationReason::KeyCompromise | RevocationReason::CaCompromise | RevocationReason::AaCompromise)
            if entry.invalidity_date.is_none() =>
        {
            Timestamp::from_unix_millis(i64::MIN)
        }
        // An invalidity date reaches back, never forward: from the revocation on nothing counts.
        _ => entry.invalidity_date.map_or(entry.revocation_date, |d| d.min(entry.revocation_date)),
    };
    if at < since {
        return RevocationStatus::Good(proof);
    }
    if entry.reason == Some(RevocationReason::CertificateHold) {
        return RevocationStatus::OnHold { since, proof };
    }
    // "For ever" is told as the date that the CA wrote down.
    let since = if since.unix_millis() == i64::MIN { entry.revocation_date } else { since };
    RevocationStatus::Revoked { since, reason: entry.reason, proof }
}

/// RFC 5280 §6.3.3 (f), (g): signed with the issuer's key, whose keyUsage, where there, allows cRLSign.
fn is_from_issuer(inquiry: &Inquiry<'_>, crl: &Crl, links: &Links) -> bool {
    let link = Link { signed: crl.fingerprint(), issuer: inquiry.issuer.fingerprint() };
    let signed = matches!(links.get(link), Some(LinkOutcome::Valid(_)));
    let may_sign = match inquiry.issuer.key_usage() {
        ExtensionValue::Absent => true,
        ExtensionValue::Present(usage) => usage.allows(KeyUsage::CRL_SIGN),
        ExtensionValue::Unreadable => false,
    };
    signed && may_sign
}

/// Whether a CRL speaks for the issuer about this certificate at all.
fn check_usable(inquiry: &Inquiry<'_>, crl: &Crl, links: &Links) -> Result<(), RevocationUnknown> {
    if !is_from_issuer(inquiry, crl, links) {
        return Err(RevocationUnknown::NotFromIssuer);
    }
    let is_ca = inquiry.certificate.basic_constraints().present().is_some_and(|b| b.ca);
    let covered = match crl.scope() {
        DistributionScope::Whole => true,
        DistributionScope::Kinds { only_user, only_ca } => !(if is_ca { *only_user } else { *only_ca }),
        DistributionScope::Partial => false,
    };
    let entry_understood = crl.entry(inquiry.certificate.serial()).is_none_or(|e| !e.unknown_critical_extension);
    if covered && entry_understood && !crl.has_unusable_part() { Ok(()) } else { Err(RevocationUnknown::NotUnderstood) }
}

/// Whether a CRL was known when the question is asked, and made while the certificate could not have left it.
fn check_known(inquiry: &Inquiry<'_>, crl: &Crl) -> Result<(), RevocationUnknown> {
    // A CA may drop expired certificates from its list, so a later one proves nothing.
    let dropped = crl.this_update() > inquiry.certificate.validity().not_after;
    if crl.this_update() > inquiry.known_at || dropped { Err(RevocationUnknown::OutOfTime) } else { Ok(()) }
}

/// Whether a CRL says anything about the time in question.
fn check_time(inquiry: &Inquiry<'_>, crl: &Crl) -> Result<(), RevocationUnknown> {
    check_known(inquiry, crl)?;
    // Made at or after the time in question: it tells the past. Made before: it must still have been in force.
    let in_force = crl.this_update() >= inquiry.at || crl.next_update().is_some_and(|next| inquiry.at <= next);
    if in_force { Ok(()) } else { Err(RevocationUnknown::Stale { next_update: crl.next_update() }) }
}

/// RFC 5280 §5.2.4: a delta adds to a full CRL that is not older than its base. Kazakh deltas carry a cRLNumber of their
/// own, lower than their base (`docs/divergences.md` D-03), so age is told by thisUpdate.
fn builds_on(delta: &Crl, base: &Crl) -> bool {
    let (Some(delta_base), Some(number)) = (delta.delta_base(), base.crl_number()) else { return false };
    let magnitude = |octets: &[u8]| octets.iter().copied().skip_while(|&b| b == 0).collect::<Vec<u8>>();
    let (wanted, has) = (magnitude(delta_base), magnitude(number));
    let new_enough = (has.len(), has.as_slice()) >= (wanted.len(), wanted.as_slice());
    delta.is_delta() && delta.issuer() == base.issuer() && new_enough && delta.this_update() >= base.this_update()
}
