//! Whether a CRL is about a certificate at all, and for which reasons (RFC 5280 §6.3.3 (b), (d)).

use super::RevocationUnknown;
use crate::x509::{
    Certificate, Crl, DirectoryOrOther, DistributionPoint, DistributionPointName, ExtensionValue,
    IssuingDistributionPoint, Name, ReasonFlags, oids,
};

/// What a certificate says about where its revocation is told, read once per question.
pub(super) struct Scope<'c> {
    certificate: &'c Certificate,
    is_ca: bool,
    points: Vec<DistributionPoint>,
}

impl<'c> Scope<'c> {
    pub(super) fn of(certificate: &'c Certificate) -> Self {
        Self {
            certificate,
            is_ca: certificate.basic_constraints().present().is_some_and(|b| b.ca),
            points: points_of(certificate),
        }
    }

    /// The reasons that a CRL tells about, for this certificate.
    ///
    /// *Errors*: `NotUnderstood` where it is about other certificates.
    pub(super) fn covered(&self, crl: &Crl) -> Result<ReasonFlags, RevocationUnknown> {
        let part = match crl.issuing_distribution_point() {
            ExtensionValue::Absent => None,
            ExtensionValue::Present(part) => Some(part),
            ExtensionValue::Unreadable => return Err(RevocationUnknown::NotUnderstood),
        };
        // (b)(2)(ii) to (iv)
        let other_kind =
            |p: &IssuingDistributionPoint| p.only_attribute || (if self.is_ca { p.only_user } else { p.only_ca });
        if part.is_some_and(other_kind) {
            return Err(RevocationUnknown::NotUnderstood);
        }
        let told = part.and_then(|p| p.only_some_reasons).unwrap_or(ReasonFlags::ALL);
        let named = self.points.iter().filter(|point| self.is_at(point, crl, part));
        let asked = named.fold(ReasonFlags::NONE, |sum, point| sum.or(point.reasons.unwrap_or(ReasonFlags::ALL)));
        // §6.3.3, last paragraph: a CRL of the certificate's issuer that no distribution point speaks of.
        let asked = if self.is_implied(crl, part) { ReasonFlags::ALL } else { asked };
        match told.and(asked) {
            ReasonFlags::NONE => Err(RevocationUnknown::NotUnderstood),
            reasons => Ok(reasons),
        }
    }

    /// Whether the certificate names this very CRL: by the place that both name.
    pub(super) fn names(&self, crl: &Crl) -> bool {
        let part = crl.issuing_distribution_point().present().filter(|part| part.name.is_some());
        part.is_some_and(|part| self.points.iter().any(|point| self.is_at(point, crl, Some(part))))
    }

    /// (b)(1), (b)(2)(i)
    fn is_at(&self, point: &DistributionPoint, crl: &Crl, part: Option<&IssuingDistributionPoint>) -> bool {
        let issuer = if point.crl_issuer.is_empty() {
            crl.issuer() == self.certificate.issuer()
        } else {
            part.is_some_and(|p| p.indirect) && point.crl_issuer.iter().any(|n| is_name(n, crl.issuer()))
        };
        let Some(place) = part.and_then(|p| p.name.as_ref()) else { return issuer };
        let places = place.names(crl.issuer());
        let wanted = match &point.name {
            Some(name) => self.complete(name, point),
            None => point.crl_issuer.clone(),
        };
        issuer && places.iter().any(|p| wanted.contains(p))
    }

    fn is_implied(&self, crl: &Crl, part: Option<&IssuingDistributionPoint>) -> bool {
        let issuer = self.certificate.issuer();
        let place = part.and_then(|p| p.name.as_ref());
        crl.issuer() == issuer && place.is_none_or(|p| p.names(crl.issuer()).iter().any(|n| is_name(n, issuer)))
    }

    /// §4.2.1.13: a relative name stands behind that of cRLIssuer, or else of the certificate's issuer.
    fn complete(&self, name: &DistributionPointName, point: &DistributionPoint) -> Vec<DirectoryOrOther> {
        let issuers: Vec<&Name> = point.crl_issuer.iter().filter_map(directory_name).collect();
        match issuers.as_slice() {
            [] => name.names(self.certificate.issuer()),
            [one] => name.names(one),
            // "MUST NOT be used when cRLIssuer contains more than one": then it names nothing.
            _ if matches!(name, DistributionPointName::Relative(_)) => Vec::new(),
            [first, ..] => name.names(first),
        }
    }
}

/// Names under which CRLs about a certificate may be issued: its issuer's, and those of its indirect CRLs' issuers.
pub(in crate::path) fn crl_issuers(certificate: &Certificate) -> Vec<Name> {
    let points = points_of(certificate);
    let mut names = vec![certificate.issuer().clone()];
    for name in points.iter().flat_map(|p| &p.crl_issuer).filter_map(directory_name) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// Distribution points that do not read are none: then only the issuer's own CRL counts.
fn points_of(certificate: &Certificate) -> Vec<DistributionPoint> {
    match DistributionPoint::read_all(certificate.extensions(), oids::CRL_DISTRIBUTION_POINTS) {
        ExtensionValue::Present(points) => points,
        ExtensionValue::Absent | ExtensionValue::Unreadable => Vec::new(),
    }
}

fn directory_name(name: &DirectoryOrOther) -> Option<&Name> {
    match name {
        DirectoryOrOther::Directory(name) => Some(name),
        DirectoryOrOther::Other(_) => None,
    }
}

fn is_name(name: &DirectoryOrOther, wanted: &Name) -> bool {
    directory_name(name) == Some(wanted)
}
