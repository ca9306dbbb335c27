//! NIST PKITS: certificates and S/MIME messages; the same certificates under other algorithms.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use const_oid::ObjectIdentifier;
use qoltanba::path::{PathRules, PolicySet, Pool, Profile, RevocationRule};
use qoltanba::policy::{PathDemands, Policy, PolicyOid};
use qoltanba::time::Timestamp;
use qoltanba::trust::{CompiledTrust, TrustSnapshot};
use qoltanba::validation::{Indication, Item, Terms, validate_many};
use qoltanba::x509::Certificate;

use super::paths::{self, Hand};
use super::{Answer, Measured, load};

/// Where one family keeps its files.
struct Layout {
    index: PathBuf,
    certificates: PathBuf,
    crls: Option<PathBuf>,
    messages: Option<PathBuf>,
    extension: &'static str,
    anchor: PathBuf,
}

/// Measures PKITS itself: every case by its certificate, by the certificates another validator's suite hands over, and by
/// its S/MIME message through the whole engine.
pub(crate) fn measure(folder: &Path) -> Result<Measured, String> {
    let layout = Layout {
        index: folder.join("index.json"),
        certificates: folder.join("certs"),
        crls: Some(folder.join("crls")),
        messages: Some(folder.to_owned()),
        extension: "crt",
        anchor: folder.join("certs/TrustAnchorRootCertificate.crt"),
    };
    let mut measured = Measured::default();
    layout.measure_full("", &mut measured)?;
    measure_explicit(folder, &mut measured)?;
    Ok(measured)
}

/// The same certificates signed with ECDSA; there are no CRLs, so revocation is left out.
pub(crate) fn measure_ecdsa(folder: &Path) -> Result<Measured, String> {
    let layout = Layout {
        index: folder.join("../pkits/index.json"),
        certificates: folder.join("certs"),
        crls: None,
        messages: None,
        extension: "crt",
        anchor: folder.join("certs/TrustAnchorRootCertificate.crt"),
    };
    let mut measured = Measured::default();
    layout.measure_full("", &mut measured)?;
    Ok(measured)
}

/// The same certificates signed with ML-DSA. The CRLs beside them name one algorithm inside and another one outside
/// (RFC 5280 §5.1.1.2), so nobody can use them, and revocation is left out.
pub(crate) fn measure_mldsa(folder: &Path) -> Result<Measured, String> {
    let mut measured = Measured::default();
    for strength in ["44", "65", "87"] {
        let below = folder.join(format!("pkits_ml_dsa_{strength}"));
        let layout = Layout {
            index: folder.join("../pkits/index.json"),
            certificates: below.join("certs"),
            crls: None,
            messages: None,
            extension: "der",
            anchor: below.join("certs/TrustAnchorRootCertificate.der"),
        };
        layout.measure_full(&format!("{strength}/"), &mut measured)?;
    }
    Ok(measured)
}

/// PKITS tests RFC 5280 §6.1, and breaks §4 on purpose where §6.1 lets it pass (4.6.4, 4.7.3).
fn rules(demands: &PathDemands) -> Result<PathRules, String> {
    let mut policy = Policy::named("rfc5280").map_err(|e| e.to_string())?;
    policy.paths = demands.clone();
    Ok(policy.path_rules())
}

fn demands(arguments: &str) -> Result<PathDemands, String> {
    let mut demands = PathDemands { profile: Profile::PathAlone, ..PathDemands::default() };
    let mut words = arguments.split_whitespace();
    while let Some(word) = words.next() {
        match word {
            "-policy" => match words.next().ok_or("-policy without its value")? {
                "anyPolicy" => demands.certificate_policies.clear(),
                oid => demands.certificate_policies.push(policy_oid(oid)?),
            },
            "-explicit_policy" => demands.require_explicit_policy = true,
            "-inhibit_map" => demands.inhibit_policy_mapping = true,
            "-inhibit_any" => demands.inhibit_any_policy = true,
            other => return Err(format!("an argument that is not understood: {other}")),
        }
    }
    // OpenSSL's `-policy` with an OID asks for one of the named policies only together with `-explicit_policy`; NIST's
    // expectation is the same.
    Ok(demands)
}

fn policy_oid(text: &str) -> Result<PolicyOid, String> {
    PolicyOid::try_from(text.to_owned()).map_err(|e| format!("{text}: {e}"))
}

