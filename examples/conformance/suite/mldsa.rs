//! ML-DSA in certificates, messages and keys of others: the examples of RFC 9881 and RFC 9882, the artefacts of the IETF
//! hackathon (18 implementations), and what other test suites hold.

use std::path::Path;

use qoltanba::cms::{SignedData, SignerIdentifier};
use qoltanba::codec::armour;
use qoltanba::codec::der::{Encoding, Reader};
use qoltanba::crypto::{DigestAlgorithm, KeyError, PublicKey, SigningKey};
use qoltanba::path::certificate_claim;
use qoltanba::x509::Certificate;

use super::facts::{Message, World, claim, overall};
use super::{Answer, Measured, flips, load, mldsa_vectors};

/// Pure ML-DSA, of every set.
const ML_DSA: [&str; 3] = ["2.16.840.1.101.3.4.3.17", "2.16.840.1.101.3.4.3.18", "2.16.840.1.101.3.4.3.19"];

/// Measures the corpus `mldsa`.
pub(crate) fn measure(folder: &Path) -> Result<Measured, String> {
    let mut measured = Measured::default();
    rfc9881(&folder.join("lamps/rfc9881-certificates"), &mut measured)?;
    rfc9882(folder, &mut measured)?;
    hackathon(folder, &mut measured)?;
    mldsa_vectors::measure(&folder.join("acvp"), &mut measured)?;
    Ok(measured)
}

/// Measures the corpus `mldsa-misc`, whose authorities lie partly in `mldsa`.
pub(crate) fn measure_misc(folder: &Path) -> Result<Measured, String> {
    let mut measured = Measured::default();
    let cases = cases(&folder.join("index.json"))?;
    let mut authorities = examples(&folder.join("../mldsa/lamps/rfc9881-certificates"));
    for entry in cases.iter().filter(|entry| entry["kind"] == "cert") {
        let file = text(entry, "file")?;
        let parsed = std::fs::read(folder.join(file)).ok().and_then(|octets| parse(&octets));
        authorities.extend(parsed.map(|certificate| (file.to_owned(), certificate)));
    }
    let mut world = World::new(authorities)?;
    for entry in &cases {
        let file = text(entry, "file")?;
        let Some(octets) = load(folder, file, &mut measured) else { continue };
        match text(entry, "kind")? {
            "cert" => certificate(file, &octets, None, (&world, &mut measured)),
            "cms-signed" => message(file, &octets, Answer::Valid, (&mut world, &mut measured))?,
            // Public keys, whatever the folder is called.
            "enckey" => measured.add(file, Answer::Valid, Answer::holds(PublicKey::from_spki_der(&octets).is_ok())),
            _ => measured.without_expectation += 1,
        }
    }
    Ok(measured)
}

/// The example keys and certificates of RFC 9881: what is good opens and belongs together, what is bad does not.
fn rfc9881(folder: &Path, measured: &mut Measured) -> Result<(), String> {
    let world = World::new(examples(folder))?;
    for set in ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"] {
        let Some(octets) = load(folder, &format!("{set}.crt"), measured) else { continue };
        certificate(&format!("lamps/{set}.crt"), &octets, Some(Answer::Valid), (&world, measured));
        let Some(public) = load(folder, &format!("{set}.pub"), measured) else { continue };
        let public = PublicKey::from_spki_der(&strip(&public)).map_err(|e| format!("{set}.pub: {e}"))?;
        for form in ["seed", "expanded", "both"] {
            let file = format!("{set}-{form}.priv");
            let Some(octets) = load(folder, &file, measured) else { continue };
            let opened = SigningKey::from_pkcs8_der(&strip(&octets));
            let answer = Answer::holds(opened.as_ref().is_ok_and(|key| *key.public_key() == public));
            measured.add(format!("lamps/{file}"), Answer::Valid, answer);
            let signs = opened.is_ok_and(|key| key.sign(b"signed with an example key").is_ok());
            measured.add(format!("lamps/{file}#sign"), Answer::Valid, Answer::holds(signs));
        }
    }
    for number in 1..=3 {
        let file = format!("bad-ML-DSA-44-{number}.priv");
        let Some(octets) = load(folder, &file, measured) else { continue };
        let answer = match SigningKey::from_pkcs8_der(&strip(&octets)) {
            Ok(_) => Answer::Valid,
            Err(KeyError::PairMismatch | KeyError::InvalidScalar) => Answer::Invalid,
            Err(_) => Answer::Error,
        };
        measured.add(format!("lamps/{file}"), Answer::Invalid, answer);
    }
    Ok(())
}

