//! CRLs: read or refused; never more entries than octets.
#![no_main]

use qoltanba::x509::Crl;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    if let Ok(crl) = Crl::parse(octets) {
        assert!(crl.entry_count() <= octets.len());
        let _ = (crl.issuing_distribution_point(), crl.entry(&[1]), crl.has_unusable_part(), format!("{crl:?}"));
    }
});
