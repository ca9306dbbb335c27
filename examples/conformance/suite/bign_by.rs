//! Belarus: digests and signatures as bee2 made and judged them, and certificates.

use std::path::Path;

use qoltanba::codec::{armour, der};
use qoltanba::crypto::{DigestAlgorithm, PublicKey, SignatureAlgorithm, SignatureClaim};
use qoltanba::path::certificate_claim;
use qoltanba::x509::Certificate;

use super::facts::claim;
use super::kz::unhex;
use super::{Answer, Measured, flips, load};

/// Measures the corpus in this folder.
pub(crate) fn measure(folder: &Path) -> Result<Measured, String> {
    let mut measured = Measured::default();
    let index = load(folder, "index.json", &mut measured).ok_or("no index")?;
    let index: serde_json::Value = serde_json::from_slice(&index).map_err(|e| e.to_string())?;
    for entry in index["cases"].as_array().ok_or("no cases")? {
        let file = entry["file"].as_str().ok_or("a case without a file")?;
        let (Some(issuer), Some(true)) = (entry["issuer_file"].as_str(), entry["verified_with_bee2"].as_bool()) else {
            measured.without_expectation += 1;
            continue;
        };
        let (Some(own), Some(issuer)) = (load(folder, file, &mut measured), load(folder, issuer, &mut measured)) else {
            continue;
        };
        let read = |octets: &[u8]| Certificate::parse(octets).map_err(|e| format!("{file}: {e}"));
        let (own, issuer) = (read(&own)?, read(&issuer)?);
        let answer = claim(certificate_claim(&own, &issuer));
        measured.add(file, Answer::Valid, answer);
        if answer == Answer::Valid {
            flips::certificate(file, &own, &issuer, &mut measured);
        }
    }
    let vectors = load(folder, "vectors.json", &mut measured).ok_or("no vectors")?;
    let vectors: serde_json::Value = serde_json::from_slice(&vectors).map_err(|e| e.to_string())?;
    for (number, vector) in (1..).zip(vectors["hash"].as_array().ok_or("no digests")?) {
        let algorithm = digest(text(vector, "oid")?)?;
        let same = armour::hex(&algorithm.digest(&unhex(text(vector, "msg")?)?)) == text(vector, "hash")?;
        measured.add(format!("vectors.json#hash-{number}"), Answer::Valid, Answer::holds(same));
    }
    for (number, vector) in (1..).zip(vectors["sign"].as_array().ok_or("no signatures")?) {
        let expected = Answer::holds(vector["valid"].as_bool().ok_or("a signature without an answer")?);
        let (message, algorithm) = (unhex(text(vector, "msg")?)?, digest(text(vector, "hash_oid")?)?);
        if armour::hex(&algorithm.digest(&message)) != text(vector, "hash")? {
            // A digest that is altered apart from its message: we are given messages, never digests.
            measured.without_expectation += 1;
            continue;
        }
        measured.add(format!("vectors.json#sign-{number}"), expected, signature(vector)?);
    }
    Ok(measured)
}

/// A raw value under a raw key.
fn signature(vector: &serde_json::Value) -> Result<Answer, String> {
    let oid = |digits: &str| const_oid::ObjectIdentifier::new(digits).map_err(|e| e.to_string());
    let algorithm =
        der::sequence(&[&der::oid(oid("1.2.112.0.2.0.34.101.45.2.1")?), &der::oid(oid(text(vector, "curve")?)?)]);
    let spki = der::sequence(&[&algorithm, &der::bit_string(&unhex(text(vector, "pubkey")?)?)]);
    let Ok(key) = PublicKey::from_spki_der(&spki) else { return Ok(Answer::Error) };
    let digest = digest(text(vector, "hash_oid")?)?;
    let signature = match digest {
        DigestAlgorithm::BeltHash => "1.2.112.0.2.0.34.101.45.12",
        DigestAlgorithm::Bash256 => "1.2.112.0.2.0.34.101.45.13",
        DigestAlgorithm::Bash384 => "1.2.112.0.2.0.34.101.45.14",
        _ => "1.2.112.0.2.0.34.101.45.15",
    };
    let Ok(algorithm) = SignatureAlgorithm::resolve(oid(signature)?, None, Some(digest), &key) else {
        return Ok(Answer::Error);
    };
    let (message, value) = (unhex(text(vector, "msg")?)?, unhex(text(vector, "sig")?)?);
    Ok(claim(Ok(SignatureClaim { algorithm, key: &key, message: message.into(), value: value.into() })))
}

fn digest(oid: &str) -> Result<DigestAlgorithm, String> {
    let named = const_oid::ObjectIdentifier::new(oid).ok().and_then(DigestAlgorithm::from_oid);
    named.ok_or_else(|| format!("no digest is called {oid}"))
}

fn text<'a>(value: &'a serde_json::Value, name: &str) -> Result<&'a str, String> {
    value[name].as_str().ok_or_else(|| format!("a vector without {name}"))
}
