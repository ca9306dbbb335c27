//! OpenSSL asks our responders and authorities over a real socket, and is content with what it hears.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

use qoltanba::api::{ApiState, serve};
use qoltanba::codec::armour;
use qoltanba::service::devkit::{RevokeOrder, generate_at, revoke};
use qoltanba::store::files;
use qoltanba::time::Clock;
use qoltanba::x509::RevocationReason;
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::centre_node::node;
use crate::site::certificate;

/// A devkit that says it is where it is: its certificates name the very socket that answers.
struct Running {
    folder: TempDir,
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl Running {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let folder = tempfile::tempdir().unwrap();
        generate_at(folder.path(), &format!("http://{address}/devkit")).unwrap();
        let state = ApiState::new(node(folder.path(), Clock::Wall));
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(async move { serve(listener, None, state, async { drop(stopped.await) }).await.unwrap() });
        for label in ["root-rsa", "issuing-rsa", "officer-rsa", "officer-p256", "tsa-rsa"] {
            let pem = armour::encode_pem("CERTIFICATE", certificate(folder.path(), label).der());
            files::write(&folder.path().join(format!("{label}.pem")), pem.as_bytes()).unwrap();
        }
        let read = |label: &str| files::read(&folder.path().join(format!("{label}.pem"))).unwrap();
        files::write(&folder.path().join("both.pem"), &[read("root-rsa"), read("issuing-rsa")].concat()).unwrap();
        Self { folder, address, _stop: stop }
    }

    /// What OpenSSL says, on either stream, and whether it ended well.
    async fn openssl(&self, arguments: &str) -> (bool, String) {
        let mut command = Command::new("openssl");
        command.args(arguments.split_whitespace()).current_dir(self.folder.path());
        let out = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let told = [out.stdout, out.stderr].concat();
        (out.status.success(), String::from_utf8_lossy(&told).into_owned())
    }

