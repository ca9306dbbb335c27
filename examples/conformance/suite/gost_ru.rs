//! The Russian PKI: certificates as the OpenSSL GOST engine judged them, published digests and signatures, and cases that
//! the engine made on purpose, good and broken.

use std::path::Path;

use qoltanba::codec::armour;
use qoltanba::crypto::{DigestAlgorithm, SignatureAlgorithm, SignatureClaim, SigningKey};
use qoltanba::path::certificate_claim;
use qoltanba::x509::Certificate;

use super::facts::{Message, World, claim, overall};
use super::kz::unhex;
use super::{Answer, Measured, flips, load};

/// Where the engine's word is not the last one: (file, what is right, why).
const JUDGED: &[(&str, Answer, &str)] = &[
    (
        "cms-signed/98188d1d2cac8f2b.der",
        Answer::Invalid,
        "a DVCS request without signed attributes, which RFC 5652 §5.3 demands of every content but id-data",
    ),
    ("cms-signed/b88cc6cc261b350a.der", Answer::Invalid, "the same"),
];

/// Certificates in which bits are turned: every one in so many.
const TURNED_EVERY: usize = 10;

/// Measures the corpus in this folder.
pub(crate) fn measure(folder: &Path) -> Result<Measured, String> {
    let mut measured = Measured::default();
    let mut world = World::new(Vec::new())?;
    // Some subjects hold escapes of lone surrogates, which JSON does not allow.
    let index = std::fs::read_to_string(folder.join("index.json")).map_err(|e| e.to_string())?.replace("\\ud", "\\u0");
    for entry in cases(&index)? {
        let file = text(&entry, "file")?;
        let answered = match text(&entry, "kind")? {
            "cert" => Ok(certificate(folder, file, (&entry, &mut measured))),
            "cms-signed" => message(folder, file, &entry, (&mut world, &mut measured)),
            _ => Ok(false),
        };
        if !answered.map_err(|e| format!("{file}: {e}"))? {
            measured.without_expectation += 1;
        }
    }
    digests(folder, &mut measured)?;
    for file in ["signed_a111.pem", "signed_a121.pem"] {
        let file = format!("tc26_cms_r1323565.1.025/{file}");
        let Some(octets) = load(folder, &file, &mut measured) else { continue };
        ask(&file, (octets, None), Answer::Valid, (&mut world, &mut measured))?;
    }
    generated(&folder.join("gost-engine-generated"), (&mut world, &mut measured))?;
    Ok(measured)
}

/// A certificate under the issuer that the index names; gives whether anything is known of it.
fn certificate(folder: &Path, file: &str, (entry, measured): (&serde_json::Value, &mut Measured)) -> bool {
    let (Some(issuer), Some(holds)) = (entry["issuer_file"].as_str(), entry["sig_verified_by_openssl_gost"].as_bool())
    else {
        return false;
    };
    // OpenSSL could not read a key of GOST R 34.10-94; that must not be taken for good.
    let unread = entry["verify_msg"].as_str().is_some_and(|said| said.contains("unable to get certs public key"));
    let expected = if unread { Answer::Unsupported } else { Answer::holds(holds) };
    let Some(octets) = load(folder, file, measured) else { return true };
    let Ok(issuer) = std::fs::read(folder.join(issuer)) else { return false };
    let (Ok(own), Ok(issuer)) = (parse(&octets), parse(&issuer)) else {
        measured.add(file, expected, Answer::Error);
        return true;
    };
    let answer = claim(certificate_claim(&own, &issuer));
    measured.add(file, expected, answer);
    if answer == Answer::Valid && measured.cases.len().is_multiple_of(TURNED_EVERY) {
        flips::certificate(file, &own, &issuer, measured);
    }
    true
}

/// A SignedData of another implementation, as `openssl cms -verify` judged it.
fn message(
    folder: &Path,
    file: &str,
    entry: &serde_json::Value,
    (world, measured): (&mut World, &mut Measured),
) -> Result<bool, String> {
    let reason = entry["openssl_msg"].as_str().unwrap_or_default();
    let expected = match entry["openssl_cms_verify"].as_bool() {
        Some(true) => Answer::Valid,
        // Nothing to compute: it must not be taken for good.
        Some(false) if reason.contains("no content") || reason.contains("signer certificate not found") => {
            Answer::Unsupported
        }
        _ => return Err(format!("the index says something that is not understood: {reason:?}")),
    };
    let judged = JUDGED.iter().find(|(judged, ..)| *judged == file).map(|(_, answer, _)| *answer);
    let Some(octets) = load(folder, file, measured) else { return Ok(true) };
    ask(file, (octets, None), judged.unwrap_or(expected), (world, measured))?;
    Ok(true)
}

