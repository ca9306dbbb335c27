//! x509-limbo and BetterTLS: paths of TLS peers, and what RFC 5280 says of any.

use std::io::Read as _;
use std::path::Path;

use qoltanba::path::{
    ExpectedName, Link, LinkOutcome, Links, PathRules, Profile, PurposeScope, RevocationRule, ValidatedPath,
};
use qoltanba::policy::{Acceptability, Policy};
use qoltanba::time::Timestamp;
use qoltanba::x509::oids;

use super::paths::{self, Hand};
use super::{Answer, Measured};

/// Measures the suite; `limbo-bettertls.json.gz` is a part of it.
pub(crate) fn measure(folder: &Path) -> Result<Measured, String> {
    let mut measured = Measured::default();
    let octets = std::fs::read(folder.join("limbo.json")).map_err(|e| e.to_string())?;
    measure_cases(&octets, &mut measured)?;
    match std::fs::read(folder.join("limbo-bettertls.json.gz")) {
        Ok(packed) => {
            let mut octets = Vec::new();
            flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut octets).map_err(|e| e.to_string())?;
            measure_cases(&octets, &mut measured)?;
        }
        Err(_) => measured.missing.push("limbo-bettertls.json.gz".to_owned()),
    }
    Ok(measured)
}

fn measure_cases(octets: &[u8], measured: &mut Measured) -> Result<(), String> {
    let limbo: serde_json::Value = serde_json::from_slice(octets).map_err(|e| e.to_string())?;
    for case in limbo["testcases"].as_array().ok_or("no cases")? {
        let id = case["id"].as_str().ok_or("a case without its id")?;
        let expected = Answer::holds(case["expected_result"] == "SUCCESS");
        let (actual, why) = ask(id, case)?;
        paths::tell(id, expected, actual, &why);
        measured.add(id, expected, actual);
    }
    Ok(())
}

fn ask(id: &str, case: &serde_json::Value) -> Result<(Answer, String), String> {
    let texts = |key: &str| case[key].as_array().into_iter().flatten().filter_map(|v| v.as_str());
    let mut hand = Hand::default();
    texts("trusted_certs").for_each(|pem| paths::add(&mut hand.anchors, pem.as_bytes()));
    for key in ["untrusted_intermediates", "crls"] {
        texts(key).for_each(|pem| paths::add(&mut hand.evidence, pem.as_bytes()));
    }
    let at = match case["validation_time"].as_str() {
        Some(text) => Timestamp::parse_rfc3339(text).ok_or_else(|| format!("{id}: {text}"))?,
        None => Timestamp::parse_rfc3339("2026-11-21T20:00:00Z").ok_or("the date")?,
    };
    let pem = case["peer_certificate"].as_str().ok_or("a case without its peer")?;
    let target = match paths::certificates(pem.as_bytes()) {
        Ok(all) => all.into_iter().next().ok_or("no peer")?,
        Err(why) => return Ok((Answer::Error, why)),
    };
    let mut policy = policy_of(id)?;
    let rules = rules_of(id, case, &mut policy)?;
    // A link whose algorithm the policy refuses is none; whatever is left may still make a path.
    let mut links = hand.links(&target);
    for _ in 0..8 {
        let outcome = hand.judge(&target, at, &rules, &links);
        let Ok(proof) = &outcome else {
            // The suite asks whether the peer is let through; a key that nobody should use is as good a reason as any.
            return Ok((Answer::Invalid, paths::why(&outcome)));
        };
        match weak(proof, &policy, &links, at) {
            None => return Ok((Answer::Valid, "holds".to_owned())),
            Some(link) => links.record(link, LinkOutcome::Unsupported),
        }
    }
    Ok((Answer::Invalid, "algorithms that the policy does not accept".to_owned()))
}

/// Tests of TLS under `webpki`, all others under `rfc5280`. BetterTLS is about name constraints, building and algorithms:
/// its certificates follow no profile.
fn policy_of(id: &str) -> Result<Policy, String> {
    let tls = ["webpki::", "online::", "bettertls::"].iter().any(|prefix| id.starts_with(prefix));
    let mut policy = Policy::named(if tls { "webpki" } else { "rfc5280" }).map_err(|e| e.to_string())?;
    if id.starts_with("bettertls::") {
        policy.paths.profile = Profile::PathAlone;
    }
    Ok(policy)
}

fn rules_of(id: &str, case: &serde_json::Value, policy: &mut Policy) -> Result<PathRules, String> {
    let rules = policy.path_rules();
    let mut purposes = case["extended_key_usage"].as_array().into_iter().flatten().filter_map(|v| v.as_str());
    let purpose = match purposes.next() {
        None if case["validation_kind"] == "CLIENT" => Some(oids::CLIENT_AUTH),
        None | Some("serverAuth") => Some(oids::SERVER_AUTH),
        Some("clientAuth") => Some(oids::CLIENT_AUTH),
        Some(other) => return Err(format!("{id}: a purpose that is not understood: {other}")),
    };
    let depth = case["max_chain_depth"].as_u64().and_then(|n| usize::try_from(n).ok());
    let has_crls = case["crls"].as_array().is_some_and(|all| !all.is_empty());
    Ok(PathRules {
        extended_key_usage: purpose,
        purpose_scope: PurposeScope::Path,
        intermediates_max: depth.unwrap_or(rules.intermediates_max),
        revocation: if has_crls { RevocationRule::Checked } else { RevocationRule::NotChecked },
        expected_name: expected_name(&case["expected_peer_name"])?,
        ..rules
    })
}

fn expected_name(name: &serde_json::Value) -> Result<Option<ExpectedName>, String> {
    let Some(value) = name["value"].as_str() else { return Ok(None) };
    Ok(Some(match name["kind"].as_str() {
        Some("DNS") => ExpectedName::Dns(value.to_owned()),
        Some("RFC822") => ExpectedName::Rfc822(value.to_owned()),
        Some("IP") => match value.parse::<std::net::IpAddr>().map_err(|e| format!("{value}: {e}"))? {
            std::net::IpAddr::V4(address) => ExpectedName::Ip(address.octets().to_vec()),
            std::net::IpAddr::V6(address) => ExpectedName::Ip(address.octets().to_vec()),
        },
        other => return Err(format!("a kind of name that is not understood: {other:?}")),
    }))
}

/// A link in the path whose algorithm the policy does not accept.
fn weak(proof: &ValidatedPath, policy: &Policy, links: &Links, at: Timestamp) -> Option<Link> {
    proof.certificates().windows(2).find_map(|pair| {
        let [child, issuer] = pair else { return None };
        let link = Link { signed: child.fingerprint(), issuer: issuer.fingerprint() };
        let (Some(LinkOutcome::Valid(token)), Ok(key)) = (links.get(link), issuer.public_key()) else {
            return Some(link);
        };
        (policy.accepts(token.algorithm(), key, at) != Acceptability::Accepted).then_some(link)
    })
}
