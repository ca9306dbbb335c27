//! Who may sign a CRL about a certificate (RFC 5280 §6.3.3 (f), (g)).

use super::scope::Scope;
use super::{Authority, Inquiry, RevocationStatus, RevocationUnknown};
use crate::path::book::{Link, LinkOutcome};
use crate::path::rules::PathRules;
use crate::path::validate::{Question, ValidatedPath, validate_within};
use crate::x509::{Certificate, Crl, ExtensionValue, KeyUsage};

/// The signatures on which a CRL's authority rests: the key that signed the certificate, or another one of the CRL's issuer
/// whose path ends at the same anchor.
///
/// *Errors*: `NotFromIssuer`; `NotComputed` where a candidate was left out at a bound.
pub(super) fn authority_of(
    crl: &Crl,
    inquiry: &Inquiry<'_, '_>,
    scope: &Scope<'_>,
) -> Result<Authority, RevocationUnknown> {
    let same_name = crl.issuer() == inquiry.certificate.issuer();
    let mut why = RevocationUnknown::NotFromIssuer;
    if same_name {
        match holds(crl, inquiry.issuer, inquiry) {
            Some(true) if may_sign_crls(inquiry.issuer) => {
                let rests_on = vec![(link(crl, inquiry.issuer), inquiry.issuer.clone())];
                return Ok(Authority { rests_on, until: None });
            }
            Some(_) => {}
            None => why = RevocationUnknown::NotComputed,
        }
    }
    let mut signers = inquiry.sources.named(crl.issuer());
    signers.retain(|s| !same_name || s.fingerprint() != inquiry.issuer.fingerprint());
    signers.sort_by_key(|s| !inquiry.sources.is_own(s.fingerprint()));
    let mut best: Option<Authority> = None;
    for signer in signers {
        match holds(crl, signer, inquiry) {
            Some(true) if may_sign_crls(signer) && (!same_name || speaks_for(signer, crl, inquiry, scope)) => {
                match path_of(signer, crl, inquiry) {
                    Ok(path) => {
                        let mut rests_on = rests_on(&path);
                        rests_on.push((link(crl, signer), signer.clone()));
                        let until = Some(path.period().until);
                        let found = Authority { rests_on, until }.longer(best.take());
                        if found.suffices(crl.this_update(), inquiry.at) {
                            return Ok(found);
                        }
                        best = Some(found);
                    }
                    Err(reason) => why = why.max(reason),
                }
            }
            Some(_) => {}
            None => why = RevocationUnknown::NotComputed,
        }
    }
    best.ok_or(why)
}

/// Whether the CRL is signed with the very key that signed the certificate.
pub(super) fn is_by_issuer(crl: &Crl, inquiry: &Inquiry<'_, '_>) -> bool {
    crl.issuer() == inquiry.certificate.issuer() && holds(crl, inquiry.issuer, inquiry) == Some(true)
}

/// Two authorities may share a name, with serial numbers of their own: what one leaves out says nothing about the other's
/// certificates. So another key counts as the issuer's where one of the two keys vouches for the other under their common
/// name (a rollover, §3.2), or where one key above made both and the other signs CRLs and nothing else, or signed the very
/// CRL that the certificate names by its place. DIVERGENCE D-17: RFC 5280 goes by the name alone.
fn speaks_for(signer: &Certificate, crl: &Crl, inquiry: &Inquiry<'_, '_>, scope: &Scope<'_>) -> bool {
    let issuer = inquiry.issuer;
    let signed = |child: &Certificate, parent: &Certificate| {
        let link = Link { signed: child.fingerprint(), issuer: parent.fingerprint() };
        child.issuer() == parent.subject() && matches!(inquiry.links.get(link), Some(LinkOutcome::Valid(_)))
    };
    let only_crls = signer.key_usage().present().is_some_and(|usage| !usage.allows(KeyUsage::KEY_CERT_SIGN));
    let siblings = || {
        let above = inquiry.sources.named(issuer.issuer());
        above.into_iter().any(|parent| signed(issuer, parent) && signed(signer, parent))
    };
    signer.spki_der() == issuer.spki_der()
        || signed(signer, issuer)
        || signed(issuer, signer)
        || ((only_crls || scope.names(crl)) && siblings())
}

/// (f): the signer's path, at the time it signed, to the anchor of the certificate's own path.
fn path_of(signer: &Certificate, crl: &Crl, inquiry: &Inquiry<'_, '_>) -> Result<ValidatedPath, RevocationUnknown> {
    let nesting = inquiry.enter(signer)?;
    let asked = inquiry.question.rules;
    // What is demanded of the target itself (purpose, name, policies, profile) is not demanded of who signs its CRLs.
    let rules = PathRules {
        anchor_validity: asked.anchor_validity,
        ocsp_age_seconds_max: asked.ocsp_age_seconds_max,
        initial_names: asked.initial_names.clone(),
        ..PathRules::default()
    };
    let question =
        Question { target: signer, at: crl.this_update(), known_at: inquiry.question.known_at, rules: &rules };
    validate_within(&question, inquiry.sources, inquiry.links, nesting).map_err(|_| RevocationUnknown::NotFromIssuer)
}

/// Every signature that a path rests on, its evidence included.
fn rests_on(path: &ValidatedPath) -> Vec<(Link, Certificate)> {
    let pairs = path.certificates().windows(2).filter_map(|pair| {
        let [child, issuer] = pair else { return None };
        Some((Link { signed: child.fingerprint(), issuer: issuer.fingerprint() }, issuer.clone()))
    });
    let evidence = path.revocation().iter().filter_map(|status| match status {
        RevocationStatus::Good(proof) => Some(proof.rests_on.clone()),
        _ => None,
    });
    pairs.chain(evidence.flatten()).collect()
}

/// Whether the CRL is signed with this certificate's key; `None` where nobody computed it.
fn holds(crl: &Crl, signer: &Certificate, inquiry: &Inquiry<'_, '_>) -> Option<bool> {
    inquiry.links.get(link(crl, signer)).map(|outcome| matches!(outcome, LinkOutcome::Valid(_)))
}

fn link(crl: &Crl, signer: &Certificate) -> Link {
    Link { signed: crl.fingerprint(), issuer: signer.fingerprint() }
}

/// §6.3.3 (f): keyUsage, where there, allows cRLSign.
fn may_sign_crls(signer: &Certificate) -> bool {
    match signer.key_usage() {
        ExtensionValue::Absent => true,
        ExtensionValue::Present(usage) => usage.allows(KeyUsage::CRL_SIGN),
        ExtensionValue::Unreadable => false,
    }
}
