//! Documents of EU DSS's own tests: the CAdES ones; those of other formats count as not supported until they are read.

use std::path::{Path, PathBuf};

use super::facts::{Message, World, overall};
use super::{Answer, Measured};

/// Where DSS's answer rests on how its library compares, and OpenSSL gives the other: (end of the file's name, what is right,
/// why).
const JUDGED: &[(&str, Answer, &str)] = &[
    (
        "C-E-ERS-basic-invalid-sig.p7m",
        Answer::Valid,
        "the signed copy of the algorithm leaves the default trailerField out, the message writes it; both mean the same",
    ),
    (
        "Signature-C-DE_CRY-4.p7m",
        Answer::Valid,
        "exactly the received attributes were signed (docs/divergences.md D-06)",
    ),
];

/// Measures the corpus in this folder.
pub(crate) fn measure(folder: &Path) -> Result<Measured, String> {
    let index = std::fs::read(folder.join("index.json")).map_err(|e| e.to_string())?;
    let index: serde_json::Value = serde_json::from_slice(&index).map_err(|e| e.to_string())?;
    let mut measured = Measured::default();
    let mut world = World::new(Vec::new())?;
    for entry in index["cases"].as_array().ok_or("no cases")? {
        let test = entry["id"].as_str().ok_or("a case without an id")?;
        let file = entry["file"].as_str().ok_or("a case without a file")?;
        let id = format!("{test} {file}");
        let judged = JUDGED.iter().find(|(judged, ..)| file.ends_with(judged)).map(|(_, answer, _)| *answer);
        let Some(expected) = judged.or_else(|| expectation(entry)) else {
            measured.without_expectation += 1;
            continue;
        };
        if entry["format"] != "cades" {
            measured.add(id, expected, Answer::Unsupported);
            continue;
        }
        let Some(octets) = read(folder, file, &mut measured) else { continue };
        let Ok(content) = content(folder, entry, &mut measured) else { continue };
        let has_content = content.is_some();
        let answer = overall(&world.facts(&Message { octets, content }));
        // DSS says no where nothing can be computed for want of content; we say that we cannot tell.
        let waits = expected == Answer::Invalid && answer == Answer::Unsupported && !has_content;
        measured.add(id, if waits { Answer::Unsupported } else { expected }, answer);
    }
    Ok(measured)
}

/// What DSS's test asserts of every signature in the file; `None` where that differs between them or nothing is asserted.
fn expectation(entry: &serde_json::Value) -> Option<Answer> {
    let [valid, intact, references] =
        ["signature_valid", "signature_intact", "references_intact"].map(|name| &entry[name]);
    if entry["target"] != "document" || [valid, intact, references].into_iter().any(|said| said == "mixed") {
        return None;
    }
    let says = |what: bool| [valid, intact, references].into_iter().any(|said| *said == what);
    match (says(false), valid == true) {
        (true, _) => Some(Answer::Invalid),
        (false, true) => Some(Answer::Valid),
        (false, false) => None,
    }
}

/// The content of a case cannot be had.
struct NotHere;

/// The content beside a detached signature, where the case has one.
fn content(folder: &Path, entry: &serde_json::Value, measured: &mut Measured) -> Result<Option<Vec<u8>>, NotHere> {
    if let Some(file) = entry["detached_files"][0].as_str() {
        return read(folder, file, measured).map(Some).ok_or(NotHere);
    }
    let inline = &entry["detached_inline"][0];
    if inline.is_null() {
        return Ok(None);
    }
    let text = inline["text"].as_str();
    measured.without_expectation += usize::from(text.is_none());
    text.map(|text| Some(text.as_bytes().to_vec())).ok_or(NotHere)
}

fn read(folder: &Path, file: &str, measured: &mut Measured) -> Option<Vec<u8>> {
    let places = ["files", "files_large"].map(|part| folder.join(part).join(file));
    let found = places.iter().find_map(|path: &PathBuf| std::fs::read(path).ok());
    if found.is_none() {
        measured.missing.push(file.to_owned());
    }
    found
}
