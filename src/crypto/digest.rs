//! Digests by name, in one piece or streamed.

use std::fmt;
use std::ops::Deref;

use bash_hash::{BashHash256, BashHash384, BashHash512};
use belt_hash::BeltHash;
use const_oid::ObjectIdentifier;
use gost94::{Gost94CryptoPro, Gost94Test, Gost94UA};
use kupyna::{Kupyna256, Kupyna384, Kupyna512};
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};
use sha3::{Sha3_224, Sha3_256, Sha3_384, Sha3_512};
use sm3::Sm3;
use streebog::{Streebog256, Streebog512};

use super::key::PublicKey;
use super::xof::{Shake128, Shake256};
#[cfg(target_arch = "x86_64")]
use crate::crypto::batch::level;
#[cfg(target_arch = "x86_64")]
use crate::kernel::{Level, sha256, streebog as streebog_many};

/// A digest algorithm; the name fixes the S-box too.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum DigestAlgorithm {
    /// SHA-1: old time stamps, certificate identifiers in OCSP; acceptability is policy's to judge.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// SHA-512/224 (FIPS 180-4 §5.3.6).
    Sha512_224,
    /// SHA-512/256.
    Sha512_256,
    /// SHA3-224 (FIPS 202).
    Sha3_224,
    /// SHA3-256.
    Sha3_256,
    /// SHA3-384.
    Sha3_384,
    /// SHA3-512.
    Sha3_512,
    /// SHAKE128 with 256 bits of output (RFC 8702 §3.1).
    Shake128,
    /// SHAKE256 with 512 bits of output.
    Shake256,
    /// GOST R 34.11-2012, which Kazakhstan adopted as GOST R 34.11-2015 (Streebog), 256 bits. RFC 6986.
    Streebog256,
    /// The same, 512 bits.
    Streebog512,
    /// GOST 34.311-95 with the test S-box (1.2.643.2.2.30.0), as Kazakhstan uses it.
    Gost34311,
    /// GOST R 34.11-94 with the CryptoPro S-box (1.2.643.2.2.30.1), as Russia used it.
    GostR341194,
    /// GOST 34.311-95 with the first of the Ukrainian S-boxes (DKE No. 1), as Ukraine used it.
    Gost34311Ua,
    /// SM3 (GB/T 32905).
    Sm3,
    /// Belt-hash (STB 34.101.31 §7.8).
    BeltHash,
    /// Bash at level 128 (STB 34.101.77), 256 bits.
    Bash256,
    /// Bash at level 192, 384 bits.
    Bash384,
    /// Bash at level 256, 512 bits.
    Bash512,
    /// Kupyna (DSTU 7564), 256 bits: imprints and references; no signature algorithm of ours goes with it.
    Kupyna256,
    /// The same, 384 bits.
    Kupyna384,
    /// The same, 512 bits.
    Kupyna512,
}

use DigestAlgorithm as D;

const ALL: [DigestAlgorithm; 26] = [
    D::Sha1,
    D::Sha224,
    D::Sha256,
    D::Sha384,
    D::Sha512,
    D::Sha512_224,
    D::Sha512_256,
    D::Sha3_224,
    D::Sha3_256,
    D::Sha3_384,
    D::Sha3_512,
    D::Shake128,
    D::Shake256,
    D::Streebog256,
    D::Streebog512,
    D::Gost34311,
    D::GostR341194,
    D::Gost34311Ua,
    D::Sm3,
    D::BeltHash,
    D::Bash256,
    D::Bash384,
    D::Bash512,
    D::Kupyna256,
    D::Kupyna384,
    D::Kupyna512,
];

impl DigestAlgorithm {
    /// Gives the digest that an object identifier names, Kazakh or Russian.
    pub fn from_oid(oid: ObjectIdentifier) -> Option<Self> {
        ALL.into_iter().find(|algorithm| {
            let (written, also_met) = algorithm.oids();
            written == oid || also_met == Some(oid)
        })
    }

