//! CMS messages of other implementations: what OpenSSL measured, RFC 4134, and messages that must be refused.

use std::path::Path;

use qoltanba::codec::armour;

use super::facts::{Message, World, overall};
use super::{Answer, Measured, load};

/// The examples of RFC 4134 §4 that are SignedData with signers, all of them good; 4.3 has its content beside it.
const RFC4134: &[&str] = &["4.1", "4.3", "4.4", "4.5", "4.6", "4.7", "4.10"];
/// OpenSSL's own refusals (`80-test_cms`).
const REFUSED: &[&str] = &["bad_signtime_attr.cms", "ct_multiple_attr.cms", "no_ct_attr.cms", "no_md_attr.cms"];

/// Where the measured result is OpenSSL's own limit: (file, what is right, why).
const JUDGED: &[(&str, Answer, &str)] = &[(
    "files/e05479e72111a5fd.der",
    Answer::Valid,
    "Ed25519 over the content itself (RFC 8419 §3.1), which `openssl cms` 3.0 does not do; `openssl pkeyutl -rawin` \
         verifies it, and it is a good sample of GnuTLS",
)];

/// Measures the corpus in this folder.
pub(crate) fn measure(folder: &Path) -> Result<Measured, String> {
    let index = std::fs::read(folder.join("index.json")).map_err(|e| e.to_string())?;
    let index: serde_json::Value = serde_json::from_slice(&index).map_err(|e| e.to_string())?;
    let mut measured = Measured::default();
    let mut world = World::new(Vec::new())?;
    for entry in index["cases"].as_array().ok_or("no cases")? {
        let file = entry["file"].as_str().ok_or("a case without a file")?;
        let judged = JUDGED.iter().find(|(judged, ..)| *judged == file).map(|(_, answer, _)| *answer);
        let measured_answer = expectation(entry).map_err(|e| format!("{file}: {e}"))?;
        let expected = judged.or(measured_answer);
        let Some(octets) = load(folder, file, &mut measured) else { continue };
        match expected {
            Some(expected) => ask(file, (octets, None), expected, (&mut world, &mut measured)),
            None => measured.without_expectation += 1,
        }
    }
    let content = load(folder, "rfc4134/ExContent.bin", &mut measured);
    for number in RFC4134 {
        let file = format!("rfc4134/{number}.bin");
        let Some(octets) = load(folder, &file, &mut measured) else { continue };
        let content = content.clone().filter(|_| *number == "4.3");
        ask(&file, (octets, content), Answer::Valid, (&mut world, &mut measured));
    }
    for name in REFUSED {
        let file = format!("openssl/80-test_cms_data/{name}");
        let Some(octets) = load(folder, &file, &mut measured) else { continue };
        ask(&file, (octets, None), Answer::Invalid, (&mut world, &mut measured));
    }
    Ok(measured)
}

fn ask(
    file: &str,
    (octets, content): (Vec<u8>, Option<Vec<u8>>),
    expected: Answer,
    (world, measured): (&mut World, &mut Measured),
) {
    let octets = armour::strip(&octets).map(std::borrow::Cow::into_owned).unwrap_or(octets);
    measured.add(file, expected, overall(&world.facts(&Message { octets, content })));
}

/// What `openssl cms -verify -noverify` said; `None` where it says nothing about the signature.
fn expectation(entry: &serde_json::Value) -> Result<Option<Answer>, String> {
    let holds = entry["openssl_3.0.22_verify"].as_bool().ok_or("no measured result")?;
    let message = entry["openssl_msg"].as_str().unwrap_or_default();
    if holds {
        return Ok(Some(Answer::Valid));
    }
    let said = |reason: &str| message.contains(reason);
    if said("content verify error") || said("attribute error") {
        Ok(Some(Answer::Invalid))
    } else if said("no content") || said("no signers") || said("signer certificate not found") {
        // Nothing to compute: it must not be taken for good.
        Ok(Some(Answer::Unsupported))
    } else if said("unknown digest algorithm") || said("no public key") || said("nested asn1 error") {
        // OpenSSL knows neither the algorithm nor the shape; that says nothing about the signature.
        Ok(None)
    } else {
        Err(format!("the index says something that is not understood: {message:?}"))
    }
}
