//! The certificate profile of RFC 5280 §4 as a table: what conforming authorities MUST do, whatever §6.1 lets pass.

use std::fmt;

use const_oid::ObjectIdentifier;

use super::defect::Defect;
use super::host;
use super::rules::{PathRules, Profile};
use super::webpki;
use crate::codec::der::{Encoding, Reader, tag};
use crate::x509::{Certificate, ExtensionValue, GeneralName, KeyUsage, oids};

/// Where in the path a certificate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// At its end, trusted.
    Anchor,
    /// Between the two.
    Intermediate,
    /// At its beginning.
    Target,
}

/// A certificate at its place in the path.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) certificate: &'a Certificate,
    pub(super) role: Role,
    pub(super) rules: &'a PathRules,
}

/// One rule: whether a certificate at its place breaks it.
pub(super) type Rule = (ProfileFault, fn(&Place<'_>) -> bool);

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident $clause:literal $text:literal;)*) => {
        /// A rule of a certificate profile.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum ProfileFault { $(#[doc = $text] $name,)* }

        impl ProfileFault {
            /// The clause that asks for it.
            pub fn clause(self) -> &'static str {
                match self { $(Self::$name => $clause,)* }
            }
        }

        impl fmt::Display for ProfileFault {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let text = match self { $(Self::$name => $text,)* };
                write!(f, "{text} ({})", self.clause())
            }
        }
    };
}

faults! {
    SerialNumber "RFC 5280 §4.1.2.2" "the serial number is not positive or longer than 20 octets";
    TimeEncoding "RFC 5280 §4.1.2.5" "a date is not written as UTCTime until 2049 and GeneralizedTime from 2050";
    EmptyIssuer "RFC 5280 §4.1.2.4" "the issuer's name is empty";
    EmptySubject "RFC 5280 §4.1.2.6" "the subject's name is empty, and no critical subjectAltName stands in its place";
    UniqueIdentifier "RFC 5280 §4.1.2.8" "it has a unique identifier";
    AuthorityKeyIdentifier "RFC 5280 §4.2.1.1" "the authority key identifier is missing, critical or without a keyIdentifier";
    SubjectKeyIdentifier "RFC 5280 §4.2.1.2" "the subject key identifier of an authority is missing, or one is critical";
    KeyUsageOfNoAuthority "RFC 5280 §4.2.1.3" "a key that is no authority's may sign certificates, or no use is named";
    PolicyExtension "RFC 5280 §4.2.1.11, §4.2.1.14" "an extension that limits policies is not critical or not an authority's";
    SubjectAltName "RFC 5280 §4.2.1.6" "a subjectAltName does not read or is not what its form demands";
    BasicConstraints "RFC 5280 §4.2.1.9" "an authority's basicConstraints are missing, not critical or say the contrary";
    NameConstraints "RFC 5280 §4.2.1.10" "name constraints are not critical or not an authority's";
    CriticalExtension "RFC 5280 §4.2.1.15, §4.2.2" "an extension is critical that must not be";
    Information "RFC 5280 §4.2.2.1" "the authority information access does not read";
    CurveParameters "RFC 5480 §2.1.1" "the curve of the key is spelled out instead of named";
    CrlNumber "RFC 5280 §5.2.3" "the CRL that speaks for it has no number";
    Version "BR §7.1.1" "it is not of version 3";
    NoAltName "BR §7.1.2.7.12" "it has no subjectAltName, or one whose criticality does not fit its subject";
    Wildcard "BR §3.2.2.6" "a wildcard stands elsewhere than for one whole label below a registered name";
    CommonName "BR §7.1.4.3" "the common name is none of its names, as they stand in the subjectAltName";
    Purpose "BR §7.1.2.7.10, §7.1.2.1" "the extended key usage does not name this purpose, names any, is critical, or is a root's";
    IsAuthority "BR §7.1.2.7" "an authority's certificate stands where a server's should";
    AuthorityIdentified "BR §7.1.2.11.1" "the authority key identifier names an issuer and serial number, or another key than a root's own";
    PublicKey "BR §6.1.5" "the key is no RSA key of at least 2048 bits, a multiple of eight, nor on P-256, P-384 or P-521";
}

