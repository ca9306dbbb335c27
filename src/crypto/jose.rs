//! Algorithms as JSON Web Signatures name them (RFC 7518 §3.1, RFC 8037, RFC 9864), and their values there.

use super::algorithm::SignatureAlgorithm;
use super::algorithm_table as table;
use super::digest::DigestAlgorithm as D;
use super::ec_curve::EcCurve;
use super::key::PublicKey;
use super::mldsa::MlDsaSet;
use super::rsa_pss::PssParameters;
use crate::codec::der::{self, Encoding, Reader};

impl SignatureAlgorithm {
    /// The `alg` of a JWS: the registered name; a `urn:oid:` of the signature algorithm where none is registered (RFC 7518
    /// §3.1 asks for a name that cannot collide), as for the national ones.
    pub fn jose_name(self) -> String {
        self.registered_jose_name().map_or_else(|| format!("urn:oid:{}", self.oid()), str::to_owned)
    }

    /// What an `alg` means for this key; `None` for an unknown name, `none` above all, and for a key of another kind.
    pub fn from_jose(name: &str, key: &PublicKey) -> Option<Self> {
        let name = if matches!(name, "Ed25519" | "Ed448") { "EdDSA" } else { name };
        let pss = [PssParameters::SHA256, PssParameters::SHA384, PssParameters::SHA512].map(Self::RsaPss);
        let named = |algorithm: &Self| algorithm.jose_name() == name && key.goes_with(*algorithm);
        table::all().chain(pss).find(named).filter(|_| key.check_strength().is_ok())
    }

    /// A value as this program has it (that of CMS) from the value of a JWS; `None` where it cannot be one.
    pub fn value_from_jose(self, value: &[u8]) -> Option<Vec<u8>> {
        let Some(size) = self.jose_half() else { return Some(value.to_vec()) };
        // RFC 7518 §3.4: r ‖ s, each of the size of the order.
        let (r, s) = value.split_at_checked(size).filter(|(_, s)| s.len() == size)?;
        Some(der::sequence(&[&der::integer(r), &der::integer(s)]))
    }

    /// The value of a JWS from a value as this program has it; `None` where it is none.
    pub fn value_to_jose(self, value: &[u8]) -> Option<Vec<u8>> {
        let Some(size) = self.jose_half() else { return Some(value.to_vec()) };
        let mut outer = Reader::new(value, Encoding::Der, "Ecdsa-Sig-Value");
        let mut body = outer.sequence().ok()?;
        let mut joined = padded(body.integer().ok()?, size)?;
        joined.extend(padded(body.integer().ok()?, size)?);
        body.finish().ok()?;
        outer.finish().ok()?;
        Some(joined)
    }

    fn registered_jose_name(self) -> Option<&'static str> {
        Some(match self {
            Self::RsaPkcs1(D::Sha256) => "RS256",
            Self::RsaPkcs1(D::Sha384) => "RS384",
            Self::RsaPkcs1(D::Sha512) => "RS512",
            Self::RsaPss(PssParameters::SHA256) => "PS256",
            Self::RsaPss(PssParameters::SHA384) => "PS384",
            Self::RsaPss(PssParameters::SHA512) => "PS512",
            Self::Ecdsa(EcCurve::P256, D::Sha256) => "ES256",
            Self::Ecdsa(EcCurve::P384, D::Sha384) => "ES384",
            Self::Ecdsa(EcCurve::P521, D::Sha512) => "ES512",
            Self::Ed25519 | Self::Ed448 => "EdDSA",
            Self::MlDsa(MlDsaSet::MlDsa44) => "ML-DSA-44",
            Self::MlDsa(MlDsaSet::MlDsa65) => "ML-DSA-65",
            Self::MlDsa(MlDsaSet::MlDsa87) => "ML-DSA-87",
            _ => return None,
        })
    }

    /// Octets of r and of s, where JOSE writes them otherwise than CMS.
    fn jose_half(self) -> Option<usize> {
        match self {
            Self::Ecdsa(curve, _) if self.registered_jose_name().is_some() => Some(curve.bits().div_ceil(8)),
            _ => None,
        }
    }
}

