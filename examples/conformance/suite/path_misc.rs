//! Path suites of Botan (BSI, NIST, x509test, name constraints, building) and OpenSSL.

use std::path::{Path, PathBuf};

use qoltanba::path::{
    ExpectedName, Link, LinkOutcome, Links, PathRules, Profile, PurposeScope, RevocationRule, ValidatedPath,
};
use qoltanba::policy::{Acceptability, Policy};
use qoltanba::time::Timestamp;
use qoltanba::x509::{Certificate, oids};

use super::paths::{self, Hand};
use super::{Answer, Measured};

/// Where the index tells something else than what is right for us: (id, what is right, why).
const JUDGED: &[(&str, Answer, &str)] = &[
    ("bsi/common_06", Answer::Invalid, "a negative serial number: invalid by its own description, a warning in Botan"),
    ("bsi/ext_03", Answer::Invalid, "about unknown extensions, but without an authority key identifier (§4.2.1.1)"),
    ("bsi/ext_16", Answer::Invalid, "name constraints not critical: invalid by its own description, let pass by Botan"),
    (
        "nist/test45",
        Answer::Invalid,
        "an explicit policy is required and none is valid; Botan does not process policies",
    ),
    (
        "nist/test47",
        Answer::Invalid,
        "an explicit policy is required and none is valid; Botan does not process policies",
    ),
    ("x509test/ValidIntCALen.pem", Answer::Invalid, "the name stands in the common name alone (RFC 9525 §6.3)"),
    ("x509test/ValidWildcard.pem", Answer::Invalid, "the name stands in the common name alone (RFC 9525 §6.3)"),
    (
        "ossl-verify-130",
        Answer::Valid,
        "explicit parameters that are exactly those of a named curve, read as that curve",
    ),
    (
        "ossl-verify-142",
        Answer::Valid,
        "explicit parameters that are exactly those of a named curve, read as that curve",
    ),
    (
        "ossl-verify-64",
        Answer::Valid,
        "a CA for clients in the trust store hides from OpenSSL the same CA without purposes, which is at hand as well",
    ),
    (
        "ossl-verify-156",
        Answer::Valid,
        "emailAddress counts where there is no subjectAltName (§4.2.1.10); here is one, and OpenSSL looks all the same",
    ),
    (
        "name_constraints/unsupported-critical-constraint-name-form-absent-valid.pem",
        Answer::Valid,
        "a constraint on registeredID where no such name stands; Botan says itself that it is valid",
    ),
    ("ossl-verify-123", Answer::Valid, "the target's own key of 768 bits: refused where it signs, not in its path"),
    ("ossl-verify-185", Answer::Valid, "the target itself is trusted; OpenSSL asks for -partial_chain to believe that"),
];

/// Measures both indexes.
pub(crate) fn measure(folder: &Path) -> Result<Measured, String> {
    let mut measured = Measured::default();
    botan(folder, &mut measured)?;
    openssl(folder, &mut measured)?;
    Ok(measured)
}

fn read_json(path: &Path) -> Result<serde_json::Value, String> {
    let octets = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    serde_json::from_slice(&octets).map_err(|e| e.to_string())
}

fn note(id: &str, told: bool, (actual, why): (Answer, String), measured: &mut Measured) {
    let judged = JUDGED.iter().find(|(judged, ..)| *judged == id).map(|(_, answer, _)| *answer);
    let expected = judged.unwrap_or(Answer::holds(told));
    paths::tell(id, expected, actual, &why);
    measured.add(id, expected, actual);
}

/// One question of Botan's.
struct Sheet {
    target: PathBuf,
    anchors: Vec<PathBuf>,
    evidence: Vec<PathBuf>,
    at: Timestamp,
    rules: PathRules,
}

fn botan(folder: &Path, measured: &mut Measured) -> Result<(), String> {
    let index = read_json(&folder.join("index.json"))?;
    for case in index["cases"].as_array().ok_or("no cases")? {
        let id = case["id"].as_str().ok_or("a case without its id")?;
        let told = case["valid"].as_bool().ok_or("a case without its expectation")?;
        let path = folder.join(case["path"].as_str().unwrap_or_default());
        if !path.exists() {
            measured.missing.push(id.to_owned());
            continue;
        }
        let sheet = match case["suite"].as_str().unwrap_or_default() {
            "bsi" => bsi(&path)?,
            "nist" => nist(&path)?,
            "extended" => extended(&path)?,
            "x509test" => x509test(&path)?,
            "name_constraints" => name_constraints(&path)?,
            "path_building" => building(&path)?,
            other => return Err(format!("a suite that is not understood: {other}")),
        };
        note(id, told, ask(&sheet), measured);
    }
    Ok(())
}

