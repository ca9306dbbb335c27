//! One bit turned, at fixed places: what was found to hold must no longer hold.

use std::ops::Range;

use qoltanba::cms::SignedData;
use qoltanba::x509::{Certificate, Crl};

use super::facts::{Message, World, claim};
use super::{Answer, Measured};

/// Places per part.
const PLACES: usize = 5;

/// Turns bits in every signed part of a message.
pub(crate) fn message(id: &str, message: &Message, world: &mut World, measured: &mut Measured) -> Result<(), String> {
    let before = world.truths(message).map_err(|e| format!("{id}: {e}"))?;
    let signers = world.facts(message).map_err(|e| format!("{id}: {e}"))?;
    let read = SignedData::parse(&message.octets).map_err(|e| format!("{id}: {e}"))?;
    let mut parts: Vec<(String, Range<usize>)> = Vec::new();
    if let Some(content) = &read.content {
        parts.push(("content".to_owned(), place_of(&message.octets, content).ok_or_else(|| format!("{id}: content"))?));
    }
    for (number, (info, facts)) in (1..).zip(read.signer_infos.iter().zip(&signers)) {
        // What does not hold now has nothing to lose.
        if facts.signature != Answer::Valid {
            continue;
        }
        let attributes = info.signed_attrs.as_ref().map(|a| ("attributes", a.raw));
        let own = attributes.into_iter().chain([("value", info.signature.as_ref())]);
        parts.extend(own.filter_map(|(part, o)| Some((format!("{part}{number}"), place_of(&message.octets, o)?))));
        // A certificate that no issuer at hand and no attribute vouches for may be changed by anybody.
        let referenced = info.signed_attrs.as_ref().is_some_and(|a| !a.signing_certificates().is_empty());
        let vouched = |c: &&Certificate| referenced || world.link(c) == Answer::Valid;
        if let Some(certificate) = facts.certificate.as_ref().filter(vouched) {
            parts.extend(certificate_parts(&message.octets, &read, certificate, number));
        }
        for (token, stamp) in info.signature_time_stamps().zip(&facts.stamps) {
            parts.extend(token_parts(&message.octets, token, stamp.tsa.as_ref(), number));
        }
    }
    let mut refuse = |part: &str, changed: &Message, number: usize| {
        let after = world.truths(changed);
        let refused = after.is_err()
            || after.is_ok_and(|after| {
                let lost = before.iter().zip(&after).any(|(b, a)| *b == Answer::Valid && *a != Answer::Valid);
                lost || after.len() != before.len()
            });
        let actual = if refused { Answer::Invalid } else { Answer::Valid };
        measured.add(format!("{id}#flip-{part}-{number}"), Answer::Invalid, actual);
    };
    for (part, range) in parts {
        for (number, octets) in turned(&message.octets, range) {
            refuse(&part, &Message { octets, content: message.content.clone() }, number);
        }
    }
    if let Some(content) = &message.content {
        for (number, content) in turned(content, 0..content.len()) {
            refuse("content", &Message { octets: message.octets.clone(), content: Some(content) }, number);
        }
    }
    Ok(())
}

/// The signer's certificate where it came along: what its issuer signed, and the issuer's signature.
fn certificate_parts(
    octets: &[u8],
    message: &SignedData<'_>,
    certificate: &Certificate,
    number: usize,
) -> Vec<(String, Range<usize>)> {
    let Some(carried) = message.certificates.iter().find(|c| **c == certificate.der()) else { return Vec::new() };
    let Some(whole) = place_of(octets, carried) else { return Vec::new() };
    let within = |part: &[u8]| place_of(certificate.der(), part).map(|r| whole.start + r.start..whole.start + r.end);
    let parts =
        [("certificate", within(certificate.tbs())), ("certificate-value", within(certificate.signature_value()))];
    parts.into_iter().filter_map(|(part, range)| Some((format!("{part}{number}"), range?))).collect()
}

/// What the TSA signed, its signature and its certificate. The rest of a token is not covered by anything.
fn token_parts(octets: &[u8], token: &[u8], tsa: Option<&Certificate>, number: usize) -> Vec<(String, Range<usize>)> {
    let Ok(read) = SignedData::parse(token) else { return Vec::new() };
    let mut parts: Vec<(&str, Option<Range<usize>>)> = Vec::new();
    if let Some(content) = &read.content {
        parts.push(("stamp-content", place_of(octets, content)));
    }
    for info in &read.signer_infos {
        parts.push(("stamp-attributes", info.signed_attrs.as_ref().and_then(|a| place_of(octets, a.raw))));
        parts.push(("stamp-value", place_of(octets, &info.signature)));
    }
    let named = parts.into_iter().filter_map(|(part, range)| Some((format!("{part}{number}"), range?)));
    let certificate = tsa.into_iter().flat_map(|tsa| certificate_parts(octets, &read, tsa, number));
    named.chain(certificate.map(|(part, range)| (format!("stamp-{part}"), range))).collect()
}

/// Turns bits in a certificate; `issuer` signed it.
pub(crate) fn certificate(id: &str, certificate: &Certificate, issuer: &Certificate, measured: &mut Measured) {
    let der = certificate.der();
    signed(id, (der, certificate.tbs(), certificate.signature_value()), measured, |octets| {
        Certificate::parse(octets).map_or(Answer::Error, |c| claim(qoltanba::path::certificate_claim(&c, issuer)))
    });
}

/// Turns bits in a CRL; `issuer` signed it.
pub(crate) fn crl(id: &str, crl: &Crl, issuer: &Certificate, measured: &mut Measured) {
    signed(id, (crl.der(), crl.tbs(), crl.signature_value()), measured, |octets| {
        Crl::parse(octets).map_or(Answer::Error, |c| claim(qoltanba::path::crl_claim(&c, issuer)))
    });
}

/// Turns bits in what is signed and in the signature value, and asks about each.
pub(crate) fn signed(
    id: &str,
    (der, tbs, value): (&[u8], &[u8], &[u8]),
    measured: &mut Measured,
    ask: impl Fn(&[u8]) -> Answer,
) {
    for (part, octets) in [("signed", tbs), ("value", value)] {
        for (number, changed) in place_of(der, octets).into_iter().flat_map(|range| turned(der, range)) {
            measured.add(format!("{id}#flip-{part}-{number}"), Answer::Invalid, ask(&changed));
        }
    }
}

/// The same octets with one bit turned, at places spread evenly over the range, its ends included.
pub(crate) fn turned(octets: &[u8], range: Range<usize>) -> Vec<(usize, Vec<u8>)> {
    let last = range.len().saturating_sub(1);
    let places = PLACES.min(range.len());
    let turn = |number: usize| {
        let mut changed = octets.to_vec();
        changed[range.start + last * number / places.saturating_sub(1).max(1)] ^= 1 << (3 * number % 8);
        (number + 1, changed)
    };
    (0..places).map(turn).collect()
}

/// Where a part stands in the whole. BER may cut a content into chunks; then the beginning of the first one.
pub(crate) fn place_of(whole: &[u8], part: &[u8]) -> Option<Range<usize>> {
    let beginning = part.get(..part.len().min(16))?;
    let find = |part: &[u8]| {
        let at = if part.is_empty() { None } else { whole.windows(part.len()).position(|w| w == part) };
        at.map(|at| at..at + part.len())
    };
    find(part).or_else(|| find(beginning))
}