    /// Every digest, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.into_iter()
    }

    /// The identifiers it is named by: the one that we write, and another that is met.
    pub fn identifiers(self) -> Vec<ObjectIdentifier> {
        let (written, also_met) = self.oids();
        std::iter::once(written).chain(also_met).collect()
    }

    /// The object identifier that we write; for Streebog the Kazakh one.
    pub fn oid(self) -> ObjectIdentifier {
        self.oids().0
    }

    /// The object identifier to write beside a signature of this key: for Russian keys the Russian one (RFC 9215 §2).
    pub fn oid_beside(self, key: &PublicKey) -> ObjectIdentifier {
        let (written, also_met) = self.oids();
        if key.family().is_russian() { also_met.unwrap_or(written) } else { written }
    }

    /// The name that reports use.
    pub fn name(self) -> &'static str {
        match self {
            D::Sha1 => "sha-1",
            D::Sha224 => "sha-224",
            D::Sha256 => "sha-256",
            D::Sha384 => "sha-384",
            D::Sha512 => "sha-512",
            D::Sha512_224 => "sha-512-224",
            D::Sha512_256 => "sha-512-256",
            D::Sha3_224 => "sha3-224",
            D::Sha3_256 => "sha3-256",
            D::Sha3_384 => "sha3-384",
            D::Sha3_512 => "sha3-512",
            D::Shake128 => "shake128",
            D::Shake256 => "shake256",
            D::Streebog256 => "streebog-256",
            D::Streebog512 => "streebog-512",
            D::Gost34311 => "gost-34.311-95-kz",
            D::GostR341194 => "gost-r-34.11-94",
            D::Gost34311Ua => "gost-34.311-95-ua",
            D::Sm3 => "sm3",
            D::BeltHash => "belt-hash",
            D::Bash256 => "bash-256",
            D::Bash384 => "bash-384",
            D::Bash512 => "bash-512",
            D::Kupyna256 => "kupyna-256",
            D::Kupyna384 => "kupyna-384",
            D::Kupyna512 => "kupyna-512",
        }
    }

    /// Octets of output.
    pub fn output_size(self) -> usize {
        match self {
            D::Sha1 => 20,
            D::Sha224 | D::Sha512_224 | D::Sha3_224 => 28,
            D::Sha256
            | D::Sha512_256
            | D::Sha3_256
            | D::Shake128
            | D::Streebog256
            | D::Gost34311
            | D::GostR341194
            | D::Gost34311Ua
            | D::Sm3
            | D::BeltHash
            | D::Bash256
            | D::Kupyna256 => 32,
            D::Sha384 | D::Sha3_384 | D::Bash384 | D::Kupyna384 => 48,
            D::Sha512 | D::Sha3_512 | D::Shake256 | D::Streebog512 | D::Bash512 | D::Kupyna512 => 64,
        }
    }

    /// Hashes one piece.
    pub fn digest(self, octets: &[u8]) -> Vec<u8> {
        let mut hasher = self.hasher();
        hasher.update(octets);
        hasher.finish()
    }

    /// Hashes many pieces, together where the processor has instructions for that: SHA-256 and Streebog.
    pub fn digest_many(self, pieces: &[&[u8]]) -> Vec<DigestValue> {
        #[cfg(target_arch = "x86_64")]
        if let (Level::Avx512(token), true) = (level(), pieces.len() > 1) {
            match self {
                D::Sha256 => {
                    let mut digests = vec![[0; 32]; pieces.len()];
                    sha256::digest_many(token, pieces, &mut digests);
                    return digests.iter().map(|digest| DigestValue::of(digest)).collect();
                }
                D::Streebog256 | D::Streebog512 => {
                    let small = self == D::Streebog256;
                    let initial = if small { streebog_many::Initial::Bits256 } else { streebog_many::Initial::Bits512 };
                    let mut digests = vec![[0; 64]; pieces.len()];
                    streebog_many::digest_many(token, initial, pieces, &mut digests);
                    // The 256 bits are the second half.
                    let from = if small { 32 } else { 0 };
                    let kept = |digest: &[u8; 64]| DigestValue::of(digest.get(from..).unwrap_or_default());
                    return digests.iter().map(kept).collect();
                }
                _ => {}
            }
        }
        pieces.iter().map(|piece| DigestValue::of(&self.digest(piece))).collect()
    }

    /// Starts a streamed digest.
    pub fn hasher(self) -> Hasher {
        Hasher(match self {
            D::Sha1 => State::Sha1(Sha1::new()),
            D::Sha224 => State::Sha224(Sha224::new()),
            D::Sha256 => State::Sha256(Sha256::new()),
            D::Sha384 => State::Sha384(Sha384::new()),
            D::Sha512 => State::Sha512(Sha512::new()),
            D::Sha512_224 => State::Sha512_224(Sha512_224::new()),
            D::Sha512_256 => State::Sha512_256(Sha512_256::new()),
            D::Sha3_224 => State::Sha3_224(Sha3_224::new()),
            D::Sha3_256 => State::Sha3_256(Sha3_256::new()),
            D::Sha3_384 => State::Sha3_384(Sha3_384::new()),
            D::Sha3_512 => State::Sha3_512(Sha3_512::new()),
            D::Shake128 => State::Shake128(Shake128::default()),
            D::Shake256 => State::Shake256(Shake256::default()),
            D::Streebog256 => State::Streebog256(Streebog256::new()),
            D::Streebog512 => State::Streebog512(Streebog512::new()),
            D::Gost34311 => State::Gost34311(Gost94Test::new()),
            D::GostR341194 => State::GostR341194(Gost94CryptoPro::new()),
            D::Gost34311Ua => State::Gost34311Ua(Gost94UA::new()),
            D::Sm3 => State::Sm3(Sm3::new()),
            D::BeltHash => State::BeltHash(BeltHash::new()),
            D::Bash256 => State::Bash256(BashHash256::new()),
            D::Bash384 => State::Bash384(BashHash384::new()),
            D::Bash512 => State::Bash512(BashHash512::new()),
            D::Kupyna256 => State::Kupyna256(Kupyna256::new()),
            D::Kupyna384 => State::Kupyna384(Kupyna384::new()),
            D::Kupyna512 => State::Kupyna512(Kupyna512::new()),
        })
    }

    /// Octets that the compression function takes at once; PKCS#12 and HMAC speak of it.
    pub(crate) fn block_size(self) -> usize {
        match self {
            // STB 34.101.77: for bash, the rate, as for SHA-3.
            D::Sha1 | D::Sha224 | D::Sha256 | D::Streebog256 | D::Streebog512 | D::Sm3 | D::Kupyna256 | D::Bash512 => {
                64
            }
            D::Sha384 | D::Sha512 | D::Sha512_224 | D::Sha512_256 | D::Kupyna384 | D::Kupyna512 | D::Bash256 => 128,
            D::Bash384 => 96,
            // FIPS 202 §7: for HMAC, the rate.
            D::Sha3_224 => 144,
            D::Sha3_256 | D::Shake256 => 136,
            D::Sha3_384 => 104,
            D::Sha3_512 => 72,
            D::Shake128 => 168,
            D::Gost34311 | D::GostR341194 | D::Gost34311Ua | D::BeltHash => 32,
        }
    }

    /// What `AlgorithmIdentifier`s name it by: the identifier that we write, and another that is met.
    fn oids(self) -> (ObjectIdentifier, Option<ObjectIdentifier>) {
        match self {
            D::Sha1 => (const { oid("1.3.14.3.2.26") }, None),
            D::Sha224 => (const { oid("2.16.840.1.101.3.4.2.4") }, None),
            D::Sha256 => (const { oid("2.16.840.1.101.3.4.2.1") }, None),
            D::Sha384 => (const { oid("2.16.840.1.101.3.4.2.2") }, None),
            D::Sha512 => (const { oid("2.16.840.1.101.3.4.2.3") }, None),
            D::Sha512_224 => (const { oid("2.16.840.1.101.3.4.2.5") }, None),
            D::Sha512_256 => (const { oid("2.16.840.1.101.3.4.2.6") }, None),
            D::Sha3_224 => (const { oid("2.16.840.1.101.3.4.2.7") }, None),
            D::Sha3_256 => (const { oid("2.16.840.1.101.3.4.2.8") }, None),
            D::Sha3_384 => (const { oid("2.16.840.1.101.3.4.2.9") }, None),
            D::Sha3_512 => (const { oid("2.16.840.1.101.3.4.2.10") }, None),
            D::Shake128 => (const { oid("2.16.840.1.101.3.4.2.11") }, None),
            // id-shake256-len (RFC 8419 §2.3) names its size in a parameter: another than 512 bits fails the comparison.
            D::Shake256 => (const { oid("2.16.840.1.101.3.4.2.12") }, Some(const { oid("2.16.840.1.101.3.4.2.18") })),
            D::Streebog256 => (const { oid("1.2.398.3.10.1.3.2") }, Some(const { oid("1.2.643.7.1.1.2.2") })),
            D::Streebog512 => (const { oid("1.2.398.3.10.1.3.3") }, Some(const { oid("1.2.643.7.1.1.2.3") })),
            D::Gost34311 => (const { oid("1.2.398.3.10.1.3.1") }, Some(const { oid("1.2.398.3.10.1.3.1.1.0") })),
            D::GostR341194 => (const { oid("1.2.643.2.2.9") }, None),
            D::Gost34311Ua => (const { oid("1.2.804.2.1.1.1.1.2.1") }, None),
            D::Sm3 => (const { oid("1.2.156.10197.1.401") }, None),
            D::BeltHash => (const { oid("1.2.112.0.2.0.34.101.31.81") }, None),
            D::Bash256 => (const { oid("1.2.112.0.2.0.34.101.77.11") }, None),
            D::Bash384 => (const { oid("1.2.112.0.2.0.34.101.77.12") }, None),
            D::Bash512 => (const { oid("1.2.112.0.2.0.34.101.77.13") }, None),
            D::Kupyna256 => (const { oid("1.2.804.2.1.1.1.1.2.2.1") }, None),
            D::Kupyna384 => (const { oid("1.2.804.2.1.1.1.1.2.2.2") }, None),
            D::Kupyna512 => (const { oid("1.2.804.2.1.1.1.1.2.2.3") }, None),
        }
    }
}

