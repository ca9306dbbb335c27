//! Host names and mailboxes as certificates write them (RFC 5280 §4.2.1.6, §4.2.1.10; RFC 1034 §3.5).

/// A mailbox in its two parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mailbox {
    /// Compared octet by octet.
    pub(super) local: String,
    /// In lower case.
    pub(super) host: String,
}

/// A host name in lower case: labels of letters, digits, hyphens and underscores (which hosts carry whatever RFC 1034
/// says), none empty; `None` for anything else.
pub(super) fn host(text: &str) -> Option<String> {
    let label = |l: &str| {
        let plain = l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        plain && !l.is_empty() && l.len() <= 63 && !l.starts_with('-') && !l.ends_with('-')
    };
    (text.len() <= 253 && text.split('.').all(label)).then(|| text.to_ascii_lowercase())
}

/// A host name, or `*.` and one: the second tells whether the star is there.
pub(super) fn pattern(text: &str) -> Option<(String, bool)> {
    match text.strip_prefix("*.") {
        Some(rest) => host(rest).map(|rest| (rest, true)),
        None => host(text).map(|name| (name, false)),
    }
}

/// Whether the last label is a number: then it is an address, or means to be taken for one, and no host name.
pub(super) fn looks_like_address(text: &str) -> bool {
    let last = text.split('.').next_back().unwrap_or_default();
    !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit())
}

/// Four numbers with dots.
pub(super) fn ipv4(text: &str) -> Option<[u8; 4]> {
    let number = |part: &str| part.parse::<u8>().ok().filter(|_| part.bytes().all(|b| b.is_ascii_digit()));
    let octets: Vec<u8> = text.split('.').map(number).collect::<Option<_>>()?;
    octets.try_into().ok()
}

/// Whether `name` is `base` or lies below it.
pub(super) fn is_within(name: &str, base: &str) -> bool {
    base.is_empty()
        || name == base
        || name.strip_suffix(base).is_some_and(|front| front.ends_with('.') && front.len() > 1)
}

/// A mailbox (RFC 5321 §4.1.2); quoted local parts may hold an `@`.
pub(super) fn mailbox(text: &str) -> Option<Mailbox> {
    let (local, domain) = text.rsplit_once('@')?;
    let quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    let atom = |b: u8| b.is_ascii_graphic() && !br#"()<>[]:;@\,""#.contains(&b);
    let plain = !local.is_empty()
        && local.bytes().all(atom)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..");
    let host = host(domain)?;
    (quoted || plain).then(|| Mailbox { local: local.to_owned(), host })
}

/// The host of a URI with an authority, in lower case; `None` where it has none or where it is an address.
pub(super) fn uri_host(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    let authority = rest.split(['/', '?', '#']).next()?;
    let after_user = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let name = match after_user.split_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        Some(_) => return None,
        None => after_user,
    };
    host(name).filter(|name| is_scheme && !looks_like_address(name))
}
