//! Time-stamp tokens of many authorities: judged whole where somebody says what to expect, their CMS signatures compared
//! with OpenSSL's answers elsewhere. Evidence records (RFC 4998) are not supported, and said to be.

use std::path::Path;

use qoltanba::cms::{MessageImprint, SignedData, TimeStampRequest, TimeStampResponse, TstInfo};
use qoltanba::codec::armour;
use qoltanba::crypto::DigestAlgorithm;
use qoltanba::path::{Pool, SignatureBook};
use qoltanba::policy::Policy;
use qoltanba::time::Timestamp;
use qoltanba::trust::{CompiledTrust, TrustSnapshot};
use qoltanba::validation::{
    Code, ContentDigest, SignatureValue, Stamped, Terms, TimeStampFault, TimeStampReport, TimeStampSubject,
    validate_time_stamp,
};
use qoltanba::x509::Certificate;
use serde_json::Value;

use super::{Answer, Measured, load};

/// Measures the corpus in this folder.
pub(crate) fn measure(folder: &Path) -> Result<Measured, String> {
    let mut measured = Measured::default();
    let list = |name: &str| -> Result<Vec<Value>, String> {
        let octets = std::fs::read(folder.join(name)).map_err(|e| format!("{name}: {e}"))?;
        let value: Value = serde_json::from_slice(&octets).map_err(|e| format!("{name}: {e}"))?;
        let cases = value.get("cases").unwrap_or(&value);
        cases.as_array().cloned().ok_or_else(|| format!("{name} is no list"))
    };
    for (number, case) in (1..).zip(list("index_curated.json")?) {
        curated(number, &case, folder, &mut measured)?;
    }
    for case in list("index.json")? {
        harvested(&case, folder, &mut measured)?;
    }
    Ok(measured)
}

/// A token with what it should be about, whom to trust, and what to expect.
fn curated(number: usize, case: &Value, folder: &Path, measured: &mut Measured) -> Result<(), String> {
    let text = |name: &str| case[name].as_str();
    let Some(expected) = case["valid"].as_bool() else {
        measured.without_expectation += 1;
        return Ok(());
    };
    let expected = Answer::holds(expected);
    if let Some(file) = text("evidence_record") {
        if load(folder, file, measured).is_some() {
            measured.add(format!("{number:02} {file}"), expected, Answer::Unsupported);
        }
        return Ok(());
    }
    let file = text("tsr").ok_or("a case without a response")?;
    let trust = text("trust").ok_or("a case without trust")?;
    let needed = [Some(file), Some(trust), text("query"), text("data_file")];
    let found: Option<Vec<Option<Vec<u8>>>> =
        needed.into_iter().map(|name| name.map_or(Some(None), |name| load(folder, name, measured).map(Some))).collect();
    let Some([Some(response), Some(trust), query, data]) = found.and_then(|all| <[_; 4]>::try_from(all).ok()) else {
        return Ok(());
    };
    let data = data.or_else(|| text("data_utf8").map(|text| text.as_bytes().to_vec()));
    let actual = judge(&response, &trust, query.as_deref(), data.as_deref())?;
    measured.add(format!("{number:02} {file}: {}", text("why").unwrap_or_default()), expected, actual);
    Ok(())
}

fn judge(response: &[u8], trust: &[u8], query: Option<&[u8]>, data: Option<&[u8]>) -> Result<Answer, String> {
    let Some(token) = token_of(response) else { return Ok(Answer::Error) };
    let query = query.map(TimeStampRequest::parse).transpose().map_err(|e| format!("the request: {e}"))?;
    let imprint = query.as_ref().map(|q| Stamped::Imprint(&q.message_imprint));
    let subject = TimeStampSubject {
        stamped: data.map(Stamped::Octets).or(imprint).ok_or("neither data nor a request")?,
        nonce: query.as_ref().and_then(|q| q.nonce.as_deref()),
        policy: query.as_ref().and_then(|q| q.req_policy),
    };
    Ok(whole(&validate(token, &subject, &certificates(trust)?)?))
}

