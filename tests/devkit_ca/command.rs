//! The commands: `devkit serve`, `devkit revoke`, `serve --tsa`, `serve --with-devkit-ca`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use qoltanba::cms::{SignedData, TimeStampRequest, TimeStampResponse, TstInfo};
use qoltanba::crypto::DigestAlgorithm;
use qoltanba::x509::{CertStatus, Crl, OcspResponse, RevocationReason};

use crate::site::{cert_id, copy_of_kit, request};
use crate::stamping;

fn qoltanba(arguments: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qoltanba"));
    command.args(arguments).current_dir(folder);
    command
}

/// Ends with its owner; the log stays open until then.
struct Served {
    child: Child,
    address: SocketAddr,
    _log: BufReader<ChildStderr>,
}

impl Served {
    #[expect(clippy::zombie_processes, reason = "dropping it waits; where it ended by itself, the test ends too")]
    fn start(arguments: &[&str], folder: &Path) -> Self {
        let mut child = qoltanba(arguments, folder).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        loop {
            let mut line = String::new();
            assert_ne!(log.read_line(&mut line).unwrap(), 0, "it ended before it served");
            // Colours stand between the name and the value.
            let told = line.split("127.0.0.1:").nth(1).filter(|_| line.contains("serving"));
            if let Some(told) = told {
                let port: String = told.chars().take_while(char::is_ascii_digit).collect();
                let address = format!("127.0.0.1:{port}").parse().unwrap();
                return Self { child, address, _log: log };
            }
        }
    }

    fn post(&self, path: &str, media_type: &str, body: &[u8]) -> Vec<u8> {
        let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {media_type}\r\n");
        let mut socket = TcpStream::connect(self.address).unwrap();
        let length = format!("Content-Length: {}\r\n\r\n", body.len());
        socket.write_all(&[head.as_bytes(), length.as_bytes(), body].concat()).unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).unwrap();
        let at = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
        answer.split_off(at.saturating_add(4))
    }

    fn stamp(&self, path: &str) -> TstInfo {
        let query: TimeStampRequest = stamping::request(DigestAlgorithm::Sha256);
        let reply = self.post(path, "application/timestamp-query", &query.encode());
        let response = TimeStampResponse::parse(&reply).unwrap();
        let token = SignedData::parse(response.token.unwrap()).unwrap();
        TstInfo::parse(token.content.as_deref().unwrap()).unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_devkit_is_served_and_revoked_in_by_command() {
    let folder = copy_of_kit();
    let site = Served::start(&["devkit", "serve", ".", "--listen", "127.0.0.1:0"], folder.path());
    let body = request(vec![cert_id("officer-head", "issuing-gost", DigestAlgorithm::Sha1)], None);
    let status = || {
        let answer = site.post("/devkit/ocsp/issuing-gost", "application/ocsp-request", &body);
        OcspResponse::parse(&answer).unwrap().responses[0].status.clone()
    };
    assert_eq!(status(), CertStatus::Good);
    let revoke =
        |more: &[&str]| qoltanba(&[&["devkit", "revoke", "."], more].concat(), folder.path()).output().unwrap();
    let head = ["--label", "officer-head", "--json"];
    let done = revoke(&[&head[..], &["--reason", "superseded"]].concat());
    assert!(done.status.success(), "{done:?}");
    let told: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!((&told["crl_number"], &told["reason"]), (&16.into(), &"superseded".into()));
    assert!(matches!(status(), CertStatus::Revoked { reason: Some(Ok(RevocationReason::Superseded)), .. }));
    let crl = qoltanba::store::files::read(&folder.path().join("evidence/issuing-gost.crl")).unwrap();
    assert_eq!(Crl::parse(&crl).unwrap().crl_number(), Some(&[16][..]));
    for wrong in [
        &["--label", "officer-head"][..],
        &["--label", "nobody"],
        &["--serial", "0"],
        &["--label", "officer-signer", "--reason", "boredom"],
        &["--label", "officer-signer", "--invalid-since", "yesterday"],
        &["--label", "officer-signer", "--serial", "1"],
        &[],
    ] {
        assert_eq!(revoke(wrong).status.code(), Some(64), "{wrong:?}");
    }
    assert_eq!(site.stamp("/devkit/tsa/tsa-rsa").policy.to_string(), "1.2.398.3.3.2.6.2");
}

#[test]
fn a_node_stamps_with_its_own_key_and_lets_a_devkit_answer_beside_it() {
    let folder = copy_of_kit();
    let tsa =
        ["serve", "--home", ".", "--listen", "127.0.0.1:0", "--tsa", "tsa-gost", "--tsa-policy", "1.2.398.6.999.2"];
    let node = Served::start(&[&tsa[..], &["--with-devkit-ca", "."]].concat(), folder.path());
    let (one, two) = (node.stamp("/tsa"), node.stamp("/tsa"));
    assert_eq!(one.policy.to_string(), "1.2.398.6.999.2");
    assert_ne!(one.serial_number, two.serial_number);
    assert_eq!(node.stamp("/devkit/tsa/tsa-gost").policy.to_string(), "1.2.398.3.3.2.6.4");
    drop(node);
    let refused = |arguments: &[&str]| qoltanba(arguments, folder.path()).output().unwrap().status.code();
    assert_eq!(refused(&["serve", "--home", ".", "--tsa", "tsa-gost"]), Some(64));
    assert_eq!(refused(&["serve", "--trust", "trust", "--tsa", "tsa-gost", "--tsa-policy", "1.2.3"]), Some(64));
    let officer = ["serve", "--home", ".", "--tsa", "officer-head", "--tsa-policy", "1.2.3", "--listen", "127.0.0.1:0"];
    assert_eq!(refused(&officer), Some(65));
    assert_eq!(refused(&["devkit", "serve", "evidence", "--listen", "127.0.0.1:0"]), Some(65));
}
