//! Armour around binary input: PEM with any label, base64 with or without line breaks, or none.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::{Malformed, MalformedKind};

/// DIVERGENCE D-02: missing padding is accepted, as some portals strip it; alphabet and trailing bits stay strict.
const LENIENT_PADDING: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Takes DER or BER as it is; strips PEM or bare base64 from around it. Text is recognised by its characters: no
/// top-level value of ours starts with a base64 letter, `-` or white space that is followed by text only.
///
/// *Errors*: text that does not read; anything behind the first block of PEM, which nobody would look at.
pub fn strip(input: &[u8]) -> Result<Cow<'_, [u8]>, Malformed> {
    if looks_binary(input) {
        return Ok(Cow::Borrowed(input));
    }
    let text = std::str::from_utf8(input).map_err(|e| text_error(e.valid_up_to()))?;
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with("-----BEGIN") {
        let first = bodies(text)?.into_iter().next().ok_or_else(|| text_error(0))?;
        let (_, behind) = text.split_once("-----END").unwrap_or((text, ""));
        let behind = behind.split_once("-----").map_or(behind, |(_, behind)| behind).trim_start();
        if !behind.is_empty() {
            let at = text.len().saturating_sub(behind.len());
            return Err(Malformed { at, kind: MalformedKind::TrailingOctets, within: "armour" });
        }
        return decode(first).map(Cow::Owned);
    }
    decode(text).map(Cow::Owned)
}

/// Gives the octets of every value in the input: one for binary or bare base64, one per block for PEM.
pub fn strip_all(input: &[u8]) -> Result<Vec<Cow<'_, [u8]>>, Malformed> {
    if !looks_binary(input)
        && let Ok(text) = std::str::from_utf8(input)
        && text.contains("-----BEGIN")
    {
        return bodies(text)?.into_iter().map(|body| decode(body).map(Cow::Owned)).collect();
    }
    strip(input).map(|one| vec![one])
}

/// As `strip_all`, for private keys: no copy of what is inside stays in memory.
pub fn strip_all_secret(input: &[u8]) -> Result<Vec<Zeroizing<Vec<u8>>>, Malformed> {
    if looks_binary(input) {
        return Ok(vec![Zeroizing::new(input.to_vec())]);
    }
    let text = std::str::from_utf8(input).map_err(|e| text_error(e.valid_up_to()))?;
    if text.contains("-----BEGIN") {
        return bodies(text)?.into_iter().map(decode_secret).collect();
    }
    decode_secret(text.trim_start_matches('\u{feff}')).map(|one| vec![one])
}

/// Decodes base64 text, ignoring white space between its characters.
pub fn decode(text: &str) -> Result<Vec<u8>, Malformed> {
    // White space is none of the alphabet, so what decodes as it stands has none.
    if let Some(octets) = LENIENT_PADDING.decode(text).ok().filter(|octets| !octets.is_empty()) {
        return Ok(octets);
    }
    let packed = text.split_ascii_whitespace().collect::<Vec<_>>().concat();
    if packed.is_empty() {
        return Err(text_error(0));
    }
    LENIENT_PADDING.decode(&packed).map_err(|_| text_error(0))
}

fn decode_secret(text: &str) -> Result<Zeroizing<Vec<u8>>, Malformed> {
    // Room for all of it beforehand: a buffer that grows leaves copies behind.
    let mut packed = Zeroizing::new(Vec::with_capacity(text.len()));
    packed.extend(text.bytes().filter(|b| !b.is_ascii_whitespace()));
    let mut octets = Zeroizing::new(Vec::with_capacity(text.len()));
    LENIENT_PADDING.decode_vec(packed.as_slice(), &mut octets).map_err(|_| text_error(0))?;
    if octets.is_empty() { Err(text_error(0)) } else { Ok(octets) }
}

/// Encodes as base64 in one line.
pub fn encode(octets: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(octets)
}

