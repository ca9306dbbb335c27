//! The Kazakh and the Russian corpus, and CMS messages and time stamps of other implementations, as `examples/conformance` measures them: nothing false
//! is accepted, nothing true refused.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test finds its corpus by environment and disk"
)]

#[path = "../examples/conformance/suite/mod.rs"]
#[expect(dead_code, reason = "the example uses the rest")]
mod suite;

use suite::{Measured, Standing};

/// Measures one family, or says plainly that it is not there.
fn measure(family: &str) -> Option<Measured> {
    let folder = suite::corpora().map(|root| root.join(family)).filter(|folder| folder.is_dir());
    let Some(folder) = folder else {
        suite::skip(&format!("corpora/{family}"));
        return None;
    };
    let (_, measure) = suite::FAMILIES.iter().find(|(name, _)| *name == family).unwrap();
    let measured = measure(&folder).unwrap();
    println!("{} cases, {} agree", measured.cases.len(), measured.count(Standing::Agree));
    Some(measured)
}

#[test]
fn the_kazakh_corpus_is_judged_as_it_is() {
    let Some(kz) = measure("kz") else { return };
    assert_eq!(kz.of(Standing::FalseAccept), Vec::<&str>::new());
    assert_eq!(kz.of(Standing::FalseReject), Vec::<&str>::new());
    let unread = kz.of(Standing::NotSupported);
    assert!(
        unread.iter().all(|id| id.starts_with("xml/") || id.starts_with("zip/") && !id.contains('#')),
        "{unread:?}"
    );
    if kz.missing.is_empty() {
        assert!(kz.cases.len() >= 1245, "{} cases", kz.cases.len());
        assert!(unread.len() <= 9, "{unread:?}");
        let broken = kz.cases.iter().find(|c| c.id == "zip/zip_multiply.zip#cms-signer1-signature").unwrap();
        assert_eq!(broken.actual, suite::Answer::Invalid, "the broken co-signer");
        let sound = kz.cases.iter().find(|c| c.id == "zip/zip_multiply.zip#cms-signer2-signature").unwrap();
        assert_eq!(sound.actual, suite::Answer::Valid, "its neighbour");
    }
}

#[test]
fn time_stamps_of_many_authorities_are_judged_as_they_are() {
    let Some(stamps) = measure("timestamps") else { return };
    assert_eq!(stamps.of(Standing::FalseAccept), Vec::<&str>::new());
    assert_eq!(stamps.of(Standing::FalseReject), Vec::<&str>::new());
    let unsupported = stamps.of(Standing::NotSupported);
    assert!(unsupported.iter().all(|id| id.contains(".ers")), "evidence records alone: {unsupported:?}");
    if stamps.missing.is_empty() {
        assert!(stamps.cases.len() >= 98, "{} cases", stamps.cases.len());
    }
}

#[test]
fn the_russian_corpus_is_judged_as_it_is() {
    let Some(russian) = measure("gost-ru") else { return };
    assert_eq!(russian.of(Standing::FalseAccept), Vec::<&str>::new());
    assert_eq!(russian.of(Standing::FalseReject), Vec::<&str>::new());
    // Its issuer's key is on the curve of the examples of RFC 5832, which is for tests.
    let unsupported = russian.of(Standing::NotSupported);
    assert!(unsupported.iter().all(|id| *id == "cert/46e8774ed2653fba.der"), "{unsupported:?}");
    if russian.missing.is_empty() {
        assert!(russian.cases.len() >= 2034, "{} cases", russian.cases.len());
    }
}

#[test]
fn messages_of_other_implementations_are_judged_as_they_are() {
    let Some(cms) = measure("cms") else { return };
    assert_eq!(cms.of(Standing::FalseAccept), Vec::<&str>::new());
    assert_eq!(cms.of(Standing::FalseReject), Vec::<&str>::new());
}

#[test]
fn ocsp_responses_of_other_implementations_are_judged_as_they_are() {
    let Some(ocsp) = measure("ocsp") else { return };
    assert_eq!(ocsp.of(Standing::FalseAccept), Vec::<&str>::new());
    // Its signature is a BIT STRING with two unused bits, which no signature of whole octets has.
    let refused = ocsp.of(Standing::FalseReject);
    assert!(refused.iter().all(|id| id.starts_with("files/56c5d808b866dba3.der")), "{refused:?}");
    let unsupported = ocsp.of(Standing::NotSupported);
    assert!(unsupported.is_empty(), "{unsupported:?}");
    if ocsp.missing.is_empty() {
        assert!(ocsp.cases.len() >= 150, "{} cases", ocsp.cases.len());
    }
}
