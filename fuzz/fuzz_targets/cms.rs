//! SignedData and time-stamp tokens: read or refused; a copied message keeps its signers.
#![no_main]

use qoltanba::cms::{SignedData, TimeStampResponse, TstInfo, add_unsigned_attribute, oids};

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let _ = (TstInfo::parse(octets), TimeStampResponse::parse(octets));
    let Ok(message) = SignedData::parse(octets) else { return };
    if let Ok(Some(stamped)) = add_unsigned_attribute(octets, 0, oids::SIGNATURE_TIME_STAMP, &[0x05, 0x00]) {
        let again = SignedData::parse(&stamped).expect("what we wrote reads");
        assert_eq!(again.signer_infos.len(), message.signer_infos.len());
    }
});
