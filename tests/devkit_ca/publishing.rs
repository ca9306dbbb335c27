//! Revocation lists and certificates, as files that clients keep and ask about again.

use axum::http::{Method, StatusCode, header};
use qoltanba::service::devkit::{DevkitPki, generate_at};
use qoltanba::x509::{Certificate, Crl, oids};

use crate::site::{Site, certificate, kit};

#[tokio::test]
async fn lists_and_certificates_are_given_out_under_the_addresses_that_certificates_name() {
    let site = Site::shared();
    let base = "http://127.0.0.1:8480";
    let officer = certificate(kit(), "officer-head");
    let mut seen = 0;
    for extension in [oids::CRL_DISTRIBUTION_POINTS, oids::FRESHEST_CRL, oids::AUTHORITY_INFO_ACCESS] {
        let value = &officer.extensions().iter().find(|e| e.oid == extension).unwrap().value;
        // uniformResourceIdentifier: the octet before the address is its length.
        let starts = (0..value.len()).filter(|at| value[*at..].starts_with(base.as_bytes()));
        for at in starts {
            let path = std::str::from_utf8(&value[at + base.len()..at + usize::from(value[at - 1])]).unwrap();
            if path.starts_with("/devkit/ocsp/") {
                assert_eq!(site.post(path, "application/ocsp-request", Vec::new()).await.status, StatusCode::OK);
            } else {
                let answer = site.get(path).await;
                assert_eq!(answer.status, StatusCode::OK, "{path}");
                let is_list = path.contains("/crl/");
                assert_eq!(is_list, Crl::parse(&answer.octets).is_ok(), "{path}");
                assert_eq!(!is_list, Certificate::parse(&answer.octets).is_ok(), "{path}");
            }
            seen += 1;
        }
    }
    assert_eq!(seen, 4);
}

#[tokio::test]
async fn full_and_delta_lists_have_their_type_and_can_be_asked_about_again() {
    let site = Site::shared();
    for (label, delta) in [("issuing-gost", false), ("issuing-gost-delta", true), ("root-rsa", false)] {
        let path = format!("/devkit/crl/{label}.crl");
        let first = site.get(&path).await;
        assert_eq!(first.header(header::CONTENT_TYPE), "application/pkix-crl");
        assert_eq!(first.header(header::CACHE_CONTROL), "no-cache");
        assert_eq!(first.header(header::LAST_MODIFIED), "Thu, 01 Jan 2026 00:00:00 GMT");
        assert_eq!(Crl::parse(&first.octets).unwrap().is_delta(), delta);
        let tag = first.header(header::ETAG).to_owned();
        let modified = first.header(header::LAST_MODIFIED).to_owned();
        let asked = |headers: Vec<(&'static str, String)>| {
            let (site, path) = (&site, &path);
            async move {
                let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
                site.send(Method::GET, path, &headers, Vec::new()).await
            }
        };
        for known in [tag.clone(), format!("\"x\", {tag}"), format!("W/{tag}"), "*".to_owned()] {
            let again = asked(vec![("if-none-match", known)]).await;
            assert_eq!((again.status, again.octets.len()), (StatusCode::NOT_MODIFIED, 0));
            assert_eq!(again.header(header::ETAG), tag);
        }
        assert_eq!(asked(vec![("if-modified-since", modified.clone())]).await.status, StatusCode::NOT_MODIFIED);
        // An If-None-Match that does not fit wins over a date that does.
        let other = asked(vec![("if-none-match", "\"x\"".to_owned()), ("if-modified-since", modified)]).await;
        assert_eq!((other.status, other.octets == first.octets), (StatusCode::OK, true));
        let older = asked(vec![("if-modified-since", "Wed, 31 Dec 2025 23:59:59 GMT".to_owned())]).await;
        assert_eq!(older.status, StatusCode::OK);
        let head = site.send(Method::HEAD, &path, &[], Vec::new()).await;
        assert_eq!((head.status, head.octets.len()), (StatusCode::OK, 0));
    }
}

#[tokio::test]
async fn nothing_else_of_the_folder_is_given_out() {
    let site = Site::shared();
    for path in [
        "/devkit/crl/issuing-gost",
        "/devkit/crl/issuing-gost.cer",
        "/devkit/crl/..%2fINDEX.json",
        "/devkit/crl/..%2f..%2fetc%2fpasswd.crl",
        "/devkit/cert/nobody.cer",
        "/devkit/cert/officer-head.key.pem",
        "/devkit/cert/..%2fkeys%2fofficer-head.cer",
    ] {
        assert_eq!(site.get(path).await.problem(), (404, "NOT_FOUND".to_owned()), "{path}");
    }
    for path in ["/devkit", "/devkit/", "/devkit/keys/password", "/devkit/INDEX.json"] {
        assert_eq!(site.get(path).await.problem(), (404, "NO_ROUTE".to_owned()), "{path}");
    }
    let answer = site.post("/devkit/crl/issuing-gost.crl", "application/pkix-crl", vec![0]).await;
    assert_eq!(answer.problem(), (405, "METHOD_NOT_ALLOWED".to_owned()));
}

#[test]
fn a_devkit_for_another_address_has_the_same_keys_and_other_addresses() {
    let (here, there) = (DevkitPki::build().unwrap(), DevkitPki::build_at("http://pki.example:81/x/").unwrap());
    let (one, other) = (here.certificate("officer-p256").unwrap(), there.certificate("officer-p256").unwrap());
    assert_eq!((one.spki_der(), one.serial()), (other.spki_der(), other.serial()));
    let text = |c: &Certificate| String::from_utf8_lossy(c.der()).into_owned();
    assert!(text(one).contains("http://127.0.0.1:8480/devkit/ocsp/issuing-rsa"));
    assert!(text(other).contains("http://pki.example:81/x/crl/issuing-rsa-delta.crl"));
    assert!(!text(other).contains("127.0.0.1"));
    let folder = tempfile::tempdir().unwrap();
    for wrong in ["", "pki.example", "ftp://pki.example", "http://pki.example/ x", "http://пки", &"http://x".repeat(99)]
    {
        assert!(DevkitPki::build_at(wrong).is_err(), "{wrong}");
        assert!(generate_at(folder.path(), wrong).is_err(), "{wrong}");
    }
}
