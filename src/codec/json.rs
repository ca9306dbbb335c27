//! Canonical JSON (RFC 8785): one value, one sequence of octets, so that it can be signed.

use serde::Serialize;

/// Encodes a value after RFC 8785 (JCS): members sorted, no white space, one form for every string and number.
///
/// *Errors*: the value holds what JSON cannot (a map with keys that are no strings, NaN).
pub fn canonical(value: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    serde_json_canonicalizer::to_vec(value)
}

#[cfg(test)]
mod tests {
    #[test]
    fn members_are_sorted_by_utf16_code_units() {
        // RFC 8785 §3.2.3: the order of its example, where U+1F600 sorts before U+FB33.
        let value = serde_json::json!({"\u{fb33}": 1, "\u{1f600}": 2, "b": 3, "a": [1.0, "\u{7}"]});
        let text = String::from_utf8(super::canonical(&value).unwrap()).unwrap();
        assert_eq!(text, "{\"a\":[1,\"\\u0007\"],\"b\":3,\"\u{1f600}\":2,\"\u{fb33}\":1}");
    }
}
