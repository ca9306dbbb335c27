//! The table of algorithms for readers: what each name means on the wire, who signs so, and whether we do.
//!
//! Made from the same rows that signatures are resolved by, so that it cannot say anything else than the code does.

use const_oid::ObjectIdentifier;

use super::algorithm::SignatureAlgorithm;
use super::algorithm_table as table;
use super::digest::DigestAlgorithm;
use super::key::KeyFamily;
use super::key_algorithm::KeyAlgorithm;
use super::rsa_pss::PssParameters;

/// One signature algorithm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlgorithmEntry {
    /// The name of policies, reports and the command line.
    pub name: &'static str,
    /// What a signature names it by: its own identifier, then that of the key where that is met too.
    pub identifiers: Vec<ObjectIdentifier>,
    /// The digest over the message; none where the algorithm takes the message itself.
    pub digest: Option<&'static str>,
    /// Whether keys of ours sign with it.
    pub signs: bool,
}

/// Algorithms of one kind of key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlgorithmGroup {
    /// The name of the key in reports.
    pub key: &'static str,
    /// The identifier of the key's algorithm.
    pub key_identifier: ObjectIdentifier,
    /// What stands in the key's BIT STRING.
    pub key_encoding: &'static str,
    /// How the signature value is written.
    pub value_encoding: &'static str,
    /// Who signs so, and which document says how.
    pub users: &'static str,
    /// The algorithms.
    pub algorithms: Vec<AlgorithmEntry>,
}

/// Every algorithm that is verified, by the kind of key, in the order of the table.
pub fn catalogue() -> Vec<AlgorithmGroup> {
    let pss = [PssParameters::SHA256, PssParameters::SHA384, PssParameters::SHA512].map(SignatureAlgorithm::RsaPss);
    let signed: Vec<SignatureAlgorithm> =
        KeyAlgorithm::ALL.into_iter().flat_map(KeyAlgorithm::signature_algorithms).collect();
    let mut groups: Vec<AlgorithmGroup> = Vec::new();
    for algorithm in table::all().chain(pss) {
        let family = match algorithm {
            SignatureAlgorithm::RsaPss(_) => KeyFamily::RsaPss,
            other => other.family(),
        };
        let entry = AlgorithmEntry {
            name: algorithm.name(),
            identifiers: std::iter::once(algorithm.oid()).chain(family.also_signs_under()).collect(),
            digest: algorithm.digest().map(DigestAlgorithm::name),
            signs: signed.contains(&algorithm),
        };
        match groups.iter_mut().find(|group| group.key == family.name()) {
            Some(group) => group.algorithms.push(entry),
            None => groups.push(AlgorithmGroup { algorithms: vec![entry], ..group(family) }),
        }
    }
    groups
}

fn group(family: KeyFamily) -> AlgorithmGroup {
    let (key_encoding, value_encoding, users) = wire(family);
    AlgorithmGroup {
        key: family.name(),
        key_identifier: family.oid(),
        key_encoding,
        value_encoding,
        users,
        algorithms: Vec::new(),
    }
}

/// Key, value, users. No family is left out: a new one does not compile before it is described here.
fn wire(family: KeyFamily) -> (&'static str, &'static str, &'static str) {
    const EC_POINT: &str = "point, uncompressed or compressed (SEC 1 §2.3.3)";
    const DER_PAIR: &str = "SEQUENCE { r, s } in strict DER";
    match family {
        KeyFamily::Rsa => (
            "RSAPublicKey, 1024 to 16384 bits",
            "as many octets as the modulus (RFC 8017 §8.2)",
            "Kazakh keys of 2015 to 2024; every country that follows ETSI TS 119 312",
        ),
        KeyFamily::RsaPss => (
            "RSAPublicKey under id-RSASSA-PSS or rsaEncryption, any salt and mask digest (RFC 4055)",
            "as many octets as the modulus (RFC 8017 §8.1)",
            "the European Union; centres of Türkiye, whose roots must sign so",
        ),
        KeyFamily::Ec(_) => (
            EC_POINT,
            DER_PAIR,
            "the European Union, Türkiye and whoever else follows ETSI TS 119 312 (RFC 5480, RFC 5639)",
        ),
        KeyFamily::Ed25519 => ("32 octets (RFC 8410)", "64 octets (RFC 8032)", "software and time stamps in Europe"),
        KeyFamily::Ed448 => ("57 octets (RFC 8410)", "114 octets (RFC 8032)", "nobody known; ETSI TS 119 312 lists it"),
        KeyFamily::MlDsa(_) => (
            "the octets of FIPS 204 (RFC 9881)",
            "the octets of FIPS 204, empty context",
            "centres that prepare for quantum computers (RFC 9882)",
        ),
        KeyFamily::GostKz256 | KeyFamily::GostKz512 => (
            "OCTET STRING of x ‖ y, each little-endian",
            "r ‖ s, each little-endian",
            "Kazakhstan: the national centre since 2022 (ST RK GOST R 34.10-2015)",
        ),
        KeyFamily::GostKz2004 => (
            "OCTET STRING of x ‖ y, each little-endian",
            "r ‖ s, each little-endian",
            "Kazakhstan: keys issued until 28.04.2024 (GOST 34.310-2004)",
        ),
        KeyFamily::Gost2012_256 | KeyFamily::Gost2012_512 => (
            "OCTET STRING of x ‖ y, each little-endian, on every CryptoPro and TC26 set",
            "s ‖ r, each big-endian (RFC 9215)",
            "Russia, Kyrgyzstan and others since 2019 (GOST R 34.10-2012)",
        ),
        KeyFamily::Gost2001 => (
            "OCTET STRING of x ‖ y, each little-endian (RFC 4491)",
            "s ‖ r, each big-endian",
            "Russia until 2019 (GOST R 34.10-2001)",
        ),
        KeyFamily::Sm2 => (
            "point (SEC 1 §2.3.3) under ecPublicKey; identity 1234567812345678",
            DER_PAIR,
            "China (GB/T 32918.2, GM/T 0003.2)",
        ),
        KeyFamily::Bign(_) => (
            "x ‖ y, each little-endian, without OCTET STRING",
            "s0 ‖ s1, each little-endian (STB 34.101.45)",
            "Belarus",
        ),
        KeyFamily::Dstu4145 => (
            "OCTET STRING of the compressed x coordinate, named or explicit curve over GF(2^m)",
            "r ‖ s, each little-endian, in an OCTET STRING or bare",
            "Ukraine (DSTU 4145-2002)",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_told_once_and_only_what_is_signed_with_says_so() {
        let names: Vec<&str> = catalogue().iter().flat_map(|g| g.algorithms.iter().map(|a| a.name)).collect();
        let mut unique = names.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), names.len(), "a name stands twice");
        assert_eq!(names.len(), table::all().count().saturating_add(3));
        let signs = |name: &str| {
            catalogue().iter().flat_map(|g| g.algorithms.clone()).find(|a| a.name == name).map(|entry| entry.signs)
        };
        assert_eq!(signs("gost-r-34.10-2015-512-kz"), Some(true));
        assert_eq!(signs("rsa-pkcs1-sha1"), Some(false));
        assert_eq!(signs("ed448"), Some(false));
    }
}
