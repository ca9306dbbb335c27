//! A certificate judged on its own, for whatever it is used: its path at a time, and nothing about purpose.

use super::conclude::{When, find_path};
use super::{Reason, Terms, compute};
use crate::limits::LimitExceeded;
use crate::path::{LinkList, Pool, SignatureBook, Sources};
use crate::time::Timestamp;
use crate::x509::Certificate;

/// What was found about a certificate.
#[derive(Clone, Debug)]
pub struct CertificateReport {
    /// Its path, target first, as far as it was found.
    pub path: Vec<Certificate>,
    /// Whether it leads to an anchor.
    pub reaches_anchor: bool,
    /// Everything that stands against it.
    pub reasons: Vec<Reason>,
}

/// Asks whether a certificate was good at a time (RFC 3029 §7.4, vpkc), with what came along with it.
///
/// *Errors*: more came along than is read.
pub fn check_certificate(
    certificate: &Certificate,
    (at, brought): (Timestamp, &Pool),
    terms: &Terms<'_>,
    book: &SignatureBook,
) -> Result<CertificateReport, LimitExceeded> {
    crate::limits::CERTIFICATES_MAX.check(brought.len())?;
    let sources = Sources { anchors: &terms.trust.anchors, pools: [&terms.trust.material, terms.evidence, brought] };
    let mut list = LinkList::default();
    list.explore(certificate, &sources);
    let links = compute::answer(&list, book);
    let path = find_path(certificate, When { at, proven_at: at, is_stated: false }, brought, (terms, &links));
    Ok(CertificateReport {
        path: path.certificates.to_vec(),
        reaches_anchor: path.reaches_anchor,
        reasons: path.reasons,
    })
}