/// A digest, kept in place.
#[derive(Clone, Copy)]
pub struct DigestValue {
    octets: [u8; DIGEST_SIZE_MAX],
    size: usize,
}

/// The longest digest has so many octets.
const DIGEST_SIZE_MAX: usize = 64;

impl DigestValue {
    fn of(digest: &[u8]) -> Self {
        let (mut octets, size) = ([0; DIGEST_SIZE_MAX], digest.len().min(DIGEST_SIZE_MAX));
        octets.iter_mut().zip(digest).for_each(|(octet, value)| *octet = *value);
        Self { octets, size }
    }
}

impl Deref for DigestValue {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.octets.get(..self.size).unwrap_or(&self.octets)
    }
}

impl fmt::Debug for DigestValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DigestValue({})", crate::codec::armour::hex(self))
    }
}

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

/// A digest under way.
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
enum State {
    Sha1(Sha1),
    Sha224(Sha224),
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
    Sha512_224(Sha512_224),
    Sha512_256(Sha512_256),
    Sha3_224(Sha3_224),
    Sha3_256(Sha3_256),
    Sha3_384(Sha3_384),
    Sha3_512(Sha3_512),
    Shake128(Shake128),
    Shake256(Shake256),
    Streebog256(Streebog256),
    Streebog512(Streebog512),
    Gost34311(Gost94Test),
    GostR341194(Gost94CryptoPro),
    Gost34311Ua(Gost94UA),
    Sm3(Sm3),
    BeltHash(BeltHash),
    Bash256(BashHash256),
    Bash384(BashHash384),
    Bash512(BashHash512),
    Kupyna256(Kupyna256),
    Kupyna384(Kupyna384),
    Kupyna512(Kupyna512),
}