/// Everything but revocation, of which these cases say nothing.
fn whole(report: &TimeStampReport) -> Answer {
    let signature = signature(report);
    match report.fault {
        Some(TimeStampFault::ImprintNotSupported) => return Answer::Unsupported,
        Some(_) => return Answer::Invalid,
        None if signature != Answer::Valid => return signature,
        None => {}
    }
    Answer::holds(report.reasons.iter().all(|reason| reason.code == Code::RevocationUnknown))
}

/// The mathematics of the CMS alone.
fn signature(report: &TimeStampReport) -> Answer {
    match (report.signature_value, report.content_digest) {
        (SignatureValue::Valid, ContentDigest::Valid) => Answer::Valid,
        (SignatureValue::Invalid, _) | (_, ContentDigest::Invalid) => Answer::Invalid,
        _ => Answer::Unsupported,
    }
}

/// A token of which OpenSSL said whether its signature holds.
fn harvested(case: &Value, folder: &Path, measured: &mut Measured) -> Result<(), String> {
    let file = case["file"].as_str().ok_or("a case without a file")?;
    let message = case["msg"].as_str().unwrap_or_default();
    let expected = match case["cms_signature_intact_openssl"].as_bool() {
        Some(true) => Answer::Valid,
        Some(false) if message.contains("verification failure") || message.contains("digest mismatch") => {
            Answer::Invalid
        }
        // OpenSSL had no certificate, or does not know the algorithm.
        Some(false) | None => {
            measured.without_expectation += 1;
            return Ok(());
        }
    };
    let Some(octets) = load(folder, file, measured) else { return Ok(()) };
    let Some(token) = token_of(&octets) else {
        measured.add(file, expected, Answer::Error);
        return Ok(());
    };
    // What it is about is not known: its own imprint stands for it.
    let Some(imprint) = own_imprint(token) else {
        measured.add(file, expected, Answer::Error);
        return Ok(());
    };
    let subject = TimeStampSubject { stamped: Stamped::Imprint(&imprint), nonce: None, policy: None };
    measured.add(file, expected, signature(&validate(token, &subject, &[])?));
    let told = case["hash"].as_str().zip(DigestAlgorithm::from_oid(imprint.hash_algorithm.oid));
    if let Some((name, digest)) = told {
        let same = digest.name().replace('-', "") == name && armour::hex(&imprint.hashed_message) == case["imprint"];
        measured.add(format!("{file}#imprint"), Answer::Valid, Answer::holds(same));
    }
    Ok(())
}

fn own_imprint(token: &[u8]) -> Option<MessageImprint> {
    let message = SignedData::parse(token).ok()?;
    Some(TstInfo::parse(message.content.as_deref()?).ok()?.message_imprint)
}

/// A response's token, or a token that stands alone.
fn token_of(octets: &[u8]) -> Option<&[u8]> {
    match TimeStampResponse::parse(octets) {
        Ok(response) => response.token,
        Err(_) => Some(octets),
    }
}

fn validate(token: &[u8], subject: &TimeStampSubject<'_>, known: &[Certificate]) -> Result<TimeStampReport, String> {
    let at = Timestamp::parse_rfc3339("2026-11-21T20:00:00Z").ok_or("the date")?;
    let trust: CompiledTrust = TrustSnapshot::of_certificates(known).compile().map_err(|e| e.to_string())?;
    let mut evidence = Pool::default();
    known.iter().for_each(|certificate| evidence.add_certificate(certificate.clone()));
    let policy = Policy::named("rfc5280").map_err(|e| e.to_string())?;
    let terms = Terms { trust: &trust, evidence: &evidence, policy: &policy, paths: None, known: None, at };
    validate_time_stamp(token, subject, &terms, &SignatureBook::default()).map_err(|e| e.to_string())
}

/// The certificates of a PEM file, one after another.
fn certificates(pem: &[u8]) -> Result<Vec<Certificate>, String> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    let text = String::from_utf8_lossy(pem);
    let blocks = text.split(BEGIN).skip(1).filter_map(|rest| rest.split_once(END).map(|(block, _)| block));
    blocks
        .map(|block| {
            let base64: String = block.split_whitespace().collect();
            let der = armour::decode(&base64).map_err(|e| e.to_string())?;
            Certificate::parse(&der).map_err(|e| e.to_string())
        })
        .collect()
}