impl Layout {
    fn measure_full(&self, prefix: &str, measured: &mut Measured) -> Result<(), String> {
        let index = read_json(&self.index)?;
        let at = Timestamp::parse_rfc3339("2022-05-01T00:00:00Z").ok_or("the date")?;
        let anchor = std::fs::read(&self.anchor).map_err(|e| format!("{}: {e}", self.anchor.display()))?;
        let anchor = paths::certificates(&anchor)?.into_iter().next().ok_or("no anchor")?;
        let mut hand = Hand::default();
        hand.anchors.add_certificate(anchor.clone());
        paths::fill(&mut hand.evidence, &self.certificates)?;
        if let Some(crls) = &self.crls {
            paths::fill(&mut hand.evidence, crls)?;
        }
        let trust = TrustSnapshot::of_certificates(&[anchor]).compile().map_err(|e| e.to_string())?;
        for case in index["cases_full"].as_array().ok_or("no cases")? {
            let expected = Answer::holds(case["valid"].as_bool().ok_or("a case without its expectation")?);
            let id = format!("{prefix}{}", case["id"].as_str().unwrap_or_default());
            let demands = demands(case["openssl_args"].as_str().unwrap_or_default())?;
            let section = case["section"].as_str().unwrap_or_default();
            let revoking =
                case["openssl_error_name"].as_str().is_some_and(|e| e == "CERT_REVOKED" || e.contains("CRL"));
            if self.crls.is_none() && (REVOKING.contains(&section) || revoking) {
                measured.without_expectation += 1;
                continue;
            }
            let name = Path::new(case["ee"].as_str().unwrap_or_default()).with_extension(self.extension);
            let file = name.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if let Some(octets) = load(&self.certificates, &file, measured) {
                let mut rules = rules(&demands)?;
                if self.crls.is_none() {
                    rules.revocation = RevocationRule::NotChecked;
                }
                let (actual, why) = ask(&hand, &octets, at, &rules, case);
                paths::tell(&id, expected, actual, &why);
                measured.add(&id, expected, actual);
            }
            let message = case["eml"].as_str().filter(|_| self.messages.is_some()).unwrap_or_default();
            if let Some(folder) = self.messages.as_ref().filter(|_| !message.is_empty())
                && let Some(octets) = load(folder, message, measured)
            {
                let id = format!("{id}/smime");
                let (actual, why) = judge(&octets, &demands, at, (&trust, &hand.evidence))?;
                paths::tell(&id, expected, actual, &why);
                measured.add(&id, expected, actual);
            }
        }
        Ok(())
    }
}

/// Sections that are about CRLs.
const REVOKING: [&str; 3] = ["4.4", "4.14", "4.15"];

/// The answer about a certificate: where the index tells which policies hold, they must be the ones found.
fn ask(hand: &Hand, octets: &[u8], at: Timestamp, rules: &PathRules, case: &serde_json::Value) -> (Answer, String) {
    let Ok(target) = Certificate::parse(octets) else { return (Answer::Error, "does not read".to_owned()) };
    let outcome = hand.ask(&target, at, rules);
    let Ok(proof) = &outcome else { return (paths::answer(&outcome), paths::why(&outcome)) };
    for (key, found) in [
        ("authority_policies", &proof.policies().authority_constrained),
        ("user_policies", &proof.policies().user_constrained),
    ] {
        if let Some(told) = case[key].as_array().filter(|_| case["explicit_policy"].as_bool() == Some(true))
            && *found != policy_set(told)
        {
            return (Answer::Error, format!("{key}: {found:?}, told {told:?}"));
        }
    }
    (Answer::Valid, "holds".to_owned())
}

fn policy_set(told: &[serde_json::Value]) -> PolicySet {
    if told.iter().any(|p| p == "anyPolicy") {
        return PolicySet::Any;
    }
    PolicySet::Only(told.iter().filter_map(|p| ObjectIdentifier::new(p.as_str()?).ok()).collect())
}

