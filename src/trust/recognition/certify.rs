//! Condition C1 (facts/ttp.md §8.3, step 2): authenticity is certified by a receipt of whoever the route asks for.

use super::route::Candidate;
use super::{ReceiptUsed, RecognitionQuestion, RecognitionReason as Reason, Route, Standpoint};
use crate::limits::{RECEIPT_SKEW_SECONDS_MAX, RECEIPTS_MAX};
use crate::time::Timestamp;
use crate::trust::compiled::CompiledTrust;
use crate::trust::norm::ReceiptRule;
use crate::trust::party::{ForeignTtp, PartyId};
use crate::trust::receipt::{ReceiptFinding, ReceiptSoundness, TtpStatus};
use crate::trust::scope::Scope;
use crate::trust::status::{Hold, Times, hold_of_events};

/// Whose receipts are heard on a route, and whether there must be one.
pub(super) struct Demand<'a> {
    issuers: Vec<&'a PartyId>,
    is_needed: bool,
}

/// What receipts say about a signature.
#[derive(Default)]
pub(super) struct Certified {
    /// What the third party said that decides.
    pub(super) status: Option<TtpStatus>,
    /// What stands against it.
    pub(super) reasons: Vec<Reason>,
    /// Whether a sound receipt says that this signature is verified.
    pub(super) is_positive: bool,
    pub(super) used: Vec<ReceiptUsed>,
}

impl<'a> Demand<'a> {
    /// Any receipt of the trusted third parties of Kazakhstan, whether one is needed or not.
    pub(super) fn domestic(trust: &'a CompiledTrust, is_needed: bool) -> Self {
        Self { issuers: trust.domestic_ttps.iter().map(|ttp| &ttp.party).collect(), is_needed }
    }

    /// What a route asks for under a norm.
    pub(super) fn of(
        candidate: &Candidate<'a>,
        trust: &'a CompiledTrust,
        (rule, who): (ReceiptRule, Standpoint),
    ) -> Self {
        let foreign = |issuers: Vec<&'a PartyId>| {
            let is_needed = !issuers.is_empty();
            if is_needed { Self { issuers, is_needed } } else { Self::domestic(trust, false) }
        };
        match (candidate.route, who) {
            (Route::Domestic, _) | (Route::ForeignCaRegistered, Standpoint::TrustedThirdParty) => {
                Self::domestic(trust, false)
            }
            (Route::ForeignCaRegistered, Standpoint::RelyingParty) => {
                Self::domestic(trust, rule == ReceiptRule::Required)
            }
            (Route::ForeignTtpRegistered, Standpoint::RelyingParty) => Self::domestic(trust, true),
            (Route::ForeignTtpRegistered, Standpoint::TrustedThirdParty) => {
                Self { issuers: candidate.ttp.map(|ttp| &ttp.party).into_iter().collect(), is_needed: true }
            }
            // The treaty's own conditions replace ours where it says so.
            (Route::Treaty, _) => match candidate.treaty {
                Some(treaty) if treaty.requires_domestic_receipt && who == Standpoint::RelyingParty => {
                    Self::domestic(trust, true)
                }
                Some(treaty) => foreign(treaty.accepted_receipts.iter().collect()),
                None => Self::domestic(trust, true),
            },
        }
    }
}

/// Hears the receipts that a demand names. A no before a yes; a yes before whatever is no answer.
pub(super) fn certify(demand: &Demand<'_>, question: &RecognitionQuestion<'_>, trust: &CompiledTrust) -> Certified {
    let is_domestic = |party: &PartyId| trust.domestic_ttps.iter().any(|ttp| ttp.party == *party);
    let is_asked = |receipt: &&ReceiptFinding| demand.issuers.contains(&&receipt.issuer);
    let mut of_interest: Vec<&ReceiptFinding> =
        question.receipts.iter().filter(|receipt| is_asked(receipt) || is_domestic(&receipt.issuer)).collect();
    // However many say yes, a no is heard.
    of_interest.sort_by_key(|receipt| !says_no(receipt));
    let all = of_interest.into_iter().take(RECEIPTS_MAX.value).map(|receipt| (receipt, hear(receipt, question, trust)));
    // A domestic no counts on every route, a yes on those that ask for it.
    let heard: Vec<(&ReceiptFinding, Result<TtpStatus, Reason>)> =
        all.filter(|(receipt, said)| is_asked(receipt) || *said == Ok(TtpStatus::NotVerified)).collect();
    let saying = |wanted: TtpStatus| heard.iter().find(move |(_, said)| *said == Ok(wanted));
    if let Some((receipt, _)) = saying(TtpStatus::NotVerified) {
        let used = vec![told(receipt, TtpStatus::NotVerified)];
        let status = Some(TtpStatus::NotVerified);
        return Certified { status, reasons: vec![Reason::TtpNegative], is_positive: false, used };
    }
    if let Some((receipt, _)) = saying(TtpStatus::Verified) {
        let rests_on = receipt.rests_on.iter().map(|one| told(one, one.status));
        let used = std::iter::once(told(receipt, TtpStatus::Verified)).chain(rests_on).collect();
        return Certified { status: Some(TtpStatus::Verified), reasons: Vec::new(), is_positive: true, used };
    }
    let status = heard.iter().find_map(|(_, said)| said.ok());
    let mut reasons: Vec<Reason> = heard.iter().map(|(_, said)| said.map_or_else(|reason| reason, lacking)).collect();
    if reasons.is_empty() {
        reasons.push(Reason::TtpReceiptMissing);
    }
    // What is no answer hinders only where an answer is needed.
    let reasons = if demand.is_needed { reasons } else { Vec::new() };
    Certified { status, reasons, ..Certified::default() }
}

