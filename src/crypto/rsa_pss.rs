//! RSASSA-PSS: its parameters as RFC 4055 writes them, and its verification as RFC 8017 demands, for any salt length.
//! ring wants a salt as long as the digest and one hash for both uses; hardware and old software make others.

use const_oid::ObjectIdentifier;

use super::algorithm_table::name_with_digest;
use super::digest::DigestAlgorithm;
use super::rsa_public;
use crate::codec::Malformed;
use crate::codec::der::{self, Encoding, Reader, Tlv, tag};

/// id-RSASSA-PSS: names a signature, and a key that makes no other.
pub(super) const ID_RSASSA_PSS: &str = "1.2.840.113549.1.1.10";

/// id-mgf1.
const ID_MGF1: &str = "1.2.840.113549.1.1.8";

/// RFC 4055 §3.1: the salt length that is meant where none is written.
const SALT_SIZE_DEFAULT: u32 = 20;

/// Everything that an RSASSA-PSS signature fixes beside its key; the trailer is always 0xbc.
///
/// ```asn1
/// RSASSA-PSS-params ::= SEQUENCE {
///     hashAlgorithm    [0] HashAlgorithm    DEFAULT sha1Identifier,
///     maskGenAlgorithm [1] MaskGenAlgorithm DEFAULT mgf1SHA1Identifier,
///     saltLength       [2] INTEGER          DEFAULT 20,
///     trailerField     [3] INTEGER          DEFAULT 1 }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PssParameters {
    digest: DigestAlgorithm,
    mask_digest: DigestAlgorithm,
    salt_size_bytes: u32,
}

impl PssParameters {
    /// SHA-256 throughout, and a salt as long as it.
    pub const SHA256: Self = Self::usual(DigestAlgorithm::Sha256, 32);
    /// SHA-384 throughout, and a salt as long as it.
    pub const SHA384: Self = Self::usual(DigestAlgorithm::Sha384, 48);
    /// SHA-512 throughout, and a salt as long as it.
    pub const SHA512: Self = Self::usual(DigestAlgorithm::Sha512, 64);

    const fn usual(digest: DigestAlgorithm, salt_size_bytes: u32) -> Self {
        Self { digest, mask_digest: digest, salt_size_bytes }
    }

    /// Puts parameters together. `None` for a digest that is not of the SHA families.
    pub fn new(digest: DigestAlgorithm, mask_digest: DigestAlgorithm, salt_size_bytes: u32) -> Option<Self> {
        (signature_name(digest).is_some() && signature_name(mask_digest).is_some()).then_some(Self {
            digest,
            mask_digest,
            salt_size_bytes,
        })
    }

    /// The digest over the message.
    pub fn digest(self) -> DigestAlgorithm {
        self.digest
    }

    /// The digest that MGF1 masks with.
    pub fn mask_digest(self) -> DigestAlgorithm {
        self.mask_digest
    }

    /// Octets of salt: exactly so many in a signature, at least so many where a key demands it.
    pub fn salt_size_bytes(self) -> u32 {
        self.salt_size_bytes
    }