fn date(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_rfc3339(text).ok_or_else(|| text.to_owned())
}

fn rules(revocation: RevocationRule) -> Result<PathRules, String> {
    let mut policy = Policy::named("rfc5280").map_err(|e| e.to_string())?;
    policy.paths = qoltanba::policy::PathDemands::default();
    Ok(PathRules { revocation, ..policy.path_rules() })
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|e| e.path()).filter(|p| p.is_file()).collect();
    files.sort();
    Ok(files)
}

fn named(files: &[PathBuf], part: &str) -> Vec<PathBuf> {
    files.iter().filter(|p| p.file_name().is_some_and(|n| n.to_string_lossy().contains(part))).cloned().collect()
}

/// "TC" names the target, "TA" the anchor; revocation counts where the folder is about CRLs.
fn bsi(folder: &Path) -> Result<Sheet, String> {
    let files = files(folder)?;
    let target = named(&files, ".TC.").into_iter().next().ok_or("no target")?;
    let about_crls = folder.file_name().is_some_and(|n| n.to_string_lossy().starts_with("CRL"));
    let revocation = if about_crls { RevocationRule::Checked } else { RevocationRule::NotChecked };
    Ok(Sheet {
        target,
        anchors: named(&files, ".TA."),
        evidence: files,
        at: date("2017-08-19T12:00:00Z")?,
        rules: PathRules { profile: Profile::Rfc5280, ..rules(revocation)? },
    })
}

fn nist(folder: &Path) -> Result<Sheet, String> {
    let root = folder.join("..");
    let mut evidence = files(folder)?;
    evidence.push(root.join("root.crl"));
    Ok(Sheet {
        target: folder.join("end.crt"),
        anchors: vec![root.join("root.crt")],
        evidence,
        at: date("2018-04-01T09:30:33Z")?,
        rules: rules(RevocationRule::Checked)?,
    })
}

fn extended(folder: &Path) -> Result<Sheet, String> {
    Ok(Sheet {
        target: folder.join("end.crt"),
        anchors: vec![folder.join("root.crt")],
        evidence: files(folder)?,
        at: date("2017-09-30T09:30:33Z")?,
        rules: rules(RevocationRule::NotChecked)?,
    })
}

fn x509test(file: &Path) -> Result<Sheet, String> {
    Ok(Sheet {
        target: file.to_owned(),
        anchors: vec![file.with_file_name("root.pem")],
        evidence: vec![file.to_owned()],
        at: date("2016-10-21T04:20:00Z")?,
        rules: PathRules {
            extended_key_usage: Some(oids::SERVER_AUTH),
            purpose_scope: PurposeScope::Path,
            expected_name: Some(ExpectedName::Dns("www.tls.test".to_owned())),
            ..rules(RevocationRule::NotChecked)?
        },
    })
}

/// The target first, its anchor last.
fn name_constraints(file: &Path) -> Result<Sheet, String> {
    Ok(Sheet {
        target: file.to_owned(),
        anchors: vec![file.to_owned()],
        evidence: vec![file.to_owned()],
        at: date("2026-06-01T00:00:00Z")?,
        rules: rules(RevocationRule::NotChecked)?,
    })
}

fn building(file: &Path) -> Result<Sheet, String> {
    let folder = file.parent().ok_or("no folder")?;
    Ok(Sheet {
        target: file.to_owned(),
        anchors: vec![folder.join("root.pem")],
        evidence: named(&files(folder)?, "level"),
        at: date("2026-06-01T00:00:00Z")?,
        rules: rules(RevocationRule::NotChecked)?,
    })
}

fn ask(sheet: &Sheet) -> (Answer, String) {
    let read = |path: &Path| std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()));
    let target = match read(&sheet.target).and_then(|octets| paths::certificates(&octets)) {
        Ok(all) => all,
        Err(why) => return (Answer::Error, why),
    };
    let Some(first) = target.first().cloned() else { return (Answer::Error, "empty".to_owned()) };
    let mut hand = Hand::default();
    if sheet.anchors == [sheet.target.clone()] {
        target.last().into_iter().for_each(|last| hand.anchors.add_certificate(last.clone()));
    } else {
        sheet.anchors.iter().filter_map(|p| read(p).ok()).for_each(|octets| paths::add(&mut hand.anchors, &octets));
    }
    sheet.evidence.iter().filter_map(|p| read(p).ok()).for_each(|octets| paths::add(&mut hand.evidence, &octets));
    judge(&hand, &first, sheet.at, &sheet.rules)
}

