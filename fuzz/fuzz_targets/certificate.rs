//! Certificates: read or refused; a certificate that reads gives its own octets back.
#![no_main]

use qoltanba::x509::Certificate;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    if let Ok(certificate) = Certificate::parse(octets) {
        assert_eq!(certificate.der(), octets);
        let _ = (certificate.label(), certificate.certificate_policies(), format!("{certificate:?}"));
    }
});