    async fn post(&self, path: &str, media_type: &str, body: Vec<u8>) -> Vec<u8> {
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\r\n"
        );
        let address = self.address;
        let asking = move || {
            let mut socket = TcpStream::connect(address).unwrap();
            socket.write_all(&[head.into_bytes(), body].concat()).unwrap();
            let mut answer = Vec::new();
            socket.read_to_end(&mut answer).unwrap();
            let at = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
            answer.split_off(at.saturating_add(4))
        };
        tokio::task::spawn_blocking(asking).await.unwrap()
    }

    fn put(&self, name: &str, octets: &[u8]) {
        files::write(&self.folder.path().join(name), octets).unwrap();
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// OpenSSL is not everywhere; what was not tried must be seen.
fn is_at_hand() -> bool {
    let found = Command::new("openssl").arg("version").output().is_ok_and(|out| out.status.success());
    if !found {
        // INVARIANT: a closed stderr leaves nobody to tell.
        let _ = writeln!(std::io::stderr(), "SKIPPED: there is no openssl here");
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn openssl_asks_the_responder_that_the_certificate_names_and_believes_it() {
    if !is_at_hand() {
        return;
    }
    let site = Running::start();
    let (_, uri) = site.openssl("x509 -in officer-rsa.pem -noout -ocsp_uri").await;
    assert_eq!(uri.trim(), format!("http://{}/devkit/ocsp/issuing-rsa", site.address));
    let ask = format!("ocsp -issuer issuing-rsa.pem -cert officer-rsa.pem -url {} -CAfile both.pem", uri.trim());
    let (_, told) = site.openssl(&ask).await;
    assert!(told.contains("Response verify OK") && told.contains("officer-rsa.pem: good"), "{told}");
    assert!(!told.contains("WARNING"), "the nonce came back: {told}");
    // Two at a time, with another digest.
    let two = ask.replace("-cert", "-sha256 -cert officer-p256.pem -cert");
    let (_, told) = site.openssl(&two).await;
    assert_eq!(told.matches(".pem: good").count(), 2, "{told}");
    let order = RevokeOrder { name: "officer-rsa".into(), reason: RevocationReason::Superseded, invalid_since: None };
    revoke(site.path(), &order, Clock::Wall.now()).unwrap();
    let (_, told) = site.openssl(&two).await;
    assert!(told.contains("officer-rsa.pem: revoked") && told.contains("Reason: superseded"), "{told}");
    assert!(told.contains("officer-p256.pem: good") && told.contains("Response verify OK"), "{told}");
    // Of another centre: nobody answers for it.
    let (_, told) = site.openssl(&ask.replace("-issuer issuing-rsa.pem", "-issuer root-rsa.pem")).await;
    assert!(told.to_lowercase().contains("unauthorized"), "{told}");
    // A serial number that nobody has.
    let (_, told) = site.openssl(&ask.replace("-cert officer-rsa.pem", "-serial 0x4242")).await;
    assert!(told.contains("0x4242: unknown"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn openssl_takes_our_tokens_and_no_others() {
    if !is_at_hand() {
        return;
    }
    let site = Running::start();
    site.put("document", b"a document");
    site.put("other", b"another document");
    for extra in ["-cert", "-cert -no_nonce", "-cert -sha512", "-cert -tspolicy 1.2.398.3.3.2.6.2"] {
        let (made, told) = site.openssl(&format!("ts -query -data document -out query.tsq {extra}")).await;
        assert!(made, "{told}");
        let query = files::read(&site.path().join("query.tsq")).unwrap();
        site.put("reply.tsr", &site.post("/devkit/tsa/tsa-rsa", "application/timestamp-query", query).await);
        for with in ["-queryfile query.tsq", "-data document"] {
            let (good, told) = site
                .openssl(&format!("ts -verify {with} -in reply.tsr -CAfile root-rsa.pem -untrusted issuing-rsa.pem"))
                .await;
            assert!(good && told.contains("Verification: OK"), "{extra}: {told}");
        }
        let (good, told) =
            site.openssl("ts -verify -data other -in reply.tsr -CAfile root-rsa.pem -untrusted issuing-rsa.pem").await;
        assert!(!good, "{told}");
    }
    let (_, told) = site.openssl("ts -reply -in reply.tsr -text").await;
    for line in ["Status: Granted.", "Accuracy: 0x02 seconds", "Ordering: no", "Policy OID: 1.2.398.3.3.2.6.2"] {
        assert!(told.contains(line), "{line}: {told}");
    }
    let (_, _) = site.openssl("ts -query -data document -sha1 -out weak.tsq").await;
    let query = files::read(&site.path().join("weak.tsq")).unwrap();
    site.put("weak.tsr", &site.post("/devkit/tsa/tsa-rsa", "application/timestamp-query", query).await);
    let (_, told) = site.openssl("ts -reply -in weak.tsr -text").await;
    assert!(told.contains("Status: Rejected.") && told.contains("unrecognized or unsupported algorithm"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn openssl_verifies_our_lists_also_after_a_revocation() {
    if !is_at_hand() {
        return;
    }
    let site = Running::start();
    let order =
        RevokeOrder { name: "officer-p256".into(), reason: RevocationReason::KeyCompromise, invalid_since: None };
    revoke(site.path(), &order, Clock::Wall.now()).unwrap();
    let serial = certificate(site.path(), "officer-p256").serial_hex().to_uppercase();
    for label in ["issuing-rsa", "issuing-rsa-delta"] {
        let (good, told) =
            site.openssl(&format!("crl -inform DER -in evidence/{label}.crl -CAfile both.pem -noout -text")).await;
        assert!(good && told.contains("verify OK"), "{told}");
        assert!(told.contains(&serial) && told.contains("Key Compromise"), "{told}");
    }
    // The whole way: the certificate, its path and the full list.
    let (_, _) = site.openssl("crl -inform DER -in evidence/issuing-rsa.crl -out list.pem").await;
    let check = "verify -crl_check -CAfile root-rsa.pem -untrusted issuing-rsa.pem -CRLfile list.pem";
    let (good, told) = site.openssl(&format!("{check} officer-rsa.pem")).await;
    assert!(good, "{told}");
    let (good, told) = site.openssl(&format!("{check} officer-p256.pem")).await;
    assert!(!good && told.contains("certificate revoked"), "{told}");
}