fn padded(integer: &[u8], size: usize) -> Option<Vec<u8>> {
    let digits: &[u8] = match integer {
        [first, ..] if first & 0x80 != 0 => return None,
        [0, rest @ ..] => rest,
        all => all,
    };
    let mut octets = vec![0; size.checked_sub(digits.len())?];
    octets.extend_from_slice(digits);
    Some(octets)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;
    use crate::crypto::verify::{Outcome, SignatureClaim, verify_many};
    use crate::crypto::{KeyAlgorithm, SeededEntropy, SigningKey};

    fn key(algorithm: KeyAlgorithm) -> SigningKey {
        SigningKey::generate(algorithm, &mut SeededEntropy::new(b"jose")).unwrap()
    }

    #[test]
    fn values_go_to_jose_and_back_for_every_key_we_make() {
        for algorithm in KeyAlgorithm::ALL {
            let key = key(algorithm);
            let signs = key.signature_algorithm();
            let value = key.sign(b"payload").unwrap();
            let there = signs.value_to_jose(&value).unwrap();
            assert_eq!(signs.value_from_jose(&there).unwrap(), value, "{algorithm:?}");
            assert_eq!(SignatureAlgorithm::from_jose(&signs.jose_name(), key.public_key()), Some(signs));
        }
    }

    #[test]
    fn the_example_of_rfc_7515_a_3_verifies_and_its_neighbours_do_not() {
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        let point = [
            vec![4],
            decode("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
            decode("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"),
        ];
        let curve = der::oid(EcCurve::P256.oid());
        let identifier =
            der::sequence(&[&der::oid(const_oid::ObjectIdentifier::new_unwrap("1.2.840.10045.2.1")), &curve]);
        let spki = der::sequence(&[&identifier, &der::bit_string(&point.concat())]);
        let key = PublicKey::from_spki_der(&spki).unwrap();
        let message = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc1\
                       9yb290Ijp0cnVlfQ";
        let value = decode("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
        let algorithm = SignatureAlgorithm::from_jose("ES256", &key).unwrap();
        let verify = |message: &str, value: &[u8]| {
            let value = algorithm.value_from_jose(value).unwrap_or_default().into();
            let message = message.as_bytes().into();
            let claim = SignatureClaim { algorithm, key: &key, message, value };
            matches!(verify_many(&[claim]).as_slice(), [Outcome::Valid(_)])
        };
        assert!(verify(message, &value));
        let swapped: Vec<u8> = value.iter().cycle().skip(32).take(64).copied().collect();
        assert!(!verify(message, &swapped));
        assert!(!verify(&message.replacen('e', "f", 1), &value));
        // In DER, as CMS has it, it is no value of a JWS.
        let in_der = algorithm.value_from_jose(&value).unwrap();
        assert!(!verify(message, &in_der));
        assert!(!verify(message, value.get(1..).unwrap()));
    }

    #[test]
    fn a_name_without_its_key_means_nothing() {
        let (rsa, p256) = (key(KeyAlgorithm::Rsa2048), key(KeyAlgorithm::EcP256));
        let ecdsa = SignatureAlgorithm::Ecdsa(EcCurve::P256, D::Sha256);
        let by_oid = format!("urn:oid:{}", ecdsa.oid());
        for name in ["none", "", "HS256", "RS256", "ES384", "ES512", "es256", by_oid.as_str()] {
            assert_eq!(SignatureAlgorithm::from_jose(name, p256.public_key()), None, "{name}");
        }
        for name in ["ES256", "EdDSA", "PS255", "RS1"] {
            assert_eq!(SignatureAlgorithm::from_jose(name, rsa.public_key()), None, "{name}");
        }
        assert!(SignatureAlgorithm::from_jose("PS256", rsa.public_key()).is_some());
    }
}