impl Hasher {
    /// Takes the next octets.
    pub fn update(&mut self, octets: &[u8]) {
        match &mut self.0 {
            State::Sha1(state) => state.update(octets),
            State::Sha224(state) => state.update(octets),
            State::Sha256(state) => state.update(octets),
            State::Sha384(state) => state.update(octets),
            State::Sha512(state) => state.update(octets),
            State::Sha512_224(state) => state.update(octets),
            State::Sha512_256(state) => state.update(octets),
            State::Sha3_224(state) => state.update(octets),
            State::Sha3_256(state) => state.update(octets),
            State::Sha3_384(state) => state.update(octets),
            State::Sha3_512(state) => state.update(octets),
            State::Shake128(state) => state.update(octets),
            State::Shake256(state) => state.update(octets),
            State::Streebog256(state) => state.update(octets),
            State::Streebog512(state) => state.update(octets),
            State::Gost34311(state) => state.update(octets),
            State::GostR341194(state) => state.update(octets),
            State::Gost34311Ua(state) => state.update(octets),
            State::Sm3(state) => state.update(octets),
            State::BeltHash(state) => state.update(octets),
            State::Bash256(state) => state.update(octets),
            State::Bash384(state) => state.update(octets),
            State::Bash512(state) => state.update(octets),
            State::Kupyna256(state) => state.update(octets),
            State::Kupyna384(state) => state.update(octets),
            State::Kupyna512(state) => state.update(octets),
        }
    }

