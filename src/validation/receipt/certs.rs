//! `certs` of a vsd receipt (RFC 3029 §9.2): one element for each signature, which must be those of the document.

use super::fault::ReceiptFault;
use super::status::{SignatureResult, check_agreement, inherited, of_element, tells_of_each};
use crate::cms::dvcs::{CertEtcToken, CertInfo, TargetEtcChain};
use crate::cms::{SignedData, SignerIdentifier, SignerInfo};
use crate::time::Timestamp;
use crate::trust::TtpStatus;
use crate::x509::Certificate;

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
    let mut found = Vec::new();
    for (index, signer) in message.signer_infos.iter().enumerate() {
        let fitting = |place: &usize| {
            targets.get(*place).and_then(Option::as_ref).is_some_and(|certificate| is_of(signer, message, certificate))
        };
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

/// Whether a certificate is the one that a signer means: named by it, and the very one that came along where one did.
fn is_of(signer: &SignerInfo<'_>, message: &SignedData<'_>, certificate: &Certificate) -> bool {
    let named = |one: &Certificate| match &signer.sid {
        SignerIdentifier::IssuerAndSerialNumber { issuer, serial } => one.issuer() == issuer && one.serial() == *serial,
        SignerIdentifier::SubjectKeyIdentifier(id) => one.subject_key_identifier() == Some(*id),
    };
    let parsed = message.certificates.iter().filter_map(|der| Certificate::parse(der).ok());
    let brought: Vec<Certificate> = parsed.filter(|one| named(one)).collect();
    named(certificate) && (brought.is_empty() || brought.contains(certificate))
}

fn claimed_time(signer: &SignerInfo<'_>) -> Option<Timestamp> {
    signer.signed_attrs.as_ref()?.signing_time()?.ok()
}
