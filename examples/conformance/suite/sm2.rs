//! China: certificates as OpenSSL judged them, private keys good and broken, messages of GM/T 0010, and SM3's published
//! values.

use std::path::Path;

use qoltanba::codec::armour;
use qoltanba::crypto::{DigestAlgorithm, PublicKey, SigningKey};
use qoltanba::path::certificate_claim;
use qoltanba::x509::Certificate;

use super::facts::{Message, World, claim, overall};
use super::kz::unhex;
use super::{Answer, Measured, flips, load};

/// What the messages carry; gmsm's test gives the detached one this content too.
const CONTENT: &[u8] = b"Hello Secret World!";

/// Certificates that read, but whose key is none of ours.
const KEY_REFUSED: &[(&str, &str)] =
    &[("cert/cc8ae0514f4f0dab.der", "the curve is given by its numbers, not by its name")];

/// Where the index errs: OpenSSL took a self-issued certificate that it was told to trust without looking at its
/// signature. (file, what is right, why); computed apart, with schoolbook arithmetic and OpenSSL's SM3.
const JUDGED: &[(&str, Answer, &str)] = &[
    (
        "cert/c9704db50d020cd6.der",
        Answer::Invalid,
        "signed with the key of cert/15905d494b12ca56.der, of the same name",
    ),
    ("cert/58fbd8ab444722de.der", Answer::Invalid, "signed with another key, and over SM3 of the message without Z_A"),
    ("cert/626bb54a10760347.der", Answer::Invalid, "signed with an empty identifier in place of the default one"),
];

/// Of which the index says nothing, or that it could not be verified: (certificate, issuer), found in the same way.
const FOUND: &[(&str, &str)] = &[
    ("036c2474cd165b76", "036c2474cd165b76"),
    ("15905d494b12ca56", "15905d494b12ca56"),
    ("2273e2c4c333f31c", "2273e2c4c333f31c"),
    ("284087551c1a5111", "284087551c1a5111"),
    ("99be9419e9cf0a52", "b63102581d2de9a0"),
    ("b63102581d2de9a0", "b63102581d2de9a0"),
    ("c9704db50d020cd6", "15905d494b12ca56"),
    ("ce47c534de916901", "284087551c1a5111"),
];

/// Measures the corpus in this folder.
pub(crate) fn measure(folder: &Path) -> Result<Measured, String> {
    let mut measured = Measured::default();
    let index = load(folder, "index.json", &mut measured).ok_or("no index")?;
    let index: serde_json::Value = serde_json::from_slice(&index).map_err(|e| e.to_string())?;
    for entry in index["cases"].as_array().ok_or("no cases")? {
        let file = entry["file"].as_str().ok_or("a case without a file")?;
        match entry["kind"].as_str() {
            Some("cert") => certificate(folder, file, (entry, &mut measured))?,
            Some("key") => private_key(folder, file, (entry, &mut measured)),
            _ => measured.without_expectation += 1,
        }
    }
    found(folder, &mut measured)?;
    let mut world = World::new(Vec::new())?;
    for entry in index["gmt0010_pkcs7"].as_array().ok_or("no messages")? {
        let file = entry["file"].as_str().ok_or("a message without a file")?;
        let Some(octets) = load(folder, file, &mut measured) else { continue };
        message(file, octets, None, (&mut world, &mut measured))?;
    }
    published(folder, &mut measured)?;
    Ok(measured)
}

