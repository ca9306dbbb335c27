//! Published values for digests, HMAC and the generator; the table of algorithms; verification of many. Keys for the
//! tests beside them.
#![expect(clippy::arithmetic_side_effects, reason = "a test: a wrong sum fails it")]

use std::borrow::Cow;
use std::sync::OnceLock;

use const_oid::ObjectIdentifier;

use super::UnsupportedAlgorithm as U;
use super::drbg::HmacDrbg;
use super::hmac::hmac;
use super::*;
use crate::codec::armour;
use crate::codec::der;

/// One key of every kind, made from a seed; RSA of 2048 bits only, as larger ones take long.
pub(super) fn keys() -> &'static [SigningKey] {
    static KEYS: OnceLock<Vec<SigningKey>> = OnceLock::new();
    KEYS.get_or_init(|| {
        let kinds = KeyAlgorithm::ALL.into_iter();
        let kinds = kinds.filter(|kind| !kind.name().ends_with("-3072") && !kind.name().ends_with("-4096"));
        kinds.map(|kind| SigningKey::generate(kind, &mut SeededEntropy::new(kind.name().as_bytes())).unwrap()).collect()
    })
}

pub(super) fn key(kind: KeyAlgorithm) -> &'static SigningKey {
    keys().iter().find(|key| key.key_algorithm() == kind).unwrap()
}

pub(super) fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
}

pub(super) fn claim<'a>(
    algorithm: SignatureAlgorithm,
    key: &'a PublicKey,
    message: &'a [u8],
    value: &'a [u8],
) -> SignatureClaim<'a> {
    SignatureClaim { algorithm, key, message: Cow::Borrowed(message), value: Cow::Borrowed(value) }
}

pub(super) fn is_valid(claim: SignatureClaim<'_>) -> bool {
    matches!(verify_many(&[claim]).as_slice(), [Outcome::Valid(_)])
}

