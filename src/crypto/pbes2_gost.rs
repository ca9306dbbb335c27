//! PBES2 (RFC 8018 §6.2) with a Russian function or cipher (RFC 9337, RFC 4357), and the MAC of Russian PKCS#12 (RFC 9548 §3).

use aes::Aes256;
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use const_oid::ObjectIdentifier;
use zeroize::Zeroizing;

use super::digest::DigestAlgorithm;
use super::gost_cipher::{self, Cipher2015, Key, SBox};
use super::hmac::{hmac, pbkdf2};
use super::key::KeyError;
use super::pbe::{IterationBudget, PBKDF2, is_gost};
use crate::codec::MalformedKind;
use crate::codec::der::{Encoding, Reader, Tlv, tag};
use crate::limits::{GOST_ITERATION_WEIGHT, LimitExceeded};

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

/// Pseudo-random functions (RFC 4357 §11.1, RFC 9337 §7.1), and the one that OpenSSL takes for Magma and Kuznyechik.
const FUNCTIONS: [(ObjectIdentifier, DigestAlgorithm); 4] = [
    (oid("1.2.840.113549.2.9"), DigestAlgorithm::Sha256),
    (oid("1.2.643.2.2.10"), DigestAlgorithm::GostR341194),
    (oid("1.2.643.7.1.1.4.1"), DigestAlgorithm::Streebog256),
    (oid("1.2.643.7.1.1.4.2"), DigestAlgorithm::Streebog512),
];

const GOST_28147: ObjectIdentifier = oid("1.2.643.2.2.21");
const AES_256_CBC: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.42");

/// Parameter sets of GOST 28147-89 (RFC 4357 §8.1, RFC 7836 appendix C). That for tests is none of them.
const SBOXES: [(ObjectIdentifier, SBox); 5] = [
    (oid("1.2.643.2.2.31.1"), SBox::CryptoProA),
    (oid("1.2.643.2.2.31.2"), SBox::CryptoProB),
    (oid("1.2.643.2.2.31.3"), SBox::CryptoProC),
    (oid("1.2.643.2.2.31.4"), SBox::CryptoProD),
    (oid("1.2.643.7.1.2.5.1.1"), SBox::Tc26Z),
];

/// Encryption schemes of RFC 9337 §7.3; `true`: with a MAC inside.
const SCHEMES_2015: [(ObjectIdentifier, Cipher2015, bool); 4] = [
    (oid("1.2.643.7.1.1.5.1.1"), Cipher2015::Magma, false),
    (oid("1.2.643.7.1.1.5.1.2"), Cipher2015::Magma, true),
    (oid("1.2.643.7.1.1.5.2.1"), Cipher2015::Kuznyechik, false),
    (oid("1.2.643.7.1.1.5.2.2"), Cipher2015::Kuznyechik, true),
];

/// Octets of the part of a ukm that MACs are derived from (RFC 9337 §5.1.1); the others are the initialisation vector.
const SEED_SIZE: usize = 8;

/// PBES2-params of which at least one half is Russian.
pub(super) struct Scheme<'a> {
    function: DigestAlgorithm,
    salt: &'a [u8],
    iterations: u32,
    cipher: Cipher<'a>,
}

enum Cipher<'a> {
    Gost28147(SBox, [u8; 8]),
    /// With initialisation vector, and the seed where there is a MAC inside.
    Gost2015(Cipher2015, &'a [u8], Option<&'a [u8]>),
    Aes256Cbc([u8; 16]),
}

impl<'a> Scheme<'a> {
    /// Reads PBES2-params; `None` where nothing in them is Russian.
    ///
    /// *Errors*: `GostEncryption` where something is, and the rest is not known.
    pub(super) fn read(mut params: Reader<'a>) -> Result<Option<Self>, KeyError> {
        let mut function = params.sequence()?;
        let cipher = params.expect(tag::SEQUENCE)?;
        let cipher_is_gost = is_gost(cipher.reader().oid()?);
        let read = if function.oid()? == PBKDF2 { read_pbkdf2(&mut function)? } else { None };
        let Some((salt, iterations, oid)) = read else {
            return if cipher_is_gost { Err(KeyError::GostEncryption) } else { Ok(None) };
        };
        if !cipher_is_gost && !is_gost(oid) {
            return Ok(None);
        }
        let function = FUNCTIONS.into_iter().find(|(function, _)| *function == oid);
        let (_, function) = function.ok_or(KeyError::GostEncryption)?;
        Ok(Some(Self { function, salt, iterations, cipher: Cipher::read(&cipher)? }))
    }

    /// Decrypts.
    ///
    /// *Errors*: `WrongPassword` where the MAC inside does not hold, the padding is not one, or what comes out is not the one
    /// SEQUENCE that is ever encrypted in this way.
    pub(super) fn decrypt(
        &self,
        password: &str,
        ciphertext: &[u8],
        budget: &mut IterationBudget,
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        spend(budget, self.iterations, 1)?;
        let octets = pbkdf2(self.function, password.as_bytes(), (self.salt, self.iterations), 32);
        let mut key: Key = Zeroizing::new([0; 32]);
        key.iter_mut().zip(octets.iter()).for_each(|(to, from)| *to = *from);
        let plain = match self.cipher {
            Cipher::Gost28147(sbox, iv) => Some(gost_cipher::decrypt_cfb(sbox, &key, iv, ciphertext)),
            Cipher::Gost2015(cipher, iv, None) => Some(cipher.decrypt(&key, iv, ciphertext)),
            Cipher::Gost2015(cipher, iv, Some(seed)) => cipher.open(&key, (iv, seed), ciphertext),
            Cipher::Aes256Cbc(iv) => {
                let mode = Decryptor::<Aes256>::new(&(*key).into(), &iv.into());
                mode.decrypt_padded_vec::<Pkcs7>(ciphertext).ok().map(Zeroizing::new)
            }
        };
        plain.filter(|plain| is_one_sequence(plain)).ok_or(KeyError::WrongPassword)
    }
}

