//! What the CA/Browser Forum's Baseline Requirements ask of a TLS server's path beyond RFC 5280, as a table.

use super::host;
use super::profile::{Place, ProfileFault, Role, Rule};
use crate::codec::der::{Encoding, Reader, tag};
use crate::x509::{Certificate, ExtensionValue, GeneralName, oids};

pub(super) const RULES: &[Rule] = &[
    (ProfileFault::Version, |p| p.certificate.version() != 3),
    (ProfileFault::NoAltName, |p| {
        let critical = p.is_critical(oids::SUBJECT_ALT_NAME);
        p.is_target() && critical != Some(p.certificate.subject().is_empty())
    }),
    (ProfileFault::Wildcard, |p| p.is_target() && names(p.certificate).iter().any(is_bad_wildcard)),
    (ProfileFault::CommonName, |p| {
        let names = names(p.certificate);
        let mut common = p.certificate.subject().attributes(oids::COMMON_NAME);
        p.is_target() && common.any(|cn| !names.iter().any(|name| is_written_as(name, cn)))
    }),
    (ProfileFault::Purpose, |p| match p.role {
        Role::Anchor => p.certificate.has_extension(oids::EXTENDED_KEY_USAGE),
        // §7.1.2.10.6 is what the rules ask by PurposeScope::Path.
        Role::Intermediate => false,
        Role::Target => !names_purpose(p),
    }),
    (ProfileFault::IsAuthority, |p| p.is_target() && p.says_ca()),
    (ProfileFault::AuthorityIdentified, |p| {
        let root = p.role == Role::Anchor && p.certificate.is_self_issued();
        let identifier = p.certificate.authority_key_identifier();
        let other = root && identifier.is_some() && identifier != p.certificate.subject_key_identifier();
        let there = p.certificate.has_extension(oids::AUTHORITY_KEY_IDENTIFIER);
        other || (there && identifier.is_none()) || names_issuer(p.certificate)
    }),
    (ProfileFault::PublicKey, |p| match p.certificate.public_key() {
        Ok(key) if key.algorithm_name() == "rsa" => key.key_bits() < 2048 || key.key_bits().checked_rem(8) != Some(0),
        Ok(key) => !["ec-p256", "ec-p384", "ec-p521"].contains(&key.algorithm_name()),
        Err(_) => true,
    }),
];

fn names(certificate: &Certificate) -> Vec<GeneralName> {
    certificate.subject_alt_names().present().cloned().unwrap_or_default()
}

fn names_purpose(place: &Place<'_>) -> bool {
    let wanted = place.rules.extended_key_usage.unwrap_or(oids::SERVER_AUTH);
    match place.certificate.extended_key_usage() {
        ExtensionValue::Present(named) => {
            named.contains(&wanted)
                && !named.contains(&oids::ANY_EXTENDED_KEY_USAGE)
                && place.is_critical(oids::EXTENDED_KEY_USAGE) == Some(false)
        }
        _ => false,
    }
}

/// `*.` below at least two labels that are no public suffix. In place of the Public Suffix List stand the second-level
/// names under which countries register: stricter than the list for a few, never looser for these.
fn is_bad_wildcard(name: &GeneralName) -> bool {
    const REGISTERED_BELOW: [&str; 10] = ["ac", "co", "com", "edu", "gov", "ltd", "net", "or", "org", "sch"];
    let GeneralName::Dns(text) = name else { return false };
    let Some((below, wildcard)) = host::pattern(text) else { return text.contains('*') };
    let labels: Vec<&str> = below.split('.').collect();
    let suffix = match labels.as_slice() {
        [] | [_] => true,
        [second, top] => top.len() == 2 && REGISTERED_BELOW.contains(second),
        _ => false,
    };
    wildcard && suffix
}

/// §7.1.4.3: the common name is one of the names, octet for octet; addresses in the form of RFC 5952.
fn is_written_as(name: &GeneralName, common_name: &str) -> bool {
    match name {
        GeneralName::Dns(text) => text == common_name,
        GeneralName::Ip(octets) => address_text(octets).is_some_and(|text| text == common_name),
        _ => false,
    }
}

/// Dotted decimal; RFC 5952 §4: lower case, no leading zeros, the first longest run of two or more zero fields as `::`.
fn address_text(octets: &[u8]) -> Option<String> {
    if octets.len() == 4 {
        return Some(octets.iter().map(u8::to_string).collect::<Vec<_>>().join("."));
    }
    let (pairs, []) = octets.as_chunks::<2>() else { return None };
    let fields: Vec<u16> = pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
    let run = |start: usize| fields.iter().skip(start).take_while(|&&f| f == 0).count();
    let longest = (0..fields.len()).map(|start| (run(start), std::cmp::Reverse(start))).max()?;
    let hex = |part: &[u16]| part.iter().map(|f| format!("{f:x}")).collect::<Vec<_>>().join(":");
    let (length, std::cmp::Reverse(start)) = longest;
    if length < 2 {
        return Some(hex(&fields));
    }
    let after = fields.get(start.checked_add(length)?..)?;
    Some(format!("{}::{}", hex(fields.get(..start)?), hex(after)))
}

/// Whether authorityCertIssuer or authorityCertSerialNumber stand in the authority key identifier.
fn names_issuer(certificate: &Certificate) -> bool {
    let Some(extension) = certificate.extension(oids::AUTHORITY_KEY_IDENTIFIER) else { return false };
    let read = || {
        let mut outer = Reader::new(&extension.value, Encoding::Der, "AuthorityKeyIdentifier");
        let mut fields = outer.sequence()?;
        fields.optional(tag::CONTEXT)?;
        fields.finish()
    };
    read().is_err()
}