/// The example messages of RFC 9882, which carry no certificates: their signers are those of RFC 9881.
fn rfc9882(folder: &Path, measured: &mut Measured) -> Result<(), String> {
    let mut world = World::new(examples(&folder.join("lamps/rfc9881-certificates")))?;
    for set in ["44", "65", "87"] {
        let file = format!("lamps/rfc9882-cms/mldsa{set}-signed-attrs.pem");
        let Some(octets) = load(folder, &file, measured) else { continue };
        message(&file, &octets, Answer::Valid, (&mut world, measured))?;
    }
    Ok(())
}

/// Certificates of 18 implementations as pyca/cryptography judged them, and messages whose names say how they are signed.
fn hackathon(folder: &Path, measured: &mut Measured) -> Result<(), String> {
    let cases = cases(&folder.join("index_ietf_hackathon.json"))?;
    let mut authorities = Vec::new();
    for entry in cases.iter().filter(|entry| entry["kind"] == "cert") {
        let file = text(entry, "file")?;
        let parsed = std::fs::read(folder.join(file)).ok().and_then(|octets| parse(&octets));
        authorities.extend(parsed.map(|certificate| (file.to_owned(), certificate)));
    }
    let mut world = World::new(authorities)?;
    for entry in &cases {
        let file = text(entry, "file")?;
        let Some(octets) = load(folder, file, measured) else { continue };
        if entry["kind"] == "cert" {
            let holds = entry["verified_with_pyca_mldsa"].as_bool().map(Answer::holds);
            certificate(file, &octets, holds, (&world, measured));
            continue;
        }
        // Composite, hash-based and pre-hashed signatures must not be taken for good.
        let pure = ML_DSA.iter().any(|oid| file.contains(&format!("-{oid}_")));
        let expected = if pure { Answer::Valid } else { Answer::Unsupported };
        message(file, &octets, expected, (&mut world, measured))?;
    }
    Ok(())
}

/// Where pyca/cryptography's word is not the last one: (file, what is right, why).
const JUDGED: &[(&str, Answer, &str)] = &[
    (
        "ietf-hackathon/entrust/artifacts_certs_r4/ML-DSA-44-2.16.840.1.101.3.4.3.17_ta.der",
        Answer::Unsupported,
        "its signature algorithm has NULL for parameters, which RFC 9881 §2 forbids",
    ),
    (
        "ietf-hackathon/entrust/artifacts_certs_r4/ML-DSA-44-2.16.840.1.101.3.4.3.19_ta.der",
        Answer::Unsupported,
        "the same",
    ),
];

/// A certificate under whichever authority at hand signed it. Without another's word it must hold where its issuer is at
/// hand; one whose issuer is not there is left out and counted.
fn certificate(id: &str, octets: &[u8], said: Option<Answer>, (world, measured): (&World, &mut Measured)) {
    let judged = JUDGED.iter().find(|(judged, ..)| *judged == id).map(|(_, answer, _)| *answer);
    let expected = judged.or(said).unwrap_or(Answer::Valid);
    let Some(own) = parse(octets) else {
        measured.add(id, expected, Answer::Error);
        return;
    };
    let named = || world.authorities.iter().map(|(_, ca)| ca).filter(|ca| ca.subject() == own.issuer());
    let issuer = named().find(|ca| claim(certificate_claim(&own, ca)) == Answer::Valid);
    let Some(issuer) = issuer.or_else(|| named().find(|ca| is_issuer(&own, ca))) else {
        measured.missing.push(format!("the issuer of {id}"));
        return;
    };
    let answer = claim(certificate_claim(&own, issuer));
    measured.add(id, expected, answer);
    if answer == Answer::Valid && measured.cases.len().is_multiple_of(TURNED_EVERY) {
        flips::certificate(id, &own, issuer, measured);
    }
}

