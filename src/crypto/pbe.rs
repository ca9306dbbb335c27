//! Password-based encryption of key containers: the schemes of PKCS#12 (RFC 7292 appendix C) and PBES2 (RFC 8018).

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, InnerIvInit, KeyIvInit};
use cbc::{Decryptor, Encryptor};
use const_oid::ObjectIdentifier;
use des::TdesEde3;
use rc2::Rc2;
use zeroize::Zeroizing;

use super::digest::DigestAlgorithm;
use super::key::KeyError;
use super::pbes2_gost;
use crate::codec::MalformedKind;
use crate::codec::der::{self, Tlv, tag};
use crate::limits::{LimitExceeded, PBE_ITERATIONS_MAX};

/// What one file may ask for in iterations, over all of its parts together.
pub(super) struct IterationBudget(usize);

impl IterationBudget {
    pub(super) fn new() -> Self {
        Self(0)
    }

    /// Spends iterations.
    pub(super) fn spend(&mut self, iterations: u32) -> Result<(), LimitExceeded> {
        self.0 = self.0.saturating_add(usize::try_from(iterations).unwrap_or(usize::MAX));
        PBE_ITERATIONS_MAX.check(self.0)
    }
}

/// What a derived octet is used for (RFC 7292 §B.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Purpose {
    Key,
    Iv,
    Mac,
}

/// A scheme of RFC 7292 appendix C. RC4 is not among them: nobody writes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Pkcs12Scheme {
    TripleDes3Key,
    TripleDes2Key,
    Rc2_128,
    Rc2_40,
}

use Pkcs12Scheme as P;

const SCHEMES: [Pkcs12Scheme; 4] = [P::TripleDes3Key, P::TripleDes2Key, P::Rc2_128, P::Rc2_40];

const PBES2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");
pub(super) const PBKDF2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.12");
const HMAC_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.9");
const AES_256_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.42");

impl Pkcs12Scheme {
    fn oid(self) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(match self {
            P::TripleDes3Key => "1.2.840.113549.1.12.1.3",
            P::TripleDes2Key => "1.2.840.113549.1.12.1.4",
            P::Rc2_128 => "1.2.840.113549.1.12.1.5",
            P::Rc2_40 => "1.2.840.113549.1.12.1.6",
        })
    }

    fn key_size(self) -> usize {
        match self {
            P::TripleDes3Key => 24,
            P::TripleDes2Key | P::Rc2_128 => 16,
            P::Rc2_40 => 5,
        }
    }

    /// Encrypts. *Gives* the AlgorithmIdentifier and the ciphertext.
    pub(super) fn encrypt(self, password: &str, (salt, iterations): (&[u8], u32), plain: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let (key, iv) = self.derive(password, salt, iterations);
        let ciphertext = match self {
            P::TripleDes3Key | P::TripleDes2Key => {
                Encryptor::<TdesEde3>::new(&triple_des_key(&key).into(), &iv.into()).encrypt_padded_vec::<Pkcs7>(plain)
            }
            P::Rc2_128 | P::Rc2_40 => {
                Encryptor::<Rc2>::inner_iv_init(rc2(&key), &iv.into()).encrypt_padded_vec::<Pkcs7>(plain)
            }
        };
        let params = der::sequence(&[&der::octet_string(salt), &der::integer_u64(u64::from(iterations))]);
        (der::sequence(&[&der::oid(self.oid()), &params]), ciphertext)
    }

    fn decrypt(self, password: &str, (salt, iterations): (&[u8], u32), ciphertext: &[u8]) -> Option<Vec<u8>> {
        let (key, iv) = self.derive(password, salt, iterations);
        match self {
            P::TripleDes3Key | P::TripleDes2Key => {
                let mode = Decryptor::<TdesEde3>::new(&triple_des_key(&key).into(), &iv.into());
                mode.decrypt_padded_vec::<Pkcs7>(ciphertext).ok()
            }
            P::Rc2_128 | P::Rc2_40 => {
                let mode = Decryptor::<Rc2>::inner_iv_init(rc2(&key), &iv.into());
                mode.decrypt_padded_vec::<Pkcs7>(ciphertext).ok()
            }
        }
    }

    fn derive(self, password: &str, salt: &[u8], iterations: u32) -> (Zeroizing<Vec<u8>>, [u8; 8]) {
        let derive =
            |purpose, size| derive(DigestAlgorithm::Sha1, (purpose, size), &bmp_password(password), (salt, iterations));
        let mut iv = [0; 8];
        for (to, from) in iv.iter_mut().zip(derive(Purpose::Iv, 8).iter()) {
            *to = *from;
        }
        (derive(Purpose::Key, self.key_size()), iv)
    }
}

/// Three keys of eight octets; two-key triple DES repeats the first.
fn triple_des_key(key: &[u8]) -> [u8; 24] {
    let mut full = [0; 24];
    for (to, from) in full.iter_mut().zip(key.iter().cycle()) {
        *to = *from;
    }
    full
}

fn rc2(key: &[u8]) -> Rc2 {
    Rc2::new_with_eff_key_len(key, key.len().saturating_mul(8))
}