    /// Gives the digest of everything taken.
    pub fn finish(self) -> Vec<u8> {
        match self.0 {
            State::Sha1(state) => state.finalize().to_vec(),
            State::Sha224(state) => state.finalize().to_vec(),
            State::Sha256(state) => state.finalize().to_vec(),
            State::Sha384(state) => state.finalize().to_vec(),
            State::Sha512(state) => state.finalize().to_vec(),
            State::Sha512_224(state) => state.finalize().to_vec(),
            State::Sha512_256(state) => state.finalize().to_vec(),
            State::Sha3_224(state) => state.finalize().to_vec(),
            State::Sha3_256(state) => state.finalize().to_vec(),
            State::Sha3_384(state) => state.finalize().to_vec(),
            State::Sha3_512(state) => state.finalize().to_vec(),
            State::Shake128(state) => state.finish(32),
            State::Shake256(state) => state.finish(64),
            State::Streebog256(state) => state.finalize().to_vec(),
            State::Streebog512(state) => state.finalize().to_vec(),
            State::Gost34311(state) => state.finalize().to_vec(),
            State::GostR341194(state) => state.finalize().to_vec(),
            State::Gost34311Ua(state) => state.finalize().to_vec(),
            State::Sm3(state) => state.finalize().to_vec(),
            State::BeltHash(state) => state.finalize().to_vec(),
            State::Bash256(state) => state.finalize().to_vec(),
            State::Bash384(state) => state.finalize().to_vec(),
            State::Bash512(state) => state.finalize().to_vec(),
            State::Kupyna256(state) => state.finalize().to_vec(),
            State::Kupyna384(state) => state.finalize().to_vec(),
            State::Kupyna512(state) => state.finalize().to_vec(),
        }
    }
}
