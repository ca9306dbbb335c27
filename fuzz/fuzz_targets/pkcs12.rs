//! PKCS#12 and PKCS#8: opened or refused; a key that opens knows its public half.
#![no_main]

use qoltanba::crypto::{SigningKey, pkcs12};

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let keys = [pkcs12::read(octets, "Qwerty12").ok().map(|c| c.key), SigningKey::from_pkcs8_der(octets).ok()];
    for key in keys.iter().flatten() {
        assert!(!key.public_key().spki_der().is_empty());
    }
});
