//! What a signed document is as a permit: right to sign and usability, each its own answer beside the verdict.

use serde_json::{Value, json};

use super::facts_of;
use crate::permit::{
    Catalogue, ChecksumStanding, DocumentContent, HistoryAtHand, RightReason, SigningRight, right_to_sign, usable_now,
};
use crate::policy::{Competence, Policy};
use crate::time::Timestamp;
use crate::validation::{DocumentReport, Indication};

/// Answers for a document whose content is a permit of ours; `None` for any other.
///
/// *Takes* the history where one is at hand: a post that is offline has none, and is told so; of the policy it asks which
/// bodies may issue such documents.
pub fn permit_answer(
    report: &DocumentReport,
    policy: &Policy,
    history: Option<HistoryAtHand<'_>>,
    at: Timestamp,
) -> Option<Value> {
    let content = DocumentContent::parse(report.json_content.as_deref()?).ok()?;
    let kind = Catalogue::builtin().kind(&content.kind);
    // Only a signature that passed can give a right. One signer with the right is enough; others are endorsements.
    let passed = report.signatures.iter().filter(|s| s.verdict.indication == Indication::TotalPassed);
    let rights: Vec<SigningRight> =
        passed.filter_map(|s| Some(right_to_sign(kind?, &facts_of(s), &content.issuing_body.bin))).collect();
    let right = rights.iter().find(|r| matches!(r, SigningRight::Established)).or_else(|| rights.first());
    let competence = policy.competence(&content.issuing_body.bin, &content.kind);
    let none_passed = SigningRight::NotEstablished { reasons: Vec::new() };
    let not_listed = SigningRight::NotEstablished { reasons: vec![RightReason::BodyNotListed] };
    let right = match right {
        // The officer may sign for the body; whether the body may issue such a document is another question.
        Some(SigningRight::Established) if competence == Competence::NotListed => &not_listed,
        Some(right) => right,
        None => &none_passed,
    };
    let usability = usable_now(&content, history, at);
    let checksum = match content.number.checksum() {
        ChecksumStanding::Holds => Some(true),
        ChecksumStanding::Fails => Some(false),
        ChecksumStanding::None => None,
    };
    Some(json!({
        "number": content.number,
        "checksum": checksum,
        "kind": content.kind,
        "title": kind.map(|k| &k.title),
        "issuing_body": content.issuing_body,
        "body_competence": competence,
        "issued_at": content.issued_at,
        "valid_from": content.valid_from,
        "valid_until": content.valid_until,
        "signing_right": right,
        "usability": usability,
    }))
}