/// Whether a certificate means this one of several authorities of one name, by its key identifier (RFC 5280 §4.2.1.1).
fn is_issuer(own: &Certificate, ca: &Certificate) -> bool {
    // Certificates for ML-KEM of Entrust's bear the name of their issuer, and their own key identifier for its.
    if own.der() == ca.der() && ca.public_key().is_err() {
        return false;
    }
    let Some(wanted) = own.authority_key_identifier() else { return true };
    let hashed = |key: &PublicKey| {
        let mut body = Reader::new(key.spki_der(), Encoding::Der, "SubjectPublicKeyInfo").sequence().ok()?;
        body.sequence().ok()?;
        Some(DigestAlgorithm::Sha1.digest(body.any().ok()?.bit_string().ok()?))
    };
    let by_hash = || ca.public_key().is_ok_and(|key| hashed(key).is_some_and(|hash| hash == wanted));
    ca.subject_key_identifier().map_or_else(by_hash, |stated| stated == wanted)
}

/// Certificates in which bits are turned: every one in so many.
const TURNED_EVERY: usize = 40;

/// A message; a signer whose certificate nobody has cannot be judged, whatever is expected.
fn message(
    id: &str,
    octets: &[u8],
    expected: Answer,
    (world, measured): (&mut World, &mut Measured),
) -> Result<(), String> {
    let octets = strip(octets);
    let known = SignedData::parse(&octets).is_ok_and(|message| {
        let carried = message.certificates.iter().filter_map(|der| Certificate::parse(der).ok()).collect::<Vec<_>>();
        let all = || carried.iter().chain(world.authorities.iter().map(|(_, certificate)| certificate));
        message.signer_infos.iter().all(|signer| match &signer.sid {
            SignerIdentifier::IssuerAndSerialNumber { issuer, serial } => {
                all().any(|c| c.serial() == *serial && *c.issuer() == issuer.to_name())
            }
            SignerIdentifier::SubjectKeyIdentifier(_) => true,
        })
    });
    let expected = if known { expected } else { Answer::Unsupported };
    let message = Message { octets, content: None };
    let answer = overall(&world.facts(&message));
    measured.add(id, expected, answer);
    if (expected, answer) == (Answer::Valid, Answer::Valid) {
        flips::message(id, &message, world, measured)?;
    }
    Ok(())
}

fn examples(folder: &Path) -> Vec<(String, Certificate)> {
    let read = |set: &str| {
        let file = format!("{set}.crt");
        parse(&std::fs::read(folder.join(&file)).ok()?).map(|certificate| (file, certificate))
    };
    ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"].into_iter().filter_map(read).collect()
}

fn strip(octets: &[u8]) -> Vec<u8> {
    armour::strip(octets).map_or_else(|_| octets.to_vec(), std::borrow::Cow::into_owned)
}

fn parse(octets: &[u8]) -> Option<Certificate> {
    Certificate::parse(&strip(octets)).ok()
}

fn cases(index: &Path) -> Result<Vec<serde_json::Value>, String> {
    let octets = std::fs::read(index).map_err(|e| format!("{}: {e}", index.display()))?;
    let index: serde_json::Value = serde_json::from_slice(&octets).map_err(|e| e.to_string())?;
    Ok(index["cases"].as_array().ok_or("no cases")?.clone())
}

fn text<'a>(value: &'a serde_json::Value, name: &str) -> Result<&'a str, String> {
    value[name].as_str().ok_or_else(|| format!("an index entry without {name}"))
}