/// The verdict about an S/MIME message.
fn judge(
    octets: &[u8],
    demands: &PathDemands,
    at: Timestamp,
    (trust, evidence): (&CompiledTrust, &Pool),
) -> Result<(Answer, String), String> {
    let mut policy = Policy::named("rfc5280").map_err(|e| e.to_string())?;
    policy.paths = demands.clone();
    let (content, signature) = parts(octets).ok_or("a message that is not multipart/signed")?;
    let terms = Terms { trust, evidence, policy: &policy, paths: None, known: None, at };
    let book = qoltanba::path::SignatureBook::default();
    let report = match validate_many(&[Item::new(&signature, Some(&content))], &terms, &book).remove(0) {
        Ok(report) => report,
        Err(error) => return Ok((Answer::Error, error.to_string())),
    };
    let reasons = report.signatures.iter().flat_map(|s| &s.reasons).map(|r| format!("{r:?}"));
    let why = reasons.collect::<Vec<_>>().join("; ");
    let unsupported = |r: &qoltanba::validation::Reason| {
        use qoltanba::validation::Code;
        matches!(r.code, Code::AlgorithmNotSupported | Code::KeyNotUsable | Code::IssuerSignatureUnsupported)
    };
    let lacks = report.signatures.iter().flat_map(|s| &s.reasons).all(unsupported);
    Ok(match report.verdict.indication {
        Indication::TotalPassed => (Answer::Valid, why),
        _ if lacks => (Answer::Unsupported, why),
        _ => (Answer::Invalid, why),
    })
}

/// The content (RFC 1847 §2.1: canonical, without the line break before the boundary) and the base64 of the signature.
fn parts(message: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let text = std::str::from_utf8(message).ok()?.replace("\r\n", "\n");
    let boundary = text.split_once("boundary=\"")?.1.split_once('"')?.0;
    let delimiter = format!("\n--{boundary}");
    let mut parts = text.split(&delimiter).skip(1);
    let content = parts.next()?.strip_prefix('\n')?.replace('\n', "\r\n");
    let signature = parts.next()?.split_once("\n\n")?.1;
    Some((content.into_bytes(), signature.as_bytes().to_vec()))
}

/// The same tests with exactly the certificates and CRLs that another validator's suite hands over.
fn measure_explicit(folder: &Path, measured: &mut Measured) -> Result<(), String> {
    let index = read_json(&folder.join("index.json"))?;
    let at = Timestamp::parse_rfc3339("2022-05-01T00:00:00Z").ok_or("the date")?;
    let mut known: BTreeMap<String, Option<Vec<u8>>> = BTreeMap::new();
    for case in index["cases_explicit_inputs"].as_array().ok_or("no cases")? {
        let id = case["id"].as_str().unwrap_or_default().to_owned();
        let expected = Answer::holds(case["valid"].as_bool().ok_or("a case without its expectation")?);
        let mut file = |name: &str, measured: &mut Measured| {
            known.entry(name.to_owned()).or_insert_with(|| load(folder, name, measured)).clone()
        };
        let mut hand = Hand::default();
        let anchor = file("certs/TrustAnchorRootCertificate.crt", measured).unwrap_or_default();
        paths::add(&mut hand.anchors, &anchor);
        for list in ["other_certs", "crls"] {
            for name in case[list].as_array().into_iter().flatten().filter_map(|n| n.as_str()) {
                file(name, measured).into_iter().for_each(|octets| paths::add(&mut hand.evidence, &octets));
            }
        }
        let Some(octets) = file(case["ee"].as_str().unwrap_or_default(), measured) else { continue };
        let mut rules = rules(&explicit_demands(&case["params"])?)?;
        if hand.evidence.crls().next().is_none() {
            rules.revocation = RevocationRule::NotChecked;
        }
        let (actual, why) = ask(&hand, &octets, at, &rules, &serde_json::Value::Null);
        paths::tell(&id, expected, actual, &why);
        measured.add(&id, expected, actual);
    }
    Ok(())
}

fn explicit_demands(params: &serde_json::Value) -> Result<PathDemands, String> {
    let flag = |name: &str| params[name].as_bool().unwrap_or(false);
    let policies = params["user_initial_policy_set"].as_array().into_iter().flatten();
    Ok(PathDemands {
        profile: Profile::PathAlone,
        certificate_policies: policies.filter_map(|p| p.as_str()).map(policy_oid).collect::<Result<_, _>>()?,
        require_explicit_policy: flag("initial_explicit_policy"),
        inhibit_policy_mapping: flag("initial_policy_mapping_inhibit"),
        inhibit_any_policy: flag("initial_any_policy_inhibit"),
        ..PathDemands::default()
    })
}

fn read_json(path: &Path) -> Result<serde_json::Value, String> {
    let octets = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    serde_json::from_slice(&octets).map_err(|e| e.to_string())
}
