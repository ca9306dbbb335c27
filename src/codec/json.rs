//! Canonical JSON (RFC 8785): one value, one sequence of octets, so that it can be signed; octets in JSON.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::armour;

/// Encodes a value after RFC 8785 (JCS): members sorted, no white space, one form for every string and number.
///
/// *Errors*: the value holds what JSON cannot (a map with keys that are no strings, NaN).
pub fn canonical(value: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    serde_json_canonicalizer::to_vec(value)
}

/// Octets that are base64 in JSON. `Debug` tells how many there are, not which.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Base64(pub Vec<u8>);

impl fmt::Debug for Base64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} octets", self.0.len())
    }
}

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&armour::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        // No octets at all are written as an empty string, which is no base64 anywhere else of ours.
        if text.is_empty() {
            return Ok(Self::default());
        }
        armour::decode(&text).map(Self).map_err(|_| serde::de::Error::custom("this is not base64"))
    }
}

#[cfg(test)]
mod tests {
    use super::Base64;

    #[test]
    fn octets_go_through_json_and_back_and_what_is_no_base64_is_refused() {
        for octets in [&b""[..], b"\0\xff"] {
            let text = serde_json::to_string(&Base64(octets.to_vec())).unwrap();
            assert_eq!(serde_json::from_str::<Base64>(&text).unwrap().0, octets);
        }
        for bad in ["\"a!\"", "\"A\"", "7", "null"] {
            assert!(serde_json::from_str::<Base64>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn members_are_sorted_by_utf16_code_units() {
        // RFC 8785 §3.2.3: the order of its example, where U+1F600 sorts before U+FB33.
        let value = serde_json::json!({"\u{fb33}": 1, "\u{1f600}": 2, "b": 3, "a": [1.0, "\u{7}"]});
        let text = String::from_utf8(super::canonical(&value).unwrap()).unwrap();
        assert_eq!(text, "{\"a\":[1,\"\\u0007\"],\"b\":3,\"\u{1f600}\":2,\"\u{fb33}\":1}");
    }
}