/// Decrypts under an AlgorithmIdentifier.
///
/// *Errors*: `WrongPassword` where the padding is not one, which a wrong password or altered octets both lead to.
pub(super) fn decrypt(
    algorithm: &Tlv<'_>,
    password: &str,
    ciphertext: &[u8],
    budget: &mut IterationBudget,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut reader = algorithm.reader().named("EncryptionScheme");
    let oid = reader.oid()?;
    if oid == PBES2 {
        return match pbes2_gost::Scheme::read(reader.sequence()?)? {
            Some(scheme) => scheme.decrypt(password, ciphertext, budget),
            None => decrypt_pbes2(algorithm.raw, password, ciphertext, budget),
        };
    }
    let scheme = SCHEMES.into_iter().find(|scheme| scheme.oid() == oid).ok_or(KeyError::UnsupportedEncryption)?;
    let mut params = reader.sequence()?;
    let salt = params.expect(tag::OCTET_STRING)?.content;
    let iterations = params.small_integer()?;
    params.finish()?;
    if iterations == 0 {
        return Err(params.malformed(MalformedKind::Value).into());
    }
    // Key and initialisation vector are derived apart.
    budget.spend(iterations.saturating_mul(2))?;
    let plain = scheme.decrypt(password, (salt, iterations), ciphertext).ok_or(KeyError::WrongPassword)?;
    Ok(Zeroizing::new(plain))
}

/// PBKDF2 with AES or triple DES; scrypt asks for memory that we have no bound for.
fn decrypt_pbes2(
    algorithm: &[u8],
    password: &str,
    ciphertext: &[u8],
    budget: &mut IterationBudget,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let scheme = pkcs5::EncryptionScheme::try_from(algorithm).map_err(|_| KeyError::UnsupportedEncryption)?;
    let params = scheme.pbes2().and_then(|scheme| scheme.kdf.pbkdf2()).ok_or(KeyError::UnsupportedEncryption)?;
    budget.spend(params.iteration_count)?;
    match scheme.decrypt(password.as_bytes(), ciphertext) {
        Ok(plain) => Ok(Zeroizing::new(plain)),
        Err(pkcs5::Error::DecryptFailed) => Err(KeyError::WrongPassword),
        Err(_) => Err(KeyError::UnsupportedEncryption),
    }
}

/// Whether an identifier is of Russian cryptography (1.2.643).
pub(super) fn is_gost(oid: ObjectIdentifier) -> bool {
    oid.arcs().take(3).eq([1, 2, 643])
}

/// Encrypts under PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC (RFC 8018 §6.2). *Gives* an EncryptedPrivateKeyInfo.
pub(super) fn encrypt_pbes2(
    password: &str,
    (salt, iterations): (&[u8], u32),
    iv: [u8; 16],
    plain: &[u8],
) -> Result<Vec<u8>, KeyError> {
    let prf = der::sequence(&[&der::oid(HMAC_SHA256), &der::null()]);
    let kdf = der::sequence(&[&der::octet_string(salt), &der::integer_u64(u64::from(iterations)), &prf]);
    let kdf = der::sequence(&[&der::oid(PBKDF2), &kdf]);
    let cipher = der::sequence(&[&der::oid(AES_256_CBC), &der::octet_string(&iv)]);
    let algorithm = der::sequence(&[&der::oid(PBES2), &der::sequence(&[&kdf, &cipher])]);
    let scheme =
        pkcs5::EncryptionScheme::try_from(algorithm.as_slice()).map_err(|_| KeyError::UnsupportedEncryption)?;
    let ciphertext = scheme.encrypt(password.as_bytes(), plain).map_err(|_| KeyError::UnsupportedEncryption)?;
    Ok(der::sequence(&[&algorithm, &der::octet_string(&ciphertext)]))
}

/// The password as RFC 7292 §B.1 wants it: UTF-16, big-endian, with a terminating zero.
pub(super) fn bmp_password(password: &str) -> Zeroizing<Vec<u8>> {
    // Room for everything at once, so that nothing moves and leaves a copy behind.
    let mut octets = Zeroizing::new(Vec::with_capacity(password.len().saturating_add(1).saturating_mul(2)));
    octets.extend(password.encode_utf16().chain([0]).flat_map(u16::to_be_bytes));
    octets
}

/// The key derivation of RFC 7292 §B.2.
pub(super) fn derive(
    digest: DigestAlgorithm,
    (purpose, size): (Purpose, usize),
    password: &[u8],
    (salt, iterations): (&[u8], u32),
) -> Zeroizing<Vec<u8>> {
    let block = digest.block_size();
    let filled = |octets: &[u8]| -> Zeroizing<Vec<u8>> {
        let size = octets.len().div_ceil(block).saturating_mul(block);
        let mut filled = Zeroizing::new(Vec::with_capacity(size));
        filled.extend(octets.iter().copied().cycle().take(size));
        filled
    };
    // Steps 2 to 4.
    let mut input = Zeroizing::new([filled(salt).as_slice(), &filled(password)].concat());
    let diversifier = vec![purpose.octet(); block];
    let mut out = Zeroizing::new(Vec::with_capacity(size.saturating_add(digest.output_size())));
    while out.len() < size {
        // Step 6.A.
        let mut hasher = digest.hasher();
        hasher.update(&diversifier);
        hasher.update(&input);
        let mut a = Zeroizing::new(hasher.finish());
        for _ in 1..iterations {
            // The digest before this one is erased where it is replaced.
            a = Zeroizing::new(digest.digest(&a));
        }
        out.extend_from_slice(&a);
        // Steps 6.B and 6.C: B is A repeated; I_j = I_j + B + 1 modulo 2^(8·block).
        let b = Zeroizing::new(a.iter().copied().cycle().take(block).collect::<Vec<u8>>());
        for chunk in input.chunks_mut(block) {
            let mut carry = 1;
            for (to, from) in chunk.iter_mut().zip(b.iter()).rev() {
                let sum = u16::from(*to).wrapping_add(u16::from(*from)).wrapping_add(carry);
                let [high, low] = sum.to_be_bytes();
                *to = low;
                carry = u16::from(high);
            }
        }
    }
    out.truncate(size);
    out
}

impl Purpose {
    fn octet(self) -> u8 {
        match self {
            Self::Key => 1,
            Self::Iv => 2,
            Self::Mac => 3,
        }
    }
}