fn says_no(receipt: &ReceiptFinding) -> bool {
    let no = TtpStatus::NotVerified;
    receipt.status == no || receipt.signatures.iter().any(|signature| signature.status == no)
}

fn lacking(status: TtpStatus) -> Reason {
    match status {
        TtpStatus::CannotVerify => Reason::TtpCannotCheck,
        TtpStatus::PartlyVerified => Reason::TtpPartly,
        TtpStatus::Waiting => Reason::TtpWaiting,
        // Both were heard before.
        TtpStatus::Verified | TtpStatus::NotVerified => Reason::RegistryConflict,
    }
}

/// What one receipt says of this signature, or why it says nothing.
fn hear(
    receipt: &ReceiptFinding,
    question: &RecognitionQuestion<'_>,
    trust: &CompiledTrust,
) -> Result<TtpStatus, Reason> {
    match receipt.soundness {
        ReceiptSoundness::Invalid => return Err(Reason::ReceiptInvalid),
        ReceiptSoundness::OtherDocument => return Err(Reason::ReceiptOtherDocument),
        ReceiptSoundness::Sound => {}
    }
    // A receipt from the future was made by nobody honest.
    let latest = question.at.plus_seconds(i64::try_from(RECEIPT_SKEW_SECONDS_MAX.value).unwrap_or_default());
    if receipt.response_time > latest {
        return Err(Reason::ReceiptInvalid);
    }
    if !was_in_force(&receipt.issuer, (receipt.response_time, question.at), trust) {
        return Err(Reason::ReceiptTtpNotInForce);
    }
    receipt.status_of(question.signer_fingerprint()).ok_or(Reason::ReceiptOtherDocument)
}

/// Whether a third party might give receipts at a time, as known at another (facts/ttp.md §8.2: asked at t_rcpt).
fn was_in_force(issuer: &PartyId, (then, at): (Timestamp, Timestamp), trust: &CompiledTrust) -> bool {
    let has_key = trust.receipt_periods(issuer).any(|period| period.contains(then));
    let times = Times { not_before: then, proven_at: Some(then), at };
    has_key
        && match trust.foreign_ttps.iter().find(|ttp| ttp.party == *issuer) {
            Some(ttp) => hold_of_events(&ttp.events, &times) == Hold::InForce,
            None => trust.domestic_ttps.iter().any(|ttp| ttp.party == *issuer),
        }
}

fn told(receipt: &ReceiptFinding, status: TtpStatus) -> ReceiptUsed {
    ReceiptUsed {
        issuer: receipt.issuer.clone(),
        sha256: receipt.digest.to_string(),
        serial: receipt.serial.clone(),
        response_time: receipt.response_time,
        status,
    }
}

/// t_poe: the earliest trusted proof that the signature exists (facts/ttp.md §8.2): a time stamp, or the receipt of a third
/// party that has seen it.
///
/// A foreign third party that no longer answers could write any time into a receipt: its word proves its own time while it
/// is in force, or under a domestic receipt that was made while it was.
pub(super) fn proven_at(question: &RecognitionQuestion<'_>, trust: &CompiledTrust) -> Option<Timestamp> {
    let witnessed = question.receipts.iter().take(RECEIPTS_MAX.value).flat_map(|receipt| {
        let own = proven_by(receipt, question.at, (question, trust));
        let is_domestic = trust.domestic_ttps.iter().any(|ttp| ttp.party == receipt.issuer);
        let beneath = receipt.rests_on.iter().filter(move |_| own.is_some() && is_domestic);
        own.into_iter().chain(beneath.filter_map(|one| proven_by(one, receipt.response_time, (question, trust))))
    });
    witnessed.chain(question.proven_at).min()
}

/// The time that a receipt proves, where it was at hand at `witnessed_at`.
fn proven_by(
    receipt: &ReceiptFinding,
    witnessed_at: Timestamp,
    (question, trust): (&RecognitionQuestion<'_>, &CompiledTrust),
) -> Option<Timestamp> {
    use TtpStatus::{NotVerified, PartlyVerified, Verified};
    let then = receipt.response_time;
    let ever_since = Times { not_before: then, proven_at: None, at: witnessed_at };
    let foreign = trust.foreign_ttps.iter().find(|ttp| ttp.party == receipt.issuer);
    let covers = |scope: &Scope| {
        let kind = question.document.document_type.as_ref();
        let is_about = scope.document_types.is_empty() || kind.is_some_and(|kind| scope.document_types.contains(kind));
        is_about && scope.period.is_none_or(|period| period.contains(then) && period.contains(witnessed_at))
    };
    let is_covered = |ttp: &ForeignTtp| ttp.scopes.is_empty() || ttp.scopes.iter().any(covers);
    let stands = foreign.is_none_or(|ttp| hold_of_events(&ttp.events, &ever_since) == Hold::InForce && is_covered(ttp));
    let heard = matches!(hear(receipt, question, trust), Ok(Verified | PartlyVerified | NotVerified));
    (heard && stands && then <= witnessed_at).then_some(then)
}
