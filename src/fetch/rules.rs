//! Where we may go and how long we wait: configuration, with the bounds of `limits.rs` where nothing is said.

use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;

use super::error::FetchError;
use super::url::{Url, read_host, split_port};
use crate::limits::{FETCH_CONNECT_SECONDS_MAX, FETCH_HEAD_SECONDS_MAX, FETCH_SECONDS_MAX, Limit};

/// What was configured.
#[derive(Clone, Debug, Default)]
pub struct FetchRules {
    /// Hosts that may have private addresses or other ports.
    pub allowed: Vec<AllowedHost>,
    /// Hosts whose addresses are given, not asked for.
    pub routes: Vec<Route>,
    /// TLS with its roots; without it https is not fetched.
    pub https: Option<Arc<ClientConfig>>,
    /// How long we wait.
    pub timing: Timing,
}

/// A host that may have private addresses; with a port, that one port is open as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost {
    host: String,
    port: Option<u16>,
}

/// "Reach this host at that address", as for a mirror inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    host: String,
    port: u16,
    address: SocketAddr,
}

/// How long we wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// To resolve, connect and shake hands.
    pub connect: Duration,
    /// For the head of an answer.
    pub head: Duration,
    /// For a whole fetch.
    pub total: Duration,
}

/// A host on the command line that does not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadHost {
    /// Not a host with or without a port.
    #[error("not HOST or HOST:PORT")]
    Host,
    /// Not a host and the address it is reached at.
    #[error("not HOST:PORT=ADDRESS:PORT (the first port may be left out)")]
    Route,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            connect: seconds(&FETCH_CONNECT_SECONDS_MAX),
            head: seconds(&FETCH_HEAD_SECONDS_MAX),
            total: seconds(&FETCH_SECONDS_MAX),
        }
    }
}

fn seconds(limit: &Limit) -> Duration {
    Duration::from_secs(u64::try_from(limit.value).unwrap_or(u64::MAX))
}

impl FetchRules {
    /// The rules for what an unknown sender names: what was allowed inside was not allowed to him.
    pub(super) fn for_strangers(&self) -> Self {
        Self { allowed: Vec::new(), ..self.clone() }
    }

    /// The address that was configured for a URL's host and port.
    pub(super) fn route(&self, url: &Url) -> Option<SocketAddr> {
        self.routes.iter().find(|r| r.host == url.host() && r.port == url.port()).map(|r| r.address)
    }

    /// Whether a URL's host may have private addresses.
    pub(super) fn allows_private(&self, url: &Url) -> bool {
        let is_this = |a: &AllowedHost| a.host == url.host() && a.port.is_none_or(|p| p == url.port());
        self.allowed.iter().any(is_this)
    }

    /// 80 and 443 are open; others where they were configured for the host, lest a certificate make us talk to a mail server.
    pub(super) fn check_port(&self, url: &Url) -> Result<(), FetchError> {
        let named = |a: &AllowedHost| a.host == url.host() && a.port == Some(url.port());
        let open = matches!(url.port(), 80 | 443) || self.route(url).is_some() || self.allowed.iter().any(named);
        if open { Ok(()) } else { Err(FetchError::PortForbidden { port: url.port() }) }
    }
}

impl FromStr for AllowedHost {
    type Err = BadHost;

    fn from_str(text: &str) -> Result<Self, BadHost> {
        let (host, port) = split_port(text).map_err(|_| BadHost::Host)?;
        Ok(Self { host: read_host(host).map_err(|_| BadHost::Host)?, port })
    }
}

impl FromStr for Route {
    type Err = BadHost;

    fn from_str(text: &str) -> Result<Self, BadHost> {
        let (from, to) = text.split_once('=').ok_or(BadHost::Route)?;
        let (host, port) = split_port(from).map_err(|_| BadHost::Route)?;
        let host = read_host(host).map_err(|_| BadHost::Route)?;
        Ok(Self { host, port: port.unwrap_or(80), address: to.parse().map_err(|_| BadHost::Route)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_host_is_allowed_on_the_usual_ports_or_on_the_one_named() {
        let rules = FetchRules {
            allowed: vec!["Inside.kz".parse().unwrap(), "other.kz:8080".parse().unwrap()],
            ..FetchRules::default()
        };
        assert!(rules.allows_private(&url("http://inside.kz/")));
        assert!(!rules.allows_private(&url("http://not-inside.kz/")));
        assert!(rules.allows_private(&url("http://other.kz:8080/")));
        assert!(!rules.allows_private(&url("http://other.kz/")));
        assert_eq!(rules.check_port(&url("http://other.kz:8080/")), Ok(()));
        assert_eq!(rules.check_port(&url("http://other.kz:8081/")), Err(FetchError::PortForbidden { port: 8081 }));
        assert_eq!(rules.check_port(&url("http://inside.kz:25/")), Err(FetchError::PortForbidden { port: 25 }));
    }

    #[test]
    fn a_route_is_for_its_port_alone() {
        let rules = FetchRules { routes: vec!["a.kz=127.0.0.1:9".parse().unwrap()], ..FetchRules::default() };
        assert_eq!(rules.route(&url("http://a.kz/x")), Some("127.0.0.1:9".parse().unwrap()));
        assert_eq!(rules.route(&url("http://a.kz:81/x")), None);
        for text in ["a.kz", "a.kz=127.0.0.1", "=127.0.0.1:9", "a.kz:x=127.0.0.1:9", "a@b=127.0.0.1:9"] {
            assert_eq!(text.parse::<Route>(), Err(BadHost::Route), "{text}");
        }
        assert_eq!("a b".parse::<AllowedHost>(), Err(BadHost::Host));
    }
}
