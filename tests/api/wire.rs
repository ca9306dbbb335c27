//! Over real sockets: plain, TLS, client certificates, and an orderly end.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use qoltanba::api::{serve, server_config};
use qoltanba::service::TlsFiles;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{Read as _, Write as _};
use tokio::sync::oneshot;

use crate::kit::Kit;

struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    done: tokio::task::JoinHandle<()>,
    _kit: Kit,
}

async fn running(tls: Option<Arc<rustls::ServerConfig>>) -> Running {
    let kit = Kit::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let state = kit.state.clone();
    let done = tokio::spawn(async move {
        serve(listener, tls, state, async { drop(stopped.await) }).await.unwrap();
    });
    Running { address, stop, done, _kit: kit }
}

const GET_LIVEZ: &[u8] = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Asks `/livez` through whatever `wrap` puts around the socket; gives the answer's text.
async fn ask(address: SocketAddr, tls: Option<Arc<ClientConfig>>) -> Result<String, std::io::Error> {
    let asking = move || {
        let mut socket = std::net::TcpStream::connect(address)?;
        let mut text = String::new();
        match tls {
            None => {
                socket.write_all(GET_LIVEZ)?;
                socket.read_to_string(&mut text)?;
            }
            Some(config) => {
                let name = ServerName::try_from("localhost").unwrap();
                let mut stream = StreamOwned::new(ClientConnection::new(config, name).unwrap(), socket);
                stream.write_all(GET_LIVEZ)?;
                stream.read_to_string(&mut text)?;
            }
        }
        Ok(text)
    };
    tokio::task::spawn_blocking(asking).await.unwrap()
}

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn issue(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        (params.signed_by(&key, &self.0).unwrap(), key)
    }

    fn client(&self, own: Option<(rcgen::Certificate, KeyPair)>) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        Arc::new(match own {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
                let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
                builder.with_client_auth_cert(chain, key).unwrap()
            }
        })
    }
}

fn files((certificate, key): &(rcgen::Certificate, KeyPair), client_root: Option<&Authority>) -> TlsFiles {
    TlsFiles {
        certificates: certificate.pem().into_bytes(),
        key: key.serialize_pem().into_bytes().into(),
        client_roots: client_root.map(|root| root.0.pem().into_bytes()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_serves_plain_http_and_stops_when_told() {
    let node = running(None).await;
    assert!(ask(node.address, None).await.unwrap().starts_with("HTTP/1.1 200"));
    node.stop.send(()).unwrap();
    tokio::time::timeout(std::time::Duration::from_secs(20), node.done).await.unwrap().unwrap();
    assert!(ask(node.address, None).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_still_sending_hears_what_is_broken_in_its_batch() {
    let node = running(None).await;
    let address = node.address;
    let asking = move || {
        let mut socket = std::net::TcpStream::connect(address).unwrap();
        let body = [b"QOLTBAT\x02".to_vec(), vec![0; 8 * 1024 * 1024]].concat();
        let head = format!(
            "POST /v1/verify/batch HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: application/vnd.qoltanba.batch\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        socket.write_all(head.as_bytes()).unwrap();
        socket.write_all(&body).unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    };
    let answer = tokio::task::spawn_blocking(asking).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("BROKEN_FRAME"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_has_its_share_of_batches_on_the_wire() {
    let node = running(None).await;
    let address = node.address;
    let asking = move || {
        let open = || {
            let mut socket = std::net::TcpStream::connect(address).unwrap();
            let head = "POST /v1/verify/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n\
                Transfer-Encoding: chunked\r\n\r\n9\r\nnonsense\n\r\n";
            socket.write_all(head.as_bytes()).unwrap();
            let mut status = [0; 12];
            socket.read_exact(&mut status).unwrap();
            (String::from_utf8(status.to_vec()).unwrap(), socket)
        };
        (0..5).map(|_| open()).collect::<Vec<_>>()
    };
    let answers = tokio::task::spawn_blocking(asking).await.unwrap();
    let told: Vec<&str> = answers.iter().map(|(status, _)| &status[9..]).collect();
    assert_eq!(told, ["200", "200", "200", "200", "429"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_serves_tls_to_who_trusts_its_certificate_and_not_in_the_clear() {
    let (authority, other) = (Authority::new("root"), Authority::new("other"));
    let node = running(Some(server_config(&files(&authority.issue("localhost"), None)).unwrap())).await;
    assert!(ask(node.address, Some(authority.client(None))).await.unwrap().starts_with("HTTP/1.1 200"));
    assert!(ask(node.address, Some(other.client(None))).await.is_err());
    assert!(!ask(node.address, None).await.unwrap_or_default().starts_with("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_client_certificates_are_demanded_only_their_holders_are_served() {
    let (authority, clients) = (Authority::new("root"), Authority::new("clients"));
    let config = server_config(&files(&authority.issue("localhost"), Some(&clients))).unwrap();
    let node = running(Some(config)).await;
    let own = authority.client(Some(clients.issue("portal")));
    assert!(ask(node.address, Some(own)).await.unwrap().starts_with("HTTP/1.1 200"));
    for refused in [authority.client(None), authority.client(Some(authority.issue("portal")))] {
        assert!(!ask(node.address, Some(refused)).await.unwrap_or_default().starts_with("HTTP/1.1 200"));
    }
}

#[test]
fn tls_files_that_do_not_go_together_are_refused_at_the_start() {
    let authority = Authority::new("root");
    let (one, other) = (authority.issue("localhost"), authority.issue("localhost"));
    let mixed = TlsFiles { key: other.1.serialize_pem().into_bytes().into(), ..files(&one, None) };
    assert!(server_config(&mixed).is_err());
    assert!(server_config(&TlsFiles { certificates: Vec::new(), ..files(&one, None) }).is_err());
    assert!(server_config(&TlsFiles { key: Vec::new().into(), ..files(&one, None) }).is_err());
    assert!(server_config(&files(&one, None)).is_ok());
}
