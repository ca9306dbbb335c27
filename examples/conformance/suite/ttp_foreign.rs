//! The neighbours: every certificate of the Russian register, the Belarusian root, and samples of Ukraine and China.
//! Each must read, name its key, and verify where its issuer is at hand.

use std::collections::HashMap;
use std::path::Path;

use qoltanba::codec::armour;
use qoltanba::path::certificate_claim;
use qoltanba::x509::Certificate;

use super::archive::tar_gz_members;
use super::facts::{Message, World, claim, overall};
use super::{Answer, Measured, flips, load, sm2};

/// Russian certificates in which bits are turned: every one in so many.
const TURNED_EVERY: usize = 50;

/// How many certificates `RU/census.txt` counts.
const RUSSIAN: usize = 2_403;

/// Certificates with their issuers (INDEX.md).
const NEIGHBOURS: &[(&str, &str)] = &[
    ("BY/kuc.cer", "BY/kuc.cer"),
    ("BY/ruc.cer", "BY/kuc.cer"),
    ("UA/CZOROOT.cer", "UA/CZOROOT.cer"),
    ("UA/CA-Justice.cer", "UA/CZOROOT.cer"),
    ("UA/SELF_SIGNED1.cer", "UA/SELF_SIGNED1.cer"),
];

/// Certificates whose issuer is not there: the key reads.
const KEYS: &[&str] = &["UA/SFS_1.cer", "UA/CA-Justice-ECDSA-261217.cer"];

/// Messages that verify with the certificate they carry (jkurwa's), the second with the content of the first beside it.
const UKRAINIAN: &[(&str, Option<&[u8]>)] = &[("UA/message.p7", None), ("UA/message_detached.p7", Some(b"123"))];

/// Measures the corpus in this folder.
pub(crate) fn measure(folder: &Path) -> Result<Measured, String> {
    let mut measured = Measured::default();
    russian(folder, &mut measured)?;
    for (own, issuer) in NEIGHBOURS {
        neighbour(folder, (own, issuer), &mut measured)?;
    }
    let mut world = World::new(Vec::new())?;
    for file in ["CN/cfca_sadkSignedData.p7s", "CN/cfca_sadkSignedDataDetach.p7s"] {
        let Some(octets) = load(folder, file, &mut measured) else { continue };
        sm2::message(file, octets, None, (&mut world, &mut measured))?;
    }
    for (file, content) in UKRAINIAN {
        let Some(octets) = load(folder, file, &mut measured) else { continue };
        let message = Message { octets, content: content.map(<[u8]>::to_vec) };
        let answer = overall(&world.facts(&message));
        measured.add(*file, Answer::Valid, answer);
        if answer == Answer::Valid {
            flips::message(file, &message, &mut world, &mut measured)?;
        }
    }
    for file in KEYS {
        let Some(octets) = load(folder, file, &mut measured) else { continue };
        let key = Certificate::parse(&octets).map_or(Answer::Error, |c| Answer::holds(c.public_key().is_ok()));
        measured.add(format!("{file}#key"), Answer::Valid, key);
    }
    Ok(measured)
}

/// Every certificate of the register reads and names its key; where its issuer is another of them, it verifies.
fn russian(folder: &Path, measured: &mut Measured) -> Result<(), String> {
    let Some(archive) = load(folder, "RU/accredited-ca-2403.tar.gz", measured) else { return Ok(()) };
    let members = tar_gz_members(&archive)?;
    let mut all = Vec::new();
    for (name, octets) in members.iter().filter(|(name, _)| Path::new(name).extension().is_some_and(|e| e == "pem")) {
        let octets = armour::strip(octets).map_err(|e| format!("{name}: {e}"))?;
        let read = Certificate::parse(&octets);
        let key = read.as_ref().map_or(Answer::Error, |c| Answer::holds(c.public_key().is_ok()));
        measured.add(format!("RU/{name}#key"), Answer::Valid, key);
        all.extend(read.ok().map(|certificate| (name.clone(), certificate)));
    }
    measured.add("RU/census.txt", Answer::Valid, Answer::holds(all.len() == RUSSIAN));
    let mut by_subject: HashMap<Vec<u8>, Vec<&Certificate>> = HashMap::new();
    for (_, certificate) in &all {
        by_subject.entry(certificate.subject().comparable().to_vec()).or_default().push(certificate);
    }
    for (number, (name, own)) in all.iter().enumerate() {
        let issuers = by_subject.get(own.issuer().comparable()).map(Vec::as_slice).unwrap_or_default();
        // One authority has several keys; the identifier says which is meant.
        let meant = |issuer: &&&Certificate| match (own.authority_key_identifier(), issuer.subject_key_identifier()) {
            (Some(wanted), Some(has)) => wanted == has,
            _ => own.der() == issuer.der(),
        };
        let Some(issuer) = issuers.iter().find(meant) else {
            measured.without_expectation += 1;
            continue;
        };
        let answer = claim(certificate_claim(own, issuer));
        measured.add(format!("RU/{name}"), Answer::Valid, answer);
        if answer == Answer::Valid && number.is_multiple_of(TURNED_EVERY) {
            flips::certificate(name, own, issuer, measured);
        }
    }
    Ok(())
}

fn neighbour(folder: &Path, (own, issuer): (&str, &str), measured: &mut Measured) -> Result<(), String> {
    let (Some(octets), Some(authority)) = (load(folder, own, measured), load(folder, issuer, measured)) else {
        return Ok(());
    };
    let read = |octets: &[u8]| Certificate::parse(octets).map_err(|e| format!("{own}: {e}"));
    let (certificate, issuer) = (read(&octets)?, read(&authority)?);
    let answer = claim(certificate_claim(&certificate, &issuer));
    measured.add(own, Answer::Valid, answer);
    if answer == Answer::Valid {
        flips::certificate(own, &certificate, &issuer, measured);
    }
    Ok(())
}
