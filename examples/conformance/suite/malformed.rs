//! Broken input through every reader: refused or read, without a panic, each in bounded time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use qoltanba::cms::{SignedData, TimeStampResponse, TstInfo};
use qoltanba::codec::armour;
use qoltanba::crypto::{PublicKey, SigningKey, pkcs12};
use qoltanba::x509::{Certificate, Crl, OcspResponse};

use super::facts::{Message, World};
use super::{Answer, Measured, archive};

/// What one file may take, through all readers together, in an optimised build: ten times of what the slowest takes here alone,
/// for machines that others use, too.
const TIME_MAX: Duration = Duration::from_secs(10);
/// Without optimisation the same work takes longer.
const TIME_MAX_DEBUG: Duration = Duration::from_mins(1);

/// Measures the corpus in this folder: a case is `valid` when nothing panicked and the time was kept.
pub(crate) fn measure(folder: &Path) -> Result<Measured, String> {
    let mut measured = Measured::default();
    let mut world = World::new(Vec::new())?;
    let mut files: Vec<_> = std::fs::read_dir(folder).map_err(|e| e.to_string())?.flatten().map(|e| e.path()).collect();
    files.sort();
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            // XML: not read yet.
            measured.without_expectation += 1;
            continue;
        }
        let octets = std::fs::read(&path).map_err(|e| e.to_string())?;
        let members =
            if name.ends_with(".tar.gz") { archive::tar_gz_members(&octets)? } else { vec![(String::new(), octets)] };
        for (member, octets) in members {
            let actual = survives(&octets, &mut world);
            measured.add(format!("{name}/{member}"), Answer::Valid, actual);
        }
    }
    Ok(measured)
}

/// Hands some octets to every reader.
pub(crate) fn survives(octets: &[u8], world: &mut World) -> Answer {
    let start = Instant::now();
    let done = catch_unwind(AssertUnwindSafe(|| read_everything(octets, world)));
    let bound = if cfg!(debug_assertions) { TIME_MAX_DEBUG } else { TIME_MAX };
    match done {
        Err(_) => Answer::Error,
        Ok(()) if start.elapsed() > bound => Answer::Invalid,
        Ok(()) => Answer::Valid,
    }
}

fn read_everything(octets: &[u8], world: &mut World) {
    drop(armour::strip_all(octets));
    let stripped = armour::strip(octets).unwrap_or_default();
    for input in [octets, &stripped] {
        if let Ok(certificate) = Certificate::parse(input) {
            let link = world.link(&certificate);
            drop(format!("{certificate:?} {link:?} {:?}", certificate.certificate_policies()));
        }
        if let Ok(crl) = Crl::parse(input) {
            drop(format!("{crl:?} {:?}", (crl.issuing_distribution_point(), crl.entry(&[1]))));
        }
        drop(OcspResponse::parse(input));
        drop(SignedData::parse(input).map(|m| format!("{m:?}")));
        drop(TstInfo::parse(input));
        drop(TimeStampResponse::parse(input));
        drop(pkcs12::read(input, "Qwerty12"));
        drop(SigningKey::from_pkcs8_der(input));
        drop(PublicKey::from_spki_der(input));
    }
    drop(world.facts(&Message { octets: octets.to_vec(), content: Some(b"content".to_vec()) }));
}
