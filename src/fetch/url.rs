//! URLs that we would go to: http and https, without credentials, within bounds.

use std::fmt;
use std::net::Ipv6Addr;

use crate::limits::{FETCH_URL_BYTES_MAX, LimitExceeded};

/// An http or https URL. Only [`Url::parse`] and [`Url::join`] make one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Url {
    scheme: Scheme,
    host: String,
    port: u16,
    /// Path and query.
    path: String,
}

/// The schemes that are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Plain: what is fetched is signed, or it is nothing.
    Http,
    /// Over TLS, under roots that were configured.
    Https,
}

/// Why an address is not fetched from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// It is too long.
    #[error("the URL has {0}")]
    Limit(#[from] LimitExceeded),
    /// It is no URL.
    #[error("this is not a URL")]
    Malformed,
    /// Its scheme is neither http nor https.
    #[error("{scheme} addresses are not supported; http and https are")]
    SchemeNotSupported {
        /// Which one, where it is a known one.
        scheme: &'static str,
    },
    /// It carries a user name or a password.
    #[error("the URL carries credentials, which are never sent")]
    Credentials,
}

impl Url {
    /// Reads a URL; a fragment is dropped, the host becomes lower case.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        FETCH_URL_BYTES_MAX.check(text.len())?;
        let (scheme, rest) = split_scheme(text)?;
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end).ok_or(UrlError::Malformed)?;
        if authority.contains('@') {
            return Err(UrlError::Credentials);
        }
        let (host, port) = split_port(authority)?;
        let port = port.unwrap_or(scheme.default_port());
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        if !path.bytes().all(is_path_octet) {
            return Err(UrlError::Malformed);
        }
        Ok(Self { scheme, host: read_host(host)?, port, path })
    }

    /// Reads where a redirect leads, seen from here (RFC 3986 §5.2, without `.` and `..`).
    pub fn join(&self, location: &str) -> Result<Self, UrlError> {
        FETCH_URL_BYTES_MAX.check(location.len())?;
        let before_path = location.split(['/', '?', '#']).next().unwrap_or_default();
        if before_path.ends_with(':') || location.starts_with("//") {
            let absolute = if location.starts_with("//") {
                format!("{}:{location}", self.scheme.name())
            } else {
                location.to_owned()
            };
            return Self::parse(&absolute);
        }
        let path = match location.chars().next() {
            Some('/') => location.to_owned(),
            Some('?') => format!("{}{location}", self.path.split('?').next().unwrap_or("/")),
            _ => {
                let folder = self.path.split('?').next().and_then(|p| p.rsplit_once('/')).map_or("", |(head, _)| head);
                format!("{folder}/{location}")
            }
        };
        Self::parse(&format!("{}://{}{path}", self.scheme.name(), self.authority()))
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host, in lower case; an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Path and query.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Host and port, as the Host header has them: a port only where it is not the scheme's own.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == self.scheme.default_port() { host } else { format!("{host}:{}", self.port) }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme.name(), self.authority(), self.path)
    }
}

impl Scheme {
    fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port where the URL names none.
    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

fn split_scheme(text: &str) -> Result<(Scheme, &str), UrlError> {
    const OTHERS: [&str; 5] = ["ldap", "ldaps", "ftp", "file", "data"];
    let (scheme, rest) = text.split_once(':').ok_or(UrlError::Malformed)?;
    let known = match scheme.to_ascii_lowercase().as_str() {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => {
            let scheme = OTHERS.into_iter().find(|o| *o == other).unwrap_or("other");
            return Err(UrlError::SchemeNotSupported { scheme });
        }
    };
    Ok((known, rest.strip_prefix("//").ok_or(UrlError::Malformed)?))
}

/// Splits `host:port`; an IPv6 address stands in brackets.
pub(super) fn split_port(authority: &str) -> Result<(&str, Option<u16>), UrlError> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => return Ok((authority, None)),
    };
    // `u16::from_str` takes a plus sign.
    let digits = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    let port = port.parse().ok().filter(|p| digits && *p != 0).ok_or(UrlError::Malformed)?;
    Ok((host, Some(port)))
}

/// Reads a host: a name of letters, digits, `-`, `_` and `.`, or an IPv6 address in brackets.
pub(super) fn read_host(host: &str) -> Result<String, UrlError> {
    if let Some(v6) = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
        return v6.parse::<Ipv6Addr>().map(|a| a.to_string()).map_err(|_| UrlError::Malformed);
    }
    const NAME_BYTES_MAX: usize = 253; // RFC 1035 §2.3.4
    let named = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'));
    let labels = host.trim_end_matches('.').split('.').all(|label| !label.is_empty());
    let good = named && labels && host.len() <= NAME_BYTES_MAX;
    if good { Ok(host.trim_end_matches('.').to_ascii_lowercase()) } else { Err(UrlError::Malformed) }
}

/// RFC 3986 §3.3 and §3.4.
fn is_path_octet(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?%".contains(&octet)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Result<String, UrlError> {
        Url::parse(text).map(|url| url.to_string())
    }

    #[test]
    fn http_addresses_are_read_and_everything_else_is_named() {
        assert_eq!(told("HTTP://CRL.pki.gov.kz:80/a.crl#x").unwrap(), "http://crl.pki.gov.kz/a.crl");
        assert_eq!(told("http://h:8080").unwrap(), "http://h:8080/");
        assert_eq!(told("https://[2a00::1]:444?q=1").unwrap(), "https://[2a00::1]:444/?q=1");
        let ldap = UrlError::SchemeNotSupported { scheme: "ldap" };
        assert_eq!(told("ldap:///CN=x?certificateRevocationList"), Err(ldap));
        assert_eq!(told("gopher://h/"), Err(UrlError::SchemeNotSupported { scheme: "other" }));
        assert_eq!(told("http://user:secret@h/"), Err(UrlError::Credentials));
        assert_eq!(told("http://h@evil/"), Err(UrlError::Credentials));
        let broken = [
            "",
            "h",
            "http:h",
            "http://",
            "http:///p",
            "http://h:0/",
            "http://h:+80/",
            "http://h:65536/",
            "http://h:/",
            "http://a..b/",
            "http://a b/",
            "http://h/a b",
            "http://h/\r\nX: y",
            "http://[::1/",
            "http://[1.2.3.4]/",
            "http://хост/",
            "http://./",
        ];
        for text in broken {
            assert_eq!(told(text), Err(UrlError::Malformed), "{text}");
        }
    }

    #[test]
    fn a_url_at_the_bound_is_read_and_one_octet_more_is_not() {
        let of = |length: usize| format!("http://h/{}", "a".repeat(length - 9));
        assert!(told(&of(FETCH_URL_BYTES_MAX.value)).is_ok());
        assert!(matches!(told(&of(FETCH_URL_BYTES_MAX.value + 1)), Err(UrlError::Limit(_))));
    }

    #[test]
    fn redirects_are_read_from_where_they_stand() {
        let here = Url::parse("http://h:81/a/b.crl?q").unwrap();
        for (location, leads_to) in [
            ("c.crl", "http://h:81/a/c.crl"),
            ("/c.crl", "http://h:81/c.crl"),
            ("?r", "http://h:81/a/b.crl?r"),
            ("//g/c", "http://g/c"),
            ("https://g/c", "https://g/c"),
        ] {
            assert_eq!(here.join(location).unwrap().to_string(), leads_to, "{location}");
        }
        assert_eq!(here.join("http://a@b/"), Err(UrlError::Credentials));
        assert_eq!(here.join("file:///etc/passwd"), Err(UrlError::SchemeNotSupported { scheme: "file" }));
    }
}
