//! By which legal route a signature is recognised in Kazakhstan. Says nothing about whether it is technically good.
//!
//! Thin for now: domestic, or foreign centre registered with the trusted third party (route R1). The full procedure of
//! facts/ttp.md §8.3 (receipts, foreign third parties, treaties) comes with the registry.

use serde::Serialize;

use super::snapshot::{CompiledTrust, ForeignCentre, RegistrationStatus, StatusEvent};
use crate::time::Timestamp;
use crate::x509::Certificate;

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recognition {
    /// Whether the signature counts.
    pub standing: Standing,
    /// By which route, where there is one.
    pub route: Option<Route>,
    /// Every reason.
    pub reasons: Vec<RecognitionReason>,
}

/// Whether a signature counts in Kazakhstan; in the order of precedence (facts/ttp.md §8.3): a no before a doubt, a doubt
/// before a yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Standing {
    /// It does not.
    NotRecognised,
    /// It cannot be told from what is at hand.
    Undetermined,
    /// It does.
    Recognised,
}

/// The legal routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// A Kazakh certification centre.
    Domestic,
    /// A foreign centre registered with the trusted third party of Kazakhstan (R1).
    ForeignCaRegistered,
}

/// Why, by code (facts/ttp.md §8.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RecognitionReason {
    /// No registered centre stands behind the certificate.
    CaNotRegistered,
    /// The registration began only after the signature is proven to exist.
    RegNotYet,
    /// The registration had ended before the signature is proven to exist.
    RegTerminatedBefore,
    /// The registration was suspended then.
    RegSuspended,
    /// The registration is void.
    RegVoid,
    /// The registration has ended since, and no trusted time proves that the signature is older.
    NoPoe,
    /// The signature does not hold, so there is nothing to recognise.
    SigInvalid,
    /// The signer's certificate, or one above it, was revoked: possession of the key is not presumed.
    CertificateRevoked,
    /// Whether it was revoked cannot be told.
    RevocationUnknown,
    /// The certificate says that it may not be used so.
    PurposeNotAllowed,
    /// Something else about the signature cannot be told from what is at hand.
    ValidationIndeterminate,
}

impl Recognition {
    /// The same, no better than `standing`, with one more reason.
    #[must_use]
    pub fn limited(mut self, standing: Standing, reason: RecognitionReason) -> Self {
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
        self.standing = self.standing.min(standing);
        self
    }
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct RecognitionQuestion<'a> {
    /// The signer's path, target first and anchor last, where an anchor was reached; empty else.
    pub path: &'a [Certificate],
    /// The earliest time the signature is proven to exist by a trusted time stamp.
    pub proven_at: Option<Timestamp>,
    /// When the question is asked.
    pub at: Timestamp,
}

/// Decides the legal route. Pure and total.
pub fn recognise(question: &RecognitionQuestion<'_>, trust: &CompiledTrust) -> Recognition {
    let Some(target) = question.path.first() else {
        return Recognition {
            standing: Standing::NotRecognised,
            route: None,
            reasons: vec![RecognitionReason::CaNotRegistered],
        };
    };
    // Any certificate of the path counts, not the last alone: cross-certification by a domestic centre does not make a
    // foreign one domestic.
    let is_of = |root: &Certificate| question.path.iter().any(|certificate| same_authority(root, certificate));
    let centres = trust.foreign.iter().filter(|(root, _)| is_of(root)).map(|(_, centre)| centre);
    // Several centres on one path: the worst standing decides, so that none lends its registration to another.
    centres
        .map(|centre| foreign(centre, question, target.validity().not_before))
        .min_by_key(|r| r.standing)
        .unwrap_or_else(|| Recognition {
            standing: Standing::Recognised,
            route: Some(Route::Domestic),
            reasons: Vec::new(),
        })
}

/// The same name and the same key (RFC 5280 §6.1.1 (d)), whatever certificate carries them.
fn same_authority(one: &Certificate, other: &Certificate) -> bool {
    one.subject() == other.subject() && one.spki_der() == other.spki_der()
}

fn foreign(centre: &ForeignCentre, question: &RecognitionQuestion<'_>, not_before: Timestamp) -> Recognition {
    use RecognitionReason as Reason;
    let refused = |standing, reason| Recognition { standing, route: None, reasons: vec![reason] };
    let asked_at = question.proven_at.unwrap_or(question.at);
    // Only a later voiding reaches back (facts/ttp.md §8.3, last paragraph); registering again does not heal it.
    let voided = |e: &StatusEvent| {
        e.status == RegistrationStatus::VoidFrom && asked_at < e.effective_from && e.effective_from <= question.at
    };
    if centre.events.iter().any(voided) {
        return refused(Standing::NotRecognised, Reason::RegVoid);
    }
    // Without a proof of time the signature may be as old as its certificate: taking a time stamp away must not make up for
    // a time when the centre was not registered.
    let changed = |e: &StatusEvent| {
        e.status != RegistrationStatus::Registered && not_before < e.effective_from && e.effective_from <= asked_at
    };
    let throughout =
        status_at(centre, not_before) == Some(RegistrationStatus::Registered) && !centre.events.iter().any(changed);
    let now_registered = status_at(centre, asked_at) == Some(RegistrationStatus::Registered);
    if question.proven_at.is_none() && now_registered && !throughout {
        return refused(Standing::Undetermined, Reason::NoPoe);
    }
    match status_at(centre, asked_at) {
        Some(RegistrationStatus::Registered) => {
            let route = Some(Route::ForeignCaRegistered);
            Recognition { standing: Standing::Recognised, route, reasons: Vec::new() }
        }
        Some(RegistrationStatus::Suspended) => refused(Standing::Undetermined, Reason::RegSuspended),
        Some(RegistrationStatus::VoidFrom) => refused(Standing::NotRecognised, Reason::RegVoid),
        Some(RegistrationStatus::Terminated) if question.proven_at.is_none() => {
            refused(Standing::Undetermined, Reason::NoPoe)
        }
        Some(RegistrationStatus::Terminated) => refused(Standing::NotRecognised, Reason::RegTerminatedBefore),
        None => refused(Standing::NotRecognised, Reason::RegNotYet),
    }
}

/// The status in force at a time: that of the last event whose beginning is not later.
fn status_at(centre: &ForeignCentre, at: Timestamp) -> Option<RegistrationStatus> {
    centre.events.iter().rev().find(|e| e.effective_from <= at).map(|e| e.status)
}