    /// What the signature is called, by its digest.
    pub(super) fn name(self) -> &'static str {
        signature_name(self.digest).unwrap_or("rsa-pss")
    }

    /// Reads RSASSA-PSS-params. `None` where they are no such structure or name what is not verified. Values equal to
    /// their default are read though DER omits them: RFC 4055 §3.1 demands it.
    pub(super) fn read(raw: &[u8]) -> Option<Self> {
        let mut outer = Reader::new(raw, Encoding::Der, "RSASSA-PSS-params");
        let mut body = outer.sequence().ok()?;
        outer.finish().ok()?;
        let digest = match field(&mut body, 0).ok()? {
            Some(named) => hash_algorithm(&named)?,
            None => DigestAlgorithm::Sha1,
        };
        let mask_digest = match field(&mut body, 1).ok()? {
            Some(named) => mask_generation(&named)?,
            None => DigestAlgorithm::Sha1,
        };
        let salt_size_bytes = small(&mut body, 2, SALT_SIZE_DEFAULT)?;
        // RFC 4055 §3.1: the value must be 1, which stands for 0xbc.
        let trailer = small(&mut body, 3, 1)?;
        body.finish().ok()?;
        if trailer == 1 { Self::new(digest, mask_digest, salt_size_bytes) } else { None }
    }

    /// Writes RSASSA-PSS-params: defaults omitted, as DER asks, and the trailer with them.
    pub(super) fn encode(self) -> Vec<u8> {
        let hash = |digest: DigestAlgorithm| der::sequence(&[&der::oid(digest.oid()), &der::null()]);
        let mut fields = Vec::new();
        if self.digest != DigestAlgorithm::Sha1 {
            fields.push(der::context(0, &hash(self.digest)));
        }
        if self.mask_digest != DigestAlgorithm::Sha1 {
            let mgf1 = der::oid(ObjectIdentifier::new_unwrap(ID_MGF1));
            fields.push(der::context(1, &der::sequence(&[&mgf1, &hash(self.mask_digest)])));
        }
        if self.salt_size_bytes != SALT_SIZE_DEFAULT {
            fields.push(der::context(2, &der::integer_u64(u64::from(self.salt_size_bytes))));
        }
        der::sequence(&fields.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    /// RFC 4055 §3.3: whether a key that carries these parameters may have made a signature with those: the same hashes,
    /// and a salt at least as long.
    pub(super) fn admit(self, signature: Self) -> bool {
        let hashes = |of: Self| (of.digest, of.mask_digest);
        hashes(self) == hashes(signature) && self.salt_size_bytes <= signature.salt_size_bytes
    }
}

/// The names of the signatures, and with them the digests that are verified.
fn signature_name(digest: DigestAlgorithm) -> Option<&'static str> {
    // RFC 8692 §3.1: SHAKE masks without MGF1, under identifiers of its own.
    let with_mgf1 = !matches!(digest, DigestAlgorithm::Shake128 | DigestAlgorithm::Shake256);
    name_with_digest!("rsa-pss", digest).filter(|_| with_mgf1)
}

/// The one value within an explicit context tag.
fn field<'a>(body: &mut Reader<'a>, number: u8) -> Result<Option<Tlv<'a>>, Malformed> {
    let Some(outer) = body.optional(tag::CONTEXT_CONSTRUCTED | number)? else { return Ok(None) };
    let mut inner = outer.reader();
    let value = inner.any()?;
    inner.finish()?;
    Ok(Some(value))
}

fn small(body: &mut Reader<'_>, number: u8, default: u32) -> Option<u32> {
    let Some(outer) = body.optional(tag::CONTEXT_CONSTRUCTED | number).ok()? else { return Some(default) };
    let mut inner = outer.reader();
    let value = inner.small_integer().ok()?;
    inner.finish().ok()?;
    Some(value)
}

/// RFC 4055 §2.1: the parameters are NULL; absent must be read too.
fn hash_algorithm(value: &Tlv<'_>) -> Option<DigestAlgorithm> {
    let mut body = algorithm_identifier(value)?;
    let digest = DigestAlgorithm::from_oid(body.oid().ok()?)?;
    let sound = body.is_empty() || body.any().is_ok_and(|params| params.raw == der::null());
    (sound && body.is_empty()).then_some(digest)
}

/// RFC 4055 §2.2: MGF1, its hash as parameters.
fn mask_generation(value: &Tlv<'_>) -> Option<DigestAlgorithm> {
    let mut body = algorithm_identifier(value)?;
    if body.oid().ok()? != ObjectIdentifier::new_unwrap(ID_MGF1) {
        return None;
    }
    let hash = body.any().ok()?;
    body.finish().ok()?;
    hash_algorithm(&hash)
}

