//! OCSP responses of other implementations: what they say, and whether a certificate that came along signed them.

use std::path::Path;

use qoltanba::path::ocsp_claim;
use qoltanba::x509::{CertStatus, OcspResponse, SingleResponse};

use super::facts::claim;
use super::{Answer, Measured, load};

/// Files that the index could not read for certificates of a third kind inside of them, or for names; OpenSSL reads them.
const READ_BY_OPENSSL: [&str; 3] =
    ["files/ad955937a18ea622.der", "files/5d37846a07131846.der", "files/5b1946fe44bdd148.der"];

/// Measures the corpus in this folder.
pub(crate) fn measure(folder: &Path) -> Result<Measured, String> {
    let index = std::fs::read(folder.join("index.json")).map_err(|e| e.to_string())?;
    let index: serde_json::Value = serde_json::from_slice(&index).map_err(|e| e.to_string())?;
    let mut measured = Measured::default();
    for case in index["cases"].as_array().ok_or("an index without cases")? {
        let file = case["file"].as_str().ok_or("a case without a file")?;
        let Some(octets) = load(folder, file, &mut measured) else { continue };
        let read = OcspResponse::parse(&octets);
        // The name of its source tells what is wrong with it.
        let source = case["source"][0].as_str().unwrap_or_default();
        let id = format!("{file} {}", source.rsplit('/').next().unwrap_or_default());
        if case["pyca_error"].is_string() && !READ_BY_OPENSSL.contains(&file) {
            measured.add(id, Answer::Invalid, if read.is_ok() { Answer::Valid } else { Answer::Error });
            continue;
        }
        let Ok(response) = read else {
            measured.add(id, Answer::Valid, Answer::Error);
            continue;
        };
        if let Some(statuses) = case["statuses"].as_array() {
            let told: Vec<&str> = response.responses.iter().map(status).collect();
            let expected: Vec<&str> = statuses.iter().filter_map(serde_json::Value::as_str).collect();
            measured.add(format!("{id}#statuses"), Answer::Valid, Answer::holds(told == expected));
        }
        match case["signature_verified_with_embedded_cert"].as_bool() {
            Some(expected) => measured.add(format!("{id}#signature"), Answer::holds(expected), signature(&response)),
            None => measured.without_expectation += 1,
        }
    }
    Ok(measured)
}

fn status(one: &SingleResponse) -> &'static str {
    match one.status {
        CertStatus::Good => "GOOD",
        CertStatus::Revoked { .. } => "REVOKED",
        CertStatus::Unknown => "UNKNOWN",
    }
}

/// Whether any of the certificates that came along signed the response.
fn signature(response: &OcspResponse) -> Answer {
    let answers: Vec<Answer> = response.certificates.iter().map(|c| claim(ocsp_claim(response, c))).collect();
    let best = |wanted: Answer| answers.contains(&wanted).then_some(wanted);
    best(Answer::Valid).or_else(|| best(Answer::Invalid)).unwrap_or(Answer::Unsupported)
}
