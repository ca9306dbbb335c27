//! Broken input through every reader: the corpus where it is there, and messages of our own making cut short and bent.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test finds its corpus by environment and disk"
)]

#[path = "../examples/conformance/suite/mod.rs"]
#[expect(dead_code, reason = "the example uses the rest")]
mod suite;

use qoltanba::codec::armour;
use suite::facts::World;
use suite::{Answer, malformed};

#[test]
fn nothing_in_the_corpus_panics_or_takes_long() {
    let folder = suite::corpora().map(|root| root.join("malformed")).filter(|folder| folder.is_dir());
    let Some(folder) = folder else {
        suite::skip("corpora/malformed");
        return;
    };
    let measured = malformed::measure(&folder).unwrap();
    let faults: Vec<_> = measured.cases.iter().filter(|c| c.actual != Answer::Valid).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(measured.cases.len() > 100, "{} files", measured.cases.len());
}

/// The seeds of `test-vectors/seeds`, all of our own making, each good as it is.
fn seeds() -> Vec<(String, Vec<u8>)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/seeds");
    let mut seeds: Vec<(String, Vec<u8>)> = Vec::new();
    for family in std::fs::read_dir(folder).unwrap() {
        for file in std::fs::read_dir(family.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            seeds.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    assert!(seeds.len() >= 6, "the seeds are part of the repository");
    seeds.sort();
    seeds
}

#[test]
fn seeds_cut_short_are_survived() {
    let mut world = World::new(Vec::new()).unwrap();
    for (name, octets) in seeds() {
        for length in 0..octets.len() {
            assert_eq!(malformed::survives(&octets[..length], &mut world), Answer::Valid, "{name}, first {length}");
        }
        let armoured = armour::encode(&octets);
        for length in (0..armoured.len()).step_by(7) {
            let cut = &armoured.as_bytes()[..length];
            assert_eq!(malformed::survives(cut, &mut world), Answer::Valid, "{name}, base64, first {length}");
        }
    }
}

#[test]
fn seeds_with_one_octet_changed_are_survived() {
    let mut world = World::new(Vec::new()).unwrap();
    for (name, octets) in seeds() {
        // Every fifth place, each with one of five changes in turn: fuzzing does the rest.
        for at in (0..octets.len()).step_by(5) {
            let mut changed = octets.clone();
            changed[at] = [0x00, 0x7f, 0x80, 0xff, octets[at] ^ 0x20][at / 5 % 5];
            assert_eq!(malformed::survives(&changed, &mut world), Answer::Valid, "{name}, octet {at}");
        }
    }
}
