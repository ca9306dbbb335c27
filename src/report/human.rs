//! An answer for a person at a terminal: the verdict first, then who, when, and what stands against it.

use std::fmt::Write as _;

use super::line::{Answer, digest_name, recognition_text, value_name};
use crate::codec::screen;
use crate::trust::{Recognition, Route, Standing};
use crate::validation::{
    CheckStanding, Indication, Language, ReadError, SignatureReport, TimeStampIndication, Verdict, explain,
};
use crate::x509::{kz_profile, oids};

/// Renders one answer as indented lines, the last one ending in a line break.
pub fn render(name: &str, answer: &Answer, language: Language) -> String {
    let (mut out, name) = (String::new(), screen::line(name));
    match &answer.result {
        Err(error) => {
            // INVARIANT: writing to a String cannot fail; the results below are dropped for that reason.
            let _ = writeln!(out, "✗ {name}: {}", unreadable(error));
        }
        Ok(report) => {
            let _ = writeln!(out, "{} {name}: {}", mark(report.verdict), words(report.verdict));
            for signature in &report.signatures {
                render_signature(&mut out, signature, language);
            }
        }
    }
    if let Some(permit) = &answer.permit {
        render_permit(&mut out, permit, language);
    }
    out
}

/// Renders what was checked along the path of each signature, to stand below the answer.
pub fn render_explanation(answer: &Answer, language: Language) -> String {
    let mut out = String::new();
    for signature in answer.result.iter().flat_map(|report| &report.signatures) {
        for explained in explain(&signature.path_finding) {
            let trusted = if explained.is_anchor { ", trusted as such" } else { "" };
            let _ = writeln!(out, "    {}{trusted}", explained.certificate.label());
            for check in &explained.checks {
                let mark = match check.standing {
                    CheckStanding::Held => '✓',
                    CheckStanding::Failed => '✗',
                    CheckStanding::NotMade => '–',
                };
                let about = check.about.as_ref().map(|about| format!(": {about}")).unwrap_or_default();
                let _ = writeln!(out, "      {mark} {}{about} [{}]", check.kind.text(language), check.kind.clause());
                for reason in &check.reasons {
                    let _ = writeln!(out, "          {}", reason.text(language));
                }
            }
        }
    }
    out
}

fn unreadable(error: &ReadError) -> String {
    format!("cannot be read: {error}")
}

fn mark(verdict: Verdict) -> &'static str {
    match verdict.indication {
        Indication::TotalPassed => "✓",
        Indication::Indeterminate => "?",
        Indication::TotalFailed => "✗",
    }
}

/// `TOTAL_FAILED / HASH_FAILURE`.
fn words(verdict: Verdict) -> String {
    let name = |value: serde_json::Result<serde_json::Value>| {
        value.ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
    };
    let indication = name(serde_json::to_value(verdict.indication));
    match verdict.sub_indication {
        Some(sub) => format!("{indication} / {}", name(serde_json::to_value(sub))),
        None => indication,
    }
}

