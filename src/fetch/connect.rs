//! From a URL to a connection: the name is resolved here, every address is checked, and the connection goes to a checked
//! one. Nothing resolves the name a second time.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;

use super::address::check_public;
use super::error::FetchError;
use super::rules::FetchRules;
use super::url::{Scheme, Url};
use crate::limits::FETCH_ADDRESSES_MAX;

/// A connection, plain or under TLS.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// Connects to the host of a URL.
///
/// *Errors*: `PortForbidden`, `HttpsNotConfigured`, `NameUnknown`, `AddressForbidden`, `Unreachable`, `Tls`.
pub(super) async fn connect(url: &Url, rules: &FetchRules) -> Result<Box<dyn Stream>, FetchError> {
    rules.check_port(url)?;
    match (url.scheme(), &rules.https) {
        (Scheme::Http, _) => Ok(Box::new(reach(url, rules).await?)),
        (Scheme::Https, None) => Err(FetchError::HttpsNotConfigured),
        (Scheme::Https, Some(config)) => shake_hands(reach(url, rules).await?, url, config).await,
    }
}

async fn reach(url: &Url, rules: &FetchRules) -> Result<TcpStream, FetchError> {
    for address in addresses(url, rules).await? {
        if let Ok(stream) = TcpStream::connect(address).await {
            return Ok(stream);
        }
    }
    Err(FetchError::Unreachable)
}

/// The addresses that may be connected to. One forbidden address among several forbids the host: a name that leads outside
/// and inside at the same time is an attempt to get inside.
async fn addresses(url: &Url, rules: &FetchRules) -> Result<Vec<SocketAddr>, FetchError> {
    if let Some(address) = rules.route(url) {
        return Ok(vec![address]);
    }
    let mut found: Vec<SocketAddr> = match url.host().parse::<IpAddr>() {
        Ok(literal) => vec![SocketAddr::new(literal, url.port())],
        // A name that looks like a number (`0x7f.1`, `2130706433`) is resolved like any other, and its address checked.
        Err(_) => lookup_host((url.host(), url.port())).await.map_err(|_| FetchError::NameUnknown)?.collect(),
    };
    if found.is_empty() {
        return Err(FetchError::NameUnknown);
    }
    if !rules.allows_private(url) {
        for address in &found {
            check_public(address.ip()).map_err(|special| FetchError::AddressForbidden { special })?;
        }
    }
    found.truncate(FETCH_ADDRESSES_MAX.value);
    Ok(found)
}

async fn shake_hands(stream: TcpStream, url: &Url, config: &Arc<ClientConfig>) -> Result<Box<dyn Stream>, FetchError> {
    let name = ServerName::try_from(url.host().to_owned()).map_err(|_| FetchError::Tls)?;
    let stream = TlsConnector::from(Arc::clone(config)).connect(name, stream).await.map_err(|_| FetchError::Tls)?;
    Ok(Box::new(stream))
}
