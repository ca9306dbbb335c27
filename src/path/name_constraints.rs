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
    /// What the encodings of names in the subtree begin with, made comparable.
    Directory(Vec<u8>),
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
        let read = |all: &[GeneralName]| all.iter().map(Base::of).collect::<Option<Vec<_>>>();
        let (Some(permitted), Some(excluded)) = (read(&constraints.permitted), read(&constraints.excluded)) else {
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
        is_target: bool,
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
        let names = subjects(certificate.subject(), &alternative, is_target);
        let subtrees: usize = self.layers.iter().map(|l| l.permitted.len().saturating_add(l.excluded.len())).sum();
        let cost = names.len().saturating_mul(subtrees);
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
fn subjects<'a>(subject: &'a Name, alternative: &'a [GeneralName], is_target: bool) -> Vec<Subject<'a>> {
    let mut names: Vec<Subject<'a>> = alternative.iter().map(Subject::of).collect();
    names.extend(alternative.iter().filter_map(utf8_mailbox));
    // "no constraint on an empty subject"; with a subject, it counts as a directoryName of its own.
    if !subject.is_empty() {
        names.push(Subject::Directory(subject));
    }
    // §4.2.1.10 asks for emailAddress where there is no subjectAltName; who shows it to people shows it in any case.
    let text_or_opaque =
        |text: Option<&str>, read: fn(&str) -> Subject<'static>, form| text.map_or(Subject::Opaque(form), read);
    for attribute in subject.attribute_values(oids::EMAIL_ADDRESS) {
        names.push(text_or_opaque(attribute.text.as_deref(), Subject::rfc822, Form::Rfc822));
    }
    // A common name that looks like a host is read as one by verifiers of old, where no dNSName stands against it.
    let has_dns = alternative.iter().any(|n| matches!(n, GeneralName::Dns(_)));
    if is_target && !has_dns {
        let common = subject.attributes(oids::COMMON_NAME);
        names.extend(common.filter(|cn| cn.contains('.')).filter_map(|cn| match Subject::dns(cn) {
            Subject::Opaque(_) => None,
            read => Some(read),
        }));
    }
    names
}

impl Base {
    /// Reads the root of a subtree; `None` where it is none.
    fn of(name: &GeneralName) -> Option<Self> {
        let domain = |text: &str| text.strip_prefix('.').map(host::host);
        Some(match name {
            // The empty name is the root of all hosts. A leading dot has no meaning for hosts.
            GeneralName::Dns(text) if text.is_empty() => Self::Dns(String::new()),
            GeneralName::Dns(text) => Self::Dns(host::host(text)?),
            GeneralName::Rfc822(text) if text.contains('@') => Self::Mailbox(host::mailbox(text)?),
            GeneralName::Rfc822(text) => match domain(text) {
                Some(domain) => Self::MailDomain(domain?),
                None => Self::MailHost(host::host(text)?),
            },
            GeneralName::Uri(text) => match domain(text) {
                Some(domain) => Self::UriDomain(domain?),
                None => Self::UriHost(host::host(text)?),
            },
            GeneralName::Ip(octets) => {
                let (address, mask) = match octets.len() {
                    8 => octets.split_at_checked(4)?,
                    32 => octets.split_at_checked(16)?,
                    _ => return None,
                };
                is_prefix(mask).then(|| Self::Ip(address.to_vec(), mask.to_vec()))?
            }
            GeneralName::Directory(name) => Self::Directory(name.comparable().to_vec()),
            GeneralName::Other { .. } => Self::Opaque(Form::Other),
            GeneralName::Unread(form) => Self::Opaque(Form::Unread(*form)),
        })
    }

    fn form(&self) -> Form {
        match self {
            Self::Dns(_) => Form::Dns,
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
            (Self::Dns(base), Subject::Dns { name, wildcard }) => return holds_host(base, name, *wildcard),
            (Self::Mailbox(base), Subject::Mailbox(mailbox)) => base == mailbox,
            (Self::MailHost(base), Subject::Mailbox(Mailbox { host, .. }) | Subject::Utf8Mailbox(host)) => base == host,
            (Self::MailDomain(base), Subject::Mailbox(Mailbox { host, .. }) | Subject::Utf8Mailbox(host)) => {
                below(host, base)
            }
            // An rfc822Name constraint for one mailbox is ASCII, and so are all the mailboxes it can name.
            (Self::Mailbox(_), Subject::Utf8Mailbox(_)) => false,
            (Self::UriHost(base), Subject::UriHost(host)) => base == host,
            (Self::UriDomain(base), Subject::UriHost(host)) => below(host, base),
            (Self::Ip(address, mask), Subject::Ip(octets)) => holds_address(address, mask, octets),
            (Self::Directory(base), Subject::Directory(name)) => name.comparable().starts_with(base),
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
