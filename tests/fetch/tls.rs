//! https: under the roots that were configured and no others.

use std::sync::Arc;

use qoltanba::fetch::{FetchRules, Kind, Wish, https_roots};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::{fetcher, refusal, url};

/// A root in PEM, and a server on loopback under it for `up.test`.
async fn start(crl: Vec<u8>) -> (String, std::net::SocketAddr) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "root of a test");
    let root = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["up.test".to_owned()]).unwrap().signed_by(&key, &root).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = config.with_no_client_auth().with_single_cert(vec![leaf.der().clone()], key).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut head = [0; 4096];
            let count = stream.read(&mut head).await.unwrap_or(0);
            let answer = if head[..count].starts_with(b"GET /to-http ") {
                b"HTTP/1.1 302 Found\r\nLocation: http://up.test/\r\nContent-Length: 0\r\n\r\n".to_vec()
            } else {
                let mut answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", crl.len()).into_bytes();
                answer.extend_from_slice(&crl);
                answer
            };
            let _ = stream.write_all(&answer).await;
            let _ = stream.shutdown().await;
        }
    });
    (root.pem(), address)
}

#[tokio::test]
async fn https_is_fetched_under_configured_roots_alone() {
    let crl = crate::settling::pki().crl("root-gost").unwrap().der().to_vec();
    let (root, address) = start(crl.clone()).await;
    let (stranger, _) = start(crl).await;
    let rules = |roots: Option<&str>| FetchRules {
        routes: ["up.test", "other.test"].map(|host| format!("{host}:443={address}").parse().unwrap()).to_vec(),
        https: roots.map(|pem| https_roots(pem.as_bytes()).unwrap()),
        ..FetchRules::default()
    };
    let code = async |roots: Option<&str>, at: &str| refusal(&fetcher(rules(roots)), at).await.error.code();
    assert_eq!(code(None, "https://up.test/crl").await, "HTTPS_NOT_CONFIGURED");
    assert_eq!(code(Some(&stranger), "https://up.test/crl").await, "TLS");
    assert_eq!(code(Some(&root), "https://other.test/crl").await, "TLS", "the name is not the server's");
    assert_eq!(code(Some(&root), "https://up.test/to-http").await, "REDIRECT_REFUSED");
    let wish = Wish::get(Kind::Crl, url("https://up.test/crl"));
    assert!(fetcher(rules(Some(&root))).fetch(&wish).await.is_ok());
    assert!(https_roots(b"").is_err(), "no roots are no roots");
}