/// The key reads; where OpenSSL found the issuer, its signature holds.
fn certificate(
    folder: &Path,
    file: &str,
    (entry, measured): (&serde_json::Value, &mut Measured),
) -> Result<(), String> {
    let Some(octets) = load(folder, file, measured) else { return Ok(()) };
    let own = Certificate::parse(&octets).map_err(|e| format!("{file}: {e}"))?;
    let refused = KEY_REFUSED.iter().any(|(refused, _)| *refused == file);
    let key = if own.public_key().is_ok() { Answer::Valid } else { Answer::Unsupported };
    measured.add(format!("{file}#key"), if refused { Answer::Unsupported } else { Answer::Valid }, key);
    let verified = entry["verified_openssl"].as_bool() == Some(true);
    let issuer = entry["issuer_file"].as_str().filter(|_| verified);
    let Some(issuer) = issuer.and_then(|issuer| load(folder, issuer, measured)) else {
        measured.without_expectation += 1;
        return Ok(());
    };
    let issuer = Certificate::parse(&issuer).map_err(|e| format!("{file}: {e}"))?;
    let answer = claim(certificate_claim(&own, &issuer));
    let judged = JUDGED.iter().find(|(judged, ..)| *judged == file).map_or(Answer::Valid, |(_, answer, _)| *answer);
    measured.add(file, judged, answer);
    if answer == Answer::Valid {
        flips::certificate(file, &own, &issuer, measured);
    }
    Ok(())
}

fn found(folder: &Path, measured: &mut Measured) -> Result<(), String> {
    for (own, issuer) in FOUND {
        let mut read = |name: &str| -> Result<Option<Certificate>, String> {
            let octets = load(folder, &format!("cert/{name}.der"), measured);
            octets.map(|octets| Certificate::parse(&octets).map_err(|e| format!("{name}: {e}"))).transpose()
        };
        let (Some(certificate), Some(authority)) = (read(own)?, read(issuer)?) else { continue };
        let id = format!("cert/{own}.der#by-{issuer}");
        measured.add(&id, Answer::Valid, claim(certificate_claim(&certificate, &authority)));
        flips::certificate(&id, &certificate, &authority, measured);
    }
    Ok(())
}

/// Tongsuo calls its keys outside of the range `sm2_bad…`; with every other one a signature is made and verified.
fn private_key(folder: &Path, file: &str, (entry, measured): (&serde_json::Value, &mut Measured)) {
    let Some(octets) = load(folder, file, measured) else { return };
    let bad = entry["source"].to_string().contains("sm2_bad");
    let actual = match SigningKey::from_pkcs8_der(&octets) {
        Err(_) => Answer::Error,
        Ok(key) => {
            Answer::holds(key.sign(CONTENT).is_ok() && PublicKey::from_spki_der(key.public_key().spki_der()).is_ok())
        }
    };
    measured.add(file, if bad { Answer::Invalid } else { Answer::Valid }, actual);
}

/// A message of CFCA's toolkit; the index does not say which of them is detached.
pub(crate) fn message(
    file: &str,
    octets: Vec<u8>,
    content: Option<Vec<u8>>,
    (world, measured): (&mut World, &mut Measured),
) -> Result<(), String> {
    let asked = Message { octets, content };
    let answer = overall(&world.facts(&asked));
    if asked.content.is_none() && answer == Answer::Unsupported {
        measured.add(format!("{file}#alone"), Answer::Unsupported, answer);
        return message(file, asked.octets, Some(CONTENT.to_vec()), (world, measured));
    }
    measured.add(file, Answer::Valid, answer);
    if answer == Answer::Valid { flips::message(file, &asked, world, measured) } else { Ok(()) }
}

/// `In = …` and `Out = …` in Botan's form.
fn published(folder: &Path, measured: &mut Measured) -> Result<(), String> {
    let Some(text) = load(folder, "vectors/sm3.vec", measured) else { return Ok(()) };
    let text = String::from_utf8(text).map_err(|e| e.to_string())?;
    let mut message = Vec::new();
    for line in text.lines() {
        if let Some(digits) = line.strip_prefix("In =") {
            message = unhex(digits.trim())?;
        } else if let Some(digits) = line.strip_prefix("Out =") {
            let same = armour::hex(&DigestAlgorithm::Sm3.digest(&message)).eq_ignore_ascii_case(digits.trim());
            measured.add(format!("vectors/sm3.vec#{}", measured.cases.len()), Answer::Valid, Answer::holds(same));
        }
    }
    Ok(())
}