#[test]
fn digests_give_the_published_values_in_one_piece_and_streamed() {
    let published = [
        (DigestAlgorithm::Sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (DigestAlgorithm::Sha224, "abc", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
        (DigestAlgorithm::Sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (DigestAlgorithm::Streebog256, "", "3f539a213e97c802cc229d474c6aa32a825a360b2a933a949fd925208d9ce1bb"),
        // FIPS 202, the values of NIST's examples.
        (DigestAlgorithm::Sha3_224, "abc", "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf"),
        (DigestAlgorithm::Sha3_256, "abc", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
        (
            DigestAlgorithm::Sha3_384,
            "abc",
            "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25",
        ),
        (
            DigestAlgorithm::Sha3_512,
            "abc",
            "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e\
             10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
        ),
        (
            DigestAlgorithm::Streebog512,
            "",
            "8e945da209aa869f0455928529bcae4679e9873ab707b55315f56ceb98bef0a7\
             362f715528356ee83cda5f2aac4c6ad2ba3a715c1bcd81cb8e9f90bf4c1c1a8a",
        ),
        (DigestAlgorithm::Sha512_224, "abc", "4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa"),
        (DigestAlgorithm::Sha512_256, "abc", "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"),
        (DigestAlgorithm::Shake128, "", "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26"),
        (
            DigestAlgorithm::Shake256,
            "",
            "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f\
             d75dc4ddd8c0f200cb05019d67b592f6fc821c49479ab48640292eacb3b7c4be",
        ),
        // RFC 5831 names both S-boxes; the values are those of the GOST engine.
        (DigestAlgorithm::Gost34311, "", "ce85b99cc46752fffee35cab9a7b0278abb4c2d2055cff685af4912c49490f8d"),
        (DigestAlgorithm::GostR341194, "abc", "b285056dbf18d7392d7677369524dd14747459ed8143997e163b2986f92fd42c"),
        // The value of UAPKI.
        (DigestAlgorithm::Gost34311Ua, "test", "7c536414f8b5b9cc649fdf3cccb2685c1a12622956308e34f31c50ed7b3af56c"),
        // GB/T 32905 §A.1.
        (DigestAlgorithm::Sm3, "abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
    ];
    for (algorithm, message, expected) in published {
        let mut hasher = algorithm.hasher();
        for octet in message.as_bytes() {
            hasher.update(&[*octet]);
        }
        assert_eq!(armour::hex(&algorithm.digest(message.as_bytes())), expected, "{}", algorithm.name());
        assert_eq!(armour::hex(&hasher.finish()), expected);
        assert_eq!(algorithm.output_size() * 2, expected.len());
    }
}

#[test]
fn the_digests_of_belarus_and_ukraine_give_the_values_of_their_standards() {
    // The first rows of the table of belt, which the examples of STB 34.101.31 and 34.101.77 take as their message.
    let h = "b194bac80a08f53b366d008e584a5de48504fa9d1bb6c7ac252e72c202fdce0d5be3d61217b96181fe6786ad716b890b\
             5cb0c0ff33c356b835c405aed8e07f";
    let h = unhex(h);
    let counted: Vec<u8> = (0..64).collect();
    let published = [
        (DigestAlgorithm::BeltHash, &h[..32], "749e4c3653aece5e48db4761227742eb6dbe13f4a80f7beff1a9cf8d10ee7786"),
        (
            DigestAlgorithm::Bash512,
            &h[..63],
            "2a66c87c189c12e255239406123bdedbf19955eaf0808b2ad705e249220845e2\
             0f4786fb6765d0b5c48984b1b16556ef19ea8192b985e4233d9c09508d6339e7",
        ),
        // DSTU 7564 §B.2.
        (DigestAlgorithm::Kupyna256, &counted, "08f4ee6f1be6903b324c4e27990cb24ef69dd58dbe84813ee0a52f6631239875"),
    ];
    for (algorithm, message, expected) in published {
        assert_eq!(armour::hex(&algorithm.digest(message)), expected, "{}", algorithm.name());
        assert_eq!(algorithm.output_size() * 2, expected.len());
        assert_eq!(DigestAlgorithm::from_oid(algorithm.oid()), Some(algorithm));
    }
    let sizes =
        [DigestAlgorithm::Bash256, DigestAlgorithm::Bash384, DigestAlgorithm::Kupyna384, DigestAlgorithm::Kupyna512];
    assert_eq!(sizes.map(|d| (d.digest(b"").len(), d.output_size())), [(32, 32), (48, 48), (48, 48), (64, 64)]);
}

#[test]
fn a_digest_is_found_by_its_kazakh_and_its_russian_name() {
    let by = |oid| DigestAlgorithm::from_oid(ObjectIdentifier::new_unwrap(oid));
    assert_eq!(by("1.2.398.3.10.1.3.3"), Some(DigestAlgorithm::Streebog512));
    assert_eq!(by("1.2.643.7.1.1.2.3"), Some(DigestAlgorithm::Streebog512));
    assert_eq!(by("1.2.398.3.10.1.3.1"), Some(DigestAlgorithm::Gost34311));
    assert_eq!(by("1.2.643.2.2.9"), Some(DigestAlgorithm::GostR341194), "another S-box, another digest");
    assert_eq!(by("1.2.840.113549.2.5"), None, "MD5");
    assert_eq!(by("2.16.840.1.101.3.4.2.8"), Some(DigestAlgorithm::Sha3_256));
    assert_eq!(by("2.16.840.1.101.3.4.2.12"), Some(DigestAlgorithm::Shake256));
    assert_eq!(by("2.16.840.1.101.3.4.2.13"), None, "a MAC");
}

#[test]
fn hmac_gives_the_published_values() {
    // RFC 4231 §4.3 and §4.7 (a key longer than a block), RFC 7836 §B.
    let jefe = hmac(DigestAlgorithm::Sha256, b"Jefe", &[b"what do ya want ", b"for nothing?"]);
    assert_eq!(armour::hex(&jefe), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    let long =
        hmac(DigestAlgorithm::Sha256, &[0xaa; 131], &[b"Test Using Larger Than Block-Size Key - Hash Key First"]);
    assert_eq!(armour::hex(&long), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    // A block of SHA-3 is its rate; the value is OpenSSL's.
    let sha3 = hmac(DigestAlgorithm::Sha3_256, b"Jefe", &[b"what do ya want for nothing?"]);
    assert_eq!(armour::hex(&sha3), "c7d4072e788877ae3596bbb0da73b887c9171f93095b294ae857fbe2645e1ba5");
    let key: Vec<u8> = (0..32).collect();
    let streebog = hmac(DigestAlgorithm::Streebog256, &key, &[&unhex("0126bdb87800af214341456563780100")]);
    assert_eq!(armour::hex(&streebog), "a1aa5f7de402d7b3d323f2991c8d4534013137010a83754fd0af6d7cd4922ed9");
}

#[test]
fn the_generator_gives_the_nonce_of_rfc_6979() {
    // §A.2.5: P-256, SHA-256, message "sample"; the digest is below the order.
    let x = unhex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721");
    let mut k = [0; 32];
    HmacDrbg::new(DigestAlgorithm::Sha256, &[&x, &DigestAlgorithm::Sha256.digest(b"sample")]).generate(&mut k);
    assert_eq!(armour::hex(&k), "a6e3c57dd01abe90086538398355dd4c3b17aa873382b0f24d6129493d8aad60");
}

#[test]
fn seeded_entropy_repeats_itself_and_differs_by_seed() {
    let draw = |seed: &[u8]| {
        let mut out = [0; 100];
        SeededEntropy::new(seed).fill(&mut out).unwrap();
        out
    };
    assert_eq!(draw(b"a"), draw(b"a"));
    assert_ne!(draw(b"a"), draw(b"b"));
    let mut octets = [0; 32];
    SystemEntropy.fill(&mut octets).unwrap();
    assert_ne!(octets, [0; 32]);
}

#[test]
fn every_algorithm_identifier_that_we_write_resolves_to_its_algorithm() {
    for key in keys() {
        let algorithm = key.signature_algorithm();
        let der = algorithm.algorithm_identifier_der();
        let mut reader = der::Reader::new(&der, der::Encoding::Der, "test").sequence().unwrap();
        let oid = reader.oid().unwrap();
        let params = reader.any().ok().map(|params| params.raw.to_vec());
        let resolve = |digest| SignatureAlgorithm::resolve(oid, params.as_deref(), digest, key.public_key());
        assert_eq!(resolve(None), Ok(algorithm));
        assert_eq!(resolve(Some(algorithm.digest().unwrap_or(DigestAlgorithm::Sha512))), Ok(algorithm));
        let named = DigestAlgorithm::Sha1;
        assert_eq!(resolve(Some(named)), Err(UnsupportedAlgorithm::DigestMismatch { oid, named }));
    }
}

#[test]
fn under_a_key_oid_the_digest_decides() {
    let rsa = key(KeyAlgorithm::Rsa2048).public_key();
    let oid = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
    let resolve = |params, digest| SignatureAlgorithm::resolve(oid, params, digest, rsa);
    let null = der::null();
    assert_eq!(
        resolve(Some(&null), Some(DigestAlgorithm::Sha384)),
        Ok(SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha384))
    );
    assert_eq!(resolve(None, Some(DigestAlgorithm::Sha1)), Ok(SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha1)));
    assert_eq!(resolve(None, None), Err(UnsupportedAlgorithm::DigestNotNamed { oid }));
    let named = DigestAlgorithm::Streebog256;
    assert_eq!(resolve(None, Some(named)), Err(UnsupportedAlgorithm::DigestMismatch { oid, named }));
    assert_eq!(
        resolve(None, Some(DigestAlgorithm::Sha3_256)),
        Ok(SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha3_256))
    );
    let sequence = der::sequence(&[]);
    let refused = Err(UnsupportedAlgorithm::Parameters { oid });
    assert_eq!(resolve(Some(&sequence), Some(DigestAlgorithm::Sha256)), refused);

    // The Kalkan library names GOST 34.310-2004 by its key.
    let old = key(KeyAlgorithm::GostKz2004).public_key();
    let oid = ObjectIdentifier::new_unwrap("1.2.398.3.10.1.1.1.1");
    let resolve = |digest| SignatureAlgorithm::resolve(oid, None, Some(digest), old);
    assert_eq!(resolve(DigestAlgorithm::Gost34311), Ok(SignatureAlgorithm::Gost343102004Kz));
    let named = DigestAlgorithm::GostR341194;
    assert_eq!(resolve(named), Err(UnsupportedAlgorithm::DigestMismatch { oid, named }));

    // As CryptoPro does.
    let old = key(KeyAlgorithm::Gost2001).public_key();
    let oid = ObjectIdentifier::new_unwrap("1.2.643.2.2.19");
    let resolve = |digest| SignatureAlgorithm::resolve(oid, Some(&null), Some(digest), old);
    assert_eq!(resolve(DigestAlgorithm::GostR341194), Ok(SignatureAlgorithm::GostR34102001));
    for named in [DigestAlgorithm::Gost34311, DigestAlgorithm::Streebog256] {
        assert_eq!(resolve(named), Err(UnsupportedAlgorithm::DigestMismatch { oid, named }));
    }
}

#[test]
fn what_does_not_fit_the_key_or_is_unknown_is_unsupported() {
    let resolve = |oid, params: Option<&[u8]>, kind| {
        let oid = ObjectIdentifier::new_unwrap(oid);
        SignatureAlgorithm::resolve(oid, params, None, key(kind).public_key())
    };
    let md5 = resolve("1.2.840.113549.1.1.4", None, KeyAlgorithm::Rsa2048);
    assert!(md5.is_err_and(|error| error.to_string().contains("RSA with MD5")));
    let hashed = resolve("2.16.840.1.101.3.4.3.32", None, KeyAlgorithm::Rsa2048);
    assert!(hashed.is_err_and(|error| error.to_string().contains("HashML-DSA-44")));
    assert!(matches!(resolve("1.2.3", None, KeyAlgorithm::Rsa2048), Err(U::Unknown { .. })));
    let foreign = resolve("1.2.643.7.1.1.3.3", None, KeyAlgorithm::GostKz512);
    assert!(matches!(foreign, Err(U::KeyMismatch { .. })), "the Russian name of the same mathematics");
    let ec = resolve("1.2.840.10045.2.1", None, KeyAlgorithm::EcP256);
    assert!(matches!(ec, Err(U::Unknown { .. })), "an EC key's OID signs nothing");
    let null = der::null();
    let ecdsa = resolve("1.2.840.10045.4.3.2", Some(&null), KeyAlgorithm::EcP256);
    assert!(matches!(ecdsa, Err(U::Parameters { .. })), "RFC 5758 §3.2: absent");
    let russian = resolve("1.2.643.7.1.1.3.2", Some(&null), KeyAlgorithm::Gost2012_256);
    assert_eq!(russian, Ok(SignatureAlgorithm::GostR34102012_256));
    let ecdsa = resolve("1.2.840.10045.4.3.3", None, KeyAlgorithm::EcP256);
    assert_eq!(ecdsa, Ok(SignatureAlgorithm::Ecdsa(EcCurve::P256, DigestAlgorithm::Sha384)));
}

#[test]
fn an_outcome_does_not_depend_on_its_neighbours() {
    let (one, other) = (key(KeyAlgorithm::EcP256), key(KeyAlgorithm::GostKz256));
    let (v1, v2) = (one.sign(b"m").unwrap(), other.sign(b"m").unwrap());
    let good = claim(one.signature_algorithm(), one.public_key(), b"m", &v1);
    let also = claim(other.signature_algorithm(), other.public_key(), b"m", &v2);
    let crossed = claim(one.signature_algorithm(), one.public_key(), b"m", &v2);
    let altered = claim(one.signature_algorithm(), one.public_key(), b"n", &v1);
    let renamed = claim(SignatureAlgorithm::Ecdsa(EcCurve::P256, DigestAlgorithm::Sha384), one.public_key(), b"m", &v1);
    let claims = [&good, &crossed, &also, &good, &altered, &renamed, &also].map(Clone::clone);
    let outcomes = verify_many(&claims).into_iter().map(|o| matches!(o, Outcome::Valid(_))).collect::<Vec<_>>();
    assert_eq!(outcomes, [true, false, true, true, false, false, true]);
    assert!(verify_many(&[]).is_empty());
}
