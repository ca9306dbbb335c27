//! Name constraints (RFC 5280 §4.2.1.10, §6.1.3 (b), (c), §6.1.4 (g)): which names may stand below an authority.
//!
//! A name that cannot be read as what it claims to be lies in no permitted subtree and in every excluded one.

use std::borrow::Cow;

use const_oid::ObjectIdentifier;

use super::host::{self, Mailbox};
use crate::codec::der::{Encoding, Reader, tag};
use crate::x509::{Certificate, ExtensionValue, GeneralName, Name, NameConstraints, oids};

/// Why the names of a certificate cannot be let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameFault {
    /// One of them lies outside of what is permitted, or within what is excluded.
    NotPermitted,
    /// They, or a constraint, do not read.
    Unreadable(ObjectIdentifier),
    /// More comparisons than the budget has left.
    BudgetSpent,
}

/// Names × subtrees that may still be compared.
#[derive(Debug)]
pub(super) struct NameBudget(pub(super) usize);

/// Whether a common name that looks like a host or an address is held to constraints on them, where no subjectAltName of
/// that kind stands beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CommonName {
    /// It is: whoever reads the certificate may take it for the name, as verifiers of old do.
    MayBeHost,
    /// It is not: an authority's, or of a peer whose expected name is looked for in subjectAltName alone.
    IsText,
}

/// Everything that authorities above have demanded.
#[derive(Debug, Default)]
pub(super) struct NameState {
    layers: Vec<Layer>,
}

/// The constraints of one certificate.
#[derive(Debug)]
struct Layer {
    permitted: Vec<Base>,
    excluded: Vec<Base>,
}

/// The forms that names and constraints have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Other,
    Rfc822,
    Dns,
    Directory,
    Uri,
    Ip,
    Unread(u8),
}

/// The root of a subtree.
#[derive(Debug)]
enum Base {
    /// A host and everything below it; empty: every host.
    Dns(String),
    /// Everything below a domain, but not the domain itself.
    DnsBelow(String),
    /// One mailbox.
    Mailbox(Mailbox),
    /// Every mailbox on this host.
    MailHost(String),
    /// Every mailbox on every host below this domain.
    MailDomain(String),
    UriHost(String),
    UriDomain(String),
    /// Address and mask.
    Ip(Vec<u8>, Vec<u8>),
    /// What names in the subtree begin with.
    Directory(Name),
    /// A form that nobody here looks into: it meets every name of its form.
    Opaque(Form),
}

/// A name that is held to constraints.
#[derive(Debug)]
enum Subject<'a> {
    Dns {
        name: String,
        wildcard: bool,
    },
    Mailbox(Mailbox),
    /// A mailbox whose local part is not ASCII (RFC 9598): only its host can lie in a subtree.
    Utf8Mailbox(String),
    UriHost(String),
    Ip(Cow<'a, [u8]>),
    Directory(&'a Name),
    /// A form that nobody here looks into, or a name that is not what its form demands.
    Opaque(Form),
}

/// Whether a name lies within a subtree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    Yes,
    No,
    /// Nobody here can tell, or a part of what the name stands for does.
    Perhaps,
}

impl NameState {
    /// §6.1.4 (g): takes a certificate's constraints in.
    pub(super) fn constrain(&mut self, certificate: &Certificate) -> Result<(), NameFault> {
        match certificate.name_constraints() {
            ExtensionValue::Absent => Ok(()),
            ExtensionValue::Present(constraints) => self.add(&constraints),
            ExtensionValue::Unreadable => Err(NameFault::Unreadable(oids::NAME_CONSTRAINTS)),
        }
    }

