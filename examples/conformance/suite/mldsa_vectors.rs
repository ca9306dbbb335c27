//! ML-DSA by vectors of NIST (ACVP), and of Wycheproof and BoringSSL as Botan has them. X.509 and CMS use the pure form
//! with the empty context: what was made under a context, or by the internal functions of FIPS 204 §6, must be refused.

use std::collections::BTreeMap;
use std::path::Path;

use qoltanba::codec::der;
use qoltanba::crypto::{MlDsaSet, PublicKey, SignatureAlgorithm, SignatureClaim, SigningKey};

use super::facts::claim;
use super::kz::unhex;
use super::{Answer, Measured, load};

/// One vector: its lines by name.
type Vector = BTreeMap<String, String>;

/// Measures the vectors in this folder.
pub(crate) fn measure(folder: &Path, measured: &mut Measured) -> Result<(), String> {
    let files =
        ["ML-DSA-keyGen.txt", "kat_MLDSA_44_det_pure.rsp", "kat_MLDSA_65_det_pure.rsp", "kat_MLDSA_87_det_pure.rsp"];
    for file in files {
        let Some(octets) = load(folder, file, measured) else { continue };
        for vector in vectors(&octets) {
            keys(file, &vector, measured).map_err(|e| format!("{file}: {e}"))?;
        }
    }
    for file in ["ML-DSA-sigVer.txt", "ML-DSA-sigGen.txt"] {
        let Some(octets) = load(folder, file, measured) else { continue };
        for vector in vectors(&octets) {
            internal(file, &vector, measured).map_err(|e| format!("{file}: {e}"))?;
        }
    }
    if let Some(octets) = load(folder, "evppkey_ml_dsa_sigver.txt", measured) {
        openssl(&vectors(&octets), measured)?;
    }
    if let Some(octets) = load(folder, "ml_dsa_verify.vec", measured) {
        botan(&String::from_utf8_lossy(&octets), measured)?;
    }
    Ok(())
}

/// Paragraphs of `name = value`; a name that comes twice keeps both values, a line each.
fn vectors(octets: &[u8]) -> Vec<Vector> {
    let text = String::from_utf8_lossy(octets).replace('\r', "");
    let lines = |paragraph: &str| {
        let mut vector = Vector::new();
        let pairs = paragraph.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
        for (name, value) in pairs {
            let known = vector.entry(name.trim().to_owned()).or_default();
            *known = if known.is_empty() { value.trim().to_owned() } else { format!("{known}\n{}", value.trim()) };
        }
        vector
    };
    // Files of NIST's have a paragraph a vector; those of the KAT begin each with `count`.
    let text = text.replace("\ncount =", "\n\ncount =");
    text.split("\n\n").map(lines).filter(|vector| !vector.is_empty()).collect()
}

/// Key generation: the seed gives the public key, and the expanded private key belongs to it.
fn keys(file: &str, vector: &Vector, measured: &mut Measured) -> Result<(), String> {
    let Some(seed) = vector.get("xi").or_else(|| vector.get("seed")) else { return Ok(()) };
    let (seed, public, secret) = (unhex(seed)?, unhex(get(vector, "pk")?)?, unhex(get(vector, "sk")?)?);
    let set = set_of(public.len())?;
    let id =
        format!("acvp/{file}#{}{}", set.name(), vector.get("tcId").or_else(|| vector.get("count")).map_or("", |n| n));
    let public = spki(set, &public);
    let forms = [("seed", der::context_primitive(0, &seed)), ("expanded", der::octet_string(&secret))];
    for (form, private_key) in forms {
        let algorithm = der::sequence(&[&der::oid(set.oid())]);
        let pkcs8 = der::sequence(&[&der::integer_u64(0), &algorithm, &der::octet_string(&private_key)]);
        let same = SigningKey::from_pkcs8_der(&pkcs8).is_ok_and(|key| key.public_key().spki_der() == public);
        measured.add(format!("{id}#{form}"), Answer::Valid, Answer::holds(same));
    }
    Ok(())
}

