//! OCSP responses: read or refused; what is signed lies within the response.
#![no_main]

use qoltanba::x509::OcspResponse;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    if let Ok(response) = OcspResponse::parse(octets) {
        assert!(response.tbs.len() <= octets.len());
    }
});