    /// Takes further constraints in: those that the question starts with (§6.1.1 (h), (i)).
    pub(super) fn add(&mut self, constraints: &NameConstraints) -> Result<(), NameFault> {
        // The empty host excludes every host (BR §7.1.2.5.2); to permit it would be to permit nothing or everything.
        let every_host = |name: &GeneralName| match name {
            GeneralName::Dns(text) if text.is_empty() => Some(Base::Dns(String::new())),
            other => Base::of(other),
        };
        let permitted = constraints.permitted.iter().map(Base::of).collect::<Option<Vec<_>>>();
        let excluded = constraints.excluded.iter().map(every_host).collect::<Option<Vec<_>>>();
        let (Some(permitted), Some(excluded)) = (permitted, excluded) else {
            return Err(NameFault::Unreadable(oids::NAME_CONSTRAINTS));
        };
        self.layers.push(Layer { permitted, excluded });
        Ok(())
    }

    /// §6.1.3 (b), (c): holds every name of a certificate to everything demanded so far.
    ///
    /// *Cost*: names × subtrees, out of `budget`.
    pub(super) fn check(
        &self,
        certificate: &Certificate,
        common_name: CommonName,
        budget: &mut NameBudget,
    ) -> Result<(), NameFault> {
        if self.layers.is_empty() {
            return Ok(());
        }
        let alternative = match certificate.subject_alt_names() {
            ExtensionValue::Present(names) => names,
            ExtensionValue::Absent => Vec::new(),
            ExtensionValue::Unreadable => return Err(NameFault::Unreadable(oids::SUBJECT_ALT_NAME)),
        };
        let names = subjects(certificate.subject(), &alternative, common_name);
        let subtrees: usize = self.layers.iter().map(|l| l.permitted.len().saturating_add(l.excluded.len())).sum();
        // A distinguished name is compared attribute by attribute.
        let parts = names.len().saturating_add(certificate.subject().attribute_count());
        let cost = parts.saturating_mul(subtrees);
        budget.0 = budget.0.checked_sub(cost).ok_or(NameFault::BudgetSpent)?;
        let allowed = self.layers.iter().all(|layer| names.iter().all(|name| layer.allows(name)));
        if allowed { Ok(()) } else { Err(NameFault::NotPermitted) }
    }
}

impl Layer {
    fn allows(&self, name: &Subject<'_>) -> bool {
        let form = name.form();
        let mut permitted = self.permitted.iter().filter(|base| base.form() == form).peekable();
        let inside = permitted.peek().is_none() || permitted.any(|base| base.holds(name) == Within::Yes);
        let mut excluded = self.excluded.iter().filter(|base| base.form() == form);
        inside && excluded.all(|base| base.holds(name) == Within::No)
    }
}

/// Every name that a certificate claims.
fn subjects<'a>(subject: &'a Name, alternative: &'a [GeneralName], common_name: CommonName) -> Vec<Subject<'a>> {
    let mut names: Vec<Subject<'a>> = alternative.iter().map(Subject::of).collect();
    names.extend(alternative.iter().filter_map(utf8_mailbox));
    // "no constraint on an empty subject"; with a subject, it counts as a directoryName of its own.
    if !subject.is_empty() {
        names.push(Subject::Directory(subject));
    }
    // Where there is no subjectAltName, emailAddress counts as a mailbox.
    if alternative.is_empty() {
        names.extend(
            subject
                .attribute_values(oids::EMAIL_ADDRESS)
                .map(|attribute| attribute.text.as_deref().map_or(Subject::Opaque(Form::Rfc822), Subject::rfc822)),
        );
    }
    if common_name == CommonName::MayBeHost {
        let common = subject.attributes(oids::COMMON_NAME);
        names.extend(common.filter_map(|text| Subject::of_common_name(text, alternative)));
    }
    names
}

