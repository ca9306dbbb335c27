//! RSASSA-PSS beside RustCrypto's: over whatever was signed and then changed, both say the same.
#![no_main]

use std::borrow::Cow;
use std::sync::OnceLock;

use qoltanba::crypto::{
    DigestAlgorithm, KeyAlgorithm, Outcome, PssParameters, SeededEntropy, SignatureAlgorithm, SignatureClaim, SigningKey,
    verify_many,
};
use rsa::pkcs1::DecodeRsaPrivateKey as _;
use rsa::sha2::{Digest as _, Sha256};
use rsa::{Pss, RsaPrivateKey};

static KEY: OnceLock<(SigningKey, RsaPrivateKey)> = OnceLock::new();

fn key() -> &'static (SigningKey, RsaPrivateKey) {
    KEY.get_or_init(|| {
        let ours = SigningKey::generate(KeyAlgorithm::Rsa2048, &mut SeededEntropy::new(b"fuzz")).unwrap();
        let pkcs8 = ours.to_pkcs8_der();
        // PrivateKeyInfo: the last value is the OCTET STRING around the PKCS#1 key.
        let start = pkcs8.windows(4).skip(8).position(|w| w[..2] == [0x30, 0x82]).unwrap() + 8;
        let theirs = (start..start + 40).find_map(|at| RsaPrivateKey::from_pkcs1_der(pkcs8.get(at..)?).ok()).unwrap();
        (ours, theirs)
    })
}

libfuzzer_sys::fuzz_target!(|input: (u8, Vec<u8>, Option<(u16, u8)>)| {
    let (salt_size, message, change) = input;
    let salt_size = salt_size % 64;
    let (ours, theirs) = key();
    let digest = Sha256::digest(&message);
    let scheme = || Pss::<Sha256>::new_with_salt(usize::from(salt_size));
    let Ok(mut value) = theirs.sign_with_rng(&mut rand_core::UnwrapErr(getrandom::SysRng), scheme(), &digest) else { return };
    if let Some((at, mask)) = change {
        let at = usize::from(at) % value.len();
        value[at] ^= mask;
    }
    let named = PssParameters::new(DigestAlgorithm::Sha256, DigestAlgorithm::Sha256, u32::from(salt_size)).unwrap();
    let claim = SignatureClaim {
        algorithm: SignatureAlgorithm::RsaPss(named),
        key: ours.public_key(),
        message: Cow::Borrowed(&message),
        value: Cow::Borrowed(&value),
    };
    let told = matches!(verify_many(&[claim]).as_slice(), [Outcome::Valid(_)]);
    assert_eq!(told, theirs.to_public_key().verify(scheme(), &digest, &value).is_ok());
});