/// Encodes as PEM under `label`, 64 columns.
pub fn encode_pem(label: &str, octets: &[u8]) -> String {
    let body = encode(octets);
    let mut out = format!("-----BEGIN {label}-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, following) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = following;
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

/// Lower-case hexadecimal.
pub fn hex(octets: &[u8]) -> String {
    // INVARIANT: half an octet is a digit of base 16.
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or_default();
    let mut out = String::with_capacity(octets.len().saturating_mul(2));
    for octet in octets {
        out.push(digit(octet >> 4));
        out.push(digit(octet & 15));
    }
    out
}

fn looks_binary(input: &[u8]) -> bool {
    // A SEQUENCE tag is also the digit `0`, so the length octet decides: base64 of a SEQUENCE starts with `M`.
    let sample = input.get(..input.len().min(256)).unwrap_or(input);
    !sample.iter().all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace()) && !sample.starts_with(&[0xef, 0xbb, 0xbf])
}

/// What stands between the lines of every PEM block.
fn bodies(text: &str) -> Result<Vec<&str>, Malformed> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after_begin)) = rest.split_once("-----BEGIN") {
        let (_, body) = after_begin.split_once("-----").ok_or_else(|| text_error(0))?;
        let (body, after) = body.split_once("-----END").ok_or_else(|| text_error(text.len()))?;
        // RFC 1421 headers (`Proc-Type: …`) end with a blank line.
        let body = match body.split_once("\n\n").or_else(|| body.split_once("\r\n\r\n")) {
            Some((headers, encoded)) if headers.contains(':') => encoded,
            _ => body,
        };
        found.push(body);
        rest = after;
    }
    if found.is_empty() { Err(text_error(0)) } else { Ok(found) }
}

fn text_error(at: usize) -> Malformed {
    Malformed { at, kind: MalformedKind::Text, within: "armour" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_octets_come_out_of_every_armour() {
        let der = crate::codec::der::octet_string(&[0xab; 100]);
        let line = encode(&der);
        let broken =
            line.as_bytes().chunks(20).map(|c| String::from_utf8_lossy(c).into_owned() + "\r\n").collect::<String>();
        let pem = encode_pem("CMS", &der);
        for input in [der.clone(), line.into_bytes(), broken.into_bytes(), pem.into_bytes()] {
            assert_eq!(strip(&input).unwrap().as_ref(), der.as_slice());
            assert_eq!(strip_all_secret(&input).unwrap()[0].as_slice(), der.as_slice());
        }
    }

    #[test]
    fn hexadecimal_has_two_digits_for_each_octet() {
        assert_eq!(hex(&[0, 9, 0xa0, 0xff]), "0009a0ff");
    }

    #[test]
    fn text_that_is_no_base64_is_refused() {
        for bad in ["", "   ", "hello, world!", "-----BEGIN CMS-----\nAAAA", "{\"a\":1}"] {
            assert!(strip(bad.as_bytes()).is_err(), "{bad:?}");
            assert!(strip_all_secret(bad.as_bytes()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn every_block_of_a_pem_file_is_given() {
        let two = encode_pem("CERTIFICATE", &[1, 2, 3]) + &encode_pem("X509 CRL", &[4]);
        let blocks = strip_all(two.as_bytes()).unwrap();
        assert_eq!(blocks.iter().map(|b| b.to_vec()).collect::<Vec<_>>(), [vec![1, 2, 3], vec![4]]);
        // Where one value is expected, nothing stands behind it unseen.
        for behind in [two.as_str(), &(encode_pem("CMS", &[1]) + "signed by somebody else\n")] {
            assert_eq!(strip(behind.as_bytes()).unwrap_err().kind, MalformedKind::TrailingOctets);
        }
        assert_eq!(strip((encode_pem("CMS", &[1]) + " \r\n\n").as_bytes()).unwrap().as_ref(), [1]);
        let secret = strip_all_secret(two.as_bytes()).unwrap();
        assert_eq!(secret.iter().map(|b| b.to_vec()).collect::<Vec<_>>(), [vec![1, 2, 3], vec![4]]);
    }
}