impl Base {
    /// Reads the root of a subtree; `None` where it is none.
    fn of(name: &GeneralName) -> Option<Self> {
        let plain = |text: &str| host::host(text).filter(|host| !host.contains('_'));
        let domain = |text: &str| text.strip_prefix('.').map(plain);
        Some(match name {
            GeneralName::Dns(text) => match domain(text) {
                // DIVERGENCE D-11: a leading dot, which the standard gives no meaning for hosts.
                Some(domain) => Self::DnsBelow(domain?),
                None => Self::Dns(plain(text)?),
            },
            GeneralName::Rfc822(text) if text.contains('@') => Self::Mailbox(host::mailbox(text)?),
            GeneralName::Rfc822(text) => match domain(text) {
                Some(domain) => Self::MailDomain(domain?),
                None => Self::MailHost(plain(text)?),
            },
            GeneralName::Uri(text) => match domain(text) {
                Some(domain) => Self::UriDomain(domain?),
                None => Self::UriHost(plain(text)?),
            },
            GeneralName::Ip(octets) => {
                let (address, mask) = match octets.len() {
                    8 => octets.split_at_checked(4)?,
                    32 => octets.split_at_checked(16)?,
                    _ => return None,
                };
                is_prefix(mask).then(|| Self::Ip(address.to_vec(), mask.to_vec()))?
            }
            GeneralName::Directory(name) => Self::Directory(name.clone()),
            GeneralName::Other { .. } => Self::Opaque(Form::Other),
            // Nobody can say what an x400Address or ediPartyName would hold.
            GeneralName::Unread(3 | 5) => return None,
            GeneralName::Unread(form) => Self::Opaque(Form::Unread(*form)),
        })
    }

    fn form(&self) -> Form {
        match self {
            Self::Dns(_) | Self::DnsBelow(_) => Form::Dns,
            Self::Mailbox(_) | Self::MailHost(_) | Self::MailDomain(_) => Form::Rfc822,
            Self::UriHost(_) | Self::UriDomain(_) => Form::Uri,
            Self::Ip(..) => Form::Ip,
            Self::Directory(_) => Form::Directory,
            Self::Opaque(form) => *form,
        }
    }

    /// Whether the subtree holds a name of its form.
    fn holds(&self, subject: &Subject<'_>) -> Within {
        let below = |host: &str, domain: &str| host != domain && host::is_within(host, domain);
        let told = match (self, subject) {
            // `*.example.com` stands for nothing but what lies below `example.com`.
            (Self::DnsBelow(base), Subject::Dns { name, wildcard }) if name == base && !*wildcard => false,
            (Self::Dns(base) | Self::DnsBelow(base), Subject::Dns { name, wildcard }) => {
                return holds_host(base, name, *wildcard);
            }
            (Self::Mailbox(base), Subject::Mailbox(mailbox)) => base == mailbox,
            (Self::MailHost(base), Subject::Mailbox(Mailbox { host, .. }) | Subject::Utf8Mailbox(host))
            | (Self::UriHost(base), Subject::UriHost(host)) => base == host,
            (Self::MailDomain(base), Subject::Mailbox(Mailbox { host, .. }) | Subject::Utf8Mailbox(host)) => {
                below(host, base)
            }
            (Self::UriDomain(base), Subject::UriHost(host)) => below(host, base),
            (Self::Ip(address, mask), Subject::Ip(octets)) => match mapped(octets).filter(|_| address.len() == 4) {
                // What an IPv4 subtree says of an IPv4 address in the clothes of IPv6 (RFC 4291 §2.5.5.2) is open.
                Some(inner) if holds_address(address, mask, inner) => return Within::Perhaps,
                _ => holds_address(address, mask, octets),
            },
            (Self::Directory(base), Subject::Directory(name)) => {
                let inside = name.comparable().starts_with(base.comparable());
                // A value that is no text, where the subtree has one, may mean what the subtree means.
                if !inside && name.is_unreadable_beside(base) {
                    return Within::Perhaps;
                }
                inside
            }
            // RFC 9598 §6: no mailbox in ASCII is this one, but a mail system may deliver both to one person.
            (Self::Mailbox(base), Subject::Utf8Mailbox(host)) if base.host != *host => false,
            _ => return Within::Perhaps,
        };
        if told { Within::Yes } else { Within::No }
    }
}

/// A wildcard stands for one label: it lies in a subtree where all that it stands for does.
fn holds_host(base: &str, name: &str, wildcard: bool) -> Within {
    if host::is_within(name, base) {
        return Within::Yes;
    }
    // `*.example.com` against `www.example.com`.
    let touches = base.split_once('.').is_some_and(|(_, parent)| parent == name);
    if wildcard && touches { Within::Perhaps } else { Within::No }
}

