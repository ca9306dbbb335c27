//! Faults of upstreams, one by one, and attempts to get inside.

use std::sync::Arc;

use qoltanba::crypto::DigestAlgorithm;
use qoltanba::fetch::{FetchError, FetchRules, Fetcher, Kept, Key, Kind, Known, Upstreams, Wish};
use qoltanba::limits::{FETCH_CERTIFICATES_BYTES_MAX, FETCH_FAILURES_MAX, FETCH_REPEAT_SECONDS};
use qoltanba::service::devkit::DevkitPki;
use qoltanba::time::Clock;
use qoltanba::x509::{CertId, OcspRequest};

use crate::server::{Act, Request, Upstream, not_found, ok, raw, with_headers};
use crate::{fetcher, now, quick, refusal, url};

fn pki() -> &'static DevkitPki {
    crate::settling::pki()
}

fn crl() -> Vec<u8> {
    pki().crl("root-gost").unwrap().der().to_vec()
}

/// `http://up.test` leads to the upstream.
fn rules(upstream: &Upstream) -> FetchRules {
    FetchRules { routes: vec![upstream.route("up.test")], ..FetchRules::default() }
}

fn faulty(request: &Request) -> Act {
    let redirect = |to: &str| raw(&format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"));
    match request.path.as_str() {
        "/hang" => Act::Hang(Vec::new()),
        "/hang-in-head" => Act::Hang(b"HTTP/1.1 200 OK\r\n".to_vec()),
        "/drip-head" => Act::Drip(b"HTTP/1.1 200 OK\r\nX: ".to_vec()),
        "/hang-in-body" => Act::Hang(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1234".to_vec()),
        "/drip" => Act::Drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n".to_vec()),
        "/longer-than-it-is" => raw("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort"),
        "/shorter-than-it-is" => {
            let mut octets = b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n".to_vec();
            octets.extend_from_slice(&crl());
            Act::Raw(octets)
        }
        "/gigabyte-announced" => {
            Act::Flood(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n".to_vec(), vec![0; 65_536])
        }
        "/gigabyte-chunked" => {
            let mut block = b"10000\r\n".to_vec();
            block.resize(7 + 65_536, 0);
            block.extend_from_slice(b"\r\n");
            Act::Flood(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec(), block)
        }
        "/gigabyte-to-the-end" => Act::Flood(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![0; 65_536]),
        "/headers-for-ever" => Act::Flood(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X-More: and more\r\n".repeat(100)),
        "/one-header-for-ever" => Act::Flood(b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'a'; 65_536]),
        "/continue-for-ever" => Act::Flood(Vec::new(), b"HTTP/1.1 100 Continue\r\n\r\n".repeat(100)),
        "/to-itself" => redirect("/to-itself"),
        "/on-1" => redirect("/on-2"),
        "/on-2" => redirect("/on-3"),
        "/on-3" => redirect("/on-4"),
        "/on-4" => redirect("/good"),
        "/to-private" => redirect("http://10.0.0.1/crl"),
        "/to-loopback" => redirect("http://127.0.0.1/crl"),
        "/to-metadata" => redirect("http://169.254.169.254/latest/meta-data/"),
        "/to-other-port" => redirect("http://up.test:22/crl"),
        "/to-file" => redirect("file:///etc/passwd"),
        "/to-credentials" => redirect("http://user:secret@up.test/good"),
        "/to-nowhere" => raw("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"),
        "/closes" => Act::Raw(Vec::new()),
        "/closes-in-head" => raw("HTTP/1.1 200 OK\r\nContent-"),
        "/not-http" => raw("SSH-2.0-OpenSSH_9.6\r\n\r\n\r\n"),
        "/garbage" => ok(b"<html>Please log in</html>"),
        "/empty" => ok(b""),
        "/encoded" => with_headers(&crl(), "Content-Encoding: gzip\r\n"),
        "/busy" => raw("HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n"),
        "/broken" => raw("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"),
        "/good" => ok(&crl()),
        "/moved" => redirect("good"),
        _ => not_found(),
    }
}

#[tokio::test]
async fn each_fault_has_its_reason_and_its_end() {
    let upstream = Upstream::start(faulty).await;
    for (path, code) in [
        ("/hang", "ANSWER_LATE"),
        ("/hang-in-head", "ANSWER_LATE"),
        ("/drip-head", "ANSWER_LATE"),
        ("/hang-in-body", "BODY_LATE"),
        ("/drip", "BODY_LATE"),
        ("/longer-than-it-is", "BROKEN_OFF"),
        ("/shorter-than-it-is", "UNREADABLE"),
        ("/gigabyte-announced", "TOO_LARGE"),
        ("/headers-for-ever", "TOO_LARGE"),
        ("/one-header-for-ever", "TOO_LARGE"),
        ("/to-itself", "REDIRECT_LOOP"),
        ("/on-1", "REDIRECT_LOOP"),
        ("/to-private", "ADDRESS_FORBIDDEN"),
        ("/to-loopback", "ADDRESS_FORBIDDEN"),
        ("/to-metadata", "ADDRESS_FORBIDDEN"),
        ("/to-other-port", "PORT_FORBIDDEN"),
        ("/to-file", "SCHEME_NOT_SUPPORTED"),
        ("/to-credentials", "URL_REFUSED"),
        ("/to-nowhere", "REDIRECT_REFUSED"),
        ("/closes", "BROKEN_OFF"),
        ("/closes-in-head", "BROKEN_OFF"),
        ("/not-http", "NOT_HTTP"),
        ("/garbage", "UNREADABLE"),
        ("/empty", "UNREADABLE"),
        ("/encoded", "ENCODED"),
        ("/busy", "STATUS"),
        ("/broken", "STATUS"),
        ("/none", "STATUS"),
    ] {
        // A fetcher for each: the breaker is tested on its own.
        let told = refusal(&fetcher(rules(&upstream)), &format!("http://up.test{path}")).await;
        assert_eq!(told.error.code(), code, "{path}: {}", told.error);
    }
    for path in ["/good", "/moved", "/on-2"] {
        let wish = Wish::get(Kind::Crl, url(&format!("http://up.test{path}")));
        assert!(fetcher(rules(&upstream)).fetch(&wish).await.is_ok(), "{path}");
    }
}

#[tokio::test]
async fn a_server_that_never_stops_is_cut_at_the_bound() {
    for path in ["/gigabyte-chunked", "/gigabyte-to-the-end"] {
        let upstream = Upstream::start(faulty).await;
        let wish = Wish::get(Kind::Certificates, url(&format!("http://up.test{path}")));
        let told = fetcher(rules(&upstream)).fetch(&wish).await.unwrap_err();
        assert!(matches!(told.error, FetchError::TooLarge(e) if e.limit == &FETCH_CERTIFICATES_BYTES_MAX), "{path}");
        // What stands in the buffers of two sockets comes on top.
        assert!(upstream.written() < 64 << 20, "{path}: {}", upstream.written());
    }
    let upstream = Upstream::start(faulty).await;
    let told = refusal(&fetcher(rules(&upstream)), "http://up.test/continue-for-ever").await;
    assert_eq!(told.error.code(), "ANSWER_LATE");
}

#[tokio::test]
async fn the_time_to_come_back_is_the_servers_own_where_it_names_one() {
    let upstream = Upstream::start(faulty).await;
    let retry = async |path: &str| {
        let told = refusal(&fetcher(rules(&upstream)), &format!("http://up.test{path}")).await;
        told.retry_at.map(|at| at.seconds_since(now()))
    };
    assert_eq!(retry("/busy").await, Some(120));
    assert_eq!(retry("/hang").await, Some(15));
    assert_eq!(retry("/none").await, None, "what is not there need not be asked for again");
    assert_eq!(retry("/to-private").await, None, "nor what we refuse");
}

#[tokio::test]
async fn nothing_inside_is_reached_by_name_number_or_redirect() {
    let upstream = Upstream::start(faulty).await;
    let port = upstream.address.port();
    let fetcher = fetcher(FetchRules::default());
    // `localhost` is a name that resolves to 127.0.0.1 or ::1; the others are numbers that resolvers take for 127.0.0.1.
    for host in ["localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0.0.0.0"] {
        let told = refusal(&fetcher, &format!("http://{host}/crl")).await;
        let named = ["ADDRESS_FORBIDDEN", "NAME_UNKNOWN"].contains(&told.error.code());
        assert!(named, "{host}: {}", told.error);
        let told = refusal(&fetcher, &format!("http://{host}:{port}/good")).await;
        assert_eq!(told.error, FetchError::PortForbidden { port }, "{host}");
    }
    assert_eq!(refusal(&fetcher, "http://localhost/crl").await.error.code(), "ADDRESS_FORBIDDEN");
    assert_eq!(upstream.connections(), 0);
    assert!(fetcher.upstream_rows().is_empty(), "nobody was asked, so nobody failed");
}

#[tokio::test]
async fn a_private_host_is_reached_where_it_was_allowed_and_on_that_port_alone() {
    let upstream = Upstream::start(faulty).await;
    let port = upstream.address.port();
    let allowed = vec![format!("127.0.0.1:{port}").parse().unwrap()];
    let fetcher = fetcher(FetchRules { allowed, ..FetchRules::default() });
    let wish = Wish::get(Kind::Crl, url(&format!("http://127.0.0.1:{port}/good")));
    assert!(fetcher.fetch(&wish).await.is_ok());
    assert_eq!(refusal(&fetcher, "http://127.0.0.1/good").await.error.code(), "ADDRESS_FORBIDDEN");
    assert_eq!(refusal(&fetcher, "http://127.0.0.1:1/good").await.error.code(), "PORT_FORBIDDEN");
    assert_eq!(refusal(&fetcher, &format!("http://localhost:{port}/good")).await.error.code(), "PORT_FORBIDDEN");
}

#[tokio::test]
async fn the_same_wish_of_many_is_one_request() {
    let upstream = Upstream::start(faulty).await;
    let fetcher = Arc::new(fetcher(rules(&upstream)));
    let wish = Wish::get(Kind::Crl, url("http://up.test/good"));
    let all = futures_util::future::join_all((0..20).map(|_| fetcher.fetch(&wish))).await;
    assert!(all.iter().all(Result::is_ok));
    assert!(!fetcher.fetch(&wish).await.unwrap().asked, "a moment later it is still at hand");
    assert_eq!(upstream.paths(), ["/good"]);
}

#[tokio::test]
async fn what_is_held_is_asked_for_changes_and_keeps_the_time_it_was_seen() {
    let upstream = Upstream::start(|request| {
        if request.head.to_ascii_lowercase().contains("if-none-match: \"7\"") {
            return raw("HTTP/1.1 304 Not Modified\r\n\r\n");
        }
        with_headers(&crl(), "ETag: \"7\"\r\nLast-Modified: Sat, 21 Nov 2026 19:00:00 GMT\r\n")
    })
    .await;
    let first = fetcher(rules(&upstream));
    let wish = Wish::get(Kind::Crl, url("http://up.test/crl"));
    let kept = first.fetch(&wish).await.unwrap().kept;
    let repeat = i64::try_from(FETCH_REPEAT_SECONDS.value).unwrap();
    let later = now().plus_seconds(repeat);
    let after = |at, octets: &[u8]| {
        let fetcher =
            Fetcher::new(FetchRules { timing: quick(), ..rules(&upstream) }, Clock::Fixed(at), Upstreams::default());
        let key = Key { kind: Kind::Crl, url: url("http://up.test/crl"), question: None };
        let Kept { validators, seen_at, checked_at, vouched, .. } = kept.as_ref().clone();
        fetcher.restore(key, Known { validators, seen_at, checked_at, vouched }, octets);
        fetcher
    };
    let early = after(later.plus_seconds(-1), &crl()).fetch(&wish).await.unwrap();
    assert!(!early.asked, "not before its time");
    let asked = after(later, &crl()).fetch(&wish).await.unwrap();
    assert!(asked.asked && asked.octets.is_none());
    assert_eq!((asked.kept.seen_at, asked.kept.checked_at), (now(), later));
    assert_eq!(upstream.requests().len(), 2);
    let unreadable = after(later, b"tampered on disk").fetch(&wish).await.unwrap();
    assert!(unreadable.octets.is_some(), "what does not read is not held, and nothing is unchanged");
}

#[tokio::test]
async fn an_endpoint_that_fails_is_left_alone_until_its_time_and_then_tried_once() {
    let upstream = Upstream::start(faulty).await;
    let first = fetcher(rules(&upstream));
    for _ in 0..FETCH_FAILURES_MAX.value {
        assert_eq!(refusal(&first, "http://up.test/broken").await.error.code(), "STATUS");
    }
    let resting = refusal(&first, "http://up.test/good").await;
    assert_eq!((resting.error, upstream.requests().len()), (FetchError::Resting, FETCH_FAILURES_MAX.value));
    let until = resting.retry_at.unwrap();
    let again = |at| {
        let upstreams = Upstreams::restore(first.upstream_records());
        Fetcher::new(FetchRules { timing: quick(), ..rules(&upstream) }, Clock::Fixed(at), upstreams)
    };
    assert_eq!(refusal(&again(until.plus_seconds(-1)), "http://up.test/good").await.error, FetchError::Resting);
    let probing = again(until);
    assert!(probing.fetch(&Wish::get(Kind::Crl, url("http://up.test/good"))).await.is_ok());
    let row = &probing.upstream_rows()[0];
    assert_eq!((row.endpoint.as_str(), row.attempts, row.success_percent), ("up.test:80", 4, 25));
    assert_eq!(row.last_error.as_deref(), Some("STATUS"));
}

/// A response for a CertID with a nonce; its signature is nobody's, which is not for fetching to notice.
fn ocsp_response(id: &CertId, nonce: Option<&[u8]>) -> Vec<u8> {
    use qoltanba::codec::der;
    let time = der::generalized_time(now());
    let single = der::sequence(&[&id.encode(), &der::context_primitive(0, &[]), &time]);
    let extensions = nonce.map(|n| der::context(1, &der::sequence(&[&qoltanba::x509::encode_nonce(n)])));
    let responder = der::context(2, &der::octet_string(&[7; 20]));
    let tbs = der::sequence(&[&responder, &time, &der::sequence(&[&single]), &extensions.unwrap_or_default()]);
    let algorithm = der::sequence(&[&der::oid(const_oid::ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2"))]);
    let basic = der::sequence(&[&tbs, &algorithm, &der::bit_string(&[1, 2, 3])]);
    let kind = der::oid(const_oid::ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1"));
    let bytes = der::sequence(&[&kind, &der::octet_string(&basic)]);
    der::sequence(&[&der::enumerated(0), &der::context(0, &bytes)])
}

#[tokio::test]
async fn an_ocsp_answer_is_held_to_its_question() {
    let id = |label: &str| {
        let (leaf, issuer) = (pki().certificate(label).unwrap(), pki().certificate("issuing-gost").unwrap());
        CertId::of(leaf, issuer, DigestAlgorithm::Sha1)
    };
    let (asked, other) = (id("officer-head"), id("officer-signer"));
    let answers = (asked.clone(), other);
    let upstream = Upstream::start(move |request| {
        assert!(request.head.starts_with("POST ") && request.head.contains("application/ocsp-request"));
        let sent = OcspRequest::parse(&request.body).unwrap();
        match request.path.as_str() {
            "/good" => ok(&ocsp_response(&sent.cert_ids[0], sent.nonce.as_deref())),
            "/no-nonce" => ok(&ocsp_response(&sent.cert_ids[0], None)),
            "/old-nonce" => ok(&ocsp_response(&answers.0, Some(b"another nonce"))),
            "/other" => ok(&ocsp_response(&answers.1, sent.nonce.as_deref())),
            "/try-later" => ok(&[0x30, 3, 0x0a, 1, 3]),
            "/unauthorized" => ok(&[0x30, 3, 0x0a, 1, 6]),
            "/moved" => raw("HTTP/1.1 307 Moved\r\nLocation: /good\r\nContent-Length: 0\r\n\r\n"),
            _ => not_found(),
        }
    })
    .await;
    let request = OcspRequest::new(asked, Some(vec![9; 32]));
    let told = async |path: &str| {
        let wish = Wish::ocsp(url(&format!("http://up.test{path}")), request.clone());
        fetcher(rules(&upstream)).fetch(&wish).await.map_or_else(|refusal| refusal.error.code(), |_| "OK")
    };
    for (path, code) in [
        ("/good", "OK"),
        ("/no-nonce", "OK"),
        ("/old-nonce", "NOT_AN_ANSWER"),
        ("/other", "NOT_AN_ANSWER"),
        ("/try-later", "OCSP_STATUS"),
        ("/unauthorized", "OCSP_STATUS"),
        ("/moved", "REDIRECT_REFUSED"),
    ] {
        assert_eq!(told(path).await, code, "{path}");
    }
}

#[tokio::test]
async fn certificates_come_in_each_of_their_forms() {
    use qoltanba::cms::{SignedDataParts, encode_signed_data, oids};
    use qoltanba::codec::armour;
    let certificate = pki().certificate("issuing-gost").unwrap();
    let (der, pem) = (certificate.der().to_vec(), armour::encode_pem("CERTIFICATE", certificate.der()));
    let bundle = encode_signed_data(&SignedDataParts {
        content_type: oids::ID_DATA,
        content: None,
        certificates: &[certificate.der()],
        digest_algorithms: &[],
        signer_infos: &[],
    });
    let upstream = Upstream::start(move |request| match request.path.as_str() {
        "/der" => ok(&der),
        "/pem" => ok(pem.as_bytes()),
        "/p7c" => ok(&bundle),
        _ => ok(&crl()),
    })
    .await;
    let fetcher = fetcher(rules(&upstream));
    for path in ["/der", "/pem", "/p7c"] {
        let wish = Wish::get(Kind::Certificates, url(&format!("http://up.test{path}")));
        let kept = fetcher.fetch(&wish).await.unwrap().kept;
        let qoltanba::fetch::Evidence::Certificates(found) = &kept.evidence else { panic!("{path}") };
        assert_eq!(
            found.iter().map(qoltanba::x509::Certificate::fingerprint).collect::<Vec<_>>(),
            [certificate.fingerprint()],
            "{path}"
        );
    }
    let wish = Wish::get(Kind::Certificates, url("http://up.test/crl"));
    assert_eq!(fetcher.fetch(&wish).await.unwrap_err().error.code(), "UNREADABLE");
}