/// Salt, iterations, pseudo-random function.
type Pbkdf2<'a> = (&'a [u8], u32, ObjectIdentifier);

/// `PBKDF2-params ::= SEQUENCE { salt, iterationCount, keyLength OPTIONAL, prf DEFAULT hmacWithSHA1 }`; `None`: the salt comes
/// from elsewhere, or the function is that of the default.
fn read_pbkdf2<'a>(function: &mut Reader<'a>) -> Result<Option<Pbkdf2<'a>>, KeyError> {
    let mut params = function.sequence()?;
    let salt = params.any()?;
    let iterations = params.small_integer()?;
    if iterations == 0 {
        return Err(params.malformed(MalformedKind::Value).into());
    }
    let length = params.optional(tag::INTEGER)?;
    let Some(prf) = params.optional(tag::SEQUENCE)? else { return Ok(None) };
    params.finish()?;
    let oid = prf.reader().oid()?;
    // Every cipher here has a key of 32 octets.
    let fits = length.is_none_or(|length| length.content == [32]);
    if is_gost(oid) && !fits {
        return Err(KeyError::GostEncryption);
    }
    Ok((salt.tag == tag::OCTET_STRING).then_some((salt.content, iterations, oid)))
}

impl<'a> Cipher<'a> {
    fn read(algorithm: &Tlv<'a>) -> Result<Self, KeyError> {
        let mut reader = algorithm.reader().named("EncryptionScheme");
        let oid = reader.oid()?;
        if oid == AES_256_CBC {
            let iv = reader.expect(tag::OCTET_STRING)?;
            reader.finish()?;
            return exact(&iv).map(Self::Aes256Cbc);
        }
        if oid == GOST_28147 {
            // RFC 4357 §8.1: Gost28147-89-Parameters ::= SEQUENCE { iv OCTET STRING (SIZE (8)), encryptionParamSet OID }.
            let mut params = reader.sequence()?;
            let iv = params.expect(tag::OCTET_STRING)?;
            let set = params.oid()?;
            params.finish()?;
            let sbox = SBOXES.into_iter().find(|(sbox, _)| *sbox == set).ok_or(KeyError::GostEncryption)?;
            return Ok(Self::Gost28147(sbox.1, exact(&iv)?));
        }
        let scheme = SCHEMES_2015.into_iter().find(|(scheme, ..)| *scheme == oid).ok_or(KeyError::GostEncryption)?;
        let (_, cipher, with_mac) = scheme;
        // RFC 9337 §7.3: Gost3412-15-Encryption-Parameters ::= SEQUENCE { ukm OCTET STRING }.
        let mut params = reader.sequence()?;
        let ukm = params.expect(tag::OCTET_STRING)?;
        params.finish()?;
        let iv_size = cipher.block_size() / 2;
        let (iv, seed) = ukm.content.split_at_checked(iv_size).ok_or_else(|| ukm.malformed(MalformedKind::Value))?;
        if seed.len() != SEED_SIZE {
            return Err(ukm.malformed(MalformedKind::Value).into());
        }
        Ok(Self::Gost2015(cipher, iv, with_mac.then_some(seed)))
    }
}

fn exact<const N: usize>(value: &Tlv<'_>) -> Result<[u8; N], KeyError> {
    value.content.try_into().map_err(|_| value.malformed(MalformedKind::Value).into())
}

/// Whether these octets are one SEQUENCE from end to end. A stream cipher has no padding that would tell a wrong password.
fn is_one_sequence(plain: &[u8]) -> bool {
    Reader::single(plain, Encoding::Ber, "PrivateKeyInfo").is_ok_and(|value| value.tag == tag::SEQUENCE)
}

/// The MAC of a container whose digest is Russian: keyed with the last 32 of 96 octets that PBKDF2 gives (RFC 9548 §3).
pub(super) fn mac(
    digest: DigestAlgorithm,
    password: &str,
    (salt, iterations): (&[u8], u32),
    (contents, budget): (&[u8], &mut IterationBudget),
) -> Result<Zeroizing<Vec<u8>>, LimitExceeded> {
    let blocks = 96_usize.div_ceil(digest.output_size());
    spend(budget, iterations, u32::try_from(blocks).unwrap_or(u32::MAX))?;
    let octets = pbkdf2(digest, password.as_bytes(), (salt, iterations), 96);
    Ok(hmac(digest, octets.get(64..).unwrap_or_default(), &[contents]))
}

/// Spends what the iterations of PBKDF2 for so many blocks cost.
fn spend(budget: &mut IterationBudget, iterations: u32, blocks: u32) -> Result<(), LimitExceeded> {
    let weight = u32::try_from(GOST_ITERATION_WEIGHT.value).unwrap_or(u32::MAX);
    budget.spend(iterations.saturating_mul(blocks).saturating_mul(weight))
}

#[cfg(test)]
mod tests;