fn holds_address(address: &[u8], mask: &[u8], octets: &[u8]) -> bool {
    let same = |((a, m), o): ((&u8, &u8), &u8)| a & m == o & m;
    address.len() == octets.len() && address.iter().zip(mask).zip(octets).all(same)
}

/// The IPv4 address inside `::ffff:a.b.c.d`.
fn mapped(octets: &[u8]) -> Option<&[u8]> {
    octets.strip_prefix(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff])
}

/// RFC 4632: ones, then zeros.
fn is_prefix(mask: &[u8]) -> bool {
    let ones = mask.iter().take_while(|&&octet| octet == 0xff).count();
    let mut rest = mask.iter().skip(ones);
    let edge = rest.next().is_none_or(|octet| octet.leading_ones().checked_add(octet.trailing_zeros()) == Some(8));
    edge && rest.all(|&octet| octet == 0)
}

impl<'a> Subject<'a> {
    fn of(name: &'a GeneralName) -> Self {
        match name {
            GeneralName::Dns(text) => Self::dns(text),
            GeneralName::Rfc822(text) => Self::rfc822(text),
            GeneralName::Uri(text) => host::uri_host(text).map_or(Self::Opaque(Form::Uri), Self::UriHost),
            GeneralName::Ip(octets) if matches!(octets.len(), 4 | 16) => Self::Ip(Cow::Borrowed(octets)),
            GeneralName::Ip(_) => Self::Opaque(Form::Ip),
            GeneralName::Directory(name) => Self::Directory(name),
            GeneralName::Other { .. } => Self::Opaque(Form::Other),
            GeneralName::Unread(form) => Self::Opaque(Form::Unread(*form)),
        }
    }

    fn dns(text: &str) -> Self {
        let read = host::pattern(text).filter(|(name, _)| !host::looks_like_address(name));
        read.map_or(Self::Opaque(Form::Dns), |(name, wildcard)| Self::Dns { name, wildcard })
    }

    /// A common name that looks like a host or an address, where the subjectAltName names none.
    fn of_common_name(text: &str, alternative: &[GeneralName]) -> Option<Self> {
        let has_dns = alternative.iter().any(|n| matches!(n, GeneralName::Dns(_)));
        if let Some(address) = host::ipv4(text) {
            return alternative.is_empty().then(|| Self::Ip(Cow::Owned(address.to_vec())));
        }
        match Self::dns(text) {
            read @ Self::Dns { .. } if text.contains('.') && !has_dns => Some(read),
            _ => None,
        }
    }

    fn rfc822(text: &str) -> Self {
        host::mailbox(text).map_or(Self::Opaque(Form::Rfc822), Self::Mailbox)
    }

    fn form(&self) -> Form {
        match self {
            Self::Dns { .. } => Form::Dns,
            // RFC 9598 §6: rfc822Name constraints count for SmtpUTF8Mailbox.
            Self::Mailbox(_) | Self::Utf8Mailbox(_) => Form::Rfc822,
            Self::UriHost(_) => Form::Uri,
            Self::Ip(_) => Form::Ip,
            Self::Directory(_) => Form::Directory,
            Self::Opaque(form) => *form,
        }
    }
}

/// RFC 9598 §3: an otherName that counts as a mailbox as well, a UTF8String whose domain is written in ASCII.
fn utf8_mailbox<'a>(name: &GeneralName) -> Option<Subject<'a>> {
    let GeneralName::Other { type_id: oids::SMTP_UTF8_MAILBOX, value } = name else { return None };
    let text = Reader::single(value, Encoding::Der, "SmtpUTF8Mailbox").ok().filter(|v| v.tag == tag::UTF8_STRING);
    let host = text
        .and_then(|v| std::str::from_utf8(v.content).ok())
        .and_then(|text| text.rsplit_once('@'))
        .filter(|(local, _)| !local.is_empty())
        .and_then(|(_, domain)| host::host(domain));
    Some(host.map_or(Subject::Opaque(Form::Rfc822), Subject::Utf8Mailbox))
}