fn render_signature(out: &mut String, signature: &SignatureReport, language: Language) {
    let who = signature.signer.as_ref().map_or_else(
        || "unknown signer".to_owned(),
        |certificate| {
            let subject = certificate.subject();
            let name = subject.attribute(oids::COMMON_NAME).map_or_else(|| subject.to_string(), screen::line);
            let roles: Vec<_> = kz_profile::roles(certificate).into_iter().map(crate::x509::Role::code).collect();
            let organisation = subject.attribute(oids::ORGANIZATION).map(|o| format!(", {}", screen::line(o)));
            let organisation = organisation.unwrap_or_default();
            let roles = if roles.is_empty() { String::new() } else { format!(" [{}]", roles.join(", ")) };
            format!("{name}{organisation}{roles}")
        },
    );
    let algorithm = signature.algorithm.map_or_else(|| signature.algorithm_oid.to_string(), |a| a.name().to_owned());
    let _ = writeln!(out, "    signed by {who}, {algorithm}");
    if let Some(claimed) = signature.claimed_signing_time {
        let _ = writeln!(out, "    signing time as claimed: {claimed}");
    }
    for stamp in &signature.time_stamps {
        let standing = match stamp.indication {
            TimeStampIndication::Passed => "proves",
            TimeStampIndication::Indeterminate => "does not prove (indeterminate)",
            TimeStampIndication::Failed => "does not prove (failed)",
        };
        let time = stamp.gen_time.map_or_else(|| "no time".to_owned(), |t| t.to_string());
        let _ = writeln!(out, "    time stamp {standing} {time}");
        for reason in &stamp.reasons {
            let _ = writeln!(out, "      · {}", reason.text(language));
        }
    }
    let (value, digest) = (value_name(signature.signature_value), digest_name(signature.content_digest));
    let _ =
        writeln!(out, "    signature value {value}, content {digest}; {}", recognition_words(&signature.recognition));
    if let Some(status) = signature.recognition.ttp_status {
        let _ = writeln!(out, "    the trusted third party said: «{}»", status.words());
    }
    for reason in &signature.recognition.reasons {
        let _ = writeln!(out, "    – {} [{}]", recognition_text(*reason, language), reason.clause());
    }
    for reason in &signature.reasons {
        let _ = writeln!(out, "    · {} [{}]", reason.text(language), reason.code.clause());
    }
}

fn recognition_words(recognition: &Recognition) -> String {
    let standing = match (recognition.standing, recognition.route) {
        (Standing::Recognised, Some(Route::Domestic)) => "recognised: domestic centre".to_owned(),
        (Standing::Recognised, Some(Route::ForeignCaRegistered)) => {
            "recognised: foreign centre registered with the trusted third party".to_owned()
        }
        (Standing::Recognised, Some(Route::ForeignTtpRegistered)) => {
            "recognised: foreign centre of a registered foreign third party".to_owned()
        }
        (Standing::Recognised, Some(Route::Treaty)) => "recognised: by treaty".to_owned(),
        (Standing::Recognised, None) => "recognised".to_owned(),
        (Standing::NotRecognised, _) => "not recognised".to_owned(),
        (Standing::Undetermined, _) => "recognition undetermined".to_owned(),
    };
    let codes: Vec<&str> = recognition.reasons.iter().map(|reason| reason.code()).collect();
    if codes.is_empty() { standing } else { format!("{standing} ({})", codes.join(", ")) }
}

fn render_permit(out: &mut String, permit: &serde_json::Value, language: Language) {
    let text = |key: &str| permit.get(key).and_then(|v| v.as_str()).unwrap_or("–").to_owned();
    let _ = writeln!(out, "    permit {} ({})", screen::line(&text("number")), screen::line(&text("kind")));
    let body = |key: &str| permit.pointer(&format!("/issuing_body/{key}")).and_then(|v| v.as_str()).unwrap_or("–");
    let checked = match text("body_competence").as_str() {
        "LISTED" => "listed as one that issues such documents",
        "NOT_LISTED" => "not listed as one that issues such documents",
        _ => "whether it may issue such documents was not checked",
    };
    let (name, bin) = (screen::line(body("name")), screen::line(body("bin")));
    let _ = writeln!(out, "    issued in the name of {name}, BIN {bin}: {checked}");
    for part in ["signing_right", "usability"] {
        let Some(answer) = permit.get(part).filter(|a| !a.is_null()) else { continue };
        let standing = answer.get("standing").and_then(|v| v.as_str()).unwrap_or("–");
        let told = |reason: &serde_json::Value| {
            let in_words = reason.get("text").and_then(|text| text.get(language.code())).or_else(|| reason.get("code"));
            in_words.and_then(|v| v.as_str()).map(str::to_owned)
        };
        let listed = answer.get("reasons").and_then(|r| r.as_array()).map(Vec::as_slice).unwrap_or_default();
        let reasons: Vec<String> = listed.iter().chain(answer.get("missing")).filter_map(told).collect();
        let reasons = if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join("; ")) };
        let _ = writeln!(out, "    {}: {standing}{reasons}", part.replace('_', " "));
    }
}
