//! Where a certificate says that its issuer, its status and its issuer's CRLs are published (RFC 5280 §4.2.1.13, §4.2.1.15,
//! §4.2.2.1).

use const_oid::ObjectIdentifier;

use super::{Certificate, oids};
use crate::codec::Malformed;
use crate::codec::der::{Encoding, Reader, tag};

/// The URIs of a certificate, as they stand there: whether anything can be fetched from them is for others to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublishedAt {
    /// id-ad-caIssuers: certificates of the issuer, at several addresses.
    pub ca_issuers: Vec<String>,
    /// id-ad-ocsp: responders.
    pub ocsp: Vec<String>,
    /// cRLDistributionPoints: a list of equal addresses for each point.
    pub crls: Vec<Vec<String>>,
    /// freshestCRL: the same for delta CRLs.
    pub delta_crls: Vec<Vec<String>>,
}

impl PublishedAt {
    /// Reads the three extensions; one that does not read counts as empty, since it can only name where to look.
    pub fn of(certificate: &Certificate) -> Self {
        let mut found = Self::default();
        if let Some(value) = value_of(certificate, oids::AUTHORITY_INFO_ACCESS) {
            let accesses = read_accesses(value).unwrap_or_default();
            let under = |method| accesses.iter().filter(move |(m, _)| *m == method).map(|(_, uri)| uri.clone());
            found.ca_issuers = under(oids::AD_CA_ISSUERS).collect();
            found.ocsp = under(oids::AD_OCSP).collect();
            // Kazakh certificates name their responder twice (facts/kz-pki.md §2.3).
            found.ca_issuers.dedup();
            found.ocsp.dedup();
        }
        let points = |oid| value_of(certificate, oid).and_then(|v| read_points(v).ok()).unwrap_or_default();
        found.crls = points(oids::CRL_DISTRIBUTION_POINTS);
        found.delta_crls = points(oids::FRESHEST_CRL);
        found
    }
}

fn value_of(certificate: &Certificate, oid: ObjectIdentifier) -> Option<&[u8]> {
    certificate.extensions().iter().find(|e| e.oid == oid).map(|e| e.value.as_slice())
}

/// The tag of uniformResourceIdentifier among GeneralName's choices.
const URI: u8 = tag::CONTEXT | 6;

/// ASN.1: `AuthorityInfoAccessSyntax ::= SEQUENCE OF SEQUENCE { accessMethod OBJECT IDENTIFIER, accessLocation GeneralName }`
fn read_accesses(value: &[u8]) -> Result<Vec<(ObjectIdentifier, String)>, Malformed> {
    let mut list = Reader::new(value, Encoding::Der, "AuthorityInfoAccessSyntax").sequence()?;
    let mut found = Vec::new();
    while !list.is_empty() {
        let mut one = list.sequence()?;
        let method = one.oid()?;
        let location = one.any()?;
        if location.tag == URI {
            found.push((method, text(location.content)));
        }
    }
    Ok(found)
}

/// ASN.1: `CRLDistributionPoints ::= SEQUENCE OF SEQUENCE { distributionPoint [0] CHOICE { fullName [0] GeneralNames,
/// nameRelativeToCRLIssuer [1] } OPTIONAL, reasons [1] OPTIONAL, cRLIssuer [2] OPTIONAL }`
fn read_points(value: &[u8]) -> Result<Vec<Vec<String>>, Malformed> {
    let mut list = Reader::new(value, Encoding::Der, "CRLDistributionPoints").sequence()?;
    let mut points = Vec::new();
    while !list.is_empty() {
        let Some(name) = list.sequence()?.optional(tag::CONTEXT_CONSTRUCTED)? else { continue };
        let Some(full) = name.reader().optional(tag::CONTEXT_CONSTRUCTED)? else { continue };
        let mut names = full.reader();
        let mut uris = Vec::new();
        while !names.is_empty() {
            let one = names.any()?;
            if one.tag == URI {
                uris.push(text(one.content));
            }
        }
        if !uris.is_empty() {
            points.push(uris);
        }
    }
    Ok(points)
}

/// IA5String; what is none reads as something that is no URL.
fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::der::{context, context_primitive, oid, sequence};

    fn uri(text: &str) -> Vec<u8> {
        context_primitive(6, text.as_bytes())
    }

    #[test]
    fn accesses_are_read_by_their_method_and_other_forms_of_names_are_passed_over() {
        let access = |method, location: &[u8]| sequence(&[&oid(method), location]);
        let value = sequence(&[
            &access(oids::AD_OCSP, &uri("http://o/")),
            &access(oids::AD_CA_ISSUERS, &uri("http://c/")),
            &access(oids::AD_CA_ISSUERS, &context(4, &sequence(&[]))),
        ]);
        let expected = [(oids::AD_OCSP, "http://o/".to_owned()), (oids::AD_CA_ISSUERS, "http://c/".to_owned())];
        assert_eq!(read_accesses(&value).unwrap(), expected);
        assert!(read_accesses(&value[..value.len() - 1]).is_err());
        assert!(read_accesses(&sequence(&[&sequence(&[&uri("http://o/")])])).is_err(), "a location without a method");
    }

    #[test]
    fn each_point_has_its_mirrors_and_one_without_addresses_is_none() {
        let point = |names: &[u8]| sequence(&[&context(0, &context(0, names))]);
        let mirrors = [uri("http://a/"), uri("ldap:///b")].concat();
        let relative = sequence(&[&context(0, &context(1, &[]))]);
        let issuer_alone = sequence(&[&context(2, &uri("http://issuer/"))]);
        let value = sequence(&[&point(&mirrors), &relative, &issuer_alone, &point(&uri("http://c/"))]);
        let expected = [vec!["http://a/".to_owned(), "ldap:///b".to_owned()], vec!["http://c/".to_owned()]];
        assert_eq!(read_points(&value).unwrap(), expected);
        assert!(read_points(&value[..value.len() - 1]).is_err());
    }
}
