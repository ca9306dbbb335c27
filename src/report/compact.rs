//! A verdict in a few octets, as docs/api.md says ("Batches in frames"): what a program that sorts millions of documents
//! asks first. Whoever needs reasons in words, paths or permits asks for the JSON line.

use super::line::{Answer, ProblemObject};
use crate::trust::Standing;
use crate::validation::{DocumentReport, Indication, SignatureReport};

/// The document is a permit; its own answers are told in JSON alone.
const FLAG_PERMIT: u8 = 1;

/// Appends the compact verdict on an item.
pub fn write_compact(out: &mut Vec<u8>, id: &str, answer: &Answer) {
    let report = match &answer.result {
        Ok(report) => report,
        Err(why) => return write_compact_problem(out, id, &ProblemObject::from(why)),
    };
    let flags = if answer.permit.is_some() { FLAG_PERMIT } else { 0 };
    let indication = match report.verdict.indication {
        Indication::TotalPassed => 1,
        Indication::TotalFailed => 2,
        Indication::Indeterminate => 3,
    };
    let signatures = u16::try_from(report.signatures.len()).unwrap_or(u16::MAX);
    write_head(out, id, [indication, standing(report), flags], signatures);
    out.extend_from_slice(&answer.validated_at.unix_millis().to_be_bytes());
    // The name is the one of the JSON line; INVARIANT: a name is a JSON string.
    let name = report.verdict.sub_indication.and_then(|sub| serde_json::to_value(sub).ok());
    write_text(out, name.as_ref().and_then(|name| name.as_str()).unwrap_or_default());
    let decisive = report.signatures.iter().find(|signature| signature.verdict == report.verdict);
    write_text(out, decisive.and_then(|s| s.reasons.first()).map_or("", |reason| reason.code.name()));
}

/// Appends that there is no verdict on an item, and why, by its code.
pub fn write_compact_problem(out: &mut Vec<u8>, id: &str, problem: &ProblemObject) {
    write_head(out, id, [0, 0, 0], 0);
    out.extend_from_slice(&0_i64.to_be_bytes());
    write_text(out, "");
    write_text(out, problem.code);
}

/// That of the signature that counts least.
fn standing(report: &DocumentReport) -> u8 {
    let of = |signature: &SignatureReport| signature.recognition.standing;
    match report.signatures.iter().map(of).min() {
        None => 0,
        Some(Standing::Recognised) => 1,
        Some(Standing::NotRecognised) => 2,
        Some(Standing::Undetermined) => 3,
    }
}

fn write_head(out: &mut Vec<u8>, id: &str, octets: [u8; 3], signatures: u16) {
    // INVARIANT: ids are bounded far below by `BATCH_ID_BYTES_MAX`; one of NDJSON that is longer is cut.
    let length = u16::try_from(id.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(id.as_bytes().get(..usize::from(length)).unwrap_or_default());
    out.extend_from_slice(&octets);
    out.extend_from_slice(&signatures.to_be_bytes());
}

/// One octet of length, and a name of ours.
fn write_text(out: &mut Vec<u8>, text: &str) {
    let length = u8::try_from(text.len()).unwrap_or(u8::MAX);
    out.push(length);
    out.extend_from_slice(text.as_bytes().get(..usize::from(length)).unwrap_or_default());
}