/// Asks about a message; in one that must hold and does, bits are turned.
fn ask(
    file: &str,
    (octets, content): (Vec<u8>, Option<Vec<u8>>),
    expected: Answer,
    (world, measured): (&mut World, &mut Measured),
) -> Result<(), String> {
    let octets = armour::strip(&octets).map(std::borrow::Cow::into_owned).unwrap_or(octets);
    let message = Message { octets, content };
    let answer = overall(&world.facts(&message));
    measured.add(file, expected, answer);
    if (expected, answer) == (Answer::Valid, Answer::Valid) {
        flips::message(file, &message, world, measured)?;
    }
    Ok(())
}

/// Published digests. Published signatures are on curves for tests; unit tests have them.
fn digests(folder: &Path, measured: &mut Measured) -> Result<(), String> {
    let Some(vectors) = load(folder, "vectors.json", measured) else { return Ok(()) };
    let vectors: serde_json::Value = serde_json::from_slice(&vectors).map_err(|e| e.to_string())?;
    for (number, vector) in (1..).zip(vectors["hash"].as_array().ok_or("no digests")?) {
        let name = text(vector, "alg")?;
        let algorithm = match name {
            "streebog-256" => DigestAlgorithm::Streebog256,
            "streebog-512" => DigestAlgorithm::Streebog512,
            "gost94-cryptopro" => DigestAlgorithm::GostR341194,
            other => return Err(format!("no digest is called {other}")),
        };
        let digest = armour::hex(&algorithm.digest(&unhex(text(vector, "msg")?)?));
        let same = digest.eq_ignore_ascii_case(text(vector, "hash")?);
        measured.add(format!("vectors.json#{name}-{number}"), Answer::Valid, Answer::holds(same));
    }
    Ok(())
}

/// What the GOST engine made for each parameter set.
fn generated(folder: &Path, (world, measured): (&mut World, &mut Measured)) -> Result<(), String> {
    let Ok(index) = std::fs::read_to_string(folder.join("index.json")) else {
        measured.missing.push("gost-engine-generated/index.json".to_owned());
        return Ok(());
    };
    for entry in cases(&index)? {
        let file = text(&entry, "file")?;
        let expected = Answer::holds(entry["valid"].as_bool().ok_or_else(|| format!("{file}: nothing expected"))?);
        let Some(octets) = load(folder, file, measured) else { continue };
        match text(&entry, "kind")? {
            "self-signed-cert" => {
                let own = parse(&octets);
                measured.add(file, expected, own.map_or(Answer::Error, |own| claim(certificate_claim(&own, &own))));
            }
            "raw-signature-over-content.bin" => raw(folder, (file, &octets), expected, measured)?,
            "cms" => {
                let content = entry["content"].as_str().map(|content| (content, load(folder, content, measured)));
                let (id, content) = match content {
                    Some((_, None)) => continue,
                    Some((name, Some(content))) => (format!("{file}+{name}"), Some(content)),
                    None => (file.to_owned(), None),
                };
                ask(&id, (octets, content), expected, (world, measured))?;
            }
            other => return Err(format!("{file}: no measure for {other}")),
        }
    }
    Ok(())
}

/// A value over `content.bin`, under the key whose PKCS#8 lies beside it; then one of ours with the same key.
fn raw(folder: &Path, (file, value): (&str, &[u8]), expected: Answer, measured: &mut Measured) -> Result<(), String> {
    let set = file.split('.').next().unwrap_or_default();
    let Some(content) = load(folder, "content.bin", measured) else { return Ok(()) };
    let Some(pkcs8) = load(folder, &format!("{set}.key.pem"), measured) else { return Ok(()) };
    let pkcs8 = armour::strip(&pkcs8).map_err(|e| e.to_string())?;
    let key = SigningKey::from_pkcs8_der(&pkcs8).map_err(|e| format!("{set}: {e}"))?;
    let algorithm: SignatureAlgorithm = key.signature_algorithm();
    let ask = |message: &[u8], value: &[u8]| {
        claim(Ok(SignatureClaim { algorithm, key: key.public_key(), message: message.into(), value: value.into() }))
    };
    measured.add(file, expected, ask(&content, value));
    let own = key.sign(&content).map_err(|e| format!("{set}: {e}"))?;
    measured.add(format!("{file}#sign"), Answer::Valid, ask(&content, &own));
    measured.add(format!("{file}#sign-other-content"), Answer::Invalid, ask(b"another content", &own));
    Ok(())
}

fn parse(octets: &[u8]) -> Result<Certificate, String> {
    let octets = armour::strip(octets).map_err(|e| e.to_string())?;
    Certificate::parse(&octets).map_err(|e| e.to_string())
}

fn cases(index: &str) -> Result<Vec<serde_json::Value>, String> {
    let index: serde_json::Value = serde_json::from_str(index).map_err(|e| e.to_string())?;
    Ok(index["cases"].as_array().ok_or("no cases")?.clone())
}

fn text<'a>(value: &'a serde_json::Value, name: &str) -> Result<&'a str, String> {
    value[name].as_str().ok_or_else(|| format!("an index entry without {name}"))
}
