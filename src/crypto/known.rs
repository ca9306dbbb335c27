//! Names for identifiers that are met and mean something: what an error says beside the number.

use std::fmt;

use const_oid::ObjectIdentifier;

/// Identifier and name: keys, signatures and digests that no row of ours has.
const KNOWN: [(&str, &str); 26] = [
    // RFC 9881 §2 and RFC 9882 §3.1 leave the pre-hashed form out on purpose.
    ("2.16.840.1.101.3.4.3.32", "HashML-DSA-44 with SHA-512"),
    ("2.16.840.1.101.3.4.3.33", "HashML-DSA-65 with SHA-512"),
    ("2.16.840.1.101.3.4.3.34", "HashML-DSA-87 with SHA-512"),
    ("1.2.804.2.1.1.1.1.3.1.1.1.1", "DSTU 4145, big-endian (Ukraine)"),
    ("1.2.804.2.1.1.1.1.3.1.2", "DSTU 4145 in a normal basis (Ukraine)"),
    ("1.2.804.2.1.1.1.1.3.6.1", "DSTU 4145 with Kupyna-256 (Ukraine)"),
    ("1.2.804.2.1.1.1.1.3.6.2", "DSTU 4145 with Kupyna-384 (Ukraine)"),
    ("1.2.804.2.1.1.1.1.3.6.3", "DSTU 4145 with Kupyna-512 (Ukraine)"),
    ("1.2.860.3.15.1.1.2.1", "O'z DSt 1092:2009 (Uzbekistan)"),
    ("1.2.860.3.15.1.1.2.2.2.2", "O'z DSt 1092:2009 with O'z DSt 1106:2009 (Uzbekistan)"),
    ("1.2.860.3.15.1.3.2.1.1", "O'z DSt 1106:2009 (Uzbekistan)"),
    ("1.2.860.3.15.2.1.2.1", "O'zMSt 286:2024 (Uzbekistan)"),
    ("1.2.860.3.15.2.1.2.2.2.2", "O'zMSt 286:2024 with O'zMSt 285:2024 (Uzbekistan)"),
    ("1.2.860.3.15.2.3.2.1.1", "O'zMSt 285:2024 (Uzbekistan)"),
    ("1.2.112.0.2.0.34.101.45.11", "bign with a digest named apart (Belarus)"),
    ("1.2.156.10197.1.504", "RSA with SM3 (China)"),
    ("1.2.643.2.2.20", "GOST R 34.10-94 (Russia)"),
    ("1.2.643.2.2.4", "GOST R 34.10-94 with GOST R 34.11-94 (Russia)"),
    ("1.2.840.10040.4.1", "DSA"),
    ("1.2.840.10040.4.3", "DSA with SHA-1"),
    ("2.16.840.1.101.3.4.3.2", "DSA with SHA-256"),
    ("1.2.840.113549.1.1.2", "RSA with MD2"),
    ("1.2.840.113549.1.1.4", "RSA with MD5"),
    ("1.2.840.113549.2.5", "MD5"),
    ("1.3.101.110", "X25519, which agrees on keys and signs nothing"),
    ("1.3.101.111", "X448, which agrees on keys and signs nothing"),
];

/// The name of an identifier, where it is one that is met.
pub(super) fn name_of(oid: ObjectIdentifier) -> Option<&'static str> {
    let text = oid.to_string();
    KNOWN.iter().find(|(known, _)| *known == text).map(|(_, name)| *name)
}

/// An identifier as a person reads it: with its name, where that is known.
pub(crate) struct Named(pub(crate) ObjectIdentifier);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match name_of(self.0) {
            Some(name) => write!(f, "{name}, {}", self.0),
            None => self.0.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{DigestAlgorithm, KeyError, UnsupportedAlgorithm};

    #[test]
    fn what_is_known_is_called_by_its_name_and_nothing_has_two() {
        let oid = ObjectIdentifier::new_unwrap("1.2.860.3.15.1.1.2.1");
        let said = KeyError::UnknownAlgorithm { oid }.to_string();
        assert_eq!(said, "key algorithm O'z DSt 1092:2009 (Uzbekistan), 1.2.860.3.15.1.1.2.1 is not supported");
        let oid = ObjectIdentifier::new_unwrap("1.2.3.4");
        let said = UnsupportedAlgorithm::Unknown { oid }.to_string();
        assert_eq!(said, "signature algorithm 1.2.3.4 is not supported");
        for (number, (oid, _)) in KNOWN.iter().enumerate() {
            assert!(KNOWN.iter().skip(number + 1).all(|(other, _)| other != oid), "{oid} stands there twice");
            let oid = ObjectIdentifier::new(oid).unwrap();
            assert_eq!(DigestAlgorithm::from_oid(oid), None, "{oid} is supported");
            assert!(super::super::algorithm_table::all().all(|row| row.oid() != oid), "{oid} is supported");
        }
    }
}
