//! JSON Web Signature in compact serialization (RFC 7515 §7.1): taken apart and put together, never judged.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::{Malformed, MalformedKind};
use crate::limits::{JWS_HEADER_BYTES_MAX, Limit};

/// The header parameters that are read (RFC 7515 §4.1, TS 119 182-1 §5); any other is passed over, as RFC 7515 §4 asks,
/// unless `crit` names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JwsHeader {
    /// The algorithm (RFC 7518 §3.1).
    pub alg: String,
    /// The media type of the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub typ: Option<String>,
    /// The media type of the payload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cty: Option<String>,
    /// When it was signed, in seconds since 1970 (TS 119 182-1 §5.1.11).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// The signer's certificate and those above it, DER in base64 (§4.1.6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x5c: Option<Vec<String>>,
    /// SHA-256 of the signer's certificate, base64url (§4.1.8).
    #[serde(rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    pub x5t_s256: Option<String>,
    /// Whether the payload is base64url (RFC 7797).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub b64: Option<bool>,
    /// Parameters that must be understood (§4.1.11).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crit: Option<Vec<String>>,
}

/// A JWS, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jws<'a> {
    /// Its protected header.
    pub header: JwsHeader,
    /// What was signed, decoded.
    pub payload: Vec<u8>,
    /// The octets that the signature covers: header and payload as they came (§5.1, step 8).
    pub signing_input: &'a [u8],
    /// The signature value.
    pub signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    /// Takes a compact JWS apart; white space around it is passed over.
    ///
    /// *Takes* the bound on its length. *Errors*: `Malformed` with the offset of the part that does not read; `crit` that
    /// is there and names anything, `b64` that is false (neither is understood here).
    pub fn parse(octets: &'a [u8], bytes_max: &'static Limit) -> Result<Self, Malformed> {
        let fault = |at, kind| Malformed { at, kind, within: "JWS" };
        bytes_max.check(octets.len()).map_err(|e| fault(0, MalformedKind::Limit(e)))?;
        let trimmed = octets.trim_ascii();
        let text = std::str::from_utf8(trimmed).map_err(|e| fault(e.valid_up_to(), MalformedKind::Text))?;
        let (covered, signature) = text.rsplit_once('.').ok_or_else(|| fault(0, MalformedKind::Text))?;
        let (header, payload) = covered.split_once('.').ok_or_else(|| fault(0, MalformedKind::Text))?;
        let payload_at = header.len().saturating_add(1);
        let signature_at = covered.len().saturating_add(1);
        let decode = |part: &str, at| URL_SAFE_NO_PAD.decode(part).map_err(|_| fault(at, MalformedKind::Text));
        JWS_HEADER_BYTES_MAX.check(header.len()).map_err(|e| fault(0, MalformedKind::Limit(e)))?;
        let header: JwsHeader =
            serde_json::from_slice(&decode(header, 0)?).map_err(|_| fault(0, MalformedKind::Value))?;
        if header.crit.is_some() || header.b64 == Some(false) {
            return Err(fault(0, MalformedKind::Value));
        }
        Ok(Self {
            header,
            payload: decode(payload, payload_at)?,
            signing_input: covered.as_bytes(),
            signature: decode(signature, signature_at)?,
        })
    }
}

/// The octets to be signed for a header and a payload (§5.1, step 8).
///
/// *Errors*: none of a header of ours, whose members are strings and numbers.
pub fn signing_input(header: &JwsHeader, payload: &[u8]) -> Result<String, serde_json::Error> {
    let header = serde_json::to_vec(header)?;
    Ok(format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload)))
}

/// Octets as a JWS writes them: base64url without padding (§2).
pub fn encode_url(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

/// Puts a compact JWS together from what was signed and its value (§7.1).
pub fn compact(signing_input: &str, signature: &[u8]) -> String {
    format!("{signing_input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::INPUT_BYTES_MAX;

    /// RFC 7515, appendix A.3.
    const A3: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19\
                      yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

    fn parse(text: &str) -> Result<Jws<'_>, Malformed> {
        Jws::parse(text.as_bytes(), &INPUT_BYTES_MAX)
    }

    #[test]
    fn the_example_of_the_rfc_comes_apart_and_goes_together() {
        let jws = parse(A3).unwrap();
        assert_eq!(jws.header, JwsHeader { alg: "ES256".into(), ..JwsHeader::default() });
        assert!(jws.payload.starts_with(b"{\"iss\":\"joe\",\r\n"));
        assert_eq!(jws.signature.len(), 64);
        let input = signing_input(&jws.header, &jws.payload).unwrap();
        assert_eq!(input.as_bytes(), jws.signing_input);
        assert_eq!(compact(&input, &jws.signature), A3);
    }

    #[test]
    fn what_is_not_three_parts_of_strict_base64url_is_refused() {
        let (input, signature) = A3.rsplit_once('.').unwrap();
        for bad in [
            String::new(),
            "a.b".into(),
            format!("{A3}."),
            format!("{A3}="),
            format!("{input}.{signature}x"),
            A3.replace('-', "+"),
            A3.replacen('.', " .", 1),
            // The last character of 64 octets carries four bits that must be zero.
            format!("{}R", A3.strip_suffix('Q').unwrap()),
        ] {
            assert!(parse(&bad).is_err(), "{bad}");
        }
        assert!(parse(&format!(" {A3}\n")).is_ok());
    }

    #[test]
    fn a_header_that_asks_for_more_than_is_understood_is_refused() {
        let with = |header: &str| {
            let text = format!("{}.e30.AA", URL_SAFE_NO_PAD.encode(header));
            parse(&text).map(|jws| jws.header.alg)
        };
        assert_eq!(with(r#"{"alg":"ES256","unheard":{"of":1},"b64":true}"#), Ok("ES256".into()));
        for bad in [
            r#"{"alg":"ES256","crit":["b64"],"b64":false}"#,
            r#"{"alg":"ES256","b64":false}"#,
            r#"{"alg":"ES256","crit":[]}"#,
            r#"{"alg":"ES256","crit":["sigD"],"sigD":{}}"#,
            r#"{"alg":"ES256","alg":"RS256"}"#,
            r#"{"typ":"JOSE"}"#,
            r#"["ES256"]"#,
        ] {
            assert!(with(bad).is_err(), "{bad}");
        }
    }
}