fn algorithm_identifier<'a>(value: &Tlv<'a>) -> Option<Reader<'a>> {
    (value.tag == tag::SEQUENCE).then(|| value.reader())
}

/// RFC 8017 §8.1.2. *Takes* an RSAPublicKey that was checked when the key was read.
/// *Cost*: one public operation, bounded by `RSA_MODULUS_BITS_MAX` and `RSA_EXPONENT_BITS_MAX`.
pub(super) fn verify(key: &[u8], parameters: PssParameters, message: &[u8], value: &[u8]) -> bool {
    rsa_public::recover(key, value).is_some_and(|recovered| holds(&recovered, parameters, message))
}

/// Whether a message representative and the bits of its modulus are as the parameters demand.
pub(super) fn holds(recovered: &(Vec<u8>, usize), parameters: PssParameters, message: &[u8]) -> bool {
    encoded_message(recovered).is_some_and(|(em, em_bits)| em_holds(&em, em_bits, parameters, message))
}

/// Steps 1 and 2: the encoded message and its length in bits, which is one less than the modulus has.
fn encoded_message((m, bits): &(Vec<u8>, usize)) -> Option<(Vec<u8>, usize)> {
    // Step 2 c: a number that does not fit into emLen octets is no encoded message.
    let em_bits = bits.checked_sub(1)?;
    let (above, em) = m.split_at_checked(m.len().checked_sub(em_bits.div_ceil(8))?)?;
    above.iter().all(|&octet| octet == 0).then(|| (em.to_vec(), em_bits))
}

/// EMSA-PSS-VERIFY, RFC 8017 §9.1.2; the numbers are its steps.
fn em_holds(em: &[u8], em_bits: usize, parameters: PssParameters, message: &[u8]) -> bool {
    let digest = parameters.digest;
    // 4: the trailer.
    let Some((0xbc, body)) = em.split_last() else { return false };
    // 3 and 5: no room for the digest, no signature.
    let Some(db_size) = body.len().checked_sub(digest.output_size()) else { return false };
    let Some((masked, h)) = body.split_at_checked(db_size) else { return false };
    // 6: the bits left of emBits are zero.
    let spare_bits = em.len().saturating_mul(8).saturating_sub(em_bits);
    let kept = u32::try_from(spare_bits).ok().and_then(|spare| u8::MAX.checked_shr(spare)).unwrap_or(0);
    if masked.first().is_none_or(|first| first & !kept != 0) {
        return false;
    }
    // 7 to 9.
    let mask = mgf1(parameters.mask_digest, h, db_size);
    let mut db: Vec<u8> = masked.iter().zip(mask).map(|(masked, mask)| masked ^ mask).collect();
    if let Some(first) = db.first_mut() {
        *first &= kept;
    }
    // 3 and 10: zeros, one octet of 1, and a salt of exactly the length that the parameters name.
    let salt_size = usize::try_from(parameters.salt_size_bytes).unwrap_or(usize::MAX);
    let Some(padding_size) = db.len().checked_sub(salt_size) else { return false };
    let Some((padding, salt)) = db.split_at_checked(padding_size) else { return false };
    let Some((1, zeros)) = padding.split_last() else { return false };
    if zeros.iter().any(|&octet| octet != 0) {
        return false;
    }
    // 2 and 12 to 14.
    let mut hasher = digest.hasher();
    hasher.update(&[0; 8]);
    hasher.update(&digest.digest(message));
    hasher.update(salt);
    hasher.finish() == h
}

/// MGF1, RFC 8017 §B.2.1. *Takes* a size below the octets of a modulus, so that the counter never ends.
fn mgf1(digest: DigestAlgorithm, seed: &[u8], size: usize) -> Vec<u8> {
    let block = |counter: u32| {
        let mut hasher = digest.hasher();
        hasher.update(seed);
        hasher.update(&counter.to_be_bytes());
        hasher.finish()
    };
    (0..=u32::MAX).flat_map(block).take(size).collect()
}

#[cfg(test)]
mod tests;