fn judge(hand: &Hand, target: &Certificate, at: Timestamp, rules: &PathRules) -> (Answer, String) {
    let outcome = hand.ask(target, at, rules);
    (paths::answer(&outcome), paths::why(&outcome))
}

/// OpenSSL's `verify` with its arguments. "TRUSTED CERTIFICATE" files carry settings of OpenSSL's own, which nobody else
/// reads; such cases are counted as without expectation.
fn openssl(folder: &Path, measured: &mut Measured) -> Result<(), String> {
    let index = read_json(&folder.join("index_openssl_verify.json"))?;
    let certificates = folder.join("openssl-certs");
    for case in index["cases"].as_array().ok_or("no cases")? {
        let id = case["id"].as_str().ok_or("a case without its id")?;
        let told = case["valid"].as_bool().ok_or("a case without its expectation")?;
        match openssl_case(&certificates, case)? {
            Some(answer) => note(id, told, answer, measured),
            None => measured.without_expectation += 1,
        }
    }
    Ok(())
}

fn openssl_case(folder: &Path, case: &serde_json::Value) -> Result<Option<(Answer, String)>, String> {
    let names = |key: &str| case[key].as_array().into_iter().flatten().filter_map(|v| v.as_str());
    let read = |name: &str| std::fs::read(folder.join(format!("{name}.pem"))).ok();
    let options: Vec<&str> = names("opts").collect();
    let mut hand = Hand::default();
    for name in names("trusted") {
        let Some(octets) = read(name) else { return Ok(None) };
        if octets.windows(19).any(|w| w == b"TRUSTED CERTIFICATE") {
            return Ok(None);
        }
        for certificate in paths::certificates(&octets).unwrap_or_default() {
            // Without -partial_chain only what is self-issued ends a path.
            if certificate.is_self_issued() || options.contains(&"-partial_chain") {
                hand.anchors.add_certificate(certificate);
            } else {
                hand.evidence.add_certificate(certificate);
            }
        }
    }
    for name in names("untrusted") {
        let Some(octets) = read(name) else { return Ok(None) };
        paths::add(&mut hand.evidence, &octets);
    }
    let Some(octets) = read(case["cert"].as_str().unwrap_or_default()) else { return Ok(None) };
    let target = match paths::certificates(&octets) {
        Ok(all) => all.into_iter().next().ok_or("an empty file")?,
        Err(why) => return Ok(Some((Answer::Error, why))),
    };
    let purpose = match case["purpose"].as_str() {
        None => None,
        Some("sslserver") => Some(oids::SERVER_AUTH),
        Some("sslclient") => Some(oids::CLIENT_AUTH),
        // Rules of OpenSSL's own about what else such a certificate may say.
        Some("codesign" | "timestampsign") => return Ok(None),
        Some(other) => return Err(format!("a purpose that is not understood: {other}")),
    };
    if options.iter().any(|o| !["-partial_chain"].contains(o)) {
        // Security levels, depths, proxies: rules of OpenSSL's own.
        return Ok(None);
    }
    let rules = PathRules {
        extended_key_usage: purpose,
        purpose_scope: PurposeScope::Path,
        ..rules(RevocationRule::NotChecked)?
    };
    let (outcome, links) = hand.ask_with(&target, date("2026-06-01T00:00:00Z")?, &rules);
    let answer = match &outcome {
        Ok(proof) => match weak(proof, &links) {
            // Nothing that such a key signs would be accepted.
            None if target.public_key().is_err() => (Answer::Unsupported, "the target's own key".to_owned()),
            None => (Answer::Valid, "holds".to_owned()),
            Some(why) => (Answer::Invalid, why),
        },
        Err(_) => (paths::answer(&outcome), paths::why(&outcome)),
    };
    Ok(Some(answer))
}

/// An algorithm in the path that even the policy for standards does not accept.
fn weak(proof: &ValidatedPath, links: &Links) -> Option<String> {
    let policy = Policy::named("rfc5280").ok()?;
    proof.certificates().windows(2).find_map(|pair| {
        let [child, issuer] = pair else { return None };
        let link = Link { signed: child.fingerprint(), issuer: issuer.fingerprint() };
        let (Some(LinkOutcome::Valid(token)), Ok(key)) = (links.get(link), issuer.public_key()) else { return None };
        let standing = policy.accepts(token.algorithm(), key, proof.at());
        (standing != Acceptability::Accepted).then(|| format!("{standing:?}"))
    })
}