/// Of the internal functions, which have no domain: none of their signatures is one of ours. The same with the prefix of
/// algorithm 3 step 5 put before the message by the caller is: but only a message that begins with two zeros is that.
fn internal(file: &str, vector: &Vector, measured: &mut Measured) -> Result<(), String> {
    let Some(message) = vector.get("message") else { return Ok(()) };
    let public = match vector.get("pk") {
        Some(public) => unhex(public)?,
        None => return Ok(()),
    };
    let set = set_of(public.len())?;
    let answer = holds(set, &public, (&unhex(message)?, &unhex(get(vector, "signature")?)?));
    let id = format!("acvp/{file}#{}-{}-internal", set.name(), get(vector, "tcId")?);
    measured.add(id, Answer::Invalid, answer);
    Ok(())
}

/// NIST's vectors of the external interface, as OpenSSL has them.
fn openssl(vectors: &[Vector], measured: &mut Measured) -> Result<(), String> {
    let mut keys: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for vector in vectors {
        if let Some(named) = vector.get("PublicKeyRaw") {
            let parts: Vec<&str> = named.split(':').collect();
            let [name, _, octets] = parts[..] else { return Err(format!("a key of {} parts", parts.len())) };
            keys.insert(name.to_owned(), unhex(octets)?);
        }
        let Some(named) = vector.get("Verify-Message-Public") else { continue };
        let (_, name) = named.split_once(':').ok_or("a verification without a key")?;
        let public = keys.get(name).ok_or_else(|| format!("no key {name}"))?;
        let controls = vector.get("Ctrl").map_or("", String::as_str);
        let context = controls.lines().find_map(|line| line.strip_prefix("hexcontext-string:")).unwrap_or_default();
        let plain = context.trim().is_empty() && !controls.contains("mu:1");
        let sound = !vector.contains_key("Result");
        let set = set_of(public.len())?;
        let answer = holds(set, public, (&unhex(get(vector, "Input")?)?, &unhex(get(vector, "Output")?)?));
        let about = if plain { "" } else { "#other-domain" };
        measured.add(format!("acvp/evppkey#{name}{about}"), Answer::holds(sound && plain), answer);
    }
    Ok(())
}

/// Wycheproof's and BoringSSL's vectors in Botan's form: a key holds until the next.
fn botan(text: &str, measured: &mut Measured) -> Result<(), String> {
    let (mut key, mut message, mut value, mut about) = (Vec::new(), Vec::new(), Vec::new(), String::new());
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(comment) = line.strip_prefix('#') {
            comment.trim().clone_into(&mut about);
        }
        match line.split_once('=').map(|(name, octets)| (name.trim(), octets.trim())) {
            Some(("Key", octets)) => key = unhex(octets)?,
            Some(("Msg", octets)) => message = unhex(octets)?,
            Some(("Signature", octets)) => value = unhex(octets)?,
            Some(("Valid", valid)) => {
                let set = set_of(key.len());
                let answer = set.map_or(Answer::Error, |set| holds(set, &key, (&message, &value)));
                measured.add(format!("acvp/ml_dsa_verify.vec:{number} {about}"), Answer::holds(valid == "1"), answer);
            }
            _ => {}
        }
    }
    Ok(())
}

fn holds(set: MlDsaSet, public: &[u8], (message, value): (&[u8], &[u8])) -> Answer {
    let Ok(key) = PublicKey::from_spki_der(&spki(set, public)) else { return Answer::Error };
    let algorithm = SignatureAlgorithm::MlDsa(set);
    claim(Ok(SignatureClaim { algorithm, key: &key, message: message.into(), value: value.into() }))
}

fn spki(set: MlDsaSet, public: &[u8]) -> Vec<u8> {
    der::sequence(&[&der::sequence(&[&der::oid(set.oid())]), &der::bit_string(public)])
}

fn set_of(public_size: usize) -> Result<MlDsaSet, String> {
    match public_size {
        1312 => Ok(MlDsaSet::MlDsa44),
        1952 => Ok(MlDsaSet::MlDsa65),
        2592 => Ok(MlDsaSet::MlDsa87),
        other => Err(format!("no set has public keys of {other} octets")),
    }
}

fn get<'a>(vector: &'a Vector, name: &str) -> Result<&'a str, String> {
    vector.get(name).map(String::as_str).ok_or_else(|| format!("a vector without {name}"))
}
