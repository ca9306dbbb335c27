//! PKCS#8: PrivateKeyInfo around a private key, and the encryption around that.

use zeroize::Zeroizing;

use super::ec_curve::EcCurve;
use super::ec_parameters;
use super::gost_set::ParameterSet;
use super::key::{GOST_FAMILIES, ID_EC_PUBLIC_KEY, KeyError, KeyFamily};
use super::mldsa::MlDsaSet;
use super::pbe::{self, IterationBudget};
use super::rsa_pss::PssParameters;
use super::{secret_der, sm2};
use crate::codec::MalformedKind;
use crate::codec::der::{self, Encoding, Reader, tag};
use crate::limits::KEY_CONTAINER_BYTES_MAX;

/// What a PrivateKeyInfo says of its key.
pub(super) enum Kind {
    Rsa,
    /// With what the key restricts itself to.
    RsaPss(Option<PssParameters>),
    Ec(EcCurve),
    Sm2,
    Ed25519,
    MlDsa(MlDsaSet),
    Gost(&'static ParameterSet),
}

/// A PrivateKeyInfo taken apart.
pub(super) struct PrivateKeyInfo {
    pub(super) family: Kind,
    /// The contents of privateKey: what is in it depends on the algorithm.
    pub(super) private_key: Zeroizing<Vec<u8>>,
    /// The contents of publicKey (RFC 5958 §2), where it is there.
    pub(super) public_key: Option<Vec<u8>>,
}

impl PrivateKeyInfo {
    /// Reads DER or BER.
    pub(super) fn read(pkcs8: &[u8]) -> Result<Self, KeyError> {
        KEY_CONTAINER_BYTES_MAX.check(pkcs8.len())?;
        let mut outer = Reader::new(pkcs8, Encoding::Ber, "PrivateKeyInfo");
        let mut body = outer.sequence()?;
        outer.finish()?;
        if body.small_integer()? > 1 {
            return Err(body.malformed(MalformedKind::Version).into());
        }
        let mut algorithm = body.sequence()?;
        let family = kind(&mut algorithm)?;
        let private_key = body.any()?;
        if private_key.tag & !tag::CONSTRUCTED != tag::OCTET_STRING {
            let kind = MalformedKind::UnexpectedTag { found: private_key.tag, expected: tag::OCTET_STRING };
            return Err(private_key.malformed(kind).into());
        }
        let private_key = Zeroizing::new(private_key.octets()?.into_owned());
        body.optional(tag::CONTEXT_CONSTRUCTED)?;
        let public_key = match body.optional(tag::CONTEXT | 1)? {
            Some(public) => match (public.content, &family) {
                ([0 | 1, octets @ ..], Kind::Gost(set)) if octets.len() == set.size().saturating_mul(2) => {
                    // DIVERGENCE D-27: a Russian public key stands there bare.
                    Some(der::octet_string(octets))
                }
                ([0, octets @ ..], _) => Some(octets.to_vec()),
                _ => return Err(public.malformed(MalformedKind::Value).into()),
            },
            None => None,
        };
        body.finish()?;
        Ok(Self { family, private_key, public_key })
    }
}

fn kind(algorithm: &mut Reader<'_>) -> Result<Kind, KeyError> {
    let oid = algorithm.oid()?;
    let params = if algorithm.is_empty() { None } else { Some(algorithm.any()?) };
    algorithm.finish()?;
    let unsupported = KeyError::UnsupportedParameters { oid };
    if oid == KeyFamily::Rsa.oid() {
        return Ok(Kind::Rsa);
    }
    if oid == KeyFamily::Ed25519.oid() {
        return Ok(Kind::Ed25519);
    }
    if oid == KeyFamily::RsaPss.oid() {
        let restriction = params.map(|params| PssParameters::read(params.raw).ok_or(unsupported)).transpose()?;
        return Ok(Kind::RsaPss(restriction));
    }
    if let Some(set) = MlDsaSet::ALL.into_iter().find(|set| set.oid() == oid) {
        return if params.is_none() { Ok(Kind::MlDsa(set)) } else { Err(unsupported) };
    }
    let params = params.ok_or(unsupported);
    if (oid == ID_EC_PUBLIC_KEY || oid == sm2::ID_SM2) && params.is_ok_and(|params| params.raw == der::oid(sm2::ID_SM2))
    {
        return Ok(Kind::Sm2);
    }
    if oid == ID_EC_PUBLIC_KEY {
        return ec_parameters::named(&params?).map(Kind::Ec).ok_or(unsupported);
    }
    let family = GOST_FAMILIES.into_iter().find(|family| family.oid() == oid);
    let family = family.ok_or(KeyError::UnknownAlgorithm { oid })?;
    ParameterSet::read(family, &params?)?.map(Kind::Gost).ok_or(unsupported)
}

/// Writes a PrivateKeyInfo, version 0.
pub(super) fn encode(algorithm: &[u8], private_key: &[u8]) -> Zeroizing<Vec<u8>> {
    let private_key = secret_der::octet_string(private_key);
    secret_der::sequence(&[&der::integer_u64(0), algorithm, &private_key])
}

/// Opens an EncryptedPrivateKeyInfo.
pub(super) fn decrypt(encrypted: &[u8], password: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    KEY_CONTAINER_BYTES_MAX.check(encrypted.len())?;
    let mut outer = Reader::new(encrypted, Encoding::Ber, "EncryptedPrivateKeyInfo");
    let body = outer.sequence()?;
    outer.finish()?;
    decrypt_info(body, password, &mut IterationBudget::new())
}

/// Opens the contents of an EncryptedPrivateKeyInfo.
pub(super) fn decrypt_info(
    mut body: Reader<'_>,
    password: &str,
    budget: &mut IterationBudget,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let algorithm = body.expect(tag::SEQUENCE)?;
    let ciphertext = body.any()?.octets()?;
    body.finish()?;
    pbe::decrypt(&algorithm, password, &ciphertext, budget)
}
