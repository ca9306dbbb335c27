//! Whether a certificate carries the name that was asked for (RFC 9525 §6): subjectAltName alone, never the common name.

use super::host;
use super::rules::ExpectedName;
use crate::x509::{Certificate, GeneralName};

/// Whether one of the certificate's names is the expected one.
pub(super) fn carries(certificate: &Certificate, expected: &ExpectedName) -> bool {
    let names = certificate.subject_alt_names();
    names.present().is_some_and(|all| all.iter().any(|name| is_meant(name, expected)))
}

fn is_meant(name: &GeneralName, expected: &ExpectedName) -> bool {
    match (name, expected) {
        (GeneralName::Dns(text), ExpectedName::Dns(wanted)) => {
            let Some(wanted) = host::host(wanted) else { return false };
            match host::pattern(text) {
                Some((name, false)) => name == wanted,
                // RFC 9525 §6.3: the star stands for one whole label, the leftmost.
                Some((name, true)) => wanted.split_once('.').is_some_and(|(_, parent)| parent == name),
                None => false,
            }
        }
        (GeneralName::Ip(octets), ExpectedName::Ip(wanted)) => octets == wanted,
        (GeneralName::Rfc822(text), ExpectedName::Rfc822(wanted)) => {
            host::mailbox(text).is_some_and(|has| host::mailbox(wanted) == Some(has))
        }
        _ => false,
    }
}