/// Holds one certificate to the profile that the rules name.
pub(super) fn check(place: &Place<'_>, found: &mut Vec<Defect>) {
    let tables: &[&[Rule]] = match place.rules.profile {
        Profile::PathAlone => &[ALWAYS],
        Profile::Rfc5280 => &[RULES, NOT_IN_WEBPKI],
        Profile::Webpki => &[RULES, webpki::RULES],
    };
    let broken = tables.iter().copied().flatten().filter(|(_, breaks)| breaks(place));
    found.extend(broken.map(|(fault, _)| Defect::OutOfProfile(*fault)));
}

impl Place<'_> {
    pub(super) fn is_target(&self) -> bool {
        self.role == Role::Target
    }

    /// Whether it says of itself that it is an authority.
    pub(super) fn says_ca(&self) -> bool {
        self.certificate.basic_constraints().present().is_some_and(|b| b.ca)
    }

    pub(super) fn is_critical(&self, oid: ObjectIdentifier) -> Option<bool> {
        self.certificate.extension(oid).map(|e| e.critical)
    }

    /// Whether it is there, and not critical.
    fn lacks_criticality(&self, oid: ObjectIdentifier) -> bool {
        self.is_critical(oid) == Some(false)
    }
}

const RULES: &[Rule] = &[
    // A root is trusted for its name and key: old ones have the number 0.
    (ProfileFault::SerialNumber, |p| match p.certificate.serial() {
        _ if p.role == Role::Anchor => false,
        [0] | [] => true,
        serial @ [first, ..] => first & 0x80 != 0 || serial.len() > 20,
    }),
    (ProfileFault::TimeEncoding, |p| !p.certificate.has_profile_times()),
    (ProfileFault::EmptyIssuer, |p| p.certificate.issuer().is_empty()),
    (ProfileFault::EmptySubject, |p| {
        let replaced = !p.says_ca() && p.is_target() && p.is_critical(oids::SUBJECT_ALT_NAME) == Some(true);
        p.certificate.subject().is_empty() && !replaced
    }),
    (ProfileFault::UniqueIdentifier, |p| p.certificate.has_unique_identifier()),
    (ProfileFault::AuthorityKeyIdentifier, |p| {
        let exempt = p.role == Role::Anchor && p.certificate.is_self_issued();
        let there = p.certificate.has_extension(oids::AUTHORITY_KEY_IDENTIFIER);
        let sound = p.certificate.authority_key_identifier().is_some()
            && p.is_critical(oids::AUTHORITY_KEY_IDENTIFIER) == Some(false);
        if there { !sound && (!exempt || p.is_critical(oids::AUTHORITY_KEY_IDENTIFIER) == Some(true)) } else { !exempt }
    }),
    (ProfileFault::SubjectKeyIdentifier, |p| {
        let missing = p.certificate.subject_key_identifier().is_none();
        let there = p.certificate.has_extension(oids::SUBJECT_KEY_IDENTIFIER);
        let critical = p.is_critical(oids::SUBJECT_KEY_IDENTIFIER) == Some(true);
        critical || (missing && (there || p.says_ca() || !p.is_target()))
    }),
    (ProfileFault::KeyUsageOfNoAuthority, |p| {
        let usage = p.certificate.key_usage().present();
        let signs = usage.is_some_and(|u| u.allows(KeyUsage::KEY_CERT_SIGN));
        let limits = p.certificate.basic_constraints().present().is_some_and(|b| b.path_len_constraint.is_some());
        (signs && !p.says_ca())
            || usage.is_some_and(|u| u.names().is_empty())
            || (limits && (!p.says_ca() || (usage.is_some() && !signs)))
    }),
    (ProfileFault::SubjectAltName, |p| match p.certificate.subject_alt_names() {
        ExtensionValue::Absent => false,
        ExtensionValue::Present(names) => !names.iter().all(is_sound),
        ExtensionValue::Unreadable => true,
    }),
    (ProfileFault::BasicConstraints, |p| {
        let there = p.certificate.has_extension(oids::BASIC_CONSTRAINTS);
        let authority = p.says_ca() && p.is_critical(oids::BASIC_CONSTRAINTS) == Some(true);
        if p.is_target() && !p.says_ca() {
            there && p.certificate.basic_constraints().present().is_none()
        } else {
            !authority
        }
    }),
    (ProfileFault::NameConstraints, |p| {
        let hosts =
            |all: &[GeneralName]| all.iter().any(|n| matches!(n, GeneralName::Dns(text) if text.starts_with('.')));
        let constraints = p.certificate.name_constraints();
        (p.certificate.has_extension(oids::NAME_CONSTRAINTS) && !p.says_ca())
            || constraints.present().is_some_and(|c| hosts(&c.permitted) || hosts(&c.excluded))
    }),
    (ProfileFault::CriticalExtension, |p| {
        const NEVER: [ObjectIdentifier; 5] = [
            oids::AUTHORITY_INFO_ACCESS,
            oids::SUBJECT_INFO_ACCESS,
            oids::FRESHEST_CRL,
            oids::SUBJECT_DIRECTORY_ATTRIBUTES,
            oids::OCSP_NO_CHECK,
        ];
        NEVER.iter().any(|oid| p.is_critical(*oid) == Some(true))
    }),
    (ProfileFault::CurveParameters, |p| {
        const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
        let read = || {
            let mut spki = Reader::new(p.certificate.spki_der(), Encoding::Der, "SubjectPublicKeyInfo");
            let mut algorithm = spki.sequence()?.sequence()?;
            Ok::<_, crate::codec::Malformed>((algorithm.oid()?, algorithm.peek_tag()))
        };
        read().is_ok_and(|(oid, parameters)| oid == EC_PUBLIC_KEY && parameters != Some(tag::OID))
    }),
    (ProfileFault::Information, |p| {
        p.certificate.extension(oids::AUTHORITY_INFO_ACCESS).is_some_and(|e| !is_access_list(&e.value))
    }),
];

