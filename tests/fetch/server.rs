//! An upstream that does what a test tells it to, on a port of its own.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use qoltanba::fetch::Route;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// One request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// `GET /path HTTP/1.1` and the headers.
    pub(crate) head: String,
    pub(crate) path: String,
    pub(crate) body: Vec<u8>,
}

/// What to do about it.
pub(crate) enum Act {
    /// Write this and close.
    Raw(Vec<u8>),
    /// Write this, then nothing, and keep the connection.
    Hang(Vec<u8>),
    /// Write this, then an octet at a time for ever.
    Drip(Vec<u8>),
    /// Write this, then this again and again, a gigabyte in all.
    Flood(Vec<u8>, Vec<u8>),
}

/// 200 with a body and its length.
pub(crate) fn ok(body: &[u8]) -> Act {
    with_headers(body, "")
}

pub(crate) fn with_headers(body: &[u8], headers: &str) -> Act {
    let mut octets = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{headers}\r\n", body.len()).into_bytes();
    octets.extend_from_slice(body);
    Act::Raw(octets)
}

pub(crate) fn raw(text: &str) -> Act {
    Act::Raw(text.as_bytes().to_vec())
}

pub(crate) fn not_found() -> Act {
    raw("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
}

/// The upstream; it ends with the test's runtime.
#[derive(Clone)]
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    connections: Arc<AtomicU64>,
    written: Arc<AtomicU64>,
}

const FLOOD_BYTES: u64 = 1 << 30;

impl Upstream {
    pub(crate) async fn start(script: impl Fn(&Request) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = Self {
            address: listener.local_addr().unwrap(),
            requests: Arc::default(),
            connections: Arc::default(),
            written: Arc::default(),
        };
        let (own, script) = (upstream.clone(), Arc::new(script));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                own.connections.fetch_add(1, Ordering::SeqCst);
                let (own, script) = (own.clone(), Arc::clone(&script));
                tokio::spawn(async move { own.serve(stream, &*script).await });
            }
        });
        upstream
    }

    /// A route that leads a host's port 80 here.
    pub(crate) fn route(&self, host: &str) -> Route {
        format!("{host}={}", self.address).parse().unwrap()
    }

    /// What was asked so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// The paths that were asked for so far, in their order.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.requests().into_iter().map(|request| request.path).collect()
    }

    pub(crate) fn connections(&self) -> u64 {
        self.connections.load(Ordering::SeqCst)
    }

    /// Octets that could be written before the other side had enough.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Ordering::SeqCst)
    }

    async fn serve(&self, mut stream: TcpStream, script: &(impl Fn(&Request) -> Act + Sync)) {
        let Some(request) = read(&mut stream).await else { return };
        self.requests.lock().unwrap().push(request.clone());
        let act = script(&request);
        // A client that has enough closes, and writing to it fails: nothing to tell.
        let _ = self.act(&mut stream, act).await;
    }

    async fn act(&self, stream: &mut TcpStream, act: Act) -> std::io::Result<()> {
        match act {
            Act::Raw(octets) => {
                stream.write_all(&octets).await?;
                stream.shutdown().await
            }
            Act::Hang(octets) => {
                stream.write_all(&octets).await?;
                std::future::pending().await
            }
            Act::Drip(octets) => {
                stream.write_all(&octets).await?;
                loop {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    stream.write_all(b"a").await?;
                }
            }
            Act::Flood(head, block) => {
                stream.write_all(&head).await?;
                while self.written() < FLOOD_BYTES {
                    stream.write_all(&block).await?;
                    self.written.fetch_add(u64::try_from(block.len()).unwrap(), Ordering::SeqCst);
                }
                Ok(())
            }
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut octets = Vec::new();
    let end = loop {
        if let Some(end) = octets.windows(4).position(|w| w == b"\r\n\r\n") {
            break end;
        }
        let mut chunk = [0; 4096];
        let count = stream.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
        octets.extend_from_slice(&chunk[..count]);
    };
    let head = String::from_utf8(octets[..end].to_vec()).ok()?;
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = octets[end + 4..].to_vec();
    while body.len() < length.unwrap_or(0) {
        let mut chunk = [0; 4096];
        let count = stream.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
        body.extend_from_slice(&chunk[..count]);
    }
    let path = head.split(' ').nth(1)?.to_owned();
    Some(Request { head, path, body })
}
