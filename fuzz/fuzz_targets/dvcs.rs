//! DVCS messages: read or refused; what is read and written reads again as the same.
#![no_main]

use qoltanba::cms::dvcs::{DvcsRequest, DvcsResponse};

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    if let Ok(request) = DvcsRequest::parse(octets) {
        assert_eq!(DvcsRequest::parse(&request.encode()).as_ref(), Ok(&request));
    }
    if let Ok(response) = DvcsResponse::parse(octets) {
        assert_eq!(DvcsResponse::parse(&response.encode()).as_ref(), Ok(&response));
    }
});
