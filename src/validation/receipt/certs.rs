//! `certs` of a vsd receipt (RFC 3029 §9.2): one element for each signature, which must be those of the document.

use super::fault::ReceiptFault;
use super::status::{SignatureResult, check_agreement, inherited, of_element, tells_of_each};
use crate::cms::dvcs::{CertEtcToken, CertInfo, TargetEtcChain};
use crate::cms::{SignedData, SignerIdentifier, SignerInfo};
use crate::time::Timestamp;
use crate::trust::TtpStatus;
use crate::x509::{Certificate, Name};

/// Compares a receipt with the signatures of its document.
///
/// *Gives* what is said of each, in the document's order.
pub(super) fn compare(
    info: &CertInfo,
    document: &[u8],
    (overall, response_time): (TtpStatus, Option<Timestamp>),
    faults: &mut Vec<ReceiptFault>,
) -> Vec<SignatureResult> {
    let Ok(message) = SignedData::parse(document) else {
        faults.push(ReceiptFault::Document);
        return Vec::new();
    };
    if message.signer_infos.is_empty() {
        faults.push(ReceiptFault::Document);
    }
    if let Some(at) = response_time
        && message.signer_infos.iter().any(|signer| claimed_time(signer).is_some_and(|claimed| claimed > at))
    {
        faults.push(ReceiptFault::BeforeSigning);
    }
    if !tells_of_each(info) {
        let status = inherited(overall);
        let one = |index| SignatureResult { index, certificate: None, status };
        return (0..message.signer_infos.len()).map(one).collect();
    }
    results(&message, &info.certs, overall, faults)
}

fn results(
    message: &SignedData<'_>,
    elements: &[TargetEtcChain],
    overall: TtpStatus,
    faults: &mut Vec<ReceiptFault>,
) -> Vec<SignatureResult> {
    let targets: Vec<Option<Certificate>> = elements.iter().map(target).collect();
    let mut statuses = Vec::with_capacity(elements.len());
    for element in elements {
        match of_element(element.statuses()) {
            Ok(status) => statuses.push(status),
            Err(fault) => {
                faults.push(fault);
                return Vec::new();
            }
        }
    }
    faults.extend(check_agreement(overall, &statuses).err());
    let mut unused: Vec<usize> = (0..elements.len()).collect();
    let brought: Vec<Certificate> =
        message.certificates.iter().filter_map(|der| Certificate::parse(der).ok()).collect();
    let mut found = Vec::new();
    for (index, signer) in message.signer_infos.iter().enumerate() {
        let meant = Meant::of(signer, &brought);
        let fitting = |place: &usize| targets.get(*place).and_then(Option::as_ref).is_some_and(|one| meant.is(one));
        let Some(position) = unused.iter().position(fitting) else { break };
        let place = unused.remove(position);
        let status = statuses.get(place).copied().flatten().unwrap_or_else(|| inherited(overall));
        let certificate = targets.get(place).cloned().flatten();
        found.push(SignatureResult { index, certificate, status });
    }
    // One element for each signature, and each of them for one (facts/ttp.md §1.7 (7)).
    if found.len() != message.signer_infos.len() || !unused.is_empty() {
        faults.push(ReceiptFault::Certificates);
    }
    found
}

fn target(element: &TargetEtcChain) -> Option<Certificate> {
    match &element.target {
        CertEtcToken::Certificate(der) => Certificate::parse(der).ok(),
        _ => None,
    }
}

/// Whom a signer means: named by it, and the very one that came along where one did.
struct Meant<'a> {
    name: Named<'a>,
    brought: Vec<&'a Certificate>,
}

/// How a signer names its certificate; the issuer is prepared for comparison once, however many are compared.
enum Named<'a> {
    Issued(Name, &'a [u8]),
    Keyed(&'a [u8]),
}

impl<'a> Meant<'a> {
    fn of(signer: &'a SignerInfo<'_>, brought: &'a [Certificate]) -> Self {
        let name = match &signer.sid {
            SignerIdentifier::IssuerAndSerialNumber { issuer, serial } => Named::Issued(issuer.to_name(), serial),
            SignerIdentifier::SubjectKeyIdentifier(id) => Named::Keyed(id),
        };
        let brought = brought.iter().filter(|one| name.is_of(one)).collect();
        Self { name, brought }
    }

    fn is(&self, certificate: &Certificate) -> bool {
        self.name.is_of(certificate) && (self.brought.is_empty() || self.brought.contains(&certificate))
    }
}

impl Named<'_> {
    fn is_of(&self, certificate: &Certificate) -> bool {
        match self {
            Self::Issued(issuer, serial) => certificate.serial() == *serial && certificate.issuer() == issuer,
            Self::Keyed(id) => certificate.subject_key_identifier() == Some(*id),
        }
    }
}

fn claimed_time(signer: &SignerInfo<'_>) -> Option<Timestamp> {
    signer.signed_attrs.as_ref()?.signing_time()?.ok()
}