/// What stands in every table: a place where §6.1 would pass over what an authority wrote.
const ALWAYS: &[Rule] = &[(ProfileFault::NameConstraints, |p| {
    p.certificate.has_extension(oids::NAME_CONSTRAINTS) && !p.says_ca() && p.is_target()
})];

/// What the CA/Browser Forum leaves open.
const NOT_IN_WEBPKI: &[Rule] = &[
    (ProfileFault::NameConstraints, |p| p.lacks_criticality(oids::NAME_CONSTRAINTS)),
    (ProfileFault::PolicyExtension, |p| {
        p.lacks_criticality(oids::POLICY_CONSTRAINTS) || p.lacks_criticality(oids::INHIBIT_ANY_POLICY)
    }),
];

/// Whether a name is what its form demands.
fn is_sound(name: &GeneralName) -> bool {
    match name {
        // The preferred name syntax of RFC 1034, and wildcards, which §4.2.1.6 leaves open.
        GeneralName::Dns(text) => {
            host::pattern(text).is_some_and(|(name, _)| !name.contains('_') && !host::looks_like_address(&name))
        }
        GeneralName::Rfc822(text) => host::mailbox(text).is_some(),
        GeneralName::Ip(octets) => matches!(octets.len(), 4 | 16),
        GeneralName::Uri(text) => text.split_once(':').is_some_and(|(scheme, rest)| {
            let plain = scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
            plain && scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && !rest.is_empty()
        }),
        GeneralName::Directory(_) | GeneralName::Other { .. } | GeneralName::Unread(_) => true,
    }
}

/// ASN.1: `SEQUENCE SIZE (1..MAX) OF SEQUENCE { accessMethod OBJECT IDENTIFIER, accessLocation GeneralName }`
fn is_access_list(value: &[u8]) -> bool {
    let read = || {
        let mut outer = Reader::new(value, Encoding::Der, "AuthorityInfoAccessSyntax");
        let mut list = outer.sequence()?;
        outer.finish()?;
        let mut count: usize = 0;
        while !list.is_empty() {
            let mut one = list.sequence()?;
            one.oid()?;
            GeneralName::parse(&one.any()?)?;
            one.finish()?;
            count = count.saturating_add(1);
        }
        Ok::<_, crate::codec::Malformed>(count)
    };
    read().is_ok_and(|count| count > 0)
}
