//! Russian block ciphers in the modes that key containers use: GOST 28147-89 in CFB with key meshing (RFC 5830 §6, RFC 4357
//! §2.3.2), Magma and Kuznyechik in CTR-ACPKM (RFC 8645 §6.2.2), with OMAC where the scheme has one.

use kuznyechik::Kuznyechik;
use magma::cipher::array::Array;
use magma::cipher::consts::{U8, U32};
use magma::cipher::{Block, BlockCipherDecrypt, BlockCipherEncrypt, BlockSizeUser, KeyInit, KeySizeUser};
use magma::{Gost89CryptoProA, Gost89CryptoProB, Gost89CryptoProC, Gost89CryptoProD, Magma};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::digest::DigestAlgorithm;
use super::hmac::hmac;

/// A key of 256 bits.
pub(super) type Key = Zeroizing<[u8; 32]>;

/// The S-boxes of GOST 28147-89 that containers name (RFC 4357 §11.2, RFC 7836 appendix C). All of them mesh their keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum SBox {
    CryptoProA,
    CryptoProB,
    CryptoProC,
    CryptoProD,
    Tc26Z,
}

/// A cipher of GOST R 34.12-2015.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cipher2015 {
    Magma,
    Kuznyechik,
}

/// RFC 4357 §2.3.2: octets after which the key is changed.
const MESHING_OCTETS: usize = 1024;

/// RFC 4357 §2.3.2: what the next key is decrypted from.
const MESHING_CONSTANT: [u8; 32] = [
    0x69, 0x00, 0x72, 0x22, 0x64, 0xc9, 0x04, 0x23, 0x8d, 0x3a, 0xdb, 0x96, 0x46, 0xe9, 0x2a, 0xc4, 0x18, 0xfe, 0xac,
    0x94, 0x00, 0xed, 0x07, 0x12, 0xc0, 0x86, 0xdc, 0xc2, 0xef, 0x4c, 0xa9, 0x2b,
];

/// Decrypts GOST 28147-89 in CFB.
pub(super) fn decrypt_cfb(sbox: SBox, key: &Key, iv: [u8; 8], ciphertext: &[u8]) -> Zeroizing<Vec<u8>> {
    match sbox {
        SBox::CryptoProA => cfb::<Gost89CryptoProA>(key, iv, ciphertext),
        SBox::CryptoProB => cfb::<Gost89CryptoProB>(key, iv, ciphertext),
        SBox::CryptoProC => cfb::<Gost89CryptoProC>(key, iv, ciphertext),
        SBox::CryptoProD => cfb::<Gost89CryptoProD>(key, iv, ciphertext),
        SBox::Tc26Z => cfb::<Magma>(key, iv, ciphertext),
    }
}

fn cfb<C>(key: &Key, mut iv: [u8; 8], ciphertext: &[u8]) -> Zeroizing<Vec<u8>>
where
    C: KeyInit + KeySizeUser<KeySize = U32> + BlockSizeUser<BlockSize = U8> + BlockCipherEncrypt + BlockCipherDecrypt,
{
    let mut out = Zeroizing::new(ciphertext.to_vec());
    let mut key = key.clone();
    for (i, stretch) in out.chunks_mut(MESHING_OCTETS).enumerate() {
        if i > 0 {
            key = meshed(&little_endian::<C>(&key));
            iv = swapped(iv, |block| little_endian::<C>(&key).encrypt_block(block));
        }
        let cipher = little_endian::<C>(&key);
        for piece in stretch.chunks_mut(8) {
            let gamma = Zeroizing::new(swapped(iv, |block| cipher.encrypt_block(block)));
            for ((octet, gamma), next) in piece.iter_mut().zip(gamma.iter()).zip(&mut iv) {
                *next = *octet;
                *octet ^= gamma;
            }
        }
    }
    out
}

/// The next key (RFC 4357 §2.3.2).
fn meshed<C: BlockSizeUser<BlockSize = U8> + BlockCipherDecrypt>(cipher: &C) -> Key {
    let mut key = Zeroizing::new(MESHING_CONSTANT);
    for chunk in key.as_chunks_mut::<8>().0 {
        *chunk = swapped(*chunk, |block| cipher.decrypt_block(block));
    }
    key
}

/// GOST 28147-89 reads words little-endian where GOST R 34.12-2015 reads them big-endian: the key word by word.
fn little_endian<C: KeyInit + KeySizeUser<KeySize = U32>>(key: &Key) -> C {
    let mut words = key.clone();
    words.as_chunks_mut::<4>().0.iter_mut().for_each(|word| word.reverse());
    C::new(&Array(*words))
}

/// The same for a block, before and after.
fn swapped(mut octets: [u8; 8], apply: impl FnOnce(&mut Array<u8, U8>)) -> [u8; 8] {
    octets.reverse();
    let mut block = Array(octets);
    apply(&mut block);
    let mut octets = block.0;
    octets.reverse();
    octets
}

impl Cipher2015 {
    /// Octets of a block.
    pub(super) fn block_size(self) -> usize {
        match self {
            Self::Magma => 8,
            Self::Kuznyechik => 16,
        }
    }

    /// Octets after which the key is changed (R 1323565.1.025-2019 §9.1).
    fn section_size(self) -> usize {
        match self {
            Self::Magma => 8 * 1024,
            Self::Kuznyechik => 256 * 1024,
        }
    }

    /// Decrypts CTR-ACPKM.
    ///
    /// *Takes* the first half of the counter block.
    pub(super) fn decrypt(self, key: &Key, iv: &[u8], ciphertext: &[u8]) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Magma => ctr_acpkm::<Magma>(key, iv, (self.section_size(), ciphertext)),
            Self::Kuznyechik => ctr_acpkm::<Kuznyechik>(key, iv, (self.section_size(), ciphertext)),
        }
    }

    /// Decrypts CTR-ACPKM with OMAC: keys for both are derived from `key` and `seed`, and the encrypted text ends with its
    /// MAC. `None`: the MAC does not hold.
    pub(super) fn open(self, key: &Key, (iv, seed): (&[u8], &[u8]), ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let [encryption, mac] = kdf_tree(key, seed);
        let mut plain = self.decrypt(&encryption, iv, ciphertext);
        let size = plain.len().checked_sub(self.block_size())?;
        let expected = match self {
            Self::Magma => omac::<Magma>(&mac, plain.get(..size)?, 0x1b),
            Self::Kuznyechik => omac::<Kuznyechik>(&mac, plain.get(..size)?, 0x87),
        };
        let holds = bool::from(expected.as_slice().ct_eq(plain.get(size..)?));
        plain.truncate(size);
        holds.then_some(plain)
    }
}

/// RFC 8645 §6.2.2: the counter runs on through all sections, each of which has the key that the one before it leads to.
fn ctr_acpkm<C>(key: &Key, iv: &[u8], (section_size, text): (usize, &[u8])) -> Zeroizing<Vec<u8>>
where
    C: KeyInit + KeySizeUser<KeySize = U32> + BlockCipherEncrypt,
{
    let mut out = Zeroizing::new(text.to_vec());
    let mut counter = Block::<C>::default();
    counter.iter_mut().zip(iv).for_each(|(to, from)| *to = *from);
    let mut key = key.clone();
    for section in out.chunks_mut(section_size) {
        let cipher = C::new(&Array(*key));
        for piece in section.chunks_mut(counter.len()) {
            let mut gamma = counter.clone();
            cipher.encrypt_block(&mut gamma);
            piece.iter_mut().zip(&gamma).for_each(|(octet, gamma)| *octet ^= gamma);
            increment(&mut counter);
        }
        key = next_section_key(&cipher);
    }
    out
}

/// ACPKM (RFC 8645 §6.2.1): the octets 0x80 to 0x9f, encrypted.
fn next_section_key<C: BlockCipherEncrypt>(cipher: &C) -> Key {
    let mut key = Zeroizing::new([0; 32]);
    key.iter_mut().zip(0x80..).for_each(|(octet, value)| *octet = value);
    for chunk in key.chunks_exact_mut(C::block_size()) {
        let mut block = Block::<C>::default();
        block.copy_from_slice(chunk);
        cipher.encrypt_block(&mut block);
        chunk.copy_from_slice(&block);
    }
    key
}

fn increment(counter: &mut [u8]) {
    for octet in counter.iter_mut().rev() {
        *octet = octet.wrapping_add(1);
        if *octet != 0 {
            break;
        }
    }
}

/// KDF_TREE_GOSTR3411_2012_256 (RFC 7836 §4.5) with R = 1 and 512 bits of output: two keys.
fn kdf_tree(key: &Key, seed: &[u8]) -> [Key; 2] {
    [1, 2].map(|i| {
        let octets = hmac(DigestAlgorithm::Streebog256, key.as_slice(), &[&[i], b"kdf tree", &[0], seed, &[2, 0]]);
        let mut key = Zeroizing::new([0; 32]);
        key.iter_mut().zip(octets.iter()).for_each(|(to, from)| *to = *from);
        key
    })
}

/// The MAC of GOST R 34.13-2015 §5.6, which is CMAC, whole.
fn omac<C>(key: &Key, text: &[u8], reduction: u8) -> Vec<u8>
where
    C: KeyInit + KeySizeUser<KeySize = U32> + BlockCipherEncrypt,
{
    let cipher = C::new(&Array(**key));
    let mut whole_key = Block::<C>::default();
    cipher.encrypt_block(&mut whole_key);
    double(&mut whole_key, reduction);
    let mut padded_key = whole_key.clone();
    double(&mut padded_key, reduction);

    let size = C::block_size();
    // The last block is never an empty one, unless there is nothing at all.
    let last_at = text.len().div_ceil(size).saturating_sub(1).saturating_mul(size);
    let (head, last) = text.split_at_checked(last_at).unwrap_or((text, &[]));
    let mut state = Block::<C>::default();
    for block in head.chunks(size) {
        state.iter_mut().zip(block).for_each(|(octet, text)| *octet ^= text);
        cipher.encrypt_block(&mut state);
    }
    let (mask, padding) = if last.len() == size { (whole_key, 0) } else { (padded_key, 0x80) };
    let last = last.iter().copied().chain([padding]).chain(std::iter::repeat(0));
    state.iter_mut().zip(mask.iter().zip(last)).for_each(|(octet, (mask, text))| *octet ^= mask ^ text);
    cipher.encrypt_block(&mut state);
    state.to_vec()
}

/// Multiplies by x in the field of the block's size.
fn double(block: &mut [u8], reduction: u8) {
    let mut carry = 0;
    for octet in block.iter_mut().rev() {
        let out = *octet >> 7;
        *octet = (*octet << 1) | carry;
        carry = out;
    }
    if let Some(last) = block.last_mut() {
        *last ^= carry.wrapping_mul(reduction);
    }
}

#[cfg(test)]
mod tests;
